//! The reasons of a score: the characteristics that lost points, the most costly first.
//!
//! Of a credit score the reasons are those factors by which it fell furthest below what others
//! have (12 CFR part 1002, supplement I, paragraph 9(b)(2)): below the most there are, or below the
//! average of approvals, as the rule set states it.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::Run;
use crate::rules::evaluation::{Action, ReasonSource, ScoreRecord};
use crate::rules::rule_set::{Characteristic, Scorecard};
use crate::rules::scalar::Scalar;
use crate::rules::values::Values;

impl<'a> Run<'a, '_> {
    /// Gives the reasons of the score: only where it decided, that is, where the best score of all
    /// would have satisfied `better`.
    pub(super) fn score_reasons(
        &mut self,
        action: Action,
        better: impl FnOnce(&Values<'a>) -> bool,
    ) {
        let Some(scorecard) = &self.rule_set.scorecard else {
            return;
        };
        let Some(slot) = scorecard.score else {
            return;
        };
        let best = Ok(Scalar::Count(best(scorecard)));
        let decided = self.values.with(slot, best, |values| better(values));
        let Some(score) = self.score.as_ref().filter(|_| decided) else {
            return;
        };
        for (index, reason) in costly(scorecard, score, &self.program.ranks) {
            self.give(reason, ReasonSource::Characteristic(index), action);
        }
    }
}

/// The characteristics that lost points, each with its reason. Those that share a reason stand
/// together, as what they lost together is what the reason cost: the most costly reason first, of
/// equals that of the lower rank. Of one reason, the most costly characteristic first.
///
/// Where nothing was lost against the averages that the rule set states, points are lost against
/// the most there are.
fn costly(scorecard: &Scorecard, score: &ScoreRecord, ranks: &[i64]) -> Vec<(usize, usize)> {
    let mut lost = losses(scorecard, score, Characteristic::baseline);
    if lost.is_empty() {
        lost = losses(scorecard, score, Characteristic::most);
    }
    let mut of_reason: BTreeMap<usize, i64> = BTreeMap::new();
    for (_, reason, points) in &lost {
        let sum = of_reason.entry(*reason).or_default();
        *sum = sum.saturating_add(*points);
    }
    lost.sort_by_key(|(index, reason, points)| {
        let sum = of_reason.get(reason).copied().unwrap_or(0);
        let rank = ranks.get(*reason).copied().unwrap_or(0);
        (Reverse(sum), rank, *reason, Reverse(*points), *index)
    });
    let told = lost.into_iter().map(|(index, reason, _)| (index, reason));
    told.collect()
}

/// Each characteristic that lost points, with its reason and how many.
fn losses(
    scorecard: &Scorecard,
    score: &ScoreRecord,
    against: fn(&Characteristic) -> i64,
) -> Vec<(usize, usize, i64)> {
    let seen = score.characteristics.iter().zip(&scorecard.characteristics);
    let lost = seen.enumerate().filter_map(|(index, (seen, written))| {
        let points = against(written).saturating_sub(seen.points.ok()?);
        (points > 0).then_some((index, written.reason, points))
    });
    lost.collect()
}

/// The most that the scorecard can give.
fn best(scorecard: &Scorecard) -> i64 {
    let characteristics = scorecard.characteristics.iter();
    characteristics
        .map(Characteristic::most)
        .fold(scorecard.base, i64::saturating_add)
}
