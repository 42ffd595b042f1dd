//! What reviewers answer, in the place of what was found.

use super::super::{AnswerError, AnswerPart, answered};
use super::*;
use crate::application::{DraftAnswer, Input, ReviewersWord};
use crate::features;
use crate::limits;

fn answer(fact: &str, value: Input) -> DraftAnswer {
    DraftAnswer {
        fact: fact.to_owned(),
        value: Some(value),
        reviewer: "q.officer".to_owned(),
        evidence: "a look at the statement".to_owned(),
        answered_at: chrono::DateTime::from_timestamp(0, 0),
    }
}

fn dollars(major: i64) -> Input {
    Input::Money(Money::new(major * 100, Currency::USD))
}

fn number(text: &str) -> Input {
    Input::Number(text.parse().unwrap())
}

/// A rule set that reads so many features of the household.
fn reads(names: &[&str]) -> Bundle {
    let derived = names.iter().enumerate();
    let derived = derived.map(|(index, name)| format!("d{index} = '{name}'\n"));
    let derived: String = derived.collect();
    publish(&payment(&format!("[derive]\n{derived}")))
}

const READ: [&str; 6] = [
    "income.monthly_net",
    "income.primary_share",
    "income.primary_cadence",
    "data.history_days",
    "ownership.unmatched_accounts",
    "income.streams",
];

fn found() -> Features {
    Features::of(&[
        none("income.monthly_net", Missing::Unproven),
        none("income.primary_share", Missing::NoBasis),
        none("income.primary_cadence", Missing::NoBasis),
        none("data.transactions_90d", Missing::HistoryTooShort),
        is("data.history_days", Value::Days(40)),
        is("ownership.unmatched_accounts", Value::Count(1)),
    ])
}

fn answers_of(bundle: &Bundle, answers: Vec<DraftAnswer>) -> Result<Features, Vec<AnswerError>> {
    answers_of_these(bundle, found(), answers)
}

fn answers_of_these(
    bundle: &Bundle,
    found: Features,
    answers: Vec<DraftAnswer>,
) -> Result<Features, Vec<AnswerError>> {
    let word = ReviewersWord::check(answers, Vec::new(), Vec::new()).unwrap();
    let application = application()
        .resolved("dec_1".parse().unwrap(), word)
        .unwrap();
    answered(bundle.program(), found, &application)
}

fn value_of(features: &Features, name: &str) -> Result<Value, Missing> {
    let (id, _) = features::find(name).unwrap();
    features.slots(id)[0].value.clone()
}

#[test]
fn an_answer_takes_the_place_of_what_is_missing_or_in_doubt_and_of_nothing_else() {
    let answers = vec![
        answer("income.monthly_net", dollars(4_200)),
        answer("ownership.unmatched_accounts", number("0")),
    ];
    let features = answers_of(&reads(&READ), answers).unwrap();
    assert_eq!(value_of(&features, "income.monthly_net"), Ok(usd(4_200)));
    assert_eq!(
        value_of(&features, "ownership.unmatched_accounts"),
        Ok(Value::Count(0))
    );
    for (feature, subject, slot) in features.iter() {
        let before = value_of(&found(), feature.name);
        let is_answered = slot.value != before;
        let answered = ["income.monthly_net", "ownership.unmatched_accounts"];
        assert_eq!(is_answered, answered.contains(&feature.name), "{subject:?}");
    }
    // The integers that rules read are those of the answers.
    let (id, _) = features::find("income.monthly_net").unwrap();
    let wholes = features.wholes(Currency::USD).unwrap();
    assert_eq!(wholes[id.index()], features::Whole::of(&Ok(usd(4_200))));
}

#[test]
fn what_may_not_be_answered_is_refused_and_the_message_says_what_may() {
    let names = "; what may be answered: `income.monthly_net`, `income.primary_cadence`, \
                 `income.primary_share`, `ownership.unmatched_accounts`";
    for (fact, problem) in [
        (
            "data.history_days",
            "is known from the bank and not in doubt",
        ),
        (
            "income.monthly_nett",
            "is no feature, and no input (`inputs.NAME`): did you mean `income.monthly_net`?",
        ),
        (
            "data.transactions_90d",
            "is not read by the rule set: an answer would change nothing",
        ),
    ] {
        let errors = answers_of(&reads(&READ), vec![answer(fact, number("1"))]).unwrap_err();
        assert_eq!(
            sorted(&errors[0].problem),
            sorted(&format!("{problem}{names}")),
            "{fact}"
        );
    }
    for fact in ["income.streams", "application.amount", "stream.monthly_net"] {
        let errors = answers_of(&reads(&READ), vec![answer(fact, number("1"))]).unwrap_err();
        let start = "is not for a reviewer to say";
        assert!(errors[0].problem.starts_with(start), "{errors:?}");
    }
}

#[test]
fn a_value_that_states_no_doubt_takes_no_answer_and_what_was_found_is_none() {
    let word = |text: &str| Value::Text(text.to_owned());
    let text = |text: &str| Input::Text(text.to_owned());
    let (sure, same) = (
        "is known from the bank and not in doubt",
        "is what was found: an answer would change nothing",
    );
    for (fact, found, said, problem) in [
        ("data.stale_balances", Value::Count(1), number("0"), None),
        (
            "data.stale_balances",
            Value::Count(1),
            number("1"),
            Some(same),
        ),
        (
            "data.stale_balances",
            Value::Count(0),
            number("3"),
            Some(sure),
        ),
        (
            "income.stopped",
            Value::Bool(true),
            Input::Bool(false),
            None,
        ),
        (
            "income.stopped",
            Value::Bool(false),
            Input::Bool(true),
            Some(sure),
        ),
        ("income.unproven_monthly", usd(1), dollars(0), None),
        ("income.unproven_monthly", usd(0), dollars(1), Some(sure)),
        ("data.amount_sign", word("supported"), text("proven"), None),
        (
            "data.amount_sign",
            word("proven"),
            text("supported"),
            Some(sure),
        ),
    ] {
        let features = Features::of(&[is(fact, found.clone())]);
        let answers = answers_of_these(&reads(&[fact]), features, vec![answer(fact, said)]);
        match (answers, problem) {
            (Ok(_), None) => {}
            (Err(errors), Some(problem)) => {
                assert!(errors[0].problem.starts_with(problem), "{errors:?}");
            }
            (answers, _) => panic!("{fact} is {found}: {answers:?}"),
        }
    }
}

#[test]
fn what_is_missing_for_an_unclear_review_is_no_reviewers_to_state() {
    let fact = "income.monthly_net";
    let features = Features::of(&[none(fact, Missing::ReviewUnclear)]);
    let said = vec![answer(fact, dollars(20_000))];
    let errors = answers_of_these(&reads(&[fact]), features, said).unwrap_err();
    let problem = &errors[0].problem;
    assert!(
        problem.starts_with("is missing for a review of a stream"),
        "{problem}"
    );
    assert!(
        problem.ends_with("nothing of this decision may be answered"),
        "{problem}"
    );
}

#[test]
fn an_input_that_the_rule_set_does_not_declare_is_refused_as_a_feature_is() {
    let said = vec![answer("inputs.nothing", number("1"))];
    let errors = answers_of(&reads(&READ), said).unwrap_err();
    assert_eq!(errors[0].part, AnswerPart::Fact);
    let problem = &errors[0].problem;
    assert!(
        problem.contains("what may be answered: `income.monthly_net`"),
        "{problem}"
    );
}

/// Names in a list stand in the order of the table, which is not what this is about.
fn sorted(text: &str) -> Vec<&str> {
    let mut words: Vec<&str> = text.split([' ', ',']).collect();
    words.sort_unstable();
    words
}

#[test]
fn a_value_is_of_the_type_of_its_feature_and_within_its_range() {
    let euro = Input::Money(Money::new(1, "eur".parse().unwrap()));
    for (fact, value, problem) in [
        (
            "income.monthly_net",
            number("4200"),
            "is of another kind: an amount of money with its currency is expected",
        ),
        ("income.monthly_net", euro, "is not an amount in USD"),
        (
            "income.monthly_net",
            dollars(-1),
            "is outside of what it can be: 0 or more",
        ),
        (
            "income.primary_share",
            number("1.1"),
            "is outside of what it can be: 0 to 1",
        ),
        (
            "ownership.unmatched_accounts",
            number("0.5"),
            "has decimals or is too large: send a whole number",
        ),
        (
            "ownership.unmatched_accounts",
            number("51"),
            "is outside of what it can be: 0 to 50",
        ),
        (
            "income.primary_cadence",
            Input::Text("daily".to_owned()),
            "is none of `weekly`, `biweekly`, `semi_monthly`, `monthly`, `four_weekly`, \
             `irregular`, `none`",
        ),
    ] {
        let errors = answers_of(&reads(&READ), vec![answer(fact, value)]).unwrap_err();
        assert_eq!(errors[0].problem, problem, "{fact}");
    }
}

#[test]
fn a_list_of_what_may_be_answered_ends_somewhere() {
    let missing = features::table().iter().filter(|feature| {
        feature.answerable == features::Answerable::WhereMissing
            && value_of(&found(), feature.name).is_err()
    });
    let names: Vec<&str> = missing.map(|feature| feature.name).collect();
    let max = limits::ANSWERABLE_NAMED_MAX;
    for (count, more) in [(max - 1, None), (max, None), (max + 1, Some(" and 1 more"))] {
        let bundle = reads(&names[..count]);
        let errors = answers_of(&bundle, vec![answer("x.y", number("1"))]).unwrap_err();
        let problem = &errors[0].problem;
        // One name stands in the first part.
        let named = problem.matches('`').count() / 2 - 1;
        assert_eq!(named, count.min(max), "{problem}");
        assert_eq!(problem.ends_with(" more"), more.is_some(), "{problem}");
    }
}
