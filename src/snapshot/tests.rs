//! The stored form, each flag and each limit, by example; the laws are in `laws`.

mod laws;
mod seeds;

use chrono::{NaiveDate, TimeZone};

use super::*;
use crate::calendar::Zone;
use crate::id::SubjectKeyId;
use crate::limits;
use crate::seal::SealError;

const NOW: i64 = 1_700_000_000;
const DAY: i64 = 86_400;

fn at(seconds: i64) -> DateTime<Utc> {
    Utc.timestamp_opt(seconds, 0).unwrap()
}

/// Any content in the stored form.
fn stored(content: &[u8]) -> Vec<u8> {
    let (key, max) = (SubjectKeyId::plain(), limits::SNAPSHOT_BYTES_MAX);
    crate::seal::seal(&key, &[7; 32], content, max).unwrap()
}

fn encode(snapshot: &Snapshot) -> Vec<u8> {
    seal(snapshot, [7; 32]).unwrap().bytes.to_vec()
}

#[test]
fn the_content_begins_with_its_version() {
    let snapshot = freeze(plain(), Zone::default());
    let canonical = postcard::to_stdvec(&snapshot).unwrap();
    let versioned = |version: u8| [&[version], canonical.as_slice()].concat();
    assert_eq!(encode(&snapshot), stored(&versioned(1)));
    assert_eq!(decode(&stored(&versioned(1))), Ok(snapshot));
    let later = decode(&stored(&versioned(2)));
    assert_eq!(later, Err(SnapshotError::UnknownVersion(2)));
    let empty = decode(&stored(b""));
    assert_eq!(empty, Err(SnapshotError::Damaged("is empty")));
    let trailing = decode(&stored(&[versioned(1), vec![0]].concat()));
    let after_its_end = SnapshotError::Damaged("has bytes after its end");
    assert_eq!(trailing, Err(after_its_end));
    let mut longer = stored(&versioned(1));
    longer.push(0);
    assert_eq!(
        decode(&longer),
        Err(SnapshotError::Seal(SealError::Changed))
    );
}

#[test]
fn the_bytes_are_made_once_and_read_back_with_their_hash() {
    let snapshot = freeze(plain(), Zone::default());
    let frozen = Frozen::new(snapshot.clone(), [7; 32]).unwrap();
    assert_eq!(frozen.snapshot(), &snapshot);
    assert_eq!(frozen.sealed(), &seal(&snapshot, [7; 32]).unwrap());
    assert_eq!(Frozen::read(&frozen.sealed().bytes), Ok(frozen));
}

#[test]
fn what_says_that_it_is_larger_than_any_snapshot_is_refused() {
    let max = limits::SNAPSHOT_BYTES_MAX;
    let too_large = vec![0; max + 1];
    let (key, none) = (SubjectKeyId::plain(), crate::seal::NO_SALT);
    let hostile = crate::seal::seal(&key, &none, &too_large, max + 1).unwrap();
    let refused = SnapshotError::Seal(SealError::TooLarge { max });
    assert_eq!(decode(&hostile), Err(refused));
}

#[test]
fn the_largest_history_fits_into_the_largest_snapshot() {
    // A row of full length, times the rows, with room for all else.
    let mut row = transaction(1, -1, "posted");
    row.id = TransactionId::parse(&format!("fctxn_{}", "x".repeat(122))).unwrap();
    row.description = "x".repeat(limits::DESCRIPTION_BYTES_MAX);
    row.amount = i64::MIN;
    row.posted_at = Some(row.transacted_at);
    row.void_at = Some(row.transacted_at);
    row.currency = "EUR".parse().unwrap();
    let bytes = postcard::to_stdvec(&Transactions::from(vec![row]))
        .unwrap()
        .len();
    assert!(bytes * limits::TRANSACTIONS_MAX < limits::SNAPSHOT_BYTES_MAX - 1024 * 1024);
}

fn transaction(day: i64, amount: i64, status: &str) -> Transaction {
    Transaction {
        id: TransactionId::parse(&format!("fctxn_{day}")).unwrap(),
        amount,
        currency: Currency::USD,
        description: "COFFEE".to_owned(),
        status: TransactionStatus::from_word(status),
        transacted_at: at(NOW - day * DAY),
        posted_at: (status == "posted").then(|| at(NOW - day * DAY)),
        void_at: None,
    }
}

fn rows(fetched: &mut Fetched) -> &mut Vec<(Transaction, Option<DateTime<Utc>>)> {
    match &mut fetched.transactions {
        Part::Known(rows) => rows,
        Part::Absent(why) => panic!("{why:?}"),
    }
}

/// An account with nothing doubtful about it: ninety days, and a pending row that proves the sign.
fn plain() -> Fetched {
    let mut history: Vec<_> = (1..90)
        .map(|day| transaction(day, -100, "posted"))
        .collect();
    history.push(transaction(0, -250, "pending"));
    let permissions = ["balances", "ownership", "transactions"];
    Fetched {
        account: Account {
            id: AccountId::parse("fca_1").unwrap(),
            category: Category::Cash,
            subcategory: Subcategory::Checking,
            institution: "Test Bank".to_owned(),
            last4: None,
            display_name: None,
            status: Status::Active,
            permissions: permissions.map(Permission::from_word).into(),
            livemode: false,
            payment_methods: BTreeSet::new(),
            connected_account: None,
        },
        balance: Part::Known(Balance {
            as_of: at(NOW - 60),
            current: BTreeMap::from([(Currency::USD, 1_000)]),
            available: Some(BTreeMap::from([(Currency::USD, 750)])),
            used: None,
        }),
        owners: Part::Known(vec![]),
        transactions: Part::Known(
            history
                .into_iter()
                .map(|row| (row, Some(at(NOW))))
                .collect(),
        ),
        flags: BTreeSet::new(),
        fetched_at: at(NOW),
        refreshed: Default::default(),
        transaction_refresh: None,
        earlier_balance: None,
    }
}

/// The flags of the plain account once it is changed.
fn flagged(change: impl FnOnce(&mut Fetched)) -> Vec<QualityFlag> {
    let mut fetched = plain();
    change(&mut fetched);
    freeze(fetched, Zone::default()).flags.into_iter().collect()
}

fn as_of(fetched: &mut Fetched, seconds: i64) {
    if let Part::Known(balance) = &mut fetched.balance {
        balance.as_of = at(seconds);
    }
}

fn available(fetched: &mut Fetched, amount: Option<i64>) {
    if let Part::Known(balance) = &mut fetched.balance {
        balance.available = amount.map(|amount| BTreeMap::from([(Currency::USD, amount)]));
    }
}

#[test]
fn nothing_doubtful_has_no_flag() {
    assert_eq!(flagged(|_| {}), []);
}

#[test]
fn each_doubt_has_its_flag() {
    use QualityFlag as Flag;
    assert_eq!(flagged(|f| as_of(f, NOW - DAY)), []);
    assert_eq!(flagged(|f| as_of(f, NOW - DAY - 1)), [Flag::StaleBalance]);
    assert_eq!(
        flagged(|f| f.flags.extend([Flag::HistoryCut])),
        [Flag::HistoryCut]
    );
    for (permission, flag) in [
        (Permission::Balances, Flag::NoBalancePermission),
        (Permission::Ownership, Flag::NoOwnershipPermission),
        (Permission::Transactions, Flag::NoTransactionsPermission),
    ] {
        assert_eq!(
            flagged(|f| f.account.permissions.retain(|kept| *kept != permission)),
            [flag]
        );
    }
    let status = |word: &str| flagged(|f| f.account.status = Status::from_word(word));
    assert_eq!(status("inactive"), [Flag::AccountInactive]);
    assert_eq!(status("disconnected"), [Flag::AccountDisconnected]);
    assert_eq!(status("asleep"), [Flag::UnknownValue]);
    let category = |word: &str| flagged(|f| f.account.category = Category::from_word(word));
    assert_eq!(category("crypto"), [Flag::UnknownValue]);
    let unknown = flagged(|f| f.account.subcategory = Subcategory::from_word("wallet"));
    assert_eq!(unknown, [Flag::UnknownValue]);
    let reversed = flagged(|f| rows(f)[0].0.status = TransactionStatus::from_word("reversed"));
    assert_eq!(reversed, [Flag::UnknownValue]);
    // 60 days are the first of the history to the day of fetching, both included.
    let since = |days: i64| {
        flagged(|f| rows(f).retain(|(row, _)| row.transacted_at > at(NOW - days * DAY)))
    };
    assert_eq!(since(60), []);
    assert_eq!(since(59), [Flag::ShortHistory]);
    assert_eq!(
        flagged(|f| rows(f).clear()),
        [Flag::ShortHistory, Flag::SignUnproven]
    );
    assert_eq!(flagged(|f| available(f, None)), [Flag::SignUnproven]);
    assert_eq!(flagged(|f| available(f, Some(1_000))), [Flag::SignUnproven]);
    assert_eq!(flagged(|f| available(f, Some(1_250))), [Flag::SignConflict]);
    let absent = flagged(|f| f.transactions = Part::Absent(Absence::NotReady));
    assert_eq!(absent, [], "what is not there is not doubtful");
}

#[test]
fn the_newest_version_of_an_id_is_kept() {
    let version = |amount: i64, status: &str, updated: i64| {
        (transaction(5, amount, status), Some(at(updated)))
    };
    let frozen = |versions: Vec<(Transaction, Option<DateTime<Utc>>)>| {
        let mut fetched = plain();
        rows(&mut fetched).retain(|(row, _)| row.id.as_str() != "fctxn_5");
        rows(&mut fetched).extend(versions);
        let snapshot = freeze(fetched, Zone::default());
        let rows = snapshot.transactions.known().unwrap();
        let kept: Vec<_> = rows.iter().filter(|row| row.id == "fctxn_5").collect();
        assert_eq!(kept.len(), 1);
        (
            kept[0].amount,
            kept[0].status.clone(),
            snapshot.flags.contains(&QualityFlag::DuplicateConflict),
        )
    };
    let posted = TransactionStatus::Posted;
    let void = TransactionStatus::Void;
    let twice = vec![version(-9, "posted", NOW), version(-9, "posted", NOW)];
    assert_eq!(
        frozen(twice),
        (-9, posted.clone(), false),
        "a repeat is no conflict"
    );
    let moved_on = vec![version(-9, "posted", NOW), version(-9, "pending", NOW - 60)];
    assert_eq!(
        frozen(moved_on),
        (-9, posted.clone(), false),
        "nor is posting"
    );
    let amount = vec![version(-9, "pending", NOW - 60), version(-8, "posted", NOW)];
    assert_eq!(frozen(amount), (-8, posted, true), "another amount is");
    let at_once = vec![version(-9, "pending", NOW), version(-9, "void", NOW)];
    assert_eq!(
        frozen(at_once),
        (-9, void, true),
        "so are two states at one time"
    );
}

#[test]
fn two_contents_at_one_time_freeze_alike_in_either_order() {
    let changes: [fn(&mut Transaction); 7] = [
        |row| row.amount = -8,
        |row| row.currency = "EUR".parse().unwrap(),
        |row| row.description = "TEA".to_owned(),
        |row| row.status = TransactionStatus::Void,
        |row| row.transacted_at = at(NOW - 6 * DAY),
        |row| row.posted_at = None,
        |row| row.void_at = Some(at(NOW)),
    ];
    for (number, change) in changes.iter().enumerate() {
        let one = transaction(5, -9, "posted");
        let mut other = one.clone();
        change(&mut other);
        let frozen = |versions: [&Transaction; 2]| {
            let mut fetched = plain();
            *rows(&mut fetched) = versions.map(|row| (row.clone(), Some(at(NOW)))).into();
            freeze(fetched, Zone::default())
        };
        let snapshot = frozen([&one, &other]);
        assert_eq!(snapshot, frozen([&other, &one]), "change {number}");
        let conflict = QualityFlag::DuplicateConflict;
        assert!(snapshot.flags.contains(&conflict), "change {number}");
    }
}

#[test]
fn void_rows_are_kept_but_cover_nothing() {
    let mut fetched = plain();
    rows(&mut fetched).push((transaction(300, -1, "void"), Some(at(NOW))));
    let snapshot = freeze(fetched, Zone::default());
    let rows = snapshot.transactions.known().unwrap();
    let first = rows.iter().next().unwrap();
    assert_eq!(*first.status, TransactionStatus::Void);
    assert_eq!(snapshot.coverage.unwrap().days(), 90);
}

#[test]
fn coverage_runs_from_the_first_row_to_the_day_of_fetching() {
    let snapshot = freeze(plain(), Zone::default());
    let day = |month, day| NaiveDate::from_ymd_opt(2023, month, day).unwrap();
    let expected = Coverage {
        first: day(8, 17),
        last: day(11, 14),
    };
    assert_eq!(snapshot.coverage, Some(expected));
    assert_eq!(expected.days(), 90);
    // A fetch at midnight UTC is an evening in New York, although a bank's date is not.
    let mut fetched = plain();
    fetched.fetched_at = Utc.with_ymd_and_hms(2023, 11, 15, 0, 0, 0).unwrap();
    let last = freeze(fetched, Zone::default()).coverage.unwrap().last;
    assert_eq!(last, day(11, 14));
    // A row from the future cannot turn the coverage around.
    let mut fetched = plain();
    let mut future = transaction(1, -1, "posted");
    future.transacted_at = at(NOW + 5 * DAY);
    *rows(&mut fetched) = vec![(future, Some(at(NOW)))];
    assert_eq!(freeze(fetched, Zone::default()).coverage.unwrap().days(), 1);
}

#[test]
fn rows_are_limited_below_at_and_above() {
    let frozen = |count: usize| {
        let mut fetched = plain();
        let row = |number: usize| {
            let mut row = transaction(1, -1, "posted");
            row.id = TransactionId::parse(&format!("fctxn_{number:06}")).unwrap();
            row.transacted_at = at(NOW - DAY + i64::try_from(number).unwrap());
            (row, Some(at(NOW)))
        };
        *rows(&mut fetched) = (0..count).map(row).collect();
        let snapshot = freeze(fetched, Zone::default());
        let rows = snapshot.transactions.known().unwrap();
        let first = rows.iter().next().unwrap().id.to_owned();
        (
            rows.len(),
            first,
            snapshot.flags.contains(&QualityFlag::HistoryCut),
        )
    };
    let max = limits::TRANSACTIONS_MAX;
    assert_eq!(frozen(max - 1), (max - 1, "fctxn_000000".to_owned(), false));
    assert_eq!(frozen(max), (max, "fctxn_000000".to_owned(), false));
    assert_eq!(
        frozen(max + 1),
        (max, "fctxn_000001".to_owned(), true),
        "the oldest goes"
    );
}

#[test]
fn texts_owners_and_currencies_are_limited() {
    let cut = |bytes: usize| {
        let mut fetched = plain();
        // Two bytes each, so that an odd limit falls into a character.
        rows(&mut fetched)[0].0.description = format!("x{}", "é".repeat((bytes - 1) / 2));
        fetched.account.institution = "x".repeat(bytes);
        let snapshot = freeze(fetched, Zone::default());
        let rows = snapshot.transactions.known().unwrap();
        let row = rows.iter().find(|row| row.description != "COFFEE").unwrap();
        (row.description.len(), snapshot.account.institution.len())
    };
    assert_eq!(
        cut(limits::TEXT_BYTES_MAX - 1).1,
        limits::TEXT_BYTES_MAX - 1
    );
    assert_eq!(cut(limits::TEXT_BYTES_MAX).1, limits::TEXT_BYTES_MAX);
    assert_eq!(cut(limits::TEXT_BYTES_MAX + 1).1, limits::TEXT_BYTES_MAX);
    assert_eq!(cut(limits::DESCRIPTION_BYTES_MAX - 1).0, 999);
    assert_eq!(
        cut(limits::DESCRIPTION_BYTES_MAX + 1).0,
        999,
        "never within a character"
    );

    for count in [
        limits::OWNERS_MAX - 1,
        limits::OWNERS_MAX,
        limits::OWNERS_MAX + 1,
    ] {
        let mut fetched = plain();
        let owner = |number: usize| Owner {
            name: format!("Jane Roe {number}"),
            email: None,
            phone: None,
            raw_address: None,
        };
        fetched.owners = Part::Known((0..count).map(owner).collect());
        let snapshot = freeze(fetched, Zone::default());
        let expected = count.min(limits::OWNERS_MAX);
        assert_eq!(snapshot.owners.known().unwrap().len(), expected);
    }
    for count in [limits::CURRENCIES_MAX, limits::CURRENCIES_MAX + 1] {
        let mut fetched = plain();
        let code = |number: usize| format!("A{}{}", letter(number / 26), letter(number % 26));
        let current = (0..count)
            .map(|number| (code(number).parse().unwrap(), 1))
            .collect();
        fetched.balance = Part::Known(Balance {
            as_of: at(NOW),
            current,
            available: None,
            used: None,
        });
        let snapshot = freeze(fetched, Zone::default());
        let kept = snapshot.balance.known().unwrap().current.len();
        assert_eq!(kept, limits::CURRENCIES_MAX);
        let flagged = snapshot.flags.contains(&QualityFlag::UnknownBalance);
        assert_eq!(flagged, count > limits::CURRENCIES_MAX);
    }
}

fn letter(number: usize) -> char {
    char::from(b'A' + u8::try_from(number).unwrap())
}

#[test]
fn what_is_personal_is_not_shown() {
    let mut fetched = plain();
    fetched.owners = Part::Known(vec![Owner {
        name: "Jane Roe".to_owned(),
        email: Some("jane@example.com".to_owned()),
        phone: None,
        raw_address: None,
    }]);
    let shown = format!("{:?}", freeze(fetched, Zone::default()));
    assert!(!shown.contains("Jane") && !shown.contains("jane") && !shown.contains("COFFEE"));
}
