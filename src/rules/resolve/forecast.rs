//! Resolves forecasts: what is likely to become of the balance of one account.

use super::{NameScope, Resolver, Typed};
use crate::features::{self, Scope};
use crate::limits;
use crate::rules::advice::Advice;
use crate::rules::ast::{Expr, ForecastFunction};
use crate::rules::diagnostic::Code;
use crate::rules::node::{Node, Source};

impl Resolver<'_, '_> {
    /// `p_return` and `best_pull_date`: of the account to be debited, or, inside of a function
    /// over accounts, of each.
    pub(super) fn forecast(
        &mut self,
        expr: &Expr,
        function: ForecastFunction,
        arguments: &[Expr],
    ) -> Option<Typed> {
        if matches!(self.place, NameScope::Param | NameScope::Constant) {
            let written = self.written(expr);
            self.not_constant(expr, &written);
            return None;
        }
        let per_account = self.subject.is_some();
        if per_account {
            self.looks_at_accounts(expr)?;
        }
        let in_forecast = std::mem::replace(&mut self.in_forecast, true);
        let nodes = self.forecast_arguments(expr, function, arguments);
        self.in_forecast = in_forecast;
        let nodes = nodes?;
        let node = Node::Forecast {
            function,
            per_account,
            arguments: nodes,
        };
        let ty = function.answers();
        let node = if per_account {
            node
        } else {
            Node::Slot(self.slots.forecast(&expr.to_string(), node, ty))
        };
        self.slots.forecast_calls += 1;
        if self.slots.forecast_calls > limits::FORECAST_CALLS_MAX {
            let message = format!(
                "a rule file asks for at most {} forecasts",
                limits::FORECAST_CALLS_MAX
            );
            let help = "name one in [derive] and read it from there".to_owned();
            self.error(Code::TooLarge, expr, message, Some(help));
            return None;
        }
        Some(Typed {
            node,
            ty,
            bare: false,
            constant: false,
        })
    }

    /// Inside of a function over subjects a forecast is of an account.
    fn looks_at_accounts(&mut self, expr: &Expr) -> Option<()> {
        match self.subject {
            Some(Some((Scope::Account, _))) => Some(()),
            Some(Some((scope, _))) => {
                let message = format!(
                    "`{}` has a value for each account, but other features here have one for each \
                     {}",
                    self.written(expr),
                    scope.as_str()
                );
                let help = "one function looks at applicants, at accounts or at income streams, not at two of them";
                self.error(Code::ScopedFeature, expr, message, Some(help.to_owned()));
                None
            }
            Some(None) | None => {
                // INVARIANT: there are features of accounts.
                self.subject = Some(Some((Scope::Account, features::first_of(Scope::Account)?)));
                Some(())
            }
        }
    }

    fn forecast_arguments(
        &mut self,
        expr: &Expr,
        function: ForecastFunction,
        arguments: &[Expr],
    ) -> Option<Vec<Node>> {
        let wanted = function.arguments();
        if arguments.len() != wanted.len() {
            let parts: Vec<&str> = wanted.iter().map(|(_, what)| *what).collect();
            let message = format!(
                "`{}` has {} arguments: {}",
                function.as_str(),
                wanted.len(),
                parts.join(", ")
            );
            let help = format!("as in `{}`", function.example());
            self.error(Code::TypeMismatch, expr, message, Some(help));
            return None;
        }
        // Every argument is checked, also after one has failed.
        let found: Vec<Option<Node>> = arguments
            .iter()
            .zip(wanted)
            .map(|(argument, (ty, what))| {
                let typed = self.value(argument)?;
                if typed.ty != *ty {
                    let unit = self.unit(argument, &typed, *ty).filter(|_| typed.bare);
                    let code = match unit {
                        Some(_) => Code::UnitMissing,
                        None => Code::TypeMismatch,
                    };
                    let message = format!(
                        "`{}` is {}, but {what} is {ty}",
                        self.written(argument),
                        typed.ty
                    );
                    let example = || Advice::words(format!("as in `{}`", function.example()));
                    self.error(code, argument, message, unit.unwrap_or_else(example));
                    return None;
                }
                self.known_early(argument, &typed.node)?;
                Some(typed.node)
            })
            .collect();
        found.into_iter().collect()
    }

    /// Forecasts are made before anything is scored.
    fn known_early(&mut self, argument: &Expr, node: &Node) -> Option<()> {
        let mut slots = std::collections::BTreeSet::new();
        node.slots(&mut slots);
        let late = |source| matches!(source, Source::Score | Source::BinValue);
        let late = |slot| {
            let slot = self.slots.get(slot);
            slot.is_some_and(|slot| late(slot.source) || self.names.is_late(&slot.name))
        };
        if !slots.into_iter().any(late) {
            return Some(());
        }
        let message = format!("`{}` is not known here", self.written(argument));
        let help = "a forecast is made before anything is scored: ask for features, inputs, params and derived values that do not rest on the score";
        self.error(Code::UnknownName, argument, message, Some(help.to_owned()));
        None
    }
}
