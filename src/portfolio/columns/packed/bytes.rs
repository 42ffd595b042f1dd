//! Numbers and texts one after the other.

use chrono::{Datelike, NaiveDate};
use rust_decimal::Decimal;

/// Writes them.
#[derive(Debug, Default)]
pub(super) struct Writer(Vec<u8>);

impl Writer {
    pub(super) fn raw(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    pub(super) fn byte(&mut self, byte: u8) {
        self.0.push(byte);
    }

    pub(super) fn flag(&mut self, truth: bool) {
        self.byte(u8::from(truth));
    }

    /// A number that is not negative, in as many bytes as it needs.
    pub(super) fn number(&mut self, mut number: u64) {
        loop {
            let [low, ..] = number.to_le_bytes();
            number >>= 7;
            if number == 0 {
                return self.byte(low & 0x7f);
            }
            self.byte(low | 0x80);
        }
    }

    /// A position or a count.
    pub(super) fn count(&mut self, count: usize) {
        // INVARIANT: no machine counts further.
        self.number(u64::try_from(count).unwrap_or(u64::MAX));
    }

    /// A number of either sign.
    pub(super) fn whole(&mut self, whole: i64) {
        let folded = whole.wrapping_shl(1) ^ whole.wrapping_shr(63);
        self.number(u64::from_le_bytes(folded.to_le_bytes()));
    }

    pub(super) fn text(&mut self, text: &str) {
        self.count(text.len());
        self.raw(text.as_bytes());
    }

    pub(super) fn date(&mut self, date: NaiveDate) {
        self.whole(i64::from(date.num_days_from_ce()));
    }

    pub(super) fn decimal(&mut self, decimal: Decimal) {
        self.raw(&decimal.serialize());
    }

    pub(super) fn option<T>(&mut self, found: Option<T>, write: impl FnOnce(&mut Self, T)) {
        self.flag(found.is_some());
        if let Some(found) = found {
            write(self, found);
        }
    }

    pub(super) fn finish(self) -> Vec<u8> {
        self.0
    }
}

/// Reads them; `None` where there is something else.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reader<'a>(pub(super) &'a [u8]);

impl<'a> Reader<'a> {
    pub(super) fn is_done(&self) -> bool {
        self.0.is_empty()
    }

    fn raw(&mut self, length: usize) -> Option<&'a [u8]> {
        let (read, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(read)
    }

    pub(super) fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    pub(super) fn flag(&mut self) -> Option<bool> {
        match self.byte()? {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        }
    }

    pub(super) fn number(&mut self) -> Option<u64> {
        let mut number = 0_u64;
        for place in 0..10 {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f).checked_shl(place * 7)?;
            if byte < 0x80 {
                return Some(number);
            }
        }
        None
    }

    pub(super) fn count(&mut self) -> Option<usize> {
        usize::try_from(self.number()?).ok()
    }

    pub(super) fn whole(&mut self) -> Option<i64> {
        let folded = i64::from_le_bytes(self.number()?.to_le_bytes());
        let half = folded.wrapping_shr(1) & i64::MAX;
        Some(half ^ (folded & 1).wrapping_neg())
    }

    /// Bytes after their length.
    pub(super) fn bytes(&mut self) -> Option<&'a [u8]> {
        let length = self.count()?;
        self.raw(length)
    }

    pub(super) fn text(&mut self) -> Option<&'a str> {
        std::str::from_utf8(self.bytes()?).ok()
    }

    pub(super) fn date(&mut self) -> Option<NaiveDate> {
        NaiveDate::from_num_days_from_ce_opt(i32::try_from(self.whole()?).ok()?)
    }

    pub(super) fn decimal(&mut self) -> Option<Decimal> {
        Some(Decimal::deserialize(self.raw(16)?.try_into().ok()?))
    }

    pub(super) fn option<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Option<T>,
    ) -> Option<Option<T>> {
        match self.flag()? {
            false => Some(None),
            true => read(self).map(Some),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_written_is_read(
            number in any::<u64>(),
            whole in any::<i64>(),
            text in ".{0,20}",
            units in any::<i64>(),
            scale in 0_u32..20,
            days in -700_000..2_900_000i32,
            option in any::<Option<bool>>(),
        ) {
            let (decimal, date) = (
                Decimal::new(units, scale),
                NaiveDate::from_num_days_from_ce_opt(days).unwrap(),
            );
            let mut writer = Writer::default();
            writer.number(number);
            writer.whole(whole);
            writer.text(&text);
            writer.decimal(decimal);
            writer.date(date);
            writer.option(option, Writer::flag);
            let bytes = writer.finish();
            let mut reader = Reader(&bytes);
            prop_assert_eq!(reader.number(), Some(number));
            prop_assert_eq!(reader.whole(), Some(whole));
            prop_assert_eq!(reader.text(), Some(text.as_str()));
            prop_assert_eq!(reader.decimal(), Some(decimal));
            prop_assert_eq!(reader.date(), Some(date));
            prop_assert_eq!(reader.option(Reader::flag), Some(option));
            prop_assert!(reader.is_done());
            prop_assert_eq!(reader.byte(), None);
        }

        #[test]
        fn hostile_bytes_are_read_without_panic(bytes in prop::collection::vec(any::<u8>(), 0..24)) {
            let mut reader = Reader(&bytes);
            while !reader.is_done() {
                let before = reader.0.len();
                let _ = reader.text();
                let _ = reader.whole();
                prop_assert!(reader.0.len() < before);
            }
        }
    }
}
