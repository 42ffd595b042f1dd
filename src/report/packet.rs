//! What an examiner asks of one decision, as plain data: who decided what when and by which rules, why, on
//! what data, what followed, and how to prove it.
//!
//! Everything is a text as people read it, but for what a chart is drawn from. Nothing is left out for its
//! length: what is counted can be counted again.

use chrono::NaiveDate;
use serde::Serialize;

use super::amount::Amount;

/// One decision with all that speaks for and against it. It holds personal data.
#[derive(Debug, Clone, Serialize)]
pub struct Packet {
    /// What was decided, on what.
    pub decision: Decided,
    /// By which rules, and who made them decide.
    pub rule_set: DecidedBy,
    /// Why: the principal ones first.
    pub reasons: Vec<Reason>,
    /// Every rule: those that fired first, those that did not last.
    pub rules: Vec<Rule>,
    /// The scorecard's result.
    pub score: Option<Score>,
    /// What was offered and how it was priced.
    pub offer: Option<Offer>,
    /// What the rules worked out before they decided.
    pub worked_out: WorkedOut,
    /// The data that it rests on.
    pub data: Data,
    /// What was missing, by why.
    pub missing: Vec<Missing>,
    /// What has to be found out to settle it, while it is open.
    pub open_questions: Vec<String>,
    /// What people did: answers, reviews, overrides.
    pub people: Vec<Act>,
    /// What the applicant is owed and was sent.
    pub notices: Notices,
    /// What became of its loan, newest first.
    pub loan_performance: Vec<Act>,
    /// How to prove it.
    pub proof: Proof,
    /// What this does not say.
    pub limits: Vec<&'static str>,
}

/// A name and what it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fact {
    /// The name.
    pub name: String,
    /// What it is.
    pub value: String,
}

impl Fact {
    /// A name and what it is.
    pub fn new(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            value: value.into(),
        }
    }
}

/// What was decided.
#[derive(Debug, Clone, Serialize)]
pub struct Decided {
    /// Its id.
    pub id: String,
    /// The application, by the caller's id.
    pub application: String,
    /// What was asked for, in words.
    pub asked: String,
    /// The outcome: `DECLINE`.
    pub outcome: &'static str,
    /// What a person decided beside it, last.
    pub overridden_to: Option<&'static str>,
    /// The decision that it settles.
    pub resolves: Option<String>,
    /// The decision that settles it.
    pub resolved_by: Option<String>,
    /// Whether it was made on test data.
    pub test_data: bool,
    /// When it was recorded.
    pub recorded: String,
    /// The moment for which it was decided.
    pub as_of: String,
    /// The time zone in which its days are read.
    pub zone: String,
    /// Who applied: the caller's ids with names and roles.
    pub applicants: Vec<Fact>,
    /// What the caller sent beside, by the names of the rule set.
    pub inputs: Vec<Fact>,
}

/// The rule set that decided.
#[derive(Debug, Clone, Serialize)]
pub struct DecidedBy {
    /// Its name.
    pub name: String,
    /// The version that its authors gave it.
    pub version: String,
    /// What it decides about.
    pub kind: String,
    /// The hash of its bytes.
    pub bundle_hash: String,
    /// Who published it, when, and what they said to it.
    pub published: Option<Act>,
    /// Who made it active, when, and from when on.
    pub activated: Option<Act>,
    /// Whether the hash of the text that is shown here is that of the decision.
    pub text_is_proven: bool,
    /// Why some of this is not known, or that nothing made it active.
    pub unknown: Option<String>,
}

/// What somebody did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Act {
    /// What.
    pub what: String,
    /// Who; empty where nobody is named.
    pub who: String,
    /// When.
    pub when: String,
    /// What they said to it, line by line.
    pub said: Vec<String>,
    /// The record of the ledger; none for what is part of the application.
    pub record: Option<u64>,
}

/// A transaction that something rests on.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Row {
    /// The day, as the decision read it.
    pub day: String,
    /// The amount with its currency and the sign of the source.
    pub amount: String,
    /// The bank's text.
    pub description: String,
    /// The account, and what is to be said of its state.
    pub account: String,
    /// Its id.
    pub id: String,
}

/// Why.
#[derive(Debug, Clone, Serialize)]
pub struct Reason {
    /// The stable code.
    pub code: String,
    /// The statement.
    pub statement: String,
    /// What it does: `declines`.
    pub does: &'static str,
    /// Whether it is one of those told to the applicant.
    pub principal: bool,
    /// The rule, or what else gave it.
    pub source: String,
    /// What would have kept it from applying.
    pub changes: Vec<String>,
    /// The transactions that it rests on.
    pub rows: Vec<Row>,
}

/// Whether a condition held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Held {
    /// It did.
    True,
    /// A value that it needs is missing.
    Unknown,
    /// It did not.
    False,
}

impl Held {
    /// The word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::True => "true",
            Self::Unknown => "unknown",
            Self::False => "false",
        }
    }
}

/// A rule, or a retry of a payment, and what it saw.
#[derive(Debug, Clone, Serialize)]
pub struct Rule {
    /// Its id.
    pub id: String,
    /// What it does when it fires.
    pub does: &'static str,
    /// Whether its condition held.
    pub held: Held,
    /// As it was written, with its comment; none where the text could not be had.
    pub text: Option<String>,
    /// Every comparison of its condition.
    pub comparisons: Vec<Comparison>,
    /// Why a missing value was let pass.
    pub missing_ignored: String,
    /// The paragraph of the policy that asks for it.
    pub why: String,
    /// Who answers for it.
    pub owner: String,
}

/// A comparison of a condition, as observed.
#[derive(Debug, Clone, Serialize)]
pub struct Comparison {
    /// As written.
    pub text: String,
    /// The values that it saw.
    pub values: Vec<String>,
    /// What came of it.
    pub held: Held,
    /// The same in words, where it is about a forecast.
    pub in_words: String,
}

/// The scorecard's result.
#[derive(Debug, Clone, Serialize)]
pub struct Score {
    /// The points, or why there are none.
    pub total: String,
    /// Each characteristic.
    pub characteristics: Vec<Characteristic>,
}

/// One characteristic of the scorecard.
#[derive(Debug, Clone, Serialize)]
pub struct Characteristic {
    /// Its name.
    pub name: String,
    /// The value that it was scored on.
    pub observed: String,
    /// The bin that applied.
    pub bin: String,
    /// Its points, or that there are none.
    pub points: String,
    /// The most that it can give.
    pub most: String,
}

/// What was offered, or that nothing was.
#[derive(Debug, Clone, Serialize)]
pub struct Offer {
    /// In a few words.
    pub title: String,
    /// Its terms, and what bound it.
    pub facts: Vec<Fact>,
    /// The tier that it comes from, as it was written.
    pub tier_text: Option<String>,
}

/// What the rules worked out before they decided.
#[derive(Debug, Clone, Serialize)]
pub struct WorkedOut {
    /// Values that the rule set derives.
    pub derived: Vec<Fact>,
    /// What was chosen of its tables.
    pub tables: Vec<Table>,
    /// Which account, applicant or stream decided a function over all of them.
    pub decided_by: Vec<Fact>,
}

/// What was chosen of a table.
#[derive(Debug, Clone, Serialize)]
pub struct Table {
    /// Its name.
    pub name: String,
    /// What its rows are chosen by, with the values.
    pub by: String,
    /// The row.
    pub row: String,
    /// What it gives.
    pub gives: String,
}

/// The data that a decision rests on.
#[derive(Debug, Clone, Serialize)]
pub struct Data {
    /// The accounts.
    pub accounts: Vec<Account>,
    /// Streams of income, those that count first.
    pub streams: Vec<Stream>,
    /// The transactions that show NSF events.
    pub events: Vec<Row>,
    /// The balance of the household at the end of each day.
    pub balances: Option<DailyBalances>,
    /// Every feature that has a value.
    pub features: Vec<Feature>,
}

/// One account.
#[derive(Debug, Clone, Serialize)]
pub struct Account {
    /// Its id.
    pub id: String,
    /// The bank, the kind of account, its last digits.
    pub title: String,
    /// Whose it is, what it covers, how fresh it was, which snapshot it is.
    pub facts: Vec<Fact>,
    /// What is doubtful about its data.
    pub doubts: Vec<String>,
}

/// A stream of income.
#[derive(Debug, Clone, Serialize)]
pub struct Stream {
    /// Who pays.
    pub payer: String,
    /// Whether it is part of the monthly income.
    pub counts: bool,
    /// What is known of it.
    pub facts: Vec<Fact>,
    /// Its deposits.
    pub rows: Vec<Row>,
}

/// The balances of the household at the end of each day.
#[derive(Debug, Clone, Serialize)]
pub struct DailyBalances {
    /// One for each day.
    pub days: Vec<BalanceDay>,
    /// From this day on nothing shows that they are wrong.
    pub fit_from: Option<NaiveDate>,
    /// What they come to, in words.
    pub summary: String,
    /// The days on which an NSF event posted.
    pub event_days: Vec<NaiveDate>,
}

/// The balance at the end of a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct BalanceDay {
    /// The day.
    pub day: NaiveDate,
    /// The balance at its end.
    pub balance: Amount,
    /// Whether it is fit for features.
    pub fit: bool,
}

/// A feature that has a value.
#[derive(Debug, Clone, Serialize)]
pub struct Feature {
    /// Its name, and whose it is.
    pub name: String,
    /// The value.
    pub value: String,
    /// How many transactions it rests on.
    pub transactions: usize,
}

/// What was missing for one reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Missing {
    /// Why.
    pub why: &'static str,
    /// What.
    pub names: Vec<String>,
}

/// What the applicant is owed and was sent.
#[derive(Debug, Clone, Serialize)]
pub struct Notices {
    /// What is owed, until when, by which law; none where nothing is.
    pub owed: Option<Owed>,
    /// What was sent, newest first.
    pub sent: Vec<Act>,
}

/// What is owed to the applicant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Owed {
    /// What.
    pub what: String,
    /// Until when.
    pub due: String,
    /// Where the law says so.
    pub law: String,
    /// How many days were left when the packet was made; below zero where it was overdue.
    pub days_left: i32,
}

/// How to prove a decision.
#[derive(Debug, Clone, Serialize)]
pub struct Proof {
    /// Its place in the chain, hashes, versions and settings.
    pub facts: Vec<Fact>,
    /// What to run, and what that shows.
    pub commands: Vec<Command>,
}

/// What to run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Command {
    /// What it shows.
    pub shows: &'static str,
    /// The command.
    pub command: String,
}
