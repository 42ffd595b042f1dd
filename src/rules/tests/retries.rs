//! Debits in place of one that is not approved.

use super::*;
use crate::rules::{NamedSource, PlannedDebit, Verdict, check};

/// A debit of 1,000 dollars that waits for the next payday if that is near, and is split otherwise.
pub(super) const DEBIT: &str = r#"
[rule_set]
name = "debit"
version = "1"
kind = "payment"
currency = "USD"

[derive]
after_payday = 'business_day(debit.next_payday + 1 day)'

[[rule]]
id = "not-debitable"
when = 'not debit.ach_debit'
then = "decline"
reason = "NOT_DEBITABLE"

[approve]
when = 'debit.available >= application.amount'
refer_reason = "TOO_LOW"

[[retry]]
id = "after-payday"
when = 'derive.after_payday <= application.decision_date + 5 days'
on = 'derive.after_payday'
reason = "AFTER_PAYDAY"

[[retry]]
id = "split"
when = 'debit.available >= application.amount / 2'
on = 'application.decision_date + 1 day'
parts = 2
every = '14 days'
reason = "IN_PARTS"

[reasons.NOT_DEBITABLE]
statement = "The account takes no debits"

[reasons.TOO_LOW]
statement = "The balance is {debit.available}"

[reasons.AFTER_PAYDAY]
statement = "The balance of {debit.available} is too low now; the payment will be debited on {retry.date}"

[reasons.IN_PARTS]
statement = "The payment will be made in parts: {retry.plan}"
"#;

/// Tuesday, 2026-03-31; the next payday in so many days, where one is expected.
pub(super) fn on_tuesday(available: i64, payday_in: Option<u64>) -> Vec<Given> {
    let payday = payday_in.map(|days| date().checked_add_days(chrono::Days::new(days)).unwrap());
    vec![
        is("application.decision_date", Value::Date(date())),
        is("application.amount", usd(1_000)),
        is("debit.available", usd(available)),
        is("debit.ach_debit", Value::Bool(true)),
        (
            "debit.next_payday",
            vec![payday.map(Value::Date).ok_or(Missing::NoBasis)],
        ),
    ]
}

fn decided(available: i64, payday_in: Option<u64>) -> Decided {
    decide(
        &publish(DEBIT),
        &on_tuesday(available, payday_in),
        &application(),
    )
}

/// `2026-04-03 1000.00 USD`
fn plan(decided: &Decided) -> Vec<String> {
    let plan = decided.evaluation.plan.iter();
    plan.map(|PlannedDebit { date, amount }| format!("{date} {amount}"))
        .collect()
}

#[test]
fn what_is_approved_has_no_plan() {
    let approved = decided(1_000, Some(2));
    assert_eq!(approved.outcome, Outcome::Approve);
    assert_eq!(approved.evaluation.retry, None);
    assert_eq!(plan(&approved), [""; 0]);
}

#[test]
fn the_first_retry_that_applies_says_when() {
    // Payday is Thursday, and the day after it Good Friday, on which banks settle.
    let waits = decided(999, Some(2));
    assert_eq!(waits.outcome, Outcome::Counter);
    assert_eq!(plan(&waits), ["2026-04-03 1000.00 USD"]);
    let reason = &waits.fired[0];
    assert_eq!(reason.source, NamedSource::Retry("after-payday".to_owned()));
    assert!(reason.decisive);
    assert_eq!(
        reason.statement,
        "The balance of $999.00 is too low now; the payment will be debited on 2026-04-03"
    );
    assert_eq!(
        reason.features,
        [
            "application.amount",
            "application.decision_date",
            "debit.available",
            "debit.next_payday"
        ]
    );
}

#[test]
fn a_day_on_which_banks_do_not_settle_is_moved_before_it_is_compared() {
    // Payday is Friday: Saturday becomes Monday, six days away.
    let split = decided(999, Some(3));
    assert_eq!(
        split.fired[0].source,
        NamedSource::Retry("split".to_owned())
    );
}

#[test]
fn a_later_retry_is_tried_where_an_earlier_one_does_not_apply() {
    let split = decided(500, Some(10));
    assert_eq!(split.outcome, Outcome::Counter);
    let expected = ["2026-04-01 500.00 USD", "2026-04-15 500.00 USD"];
    assert_eq!(plan(&split), expected);
    assert_eq!(
        split.fired[0].statement,
        "The payment will be made in parts: $500.00 on 2026-04-01 and $500.00 on 2026-04-15"
    );
}

#[test]
fn where_no_retry_applies_a_person_looks() {
    let referred = decided(499, Some(10));
    assert_eq!(referred.outcome, Outcome::Refer);
    assert_eq!(referred.fired[0].reason, "TOO_LOW");
    assert_eq!(plan(&referred), [""; 0]);
}

#[test]
fn a_retry_that_cannot_be_known_sends_it_to_a_person() {
    let referred = decided(999, None);
    assert_eq!(referred.outcome, Outcome::Refer);
    assert_eq!(referred.fired[0].reason, "INFORMATION_MISSING");
    assert_eq!(referred.fired[0].features, ["debit.next_payday"]);
}

#[test]
fn a_day_that_cannot_be_known_or_is_past_sends_it_to_a_person() {
    let always = DEBIT.replace(
        "when = 'derive.after_payday <= application.decision_date + 5 days'",
        "when = 'debit.available > 0 usd'",
    );
    let unknown = decide(&publish(&always), &on_tuesday(999, None), &application());
    assert_eq!(unknown.outcome, Outcome::Refer);
    assert_eq!(unknown.fired[0].features, ["debit.next_payday"]);
    let past = always.replace(
        "on = 'derive.after_payday'",
        "on = 'debit.next_payday - 9 days'",
    );
    let past = decide(&publish(&past), &on_tuesday(999, Some(2)), &application());
    assert_eq!(past.outcome, Outcome::Refer);
    assert_eq!(past.fired[0].reason, "INFORMATION_MISSING");
    assert_eq!(past.fired[0].features, ["debit.next_payday"]);
    assert!(past.fired[0].statement.contains("is past, or today"));
    assert_eq!(plan(&past), [""; 0]);
}

#[test]
fn parts_that_are_too_near_each_other_send_it_to_a_person() {
    let source = DEBIT.replace("every = '14 days'", "every = 'data.history_days'");
    let apart = |days: i64| {
        let mut facts = on_tuesday(999, Some(20));
        facts.push(is("data.history_days", Value::Days(days)));
        decide(&publish(&source), &facts, &application())
    };
    let near = apart(5);
    assert_eq!(near.outcome, Outcome::Refer);
    assert_eq!(near.fired[0].features, ["data.history_days"]);
    assert!(!near.fired[0].statement.contains("past"));
    let planned = apart(7);
    assert_eq!(planned.outcome, Outcome::Counter);
    assert!(
        planned.fired[0]
            .features
            .contains(&"data.history_days".to_owned())
    );
}

#[test]
fn a_rule_that_declines_or_refers_goes_before_every_retry() {
    let mut facts = on_tuesday(999, Some(2));
    facts.retain(|given| given.0 != "debit.ach_debit");
    facts.push(is("debit.ach_debit", Value::Bool(false)));
    let declined = decide(&publish(DEBIT), &facts, &application());
    assert_eq!(declined.outcome, Outcome::Decline);
    assert_eq!(declined.evaluation.retry, None);
}

/// What would have let the debit go out as asked for.
#[test]
fn the_changes_told_are_those_by_which_it_is_approved() {
    let waits = decided(800, Some(2));
    let told: Vec<String> = waits.fired[0]
        .counterfactuals
        .iter()
        .map(|change| format!("{} {}", change.name, change.needed))
        .collect();
    assert_eq!(
        told,
        [
            "debit.available at least 1000.00 usd",
            "application.amount at most 800.00 usd"
        ]
    );
}

#[test]
fn the_trace_ends_with_the_retry_that_applied() {
    let features = Features::of(&on_tuesday(500, Some(10)));
    let bundle = publish(DEBIT);
    let split = decided(500, Some(10));
    let rendered = render(
        bundle.program(),
        &split.evaluation,
        &features,
        &application(),
    )
    .unwrap();
    let seen: Vec<(&str, Verdict)> = rendered
        .retries
        .iter()
        .map(|one| (one.retry.as_str(), one.verdict))
        .collect();
    assert_eq!(
        seen,
        [("after-payday", Verdict::False), ("split", Verdict::True)]
    );
    assert_eq!(
        rendered.retries[1].comparisons[0].text,
        "debit.available >= application.amount / 2"
    );
}

/// A rule set of so many retries, of which the first makes so many parts so far apart.
fn sized(retries: usize, parts: u32, every: i64) -> String {
    let retry = |index: usize, more: &str| {
        format!(
            "[[retry]]\nid = 'r{index}'\nwhen = 'debit.available > {index} usd'\n\
             on = 'application.decision_date + 1 day'\nreason = 'R'\n{more}"
        )
    };
    let first = retry(
        retries,
        &format!("parts = {parts}\nevery = '{every} days'\n"),
    );
    let others: String = (1..retries).rev().map(|index| retry(index, "")).collect();
    payment(&format!("{first}{others}[reasons.R]\nstatement = 'r'\n"))
        .replace("'true'", "'balance.current > 0 usd'")
}

#[test]
fn limits_hold_at_them_and_not_above() {
    use crate::limits;
    let most = limits::RETRIES_MAX;
    let parts = limits::RETRY_PARTS_MAX;
    let (least_days, most_days) = limits::RETRY_EVERY_DAYS.into_inner();
    for source in [
        sized(most, 2, 14),
        sized(1, parts, least_days),
        sized(1, parts, most_days),
    ] {
        assert_eq!(check(&source).1, []);
    }
    for source in [
        sized(most + 1, 2, 14),
        sized(1, parts + 1, 14),
        sized(1, 2, least_days - 1),
        sized(1, 2, most_days + 1),
    ] {
        assert!(check(&source).0.is_none(), "{source}");
    }
}

#[test]
fn a_rule_set_that_reads_nothing_else_knows_what_day_it_is() {
    let source = payment(
        "[[retry]]\nid = 'r'\nwhen = 'income.stopped'\non = 'income.next_payday'\nreason = 'R'\n\
         [reasons.R]\nstatement = 'r'\n",
    );
    let source = source.replace("'true'", "'not income.stopped'");
    let facts = [
        is("income.stopped", Value::Bool(true)),
        is(
            "income.next_payday",
            Value::Date(date().succ_opt().unwrap()),
        ),
        is("application.decision_date", Value::Date(date())),
    ];
    let waits = decide(&publish(&source), &facts, &application());
    assert_eq!(plan(&waits), ["2026-04-01 1000.00 USD"]);
}
