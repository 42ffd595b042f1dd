//! Hours in minutes: traffic of every kind, a Stripe that fails, restarts; memory and descriptors
//! stay flat. Only where `SOAK_SECONDS` says for how long.

use std::fs;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tokio::task::JoinHandle;

use super::disk::Disk;
use super::place::Place;
use super::proof::{prove_answers, prove_backups, prove_chain};
use super::traffic::{Known, Traffic};
use crate::process::terminate;

/// How long each process lives, in hundredths of the whole.
const LIVES: [u64; 4] = [42, 8, 42, 8];
/// After so many hundredths of its life a process has warmed up.
const WARM_AFTER: usize = 30;
/// Only a process that lives at least so long is judged.
const JUDGED_FROM: Duration = Duration::from_secs(45);
/// What the second half of a life may take more than the first: what a bounded cache that is not
/// yet full, and an allocator that has not yet settled, take.
const MEMORY_GROWS_MAX: u64 = 24 << 20;
const DESCRIPTORS_GROW_MAX: u64 = 12;
/// Then everything that was told is proven, and forgotten.
const PERIOD: Duration = Duration::from_secs(15);
/// Between two calls of a caller: a soak is long and not busy.
const PAUSE: Duration = Duration::from_millis(60);
const SAMPLES_EVERY: Duration = Duration::from_millis(500);

/// What goes wrong at Stripe, period by period.
const TROUBLES: [&str; 4] = [
    "",
    "[[fault]]\neffect = 'server_error'\ntimes = 12\n",
    "[[fault]]\neffect = 'rate_limited'\ntimes = 12\n[[fault]]\neffect = 'reset'\ntimes = 6\n",
    "[[fault]]\neffect = 'slow_start'\ndelay_ms = 400\ntimes = 12\n",
];

#[expect(clippy::disallowed_methods, reason = "a test measures")]
fn now() -> Instant {
    Instant::now()
}

/// What a process takes at one moment.
#[derive(Debug, Clone, Copy)]
struct Sample {
    memory: u64,
    descriptors: u64,
}

/// Looks at a process again and again.
struct Watch {
    samples: Arc<Mutex<Vec<Sample>>>,
    looking: JoinHandle<()>,
}

impl Watch {
    fn start(pid: u32) -> Self {
        let samples = Arc::new(Mutex::new(Vec::new()));
        let into = Arc::clone(&samples);
        let looking = tokio::spawn(async move {
            while let Some(sample) = look(pid) {
                into.lock().unwrap().push(sample);
                tokio::time::sleep(SAMPLES_EVERY).await;
            }
        });
        Self { samples, looking }
    }

    /// The samples of the first and of the second half of its life, once it had warmed up.
    fn end(self) -> Option<[Vec<Sample>; 2]> {
        self.looking.abort();
        let samples = self.samples.lock().unwrap();
        let lived = SAMPLES_EVERY * u32::try_from(samples.len()).unwrap();
        if lived < JUDGED_FROM {
            return None;
        }
        let warm = &samples[samples.len() * WARM_AFTER / 100..];
        let (first, second) = warm.split_at(warm.len() / 2);
        Some([first.to_vec(), second.to_vec()])
    }
}

fn look(pid: u32) -> Option<Sample> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let resident = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kilobytes: u64 = resident.trim().strip_suffix(" kB")?.parse().ok()?;
    let descriptors = fs::read_dir(format!("/proc/{pid}/fd")).ok()?.count();
    Some(Sample {
        memory: kilobytes << 10,
        descriptors: u64::try_from(descriptors).unwrap(),
    })
}

fn median(samples: &[Sample], of: fn(&Sample) -> u64) -> u64 {
    let mut all: Vec<u64> = samples.iter().map(of).collect();
    all.sort_unstable();
    all[all.len() / 2]
}

fn most(samples: &[Sample], of: fn(&Sample) -> u64) -> u64 {
    samples.iter().map(of).max().unwrap()
}

/// Fails where the second half of a life takes more than the first, or than that of the first
/// process did.
fn judge(life: usize, halves: &[Vec<Sample>; 2], of_the_first: &mut Option<(u64, u64)>) {
    let memory = halves
        .each_ref()
        .map(|half| median(half, |sample| sample.memory));
    let descriptors = halves
        .each_ref()
        .map(|half| most(half, |sample| sample.descriptors));
    println!(
        "life {life}: memory {} then {} MiB, at most {} then {} descriptors",
        memory[0] >> 20,
        memory[1] >> 20,
        descriptors[0],
        descriptors[1]
    );
    let (first_memory, first_descriptors) =
        *of_the_first.get_or_insert((memory[1], descriptors[1]));
    for before in [memory[0], first_memory] {
        let grown = memory[1].saturating_sub(before);
        assert!(grown <= MEMORY_GROWS_MAX, "memory grew by {grown} bytes");
    }
    for before in [descriptors[0], first_descriptors] {
        let grown = descriptors[1].saturating_sub(before);
        assert!(grown <= DESCRIPTORS_GROW_MAX, "{grown} descriptors more");
    }
}

/// Traffic for so long, and the proof of what was told.
async fn one_period(place: &Place, number: usize, length: Duration) -> usize {
    let known = Arc::new(Known::default());
    place.set_faults(TROUBLES[number % TROUBLES.len()]);
    let mut traffic = Traffic::start(place, &known, &number.to_string(), PAUSE);
    if number % 4 == 1 {
        traffic.back_up(place, &number.to_string(), Duration::from_secs(20));
    }
    tokio::time::sleep(length).await;
    traffic.end().await;
    place.set_faults("");
    prove_answers(place, &known).await;
    prove_backups(place, known.take_backups());
    known.decided_count()
}

#[tokio::test(flavor = "multi_thread")]
async fn memory_and_descriptors_stay_flat() {
    let Ok(seconds) = std::env::var("SOAK_SECONDS") else {
        println!("skipped: `SOAK_SECONDS` does not say for how long");
        return;
    };
    let seconds: u64 = seconds.parse().unwrap();
    let mut place = Place::new(Disk::Well).await;
    place.can_be_armed = false;
    let mut server = place.start();
    let (mut period, mut decisions, mut of_the_first) = (0, 0, None);
    for (life, share) in LIVES.into_iter().enumerate() {
        let watch = Watch::start(server.pid());
        let began = now();
        let lives = Duration::from_millis(seconds * 10 * share);
        while let Some(left) = lives.checked_sub(began.elapsed())
            && !left.is_zero()
        {
            decisions += one_period(&place, period, PERIOD.min(left)).await;
            period += 1;
        }
        if let Some(halves) = watch.end() {
            judge(life, &halves, &mut of_the_first);
        }
        // The next one begins amid calls.
        let known = Arc::new(Known::default());
        let traffic = Traffic::start(&place, &known, &format!("restart{life}"), PAUSE);
        tokio::time::sleep(Duration::from_millis(700)).await;
        if life % 2 == 0 {
            terminate(server.pid());
            let next = place.start();
            assert!(server.ended().await.success());
            server = next;
        } else {
            server.kill();
            server = place.start();
        }
        traffic.end_without_server().await;
        prove_answers(&place, &known).await;
        decisions += known.decided_count();
    }
    server.kill();
    prove_chain(&place, decisions);
    println!("{decisions} decisions in {period} periods");
}
