//! `import` and `[lists]` as written.

use std::ops::Range;

use super::limited;
use crate::limits;
use crate::rules::diagnostic::Report;
use crate::rules::format::shapes;
use crate::rules::toml_reader::{Table, Text, as_table};

/// `[lists.NAME]`
#[derive(Debug)]
pub(in crate::rules) struct ListEntry {
    pub(in crate::rules) name: Text,
    pub(in crate::rules) span: Range<usize>,
    pub(in crate::rules) ty: Option<Text>,
    pub(in crate::rules) values: Option<Vec<Text>>,
    pub(in crate::rules) file: Option<Text>,
}

pub(super) fn imports(root: &Table<'_, '_>, report: &mut Report<'_>) -> Vec<Text> {
    let list = root.texts("import", report);
    limited(list, limits::ATTACHMENTS_MAX, "imports", report)
}

pub(super) fn lists(root: &Table<'_, '_>, report: &mut Report<'_>) -> Vec<ListEntry> {
    let Some(table) = root.table("lists", "[lists]", report) else {
        return Vec::new();
    };
    let mut list = Vec::new();
    for (key, value) in table.into_entries() {
        let heading = format!("[lists.{}]", key.get_ref().escape_debug());
        let Some(table) = as_table(key.get_ref(), value, &heading, &shapes::LIST, report) else {
            continue;
        };
        list.push(ListEntry {
            name: Text::of_key(key.get_ref(), key.span(), report.source()),
            span: key.span(),
            ty: table.text("type", report),
            values: table.expressions("values", report),
            file: table.text("file", report),
        });
        table.finish(report);
    }
    limited(list, limits::RULE_ITEMS_MAX, "lists", report)
}
