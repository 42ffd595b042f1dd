use reqwest::Method;

use super::{FC, FORM, start};
use crate::limits;
use crate::sandbox::applicants;

const CHECKING: &str = "fca_sample_salaried_checking";

#[tokio::test]
async fn only_a_test_key_is_let_in() {
    let server = start().await;
    let path = format!("{FC}/accounts");
    let get = || server.request(Method::GET, &path);
    assert_eq!(
        server.send(get().bearer_auth("sk_test_1")).await.status,
        200
    );
    assert_eq!(
        server.send(get().bearer_auth("rk_test_1")).await.status,
        200
    );
    assert_eq!(
        server
            .send(get().basic_auth("sk_test_1", Some("")))
            .await
            .status,
        200
    );
    let refused = [
        get(),
        get().bearer_auth(""),
        get().bearer_auth("sk_live_1"),
        get().bearer_auth("sk_test_invalid"),
        get().basic_auth("", Some("sk_test_1")),
    ];
    for request in refused {
        let reply = server.send(request).await;
        assert_eq!(reply.status, 401);
        assert_eq!(reply.body["error"]["type"], "invalid_request_error");
        assert!(!reply.body.to_string().contains("sk_live_1"));
        assert!(reply.header("www-authenticate").starts_with("Basic"));
    }
    server.stop().await;
}

#[tokio::test]
async fn every_answer_has_an_id_and_echoes_the_version() {
    let server = start().await;
    let path = format!("{FC}/accounts?");
    let request = server.request(Method::GET, &path).bearer_auth("sk_test_1");
    let reply = server
        .send(request.header("stripe-version", "2026-05-27.dahlia"))
        .await;
    assert_eq!(reply.status, 200);
    assert!(reply.header("request-id").starts_with("req_"));
    assert_eq!(reply.header("stripe-version"), "2026-05-27.dahlia");
    assert!(
        !server
            .get("/nowhere")
            .await
            .header("stripe-version")
            .is_empty()
    );
    let first = server.get("/nowhere").await.header("request-id").to_owned();
    assert_ne!(first, server.get("/nowhere").await.header("request-id"));
    server.stop().await;
}

#[tokio::test]
async fn unknown_routes_and_ids_are_told_apart() {
    let server = start().await;
    for path in [
        "/nowhere",
        "/accounts/a/b/c",
        "/",
        "/accounts/fca_x/refresh",
    ] {
        let reply = server.get(path).await;
        assert_eq!((reply.status, reply.code()), (404, ""), "{path}");
        let message = reply.body["error"]["message"].as_str().unwrap();
        assert!(message.starts_with("Unrecognized request URL"), "{message}");
    }
    for path in [
        "/accounts/fca_x",
        "/transactions/fctxn_x",
        "/accounts/fca_x/owners?ownership=o",
    ] {
        let reply = server.get(path).await;
        assert_eq!(
            (reply.status, reply.code()),
            (404, "resource_missing"),
            "{path}"
        );
    }
    let reply = server.get("/transactions?account=fca_x").await;
    assert_eq!((reply.status, reply.code()), (400, "resource_missing"));
    assert_eq!(reply.body["error"]["param"], "account");
    server.stop().await;
}

#[tokio::test]
async fn parameters_that_are_wrong_are_named() {
    let server = start().await;
    // Request, code, parameter.
    let cases = "
        /accounts?flavor=x                    parameter_unknown          flavor
        /accounts?limit=0                     parameter_invalid_integer  limit
        /accounts?limit=101                   parameter_invalid_integer  limit
        /accounts?limit=ten                   parameter_invalid_integer  limit
        /accounts?expand[]=flavor             -                          expand
        /accounts?expand=data.ownership       -                          expand
        /accounts?session=fcsess_x            resource_missing           session
        /transactions                         parameter_missing          account
        /transactions?account=                parameter_invalid_empty    account
        ROWS&starting_after=fctxn_x           resource_missing           starting_after
        ROWS&starting_after=a&ending_before=b parameters_exclusive       ending_before
        ROWS&transacted_at[ge]=1              parameter_unknown          transacted_at[ge]
        ROWS&transacted_at[gt]=x              parameter_invalid_integer  transacted_at[gt]
        ROWS&transaction_refresh[after]=x     resource_missing           transaction_refresh[after]
        ONE/owners                            parameter_missing          ownership
        ONE/owners?ownership=x                resource_missing           ownership
    ";
    let rows = format!("/transactions?account={CHECKING}");
    let one = format!("/accounts/{CHECKING}");
    for case in cases.lines().filter(|line| !line.trim().is_empty()) {
        let words: Vec<&str> = case.split_whitespace().collect();
        let [path, code, param] = words[..] else {
            panic!("not a case: {case}");
        };
        let path = path.replace("ROWS", &rows).replace("ONE", &one);
        let code = code.trim_start_matches('-');
        let reply = server.get(&path).await;
        assert_eq!((reply.status, reply.code()), (400, code), "{path}");
        assert_eq!(reply.body["error"]["param"], param, "{path}");
    }
    server.stop().await;
}

#[tokio::test]
async fn features_that_are_wrong_are_refused() {
    let server = start().await;
    for form in [
        "",
        "features[]=income",
        "features=balance",
        "features[]=balance&x=1",
    ] {
        let path = format!("/accounts/{CHECKING}/refresh");
        assert_eq!(server.post(&path, form, None).await.status, 400, "{form}");
    }
    server.stop().await;
}

#[tokio::test]
async fn the_ownership_is_expanded_in_every_notation() {
    let server = start().await;
    let path = "/accounts/fca_sample_joint_checking";
    let plain = server.get(path).await;
    let id = plain.body["ownership"].as_str().unwrap().to_owned();
    for query in [
        "expand[]=ownership",
        "expand[0]=ownership",
        "expand%5B0%5D=ownership",
    ] {
        let reply = server.get(&format!("{path}?{query}")).await;
        assert_eq!(reply.body["ownership"]["id"], *id);
        let owners = &reply.body["ownership"]["owners"];
        assert_eq!(owners["data"].as_array().unwrap().len(), 2);
        let url = owners["url"].as_str().unwrap();
        let page = format!("{}&limit=1", url.strip_prefix(FC).unwrap());
        let first = server.get(&page).await;
        assert_eq!(first.body["has_more"], true);
        let last = first.ids().pop().unwrap();
        let second = server.get(&format!("{page}&starting_after={last}")).await;
        assert_eq!([first.ids(), second.ids()].concat().len(), 2);
        assert_eq!(second.body["has_more"], false);
    }
    let list = server
        .get("/accounts?limit=100&expand[]=data.ownership")
        .await;
    assert!(list.body["data"][0]["ownership"]["owners"].is_object());
    server.stop().await;
}

#[tokio::test]
async fn accounts_are_listed_and_found_by_their_holder() {
    let server = start().await;
    let samples = applicants(super::today());
    let count: usize = samples.iter().map(|sample| sample.accounts.len()).sum();
    // One more is held by a connected account.
    let count = count + 1;
    let all = server.get("/accounts?limit=100").await;
    assert_eq!(all.ids().len(), count);
    assert_eq!(all.body["url"], format!("{FC}/accounts"));
    assert_eq!(server.get("/accounts?limit=3").await.body["has_more"], true);
    let query = "/accounts?account_holder[customer]=cus_sample_salaried";
    assert_eq!(server.get(query).await.ids().len(), 2);
    let query = "/accounts?account_holder[customer]=cus_nobody";
    assert!(server.get(query).await.ids().is_empty());
    server.stop().await;
}

#[tokio::test]
async fn transactions_page_both_ways_without_gap_or_overlap() {
    let server = start().await;
    let of = format!("/transactions?account={CHECKING}");
    let everything = &applicants(super::today())[0].accounts[0].transactions;
    let mut forward = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = server.get(&format!("{of}&limit=97{cursor}")).await;
        forward.extend(page.ids());
        if page.body["has_more"] == false {
            break;
        }
        cursor = format!("&starting_after={}", forward.last().unwrap());
    }
    assert_eq!(forward.len(), everything.len());
    let mut rows: Vec<_> = everything.iter().collect();
    rows.sort_by_key(|row| std::cmp::Reverse((row.transacted_at, &row.id)));
    let expected: Vec<String> = rows.iter().map(|row| row.id.clone()).collect();
    assert_eq!(forward, expected);

    let mut backward = vec![forward.last().unwrap().clone()];
    loop {
        let query = format!("{of}&limit=89&ending_before={}", backward[0]);
        let page = server.get(&query).await;
        backward.splice(0..0, page.ids());
        if page.body["has_more"] == false {
            break;
        }
    }
    assert_eq!(backward, forward);
    assert_eq!(server.get(&of).await.ids(), forward[..10]);
    let one = server.get(&format!("/transactions/{}", forward[3])).await;
    assert_eq!(one.body["id"], *forward[3]);
    server.stop().await;
}

#[tokio::test]
async fn transactions_are_filtered_by_time_and_refresh() {
    let server = start().await;
    let of = format!("/transactions?account={CHECKING}&limit=100");
    let row = server.get(&of).await.body["data"][40].clone();
    let at = row["transacted_at"].as_i64().unwrap();
    let times = |reply: &super::Reply| -> Vec<i64> {
        let data = reply.body["data"].as_array().unwrap();
        data.iter()
            .map(|row| row["transacted_at"].as_i64().unwrap())
            .collect()
    };
    let exact = server.get(&format!("{of}&transacted_at={at}")).await;
    assert!(times(&exact).iter().all(|time| *time == at) && !times(&exact).is_empty());
    let from = server.get(&format!("{of}&transacted_at[gte]={at}")).await;
    assert_eq!(times(&from).iter().min(), Some(&at));
    let above = server
        .get(&format!("{of}&transacted_at%5Bgt%5D={at}"))
        .await;
    assert_eq!(
        times(&from).len() - times(&above).len(),
        times(&exact).len()
    );
    let to = server.get(&format!("{of}&transacted_at[lte]={at}")).await;
    assert_eq!(times(&to).iter().max(), Some(&at));
    let below = server.get(&format!("{of}&transacted_at[lt]={at}")).await;
    assert!(times(&below).iter().all(|time| *time < at));
    let nothing = server
        .get(&format!(
            "{of}&transacted_at[gt]={at}&transacted_at[lt]={at}"
        ))
        .await;
    assert!(nothing.ids().is_empty());

    let new = "&transaction_refresh[after]=fctxnref_sample_salaried_checking_1";
    let new = server.get(&format!("{of}{new}")).await;
    let second = "fctxnref_sample_salaried_checking_2";
    let rows = new.body["data"].as_array().unwrap();
    assert!(!rows.is_empty() && rows.iter().all(|row| row["transaction_refresh"] == second));
    let none = server
        .get(&format!("{of}&transaction_refresh[after]={second}"))
        .await;
    assert!(none.ids().is_empty());
    server.stop().await;
}

#[tokio::test]
async fn hostile_requests_get_errors() {
    let server = start().await;
    let path = format!("{FC}/accounts/{CHECKING}/refresh");
    let post = || server.request(Method::POST, &path).bearer_auth("sk_test_1");
    let json = post().header("content-type", "application/json").body("{}");
    assert_eq!(server.send(json).await.status, 400);
    let binary = post().header("content-type", FORM).body(vec![0xFF, 0xFE]);
    assert_eq!(server.send(binary).await.status, 400);
    let not_utf8 = post().header("content-type", FORM).body("features[]=%FF");
    assert_eq!(server.send(not_utf8).await.status, 400);
    for (size, status) in [(0, 200), (1, 413)] {
        let mut form = "features[]=balance".to_owned();
        let padding = limits::SANDBOX_REQUEST_BYTES_MAX - form.len() + size;
        form.push_str(&"&".repeat(padding));
        let request = post().header("content-type", FORM).body(form);
        assert_eq!(server.send(request).await.status, status);
    }
    for path in [
        "/accounts/%FF",
        "/accounts/..%2f..%2f",
        "/accounts/%00",
        "//",
        "/accounts//",
    ] {
        assert!(server.get(path).await.status < 500, "{path}");
    }
    server.stop().await;
}
