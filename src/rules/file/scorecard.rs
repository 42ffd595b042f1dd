//! `[scorecard]` as written.

use std::ops::Range;

use super::limited;
use crate::limits;
use crate::rules::diagnostic::Report;
use crate::rules::toml_reader::{Table, Text};

/// `[scorecard]`
#[derive(Debug)]
pub(in crate::rules) struct ScorecardEntry {
    pub(in crate::rules) span: Range<usize>,
    /// Zero where it is not given.
    pub(in crate::rules) base: (i64, Range<usize>),
    /// What points lost are counted against.
    pub(in crate::rules) baseline: Option<Text>,
    pub(in crate::rules) characteristics: Vec<CharacteristicEntry>,
}

/// `[[scorecard.characteristic]]`
#[derive(Debug)]
pub(in crate::rules) struct CharacteristicEntry {
    pub(in crate::rules) span: Range<usize>,
    pub(in crate::rules) name: Option<Text>,
    pub(in crate::rules) value: Option<Text>,
    pub(in crate::rules) reason: Option<Text>,
    pub(in crate::rules) baseline: Option<(i64, Range<usize>)>,
    pub(in crate::rules) bins: Vec<BinEntry>,
    pub(in crate::rules) missing: Option<MissingEntry>,
}

/// One of `bins`; `when` is `None` for `otherwise = true`.
#[derive(Debug)]
pub(in crate::rules) struct BinEntry {
    pub(in crate::rules) span: Range<usize>,
    pub(in crate::rules) when: Option<Text>,
    pub(in crate::rules) otherwise: bool,
    pub(in crate::rules) points: Option<(i64, Range<usize>)>,
}

/// `missing = { points = 0, because = "…" }`
#[derive(Debug)]
pub(in crate::rules) struct MissingEntry {
    pub(in crate::rules) points: Option<(i64, Range<usize>)>,
    pub(in crate::rules) because: Option<Text>,
}

pub(super) fn scorecard(root: &Table<'_, '_>, report: &mut Report<'_>) -> Option<ScorecardEntry> {
    let table = root.table("scorecard", "[scorecard]", report)?;
    let base = table.integer("base", report);
    let baseline = table.text("baseline", report);
    let mut list = Vec::new();
    let heading = "[[scorecard.characteristic]]";
    for table in table.tables("characteristic", heading, report) {
        list.push(CharacteristicEntry {
            span: table.span.clone(),
            name: table.text("name", report),
            value: table.expression("value", report),
            reason: table.text("reason", report),
            baseline: table.integer("baseline", report),
            bins: bins(&table, report),
            missing: missing(&table, report),
        });
        table.finish(report);
    }
    let entry = ScorecardEntry {
        span: table.span.clone(),
        base: base.unwrap_or((0, table.span.clone())),
        baseline,
        characteristics: limited(list, limits::RULE_ITEMS_MAX, "characteristics", report),
    };
    table.finish(report);
    Some(entry)
}

fn bins(table: &Table<'_, '_>, report: &mut Report<'_>) -> Vec<BinEntry> {
    let mut list = Vec::new();
    for bin in table.tables("bins", "a bin", report) {
        list.push(BinEntry {
            span: bin.span.clone(),
            when: bin.expression("when", report),
            otherwise: bin.boolean("otherwise", report).unwrap_or(false),
            points: bin.integer("points", report),
        });
        bin.finish(report);
    }
    limited(list, limits::RULE_ITEMS_MAX, "bins", report)
}

fn missing(table: &Table<'_, '_>, report: &mut Report<'_>) -> Option<MissingEntry> {
    let missing = table.table("missing", "`missing`", report)?;
    let entry = MissingEntry {
        points: missing.integer("points", report),
        because: missing.text("because", report),
    };
    missing.finish(report);
    Some(entry)
}
