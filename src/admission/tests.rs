use std::net::Ipv4Addr;

use tokio::task::JoinSet;

use super::*;

const LIMITS: GateLimits = GateLimits {
    at_once_min: 2,
    at_once_max: 2,
    target: Duration::from_millis(20),
    wait_max: Duration::from_secs(2),
};

fn peer(number: u8) -> Caller {
    Caller::Peer(Ipv4Addr::new(192, 0, 2, number).into())
}

#[tokio::test]
async fn so_many_are_in_at_once_and_the_others_come_in_turn() {
    let gate = Gate::new(LIMITS);
    let first = gate.enter(Caller::Local, None).await.unwrap();
    let _second = gate.enter(Caller::Local, None).await.unwrap();
    let third = gate.enter(Caller::Local, None);
    tokio::pin!(third);
    let waits = tokio::time::timeout(Duration::from_millis(20), &mut third);
    assert!(waits.await.is_err());
    assert_eq!((gate.state().held, gate.state().waiting), (2, 1));
    drop(first);
    assert!(third.await.is_ok());
    assert!(gate.is_busy());
}

#[tokio::test]
async fn whoever_has_gone_is_passed_over() {
    let gate = Gate::new(GateLimits::fixed(1));
    let first = gate.enter(Caller::Local, None).await.unwrap();
    let gone = gate.enter(Caller::Local, None);
    assert!(
        tokio::time::timeout(Duration::from_millis(10), gone)
            .await
            .is_err()
    );
    let stays = gate.enter(peer(1), None);
    let (stays, ()) = tokio::join!(stays, async { drop(first) });
    assert_eq!(gate.state().held, 1);
    drop(stays);
    assert!(!gate.is_busy());
}

#[tokio::test]
async fn work_that_was_in_before_comes_first_and_what_nobody_waits_for_beside() {
    let gate = Gate::new(GateLimits::fixed(1));
    let held = gate.enter(Caller::Local, None).await.unwrap();
    let order = Arc::new(Mutex::new(Vec::new()));
    let mut tasks = JoinSet::new();
    for (kind, count) in [("behind", 2), ("new", 9), ("again", 2)] {
        for _ in 0..count {
            let (gate, order) = (gate.clone(), Arc::clone(&order));
            tasks.spawn(async move {
                let _permit = match kind {
                    "behind" => gate.enter_behind().await,
                    "again" => gate.enter_again().await,
                    _ => gate.enter(peer(1), None).await.unwrap(),
                };
                order.lock().unwrap().push(kind);
            });
            tokio::task::yield_now().await;
        }
    }
    drop(held);
    while tasks.join_next().await.is_some() {}
    let order = order.lock().unwrap().clone();
    assert_eq!(order.first(), Some(&"again"));
    assert_eq!(order.get(1), Some(&"again"));
    let behind = |kind: &&str| *kind == "behind";
    let first_behind = order.iter().position(|kind| behind(&kind)).unwrap();
    assert!((2..8).contains(&first_behind), "{order:?}");
    assert!(!gate.is_busy());
}

#[tokio::test]
async fn the_gate_is_free_again_whatever_becomes_of_its_calls() {
    let gate = Gate::new(LIMITS);
    let mut tasks = JoinSet::new();
    for number in 0..200_u8 {
        let gate = gate.clone();
        tasks.spawn(async move {
            let wait = Duration::from_micros(u64::from(number) * 37 % 900);
            let entered = gate.enter(peer(number % 7), None);
            if let Ok(Ok(permit)) = tokio::time::timeout(wait, entered).await {
                tokio::time::sleep(wait / 4).await;
                drop(permit);
            }
        });
    }
    while tasks.join_next().await.is_some() {}
    assert!(!gate.is_busy());
    assert!(gate.enter(Caller::Local, None).await.is_ok());
}
