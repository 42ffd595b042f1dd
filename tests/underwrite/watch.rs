//! `underwrite rules watch` as its user runs it.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

use super::harness::private_folder;
use super::process::{PROGRAM, command};
use super::{golden, many};

const SHIPPED: &str = include_str!("../../rules/personal-loan.toml");
const PATIENCE: Duration = Duration::from_secs(60);

/// The rule set that ships, asking for so much income a month.
fn asking(income: &str) -> String {
    let from = "income_min = '1500.00 usd'";
    assert!(SHIPPED.contains(from));
    SHIPPED.replacen(from, &format!("income_min = '{income}'"), 1)
}

/// A folder with a ledger and a rule file.
struct Place {
    folder: TempDir,
    file: PathBuf,
}

impl Place {
    /// With the golden ledger.
    async fn golden() -> Self {
        let folder = private_folder();
        fs::copy(golden::newest().await, folder.path().join("ledger.sqlite")).unwrap();
        Self::of(folder)
    }

    /// With a ledger of many decisions.
    async fn many(times: usize) -> Self {
        let folder = private_folder();
        many::record(&folder.path().join("ledger.sqlite"), times).await;
        Self::of(folder)
    }

    fn of(folder: TempDir) -> Self {
        let file = folder.path().join("rules.toml");
        Self { folder, file }
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Saves the rule file as many editors do: another file takes its place.
    fn save(&self, text: &str) {
        let new = self.path().join("rules.toml.new");
        fs::write(&new, text).unwrap();
        fs::rename(&new, &self.file).unwrap();
    }

    fn run(&self, words: &[&str]) -> (i32, Value) {
        command(self.path(), words)
    }
}

/// The program, watching a rule file, and what it says of it.
struct Watch {
    program: Child,
    lines: Receiver<Value>,
}

impl Watch {
    fn start(place: &Place) -> Self {
        let mut program = Command::new(PROGRAM)
            .args(["--json", "rules", "watch"])
            .arg(&place.file)
            .arg("--data-dir")
            .arg(place.path())
            .env_clear()
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let output = BufReader::new(program.stdout.take().unwrap());
        let (sender, lines) = mpsc::channel();
        std::thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                // Nobody listens any more once the test has what it wants.
                let _ = sender.send(serde_json::from_str(&line).unwrap());
            }
        });
        Self { program, lines }
    }

    fn next(&self) -> Value {
        self.lines.recv_timeout(PATIENCE).unwrap()
    }

    /// Ends it from the keyboard; whether it said that all is well, and nothing more.
    fn end(mut self) -> bool {
        let pid = self.program.id().to_string();
        let sent = Command::new("kill").args(["-INT", &pid]).status();
        assert!(sent.unwrap().success());
        self.program.wait().unwrap().success() && self.lines.recv().is_err()
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        // Gone already where it has ended.
        let _ = self.program.kill();
        let _ = self.program.wait();
    }
}

/// Watches a file once, and holds what it tells against `backtest` and `replay`.
fn assert_agrees(place: &Place, flips: bool) {
    let file = place.file.to_str().unwrap();
    let (code, told) = place.run(&["rules", "watch", file, "--once"]);
    assert_eq!(code, 0, "{told}");
    let (preview, population) = (&told["preview"], &told["population"]);
    assert_eq!(preview["flips"].as_u64().unwrap() > 0, flips);
    // The same days, said in words.
    let last: chrono::DateTime<chrono::Utc> =
        population["period"][1].as_str().unwrap().parse().unwrap();
    let from = (last - chrono::TimeDelta::days(29))
        .date_naive()
        .to_string();
    let days = ["--from", &from];
    for by in [&["--columns"][..], &[]] {
        let words = [&["backtest", file][..], &days, by].concat();
        let (code, mut found) = place.run(&words);
        assert_eq!(code, 0, "{found}");
        found["population"]["from_columns"] = population["from_columns"].clone();
        assert_eq!(found["population"], *population);
        let candidate = &found["candidates"][0];
        assert_eq!(candidate["flips"]["total"], preview["flips"]);
        assert_eq!(candidate["decided"], preview["decided"]);
        let headline = candidate["headline"].as_str().unwrap();
        let headline = headline.replacen(file, "this edit", 1);
        let summary = preview["summary"].as_str().unwrap();
        assert!(summary.starts_with(&headline), "{headline}: {summary}");
        let groups = candidate["flips"]["groups"].as_array().unwrap();
        let causes = groups
            .iter()
            .flat_map(|group| group["responsible"].as_array().unwrap());
        for line in preview["lines"].as_array().unwrap() {
            let same = causes.clone().filter(|cause| {
                (&cause["source"], &cause["reason"]) == (&line["source"], &line["reason"])
            });
            let count = |key: &str| {
                let counts = same.clone().map(|cause| cause[key].as_u64().unwrap());
                counts.sum::<u64>()
            };
            assert_eq!(
                count("decisions"),
                line["flips"].as_u64().unwrap(),
                "{line}"
            );
            assert_eq!(count("alone"), line["alone"].as_u64().unwrap(), "{line}");
        }
    }
    let words = [&["replay", "--rule-set", "personal-loan"][..], &days].concat();
    let (code, replayed) = place.run(&words);
    assert_eq!(code, 0, "{replayed}");
    assert_eq!(replayed["taken"], population["selected"]);
    assert_eq!(replayed["reproduced"], replayed["taken"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn it_tells_the_numbers_of_backtest_and_of_replay() {
    let place = Place::golden().await;
    for (text, flips) in [(asking("3000.00 usd"), true), (SHIPPED.to_owned(), false)] {
        place.save(&text);
        assert_agrees(&place, flips);
    }
    let place = Place::many(30).await;
    place.save(&asking("3000.00 usd"));
    assert_agrees(&place, true);
}

/// The days before the last thirty that hold decisions are left out, to the second.
#[tokio::test(flavor = "multi_thread")]
async fn it_is_of_thirty_days_up_to_the_newest_decision() {
    let place = Place::of(private_folder());
    let at = |text: &str| text.parse::<chrono::DateTime<chrono::Utc>>().unwrap();
    let times = [
        "2026-08-25T12:00:00Z",
        "2026-09-04T23:59:59Z",
        "2026-09-05T00:00:00Z",
        "2026-09-20T12:00:00Z",
        "2026-10-04T23:59:59Z",
    ];
    many::record_at(&place.path().join("ledger.sqlite"), &times.map(at)).await;
    place.save(SHIPPED);
    let file = place.file.to_str().unwrap();
    let watch = |more: &[&str]| {
        let words = [&["rules", "watch", file, "--once"][..], more].concat();
        let (code, told) = place.run(&words);
        assert_eq!(code, 0, "{told}");
        told["population"].clone()
    };
    let last = watch(&[]);
    assert_eq!(
        (&last["selected"], &last["compared"]),
        (&3.into(), &3.into())
    );
    assert_eq!(last["period"], serde_json::json!([times[2], times[4]]));
    // Who says since when is answered.
    assert_eq!(watch(&["--from", "2026-09-04"])["selected"], 4);
    assert_eq!(watch(&["--until", "2026-09-05"])["selected"], 2);
    assert_agrees(&place, false);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_save_is_told_and_one_that_is_not_valid_ends_nothing() {
    let place = Place::golden().await;
    place.save(SHIPPED);
    let watch = Watch::start(&place);
    let flips = |told: &Value| told["preview"]["flips"].as_u64();
    assert_eq!(flips(&watch.next()), Some(0));
    place.save(&asking("3000.00 eur"));
    let told = watch.next();
    assert_eq!(
        (&told["valid"], &told["preview"]),
        (&false.into(), &Value::Null)
    );
    assert_eq!(told["diagnostics"][0]["code"], "wrong_currency");
    place.save(&asking("3000.00 usd"));
    let told = watch.next();
    assert!(flips(&told).unwrap() > 0);
    // A part of it, that was not there before, and then is written in place.
    let import = "import = ['more.toml']\n";
    place.save(&format!("{import}{}", asking("3000.00 usd")));
    let told = watch.next();
    assert_eq!(told["diagnostics"][0]["code"], "unknown_file");
    fs::write(place.path().join("more.toml"), "[params]\nspare = '1'\n").unwrap();
    let told = watch.next();
    assert_eq!(
        (&told["valid"], &told["diagnostics"][0]["code"]),
        (&true.into(), &"unused".into())
    );
    assert!(watch.end());
}

#[tokio::test(flavor = "multi_thread")]
async fn people_read_a_sentence_and_a_line_for_each_rule() {
    let place = Place::golden().await;
    place.save(&asking("3000.00 usd"));
    let run = |words: &[&str]| {
        let output = Command::new(PROGRAM)
            .args(["rules", "watch", "--once"])
            .arg(&place.file)
            .args(words)
            .arg("--data-dir")
            .arg(place.path())
            .env_clear()
            .output()
            .unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (
            output.status.code(),
            text(output.stdout),
            text(output.stderr),
        )
    };
    let (code, text, _) = run(&[]);
    assert_eq!(code, Some(0));
    for part in [
        "rules.toml: valid: personal-loan ",
        "this edit changes ",
        " (decided by ",
        "what it changes",
        " to DECLINE; ",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let (code, text, note) = run(&["--rule-set", "another"]);
    assert_eq!(code, Some(0));
    assert!(
        text.contains("this edit has no decision to be compared with"),
        "{text}"
    );
    assert!(
        note.contains("No decision under the name `another` is meant"),
        "{note}"
    );
    place.save("[rule_set]\n");
    let (code, text, _) = run(&[]);
    assert_eq!(code, Some(3));
    assert!(text.contains("not valid"), "{text}");
    fs::remove_file(&place.file).unwrap();
    let (code, _, note) = run(&[]);
    assert_eq!(code, Some(1));
    assert!(note.contains("rules.toml`"), "{note}");
}
