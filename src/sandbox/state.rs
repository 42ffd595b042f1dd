//! The server's memory: the world, refreshes under way, and answers that may be asked for again.

mod changes;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use serde_json::Value;

use super::page::{Cursor, page};
use super::problem::{ApiError, no_account};
use super::webhooks::event::{EventKind, Happening};
use super::wire::{self, Account, AccountOwner, List, Transaction};
use super::world::{Feature, Linked, LinkedAccount};
use crate::limits;

/// Everything that a request may see or change.
#[derive(Debug)]
pub(super) struct State {
    accounts: BTreeMap<String, Linked>,
    /// Account ids in the order of the list: newest first.
    order: Vec<String>,
    /// The account of each transaction.
    transactions: BTreeMap<String, String>,
    answers: BTreeMap<String, SavedAnswer>,
    answer_order: VecDeque<String>,
    /// The server's time, in Unix seconds.
    now: i64,
    refresh_delay: Duration,
    /// Whether anybody wants to know what happens.
    watched: bool,
    /// What has happened and was not taken yet.
    happenings: Vec<Happening>,
}

/// The answer to a request with an idempotency key.
#[derive(Debug, Clone)]
pub(super) struct SavedAnswer {
    /// The request it answered, in canonical form.
    fingerprint: String,
    /// The id of that request.
    pub(super) request_id: String,
    /// What was answered.
    pub(super) outcome: Result<Value, ApiError>,
}

/// Which transactions are asked for.
#[derive(Debug, Default)]
pub(super) struct TransactionFilter {
    /// Inclusive bounds of `transacted_at`.
    pub(super) from: Option<i64>,
    /// Inclusive upper bound.
    pub(super) to: Option<i64>,
    /// Only rows changed by refreshes after this one.
    pub(super) after_refresh: Option<String>,
}

/// Which accounts are asked for.
#[derive(Debug, Default)]
pub(super) struct AccountFilter {
    /// A session; the sandbox has none, so it names nothing.
    pub(super) session: Option<String>,
    /// A holder: the kind (`customer`, `account`, `customer_account`) and the id.
    pub(super) holder: Option<(&'static str, String)>,
}

impl State {
    pub(super) fn new(linked: Vec<LinkedAccount>, now: i64, refresh_delay: Duration) -> Self {
        let accounts: BTreeMap<String, Linked> = linked
            .into_iter()
            .map(|account| (account.account.id.clone(), Linked::new(account)))
            .collect();
        let order = newest_first(&accounts);
        let transactions = accounts
            .values()
            .flat_map(|linked| &linked.transactions)
            .map(|row| (row.id.clone(), row.account.clone()))
            .collect();
        Self {
            accounts,
            order,
            transactions,
            answers: BTreeMap::new(),
            answer_order: VecDeque::new(),
            now,
            refresh_delay,
            watched: false,
            happenings: Vec::new(),
        }
    }

    /// Ends the refreshes that are due `elapsed` after the start.
    pub(super) fn settle(&mut self, elapsed: Duration) {
        let mut settled = Vec::new();
        for linked in self.accounts.values_mut() {
            for feature in linked.settle(elapsed) {
                settled.push((EventKind::refreshed(feature), linked.view(false)));
            }
        }
        for (kind, account) in settled {
            self.happened(kind.name(), account);
        }
    }

    fn linked(&self, id: &str) -> Result<&Linked, ApiError> {
        self.accounts.get(id).ok_or_else(|| no_account(id))
    }

    pub(super) fn account(&self, id: &str, expand_ownership: bool) -> Result<Account, ApiError> {
        Ok(self.linked(id)?.view(expand_ownership))
    }

    pub(super) fn accounts(
        &self,
        filter: &AccountFilter,
        cursor: &Cursor,
        expand_ownership: bool,
    ) -> Result<List<Account>, ApiError> {
        if let Some(session) = &filter.session {
            let object = "financial_connections.session";
            return Err(ApiError::missing(object, session, "session"));
        }
        let all = self.order.iter().filter_map(|id| self.accounts.get(id));
        let wanted = |linked: &Linked| match &filter.holder {
            Some((kind, id)) => linked.holder(kind) == Some(id),
            None => true,
        };
        let (rows, has_more) = page(all, Linked::id, wanted, cursor, wire::ACCOUNT)?;
        let data = rows
            .iter()
            .map(|linked| linked.view(expand_ownership))
            .collect();
        let url = "/v1/financial_connections/accounts".to_owned();
        Ok(List::new(data, has_more, url))
    }

    pub(super) fn owners(
        &self,
        account: &str,
        ownership: &str,
        cursor: &Cursor,
    ) -> Result<List<AccountOwner>, ApiError> {
        let linked = self.linked(account)?;
        if linked.ownership_id() != Some(ownership) {
            return Err(ApiError::missing(wire::OWNERSHIP, ownership, "ownership"));
        }
        let (rows, has_more) = page(
            linked.owners.iter(),
            |owner| &owner.id,
            |_| true,
            cursor,
            wire::OWNER,
        )?;
        let data = rows.into_iter().cloned().collect();
        Ok(List::new(data, has_more, linked.owners_url(ownership)))
    }

    pub(super) fn transactions(
        &self,
        account: &str,
        filter: &TransactionFilter,
        cursor: &Cursor,
    ) -> Result<List<Transaction>, ApiError> {
        let missing = || ApiError::missing(wire::ACCOUNT, account, "account");
        let linked = self.accounts.get(account).ok_or_else(missing)?;
        linked.check_transactions()?;
        let after = match &filter.after_refresh {
            Some(id) => Some(linked.refresh_order(id).ok_or_else(|| {
                let object = "financial_connections.transaction_refresh";
                ApiError::missing(object, id, "transaction_refresh[after]")
            })?),
            None => None,
        };
        let wanted = |row: &Transaction| {
            filter.from.is_none_or(|from| row.transacted_at >= from)
                && filter.to.is_none_or(|to| row.transacted_at <= to)
                && after.is_none_or(|after| {
                    linked.refresh_order(&row.transaction_refresh) > Some(after)
                })
        };
        let rows = linked.transactions.iter();
        let (rows, has_more) = page(rows, |row| &row.id, wanted, cursor, wire::TRANSACTION)?;
        let data = rows.into_iter().cloned().collect();
        let url = "/v1/financial_connections/transactions".to_owned();
        Ok(List::new(data, has_more, url))
    }

    pub(super) fn transaction(&self, id: &str) -> Result<Transaction, ApiError> {
        let missing = || ApiError::not_found(wire::TRANSACTION, id, "transaction");
        let account = self.transactions.get(id).ok_or_else(missing)?;
        let linked = self.accounts.get(account).ok_or_else(missing)?;
        linked.check_transactions()?;
        let row = linked.transactions.iter().find(|row| row.id == id);
        row.cloned().ok_or_else(missing)
    }

    /// Starts refreshes at `elapsed` after the start.
    pub(super) fn refresh(
        &mut self,
        account: &str,
        features: &BTreeSet<Feature>,
        expand_ownership: bool,
        elapsed: Duration,
    ) -> Result<Account, ApiError> {
        let due = elapsed.saturating_add(self.refresh_delay);
        let linked = self
            .accounts
            .get_mut(account)
            .ok_or_else(|| no_account(account))?;
        linked.refresh(features, self.now, due)?;
        Ok(linked.view(expand_ownership))
    }

    /// The answer saved under an idempotency key, if the key was used before.
    pub(super) fn saved(
        &self,
        key: &str,
        fingerprint: &str,
    ) -> Result<Option<&SavedAnswer>, ApiError> {
        match self.answers.get(key) {
            Some(saved) if saved.fingerprint != fingerprint => Err(ApiError::idempotency()),
            found => Ok(found),
        }
    }

    /// Saves an answer under an idempotency key.
    pub(super) fn save(
        &mut self,
        key: &str,
        fingerprint: String,
        request_id: &str,
        outcome: Result<Value, ApiError>,
    ) {
        if self.answer_order.len() >= limits::SANDBOX_IDEMPOTENCY_KEYS_MAX
            && let Some(oldest) = self.answer_order.pop_front()
        {
            self.answers.remove(&oldest);
        }
        self.answer_order.push_back(key.to_owned());
        self.answers.insert(
            key.to_owned(),
            SavedAnswer {
                fingerprint,
                request_id: request_id.to_owned(),
                outcome,
            },
        );
    }
}

/// The ids of accounts in the order of the list.
fn newest_first(accounts: &BTreeMap<String, Linked>) -> Vec<String> {
    let mut order: Vec<&Linked> = accounts.values().collect();
    order.sort_by(|a, b| (b.created(), b.id()).cmp(&(a.created(), a.id())));
    order
        .into_iter()
        .map(|linked| linked.id().to_owned())
        .collect()
}
