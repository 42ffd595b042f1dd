//! A body with its layout's names at their positions. It works on plain JSON and knows nothing of
//! the engine: whoever has a record and its layout can do the same.

use serde_json::{Map, Value as Json, json};

/// The body, its positions replaced by the names that the layout gives them. What the layout does
/// not know stays as it is.
pub fn named(body: &Json, layout: &Json) -> Json {
    let mut named = body.clone();
    let Some(features) = layout.get("features").and_then(Json::as_array) else {
        return named;
    };
    if let Some(values) = named.get_mut("features") {
        *values = name_features(values, features);
    }
    if let Some(streams) = named.get_mut("streams").and_then(Json::as_array_mut) {
        let positions = list(layout, "streams");
        for stream in streams {
            name_positions(stream, positions);
        }
    }
    let Some(evaluation) = named.get_mut("evaluation").and_then(Json::as_object_mut) else {
        return named;
    };
    let rule_set = layout.get("rule_set").unwrap_or(&Json::Null);
    for part in ["inputs", "aggregates", "derived"] {
        name_values(evaluation, part, list(rule_set, part));
    }
    let comparisons = list(rule_set, "comparisons");
    if let Some(verdicts) = evaluation.get("verdicts").and_then(Json::as_str) {
        let verdicts = verdicts
            .chars()
            .zip(comparisons)
            .map(|(symbol, comparison)| {
                let place = comparison.get("stands_in").unwrap_or(&Json::Null);
                let text = comparison.get("text").and_then(Json::as_str).unwrap_or("");
                json!({"name": format!("`{text}` of {}", place_in_words(place)), "verdict": verdict(symbol)})
            });
        let verdicts: Vec<Json> = verdicts.collect();
        evaluation.insert("verdicts".to_owned(), Json::from(verdicts));
    }
    if let Some(score) = evaluation.get_mut("score").and_then(Json::as_object_mut) {
        let scorecard = rule_set.get("scorecard").unwrap_or(&Json::Null);
        let characteristics = list(scorecard, "characteristics");
        for (seen, written) in items(score, "characteristics").zip(characteristics) {
            give_name(seen, written.get("name"));
        }
    }
    let (codes, rules) = (list(rule_set, "reasons"), list(rule_set, "rules"));
    for reason in items(evaluation, "reasons") {
        let position = reason.get("reason").and_then(Json::as_u64);
        let code = position.and_then(|at| codes.get(usize::try_from(at).ok()?));
        let source = reason.get("source").cloned().unwrap_or(Json::Null);
        let rule = source.get("rule").and_then(Json::as_u64);
        let rule = rule.and_then(|at| rules.get(usize::try_from(at).ok()?)?.get("id"));
        let from = rule.cloned().unwrap_or(source);
        let code = code.and_then(Json::as_str).unwrap_or("?");
        let name = Json::from(format!("{code} from {}", plain(&from)));
        give_name(reason, Some(&name));
    }
    named
}

/// Where a comparison stands: "rule `frequent-nsf`".
fn place_in_words(place: &Json) -> String {
    let words = |key: &str| key.replace('_', " ");
    let of = |named: &Json| match named.as_array().and_then(|list| list.first()) {
        Some(first) => plain(first),
        None => plain(named),
    };
    match place.as_object().and_then(|object| object.iter().next()) {
        Some((key, name)) => format!("{} `{}`", words(key), of(name)),
        None => words(&plain(place)),
    }
}

/// What a comparison came to, in a word.
fn verdict(symbol: char) -> String {
    let known = match symbol {
        't' => "true",
        'f' => "false",
        'u' => "unknown",
        _ => return symbol.to_string(),
    };
    known.to_owned()
}

fn plain(json: &Json) -> String {
    json.as_str()
        .map_or_else(|| json.to_string(), str::to_owned)
}

fn list<'a>(object: &'a Json, key: &str) -> &'a [Json] {
    object
        .get(key)
        .and_then(Json::as_array)
        .map_or(&[], Vec::as_slice)
}

fn items<'a>(
    object: &'a mut Map<String, Json>,
    key: &str,
) -> impl Iterator<Item = &'a mut Json> + use<'a> {
    let list = object.get_mut(key).and_then(Json::as_array_mut);
    list.into_iter().flatten()
}

fn give_name(to: &mut Json, name: Option<&Json>) {
    if let (Some(object), Some(name)) = (to.as_object_mut(), name) {
        object.insert("name".to_owned(), name.clone());
    }
}

fn name_features(features: &Json, layout: &[Json]) -> Json {
    let features = features.as_array().map_or(&[][..], Vec::as_slice);
    let mut named = Vec::new();
    for (slots, feature) in features.iter().zip(layout) {
        let name = feature.get("name").and_then(Json::as_str).unwrap_or("?");
        let slots = slots.as_array().map_or(&[][..], Vec::as_slice);
        for (subject, slot) in slots.iter().enumerate() {
            let name = match feature.get("scope").and_then(Json::as_str) {
                Some("household") => name.to_owned(),
                scope => format!("{name} {} {subject}", scope.unwrap_or("?")),
            };
            let (value, rows) = match slot.as_array().map(Vec::as_slice) {
                Some([value, rows]) => (value, rows),
                _ => (slot, &Json::Null),
            };
            named.push(json!({"name": name, "value": value, "evidence": rows}));
        }
    }
    Json::from(named)
}

fn name_positions(values: &mut Json, positions: &[Json]) {
    let Some(list) = values.as_array() else {
        return;
    };
    let named = positions.iter().filter_map(Json::as_str).zip(list);
    let named: Map<String, Json> = named
        .map(|(name, value)| (name.to_owned(), value.clone()))
        .collect();
    *values = Json::from(named);
}

fn name_values(evaluation: &mut Map<String, Json>, part: &str, layout: &[Json]) {
    let values = evaluation.get(part).and_then(Json::as_array);
    let values = values.map_or(&[][..], Vec::as_slice);
    let named = values
        .iter()
        .zip(layout)
        .map(|(value, one)| json!({"name": one.get("name"), "value": value}));
    let named: Vec<Json> = named.collect();
    evaluation.insert(part.to_owned(), Json::from(named));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_get_the_names_of_the_layout() {
        let layout = json!({
            "features": [{"name": "a.b", "scope": "household"}, {"name": "c.d", "scope": "account"}],
            "streams": ["payer", "category"],
            "rule_set": {
                "derived": [{"name": "derive.x"}],
                "comparisons": [{"stands_in": {"rule": "r"}, "text": "a.b > 3"}],
                "scorecard": {"characteristics": [{"name": "steady"}]},
                "reasons": ["FIRST", "SECOND"],
                "rules": [{"id": "r"}],
            },
        });
        let body = json!({
            "features": [[[7, "0:1-2"]], [true, {"missing": "no_basis"}]],
            "streams": [["Acme", "wages"]],
            "evaluation": {
                "derived": ["0.5"],
                "verdicts": "t",
                "score": {"characteristics": [{"points": 4}]},
                "reasons": [
                    {"reason": 1, "source": {"rule": 0}},
                    {"reason": 0, "source": "offer"},
                ],
            },
        });
        let named = named(&body, &layout);
        assert_eq!(
            named["features"],
            json!([
                {"name": "a.b", "value": 7, "evidence": "0:1-2"},
                {"name": "c.d account 0", "value": true, "evidence": null},
                {"name": "c.d account 1", "value": {"missing": "no_basis"}, "evidence": null},
            ])
        );
        assert_eq!(
            named["streams"],
            json!([{"payer": "Acme", "category": "wages"}])
        );
        let evaluation = &named["evaluation"];
        assert_eq!(
            evaluation["derived"],
            json!([{"name": "derive.x", "value": "0.5"}])
        );
        assert_eq!(
            evaluation["verdicts"],
            json!([{"name": "`a.b > 3` of rule `r`", "verdict": "true"}])
        );
        assert_eq!(evaluation["score"]["characteristics"][0]["name"], "steady");
        assert_eq!(evaluation["reasons"][0]["name"], "SECOND from r");
        assert_eq!(evaluation["reasons"][1]["name"], "FIRST from offer");
    }

    #[test]
    fn without_a_layout_nothing_is_renamed() {
        let body = json!({"features": [[1]], "evaluation": {"verdicts": "tf"}});
        assert_eq!(named(&body, &Json::Null), body);
    }
}
