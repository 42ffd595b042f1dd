//! What each type of event means here: the one table of it.

use crate::underwriter::AccountEvent;

/// One type of event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KnownEvent {
    /// The type. A thin event has the same with `v1.` before it, and means the same.
    pub name: &'static str,
    /// What it means for the account; `None` where nothing here depends on it.
    pub means: Option<AccountEvent>,
    /// Why.
    pub why: &'static str,
}

const fn changed(name: &'static str, why: &'static str) -> KnownEvent {
    KnownEvent {
        name,
        means: Some(AccountEvent::Changed),
        why,
    }
}

const fn unusable(name: &'static str, why: &'static str) -> KnownEvent {
    KnownEvent {
        name,
        means: Some(AccountEvent::Unusable),
        why,
    }
}

const fn nothing(name: &'static str, why: &'static str) -> KnownEvent {
    KnownEvent {
        name,
        means: None,
        why,
    }
}

/// How a thin event's type starts.
const THIN: &str = "v1.";

/// Every type that is known; any other means nothing.
pub const KINDS: &[KnownEvent] = &[
    nothing(
        "financial_connections.account.created",
        "nobody can wait for an account that was not there",
    ),
    changed(
        "financial_connections.account.refreshed_balance",
        "ended, well or not: whoever waits reads the status",
    ),
    changed(
        "financial_connections.account.refreshed_ownership",
        "ended, well or not: whoever waits reads the status",
    ),
    changed(
        "financial_connections.account.refreshed_transactions",
        "ended, well or not: whoever waits reads the status",
    ),
    changed(
        "financial_connections.account.balance_refresh_succeeded",
        "thin only; whoever waits reads the status",
    ),
    changed(
        "financial_connections.account.balance_refresh_failed",
        "thin only; whoever waits reads the status",
    ),
    changed(
        "financial_connections.account.ownership_refresh_succeeded",
        "thin only; whoever waits reads the status",
    ),
    changed(
        "financial_connections.account.ownership_refresh_failed",
        "thin only; whoever waits reads the status",
    ),
    changed(
        "financial_connections.account.transactions_refresh_succeeded",
        "thin only; whoever waits reads the status",
    ),
    changed(
        "financial_connections.account.transactions_refresh_failed",
        "thin only; whoever waits reads the status",
    ),
    unusable(
        "financial_connections.account.disconnected",
        "the link was cut: what is kept may no longer be used",
    ),
    unusable(
        "financial_connections.account.deactivated",
        "nothing can be refreshed: what is kept can only grow old",
    ),
    changed(
        "financial_connections.account.reactivated",
        "it can be refreshed again",
    ),
    unusable(
        "financial_connections.account.supported_payment_method_types_updated",
        "whether it can be debited is part of its data",
    ),
    nothing(
        "financial_connections.account.account_numbers_updated",
        "account numbers are not read",
    ),
    nothing(
        "financial_connections.account.upcoming_account_number_expiry",
        "account numbers are not read",
    ),
    nothing(
        "financial_connections.account.upcoming_deactivation",
        "it still works: `deactivated` follows when it does not",
    ),
    nothing(
        "financial_connections.account.expected_deactivation_date_updated",
        "it still works: `deactivated` follows when it does not",
    ),
    nothing(
        "financial_connections.account.inferred_balances_refresh_succeeded",
        "thin only; inferred balances are not asked for",
    ),
    nothing(
        "financial_connections.account.inferred_balances_refresh_failed",
        "thin only; inferred balances are not asked for",
    ),
    nothing(
        "financial_connections.account.risk_intelligence_refresh_succeeded",
        "thin only; risk intelligence is not asked for",
    ),
    nothing(
        "financial_connections.account.risk_intelligence_refresh_failed",
        "thin only; risk intelligence is not asked for",
    ),
    nothing(
        "financial_connections.authorization.upcoming_deactivation",
        "it still works: `deactivated` of each account follows when it does not",
    ),
    nothing(
        "financial_connections.authorization.expected_deactivation_date_updated",
        "it still works: `deactivated` of each account follows when it does not",
    ),
];

/// The type of this name, thin or not.
pub(super) fn find(name: &str) -> Option<&'static KnownEvent> {
    let name = name.strip_prefix(THIN).unwrap_or(name);
    KINDS.iter().find(|kind| kind.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thin_event_means_what_the_full_one_means() {
        let found = |name: &str| find(name).map(|kind| kind.means);
        let full = found("financial_connections.account.disconnected");
        assert_eq!(full, Some(Some(AccountEvent::Unusable)));
        assert_eq!(found("v1.financial_connections.account.disconnected"), full);
        assert_eq!(found("invoice.paid"), None);
        assert_eq!(found("v2.core.event_destination.ping"), None);
    }

    /// How the table of `docs/stripe.md` shows it.
    fn row(kind: &KnownEvent) -> String {
        let means = match kind.means {
            Some(AccountEvent::Changed) => "look again",
            Some(AccountEvent::Unusable) => "what is kept is not used",
            None => "nothing",
        };
        format!("| `{}` | {means} | {} |", kind.name, kind.why)
    }

    #[test]
    fn the_document_shows_this_table() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/stripe.md");
        let document = std::fs::read_to_string(path).unwrap();
        let shown: Vec<&str> = document
            .lines()
            .filter(|line| line.starts_with("| `financial_connections."))
            .collect();
        let rows: Vec<String> = KINDS.iter().map(row).collect();
        assert_eq!(shown, rows, "\n{}", rows.join("\n"));
    }
}
