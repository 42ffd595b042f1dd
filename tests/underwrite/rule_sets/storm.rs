//! A storm of activations amid decisions.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use chrono::Duration;
use tokio::task::JoinSet;
use underwrite::clock::Clock;
use underwrite::id::{RuleSetName, TenantId};
use underwrite::ledger::{Filter, Ledger, ListOrder, SqliteLedger};
use underwrite::limits;
use underwrite::proto;
use underwrite::rules::BundleHash;

use super::super::harness::{Setup, connect, start};
use super::{NAME, activate, asks, client_of, publish, rules, version};

const ACTIVATIONS: u32 = 100;
const CALLERS: usize = 8;
const VERSIONS: u32 = 5;

/// Asks without a pause until told to stop; gives how many decisions it was given, and by how many
/// versions. None may be refused, and each is of one version.
async fn ask(
    address: std::net::SocketAddr,
    caller: usize,
    stop: Arc<AtomicBool>,
) -> (usize, BTreeSet<String>) {
    let (mut count, mut versions) = (0, BTreeSet::new());
    let mut client = connect(address).await;
    while !stop.load(Ordering::Relaxed) {
        let asked = asks(&format!("{caller}-{count}"));
        let answer = client.decide(asked).await.unwrap().into_inner();
        let Some(proto::decide_response::Result::Decision(decision)) = answer.result else {
            panic!("a decision was expected: {answer:?}");
        };
        versions.insert(version(&decision));
        count += 1;
    }
    (count, versions)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_storm_of_activations_drops_no_request_and_mixes_no_two_bundles() {
    let data = tempfile::tempdir().unwrap();
    let system = start(Setup {
        data: Some(data.path()),
        ..Setup::default()
    })
    .await;
    let client = client_of(&system).await;
    for version in 0..VERSIONS {
        publish(&client, &rules(version), "").await.unwrap();
    }
    activate(&client, "0", None).await.unwrap();
    let stop = Arc::new(AtomicBool::new(false));
    let mut callers = JoinSet::new();
    for caller in 0..CALLERS {
        callers.spawn(ask(system.address, caller, Arc::clone(&stop)));
    }
    for number in 1..=ACTIVATIONS {
        let version = (number % VERSIONS).to_string();
        let now = system.clock.now();
        if number % 2 == 0 {
            activate(&client, &version, None).await.unwrap();
            // What comes from here on comes later, also to the second.
            system.clock.advance(Duration::seconds(1));
        } else {
            // From a second on that has not come: to the second, each decision is of before or after.
            let at = now + Duration::seconds(2);
            activate(&client, &version, Some(at)).await.unwrap();
            system.clock.advance(Duration::seconds(2));
        }
    }
    stop.store(true, Ordering::Relaxed);
    let (mut count, mut versions) = (0, BTreeSet::new());
    while let Some(caller) = callers.join_next().await {
        let (asked, seen) = caller.unwrap();
        count += asked;
        versions.extend(seen);
    }
    assert!(count > 50, "{count} decisions amid the storm");
    assert!(versions.len() > 1, "{versions:?}");
    system.stop().await;
    assert_decided_by_what_was_live(data.path(), count).await;
}

/// Every decision names the bundle that the chain says was live when it was asked for.
async fn assert_decided_by_what_was_live(data: &std::path::Path, count: usize) {
    let ledger = SqliteLedger::open_read_only(&data.join("ledger.sqlite")).unwrap();
    let (tenant, name) = (
        TenantId::default_tenant(),
        RuleSetName::parse(NAME).unwrap(),
    );
    let timeline = ledger.timeline(&tenant, &name).await.unwrap();
    let (mut seen, mut after) = (0, None);
    loop {
        let filter = Filter {
            rule_set: Some(name.clone()),
            ..Filter::default()
        };
        let page = ledger
            .list(
                &tenant,
                &filter,
                ListOrder::NewestFirst,
                after,
                limits::PAGE_SIZE_MAX,
            )
            .await
            .unwrap();
        for record in &page.decisions {
            let by: BundleHash = record.body.pins.rule_set.bundle;
            let received = record.received_at;
            let mut all = timeline.all().iter().rev();
            let mut live = all.by_ref().find(|said| said.at <= received);
            // What was said in that second, to hold at once, came to hold in the midst of it, or, on a
            // busy disk, was committed after it.
            while let Some(said) = live
                && said.bundle != Some(by)
                && said.recorded_at >= received
            {
                live = all.next();
            }
            let live = live.and_then(|said| said.bundle);
            assert_eq!(live, Some(by), "{} at {received}", record.id);
            seen += 1;
        }
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(seen, count, "each is recorded");
}
