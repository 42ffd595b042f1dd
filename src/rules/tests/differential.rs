//! The program against a second, naive evaluator: one that walks the tree as written, looks
//! everything up by name and calculates in decimals only.

pub(super) mod generate;
mod naive;
mod tables;

use std::collections::BTreeSet;

use proptest::prelude::*;

use self::generate::{Facts, expression, facts, given};
use self::naive::{Naive, comparisons, naive, outcome, six, walk};
use super::laws::{rule_set, rules};
use super::*;
use crate::features::Type;
use crate::rules::Verdict;
use crate::rules::ast::Expr;

/// What the program makes of an expression, through its text and every stage.
fn through_the_program(expr: &Expr, facts: &Facts) -> Result<Value, Missing> {
    let source = payment(&format!("[derive]\nit = '''{expr}'''\n"));
    let evaluation = decide(&publish(&source), &given(facts), &application());
    evaluation.derived[0].1.clone()
}

fn sources(evaluation: &Decided) -> BTreeSet<String> {
    let fired = evaluation.fired.iter();
    fired.map(|fired| fired.source.to_string()).collect()
}

fn types() -> impl Strategy<Value = Type> {
    proptest::sample::select(Type::ALL.to_vec())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn the_program_agrees_with_the_naive_evaluator(
        expr in types().prop_flat_map(|ty| expression(ty, 3, false)),
        facts in facts(),
    ) {
        prop_assume!(expr.to_string().len() < crate::limits::EXPRESSION_BYTES_MAX);
        let found = through_the_program(&expr, &facts).ok().map(|value| naive(&value));
        let expected = walk(&expr, &facts, None).map(|value| {
            if let Naive::Number(ty @ (Type::Ratio | Type::Percent), value) = value {
                Naive::Number(ty, six(value))
            } else {
                value
            }
        });
        prop_assert_eq!(found, expected, "{}", expr);
    }

    #[test]
    fn every_verdict_is_that_of_the_naive_evaluator(rules in rules(), facts in facts()) {
        let decided = decide(&publish(&rule_set(&rules)), &given(&facts), &application());
        let mut expected = Vec::new();
        for (when, _) in &rules {
            comparisons(when, &mut expected);
        }
        let expected: Vec<_> = expected
            .into_iter()
            .map(|one| Some(match walk(one, &facts, None) {
                Some(Naive::Bool(true)) => Verdict::True,
                Some(_) => Verdict::False,
                None => Verdict::Unknown,
            }))
            .collect();
        let found: Vec<_> = decided.evaluation.verdicts.iter().collect();
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn the_outcome_is_what_the_naive_verdicts_make(rules in rules(), facts in facts()) {
        let bundle = publish(&rule_set(&rules));
        let decided = [Readiness::Ready, Readiness::NotReady].map(|readiness| {
            let found = decide_when(readiness, &bundle, &given(&facts), &application());
            (found, outcome(&rules, &facts, readiness))
        });
        for (found, expected) in &decided {
            prop_assert_eq!(found.outcome, *expected);
        }
        let [(ready, _), (not_ready, _)] = &decided;
        let decisive: Vec<_> = not_ready.fired.iter().filter(|fired| fired.decisive).collect();
        prop_assert_eq!(decisive.len(), 1);
        prop_assert_eq!(&not_ready.fired[0], decisive[0]);
        prop_assert_eq!(&decisive[0].reason, "BANK_DATA_NOT_READY");
        prop_assert_eq!(&not_ready.trace, &ready.trace);
        // Whatever else gave a reason still does.
        let mut expected = sources(ready);
        expected.insert("bank_data".to_owned());
        prop_assert_eq!(sources(not_ready), expected);
    }
}
