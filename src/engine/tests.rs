//! What the engine makes of data that is late, or doubtful.

mod answered;
mod debits;
mod doubtful;
mod forecasts;
mod marked;
mod scored;
mod settle;
mod unsettled;

use super::decide;
use crate::decision::{DecisionBody, DecisionInput, FullView};

/// What was recorded, and everything that is read from it.
struct Decided {
    body: DecisionBody,
    view: FullView,
}

fn decided_on(input: &DecisionInput<'_>) -> Decided {
    let body = decide(input).unwrap();
    let view = body.full(input.bundle, input.application).unwrap();
    Decided { body, view }
}
