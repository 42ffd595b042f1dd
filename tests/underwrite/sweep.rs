//! `underwrite backtest --sweep` on a small ledger, as its user runs it.

use std::fs;
use std::process::{Command, Output};

use serde_json::Value;

use super::backtest::Folder;
use super::process::PROGRAM;

const SHIPPED: &str = include_str!("../../rules/personal-loan.toml");
const SWEEP: &str = "income_min=1500.00 usd,3000.00 usd,6000.00 usd";

/// Runs `backtest` for a person.
fn read_by_people(folder: &Folder, words: &[&str]) -> Output {
    Command::new(PROGRAM)
        .arg("backtest")
        .args(words)
        .arg("--data-dir")
        .arg(folder.path())
        .env_clear()
        .output()
        .unwrap()
}

/// A file of loans: one for each decision that live approved, of which every third went bad.
fn loans(folder: &Folder, candidate: &str) -> (String, Vec<(String, bool)>) {
    let lines = folder.path().join("for-loans.jsonl");
    folder.run(&[candidate, "--decisions", lines.to_str().unwrap()]);
    let mut csv = "key,decision,event,date,amount,days_past_due\n".to_owned();
    let mut all = Vec::new();
    for line in folder.lines(&lines) {
        let outcome = line["live"]["outcome"].as_str().unwrap();
        if !["APPROVE", "COUNTER"].contains(&outcome) {
            continue;
        }
        let (at, id) = (all.len(), line["decision"].as_str().unwrap());
        csv.push_str(&format!("f{at},{id},funded,2024-01-10,1000.00 usd,\n"));
        csv.push_str(&format!("i{at},{id},interest,2024-09-30,10.00 usd,\n"));
        if at % 3 == 0 {
            csv.push_str(&format!("l{at},{id},loss,2024-03-10,800.00 usd,\n"));
        }
        all.push((id.to_owned(), at % 3 == 0));
    }
    assert!(all.len() >= 4);
    (folder.file("loans.csv", &csv), all)
}

/// All that a backtest counted, but for how each candidate is named.
fn unnamed(found: &Value) -> Value {
    let mut found = found.clone();
    found.as_object_mut().unwrap().remove("sweep");
    for candidate in found["candidates"].as_array_mut().unwrap() {
        let given_as = candidate["candidate"]["given_as"].take();
        let headline = candidate["headline"].as_str().unwrap();
        let rest = headline.strip_prefix(given_as.as_str().unwrap()).unwrap();
        candidate["headline"] = rest.into();
    }
    found
}

#[tokio::test]
async fn a_sweep_is_a_backtest_of_the_files_edited_by_hand() {
    let folder = Folder::new().await;
    let shipped = folder.file("same.toml", SHIPPED);
    let (loans, _) = loans(&folder, &shipped);
    let told = ["--performance", &loans];
    let (code, swept) = folder.run(&[&[&*shipped, "--sweep", SWEEP], &told[..]].concat());
    assert_eq!(code, 0, "{swept}");
    let from = "income_min = '1500.00 usd'";
    let by_hand = ["1500.00 usd", "3000.00 usd", "6000.00 usd"].map(|value| {
        let to = format!("income_min = '{value}'");
        folder.candidate(&format!("{value}.toml"), from, &to)
    });
    let by_hand: Vec<&str> = by_hand.iter().map(String::as_str).collect();
    let (code, by_hand) = folder.run(&[&by_hand[..], &told].concat());
    assert_eq!(code, 0, "{by_hand}");
    assert_eq!(unnamed(&swept), unnamed(&by_hand));
    assert!(by_hand["sweep"].is_null());
    let name = &swept["candidates"][1]["candidate"]["given_as"];
    assert_eq!(*name, format!("{shipped} with income_min = 3000.00 usd"));
    // From the columns the same.
    let columns = [&*shipped, "--sweep", SWEEP, "--columns"];
    let (_, columns) = folder.run(&[&columns[..], &told].concat());
    assert_eq!(columns["sweep"], swept["sweep"]);
}

#[tokio::test]
async fn what_each_value_comes_to_is_counted_from_the_line_of_each_decision() {
    let folder = Folder::new().await;
    let shipped = folder.file("same.toml", SHIPPED);
    let (loans, known) = loans(&folder, &shipped);
    let lines = folder.path().join("lines.jsonl");
    let words = [&shipped, "--sweep", SWEEP, "--performance", &loans];
    let words = [&words[..], &["--decisions", lines.to_str().unwrap()]].concat();
    let (code, swept) = folder.run(&words);
    assert_eq!(code, 0, "{swept}");
    let lines = folder.lines(&lines);
    let sweep = &swept["sweep"];
    assert_eq!(sweep["param"], "income_min");
    let mut approvals = Vec::new();
    for (at, value) in sweep["values"].as_array().unwrap().iter().enumerate() {
        let approves = |line: &&Value| {
            let outcome = line["candidates"][at]["outcome"].as_str().unwrap();
            ["APPROVE", "COUNTER"].contains(&outcome)
        };
        let approved: Vec<&Value> = lines.iter().filter(approves).collect();
        let lent = known.iter().filter(|(id, _)| {
            let mut approved = approved.iter();
            approved.any(|line| line["decision"] == **id)
        });
        let lent: Vec<bool> = lent.map(|(_, bad)| *bad).collect();
        let bad = lent.iter().filter(|bad| **bad).count();
        let reached =
            [&value["approved"], &value["bad"]].map(|share| (&share["count"], &share["of"]));
        assert_eq!(reached[0], (&approved.len().into(), &lines.len().into()));
        assert_eq!(reached[1], (&bad.into(), &lent.len().into()));
        assert_eq!(value["is_own"], at == 0);
        let told = &swept["candidates"][at];
        assert_eq!(value["offered"], told["offers"]["candidate"]);
        assert_eq!(value["flips"], told["flips"]["total"]);
        assert_eq!(value["expected"], told["performance"]["candidate_expected"]);
        approvals.push(approved.len());
    }
    assert!(approvals.is_sorted_by(|one, other| one >= other));
    assert!(approvals.first() > approvals.last());
    // The first value is what was live.
    for figure in ["approved", "bad", "offered", "expected"] {
        assert_eq!(sweep["live"][figure], sweep["values"][0][figure]);
    }
    assert_eq!(sweep["all_same"], false);
}

#[tokio::test]
async fn people_read_a_sweep_as_a_table() {
    let folder = Folder::new().await;
    let shipped = folder.file("same.toml", SHIPPED);
    let (loans, known) = loans(&folder, &shipped);
    let words = [&shipped, "--sweep", SWEEP, "--performance", &loans];
    let ran = read_by_people(&folder, &words);
    let text = String::from_utf8(ran.stdout).unwrap();
    assert!(
        ran.status.success(),
        "{}",
        String::from_utf8_lossy(&ran.stderr)
    );
    let row = |name: &str| {
        let mut lines = text.lines();
        let line = lines.find(|line| line.trim_start().starts_with(name));
        line.unwrap_or_else(|| panic!("{name}: {text}"))
    };
    let loans = format!(" {} ", known.len());
    assert!(row("1500.00 usd (as written)").contains(&loans), "{text}");
    assert!(row("live").contains(&loans), "{text}");
    row("6000.00 usd");
    for part in [
        "Along the values of income_min",
        "expected profit",
        "approved 1500.00 usd |",
        "Who was declined has no loan",
        "`--report` tell each value",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    // Without loans there is no such column, which is said.
    let ran = read_by_people(&folder, &words[..3]);
    let text = String::from_utf8(ran.stdout).unwrap();
    assert!(text.contains("Nothing is known of loans"), "{text}");
    assert!(!text.contains("expected profit"), "{text}");
}

#[tokio::test]
async fn a_committee_sees_the_curve() {
    let folder = Folder::new().await;
    let shipped = folder.file("same.toml", SHIPPED);
    let (loans, _) = loans(&folder, &shipped);
    let page = folder.path().join("page.html");
    let words = [&shipped, "--sweep", SWEEP, "--performance", &loans];
    let ran = read_by_people(
        &folder,
        &[&words[..], &["--report", page.to_str().unwrap()]].concat(),
    );
    assert!(
        ran.status.success(),
        "{}",
        String::from_utf8_lossy(&ran.stderr)
    );
    let page = fs::read_to_string(page).unwrap();
    for part in [
        "along the values of income_min</h1>",
        "class=\"course\"",
        "What each value of income_min comes to",
        "1500.00 usd (as written)",
        "Who was declined has no loan",
        "--sweep &#39;income_min=",
    ] {
        assert!(page.contains(part), "{part}");
    }
    // Where nothing is known of loans there is approval alone; and that two values are one is said.
    let bare = folder.path().join("bare.html");
    let words = [&shipped, "--sweep", "history_min=30 days,61 days"];
    let ran = read_by_people(
        &folder,
        &[&words[..], &["--report", bare.to_str().unwrap()]].concat(),
    );
    assert!(ran.status.success(), "{ran:?}");
    let bare = fs::read_to_string(bare).unwrap();
    for part in [
        "Approval along history_min",
        "so there is no bad rate",
        "changes how many come to each outcome",
    ] {
        assert!(bare.contains(part), "{part}");
    }
    assert!(!bare.contains("class=\"course\""));
    // Without a sweep the page has no such part.
    let plain = folder.path().join("plain.html");
    read_by_people(&folder, &[&shipped, "--report", plain.to_str().unwrap()]);
    assert!(!fs::read_to_string(plain).unwrap().contains("id=\"sweep\""));
}

#[tokio::test]
async fn a_published_version_and_an_imported_param_are_swept() {
    let folder = Folder::new().await;
    let version = SHIPPED
        .lines()
        .find_map(|line| line.strip_prefix("version = \""));
    let version = version.unwrap().trim_end_matches('"');
    let published = format!("personal-loan@{version}");
    let (code, found) = folder.run(&[&published, "--sweep", SWEEP]);
    assert_eq!(code, 0, "{found}");
    // The same where the param stands in a file that the rule file imports.
    let line = "income_min = '1500.00 usd'\n";
    assert!(SHIPPED.contains(line));
    let (before, after) = SHIPPED.split_once("[rule_set]").unwrap();
    let source = format!("import = ['own.toml']\n{before}[rule_set]{after}").replace(line, "");
    folder.file("own.toml", &format!("[params]\n{line}"));
    let importing = folder.file("importing.toml", &source);
    let (code, imported) = folder.run(&[&importing, "--sweep", SWEEP]);
    assert_eq!(code, 0, "{imported}");
    assert_eq!(imported["sweep"], found["sweep"]);
}

#[tokio::test]
async fn what_cannot_be_swept_is_told_with_what_to_do() {
    let folder = Folder::new().await;
    let shipped = folder.file("same.toml", SHIPPED);
    let other = folder.stricter();
    let too_many: Vec<String> = (0..=underwrite::limits::BACKTEST_CANDIDATES_MAX)
        .map(|value| format!("{value} days"))
        .collect();
    let too_many = format!("history_min={}", too_many.join(","));
    let refused = |words: &[&str], told: &str| {
        let (code, error) = folder.run(words);
        assert_eq!(
            (code, &error["error"]["code"]),
            (2, &"usage".into()),
            "{error}"
        );
        let message = error["error"]["message"].as_str().unwrap();
        assert!(message.contains(told), "{told}: {message}");
    };
    refused(&[&shipped, &other, "--sweep", SWEEP], "give one candidate");
    for (sweep, told) in [
        ("income_min", "a param and its values"),
        ("income_min=", "a param and its values"),
        ("incme_min=1 usd", "did you mean `income_min`?"),
        (
            "income_min=1 usd,,2 usd",
            "value 2 of `income_min` is empty",
        ),
        (
            "income_min=1500 usd,1500.00 usd",
            "are one value of `income_min`",
        ),
        (
            "income_min=40%",
            "`40%` is no value of `income_min`: money is wanted here",
        ),
        (&too_many, "a backtest has at most 16"),
    ] {
        refused(&[&shipped, "--sweep", sweep], told);
    }
    let unread = SHIPPED.replacen("[params]", "[params]\nunread = '1'", 1);
    let unread = folder.file("unread.toml", &unread);
    refused(
        &[&unread, "--sweep", "unread=1,2"],
        "`unread` is never used",
    );
}

#[tokio::test]
async fn a_param_on_which_no_decision_depends_is_said() {
    let folder = Folder::new().await;
    let shipped = folder.file("same.toml", SHIPPED);
    let sweep = "history_min=1 days,2 days";
    let (code, found) = folder.run(&[&shipped, "--sweep", sweep]);
    assert_eq!(code, 0, "{found}");
    assert_eq!(found["sweep"]["all_same"], true);
    let ran = read_by_people(&folder, &[&shipped, "--sweep", sweep]);
    let text = String::from_utf8(ran.stdout).unwrap();
    assert!(text.contains("No value of `history_min` changes"), "{text}");
}
