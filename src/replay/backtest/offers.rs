//! Counting offers.

use std::collections::BTreeMap;

use super::report::{OfferChanges, Offers, TierOffers};
use super::spread::{Unit, spread};
use super::total::Sum;
use crate::features::{Type, millionths};
use crate::money::Currency;
use crate::replay::statistics::Observed;
use crate::rules::OfferTerms;

/// What is counted of offers.
#[derive(Debug, Clone, Default)]
pub(super) struct OfferCounts {
    live: Sum,
    candidate: Sum,
    gained: Sum,
    lost: Sum,
    same_outcome: OfferChanges,
    live_amount: Observed,
    candidate_amount: Observed,
    live_apr: Observed,
    candidate_apr: Observed,
    /// How many are live, and the candidate's.
    tiers: BTreeMap<String, (u64, u64)>,
}

impl OfferCounts {
    /// Counts what was offered and what would be.
    pub(super) fn add(
        &mut self,
        live: Option<&OfferTerms>,
        candidate: Option<&OfferTerms>,
        same_outcome: bool,
    ) {
        if let Some(offer) = live {
            self.live.add(offer.amount);
            self.live_amount.values.add(offer.amount.minor());
            observe(&mut self.live_apr, offer);
            self.of_tier(&offer.tier, 1, 0);
        }
        if let Some(offer) = candidate {
            self.candidate.add(offer.amount);
            self.candidate_amount.values.add(offer.amount.minor());
            observe(&mut self.candidate_apr, offer);
            self.of_tier(&offer.tier, 0, 1);
        }
        match (live, candidate) {
            (None, Some(offer)) => self.gained.add(offer.amount),
            (Some(offer), None) => self.lost.add(offer.amount),
            (Some(live), Some(candidate)) if same_outcome => {
                compare(&mut self.same_outcome, live, candidate);
            }
            (Some(_), Some(_)) | (None, None) => {}
        }
    }

    /// Counts one more of a tier, live and the candidate's.
    fn of_tier(&mut self, tier: &str, live: u64, candidate: u64) {
        // Most are there: their names are not written again.
        let known = match self.tiers.get_mut(tier) {
            Some(known) => known,
            None => self.tiers.entry(tier.to_owned()).or_default(),
        };
        known.0 = known.0.saturating_add(live);
        known.1 = known.1.saturating_add(candidate);
    }

    /// Counts all that another one did.
    pub(super) fn merge(&mut self, other: Self) {
        self.live.merge(other.live);
        self.candidate.merge(other.candidate);
        self.gained.merge(other.gained);
        self.lost.merge(other.lost);
        let (mine, more) = (&mut self.same_outcome, other.same_outcome);
        mine.both = mine.both.saturating_add(more.both);
        mine.changed = mine.changed.saturating_add(more.changed);
        mine.larger = mine.larger.saturating_add(more.larger);
        mine.smaller = mine.smaller.saturating_add(more.smaller);
        mine.dearer = mine.dearer.saturating_add(more.dearer);
        mine.cheaper = mine.cheaper.saturating_add(more.cheaper);
        self.live_amount.merge(other.live_amount);
        self.live_apr.merge(other.live_apr);
        self.candidate_amount.merge(other.candidate_amount);
        self.candidate_apr.merge(other.candidate_apr);
        for (tier, (live, candidate)) in other.tiers {
            self.of_tier(&tier, live, candidate);
        }
    }

    /// What was counted.
    pub(super) fn finish(mut self, currency: Currency) -> Offers {
        for observed in [
            &mut self.live_amount,
            &mut self.candidate_amount,
            &mut self.live_apr,
            &mut self.candidate_apr,
        ] {
            observed.values.settle();
        }
        let amount = Unit::Of(Type::Money, currency);
        let tiers = self.tiers.into_iter();
        let tiers = tiers.map(|(tier, (live, candidate))| TierOffers {
            tier,
            live,
            candidate,
        });
        Offers {
            currency,
            live: self.live.total(currency),
            candidate: self.candidate.total(currency),
            difference: self.candidate.above(self.live, currency),
            gained: self.gained.total(currency),
            lost: self.lost.total(currency),
            same_outcome: self.same_outcome,
            live_amount: spread(&self.live_amount, amount),
            candidate_amount: spread(&self.candidate_amount, amount),
            live_apr: spread(&self.live_apr, Unit::Apr),
            candidate_apr: spread(&self.candidate_apr, Unit::Apr),
            tiers: tiers.collect(),
        }
    }
}

/// Rates are told to three decimals, so that thousandths are exact.
fn observe(rates: &mut Observed, offer: &OfferTerms) {
    match millionths(offer.apr_percent) {
        Some(rate) => rates.values.add(rate / 1_000),
        None => one_more(&mut rates.missing),
    }
}

fn compare(changes: &mut OfferChanges, live: &OfferTerms, candidate: &OfferTerms) {
    let mut count = |count: fn(&mut OfferChanges) -> &mut u64, holds: bool| {
        let count = count(changes);
        *count = count.saturating_add(u64::from(holds));
    };
    let (before, after) = (live.amount.minor(), candidate.amount.minor());
    count(|changes| &mut changes.both, true);
    count(|changes| &mut changes.changed, live != candidate);
    count(|changes| &mut changes.larger, after > before);
    count(|changes| &mut changes.smaller, after < before);
    let (before, after) = (live.apr_percent, candidate.apr_percent);
    count(|changes| &mut changes.dearer, after > before);
    count(|changes| &mut changes.cheaper, after < before);
}

fn one_more(count: &mut u64) {
    *count = count.saturating_add(1);
}
