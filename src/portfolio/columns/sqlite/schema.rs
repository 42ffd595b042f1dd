//! The tables and views, as statements. What is of features is made from their table.

use std::fmt::Write;

use crate::features::{Feature, Scope, Type};
use crate::portfolio::columns::table::{
    Holds, SCOPES, Table, column_of, features_of, missing_column_of,
};

/// Tables that are not of one decision each row.
const KEPT_BESIDE: &str = include_str!("kept_beside.sql");
/// Views that do not depend on the features.
const VIEWS: &str = include_str!("views.sql");

/// All statements that make the file.
pub(super) fn create() -> String {
    let mut out = KEPT_BESIDE.to_owned();
    for table in Table::ALL {
        out.push_str(&create_table(table));
    }
    out.push_str(
        "CREATE INDEX decisions_by_id ON decisions (id);
         CREATE INDEX decisions_by_application ON decisions (application);\n",
    );
    out.push_str(VIEWS);
    out.push_str(&features_view());
    out
}

fn create_table(table: Table) -> String {
    let columns = table.columns().iter().map(|column| {
        let holds = match column.holds {
            Holds::Whole => "INTEGER",
            Holds::Text => "TEXT",
            Holds::WholeOrText => "ANY",
            Holds::Bytes => "BLOB",
        };
        let key = match column.name.as_str() {
            "seq" if !table.has_positions() => " PRIMARY KEY",
            _ => "",
        };
        format!("    {} {holds}{key}", column.name)
    });
    let mut columns: Vec<String> = columns.collect();
    let end = if table.has_positions() {
        columns.push("    PRIMARY KEY (seq, position)".to_owned());
        "STRICT, WITHOUT ROWID"
    } else {
        "STRICT"
    };
    let (name, columns) = (table.name(), columns.join(",\n"));
    format!("CREATE TABLE {name} (\n{columns}\n) {end};\n")
}

/// Every feature of every subject as a row of its own.
fn features_view() -> String {
    let selects = SCOPES.into_iter().flat_map(|scope| {
        let all = features_of(scope).iter();
        all.map(move |(_, feature)| select_feature(scope, feature))
    });
    let selects: Vec<String> = selects.collect();
    format!(
        "CREATE VIEW v_features AS\n{};\n",
        selects.join("\nUNION ALL\n")
    )
}

fn select_feature(scope: Scope, feature: &Feature) -> String {
    let table = Table::of(scope).name();
    let (position, subject) = match scope {
        Scope::Household => ("NULL", "NULL"),
        Scope::Applicant => ("f.position", "f.applicant"),
        Scope::Account => ("f.position", "f.account"),
        Scope::IncomeStream => ("f.position", "CAST(f.position AS TEXT)"),
    };
    let column = column_of(feature);
    let value = match feature.ty {
        Type::Ratio | Type::Percent => {
            format!("iif(typeof(f.{column}) = 'integer', f.{column} / 1e6, f.{column})")
        }
        Type::Money | Type::Count | Type::Days | Type::Date | Type::Text | Type::Bool => {
            format!("f.{column}")
        }
    };
    let currency = match feature.ty {
        Type::Money => "f.currency",
        Type::Count
        | Type::Days
        | Type::Ratio
        | Type::Percent
        | Type::Date
        | Type::Text
        | Type::Bool => "NULL",
    };
    let mut out = String::new();
    // Writing to a string cannot fail.
    let _ = write!(
        out,
        "SELECT d.seq AS seq, t.tenant AS tenant, d.id AS decision, '{name}' AS feature, \
         '{scope}' AS scope, {position} AS position, {subject} AS subject, '{ty}' AS type, \
         {value} AS value, {currency} AS currency, f.{missing} AS missing
         FROM {table} AS f JOIN decisions AS d ON d.seq = f.seq JOIN tenants AS t ON t.number = d.tenant",
        name = feature.name,
        scope = scope.as_str(),
        ty = feature.ty.as_str(),
        missing = missing_column_of(feature),
    );
    out
}
