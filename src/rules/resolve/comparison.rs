//! Resolves what compares: operators, ranges, lists and the test for a missing value.

use super::{Resolver, Typed, truth};
use crate::features::{self, Type};
use crate::rules::advice::Advice;
use crate::rules::ast::{self, CompareOp, Expr, ExprKind, Function};
use crate::rules::diagnostic::Code;
use crate::rules::node::{Node, Site};
use crate::rules::types;

impl Resolver<'_, '_> {
    pub(super) fn comparison(&mut self, expr: &Expr, site: Site) -> Option<Typed> {
        match &expr.kind {
            ExprKind::Compare(op, left, right) => self.compare(expr, *op, left, right, site),
            ExprKind::Between(value, low, high) => {
                let parts = [self.value(value), self.value(low), self.value(high)];
                let [Some(a), Some(b), Some(c)] = parts else {
                    return None;
                };
                let first = self.common(expr, (value, &a), (low, &b), "between");
                let second = self.common(expr, (value, &a), (high, &c), "between");
                first.and(second)?;
                self.ordered(value, a.ty, "between")?;
                let constant = a.constant && b.constant && c.constant;
                let [a, b, c] = [a, b, c].map(|part| Box::new(part.node));
                Some(truth(Node::Between(a, b, c, site), constant))
            }
            ExprKind::In {
                value,
                list,
                negated,
            } => self.membership(expr, value, list, *negated, site),
            ExprKind::IsMissing { value, negated } => {
                let inner = self.value(value)?;
                let node = Node::IsMissing {
                    value: Box::new(inner.node),
                    negated: *negated,
                    site,
                };
                Some(truth(node, inner.constant))
            }
            ExprKind::Literal(_)
            | ExprKind::Name(_)
            | ExprKind::Not(_)
            | ExprKind::Negate(_)
            | ExprKind::And(_)
            | ExprKind::Or(_)
            | ExprKind::Arithmetic(..)
            | ExprKind::Where(..)
            | ExprKind::Call(..) => self.value(expr),
        }
    }

    fn compare(
        &mut self,
        expr: &Expr,
        op: CompareOp,
        left: &Expr,
        right: &Expr,
        site: Site,
    ) -> Option<Typed> {
        self.compared_inside(expr, op, left, right)?;
        let (a, b) = (self.value(left), self.value(right));
        let (a, b) = (a?, b?);
        let common = self.common(expr, (left, &a), (right, &b), op.as_str())?;
        if types::asks_order(op) {
            self.ordered(expr, common, op.as_str())?;
        }
        self.known_word(&a, right, &b);
        self.known_word(&b, left, &a);
        let constant = a.constant && b.constant;
        let node = Node::Compare(op, Box::new(a.node), Box::new(b.node), site);
        Some(truth(node, constant))
    }

    /// Reports `all(x) > 0.5`, of which the comparison was meant for each `x`.
    fn compared_inside(
        &mut self,
        expr: &Expr,
        op: CompareOp,
        left: &Expr,
        right: &Expr,
    ) -> Option<()> {
        let ExprKind::Call(function @ (Function::Any | Function::All), list) = &left.kind else {
            return Some(());
        };
        let [one] = list.as_slice() else {
            return Some(());
        };
        let ExprKind::Name(name) = &one.kind else {
            return Some(());
        };
        let ty = features::find(name).map(|(_, feature)| feature.ty);
        let Some(ty) = ty.filter(|ty| *ty != Type::Bool) else {
            return Some(());
        };
        let (function, op) = (function.as_str(), op.as_str());
        let message = format!("`{name}` is {ty}, not true or false");
        let instead = format!("{function}({name} {op} {})", self.written(right));
        let advice = Advice::words(format!("write `{instead}`"));
        let advice = advice.in_place(&self.written(expr), instead);
        self.error(Code::NotACondition, expr, message, advice);
        None
    }

    pub(super) fn ordered(&mut self, expr: &Expr, ty: Type, op: &str) -> Option<()> {
        if types::is_ordered(ty) {
            return Some(());
        }
        let message = format!("`{op}` does not go with {ty}");
        let help = format!("{ty} has `==`, `!=` and `in` only");
        self.error(Code::TypeMismatch, expr, message, Some(help));
        None
    }

    fn membership(
        &mut self,
        expr: &Expr,
        value: &Expr,
        list: &[Expr],
        negated: bool,
        site: Site,
    ) -> Option<Typed> {
        if let Some(name) = ast::named_list(list) {
            return self.listed(value, name, list, negated, site);
        }
        let typed = self.value(value);
        let items: Vec<Option<Typed>> = list.iter().map(|item| self.value(item)).collect();
        let typed = typed?;
        let mut nodes = Vec::new();
        for (item, written) in items.into_iter().zip(list) {
            let item = item?;
            self.common(expr, (value, &typed), (written, &item), "in")?;
            if !item.constant {
                let name = self.written(written);
                let message = format!("`{name}` is not constant");
                let help = "a list holds literals and params; join comparisons with `or` instead";
                self.error(Code::NotConstant, written, message, Some(help.to_owned()));
                return None;
            }
            self.known_word(&typed, written, &item);
            nodes.push(item.node);
        }
        let node = Node::In {
            value: Box::new(typed.node),
            list: nodes,
            negated,
            site,
        };
        Some(truth(node, typed.constant))
    }
}
