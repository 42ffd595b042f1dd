//! What follows a decision, through the real socket and by the program: a person's decision beside it,
//! and how its loan did.

use tonic::{Code, Status};
use tonic_types::StatusExt;
use underwrite::limits;
use underwrite::proto::follow_up_service_client::FollowUpServiceClient;
use underwrite::proto::{self, LoanEvent, Outcome};
use underwrite::sandbox::applicants;
use underwrite::service::to_wire;

use super::harness::{
    RULE_SET, Setup, TestSystem, assert_names_field, channel, final_one, now, principal,
    private_folder, start, system, today, usd,
};
use super::process::command;
use super::resolve::{answer, asked, count};

type Client = FollowUpServiceClient<tonic::transport::Channel>;

const FULL: proto::DecisionView = proto::DecisionView::Full;

pub(crate) fn sample(key: &str) -> proto::DecideRequest {
    let mut samples = applicants(today()).into_iter();
    let sample = samples.find(|sample| sample.key == key).unwrap();
    proto::DecideRequest {
        idempotency_key: key.to_owned(),
        application: Some(to_wire::application(&sample.application)),
        rule_set: RULE_SET.to_owned(),
        view: FULL.into(),
    }
}

async fn client(system: &TestSystem) -> Client {
    FollowUpServiceClient::new(channel(system.address).await)
}

fn coded(code: &str) -> proto::StatedReason {
    proto::StatedReason {
        code: code.to_owned(),
        statement: String::new(),
    }
}

fn stated(statement: &str) -> proto::StatedReason {
    proto::StatedReason {
        code: String::new(),
        statement: statement.to_owned(),
    }
}

/// A person declines a decision.
pub(crate) fn declined(key: &str, decision: &str) -> proto::RecordOverrideRequest {
    proto::RecordOverrideRequest {
        idempotency_key: key.to_owned(),
        decision_id: decision.to_owned(),
        outcome: Outcome::Decline.into(),
        reasons: vec![stated("The employer did not confirm the employment")],
        reviewer: "q.officer".to_owned(),
        decide_time: Some(prost_types::Timestamp {
            seconds: now().timestamp(),
            nanos: 0,
        }),
        note: "called on Friday".to_owned(),
    }
}

/// The loan of a decision is paid out.
pub(crate) fn funded(key: &str, decision: &proto::Decision) -> proto::RecordLoanPerformanceRequest {
    proto::RecordLoanPerformanceRequest {
        idempotency_key: key.to_owned(),
        decision_id: decision.id.clone(),
        event: LoanEvent::Funded.into(),
        date: Some(to_wire::date(today())),
        amount: Some(usd("5000.00")),
        ..Default::default()
    }
}

fn reason(status: &Status) -> (Code, String) {
    let details = status.get_error_details();
    (status.code(), details.error_info().unwrap().reason.clone())
}

async fn shown(system: &TestSystem, id: &str, view: proto::DecisionView) -> proto::Decision {
    let request = proto::GetDecisionRequest {
        id: id.to_owned(),
        view: view.into(),
        ..Default::default()
    };
    let shown = system.client.clone().get_decision(request).await.unwrap();
    final_one(shown.into_inner()).unwrap()
}

async fn refused(client: &mut Client, request: proto::RecordOverrideRequest) -> Status {
    client.record_override(request).await.unwrap_err()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_newest_override_holds_and_all_are_kept_beside_the_decision() {
    let system = system().await;
    let mut client = client(&system).await;
    let decision = system.decide(sample("salaried")).await;
    assert_eq!(decision.outcome(), Outcome::Approve);
    let asked = declined("o1", &decision.id);
    let first = client.record_override(asked.clone()).await.unwrap();
    let again = client.record_override(asked).await.unwrap();
    assert_eq!(first.get_ref(), again.get_ref(), "it is recorded once");
    let approved = proto::RecordOverrideRequest {
        idempotency_key: "o2".to_owned(),
        outcome: Outcome::Approve.into(),
        reasons: Vec::new(),
        ..declined("", &decision.id)
    };
    client.record_override(approved).await.unwrap();
    let full = shown(&system, &decision.id, FULL).await;
    let outcomes: Vec<Outcome> = full
        .overrides
        .iter()
        .map(proto::Override::outcome)
        .collect();
    assert_eq!(outcomes, [Outcome::Approve, Outcome::Decline]);
    assert_eq!(full.overridden_to(), Outcome::Approve);
    let last = &full.overrides[1];
    assert_eq!(Some(last), first.get_ref().recorded.as_ref());
    assert_eq!(
        (&*last.reviewer, &*last.recorded_by),
        ("q.officer", "local")
    );
    // What the engine decided stays what it was, and others see that somebody decided otherwise.
    assert_eq!(full.outcome(), Outcome::Approve);
    let summary = shown(&system, &decision.id, proto::DecisionView::Summary).await;
    assert_eq!(
        (summary.overridden_to(), summary.overrides.len()),
        (Outcome::Approve, 0)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_referral_is_overridden_or_resolved_and_never_both() {
    let system = system().await;
    let mut client = client(&system).await;
    let mut decisions = system.client.clone();
    let refer = |key: &str| proto::DecideRequest {
        idempotency_key: key.to_owned(),
        ..sample("ownership_mismatch")
    };
    let said = || vec![answer("ownership.unmatched_accounts", count(0))];
    let resolved = system.decide(refer("resolved")).await;
    let by = decisions.resolve_decision(asked("r1", &resolved, said()));
    let by = by.await.unwrap().into_inner().decision.unwrap();
    let late = refused(&mut client, declined("o1", &resolved.id)).await;
    let expected = (Code::FailedPrecondition, "DECISION_RESOLVED".to_owned());
    assert_eq!(reason(&late), expected);
    let details = late.get_error_details();
    assert_eq!(details.resource_info().unwrap().resource_name, by.id);

    let overridden = system.decide(refer("overridden")).await;
    assert!(overridden.settlement.is_some());
    let first = declined("o2", &overridden.id);
    let recorded = client.record_override(first.clone()).await.unwrap();
    let late = decisions.resolve_decision(asked("r2", &overridden, said()));
    let expected = (Code::FailedPrecondition, "DECISION_OVERRIDDEN".to_owned());
    assert_eq!(reason(&late.await.unwrap_err()), expected);
    let again = client.record_override(first).await.unwrap();
    assert_eq!(again.get_ref(), recorded.get_ref());
    let shown = shown(&system, &overridden.id, FULL).await;
    assert_eq!(shown.settlement, None, "nothing is left to ask");
    assert_eq!(system.recorded().await.len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_is_told_as_the_decision_or_the_rule_set_says_it() {
    let system = system().await;
    let mut client = client(&system).await;
    let decision = system.decide(sample("job_lost")).await;
    let code = principal(&decision)[0].to_owned();
    let mut asked = declined("o1", &decision.id);
    asked.reasons = vec![
        coded(&code),
        coded("ACCOUNT_OVERDRAWN_NOW"),
        proto::StatedReason {
            statement: "Rent was not paid in July".to_owned(),
            ..coded("INCOME_INSUFFICIENT")
        },
        stated("The loan is for a purpose that we do not lend for"),
    ];
    let recorded = client.record_override(asked).await.unwrap().into_inner();
    let recorded = recorded.recorded.unwrap();
    let told: Vec<_> = recorded
        .reasons
        .iter()
        .map(|one| one.statement.as_str())
        .collect();
    assert_eq!(told[0], decision.reasons[0].statement);
    assert!(
        told[1].starts_with("Account balance below zero"),
        "{told:?}"
    );
    assert_eq!(
        told[2..],
        [
            "Rent was not paid in July",
            "The loan is for a purpose that we do not lend for"
        ]
    );
}

/// What makes a good request one that is refused.
type Change = fn(&mut proto::RecordOverrideRequest);

#[tokio::test(flavor = "multi_thread")]
async fn an_override_that_says_too_much_or_too_little_is_refused() {
    let system = system().await;
    let mut client = client(&system).await;
    let decision = system.decide(sample("salaried")).await;
    let good = declined("o1", &decision.id);
    let cases: [(&str, Change); 5] = [
        ("outcome", |one| one.outcome = Outcome::Counter.into()),
        ("outcome", |one| one.outcome = Outcome::Refer.into()),
        ("outcome", |one| one.outcome = 0),
        ("reviewer", |one| one.reviewer.clear()),
        ("decide_time", |one| {
            one.decide_time.as_mut().unwrap().seconds += 3_600
        }),
    ];
    for (field, change) in cases {
        let mut bad = good.clone();
        change(&mut bad);
        assert_names_field(&refused(&mut client, bad).await, field);
    }
    let nothing = refused(&mut client, declined("o3", "dec_0")).await;
    assert_eq!(reason(&nothing), (Code::NotFound, "NOT_FOUND".to_owned()));
    let mut other = good.clone();
    client.record_override(good).await.unwrap();
    other.note = "another".to_owned();
    let reused = refused(&mut client, other).await;
    let expected = (Code::AlreadyExists, "IDEMPOTENCY_KEY_REUSED".to_owned());
    assert_eq!(reason(&reused), expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn reasons_of_a_person_that_do_not_say_why_are_refused() {
    let system = system().await;
    let mut client = client(&system).await;
    let decision = system.decide(sample("salaried")).await;
    let good = declined("o1", &decision.id);
    let cases: [(&str, Change); 10] = [
        ("reasons", |one| one.reasons.clear()),
        ("reasons", |one| {
            one.reasons = vec![one.reasons[0].clone(); 5]
        }),
        ("reasons[0].code", |one| {
            one.reasons = vec![coded("INCOME_STOPED")]
        }),
        ("reasons[0].statement", |one| {
            one.reasons = vec![coded("INCOME_INSUFFICIENT")]
        }),
        ("reasons[0].statement", |one| one.reasons = vec![coded("")]),
        ("reasons[0].statement", |one| {
            one.reasons = vec![stated("The application does not meet our standards")];
        }),
        ("reasons[0].statement", |one| {
            one.reasons = vec![stated(&"a".repeat(301))]
        }),
        ("reasons[1].statement", |one| {
            let again = one.reasons[0].statement.to_uppercase();
            one.reasons.push(stated(&format!(" {again}")));
        }),
        ("reasons[2].code", |one| {
            one.reasons = vec![
                coded("ACCOUNT_OVERDRAWN_NOW"),
                stated("Rent was not paid in July"),
                proto::StatedReason {
                    statement: "The account is overdrawn".to_owned(),
                    ..coded("ACCOUNT_OVERDRAWN_NOW")
                },
            ];
        }),
        ("reasons[0].statement", |one| {
            one.reasons = vec![stated("hm")]
        }),
    ];
    for (field, change) in cases {
        let mut bad = good.clone();
        change(&mut bad);
        assert_names_field(&refused(&mut client, bad).await, field);
    }
    // All that is wrong is told at once.
    let mut bad = good.clone();
    bad.reasons = vec![
        coded("INCOME_STOPED"),
        stated("It does not meet our standards"),
    ];
    let status = refused(&mut client, bad).await;
    assert_names_field(&status, "reasons[0].code");
    assert_names_field(&status, "reasons[1].statement");
    for reasons in [1, 4] {
        let mut good = good.clone();
        good.idempotency_key = format!("good-{reasons}");
        let stated = (0..reasons).map(|number| stated(&format!("Rent {number} was not paid")));
        good.reasons = stated.collect();
        client.record_override(good).await.unwrap();
    }
    let min = limits::STATED_REASON_CHARS_MIN;
    for (length, taken) in [(min - 1, false), (min, true), (min + 1, true)] {
        let mut good = good.clone();
        good.idempotency_key = format!("of-{length}");
        good.reasons = vec![stated(&format!(" {} ", "a".repeat(length)))];
        let recorded = client.record_override(good).await;
        assert_eq!(recorded.is_ok(), taken, "{length}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_became_of_a_loan_is_kept_in_order_with_what_was_corrected() {
    let system = system().await;
    let mut client = client(&system).await;
    let decision = system.decide(sample("salaried")).await;
    system.clock.advance(chrono::Duration::days(60));
    let day = |days: i64| Some(to_wire::date(today() + chrono::Duration::days(days)));
    let funded = funded("p1", &decision);
    let paid = proto::RecordLoanPerformanceRequest {
        idempotency_key: "p2".to_owned(),
        event: LoanEvent::Paid.into(),
        date: day(30),
        amount: Some(usd("150.00")),
        ..funded.clone()
    };
    let late = proto::RecordLoanPerformanceRequest {
        idempotency_key: "p3".to_owned(),
        event: LoanEvent::Late.into(),
        date: day(45),
        amount: None,
        days_past_due: 15,
        corrects: "p2".to_owned(),
        ..funded.clone()
    };
    for entry in [&funded, &paid, &late, &paid] {
        let recorded = client.record_loan_performance(entry.clone()).await.unwrap();
        let recorded = recorded.into_inner().recorded.unwrap();
        assert_eq!(recorded.idempotency_key, entry.idempotency_key);
    }
    let full = shown(&system, &decision.id, FULL).await;
    let keys = |entries: &[proto::LoanPerformance]| {
        let keys = entries.iter().map(|one| one.idempotency_key.clone());
        keys.collect::<Vec<_>>()
    };
    assert_eq!(keys(&full.loan_performance), ["p3", "p2", "p1"]);
    let (mut seen, mut page_token) = (Vec::new(), String::new());
    loop {
        let request = proto::ListLoanPerformanceRequest {
            page_size: 2,
            page_token,
            decision_id: decision.id.clone(),
        };
        let page = client
            .list_loan_performance(request)
            .await
            .unwrap()
            .into_inner();
        seen.extend(page.entries);
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    assert_eq!(seen, full.loan_performance);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entry_that_cannot_be_is_refused() {
    let system = system().await;
    let mut client = client(&system).await;
    let decision = system.decide(sample("salaried")).await;
    system.clock.advance(chrono::Duration::days(60));
    let paid = proto::RecordLoanPerformanceRequest {
        event: LoanEvent::Paid.into(),
        ..funded("p1", &decision)
    };
    type Change = fn(&mut proto::RecordLoanPerformanceRequest);
    let cases: [(&str, Change); 11] = [
        ("event", |one| one.event = 0),
        ("event", |one| one.event = 99),
        ("amount", |one| one.amount = None),
        ("amount", |one| one.amount = Some(usd("-0.01"))),
        ("amount", |one| {
            one.amount.as_mut().unwrap().currency = "EUR".to_owned()
        }),
        ("amount", |one| one.event = LoanEvent::PaidOff.into()),
        ("days_past_due", |one| one.event = LoanEvent::Late.into()),
        ("days_past_due", |one| one.days_past_due = 3),
        ("corrects", |one| one.corrects = "nothing".to_owned()),
        ("date", |one| {
            one.date = Some(to_wire::date(today() - chrono::Duration::days(1)))
        }),
        ("date", |one| {
            one.date = Some(to_wire::date(today() + chrono::Duration::days(62)))
        }),
    ];
    for (field, change) in cases {
        let mut bad = paid.clone();
        bad.idempotency_key = "bad".to_owned();
        change(&mut bad);
        let status = client.record_loan_performance(bad).await.unwrap_err();
        assert_names_field(&status, field);
    }
    let max = limits::DAYS_PAST_DUE_MAX;
    for (days, good) in [(0, false), (1, true), (max, true), (max + 1, false)] {
        let entry = proto::RecordLoanPerformanceRequest {
            idempotency_key: format!("late-{days}"),
            event: LoanEvent::Late.into(),
            days_past_due: days,
            ..paid.clone()
        };
        let recorded = client.record_loan_performance(entry).await;
        assert_eq!(recorded.is_ok(), good, "{days}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_loan_that_nobody_approved_or_offered_is_not_funded_until_somebody_does() {
    let system = system().await;
    let mut client = client(&system).await;
    let decision = system.decide(sample("job_lost")).await;
    assert_eq!(decision.outcome(), Outcome::Decline);
    let asked = funded("p1", &decision);
    let status = client.record_loan_performance(asked.clone()).await;
    assert_names_field(&status.unwrap_err(), "event");
    for (key, outcome) in [("o1", Outcome::Approve), ("o2", Outcome::Decline)] {
        let said = proto::RecordOverrideRequest {
            outcome: outcome.into(),
            ..declined(key, &decision.id)
        };
        client.record_override(said).await.unwrap();
        // Also once somebody declined it after all: it is a repeat.
        client.record_loan_performance(asked.clone()).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_program_records_what_follows_and_shows_it() {
    let data = private_folder();
    let system = start(Setup {
        data: Some(data.path()),
        ..Setup::default()
    })
    .await;
    let decision = system.decide(sample("salaried")).await;
    system.stop().await;
    let id = decision.id.as_str();
    let words = [
        "decisions",
        "override",
        id,
        "--outcome",
        "decline",
        "--reason",
        "ACCOUNT_OVERDRAWN_NOW",
        "--reviewer",
        "q.officer",
    ];
    let (exit, told) = command(data.path(), &words);
    assert_eq!(
        (exit, &told["outcome"]),
        (0, &"OUTCOME_DECLINE".into()),
        "{told:#}"
    );
    let file = data.path().join("loans.csv");
    let date = today();
    let text = format!(
        "key,decision,event,date,amount\np1,{id},funded,{date},5000.00 usd\np2,{id},paid,{date},1.00 usd\n"
    );
    std::fs::write(&file, text).unwrap();
    let import = [
        "decisions",
        "performance",
        "--import",
        file.to_str().unwrap(),
    ];
    for _ in 0..2 {
        let (exit, told) = command(data.path(), &import);
        assert_eq!((exit, &told["recorded"]), (0, &2.into()), "{told:#}");
    }
    let (_, told) = command(data.path(), &["decisions", "show", id]);
    assert_eq!(told["overridden_to"], "OUTCOME_DECLINE");
    let keys = |told: &serde_json::Value| {
        let entries = told["loan_performance"].as_array().unwrap().iter();
        let keys = entries.map(|one| one["idempotency_key"].as_str().unwrap().to_owned());
        keys.collect::<Vec<_>>()
    };
    assert_eq!(keys(&told), ["p2", "p1"]);
    let (exit, _) = command(data.path(), &["ledger", "verify"]);
    assert_eq!(exit, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_loan_of_a_resolved_referral_is_recorded_of_what_resolves_it() {
    let system = system().await;
    let mut client = client(&system).await;
    let referred = system.decide(sample("ownership_mismatch")).await;
    assert_eq!(referred.outcome(), Outcome::Refer);
    let said = vec![answer("ownership.unmatched_accounts", count(0))];
    let mut decisions = system.client.clone();
    let settling = decisions.resolve_decision(asked("r1", &referred, said));
    let settling = settling.await.unwrap().into_inner().decision.unwrap();
    let refused = client
        .record_loan_performance(funded("p1", &referred))
        .await;
    let refused = refused.unwrap_err();
    assert_names_field(&refused, "event");
    let details = refused.get_error_details();
    let problem = &details.bad_request().unwrap().field_violations[0].description;
    assert!(problem.contains(&settling.id), "{problem}");
    let of_that_one = client
        .record_loan_performance(funded("p1", &settling))
        .await;
    of_that_one.unwrap();
}
