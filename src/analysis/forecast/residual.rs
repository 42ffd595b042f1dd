//! What is spent and comes in from day to day, beside all schedules.
//!
//! It is drawn in blocks of days as they were, from days at the like time of a pay cycle: who was
//! paid spends more, and a weekend is a weekend.

use super::book::{Book, narrow};

/// Days of one block. A judgement: what hangs together from one day to the next (a weekend, a
/// journey) stays so, and half a year still has enough of them.
pub(super) const BLOCK_DAYS: usize = 5;
/// Fewer days to draw from are too few: then from all of them.
const CHOICES_MIN: usize = 8;
/// The last days are drawn twice as often as those before: life changes. A judgement.
const RECENT_DAYS: usize = 60;
/// The parts of a pay cycle begin so many days after pay.
const PARTS: [i64; 4] = [1, 3, 7, 15];

/// What went out and came in on one day, in minor units; not negative.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Day {
    pub(super) debits: i64,
    pub(super) credits: i64,
}

/// The days of the history.
pub(super) struct Residual {
    pub(super) days: Vec<Day>,
    /// In which part of a pay cycle each is.
    parts: Vec<usize>,
}

impl Residual {
    /// What no flow explains.
    pub(super) fn new(book: &Book<'_>, taken: &[bool], paydays: &[i64]) -> Self {
        let count = book.days();
        let last = i64::try_from(count).unwrap_or(i64::MAX).saturating_sub(1);
        let mut sums = vec![(0_i128, 0_i128); count];
        for (entry, taken) in book.entries.iter().zip(taken) {
            if *taken {
                continue;
            }
            let at = usize::try_from(book.day(entry.posted).saturating_add(last));
            if let Some((debits, credits)) = at.ok().and_then(|at| sums.get_mut(at)) {
                let amount = i128::from(entry.amount);
                if amount < 0 {
                    *debits -= amount;
                } else {
                    *credits += amount;
                }
            }
        }
        let days = sums.into_iter().map(|(debits, credits)| Day {
            debits: narrow(debits),
            credits: narrow(credits),
        });
        Self {
            days: days.collect(),
            parts: (-last..=0).map(|day| part(day, paydays)).collect(),
        }
    }

    /// The days at which a block may begin that is to stand on `day`, counted from the last of the
    /// history.
    pub(super) fn choices(&self, day: i64, paydays: &[i64]) -> Vec<usize> {
        let own = part(day, paydays);
        // A block ends within the history, where that is long enough.
        let starts = self.days.len().saturating_sub(BLOCK_DAYS - 1).max(1);
        let last = i64::try_from(self.days.len()).unwrap_or(0) - 1;
        let alike = |weekday: bool| -> Vec<usize> {
            let days = self.parts.iter().take(starts).enumerate();
            days.filter(|(at, part)| {
                let back = i64::try_from(*at).unwrap_or(0) - last;
                **part == own && (!weekday || (day - back).rem_euclid(7) == 0)
            })
            .map(|(at, _)| at)
            .collect()
        };
        let with_recent = |mut found: Vec<usize>| -> Vec<usize> {
            let since = self.days.len().saturating_sub(RECENT_DAYS);
            let recent: Vec<usize> = found.iter().copied().filter(|at| *at >= since).collect();
            found.extend(recent);
            found
        };
        for weekday in [true, false] {
            let found = alike(weekday);
            if found.len() >= CHOICES_MIN {
                return with_recent(found);
            }
        }
        with_recent((0..starts).collect())
    }
}

/// The part of the pay cycle that a day is in.
fn part(day: i64, paydays: &[i64]) -> usize {
    // INVARIANT: paydays are in order.
    let after = paydays.partition_point(|payday| *payday <= day);
    let Some(payday) = after.checked_sub(1).and_then(|at| paydays.get(at)) else {
        return PARTS.len();
    };
    let since = day.saturating_sub(*payday);
    PARTS.partition_point(|begins| *begins <= since)
}
