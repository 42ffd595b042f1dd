//! What holds for all households.

use chrono::Days;
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;

use super::fixtures::*;
use super::reviews::reviewed;
use crate::analysis::Analysis;
use crate::application::ReviewVerdict;
use crate::snapshot::TransactionStatus;

const TEXTS: &[&str] = &[
    "ACME PAYROLL",
    "NORTH STORES PURCHASE",
    "NSF FEE",
    "OVERDRAFT FEE REFUND",
    "ZELLE TO PAT",
    "UBER USA EDI PAYMNT",
    "ONLINE TRANSFER TO SAV",
    "ATM WITHDRAWAL",
    "ACH RETURN NORTH STORES",
    "RENT OAKWOOD",
    "CHASE CREDIT CRD AUTOPAY",
    "MARINER FINANCE LOAN PMT",
    "BLUE HERON HOLDINGS",
    "ACME PAYROLL REVERSAL",
    "MISC",
    "Überweisung Bäckerei",
];

prop_compose! {
    fn any_bank()(
        rows in vec((0_u64..200, -300_000_i64..300_000, 0..TEXTS.len(), 0..8_u8), 0..80),
        current in -100_000_i64..1_000_000,
    ) -> Bank {
        let mut bank = Bank::checking();
        bank.current = current;
        bank.rows = rows
            .into_iter()
            .map(|(day, amount, text, status)| {
                let status = match status {
                    0 => TransactionStatus::Pending,
                    1 => TransactionStatus::Void,
                    _ => TransactionStatus::Posted,
                };
                let day = date("2026-01-01").checked_add_days(Days::new(day)).unwrap();
                (day, amount, TEXTS[text].to_owned(), status)
            })
            .collect();
        bank
    }
}

/// What people would read, without row numbers.
fn told(analysis: &Analysis) -> String {
    let streams: Vec<_> = analysis
        .income
        .streams
        .iter()
        .map(|stream| {
            (
                &stream.counterparty,
                stream.cadence,
                stream.status,
                stream.monthly,
                stream.first,
                stream.last,
            )
        })
        .collect();
    let mut events: Vec<_> = analysis
        .nsf
        .events
        .iter()
        .map(|event| (event.day, event.kind, event.amount))
        .collect();
    events.sort_unstable();
    let obligations: Vec<_> = analysis
        .cash_flow
        .obligations
        .iter()
        .map(|one| (one.purpose, one.monthly, one.since, one.last, one.status))
        .collect();
    format!(
        "{streams:?} {events:?} {obligations:?} {:?} {:?}",
        analysis.balances, analysis.cash_flow.outflow_90d.amount
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_void_row_changes_nothing(bank in any_bank(), text in 0..TEXTS.len()) {
        let before = analysis(std::slice::from_ref(&bank), "2026-07-20");
        let mut with = bank;
        let day = date("2026-07-19");
        with.rows.push((day, 77_700, TEXTS[text].to_owned(), TransactionStatus::Void));
        let after = analysis(&[with], "2026-07-20");
        prop_assert_eq!(told(&before), told(&after));
        prop_assert_eq!(before.income, after.income);
    }

    #[test]
    fn the_order_of_delivery_does_not_matter(bank in any_bank()) {
        let mut turned = bank.clone();
        turned.rows.reverse();
        let one = analysis(&[bank], "2026-07-20");
        let other = analysis(&[turned], "2026-07-20");
        prop_assert_eq!(one.income.monthly, other.income.monthly);
        prop_assert_eq!(one.balances, other.balances);
        prop_assert_eq!(
            one.cash_flow.debt_monthly().amount + one.cash_flow.housing_monthly().amount,
            other.cash_flow.debt_monthly().amount + other.cash_flow.housing_monthly().amount
        );
        prop_assert_eq!(one.cash_flow.outflow_90d.amount, other.cash_flow.outflow_90d.amount);
    }

    #[test]
    fn income_rests_on_counted_credits_only(a in any_bank(), b in any_bank()) {
        let mut b = b;
        b.last4 = "0002";
        let found = analysis(&[a, b], "2026-07-20");
        for at in found.income.streams.iter().flat_map(|stream| stream.rows.pairs()) {
            let entry = found.entries.iter().find(|entry| entry.at() == at).unwrap();
            prop_assert!(entry.amount > 0 && entry.excluded.is_none(), "{entry:?}");
        }
        let streams: usize = found.income.streams.iter().map(|stream| stream.rows.len()).sum();
        let distinct: std::collections::BTreeSet<_> =
            found.income.streams.iter().flat_map(|stream| stream.rows.pairs()).collect();
        prop_assert_eq!(streams, distinct.len());
    }

    #[test]
    fn whatever_reviewers_say_a_row_is_of_one_stream(
        bank in any_bank(),
        said in btree_map(0..80_usize, any::<bool>(), 0..6),
    ) {
        let place = |place: usize| format!("fctxn_0x{place:06}");
        let said: Vec<(String, ReviewVerdict)> = said
            .into_iter()
            .filter(|(at, _)| *at < bank.rows.len())
            .map(|(at, confirmed)| {
                let confirmed = if confirmed { ReviewVerdict::Confirmed } else { ReviewVerdict::Refused };
                (place(at), confirmed)
            })
            .collect();
        let reviews: Vec<(&str, &str, ReviewVerdict)> =
            said.iter().map(|(id, verdict)| ("fca_0", id.as_str(), *verdict)).collect();
        let found = reviewed(&[bank], &reviews);
        prop_assert_eq!(found.reviews.len(), reviews.len());
        let mut seen = std::collections::BTreeSet::new();
        for stream in &found.income.streams {
            for at in stream.rows.pairs() {
                let entry = found.entries.iter().find(|entry| entry.at() == at).unwrap();
                prop_assert!(entry.amount > 0 && entry.excluded.is_none(), "{entry:?}");
                prop_assert!(seen.insert(at), "{entry:?}");
            }
        }
        for (review, (_, _, verdict)) in found.reviews.iter().zip(&reviews) {
            let refused = *verdict == ReviewVerdict::Refused;
            prop_assert!(!refused || review.rows.pairs().all(|at| !seen.contains(&at)));
        }
    }

    #[test]
    fn obligations_rest_on_counted_debits_each_of_one(a in any_bank(), b in any_bank()) {
        let mut b = b;
        b.last4 = "0002";
        let found = analysis(&[a, b], "2026-07-20");
        let mut seen = std::collections::BTreeSet::new();
        for one in &found.cash_flow.obligations {
            prop_assert!(one.monthly >= 0 && one.since <= one.last);
            for at in one.rows.pairs() {
                let entry = found.entries.iter().find(|entry| entry.at() == at).unwrap();
                prop_assert!(entry.amount < 0 && entry.excluded.is_none(), "{entry:?}");
                prop_assert!(seen.insert(at), "{entry:?}");
            }
        }
    }

    #[test]
    fn every_row_is_classified_once(bank in any_bank()) {
        let rows = bank.rows.len();
        let posted: i64 = bank
            .rows
            .iter()
            .filter(|row| row.3 == TransactionStatus::Posted)
            .map(|row| row.1)
            .sum();
        let found = analysis(&[bank], "2026-07-20");
        prop_assert_eq!(found.entries.len(), rows);
        let counted: i64 = found
            .entries
            .iter()
            .filter(|entry| entry.counts())
            .map(|entry| entry.amount)
            .sum();
        prop_assert_eq!(counted, posted);
    }

    #[test]
    fn a_day_differs_from_the_next_by_what_posted(bank in any_bank()) {
        let found = analysis(std::slice::from_ref(&bank), "2026-07-20");
        if let Some(daily) = found.accounts.first().and_then(|one| one.daily.as_ref()) {
            prop_assert_eq!(daily.values.last().copied(), Some(i128::from(bank.current)));
            let mut day = daily.first;
            for (before, after) in daily.values.iter().zip(daily.values.iter().skip(1)) {
                day = day.succ_opt().unwrap();
                let posted: i64 = bank
                    .rows
                    .iter()
                    .filter(|row| row.0 == day && row.3 == TransactionStatus::Posted)
                    .map(|row| row.1)
                    .sum();
                prop_assert_eq!(after - before, i128::from(posted));
            }
        }
    }

    #[test]
    fn either_sign_tells_the_same_story(bank in any_bank()) {
        let as_of = as_of("2026-07-20");
        let mut turned = bank.clone();
        for row in &mut turned.rows {
            row.1 = -row.1;
        }
        let negative = crate::analysis::Settings {
            amount_sign: crate::analysis::AmountSign::NegativeIsCredit,
        };
        let application = application(1);
        let snapshots = [bank.freeze(0, as_of)];
        let one = analyze(&application, &inputs(&application, &snapshots), as_of, POSITIVE);
        let snapshots = [turned.freeze(0, as_of)];
        let other = analyze(&application, &inputs(&application, &snapshots), as_of, negative);
        prop_assert_eq!(one.entries, other.entries);
        prop_assert_eq!(one.income, other.income);
        prop_assert_eq!(one.balances, other.balances);
    }
}

#[test]
fn ten_times_the_money_is_ten_times_the_income() {
    let bank = |factor: i64| {
        Bank::checking()
            .every(
                14,
                "2026-01-02",
                "2026-06-19",
                20_000 * factor,
                "BRIGHT MILLS PAYROLL",
            )
            .every(
                30,
                "2026-01-10",
                "2026-06-19",
                -9_000 * factor,
                "OAKWOOD RENT",
            )
    };
    let (one, ten) = (
        analysis(&[bank(3)], "2026-06-22"),
        analysis(&[bank(30)], "2026-06-22"),
    );
    assert_eq!(one.income.monthly * 10, ten.income.monthly);
    assert_eq!(
        one.cash_flow.outflow_90d.amount * 10,
        ten.cash_flow.outflow_90d.amount
    );
}
