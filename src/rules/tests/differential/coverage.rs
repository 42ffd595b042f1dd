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

/// A table, a scorecard and tiers that turn at these numbers, in the order in which they are read.
fn stepped(rows: &[i64], bins: &[(i64, i64)], tiers: &[i64]) -> String {
    let list = |items: Vec<String>| items.join(", ");
    let rows = rows.iter().enumerate();
    let rows = rows.map(|(index, from)| format!("{{ n = '>= {from}', row = {index} }}"));
    let bins = bins.iter();
    let bins =
        bins.map(|(from, points)| format!("{{ when = 'value >= {from}', points = {points} }}"));
    let tiers = tiers.iter().enumerate().map(|(index, from)| {
        format!(
            "[[offer.tier]]\nid = 't{index}'\nwhen = 'score >= {from}'\nrate = '12%'\n\
             max_amount = '5000 usd'\n"
        )
    });
    format!(
        "[rule_set]\nname = 'stepped'\nversion = '1'\nkind = 'credit'\ncurrency = 'USD'\n\
         [derive]\nit = 'tables.t'\n\
         [tables.t]\nhit = 'first'\notherwise = '99'\noutputs = {{ row = 'count' }}\n\
         inputs = {{ n = 'data.transactions_90d' }}\nrow = [{}]\n\
         [scorecard]\nbase = 0\n[[scorecard.characteristic]]\nname = 'n'\n\
         value = 'data.transactions_90d'\nreason = 'WHY'\n\
         bins = [{}, {{ otherwise = true, points = 0 }}]\n\
         [offer]\nstep = '50 usd'\nminimum = '300 usd'\n\
         affordable_payment = 'income.monthly_net'\nrefer_reason = 'WHY'\n\
         counter_reason = 'WHY'\naffordability_reason = 'WHY'\n{}\
         [reasons.WHY]\nstatement = 'It is so'\n",
        list(rows.collect()),
        list(bins.collect()),
        tiers.collect::<String>(),
    )
}

/// The first of these that a number reaches.
fn first(steps: impl IntoIterator<Item = i64>, number: i64) -> Option<usize> {
    steps.into_iter().position(|from| number >= from)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn rows_bins_and_tiers_are_those_that_reading_down_finds(
        rows in prop::collection::vec(0_i64..10, 1..5),
        bins in prop::collection::vec((0_i64..10, 0_i64..100), 1..5),
        tiers in prop::collection::vec(0_i64..100, 1..4),
        numbers in prop::collection::vec(prop::option::of(0_i64..10), 0..5),
    ) {
        let source = stepped(&rows, &bins, &tiers);
        let bundle = publish(&source);
        let program = bundle.program();
        let mut coverage = Coverage::none(program, &source, &Attachments::none());
        let mut expected = [(); 3].map(|()| BTreeSet::new());
        for number in numbers {
            let known = |number| is("data.transactions_90d", Value::Count(number));
            let missing = none("data.transactions_90d", Missing::NoPermission);
            let facts = [
                is("income.monthly_net", usd(3_000)),
                is("application.amount", usd(1_000)),
                number.map_or(missing, known),
            ];
            coverage.add(program, &decide(&bundle, &facts, &application()).evaluation);
            // Nothing is reached by what is not known.
            let Some(number) = number else { continue };
            let bin = first(bins.iter().map(|bin| bin.0), number);
            let score = bin.map_or(0, |bin| bins[bin].1);
            expected[0].insert(first(rows.iter().copied(), number).unwrap_or(rows.len()));
            expected[1].insert(bin.unwrap_or(bins.len()));
            expected[2].extend(first(tiers.iter().copied(), score));
        }
        let found = coverage.counts();
        let all = [rows.len() + 1, bins.len() + 1, tiers.len()];
        for (at, kind) in [GoalKind::Row, GoalKind::Bin, GoalKind::Tier].into_iter().enumerate() {
            prop_assert_eq!(found[&kind], (expected[at].len(), all[at]), "{:?} {}", kind, source);
        }
        let missed: BTreeSet<&str> = coverage
            .missed()
            .filter(|goal| goal.kind == GoalKind::Tier)
            .map(|goal| goal.name.as_str())
            .collect();
        let others = (0..tiers.len()).filter(|tier| !expected[2].contains(tier));
        let others: Vec<String> = others.map(|tier| format!("t{tier}")).collect();
        prop_assert_eq!(missed, others.iter().map(String::as_str).collect());
    }
}
