use serde_json::json;

use super::*;
use crate::cli::tests::{run_in, usage_error};
use crate::private;

const STATEMENT: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/tests/data/analyze/statement.json"
);

fn file(folder: &Path, text: &str) -> String {
    let path = folder.join("objects.json");
    std::fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_file_is_shown_as_text() {
    let ran = run_in(
        &[],
        &["analyze", "--file", STATEMENT, "--name", "Ada Example"],
    )
    .await;
    assert_eq!(ran.exit, Exit::Success, "{}", ran.err);
    let expected = [
        "Bank data on 2026-06-30 as of 2026-06-30 15:00 UTC\n",
        "  history                   2026-01-02 to 2026-06-30, 180 days\n",
        "  standing                  known: a stream of income runs\n",
        "  a month                   4,333.33, of it by a schedule 4,333.33\n",
        "  next payday               2026-07-03\n",
        "1  wages  biweekly  2,000.00  4,333.33  4,333.33 to 4,333.33  active  ",
        "2026-07-03  Northwind Traders\n",
        "     2026-01 ●●●  2026-02 ●●  2026-03 ○●  2026-04 ●●  2026-05 ●●  2026-06 ●●\n     \
         2026-07 ◌\n",
        "  worth                     good\n",
        "  below zero                6 days of 180\n",
        "  lowest                    -83.73 on 2026-01-10\n",
        "  event-days                0 in 30 days, 0 in 60 days, 0 in 90 days, 1 in 180 days\n",
        "2026-03-16  overdraft fee   34.00  yes    OVERDRAFT FEE\n",
        "housing     monthly  1,250.00  1,250.00         6  2026-06-03  running",
        "   60.00     1  stakes at gambling\n",
        "    0.00     345.00  Speedy Cash\n",
        "  fca_ada First Example Bank …4242, cash/checking, active\n",
        "  transactions              1 pending, 60 posted, 1 void\n",
        "  owner's name fits         100 %\n",
    ];
    for part in expected {
        assert!(ran.out.contains(part), "{part}\nis not in\n{}", ran.out);
    }
    // The line of balances, and under it the days below zero and the one with an event.
    let mut lines = ran
        .out
        .lines()
        .skip_while(|line| !line.starts_with("Balance"));
    let (line, marks) = (lines.nth(1).unwrap(), lines.next().unwrap());
    assert_eq!(line.chars().count(), 2 + 90);
    assert!(
        marks.contains('▼') && marks.matches('!').count() == 1,
        "{marks}"
    );
}

#[tokio::test]
async fn a_page_is_a_new_file_of_its_owner_alone() {
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("page.html");
    let line = [
        "analyze",
        "--file",
        STATEMENT,
        "--html",
        page.to_str().unwrap(),
    ];
    let ran = run_in(&[], &line).await;
    assert_eq!(ran.exit, Exit::Success, "{}", ran.err);
    assert!(ran.out.is_empty() && ran.err.contains("page.html"));
    let written = std::fs::read_to_string(&page).unwrap();
    assert!(private::check([page.as_path()]).is_ok());
    let again = run_in(&[], &line).await;
    assert!(again.err.contains("is not overwritten"), "{}", again.err);
    let out = run_in(&[], &["analyze", "--file", STATEMENT, "--html", "-"]).await;
    assert_eq!(out.out, written);
    let both = run_in(
        &[],
        &["--json", "analyze", "--file", STATEMENT, "--html", "-"],
    )
    .await;
    assert_eq!(both.exit, Exit::Usage);
}

#[tokio::test]
async fn a_file_that_cannot_be_used_says_what_it_must_be_and_nothing_of_what_is_in_it() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("nothing.json");
    let ran = run_in(&[], &["analyze", "--file", missing.to_str().unwrap()]).await;
    assert!(ran.err.contains("nothing.json"), "{}", ran.err);
    assert_eq!(ran.exit, Exit::Failure);
    for (text, says) in [
        ("[]", "no account in it"),
        (
            "{\"name\": \"Ada Example\"}",
            "it is not JSON of the expected form",
        ),
        (
            "[{\"object\": \"charge\", \"id\": \"Ada Example\"}]",
            "financial_connections.account",
        ),
        ("", "line 1"),
        (
            "[{\"object\": \"financial_connections.transaction\", \"id\": \"Ada Example\"}]",
            "`account` is missing",
        ),
    ] {
        let path = file(folder.path(), text);
        let ran = run_in(&[], &["analyze", "--file", &path]).await;
        assert_eq!(ran.exit, Exit::Failure);
        assert!(
            ran.err.contains(says) && ran.err.contains("docs/analyze.md"),
            "{}",
            ran.err
        );
        assert!(
            !ran.err.contains("Ada") && ran.out.is_empty(),
            "{}",
            ran.err
        );
    }
    let limit = usize::try_from(limits::CORPUS_BANK_BYTES_MAX).unwrap();
    let path = file(folder.path(), &" ".repeat(limit + 1));
    let ran = run_in(&[], &["analyze", "--file", &path]).await;
    assert!(ran.err.contains("is larger than"), "{}", ran.err);
    let ran = run_in(&[], &["analyze", "--file", STATEMENT, "--currency", "EUR"]).await;
    assert!(
        ran.err.contains("holds EUR") && ran.err.contains("is USD"),
        "{}",
        ran.err
    );
}

#[tokio::test]
async fn arguments_that_do_not_fit_say_what_to_do() {
    let neither = run_in(&[], &["analyze"]).await;
    assert_eq!(neither.exit, Exit::Usage);
    assert!(neither.err.contains("`fca_...`") && neither.err.contains("`--file`"));
    let both = usage_error(&["analyze", "fca_1", "--file", STATEMENT]);
    assert!(both.contains("--file"), "{both}");
    let other = usage_error(&["analyze", "cus_1"]);
    assert!(
        other.contains("`fca_`") && other.contains("accounts list"),
        "{other}"
    );
    assert!(usage_error(&["analyze", "fca_1", "--as-of", "then"]).contains("2026-03-31"));
    for (accounts, said) in [
        (limits::ACCOUNTS_MAX, "STRIPE_API_KEY"),
        (limits::ACCOUNTS_MAX + 1, "at most 50 accounts"),
    ] {
        let ids: Vec<String> = (0..accounts).map(|id| format!("fca_{id}")).collect();
        let line: Vec<&str> = ids.iter().map(String::as_str).collect();
        let ran = run_in(&[], &[&["analyze"], &line[..]].concat()).await;
        assert_eq!(ran.exit, Exit::Usage);
        assert!(ran.err.contains(said), "{}", ran.err);
    }
    let no_key = run_in(&[], &["analyze", "fca_1"]).await;
    assert!(no_key.err.contains("STRIPE_API_KEY"), "{}", no_key.err);
    let clock = run_in(
        &[],
        &["analyze", "--file", STATEMENT, "--today", "2026-06-30"],
    )
    .await;
    assert_eq!(clock.exit, Exit::Usage);
    assert!(clock.err.contains("`--as-of`"), "{}", clock.err);
}

#[tokio::test]
async fn a_file_is_looked_at_as_it_stood() {
    let line = [
        "--json",
        "analyze",
        "--file",
        STATEMENT,
        "--as-of",
        "2026-04-30",
    ];
    let ran = run_in(&[], &line).await;
    let json: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(json["date"], "2026-04-30");
    assert_eq!(json["as_of"], "2026-05-01T03:59:59Z");
    assert_eq!(json["income"]["streams"][0]["last"], "2026-04-24");
}

#[tokio::test]
async fn descriptions_are_read_by_the_words_of_a_rule_file() {
    let folder = tempfile::tempdir().unwrap();
    let rules = folder.path().join("own.toml");
    let shipped = include_str!("../../../rules/personal-loan.toml");
    let added = "\n[[lexicon]]\nterm = 'short_term_lender'\nname = 'Greenleaf'\n\
                 phrases = ['GREENLEAF MARKET']\n";
    std::fs::write(&rules, format!("{shipped}{added}")).unwrap();
    std::fs::copy(STATEMENT, folder.path().join("ada.json")).unwrap();
    let batch = folder.path().join("batch.jsonl");
    std::fs::write(&batch, GOOD).unwrap();
    let own = ["--rules", rules.to_str().unwrap()];
    let lenders = |report: &Value| -> Vec<String> {
        let lenders = report["lenders"].as_array().unwrap().iter();
        lenders
            .map(|one| one["lender"].as_str().unwrap().to_owned())
            .collect()
    };
    let file = ["--json", "analyze", "--file", STATEMENT];
    let of_many = ["analyze", "--batch", batch.to_str().unwrap()];
    for (rules, expected) in [
        (&[][..], &["Speedy Cash"][..]),
        (&own[..], &["Greenleaf", "Speedy Cash"][..]),
    ] {
        let ran = run_in(&[], &[&file[..], rules].concat()).await;
        assert_eq!(ran.exit, Exit::Success, "{}", ran.err);
        let mut found = lenders(&serde_json::from_str(&ran.out).unwrap());
        found.sort();
        assert_eq!(found, expected);
        let ran = run_in(&[], &[&of_many[..], rules].concat()).await;
        let answer: Value = serde_json::from_str(&ran.out).unwrap();
        let mut found = lenders(&answer["report"]);
        found.sort();
        assert_eq!(found, expected);
    }
    std::fs::write(&rules, "broken").unwrap();
    let ran = run_in(&[], &[&file[..], &own].concat()).await;
    assert_eq!(ran.exit, Exit::RulesInvalid);
    assert!(ran.err.contains("rules check"), "{}", ran.err);
}

/// A line of a batch in whose folder the statement is.
const GOOD: &str = r#"{"id": "ada", "file": "ada.json", "name": "Ada Example"}"#;

/// The report of the statement alone.
async fn alone() -> Value {
    let line = [
        "--json",
        "analyze",
        "--file",
        STATEMENT,
        "--name",
        "Ada Example",
    ];
    serde_json::from_str(&run_in(&[], &line).await.out).unwrap()
}

#[tokio::test]
async fn a_batch_answers_each_line_in_order() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::copy(STATEMENT, folder.path().join("ada.json")).unwrap();
    let batch = folder.path().join("batch.jsonl");
    let path = batch.to_str().unwrap();
    // More than are analysed at once.
    let many = vec![GOOD; limits::BATCH_AT_ONCE + 3].join("\n");
    std::fs::write(&batch, &many).unwrap();
    let ran = run_in(&[], &["analyze", "--batch", path]).await;
    assert_eq!(ran.exit, Exit::Success, "{}", ran.err);
    let alone = alone().await;
    let mut lines = 0;
    for (place, line) in ran.out.lines().enumerate() {
        let answer: Value = serde_json::from_str(line).unwrap();
        assert_eq!(answer["line"], place + 1);
        assert_eq!((&answer["id"], &answer["report"]), (&"ada".into(), &alone));
        lines += 1;
    }
    assert_eq!(lines, limits::BATCH_AT_ONCE + 3);
}

#[tokio::test]
async fn what_is_wrong_with_one_line_of_a_batch_stops_no_other() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::copy(STATEMENT, folder.path().join("ada.json")).unwrap();
    let batch = folder.path().join("batch.jsonl");
    let path = batch.to_str().unwrap();
    let too_long = format!(
        r#"{{"id": "{}"}}"#,
        "x".repeat(limits::BATCH_LINE_BYTES_MAX)
    );
    let too_many = json!({ "id": "g", "accounts": vec!["fca_1"; limits::ACCOUNTS_MAX + 1] });
    let too_many = too_many.to_string();
    let bad = [
        "not JSON",
        "",
        &too_long,
        r#"{"id": "b", "file": "nobody.json"}"#,
        r#"{"id": "c", "file": "ada.json", "accounts": ["fca_1"]}"#,
        r#"{"id": "d"}"#,
        r#"{"id": "e", "accounts": ["cus_1"]}"#,
        r#"{"id": "f", "file": "ada.json", "nmae": "Ada Example"}"#,
        &too_many,
        GOOD,
    ];
    std::fs::write(&batch, bad.join("\n")).unwrap();
    let ran = run_in(&[], &["analyze", "--batch", path]).await;
    assert_eq!(ran.exit, Exit::Failure);
    assert!(ran.err.contains("8 of 9 applicants"), "{}", ran.err);
    let answers: Vec<Value> = ran
        .out
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let expected = [
        (1, "line", "line 1 cannot be read"),
        (3, "line", "line 3 is longer than 65536 bytes"),
        (4, "file", "nobody.json"),
        (5, "line", "names both accounts and a file"),
        (6, "line", "names no account and no file"),
        (7, "line", "names an account by an id that is none"),
        (8, "line", "line 8 cannot be read"),
        (9, "line", "line 9 names more than 50 accounts"),
    ];
    assert_eq!(answers.len(), expected.len() + 1);
    for (answer, (number, code, says)) in answers.iter().zip(expected) {
        let message = answer["error"]["message"].as_str().unwrap();
        assert_eq!(answer["line"], number, "{message}");
        assert_eq!(answer["error"]["code"], code, "{message}");
        assert!(
            message.contains(says) && !message.contains("Ada"),
            "{message}"
        );
    }
    assert_eq!(answers.last().unwrap()["report"], alone().await);
    let both = usage_error(&["analyze", "--batch", path, "--file", STATEMENT]);
    assert!(both.contains("--file"), "{both}");
}

#[tokio::test]
async fn the_lines_of_a_batch_are_limited_below_at_and_above() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::copy(STATEMENT, folder.path().join("ada.json")).unwrap();
    let batch = folder.path().join("batch.jsonl");
    let max = limits::BATCH_LINE_BYTES_MAX;
    let lines = [max - 1, max, max + 1];
    let lines = lines.map(|size| GOOD.to_owned() + &" ".repeat(size - GOOD.len()));
    // Each with a line after it, and each at the end of a file that ends without one.
    for last in &lines {
        std::fs::write(&batch, format!("{}\n{last}", lines.join("\n"))).unwrap();
        let ran = run_in(&[], &["analyze", "--batch", batch.to_str().unwrap()]).await;
        let answers = ran.out.lines().map(|line| {
            let answer: Value = serde_json::from_str(line).unwrap();
            answer.get("report").is_some()
        });
        let good = |text: &String| text.len() <= max;
        let expected: Vec<bool> = lines.iter().chain([last]).map(good).collect();
        assert_eq!(answers.collect::<Vec<_>>(), expected);
    }
}
