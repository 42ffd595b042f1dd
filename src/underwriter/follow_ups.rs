//! What follows a decision: checked against it, and recorded beside it.

use super::{Answer, UnderwriteError, Underwriter};
use crate::access::audit::{Action, Origin};
use crate::application::ApplicationError;
use crate::follow_up::{DraftFollowUp, FollowUp, FollowUpKind, Subject};
use crate::id::{DecisionId, IdempotencyKey, TenantId};
use crate::ledger::{
    DecisionRecord, FollowUpFilter, FollowUpPage, FollowUpRecord, Followed, NewFollowUp,
    NewestOverrides,
};
use crate::limits;
use crate::rules::Outcome;

/// A request to record what follows a decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FollowUpRequest {
    /// The caller's name for it.
    pub key: IdempotencyKey,
    /// The decision.
    pub decision: DecisionId,
    /// What is to be recorded.
    pub draft: DraftFollowUp,
}

impl Underwriter {
    /// Records what follows a decision, durably. A repeat is answered with what is recorded.
    ///
    /// # Errors
    ///
    /// [`UnderwriteError::Application`] with all that is wrong with it, [`UnderwriteError::KeyReused`],
    /// [`UnderwriteError::TooManyFollowUps`]; the ledger refuses an override of what another decision
    /// settles.
    pub async fn record_follow_up(
        &self,
        by: &Origin,
        asked: FollowUpRequest,
    ) -> Result<FollowUpRecord, UnderwriteError> {
        let tenant = &by.identity.tenant;
        let record = self.recorded(tenant, &asked.decision).await?;
        let checked = self.checked(&record, asked.draft).await?;
        let body = checked.map_err(UnderwriteError::Application)?;
        let (parts, now) = (&self.0.parts, self.now());
        let action = match body.kind() {
            FollowUpKind::Override => Action::OverrideRecord,
            FollowUpKind::LoanPerformance => Action::LoanPerformanceRecord,
            FollowUpKind::Notice => Action::NoticeRecord,
        };
        let event = by.event(action, record.id.to_string(), now);
        let new = NewFollowUp {
            tenant: tenant.clone(),
            decision: record.id,
            key: asked.key,
            by: by.identity.name.clone(),
            body,
            salt: parts.entropy.salt()?,
            recorded_at: now,
        };
        match parts.ledger.follow_up(new, Some(event)).await? {
            Followed::Recorded(record) => Ok(*record),
            Followed::KeyReused => Err(UnderwriteError::KeyReused),
            Followed::TooMany => Err(UnderwriteError::TooManyFollowUps),
            Followed::NothingToCorrect => Err(UnderwriteError::field(
                "corrects",
                "is the key of no entry of this decision",
            )),
        }
    }

    /// What was sent, checked against the decision that it follows.
    async fn checked(
        &self,
        record: &DecisionRecord,
        draft: DraftFollowUp,
    ) -> Result<Result<FollowUp, Vec<ApplicationError>>, UnderwriteError> {
        let now = self.now();
        Ok(match draft {
            DraftFollowUp::Override(draft) => {
                let bundle = self.bundle_of(record).await?;
                let told = (&bundle, record.body.evaluation.reasons.as_slice());
                draft.check(told, now).map(FollowUp::Override)
            }
            DraftFollowUp::LoanPerformance(draft) => {
                let checked = draft.check(&self.subject(record).await?, now);
                checked.map(FollowUp::LoanPerformance)
            }
            DraftFollowUp::Notice(draft) => {
                let checked = draft.check(&self.subject(record).await?, now);
                checked.map(FollowUp::Notice)
            }
        })
    }

    async fn subject(&self, record: &DecisionRecord) -> Result<Subject, UnderwriteError> {
        let overrides = self.follow_ups_of(record, FollowUpKind::Override).await?;
        let overridden_to = overrides.iter().filter_map(|one| one.body.overrides_to());
        let mut outcomes = vec![record.body.outcome()];
        outcomes.extend(overridden_to);
        Ok(Subject {
            kind: record.body.pins.rule_set.kind,
            decided_on: record.body.pins.as_of.date(),
            currency: record.application.currency(),
            outcomes,
            resolved_by: self.resolution_of(record).await?,
        })
    }

    /// A decision that is recorded.
    ///
    /// # Errors
    ///
    /// [`UnderwriteError::Application`] while it is pending.
    pub(super) async fn recorded(
        &self,
        tenant: &TenantId,
        id: &DecisionId,
    ) -> Result<DecisionRecord, UnderwriteError> {
        match self.decision(tenant, id).await? {
            Answer::Decided(decided) => Ok(decided.record),
            Answer::Pending(_) => Err(UnderwriteError::field(
                "decision_id",
                "is of a decision that is still pending: it has no notice yet, and nothing follows it",
            )),
        }
    }

    /// A page of what follows decisions, before a position in the chain, newest first.
    pub async fn follow_ups(
        &self,
        tenant: &TenantId,
        filter: &FollowUpFilter,
        before: Option<u64>,
        page_size: usize,
    ) -> Result<FollowUpPage, UnderwriteError> {
        let ledger = &self.0.parts.ledger;
        Ok(ledger.follow_ups(tenant, filter, before, page_size).await?)
    }

    /// All of one kind that follows a decision, newest first.
    ///
    /// # Errors
    ///
    /// Also where one of them is not what was written: something hangs on each.
    pub async fn follow_ups_of(
        &self,
        record: &DecisionRecord,
        kind: FollowUpKind,
    ) -> Result<Vec<FollowUpRecord>, UnderwriteError> {
        let decision = Some(record.id.clone());
        let filter = FollowUpFilter { kind, decision };
        let all = self.follow_ups(&record.tenant, &filter, None, limits::FOLLOW_UPS_MAX);
        Ok(all.await?.whole(kind)?)
    }

    /// The newest override of each of some decisions, of those that have one.
    pub async fn newest_overrides(
        &self,
        tenant: &TenantId,
        of: &[DecisionId],
    ) -> Result<NewestOverrides, UnderwriteError> {
        Ok(self.0.parts.ledger.newest_overrides(tenant, of).await?)
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
