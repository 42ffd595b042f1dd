//! What is known of income: streams, and what they come to.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::analysis::cadence::Cadence;
use crate::analysis::entry::EntryKind;
use crate::snapshot::Rows;

/// Who pays, how much and how often.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stream {
    /// The counterparty's name, as people read it.
    pub counterparty: String,
    /// What kind of income it is.
    pub kind: EntryKind,
    /// How often it comes.
    pub cadence: Cadence,
    /// The cadence that explains the dates second best; `None` where no other was tried.
    pub runner_up: Option<Cadence>,
    /// Whether biweekly and semi-monthly explain the dates equally well; the lower factor is used.
    pub ambiguous: bool,
    /// Whether it still runs.
    pub status: StreamStatus,
    /// The usual payment now, in minor units: the median of the latest ones, after the last
    /// lasting change.
    pub level: i128,
    /// What it brings in a month, in minor units; for a stopped stream what it brought.
    pub monthly: i128,
    /// Between what `monthly` really lies, with a probability of 80 %, in minor units: how far the
    /// payments that it rests on differ, and how many they are.
    pub interval: (i128, i128),
    /// How many pay events there are.
    pub events: usize,
    /// The first.
    pub first: NaiveDate,
    /// The last.
    pub last: NaiveDate,
    /// In how many calendar months something came.
    pub months: usize,
    /// When the next is due; `None` without a schedule or once it stopped.
    pub next_payday: Option<NaiveDate>,
    /// The next two paydays, none of them past; none without a schedule or once it stopped.
    pub paydays: Vec<ExpectedPayday>,
    /// How much more the later half of the latest payments is than the earlier half, in thousandths
    /// of that; below zero where it is less. `None` of fewer than four payments.
    pub trend: Option<i64>,
    /// The account that the latest payments went to, by position; of several the one that got most of
    /// them.
    pub account: u16,
    /// Whose income it is.
    pub whose: StreamOwner,
    /// The review that confirmed it, by its position in the application.
    pub review: Option<usize>,
    /// How steady the amounts are, in thousandths.
    pub stability: i64,
    /// How well the dates keep to the schedule, in thousandths.
    pub regularity: i64,
    /// How sure it is that this is income that goes on, in thousandths.
    pub confidence: Confidence,
    /// The deposits.
    pub rows: Rows,
    /// Those of the last pay events.
    pub last_rows: Rows,
}

impl Stream {
    /// Whether it counts towards monthly income: a new one does where a reviewer confirmed it.
    pub fn counts(&self) -> bool {
        match self.status {
            StreamStatus::Active | StreamStatus::Late => true,
            StreamStatus::New => self.review.is_some(),
            StreamStatus::Inactive => false,
        }
    }

    /// Whether it stopped.
    pub fn has_ended(&self) -> bool {
        self.status == StreamStatus::Inactive
    }

    /// Whether it keeps to a schedule.
    pub fn recurring(&self) -> bool {
        self.cadence != Cadence::Irregular
    }
}

/// Whether a stream still runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StreamStatus {
    /// The next payment is not yet overdue by more than three business days.
    Active,
    /// Overdue, by less than two cycles.
    Late,
    /// Nothing for two cycles: it stopped.
    Inactive,
    /// Fewer than three payments: too early to say.
    New,
}

impl StreamStatus {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::New, Self::Active, Self::Late, Self::Inactive];

    /// The word for it: `active`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Late => "late",
            Self::Inactive => "inactive",
            Self::New => "new",
        }
    }
}

/// A payday to come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExpectedPayday {
    /// The day by the schedule; today, or the next business day, where that is over and it may still
    /// come.
    pub expected: NaiveDate,
    /// The first day on which it may come.
    pub from: NaiveDate,
    /// The last day on which it may come without being missed.
    pub to: NaiveDate,
}

/// Whose income a stream is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StreamOwner {
    /// This applicant's, by position in the application.
    Applicant(usize),
    /// Somebody's who owns the account as well and does not apply.
    OtherOwner,
    /// It comes to a joint account, and its rows do not name whom it is for.
    #[default]
    Unclear,
}

impl StreamOwner {
    /// The word for it: `applicant`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Applicant(_) => "applicant",
            Self::OtherOwner => "other_owner",
            Self::Unclear => "unclear",
        }
    }
}

/// An additive score: each part is a reason. All in thousandths.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Confidence {
    /// Words of a payroll or a benefit: at most 300.
    pub evidence: i64,
    /// How clearly the schedule wins: at most 200.
    pub schedule: i64,
    /// How many payments: at most 150.
    pub events: i64,
    /// How steady the amounts: at most 100.
    pub stability: i64,
    /// How recent: at most 100.
    pub recency: i64,
    /// How clearly the counterparty is named: at most 100.
    pub counterparty: i64,
    /// Room above the other parts, given with strong evidence on a clear schedule: at most 50.
    pub consistency: i64,
    /// A reviewer confirmed it: whatever the other parts leave open.
    pub review: i64,
    /// No more than this in all, whatever the parts.
    pub cap: i64,
}

impl Confidence {
    /// The most that each part gives, and all together.
    pub const MOST: Self = Self {
        evidence: 300,
        schedule: 200,
        events: 150,
        stability: 100,
        recency: 100,
        counterparty: 100,
        consistency: 50,
        review: 1_000,
        cap: 1_000,
    };

    /// The same, where a reviewer confirmed the stream: nothing is left open.
    pub(super) fn confirmed(self) -> Self {
        let open = Self {
            review: 0,
            cap: Self::MOST.cap,
            ..self
        };
        Self {
            review: Self::MOST.cap - open.total(),
            ..open
        }
    }

    /// The parts: the word of each, what it is, what it gives and the most that it gives.
    pub fn parts(&self) -> [(&'static str, &'static str, i64, i64); 8] {
        let most = Self::MOST;
        [
            (
                "evidence",
                "words of a payroll or a benefit",
                self.evidence,
                most.evidence,
            ),
            (
                "schedule",
                "how clearly a schedule fits",
                self.schedule,
                most.schedule,
            ),
            ("events", "how many payments", self.events, most.events),
            (
                "stability",
                "how steady the amounts",
                self.stability,
                most.stability,
            ),
            ("recency", "how recent", self.recency, most.recency),
            (
                "counterparty",
                "how clearly the payer is named",
                self.counterparty,
                most.counterparty,
            ),
            (
                "consistency",
                "strong evidence on a clear schedule",
                self.consistency,
                most.consistency,
            ),
            (
                "review",
                "a reviewer confirmed it",
                self.review,
                most.review,
            ),
        ]
    }

    /// The score.
    pub fn total(&self) -> i64 {
        let parts = self.evidence
            + self.schedule
            + self.events
            + self.stability
            + self.recency
            + self.counterparty
            + self.consistency
            + self.review;
        parts.min(self.cap)
    }
}

/// What a review did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reviewed {
    /// Whether it was followed, or why it could not be.
    pub effect: ReviewEffect,
    /// The rows that it was about; none where it could not be followed.
    #[serde(default, skip_serializing_if = "Rows::is_empty")]
    pub rows: Rows,
}

/// Whether a review was followed, or why it could not be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReviewEffect {
    /// The stream counts as proven income, while it runs.
    Confirmed,
    /// The same, but it stopped: it does not count.
    ConfirmedButStopped,
    /// The stream is no income.
    Refused,
    /// No account of the application has this transaction.
    UnknownTransaction,
    /// The transaction is in no stream, and is nothing that a reviewer can judge: money out, a loan, a
    /// transfer between the accounts, what was given back or refunded, taxes, interest, a test deposit,
    /// what had not posted, is of another currency or no bank account, or was sent twice.
    CannotBeIncome,
    /// Another review says the opposite of the same deposits.
    Contradicted,
}

impl ReviewEffect {
    /// Whether it was followed.
    pub fn is_clear(self) -> bool {
        matches!(
            self,
            Self::Confirmed | Self::ConfirmedButStopped | Self::Refused
        )
    }
}

/// Whether the income is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Standing {
    /// A stream of income runs.
    Known,
    /// Something comes in that may well be income, and nothing proves it: new work, cash. No amount
    /// is right.
    Unproven,
    /// Nothing comes in that may be income.
    #[default]
    None,
}

/// What may be income, and nothing proves it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Unproven {
    /// What came of it in 30 days, in minor units: over the last 90 days, or since the first of it.
    pub monthly: i128,
    /// The deposits.
    pub rows: Rows,
}

/// What is known of the household's income.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Income {
    /// Whether it is known: only then, or where there is none, does `monthly` say anything.
    pub standing: Standing,
    /// What else comes in that may be income.
    pub unproven: Unproven,
    /// Streams, the largest monthly amount first.
    pub streams: Vec<Stream>,
    /// Monthly income of the running streams, in minor units.
    pub monthly: i128,
    /// Of it, what keeps to a schedule.
    pub monthly_recurring: i128,
    /// All deposits of streams of the last 90 days, in minor units.
    pub deposits_90d: i128,
    /// Their rows.
    pub deposits_90d_rows: Rows,
    /// The last deposit of any stream.
    pub last: Option<NaiveDate>,
    /// The earliest payday to come among running streams.
    pub next_payday: Option<NaiveDate>,
    /// Calendar months with a deposit of a stream.
    pub months_observed: usize,
    /// The recurring stream that made up the largest part of income has stopped, and nothing of
    /// similar size came after it.
    pub stopped: bool,
    /// The last deposits of that stream; none where it goes on.
    pub stopped_rows: Rows,
}

/// One payday of one counterparty: what it paid on one day, wherever it went.
#[derive(Debug, Clone)]
pub(in crate::analysis) struct Event {
    pub(in crate::analysis) date: NaiveDate,
    pub(in crate::analysis) amount: i128,
    pub(in crate::analysis) rows: Vec<(u16, u32)>,
}

/// The days that the analysis looks at.
#[derive(Debug, Clone, Copy)]
pub(in crate::analysis) struct Span {
    /// The first day that any cash account covers.
    pub(in crate::analysis) first: NaiveDate,
    /// The last day that any cash account covers.
    pub(in crate::analysis) last: NaiveDate,
    /// The day of the decision.
    pub(in crate::analysis) today: NaiveDate,
    /// How many minor units a major unit of the loan's currency has.
    pub(in crate::analysis) unit: i128,
}

/// Where payments come from.
#[derive(Debug, Clone, Copy)]
pub(super) struct Source<'a> {
    /// The payer's name, as people read it.
    pub(super) label: &'a str,
    pub(super) kind: EntryKind,
    /// Whether the payer has a name for certain.
    pub(super) named: bool,
    /// Whether money goes to the payer as well.
    pub(super) is_paid: bool,
    /// Whether they come far more often than the pay of the same payer, as tips do.
    pub(super) is_beside_pay: bool,
    /// Whether a reviewer says that they are income.
    pub(super) is_confirmed: bool,
}
