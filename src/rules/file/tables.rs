//! `[tables]` as written.

use std::ops::Range;

use toml::Spanned;
use toml::de::DeValue;

use super::limited;
use crate::limits;
use crate::rules::diagnostic::Report;
use crate::rules::format::{OWN_NAMES, shapes};
use crate::rules::toml_reader::{Table, Text, as_table, expression, expressions};

/// `[tables.NAME]`
#[derive(Debug)]
pub(in crate::rules) struct TableEntry {
    pub(in crate::rules) name: Text,
    pub(in crate::rules) span: Range<usize>,
    /// Of a matrix: what its rows and columns are chosen by, and the type of its cells.
    pub(in crate::rules) rows: Option<Text>,
    pub(in crate::rules) columns: Option<Text>,
    pub(in crate::rules) ty: Option<Text>,
    pub(in crate::rules) cells: Option<Vec<Vec<Text>>>,
    /// Of a table of rows: what they are chosen by, and the types of what they give, by name.
    pub(in crate::rules) inputs: Vec<(Text, Text)>,
    pub(in crate::rules) outputs: Vec<(Text, Text)>,
    pub(in crate::rules) row: Vec<RowEntry>,
    pub(in crate::rules) hit: Option<Text>,
    pub(in crate::rules) file: Option<Text>,
    pub(in crate::rules) otherwise: Option<OtherwiseEntry>,
}

/// A row of a table, its cells by name.
#[derive(Debug)]
pub(in crate::rules) struct RowEntry {
    pub(in crate::rules) span: Range<usize>,
    pub(in crate::rules) cells: Vec<(Text, Text)>,
}

/// `otherwise = '36%'` or `otherwise = { apr = '36%', … }`
#[derive(Debug)]
pub(in crate::rules) enum OtherwiseEntry {
    One(Text),
    Several(RowEntry),
}

pub(super) fn tables(root: &Table<'_, '_>, report: &mut Report<'_>) -> Vec<TableEntry> {
    let Some(table) = root.table("tables", "[tables]", report) else {
        return Vec::new();
    };
    let mut list = Vec::new();
    for (key, value) in table.into_entries() {
        let heading = format!("[tables.{}]", key.get_ref().escape_debug());
        let Some(table) = as_table(key.get_ref(), value, &heading, &shapes::TABLE, report) else {
            continue;
        };
        let row = table.tables("row", "a row", report).into_iter();
        let row = row.map(|row| row_entry(row, report)).collect();
        let entry = TableEntry {
            name: Text::of_key(key.get_ref(), key.span(), report.source()),
            span: key.span(),
            rows: table.expression("rows", report),
            columns: table.expression("columns", report),
            ty: table.text("type", report),
            cells: table.value("cells").map(|cells| matrix(cells, report)),
            inputs: pairs(&table, "inputs", report),
            outputs: pairs(&table, "outputs", report),
            row: limited(row, limits::TABLE_ROWS_MAX, "rows", report),
            hit: table.text("hit", report),
            file: table.text("file", report),
            otherwise: table
                .value("otherwise")
                .and_then(|value| otherwise(value, report)),
        };
        table.finish(report);
        list.push(entry);
    }
    limited(list, limits::RULE_ITEMS_MAX, "tables", report)
}

/// Cells in rows: an array of arrays.
fn matrix(found: &Spanned<DeValue<'_>>, report: &mut Report<'_>) -> Vec<Vec<Text>> {
    let DeValue::Array(rows) = found.get_ref() else {
        return vec![expressions("cells", found, report)];
    };
    let rows = rows.iter();
    rows.map(|row| expressions("cells", row, report)).collect()
}

fn otherwise(found: &Spanned<DeValue<'_>>, report: &mut Report<'_>) -> Option<OtherwiseEntry> {
    if matches!(found.get_ref(), DeValue::Table(_)) {
        let table = as_table("otherwise", found, "`otherwise`", &OWN_NAMES, report)?;
        return Some(OtherwiseEntry::Several(row_entry(table, report)));
    }
    expression("otherwise", found, report).map(OtherwiseEntry::One)
}

fn row_entry(table: Table<'_, '_>, report: &mut Report<'_>) -> RowEntry {
    let span = table.span.clone();
    RowEntry {
        span,
        cells: named(table, report),
    }
}

fn pairs(table: &Table<'_, '_>, key: &'static str, report: &mut Report<'_>) -> Vec<(Text, Text)> {
    let inner = table.table(key, &format!("`{key}`"), report);
    inner.map_or_else(Vec::new, |inner| named(inner, report))
}

fn named(table: Table<'_, '_>, report: &mut Report<'_>) -> Vec<(Text, Text)> {
    let mut list = Vec::new();
    for (key, value) in table.into_entries() {
        let name = Text::of_key(key.get_ref(), key.span(), report.source());
        if let Some(text) = expression(key.get_ref(), value, report) {
            list.push((name, text));
        }
    }
    list
}
