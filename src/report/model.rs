//! What a report holds: plain data, the same for a terminal, a page and a program.
//!
//! Amounts are decimals in major units, shares decimals from 0 to 1, days civil days. A
//! transaction is named by its id.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;

use super::amount::{Amount, Share};
use crate::analysis::{AmountSign, ExpectedPayday};
use crate::features::{Missing, Value, observed};
use crate::money::Currency;

/// Ids of transactions: what something rests on.
pub type Evidence = Vec<String>;

/// Everything that the analysis sees in the accounts of one applicant.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// The moment that is looked at.
    pub as_of: DateTime<Utc>,
    /// The time zone in which days are read.
    pub zone: &'static str,
    /// The day of the moment there.
    pub date: NaiveDate,
    /// The currency of all amounts that do not name another.
    pub currency: Currency,
    /// Which sign of a transaction was taken for money in. In the report money in is positive.
    pub amount_sign: AmountSign,
    /// Whether that is right, by the data.
    pub sign: &'static str,
    /// The days that the history covers; windows look back from the last.
    pub history: Option<Period>,
    /// Income.
    pub income: Income,
    /// End-of-day balances of the household.
    pub balances: Option<Balances>,
    /// The account that lacks its part, where there are no balances of the household.
    pub without_balances: Option<String>,
    /// NSF events and what goes with them.
    pub events: Events,
    /// What is owed month by month.
    pub obligations: Obligations,
    /// What else flowed in and out, of the last 90 days.
    pub flows: Vec<Flow>,
    /// Short-term lenders of the last 90 days.
    pub lenders: Vec<Lender>,
    /// Money in and out by calendar month, the oldest first.
    pub months: Vec<Month>,
    /// The accounts.
    pub accounts: Vec<Account>,
    /// The features that rules would see, those of the application left out.
    pub features: Vec<Feature>,
    /// Every transaction with its label, in the order of accounts and rows.
    pub transactions: Vec<Transaction>,
}

/// Some days, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Period {
    /// The first.
    pub first: NaiveDate,
    /// The last.
    pub last: NaiveDate,
    /// How many.
    pub days: i64,
}

/// What is known of income.
#[derive(Debug, Clone, Serialize)]
pub struct Income {
    /// Whether it is known: `known`, `unproven`, `none`.
    pub standing: &'static str,
    /// What that means.
    pub standing_means: &'static str,
    /// What the running streams bring a month; `None` where no amount is right, since it is unproven.
    pub monthly: Option<Amount>,
    /// Of it, what keeps to a schedule.
    pub monthly_recurring: Option<Amount>,
    /// All deposits of streams in the last 90 days.
    pub deposits_90d: Amount,
    /// The earliest payday to come.
    pub next_payday: Option<NaiveDate>,
    /// Calendar months with a deposit of a stream.
    pub months_observed: usize,
    /// The largest stream has stopped and nothing replaced it.
    pub stopped: bool,
    /// The streams, the largest first; those that stopped come last.
    pub streams: Vec<Stream>,
}

/// A stream of income.
#[derive(Debug, Clone, Serialize)]
pub struct Stream {
    /// Its number in this report, from 1.
    pub number: usize,
    /// Who pays.
    pub payer: String,
    /// What kind of income.
    pub kind: &'static str,
    /// How often.
    pub cadence: &'static str,
    /// The cadence that explains the dates second best.
    pub runner_up: Option<&'static str>,
    /// Every two weeks and twice a month explain the dates equally well.
    pub ambiguous: bool,
    /// `active`, `late`, `inactive`, `new`.
    pub status: &'static str,
    /// Whether it is part of the monthly income.
    pub counts: bool,
    /// The usual payment now.
    pub usual: Amount,
    /// What it brings a month.
    pub monthly: Amount,
    /// Between these two that really lies, with a probability of 80 %.
    pub monthly_interval: (Amount, Amount),
    /// How many paydays came.
    pub payments: usize,
    /// The first.
    pub first: NaiveDate,
    /// The last.
    pub last: NaiveDate,
    /// In how many calendar months something came.
    pub months_seen: usize,
    /// The account that the latest payments went to.
    pub account: Option<String>,
    /// Whose income it is: `applicant`, `other_owner`, `unclear`.
    pub owner: &'static str,
    /// When the next is due.
    pub next_payday: Option<NaiveDate>,
    /// The next two paydays, none of them past, each with the days on which it may come.
    pub next_paydays: Vec<ExpectedPayday>,
    /// How much more the later payments are than the earlier ones.
    pub trend: Option<Share>,
    /// How steady the amounts are.
    pub stability: Share,
    /// How well the dates keep to the schedule.
    pub regularity: Share,
    /// How sure it is, and why.
    pub confidence: Confidence,
    /// The paydays: which came, and which did not.
    pub calendar: Vec<Payday>,
    /// The deposits.
    pub transactions: Evidence,
}

/// How sure a stream is, and why.
#[derive(Debug, Clone, Serialize)]
pub struct Confidence {
    /// The sum of the parts, or the cap where that is less.
    pub total: Share,
    /// No more than this, whatever the parts.
    pub cap: Share,
    /// The parts.
    pub parts: Vec<Part>,
}

/// A part of a confidence.
#[derive(Debug, Clone, Serialize)]
pub struct Part {
    /// Its word.
    pub name: &'static str,
    /// What it is, for people.
    pub what: &'static str,
    /// What it gives.
    pub share: Share,
    /// The most that it can give.
    pub most: Share,
}

/// A payday: one that came, or one that was missed.
#[derive(Debug, Clone, Serialize)]
pub struct Payday {
    /// The day by the schedule, where there is one.
    pub due: Option<NaiveDate>,
    /// When it came; nothing where it was missed.
    pub came: Option<NaiveDate>,
    /// What came.
    pub amount: Amount,
    /// The deposits.
    pub transactions: Evidence,
}

impl Payday {
    /// The day on which to show it.
    pub fn day(&self) -> Option<NaiveDate> {
        self.came.or(self.due)
    }
}

/// Balances at the end of each day.
#[derive(Debug, Clone, Serialize)]
pub struct Balances {
    /// The accounts whose balances they are.
    pub accounts: Vec<String>,
    /// The first day.
    pub first: NaiveDate,
    /// The last day.
    pub last: NaiveDate,
    /// How far they can be relied on: `good`, `partly`, `doubtful`.
    pub grade: &'static str,
    /// From this day on they are good: nothing speaks against them.
    pub good_from: Option<NaiveDate>,
    /// From this day on they are fit for features: nothing shows that they are wrong.
    pub fit_from: Option<NaiveDate>,
    /// Why not all of them are good: words, and what they mean.
    pub doubts: BTreeMap<&'static str, &'static str>,
    /// Days that end below zero, of those that are fit; of all where none is. So it is for what follows.
    pub negative_days: usize,
    /// Of how many days.
    pub counted_days: usize,
    /// The lowest.
    pub lowest: Amount,
    /// The day of the lowest, the first of several.
    pub lowest_on: NaiveDate,
    /// The mean.
    pub average: Amount,
    /// One for each day.
    pub days: Vec<Day>,
}

/// The end of one day.
#[derive(Debug, Clone, Serialize)]
pub struct Day {
    /// The day.
    pub day: NaiveDate,
    /// The balance at its end.
    pub balance: Amount,
    /// Whether it is fit for features.
    pub fit: bool,
    /// What posted on it.
    pub transactions: Evidence,
}

/// Events, and on how many days they were.
#[derive(Debug, Clone, Serialize)]
pub struct Events {
    /// Days with an event in the last 30, 60, 90 and 180.
    pub event_days: Vec<Window>,
    /// Fees of the last 90 days, less what was given back.
    pub fees_net_90d: Amount,
    /// Each, in order of day.
    pub events: Vec<Event>,
}

/// Days with an event in a window.
#[derive(Debug, Clone, Serialize)]
pub struct Window {
    /// How many days the window has.
    pub days: u32,
    /// Whether the history covers all of it.
    pub covered: bool,
    /// How many days had an event.
    pub event_days: i64,
    /// What shows them.
    pub transactions: Evidence,
}

/// One event.
#[derive(Debug, Clone, Serialize)]
pub struct Event {
    /// The posting day.
    pub day: NaiveDate,
    /// What happened.
    pub kind: &'static str,
    /// Whether its day counts as an event-day.
    pub counts: bool,
    /// The fee, or what came back.
    pub amount: Amount,
    /// The account.
    pub account: Option<String>,
    /// The bank's text of the row that shows it.
    pub description: Option<String>,
    /// The rows that show it.
    pub transactions: Evidence,
}

/// What is owed month by month.
#[derive(Debug, Clone, Serialize)]
pub struct Obligations {
    /// Loans and cards, a month.
    pub debt_monthly: Amount,
    /// Rent and mortgage, a month.
    pub housing_monthly: Amount,
    /// Insurance, utilities, subscriptions and other bills on a schedule, a month: not owed as a debt is.
    pub bills_monthly: Amount,
    /// Each agreement under which is paid: what runs and is largest first.
    pub obligations: Vec<Obligation>,
}

/// An agreement under which is paid again and again.
#[derive(Debug, Clone, Serialize)]
pub struct Obligation {
    /// Who is paid.
    pub payee: String,
    /// What for: `housing`, `auto`, `card`.
    pub purpose: &'static str,
    /// Whether words say what for; otherwise amounts and days do.
    pub told: bool,
    /// How often.
    pub cadence: &'static str,
    /// The usual payment now.
    pub usual: Amount,
    /// What it takes a month.
    pub monthly: Amount,
    /// How many payments there are.
    pub payments: usize,
    /// The first payment seen.
    pub since: NaiveDate,
    /// The last.
    pub last: NaiveDate,
    /// Whether it still runs: `running`, `ended`.
    pub status: &'static str,
    /// Whether it is part of the debts or the housing of a month.
    pub owed: bool,
    /// The payments.
    pub transactions: Evidence,
}

/// A sum of the last 90 days.
#[derive(Debug, Clone, Serialize)]
pub struct Flow {
    /// Its word.
    pub name: &'static str,
    /// What it is, for people.
    pub what: &'static str,
    /// The sum, not negative.
    pub amount: Amount,
    /// The rows.
    pub transactions: Evidence,
}

/// A short-term lender.
#[derive(Debug, Clone, Serialize)]
pub struct Lender {
    /// Who.
    pub lender: String,
    /// What it paid out.
    pub paid_out: Amount,
    /// What it collected.
    pub collected: Amount,
    /// The rows.
    pub transactions: Evidence,
}

/// Money in and out of a calendar month, without own transfers and what was undone.
#[derive(Debug, Clone, Serialize)]
pub struct Month {
    /// Its first day.
    pub first: NaiveDate,
    /// Deposits of income streams.
    pub income: Amount,
    /// Other money in.
    pub other_in: Amount,
    /// Money out, not negative.
    pub out: Amount,
}

/// An account.
#[derive(Debug, Clone, Serialize)]
pub struct Account {
    /// Its id.
    pub id: String,
    /// The bank.
    pub bank: String,
    /// The last digits of its number.
    pub last4: Option<String>,
    /// What kind: `cash/checking`.
    pub kind: String,
    /// Whether its link works.
    pub status: String,
    /// Whether its rows count.
    pub counts: bool,
    /// Why they do not.
    pub left_out: Option<&'static str>,
    /// The account that it is a second link of.
    pub duplicate_of: Option<String>,
    /// The days that its transactions cover.
    pub covers: Option<Period>,
    /// What it holds, as the bank states it.
    pub current: Option<Amount>,
    /// When the bank computed that.
    pub balance_as_of: Option<DateTime<Utc>>,
    /// Why there is no balance.
    pub without_balance: Option<&'static str>,
    /// Its owners, as the bank knows them.
    pub owners: Vec<String>,
    /// How well an owner's name fits the one given.
    pub name_score: Option<Share>,
    /// Whether the assumed sign is right, by its own rows.
    pub sign: Option<&'static str>,
    /// Why there are no transactions.
    pub without_transactions: Option<&'static str>,
    /// Rows by state: posted, pending, void.
    pub rows: BTreeMap<String, usize>,
    /// What is doubtful about its data: words, and what they mean.
    pub flags: BTreeMap<&'static str, &'static str>,
    /// Its balances at the end of each day.
    pub balances: Option<Balances>,
}

/// A feature, as a rule would see it.
#[derive(Debug, Clone, Serialize)]
pub struct Feature {
    /// Its name.
    pub name: &'static str,
    /// The account, or the number of the stream, that it is of; nothing for the household.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub of: Option<String>,
    /// Its value, or why there is none.
    #[serde(with = "observed")]
    pub value: Result<Value, Missing>,
    /// What it rests on.
    pub transactions: Evidence,
}

/// A transaction with its label.
#[derive(Debug, Clone, Serialize)]
pub struct Transaction {
    /// Its id.
    pub id: String,
    /// Its account.
    pub account: String,
    /// The day on which it was made.
    pub made: NaiveDate,
    /// The day on which it became part of the balance.
    pub posted: NaiveDate,
    /// `posted`, `pending`, `void`.
    pub status: String,
    /// Money in is positive.
    pub amount: Amount,
    /// Its currency.
    pub currency: Currency,
    /// The bank's text.
    pub description: String,
    /// Who pays or is paid, as far as the text tells.
    pub counterparty: String,
    /// What it is.
    pub kind: &'static str,
    /// Why it is no income, or counts for nothing.
    pub excluded: Option<&'static str>,
    /// The same, for people.
    pub excluded_because: Option<&'static str>,
    /// The number of the income stream that it is part of.
    pub stream: Option<usize>,
}
