//! A recorded decision with all that it was made from, proven.

use std::sync::Arc;

use crate::application::{Application, ApplicationWithAccounts};
use crate::decision::{AccountInput, DecisionBody, Pins};
use crate::engine;
use crate::ledger::OpenedDecision;
use crate::rules::Bundle;
use crate::snapshot::{Snapshot, SnapshotHash, unseal};

/// A recorded decision with all that it was made from, proven.
#[derive(Debug)]
pub(in crate::replay) struct Recorded {
    pins: Pins,
    /// What was asked, with the accounts that were found for it then.
    application: ApplicationWithAccounts,
    /// Each with its hash, in the order of its pins.
    snapshots: Vec<(Snapshot, SnapshotHash)>,
}

impl Recorded {
    /// The decision with its snapshots, each proven to be the one that was pinned.
    ///
    /// # Errors
    ///
    /// What is wrong with it, in words that follow its name.
    pub(in crate::replay) fn of(opened: &OpenedDecision, pins: Pins) -> Result<Self, String> {
        let asked = serde_json::from_slice::<Application>(opened.application());
        let asked = asked.map_err(|_| UNREADABLE.to_owned())?;
        let pinned = pins.snapshots.iter().map(|pin| &pin.hash);
        if !pinned.eq(opened.snapshots.iter().map(|one| &one.hash)) {
            return Err("it is linked to other snapshots than its body pins".to_owned());
        }
        let snapshots = opened.snapshots.iter().map(|sealed| {
            let hash = sealed.hash;
            match unseal(sealed) {
                Ok(snapshot) => Ok((snapshot, hash)),
                Err(error) => Err(format!("its snapshot {hash} cannot be used: {error}")),
            }
        });
        let snapshots = snapshots.collect::<Result<Vec<_>, String>>()?;
        let accounts = pins.accounts(&asked);
        let accounts = accounts.ok_or("its pins name an applicant whom its application has not")?;
        Ok(Self {
            application: Arc::new(asked).with_accounts(accounts),
            pins,
            snapshots,
        })
    }

    /// Decides again. The release that decided may differ: what a release may change is what raises the
    /// semantics.
    ///
    /// # Errors
    ///
    /// Why it cannot be decided, in words that follow its name.
    pub(in crate::replay) fn decide(&self, bundle: &Bundle) -> Result<DecisionBody, String> {
        let snapshots = self.snapshots.iter();
        let snapshots = snapshots.map(|(snapshot, hash)| (snapshot, *hash));
        let accounts = AccountInput::of(&self.application, snapshots);
        let accounts = accounts.ok_or("it rests on other accounts than its application names")?;
        let input = self.pins.input(&self.application, &accounts, bundle);
        let mut body = engine::decide(&input)
            .map_err(|error| format!("it cannot be decided again: {error}"))?;
        body.pins
            .engine_version
            .clone_from(&self.pins.engine_version);
        Ok(body)
    }
}

/// What is said of content that cannot be read.
pub(in crate::replay) const UNREADABLE: &str =
    "its content is not in a form that this engine reads";
