//! Which rules are not the same in two rule sets.

use std::collections::{BTreeMap, BTreeSet};

use super::canon::Canon;
use super::claim::Change;
use super::search::Target;
use super::side::Side;
use crate::rules::evaluation::Action;
use crate::rules::program::Program;
use crate::rules::rule_set::Rule;

/// A rule that is not the same in both.
#[derive(Debug, Clone)]
pub(super) struct ChangedRule {
    pub(super) id: String,
    /// Its positions.
    pub(super) before: Option<usize>,
    pub(super) after: Option<usize>,
    /// Whether it means the same, though it is written otherwise.
    pub(super) is_same: bool,
}

impl ChangedRule {
    pub(super) fn change(&self) -> Change {
        match (self.before, self.after) {
            (Some(_), Some(_)) => Change::Changed,
            (Some(_), None) => Change::Removed,
            (None, _) => Change::Added,
        }
    }

    pub(super) fn target(&self) -> Target {
        Target::Rule(self.before, self.after)
    }

    /// Whether it is a flag wherever it is.
    pub(super) fn flags(&self, sides: [&Side<'_>; 2]) -> bool {
        let places = sides.into_iter().zip([self.before, self.after]);
        let rules = places.filter_map(|(side, at)| side.program.rules.get(at?));
        rules.into_iter().all(|rule| rule.action == Action::Flag)
    }
}

/// The rules that are not the same in two programs.
#[derive(Debug, Clone)]
pub(super) struct Changes {
    pub(super) rules: Vec<ChangedRule>,
    /// Whether what is done where no rule stops it means the same.
    pub(super) same_end: bool,
    /// The positions of rules of which the other program has none that means the same, under any id.
    pub(super) own: [Vec<usize>; 2],
    /// Those that are the same in both, by their positions in both.
    pub(super) common: Vec<(usize, usize)>,
}

impl Changes {
    pub(super) fn between(sides: [&Side<'_>; 2]) -> Self {
        let texts = sides.map(|side| rules(side.program, &side.canon));
        let [before, after] = sides.map(|side| side.program.rule_set().rules.as_slice());
        let mut changed = Vec::new();
        for (at, rule) in before.iter().enumerate() {
            let other = after.iter().position(|other| other.id == rule.id);
            let is_same = other.is_some_and(|other| texts[0].get(at) == texts[1].get(other));
            let other_rule = other.and_then(|other| after.get(other));
            if !is_same || other_rule.is_some_and(|other| !reads_alike(rule, other)) {
                changed.push(ChangedRule {
                    id: rule.id.clone(),
                    before: Some(at),
                    after: other,
                    is_same,
                });
            }
        }
        for (at, rule) in after.iter().enumerate() {
            if !before.iter().any(|other| other.id == rule.id) {
                changed.push(ChangedRule {
                    id: rule.id.clone(),
                    before: None,
                    after: Some(at),
                    is_same: false,
                });
            }
        }
        let mut left: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (at, text) in texts[0].iter().enumerate() {
            left.entry(text).or_default().push(at);
        }
        let (mut own, mut common) = (Vec::new(), Vec::new());
        for (at, text) in texts[1].iter().enumerate() {
            match left.get_mut(text.as_str()).and_then(Vec::pop) {
                Some(before) => common.push((before, at)),
                None => own.push(at),
            }
        }
        let mut gone: Vec<usize> = left.into_values().flatten().collect();
        gone.sort_unstable();
        let ends = sides.map(|side| side.canon.end());
        Self {
            rules: changed,
            same_end: ends[0] == ends[1],
            own: [gone, own],
            common,
        }
    }
}

fn rules(program: &Program, canon: &Canon<'_>) -> Vec<String> {
    let rules = program.rule_set().rules.iter().zip(&program.rules);
    rules
        .map(|(written, compiled)| canon.rule(written, compiled))
        .collect()
}

/// Whether two rules read alike, blanks aside. What they give as a reason is no part of that.
fn reads_alike(one: &Rule, other: &Rule) -> bool {
    let written = |rule: &Rule| {
        let formulas = std::iter::once(&rule.when).chain(&rule.except);
        let texts = formulas.map(|formula| formula.text.split_whitespace().collect::<String>());
        texts.collect::<Vec<_>>()
    };
    let causes = |rule: &Rule| {
        let ignored = rule.ignored.iter();
        let causes = ignored.map(|one| (one.name.clone(), one.cause));
        causes.collect::<BTreeSet<_>>()
    };
    (written(one), one.action, causes(one)) == (written(other), other.action, causes(other))
}
