//! What follows a decision, in a view of it.

use super::from_wire::View;
use super::to_wire;
use crate::follow_up::FollowUpKind;
use crate::ledger::{DecisionRecord, NewestOverrides};
use crate::proto;
use crate::rules::Outcome;
use crate::underwriter::{UnderwriteError, Underwriter};

/// As much of what follows a decision as a view tells.
#[derive(Default)]
pub(super) struct Followed {
    overridden_to: Option<Outcome>,
    overrides: Vec<proto::Override>,
    loan_performance: Vec<proto::LoanPerformance>,
    notices: Vec<proto::SentNotice>,
}

impl Followed {
    /// What a view of one decision tells.
    pub(super) async fn read(
        underwriter: &Underwriter,
        record: &DecisionRecord,
        view: View,
    ) -> Result<Self, UnderwriteError> {
        if view == View::Summary {
            return Ok(Self {
                overridden_to: underwriter.overridden_to(record).await?,
                ..Self::default()
            });
        }
        let performance = FollowUpKind::LoanPerformance;
        let entries = underwriter.follow_ups_of(record, performance).await?;
        let sent = underwriter.follow_ups_of(record, FollowUpKind::Notice);
        let sent = sent.await?;
        Ok(Self {
            loan_performance: entries
                .iter()
                .filter_map(to_wire::loan_performance)
                .collect(),
            notices: sent.iter().filter_map(to_wire::sent_notice).collect(),
            ..Self::overrides(underwriter, record).await?
        })
    }

    /// What a list tells, of whose decisions these are the newest overrides.
    pub(super) async fn read_in_list(
        underwriter: &Underwriter,
        record: &DecisionRecord,
        (view, newest): (View, &NewestOverrides),
    ) -> Result<Self, UnderwriteError> {
        if view == View::Full {
            return Self::overrides(underwriter, record).await;
        }
        let newest = newest.get(&record.id).cloned().transpose()?;
        Ok(Self {
            overridden_to: newest.and_then(|newest| newest.body.overrides_to()),
            ..Self::default()
        })
    }

    async fn overrides(
        underwriter: &Underwriter,
        record: &DecisionRecord,
    ) -> Result<Self, UnderwriteError> {
        let found = underwriter.follow_ups_of(record, FollowUpKind::Override);
        let found = found.await?;
        Ok(Self {
            overridden_to: found.first().and_then(|newest| newest.body.overrides_to()),
            overrides: found.iter().filter_map(to_wire::override_of).collect(),
            ..Self::default()
        })
    }

    /// Whether a person decided beside it.
    pub(super) fn is_overridden(&self) -> bool {
        self.overridden_to.is_some()
    }

    /// Adds it to a view.
    pub(super) fn add_to(self, shown: &mut proto::Decision) {
        let overridden_to = self.overridden_to.map(to_wire::outcome);
        shown.overridden_to = overridden_to.map_or(0, Into::into);
        shown.overrides = self.overrides;
        shown.loan_performance = self.loan_performance;
        shown.notices = self.notices;
    }
}
