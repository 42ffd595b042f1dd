use std::path::Path;

use clap::Parser;
use serde_json::Value;
use tempfile::TempDir;

use super::*;
use crate::cli::Arguments;
use crate::cli::tests::run_in;
use crate::decision::SEMANTICS;
use crate::service::from_wire::View;
use crate::service::tests::{record, shown, snapshot};
use crate::service::to_wire;

/// A copy of the newest golden ledger.
fn golden() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let newest = format!("tests/golden/semantics-{SEMANTICS}/ledger.sqlite");
    crate::private::create_folder(&folder.path().join("data")).unwrap();
    let copy = folder.path().join("data/ledger.sqlite");
    let bytes = std::fs::read(Path::new(&newest)).unwrap();
    crate::private::write_new(&copy, &bytes).unwrap();
    folder
}

async fn told(folder: &TempDir, line: &[&str]) -> String {
    let data = folder.path().join("data");
    let environment = [("UNDERWRITE_DATA_DIR", data.to_str().unwrap())];
    let ran = run_in(&environment, line).await;
    assert!(ran.exit == Exit::Success, "{line:?}: {}", ran.err);
    ran.out
}

async fn json(folder: &TempDir, line: &[&str]) -> Value {
    let line: Vec<&str> = std::iter::once("--json")
        .chain(line.iter().copied())
        .collect();
    serde_json::from_str(&told(folder, &line).await).unwrap()
}

fn texts(values: &Value, key: &str) -> Vec<String> {
    let values = values.as_array().unwrap().iter();
    let texts = values.map(|one| one[key].as_str().unwrap().to_owned());
    texts.collect()
}

fn fact<'v>(facts: &'v Value, name: &str) -> &'v str {
    let mut facts = facts.as_array().unwrap().iter();
    let found = facts.find(|fact| fact["name"] == name);
    found.unwrap()["value"].as_str().unwrap()
}

#[tokio::test]
async fn every_golden_decision_makes_a_page_on_which_all_rules_have_their_texts() {
    let folder = golden();
    let listed = json(&folder, &["decisions", "list"]).await;
    let ids = texts(&listed["decisions"], "id");
    assert!(ids.len() > 20);
    for id in &ids {
        let packet = json(&folder, &["decisions", "packet", id]).await;
        assert_eq!(packet["rule_set"]["text_is_proven"], true, "{id}");
        assert_eq!(packet["rule_set"]["activated"]["who"], "local", "{id}");
        for rule in packet["rules"].as_array().unwrap() {
            let text = rule["text"].as_str().unwrap();
            let named = format!("id = {}", rule["id"]);
            assert!(text.contains(&named), "{id}: {text}");
        }
        let page = told(&folder, &["decisions", "packet", id, "--output", "-"]).await;
        assert!(page.starts_with("<!DOCTYPE html>"), "{id}");
        assert!(
            !page.contains("<script") && !page.contains("http://"),
            "{id}"
        );
        for section in ["Why", "Proof", "What this page does not say"] {
            assert!(
                page.contains(&format!("<h2>{section}</h2>")),
                "{id}: {section}"
            );
        }
    }
}

/// What is said of the sample with many NSF events.
async fn declined() -> Value {
    let folder = golden();
    let filters = [
        "decisions",
        "list",
        "--application-id",
        "app_sample_frequent_nsf",
    ];
    let listed = json(&folder, &filters).await;
    let id = &texts(&listed["decisions"], "id")[0];
    json(&folder, &["decisions", "packet", id]).await
}

#[tokio::test]
async fn a_declined_decision_is_told_with_its_reasons_and_rules() {
    let packet = declined().await;
    let decision = &packet["decision"];
    assert_eq!(decision["outcome"], "DECLINE");
    assert_eq!(decision["test_data"], true);
    let asked = "1,000.00 USD over 6 months, repaid every two weeks; 1 applicant";
    assert_eq!(decision["asked"], asked);
    assert_eq!(
        fact(&decision["applicants"], "sample_frequent_nsf"),
        "Tanya Miller (primary)"
    );

    let reason = &packet["reasons"][0];
    assert_eq!(reason["code"], "NSF_RECENT");
    assert_eq!(
        reason["changes"][0],
        "would not apply if nsf.event_days_30d were at most 2 (it was 6)"
    );
    let rows = reason["rows"].as_array().unwrap();
    assert_eq!(rows.len(), 17);
    assert_eq!(rows[1]["day"], "2026-07-29");
    assert_eq!(rows[1]["amount"], "-35.00 USD");
    let text = "NSF: RETURNED ITEM FEE FOR ACTIVITY OF 07-28 ELECTRONIC TRANSACTION";
    assert_eq!(rows[1]["description"], text);

    let rule = &packet["rules"][0];
    assert_eq!(
        (&rule["id"], &rule["held"]),
        (&"nsf-recent".into(), &"true".into())
    );
    assert_eq!(
        rule["comparisons"][0]["values"],
        serde_json::json!(["6", "2"])
    );
    assert!(
        rule["text"]
            .as_str()
            .unwrap()
            .starts_with("[[rule]]\nid = \"nsf-recent\"\n")
    );
    let held = texts(&packet["rules"], "held");
    let fired = held.iter().filter(|held| *held == "true").count();
    assert!(
        held[..fired].iter().all(|held| held == "true"),
        "those that fired lead"
    );
}

#[tokio::test]
async fn a_declined_decision_is_told_with_its_data_its_clock_and_its_proof() {
    let packet = declined().await;
    let data = &packet["data"];
    let days = data["balances"]["days"].as_array().unwrap();
    let below = days
        .iter()
        .filter(|day| day["balance"].as_str().unwrap().starts_with('-'));
    assert_eq!(below.count(), 14);
    assert_eq!(days.len(), 90);
    assert!(data["events"].as_array().unwrap().len() >= 29);
    assert_eq!(data["streams"][0]["payer"], "Peach State Logistics");
    assert_eq!(packet["score"]["total"], "660");
    let owed = &packet["notices"]["owed"];
    assert_eq!(owed["what"], "notice of adverse action");
    assert_eq!(owed["due"], "2026-09-21");
    let place = fact(&packet["proof"]["facts"], "record");
    assert!(place.starts_with("22 of chain chain_"), "{place}");
    for command in texts(&packet["proof"]["commands"], "command") {
        let parsed = Arguments::try_parse_from(command.split(' '));
        assert!(parsed.is_ok(), "`{command}` is no command");
    }
}

#[tokio::test]
async fn a_page_is_written_for_its_owner_alone_and_never_over_another() {
    let folder = golden();
    let listed = json(&folder, &["decisions", "list", "--page-size", "1"]).await;
    let id = &texts(&listed["decisions"], "id")[0];
    let file = folder.path().join("packet.html");
    let line = [
        "decisions",
        "packet",
        id,
        "--output",
        file.to_str().unwrap(),
    ];
    assert_eq!(
        told(&folder, &line).await,
        "",
        "what was written is told apart"
    );
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(&file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    let data = folder.path().join("data");
    let environment = [("UNDERWRITE_DATA_DIR", data.to_str().unwrap())];
    let again = run_in(&environment, &line).await;
    assert!(
        again.exit != Exit::Success && again.err.contains("is not overwritten"),
        "{}",
        again.err
    );
    let both: Vec<&str> = std::iter::once("--json").chain(line).collect();
    let both = run_in(&environment, &both).await;
    assert!(both.exit == Exit::Usage, "{}", both.err);
}

const HOSTILE: &str =
    "</pre></title><script>alert(1)</script><img src=x onerror=\"alert(1)\">\u{202e}";

/// What others wrote stays text, wherever it stands.
#[test]
fn a_hostile_text_stays_text() {
    let record = record(0);
    let mut decision = shown(&record, View::Full);
    let hash = record.body.pins.snapshots[0].hash;
    let mut held = to_wire::snapshot(hash, &snapshot());
    let hostile = || HOSTILE.to_owned();
    held.institution = hostile();
    held.subcategory_text = hostile();
    for row in &mut held.transactions {
        row.description = hostile();
    }
    held.owners.push(proto::AccountOwner {
        name: hostile(),
        ..Default::default()
    });
    decision.id = hostile();
    decision.application_id = hostile();
    decision.reasons[0].statement = hostile();
    decision.trace[0].why = hostile();
    decision.trace[0].comparisons[0].text = hostile();
    decision.income_streams[0].payer = hostile();
    decision.overrides = vec![proto::Override {
        note: hostile(),
        reviewer: hostile(),
        reasons: vec![proto::StatedReason {
            code: String::new(),
            statement: hostile(),
        }],
        ..Default::default()
    }];
    decision.notices = vec![proto::SentNotice {
        note: hostile(),
        recorded_by: hostile(),
        ..Default::default()
    }];
    let rule = format!(
        "# {HOSTILE}\n[[rule]]\nid = \"{}\"\n",
        decision.trace[0].rule_id
    );
    let version = proto::RuleSetVersion {
        publisher: hostile(),
        note: hostile(),
        ..Default::default()
    };
    let activation = proto::Activation {
        who: hostile(),
        ..Default::default()
    };
    let known = DecidedBy::of_text(&rule, version, activation);
    let page = report::packet_page(&packet(&decision, (&[held], &known), None));
    for part in ["<script", "<img", "onerror=\"", "\u{202e}"] {
        assert!(!page.contains(part), "{part}");
    }
    let escaped = "&lt;/pre&gt;&lt;/title&gt;&lt;script&gt;alert(1)";
    assert!(
        page.matches(escaped).count() >= 15,
        "{}",
        page.matches(escaped).count()
    );
}

#[test]
fn a_page_says_of_test_data_that_nobody_is_owed_anything_and_never_who_was_told() {
    let mut decision = shown(&record(0), View::Full);
    let kind = proto::NoticeKind::AdverseAction.into();
    decision.due = Some(proto::DueNotice {
        days_left: -2,
        owed: Some(proto::due_notice::Owed::Notice(kind)),
        ..Default::default()
    });
    for (test_data, part) in [
        (
            false,
            "<p class=\"bad\">Owed: notice of adverse action, due by ",
        ),
        (
            true,
            "<p class=\"dim\">On test data nobody is owed anything; otherwise: notice of adverse action, due by ",
        ),
    ] {
        decision.test_data = test_data;
        let packet = packet(&decision, (&[], &DecidedBy::default()), None);
        let page = report::packet_page(&packet);
        assert!(page.contains(part), "{part}: {page}");
        assert!(page.contains(">principal<") && !page.contains("told to the applicant"));
    }
}
