//! How fresh a snapshot is, and the one that stands for an account of which nothing was had.

use std::collections::BTreeSet;
use std::time::Duration;

use chrono::{DateTime, SubsecRound, Utc};
use serde::{Deserialize, Serialize};

use super::{
    Absence, Account, Category, Part, Permission, QualityFlag, Snapshot, Status, Subcategory,
};
use crate::application::{Freshness, is_fresh};
use crate::id::{AccountId, ConnectedAccountId, TransactionRefreshId};

/// When the bank last delivered each part, by the last refresh where that succeeded. `None` where
/// it did not, or where there was none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refreshed {
    /// The balance.
    #[serde(with = "chrono::serde::ts_seconds_option")]
    pub balances: Option<DateTime<Utc>>,
    /// The owners.
    #[serde(with = "chrono::serde::ts_seconds_option")]
    pub ownership: Option<DateTime<Utc>>,
    /// The transactions.
    #[serde(with = "chrono::serde::ts_seconds_option")]
    pub transactions: Option<DateTime<Utc>>,
}

/// Up to where transactions are whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Synced {
    /// The refresh that succeeded before they were listed: whatever it and those before it brought
    /// is here.
    pub refresh: TransactionRefreshId,
    /// The first moment from which they were asked for.
    #[serde(with = "chrono::serde::ts_seconds")]
    pub since: DateTime<Utc>,
}

impl Synced {
    /// In whole seconds, as it is stored.
    pub(super) fn trunc_subsecs(self) -> Self {
        Self {
            since: self.since.trunc_subsecs(0),
            ..self
        }
    }
}

impl Refreshed {
    /// In whole seconds, as they are stored.
    pub(super) fn trunc_subsecs(self) -> Self {
        let whole = |at: Option<DateTime<Utc>>| at.map(|at| at.trunc_subsecs(0));
        Self {
            balances: whole(self.balances),
            ownership: whole(self.ownership),
            transactions: whole(self.transactions),
        }
    }
}

impl Snapshot {
    /// Whether a decision at `now` may rest on it without asking again: the link works, and
    /// whatever the applicant permitted was delivered and is young enough.
    pub fn is_fresh(&self, freshness: Freshness, now: DateTime<Utc>) -> bool {
        let parts: [(_, _, Duration); 3] = [
            (
                Permission::Balances,
                self.refreshed.balances,
                freshness.balances,
            ),
            (
                Permission::Ownership,
                self.refreshed.ownership,
                freshness.ownership,
            ),
            (
                Permission::Transactions,
                self.refreshed.transactions,
                freshness.transactions,
            ),
        ];
        self.account.status == Status::Active
            && parts.into_iter().all(|(permission, made, max_age)| {
                !self.account.permissions.contains(&permission)
                    || made.is_some_and(|made| is_fresh(made, now, max_age))
            })
    }

    /// Whether nothing was still to come from the bank when it was made: no refresh was under way,
    /// and something was had at all. A refresh that failed is over, and settled.
    pub fn is_settled(&self) -> bool {
        !self.flags.contains(&QualityFlag::RefreshPending)
            && !self.flags.contains(&QualityFlag::NotFetched)
    }

    /// What stands for an account of which nothing was had before the time was up: nothing in it
    /// is known, and it says so.
    pub fn not_fetched(
        account: AccountId,
        connected_account: Option<ConnectedAccountId>,
        livemode: bool,
        now: DateTime<Utc>,
    ) -> Self {
        let unknown = || "unknown".to_owned();
        Self {
            account: Account {
                id: account,
                category: Category::Unknown(unknown()),
                subcategory: Subcategory::Unknown(unknown()),
                institution: String::new(),
                last4: None,
                display_name: None,
                status: Status::Unknown(unknown()),
                permissions: BTreeSet::new(),
                livemode,
                payment_methods: BTreeSet::new(),
                connected_account,
            },
            balance: Part::Absent(Absence::NotReady),
            owners: Part::Absent(Absence::NotReady),
            transactions: Part::Absent(Absence::NotReady),
            coverage: None,
            flags: BTreeSet::from([QualityFlag::NotFetched]),
            fetched_at: now.trunc_subsecs(0),
            refreshed: Refreshed::default(),
            transaction_refresh: None,
            earlier_balance: None,
        }
    }
}
