//! Tables that a person can sort and filter.

use crate::report::html::parts::{Column, table_head, table_rows};
use crate::report::markup::Markup;

/// Rows from which on it helps to filter them.
const FILTERED_FROM: usize = 8;

/// A table with what it shows above it. Its script sorts it, and filters it where it is long.
pub(super) fn sorted_table(
    markup: &mut Markup,
    caption: &str,
    columns: &[(&str, Column)],
    rows: Vec<Vec<String>>,
) {
    let is_long = rows.len() >= FILTERED_FROM;
    let inside = |markup: &mut Markup| {
        captioned(markup, caption, columns, |table| {
            table_rows(table, columns, rows.into_iter());
        });
    };
    match is_long {
        true => filtered(markup, "Filter the rows", inside),
        false => inside(markup),
    }
}

/// What stands in it can be filtered: rows of tables, and what is folded around them.
pub(super) fn filtered(markup: &mut Markup, label: &str, inside: impl FnOnce(&mut Markup)) {
    let attributes = [("class", "filtered"), ("data-filter", label)];
    markup.within("div", &attributes, inside);
}

/// A table that is sorted by its heads, with what it shows above it.
pub(super) fn captioned(
    markup: &mut Markup,
    caption: &str,
    columns: &[(&str, Column)],
    body: impl FnOnce(&mut Markup),
) {
    markup.within("table", &[("class", "sorted")], |table| {
        table.element("caption", &[], caption);
        table_head(table, columns);
        body(table);
    });
}

/// A table of few narrow columns, which stays one on a phone.
pub(super) fn matrix(
    markup: &mut Markup,
    caption: &str,
    columns: &[(&str, Column)],
    rows: impl Iterator<Item = Vec<String>>,
) {
    markup.within("table", &[("class", "matrix")], |table| {
        table.element("caption", &[], caption);
        table_head(table, columns);
        table_rows(table, columns, rows);
    });
}
