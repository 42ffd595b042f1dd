//! Decides on what banks told.

use super::asked::asked;
use super::{Explained, TrialError, Tried};
use crate::analysis::{AccountInput, Settings};
use crate::application::Application;
use crate::calendar::AsOf;
use crate::decision::{DecisionBody, DecisionInput};
use crate::engine::{self, EngineError};
use crate::id::AccountId;
use crate::rules::{Bundle, Settlement, TestCase};
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
        let explained = self.with(bundle, test, |_, _| Ok(None))?;
        let features = explained
            .body
            .known_features(bundle, &explained.application)?;
        Ok(Tried {
            application: explained.application,
            features,
            evaluation: explained.body.evaluation,
        })
    }

    /// The same with all that is told of it, and of a referral what would settle it.
    ///
    /// # Errors
    ///
    /// What keeps it from being decided.
    pub fn explained(&self, bundle: &Bundle, test: &TestCase) -> Result<Explained, TrialError> {
        self.with(bundle, test, |input, body| Ok(engine::settle(input, body)?))
    }

    /// Decides, and has `settle` look at what came of it.
    fn with(
        &self,
        bundle: &Bundle,
        test: &TestCase,
        settle: impl FnOnce(&DecisionInput<'_>, &DecisionBody) -> Result<Option<Settlement>, TrialError>,
    ) -> Result<Explained, TrialError> {
        let asked = asked(self.application.clone().into_draft(), bundle, test)?;
        let application = asked.with_accounts(self.accounts.clone());
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
        let body = engine::decide(&input)?;
        let settlement = settle(&input, &body)?;
        Ok(Explained {
            application: asked,
            body,
            settlement,
        })
    }
}
