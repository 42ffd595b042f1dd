//! The token with which a caller reads on in a list: the place, and what the list was of.
//!
//! Opaque to callers: 32 bytes in hexadecimal, of which 8 are the place and 24 a hash of tenant
//! and filter, so that a token used with another filter is refused and not quietly misread.

use chrono::NaiveDate;

use super::narrowing::Narrowing;
use crate::id::{DecisionId, RuleSetName, TenantId};
use crate::ledger::{Filter, FollowUpFilter};

const PROBLEM: &str = "is not the token of a page with these filters: start again without one";

/// What a list is of.
pub(super) struct Listing([u8; 32]);

impl Listing {
    /// The decisions of a tenant that `filter` leaves.
    pub(super) fn decisions(tenant: &TenantId, filter: &Filter, narrowing: &Narrowing) -> Self {
        Self(fingerprint(tenant, filter, narrowing))
    }

    /// What is pending of a tenant.
    pub(super) fn pending(tenant: &TenantId) -> Self {
        // No tenant's name has a line break.
        let text = format!("{tenant}\npending");
        Self(*blake3::hash(text.as_bytes()).as_bytes())
    }

    /// What was published by a tenant, of one name where one is given.
    pub(super) fn rule_sets(tenant: &TenantId, name: Option<&RuleSetName>) -> Self {
        let name = name.map_or("", RuleSetName::as_str);
        let text = format!("{tenant}\nrule sets\n{name}");
        Self(*blake3::hash(text.as_bytes()).as_bytes())
    }

    /// What decided when under a name of a tenant.
    pub(super) fn activations(tenant: &TenantId, name: &RuleSetName) -> Self {
        let text = format!("{tenant}\nactivations\n{name}");
        Self(*blake3::hash(text.as_bytes()).as_bytes())
    }

    /// What follows decisions of a tenant: of one kind, and of one decision where one is given.
    pub(super) fn follow_ups(tenant: &TenantId, filter: &FollowUpFilter) -> Self {
        let FollowUpFilter { kind, decision } = filter;
        let decision = decision.as_ref().map_or("", DecisionId::as_str);
        let text = format!("{tenant}\nfollow-ups\n{kind:?}\n{decision}");
        Self(*blake3::hash(text.as_bytes()).as_bytes())
    }

    /// The decisions of a tenant that are looked at for what is due: by a day, since a day, where they are
    /// said.
    pub(super) fn due(tenant: &TenantId, by: Option<NaiveDate>, since: Option<NaiveDate>) -> Self {
        let text = format!("{tenant}\ndue\n{by:?}\n{since:?}");
        Self(*blake3::hash(text.as_bytes()).as_bytes())
    }

    /// The token of a place in it.
    pub(super) fn token(&self, place: u64) -> String {
        let mut bytes = self.0;
        bytes
            .iter_mut()
            .zip(place.to_be_bytes())
            .for_each(|(byte, place)| *byte = place);
        blake3::Hash::from_bytes(bytes).to_hex().to_string()
    }

    /// The place that a token names, if it is one of this list.
    pub(super) fn place(&self, token: &str) -> Result<u64, &'static str> {
        let hash = blake3::Hash::from_hex(token).map_err(|_| PROBLEM)?;
        let place = hash.as_bytes().first_chunk::<8>().ok_or(PROBLEM)?;
        let place = u64::from_be_bytes(*place);
        if self.token(place) == token {
            Ok(place)
        } else {
            Err(PROBLEM)
        }
    }
}

fn fingerprint(tenant: &TenantId, filter: &Filter, narrowing: &Narrowing) -> [u8; 32] {
    let Filter {
        from,
        until,
        outcome,
        rule_set,
        application,
    } = filter;
    let Narrowing {
        reason,
        rule,
        version,
        overridden,
    } = narrowing;
    let instant = |at: &Option<chrono::DateTime<chrono::Utc>>| match at {
        Some(at) => at.timestamp().to_string(),
        None => String::new(),
    };
    // No part can hold a line break: ids and names have none.
    let text = [
        tenant.as_str(),
        &instant(from),
        &instant(until),
        outcome.map_or("", |outcome| outcome.as_str()),
        rule_set.as_ref().map_or("", |name| name.as_str()),
        application.as_ref().map_or("", |id| id.as_str()),
        reason.as_deref().unwrap_or_default(),
        rule.as_deref().unwrap_or_default(),
        version.as_deref().unwrap_or_default(),
        overridden.map_or(
            "",
            |wanted| if wanted { "overridden" } else { "as decided" },
        ),
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

    fn all() -> Listing {
        Listing::decisions(&tenant(), &Filter::default(), &Narrowing::default())
    }

    proptest! {
        #[test]
        fn a_place_comes_back(place: u64) {
            prop_assert_eq!(all().place(&all().token(place)), Ok(place));
        }

        #[test]
        fn any_text_is_refused_or_a_token(text: String) {
            prop_assert!(all().place(&text).is_err());
        }
    }

    #[test]
    fn a_token_is_refused_in_another_list() {
        let token = all().token(7);
        let other = Filter {
            outcome: Some(Outcome::Decline),
            ..Filter::default()
        };
        let stranger = TenantId::parse("stranger").unwrap();
        let narrowed = Narrowing {
            overridden: Some(false),
            ..Narrowing::default()
        };
        for list in [
            Listing::decisions(&tenant(), &other, &Narrowing::default()),
            Listing::decisions(&stranger, &Filter::default(), &Narrowing::default()),
            Listing::decisions(&tenant(), &Filter::default(), &narrowed),
            Listing::pending(&tenant()),
        ] {
            assert!(list.place(&token).is_err());
        }
        let token = Listing::pending(&tenant()).token(7);
        assert_eq!(Listing::pending(&tenant()).place(&token), Ok(7));
        assert!(Listing::pending(&stranger).place(&token).is_err());
    }
}
