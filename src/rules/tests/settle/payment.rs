//! What would settle a payment: with each answer stand the debits in its place.

use super::super::retries::{DEBIT, on_tuesday};
use super::*;

#[test]
fn the_debits_of_each_retry_are_told() {
    let with_a_payday_in = |days| {
        let mut given = on_tuesday(0, Some(days));
        given.retain(|(name, _)| *name != "debit.available");
        given.push(none("debit.available", Missing::NoPermission));
        told(&settlement(DEBIT, &given, &application()))
    };
    assert_eq!(
        with_a_payday_in(2),
        [
            "what is `debit.available` (the state of the account to be debited)?",
            "at most 999.99 usd -> COUNTER AFTER_PAYDAY 2026-04-03 1000.00 USD",
            "at least 1000.00 usd -> APPROVE",
        ]
    );
    assert_eq!(
        with_a_payday_in(10),
        [
            "what is `debit.available` (the state of the account to be debited)?",
            "at most 499.99 usd -> REFER TOO_LOW",
            "500.00 usd to 999.99 usd \
             -> COUNTER IN_PARTS 2026-04-01 500.00 USD 2026-04-15 500.00 USD",
            "at least 1000.00 usd -> APPROVE",
        ]
    );
}

#[test]
fn of_days_on_which_they_differ_no_debits_are_told() {
    check(
        DEBIT,
        &on_tuesday(999, None),
        &[
            "what is `debit.next_payday` (the state of the account to be debited)?",
            // A payday that is over gives no day to wait for.
            "at most 2026-03-30 -> REFER INFORMATION_MISSING",
            "2026-03-31 to 2026-04-02 -> COUNTER AFTER_PAYDAY",
            "at least 2026-04-03 -> COUNTER IN_PARTS 2026-04-01 500.00 USD 2026-04-15 500.00 USD",
            "not searched further",
        ],
    );
}
