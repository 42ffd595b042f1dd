//! From the search for an offer to the outcome.

use rust_decimal::{Decimal, RoundingStrategy};

use super::{Run, recorded};
use crate::loan::{Basis, Price};
use crate::money::Money;
use crate::rules::code::{Calculation, Condition};
use crate::rules::compiled_offer::{CompiledFee, CompiledOffer};
use crate::rules::evaluation::{
    Action, BoundBy, OfferFee, OfferTerms, Outcome, ReasonSource, Row, Sought,
};
use crate::rules::offer::{self, Found, Looked, Offered};
use crate::rules::rule_set::Offer;

/// Decimals of a rate as it is disclosed, in percent.
const DISCLOSED_PLACES: u32 = 3;

impl<'a> Run<'a, '_> {
    pub(super) fn offer(
        &mut self,
        offer: &'a Offer,
        compiled: &'a CompiledOffer,
    ) -> (Outcome, Option<OfferTerms>) {
        if self.values.requested.currency() != self.rule_set.currency {
            return (self.refer_unknown(), None);
        }
        let found = offer::search(self.values, offer, compiled);
        self.note(&found, compiled);
        match &found.looked {
            Looked::Unknown(_) => (self.refer_unknown(), None),
            Looked::Not(_) => {
                let (action, outcome) = match offer.otherwise {
                    Action::Decline => (Action::Decline, Outcome::Decline),
                    Action::Refer | Action::Flag => (Action::Refer, Outcome::Refer),
                };
                let reason = self
                    .affordability(offer, &found)
                    .unwrap_or(offer.none_reason);
                self.decided(offer, compiled, &found, action);
                self.give(reason, ReasonSource::Offer, action);
                (outcome, None)
            }
            Looked::Offered(offered) => match self.terms(offer, offered, found.bound_by) {
                Some(terms) => (self.conclude(offer, compiled, &found), Some(terms)),
                None => (self.refer_unknown(), None),
            },
        }
    }

    /// The outcome of an offer, with its reasons.
    fn conclude(
        &mut self,
        offer: &'a Offer,
        compiled: &'a CompiledOffer,
        found: &Found,
    ) -> Outcome {
        let asked = offer::request(self.values);
        if found.point == asked {
            self.decided(offer, compiled, found, Action::Flag);
            return Outcome::Approve;
        }
        let otherwise = if found.point.amount == asked.amount {
            offer.terms_reason
        } else {
            offer.counter_reason
        };
        let reason = self.affordability(offer, found).unwrap_or(otherwise);
        self.give(reason, ReasonSource::Offer, Action::Flag);
        self.decided(offer, compiled, found, Action::Flag);
        Outcome::Counter
    }

    /// The reason for what affordability bound, where there is one of its own.
    fn affordability(&self, offer: &Offer, found: &Found) -> Option<usize> {
        let bound = found.bound_by == Some(BoundBy::Affordability);
        offer.affordability_reason.filter(|_| bound)
    }

    /// Gives the reasons of the score where it decided: where the best score of all would have let
    /// the tiers pass what they did not; or, of what is approved, would have given a better tier.
    fn decided(
        &mut self,
        offer: &'a Offer,
        compiled: &'a CompiledOffer,
        found: &Found,
        action: Action,
    ) {
        let rules = (offer, compiled);
        match found.beyond {
            Some(beyond) if found.bound_by == Some(BoundBy::Tier) => {
                offer::at(self.values, &beyond);
                self.score_reasons(action, |values| offer::stands(rules, values, &beyond).1);
                offer::at(self.values, &found.point);
            }
            Some(_) => {}
            None => {
                let Some(Row::At(index)) = self.tier else {
                    return;
                };
                let point = found.point;
                self.score_reasons(action, |values| {
                    matches!(offer::stands(rules, values, &point).0, Row::At(better) if better < index)
                });
            }
        }
    }

    /// Notes what was seen at the point that a search came to.
    fn note(&mut self, found: &Found, compiled: &'a CompiledOffer) {
        let point = found.point;
        offer::at(self.values, &point);
        self.sought = Some(Sought {
            amount: Money::new(point.amount, self.rule_set.currency),
            term: point.term,
            frequency: point.frequency,
            bound_by: found.bound_by,
            points: found.points,
        });
        let mut row = Row::None;
        for (index, tier) in compiled.tiers.iter().enumerate() {
            match self.condition(&tier.when.0) {
                crate::rules::verdict::Verdict::True => row = Row::At(index),
                crate::rules::verdict::Verdict::Unknown => row = Row::Unknown(index),
                crate::rules::verdict::Verdict::False => continue,
            }
            break;
        }
        self.tier = Some(row);
        let Row::At(index) = row else {
            return;
        };
        if let Some(tier) = compiled.tiers.get(index) {
            self.look(&tier.rate.0.comparisons);
            self.look(&tier.max_amount.0.comparisons);
            self.seen(tier.min_amount.as_ref().map(|(least, _)| least));
        }
        let affordable = self.calculation(&compiled.affordable_payment.0);
        self.affordable_payment = Some(recorded(affordable, self.rule_set));
        for fee in &compiled.fees {
            self.fee(fee);
        }
        for cap in &compiled.caps {
            let when: Option<&Condition> = cap.when.as_ref().map(|(when, _)| when);
            if let Some(when) = when {
                self.look(&when.comparisons);
            }
            self.look(&cap.max.0.comparisons);
        }
    }

    fn fee(&mut self, fee: &'a CompiledFee) {
        for part in [&fee.share, &fee.flat, &fee.minimum, &fee.maximum] {
            self.seen(part.as_ref().map(|(part, _)| part));
        }
    }

    fn seen(&mut self, part: Option<&Calculation>) {
        if let Some(part) = part {
            self.look(&part.comparisons);
        }
    }

    /// The terms of an offer as they are disclosed; `None` where a rate cannot be computed.
    fn terms(
        &self,
        offer: &Offer,
        offered: &Offered,
        bound_by: Option<BoundBy>,
    ) -> Option<OfferTerms> {
        let (price, point) = (&offered.price, &offered.point);
        let money = |minor| Money::new(minor, self.rule_set.currency);
        let tier = offer.tiers.get(offered.tier)?;
        let fees = offer.fees.iter().zip(&offered.charges);
        let fees = fees.map(|(fee, charge)| OfferFee {
            id: fee.id.clone(),
            amount: money(charge.amount),
            paid: charge.paid,
            in_finance_charge: charge.counts_in.finance_charge,
            in_mapr: charge.counts_in.mapr,
        });
        let mut terms = OfferTerms {
            tier: tier.id.clone(),
            amount: money(point.amount),
            term: point.term,
            frequency: point.frequency,
            rate_percent: offered.rate,
            apr_percent: Decimal::ZERO,
            mapr_percent: None,
            payment: money(price.schedule.payment),
            last_payment: money(price.schedule.last_payment),
            payments: price.schedule.payments,
            first_payment_date: offer::first_payment(self.values, point),
            principal: money(price.principal),
            amount_financed: money(price.amount_financed),
            finance_charge: money(price.finance_charge),
            total_of_payments: money(price.total_of_payments),
            fees: fees.collect(),
            bound_by: bound_by.unwrap_or(BoundBy::Requested),
        };
        (terms.apr_percent, terms.mapr_percent) =
            match self.priced.iter().find(|known| is_same_loan(known, &terms)) {
                Some(known) => (known.apr_percent, known.mapr_percent),
                None => rates(price)?,
            };
        Some(terms)
    }
}

/// Whether two offers are repaid alike, whatever they are called and whatever bound them. Their rates
/// are the same then: they follow from what is paid out, what is paid back and when.
fn is_same_loan(one: &OfferTerms, other: &OfferTerms) -> bool {
    let paid = |terms: &OfferTerms| (terms.amount, terms.principal, terms.amount_financed);
    let repaid = |terms: &OfferTerms| {
        let last = (terms.last_payment, terms.total_of_payments);
        (terms.payments, terms.payment, last, terms.finance_charge)
    };
    let when = |terms: &OfferTerms| (terms.term, terms.frequency, terms.first_payment_date);
    paid(one) == paid(other)
        && repaid(one) == repaid(other)
        && when(one) == when(other)
        && one.fees == other.fees
}

/// The annual percentage rate, and the military one where it is another.
fn rates(price: &Price) -> Option<(Decimal, Option<Decimal>)> {
    let apr = disclosed(price, Basis::Apr)?;
    if price.has_one_rate() {
        return Some((apr, None));
    }
    let mapr = disclosed(price, Basis::Mapr)?;
    Some((apr, (mapr != apr).then_some(mapr)))
}

fn disclosed(price: &Price, basis: Basis) -> Option<Decimal> {
    let percent = price.percent(basis)?;
    Some(percent.round_dp_with_strategy(DISCLOSED_PLACES, RoundingStrategy::MidpointAwayFromZero))
}
