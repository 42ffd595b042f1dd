use std::time::Duration;

use super::{Reply, Running, start, start_with};
use crate::limits;
use crate::sandbox::{Sandbox, SandboxConfig};

const CHECKING: &str = "/accounts/fca_sample_salaried_checking";
const NEW: &str = "/accounts/fca_sample_short_history_checking";

/// Asks until nothing is pending any more.
async fn settled(server: &Running, path: &str) -> Reply {
    for _ in 0..1_000 {
        let reply = server.get(path).await;
        if !reply.body.to_string().contains("\"status\":\"pending\"") {
            return reply;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("never settled");
}

#[tokio::test]
async fn a_refresh_is_pending_and_then_succeeds() {
    let server = start_with(None, Duration::from_millis(300)).await;
    let before = server.get(CHECKING).await.body;
    let form = "features[0]=balance&features[1]=transactions";
    let started = server
        .post(&format!("{CHECKING}/refresh"), form, None)
        .await
        .body;
    for refresh in ["balance_refresh", "transaction_refresh"] {
        assert_eq!(started[refresh]["status"], "pending");
        assert!(started[refresh]["next_refresh_available_at"].is_null());
    }
    assert_eq!(started["ownership_refresh"], before["ownership_refresh"]);
    assert_eq!(
        started["transaction_refresh"]["id"],
        before["transaction_refresh"]["id"]
    );

    let after = settled(&server, CHECKING).await.body;
    for refresh in ["balance_refresh", "transaction_refresh"] {
        assert_eq!(after[refresh]["status"], "succeeded");
        assert!(after[refresh]["next_refresh_available_at"].is_i64());
        let attempted = |body: &serde_json::Value| body[refresh]["last_attempted_at"].as_i64();
        assert!(attempted(&after) > attempted(&before));
    }
    assert_eq!(
        after["transaction_refresh"]["id"],
        "fctxnref_sample_salaried_checking_3"
    );
    assert!(after["balance"]["as_of"].as_i64() > before["balance"]["as_of"].as_i64());
    assert_eq!(after["balance"]["current"], before["balance"]["current"]);
    server.stop().await;
}

#[tokio::test]
async fn a_second_refresh_is_not_started_while_one_is_pending() {
    let server = start_with(None, Duration::from_secs(3_600)).await;
    let refresh = format!("{CHECKING}/refresh");
    let first = server.post(&refresh, "features[]=balance", None).await;
    let second = server.post(&refresh, "features[]=balance", None).await;
    assert_eq!((second.status, &second.body), (200, &first.body));
    server.stop().await;
}

#[tokio::test]
async fn two_refreshes_in_a_row_can_be_told_apart() {
    let server = start().await;
    let refresh = format!("{CHECKING}/refresh");
    let mut ids = Vec::new();
    for _ in 0..2 {
        let started = server.post(&refresh, "features[]=transactions", None).await;
        assert_eq!(started.body["transaction_refresh"]["status"], "pending");
        let done = settled(&server, CHECKING).await.body;
        ids.push(done["transaction_refresh"].clone());
    }
    assert_ne!(ids[0]["id"], ids[1]["id"]);
    assert_ne!(ids[0]["last_attempted_at"], ids[1]["last_attempted_at"]);
    server.stop().await;
}

#[tokio::test]
async fn a_slow_bank_answers_later_than_the_others() {
    let server = start().await;
    let slow = "/accounts/fca_sample_slow_refresh_checking";
    let form = "features[]=balance&features[]=transactions";
    let began = crate::clock::Stopwatch::start();
    for path in [slow, NEW] {
        server.post(&format!("{path}/refresh"), form, None).await;
    }
    let other = server.get(NEW).await.body;
    assert_eq!(other["transaction_refresh"]["status"], "succeeded");
    let account = server.get(slow).await.body;
    assert_eq!(account["transaction_refresh"]["status"], "pending");
    assert!(account["balance"].is_null());
    let account = settled(&server, slow).await.body;
    assert!(began.elapsed() >= Duration::from_millis(2_500));
    assert_eq!(account["transaction_refresh"]["status"], "succeeded");
    assert!(account["balance"]["current"]["usd"].is_i64());
    server.stop().await;
}

#[tokio::test]
async fn what_was_never_refreshed_is_not_shown() {
    let server = start().await;
    let account = server.get(NEW).await.body;
    assert!(account["transaction_refresh"].is_null());
    assert!(account["ownership"].is_null() && account["ownership_refresh"].is_null());
    assert!(account["balance"].is_object());
    let list = "/transactions?account=fca_sample_short_history_checking&limit=1";
    let refused = server.get(list).await;
    assert_eq!(refused.status, 400);
    assert_eq!(
        refused.code(),
        "financial_connections_no_successful_transaction_refresh"
    );
    let form = "features[]=transactions&features[]=ownership";
    assert_eq!(
        server
            .post(&format!("{NEW}/refresh"), form, None)
            .await
            .status,
        200
    );
    let account = settled(&server, NEW).await.body;
    assert!(account["ownership"].is_string());
    let row = server.get(list).await.body["data"][0].clone();
    assert_eq!(
        row["transaction_refresh"],
        account["transaction_refresh"]["id"]
    );
    server.stop().await;
}

#[tokio::test]
async fn an_idempotency_key_gets_its_first_answer_again() {
    let server = start_with(None, Duration::ZERO).await;
    let refresh = format!("{CHECKING}/refresh");
    let first = server
        .post(&refresh, "features[]=balance", Some("key-1"))
        .await;
    assert_eq!(first.header("idempotent-replayed"), "");
    settled(&server, CHECKING).await;
    let again = server
        .post(&refresh, "features[]=balance", Some("key-1"))
        .await;
    assert_eq!(again.body, first.body);
    assert_eq!(again.header("idempotent-replayed"), "true");
    assert_eq!(again.header("original-request"), first.header("request-id"));
    assert_ne!(again.header("request-id"), first.header("request-id"));

    let other = server
        .post(&refresh, "features[]=ownership", Some("key-1"))
        .await;
    assert_eq!(other.status, 400);
    assert_eq!(other.body["error"]["type"], "idempotency_error");
    let new = server
        .post(&refresh, "features[]=balance", Some("key-2"))
        .await;
    assert_ne!(new.body, first.body);

    // What was refused before it was begun does not use the key up.
    let wrong = server
        .post(&refresh, "features[]=income", Some("key-3"))
        .await;
    assert_eq!(wrong.status, 400);
    let right = server
        .post(&refresh, "features[]=balance", Some("key-3"))
        .await;
    assert_eq!(right.status, 200);
    // What was refused later does.
    let missing = "/accounts/fca_nobody/refresh";
    for replayed in ["", "true"] {
        let reply = server
            .post(missing, "features[]=balance", Some("key-4"))
            .await;
        assert_eq!((reply.status, reply.code()), (404, "resource_missing"));
        assert_eq!(reply.header("idempotent-replayed"), replayed);
    }
    server.stop().await;
}

#[tokio::test]
async fn idempotency_keys_are_limited_in_length_and_number() {
    let server = start().await;
    let refresh = format!("{CHECKING}/refresh");
    let max = limits::SANDBOX_IDEMPOTENCY_KEY_CHARS_MAX;
    for (length, status) in [(max - 1, 200), (max, 200), (max + 1, 400)] {
        let key = "k".repeat(length);
        let reply = server
            .post(&refresh, "features[]=balance", Some(&key))
            .await;
        assert_eq!(reply.status, status, "{length}");
    }
    server.stop().await;
}

#[test]
fn the_oldest_answer_is_forgotten_first() {
    let stock = crate::sandbox::stock::Stock::default();
    let mut state = crate::sandbox::state::State::new(stock, 0, Duration::ZERO);
    let max = limits::SANDBOX_IDEMPOTENCY_KEYS_MAX;
    let save = |state: &mut crate::sandbox::state::State, number: usize| {
        let key = number.to_string();
        state.save(
            &key,
            "request".to_owned(),
            "req_1",
            Ok(serde_json::Value::Null),
        );
    };
    for number in 0..max {
        save(&mut state, number);
    }
    assert!(state.saved("0", "request").unwrap().is_some());
    save(&mut state, max);
    assert!(state.saved("0", "request").unwrap().is_none());
    assert!(state.saved("1", "request").unwrap().is_some());
}

#[test]
fn the_day_of_the_sandbox_is_limited_below_at_and_above() {
    let at = |year, month, day| {
        let today = chrono::NaiveDate::from_ymd_opt(year, month, day).unwrap();
        Sandbox::new(SandboxConfig::new(today)).is_ok()
    };
    assert!(!at(limits::SANDBOX_YEAR_MIN - 1, 12, 31));
    assert!(at(limits::SANDBOX_YEAR_MIN, 1, 1));
    assert!(at(limits::SANDBOX_YEAR_MAX, 12, 31));
    assert!(!at(limits::SANDBOX_YEAR_MAX + 1, 1, 1));
}
