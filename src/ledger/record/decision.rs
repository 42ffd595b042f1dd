//! A decision as a record: prepared to be recorded, and proven when it is read.

use std::sync::Arc;

use chrono::{DateTime, SubsecRound, Utc};

use super::audit::PreparedAudit;
use super::content::{DecisionContent, application_bytes};
use super::draft::Draft;
use super::envelope::{Envelope, RecordKind};
use super::index::{DecisionRow, IndexRow, index_problem};
use super::intake::OpenedIntake;
use super::stored::StoredRecord;
use crate::application::Application;
use crate::decision::DecisionBody;
use crate::id::{DecisionId, IdempotencyKey};
use crate::ledger::error::LedgerError;
use crate::ledger::types::{DecisionRecord, NewDecision};
use crate::rules::Outcome;

/// A decision with everything done that needs no place in the chain.
pub(in crate::ledger) struct Prepared {
    pub(in crate::ledger) decision: NewDecision,
    pub(in crate::ledger) draft: Draft,
    /// Who asked for it, where that is kept with it.
    pub(in crate::ledger) audit: Option<PreparedAudit>,
    application: Vec<u8>,
}

impl Prepared {
    /// Encodes, seals and commits to a decision.
    pub(in crate::ledger) fn new(mut decision: NewDecision) -> Result<Self, LedgerError> {
        let reject = |problem: String| rejected(&decision.id, problem);
        let pins = &decision.body.pins;
        let pinned = pins.snapshots.iter().map(|pin| pin.hash);
        if !pinned.eq(decision.snapshots.iter().map(|sealed| sealed.hash)) {
            let problem = "its snapshots are not the ones that its body pins, in their order";
            return Err(reject(problem.to_owned()));
        }
        if pins.rule_set.name != decision.rule_set.as_str() {
            let problem = "its body pins another rule set than was asked for";
            return Err(reject(problem.to_owned()));
        }
        let body = decision
            .body
            .to_bytes()
            .map_err(|_| reject("its body cannot be written".to_owned()))?;
        let application = application_bytes(&decision.application)
            .map_err(|problem| reject(problem.to_owned()))?;
        decision.recorded_at = decision.recorded_at.trunc_subsecs(0);
        decision.received_at = decision.received_at.trunc_subsecs(0);
        let content = DecisionContent {
            received_at: decision.received_at.timestamp(),
            key: decision.key.as_str(),
            rule_set: decision.rule_set.as_str(),
            application: &application,
            body: &body,
        };
        let id = decision.id.as_str().to_owned();
        let draft = Draft::new(
            (RecordKind::Decision, &decision.tenant, id),
            decision.recorded_at,
            &decision.salt,
            &content.encode(),
        )
        .map_err(|problem| rejected(&decision.id, format!("its content {problem}")))?;
        let audit = decision.audit.take().map(PreparedAudit::new).transpose()?;
        Ok(Self {
            decision,
            draft,
            audit,
            application,
        })
    }

    /// Fails unless it is the decision that the key was reserved for.
    pub(in crate::ledger) fn check_intake(&self, intake: &OpenedIntake) -> Result<(), LedgerError> {
        let new = &self.decision;
        let reserved = intake.content()?;
        if reserved.decision != new.id.as_str() {
            return Err(LedgerError::NotReserved);
        }
        let problem = if reserved.bundle != new.body.pins.rule_set.bundle.as_bytes() {
            "its rule set bundle is not the one that was reserved with its key"
        } else if reserved.rule_set != new.rule_set.as_str()
            || reserved.application != self.application
        {
            "its request is not the one that its key was reserved for"
        } else if reserved.received_at != new.received_at.timestamp() {
            "its request did not come when its key was reserved"
        } else {
            return Ok(());
        };
        Err(rejected(&new.id, problem.to_owned()))
    }

    /// The row by which it is found.
    pub(in crate::ledger) fn index(&self, seq: i64, recorded_at: DateTime<Utc>) -> IndexRow {
        let new = &self.decision;
        IndexRow::Decision(DecisionRow {
            seq,
            tenant: new.tenant.as_str().to_owned(),
            id: new.id.as_str().to_owned(),
            idempotency_key: new.key.as_str().to_owned(),
            recorded_at: recorded_at.timestamp(),
            outcome: new.body.outcome().as_str().to_owned(),
            rule_set: new.rule_set.as_str().to_owned(),
            application_id: new.application.id().as_str().to_owned(),
            resolves: resolves(&new.application),
        })
    }

    /// The record, at its place.
    pub(in crate::ledger) fn recorded(self, envelope: Envelope) -> DecisionRecord {
        let new = self.decision;
        DecisionRecord {
            tenant: new.tenant,
            id: new.id,
            key: new.key,
            application: new.application,
            received_at: new.received_at,
            body: new.body,
            envelope,
        }
    }
}

/// The decision that an application settles; empty where there is none.
fn resolves(application: &Application) -> String {
    let resolution = application.resolution();
    resolution.map_or_else(String::new, |one| one.of.as_str().to_owned())
}

/// What keeps a decision from settling another one, if anything does: it has to rest on all that the
/// other rests on, and that has to be one that was referred.
pub(in crate::ledger) fn resolution_problem(
    first: &DecisionRecord,
    body: &DecisionBody,
) -> Option<&'static str> {
    let rests_on = |body: &DecisionBody| {
        let pins = &body.pins;
        let snapshots = pins.snapshots.iter();
        let hashes: Vec<_> = snapshots
            .map(|pin| (pin.account.clone(), pin.hash))
            .collect();
        (
            hashes,
            pins.as_of,
            pins.seed,
            pins.amount_sign,
            pins.rule_set.bundle,
        )
    };
    if first.body.outcome() != Outcome::Refer {
        Some("it settles a decision that was not referred")
    } else if rests_on(&first.body) != rests_on(body) {
        Some("it rests on other things than the decision that it settles")
    } else {
        None
    }
}

fn rejected(id: &DecisionId, problem: String) -> LedgerError {
    LedgerError::Rejected {
        record: id.to_string(),
        problem,
    }
}

/// A decision that was proven, with the row by which it has to be found.
pub(in crate::ledger) struct Proven {
    pub(in crate::ledger) record: DecisionRecord,
    pub(in crate::ledger) index: IndexRow,
}

/// Proves a stored decision against its envelope and reads it, or tells what is wrong with it.
pub(in crate::ledger) fn prove(row: &StoredRecord, chain_id: &str) -> Result<Proven, String> {
    let envelope = row.envelope(chain_id)?;
    let opened = row.open()?;
    read(row, envelope, opened.content())
        .ok_or_else(|| "its content is not in a form that this engine reads".to_owned())
}

/// Reads the content of a decision.
pub(in crate::ledger) fn read(
    row: &StoredRecord,
    envelope: Envelope,
    content: &[u8],
) -> Option<Proven> {
    let content = DecisionContent::decode(content)?;
    let application: Application = serde_json::from_slice(content.application).ok()?;
    let body = DecisionBody::from_bytes(content.body).ok()?;
    if body.pins.rule_set.name != content.rule_set {
        return None;
    }
    let index = IndexRow::Decision(DecisionRow {
        seq: i64::try_from(row.seq).ok()?,
        tenant: row.tenant.clone(),
        id: row.id.clone(),
        idempotency_key: content.key.to_owned(),
        recorded_at: row.recorded_at,
        outcome: body.outcome().as_str().to_owned(),
        rule_set: content.rule_set.to_owned(),
        application_id: application.id().as_str().to_owned(),
        resolves: resolves(&application),
    });
    let record = DecisionRecord {
        tenant: envelope.tenant.clone(),
        id: DecisionId::parse(&envelope.id).ok()?,
        key: IdempotencyKey::parse(content.key).ok()?,
        application: Arc::new(application),
        received_at: DateTime::from_timestamp(content.received_at, 0)?,
        body: Arc::new(body),
        envelope,
    };
    Some(Proven { record, index })
}

/// Proves a stored decision together with the row by which it was found.
pub(in crate::ledger) fn prove_found(
    (row, index): (StoredRecord, DecisionRow),
    chain_id: &str,
) -> Result<DecisionRecord, LedgerError> {
    let proven = prove(&row, chain_id).map_err(|problem| row.damaged(problem))?;
    match index_problem(&IndexRow::Decision(index), &proven.index) {
        Some(problem) => Err(row.damaged(problem)),
        None => Ok(proven.record),
    }
}
