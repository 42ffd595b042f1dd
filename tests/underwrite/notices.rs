//! The notices that the law asks for, through the real socket: the text of each kind is an example in
//! `tests/data/notices`, written anew by `UPDATE_EXPECT=1`.

use std::path::Path;

use tonic::Code;
use underwrite::limits;
use underwrite::proto::follow_up_service_client::FollowUpServiceClient;
use underwrite::proto::get_adverse_action_notice_response::Result as Shown;
use underwrite::proto::{self, NoticeKind, Outcome};
use underwrite::sandbox::applicants;
use underwrite::service::to_wire;

use super::follow_ups::{declined, sample};
use super::harness::{
    RULES, Setup, TestSystem, application, assert_names_field, channel, private_folder, start,
    system, today,
};
use super::process::command;

fn agency(name: &str, phone: &str) -> proto::NoticeAgency {
    proto::NoticeAgency {
        name: name.to_owned(),
        address: "600 Pennsylvania Avenue NW; Washington, DC 20580".to_owned(),
        phone: phone.to_owned(),
    }
}

fn creditor() -> proto::Creditor {
    proto::Creditor {
        name: "Example Lending, Inc.".to_owned(),
        address: "2 High Street; Springfield, IL 62701".to_owned(),
        ecoa_agency: Some(agency("Federal Trade Commission", "")),
        consumer_reporting_agencies: vec![agency("Acme Credit", "1-800-555-0100")],
    }
}

async fn ask(
    system: &TestSystem,
    decision: &str,
    creditor: Option<proto::Creditor>,
) -> Result<Shown, tonic::Status> {
    let mut client = FollowUpServiceClient::new(channel(system.address).await);
    let request = proto::GetAdverseActionNoticeRequest {
        decision_id: decision.to_owned(),
        creditor,
        reply_by_date: Some(to_wire::date(today() + chrono::Duration::days(30))),
    };
    let answer = client.get_adverse_action_notice(request).await?;
    Ok(answer.into_inner().result.unwrap())
}

async fn notice(system: &TestSystem, decision: &str) -> proto::AdverseActionNotice {
    match ask(system, decision, Some(creditor())).await.unwrap() {
        Shown::Notice(notice) => notice,
        Shown::None(none) => panic!("{none:?}"),
    }
}

/// The letter is the one of the example.
fn assert_example(name: &str, notice: &proto::AdverseActionNotice) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let path = root.join(format!("tests/data/notices/{name}.txt"));
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(&path, &notice.text).unwrap();
    }
    let expected = std::fs::read_to_string(&path).unwrap();
    assert_eq!(notice.text, expected, "{name}: `UPDATE_EXPECT=1` writes it");
}

/// What holds of every notice: one to four reasons, each recorded with the decision or by a person, and
/// each in the letter.
fn assert_lawful(notice: &proto::AdverseActionNotice, recorded: &[&str]) {
    assert!((1..=limits::PRINCIPAL_REASONS_MAX).contains(&notice.reasons.len()));
    for reason in &notice.reasons {
        let statement = reason.statement.as_str();
        assert!(recorded.contains(&statement), "{statement} is not recorded");
        assert!(notice.text.contains(statement), "{statement} is not told");
    }
    assert!(
        !notice.text.contains(['[', ']', '{', '}', '`']),
        "{}",
        notice.text
    );
}

fn principal(decision: &proto::Decision) -> Vec<&str> {
    let principal = decision.reasons.iter().filter(|reason| reason.principal);
    principal.map(|reason| reason.statement.as_str()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_sample_has_the_notice_of_its_outcome_with_recorded_reasons_alone() {
    let system = system().await;
    let mut kinds = std::collections::BTreeSet::new();
    for applicant in applicants(today()) {
        let Ok(decision) = system.try_decide(sample(applicant.key)).await else {
            continue;
        };
        let kind = match ask(&system, &decision.id, Some(creditor())).await.unwrap() {
            Shown::Notice(notice) => {
                assert_lawful(&notice, &principal(&decision));
                notice.kind()
            }
            Shown::None(none) => {
                let expected = match decision.outcome() {
                    Outcome::Approve => &["approved"][..],
                    Outcome::Refer => &["person_decides", "bank_data_not_ready"],
                    Outcome::Counter | Outcome::Decline | Outcome::Unspecified => &[],
                };
                assert!(
                    expected.contains(&none.reason.as_str()),
                    "{}: {none:?}",
                    applicant.key
                );
                continue;
            }
        };
        let expected = match decision.outcome() {
            Outcome::Counter => NoticeKind::Counteroffer,
            Outcome::Refer => NoticeKind::Incompleteness,
            Outcome::Decline => NoticeKind::AdverseAction,
            Outcome::Approve | Outcome::Unspecified => panic!("{}", applicant.key),
        };
        assert_eq!(kind, expected, "{}", applicant.key);
        kinds.insert(kind);
    }
    assert_eq!(kinds.len(), 3, "a sample of each kind: {kinds:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_decline_tells_its_reasons_and_of_the_outside_source() {
    let system = system().await;
    let decision = system.decide(sample("job_lost")).await;
    let notice = notice(&system, &decision.id).await;
    assert!(notice.outside_source && notice.consumer_reporting_agencies.is_empty());
    assert_example("adverse-action", &notice);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_counteroffer_tells_the_offer_and_the_reasons_in_one() {
    let system = system().await;
    let mut decision = proto::Decision::default();
    for applicant in applicants(today()) {
        if let Ok(decided) = system.try_decide(sample(applicant.key)).await
            && decided.outcome() == Outcome::Counter
        {
            decision = decided;
            break;
        }
    }
    let notice = notice(&system, &decision.id).await;
    assert_eq!(notice.offer, decision.offer);
    assert_lawful(&notice, &principal(&decision));
    assert_example("counteroffer", &notice);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_incomplete_tells_what_is_needed() {
    let system = system().await;
    let decision = system.decide(sample("ownership_mismatch")).await;
    let notice = notice(&system, &decision.id).await;
    assert!(!notice.information_needed.is_empty());
    assert!(!notice.outside_source, "no action was taken");
    assert_example("incompleteness", &notice);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_s_decline_tells_the_reasons_of_the_person() {
    let system = system().await;
    let decision = system.decide(sample("salaried")).await;
    let none = ask(&system, &decision.id, Some(creditor())).await.unwrap();
    assert!(matches!(none, Shown::None(none) if none.reason == "approved"));
    let mut client = FollowUpServiceClient::new(channel(system.address).await);
    let said = declined("o1", &decision.id);
    client.record_override(said.clone()).await.unwrap();
    let notice = notice(&system, &decision.id).await;
    assert!(notice.reasons_of_a_person);
    assert_lawful(&notice, &[&said.reasons[0].statement]);
    assert!(!notice.text.contains(&said.note), "a note is not told");
    assert_example("override", &notice);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_consumer_report_that_was_used_is_told_with_its_agency() {
    let rules = format!(
        "{}\n[inputs.inquiries]\ntype = \"count\"\nrequired = false\nmin = 0\nmax = 100\n\
         source = \"consumer_report:Acme Credit\"\ndoc = \"Inquiries of the last six months.\"\n\
         [[rule]]\nid = \"inquiries\"\nwhen = 'inputs.inquiries > 9'\nthen = \"decline\"\n\
         reason = \"INQUIRIES\"\nignore_missing = {{ \"inputs.inquiries\" = {{ not_provided = \"no report was asked for\" }} }}\n\
         [reasons.INQUIRIES]\nstatement = \"Number of recent inquiries on your credit bureau report\"\n",
        std::str::from_utf8(RULES).unwrap()
    );
    let system = start(Setup {
        rules: Some(&rules),
        ..Setup::default()
    })
    .await;
    let mut asked = sample("salaried");
    let count = super::resolve::count(12);
    let value = proto::InputValue { kind: Some(count) };
    application(&mut asked)
        .inputs
        .insert("inquiries".to_owned(), value);
    let decision = system.decide(asked).await;
    let with_report = notice(&system, &decision.id).await;
    assert_eq!(with_report.consumer_reporting_agencies, ["Acme Credit"]);
    assert_example("consumer-report", &with_report);
    // Who cannot say where the agency is sends no letter.
    let unknown = proto::Creditor {
        consumer_reporting_agencies: Vec::new(),
        ..creditor()
    };
    let status = ask(&system, &decision.id, Some(unknown)).await.unwrap_err();
    assert_names_field(&status, "creditor.consumer_reporting_agencies");
    // Where none was used, none is told.
    let other = system.decide(sample("job_lost")).await;
    let without = notice(&system, &other.id).await;
    assert_eq!(without.consumer_reporting_agencies, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_letter_with_a_placeholder_or_without_time_to_answer_is_refused() {
    let system = system().await;
    let decision = system.decide(sample("ownership_mismatch")).await;
    let placeholder = proto::Creditor {
        name: "[Creditor's name]".to_owned(),
        ..creditor()
    };
    let status = ask(&system, &decision.id, Some(placeholder))
        .await
        .unwrap_err();
    assert_names_field(&status, "creditor.name");
    let mut client = FollowUpServiceClient::new(channel(system.address).await);
    for days in [None, Some(0), Some(1)] {
        let day = |days| to_wire::date(today() + chrono::Duration::days(days));
        let request = proto::GetAdverseActionNoticeRequest {
            decision_id: decision.id.clone(),
            creditor: Some(creditor()),
            reply_by_date: days.map(day),
        };
        let answer = client.get_adverse_action_notice(request).await;
        match days {
            Some(1) => drop(answer.unwrap()),
            _ => assert_names_field(&answer.unwrap_err(), "reply_by_date"),
        }
    }
    let status = ask(&system, "dec_0", None).await.unwrap_err();
    assert_eq!(status.code(), Code::NotFound);
}

/// The notice of a decision was sent today.
pub(crate) fn sent(key: &str, decision: &str) -> proto::RecordNoticeRequest {
    proto::RecordNoticeRequest {
        idempotency_key: key.to_owned(),
        decision_id: decision.to_owned(),
        kind: NoticeKind::AdverseAction.into(),
        sent_date: Some(to_wire::date(today())),
        channel: proto::NoticeChannel::Mail.into(),
        note: "by certified mail".to_owned(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_notice_that_was_sent_is_kept_with_its_clocks() {
    let system = system().await;
    let decision = system.decide(sample("job_lost")).await;
    let due = notice(&system, &decision.id).await;
    assert_eq!(due.due_date.unwrap().value, "2026-09-21");
    assert_eq!(
        (&*due.due_by_law, due.sent.len()),
        ("12 CFR 1002.9(a)(1)(i)", 0)
    );
    let mut client = FollowUpServiceClient::new(channel(system.address).await);
    let asked = sent("n1", &decision.id);
    for _ in 0..2 {
        let recorded = client.record_notice(asked.clone()).await.unwrap();
        let recorded = recorded.into_inner().recorded.unwrap();
        assert_eq!(recorded.retain_until_date.unwrap().value, "2028-09-22");
    }
    assert_eq!(notice(&system, &decision.id).await.sent.len(), 1);
    let listed = client.list_notices(proto::ListNoticesRequest::default());
    assert_eq!(listed.await.unwrap().into_inner().notices.len(), 1);
    type Change = fn(&mut proto::RecordNoticeRequest);
    let cases: [(&str, Change); 5] = [
        ("kind", |one| one.kind = 0),
        ("channel", |one| one.channel = 99),
        ("sent_date", |one| one.sent_date = None),
        ("sent_date", |one| {
            one.sent_date = Some(to_wire::date(today() - chrono::Duration::days(1)))
        }),
        ("sent_date", |one| {
            one.sent_date = Some(to_wire::date(today() + chrono::Duration::days(2)))
        }),
    ];
    for (field, change) in cases {
        let mut bad = asked.clone();
        change(&mut bad);
        assert_names_field(&client.record_notice(bad).await.unwrap_err(), field);
    }
    // What was approved is declined by a person before anybody is told so.
    let approved = system.decide(sample("salaried")).await;
    let asked = sent("n2", &approved.id);
    let refused = client.record_notice(asked.clone()).await.unwrap_err();
    assert_names_field(&refused, "kind");
    let said = declined("o1", &approved.id);
    client.record_override(said).await.unwrap();
    client.record_notice(asked).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_program_prints_the_notice() {
    let data = private_folder();
    let system = start(Setup {
        data: Some(data.path()),
        ..Setup::default()
    })
    .await;
    let decision = system.decide(sample("job_lost")).await;
    let letter = notice(&system, &decision.id).await;
    system.stop().await;
    let file = data.path().join("creditor.toml");
    let text = "name = 'Example Lending, Inc.'\naddress = '2 High Street; Springfield, IL 62701'\n\
        [ecoa_agency]\nname = 'Federal Trade Commission'\naddress = '600 Pennsylvania Avenue NW; Washington, DC 20580'\n";
    std::fs::write(&file, text).unwrap();
    let words = [
        "decisions",
        "notice",
        &decision.id,
        "--creditor",
        file.to_str().unwrap(),
    ];
    let (exit, told) = command(data.path(), &words);
    assert_eq!(exit, 0, "{told:#}");
    assert_eq!(told["notice"]["kind"], "NOTICE_KIND_ADVERSE_ACTION");
    // The clock of the program is another one: all but the date is the same.
    let after = |text: &str| text.split_once("Your application").unwrap().1.to_owned();
    let printed = told["notice"]["text"].as_str().unwrap();
    assert_eq!(after(printed), after(&letter.text));
    let date = today().to_string();
    let words = [
        "decisions",
        "sent",
        &decision.id,
        "--kind",
        "adverse_action",
        "--date",
        &date,
        "--by",
        "mail",
    ];
    let (exit, told) = command(data.path(), &words);
    assert_eq!(
        (exit, &told["channel"]),
        (0, &"NOTICE_CHANNEL_MAIL".into()),
        "{told:#}"
    );
    let (_, told) = command(data.path(), &["decisions", "show", &decision.id]);
    assert_eq!(told["notices"][0]["sent_date"]["value"], date.as_str());
    assert_eq!(command(data.path(), &["ledger", "verify"]).0, 0);
}
