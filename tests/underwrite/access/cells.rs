//! The access matrix: every method with every credential, and what each view needs.

use std::time::Duration;

use tonic::metadata::MetadataValue;
use tonic::transport::Channel;
use tonic::{Code, Request, Status};
use tonic_types::StatusExt;
use underwrite::access::audit::Origin;
use underwrite::access::methods::{self, Access};
use underwrite::access::{Scope, Scopes};
use underwrite::id::IdentityName;
use underwrite::proto;
use underwrite::service::NewGrant;

use super::super::harness::{channel, request};
use super::{House, described};

/// What a call is answered as far as access goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Told {
    Passed,
    Unknown,
    Denied,
}

/// Calls a method with an empty request, and a header where one is given.
pub(super) async fn call(
    channel: &Channel,
    path: &str,
    header: Option<&str>,
) -> Result<(), Status> {
    let mut client = tonic::client::Grpc::new(channel.clone());
    client.ready().await.unwrap();
    let mut asked = Request::new(tokio_stream::once(()));
    if let Some(header) = header {
        let shown: MetadataValue<_> = header.parse().unwrap();
        asked.metadata_mut().insert("authorization", shown);
    }
    let codec = tonic_prost::ProstCodec::<(), ()>::default();
    let answer = client.streaming(asked, path.parse().unwrap(), codec);
    let within = Duration::from_secs(10);
    let answer = tokio::time::timeout(within, answer).await.unwrap()?;
    // Those that go on for ever have begun.
    let mut messages = answer.into_inner();
    match tokio::time::timeout(Duration::from_millis(200), messages.message()).await {
        Ok(message) => message.map(drop),
        Err(_) => Ok(()),
    }
}

pub(super) fn told(answer: &Result<(), Status>) -> Told {
    match answer.as_ref().map_err(Status::code) {
        Err(Code::Unauthenticated) => Told::Unknown,
        Err(Code::PermissionDenied) => Told::Denied,
        // An empty request may be refused for what it is.
        Ok(()) | Err(Code::InvalidArgument) => Told::Passed,
        Err(other) => panic!("{other:?}: {answer:?}"),
    }
}

fn reason(status: &Status) -> String {
    let details = status.get_error_details();
    details.error_info().unwrap().reason.clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_method_lets_through_those_alone_whom_it_is_for() {
    let house = House::new().await;
    let tenant = house.tenant("acme").await;
    let mut scoped = Vec::new();
    for scope in Scope::ALL {
        let token = house.grant(&tenant, Scopes::NONE.with(scope)).await.1;
        scoped.push((scope, format!("Bearer {token}")));
    }
    let (_, expired) = house.grant_until(&tenant, Scopes::ALL, Some(1)).await;
    house.clock.advance(chrono::Duration::days(1));
    let (revoked, revoked_token) = house.grant(&tenant, Scopes::ALL).await;
    let by = Origin::local(tenant.clone());
    house.authority.revoke(&by, &revoked.id).await.unwrap();
    let good = house.grant(&tenant, Scopes::ALL).await.1;
    let bad = [
        None,
        Some(String::new()),
        Some("Bearer".to_owned()),
        Some("Bearer ".to_owned()),
        Some(format!("Basic {good}")),
        Some(good.clone()),
        Some(format!("Bearer {}", good.to_ascii_uppercase())),
        Some(format!("Bearer {good}0")),
        Some(format!("Bearer {good}, Bearer {good}")),
        Some(format!("Bearer uwt_{}", "0".repeat(64))),
        Some(format!("Bearer {expired}")),
        Some(format!("Bearer {revoked_token}")),
    ];
    let channel = channel(house.address).await;
    for path in described() {
        let access = methods::access(&path).unwrap();
        let mut told_bad = Vec::new();
        for header in &bad {
            let answer = call(&channel, &path, header.as_deref()).await;
            let expected = match access {
                Access::Open => Told::Passed,
                Access::Needs(_) => Told::Unknown,
            };
            assert_eq!(told(&answer), expected, "{path} with {header:?}");
            told_bad.extend(
                answer
                    .err()
                    .filter(|_| expected == Told::Unknown)
                    .map(|status| (reason(&status), status.message().to_owned())),
            );
        }
        // Whatever is wrong with it, the same is told.
        told_bad.dedup();
        assert!(told_bad.len() <= 1, "{told_bad:?}");
        for (scope, header) in &scoped {
            let answer = call(&channel, &path, Some(header)).await;
            let expected = match access {
                Access::Open => Told::Passed,
                Access::Needs(needed) if needed == *scope => Told::Passed,
                Access::Needs(_) => Told::Denied,
            };
            assert_eq!(told(&answer), expected, "{path} with {scope}");
            if let (Err(status), Access::Needs(needed)) = (answer, access)
                && expected == Told::Denied
            {
                let details = status.get_error_details();
                let info = details.error_info().unwrap();
                assert_eq!(info.reason, "SCOPE_NEEDED");
                assert_eq!(info.metadata["scope"], needed.name());
            }
        }
    }
    let unknown = call(&channel, "/underwrite.v1.DecisionService/Undo", None).await;
    let unknown = unknown.unwrap_err();
    assert_eq!(unknown.code(), Code::Unimplemented);
    assert_eq!(reason(&unknown), "UNKNOWN_METHOD");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_of_this_machine_needs_nothing_until_somebody_was_granted_something() {
    let house = House::new().await;
    let channel = channel(house.address).await;
    let path = "/underwrite.v1.DecisionService/ListDecisions";
    assert!(house.authority.allows_local());
    call(&channel, path, None).await.unwrap();
    let tenant = house.tenant("default").await;
    let (grant, _) = house.grant(&tenant, Scopes::ALL).await;
    let refused = call(&channel, path, None).await.unwrap_err();
    assert_eq!(reason(&refused), "UNAUTHENTICATED");
    // Nor does it once the last one is revoked.
    let by = Origin::local(tenant);
    house.authority.revoke(&by, &grant.id).await.unwrap();
    call(&channel, path, None).await.unwrap_err();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_network_shows_something_always_and_a_certificate_is_something() {
    let house = House::new().await;
    let identify = |certificate: Option<&str>, peer: [u8; 4]| {
        house
            .authority
            .identify(None, certificate, Some(peer.into()))
    };
    assert!(identify(None, [127, 0, 0, 1]).is_ok());
    assert!(identify(None, [192, 0, 2, 1]).is_err());
    assert!(house.authority.identify(None, None, None).is_err());
    let subject = "CN=los,O=Acme";
    let tenant = house.tenant("acme").await;
    let new = NewGrant {
        name: IdentityName::parse("los").unwrap(),
        scopes: Scopes::NONE.with(Scope::Decide),
        expires_at: None,
        certificate: Some(subject.to_owned()),
    };
    let by = Origin::local(tenant.clone());
    let (_, token) = house.authority.create(&by, new).await.unwrap();
    assert!(token.is_none());
    let found = identify(Some(subject), [192, 0, 2, 1]).unwrap();
    assert_eq!(
        (&found.tenant, found.scopes.to_string()),
        (&tenant, "decide".to_owned())
    );
    assert!(identify(Some("CN=los"), [127, 0, 0, 1]).is_err());
    // A token that is no good is not made good by a certificate.
    let both = house.authority.identify(Some("uwt_0"), Some(subject), None);
    assert!(both.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_personal_needs_its_own_scope() {
    let house = House::new().await;
    let tenant = house.tenant("acme").await;
    let token = |scopes: &'static str| {
        let (house, tenant) = (&house, &tenant);
        async move { house.grant(tenant, Scopes::parse(scopes).unwrap()).await.1 }
    };
    let mut plain = house.client(&token("decide,read").await).await;
    let mut personal = house
        .client(&token("decide,read,read:personal").await)
        .await;
    let mut asked = request("k", "Ann Example", &["fca_none"]);
    let denied = |status: Status| {
        assert_eq!(status.code(), Code::PermissionDenied, "{status:?}");
        let details = status.get_error_details();
        assert_eq!(
            details.error_info().unwrap().metadata["scope"],
            "read:personal"
        );
    };
    asked.view = proto::DecisionView::Full.into();
    denied(plain.decide(asked.clone()).await.unwrap_err());
    let nothing = personal.list_decisions(proto::ListDecisionsRequest::default());
    assert!(nothing.await.unwrap().into_inner().decisions.is_empty());
    let view = proto::DecisionView::Full.into();
    let get = proto::GetDecisionRequest {
        id: "dec_0".to_owned(),
        view,
        ..Default::default()
    };
    denied(plain.get_decision(get.clone()).await.unwrap_err());
    let found = personal.get_decision(get).await.unwrap_err();
    assert_eq!(found.code(), Code::NotFound);
    let watch = proto::WatchDecisionRequest {
        id: "dec_0".to_owned(),
        view,
    };
    denied(plain.watch_decision(watch).await.unwrap_err());
    let list = proto::ListDecisionsRequest {
        view,
        ..Default::default()
    };
    denied(plain.list_decisions(list.clone()).await.unwrap_err());
    personal.list_decisions(list).await.unwrap();
}
