//! The objects behind which the samples' accounts are found, at the sandbox and by the program.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::process::{Command, Output};
use std::time::Duration;

use serde_json::Value;
use tokio_util::sync::CancellationToken;
use tonic_types::StatusExt;
use underwrite::application::AccountFilter;
use underwrite::id::{ConnectedAccountId, Handle, HandleKind};
use underwrite::proto;
use underwrite::sandbox::{SampleHandle, handles};
use underwrite::stripe::{Resolved, StripeClient, StripeConfig, StripeError, choose};

use super::harness::{
    Setup, application, assert_names_field, request, serve_sandbox, start, today,
};
use super::process::PROGRAM;

fn client(sandbox: SocketAddr) -> StripeClient {
    StripeClient::new(StripeConfig {
        base: format!("http://{sandbox}"),
        retry_pause: Duration::from_millis(5),
        // The sandbox is to answer at once, or not at all.
        attempts: 1,
        ..StripeConfig::new("sk_test_handles".into())
    })
    .unwrap()
}

async fn resolved(client: &StripeClient, sample: &SampleHandle) -> Result<Resolved, StripeError> {
    let account = sample.stripe_account.as_deref();
    let account = account.map(|id| ConnectedAccountId::parse(id).unwrap());
    let handle = Handle::parse(&sample.id).unwrap();
    client.resolve(&handle, account.as_ref()).await
}

fn found(behind: &Resolved) -> BTreeSet<String> {
    match behind {
        Resolved::One(account) => [account.to_string()].into(),
        Resolved::Several(accounts) => accounts.iter().map(|it| it.id.to_string()).collect(),
    }
}

#[tokio::test]
async fn every_sample_handle_leads_to_its_accounts_or_says_why_not() {
    let shutdown = CancellationToken::new();
    let client = client(serve_sandbox(None, &shutdown).await);
    let mut kinds = BTreeSet::new();
    let mut refused = BTreeMap::new();
    for sample in handles(today()) {
        match resolved(&client, &sample).await {
            Ok(behind) => {
                kinds.insert(Handle::parse(&sample.id).unwrap().kind());
                let expected: BTreeSet<String> = sample.accounts.iter().cloned().collect();
                assert_eq!(found(&behind), expected, "{}", sample.id);
            }
            Err(error) => {
                assert!(sample.accounts.is_empty(), "{}: {error}", sample.id);
                refused.insert(sample.id.clone(), error.code());
            }
        }
    }
    let all: BTreeSet<_> = HandleKind::ALL.iter().map(|(kind, ..)| *kind).collect();
    assert_eq!(kinds, all, "each kind leads to an account in some sample");
    let expected = [
        ("acct_sample_custom", "no_account_behind_handle"),
        ("acct_sample_standard", "standard_account_not_readable"),
        ("cus_sample_manual", "no_account_behind_handle"),
        ("pi_sample_manual", "account_not_linked"),
        ("pm_sample_manual", "account_not_linked"),
        ("seti_sample_manual", "account_not_linked"),
    ];
    let expected = expected.map(|(id, code)| (id.to_owned(), code));
    assert_eq!(refused, BTreeMap::from(expected));
    shutdown.cancel();
}

/// A request for whoever is behind a handle.
fn asks(key: &str, name: &str, sample: &SampleHandle) -> proto::DecideRequest {
    let mut request = request(key, name, &[]);
    let asked = application(&mut request);
    asked.applicants[0].handles = vec![sample.id.clone()];
    asked.bank_data = Some(proto::BankData {
        stripe_account: sample.stripe_account.clone().unwrap_or_default(),
        ..proto::BankData::default()
    });
    request
}

#[tokio::test(flavor = "multi_thread")]
async fn a_decision_on_a_handle_is_the_one_on_its_accounts_and_can_be_replayed() {
    let data = tempfile::tempdir().unwrap();
    let system = start(Setup {
        data: Some(data.path()),
        ..Setup::default()
    })
    .await;
    let name = "Maria Lopez";
    let salaried = handles(today()).into_iter().filter(|sample| {
        let salaried = sample.accounts == ["fca_sample_salaried_checking"];
        salaried && sample.stripe_account.is_none()
    });
    let plain = request("plain", name, &["fca_sample_salaried_checking"]);
    let plain = system.decide(plain).await;
    let mut count = 0;
    for sample in salaried {
        let decision = system.decide(asks(&sample.id, name, &sample)).await;
        assert_eq!(decision.outcome, plain.outcome, "{}", sample.id);
        assert_eq!(decision.features, plain.features, "{}", sample.id);
        let pins = decision.pins.as_ref().unwrap();
        assert_eq!(pins.snapshots.len(), 1);
        assert_eq!(pins.snapshots[0].account_id, "fca_sample_salaried_checking");
        assert_eq!(pins.snapshots[0].applicant_id, "p1");
        // It is recorded as it was asked, so that a repeat is known.
        let asked = decision.application.as_ref().unwrap();
        assert_eq!(
            asked.applicants[0].handles,
            std::slice::from_ref(&sample.id)
        );
        assert!(asked.applicants[0].account_ids.is_empty());
        let again = system.decide(asks(&sample.id, name, &sample)).await;
        assert_eq!(again, decision);
        count += 1;
    }
    assert!(count >= 3, "{count} handles of hers");
    system.stop().await;
    let (code, replayed) = super::process::command(data.path(), &["replay"]);
    assert_eq!(code, 0);
    assert_eq!(replayed["reproduced"], count + 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_handle_that_leads_to_no_account_is_named_and_says_what_to_do() {
    let system = start(Setup::default()).await;
    let nobody = |id: &str| SampleHandle {
        id: id.to_owned(),
        object: "",
        stripe_account: None,
        accounts: Vec::new(),
        note: "",
    };
    for (id, reason, told) in [
        (
            "pm_sample_manual",
            "ACCOUNT_NOT_LINKED",
            "have the applicant",
        ),
        (
            "acct_sample_standard",
            "STANDARD_ACCOUNT_NOT_READABLE",
            "Standard",
        ),
        (
            "cus_sample_manual",
            "NO_ACCOUNT_BEHIND_HANDLE",
            "have the applicant",
        ),
        ("cus_sample_credit_card", "NO_ACCOUNT_CHOSEN", "categories"),
        ("pi_nobody", "STRIPE_NOT_FOUND", "does not know"),
    ] {
        let request = asks(id, "Maria Lopez", &nobody(id));
        let refused = system.try_decide(request).await.unwrap_err();
        assert_names_field(&refused, "application.applicants[0].handles[0]");
        let details = refused.get_error_details();
        assert_eq!(details.error_info().unwrap().reason, reason);
        assert!(refused.message().contains(told), "{}", refused.message());
    }
    assert!(system.recorded().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_found_in_two_ways_counts_once_for_one_applicant_and_not_for_two() {
    let system = start(Setup::default()).await;
    let mut twice = request("k1", "Maria Lopez", &["fca_sample_salaried_checking"]);
    application(&mut twice).applicants[0].handles = vec!["cus_sample_salaried".to_owned()];
    let decision = system.decide(twice.clone()).await;
    let accounts = &decision.pins.as_ref().unwrap().snapshots;
    let ids: BTreeSet<_> = accounts.iter().map(|pin| &pin.account_id).collect();
    assert_eq!(ids.len(), accounts.len());
    let mut other = application(&mut twice).applicants[0].clone();
    other.id = "p2".to_owned();
    other.role = proto::ApplicantRole::CoApplicant.into();
    other.account_ids.clear();
    application(&mut twice).applicants[0].handles.clear();
    application(&mut twice).applicants.push(other);
    twice.idempotency_key = "k2".to_owned();
    let refused = system.try_decide(twice).await.unwrap_err();
    assert_names_field(&refused, "application.applicants[1].handles[0]");
}

#[tokio::test]
async fn what_lives_on_a_connected_account_is_not_found_without_its_name() {
    let shutdown = CancellationToken::new();
    let client = client(serve_sandbox(None, &shutdown).await);
    let mut count = 0;
    for mut sample in handles(today()) {
        if sample.stripe_account.take().is_some() {
            let error = resolved(&client, &sample).await.unwrap_err();
            assert_eq!(error.code(), "stripe_not_found", "{}", sample.id);
            count += 1;
        }
    }
    assert!(count > 0);
    let handle = Handle::parse("cus_sample_joint").unwrap();
    let nobody = ConnectedAccountId::parse("acct_nobody").unwrap();
    let error = client.resolve(&handle, Some(&nobody)).await.unwrap_err();
    assert_eq!(error.code(), "stripe_account_unknown");
    shutdown.cancel();
}

#[tokio::test]
async fn of_a_customers_accounts_the_rule_takes_those_that_show_cash() {
    let shutdown = CancellationToken::new();
    let client = client(serve_sandbox(None, &shutdown).await);
    let mut codes = BTreeSet::new();
    for sample in handles(today()) {
        let Ok(Resolved::Several(accounts)) = resolved(&client, &sample).await else {
            continue;
        };
        match choose(&accounts, &AccountFilter::default()) {
            Ok(choice) => assert!(!choice.taken.is_empty(), "{}", sample.id),
            Err(error) => {
                codes.insert((sample.id.clone(), error.code()));
            }
        }
    }
    let none = |id: &str| (id.to_owned(), "no_account_chosen");
    let expected = [
        "cus_sample_credit_card",
        "cus_sample_disconnected",
        "cus_sample_no_transactions",
        "fcsess_sample_credit_card",
        "fcsess_sample_disconnected",
        "fcsess_sample_no_transactions",
    ];
    assert_eq!(codes, expected.map(none).into());
    shutdown.cancel();
}

/// Runs the program against a sandbox: its exit code, and what it said.
async fn run(sandbox: SocketAddr, words: &[&str]) -> (i32, String) {
    let mut command = Command::new(PROGRAM);
    command
        .args(words)
        .args(["--stripe-api-base", &format!("http://{sandbox}")])
        .env_clear()
        .env("STRIPE_API_KEY", "sk_test_handles");
    let output = tokio::task::spawn_blocking(move || command.output());
    let Output {
        status,
        stdout,
        stderr,
    } = output.await.unwrap().unwrap();
    let said = [stdout, stderr].concat();
    (status.code().unwrap(), String::from_utf8(said).unwrap())
}

async fn json(sandbox: SocketAddr, words: &[&str]) -> Value {
    let words = [&["--json"], words].concat();
    let (code, said) = run(sandbox, &words).await;
    assert_eq!(code, 0, "{words:?}: {said}");
    serde_json::from_str(&said).unwrap()
}

#[tokio::test]
async fn an_operator_looks_at_accounts_and_works_on_them() {
    let shutdown = CancellationToken::new();
    let sandbox = serve_sandbox(None, &shutdown).await;
    let id = "fca_sample_salaried_checking";
    let list = json(sandbox, &["accounts", "list", "cus_sample_salaried"]).await;
    assert_eq!(list["accounts"][0]["id"], id);
    assert_eq!(list["accounts"][0]["taken"], "yes");
    assert_eq!(list["accounts"][0]["holder"], "cus_sample_salaried");
    let (_, text) = run(sandbox, &["accounts", "list", "in_sample_salaried"]).await;
    assert!(
        text.contains(id) && text.contains("cash/checking"),
        "{text}"
    );

    let (_, plain) = run(sandbox, &["accounts", "show", id]).await;
    assert!(
        plain.contains("current") && plain.contains("succeeded"),
        "{plain}"
    );
    assert!(!plain.to_lowercase().contains("maria"), "{plain}");
    let all = json(
        sandbox,
        &["accounts", "show", id, "--owners", "--transactions"],
    )
    .await;
    assert_eq!(
        all["owners"][0]["name"].as_str().map(str::is_empty),
        Some(false)
    );
    assert!(all["transactions"].as_array().unwrap().len() > 10);

    let refreshed = json(
        sandbox,
        &["accounts", "refresh", id, "--features", "balance"],
    )
    .await;
    assert!(refreshed["refreshes"]["balance"].is_object());
    let subscribed = json(sandbox, &["accounts", "subscribe", id]).await;
    assert_eq!(subscribed["subscriptions"][0], "transactions");
    let ended = json(sandbox, &["accounts", "unsubscribe", id]).await;
    assert_eq!(ended["subscriptions"].as_array().map(Vec::len), Some(0));
    let (code, _) = run(sandbox, &["accounts", "disconnect", id]).await;
    assert_eq!(code, 2);
    assert_eq!(
        json(sandbox, &["accounts", "show", id]).await["status"],
        "active"
    );
    let gone = json(sandbox, &["accounts", "disconnect", id, "--yes"]).await;
    assert_eq!(gone["status"], "disconnected");
    shutdown.cancel();
}

#[tokio::test]
async fn an_operator_makes_a_session_whose_secret_is_shown_once() {
    let shutdown = CancellationToken::new();
    let sandbox = serve_sandbox(None, &shutdown).await;
    let line = "sessions create cus_sample_joint --prefetch balances --country us \
                --subcategories checking,savings --return-url https://example.com/back";
    let words: Vec<&str> = line.split_whitespace().collect();
    let made = json(sandbox, &words).await;
    let secret = made["client_secret"].as_str().unwrap();
    assert_eq!(made["holder"], "cus_sample_joint");
    let id = made["id"].as_str().unwrap();
    for words in [
        &["sessions", "show", id][..],
        &["--json", "sessions", "show", id],
    ] {
        let (code, shown) = run(sandbox, words).await;
        assert_eq!(code, 0, "{shown}");
        assert!(!shown.contains(secret), "{shown}");
    }
    let nothing_yet = json(sandbox, &["sessions", "show", id]).await;
    assert_eq!(nothing_yet["accounts"].as_array().map(Vec::len), Some(0));
    let linked = json(sandbox, &["sessions", "show", "fcsess_sample_joint"]).await;
    assert!(!linked["accounts"].as_array().unwrap().is_empty());
    shutdown.cancel();
}

#[tokio::test]
async fn a_connected_account_is_named_with_its_flag_and_a_refusal_says_what_to_do() {
    let shutdown = CancellationToken::new();
    let sandbox = serve_sandbox(None, &shutdown).await;
    let words = ["accounts", "list", "cus_sample_custom"];
    let (code, said) = run(sandbox, &words).await;
    assert_eq!(code, 1, "{said}");
    assert!(said.contains("does not know the object"), "{said}");
    let named = [&words[..], &["--stripe-account", "acct_sample_custom"]].concat();
    let list = json(sandbox, &named).await;
    assert_eq!(list["accounts"][0]["id"], "fca_sample_custom_checking");
    let (code, said) = run(sandbox, &["accounts", "list", "pi_sample_manual"]).await;
    assert_eq!(code, 1);
    assert!(said.contains("typed in by hand"), "{said}");
    shutdown.cancel();
}
