//! What an operator does to linked accounts by hand: look, refresh, subscribe, disconnect. A
//! decision does none of this.

mod sessions;

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

pub use sessions::{NewSession, Session};

use super::client::StripeClient;
use super::convert;
use super::deadline::Deadline;
use super::error::{BadAnswer, StripeError};
use super::refresh::RefreshFeature;
use super::resolve::ResolvedWire;
use super::wire::{
    WireAccount, WireHolder, WireOwner, WireOwnership, WireRefresh, WireTransaction,
};
use crate::id::{AccountId, ConnectedAccountId, Handle, OwnershipId};
use crate::limits;
use crate::snapshot::{Account, Balance, Owner, Transaction};

/// An account as Stripe shows it now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkedAccount {
    /// The account itself.
    pub account: Account,
    /// The id of the customer or connected account that linked it.
    pub holder: Option<String>,
    /// When it was linked.
    pub linked_at: Option<DateTime<Utc>>,
    /// What it held when it was refreshed last.
    pub balance: Option<Balance>,
    /// The last refresh of each feature that was ever refreshed.
    pub refreshes: BTreeMap<RefreshFeature, RefreshState>,
    /// What Stripe refreshes daily by itself, in Stripe's words.
    pub subscriptions: Vec<String>,
    ownership: Option<OwnershipId>,
}

/// How the last refresh of one feature stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefreshState {
    /// In Stripe's word: `pending`, `succeeded`, `failed`.
    pub status: String,
    /// When the bank was asked.
    pub last_attempted_at: Option<DateTime<Utc>>,
    /// From when on it can be asked again.
    pub next_available_at: Option<DateTime<Utc>>,
}

impl RefreshState {
    fn of(wire: &WireRefresh) -> Self {
        Self {
            status: wire.status.clone(),
            last_attempted_at: convert::time(wire.last_attempted_at),
            next_available_at: wire.next_refresh_available_at.and_then(convert::time),
        }
    }
}

/// Something that is done to an account.
#[derive(Debug, Clone, Copy)]
enum Change<'a> {
    Refresh(&'a BTreeSet<RefreshFeature>),
    Subscribe,
    Unsubscribe,
    Disconnect,
}

impl Change<'_> {
    fn route(self) -> (&'static str, &'static str) {
        match self {
            Self::Refresh(_) => ("accounts/{account}/refresh", "refresh"),
            Self::Subscribe => ("accounts/{account}/subscribe", "subscribe"),
            Self::Unsubscribe => ("accounts/{account}/unsubscribe", "unsubscribe"),
            Self::Disconnect => ("accounts/{account}/disconnect", "disconnect"),
        }
    }

    fn form(self) -> Vec<(&'static str, &'static str)> {
        let features: Vec<RefreshFeature> = match self {
            Self::Refresh(features) => features.iter().copied().collect(),
            // Nothing else can be subscribed to.
            Self::Subscribe | Self::Unsubscribe => vec![RefreshFeature::Transactions],
            Self::Disconnect => Vec::new(),
        };
        let words = features.into_iter().map(RefreshFeature::word);
        words.map(|word| ("features[]", word)).collect()
    }
}

impl StripeClient {
    /// The accounts behind a handle, in the order of their ids: all of a customer, a connected
    /// account or a session, or the one that a payment is made from.
    ///
    /// # Errors
    ///
    /// Those of [`resolve`](Self::resolve).
    pub async fn list_accounts(
        &self,
        handle: &Handle,
        connected: Option<&ConnectedAccountId>,
    ) -> Result<Vec<LinkedAccount>, StripeError> {
        match self.find(handle, connected).await? {
            ResolvedWire::One(id) => Ok(vec![self.retrieve_account(&id, connected).await?]),
            ResolvedWire::Several(accounts) => accounts
                .iter()
                .map(|(id, wire)| self.shown(wire, id, connected))
                .collect(),
        }
    }

    /// One account as it is, without asking its bank for anything.
    ///
    /// # Errors
    ///
    /// Where Stripe could not be asked or does not know the account.
    pub async fn retrieve_account(
        &self,
        id: &AccountId,
        connected: Option<&ConnectedAccountId>,
    ) -> Result<LinkedAccount, StripeError> {
        let call = self
            .get("accounts/{account}", &["accounts", id.as_str()], &[])
            .on_behalf_of(connected);
        let wire = self.send(&call, self.deadline()).await?;
        self.shown(&wire, id, connected)
    }

    /// Asks the bank for what is new. Asked too early it does not start, which is no error: see
    /// [`RefreshState::next_available_at`].
    ///
    /// # Errors
    ///
    /// Where Stripe could not be asked or refuses.
    pub async fn refresh_account(
        &self,
        id: &AccountId,
        features: &BTreeSet<RefreshFeature>,
        connected: Option<&ConnectedAccountId>,
        idempotency_key: &str,
    ) -> Result<LinkedAccount, StripeError> {
        self.change(id, Change::Refresh(features), connected, idempotency_key)
            .await
    }

    /// Has Stripe refresh the transactions once a day, and once now.
    ///
    /// # Errors
    ///
    /// Where Stripe could not be asked or refuses.
    pub async fn subscribe_account(
        &self,
        id: &AccountId,
        connected: Option<&ConnectedAccountId>,
        idempotency_key: &str,
    ) -> Result<LinkedAccount, StripeError> {
        self.change(id, Change::Subscribe, connected, idempotency_key)
            .await
    }

    /// Ends what [`subscribe_account`](Self::subscribe_account) began.
    ///
    /// # Errors
    ///
    /// Where Stripe could not be asked or refuses.
    pub async fn unsubscribe_account(
        &self,
        id: &AccountId,
        connected: Option<&ConnectedAccountId>,
        idempotency_key: &str,
    ) -> Result<LinkedAccount, StripeError> {
        self.change(id, Change::Unsubscribe, connected, idempotency_key)
            .await
    }

    /// Gives up the access to an account for good. Only its holder can give it back.
    ///
    /// # Errors
    ///
    /// Where Stripe could not be asked or refuses.
    pub async fn disconnect_account(
        &self,
        id: &AccountId,
        connected: Option<&ConnectedAccountId>,
        idempotency_key: &str,
    ) -> Result<LinkedAccount, StripeError> {
        self.change(id, Change::Disconnect, connected, idempotency_key)
            .await
    }

    /// The owners of an account as they were refreshed last; `None` where they never were.
    ///
    /// # Errors
    ///
    /// Where Stripe could not be asked or refuses.
    pub async fn account_owners(
        &self,
        shown: &LinkedAccount,
    ) -> Result<Option<Vec<Owner>>, StripeError> {
        let Some(ownership) = &shown.ownership else {
            return Ok(None);
        };
        let account = &shown.account;
        let rows = self
            .list::<WireOwner>(
                "accounts/{account}/owners",
                &["accounts", account.id.as_str(), "owners"],
                &[("ownership", ownership.as_str())],
                account.connected_account.as_ref(),
                limits::OWNERS_MAX,
                self.deadline(),
            )
            .await?;
        Ok(Some(convert::owners(rows.rows, &mut BTreeSet::new())))
    }

    /// The transactions of an account as they were refreshed last, the newest first, each once.
    ///
    /// # Errors
    ///
    /// Where Stripe could not be asked or refuses, as it does where they never were refreshed.
    pub async fn account_transactions(
        &self,
        shown: &LinkedAccount,
    ) -> Result<Vec<Transaction>, StripeError> {
        let account = &shown.account;
        let rows = self
            .list::<WireTransaction>(
                "transactions",
                &["transactions"],
                &[("account", account.id.as_str())],
                account.connected_account.as_ref(),
                limits::TRANSACTIONS_MAX,
                self.deadline(),
            )
            .await?;
        let rows = convert::transactions(rows.rows, account, &mut BTreeSet::new())?;
        let rows: BTreeMap<_, _> = rows
            .into_iter()
            .map(|(row, _)| ((row.transacted_at, row.id.clone()), row))
            .collect();
        Ok(rows.into_values().rev().collect())
    }

    async fn change(
        &self,
        id: &AccountId,
        change: Change<'_>,
        connected: Option<&ConnectedAccountId>,
        idempotency_key: &str,
    ) -> Result<LinkedAccount, StripeError> {
        let (route, verb) = change.route();
        let segments = ["accounts", id.as_str(), verb];
        let call = self
            .post(route, &segments, &change.form(), idempotency_key.to_owned())
            .on_behalf_of(connected);
        let wire = self.send(&call, self.deadline()).await?;
        self.shown(&wire, id, connected)
    }

    fn deadline(&self) -> Deadline {
        Deadline::after(self.config().fetch_deadline)
    }

    fn shown(
        &self,
        wire: &WireAccount,
        id: &AccountId,
        connected: Option<&ConnectedAccountId>,
    ) -> Result<LinkedAccount, StripeError> {
        self.expect(wire, id)?;
        let refreshes = [
            (RefreshFeature::Balance, &wire.balance_refresh),
            (RefreshFeature::Ownership, &wire.ownership_refresh),
            (RefreshFeature::Transactions, &wire.transaction_refresh),
        ];
        let balance = match &wire.balance {
            Some(balance) => convert::balance(balance, &mut BTreeSet::new())?,
            None => None,
        };
        let ownership = match wire.ownership.as_ref().map(WireOwnership::id) {
            Some(id) => {
                let id = OwnershipId::parse(id);
                Some(id.map_err(|_| StripeError::bad(BadAnswer::WrongObject))?)
            }
            None => None,
        };
        Ok(LinkedAccount {
            account: convert::account(wire, id, connected),
            holder: wire
                .account_holder
                .as_ref()
                .and_then(WireHolder::id)
                .map(str::to_owned),
            linked_at: wire.created.and_then(convert::time),
            balance,
            refreshes: refreshes
                .into_iter()
                .filter_map(|(feature, wire)| Some((feature, RefreshState::of(wire.as_ref()?))))
                .collect(),
            subscriptions: wire.subscriptions.clone(),
            ownership,
        })
    }
}
