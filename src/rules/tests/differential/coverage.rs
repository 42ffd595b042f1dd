//! What is counted as reached, against what the naive evaluator reaches.

use std::collections::BTreeSet;

use super::*;
use crate::rules::{Attachments, Coverage, GoalKind};

/// Everything that is reached by these facts: `rule 0 true`, `comparison 3 false`.
fn reached(rules: &[(Expr, &str)], all: &[Facts]) -> BTreeSet<String> {
    let mut reached = BTreeSet::new();
    let word = |known: Option<Naive>| match known {
        Some(Naive::Bool(truth)) => Some(truth),
        Some(_) | None => None,
    };
    for facts in all {
        let mut number = 0;
        for (index, (when, _)) in rules.iter().enumerate() {
            if let Some(truth) = word(walk(when, facts, None)) {
                reached.insert(format!("rule {index} {truth}"));
            }
            let mut sites = Vec::new();
            comparisons(when, &mut sites);
            for site in sites {
                if let Some(truth) = word(walk(site, facts, None)) {
                    reached.insert(format!("comparison {number} {truth}"));
                }
                number += 1;
            }
        }
    }
    reached
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn coverage_is_what_the_naive_evaluator_reaches(
        rules in rules(),
        all in prop::collection::vec(facts(), 1..5),
    ) {
        let source = rule_set(&rules);
        let bundle = publish(&source);
        let program = bundle.program();
        let mut coverage = Coverage::none(program, &source, &Attachments::none());
        for facts in &all {
            let decided = decide(&bundle, &given(facts), &application());
            coverage.add(program, &decided.evaluation);
        }
        let expected = reached(&rules, &all);
        let count = |kind: &str| expected.iter().filter(|one| one.starts_with(kind)).count();
        let found = coverage.counts();
        let of = |kind| found.get(&kind).copied().unwrap_or_default();
        prop_assert_eq!(of(GoalKind::Rule), (count("rule"), 2 * rules.len()));
        let mut sites = Vec::new();
        for (when, _) in &rules {
            comparisons(when, &mut sites);
        }
        // The condition of approval is constant, and has none.
        let expected = (count("comparison"), 2 * sites.len());
        prop_assert_eq!(of(GoalKind::Comparison), expected);
        prop_assert_eq!(
            coverage.missed().count(),
            found.values().map(|(met, all)| all - met).sum::<usize>()
        );
    }
}
