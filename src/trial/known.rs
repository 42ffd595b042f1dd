//! Decides on what banks told.

use std::sync::Arc;

use super::asked::asked;
use super::{TrialError, Tried};
use crate::analysis::{AccountInput, Settings};
use crate::application::Application;
use crate::calendar::AsOf;
use crate::decision::{DecisionBody, DecisionInput};
use crate::engine::{self, EngineError};
use crate::id::AccountId;
use crate::rules::{Bundle, TestCase};
use crate::snapshot::{Snapshot, SnapshotHash};

/// What is known of an applicant: everything that a decision rests on beside the rules.
#[derive(Debug, Clone)]
pub struct Known {
    /// What is asked where a test does not say otherwise.
    pub application: Application,
    /// Each account with the position of the applicant whose it is, in the order of the snapshots.
    pub accounts: Vec<(usize, AccountId)>,
    /// What the banks told.
    pub snapshots: Vec<(Snapshot, SnapshotHash)>,
    /// The moment.
    pub as_of: AsOf,
    /// The seed of forecasts.
    pub seed: u64,
    /// The settings that matter.
    pub settings: Settings,
}

impl Known {
    /// Decides with what a test asks for, as the engine does.
    ///
    /// # Errors
    ///
    /// What keeps it from being decided.
    pub fn decided(&self, bundle: &Bundle, test: &TestCase) -> Result<Tried, TrialError> {
        let application = asked(self.application.clone().into_draft(), bundle, test)?;
        let body = self.body(bundle, &application)?;
        let features = body.known_features(bundle, &application)?;
        Ok(Tried {
            application,
            features,
            evaluation: body.evaluation,
        })
    }

    /// The decision on an application.
    fn body(
        &self,
        bundle: &Bundle,
        application: &Arc<Application>,
    ) -> Result<DecisionBody, TrialError> {
        let application = application.with_accounts(self.accounts.clone());
        let snapshots = self.snapshots.iter();
        let snapshots = snapshots.map(|(snapshot, hash)| (snapshot, *hash));
        let accounts = AccountInput::of(&application, snapshots);
        let accounts = accounts.ok_or(EngineError::OtherAccounts)?;
        let input = DecisionInput {
            application: &application,
            accounts: &accounts,
            bundle,
            as_of: self.as_of,
            seed: self.seed,
            settings: self.settings,
        };
        Ok(engine::decide(&input)?)
    }
}
