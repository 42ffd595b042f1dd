//! The golden ledgers: for every `semantics` a small ledger is committed, made on the samples by
//! the rule sets that ship. Deciding the newest one again must give the same bytes, so that no
//! change of behaviour slips in without a new number. Beside it are the texts of its decisions as
//! an answer in full shows them: rendering them belongs to `semantics` too.
//!
//! `UPDATE_GOLDEN=1 cargo test golden` makes the newest one anew, until it is released.

use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use prost::Message;
use prost_reflect::{DescriptorPool, DynamicMessage};
use tokio::runtime::Handle;
use tokio::sync::OnceCell;
use tokio_util::sync::CancellationToken;
use underwrite::access::audit::Origin;
use underwrite::analysis::{AmountSign, Settings};
use underwrite::calendar::Zone;
use underwrite::clock::ManualClock;
use underwrite::decision::SEMANTICS;
use underwrite::id::{Entropy, EntropyError, IdempotencyKey, RuleSetName, TenantId};
use underwrite::ledger::{
    ChainReport, Intake, Ledger, NewDecision, Scope, Snapshots, SqliteLedger, Switch, Timeline,
};
use underwrite::proto;
use underwrite::replay::{Replay, ReplayReport, reproduce};
use underwrite::rules::{Bundle, Outcome};
use underwrite::sandbox::applicants;
use underwrite::service::to_wire;
use underwrite::snapshot::unseal;
use underwrite::stripe::{StripeClient, StripeConfig};
use underwrite::underwriter::{Call, Parts, Request, Underwriter};

use super::harness::{now, serve_sandbox, today};
use super::tools::root;

/// The rule sets that ship by their names, each with how many of the samples it decides.
const RULE_SETS: [(&str, &[u8], usize); 2] = [
    (
        "personal-loan",
        include_bytes!("../../rules/personal-loan.toml"),
        usize::MAX,
    ),
    ("ach-debit", include_bytes!("../../rules/ach-debit.toml"), 3),
];

/// Largest golden ledger, in bytes: it stays in the history of the repository for ever.
const GOLDEN_BYTES_MAX: u64 = 300_000;

/// The decisions of a golden ledger in full, a line of JSON each, compressed.
const TEXTS: &str = "full.jsonl.zst";
const TEXTS_BYTES_MAX: usize = 16 << 20;

fn folder(semantics: u32) -> PathBuf {
    root().join(format!("tests/golden/semantics-{semantics}"))
}

/// The newest golden ledger, made anew first if that was asked for.
pub(crate) async fn newest() -> PathBuf {
    static UPDATED: OnceCell<()> = OnceCell::const_new();
    let update = || async {
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            make(&folder(SEMANTICS)).await;
        }
    };
    UPDATED.get_or_init(update).await;
    folder(SEMANTICS).join("ledger.sqlite")
}

/// A thousand small decisions beside it, made anew first if that was asked for.
pub(crate) async fn thousand() -> PathBuf {
    let path = newest()
        .await
        .with_file_name("thousand")
        .join("ledger.sqlite");
    static UPDATED: OnceCell<()> = OnceCell::const_new();
    let update = || async {
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            let work = tempfile::tempdir().unwrap();
            let made = work.path().join("ledger.sqlite");
            let entropy = Counted(Mutex::new(0));
            let ledger = SqliteLedger::open(&made, &entropy).unwrap();
            super::thousand::record_in(ledger, 1).await;
            keep(&made, path.parent().unwrap());
        }
    };
    UPDATED.get_or_init(update).await;
    path
}

/// Bytes that are the same each time, so that a golden ledger changes only where it must.
struct Counted(Mutex<u64>);

impl Entropy for Counted {
    fn fill(&self, buffer: &mut [u8]) -> Result<(), EntropyError> {
        let mut count = self.0.lock().unwrap();
        *count += 1;
        let mut hasher = blake3::Hasher::new();
        hasher.update(&count.to_le_bytes());
        hasher.finalize_xof().fill(buffer);
        Ok(())
    }
}

/// Decides the samples by the rule sets and keeps the ledger in `folder`.
async fn make(folder: &Path) {
    let released = folder.join("RELEASED");
    assert!(
        !released.exists(),
        "semantics {SEMANTICS} is released: a change of behaviour raises `decision::SEMANTICS`"
    );
    let shutdown = CancellationToken::new();
    let _stop = shutdown.clone().drop_guard();
    let sandbox = serve_sandbox(None, &shutdown).await;
    let mut stripe = StripeConfig::new("sk_test_golden".into());
    stripe.base = format!("http://{sandbox}");
    stripe.poll_interval = Duration::from_millis(20);
    // The sandbox has no rates, and tests have no time.
    stripe.rate = Some(100_000);
    stripe.endpoint_rate = 100_000;
    let work = tempfile::tempdir().unwrap();
    let path = work.path().join("ledger.sqlite");
    let entropy = Arc::new(Counted(Mutex::new(0)));
    let ledger = Arc::new(SqliteLedger::open(&path, entropy.as_ref()).unwrap());
    let underwriter = Underwriter::new(Parts {
        source: Arc::new(StripeClient::new(stripe).unwrap()),
        cache: None,
        ledger: Arc::<SqliteLedger>::clone(&ledger),
        clock: Arc::new(ManualClock::new(now())),
        entropy,
        settings: Settings {
            amount_sign: AmountSign::PositiveIsCredit,
        },
        zone: Zone::parse("America/New_York").unwrap(),
        wait_limits: Default::default(),
        four_eyes: false,
    });
    for (name, rules, samples) in RULE_SETS {
        decide_all(&underwriter, name, rules, samples).await;
    }
    drop((underwriter, ledger));
    keep(&path, folder);
    let texts = texts(&read(&folder.join("ledger.sqlite"))).await.join("\n");
    fs::write(
        folder.join(TEXTS),
        zstd::bulk::compress(texts.as_bytes(), 19).unwrap(),
    )
    .unwrap();
}

async fn decide_all(underwriter: &Underwriter, name: &str, rules: &[u8], samples: usize) {
    let tenant = TenantId::default_tenant();
    let bundle = Bundle::publish(rules).unwrap();
    underwriter
        .activate(&Origin::local(tenant.clone()), bundle)
        .await
        .unwrap();
    for sample in applicants(today()).into_iter().take(samples) {
        let request = Request {
            tenant: tenant.clone(),
            key: IdempotencyKey::parse(&format!("{name}-{}", sample.key)).unwrap(),
            rule_set: RuleSetName::parse(name).unwrap(),
            application: Arc::new(sample.application),
        };
        underwriter
            .decide(request, Call::local(TenantId::default_tenant()))
            .await
            .unwrap();
    }
}

/// Copies a closed ledger into one compact file that needs no log beside it.
fn keep(path: &Path, folder: &Path) {
    fs::create_dir_all(folder).unwrap();
    let kept = folder.join("ledger.sqlite");
    let _ = fs::remove_file(&kept);
    let ledger = rusqlite::Connection::open(path).unwrap();
    ledger
        .execute("VACUUM INTO ?1", [kept.to_str().unwrap()])
        .unwrap();
    let kept = rusqlite::Connection::open(&kept).unwrap();
    kept.query_row("PRAGMA journal_mode = DELETE", [], |_| Ok(()))
        .unwrap();
    // Small pages: most values fill a part of one.
    kept.execute_batch("PRAGMA page_size = 1024; VACUUM")
        .unwrap();
}

/// The ledger in a file, to be read.
fn read(path: &Path) -> Arc<dyn Ledger> {
    Arc::new(SqliteLedger::open_read_only(path).unwrap())
}

async fn verified(ledger: &Arc<dyn Ledger>) -> ChainReport {
    ledger
        .verify(Scope::default(), Arc::new(|_, _| {}))
        .await
        .unwrap()
}

/// Decides everything again on so many threads.
pub(crate) async fn on_threads(threads: usize, ledger: &Arc<dyn Ledger>) -> ReplayReport {
    let (ledger, runtime) = (Arc::clone(ledger), Handle::current());
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
    let pool = pool.build().unwrap();
    let replay = move || {
        let tenant = TenantId::default_tenant();
        let replay = || {
            runtime.block_on(reproduce(&ledger, &tenant, &Replay::default(), |_, _| {
                ControlFlow::Continue(())
            }))
        };
        pool.install(replay).unwrap()
    };
    tokio::task::spawn_blocking(replay).await.unwrap()
}

fn differences(report: &ReplayReport) -> String {
    let told = report.findings.iter().map(ToString::to_string);
    told.collect::<Vec<_>>().join("\n")
}

/// The bytes were written by a build without optimisation on some machine; `.ci/run` has an
/// optimised one decide them again too.
#[tokio::test(flavor = "multi_thread")]
async fn the_newest_golden_ledger_comes_out_the_same_on_one_thread_and_on_many() {
    let ledger = read(&newest().await);
    let samples = applicants(today()).len();
    let decided = RULE_SETS.iter().map(|(_, _, most)| samples.min(*most));
    let expected = u64::try_from(decided.sum::<usize>()).unwrap();
    for threads in [1, 2, 7] {
        let report = on_threads(threads, &ledger).await;
        assert!(
            report.is_faithful(),
            "on {threads} threads, {} of {} decisions of the golden ledger came out otherwise. A \
             change of behaviour raises `decision::SEMANTICS` (see ARCHITECTURE.md); before the \
             first release of a number, UPDATE_GOLDEN=1 makes its ledger anew.\n{}",
            report.taken - report.reproduced,
            report.total,
            differences(&report),
        );
        assert_eq!((report.total, report.reproduced), (expected, expected));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_golden_ledger_is_sound_and_small() {
    newest().await;
    for semantics in 1..=SEMANTICS {
        let path = folder(semantics).join("ledger.sqlite");
        let ledger = read(&path);
        let chain = verified(&ledger).await;
        assert!(chain.is_sound(), "semantics {semantics}: {chain:#?}");
        let size = fs::metadata(&path).unwrap().len();
        println!(
            "semantics {semantics}: {} decisions, {size} bytes",
            chain.decisions
        );
        assert!(size <= GOLDEN_BYTES_MAX, "{size} bytes");
        // Those of other semantics are read, and told apart.
        let report = on_threads(2, &ledger).await;
        let other = report.other_semantics.get(&semantics).copied();
        let expected = (semantics != SEMANTICS).then_some(chain.decisions);
        assert_eq!(other, expected, "semantics {semantics}");
    }
    let made = fs::read_dir(root().join("tests/golden")).unwrap().count();
    assert_eq!(made, usize::try_from(SEMANTICS).unwrap());
}

/// What an answer in full says of each decision, as JSON.
async fn texts(ledger: &Arc<dyn Ledger>) -> Vec<String> {
    let tenant = TenantId::default_tenant();
    let mut lines = Vec::new();
    for sealed in ledger
        .history(&tenant, 0, usize::MAX, Snapshots::Along)
        .await
        .unwrap()
    {
        let opened = sealed.open().unwrap();
        let record = ledger.decision(&tenant, &opened.id).await.unwrap().unwrap();
        let bundle = ledger
            .bundle(&tenant, record.body.pins.rule_set.bundle)
            .await;
        let bundle = Bundle::from_bytes(&bundle.unwrap().unwrap().bytes).unwrap();
        let view = record.body.full(&bundle, &record.application).unwrap();
        let snapshots = opened.snapshots.iter();
        let snapshots: Vec<_> = snapshots
            .map(|one| Arc::new(unseal(one).unwrap()))
            .collect();
        lines.push(json(&to_wire::full(&record, &view, None, &snapshots)));
    }
    lines
}

/// A decision as protobuf writes it in JSON, in one line.
fn json(decision: &proto::Decision) -> String {
    let pool = DescriptorPool::decode(proto::DESCRIPTORS).unwrap();
    let descriptor = pool.get_message_by_name("underwrite.v1.Decision").unwrap();
    let bytes = decision.encode_to_vec();
    let message = DynamicMessage::decode(descriptor, bytes.as_slice()).unwrap();
    // By way of a value, whose keys are in order.
    serde_json::to_value(&message).unwrap().to_string()
}

/// The first place at which two texts differ, with what stands there.
fn first_difference<'a>(kept: &'a str, now: &'a str) -> (&'a str, &'a str) {
    let same = kept
        .bytes()
        .zip(now.bytes())
        .take_while(|(a, b)| a == b)
        .count();
    let around = |text: &'a str| {
        let from = text.floor_char_boundary(same.saturating_sub(60));
        let to = text.floor_char_boundary((same + 200).min(text.len()));
        text.get(from..to).unwrap_or_default()
    };
    (around(kept), around(now))
}

#[tokio::test]
async fn the_texts_of_the_newest_golden_ledger_are_rendered_as_they_were() {
    let path = newest().await;
    let kept = fs::read(path.with_file_name(TEXTS)).unwrap();
    let kept = zstd::bulk::decompress(&kept, TEXTS_BYTES_MAX).unwrap();
    let kept = String::from_utf8(kept).unwrap();
    let now = texts(&read(&path)).await;
    assert_eq!(kept.lines().count(), now.len());
    for (number, (kept, now)) in kept.lines().zip(&now).enumerate() {
        if kept != now {
            let (kept, now) = first_difference(kept, now);
            panic!(
                "decision {number} is rendered otherwise. A change of its texts raises \
                 `decision::SEMANTICS`; before the first release of a number, UPDATE_GOLDEN=1 \
                 makes them anew.\nkept: {kept}\nnow:  {now}"
            );
        }
    }
}

/// Records the decisions of one ledger in another, changed.
async fn copy_changed(from: &dyn Ledger, into: &dyn Ledger, change: fn(usize, &mut NewDecision)) {
    let tenant = TenantId::default_tenant();
    let timelines = from.timelines(&tenant).await.unwrap();
    for activation in timelines.values().flat_map(Timeline::all).cloned() {
        let hash = activation.bundle.unwrap();
        let bundle = from.bundle(&tenant, hash).await.unwrap().unwrap();
        let switch = Switch {
            name: activation.name,
            bundle: Some(hash),
            from: None,
            by: activation.by,
        };
        let published = into.publish(&tenant, bundle, "", now(), None);
        published.await.unwrap();
        let switched = into.switch(&tenant, switch, now(), None);
        switched.await.unwrap();
    }
    let history = from
        .history(&tenant, 0, usize::MAX, Snapshots::Along)
        .await
        .unwrap();
    for (number, sealed) in (1..).zip(history) {
        let opened = sealed.open().unwrap();
        let record = from.decision(&tenant, &opened.id).await.unwrap().unwrap();
        let pin = &record.body.pins.rule_set;
        let intake = Intake {
            tenant: tenant.clone(),
            key: record.key.clone(),
            rule_set: RuleSetName::parse(&pin.name).unwrap(),
            decision: record.id.clone(),
            bundle: pin.bundle,
            application: record.application.clone(),
            received_at: record.received_at,
        };
        let mut decision = NewDecision {
            tenant: tenant.clone(),
            id: record.id,
            key: record.key,
            rule_set: intake.rule_set.clone(),
            application: record.application,
            received_at: record.received_at,
            body: record.body,
            salt: [7; 32],
            snapshots: opened.snapshots,
            recorded_at: now(),
            audit: None,
        };
        into.reserve(intake).await.unwrap();
        change(number, &mut decision);
        into.record(decision).await.unwrap();
    }
}

/// What the tests above rest on: a recorded decision that is not what the engine decides is told,
/// although every hash fits.
#[tokio::test(flavor = "multi_thread")]
async fn another_decision_than_the_engine_makes_is_told() {
    let golden = read(&newest().await);
    let work = tempfile::tempdir().unwrap();
    let path = work.path().join("ledger.sqlite");
    let changed = SqliteLedger::open(&path, &underwrite::id::OsEntropy).unwrap();
    let changed: Arc<dyn Ledger> = Arc::new(changed);
    copy_changed(&*golden, &*changed, |number, decision| {
        if number == 2 {
            let body = Arc::make_mut(&mut decision.body);
            body.evaluation.outcome = match body.outcome() {
                Outcome::Refer => Outcome::Decline,
                Outcome::Approve | Outcome::Counter | Outcome::Decline => Outcome::Refer,
            };
        }
        if number == 3 {
            Arc::make_mut(&mut decision.body).features.swap(0, 1);
        }
    })
    .await;
    assert!(verified(&changed).await.is_sound());
    let before = on_threads(2, &golden).await;
    let after = on_threads(2, &changed).await;
    assert_eq!(after.total, before.total);
    let differing: Vec<u64> = after.findings.iter().map(|found| found.seq).collect();
    // Two rule sets were published and made active before.
    assert!(
        differing.contains(&6) && differing.contains(&7),
        "{differing:?}"
    );
}
