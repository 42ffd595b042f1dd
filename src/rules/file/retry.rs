//! `[[retry]]` as written.

use std::ops::Range;

use super::limited;
use crate::limits;
use crate::rules::diagnostic::Report;
use crate::rules::toml_reader::{Table, Text};

/// `[[retry]]`
#[derive(Debug)]
pub(in crate::rules) struct RetryEntry {
    pub(in crate::rules) span: Range<usize>,
    pub(in crate::rules) id: Option<Text>,
    pub(in crate::rules) when: Option<Text>,
    pub(in crate::rules) on: Option<Text>,
    pub(in crate::rules) parts: Option<(i64, Range<usize>)>,
    pub(in crate::rules) every: Option<Text>,
    pub(in crate::rules) reason: Option<Text>,
}

pub(super) fn retries(root: &Table<'_, '_>, report: &mut Report<'_>) -> Vec<RetryEntry> {
    let mut list = Vec::new();
    for table in root.tables("retry", "[[retry]]", report) {
        list.push(RetryEntry {
            span: table.span.clone(),
            id: table.text("id", report),
            when: table.expression("when", report),
            on: table.expression("on", report),
            parts: table.integer("parts", report),
            every: table.expression("every", report),
            reason: table.reason(root, report),
        });
        table.finish(report);
    }
    limited(list, limits::RETRIES_MAX, "retries", report)
}
