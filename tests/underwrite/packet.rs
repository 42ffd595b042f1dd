//! All that is known of one decision, from the program: of a referral that was settled, one that a person
//! overrode, and a decline of which a notice was sent.

use std::path::Path;
use std::process::Command;

use serde_json::Value;
use underwrite::proto::follow_up_service_client::FollowUpServiceClient;
use underwrite::proto::{self, NoticeChannel, NoticeKind};
use underwrite::service::to_wire;

use super::browser::Browser;
use super::follow_ups::{declined, sample};
use super::harness::{Setup, channel, private_folder, start, today};
use super::process::command;
use super::resolve::{answer, asked, count};

/// What is recorded, by the ids of the decisions.
struct Recorded {
    settling: String,
    referred: String,
    overridden: String,
    declined: String,
}

/// Has a system record it in `data`, and gives what a packet of each says when the server is asked.
async fn recorded(data: &Path) -> (Recorded, Vec<Value>) {
    let system = start(Setup {
        data: Some(data),
        ..Setup::default()
    })
    .await;
    let refer = |key: &str| proto::DecideRequest {
        idempotency_key: key.to_owned(),
        ..sample("ownership_mismatch")
    };
    let referred = system.decide(refer("referred")).await;
    let said = vec![answer("ownership.unmatched_accounts", count(0))];
    let mut decisions = system.client.clone();
    let settling = decisions.resolve_decision(asked("r1", &referred, said));
    let settling = settling.await.unwrap().into_inner().decision.unwrap();
    let overridden = system.decide(refer("overridden")).await;
    let mut follow_ups = FollowUpServiceClient::new(channel(system.address).await);
    let person = declined("o1", &overridden.id);
    follow_ups.record_override(person).await.unwrap();
    let decline = system.decide(sample("frequent_nsf")).await;
    let sent = proto::RecordNoticeRequest {
        idempotency_key: "n1".to_owned(),
        decision_id: decline.id.clone(),
        kind: NoticeKind::AdverseAction.into(),
        sent_date: Some(to_wire::date(today())),
        channel: NoticeChannel::Mail.into(),
        note: String::new(),
    };
    follow_ups.record_notice(sent).await.unwrap();
    let recorded = Recorded {
        settling: settling.id,
        referred: referred.id,
        overridden: overridden.id,
        declined: decline.id,
    };
    let server = format!("http://{}", system.address);
    let asked = recorded.all().map(|id| {
        let (exit, told) = packet(data, id, &["--server", &server]);
        assert_eq!(exit, 0, "{told:#}");
        told
    });
    let asked = asked.to_vec();
    system.stop().await;
    (recorded, asked)
}

impl Recorded {
    fn all(&self) -> [&str; 4] {
        [
            &self.settling,
            &self.referred,
            &self.overridden,
            &self.declined,
        ]
    }
}

fn packet(data: &Path, id: &str, more: &[&str]) -> (i32, Value) {
    let words = ["decisions", "packet", id];
    let words: Vec<&str> = words.iter().chain(more).copied().collect();
    command(data, &words)
}

/// The clock of the program is not that of the server.
fn without_days_left(mut packet: Value) -> Value {
    if let Some(owed) = packet["notices"]["owed"].as_object_mut() {
        owed.remove("days_left");
    }
    packet
}

#[tokio::test(flavor = "multi_thread")]
async fn a_packet_says_the_same_of_a_server_and_of_its_ledger() {
    let data = private_folder();
    let (recorded, asked) = recorded(data.path()).await;
    let read = recorded.all().map(|id| packet(data.path(), id, &[]).1);
    for (asked, read) in asked.into_iter().zip(&read) {
        assert_eq!(without_days_left(asked), without_days_left(read.clone()));
    }
    let [settling, referred, overridden, declined] = &read;

    let people = &settling["people"][0];
    assert_eq!(people["what"], "answered ownership.unmatched_accounts: 0");
    assert_eq!(people["said"][0], "the marriage certificate");
    assert_eq!(settling["decision"]["resolves"], recorded.referred);
    assert_eq!(referred["decision"]["outcome"], "REFER");
    assert_eq!(referred["decision"]["resolved_by"], recorded.settling);
    assert_eq!(
        referred["notices"]["owed"],
        Value::Null,
        "the other one is told"
    );

    assert_eq!(overridden["decision"]["overridden_to"], "DECLINE");
    let people = &overridden["people"][0];
    assert_eq!(people["what"], "overridden to DECLINE");
    assert_eq!(people["who"], "q.officer");
    let why = "The employer did not confirm the employment";
    assert_eq!(people["said"][0], why);
    let owed = &overridden["notices"]["owed"];
    assert_eq!(owed["what"], "notice of adverse action");
    assert_eq!(owed["law"], "12 CFR 1002.9(a)(1)(i)");

    let notices = &declined["notices"];
    assert_eq!(notices["owed"], Value::Null, "it was sent");
    let sent = format!("notice of adverse action, sent by mail on {}", today());
    assert_eq!(notices["sent"][0]["what"], sent);

    // Whoever asked the server is in the audit log for all that was shown: the decision and its snapshot.
    let events = |object: &str, action: &str| {
        let words = ["audit", "list", "--object", object, "--action", action];
        let (_, told) = command(data.path(), &words);
        told["events"].as_array().unwrap().len()
    };
    assert!(events(&recorded.declined, "decision.read") == 1);
    let account = declined["data"]["accounts"][0]["facts"].as_array().unwrap();
    let hash = account.last().unwrap()["value"].as_str().unwrap();
    assert!(events(hash, "snapshot.read") == 1);
}

/// In a browser the page says nothing on the console, is no wider than a phone or a desk, and prints.
#[tokio::test(flavor = "multi_thread")]
async fn the_page_holds_in_a_browser() {
    let Some(browser) = Browser::wanted() else {
        return;
    };
    let data = private_folder();
    let (recorded, _) = recorded(data.path()).await;
    for (name, id) in ["settling", "referred", "overridden", "declined"]
        .into_iter()
        .zip(recorded.all())
    {
        let page = browser.page(name);
        let made = Command::new(super::process::PROGRAM)
            .args(["decisions", "packet", id, "--data-dir"])
            .arg(data.path())
            .arg("--output")
            .arg(&page)
            .env_clear()
            .status();
        assert!(made.unwrap().success());
        browser.fits(&page, false);
        browser.prints(&page);
    }
}
