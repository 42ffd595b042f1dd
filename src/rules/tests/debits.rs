//! The rule set for debits of instalments: now, later, in parts, or not at all.

use super::*;
use crate::application::Input;
use crate::rules::check;

pub(super) const ACH_DEBIT: &str = include_str!("../../../rules/ach-debit.toml");

/// A Tuesday. By the rule of thumb a debit of 1,000 dollars is not likely to come back the day after.
const DECIDED: NaiveDate = NaiveDate::from_ymd_opt(2026, 3, 31).unwrap();

/// What is known where so much is available; nothing else is due, and no payday is known.
fn facts(available: i64) -> Vec<Given> {
    vec![
        is("application.amount", usd(1_000)),
        is("application.decision_date", Value::Date(DECIDED)),
        is("debit.available", usd(available)),
        is("debit.pending_debits", usd(0)),
        is("debit.due_soon", usd(0)),
        none("debit.next_payday", Missing::NoBasis),
        is("debit.nsf_event_days_30d", Value::Count(0)),
        is("debit.balance_age_hours", Value::Count(0)),
        is("debit.active", Value::Bool(true)),
        is("debit.ach_debit", Value::Bool(true)),
        is("data.failed_refreshes", Value::Count(0)),
        is("data.doubtful_accounts", Value::Count(0)),
        is("data.ach_accounts", Value::Count(1)),
    ]
}

fn debit(available: i64, changes: &[Given]) -> Decided {
    let mut facts = facts(available);
    for change in changes {
        facts.retain(|given| given.0 != change.0);
        facts.push(change.clone());
    }
    decide(&publish(ACH_DEBIT), &facts, &application())
}

/// The outcome, with the reasons that made it and the debits in place of the one asked for.
fn shown(decided: &Decided) -> String {
    let reasons = decided.fired.iter().filter(|fired| fired.decisive);
    let reasons = reasons.map(|fired| fired.reason.clone());
    let plan = decided.evaluation.plan.iter();
    let plan = plan.map(|debit| format!("{} {}", debit.date, debit.amount));
    let parts: Vec<String> = reasons.chain(plan).collect();
    format!("{} {}", decided.outcome, parts.join(" "))
}

fn later(days: u64) -> NaiveDate {
    DECIDED.checked_add_days(chrono::Days::new(days)).unwrap()
}

fn payday(in_days: u64) -> Given {
    is("debit.next_payday", Value::Date(later(in_days)))
}

#[test]
fn it_has_no_findings() {
    assert_eq!(check(ACH_DEBIT).1, []);
}

#[test]
fn the_balance_covers_the_debit_with_some_room() {
    assert_eq!(shown(&debit(1_150, &[])), "APPROVE ");
    assert_eq!(
        shown(&debit(1_149, &[])),
        "COUNTER IN_TWO_PARTS 2026-04-01 500.00 USD 2026-04-15 500.00 USD"
    );
    assert_eq!(shown(&debit(574, &[])), "REFER BALANCE_TOO_LOW");
}

#[test]
fn what_is_pending_and_due_soon_has_to_be_covered_too() {
    let due = [
        is("debit.pending_debits", usd(100)),
        is("debit.due_soon", usd(850)),
    ];
    assert_eq!(shown(&debit(2_100, &due)), "APPROVE ");
    let short = debit(2_099, &due);
    assert_eq!(short.outcome, Outcome::Counter);
    assert_eq!(
        short.fired[0].statement,
        "The available balance of the account, $2,099.00, is below $2,100.00: this payment of \
         $1,000.00 with room to spare, and $950.00 of other payments pending or due within two days; it \
         can be made in two parts: $500.00 on 2026-04-01 and $500.00 on 2026-04-15"
    );
}

#[test]
fn a_short_balance_waits_for_a_payday_that_is_near() {
    // Thursday; Good Friday is no holiday of the Federal Reserve.
    assert_eq!(
        shown(&debit(10, &[payday(2)])),
        "COUNTER AFTER_PAYDAY 2026-04-03 1000.00 USD"
    );
    // The business day after Friday is Monday, six days away.
    assert_eq!(shown(&debit(10, &[payday(3)])), "REFER BALANCE_TOO_LOW");
    assert_eq!(
        shown(&debit(600, &[payday(3)])),
        "COUNTER IN_TWO_PARTS 2026-04-01 500.00 USD 2026-04-15 500.00 USD"
    );
}

#[test]
fn it_never_waits_for_a_day_before_the_one_asked_for_and_none_is_asked_for_far_ahead() {
    let on = |days| {
        let asked = revised(application(), |draft| {
            let day = Input::Date(later(days));
            draft.inputs.insert("debit_date".to_owned(), Some(day));
        });
        let mut facts = facts(10);
        facts.retain(|given| given.0 != "debit.next_payday");
        facts.push(payday(1));
        shown(&decide(&publish(ACH_DEBIT), &facts, &asked))
    };
    assert_eq!(on(1), "COUNTER AFTER_PAYDAY 2026-04-02 1000.00 USD");
    assert_eq!(on(2), "REFER BALANCE_TOO_LOW");
    assert_eq!(on(3), "REFER BALANCE_TOO_LOW");
    assert_eq!(on(6), "REFER DEBIT_DATE_FAR");
}

#[test]
fn what_is_likely_to_come_back_is_not_offered_instead() {
    let of = |dollars, available, payday| {
        let amount = is("application.amount", usd(dollars));
        shown(&debit(available, &[amount, payday]))
    };
    let unlikely = |dollars: i64, days| {
        RuleOfThumb::p_return(None, dollars * 100, later(days)).unwrap() <= Decimal::from(20)
    };
    // By the rule of thumb the half is likely to come back, and the whole is not.
    assert!(unlikely(400, 1) && !unlikely(200, 1));
    assert_eq!(of(400, 459, payday(9)), "REFER BALANCE_TOO_LOW");
    // After payday the one is likely to come back, and the other is not.
    assert!(!unlikely(300, 3) && unlikely(400, 3));
    assert_eq!(of(300, 10, payday(2)), "REFER BALANCE_TOO_LOW");
    assert!(of(400, 10, payday(2)).starts_with("COUNTER AFTER_PAYDAY"));
}

#[test]
fn a_debit_that_came_back_too_often_is_not_made() {
    let with = |name: &str, count: i64| {
        let asked = revised(application(), |draft| {
            let count = Input::Number(Decimal::from(count));
            draft.inputs.insert(name.to_owned(), Some(count));
        });
        shown(&decide(&publish(ACH_DEBIT), &facts(5_000), &asked))
    };
    assert_eq!(with("failed_attempts", 1), "APPROVE ");
    assert_eq!(with("failed_attempts", 2), "DECLINE ATTEMPTS_EXHAUSTED");
    assert_eq!(with("sent_again_180d", 1), "APPROVE ");
    assert_eq!(with("sent_again_180d", 2), "DECLINE SENT_AGAIN_TOO_OFTEN");
}

#[test]
fn an_account_that_cannot_be_debited_asks_for_another_way_to_pay() {
    for (name, value, reason) in [
        ("data.ach_accounts", Value::Count(0), "NO_ACCOUNT_DEBITABLE"),
        (
            "debit.ach_debit",
            Value::Bool(false),
            "ACCOUNT_NOT_DEBITABLE",
        ),
        ("debit.active", Value::Bool(false), "ACCOUNT_DISCONNECTED"),
    ] {
        let declined = debit(5_000, &[is(name, value)]);
        assert_eq!(shown(&declined), format!("DECLINE {reason}"));
    }
}

#[test]
fn a_large_debit_needs_a_younger_balance() {
    // A day on which both are likely to go through, by the rule of thumb.
    let on = is("application.decision_date", Value::Date(later(56)));
    let aged = |hours, dollars| {
        let age = is("debit.balance_age_hours", Value::Count(hours));
        let amount = is("application.amount", usd(dollars));
        shown(&debit(5_000, &[age, amount, on.clone()]))
    };
    assert_eq!(aged(1, 201), "APPROVE ");
    assert_eq!(aged(2, 201), "REFER BALANCE_NOT_CURRENT");
    assert_eq!(aged(23, 200), "APPROVE ");
    assert_eq!(aged(24, 200), "REFER BALANCE_NOT_CURRENT");
}

#[test]
fn data_that_is_not_clear_goes_to_a_person() {
    for (name, value) in [
        ("data.failed_refreshes", Value::Count(1)),
        ("data.doubtful_accounts", Value::Count(1)),
        ("debit.nsf_event_days_30d", Value::Count(2)),
    ] {
        assert_eq!(
            debit(5_000, &[is(name, value)]).outcome,
            Outcome::Refer,
            "{name}"
        );
    }
    for (name, _) in facts(5_000) {
        let unknown = debit(5_000, &[none(name, Missing::NotReady)]);
        // Whether a payday is near does not matter to what is approved.
        let expected = if name == "debit.next_payday" {
            Outcome::Approve
        } else {
            Outcome::Refer
        };
        assert_eq!(unknown.outcome, expected, "{name}");
    }
}

#[test]
fn a_debit_that_is_likely_to_come_back_or_cannot_be_foretold_goes_to_a_person() {
    let on = |date| debit(5_000, &[is("application.decision_date", Value::Date(date))]).outcome;
    let chance = |date: NaiveDate| {
        let settled = crate::calendar::business_day_on_or_after(date.succ_opt().unwrap());
        RuleOfThumb::p_return(None, 100_000, settled).unwrap()
    };
    let (mut approved, mut referred) = (0, 0);
    for date in (0..1_000).step_by(37).map(later) {
        let likely = chance(date) > Decimal::from(20);
        let expected = if likely {
            Outcome::Refer
        } else {
            Outcome::Approve
        };
        assert_eq!(on(date), expected, "{date}");
        approved += u32::from(!likely);
        referred += u32::from(likely);
    }
    assert!(approved > 0 && referred > 0);
    let beyond = NaiveDate::from_ymd_opt(2032, 1, 1).unwrap();
    assert_eq!(on(beyond), Outcome::Refer, "nothing is known of it");
}
