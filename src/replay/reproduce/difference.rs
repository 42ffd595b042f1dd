//! Where two decision bodies differ, in words.

use std::collections::BTreeSet;
use std::fmt;

use serde_json::{Map, Value as Json};

use crate::limits;

/// Longest rendering of one side, in characters.
const SIDE_CHARS_MAX: usize = 200;

/// One place in which two bodies differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangedField {
    /// Where: `features[income.monthly_net].value`.
    pub path: String,
    /// What was recorded, or `absent`.
    pub recorded: String,
    /// What came out now, or `absent`.
    pub now: String,
}

impl fmt::Display for ChangedField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} -> {}", self.path, self.recorded, self.now)
    }
}

/// The first fields in which `old` and `new` differ, and how many there are.
pub(super) fn changed_fields(old: &Json, new: &Json) -> (Vec<ChangedField>, usize) {
    let mut found = Differences::default();
    found.compare("", Some(old), Some(new));
    (found.changed_fields, found.total)
}

#[derive(Default)]
struct Differences {
    changed_fields: Vec<ChangedField>,
    total: usize,
}

impl Differences {
    fn compare(&mut self, path: &str, old: Option<&Json>, new: Option<&Json>) {
        if old == new {
            return;
        }
        match (old, new) {
            (Some(Json::Object(old)), Some(Json::Object(new)))
                if value_of(old).is_none() || value_of(new).is_none() =>
            {
                self.compare_objects(path, old, new);
            }
            (Some(Json::Array(old)), Some(Json::Array(new))) => {
                self.compare_arrays(path, old, new);
            }
            _ => self.add(path, old, new),
        }
    }

    fn compare_objects(&mut self, path: &str, old: &Map<String, Json>, new: &Map<String, Json>) {
        let keys: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
        for key in keys {
            let inner = if path.is_empty() {
                key.clone()
            } else {
                format!("{path}.{key}")
            };
            self.compare(&inner, old.get(key), new.get(key));
        }
    }

    /// Matches elements by their names where all have one, else by their position.
    fn compare_arrays(&mut self, path: &str, old: &[Json], new: &[Json]) {
        let (Some(old_names), Some(new_names)) = (names(old), names(new)) else {
            for index in 0..old.len().max(new.len()) {
                self.compare(&format!("{path}[{index}]"), old.get(index), new.get(index));
            }
            return;
        };
        let before = self.total;
        for (name, old) in old_names.iter().zip(old) {
            let new = new_names.iter().zip(new).find(|(other, _)| *other == name);
            self.compare(
                &format!("{path}[{name}]"),
                Some(old),
                new.map(|(_, new)| new),
            );
        }
        for (name, new) in new_names.iter().zip(new) {
            if !old_names.contains(name) {
                self.compare(&format!("{path}[{name}]"), None, Some(new));
            }
        }
        if self.total == before {
            self.push(path, old_names.join(", "), new_names.join(", "));
        }
    }

    fn add(&mut self, path: &str, old: Option<&Json>, new: Option<&Json>) {
        self.push(path, render(old), render(new));
    }

    fn push(&mut self, path: &str, recorded: String, now: String) {
        self.total = self.total.saturating_add(1);
        if self.changed_fields.len() < limits::REPLAY_PLACES_MAX {
            self.changed_fields.push(ChangedField {
                path: path.to_owned(),
                recorded: cut(recorded),
                now: cut(now),
            });
        }
    }
}

/// The value of a feature, input or comparison, where an object is one: a text, or why it is
/// missing.
fn value_of(object: &Map<String, Json>) -> Option<String> {
    let (key, value) = object.iter().next().filter(|_| object.len() == 1)?;
    match key.as_str() {
        "missing" => Some(format!("missing ({})", value.as_str()?)),
        "text" => Some(value.to_string()),
        _ => None,
    }
}

fn render(json: Option<&Json>) -> String {
    match json {
        None => "absent".to_owned(),
        Some(Json::Object(object)) => {
            value_of(object).unwrap_or_else(|| Json::Object(object.clone()).to_string())
        }
        Some(Json::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}

fn cut(text: String) -> String {
    if text.chars().count() <= SIDE_CHARS_MAX {
        return text;
    }
    text.chars().take(SIDE_CHARS_MAX).chain(['…']).collect()
}

/// The names of an array's elements, if each has one of its own.
fn names(elements: &[Json]) -> Option<Vec<String>> {
    let names: Vec<String> = elements.iter().map(name).collect::<Option<_>>()?;
    let distinct: BTreeSet<&String> = names.iter().collect();
    (distinct.len() == names.len()).then_some(names)
}

/// What one element is called.
fn name(element: &Json) -> Option<String> {
    let object = element.as_object()?;
    let mut keys = ["name", "rule", "account"].into_iter();
    let name = keys.find_map(|key| object.get(key)?.as_str())?;
    Some(name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn told(old: &Json, new: &Json) -> Vec<String> {
        changed_fields(old, new)
            .0
            .iter()
            .map(ChangedField::to_string)
            .collect()
    }

    #[test]
    fn elements_are_matched_by_name_and_values_read_as_in_a_rule() {
        let feature = |name: &str, value: Json| json!({"name": name, "value": value});
        let old = json!({"features": [
            feature("income.monthly_net", json!("4000.00 usd")),
            feature("account.current account 0", json!("0.05 usd")),
        ], "outcome": "APPROVE"});
        let new = json!({"features": [
            feature("income.streams", json!(1)),
            feature("income.monthly_net", json!("4100.00 usd")),
            feature("account.current account 0", json!({"missing": "no_basis"})),
        ], "outcome": "REFER"});
        assert_eq!(
            told(&old, &new),
            [
                "features[income.monthly_net].value: 4000.00 usd -> 4100.00 usd",
                "features[account.current account 0].value: 0.05 usd -> missing (no_basis)",
                "features[income.streams]: absent -> {\"name\":\"income.streams\",\"value\":1}",
                "outcome: APPROVE -> REFER",
            ]
        );
    }

    #[test]
    fn another_order_is_a_difference() {
        let (a, b) = (json!({"rule": "a"}), json!({"rule": "b"}));
        assert_eq!(
            told(&json!({"trace": [a, b]}), &json!({"trace": [b, a]})),
            ["trace: a, b -> b, a"]
        );
    }

    #[test]
    fn the_places_are_limited_below_at_and_above() {
        let max = limits::REPLAY_PLACES_MAX;
        for count in [max - 1, max, max + 1] {
            let (found, total) = changed_fields(&json!(vec![1; count]), &json!(vec![2; count]));
            assert_eq!((found.len(), total), (count.min(max), count));
        }
        let long = "x".repeat(SIDE_CHARS_MAX + 1);
        let (found, _) = changed_fields(&json!(long), &json!(1));
        assert_eq!(found[0].recorded.chars().count(), SIDE_CHARS_MAX + 1);
        assert!(found[0].recorded.ends_with('…'));
    }

    fn trees() -> impl Strategy<Value = Json> {
        let leaf = prop_oneof![
            Just(json!(null)),
            (0..3).prop_map(|n| json!(n)),
            Just(json!("a"))
        ];
        leaf.prop_recursive(3, 20, 4, |inner| {
            let named = ("[ab]", inner.clone());
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..4).prop_map(Json::from),
                proptest::collection::btree_map("[ab]", inner, 0..3).prop_map(|map| json!(map)),
                proptest::collection::vec(named, 0..3).prop_map(|list| {
                    let named = |(name, x): (String, Json)| json!({"name": name, "x": x});
                    list.into_iter().map(named).collect()
                }),
            ]
        })
    }

    proptest! {
        #[test]
        fn there_is_a_place_exactly_where_there_is_a_difference(old in trees(), new in trees()) {
            let (found, total) = changed_fields(&old, &new);
            prop_assert_eq!(total == 0, old == new);
            prop_assert_eq!(found.is_empty(), old == new);
        }
    }
}
