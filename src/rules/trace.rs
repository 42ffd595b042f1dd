//! Where an evaluation tells what it sees. There is one evaluation path: without a trace, the
//! same code tells it to a sink that keeps nothing.

use super::evaluation::{Comparison, RuleTrace, Verdict};
use super::program::Program;
use super::scalar::Known;
use super::statement;

/// Is told everything that an evaluation compares.
pub trait Sink<'a> {
    /// A comparison of a rule: the values compared, in the order written. `rule` and `site` are
    /// positions in the rule set and in the rule's condition.
    fn comparison(&mut self, rule: usize, site: usize, operands: &[Known<'a>], verdict: Verdict);

    /// A rule has been decided.
    fn rule(&mut self, rule: usize, verdict: Verdict, missing_ignored: bool);

    /// The evaluation is over: what the decision is to record.
    fn finish(&mut self, program: &'a Program) -> Vec<RuleTrace>;
}

/// Keeps nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoTrace;

impl<'a> Sink<'a> for NoTrace {
    fn comparison(&mut self, _: usize, _: usize, _: &[Known<'a>], _: Verdict) {}
    fn rule(&mut self, _: usize, _: Verdict, _: bool) {}
    fn finish(&mut self, _: &'a Program) -> Vec<RuleTrace> {
        Vec::new()
    }
}

/// The most values that one comparison looks at: those of `between`.
const OPERANDS_MAX: usize = 3;

/// Keeps everything, in entries of fixed size; texts are made only at the end.
#[derive(Debug, Default)]
pub struct FullTrace<'a> {
    comparisons: Vec<Seen<'a>>,
    rules: Vec<Decided>,
}

#[derive(Debug, Clone, Copy)]
struct Seen<'a> {
    site: usize,
    operands: [Option<Known<'a>>; OPERANDS_MAX],
    verdict: Verdict,
}

#[derive(Debug, Clone, Copy)]
struct Decided {
    rule: usize,
    verdict: Verdict,
    missing_ignored: bool,
    /// How many comparisons had been seen when it was decided.
    comparisons: usize,
}

impl<'a> Sink<'a> for FullTrace<'a> {
    fn comparison(&mut self, _rule: usize, site: usize, operands: &[Known<'a>], verdict: Verdict) {
        let mut kept = [None; OPERANDS_MAX];
        for (place, operand) in kept.iter_mut().zip(operands) {
            *place = Some(*operand);
        }
        self.comparisons.push(Seen {
            site,
            operands: kept,
            verdict,
        });
    }

    fn rule(&mut self, rule: usize, verdict: Verdict, missing_ignored: bool) {
        self.rules.push(Decided {
            rule,
            verdict,
            missing_ignored,
            comparisons: self.comparisons.len(),
        });
    }

    fn finish(&mut self, program: &'a Program) -> Vec<RuleTrace> {
        let rule_set = program.rule_set();
        let mut seen = self.comparisons.drain(..);
        let mut taken = 0;
        self.rules
            .drain(..)
            .filter_map(|decided| {
                let mine: Vec<Seen<'a>> = seen.by_ref().take(decided.comparisons - taken).collect();
                taken = decided.comparisons;
                let rule = rule_set.rules.get(decided.rule)?;
                let comparisons = mine.into_iter().map(|seen| Comparison {
                    text: rule.when.sites.get(seen.site).cloned().unwrap_or_default(),
                    operands: seen
                        .operands
                        .iter()
                        .flatten()
                        .map(|known| statement::recorded(known, rule_set.currency))
                        .collect(),
                    verdict: seen.verdict,
                });
                Some(RuleTrace {
                    rule: rule.id.clone(),
                    action: rule.action,
                    verdict: decided.verdict,
                    comparisons: comparisons.collect(),
                    missing_ignored: rule
                        .ignore_missing
                        .clone()
                        .filter(|_| decided.missing_ignored),
                })
            })
            .collect()
    }
}
