//! What follows a decision as a record. It is about a person: its commitment has a salt.

use chrono::SubsecRound;

use super::content::follow_up::FollowUpContent;
use super::draft::Draft;
use super::envelope::{Envelope, RecordKind};
use super::index::{FollowUpRow, IndexRow, index_problem};
use super::stored::StoredRecord;
use crate::follow_up::{FollowUp, FollowUpKind};
use crate::id::{DecisionId, IdempotencyKey, IdentityName};
use crate::ledger::error::LedgerError;
use crate::ledger::follow_up::{FollowUpRecord, NewFollowUp};

const UNREADABLE: &str = "its content is not in a form that this engine reads";

impl From<FollowUpKind> for RecordKind {
    fn from(kind: FollowUpKind) -> Self {
        match kind {
            FollowUpKind::Override => Self::Override,
            FollowUpKind::LoanPerformance => Self::LoanPerformance,
            FollowUpKind::Notice => Self::Notice,
        }
    }
}

/// A follow-up with everything done that needs no place in the chain.
pub(in crate::ledger) struct PreparedFollowUp {
    pub(in crate::ledger) new: NewFollowUp,
    pub(in crate::ledger) draft: Draft,
    /// What is sealed in it: its row is read off that.
    pub(in crate::ledger) content: Vec<u8>,
}

impl PreparedFollowUp {
    /// Encodes, seals and commits to it.
    pub(in crate::ledger) fn new(new: NewFollowUp) -> Result<Self, LedgerError> {
        let kind = RecordKind::from(new.body.kind());
        let rejected = |problem: String| LedgerError::Rejected {
            record: format!("{} of {}", kind.as_str(), new.decision),
            problem,
        };
        let body = serde_json::to_vec(&new.body)
            .map_err(|_| rejected("it cannot be written as JSON".to_owned()))?;
        let content = FollowUpContent {
            key: new.key.as_str(),
            by: new.by.as_str(),
            body: &body,
        };
        let content = content.encode();
        let what = (kind, &new.tenant, new.decision.to_string());
        let at = new.recorded_at.trunc_subsecs(0);
        let draft = Draft::new(what, at, &new.salt, &content)
            .map_err(|problem| rejected(problem.to_string()))?;
        Ok(Self {
            new,
            draft,
            content,
        })
    }

    /// Whether it says of the same decision the same.
    pub(in crate::ledger) fn repeats(&self, recorded: &FollowUpRecord) -> bool {
        self.new.decision == recorded.decision && self.new.body == recorded.body
    }

    /// The record, at its place.
    pub(in crate::ledger) fn recorded(&self, envelope: Envelope) -> FollowUpRecord {
        let new = &self.new;
        FollowUpRecord {
            tenant: new.tenant.clone(),
            decision: new.decision.clone(),
            key: new.key.clone(),
            by: new.by.clone(),
            body: new.body.clone(),
            envelope,
        }
    }
}

/// Reads the content of a follow-up; `None` where it is not in a form that this engine reads.
pub(in crate::ledger) fn read_follow_up(
    envelope: Envelope,
    content: &[u8],
) -> Option<FollowUpRecord> {
    let content = FollowUpContent::decode(content)?;
    let body: FollowUp = serde_json::from_slice(content.body).ok()?;
    // What the chain calls it is what it says.
    (envelope.kind == body.kind().into()).then_some(())?;
    Some(FollowUpRecord {
        tenant: envelope.tenant.clone(),
        decision: DecisionId::parse(&envelope.id).ok()?,
        key: IdempotencyKey::parse(content.key).ok()?,
        by: IdentityName::parse(content.by).ok()?,
        body,
        envelope,
    })
}

/// Proves a stored follow-up together with the row by which it was found.
pub(in crate::ledger) fn prove_follow_up(
    row: &StoredRecord,
    found: FollowUpRow,
    chain_id: &str,
) -> Result<FollowUpRecord, String> {
    let envelope = row.envelope(chain_id)?;
    let opened = row.open()?;
    let expected = IndexRow::expected(&envelope, opened.content()).ok_or(UNREADABLE)?;
    if let Some(problem) = index_problem(&IndexRow::FollowUp(found), &expected) {
        return Err(problem);
    }
    Ok(read_follow_up(envelope, opened.content()).ok_or(UNREADABLE)?)
}
