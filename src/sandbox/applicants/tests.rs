use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use chrono::{DateTime, NaiveDate};
use proptest::prelude::*;

use super::{SampleApplicant, applicants};
use crate::calendar::{Zone, civil_date, is_business_day};
use crate::sandbox::now;
use crate::sandbox::wire::Transaction;
use crate::sandbox::world::LinkedAccount;

fn date(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// Weekends, holidays, leap days, month ends, and some ordinary days.
fn days() -> Vec<NaiveDate> {
    let special = [
        "2024-02-29",
        "2026-01-01",
        "2025-07-04",
        "2026-03-01",
        "2025-12-31",
    ]
    .map(date);
    let row = date("2026-05-28").iter_days().take(16);
    special.into_iter().chain(row).collect()
}

fn posted(rows: &[Transaction]) -> impl Iterator<Item = &Transaction> {
    rows.iter().filter(|row| row.status == "posted")
}

/// What is there, and what of it may be spent; nothing may of a credit card.
fn usd(linked: &LinkedAccount) -> (i64, Option<i64>) {
    let balance = linked.account.balance.as_ref().unwrap();
    let available = balance
        .cash
        .as_ref()
        .and_then(|cash| cash.available.as_ref());
    let used = balance
        .credit
        .as_ref()
        .and_then(|credit| credit.used.as_ref());
    assert_eq!(linked.account.category, balance.kind);
    assert_ne!(available.is_some(), used.is_some(), "{}", linked.account.id);
    assert!(used.is_none_or(|used| used == &balance.current && used["usd"] < 0));
    (
        balance.current["usd"],
        available.map(|amounts| amounts["usd"]),
    )
}

/// What is on its way.
fn pending(linked: &LinkedAccount) -> i64 {
    let rows = linked.transactions.iter();
    let pending = rows.filter(|row| row.status == "pending");
    pending.map(|row| row.amount).sum()
}

/// The balance before the first row, which the current balance and all posted rows imply.
fn opening(linked: &LinkedAccount) -> i64 {
    usd(linked).0
        - posted(&linked.transactions)
            .map(|row| row.amount)
            .sum::<i64>()
}

/// The balance at the end of each day on which it changed.
fn day_ends(linked: &LinkedAccount) -> BTreeMap<NaiveDate, i64> {
    let mut days: BTreeMap<NaiveDate, i64> = BTreeMap::new();
    for row in posted(&linked.transactions) {
        let at = DateTime::from_timestamp(row.status_transitions.posted_at.unwrap(), 0).unwrap();
        *days.entry(at.date_naive()).or_default() += row.amount;
    }
    let mut balance = opening(linked);
    for end in days.values_mut() {
        balance += *end;
        *end = balance;
    }
    days
}

/// The lowest balance at the end of a day.
fn lowest(linked: &LinkedAccount) -> i64 {
    day_ends(linked).into_values().min().unwrap()
}

/// On how many of the last 90 days the account was below zero.
fn days_negative(today: NaiveDate, linked: &LinkedAccount) -> usize {
    let ends = day_ends(linked);
    let days = (today - chrono::Days::new(89)).iter_days().take(90);
    days.filter(|day| {
        ends.range(..=day)
            .next_back()
            .is_some_and(|(_, end)| *end < 0)
    })
    .count()
}

/// The samples of a day, made once for all tests.
fn samples(today: NaiveDate) -> Arc<Vec<SampleApplicant>> {
    static MADE: Mutex<BTreeMap<NaiveDate, Arc<Vec<SampleApplicant>>>> =
        Mutex::new(BTreeMap::new());
    let mut made = MADE.lock().unwrap();
    let samples = made
        .entry(today)
        .or_insert_with(|| Arc::new(applicants(today)));
    Arc::clone(samples)
}

fn sample(today: NaiveDate, key: &str) -> SampleApplicant {
    let samples = samples(today);
    let mut all = samples.iter();
    all.find(|sample| sample.key == key).unwrap().clone()
}

fn account(today: NaiveDate, key: &str) -> LinkedAccount {
    sample(today, key).accounts.swap_remove(0)
}

/// Whether the story has it below zero at some time.
fn owes(linked: &LinkedAccount) -> bool {
    ["frequent_nsf", "overdrafts", "credit_card"]
        .iter()
        .any(|key| linked.account.id.contains(key))
}

/// Days since the last row whose text has `words`.
fn days_since(today: NaiveDate, linked: &LinkedAccount, words: &str) -> i64 {
    let rows = linked
        .transactions
        .iter()
        .filter(|row| row.description.contains(words));
    let last = rows.map(|row| row.transacted_at).max().unwrap();
    let last = DateTime::from_timestamp(last, 0).unwrap().date_naive();
    today.signed_duration_since(last).num_days()
}

/// Rows of the last 90 days whose text has `words`.
fn recent<'a>(today: NaiveDate, linked: &'a LinkedAccount, words: &str) -> Vec<&'a Transaction> {
    let since = now(today).timestamp() - 90 * 86_400;
    let rows = linked.transactions.iter();
    rows.filter(|row| row.transacted_at >= since && row.description.contains(words))
        .collect()
}

#[test]
fn applications_are_good_and_ask_for_their_own_accounts() {
    for today in days() {
        let samples = samples(today);
        let keys: BTreeSet<_> = samples.iter().map(|sample| sample.key).collect();
        assert_eq!((keys.len(), samples.len()), (19, 19));
        for sample in samples.iter() {
            let asked: Vec<String> = sample
                .application
                .named_accounts()
                .iter()
                .map(|(_, id)| id.to_string())
                .collect();
            let linked: Vec<String> = sample
                .accounts
                .iter()
                .map(|linked| linked.account.id.clone())
                .collect();
            assert_eq!(asked, linked);
        }
    }
}

#[test]
fn balances_are_the_sum_of_the_rows() {
    // What each account held before its first row does not depend on the day.
    let mut openings: BTreeMap<String, i64> = BTreeMap::new();
    for today in days() {
        for linked in samples(today).iter().flat_map(|sample| &sample.accounts) {
            let (current, available) = usd(linked);
            if let Some(available) = available {
                assert_eq!(
                    available,
                    current + pending(linked),
                    "{}",
                    linked.account.id
                );
            }
            let id = linked.account.id.clone();
            let opening = opening(linked);
            assert_eq!(
                *openings.entry(id.clone()).or_insert(opening),
                opening,
                "{id}"
            );
        }
    }
    assert_eq!(openings["fca_sample_short_history_checking"], 0);
}

#[test]
fn every_row_is_possible() {
    for today in days() {
        let now = now(today).timestamp();
        for linked in samples(today).iter().flat_map(|sample| &sample.accounts) {
            let mut ids = BTreeSet::new();
            for row in &linked.transactions {
                assert!(ids.insert(&row.id), "{} twice", row.id);
                assert_eq!(row.account, linked.account.id);
                assert_ne!(row.amount, 0);
                assert!(row.transacted_at <= now, "{today} {row:?}");
                assert!(row.updated <= now, "{today} {row:?}");
                assert!(row.updated >= row.transacted_at, "{today} {row:?}");
                let posted_at = row.status_transitions.posted_at;
                assert_eq!(posted_at.is_some(), row.status == "posted");
                assert_eq!(
                    row.status_transitions.void_at.is_some(),
                    row.status == "void"
                );
                // Cards and ACH advance on business days only; transfers within a bank on any.
                if let Some(posted_at) = posted_at
                    && !row.description.to_uppercase().contains("TRANSFER")
                    && row.description != "INTEREST PAYMENT"
                {
                    let at = DateTime::from_timestamp(posted_at, 0).unwrap();
                    let day = civil_date(at, Zone::default());
                    assert!(is_business_day(day), "{today} {}", row.description);
                }
            }
        }
    }
}

#[test]
fn each_history_has_pending_void_timed_and_dated_rows() {
    let (mut timed, mut dated) = (0, 0);
    for today in days() {
        for sample in samples(today).iter() {
            let rows = &sample.accounts[0].transactions;
            for status in ["pending", "void", "posted"] {
                assert!(
                    rows.iter().any(|row| row.status == status),
                    "{}",
                    sample.key
                );
            }
            timed += rows
                .iter()
                .filter(|row| row.transacted_at % 86_400 != 0)
                .count();
            dated += rows
                .iter()
                .filter(|row| row.transacted_at % 86_400 == 0)
                .count();
        }
    }
    assert!(timed > 1_000 && dated > 1_000, "{timed} {dated}");
}

#[test]
fn only_those_of_whom_it_is_told_are_ever_overdrawn() {
    for today in days() {
        for sample in samples(today).iter() {
            for linked in &sample.accounts {
                let id = &linked.account.id;
                let lowest = lowest(linked);
                assert_eq!(lowest < 0, owes(linked), "{today} {id} {lowest}");
                let (current, _) = usd(linked);
                assert!((-400_000..2_500_000).contains(&current), "{id} {current}");
            }
        }
    }
}

#[test]
fn the_stories_hold_on_every_day() {
    for today in days() {
        let stopped = days_since(today, &account(today, "job_lost"), "CASCADE FREIGHT");
        assert!((49..=64).contains(&stopped), "{today} {stopped}");
        let paid = days_since(today, &account(today, "salaried"), "MERIDIAN HEALTH");
        assert!(paid <= 15, "{today} {paid}");

        let nsf = account(today, "frequent_nsf");
        let fees = recent(today, &nsf, "NSF: RETURNED ITEM FEE").len();
        assert!((4..=20).contains(&fees), "{today} {fees} fees");
        assert!(
            recent(today, &nsf, "RETURN OF POSTED ITEM").len() >= 4,
            "{today}"
        );
        assert!(
            !recent(today, &nsf, "OVERDRAFT ITEM FEE").is_empty(),
            "{today}"
        );

        let short = account(today, "short_history");
        let first = short
            .transactions
            .iter()
            .map(|row| row.transacted_at)
            .min()
            .unwrap();
        let days = (now(today).timestamp() - first) / 86_400;
        assert!((30..=35).contains(&days), "{today} {days}");

        let benefit = account(today, "social_security");
        for row in recent(today, &benefit, "SSA TREAS 310 XXSOC SEC PPD ID:") {
            assert_eq!(row.amount, 184_700);
        }
        assert!(recent(today, &benefit, "SSA TREAS 310 XXSOC SEC PPD ID:").len() >= 2);
        assert_eq!(account(today, "joint").owners.len(), 2);
        let mismatch = account(today, "ownership_mismatch");
        assert_eq!(mismatch.owners[0].name, "GREGORY OKAFOR");
    }
}

#[test]
fn the_stories_of_pay_hold_on_every_day() {
    for today in days() {
        // Every fifteenth and last business day of half a year.
        let semi = account(today, "semi_monthly");
        let paid: Vec<_> = recent(today, &semi, "SONORAN DENTAL");
        assert!((5..=7).contains(&paid.len()), "{today} {}", paid.len());
        assert!(paid.iter().all(|row| row.amount == 198_540));

        let weekly = account(today, "weekly_hourly");
        let paid = recent(today, &weekly, "CROSSROADS FULFILL");
        assert!((12..=14).contains(&paid.len()), "{today} {}", paid.len());
        let amounts: BTreeSet<i64> = paid.iter().map(|row| row.amount).collect();
        assert!(
            amounts.len() > 8
                && amounts
                    .iter()
                    .all(|cents| (51_168..=73_632).contains(cents))
        );

        let two = account(today, "two_jobs");
        assert!((6..=7).contains(&recent(today, &two, "ALAMO CHARTER").len()));
        assert!((12..=14).contains(&recent(today, &two, "RIVERWALK CATERING").len()));

        let own = account(today, "self_employed");
        for words in [
            "SQUARE INC",
            "NAME:STRIPE",
            "Zelle payment from",
            "REMOTE ONLINE",
        ] {
            assert!(recent(today, &own, words).len() >= 3, "{today} {words}");
        }
    }
}

#[test]
fn the_stories_of_trouble_hold_on_every_day() {
    for today in days() {
        let overdrafts = account(today, "overdrafts");
        let below = days_negative(today, &overdrafts);
        assert!((40..80).contains(&below), "{today} {below} days");
        for row in &overdrafts.transactions {
            let text = row.description.to_uppercase();
            for word in ["FEE", "RETURN", "OVERDRAFT"] {
                assert!(!text.contains(word), "{today} {text}");
            }
        }

        let payday = account(today, "payday_loans");
        for lender in ["CASHNETUSA", "SPEEDY", "ADVANCE AMERICA"] {
            let rows = recent(today, &payday, lender);
            let lent = rows.iter().filter(|row| row.amount > 0).count();
            assert!(lent >= 2 && rows.len() - lent >= 5, "{today} {lender}");
        }
    }
}

#[test]
fn money_between_own_accounts_arrives_within_two_business_days() {
    for today in days() {
        let sample = sample(today, "own_transfers");
        let rows = |index: usize, words: &str| -> Vec<(i64, i64)> {
            let rows = sample.accounts[index].transactions.iter();
            rows.filter(|row| row.description.contains(words))
                .map(|row| (row.transacted_at, row.amount))
                .collect()
        };
        let (here, there) = (rows(0, "CAPITAL ONE N.A."), rows(1, "JPMORGAN CHASE"));
        assert!(here.len() >= 15 && here.len() - there.len() <= 1, "{today}");
        // The other side of each, but for the last one on its way.
        for (at, amount) in &there {
            let twin = here.iter().find(|row| row.1 == -amount).unwrap();
            assert!((at - twin.0).abs() <= 5 * 86_400, "{today} {at}");
        }
    }
}

#[test]
fn what_cannot_be_seen_is_as_told() {
    let today = date("2026-06-10");
    let missing = account(today, "no_transactions").account;
    assert!(
        !missing
            .permissions
            .iter()
            .any(|word| word == "transactions")
    );
    assert_eq!(missing.transaction_refresh, None);
    let gone = account(today, "disconnected").account;
    assert_eq!(gone.status, "disconnected");
    let refreshed = gone.balance_refresh.unwrap();
    assert_eq!(refreshed.next_refresh_available_at, None);
    let card = account(today, "credit_card");
    let words = (
        card.account.category.as_str(),
        card.account.subcategory.as_str(),
    );
    assert_eq!(words, ("credit", "credit_card"));
    assert!(card.account.supported_payment_method_types.is_empty());
    let slow = account(today, "slow_refresh");
    assert_eq!(slow.unrefreshed.len(), 3);
    assert!(slow.extra_delay > std::time::Duration::from_secs(2));
}

#[test]
fn each_bank_writes_in_its_own_way() {
    let today = date("2026-06-10");
    let has = |key, words: &[&str]| {
        let rows = account(today, key).transactions;
        let all = |row: &&Transaction| words.iter().all(|word| row.description.contains(word));
        assert!(rows.iter().any(|row| all(&row)), "{key}: {words:?}");
    };
    has(
        "salaried",
        &[
            "ORIG CO NAME:MERIDIAN",
            "CO ENTRY DESCR:PAYROLL",
            "IND NAME:LOPEZ MARIA",
        ],
    );
    has("salaried", &["POS DEBIT ", "COLUMBUS OH"]);
    has(
        "frequent_nsf",
        &[
            "DES:PAYROLL ID:XXXXX",
            "INDN:MILLER TANYA CO ID:XXXXX",
            " PPD",
        ],
    );
    has("frequent_nsf", &["DES:RETRY PYMT"]);
    has("frequent_nsf", &["CHECKCARD 0"]);
    has(
        "joint",
        &["LAKESHORE ENGINEERING PAYROLL 26", " ANITA SHARMA"],
    );
    has(
        "joint",
        &["DUPAGE SCHOOL DIST REG SALARY 26", " BRIAN KELLER"],
    );
    has("joint", &["PURCHASE AUTHORIZED ON 0", " CARD "]);
    has("gig", &["Zelle payment to MARCUS REED Conf# "]);
}

#[test]
fn the_same_day_gives_the_same_bytes_and_another_day_others() {
    let bytes = |today| {
        let accounts: Vec<_> = applicants(today)
            .into_iter()
            .flat_map(|sample| sample.accounts)
            .map(|linked| (linked.account, linked.transactions, linked.owners))
            .collect();
        serde_json::to_string(&accounts).unwrap()
    };
    let today = date("2026-06-10");
    assert_eq!(bytes(today), bytes(today));
    assert_eq!(applicants(today), applicants(today));
    assert_ne!(bytes(today), bytes(date("2026-06-11")));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn any_day_gives_consistent_accounts(offset in 0_u64..60_000) {
        let today = date("1995-01-01") + chrono::Days::new(offset);
        for linked in applicants(today).into_iter().flat_map(|sample| sample.accounts) {
            let (current, available) = usd(&linked);
            if let Some(available) = available {
                prop_assert_eq!(available, current + pending(&linked));
            }
            let overdrawn = lowest(&linked) < 0;
            prop_assert_eq!(overdrawn, owes(&linked), "{} on {}", linked.account.id, today);
        }
    }
}
