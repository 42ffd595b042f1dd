//! Which account a debit is drawn from, and what is asked of it.

use std::sync::Arc;

use super::super::*;
use super::{Decided, decided_on};
use crate::analysis::tests::fixtures::{Bank, POSITIVE, application, as_of};
use crate::application::tests::revised;
use crate::application::{Application, ApplicationWithAccounts};
use crate::features::{Missing, Value};
use crate::money::{Currency, Money};
use crate::rules::{Bundle, Outcome};
use crate::snapshot::{Category, PaymentMethodType, QualityFlag, Snapshot, Status, seal};

const ACH_DEBIT: &[u8] = include_bytes!("../../../rules/ach-debit.toml");
const DAY: &str = "2026-06-19";

/// Paid every second Friday to the first account, in another account every day something; both can
/// be debited. So much is there, in cents.
fn account(index: usize, current: i64) -> Snapshot {
    let bank = Bank {
        current,
        last4: if index == 0 { "0001" } else { "0002" },
        ..Bank::checking()
    };
    let bank = bank.every(1, "2026-01-03", DAY, -200, &format!("GROCER {index}"));
    let bank = if index == 0 {
        bank.every(14, "2026-01-02", DAY, 90_000, "BRIGHT MILLS PAYROLL")
    } else {
        bank.every(14, "2026-01-02", DAY, 2_900, "CORNER CAFE PAYROLL")
    };
    let mut snapshot = bank.freeze(index, as_of(DAY));
    snapshot.account.payment_methods = [PaymentMethodType::UsBankAccount].into();
    snapshot
}

/// A debit of so many dollars from the account of this position, if it is named.
fn asking(dollars: i64, named: Option<usize>, accounts: usize) -> ApplicationWithAccounts {
    let id = |index: usize| format!("fca_{index}").parse().unwrap();
    let asked = revised(Application::clone(&application(0)), |draft| {
        draft.requested_amount = Some(Money::new(dollars * 100, Currency::USD));
        draft.applicants[0].account_ids = (0..accounts).map(|index| Some(id(index))).collect();
        draft.debit_account = named.map(id);
    });
    let found = (0..accounts).map(|index| (0, id(index)));
    Arc::new(asked).with_accounts(found.collect())
}

fn decided(dollars: i64, named: Option<usize>, snapshots: &[Snapshot]) -> Decided {
    let application = asking(dollars, named, snapshots.len());
    let hashed = snapshots
        .iter()
        .map(|one| (one, seal(one, [7; 32]).unwrap().hash));
    decided_on(&DecisionInput {
        application: &application,
        accounts: &AccountInput::of(&application, hashed).unwrap(),
        bundle: &Bundle::publish(ACH_DEBIT).unwrap(),
        as_of: as_of(DAY),
        seed: 1,
        settings: POSITIVE,
    })
}

fn outcome(dollars: i64, named: Option<usize>, snapshots: &[Snapshot]) -> Outcome {
    decided(dollars, named, snapshots).body.outcome()
}

fn value(decided: &Decided, name: &str) -> Result<Value, Missing> {
    let mut features = decided.view.features.iter();
    features.find(|one| one.name == name).unwrap().value.clone()
}

fn told(decided: &Decided) -> Vec<&str> {
    let reasons = decided.view.reasons.iter();
    reasons.map(|one| one.fired.statement.as_str()).collect()
}

#[test]
fn what_is_in_two_accounts_is_never_added_up() {
    let both = [account(0, 30_000), account(1, 30_000)];
    let unnamed = decided(500, None, &both);
    assert_eq!(unnamed.body.outcome(), Outcome::Refer);
    assert_eq!(
        told(&unnamed)[0],
        "Details of the application were not given: debit account"
    );
    assert_eq!(
        value(&unnamed, "debit.available"),
        Err(Missing::NotProvided)
    );
    for named in [0, 1] {
        assert_ne!(outcome(500, Some(named), &both), Outcome::Approve);
    }
    let second = decided(500, Some(1), &both);
    assert_eq!(second.body.outcome(), Outcome::Counter);
    let said = told(&second)[0];
    let low = "The available balance of the account, $300.00, is below $575.00: this payment";
    assert!(said.starts_with(low), "{said}");
}

#[test]
fn the_account_that_is_named_has_to_cover_the_debit_and_no_other() {
    let rich_and_poor = [account(0, 900_000), account(1, 30_000)];
    assert_eq!(outcome(500, Some(0), &rich_and_poor), Outcome::Approve);
    assert_eq!(outcome(500, Some(1), &rich_and_poor), Outcome::Counter);
    assert_eq!(outcome(500, None, &rich_and_poor), Outcome::Refer);
    let found = decided(500, Some(1), &rich_and_poor);
    let dollars = |dollars: i64| Ok(Value::Money(Money::new(dollars * 100, Currency::USD)));
    assert_eq!(value(&found, "debit.current"), dollars(300));
    assert_eq!(value(&found, "balance.current"), dollars(9_300));
    // The only one that can be debited need not be named.
    let mut only = rich_and_poor;
    only[1].account.payment_methods.clear();
    assert_eq!(outcome(500, None, &only), Outcome::Approve);
    assert_eq!(
        outcome(200, Some(1), &only),
        Outcome::Decline,
        "no debit by ACH"
    );
}

#[test]
fn links_that_do_not_work_and_accounts_without_cash_are_told() {
    let both = || [account(0, 900_000), account(1, 900_000)];
    let mut cut = both();
    cut[1].account.status = Status::Inactive;
    assert_eq!(outcome(500, Some(0), &cut), Outcome::Approve);
    assert_eq!(outcome(500, None, &cut), Outcome::Approve);
    let found = decided(500, Some(1), &cut);
    assert_eq!(found.body.outcome(), Outcome::Decline);
    let says = |start: &str| told(&found).iter().any(|said| said.starts_with(start));
    // One fact is told once.
    assert!(!says("The account to be debited does not take debits"));
    assert!(says(
        "The bank no longer gives access to the account to be debited;"
    ));
    let mut card = both();
    card[1].account.category = Category::Credit;
    let found = decided(500, Some(1), &card);
    assert_eq!(found.body.outcome(), Outcome::Refer);
    assert_eq!(
        value(&found, "debit.available"),
        Err(Missing::NoSuchAccount)
    );
    let mut none = both();
    none.iter_mut()
        .for_each(|one| one.account.payment_methods.clear());
    let found = decided(500, None, &none);
    assert_eq!(found.body.outcome(), Outcome::Decline);
    assert_eq!(
        value(&found, "debit.available"),
        Err(Missing::NoSuchAccount)
    );
    assert_eq!(
        told(&found)[0],
        "None of the linked accounts can be debited by ACH; another account, or another way to pay, is \
         needed"
    );
    let mut late = both();
    late[0].flags.insert(QualityFlag::NotFetched);
    let late = decided(500, None, &late);
    assert_eq!(value(&late, "debit.available"), Err(Missing::NotReady));
}
