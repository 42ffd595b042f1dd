//! Counts of one applicant, sums of many, and the figures that they come to. Shares are in
//! millionths: whole numbers are the same on every machine.

use serde::Serialize;

use crate::corpus::Random;

/// A share of one, in millionths.
pub type Millionths = u64;

/// Everything of a share.
pub(super) const WHOLE: Millionths = 1_000_000;
/// Times that applicants are drawn anew for an interval.
const RESAMPLES: usize = 200;
/// Of so many figures in order, the ends of the middle 95 % are these.
const MIDDLE: (usize, usize) = (5, 194);

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Count {
    IncomeHit,
    IncomeFalse,
    IncomeMissed,
    CadenceRight,
    CadenceOf,
    PaydayRight,
    PaydayOf,
    NetTold,
    NetOf,
    Covered,
    IntervalOf,
    EventHit,
    EventFalse,
    EventMissed,
    DayExact,
    DayTold,
    DayOf,
    OwedRight,
    OwedOf,
    DeniedWrong,
    DeniedOf,
    InventedWrong,
    InventedOf,
}

const COUNTS: usize = Count::InventedOf as usize + 1;

/// The counts of one applicant, or the sum over many.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Tally {
    counts: [u64; COUNTS],
    /// How far off what is told of monthly income is.
    net_errors: Vec<Millionths>,
}

impl Tally {
    pub(super) fn add(&mut self, count: Count, by: usize) {
        if let Some(cell) = self.counts.get_mut(count as usize) {
            *cell = cell.saturating_add(u64::try_from(by).unwrap_or(u64::MAX));
        }
    }

    /// One more case, and whether it was right.
    pub(super) fn case(&mut self, of: Count, right: Count, is_right: bool) {
        self.add(of, 1);
        self.add(right, usize::from(is_right));
    }

    pub(super) fn net_error(&mut self, error: Millionths) {
        self.net_errors.push(error);
    }

    pub(super) fn get(&self, count: Count) -> u64 {
        self.counts.get(count as usize).copied().unwrap_or(0)
    }

    fn sum<'a>(tallies: impl Iterator<Item = &'a Self>) -> Self {
        let mut sum = Self::default();
        for tally in tallies {
            for (cell, more) in sum.counts.iter_mut().zip(&tally.counts) {
                *cell = cell.saturating_add(*more);
            }
            sum.net_errors.extend(&tally.net_errors);
        }
        sum.net_errors.sort_unstable();
        sum
    }

    fn share(&self, part: Count, of: &[Count]) -> Option<Millionths> {
        let of: u64 = of.iter().map(|count| self.get(*count)).sum();
        share(self.get(part), of)
    }

    /// The value below which a share of the errors is, in percent.
    fn error_at(&self, percent: usize) -> Option<Millionths> {
        let at = self.net_errors.len().saturating_mul(percent) / 100;
        let last = self.net_errors.len().checked_sub(1)?;
        self.net_errors.get(at.min(last)).copied()
    }
}

pub(super) fn share(part: u64, of: u64) -> Option<Millionths> {
    part.saturating_mul(WHOLE).checked_div(of)
}

/// Twice the hits of twice the hits with everything that was wrong.
fn f1(hit: u64, wrong: u64) -> Option<Millionths> {
    let twice = hit.saturating_mul(2);
    share(twice, twice.saturating_add(wrong))
}

/// A figure of the report.
#[derive(Debug, Clone, Copy)]
pub struct Metric {
    /// Its name in JSON.
    pub name: &'static str,
    /// Its head in a table.
    pub head: &'static str,
    /// What it is.
    pub what: &'static str,
    /// Whether less is better.
    pub less_is_better: bool,
    value: fn(&Tally) -> Option<Millionths>,
}

const fn metric(
    name: &'static str,
    head: &'static str,
    what: &'static str,
    value: fn(&Tally) -> Option<Millionths>,
) -> Metric {
    Metric {
        name,
        head,
        what,
        less_is_better: false,
        value,
    }
}

const fn error(metric: Metric) -> Metric {
    Metric {
        less_is_better: true,
        ..metric
    }
}

/// Every figure, in the order of the report.
pub const METRICS: &[Metric] = &[
    metric("income_f1", "inc F1", "income deposits: F1", |tally| {
        f1(
            tally.get(Count::IncomeHit),
            tally
                .get(Count::IncomeFalse)
                .saturating_add(tally.get(Count::IncomeMissed)),
        )
    }),
    metric(
        "income_precision",
        "inc P",
        "of deposits told as income, those that are",
        |tally| tally.share(Count::IncomeHit, &[Count::IncomeHit, Count::IncomeFalse]),
    ),
    metric(
        "income_recall",
        "inc R",
        "of deposits that are income, those told",
        |tally| tally.share(Count::IncomeHit, &[Count::IncomeHit, Count::IncomeMissed]),
    ),
    metric(
        "cadence",
        "cadence",
        "streams of three pays or more with the right cadence",
        |tally| tally.share(Count::CadenceRight, &[Count::CadenceOf]),
    ),
    metric(
        "next_payday",
        "payday",
        "next paydays within one business day",
        |tally| tally.share(Count::PaydayRight, &[Count::PaydayOf]),
    ),
    metric(
        "net_told",
        "net told",
        "applicants of known income of whom an amount is told",
        |tally| tally.share(Count::NetTold, &[Count::NetOf]),
    ),
    error(metric(
        "net_error_median",
        "net med",
        "monthly net: median error",
        |tally| tally.error_at(50),
    )),
    error(metric(
        "net_error_p90",
        "net p90",
        "monthly net: 90th percentile of the error",
        |tally| tally.error_at(90),
    )),
    metric(
        "interval_coverage",
        "covered",
        "80 % intervals that hold the truth",
        |tally| tally.share(Count::Covered, &[Count::IntervalOf]),
    ),
    metric(
        "event_precision",
        "evt P",
        "of event-days told, those that are",
        |tally| tally.share(Count::EventHit, &[Count::EventHit, Count::EventFalse]),
    ),
    metric(
        "event_recall",
        "evt R",
        "of event-days, those told",
        |tally| tally.share(Count::EventHit, &[Count::EventHit, Count::EventMissed]),
    ),
    metric(
        "balances_exact",
        "bal",
        "of end-of-day balances told, those exact to the cent",
        |tally| tally.share(Count::DayExact, &[Count::DayTold]),
    ),
    metric(
        "balances_told",
        "bal told",
        "days whose balance is told",
        |tally| tally.share(Count::DayTold, &[Count::DayOf]),
    ),
    metric(
        "obligations",
        "owed",
        "applicants whose obligation is within 10 %",
        |tally| tally.share(Count::OwedRight, &[Count::OwedOf]),
    ),
    error(metric(
        "denied",
        "denied",
        "told to have no income, of those with some",
        |tally| tally.share(Count::DeniedWrong, &[Count::DeniedOf]),
    )),
    error(metric(
        "invented",
        "invented",
        "told to have income, of those with none",
        |tally| tally.share(Count::InventedWrong, &[Count::InventedOf]),
    )),
];

/// A figure and the interval in which it would be, with 95 % confidence, for other applicants of
/// the same kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Figure {
    /// The figure.
    pub value: Millionths,
    /// The lower end.
    pub low: Millionths,
    /// The upper end.
    pub high: Millionths,
}

/// All figures of some applicants in the order of [`METRICS`]; `None` where there was no case.
pub(super) fn figures(tallies: &[&Tally], seed: u64) -> Vec<Option<Figure>> {
    let whole = Tally::sum(tallies.iter().copied());
    let mut drawn: Vec<Vec<Millionths>> = METRICS.iter().map(|_| Vec::new()).collect();
    let mut random = Random::new(seed, 1);
    for _ in 0..RESAMPLES {
        let again = Tally::sum((0..tallies.len()).filter_map(|_| {
            let at = random.below(tallies.len());
            tallies.get(at).copied()
        }));
        for (metric, values) in METRICS.iter().zip(&mut drawn) {
            values.extend((metric.value)(&again));
        }
    }
    let ends = METRICS.iter().zip(drawn);
    ends.map(|(metric, mut values)| {
        values.sort_unstable();
        let value = (metric.value)(&whole)?;
        let at = |place: usize| {
            let place = place.saturating_mul(values.len()) / RESAMPLES;
            values.get(place).copied().unwrap_or(value)
        };
        Some(Figure {
            value,
            low: at(MIDDLE.0),
            high: at(MIDDLE.1),
        })
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(hit: usize, wrong: usize, error: u64) -> Tally {
        let mut tally = Tally::default();
        tally.add(Count::IncomeHit, hit);
        tally.add(Count::IncomeFalse, wrong);
        tally.net_error(error);
        tally
    }

    #[test]
    fn figures_are_of_all_and_lie_in_their_interval() {
        let all: Vec<Tally> = (0..40).map(|at| tally(9, at % 2, at as u64)).collect();
        let all: Vec<&Tally> = all.iter().collect();
        let found = figures(&all, 7);
        let f1 = found[0].unwrap();
        // 360 hits, 20 wrong.
        assert_eq!(f1.value, 720_000_000 / 740);
        assert!(f1.low < f1.value && f1.value < f1.high, "{f1:?}");
        assert_eq!(found, figures(&all, 7), "the same each time");
        let median = METRICS
            .iter()
            .position(|one| one.name == "net_error_median")
            .unwrap();
        assert_eq!(found[median].unwrap().value, 20);
        let cadence = METRICS
            .iter()
            .position(|one| one.name == "cadence")
            .unwrap();
        assert_eq!(found[cadence], None);
    }
}
