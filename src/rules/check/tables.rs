//! Checks tables: their inputs, tests and cells, and that they leave nothing open.

use std::collections::BTreeSet;

use super::table_file::Written;
use super::{Checker, Naming};
use crate::features::{Type, Value};
use crate::limits;
use crate::rules::asked::AskedFor;
use crate::rules::diagnostic::Code;
use crate::rules::file::{OtherwiseEntry, RowEntry, TableEntry};
use crate::rules::names::Named;
use crate::rules::node::Source;
use crate::rules::table::{Hit, Passes, Shape, Table, TableInput, TableOutput, Test};
use crate::rules::table_gaps::Rows;
use crate::rules::toml_reader::Text;
use crate::rules::vocabulary::{HITS, types};

mod open;
mod tests_of_values;

/// What every table gives in a row, and a matrix in its only output.
const ANY: &str = "*";

impl Checker<'_> {
    /// Declares what a table gives, so that formulas before it may name it.
    pub(super) fn declare_table(&mut self, table: usize, entry: &TableEntry) {
        self.well_named(&entry.name, Naming::Word);
        let types = types();
        let full = format!("tables.{}", entry.name.value);
        let mut outputs = Vec::new();
        if is_matrix(entry) {
            let ty = entry.ty.as_ref();
            let ty = ty.and_then(|ty| self.word(ty, &types, "a type"));
            outputs.push((full.clone(), ty));
        }
        for (name, ty) in &entry.outputs {
            self.well_named(name, Naming::Word);
            let ty = self.word(ty, &types, "a type");
            outputs.push((format!("{full}.{}", name.value), ty));
        }
        let named = match outputs.as_slice() {
            [(_, ty)] => Named::Table {
                table,
                output: 0,
                ty: *ty,
            },
            _ => Named::Outputs(outputs.iter().map(|(name, _)| name.clone()).collect()),
        };
        for (output, (name, ty)) in outputs.into_iter().enumerate() {
            self.names.declare(name, Named::Table { table, output, ty });
        }
        self.names.declare(full, named);
    }

    pub(super) fn table(&mut self, index: usize, entry: &TableEntry) -> Option<Table> {
        self.is_of_one_kind(entry)?;
        let inputs = self.table_inputs(entry);
        let full = format!("tables.{}", entry.name.value);
        let slot = self
            .slots
            .named(&format!("{full}#row"), Source::Row(index), Type::Count);
        self.rests_on(entry, &full, inputs.as_deref().unwrap_or_default());
        self.justified("tables", &entry.name, entry.justification.as_ref());
        let columns = entry.inputs.iter().chain(&entry.outputs);
        let columns = columns.map(|(name, _)| name);
        let texts = columns.chain(entry.otherwise.iter().flat_map(OtherwiseEntry::texts));
        self.note(&full, entry.justification.as_ref(), texts);
        let (shape, outputs) = if is_matrix(entry) {
            self.matrix(entry, inputs.as_deref())?
        } else {
            self.rows(entry, inputs.as_deref())?
        };
        let table = Table {
            name: entry.name.value.clone(),
            inputs: inputs?,
            shape,
            outputs,
            slot,
        };
        self.open_ends(&table, entry);
        Some(table)
    }

    /// Notes of the names of a table what they rest on.
    fn rests_on(&mut self, entry: &TableEntry, full: &str, inputs: &[TableInput]) {
        let late = inputs.iter().any(|input| self.is_late(&input.formula.node));
        let asked = inputs.iter();
        let asked = asked.flat_map(|input| self.asked_for(&input.formula.node));
        let asked: BTreeSet<AskedFor> = asked.collect();
        let outputs = entry.outputs.iter();
        let outputs = outputs.map(|(name, _)| format!("{full}.{}", name.value));
        for name in outputs.chain([full.to_owned(), format!("{full}#row")]) {
            self.names.rests_on(&name, asked.clone());
            if late {
                self.names.mark_late(name);
            }
        }
    }

    /// Whether a table is a matrix or has rows.
    fn is_of_one_kind(&mut self, entry: &TableEntry) -> Option<()> {
        let matrix = is_matrix(entry) && entry.inputs.is_empty() && entry.ty.is_some();
        let rows = !is_matrix(entry) && !entry.inputs.is_empty() && entry.ty.is_none();
        if matrix || (rows && !entry.outputs.is_empty()) {
            return Some(());
        }
        let name = entry.name.value.escape_debug().to_string();
        let message =
            format!("[tables.{name}] has `rows`, `columns` and `type`, or `inputs` and `outputs`");
        self.missing_key(&entry.span, &message);
        None
    }

    /// What the rows of a table are chosen by.
    fn table_inputs(&mut self, entry: &TableEntry) -> Option<Vec<TableInput>> {
        let name = entry.name.value.escape_debug().to_string();
        if entry.inputs.len() > limits::TABLE_INPUTS_MAX {
            let max = limits::TABLE_INPUTS_MAX;
            let message = format!("a table has at most {max} inputs");
            self.report.error(Code::TooLarge, &entry.span, message);
            return None;
        }
        let axes = [("rows", &entry.rows), ("columns", &entry.columns)];
        let mut written: Vec<&Text> = Vec::new();
        for (axis, text) in axes.into_iter().filter(|_| is_matrix(entry)) {
            let Some(text) = text else {
                self.missing_key(&entry.span, &format!("[tables.{name}] needs `{axis}`"));
                return None;
            };
            written.push(text);
        }
        for (name, text) in &entry.inputs {
            self.well_named(name, Naming::Word);
            written.push(text);
        }
        let place = self.anywhere();
        // Every input is checked, also after one has failed.
        let inputs: Vec<Option<TableInput>> = written
            .into_iter()
            .map(|text| {
                let (formula, typed) = self.formula(text, place, false)?;
                Some(TableInput {
                    formula,
                    ty: typed.ty,
                })
            })
            .collect();
        inputs.into_iter().collect()
    }

    fn matrix(
        &mut self,
        entry: &TableEntry,
        inputs: Option<&[TableInput]>,
    ) -> Option<(Shape, Vec<TableOutput>)> {
        if let Some(hit) = &entry.hit {
            let message = "of a matrix one row and one column hold: it has no `hit`";
            self.report.error(Code::UnknownKey, &hit.span, message);
        }
        let ty = entry.ty.as_ref().and_then(|ty| Type::from_word(&ty.value));
        let cells = self.matrix_cells(entry)?;
        let full = format!("tables.{}", entry.name.value);
        self.note(&full, entry.justification.as_ref(), cells.iter().flatten());
        let (heads, body) = cells.split_first()?;
        let inputs = inputs?;
        let (by_row, by_column) = (inputs.first()?, inputs.get(1)?);
        let columns = heads.iter().skip(1);
        let columns: Vec<Option<Test>> = columns.map(|head| self.test(head, by_column)).collect();
        let rows: Vec<Option<Test>> = body
            .iter()
            .map(|row| row.first().and_then(|head| self.test(head, by_row)))
            .collect();
        let ty = ty?;
        let cells = body.iter().flat_map(|row| row.iter().skip(1));
        let values: Vec<Option<Value>> = cells.map(|cell| self.item(cell, ty)).collect();
        let otherwise = match &entry.otherwise {
            None => None,
            Some(OtherwiseEntry::One(text)) => Some(self.item(text, ty)?),
            Some(OtherwiseEntry::Several(row)) => {
                let message = "`otherwise` of a matrix is one value";
                self.report.error(Code::WrongTomlType, &row.span, message);
                return None;
            }
        };
        let shape = Shape::Matrix {
            rows: rows.into_iter().collect::<Option<_>>()?,
            columns: columns.into_iter().collect::<Option<_>>()?,
        };
        let output = TableOutput {
            name: None,
            ty,
            values: values.into_iter().collect::<Option<_>>()?,
            otherwise,
        };
        Some((shape, vec![output]))
    }

    fn rows(
        &mut self,
        entry: &TableEntry,
        inputs: Option<&[TableInput]>,
    ) -> Option<(Shape, Vec<TableOutput>)> {
        let hit = match &entry.hit {
            None => Some(Hit::Unique),
            Some(hit) => self.word(hit, &HITS, "a way to choose a row"),
        };
        let written = self.written_rows(entry)?;
        let cells = written
            .iter()
            .flat_map(|(tests, gives)| tests.iter().flatten().chain(gives));
        let full = format!("tables.{}", entry.name.value);
        self.note(&full, entry.justification.as_ref(), cells);
        let inputs = inputs?;
        let rows: Vec<Option<Vec<Test>>> = written
            .iter()
            .map(|(tests, _)| {
                let tests = tests.iter().zip(inputs);
                let tests: Vec<Option<Test>> = tests
                    .map(|(test, input)| match test {
                        Some(test) => self.test(test, input),
                        None => Some(Test {
                            text: ANY.to_owned(),
                            text_at: entry.span.start,
                            passes: Passes::Any,
                        }),
                    })
                    .collect();
                tests.into_iter().collect()
            })
            .collect();
        let outputs = self.outputs(entry, &written);
        let shape = Shape::Rows {
            rows: rows.into_iter().collect::<Option<_>>()?,
            hit: hit?,
        };
        Some((shape, outputs?))
    }

    fn outputs(&mut self, entry: &TableEntry, written: &Written) -> Option<Vec<TableOutput>> {
        if let Some(OtherwiseEntry::Several(RowEntry { cells, .. })) = &entry.otherwise {
            for (name, _) in cells.iter().filter(|(name, _)| !gives(entry, name)) {
                let message = format!("the table gives no `{}`", name.value.escape_debug());
                self.report.error(Code::UnknownKey, &name.span, message);
            }
        }
        if let Some(OtherwiseEntry::One(text)) = &entry.otherwise
            && entry.outputs.len() > 1
        {
            let message = "`otherwise` of several outputs names each";
            let help = "as in `otherwise = { max_apr = '36%', max_amount = '5000 usd' }`";
            self.report
                .error_with(Code::WrongTomlType, &text.span, message, help.to_owned());
        }
        let mut outputs = Vec::new();
        for (column, (name, ty)) in entry.outputs.iter().enumerate() {
            let ty = Type::from_word(&ty.value);
            let cells = written.iter().filter_map(|(_, cells)| cells.get(column));
            let values: Vec<Option<Value>> = cells.map(|cell| self.item(cell, ty?)).collect();
            let otherwise = self.otherwise(entry, name, ty);
            outputs.push((|| {
                Some(TableOutput {
                    name: Some(name.value.clone()),
                    ty: ty?,
                    values: values.into_iter().collect::<Option<_>>()?,
                    otherwise: otherwise?,
                })
            })());
        }
        outputs.into_iter().collect()
    }

    /// What a table gives where no row holds.
    fn otherwise(
        &mut self,
        entry: &TableEntry,
        output: &Text,
        ty: Option<Type>,
    ) -> Option<Option<Value>> {
        match &entry.otherwise {
            None => Some(None),
            Some(OtherwiseEntry::One(text)) if entry.outputs.len() == 1 => {
                Some(Some(self.item(text, ty?)?))
            }
            // This was told.
            Some(OtherwiseEntry::One(_)) => None,
            Some(OtherwiseEntry::Several(row)) => {
                let mut cells = row.cells.iter();
                let Some((_, cell)) = cells.find(|(name, _)| name.value == output.value) else {
                    // A name that is not known was told, and is likely this one.
                    if row.cells.iter().any(|(name, _)| !gives(entry, name)) {
                        return None;
                    }
                    let message = format!("`otherwise` needs `{}`", output.value.escape_debug());
                    self.missing_key(&row.span, &message);
                    return None;
                };
                Some(Some(self.item(cell, ty?)?))
            }
        }
    }
}

/// Whether a table is written as a matrix.
fn is_matrix(entry: &TableEntry) -> bool {
    entry.rows.is_some() || entry.columns.is_some() || entry.cells.is_some()
}

/// Whether a table gives a value of that name.
fn gives(entry: &TableEntry, name: &Text) -> bool {
    let mut outputs = entry.outputs.iter();
    outputs.any(|(one, _)| one.value == name.value)
}

/// The tests of a shape as rows.
fn tests_of(tests: &[Test]) -> Rows<'_> {
    tests.iter().map(|test| vec![&test.passes]).collect()
}
