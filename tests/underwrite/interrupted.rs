//! Ctrl-C while `replay` and `backtest` look at decisions. A pipe in the place of a file that they read first
//! holds them until the signal is there.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::harness::private_folder;
use super::many;
use super::process::{PROGRAM, command};

const SHIPPED: &str = include_str!("../../rules/personal-loan.toml");

/// A folder with a ledger of more decisions than are read at once.
struct Place {
    folder: TempDir,
    decisions: usize,
}

impl Place {
    async fn new(times: usize) -> Self {
        let folder = private_folder();
        let decisions = many::record(&folder.path().join("ledger.sqlite"), times).await;
        Self { folder, decisions }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn candidate(&self) -> String {
        let (from, to) = ("income_min = '1500.00 usd'", "income_min = '3000.00 usd'");
        SHIPPED.replacen(from, to, 1)
    }

    /// Runs a command that reads `text` from a pipe, `signals` times interrupted before it is there.
    fn interrupted(&self, words: &[&str], pipe: &str, text: &str, signals: u32) -> Output {
        let pipe = self.path(pipe);
        let made = Command::new("mkfifo").arg(&pipe).status().unwrap();
        assert!(made.success());
        let child = Command::new(PROGRAM)
            .args(words)
            .arg("--data-dir")
            .arg(self.folder.path())
            .env_clear()
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        listens(&child);
        for _ in 0..signals {
            let pid = child.id().to_string();
            let sent = Command::new("kill").args(["-INT", &pid]).status();
            assert!(sent.unwrap().success());
            std::thread::sleep(Duration::from_millis(300));
        }
        if signals == 1 {
            fs::write(&pipe, text).unwrap();
        }
        let output = child.wait_with_output().unwrap();
        fs::remove_file(&pipe).unwrap();
        output
    }
}

/// Waits until a process says itself what an interrupt does.
fn listens(child: &Child) {
    let status = format!("/proc/{}/status", child.id());
    for _ in 0..1_200 {
        let text = fs::read_to_string(&status).unwrap();
        let caught = text.lines().find_map(|line| line.strip_prefix("SigCgt:"));
        let caught = u64::from_str_radix(caught.unwrap().trim(), 16).unwrap();
        if caught & 0b10 != 0 {
            return;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    panic!("it does not listen");
}

fn lines(path: &Path) -> Vec<Value> {
    let text = fs::read_to_string(path).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backtest_that_is_interrupted_tells_exactly_what_it_looked_at() {
    let place = Place::new(60).await;
    assert!(place.decisions > 1_024);
    let (pipe, file) = (place.path("pipe.toml"), place.path("lines.jsonl"));
    let (pipe, file) = (pipe.to_str().unwrap(), file.to_str().unwrap());
    let words = ["--json", "backtest", pipe, "--decisions", file];
    let output = place.interrupted(&words, "pipe.toml", &place.candidate(), 1);
    assert_eq!(output.status.code(), Some(5), "{output:?}");
    let part: Value = serde_json::from_slice(&output.stdout).unwrap();
    let stopped = &part["population"]["stopped_early"];
    assert_eq!(stopped["of"], place.decisions);
    let looked_at = stopped["looked_at"].as_u64().unwrap();
    assert!(looked_at > 0 && looked_at < place.decisions as u64);

    let part_lines = lines(Path::new(file));
    assert_eq!(part["population"]["compared"], part_lines.len());
    let through = stopped["through"].as_u64().unwrap();
    assert!(
        part_lines
            .iter()
            .all(|line| line["seq"].as_u64().unwrap() <= through)
    );

    // The same decisions, asked for by their ids.
    let candidate = place.path("pipe.toml");
    fs::write(&candidate, place.candidate()).unwrap();
    let mut words = vec!["backtest", candidate.to_str().unwrap()];
    for line in &part_lines {
        words.extend(["--id", line["decision"].as_str().unwrap()]);
    }
    let (code, those) = command(place.folder.path(), &words);
    assert_eq!(code, 0, "{those}");
    assert_eq!(those["candidates"], part["candidates"]);
    assert_eq!(those["population"]["live"], part["population"]["live"]);
    assert_eq!(those["population"]["stopped_early"], Value::Null);

    // Also while a sample is drawn, and while the columns are filled, which keep what they have.
    let sampled = ["--json", "backtest", pipe, "--sample", "20"];
    fs::remove_file(pipe).unwrap();
    let output = place.interrupted(&sampled, "pipe.toml", &place.candidate(), 1);
    assert_eq!(output.status.code(), Some(5), "{output:?}");
    let none: Value = serde_json::from_slice(&output.stdout).unwrap();
    let stopped = &none["population"]["stopped_early"];
    assert_eq!(
        (&stopped["looked_at"], &stopped["of"]),
        (&json!(0), &json!(place.decisions))
    );
    let filling = ["--json", "backtest", pipe, "--columns"];
    let output = place.interrupted(&filling, "pipe.toml", &place.candidate(), 1);
    assert_eq!(output.status.code(), Some(5), "{output:?}");
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(told["population"]["from_columns"], false);
    let (code, filled) = command(place.folder.path(), &["ledger", "columns"]);
    assert_eq!((code, &filled["stopped_early"]), (0, &json!(false)));
    let read = filled["read"].as_u64().unwrap();
    assert!(read > 0 && read < place.decisions as u64, "{filled}");
    fs::write(&candidate, place.candidate()).unwrap();

    // The first lines of a backtest of all.
    let all = place.path("all.jsonl");
    let words = [
        "backtest",
        candidate.to_str().unwrap(),
        "--decisions",
        all.to_str().unwrap(),
    ];
    let (code, whole) = command(place.folder.path(), &words);
    assert_eq!(
        (code, &whole["population"]["stopped_early"]),
        (0, &Value::Null)
    );
    let all = lines(&all);
    assert!(part_lines.len() < all.len());
    assert_eq!(part_lines, all[..part_lines.len()]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replay_that_is_interrupted_says_so_to_people_and_programs() {
    let place = Place::new(6).await;
    assert!(place.decisions > 64);
    let folder = place.folder.path();
    let (code, head) = command(folder, &["ledger", "head"]);
    assert_eq!(code, 0);
    let head = head.to_string();
    let pipe = place.path("head.json");
    let words = ["replay", "--head", pipe.to_str().unwrap()];
    let output = place.interrupted(&words, "head.json", &head, 1);
    assert_eq!(output.status.code(), Some(5), "{output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("partial: stopped after 64 of "), "{text}");

    let words = [&["--json"], &words[..]].concat();
    let output = place.interrupted(&words, "head.json", &head, 1);
    assert_eq!(output.status.code(), Some(5));
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    let stopped = &told["stopped_early"];
    assert_eq!(
        (&stopped["looked_at"], &stopped["of"]),
        (&json!(64), &json!(place.decisions))
    );
    assert_eq!(told["chain"]["sound"], true);
    assert_eq!(
        (&told["decisions"], &told["reproduced"]),
        (&json!(64), &json!(64))
    );

    // Whoever insists does not wait.
    let output = place.interrupted(&words, "head.json", &head, 2);
    assert_eq!((output.status.code(), output.stdout.len()), (Some(130), 0));
}
