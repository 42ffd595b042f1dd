//! What a replay found, as programs read it.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::drift::Drift;
use super::finding::Finding;
use super::report::ReplayReport;

impl ReplayReport {
    /// All of it as JSON: what `underwrite replay --json` prints, but for the proof of the chain.
    pub fn to_json(&self) -> Value {
        let classes = self.classes.iter();
        let classes: BTreeMap<_, _> = classes
            .map(|(class, count)| (class.as_str(), *count))
            .collect();
        json!({
            "stopped_early": self.stopped_early,
            "decisions": self.total,
            "taken": self.taken,
            "unknown": self.unknown,
            "reproduced": self.reproduced,
            "other_semantics": self.other_semantics,
            "classes": classes,
            "findings": self.findings.iter().map(finding).collect::<Vec<_>>(),
            "drift": self.drift.as_ref().map(drift),
        })
    }
}

fn finding(found: &Finding) -> Value {
    let changed_fields = found.changed_fields.iter();
    let changed_fields = changed_fields
        .map(|place| json!({ "path": place.path, "recorded": place.recorded, "now": place.now }));
    let step = found.step.as_ref().map(|step| {
        let field = &step.field;
        json!({
            "kind": step.kind.as_str(),
            "name": field.path,
            "recorded": field.recorded,
            "now": field.now,
        })
    });
    json!({
        "class": found.class.as_str(),
        "record": found.record,
        "seq": found.seq,
        "decision": found.decision.as_ref().map(|id| id.as_str()),
        "problem": found.problem,
        "step": step,
        "changed_fields": changed_fields.collect::<Vec<_>>(),
        "changed_fields_total": found.changed_fields_total,
    })
}

fn drift(drift: &BTreeMap<&'static str, Drift>) -> Vec<Value> {
    let all = drift.iter().map(|(feature, drift)| {
        json!({
            "feature": feature,
            "decisions": drift.decisions,
            "example": {
                "decision": drift.example.decision.as_str(),
                "recorded": drift.example.recorded,
                "now": drift.example.now,
            },
        })
    });
    all.collect()
}
