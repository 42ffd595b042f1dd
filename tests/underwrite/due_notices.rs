//! What is due to applicants, through the real socket with a clock that moves, and by the program.

use std::collections::BTreeMap;

use underwrite::limits;
use underwrite::proto::due_notice::Owed;
use underwrite::proto::follow_up_service_client::FollowUpServiceClient;
use underwrite::proto::get_adverse_action_notice_response::Result as Notice;
use underwrite::proto::{self, DueNotice, ListDueNoticesRequest, NoticeKind, Outcome};
use underwrite::sandbox::applicants;
use underwrite::service::to_wire;

use super::follow_ups::{declined, sample};
use super::harness::{
    Setup, TestSystem, assert_names_field, channel, private_folder, start, system, today,
};
use super::notices::sent;
use super::process::command;
use super::resolve::{answer, asked, count};

type Client = FollowUpServiceClient<tonic::transport::Channel>;

async fn client(system: &TestSystem) -> Client {
    FollowUpServiceClient::new(channel(system.address).await)
}

/// A sample applicant decided under a key of its own.
async fn decide(system: &TestSystem, applicant: &str, key: &str) -> proto::Decision {
    let request = proto::DecideRequest {
        idempotency_key: key.to_owned(),
        ..sample(applicant)
    };
    system.decide(request).await
}

fn day(days: i64) -> Option<proto::Date> {
    Some(to_wire::date(today() + chrono::Duration::days(days)))
}

async fn due(client: &mut Client, request: ListDueNoticesRequest) -> Vec<DueNotice> {
    let page = client.list_due_notices(request).await.unwrap().into_inner();
    assert_eq!((&*page.next_page_token, page.damaged.len()), ("", 0));
    page.due
}

fn all() -> ListDueNoticesRequest {
    ListDueNoticesRequest {
        page_size: i32::try_from(limits::DUE_EXAMINED_MAX).unwrap(),
        ..ListDueNoticesRequest::default()
    }
}

/// Decision, what is owed, days left.
fn told(due: &[DueNotice]) -> Vec<(&str, String, i32)> {
    let due = due.iter().map(|one| {
        let owed = match one.owed.as_ref().unwrap() {
            Owed::Notice(kind) => NoticeKind::try_from(*kind)
                .unwrap()
                .as_str_name()
                .to_owned(),
            Owed::Decision(none) => none.reason.clone(),
        };
        (&*one.decision_id, owed, one.days_left)
    });
    due.collect()
}

/// One approved, one declined of which nobody was told, one of which somebody was, a referral that
/// another decision settles, one that nothing does, and one that was approved and a person declined.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_due_is_what_nobody_was_told_of_until_somebody_is() {
    let system = system().await;
    let mut client = client(&system).await;
    decide(&system, "salaried", "approved").await;
    let unsent = decide(&system, "job_lost", "unsent").await;
    let told_of = decide(&system, "job_lost", "told").await;
    let settled = decide(&system, "ownership_mismatch", "settled").await;
    let incomplete = decide(&system, "ownership_mismatch", "incomplete").await;
    let overridden = decide(&system, "salaried", "overridden").await;
    client.record_notice(sent("n1", &told_of.id)).await.unwrap();
    let said = declined("o1", &overridden.id);
    client.record_override(said).await.unwrap();
    let answers = vec![answer("ownership.unmatched_accounts", count(0))];
    let mut decisions = system.client.clone();
    let resolved = decisions.resolve_decision(asked("r1", &settled, answers));
    let resolved = resolved.await.unwrap().into_inner().decision.unwrap();
    assert_eq!(resolved.outcome(), Outcome::Approve);

    let expected = |days_left| {
        let (adverse, unfinished) = ("NOTICE_KIND_ADVERSE_ACTION", "NOTICE_KIND_INCOMPLETENESS");
        [
            (&*unsent.id, adverse.to_owned(), days_left),
            (&*incomplete.id, unfinished.to_owned(), days_left),
            (&*overridden.id, adverse.to_owned(), days_left),
        ]
    };
    let found = due(&mut client, all()).await;
    assert_eq!(told(&found), expected(30));
    let first = &found[0];
    assert_eq!(first.due_date, day(30));
    assert!(first.test_data, "what a sandbox plays is owed to nobody");
    assert_eq!(
        (
            &first.application_id,
            &first.record_time,
            &*first.due_by_law
        ),
        (
            &unsent.application_id,
            &unsent.record_time,
            "12 CFR 1002.9(a)(1)(i)"
        )
    );
    assert_eq!(found[1].due_by_law, "12 CFR 1002.9(c)(1)");
    // By a day: that day is with it.
    for (days, count) in [(29, 0), (30, 3)] {
        let by_date = day(days);
        let found = due(&mut client, ListDueNoticesRequest { by_date, ..all() }).await;
        assert_eq!(found.len(), count, "{days}");
    }
    // Time goes by, and one of them is told.
    system.clock.advance(chrono::Duration::days(33));
    assert_eq!(told(&due(&mut client, all()).await), expected(-3));
    client.record_notice(sent("n2", &unsent.id)).await.unwrap();
    let found = due(&mut client, all()).await;
    assert_eq!(told(&found), expected(-3)[1..]);
}

/// The window of a call that names none is told, and what was recorded before is not looked at.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_recorded_before_the_window_is_looked_at_where_it_is_asked_for() {
    let system = system().await;
    let mut client = client(&system).await;
    let decision = decide(&system, "job_lost", "old").await;
    let window = i64::try_from(limits::DUE_WINDOW_DAYS).unwrap();
    system.clock.advance(chrono::Duration::days(window));
    let page = client.list_due_notices(all()).await.unwrap().into_inner();
    assert_eq!((page.since_date, page.examined), (day(0), 1));
    assert_eq!(page.due[0].decision_id, decision.id);
    system.clock.advance(chrono::Duration::days(1));
    let page = client.list_due_notices(all()).await.unwrap().into_inner();
    assert_eq!((page.since_date, page.examined), (day(1), 0));
    let asked = ListDueNoticesRequest {
        since_date: day(0),
        ..all()
    };
    assert_eq!(
        due(&mut client, asked).await[0].days_left,
        29 - i32::try_from(window).unwrap()
    );
}

/// Of every sample what is due is the notice that there is, or the decision that there is not.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_due_agrees_with_the_notice_of_every_sample() {
    let system = system().await;
    let mut client = client(&system).await;
    let mut expected = Vec::new();
    for applicant in applicants(today()) {
        let Ok(decision) = system.try_decide(sample(applicant.key)).await else {
            continue;
        };
        let asked = proto::GetAdverseActionNoticeRequest {
            decision_id: decision.id.clone(),
            ..Default::default()
        };
        let notice = client.get_adverse_action_notice(asked).await.unwrap();
        let owed = match notice.into_inner().result.unwrap() {
            Notice::Notice(notice) => notice.kind().as_str_name().to_owned(),
            Notice::None(none) if none.reason == "approved" => continue,
            Notice::None(none) => none.reason,
        };
        expected.push((decision.id, owed));
    }
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    for (_, owed) in &expected {
        *kinds.entry(owed).or_default() += 1;
    }
    assert!(
        kinds.len() > 3 && kinds.contains_key("person_decides"),
        "{kinds:?}"
    );
    // A page looks at so many, whatever is due of them; all of them together are all, once.
    for page_size in [1, 3, 0] {
        let mut request = ListDueNoticesRequest {
            page_size,
            ..ListDueNoticesRequest::default()
        };
        let mut found = Vec::new();
        loop {
            let page = client.list_due_notices(request.clone()).await;
            let page = page.unwrap().into_inner();
            assert!(page_size == 0 || page.examined <= page_size.unsigned_abs());
            let told = told(&page.due).into_iter();
            found.extend(told.map(|(id, owed, _)| (id.to_owned(), owed)));
            request.page_token = page.next_page_token;
            if request.page_token.is_empty() {
                break;
            }
        }
        assert_eq!(found, expected, "{page_size}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_of_what_is_due_with_a_bad_field_or_another_s_token_is_refused() {
    let system = system().await;
    let mut client = client(&system).await;
    for key in ["a", "b"] {
        decide(&system, "job_lost", key).await;
    }
    let first = ListDueNoticesRequest {
        page_size: 1,
        ..ListDueNoticesRequest::default()
    };
    let page = client.list_due_notices(first.clone()).await.unwrap();
    let token = page.into_inner().next_page_token;
    let bad = Some(proto::Date {
        value: "2026-3-31".to_owned(),
    });
    type Change = Box<dyn Fn(&mut ListDueNoticesRequest)>;
    let with_token = token.clone();
    let cases: [(&str, Change); 5] = [
        ("page_size", Box::new(|one| one.page_size = -1)),
        ("by_date", {
            let bad = bad.clone();
            Box::new(move |one| one.by_date = bad.clone())
        }),
        (
            "since_date",
            Box::new(move |one| one.since_date = bad.clone()),
        ),
        (
            "page_token",
            Box::new(|one| one.page_token = "x".to_owned()),
        ),
        (
            "page_token",
            Box::new(move |one| {
                one.page_token = with_token.clone();
                one.by_date = day(40);
            }),
        ),
    ];
    for (field, change) in cases {
        let mut request = first.clone();
        change(&mut request);
        let status = client.list_due_notices(request).await.unwrap_err();
        assert_names_field(&status, field);
    }
    let rest = ListDueNoticesRequest {
        page_token: token,
        ..first
    };
    assert_eq!(due(&mut client, rest).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_program_prints_what_is_due() {
    let data = private_folder();
    let system = start(Setup {
        data: Some(data.path()),
        ..Setup::default()
    })
    .await;
    decide(&system, "salaried", "approved").await;
    let unsent = decide(&system, "job_lost", "unsent").await;
    system.stop().await;
    // The clock of the program is another one, and what is overdue for it hangs on that.
    let since = today().to_string();
    let words = ["decisions", "due", "--since", &since, "--by", "2026-09-21"];
    let (exit, found) = command(data.path(), &words);
    assert_eq!(
        (exit, &found["total"], &found["examined"]),
        (0, &1.into(), &2.into())
    );
    assert_eq!(found["due"][0]["decision_id"], unsent.id.as_str());
    assert_eq!(found["since_date"]["value"], since.as_str());
    let words = ["decisions", "due", "--since", &since, "--by", "2026-09-20"];
    let (_, found) = command(data.path(), &words);
    assert_eq!((&found["total"], &found["overdue"]), (&0.into(), &0.into()));
}
