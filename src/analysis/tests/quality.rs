//! What worked-out balances are worth.

use std::collections::BTreeSet;

use super::fixtures::{Bank, POSITIVE, analysis, analyze, application, as_of, date, inputs, noon};
use crate::analysis::{BalanceDoubt, BalanceQuality};
use crate::snapshot::{Balance, Part, QualityFlag, Snapshot, TransactionStatus};

const TODAY: &str = "2026-06-30";

/// Somebody who spends as much as is paid.
fn account() -> Bank {
    Bank::checking()
        .every(14, "2026-01-02", "2026-06-19", 140_000, "ACME CORP PAYROLL")
        .every(1, "2026-01-03", TODAY, -10_000, "POS PURCHASE MARKET")
}

fn quality(bank: &Bank) -> BalanceQuality {
    changed(bank, |_| {})
}

fn changed(bank: &Bank, change: impl FnOnce(&mut Snapshot)) -> BalanceQuality {
    let as_of = as_of(TODAY);
    let mut snapshot = bank.freeze(0, as_of);
    change(&mut snapshot);
    let application = application(1);
    let snapshots = [snapshot];
    let found = analyze(
        &application,
        &inputs(&application, &snapshots),
        as_of,
        POSITIVE,
    );
    found.accounts[0].quality.clone().unwrap()
}

fn only(doubt: BalanceDoubt) -> BTreeSet<BalanceDoubt> {
    BTreeSet::from([doubt])
}

#[test]
fn what_nothing_speaks_against_is_good() {
    let found = quality(&account());
    assert_eq!(found.as_str(), "good");
    assert_eq!(found.good_from, Some(date("2026-01-02")));
    assert!(found.doubts.is_empty());
}

#[test]
fn flags_of_the_data_put_all_of_it_in_doubt() {
    for (flag, doubt, fit) in [
        (QualityFlag::RowsTwice, BalanceDoubt::RowsTwice, false),
        (QualityFlag::HistoryCut, BalanceDoubt::RowsMissing, true),
        (
            QualityFlag::TransactionsRefreshFailed,
            BalanceDoubt::NotOfOneTime,
            true,
        ),
    ] {
        let found = changed(&account(), |snapshot| _ = snapshot.flags.insert(flag));
        assert_eq!((found.good_from, found.doubts), (None, only(doubt)));
        assert_eq!(found.fit_from.is_some(), fit, "{flag:?}");
    }
}

#[test]
fn days_before_a_gap_are_in_doubt() {
    let mut bank = account();
    let (from, to) = (date("2026-03-01"), date("2026-04-05"));
    bank.rows.retain(|(day, ..)| *day < from || *day > to);
    // What was paid then is missing, or nothing was.
    let found = quality(&bank);
    assert_eq!(found.doubts, only(BalanceDoubt::Gap));
    assert_eq!(found.good_from, Some(date("2026-04-06")));
    assert_eq!(found.as_str(), "partly");
    // Somebody who moves money once a month has no gaps.
    let rare = Bank::checking().every(30, "2026-01-02", TODAY, 10_000, "MOBILE DEPOSIT");
    assert!(quality(&rare).doubts.is_empty());
}

#[test]
fn a_level_that_no_bank_lets_be_shows_missing_rows() {
    // A purchase that is not there: before it, everything is too low.
    let missing = account().row("2026-03-02", 900_000, "WIRE IN");
    let found = quality(&missing);
    assert_eq!(found.doubts, only(BalanceDoubt::ImplausibleLevel));
    assert_eq!(found.good_from, Some(date("2026-03-02")));
    // A little below zero for a week is somebody's life.
    let mut low = account();
    low.current = 30_000;
    assert!(quality(&low).doubts.is_empty());
    // For months it is not.
    low.current = -130_000;
    assert_eq!(quality(&low).doubts, only(BalanceDoubt::ImplausibleLevel));
}

#[test]
fn pending_rows_are_the_difference_of_the_balances() {
    let mut bank = account();
    let pending = |amount| {
        let text = "POS PURCHASE INN".to_owned();
        (date(TODAY), amount, text, TransactionStatus::Pending)
    };
    bank.rows.extend([pending(-7_000), pending(2_000)]);
    let with = |available| {
        changed(&bank, |snapshot| {
            if let Part::Known(balance) = &mut snapshot.balance {
                let current = balance.current.keys().map(|code| (*code, available));
                balance.available = Some(current.collect());
            }
        })
    };
    // The bank may keep back what is still to come in.
    for fits in [95_000, 93_000] {
        assert!(with(fits).doubts.is_empty(), "{fits}");
    }
    let found = with(100_000);
    assert_eq!(found.doubts, only(BalanceDoubt::Pending));
    assert!(found.good_from.is_none() && found.fit_from.is_some());
}

#[test]
fn a_balance_that_was_seen_before_has_to_fit() {
    let found = |current: i64| {
        changed(&account(), |snapshot| {
            let usd = crate::money::Currency::USD;
            snapshot.earlier_balance = Some(Balance {
                as_of: noon(date("2026-06-24")),
                current: [(usd, current)].into(),
                available: None,
                used: None,
            });
        })
    };
    let daily = analysis(&[account()], TODAY).accounts[0]
        .daily
        .clone()
        .unwrap();
    let then = i64::try_from(daily.on(date("2026-06-24")).unwrap()).unwrap();
    for near in [then, then + 10_000, then - 10_000] {
        assert!(found(near).doubts.is_empty(), "{near}");
    }
    assert_eq!(
        found(then + 55_000).doubts,
        only(BalanceDoubt::EarlierBalance)
    );
}
