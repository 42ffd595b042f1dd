//! Tenants see nothing of each other: a model of what each may see, and random operations of many at
//! once. The variable `ACCESS_OPERATIONS` asks for more of them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use tokio::task::JoinSet;
use tonic::Code;
use underwrite::access::Scopes;
use underwrite::proto;
use underwrite::sandbox::applicants;
use underwrite::service::to_wire;

use super::super::baseline::random::Random;
use super::super::harness::{RULE_SET, channel, today};
use super::{Client, House, shows};

const TENANTS: usize = 100;
const CONNECTIONS: usize = 16;

/// What is there: the decision under each key of each tenant, and the snapshots that they rest on.
#[derive(Default)]
struct Model {
    decided: BTreeMap<(usize, usize), proto::Decision>,
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

async fn list(client: &mut Client, tenant: usize, model: &Mutex<Model>) {
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
    let model = model.lock().unwrap();
    for other in (0..TENANTS).filter(|other| *other != tenant) {
        assert!(
            model.ids(other).is_disjoint(&listed),
            "{tenant} saw {other}'s"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_tenants_see_nothing_of_each_other() {
    let operations = std::env::var("ACCESS_OPERATIONS");
    let operations: u64 = operations.map_or(400, |count| count.parse().unwrap());
    let house = House::new().await;
    let mut tokens = Vec::new();
    for number in 0..TENANTS {
        let tenant = house.tenant(&format!("tenant-{number}")).await;
        let scopes = Scopes::parse("decide,read,read:personal").unwrap();
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
                    _ => list(&mut client, tenant, &model).await,
                }
            }
        });
    }
    while let Some(ended) = workers.join_next().await {
        ended.unwrap();
    }
    assert!(!model.lock().unwrap().decided.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_change_under_load_and_no_call_fails() {
    let house = House::new().await;
    let tenant = house.tenant("acme").await;
    let scopes = Scopes::parse("read").unwrap();
    let first = house.grant(&tenant, scopes).await;
    let current = Arc::new(Mutex::new(first.1));
    let stop = tokio_util::sync::CancellationToken::new();
    let mut callers = JoinSet::new();
    for _ in 0..4 {
        let (current, stop) = (Arc::clone(&current), stop.clone());
        let channel = channel(house.address).await;
        callers.spawn(async move {
            let mut calls = 0_u32;
            while !stop.is_cancelled() {
                let token = current.lock().unwrap().clone();
                let mut client = shows(channel.clone(), &token);
                let list = client.list_decisions(proto::ListDecisionsRequest::default());
                list.await.unwrap();
                calls += 1;
            }
            calls
        });
    }
    let mut old = first.0;
    let by = underwrite::access::audit::Origin::local(tenant.clone());
    for _ in 0..10 {
        // The new one is handed out, whoever has the old one is given a moment, and it is revoked.
        let (grant, token) = house.grant(&tenant, scopes).await;
        *current.lock().unwrap() = token;
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        house.authority.revoke(&by, &old.id).await.unwrap();
        old = grant;
    }
    stop.cancel();
    while let Some(calls) = callers.join_next().await {
        assert!(calls.unwrap() > 10);
    }
}
