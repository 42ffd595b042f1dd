//! Tests of the language as a whole.

mod answers;
mod applications;
mod counterfactuals;
mod debits;
mod declared;
mod diagnostics;
mod diff;
mod differential;
mod documents;
mod faults;
mod findings;
mod fixes;
mod forecasts;
mod formatted;
mod freshness;
mod grammar;
mod ignored;
mod language;
mod laws;
mod meaning;
mod missing_inputs;
mod offers;
mod outcomes;
mod param_values;
mod promises;
mod readiness;
mod record;
mod retries;
mod schema;
mod score_reasons;
mod scored;
mod settle;
mod shipped;
mod starters;
mod statements;
mod tables;
mod test_cases;
mod values;
mod verification;

use chrono::{Datelike, NaiveDate};
use rust_decimal::Decimal;

use super::{
    Asked, Bundle, Conclusion, Evaluation, EvaluationInBrief, Fired, ForecastQuestion, Forecasts,
    Foreseen, OfferTerms, Outcome, Readiness, RuleTrace, Score, Telling, conclude, evaluate,
    render,
};
use crate::application::tests::revised;
use crate::application::{
    Application, Draft, DraftApplicant, DraftTerm, Identity, RepaymentFrequency, Role, TermUnit,
};
use crate::features::{Features, Missing, Value};
use crate::money::{Currency, Money};

/// A value given to a feature in a test.
type Given = (&'static str, Vec<Result<Value, Missing>>);

fn usd(major: i64) -> Value {
    Value::Money(Money::new(major * 100, Currency::USD))
}

fn ratio(text: &str) -> Value {
    Value::ratio(text.parse::<Decimal>().unwrap())
}

fn is(name: &'static str, value: Value) -> Given {
    (name, vec![Ok(value)])
}

fn none(name: &'static str, why: Missing) -> Given {
    (name, vec![Err(why)])
}

/// One thousand dollars over twelve months.
fn application() -> Application {
    let draft = Draft {
        id: Some("app-1".parse().unwrap()),
        product: "personal_loan".to_owned(),
        requested_amount: Some(Money::new(100_000, Currency::USD)),
        term: Some(DraftTerm {
            count: 12,
            unit: Some(TermUnit::Months),
        }),
        repayment_frequency: Some(RepaymentFrequency::Monthly),
        applicants: vec![DraftApplicant {
            id: Some("p1".parse().unwrap()),
            role: Some(Role::Primary),
            identity: Some(Identity {
                name: "Jenny Rosen".to_owned(),
                ..Identity::default()
            }),
            account_ids: vec![Some("fca_1".parse().unwrap())],
            handles: Vec::new(),
        }],
        ..Draft::default()
    };
    draft.check().unwrap()
}

fn asking(major: i64) -> Application {
    revised(application(), |draft| {
        draft.requested_amount = Some(Money::new(major * 100, Currency::USD));
    })
}

fn date() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 3, 31).unwrap()
}

/// A rule set whose names and types are right: these tests compare what nobody would, and ask for no
/// advice.
fn publish(source: &str) -> Bundle {
    Bundle::from_bytes(source.as_bytes()).unwrap_or_else(|diagnostics| {
        let shown: Vec<String> = diagnostics
            .iter()
            .map(|one| one.render("test.toml", source, false))
            .collect();
        panic!("{}", shown.join("\n\n"))
    })
}

/// Forecasts by a rule that everybody can work out: nothing is known of days after 2031.
#[derive(Debug)]
struct RuleOfThumb;

impl RuleOfThumb {
    /// The account, none being the one to be debited.
    fn p_return(of_account: Option<usize>, minor: i64, date: NaiveDate) -> Option<Decimal> {
        let account = of_account.map_or(7, |at| i64::try_from(at).unwrap());
        let mixed = minor.rem_euclid(499) + i64::from(date.num_days_from_ce()) + 31 * account;
        (date.year() <= 2031).then(|| Decimal::new(mixed.rem_euclid(1_000), 1))
    }

    fn best_pull_date(minor: i64, from: NaiveDate, to: NaiveDate) -> Option<NaiveDate> {
        (from <= to && to.year() <= 2031).then_some(if minor % 2 == 0 { from } else { to })
    }
}

impl Forecasts for RuleOfThumb {
    fn foresee(&self, question: ForecastQuestion) -> Foreseen {
        let answer = match question.asked {
            Asked::PReturn { amount, date } => {
                Self::p_return(question.of_account, amount.minor(), date).map(Value::percent)
            }
            Asked::BestPullDate { amount, from, to } => {
                Self::best_pull_date(amount.minor(), from, to).map(Value::Date)
            }
        };
        Foreseen {
            question,
            account: question.of_account,
            answer: answer.ok_or(Missing::OutsideForecast),
            balance: None,
        }
    }
}

/// An evaluation with all its texts.
#[derive(Debug, Clone, PartialEq)]
struct Decided {
    evaluation: Evaluation,
    outcome: Outcome,
    offer: Option<OfferTerms>,
    fired: Vec<Fired>,
    score: Option<Score>,
    derived: Vec<(String, Result<Value, Missing>)>,
    trace: Vec<RuleTrace>,
}

fn decide(bundle: &Bundle, given: &[Given], application: &Application) -> Decided {
    decide_when(Readiness::Ready, bundle, given, application)
}

fn decide_when(
    readiness: Readiness,
    bundle: &Bundle,
    given: &[Given],
    application: &Application,
) -> Decided {
    let (program, features) = (bundle.program(), Features::of(given));
    let forecasts = &RuleOfThumb;
    let run = |telling| {
        evaluate(
            program,
            &features,
            application,
            forecasts,
            readiness,
            telling,
        )
        .unwrap()
    };
    let evaluation = run(Telling::Everything);
    // Of what is written of it, whoever reads in brief reads the same.
    let written = serde_json::to_vec(&evaluation).unwrap();
    let in_brief: EvaluationInBrief = serde_json::from_slice(&written).unwrap();
    assert_eq!(in_brief, EvaluationInBrief::from(&evaluation));
    // What it comes to is the same without the record, whether its rates are known before or not.
    let expected = Conclusion::from(evaluation.clone());
    for priced in [&[], evaluation.offer.as_slice()] {
        let found = conclude(
            program,
            &features,
            application,
            forecasts,
            readiness,
            priced,
        );
        assert_eq!(found.as_ref(), Ok(&expected));
    }
    let rendered = render(program, &evaluation, &features, application).unwrap();
    // Whatever is rendered comes from the record, and what is told is what would be rendered.
    let stored = serde_json::to_string(&evaluation).unwrap();
    let stored: Evaluation = serde_json::from_str(&stored).unwrap();
    assert_eq!(stored, evaluation);
    let untold = run(Telling::Nothing);
    for record in [&stored, &untold] {
        let again = render(program, record, &features, application).unwrap();
        assert_eq!(again, rendered);
    }
    Decided {
        outcome: evaluation.outcome,
        offer: evaluation.offer.clone(),
        fired: rendered.fired,
        score: rendered.score,
        derived: rendered.derived,
        trace: rendered.trace,
        evaluation,
    }
}

/// A payment rule set that approves whatever no rule stops, with these parts added.
fn payment(parts: &str) -> String {
    format!(
        r#"
[rule_set]
name = "test"
version = "1"
kind = "payment"
currency = "USD"

[approve]
when = 'true'

{parts}
"#
    )
}

/// The same with one rule of this condition.
fn one_rule(when: &str, then: &str) -> String {
    payment(&format!(
        "[[rule]]\nid = \"it\"\nwhen = '''{when}'''\nthen = \"{then}\"\nreason = \"WHY\"\n\
         [reasons.WHY]\nstatement = \"it is so\"\n"
    ))
}
