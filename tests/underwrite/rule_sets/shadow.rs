//! A version that decides beside the one that decides: recorded, compared, and never answered.

use std::collections::BTreeMap;
use std::time::Duration;

use tonic::Code;
use underwrite::proto;

use super::super::harness::{Setup, start};
use super::{Client, NAME, activate, asks, client_of, decided, process, publish, refused, rules};

async fn set_shadow(client: &Client, version: &str) {
    let request = proto::SetShadowRequest {
        name: NAME.to_owned(),
        version: version.to_owned(),
    };
    client.clone().set_shadow(request).await.unwrap();
}

async fn status(client: &Client) -> proto::RuleSetStatus {
    let request = proto::GetRuleSetStatusRequest {
        name: NAME.to_owned(),
    };
    let answer = client.clone().get_rule_set_status(request).await;
    answer.unwrap().into_inner().rule_sets.swap_remove(0)
}

/// How the shadow compares once it decided so often.
async fn compared(client: &Client, times: u64) -> BTreeMap<(String, String), u64> {
    for _ in 0..600 {
        let shadow = status(client).await.shadow.unwrap();
        if shadow.counts.iter().map(|one| one.count).sum::<u64>() >= times {
            let counts = shadow.counts.into_iter();
            return counts
                .map(|one| ((one.outcome, one.shadow_outcome), one.count))
                .collect();
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the shadow did not decide {times} times");
}

fn counts<const N: usize>(counts: [(&str, &str, u64); N]) -> BTreeMap<(String, String), u64> {
    let counts = counts.into_iter();
    counts
        .map(|(live, shadow, count)| ((live.to_owned(), shadow.to_owned()), count))
        .collect()
}

/// The only rule: its id, how often it fired, and how often alone.
type OfRule = (&'static str, u64, u64);
const ONE_RULE: OfRule = ("all", 3, 3);

/// How many decisions were counted, the outcomes, and what the only rule came to.
#[track_caller]
fn came_to(tally: &proto::Tally) -> (u64, String, OfRule) {
    let outcomes = tally.outcomes.iter();
    let outcomes = outcomes.map(|one| format!("{} {}", one.outcome, one.count));
    let outcomes = outcomes.collect::<Vec<_>>().join(", ");
    let [rule] = tally.rules.as_slice() else {
        panic!("not one rule: {:?}", tally.rules);
    };
    assert_eq!(
        (rule.rule_id.as_str(), rule.most_with.as_str()),
        ("all", "")
    );
    (tally.decisions, outcomes, ("all", rule.hits, rule.alone))
}

/// A version that approves what the others decline.
fn kind(version: u32) -> String {
    rules(version).replace("then = 'decline'", "then = 'flag'")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shadow_is_compared_and_never_answered() {
    let data = tempfile::tempdir().unwrap();
    let system = start(Setup {
        data: Some(data.path()),
        ..Setup::default()
    })
    .await;
    let client = client_of(&system).await;
    publish(&client, &rules(1), "").await.unwrap();
    let request = proto::SetShadowRequest {
        name: NAME.to_owned(),
        version: "2".to_owned(),
    };
    // Beside nothing, and what there is not.
    let early = client.clone().set_shadow(request.clone()).await;
    assert_eq!(refused(early).0, Code::NotFound);
    activate(&client, "1", None).await.unwrap();
    let unknown = client.clone().set_shadow(request).await;
    assert_eq!(
        refused(unknown),
        (Code::NotFound, "UNKNOWN_VERSION".to_owned())
    );
    publish(&client, &kind(2), "").await.unwrap();
    set_shadow(&client, "2").await;
    for key in ["k1", "k2", "k3"] {
        assert_eq!(decided(&system, key).await, "1");
    }
    // A repeat is no decision.
    assert_eq!(decided(&system, "k1").await, "1");
    assert_eq!(
        compared(&client, 3).await,
        counts([("DECLINE", "APPROVE", 3)])
    );
    let shown = status(&client).await;
    assert_eq!(shown.activations.len(), 1);
    let shadow = shown.shadow.unwrap();
    // Over what it is counted, and what the one rule came to, live and beside.
    let (live, beside) = (shown.tally.unwrap(), shadow.tally.unwrap());
    assert_eq!(came_to(&live), (3, "DECLINE 3".to_owned(), ONE_RULE));
    assert_eq!(came_to(&beside), (3, "APPROVE 3".to_owned(), ONE_RULE));
    assert_eq!((live.decisions_max, beside.decisions_max), (2_000, 2_000));
    assert!(live.first_time.unwrap().seconds <= live.last_time.unwrap().seconds);
    // Of all of them together nothing is counted.
    let all = proto::GetRuleSetStatusRequest::default();
    let all = client.clone().get_rule_set_status(all).await.unwrap();
    for one in all.into_inner().rule_sets {
        let of_shadow = one.shadow.and_then(|shadow| shadow.tally);
        assert_eq!((one.tally, of_shadow), (None, None), "{}", one.name);
    }
    assert_eq!(
        (shadow.version.as_str(), shadow.who.as_str()),
        ("2", "local")
    );
    // What decides beside itself is not compared, and of another that decides the count is its own.
    activate(&client, "2", None).await.unwrap();
    let decision = system.decide(asks("k4")).await;
    assert_eq!(decision.outcome(), proto::Outcome::Approve);
    assert_eq!(compared(&client, 0).await, counts([]));
    let now = status(&client).await;
    assert_eq!(
        came_to(&now.tally.unwrap()).0,
        1,
        "the others are of version 1"
    );
    assert_eq!(now.shadow.unwrap().tally.unwrap().decisions, 0);
    let request = proto::ClearShadowRequest {
        name: NAME.to_owned(),
    };
    client.clone().clear_shadow(request).await.unwrap();
    assert_eq!(status(&client).await.shadow, None);
    system.stop().await;
    let (code, told) = process::command(data.path(), &["ledger", "verify"]);
    assert_eq!(code, 0, "{told}");
    let (code, told) = process::command(data.path(), &["replay"]);
    assert_eq!((code, &told["reproduced"]), (0, &4.into()), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shadow_that_cannot_decide_fails_nothing() {
    let system = start(Setup::default()).await;
    let client = client_of(&system).await;
    publish(&client, &rules(1), "").await.unwrap();
    activate(&client, "1", None).await.unwrap();
    // It asks for what nobody sends, and is of another currency.
    let inputs = "[inputs]\nbureau_score = { type = 'count', required = true }\n[approve]";
    let lacking = rules(2).replace("[approve]", inputs).replace(
        "'application.amount >= 1 usd'\nreason",
        "'inputs.bureau_score > 1'\nreason",
    );
    publish(&client, &lacking, "").await.unwrap();
    set_shadow(&client, "2").await;
    assert_eq!(decided(&system, "k1").await, "1");
    assert_eq!(decided(&system, "k2").await, "1");
    let expected = counts([("DECLINE", "failed:invalid_application", 2)]);
    assert_eq!(compared(&client, 2).await, expected);
}
