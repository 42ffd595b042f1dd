//! What was answered survives whatever happens to the process.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tonic::Code;
use underwrite::proto;

use super::harness::{application, usd};
use super::process::{self, Server, Workspace, assert_recorded, command, decide, request};

/// How often a server is killed where `KILLS` does not say otherwise.
const KILLS: usize = 20;
const CALLERS: usize = 6;

/// What callers know when their server is gone.
#[derive(Default)]
struct Known {
    /// Every decision that was answered, by its key.
    answered: Mutex<BTreeMap<String, proto::Decision>>,
    /// The keys of the calls that broke off.
    broken_off: Mutex<BTreeSet<String>>,
    answers: AtomicUsize,
}

/// Decides under new keys until the server is gone.
async fn call(server: std::net::SocketAddr, name: String, known: Arc<Known>) {
    let client = super::harness::connect(server).await;
    for number in 0.. {
        let key = format!("{name}-{number}");
        match decide(&client, request(&key)).await {
            Ok(decision) => {
                known.answered.lock().unwrap().insert(key, decision);
                known.answers.fetch_add(1, Ordering::SeqCst);
            }
            Err(_) => {
                known.broken_off.lock().unwrap().insert(key);
                return;
            }
        }
    }
}

/// Load on a server until it has answered some calls and is killed amid others.
async fn kill_under_load(server: Server, round: usize) -> Known {
    let known = Arc::new(Known::default());
    let callers: Vec<_> = (0..CALLERS)
        .map(|caller| {
            let name = format!("round-{round}-caller-{caller}");
            tokio::spawn(call(server.address, name, Arc::clone(&known)))
        })
        .collect();
    while known.answers.load(Ordering::SeqCst) < 3 + round % 5 {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    // At another moment of the work each time.
    tokio::time::sleep(Duration::from_millis(
        u64::try_from(round * 17 % 60).unwrap(),
    ))
    .await;
    server.kill();
    for caller in callers {
        caller.await.unwrap();
    }
    Arc::into_inner(known).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn kills_under_load_lose_no_answered_decision() {
    let kills = std::env::var("KILLS").map_or(KILLS, |text| text.parse().unwrap());
    let place = Workspace::new().await;
    let mut all = BTreeMap::new();
    let mut broken_off = 0;
    let mut before = Known::default();
    for round in 0..=kills {
        let server = place.serve();
        let client = server.client().await;
        for (key, decision) in before.answered.get_mut().unwrap() {
            assert_recorded(&client, decision).await;
            assert_eq!(decide(&client, request(key)).await.unwrap(), *decision);
        }
        all.append(before.answered.get_mut().unwrap());
        for key in before.broken_off.get_mut().unwrap().iter() {
            let decision = decide(&client, request(key)).await.unwrap();
            all.insert(key.clone(), decision);
            broken_off += 1;
        }
        if round < kills {
            before = kill_under_load(server, round).await;
        } else {
            // The last one is killed too: what follows reads what a killed process left.
            server.kill();
        }
    }
    println!(
        "{} decisions, {broken_off} calls broken off by {kills} kills",
        all.len()
    );
    assert!(broken_off >= kills, "the kills hit idle servers");

    let (exit, replay) = command(place.data.path(), &["replay"]);
    assert_eq!(exit, 0, "{replay:#}");
    let records = u64::try_from(all.len()).unwrap();
    // Every key was decided once: as many records as keys.
    assert_eq!(replay["chain"]["decisions"], records);
    assert_eq!(replay["reproduced"], records);
    let client = place.serve();
    let client = client.client().await;
    for decision in all.values() {
        assert_recorded(&client, decision).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_a_crash_cut_off_is_decided_under_its_reserved_id() {
    let place = Workspace::new().await;
    // Stripe never answers, so that the crash comes between the reservation and the record.
    let (shut, _gate) = place.gate().await;
    let server = place.serve_with(&shut, &[], &[]);
    let client = server.client().await;
    let cut_off = tokio::spawn(async move { decide(&client, request("k1")).await });
    let reserved = place.reserved("k1").await;
    server.kill();
    assert!(cut_off.await.unwrap().is_err());
    assert_eq!(command(place.data.path(), &["ledger", "verify"]).0, 0);

    let server = place.serve();
    let client = server.client().await;
    let mut other = request("k1");
    application(&mut other).requested_amount = Some(usd("1000.01"));
    let refused = decide(&client, other).await.unwrap_err();
    assert_eq!(refused.code(), Code::AlreadyExists);
    let decision = decide(&client, request("k1")).await.unwrap();
    assert_eq!(decision.id, reserved);
    assert_eq!(decide(&client, request("k1")).await.unwrap(), decision);
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_server_asked_to_stop_leaves_what_waits_pending_and_the_next_decides_it() {
    let place = Workspace::new().await;
    let (shut, gate) = place.gate().await;
    let server = place.serve_with(&shut, &[], &[]);
    let keys: Vec<String> = (0..4).map(|number| format!("k{number}")).collect();
    let mut calls = Vec::new();
    for key in keys.clone() {
        let client = server.client().await;
        calls.push(tokio::spawn(
            async move { decide(&client, request(&key)).await },
        ));
    }
    for key in &keys {
        place.reserved(key).await;
    }
    let late = server.client().await;
    process::terminate(server.pid());
    // No new work from here on.
    let mut refused = false;
    for _ in 0..200 {
        tokio::time::sleep(Duration::from_millis(20)).await;
        if tokio::net::TcpStream::connect(server.address)
            .await
            .is_err()
        {
            refused = true;
            break;
        }
    }
    assert!(refused, "it still listens");
    gate.add_permits(1_000);
    for call in calls {
        // The bank has not answered: it goes on after the next start.
        let status = call.await.unwrap().unwrap_err();
        assert!(status.message().contains("Pending"), "{status:?}");
    }
    assert!(decide(&late, request("late")).await.is_err());
    assert!(server.ended().await.success());

    let server = place.serve();
    let client = server.client().await;
    for key in &keys {
        let decision = decide(&client, request(key)).await.unwrap();
        assert_recorded(&client, &decision).await;
    }
    drop(server);
    let (exit, replay) = command(place.data.path(), &["replay"]);
    assert_eq!((exit, &replay["reproduced"]), (0, &4.into()), "{replay:#}");
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_waits_at_the_end_is_pending_and_can_be_repeated() {
    let place = Workspace::new().await;
    let (shut, _gate) = place.gate().await;
    let server = place.serve_with(&shut, &["--drain-timeout", "1"], &[]);
    let client = server.client().await;
    let cut_off = tokio::spawn(async move { decide(&client, request("k1")).await });
    let reserved = place.reserved("k1").await;
    process::terminate(server.pid());
    assert_eq!(server.ended().await.code(), Some(0));
    let told = cut_off.await.unwrap().unwrap_err();
    assert!(told.message().contains("Pending"), "{told:?}");
    let client = place.serve();
    let client = client.client().await;
    assert_eq!(decide(&client, request("k1")).await.unwrap().id, reserved);
}
