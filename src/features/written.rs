//! How values are written in records: as an analyst would write them in a rule, so that a record
//! can be read without this program, and briefly, so that it stays small.
//!
//! A count is a JSON number and a truth a JSON truth; an amount is `"1500.00 usd"`, days are
//! `"30 days"`, a percentage is `"36%"`, a ratio `"0.36"`, a date `"2026-08-22"`; a text is
//! `{"text":"biweekly"}`, and what is not there `{"missing":"no_permission"}`. Each type can be told
//! from the others, and equal values have equal bytes.

use std::fmt;

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::de::{Error, IgnoredAny, MapAccess, SeqAccess, Unexpected, Visitor};
use serde::ser::{SerializeMap, SerializeTuple};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Slot;
use super::value::{Missing, Value};
use crate::money::{Currency, Money};
use crate::snapshot::Rows;

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Count(count) => to.serialize_i64(*count),
            Self::Bool(truth) => to.serialize_bool(*truth),
            Self::Text(text) => {
                let mut map = to.serialize_map(Some(1))?;
                map.serialize_entry("text", text)?;
                map.end()
            }
            Self::Money(_) | Self::Days(_) | Self::Ratio(_) | Self::Percent(_) | Self::Date(_) => {
                to.collect_str(self)
            }
        }
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        match from.deserialize_any(ObservedVisitor)? {
            Ok(value) => Ok(value),
            Err(missing) => Err(D::Error::custom(format!("a value is missing: {missing}"))),
        }
    }
}

/// A value as it is written, or `None` where it is not.
fn parse(text: &str) -> Option<Value> {
    let whole = |digits: &str| digits.parse::<i64>().ok();
    if let Some(percent) = text.strip_suffix('%') {
        return Some(Value::percent(Decimal::from_str_exact(percent).ok()?));
    }
    if let Some(days) = text.strip_suffix(" days").or(text.strip_suffix(" day")) {
        return whole(days).map(Value::Days);
    }
    if let Some((amount, currency)) = text.split_once(' ') {
        let currency: Currency = currency.parse().ok()?;
        let amount = Decimal::from_str_exact(amount).ok()?;
        return Money::from_decimal(amount, currency).ok().map(Value::Money);
    }
    // To find out that a ratio is no date takes longer than all else here; a sign stands first.
    if text.get(1..).is_some_and(|rest| rest.contains('-')) {
        let date = NaiveDate::parse_from_str(text, "%Y-%m-%d");
        return date.ok().map(Value::Date);
    }
    Some(Value::ratio(Decimal::from_str_exact(text).ok()?))
}

struct ObservedVisitor;

impl<'de> Visitor<'de> for ObservedVisitor {
    type Value = Result<Value, Missing>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value, or why there is none")
    }

    fn visit_bool<E: Error>(self, truth: bool) -> Result<Self::Value, E> {
        Ok(Ok(Value::Bool(truth)))
    }

    fn visit_i64<E: Error>(self, count: i64) -> Result<Self::Value, E> {
        Ok(Ok(Value::Count(count)))
    }

    fn visit_u64<E: Error>(self, count: u64) -> Result<Self::Value, E> {
        let whole = i64::try_from(count);
        let whole = whole.map_err(|_| E::invalid_value(Unexpected::Unsigned(count), &self))?;
        Ok(Ok(Value::Count(whole)))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        // What it says is not repeated: it may be about a person.
        let value = parse(text).ok_or_else(|| E::custom("a text that is no value"))?;
        Ok(Ok(value))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let found = match map.next_key::<&str>()? {
            Some("text") => Ok(Value::Text(map.next_value()?)),
            Some("missing") => Err(map.next_value()?),
            Some(_) | None => return Err(A::Error::custom("neither `text` nor `missing`")),
        };
        match map.next_key::<&str>()? {
            None => Ok(found),
            Some(_) => Err(A::Error::custom("more than one key")),
        }
    }
}

/// A value or why there is none, as it is written; for `#[serde(with)]`.
pub mod observed {
    use super::{
        Deserializer, Missing, ObservedVisitor, Serialize, SerializeMap, Serializer, Value,
    };

    /// Writes it.
    pub fn serialize<S: Serializer, T: Serialize>(
        observed: &Result<T, Missing>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        match observed {
            Ok(value) => value.serialize(to),
            Err(missing) => {
                let mut map = to.serialize_map(Some(1))?;
                map.serialize_entry("missing", missing)?;
                map.end()
            }
        }
    }

    /// Reads it.
    pub fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Result<Value, Missing>, D::Error> {
        from.deserialize_any(ObservedVisitor)
    }
}

/// A value or why there is none, written as [`observed`] does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
struct Observed(#[serde(with = "observed")] Result<Value, Missing>);

/// The same, borrowed.
struct Borrowed<'a>(&'a Result<Value, Missing>);

impl Serialize for Borrowed<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        observed::serialize(self.0, to)
    }
}

/// Several of them; for `#[serde(with)]`.
pub mod observed_list {
    use super::{Borrowed, Deserialize, Deserializer, Missing, Observed, Serializer, Value};

    /// Writes them.
    pub fn serialize<S: Serializer>(
        list: &[Result<Value, Missing>],
        to: S,
    ) -> Result<S::Ok, S::Error> {
        to.collect_seq(list.iter().map(Borrowed))
    }

    /// Reads them.
    pub fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Vec<Result<Value, Missing>>, D::Error> {
        let list = Vec::<Observed>::deserialize(from)?;
        Ok(list.into_iter().map(|Observed(item)| item).collect())
    }
}

/// One that may not have been looked at; for `#[serde(with)]`.
pub mod observed_option {
    use super::{Deserialize, Deserializer, Missing, Observed, Serializer, Value, observed};

    /// Writes it.
    pub fn serialize<S: Serializer>(
        option: &Option<Result<Value, Missing>>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        match option {
            Some(item) => observed::serialize(item, to),
            None => to.serialize_none(),
        }
    }

    /// Reads it.
    pub fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Option<Result<Value, Missing>>, D::Error> {
        let option = Option::<Observed>::deserialize(from)?;
        Ok(option.map(|Observed(item)| item))
    }
}

/// Points, or why there are none; for `#[serde(with)]`.
pub mod observed_points {
    use super::{Deserializer, Error, Missing, ObservedVisitor, Serializer, Value, observed};

    /// Writes them.
    pub fn serialize<S: Serializer>(
        points: &Result<i64, Missing>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        observed::serialize(points, to)
    }

    /// Reads them.
    pub fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Result<i64, Missing>, D::Error> {
        match from.deserialize_any(ObservedVisitor)? {
            Ok(Value::Count(points)) => Ok(Ok(points)),
            Ok(_) => Err(D::Error::custom("points are a whole number")),
            Err(missing) => Ok(Err(missing)),
        }
    }
}

impl Serialize for Slot {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        if self.evidence.is_empty() {
            return observed::serialize(&self.value, to);
        }
        let mut pair = to.serialize_tuple(2)?;
        pair.serialize_element(&Borrowed(&self.value))?;
        pair.serialize_element(&self.evidence)?;
        pair.end()
    }
}

impl<'de> Deserialize<'de> for Slot {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(SlotVisitor { rows: Read::Taken })
    }
}

/// What becomes of the rows that a value rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Read {
    Taken,
    PassedOver,
}

struct SlotVisitor {
    rows: Read,
}

impl<'de> Visitor<'de> for SlotVisitor {
    type Value = Slot;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value, alone or with its rows")
    }

    fn visit_bool<E: Error>(self, truth: bool) -> Result<Slot, E> {
        ObservedVisitor.visit_bool(truth).map(without_rows)
    }

    fn visit_i64<E: Error>(self, count: i64) -> Result<Slot, E> {
        ObservedVisitor.visit_i64(count).map(without_rows)
    }

    fn visit_u64<E: Error>(self, count: u64) -> Result<Slot, E> {
        ObservedVisitor.visit_u64(count).map(without_rows)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Slot, E> {
        ObservedVisitor.visit_str(text).map(without_rows)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Slot, A::Error> {
        ObservedVisitor.visit_map(map).map(without_rows)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Slot, A::Error> {
        let value = seq.next_element::<Observed>()?;
        let evidence = match self.rows {
            Read::Taken => seq.next_element::<Rows>()?,
            Read::PassedOver => seq.next_element::<IgnoredAny>()?.map(|_| Rows::none()),
        };
        match (value, evidence, seq.next_element::<IgnoredAny>()?) {
            // One value has one form: no rows are not written.
            (Some(Observed(value)), Some(evidence), None)
                if self.rows == Read::PassedOver || !evidence.is_empty() =>
            {
                Ok(Slot { value, evidence })
            }
            _ => Err(A::Error::custom("a value with rows has two parts")),
        }
    }
}

/// A value whose rows are passed over.
pub(super) struct Bare(pub(super) Slot);

impl<'de> Deserialize<'de> for Bare {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(SlotVisitor {
            rows: Read::PassedOver,
        })
        .map(Self)
    }
}

fn without_rows(value: Result<Value, Missing>) -> Slot {
    Slot {
        value,
        evidence: Rows::none(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn written(observed: &Result<Value, Missing>) -> String {
        serde_json::to_string(&Observed(observed.clone())).unwrap()
    }

    fn read(text: &str) -> Result<Result<Value, Missing>, serde_json::Error> {
        serde_json::from_str::<Observed>(text).map(|Observed(item)| item)
    }

    #[test]
    fn values_are_written_as_in_a_rule() {
        let usd = Value::Money(Money::new(-150_000, Currency::USD));
        let cases = [
            (Ok(usd), "\"-1500.00 usd\""),
            (Ok(Value::Count(3)), "3"),
            (Ok(Value::Days(1)), "\"1 day\""),
            (Ok(Value::Days(-30)), "\"-30 days\""),
            (Ok(Value::ratio(Decimal::new(36, 2))), "\"0.36\""),
            (Ok(Value::ratio(Decimal::from(3))), "\"3\""),
            (Ok(Value::percent(Decimal::from(36))), "\"36%\""),
            (
                Ok(Value::Date(NaiveDate::from_ymd_opt(2026, 8, 22).unwrap())),
                "\"2026-08-22\"",
            ),
            (
                Ok(Value::Text("3 days".to_owned())),
                "{\"text\":\"3 days\"}",
            ),
            (Ok(Value::Bool(true)), "true"),
            (Err(Missing::NoBasis), "{\"missing\":\"no_basis\"}"),
        ];
        for (observed, text) in cases {
            assert_eq!(written(&observed), text);
            assert_eq!(read(text).unwrap(), observed, "{text}");
        }
    }

    #[test]
    fn what_is_no_value_is_refused() {
        for text in [
            "null",
            "1.5",
            "\"\"",
            "\"a b\"",
            "{}",
            "{\"text\":\"a\",\"missing\":\"overflow\"}",
        ] {
            assert!(read(text).is_err(), "{text}");
        }
    }

    fn values() -> impl Strategy<Value = Value> {
        let currency = prop_oneof![Just(Currency::USD), Just("JPY".parse().unwrap())];
        prop_oneof![
            (any::<i64>(), currency)
                .prop_map(|(minor, code)| Value::Money(Money::new(minor, code))),
            any::<i64>().prop_map(Value::Count),
            any::<i64>().prop_map(Value::Days),
            any::<i64>().prop_map(|units| Value::ratio(Decimal::new(units, 6))),
            any::<i64>().prop_map(|units| Value::percent(Decimal::new(units, 4))),
            (-700_000..2_900_000i32)
                .prop_filter_map("a date", NaiveDate::from_num_days_from_ce_opt)
                .prop_map(Value::Date),
            ".{0,12}".prop_map(Value::Text),
            any::<bool>().prop_map(Value::Bool),
        ]
    }

    proptest! {
        #[test]
        fn every_value_comes_back(value in values()) {
            let observed = Ok(value);
            let text = written(&observed);
            prop_assert_eq!(read(&text).unwrap(), observed, "{}", text);
        }
    }
}
