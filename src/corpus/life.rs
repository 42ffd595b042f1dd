//! One applicant in the making: accounts, what happened on them, and what is true of it.

mod duties;
mod events;
mod finish;
mod work;

use std::collections::BTreeSet;

use chrono::{Datelike, NaiveDate};

use super::dates::{minus, plus};
use super::labels::{Cadence, Era, Standing};
use super::names::{Person, fill};
use super::random::Random;
use super::texts::{Ach, Wording};

pub(super) use finish::BROKEN;
pub use finish::Case;
pub(super) use work::Job;

/// The first account: every applicant's checking account.
pub(super) const MAIN: usize = 0;

/// What a row is, in the making.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    /// Income of the stream at this position.
    Income(usize),
    No,
    Either,
}

/// The state of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    Posted,
    Pending,
    Void,
    /// The same money as another row, sent twice.
    Copy,
}

/// How exactly a bank tells when something happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stamps {
    /// The day alone, as midnight UTC.
    Midnight,
    /// The same hour for everything.
    Morning,
    /// By the clock, late evenings included.
    Clock,
}

#[derive(Debug, Clone)]
pub(super) struct Row {
    pub(super) account: usize,
    pub(super) made: NaiveDate,
    pub(super) posted: NaiveDate,
    pub(super) state: State,
    /// Cents; money in is positive.
    pub(super) amount: i64,
    pub(super) text: String,
    pub(super) mark: Mark,
    pub(super) why: &'static str,
}

#[derive(Debug, Clone)]
pub(super) struct Account {
    id: String,
    subcategory: &'static str,
    institution: &'static str,
    last4: String,
    pub(super) owners: Vec<Person>,
    pub(super) wording: Wording,
    stamps: Stamps,
    /// Whether purchases post a day or two after they are made.
    lags: bool,
    /// Business days by which the bank pays out ACH credits early.
    pub(super) early: u32,
    event_days: BTreeSet<NaiveDate>,
    either_days: BTreeSet<NaiveDate>,
    /// Days on which little is left.
    lean_days: BTreeSet<NaiveDate>,
}

/// A stream in the making.
#[derive(Debug, Clone, Default)]
pub(super) struct Stream {
    pub(super) payer: String,
    pub(super) category: &'static str,
    pub(super) cadence: Option<Cadence>,
    pub(super) monthly: Option<i64>,
    pub(super) running: bool,
    pub(super) next: Vec<NaiveDate>,
}

const BANKS: &[&str] = &[
    "Seabright National Bank",
    "Plainfield Credit Union",
    "Ovation Online",
    "First Prairie Bank",
    "Tidewater Savings",
    "Mesa Federal Credit Union",
    "Continental Street Bank",
];

/// One applicant in the making.
#[derive(Debug)]
pub(super) struct Life {
    pub(super) random: Random,
    pub(super) era: Era,
    pub(super) person: Person,
    /// The first day of the history.
    pub(super) start: NaiveDate,
    /// The day of the decision.
    pub(super) as_of: NaiveDate,
    pub(super) accounts: Vec<Account>,
    pub(super) rows: Vec<Row>,
    pub(super) streams: Vec<Stream>,
    /// What is owed a month so far.
    owed: i64,
    /// Whether what is owed can be known.
    pub(super) owed_is_known: bool,
    /// What a person would say of the income, where the streams do not say it.
    pub(super) income: Option<(Standing, Option<i64>)>,
    name: String,
}

impl Life {
    /// Somebody new with one checking account and 180 days of history.
    pub(super) fn new(name: String, era: Era, mut random: Random) -> Self {
        let (first, last) = match era {
            Era::Before => ("2024-09-01", "2026-03-18"),
            Era::Across => ("2026-05-15", "2026-08-15"),
            Era::After => ("2026-09-20", "2027-12-20"),
        };
        let day = |text: &str| text.parse::<NaiveDate>().unwrap_or_default();
        let span = day(last).signed_duration_since(day(first)).num_days();
        let as_of = plus(day(first), random.between(0, span).unsigned_abs());
        let mut life = Self {
            era,
            person: Person::random(&mut random),
            start: minus(as_of, 180),
            as_of,
            accounts: Vec::new(),
            rows: Vec::new(),
            streams: Vec::new(),
            owed: 0,
            owed_is_known: true,
            income: None,
            name,
            random,
        };
        life.open("checking");
        life
    }

    /// Opens another account of the applicant's.
    pub(super) fn open(&mut self, subcategory: &'static str) -> usize {
        let position = self.accounts.len();
        let stamps = match self.random.below(3) {
            0 => Stamps::Midnight,
            1 => Stamps::Morning,
            _ => Stamps::Clock,
        };
        self.accounts.push(Account {
            id: format!("fca_{}_{position}", self.name),
            subcategory,
            institution: self.random.pick(BANKS),
            last4: self.random.digits(4),
            owners: vec![self.person.clone()],
            wording: Wording::random(&mut self.random),
            stamps,
            lags: self.random.chance(60),
            early: 0,
            event_days: BTreeSet::new(),
            either_days: BTreeSet::new(),
            lean_days: BTreeSet::new(),
        });
        position
    }

    /// How an account's bank writes.
    pub(super) fn wording(&self, account: usize) -> Wording {
        let account = self.accounts.get(account);
        account
            .map(|account| account.wording.clone())
            .unwrap_or_default()
    }

    pub(super) fn account_mut(&mut self, account: usize, change: impl FnOnce(&mut Account)) {
        self.accounts
            .get_mut(account)
            .map(change)
            .unwrap_or_default();
    }

    /// A row that was made and posted on one day.
    pub(super) fn row(
        &mut self,
        account: usize,
        day: NaiveDate,
        amount: i64,
        text: String,
        (mark, why): (Mark, &'static str),
    ) {
        self.rows.push(Row {
            account,
            made: day,
            posted: day,
            state: State::Posted,
            amount,
            text,
            mark,
            why,
        });
    }

    /// Money in that is no income, worded as it is, `{4}` standing for four digits.
    pub(super) fn other_in(
        &mut self,
        day: NaiveDate,
        amount: i64,
        template: &str,
        why: &'static str,
    ) {
        let text = fill(template, &mut self.random);
        let text = self.wording(MAIN).write(&text);
        self.row(MAIN, day, amount, text, (Mark::No, why));
    }

    /// Money out, worded likewise.
    pub(super) fn other_out(
        &mut self,
        day: NaiveDate,
        amount: i64,
        template: &str,
        why: &'static str,
    ) {
        self.other_in(day, amount.saturating_neg(), template, why);
    }

    /// An ACH entry, worded by the account's bank.
    pub(super) fn ach(&mut self, account: usize, ach: &Ach, day: NaiveDate) -> String {
        self.wording(account).ach(ach, day, &mut self.random)
    }

    /// A purchase by card, which posts up to two days later.
    pub(super) fn purchase(&mut self, day: NaiveDate, amount: i64, shop: &str) {
        let text = self.wording(MAIN).card(shop, day, &mut self.random);
        let lags = self.accounts.first().is_some_and(|account| account.lags);
        let lag = if lags {
            self.random.between(0, 2).unsigned_abs()
        } else {
            0
        };
        self.rows.push(Row {
            account: MAIN,
            made: day,
            posted: plus(day, lag),
            state: State::Posted,
            amount: amount.saturating_neg(),
            text,
            mark: Mark::No,
            why: "purchase",
        });
    }

    /// A day of the history, so many days before the decision at least and at most.
    pub(super) fn day_ago(&mut self, least: i64, most: i64) -> NaiveDate {
        let ago = self.random.between(least, most).unsigned_abs();
        minus(self.as_of, ago)
    }

    /// The first days of all months of the history, with the day of the decision's own.
    pub(super) fn months(&self) -> Vec<NaiveDate> {
        let first = self.start.with_day(1).unwrap_or(self.start);
        first
            .iter_days()
            .take_while(|day| *day <= self.as_of)
            .filter(|day| day.day() == 1)
            .collect()
    }

    /// Something owed each month.
    pub(super) fn owe(&mut self, monthly: i64) {
        self.owed = self.owed.saturating_add(monthly);
    }
}
