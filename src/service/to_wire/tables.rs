//! What was chosen of tables, and who decided functions over subjects.

use super::{observation, subject};
use crate::features::{Missing, Subject, Value};
use crate::proto;
use crate::rules::TableTrace;

/// What was chosen of a table.
pub(super) fn table(table: &TableTrace) -> proto::TableTrace {
    proto::TableTrace {
        name: table.name.clone(),
        inputs: table.inputs.iter().map(value).collect(),
        row: table.row.clone().ok(),
        outputs: table.outputs.iter().map(value).collect(),
    }
}

fn value((name, value): &(String, Result<Value, Missing>)) -> proto::DerivedValue {
    proto::DerivedValue {
        name: name.clone(),
        observation: Some(observation(value)),
    }
}

/// Who decided a function over subjects.
pub(super) fn decider((function, whose): &(String, Subject)) -> proto::Decider {
    proto::Decider {
        function: function.clone(),
        subject: Some(subject(whose)),
    }
}
