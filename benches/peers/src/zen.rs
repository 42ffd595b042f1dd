//! `zen-expression`: each rule compiled to its bytecode, one scope for each applicant, one VM for
//! all. Numbers are decimals, as it reads them from JSON. Names are flat, which is faster than
//! objects in an object.

use rust_decimal::Decimal;
use zen_expression::expression::Standard;
use zen_expression::vm::VM;
use zen_expression::{Expression, Scope, Variable, compile_expression};

use crate::engine::Engine;
use crate::rule::{Applicant, Column, Language, MILLION, Rule, Term, Test, Unit};

pub(crate) struct Zen {
    rules: Vec<Expression<Standard>>,
    scopes: Vec<Scope>,
    vm: VM,
}

impl Zen {
    pub(crate) fn new(columns: &[Column], rules: &[Rule], applicants: &[Applicant]) -> Self {
        let language = Words(columns);
        let compiled = rules.iter().map(|rule| {
            let text = language.rule(rule);
            compile_expression(&text).unwrap_or_else(|error| panic!("zen: `{text}`: {error}"))
        });
        let scopes = applicants.iter().map(|applicant| {
            let root = Variable::empty_object();
            for (column, parts) in columns.iter().zip(applicant) {
                let number = Variable::Number(decimal(column.unit, *parts));
                root.dot_insert(&column.flat_name(), number);
            }
            Scope::new(root)
        });
        Self {
            rules: compiled.collect(),
            scopes: scopes.collect(),
            vm: VM::new(),
        }
    }
}

impl Engine for Zen {
    fn name(&self) -> &'static str {
        "zen-expression"
    }

    fn verdicts(&mut self, applicant: usize) -> Result<Vec<bool>, String> {
        let scope = &self.scopes[applicant];
        let vm = &mut self.vm;
        let verdict = |rule: &Expression<Standard>| match rule.evaluate_with_scope(scope, vm) {
            Ok(Variable::Bool(fired)) => Ok(fired),
            Ok(other) => Err(format!("not a truth: {other:?}")),
            Err(error) => Err(error.to_string()),
        };
        self.rules.iter().map(verdict).collect()
    }

    fn pass(&mut self) -> usize {
        let mut fired = 0;
        for scope in &self.scopes {
            for rule in &self.rules {
                let verdict = rule.evaluate_with_scope(scope, &mut self.vm);
                fired += usize::from(matches!(verdict, Ok(Variable::Bool(true))));
            }
        }
        fired
    }
}

fn decimal(unit: Unit, parts: i64) -> Decimal {
    match unit {
        Unit::Money | Unit::Count | Unit::Days => Decimal::from(parts),
        Unit::Ratio | Unit::Percent => Decimal::new(parts, MILLION.ilog10()).normalize(),
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
                let share = Decimal::new(quarters * 25, 2).normalize();
                format!("{} - {} * {share}", name(left), name(right))
            }
            Term::Quotient(left, right) => format!("{} / {}", name(left), name(right)),
        };
        let bound = decimal(test.term.unit(self.0), test.bound);
        format!("{term} {} {bound}", test.op.as_str())
    }

    fn both(&self, left: &str, right: &str) -> String {
        format!("{left} and {right}")
    }

    fn either(&self, left: &str, right: &str) -> String {
        format!("{left} or {right}")
    }
}
