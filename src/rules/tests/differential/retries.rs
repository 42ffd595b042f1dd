//! Retries against a naive evaluator, over conditions, days and amounts at random.

use proptest::prelude::*;

use super::generate::{Facts, condition, expression, facts, given};
use super::naive::{Naive, names_something, walk};
use crate::calendar::is_business_day;
use crate::features::Type;
use crate::rules::ast::Expr;
use crate::rules::tests::*;

/// A retry as written.
#[derive(Debug, Clone)]
struct Written {
    when: Expr,
    on: Expr,
    /// How many, and the days between them.
    parts: Option<(u32, Expr)>,
}

fn written() -> impl Strategy<Value = Written> {
    let on = prop_oneof![
        expression(Type::Date, 1, false),
        // A day that is mostly one to debit on.
        (1_i64..40).prop_map(|days| { parse(&format!("application.decision_date + {days} days")) }),
    ];
    let every = prop_oneof![
        // One that is constant has to be in range.
        expression(Type::Days, 1, false).prop_filter("it names nothing", names_something),
        (1_i64..40).prop_map(|days| parse(&format!("income.days_since_last + {days} days"))),
    ];
    let parts = prop::option::of((2_u32..=12, every));
    (condition(1, false), on, parts).prop_map(|(when, on, parts)| Written { when, on, parts })
}

fn parse(text: &str) -> Expr {
    crate::rules::parser::parse(text).unwrap()
}

fn source(approve: &Expr, retries: &[Written]) -> String {
    let retries: String = retries
        .iter()
        .enumerate()
        .map(|(index, one)| {
            let parts = one
                .parts
                .as_ref()
                .map(|(parts, every)| format!("parts = {parts}\nevery = '''{every}'''\n"));
            format!(
                "[[retry]]\nid = 'r{index}'\nwhen = '''{}'''\non = '''{}'''\nreason = 'R'\n{}",
                one.when,
                one.on,
                parts.unwrap_or_default()
            )
        })
        .collect();
    payment(&format!("{retries}[reasons.R]\nstatement = 'r'\n"))
        .replace("when = 'true'", &format!("when = '''{approve}'''"))
}

/// The outcome, and the debits in place of the one asked for.
type Answer = (Outcome, Vec<(NaiveDate, i64)>);

fn truth(expr: &Expr, facts: &Facts) -> Option<bool> {
    match walk(expr, facts, None)? {
        Naive::Bool(truth) => Some(truth),
        other @ (Naive::Number(..) | Naive::Date(_) | Naive::Text(_)) => {
            panic!("{other:?} is no truth")
        }
    }
}

fn naive(approve: &Expr, retries: &[Written], facts: &Facts, minor: i64) -> Answer {
    let referred = (Outcome::Refer, Vec::new());
    match truth(approve, facts) {
        Some(true) => return (Outcome::Approve, Vec::new()),
        None => return referred,
        Some(false) => {}
    }
    let mut tried = retries.iter();
    let first = tried.find(|one| truth(&one.when, facts) != Some(false));
    let Some(retry) = first.filter(|one| truth(&one.when, facts) == Some(true)) else {
        return referred;
    };
    match debits(retry, facts, minor) {
        Some(debits) => (Outcome::Counter, debits),
        None => referred,
    }
}

fn debits(retry: &Written, facts: &Facts, minor: i64) -> Option<Vec<(NaiveDate, i64)>> {
    let Naive::Date(mut day) = walk(&retry.on, facts, None)? else {
        panic!("`on` is a day");
    };
    let (parts, every) = match &retry.parts {
        None => (1, 0),
        Some((parts, every)) => {
            let Naive::Number(Type::Days, every) = walk(every, facts, None)? else {
                panic!("`every` is days");
            };
            let every = i64::try_from(every).unwrap();
            if !(7..=366).contains(&every) {
                return None;
            }
            (i64::from(*parts), every)
        }
    };
    let part = (minor + parts - 1) / parts;
    let mut left = minor;
    let mut debits = Vec::new();
    while left > 0 {
        let mut settled = day;
        while !is_business_day(settled) {
            settled = settled.succ_opt()?;
        }
        debits.push((settled, part.min(left)));
        left -= part.min(left);
        day += chrono::TimeDelta::days(every);
    }
    (debits[0].0 > date()).then_some(debits)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn the_program_plans_what_the_naive_evaluator_plans(
        approve in condition(1, false),
        retries in prop::collection::vec(written(), 0..4),
        facts in facts(),
        minor in 1_i64..200_000,
    ) {
        let mut facts = facts;
        facts.insert("application.decision_date", vec![Ok(Value::Date(date()))]);
        let asked = revised(application(), |draft| {
            draft.requested_amount = Some(Money::new(minor, Currency::USD));
        });
        let source = source(&approve, &retries);
        let decided = decide(&publish(&source), &given(&facts), &asked);
        let plan = decided.evaluation.plan.iter();
        let plan: Vec<_> = plan.map(|debit| (debit.date, debit.amount.minor())).collect();
        let expected = naive(&approve, &retries, &facts, minor);
        prop_assert_eq!((decided.outcome, plan), expected, "{}", source);
    }
}
