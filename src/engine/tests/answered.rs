//! What a reviewer answers is decided on as if it had been there.

use std::sync::Arc;

use super::super::*;
use crate::analysis::tests::fixtures::{Bank, POSITIVE, application, as_of};
use crate::application::tests::revised;
use crate::application::{Application, DraftAnswer, Input, ReviewersWord};
use crate::features::Value;
use crate::rules::{Bundle, Outcome};
use crate::snapshot::{Snapshot, seal};

const PERSONAL_LOAN: &[u8] = include_bytes!("../../../rules/personal-loan.toml");
const DAY: &str = "2026-06-20";

/// Fifty days: enough for a customer, too few for others.
fn account() -> Snapshot {
    let bank = Bank {
        current: 5_000_000,
        ..Bank::checking()
            .every(
                7,
                "2026-05-02",
                "2026-06-19",
                90_000,
                "BRIGHT MILLS PAYROLL",
            )
            .every(1, "2026-05-02", DAY, -3_000, "POS PURCHASE GROCER")
    };
    bank.freeze(0, as_of(DAY))
}

fn decided(
    application: &Arc<Application>,
    snapshot: &Snapshot,
) -> Result<DecisionBody, EngineError> {
    let hash = seal(snapshot, [7; 32]).unwrap().hash;
    let found = vec![(0, snapshot.account.id.clone())];
    let application = application.with_accounts(found);
    decide(&DecisionInput {
        application: &application,
        accounts: &AccountInput::of(&application, [(snapshot, hash)]).unwrap(),
        bundle: &Bundle::publish(PERSONAL_LOAN).unwrap(),
        as_of: as_of(DAY),
        seed: 1,
        settings: POSITIVE,
    })
}

fn resolved(application: &Application, fact: &str, value: Input) -> Arc<Application> {
    let answer = DraftAnswer {
        fact: fact.to_owned(),
        value: Some(value),
        reviewer: "q.officer".to_owned(),
        evidence: "our own books".to_owned(),
        answered_at: chrono::DateTime::from_timestamp(0, 0),
    };
    let word = ReviewersWord::check(vec![answer], Vec::new(), Vec::new()).unwrap();
    Arc::new(
        application
            .resolved("dec_1".parse().unwrap(), word)
            .unwrap(),
    )
}

#[test]
fn an_input_that_is_answered_is_decided_on_as_if_it_had_been_sent() {
    let (asked, snapshot) = (Application::clone(&application(1)), account());
    let yes = Input::Bool(true);
    let answered = resolved(&asked, "inputs.existing_customer", yes.clone());
    let sent = revised(asked.clone(), |draft| {
        draft
            .inputs
            .insert("existing_customer".to_owned(), Some(yes));
    });
    let answered = decided(&answered, &snapshot).unwrap();
    assert_eq!(answered, decided(&Arc::new(sent), &snapshot).unwrap());
    // It matters.
    assert_ne!(answered, decided(&Arc::new(asked), &snapshot).unwrap());
}

#[test]
fn a_doubt_that_is_answered_stands_for_what_was_found_and_rests_on_no_rows() {
    let (asked, mut snapshot) = (Application::clone(&application(1)), account());
    let asked = revised(asked, |draft| {
        let yes = Some(Input::Bool(true));
        draft.inputs.insert("existing_customer".to_owned(), yes);
    });
    let sound = decided(&Arc::new(asked.clone()), &snapshot).unwrap();
    snapshot
        .flags
        .insert(crate::snapshot::QualityFlag::StaleBalance);
    let doubted = decided(&Arc::new(asked.clone()), &snapshot).unwrap();
    let zero = Input::Number(0.into());
    let answered = resolved(&asked, "data.stale_balances", zero);
    let answered = decided(&answered, &snapshot).unwrap();
    assert_eq!(doubted.outcome(), Outcome::Refer);
    assert_eq!(answered.evaluation, sound.evaluation);
    let (id, _) = features::find("data.stale_balances").unwrap();
    let slot = &answered.features[id.index()][0];
    assert_eq!(slot.value, Ok(Value::Count(0)));
    assert!(slot.evidence.is_empty());
}

#[test]
fn what_is_known_is_not_answered() {
    let asked = Application::clone(&application(1));
    let answered = resolved(&asked, "data.history_days", Input::Number(400.into()));
    let refused = decided(&answered, &account()).unwrap_err();
    assert_eq!(refused.code(), "not_answerable");
}
