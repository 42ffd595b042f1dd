//! Clients in another language: one generated from the proto, one that knows only the address.

use serde_json::{Value, json};

use super::harness::{House, RULE_SET, house_with, today};
use super::linked::Linked;
use super::tools;

const NAME: &str = "Ines Vega";
const ACCOUNT: &str = "fca_ines";

async fn house_of_ines() -> House {
    house_with(&[Linked::checking("ines", NAME).with_salary(today(), 240_000)]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_generated_from_the_proto_decides() {
    let Some(python) = tools::python() else {
        return;
    };
    let stubs = tempfile::tempdir().unwrap();
    let stubs = stubs.path().to_str().unwrap();
    let files = [
        "types",
        "application",
        "snapshot",
        "decision",
        "decision_service",
    ]
    .map(|name| format!("underwrite/v1/{name}.proto"));
    let out = [
        format!("--python_out={stubs}"),
        format!("--grpc_python_out={stubs}"),
    ];
    let mut protoc = vec!["-m", "grpc_tools.protoc", "--proto_path=proto"];
    protoc.extend(out.iter().chain(&files).map(String::as_str));
    tools::run(&python, &protoc, "").await;

    let house = house_of_ines().await;
    let address = house.address.to_string();
    let script = "tests/python/decide.py";
    let printed = tools::run(
        &python,
        &[script, &address, stubs, RULE_SET, ACCOUNT, NAME],
        "",
    )
    .await;
    let printed: Value = serde_json::from_str(&printed).unwrap();

    let recorded = house.recorded().await;
    assert_eq!(recorded.len(), 1);
    assert_eq!(printed["id"], recorded[0].id);
    assert_eq!(printed["outcome"], recorded[0].outcome().as_str_name());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_knows_only_reflection_decides() {
    let Some(python) = tools::python() else {
        return;
    };
    let house = house_of_ines().await;
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
    let address = house.address.to_string();
    let script = "tests/python/reflect.py";
    let printed = tools::run(&python, &[script, &address], &request.to_string()).await;
    let printed: Value = serde_json::from_str(&printed).unwrap();

    let recorded = house.recorded().await;
    assert_eq!(recorded.len(), 1);
    assert_eq!(printed["decision"]["id"], recorded[0].id);
    assert_eq!(
        printed["decision"]["outcome"],
        recorded[0].outcome().as_str_name()
    );
}
