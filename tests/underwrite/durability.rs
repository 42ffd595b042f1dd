//! What a caller who was cut off by a crash or by an end finds afterwards.

use std::time::Duration;

use tonic::Code;

use super::harness::{application, usd};
use super::process::{self, Workspace, assert_recorded, command, decide, request};

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
