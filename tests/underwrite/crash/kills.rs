//! Kills at random moments, on disks that are well and on disks that fail.

use std::hash::{BuildHasher, Hasher};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::task::JoinSet;

use super::disk::Disk;
use super::place::Place;
use super::proof::{prove_answers, prove_backups, prove_ledger};
use super::traffic::{Known, PAUSE, Traffic};
use crate::baseline::random::Random;

/// How often a server is killed where `KILLS` does not say otherwise.
const KILLS: usize = 30;
/// Kills of one ledger: each is proven as a whole in the end.
const KILLS_OF_ONE: usize = 15;
/// Ledgers whose servers are killed at the same time.
const AT_ONCE: usize = 3;

/// What the kills of one ledger came to.
#[derive(Default)]
struct Sum {
    decisions: usize,
    pending: usize,
    broken_off: usize,
    refused: usize,
    backups: usize,
}

fn seed() -> u64 {
    let given = std::env::var("CRASH_SEED").map(|text| text.parse().unwrap());
    given.unwrap_or_else(|_| std::hash::RandomState::new().build_hasher().finish())
}

fn milliseconds(random: &mut Random, least: i64, most: i64) -> Duration {
    Duration::from_millis(u64::try_from(random.between(least, most)).unwrap())
}

/// One life of a server: traffic, perhaps a disk that fails and perhaps is mended, and a kill.
async fn one_life(place: &Place, known: &Arc<Known>, round: usize, random: &mut Random) {
    let server = place.start();
    let mut traffic = Traffic::start(place, known, &round.to_string(), PAUSE);
    tokio::time::sleep(milliseconds(random, 100, 700)).await;
    if random.percent(60) {
        let patience = milliseconds(random, 100, 3_000);
        traffic.back_up(place, &round.to_string(), patience);
    }
    let fails = place.disk.can_fail() && random.percent(75);
    if fails {
        let bytes = u64::try_from(random.between(0, 30_000)).unwrap();
        place.disk.fail(&server, bytes);
    }
    tokio::time::sleep(milliseconds(random, 0, 700)).await;
    if fails && random.percent(50) {
        place.disk.mend(&server);
        tokio::time::sleep(milliseconds(random, 0, 300)).await;
    }
    server.kill();
    traffic.end_without_server().await;
    // A disk without room is not one that a server starts on.
    if let Disk::Small(disk) = &place.disk {
        disk.free();
    }
}

/// On a disk that can only be read no server starts, and everything can be read.
fn prove_read_only(place: &Place, known: &Known) {
    let Disk::Small(disk) = &place.disk else {
        return;
    };
    disk.remount("ro");
    assert!(place.try_start().is_err(), "it starts");
    let (code, told) = place.run(&place.data, &["ledger", "verify"]);
    assert_eq!(code, Some(0), "{told:#}");
    if let Some((_, decision)) = known.decided().first_key_value() {
        let words = ["decisions", "show", &decision.id];
        let (code, told) = place.run(&place.data, &words);
        assert_eq!((code, &told["id"]), (Some(0), &decision.id.clone().into()));
    }
    disk.remount("rw");
}

/// So many kills of servers on one ledger, and the proof.
async fn kills_of_one(mut place: Place, kills: usize, random: &mut Random) -> Sum {
    let known = Arc::new(Known::default());
    let mut backups = 0;
    for round in 0..kills {
        // One that can be armed puts its log into the file at every commit; otherwise the log grows,
        // and needs the room that a small disk does not have.
        place.can_be_armed = !matches!(place.disk, Disk::Small(_)) && random.percent(50);
        one_life(&place, &known, round, random).await;
        backups += prove_backups(&place, known.take_backups());
        if round % 5 == 2 {
            prove_read_only(&place, &known);
        }
    }
    let pending = known.pending().len();
    let server = place.start();
    prove_answers(&place, &known).await;
    // The last one is killed too: what follows reads what a killed process left.
    server.kill();
    prove_ledger(&place, &known);
    Sum {
        decisions: known.decided_count(),
        pending,
        broken_off: known.broken_off.load(Ordering::SeqCst),
        refused: known.refused.load(Ordering::SeqCst),
        backups,
    }
}

/// The kills of the ledger of that number: whose disk is well, or fails in one way or another.
async fn kills_of(number: usize, kills: usize, seed: u64) -> Sum {
    let (on, place) = match number % 3 {
        0 => ("a disk that is well", Place::new(Disk::Well).await),
        1 => ("limited files", Place::new(Disk::Limited).await),
        _ => ("a small disk", Place::on_small_disk().await),
    };
    let seed = seed.wrapping_add(u64::try_from(number).unwrap());
    let sum = kills_of_one(place, kills, &mut Random::new(seed)).await;
    println!(
        "{kills} kills on {on}: {} decisions, {} told to be pending, {} backups, {} calls broken \
         off, {} refused by the ledger",
        sum.decisions, sum.pending, sum.backups, sum.broken_off, sum.refused
    );
    assert!(sum.broken_off >= kills, "the kills hit idle servers");
    sum
}

#[tokio::test(flavor = "multi_thread")]
async fn kills_under_load_lose_and_double_nothing_that_was_acknowledged() {
    let kills = std::env::var("KILLS").map_or(KILLS, |text| text.parse().unwrap());
    let seed = seed();
    println!("CRASH_SEED={seed}");
    let of_one = KILLS_OF_ONE.min(kills.div_ceil(AT_ONCE));
    let (mut running, mut all) = (JoinSet::new(), Vec::new());
    for number in 0..kills.div_ceil(of_one) {
        if running.len() == AT_ONCE
            && let Some(ended) = running.join_next().await
        {
            all.push(ended.unwrap());
        }
        let left = kills - number * of_one;
        running.spawn(kills_of(number, of_one.min(left), seed));
    }
    while let Some(ended) = running.join_next().await {
        all.push(ended.unwrap());
    }
    // Few kills may miss what is rare.
    if kills >= KILLS {
        let some = |of: fn(&Sum) -> usize| all.iter().map(of).sum::<usize>() > 0;
        // How often a caller is told so, and how soon a disk is full, goes by how busy the machine is.
        let long = kills > KILLS;
        assert!(!long || some(|sum| sum.pending), "nothing was pending");
        assert!(!long || some(|sum| sum.refused), "no disk failed");
        assert!(some(|sum| sum.backups), "no backup was finished");
    }
}
