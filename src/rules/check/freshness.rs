//! Checks how fresh a rule set wants the bank data to be.

use std::ops::Range;
use std::time::Duration;

use super::Checker;
use crate::application::MaxAge;
use crate::limits;
use crate::rules::advice::{Advice, did_you_mean};
use crate::rules::diagnostic::{Code, SHOWN_CHARS_MAX};
use crate::rules::file::FreshnessEntry;
use crate::rules::toml_reader::Text;

/// The units of an age with their seconds, each in singular and plural.
const UNITS: [(&str, u64); 6] = [
    ("minutes", 60),
    ("minute", 60),
    ("hours", 60 * 60),
    ("hour", 60 * 60),
    ("days", 24 * 60 * 60),
    ("day", 24 * 60 * 60),
];

const SECONDS_OF_A_DAY: u64 = 24 * 60 * 60;

impl Checker<'_> {
    /// What the rule set says; what it leaves out, or was reported as wrong, is not said.
    pub(super) fn freshness(&mut self, entry: &FreshnessEntry) -> MaxAge {
        MaxAge {
            balances: self.age(entry.balances.as_ref()),
            ownership: self.age(entry.ownership.as_ref()),
            transactions: self.age(entry.transactions.as_ref()),
        }
    }

    fn age(&mut self, text: Option<&Text>) -> Option<Duration> {
        let text = text?;
        let wrong = match age(&text.value) {
            Ok(age) => return Some(age),
            Err(wrong) => wrong,
        };
        let (code, span, message, help) = match wrong {
            Wrong::Form => (
                Code::BadValue,
                text.span.clone(),
                format!("`{}` is not an age", shown(&text.value)),
                Advice::words("write a whole number and its unit, as in `24 hours`"),
            ),
            Wrong::NoUnit => (
                Code::UnitMissing,
                text.span.clone(),
                format!("`{}` is not an age: it has no unit", shown(&text.value)),
                {
                    let age = format!("{} hours", text.value.trim());
                    let words = format!("write `{age}`, or `minutes` or `days`");
                    Advice::words(words).in_place(&text.value, age)
                },
            ),
            Wrong::Unit(at) => {
                let unit = text.value.get(at.clone()).unwrap_or_default();
                let suggests = self.report.suggests();
                let near = suggests.then(|| did_you_mean(unit, UNITS.map(|(name, _)| name)));
                (
                    Code::BadValue,
                    text.at(&at),
                    format!("`{}` is not a unit of an age", shown(unit)),
                    near.flatten()
                        .unwrap_or_else(|| Advice::words("write `minutes`, `hours` or `days`")),
                )
            }
            Wrong::TooLong => (
                Code::OutOfRange,
                text.span.clone(),
                format!("`{}` is too long", shown(&text.value)),
                Advice::words(format!(
                    "an age is at most {} days",
                    limits::MAX_AGE_MAX.as_secs() / SECONDS_OF_A_DAY
                )),
            ),
        };
        self.report.error_with(code, &span, message, help);
        None
    }
}

/// A text of the file as a finding shows it.
fn shown(text: &str) -> String {
    let start: String = text.chars().take(SHOWN_CHARS_MAX).collect();
    start.escape_debug().to_string()
}

/// Why a text is no age.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Wrong {
    /// It is no whole number with a word.
    Form,
    /// It is a number only.
    NoUnit,
    /// The word, at this place of the text, is no unit.
    Unit(Range<usize>),
    /// It is above the limit.
    TooLong,
}

/// Reads `24 hours`.
fn age(text: &str) -> Result<Duration, Wrong> {
    let trimmed = text.trim();
    let end = trimmed.find(char::is_whitespace).unwrap_or(trimmed.len());
    let (number, unit) = trimmed.split_at(end);
    if number.is_empty() || !number.bytes().all(|digit| digit.is_ascii_digit()) {
        return Err(Wrong::Form);
    }
    let unit = unit.trim_start();
    if unit.is_empty() {
        return Err(Wrong::NoUnit);
    }
    let Some((_, seconds)) = UNITS.iter().find(|(name, _)| *name == unit) else {
        let end = text.trim_end().len();
        return Err(Wrong::Unit(end - unit.len()..end));
    };
    // Digits alone fail to be a number only where they are too many.
    let number: u64 = number.parse().map_err(|_| Wrong::TooLong)?;
    let seconds = number.checked_mul(*seconds).ok_or(Wrong::TooLong)?;
    Some(Duration::from_secs(seconds))
        .filter(|age| *age <= limits::MAX_AGE_MAX)
        .ok_or(Wrong::TooLong)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_age_is_a_whole_number_with_its_unit() {
        let minutes = |minutes: u64| Ok(Duration::from_secs(minutes * 60));
        assert_eq!(age("24 hours"), minutes(24 * 60));
        assert_eq!(age("1 hour"), minutes(60));
        assert_eq!(age("30 days"), minutes(30 * 24 * 60));
        assert_eq!(age(" 1\t day "), minutes(24 * 60));
        assert_eq!(age("90 minutes"), minutes(90));
        assert_eq!(age("1 minute"), minutes(1));
        assert_eq!(age("0 minutes"), minutes(0), "always anew");
        for form in [
            "", " ", "hours", "-1 days", "+1 days", "1.5 days", "24hours", "1_0 days",
        ] {
            assert_eq!(age(form), Err(Wrong::Form), "{form}");
        }
        assert_eq!(age(" 24 "), Err(Wrong::NoUnit));
        assert_eq!(age(" 2 weeks "), Err(Wrong::Unit(3..8)));
        assert_eq!(age("2 days ago"), Err(Wrong::Unit(2..10)));
        assert_eq!(age("2 Days"), Err(Wrong::Unit(2..6)));
        assert_eq!(age("٣ days"), Err(Wrong::Form), "digits of other scripts");
    }

    #[test]
    fn the_limit_holds_below_at_and_above() {
        let days = limits::MAX_AGE_MAX.as_secs() / SECONDS_OF_A_DAY;
        let read = |number: u64, unit: &str| age(&format!("{number} {unit}"));
        assert!(read(days - 1, "days").is_ok());
        assert_eq!(read(days, "days"), Ok(limits::MAX_AGE_MAX));
        assert_eq!(read(days + 1, "days"), Err(Wrong::TooLong));
        assert_eq!(read(days * 24 * 60, "minutes"), Ok(limits::MAX_AGE_MAX));
        assert_eq!(read(days * 24 * 60 + 1, "minutes"), Err(Wrong::TooLong));
        assert_eq!(read(u64::MAX, "days"), Err(Wrong::TooLong));
        let digits = "9".repeat(1_000);
        assert_eq!(age(&format!("{digits} minutes")), Err(Wrong::TooLong));
    }

    proptest! {
        #[test]
        fn what_is_written_is_what_is_read(
            number in prop_oneof![0_u64..1_000_000, any::<u64>()],
            (unit, seconds) in proptest::sample::select(UNITS.to_vec()),
        ) {
            let limit = u128::from(limits::MAX_AGE_MAX.as_secs());
            let wanted = u128::from(number) * u128::from(seconds);
            let read = age(&format!("{number} {unit}"));
            if wanted <= limit {
                prop_assert_eq!(u128::from(read.unwrap().as_secs()), wanted);
            } else {
                prop_assert_eq!(read, Err(Wrong::TooLong));
            }
        }

        #[test]
        fn any_text_is_an_age_or_has_a_place(text in "[0-9 \\t\u{2003}a-zé-]{0,20}") {
            if let Err(Wrong::Unit(at)) = age(&text) {
                let unit = text.get(at).unwrap();
                prop_assert!(!unit.is_empty() && unit.trim() == unit, "{:?}", unit);
            }
        }
    }
}
