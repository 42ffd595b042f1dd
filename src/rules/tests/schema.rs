//! The schema for editors says what the reader does.

use serde_json::{Map, Value, json};
use toml::Value as Toml;

use super::formatted::shipped;
use crate::rules::format::shapes::{FRAGMENT, RULE_FILE};
use crate::rules::format::{Holds, Shape};
use crate::rules::vocabulary::Naming;
use crate::rules::{FileKind, check, schema};

const WIDE: &str = include_str!("../../../tests/data/baseline/wide.toml");

fn validator(kind: FileKind) -> jsonschema::Validator {
    jsonschema::draft7::new(&schema(kind)).unwrap()
}

fn json_of(source: &str) -> Value {
    serde_json::to_value(toml::from_str::<toml::Table>(source).unwrap()).unwrap()
}

/// All that it finds wrong.
fn wrong(validator: &jsonschema::Validator, file: &Value) -> Vec<String> {
    let errors = validator.iter_errors(file);
    errors
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect()
}

#[test]
fn it_is_a_schema_and_holds_of_what_ships() {
    let validator = validator(FileKind::RuleSet);
    assert!(jsonschema::meta::is_valid(&schema(FileKind::RuleSet)));
    for (name, source) in shipped()
        .into_iter()
        .chain([("wide".to_owned(), WIDE.to_owned())])
    {
        assert_eq!(wrong(&validator, &json_of(&source)), [""; 0], "{name}");
    }
    let fragment = json_of(super::formatted::FRAGMENT);
    assert_eq!(
        wrong(&self::validator(FileKind::Fragment), &fragment),
        [""; 0]
    );
    assert_ne!(wrong(&validator, &fragment), [""; 0]);
}

#[test]
fn a_fragment_has_no_header() {
    let fragment = json!({ "params": { "a": "1" } });
    assert!(validator(FileKind::Fragment).is_valid(&fragment));
    assert!(!validator(FileKind::RuleSet).is_valid(&fragment));
    let header = json!({ "rule_set": {} });
    assert!(!validator(FileKind::Fragment).is_valid(&header));
}

#[test]
fn a_file_of_tests_holds_nothing_else() {
    const CASES: &str = "[[test]]\nname = 'a'\nexpect = { outcome = 'REFER' }\n";
    assert!(validator(FileKind::Cases).is_valid(&json_of(CASES)));
    let header = json!({ "rule_set": {} });
    assert!(!validator(FileKind::Cases).is_valid(&header));
    for (text, kind) in [
        (CASES, Some(FileKind::Cases)),
        ("[[test]]\nname = 'a'\n[[rule]]\n", Some(FileKind::RuleSet)),
        ("[[test]]\nname = 'a'\n[own]\n", Some(FileKind::Cases)),
        ("[[rule]]\n", Some(FileKind::Fragment)),
        ("[[rule]]\n[approve]\n", Some(FileKind::RuleSet)),
        ("", Some(FileKind::RuleSet)),
        ("[own]\n", None),
    ] {
        assert_eq!(FileKind::of(text), kind, "{text}");
    }
}

/// The file with an unknown key in one of its tables, for each of them.
fn with_unknown_keys(file: &Value) -> Vec<Value> {
    const UNKNOWN: &str = "No key";
    let mut found = Vec::new();
    let mut put = |key: &str, inner: &Value, outer: &dyn Fn(Value) -> Value| {
        // Its keys are names of values, which nobody can list.
        if key != "ignore_missing" || inner.is_null() {
            found.extend(with_unknown_keys(inner).into_iter().map(outer));
        }
    };
    match file {
        Value::Object(table) => {
            for (key, inner) in table {
                put(key, inner, &|inner| {
                    let mut table = table.clone();
                    table.insert(key.clone(), inner);
                    Value::Object(table)
                });
            }
            let mut table: Map<String, Value> = table.clone();
            table.insert(UNKNOWN.to_owned(), json!("x"));
            found.push(Value::Object(table));
        }
        Value::Array(items) => {
            for (index, inner) in items.iter().enumerate() {
                put("", inner, &|inner| {
                    let mut items = items.clone();
                    items[index] = inner;
                    Value::Array(items)
                });
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
    found
}

#[test]
fn a_key_that_the_format_does_not_have_is_wrong_in_every_table() {
    let validator = validator(FileKind::RuleSet);
    let planted = with_unknown_keys(&json_of(WIDE));
    assert!(planted.len() > 50, "{}", planted.len());
    for file in planted {
        assert!(!validator.is_valid(&file), "{file:#}");
        let text = toml::to_string(&file).unwrap();
        assert!(check(&text).0.is_none(), "{text}");
    }
}

/// For each key of the format, a file in which it holds what no key can: a date of TOML.
fn misused(shape: &Shape, outer: &dyn Fn(&str, Toml) -> toml::Table) -> Vec<(String, String)> {
    let date: toml::value::Datetime = "2026-03-31".parse().unwrap();
    let mut found = Vec::new();
    for key in shape.keys {
        let file = outer(key.name, Toml::Datetime(date));
        found.push((key.name.to_owned(), toml::to_string(&file).unwrap()));
        let (holds, name) = (key.holds, key.name);
        let under = |inner: &str, value: Toml| outer(name, wrapped(holds, inner, value));
        for (inner, file) in misused(key.holds.inner_shape(), &under) {
            found.push((format!("{name}.{inner}"), file));
        }
    }
    found
}

/// A table with one entry, as it stands under a key.
fn wrapped(holds: Holds, key: &str, value: Toml) -> Toml {
    let one = |key: &str, value| Toml::Table(toml::Table::from_iter([(key.to_owned(), value)]));
    if let Holds::Many(inner) = holds {
        Toml::Array(vec![wrapped(*inner, key, value)])
    } else if let Holds::Named(naming, inner) = holds {
        let name = if naming == Naming::Code { "A" } else { "a" };
        one(name, wrapped(*inner, key, value))
    } else if let Holds::Either(_, inner) = holds {
        wrapped(*inner, key, value)
    } else {
        one(key, value)
    }
}

#[test]
fn the_reader_reads_every_key_of_the_format() {
    let root = |key: &str, value| toml::Table::from_iter([(key.to_owned(), value)]);
    let files = misused(&RULE_FILE, &root);
    assert!(files.len() > 90, "{}", files.len());
    for (key, file) in files {
        let found = check(&file).1;
        let codes: Vec<&str> = found.iter().map(|one| one.code).collect();
        assert!(
            codes.contains(&"wrong_toml_type"),
            "{key}: {codes:?}\n{file}"
        );
        assert!(!codes.contains(&"unknown_key"), "{key}: {codes:?}\n{file}");
    }
    for key in FRAGMENT.keys {
        assert!(RULE_FILE.key(key.name).is_some());
    }
}

#[test]
fn every_key_is_explained() {
    fn look(shape: &Shape) {
        for key in shape.keys {
            assert!(
                key.doc.ends_with('.') || key.doc.ends_with('`'),
                "{}: {}",
                key.name,
                key.doc
            );
            look(key.holds.inner_shape());
        }
    }
    look(&RULE_FILE);
}
