//! Decisions that were referred are settled by what a reviewer answers.

#[path = "resolve/untimely.rs"]
mod untimely;

use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tonic::{Code, Status};
use tonic_types::StatusExt;
use underwrite::clock::{Clock, SystemClock};
use underwrite::id::{OsEntropy, TenantId};
use underwrite::ledger::{Ledger, Scope, SqliteLedger};
use underwrite::proto::input_value::Kind;
use underwrite::proto::{self, Outcome};
use underwrite::replay::{Replay, reproduce};
use underwrite::sandbox::applicants;
use underwrite::service::to_wire;
use underwrite::underwriter::WaitLimits;

use super::harness::{
    RULE_SET, Setup, TestSystem, anew, assert_names_field, feature, final_one, now, principal,
    private_folder, start, system, today, usd,
};
use super::process::command;

const FULL: proto::DecisionView = proto::DecisionView::Full;

/// The request of a sample applicant.
fn sample(key: &str, id: &str) -> proto::DecideRequest {
    let mut samples = applicants(today()).into_iter();
    let sample = samples.find(|sample| sample.key == key).unwrap();
    proto::DecideRequest {
        idempotency_key: id.to_owned(),
        application: Some(to_wire::application(&sample.application)),
        rule_set: RULE_SET.to_owned(),
        view: FULL.into(),
    }
}

pub(crate) fn answer(fact: &str, kind: Kind) -> proto::Answer {
    proto::Answer {
        fact: fact.to_owned(),
        value: Some(proto::InputValue { kind: Some(kind) }),
        reviewer: "q.officer".to_owned(),
        evidence: "the marriage certificate".to_owned(),
        answer_time: Some(prost_types::Timestamp {
            seconds: now().timestamp(),
            nanos: 0,
        }),
    }
}

pub(crate) fn count(number: u32) -> Kind {
    Kind::Number(proto::Decimal {
        value: number.to_string(),
    })
}

pub(crate) fn asked(
    key: &str,
    of: &proto::Decision,
    answers: Vec<proto::Answer>,
) -> proto::ResolveDecisionRequest {
    proto::ResolveDecisionRequest {
        idempotency_key: key.to_owned(),
        decision_id: of.id.clone(),
        answers,
        stream_reviews: Vec::new(),
        view: FULL.into(),
    }
}

async fn resolve(
    system: &TestSystem,
    request: proto::ResolveDecisionRequest,
) -> Result<proto::Decision, Status> {
    let answer = system.client.clone().resolve_decision(request).await?;
    Ok(answer.into_inner().decision.unwrap())
}

async fn shown(system: &TestSystem, id: &str) -> proto::Decision {
    let request = proto::GetDecisionRequest {
        id: id.to_owned(),
        view: FULL.into(),
        ..Default::default()
    };
    let shown = system.client.clone().get_decision(request).await.unwrap();
    final_one(shown.into_inner()).unwrap()
}

fn reason(status: &Status) -> String {
    status
        .get_error_details()
        .error_info()
        .unwrap()
        .reason
        .clone()
}

/// The ledger in a folder is sound, and each of its decisions is decided again to the same bytes.
async fn assert_proven(data: &Path, decisions: u64) {
    let path = data.join("ledger.sqlite");
    let ledger: Arc<dyn Ledger> = Arc::new(SqliteLedger::open(&path, &OsEntropy).unwrap());
    let report = ledger.verify(Scope::default(), Arc::new(|_, _| {})).await;
    let report = report.unwrap();
    assert!(report.is_sound(), "{report:?}");
    let tenant = TenantId::default_tenant();
    let report = reproduce(&ledger, &tenant, &Replay::default(), |_, _| {
        ControlFlow::Continue(())
    })
    .await
    .unwrap();
    assert_eq!(
        (report.reproduced, report.total),
        (decisions, decisions),
        "{report:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_settles_a_decision_on_the_same_data_and_is_replayed() {
    let data = private_folder();
    let fetches = Arc::new(AtomicUsize::new(0));
    let system = start(Setup {
        data: Some(data.path()),
        fetches: Some(Arc::clone(&fetches)),
        ..Setup::default()
    })
    .await;
    let first = system.decide(sample("ownership_mismatch", "k1")).await;
    assert_eq!(principal(&first), ["OWNERSHIP_NOT_MATCHED"]);
    assert_eq!((&*first.resolves, &*first.resolved_by), ("", ""));
    let before = fetches.load(Ordering::SeqCst);
    system.clock.advance(chrono::Duration::days(3));

    let said = vec![answer("ownership.unmatched_accounts", count(0))];
    let request = asked("r1", &first, said.clone());
    let second = resolve(&system, request.clone()).await.unwrap();
    assert_eq!(
        second.outcome(),
        Outcome::Approve,
        "{:?}",
        principal(&second)
    );
    assert_eq!((&second.resolves, &second.answers), (&first.id, &said));
    assert_eq!(feature(&second, "ownership.unmatched_accounts"), "0");
    assert_eq!(second.application_id, first.application_id);
    // No bank was asked, and no time went by.
    assert_eq!(fetches.load(Ordering::SeqCst), before);
    assert_eq!(second.pins, first.pins);
    assert_ne!(second.record_time, first.record_time);

    // Shown by whoever looks; the answers in full alone.
    assert_eq!(shown(&system, &second.id).await, second);
    assert!(first.settlement.is_some());
    let settled = shown(&system, &first.id).await;
    assert_eq!(
        (&settled.resolved_by, settled.settlement),
        (&second.id, None)
    );
    let listed = system.recorded().await;
    assert_eq!(listed.len(), 2);
    assert_eq!(
        (&listed[0].resolves, listed[0].answers.len()),
        (&first.id, 0)
    );
    assert_eq!(listed[1].resolved_by, second.id);

    // The same request is the same decision, and another one comes too late.
    assert_eq!(resolve(&system, request).await.unwrap(), second);
    let late = resolve(&system, asked("r2", &first, said))
        .await
        .unwrap_err();
    assert_eq!(
        (late.code(), &*reason(&late)),
        (Code::FailedPrecondition, "DECISION_RESOLVED")
    );
    let details = late.get_error_details();
    assert_eq!(details.resource_info().unwrap().resource_name, second.id);
    assert_eq!(system.recorded().await.len(), 2);
    system.stop().await;
    assert_proven(data.path(), 2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_resolution_that_is_referred_is_resolved_itself_and_answers_accumulate() {
    let data = private_folder();
    let system = start(Setup {
        data: Some(data.path()),
        ..Setup::default()
    })
    .await;
    let first = system.decide(sample("disconnected", "k1")).await;
    assert_eq!(first.outcome(), Outcome::Refer);
    assert_eq!(
        feature(&first, "income.monthly_net"),
        "missing: DISCONNECTED"
    );
    let said = vec![answer("data.inactive_accounts", count(0))];
    let second = resolve(&system, asked("r1", &first, said)).await.unwrap();
    assert_eq!(second.outcome(), Outcome::Refer);
    // A pay slip, and it is too little.
    let said = vec![answer("income.monthly_net", Kind::Money(usd("300.00")))];
    let third = resolve(&system, asked("r2", &second, said)).await.unwrap();
    assert_eq!(third.outcome(), Outcome::Decline);
    assert_eq!(principal(&third)[0], "INCOME_INSUFFICIENT");
    let facts: Vec<&str> = third.answers.iter().map(|one| one.fact.as_str()).collect();
    assert_eq!(facts, ["data.inactive_accounts", "income.monthly_net"]);
    assert_eq!(third.resolves, second.id);
    // What is settled stays so, at every place of the line.
    for decision in [&first, &second] {
        let said = vec![answer("income.monthly_net", Kind::Money(usd("9000.00")))];
        let refused = resolve(&system, asked("r3", decision, said))
            .await
            .unwrap_err();
        assert_eq!(reason(&refused), "DECISION_RESOLVED");
    }
    let said = vec![answer("income.monthly_net", Kind::Money(usd("9000.00")))];
    let refused = resolve(&system, asked("r3", &third, said))
        .await
        .unwrap_err();
    assert_eq!(
        (refused.code(), &*reason(&refused)),
        (Code::FailedPrecondition, "DECISION_NOT_REFERRED")
    );
    system.stop().await;
    assert_proven(data.path(), 3).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_reviewers_at_once_one_settles_it() {
    let system = system().await;
    let first = system.decide(sample("ownership_mismatch", "k1")).await;
    let (one, other) = tokio::join!(
        resolve(&system, asked("r1", &first, vec![good()])),
        resolve(&system, asked("r2", &first, vec![good()])),
    );
    let refused = match (one, other) {
        (Ok(_), Err(refused)) | (Err(refused), Ok(_)) => refused,
        both => panic!("{both:?}"),
    };
    assert_eq!(reason(&refused), "DECISION_RESOLVED");
    assert_eq!(system.recorded().await.len(), 2);
}

/// An answer that is good for [`first_of_a_stranger`].
fn good() -> proto::Answer {
    answer("ownership.unmatched_accounts", count(0))
}

fn changed(change: impl FnOnce(&mut proto::Answer)) -> Vec<proto::Answer> {
    let mut answer = good();
    change(&mut answer);
    vec![answer]
}

fn one(fact: &str, kind: Kind) -> Vec<proto::Answer> {
    vec![answer(fact, kind)]
}

/// Answers that are refused whatever is asked of which decision, each with the field that is named.
fn malformed() -> Vec<(Vec<proto::Answer>, &'static str)> {
    vec![
        (vec![], "answers"),
        (vec![good(), good()], "answers[1].fact"),
        (vec![good(); 51], "answers"),
        (changed(|one| one.fact.clear()), "answers[0].fact"),
        (
            changed(|one| one.fact = "x".repeat(5_000)),
            "answers[0].fact",
        ),
        (
            changed(|one| one.fact = "a\nb".to_owned()),
            "answers[0].fact",
        ),
        (changed(|one| one.value = None), "answers[0].value"),
        (changed(|one| one.reviewer.clear()), "answers[0].reviewer"),
        (
            changed(|one| one.reviewer = "x".repeat(501)),
            "answers[0].reviewer",
        ),
        (
            changed(|one| one.evidence = " ".to_owned()),
            "answers[0].evidence",
        ),
        (
            changed(|one| one.answer_time = None),
            "answers[0].answer_time",
        ),
        (
            one("income.stopped", Kind::Money(usd("1e9"))),
            "answers[0].value.amount",
        ),
    ]
}

/// The same of values that do not fit what is answered.
fn misfitting() -> Vec<(Vec<proto::Answer>, &'static str)> {
    vec![
        (
            one("ownership.unmatched_accounts", count(51)),
            "answers[0].value",
        ),
        (
            one("ownership.unmatched_accounts", Kind::Boolean(true)),
            "answers[0].value",
        ),
        (
            one("ownership.unmatched_accounts", count(1)),
            "answers[0].value",
        ),
        (
            one("inputs.state_apr_max", Kind::Boolean(true)),
            "answers[0].value",
        ),
    ]
}

/// The same of what is not for a reviewer to say.
fn not_answerable() -> Vec<(Vec<proto::Answer>, &'static str)> {
    let income = answer("income.monthly_net", Kind::Money(usd("9000.00")));
    vec![
        (vec![good(), income], "answers[1].fact"),
        (one("income.monthly", count(1)), "answers[0].fact"),
        (one("stream.monthly_net", count(1)), "answers[0].fact"),
        (one("inputs.nothing", count(1)), "answers[0].fact"),
        (one("data.stale_balances", count(1)), "answers[0].fact"),
        (one("application.amount", count(1)), "answers[0].fact"),
        (
            one("inputs.existing_customer", Kind::Boolean(true)),
            "answers[0].fact",
        ),
    ]
}

/// A stranger's account, and the caller says that the applicant is no customer.
async fn first_of_a_stranger(system: &TestSystem) -> proto::Decision {
    let mut request = sample("ownership_mismatch", "k1");
    let inputs = &mut request.application.as_mut().unwrap().inputs;
    let kind = Some(Kind::Boolean(false));
    inputs.insert("existing_customer".to_owned(), proto::InputValue { kind });
    system.decide(request).await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_an_answer_is_said_by_its_field_and_records_nothing() {
    let system = system().await;
    let first = first_of_a_stranger(&system).await;
    for (cases, expected) in [
        (malformed(), "INVALID_REQUEST"),
        (misfitting(), "INVALID_REQUEST"),
        (not_answerable(), "NOT_ANSWERABLE"),
    ] {
        for (answers, field) in cases {
            let status = resolve(&system, asked("r1", &first, answers))
                .await
                .unwrap_err();
            assert_names_field(&status, field);
            assert_eq!(reason(&status), expected, "{status:?}");
        }
    }
    let known = one("data.history_days", count(400));
    let status = resolve(&system, asked("r1", &first, known))
        .await
        .unwrap_err();
    let (_, may) = status
        .message()
        .split_once("what may be answered: ")
        .unwrap();
    assert!(
        may.contains("`ownership.unmatched_accounts`") && may.contains("`inputs."),
        "{may}"
    );
    assert!(
        !may.contains("history_days") && !may.contains("existing_customer"),
        "{may}"
    );
    // Nothing of all this was recorded, and the key is still free.
    assert_eq!(system.recorded().await.len(), 1);
    resolve(&system, asked("r1", &first, vec![good()]))
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_not_referred_is_not_settled_and_a_key_is_one_requests() {
    let system = system().await;
    let approved = system.decide(sample("salaried", "k1")).await;
    let status = resolve(&system, asked("r1", &approved, vec![good()])).await;
    assert_eq!(reason(&status.unwrap_err()), "DECISION_NOT_REFERRED");
    let nobody = proto::Decision {
        id: "dec_nobody".to_owned(),
        ..Default::default()
    };
    let status = resolve(&system, asked("r1", &nobody, vec![good()])).await;
    assert_eq!(status.unwrap_err().code(), Code::NotFound);
    let first = system.decide(sample("ownership_mismatch", "k2")).await;
    resolve(&system, asked("r1", &first, vec![good()]))
        .await
        .unwrap();
    // Of whichever kind it is.
    let status = system
        .try_decide(sample("salaried", "r1"))
        .await
        .unwrap_err();
    assert_eq!(status.code(), Code::AlreadyExists);
    let status = resolve(&system, asked("k1", &first, vec![good()]))
        .await
        .unwrap_err();
    assert_eq!(status.code(), Code::AlreadyExists);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_bank_did_not_deliver_is_no_reviewers_to_say() {
    let wait = Duration::from_millis(300);
    let system = start(Setup {
        faults: "[[fault]]\naccount = 'fca_sample_salaried_checking'\neffect = 'refresh_pending'\n\
                 feature = 'transactions'\n",
        wait_limits: WaitLimits {
            answer_within: Duration::from_millis(50),
            pending_for: wait,
            retry_pause: Duration::from_millis(50),
        },
        ..Setup::default()
    })
    .await;
    let answered = system
        .client
        .clone()
        .decide(anew(sample("salaried", "k1")))
        .await;
    let Some(proto::decide_response::Result::Pending(pending)) =
        answered.unwrap().into_inner().result
    else {
        panic!("it is final");
    };
    let of = proto::Decision {
        id: pending.decision_id.clone(),
        ..Default::default()
    };
    let said = || vec![answer("data.stale_balances", count(0))];
    let status = resolve(&system, asked("r1", &of, said()))
        .await
        .unwrap_err();
    assert_eq!(reason(&status), "DECISION_NOT_REFERRED");
    assert!(status.message().contains("pending"), "{}", status.message());
    while system.recorded().await.is_empty() {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let status = resolve(&system, asked("r1", &of, said()))
        .await
        .unwrap_err();
    assert_eq!(
        (status.code(), &*reason(&status)),
        (Code::FailedPrecondition, "BANK_DATA_NOT_READY")
    );
    assert!(
        status.message().contains("under a new key"),
        "{}",
        status.message()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_program_settles_and_shows_who_said_so() {
    let data = private_folder();
    // The program goes by the clock of the machine, and a referral of long ago is not settled any more.
    let system = start(Setup {
        data: Some(data.path()),
        day: Some(SystemClock.now().date_naive()),
        ..Setup::default()
    })
    .await;
    let mut asked = sample("ownership_mismatch", "k1");
    super::harness::application(&mut asked).first_payment_date = None;
    let first = system.decide(asked).await;
    system.stop().await;
    let words = [
        "decisions",
        "resolve",
        &first.id,
        "--answer",
        "ownership.unmatched_accounts=0",
        "--reviewer",
        "q.officer",
        "--evidence",
        "the marriage certificate",
        "--key",
        "r1",
    ];
    // The request of a key is the same each time: it does not say when it was made.
    let (exit, _) = command(data.path(), &words);
    assert_eq!(exit, 2);
    let time = now().to_rfc3339();
    let words = [&words[..], &["--answer-time", &time]].concat();
    let (exit, told) = command(data.path(), &words);
    assert_eq!(
        (exit, &told["outcome"]),
        (0, &"OUTCOME_APPROVE".into()),
        "{told:#}"
    );
    assert_eq!(told["resolves"], first.id.as_str());
    let id = told["id"].as_str().unwrap();
    let (_, told) = command(data.path(), &["decisions", "show", id]);
    let said = &told["answers"][0];
    assert_eq!(said["fact"], "ownership.unmatched_accounts");
    assert_eq!(said["reviewer"], "q.officer");
    assert_eq!(said["evidence"], "the marriage certificate");
    let (exit, _) = command(data.path(), &["ledger", "verify"]);
    assert_eq!(exit, 0);
    assert_proven(data.path(), 2).await;
}
