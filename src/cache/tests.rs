use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use chrono::TimeZone;
use tempfile::TempDir;

use super::*;
use crate::calendar::Zone;
use crate::snapshot::{
    Absence, Account, Category, Fetched, Part, Status, Subcategory, Transaction, TransactionStatus,
    freeze,
};

pub(super) const NOW: i64 = 1_700_000_000;
const HOUR: Duration = Duration::from_secs(3_600);

pub(super) fn at(seconds: i64) -> DateTime<Utc> {
    Utc.timestamp_opt(seconds, 0).unwrap()
}

fn tenant(name: &str) -> TenantId {
    TenantId::parse(name).unwrap()
}

fn account(number: usize) -> AccountId {
    AccountId::parse(&format!("fca_{number}")).unwrap()
}

pub(super) fn snapshot(number: usize, fetched_at: i64) -> Frozen {
    with_rows(number, fetched_at, vec![])
}

fn with_rows(
    number: usize,
    fetched_at: i64,
    rows: Vec<(Transaction, Option<DateTime<Utc>>)>,
) -> Frozen {
    let fetched = Fetched {
        account: Account {
            id: account(number),
            category: Category::Cash,
            subcategory: Subcategory::Checking,
            institution: "Test Bank".to_owned(),
            last4: None,
            display_name: None,
            status: Status::Active,
            permissions: BTreeSet::new(),
            livemode: false,
            payment_methods: BTreeSet::new(),
            connected_account: None,
        },
        balance: Part::Absent(Absence::NoPermission),
        owners: Part::Absent(Absence::NoPermission),
        transactions: Part::Known(rows),
        flags: BTreeSet::new(),
        fetched_at: at(fetched_at),
        refreshed: Default::default(),
        transaction_refresh: None,
        earlier_balance: None,
    };
    Frozen::new(freeze(fetched, Zone::default()), [7; 32]).unwrap()
}

fn open(directory: &TempDir) -> Cache {
    Cache::open(directory.path()).unwrap()
}

fn get(cache: &Cache, number: usize) -> Option<Frozen> {
    let found = cache.get(&tenant("t"), &account(number), at(NOW), HOUR);
    found.map(Arc::unwrap_or_clone)
}

fn db(directory: &TempDir) -> std::path::PathBuf {
    directory.path().join("db")
}

#[test]
fn what_is_put_comes_back_now_and_after_reopening() {
    let directory = TempDir::new().unwrap();
    let cache = open(&directory);
    assert_eq!(cache.store.entries_max, limits::CACHE_ENTRIES_MAX);
    assert!(cache.is_empty());
    assert_eq!(get(&cache, 1), None);
    assert!(cache.put(&tenant("t"), &snapshot(1, NOW)));
    assert_eq!(get(&cache, 1), Some(snapshot(1, NOW)));
    assert_eq!(get(&cache, 2), None);
    drop(cache);
    let cache = open(&directory);
    assert_eq!(cache.len(), 1);
    assert_eq!(get(&cache, 1), Some(snapshot(1, NOW)));
    cache.remove(&tenant("t"), &account(1));
    cache.remove(&tenant("t"), &account(2));
    assert_eq!(get(&cache, 1), None);
    assert!(cache.is_empty());
    assert!(!cache.is_bypassed());
}

#[test]
fn what_was_read_is_at_hand_until_it_changes() {
    let directory = TempDir::new().unwrap();
    let cache = open(&directory);
    let at_hand = |now: i64| {
        cache
            .recent(&tenant("t"), &account(1), at(now), HOUR)
            .map(Arc::unwrap_or_clone)
    };
    cache.put(&tenant("t"), &snapshot(1, NOW - 60));
    assert_eq!(at_hand(NOW), None, "nobody asked for it");
    assert!(get(&cache, 1).is_some());
    assert_eq!(at_hand(NOW), Some(snapshot(1, NOW - 60)));
    assert_eq!(at_hand(NOW + 3_540), None, "it grows old there, too");
    cache.put(&tenant("t"), &snapshot(1, NOW));
    assert_eq!(at_hand(NOW), None);
    assert_eq!(get(&cache, 1), Some(snapshot(1, NOW)));
    cache.remove(&tenant("t"), &account(1));
    assert_eq!(at_hand(NOW), None);
    cache.put(&tenant("t"), &snapshot(1, NOW));
    assert!(get(&cache, 1).is_some());
    assert_eq!(cache.sweep(at(NOW + 3_600), HOUR), 1);
    assert_eq!(at_hand(NOW), None);
    cache.put(&tenant("t"), &snapshot(1, NOW));
    assert!(get(&cache, 1).is_some());
    cache.store.fail();
    assert_eq!(at_hand(NOW), None, "once the store has failed");
}

#[cfg(unix)]
#[test]
fn nobody_else_can_look_into_it() {
    use std::os::unix::fs::PermissionsExt;
    let directory = TempDir::new().unwrap();
    let _cache = open(&directory);
    let mode = fs::metadata(db(&directory)).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o700);
}

#[test]
fn tenants_do_not_see_each_other() {
    let directory = TempDir::new().unwrap();
    let cache = open(&directory);
    cache.put(&tenant("a"), &snapshot(1, NOW));
    assert_eq!(cache.get(&tenant("b"), &account(1), at(NOW), HOUR), None);
    cache.remove(&tenant("b"), &account(1));
    assert!(
        cache
            .get(&tenant("a"), &account(1), at(NOW), HOUR)
            .is_some()
    );
}

#[test]
fn a_snapshot_is_used_up_to_its_age() {
    let directory = TempDir::new().unwrap();
    let cache = open(&directory);
    cache.put(&tenant("t"), &snapshot(1, NOW));
    let found = |now: i64| {
        cache
            .get(&tenant("t"), &account(1), at(now), HOUR)
            .is_some()
    };
    assert!(found(NOW));
    assert!(found(NOW + 3_599));
    assert!(!found(NOW + 3_600));
    assert!(!found(NOW - 1), "from the future: a clock was turned");
    assert!(found(NOW), "a miss forgets nothing");
}

#[test]
fn the_newer_of_two_replaces_the_older() {
    let directory = TempDir::new().unwrap();
    let cache = open(&directory);
    cache.put(&tenant("t"), &snapshot(1, NOW - 60));
    cache.put(&tenant("t"), &snapshot(1, NOW));
    assert_eq!(cache.len(), 1);
    assert_eq!(get(&cache, 1), Some(snapshot(1, NOW)));
}

#[test]
fn the_number_is_limited_below_at_and_above() {
    let directory = TempDir::new().unwrap();
    let cache = Cache::open_with(directory.path(), 3).unwrap();
    // Not put in the order of time: the second is the oldest.
    for (number, age) in [(1, 30), (2, 40), (3, 20)] {
        assert!(cache.put(&tenant("t"), &snapshot(number, NOW - age)));
    }
    assert_eq!(cache.len(), 3);
    assert!(cache.put(&tenant("t"), &snapshot(4, NOW - 10)));
    assert_eq!(cache.len(), 3);
    let kept: Vec<bool> = (1..=4)
        .map(|number| get(&cache, number).is_some())
        .collect();
    assert_eq!(kept, [true, false, true, true]);
    // One that is older than all the others has no place at all.
    assert!(!cache.put(&tenant("t"), &snapshot(5, NOW - 50)));
    assert_eq!(get(&cache, 5), None);
    drop(cache);
    let cache = Cache::open_with(directory.path(), 1).unwrap();
    assert_eq!(cache.len(), 1, "a smaller limit holds for what is there");
    assert!(get(&cache, 4).is_some());
}

#[test]
fn the_size_is_limited_below_at_and_above() {
    let key = b"key";
    let overhead = entry::seal(key, at(NOW), b"").unwrap().len();
    let room = limits::CACHE_VALUE_BYTES_MAX - overhead;
    let fits = |bytes: usize| entry::seal(key, at(NOW), &vec![0; bytes]).is_some();
    assert!(fits(room - 1) && fits(room) && !fits(room + 1));

    // Descriptions that do not compress: more than the limit.
    let row = |number: u32| {
        let noise = blake3::hash(&number.to_le_bytes()).to_hex();
        let row = Transaction {
            id: crate::id::TransactionId::parse(&format!("fctxn_{noise}")).unwrap(),
            amount: i64::from(number),
            currency: crate::money::Currency::USD,
            description: noise.to_string(),
            status: TransactionStatus::Posted,
            transacted_at: at(NOW),
            posted_at: None,
            void_at: None,
        };
        (row, Some(at(NOW)))
    };
    let directory = TempDir::new().unwrap();
    let cache = open(&directory);
    assert!(cache.put(&tenant("t"), &snapshot(1, NOW - 60)));
    let large = with_rows(1, NOW, (0..3_000).map(row).collect());
    assert!(!cache.put(&tenant("t"), &large));
    assert_eq!(
        get(&cache, 1),
        None,
        "what was there is older than what there is"
    );
    assert!(!cache.is_bypassed());
}

#[test]
fn what_is_old_is_swept() {
    let directory = TempDir::new().unwrap();
    let cache = open(&directory);
    for (number, age) in [(1, 3_601), (2, 3_600), (3, 3_599), (4, -10)] {
        cache.put(&tenant("t"), &snapshot(number, NOW - age));
    }
    assert_eq!(cache.sweep(at(NOW), HOUR), 2);
    assert_eq!(cache.len(), 2);
    assert_eq!(cache.sweep(at(NOW), HOUR), 0);
    assert_eq!(cache.sweep(at(NOW), Duration::MAX), 0);
    assert!(get(&cache, 3).is_some());
}

#[test]
fn every_flipped_byte_is_a_miss() {
    let key = entry::key(&tenant("t"), &account(1));
    let frozen = snapshot(1, NOW);
    let value = entry::seal(&key, at(NOW), &frozen.sealed().bytes).unwrap();
    assert!(entry::open(&key, &value).is_some());
    for place in 0..value.len() {
        let mut damaged = value.clone();
        damaged[place] ^= 1;
        assert!(entry::open(&key, &damaged).is_none(), "byte {place}");
        assert!(
            entry::open(&key, &value[..place]).is_none(),
            "cut at {place}"
        );
    }
    let other = entry::key(&tenant("t"), &account(2));
    assert!(entry::open(&other, &value).is_none(), "of another account");
}

#[test]
fn a_damaged_value_is_a_miss_and_can_be_replaced() {
    let directory = TempDir::new().unwrap();
    let cache = open(&directory);
    cache.put(&tenant("t"), &snapshot(1, NOW - 60));
    let key = entry::key(&tenant("t"), &account(1));
    cache.store.damage(&key);
    assert_eq!(get(&cache, 1), None);
    assert!(cache.put(&tenant("t"), &snapshot(1, NOW)));
    assert_eq!(get(&cache, 1), Some(snapshot(1, NOW)));
    assert_eq!(cache.len(), 1);
    assert_eq!(
        cache.sweep(at(NOW + 10_000), HOUR),
        1,
        "and has one place in the order"
    );
    assert!(cache.is_empty());
}

#[test]
fn keys_sort_by_time_and_never_meet() {
    let times = [i64::from(i32::MIN), -1, 0, 1, NOW];
    assert!(times.map(|time| entry::ordered(at(time))).is_sorted());
    let pair =
        |tenant_name: &str, number: usize| entry::key(&tenant(tenant_name), &account(number));
    let keys: BTreeMap<_, _> = [("a", 1), ("a", 11), ("afca_1", 1), ("b", 1)]
        .map(|(name, number)| (pair(name, number), ()))
        .into();
    assert_eq!(keys.len(), 4);
    let key = pair("a", 1);
    assert_eq!(
        entry::key_of(&entry::place(at(-5), &key)),
        Some(key.as_slice())
    );
}

#[test]
fn a_directory_has_one_user() {
    let directory = TempDir::new().unwrap();
    let first = open(&directory);
    first.put(&tenant("t"), &snapshot(1, NOW));
    let error = Cache::open(directory.path()).unwrap_err();
    assert_eq!(error.code(), "cache_in_use");
    assert!(get(&first, 1).is_some(), "the first is not disturbed");
    drop(first);
    assert!(get(&open(&directory), 1).is_some());
}

#[test]
fn a_half_written_recovery_snapshot_is_no_obstacle() {
    let directory = TempDir::new().unwrap();
    let cache = open(&directory);
    cache.put(&tenant("t"), &snapshot(1, NOW));
    drop(cache);
    fs::write(
        db(&directory).join("snap.00000000000000FF.generating"),
        b"torn",
    )
    .unwrap();
    let cache = open(&directory);
    assert_eq!(
        get(&cache, 1),
        Some(snapshot(1, NOW)),
        "and nothing is lost"
    );
}

#[test]
fn garbage_is_cleared_and_the_cache_starts_empty() {
    let spoil: [fn(&std::path::Path); 4] = [
        |db| fs::write(db.join("conf"), b"garbage").unwrap(),
        |db| fs::write(db.join("snap.0000000000000001"), b"garbage").unwrap(),
        |db| {
            let bytes = fs::read(db.join("db")).unwrap();
            fs::write(db.join("db"), vec![0xA5; bytes.len()]).unwrap();
        },
        |db| {
            fs::remove_dir_all(db).unwrap();
            fs::write(db, b"a file").unwrap();
        },
    ];
    for (number, spoil) in spoil.iter().enumerate() {
        let directory = TempDir::new().unwrap();
        let cache = open(&directory);
        cache.put(&tenant("t"), &snapshot(1, NOW));
        drop(cache);
        spoil(&db(&directory));
        let cache = open(&directory);
        // Whatever sled could save is whole; and the cache works.
        assert!(
            get(&cache, 1).is_none_or(|found| found == snapshot(1, NOW)),
            "{number}"
        );
        assert!(cache.put(&tenant("t"), &snapshot(2, NOW)), "{number}");
        assert_eq!(get(&cache, 2), Some(snapshot(2, NOW)), "{number}");
    }
}

#[test]
fn a_directory_that_vanishes_in_use_disturbs_nobody() {
    let directory = TempDir::new().unwrap();
    let cache = open(&directory);
    cache.put(&tenant("t"), &snapshot(1, NOW));
    fs::remove_dir_all(directory.path()).unwrap();
    for number in 0..200 {
        cache.put(&tenant("t"), &snapshot(number, NOW));
        let found = get(&cache, number);
        assert!(found.is_none_or(|found| found == snapshot(number, NOW)));
    }
    drop(cache);
    let again = Cache::open(directory.path()).unwrap();
    assert!(again.put(&tenant("t"), &snapshot(1, NOW)));
}

#[test]
fn a_place_that_cannot_be_written_is_an_error() {
    let directory = TempDir::new().unwrap();
    let file = directory.path().join("file");
    fs::write(&file, b"").unwrap();
    let error = Cache::open(&file).unwrap_err();
    assert_eq!(error.code(), "cache_unusable");
}

#[test]
fn a_failure_in_use_turns_the_cache_off() {
    let directory = TempDir::new().unwrap();
    let cache = open(&directory);
    cache.put(&tenant("t"), &snapshot(1, NOW));
    cache.store.fail();
    assert!(cache.is_bypassed());
    assert_eq!(get(&cache, 1), None);
    assert!(!cache.put(&tenant("t"), &snapshot(2, NOW)));
    assert_eq!((cache.len(), cache.sweep(at(NOW), HOUR)), (0, 0));
    drop(cache);
    assert!(
        get(&open(&directory), 1).is_some(),
        "opened again, it works"
    );
}
