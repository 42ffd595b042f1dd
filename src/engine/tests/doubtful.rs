//! The whole of it on a frozen account: what the shipped rule sets make of doubtful data.

use chrono::Duration;

use super::super::*;
use super::{Decided, decided_on};
use crate::analysis::Settings;
use crate::analysis::tests::fixtures::{Bank, POSITIVE, application, as_of};
use crate::rules::{Bundle, Outcome};
use crate::snapshot::{PaymentMethodType, QualityFlag, Snapshot, seal};

const PERSONAL_LOAN: &[u8] = include_bytes!("../../../rules/personal-loan.toml");
const ACH_DEBIT: &[u8] = include_bytes!("../../../rules/ach-debit.toml");
const DAY: &str = "2026-06-20";

fn account() -> Snapshot {
    let bank = Bank {
        current: 5_000_000,
        ..Bank::checking()
            .every(
                14,
                "2026-01-02",
                "2026-06-19",
                250_000,
                "BRIGHT MILLS PAYROLL",
            )
            .every(1, "2026-01-03", DAY, -3_000, "POS PURCHASE GROCER")
    };
    let mut snapshot = bank.freeze(0, as_of(DAY));
    snapshot.account.payment_methods = [PaymentMethodType::UsBankAccount].into();
    snapshot
}

fn decided(rules: &[u8], snapshot: &Snapshot, settings: Settings) -> Decided {
    let hash = seal(snapshot, [7; 32]).unwrap().hash;
    let application = application(1);
    decided_on(&DecisionInput {
        application: &application,
        accounts: &AccountInput::of(&application, [(snapshot, hash)]).unwrap(),
        bundle: &Bundle::publish(rules).unwrap(),
        as_of: as_of(DAY),
        seed: 1,
        settings,
    })
}

fn outcome(rules: &[u8], snapshot: &Snapshot) -> Outcome {
    decided(rules, snapshot, POSITIVE).body.outcome()
}

#[test]
fn signs_that_contradict_the_balances_refer() {
    let sound = account();
    for rules in [PERSONAL_LOAN, ACH_DEBIT] {
        assert_eq!(outcome(rules, &sound), Outcome::Approve);
    }
    // By what the balances say alone, however clear the descriptions are.
    let mut conflict = sound.clone();
    conflict.flags.remove(&QualityFlag::SignUnproven);
    conflict.flags.insert(QualityFlag::SignConflict);
    let Decided { body, view } = decided(PERSONAL_LOAN, &conflict, POSITIVE);
    assert_eq!(body.outcome(), Outcome::Refer);
    let by = |source: &str| {
        view.reasons
            .iter()
            .any(|r| r.fired.source.to_string() == source)
    };
    assert!(by("sign-conflict"));
    assert_eq!(outcome(ACH_DEBIT, &conflict), Outcome::Refer);
}

#[test]
fn signs_that_contradict_the_descriptions_refer() {
    let mut turned = account();
    if let crate::snapshot::Part::Known(rows) = &mut turned.transactions {
        let mut all = rows.to_vec();
        all.iter_mut().for_each(|row| row.amount = -row.amount);
        *rows = all.into();
    }
    for rules in [PERSONAL_LOAN, ACH_DEBIT] {
        assert_eq!(outcome(rules, &turned), Outcome::Refer);
    }
    // Whoever knows that the signs are so can say it.
    let other = Settings {
        amount_sign: crate::analysis::AmountSign::NegativeIsCredit,
    };
    let known = decided(PERSONAL_LOAN, &turned, other);
    assert_eq!(known.body.outcome(), Outcome::Approve);
}

#[test]
fn dates_that_cannot_be_refer() {
    let mut doubtful = account();
    doubtful.flags.insert(QualityFlag::ImplausibleDate);
    for rules in [PERSONAL_LOAN, ACH_DEBIT] {
        assert_eq!(outcome(rules, &doubtful), Outcome::Refer);
    }
}

#[test]
fn an_owner_without_a_name_leaves_the_income_known() {
    let mut nameless = account();
    nameless.flags.insert(QualityFlag::UnknownOwner);
    let Decided { body, view } = decided(PERSONAL_LOAN, &nameless, POSITIVE);
    assert_eq!(body.outcome(), Outcome::Refer);
    let sources: Vec<String> = view
        .reasons
        .iter()
        .map(|reason| reason.fired.source.to_string())
        .collect();
    assert_eq!(sources, ["ownership-unverified"]);
    // A text that lost a character loses nothing else.
    let mut damaged = account();
    damaged.flags.insert(QualityFlag::DamagedTransactionText);
    assert_eq!(outcome(PERSONAL_LOAN, &damaged), Outcome::Approve);
}

#[test]
fn what_was_not_fetched_refers_and_never_declines() {
    let id = account().account.id;
    let now = as_of(DAY).instant - Duration::seconds(1);
    let nothing = Snapshot::not_fetched(id, None, false, now);
    for rules in [PERSONAL_LOAN, ACH_DEBIT] {
        assert_eq!(outcome(rules, &nothing), Outcome::Refer);
    }
}

#[test]
fn days_below_zero_are_recorded_with_their_balances() {
    // On the two days before each payday the account is below zero.
    let bank = Bank {
        current: 240_000,
        ..Bank::checking()
            .every(
                14,
                "2026-01-02",
                "2026-06-19",
                250_000,
                "BRIGHT MILLS PAYROLL",
            )
            .every(1, "2026-01-03", DAY, -3_000, "POS PURCHASE GROCER")
            .every(14, "2026-01-05", DAY, -208_000, "OAKWOOD APARTMENTS")
    };
    let account = bank.freeze(0, as_of(DAY));
    let Decided { body, view } = decided(PERSONAL_LOAN, &account, POSITIVE);
    let stored = DecisionBody::from_bytes(&body.to_bytes().unwrap()).unwrap();
    assert_eq!(stored, body);
    let found = stored.balances.unwrap();
    // The 90 days that features look back, the last of them that of the balance.
    assert_eq!(found.first, "2026-03-23".parse().unwrap());
    assert_eq!(found.minor.len(), 90);
    assert!(found.fit_from.is_some_and(|day| day <= found.first));
    let last = [2_000, -1_000, -4_000, 243_000, 240_000];
    assert_eq!(found.minor[85..], last);
    let below = found.minor.iter().filter(|minor| **minor < 0).count();
    assert_eq!(below, 14);
    let mut features = view.features.iter();
    let told = features.find(|one| one.name == "balance.days_negative_90d");
    assert_eq!(told.unwrap().value, Ok(crate::features::Value::Count(14)));
    // What is of a stream rests on its deposits.
    let mut features = view.features.iter();
    let told = features.find(|one| one.name == "stream.monthly_net");
    let [stream] = body.streams.as_slice() else {
        panic!("{:?}", body.streams);
    };
    assert!(!stream.rows.is_empty());
    assert_eq!(told.unwrap().evidence, stream.rows);
}
