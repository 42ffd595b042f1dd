//! Commands that look at past decisions, on the decisions of the samples: which are meant is said the same
//! way, and what comes of it agrees.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use super::golden;
use super::harness::{permit_owner_alone, private_folder};
use super::process::{PROGRAM, command};

async fn samples() -> TempDir {
    let folder = private_folder();
    let copy = folder.path().join("ledger.sqlite");
    std::fs::copy(golden::newest().await, &copy).unwrap();
    permit_owner_alone(&copy);
    folder
}

/// The lines of an export of the decisions that these flags mean.
fn exported(folder: &Path, flags: &[&str]) -> Vec<Value> {
    let file = folder.join("exported.jsonl");
    let _ = std::fs::remove_file(&file);
    let path = file.to_str().unwrap();
    let (exit, told) = command(folder, &[&["decisions", "export", path], flags].concat());
    assert_eq!(exit, 0, "{told:#}");
    let text = std::fs::read_to_string(&file).unwrap();
    let lines: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(told["written"], lines.len());
    lines
}

fn ids(lines: &[Value]) -> BTreeSet<String> {
    let ids = lines.iter().map(|line| line["decision_id"].as_str());
    ids.map(|id| id.unwrap().to_owned()).collect()
}

/// The ids of a list with these flags.
fn listed(folder: &Path, flags: &[&str]) -> (BTreeSet<String>, Value) {
    let words = [&["decisions", "list", "--page-size", "1000"], flags].concat();
    let (exit, page) = command(folder, &words);
    assert_eq!(exit, 0, "{page:#}");
    let decisions = page["decisions"].as_array().unwrap().iter();
    let ids = decisions.map(|one| one["id"].as_str().unwrap().to_owned());
    (ids.collect(), page["looked_at"].clone())
}

#[tokio::test(flavor = "multi_thread")]
async fn list_export_and_replay_mean_the_same_decisions() {
    let folder = samples().await;
    let folder = folder.path();
    let all = exported(folder, &[]);
    for flags in [
        &["--outcome", "decline"][..],
        &["--reason", "INCOME_INSUFFICIENT"],
        &["--rule", "nsf-recent"],
        &["--rule-set", "personal-loan", "--rule-set-version", "1.2.0"],
        &["--reason", "NONE_SUCH"],
    ] {
        let meant = exported(folder, flags);
        let (listed, looked_at) = listed(folder, flags);
        assert_eq!(ids(&meant), listed, "{flags:?}");
        let looked_at: usize = looked_at.as_str().unwrap().parse().unwrap();
        assert!(meant.len() <= looked_at && looked_at <= all.len());
        let (exit, replay) = command(folder, &[&["replay"], flags].concat());
        assert_eq!(
            (exit, &replay["taken"]),
            (0, &meant.len().into()),
            "{flags:?}"
        );
        assert_eq!(replay["reproduced"], meant.len());
    }
    let declined = exported(folder, &["--where", "decision.outcome == \"DECLINE\""]);
    assert_eq!(declined, exported(folder, &["--outcome", "decline"]));
    assert!(!declined.is_empty());

    let id = declined[0]["decision_id"].as_str().unwrap();
    let person = ["--outcome", "approve", "--reviewer", "q.officer"];
    let (exit, told) = command(
        folder,
        &[&["decisions", "override", id], &person[..]].concat(),
    );
    assert_eq!(exit, 0, "{told:#}");
    let one = BTreeSet::from([id.to_owned()]);
    assert_eq!(listed(folder, &["--overridden", "true"]).0, one);
    let others = ids(&all).difference(&one).cloned().collect();
    assert_eq!(listed(folder, &["--overridden", "false"]).0, others);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sample_leaves_out_nothing_of_which_it_is_unknown_whether_it_is_meant() {
    let folder = samples().await;
    let folder = folder.path();
    let candidate = concat!(env!("CARGO_MANIFEST_DIR"), "/rules/personal-loan.toml");
    let file = folder.join("meant.jsonl");
    for words in [
        &["replay"][..],
        &["backtest", candidate],
        &["decisions", "export", file.to_str().unwrap()],
    ] {
        let unknown = |more: &[&str]| {
            let _ = std::fs::remove_file(&file);
            let all = [words, &["--where", "decision.amount > 0 usd"], more].concat();
            let (exit, told) = command(folder, &all);
            assert_eq!(exit, 0, "{told:#}");
            let unknown = told
                .pointer("/population/left_out/selection_unknown")
                .unwrap_or(&told["unknown"]);
            unknown.as_u64().unwrap()
        };
        let of_all = unknown(&[]);
        assert!(of_all > 0);
        assert_eq!(unknown(&["--sample", "4"]), of_all, "{words:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_says_what_the_lines_say_and_what_is_there_is_kept() {
    let folder = samples().await;
    let folder = folder.path();
    let file = folder.join("all.csv");
    let path = file.to_str().unwrap();
    let (exit, told) = command(folder, &["decisions", "export", path]);
    assert_eq!(exit, 0, "{told:#}");
    let table = underwrite::rules::csv::rows(&std::fs::read_to_string(&file).unwrap()).unwrap();
    let lines = exported(folder, &[]);
    assert_eq!(table.len(), lines.len() + 1);
    let column = table[0]
        .iter()
        .position(|cell| cell.text == "income.monthly_net");
    for (row, line) in table[1..].iter().zip(&lines) {
        assert_eq!(row.len(), table[0].len());
        assert_eq!(row[0].text, line["decision_id"].as_str().unwrap());
        if let Some(income) = line["features"]["income.monthly_net"].as_str() {
            assert_eq!(row[column.unwrap()].text, income);
        }
    }
    let (exit, told) = command(folder, &["decisions", "export", path]);
    assert_eq!((exit, &told["error"]["code"]), (1, &"file".into()));
    let (exit, told) = command(folder, &["decisions", "export", "all.txt"]);
    assert_eq!((exit, &told["error"]["code"]), (2, &"usage".into()));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_a_condition_is_shown_with_its_place() {
    let folder = samples().await;
    let words = ["replay", "--where", "incom.monthly_net < 2000 usd"];
    let output = Command::new(PROGRAM)
        .args(words)
        .arg("--data-dir")
        .arg(folder.path())
        .env_clear()
        .output()
        .unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2));
    for part in ["--where:1:1", "did you mean `income.monthly_net`?", "^^^"] {
        assert!(told.contains(part), "{part}: {told}");
    }
}
