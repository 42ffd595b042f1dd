//! Which step of deciding came out differently first: what comes after it follows from it.

use serde_json::Value as Json;

use super::difference::{ChangedField, changed_fields};
use super::finding::{Step, StepKind};

/// The parts of a named body in the order in which one rests on another.
const STEPS: [(&str, StepKind); 21] = [
    ("/pins", StepKind::Pin),
    ("/balances", StepKind::Balances),
    ("/reviews", StepKind::Review),
    ("/streams", StepKind::Stream),
    ("/features", StepKind::Feature),
    ("/evaluation/inputs", StepKind::Input),
    ("/evaluation/aggregates", StepKind::Aggregate),
    ("/evaluation/decided_by", StepKind::Aggregate),
    ("/evaluation/forecasts", StepKind::Forecast),
    ("/evaluation/derived", StepKind::Derived),
    ("/evaluation/tables", StepKind::Table),
    ("/evaluation/verdicts", StepKind::Condition),
    ("/evaluation/score", StepKind::Score),
    ("/evaluation/tier", StepKind::Offer),
    ("/evaluation/affordable_payment", StepKind::Offer),
    ("/evaluation/sought", StepKind::Offer),
    ("/evaluation/offer", StepKind::Offer),
    ("/evaluation/retry", StepKind::Offer),
    ("/evaluation/plan", StepKind::Offer),
    ("/evaluation/reasons", StepKind::Reason),
    ("/evaluation/outcome", StepKind::Outcome),
];

/// The first step at which two named bodies differ; `None` where they do not.
pub(super) fn first_step(old: &Json, new: &Json) -> Option<Step> {
    let of_part = |(pointer, kind): &(&str, StepKind)| {
        let part = |body: &Json| body.pointer(pointer).cloned().unwrap_or_default();
        let (fields, _) = changed_fields(&part(old), &part(new));
        Some(of(*kind, fields.into_iter()))
    };
    let known = STEPS.iter().find_map(|step| of_part(step).flatten());
    known.or_else(|| of(StepKind::Other, changed_fields(old, new).0.into_iter()))
}

/// The step of the first of some fields: of an element with a name, the value before the rows that it
/// rests on.
fn of(kind: StepKind, mut fields: impl Iterator<Item = ChangedField>) -> Option<Step> {
    let first = fields.next()?;
    let element = element(&first.path).map(str::to_owned);
    let (kind, field) = match (kind, &element) {
        (StepKind::Feature, Some(name)) if first.path.ends_with(".evidence") => {
            let value = format!("[{name}].value");
            match fields.find(|field| field.path == value) {
                Some(value) => (kind, value),
                None => (StepKind::Rows, first),
            }
        }
        _ => (kind, first),
    };
    let path = match element {
        Some(name) if name.starts_with('`') => name,
        Some(name) => format!("`{name}`"),
        None if field.path.is_empty() => String::new(),
        None => format!("`{}`", field.path.trim_start_matches('.')),
    };
    Some(Step {
        kind,
        field: ChangedField { path, ..field },
    })
}

/// The name of the element that a path leads to: `income.monthly_net` of `[income.monthly_net].value`.
fn element(path: &str) -> Option<&str> {
    let name = path.strip_prefix('[')?;
    let mut ends = ["].value", "].evidence", "].verdict", "]"].into_iter();
    ends.find_map(|end| name.strip_suffix(end))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn told(old: &Json, new: &Json) -> Option<String> {
        first_step(old, new).map(|step| step.to_string())
    }

    #[test]
    fn the_first_step_is_that_on_which_the_others_rest() {
        let body = |feature: &str, rows: &str, verdict: &str, outcome: &str| {
            json!({
                "pins": {"seed": 1},
                "features": [
                    {"name": "a.b", "value": 7, "evidence": rows},
                    {"name": "c.d", "value": feature, "evidence": rows},
                ],
                "evaluation": {
                    "verdicts": [{"name": "`c.d > 3` of rule `r`", "verdict": verdict}],
                    "outcome": outcome,
                },
            })
        };
        let old = body("4", "0:1", "true", "DECLINE");
        for (new, expected) in [
            (body("5", "0:1", "false", "REFER"), "feature `c.d`: 4 -> 5"),
            (body("4", "0:2", "false", "REFER"), "rows `a.b`: 0:1 -> 0:2"),
            (
                body("4", "0:1", "false", "REFER"),
                "condition `c.d > 3` of rule `r`: true -> false",
            ),
            (
                body("4", "0:1", "true", "REFER"),
                "outcome: DECLINE -> REFER",
            ),
        ] {
            assert_eq!(told(&old, &new), Some(format!("first at the {expected}")));
        }
        assert_eq!(told(&old, &old), None);
        let (mut pinned, mut else_where) = (old.clone(), old.clone());
        pinned["pins"]["seed"] = json!(2);
        assert_eq!(
            told(&old, &pinned).as_deref(),
            Some("first at the pin `seed`: 1 -> 2")
        );
        else_where["more"] = json!(2);
        assert_eq!(
            told(&old, &else_where).as_deref(),
            Some("first at the other `more`: absent -> 2")
        );
    }
}
