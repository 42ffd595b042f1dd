//! One key, one decision.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use prost::Message;
use tonic::Code;
use tonic_types::StatusExt;
use underwrite::id::{ConnectedAccountId, Handle};
use underwrite::snapshot::Fetched;
use underwrite::stripe::{FetchRequest, Resolved, Source, StripeError};

use super::harness::{Setup, application, now, request, start, system_with, today, usd};
use super::linked::{self, Linked};

const NAME: &str = "Dana Fields";
const ACCOUNT: &str = "fca_dana";

fn dana() -> Linked {
    Linked::checking("dana", NAME).with_salary(today(), 180_000)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_request_gives_the_recorded_decision() {
    let system = system_with(&[dana()]).await;
    let first = system.decide(request("k1", NAME, &[ACCOUNT])).await;
    // Neither time nor a stale cache makes it another one.
    system.clock.advance(chrono::Duration::days(3));
    let second = system.decide(request("k1", NAME, &[ACCOUNT])).await;
    assert_eq!(first, second);
    assert_eq!(system.recorded().await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn how_a_request_is_written_does_not_make_it_another() {
    let system = system_with(&[dana()]).await;
    let first = system.decide(request("k1", NAME, &[ACCOUNT])).await;
    let mut same = request("k1", NAME, &[ACCOUNT]);
    application(&mut same)
        .requested_amount
        .as_mut()
        .unwrap()
        .currency = "usd".to_owned();
    let second = system.decide(same).await;
    assert_eq!(first.id, second.id);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_request_under_the_key_is_refused() {
    let system = system_with(&[dana()]).await;
    let first = system.decide(request("k1", NAME, &[ACCOUNT])).await;
    let mut other = request("k1", NAME, &[ACCOUNT]);
    application(&mut other).requested_amount = Some(usd("1000.01"));
    let status = system.try_decide(other).await.unwrap_err();
    assert_eq!(status.code(), Code::AlreadyExists);
    let info = status.get_error_details().error_info().cloned().unwrap();
    assert_eq!(info.reason, "IDEMPOTENCY_KEY_REUSED");
    // What was decided stands.
    let again = system.decide(request("k1", NAME, &[ACCOUNT])).await;
    assert_eq!(first, again);
    assert_eq!(system.recorded().await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_request_under_another_key_is_decided_anew() {
    let system = system_with(&[dana()]).await;
    let first = system.decide(request("k1", NAME, &[ACCOUNT])).await;
    let second = system.decide(request("k2", NAME, &[ACCOUNT])).await;
    assert_ne!(first.id, second.id);
    assert_eq!(first.outcome, second.outcome);
    assert_eq!(system.recorded().await.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn repeats_at_once_record_one_decision() {
    let system = Arc::new(system_with(&[dana()]).await);
    let calls: Vec<_> = (0..64)
        .map(|_| {
            let system = Arc::clone(&system);
            tokio::spawn(async move { system.try_decide(request("k1", NAME, &[ACCOUNT])).await })
        })
        .collect();
    let mut decided = Vec::new();
    for call in calls {
        decided.push(call.await.unwrap().unwrap().encode_to_vec());
    }
    decided.dedup();
    assert_eq!(decided.len(), 1, "every repeat gets the same bytes");
    assert_eq!(system.recorded().await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn repeats_of_a_decided_key_at_once_are_all_answered() {
    let system = Arc::new(system_with(&[dana()]).await);
    let first = system.decide(request("k1", NAME, &[ACCOUNT])).await;
    for _ in 0..50 {
        let repeat = || system.try_decide(request("k1", NAME, &[ACCOUNT]));
        let (left, right) = tokio::join!(repeat(), repeat());
        assert_eq!(left.unwrap(), first);
        assert_eq!(right.unwrap(), first);
    }
    assert_eq!(system.recorded().await.len(), 1);
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
    ) -> Result<Resolved, StripeError> {
        self.inner.resolve(handle, connected).await
    }

    async fn fetch(&self, wanted: &FetchRequest) -> Result<Fetched, StripeError> {
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
    let system = start(Setup {
        load: Some(folder.path()),
        wrap: Some(fails_once),
        ..Setup::default()
    })
    .await;
    let first = system.try_decide(request("k1", NAME, &[ACCOUNT])).await;
    assert_eq!(first.unwrap_err().code(), Code::Unavailable);
    assert!(system.recorded().await.is_empty());
    // Another request may take the key: the failed one left nothing behind.
    let mut other = request("k1", NAME, &[ACCOUNT]);
    application(&mut other).requested_amount = Some(usd("500.00"));
    system.decide(other).await;
    assert_eq!(system.recorded().await.len(), 1);
}
