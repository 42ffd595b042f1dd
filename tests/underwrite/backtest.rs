//! `underwrite backtest` on a small ledger, as its user runs it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use super::golden;
use super::process::{PROGRAM, command};
use super::thousand;

const SHIPPED: &str = include_str!("../../rules/personal-loan.toml");

/// A copy of the golden ledger, and room for files.
pub(crate) struct Folder(TempDir);

impl Folder {
    pub(crate) async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::copy(golden::newest().await, folder.path().join("ledger.sqlite")).unwrap();
        Self(folder)
    }

    /// A thousand decisions that were made up, and room for files.
    pub(crate) async fn of_a_thousand() -> Self {
        let folder = tempfile::tempdir().unwrap();
        thousand::record_all(&folder.path().join("ledger.sqlite")).await;
        Self(folder)
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    /// A file of the rule set that ships with a line of it replaced.
    pub(crate) fn candidate(&self, name: &str, from: &str, to: &str) -> String {
        assert!(SHIPPED.contains(from), "{from}");
        self.file(name, &SHIPPED.replacen(from, to, 1))
    }

    pub(crate) fn file(&self, name: &str, text: &str) -> String {
        let path = self.path().join(name);
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    }

    pub(crate) fn stricter(&self) -> String {
        let (from, to) = ("income_min = '1500.00 usd'", "income_min = '3000.00 usd'");
        self.candidate("stricter.toml", from, to)
    }

    pub(crate) fn run(&self, words: &[&str]) -> (i32, Value) {
        let words: Vec<&str> = std::iter::once("backtest")
            .chain(words.iter().copied())
            .collect();
        command(self.path(), &words)
    }

    /// Changes the ledger behind its back.
    fn spoil(&self, sql: &str) {
        let connection = rusqlite::Connection::open(self.path().join("ledger.sqlite")).unwrap();
        let triggers = "SELECT name FROM sqlite_schema WHERE type = 'trigger'";
        let mut statement = connection.prepare(triggers).unwrap();
        let names = statement
            .query_map([], |row| row.get::<_, String>(0))
            .unwrap();
        for name in names.map(Result::unwrap).collect::<Vec<_>>() {
            connection
                .execute_batch(&format!("DROP TRIGGER {name}"))
                .unwrap();
        }
        assert_eq!(connection.execute(sql, []).unwrap(), 1);
    }

    pub(crate) fn lines(&self, path: &Path) -> Vec<Value> {
        let text = fs::read_to_string(path).unwrap();
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }
}

/// Flips by outcomes, of one list of lines or of two runs.
fn flips<'a>(
    lines: impl Iterator<Item = (&'a Value, &'a Value)>,
) -> BTreeMap<(String, String), u64> {
    let mut flips = BTreeMap::new();
    for (before, after) in lines {
        let word = |side: &Value| side["outcome"].as_str().unwrap().to_owned();
        if word(before) != word(after) {
            *flips.entry((word(before), word(after))).or_default() += 1;
        }
    }
    flips
}

#[tokio::test]
async fn flips_are_those_between_the_lines_of_two_runs() {
    let folder = Folder::new().await;
    let out = |name: &str| -> PathBuf { folder.path().join(name) };
    let (live, changed) = (out("live.jsonl"), out("changed.jsonl"));
    let published = folder.file("same.toml", SHIPPED);
    let (code, same) = folder.run(&[&published, "--decisions", live.to_str().unwrap()]);
    assert_eq!(code, 0);
    assert_eq!(same["candidates"][0]["flips"]["total"], 0);
    let (code, found) = folder.run(&[&folder.stricter(), "--decisions", changed.to_str().unwrap()]);
    assert_eq!(code, 0);
    let (before, after) = (folder.lines(&live), folder.lines(&changed));
    let ids = |lines: &[Value]| {
        lines
            .iter()
            .map(|line| line["decision"].clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(ids(&before), ids(&after));
    let both = before.iter().zip(&after);
    let naive = flips(both.map(|(one, other)| (&one["candidates"][0], &other["candidates"][0])));
    assert!(!naive.is_empty());
    let groups = found["candidates"][0]["flips"]["groups"]
        .as_array()
        .unwrap();
    let told = groups.iter().map(|group| {
        let word = |key: &str| group[key].as_str().unwrap().to_owned();
        (
            (word("from"), word("to")),
            group["decisions"].as_u64().unwrap(),
        )
    });
    assert_eq!(told.collect::<BTreeMap<_, _>>(), naive);
    // The same twice gives the same.
    assert_eq!(
        folder.run(&[&folder.stricter()]).1,
        folder.run(&[&folder.stricter()]).1
    );
}

#[tokio::test]
async fn a_published_version_is_a_candidate_and_what_is_none_is_told() {
    let folder = Folder::new().await;
    let version = SHIPPED
        .lines()
        .find_map(|line| line.strip_prefix("version = \""));
    let version = version.unwrap().trim_end_matches('"');
    let published = format!("personal-loan@{version}");
    let (code, found) = folder.run(&[&published, &folder.stricter()]);
    assert_eq!(code, 0);
    let [same, stricter] = [0, 1].map(|at| &found["candidates"][at]["flips"]["total"]);
    assert_eq!(*same, 0);
    assert!(stricter.as_u64().unwrap() > 0);
    let (code, error) = folder.run(&["personal-loan@9.9.9"]);
    assert_eq!(
        (code, &error["error"]["code"]),
        (1, &"unknown_version".into())
    );
    let (code, error) = folder.run(&[&published, "ach-debit@1.0.0"]);
    assert_ne!(code, 0);
    let message = error["error"]["message"].as_str().unwrap();
    assert!(
        message.contains("--rule-set") || message.contains("no published"),
        "{message}"
    );
    let many = vec![published.as_str(); underwrite::limits::BACKTEST_CANDIDATES_MAX + 1];
    let (code, _) = folder.run(&many);
    assert_eq!(code, 2);
    let (code, _) = folder.run(&many[1..]);
    assert_eq!(code, 0);
}

/// The position of the first decision.
const FIRST: &str = "(SELECT min(seq) FROM records WHERE kind = 'decision')";

#[tokio::test]
async fn a_damaged_record_is_named_left_out_and_ends_with_4() {
    let folder = Folder::new().await;
    let whole = folder.run(&[&folder.stricter()]).1;
    let spoil = format!("UPDATE contents SET content = zeroblob(99) WHERE seq = {FIRST}");
    folder.spoil(&spoil);
    let (code, found) = folder.run(&[&folder.stricter()]);
    assert_eq!(code, 4);
    let left_out = &found["population"]["left_out"];
    assert_eq!(left_out["damaged"], 1);
    let record = left_out["problems"][0]["record"].as_str().unwrap();
    assert!(record.contains("dec_"));
    let compared = |found: &Value| found["population"]["compared"].as_u64().unwrap();
    assert_eq!(compared(&found) + 1, compared(&whole));
}

#[tokio::test]
async fn damaged_bank_data_are_named_by_a_candidate_that_needs_them() {
    let folder = Folder::new().await;
    let phrase =
        "[[lexicon]]\nterm = 'employer'\nphrases = ['ZZQX NOBODY WRITES THIS']\n\n[params]";
    let phrases = folder.candidate("phrases.toml", "[params]", phrase);
    let (code, whole) = folder.run(&[&phrases]);
    assert_eq!(code, 0);
    let told = &whole["candidates"][0];
    assert_eq!(told["from_snapshots"], whole["population"]["compared"]);
    let hash = format!("(SELECT hash FROM decision_snapshots WHERE seq = {FIRST} LIMIT 1)");
    folder.spoil(&format!(
        "UPDATE snapshots SET content = zeroblob(99) WHERE hash = {hash}"
    ));
    let (code, found) = folder.run(&[&phrases, &folder.stricter()]);
    assert_eq!(code, 4);
    assert_eq!(found["population"]["left_out"]["damaged"], 1);
    assert_eq!(
        found["population"]["compared"],
        whole["population"]["compared"]
    );
    let by_snapshots = |at: usize| &found["candidates"][at]["not_decidable"]["by_snapshots"];
    assert_eq!((by_snapshots(0), by_snapshots(1)), (&1.into(), &0.into()));
}

#[tokio::test]
async fn loans_of_a_file_are_joined_and_the_young_left_out() {
    let folder = Folder::new().await;
    let lines = folder.path().join("lines.jsonl");
    folder.run(&[&folder.stricter(), "--decisions", lines.to_str().unwrap()]);
    let approved = folder.lines(&lines).into_iter().filter(|line| {
        let outcome = line["live"]["outcome"].as_str().unwrap();
        ["APPROVE", "COUNTER"].contains(&outcome)
    });
    let approved: Vec<String> = approved
        .map(|line| line["decision"].as_str().unwrap().to_owned())
        .collect();
    assert!(approved.len() >= 4);
    let mut csv = "key,decision,event,date,amount,days_past_due\n".to_owned();
    for (number, id) in approved.iter().enumerate() {
        let funded = if number == 0 {
            "2024-09-20"
        } else {
            "2024-01-10"
        };
        csv.push_str(&format!("f{number},{id},funded,{funded},1000.00 usd,\n"));
        csv.push_str(&format!("i{number},{id},interest,2024-09-30,10.00 usd,\n"));
    }
    csv.push_str(&format!(
        "d1,{},defaulted,2024-03-10,900.00 usd,\n",
        approved[1]
    ));
    csv.push_str(&format!("l1,{},loss,2024-09-30,800.00 usd,\n", approved[1]));
    csv.push_str(&format!("late,{},late,2024-03-10,,59\n", approved[2]));
    let file = folder.file("loans.csv", &csv);
    let words = [&folder.stricter(), "--performance", &file];
    let (code, found) = folder.run(&words);
    assert_eq!(code, 0, "{found}");
    let told = &found["candidates"][0]["performance"];
    let known = approved.len() - 1;
    assert_eq!(told["bad"]["count"], 1);
    assert_eq!(told["bad"]["of"], known);
    assert_eq!(told["left_out"]["too_young"], 1);
    assert_eq!(told["definition"]["seen_until"], "2024-09-30");
    let sets = told["swap_sets"].as_array().unwrap();
    let loans: u64 = sets
        .iter()
        .map(|set| set["bad"]["of"].as_u64().unwrap())
        .sum();
    assert_eq!(loans, u64::try_from(known).unwrap());
    let swapped_in = sets
        .iter()
        .find(|set| set["live_approves"] == false && set["candidate_approves"] == true);
    assert_eq!(swapped_in.unwrap()["bad"]["share"], Value::Null);
    assert!(told["live_score"]["discrimination"]["auc"].is_number());
    // Another definition.
    let (_, found) = folder.run(&[&words[..], &["--bad-days-late", "59"]].concat());
    assert_eq!(found["candidates"][0]["performance"]["bad"]["count"], 2);
}

#[tokio::test]
async fn segments_of_a_file_are_compared_by_their_approvals() {
    let folder = Folder::new().await;
    let lines = folder.path().join("lines.jsonl");
    folder.run(&[&folder.stricter(), "--decisions", lines.to_str().unwrap()]);
    let lines = folder.lines(&lines);
    let mut csv = "application,segment\n".to_owned();
    // The first has none.
    for (number, line) in lines.iter().enumerate().skip(1) {
        let segment = if number % 3 == 0 { "a" } else { "b" };
        csv.push_str(&format!(
            "{},{segment}\n",
            line["application"].as_str().unwrap()
        ));
    }
    let file = folder.file("segments.csv", &csv);
    let (code, found) = folder.run(&[&folder.stricter(), "--segments", &file]);
    assert_eq!(code, 0, "{found}");
    let told = &found["candidates"][0]["adverse_impact"];
    assert_eq!(told["without_segment"], 1);
    let approves =
        |side: &Value| ["APPROVE", "COUNTER"].contains(&side["outcome"].as_str().unwrap());
    for side in ["live", "candidate"] {
        let of = |line: &Value| match side {
            "live" => line["live"].clone(),
            _ => line["candidates"][0].clone(),
        };
        let own = |a: bool| {
            let own = lines.iter().enumerate().skip(1);
            let own = own.filter(|(number, _)| (number % 3 == 0) == a);
            let own: Vec<bool> = own.map(|(_, line)| approves(&of(line))).collect();
            (own.iter().filter(|one| **one).count(), own.len())
        };
        let (a, b) = (own(true), own(false));
        let highest = if a.0 * b.1 > b.0 * a.1 { a } else { b };
        for (at, (count, all)) in [a, b].into_iter().enumerate() {
            let told = &told[side][at];
            assert_eq!(told["approved"]["count"], count);
            assert_eq!(told["approved"]["of"], all);
            let below = count * highest.1 * 5 < highest.0 * all * 4;
            assert_eq!(told["below_four_fifths"], below, "{told}");
        }
    }
}

#[tokio::test]
async fn people_read_what_it_found() {
    let folder = Folder::new().await;
    let output = Command::new(PROGRAM)
        .args(["backtest", &folder.stricter(), "--data-dir"])
        .arg(folder.path())
        .env_clear()
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    for part in [
        "decisions compared",
        "stricter.toml changes ",
        "McNemar",
        "live \\ candidate",
        "candidate: `",
        "APR",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
}
