//! Subscriptions to an account.

use std::collections::BTreeSet;
use std::time::Duration;

use super::{Linked, RefreshFeature};
use crate::sandbox::problem::ApiError;

impl Linked {
    /// Subscribes to daily refreshes, and starts the first one at once.
    pub(in crate::sandbox) fn subscribe(
        &mut self,
        features: &BTreeSet<RefreshFeature>,
        now: i64,
        due: Duration,
    ) -> Result<(), ApiError> {
        self.refresh(features, now, due)?;
        for feature in features {
            let word = feature.word();
            if !self.base.subscriptions.iter().any(|held| held == word) {
                self.base.subscriptions.push(word.to_owned());
            }
        }
        Ok(())
    }

    /// Ends subscriptions; one that is not there has ended before.
    pub(in crate::sandbox) fn unsubscribe(&mut self, features: &BTreeSet<RefreshFeature>) {
        let ends = |word: &String| features.iter().any(|feature| feature.word() == word);
        self.base.subscriptions.retain(|word| !ends(word));
    }
}
