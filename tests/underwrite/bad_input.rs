//! What is wrong gets a clear error or a REFER with its reason; nothing panics and nothing is
//! half recorded.

use std::time::Duration;

use tonic::Code;
use tonic_types::StatusExt;
use underwrite::proto::{
    AccountCategory, AccountFilter, AccountSubcategory, BankData, MaxAge, Outcome, Term, TermUnit,
};
use underwrite::rules::Bundle;

use super::harness::{
    RULES, Setup, TestSystem, application, assert_names_field, nobody, now, principal, request,
    start, system, system_with, today, usd,
};
use super::linked::{self, Linked};

const NAME: &str = "Robin Ames";
const ACCOUNT: &str = "fca_robin";
const FIELD: &str = "application.applicants[0].account_ids[0]";

fn robin() -> Linked {
    Linked::checking("robin", NAME).with_salary(today(), 210_000)
}

/// Refuses, records nothing, and decides a good request under the same key afterwards.
async fn assert_refused_cleanly(
    system: &TestSystem,
    bad: underwrite::proto::DecideRequest,
    field: &str,
) {
    let key = bad.idempotency_key.clone();
    let status = system.try_decide(bad).await.unwrap_err();
    assert_names_field(&status, field);
    assert!(!status.message().contains(NAME), "{}", status.message());
    assert!(system.recorded().await.is_empty());
    system.decide(request(&key, NAME, &[ACCOUNT])).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_account_is_named() {
    let system = system_with(&[robin()]).await;
    let bad = request("k", NAME, &["fca_nobody"]);
    assert_refused_cleanly(&system, bad, FIELD).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_malformed_account_id_is_named() {
    let system = system_with(&[robin()]).await;
    let bad = request("k", NAME, &["acct_1"]);
    assert_refused_cleanly(&system, bad, FIELD).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn malformed_ids_of_every_kind_are_named() {
    let system = system().await;
    let mut bad = request("not a key", NAME, &["fca_1/../2"]);
    bad.rule_set = "personal loan".to_owned();
    application(&mut bad).id = "a".repeat(129);
    application(&mut bad).applicants[0].id = String::new();
    let status = system.try_decide(bad).await.unwrap_err();
    for field in [
        "idempotency_key",
        "rule_set",
        "application.id",
        "application.applicants[0].id",
        FIELD,
    ] {
        assert_names_field(&status, field);
    }
    let unknown = underwrite::proto::GetDecisionRequest {
        id: "dec_0".to_owned(),
        ..Default::default()
    };
    let status = system.client.clone().get_decision(unknown).await;
    assert_eq!(status.unwrap_err().code(), Code::NotFound);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_handle_that_is_none_is_named() {
    let system = system_with(&[robin()]).await;
    for (index, handle) in ["fca_robin", "ch_1", "pi_1/../2", "pm_", ""]
        .iter()
        .enumerate()
    {
        let mut bad = request(&format!("k{index}"), NAME, &[ACCOUNT]);
        application(&mut bad).applicants[0].handles = vec![(*handle).to_owned()];
        let status = system.try_decide(bad).await.unwrap_err();
        assert_names_field(&status, "application.applicants[0].handles[0]");
    }
    let mut bad = request("k", NAME, &[ACCOUNT]);
    application(&mut bad).applicants[0].handles = vec!["pm_1".to_owned(); 2];
    assert_refused_cleanly(&system, bad, "application.applicants[0].handles[1]").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bank_data_that_cannot_be_had_so_is_named() {
    let system = system_with(&[robin()]).await;
    let age = |seconds, nanos| Some(prost_types::Duration { seconds, nanos });
    let aged = |balances, ownership, transactions| BankData {
        max_age: Some(MaxAge {
            balances,
            ownership,
            transactions,
        }),
        ..BankData::default()
    };
    let filtered = |categories: &[i32], subcategories: &[i32]| BankData {
        account_filter: Some(AccountFilter {
            categories: categories.to_vec(),
            subcategories: subcategories.to_vec(),
            without_transactions: false,
        }),
        ..BankData::default()
    };
    let connected = |id: &str| BankData {
        stripe_account: id.to_owned(),
        ..BankData::default()
    };
    let year = 365 * 24 * 60 * 60;
    let cases = [
        (aged(age(-1, 0), None, None), "max_age.balances"),
        (aged(None, age(year + 1, 0), None), "max_age.ownership"),
        (aged(None, None, age(0, 1)), "max_age.transactions"),
        (
            filtered(&[AccountCategory::Cash.into(), 77], &[]),
            "account_filter.categories[1]",
        ),
        (
            filtered(&[], &[AccountSubcategory::Unrecognized.into()]),
            "account_filter.subcategories[0]",
        ),
        (connected("fca_robin"), "stripe_account"),
        (connected("acct_1 2"), "stripe_account"),
    ];
    for (index, (bank_data, field)) in cases.into_iter().enumerate() {
        let mut bad = request(&format!("k{index}"), NAME, &[ACCOUNT]);
        application(&mut bad).bank_data = Some(bank_data);
        let status = system.try_decide(bad).await.unwrap_err();
        assert_names_field(&status, &format!("application.bank_data.{field}"));
    }
    assert!(system.recorded().await.is_empty());
    let mut good = request("k", NAME, &[ACCOUNT]);
    application(&mut good).bank_data = Some(aged(age(year, 0), age(year, 0), age(year, 0)));
    let decision = system.decide(good).await;
    assert_eq!(
        decision.outcome(),
        Outcome::Approve,
        "{:?}",
        decision.reasons
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn accounts_and_handles_together_have_one_limit() {
    let system = system_with(&[robin()]).await;
    let mut bad = request("k", NAME, &[ACCOUNT]);
    let handles = (0..50).map(|index| format!("pm_{index}"));
    application(&mut bad).applicants[0].handles = handles.collect();
    assert_refused_cleanly(&system, bad, "application.applicants").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_rule_set_gets_the_nearest_name() {
    let system = system_with(&[robin()]).await;
    let mut bad = request("k", NAME, &[ACCOUNT]);
    bad.rule_set = "personal-laon".to_owned();
    let status = system.try_decide(bad).await.unwrap_err();
    assert_eq!(status.code(), Code::NotFound);
    assert!(status.message().contains("`personal-loan`"), "{status:?}");
    assert!(system.recorded().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_key_is_said_to_be_refused_and_not_shown() {
    let system = start(Setup {
        key: Some("sk_test_invalid_1"),
        ..Setup::default()
    })
    .await;
    let bad = request("k", NAME, &["fca_nobody"]);
    let status = system.try_decide(bad).await.unwrap_err();
    assert_eq!(status.code(), Code::FailedPrecondition, "{status:?}");
    assert!(!format!("{status:?}").contains("sk_test"), "{status:?}");
    assert!(system.recorded().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn stripe_out_of_reach_is_unavailable_with_a_time_to_retry() {
    let system = start(Setup {
        stripe: Some(nobody().await),
        ..Setup::default()
    })
    .await;
    let status = system.try_decide(request("k", NAME, &[ACCOUNT])).await;
    let status = status.unwrap_err();
    assert_eq!(status.code(), Code::Unavailable, "{status:?}");
    let retry = status.get_error_details().retry_info().cloned().unwrap();
    assert!(retry.retry_delay.unwrap() > Duration::ZERO);
    assert!(system.recorded().await.is_empty());
}

/// Decides on one account and gives the principal reasons of the REFER.
async fn referred(account: Linked) -> Vec<String> {
    let system = system_with(&[account]).await;
    let decision = system.decide(request("k", NAME, &[ACCOUNT])).await;
    assert_eq!(decision.outcome(), Outcome::Refer, "{:?}", decision.reasons);
    assert!(decision.offer.is_none());
    assert_eq!(system.recorded().await.len(), 1);
    let reasons = principal(&decision);
    assert!(!reasons.is_empty(), "a REFER without a reason");
    reasons.into_iter().map(str::to_owned).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_account_without_fault_is_approved() {
    let system = system_with(&[robin()]).await;
    let decision = system.decide(request("k", NAME, &[ACCOUNT])).await;
    let reasons = &decision.reasons;
    assert_eq!(decision.outcome(), Outcome::Approve, "{reasons:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_inactive_account_is_referred() {
    let mut account = robin();
    account.status = "inactive".to_owned();
    referred(account).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disconnected_account_is_referred() {
    let mut account = robin();
    account.status = "disconnected".to_owned();
    referred(account).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_permission_is_referred() {
    for missing in ["balances", "ownership", "transactions"] {
        let mut account = robin();
        account
            .permissions
            .retain(|permission| permission != missing);
        referred(account).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_currency_that_no_account_has_is_referred() {
    let system = system_with(&[robin()]).await;
    let mut foreign = request("k", NAME, &[ACCOUNT]);
    let amount = application(&mut foreign).requested_amount.as_mut().unwrap();
    amount.currency = "EUR".to_owned();
    match system.try_decide(foreign).await {
        Ok(decision) => {
            assert_eq!(decision.outcome(), Outcome::Refer);
            assert!(!principal(&decision).is_empty());
        }
        // A rule set of another currency may say so before anything is fetched.
        Err(status) => assert_names_field(&status, "application.requested_amount"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_amount_that_is_no_amount_is_named() {
    let field = "application.requested_amount";
    let text = "application.requested_amount.amount";
    let system = system_with(&[robin()]).await;
    let cases = [
        ("0", field),
        ("0.00", field),
        ("-5.00", field),
        ("99999999999", field),
        ("10.001", text),
        ("1e3", text),
        ("1_000", text),
        ("ten", text),
        ("", text),
    ];
    for (amount, field) in cases {
        let mut bad = request("k", NAME, &[ACCOUNT]);
        application(&mut bad).requested_amount = Some(usd(amount));
        let status = system.try_decide(bad).await.unwrap_err();
        assert_names_field(&status, field);
    }
    let mut bad = request("k", NAME, &[ACCOUNT]);
    application(&mut bad).requested_amount = None;
    assert_refused_cleanly(&system, bad, field).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_term_that_is_no_term_is_named() {
    let system = system_with(&[robin()]).await;
    let mut bad = request("k", NAME, &[ACCOUNT]);
    application(&mut bad).term = Some(Term {
        count: 0,
        unit: TermUnit::Months.into(),
    });
    assert_refused_cleanly(&system, bad, "application.term.count").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_accounts_are_too_many() {
    let system = system_with(&[robin()]).await;
    let ids: Vec<String> = (0..200).map(|index| format!("fca_{index}")).collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let bad = request("k", NAME, &ids);
    assert_refused_cleanly(&system, bad, "application.applicants").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_megabytes_are_too_large_and_the_server_lives_on() {
    let system = system_with(&[robin()]).await;
    let mut bad = request("k", NAME, &[ACCOUNT]);
    application(&mut bad).purpose = "x".repeat(10 * 1024 * 1024);
    let status = system.try_decide(bad).await.unwrap_err();
    assert_eq!(status.code(), Code::OutOfRange, "{status:?}");
    assert!(status.message().contains("too large"), "{status:?}");
    assert!(system.recorded().await.is_empty());
    system.decide(request("k", NAME, &[ACCOUNT])).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn several_wrong_fields_are_all_named() {
    let system = system().await;
    let mut bad = request("k", "", &[]);
    application(&mut bad).requested_amount = Some(usd("0"));
    application(&mut bad).product = String::new();
    let status = system.try_decide(bad).await.unwrap_err();
    for field in [
        "application.requested_amount",
        "application.product",
        "application.applicants[0].identity.name",
        "application.applicants[0].account_ids",
    ] {
        assert_names_field(&status, field);
    }
}

#[test]
fn a_rule_file_with_errors_is_refused_with_every_place() {
    let text = std::str::from_utf8(RULES).unwrap();
    let wrong = text
        .replace("income.monthly_net", "income.monthly_nett")
        .replacen("then = \"decline\"", "then = \"reject\"", 1);
    assert_ne!(text, wrong);
    let diagnostics = Bundle::publish(wrong.as_bytes()).unwrap_err();
    assert!(diagnostics.len() >= 2, "{diagnostics:?}");
    let shown = format!("{diagnostics:?}");
    assert!(shown.contains("income.monthly_net`"), "{shown}");
    assert!(Bundle::publish(b"[rule_set]\nname = ").is_err());
    assert!(Bundle::publish(&[0xff, 0xfe]).is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_loaded_folder_that_is_broken_stops_the_sandbox() {
    let folder = tempfile::tempdir().unwrap();
    linked::write(&[robin()], now(), folder.path());
    std::fs::write(folder.path().join("broken.json"), "{").unwrap();
    let config = underwrite::sandbox::SandboxConfig {
        load: Some(folder.path().to_owned()),
        ..underwrite::sandbox::SandboxConfig::new(today())
    };
    let error = underwrite::sandbox::Sandbox::new(config).err().unwrap();
    assert!(error.to_string().contains("broken.json"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_payment_in_the_past_is_refused_and_one_today_is_not() {
    let system = system_with(&[robin()]).await;
    let on = |key: &str, date: chrono::NaiveDate| {
        let mut request = request(key, NAME, &[ACCOUNT]);
        let value = date.to_string();
        application(&mut request).first_payment_date = Some(underwrite::proto::Date { value });
        request
    };
    let yesterday = today().pred_opt().unwrap();
    assert_refused_cleanly(
        &system,
        on("k", yesterday),
        "application.first_payment_date",
    )
    .await;
    system.decide(on("k2", today())).await;
}
