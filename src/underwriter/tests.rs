//! The life of rule sets without a bank: what the history says while others change what decides, that
//! whatever decides has its layout, and that no shadow holds up or fails what decides.

use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;

use super::*;
use crate::admission::Caller;
use crate::analysis::AmountSign;
use crate::clock::ManualClock;
use crate::decision::SEMANTICS;
use crate::id::{ConnectedAccountId, Handle as PaymentHandle, IdentityName, OsEntropy};
use crate::ledger::tests::{
    FileLedger, Live, application, at, bundle as ledger_bundle, decide, decision_id, intake, key,
    tenant,
};
use crate::ledger::{MemoryLedger, Shadowing, StoredBundle};
use crate::rules::{BundleHash, Outcome};
use crate::snapshot::Fetched;
use crate::stripe::{FetchRequest, Resolved, StripeError};

/// A bank that nobody reaches.
struct Unreachable;

#[async_trait]
impl Source for Unreachable {
    fn livemode(&self) -> bool {
        false
    }

    async fn resolve(
        &self,
        _: &PaymentHandle,
        _: Option<&ConnectedAccountId>,
    ) -> Result<Resolved, StripeError> {
        Err(StripeError::Unreachable("nobody is there"))
    }

    async fn fetch(&self, _: &FetchRequest) -> Result<Fetched, StripeError> {
        Err(StripeError::Unreachable("nobody is there"))
    }
}

/// An underwriter over an empty ledger, and that ledger.
pub(super) fn house() -> (Underwriter, Arc<dyn Ledger>) {
    let ledger: Arc<dyn Ledger> = Arc::new(MemoryLedger::new(&OsEntropy).unwrap());
    (over(Arc::clone(&ledger)), ledger)
}

/// An underwriter over a ledger.
fn over(ledger: Arc<dyn Ledger>) -> Underwriter {
    Underwriter::new(Parts {
        source: Arc::new(Unreachable),
        cache: None,
        ledger,
        clock: Arc::new(ManualClock::new(at(9))),
        entropy: Arc::new(OsEntropy),
        settings: Settings {
            amount_sign: AmountSign::PositiveIsCredit,
        },
        zone: Zone::default(),
        wait_limits: WaitLimits::default(),
        four_eyes: false,
    })
}

pub(super) fn version(number: u32) -> Bundle {
    let source = format!(
        "[rule_set]\nname = 'payouts'\nversion = '{number}'\nkind = 'payment'\ncurrency = 'USD'\n\
         [approve]\nwhen = 'true'\n"
    );
    Bundle::publish(source.as_bytes()).unwrap()
}

pub(super) fn stored(bundle: &Bundle) -> StoredBundle {
    StoredBundle {
        hash: bundle.hash(),
        name: bundle.name().clone(),
        version: bundle.version().to_owned(),
        bytes: bundle.bytes().to_vec(),
    }
}

fn by() -> Origin {
    Origin::local(tenant())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_history_calls_nothing_off_that_was_not_while_another_is_made_active() {
    let (underwriter, _ledger) = house();
    let (first, second) = (version(1), version(2));
    let name = first.name().clone();
    underwriter.activate(&by(), first).await.unwrap();
    underwriter.publish(&by(), &second, "").await.unwrap();
    let done = Arc::new(AtomicBool::new(false));
    let switching = {
        let (underwriter, name, done) = (underwriter.clone(), name.clone(), Arc::clone(&done));
        tokio::spawn(async move {
            for turn in 0..200 {
                let version = ["2", "1"][turn % 2];
                let wanted = (&name, version);
                underwriter
                    .activate_version(&by(), wanted, None)
                    .await
                    .unwrap();
            }
            done.store(true, Ordering::SeqCst);
        })
    };
    while !done.load(Ordering::SeqCst) {
        // Nothing was planned, so nothing was called off, and what was said last decides.
        let page = underwriter
            .activations(&tenant(), &name, None, limits::PAGE_SIZE_MAX)
            .await;
        let said = page.unwrap().said;
        let live = |said: &&Said| said.held == Held::Now;
        assert_eq!(said.iter().position(|said| live(&said)), Some(0));
        assert!(said.iter().all(|said| said.held != Held::Never));
        tokio::task::yield_now().await;
    }
    switching.await.unwrap();
}

/// A ledger in which the first version was asked to decide `key(1)`, and the second decides since; without
/// any layout, as it is for an engine of other semantics.
async fn pinned() -> (Underwriter, Arc<dyn Ledger>, BundleHash) {
    let (underwriter, ledger) = house();
    let (first, second) = (stored(&version(1)), stored(&version(2)));
    let pinned = first.hash;
    let reserved = intake(1, &first);
    ledger
        .activate(&tenant(), first, at(1), None)
        .await
        .unwrap();
    ledger.reserve(reserved).await.unwrap();
    ledger
        .activate(&tenant(), second, at(2), None)
        .await
        .unwrap();
    (underwriter, ledger, pinned)
}

async fn has_layout(ledger: &Arc<dyn Ledger>, hash: BundleHash) -> bool {
    let layout = ledger.layout(&tenant(), hash, SEMANTICS).await;
    layout.unwrap().is_some()
}

/// Has the request decided whose bundle was pinned.
async fn ask_again(underwriter: &Underwriter) {
    let request = Request {
        tenant: tenant(),
        key: key(1),
        rule_set: version(1).name().clone(),
        application: application(1),
    };
    let call = Call {
        caller: Caller::Local,
        within: None,
        permit: None,
        decision: CallDecision::default(),
        origin: by(),
    };
    let refused = underwriter.decide(request, call).await.unwrap_err();
    assert_eq!(
        refused.code(),
        "stripe_unreachable",
        "the bank does not answer"
    );
}

#[tokio::test]
async fn what_decides_a_repeat_has_its_layout_though_another_decides_by_now() {
    let (underwriter, ledger, pinned) = pinned().await;
    assert!(!has_layout(&ledger, pinned).await);
    ask_again(&underwriter).await;
    assert!(has_layout(&ledger, pinned).await);
}

#[tokio::test]
async fn what_decides_a_repeat_has_its_layout_though_its_name_is_retired() {
    let (underwriter, ledger) = house();
    let first = stored(&version(1));
    let (pinned, name, reserved) = (first.hash, first.name.clone(), intake(1, &first));
    ledger
        .activate(&tenant(), first, at(1), None)
        .await
        .unwrap();
    ledger.reserve(reserved).await.unwrap();
    underwriter.retire(&by(), &name).await.unwrap();
    ask_again(&underwriter).await;
    assert!(has_layout(&ledger, pinned).await);
}

#[tokio::test]
async fn what_decides_a_pending_request_has_its_layout_though_another_decides_by_now() {
    let (underwriter, ledger, pinned) = pinned().await;
    let id = pend(&*ledger, 1).await;
    assert_eq!(underwriter.resume().await.unwrap(), 1);
    let record = decided(&ledger, &id).await;
    assert_eq!(record.body.pins.rule_set.bundle, pinned);
    assert!(has_layout(&ledger, pinned).await);
}

/// Has a request of the first version wait for its bank, for which it is too late.
async fn pend(ledger: &dyn Ledger, number: u32) -> DecisionId {
    let intake = intake(number, &stored(&version(1)));
    let id = intake.decision.clone();
    ledger.reserve(intake.clone()).await.unwrap();
    let pending = PendingIntake {
        intake,
        since: at(1),
        until: at(3),
        accounts: vec![(0, "fca_1".parse().unwrap())],
        test_data: true,
    };
    ledger.pend(pending, None).await.unwrap();
    id
}

/// The decision of that id, once it is made.
async fn decided(ledger: &Arc<dyn Ledger>, id: &DecisionId) -> DecisionRecord {
    for _ in 0..600 {
        if let Some(record) = ledger.decision(&tenant(), id).await.unwrap() {
            return record;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("it is still pending");
}

/// Has the first version decide, and the second beside it.
async fn shadow(ledger: &dyn Ledger) -> [StoredBundle; 2] {
    let all = [1, 2].map(|number| stored(&version(number)));
    let [first, second] = all.clone();
    let shadowing = Shadowing {
        name: first.name.clone(),
        bundle: Some(second.hash),
        by: IdentityName::local(),
        at: at(1),
    };
    ledger
        .activate(&tenant(), first, at(1), None)
        .await
        .unwrap();
    ledger
        .publish(&tenant(), second, "", at(1), None)
        .await
        .unwrap();
    ledger.set_shadow(&tenant(), shadowing, None).await.unwrap();
    all
}

/// How often the second version decided beside the first.
async fn beside(ledger: &dyn Ledger, [first, second]: &[StoredBundle; 2]) -> usize {
    let (tenant, both) = (tenant(), (first.hash, second.hash));
    let page = ledger.shadow_decisions(&tenant, both, None, 9).await;
    page.unwrap().shadows.len()
}

#[tokio::test]
async fn a_shadow_that_is_held_up_holds_up_no_decision() {
    let (underwriter, ledger) = house();
    let both = shadow(&*ledger).await;
    // Until it has this turn, it does not know what decides beside.
    let turn = underwriter.0.switching.lock().await;
    for number in 1..=3 {
        pend(&*ledger, number).await;
    }
    assert_eq!(underwriter.resume().await.unwrap(), 3);
    for number in 1..=3 {
        decided(&ledger, &decision_id(number)).await;
    }
    tokio::time::sleep(2 * limits::SHADOW_PAUSE).await;
    assert_eq!(beside(&*ledger, &both).await, 0);
    drop(turn);
    for _ in 0..600 {
        if beside(&*ledger, &both).await == 3 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("it never decided");
}

#[tokio::test]
async fn a_shadow_that_is_lost_fails_no_decision_and_ends_no_other_shadow() {
    let file = FileLedger::new().await;
    let ledger = file.shared();
    let both = shadow(&*ledger).await;
    let content = "(SELECT seq FROM bundles WHERE version = '2')";
    let saved = "CREATE TABLE saved AS SELECT * FROM contents WHERE seq =";
    file.tamper(&format!(
        "{saved} {content}; DELETE FROM contents WHERE seq = {content}"
    ));
    let underwriter = over(Arc::clone(&ledger));
    let id = pend(&*ledger, 1).await;
    assert_eq!(underwriter.resume().await.unwrap(), 1);
    decided(&ledger, &id).await;
    tokio::time::sleep(4 * limits::SHADOW_PAUSE).await;
    assert_eq!(beside(&*ledger, &both).await, 0);
    // Where it is there again, so is the comparison.
    file.tamper("INSERT INTO contents SELECT * FROM saved; DROP TABLE saved");
    let id = pend(&*ledger, 2).await;
    assert_eq!(underwriter.resume().await.unwrap(), 1);
    decided(&ledger, &id).await;
    for _ in 0..600 {
        if beside(&*ledger, &both).await == 1 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("it never decided");
}

#[tokio::test]
async fn a_decision_takes_as_many_entries_as_the_limit_and_no_more() {
    use crate::follow_up::{DraftFollowUp, DraftPerformance, LoanEvent};
    let (underwriter, ledger) = house();
    let rules = ledger_bundle("personal-loan");
    let active = ledger.activate(&tenant(), rules, at(0), None).await;
    active.unwrap();
    let decision = decide(&*ledger, 1, Outcome::Approve).await.id;
    let record = async |number| {
        let draft = DraftPerformance {
            event: Some(LoanEvent::PaidOff),
            date: Some(at(9).date_naive()),
            ..DraftPerformance::default()
        };
        let asked = FollowUpRequest {
            key: key(number),
            decision: decision.clone(),
            draft: DraftFollowUp::LoanPerformance(draft),
        };
        underwriter.record_follow_up(&by(), asked).await
    };
    let max = u32::try_from(limits::FOLLOW_UPS_MAX).unwrap();
    for number in 1..=max {
        record(number).await.unwrap();
    }
    let above = record(max + 1).await.unwrap_err();
    assert_eq!(above.code(), "too_many_follow_ups");
    record(max).await.expect("a repeat");
}
