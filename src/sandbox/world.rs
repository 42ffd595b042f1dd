//! What the sandbox knows: accounts with their owners and transactions, and how far each of
//! them has been refreshed.

pub(super) mod bank;
mod link;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

pub use bank::{AccountStatus, Fate, NewTransaction, Posting};

use super::problem::ApiError;
use super::wire::{
    Account, AccountOwner, AccountOwnership, List, Refresh, RefreshStatus, Transaction,
};

/// What can be refreshed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum RefreshFeature {
    /// The balance.
    Balance,
    /// The owners.
    Ownership,
    /// The transactions.
    Transactions,
}

impl RefreshFeature {
    /// All of them.
    pub(super) const ALL: [RefreshFeature; 3] =
        [Self::Balance, Self::Ownership, Self::Transactions];

    /// What Stripe's word in `features[]` means.
    pub(super) fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|feature| feature.word() == word)
    }

    /// Stripe's word in `features[]`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Balance => "balance",
            Self::Ownership => "ownership",
            Self::Transactions => "transactions",
        }
    }

    /// The permission it needs.
    pub(super) fn permission(self) -> &'static str {
        match self {
            Self::Balance => "balances",
            Self::Ownership => "ownership",
            Self::Transactions => "transactions",
        }
    }
}

/// One account with all that its bank knows.
#[derive(Debug, Clone, PartialEq)]
pub struct LinkedAccount {
    /// The account, its balance and refreshes as they are shown once refreshed; `ownership` is an
    /// id.
    pub account: Account,
    /// When its ownership was made, in Unix seconds.
    pub ownership_created: i64,
    /// Its owners.
    pub owners: Vec<AccountOwner>,
    /// Its transactions, in any order.
    pub transactions: Vec<Transaction>,
    /// What is shown only after the first refresh.
    pub unrefreshed: BTreeSet<RefreshFeature>,
    /// How much longer than usual its bank takes to answer a refresh.
    pub extra_delay: Duration,
}

/// The refreshes of one feature of one account.
#[derive(Debug)]
struct Progress {
    /// Whether there was a successful one.
    shown: bool,
    /// The last one.
    refresh: Option<Refresh>,
    /// When the one under way will advance, since the start of the server.
    due: Option<Duration>,
    /// How they end.
    ends: RefreshStatus,
    /// Whether the one under way fails all the same.
    fails: bool,
    /// How often one was started here.
    started: u64,
}

/// An account as the server keeps it.
#[derive(Debug)]
pub(super) struct Linked {
    base: Account,
    ownership_created: i64,
    pub(super) owners: Vec<AccountOwner>,
    /// Newest first.
    pub(super) transactions: Vec<Transaction>,
    progress: BTreeMap<RefreshFeature, Progress>,
    /// The place in time of each refresh of transactions; 0 is the oldest.
    refreshes: BTreeMap<String, usize>,
    /// How much longer than usual a refresh takes.
    extra_delay: Duration,
    /// Refreshes started here.
    attempts: i64,
    /// How the next refreshes end, where a fault has decided it.
    fates: BTreeMap<RefreshFeature, Fate>,
    /// What the next refreshes bring.
    untold: bank::Untold,
}

/// How many owners an expanded ownership shows; the rest is had from the list of owners.
const OWNERS_SHOWN: usize = 10;

impl Linked {
    pub(super) fn new(mut linked: LinkedAccount) -> Self {
        newest_first(&mut linked.transactions);
        let refreshes = refreshes(&linked);
        let base = linked.account;
        let progress = RefreshFeature::ALL.map(|feature| {
            let shown = !linked.unrefreshed.contains(&feature);
            let refresh = match feature {
                RefreshFeature::Balance => &base.balance_refresh,
                RefreshFeature::Ownership => &base.ownership_refresh,
                RefreshFeature::Transactions => &base.transaction_refresh,
            };
            let progress = Progress {
                shown,
                refresh: refresh.clone().filter(|_| shown),
                due: None,
                // A bank that was loaded as failing goes on failing.
                ends: match refresh {
                    Some(refresh) => refresh.status,
                    None => RefreshStatus::Succeeded,
                },
                fails: false,
                started: 0,
            };
            (feature, progress)
        });
        Self {
            ownership_created: linked.ownership_created,
            owners: linked.owners,
            transactions: linked.transactions,
            progress: BTreeMap::from(progress),
            refreshes,
            extra_delay: linked.extra_delay,
            attempts: 0,
            fates: BTreeMap::new(),
            untold: bank::Untold::default(),
            base,
        }
    }

    pub(super) fn id(&self) -> &str {
        &self.base.id
    }

    pub(super) fn created(&self) -> i64 {
        self.base.created
    }

    /// The holder who linked the account: the value of `account_holder[name]`.
    pub(super) fn holder(&self, name: &str) -> Option<&str> {
        self.base.account_holder.as_ref()?.get(name)?.as_str()
    }

    /// The id of its ownership, once that may be seen.
    pub(super) fn ownership_id(&self) -> Option<&str> {
        let id = self.base.ownership.as_deref();
        id.filter(|_| self.shows(RefreshFeature::Ownership))
    }

    /// The account as it is shown now.
    pub(super) fn view(&self) -> Account {
        let mut account = self.base.clone();
        let refresh = |feature| self.progress(feature).and_then(|p| p.refresh.clone());
        account.balance_refresh = refresh(RefreshFeature::Balance);
        account.ownership_refresh = refresh(RefreshFeature::Ownership);
        account.transaction_refresh = refresh(RefreshFeature::Transactions);
        if !self.shows(RefreshFeature::Balance) || account.status == "disconnected" {
            account.balance = None;
        }
        account.ownership = self.ownership_id().map(str::to_owned);
        account
    }

    /// Its ownership, once that may be seen.
    pub(super) fn ownership(&self) -> Option<AccountOwnership> {
        let id = self.ownership_id()?;
        let shown = self.owners.iter().take(OWNERS_SHOWN).cloned().collect();
        Some(AccountOwnership {
            created: self.ownership_created,
            id: id.to_owned(),
            object: super::wire::OWNERSHIP,
            owners: List::new(shown, self.owners.len() > OWNERS_SHOWN, self.owners_url(id)),
        })
    }

    pub(super) fn owners_url(&self, ownership: &str) -> String {
        let account = &self.base.id;
        format!("/v1/financial_connections/accounts/{account}/owners?ownership={ownership}")
    }

    /// Whether the transactions may be listed.
    pub(super) fn check_transactions(&self) -> Result<(), ApiError> {
        if !self.permits(RefreshFeature::Transactions) {
            Err(ApiError::not_permitted("transactions"))
        } else if !self.shows(RefreshFeature::Transactions) {
            Err(ApiError::no_transactions_yet())
        } else {
            Ok(())
        }
    }

    /// The place of a refresh in time; 0 is the oldest.
    pub(super) fn refresh_order(&self, id: &str) -> Option<usize> {
        self.refreshes.get(id).copied()
    }

    fn progress(&self, feature: RefreshFeature) -> Option<&Progress> {
        self.progress
            .get(&feature)
            .filter(|_| self.permits(feature))
    }

    fn permits(&self, feature: RefreshFeature) -> bool {
        let wanted = feature.permission();
        self.base.permissions.iter().any(|word| word == wanted)
    }

    fn shows(&self, feature: RefreshFeature) -> bool {
        self.progress(feature)
            .is_some_and(|progress| progress.shown)
    }

    /// Starts refreshes that advance at `due`, or later where the bank is slow. Nothing is started
    /// where one feature is refused, nor for a feature that is being refreshed or may not be
    /// refreshed again yet.
    pub(super) fn refresh(
        &mut self,
        features: &BTreeSet<RefreshFeature>,
        now: i64,
        due: Duration,
    ) -> Result<(), ApiError> {
        if self.base.status != "active" {
            return Err(ApiError::inactive(&self.base.status));
        }
        if let Some(feature) = features.iter().find(|feature| !self.permits(**feature)) {
            return Err(ApiError::not_permitted(feature.permission()).param("features"));
        }
        // The server's time stands still but for one second for each refresh, so that two of
        // them can be told apart.
        let at = now.saturating_add(self.attempts);
        let due = due.saturating_add(self.extra_delay);
        let next_id = self.next_refresh_id();
        let mut started = false;
        for (feature, progress) in &mut self.progress {
            let may_start = match &progress.refresh {
                None => true,
                Some(last) => last
                    .next_refresh_available_at
                    .is_some_and(|next| next <= at),
            };
            if !features.contains(feature) || !may_start {
                continue;
            }
            started = true;
            let before = progress.refresh.take().and_then(|last| last.id);
            let id = (*feature == RefreshFeature::Transactions)
                .then(|| before.unwrap_or_else(|| next_id.clone()));
            let fate = self.fates.remove(feature);
            progress.due = match fate {
                Some(Fate::Pending) => None,
                Some(Fate::Late(delay)) => Some(due.saturating_add(delay)),
                Some(Fate::Fails) | None => Some(due),
            };
            progress.fails = fate == Some(Fate::Fails);
            progress.started = progress.started.saturating_add(1);
            progress.refresh = Some(Refresh {
                id,
                last_attempted_at: at,
                next_refresh_available_at: None,
                status: RefreshStatus::Pending,
            });
        }
        self.attempts = self.attempts.saturating_add(i64::from(started));
        Ok(())
    }

    /// Ends the refreshes that are due, and says which.
    pub(super) fn advance(&mut self, elapsed: Duration) -> Vec<RefreshFeature> {
        let mut settled = Vec::new();
        let is_due = |progress: &Progress| progress.due.is_some_and(|due| due <= elapsed);
        if !self.progress.values().any(is_due) {
            return settled;
        }
        let next_id = self.next_refresh_id();
        for (feature, progress) in &mut self.progress {
            let is_due = is_due(progress);
            let Some(refresh) = &mut progress.refresh else {
                continue;
            };
            if !is_due {
                continue;
            }
            progress.due = None;
            settled.push(*feature);
            // INVARIANT: the account is active: what is under way ends when it ceases to be.
            refresh.status = if progress.fails {
                RefreshStatus::Failed
            } else {
                progress.ends
            };
            refresh.next_refresh_available_at = Some(refresh.last_attempted_at);
            if refresh.status != RefreshStatus::Succeeded {
                continue;
            }
            let at = refresh.last_attempted_at;
            let first = !std::mem::replace(&mut progress.shown, true);
            match feature {
                RefreshFeature::Balance => {
                    if let Some(balance) = &mut self.base.balance {
                        balance.as_of = balance.as_of.max(at);
                        self.untold.tell_balance(balance);
                    }
                }
                RefreshFeature::Ownership => {
                    for owner in &mut self.owners {
                        owner.refreshed_at = Some(at);
                    }
                }
                RefreshFeature::Transactions => {
                    if first {
                        for row in &mut self.transactions {
                            row.transaction_refresh.clone_from(&next_id);
                        }
                    }
                    self.untold.tell_rows(&mut self.transactions, &next_id, at);
                    refresh.id = Some(next_id.clone());
                    let newest = self.refreshes.len();
                    self.refreshes.insert(next_id.clone(), newest);
                }
            }
        }
        settled
    }

    fn next_refresh_id(&self) -> String {
        let account = self.base.id.strip_prefix("fca_").unwrap_or(&self.base.id);
        let mut number = self.refreshes.len().saturating_add(1);
        loop {
            let id = format!("fctxnref_{account}_{number}");
            if self.refresh_order(&id).is_none() {
                return id;
            }
            number = number.saturating_add(1);
        }
    }
}

fn newest_first(rows: &mut [Transaction]) {
    rows.sort_by(|a, b| (b.transacted_at, &b.id).cmp(&(a.transacted_at, &a.id)));
}

/// The refreshes that an account's rows speak of, by the time of the last change each brought;
/// the account's own is the newest.
fn refreshes(linked: &LinkedAccount) -> BTreeMap<String, usize> {
    if linked.unrefreshed.contains(&RefreshFeature::Transactions) {
        return BTreeMap::new();
    }
    let mut newest: BTreeMap<&String, i64> = BTreeMap::new();
    for row in &linked.transactions {
        let updated = newest
            .entry(&row.transaction_refresh)
            .or_insert(row.updated);
        *updated = row.updated.max(*updated);
    }
    let own = linked.account.transaction_refresh.as_ref();
    if let Some(id) = own.and_then(|refresh| refresh.id.as_ref()) {
        newest.insert(id, i64::MAX);
    }
    let mut ids: Vec<(i64, &String)> = newest.into_iter().map(|(id, at)| (at, id)).collect();
    ids.sort();
    let ids = ids.into_iter().enumerate();
    ids.map(|(place, (_, id))| (id.clone(), place)).collect()
}
