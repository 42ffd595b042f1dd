//! Tenants see nothing of each other: a model of what each may see, and random operations of many at
//! once. The variable `ACCESS_OPERATIONS` asks for more of them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tonic::metadata::MetadataValue;
use tonic::transport::Channel;
use tonic::{Code, Request};
use underwrite::access::Scopes;
use underwrite::access::audit::Origin;
use underwrite::proto;
use underwrite::proto::access_service_client::AccessServiceClient;
use underwrite::sandbox::applicants;
use underwrite::service::to_wire;

use super::super::baseline::random::Random;
use super::super::harness::{RULE_SET, channel, today};
use super::{Client, House, shows};

const TENANTS: usize = 100;
const CONNECTIONS: usize = 16;
/// Those who call while tokens change.
const CALLERS: usize = 4;

/// What is there: the decision under each key of each tenant, and the snapshots that they rest on.
#[derive(Default)]
struct Model {
    decided: BTreeMap<(usize, usize), proto::Decision>,
    /// Every decision that a list or an audit log ever named to a tenant, also before whoever asked
    /// for it was answered.
    named: BTreeMap<usize, BTreeSet<String>>,
}

impl Model {
    fn ids(&self, tenant: usize) -> BTreeSet<String> {
        let all = self.decided.iter();
        let own = all.filter(|((owner, _), _)| *owner == tenant);
        own.map(|(_, decision)| decision.id.clone()).collect()
    }

    /// Some decision of whomever.
    fn any(&self, random: &mut Random) -> Option<((usize, usize), proto::Decision)> {
        let chosen = below(random, self.decided.len().max(1));
        let found = self.decided.iter().nth(chosen);
        found.map(|(key, decision)| (*key, decision.clone()))
    }
}

/// A number below another.
fn below(random: &mut Random, end: usize) -> usize {
    let most = i64::try_from(end).unwrap() - 1;
    usize::try_from(random.between(0, most)).unwrap()
}

fn key(number: usize) -> String {
    // The same keys for everybody.
    format!("key-{number}")
}

async fn decide(client: &mut Client, tenant: usize, number: usize, model: &Mutex<Model>) {
    let sample = applicants(today()).swap_remove(0);
    let request = proto::DecideRequest {
        idempotency_key: key(number),
        application: Some(to_wire::application(&sample.application)),
        rule_set: RULE_SET.to_owned(),
        view: proto::DecisionView::Summary.into(),
    };
    let answer = client.decide(request).await;
    let answer = match answer {
        Ok(answer) => answer.into_inner(),
        // Another connection asks under this key.
        Err(status) if status.code() == Code::Aborted => return,
        Err(status) => panic!("{status:?}"),
    };
    let Some(proto::decide_response::Result::Decision(decision)) = answer.result else {
        panic!("a decision was expected: {answer:?}");
    };
    let mut model = model.lock().unwrap();
    let others = model.decided.iter();
    for ((owner, _), other) in others.filter(|((owner, _), _)| *owner != tenant) {
        assert_ne!(
            other.id, decision.id,
            "{owner}'s decision was told to {tenant}"
        );
    }
    let known = model.decided.insert((tenant, number), decision.clone());
    assert!(known.is_none_or(|known| known.id == decision.id));
}

async fn look(client: &mut Client, tenant: usize, random: &mut Random, model: &Mutex<Model>) {
    let found = model.lock().unwrap().any(random);
    let Some(((owner, number), decision)) = found else {
        return;
    };
    let by_id = client.get_decision(proto::GetDecisionRequest {
        id: decision.id.clone(),
        ..Default::default()
    });
    let by_id = by_id.await.map(drop);
    let watched = client.watch_decision(proto::WatchDecisionRequest {
        id: decision.id.clone(),
        ..Default::default()
    });
    let watched = watched.await.map(drop);
    let hash = &decision.pins.as_ref().unwrap().snapshots[0].hash;
    let snapshot = client.get_snapshot(proto::GetSnapshotRequest { hash: hash.clone() });
    let snapshot = snapshot.await.map(drop);
    for answer in [by_id, watched, snapshot] {
        match answer {
            Ok(()) => assert_eq!(owner, tenant, "{tenant} saw what is {owner}'s"),
            Err(status) => {
                assert_eq!(status.code(), Code::NotFound, "{status:?}");
                assert_ne!(owner, tenant, "{status:?}");
            }
        }
    }
    // The key of another is the key of nothing, or of one's own.
    let by_key = client.get_decision(proto::GetDecisionRequest {
        idempotency_key: key(number),
        ..Default::default()
    });
    if let Ok(found) = by_key.await
        && let Some(proto::get_decision_response::Result::Decision(found)) =
            found.into_inner().result
        && owner != tenant
    {
        assert_ne!(found.id, decision.id);
    }
}

/// The audit log of a tenant, as its own admin reads it.
async fn audit(channel: &Channel, token: &str, tenant: usize, model: &Mutex<Model>) {
    let mut request = Request::new(proto::ListAuditEventsRequest::default());
    let shown: MetadataValue<_> = format!("Bearer {token}").parse().unwrap();
    request.metadata_mut().insert("authorization", shown);
    let mut client = AccessServiceClient::new(channel.clone());
    let page = client.list_audit_events(request).await.unwrap();
    let mut model = model.lock().unwrap();
    let named = model.named.entry(tenant).or_default();
    for entry in page.into_inner().entries {
        let Some(proto::audit_entry::Entry::Event(event)) = entry.entry else {
            panic!("{entry:?}");
        };
        assert_eq!(event.tenant, format!("tenant-{tenant}"));
        if event.action.starts_with("decision.") {
            named.extend(event.object.split(',').map(str::to_owned));
        }
    }
}

async fn list(client: &mut Client, tenant: usize, model: &Mutex<Model>) -> BTreeSet<String> {
    let before = model.lock().unwrap().ids(tenant);
    let page = client.list_decisions(proto::ListDecisionsRequest {
        page_size: 1_000,
        ..Default::default()
    });
    let listed: BTreeSet<String> = page
        .await
        .unwrap()
        .into_inner()
        .decisions
        .into_iter()
        .map(|decision| decision.id)
        .collect();
    assert!(before.is_subset(&listed), "{before:?} {listed:?}");
    let mut model = model.lock().unwrap();
    for other in (0..TENANTS).filter(|other| *other != tenant) {
        assert!(
            model.ids(other).is_disjoint(&listed),
            "{tenant} saw {other}'s"
        );
    }
    let named = model.named.entry(tenant).or_default();
    named.extend(listed.iter().cloned());
    listed
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_tenants_see_nothing_of_each_other() {
    let operations = std::env::var("ACCESS_OPERATIONS");
    let operations: u64 = operations.map_or(1_000, |count| count.parse().unwrap());
    let house = House::new().await;
    let mut tokens = Vec::new();
    for number in 0..TENANTS {
        let tenant = house.tenant(&format!("tenant-{number}")).await;
        let scopes = Scopes::parse("decide,read,read:personal,admin").unwrap();
        tokens.push(house.grant(&tenant, scopes).await.1);
    }
    let (tokens, model) = (Arc::new(tokens), Arc::new(Mutex::new(Model::default())));
    let mut workers = JoinSet::new();
    for worker in 0..CONNECTIONS {
        let (tokens, model) = (Arc::clone(&tokens), Arc::clone(&model));
        let channel = channel(house.address).await;
        workers.spawn(async move {
            let mut random = Random::new(u64::try_from(worker).unwrap());
            for _ in 0..operations / u64::try_from(CONNECTIONS).unwrap() {
                // All tenants on one connection: what it showed before counts for nothing.
                let tenant = below(&mut random, TENANTS);
                let mut client = shows(channel.clone(), &tokens[tenant]);
                match below(&mut random, 10) {
                    0..3 => {
                        let number = below(&mut random, 3);
                        decide(&mut client, tenant, number, &model).await;
                    }
                    3..8 => look(&mut client, tenant, &mut random, &model).await,
                    8 => audit(&channel, &tokens[tenant], tenant, &model).await,
                    _ => drop(list(&mut client, tenant, &model).await),
                }
            }
        });
    }
    while let Some(ended) = workers.join_next().await {
        ended.unwrap();
    }
    // Now that everybody was answered: each has its own, all of it, and was never named another's.
    let channel = channel(house.address).await;
    let mut decided = 0;
    for (tenant, token) in tokens.iter().enumerate() {
        let listed = list(&mut shows(channel.clone(), token), tenant, &model).await;
        audit(&channel, token, tenant, &model).await;
        let model = model.lock().unwrap();
        let own = model.ids(tenant);
        assert_eq!(listed, own, "{tenant}");
        assert_eq!(model.named[&tenant], own, "{tenant}");
        decided += own.len();
    }
    assert!(decided >= 50, "{decided}");
}

/// The token that holds, and how many came before it.
type Current = Arc<Mutex<(usize, String)>>;

/// Calls with the token of the moment until it is told to stop, and says with which it does: not
/// before the call with the one before has ended. Gives the number of calls.
async fn calls(
    (caller, channel): (usize, Channel),
    current: Current,
    uses: Arc<[AtomicUsize; CALLERS]>,
    stop: CancellationToken,
) -> usize {
    let mut calls = 0;
    while !stop.is_cancelled() {
        let (generation, token) = current.lock().unwrap().clone();
        uses[caller].store(generation, Ordering::SeqCst);
        let mut client = shows(channel.clone(), &token);
        let answered = if calls % 2 == 0 {
            let list = client.list_decisions(proto::ListDecisionsRequest::default());
            list.await.map(drop)
        } else {
            let sample = applicants(today()).swap_remove(0);
            let decided = client.decide(proto::DecideRequest {
                idempotency_key: format!("{caller}-{calls}"),
                application: Some(to_wire::application(&sample.application)),
                rule_set: RULE_SET.to_owned(),
                view: proto::DecisionView::Summary.into(),
            });
            decided.await.map(drop)
        };
        match answered {
            Ok(()) => calls += 1,
            // More than this machine can do at once: nothing was asked of the token.
            Err(status) if status.code() == Code::ResourceExhausted => {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            Err(status) => panic!("{status:?}"),
        }
    }
    calls
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_change_under_load_and_no_call_fails() {
    let house = House::new().await;
    let tenant = house.tenant("acme").await;
    let scopes = Scopes::parse("decide,read").unwrap();
    let first = house.grant(&tenant, scopes).await;
    let current: Current = Arc::new(Mutex::new((0, first.1)));
    let uses = Arc::new(std::array::from_fn(|_| AtomicUsize::new(0)));
    let stop = CancellationToken::new();
    let mut callers = JoinSet::new();
    for caller in 0..CALLERS {
        let by = (caller, channel(house.address).await);
        callers.spawn(calls(by, current.clone(), Arc::clone(&uses), stop.clone()));
    }
    let mut old = first.0;
    let by = Origin::local(tenant.clone());
    for generation in 1..=20 {
        // The new one is handed out; the old one is revoked as soon as nobody uses it any more.
        let (grant, token) = house.grant(&tenant, scopes).await;
        *current.lock().unwrap() = (generation, token);
        while uses
            .iter()
            .any(|one| one.load(Ordering::SeqCst) < generation)
        {
            assert!(
                !callers.is_empty() && callers.try_join_next().is_none(),
                "a call failed"
            );
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        house.authority.revoke(&by, &old.id).await.unwrap();
        old = grant;
    }
    stop.cancel();
    let mut answered = 0;
    while let Some(calls) = callers.join_next().await {
        answered += calls.unwrap();
    }
    assert!(answered >= 20 * CALLERS / 2, "{answered}");
}
