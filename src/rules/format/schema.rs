//! A shape as a JSON Schema.
//!
//! Draft 7 is the newest that the language servers of TOML take (Taplo, Tombi); what they show in a
//! hover is `description`.

use serde_json::{Map, Value, json};

use super::{Holds, Shape};

/// The schema of a whole file.
pub(super) fn of(shape: &Shape, doc: &str) -> Value {
    let mut schema = table(shape);
    schema.insert(
        "$schema".into(),
        json!("http://json-schema.org/draft-07/schema#"),
    );
    schema.insert("title".into(), json!(doc));
    Value::Object(schema)
}

fn table(shape: &Shape) -> Map<String, Value> {
    let keys = shape.keys.iter();
    let properties: Map<String, Value> = keys
        .clone()
        .map(|key| {
            let mut schema = holds(key.holds);
            schema.insert("description".into(), json!(key.doc));
            (key.name.to_owned(), Value::Object(schema))
        })
        .collect();
    let required: Vec<&str> = keys
        .filter(|key| key.is_required)
        .map(|key| key.name)
        .collect();
    let mut schema = object(json!({
        "type": "object",
        "additionalProperties": false,
        "properties": properties,
    }));
    if !required.is_empty() {
        schema.insert("required".into(), json!(required));
    }
    schema
}

fn holds(what: Holds) -> Map<String, Value> {
    let schema = match what {
        Holds::Text | Holds::File | Holds::Statement => json!({ "type": "string" }),
        Holds::Name(naming) => json!({ "type": "string", "pattern": naming.pattern() }),
        Holds::Word(words) => json!({ "type": "string", "enum": words() }),
        Holds::Expression | Holds::Plain => json!({ "type": ["string", "number", "boolean"] }),
        Holds::Integer => json!({ "type": "integer" }),
        Holds::Boolean => json!({ "type": "boolean" }),
        Holds::Many(item) => json!({ "type": "array", "items": holds(*item) }),
        Holds::Table(shape) => Value::Object(table(shape)),
        Holds::Named(naming, inner) => json!({
            "type": "object",
            "additionalProperties": false,
            "patternProperties": { (naming.pattern()): holds(*inner) },
        }),
        Holds::Values(_, inner) => json!({
            "type": "object",
            "additionalProperties": holds(*inner),
        }),
        Holds::ByWord(words, inner) => {
            let each = words().into_iter();
            let each = each.map(|word| (word.to_owned(), Value::Object(holds(*inner))));
            json!({
                "type": "object",
                "additionalProperties": false,
                "properties": each.collect::<Map<String, Value>>(),
                "minProperties": 1,
            })
        }
        Holds::Either(one, other) => json!({ "anyOf": [holds(*one), holds(*other)] }),
    };
    object(schema)
}

/// The members of a literal object.
fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            Map::new()
        }
    }
}
