//! What decides beside a rule set, and what it would have decided, as records. Neither is about a person:
//! a decision is named by its id, and the rest are words and figures of rule sets.

use chrono::{DateTime, Utc};

use super::content::shadow::{ShadowContent, ShadowingContent};
use super::draft::Draft;
use super::envelope::{Envelope, RecordKind};
use super::index::{IndexRow, ShadowRow};
use super::stored::StoredRecord;
use crate::id::{IdentityName, RuleSetName, TenantId};
use crate::ledger::error::LedgerError;
use crate::ledger::shadow::{RecordedShadow, ShadowDecision, ShadowResult, Shadowing};
use crate::rules::{BundleHash, Outcome};
use crate::seal::NO_SALT;

const UNREADABLE: &str = "its content is not in a form that this engine reads";

fn rejected(record: String, problem: impl ToString) -> LedgerError {
    LedgerError::Rejected {
        record,
        problem: problem.to_string(),
    }
}

/// That a bundle decides beside a name from now on, or that none does, as a record.
pub(in crate::ledger) fn shadowing_draft(
    tenant: &TenantId,
    shadowing: &Shadowing,
) -> Result<Draft, LedgerError> {
    let content = ShadowingContent {
        bundle: shadowing
            .bundle
            .as_ref()
            .map_or(&[], |hash| hash.as_bytes()),
        by: shadowing.by.as_str(),
    };
    let what = (RecordKind::Shadowing, tenant, shadowing.name.to_string());
    Draft::new(what, shadowing.at, &NO_SALT, &content.encode())
        .map_err(|problem| rejected(format!("shadowing {}", shadowing.name), problem))
}

fn read_shadowing(envelope: &Envelope, content: &[u8]) -> Option<Shadowing> {
    let content = ShadowingContent::decode(content)?;
    Some(Shadowing {
        name: RuleSetName::parse(&envelope.id).ok()?,
        bundle: match content.bundle {
            [] => None,
            hash => Some(BundleHash::from_slice(hash)?),
        },
        by: IdentityName::parse(content.by).ok()?,
        at: envelope.recorded_at,
    })
}

/// What is wrong with the content of a shadowing.
pub(in crate::ledger) fn shadowing_problem(
    envelope: &Envelope,
    content: &[u8],
) -> Option<&'static str> {
    let is_read = read_shadowing(envelope, content).is_some();
    (!is_read).then_some(UNREADABLE)
}

/// Proves a stored shadowing and reads it: whose it is, and what it says.
pub(in crate::ledger) fn prove_shadowing(
    row: &StoredRecord,
    chain_id: &str,
) -> Result<(TenantId, Shadowing), String> {
    let envelope = row.envelope(chain_id)?;
    let opened = row.open()?;
    let read = read_shadowing(&envelope, opened.content()).ok_or(UNREADABLE)?;
    Ok((envelope.tenant, read))
}

/// Proves what a shadow would have decided, and reads it, where it is of these bundles: the one that
/// decided, and the shadow.
pub(in crate::ledger) fn prove_shadow(
    row: &StoredRecord,
    chain_id: &str,
    (live, bundle): (BundleHash, BundleHash),
) -> Result<RecordedShadow, String> {
    let envelope = row.envelope(chain_id)?;
    let opened = row.open()?;
    let content = ShadowContent::decode(opened.content()).ok_or(UNREADABLE)?;
    if content.live != live.as_bytes() || content.bundle != bundle.as_bytes() {
        return Err("it is found by other bundles than it is of".to_owned());
    }
    let fired = content.fired.split(',').filter(|id| !id.is_empty());
    Ok(RecordedShadow {
        recorded_at: envelope.recorded_at,
        live_outcome: Outcome::from_word(content.live_outcome).ok_or(UNREADABLE)?,
        result: content.result.to_owned(),
        fired: fired.map(str::to_owned).collect(),
    })
}

/// What a shadow would have decided, as a record.
pub(in crate::ledger) struct PreparedShadow {
    decision: ShadowDecision,
    pub(in crate::ledger) draft: Draft,
}

impl PreparedShadow {
    /// Encodes and seals it.
    pub(in crate::ledger) fn new(
        decision: ShadowDecision,
        at: DateTime<Utc>,
    ) -> Result<Self, LedgerError> {
        let word = decision.result.word();
        let fired = match &decision.result {
            ShadowResult::Decided { fired, .. } => fired.join(","),
            ShadowResult::Failed { .. } => String::new(),
        };
        let content = ShadowContent {
            name: decision.name.as_str(),
            live: decision.live.as_bytes(),
            live_outcome: decision.live_outcome.as_str(),
            bundle: decision.bundle.as_bytes(),
            result: &word,
            fired: &fired,
        };
        let id = decision.decision.to_string();
        let what = (RecordKind::Shadow, &decision.tenant, id);
        let draft = Draft::new(what, at, &NO_SALT, &content.encode())
            .map_err(|problem| rejected(format!("shadow of {}", decision.decision), problem))?;
        Ok(Self { decision, draft })
    }

    /// The row by which it is counted.
    pub(in crate::ledger) fn index(&self, seq: i64) -> IndexRow {
        let decision = &self.decision;
        IndexRow::Shadow(ShadowRow {
            seq,
            tenant: decision.tenant.as_str().to_owned(),
            decision: decision.decision.as_str().to_owned(),
            name: decision.name.as_str().to_owned(),
            live: decision.live.as_bytes().to_vec(),
            live_outcome: decision.live_outcome.as_str().to_owned(),
            bundle: decision.bundle.as_bytes().to_vec(),
            result: decision.result.word(),
        })
    }
}
