//! Data that no bank should send.

use chrono::{DateTime, Days, Utc};

use super::fixtures::*;
use crate::analysis::Exclusion;
use crate::snapshot::{Part, Snapshot};

#[test]
fn nothing_at_all() {
    let found = analysis(&[Bank::checking()], "2026-06-20");
    assert_eq!(found.history, None);
    assert_eq!(found.income.streams, vec![]);
    let none = analyze(&application(0), &[], as_of("2026-06-20"), POSITIVE);
    assert_eq!(none.entries, vec![]);
}

#[test]
fn one_row_and_many_at_one_moment() {
    let one = analysis(&[Bank::checking().row("2026-06-01", 5, "A")], "2026-06-20");
    assert_eq!(one.entries.len(), 1);
    let same = Bank::checking().rows(&["2026-06-01"; 500], 5_000, "ACME PAYROLL");
    assert_eq!(analysis(&[same], "2026-06-20").income.monthly, 0);
}

#[test]
fn the_largest_amounts_do_not_overflow() {
    let bank = Bank::checking()
        .every(14, "2026-01-02", "2026-06-19", i64::MAX, "ACME PAYROLL")
        .every(14, "2026-01-03", "2026-06-19", i64::MIN, "NSF FEE");
    let found = analysis(&[bank], "2026-06-20");
    assert!(found.income.monthly > i128::from(i64::MAX));
}

#[test]
fn the_squares_of_the_largest_amounts_do_not_overflow() {
    let irregular = Bank::checking()
        .row("2026-03-01", i64::MAX, "ACME PAYROLL")
        .row("2026-03-19", i64::MAX, "ACME PAYROLL")
        .row("2026-05-20", 1, "ACME PAYROLL");
    let regular = Bank::checking()
        .every(14, "2026-01-02", "2026-06-05", 1_000, "ACME PAYROLL")
        .row("2026-06-19", i64::MAX, "ACME PAYROLL");
    for bank in [irregular, regular] {
        assert_eq!(analysis(&[bank], "2026-06-20").accounts.len(), 1);
    }
}

#[test]
fn rows_after_the_decision_do_not_count() {
    let bank = Bank::checking()
        .every(14, "2026-01-02", "2026-06-19", 100_000, "ACME PAYROLL")
        .row("2027-01-01", 9_000_000, "ACME PAYROLL");
    let found = analysis(&[bank], "2026-06-20");
    assert_eq!(
        found.entries.last().unwrap().excluded,
        Some(Exclusion::AfterAsOf)
    );
    assert_eq!(found.income.last, Some(date("2026-06-19")));
}

#[test]
fn dates_at_the_ends_of_the_calendar() {
    let as_of = as_of("2026-06-20");
    let mut snapshot = Bank::checking()
        .every(14, "2026-01-02", "2026-06-19", 100_000, "ACME PAYROLL")
        .freeze(0, as_of);
    if let Part::Known(rows) = &mut snapshot.transactions {
        let mut all = rows.to_vec();
        for (row, at) in all
            .iter_mut()
            .zip([DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC])
        {
            row.transacted_at = at;
            row.posted_at = Some(at);
        }
        *rows = all.into();
    }
    let application = application(1);
    let found = analyze(
        &application,
        &inputs(&application, &[snapshot]),
        as_of,
        POSITIVE,
    );
    assert_eq!(found.entries.len(), 13);
}

#[test]
fn fifty_thousand_equal_rows_take_linear_time() {
    let mut banks = [Bank::checking(), Bank::savings()];
    for (index, bank) in banks.iter_mut().enumerate() {
        for row in 0..25_000_u64 {
            let day = date("2025-06-20")
                .checked_add_days(Days::new(row % 365))
                .unwrap();
            let amount = if (row + index as u64).is_multiple_of(2) {
                5_000
            } else {
                -5_000
            };
            let text = if row.is_multiple_of(3) {
                "RETURN ITEM"
            } else {
                "MOVED"
            };
            bank.rows.push((
                day,
                amount,
                text.to_owned(),
                crate::snapshot::TransactionStatus::Posted,
            ));
        }
    }
    let as_of = as_of("2026-06-20");
    let snapshots: Vec<Snapshot> = banks
        .iter()
        .enumerate()
        .map(|(i, bank)| bank.freeze(i, as_of))
        .collect();
    let application = application(2);
    let found = analyze(
        &application,
        &inputs(&application, &snapshots),
        as_of,
        POSITIVE,
    );
    assert_eq!(found.entries.len(), 50_000);
}
