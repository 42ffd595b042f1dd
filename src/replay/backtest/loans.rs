//! Counting the loans of compared decisions.

use std::collections::BTreeMap;

use super::book::{Loan, LoanBook, Standing};
use super::performance::{LoansLeftOut, Performance, ScorePower, SwapSet, TierLoans};
use super::total::Sum;
use crate::money::Currency;
use crate::replay::statistics::{Distribution, Share, bands, discrimination};

/// What is counted of loans.
#[derive(Debug, Clone, Default)]
pub(super) struct LoanCounts {
    left_out: LoansLeftOut,
    /// By whether what was live approves, and the candidate.
    swap_sets: BTreeMap<(bool, bool), SwapCounts>,
    live_tiers: BTreeMap<String, Counted>,
    candidate_tiers: BTreeMap<String, Counted>,
    live_scores: Scores,
    candidate_scores: Scores,
}

#[derive(Debug, Clone, Copy, Default)]
struct SwapCounts {
    decisions: u64,
    loans: Counted,
    funded: Sum,
    interest: Sum,
    loss: Sum,
}

#[derive(Debug, Clone, Copy, Default)]
struct Counted {
    loans: u64,
    bad: u64,
}

#[derive(Debug, Clone, Default)]
struct Scores {
    good: Distribution,
    bad: Distribution,
}

/// What one side came to.
#[derive(Debug, Clone, Copy)]
pub(super) struct SideOf<'a> {
    pub(super) approves: bool,
    pub(super) tier: Option<&'a str>,
    pub(super) score: Option<i64>,
}

impl Counted {
    fn add(&mut self, bad: bool) {
        self.loans = self.loans.saturating_add(1);
        self.bad = self.bad.saturating_add(u64::from(bad));
    }

    fn merge(&mut self, other: Self) {
        self.loans = self.loans.saturating_add(other.loans);
        self.bad = self.bad.saturating_add(other.bad);
    }

    fn share(self) -> Share {
        Share::new(self.bad, self.loans)
    }
}

impl Scores {
    fn add(&mut self, score: Option<i64>, bad: bool) {
        let of = if bad { &mut self.bad } else { &mut self.good };
        if let Some(score) = score {
            of.add(score);
        }
    }

    fn merge(&mut self, other: Self) {
        self.good.merge(other.good);
        self.bad.merge(other.bad);
    }

    fn power(mut self) -> Option<ScorePower> {
        self.good.settle();
        self.bad.settle();
        Some(ScorePower {
            discrimination: discrimination(&self.good, &self.bad)?,
            bands: bands(&self.good, &self.bad),
        })
    }
}

impl LoanCounts {
    /// Counts a decision with its loan, where anything is known of one.
    pub(super) fn add(&mut self, loan: Option<Loan>, live: SideOf<'_>, candidate: SideOf<'_>) {
        let both = (live.approves, candidate.approves);
        let swap = self.swap_sets.entry(both).or_default();
        swap.decisions = swap.decisions.saturating_add(1);
        let left_out = &mut self.left_out;
        let Some(loan) = loan else {
            left_out.unknown = left_out.unknown.saturating_add(u64::from(live.approves));
            return;
        };
        let bad = match loan.standing {
            Standing::Good => false,
            Standing::Bad => true,
            Standing::TooYoung => {
                left_out.too_young = left_out.too_young.saturating_add(1);
                return;
            }
            Standing::NotFunded => {
                left_out.not_funded = left_out.not_funded.saturating_add(1);
                return;
            }
        };
        swap.loans.add(bad);
        swap.funded.merge(loan.funded);
        swap.interest.merge(loan.interest);
        swap.loss.merge(loan.loss);
        in_tier(&mut self.live_tiers, live, bad);
        in_tier(&mut self.candidate_tiers, candidate, bad);
        self.live_scores.add(live.score, bad);
        self.candidate_scores.add(candidate.score, bad);
    }

    /// Counts all that another one did.
    pub(super) fn merge(&mut self, other: Self) {
        let (mine, more) = (&mut self.left_out, other.left_out);
        mine.too_young = mine.too_young.saturating_add(more.too_young);
        mine.not_funded = mine.not_funded.saturating_add(more.not_funded);
        mine.unknown = mine.unknown.saturating_add(more.unknown);
        for (both, more) in other.swap_sets {
            let swap = self.swap_sets.entry(both).or_default();
            swap.decisions = swap.decisions.saturating_add(more.decisions);
            swap.loans.merge(more.loans);
            swap.funded.merge(more.funded);
            swap.interest.merge(more.interest);
            swap.loss.merge(more.loss);
        }
        let tiers = [
            (&mut self.live_tiers, other.live_tiers),
            (&mut self.candidate_tiers, other.candidate_tiers),
        ];
        for (mine, more) in tiers {
            for (tier, counted) in more {
                mine.entry(tier).or_default().merge(counted);
            }
        }
        self.live_scores.merge(other.live_scores);
        self.candidate_scores.merge(other.candidate_scores);
    }

    /// What was counted of the loans of a book.
    pub(super) fn finish(self, book: &LoanBook, currency: Currency) -> Performance {
        let all = self.swap_sets.values();
        let mut bad = Counted::default();
        all.for_each(|swap| bad.merge(swap.loans));
        Performance {
            definition: book.definition(),
            bad: bad.share(),
            left_out: self.left_out,
            by_live_tier: tiers(self.live_tiers),
            by_candidate_tier: tiers(self.candidate_tiers),
            swap_sets: swap_sets(&self.swap_sets, currency),
            live_score: self.live_scores.power(),
            candidate_score: self.candidate_scores.power(),
        }
    }
}

/// Offers have a tier; what is not offered has none.
fn in_tier(tiers: &mut BTreeMap<String, Counted>, side: SideOf<'_>, bad: bool) {
    let Some(tier) = side.tier.filter(|_| side.approves) else {
        return;
    };
    match tiers.get_mut(tier) {
        Some(counted) => counted.add(bad),
        None => tiers.entry(tier.to_owned()).or_default().add(bad),
    }
}

fn tiers(counted: BTreeMap<String, Counted>) -> Vec<TierLoans> {
    let counted = counted.into_iter().map(|(tier, counted)| TierLoans {
        tier,
        bad: counted.share(),
    });
    counted.collect()
}

fn swap_sets(counted: &BTreeMap<(bool, bool), SwapCounts>, currency: Currency) -> Vec<SwapSet> {
    let all = [(true, true), (true, false), (false, true), (false, false)];
    let sets = all.map(|both| {
        let swap = counted.get(&both).copied().unwrap_or_default();
        SwapSet {
            live_approves: both.0,
            candidate_approves: both.1,
            decisions: swap.decisions,
            bad: swap.loans.share(),
            funded: swap.funded.total(currency),
            interest: swap.interest.total(currency).total,
            loss: swap.loss.total(currency).total,
            profit: swap.interest.above(swap.loss, currency),
        }
    });
    sets.into()
}
