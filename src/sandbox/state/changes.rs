//! What changes other than by a request: a test, a fault or a bank does it.

use std::collections::BTreeMap;

use super::State;
use crate::sandbox::counts::Counts;
use crate::sandbox::error::SandboxError;
use crate::sandbox::webhooks::event::{EventKind, Happening};
use crate::sandbox::wire::{self, Account};
use crate::sandbox::world::{AccountStatus, Fate, Feature, Linked, LinkedAccount};
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
            });
        }
    }

    /// Tells the world of an account as it is now, under any name.
    pub(in crate::sandbox) fn announce(
        &mut self,
        account: &str,
        kind: &str,
    ) -> Result<(), SandboxError> {
        let view = self.known(account)?.view(false);
        self.happened(kind, view);
        Ok(())
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
        let linked = Linked::new(linked);
        let rows = linked.transactions.iter();
        self.transactions
            .extend(rows.map(|row| (row.id.clone(), row.account.clone())));
        let view = linked.view(false);
        self.accounts.insert(linked.id().to_owned(), linked);
        self.order = super::newest_first(&self.accounts);
        self.happened(EventKind::Created.name(), view);
    }

    /// Makes an account active, inactive or disconnected.
    pub(in crate::sandbox) fn become_status(
        &mut self,
        account: &str,
        status: AccountStatus,
    ) -> Result<(), SandboxError> {
        let linked = self.known(account)?;
        if linked.become_status(status) {
            let kind = match status {
                AccountStatus::Active => EventKind::Reactivated,
                AccountStatus::Inactive => EventKind::Deactivated,
                AccountStatus::Disconnected => EventKind::Disconnected,
            };
            let view = linked.view(false);
            self.happened(kind.name(), view);
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
    pub(in crate::sandbox) fn change(
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
    pub(in crate::sandbox) fn destine(&mut self, account: &str, fates: BTreeMap<Feature, Fate>) {
        if let Some(linked) = self.accounts.get_mut(account) {
            linked.destine(fates);
        }
    }

    /// Adds what the accounts have counted.
    pub(in crate::sandbox) fn count(&self, counts: &mut Counts) {
        for (id, linked) in &self.accounts {
            let started = linked.started();
            if !started.is_empty() {
                counts.refreshes.insert(id.clone(), started);
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
