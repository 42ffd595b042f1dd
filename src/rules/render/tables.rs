//! Renders what was chosen of tables.

use crate::features::{Missing, Value};
use crate::rules::evaluation::Evaluation;
use crate::rules::rendered::TableTrace;
use crate::rules::table::{Shape, Table, Test};
use crate::rules::values::Values;

/// What stands for a row where none holds.
const OTHERWISE: &str = "otherwise";

pub(super) fn tables(values: &Values<'_>, evaluation: &Evaluation) -> Vec<TableTrace> {
    let rule_set = values.program.rule_set();
    let currency = rule_set.currency;
    let tables = rule_set.tables.iter().zip(&evaluation.tables).enumerate();
    let traces = tables.map(|(index, (table, row))| {
        let row = match row {
            Ok(Value::Count(row)) => usize::try_from(*row).map_err(|_| Missing::Overflow),
            Ok(_) => Err(Missing::Ambiguous),
            Err(why) => Err(*why),
        };
        let name = format!("tables.{}", table.name);
        let inputs = table.inputs.iter().zip(values.inputs_of_table(index));
        let inputs = inputs.map(|(input, known)| {
            let known = known.map(|value| value.to_value(currency));
            (input.formula.text.clone(), known)
        });
        let outputs = table.outputs.iter().enumerate().map(|(output, one)| {
            let given = row.and_then(|row| {
                let value = table.output(output, row).cloned();
                value.ok_or(Missing::NoBasis)
            });
            let own = one.name.as_ref();
            let own = own.map_or_else(|| name.clone(), |own| format!("{name}.{own}"));
            (own, given)
        });
        TableTrace {
            inputs: inputs.collect(),
            row: row.map(|row| row_text(table, row)),
            outputs: outputs.collect(),
            name,
        }
    });
    traces.collect()
}

fn row_text(table: &Table, row: usize) -> String {
    let texts = |tests: &[&Test]| -> String {
        let texts: Vec<&str> = tests.iter().map(|test| test.text.as_str()).collect();
        texts.join(", ")
    };
    match &table.shape {
        Shape::Rows { rows, .. } => match rows.get(row) {
            Some(tests) => texts(&tests.iter().collect::<Vec<_>>()),
            None => OTHERWISE.to_owned(),
        },
        Shape::Matrix { rows, columns } => {
            let width = columns.len().max(1);
            match rows.get(row / width).zip(columns.get(row % width)) {
                Some((row, column)) => texts(&[row, column]),
                None => OTHERWISE.to_owned(),
            }
        }
    }
}
