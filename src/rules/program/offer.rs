//! Makes `[offer]` ready to run.

use super::{Finder, Parts};
use crate::rules::asked::OfferValue;
use crate::rules::compiled_offer::{CompiledCap, CompiledFee, CompiledOffer, CompiledTier};
use crate::rules::rule_set::{Formula, Offer, RuleSet};

impl Parts {
    /// INVARIANT: in the order of [`numbering::formulas`].
    pub(super) fn offer(
        &mut self,
        rule_set: &RuleSet,
        offer: &Offer,
        finder: &Finder<'_>,
    ) -> CompiledOffer {
        let amount = rule_set.slots.find(OfferValue::Amount.name());
        let reads = |formula: &Formula| {
            let slots = finder.with_what_it_reads(&formula.node);
            amount.is_some_and(|amount| slots.contains(&amount))
        };
        let (mut reads_amount, mut most_reads_amount) = (false, false);
        let mut tiers = Vec::new();
        for tier in &offer.tiers {
            most_reads_amount |= reads(&tier.max_amount);
            let parts = [&tier.when, &tier.rate, &tier.max_amount].into_iter();
            reads_amount |= parts.chain(&tier.min_amount).any(reads);
            tiers.push(CompiledTier {
                when: self.based_condition(&tier.when, finder),
                rate: self.based(&tier.rate, finder),
                max_amount: self.based(&tier.max_amount, finder),
                min_amount: tier.min_amount.as_ref().map(|min| self.based(min, finder)),
            });
        }
        reads_amount |= reads(&offer.affordable_payment);
        let affordable_payment = self.based(&offer.affordable_payment, finder);
        let fees = offer.fees.iter().map(|fee| {
            let mut part = |part: &Option<Formula>| {
                let part = part.as_ref()?;
                reads_amount |= reads(part);
                Some(self.based(part, finder))
            };
            CompiledFee {
                share: part(&fee.share),
                flat: part(&fee.flat),
                minimum: part(&fee.minimum),
                maximum: part(&fee.maximum),
            }
        });
        let fees = fees.collect();
        let caps = offer.caps.iter().map(|cap| CompiledCap {
            max: self.based(&cap.max, finder),
            when: cap
                .when
                .as_ref()
                .map(|when| self.based_condition(when, finder)),
        });
        CompiledOffer {
            tiers,
            affordable_payment,
            fees,
            caps: caps.collect(),
            reads_amount,
            most_reads_amount,
        }
    }
}
