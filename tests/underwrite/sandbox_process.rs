//! `underwrite sandbox` as a process: it misbehaves as its file says, and tells in the end what it has
//! seen.

use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Stdio};

use serde_json::Value;

use super::process::{PROGRAM, terminate};

const FAULTS: &str = "[[fault]]\napplicant = \"salaried\"\ntimes = 1\neffect = \"forbidden\"\n";

/// Asks a process that serves twice, ends it, and gives what it wrote: when it began, in between what
/// it answered, and when it ended.
async fn session(json: bool) -> (String, Vec<u16>, String) {
    let folder = tempfile::tempdir().unwrap();
    let faults = folder.path().join("faults.toml");
    std::fs::write(&faults, FAULTS).unwrap();
    let mut command = Command::new(PROGRAM);
    command.args([
        "sandbox",
        "--addr",
        "127.0.0.1:0",
        "--today",
        "2026-06-10",
        "--fault",
    ]);
    command.arg(&faults).args(json.then_some("--json"));
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let mut begun = String::new();
    while !begun.contains("on 2026-06-10\n") && !begun.contains("}\n") {
        assert!(
            out.read_line(&mut begun).unwrap() > 0,
            "it did not start: {begun}"
        );
    }
    let (_, port) = begun.split_once("127.0.0.1:").unwrap();
    let port: String = port.chars().take_while(char::is_ascii_digit).collect();
    let account = "v1/financial_connections/accounts/fca_sample_salaried_checking";
    let mut statuses = Vec::new();
    for _ in 0..2 {
        let url = format!("http://127.0.0.1:{port}/{account}");
        let client = reqwest::Client::new();
        let answer = client.get(url).bearer_auth("sk_test_1").send().await;
        statuses.push(answer.unwrap().status().as_u16());
    }
    terminate(child.id());
    let mut ended = String::new();
    out.read_to_string(&mut ended).unwrap();
    assert!(child.wait().unwrap().success());
    (begun, statuses, ended)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sandbox_misbehaves_as_told_and_counts() {
    underwrite::stripe::tls::install();
    let (begun, statuses, ended) = session(true).await;
    let begun: Value = serde_json::from_str(&begun).unwrap();
    assert!(begun["listening"].is_string());
    assert_eq!(statuses, [403, 200]);
    let ended: Value = serde_json::from_str(&ended).unwrap();
    let counts = &ended["counts"];
    assert_eq!(counts["calls"], 2);
    assert_eq!(counts["by_endpoint"]["accounts/{account}"], 2);
    assert_eq!(counts["faulted"], 1);
    assert!(counts["peak_per_second"].as_u64().unwrap() >= 1);

    let (_, statuses, ended) = session(false).await;
    assert_eq!(statuses, [403, 200]);
    assert!(ended.starts_with("Calls: 2, at most "), "{ended}");
    assert!(ended.contains("1 hit by faults"), "{ended}");
    assert!(ended.contains("accounts/{account}"), "{ended}");
}
