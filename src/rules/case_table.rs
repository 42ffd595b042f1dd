//! Tests in a CSV file: a line for each, a column for each value that they give or expect.

use std::collections::BTreeSet;
use std::ops::Range;

use super::advice::{Advice, did_you_mean};
use super::ast::ForecastFunction;
use super::csv::{self, Cell};
use super::diagnostic::{Code, Report};
use super::file::{ApplicationEntry, ExpectEntry, GivenEntry, TestEntry, ValueEntry};
use super::format::Holds;
use super::format::shapes::CASE_FILE;
use super::toml_reader::Text;
use crate::features;

/// What parts several values in one cell.
const SEPARATOR: char = ';';

/// The columns that are no features and no inputs, as the format of `[[test]]` has them.
fn columns() -> Vec<String> {
    let mut names = Vec::new();
    for key in CASE_FILE.keys {
        add(key.holds, "", &mut names);
    }
    names
}

fn add(holds: Holds, path: &str, names: &mut Vec<String>) {
    for key in holds.shape().keys {
        let name = format!("{path}{}", key.name);
        if !key.holds.shape().keys.is_empty() {
            add(key.holds, &format!("{name}."), names);
        } else if !matches!(key.holds, Holds::Values(..)) {
            names.push(name);
        }
    }
}

/// The tests of a table that stands at `at` in the text of all files. A cell without anything says
/// nothing; one of `-` is an empty list.
pub(super) fn tests(at: Range<usize>, report: &mut Report<'_>) -> Vec<TestEntry> {
    let content = report.source().get(at.clone()).unwrap_or("");
    let rows = match csv::rows(content) {
        Ok(rows) => rows,
        Err(place) => {
            let place = at.start + place.start..at.start + place.end;
            report.error(
                Code::BadValue,
                &place,
                "this cell in quotes does not end as it should",
            );
            return Vec::new();
        }
    };
    let mut rows = rows.into_iter();
    let head: Vec<Text> = rows
        .next()
        .unwrap_or_default()
        .into_iter()
        .map(|cell| text(cell, at.start))
        .collect();
    if !head.iter().any(|column| column.value == "name") {
        let message = "the first line of a table of tests names its columns, `name` among them";
        report.error(Code::MissingKey, &at, message);
        return Vec::new();
    }
    let mut seen = BTreeSet::new();
    for column in &head {
        if !seen.insert(&column.value) {
            let message = format!("there is another column `{}`", column.value.escape_debug());
            report.error(Code::DuplicateId, &column.span, message);
        }
        known(column, report);
    }
    let rows = rows.map(|row| one(&head, row, at.start, report));
    rows.collect()
}

/// Reports a column that is none. Features and inputs are looked at where their values are.
fn known(column: &Text, report: &mut Report<'_>) {
    let name = column.value.as_str();
    let columns = columns();
    let is_known = columns.iter().any(|known| known == name)
        || is_feature(name)
        || name
            .strip_prefix("inputs.")
            .is_some_and(|name| !name.is_empty());
    if is_known {
        return;
    }
    let features = features::table().iter().map(|feature| feature.name);
    let known = columns.iter().map(String::as_str).chain(features);
    let near = report
        .suggests()
        .then(|| did_you_mean(name, known))
        .flatten();
    let help = near.unwrap_or_else(|| {
        Advice::words("a column is a feature, `inputs.NAME`, `application.…` or `expect.…`")
    });
    let message = format!("`{}` is no column of a table of tests", name.escape_debug());
    report.error_with(Code::UnknownName, &column.span, message, help);
}

fn is_feature(name: &str) -> bool {
    ForecastFunction::named(name).is_some() || features::find(name).is_some()
}

fn text(cell: Cell, start: usize) -> Text {
    Text::plain(&cell.text, start + cell.span.start..start + cell.span.end)
}

fn one(head: &[Text], row: Vec<Cell>, start: usize, report: &mut Report<'_>) -> TestEntry {
    let cells: Vec<Text> = row.into_iter().map(|cell| text(cell, start)).collect();
    let first = cells.first().map_or(start..start, |cell| cell.span.clone());
    if let Some(more) = cells.get(head.len()) {
        let message = format!(
            "this line has {} cells, the first {}",
            cells.len(),
            head.len()
        );
        report.error(Code::BadValue, &more.span, message);
    }
    let mut entry = TestEntry {
        span: first,
        ..TestEntry::default()
    };
    for (column, cell) in head.iter().zip(cells) {
        if !cell.value.is_empty() {
            put(&mut entry, column, cell);
        }
    }
    if entry.name.is_none() {
        report.error(Code::MissingKey, &entry.span, "the test has no `name`");
    }
    entry
}

/// Puts a cell where its column says.
fn put(entry: &mut TestEntry, column: &Text, cell: Text) {
    let name = column.value.as_str();
    let place = match name.split_once('.') {
        Some(("application", key)) => application(&mut entry.application, key),
        Some(("expect", key)) => expected(&mut entry.expect, key, &cell),
        Some(("inputs", input)) => {
            let start = column.span.start + name.len() - input.len();
            let input = Text::plain(input, start..start + input.len());
            entry.inputs.push((input, cell));
            return;
        }
        Some(_) => None,
        None => own(entry, name),
    };
    match place {
        Some(place) => *place = Some(cell),
        None if is_feature(name) => entry.features.push((column.clone(), given(&cell))),
        None => {}
    }
}

fn own<'e>(entry: &'e mut TestEntry, key: &str) -> Option<&'e mut Option<Text>> {
    Some(match key {
        "name" => &mut entry.name,
        "like" => &mut entry.like,
        "applicant" => &mut entry.applicant,
        "bank_data" => &mut entry.bank_data,
        "decision" => &mut entry.decision,
        _ => return None,
    })
}

fn application<'e>(entry: &'e mut ApplicationEntry, key: &str) -> Option<&'e mut Option<Text>> {
    Some(match key {
        "amount" => &mut entry.amount,
        "term" => &mut entry.term,
        "frequency" => &mut entry.frequency,
        "first_payment_date" => &mut entry.first_payment_date,
        "purpose" => &mut entry.purpose,
        "product" => &mut entry.product,
        "name" => &mut entry.name,
        "at" => &mut entry.at,
        _ => return None,
    })
}

/// Where a cell is put that holds one thing; a list is put there at once.
fn expected<'e>(
    entry: &'e mut ExpectEntry,
    key: &str,
    cell: &Text,
) -> Option<&'e mut Option<Text>> {
    let offer = &mut entry.offer;
    let list = match key {
        "reasons" => &mut entry.reasons,
        "noted" => &mut entry.noted,
        "missing" => &mut entry.missing,
        "outcome" => return Some(&mut entry.outcome),
        "score" => return Some(&mut entry.score),
        "bound_by" => return Some(&mut entry.bound_by),
        "offer.tier" => return Some(&mut offer.tier),
        "offer.amount" => return Some(&mut offer.amount),
        "offer.rate" => return Some(&mut offer.rate),
        "offer.apr" => return Some(&mut offer.apr),
        "offer.term" => return Some(&mut offer.term),
        "offer.frequency" => return Some(&mut offer.frequency),
        "offer.payment" => return Some(&mut offer.payment),
        "offer.payments" => return Some(&mut offer.payments),
        _ => return None,
    };
    *list = Some(parts(cell));
    None
}

/// The texts between separators; none of `-`.
fn parts(cell: &Text) -> Vec<Text> {
    if cell.value == "-" {
        return Vec::new();
    }
    let mut start = 0;
    let mut parts = Vec::new();
    for part in cell.value.split(SEPARATOR) {
        let inside = part.trim();
        let from = start + (part.len() - part.trim_start().len());
        parts.push(cell.part(from..from + inside.len()));
        start += part.len() + SEPARATOR.len_utf8();
    }
    parts
}

/// One value or several, each with the cause where it is missing: `missing(no_permission)`.
fn given(cell: &Text) -> GivenEntry {
    let value = |text: Text| {
        let cause = text
            .value
            .strip_prefix("missing(")
            .and_then(|rest| rest.strip_suffix(')'));
        let length = cause.map(str::len);
        match length {
            Some(length) => {
                let start = "missing(".len();
                ValueEntry::Missing(text.part(start..start + length))
            }
            None => ValueEntry::Known(text),
        }
    };
    if cell.value.contains(SEPARATOR) || cell.value == "-" {
        GivenEntry::Several(parts(cell).into_iter().map(value).collect())
    } else {
        GivenEntry::One(value(cell.clone()))
    }
}

/// Whether a name is that of a table of tests, and not of a file of TOML.
pub(super) fn is_table(name: &str) -> bool {
    name.to_ascii_lowercase().ends_with(".csv")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::{Attachments, Bundle, CaseFile, TestCase};

    const RULES: &str = include_str!("starter/credit.toml");
    const LIKE: &str = "a sound applicant gets what is asked for";

    /// What the columns may hold, and the same in TOML.
    const CELLS: [(&str, &str, &str); 27] = [
        ("name", "it", "'it'"),
        ("like", LIKE, "'a sound applicant gets what is asked for'"),
        ("applicant", "salaried", "'salaried'"),
        ("bank_data", "a.json", "'a.json'"),
        (
            "decision",
            "dec_01a029fc5d80725c8711a9ac94969618",
            "'dec_01a029fc5d80725c8711a9ac94969618'",
        ),
        ("application.amount", "500 usd", "'500 usd'"),
        ("application.term", "6 months", "'6 months'"),
        ("application.frequency", "weekly", "'weekly'"),
        (
            "application.first_payment_date",
            "2026-04-30",
            "'2026-04-30'",
        ),
        ("application.purpose", "a car", "'a car'"),
        ("application.product", "small", "'small'"),
        ("application.name", "Ada", "'Ada'"),
        ("application.at", "2026-03-31 15:00", "'2026-03-31 15:00'"),
        ("expect.outcome", "DECLINE", "'DECLINE'"),
        (
            "expect.reasons",
            "NSF_FREQUENT; INCOME_INSUFFICIENT",
            "['NSF_FREQUENT', 'INCOME_INSUFFICIENT']",
        ),
        ("expect.noted", "-", "[]"),
        ("expect.score", "7", "7"),
        (
            "expect.missing",
            "income.monthly_net",
            "['income.monthly_net']",
        ),
        ("expect.bound_by", "cap", "'cap'"),
        ("expect.offer.tier", "B", "'B'"),
        ("expect.offer.amount", "501 usd", "'501 usd'"),
        ("expect.offer.rate", "17.9%", "'17.9%'"),
        ("expect.offer.apr", "18.9%", "'18.9%'"),
        ("expect.offer.term", "7 months", "'7 months'"),
        ("expect.offer.frequency", "single", "'single'"),
        ("expect.offer.payment", "51 usd", "'51 usd'"),
        ("expect.offer.payments", "13", "13"),
    ];

    /// The test of a file, and what is found wrong with it.
    fn read(file: &str, text: String) -> (Vec<TestCase>, Vec<String>) {
        let cases = [CaseFile {
            name: file.to_owned(),
            bytes: text.into_bytes(),
        }];
        let none = Attachments::none();
        let (_, tests, found) = Bundle::publish_and_test(RULES.as_bytes(), &none, &cases);
        let own = tests.into_iter().filter(|test| test.file.is_some());
        let placeless = own.map(|test| TestCase {
            file: None,
            line: 0,
            ..test
        });
        let found = found.into_iter().map(|one| one.message);
        (placeless.collect(), found.collect())
    }

    #[test]
    fn each_column_puts_its_cell_where_toml_does() {
        let known: Vec<&str> = CELLS.iter().map(|(column, ..)| *column).collect();
        assert_eq!(columns(), known);
        for (column, cell, value) in CELLS {
            // Every test has a name and expects something.
            let usual = [
                ("name", "it", "'it'"),
                ("expect.outcome", "REFER", "'REFER'"),
            ];
            let others = usual.into_iter().filter(|(name, ..)| *name != column);
            let all: Vec<_> = others.chain([(column, cell, value)]).collect();
            let heads: Vec<&str> = all.iter().map(|(column, ..)| *column).collect();
            let cells: Vec<&str> = all.iter().map(|(_, cell, _)| *cell).collect();
            let lines = all
                .iter()
                .map(|(column, _, value)| format!("{column} = {value}\n"));
            let table = read(
                "t.csv",
                format!("{}\n{}\n", heads.join(","), cells.join(",")),
            );
            let toml = read("t.toml", format!("[[test]]\n{}", lines.collect::<String>()));
            assert_eq!(table, toml, "{column}");
            let without = read("t.csv", "name,expect.outcome\nit,REFER\n".to_owned());
            assert!(
                column == "name" || table != without,
                "{column} changes nothing"
            );
        }
    }
}
