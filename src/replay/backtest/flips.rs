//! Decisions whose outcome is another, and what is responsible for it.

use std::collections::BTreeMap;

use super::names::Named;
use super::report::{Cause, FlipGroup, Responsible, Side};
use crate::id::DecisionId;
use crate::limits;
use crate::portfolio::PastDecision;
use crate::rules::{Conclusion, GivenReason, Outcome};

/// What is counted of flips.
#[derive(Debug, Clone, Default)]
pub(super) struct FlipCounts {
    groups: BTreeMap<(Outcome, Outcome), Group>,
    /// The first in the order of the chain, and some that are to be dropped.
    listed: Vec<Flipped>,
}

#[derive(Debug, Clone, Default)]
struct Group {
    decisions: u64,
    /// For how many of them each is responsible, and for how many alone.
    causes: BTreeMap<Cause, (u64, u64)>,
}

/// A flip that is to be explained.
#[derive(Debug, Clone)]
pub(super) struct Flipped {
    pub(super) seq: u64,
    pub(super) decision: DecisionId,
    pub(super) to: Outcome,
    /// Whether the candidate came to it from the bank data.
    pub(super) from_snapshots: bool,
    pub(super) responsible: Vec<Cause>,
}

impl FlipCounts {
    /// Counts a decision whose outcome is another.
    pub(super) fn add(
        &mut self,
        past: &PastDecision,
        live: &Named,
        (candidate, decided): (&Named, &Conclusion),
        from_snapshots: bool,
    ) {
        let responsible = responsible((live, &past.decided), (candidate, decided));
        let both = (past.decided.outcome, decided.outcome);
        let group = self.groups.entry(both).or_default();
        group.decisions = group.decisions.saturating_add(1);
        let alone = u64::from(responsible.len() == 1);
        for cause in &responsible {
            let counts = group.causes.entry(cause.clone()).or_default();
            counts.0 = counts.0.saturating_add(1);
            counts.1 = counts.1.saturating_add(alone);
        }
        self.listed.push(Flipped {
            seq: past.seq,
            decision: past.id.clone(),
            to: decided.outcome,
            from_snapshots,
            responsible,
        });
        if self.listed.len() > limits::BACKTEST_FLIPS_MAX.saturating_mul(2) {
            self.shorten();
        }
    }

    /// Counts all that another one did.
    pub(super) fn merge(&mut self, other: Self) {
        for (both, more) in other.groups {
            let group = self.groups.entry(both).or_default();
            group.decisions = group.decisions.saturating_add(more.decisions);
            for (cause, (all, alone)) in more.causes {
                let counts = group.causes.entry(cause).or_default();
                counts.0 = counts.0.saturating_add(all);
                counts.1 = counts.1.saturating_add(alone);
            }
        }
        self.listed.extend(other.listed);
        self.shorten();
    }

    /// Leaves those that come first.
    fn shorten(&mut self) {
        self.listed.sort_by_key(|flipped| flipped.seq);
        self.listed.truncate(limits::BACKTEST_FLIPS_MAX);
    }

    /// The groups, the largest first, and the flips to be explained.
    pub(super) fn finish(mut self) -> (Vec<FlipGroup>, Vec<Flipped>) {
        self.shorten();
        let groups = self.groups.into_iter();
        let mut groups: Vec<FlipGroup> = groups
            .map(|((from, to), group)| {
                let causes = group.causes.into_iter();
                let mut responsible: Vec<Responsible> = causes
                    .map(|(cause, (decisions, alone))| Responsible {
                        cause,
                        decisions,
                        alone,
                    })
                    .collect();
                // Stable: by their names where as many.
                responsible.sort_by_key(|one| std::cmp::Reverse(one.decisions));
                FlipGroup {
                    from,
                    to,
                    decisions: group.decisions,
                    responsible,
                }
            })
            .collect();
        groups.sort_by_key(|group| std::cmp::Reverse(group.decisions));
        (groups, self.listed)
    }
}

/// What is responsible for another outcome.
///
/// Where the candidate's is the worse one for the applicant (APPROVE, COUNTER, REFER, DECLINE is the order
/// from best to worst) these are the reasons that make it and that were not given; where it is the better
/// one, the reasons that made what was live and that the candidate does not give. A reason is the same on
/// both sides where source, code and what it does to the outcome are. Were all of them given on both sides,
/// all are responsible.
fn responsible(live: (&Named, &Conclusion), candidate: (&Named, &Conclusion)) -> Vec<Cause> {
    let (side, of, other) = match candidate.1.outcome > live.1.outcome {
        true => (Side::Candidate, candidate, live),
        false => (Side::Live, live, candidate),
    };
    let made: Vec<&GivenReason> = made(of.1).collect();
    let is_given = |given: &GivenReason| {
        let name = of.0.reason(given);
        let mut others = other.1.reasons.iter();
        others.any(|one| one.action == given.action && other.0.reason(one) == name)
    };
    let new = made.iter().filter(|given| !is_given(given));
    let new: Vec<&GivenReason> = new.copied().collect();
    let responsible = if new.is_empty() { made } else { new };
    let causes = responsible.into_iter().map(|given| {
        let (source, reason) = of.0.reason(given);
        Cause {
            side,
            source,
            reason,
        }
    });
    let mut causes: Vec<Cause> = causes.collect();
    causes.sort();
    causes.dedup();
    causes
}

/// The reasons that made an outcome: those that are decisive, and those that say and do the same, of which
/// only the first is told.
pub(super) fn made(decided: &Conclusion) -> impl Iterator<Item = &GivenReason> {
    decided.reasons.iter().filter(|given| {
        let mut decisive = decided.reasons.iter().filter(|one| one.decisive);
        decisive.any(|one| (one.reason, one.action) == (given.reason, given.action))
    })
}
