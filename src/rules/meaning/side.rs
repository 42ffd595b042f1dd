//! One of two rule sets that are compared.

use super::canon::Canon;
use crate::features::{self, Missing, Type, Value};
use crate::rules::ast::ForecastFunction;
use crate::rules::code::Operand;
use crate::rules::missing_search;
use crate::rules::node::{Applied, SlotId};
use crate::rules::program::{CompiledRule, Program};
use crate::rules::rule_set::Rule;
use crate::rules::scalar::Scalar;
use crate::rules::types;
use crate::rules::values::Values;

/// One of two programs.
#[derive(Debug)]
pub(super) struct Side<'p> {
    pub(super) program: &'p Program,
    pub(super) canon: Canon<'p>,
    /// Its values where nothing is known.
    pub(super) blank: Values<'p>,
}

impl Side<'_> {
    /// Whether a rule that cannot be known for these values lets pass all that it lacks.
    pub(super) fn passes(&self, rule: usize, known: &[(&str, &Result<Value, Missing>)]) -> bool {
        let program = self.program;
        let rule_set = program.rule_set();
        let rules = program.rules.get(rule).zip(rule_set.rules.get(rule));
        let Some((compiled, written)) = rules else {
            return false;
        };
        let mut given = Vec::new();
        for (name, value) in known {
            let Some(slot) = rule_set.slots.find(name) else {
                continue;
            };
            let default = self.default_of(slot);
            let value = match (value, default) {
                (Err(_), Some(default)) => Ok(default.clone()),
                (value, _) => (*value).clone(),
            };
            given.push((slot, value));
        }
        self.lets_pass(&given, compiled, written)
    }

    fn default_of(&self, slot: SlotId) -> Option<&Value> {
        let mut inputs = self.program.inputs.iter();
        let (_, index) = inputs.find(|(own, _)| *own == slot)?;
        self.program.rule_set().inputs.get(*index)?.default.as_ref()
    }

    /// Whether a rule that cannot be known lets pass all that it lacks where slots have these values.
    fn lets_pass(
        &self,
        given: &[(SlotId, Result<Value, Missing>)],
        compiled: &CompiledRule,
        written: &Rule,
    ) -> bool {
        let currency = self.program.rule_set().currency();
        let mut values = self.blank.clone();
        for (slot, value) in given {
            let known = value.as_ref().map_err(|why| *why);
            let known = known.and_then(|value| Scalar::read(value, currency));
            let dependents = self.program.dependents.get(slot.0);
            values.set_all(&[(*slot, known)], dependents.map_or(&[][..], Vec::as_slice));
        }
        let lacks = missing_search::of_rule(&values, compiled);
        missing_search::passed(written, &lacks).is_some()
    }

    /// The type of a value.
    pub(super) fn ty(&self, operand: &Operand) -> Type {
        let of_slot = |slot: &SlotId| self.program.types.get(slot.0).copied();
        match operand {
            Operand::Constant(value) => value.ty(),
            Operand::Slot(slot) => of_slot(slot).unwrap_or(Type::Bool),
            Operand::Subject(id) => {
                let feature = features::table().get(id.index());
                feature.map_or(Type::Bool, |feature| feature.ty)
            }
            Operand::Negate(inner) | Operand::Abs(inner) => self.ty(inner),
            Operand::Round(inner) => types::rounded(self.ty(inner)).unwrap_or(Type::Count),
            Operand::Arithmetic(op, left, right) => {
                let ty = types::arithmetic(*op, self.ty(left), self.ty(right));
                ty.unwrap_or(Type::Ratio)
            }
            Operand::Choose(_, _, ty) => *ty,
            Operand::Condition(_) => Type::Bool,
            Operand::Apply(function, _) => match function {
                Applied::AddMonths | Applied::SubtractMonths | Applied::BusinessDay => Type::Date,
                Applied::Weekday => Type::Text,
                Applied::Day => Type::Count,
                Applied::StartsWith | Applied::Share | Applied::Listed { .. } => Type::Bool,
            },
            Operand::Forecast { function, .. } => match function {
                ForecastFunction::PReturn => Type::Percent,
                ForecastFunction::BestPullDate => Type::Date,
            },
        }
    }
}
