//! `[freshness]`, `[inputs]` and `[[lexicon]]` as written.

use super::limited;
use crate::limits;
use crate::rules::diagnostic::{Code, Report};
use crate::rules::format::shapes;
use crate::rules::toml_reader::{Table, Text, as_table};

/// `[freshness]`
#[derive(Debug, Default)]
pub(in crate::rules) struct FreshnessEntry {
    pub(in crate::rules) balances: Option<Text>,
    pub(in crate::rules) ownership: Option<Text>,
    pub(in crate::rules) transactions: Option<Text>,
}

/// `[inputs.NAME]`
#[derive(Debug)]
pub(in crate::rules) struct InputEntry {
    pub(in crate::rules) name: Text,
    pub(in crate::rules) ty: Option<Text>,
    pub(in crate::rules) required: bool,
    pub(in crate::rules) control: Option<Text>,
    pub(in crate::rules) doc: Option<Text>,
    /// The texts that it can be.
    pub(in crate::rules) values: Option<Vec<Text>>,
    pub(in crate::rules) min: Option<Text>,
    pub(in crate::rules) max: Option<Text>,
    pub(in crate::rules) default: Option<Text>,
    /// Where the caller has it from.
    pub(in crate::rules) source: Option<Text>,
    pub(in crate::rules) justification: Option<Text>,
}

/// `[[lexicon]]`
#[derive(Debug)]
pub(in crate::rules) struct LexiconEntry {
    pub(in crate::rules) term: Option<Text>,
    pub(in crate::rules) name: Option<Text>,
    pub(in crate::rules) phrases: Vec<Text>,
}

pub(super) fn freshness(root: &Table<'_, '_>, report: &mut Report<'_>) -> FreshnessEntry {
    let Some(table) = root.table("freshness", "[freshness]", report) else {
        return FreshnessEntry::default();
    };
    let entry = FreshnessEntry {
        balances: table.text("balances", report),
        ownership: table.text("ownership", report),
        transactions: table.text("transactions", report),
    };
    table.finish(report);
    entry
}

pub(super) fn inputs(root: &Table<'_, '_>, report: &mut Report<'_>) -> Vec<InputEntry> {
    let Some(table) = root.table("inputs", "[inputs]", report) else {
        return Vec::new();
    };
    let mut list = Vec::new();
    for (key, value) in table.into_entries() {
        let heading = format!("[inputs.{}]", key.get_ref().escape_debug());
        let Some(table) = as_table(key.get_ref(), value, &heading, &shapes::INPUT, report) else {
            continue;
        };
        list.push(InputEntry {
            name: Text::of_key(key.get_ref(), key.span(), report.source()),
            ty: table.text("type", report),
            required: table.boolean("required", report).unwrap_or(false),
            control: table.text("control", report),
            doc: table.text("doc", report),
            values: table.texts_if_there("values", report),
            min: table.expression("min", report),
            max: table.expression("max", report),
            default: table.expression("default", report),
            source: table.text("source", report),
            justification: table.text("justification", report),
        });
        table.finish(report);
    }
    limited(list, limits::INPUTS_MAX, "inputs", report)
}

pub(super) fn lexicon(root: &Table<'_, '_>, report: &mut Report<'_>) -> Vec<LexiconEntry> {
    let mut list = Vec::new();
    let mut room = limits::PHRASES_MAX;
    for table in root.tables("lexicon", "[[lexicon]]", report) {
        let mut entry = LexiconEntry {
            term: table.text("term", report),
            name: table.text("name", report),
            phrases: table.some_texts("phrases", report),
        };
        if entry.phrases.len() > room {
            let max = limits::PHRASES_MAX;
            let message = format!("more than {max} phrases; a rule set adds at most so many");
            report.error(Code::TooLarge, &table.span, message);
            entry.phrases.truncate(room);
        }
        room = room.saturating_sub(entry.phrases.len());
        list.push(entry);
        table.finish(report);
    }
    limited(list, limits::RULE_ITEMS_MAX, "lines of a lexicon", report)
}
