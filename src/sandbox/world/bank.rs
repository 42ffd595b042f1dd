//! What the bank knows and has not told yet: rows and balances that only the next refresh brings.
//! And what else can become of an account while it is served.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Map;

use super::{Linked, RefreshFeature};
use crate::sandbox::wire::{self, Balance, RefreshStatus, StatusTransitions, Transaction};

/// How a refresh is to end, other than its bank would have it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// Never.
    Pending,
    /// By failing.
    Fails,
    /// As otherwise, and so much later.
    Late(Duration),
}

/// What an account can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccountStatus {
    /// It can be refreshed.
    Active,
    /// It cannot be refreshed until the holder links it anew.
    Inactive,
    /// The link is gone.
    Disconnected,
}

impl AccountStatus {
    /// Stripe's word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Inactive => "inactive",
            Self::Disconnected => "disconnected",
        }
    }
}

/// A transaction that is to appear at a bank.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewTransaction {
    /// In minor units; positive is money in.
    pub amount: i64,
    /// The bank's text.
    pub description: String,
    /// When it was made, in Unix seconds; now where it is not said.
    pub transacted_at: Option<i64>,
    /// Whether it is not yet part of the balance.
    pub pending: bool,
}

/// What is to become of a transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Posting {
    /// It is part of the balance.
    Posted,
    /// It never will be.
    Void,
}

/// What the next refreshes bring.
#[derive(Debug, Default)]
pub(super) struct Untold {
    /// The newest state of rows, in the order in which they changed.
    rows: Vec<Transaction>,
    /// What has become more or less, in minor units.
    current: i64,
    /// The same with pending rows.
    available: i64,
    /// Rows made here.
    made: usize,
}

impl Untold {
    fn moves(&mut self, current: i64, available: i64) {
        self.current = self.current.saturating_add(current);
        self.available = self.available.saturating_add(available);
    }

    /// Changes a balance by what has happened.
    pub(super) fn tell_balance(&mut self, balance: &mut Balance) {
        let (current, available) = (
            std::mem::take(&mut self.current),
            std::mem::take(&mut self.available),
        );
        let shift = |amounts: &mut wire::Amounts, by: i64| {
            if let Some(amount) = amounts.values_mut().next() {
                *amount = amount.saturating_add(by);
            }
        };
        shift(&mut balance.current, current);
        let cash = balance.cash.as_mut().and_then(|it| it.available.as_mut());
        if let Some(amounts) = cash {
            shift(amounts, available);
        }
        let credit = balance.credit.as_mut().and_then(|it| it.used.as_mut());
        if let Some(amounts) = credit {
            shift(amounts, current);
        }
    }

    /// Puts the changed rows among those that are known.
    pub(super) fn tell_rows(&mut self, known: &mut Vec<Transaction>, refresh: &str, at: i64) {
        for mut row in std::mem::take(&mut self.rows) {
            refresh.clone_into(&mut row.transaction_refresh);
            row.updated = at;
            known.retain(|old| old.id != row.id);
            known.push(row);
        }
        super::newest_first(known);
    }
}

impl Linked {
    /// Lets a transaction appear at the bank, and gives its id.
    pub(in crate::sandbox) fn appear(&mut self, new: NewTransaction, now: i64) -> String {
        self.untold.made = self.untold.made.saturating_add(1);
        let account = self.base.id.strip_prefix("fca_").unwrap_or(&self.base.id);
        let id = format!("fctxn_{account}_new_{}", self.untold.made);
        let balance = self.base.balance.as_ref();
        let currency = balance.and_then(|it| it.current.keys().next());
        let transacted_at = new.transacted_at.unwrap_or(now);
        let posted_at = (!new.pending).then_some(transacted_at);
        self.untold.rows.push(Transaction {
            account: self.base.id.clone(),
            amount: new.amount,
            currency: currency.map_or("usd", String::as_str).to_owned(),
            description: new.description,
            id: id.clone(),
            livemode: false,
            object: wire::TRANSACTION,
            status: if new.pending { "pending" } else { "posted" }.to_owned(),
            status_transitions: StatusTransitions {
                posted_at,
                void_at: None,
            },
            transacted_at,
            transaction_refresh: String::new(),
            updated: now,
            extra: Map::new(),
        });
        let posted = if new.pending { 0 } else { new.amount };
        self.untold.moves(posted, new.amount);
        id
    }

    /// Lets a transaction become posted or void at the bank; false where there is no such row.
    pub(in crate::sandbox) fn change(&mut self, id: &str, to: Posting, now: i64) -> bool {
        let known = self.untold.rows.iter().rev().chain(&self.transactions);
        let Some(row) = known.into_iter().find(|row| row.id == id) else {
            return false;
        };
        let mut row = row.clone();
        let (was_posted, was_void) = (row.status == "posted", row.status == "void");
        let (status, posted_at, void_at) = match to {
            Posting::Posted => (
                "posted",
                row.status_transitions.posted_at.or(Some(now)),
                None,
            ),
            Posting::Void => ("void", row.status_transitions.posted_at, Some(now)),
        };
        status.clone_into(&mut row.status);
        row.status_transitions = StatusTransitions { posted_at, void_at };
        let whole = row.amount;
        let before = (
            if was_posted { whole } else { 0 },
            if was_void { 0 } else { whole },
        );
        let after = match to {
            Posting::Posted => (whole, whole),
            Posting::Void => (0, 0),
        };
        self.untold.moves(
            after.0.saturating_sub(before.0),
            after.1.saturating_sub(before.1),
        );
        self.untold.rows.push(row);
        true
    }

    /// Makes the account active, inactive or disconnected, and says which refreshes fail for it;
    /// nothing where it is that already. A bank answers nobody whose link is gone: what is under
    /// way fails, and nothing can be refreshed until it is active again.
    pub(in crate::sandbox) fn become_status(
        &mut self,
        status: AccountStatus,
    ) -> Option<Vec<RefreshFeature>> {
        if self.base.status == status.word() {
            return None;
        }
        status.word().clone_into(&mut self.base.status);
        if status == AccountStatus::Disconnected {
            self.base.subscriptions.clear();
        }
        let active = status == AccountStatus::Active;
        let mut failed = Vec::new();
        for (feature, progress) in &mut self.progress {
            let Some(refresh) = &mut progress.refresh else {
                continue;
            };
            if !active && refresh.status == RefreshStatus::Pending {
                progress.due = None;
                refresh.status = RefreshStatus::Failed;
                failed.push(*feature);
            }
            refresh.next_refresh_available_at = active.then_some(refresh.last_attempted_at);
        }
        Some(failed)
    }

    /// Decides how the next refreshes end; what was decided before is forgotten.
    pub(in crate::sandbox) fn destine(&mut self, fates: BTreeMap<RefreshFeature, Fate>) {
        self.fates = fates;
    }

    /// How often each feature's refresh was really started.
    pub(in crate::sandbox) fn started(&self) -> BTreeMap<RefreshFeature, u64> {
        let counts = self
            .progress
            .iter()
            .map(|(feature, it)| (*feature, it.started));
        counts.filter(|(_, count)| *count > 0).collect()
    }
}
