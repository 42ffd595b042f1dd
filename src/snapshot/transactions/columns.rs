//! Transactions as they are stored: columns. What is alike lies side by side, which compresses well
//! and reads fast. Whole numbers are written in groups of seven bits, the lowest first (LEB128);
//! signed ones are folded first, so that small ones stay short (zigzag).

use chrono::{DateTime, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser};

use super::{Distinct, Row, Span, Transactions};
use crate::id::TransactionId;
use crate::limits;
use crate::money::Currency;
use crate::snapshot::TransactionStatus;

/// What is stored.
#[derive(Serialize, Deserialize)]
struct Columns<'a> {
    count: u32,
    ids: &'a str,
    id_lengths: &'a [u8],
    descriptions: &'a str,
    description_lengths: &'a [u8],
    amounts: &'a [u8],
    currencies: Vec<Currency>,
    /// Positions in `currencies`.
    currency_of: &'a [u8],
    statuses: Vec<TransactionStatus>,
    /// Positions in `statuses`.
    status_of: &'a [u8],
    /// Seconds after the one before, the first after 1970.
    transacted: &'a [u8],
    /// 0 for never; otherwise one more than the folded seconds after it was made.
    posted: &'a [u8],
    /// The same.
    void: &'a [u8],
}

impl Serialize for Transactions {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut lengths: [Vec<u8>; 2] = Default::default();
        let [amounts, currency_of, status_of, transacted, posted, void] =
            &mut <[Vec<u8>; 6]>::default();
        let mut currencies = Distinct::default();
        let mut before = 0;
        for row in &self.rows {
            let [ids, descriptions] = &mut lengths;
            write(ids, row.id.len());
            write(descriptions, row.description.len());
            write(amounts, fold(row.amount));
            let currency = currencies.position(row.currency);
            write(
                currency_of,
                u64::try_from(currency).map_err(ser::Error::custom)?,
            );
            write(status_of, u64::from(row.status));
            let made = row.transacted_at.timestamp();
            write(transacted, fold(made.wrapping_sub(before)));
            before = made;
            write(posted, later(made, row.posted_at));
            write(void, later(made, row.void_at));
        }
        let [id_lengths, description_lengths] = &lengths;
        let columns = Columns {
            count: u32::try_from(self.rows.len()).map_err(ser::Error::custom)?,
            ids: &self.ids,
            id_lengths,
            descriptions: &self.descriptions,
            description_lengths,
            amounts,
            currencies: currencies.values,
            currency_of,
            statuses: self.statuses.clone(),
            status_of,
            transacted,
            posted,
            void,
        };
        columns.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Transactions {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let columns = Columns::deserialize(deserializer)?;
        read(columns).ok_or_else(|| de::Error::custom("columns that do not fit each other"))
    }
}

/// The rows that columns say; `None` where a column ends too early or too late, or says what
/// cannot be.
fn read(mut columns: Columns<'_>) -> Option<Transactions> {
    let count = usize::try_from(columns.count).ok()?;
    if count > limits::TRANSACTIONS_MAX || !TransactionId::are_allowed(columns.ids) {
        return None;
    }
    let mut rows: Vec<Row> = Vec::with_capacity(count.min(columns.amounts.len()));
    let (mut ids_end, mut descriptions_end) = (0, 0);
    let mut made = Second::default();
    for _ in 0..count {
        let id = next_span(&mut ids_end, &mut columns.id_lengths, columns.ids)?;
        if !TransactionId::is_formed(id.of(columns.ids)) {
            return None;
        }
        let lengths = &mut columns.description_lengths;
        let description = next_span(&mut descriptions_end, lengths, columns.descriptions)?;
        let currency = usize::try_from(next(&mut columns.currency_of)?).ok()?;
        let status = u16::try_from(next(&mut columns.status_of)?).ok()?;
        columns.statuses.get(usize::from(status))?;
        let amount = unfold(next(&mut columns.amounts)?);
        made = made.after(unfold(next(&mut columns.transacted)?))?;
        rows.push(Row {
            id,
            description,
            amount,
            currency: *columns.currencies.get(currency)?,
            status,
            transacted_at: made.at,
            posted_at: made.later(next(&mut columns.posted)?)?,
            void_at: made.later(next(&mut columns.void)?)?,
        });
    }
    let numbers = [
        columns.id_lengths,
        columns.description_lengths,
        columns.amounts,
        columns.currency_of,
        columns.status_of,
        columns.transacted,
        columns.posted,
        columns.void,
    ];
    let ends = [
        (ids_end, columns.ids),
        (descriptions_end, columns.descriptions),
    ];
    let ended = numbers.into_iter().all(<[u8]>::is_empty)
        && ends
            .into_iter()
            .all(|(end, texts)| usize::try_from(end) == Ok(texts.len()));
    ended.then(|| Transactions {
        rows,
        ids: columns.ids.to_owned(),
        descriptions: columns.descriptions.to_owned(),
        statuses: columns.statuses,
    })
}

/// The text after the one before; `None` where it would end beyond all, or within a character.
fn next_span(end: &mut u32, lengths: &mut &[u8], texts: &str) -> Option<Span> {
    let start = *end;
    *end = start.checked_add(u32::try_from(next(lengths)?).ok()?)?;
    let span = Span { start, end: *end };
    texts
        .is_char_boundary(usize::try_from(*end).ok()?)
        .then_some(span)
}

/// A time in whole seconds: most rows are of the same as the one before, or posted when made.
#[derive(Clone, Copy, Default)]
struct Second {
    seconds: i64,
    at: DateTime<Utc>,
}

impl Second {
    fn after(self, seconds: i64) -> Option<Self> {
        if seconds == 0 {
            return Some(self);
        }
        let seconds = self.seconds.checked_add(seconds)?;
        let at = DateTime::from_timestamp(seconds, 0)?;
        Some(Self { seconds, at })
    }

    fn later(self, written: u64) -> Option<Option<DateTime<Utc>>> {
        match written.checked_sub(1) {
            None => Some(None),
            Some(folded) => self.after(unfold(folded)).map(|second| Some(second.at)),
        }
    }
}

fn later(made: i64, at: Option<DateTime<Utc>>) -> u64 {
    at.map_or(0, |at| {
        fold(at.timestamp().wrapping_sub(made)).saturating_add(1)
    })
}

/// 0, -1, 1, -2, ... as 0, 1, 2, 3, ...
fn fold(number: i64) -> u64 {
    ((number << 1) ^ (number >> 63)).cast_unsigned()
}

fn unfold(folded: u64) -> i64 {
    (folded >> 1).cast_signed() ^ (folded & 1).cast_signed().wrapping_neg()
}

fn write(column: &mut Vec<u8>, mut number: u64) {
    loop {
        let [low, ..] = number.to_le_bytes();
        number >>= 7;
        if number == 0 {
            column.push(low & 0x7f);
            return;
        }
        column.push(low | 0x80);
    }
}

/// The next number of a column; `None` at its end, and where it has more than 64 bits. Most numbers
/// have one byte.
#[inline]
fn next(column: &mut &[u8]) -> Option<u64> {
    match *column {
        [byte @ ..0x80, rest @ ..] => {
            *column = rest;
            Some(u64::from(*byte))
        }
        _ => next_long(column),
    }
}

fn next_long(column: &mut &[u8]) -> Option<u64> {
    let mut number = 0_u64;
    for shift in (0..u64::BITS).step_by(7) {
        let (byte, rest) = column.split_first()?;
        *column = rest;
        let bits = u64::from(byte & 0x7f);
        number |= bits << shift;
        if *byte < 0x80 {
            return (bits.leading_zeros() >= shift).then_some(number);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn numbers_come_back(numbers: Vec<i64>) {
            let mut column = Vec::new();
            numbers.iter().for_each(|number| write(&mut column, fold(*number)));
            let mut rest = column.as_slice();
            for number in numbers {
                prop_assert_eq!(next(&mut rest).map(unfold), Some(number));
            }
            prop_assert_eq!(next(&mut rest), None);
        }

        #[test]
        fn any_bytes_are_numbers_or_none(bytes: Vec<u8>) {
            let mut rest = bytes.as_slice();
            while next(&mut rest).is_some() {}
        }
    }

    fn columns<'a>() -> Columns<'a> {
        Columns {
            count: 2,
            ids: "fctxn_1fctxn_22",
            id_lengths: &[7, 8],
            descriptions: "éx",
            description_lengths: &[2, 1],
            amounts: &[1, 2],
            currencies: vec![Currency::USD],
            currency_of: &[0, 0],
            statuses: vec![TransactionStatus::Posted],
            status_of: &[0, 0],
            transacted: &[2, 2],
            posted: &[1, 0],
            void: &[0, 3],
        }
    }

    #[test]
    fn columns_say_rows() {
        let rows = read(columns()).unwrap();
        let last = rows.get(1).unwrap();
        assert_eq!(
            (rows.len(), last.id, last.description),
            (2, "fctxn_22", "x")
        );
        assert_eq!((rows.get(0).unwrap().amount, last.amount), (-1, 1));
        let seconds = |at: DateTime<Utc>| at.timestamp();
        assert_eq!(rows.get(0).unwrap().posted_at.map(seconds), Some(1));
        assert_eq!((seconds(last.transacted_at), last.posted_at), (2, None));
        assert_eq!(last.void_at.map(seconds), Some(3));
        assert_eq!(rows.to_vec().into_iter().collect::<Transactions>(), rows);
    }

    #[test]
    fn columns_that_do_not_fit_say_nothing() {
        type Spoil = fn(&mut Columns<'_>);
        let spoiled: [(&str, Spoil); 12] = [
            ("more rows than numbers", |c| c.count = 3),
            ("fewer rows than numbers", |c| c.count = 1),
            ("too many rows", |c| c.count = u32::MAX),
            ("within a character", |c| c.description_lengths = &[1, 2]),
            ("beyond the texts", |c| c.description_lengths = &[2, 2]),
            ("texts left over", |c| c.descriptions = "éxx"),
            ("no such currency", |c| c.currency_of = &[0, 1]),
            ("no such state", |c| c.status_of = &[0, 1]),
            ("another prefix", |c| c.ids = "fctxn_1fctxx_22"),
            ("no id", |c| c.ids = "fctxn_1fctxn_2 "),
            ("no time", |c| {
                c.transacted = &[2, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x40]
            }),
            ("a number without an end", |c| c.void = &[0, 0x80]),
        ];
        for (what, spoil) in spoiled {
            let mut columns = columns();
            spoil(&mut columns);
            assert!(read(columns).is_none(), "{what}");
        }
    }
}
