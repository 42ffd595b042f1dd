//! Resolves functions of single values: of dates, texts and lists, and random shares.

use super::{NameScope, Resolver, Typed, lost_in_param, truth};
use crate::features::{Type, Value};
use crate::money::Currency;
use crate::rules::advice::Advice;
use crate::rules::ast::{ArithmeticOp, Expr, ExprKind, Function};
use crate::rules::compile;
use crate::rules::diagnostic::Code;
use crate::rules::names::Named;
use crate::rules::node::{Applied, Node, Site};

/// How a share is written.
const SHARE: &str = "as in `share(\"cell\", 5%)`, or by something else than the main applicant's id: \
                     `share(\"cell\", 5%, inputs.customer)`";

impl Resolver<'_, '_> {
    /// A date and so many months; `None` where no months are written.
    pub(super) fn months(
        &mut self,
        expr: &Expr,
        op: ArithmeticOp,
        left: &Expr,
        right: &Expr,
    ) -> Option<Option<Typed>> {
        let (date, count) = match (months_of(left), months_of(right)) {
            (_, Some(count)) => (left, count),
            (Some(count), None) if op == ArithmeticOp::Add => (right, count),
            (Some(_), None) | (None, None) => return None,
        };
        let function = match op {
            ArithmeticOp::Add => Applied::AddMonths,
            ArithmeticOp::Subtract => Applied::SubtractMonths,
            ArithmeticOp::Multiply | ArithmeticOp::Divide => return Some(self.months_alone(expr)),
        };
        Some(self.shifted(function, date, count))
    }

    fn shifted(&mut self, function: Applied, date: &Expr, count: &Expr) -> Option<Typed> {
        let (of, months) = (self.value(date), self.value(count));
        let (of, months) = (of?, months?);
        self.is_of(date, &of, Type::Date)?;
        self.is_of(count, &months, Type::Count)?;
        Some(Typed {
            ty: Type::Date,
            bare: false,
            constant: of.constant && months.constant,
            node: Node::Apply(function, vec![of.node, months.node]),
        })
    }

    /// Months that stand alone: how long they are depends on when they begin.
    pub(super) fn months_alone(&mut self, expr: &Expr) -> Option<Typed> {
        let message = "months are of different lengths".to_owned();
        let help = "add them to a date or take them off one, as in \
                    `application.decision_date + 2 months`";
        self.error(Code::TypeMismatch, expr, message, Some(help.to_owned()));
        None
    }

    /// Whether an argument is of a type; an error where not.
    fn is_of(&mut self, written: &Expr, typed: &Typed, wanted: Type) -> Option<()> {
        if typed.ty == wanted {
            return Some(());
        }
        if let ExprKind::Name(name) = &written.kind
            && lost_in_param(
                self.names,
                self.report,
                name,
                (typed, wanted),
                self.currency,
            )
        {
            return None;
        }
        let unit = self.unit(written, typed, wanted).filter(|_| typed.bare);
        let code = match unit {
            Some(_) => Code::UnitMissing,
            None => Code::TypeMismatch,
        };
        let message = format!("`{}` is {}, not {wanted}", self.written(written), typed.ty);
        let unit = unit.unwrap_or_else(|| Advice::words(format!("name a value that is {wanted}")));
        self.error(code, written, message, unit);
        None
    }

    /// `weekday`, `day` and `business_day`.
    pub(super) fn of_date(
        &mut self,
        expr: &Expr,
        function: Applied,
        ty: Type,
        date: &Expr,
    ) -> Option<Typed> {
        let typed = self.value(date)?;
        self.is_of(date, &typed, Type::Date)?;
        debug_assert!(matches!(expr.kind, ExprKind::Call(..)), "a call");
        Some(Typed {
            node: Node::Apply(function, vec![typed.node]),
            ty,
            bare: false,
            constant: typed.constant,
        })
    }

    pub(super) fn starts_with(&mut self, expr: &Expr, text: &Expr, start: &Expr) -> Option<Typed> {
        let (of, with) = (self.value(text), self.value(start));
        let (of, with) = (of?, with?);
        self.is_of(text, &of, Type::Text)?;
        self.is_of(start, &with, Type::Text)?;
        let Some(Value::Text(prefix)) = self.known(&with) else {
            let message = format!("`{}` is not constant", self.written(start));
            let help = "what a text is to begin with is a literal or a param".to_owned();
            self.error(Code::NotConstant, start, message, Some(help));
            return None;
        };
        if prefix.is_empty() {
            let message = "every text begins with nothing".to_owned();
            self.error(Code::OutOfRange, expr, message, Advice::none());
            return None;
        }
        let node = Node::Apply(Applied::StartsWith, vec![of.node, with.node]);
        Some(truth(node, of.constant))
    }

    /// The value of what names nothing but params.
    fn known(&self, typed: &Typed) -> Option<Value> {
        let currency = self.currency.unwrap_or(Currency::USD);
        let constant = typed.constant.then_some(&typed.node)?;
        compile::constant(constant, currency).ok()
    }

    /// `share("cell", 5%)`: always the same for one person.
    pub(super) fn share(&mut self, expr: &Expr, arguments: &[Expr]) -> Option<Typed> {
        if matches!(self.place, NameScope::Param | NameScope::Constant) {
            let written = self.written(expr);
            self.not_constant(expr, &written);
            return None;
        }
        let ([name, share], by) = match arguments {
            [name, share] => ([name, share], None),
            [name, share, by] => ([name, share], Some(by)),
            _ => {
                let message = "`share` has two arguments: a name and how large it is".to_owned();
                self.error(Code::TypeMismatch, expr, message, Some(SHARE.to_owned()));
                return None;
            }
        };
        let mut nodes = Vec::new();
        for (argument, wanted) in [(name, Type::Text), (share, Type::Percent)] {
            let typed = self.value(argument)?;
            self.is_of(argument, &typed, wanted)?;
            let Some(value) = self.known(&typed) else {
                let message = format!("`{}` is not constant", self.written(argument));
                self.error(Code::NotConstant, argument, message, Some(SHARE.to_owned()));
                return None;
            };
            self.sensible_share(argument, &value)?;
            nodes.push(Node::Constant(value));
        }
        if let Some(by) = by {
            let typed = self.value(by)?;
            self.is_of(by, &typed, Type::Text)?;
            nodes.push(typed.node);
        }
        self.slots.shares.push(self.text.at(&expr.span));
        Some(truth(Node::Apply(Applied::Share, nodes), false))
    }

    fn sensible_share(&mut self, argument: &Expr, value: &Value) -> Option<()> {
        use rust_decimal::Decimal;
        let message = match value {
            Value::Text(name) if name.is_empty() || name.contains('\0') => {
                "a share has a name, by which it is drawn apart from others"
            }
            Value::Percent(share) if *share <= Decimal::ZERO || *share >= Decimal::ONE_HUNDRED => {
                "a share is above 0% and below 100%"
            }
            Value::Text(_)
            | Value::Percent(_)
            | Value::Money(_)
            | Value::Count(_)
            | Value::Days(_)
            | Value::Ratio(_)
            | Value::Date(_)
            | Value::Bool(_) => return Some(()),
        };
        self.error(
            Code::OutOfRange,
            argument,
            message.to_owned(),
            Advice::words(SHARE),
        );
        None
    }

    /// `x in lists.NAME`.
    pub(super) fn listed(
        &mut self,
        value: &Expr,
        name: &str,
        list: &[Expr],
        negated: bool,
        site: Site,
    ) -> Option<Typed> {
        if matches!(self.place, NameScope::Param | NameScope::Constant) {
            self.not_constant(value, name);
            return None;
        }
        let typed = self.value(value);
        let written = list.first()?;
        let Some(Named::List(index, ty)) = self.names.find(name) else {
            let suggests = self.report.suggests();
            let help = suggests.then(|| self.names.suggest(name)).flatten();
            let declare = || Advice::words(format!("declare it: [{name}] with its `values`"));
            let help = help.unwrap_or_else(declare);
            self.error(
                Code::UnknownName,
                written,
                format!("there is no list `{name}`"),
                help,
            );
            return None;
        };
        let (typed, ty) = (typed?, ty?);
        if typed.ty != ty {
            let message = format!(
                "`{}` is {}, but `{name}` is a list of {ty}",
                self.written(value),
                typed.ty
            );
            let advice = Advice::words(format!(
                "look for {ty} in it, or declare a list of {}",
                typed.ty
            ));
            self.error(Code::TypeMismatch, value, message, advice);
            return None;
        }
        self.known_words(&typed, written, index);
        let node = Node::Apply(
            Applied::Listed {
                list: index,
                negated,
            },
            vec![typed.node],
        );
        Some(truth(Node::Truth(Box::new(node), site), false))
    }
}

/// How many months an expression says, where it says months.
fn months_of(expr: &Expr) -> Option<&Expr> {
    let ExprKind::Call(Function::Months, list) = &expr.kind else {
        return None;
    };
    list.first()
}
