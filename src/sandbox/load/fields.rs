//! Takes the fields of one JSON object one by one, and says what is wrong with each.

use serde_json::{Map, Value};

use super::problems::{Location, Problems};
use crate::sandbox::wire::Amounts;

/// Unix seconds of the last second of the year 9999.
const LAST_SECOND: i64 = 253_402_300_799;

/// An object whose fields are being taken.
pub(super) struct Fields<'a> {
    object: Map<String, Value>,
    pub(super) place: Location,
    pub(super) problems: &'a mut Problems,
}

/// A field as it was written.
pub(super) enum Field {
    /// Not there.
    Absent,
    /// `null`.
    Null,
    /// Anything else.
    Is(Value),
}

impl<'a> Fields<'a> {
    pub(super) fn new(
        object: Map<String, Value>,
        place: Location,
        problems: &'a mut Problems,
    ) -> Self {
        Self {
            object,
            place,
            problems,
        }
    }

    /// The fields of an object inside this one.
    pub(super) fn inner(&mut self, name: &str, value: Value) -> Option<Fields<'_>> {
        let Value::Object(object) = value else {
            self.problem(name, "must be an object or null");
            return None;
        };
        Some(Fields::new(object, self.place.at(name), self.problems))
    }

    pub(super) fn problem(&mut self, name: &str, problem: &str) {
        self.problems.add(&self.place.at(name), problem);
    }

    pub(super) fn skip(&mut self, name: &str) {
        self.object.remove(name);
    }

    pub(super) fn take(&mut self, name: &str) -> Field {
        match self.object.remove(name) {
            None => Field::Absent,
            Some(Value::Null) => Field::Null,
            Some(value) => Field::Is(value),
        }
    }

    /// What has not been taken.
    pub(super) fn rest(&mut self) -> Map<String, Value> {
        std::mem::take(&mut self.object)
    }

    pub(super) fn text(&mut self, name: &str) -> Option<String> {
        match self.take(name) {
            Field::Absent | Field::Null => None,
            Field::Is(Value::String(text)) => Some(text),
            Field::Is(_) => {
                self.problem(name, "must be a string");
                None
            }
        }
    }

    pub(super) fn required_text(&mut self, name: &str) -> Option<String> {
        self.require(name);
        let text = self.text(name)?;
        if text.is_empty() {
            self.problem(name, "must not be empty");
        }
        Some(text)
    }

    pub(super) fn texts(&mut self, name: &str) -> Option<Vec<String>> {
        let items = match self.take(name) {
            Field::Absent | Field::Null => return None,
            Field::Is(Value::Array(items)) => items,
            Field::Is(_) => Vec::from([Value::Null]),
        };
        let read = |item: &Value| item.as_str().map(str::to_owned);
        let texts: Option<Vec<String>> = items.iter().map(read).collect();
        if texts.is_none() {
            self.problem(name, "must be an array of strings");
        }
        texts
    }

    pub(super) fn integer(&mut self, name: &str) -> Option<i64> {
        match self.take(name) {
            Field::Absent | Field::Null => None,
            Field::Is(value) => {
                let number = value.as_i64();
                if number.is_none() {
                    self.problem(name, "must be a whole number of at most 64 bits");
                }
                number
            }
        }
    }

    pub(super) fn required_integer(&mut self, name: &str) -> Option<i64> {
        self.require(name);
        self.integer(name)
    }

    pub(super) fn required_time(&mut self, name: &str) -> Option<i64> {
        self.require(name);
        self.time(name)
    }

    fn require(&mut self, name: &str) {
        if self.object.get(name).is_none_or(Value::is_null) {
            self.problem(name, "is required");
        }
    }

    /// Unix seconds.
    pub(super) fn time(&mut self, name: &str) -> Option<i64> {
        let at = self.integer(name)?;
        if !(0..=LAST_SECOND).contains(&at) {
            self.problem(name, "must be Unix seconds of the years 1970 to 9999");
        }
        Some(at)
    }

    pub(super) fn amounts(&mut self, name: &str) -> Option<Amounts> {
        let Field::Is(value) = self.take(name) else {
            return None;
        };
        let amounts: Option<Amounts> = value.as_object().and_then(|object| {
            let read =
                |(currency, amount): (&String, &Value)| Some((currency.clone(), amount.as_i64()?));
            object.iter().map(read).collect()
        });
        if amounts.is_none() {
            let shape = "must be an object of whole minor units by currency: {\"usd\": 1050}";
            self.problem(name, shape);
        }
        amounts
    }

    /// A sandbox has only test data.
    pub(super) fn not_live(&mut self) {
        match self.take("livemode") {
            Field::Absent | Field::Null | Field::Is(Value::Bool(false)) => {}
            Field::Is(_) => self.problem("livemode", "must be false: a sandbox is test mode"),
        }
    }
}
