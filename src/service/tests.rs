//! The service over a real socket, with a ledger that holds what it is given and a source that
//! has nothing.

mod fake;
mod followed;

use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tonic::codec::CompressionEncoding;
use tonic::codegen::http;
use tonic::transport::Channel;
use tonic::{Code, Status};
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;
use tonic_types::StatusExt;

use super::{ServerConfig, ServerError, run};
use crate::limits;
use crate::proto;
use crate::proto::decision_service_client::DecisionServiceClient;
use crate::proto::rule_set_service_client::RuleSetServiceClient;
use crate::sockets::Protection;

pub(crate) use fake::{good_request, record, refusal, shown, snapshot, violations};

pub(super) struct Server {
    pub(super) address: SocketAddr,
    pub(super) stop: CancellationToken,
    pub(super) ended: tokio::task::JoinHandle<Result<(), ServerError>>,
}

async fn start(records: usize) -> Server {
    let config = ServerConfig {
        drain_timeout: Duration::from_millis(300),
        ..ServerConfig::default()
    };
    start_with(records, config).await
}

pub(super) async fn start_with(records: usize, config: ServerConfig) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let stop = CancellationToken::new();
    let underwriter = fake::underwriter(records);
    let stopped = stop.clone().cancelled_owned();
    let ended = tokio::spawn(run(listener, config, underwriter, stopped));
    Server {
        address,
        stop,
        ended,
    }
}

impl Server {
    pub(super) async fn channel(&self) -> Channel {
        let url = format!("http://{}", self.address);
        Channel::from_shared(url).unwrap().connect().await.unwrap()
    }

    pub(super) async fn client(&self) -> DecisionServiceClient<Channel> {
        DecisionServiceClient::new(self.channel().await)
    }
}

pub(super) fn reason(status: &Status) -> String {
    status
        .get_error_details()
        .error_info()
        .unwrap()
        .reason
        .clone()
}

#[tokio::test]
async fn every_invalid_field_comes_back_by_name() {
    let mut client = start(0).await.client().await;
    let mut request = good_request("k");
    request.rule_set.clear();
    request.application.as_mut().unwrap().applicants[0].account_ids = vec!["acct_1".into()];
    let status = client.decide(request).await.unwrap_err();
    assert_eq!(status.code(), Code::InvalidArgument);
    assert_eq!(reason(&status), "INVALID_REQUEST");
    let details = status.get_error_details();
    let named = &details.bad_request().unwrap().field_violations;
    let fields: Vec<&str> = named
        .iter()
        .map(|violation| violation.field.as_str())
        .collect();
    assert_eq!(
        fields,
        ["rule_set", "application.applicants[0].account_ids[0]"]
    );
}

#[tokio::test]
async fn a_rule_set_that_is_not_active_is_not_found() {
    let mut client = start(0).await.client().await;
    let status = client.decide(good_request("k")).await.unwrap_err();
    assert_eq!(
        (status.code(), reason(&status).as_str()),
        (Code::NotFound, "UNKNOWN_RULE_SET")
    );
}

#[tokio::test]
async fn a_request_is_taken_up_to_the_limit_and_refused_above() {
    let mut client = start(0).await.client().await;
    let request = |bytes: usize| {
        let mut request = good_request("k");
        let mut padding = bytes;
        // The length of the text takes part in the size, so close in on it.
        for _ in 0..3 {
            request.application.as_mut().unwrap().purpose = "x".repeat(padding);
            padding = padding + bytes - prost::Message::encoded_len(&request);
        }
        assert_eq!(prost::Message::encoded_len(&request), bytes);
        request
    };
    let max = limits::REQUEST_BYTES_MAX;
    for size in [max - 1, max] {
        let status = client.decide(request(size)).await.unwrap_err();
        assert_eq!(
            status.code(),
            Code::InvalidArgument,
            "{size}: the text is too long, not the request"
        );
    }
    let status = client.decide(request(max + 1)).await.unwrap_err();
    assert_too_large(&status);
}

fn assert_too_large(status: &Status) {
    assert_eq!(status.code(), Code::OutOfRange);
    assert_eq!(reason(status), "REQUEST_TOO_LARGE");
    let message = "the request is too large: send at most 262144 bytes, unpacked";
    assert_eq!(status.message(), message);
}

#[tokio::test]
async fn a_rule_set_is_taken_up_to_the_limit_and_refused_above() {
    let channel = start(0).await.channel().await;
    let mut client = RuleSetServiceClient::new(channel);
    let max = limits::RULE_SET_REQUEST_BYTES_MAX;
    let sent = |bytes: usize| {
        let text = |source| proto::CheckRuleSetRequest {
            text: Some(proto::RuleSetText {
                source: vec![b'#'; source],
                attachments: Vec::new(),
            }),
        };
        let around = prost::Message::encoded_len(&text(bytes)) - bytes;
        let request = text(bytes - around);
        assert_eq!(prost::Message::encoded_len(&request), bytes);
        request
    };
    for (bytes, code) in [
        (max - 1, Code::InvalidArgument),
        (max, Code::InvalidArgument),
        (max + 1, Code::OutOfRange),
    ] {
        let status = client.check_rule_set(sent(bytes)).await.unwrap_err();
        assert_eq!(status.code(), code, "{bytes}: {status:?}");
        let is_told = status.message().contains(&max.to_string());
        assert_eq!(is_told, code == Code::OutOfRange, "{status:?}");
    }
}

#[tokio::test]
async fn a_request_that_unpacks_to_more_than_the_limit_is_refused() {
    let client = start(0).await.client().await;
    let mut request = good_request("k");
    request.application.as_mut().unwrap().purpose = "x".repeat(64 * limits::REQUEST_BYTES_MAX);
    let mut client = client.send_compressed(CompressionEncoding::Gzip);
    let status = client.decide(request).await.unwrap_err();
    assert_too_large(&status);
}

/// Calls a method of the service with a message that it does not expect.
async fn call_with(server: &Server, method: &'static str, message: prost_types::Any) -> Status {
    let mut client = tonic::client::Grpc::new(server.channel().await);
    client.ready().await.unwrap();
    let path = http::uri::PathAndQuery::from_static(method);
    let codec = tonic_prost::ProstCodec::<prost_types::Any, ()>::default();
    let answer = client.unary(tonic::Request::new(message), path, codec);
    answer.await.unwrap_err()
}

#[tokio::test]
async fn what_is_no_message_of_ours_is_refused_as_the_callers_mistake() {
    let server = start(0).await;
    // Field 2 is bytes here and an application there; these are none.
    let message = prost_types::Any {
        type_url: "k".to_owned(),
        value: vec![0xff; 3],
    };
    let status = call_with(&server, "/underwrite.v1.DecisionService/Decide", message).await;
    assert_eq!(status.code(), Code::InvalidArgument, "{status:?}");
    assert_eq!(reason(&status), "MALFORMED_REQUEST");
    assert!(status.message().contains("underwrite.v1"), "{status:?}");
}

#[tokio::test]
async fn a_method_that_there_is_not_is_said_to_be_unknown() {
    let server = start(0).await;
    let status = call_with(
        &server,
        "/underwrite.v1.DecisionService/Decline",
        prost_types::Any::default(),
    )
    .await;
    assert_eq!(status.code(), Code::Unimplemented);
    assert_eq!(reason(&status), "UNKNOWN_METHOD");
}

#[tokio::test]
async fn compressed_calls_are_answered_compressed() {
    let client = start(1).await.client().await;
    let mut client = client
        .send_compressed(CompressionEncoding::Gzip)
        .accept_compressed(CompressionEncoding::Gzip);
    let answer = client
        .list_decisions(proto::ListDecisionsRequest::default())
        .await
        .unwrap();
    assert_eq!(answer.metadata().get("grpc-encoding").unwrap(), "gzip");
    assert_eq!(answer.into_inner().decisions.len(), 1);
}

#[tokio::test]
async fn a_list_is_read_page_by_page() {
    let mut client = start(5).await.client().await;
    let mut request = proto::ListDecisionsRequest {
        page_size: 2,
        ..Default::default()
    };
    let mut sizes = Vec::new();
    loop {
        let page = client
            .list_decisions(request.clone())
            .await
            .unwrap()
            .into_inner();
        sizes.push(page.decisions.len());
        if page.next_page_token.is_empty() {
            break;
        }
        request.page_token = page.next_page_token;
    }
    assert_eq!(sizes, [2, 2, 1]);
    request.rule_set = "other".to_owned();
    let status = client.list_decisions(request).await.unwrap_err();
    assert_eq!(status.code(), Code::InvalidArgument);
}

/// Nothing in an index says the version: it is looked for in the records, up to a limit.
#[tokio::test]
async fn a_list_that_no_index_narrows_is_read_on_up_to_its_limit() {
    let max = limits::LIST_LOOKED_AT_MAX;
    for (records, pages) in [(max - 1, 1), (max, 1), (max + 1, 2)] {
        let mut client = start(records).await.client().await;
        let mut request = proto::ListDecisionsRequest {
            rule_set_version: "none".to_owned(),
            ..Default::default()
        };
        let mut looked_at = Vec::new();
        loop {
            let page = client.list_decisions(request.clone()).await.unwrap();
            let page = page.into_inner();
            assert_eq!(page.decisions, []);
            looked_at.push(usize::try_from(page.looked_at).unwrap());
            if page.next_page_token.is_empty() {
                break;
            }
            request.page_token = page.next_page_token;
        }
        assert_eq!(looked_at.len(), pages);
        assert_eq!(looked_at.iter().sum::<usize>(), records);
        assert_eq!(looked_at[0], records.min(max));
    }
}

#[tokio::test]
async fn a_summary_tells_what_full_tells_more_of() {
    let mut client = start(1).await.client().await;
    let id = record(0).id.to_string();
    let mut get = async |view: proto::DecisionView| {
        let request = proto::GetDecisionRequest {
            id: id.clone(),
            view: view.into(),
            ..Default::default()
        };
        let shown = client.get_decision(request).await.unwrap().into_inner();
        match shown.result {
            Some(proto::get_decision_response::Result::Decision(decision)) => decision,
            other => panic!("a decision was expected: {other:?}"),
        }
    };
    let summary = get(proto::DecisionView::Unspecified).await;
    assert_eq!(summary.reasons.len(), 1);
    assert!(summary.features.is_empty() && summary.trace.is_empty());
    assert!(summary.application.is_none());
    assert_eq!(
        summary.reasons[0]
            .evidence
            .as_ref()
            .unwrap()
            .transaction_count,
        2
    );
    assert!(
        summary.reasons[0]
            .evidence
            .as_ref()
            .unwrap()
            .transaction_ids
            .is_empty()
    );

    let full = get(proto::DecisionView::Full).await;
    assert_eq!(full.reasons.len(), 2);
    assert_eq!(
        full.reasons[0].evidence.as_ref().unwrap().transaction_ids,
        ["fctxn_1", "fctxn_2"]
    );
    assert_eq!(full.trace.len(), 2);
    assert!(full.application.is_some());
}

#[tokio::test]
async fn a_snapshot_is_shown_and_an_unknown_one_is_not_found() {
    let mut client = start(1).await.client().await;
    let hash = record(0).body.pins.snapshots[0].hash.to_string();
    let request = proto::GetSnapshotRequest { hash };
    let shown = client
        .get_snapshot(request)
        .await
        .unwrap()
        .into_inner()
        .snapshot
        .unwrap();
    assert_eq!(shown.account_id, "fca_one");
    assert_eq!(shown.transactions.len(), 3);
    assert_eq!(shown.owners_absence(), proto::AbsenceReason::NoPermission);
    assert_eq!(shown.category(), proto::AccountCategory::Cash);
    assert_eq!(shown.subcategory_text, "checking");
    let request = proto::GetSnapshotRequest {
        hash: "0".repeat(64),
    };
    let status = client.get_snapshot(request).await.unwrap_err();
    assert_eq!(status.code(), Code::NotFound);
    let request = proto::GetSnapshotRequest {
        hash: "0".repeat(63),
    };
    let status = client.get_snapshot(request).await.unwrap_err();
    assert_eq!(status.code(), Code::InvalidArgument);
}

#[tokio::test]
async fn both_reflections_know_the_service() {
    use tonic_reflection::pb::{v1, v1alpha};
    let server = start(0).await;
    let mut client =
        v1::server_reflection_client::ServerReflectionClient::new(server.channel().await);
    use v1::server_reflection_request::MessageRequest;
    use v1::server_reflection_response::MessageResponse;
    // The service, and what the details of its errors are.
    for name in [
        "underwrite.v1.DecisionService",
        "google.rpc.Status",
        "google.rpc.ErrorInfo",
        "google.rpc.RetryInfo",
    ] {
        let ask = v1::ServerReflectionRequest {
            message_request: Some(MessageRequest::FileContainingSymbol(name.to_owned())),
            ..Default::default()
        };
        let asked = client.server_reflection_info(tokio_stream::iter([ask]));
        let answer = asked.await.unwrap().into_inner().message().await;
        let answer = answer.unwrap().unwrap().message_response;
        assert!(
            matches!(answer, Some(MessageResponse::FileDescriptorResponse(_))),
            "{name}: {answer:?}"
        );
    }

    let ask = v1alpha::ServerReflectionRequest {
        message_request: Some(
            v1alpha::server_reflection_request::MessageRequest::ListServices(String::new()),
        ),
        ..Default::default()
    };
    let channel = server.channel().await;
    let mut client = v1alpha::server_reflection_client::ServerReflectionClient::new(channel);
    let answer = client
        .server_reflection_info(tokio_stream::iter([ask]))
        .await
        .unwrap();
    let answer = answer.into_inner().message().await.unwrap().unwrap();
    use v1alpha::server_reflection_response::MessageResponse as Answer;
    let Some(Answer::ListServicesResponse(list)) = answer.message_response else {
        panic!("a list of services was expected");
    };
    let names: Vec<&str> = list
        .service
        .iter()
        .map(|service| service.name.as_str())
        .collect();
    assert!(
        names.contains(&"underwrite.v1.DecisionService"),
        "{names:?}"
    );
    assert!(names.contains(&"grpc.health.v1.Health"), "{names:?}");
}

#[tokio::test]
async fn a_watcher_is_told_of_the_end_and_does_not_hold_it_up() {
    let server = start(0).await;
    let mut health = HealthClient::new(server.channel().await);
    let request = tonic_health::pb::HealthCheckRequest {
        service: "underwrite.v1.DecisionService".to_owned(),
    };
    let mut watch = health.watch(request).await.unwrap().into_inner();
    let mut next = async || watch.message().await.unwrap().map(|answer| answer.status());
    assert_eq!(next().await, Some(ServingStatus::Serving));
    server.stop.cancel();
    assert_eq!(next().await, Some(ServingStatus::NotServing));
    assert_eq!(next().await, None);
    assert!(server.ended.await.unwrap().is_ok());
}

#[tokio::test]
async fn an_address_on_a_network_is_refused_unless_it_is_asked_for_in_words() {
    let open: SocketAddr = "0.0.0.0:50051".parse().unwrap();
    let said = Protection {
        insecure: true,
        ..Protection::default()
    };
    assert!(super::server::check_protected(open, said).is_ok());
    let listener = TcpListener::bind("0.0.0.0:0").await.unwrap();
    let refused = run(
        listener,
        ServerConfig::default(),
        fake::underwriter(0),
        std::future::pending(),
    );
    assert!(matches!(
        refused.await,
        Err(ServerError::NotProtected { .. })
    ));
}
