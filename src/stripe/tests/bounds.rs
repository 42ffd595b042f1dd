//! The limits, below, at and above.

use serde_json::{Value, json};

use super::server::{Bank, Reply, Server, transaction};
use super::*;
use crate::limits;
use crate::snapshot::QualityFlag;

/// An account in a body of exactly so many bytes.
fn padded(bytes: usize) -> Reply {
    let bank = Bank::new(0)
        .with("permissions", json!([]))
        .with("padding", json!(""));
    let mut account = bank.account;
    let bare = account.to_string().len();
    account["padding"] = json!("x".repeat(bytes - bare));
    let reply = Reply::json(200, &account);
    assert_eq!(reply.body.len(), bytes);
    reply
}

#[tokio::test]
async fn a_body_is_limited_below_at_and_above() {
    let max = limits::STRIPE_RESPONSE_BYTES_MAX;
    for (bytes, fits) in [(max - 1, true), (max, true), (max + 1, false)] {
        let server = Server::start(move |_, _| padded(bytes)).await;
        match fetch(&server).await {
            Ok(_) => assert!(fits, "{bytes}"),
            Err(error) => {
                assert!(!fits, "{bytes}: {error}");
                assert!(error.to_string().contains("larger than 8388608 bytes"));
                assert_eq!(error.request_id(), Some("req_7"));
            }
        }
    }
}

fn list(rows: std::ops::Range<i64>, has_more: bool) -> Reply {
    let rows: Vec<Value> = rows.map(transaction).collect();
    Reply::json(
        200,
        &json!({"object": "list", "data": rows, "has_more": has_more}),
    )
}

/// A history of `rows` rows that Stripe gives in pages of `size`, whatever was asked for.
async fn history(rows: i64, size: i64) -> Server {
    let bank = std::sync::Mutex::new(Bank::new(0));
    Server::start(move |call, _| {
        if !call.is_list("/transactions") {
            return bank.lock().unwrap().answer(call);
        }
        let start = match call.query("starting_after") {
            None => 0,
            Some(id) => id.strip_prefix("fctxn_").unwrap().parse::<i64>().unwrap() + 1,
        };
        let end = rows.min(start + size);
        list(start..end, end < rows)
    })
    .await
}

#[tokio::test]
async fn transactions_are_limited_below_at_and_above() {
    let max = i64::try_from(limits::TRANSACTIONS_MAX).unwrap();
    for (rows, cut) in [(max - 1, false), (max, false), (max + 1, true)] {
        // Pages larger than was asked for, so that the test is quick.
        let fetched = fetch(&history(rows, 10_000).await).await.unwrap();
        assert_eq!(
            fetched.flags.contains(&QualityFlag::HistoryCut),
            cut,
            "{rows}"
        );
        let kept = fetched.transactions.known().unwrap().len();
        assert_eq!(kept, usize::try_from(rows.min(max)).unwrap());
    }
}

#[tokio::test]
async fn pages_are_limited_at_and_above() {
    let max = i64::try_from(limits::STRIPE_PAGES_MAX).unwrap();
    let fetched = fetch(&history(max, 1).await).await.unwrap();
    assert_eq!(
        fetched.transactions.known().unwrap().len(),
        limits::STRIPE_PAGES_MAX
    );
    let error = fetch(&history(max + 1, 1).await).await.unwrap_err();
    assert!(
        error.to_string().contains("more than 1000 pages"),
        "{error}"
    );
}
