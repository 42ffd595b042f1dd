//! What would settle a decision that went to a person.

use std::sync::Arc;

use super::{UnderwriteError, Underwriter};
use crate::application::Application;
use crate::decision::{AccountInput, DecisionBody};
use crate::engine::{self, EngineError};
use crate::ledger::DecisionRecord;
use crate::rules::{Bundle, Outcome, Settlement};
use crate::snapshot::Snapshot;

impl Underwriter {
    /// What would settle a decision that went to a person, from the rule set that decided and the
    /// snapshots that it rests on; `None` of any other. It decides many times over, and so waits for a
    /// turn behind those who ask for a decision.
    pub async fn settlement(
        &self,
        record: &DecisionRecord,
        bundle: &Bundle,
        snapshots: &[Arc<Snapshot>],
    ) -> Result<Option<Settlement>, UnderwriteError> {
        if record.body.outcome() != Outcome::Refer {
            return Ok(None);
        }
        let turn = self.gates().decide.enter_behind().await;
        let (bundle, snapshots) = (bundle.clone(), snapshots.to_vec());
        let (body, application) = (Arc::clone(&record.body), Arc::clone(&record.application));
        let work = move || {
            let settled = settle(&body, &application, &bundle, &snapshots);
            // Held until it is done, also where nobody waits for it any more.
            drop(turn);
            settled
        };
        let settled = tokio::task::spawn_blocking(work).await;
        settled.map_err(|_| UnderwriteError::Interrupted)?
    }
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
    let input = body.pins.input(&application, &accounts, bundle);
    Ok(engine::settle(&input, body)?)
}
