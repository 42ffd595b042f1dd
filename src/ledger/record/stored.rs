//! A record as a store gives it back, and the proof that it is what was written.

use chrono::DateTime;

use super::content::commitment;
use super::envelope::{Envelope, RecordHash, RecordKind};
use crate::access::audit::Action;
use crate::id::{DecisionId, RuleSetName, TenantId, TokenId};
use crate::ledger::error::LedgerError;
use crate::limits;
use crate::rules::BundleHash;
use crate::seal::{self, Opened};

/// A record as the store holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::ledger) struct StoredRecord {
    pub(in crate::ledger) seq: u64,
    pub(in crate::ledger) kind: String,
    pub(in crate::ledger) tenant: String,
    pub(in crate::ledger) id: String,
    pub(in crate::ledger) previous: Vec<u8>,
    pub(in crate::ledger) commitment: Vec<u8>,
    pub(in crate::ledger) recorded_at: i64,
    pub(in crate::ledger) hash: Vec<u8>,
    /// The sealed content.
    pub(in crate::ledger) content: Option<Vec<u8>>,
}

impl StoredRecord {
    /// How the record is named in errors and reports: `5 (dec_…)`, `2 (activation personal-loan)`.
    pub(in crate::ledger) fn name(&self) -> String {
        let seq = self.seq;
        let id = &self.id;
        // Whatever else stands there may be anything, and is not repeated.
        let named = match RecordKind::parse(&self.kind) {
            Some(RecordKind::Decision) => DecisionId::parse(id).is_ok().then(|| id.clone()),
            Some(
                kind @ (RecordKind::Shadow
                | RecordKind::Override
                | RecordKind::LoanPerformance
                | RecordKind::Notice),
            ) => DecisionId::parse(id)
                .ok()
                .map(|id| format!("{} {id}", kind.as_str())),
            Some(kind @ RecordKind::Bundle) => {
                BundleHash::parse(id).map(|hash| format!("{} {hash}", kind.as_str()))
            }
            Some(kind @ (RecordKind::Activation | RecordKind::Shadowing)) => RuleSetName::parse(id)
                .ok()
                .map(|name| format!("{} {name}", kind.as_str())),
            Some(kind @ RecordKind::Layout) => parse_layout_id(id)
                .map(|(hash, semantics)| format!("{} {hash}/{semantics}", kind.as_str())),
            Some(kind @ RecordKind::Resumption) => {
                RecordHash::parse(id).map(|hash| format!("{} {hash}", kind.as_str()))
            }
            Some(kind @ (RecordKind::Grant | RecordKind::Revocation)) => TokenId::parse(id)
                .ok()
                .map(|id| format!("{} {id}", kind.as_str())),
            Some(kind @ RecordKind::Audit) => {
                Action::parse(id).map(|action| format!("{} {action}", kind.as_str()))
            }
            None => None,
        };
        named.map_or_else(|| seq.to_string(), |named| format!("{seq} ({named})"))
    }

    /// The damage of this record.
    pub(in crate::ledger) fn damaged(&self, problem: impl Into<String>) -> LedgerError {
        LedgerError::Damaged {
            record: self.name(),
            problem: problem.into(),
        }
    }

    /// The envelope, proven by its hash, or what is wrong with it.
    pub(in crate::ledger) fn envelope(&self, chain_id: &str) -> Result<Envelope, String> {
        let mut envelope = self
            .parse(chain_id)
            .ok_or("its envelope has no valid kind, tenant, time or hash")?;
        // Which of the two it is, only the hash says.
        for time_held_back in [false, true] {
            envelope.time_held_back = time_held_back;
            if envelope.computed_hash() == envelope.hash {
                return Ok(envelope);
            }
        }
        Err("its envelope does not match its hash".to_owned())
    }

    fn parse(&self, chain_id: &str) -> Option<Envelope> {
        Some(Envelope {
            chain_id: chain_id.to_owned(),
            seq: self.seq,
            kind: RecordKind::parse(&self.kind)?,
            tenant: TenantId::parse(&self.tenant).ok()?,
            id: self.id.clone(),
            previous: RecordHash::from_slice(&self.previous)?,
            commitment: RecordHash::from_slice(&self.commitment)?,
            recorded_at: DateTime::from_timestamp(self.recorded_at, 0)?,
            time_held_back: false,
            hash: RecordHash::from_slice(&self.hash)?,
        })
    }

    /// The content, proven by the commitment of the envelope's columns, or what is wrong with it.
    pub(in crate::ledger) fn open(&self) -> Result<Opened, String> {
        let content = self.content.as_ref().ok_or("its content is missing")?;
        let opened = seal::open(content, limits::RECORD_BYTES_MAX)
            .map_err(|problem| format!("its content {problem}"))?;
        let kind = RecordKind::parse(&self.kind).ok_or("it is of no known kind")?;
        let committed = commitment(kind, opened.salt(), opened.content());
        if committed.as_bytes().as_slice() == self.commitment {
            Ok(opened)
        } else {
            Err("its content does not match its commitment".to_owned())
        }
    }
}

/// How a layout is named in its envelope.
pub(in crate::ledger) fn layout_id(bundle: BundleHash, semantics: u32) -> String {
    format!("{bundle}/{semantics}")
}

fn parse_layout_id(id: &str) -> Option<(BundleHash, u32)> {
    let (hash, semantics) = id.split_once('/')?;
    Some((BundleHash::parse(hash)?, semantics.parse().ok()?))
}
