//! What happens where the bank data is not ready: a person decides, whatever the rules say.

use super::outcomes::{CREDIT, facts, reasons};
use super::*;
use crate::rules::{Action, Outcome};

const NOT_READY: &str = "BANK_DATA_NOT_READY";

fn not_ready(source: &str, changes: &[Given], major: i64) -> Decided {
    let bundle = publish(source);
    decide_when(
        Readiness::NotReady,
        &bundle,
        &facts(changes),
        &asking(major),
    )
}

/// Changes to the facts and an amount for each outcome that ready data leads to.
fn inputs() -> Vec<(Outcome, Vec<Given>, i64)> {
    let unstable = is("income.stability", ratio("0.6"));
    vec![
        (Outcome::Approve, vec![], 1_000),
        (Outcome::Counter, vec![unstable], 1_000),
        (
            Outcome::Counter,
            vec![is("income.monthly_net", usd(1_000))],
            4_000,
        ),
        (
            Outcome::Decline,
            vec![is("nsf.event_days_90d", Value::Count(4))],
            1_000,
        ),
        (
            Outcome::Decline,
            vec![is("income.monthly_net", usd(900))],
            1_000,
        ),
        (
            Outcome::Refer,
            vec![is("balance.buffer_days", Value::Days(1))],
            1_000,
        ),
        (
            Outcome::Refer,
            vec![none("income.stability", Missing::NotReady)],
            1_000,
        ),
        (
            Outcome::Refer,
            vec![is("income.stability", ratio("0.1"))],
            200,
        ),
    ]
}

#[test]
fn every_outcome_becomes_a_referral_for_that_reason_alone() {
    for (usual, changes, major) in inputs() {
        let ready = decide(&publish(CREDIT), &facts(&changes), &asking(major));
        assert_eq!(ready.outcome, usual);
        let found = not_ready(CREDIT, &changes, major);
        assert_eq!(found.outcome, Outcome::Refer, "{usual}");
        assert_eq!(found.offer, None, "{usual}");
        let first = &found.fired[0];
        assert_eq!((first.reason.as_str(), first.decisive), (NOT_READY, true));
        assert_eq!(
            (first.source.to_string().as_str(), first.action),
            ("bank_data", Action::Refer)
        );
        assert!(first.features.is_empty() && first.counterfactuals.is_empty());
        let others = found.fired.get(1..).unwrap();
        assert!(others.iter().all(|other| !other.decisive), "{usual}");
        // The rules, the score and what is derived are what they would have been.
        assert_eq!(found.trace, ready.trace, "{usual}");
        assert_eq!(found.score, ready.score, "{usual}");
        assert_eq!(found.derived, ready.derived, "{usual}");
    }
}

#[test]
fn the_reasons_of_the_rules_stay_and_decide_nothing() {
    let found = not_ready(
        CREDIT,
        &[
            is("nsf.event_days_90d", Value::Count(4)),
            is("balance.buffer_days", Value::Days(1)),
            is("cash_flow.gambling_90d", usd(500)),
            none("income.monthly_net", Missing::NotReady),
        ],
        1_000,
    );
    assert_eq!(
        reasons(&found),
        [
            "*BANK_DATA_NOT_READY",
            "GAMBLING",
            "NSF",
            "BUFFER",
            "INFORMATION_MISSING"
        ]
    );
    assert_eq!(found.fired[2].statement, "Overdrafts on 4 days");
    assert_eq!(
        found.fired[4].statement,
        "The bank has not yet delivered the transactions of the linked accounts"
    );
}

#[test]
fn a_loan_in_another_currency_is_not_looked_at_either() {
    let application = revised(application(), |draft| {
        draft.requested_amount = Some(Money::new(100_000, "eur".parse().unwrap()));
    });
    let bundle = publish(CREDIT);
    let found = decide_when(Readiness::NotReady, &bundle, &facts(&[]), &application);
    assert_eq!(reasons(&found), ["*BANK_DATA_NOT_READY"]);
}

#[test]
fn a_payment_is_not_approved_and_not_refused() {
    for (rule, usual) in [
        ("income.streams > 5", Outcome::Approve),
        ("income.streams > 0", Outcome::Decline),
    ] {
        let bundle = publish(&one_rule(rule, "decline"));
        let given = [is("income.streams", Value::Count(1))];
        let ready = decide(&bundle, &given, &application());
        assert_eq!(ready.outcome, usual);
        let found = decide_when(Readiness::NotReady, &bundle, &given, &application());
        assert_eq!(found.outcome, Outcome::Refer);
        assert_eq!(reasons(&found)[0], "*BANK_DATA_NOT_READY");
    }
}

#[test]
fn the_statement_is_plain_and_can_be_worded_anew() {
    let found = not_ready(CREDIT, &[], 1_000);
    assert_eq!(
        found.fired[0].statement,
        "Information on the linked accounts could not be obtained from the bank in time"
    );
    // The rank that other reasons are given does not push it out of the first place.
    let reworded = format!(
        "{CREDIT}[reasons.BANK_DATA_NOT_READY]\n\
         statement = \"No answer for {{application.amount}}: {{missing_because}}\"\nrank = 5000\n"
    );
    let changes = [
        is("application.amount", usd(1_000)),
        is("cash_flow.gambling_90d", usd(500)),
        none("income.monthly_net", Missing::NotReady),
    ];
    let found = not_ready(&reworded, &changes, 1_000);
    assert_eq!(
        found.fired[0].statement,
        "No answer for $1,000.00: the bank has not yet delivered the transactions of the linked \
         accounts"
    );
    let codes = reasons(&found);
    assert_eq!(
        codes,
        ["*BANK_DATA_NOT_READY", "GAMBLING", "INFORMATION_MISSING"]
    );
}

#[test]
fn a_rule_that_gives_the_same_reason_does_not_take_its_place() {
    let source = one_rule("income.streams > 0", "decline").replace("WHY", NOT_READY);
    let given = [is("income.streams", Value::Count(1))];
    let found = decide_when(
        Readiness::NotReady,
        &publish(&source),
        &given,
        &application(),
    );
    let told: Vec<_> = found
        .fired
        .iter()
        .map(|fired| (fired.source.to_string(), fired.decisive))
        .collect();
    assert_eq!(
        told,
        [("bank_data".to_owned(), true), ("it".to_owned(), false)]
    );
}

#[test]
fn data_that_is_ready_never_gives_the_reason() {
    for (_, changes, major) in inputs() {
        let ready = decide(&publish(CREDIT), &facts(&changes), &asking(major));
        assert!(ready.fired.iter().all(|fired| fired.reason != NOT_READY));
    }
}
