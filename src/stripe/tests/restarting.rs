//! A refresh is started once, whatever becomes of the answer; and started at last where Stripe
//! failed first.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::refreshing::never_fetched;
use super::server::{Bank, Call, Ending, Reply, Server, refresh};
use super::*;

/// What a POST comes to before its answer is kept under its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    /// It works.
    None,
    /// Stripe fails, and has started nothing.
    Fails,
    /// Stripe fails, and has started the refresh all the same.
    FailsThoughStarted,
}

/// A bank that keeps what it answered to each key, as Stripe does, and counts what it did.
struct Careful {
    bank: Bank,
    faults: Vec<Fault>,
    kept: BTreeMap<String, Reply>,
    started: usize,
}

impl Careful {
    fn new(bank: Bank, faults: &[Fault]) -> Arc<Mutex<Self>> {
        Arc::new(Mutex::new(Self {
            bank,
            faults: faults.to_vec(),
            kept: BTreeMap::new(),
            started: 0,
        }))
    }

    fn answer(&mut self, call: &Call) -> Reply {
        if !call.is_refresh() {
            return self.bank.answer(call);
        }
        let key = call.header("idempotency-key").to_owned();
        assert!(!key.is_empty() && key.len() <= 255, "{key}");
        if let Some(kept) = self.kept.get(&key) {
            return kept.clone().with("idempotent-replayed", "true");
        }
        let fault = if self.faults.is_empty() {
            Fault::None
        } else {
            self.faults.remove(0)
        };
        let mut reply = Reply::error(500, "api_error", "");
        if fault != Fault::Fails {
            let started = self.bank.answer(call);
            self.started += 1;
            if fault == Fault::None {
                reply = started;
            }
        }
        self.kept.insert(key, reply.clone());
        reply
    }
}

async fn serve(bank: &Arc<Mutex<Careful>>) -> Server {
    let bank = Arc::clone(bank);
    Server::start(move |call, _| bank.lock().unwrap().answer(call)).await
}

fn keys(server: &Server) -> Vec<String> {
    let calls = server.calls();
    let posts = calls.iter().filter(|call| call.is_refresh());
    posts
        .map(|call| call.header("idempotency-key").to_owned())
        .collect()
}

#[tokio::test]
async fn after_a_failure_that_started_nothing_it_is_asked_for_under_a_new_key() {
    let bank = Careful::new(never_fetched(3), &[Fault::Fails, Fault::Fails]);
    let server = serve(&bank).await;
    let fetched = fetch(&server).await.unwrap();
    assert!(fetched.flags.is_empty(), "{:?}", fetched.flags);
    assert_eq!(fetched.transactions.known().unwrap().len(), 3);
    let keys = keys(&server);
    assert_eq!(keys.len(), 3, "two failures and a success: {keys:?}");
    assert!(keys[0] != keys[1] && keys[1] != keys[2] && keys[0] != keys[2]);
    assert_eq!(bank.lock().unwrap().started, 1);
    // Before each new key it was looked whether the refresh runs.
    let calls = server.calls();
    let order: Vec<bool> = calls.iter().map(Call::is_refresh).collect();
    assert_eq!(order[..6], [false, true, false, true, false, true]);
}

#[tokio::test]
async fn after_a_failure_that_started_it_nothing_is_started_again() {
    for ending in [Ending::Succeeds(1), Ending::Succeeds(3)] {
        let mut account = never_fetched(3);
        account.ending = ending;
        let bank = Careful::new(account, &[Fault::FailsThoughStarted]);
        let server = serve(&bank).await;
        let fetched = fetch(&server).await.unwrap();
        assert!(fetched.flags.is_empty(), "{:?}", fetched.flags);
        assert_eq!(keys(&server).len(), 1, "{ending:?}");
        assert_eq!(bank.lock().unwrap().started, 1);
    }
}

#[tokio::test]
async fn what_was_not_started_is_asked_for_without_what_was() {
    let bank = Arc::new(Mutex::new(never_fetched(3)));
    let shared = Arc::clone(&bank);
    let server = Server::start(move |call, before| {
        let mut bank = shared.lock().unwrap();
        if call.is_refresh() && before < 2 {
            // Half of it started; the answer is a failure.
            let mut half = call.clone();
            half.form.retain(|(_, word)| word == "balance");
            bank.answer(&half);
            return Reply::error(500, "api_error", "");
        }
        bank.answer(call)
    })
    .await;
    let fetched = fetch(&server).await.unwrap();
    assert!(fetched.flags.is_empty(), "{:?}", fetched.flags);
    let calls = server.calls();
    let asked: Vec<Vec<&str>> = calls
        .iter()
        .filter(|call| call.is_refresh())
        .map(|call| {
            let named = call.form.iter().filter(|(name, _)| name == "features[]");
            named.map(|(_, word)| word.as_str()).collect()
        })
        .collect();
    assert_eq!(
        asked,
        [
            vec!["balance", "ownership", "transactions"],
            vec!["ownership", "transactions"],
        ]
    );
}

#[tokio::test]
async fn a_failure_that_goes_on_ends_in_its_error() {
    let bank = Careful::new(never_fetched(3), &[Fault::Fails; 100]);
    let server = serve(&bank).await;
    let error = fetch(&server).await.unwrap_err();
    assert_eq!(error.code(), "stripe_api");
    assert_eq!(keys(&server).len(), 4, "as many as there are attempts");
    assert_eq!(bank.lock().unwrap().started, 0);
}

#[tokio::test]
async fn stripe_says_whether_to_try_the_same_key_or_none() {
    let with = |should: &'static str| async move {
        let bank = Mutex::new(never_fetched(0));
        let server = Server::start(move |call, _| {
            if call.is_refresh() {
                return Reply::error(500, "api_error", "").with("stripe-should-retry", should);
            }
            bank.lock().unwrap().answer(call)
        })
        .await;
        let error = fetch(&server).await.unwrap_err();
        assert_eq!(error.code(), "stripe_api");
        keys(&server)
    };
    assert_eq!(with("false").await.len(), 1);
    let again = with("true").await;
    assert_eq!(again[..4], vec![again[0].clone(); 4], "the same key first");
    assert_ne!(again[4], again[0], "then a new one");
}

#[tokio::test]
async fn what_is_busy_or_limited_is_tried_again_under_the_same_key() {
    for (status, code) in [(409, "idempotency_key_in_use"), (429, "lock_timeout")] {
        let bank = Careful::new(never_fetched(3), &[]);
        let shared = Arc::clone(&bank);
        let server = Server::start(move |call, before| {
            if call.is_refresh() && before < 3 {
                return Reply::error(status, "invalid_request_error", code);
            }
            shared.lock().unwrap().answer(call)
        })
        .await;
        fetch(&server).await.unwrap();
        let first = keys(&server);
        assert_eq!(first.len(), 3, "{status}: two refusals and a success");
        assert!(first.iter().all(|key| *key == first[0]));
        // Two days on, everything is old again.
        let later = at(NOW + 2 * DAY);
        client(&server).fetch(&wanted(later)).await.unwrap();
        let second = keys(&server);
        assert_eq!(second.len(), 4);
        assert_ne!(second[3], first[0]);
    }
}

/// A server in between that cuts the connection of the first `cuts` refreshes once the server
/// behind it has answered them.
async fn cutting(server: &Server, cuts: usize) -> String {
    let behind = server.base().strip_prefix("http://").unwrap().to_owned();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let left = Arc::new(Mutex::new(cuts));
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let left = Arc::clone(&left);
            let there = TcpStream::connect(&behind).await.unwrap();
            tokio::spawn(carry(stream, there, left));
        }
    });
    base
}

async fn carry(mut here: TcpStream, mut there: TcpStream, left: Arc<Mutex<usize>>) {
    let mut refreshes = false;
    let (mut ask, mut answer) = (vec![0; 64 * 1024], vec![0; 64 * 1024]);
    loop {
        tokio::select! {
            read = here.read(&mut ask) => match read {
                Ok(0) | Err(_) => return,
                Ok(bytes) => {
                    refreshes |= ask[..bytes].starts_with(b"POST");
                    there.write_all(&ask[..bytes]).await.unwrap();
                }
            },
            read = there.read(&mut answer) => match read {
                Ok(0) | Err(_) => return,
                Ok(bytes) => {
                    if refreshes {
                        let mut left = left.lock().unwrap();
                        if *left > 0 {
                            *left -= 1;
                            return;
                        }
                        refreshes = false;
                    }
                    if here.write_all(&answer[..bytes]).await.is_err() {
                        return;
                    }
                }
            },
        }
    }
}

#[tokio::test]
async fn a_connection_cut_after_the_refresh_started_does_not_start_another() {
    // As often as is tried again, and oftener: then the account says that it runs.
    for cuts in [1, 3, 4, 100] {
        let bank = Careful::new(never_fetched(3), &[]);
        let server = serve(&bank).await;
        let base = cutting(&server, cuts).await;
        let client = StripeClient::new(config(&base)).unwrap();
        let fetched = client.fetch(&wanted(at(NOW))).await.unwrap();
        assert!(fetched.flags.is_empty(), "{:?}", fetched.flags);
        assert_eq!(bank.lock().unwrap().started, 1, "{cuts}");
        let keys = keys(&server);
        assert_eq!(keys.len(), 4.min(cuts + 1), "{cuts}");
        assert!(keys.iter().all(|key| *key == keys[0]), "{cuts}: {keys:?}");
    }
}

#[tokio::test]
async fn an_answer_that_cannot_be_used_is_no_reason_to_start_another() {
    let bank = Careful::new(never_fetched(3), &[]);
    let shared = Arc::clone(&bank);
    let server = Server::start(move |call, _| {
        let mut reply = shared.lock().unwrap().answer(call);
        if call.is_refresh() {
            reply.body.truncate(20);
        }
        reply
    })
    .await;
    let fetched = fetch(&server).await.unwrap();
    assert!(fetched.flags.is_empty(), "{:?}", fetched.flags);
    assert_eq!(bank.lock().unwrap().started, 1);
    let keys = keys(&server);
    assert!(keys.iter().all(|key| *key == keys[0]), "{keys:?}");
}

#[tokio::test]
async fn a_refresh_that_failed_since_counts_as_started() {
    let old = Bank::new(3).with("balance_refresh", refresh("succeeded", 2 * DAY));
    let bank = Mutex::new(old);
    let server = Server::start(move |call, _| {
        let mut bank = bank.lock().unwrap();
        if call.is_refresh() {
            // It ran, and was over before anybody looked.
            bank.account["balance_refresh"] = refresh("failed", 1);
            return Reply::error(500, "api_error", "");
        }
        bank.answer(call)
    })
    .await;
    let fetched = fetch(&server).await.unwrap();
    assert_eq!(keys(&server).len(), 1);
    let failed = crate::snapshot::QualityFlag::BalanceRefreshFailed;
    assert!(fetched.flags.contains(&failed));
}
