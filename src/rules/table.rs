//! Tables of a rule file: which row is chosen by which values, and what it gives.

use super::formula::Formula;
use super::node::{Node, SlotId};
use super::scalar::{Known, Scalar, whole_of};
use crate::features::{Missing, Type, Value};

/// What stands for a row where none holds.
const OTHERWISE: &str = "otherwise";

/// A table, checked.
#[derive(Debug, Clone)]
pub(super) struct Table {
    /// Its name, without `tables.`.
    pub(super) name: String,
    /// What its rows are chosen by; of a matrix its rows, then its columns.
    pub(super) inputs: Vec<TableInput>,
    pub(super) shape: Shape,
    /// What its rows give; of a matrix one, without a name.
    pub(super) outputs: Vec<TableOutput>,
    /// The slot of what was chosen: see [`Table::choose`].
    pub(super) slot: SlotId,
}

/// What the rows of a table are chosen by.
#[derive(Debug, Clone)]
pub(super) struct TableInput {
    pub(super) formula: Formula,
    pub(super) ty: Type,
}

/// How a table is laid out.
#[derive(Debug, Clone)]
pub(super) enum Shape {
    /// Rows, each with a test for each input.
    Rows { rows: Vec<Vec<Test>>, hit: Hit },
    /// Tests for rows, tests for columns, and a cell for each pair of them.
    Matrix { rows: Vec<Test>, columns: Vec<Test> },
}

/// Which of the rows that hold is chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hit {
    /// There is never more than one.
    Unique,
    /// The first.
    First,
}

/// What a table gives.
#[derive(Debug, Clone)]
pub(super) struct TableOutput {
    /// `None` of a matrix.
    pub(super) name: Option<String>,
    pub(super) ty: Type,
    /// For each row, or each cell of a matrix row by row.
    pub(super) values: Vec<Value>,
    /// Where no row holds.
    pub(super) otherwise: Option<Value>,
}

/// A test of one value: as written, and what it lets pass.
#[derive(Debug, Clone)]
pub(super) struct Test {
    pub(super) text: String,
    /// Where it stands in the rule file, in bytes; of one that was left out, where its table does.
    pub(super) text_at: usize,
    pub(super) passes: Passes,
}

/// What a test lets pass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Passes {
    /// Whatever it is, known or not.
    Any,
    /// Integers of these ranges, both ends included: values in the unit of their type.
    Ranges(Vec<(i64, i64)>),
    /// These texts.
    Texts(Vec<String>),
}

impl Passes {
    /// Whether a value passes; unknown where it is missing and not just any passes.
    fn holds(&self, value: Known<'_>) -> Result<bool, Missing> {
        match self {
            Self::Any => Ok(true),
            Self::Ranges(ranges) => {
                let at = position(value?);
                Ok(ranges
                    .iter()
                    .any(|(low, high)| (*low..=*high).contains(&at)))
            }
            Self::Texts(texts) => match value? {
                Scalar::Text(text) => Ok(texts.iter().any(|one| one == text)),
                Scalar::Money(_)
                | Scalar::Count(_)
                | Scalar::Days(_)
                | Scalar::Ratio(_)
                | Scalar::Percent(_)
                | Scalar::Date(_)
                | Scalar::Bool(_) => Ok(false),
            },
        }
    }
}

/// A value as an integer in the unit of its type; one beyond what integers hold, as the last of them.
fn position(value: Scalar<'_>) -> i64 {
    whole_of(value).unwrap_or(match value {
        Scalar::Ratio(decimal) | Scalar::Percent(decimal) if decimal.is_sign_negative() => i64::MIN,
        Scalar::Ratio(_)
        | Scalar::Percent(_)
        | Scalar::Money(_)
        | Scalar::Count(_)
        | Scalar::Days(_)
        | Scalar::Date(_)
        | Scalar::Text(_)
        | Scalar::Bool(_) => i64::MAX,
    })
}

impl Table {
    /// How many rows it has, or cells of a matrix: one above the number of the last one, by which
    /// `otherwise` is told.
    pub(super) fn rows(&self) -> usize {
        match &self.shape {
            Shape::Rows { rows, .. } => rows.len(),
            Shape::Matrix { rows, columns } => rows.len().saturating_mul(columns.len()),
        }
    }

    /// The number of the row that these values choose, from 0: of a matrix the number of the cell,
    /// counted row by row; where no row holds, the number after the last. Missing where it depends on
    /// a value that is.
    pub(super) fn choose(&self, values: &[Known<'_>]) -> Result<usize, Missing> {
        let value = |input: usize| {
            values
                .get(input)
                .copied()
                .unwrap_or(Err(Missing::NotProvided))
        };
        match &self.shape {
            Shape::Rows { rows, hit } => {
                let held = rows.iter().map(|row| {
                    let tests = row.iter().enumerate();
                    let each = tests.map(|(input, test)| test.passes.holds(value(input)));
                    super::verdict::all(each)
                });
                self.pick(held, *hit)
            }
            Shape::Matrix { rows, columns } => {
                let held = |tests: &[Test], input| -> Vec<Result<bool, Missing>> {
                    let tests = tests.iter();
                    tests.map(|test| test.passes.holds(value(input))).collect()
                };
                let (row, column) = (held(rows, 0), held(columns, 1));
                let row = one(row.into_iter(), Hit::Unique);
                let column = one(column.into_iter(), Hit::Unique);
                match (row, column) {
                    (Ok(None), _) | (_, Ok(None)) => Ok(self.rows()),
                    (Err(why), _) | (_, Err(why)) => Err(why),
                    (Ok(Some(row)), Ok(Some(column))) => {
                        Ok(row.saturating_mul(columns.len()).saturating_add(column))
                    }
                }
            }
        }
    }

    fn pick(
        &self,
        held: impl Iterator<Item = Result<bool, Missing>>,
        hit: Hit,
    ) -> Result<usize, Missing> {
        Ok(one(held, hit)?.unwrap_or_else(|| self.rows()))
    }

    /// The tests of a row, or of the row and the column of a cell, by its number; `otherwise` after the
    /// last.
    pub(super) fn row_text(&self, row: usize) -> String {
        let texts: Vec<&str> = self.tests_of(row).map(|test| test.text.as_str()).collect();
        if texts.is_empty() {
            return OTHERWISE.to_owned();
        }
        texts.join(", ")
    }

    /// The tests by which a row is chosen, or a cell, by its number; none after the last.
    pub(super) fn tests_of(&self, row: usize) -> impl Iterator<Item = &Test> {
        let (of_row, of_cell) = match &self.shape {
            Shape::Rows { rows, .. } => (rows.get(row), None),
            Shape::Matrix { rows, columns } => {
                let width = columns.len().max(1);
                (None, rows.get(row / width).zip(columns.get(row % width)))
            }
        };
        let of_cell = of_cell.into_iter().flat_map(|(row, column)| [row, column]);
        of_row.into_iter().flatten().chain(of_cell)
    }

    /// The tests of one of the inputs, by its position.
    pub(super) fn tests_of_input(&self, input: usize) -> impl Iterator<Item = &Test> {
        let (own, of_rows): (&[Test], &[Vec<Test>]) = match &self.shape {
            Shape::Rows { rows, .. } => (&[], rows),
            Shape::Matrix { rows, .. } if input == 0 => (rows, &[]),
            Shape::Matrix { columns, .. } => (columns, &[]),
        };
        let of_rows = of_rows.iter().filter_map(move |row| row.get(input));
        own.iter().chain(of_rows)
    }

    /// What it gives in a row, by the number of that.
    pub(super) fn output(&self, output: usize, row: usize) -> Option<&Value> {
        let output = self.outputs.get(output)?;
        output.values.get(row).or(output.otherwise.as_ref())
    }

    /// What decides which row is chosen.
    pub(super) fn nodes(&self) -> impl Iterator<Item = &Node> {
        self.inputs.iter().map(|input| &input.formula.node)
    }

    /// The inputs that matter to which row is chosen: of those that are missing, whether a row that
    /// may hold asks for it.
    pub(super) fn asks(&self, values: &[Known<'_>]) -> Vec<usize> {
        let missing = |input: &usize| values.get(*input).is_some_and(Result::is_err);
        let inputs = (0..self.inputs.len()).filter(missing);
        let Shape::Rows { rows, .. } = &self.shape else {
            return inputs.collect();
        };
        let may_hold = |row: &&Vec<Test>| {
            let mut tests = row.iter().zip(values);
            !tests.any(|(test, value)| test.passes.holds(*value) == Ok(false))
        };
        let open: Vec<&Vec<Test>> = rows.iter().filter(may_hold).collect();
        inputs
            .filter(|input| {
                let tests = open.iter().filter_map(|row| row.get(*input));
                tests.into_iter().any(|test| test.passes != Passes::Any)
            })
            .collect()
    }
}

/// The position of the one that holds; `None` where none does. Of rows of which never more than one
/// holds, one that does is it, whatever is unknown of others.
fn one(
    held: impl Iterator<Item = Result<bool, Missing>>,
    hit: Hit,
) -> Result<Option<usize>, Missing> {
    let mut unknown = None;
    for (row, held) in held.enumerate() {
        match held {
            Ok(true) => return Ok(Some(row)),
            Ok(false) => {}
            Err(why) if hit == Hit::First => return Err(why),
            Err(why) => unknown = unknown.or(Some(why)),
        }
    }
    unknown.map_or(Ok(None), Err)
}
