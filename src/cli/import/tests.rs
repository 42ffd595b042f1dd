use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::*;
use crate::cli::tests::{Ran, run_in};

const STATEMENT: &str = include_str!("../../../tests/data/analyze/statement.json");
const RULES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/rules/personal-loan.toml");

/// A folder with a bank, a file of past applications, and room for a ledger.
struct Case {
    folder: TempDir,
}

impl Case {
    fn new(lines: &[Value]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("banks")).unwrap();
        fs::write(folder.path().join("banks/ada.json"), STATEMENT).unwrap();
        let case = Self { folder };
        case.write(lines);
        case
    }

    fn path(&self, name: &str) -> String {
        let path: &Path = self.folder.path();
        path.join(name).to_str().unwrap().to_owned()
    }

    fn write(&self, lines: &[Value]) {
        let lines: Vec<String> = lines.iter().map(Value::to_string).collect();
        fs::write(self.path("past.jsonl"), lines.join("\n\n")).unwrap();
    }

    async fn run(&self, words: &[&str]) -> Ran {
        let data = self.path("data");
        let place = ["--data-dir", &data, "--tenant", "past"];
        run_in(&[], &[words, &place].concat()).await
    }

    async fn import(&self, more: &[&str]) -> (Exit, Value) {
        let past = self.path("past.jsonl");
        let words = ["--json", "import", "--past", &past];
        let ran = self.run(&[&words, more].concat()).await;
        let value = serde_json::from_str(&ran.out);
        (ran.exit, value.unwrap_or_else(|_| panic!("{}", ran.err)))
    }
}

fn application(id: &str) -> Value {
    json!({
        "id": id,
        "product": "personal_loan",
        "requested_amount": { "amount": "1000.00", "currency": "USD" },
        "term": { "count": 12, "unit": "TERM_UNIT_MONTHS" },
        "repayment_frequency": "REPAYMENT_FREQUENCY_MONTHLY",
        "applicants": [{
            "id": "ada",
            "role": "APPLICANT_ROLE_PRIMARY",
            "identity": { "name": "Ada Example" },
            "account_ids": ["fca_ada"],
        }],
    })
}

fn line(id: &str, decided_at: &str) -> Value {
    json!({ "application": application(id), "decided_at": decided_at, "bank": "banks/ada.json" })
}

/// Twenty applications of one half of a year.
fn twenty() -> Vec<Value> {
    let days = (0..20).map(|number| {
        let (month, day) = (number / 4 + 2, number % 4 * 7 + 1);
        let mut line = line(
            &format!("app-{number}"),
            &format!("2026-{month:02}-{day:02}"),
        );
        if number % 2 == 0 {
            line["outcome"] = json!(if number % 4 == 0 {
                "approve"
            } else {
                "DECLINE"
            });
        }
        line
    });
    days.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn past_applications_are_imported_once_and_replayed_as_any_other() {
    let lines = twenty();
    // Broken off after seven, and gone on with.
    let case = Case::new(&lines[..7]);
    let (exit, summary) = case.import(&["--rules", RULES]).await;
    assert_eq!((exit, &summary["imported"]), (Exit::Success, &json!(7)));
    case.write(&lines);
    let (exit, summary) = case.import(&["--rules", RULES]).await;
    assert_eq!(exit, Exit::Success);
    assert_eq!(
        (&summary["imported"], &summary["known"]),
        (&json!(13), &json!(7))
    );
    let (_, again) = case.import(&["--rules", RULES]).await;
    assert_eq!(
        (&again["imported"], &again["known"]),
        (&json!(0), &json!(20))
    );

    let outcomes = again["outcomes"].as_array().unwrap().iter();
    let compared: u64 = outcomes.map(|one| one["count"].as_u64().unwrap()).sum();
    assert_eq!(compared, 10);
    // No row of the statement says when it was last changed, and its balance is of June.
    assert_eq!(summary["doubts"]["rows_assumed"]["applications"], 13);
    assert_eq!(summary["doubts"]["balance_taken_back"]["applications"], 13);
    assert_eq!(summary["doubts"]["rows_left_out"]["count"], 0);

    let replayed = case.run(&["--json", "replay"]).await;
    assert_eq!(replayed.exit, Exit::Success, "{}", replayed.out);
    let replayed: Value = serde_json::from_str(&replayed.out).unwrap();
    assert_eq!(
        (&replayed["decisions"], &replayed["reproduced"]),
        (&json!(20), &json!(20))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_decision_is_as_of_then_and_not_referred_for_being_old() {
    let case = Case::new(&[
        line("app-1", "2026-05-20"),
        line("app-1", "2026-06-20T15:00:00Z"),
    ]);
    let (_, summary) = case.import(&["--rules", RULES]).await;
    assert_eq!(summary["imported"], 2);
    for (key, as_of) in [
        ("past:20260521T035959Z:app-1", "2026-05-21T03:59:59Z"),
        ("past:20260620T150000Z:app-1", "2026-06-20T15:00:00Z"),
    ] {
        let shown = case
            .run(&["--json", "decisions", "show", "--key", key])
            .await;
        let shown: Value = serde_json::from_str(&shown.out).unwrap();
        assert_eq!(shown["pins"]["as_of_time"], as_of);
        assert_ne!(shown["outcome"], "OUTCOME_REFER", "{}", shown["reasons"]);
        let flags = shown["pins"]["snapshots"][0]["flags"].to_string();
        assert!(!flags.contains("STALE"), "{flags}");
    }
}

/// The rule set of a file is published and never made active.
#[tokio::test(flavor = "multi_thread")]
async fn a_past_decision_is_told_though_nothing_made_its_rules_active() {
    let case = Case::new(&[line("app-1", "2026-06-20T15:00:00Z")]);
    let (_, summary) = case.import(&["--rules", RULES]).await;
    assert_eq!(summary["imported"], 1);
    let never = "nothing made it active before this decision";
    let named = ["--key", "past:20260620T150000Z:app-1"];
    let shown = [&["decisions", "show"], &named[..]].concat();
    let shown = case.run(&shown).await;
    assert_eq!(shown.exit, Exit::Success, "{}", shown.err);
    assert!(shown.out.contains(never), "{}", shown.out);
    let packet = [&["--json", "decisions", "packet"], &named[..]].concat();
    let packet = case.run(&packet).await;
    assert_eq!(packet.exit, Exit::Success, "{}", packet.err);
    let packet: Value = serde_json::from_str(&packet.out).unwrap();
    let rules = &packet["rule_set"];
    assert_eq!(
        (&rules["activated"], &rules["unknown"]),
        (&Value::Null, &json!(never))
    );
    assert_eq!(rules["text_is_proven"], true);
    for command in packet["proof"]["commands"].as_array().unwrap() {
        let command = command["command"].as_str().unwrap();
        let is_of_all = command.starts_with("underwrite ledger verify");
        assert_eq!(command.ends_with(" --tenant past"), !is_of_all, "{command}");
    }
}

/// Lines, each with the field that is wrong with it; nothing is with the first.
fn with_faults() -> Vec<(Value, &'static str)> {
    let bad = |change: fn(&mut Value)| {
        let mut bad = line("bad", "2026-05-20");
        change(&mut bad);
        bad
    };
    let account = json!({
        "object": "financial_connections.account", "id": "fca_other", "livemode": false,
        "category": "cash", "subcategory": "checking", "status": "active", "permissions": [],
    });
    vec![
        (line("good", "2026-05-20"), ""),
        (json!("Ada Example"), "line"),
        (bad(|line| line["decided"] = json!(1)), "line"),
        (
            bad(|line| line["decided_at"] = json!(20_260_520)),
            "decided_at",
        ),
        (
            bad(|line| line["decided_at"] = json!("yesterday")),
            "decided_at",
        ),
        (
            bad(|line| line["decided_at"] = json!("2999-01-01")),
            "decided_at",
        ),
        (
            bad(|line| drop(line.as_object_mut().unwrap().remove("bank"))),
            "bank",
        ),
        (
            bad(|line| line["bank"] = json!("../banks/ada.json")),
            "bank",
        ),
        (bad(|line| line["bank"] = json!("banks/eve.json")), "bank"),
        (bad(|line| line["bank"] = json!([])), "bank"),
        (
            bad(|line| line["bank"] = json!([{ "object": "charge" }])),
            "bank",
        ),
        (bad(|line| line["outcome"] = json!("perhaps")), "outcome"),
        (
            bad(|line| line["application"]["term"]["count"] = json!(0)),
            "application.term.count",
        ),
        (
            bad(|line| line["application"]["term"]["unit"] = json!("YEARS")),
            "application.term.unit",
        ),
        (
            bad(|line| line["application"]["applicants"][0]["handles"] = json!(["cus_1"])),
            "application.applicants[0].handles",
        ),
        (
            bad(|line| {
                line["application"]["first_payment_date"] = json!({ "value": "2026-05-19" })
            }),
            "application.first_payment_date",
        ),
        (
            bad(|line| line["application"]["id"] = json!("a".repeat(107))),
            "application.id",
        ),
        (line("good", "2026-05-20"), "application.id"),
        (
            json!({ "application": application("other"), "decided_at": "2026-05-20", "bank": [account] }),
            "bank",
        ),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_line_is_told_with_its_number_and_field_and_stops_no_other() {
    let lines = with_faults();
    let case = Case::new(
        &lines
            .iter()
            .map(|(line, _)| line.clone())
            .collect::<Vec<_>>(),
    );
    let (exit, summary) = case.import(&["--rules", RULES]).await;
    assert_eq!((exit, &summary["imported"]), (Exit::Failure, &json!(1)));
    let refused = summary["refused"].as_array().unwrap();
    let expected = (1..)
        .zip(&lines)
        .filter(|(_, (_, field))| !field.is_empty());
    let expected: Vec<(i64, &str)> = expected
        .map(|(at, (_, field))| (at * 2 - 1, *field))
        .collect();
    let found = refused.iter().map(|one| {
        let field = one["problems"][0]["field"].as_str().unwrap();
        (one["line"].as_i64().unwrap(), field)
    });
    assert_eq!(found.collect::<Vec<_>>(), expected);
    assert!(!summary.to_string().contains("Ada"), "{summary}");
    // The same application with another amount is no repeat.
    let mut other = line("good", "2026-05-20");
    other["application"]["requested_amount"]["amount"] = json!("2000.00");
    case.write(&[other]);
    let (_, summary) = case.import(&["--rules", RULES]).await;
    assert_eq!(summary["refused"][0]["problems"][0]["field"], "application");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_active_decides_where_no_file_is_named() {
    let case = Case::new(&[line("app-1", "2026-05-20")]);
    let past = case.path("past.jsonl");
    let ran = case
        .run(&["import", "--past", &past, "--rule-set", "personal-loan"])
        .await;
    assert_eq!(ran.exit, Exit::Failure);
    assert!(ran.err.contains("`personal-loan`"), "{}", ran.err);
    case.run(&["rules", "publish", RULES, "--note", "first"])
        .await;
    let version = crate::cli::rule_files::read(Path::new(RULES)).unwrap();
    let version = assembly::publish_one(&version)
        .unwrap()
        .version()
        .to_owned();
    case.run(&["rules", "activate", "personal-loan", &version])
        .await;
    let (exit, summary) = case.import(&["--rule-set", "personal-loan"]).await;
    assert_eq!((exit, &summary["imported"]), (Exit::Success, &json!(1)));
}

#[test]
fn lines_are_limited_below_at_and_above() {
    let max = limits::PAST_LINE_BYTES_MAX;
    for (length, taken) in [(max - 1, true), (max, true), (max + 1, false)] {
        let text = vec![b'x'; length];
        let mut lines = JsonLines::new(text.as_slice(), max);
        let (number, text) = lines.next_line().unwrap().unwrap();
        assert_eq!((number, text.is_some()), (1, taken), "{length}");
    }
}

#[test]
fn past_applications_are_limited_below_at_and_above() {
    let max = limits::PAST_APPLICATIONS_MAX;
    assert!(has_room(max - 1) && !has_room(max) && !has_room(max + 1));
}

#[test]
fn refused_lines_are_told_below_at_and_above_the_limit() {
    let told = |count: usize| {
        let mut summary = Summary::default();
        let problem = || ApplicationError {
            field: "bank".to_owned(),
            problem: "is required".to_owned(),
        };
        let refused = (1..).take(count).map(|number| (number, vec![problem()]));
        summary.refused.extend(refused);
        let text = summary.text(None);
        (
            text.matches("`bank`").count(),
            text.contains("more: `--json`"),
        )
    };
    let max = limits::PAST_REFUSED_TOLD_MAX;
    assert_eq!(told(max - 1), (max - 1, false));
    assert_eq!(told(max), (max, false));
    assert_eq!(told(max + 1), (max, true));
}
