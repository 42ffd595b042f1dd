//! One key, one decision.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use tonic::Code;
use tonic_types::StatusExt;
use underwrite::id::{ConnectedAccountId, Handle};
use underwrite::snapshot::Fetched;
use underwrite::stripe::{Behind, Source, StripeError, Wanted};

use super::harness::{Setup, application, house_with, now, request, start, today, usd};
use super::linked::{self, Linked};

const NAME: &str = "Dana Fields";
const ACCOUNT: &str = "fca_dana";

fn dana() -> Linked {
    Linked::checking("dana", NAME).with_salary(today(), 180_000)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_request_gives_the_recorded_decision() {
    let house = house_with(&[dana()]).await;
    let first = house.decide(request("k1", NAME, &[ACCOUNT])).await;
    // Neither time nor a stale cache makes it another one.
    house.clock.advance(chrono::Duration::days(3));
    let second = house.decide(request("k1", NAME, &[ACCOUNT])).await;
    assert_eq!(first, second);
    assert_eq!(house.recorded().await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn how_a_request_is_written_does_not_make_it_another() {
    let house = house_with(&[dana()]).await;
    let first = house.decide(request("k1", NAME, &[ACCOUNT])).await;
    let mut same = request("k1", NAME, &[ACCOUNT]);
    application(&mut same)
        .requested_amount
        .as_mut()
        .unwrap()
        .currency = "usd".to_owned();
    let second = house.decide(same).await;
    assert_eq!(first.id, second.id);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_request_under_the_key_is_refused() {
    let house = house_with(&[dana()]).await;
    let first = house.decide(request("k1", NAME, &[ACCOUNT])).await;
    let mut other = request("k1", NAME, &[ACCOUNT]);
    application(&mut other).requested_amount = Some(usd("1000.01"));
    let status = house.try_decide(other).await.unwrap_err();
    assert_eq!(status.code(), Code::AlreadyExists);
    let info = status.get_error_details().error_info().cloned().unwrap();
    assert_eq!(info.reason, "IDEMPOTENCY_KEY_REUSED");
    // What was decided stands.
    let again = house.decide(request("k1", NAME, &[ACCOUNT])).await;
    assert_eq!(first, again);
    assert_eq!(house.recorded().await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_request_under_another_key_is_decided_anew() {
    let house = house_with(&[dana()]).await;
    let first = house.decide(request("k1", NAME, &[ACCOUNT])).await;
    let second = house.decide(request("k2", NAME, &[ACCOUNT])).await;
    assert_ne!(first.id, second.id);
    assert_eq!(first.outcome, second.outcome);
    assert_eq!(house.recorded().await.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn repeats_at_once_record_one_decision() {
    let house = Arc::new(house_with(&[dana()]).await);
    let calls: Vec<_> = (0..8)
        .map(|_| {
            let house = Arc::clone(&house);
            tokio::spawn(async move { house.try_decide(request("k1", NAME, &[ACCOUNT])).await })
        })
        .collect();
    let mut decided = Vec::new();
    for call in calls {
        match call.await.unwrap() {
            Ok(decision) => decided.push(decision.id),
            // Still being decided: come back in a moment.
            Err(status) => assert_eq!(status.code(), Code::Aborted, "{status:?}"),
        }
    }
    decided.dedup();
    assert_eq!(decided.len(), 1);
    assert_eq!(house.recorded().await.len(), 1);
}

/// Fails the first fetch.
struct FailsOnce {
    inner: Arc<dyn Source>,
    failed: AtomicBool,
}

#[async_trait]
impl Source for FailsOnce {
    fn livemode(&self) -> bool {
        self.inner.livemode()
    }

    async fn resolve(
        &self,
        handle: &Handle,
        connected: Option<&ConnectedAccountId>,
    ) -> Result<Behind, StripeError> {
        self.inner.resolve(handle, connected).await
    }

    async fn fetch(&self, wanted: &Wanted) -> Result<Fetched, StripeError> {
        if self.failed.swap(true, Ordering::SeqCst) {
            self.inner.fetch(wanted).await
        } else {
            Err(StripeError::Unreachable("the connection was cut"))
        }
    }
}

fn fails_once(inner: Arc<dyn Source>) -> Arc<dyn Source> {
    let failed = AtomicBool::new(false);
    Arc::new(FailsOnce { inner, failed })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_fetch_does_not_use_the_key_up() {
    let folder = tempfile::tempdir().unwrap();
    linked::write(&[dana()], now(), folder.path());
    let house = start(Setup {
        load: Some(folder.path()),
        wrap: Some(fails_once),
        ..Setup::default()
    })
    .await;
    let first = house.try_decide(request("k1", NAME, &[ACCOUNT])).await;
    assert_eq!(first.unwrap_err().code(), Code::Unavailable);
    assert!(house.recorded().await.is_empty());
    // Another request may take the key: the failed one left nothing behind.
    let mut other = request("k1", NAME, &[ACCOUNT]);
    application(&mut other).requested_amount = Some(usd("500.00"));
    house.decide(other).await;
    assert_eq!(house.recorded().await.len(), 1);
}
