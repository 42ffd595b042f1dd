//! Many at once: decisions on the same accounts, and webhooks in every order.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use underwrite::limits;
use underwrite::proto;
use underwrite::sandbox::{AccountStatus, RefreshFeature};
use underwrite::underwriter::WaitLimits;

use super::harness::{Setup, TestSystem, anew, connect, now, principal, request, start, today};
use super::linked::{self, Linked};

const NAME: &str = "Ada Moss";
/// Long enough for machines that are busy with other things.
const PATIENT: WaitLimits = WaitLimits {
    answer_within: Duration::from_secs(120),
    pending_for: Duration::from_secs(300),
    retry_pause: Duration::from_millis(50),
};

/// Accounts of which the bank was never asked for anything.
fn write_unrefreshed(count: usize, folder: &std::path::Path) -> Vec<String> {
    let accounts: Vec<Linked> = (0..count)
        .map(|number| Linked {
            refreshed: false,
            ..Linked::checking(&format!("crowd{number}"), NAME).with_salary(today(), 200_000)
        })
        .collect();
    linked::write(&accounts, now(), folder);
    accounts.iter().map(Linked::id).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_decisions_over_twenty_accounts_refresh_each_once_within_the_rates() {
    let folder = tempfile::tempdir().unwrap();
    let accounts = write_unrefreshed(20, folder.path());
    let system = start(Setup {
        load: Some(folder.path()),
        wait_limits: PATIENT,
        // What Stripe documents for a key of test mode.
        tune: Some(|stripe| {
            stripe.rate = None;
            stripe.endpoint_rate = limits::STRIPE_RATE_ENDPOINT;
            stripe.poll_interval = Duration::from_secs(1);
            stripe.fetch_deadline = Duration::from_secs(120);
        }),
        ..Setup::default()
    })
    .await;
    let mut calls = JoinSet::new();
    for number in 0..200 {
        let client = system.client.clone();
        let account = accounts[number % accounts.len()].clone();
        let request = request(&format!("k{number}"), NAME, &[&account]);
        calls.spawn(async move { client.clone().decide(request).await });
    }
    let mut outcomes = BTreeMap::new();
    while let Some(answer) = calls.join_next().await {
        match answer.unwrap().unwrap().into_inner().result.unwrap() {
            proto::decide_response::Result::Decision(decision) => {
                *outcomes
                    .entry(decision.outcome().as_str_name())
                    .or_insert(0) += 1;
            }
            proto::decide_response::Result::Pending(pending) => panic!("{pending:?}"),
        }
    }
    assert_eq!(outcomes, BTreeMap::from([("OUTCOME_APPROVE", 200)]));

    let counts = system.sandbox.counts();
    assert_eq!(counts.refreshes.len(), accounts.len());
    let once = BTreeMap::from([
        (RefreshFeature::Balance, 1),
        (RefreshFeature::Ownership, 1),
        (RefreshFeature::Transactions, 1),
    ]);
    for (account, started) in &counts.refreshes {
        assert_eq!(started, &once, "{account}");
    }
    let rate = u64::from(limits::STRIPE_RATE_TEST);
    assert!(counts.peak <= rate, "{} in a second", counts.peak);
    let endpoint = u64::from(limits::STRIPE_RATE_ENDPOINT);
    for (name, peak) in &counts.peak_by_endpoint {
        assert!(*peak <= endpoint, "{name}: {peak} in a second");
    }
}

/// A request of hers that wants everything anew.
fn salaried(key: &str) -> proto::DecideRequest {
    anew(request(key, "Maria Lopez", &[SALARIED]))
}

const SALARIED: &str = "fca_sample_salaried_checking";
/// So long that only a webhook brings news in time.
fn never_polls(stripe: &mut underwrite::stripe::StripeConfig) {
    stripe.poll_interval = Duration::from_secs(500);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_wakes_a_waiting_decision_also_where_the_refresh_failed() {
    for (fault, outcome) in [
        (
            "effect = 'refresh_late'\ndelay_ms = 400",
            proto::Outcome::Approve,
        ),
        ("effect = 'refresh_fails'", proto::Outcome::Refer),
    ] {
        let faults = format!("[[fault]]\n{fault}\n");
        let system = start(Setup {
            faults: &faults,
            wait_limits: PATIENT,
            tune: Some(never_polls),
            webhooks: Some(1),
            ..Setup::default()
        })
        .await;
        let decision = system.decide(salaried("k")).await;
        assert_eq!(decision.outcome(), outcome, "{fault}: {decision:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_storm_of_webhooks_changes_nothing() {
    let keys: Vec<&str> = underwrite::sandbox::applicants(today())
        .iter()
        .map(|sample| sample.key)
        .collect();
    let quiet = decide_samples(&keys, None).await;
    let stormy = decide_samples(&keys, Some(5)).await;
    assert_eq!(quiet.0, stormy.0);
    assert!(stormy.1 >= 5 * keys.len() as u64, "{} webhooks", stormy.1);
}

/// How every sample applicant is decided, and how many webhooks there were.
async fn decide_samples(
    keys: &[&str],
    webhooks: Option<usize>,
) -> (BTreeMap<String, (i32, Vec<String>)>, u64) {
    let system = Arc::new(
        start(Setup {
            wait_limits: PATIENT,
            webhooks,
            ..Setup::default()
        })
        .await,
    );
    let mut calls = JoinSet::new();
    for sample in underwrite::sandbox::applicants(today()) {
        let (system, key) = (Arc::clone(&system), sample.key.to_owned());
        let mut wire = underwrite::service::to_wire::application(&sample.application);
        wire.bank_data = salaried("k").application.unwrap().bank_data;
        let request = proto::DecideRequest {
            application: Some(wire),
            ..request(&key, "", &[])
        };
        calls.spawn(async move {
            let decision = system.decide(request).await;
            let reasons = principal(&decision);
            let reasons = reasons.iter().map(|&code| code.to_owned()).collect();
            (key, (decision.outcome, reasons))
        });
    }
    let decided: BTreeMap<_, _> = calls.join_all().await.into_iter().collect();
    assert_eq!(decided.len(), keys.len());
    assert_eq!(system.recorded().await.len(), keys.len());
    (decided, delivered(&system).await)
}

/// The webhooks that were delivered, once no more come.
async fn delivered(system: &TestSystem) -> u64 {
    let mut last = system.sandbox.counts().webhooks_delivered;
    loop {
        tokio::time::sleep(Duration::from_millis(400)).await;
        let delivered = system.sandbox.counts().webhooks_delivered;
        if delivered == last {
            return last;
        }
        last = delivered;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_kept_of_an_account_is_not_used_once_its_link_is_cut() {
    for status in [AccountStatus::Disconnected, AccountStatus::Inactive] {
        let system = start(Setup {
            webhooks: Some(2),
            ..Setup::default()
        })
        .await;
        let fresh = |key: &str| request(key, "Maria Lopez", &[SALARIED]);
        let before = system.decide(fresh("k1")).await;
        assert_eq!(before.outcome(), proto::Outcome::Approve);
        let calls = system.sandbox.counts().calls;
        system.decide(fresh("k2")).await;
        assert_eq!(system.sandbox.counts().calls, calls, "it was fresh enough");
        system.sandbox.set_status(SALARIED, status).unwrap();
        while delivered(&system).await < 2 {}
        let after = system.decide(fresh("k3")).await;
        assert_eq!(after.outcome(), proto::Outcome::Refer, "{status:?}");
        assert!(principal(&after).contains(&"ACCOUNT_DISCONNECTED"));
        // An event of long ago does no harm.
        let kind = "financial_connections.account.refreshed_balance";
        system.sandbox.announce(SALARIED, kind).unwrap();
        delivered(&system).await;
        let still = system.decide(fresh("k4")).await;
        assert_eq!(still.outcome(), proto::Outcome::Refer);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_that_is_cut_while_another_bank_is_waited_for_is_seen() {
    let gig = "fca_sample_gig_checking";
    let system = start(Setup {
        faults: &format!(
            "[[fault]]\naccount = '{gig}'\neffect = 'refresh_late'\ndelay_ms = 3000\n"
        ),
        wait_limits: WaitLimits {
            answer_within: Duration::from_millis(800),
            ..PATIENT
        },
        webhooks: Some(1),
        ..Setup::default()
    })
    .await;
    let mut both = salaried("k");
    super::harness::application(&mut both).applicants[0]
        .account_ids
        .push(gig.to_owned());
    let first = system.client.clone().decide(both.clone()).await.unwrap();
    assert!(matches!(
        first.into_inner().result,
        Some(proto::decide_response::Result::Pending(_))
    ));
    system
        .sandbox
        .set_status(SALARIED, AccountStatus::Disconnected)
        .unwrap();
    let decision = loop {
        let answer = system.client.clone().decide(both.clone()).await.unwrap();
        if let Some(proto::decide_response::Result::Decision(decision)) = answer.into_inner().result
        {
            break decision;
        }
    };
    assert_eq!(decision.outcome(), proto::Outcome::Refer);
    assert!(principal(&decision).contains(&"ACCOUNT_DISCONNECTED"));
    let refreshes = &system.sandbox.counts().refreshes[gig];
    assert!(
        refreshes.values().all(|started| *started <= 1),
        "{refreshes:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn another_connection_sees_the_same_pending_decisions() {
    let system = start(Setup {
        faults: "[[fault]]\neffect = 'refresh_late'\ndelay_ms = 1500\n",
        wait_limits: WaitLimits {
            answer_within: Duration::from_millis(200),
            ..PATIENT
        },
        ..Setup::default()
    })
    .await;
    let first = system.client.clone().decide(salaried("k")).await;
    let proto::decide_response::Result::Pending(pending) =
        first.unwrap().into_inner().result.unwrap()
    else {
        panic!("it is final");
    };
    let request = proto::GetDecisionRequest {
        id: pending.decision_id.clone(),
        view: 0,
        ..Default::default()
    };
    let shown = connect(system.address).await.get_decision(request).await;
    assert_eq!(
        shown.unwrap().into_inner().result,
        Some(proto::get_decision_response::Result::Pending(pending))
    );
}
