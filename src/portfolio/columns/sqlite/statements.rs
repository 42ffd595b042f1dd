//! The statements on the tables of decisions, made once from their columns.

use std::sync::LazyLock;

use crate::portfolio::columns::table::Table;

static INSERTS: LazyLock<Vec<String>> =
    LazyLock::new(|| Table::ALL.into_iter().map(make_insert).collect());
static SELECTS: LazyLock<Vec<String>> =
    LazyLock::new(|| Table::ALL.into_iter().map(make_select).collect());

/// Inserts a row.
pub(super) fn insert(table: Table) -> &'static str {
    of(&INSERTS, table)
}

/// Reads the rows of one decision, in their order.
pub(super) fn select(table: Table) -> &'static str {
    of(&SELECTS, table)
}

fn of(statements: &'static [String], table: Table) -> &'static str {
    let place = Table::ALL.iter().position(|one| *one == table);
    let statement = place.and_then(|place| statements.get(place));
    statement.map_or("", String::as_str)
}

fn columns(table: Table) -> String {
    let names = table.columns().iter().map(|column| column.name.as_str());
    names.collect::<Vec<_>>().join(", ")
}

fn make_insert(table: Table) -> String {
    let (name, columns) = (table.name(), columns(table));
    let values = vec!["?"; table.columns().len()].join(", ");
    format!("INSERT INTO {name} ({columns}) VALUES ({values})")
}

fn make_select(table: Table) -> String {
    let (name, columns) = (table.name(), columns(table));
    let order = if table.has_positions() {
        " ORDER BY position"
    } else {
        ""
    };
    format!("SELECT {columns} FROM {name} WHERE seq = ?1{order}")
}
