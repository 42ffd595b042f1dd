//! The transactions of an account: all of them, or what is known with what changed since.
//!
//! Stripe lists the rows that a later refresh created or changed than the one named; a row keeps
//! its id from pending to posted or void. So the rows that are known, with those put in their
//! place, are the rows of the whole list.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use super::FetchRequest;
use super::client::StripeClient;
use super::convert;
use super::deadline::Deadline;
use super::error::StripeError;
use super::pages::{Rows, nothing_to_list};
use super::refresh::{RefreshFeature, RefreshOutcome};
use super::wire::{WireAccount, WireTransaction};
use crate::id::TransactionRefreshId;
use crate::limits;
use crate::snapshot::{
    Absence, Account, Delivered, Part, QualityFlag, Snapshot, Synced, Transactions,
};

type Flags = BTreeSet<QualityFlag>;

/// What may lack rows, or hold the wrong one of two: nothing can be built on it.
const UNFIT: [QualityFlag; 4] = [
    QualityFlag::HistoryCut,
    QualityFlag::DuplicateConflict,
    QualityFlag::UnknownValue,
    QualityFlag::NotFetched,
];

/// The transactions and what must be said of them.
pub(super) struct Listed {
    pub(super) rows: Part<Vec<Delivered>>,
    pub(super) flags: Flags,
    /// From where the next list may go on.
    pub(super) synced: Option<Synced>,
}

impl Listed {
    fn absent(why: Absence) -> Self {
        Self {
            rows: Part::Absent(why),
            flags: Flags::new(),
            synced: None,
        }
    }
}

/// What was known before of the same account, read in the same name.
pub(super) fn known<'a>(wanted: &'a FetchRequest, account: &Account) -> Option<&'a Snapshot> {
    wanted.known.as_ref().filter(|known| {
        known.account.id == account.id
            && known.account.connected_account == account.connected_account
            && known.account.livemode == account.livemode
    })
}

/// Rows to build on, and the refresh up to which they are whole.
struct Base<'a> {
    rows: &'a Transactions,
    refresh: &'a TransactionRefreshId,
    fetched_at: DateTime<Utc>,
}

impl<'a> Base<'a> {
    fn of(wanted: &'a FetchRequest, account: &Account) -> Option<Self> {
        let known = known(wanted, account)?;
        let synced = known.transaction_refresh.as_ref()?;
        let fit = !UNFIT.iter().any(|flag| known.flags.contains(flag));
        (fit && synced.since <= wanted.since).then_some(Self {
            rows: known.transactions.known().ok()?,
            refresh: &synced.refresh,
            fetched_at: known.fetched_at,
        })
    }

    /// The rows of the whole list: `changes` in place of what was known by the same ids, without
    /// what was made before the first moment wanted.
    fn with(&self, changes: Vec<Delivered>, wanted: &FetchRequest) -> Vec<Delivered> {
        let changed: BTreeSet<&str> = changes.iter().map(|(row, _)| row.id.as_str()).collect();
        let kept: Vec<Delivered> = self
            .rows
            .iter()
            .filter(|row| !changed.contains(row.id))
            .map(|row| (row.to_owned(), Some(self.fetched_at)))
            .collect();
        let since = wanted.since.timestamp();
        kept.into_iter()
            .chain(changes)
            .filter(|(row, _)| row.transacted_at.timestamp() >= since)
            .collect()
    }
}

/// The refresh that the account shows, where it succeeded: everything it brought can be listed.
fn shown(wire: &WireAccount, outcome: RefreshOutcome) -> Option<TransactionRefreshId> {
    let refresh = wire.transaction_refresh.as_ref()?;
    let id = refresh.id.as_deref().filter(|_| outcome.has_succeeded())?;
    TransactionRefreshId::parse(id).ok()
}

impl StripeClient {
    /// Lists the transactions of an account. `wire` was read before: a refresh that ends while
    /// the list is read can only add to what the refresh shown there brought.
    pub(super) async fn transactions(
        &self,
        wanted: &FetchRequest,
        wire: &WireAccount,
        account: &Account,
        outcome: RefreshOutcome,
        deadline: Deadline,
    ) -> Result<Listed, StripeError> {
        if let Some(why) = account.withholds(&RefreshFeature::Transactions.permission()) {
            return Ok(Listed::absent(why));
        }
        if outcome == RefreshOutcome::Never {
            return Ok(Listed::absent(outcome.absence()));
        }
        let shown = shown(wire, outcome);
        if let Some(base) = Base::of(wanted, account) {
            let again = (wanted, account, outcome, deadline);
            if let Some(listed) = self.changes(&base, shown.as_ref(), again).await? {
                return Ok(listed);
            }
        }
        let since = wanted.since.timestamp().to_string();
        let query = [
            ("account", account.id.as_str()),
            ("transacted_at[gte]", &since),
        ];
        let rows = self.rows(wanted, &query, deadline).await;
        let Some(rows) = nothing_to_list(rows)? else {
            return Ok(Listed::absent(outcome.absence_of_list()));
        };
        if rows.rows.is_empty() && !outcome.has_succeeded() {
            return Ok(Listed::absent(outcome.absence()));
        }
        let mut flags = Flags::new();
        if rows.cut {
            flags.insert(QualityFlag::HistoryCut);
        }
        let rows = convert::transactions(rows.rows, account, &mut flags)?;
        Ok(Listed {
            rows: Part::Known(rows),
            flags,
            synced: synced(shown, wanted),
        })
    }

    /// What is known brought up to date; `None` where only the whole list can tell.
    async fn changes(
        &self,
        base: &Base<'_>,
        shown: Option<&TransactionRefreshId>,
        (wanted, account, outcome, deadline): (&FetchRequest, &Account, RefreshOutcome, Deadline),
    ) -> Result<Option<Listed>, StripeError> {
        let listed = |changes, flags| {
            let rows = base.with(changes, wanted);
            if rows.is_empty() && !outcome.has_succeeded() {
                return Listed::absent(outcome.absence());
            }
            Listed {
                rows: Part::Known(rows),
                flags,
                synced: synced(Some(shown.unwrap_or(base.refresh).clone()), wanted),
            }
        };
        if shown == Some(base.refresh) {
            tracing::debug!("no refresh since the last list");
            return Ok(Some(listed(Vec::new(), Flags::new())));
        }
        let query = [
            ("account", account.id.as_str()),
            (AFTER, base.refresh.as_str()),
        ];
        let rows = match nothing_to_list(self.rows(wanted, &query, deadline).await) {
            Ok(Some(rows)) => rows,
            Ok(None) => return Ok(Some(Listed::absent(outcome.absence_of_list()))),
            Err(error) if forgot_refresh(&error) => {
                tracing::info!("the last known refresh is not known any more");
                return Ok(None);
            }
            Err(error) => return Err(error),
        };
        // Which of so many changes were left out nobody knows.
        if rows.cut {
            return Ok(None);
        }
        let mut flags = Flags::new();
        let changes = convert::transactions(rows.rows, account, &mut flags)?;
        tracing::debug!(changes = changes.len(), "listed what changed");
        Ok(Some(listed(changes, flags)))
    }

    async fn rows(
        &self,
        wanted: &FetchRequest,
        query: &[(&str, &str)],
        deadline: Deadline,
    ) -> Result<Rows<WireTransaction>, StripeError> {
        self.list(
            "transactions",
            &["transactions"],
            query,
            wanted.connected.as_ref(),
            limits::TRANSACTIONS_MAX,
            deadline,
        )
        .await
    }
}

/// The parameter that names the refresh to go on from.
const AFTER: &str = "transaction_refresh[after]";

/// Where the next list may go on from. Without a refresh that succeeded there is nothing that is
/// known to be whole.
fn synced(refresh: Option<TransactionRefreshId>, wanted: &FetchRequest) -> Option<Synced> {
    refresh.map(|refresh| Synced {
        refresh,
        since: wanted.since,
    })
}

/// Whether Stripe refused because it does not know the refresh to go on from. A refusal that names
/// no parameter may be that; the whole list then shows whether it is something else.
fn forgot_refresh(error: &StripeError) -> bool {
    let (StripeError::InvalidRequest(refusal) | StripeError::NotFound(refusal)) = error else {
        return false;
    };
    refusal
        .param
        .as_deref()
        .is_none_or(|param| param.starts_with("transaction_refresh"))
}
