//! From the rules' verdicts to the outcome: the offer, or the condition of approval.

use super::{GivenFor, Run};
use crate::features::{Missing, Value};
use crate::money::Money;
use crate::rules::evaluation::{Action, Counterfactual, OfferTerms, Outcome};
use crate::rules::interpret;
use crate::rules::offer::{Schedule, down_to_step};
use crate::rules::rule_set::{Approve, End, Formula, Offer, Tier};
use crate::rules::scalar::{Known, Scalar};
use crate::rules::score;
use crate::rules::trace::NoTrace;

/// What bound an amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum BoundBy {
    Requested,
    Tier,
    Affordability,
}

impl BoundBy {
    fn as_str(self) -> &'static str {
        match self {
            Self::Requested => "requested",
            Self::Tier => "tier",
            Self::Affordability => "affordability",
        }
    }
}

/// The tier that applies.
enum Found<'a> {
    /// This one, by its position.
    Tier(usize, &'a Tier),
    /// None does.
    None,
    /// It cannot be known: of the tier at this position, before any that applies.
    Unknown(usize, &'a Tier, Missing),
}

impl<'a> Run<'a> {
    /// The outcome, with the offer where there is one.
    pub(super) fn end(&mut self) -> (Outcome, Option<OfferTerms>) {
        if self.has(Action::Decline) {
            self.tell_missing();
            return (Outcome::Decline, None);
        }
        if self.has(Action::Refer) || !self.missing.is_empty() {
            self.tell_missing();
            return (Outcome::Refer, None);
        }
        match &self.rule_set.end {
            End::Offer(offer) => self.offer(offer),
            End::Approve(approve) => (self.approve(approve), None),
        }
    }

    /// The outcome where the bank data is not ready. The offer is not even looked at.
    pub(super) fn not_ready(&mut self) -> Outcome {
        self.tell_missing();
        let reason = self.program.bank_data_not_ready;
        let given = self.given.len();
        self.give(reason, "bank_data", Action::Refer, Vec::new(), Vec::new());
        for given in self.given.iter_mut().skip(given) {
            given.role = GivenFor::NotReady;
        }
        Outcome::Refer
    }

    /// One reason for everything that could not be known.
    fn tell_missing(&mut self) {
        if self.missing.is_empty() {
            return;
        }
        let features = self.missing.names().into_iter().collect();
        let reason = self.program.information_missing;
        self.give(reason, "missing", Action::Refer, features, Vec::new());
    }

    /// Refers for want of information.
    fn refer_unknown(&mut self) -> Outcome {
        if self.missing.is_empty() {
            // A computation over nothing that is named: too large a constant.
            self.missing.add("application.amount", Missing::Overflow);
        }
        self.tell_missing();
        Outcome::Refer
    }

    fn condition(&self, when: &'a Formula) -> Known<'a> {
        interpret::run(&when.node, self.env(0), &mut NoTrace)
    }

    fn approve(&mut self, approve: &'a Approve) -> Outcome {
        match self.condition(&approve.when) {
            Ok(Scalar::Bool(true)) => Outcome::Approve,
            Ok(_) => {
                let basis = self.program.tiers.first();
                let features = basis.map(|basis| basis.features.clone());
                let changes = crate::rules::counterfactual::find_for_false(
                    self.program,
                    self.features,
                    &self.slots,
                    &approve.when.node,
                );
                self.score_reasons(Action::Refer, None, |run| {
                    run.condition(&approve.when) == Ok(Scalar::Bool(true))
                });
                let features = features.unwrap_or_default();
                self.give(
                    approve.refer_reason,
                    "approve",
                    Action::Refer,
                    features,
                    changes,
                );
                Outcome::Refer
            }
            Err(why) => {
                let basis = self.program.tiers.first();
                self.lacks(&approve.when.node, basis, Some(why));
                self.refer_unknown()
            }
        }
    }

    /// The first tier whose condition holds.
    fn tier(&self, offer: &'a Offer) -> Found<'a> {
        for (index, tier) in offer.tiers.iter().enumerate() {
            match self.condition(&tier.when) {
                Ok(Scalar::Bool(true)) => return Found::Tier(index, tier),
                Ok(_) => {}
                Err(why) => return Found::Unknown(index, tier, why),
            }
        }
        Found::None
    }

    fn offer(&mut self, offer: &'a Offer) -> (Outcome, Option<OfferTerms>) {
        if self.application.currency() != self.rule_set.currency {
            self.missing
                .add("application.amount", Missing::OtherCurrency);
            return (self.refer_unknown(), None);
        }
        let (index, tier) = match self.tier(offer) {
            Found::Tier(index, tier) => (index, tier),
            Found::Unknown(index, tier, why) => {
                let basis = self.program.tiers.get(index);
                self.lacks(&tier.when.node, basis, Some(why));
                return (self.refer_unknown(), None);
            }
            Found::None => {
                self.score_reasons(Action::Refer, None, |run| {
                    matches!(run.tier(offer), Found::Tier(..))
                });
                self.give(
                    offer.refer_reason,
                    "offer",
                    Action::Refer,
                    Vec::new(),
                    Vec::new(),
                );
                return (Outcome::Refer, None);
            }
        };
        let affordable = interpret::run(&offer.affordable_payment.node, self.env(0), &mut NoTrace);
        match self.terms(offer, tier, affordable) {
            Ok((terms, bound_by)) => self.conclude(offer, (index, terms), bound_by),
            Err(why) => {
                let basis = &self.program.affordable_payment;
                self.lacks(&offer.affordable_payment.node, Some(basis), Some(why));
                (self.refer_unknown(), None)
            }
        }
    }

    /// The most that can be lent, and what bound it.
    fn terms(
        &self,
        offer: &Offer,
        tier: &Tier,
        affordable: Known<'a>,
    ) -> Result<(OfferTerms, BoundBy), Missing> {
        let Scalar::Money(affordable) = affordable? else {
            return Err(Missing::Ambiguous);
        };
        let schedule = Schedule::new(self.application, tier.apr_percent);
        let schedule = schedule.ok_or(Missing::Overflow)?;
        // Beyond 64 bits of minor units, affordability binds nothing.
        let carried = schedule.principal(affordable).unwrap_or(i64::MAX);
        let requested = self.application.requested_amount().minor();
        let most = tier.max_amount.min(carried);
        let (amount, bound_by) = if requested <= most {
            (requested, BoundBy::Requested)
        } else if carried < tier.max_amount {
            (down_to_step(carried, offer.step), BoundBy::Affordability)
        } else {
            (down_to_step(most, offer.step), BoundBy::Tier)
        };
        let payment = schedule.payment(amount).ok_or(Missing::Overflow)?;
        let money = |minor| Money::new(minor, self.rule_set.currency);
        let terms = OfferTerms {
            tier: tier.id.clone(),
            amount: money(amount),
            apr_percent: tier.apr_percent,
            payment: money(payment),
            payments: schedule.payments,
            first_payment_date: self.application.first_payment_date(),
            bound_by: bound_by.as_str().to_owned(),
        };
        Ok((terms, bound_by))
    }

    fn conclude(
        &mut self,
        offer: &'a Offer,
        (tier, terms): (usize, OfferTerms),
        bound_by: BoundBy,
    ) -> (Outcome, Option<OfferTerms>) {
        let better = |run: &Self| matches!(run.tier(offer), Found::Tier(index, _) if index < tier);
        if bound_by == BoundBy::Requested && terms.amount.minor() >= offer.minimum {
            self.score_reasons(Action::Flag, None, better);
            return (Outcome::Approve, Some(terms));
        }
        let features = match bound_by {
            BoundBy::Affordability => self.program.affordable_payment.features.clone(),
            BoundBy::Requested | BoundBy::Tier => Vec::new(),
        };
        let affordability = offer
            .affordability_reason
            .filter(|_| bound_by == BoundBy::Affordability);
        if terms.amount.minor() < offer.minimum {
            if bound_by == BoundBy::Tier {
                self.score_reasons(Action::Refer, None, better);
            }
            let reason = affordability.unwrap_or(offer.refer_reason);
            self.give(reason, "offer", Action::Refer, features, Vec::new());
            return (Outcome::Refer, None);
        }
        let reason = affordability.unwrap_or(offer.counter_reason);
        let changes = vec![Counterfactual {
            name: "application.amount".to_owned(),
            observed: Value::Money(self.application.requested_amount()),
            needed: format!("at most {}", Value::Money(terms.amount)),
        }];
        let amount = Some(terms.amount);
        self.give_with_offer(reason, "offer", Action::Flag, features, changes, amount);
        if bound_by == BoundBy::Tier {
            self.score_reasons(Action::Flag, amount, better);
        }
        (Outcome::Counter, Some(terms))
    }

    /// The characteristics that lost points, most first: only where the score decided, that is,
    /// where the best score of all would have satisfied `better`.
    fn score_reasons(
        &mut self,
        action: Action,
        offer: Option<Money>,
        better: impl Fn(&Self) -> bool,
    ) {
        let Some(scorecard) = &self.rule_set.scorecard else {
            return;
        };
        let Some(slot) = scorecard.score else {
            return;
        };
        let actual = self.known(slot);
        self.set(slot.0, Ok(Scalar::Count(score::best(scorecard))));
        let decided = better(self);
        self.set(slot.0, actual);
        let Some(score) = self.score.as_ref().filter(|_| decided) else {
            return;
        };
        let mut lost: Vec<(i64, usize)> = score
            .characteristics
            .iter()
            .enumerate()
            .filter_map(|(index, trace)| Some((trace.points_max - trace.points.ok()?, index)))
            .filter(|(lost, _)| *lost > 0)
            .collect();
        lost.sort_by_key(|(lost, index)| (std::cmp::Reverse(*lost), *index));
        for (_, index) in lost {
            let Some(characteristic) = scorecard.characteristics.get(index) else {
                continue;
            };
            let basis = self.program.characteristics.get(index);
            let features = basis.map(|basis| basis.features.clone());
            let source = format!("scorecard:{}", characteristic.name);
            self.give_with_offer(
                characteristic.reason,
                &source,
                action,
                features.unwrap_or_default(),
                Vec::new(),
                offer,
            );
        }
    }

    fn set(&mut self, slot: usize, known: Known<'a>) {
        if let Some(place) = self.slots.get_mut(slot) {
            *place = known;
        }
    }
}
