//! What rules ask of balances to come.

use super::*;
use crate::features::{self, Scope};
use crate::limits;
use crate::rules::{Severity, Verdict, check};

fn asked(source: &str, given: &[Given]) -> Decided {
    decide(&publish(source), given, &application())
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

const DUE: &str = "2026-12-04";

fn due() -> Vec<Given> {
    vec![
        is("application.amount", usd(300)),
        is("application.first_payment_date", Value::Date(day(DUE))),
        is("application.decision_date", Value::Date(day("2026-11-29"))),
    ]
}

#[test]
fn a_rule_compares_a_forecast_and_the_record_holds_what_was_asked_and_answered() {
    let when = "p_return(application.amount, application.first_payment_date) > 10%";
    let found = asked(&one_rule(when, "refer"), &due());
    let chance = RuleOfThumb::p_return(None, 30_000, day(DUE)).unwrap();
    let [comparison] = &found.trace[0].comparisons[..] else {
        panic!("one comparison");
    };
    assert_eq!(comparison.operands[0], Ok(Value::percent(chance)));
    assert_eq!(
        comparison.in_words.as_deref().unwrap(),
        format!(
            "the chance that a debit of 300.00 usd on {DUE} is returned: {chance}% is {} 10%",
            if chance > Decimal::TEN {
                "more than"
            } else {
                "at most"
            }
        )
    );
    let [told] = &found.evaluation.forecasts[..] else {
        panic!("asked once");
    };
    let amount = Money::new(30_000, Currency::USD);
    let date = day(DUE);
    assert_eq!(told.question.of_account, None);
    assert_eq!(told.question.asked, Asked::PReturn { amount, date });
    assert_eq!(told.answer, Ok(Value::percent(chance)));
    let written = serde_json::to_value(told).unwrap();
    assert_eq!(
        written["question"]["asked"],
        serde_json::json!({"p_return": {"amount": "300.00 usd", "date": DUE}})
    );
}

#[test]
fn a_rule_set_that_asks_nothing_records_no_forecast() {
    let found = asked(&one_rule("nsf.event_days_90d > 3", "refer"), &[]);
    assert_eq!(found.evaluation.forecasts, []);
    let written = serde_json::to_value(&found.evaluation).unwrap();
    assert_eq!(written.get("forecasts"), None);
}

#[test]
fn each_question_is_asked_once_wherever_it_stands() {
    let source = payment(
        r#"
[derive]
chance = 'p_return(application.amount, application.first_payment_date)'
later = 'p_return(application.amount, best_pull_date(application.amount, application.decision_date, derive.until))'
until = 'application.first_payment_date + 7 days'
[[rule]]
id = "it"
when = 'derive.chance > 10% or p_return(application.amount, application.first_payment_date) > derive.later'
then = "refer"
reason = "WHY"
[reasons.WHY]
statement = "with a chance of {derive.chance}"
"#,
    );
    let found = asked(&source, &due());
    let told = &found.evaluation.forecasts;
    assert_eq!(told.len(), 3, "{told:#?}");
    assert!(found.derived.iter().all(|(_, value)| value.is_ok()));
}

#[test]
fn a_function_over_accounts_asks_for_each() {
    let mut given = due();
    given.push((
        "account.current",
        vec![Ok(usd(100)), Ok(usd(200)), Ok(usd(300))],
    ));
    // Here each account has a value of the feature by which accounts are counted.
    let counted_by = features::first_of(Scope::Account).unwrap();
    let counted_by = features::table()[counted_by.index()].name;
    given.push((counted_by, vec![Err(Missing::NotReady); 3]));
    let date = day(DUE);
    for (body, minor) in [
        ("application.amount", [30_000; 3]),
        ("account.current", [10_000, 20_000, 30_000]),
    ] {
        let call = format!("p_return({body}, application.first_payment_date)");
        let source = payment(&format!("[derive]\nleast = 'min({call})'\n"));
        let found = asked(&source, &given);
        let chances = (0..3).map(|at| RuleOfThumb::p_return(Some(at), minor[at], date).unwrap());
        assert_eq!(
            found.derived[0].1,
            Ok(Value::percent(chances.min().unwrap()))
        );
        let of = found.evaluation.forecasts.iter();
        let of: Vec<_> = of.map(|one| one.question.of_account).collect();
        assert_eq!(of, [Some(0), Some(1), Some(2)]);
    }
}

#[test]
fn a_forecast_that_cannot_be_made_refers_and_says_why() {
    let when = "p_return(application.amount, 2040-01-02) > 10%";
    let found = asked(&one_rule(when, "decline"), &due());
    assert_eq!(found.outcome, Outcome::Refer);
    assert_eq!(found.trace[0].verdict, Verdict::Unknown);
    assert_eq!(
        found.fired[0].statement,
        "The day of the payment is none for which the balance can be forecast: after the last one \
         known, up to two months ahead"
    );
    assert_eq!(found.fired[0].features, ["p_return"]);
    assert_eq!(
        found.trace[0].comparisons[0].in_words.as_deref(),
        Some(
            "the chance that a debit of 300.00 usd on 2040-01-02 is returned is not known: only days \
             after the last known balance are forecast, up to two months ahead"
        )
    );
    // It rests on nothing but the account, and is asked for all the same.
    let found = asked(
        &one_rule("p_return(1 usd, 2040-01-02) > 10%", "decline"),
        &[],
    );
    assert_eq!(found.outcome, Outcome::Refer);
    // What it was to be asked of is missing.
    let when = "p_return(balance.current, 2026-12-04) > 10%";
    let missing = [none("balance.current", Missing::NoPermission)];
    let found = asked(&one_rule(when, "decline"), &missing);
    assert_eq!(found.fired[0].features, ["balance.current"]);
    assert_eq!(found.evaluation.forecasts, []);
}

#[test]
fn a_change_that_would_ask_anew_proves_nothing() {
    // With another amount it would be another question, to which nobody knows the answer.
    let when = "application.amount >= 300 usd \
                and coalesce(p_return(application.amount, 2026-12-04), 0%) >= 0%";
    let found = asked(&one_rule(when, "decline"), &due());
    assert_eq!(found.outcome, Outcome::Decline);
    assert_eq!(found.fired[0].counterfactuals, [], "of the amount");
    // Where it matters not, it does.
    let when = "application.amount >= 300 usd";
    let other = "[derive]\nchance = 'p_return(application.amount, 2026-12-04)'\n";
    let found = asked(&format!("{}{other}", one_rule(when, "decline")), &due());
    assert_eq!(found.fired[0].counterfactuals[0].needed, "below 300.00 usd");
    let when = "p_return(application.amount, 2026-12-04) >= 0.1%";
    let found = asked(&one_rule(when, "decline"), &due());
    // Nobody can change a chance: only what it comes from.
    assert_eq!(found.fired[0].counterfactuals, []);
}

#[test]
fn a_file_asks_for_so_many_forecasts_and_no_more() {
    let findings = |calls: usize| {
        let lines = (1..=calls).map(|at| format!("d{at} = 'p_return({at} usd, 2026-12-04)'\n"));
        let source = payment(&format!("[derive]\n{}", lines.collect::<String>()));
        let (rule_set, found) = check(&source);
        let codes = found.iter().filter(|one| one.code == "too_large");
        (rule_set.is_some(), codes.count())
    };
    let most = limits::FORECAST_CALLS_MAX;
    assert_eq!(findings(most - 1), (true, 0));
    assert_eq!(findings(most), (true, 0));
    assert_eq!(findings(most + 1), (false, 1));
}

#[test]
fn a_call_that_is_wrong_is_told_what_is_wanted() {
    let found = |derive: &str| {
        let (_, found) = check(&payment(&format!("[derive]\nd = '{derive}'\n")));
        let mut errors = found
            .into_iter()
            .filter(|one| one.severity == Severity::Error);
        let first = errors.next().unwrap();
        (
            first.code,
            format!("{}: {}", first.message, first.help.unwrap_or_default()),
        )
    };
    let (code, told) = found("p_return(300, 2026-12-04)");
    assert_eq!(code, "unit_missing", "{told}");
    assert!(told.contains("write `300 usd`"), "{told}");
    let (code, told) = found("p_return(300 usd, 7 days)");
    assert_eq!(code, "type_mismatch", "{told}");
    assert!(told.contains("its date is date"), "{told}");
    let (code, told) = found("best_pull_date(300 usd, 2026-12-04)");
    assert_eq!(code, "type_mismatch", "{told}");
    assert!(told.contains("has 3 arguments"), "{told}");
    let (code, told) = found("p_retrun(300 usd, 2026-12-04)");
    assert_eq!(code, "unknown_function", "{told}");
    assert!(told.contains("p_return"), "{told}");
    let streams = "any(income_stream.monthly_net > 1 usd and p_return(1 usd, 2026-12-04) > 5%)";
    let (code, _) = found(streams);
    assert!(matches!(code, "scoped_feature" | "unknown_name"));
}
