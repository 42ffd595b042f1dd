//! Finds the cells of a table, in the rule file or in a CSV file beside it.

use std::collections::BTreeMap;

use super::Checker;
use crate::limits;
use crate::rules::advice::{Advice, did_you_mean};
use crate::rules::csv;
use crate::rules::diagnostic::Code;
use crate::rules::file::{RowEntry, TableEntry};
use crate::rules::toml_reader::Text;

/// The rows of a table of rows: for each the tests of its inputs, `None` where any value passes, and
/// what it gives.
pub(super) type Written = Vec<(Vec<Option<Text>>, Vec<Text>)>;

impl Checker<'_> {
    /// The cells of a matrix, its heads included.
    pub(super) fn matrix_cells(&mut self, entry: &TableEntry) -> Option<Vec<Vec<Text>>> {
        let cells = match (&entry.cells, &entry.file) {
            (Some(cells), None) => cells.clone(),
            (None, Some(file)) => self.csv(file)?,
            _ => {
                let name = entry.name.value.escape_debug();
                let message = format!("[tables.{name}] has either `cells` or a `file`");
                self.missing_key(&entry.span, &message);
                return None;
            }
        };
        let columns = cells.first().map_or(0, Vec::len);
        if columns < 2 || cells.len() < 2 {
            let message = "a matrix has a row of heads, and rows that begin with theirs";
            self.report.error(Code::BadValue, &entry.span, message);
            return None;
        }
        let mut sound = true;
        for row in cells.iter().filter(|row| row.len() != columns) {
            let span = row.first().map_or(&entry.span, |first| &first.span).clone();
            let message = format!("this row has {} cells, the first {columns}", row.len());
            self.report.error(Code::BadValue, &span, message);
            sound = false;
        }
        self.fits_a_table(entry, cells.len(), columns)?;
        sound.then_some(cells)
    }

    /// The rows of a table of rows.
    pub(super) fn written_rows(&mut self, entry: &TableEntry) -> Option<Written> {
        let written = match (entry.row.as_slice(), &entry.file) {
            (rows @ [_, ..], None) => self.rows_by_name(entry, rows),
            ([], Some(file)) => self.rows_of_file(entry, file),
            _ => {
                let name = entry.name.value.escape_debug();
                let message = format!("[tables.{name}] has either a `row` or more, or a `file`");
                self.missing_key(&entry.span, &message);
                return None;
            }
        }?;
        let columns = entry.inputs.len() + entry.outputs.len();
        self.fits_a_table(entry, written.len(), columns)?;
        Some(written)
    }

    fn fits_a_table(&mut self, entry: &TableEntry, rows: usize, columns: usize) -> Option<()> {
        let cells = rows.saturating_mul(columns);
        if rows <= limits::TABLE_ROWS_MAX && cells <= limits::TABLE_CELLS_MAX {
            return Some(());
        }
        let message = format!(
            "{rows} rows of {columns} cells; a table has at most {} rows and {} cells",
            limits::TABLE_ROWS_MAX,
            limits::TABLE_CELLS_MAX
        );
        self.report.error(Code::TooLarge, &entry.span, message);
        None
    }

    /// Rows of `name = cell`. An input that is not named may be any.
    fn rows_by_name(&mut self, entry: &TableEntry, rows: &[RowEntry]) -> Option<Written> {
        let written: Vec<_> = rows
            .iter()
            .map(|row| self.row_by_name(entry, row))
            .collect();
        written.into_iter().collect()
    }

    fn row_by_name(
        &mut self,
        entry: &TableEntry,
        row: &RowEntry,
    ) -> Option<(Vec<Option<Text>>, Vec<Text>)> {
        let columns = entry.inputs.iter().chain(&entry.outputs);
        let columns: Vec<&str> = columns.map(|(name, _)| name.value.as_str()).collect();
        let mut known = true;
        for (name, _) in &row.cells {
            known &= self.known_column(name, &columns, &row.cells);
        }
        let cells: BTreeMap<&str, &Text> = row
            .cells
            .iter()
            .map(|(name, cell)| (name.value.as_str(), cell))
            .collect();
        let find = |(name, _): &(Text, Text)| cells.get(name.value.as_str()).copied().cloned();
        let outputs: Vec<Option<Text>> = entry.outputs.iter().map(find).collect();
        for ((name, _), found) in entry.outputs.iter().zip(&outputs) {
            // A column that is not known was told, and is likely this one.
            if found.is_none() && known {
                let name = name.value.escape_debug();
                let message = format!("this row needs `{name}`");
                let advice = Advice::words(format!("say what it gives: `{name} = …`"));
                self.report
                    .error_with(Code::MissingKey, &row.span, message, advice);
            }
        }
        let outputs = outputs.into_iter().collect::<Option<_>>()?;
        Some((entry.inputs.iter().map(find).collect(), outputs))
    }

    fn known_column(&mut self, name: &Text, columns: &[&str], row: &[(Text, Text)]) -> bool {
        if columns.contains(&name.value.as_str()) {
            return true;
        }
        let shown = name.value.escape_debug().to_string();
        let there = |column: &&str| row.iter().any(|(name, _)| name.value == *column);
        let left = columns.iter().copied().filter(|column| !there(column));
        let help = did_you_mean(&shown, left)
            .unwrap_or_else(|| format!("the columns are `{}`", columns.join("`, `")).into());
        let message = format!("the table has no column `{shown}`");
        self.report
            .error_with(Code::UnknownKey, &name.span, message, help);
        false
    }

    /// Rows of a CSV file, the names of the columns in its first line.
    fn rows_of_file(&mut self, entry: &TableEntry, file: &Text) -> Option<Written> {
        let rows = self.csv(file)?;
        let (heads, rows) = rows.split_first()?;
        let columns = entry.inputs.iter().chain(&entry.outputs);
        let columns: Vec<&str> = columns.map(|(name, _)| name.value.as_str()).collect();
        let mut known = true;
        for head in heads {
            known &= self.known_column(head, &columns, &[]);
        }
        let mut places = Vec::new();
        for column in &columns {
            let mut found = heads.iter().enumerate();
            let mut found = found
                .by_ref()
                .filter(|(_, head)| head.value == *column)
                .map(|(place, head)| (place, head.span.clone()));
            let place = found.next();
            if let Some((_, span)) = found.next() {
                let message = format!("there is another column `{column}`");
                self.report.error(Code::DuplicateId, &span, message);
            }
            if place.is_none() && known {
                let span = heads.first().map_or(&file.span, |head| &head.span).clone();
                let message = format!("the first line names no column `{column}`");
                self.missing_key(&span, &message);
            }
            places.push(place.map(|(place, _)| place));
        }
        let places: Vec<usize> = places.into_iter().collect::<Option<_>>()?;
        let (inputs, outputs) = places.split_at_checked(entry.inputs.len())?;
        let mut written = Vec::new();
        for row in rows {
            if row.len() != heads.len() {
                let span = row.first().map_or(&file.span, |first| &first.span).clone();
                let message = format!(
                    "this row has {} cells, the first {}",
                    row.len(),
                    heads.len()
                );
                self.report.error(Code::BadValue, &span, message);
                continue;
            }
            let cells = |places: &[usize]| -> Vec<Text> {
                let cells = places.iter().filter_map(|place| row.get(*place));
                cells.cloned().collect()
            };
            let tests = cells(inputs).into_iter().map(Some).collect();
            written.push((tests, cells(outputs)));
        }
        if written.is_empty() {
            let message = format!("`{}` has no rows", file.value.escape_debug());
            self.report.error(Code::BadValue, &file.span, message);
            return None;
        }
        Some(written)
    }

    /// The cells of a CSV file.
    fn csv(&mut self, file: &Text) -> Option<Vec<Vec<Text>>> {
        let at = self.file_named(file)?;
        let source = self.report.source();
        let content = source.get(at.clone()).unwrap_or("");
        match csv::rows(content) {
            Ok(rows) if rows.is_empty() => {
                let message = format!("nothing is in `{}`", file.value.escape_debug());
                self.report.error(Code::BadValue, &file.span, message);
                None
            }
            Ok(rows) => {
                let text = |cell: csv::Cell| {
                    let span = at.start + cell.span.start..at.start + cell.span.end;
                    Text::of_key(&cell.text, span, source)
                };
                let rows = rows.into_iter();
                Some(
                    rows.map(|row| row.into_iter().map(text).collect())
                        .collect(),
                )
            }
            Err(span) => {
                let span = at.start + span.start..at.start + span.end;
                let message = "this cell in quotes does not end as it should";
                let help = "close it with `\"` before a comma; a quote inside is written twice";
                self.report
                    .error_with(Code::BadValue, &span, message, help.to_owned());
                None
            }
        }
    }
}
