//! `[[rule]]` and `[reasons]` as written.

use std::ops::Range;

use super::limited;
use crate::limits;
use crate::rules::diagnostic::{Code, Report};
use crate::rules::format::{OWN_NAMES, shapes};
use crate::rules::toml_reader::{Table, Text, TextOrTable, as_table};

/// `[[rule]]`
#[derive(Debug)]
pub(in crate::rules) struct RuleEntry {
    pub(in crate::rules) span: Range<usize>,
    pub(in crate::rules) id: Option<Text>,
    pub(in crate::rules) when: Option<Text>,
    pub(in crate::rules) then: Option<Text>,
    pub(in crate::rules) reason: Option<Text>,
    pub(in crate::rules) ignore_missing: Option<IgnoreEntry>,
    pub(in crate::rules) except: Option<Text>,
    pub(in crate::rules) why: Option<Text>,
    pub(in crate::rules) owner: Option<Text>,
    pub(in crate::rules) tags: Vec<Text>,
}

/// `ignore_missing`
#[derive(Debug)]
pub(in crate::rules) enum IgnoreEntry {
    /// One text, which would let everything pass.
    Everything(Text),
    /// `{ "nsf.event_days_60d" = { no_basis = "…" } }`: values, each with its causes.
    Values(Vec<(Text, Vec<(Text, Text)>)>),
}

/// `[reasons.CODE]`
#[derive(Debug)]
pub(in crate::rules) struct ReasonEntry {
    pub(in crate::rules) code: Text,
    pub(in crate::rules) statement: Option<Text>,
    pub(in crate::rules) statement_missing: Option<Text>,
    pub(in crate::rules) rank: Option<i64>,
}

pub(super) fn rules(root: &Table<'_, '_>, report: &mut Report<'_>) -> Vec<RuleEntry> {
    let mut list = Vec::new();
    for table in root.tables("rule", "[[rule]]", report) {
        list.push(RuleEntry {
            span: table.span.clone(),
            id: table.text("id", report),
            when: table.expression("when", report),
            then: table.text("then", report),
            reason: table.reason(root, report),
            ignore_missing: ignore_missing(&table, report),
            except: table.expression("except", report),
            why: table.text("why", report),
            owner: table.text("owner", report),
            tags: table.texts("tags", report),
        });
        table.finish(report);
    }
    limited(list, limits::RULES_MAX, "rules", report)
}

fn ignore_missing(table: &Table<'_, '_>, report: &mut Report<'_>) -> Option<IgnoreEntry> {
    let example = "as in `{ \"income.monthly_net\" = { no_basis = \"why\" } }`";
    let values = match table.text_or_table("ignore_missing", example, report)? {
        TextOrTable::Text(text) => return Some(IgnoreEntry::Everything(text)),
        TextOrTable::Table(values) => values,
    };
    let mut list = Vec::new();
    for (key, value) in values.into_entries() {
        let heading = format!("the causes of `{}`", key.get_ref().escape_debug());
        let Some(causes) = as_table(key.get_ref(), value, &heading, &OWN_NAMES, report) else {
            continue;
        };
        let causes = causes.into_texts(report);
        if causes.is_empty() {
            let message = format!("{heading} are not named");
            report.error(Code::MissingKey, &key.span(), message);
        }
        let name = Text::of_key(key.get_ref(), key.span(), report.source());
        list.push((name, causes));
    }
    let list = limited(
        list,
        limits::RULE_ITEMS_MAX,
        "values in `ignore_missing`",
        report,
    );
    Some(IgnoreEntry::Values(list))
}

pub(super) fn reasons(root: &Table<'_, '_>, report: &mut Report<'_>) -> Vec<ReasonEntry> {
    let Some(table) = root.table("reasons", "[reasons]", report) else {
        return Vec::new();
    };
    let mut list = Vec::new();
    for (key, value) in table.into_entries() {
        let heading = format!("[reasons.{}]", key.get_ref().escape_debug());
        let Some(table) = as_table(key.get_ref(), value, &heading, &shapes::REASON, report) else {
            continue;
        };
        list.push(ReasonEntry {
            code: Text::of_key(key.get_ref(), key.span(), report.source()),
            statement: table.text("statement", report),
            statement_missing: table.text("statement_missing", report),
            rank: table.integer("rank", report).map(|(rank, _)| rank),
        });
        table.finish(report);
    }
    limited(list, limits::RULE_ITEMS_MAX, "reasons", report)
}
