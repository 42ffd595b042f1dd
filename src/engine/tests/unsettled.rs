//! What the engine makes of bank data that was not all there in time.

use super::super::*;
use super::{Decided, decided_on};
use crate::analysis::tests::fixtures::{Bank, POSITIVE, application, as_of};
use crate::decision::Reason;
use crate::rules::{Bundle, Outcome};
use crate::snapshot::{QualityFlag, Sealed, Snapshot, seal, unseal};

const DAY: &str = "2026-06-20";

/// Two accounts, the salary on the first.
fn accounts() -> Vec<Snapshot> {
    let pay = Bank::checking().every(14, "2026-01-02", "2026-06-19", 150_000, "MILLS PAYROLL");
    let pay = pay.every(1, "2026-01-03", "2026-06-20", -2_000, "GROCER");
    let saved = Bank::savings().row("2026-06-01", 5_000, "INTEREST");
    let banks = [pay, saved].into_iter().enumerate();
    banks
        .map(|(index, bank)| bank.freeze(index, as_of(DAY)))
        .collect()
}

fn sealed(snapshots: &[Snapshot]) -> Vec<Sealed> {
    let salted = |snapshot| seal(snapshot, [7; 32]).unwrap();
    snapshots.iter().map(salted).collect()
}

fn decided(bundle: &Bundle, snapshots: &[Snapshot]) -> Decided {
    let sealed = sealed(snapshots);
    let hashes = sealed.iter().map(|sealed| sealed.hash);
    let application = application(snapshots.len());
    decided_on(&DecisionInput {
        application: &application,
        accounts: &AccountInput::of(&application, snapshots.iter().zip(hashes)).unwrap(),
        bundle,
        as_of: as_of(DAY),
        seed: 1,
        settings: POSITIVE,
    })
}

/// A rule set that lends up to `most`, with one rule on the income.
fn rules(most: &str, then: &str) -> Bundle {
    let source = format!(
        r#"
[rule_set]
name = "test"
version = "1"
kind = "credit"
currency = "USD"
[[rule]]
id = "income"
when = 'income.monthly_net > 1 usd'
then = "{then}"
reason = "INCOME"
[reasons.INCOME]
statement = "Income of {{income.monthly_net}}"
[offer]
step = '50 usd'
minimum = '300 usd'
affordable_payment = '10000 usd'
[[offer.tier]]
id = "A"
when = 'income.monthly_net > 0 usd'
rate = '12%'
max_amount = '{most}'
"#
    );
    Bundle::publish(source.as_bytes()).unwrap()
}

/// A rule set for each outcome that the accounts lead to when all is there.
fn every_outcome() -> [(Outcome, Bundle); 4] {
    [
        (Outcome::Approve, rules("5000 usd", "flag")),
        (Outcome::Counter, rules("900 usd", "flag")),
        (Outcome::Refer, rules("5000 usd", "refer")),
        (Outcome::Decline, rules("5000 usd", "decline")),
    ]
}

fn flagged(flag: QualityFlag) -> Vec<Snapshot> {
    let mut snapshots = accounts();
    snapshots[1].flags.insert(flag);
    snapshots
}

#[test]
fn data_that_was_still_to_come_refers_whatever_the_rules_say() {
    for (usual, bundle) in every_outcome() {
        let settled = decided(&bundle, &accounts());
        assert_eq!(settled.body.outcome(), usual);
        for flag in [QualityFlag::RefreshPending, QualityFlag::NotFetched] {
            let Decided { body, view } = decided(&bundle, &flagged(flag));
            assert_eq!(body.outcome(), Outcome::Refer, "{usual} {flag:?}");
            assert_eq!(body.offer(), None);
            let told = view.reasons.iter().filter(|reason| reason.principal);
            let told: Vec<_> = told.collect();
            assert_eq!(told.len(), 1, "{told:?}");
            assert_eq!(told[0], &view.reasons[0]);
            assert_eq!(told[0].fired.reason, "BANK_DATA_NOT_READY");
            // What the rules said is on record; of an account that was not fetched, that they
            // could not say.
            if flag == QualityFlag::RefreshPending {
                assert_eq!(view.reasons[1].fired.reason, "INCOME");
                assert!(!view.reasons[1].principal && !view.reasons[1].evidence.is_empty());
                assert_eq!(view.trace, settled.view.trace);
            } else {
                let others = &view.reasons[1..];
                let missing = |reason: &Reason| reason.fired.reason == "INFORMATION_MISSING";
                assert!(
                    others
                        .iter()
                        .all(|other| missing(other) && !other.principal)
                );
            }
            // And so is the account that was waited for.
            let accounts = body.pins.snapshots.iter();
            let waited: Vec<bool> = accounts.map(|pin| pin.flags.contains(&flag)).collect();
            assert_eq!(waited, [false, true]);
        }
    }
}

#[test]
fn data_that_is_only_doubtful_is_for_the_rules_to_judge() {
    let doubts = [
        QualityFlag::StaleBalance,
        QualityFlag::BalanceRefreshFailed,
        QualityFlag::OwnershipRefreshFailed,
        QualityFlag::TransactionsRefreshFailed,
        QualityFlag::NoBalancePermission,
        QualityFlag::AccountInactive,
        QualityFlag::AccountDisconnected,
        QualityFlag::ShortHistory,
    ];
    let (usual, bundle) = &every_outcome()[0];
    for flag in doubts {
        let body = decided(bundle, &flagged(flag)).body;
        assert_eq!(body.outcome(), *usual, "{flag:?}");
    }
}

#[test]
fn an_account_of_which_nothing_was_had_refers_and_is_not_called_disconnected() {
    let shipped = include_bytes!("../../../rules/personal-loan.toml");
    let shipped = Bundle::publish(shipped).unwrap();
    let mut snapshots = accounts();
    let missed = snapshots[1].account.id.clone();
    snapshots[1] = Snapshot::not_fetched(missed, None, false, as_of(DAY).instant);
    let Decided { body, view } = decided(&shipped, &snapshots);
    assert_eq!(body.outcome(), Outcome::Refer);
    let codes: Vec<&str> = view
        .reasons
        .iter()
        .map(|reason| reason.fired.reason.as_str())
        .collect();
    assert_eq!(codes[0], "BANK_DATA_NOT_READY");
    assert!(!codes.contains(&"ACCOUNT_DISCONNECTED"), "{codes:?}");
    assert_eq!(body.pins.snapshots[1].flags, [QualityFlag::NotFetched]);
    let active = view
        .features
        .iter()
        .filter(|one| one.name == "account.active");
    let active: Vec<_> = active.map(|one| one.value.clone()).collect();
    assert_eq!(
        active,
        [
            Ok(crate::features::Value::Bool(true)),
            Err(crate::features::Missing::NotReady)
        ]
    );
}

#[test]
fn what_was_decided_on_unsettled_data_comes_out_of_the_stored_snapshots_again() {
    let mut snapshots = flagged(QualityFlag::RefreshPending);
    let first = snapshots[0].account.id.clone();
    snapshots[0] = Snapshot::not_fetched(first, None, false, as_of(DAY).instant);
    for (_, bundle) in every_outcome() {
        let body = decided(&bundle, &snapshots).body;
        let stored = sealed(&snapshots);
        let read: Vec<Snapshot> = stored.iter().map(|one| unseal(one).unwrap()).collect();
        let bundle = Bundle::from_bytes(bundle.bytes()).unwrap();
        let again = decided(&bundle, &read).body;
        assert_eq!(again.to_bytes().unwrap(), body.to_bytes().unwrap());
        let read = DecisionBody::from_bytes(&body.to_bytes().unwrap()).unwrap();
        assert_eq!(read, body);
    }
}

#[test]
fn one_snapshot_belongs_to_each_account_and_no_more() {
    let snapshots = accounts();
    let sealed = sealed(&snapshots);
    let hashes: Vec<_> = sealed.iter().map(|sealed| sealed.hash).collect();
    let of = |accounts: usize| {
        let application = application(accounts);
        let given = snapshots.iter().zip(hashes.iter().copied());
        AccountInput::of(&application, given).map(|inputs| inputs.len())
    };
    assert_eq!([of(1), of(2), of(3)], [None, Some(2), None]);
}
