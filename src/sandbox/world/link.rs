//! What else can be done to a linked account: subscribing to it, and ending the link.

use std::collections::BTreeSet;
use std::time::Duration;

use super::{Feature, Linked};
use crate::sandbox::problem::ApiError;
use crate::sandbox::wire::RefreshStatus;

impl Linked {
    /// Subscribes to daily refreshes, and starts the first one at once.
    pub(in crate::sandbox) fn subscribe(
        &mut self,
        features: &BTreeSet<Feature>,
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
    pub(in crate::sandbox) fn unsubscribe(&mut self, features: &BTreeSet<Feature>) {
        let ends = |word: &String| features.iter().any(|feature| feature.word() == word);
        self.base.subscriptions.retain(|word| !ends(word));
    }

    /// Ends the link: nothing can be refreshed any more, what is under way fails.
    pub(in crate::sandbox) fn disconnect(&mut self) {
        "disconnected".clone_into(&mut self.base.status);
        self.base.subscriptions.clear();
        for progress in self.progress.values_mut() {
            progress.due = None;
            if let Some(refresh) = &mut progress.refresh {
                refresh.next_refresh_available_at = None;
                if refresh.status == RefreshStatus::Pending {
                    refresh.status = RefreshStatus::Failed;
                }
            }
        }
    }
}
