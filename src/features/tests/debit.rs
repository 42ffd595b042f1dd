//! What is said of the account to be debited, and of no other.

use super::*;
use crate::analysis::tests::fixtures::date;
use crate::snapshot::{PaymentMethodType, TransactionStatus};

const DAY: &str = "2026-06-15";

/// Two accounts of which the one at `debitable` can be debited. The first gets the pay and pays the
/// rent, the second has a monthly bill and what is pending.
fn households(debitable: usize) -> Household {
    let pay = Bank {
        current: 70_000,
        ..Bank::checking()
            .every(
                14,
                "2026-01-02",
                "2026-06-05",
                150_000,
                "BRIGHT MILLS PAYROLL",
            )
            .every(1, "2026-01-03", DAY, -2_000, "GROCER")
            .rows(
                &[
                    "2026-01-30",
                    "2026-02-27",
                    "2026-03-30",
                    "2026-04-30",
                    "2026-05-29",
                ],
                -80_000,
                "OAKWOOD APARTMENTS RENT",
            )
    };
    let mut bills = Bank {
        current: 40_000,
        last4: "0002",
        ..Bank::checking()
            .every(1, "2026-01-03", DAY, -300, "CORNER CAFE")
            .rows(
                &[
                    "2026-01-16",
                    "2026-02-17",
                    "2026-03-16",
                    "2026-04-16",
                    "2026-05-15",
                ],
                -31_000,
                "GREENBANK AUTO LOAN PAYMENT",
            )
            .row("2026-05-20", -3_500, "OVERDRAFT FEE")
    };
    for (cents, text) in [
        (-4_000, "GAS STATION"),
        (-500, "PARKING"),
        (900, "REFUND SHOP"),
    ] {
        let pending = (
            date(DAY),
            cents,
            text.to_owned(),
            TransactionStatus::Pending,
        );
        bills.rows.push(pending);
    }
    let place = std::cell::Cell::new(0);
    Household::new(&[pay, bills], DAY, |snapshot| {
        snapshot.account.payment_methods.clear();
        if place.get() == debitable {
            let methods = &mut snapshot.account.payment_methods;
            methods.insert(PaymentMethodType::UsBankAccount);
        }
        place.set(place.get() + 1);
    })
}

#[test]
fn what_is_said_is_of_one_account() {
    let (first, second) = (households(0), households(1));
    assert_eq!(first.get("debit.available"), dollars(700));
    assert_eq!(second.get("debit.available"), dollars(400));
    assert_eq!(first.get("debit.pending_debits"), dollars(0));
    assert_eq!(second.get("debit.pending_debits"), dollars(45));
    // The rent is not due before the end of the month, the loan today or tomorrow.
    assert_eq!(first.get("debit.due_soon"), dollars(0));
    assert_eq!(second.get("debit.due_soon"), dollars(310));
    let days = |household: &Household| household.get("debit.nsf_event_days_90d");
    assert_eq!(days(&first), Ok(Value::Count(0)));
    assert_eq!(days(&second), Ok(Value::Count(1)));
    assert_eq!(second.get("debit.nsf_event_days_30d"), Ok(Value::Count(1)));
    // Juneteenth is a holiday: the pay of that day comes the day before, or on it.
    let payday = first.get("debit.next_payday");
    let near = [date("2026-06-18"), date("2026-06-19")].map(|day| Ok(Value::Date(day)));
    assert!(near.contains(&payday), "{payday:?}");
    assert_eq!(second.get("debit.next_payday"), Err(Missing::NoBasis));
    let paid = |household: &Household| household.get("debit.primary_income");
    assert_eq!(paid(&first), Ok(Value::Bool(true)));
    assert_eq!(paid(&second), Ok(Value::Bool(false)));
}

#[test]
fn its_balance_is_as_old_as_it_is() {
    let mut household = households(0);
    let ago = chrono::TimeDelta::hours(27);
    if let Part::Known(balance) = &mut household.snapshots[0].balance {
        balance.as_of = household.as_of.instant - ago;
    }
    assert_eq!(
        household.get("debit.balance_age_hours"),
        Ok(Value::Count(27))
    );
    assert_eq!(household.get("debit.balance_age_days"), Ok(Value::Days(1)));
}

#[test]
fn without_its_own_history_the_other_does_not_speak_for_it() {
    let mut household = households(1);
    household.snapshots[1].balance = Part::Absent(Absence::NoPermission);
    assert_eq!(household.get("debit.available"), Err(Missing::NoPermission));
    assert_eq!(household.get("debit.active"), Ok(Value::Bool(true)));
    household.snapshots[1].transactions = Part::Absent(Absence::RefreshFailed);
    for name in [
        "debit.pending_debits",
        "debit.due_soon",
        "debit.nsf_event_days_60d",
    ] {
        assert_eq!(household.get(name), Err(Missing::RefreshFailed), "{name}");
    }
}
