//! The chain: what a record's hash covers, and what its commitment commits to.

use chrono::{DateTime, Utc};

use super::Envelope;
use crate::id::{DecisionId, TenantId};

/// What the first record has in place of the hash of the one before.
pub(super) const FIRST: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// Keeps the hash of an envelope apart from every other BLAKE3 hash.
const ENVELOPE_DOMAIN: &str = "underwrite ledger envelope v1";
/// Keeps the commitment apart from every other keyed BLAKE3 hash.
const COMMITMENT_DOMAIN: &[u8] = b"underwrite ledger commitment v1";
/// Keeps the hash of a request apart from every other BLAKE3 hash.
const REQUEST_DOMAIN: &str = "underwrite ledger request v1";

impl Envelope {
    /// The hash that the other fields give: BLAKE3 in key-derivation mode, context `underwrite
    /// ledger envelope v1`, over `chain_id`, `seq`, `tenant`, `decision`, `previous`,
    /// `commitment` and `recorded_at`, in this order. A text is its length as a `u64` and its
    /// bytes, a number (seconds since 1970 for a time) its 8 bytes; all little-endian.
    pub fn computed_hash(&self) -> String {
        let mut hasher = blake3::Hasher::new_derive_key(ENVELOPE_DOMAIN);
        update(&mut hasher, self.chain_id.as_bytes());
        hasher.update(&self.seq.to_le_bytes());
        update(&mut hasher, self.tenant.as_str().as_bytes());
        update(&mut hasher, self.decision.as_str().as_bytes());
        update(&mut hasher, self.previous.as_bytes());
        update(&mut hasher, self.commitment.as_bytes());
        hasher.update(&self.recorded_at.timestamp().to_le_bytes());
        hasher.finalize().to_hex().to_string()
    }

    /// The envelope of the record that follows `previous`.
    pub(super) fn following(
        chain_id: &str,
        previous: Option<(u64, String)>,
        (tenant, decision): (&TenantId, &DecisionId),
        commitment: String,
        recorded_at: DateTime<Utc>,
    ) -> Self {
        let (seq, previous) = previous.unwrap_or_else(|| (0, FIRST.to_owned()));
        let mut envelope = Self {
            chain_id: chain_id.to_owned(),
            seq: seq.saturating_add(1),
            tenant: tenant.clone(),
            decision: decision.clone(),
            previous,
            commitment,
            recorded_at,
            hash: String::new(),
        };
        envelope.hash = envelope.computed_hash();
        envelope
    }
}

/// The commitment to a record: BLAKE3 keyed with its salt, over a name, the canonical application
/// and the canonical body, each after its length. Without the salt it tells nothing.
pub(super) fn commitment(salt: &[u8; 32], application: &[u8], body: &[u8]) -> String {
    let mut hasher = blake3::Hasher::new_keyed(salt);
    update(&mut hasher, COMMITMENT_DOMAIN);
    update(&mut hasher, application);
    update(&mut hasher, body);
    hasher.finalize().to_hex().to_string()
}

/// Equal for equal requests, however they were written on the wire: BLAKE3 in key-derivation mode,
/// context `underwrite ledger request v1`, over the rule set's name and the canonical application,
/// each after its length.
pub(super) fn request_hash(rule_set: &str, application: &[u8]) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new_derive_key(REQUEST_DOMAIN);
    update(&mut hasher, rule_set.as_bytes());
    update(&mut hasher, application);
    *hasher.finalize().as_bytes()
}

fn update(hasher: &mut blake3::Hasher, field: &[u8]) {
    let length = u64::try_from(field.len()).unwrap_or(u64::MAX);
    hasher.update(&length.to_le_bytes());
    hasher.update(field);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::tests::at;

    fn envelope() -> Envelope {
        Envelope::following(
            "chain_1",
            Some((4, "ab".repeat(32))),
            (
                &TenantId::default_tenant(),
                &DecisionId::parse("dec_1").unwrap(),
            ),
            "cd".repeat(32),
            at(0),
        )
    }

    #[test]
    fn the_hash_covers_every_other_field() {
        let original = envelope();
        assert_eq!(
            (original.seq, original.computed_hash()),
            (5, original.hash.clone())
        );
        let changes: [fn(&mut Envelope); 7] = [
            |e| e.chain_id.push('0'),
            |e| e.seq += 1,
            |e| e.tenant = TenantId::parse("other").unwrap(),
            |e| e.decision = DecisionId::parse("dec_2").unwrap(),
            |e| e.previous = "ac".repeat(32),
            |e| e.commitment = "ce".repeat(32),
            |e| e.recorded_at = at(1),
        ];
        for (field, change) in changes.into_iter().enumerate() {
            let mut changed = original.clone();
            change(&mut changed);
            assert_ne!(changed.computed_hash(), original.hash, "field {field}");
        }
    }

    #[test]
    fn no_byte_moves_between_neighbouring_fields() {
        let salt = [7; 32];
        assert_ne!(
            commitment(&salt, b"ab", b"c"),
            commitment(&salt, b"a", b"bc")
        );
        assert_ne!(
            commitment(&salt, b"ab", b"c"),
            commitment(&[8; 32], b"ab", b"c")
        );
        assert_ne!(request_hash("ab", b"c"), request_hash("a", b"bc"));
    }
}
