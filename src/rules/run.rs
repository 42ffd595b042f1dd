//! Runs what a program is made of. Nothing is cut short: every comparison is made, and a missing
//! value is a third truth (Kleene's logic), never false and never zero.

use std::cell::Cell;
use std::cmp::Ordering;

use super::apply::{self, Outside};
use super::ast::ForecastFunction;
use super::code::{Logic, Operand, Test};
use super::foresight::{self, Foresight};
use super::node::{self, Applied, Choice};
use super::scalar::{self, Known, Ordered, Scalar};
use super::slot_value::{self, SlotValue};
use super::verdict::{self, Kleene};
use crate::features::{Features, Missing, Type};
use crate::money::Currency;

/// What a program runs over.
#[derive(Clone, Copy)]
pub(super) struct Env<'a, 'e> {
    pub(super) tests: &'a [Test],
    pub(super) slots: &'e [SlotValue<'a>],
    /// The values of subjects; `None` where there are none to ask for.
    pub(super) features: Option<&'a Features>,
    pub(super) currency: Currency,
    /// What functions of single values may look at beyond them.
    pub(super) outside: Outside<'a>,
    /// What is known of balances to come.
    pub(super) foresight: &'e Foresight<'a>,
    /// The subject that a reduction is looking at.
    pub(super) subject: usize,
    /// Set where types were brought together that do not go together. A checked expression never
    /// does so; whoever runs one must look.
    pub(super) mixed_types: &'e Cell<bool>,
}

impl<'a> Env<'a, '_> {
    /// The value of an operand.
    pub(super) fn value(self, operand: &'a Operand) -> Known<'a> {
        match operand {
            Operand::Constant(value) => Scalar::read(value, self.currency),
            Operand::Slot(slot) => match self.slots.get(slot.0) {
                Some(value) => value.known(self.features, self.currency),
                None => Err(Missing::NotProvided),
            },
            Operand::Subject(id) => {
                slot_value::of_feature(*id, self.features, self.subject, self.currency)
            }
            Operand::Negate(inner) => self.sound(self.value(inner)?.negate()),
            Operand::Round(inner) => self.sound(self.value(inner)?.round(self.currency)),
            Operand::Abs(inner) => self.sound(self.value(inner)?.abs()),
            Operand::Arithmetic(op, left, right) => {
                let (left, right) = (self.value(left), self.value(right));
                self.sound(scalar::arithmetic(*op, left?, right?))
            }
            Operand::Choose(choice, list, ty) => self.choose(*choice, list, *ty),
            Operand::Condition(logic) => self.truth(logic).map(Scalar::Bool),
            Operand::Apply(function, list) => self.apply(*function, list),
            Operand::Forecast {
                function,
                per_account,
                arguments,
            } => self.forecast(*function, *per_account, arguments),
        }
    }

    /// What a forecast says; missing where one of its arguments is.
    fn forecast(
        self,
        function: ForecastFunction,
        per_account: bool,
        arguments: &'a [Operand],
    ) -> Known<'a> {
        let arguments = arguments.iter().map(|argument| self.value(argument));
        let arguments: Vec<Scalar<'a>> = arguments.collect::<Result<_, _>>()?;
        let account = per_account.then_some(self.subject);
        let question = foresight::question(function, account, &arguments, self.currency);
        self.sound(question.map(|question| self.foresight.answer(question)))
    }

    /// Whether a condition holds; where that cannot be known, the first cause.
    pub(super) fn truth(self, logic: &Logic) -> Result<bool, Missing> {
        logic.of(&|number| self.test(number))
    }

    /// Whether a comparison holds, by its number.
    pub(super) fn test(self, number: usize) -> Result<bool, Missing> {
        match self.tests.get(number) {
            Some(Test::Order(op, left, right)) => self
                .order(self.value(left), self.value(right))
                .map(|found| Ordered::of(*op).holds(found)),
            Some(Test::Between(value, low, high)) => {
                let value = self.value(value);
                let above = self.order(value, self.value(low)).map(Ordering::is_ge);
                let below = self.order(value, self.value(high)).map(Ordering::is_le);
                above.both(below)
            }
            Some(Test::In {
                value,
                list,
                negated,
            }) => {
                let value = self.value(value);
                let found = list
                    .iter()
                    .map(|item| self.order(value, self.value(item)).map(Ordering::is_eq));
                verdict::any(found).map(|found| found != *negated)
            }
            Some(Test::IsMissing { value, negated }) => Ok(self.value(value).is_err() != *negated),
            Some(Test::Truth(value)) => self.as_truth(self.value(value)),
            None => self.unsound(),
        }
    }

    /// INVARIANT: checked expressions never bring types together that do not go together.
    pub(super) fn sound<T>(self, result: Option<Result<T, Missing>>) -> Result<T, Missing> {
        result.unwrap_or_else(|| self.unsound())
    }

    fn unsound<T>(self) -> Result<T, Missing> {
        self.mixed_types.set(true);
        Err(Missing::Ambiguous)
    }

    pub(super) fn as_truth(self, known: Known<'_>) -> Result<bool, Missing> {
        match known? {
            Scalar::Bool(truth) => Ok(truth),
            Scalar::Money(_)
            | Scalar::Count(_)
            | Scalar::Days(_)
            | Scalar::Ratio(_)
            | Scalar::Percent(_)
            | Scalar::Date(_)
            | Scalar::Text(_) => self.unsound(),
        }
    }

    pub(super) fn order(self, left: Known<'_>, right: Known<'_>) -> Result<Ordering, Missing> {
        self.sound(scalar::order(left?, right?))
    }

    fn choose(self, choice: Choice, list: &'a [Operand], ty: Type) -> Known<'a> {
        let (first, rest) = list.split_at(list.len().min(1));
        let first = first.first();
        let first = || first.map_or(Err(Missing::NotProvided), |part| self.value(part));
        let parts = rest.iter().map(|part| self.value(part));
        let chosen = match choice {
            Choice::Case => self.case(list),
            Choice::Min => self.best_of(first(), parts, Ordering::Less),
            Choice::Max => self.best_of(first(), parts, Ordering::Greater),
            Choice::Coalesce => parts.fold(first(), |found, part| found.or(part)),
        };
        if ty == Type::Ratio {
            chosen?.as_ratio()
        } else {
            chosen
        }
    }

    /// The value of the first condition that holds; missing where one before it cannot be known.
    fn case(self, list: &'a [Operand]) -> Known<'a> {
        let (arms, otherwise) = node::arms(list);
        for (condition, value) in arms {
            if self.as_truth(self.value(condition))? {
                return self.value(value);
            }
        }
        otherwise.map_or(Err(Missing::NotProvided), |value| self.value(value))
    }

    /// A function of single values; missing where one of them is.
    fn apply(self, function: Applied, list: &'a [Operand]) -> Known<'a> {
        let arguments = list.iter().map(|argument| self.value(argument));
        let arguments: Vec<Scalar<'a>> = arguments.collect::<Result<_, _>>()?;
        self.sound(apply::apply(function, &arguments, self.outside))
    }

    /// The first of the values that is `wanted` of all others; missing where any is.
    fn best_of(
        self,
        first: Known<'a>,
        rest: impl Iterator<Item = Known<'a>>,
        wanted: Ordering,
    ) -> Known<'a> {
        rest.fold(first, |best, next| {
            let (best, next) = (best?, next?);
            Ok(if self.order(Ok(next), Ok(best))? == wanted {
                next
            } else {
                best
            })
        })
    }
}
