//! What the access matrix lets through and refuses, as the audit log tells it.

use std::net::Ipv4Addr;
use std::time::Duration;

use tokio_stream::StreamExt;
use tonic::metadata::MetadataValue;
use tonic::transport::Channel;
use tonic::{Code, Request, Response, Status};
use underwrite::access::audit::{Action, AuditResult};
use underwrite::access::methods::{self, Access, Kept};
use underwrite::access::{Grant, Scope, Scopes};
use underwrite::id::TenantId;
use underwrite::ledger::{AuditFilter, AuditRecord, ListOrder};
use underwrite::limits;
use underwrite::proto;
use underwrite::proto::access_service_client::AccessServiceClient;
use underwrite::proto::decision_service_client::DecisionServiceClient;
use underwrite::sandbox::applicants;
use underwrite::service::{ServerConfig, to_wire};

use super::super::harness::{RULE_SET, channel, today};
use super::super::process::command;
use super::super::resolve::{answer, asked, count};
use super::House;

/// Somebody who calls, under the names of their calls.
pub(super) struct Calls {
    pub(super) channel: Channel,
    token: String,
}

/// What calls are about.
struct Known {
    decision: proto::Decision,
    /// One that was referred, to be settled.
    referred: proto::Decision,
    /// A grant to be revoked.
    spare: Grant,
}

pub(super) fn shown<T: std::fmt::Debug>(answer: Response<T>) -> String {
    format!("{:?}", answer.into_inner())
}

impl Calls {
    pub(super) fn new(channel: Channel, token: String) -> Self {
        Self { channel, token }
    }

    pub(super) fn request<T>(&self, id: &str, message: T) -> Request<T> {
        let mut request = Request::new(message);
        let shown: MetadataValue<_> = format!("Bearer {}", self.token).parse().unwrap();
        request.metadata_mut().insert("authorization", shown);
        let id = id.parse().unwrap();
        request.metadata_mut().insert("x-request-id", id);
        request
    }

    async fn decide(
        &self,
        id: &str,
        key: &str,
        view: proto::DecisionView,
    ) -> Result<proto::Decision, Status> {
        self.decide_sample("salaried", (id, key), view).await
    }

    /// A decision that was referred, under a key that no other has.
    async fn referred(&self, key: &str) -> proto::Decision {
        let sample = "ownership_mismatch";
        let id = format!("{key}-referred");
        let view = proto::DecisionView::Summary;
        self.decide_sample(sample, (&id, &id), view).await.unwrap()
    }

    async fn decide_sample(
        &self,
        sample: &str,
        (id, key): (&str, &str),
        view: proto::DecisionView,
    ) -> Result<proto::Decision, Status> {
        let mut samples = applicants(today()).into_iter();
        let sample = samples.find(|one| one.key == sample).unwrap();
        let request = proto::DecideRequest {
            idempotency_key: key.to_owned(),
            application: Some(to_wire::application(&sample.application)),
            rule_set: RULE_SET.to_owned(),
            view: view.into(),
        };
        let mut client = DecisionServiceClient::new(self.channel.clone());
        let answer = client.decide(self.request(id, request)).await?;
        match answer.into_inner().result {
            Some(proto::decide_response::Result::Decision(decision)) => Ok(decision),
            other => panic!("{other:?}"),
        }
    }

    /// Makes a good call of a method: `id` is its name, and unlike any before. Gives all that was
    /// answered.
    async fn call(
        &self,
        path: &str,
        id: &str,
        view: proto::DecisionView,
        known: &Known,
    ) -> Result<String, Status> {
        let mut decisions = DecisionServiceClient::new(self.channel.clone());
        let view_wire = i32::from(view);
        let decision = known.decision.id.clone();
        let (_, method) = path.rsplit_once('/').unwrap();
        match method {
            "Decide" => {
                let decided = self.decide(id, id, view).await;
                decided.map(|one| format!("{one:?}"))
            }
            "ResolveDecision" => {
                let said = vec![answer("ownership.unmatched_accounts", count(0))];
                let request = proto::ResolveDecisionRequest {
                    view: view_wire,
                    ..asked(id, &known.referred, said)
                };
                let request = self.request(id, request);
                decisions.resolve_decision(request).await.map(shown)
            }
            "GetDecision" => {
                let request = proto::GetDecisionRequest {
                    id: decision,
                    view: view_wire,
                    ..Default::default()
                };
                let request = self.request(id, request);
                decisions.get_decision(request).await.map(shown)
            }
            "WatchDecision" => {
                let request = proto::WatchDecisionRequest {
                    id: decision,
                    view: view_wire,
                };
                let answers = decisions.watch_decision(self.request(id, request)).await?;
                let answers: Result<Vec<_>, _> = answers.into_inner().collect().await;
                answers.map(|all| format!("{all:?}"))
            }
            "ListPendingDecisions" => {
                let request = self.request(id, proto::ListPendingDecisionsRequest::default());
                decisions.list_pending_decisions(request).await.map(shown)
            }
            "ListDecisions" => {
                let request = proto::ListDecisionsRequest {
                    view: view_wire,
                    ..Default::default()
                };
                let request = self.request(id, request);
                decisions.list_decisions(request).await.map(shown)
            }
            "GetSnapshot" => {
                let hash = known.decision.pins.as_ref().unwrap().snapshots[0]
                    .hash
                    .clone();
                let request = self.request(id, proto::GetSnapshotRequest { hash });
                decisions.get_snapshot(request).await.map(shown)
            }
            _ => self.call_access(method, id, known).await,
        }
    }

    async fn call_access(&self, method: &str, id: &str, known: &Known) -> Result<String, Status> {
        let mut access = AccessServiceClient::new(self.channel.clone());
        match method {
            "CreateToken" => {
                let request = proto::CreateTokenRequest {
                    name: "new".to_owned(),
                    scopes: vec!["read".to_owned()],
                    ..Default::default()
                };
                access
                    .create_token(self.request(id, request))
                    .await
                    .map(shown)
            }
            "ListTokens" => {
                let request = self.request(id, proto::ListTokensRequest {});
                access.list_tokens(request).await.map(shown)
            }
            "RevokeToken" => {
                let request = proto::RevokeTokenRequest {
                    id: known.spare.id.to_string(),
                };
                access
                    .revoke_token(self.request(id, request))
                    .await
                    .map(shown)
            }
            "ListAuditEvents" => {
                let request = self.request(id, proto::ListAuditEventsRequest::default());
                access.list_audit_events(request).await.map(shown)
            }
            "RecordOverride"
            | "ListOverrides"
            | "RecordLoanPerformance"
            | "ListLoanPerformance"
            | "GetAdverseActionNotice"
            | "RecordNotice"
            | "ListNotices"
            | "ListDueNotices" => {
                super::follow_up_calls::call(self, method, id, &known.decision).await
            }
            "RunReplay" | "GetReplay" | "GetReplayReport" | "CancelReplay" | "ListReplays" => {
                super::replay_calls::call(self, method, id).await
            }
            _ => super::rule_set_calls::call(self, method, id).await,
        }
    }
}

impl House {
    /// The audit log of a tenant, oldest first.
    async fn audit_log(&self, tenant: &TenantId) -> Vec<AuditRecord> {
        let (filter, order) = (AuditFilter::of(tenant.clone()), ListOrder::OldestFirst);
        let max = limits::AUDIT_PAGE_SIZE_MAX;
        let page = self.underwriter.audit_log(&filter, order, None, max).await;
        let events = page.unwrap().events.into_iter();
        events.map(Result::unwrap).collect()
    }

    /// What of a call is in the audit log of its tenant.
    async fn kept(&self, tenant: &TenantId, request_id: &str) -> Vec<AuditRecord> {
        let mut found = self.audit_log(tenant).await;
        found.retain(|record| record.event.request_id.as_deref() == Some(request_id));
        found
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_permitted_read_of_personal_data_and_every_change_is_kept_and_nothing_else() {
    let house = House::new().await;
    let tenant = house.tenant("acme").await;
    let (grant, token) = house.grant(&tenant, Scopes::ALL).await;
    let channel = channel(house.address).await;
    let calls = Calls { channel, token };
    let full = proto::DecisionView::Full;
    let decision = calls.decide("first", "first", full).await.unwrap();
    for view in [proto::DecisionView::Summary, full] {
        for method in methods::METHODS {
            if method.access == Access::Open {
                assert_eq!(method.kept, Kept::Nothing, "it is not known who calls");
                continue;
            }
            let spare = house.grant(&tenant, Scopes::NONE.with(Scope::Read)).await.0;
            let id = format!("{}-{view:?}", method.path.replace('/', "-"));
            let known = Known {
                decision: decision.clone(),
                referred: calls.referred(&id).await,
                spare,
            };
            let called = calls.call(method.path, &id, view, &known).await;
            called.unwrap_or_else(|status| panic!("{}: {status:?}", method.path));
            let expected = match method.kept {
                Kept::Always(action) => Some(action),
                Kept::InFull(action) => Some(action).filter(|_| view == full),
                Kept::Nothing => None,
            };
            let kept = house.kept(&tenant, &id).await;
            let actions: Vec<Action> = kept.iter().map(|record| record.event.action).collect();
            assert_eq!(actions, Vec::from_iter(expected), "{id}");
            for record in kept {
                let event = record.event;
                assert_eq!(event.who.as_ref(), Some(&grant.name));
                assert_eq!(event.credential, Some(grant.identity().credential));
                assert_eq!(event.from, Some(Ipv4Addr::LOCALHOST.into()));
                assert_eq!((event.result, event.count), (AuditResult::Done, 1));
                assert!(event.object.is_some_and(|object| !object.is_empty()));
            }
        }
    }
    // A repeat is shown what another call made.
    let again = calls.decide("again", "first", full).await.unwrap();
    assert_eq!(again.id, decision.id);
    let kept = house.kept(&tenant, "again").await;
    assert_eq!(kept.len(), 1);
    assert_eq!(kept[0].event.action, Action::DecisionRead);
    // What changes nothing is kept as nothing.
    let known = Known {
        referred: decision.clone(),
        decision,
        spare: grant.clone(),
    };
    let revoke = "/underwrite.v1.AccessService/RevokeToken";
    calls.call(revoke, "last", full, &known).await.unwrap();
    assert_eq!(house.kept(&tenant, "last").await.len(), 1);
    let by = underwrite::access::audit::Origin::local(tenant.clone());
    let before = house.audit_log(&tenant).await.len();
    house.authority.revoke(&by, &grant.id).await.unwrap();
    assert_eq!(house.audit_log(&tenant).await.len(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_tenant_finds_nothing_of_the_first_by_any_method() {
    let house = House::new().await;
    let (tenant, other) = (house.tenant("acme").await, house.tenant("other").await);
    let channel = channel(house.address).await;
    let (_, token) = house.grant(&tenant, Scopes::ALL).await;
    let own = Calls {
        channel: channel.clone(),
        token,
    };
    let (_, token) = house.grant(&other, Scopes::ALL).await;
    let stranger = Calls { channel, token };
    let full = proto::DecisionView::Full;
    let decision = own.decide("first", "first", full).await.unwrap();
    let spare = house.grant(&tenant, Scopes::NONE.with(Scope::Read)).await.0;
    let snapshot = decision.pins.as_ref().unwrap().snapshots[0].hash.clone();
    let referred = own.referred("first").await;
    let secrets = [
        decision.id.clone(),
        referred.id.clone(),
        spare.id.to_string(),
        snapshot,
    ];
    let known = Known {
        decision,
        referred,
        spare,
    };
    let mut found = 0;
    for method in methods::METHODS {
        if method.access == Access::Open {
            continue;
        }
        let id = method.path.replace('/', "-");
        // Under the same names: whoever is asked first changes nothing for the other.
        match stranger.call(method.path, &id, full, &known).await {
            Ok(told) => {
                for secret in &secrets {
                    assert!(!told.contains(secret), "{id}: {told}");
                }
            }
            Err(status) => assert_eq!(status.code(), Code::NotFound, "{id}: {status:?}"),
        }
        let told = own.call(method.path, &id, full, &known).await;
        let told = told.unwrap_or_else(|status| panic!("{id}: {status:?}"));
        found += usize::from(secrets.iter().any(|secret| told.contains(secret)));
    }
    assert!(found >= 6, "the tenant itself finds only {found}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_admin_reads_the_audit_log_of_its_own_tenant_alone() {
    let house = House::new().await;
    let mut logs = Vec::new();
    for name in ["acme", "other"] {
        let tenant = house.tenant(name).await;
        let (_, token) = house.grant(&tenant, Scopes::NONE.with(Scope::Admin)).await;
        let channel = channel(house.address).await;
        let calls = Calls { channel, token };
        let (mut entries, mut page_token) = (Vec::new(), String::new());
        loop {
            let request = proto::ListAuditEventsRequest {
                page_size: 1,
                page_token,
                oldest_first: true,
                ..Default::default()
            };
            let mut client = AccessServiceClient::new(calls.channel.clone());
            let page = client
                .list_audit_events(calls.request("page", request))
                .await;
            let page = page.unwrap().into_inner();
            assert!(page.entries.len() <= 1);
            entries.extend(page.entries);
            page_token = page.next_page_token;
            if page_token.is_empty() {
                break;
            }
        }
        let events = entries.into_iter().map(|entry| match entry.entry {
            Some(proto::audit_entry::Entry::Event(event)) => event,
            other => panic!("{other:?}"),
        });
        let events: Vec<_> = events.collect();
        assert!(
            events.iter().all(|event| event.tenant == name),
            "{events:?}"
        );
        let actions: Vec<_> = events.iter().map(|event| event.action.clone()).collect();
        let expected = ["rule_set.publish", "rule_set.activate", "token.create"];
        assert_eq!(actions, expected);
        let seqs: Vec<_> = events.iter().map(|event| event.seq).collect();
        let recorded = house.audit_log(&tenant).await;
        let recorded: Vec<_> = recorded.iter().map(|one| one.envelope.seq).collect();
        assert_eq!(seqs, recorded);
        logs.extend(seqs);
    }
    assert_eq!(logs.len(), 6);
}

/// What was counted as refused: who, how it ended, and how often.
async fn refused(house: &House, tenant: &TenantId) -> Vec<(Option<String>, AuditResult, u64)> {
    let mut found = Vec::new();
    for AuditRecord { event, .. } in house.audit_log(tenant).await {
        if event.action == Action::AccessRefused {
            let who = event.who.map(|who| who.to_string());
            found.push((who, event.result, event.count));
        }
    }
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_that_are_refused_are_counted_by_whoever_made_them() {
    let house = House::with(ServerConfig {
        refused_interval: Duration::from_millis(20),
        ..ServerConfig::default()
    })
    .await;
    let tenant = house.tenant("acme").await;
    let (_, token) = house.grant(&tenant, Scopes::NONE.with(Scope::Read)).await;
    let channel = channel(house.address).await;
    let nobody = Calls {
        channel: channel.clone(),
        token: "uwt_0".to_owned(),
    };
    let somebody = Calls { channel, token };
    let mut calls = 0;
    for (view, calls_of) in [
        // The method needs another scope, or what is asked of it does.
        (proto::DecisionView::Summary, "Decide"),
        (proto::DecisionView::Full, "GetDecision"),
    ] {
        for (caller, code) in [
            (&nobody, Code::Unauthenticated),
            (&somebody, Code::PermissionDenied),
        ] {
            let told = match calls_of {
                "Decide" => caller.decide("r", "k", view).await.map(drop),
                _ => {
                    let request = proto::GetDecisionRequest {
                        id: "dec_0".to_owned(),
                        view: view.into(),
                        ..Default::default()
                    };
                    let mut client = DecisionServiceClient::new(caller.channel.clone());
                    let answer = client.get_decision(caller.request("r", request)).await;
                    answer.map(drop)
                }
            };
            assert_eq!(told.unwrap_err().code(), code);
            calls += 1;
        }
    }
    let default = TenantId::default_tenant();
    let all = async {
        loop {
            let unknown = refused(&house, &default).await;
            let denied = refused(&house, &tenant).await;
            let both = unknown.iter().chain(&denied);
            if both.map(|(.., count)| count).sum::<u64>() == calls {
                return (unknown, denied);
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    let (unknown, denied) = tokio::time::timeout(Duration::from_secs(30), all)
        .await
        .unwrap();
    let is_unknown = |(who, result, _): &(Option<String>, AuditResult, u64)| {
        who.is_none() && *result == AuditResult::Unauthenticated
    };
    assert!(unknown.iter().all(is_unknown), "{unknown:?}");
    let is_denied = |(who, result, _): &(Option<String>, AuditResult, u64)| {
        who.as_deref() == Some("tester") && *result == AuditResult::PermissionDenied
    };
    assert!(denied.iter().all(is_denied), "{denied:?}");
    let denied: u64 = denied.iter().map(|(.., count)| count).sum();
    assert_eq!(denied, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_refused_calls_adds_a_handful_of_records() {
    let config = ServerConfig::default();
    assert_eq!(config.refused_interval, limits::AUDIT_REFUSED_INTERVAL);
    let house = House::with(config).await;
    let tenant = TenantId::default_tenant();
    for call in 0..10_000 {
        let from = Ipv4Addr::from(0xc000_0000 + call);
        let refused = house.authority.identify(None, None, Some(from.into()));
        assert!(refused.is_err());
    }
    assert_eq!(
        refused(&house, &tenant).await,
        [],
        "before the minute is over"
    );
    // Nothing is lost at the end.
    house.shutdown.cancel();
    let recorded = async {
        while refused(&house, &tenant).await.is_empty() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    let within = Duration::from_secs(30);
    tokio::time::timeout(within, recorded).await.unwrap();
    let (exit, told) = command(house.data.path(), &["audit", "list"]);
    assert_eq!(exit, 0, "{told}");
    let events = told["events"].as_array().unwrap();
    assert_eq!(events.len(), limits::AUDIT_REFUSED_SOURCES_MAX + 1);
    let counted = events.iter().map(|event| event["count"].as_u64().unwrap());
    assert_eq!(counted.sum::<u64>(), 10_000);
    let is_refused = |event: &serde_json::Value| {
        event["action"] == "access.refused" && event["result"] == "UNAUTHENTICATED"
    };
    assert!(events.iter().all(is_refused), "{told}");
}
