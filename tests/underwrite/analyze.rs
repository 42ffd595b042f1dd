//! `underwrite analyze` as a process: on a file, and on accounts that a sandbox serves.

use std::process::Command;

use serde_json::Value;
use tokio_util::sync::CancellationToken;

use super::harness::{sandbox, today};
use super::process::PROGRAM;
use super::tools::root;

/// What a command printed, and its exit code.
fn run(words: &[&str]) -> (i32, String, String) {
    let output = Command::new(PROGRAM)
        .args(words)
        .env_clear()
        .env("STRIPE_API_KEY", "sk_test_analyze")
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (
        output.status.code().unwrap(),
        text(output.stdout),
        text(output.stderr),
    )
}

#[test]
fn a_file_is_shown_without_a_network_in_every_form() {
    let file = root().join("tests/data/analyze/statement.json");
    let file = file.to_str().unwrap();
    let (code, text, errors) = run(&["analyze", "--file", file]);
    assert_eq!((code, errors.as_str()), (0, ""));
    assert!(
        text.contains("Northwind Traders") && text.contains("2026-03 ○●"),
        "{text}"
    );
    let (code, json, _) = run(&["--json", "analyze", "--file", file]);
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!((code, &json["income"]["standing"]), (0, &"known".into()));
    assert_eq!(json["transactions"].as_array().unwrap().len(), 62);
    let (code, page, _) = run(&["analyze", "--file", file, "--html", "-"]);
    assert_eq!(code, 0);
    assert!(page.starts_with("<!DOCTYPE html>") && page.trim_end().ends_with("</html>"));
    assert!(!page.contains("<script") && page.contains("&lt;script&gt;"));
}

#[tokio::test(flavor = "multi_thread")]
async fn accounts_are_fetched_as_for_a_decision() {
    let shutdown = CancellationToken::new();
    let (address, _) = sandbox(None, "", &shutdown).await;
    let (stripe, day) = (format!("http://{address}"), today().to_string());
    let account = "fca_sample_salaried_checking";
    let analyze = |more: &[&str]| {
        let words = [
            "--json",
            "analyze",
            account,
            "--stripe-api-base",
            &stripe,
            "--today",
            &day,
        ];
        run(&[&words[..], more].concat())
    };
    let (code, out, errors) = tokio::task::block_in_place(|| analyze(&[]));
    assert_eq!(code, 0, "{errors}");
    let json: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(json["date"], day.as_str());
    assert_eq!(json["income"]["standing"], "known");
    assert_eq!(json["accounts"][0]["id"], account);
    assert!(
        !json["income"]["streams"][0]["calendar"]
            .as_array()
            .unwrap()
            .is_empty()
    );
    let streams = &json["income"]["streams"][0]["transactions"];
    let first = json["transactions"].as_array().unwrap().iter();
    let labelled = first.filter(|row| row["stream"] == 1).count();
    assert_eq!(labelled, streams.as_array().unwrap().len());

    // The same in a batch, where one that is nobody's stops no other.
    let folder = tempfile::tempdir().unwrap();
    let batch = folder.path().join("batch.jsonl");
    let both = format!("{{\"accounts\": [\"{account}\"]}}\n{{\"accounts\": [\"fca_nobody\"]}}\n");
    std::fs::write(&batch, both).unwrap();
    let words = ["analyze", "--batch", batch.to_str().unwrap()];
    let at = ["--stripe-api-base", &stripe, "--today", &day];
    let (code, out, errors) = tokio::task::block_in_place(|| run(&[&words[..], &at].concat()));
    assert!(
        code == 1 && errors.contains("1 of 2 applicants"),
        "{errors}"
    );
    let answers: Vec<Value> = out
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(answers[0]["report"], json);
    assert_eq!(answers[1]["error"]["code"], "stripe_not_found");

    let earlier = (today() - chrono::Duration::days(60)).to_string();
    let (_, out, _) = tokio::task::block_in_place(|| analyze(&["--as-of", &earlier]));
    let back: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(back["date"], earlier.as_str());
    let rows = |json: &Value| json["transactions"].as_array().unwrap().len();
    assert!(rows(&back) < rows(&json));

    let later = (today() + chrono::Duration::days(2)).to_string();
    let (code, _, errors) = tokio::task::block_in_place(|| analyze(&["--as-of", &later]));
    assert!(code == 2 && errors.contains("later than now"), "{errors}");
    let (code, _, errors) = tokio::task::block_in_place(|| analyze(&["fca_nobody"]));
    assert!(code == 1 && errors.contains("stripe_not_found"), "{errors}");
    shutdown.cancel();
}
