//! The sandbox driven by Stripe's own libraries for Python and Node: whoever wrote them never
//! heard of it, so what they understand is what Stripe would have said.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use chrono::NaiveDate;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use underwrite::sandbox::{LinkedAccount, Sandbox, SandboxConfig, applicants, handles};

use super::tools;

const HEALTHY: &str = "fca_sample_salaried_checking";
const JOINT: &str = "fca_sample_joint_checking";
const SLOW: &str = "fca_sample_slow_refresh_checking";
const DISCONNECTED: &str = "fca_sample_disconnected_checking";
/// Held by a connected account, so no applicant's.
const HELD: &str = "fca_sample_express_checking";
const UNPERMITTED: &str = "fca_sample_no_transactions_checking";

fn today() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 8, 22).unwrap()
}

fn linked() -> Vec<LinkedAccount> {
    let samples = applicants(today()).into_iter();
    samples.flat_map(|sample| sample.accounts).collect()
}

fn account(id: &str) -> LinkedAccount {
    let mut all = linked().into_iter();
    all.find(|linked| linked.account.id == id).unwrap()
}

fn balance(linked: &LinkedAccount) -> i64 {
    linked.account.balance.as_ref().unwrap().current["usd"]
}

/// Starts a sandbox, runs the program with its address, and returns what the program saw.
async fn seen_by(program: &Path, first: &[&str]) -> Value {
    let sandbox = Sandbox::new(SandboxConfig {
        refresh_delay: Duration::from_millis(100),
        ..SandboxConfig::new(today())
    })
    .unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let stop = CancellationToken::new();
    let serving = tokio::spawn(sandbox.serve(listener, stop.clone().cancelled_owned()));
    let handles: Vec<Value> = handles(today())
        .into_iter()
        .map(|it| json!({ "id": it.id, "object": it.object, "stripe_account": it.stripe_account }))
        .collect();
    let handles = Value::from(handles).to_string();
    let accounts = [HEALTHY, JOINT, SLOW, DISCONNECTED, UNPERMITTED];
    let arguments = [first, &[base.as_str()], &accounts].concat();
    let printed = tools::run(program, &arguments, &handles).await;
    stop.cancel();
    serving.await.unwrap().unwrap();
    serde_json::from_str(&printed).unwrap()
}

#[track_caller]
fn check(seen: &Value) {
    let ids = |value: &Value| -> Vec<String> { serde_json::from_value(value.clone()).unwrap() };
    let accounts = ids(&seen["accounts"]);
    let linked = linked().into_iter().map(|it| it.account.id);
    let expected: BTreeSet<String> = linked.chain([HELD.to_owned()]).collect();
    assert_eq!(accounts.len(), expected.len());
    assert_eq!(BTreeSet::from_iter(accounts), expected);

    let healthy = account(HEALTHY);
    let rows = &healthy.transactions;
    let listed = ids(&seen["transactions"]["ids"]);
    assert_eq!(listed.len(), rows.len());
    let expected: BTreeSet<String> = rows.iter().map(|row| row.id.clone()).collect();
    assert_eq!(BTreeSet::from_iter(listed), expected);
    let sum: i64 = rows.iter().map(|row| row.amount).sum();
    assert_eq!(seen["transactions"]["sum"], sum);
    let owners: Vec<String> = account(JOINT).owners.into_iter().map(|o| o.name).collect();
    assert_eq!(seen["owners"], json!(owners));

    for (key, account, slow) in [
        ("refresh", healthy, false),
        ("slow_refresh", account(SLOW), true),
    ] {
        let refresh = &seen[key];
        assert_eq!(
            (&refresh["before"], &refresh["after"]),
            (&json!("pending"), &json!("succeeded"))
        );
        assert_eq!(refresh["balance"], balance(&account));
        assert_eq!(refresh["seconds"].as_i64().unwrap() >= 2, slow, "{key}");
    }
    assert_eq!(
        seen["disconnected"],
        json!({ "status": "disconnected", "balance": null })
    );
    check_refusals(&seen["refused"]);
    check_handles(&seen["handles"]);
    let expected = json!({
        "session": [["balances", "transactions"], 0],
        "subscribed": [["transactions"], "pending"],
        "refreshed": "succeeded",
        "unsubscribed": [],
        "disconnected": ["disconnected", null],
    });
    assert_eq!(seen["changes"], expected);
}

/// Every handle led to the accounts that are behind it.
#[track_caller]
fn check_handles(seen: &Value) {
    let resolved = seen.as_array().unwrap();
    let handles = handles(today());
    assert_eq!(resolved.len(), handles.len());
    for (seen, handle) in resolved.iter().zip(handles) {
        let mut accounts: Vec<String> = serde_json::from_value(seen["accounts"].clone()).unwrap();
        let mut expected = handle.accounts;
        accounts.sort();
        expected.sort();
        assert_eq!(seen["id"], handle.id);
        assert_eq!(seen["on"], json!(handle.stripe_account));
        assert_eq!(accounts, expected, "{}", handle.id);
    }
}

#[track_caller]
fn check_refusals(seen: &Value) {
    let refusal = |status: u16, code: Option<&str>, param: Option<&str>| json!({ "status": status, "code": code, "param": param });
    let inactive = "financial_connections_account_inactive";
    let expected = json!({
        "no_access": refusal(403, Some("account_invalid"), None),
        "too_deep": refusal(400, Some("property_expansion_max_depth"), Some("expand")),
        "no_expansion": refusal(400, None, Some("expand")),
        "no_permissions": refusal(400, Some("parameter_missing"), Some("permissions")),
        "unsubscribable": refusal(400, None, Some("features[0]")),
        "unknown_parameter": refusal(400, Some("parameter_unknown"), Some("flavor")),
        "unknown_feature": refusal(400, None, Some("features[0]")),
        "limit": refusal(400, Some("parameter_invalid_integer"), Some("limit")),
        "wrong_key": refusal(401, None, None),
        "no_account": refusal(404, Some("resource_missing"), Some("account")),
        "no_transaction": refusal(404, Some("resource_missing"), Some("transaction")),
        "disconnected": refusal(400, Some(inactive), None),
        "unpermitted": refusal(400, None, None),
    });
    assert_eq!(seen, &expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_python_library_is_served_as_by_stripe() {
    let Some(python) = tools::python() else {
        return;
    };
    check(&seen_by(&python, &["tests/python/stripe_sdk.py"]).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_node_library_is_served_as_by_stripe() {
    let Some(modules) = tools::node() else {
        return;
    };
    let modules = modules.to_str().unwrap();
    let script = "tests/node/stripe_sdk.mjs";
    check(&seen_by(Path::new("node"), &[script, modules]).await);
}
