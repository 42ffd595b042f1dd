//! From the rules' verdicts to the outcome: the offer, or the condition of approval.

use super::Run;
use crate::rules::code::Condition;
use crate::rules::evaluation::{Action, OfferTerms, Outcome, ReasonSource};
use crate::rules::program::CompiledEnd;
use crate::rules::rule_set::{Approve, End, Scorecard};
use crate::rules::scalar::Scalar;
use crate::rules::values::Values;
use crate::rules::verdict::Verdict;

impl<'a> Run<'a> {
    /// The outcome, with the offer where there is one.
    pub(super) fn end(&mut self) -> (Outcome, Option<OfferTerms>) {
        if self.has(Action::Decline) {
            self.tell_missing();
            return (Outcome::Decline, None);
        }
        if self.has(Action::Refer) || self.lacks {
            self.tell_missing();
            return (Outcome::Refer, None);
        }
        let program = self.program;
        match (&self.rule_set.end, &program.end) {
            (End::Offer(offer), CompiledEnd::Offer(compiled)) => self.offer(offer, compiled),
            (End::Approve(approve), CompiledEnd::Approve(when, _)) => {
                (self.approve(approve, when), None)
            }
            // INVARIANT: a program is compiled from its own rule set.
            (End::Offer(_), _) | (End::Approve(_), _) => (Outcome::Refer, None),
        }
    }

    /// The outcome where the bank data is not ready. The offer is not even looked at.
    pub(super) fn not_ready(&mut self) -> Outcome {
        self.tell_missing();
        let reason = self.program.bank_data_not_ready;
        self.give(reason, ReasonSource::BankData, Action::Refer);
        Outcome::Refer
    }

    /// One reason for everything that could not be known.
    fn tell_missing(&mut self) {
        if self.lacks {
            self.refer_unknown();
        }
    }

    /// Refers for want of information.
    pub(super) fn refer_unknown(&mut self) -> Outcome {
        let reason = self.program.information_missing;
        self.give(reason, ReasonSource::Missing, Action::Refer);
        Outcome::Refer
    }

    fn approve(&mut self, approve: &'a Approve, when: &'a Condition) -> Outcome {
        match self.condition(when) {
            Verdict::True => Outcome::Approve,
            Verdict::False => {
                self.score_reasons(Action::Refer, |values| values.holds(when) == Verdict::True);
                self.give(approve.refer_reason, ReasonSource::Approve, Action::Refer);
                Outcome::Refer
            }
            Verdict::Unknown => self.refer_unknown(),
        }
    }

    /// The characteristics that lost points, most first: only where the score decided, that is,
    /// where the best score of all would have satisfied `better`.
    pub(super) fn score_reasons(&mut self, action: Action, better: impl Fn(&Values<'a>) -> bool) {
        let Some(scorecard) = &self.rule_set.scorecard else {
            return;
        };
        let Some(slot) = scorecard.score else {
            return;
        };
        let best = Ok(Scalar::Count(best(scorecard)));
        let decided = self.values.with(slot, best, better);
        let Some(score) = self.score.as_ref().filter(|_| decided) else {
            return;
        };
        let seen = score.characteristics.iter().zip(&scorecard.characteristics);
        let mut lost: Vec<(i64, usize, usize)> = seen
            .enumerate()
            .filter_map(|(index, (seen, written))| {
                let most = written.bins.iter().map(|bin| bin.points).max().unwrap_or(0);
                Some((most - seen.points.ok()?, index, written.reason))
            })
            .filter(|(lost, ..)| *lost > 0)
            .collect();
        lost.sort_by_key(|(lost, index, _)| (std::cmp::Reverse(*lost), *index));
        for (_, index, reason) in lost {
            self.give(reason, ReasonSource::Characteristic(index), action);
        }
    }
}

/// The most that the scorecard can give.
fn best(scorecard: &Scorecard) -> i64 {
    let characteristics = scorecard.characteristics.iter();
    characteristics
        .filter_map(|one| one.bins.iter().map(|bin| bin.points).max())
        .fold(scorecard.base, i64::saturating_add)
}
