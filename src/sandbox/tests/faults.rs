//! Every effect on the content of answers, on refreshes and on accounts.

use serde_json::Value;

use super::{Reply, Running, start_faulty};
use crate::sandbox::{
    AccountStatus, Content, Effect, ErrorAnswer, ErrorKind, Fate, Fault, Faults, RateLimitReason,
    RefreshFeature, Transport, UnknownField,
};

const CHECKING: &str = "/accounts/fca_sample_salaried_checking";
const REFRESH: &str = "/accounts/fca_sample_salaried_checking/refresh";
const ROWS: &str = "/transactions?account=fca_sample_salaried_checking&limit=5";
const BALANCE: &str = "features[]=balance";

fn server_error(status: u16, carried_out: bool) -> Effect {
    ErrorKind::Server {
        status,
        carried_out,
    }
    .into()
}

fn rows(reply: &Reply) -> &Vec<Value> {
    reply.body["data"].as_array().unwrap()
}

async fn settled(server: &Running) -> Value {
    // Refreshes advance at once here, unless a fault keeps them.
    tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    server.get(CHECKING).await.body
}

#[tokio::test]
async fn every_error_has_its_status_type_and_code() {
    let invalid = "invalid_request_error";
    let locked = |conflict| ErrorKind::Locked { conflict };
    let limited = ErrorKind::RateLimited { reason: None };
    let failed = |status| ErrorKind::Server {
        status,
        carried_out: false,
    };
    let cases = [
        (ErrorKind::Unauthorized, 401, invalid, ""),
        (ErrorKind::Forbidden, 403, invalid, ""),
        (ErrorKind::NotFound, 404, invalid, "resource_missing"),
        (
            ErrorKind::KeyInUse,
            409,
            "idempotency_error",
            "idempotency_key_in_use",
        ),
        (locked(true), 409, invalid, "lock_timeout"),
        (locked(false), 429, invalid, "lock_timeout"),
        (limited, 429, invalid, "rate_limit"),
        (failed(500), 500, "api_error", ""),
        (failed(502), 502, "api_error", ""),
        (failed(503), 503, "api_error", ""),
    ];
    let server = start_faulty(Faults::none()).await;
    for (error, status, kind, code) in cases {
        server
            .handle
            .set_faults(&[Fault::new(error)].into())
            .unwrap();
        let reply = server.get(CHECKING).await;
        assert_eq!((reply.status, reply.code()), (status, code), "{error:?}");
        assert_eq!(reply.body["error"]["type"], kind, "{error:?}");
        assert!(reply.header("request-id").starts_with("req_"));
        assert_eq!(reply.header("stripe-rate-limited-reason"), "");
        assert_eq!(reply.header("retry-after"), "");
        assert_eq!(reply.header("stripe-should-retry"), "");
    }
    server.stop().await;
}

#[tokio::test]
async fn headers_say_what_a_fault_has_them_say() {
    let reasons = [
        (RateLimitReason::GlobalRate, "global-rate"),
        (RateLimitReason::EndpointRate, "endpoint-rate"),
        (RateLimitReason::GlobalConcurrency, "global-concurrency"),
        (RateLimitReason::EndpointConcurrency, "endpoint-concurrency"),
        (RateLimitReason::ResourceSpecific, "resource-specific"),
    ];
    let server = start_faulty(Faults::none()).await;
    for (reason, word) in reasons {
        let effect = Effect::Error(ErrorAnswer {
            error: ErrorKind::RateLimited {
                reason: Some(reason),
            },
            retry_after: Some(7),
            should_retry: Some(true),
        });
        server
            .handle
            .set_faults(&[Fault::new(effect)].into())
            .unwrap();
        let reply = server.get(CHECKING).await;
        assert_eq!(reply.header("stripe-rate-limited-reason"), word);
        assert_eq!(reply.header("retry-after"), "7");
        assert_eq!(reply.header("stripe-should-retry"), "true");
    }
    server.stop().await;
}

#[tokio::test]
async fn calls_pass_then_are_hit_then_pass_again() {
    let fault = Fault::new(server_error(500, false)).skip(2).times(3);
    let server = start_faulty([fault]).await;
    let mut seen = Vec::new();
    for _ in 0..7 {
        seen.push(server.get(CHECKING).await.status);
    }
    assert_eq!(seen, [200, 200, 500, 500, 500, 200, 200]);
    assert_eq!(server.handle.counts().faulted, 3);
    server.stop().await;
}

#[tokio::test]
async fn faults_come_one_after_the_other() {
    let limited = ErrorKind::RateLimited { reason: None };
    let server = start_faulty([
        Fault::new(server_error(503, false)).times(2),
        Fault::new(limited).times(1),
        Fault::new(ErrorKind::Forbidden).endpoint("transactions"),
    ])
    .await;
    let mut seen = Vec::new();
    for _ in 0..4 {
        seen.push(server.get(CHECKING).await.status);
    }
    assert_eq!(seen, [503, 503, 429, 200]);
    assert_eq!(server.get(ROWS).await.status, 403);
    server.stop().await;
}

#[tokio::test]
async fn only_those_are_hit_who_are_meant() {
    let of_one = Fault::new(ErrorKind::Forbidden).account("fca_sample_joint_checking");
    let of_applicant = Fault::new(ErrorKind::NotFound).applicant("salaried");
    let server = start_faulty([of_one, of_applicant]).await;
    let row = "/transactions/fctxn_sample_salaried_checking_20260601_01";
    let cases = [
        ("/accounts/fca_sample_joint_checking", 403),
        ("/transactions?account=fca_sample_joint_checking", 403),
        (CHECKING, 404),
        ("/accounts/fca_sample_salaried_savings", 404),
        (ROWS, 404),
        (row, 404),
        (
            "/accounts?account_holder[customer]=cus_sample_salaried",
            404,
        ),
        ("/accounts?account_holder[customer]=cus_sample_joint", 200),
        ("/accounts?limit=1", 200),
        ("/accounts/fca_sample_gig_checking", 200),
    ];
    for (path, status) in cases {
        assert_eq!(server.get(path).await.status, status, "{path}");
    }
    server.stop().await;
}

#[tokio::test]
async fn a_failure_is_replayed_for_its_key_and_a_new_key_is_tried_anew() {
    for status in [500, 502, 503] {
        let fault = Fault::new(server_error(status, false))
            .endpoint("accounts/{account}/refresh")
            .times(1);
        let server = start_faulty([fault]).await;
        let first = server.post(REFRESH, BALANCE, Some("key-1")).await;
        assert_eq!(first.status, status);
        for _ in 0..2 {
            let again = server.post(REFRESH, BALANCE, Some("key-1")).await;
            assert_eq!((again.status, &again.body), (status, &first.body));
            assert_eq!(again.header("idempotent-replayed"), "true");
            assert_eq!(again.header("original-request"), first.header("request-id"));
        }
        let other = server
            .post(REFRESH, "features[]=ownership", Some("key-1"))
            .await;
        assert_eq!(
            (other.status, other.body["error"]["type"].as_str()),
            (400, Some("idempotency_error"))
        );
        let counts = server.handle.counts();
        assert!(counts.refreshes.is_empty(), "nothing was started");
        let new = server.post(REFRESH, BALANCE, Some("key-2")).await;
        assert_eq!(
            (new.status, &new.body["balance_refresh"]["status"]),
            (200, &"pending".into())
        );
        server.stop().await;
    }
}

#[tokio::test]
async fn a_refresh_can_start_although_a_failure_is_answered() {
    let fault = Fault::new(server_error(500, true)).endpoint("accounts/{account}/refresh");
    let server = start_faulty([fault.times(1)]).await;
    let before = server.get(CHECKING).await.body;
    let failed = server.post(REFRESH, BALANCE, Some("key-1")).await;
    assert_eq!(failed.status, 500);
    assert_eq!(
        server.post(REFRESH, BALANCE, Some("key-1")).await.status,
        500
    );
    let after = settled(&server).await;
    assert_ne!(
        after["balance_refresh"]["last_attempted_at"],
        before["balance_refresh"]["last_attempted_at"]
    );
    let started = &server.handle.counts().refreshes["fca_sample_salaried_checking"];
    assert_eq!(started[&RefreshFeature::Balance], 1);
    server.stop().await;
}

#[tokio::test]
async fn what_is_turned_away_at_the_door_does_not_use_the_key_up() {
    let limited = ErrorKind::RateLimited { reason: None };
    for error in [ErrorKind::Unauthorized, ErrorKind::KeyInUse, limited] {
        let server = start_faulty([Fault::new(error).times(1)]).await;
        assert!(server.post(REFRESH, BALANCE, Some("key")).await.status >= 400);
        assert_eq!(server.post(REFRESH, BALANCE, Some("key")).await.status, 200);
        server.stop().await;
    }
}

/// The pages of a list, until it ends or there are `most` of them.
async fn pages(server: &Running, list: &str, most: usize) -> Vec<Reply> {
    let mut pages: Vec<Reply> = Vec::new();
    while pages.len() < most {
        let cursor = match pages.last() {
            Some(page) if page.body["has_more"] == false => break,
            Some(page) => format!("&starting_after={}", page.ids().last().unwrap()),
            None => String::new(),
        };
        pages.push(server.get(&format!("{list}{cursor}")).await);
        assert_eq!(pages.last().unwrap().status, 200);
    }
    pages
}

#[tokio::test]
async fn a_list_can_go_on_for_ever() {
    let server = start_faulty([Fault::new(Content::EndlessList)]).await;
    let many = pages(&server, ROWS, 200).await;
    assert_eq!(many.len(), 200);
    let ids: std::collections::BTreeSet<String> = many.iter().flat_map(Reply::ids).collect();
    assert_eq!(ids.len(), 200 * 5, "no id comes twice");
    assert_eq!(
        rows(&many[150])[0]["account"],
        "fca_sample_salaried_checking"
    );
    server.stop().await;
}

#[tokio::test]
async fn a_page_can_come_again_and_again() {
    let server = start_faulty([Fault::new(Content::RepeatedPage)]).await;
    let many = pages(&server, ROWS, 4).await;
    assert_eq!(many.len(), 4);
    assert!(many.iter().all(|page| page.body == many[0].body));
    server.stop().await;
}

#[tokio::test]
async fn rows_can_be_out_of_order_and_none_is_lost() {
    let fault = Fault::new(Content::Disordered).account("fca_sample_salaried_checking");
    let server = start_faulty([fault]).await;
    let list = "/transactions?account=fca_sample_salaried_checking&limit=100";
    let ids = |pages: Vec<Reply>| -> Vec<String> { pages.iter().flat_map(Reply::ids).collect() };
    let mut disordered = ids(pages(&server, list, 100).await);
    server.handle.set_faults(&Faults::none()).unwrap();
    let mut right = ids(pages(&server, list, 100).await);
    assert_ne!(disordered, right);
    disordered.sort();
    right.sort();
    assert_eq!(disordered, right);
    server.stop().await;
}

#[tokio::test]
async fn a_row_can_come_twice_with_other_content() {
    let server = start_faulty([Fault::new(Content::ConflictingRows)]).await;
    let page = server.get(ROWS).await;
    let (one, other) = (&rows(&page)[0], &rows(&page)[1]);
    assert_eq!(rows(&page).len(), 6);
    assert_eq!(one["id"], other["id"]);
    assert_ne!(one["amount"], other["amount"]);
    assert_ne!(one["description"], other["description"]);
    server.stop().await;
}

#[tokio::test]
async fn an_answer_can_be_of_another_account() {
    let server = start_faulty([Fault::new(Content::Foreign)]).await;
    let page = server.get(ROWS).await;
    let another = Value::from("fca_sandbox_another");
    assert!(rows(&page).iter().all(|row| row["account"] == another));
    let account = server
        .get(&format!("{CHECKING}?expand[]=ownership"))
        .await
        .body;
    assert_eq!(account["id"], another);
    let owner = &account["ownership"]["owners"]["data"][0];
    assert_eq!(owner["ownership"], "fcaowns_sandbox_another");
    server.stop().await;
}

#[tokio::test]
async fn owners_inside_an_account_are_a_list_as_well() {
    let server = start_faulty([Fault::new(Content::EndlessList)]).await;
    let account = server
        .get(&format!("{CHECKING}?expand[]=ownership"))
        .await
        .body;
    assert_eq!(account["ownership"]["owners"]["has_more"], true);
    server.stop().await;
}

#[tokio::test]
async fn unknown_words_stand_where_they_are_asked_for() {
    let unheard = Value::from("unheard_of");
    let server = start_faulty(Faults::none()).await;
    let right = server.get(CHECKING).await.body;
    let fields = [
        (UnknownField::AccountStatus, "/status"),
        (UnknownField::Category, "/category"),
        (UnknownField::RefreshStatus, "/balance_refresh/status"),
        (UnknownField::RefreshStatus, "/ownership_refresh/status"),
        (UnknownField::RefreshStatus, "/transaction_refresh/status"),
        (UnknownField::Permission, "/permissions/4"),
    ];
    for (field, place) in fields {
        let fault = Fault::new(Content::UnknownValue(field));
        server.handle.set_faults(&[fault].into()).unwrap();
        let account = server.get(CHECKING).await.body;
        assert_eq!(account.pointer(place), Some(&unheard), "{field:?}");
        let listed = server.get("/accounts?limit=100").await.body;
        let place = format!("/data/0{}", place.replace("/4", "/0"));
        if !place.contains("permissions") {
            assert_eq!(listed.pointer(&place), Some(&unheard), "{field:?}");
        }
        assert_eq!(account["balance"], right["balance"]);
    }
    let fault = Fault::new(Content::UnknownValue(UnknownField::TransactionStatus));
    server.handle.set_faults(&[fault].into()).unwrap();
    assert!(
        rows(&server.get(ROWS).await)
            .iter()
            .all(|row| row["status"] == unheard)
    );
    assert_eq!(server.get(CHECKING).await.body, right);
    server.stop().await;
}

#[tokio::test]
async fn amounts_can_be_in_another_currency() {
    let fault = Fault::new(Content::WrongCurrency {
        currency: "undefined".to_owned(),
    });
    let server = start_faulty([fault]).await;
    let account = server.get(CHECKING).await.body;
    for place in ["/current", "/cash/available"] {
        let amounts = account["balance"].pointer(place).unwrap();
        assert!(amounts["undefined"].is_i64() && amounts["usd"].is_null());
    }
    let card = server
        .get("/accounts/fca_sample_credit_card_credit_card")
        .await
        .body;
    assert!(card["balance"]["credit"]["used"]["undefined"].is_i64());
    assert_eq!(rows(&server.get(ROWS).await)[0]["currency"], "undefined");
    server.stop().await;
}

#[tokio::test]
async fn a_refresh_can_stay_pending_for_ever() {
    let feature = Some(RefreshFeature::Balance);
    let server = start_faulty([Fault::new(Effect::Refresh {
        feature,
        fate: Fate::Pending,
    })])
    .await;
    let form = "features[]=balance&features[]=ownership";
    server.post(REFRESH, form, None).await;
    let account = settled(&server).await;
    assert_eq!(account["balance_refresh"]["status"], "pending");
    assert_eq!(account["ownership_refresh"]["status"], "succeeded");
    // It cannot be started again either.
    server.handle.set_faults(&Faults::none()).unwrap();
    server.post(REFRESH, form, None).await;
    assert_eq!(
        settled(&server).await["balance_refresh"]["status"],
        "pending"
    );
    server.stop().await;
}

#[tokio::test]
async fn a_refresh_can_fail_and_then_succeed() {
    let fault = Fault::new(Fate::Fails).times(1);
    let server = start_faulty([fault]).await;
    let before = server.get(CHECKING).await.body;
    for (attempt, status) in ["failed", "succeeded"].into_iter().enumerate() {
        let form = "features[]=balance&features[]=transactions";
        server.post(REFRESH, form, None).await;
        let account = settled(&server).await;
        assert_eq!(account["balance_refresh"]["status"], status);
        assert_eq!(account["transaction_refresh"]["status"], status);
        assert!(account["balance_refresh"]["next_refresh_available_at"].is_i64());
        let old = account["transaction_refresh"]["id"] == before["transaction_refresh"]["id"];
        assert_eq!(old, attempt == 0, "a failed refresh brings nothing");
    }
    server.stop().await;
}

#[tokio::test]
async fn features_can_be_refreshed_with_different_luck() {
    let server = start_faulty([
        Fault::new(Effect::Refresh {
            feature: Some(RefreshFeature::Ownership),
            fate: Fate::Fails,
        }),
        Fault::new(Effect::Refresh {
            feature: Some(RefreshFeature::Balance),
            fate: Fate::Pending,
        }),
        Fault::new(Fate::Late(std::time::Duration::from_millis(150))),
    ])
    .await;
    let form = "features[]=balance&features[]=ownership&features[]=transactions";
    server.post(REFRESH, form, None).await;
    let account = settled(&server).await;
    assert_eq!(account["ownership_refresh"]["status"], "failed");
    assert_eq!(account["balance_refresh"]["status"], "pending");
    assert_eq!(account["transaction_refresh"]["status"], "pending", "late");
    tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    let account = settled(&server).await;
    assert_eq!(account["balance_refresh"]["status"], "pending", "for ever");
    assert_eq!(account["transaction_refresh"]["status"], "succeeded");
    server.stop().await;
}

#[tokio::test]
async fn a_fate_is_of_one_call_and_not_of_the_next() {
    // The fault hits a call that asks for nothing which could start.
    let fault = Fault::new(Fate::Fails).times(1);
    let server = start_faulty([fault]).await;
    assert_eq!(
        server
            .post(REFRESH, "features[]=balance&x=1", None)
            .await
            .status,
        400
    );
    server.post(REFRESH, BALANCE, None).await;
    assert_eq!(
        settled(&server).await["balance_refresh"]["status"],
        "succeeded"
    );
    server.stop().await;
}

#[tokio::test]
async fn an_account_can_be_lost_between_two_calls() {
    let statuses = [
        (AccountStatus::Disconnected, "disconnected"),
        (AccountStatus::Inactive, "inactive"),
    ];
    for (status, word) in statuses {
        let fault = Fault::new(status).account("fca_sample_salaried_checking");
        let server = start_faulty([fault.skip(1).times(1)]).await;
        assert_eq!(server.get(CHECKING).await.body["status"], "active");
        let refused = server.post(REFRESH, BALANCE, None).await;
        assert_eq!(refused.code(), "financial_connections_account_inactive");
        let account = server.get(CHECKING).await.body;
        assert_eq!(account["status"], word, "for good");
        server.stop().await;
    }
}

#[tokio::test]
async fn an_account_can_come_back() {
    let fault = Fault::new(AccountStatus::Active).applicant("disconnected");
    let server = start_faulty([fault.skip(1)]).await;
    let path = "/accounts/fca_sample_disconnected_checking";
    assert_ne!(server.get(path).await.body["status"], "active");
    assert_eq!(server.get(path).await.body["status"], "active");
    server.stop().await;
}

#[tokio::test]
async fn faults_that_cannot_be_used_leave_the_old_ones() {
    let server = start_faulty([Fault::new(ErrorKind::Forbidden)]).await;
    let wrong = Fault::new(Transport::InvalidJson).applicant("nobody");
    assert!(server.handle.set_faults(&[wrong].into()).is_err());
    assert_eq!(server.get(CHECKING).await.status, 403);
    server.stop().await;
}
