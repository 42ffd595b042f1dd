//! What computing features anew would change of what was recorded.

use std::collections::BTreeMap;

use crate::decision::DecisionBody;
use crate::features::{self, Missing, Slot, Value};
use crate::id::DecisionId;

/// What computing one feature anew would change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drift {
    /// Of how many decisions.
    pub decisions: u64,
    /// The first of them.
    pub example: DriftExample,
}

/// A feature of one decision, as recorded and as computed now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DriftExample {
    /// The decision.
    pub decision: DecisionId,
    /// What was recorded: a value as in a rule, or why it is missing; several where there are several
    /// subjects.
    pub recorded: String,
    /// What comes out now.
    pub now: String,
}

/// The features that come out differently, by name, of one decision.
pub(super) fn of_decision(
    decision: &DecisionId,
    recorded: &[Vec<Slot>],
    fresh: &DecisionBody,
) -> BTreeMap<&'static str, DriftExample> {
    let pairs = features::table()
        .iter()
        .zip(recorded.iter().zip(&fresh.features));
    let differing = pairs.filter(|(_, (old, new))| !values(old).eq(values(new)));
    let told = differing.map(|(feature, (old, new))| {
        let example = DriftExample {
            decision: decision.clone(),
            recorded: in_words(old),
            now: in_words(new),
        };
        (feature.name, example)
    });
    told.collect()
}

/// Adds what was found of the next decision.
pub(super) fn add(
    drift: &mut BTreeMap<&'static str, Drift>,
    of_decision: BTreeMap<&'static str, DriftExample>,
) {
    for (feature, example) in of_decision {
        let drift = drift.entry(feature).or_insert(Drift {
            decisions: 0,
            example,
        });
        drift.decisions = drift.decisions.saturating_add(1);
    }
}

fn values(slots: &[Slot]) -> impl Iterator<Item = &Result<Value, Missing>> {
    slots.iter().map(|slot| &slot.value)
}

fn in_words(slots: &[Slot]) -> String {
    let values = values(slots).map(|value| match value {
        Ok(value) => value.to_string(),
        Err(why) => format!("missing ({why})"),
    });
    match values.collect::<Vec<_>>() {
        none if none.is_empty() => "none".to_owned(),
        values => values.join(", "),
    }
}
