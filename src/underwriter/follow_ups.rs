//! What follows a decision: checked against it, and recorded beside it.

use super::{Answer, UnderwriteError, Underwriter};
use crate::access::audit::{Action, Origin};
use crate::application::ApplicationError;
use crate::follow_up::{
    DraftNotice, DraftOverride, DraftPerformance, FollowUp, FollowUpKind, NoticeKind,
};
use crate::id::{DecisionId, IdempotencyKey, TenantId};
use crate::ledger::{DecisionRecord, FollowUpFilter, FollowUpRecord, Followed, NewFollowUp};
use crate::limits;
use crate::rules::Outcome;

/// A request to record what follows a decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FollowUpRequest<D> {
    /// The caller's name for it.
    pub key: IdempotencyKey,
    /// The decision.
    pub decision: DecisionId,
    /// What is to be recorded.
    pub draft: D,
}

impl Underwriter {
    /// Records that a person decided beside the engine, durably. A repeat is answered with what is
    /// recorded.
    ///
    /// # Errors
    ///
    /// [`UnderwriteError::Application`] with all that is wrong with it, [`UnderwriteError::KeyReused`],
    /// [`UnderwriteError::TooManyFollowUps`].
    pub async fn record_override(
        &self,
        by: &Origin,
        asked: FollowUpRequest<DraftOverride>,
    ) -> Result<FollowUpRecord, UnderwriteError> {
        let FollowUpRequest {
            key,
            decision,
            draft,
        } = asked;
        let record = self.followed(&by.identity.tenant, &decision).await?;
        let bundle = self.bundle_of(&record).await?;
        let told = (&bundle, record.body.evaluation.reasons.as_slice());
        let checked = draft.check(told, self.now());
        let body = FollowUp::Override(checked.map_err(UnderwriteError::Application)?);
        let named = (key, decision);
        self.record_follow_up(by, Action::OverrideRecord, named, body)
            .await
    }

    /// Records what happened to the loan of a decision, as [`Self::record_override`] does.
    ///
    /// # Errors
    ///
    /// As there.
    pub async fn record_loan_performance(
        &self,
        by: &Origin,
        asked: FollowUpRequest<DraftPerformance>,
    ) -> Result<FollowUpRecord, UnderwriteError> {
        let FollowUpRequest {
            key,
            decision,
            draft,
        } = asked;
        let record = self.followed(&by.identity.tenant, &decision).await?;
        let currency = record.application.currency();
        let checked = draft.check(currency, record.body.pins.as_of.date(), self.now());
        let body = FollowUp::LoanPerformance(checked.map_err(UnderwriteError::Application)?);
        let named = (key, decision);
        self.record_follow_up(by, Action::LoanPerformanceRecord, named, body)
            .await
    }

    /// Records that a notice was sent, as [`Self::record_override`] does.
    ///
    /// # Errors
    ///
    /// As there.
    pub async fn record_notice(
        &self,
        by: &Origin,
        asked: FollowUpRequest<DraftNotice>,
    ) -> Result<FollowUpRecord, UnderwriteError> {
        let FollowUpRequest {
            key,
            decision,
            draft,
        } = asked;
        let record = self.followed(&by.identity.tenant, &decision).await?;
        let checked = draft.check(record.body.pins.as_of.date(), self.now());
        let notice = checked.map_err(UnderwriteError::Application)?;
        let is_counter = record.body.outcome() == Outcome::Counter;
        if notice.kind == NoticeKind::Counteroffer && !is_counter {
            return Err(UnderwriteError::Application(vec![ApplicationError {
                field: "kind".to_owned(),
                problem: "is of a counteroffer, and the decision offers none".to_owned(),
            }]));
        }
        let body = FollowUp::Notice(notice);
        self.record_follow_up(by, Action::NoticeRecord, (key, decision), body)
            .await
    }

    /// The decision that is to be followed, recorded.
    async fn followed(
        &self,
        tenant: &TenantId,
        id: &DecisionId,
    ) -> Result<DecisionRecord, UnderwriteError> {
        match self.decision(tenant, id).await? {
            Answer::Decided(decided) => Ok(decided.record),
            Answer::Pending(_) => Err(UnderwriteError::Application(vec![ApplicationError {
                field: "decision_id".to_owned(),
                problem: "is of a decision that is still pending: nothing follows it yet"
                    .to_owned(),
            }])),
        }
    }

    async fn record_follow_up(
        &self,
        by: &Origin,
        action: Action,
        (key, decision): (IdempotencyKey, DecisionId),
        body: FollowUp,
    ) -> Result<FollowUpRecord, UnderwriteError> {
        let (parts, now) = (&self.0.parts, self.now());
        let event = by.event(action, decision.to_string(), now);
        let new = NewFollowUp {
            tenant: by.identity.tenant.clone(),
            decision,
            key,
            by: by.identity.name.clone(),
            body,
            salt: parts.entropy.salt()?,
            recorded_at: now,
        };
        match parts.ledger.follow_up(new, Some(event)).await? {
            Followed::Recorded(record) => Ok(*record),
            Followed::KeyReused => Err(UnderwriteError::KeyReused),
            Followed::TooMany => Err(UnderwriteError::TooManyFollowUps),
            Followed::NothingToCorrect => {
                Err(UnderwriteError::Application(vec![ApplicationError {
                    field: "corrects".to_owned(),
                    problem: "is the key of no entry of this decision".to_owned(),
                }]))
            }
        }
    }

    /// What follows decisions, before a position in the chain, newest first.
    pub async fn follow_ups(
        &self,
        tenant: &TenantId,
        filter: &FollowUpFilter,
        before: Option<u64>,
        page_size: usize,
    ) -> Result<Vec<FollowUpRecord>, UnderwriteError> {
        let ledger = &self.0.parts.ledger;
        Ok(ledger.follow_ups(tenant, filter, before, page_size).await?)
    }

    /// All of one kind that follows a decision, newest first.
    pub async fn follow_ups_of(
        &self,
        record: &DecisionRecord,
        kind: FollowUpKind,
    ) -> Result<Vec<FollowUpRecord>, UnderwriteError> {
        let decision = Some(record.id.clone());
        let filter = FollowUpFilter { kind, decision };
        self.follow_ups(&record.tenant, &filter, None, limits::FOLLOW_UPS_MAX)
            .await
    }
}
