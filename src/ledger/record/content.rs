//! What a record holds, as canonical bytes: a version byte, and the fields in their order. A text
//! or a byte string is its length as a `u64` and its bytes, a number its 8 bytes; all
//! little-endian.

pub(super) mod follow_up;
pub(super) mod shadow;

use super::envelope::{RecordHash, RecordKind};
use crate::application::Application;
use crate::seal::Salt;

const VERSION: u8 = 1;

/// Keeps the commitment apart from every other keyed BLAKE3 hash.
const COMMITMENT_DOMAIN: &[u8] = b"underwrite ledger commitment v2";

/// The commitment to a content: BLAKE3 keyed with its salt, over a name, the word for its kind
/// after its length, and the content. Without the salt it tells nothing.
pub(in crate::ledger) fn commitment(kind: RecordKind, salt: &Salt, content: &[u8]) -> RecordHash {
    let word = kind.as_str().as_bytes();
    let length = u64::try_from(word.len()).unwrap_or(u64::MAX).to_le_bytes();
    // In one piece: chunks are then hashed several at a time.
    let whole = [COMMITMENT_DOMAIN, &length, word, content].concat();
    blake3::keyed_hash(salt, &whole).into()
}

/// The canonical bytes of an application: what requests are compared by and commitments cover.
pub(in crate::ledger) fn application_bytes(
    application: &Application,
) -> Result<Vec<u8>, &'static str> {
    serde_json::to_vec(application).map_err(|_| "its application cannot be written as JSON")
}

/// Writes fields one after another.
struct Writer(Vec<u8>);

impl Writer {
    fn new(bytes: usize) -> Self {
        let mut written = Vec::with_capacity(bytes.saturating_add(64));
        written.push(VERSION);
        Self(written)
    }

    fn bytes(mut self, bytes: &[u8]) -> Self {
        let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        self.0.extend_from_slice(&length.to_le_bytes());
        self.0.extend_from_slice(bytes);
        self
    }

    fn number(mut self, number: i64) -> Self {
        self.0.extend_from_slice(&number.to_le_bytes());
        self
    }
}

/// Reads fields one after another; `None` as soon as they are not as they are written.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn new(content: &'a [u8]) -> Option<Self> {
        match content.split_first() {
            Some((&VERSION, rest)) => Some(Self(rest)),
            Some(_) | None => None,
        }
    }

    fn bytes(&mut self) -> Option<&'a [u8]> {
        let (length, rest) = self.0.split_first_chunk::<8>()?;
        let length = usize::try_from(u64::from_le_bytes(*length)).ok()?;
        let (bytes, rest) = rest.split_at_checked(length)?;
        self.0 = rest;
        Some(bytes)
    }

    fn text(&mut self) -> Option<&'a str> {
        std::str::from_utf8(self.bytes()?).ok()
    }

    /// Whether nothing is left.
    fn is_over(&self) -> bool {
        self.0.is_empty()
    }

    fn number(&mut self) -> Option<i64> {
        let (number, rest) = self.0.split_first_chunk::<8>()?;
        self.0 = rest;
        Some(i64::from_le_bytes(*number))
    }

    /// What was read, where nothing is left.
    fn end<T>(self, read: T) -> Option<T> {
        self.0.is_empty().then_some(read)
    }
}

/// A decision: what was asked under which key and when, and what was decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::ledger) struct DecisionContent<'a> {
    /// When the request came, in seconds since 1970.
    pub(in crate::ledger) received_at: i64,
    /// The caller's key.
    pub(in crate::ledger) key: &'a str,
    /// The rule set that was asked for.
    pub(in crate::ledger) rule_set: &'a str,
    /// The canonical application.
    pub(in crate::ledger) application: &'a [u8],
    /// The canonical body.
    pub(in crate::ledger) body: &'a [u8],
}

impl<'a> DecisionContent<'a> {
    pub(in crate::ledger) fn encode(&self) -> Vec<u8> {
        let bytes = self.application.len().saturating_add(self.body.len());
        Writer::new(bytes)
            .number(self.received_at)
            .bytes(self.key.as_bytes())
            .bytes(self.rule_set.as_bytes())
            .bytes(self.application)
            .bytes(self.body)
            .0
    }

    pub(in crate::ledger) fn decode(content: &'a [u8]) -> Option<Self> {
        let mut reader = Reader::new(content)?;
        let read = Self {
            received_at: reader.number()?,
            key: reader.text()?,
            rule_set: reader.text()?,
            application: reader.bytes()?,
            body: reader.bytes()?,
        };
        reader.end(read)
    }
}

/// A published rule set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::ledger) struct BundleContent<'a> {
    /// The name under which it decides.
    pub(in crate::ledger) name: &'a str,
    /// The version that its authors gave it.
    pub(in crate::ledger) version: &'a str,
    /// Its bytes.
    pub(in crate::ledger) bytes: &'a [u8],
    /// Who published it; empty for this machine's operator, as records of the first form are read.
    pub(in crate::ledger) by: &'a str,
    /// What they said to it; empty where nothing.
    pub(in crate::ledger) note: &'a str,
}

impl<'a> BundleContent<'a> {
    pub(in crate::ledger) fn encode(&self) -> Vec<u8> {
        Writer::new(self.bytes.len())
            .bytes(self.name.as_bytes())
            .bytes(self.version.as_bytes())
            .bytes(self.bytes)
            .bytes(self.by.as_bytes())
            .bytes(self.note.as_bytes())
            .0
    }

    pub(in crate::ledger) fn decode(content: &'a [u8]) -> Option<Self> {
        let mut reader = Reader::new(content)?;
        let (name, version, bytes) = (reader.text()?, reader.text()?, reader.bytes()?);
        let (by, note) = match reader.is_over() {
            true => ("", ""),
            false => (reader.text()?, reader.text()?),
        };
        let read = Self {
            name,
            version,
            bytes,
            by,
            note,
        };
        reader.end(read)
    }
}

/// It was said what decides under a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::ledger) struct ActivationContent<'a> {
    /// The name.
    pub(in crate::ledger) name: &'a str,
    /// The bundle's hash; empty where nothing decides under the name.
    pub(in crate::ledger) bundle: &'a [u8],
    /// From when on, in seconds since 1970, and never before it was recorded. 0 is at once, as
    /// records of the first form are read.
    pub(in crate::ledger) at: i64,
    /// Who said so; empty for this machine's operator, as records of the first form are read.
    pub(in crate::ledger) by: &'a str,
}

impl<'a> ActivationContent<'a> {
    pub(in crate::ledger) fn encode(&self) -> Vec<u8> {
        Writer::new(self.bundle.len())
            .bytes(self.name.as_bytes())
            .bytes(self.bundle)
            .number(self.at)
            .bytes(self.by.as_bytes())
            .0
    }

    pub(in crate::ledger) fn decode(content: &'a [u8]) -> Option<Self> {
        let mut reader = Reader::new(content)?;
        let (name, bundle) = (reader.text()?, reader.bytes()?);
        let (at, by) = match reader.is_over() {
            true => (0, ""),
            false => (reader.number()?, reader.text()?),
        };
        let read = Self {
            name,
            bundle,
            at,
            by,
        };
        reader.end(read)
    }
}

/// How the decisions by a bundle are laid out under one semantics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::ledger) struct LayoutContent<'a> {
    /// The bundle's hash.
    pub(in crate::ledger) bundle: &'a [u8],
    /// The semantics.
    pub(in crate::ledger) semantics: i64,
    /// Its bytes.
    pub(in crate::ledger) bytes: &'a [u8],
}

impl<'a> LayoutContent<'a> {
    pub(in crate::ledger) fn encode(&self) -> Vec<u8> {
        Writer::new(self.bytes.len())
            .bytes(self.bundle)
            .number(self.semantics)
            .bytes(self.bytes)
            .0
    }

    pub(in crate::ledger) fn decode(content: &'a [u8]) -> Option<Self> {
        let mut reader = Reader::new(content)?;
        let read = Self {
            bundle: reader.bytes()?,
            semantics: reader.number()?,
            bytes: reader.bytes()?,
        };
        reader.end(read)
    }
}

/// A restored ledger was gone on with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::ledger) struct ResumptionContent<'a> {
    /// The position of the record that was gone on from: the end of the backup.
    pub(in crate::ledger) seq: i64,
    /// Its hash.
    pub(in crate::ledger) hash: &'a [u8],
}

impl<'a> ResumptionContent<'a> {
    pub(in crate::ledger) fn encode(&self) -> Vec<u8> {
        Writer::new(self.hash.len())
            .number(self.seq)
            .bytes(self.hash)
            .0
    }

    pub(in crate::ledger) fn decode(content: &'a [u8]) -> Option<Self> {
        let mut reader = Reader::new(content)?;
        let read = Self {
            seq: reader.number()?,
            hash: reader.bytes()?,
        };
        reader.end(read)
    }
}

/// Somebody was granted what they may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::ledger) struct GrantContent<'a> {
    /// Who.
    pub(in crate::ledger) name: &'a str,
    /// What, as scopes are written.
    pub(in crate::ledger) scopes: &'a str,
    /// When it ends, in seconds since 1970.
    pub(in crate::ledger) expires_at: i64,
    /// Who granted it.
    pub(in crate::ledger) by: &'a str,
    /// Of which kind what shows it is.
    pub(in crate::ledger) kind: &'a str,
    /// What shows it: the keyed hash of a token with the mark of the key after it, or the subject of a certificate.
    pub(in crate::ledger) proof: &'a [u8],
}

impl<'a> GrantContent<'a> {
    pub(in crate::ledger) fn encode(&self) -> Vec<u8> {
        Writer::new(self.proof.len())
            .bytes(self.name.as_bytes())
            .bytes(self.scopes.as_bytes())
            .number(self.expires_at)
            .bytes(self.by.as_bytes())
            .bytes(self.kind.as_bytes())
            .bytes(self.proof)
            .0
    }

    pub(in crate::ledger) fn decode(content: &'a [u8]) -> Option<Self> {
        let mut reader = Reader::new(content)?;
        let read = Self {
            name: reader.text()?,
            scopes: reader.text()?,
            expires_at: reader.number()?,
            by: reader.text()?,
            kind: reader.text()?,
            proof: reader.bytes()?,
        };
        reader.end(read)
    }
}

/// A grant was revoked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::ledger) struct RevocationContent<'a> {
    /// Who revoked it.
    pub(in crate::ledger) by: &'a str,
}

impl<'a> RevocationContent<'a> {
    pub(in crate::ledger) fn encode(&self) -> Vec<u8> {
        Writer::new(0).bytes(self.by.as_bytes()).0
    }

    pub(in crate::ledger) fn decode(content: &'a [u8]) -> Option<Self> {
        let mut reader = Reader::new(content)?;
        let read = Self { by: reader.text()? };
        reader.end(read)
    }
}

/// Who read or changed what. A text is empty where there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::ledger) struct AuditContent<'a> {
    pub(in crate::ledger) who: &'a str,
    pub(in crate::ledger) credential: &'a str,
    pub(in crate::ledger) action: &'a str,
    pub(in crate::ledger) object: &'a str,
    pub(in crate::ledger) from: &'a str,
    pub(in crate::ledger) request_id: &'a str,
    pub(in crate::ledger) result: &'a str,
    pub(in crate::ledger) count: i64,
}

impl<'a> AuditContent<'a> {
    pub(in crate::ledger) fn encode(&self) -> Vec<u8> {
        Writer::new(self.object.len().saturating_add(256))
            .bytes(self.who.as_bytes())
            .bytes(self.credential.as_bytes())
            .bytes(self.action.as_bytes())
            .bytes(self.object.as_bytes())
            .bytes(self.from.as_bytes())
            .bytes(self.request_id.as_bytes())
            .bytes(self.result.as_bytes())
            .number(self.count)
            .0
    }

    pub(in crate::ledger) fn decode(content: &'a [u8]) -> Option<Self> {
        let mut reader = Reader::new(content)?;
        let read = Self {
            who: reader.text()?,
            credential: reader.text()?,
            action: reader.text()?,
            object: reader.text()?,
            from: reader.text()?,
            request_id: reader.text()?,
            result: reader.text()?,
            count: reader.number()?,
        };
        reader.end(read)
    }
}

/// A request that is not decided yet. It is no record of the chain: it can be given back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::ledger) struct IntakeContent<'a> {
    /// The caller's key.
    pub(in crate::ledger) key: &'a str,
    /// The id that its decision will have.
    pub(in crate::ledger) decision: &'a str,
    /// When it came, in seconds since 1970.
    pub(in crate::ledger) received_at: i64,
    /// The rule set that is to decide.
    pub(in crate::ledger) rule_set: &'a str,
    /// The bundle's hash.
    pub(in crate::ledger) bundle: &'a [u8],
    /// The canonical application.
    pub(in crate::ledger) application: &'a [u8],
}

impl<'a> IntakeContent<'a> {
    pub(in crate::ledger) fn encode(&self) -> Vec<u8> {
        Writer::new(self.application.len())
            .bytes(self.key.as_bytes())
            .bytes(self.decision.as_bytes())
            .number(self.received_at)
            .bytes(self.rule_set.as_bytes())
            .bytes(self.bundle)
            .bytes(self.application)
            .0
    }

    pub(in crate::ledger) fn decode(content: &'a [u8]) -> Option<Self> {
        let mut reader = Reader::new(content)?;
        let read = Self {
            key: reader.text()?,
            decision: reader.text()?,
            received_at: reader.number()?,
            rule_set: reader.text()?,
            bundle: reader.bytes()?,
            application: reader.bytes()?,
        };
        reader.end(read)
    }
}

/// What a request waits for, from the moment that its caller was told so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::ledger) struct PendingContent<'a> {
    /// Since when, in seconds since 1970.
    pub(in crate::ledger) since: i64,
    /// Until when at the latest.
    pub(in crate::ledger) until: i64,
    /// JSON: the accounts to decide on, each with the position of the applicant whose it is.
    pub(in crate::ledger) accounts: &'a [u8],
    /// Whether Stripe was read in test mode: as a number, 0 or 1.
    pub(in crate::ledger) test_data: bool,
}

impl<'a> PendingContent<'a> {
    pub(in crate::ledger) fn encode(&self) -> Vec<u8> {
        Writer::new(self.accounts.len())
            .number(self.since)
            .number(self.until)
            .bytes(self.accounts)
            .number(self.test_data.into())
            .0
    }

    pub(in crate::ledger) fn decode(content: &'a [u8]) -> Option<Self> {
        let mut reader = Reader::new(content)?;
        let read = Self {
            since: reader.number()?,
            until: reader.number()?,
            accounts: reader.bytes()?,
            test_data: match reader.number()? {
                0 => false,
                1 => true,
                _ => return None,
            },
        };
        reader.end(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_written_is_read_back_and_nothing_else_is_read(
            received_at: i64, key: String, rule_set: String, application: Vec<u8>, body: Vec<u8>,
            cut: proptest::sample::Index,
        ) {
            let decision = DecisionContent {
                received_at,
                key: &key,
                rule_set: &rule_set,
                application: &application,
                body: &body,
            };
            let content = decision.encode();
            prop_assert_eq!(DecisionContent::decode(&content), Some(decision));
            prop_assert_eq!(DecisionContent::decode(&content[..cut.index(content.len())]), None);
            let longer = [content.as_slice(), &[0]].concat();
            prop_assert_eq!(DecisionContent::decode(&longer), None);
        }
    }

    #[test]
    fn the_other_contents_come_back() {
        let bundle = BundleContent {
            name: "a",
            version: "1",
            bytes: b"c",
            by: "alice",
            note: "n",
        };
        assert_eq!(BundleContent::decode(&bundle.encode()), Some(bundle));
        let activation = ActivationContent {
            name: "a",
            bundle: &[1; 32],
            at: 7,
            by: "alice",
        };
        assert_eq!(
            ActivationContent::decode(&activation.encode()),
            Some(activation)
        );
        let layout = LayoutContent {
            bundle: &[1; 32],
            semantics: 2,
            bytes: b"c",
        };
        assert_eq!(LayoutContent::decode(&layout.encode()), Some(layout));
        let resumption = ResumptionContent {
            seq: 5,
            hash: &[1; 32],
        };
        assert_eq!(
            ResumptionContent::decode(&resumption.encode()),
            Some(resumption)
        );
        let audit = AuditContent {
            who: "a",
            credential: "local",
            action: "decision.read",
            object: "dec_1",
            from: "",
            request_id: "r",
            result: "OK",
            count: 1,
        };
        assert_eq!(AuditContent::decode(&audit.encode()), Some(audit));
        let intake = IntakeContent {
            key: "k",
            decision: "dec_1",
            received_at: -1,
            rule_set: "a",
            bundle: &[1; 32],
            application: b"{}",
        };
        assert_eq!(IntakeContent::decode(&intake.encode()), Some(intake));
        let pending = PendingContent {
            since: 1,
            until: 2,
            accounts: b"[]",
            test_data: true,
        };
        let mut content = pending.encode();
        assert_eq!(PendingContent::decode(&content), Some(pending));
        // Neither yes nor no.
        let place = content.len() - 8;
        content[place] = 2;
        assert_eq!(PendingContent::decode(&content), None);
    }

    #[test]
    fn records_of_before_anybody_was_named_are_read() {
        let bundle = Writer::new(0).bytes(b"a").bytes(b"1").bytes(b"c").0;
        let read = BundleContent::decode(&bundle).unwrap();
        assert_eq!((read.bytes, read.by, read.note), (&b"c"[..], "", ""));
        let activation = Writer::new(0).bytes(b"a").bytes(&[1; 32]).0;
        let read = ActivationContent::decode(&activation).unwrap();
        assert_eq!((read.name, read.at, read.by), ("a", 0, ""));
        // Half of what came to be is none of either.
        let half = Writer::new(0).bytes(b"a").bytes(&[1; 32]).number(7).0;
        assert_eq!(ActivationContent::decode(&half), None);
    }

    #[test]
    fn the_commitment_covers_salt_kind_and_content() {
        let of = |kind, salt: u8, content: &[u8]| commitment(kind, &[salt; 32], content);
        let one = of(RecordKind::Bundle, 7, b"ab");
        assert_ne!(of(RecordKind::Layout, 7, b"ab"), one);
        assert_ne!(of(RecordKind::Bundle, 8, b"ab"), one);
        assert_ne!(of(RecordKind::Bundle, 7, b"abc"), one);
    }
}
