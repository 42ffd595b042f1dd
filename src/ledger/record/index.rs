//! The rows by which records are looked up. They repeat what the records say and can be made anew
//! from them; a proof compares them.

use super::content::follow_up::FollowUpContent;
use super::content::shadow::ShadowContent;
use super::content::{ActivationContent, AuditContent, BundleContent, LayoutContent};
use super::envelope::{Envelope, RecordKind};
use super::stored::layout_id;
use crate::rules::BundleHash;

/// One row, of the record at `seq`. Values are as the store gives them: they may have been changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::ledger) enum IndexRow {
    Decision(DecisionRow),
    Bundle(BundleRow),
    Activation(ActivationRow),
    Layout(LayoutRow),
    Audit(AuditRow),
    Shadow(ShadowRow),
    FollowUp(FollowUpRow),
}

/// What decisions are found and listed by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::ledger) struct DecisionRow {
    pub(in crate::ledger) seq: i64,
    pub(in crate::ledger) tenant: String,
    pub(in crate::ledger) id: String,
    pub(in crate::ledger) idempotency_key: String,
    pub(in crate::ledger) recorded_at: i64,
    pub(in crate::ledger) outcome: String,
    pub(in crate::ledger) rule_set: String,
    pub(in crate::ledger) application_id: String,
    /// The decision that it settles; empty where there is none. In a table of its own.
    pub(in crate::ledger) resolves: String,
}

/// What bundles are found by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::ledger) struct BundleRow {
    pub(in crate::ledger) seq: i64,
    pub(in crate::ledger) tenant: String,
    pub(in crate::ledger) hash: Vec<u8>,
    pub(in crate::ledger) name: String,
    pub(in crate::ledger) version: String,
}

/// What decides under a name, from when on; an empty bundle is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::ledger) struct ActivationRow {
    pub(in crate::ledger) seq: i64,
    pub(in crate::ledger) tenant: String,
    pub(in crate::ledger) name: String,
    pub(in crate::ledger) bundle: Vec<u8>,
    pub(in crate::ledger) at: i64,
}

/// What layouts are found by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::ledger) struct LayoutRow {
    pub(in crate::ledger) seq: i64,
    pub(in crate::ledger) tenant: String,
    pub(in crate::ledger) bundle: Vec<u8>,
    pub(in crate::ledger) semantics: i64,
}

/// What events of the audit log are found by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::ledger) struct AuditRow {
    pub(in crate::ledger) seq: i64,
    pub(in crate::ledger) tenant: String,
    pub(in crate::ledger) at: i64,
    /// Empty where nobody is known.
    pub(in crate::ledger) who: String,
    pub(in crate::ledger) action: String,
    /// Empty where there is none.
    pub(in crate::ledger) object: String,
}

/// What the decisions of shadows are counted by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::ledger) struct ShadowRow {
    pub(in crate::ledger) seq: i64,
    pub(in crate::ledger) tenant: String,
    pub(in crate::ledger) decision: String,
    pub(in crate::ledger) name: String,
    pub(in crate::ledger) live: Vec<u8>,
    pub(in crate::ledger) live_outcome: String,
    pub(in crate::ledger) bundle: Vec<u8>,
    pub(in crate::ledger) result: String,
}

/// What follow-ups of decisions are found by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::ledger) struct FollowUpRow {
    pub(in crate::ledger) seq: i64,
    pub(in crate::ledger) tenant: String,
    /// The word for the kind of its record.
    pub(in crate::ledger) kind: String,
    pub(in crate::ledger) decision: String,
    pub(in crate::ledger) key: String,
}

impl IndexRow {
    /// The row of a record that is no decision and has one; `None` where its content cannot be read.
    pub(in crate::ledger) fn expected(envelope: &Envelope, content: &[u8]) -> Option<Self> {
        let seq = i64::try_from(envelope.seq).ok()?;
        let tenant = envelope.tenant.as_str().to_owned();
        match envelope.kind {
            RecordKind::Decision
            | RecordKind::Resumption
            | RecordKind::Grant
            | RecordKind::Revocation
            | RecordKind::Shadowing => None,
            RecordKind::Bundle => {
                let bundle = BundleContent::decode(content)?;
                let hash = blake3::Hash::from_hex(&envelope.id).ok()?;
                Some(Self::Bundle(BundleRow {
                    seq,
                    tenant,
                    hash: hash.as_bytes().to_vec(),
                    name: bundle.name.to_owned(),
                    version: bundle.version.to_owned(),
                }))
            }
            RecordKind::Activation => {
                let activation = ActivationContent::decode(content)?;
                // What the chain calls it is what it says.
                (envelope.id == activation.name).then_some(())?;
                Some(Self::Activation(ActivationRow {
                    seq,
                    tenant,
                    name: activation.name.to_owned(),
                    bundle: activation.bundle.to_vec(),
                    at: activation.at.max(envelope.recorded_at.timestamp()),
                }))
            }
            RecordKind::Layout => {
                let layout = LayoutContent::decode(content)?;
                let semantics = u32::try_from(layout.semantics).ok()?;
                let bundle = BundleHash::from_slice(layout.bundle)?;
                (envelope.id == layout_id(bundle, semantics)).then_some(())?;
                Some(Self::Layout(LayoutRow {
                    seq,
                    tenant,
                    bundle: layout.bundle.to_vec(),
                    semantics: layout.semantics,
                }))
            }
            RecordKind::Audit => {
                let audit = AuditContent::decode(content)?;
                Some(Self::Audit(AuditRow {
                    seq,
                    tenant,
                    at: envelope.recorded_at.timestamp(),
                    who: audit.who.to_owned(),
                    action: audit.action.to_owned(),
                    object: audit.object.to_owned(),
                }))
            }
            RecordKind::Shadow => {
                let shadow = ShadowContent::decode(content)?;
                Some(Self::Shadow(ShadowRow {
                    seq,
                    tenant,
                    decision: envelope.id.clone(),
                    name: shadow.name.to_owned(),
                    live: shadow.live.to_vec(),
                    live_outcome: shadow.live_outcome.to_owned(),
                    bundle: shadow.bundle.to_vec(),
                    result: shadow.result.to_owned(),
                }))
            }
            RecordKind::Override | RecordKind::LoanPerformance | RecordKind::Notice => {
                let follow_up = FollowUpContent::decode(content)?;
                Some(Self::FollowUp(FollowUpRow {
                    seq,
                    tenant,
                    kind: envelope.kind.as_str().to_owned(),
                    decision: envelope.id.clone(),
                    key: follow_up.key.to_owned(),
                }))
            }
        }
    }

    /// The position of the record that it is of.
    pub(in crate::ledger) fn seq(&self) -> i64 {
        match self {
            Self::Decision(row) => row.seq,
            Self::Bundle(row) => row.seq,
            Self::Activation(row) => row.seq,
            Self::Layout(row) => row.seq,
            Self::Audit(row) => row.seq,
            Self::Shadow(row) => row.seq,
            Self::FollowUp(row) => row.seq,
        }
    }

    /// The kind of the records that it is of.
    pub(in crate::ledger) fn kind(&self) -> RecordKind {
        match self {
            Self::Decision(_) => RecordKind::Decision,
            Self::Bundle(_) => RecordKind::Bundle,
            Self::Activation(_) => RecordKind::Activation,
            Self::Layout(_) => RecordKind::Layout,
            Self::Audit(_) => RecordKind::Audit,
            Self::Shadow(_) => RecordKind::Shadow,
            // One of another word is told by its column.
            Self::FollowUp(row) => match RecordKind::parse(&row.kind) {
                Some(kind) if table(kind) == Some(self.table()) => kind,
                Some(_) | None => RecordKind::Override,
            },
        }
    }

    /// The table that it is in.
    pub(in crate::ledger) fn table(&self) -> &'static str {
        match self {
            Self::Decision(_) => "decisions",
            Self::Bundle(_) => "bundles",
            Self::Activation(_) => "activations",
            Self::Layout(_) => "layouts",
            Self::Audit(_) => "audit",
            Self::Shadow(_) => "shadow_decisions",
            Self::FollowUp(_) => "follow_ups",
        }
    }

    /// The first column in which it differs from what is expected; `None` where all are equal.
    pub(in crate::ledger) fn difference(&self, expected: &Self) -> Option<&'static str> {
        let (found, expected) = (self.columns(), expected.columns());
        let mut pairs = found.into_iter().zip(expected);
        pairs.find_map(|(found, expected)| (found != expected).then_some(found.0))
    }

    fn columns(&self) -> Vec<(&'static str, Cell<'_>)> {
        use Cell::{Bytes, Number, Text};
        match self {
            Self::Decision(row) => vec![
                ("seq", Number(row.seq)),
                ("tenant", Text(&row.tenant)),
                ("id", Text(&row.id)),
                ("idempotency_key", Text(&row.idempotency_key)),
                ("recorded_at", Number(row.recorded_at)),
                ("outcome", Text(&row.outcome)),
                ("rule_set", Text(&row.rule_set)),
                ("application_id", Text(&row.application_id)),
                ("resolves", Text(&row.resolves)),
            ],
            Self::Bundle(row) => vec![
                ("seq", Number(row.seq)),
                ("tenant", Text(&row.tenant)),
                ("hash", Bytes(&row.hash)),
                ("name", Text(&row.name)),
                ("version", Text(&row.version)),
            ],
            Self::Activation(row) => vec![
                ("seq", Number(row.seq)),
                ("tenant", Text(&row.tenant)),
                ("name", Text(&row.name)),
                ("bundle", Bytes(&row.bundle)),
                ("at", Number(row.at)),
            ],
            Self::Layout(row) => vec![
                ("seq", Number(row.seq)),
                ("tenant", Text(&row.tenant)),
                ("bundle", Bytes(&row.bundle)),
                ("semantics", Number(row.semantics)),
            ],
            Self::Audit(row) => vec![
                ("seq", Number(row.seq)),
                ("tenant", Text(&row.tenant)),
                ("at", Number(row.at)),
                ("who", Text(&row.who)),
                ("action", Text(&row.action)),
                ("object", Text(&row.object)),
            ],
            Self::Shadow(row) => vec![
                ("seq", Number(row.seq)),
                ("tenant", Text(&row.tenant)),
                ("decision", Text(&row.decision)),
                ("name", Text(&row.name)),
                ("live", Bytes(&row.live)),
                ("live_outcome", Text(&row.live_outcome)),
                ("bundle", Bytes(&row.bundle)),
                ("result", Text(&row.result)),
            ],
            Self::FollowUp(row) => vec![
                ("seq", Number(row.seq)),
                ("tenant", Text(&row.tenant)),
                ("kind", Text(&row.kind)),
                ("decision", Text(&row.decision)),
                ("key", Text(&row.key)),
            ],
        }
    }
}

#[derive(PartialEq, Eq)]
enum Cell<'a> {
    Text(&'a str),
    Bytes(&'a [u8]),
    Number(i64),
}

/// What is wrong with the row by which a record is found; `None` where it is as it has to be.
pub(in crate::ledger) fn index_problem(found: &IndexRow, expected: &IndexRow) -> Option<String> {
    let column = found.difference(expected)?;
    let table = found.table();
    Some(format!(
        "its row in `{table}` is not what was recorded: see column `{column}`"
    ))
}

/// The table of the rows by which records of a kind are looked up; `None` where they are read in
/// their place alone.
pub(in crate::ledger) fn table(kind: RecordKind) -> Option<&'static str> {
    match kind {
        RecordKind::Decision => Some("decisions"),
        RecordKind::Bundle => Some("bundles"),
        RecordKind::Activation => Some("activations"),
        RecordKind::Layout => Some("layouts"),
        RecordKind::Audit => Some("audit"),
        RecordKind::Shadow => Some("shadow_decisions"),
        RecordKind::Override | RecordKind::LoanPerformance | RecordKind::Notice => {
            Some("follow_ups")
        }
        RecordKind::Resumption
        | RecordKind::Grant
        | RecordKind::Revocation
        | RecordKind::Shadowing => None,
    }
}
