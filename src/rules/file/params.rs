//! `[params]` as written: a value, or a table with the value and what is said of it.

use toml::de::DeValue;

use super::limited;
use crate::limits;
use crate::rules::diagnostic::Report;
use crate::rules::format::shapes;
use crate::rules::toml_reader::{Table, Text, as_table, expression};

/// `NAME = '3'` or `NAME = { value = '3', min = '0', max = '10', doc = "…" }`
#[derive(Debug)]
pub(in crate::rules) struct ParamEntry {
    pub(in crate::rules) name: Text,
    pub(in crate::rules) value: Option<Text>,
    pub(in crate::rules) min: Option<Text>,
    pub(in crate::rules) max: Option<Text>,
    pub(in crate::rules) doc: Option<Text>,
    pub(in crate::rules) justification: Option<Text>,
}

pub(super) fn params(root: &Table<'_, '_>, report: &mut Report<'_>) -> Vec<ParamEntry> {
    let Some(table) = root.table("params", "[params]", report) else {
        return Vec::new();
    };
    let mut list = Vec::new();
    for (key, value) in table.into_entries() {
        let name = Text::of_key(key.get_ref(), key.span(), report.source());
        if !matches!(value.get_ref(), DeValue::Table(_)) {
            if let Some(value) = expression(key.get_ref(), value, report) {
                list.push(ParamEntry {
                    name,
                    value: Some(value),
                    min: None,
                    max: None,
                    doc: None,
                    justification: None,
                });
            }
            continue;
        }
        let heading = format!("[params.{}]", key.get_ref().escape_debug());
        let Some(table) = as_table(key.get_ref(), value, &heading, &shapes::PARAM, report) else {
            continue;
        };
        list.push(ParamEntry {
            name,
            value: table.expression("value", report),
            min: table.expression("min", report),
            max: table.expression("max", report),
            doc: table.text("doc", report),
            justification: table.text("justification", report),
        });
        table.finish(report);
    }
    limited(list, limits::RULE_ITEMS_MAX, "params", report)
}
