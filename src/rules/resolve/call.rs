//! Resolves functions: of several values, of one, and over subjects.

use super::{Resolver, Typed};
use crate::features::Type;
use crate::rules::ast::{Expr, ExprKind, Function};
use crate::rules::diagnostic::Code;
use crate::rules::node::{self, Aggregate, Applied, Choice, Node, Reduction};
use crate::rules::types;

impl Resolver<'_, '_> {
    pub(super) fn call(
        &mut self,
        expr: &Expr,
        function: Function,
        arguments: &[Expr],
    ) -> Option<Typed> {
        match (function, arguments) {
            (Function::Forecast(function), _) => self.forecast(expr, function, arguments),
            (Function::Any, [one]) => self.aggregate(expr, Reduction::Any, one),
            (Function::All, [one]) => self.aggregate(expr, Reduction::All, one),
            (Function::Min, [one]) => self.aggregate(expr, Reduction::Min, one),
            (Function::Max, [one]) => self.aggregate(expr, Reduction::Max, one),
            (Function::Count, [one]) => self.aggregate(expr, Reduction::Count, one),
            (Function::Sum, [one]) => self.aggregate(expr, Reduction::Sum, one),
            (Function::Avg, [one]) => self.aggregate(expr, Reduction::Avg, one),
            (Function::Case, list) => self.case(expr, list),
            (Function::Months, _) => self.months_alone(expr),
            (Function::Weekday, [one]) => self.of_date(expr, Applied::Weekday, Type::Text, one),
            (Function::Day, [one]) => self.of_date(expr, Applied::Day, Type::Count, one),
            (Function::BusinessDay, [one]) => {
                self.of_date(expr, Applied::BusinessDay, Type::Date, one)
            }
            (Function::StartsWith, [text, start]) => self.starts_with(expr, text, start),
            (Function::StartsWith, _) => {
                let message = "`starts_with` has two arguments".to_owned();
                let help = "as in `starts_with(account.institution, \"First \")`".to_owned();
                self.error(Code::TypeMismatch, expr, message, Some(help));
                None
            }
            (Function::Share, _) => self.share(expr, arguments),
            (Function::Round | Function::Abs, [one]) => self.rounded(expr, function, one),
            (Function::Min, [_, _, ..]) => self.choice(expr, Choice::Min, arguments),
            (Function::Max, [_, _, ..]) => self.choice(expr, Choice::Max, arguments),
            (Function::Coalesce, [_, _, ..]) => self.choice(expr, Choice::Coalesce, arguments),
            (Function::Coalesce, _) => {
                let message = "`coalesce` needs two arguments or more".to_owned();
                let help = "as in `coalesce(nsf.days_since_last, 999 days)`".to_owned();
                self.error(Code::TypeMismatch, expr, message, Some(help));
                None
            }
            (
                Function::Any
                | Function::All
                | Function::Count
                | Function::Sum
                | Function::Avg
                | Function::Round
                | Function::Abs
                | Function::Weekday
                | Function::Day
                | Function::BusinessDay,
                _,
            ) => {
                let message = format!("`{}` has one argument", function.as_str());
                self.error(Code::TypeMismatch, expr, message, None);
                None
            }
            (Function::Min | Function::Max, []) => None,
        }
    }

    /// `round` and `abs`.
    fn rounded(&mut self, expr: &Expr, function: Function, one: &Expr) -> Option<Typed> {
        let inner = self.value(one)?;
        let ty = if function == Function::Round {
            types::rounded(inner.ty)
        } else {
            Some(inner.ty).filter(|ty| types::is_signed(*ty))
        };
        let Some(ty) = ty else {
            let message = format!("`{}` does not go with {}", function.as_str(), inner.ty);
            self.error(Code::TypeMismatch, expr, message, None);
            return None;
        };
        let node = Box::new(inner.node);
        Some(Typed {
            node: if function == Function::Round {
                Node::Round(node)
            } else {
                Node::Abs(node)
            },
            ty,
            bare: false,
            constant: inner.constant,
        })
    }

    /// `min`, `max` and `coalesce` of several: one type for all.
    fn choice(&mut self, expr: &Expr, choice: Choice, arguments: &[Expr]) -> Option<Typed> {
        let parts: Vec<Option<Typed>> = arguments.iter().map(|one| self.value(one)).collect();
        let parts: Vec<Typed> = parts.into_iter().collect::<Option<_>>()?;
        let written: Vec<&Expr> = arguments.iter().collect();
        let ty = self.one_type(expr, choice, &written, &parts)?;
        if choice != Choice::Coalesce {
            self.ordered(expr, ty, choice.as_str())?;
        }
        Some(Typed {
            ty,
            bare: false,
            constant: parts.iter().all(|part| part.constant),
            node: Node::Choose(
                choice,
                parts.into_iter().map(|part| part.node).collect(),
                ty,
            ),
        })
    }

    /// `case`: conditions, and values of one type.
    fn case(&mut self, expr: &Expr, list: &[Expr]) -> Option<Typed> {
        let (arms, otherwise) = node::arms(list);
        let (mut conditions, mut values, mut written) = (Vec::new(), Vec::new(), Vec::new());
        // Every part is checked, also after one has failed.
        for (when, value) in arms {
            conditions.push(self.condition_of_case(when));
            values.push(self.value(value));
            written.push(value);
        }
        let last = otherwise?;
        values.push(self.value(last));
        written.push(last);
        let conditions: Vec<Typed> = conditions.into_iter().collect::<Option<_>>()?;
        let values: Vec<Typed> = values.into_iter().collect::<Option<_>>()?;
        let ty = self.one_type(expr, Choice::Case, &written, &values)?;
        let constant = conditions.iter().chain(&values).all(|part| part.constant);
        let mut parts: Vec<Node> = Vec::with_capacity(list.len());
        let mut values = values.into_iter().map(|value| value.node);
        for condition in conditions {
            parts.push(condition.node);
            parts.extend(values.next());
        }
        parts.extend(values);
        Some(Typed {
            node: Node::Choose(Choice::Case, parts, ty),
            ty,
            bare: false,
            constant,
        })
    }

    /// A condition of `case`, with a warning where it cannot vary.
    fn condition_of_case(&mut self, when: &Expr) -> Option<Typed> {
        let condition = self.value(when)?;
        if condition.ty != Type::Bool {
            self.not_a_condition(when, condition.ty);
            return None;
        }
        if condition.constant {
            let span = self.text.at(&when.span);
            let message = format!(
                "`{}` does not depend on the application",
                self.written(when)
            );
            self.report
                .warning(Code::ConstantCondition, &span, message, None);
        }
        Some(condition)
    }

    /// The type that values to choose between have in common.
    fn one_type(
        &mut self,
        expr: &Expr,
        choice: Choice,
        written: &[&Expr],
        parts: &[Typed],
    ) -> Option<Type> {
        let (first, rest) = parts.split_first()?;
        let (first_expr, rest_exprs) = written.split_first()?;
        let mut ty = first.ty;
        for (part, written) in rest.iter().zip(rest_exprs) {
            self.common(expr, (first_expr, first), (written, part), choice.as_str())?;
            let Some(common) = types::common(ty, part.ty) else {
                self.mismatch(expr, (first_expr, first), (written, part), choice.as_str());
                return None;
            };
            ty = common;
        }
        Some(ty)
    }

    /// A function over the subjects of a scope.
    fn aggregate(&mut self, expr: &Expr, reduction: Reduction, body: &Expr) -> Option<Typed> {
        if self.subject.is_some() {
            let message = "a function over subjects cannot hold another".to_owned();
            self.error(Code::ScopedFeature, expr, message, None);
            return None;
        }
        let (body, only) = if let ExprKind::Where(body, only) = &body.kind {
            (body.as_ref(), Some(only.as_ref()))
        } else {
            (body, None)
        };
        self.subject = Some(None);
        let typed = self.value(body);
        let only = only.map(|only| (only, self.value(only)));
        let subject = self.subject.take().flatten();
        let typed = typed?;
        let only = match only {
            Some((written, only)) => {
                let only = only?;
                if only.ty != Type::Bool {
                    self.not_a_condition(written, only.ty);
                    return None;
                }
                Some(only.node)
            }
            None => None,
        };
        let Some((_, counted_by)) = subject else {
            let name = reduction.as_str();
            let message = format!(
                "`{}` has one value, not one for each account, applicant or income stream",
                self.written(body)
            );
            let help = match reduction {
                Reduction::Min | Reduction::Max => {
                    format!("`{name}` of one value is that value; give it two or more")
                }
                Reduction::Any | Reduction::All => "leave the function out".to_owned(),
                Reduction::Count => "as in `count(account.active)`".to_owned(),
                Reduction::Sum | Reduction::Avg => format!("as in `{name}(account.current)`"),
            };
            self.error(Code::ScopedFeature, expr, message, Some(help));
            return None;
        };
        if reduction.is_of_conditions() && typed.ty != Type::Bool {
            self.not_a_condition(body, typed.ty);
            return None;
        }
        let ty = self.reduced(body, reduction, typed.ty)?;
        let aggregate = Aggregate {
            reduction,
            counted_by,
            body: typed.node,
            only,
            at: (self.text.span.start, expr.span.start),
        };
        let slot = self.slots.aggregate(&expr.to_string(), aggregate, ty);
        Some(Typed {
            node: Node::Slot(slot),
            ty,
            bare: false,
            constant: false,
        })
    }

    /// The type of what a function over subjects makes of values of a type.
    fn reduced(&mut self, body: &Expr, reduction: Reduction, ty: Type) -> Option<Type> {
        match reduction {
            Reduction::Any | Reduction::All => Some(Type::Bool),
            Reduction::Count => Some(Type::Count),
            Reduction::Min | Reduction::Max => {
                self.ordered(body, ty, reduction.as_str())?;
                Some(ty)
            }
            Reduction::Sum | Reduction::Avg if types::is_signed(ty) => {
                let mean_of_counts = reduction == Reduction::Avg && ty == Type::Count;
                Some(if mean_of_counts { Type::Ratio } else { ty })
            }
            Reduction::Sum | Reduction::Avg => {
                let name = reduction.as_str();
                let message = format!("`{name}` does not go with {ty}");
                let help = (ty == Type::Bool)
                    .then(|| format!("`count({})` says of how many it holds", self.written(body)));
                self.error(Code::TypeMismatch, body, message, help);
                None
            }
        }
    }
}
