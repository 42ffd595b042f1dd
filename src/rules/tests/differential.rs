//! The program against a second, naive evaluator: one that walks the tree as written, looks
//! everything up by name and calculates in decimals only.

mod coverage;
pub(super) mod generate;
pub(super) mod naive;
mod ranges;
mod retries;
mod tables;

use std::collections::BTreeSet;

use proptest::prelude::*;

use self::generate::{Facts, expression, facts, given};
use self::naive::{Naive, comparisons, lacking, naive, outcome, six, walk};
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

    #[test]
    fn what_passes_is_what_the_naive_evaluator_lets_pass(
        when in generate::condition(1, false),
        then in proptest::sample::select(vec!["decline", "refer"]),
        facts in facts(),
        chosen in prop::collection::vec(any::<bool>(), 11),
    ) {
        const NAMES: [&str; 11] = [
            "income.monthly_net",
            "balance.current",
            "income.streams",
            "nsf.event_days_90d",
            "income.days_since_last",
            "balance.buffer_days",
            "income.stability",
            "cash_flow.recent_deposit_share",
            "income.next_payday",
            "application.purpose",
            "income.stopped",
        ];
        let text = when.to_string();
        let of_many = ["ownership.", "account.", "stream.", "p_return", "best_pull_date"];
        if of_many.iter().any(|word| text.contains(word)) {
            return Ok(());
        }
        let named = NAMES.iter().zip(chosen);
        let named = named.filter(|(name, chosen)| *chosen && text.contains(**name));
        let named: Vec<&str> = named.map(|(name, _)| *name).collect();
        if named.is_empty() {
            return Ok(());
        }
        let ignored: Vec<String> = named
            .iter()
            .map(|name| format!("'{name}' = {{ history_too_short = 'new' }}"))
            .collect();
        let rules = [(when, then)];
        let source = rule_set(&rules).replace(
            "reason = 'WHY'\n",
            &format!("reason = 'WHY'\nignore_missing = {{ {} }}\n", ignored.join(", ")),
        );
        let found = decide(&publish(&source), &given(&facts), &application());
        let mut lacks = Vec::new();
        lacking(&rules[0].0, &facts, &mut lacks);
        let pass = |lacks: &Option<String>| {
            lacks.as_ref().is_some_and(|name| named.contains(&name.as_str()))
        };
        let passes = walk(&rules[0].0, &facts, None).is_none() && lacks.iter().all(pass);
        let expected = if passes {
            Outcome::Approve
        } else {
            outcome(&rules, &facts, Readiness::Ready)
        };
        prop_assert_eq!(found.outcome, expected, "{}", source);
    }
}
