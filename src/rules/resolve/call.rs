//! Resolves functions: of several values, of one, and over subjects.

use super::{Resolver, Typed};
use crate::features::Type;
use crate::rules::ast::{Expr, Function};
use crate::rules::diagnostic::Code;
use crate::rules::node::{Aggregate, Choice, Node, Reduction};
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
            (Function::Round | Function::Abs, [one]) => {
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
            (Function::Min, [_, _, ..]) => self.choice(expr, Choice::Min, arguments),
            (Function::Max, [_, _, ..]) => self.choice(expr, Choice::Max, arguments),
            (Function::Coalesce, [_, _, ..]) => self.choice(expr, Choice::Coalesce, arguments),
            (Function::Coalesce, _) => {
                let message = "`coalesce` needs two arguments or more".to_owned();
                let help = "as in `coalesce(nsf.days_since_last, 999 days)`".to_owned();
                self.error(Code::TypeMismatch, expr, message, Some(help));
                None
            }
            (Function::Any | Function::All | Function::Round | Function::Abs, _) => {
                let message = format!("`{}` has one argument", function.as_str());
                self.error(Code::TypeMismatch, expr, message, None);
                None
            }
            (Function::Min | Function::Max, []) => None,
        }
    }

    /// `min`, `max` and `coalesce` of several: one type for all.
    fn choice(&mut self, expr: &Expr, choice: Choice, arguments: &[Expr]) -> Option<Typed> {
        let parts: Vec<Option<Typed>> = arguments.iter().map(|one| self.value(one)).collect();
        let parts: Vec<Typed> = parts.into_iter().collect::<Option<_>>()?;
        let (first, rest) = parts.split_first()?;
        let (first_expr, rest_exprs) = arguments.split_first()?;
        let mut ty = first.ty;
        for (part, written) in rest.iter().zip(rest_exprs) {
            self.common(expr, (first_expr, first), (written, part), choice.as_str())?;
            let Some(common) = types::common(ty, part.ty) else {
                self.mismatch(expr, (first_expr, first), (written, part), choice.as_str());
                return None;
            };
            ty = common;
        }
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

    /// A function over the subjects of a scope.
    fn aggregate(&mut self, expr: &Expr, reduction: Reduction, body: &Expr) -> Option<Typed> {
        if self.subject.is_some() {
            let message = "a function over subjects cannot hold another".to_owned();
            self.error(Code::ScopedFeature, expr, message, None);
            return None;
        }
        self.subject = Some(None);
        let typed = self.value(body);
        let subject = self.subject.take().flatten();
        let typed = typed?;
        let Some((_, counted_by)) = subject else {
            let name = reduction.as_str();
            let message = format!(
                "`{}` has one value, not one for each account, applicant or income stream",
                self.written(body)
            );
            let help = if matches!(reduction, Reduction::Min | Reduction::Max) {
                format!("`{name}` of one value is that value; give it two or more")
            } else {
                "leave the function out".to_owned()
            };
            self.error(Code::ScopedFeature, expr, message, Some(help));
            return None;
        };
        let conditional = matches!(reduction, Reduction::Any | Reduction::All);
        if conditional && typed.ty != Type::Bool {
            self.not_a_condition(body, typed.ty);
            return None;
        }
        if !conditional {
            self.ordered(body, typed.ty, reduction.as_str())?;
        }
        let aggregate = Aggregate {
            reduction,
            counted_by,
            body: typed.node,
            at: (self.text.span.start, expr.span.start),
        };
        let slot = self.slots.aggregate(&expr.to_string(), aggregate, typed.ty);
        Some(Typed {
            node: Node::Slot(slot),
            ty: typed.ty,
            bare: false,
            constant: false,
        })
    }
}
