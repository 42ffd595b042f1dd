//! The token with which a caller reads on in a list: the place, and what the list was of.
//!
//! Opaque to callers: 32 bytes in hexadecimal, of which 8 are the place and 24 a hash of tenant
//! and filter, so that a token used with another filter is refused and not quietly misread.

use crate::id::TenantId;
use crate::ledger::{Cursor, Filter};

const PROBLEM: &str = "is not the token of a page with these filters: start again without one";

/// The token of a place in the list that `filter` gives.
pub(super) fn encode(cursor: Cursor, tenant: &TenantId, filter: &Filter) -> String {
    let place = cursor.0.to_be_bytes();
    let mut bytes = fingerprint(tenant, filter);
    bytes
        .iter_mut()
        .zip(place)
        .for_each(|(byte, place)| *byte = place);
    blake3::Hash::from_bytes(bytes).to_hex().to_string()
}

/// The place that a token names, if it is one of this list.
pub(super) fn decode(
    token: &str,
    tenant: &TenantId,
    filter: &Filter,
) -> Result<Cursor, &'static str> {
    let hash = blake3::Hash::from_hex(token).map_err(|_| PROBLEM)?;
    let place = hash.as_bytes().first_chunk::<8>().ok_or(PROBLEM)?;
    let cursor = Cursor(u64::from_be_bytes(*place));
    if encode(cursor, tenant, filter) == token {
        Ok(cursor)
    } else {
        Err(PROBLEM)
    }
}

fn fingerprint(tenant: &TenantId, filter: &Filter) -> [u8; 32] {
    let Filter {
        from,
        until,
        outcome,
        rule_set,
        application,
    } = filter;
    let instant = |at: &Option<chrono::DateTime<chrono::Utc>>| match at {
        Some(at) => at.timestamp().to_string(),
        None => String::new(),
    };
    // No part can hold a line break: ids have none.
    let text = [
        tenant.as_str(),
        &instant(from),
        &instant(until),
        outcome.map_or("", |outcome| outcome.as_str()),
        rule_set.as_ref().map_or("", |name| name.as_str()),
        application.as_ref().map_or("", |id| id.as_str()),
    ]
    .join("\n");
    *blake3::hash(text.as_bytes()).as_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::Outcome;
    use proptest::prelude::*;

    fn tenant() -> TenantId {
        TenantId::default_tenant()
    }

    proptest! {
        #[test]
        fn a_place_comes_back(place: u64) {
            let filter = Filter::default();
            let token = encode(Cursor(place), &tenant(), &filter);
            prop_assert_eq!(decode(&token, &tenant(), &filter), Ok(Cursor(place)));
        }

        #[test]
        fn any_text_is_refused_or_a_token(text: String) {
            prop_assert!(decode(&text, &tenant(), &Filter::default()).is_err());
        }
    }

    #[test]
    fn a_token_is_refused_with_another_filter_or_tenant() {
        let token = encode(Cursor(7), &tenant(), &Filter::default());
        let other = Filter {
            outcome: Some(Outcome::Decline),
            ..Filter::default()
        };
        assert!(decode(&token, &tenant(), &other).is_err());
        let stranger = TenantId::parse("stranger").unwrap();
        assert!(decode(&token, &stranger, &Filter::default()).is_err());
    }
}
