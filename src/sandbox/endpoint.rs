//! The one table of endpoints: what faults, counts and the documentation call them.

use super::query::decode;

/// The name in the table and the path. Financial Connections' own are named without their common
/// beginning.
const ENDPOINTS: [(&str, &str); 21] = [
    ("accounts", "/v1/financial_connections/accounts"),
    (
        "accounts/{account}",
        "/v1/financial_connections/accounts/{account}",
    ),
    (
        "accounts/{account}/disconnect",
        "/v1/financial_connections/accounts/{account}/disconnect",
    ),
    (
        "accounts/{account}/owners",
        "/v1/financial_connections/accounts/{account}/owners",
    ),
    (
        "accounts/{account}/refresh",
        "/v1/financial_connections/accounts/{account}/refresh",
    ),
    (
        "accounts/{account}/subscribe",
        "/v1/financial_connections/accounts/{account}/subscribe",
    ),
    (
        "accounts/{account}/unsubscribe",
        "/v1/financial_connections/accounts/{account}/unsubscribe",
    ),
    (
        "checkout/sessions/{session}",
        "/v1/checkout/sessions/{session}",
    ),
    ("connected_accounts/{account}", "/v1/accounts/{account}"),
    ("customers/{customer}", "/v1/customers/{customer}"),
    ("invoice_payments", "/v1/invoice_payments"),
    (
        "invoice_payments/{invoice_payment}",
        "/v1/invoice_payments/{invoice_payment}",
    ),
    ("invoices/{invoice}", "/v1/invoices/{invoice}"),
    (
        "payment_intents/{payment_intent}",
        "/v1/payment_intents/{payment_intent}",
    ),
    (
        "payment_methods/{payment_method}",
        "/v1/payment_methods/{payment_method}",
    ),
    ("sessions", "/v1/financial_connections/sessions"),
    (
        "sessions/{session}",
        "/v1/financial_connections/sessions/{session}",
    ),
    (
        "setup_intents/{setup_intent}",
        "/v1/setup_intents/{setup_intent}",
    ),
    (
        "subscriptions/{subscription}",
        "/v1/subscriptions/{subscription}",
    ),
    ("transactions", "/v1/financial_connections/transactions"),
    (
        "transactions/{transaction}",
        "/v1/financial_connections/transactions/{transaction}",
    ),
];

/// What is called by a path that is not in the table.
pub(super) const OTHER: &str = "other";

/// Where a request goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Route {
    /// The endpoint's name in the table, or [`OTHER`].
    pub(super) endpoint: &'static str,
    /// What stands for each placeholder: `account` and `fca_…`.
    pub(super) ids: Vec<(&'static str, String)>,
}

impl Route {
    /// Finds the endpoint of a path.
    pub(super) fn of(path: &str) -> Self {
        let decoded = decode(path);
        let path = decoded.as_deref().unwrap_or("").trim_end_matches('/');
        let found = ENDPOINTS
            .iter()
            .find_map(|(name, pattern)| Some((*name, matched(pattern, path)?)));
        let (endpoint, ids) = found.unwrap_or((OTHER, Vec::new()));
        Self { endpoint, ids }
    }

    /// The Financial Connections account in the path.
    pub(super) fn account(&self) -> Option<&str> {
        let account = self.ids.iter().find(|(name, _)| *name == "account");
        account
            .filter(|_| self.endpoint.starts_with("accounts/"))
            .map(|(_, id)| id.as_str())
    }
}

/// The names of all endpoints.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    ENDPOINTS.iter().map(|(name, _)| *name)
}

fn matched(pattern: &'static str, path: &str) -> Option<Vec<(&'static str, String)>> {
    let mut ids = Vec::new();
    let mut segments = path.split('/');
    for part in pattern.split('/') {
        let segment = segments.next()?;
        let placeholder = part.strip_prefix('{').and_then(|it| it.strip_suffix('}'));
        match placeholder {
            Some(name) if !segment.is_empty() => ids.push((name, segment.to_owned())),
            None if part == segment => {}
            Some(_) | None => return None,
        }
    }
    segments.next().is_none().then_some(ids)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_named_by_its_pattern() {
        let named = |path: &str| Route::of(path).endpoint;
        let fc = "/v1/financial_connections";
        assert_eq!(named(&format!("{fc}/accounts")), "accounts");
        assert_eq!(named(&format!("{fc}/accounts/")), "accounts");
        assert_eq!(named(&format!("{fc}/accounts/fca_1")), "accounts/{account}");
        assert_eq!(
            named(&format!("{fc}/accounts/fca%5F1/refresh")),
            "accounts/{account}/refresh"
        );
        assert_eq!(
            named("/v1/accounts/acct_1"),
            "connected_accounts/{account}",
            "a connected account is no account of a bank"
        );
        for path in ["", "/", "/v1", "/v1/accounts//x", "/%FF", "/v2/accounts/a"] {
            assert_eq!(named(path), OTHER, "{path}");
        }
    }

    #[test]
    fn only_financial_connections_accounts_are_taken_from_a_path() {
        let route = Route::of("/v1/financial_connections/accounts/fca_1/owners");
        assert_eq!(route.account(), Some("fca_1"));
        assert_eq!(Route::of("/v1/accounts/acct_1").account(), None);
        assert_eq!(Route::of("/v1/customers/cus_1").account(), None);
    }

    #[test]
    fn no_two_endpoints_share_a_name_or_a_path() {
        let names: std::collections::BTreeSet<_> = names().collect();
        assert_eq!(names.len(), ENDPOINTS.len());
        for (name, path) in ENDPOINTS {
            assert_eq!(Route::of(path).endpoint, name);
        }
    }
}
