//! What would settle a decision that went to a person.

use std::sync::Arc;

use super::error::UnderwriteError;
use crate::application::Application;
use crate::decision::{AccountInput, DecisionBody, DecisionInput};
use crate::engine::{self, EngineError};
use crate::ledger::DecisionRecord;
use crate::rules::{Bundle, Outcome, Settlement};
use crate::snapshot::Snapshot;

/// What would settle a decision that went to a person, from the rule set that decided and the snapshots
/// that it rests on; `None` of any other. Worked out beside other things: it decides many times over.
pub async fn settlement(
    record: &DecisionRecord,
    bundle: &Bundle,
    snapshots: &[Arc<Snapshot>],
) -> Result<Option<Settlement>, UnderwriteError> {
    if record.body.outcome() != Outcome::Refer {
        return Ok(None);
    }
    let (bundle, snapshots) = (bundle.clone(), snapshots.to_vec());
    let (body, application) = (Arc::clone(&record.body), Arc::clone(&record.application));
    let work = move || settle(&body, &application, &bundle, &snapshots);
    let settled = tokio::task::spawn_blocking(work).await;
    settled.map_err(|_| UnderwriteError::Interrupted)?
}

fn settle(
    body: &DecisionBody,
    application: &Arc<Application>,
    bundle: &Bundle,
    snapshots: &[Arc<Snapshot>],
) -> Result<Option<Settlement>, UnderwriteError> {
    let accounts = body.pins.accounts(application);
    let application = application.with_accounts(accounts.ok_or(EngineError::OtherAccounts)?);
    let frozen = snapshots.iter().zip(&body.pins.snapshots);
    let frozen = frozen.map(|(snapshot, pin)| (snapshot.as_ref(), pin.hash));
    let accounts = AccountInput::of(&application, frozen).ok_or(EngineError::OtherAccounts)?;
    let input = DecisionInput {
        application: &application,
        accounts: &accounts,
        bundle,
        as_of: body.pins.as_of,
        seed: body.pins.seed,
        settings: body.pins.settings(),
    };
    Ok(engine::settle(&input, body)?)
}
