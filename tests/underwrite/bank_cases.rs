//! Small accounts with the kinds of trouble that people report of bank data, each decided on its own.

use std::path::Path;

use chrono::NaiveDate;
use underwrite::proto;
use underwrite::proto::Outcome;

use super::harness::{Setup, TestSystem, feature, request, start};

/// The day on which all of them end.
fn day() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 10, 15).unwrap()
}

async fn system(case: &str) -> TestSystem {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/data/bank-cases")
        .join(case);
    start(Setup {
        load: Some(&folder),
        day: Some(day()),
        ..Setup::default()
    })
    .await
}

async fn decide(system: &TestSystem, account: &str) -> proto::Decision {
    system
        .decide(request(account, "Jordan Avery", &[account]))
        .await
}

/// Seven debits came back, worded as one bank words it and as others do, without a fee.
#[tokio::test(flavor = "multi_thread")]
async fn returns_of_posted_items_are_returned_debits() {
    let system = system("01-return-of-posted-item").await;
    for account in ["fca_boa", "fca_control"] {
        let decision = decide(&system, account).await;
        for (name, value) in [
            ("nsf.returned_debits_90d", "7"),
            ("nsf.event_days_90d", "7"),
            ("nsf.event_days_30d", "3"),
        ] {
            assert_eq!(feature(&decision, name), value, "{account}: {name}");
        }
        assert_eq!(decision.outcome(), Outcome::Decline);
        let codes: Vec<&str> = decision
            .reasons
            .iter()
            .map(|one| one.code.as_str())
            .collect();
        assert!(
            codes.contains(&"NSF_RECENT") && codes.contains(&"NSF_FREQUENT"),
            "{codes:?}"
        );
    }
}

/// An employer called NSF pays and returns nothing.
#[tokio::test(flavor = "multi_thread")]
async fn an_employer_may_be_called_nsf() {
    let system = system("04-nsf-as-a-payer").await;
    let decision = decide(&system, "fca_foundation").await;
    assert_eq!(feature(&decision, "nsf.event_days_90d"), "0");
    assert_eq!(feature(&decision, "income.monthly_net"), "3250.00 USD");
}

/// Every payday is there twice under two ids: it counts once, and the account is in doubt.
#[tokio::test(flavor = "multi_thread")]
async fn a_feed_that_sends_rows_twice_is_in_doubt() {
    let system = system("10-feed-that-sends-rows-twice").await;
    let decision = decide(&system, "fca_twice").await;
    assert_eq!(feature(&decision, "income.monthly_net"), "3900.00 USD");
    assert_eq!(feature(&decision, "data.doubtful_accounts"), "1");
    assert_eq!(decision.outcome(), Outcome::Refer);
}

/// `RET` is retirement here, and no return: four pensions in the words of four payers.
#[tokio::test(flavor = "multi_thread")]
async fn a_pension_may_be_worded_ret() {
    let system = system("02-ret-means-retirement").await;
    for account in ["fca_dfas", "fca_rrb", "fca_strs", "fca_control"] {
        let decision = decide(&system, account).await;
        for (name, value) in [
            ("income.monthly_net", "2300.00 USD"),
            ("income.primary_cadence", "monthly"),
        ] {
            assert_eq!(feature(&decision, name), value, "{account}: {name}");
        }
        assert_eq!(decision.outcome(), Outcome::Approve, "{account}");
    }
}

/// Social Security of the second Wednesday, which the bank pays out on the Monday before.
#[tokio::test(flavor = "multi_thread")]
async fn a_benefit_that_is_paid_two_days_early_is_due_two_days_early() {
    let system = system("08-benefit-paid-two-days-early").await;
    let decision = decide(&system, "fca_early").await;
    for (name, value) in [
        ("income.monthly_net", "1886.00 USD"),
        ("income.primary_cadence", "monthly"),
        ("income.next_payday", "2026-11-09"),
    ] {
        assert_eq!(feature(&decision, name), value, "{name}");
    }
}
