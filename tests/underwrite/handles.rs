//! The objects behind which the samples' accounts are found, at the sandbox and by the program.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::process::{Command, Output};
use std::time::Duration;

use serde_json::Value;
use tokio_util::sync::CancellationToken;
use underwrite::application::AccountFilter;
use underwrite::id::{ConnectedAccountId, Handle, HandleKind};
use underwrite::sandbox::{SampleHandle, handles};
use underwrite::stripe::{Behind, StripeClient, StripeConfig, StripeError, choose};

use super::harness::{serve_sandbox, today};
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

async fn resolved(client: &StripeClient, sample: &SampleHandle) -> Result<Behind, StripeError> {
    let account = sample.stripe_account.as_deref();
    let account = account.map(|id| ConnectedAccountId::parse(id).unwrap());
    let handle = Handle::parse(&sample.id).unwrap();
    client.resolve(&handle, account.as_ref()).await
}

fn found(behind: &Behind) -> BTreeSet<String> {
    match behind {
        Behind::One(account) => [account.to_string()].into(),
        Behind::Several(accounts) => accounts.iter().map(|it| it.id.to_string()).collect(),
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
        let Ok(Behind::Several(accounts)) = resolved(&client, &sample).await else {
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
