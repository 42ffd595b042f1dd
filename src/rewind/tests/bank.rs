//! A made-up bank with a history of what was known when.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Duration, Utc};
use proptest::prelude::*;

use crate::calendar::{AsOf, Zone};
use crate::money::Currency;
use crate::snapshot::{
    Account, Balance, Category, Fetched, Part, Permission, QualityFlag, Refreshed, Status,
    Subcategory, Transaction, TransactionStatus,
};

/// No multiple of a minute: no time of the bank is midnight, which would be a date.
const START: i64 = 1_780_000_007;
const DAY: i64 = 24 * 60;
/// By then everything has become known.
const END: i64 = 120 * DAY;

fn time(minutes: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(START + minutes * 60, 0).unwrap()
}

/// A moment, so many minutes after the start.
pub(super) fn at(minutes: i64) -> AsOf {
    AsOf {
        instant: time(minutes),
        zone: Zone::default(),
    }
}

/// Moments to go back to.
pub(super) fn moments() -> impl Strategy<Value = i64> {
    DAY..60 * DAY
}

/// What the bank said of its rows, and when it said so.
#[derive(Debug, Clone)]
pub(super) struct Bank {
    rows: Vec<Vec<(Transaction, DateTime<Utc>)>>,
}

/// What is told of it afterwards.
#[derive(Debug, Clone, Copy)]
pub(super) struct Export {
    /// All that was ever said of each row, or the newest alone.
    pub(super) versions: bool,
    /// When the balance was computed.
    pub(super) balance: DateTime<Utc>,
    /// When that was told.
    pub(super) refreshed: DateTime<Utc>,
    /// Whether a currency of the balance, an owner and a row cannot be read.
    pub(super) unreadable: bool,
}

impl Export {
    /// What cannot be read, and when it was told: of the row that was in the end.
    pub(super) fn flags(&self) -> impl Iterator<Item = (QualityFlag, DateTime<Utc>)> + use<> {
        let told = [
            (QualityFlag::UnknownBalance, self.refreshed),
            (QualityFlag::UnknownOwner, owners_told(self.refreshed)),
            (QualityFlag::UnknownValue, time(END)),
        ];
        let unreadable = self.unreadable;
        told.into_iter().filter(move |_| unreadable)
    }
}

fn owners_told(refreshed: DateTime<Utc>) -> DateTime<Utc> {
    refreshed - Duration::days(1)
}

pub(super) fn export() -> impl Strategy<Value = Export> {
    let told = prop_oneof![Just(0), 0..5 * DAY];
    let given = (any::<bool>(), any::<bool>(), DAY..100 * DAY, told);
    given.prop_map(|(versions, unreadable, balance, later)| Export {
        versions,
        balance: time(balance),
        refreshed: time(balance + later),
        unreadable,
    })
}

/// How a row goes, in minutes.
#[derive(Debug, Clone)]
struct Course {
    made: i64,
    amount: i64,
    /// Whether it is pending first.
    pending: bool,
    ends: Ends,
    /// From when it is made to its end.
    lasts: i64,
    /// From when something happens to when it is known; the end may be told ahead.
    first_known: i64,
    end_known: i64,
    /// What is corrected, and how long after all else.
    edit: Option<(i64, i64, bool)>,
}

#[derive(Debug, Clone, Copy)]
enum Ends {
    Posted,
    Void,
    Open,
}

fn course(late: bool) -> BoxedStrategy<Course> {
    let lag = |longest: i64| match late {
        true => prop_oneof![2 => Just(0), 1 => 0..longest].boxed(),
        false => Just(0).boxed(),
    };
    let ahead = match late {
        true => prop_oneof![3 => Just(0), 1 => -DAY..0].boxed(),
        false => Just(0).boxed(),
    };
    let edit = match late {
        true => {
            let edit = (
                0..20 * DAY,
                prop_oneof![Just(0), -900..900_i64],
                any::<bool>(),
            );
            proptest::option::weighted(0.3, edit).boxed()
        }
        false => Just(None).boxed(),
    };
    let ends = prop_oneof![6 => Just(Ends::Posted), 1 => Just(Ends::Void), 1 => Just(Ends::Open)];
    let happens = (
        0..70 * DAY,
        -20_000..20_000_i64,
        any::<bool>(),
        ends,
        0..5 * DAY,
    );
    let told = (lag(10 * DAY), lag(8 * DAY), ahead, edit);
    (happens, told)
        .prop_map(
            |((made, amount, pending, ends, lasts), (first_known, end_late, ahead, edit))| Course {
                made,
                amount,
                pending,
                ends,
                lasts,
                first_known,
                end_known: end_late + ahead,
                edit,
            },
        )
        .boxed()
}

fn history(number: usize, course: Course) -> Vec<(Transaction, DateTime<Utc>)> {
    let first = Transaction {
        id: format!("fctxn_{number}").parse().unwrap(),
        amount: course.amount,
        currency: Currency::USD,
        description: format!("SHOP {number}"),
        status: TransactionStatus::Pending,
        transacted_at: time(course.made),
        posted_at: None,
        void_at: None,
    };
    let (mut known, end) = (course.made + course.first_known, course.made + course.lasts);
    let mut said = Vec::new();
    let is_pending = course.pending || !matches!(course.ends, Ends::Posted);
    if is_pending {
        said.push((first.clone(), time(known)));
        known += 1;
    }
    let mut last = first;
    let ended = known.max(end + course.end_known);
    match course.ends {
        Ends::Open => {}
        Ends::Posted => {
            last.status = TransactionStatus::Posted;
            last.posted_at = Some(time(end));
            said.push((last.clone(), time(ended)));
        }
        Ends::Void => {
            last.status = TransactionStatus::Void;
            last.void_at = Some(time(end));
            said.push((last.clone(), time(ended)));
        }
    }
    if let Some((after, more, text)) = course.edit {
        last.amount += more;
        if text {
            last.description.push_str(" CORRECTED");
        }
        said.push((last, time(ended + 1 + after)));
    }
    said
}

fn of(courses: Vec<Course>) -> Bank {
    let courses = courses.into_iter().enumerate();
    Bank {
        rows: courses
            .map(|(number, course)| history(number, course))
            .collect(),
    }
}

/// A bank with rows that come late, vanish, are told ahead and are corrected.
pub(super) fn bank() -> impl Strategy<Value = Bank> {
    proptest::collection::vec(course(true), 1..12).prop_map(of)
}

/// An account without rows, that holds 1,000.
pub(super) fn empty() -> Fetched {
    let mut account = of(Vec::new()).as_told_at(time(0));
    if let Part::Known(balance) = &mut account.balance {
        balance.current = BTreeMap::from([(Currency::USD, 1_000)]);
    }
    account
}

/// One that tells all at once, and corrects nothing.
pub(super) fn prompt() -> impl Strategy<Value = Bank> {
    proptest::collection::vec(course(false), 1..12).prop_map(of)
}

impl Bank {
    /// What was known of each row at a time, and since when.
    pub(super) fn said_by(
        &self,
        at: DateTime<Utc>,
    ) -> impl Iterator<Item = &(Transaction, DateTime<Utc>)> {
        let rows = self.rows.iter();
        rows.filter_map(move |said| said.iter().rfind(|(_, known)| *known <= at))
    }

    /// The rows as they were known at a time.
    pub(super) fn view(&self, at: DateTime<Utc>) -> Vec<Transaction> {
        self.said_by(at).map(|(row, _)| row.clone()).collect()
    }

    /// What the bank stated as its balance at a time: what it knew to have posted by then.
    pub(super) fn balance(&self, at: DateTime<Utc>) -> BTreeMap<Currency, i64> {
        let rows = self.view(at).into_iter();
        let posted = rows.filter(|row| {
            row.status == TransactionStatus::Posted
                && row.posted_at.is_some_and(|posted| posted <= at)
        });
        let sum = posted.map(|row| row.amount).sum::<i64>();
        BTreeMap::from([(Currency::USD, 100_000 + sum)])
    }

    /// What it told at a time.
    pub(super) fn as_told_at(&self, at: DateTime<Utc>) -> Fetched {
        let rows = self.said_by(at).cloned().collect();
        self.fetched(rows, at, (at, at))
    }

    /// What is told of it in the end.
    pub(super) fn told(&self, export: &Export) -> Fetched {
        let rows = self.rows.iter().flat_map(|said| {
            let from = if export.versions { 0 } else { said.len() - 1 };
            said[from..].iter().rev().cloned()
        });
        let times = (export.balance, export.refreshed);
        let mut fetched = self.fetched(rows.collect(), time(END), times);
        fetched.flags = export.flags().map(|(flag, _)| flag).collect();
        fetched
    }

    fn fetched(
        &self,
        rows: Vec<(Transaction, DateTime<Utc>)>,
        fetched_at: DateTime<Utc>,
        (computed, refreshed): (DateTime<Utc>, DateTime<Utc>),
    ) -> Fetched {
        let all = [
            Permission::Balances,
            Permission::Ownership,
            Permission::Transactions,
        ];
        Fetched {
            account: Account {
                id: "fca_1".parse().unwrap(),
                category: Category::Cash,
                subcategory: Subcategory::Checking,
                institution: "Example Bank".to_owned(),
                last4: None,
                display_name: None,
                status: Status::Active,
                permissions: BTreeSet::from(all),
                livemode: false,
                payment_methods: BTreeSet::new(),
                connected_account: None,
            },
            balance: Part::Known(Balance {
                as_of: computed,
                current: self.balance(computed),
                available: None,
                used: None,
            }),
            owners: Part::Known(Vec::new()),
            transactions: Part::Known(
                rows.into_iter()
                    .map(|(row, said)| (row, Some(said)))
                    .collect(),
            ),
            flags: BTreeSet::new(),
            fetched_at,
            refreshed: Refreshed {
                balances: Some(refreshed),
                ownership: Some(owners_told(refreshed)),
                transactions: Some(fetched_at),
            },
            transaction_refresh: None,
            earlier_balance: None,
        }
    }
}
