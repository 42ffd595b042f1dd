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
    /// When the next is due; `None` without a schedule or once it stopped.
    pub next_payday: Option<NaiveDate>,
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
    /// Whether it counts towards monthly income.
    pub fn counts(&self) -> bool {
        matches!(self.status, StreamStatus::Active | StreamStatus::Late)
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
        cap: 1_000,
    };

    /// The score.
    pub fn total(&self) -> i64 {
        let parts = self.evidence
            + self.schedule
            + self.events
            + self.stability
            + self.recency
            + self.counterparty
            + self.consistency;
        parts.min(self.cap)
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

/// What is known of the household's income.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Income {
    /// Whether it is known: only then, or where there is none, does `monthly` say anything.
    pub standing: Standing,
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
}
