//! The notice of a decision, from what was recorded.

use chrono::NaiveDate;

use super::{Answer, UnderwriteError, Underwriter};
use crate::adverse_action::{Case, NoNotice, Notice};
use crate::application::ApplicationError;
use crate::calendar::civil_date;
use crate::follow_up::{FollowUp, FollowUpKind, Override};
use crate::id::{DecisionId, TenantId};
use crate::ledger::{DecisionRecord, FollowUpFilter};
use crate::rules::Outcome;

impl Underwriter {
    /// A decision, and the notice that the law asks for of it, or why none is sent. Nothing is decided
    /// anew but what would settle a referral.
    ///
    /// # Errors
    ///
    /// [`UnderwriteError::Application`] while it is pending.
    pub async fn notice(
        &self,
        tenant: &TenantId,
        id: &DecisionId,
    ) -> Result<(DecisionRecord, Result<Notice, NoNotice>), UnderwriteError> {
        let record = match self.decision(tenant, id).await? {
            Answer::Decided(decided) => decided.record,
            Answer::Pending(_) => {
                return Err(UnderwriteError::Application(vec![ApplicationError {
                    field: "decision_id".to_owned(),
                    problem: "is of a decision that is still pending: there is no notice yet"
                        .to_owned(),
                }]));
            }
        };
        let bundle = self.bundle_of(&record).await?;
        let overriding = self.newest_override(&record).await?;
        let is_resolved = self.resolution_of(&record).await?.is_some();
        // What somebody decided, or settled, asks for nothing more.
        let settlement = match overriding.is_some() || is_resolved {
            true => None,
            false => {
                let snapshots = self.evidence(&record).await?;
                self.settlement(&record, &bundle, &snapshots).await?
            }
        };
        let notice = Notice::of(&Case {
            body: &record.body,
            application: &record.application,
            bundle: &bundle,
            overriding: overriding.as_ref(),
            is_resolved,
            settlement: settlement.as_ref(),
        });
        Ok((record, notice))
    }

    /// The day that it is now, where the days of a decision are read.
    pub fn today_of(&self, record: &DecisionRecord) -> NaiveDate {
        civil_date(self.now(), record.body.pins.zone())
    }

    /// What a person decided last beside the engine.
    async fn newest_override(
        &self,
        record: &DecisionRecord,
    ) -> Result<Option<Override>, UnderwriteError> {
        let filter = FollowUpFilter {
            kind: FollowUpKind::Override,
            decision: Some(record.id.clone()),
        };
        let newest = self.follow_ups(&record.tenant, &filter, None, 1).await?;
        Ok(newest.into_iter().find_map(|newest| match newest.body {
            FollowUp::Override(said) => Some(said),
            FollowUp::LoanPerformance(_) | FollowUp::Notice(_) => None,
        }))
    }

    /// What the newest override of a decision came to, where there is one.
    pub async fn overridden_to(
        &self,
        record: &DecisionRecord,
    ) -> Result<Option<Outcome>, UnderwriteError> {
        let newest = self.newest_override(record).await?;
        Ok(newest.map(|said| said.outcome))
    }
}
