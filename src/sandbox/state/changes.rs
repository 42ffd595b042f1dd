//! What changes other than by a request: a test, a fault or a bank does it.

use std::collections::BTreeMap;
use std::iter;

use super::State;
use crate::sandbox::counts::Counts;
use crate::sandbox::error::SandboxError;
use crate::sandbox::webhooks::event::{Cause, EventKind, Happening};
use crate::sandbox::wire::{self, Account};
use crate::sandbox::world::{AccountStatus, Fate, Linked, LinkedAccount, RefreshFeature};
use crate::sandbox::world::{NewTransaction, Posting};

impl State {
    /// From now on, what happens is remembered until it is taken.
    pub(in crate::sandbox) fn watch(&mut self) {
        self.watched = true;
    }

    /// What has happened since it was last taken.
    pub(in crate::sandbox) fn take_happenings(&mut self) -> Vec<Happening> {
        std::mem::take(&mut self.happenings)
    }

    pub(super) fn happened(&mut self, kind: &str, account: Account) {
        if self.watched {
            self.happenings.push(Happening {
                kind: kind.to_owned(),
                account,
                created: self.now,
                stripe_account: None,
                cause: None,
            });
        }
    }

    /// Says which request has brought about what was not taken yet.
    pub(in crate::sandbox) fn caused_by(&mut self, request_id: &str, key: Option<&str>) {
        for happening in &mut self.happenings {
            happening.cause = Some(Cause {
                request_id: request_id.to_owned(),
                idempotency_key: key.map(str::to_owned),
            });
        }
    }

    /// Tells the world of an account as it is now, under any name.
    pub(in crate::sandbox) fn announce(
        &mut self,
        account: &str,
        kind: &str,
    ) -> Result<(), SandboxError> {
        let view = self.known(account)?.view();
        self.happened(kind, view);
        Ok(())
    }

    /// Whether there is such an account.
    pub(in crate::sandbox) fn holds(&self, account: &str) -> bool {
        self.accounts.contains_key(account)
    }

    /// The ids of all accounts.
    pub(in crate::sandbox) fn account_ids(&self) -> impl Iterator<Item = &str> + Clone {
        self.accounts.keys().map(String::as_str)
    }

    /// The account of a transaction.
    pub(in crate::sandbox) fn account_of(&self, transaction: &str) -> Option<&str> {
        self.transactions.get(transaction).map(String::as_str)
    }

    /// Links one more account, or one anew.
    pub(in crate::sandbox) fn link(&mut self, linked: LinkedAccount) {
        let id = self.insert(linked);
        self.sort();
        // It is there: it was just taken in.
        let _ = self.announce(&id, EventKind::Created.name());
    }

    /// Makes an account active, inactive or disconnected, and tells of it and of the refreshes
    /// that fail for it.
    pub(in crate::sandbox) fn become_status(
        &mut self,
        account: &str,
        status: AccountStatus,
    ) -> Result<(), SandboxError> {
        let linked = self.known(account)?;
        let Some(failed) = linked.become_status(status) else {
            return Ok(());
        };
        let view = linked.view();
        let refreshed = failed.into_iter().map(EventKind::refreshed);
        for kind in iter::once(EventKind::became(status)).chain(refreshed) {
            self.happened(kind.name(), view.clone());
        }
        Ok(())
    }

    /// Lets a transaction appear at the bank; the next refresh of transactions brings it.
    pub(in crate::sandbox) fn appear(
        &mut self,
        account: &str,
        new: NewTransaction,
    ) -> Result<String, SandboxError> {
        let now = self.now;
        let id = self.known(account)?.appear(new, now);
        self.transactions.insert(id.clone(), account.to_owned());
        Ok(id)
    }

    /// Changes a transaction at the bank; the next refresh of transactions brings it.
    pub(in crate::sandbox) fn change_transaction(
        &mut self,
        transaction: &str,
        to: Posting,
    ) -> Result<(), SandboxError> {
        let now = self.now;
        let account = self.account_of(transaction).map(str::to_owned);
        let linked = account.and_then(|account| self.accounts.get_mut(&account));
        match linked.map(|linked| linked.change(transaction, to, now)) {
            Some(true) => Ok(()),
            Some(false) | None => Err(SandboxError::Missing {
                kind: wire::TRANSACTION,
                id: transaction.to_owned(),
            }),
        }
    }

    /// Decides how the next refreshes of an account end.
    pub(in crate::sandbox) fn destine(
        &mut self,
        account: &str,
        fates: BTreeMap<RefreshFeature, Fate>,
    ) {
        if let Some(linked) = self.accounts.get_mut(account) {
            linked.destine(fates);
        }
    }

    /// Adds what the accounts have counted.
    pub(in crate::sandbox) fn count(&self, counts: &mut Counts) {
        for (id, linked) in &self.accounts {
            let started = linked.started();
            if started.is_empty() {
                continue;
            }
            let counted = counts.refreshes.entry(id.clone()).or_default();
            for (feature, count) in started {
                let sum = counted.entry(feature).or_default();
                *sum = sum.saturating_add(count);
            }
        }
    }

    fn known(&mut self, account: &str) -> Result<&mut Linked, SandboxError> {
        let missing = || SandboxError::Missing {
            kind: wire::ACCOUNT,
            id: account.to_owned(),
        };
        self.accounts.get_mut(account).ok_or_else(missing)
    }
}
