//! How verdicts become an outcome, with its reasons and its offer.

use super::*;
use crate::rules::{Action, BoundBy, Defect, Outcome, Verdict};

pub(super) const CREDIT: &str = r#"
[rule_set]
name = "test"
version = "1"
kind = "credit"
currency = "USD"

[[rule]]
id = "low-income"
when = 'income.monthly_net < 1000 usd'
then = "decline"
reason = "INCOME_LOW"

[[rule]]
id = "nsf"
when = 'nsf.event_days_90d > 3'
then = "decline"
reason = "NSF"

[[rule]]
id = "nsf-30"
when = 'nsf.event_days_30d > 3'
then = "decline"
reason = "NSF"

[[rule]]
id = "no-buffer"
when = 'balance.buffer_days < 3 days'
then = "refer"
reason = "BUFFER"
ignore_missing = { "balance.buffer_days" = { history_too_short = "the score has it too" } }

[[rule]]
id = "gambling"
when = 'cash_flow.gambling_90d > 100 usd'
then = "flag"
reason = "GAMBLING"

[scorecard]
base = 500
[[scorecard.characteristic]]
name = "stability"
value = 'income.stability'
reason = "UNSTABLE"
bins = [
  { when = 'value >= 0.8', points = 100 },
  { when = 'value >= 0.5', points = 50 },
  { otherwise = true, points = 0 },
]
[[scorecard.characteristic]]
name = "buffer"
value = 'balance.buffer_days'
reason = "BUFFER"
bins = [{ when = 'value >= 10 days', points = 30 }, { otherwise = true, points = 0 }]
missing = { points = 10, because = "new accounts have none" }

[offer]
step = '50 usd'
minimum = '300 usd'
affordable_payment = 'income.monthly_net * 10%'
refer_reason = "NO_TIER"
counter_reason = "REDUCED"
affordability_reason = "UNAFFORDABLE"
[[offer.tier]]
id = "A"
when = 'score >= 600'
rate = '12%'
max_amount = '5000 usd'
[[offer.tier]]
id = "B"
when = 'score >= 550'
rate = '24%'
max_amount = '900 usd'

[reasons.INCOME_LOW]
statement = "Income of {income.monthly_net} a month is too low"
rank = 20
[reasons.NSF]
statement = "Overdrafts on {nsf.event_days_90d} days"
statement_missing = "Overdrafts"
rank = 10
[reasons.BUFFER]
statement = "Reserves of {balance.buffer_days}"
statement_missing = "Reserves are not known"
rank = 30
[reasons.GAMBLING]
statement = "Gambling"
rank = 1
[reasons.UNSTABLE]
statement = "Income varies"
rank = 40
[reasons.NO_TIER]
statement = "No loan for this score"
rank = 99
[reasons.REDUCED]
statement = "We can offer {offer.amount}"
rank = 50
[reasons.UNAFFORDABLE]
statement = "Income is insufficient for the amount requested"
rank = 51
"#;

pub(super) fn facts(changes: &[Given]) -> Vec<Given> {
    let mut all = vec![
        is("income.monthly_net", usd(3_000)),
        is("nsf.event_days_90d", Value::Count(0)),
        is("nsf.event_days_30d", Value::Count(0)),
        is("balance.buffer_days", Value::Days(12)),
        is("cash_flow.gambling_90d", usd(0)),
        is("income.stability", ratio("0.9")),
    ];
    for change in changes {
        all.retain(|given| given.0 != change.0);
        all.push(change.clone());
    }
    all
}

fn outcome(changes: &[Given], major: i64) -> Decided {
    let mut facts = facts(changes);
    facts.push(is("application.amount", usd(major)));
    decide(&publish(CREDIT), &facts, &asking(major))
}

/// The reasons given, those that made the outcome marked.
pub(super) fn reasons(evaluation: &Decided) -> Vec<String> {
    let fired = evaluation.fired.iter();
    fired
        .map(|fired| format!("{}{}", if fired.decisive { "*" } else { "" }, fired.reason))
        .collect()
}

#[test]
fn what_no_rule_stops_is_approved_as_asked() {
    let approved = outcome(&[], 1_010);
    assert_eq!(approved.outcome, Outcome::Approve);
    assert_eq!(approved.score.as_ref().unwrap().total, Ok(630));
    let offer = approved.offer.clone().unwrap();
    // Within the limits the amount is what was asked for, also off the step.
    assert_eq!(offer.amount, Money::new(101_000, Currency::USD));
    assert_eq!((offer.tier.as_str(), offer.payments), ("A", 12));
    // 1010 at 1% a month over 12 months: 89.7365..., rounded up.
    assert_eq!(offer.payment, Money::new(8_974, Currency::USD));
    assert_eq!(reasons(&approved), [""; 0]);
}

#[test]
fn a_decline_beats_what_is_missing_and_what_refers() {
    let declined = outcome(
        &[
            is("nsf.event_days_90d", Value::Count(4)),
            is("balance.buffer_days", Value::Days(1)),
            is("cash_flow.gambling_90d", usd(500)),
            none("income.monthly_net", Missing::NoPermission),
        ],
        1_000,
    );
    assert_eq!(declined.outcome, Outcome::Decline);
    assert_eq!(
        reasons(&declined),
        ["*NSF", "GAMBLING", "BUFFER", "INFORMATION_MISSING"]
    );
    assert_eq!(declined.fired[0].statement, "Overdrafts on 4 days");
    assert!(declined.offer.is_none());
}

#[test]
fn a_reason_of_two_rules_is_decisive_once() {
    let declined = outcome(
        &[
            is("nsf.event_days_90d", Value::Count(4)),
            is("nsf.event_days_30d", Value::Count(4)),
            is("income.monthly_net", usd(10)),
        ],
        1_000,
    );
    assert_eq!(reasons(&declined), ["*NSF", "NSF", "*INCOME_LOW"]);
}

#[test]
fn a_missing_value_refers_and_says_what_is_missing() {
    let referred = outcome(
        &[none("nsf.event_days_90d", Missing::HistoryTooShort)],
        1_000,
    );
    assert_eq!(referred.outcome, Outcome::Refer);
    assert_eq!(reasons(&referred), ["*INFORMATION_MISSING"]);
    let reason = &referred.fired[0];
    assert_eq!(reason.features, ["nsf.event_days_90d"]);
    assert_eq!(reason.action, Action::Refer);
    assert_eq!(
        reason.statement,
        "Account history is too short to verify returned payments and overdrafts"
    );
}

#[test]
fn a_missing_value_may_pass_where_the_rule_set_says_why() {
    let approved = outcome(
        &[none("balance.buffer_days", Missing::HistoryTooShort)],
        1_000,
    );
    assert_eq!(approved.outcome, Outcome::Approve);
    let trace = approved
        .trace
        .iter()
        .find(|one| one.rule == "no-buffer")
        .unwrap();
    assert_eq!(
        trace.missing_ignored.as_deref(),
        Some("the score has it too")
    );
    let buffer = &approved.score.as_ref().unwrap().characteristics[1];
    assert_eq!(buffer.points, Ok(10));
    assert_eq!(buffer.bin, "missing: new accounts have none");
}

#[test]
fn a_score_that_cannot_be_known_refers() {
    let referred = outcome(&[none("income.stability", Missing::HistoryTooShort)], 1_000);
    assert_eq!(referred.outcome, Outcome::Refer);
    assert_eq!(referred.score.unwrap().total, Err(Missing::HistoryTooShort));
    assert_eq!(referred.fired[0].features, ["income.stability"]);
}

#[test]
fn a_lower_tier_counters_with_what_cost_the_points() {
    let counter = outcome(&[is("income.stability", ratio("0.6"))], 1_000);
    assert_eq!(counter.outcome, Outcome::Counter);
    let offer = counter.offer.as_ref().unwrap();
    assert_eq!((offer.tier.as_str(), offer.bound_by), ("B", BoundBy::Tier));
    assert_eq!(offer.amount, Money::new(90_000, Currency::USD));
    assert_eq!(reasons(&counter), ["*UNSTABLE", "*REDUCED"]);
    assert_eq!(counter.fired[1].statement, "We can offer $900.00");
    assert_eq!(
        counter.fired[1].counterfactuals[0].needed,
        "at most 900.00 usd"
    );
    assert_eq!(counter.fired[0].source.to_string(), "scorecard:stability");
}

#[test]
fn affordability_bounds_the_amount_down_to_a_step() {
    let counter = outcome(&[is("income.monthly_net", usd(1_000))], 4_000);
    let offer = counter.offer.as_ref().unwrap();
    // 100 a month at 1% over 12 months carries 1125.50.
    assert_eq!(offer.amount, Money::new(110_000, Currency::USD));
    assert_eq!(offer.bound_by, BoundBy::Affordability);
    assert!(offer.payment.minor() <= 10_000);
    assert_eq!(reasons(&counter), ["*UNAFFORDABLE"]);
    assert_eq!(counter.fired[0].features, ["income.monthly_net"]);
}

#[test]
fn no_tier_refers_with_what_cost_the_points() {
    let referred = outcome(
        &[
            is("income.stability", ratio("0.1")),
            is("balance.buffer_days", Value::Days(5)),
        ],
        1_000,
    );
    assert_eq!(referred.outcome, Outcome::Refer);
    assert_eq!(reasons(&referred), ["*UNSTABLE", "*BUFFER", "*NO_TIER"]);
    // Below the minimum there is no offer either.
    let small = outcome(&[], 200);
    assert_eq!(small.outcome, Outcome::Refer);
    assert_eq!(reasons(&small), ["*NO_TIER"]);
}

#[test]
fn a_payment_is_approved_by_its_condition() {
    let source = payment("").replace("when = 'true'", "when = 'balance.available >= 100 usd'");
    let bundle = publish(&source);
    let with = |given: &[Given]| decide(&bundle, given, &application());
    assert_eq!(
        with(&[is("balance.available", usd(100))]).outcome,
        Outcome::Approve
    );
    let referred = with(&[is("balance.available", usd(99))]);
    assert_eq!(referred.outcome, Outcome::Refer);
    assert_eq!(reasons(&referred), ["*NOT_APPROVED"]);
    assert_eq!(
        referred.fired[0].counterfactuals[0].needed,
        "at least 100.00 usd"
    );
    let unknown = with(&[none("balance.available", Missing::NotReady)]);
    assert_eq!(reasons(&unknown), ["*INFORMATION_MISSING"]);
}

#[test]
fn the_trace_shows_every_comparison() {
    let bundle = publish(&one_rule(
        "income.streams > 5 and (income.monthly_net < 10 usd or income.stopped)",
        "refer",
    ));
    let given = [
        is("income.streams", Value::Count(1)),
        is("income.monthly_net", usd(900)),
        none("income.stopped", Missing::NotReady),
    ];
    let full = decide(&bundle, &given, &application());
    let shown: Vec<_> = full.trace[0]
        .comparisons
        .iter()
        .map(|one| (one.text.as_str(), one.operands.clone()))
        .collect();
    assert_eq!(
        shown,
        [
            (
                "income.streams > 5",
                vec![Ok(Value::Count(1)), Ok(Value::Count(5))]
            ),
            (
                "income.monthly_net < 10 usd",
                vec![Ok(usd(900)), Ok(usd(10))]
            ),
            ("income.stopped", vec![Err(Missing::NotReady)]),
        ]
    );
}

/// Integers are compared without their currency, so an amount in another one must not be one.
fn run(bundle: &Bundle, features: &Features, telling: Telling) -> Result<Evaluation, Defect> {
    let (program, application) = (bundle.program(), application());
    let ready = Readiness::Ready;
    evaluate(
        program,
        features,
        &application,
        &RuleOfThumb,
        ready,
        telling,
    )
}

#[test]
fn an_amount_in_another_currency_is_missing() {
    let rules = CREDIT.replace(
        "'income.monthly_net < 1000 usd'",
        "'balance.current < 1000 usd'",
    );
    let rules = rules.replace("Income of {income.monthly_net} a month", "Income");
    let bundle = Bundle::publish(rules.as_bytes()).unwrap();
    let verdict = |amount: Money| {
        let given = [("balance.current", vec![Ok(Value::Money(amount))])];
        let features = Features::of(&given);
        let found = run(&bundle, &features, Telling::Nothing).unwrap();
        found.verdicts.get(0)
    };
    let euro: Currency = "EUR".parse().unwrap();
    assert_eq!(verdict(Money::new(100, Currency::USD)), Some(Verdict::True));
    assert_eq!(verdict(Money::new(100, euro)), Some(Verdict::Unknown));
}

#[test]
fn a_value_of_another_type_than_its_feature_is_a_defect() {
    let bundle = Bundle::publish(CREDIT.as_bytes()).unwrap();
    let features = Features::of(&[is("nsf.event_days_90d", Value::Days(9))]);
    let found = run(&bundle, &features, Telling::Nothing);
    assert_eq!(found.unwrap_err(), Defect::MixedTypes);
}
