//! The cache is only a cache: whatever befalls its folder costs a fetch, never an error.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;
use underwrite::clock::ManualClock;
use underwrite::id::{ConnectedAccountId, Handle};
use underwrite::proto;
use underwrite::snapshot::Fetched;
use underwrite::stripe::{FetchRequest, Resolved, Source, StripeError};

use super::harness::{
    self, Setup, TestSystem, connect, now, permit_owner_alone, private_folder, request,
    serve_sandbox, start, today,
};
use super::linked::{self, Linked};

const NAME: &str = "Noor Haddad";
const ACCOUNT: &str = "fca_noor";

/// Does something to a folder.
type Harm = fn(&Path);

/// What can happen to a folder.
const HARMS: [(&str, Harm); 8] = [
    ("deleted", |cache| fs::remove_dir_all(cache).unwrap()),
    ("emptied", |cache| {
        fs::remove_dir_all(cache.join("db")).unwrap();
        fs::create_dir(cache.join("db")).unwrap();
    }),
    ("its files are cut to nothing", |cache| {
        each_file(cache, |file| fs::write(file, b"").unwrap());
    }),
    ("its files are cut in half", |cache| {
        each_file(cache, |file| {
            let half = fs::metadata(file).unwrap().len() / 2;
            let file = fs::File::options().write(true).open(file).unwrap();
            file.set_len(half).unwrap();
        });
    }),
    ("its files are filled with garbage", |cache| {
        each_file(cache, |file| {
            let length = fs::metadata(file).unwrap().len();
            let length = usize::try_from(length).unwrap();
            fs::write(file, garbage(length)).unwrap();
        });
    }),
    ("its files grow garbage at the end", |cache| {
        each_file(cache, |file| {
            let mut bytes = fs::read(file).unwrap();
            bytes.extend(garbage(10_000));
            fs::write(file, bytes).unwrap();
        });
    }),
    ("a torn recovery snapshot lies in it", |cache| {
        fs::write(cache.join("db/snap.0000000000000001.generating"), b"torn").unwrap();
        fs::write(cache.join("db/snap.00000000000000FF.generating"), b"").unwrap();
    }),
    ("strange files lie in it", |cache| {
        fs::write(cache.join("db/snap.7FFFFFFFFFFFFFFF"), garbage(100)).unwrap();
        fs::create_dir_all(cache.join("db/blobs/9")).unwrap();
        fs::write(cache.join("db/blobs/9/9"), garbage(100)).unwrap();
    }),
];

fn each_file(folder: &Path, harm: Harm) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            each_file(&path, harm);
        } else {
            harm(&path);
        }
    }
}

/// The same bytes each time, and no file format.
fn garbage(length: usize) -> Vec<u8> {
    (0..length)
        .map(|at| u8::try_from(at * 31 % 251).unwrap() ^ 0xA5)
        .collect()
}

/// A data folder, the accounts of a sandbox, and the fetches that reached it.
struct Ground {
    data: TempDir,
    load: TempDir,
    fetches: Arc<AtomicUsize>,
}

impl Ground {
    fn new() -> Self {
        let load = tempfile::tempdir().unwrap();
        let noor = Linked::checking("noor", NAME).with_salary(today(), 190_000);
        linked::write(&[noor], now(), load.path());
        Self {
            data: tempfile::tempdir().unwrap(),
            load,
            fetches: Arc::default(),
        }
    }

    async fn open(&self) -> TestSystem {
        start(Setup {
            load: Some(self.load.path()),
            data: Some(self.data.path()),
            fetches: Some(Arc::clone(&self.fetches)),
            ..Setup::default()
        })
        .await
    }

    fn cache(&self) -> PathBuf {
        self.data.path().join("cache")
    }

    /// The fetches since the last look.
    fn fetched(&self) -> usize {
        self.fetches.swap(0, Ordering::SeqCst)
    }
}

/// Decides under a key; what is decided never depends on the cache.
async fn decides(system: &TestSystem, key: &str) {
    let key = key.replace(' ', "-");
    let decision = system.decide(request(&key, NAME, &[ACCOUNT])).await;
    let reasons = &decision.reasons;
    let approved = underwrite::proto::Outcome::Approve;
    assert_eq!(decision.outcome(), approved, "{key}: {reasons:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_look_asks_nobody_while_it_is_fresh_enough() {
    let ground = Ground::new();
    let system = ground.open().await;
    decides(&system, "first").await;
    assert_eq!(ground.fetched(), 1);
    decides(&system, "at once").await;
    // The shipped rule set wants nothing older than a day.
    system.clock.advance(chrono::Duration::hours(20));
    decides(&system, "20 hours later").await;
    assert_eq!(ground.fetched(), 0);
    let hour = |key: &str| {
        let mut fresher = request(key, NAME, &[ACCOUNT]);
        let age = |seconds| Some(prost_types::Duration { seconds, nanos: 0 });
        super::harness::application(&mut fresher).bank_data = Some(proto::BankData {
            max_age: Some(proto::MaxAge {
                transactions: age(3_600),
                ..proto::MaxAge::default()
            }),
            ..proto::BankData::default()
        });
        fresher
    };
    system.decide(hour("fresher")).await;
    assert_eq!(ground.fetched(), 1, "the request wants it fresher");
    system.clock.advance(chrono::Duration::hours(5));
    // The sandbox lives on the day before, so its balance is too old for an approval by now.
    system.decide(request("later", NAME, &[ACCOUNT])).await;
    assert_eq!(ground.fetched(), 1, "25 hours later");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_cached_outlives_a_restart() {
    let ground = Ground::new();
    let system = ground.open().await;
    decides(&system, "before").await;
    system.stop().await;
    assert_eq!(ground.fetched(), 1);
    let system = ground.open().await;
    decides(&system, "after").await;
    assert_eq!(ground.fetched(), 0);
    system.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn harm_between_two_requests_costs_a_fetch_at_most() {
    for (name, harm) in HARMS {
        let ground = Ground::new();
        let system = ground.open().await;
        decides(&system, "before").await;
        assert_eq!(ground.fetched(), 1, "{name}");
        harm(&ground.cache());
        for number in 0..5 {
            system.clock.advance(chrono::Duration::minutes(8));
            decides(&system, &format!("after {number}")).await;
            assert!(ground.fetched() <= 1, "{name}");
        }
        // Nor is the next server in the way of it.
        system.stop().await;
        let system = ground.open().await;
        decides(&system, "restarted").await;
        assert!(ground.fetched() <= 1, "{name}");
        decides(&system, "again").await;
        assert_eq!(ground.fetched(), 0, "{name}: the cache works again");
        system.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn harm_between_two_runs_costs_a_fetch_at_most() {
    for (name, harm) in HARMS {
        let ground = Ground::new();
        let system = ground.open().await;
        decides(&system, "before").await;
        system.stop().await;
        ground.fetched();
        harm(&ground.cache());
        let system = ground.open().await;
        decides(&system, "after").await;
        assert!(ground.fetched() <= 1, "{name}");
        decides(&system, "again").await;
        assert_eq!(ground.fetched(), 0, "{name}: the cache works");
        system.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn harm_under_load_costs_fetches_and_no_error() {
    const CALLERS: usize = 4;
    let ground = Ground::new();
    let system = Arc::new(ground.open().await);
    let done = CancellationToken::new();
    let callers: Vec<_> = (0..CALLERS)
        .map(|caller| {
            let (system, done) = (Arc::clone(&system), done.clone());
            tokio::spawn(async move {
                let mut decided = 0;
                while !done.is_cancelled() || decided == 0 {
                    decides(&system, &format!("load-{caller}-{decided}")).await;
                    system.clock.advance(chrono::Duration::minutes(2));
                    decided += 1;
                }
                decided
            })
        })
        .collect();
    for (_, harm) in HARMS.iter().rev() {
        tokio::time::sleep(Duration::from_millis(150)).await;
        let (cache, harm) = (ground.cache(), *harm);
        // A file may go while it is being harmed: that is part of the game.
        let harmed = tokio::task::spawn_blocking(move || {
            let _ = std::panic::catch_unwind(|| harm(&cache));
        });
        harmed.await.unwrap();
    }
    tokio::time::sleep(Duration::from_millis(300)).await;
    done.cancel();
    let mut decided = 0;
    for caller in callers {
        decided += caller.await.unwrap();
    }
    assert!(ground.fetched() <= decided, "a decision fetched twice");
    Arc::into_inner(system).unwrap().stop().await;
}

/// The number of snapshots in a cache that nobody has open, or not for much longer.
fn kept(cache: &Path) -> usize {
    let open = || underwrite::cache::Cache::open(cache);
    let opened = std::iter::repeat_with(open).take(100).find_map(|opened| {
        let opened = opened.ok();
        if opened.is_none() {
            std::thread::sleep(Duration::from_millis(20));
        }
        opened
    });
    opened.expect("the cache stays in use").len()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_too_old_goes_though_nobody_asks() {
    let ground = Ground::new();
    let system = ground.open().await;
    decides(&system, "fill").await;
    system.stop().await;
    assert_eq!(kept(&ground.cache()), 1);
    let age_max = chrono::Duration::from_std(underwrite::limits::CACHE_AGE_MAX).unwrap();
    for (age, left) in [(age_max - chrono::Duration::seconds(1), 1), (age_max, 0)] {
        let clock = Arc::new(ManualClock::new(now()));
        let source: Arc<dyn Source> = Arc::new(Nobody);
        let underwriter = harness::underwriter(source, ground.data.path(), Arc::clone(&clock));
        // It looks again and again: the time passes only after it has begun.
        let looks = underwriter.sweep_cache(Duration::from_millis(5));
        let aging = async {
            tokio::time::sleep(Duration::from_millis(100)).await;
            clock.advance(age);
            tokio::time::sleep(Duration::from_millis(300)).await;
        };
        tokio::select! {
            never = looks => match never {},
            () = aging => {}
        }
        drop(underwriter);
        assert_eq!(kept(&ground.cache()), left, "{age}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_sweeps_when_it_starts() {
    let ground = Ground::new();
    let system = ground.open().await;
    // Taken from a day on which the data will look old.
    let age_max = chrono::Duration::from_std(underwrite::limits::CACHE_AGE_MAX).unwrap();
    system.clock.advance(-age_max);
    system.decide(request("long-ago", NAME, &[ACCOUNT])).await;
    system.stop().await;
    assert_eq!(kept(&ground.cache()), 1);
    // And then again and again, well before the data of a minute ago is old.
    let interval = underwrite::limits::CACHE_SWEEP_INTERVAL;
    assert!(interval * 2 < underwrite::limits::CACHE_AGE_MAX);
    let system = ground.open().await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    system.stop().await;
    assert_eq!(kept(&ground.cache()), 0);
}

/// Has no account.
struct Nobody;

#[async_trait]
impl Source for Nobody {
    fn livemode(&self) -> bool {
        false
    }

    async fn resolve(
        &self,
        handle: &Handle,
        _connected: Option<&ConnectedAccountId>,
    ) -> Result<Resolved, StripeError> {
        Err(StripeError::NotLinked {
            kind: handle.kind(),
            why: underwrite::stripe::NotLinkedReason::TypedByHand,
        })
    }

    async fn fetch(&self, _wanted: &FetchRequest) -> Result<Fetched, StripeError> {
        Err(StripeError::Unreachable("nobody is asked"))
    }
}

/// A server of its own process, killed when dropped.
struct Program(Child);

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Starts `underwrite serve` on a data folder and waits until it listens.
fn serve_program(data: &Path, stripe: &str) -> (Program, String) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_underwrite"))
        .args(["serve", "--listen", "127.0.0.1:0", "--today", "2026-08-22"])
        .arg("--data-dir")
        .arg(data)
        .env_clear()
        .env("STRIPE_API_BASE", stripe)
        .env("STRIPE_API_KEY", "sk_test_cache")
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let program = Program(child);
    let line = lines.next().expect("the server did not start").unwrap();
    let address = line.rsplit("http://").next().unwrap().to_owned();
    (program, address)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_server_starts_without_a_cache_where_none_can_be_opened() {
    let obstacles: [(&str, Harm); 3] = [
        ("a file in its place", |data| {
            fs::write(data.join("cache"), b"a file").unwrap();
            permit_owner_alone(&data.join("cache"));
        }),
        ("a folder in place of its lock", |data| {
            fs::create_dir_all(data.join("cache/lock")).unwrap();
            permit_owner_alone(&data.join("cache"));
        }),
        ("a link to nowhere", |data| {
            #[cfg(unix)]
            std::os::unix::fs::symlink(data.join("gone/far"), data.join("cache")).unwrap();
            #[cfg(not(unix))]
            fs::write(data.join("cache"), b"a file").unwrap();
        }),
    ];
    let ground = Ground::new();
    let shutdown = CancellationToken::new();
    let sandbox = serve_sandbox(Some(ground.load.path()), &shutdown).await;
    for (name, obstacle) in obstacles {
        let data = private_folder();
        obstacle(data.path());
        let folder = data.path().to_owned();
        let starting = tokio::task::spawn_blocking(move || {
            serve_program(&folder, &format!("http://{sandbox}"))
        });
        let (_program, address) = starting.await.unwrap();
        let mut client = connect(address.parse().unwrap()).await;
        for key in ["k1", "k2"] {
            let answer = client.decide(request(key, NAME, &[ACCOUNT])).await;
            assert!(answer.is_ok(), "{name}: {answer:?}");
        }
    }
    shutdown.cancel();
}
