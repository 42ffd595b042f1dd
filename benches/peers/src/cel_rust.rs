//! `cel`: each rule compiled to a program, one context for each applicant with a variable for each
//! feature. Amounts, ratios and percents are doubles, counts and days ints. Names
//! are flat, which is faster than qualified ones.
//! Programs are run as its own benchmark runs them, without a copy of the result.

use std::sync::Arc;

use cel::common::types::CelBool;
use cel::{Context, Env, Program, Value};

use crate::engine::Engine;
use crate::rule::{Applicant, Column, Language, Rule, Term, Test, Unit};

pub(crate) struct Cel {
    rules: Vec<Program>,
    contexts: Vec<Context<'static, 'static>>,
}

impl Cel {
    pub(crate) fn new(columns: &[Column], rules: &[Rule], applicants: &[Applicant]) -> Self {
        let language = Words(columns);
        let env = Arc::new(Env::stdlib());
        let compiled = rules.iter().map(|rule| {
            let text = language.rule(rule);
            env.compile(&text)
                .unwrap_or_else(|error| panic!("cel: `{text}`: {error}"))
        });
        let contexts = applicants.iter().map(|applicant| {
            let mut context = Context::with_env(Arc::clone(&env));
            for (column, parts) in columns.iter().zip(applicant) {
                let value = match column.unit {
                    Unit::Count | Unit::Days => Value::Int(*parts),
                    Unit::Money | Unit::Ratio | Unit::Percent => {
                        Value::Float(column.unit.number(*parts))
                    }
                };
                context.add_variable_from_value(column.flat_name(), value);
            }
            context
        });
        Self {
            rules: compiled.collect(),
            contexts: contexts.collect(),
        }
    }
}

/// Whether the program's result is true.
fn run(program: &Program, context: &Context<'static, 'static>) -> Result<bool, String> {
    let value = Value::resolve_val(program.expression(), context);
    let value = value.map_err(|error| error.to_string())?;
    let truth = value.downcast_ref::<CelBool>();
    truth
        .map(|truth| *truth.inner())
        .ok_or_else(|| "not a truth".to_owned())
}

impl Engine for Cel {
    fn name(&self) -> &'static str {
        "cel"
    }

    fn verdicts(&mut self, applicant: usize) -> Result<Vec<bool>, String> {
        let context = &self.contexts[applicant];
        self.rules.iter().map(|rule| run(rule, context)).collect()
    }

    fn pass(&mut self) -> usize {
        let mut fired = 0;
        for context in &self.contexts {
            for rule in &self.rules {
                fired += usize::from(run(rule, context) == Ok(true));
            }
        }
        fired
    }
}

struct Words<'a>(&'a [Column]);

impl Language for Words<'_> {
    fn test(&self, test: &Test) -> String {
        let name = |column: usize| self.0[column].flat_name();
        let term = match test.term {
            Term::Column(column) => name(column),
            Term::Sum(left, right) => format!("{} + {}", name(left), name(right)),
            Term::Difference(left, right) => format!("{} - {}", name(left), name(right)),
            Term::LessShare(left, quarters, right) => {
                let share = quarters as f64 / 4.0;
                format!("{} - {} * {share:?}", name(left), name(right))
            }
            Term::Quotient(left, right) => format!("{} / {}", name(left), name(right)),
        };
        let bound = match test.term.unit(self.0) {
            Unit::Count | Unit::Days => test.bound.to_string(),
            // With a decimal point even where it is whole: a double.
            unit @ (Unit::Money | Unit::Ratio | Unit::Percent) => {
                format!("{:?}", unit.number(test.bound))
            }
        };
        format!("{term} {} {bound}", test.op.as_str())
    }

    fn both(&self, left: &str, right: &str) -> String {
        format!("{left} && {right}")
    }

    fn either(&self, left: &str, right: &str) -> String {
        format!("{left} || {right}")
    }
}
