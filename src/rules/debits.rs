//! The debits that stand in the place of one that is not made as asked for.

use chrono::{Days, NaiveDate};
use serde::{Deserialize, Serialize};

use super::foresight::as_value;
use crate::calendar::business_day_on_or_after;
use crate::limits;
use crate::money::Money;

/// A debit to be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedDebit {
    /// The day on which it is to be settled, on which banks settle.
    pub date: NaiveDate,
    /// How much.
    #[serde(with = "as_value")]
    pub amount: Money,
}

/// When an amount is debited, and in how many parts.
#[derive(Debug, Clone, Copy)]
pub(super) struct Parts {
    pub(super) first: NaiveDate,
    pub(super) count: u32,
    /// Days between them; of one part none.
    pub(super) every: i64,
}

/// An amount in equal parts, each rounded up to the minor unit, of which the last settles the rest; fewer
/// than were asked for where the others settle it sooner. A day on which banks do not settle stands for
/// the next one.
///
/// `None` where the first would not come after `today`, where the days between parts are fewer or more
/// than they may be, and where a day is none that a calendar has.
pub(super) fn planned(amount: Money, parts: Parts, today: NaiveDate) -> Option<Vec<PlannedDebit>> {
    let several = parts.count > 1;
    if several && !limits::RETRY_EVERY_DAYS.contains(&parts.every) {
        return None;
    }
    let every = u64::try_from(parts.every).ok()?;
    let count = i64::from(parts.count.max(1));
    let part = amount.minor().checked_add(count - 1)?.checked_div(count)?;
    let mut left = amount.minor();
    let mut debits = Vec::new();
    for index in 0..u64::from(parts.count) {
        let own = part.min(left);
        if own <= 0 {
            break;
        }
        let later = Days::new(every.checked_mul(index)?);
        debits.push(PlannedDebit {
            date: business_day_on_or_after(parts.first.checked_add_days(later)?),
            amount: Money::new(own, amount.currency()),
        });
        left -= own;
    }
    let first = debits.first()?;
    (first.date > today).then_some(debits)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::money::Currency;

    fn on(day: &str) -> NaiveDate {
        day.parse().unwrap()
    }

    /// The debits of an amount from 2026-10-15 on, as text.
    fn in_parts(minor: i64, first: &str, count: u32, every: i64) -> Option<Vec<String>> {
        let parts = Parts {
            first: on(first),
            count,
            every,
        };
        let planned = planned(Money::new(minor, Currency::USD), parts, on("2026-10-15"))?;
        let shown = planned
            .iter()
            .map(|one| format!("{} {}", one.date, one.amount));
        Some(shown.collect())
    }

    #[test]
    fn a_day_on_which_banks_do_not_settle_stands_for_the_next() {
        let plan = in_parts(30_000, "2026-10-17", 1, 0).unwrap();
        assert_eq!(plan, ["2026-10-19 300.00 USD"]);
    }

    #[test]
    fn the_last_part_settles_the_rest() {
        let plan = in_parts(10_000, "2026-10-16", 3, 14).unwrap();
        let expected = [
            "2026-10-16 33.34 USD",
            "2026-10-30 33.34 USD",
            "2026-11-13 33.32 USD",
        ];
        assert_eq!(plan, expected);
    }

    #[test]
    fn there_is_no_debit_of_nothing() {
        assert_eq!(in_parts(2, "2026-10-16", 3, 7).unwrap().len(), 2);
    }

    #[test]
    fn no_debit_comes_before_tomorrow() {
        assert_eq!(in_parts(100, "2026-10-15", 1, 0), None);
        assert!(in_parts(100, "2026-10-16", 1, 0).is_some());
    }

    #[test]
    fn parts_are_at_least_a_week_and_at_most_a_year_apart() {
        for (every, is_planned) in [
            (6, false),
            (7, true),
            (366, true),
            (367, false),
            (-7, false),
        ] {
            let plan = in_parts(100, "2026-10-16", 2, every);
            assert_eq!(plan.is_some(), is_planned, "{every}");
        }
    }

    #[test]
    fn a_day_that_no_calendar_has_is_none() {
        let last = NaiveDate::MAX.to_string();
        assert_eq!(in_parts(100, &last, 2, 7), None);
    }
}
