//! From the rules' verdicts to the outcome: the offer, or the condition of approval.

use super::{Run, recorded};
use crate::features::Missing;
use crate::rules::code::{Calculation, Condition};
use crate::rules::defect::Defect;
use crate::rules::evaluation::{Action, OfferTerms, Outcome, ReasonSource, Row};
use crate::rules::program::{Basis, CompiledEnd, CompiledRule};
use crate::rules::rule_set::{Approve, End, Offer, Scorecard};
use crate::rules::scalar::Scalar;
use crate::rules::terms::{self, BoundBy};
use crate::rules::values::Values;
use crate::rules::verdict::Verdict;

impl<'a> Run<'a> {
    /// The outcome, with the offer where there is one.
    pub(super) fn end(&mut self) -> (Outcome, Option<OfferTerms>) {
        if self.has(Action::Decline) {
            self.scored_rules(Action::Decline);
            self.tell_missing();
            return (Outcome::Decline, None);
        }
        if self.has(Action::Refer) || self.lacks {
            self.scored_rules(Action::Refer);
            self.tell_missing();
            return (Outcome::Refer, None);
        }
        let program = self.program;
        match (&self.rule_set.end, &program.end) {
            (
                End::Offer(offer),
                CompiledEnd::Offer {
                    tiers,
                    affordable_payment: (payment, _),
                },
            ) => self.offer(offer, tiers, payment),
            (End::Approve(approve), CompiledEnd::Approve(when, _)) => {
                (self.approve(approve, when), None)
            }
            // INVARIANT: a program is compiled from its own rule set.
            (End::Offer(_), _) | (End::Approve(_), _) => (Outcome::Refer, None),
        }
    }

    /// Where a rule of this action fired for the score, what lost the points gives its reasons beside
    /// the rule's own: that a score is too low tells nobody why (12 CFR 1002.9(b)(2)).
    fn scored_rules(&mut self, action: Action) {
        let program = self.program;
        let holding = self.holding.iter().filter(|rule| rule.action == action);
        let rules = holding.filter_map(|rule| program.rules.get(rule.rule));
        let scored: Vec<&CompiledRule> = rules.filter(|rule| rule.scored).collect();
        if !scored.is_empty() {
            self.score_reasons(action, |values| {
                let holds = |rule: &&CompiledRule| values.holds(&rule.when) == Verdict::True;
                !scored.iter().all(holds)
            });
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
    fn refer_unknown(&mut self) -> Outcome {
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

    fn offer(
        &mut self,
        offer: &'a Offer,
        tiers: &'a [(Condition, Basis)],
        payment: &'a Calculation,
    ) -> (Outcome, Option<OfferTerms>) {
        if self.values.application.currency() != self.rule_set.currency {
            return (self.refer_unknown(), None);
        }
        let row = first(tiers, |when| self.condition(when));
        self.tier = Some(row);
        let index = match row {
            Row::At(index) => index,
            Row::Unknown(_) => return (self.refer_unknown(), None),
            Row::None => {
                self.score_reasons(Action::Refer, |values| {
                    matches!(first(tiers, |when| values.holds(when)), Row::At(_))
                });
                self.give(offer.refer_reason, ReasonSource::Offer, Action::Refer);
                return (Outcome::Refer, None);
            }
        };
        let affordable = self.calculation(payment);
        self.affordable_payment = Some(recorded(affordable, self.rule_set));
        let most = match affordable {
            Ok(Scalar::Money(most)) => Ok(most),
            Ok(_) => {
                self.defect = Some(Defect::MixedTypes);
                Err(Missing::Ambiguous)
            }
            Err(why) => Err(why),
        };
        let tier = offer.tiers.get(index);
        let terms = tier.zip(most.ok()).and_then(|(tier, most)| {
            let application = self.values.application;
            terms::terms(self.rule_set, offer, tier, application, most).ok()
        });
        match terms {
            Some((terms, bound_by)) => self.conclude(offer, terms, bound_by, |values| {
                let row = first(tiers, |when| values.holds(when));
                matches!(row, Row::At(better) if better < index)
            }),
            None => (self.refer_unknown(), None),
        }
    }

    /// The outcome of an offer. `better` is whether a better tier would apply.
    fn conclude(
        &mut self,
        offer: &'a Offer,
        terms: OfferTerms,
        bound_by: BoundBy,
        better: impl Fn(&Values<'a>) -> bool,
    ) -> (Outcome, Option<OfferTerms>) {
        let enough = terms.amount.minor() >= offer.minimum;
        if bound_by == BoundBy::Requested && enough {
            self.score_reasons(Action::Flag, better);
            return (Outcome::Approve, Some(terms));
        }
        let affordability = offer
            .affordability_reason
            .filter(|_| bound_by == BoundBy::Affordability);
        if !enough {
            if bound_by == BoundBy::Tier {
                self.score_reasons(Action::Refer, better);
            }
            let reason = affordability.unwrap_or(offer.refer_reason);
            self.give(reason, ReasonSource::Offer, Action::Refer);
            return (Outcome::Refer, None);
        }
        let reason = affordability.unwrap_or(offer.counter_reason);
        self.give(reason, ReasonSource::Offer, Action::Flag);
        if bound_by == BoundBy::Tier {
            self.score_reasons(Action::Flag, better);
        }
        (Outcome::Counter, Some(terms))
    }

    /// The characteristics that lost points, most first: only where the score decided, that is,
    /// where the best score of all would have satisfied `better`.
    fn score_reasons(&mut self, action: Action, better: impl Fn(&Values<'a>) -> bool) {
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

/// The first tier whose condition holds.
fn first<'t>(
    tiers: &'t [(Condition, Basis)],
    mut verdict: impl FnMut(&'t Condition) -> Verdict,
) -> Row {
    for (index, (when, _)) in tiers.iter().enumerate() {
        match verdict(when) {
            Verdict::True => return Row::At(index),
            Verdict::False => {}
            Verdict::Unknown => return Row::Unknown(index),
        }
    }
    Row::None
}

/// The most that the scorecard can give.
fn best(scorecard: &Scorecard) -> i64 {
    let characteristics = scorecard.characteristics.iter();
    characteristics
        .filter_map(|one| one.bins.iter().map(|bin| bin.points).max())
        .fold(scorecard.base, i64::saturating_add)
}
