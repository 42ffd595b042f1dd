//! Renders what was chosen of tables.

use crate::features::{Missing, Value};
use crate::rules::evaluation::Evaluation;
use crate::rules::rendered::TableTrace;
use crate::rules::values::Values;

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
            row: row.map(|row| table.row_text(row)),
            outputs: outputs.collect(),
            name,
        }
    });
    traces.collect()
}
