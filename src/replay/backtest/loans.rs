//! Counting the loans of compared decisions.

use std::collections::BTreeMap;

use super::book::{Loan, LoanBook, Standing};
use super::performance::{
    ExpectedProfit, LoansLeftOut, Performance, ScorePower, SwapSet, TierLoans,
};
use super::total::Sum;
use crate::money::{Currency, Money};
use crate::replay::statistics::{Distribution, Share, bands, discrimination};

/// What is counted of loans.
#[derive(Debug, Clone, Default)]
pub(super) struct LoanCounts {
    left_out: LoansLeftOut,
    /// By whether what was live approves, and the candidate.
    swap_sets: BTreeMap<(bool, bool), SwapCounts>,
    live_tiers: BTreeMap<String, TierCounts>,
    candidate_tiers: BTreeMap<String, TierCounts>,
    live_scores: Scores,
    candidate_scores: Scores,
}

#[derive(Debug, Clone, Copy, Default)]
struct SwapCounts {
    decisions: u64,
    loans: Known,
}

#[derive(Debug, Clone, Copy, Default)]
struct TierCounts {
    offered: Sum,
    loans: Known,
}

/// Loans that are known for long enough.
#[derive(Debug, Clone, Copy, Default)]
struct Known {
    counted: Counted,
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
    /// What it offers.
    pub(super) amount: Option<Money>,
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

impl Known {
    fn add(&mut self, loan: &Loan, bad: bool) {
        self.counted.add(bad);
        self.funded.merge(loan.funded);
        self.interest.merge(loan.interest);
        self.loss.merge(loan.loss);
    }

    fn merge(&mut self, other: Self) {
        self.counted.merge(other.counted);
        self.funded.merge(other.funded);
        self.interest.merge(other.interest);
        self.loss.merge(other.loss);
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
        let sides = [
            (&mut self.live_tiers, live),
            (&mut self.candidate_tiers, candidate),
        ];
        let tiers = sides.map(|(tiers, side)| tier(tiers, side));
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
        swap.loans.add(&loan, bad);
        for counts in tiers.into_iter().flatten() {
            counts.loans.add(&loan, bad);
        }
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
        }
        let tiers = [
            (&mut self.live_tiers, other.live_tiers),
            (&mut self.candidate_tiers, other.candidate_tiers),
        ];
        for (mine, more) in tiers {
            for (tier, more) in more {
                let counts = mine.entry(tier).or_default();
                counts.offered.merge(more.offered);
                counts.loans.merge(more.loans);
            }
        }
        self.live_scores.merge(other.live_scores);
        self.candidate_scores.merge(other.candidate_scores);
    }

    /// What was counted of the loans of a book.
    pub(super) fn finish(self, book: &LoanBook, currency: Currency) -> Performance {
        let all = self.swap_sets.values();
        let mut bad = Counted::default();
        all.for_each(|swap| bad.merge(swap.loans.counted));
        Performance {
            definition: book.definition(),
            bad: bad.share(),
            left_out: self.left_out,
            live_expected: expected(&self.live_tiers, currency),
            candidate_expected: expected(&self.candidate_tiers, currency),
            by_live_tier: tiers(self.live_tiers, currency),
            by_candidate_tier: tiers(self.candidate_tiers, currency),
            swap_sets: swap_sets(&self.swap_sets, currency),
            live_score: self.live_scores.power(),
            candidate_score: self.candidate_scores.power(),
        }
    }
}

/// The counts of the tier that an offer comes from, with the offer; what is not offered has none.
fn tier<'a>(
    tiers: &'a mut BTreeMap<String, TierCounts>,
    side: SideOf<'_>,
) -> Option<&'a mut TierCounts> {
    let tier = side.tier.filter(|_| side.approves)?;
    if !tiers.contains_key(tier) {
        tiers.insert(tier.to_owned(), TierCounts::default());
    }
    let counts = tiers.get_mut(tier)?;
    if let Some(amount) = side.amount {
        counts.offered.add(amount);
    }
    Some(counts)
}

impl TierCounts {
    /// What its offers may be expected to earn, in minor units.
    fn expected(&self) -> Option<Sum> {
        let profit = self.loans.interest.minor_above(self.loans.loss);
        let expected = self.offered.in_proportion(profit, self.loans.funded);
        expected.map(Sum::of_minor)
    }
}

fn tiers(counted: BTreeMap<String, TierCounts>, currency: Currency) -> Vec<TierLoans> {
    let none = Sum::default();
    let tiers = counted.into_iter().map(|(tier, counts)| TierLoans {
        tier,
        offered: counts.offered.total(currency),
        bad: counts.loans.counted.share(),
        funded: counts.loans.funded.total(currency),
        profit: counts.loans.interest.above(counts.loans.loss, currency),
        expected: counts.expected().map(|sum| sum.above(none, currency)),
    });
    tiers.collect()
}

/// What all offers may be expected to earn.
fn expected(tiers: &BTreeMap<String, TierCounts>, currency: Currency) -> ExpectedProfit {
    let (mut profit, mut offered, mut not_known) = (Sum::default(), Sum::default(), Sum::default());
    for counts in tiers.values() {
        match counts.expected() {
            Some(of_tier) => {
                profit.merge(of_tier);
                offered.merge(counts.offered);
            }
            None => not_known.merge(counts.offered),
        }
    }
    ExpectedProfit {
        profit: profit.above(Sum::default(), currency),
        offered: offered.total(currency),
        not_known: not_known.total(currency),
    }
}

fn swap_sets(counted: &BTreeMap<(bool, bool), SwapCounts>, currency: Currency) -> Vec<SwapSet> {
    let all = [(true, true), (true, false), (false, true), (false, false)];
    let sets = all.map(|both| {
        let swap = counted.get(&both).copied().unwrap_or_default();
        let loans = swap.loans;
        SwapSet {
            live_approves: both.0,
            candidate_approves: both.1,
            decisions: swap.decisions,
            bad: loans.counted.share(),
            funded: loans.funded.total(currency),
            interest: loans.interest.total(currency).total,
            loss: loans.loss.total(currency).total,
            profit: loans.interest.above(loans.loss, currency),
        }
    });
    sets.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    const USD: Currency = Currency::USD;

    fn amount(minor: i64) -> Sum {
        let mut sum = Sum::default();
        sum.add(Money::new(minor, USD));
        sum
    }

    fn side(tier: &'static str, minor: i64) -> SideOf<'static> {
        SideOf {
            approves: true,
            tier: Some(tier),
            amount: Some(Money::new(minor, USD)),
            score: None,
        }
    }

    const NOBODY: SideOf<'static> = SideOf {
        approves: false,
        tier: None,
        amount: None,
        score: None,
    };

    /// In tier `a` two known loans of 1,000.00 together earned 90.01 and lost 40.00; in `b` none is known.
    #[test]
    fn what_is_offered_in_a_tier_is_expected_to_do_as_its_known_loans_have() {
        let known = |standing, funded, interest, loss| Loan {
            standing,
            funded: amount(funded),
            interest: amount(interest),
            loss: amount(loss),
        };
        let good = known(Standing::Good, 60_000, 9_001, 0);
        let bad = known(Standing::Bad, 40_000, 0, 4_000);
        let young = known(Standing::TooYoung, 50_000, 700, 0);
        let mut counts = LoanCounts::default();
        counts.add(Some(good), side("a", 60_000), side("a", 30_000));
        counts.add(Some(bad), side("a", 40_000), NOBODY);
        counts.add(Some(young), side("a", 50_000), side("b", 50_000));
        counts.add(None, NOBODY, side("a", 12_345));
        let mut apart = LoanCounts::default();
        apart.merge(counts);
        let live = expected(&apart.live_tiers, USD);
        // 1,500.00 times 50.01 over 1,000.00 is 75.015.
        assert_eq!(live.profit.to_string(), "75.02");
        assert_eq!(live.offered.total.to_string(), "1500.00");
        assert_eq!(live.not_known.count, 0);
        // 423.45 times 90.01 over 600.00 is 63.5245...; the candidate shares the good loan alone.
        let candidate = expected(&apart.candidate_tiers, USD);
        assert_eq!(candidate.profit.to_string(), "63.52");
        assert_eq!(candidate.offered.total.to_string(), "423.45");
        assert_eq!(candidate.not_known.total.to_string(), "500.00");
        let tiers = tiers(apart.candidate_tiers, USD);
        let told = tiers
            .iter()
            .map(|one| (one.tier.as_str(), one.expected.is_some()));
        assert_eq!(told.collect::<Vec<_>>(), [("a", true), ("b", false)]);
    }

    #[test]
    fn losses_are_rounded_as_earnings_are() {
        let sum = amount(1_500).in_proportion(-5_001, amount(100_000));
        assert_eq!(sum, Some(-75));
        let half = amount(1_000).in_proportion(-5, amount(10_000));
        assert_eq!(half, Some(-1));
        assert_eq!(amount(1_000).in_proportion(5, Sum::default()), None);
    }
}
