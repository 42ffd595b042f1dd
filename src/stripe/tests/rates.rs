//! The rates, as the other side sees them; and what a refusal for the rate does.

use std::sync::{Arc, Mutex};

use super::server::{Bank, Call, Reply, Server};
use super::*;
use crate::clock::Stopwatch;
use crate::id::ConnectedAccountId;

/// When a call arrived, where, and in whose name.
type Arrivals = Arc<Mutex<Vec<(Duration, String, String)>>>;

/// A bank that notes when it is called, and takes its time to answer.
async fn noting(
    answer: impl Fn(&Call, usize) -> Option<Reply> + Send + Sync + 'static,
) -> (Server, Arrivals) {
    let arrivals: Arrivals = Arc::default();
    let (noted, since) = (Arc::clone(&arrivals), Stopwatch::start());
    let bank = Mutex::new(Bank::new(1));
    let server = Server::start(move |call, before| {
        let whose = call.header("stripe-account").to_owned();
        let arrival = (since.elapsed(), call.path.clone(), whose);
        noted.lock().unwrap().push(arrival);
        answer(call, before).unwrap_or_else(|| bank.lock().unwrap().answer(call))
    })
    .await;
    (server, arrivals)
}

/// The most arrivals within one second that begins with any of them.
fn most<'a>(times: impl Iterator<Item = &'a Duration>) -> usize {
    let times: Vec<&Duration> = times.collect();
    let within = |from: &Duration| {
        let second = *from..*from + Duration::from_secs(1);
        times
            .iter()
            .filter(|time| second.contains::<Duration>(time))
            .count()
    };
    times.iter().map(|time| within(time)).max().unwrap_or(0)
}

fn rated(server: &Server, rate: u32, endpoint_rate: u32) -> StripeClient {
    StripeClient::new(StripeConfig {
        rate: Some(rate),
        endpoint_rate,
        ..config(server.base())
    })
    .unwrap()
}

/// So many fetches at once.
async fn many(client: StripeClient, count: usize) -> Arc<StripeClient> {
    let client = Arc::new(client);
    let mut fetches = tokio::task::JoinSet::new();
    for _ in 0..count {
        let client = Arc::clone(&client);
        fetches.spawn(async move { client.fetch(&wanted(at(NOW))).await });
    }
    for result in fetches.join_all().await {
        result.unwrap();
    }
    client
}

#[tokio::test]
async fn no_second_sees_more_calls_than_are_allowed() {
    let (server, arrivals) = noting(|_, _| None).await;
    // Each fetch is two calls to two endpoints.
    let client = rated(&server, 12, 8);
    many(client, 15).await;
    let arrivals = arrivals.lock().unwrap();
    assert_eq!(arrivals.len(), 30);
    let all = most(arrivals.iter().map(|(at, _, _)| at));
    assert!(all <= 12, "{all}");
    for path in ["/accounts/fca_1", "/transactions"] {
        let here = arrivals.iter().filter(|(_, to, _)| to.ends_with(path));
        let here = most(here.map(|(at, _, _)| at));
        assert!(here <= 8, "{path}: {here}");
    }
}

#[tokio::test]
async fn each_connected_account_has_rates_of_its_own() {
    let (server, arrivals) = noting(|_, _| None).await;
    let client = rated(&server, 2, 1);
    let watch = Stopwatch::start();
    for whose in [None, Some("acct_1"), Some("acct_2")] {
        let mut wanted = wanted(at(NOW));
        wanted.connected = whose.map(|id| ConnectedAccountId::parse(id).unwrap());
        client.fetch(&wanted).await.unwrap();
    }
    let apart = watch.elapsed();
    assert_eq!(arrivals.lock().unwrap().len(), 6);
    // In one name it takes a second more.
    client.fetch(&wanted(at(NOW))).await.unwrap();
    let arrivals = arrivals.lock().unwrap();
    let again = arrivals[6].0 - arrivals[0].0;
    assert!(again >= Duration::from_secs(1), "{again:?} after {apart:?}");
    // With one rate for all of them it would take two seconds more.
    assert!(apart < Duration::from_secs(2), "{apart:?}");
}

#[tokio::test]
async fn a_call_that_finds_no_room_in_its_time_is_a_timeout() {
    let (server, _) = noting(|_, _| None).await;
    let client = StripeClient::new(StripeConfig {
        endpoint_rate: 1,
        fetch_deadline: Duration::from_millis(300),
        ..config(server.base())
    })
    .unwrap();
    let mut brief = wanted(at(NOW));
    brief.settle_within = Duration::ZERO;
    client.fetch(&brief).await.unwrap();
    let watch = Stopwatch::start();
    let error = client.fetch(&brief).await.unwrap_err();
    assert_eq!(error, StripeError::Timeout(StripeError::NO_ROOM));
    assert!(error.is_transient());
    assert!(watch.elapsed() < Duration::from_secs(5));
    // It says nothing of Stripe, and nothing was sent.
    assert_eq!(server.calls().len(), 2);
    assert_eq!(client.circuit.shut_for(), None);
}

fn limited(reason: Option<&str>, code: &str) -> Reply {
    let reply = Reply::error(429, "invalid_request_error", code);
    match reason {
        Some(reason) => reply.with("stripe-rate-limited-reason", reason),
        None => reply,
    }
}

#[tokio::test]
async fn a_refusal_names_the_limit_that_was_met() {
    let reasons = [
        "global-rate",
        "endpoint-rate",
        "global-concurrency",
        "endpoint-concurrency",
        "resource-specific",
    ];
    for reason in reasons {
        let (server, _) = noting(move |_, _| Some(limited(Some(reason), "rate_limit"))).await;
        let error = fetch(&server).await.unwrap_err();
        assert_eq!(error.code(), "stripe_rate_limited");
        assert_eq!(error.refusal().unwrap().limit.as_deref(), Some(reason));
        assert!(error.to_string().contains(reason), "{error}");
        assert_eq!(server.calls().len(), 4, "tried again up to the limit");
    }
}

const PAUSE: Duration = Duration::from_secs(2);

/// The time between a refusal of the account's endpoint and the next call to it, and to another.
async fn pauses_after(reason: Option<&'static str>, code: &'static str) -> [Duration; 2] {
    let (server, arrivals) = noting(move |call, before| {
        (before == 0 && call.path.ends_with("/fca_1")).then(|| limited(reason, code))
    })
    .await;
    let client = StripeClient::new(StripeConfig {
        retry_pause: PAUSE,
        attempts: 1,
        ..config(server.base())
    })
    .unwrap();
    client.fetch(&wanted(at(NOW))).await.unwrap_err();
    let deadline = deadline::Deadline::after(Duration::from_secs(10));
    let other = client.get("transactions", &["transactions"], &[("account", "fca_1")]);
    let wanted = wanted(at(NOW));
    let (same, other) = tokio::join!(
        client.account(&wanted, deadline),
        client.send::<serde_json::Value>(&other, deadline),
    );
    same.map(|_| ()).unwrap();
    other.unwrap();
    let arrivals = arrivals.lock().unwrap();
    let first = arrivals[0].0;
    ["/fca_1", "/transactions"].map(|path| {
        let mut after = arrivals.iter().skip(1);
        let next = after.find(|(_, to, _)| to.ends_with(path));
        next.unwrap().0 - first
    })
}

#[tokio::test]
async fn a_refusal_slows_down_what_it_names_for_everybody() {
    let cases = [
        (Some("global-rate"), "rate_limit", [true, true]),
        (Some("global-concurrency"), "rate_limit", [true, true]),
        (Some("endpoint-rate"), "rate_limit", [true, false]),
        (Some("endpoint-concurrency"), "rate_limit", [true, false]),
        (None, "rate_limit", [true, false]),
        (Some("resource-specific"), "rate_limit", [false, false]),
        (None, "lock_timeout", [false, false]),
    ];
    let mut all = tokio::task::JoinSet::new();
    for (reason, code, slowed) in cases {
        all.spawn(async move {
            let pauses = pauses_after(reason, code).await;
            let paused = pauses.map(|pause| pause >= PAUSE);
            assert_eq!(paused, slowed, "{reason:?} {code}: {pauses:?}");
        });
    }
    all.join_all().await;
}

#[tokio::test]
async fn what_stripe_asks_to_wait_is_waited() {
    let (server, arrivals) = noting(|_, before| {
        (before == 0).then(|| limited(Some("endpoint-rate"), "rate_limit").with("retry-after", "1"))
    })
    .await;
    client(&server).fetch(&wanted(at(NOW))).await.unwrap();
    let arrivals = arrivals.lock().unwrap();
    let waited = arrivals[1].0 - arrivals[0].0;
    assert!(waited >= Duration::from_secs(1), "{waited:?}");
}

#[tokio::test]
async fn a_burst_of_refusals_ends_in_success() {
    let refused = Mutex::new(0);
    let (server, _) = noting(move |_, _| {
        let mut refused = refused.lock().unwrap();
        *refused += 1;
        (*refused <= 12).then(|| limited(Some("global-rate"), "rate_limit"))
    })
    .await;
    let client = StripeClient::new(StripeConfig {
        attempts: 10,
        retry_pause: Duration::from_millis(20),
        ..config(server.base())
    })
    .unwrap();
    let client = many(client, 6).await;
    // Stripe is well: it limits us.
    assert_eq!(client.circuit.shut_for(), None);
}
