use std::net::Ipv4Addr;

use tokio::task::JoinSet;

use super::*;

const LIMITS: GateLimits = GateLimits {
    at_once_min: 2,
    at_once_max: 2,
    target: Duration::from_millis(20),
    wait_max: Duration::from_secs(2),
    behind_max: 1,
};

fn peer(number: u8) -> Caller {
    Caller::Peer(Ipv4Addr::new(192, 0, 2, number).into())
}

fn is_free(gate: &Gate) -> bool {
    (gate.state().held, gate.state().waiting) == (0, 0)
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
    assert!(!is_free(&gate));
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
    assert!(is_free(&gate));
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
    let first_behind = order.iter().position(behind).unwrap();
    assert!((2..8).contains(&first_behind), "{order:?}");
    assert!(is_free(&gate));
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
    assert!(is_free(&gate));
    assert!(gate.enter(Caller::Local, None).await.is_ok());
}

#[tokio::test]
async fn a_gate_was_busy_until_a_while_after_the_last() {
    let (gate, hour) = (Gate::new(LIMITS), Duration::from_secs(3_600));
    assert!(!gate.was_busy(hour));
    let permit = gate.enter(Caller::Local, None).await.unwrap();
    assert!(gate.was_busy(Duration::ZERO));
    drop(permit);
    assert!(!gate.was_busy(Duration::ZERO));
    assert!(gate.was_busy(hour));
}

/// How many of so many calls are in at once.
async fn held_of(gate: &Gate, calls: usize) -> usize {
    let mut held = Vec::new();
    let mut waiting = Vec::new();
    for _ in 0..calls {
        let mut call = Box::pin(gate.enter(Caller::Local, None));
        match tokio::time::timeout(Duration::from_millis(1), &mut call).await {
            Ok(permit) => held.push(permit.unwrap()),
            Err(_) => waiting.push(call),
        }
    }
    held.len()
}

#[tokio::test]
async fn reads_and_lists_are_limited_below_at_and_above() {
    for (gate, max) in [
        (Gates::default().read, limits::READS_AT_ONCE),
        (Gates::default().list, limits::LISTS_AT_ONCE),
    ] {
        for (calls, held) in [(max - 1, max - 1), (max, max), (max + 1, max)] {
            assert_eq!(held_of(&gate, calls).await, held);
            assert!(is_free(&gate));
        }
    }
}

#[tokio::test]
async fn a_decision_finds_its_limits() {
    let gate = Gates::default().decide;
    let first = gate.state().at_once;
    assert!((limits::DECIDES_AT_ONCE_MIN..=limits::DECIDES_AT_ONCE_MAX).contains(&first));
    assert_eq!(held_of(&gate, first + 1).await, first);
    assert!(limits::CALL_TARGET < limits::CALL_WAIT_MAX);
    const { assert!(limits::PENDING_AT_ONCE < limits::DECIDES_AT_ONCE_MIN) };
    const { assert!(limits::LIST_CHUNK <= limits::PAGE_SIZE_DEFAULT) };
    const { assert!(limits::LIST_CHUNK_BUSY < limits::LIST_CHUNK) };
    const { assert!(limits::LIST_BYTES_BUSY_MAX < limits::LIST_BYTES_MAX) };
}
