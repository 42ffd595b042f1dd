//! The envelope: a record's place in its chain.

use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::id::TenantId;

/// Keeps the hash of an envelope apart from every other BLAKE3 hash.
const ENVELOPE_DOMAIN: &str = "underwrite ledger envelope v2";

/// The same for a record whose time was held back: the mark is in the hash, and costs no column.
const HELD_BACK_DOMAIN: &str = "underwrite ledger envelope v2, time held back";

/// A BLAKE3 hash of the chain: of an envelope, or a commitment to a content.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RecordHash([u8; 32]);

impl RecordHash {
    /// What the first record has in place of the hash of the one before.
    pub const FIRST: Self = Self([0; 32]);

    /// Reads 64 hexadecimal digits.
    pub fn parse(text: &str) -> Option<Self> {
        blake3::Hash::from_hex(text)
            .ok()
            .map(|hash| Self(*hash.as_bytes()))
    }

    /// Takes the raw hash; `None` where it has another length.
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// The raw hash.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl From<blake3::Hash> for RecordHash {
    fn from(hash: blake3::Hash) -> Self {
        Self(*hash.as_bytes())
    }
}

impl fmt::Display for RecordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(blake3::Hash::from_bytes(self.0).to_hex().as_str())
    }
}

impl fmt::Debug for RecordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl TryFrom<String> for RecordHash {
    type Error = &'static str;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).ok_or("a hash of the chain is 64 hexadecimal digits")
    }
}

impl From<RecordHash> for String {
    fn from(hash: RecordHash) -> String {
        hash.to_string()
    }
}

/// What a record is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum RecordKind {
    /// A request was decided.
    Decision,
    /// A rule set was published.
    Bundle,
    /// A published rule set was made the one that decides under its name.
    Activation,
    /// How the decisions by a bundle are laid out.
    Layout,
    /// A ledger that was restored from a backup was gone on with.
    Resumption,
    /// Somebody was granted what they may do.
    Grant,
    /// A grant was revoked.
    Revocation,
    /// Who read or changed what: an event of the audit log.
    Audit,
    /// It was said which bundle decides beside a name.
    Shadowing,
    /// What a bundle beside the one that decided would have decided.
    Shadow,
    /// A person decided beside the engine.
    Override,
    /// What became of a loan.
    LoanPerformance,
    /// A notice was sent to an applicant.
    Notice,
}

impl RecordKind {
    /// Every kind.
    pub const ALL: [Self; 13] = [
        Self::Decision,
        Self::Bundle,
        Self::Activation,
        Self::Layout,
        Self::Resumption,
        Self::Grant,
        Self::Revocation,
        Self::Audit,
        Self::Shadowing,
        Self::Shadow,
        Self::Override,
        Self::LoanPerformance,
        Self::Notice,
    ];

    /// The word for it in envelopes: never changed, for the hashes cover it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Decision => "decision",
            Self::Bundle => "bundle",
            Self::Activation => "activation",
            Self::Layout => "layout",
            Self::Resumption => "resumption",
            Self::Grant => "grant",
            Self::Revocation => "revocation",
            Self::Audit => "audit",
            Self::Shadowing => "shadowing",
            Self::Shadow => "shadow",
            Self::Override => "override",
            Self::LoanPerformance => "loan_performance",
            Self::Notice => "notice",
        }
    }

    /// The kind of that word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

/// A record's place in its chain.
///
/// `hash` covers all the other fields, so that the next record's `previous` fixes them all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    /// The chain: one for each writer.
    pub chain_id: String,
    /// The position, from 1, without gaps.
    pub seq: u64,
    /// What it is a record of.
    pub kind: RecordKind,
    /// Whose record it is.
    pub tenant: TenantId,
    /// What it is about: the decision's id; the bundle's hash; the rule set's name for an
    /// activation; the bundle's hash, `/` and the semantics for a layout; the hash of the record that
    /// was gone on from for a resumption; the grant's id for a grant and its revocation; the name of
    /// what was done for an event of the audit log; the rule set's name for a shadowing; the decision's
    /// id for a shadow, an override, an entry of loan performance and a notice.
    pub id: String,
    /// The hash of the record before; zeros for the first.
    pub previous: RecordHash,
    /// The salted commitment to its content.
    pub commitment: RecordHash,
    /// When it was recorded: never before the record before it.
    pub recorded_at: DateTime<Utc>,
    /// Whether the clock showed an earlier time than that of the record before, which was taken in
    /// place of it.
    pub time_held_back: bool,
    /// The hash of this record.
    pub hash: RecordHash,
}

impl Envelope {
    /// The hash that the other fields give: BLAKE3 in key-derivation mode, context `underwrite
    /// ledger envelope v2` (`underwrite ledger envelope v2, time held back` where it was), over `chain_id`, `kind`, `tenant`, `id`, `seq`, `previous`,
    /// `commitment` and `recorded_at`, in this order. A text is its length as a `u64` and its
    /// bytes, a hash its 32 bytes, a number (seconds since 1970 for a time) its 8 bytes; all
    /// little-endian.
    pub fn computed_hash(&self) -> RecordHash {
        let mut hasher = blake3::Hasher::new_derive_key(match self.time_held_back {
            false => ENVELOPE_DOMAIN,
            true => HELD_BACK_DOMAIN,
        });
        let mut text = |text: &str| {
            let length = u64::try_from(text.len()).unwrap_or(u64::MAX);
            hasher.update(&length.to_le_bytes());
            hasher.update(text.as_bytes());
        };
        text(&self.chain_id);
        text(self.kind.as_str());
        text(self.tenant.as_str());
        text(&self.id);
        hasher.update(&self.seq.to_le_bytes());
        hasher.update(self.previous.as_bytes());
        hasher.update(self.commitment.as_bytes());
        hasher.update(&self.recorded_at.timestamp().to_le_bytes());
        hasher.finalize().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::tests::at;

    #[test]
    fn the_hash_covers_every_other_field() {
        let mut original = Envelope {
            chain_id: "chain_1".to_owned(),
            seq: 5,
            kind: RecordKind::Decision,
            tenant: TenantId::default_tenant(),
            id: "dec_1".to_owned(),
            previous: RecordHash([1; 32]),
            commitment: RecordHash([2; 32]),
            recorded_at: at(0),
            time_held_back: false,
            hash: RecordHash::FIRST,
        };
        original.hash = original.computed_hash();
        let changes: [fn(&mut Envelope); 10] = [
            |e| e.chain_id.push('0'),
            |e| e.seq += 1,
            |e| e.kind = RecordKind::Bundle,
            |e| e.tenant = TenantId::parse("other").unwrap(),
            |e| e.id = "dec_2".to_owned(),
            |e| e.previous = RecordHash([3; 32]),
            |e| e.commitment = RecordHash([3; 32]),
            |e| e.recorded_at = at(1),
            |e| e.time_held_back = true,
            // No byte moves between neighbouring fields.
            |e| {
                e.chain_id = "chain_".to_owned();
                e.id = "1dec_1".to_owned();
            },
        ];
        for (field, change) in changes.into_iter().enumerate() {
            let mut changed = original.clone();
            change(&mut changed);
            assert_ne!(changed.computed_hash(), original.hash, "field {field}");
        }
    }

    #[test]
    fn every_kind_has_a_word_of_its_own() {
        for kind in RecordKind::ALL {
            assert_eq!(RecordKind::parse(kind.as_str()), Some(kind));
        }
        assert_eq!(RecordKind::parse("Decision"), None);
    }
}
