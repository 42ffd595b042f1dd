use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate};
use proptest::prelude::*;

use super::applicants;
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

fn usd(linked: &LinkedAccount) -> (i64, i64) {
    let balance = linked.account.balance.as_ref().unwrap();
    let available = balance.cash.as_ref().unwrap().available.as_ref().unwrap();
    (balance.current["usd"], available["usd"])
}

/// The balance before the first row, which the current balance and all posted rows imply.
fn opening(linked: &LinkedAccount) -> i64 {
    usd(linked).0
        - posted(&linked.transactions)
            .map(|row| row.amount)
            .sum::<i64>()
}

/// The lowest balance at the end of a day.
fn lowest(linked: &LinkedAccount) -> i64 {
    let mut days: BTreeMap<NaiveDate, i64> = BTreeMap::new();
    for row in posted(&linked.transactions) {
        let at = DateTime::from_timestamp(row.status_transitions.posted_at.unwrap(), 0).unwrap();
        *days.entry(at.date_naive()).or_default() += row.amount;
    }
    let mut balance = opening(linked);
    let ends = days.values().map(|change| {
        balance += change;
        balance
    });
    ends.min().unwrap()
}

fn account(today: NaiveDate, key: &str) -> LinkedAccount {
    let mut all = applicants(today).into_iter();
    let mut sample = all.find(|sample| sample.key == key).unwrap();
    sample.accounts.swap_remove(0)
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
        let samples = applicants(today);
        let keys: BTreeSet<_> = samples.iter().map(|sample| sample.key).collect();
        assert_eq!((keys.len(), samples.len()), (8, 8));
        for sample in samples {
            let asked: Vec<String> = sample
                .application
                .accounts()
                .map(|(_, id)| id.to_string())
                .collect();
            let linked: Vec<String> = sample
                .accounts
                .iter()
                .map(|linked| linked.account.id.clone())
                .collect();
            assert_eq!(asked, linked);
            assert_eq!(sample.application.check().err(), None);
        }
    }
}

#[test]
fn balances_are_the_sum_of_the_rows() {
    // What each account held before its first row does not depend on the day.
    let mut openings: BTreeMap<String, i64> = BTreeMap::new();
    for today in days() {
        for linked in applicants(today)
            .into_iter()
            .flat_map(|sample| sample.accounts)
        {
            let (current, available) = usd(&linked);
            let rows = linked.transactions.iter();
            let pending = rows.filter(|row| row.status == "pending");
            let pending: i64 = pending.map(|row| row.amount).sum();
            assert_eq!(available, current + pending, "{}", linked.account.id);
            let id = linked.account.id.clone();
            let opening = opening(&linked);
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
        for linked in applicants(today)
            .into_iter()
            .flat_map(|sample| sample.accounts)
        {
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
                // Cards and ACH settle on business days only; transfers within a bank on any.
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
        for sample in applicants(today) {
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
fn only_the_one_with_fees_is_ever_overdrawn() {
    for today in days() {
        for sample in applicants(today) {
            let overdrawn = sample.accounts.iter().any(|linked| lowest(linked) < 0);
            let lowest = sample.accounts.iter().map(lowest).min();
            assert_eq!(
                overdrawn,
                sample.key == "frequent_nsf",
                "{today} {} {lowest:?}",
                sample.key
            );
            let (current, _) = usd(&sample.accounts[0]);
            assert!(
                (-100_000..1_500_000).contains(&current),
                "{} {current}",
                sample.key
            );
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
            let rows = linked.transactions.iter();
            let pending = rows.filter(|row| row.status == "pending");
            let pending: i64 = pending.map(|row| row.amount).sum();
            prop_assert_eq!(available, current + pending);
            if !linked.account.id.contains("nsf") {
                prop_assert!(lowest(&linked) >= 0, "{} on {}", linked.account.id, today);
            }
        }
    }
}
