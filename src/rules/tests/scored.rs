//! Rules, derived values and tables that rest on the score.

use super::*;
use crate::rules::{Code, NamedSource, Verdict, check};

/// A payment rule set that scores income, with these parts added.
fn scored(parts: &str) -> String {
    payment(&format!(
        r#"
[scorecard]
base = 500
[[scorecard.characteristic]]
name = "stability"
value = 'income.stability'
reason = "INCOME_IRREGULAR"
bins = [
  {{ when = 'value >= 0.8', points = 100 }},
  {{ otherwise = true, points = 0 }},
]
[reasons.INCOME_IRREGULAR]
statement = "Income is irregular"
rank = 20
[reasons.SCORE_LOW]
statement = "The score is low"
rank = 10
{parts}
"#
    ))
}

const DECLINES: &str =
    "[[rule]]\nid = 'low'\nwhen = 'score < 560'\nthen = 'decline'\nreason = 'SCORE_LOW'\n";

fn stability(value: &str) -> Vec<Given> {
    vec![is("income.stability", ratio(value))]
}

#[test]
fn a_rule_on_the_score_decides_and_what_lost_the_points_is_told() {
    let bundle = publish(&scored(DECLINES));
    let good = decide(&bundle, &stability("0.9"), &application());
    assert_eq!(
        (good.outcome, good.trace[0].verdict),
        (Outcome::Approve, Verdict::False)
    );
    let bad = decide(&bundle, &stability("0.3"), &application());
    assert_eq!(bad.outcome, Outcome::Decline);
    let told: Vec<_> = bad.fired.iter().filter(|one| one.decisive).collect();
    let sources: Vec<String> = told.iter().map(|one| one.source.to_string()).collect();
    assert!(sources.contains(&"low".to_owned()), "{sources:?}");
    assert!(
        sources.contains(&"scorecard:stability".to_owned()),
        "{sources:?}"
    );
    let unknown = decide(
        &bundle,
        &[none("income.stability", Missing::NoBasis)],
        &application(),
    );
    assert_eq!(unknown.outcome, Outcome::Refer);
    assert_eq!(unknown.fired[0].source, NamedSource::Missing);
    assert_eq!(unknown.fired[0].features, ["income.stability"]);
}

#[test]
fn a_rule_that_the_best_score_would_not_turn_tells_no_points() {
    let rule = DECLINES.replace("score < 560", "score < 560 or income.streams == 1");
    let mut given = stability("0.3");
    given.push(is("income.streams", Value::Count(1)));
    let decided = decide(&publish(&scored(&rule)), &given, &application());
    let sources: Vec<String> = decided
        .fired
        .iter()
        .map(|one| one.source.to_string())
        .collect();
    assert_eq!(sources, ["low"]);
}

#[test]
fn derived_values_and_tables_may_rest_on_the_score() {
    let parts = r#"
[tables.band]
inputs = { score = 'score' }
outputs = { band = "text", share_max = "percent" }
row = [
  { score = ">= 600", band = "A", share_max = '45%' },
  { score = "< 600", band = "B", share_max = '40%' },
]
[derive]
share = 'cash_flow.obligations_monthly / income.monthly_net'
room = 'tables.band.share_max - 1% * derive.share'
[[rule]]
id = 'share'
when = 'derive.share > tables.band.share_max and derive.room > 0%'
then = 'decline'
reason = 'SCORE_LOW'
except = 'tables.band.band == "C"'
"#;
    let bundle = publish(&scored(parts));
    let mut given = stability("0.3");
    given.push(is("income.monthly_net", usd(1_000)));
    given.push(is("cash_flow.obligations_monthly", usd(420)));
    let low = decide(&bundle, &given, &application());
    assert_eq!(low.outcome, Outcome::Decline);
    assert_eq!(low.evaluation.tables, [Ok(Value::Count(1))]);
    assert_eq!(
        low.derived[1].1,
        Ok(Value::percent("39.58".parse().unwrap()))
    );
    given[0] = is("income.stability", ratio("0.9"));
    let high = decide(&bundle, &given, &application());
    assert_eq!(high.outcome, Outcome::Approve);
    assert_eq!(high.evaluation.tables, [Ok(Value::Count(0))]);
    given[0] = none("income.stability", Missing::NoBasis);
    let unknown = decide(&bundle, &given, &application());
    assert_eq!(unknown.outcome, Outcome::Refer);
    assert_eq!(unknown.evaluation.tables, [Err(Missing::NoBasis)]);
    assert_eq!(unknown.fired[0].features, ["income.stability"]);
}

#[test]
fn the_scorecard_rests_on_nothing_that_rests_on_it() {
    let parts = "[derive]\nlate = 'score + 1'\n[[scorecard.characteristic]]\nname = 'x'\n\
                 value = 'derive.late'\nreason = 'SCORE_LOW'\nbins = [{ otherwise = true, points = 0 }]\n";
    let found = check(&scored(parts)).1;
    assert!(found.iter().any(|one| one.code == Code::Cycle.as_str()));
    let parts = parts
        .replace("derive.late", "score")
        .replace("late = 'score + 1'", "late = '1'");
    let found = check(&scored(&parts)).1;
    assert!(
        found
            .iter()
            .any(|one| one.code == Code::UnknownName.as_str())
    );
    let forecast = "[derive]\nlate = 'case(score > 1 => 5 usd, otherwise => 6 usd)'\n\
                    asked = 'p_return(derive.late, 2026-04-01)'\n";
    let found = check(&scored(forecast)).1;
    assert!(
        found
            .iter()
            .any(|one| one.message.contains("is not known here")),
        "{found:?}"
    );
}

#[test]
fn a_change_of_a_score_is_told_where_the_score_makes_a_rule_fire() {
    let decided = decide(
        &publish(&scored(DECLINES)),
        &stability("0.3"),
        &application(),
    );
    let of = |source: &str| {
        let mut fired = decided.fired.iter();
        fired.find(|one| one.source.to_string() == source).unwrap()
    };
    // With the points of the better bin nothing declines any more.
    let told = &of("scorecard:stability").counterfactuals;
    assert_eq!(told.len(), usize::from(stability_can_change()));
    assert_eq!(of("low").counterfactuals, []);
}

/// Whether an applicant can change how stable income is.
fn stability_can_change() -> bool {
    let (_, feature) = crate::features::find("income.stability").unwrap();
    feature.control != crate::features::Control::No
}

#[test]
fn a_value_told_of_a_score_that_makes_a_rule_fire_has_to_be_known_there() {
    // The rule on the score fires whatever the streams are.
    let parts = format!(
        "{DECLINES}[[rule]]\nid = 'none'\nwhen = 'income.streams < 1'\nthen = 'refer'\nreason = 'FEW'\n[reasons.FEW]\nstatement = 'none'\n"
    );
    let source = scored(&parts)
        .replace(
            "\"Income is irregular\"",
            "\"Irregular income in {income.streams} streams\"",
        )
        .replace("when = 'true'", "when = 'application.amount > 1 usd'");
    let codes: Vec<_> = check(&source).1.into_iter().map(|one| one.code).collect();
    assert_eq!(codes, [Code::MayBeMissing.as_str()]);
}

#[test]
fn what_a_score_rests_on_cannot_be_ignored_by_the_rule_that_reads_it() {
    let rule =
        format!("{DECLINES}ignore_missing = {{ 'income.stability' = {{ no_basis = 'new' }} }}\n");
    let found = check(&scored(&rule)).1;
    let mut found = found.iter();
    assert!(found.any(|one| one.message.contains("does not read `income.stability`")));
}

#[test]
fn what_an_offer_may_change_is_found_behind_tables_and_the_score() {
    let source = r#"
[rule_set]
name = "test"
version = "1"
kind = "credit"
currency = "USD"
[tables.rate]
inputs = { amount = 'application.amount' }
outputs = { rate = "percent", band = "text" }
row = [{ amount = "< 1000 usd", rate = '24%', band = "small" }]
otherwise = { rate = '12%', band = "large" }
[offer]
step = '100 usd'
minimum = '500 usd'
affordable_payment = 'income.monthly_net / 10'
[[offer.tier]]
id = "A"
when = 'tables.rate.band == "small"'
rate = 'tables.rate.rate'
max_amount = '5000 usd'
"#;
    let found = check(source).1;
    let codes: Vec<_> = found.iter().map(|one| one.code).collect();
    assert_eq!(codes, [Code::DependsOnRequest.as_str(); 2]);
    let known = source.replace("application.amount", "income.monthly_net");
    let given = [
        is("income.monthly_net", usd(900)),
        is("application.decision_date", Value::Date(date())),
    ];
    let decided = decide(&publish(&known), &given, &application());
    assert_eq!(decided.offer.unwrap().rate_percent, Decimal::from(24));
    // The same where it is the score that rests on the amount.
    let scored = r#"
[scorecard]
base = 500
[[scorecard.characteristic]]
name = "amount"
value = 'application.amount'
reason = "NO_OFFER"
bins = [{ when = 'value < 900 usd', points = 9 }, { otherwise = true, points = 0 }]
[derive]
late = 'score * 1 usd'
"#;
    let late = known.replace("'income.monthly_net' }", "'derive.late' }") + scored;
    let codes: Vec<_> = check(&late).1.iter().map(|one| one.code).collect();
    assert_eq!(codes, [Code::DependsOnRequest.as_str(); 2]);
}
