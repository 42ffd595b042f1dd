//! Clients in another language: one generated from the proto, one that knows only the address,
//! and the one that the document for integrators shows.

use std::path::Path;

use serde_json::{Value, json};

use super::harness::{RULE_SET, TestSystem, system, system_with, today};
use super::linked::Linked;
use super::tools;

const NAME: &str = "Ines Vega";
const ACCOUNT: &str = "fca_ines";

/// Writes the stubs of the proto into a folder.
async fn generate(python: &Path, stubs: &str) {
    let files = [
        "types",
        "application",
        "snapshot",
        "follow_up",
        "decision",
        "decision_service",
        "rule_set_service",
        "replay_service",
    ]
    .map(|name| format!("underwrite/v1/{name}.proto"));
    let out = [
        format!("--python_out={stubs}"),
        format!("--grpc_python_out={stubs}"),
    ];
    let mut protoc = vec!["-m", "grpc_tools.protoc", "--proto_path=proto"];
    protoc.extend(out.iter().chain(&files).map(String::as_str));
    tools::run(python, &protoc, "").await;
}

async fn house_of_ines() -> TestSystem {
    system_with(&[Linked::checking("ines", NAME).with_salary(today(), 240_000)]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_generated_from_the_proto_decides() {
    let Some(python) = tools::python() else {
        return;
    };
    let stubs = tempfile::tempdir().unwrap();
    let stubs = stubs.path().to_str().unwrap();
    generate(&python, stubs).await;

    let system = house_of_ines().await;
    let address = system.address.to_string();
    let script = "tests/python/decide.py";
    let printed = tools::run(
        &python,
        &[script, &address, stubs, RULE_SET, ACCOUNT, NAME],
        "",
    )
    .await;
    let printed: Value = serde_json::from_str(&printed).unwrap();

    let recorded = system.recorded().await;
    assert_eq!(recorded.len(), 1);
    assert_eq!(printed["id"], recorded[0].id);
    assert_eq!(printed["outcome"], recorded[0].outcome().as_str_name());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_knows_only_reflection_decides() {
    let Some(python) = tools::python() else {
        return;
    };
    let system = house_of_ines().await;
    let request = json!({
        "idempotencyKey": "reflection-1",
        "ruleSet": RULE_SET,
        "application": {
            "id": "reflection-app-1",
            "product": "personal_loan",
            "requestedAmount": { "amount": "1000.00", "currency": "USD" },
            "term": { "count": 12, "unit": "TERM_UNIT_MONTHS" },
            "repaymentFrequency": "REPAYMENT_FREQUENCY_MONTHLY",
            "applicants": [{
                "id": "p1",
                "role": "APPLICANT_ROLE_PRIMARY",
                "identity": { "name": NAME },
                "accountIds": [ACCOUNT],
            }],
        },
    });
    let address = system.address.to_string();
    let script = "tests/python/reflect.py";
    let printed = tools::run(&python, &[script, &address], &request.to_string()).await;
    let printed: Value = serde_json::from_str(&printed).unwrap();

    let recorded = system.recorded().await;
    assert_eq!(recorded.len(), 1);
    assert_eq!(printed["decision"]["id"], recorded[0].id);
    assert_eq!(
        printed["decision"]["outcome"],
        recorded[0].outcome().as_str_name()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_documented_example_decides_and_says_which_field_is_wrong() {
    let Some(python) = tools::python() else {
        return;
    };
    let stubs = tempfile::tempdir().unwrap();
    let stubs = stubs.path().to_str().unwrap();
    generate(&python, stubs).await;
    let stubs_found = [("PYTHONPATH", stubs)];
    let system = system().await;
    let address = system.address.to_string();
    let example = tools::documented_example("python", &address);

    let decided = tools::ended(&python, &["-"], &stubs_found, &example).await;
    let printed = String::from_utf8_lossy(&decided.stdout);
    let recorded = system.recorded().await;
    assert_eq!(recorded.len(), 1, "{decided:?}");
    let first = format!("{} {}", recorded[0].id, recorded[0].outcome().as_str_name());
    assert_eq!(printed.lines().next(), Some(first.as_str()));

    let wrong = example.replace("fca_sample_salaried_checking", "fca_nobody");
    let refused = tools::ended(&python, &["-"], &stubs_found, &wrong).await;
    let printed = String::from_utf8_lossy(&refused.stdout);
    let errors = String::from_utf8_lossy(&refused.stderr);
    assert!(!refused.status.success());
    assert!(
        printed.starts_with("application.applicants[0].account_ids[0] "),
        "{printed}"
    );
    assert!(errors.starts_with("INVALID_ARGUMENT: "), "{errors}");
}
