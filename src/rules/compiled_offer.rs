//! `[offer]` as a program runs it.

use super::basis::Basis;
use super::code::{Calculation, Condition};

/// A calculation with what it rests on.
pub(super) type Based<T> = (T, Basis);

/// `[offer]`
#[derive(Debug, Clone)]
pub(super) struct CompiledOffer {
    pub(super) tiers: Vec<CompiledTier>,
    pub(super) affordable_payment: Based<Calculation>,
    pub(super) fees: Vec<CompiledFee>,
    pub(super) caps: Vec<CompiledCap>,
    /// Whether tiers, fees or what is affordable read the amount of the offer.
    pub(super) reads_amount: bool,
    /// Whether the most that a tier offers reads it.
    pub(super) most_reads_amount: bool,
}

impl CompiledOffer {
    /// What each part of it rests on.
    pub(super) fn bases(&self) -> Vec<&Basis> {
        let mut bases = vec![&self.affordable_payment.1];
        for tier in &self.tiers {
            bases.extend([&tier.when.1, &tier.rate.1, &tier.max_amount.1]);
            bases.extend(tier.min_amount.iter().map(|(_, basis)| basis));
        }
        for fee in &self.fees {
            let parts = [&fee.share, &fee.flat, &fee.minimum, &fee.maximum];
            bases.extend(parts.into_iter().flatten().map(|(_, basis)| basis));
        }
        for cap in &self.caps {
            bases.push(&cap.max.1);
            bases.extend(cap.when.iter().map(|(_, basis)| basis));
        }
        bases
    }
}

/// `[[offer.tier]]`
#[derive(Debug, Clone)]
pub(super) struct CompiledTier {
    pub(super) when: Based<Condition>,
    pub(super) rate: Based<Calculation>,
    pub(super) max_amount: Based<Calculation>,
    pub(super) min_amount: Option<Based<Calculation>>,
}

/// `[[offer.fee]]`
#[derive(Debug, Clone)]
pub(super) struct CompiledFee {
    pub(super) share: Option<Based<Calculation>>,
    pub(super) flat: Option<Based<Calculation>>,
    pub(super) minimum: Option<Based<Calculation>>,
    pub(super) maximum: Option<Based<Calculation>>,
}

/// `[[offer.cap]]`
#[derive(Debug, Clone)]
pub(super) struct CompiledCap {
    pub(super) max: Based<Calculation>,
    pub(super) when: Option<Based<Condition>>,
}
