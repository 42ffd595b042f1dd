//! The server's memory: the world, refreshes under way, and answers that may be asked for again.

mod changes;
mod holders;

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use serde_json::Value;

use super::answer::json;
use super::change::{Change, Edit};
use super::page::{Cursor, page};
use super::payments::{inside_invoice, text};
use super::problem::{ApiError, no_account};
use super::sessions::Session;
use super::stock::Stock;
use super::webhooks::event::{EventKind, Happening};
use super::wire::{self, Account, AccountOwner, AccountOwnership, List, Transaction};
use super::world::{AccountStatus, Linked, LinkedAccount};
use crate::limits;

/// Everything that a request may see or change.
#[derive(Debug)]
pub(super) struct State {
    accounts: BTreeMap<String, Linked>,
    /// Account ids in the order of the list: newest first.
    order: Vec<String>,
    /// The account of each transaction.
    transactions: BTreeMap<String, String>,
    /// The account of each ownership.
    ownerships: BTreeMap<String, String>,
    sessions: BTreeMap<String, Session>,
    /// The ids of sessions made here, oldest first, and how many there ever were.
    made: (VecDeque<String>, u64),
    /// Objects of payments and of Connect by their ids.
    objects: BTreeMap<String, Value>,
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
    /// The session in which they were linked.
    pub(super) session: Option<String>,
    /// A holder: the kind (`customer`, `account`, `customer_account`) and the id.
    pub(super) holder: Option<(&'static str, String)>,
}

impl State {
    pub(super) fn new(stock: Stock, now: i64, refresh_delay: Duration) -> Self {
        let mut state = Self {
            accounts: BTreeMap::new(),
            order: Vec::new(),
            transactions: BTreeMap::new(),
            ownerships: BTreeMap::new(),
            sessions: by_id(stock.sessions, |session| &session.id),
            made: (VecDeque::new(), 0),
            objects: by_id(stock.objects, |object| text(object, "id")),
            answers: BTreeMap::new(),
            answer_order: VecDeque::new(),
            now,
            refresh_delay,
            watched: false,
            happenings: Vec::new(),
        };
        for linked in stock.linked {
            state.insert(linked);
        }
        state.sort();
        state
    }

    /// Takes an account in, without a place in the list, and gives its id.
    fn insert(&mut self, linked: LinkedAccount) -> String {
        let id = linked.account.id.clone();
        let rows = linked.transactions.iter();
        self.transactions
            .extend(rows.map(|row| (row.id.clone(), row.account.clone())));
        let ownership = linked.account.ownership.iter();
        self.ownerships
            .extend(ownership.map(|ownership| (ownership.clone(), id.clone())));
        self.accounts.insert(id.clone(), Linked::new(linked));
        id
    }

    /// Gives every account its place in the list.
    fn sort(&mut self) {
        let mut order: Vec<&Linked> = self.accounts.values().collect();
        order.sort_by(|a, b| (b.created(), b.id()).cmp(&(a.created(), a.id())));
        let ids = order.into_iter().map(|linked| linked.id().to_owned());
        self.order = ids.collect();
    }

    /// Ends the refreshes that are due `elapsed` after the start.
    pub(super) fn advance(&mut self, elapsed: Duration) {
        let mut settled = Vec::new();
        for linked in self.accounts.values_mut() {
            for feature in linked.advance(elapsed) {
                settled.push((EventKind::refreshed(feature), linked.view()));
            }
        }
        for (kind, account) in settled {
            self.happened(kind.name(), account);
        }
    }

    fn linked(&self, id: &str) -> Result<&Linked, ApiError> {
        self.accounts.get(id).ok_or_else(|| no_account(id))
    }

    pub(super) fn account(&self, id: &str) -> Result<Account, ApiError> {
        Ok(self.linked(id)?.view())
    }

    fn ownership(&self, id: &str) -> Option<AccountOwnership> {
        self.accounts.get(self.ownerships.get(id)?)?.ownership()
    }

    pub(super) fn accounts(
        &self,
        filter: &AccountFilter,
        cursor: &Cursor,
    ) -> Result<List<Account>, ApiError> {
        let session = match &filter.session {
            None => None,
            Some(id) => Some(
                self.sessions
                    .get(id)
                    .ok_or_else(|| ApiError::missing(wire::SESSION, id, "session"))?,
            ),
        };
        let all = self.order.iter().filter_map(|id| self.accounts.get(id));
        let wanted = |linked: &Linked| {
            let holder = filter.holder.as_ref();
            holder.is_none_or(|(kind, id)| linked.holder(kind) == Some(id))
                && session.is_none_or(|session| session.accounts.contains(linked.id()))
        };
        let (rows, has_more) = page(all, Linked::id, wanted, cursor, wire::ACCOUNT)?;
        let data = rows.iter().map(|linked| linked.view()).collect();
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

    /// Does what a POST asks for, `elapsed` after the start.
    pub(super) fn change(&mut self, change: Change, elapsed: Duration) -> Result<Value, ApiError> {
        let (id, edit) = match change {
            Change::Session(new) => return json(&self.make_session(new)?),
            Change::Account(id, edit) => (id, edit),
        };
        let (now, due) = (self.now, elapsed.saturating_add(self.refresh_delay));
        let linked = self.accounts.get_mut(&id);
        let linked = linked.ok_or_else(|| no_account(&id))?;
        match edit {
            Edit::Refresh(features) => linked.refresh(&features, now, due)?,
            Edit::Subscribe(features) => linked.subscribe(&features, now, due)?,
            Edit::Unsubscribe(features) => linked.unsubscribe(&features),
            Edit::Disconnect => {
                let gone = self.become_status(&id, AccountStatus::Disconnected);
                gone.map_err(|_| no_account(&id))?;
            }
        }
        json(&self.account(&id)?)
    }

    /// An object of payments or of Connect, of this kind.
    pub(super) fn object(&self, kind: &str, id: &str) -> Option<&Value> {
        let found = self.objects.get(id)?;
        (text(found, "object") == kind).then_some(found)
    }

    /// All objects of one kind.
    pub(super) fn objects<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Value> {
        let is = move |object: &&Value| text(object, "object") == kind;
        self.objects.values().filter(is)
    }

    /// What an id stands for, where that may be seen.
    pub(super) fn find(&self, id: &str) -> Option<Value> {
        match self.ownership(id) {
            Some(ownership) => json(&ownership).ok(),
            None => self.objects.get(id).cloned(),
        }
    }

    /// The list of the payments of an invoice.
    pub(super) fn payments_of(&self, invoice: &str) -> Value {
        let payments = self.objects("invoice_payment");
        let payments = payments.filter(|payment| text(payment, "invoice") == invoice);
        inside_invoice(payments.cloned().collect())
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

/// What has an id, by it.
fn by_id<T>(all: Vec<T>, id: impl Fn(&T) -> &str) -> BTreeMap<String, T> {
    let all = all.into_iter().map(|one| (id(&one).to_owned(), one));
    all.collect()
}
