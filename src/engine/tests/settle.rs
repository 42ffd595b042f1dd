//! What would settle a referral, where it may matter whether deposits are income.

use super::super::*;
use super::decided_on;
use crate::analysis::tests::fixtures::{Bank, POSITIVE, application, as_of};
use crate::decision::AccountInput;
use crate::limits;
use crate::rules::{Bundle, OpenFact, Outcome, Settlement};
use crate::snapshot::{PaymentMethodType, seal};

const PERSONAL_LOAN: &[u8] = include_bytes!("../../../rules/personal-loan.toml");
const DAY: &str = "2026-06-22";
const PAYROLL: &str = "LUMEN CLINIC DES:PAYROLL ID:1 INDN:ROBIN CO ID:9999999999 PPD";

/// Half a year of purchases.
fn lived_in() -> Bank {
    Bank {
        current: 2_000_000,
        ..Bank::checking().every(5, "2026-01-02", DAY, -4_000, "GROCER")
    }
}

fn settled(bank: &Bank) -> (Outcome, Option<Settlement>) {
    let mut snapshot = bank.freeze(0, as_of(DAY));
    snapshot.account.payment_methods = [PaymentMethodType::UsBankAccount].into();
    let hash = seal(&snapshot, [7; 32]).unwrap().hash;
    let application = application(1);
    let input = DecisionInput {
        application: &application,
        accounts: &AccountInput::of(&application, [(&snapshot, hash)]).unwrap(),
        bundle: &Bundle::publish(PERSONAL_LOAN).unwrap(),
        as_of: as_of(DAY),
        seed: 1,
        settings: POSITIVE,
    };
    let body = decided_on(&input).body;
    (body.outcome(), settle(&input, &body).unwrap())
}

/// The questions, and what comes of each answer.
fn told(settlement: &Settlement) -> Vec<String> {
    let mut lines: Vec<String> = settlement
        .questions
        .iter()
        .map(|one| one.text.clone())
        .collect();
    for answer in &settlement.answers {
        let given: Vec<String> = answer.given.iter().map(ToString::to_string).collect();
        let results = answer.results.iter();
        let results = results.map(|one| format!("{} {}", one.outcome, one.reasons.join(" ")));
        let results: Vec<String> = results.collect();
        lines.push(format!("{} -> {}", given.join("; "), results.join(" or ")));
    }
    lines
}

#[test]
fn new_work_is_asked_about_by_a_transaction_of_it() {
    let bank = lived_in().rows(&["2026-06-01", "2026-06-15"], 150_000, PAYROLL);
    let (outcome, settlement) = settled(&bank);
    assert_eq!(outcome, Outcome::Refer);
    let settlement = settlement.unwrap();
    assert_eq!(
        told(&settlement),
        [
            "are the 2 deposits of Lumen Clinic, 2536.46 usd a month, income?",
            "refused -> DECLINE INCOME_INSUFFICIENT",
            "confirmed -> COUNTER INCOME_INSUFFICIENT_FOR_AMOUNT",
        ]
    );
    let OpenFact::Stream(stream) = &settlement.questions[0].about else {
        panic!("{:?}", settlement.questions);
    };
    assert_eq!(stream.payer, "Lumen Clinic");
    assert_eq!(stream.deposits, 2);
    assert_eq!(stream.account.as_str(), "fca_0");
}

#[test]
fn of_several_streams_the_largest_are_looked_at() {
    let names = ["AB", "CD", "EF", "GH", "IJ"];
    let with = |count: usize| {
        let mut bank = lived_in();
        for (at, name) in names.iter().take(count).enumerate() {
            let text = format!("{name} FOODS DES:PAYROLL ID:1 CO ID:9999999999 PPD");
            let amount = 100_000 + 1_000 * i64::try_from(at).unwrap();
            bank = bank.rows(&["2026-06-01", "2026-06-15"], amount, &text);
        }
        settled(&bank).1.unwrap()
    };
    assert!(!with(limits::SETTLE_STREAMS_MAX).searched_in_part);
    assert!(with(limits::SETTLE_STREAMS_MAX + 1).searched_in_part);
}

#[test]
fn nothing_would_settle_what_is_approved() {
    let bank = lived_in().every(14, "2026-01-02", "2026-06-19", 250_000, PAYROLL);
    let (outcome, settlement) = settled(&bank);
    assert_eq!((outcome, settlement), (Outcome::Approve, None));
}
