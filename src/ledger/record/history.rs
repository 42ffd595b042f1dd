//! Decisions as replay reads them: sealed, so that many are opened and proven at once.

use std::sync::Arc;

use super::content::DecisionContent;
use super::decision::read;
use super::envelope::Envelope;
use super::stored::StoredRecord;
use crate::application::Application;
use crate::decision::BodyInBrief;
use crate::id::DecisionId;
use crate::ledger::types::DecisionRecord;
use crate::seal::Opened;
use crate::snapshot::{Sealed, SnapshotHash};

/// A decision as the store holds it, with the snapshots that it is linked to.
#[derive(Debug, Clone)]
pub struct SealedDecision {
    record: StoredRecord,
    chain_id: Arc<str>,
    snapshots: Vec<LinkedSnapshot>,
}

/// A link from a decision to a snapshot, as the store holds both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::ledger) struct LinkedSnapshot {
    pub(in crate::ledger) hash: Vec<u8>,
    /// The sealed snapshot; `None` where it is missing.
    pub(in crate::ledger) bytes: Option<Arc<[u8]>>,
}

impl SealedDecision {
    pub(in crate::ledger) fn new(
        record: StoredRecord,
        chain_id: Arc<str>,
        snapshots: Vec<LinkedSnapshot>,
    ) -> Self {
        Self {
            record,
            chain_id,
            snapshots,
        }
    }

    /// Its position in the chain.
    pub fn seq(&self) -> u64 {
        self.record.seq
    }

    /// Its id, as its envelope says.
    pub fn id(&self) -> &str {
        &self.record.id
    }

    /// The hash of its record, as it is stored.
    pub fn hash(&self) -> &[u8] {
        &self.record.hash
    }

    /// How it is named in reports: `5 (dec_…)`.
    pub fn name(&self) -> String {
        self.record.name()
    }

    /// Proves it against its envelope and reads what rules read of it, whatever it rests on.
    ///
    /// # Errors
    ///
    /// What is wrong with it, in words that follow its name.
    pub fn read_in_brief(self) -> Result<DecisionInBrief, String> {
        let envelope = self.record.envelope(&self.chain_id)?;
        let opened = self.record.open()?;
        in_brief(envelope, opened.content()).ok_or_else(unreadable)
    }

    /// Proves it against its envelope and opens it.
    ///
    /// # Errors
    ///
    /// What is wrong with it, in words that follow its name.
    pub fn open(self) -> Result<OpenedDecision, String> {
        let envelope = self.record.envelope(&self.chain_id)?;
        let opened = self.record.open()?;
        if DecisionContent::decode(opened.content()).is_none() {
            return Err(unreadable());
        }
        let linked = self.snapshots.into_iter().map(|linked| {
            let hash = <[u8; 32]>::try_from(linked.hash.as_slice()).map_err(|_| unreadable())?;
            let hash = SnapshotHash::from_bytes(hash);
            let missing = || format!("its snapshot {hash} is missing");
            let bytes = linked.bytes.ok_or_else(missing)?;
            Ok(Sealed { hash, bytes })
        });
        Ok(OpenedDecision {
            id: DecisionId::parse(&envelope.id).map_err(|_| unreadable())?,
            snapshots: linked.collect::<Result<_, String>>()?,
            row: StoredRecord {
                content: None,
                ..self.record
            },
            envelope,
            opened,
        })
    }
}

fn unreadable() -> String {
    "its content is not in a form that this engine reads".to_owned()
}

/// A recorded decision without its evidence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecisionInBrief {
    /// Its id.
    pub id: DecisionId,
    /// The request.
    pub application: Application,
    /// What rules read, and what they made of it.
    pub body: BodyInBrief,
    /// Its place in the chain.
    pub envelope: Envelope,
}

impl From<&DecisionRecord> for DecisionInBrief {
    fn from(record: &DecisionRecord) -> Self {
        Self {
            id: record.id.clone(),
            application: Application::clone(&record.application),
            body: BodyInBrief::from(&*record.body),
            envelope: record.envelope.clone(),
        }
    }
}

/// Reads of a content what rules read.
fn in_brief(envelope: Envelope, content: &[u8]) -> Option<DecisionInBrief> {
    let content = DecisionContent::decode(content)?;
    let body = BodyInBrief::from_bytes(content.body).ok()?;
    (body.pins.rule_set.name == content.rule_set).then_some(())?;
    Some(DecisionInBrief {
        id: DecisionId::parse(&envelope.id).ok()?,
        application: serde_json::from_slice(content.application).ok()?,
        body,
        envelope,
    })
}

/// A recorded decision as canonical bytes, proven.
#[derive(Debug, Clone)]
pub struct OpenedDecision {
    /// Its id.
    pub id: DecisionId,
    /// The snapshots that it is linked to, in their order. What each is, is proven by
    /// [`crate::snapshot::unseal`]; that they are the ones that were pinned, by whoever reads the
    /// body.
    pub snapshots: Vec<Sealed>,
    /// Without its content.
    row: StoredRecord,
    envelope: Envelope,
    opened: Opened,
}

impl OpenedDecision {
    fn content(&self) -> Option<DecisionContent<'_>> {
        DecisionContent::decode(self.opened.content())
    }

    /// The same, read whole.
    ///
    /// # Errors
    ///
    /// What is wrong with it, in words that follow its name.
    pub fn record(&self) -> Result<DecisionRecord, String> {
        let read = read(&self.row, self.envelope.clone(), self.opened.content());
        read.map(|proven| proven.record).ok_or_else(unreadable)
    }

    /// The same, of which what rules read is read.
    ///
    /// # Errors
    ///
    /// What is wrong with it, in words that follow its name.
    pub fn read_in_brief(&self) -> Result<DecisionInBrief, String> {
        in_brief(self.envelope.clone(), self.opened.content()).ok_or_else(unreadable)
    }

    /// The canonical application.
    pub fn application(&self) -> &[u8] {
        self.content().map_or(&[], |content| content.application)
    }

    /// The canonical body.
    pub fn body(&self) -> &[u8] {
        self.content().map_or(&[], |content| content.body)
    }
}
