//! What tests reach of a rule set: rules that fire and do not, both sides of every comparison, rows of
//! tables, bins, tiers and retries.

use std::collections::BTreeMap;

use super::attachments::{Attachments, Sources};
use super::evaluation::{Evaluation, Row};
use super::numbering::{self, Standing};
use super::program::Program;
use super::rule_set::{End, Rule, RuleSet};
use super::table::Table;
use super::verdict::Verdict;
use crate::features::Value;

/// What there is to be reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum GoalKind {
    /// A rule that fires, and one that does not.
    Rule,
    /// A comparison that holds, and one that does not.
    Comparison,
    /// A row of a table, or a cell of a matrix.
    Row,
    /// A bin of the scorecard.
    Bin,
    /// A tier of the offer.
    Tier,
    /// A retry of a payment.
    Retry,
}

impl GoalKind {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Rule,
        Self::Comparison,
        Self::Row,
        Self::Bin,
        Self::Tier,
        Self::Retry,
    ];

    /// The stable word, of several.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Rule => "rules",
            Self::Comparison => "comparisons",
            Self::Row => "rows",
            Self::Bin => "bins",
            Self::Tier => "tiers",
            Self::Retry => "retries",
        }
    }
}

/// One thing to be reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Goal {
    /// What it is.
    pub kind: GoalKind,
    /// What it is called, or its text: `income-low`, `nsf.event_days_90d > 5`, `tables.price: >= 720`.
    pub name: String,
    /// What it is to come to: `fires`, `does not fire`, `true`, `false`, `applies`.
    pub side: &'static str,
    /// The file that it stands in; `None` of the rule file itself.
    pub file: Option<String>,
    /// The line there, from 1.
    pub line: usize,
}

/// What tests reached of a rule set.
#[derive(Debug, Clone)]
pub struct Coverage {
    goals: Vec<(Reached, Goal)>,
    reached: Vec<bool>,
}

/// When a goal is reached, by positions in the rule set.
#[derive(Debug, Clone, Copy)]
enum Reached {
    Rule(usize, Verdict),
    Comparison(usize, Verdict),
    Row(usize, usize),
    Bin(usize, usize),
    Tier(usize),
    Retry(usize),
}

impl Coverage {
    /// Nothing reached yet of a rule set, which was made of this rule file and these files beside it.
    pub fn none(program: &Program, source: &str, attachments: &Attachments) -> Self {
        let mut goals = Goals {
            sources: &Sources::new(source, attachments),
            found: Vec::new(),
        };
        goals.of(program);
        let reached = vec![false; goals.found.len()];
        Self {
            goals: goals.found,
            reached,
        }
    }

    /// Adds what an evaluation of the rule set reached.
    pub fn add(&mut self, program: &Program, evaluation: &Evaluation) {
        for ((goal, _), reached) in self.goals.iter().zip(&mut self.reached) {
            *reached |= goal.is_met(program, evaluation);
        }
    }

    /// How many of each kind there are, and how many of them were reached: reached, then all.
    pub fn counts(&self) -> BTreeMap<GoalKind, (usize, usize)> {
        let mut counts: BTreeMap<GoalKind, (usize, usize)> = BTreeMap::new();
        for ((_, goal), reached) in self.goals.iter().zip(&self.reached) {
            let (met, all) = counts.entry(goal.kind).or_default();
            *met += usize::from(*reached);
            *all += 1;
        }
        counts
    }

    /// What was never reached, kind by kind in the order of the rule set.
    pub fn missed(&self) -> impl Iterator<Item = &Goal> {
        let goals = self.goals.iter().zip(&self.reached);
        goals
            .filter(|(_, reached)| !**reached)
            .map(|((_, goal), _)| goal)
    }
}

impl Reached {
    fn is_met(self, program: &Program, evaluation: &Evaluation) -> bool {
        match self {
            Self::Rule(rule, side) => program.rules.get(rule).is_some_and(|rule| {
                let seen = |number| evaluation.verdicts.seen(number);
                rule.when.logic.of(&seen) == side
            }),
            Self::Comparison(number, side) => evaluation.verdicts.get(number) == Some(side),
            Self::Row(table, row) => match evaluation.tables.get(table) {
                Some(Ok(Value::Count(chosen))) => usize::try_from(*chosen) == Ok(row),
                Some(_) | None => false,
            },
            Self::Bin(characteristic, bin) => {
                let score = evaluation.score.as_ref();
                let one = score.and_then(|score| score.characteristics.get(characteristic));
                one.is_some_and(|one| one.bin == Some(bin))
            }
            Self::Tier(tier) => evaluation.tier == Some(Row::At(tier)),
            Self::Retry(retry) => evaluation.retry == Some(Row::At(retry)),
        }
    }
}

/// The goals of a rule set, as they are found.
struct Goals<'s> {
    sources: &'s Sources,
    found: Vec<(Reached, Goal)>,
}

impl Goals<'_> {
    fn of(&mut self, program: &Program) {
        let rule_set = program.rule_set();
        for (index, rule) in rule_set.rules.iter().enumerate() {
            self.rule(index, rule);
        }
        self.comparisons(program);
        for (index, table) in rule_set.tables.iter().enumerate() {
            self.rows(index, table);
        }
        let scorecard = rule_set.scorecard.iter();
        let characteristics = scorecard.flat_map(|scorecard| &scorecard.characteristics);
        for (index, one) in characteristics.enumerate() {
            for (bin, written) in one.bins.iter().enumerate() {
                let formula = written.when.as_ref();
                let text = formula.map_or("otherwise", |when| &when.text);
                let at = formula.unwrap_or(&one.value).text_at;
                let name = format!("{}: {}", one.name, one_line(text));
                self.add(Reached::Bin(index, bin), GoalKind::Bin, name, "applies", at);
            }
        }
        match &rule_set.end {
            End::Offer(offer) => {
                for (index, tier) in offer.tiers.iter().enumerate() {
                    let (goal, kind) = (Reached::Tier(index), GoalKind::Tier);
                    self.add(goal, kind, tier.id.clone(), "applies", tier.when.text_at);
                }
            }
            End::Approve(approve) => {
                for (index, retry) in approve.retries.iter().enumerate() {
                    let (goal, kind) = (Reached::Retry(index), GoalKind::Retry);
                    self.add(goal, kind, retry.id.clone(), "applies", retry.when.text_at);
                }
            }
        }
    }

    fn rule(&mut self, index: usize, rule: &Rule) {
        for (verdict, side) in [(Verdict::True, "fires"), (Verdict::False, "does not fire")] {
            let goal = Reached::Rule(index, verdict);
            let at = rule.when.text_at;
            self.add(goal, GoalKind::Rule, rule.id.clone(), side, at);
        }
    }

    /// Both sides of each comparison that has a verdict.
    fn comparisons(&mut self, program: &Program) {
        let rule_set = program.rule_set();
        let formulas = numbering::formulas(rule_set);
        for (number, (formula, site)) in numbering::sites(rule_set).into_iter().enumerate() {
            let Some((standing, formula)) = formulas.get(formula) else {
                continue;
            };
            let Some(site) = formula.sites.get(site) else {
                continue;
            };
            let of = of_characteristic(rule_set, *standing);
            let at = site.text_at.saturating_add(site.within.start);
            for (verdict, side) in [(Verdict::True, "true"), (Verdict::False, "false")] {
                let (goal, name) = (
                    Reached::Comparison(number, verdict),
                    format!("{of}{}", one_line(&site.text)),
                );
                self.add(goal, GoalKind::Comparison, name, side, at);
            }
        }
    }

    fn rows(&mut self, index: usize, table: &Table) {
        let otherwise = table.outputs.iter().any(|one| one.otherwise.is_some());
        let head = table
            .inputs
            .first()
            .map_or(0, |input| input.formula.text_at);
        for row in 0..table.rows().saturating_add(usize::from(otherwise)) {
            let at = table.tests_of(row).map(|test| test.text_at).max();
            let name = format!("tables.{}: {}", table.name, table.row_text(row));
            let at = at.unwrap_or(head);
            self.add(Reached::Row(index, row), GoalKind::Row, name, "applies", at);
        }
    }

    fn add(&mut self, goal: Reached, kind: GoalKind, name: String, side: &'static str, at: usize) {
        let (file, line) = self.sources.place(at);
        let told = Goal {
            kind,
            name,
            side,
            file,
            line,
        };
        self.found.push((goal, told));
    }
}

/// Whose `value` a comparison is of, where it is of one.
fn of_characteristic(rule_set: &RuleSet, standing: Standing) -> String {
    let Standing::Bin(index, _) = standing else {
        return String::new();
    };
    let scorecard = rule_set.scorecard.as_ref();
    let one = scorecard.and_then(|scorecard| scorecard.characteristics.get(index));
    one.map_or_else(String::new, |one| format!("{}: ", one.name))
}

/// A text that may stand over several lines, in one.
fn one_line(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ")
}
