//! Functions of single values: dates by their calendar, texts by how they begin, lists, and random
//! shares.

use chrono::{Datelike, Months, NaiveDate};
use rust_decimal::Decimal;

use super::list::List;
use super::node::Applied;
use super::scalar::{Known, Scalar, WEEKDAYS, whole_of};
use crate::calendar::business_day_on_or_after;
use crate::features::Missing;

/// What such a function may look at beyond its arguments.
#[derive(Debug, Clone, Copy)]
pub(super) struct Outside<'a> {
    /// The lists of the rule file.
    pub(super) lists: &'a [List],
    /// The salt by which the rule set draws shares, where it has one.
    pub(super) salt: Option<&'a str>,
    /// Whom the application is of: the id of the main applicant, where there is an application.
    pub(super) person: Option<&'a str>,
}

impl Outside<'_> {
    /// Nothing: for what is computed before there is an application.
    pub(super) const NOTHING: Self = Self {
        lists: &[],
        salt: None,
        person: None,
    };
}

/// Applies a function. `None` where its arguments are of other types, which checked rules never make.
pub(super) fn apply<'a>(
    function: Applied,
    arguments: &[Scalar<'a>],
    outside: Outside<'a>,
) -> Option<Known<'a>> {
    use Scalar::{Bool, Count, Date, Percent, Text};
    Some(match (function, arguments) {
        (Applied::AddMonths, &[Date(date), Count(months)]) => shift(date, months),
        (Applied::SubtractMonths, &[Date(date), Count(months)]) => {
            let months = months.checked_neg().ok_or(Missing::Overflow);
            months.and_then(|months| shift(date, months))
        }
        (Applied::Weekday, &[Date(date)]) => {
            let day = usize::try_from(date.weekday().num_days_from_monday());
            let word = day.ok().and_then(|day| WEEKDAYS.get(day));
            word.map(|word| Text(word)).ok_or(Missing::NoBasis)
        }
        (Applied::Day, &[Date(date)]) => Ok(Count(i64::from(date.day()))),
        (Applied::BusinessDay, &[Date(date)]) => Ok(Date(business_day_on_or_after(date))),
        (Applied::StartsWith, &[Text(text), Text(start)]) => Ok(Bool(text.starts_with(start))),
        (Applied::Listed { list, negated }, &[value]) => {
            let list = outside.lists.get(list)?;
            Ok(Bool(list.holds(value)? != negated))
        }
        (Applied::Share, &[Text(name), share @ Percent(_)]) => {
            let drawn = outside.salt.zip(outside.person);
            let drawn = drawn.ok_or(Missing::NotProvided);
            drawn.map(|(salt, person)| Bool(is_in_share(salt, name, person, whole_of(share))))
        }
        (Applied::Share, &[Text(name), share @ Percent(_), Text(by)]) => {
            let salt = outside.salt.ok_or(Missing::NotProvided);
            salt.map(|salt| Bool(is_in_share(salt, name, by, whole_of(share))))
        }
        (
            Applied::AddMonths
            | Applied::SubtractMonths
            | Applied::Weekday
            | Applied::Day
            | Applied::BusinessDay
            | Applied::StartsWith
            | Applied::Listed { .. }
            | Applied::Share,
            _,
        ) => return None,
    })
}

/// The same day so many months later, or before; the last day of that month where it has no such day.
fn shift<'a>(date: NaiveDate, months: i64) -> Known<'a> {
    let count = u32::try_from(months.unsigned_abs()).map_err(|_| Missing::Overflow)?;
    let shifted = if months < 0 {
        date.checked_sub_months(Months::new(count))
    } else {
        date.checked_add_months(Months::new(count))
    };
    shifted.map(Scalar::Date).ok_or(Missing::Overflow)
}

/// Whether somebody is in a share of so many millionths of a percent: always the same under one salt,
/// and independent of shares of other names.
fn is_in_share(salt: &str, name: &str, by: &str, millionths: Option<i64>) -> bool {
    /// All, in millionths of a percent.
    const ALL: u128 = 100_000_000;
    let key = blake3::derive_key("underwrite random share v1", salt.as_bytes());
    let mut hasher = blake3::Hasher::new_keyed(&key);
    // A NUL stands in no name of a share, so no two pairs give the same bytes.
    hasher.update(name.as_bytes());
    hasher.update(b"\0");
    hasher.update(by.as_bytes());
    let mut drawn = [0; 8];
    hasher.finalize_xof().fill(&mut drawn);
    let drawn = u128::from(u64::from_le_bytes(drawn));
    let share = millionths.and_then(|share| u128::try_from(share).ok());
    drawn * ALL < (share.unwrap_or(0).min(ALL)) << u64::BITS
}

/// The mean of so many values whose sum is known. `None` for what cannot be added.
pub(super) fn average(total: Scalar<'_>, count: i64) -> Option<Known<'_>> {
    use super::ast::ArithmeticOp::Divide;
    use rust_decimal::RoundingStrategy::MidpointAwayFromZero;
    use rust_decimal::prelude::ToPrimitive;
    match total {
        Scalar::Days(days) => {
            let mean = Decimal::from(days).checked_div(Decimal::from(count));
            let mean = mean.map(|mean| mean.round_dp_with_strategy(0, MidpointAwayFromZero));
            let mean = mean.and_then(|mean| mean.to_i64());
            Some(mean.map(Scalar::Days).ok_or(Missing::NoBasis))
        }
        Scalar::Money(_) | Scalar::Count(_) | Scalar::Ratio(_) | Scalar::Percent(_) => {
            super::scalar::arithmetic(Divide, total, Scalar::Count(count))
        }
        Scalar::Date(_) | Scalar::Text(_) | Scalar::Bool(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_as_large_as_it_says_and_nested() {
        let drawn = |share: i64| {
            let people = 0..20_000;
            let inside = people.filter(|person| {
                is_in_share("2026", "cell", &format!("person-{person}"), Some(share))
            });
            inside.collect::<Vec<i32>>()
        };
        let (five, ten) = (drawn(5_000_000), drawn(10_000_000));
        // Of 20,000 within four standard deviations.
        assert!((876..=1_124).contains(&five.len()), "{}", five.len());
        assert!((1_830..=2_170).contains(&ten.len()), "{}", ten.len());
        assert!(five.iter().all(|person| ten.contains(person)));
        assert_eq!(drawn(0).len(), 0);
        assert_eq!(drawn(100_000_000).len(), 20_000);
    }

    #[test]
    fn a_share_depends_on_salt_and_name() {
        let half = |salt: &str, name: &str| -> Vec<bool> {
            let people = 0..64;
            people
                .map(|person| is_in_share(salt, name, &person.to_string(), Some(50_000_000)))
                .collect()
        };
        assert_eq!(half("a", "cell"), half("a", "cell"));
        assert_ne!(half("a", "cell"), half("b", "cell"));
        assert_ne!(half("a", "cell"), half("a", "other"));
    }
}
