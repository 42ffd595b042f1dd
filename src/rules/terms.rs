//! The most that can be lent under a tier, and what bound it.

use super::evaluation::OfferTerms;
use super::offer::{Schedule, down_to_step};
use super::rule_set::{Offer, RuleSet, Tier};
use crate::application::Application;
use crate::features::Missing;
use crate::money::Money;

/// What bound an amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BoundBy {
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

/// The most that can be lent where one payment may be `affordable` minor units, and what bound
/// it. The amount may be below the offer's minimum.
pub(super) fn terms(
    rule_set: &RuleSet,
    offer: &Offer,
    tier: &Tier,
    application: &Application,
    affordable: i64,
) -> Result<(OfferTerms, BoundBy), Missing> {
    let schedule = Schedule::new(application, tier.apr_percent).ok_or(Missing::Overflow)?;
    // Beyond 64 bits of minor units, affordability binds nothing.
    let carried = schedule.principal(affordable).unwrap_or(i64::MAX);
    let requested = application.requested_amount().minor();
    let most = tier.max_amount.min(carried);
    let (amount, bound_by) = if requested <= most {
        (requested, BoundBy::Requested)
    } else if carried < tier.max_amount {
        (down_to_step(carried, offer.step), BoundBy::Affordability)
    } else {
        (down_to_step(most, offer.step), BoundBy::Tier)
    };
    let payment = schedule.payment(amount).ok_or(Missing::Overflow)?;
    let money = |minor| Money::new(minor, rule_set.currency);
    let terms = OfferTerms {
        tier: tier.id.clone(),
        amount: money(amount),
        apr_percent: tier.apr_percent,
        payment: money(payment),
        payments: schedule.payments,
        first_payment_date: application.first_payment_date(),
        bound_by: bound_by.as_str().to_owned(),
    };
    Ok((terms, bound_by))
}
