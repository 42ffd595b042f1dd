//! Whether answers have the shape that Stripe published, where its description is at hand.

use serde_json::Value;

use super::{Reply, Running, start};

const TRANSACTION: &str = "#/components/schemas/financial_connections.transaction";

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

/// The description of a successful or refused answer to `method` at `path`, with `{account}` and
/// so on for what varies.
fn answer<'a>(root: &'a Value, method: &str, path: &str, status: &str) -> &'a Value {
    let path = format!("/v1/financial_connections{path}");
    let operation = &root["paths"][&path][method];
    let schema = &operation["responses"][status]["content"]["application/json"]["schema"];
    assert!(
        schema.is_object(),
        "{method} {path} {status} is not described"
    );
    schema
}

/// What was asked of which operation, answered with success or refused.
#[track_caller]
fn check_answer(root: &Value, (method, path): (&str, &str), reply: &Reply) {
    let status = if reply.status == 200 {
        "200"
    } else {
        "default"
    };
    let schema = answer(root, method, path, status);
    let found = violations(root, schema, &reply.body, "");
    assert_eq!(
        found,
        Vec::<String>::new(),
        "{method} {path} {}",
        reply.status
    );
}

const LIST_ACCOUNTS: (&str, &str) = ("get", "/accounts");
const GET_ACCOUNT: (&str, &str) = ("get", "/accounts/{account}");
const LIST_OWNERS: (&str, &str) = ("get", "/accounts/{account}/owners");
const REFRESH: (&str, &str) = ("post", "/accounts/{account}/refresh");
const SUBSCRIBE: (&str, &str) = ("post", "/accounts/{account}/subscribe");
const UNSUBSCRIBE: (&str, &str) = ("post", "/accounts/{account}/unsubscribe");
const DISCONNECT: (&str, &str) = ("post", "/accounts/{account}/disconnect");
const MAKE_SESSION: (&str, &str) = ("post", "/sessions");
const GET_SESSION: (&str, &str) = ("get", "/sessions/{session}");
const LIST_TRANSACTIONS: (&str, &str) = ("get", "/transactions");
const GET_TRANSACTION: (&str, &str) = ("get", "/transactions/{transaction}");

const FEATURES: &str = "features[]=balance&features[]=ownership&features[]=transactions";

/// Everything that can be read of one account, page by page.
async fn read_account(root: &Value, server: &Running, id: &str) {
    for expand in ["", "?expand[]=ownership"] {
        let one = server.get(&format!("/accounts/{id}{expand}")).await;
        check_answer(root, GET_ACCOUNT, &one);
        if let Some(ownership) = one.body["ownership"].as_str() {
            let owners = format!("/accounts/{id}/owners?ownership={ownership}&limit=1");
            check_answer(root, LIST_OWNERS, &server.get(&owners).await);
        }
    }
    let mut cursor = String::new();
    loop {
        let query = format!("/transactions?account={id}&limit=100{cursor}");
        let page = server.get(&query).await;
        check_answer(root, LIST_TRANSACTIONS, &page);
        let Some(last) = page.body["data"].as_array().and_then(|rows| rows.last()) else {
            return;
        };
        let last = last["id"].as_str().unwrap();
        check_answer(
            root,
            GET_TRANSACTION,
            &server.get(&format!("/transactions/{last}")).await,
        );
        if page.body["has_more"] == false {
            return;
        }
        cursor = format!("&starting_after={last}");
    }
}

#[tokio::test]
async fn every_answer_about_every_account_is_as_published() {
    let Some(root) = published() else { return };
    let server = start().await;
    for expand in ["", "&expand[]=data.ownership"] {
        let list = server.get(&format!("/accounts?limit=100{expand}")).await;
        check_answer(&root, LIST_ACCOUNTS, &list);
        for id in list.ids() {
            // As linked, while it is being refreshed, and after that; some may not be refreshed.
            read_account(&root, &server, &id).await;
            let refresh = format!("/accounts/{id}/refresh");
            check_answer(&root, REFRESH, &server.post(&refresh, FEATURES, None).await);
            read_account(&root, &server, &id).await;
        }
    }
    for (operation, verb) in [
        (SUBSCRIBE, "subscribe"),
        (UNSUBSCRIBE, "unsubscribe"),
        (DISCONNECT, "disconnect"),
    ] {
        // Some may not be subscribed to; all can be disconnected.
        for id in server.get("/accounts?limit=100").await.ids() {
            let path = format!("/accounts/{id}/{verb}");
            let form = match verb {
                "disconnect" => "",
                _ => "features[]=transactions",
            };
            check_answer(&root, operation, &server.post(&path, form, None).await);
            read_account(&root, &server, &id).await;
        }
    }
    server.stop().await;
}

#[tokio::test]
async fn every_answer_about_sessions_is_as_published() {
    let Some(root) = published() else { return };
    let server = start().await;
    let holder = "account_holder[type]=customer&account_holder[customer]=cus_sample_joint";
    let rest = "&permissions[]=balances&permissions[]=ownership&prefetch[]=ownership\
                &filters[countries][]=US&filters[account_subcategories][]=savings\
                &return_url=https://example.com";
    for (more, status) in [("&permissions[]=balances", 200), (rest, 200), ("", 400)] {
        let made = server
            .post("/sessions", &format!("{holder}{more}"), None)
            .await;
        assert_eq!(made.status, status);
        check_answer(&root, MAKE_SESSION, &made);
        if let Some(id) = made.body["id"].as_str() {
            let again = server.get(&format!("/sessions/{id}")).await;
            check_answer(&root, GET_SESSION, &again);
        }
    }
    for handle in crate::sandbox::handles(super::today()) {
        if handle.object == "financial_connections.session" && handle.stripe_account.is_none() {
            let linked = server.get(&format!("/sessions/{}", handle.id)).await;
            assert_eq!(linked.status, 200, "{}", handle.id);
            check_answer(&root, GET_SESSION, &linked);
            let list = server
                .get(&format!("/accounts?session={}", handle.id))
                .await;
            check_answer(&root, LIST_ACCOUNTS, &list);
        }
    }
    server.stop().await;
}

#[tokio::test]
async fn every_refusal_is_as_published() {
    let Some(root) = published() else { return };
    let server = start().await;
    let refused = [
        (LIST_ACCOUNTS, "/accounts?x=1"),
        (LIST_ACCOUNTS, "/accounts?limit=0"),
        (LIST_ACCOUNTS, "/accounts?session=fcsess_x"),
        (GET_ACCOUNT, "/accounts/fca_x"),
        (
            GET_ACCOUNT,
            "/accounts/fca_sample_joint_checking?expand[]=x",
        ),
        (LIST_OWNERS, "/accounts/fca_x/owners?ownership=x"),
        (LIST_OWNERS, "/accounts/fca_sample_joint_checking/owners"),
        (LIST_TRANSACTIONS, "/transactions"),
        (LIST_TRANSACTIONS, "/transactions?account=fca_x"),
        (
            LIST_TRANSACTIONS,
            "/transactions?account=fca_sample_no_transactions_checking",
        ),
        (
            LIST_TRANSACTIONS,
            "/transactions?account=fca_sample_slow_refresh_checking",
        ),
        (GET_TRANSACTION, "/transactions/fctxn_x"),
        (GET_SESSION, "/sessions/fcsess_x"),
        (
            LIST_ACCOUNTS,
            "/accounts?account_holder[account]=acct_sample_standard",
        ),
    ];
    for (operation, path) in refused {
        let reply = server.get(path).await;
        assert_ne!(reply.status, 200, "{path}");
        check_answer(&root, operation, &reply);
    }
    let posted = [
        ("/accounts/fca_x/refresh", FEATURES),
        ("/accounts/fca_sample_joint_checking/refresh", ""),
        (
            "/accounts/fca_sample_joint_checking/refresh",
            "features[]=x",
        ),
        (
            "/accounts/fca_sample_disconnected_checking/refresh",
            FEATURES,
        ),
        (
            "/accounts/fca_sample_no_transactions_checking/refresh",
            FEATURES,
        ),
    ];
    for (path, form) in posted {
        let reply = server.post(path, form, None).await;
        assert_ne!(reply.status, 200, "{path}");
        check_answer(&root, REFRESH, &reply);
    }
    let keyless = server.request(reqwest::Method::GET, "/v1/financial_connections/accounts");
    check_answer(&root, LIST_ACCOUNTS, &server.send(keyless).await);
    server.stop().await;
}
