//! Limits that only the whole system shows, each below, at and above its value.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::task::JoinSet;
use tonic::{Code, Status};
use tonic_types::StatusExt;
use underwrite::access::audit::Origin;
use underwrite::clock::ManualClock;
use underwrite::id::{ConnectedAccountId, Handle, TenantId};
use underwrite::limits;
use underwrite::proto;
use underwrite::proto::decision_service_client::DecisionServiceClient;
use underwrite::rules::Bundle;
use underwrite::service::from_wire;
use underwrite::service::server::{self, ServerConfig, ServerError};
use underwrite::snapshot::Fetched;
use underwrite::stripe::{FetchRequest, Resolved, Source, StripeError};
use underwrite::underwriter::{Underwriter, WaitLimits};

use super::corpus::{decide, rules};
use super::harness::{self, application, connect, listen, now, request, usd};

const NAME: &str = "Ola Lind";
const ACCOUNT: &str = "fca_ola";

/// The fields that are wrong in a request; none where it is good.
fn wrong(change: impl FnOnce(&mut proto::Application)) -> Vec<String> {
    let mut request = request("k", NAME, &[ACCOUNT]);
    change(application(&mut request));
    match from_wire::decide_request(TenantId::default_tenant(), request) {
        Ok(_) => Vec::new(),
        Err(problems) => problems.into_iter().map(|problem| problem.field).collect(),
    }
}

/// Asserts that a change is good one below the limit and at it, and that above it this field and
/// no other is wrong.
#[track_caller]
fn assert_limit(limit: usize, field: &str, change: impl Fn(&mut proto::Application, usize)) {
    assert!(wrong(|wire| change(wire, limit - 1)).is_empty(), "below");
    assert!(wrong(|wire| change(wire, limit)).is_empty(), "at");
    assert_eq!(wrong(|wire| change(wire, limit + 1)), [field], "above");
}

#[test]
fn an_application_has_so_many_applicants() {
    let field = "application.applicants";
    assert_limit(limits::APPLICANTS_MAX, field, |wire, count| {
        let first = wire.applicants[0].clone();
        wire.applicants.extend((1..count).map(|number| {
            let mut other = first.clone();
            other.id = format!("other-{number}");
            other.role = proto::ApplicantRole::CoApplicant.into();
            other.account_ids.clear();
            other
        }));
    });
}

#[test]
fn an_application_has_so_many_accounts_over_all_applicants() {
    let field = "application.applicants";
    assert_limit(limits::ACCOUNTS_MAX, field, |wire, count| {
        let mut other = wire.applicants[0].clone();
        other.id = "other".to_owned();
        other.role = proto::ApplicantRole::Guarantor.into();
        other.account_ids = (1..count).map(|number| format!("fca_{number}")).collect();
        wire.applicants.push(other);
    });
}

#[test]
fn an_application_has_so_many_inputs() {
    let field = "application.inputs";
    assert_limit(limits::INPUTS_MAX, field, |wire, count| {
        wire.inputs = (0..count)
            .map(|number| {
                let kind = proto::input_value::Kind::Boolean(true);
                let input = proto::InputValue { kind: Some(kind) };
                (format!("input_{number}"), input)
            })
            .collect();
    });
}

#[test]
fn an_application_has_so_many_reviews_of_streams() {
    let field = "application.stream_reviews";
    assert_limit(limits::STREAM_REVIEWS_MAX, field, |wire, count| {
        let review = |number: usize| proto::StreamReview {
            account_id: ACCOUNT.to_owned(),
            transaction_id: format!("fctxn_{number}"),
            verdict: proto::ReviewVerdict::Refused.into(),
            reviewer: "q.officer".to_owned(),
            reason: "a loan of a friend".to_owned(),
            review_time: Some(prost_types::Timestamp::default()),
        };
        wire.stream_reviews = (0..count).map(review).collect();
    });
}

#[test]
fn a_text_has_so_many_bytes() {
    type Place = fn(&mut proto::Application) -> &mut String;
    let places: [(&str, Place); 4] = [
        ("application.product", |wire| &mut wire.product),
        ("application.purpose", |wire| &mut wire.purpose),
        ("application.applicants[0].identity.name", |wire| {
            &mut wire.applicants[0].identity.as_mut().unwrap().name
        }),
        ("application.applicants[0].identity.email", |wire| {
            &mut wire.applicants[0].identity.as_mut().unwrap().email
        }),
    ];
    for (field, place) in places {
        assert_limit(limits::TEXT_BYTES_MAX, field, |wire, bytes| {
            *place(wire) = "x".repeat(bytes);
        });
    }
    let field = "application.applicants[0].identity.address.city";
    assert_limit(limits::TEXT_BYTES_MAX, field, |wire, bytes| {
        let identity = wire.applicants[0].identity.as_mut().unwrap();
        identity.address = Some(proto::Address {
            city: "x".repeat(bytes),
            ..proto::Address::default()
        });
    });
}

#[test]
fn an_amount_has_a_largest_value() {
    let field = "application.requested_amount";
    let amount = |text: String| wrong(|wire| wire.requested_amount = Some(usd(&text)));
    let max = limits::AMOUNT_MAJOR_MAX;
    assert!(amount(format!("{}.99", max - 1)).is_empty());
    assert!(amount(format!("{max}.00")).is_empty());
    assert_eq!(amount(format!("{max}.01")), [field]);
}

#[test]
fn a_term_has_a_longest_length() {
    let max = usize::try_from(limits::TERM_DAYS_MAX).unwrap();
    assert_limit(max, "application.term.count", |wire, days| {
        wire.term = Some(proto::Term {
            count: u32::try_from(days).unwrap(),
            unit: proto::TermUnit::Days.into(),
        });
    });
    let months = wrong(|wire| {
        wire.term = Some(proto::Term {
            count: u32::MAX,
            unit: proto::TermUnit::Months.into(),
        });
    });
    assert_eq!(months, ["application.term.count"]);
}

#[test]
fn a_page_has_so_many_decisions() {
    let taken = |size: usize, view: proto::DecisionView| {
        let request = proto::ListDecisionsRequest {
            page_size: i32::try_from(size).unwrap(),
            view: view.into(),
            ..Default::default()
        };
        let query = from_wire::list_request(&TenantId::default_tenant(), &request);
        query.unwrap().page_size
    };
    for (view, max) in [
        (proto::DecisionView::Summary, limits::PAGE_SIZE_MAX),
        (proto::DecisionView::Full, limits::PAGE_SIZE_FULL_MAX),
    ] {
        assert_eq!(taken(0, view), limits::PAGE_SIZE_DEFAULT);
        assert_eq!(taken(max - 1, view), max - 1);
        assert_eq!(taken(max, view), max);
        assert_eq!(taken(max + 1, view), max);
        assert_eq!(taken(usize::try_from(i32::MAX).unwrap(), view), max);
    }
}

#[test]
fn so_many_reasons_are_told_to_the_applicant() {
    let principal = |count: usize| {
        let mut text = String::from(
            "[rule_set]\nname = 'many'\nversion = '1'\nkind = 'payment'\ncurrency = 'USD'\n\
             [approve]\nwhen = 'application.amount >= 1 usd'\nrefer_reason = 'R0'\n",
        );
        for number in 0..count {
            text.push_str(&format!(
                "[[rule]]\nid = 'r{number}'\nwhen = 'application.amount >= 1 usd'\n\
                 then = 'decline'\nreason = 'R{number}'\n\
                 [reasons.R{number}]\nstatement = 'Reason {number}'\nrank = {number}\n"
            ));
        }
        let bundle = Bundle::publish(text.as_bytes()).unwrap();
        let body = decide::decide(&bundle, rules::blank());
        let reasons = &body.evaluation.reasons;
        assert_eq!(reasons.len(), count, "none is lost");
        reasons.iter().filter(|reason| reason.principal).count()
    };
    let max = limits::PRINCIPAL_REASONS_MAX;
    assert_eq!([max - 1, max, max + 1].map(principal), [max - 1, max, max]);
}

/// A source that takes its time, counts, and then has nothing.
struct Slow {
    time: Duration,
    begun: AtomicUsize,
    open: AtomicUsize,
    most: AtomicUsize,
}

impl Slow {
    fn new(time: Duration) -> Arc<Self> {
        Arc::new(Self {
            time,
            begun: AtomicUsize::new(0),
            open: AtomicUsize::new(0),
            most: AtomicUsize::new(0),
        })
    }

    /// Waits until so many fetches have begun.
    async fn until_begun(&self, count: usize) {
        while self.begun.load(Ordering::SeqCst) < count {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

#[async_trait]
impl Source for Slow {
    fn livemode(&self) -> bool {
        false
    }

    async fn resolve(
        &self,
        handle: &Handle,
        _connected: Option<&ConnectedAccountId>,
    ) -> Result<Resolved, StripeError> {
        self.begun.fetch_add(1, Ordering::SeqCst);
        tokio::time::sleep(self.time).await;
        Err(StripeError::NotLinked {
            kind: handle.kind(),
            why: underwrite::stripe::NotLinkedReason::TypedByHand,
        })
    }

    async fn fetch(&self, wanted: &FetchRequest) -> Result<Fetched, StripeError> {
        let history = chrono::Duration::days(limits::HISTORY_DAYS.into());
        assert_eq!(
            wanted.now - wanted.since,
            history,
            "so much history is asked for"
        );
        let open = self.open.fetch_add(1, Ordering::SeqCst) + 1;
        self.most.fetch_max(open, Ordering::SeqCst);
        self.begun.fetch_add(1, Ordering::SeqCst);
        tokio::time::sleep(self.time).await;
        self.open.fetch_sub(1, Ordering::SeqCst);
        Err(StripeError::Unreachable("there is nothing there"))
    }
}

/// An underwriter on a source, with its rules.
async fn underwriter(source: &Arc<Slow>, data: &std::path::Path) -> Underwriter {
    let clock = Arc::new(ManualClock::new(now()));
    let source: Arc<dyn Source> = Arc::<Slow>::clone(source);
    // Longer than any test takes: what becomes pending makes room for others.
    let wait_limits = WaitLimits {
        answer_within: Duration::from_secs(600),
        ..WaitLimits::default()
    };
    let underwriter = harness::patient(source, data, clock, wait_limits);
    let bundle = Bundle::publish(harness::RULES).unwrap();
    let tenant = TenantId::default_tenant();
    underwriter
        .activate(&Origin::local(tenant.clone()), bundle)
        .await
        .unwrap();
    underwriter
}

/// A server on the source, how it ended, and what ends it.
async fn serve(
    underwriter: Underwriter,
    config: ServerConfig,
) -> (
    std::net::SocketAddr,
    tokio::task::JoinHandle<Result<(), ServerError>>,
    tokio_util::sync::CancellationToken,
) {
    let (listener, address) = listen().await;
    let stop = tokio_util::sync::CancellationToken::new();
    let stopped = stop.clone().cancelled_owned();
    let server = tokio::spawn(server::run(listener, config, underwriter, stopped));
    (address, server, stop)
}

#[tokio::test(flavor = "multi_thread")]
async fn so_many_accounts_are_fetched_at_once() {
    for (accounts, most) in [
        (
            limits::FETCHES_IN_FLIGHT_MAX - 1,
            limits::FETCHES_IN_FLIGHT_MAX - 1,
        ),
        (limits::FETCHES_IN_FLIGHT_MAX, limits::FETCHES_IN_FLIGHT_MAX),
        (
            limits::FETCHES_IN_FLIGHT_MAX + 3,
            limits::FETCHES_IN_FLIGHT_MAX,
        ),
    ] {
        let data = tempfile::tempdir().unwrap();
        let source = Slow::new(Duration::from_millis(150));
        let underwriter = underwriter(&source, data.path()).await;
        let (address, _server, _stop) = serve(underwriter, ServerConfig::default()).await;
        let ids: Vec<String> = (0..accounts)
            .map(|number| format!("fca_{number}"))
            .collect();
        let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
        let answer = connect(address)
            .await
            .decide(request("k", NAME, &ids))
            .await;
        assert_eq!(answer.unwrap_err().code(), Code::Unavailable);
        assert_eq!(source.begun.load(Ordering::SeqCst), accounts);
        assert_eq!(source.most.load(Ordering::SeqCst), most, "{accounts}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn so_many_decisions_are_under_way_at_once() {
    let max = limits::DECISIONS_IN_FLIGHT_MAX;
    let data = tempfile::tempdir().unwrap();
    let source = Slow::new(Duration::from_secs(600));
    let underwriter = underwriter(&source, data.path()).await;
    let (address, _server, _stop) = serve(underwriter, ServerConfig::default()).await;
    let mut calls = JoinSet::new();
    let mut open = async |numbers: std::ops::Range<usize>| {
        // Several connections: one takes a limited number of calls at once.
        for numbers in numbers.collect::<Vec<_>>().chunks(64) {
            let client = connect(address).await;
            for number in numbers {
                // An account each: those of one account share a fetch.
                let (key, account) = (format!("k{number}"), format!("fca_{number}"));
                let (mut client, request) = (client.clone(), request(&key, NAME, &[&account]));
                calls.spawn(async move { client.decide(request).await });
            }
        }
    };
    open(0..max - 1).await;
    source.until_begun(max - 1).await;
    open(max - 1..max).await;
    source.until_begun(max).await;
    let above = connect(address)
        .await
        .decide(request("one-more", NAME, &[ACCOUNT]))
        .await;
    let status: Status = above.unwrap_err();
    assert!(
        matches!(status.code(), Code::ResourceExhausted | Code::Unavailable),
        "{status:?}"
    );
    assert!(status.message().contains("too many"), "{status:?}");
    assert_eq!(source.begun.load(Ordering::SeqCst), max);
    assert!(calls.try_join_next().is_none(), "one was refused too early");
}

/// Stops a server with one call open, giving it `drain_timeout`; how the server ended, and what the
/// call was answered.
async fn drained(
    call: Duration,
    drain_timeout: Duration,
    request: proto::DecideRequest,
) -> (
    Result<(), ServerError>,
    Result<tonic::Response<proto::DecideResponse>, Status>,
) {
    let data = tempfile::tempdir().unwrap();
    let source = Slow::new(call);
    let underwriter = underwriter(&source, data.path()).await;
    let config = ServerConfig {
        drain_timeout,
        ..ServerConfig::default()
    };
    let (address, server, stop) = serve(underwriter, config).await;
    let mut client = connect(address).await;
    let open = tokio::spawn(async move { client.decide(request).await });
    source.until_begun(1).await;
    stop.cancel();
    let ended = server.await.unwrap();
    let answer = open.await.unwrap();
    (ended, answer)
}

#[tokio::test(flavor = "multi_thread")]
async fn open_calls_are_given_so_much_time_at_the_end() {
    assert_eq!(ServerConfig::default().drain_timeout, limits::DRAIN_TIMEOUT);
    let (short, long) = (Duration::from_millis(300), limits::DRAIN_TIMEOUT * 20);
    let asked = || request("k", NAME, &[ACCOUNT]);
    // Whoever waits for a bank is told so at once.
    let (ended, answer) = drained(long, limits::DRAIN_TIMEOUT, asked()).await;
    assert!(ended.is_ok());
    assert!(matches!(
        answer.unwrap().into_inner().result,
        Some(proto::decide_response::Result::Pending(_))
    ));
    // Before the accounts are known there is nothing that could be pending: that is waited for.
    let mut by_handle = asked();
    let who = &mut harness::application(&mut by_handle).applicants[0];
    who.account_ids.clear();
    who.handles = vec!["cus_1".to_owned()];
    let (ended, answer) = drained(short, limits::DRAIN_TIMEOUT, by_handle.clone()).await;
    assert!(ended.is_ok());
    assert_eq!(answer.unwrap_err().code(), Code::InvalidArgument);
    let (ended, answer) = drained(long, short, by_handle).await;
    assert!(ended.is_ok());
    let status = answer.unwrap_err();
    assert_eq!(status.code(), Code::Unavailable, "{status:?}");
    let details = status.get_error_details();
    assert_eq!(details.error_info().unwrap().reason, "STOPPING");
    assert!(details.retry_info().is_some());
}

/// A client whose deadlines only the server knows of: tonic's own gives up by itself.
async fn patient_client(
    address: std::net::SocketAddr,
) -> hyper::client::conn::http2::SendRequest<tonic::body::Body> {
    let socket = tokio::net::TcpStream::connect(address).await.unwrap();
    let (executor, io) = (TokioExecutor::new(), TokioIo::new(socket));
    let (sender, connection) = hyper::client::conn::http2::handshake(executor, io)
        .await
        .unwrap();
    tokio::spawn(connection);
    sender
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deadline_that_passes_is_told_with_its_details() {
    let data = tempfile::tempdir().unwrap();
    let source = Slow::new(Duration::from_secs(600));
    let underwriter = underwriter(&source, data.path()).await;
    let (address, _server, _stop) = serve(underwriter, ServerConfig::default()).await;
    let sender = patient_client(address).await;
    let sender = tower::service_fn(move |request| sender.clone().send_request(request));
    let origin = format!("http://{address}").parse().unwrap();
    let client = DecisionServiceClient::with_origin(sender, origin);
    let mut passed = 0;
    for number in 0..64 {
        let mut by_handle = request(&format!("k{number}"), NAME, &[]);
        let who = &mut harness::application(&mut by_handle).applicants[0];
        who.handles = vec!["cus_1".to_owned()];
        let mut asked = tonic::Request::new(by_handle);
        asked.set_timeout(Duration::from_millis(2));
        let status = client.clone().decide(asked).await.unwrap_err();
        let details = status.get_error_details();
        let info = details.error_info().expect("no ErrorInfo");
        assert_eq!(info.domain, "underwrite.v1");
        if status.code() == Code::DeadlineExceeded {
            assert_eq!(info.reason, "DEADLINE_EXCEEDED");
            passed += 1;
        } else {
            // Told before the deadline that the accounts were not found in time.
            assert_eq!(status.code(), Code::Unavailable, "{status:?}");
        }
    }
    assert!(passed > 0);
    let mut asked = tonic::Request::new(proto::ListDecisionsRequest::default());
    asked.set_timeout(Duration::from_nanos(1));
    // Timers are as fine as a millisecond, in which an empty list may be there.
    if let Err(status) = client.clone().list_decisions(asked).await {
        let details = status.get_error_details();
        assert_eq!(status.code(), Code::DeadlineExceeded, "{status:?}");
        assert_eq!(details.error_info().unwrap().reason, "DEADLINE_EXCEEDED");
    }
}
