//! The streams of income as a decision records them: a later `semantics` could not find them again.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::analysis::{
    Analysis, Cadence, Confidence, EntryKind, ExpectedPayday, Stream, StreamOwner, StreamStatus,
};
use crate::features::Value;
use crate::money::{Currency, Money};
use crate::snapshot::Rows;

/// One stream of income. It is written as a list, whose positions [`StreamRecord::POSITIONS`] names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Positions", into = "Positions")]
pub struct StreamRecord {
    /// Who pays.
    pub payer: String,
    /// What kind of income it is.
    pub category: EntryKind,
    /// How often it comes.
    pub cadence: Cadence,
    /// The cadence that explains the dates second best.
    pub runner_up: Option<Cadence>,
    /// Whether biweekly and semi-monthly explain the dates equally well.
    pub ambiguous: bool,
    /// Whether it still runs.
    pub status: StreamStatus,
    /// The account that its latest payments went to, by its position in the pins.
    pub account: u16,
    /// Whose income it is.
    pub whose: StreamOwner,
    /// The usual payment now. Like the other amounts, `None` where it is too large to hold.
    pub net_per_pay: Option<Money>,
    /// What it brings in a month.
    pub net_per_month: Option<Money>,
    /// Between what that lies with a probability of 80 %.
    pub net_per_month_interval: (Option<Money>, Option<Money>),
    /// How steady the amounts are, in thousandths.
    pub stability: i64,
    /// How well the dates keep to the schedule, in thousandths.
    pub regularity: i64,
    /// How much more the later payments are, in thousandths.
    pub trend: Option<i64>,
    /// How many paydays came.
    pub payments: usize,
    /// In how many calendar months something came.
    pub months: usize,
    /// The first payday.
    pub first: NaiveDate,
    /// The last.
    pub last: NaiveDate,
    /// The next two.
    pub next_paydays: Vec<ExpectedPayday>,
    /// How sure it is.
    pub confidence: Confidence,
    /// Whether it is part of the monthly income.
    pub counts: bool,
    /// The review that confirmed it, by its position in the application.
    pub review: Option<usize>,
    /// The deposits.
    pub rows: Rows,
}

impl StreamRecord {
    /// What stands at each position.
    pub const POSITIONS: [&str; 24] = [
        "payer",
        "category",
        "cadence",
        "runner_up",
        "ambiguous",
        "status",
        "account",
        "owner",
        "net_per_pay",
        "net_per_month",
        "net_per_month_low",
        "net_per_month_high",
        "stability_thousandths",
        "regularity_thousandths",
        "trend_thousandths",
        "payments",
        "months_seen",
        "first",
        "last",
        "next_paydays: expected, from, to",
        "confidence_thousandths: total, cap, evidence, schedule, events, stability, recency, \
         counterparty, consistency, review",
        "counts",
        "confirmed_by_review",
        "rows",
    ];

    /// The streams that an analysis found, in its order.
    pub fn of(analysis: &Analysis) -> Vec<Self> {
        let streams = analysis.income.streams.iter();
        streams
            .map(|stream| Self::of_one(stream, analysis.currency))
            .collect()
    }

    fn of_one(stream: &Stream, currency: Currency) -> Self {
        let money = |minor: i128| Some(Money::new(i64::try_from(minor).ok()?, currency));
        let (low, high) = stream.interval;
        Self {
            payer: stream.counterparty.clone(),
            category: stream.kind,
            cadence: stream.cadence,
            runner_up: stream.runner_up,
            ambiguous: stream.ambiguous,
            status: stream.status,
            account: stream.account,
            whose: stream.whose,
            net_per_pay: money(stream.level),
            net_per_month: money(stream.monthly),
            net_per_month_interval: (money(low), money(high)),
            stability: stream.stability,
            regularity: stream.regularity,
            trend: stream.trend,
            payments: stream.events,
            months: stream.months,
            first: stream.first,
            last: stream.last,
            next_paydays: stream.paydays.clone(),
            confidence: stream.confidence,
            counts: stream.counts(),
            review: stream.review,
            rows: stream.rows.clone(),
        }
    }
}

/// A record as it is written. Amounts are written as in a rule.
#[derive(Serialize, Deserialize)]
struct Positions(
    String,
    EntryKind,
    Cadence,
    Option<Cadence>,
    bool,
    StreamStatus,
    u16,
    StreamOwner,
    Option<Value>,
    Option<Value>,
    Option<Value>,
    Option<Value>,
    i64,
    i64,
    Option<i64>,
    usize,
    usize,
    NaiveDate,
    NaiveDate,
    Vec<(NaiveDate, NaiveDate, NaiveDate)>,
    [i64; 10],
    bool,
    Option<usize>,
    Rows,
);

impl From<StreamRecord> for Positions {
    fn from(record: StreamRecord) -> Self {
        let (low, high) = record.net_per_month_interval;
        let paydays = record.next_paydays.into_iter();
        let parts = record.confidence;
        Self(
            record.payer,
            record.category,
            record.cadence,
            record.runner_up,
            record.ambiguous,
            record.status,
            record.account,
            record.whose,
            record.net_per_pay.map(Value::Money),
            record.net_per_month.map(Value::Money),
            low.map(Value::Money),
            high.map(Value::Money),
            record.stability,
            record.regularity,
            record.trend,
            record.payments,
            record.months,
            record.first,
            record.last,
            paydays
                .map(|day| (day.expected, day.from, day.to))
                .collect(),
            [
                parts.total(),
                parts.cap,
                parts.evidence,
                parts.schedule,
                parts.events,
                parts.stability,
                parts.recency,
                parts.counterparty,
                parts.consistency,
                parts.review,
            ],
            record.counts,
            record.review,
            record.rows,
        )
    }
}

impl TryFrom<Positions> for StreamRecord {
    type Error = &'static str;

    fn try_from(written: Positions) -> Result<Self, Self::Error> {
        let paydays = written.19.into_iter();
        Ok(Self {
            payer: written.0,
            category: written.1,
            cadence: written.2,
            runner_up: written.3,
            ambiguous: written.4,
            status: written.5,
            account: written.6,
            whose: written.7,
            net_per_pay: money(written.8)?,
            net_per_month: money(written.9)?,
            net_per_month_interval: (money(written.10)?, money(written.11)?),
            stability: written.12,
            regularity: written.13,
            trend: written.14,
            payments: written.15,
            months: written.16,
            first: written.17,
            last: written.18,
            next_paydays: paydays
                .map(|(expected, from, to)| ExpectedPayday { expected, from, to })
                .collect(),
            confidence: confidence(written.20)?,
            counts: written.21,
            review: written.22,
            rows: written.23,
        })
    }
}

fn confidence(parts: [i64; 10]) -> Result<Confidence, &'static str> {
    let [
        total,
        cap,
        evidence,
        schedule,
        events,
        stability,
        recency,
        counterparty,
        rest @ ..,
    ] = parts;
    let [consistency, review] = rest;
    let confidence = Confidence {
        evidence,
        schedule,
        events,
        stability,
        recency,
        counterparty,
        consistency,
        review,
        cap,
    };
    if confidence.total() == total {
        Ok(confidence)
    } else {
        Err("a confidence is what its parts make")
    }
}

fn money(value: Option<Value>) -> Result<Option<Money>, &'static str> {
    match value {
        None => Ok(None),
        Some(Value::Money(money)) => Ok(Some(money)),
        Some(_) => Err("an amount of a stream is money"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::analysis::tests::fixtures::{Bank, analysis};

    #[test]
    fn a_stream_is_written_by_position_and_comes_back() {
        let text = "LUMEN CLINIC DES:PAYROLL ID:1 INDN:ROBIN CO ID:9999999999 PPD";
        let bank = Bank::checking().every(14, "2026-01-02", "2026-06-19", 150_000, text);
        let records = StreamRecord::of(&analysis(&[bank], "2026-06-25"));
        let written = serde_json::to_value(&records).unwrap();
        let [one] = written.as_array().unwrap().as_slice() else {
            panic!("one stream: {written}");
        };
        assert_eq!(one.as_array().unwrap().len(), StreamRecord::POSITIONS.len());
        let at = |name: &str| {
            let place = StreamRecord::POSITIONS
                .iter()
                .position(|one| one.starts_with(name));
            one[place.unwrap()].clone()
        };
        assert_eq!(at("payer"), "Lumen Clinic");
        assert_eq!(at("category"), "wages");
        assert_eq!(at("cadence"), "biweekly");
        assert_eq!(at("status"), "active");
        assert_eq!(at("owner"), json!({"applicant": 0}));
        assert_eq!(at("net_per_pay"), "1500.00 usd");
        assert_eq!(at("net_per_month"), "3250.00 usd");
        assert_eq!(
            at("next_paydays"),
            json!([
                ["2026-07-03", "2026-07-03", "2026-07-06"],
                ["2026-07-17", "2026-07-17", "2026-07-20"],
            ])
        );
        assert_eq!(at("counts"), true);
        assert_eq!(at("rows"), "0:0-12");
        let read: Vec<StreamRecord> = serde_json::from_value(written.clone()).unwrap();
        assert_eq!(read, records);
        for (place, wrong) in [
            (8, json!("3 days")),
            (20, json!([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])),
        ] {
            let mut other = written.clone();
            other[0][place] = wrong;
            assert!(serde_json::from_value::<Vec<StreamRecord>>(other).is_err());
        }
    }
}
