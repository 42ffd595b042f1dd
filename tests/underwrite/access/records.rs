//! The commands that work on the ledger of this machine: whose records they read, and what is kept of
//! those that write.

use std::path::Path;
use std::process::Command;

use underwrite::access::Scopes;
use underwrite::proto;
use underwrite::sandbox::applicants;
use underwrite::service::to_wire;

use super::super::harness::{RULE_SET, private_folder, today};
use super::super::process::{ACCOUNT, NAME, PROGRAM, Workspace, command};
use super::House;
use super::process::{json, run};

/// What a command prints for a person, on either output.
fn text(folder: &Path, words: &[&str]) -> String {
    let mut program = Command::new(PROGRAM);
    program.args(words).arg("--data-dir").arg(folder);
    let output = program.env_clear().output().unwrap();
    String::from_utf8([output.stdout, output.stderr].concat()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn records_are_those_of_the_tenant_that_is_named_and_an_empty_answer_names_the_others() {
    let house = House::new().await;
    let tenant = house.tenant("acme").await;
    let (_, token) = house.grant(&tenant, Scopes::ALL).await;
    let sample = applicants(today()).swap_remove(0);
    let request = proto::DecideRequest {
        idempotency_key: "k".to_owned(),
        application: Some(to_wire::application(&sample.application)),
        rule_set: RULE_SET.to_owned(),
        view: proto::DecisionView::Summary.into(),
    };
    let answer = house.client(&token).await.decide(request).await.unwrap();
    let Some(proto::decide_response::Result::Decision(decision)) = answer.into_inner().result
    else {
        panic!("a decision was expected");
    };
    let (folder, id) = (house.data.path(), decision.id.as_str());
    let of = |words: &[&str]| command(folder, &[words, &["--tenant", "acme"]].concat());

    let (exit, told) = of(&["replay"]);
    assert_eq!(
        (exit, &told["decisions"], &told["reproduced"]),
        (0, &1.into(), &1.into())
    );
    let (_, told) = of(&["decisions", "list"]);
    assert_eq!(told["decisions"][0]["id"], id, "{told}");
    let (_, told) = of(&["decisions", "show", id]);
    assert_eq!(told["id"], id, "{told}");

    let (exit, told) = command(folder, &["replay"]);
    assert_eq!((exit, &told["decisions"]), (0, &0.into()), "{told}");
    assert_eq!(
        (&told["tenant"], &told["tenants"][0]),
        (&"default".into(), &"acme".into())
    );
    let (exit, told) = command(folder, &["decisions", "show", id]);
    assert_eq!((exit, &told["error"]["code"]), (1, &"not_found".into()));
    let named = "for tenant `default`: the ledger has other tenants, `acme`; `--tenant` names one";
    assert!(
        told["error"]["message"].as_str().unwrap().ends_with(named),
        "{told}"
    );
    for words in [
        &["replay"][..],
        &["decisions", "list"],
        &["decisions", "list", "--pending"],
        &["decisions", "show", id],
    ] {
        let told = text(folder, words);
        assert!(told.contains(named), "{words:?}: {told}");
    }
    // What is there and was filtered away is no other tenant's.
    let words = [
        "decisions",
        "list",
        "--tenant",
        "acme",
        "--until",
        "2000-01-01",
    ];
    assert_eq!(text(folder, &words), "No decisions for tenant `acme`\n");
    // With a server it is the tenant of the token.
    let words = [
        "decisions",
        "list",
        "--tenant",
        "acme",
        "--server",
        "http://127.0.0.1:1",
    ];
    assert!(text(folder, &words).contains("cannot be used with"));
}

/// The actions in the audit log of the ledger in a folder, but for activations: oldest first.
fn actions(folder: &Path) -> Vec<String> {
    let (exit, told) = command(folder, &["audit", "list"]);
    assert_eq!(exit, 0, "{told}");
    let events = told["events"].as_array().unwrap().iter().rev();
    let actions = events.map(|event| {
        assert_eq!(
            (&event["who"], &event["credential"]),
            (&"local".into(), &"local".into())
        );
        event["action"].as_str().unwrap().to_owned()
    });
    actions
        .filter(|action| !action.starts_with("rule_set."))
        .collect()
}

fn decide(workspace: &Workspace) {
    let mut program = Command::new(PROGRAM);
    program.args(["decide", ACCOUNT, "--name", NAME, "--amount", "5000"]);
    program.args(["--term", "36 months", "--full", "--data-dir"]);
    program.arg(workspace.data.path());
    program.args(["--stripe-api-base", &workspace.stripe]);
    program.args(["--today", &today().to_string()]);
    let output = program.env("STRIPE_API_KEY", "sk_test_process").output();
    let output = output.unwrap();
    assert!(output.status.success(), "{output:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_that_writes_the_ledger_leaves_an_event_and_one_that_reads_it_none() {
    let workspace = Workspace::new().await;
    let folder = workspace.data.path();
    decide(&workspace);
    let created = json(&run(
        &workspace,
        &["create", "--name", "ops", "--scopes", "admin"],
        None,
    ));
    let id = created["token"]["id"].as_str().unwrap();
    json(&run(&workspace, &["revoke", id], None));
    let written = ["decision.decide", "token.create", "token.revoke"];
    assert_eq!(actions(folder), written);

    // These open it for reading only.
    let (_, told) = command(folder, &["decisions", "list"]);
    let decision = told["decisions"][0]["id"].as_str().unwrap();
    let backups = private_folder();
    let backup = backups.path().join("backup.sqlite");
    let backup = backup.to_str().unwrap();
    for words in [
        &["decisions", "show", decision, "--transactions"][..],
        &["replay"],
        &["tokens", "list"],
        &["ledger", "verify"],
        &["ledger", "head"],
        &["ledger", "backup", backup],
    ] {
        let (exit, told) = command(folder, words);
        assert_eq!(exit, 0, "{words:?}: {told}");
        assert_eq!(actions(folder), written, "{words:?}");
    }

    // Elsewhere: what is lost is given up there.
    let restored = private_folder();
    let (exit, told) = command(restored.path(), &["ledger", "restore", backup]);
    assert_eq!(exit, 0, "{told}");
    let head = format!("{backup}.head");
    let words = ["ledger", "resume", "--from", &head, "--accept-loss"];
    let (exit, told) = command(restored.path(), &words);
    assert_eq!(exit, 0, "{told}");
    assert_eq!(
        actions(restored.path()),
        [&written[..], &["ledger.resume"]].concat()
    );
    std::fs::remove_file(workspace.ledger()).unwrap();
    drop(workspace.serve_with(&workspace.stripe, &["--begin-new-chain"], &[]));
    assert_eq!(actions(folder), ["ledger.begin"]);
}
