//! Refreshes: what to ask the bank for, how long to wait, and how good what came is.
//!
//! Stripe holds what it last got from the bank. A refresh runs in the background, may fail, and
//! leaves the old data in place; asked for too early, it silently does not start.

use std::collections::BTreeSet;
use std::time::Duration;

use backon::BackoffBuilder;
use chrono::{DateTime, Utc};

use super::FetchRequest;
use super::client::StripeClient;
use super::convert::time;
use super::deadline::Deadline;
use super::error::StripeError;
use super::retry;
use super::wire::{WireAccount, WireRefresh};
use crate::application::{self, Freshness};
use crate::clock::Pauses;
use crate::id::AccountId;
use crate::limits;
use crate::snapshot::{Absence, Permission, QualityFlag, Refreshed, Status};

/// What can be refreshed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum RefreshFeature {
    /// What the account holds.
    Balance,
    /// Whose it is.
    Ownership,
    /// What happened on it.
    Transactions,
}

impl RefreshFeature {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Balance, Self::Ownership, Self::Transactions];

    /// The word in a refresh. The permission for `balance` is called `balances`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Balance => "balance",
            Self::Ownership => "ownership",
            Self::Transactions => "transactions",
        }
    }

    /// The word in what a session is to fetch at once.
    pub(super) fn prefetched(self) -> &'static str {
        match self {
            Self::Balance => "balances",
            Self::Ownership => "ownership",
            Self::Transactions => "transactions",
        }
    }

    /// The permission without which it cannot be read.
    pub fn permission(self) -> Permission {
        match self {
            Self::Balance => Permission::Balances,
            Self::Ownership => Permission::Ownership,
            Self::Transactions => Permission::Transactions,
        }
    }

    fn max_age(self, freshness: Freshness) -> Duration {
        match self {
            Self::Balance => freshness.balances,
            Self::Ownership => freshness.ownership,
            Self::Transactions => freshness.transactions,
        }
    }

    pub(super) fn failed_flag(self) -> QualityFlag {
        match self {
            Self::Balance => QualityFlag::BalanceRefreshFailed,
            Self::Ownership => QualityFlag::OwnershipRefreshFailed,
            Self::Transactions => QualityFlag::TransactionsRefreshFailed,
        }
    }

    fn refresh_of(self, account: &WireAccount) -> Option<&WireRefresh> {
        match self {
            Self::Balance => account.balance_refresh.as_ref(),
            Self::Ownership => account.ownership_refresh.as_ref(),
            Self::Transactions => account.transaction_refresh.as_ref(),
        }
    }

    /// When the bank was last asked, whatever came of it.
    fn attempted_at(self, account: &WireAccount) -> Option<i64> {
        self.refresh_of(account)
            .map(|refresh| refresh.last_attempted_at)
    }

    fn state_of(self, account: &WireAccount) -> State<'_> {
        let Some(refresh) = self.refresh_of(account) else {
            return State::Never;
        };
        match refresh.status.as_str() {
            "pending" => State::Pending,
            "succeeded" => State::Succeeded(refresh),
            "failed" => State::Failed(refresh),
            _ => State::Unknown,
        }
    }
}

/// Where the last refresh of one feature stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State<'a> {
    /// There was none.
    Never,
    /// It runs.
    Pending,
    Succeeded(&'a WireRefresh),
    Failed(&'a WireRefresh),
    /// In a word added after this was written.
    Unknown,
}

/// How good the data of one feature is in the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RefreshOutcome {
    /// As fresh as asked for.
    Fresh,
    /// From a good refresh that is too old and could not be renewed.
    Old,
    /// The last refresh failed.
    Failed,
    /// The refresh did not settle in time.
    Pending,
    /// There was no refresh, and none could be started.
    Never,
    /// The refresh ended in a word that this version does not know.
    Unknown,
}

impl RefreshOutcome {
    /// Why there is no data, where there is none.
    pub(super) fn absence(self) -> Absence {
        match self {
            Self::Fresh | Self::Old => Absence::NotOffered,
            Self::Failed => Absence::RefreshFailed,
            Self::Pending | Self::Never | Self::Unknown => Absence::NotReady,
        }
    }

    /// What must be said about the data, where there is some.
    pub(super) fn flag(self, feature: RefreshFeature) -> Option<QualityFlag> {
        match self {
            Self::Fresh | Self::Never => None,
            Self::Old | Self::Failed => Some(feature.failed_flag()),
            Self::Pending => Some(QualityFlag::RefreshPending),
            Self::Unknown => Some(QualityFlag::UnknownValue),
        }
    }
}

/// What to do about one feature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Plan {
    /// Nothing: it is fresh, not permitted, or cannot be asked for now.
    Leave,
    /// Ask the bank.
    Ask,
    /// Somebody asked already.
    Wait,
}

fn plan(account: &WireAccount, feature: RefreshFeature, wanted: &FetchRequest) -> Plan {
    let active = Status::from_word(&account.status) == Status::Active;
    if !active || !is_permitted(account, feature) {
        return Plan::Leave;
    }
    match feature.state_of(account) {
        State::Never => Plan::Ask,
        State::Pending => Plan::Wait,
        State::Succeeded(refresh) if is_fresh(refresh, feature, wanted) => Plan::Leave,
        State::Succeeded(refresh) | State::Failed(refresh) => {
            // Without a time it cannot be asked for now.
            let from = refresh.next_refresh_available_at.and_then(time);
            if from.is_some_and(|from| from <= wanted.now) {
                Plan::Ask
            } else {
                Plan::Leave
            }
        }
        State::Unknown => Plan::Leave,
    }
}

fn is_permitted(account: &WireAccount, feature: RefreshFeature) -> bool {
    let permission = feature.permission();
    account
        .permissions
        .iter()
        .any(|word| word == permission.as_word())
}

/// Whether a refresh that succeeded is young enough.
fn is_fresh(refresh: &WireRefresh, feature: RefreshFeature, wanted: &FetchRequest) -> bool {
    let max_age = feature.max_age(wanted.freshness);
    time(refresh.last_attempted_at)
        .is_some_and(|made| application::is_fresh(made, wanted.now, max_age))
}

/// Judges the data of a feature, once nothing more is waited for. `first` is the account as it was
/// before anything was asked for.
pub(super) fn outcome(
    first: &WireAccount,
    account: &WireAccount,
    feature: RefreshFeature,
    wanted: &FetchRequest,
) -> RefreshOutcome {
    match feature.state_of(account) {
        State::Never => RefreshOutcome::Never,
        State::Pending => RefreshOutcome::Pending,
        // What came in since is fresh, whatever the clocks say: Stripe's may be behind ours, and
        // no age at all may be allowed.
        State::Succeeded(refresh)
            if is_renewed(feature.state_of(first), refresh)
                || is_fresh(refresh, feature, wanted) =>
        {
            RefreshOutcome::Fresh
        }
        State::Succeeded(_) => RefreshOutcome::Old,
        State::Failed(_) => RefreshOutcome::Failed,
        State::Unknown => RefreshOutcome::Unknown,
    }
}

/// Whether a refresh that succeeded is another than the one that stood there first.
fn is_renewed(first: State<'_>, refresh: &WireRefresh) -> bool {
    match first {
        State::Succeeded(before) => {
            (before.last_attempted_at, &before.id) != (refresh.last_attempted_at, &refresh.id)
        }
        State::Never | State::Pending | State::Failed(_) | State::Unknown => true,
    }
}

/// When the bank delivered the data of a feature, by a last refresh that succeeded.
fn refreshed_at(account: &WireAccount, feature: RefreshFeature) -> Option<DateTime<Utc>> {
    match feature.state_of(account) {
        State::Succeeded(refresh) => time(refresh.last_attempted_at),
        State::Never | State::Pending | State::Failed(_) | State::Unknown => None,
    }
}

/// When the bank last delivered each part.
pub(super) fn refreshed(account: &WireAccount) -> Refreshed {
    Refreshed {
        balances: refreshed_at(account, RefreshFeature::Balance),
        ownership: refreshed_at(account, RefreshFeature::Ownership),
        transactions: refreshed_at(account, RefreshFeature::Transactions),
    }
}

/// Whether there is anything to wait for after so many looks. A refresh that was asked for and did
/// not start shows what it showed before; where that was nothing, it is given a little time.
fn is_open(account: &WireAccount, feature: RefreshFeature, looks: usize) -> bool {
    match feature.state_of(account) {
        State::Pending => true,
        State::Never => looks < limits::REFRESH_START_LOOKS_MAX,
        State::Succeeded(_) | State::Failed(_) | State::Unknown => false,
    }
}

impl StripeClient {
    /// Asks for what is missing or old and waits until it has settled or the time is up. Gives
    /// the account as it is then.
    pub(super) async fn refresh(
        &self,
        wanted: &FetchRequest,
        account: WireAccount,
        deadline: Deadline,
    ) -> Result<WireAccount, StripeError> {
        let planned = |what: Plan| -> BTreeSet<RefreshFeature> {
            RefreshFeature::ALL
                .into_iter()
                .filter(|feature| plan(&account, *feature, wanted) == what)
                .collect()
        };
        let (asked, mut open) = (planned(Plan::Ask), planned(Plan::Wait));
        let mut account = account;
        if !asked.is_empty() {
            match self.ask(wanted, &account, &asked, deadline).await {
                Ok(after) => {
                    account = after;
                    open.extend(asked);
                }
                // It cannot be refreshed, for example because it became inactive just now: what
                // is there stays as old as it is, and is judged so.
                Err(StripeError::InvalidRequest(refusal)) => {
                    tracing::info!(code = refusal.code, "refresh refused");
                    account = self.account(wanted, deadline).await?;
                }
                Err(error) => return Err(error),
            }
        }
        self.wait(wanted, account, open).await
    }

    /// Starts a refresh of the features, once: Stripe may have started what it did not answer for.
    /// Gives the account as it is then.
    async fn ask(
        &self,
        wanted: &FetchRequest,
        account: &WireAccount,
        features: &BTreeSet<RefreshFeature>,
        deadline: Deadline,
    ) -> Result<WireAccount, StripeError> {
        let mut left = features.clone();
        let mut pauses = retry::pauses(self.config()).build();
        for number in 1.. {
            let error = match self
                .post_refresh(wanted, account, &left, number, deadline)
                .await
            {
                Ok(after) => return Ok(after),
                Err(error) if may_have_started(&error) => error,
                Err(error) => return Err(error),
            };
            let Ok(seen) = self.account(wanted, deadline).await else {
                return Err(error);
            };
            left.retain(|feature| !has_started(*feature, account, &seen));
            tracing::info!(code = error.code(), ?left, "looked what a refresh came to");
            if left.is_empty() {
                return Ok(seen);
            }
            let pause = pauses.next().map(|longest| self.jitter.below(longest));
            match pause {
                Some(pause) if needs_new_key(&error) && pause < deadline.remaining() => {
                    tokio::time::sleep(pause).await;
                }
                Some(_) | None => return Err(error),
            }
        }
        Err(StripeError::Timeout(StripeError::OUT_OF_TIME))
    }

    async fn post_refresh(
        &self,
        wanted: &FetchRequest,
        account: &WireAccount,
        features: &BTreeSet<RefreshFeature>,
        number: u32,
        deadline: Deadline,
    ) -> Result<WireAccount, StripeError> {
        let id = &wanted.account;
        let mut form: Vec<(&str, &str)> = features
            .iter()
            .map(|feature| ("features[]", feature.word()))
            .collect();
        form.push(("expand[]", "ownership"));
        let call = self.post(
            "accounts/{account}/refresh",
            &["accounts", id.as_str(), "refresh"],
            &form,
            idempotency_key(id, account, features, wanted.now, number),
        );
        let call = call.on_behalf_of(wanted.connected.as_ref());
        let after: WireAccount = self.send(&call, deadline).await?;
        self.expect(&after, id)?;
        Ok(after)
    }

    /// Looks again, when it is told to and else now and then, until what is open has settled or the
    /// time to wait is up.
    async fn wait(
        &self,
        wanted: &FetchRequest,
        mut account: WireAccount,
        open: BTreeSet<RefreshFeature>,
    ) -> Result<WireAccount, StripeError> {
        let deadline = Deadline::after(wanted.settle_within);
        let mut pauses = Pauses::doubling(
            self.config().poll_interval,
            limits::REFRESH_POLL_INTERVAL_MAX,
        );
        let mut looks = 0;
        while open
            .iter()
            .any(|feature| is_open(&account, *feature, looks))
        {
            let left = deadline.remaining();
            if left.is_zero() {
                tracing::info!("refresh did not settle in time");
                break;
            }
            tokio::select! {
                () = tokio::time::sleep(pauses.take().min(left)) => {}
                () = wanted.woken.notified() => {}
            }
            let look = Deadline::after(self.config().fetch_deadline);
            account = self.account(wanted, look).await?;
            looks += 1;
        }
        Ok(account)
    }
}

/// Whether a call that ended so may have started a refresh all the same.
fn may_have_started(error: &StripeError) -> bool {
    matches!(
        error,
        StripeError::Api(_)
            | StripeError::Unreachable(_)
            | StripeError::Timeout(_)
            | StripeError::BadAnswer { .. }
    )
}

/// Whether the same refresh can succeed only under a new key: Stripe answers a key as it did the
/// first time, failures of its own included. Where it was not reached, a new key could start a
/// second refresh.
fn needs_new_key(error: &StripeError) -> bool {
    matches!(error, StripeError::Api(refusal) if refusal.should_retry != Some(false))
}

/// Whether a refresh of the feature has started between two looks at the account.
fn has_started(feature: RefreshFeature, before: &WireAccount, after: &WireAccount) -> bool {
    feature.state_of(after) == State::Pending
        || feature.attempted_at(after) > feature.attempted_at(before)
}

/// One key for one logical refresh: the same for every attempt that Stripe has not answered and
/// for two processes that see the same account in the same second. Another for any refresh after
/// it, and another `number` where Stripe failed and started nothing.
fn idempotency_key(
    id: &AccountId,
    account: &WireAccount,
    features: &BTreeSet<RefreshFeature>,
    now: DateTime<Utc>,
    number: u32,
) -> String {
    let mut hasher = blake3::Hasher::new();
    hasher.update(id.as_str().as_bytes());
    hasher.update(&now.timestamp().to_le_bytes());
    for feature in features {
        let state = match feature.state_of(account) {
            State::Succeeded(refresh) | State::Failed(refresh) => refresh.last_attempted_at,
            State::Never | State::Pending | State::Unknown => 0,
        };
        hasher.update(feature.word().as_bytes());
        hasher.update(&state.to_le_bytes());
    }
    format!("underwrite-refresh-{}-{number}", hasher.finalize().to_hex())
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::Duration as Days;

    const NOW: i64 = 1_700_000_000;
    const DAY: i64 = 86_400;

    fn account(status: &str, permissions: &[&str], refresh: serde_json::Value) -> WireAccount {
        serde_json::from_value(serde_json::json!({
            "id": "fca_1", "livemode": false, "category": "cash", "subcategory": "checking",
            "status": status, "permissions": permissions, "balance_refresh": refresh,
        }))
        .unwrap()
    }

    fn refresh(status: &str, age: i64, next: Option<i64>) -> serde_json::Value {
        serde_json::json!({
            "status": status,
            "last_attempted_at": NOW - age,
            "next_refresh_available_at": next.map(|after| NOW + after),
        })
    }

    fn planned(account: &WireAccount) -> Plan {
        let wanted = super::super::tests::wanted(time(NOW).unwrap());
        plan(account, RefreshFeature::Balance, &wanted)
    }

    fn active(refresh: serde_json::Value) -> Plan {
        planned(&account("active", &["balances"], refresh))
    }

    #[test]
    fn what_was_never_fetched_or_is_old_is_asked_for() {
        assert_eq!(active(serde_json::Value::Null), Plan::Ask);
        assert_eq!(active(refresh("succeeded", DAY - 1, Some(-1))), Plan::Leave);
        assert_eq!(active(refresh("succeeded", DAY, Some(-1))), Plan::Leave);
        assert_eq!(active(refresh("succeeded", DAY + 1, Some(-1))), Plan::Ask);
        assert_eq!(active(refresh("failed", 60, Some(0))), Plan::Ask);
    }

    #[test]
    fn what_cannot_be_asked_for_is_left() {
        assert_eq!(active(refresh("succeeded", 9 * DAY, None)), Plan::Leave);
        assert_eq!(active(refresh("failed", 60, Some(1))), Plan::Leave);
        assert_eq!(active(refresh("paused", 60, Some(-1))), Plan::Leave);
        for status in ["inactive", "disconnected", "asleep"] {
            let account = account(status, &["balances"], serde_json::Value::Null);
            assert_eq!(planned(&account), Plan::Leave, "{status}");
        }
        // The permission is plural: `balance` is the word for a refresh.
        let singular = account("active", &["balance"], serde_json::Value::Null);
        assert_eq!(planned(&singular), Plan::Leave);
    }

    #[test]
    fn looks_become_rarer_up_to_the_longest_pause() {
        let max = limits::REFRESH_POLL_INTERVAL_MAX;
        let taken = |first| {
            let mut pauses = Pauses::doubling(first, max);
            [pauses.take(), pauses.take(), pauses.take()]
        };
        assert_eq!(taken(max / 4), [max / 4, max / 2, max]);
        assert_eq!(taken(max / 2), [max / 2, max, max]);
        assert_eq!(taken(max * 3), [max * 3; 3], "as the settings have it");
    }

    #[test]
    fn a_refresh_that_runs_is_waited_for() {
        assert_eq!(active(refresh("pending", 5, None)), Plan::Wait);
    }

    #[test]
    fn a_key_names_one_logical_refresh() {
        let now = time(NOW).unwrap();
        let id = AccountId::parse("fca_1").unwrap();
        let never = account("active", &["balances"], serde_json::Value::Null);
        let failed = account("active", &["balances"], refresh("failed", 60, Some(0)));
        let one = BTreeSet::from([RefreshFeature::Balance]);
        let key = idempotency_key(&id, &never, &one, now, 1);
        assert_eq!(key, idempotency_key(&id, &never, &one, now, 1));
        assert_ne!(key, idempotency_key(&id, &failed, &one, now, 1));
        assert_ne!(
            key,
            idempotency_key(&id, &never, &one, now + Days::seconds(1), 1)
        );
        assert_ne!(key, idempotency_key(&id, &never, &one, now, 2));
        let two = BTreeSet::from([RefreshFeature::Balance, RefreshFeature::Ownership]);
        assert_ne!(key, idempotency_key(&id, &never, &two, now, 1));
        assert!(key.len() <= 255);
    }
}
