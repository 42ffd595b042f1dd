//! What would have had to be otherwise: changes each of which alone removes a reason, and where
//! none does, two that do together. A change is proposed from what gave the reason, and told only
//! if evaluating everything with it proves that nothing gives the reason any more and that the
//! outcome is not worse.

mod boundary;
mod nearest;
mod proposal;
mod proposer;

use std::collections::BTreeSet;

use self::proposal::{Proposal, Way};
use self::proposer::Proposer;
use super::evaluation::{
    Change, Counterfactual, Evaluation, GivenReason, OfferTerms, Outcome, Readiness, ReasonSource,
};
use super::foresight::Foresight;
use super::node::{Node, SlotId, Source};
use super::program::Program;
use super::scalar::Scalar;
use super::values::Values;
use super::verdict::Verdict;
use crate::application::Requested;
use crate::features::{APPLICATION_AMOUNT, APPLICATION_PAYMENTS, APPLICATION_TERM_DAYS};
use crate::limits;
use crate::money::Money;

/// Evaluates changed values, all the way to the outcome. The rates of offers that were priced before
/// need not be computed again.
pub(super) type Again = for<'x> fn(&mut Values<'x>, Readiness, &[OfferTerms]) -> Seen;

/// What changed values came to.
#[derive(Debug)]
pub(super) struct Seen {
    pub(super) outcome: Outcome,
    pub(super) offer: Option<OfferTerms>,
    /// Every reason that something gave.
    pub(super) reasons: BTreeSet<usize>,
}

/// What would have kept a reason from applying. The values are changed on the way and left as they
/// were.
pub(super) fn find(
    values: &mut Values<'_>,
    evaluation: &Evaluation,
    given: &GivenReason,
    again: Again,
) -> Vec<Counterfactual> {
    let mut proposer = Proposer::new(values, evaluation);
    let sources = sources(evaluation, given.reason);
    for source in &sources {
        proposer.source(*source);
    }
    let own = proposer.found;
    if own.is_empty() {
        return Vec::new();
    }
    let mut search = Search::new(values, evaluation, given.reason, &sources, again);
    let found = search.alone(&own);
    if !found.is_empty() {
        return found;
    }
    let mut others = own.clone();
    if search.must_improve {
        let mut proposer = Proposer::new(search.values, evaluation);
        proposer.rest_of_the_score(given.reason);
        others.append(&mut proposer.found);
    }
    search.together(&own, &others)
}

/// What gave a reason.
fn sources(evaluation: &Evaluation, reason: usize) -> Vec<ReasonSource> {
    let given = evaluation.reasons.iter();
    let given = given.filter(|given| given.reason == reason);
    given.map(|given| given.source).collect()
}

/// Tries changes for one reason.
struct Search<'a, 'v> {
    values: &'v mut Values<'a>,
    evaluation: &'v Evaluation,
    reason: usize,
    readiness: Readiness,
    again: Again,
    /// Whether the outcome has to be a better one: a reason of a score that is lost by a change
    /// which changes nothing else is of no use to anybody.
    must_improve: bool,
    trials_left: usize,
    /// The offers that were seen, each once.
    priced: Vec<OfferTerms>,
}

impl<'a, 'v> Search<'a, 'v> {
    fn new(
        values: &'v mut Values<'a>,
        evaluation: &'v Evaluation,
        reason: usize,
        sources: &[ReasonSource],
        again: Again,
    ) -> Self {
        let mut reasons = evaluation.reasons.iter();
        let not_ready = reasons.any(|given| given.source == ReasonSource::BankData);
        let of_score = |source: &ReasonSource| matches!(source, ReasonSource::Characteristic(_));
        Self {
            values,
            evaluation,
            reason,
            readiness: if not_ready {
                Readiness::NotReady
            } else {
                Readiness::Ready
            },
            again,
            must_improve: sources.iter().all(of_score),
            trials_left: limits::COUNTERFACTUAL_TRIALS_MAX,
            priced: evaluation.offer.iter().cloned().collect(),
        }
    }

    /// The changes that do it alone: of each value the nearest in each direction.
    fn alone(&mut self, proposals: &[Proposal<'a>]) -> Vec<Counterfactual> {
        let mut told: Vec<(SlotId, Way, &str)> = Vec::new();
        let mut found = Vec::new();
        for proposal in proposals {
            let known = told.iter().any(|(slot, way, needed)| {
                (*slot, *way) == (proposal.slot, proposal.way)
                    && (*way != Way::Other || *needed == proposal.needed)
            });
            if !known && self.proves(&[proposal]) {
                told.push((proposal.slot, proposal.way, &proposal.needed));
                found.extend(self.told(proposal, None));
            }
            if found.len() == limits::COUNTERFACTUALS_MAX {
                break;
            }
        }
        found
    }

    /// The changes that do it two by two.
    fn together(&mut self, own: &[Proposal<'a>], others: &[Proposal<'a>]) -> Vec<Counterfactual> {
        let mut told: BTreeSet<(SlotId, SlotId)> = BTreeSet::new();
        let mut found = Vec::new();
        for (index, first) in own.iter().enumerate() {
            for second in others.iter().skip(index + 1) {
                let pair = (first.slot.min(second.slot), first.slot.max(second.slot));
                if told.contains(&pair) || !self.are_apart(first.slot, second.slot) {
                    continue;
                }
                if self.proves(&[first, second]) {
                    told.insert(pair);
                    found.extend(self.told(first, Some(second)));
                }
                if found.len() == limits::COUNTERFACTUALS_MAX || self.trials_left == 0 {
                    return found;
                }
            }
        }
        found
    }

    /// Whether neither of two values is made of the other.
    fn are_apart(&self, first: SlotId, second: SlotId) -> bool {
        let makes = |one: SlotId, other: SlotId| {
            let dependents = self.values.program.dependents.get(one.0);
            let mut dependents = dependents.into_iter().flatten();
            dependents.any(|dependent| dependent.slot() == other)
        };
        first != second && !makes(first, second) && !makes(second, first)
    }

    /// Whether with these changes nothing gives the reason, and the outcome is good enough.
    fn proves(&mut self, changes: &[&Proposal<'a>]) -> bool {
        let Some(left) = self.trials_left.checked_sub(1) else {
            return false;
        };
        self.trials_left = left;
        let Some(seen) = self.seen(changes) else {
            return false;
        };
        if let Some(offer) = seen
            .offer
            .as_ref()
            .filter(|offer| !self.priced.contains(offer))
        {
            self.priced.push(offer.clone());
        }
        if seen.reasons.contains(&self.reason) {
            return false;
        }
        let amount_may_differ = changes.iter().any(|change| {
            let slot = self.values.program.rule_set().slots.get(change.slot);
            slot.is_some_and(|slot| slot.name == APPLICATION_AMOUNT)
        });
        let gain = gain(self.evaluation, &seen, amount_may_differ);
        if self.must_improve {
            gain == Gain::Better
        } else {
            gain != Gain::Worse
        }
    }

    /// What the changes come to; `None` where that is not known, or a rule still gives the reason.
    fn seen(&mut self, changes: &[&Proposal<'a>]) -> Option<Seen> {
        let (again, readiness, reason) = (self.again, self.readiness, self.reason);
        let priced = &self.priced;
        let mut slots: Vec<(SlotId, Scalar<'a>)> = changes
            .iter()
            .map(|change| (change.slot, change.value))
            .collect();
        let mut look = |values: &mut Values<'_>| {
            let still = gives(values, reason);
            (!still).then(|| again(values, readiness, priced))
        };
        let Some(requested) = applied(self.values, &slots) else {
            return try_out(self.values, &slots, &mut look);
        };
        let program = self.values.program;
        if let Some(slot) = program.rule_set().slots.find(APPLICATION_PAYMENTS) {
            slots.push((slot, Scalar::Count(i64::from(requested.payments()))));
        }
        let known = Foresight::recorded(&self.values.foresight.told());
        let mut values = Values::load(program, self.values.features, requested, known);
        try_out(&mut values, &slots, &mut look)
    }

    fn told(&self, first: &Proposal<'a>, second: Option<&Proposal<'a>>) -> Option<Counterfactual> {
        let rule_set = self.values.program.rule_set();
        let change = |proposal: &Proposal<'a>| {
            Some(Change {
                name: rule_set.slots.get(proposal.slot)?.name.clone(),
                observed: self
                    .values
                    .get(proposal.slot)
                    .ok()?
                    .to_value(rule_set.currency),
                needed: proposal.needed.clone(),
            })
        };
        let Change {
            name,
            observed,
            needed,
        } = change(first)?;
        Some(Counterfactual {
            name,
            observed,
            needed,
            also: second.and_then(change).into_iter().collect(),
        })
    }
}

/// Whether a rule gives the reason as the values are now. Of one that rests on the score that is not
/// known before they are scored.
fn gives(values: &Values<'_>, reason: usize) -> bool {
    let rules = values.program.rules.iter();
    let mut rules = rules.filter(|rule| rule.reason == reason && !rule.scored);
    rules.any(|rule| values.holds(&rule.when) == Verdict::True)
}

/// Looks with all of the changes; `None` where that asks forecasts that nobody made.
fn try_out<'x>(
    values: &mut Values<'x>,
    changes: &[(SlotId, Scalar<'x>)],
    look: &mut dyn FnMut(&mut Values<'x>) -> Option<Seen>,
) -> Option<Seen> {
    values.foresight.went_beyond();
    let seen = with_all(values, changes, look);
    let unasked = values.foresight.went_beyond() && decides_on_forecasts(values.program);
    seen.filter(|_| !unasked)
}

fn with_all<'x>(
    values: &mut Values<'x>,
    changes: &[(SlotId, Scalar<'x>)],
    look: &mut dyn FnMut(&mut Values<'x>) -> Option<Seen>,
) -> Option<Seen> {
    match changes {
        [] => look(values),
        [(slot, value), rest @ ..] => {
            values.with(*slot, Ok(*value), |values| with_all(values, rest, look))
        }
    }
}

/// What is asked for, with what of it is changed; `None` where nothing of it is.
fn applied<'a>(values: &Values<'a>, changes: &[(SlotId, Scalar<'_>)]) -> Option<Requested<'a>> {
    let rule_set = values.program.rule_set();
    let name = |slot: SlotId| rule_set.slots.get(slot).map(|slot| slot.name.as_str());
    let mut requested = None;
    for (slot, value) in changes {
        let before: Requested<'_> = requested.unwrap_or(values.requested);
        let after = match (name(*slot), value) {
            (Some(APPLICATION_AMOUNT), Scalar::Money(minor)) => {
                before.asking(Money::new(*minor, rule_set.currency))
            }
            (Some(APPLICATION_TERM_DAYS), Scalar::Days(days)) => {
                before.lasting(u32::try_from(*days).ok()?)
            }
            _ => continue,
        };
        requested = Some(after);
    }
    requested
}

/// Whether anything that decides rests on forecasts: with other values it may ask others.
pub fn decides_on_forecasts(program: &Program) -> bool {
    let slots = &program.rule_set().slots;
    let is_forecast = |node: &Node| {
        let mut found = false;
        node.each(&mut |node| found |= matches!(node, Node::Forecast { .. }));
        found
    };
    let asks = |slot: &SlotId| {
        let source = slots.get(*slot).map(|slot| slot.source);
        if let Some(Source::Aggregate(index)) = source {
            let mut aggregate = slots.aggregates.get(index).into_iter();
            return aggregate.any(|one| one.nodes().any(is_forecast));
        }
        matches!(source, Some(Source::Forecast(_)))
    };
    let mut bases = program.bases();
    bases.any(|basis| basis.slots.iter().any(asks))
}

/// What a change does to the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Gain {
    Worse,
    None,
    Better,
}

/// An outcome is the better the less it is in the applicant's way; of two offers the one of more,
/// for less.
fn gain(before: &Evaluation, after: &Seen, amount_may_differ: bool) -> Gain {
    match after.outcome.cmp(&before.outcome) {
        std::cmp::Ordering::Less => return Gain::Better,
        std::cmp::Ordering::Greater => return Gain::Worse,
        std::cmp::Ordering::Equal => {}
    }
    let (Some(before), Some(after)) = (&before.offer, &after.offer) else {
        return Gain::None;
    };
    let amount = if amount_may_differ {
        std::cmp::Ordering::Equal
    } else {
        after.amount.minor().cmp(&before.amount.minor())
    };
    let rate = before.apr_percent.cmp(&after.apr_percent);
    match (amount, rate) {
        (amount, rate) if amount.is_lt() || rate.is_lt() => Gain::Worse,
        (amount, rate) if amount.is_gt() || rate.is_gt() => Gain::Better,
        _ => Gain::None,
    }
}
