//! Whether answers have the shape that Stripe published, where its description is at hand.

use std::time::Duration;

use serde_json::Value;

use super::{start, start_with};

const ACCOUNT: &str = "#/components/schemas/financial_connections.account";
const OWNER: &str = "#/components/schemas/financial_connections.account_owner";
const TRANSACTION: &str = "#/components/schemas/financial_connections.transaction";
const ERROR: &str = "#/components/schemas/error";

fn published() -> Option<Value> {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../shared/reference/stripe_fc_openapi.json"
    );
    let text = std::fs::read_to_string(path).ok();
    if text.is_none() {
        println!("skipped: no description of Stripe's API beside the project");
    }
    Some(serde_json::from_str(&text?).unwrap())
}

/// What of `value` is not as `schema` says.
fn violations(root: &Value, schema: &Value, value: &Value, at: &str) -> Vec<String> {
    if let Some(name) = schema["$ref"].as_str() {
        // Objects that the description leaves out never occur here.
        let Some(found) = root.pointer(name.trim_start_matches('#')) else {
            return vec![format!("{at}: {name} is not described")];
        };
        return violations(root, found, value, at);
    }
    if value.is_null() && schema["nullable"] == true {
        return Vec::new();
    }
    if let Some(options) = schema["anyOf"].as_array() {
        let fits = |option| violations(root, option, value, at).is_empty();
        let found = options.iter().any(fits);
        return if found {
            Vec::new()
        } else {
            vec![format!("{at}: fits none")]
        };
    }
    let fits = match schema["type"].as_str() {
        Some("object") => value.is_object(),
        Some("array") => value.is_array(),
        Some("string") => value.is_string(),
        Some("integer") => value.is_i64(),
        Some("boolean") => value.is_boolean(),
        _ => true,
    };
    let mut found = Vec::new();
    if !fits {
        found.push(format!("{at}: is not {}", schema["type"]));
    }
    if schema["enum"]
        .as_array()
        .is_some_and(|words| !words.contains(value))
    {
        found.push(format!("{at}: is none of {}", schema["enum"]));
    }
    for name in schema["required"].as_array().into_iter().flatten() {
        if value.get(name.as_str().unwrap()).is_none() {
            found.push(format!("{at}: has no {name}"));
        }
    }
    for (index, item) in value.as_array().into_iter().flatten().enumerate() {
        found.extend(violations(
            root,
            &schema["items"],
            item,
            &format!("{at}/{index}"),
        ));
    }
    for (name, item) in value.as_object().into_iter().flatten() {
        let described = schema["properties"].get(name);
        let schema = described.unwrap_or(&schema["additionalProperties"]);
        found.extend(violations(root, schema, item, &format!("{at}/{name}")));
    }
    found
}

fn check(root: &Value, name: &str, value: &Value) {
    let schema = serde_json::json!({ "$ref": name });
    assert_eq!(violations(root, &schema, value, ""), Vec::<String>::new());
}

#[test]
fn the_checker_finds_what_is_wrong() {
    let Some(root) = published() else { return };
    let schema = serde_json::json!({ "$ref": TRANSACTION });
    let mut row = root["fixtures"]["financial_connections.transaction"].clone();
    assert!(violations(&root, &schema, &row, "").is_empty());
    row["amount"] = "300".into();
    row["status"] = "gone".into();
    row.as_object_mut().unwrap().remove("updated");
    assert_eq!(violations(&root, &schema, &row, "").len(), 3);
}

#[tokio::test]
async fn every_object_is_as_published() {
    let Some(root) = published() else { return };
    let server = start_with(None, Duration::from_secs(3_600)).await;
    for expand in ["", "&expand[]=data.ownership"] {
        let list = server
            .get(&format!("/accounts?limit=100{expand}"))
            .await
            .body;
        assert_eq!(list["object"], "list");
        for account in list["data"].as_array().unwrap() {
            check(&root, ACCOUNT, account);
            let id = account["id"].as_str().unwrap();
            let rows = server
                .get(&format!("/transactions?account={id}&limit=100"))
                .await;
            if rows.status != 200 {
                check(&root, ERROR, &rows.body);
                continue;
            }
            for row in rows.body["data"].as_array().unwrap() {
                check(&root, TRANSACTION, row);
            }
        }
    }
    let path = "/accounts/fca_sample_joint_checking";
    let ownership = server.get(path).await.body["ownership"]
        .as_str()
        .unwrap()
        .to_owned();
    let owners = server
        .get(&format!("{path}/owners?ownership={ownership}"))
        .await
        .body;
    for owner in owners["data"].as_array().unwrap() {
        check(&root, OWNER, owner);
    }
    let form = "features[]=balance&features[]=ownership&features[]=transactions";
    for path in [path, "/accounts/fca_sample_short_history_checking"] {
        let pending = server
            .post(&format!("{path}/refresh"), form, None)
            .await
            .body;
        check(&root, ACCOUNT, &pending);
    }
    server.stop().await;
}

#[tokio::test]
async fn every_error_is_as_published() {
    let Some(root) = published() else { return };
    let server = start().await;
    for path in [
        "/nowhere",
        "/accounts?x=1",
        "/accounts/fca_x",
        "/accounts?limit=0",
    ] {
        check(&root, ERROR, &server.get(path).await.body);
    }
    server.stop().await;
}
