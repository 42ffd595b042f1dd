//! Checks the names, types and units of an expression, and resolves its names to slots.

use super::ast::{ArithmeticOp, CompareOp, Expr, ExprKind, Function};
use super::diagnostic::{Code, Report};
use super::names::{Named, Names};
use super::node::{Aggregate, Node, Site, Slots, Source};
use super::toml_reader::Text;
use super::types;
use crate::features::{FeatureId, Scope, Type, Value};
use crate::money::Currency;

/// What an expression may name, beyond params.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// Literals only.
    Param,
    /// Literals and params.
    Constant,
    /// Features, inputs and derived values.
    Rule,
    /// Those and `value`, of this type.
    Bin(Type),
    /// Those and `score`, where there is a scorecard.
    Tier {
        /// Whether there is.
        scorecard: bool,
    },
}

/// A resolved expression with its type.
#[derive(Debug, Clone)]
pub(super) struct Typed {
    pub(super) node: Node,
    pub(super) ty: Type,
    /// A number literal without a unit.
    pub(super) bare: bool,
    /// It reads nothing but literals and params.
    pub(super) constant: bool,
}

/// Resolves one expression.
pub(super) struct Resolver<'r, 's> {
    pub(super) names: &'r mut Names,
    pub(super) slots: &'r mut Slots,
    pub(super) report: &'r mut Report<'s>,
    pub(super) text: &'r Text,
    pub(super) place: Place,
    /// The rule set's; `None` where it is unknown, which was reported.
    pub(super) currency: Option<Currency>,
    /// The places of the comparisons that a trace shows.
    pub(super) sites: Vec<std::ops::Range<usize>>,
    /// Inside of an aggregate: the scope of its subjects and a feature that has it, once named.
    pub(super) subject: Option<Option<(Scope, FeatureId)>>,
}

impl Resolver<'_, '_> {
    fn error(&mut self, code: Code, expr: &Expr, message: String, help: Option<String>) {
        let span = self.text.at(&expr.span);
        self.report.error_with(code, &span, message, help);
    }

    /// The expression as written.
    fn written(&self, expr: &Expr) -> String {
        let written = self.text.value.get(expr.span.clone()).unwrap_or("");
        match written.char_indices().nth(60) {
            Some((cut, _)) => format!("{}…", written.get(..cut).unwrap_or("")),
            None => written.to_owned(),
        }
    }

    /// A condition: something true or false, its comparisons numbered for the trace.
    pub(super) fn condition(&mut self, expr: &Expr) -> Option<Typed> {
        match &expr.kind {
            ExprKind::And(list) => self.junction(list, Node::And),
            ExprKind::Or(list) => self.junction(list, Node::Or),
            ExprKind::Not(inner) => {
                let inner = self.condition(inner)?;
                let node = Node::Not(Box::new(inner.node));
                Some(truth(node, inner.constant))
            }
            ExprKind::Literal(_)
            | ExprKind::Name(_)
            | ExprKind::Negate(_)
            | ExprKind::Arithmetic(..)
            | ExprKind::Call(..) => {
                let site = Some(self.sites.len());
                let typed = self.value(expr)?;
                if typed.ty != Type::Bool {
                    self.not_a_condition(expr, typed.ty);
                    return None;
                }
                if typed.constant {
                    return Some(typed);
                }
                self.sites.push(expr.span.clone());
                Some(truth(Node::Truth(Box::new(typed.node), site), false))
            }
            ExprKind::Compare(..)
            | ExprKind::In { .. }
            | ExprKind::Between(..)
            | ExprKind::IsMissing { .. } => {
                let site = Some(self.sites.len());
                self.sites.push(expr.span.clone());
                self.comparison(expr, site)
            }
        }
    }

    fn not_a_condition(&mut self, expr: &Expr, ty: Type) {
        let message = format!("`{}` is {ty}, not true or false", self.written(expr));
        let help = "compare it with something, as in `nsf.event_days_90d > 3`";
        self.error(Code::NotACondition, expr, message, Some(help.to_owned()));
    }

    fn junction(&mut self, list: &[Expr], make: fn(Vec<Node>) -> Node) -> Option<Typed> {
        // Every part is checked, also after one has failed.
        let parts: Vec<Option<Typed>> = list.iter().map(|part| self.condition(part)).collect();
        let parts: Vec<Typed> = parts.into_iter().collect::<Option<_>>()?;
        let constant = parts.iter().all(|part| part.constant);
        let nodes = parts.into_iter().map(|part| part.node).collect();
        Some(truth(make(nodes), constant))
    }

    /// Any expression, its comparisons not shown by a trace.
    pub(super) fn value(&mut self, expr: &Expr) -> Option<Typed> {
        match &expr.kind {
            ExprKind::Literal(value) => self.literal(expr, value),
            ExprKind::Name(name) => self.name(expr, name),
            ExprKind::Negate(inner) => self.negate(expr, inner),
            ExprKind::Arithmetic(op, left, right) => self.arithmetic(expr, *op, left, right),
            ExprKind::Call(function, arguments) => self.call(expr, *function, arguments),
            ExprKind::Compare(..)
            | ExprKind::In { .. }
            | ExprKind::Between(..)
            | ExprKind::IsMissing { .. } => self.comparison(expr, None),
            ExprKind::And(_) | ExprKind::Or(_) | ExprKind::Not(_) => {
                let sites = std::mem::take(&mut self.sites);
                let typed = self.condition(expr);
                self.sites = sites;
                typed.map(|mut typed| {
                    forget_sites(&mut typed.node);
                    typed
                })
            }
        }
    }

    fn literal(&mut self, expr: &Expr, value: &Value) -> Option<Typed> {
        if let (Value::Money(money), Some(currency)) = (value, self.currency)
            && money.currency() != currency
        {
            let message = format!(
                "an amount in {}, but the rule set is in {currency}",
                money.currency()
            );
            let help = format!("write amounts in `{}`", currency.as_str().to_lowercase());
            self.error(Code::WrongCurrency, expr, message, Some(help));
            return None;
        }
        Some(Typed {
            node: Node::Constant(value.clone()),
            ty: value.ty(),
            bare: matches!(value, Value::Count(_) | Value::Ratio(_)),
            constant: true,
        })
    }

    fn name(&mut self, expr: &Expr, name: &str) -> Option<Typed> {
        let Some(named) = self.names.find(name) else {
            let help = self.names.suggest(name);
            let message = format!("there is no feature, param, derived value or input `{name}`");
            self.error(Code::UnknownName, expr, message, help);
            return None;
        };
        if let Named::Param(value) = named {
            let value = value?;
            if self.place == Place::Param {
                self.not_constant(expr, name);
                return None;
            }
            return Some(Typed {
                ty: value.ty(),
                node: Node::Constant(value),
                bare: false,
                constant: true,
            });
        }
        if matches!(self.place, Place::Param | Place::Constant) {
            self.not_constant(expr, name);
            return None;
        }
        let (source, ty) = match named {
            Named::Feature(id, ty, Scope::Household) => (Source::Feature(id), ty),
            Named::Feature(id, ty, scope) => return self.subject(expr, id, ty, scope),
            Named::Derive(index, ty) if self.subject.is_none() => (Source::Derive(index), ty?),
            Named::Input(index, ty) => (Source::Input(index), ty?),
            Named::Score if self.place == (Place::Tier { scorecard: true }) => {
                (Source::Score, Type::Count)
            }
            Named::BinValue if matches!(self.place, Place::Bin(_)) && self.subject.is_none() => {
                let Place::Bin(ty) = self.place else {
                    return None;
                };
                (Source::BinValue, ty)
            }
            Named::Param(_) | Named::Derive(..) | Named::Score | Named::BinValue => {
                self.not_here(expr, name);
                return None;
            }
        };
        Some(Typed {
            node: Node::Slot(self.slots.named(name, source)),
            ty,
            bare: false,
            constant: false,
        })
    }

    fn not_constant(&mut self, expr: &Expr, name: &str) {
        let message = format!("`{name}` is not constant");
        let help = "only literals stand here; name a computed value in [derive]";
        self.error(Code::NotConstant, expr, message, Some(help.to_owned()));
    }

    fn not_here(&mut self, expr: &Expr, name: &str) {
        let help = match name {
            "score" => {
                "`score` is known in [[offer.tier]] and [approve] of a rule set with a [scorecard]"
            }
            "value" => "`value` is known in the bins of a characteristic",
            _ => "a function over subjects reads features, inputs and params only",
        };
        let message = format!("`{name}` is not known here");
        self.error(Code::UnknownName, expr, message, Some(help.to_owned()));
    }

    /// A feature of the subject that an aggregate looks at.
    fn subject(&mut self, expr: &Expr, id: FeatureId, ty: Type, scope: Scope) -> Option<Typed> {
        let of = if scope == Scope::Account {
            "account"
        } else {
            "applicant"
        };
        let written = self.written(expr);
        match self.subject {
            None => {
                let wrap = if ty == Type::Bool { "any" } else { "min" };
                let message = format!("`{written}` has a value for each {of}");
                let help = match ty {
                    Type::Text => format!("say for which, as in `any({written} == \"…\")`"),
                    _ => format!("say for which, as in `{wrap}({written})`"),
                };
                self.error(Code::ScopedFeature, expr, message, Some(help));
                None
            }
            Some(Some((other, _))) if other != scope => {
                let message = format!(
                    "`{written}` has a value for each {of}, but other features here do not"
                );
                let help = "one function looks at accounts or at applicants, not at both";
                self.error(Code::ScopedFeature, expr, message, Some(help.to_owned()));
                None
            }
            Some(_) => {
                self.subject = Some(Some((scope, id)));
                Some(Typed {
                    node: Node::Subject(id),
                    ty,
                    bare: false,
                    constant: false,
                })
            }
        }
    }

    fn negate(&mut self, expr: &Expr, inner: &Expr) -> Option<Typed> {
        let inner = self.value(inner)?;
        if !types::is_signed(inner.ty) {
            let message = format!("`-` does not go with {}", inner.ty);
            self.error(Code::TypeMismatch, expr, message, None);
            return None;
        }
        Some(Typed {
            node: Node::Negate(Box::new(inner.node)),
            ..inner
        })
    }

    fn arithmetic(
        &mut self,
        expr: &Expr,
        op: ArithmeticOp,
        left: &Expr,
        right: &Expr,
    ) -> Option<Typed> {
        let (a, b) = (self.value(left), self.value(right));
        let (a, b) = (a?, b?);
        let Some(ty) = types::arithmetic(op, a.ty, b.ty) else {
            self.mismatch(expr, (left, &a), (right, &b), op.as_str());
            return None;
        };
        Some(Typed {
            ty,
            bare: false,
            constant: a.constant && b.constant,
            node: Node::Arithmetic(op, Box::new(a.node), Box::new(b.node)),
        })
    }

    /// The type that both have in common, or an error.
    fn common(
        &mut self,
        whole: &Expr,
        left: (&Expr, &Typed),
        right: (&Expr, &Typed),
        op: &str,
    ) -> Option<Type> {
        let (a, b) = (left.1, right.1);
        let meets_percent = |one: &Typed, other: &Typed| one.bare && other.ty == Type::Percent;
        let common =
            types::common(a.ty, b.ty).filter(|_| !meets_percent(a, b) && !meets_percent(b, a));
        if common.is_none() {
            self.mismatch(whole, left, right, op);
        }
        common
    }

    fn mismatch(
        &mut self,
        whole: &Expr,
        (left, a): (&Expr, &Typed),
        (right, b): (&Expr, &Typed),
        op: &str,
    ) {
        for (bare, literal, other) in [(a, left, b), (b, right, a)] {
            let unit = self.unit(literal, other.ty);
            if let (true, Some(unit)) = (bare.bare, unit) {
                let written = self.written(literal);
                let message = format!("`{written}` is a plain number where {} is meant", other.ty);
                let help = format!("write `{unit}`");
                self.error(Code::UnitMissing, literal, message, Some(help));
                return;
            }
        }
        let message = format!(
            "`{op}` does not go between {} and {}: `{}` and `{}`",
            a.ty,
            b.ty,
            self.written(left),
            self.written(right)
        );
        self.error(Code::TypeMismatch, whole, message, None);
    }

    /// A number literal as written with the unit of another type.
    fn unit(&self, literal: &Expr, ty: Type) -> Option<String> {
        let written = self.written(literal);
        match ty {
            Type::Money => {
                let currency = self.currency.unwrap_or(Currency::USD);
                Some(format!("{written} {}", currency.as_str().to_lowercase()))
            }
            Type::Days => Some(format!("{written} days")),
            Type::Percent => Some(format!("{written}%")),
            Type::Count | Type::Ratio | Type::Date | Type::Text | Type::Bool => None,
        }
    }

    fn comparison(&mut self, expr: &Expr, site: Site) -> Option<Typed> {
        match &expr.kind {
            ExprKind::Compare(op, left, right) => self.compare(expr, *op, left, right, site),
            ExprKind::Between(value, low, high) => {
                let parts = [self.value(value), self.value(low), self.value(high)];
                let [Some(a), Some(b), Some(c)] = parts else {
                    return None;
                };
                let first = self.common(expr, (value, &a), (low, &b), "between");
                let second = self.common(expr, (value, &a), (high, &c), "between");
                (first?, second?);
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
        let (a, b) = (self.value(left), self.value(right));
        let (a, b) = (a?, b?);
        let common = self.common(expr, (left, &a), (right, &b), op.as_str())?;
        if types::asks_order(op) {
            self.ordered(expr, common, op.as_str())?;
        }
        self.never_negative(expr, op, &a, &b);
        self.never_negative(expr, op.mirrored(), &b, &a);
        let constant = a.constant && b.constant;
        let node = Node::Compare(op, Box::new(a.node), Box::new(b.node), site);
        Some(truth(node, constant))
    }

    fn ordered(&mut self, expr: &Expr, ty: Type, op: &str) -> Option<()> {
        if types::is_ordered(ty) {
            return Some(());
        }
        let message = format!("`{op}` does not go with {ty}");
        let help = format!("{ty} has `==`, `!=` and `in` only");
        self.error(Code::TypeMismatch, expr, message, Some(help));
        None
    }

    /// A feature that counts is never below zero.
    fn never_negative(&mut self, expr: &Expr, op: CompareOp, value: &Typed, bound: &Typed) {
        let (Node::Slot(slot), Type::Count) = (&value.node, value.ty) else {
            return;
        };
        let counts = self.slots.get(*slot).map(|slot| slot.source);
        let (Some(Source::Feature(_)), Some(bound)) = (counts, whole_constant(&bound.node)) else {
            return;
        };
        let verdict = match op {
            CompareOp::Less if bound <= 0 => "false",
            CompareOp::LessEqual | CompareOp::Equal if bound < 0 => "false",
            CompareOp::GreaterEqual if bound <= 0 => "true",
            CompareOp::Greater | CompareOp::NotEqual if bound < 0 => "true",
            _ => return,
        };
        let span = self.text.at(&expr.span);
        let message = format!("`{}` is always {verdict}", self.written(expr));
        let help = "a count is never below zero".to_owned();
        self.report
            .warning(Code::ConstantCondition, &span, message, help);
    }

    fn membership(
        &mut self,
        expr: &Expr,
        value: &Expr,
        list: &[Expr],
        negated: bool,
        site: Site,
    ) -> Option<Typed> {
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

    fn call(&mut self, expr: &Expr, function: Function, arguments: &[Expr]) -> Option<Typed> {
        match (function, arguments) {
            (Function::Any | Function::All | Function::Min | Function::Max, [one]) => {
                self.aggregate(expr, function, one)
            }
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
                Some(Typed {
                    node: Node::Call(function, vec![inner.node], ty),
                    ty,
                    bare: false,
                    constant: inner.constant,
                })
            }
            (Function::Min | Function::Max | Function::Coalesce, [_, _, ..]) => {
                self.choice(expr, function, arguments)
            }
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
    fn choice(&mut self, expr: &Expr, function: Function, arguments: &[Expr]) -> Option<Typed> {
        let parts: Vec<Option<Typed>> = arguments.iter().map(|one| self.value(one)).collect();
        let parts: Vec<Typed> = parts.into_iter().collect::<Option<_>>()?;
        let (first, rest) = parts.split_first()?;
        let (first_expr, rest_exprs) = arguments.split_first()?;
        let mut ty = first.ty;
        for (part, written) in rest.iter().zip(rest_exprs) {
            self.common(
                expr,
                (first_expr, first),
                (written, part),
                function.as_str(),
            )?;
            let Some(common) = types::common(ty, part.ty) else {
                self.mismatch(
                    expr,
                    (first_expr, first),
                    (written, part),
                    function.as_str(),
                );
                return None;
            };
            ty = common;
        }
        if function != Function::Coalesce {
            self.ordered(expr, ty, function.as_str())?;
        }
        Some(Typed {
            ty,
            bare: false,
            constant: parts.iter().all(|part| part.constant),
            node: Node::Call(
                function,
                parts.into_iter().map(|part| part.node).collect(),
                ty,
            ),
        })
    }

    /// A function over the subjects of a scope.
    fn aggregate(&mut self, expr: &Expr, function: Function, body: &Expr) -> Option<Typed> {
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
            let name = function.as_str();
            let message = format!(
                "`{}` has one value, not one for each account or applicant",
                self.written(body)
            );
            let help = match function {
                Function::Min | Function::Max => {
                    format!("`{name}` of one value is that value; give it two or more")
                }
                _ => "leave the function out".to_owned(),
            };
            self.error(Code::ScopedFeature, expr, message, Some(help));
            return None;
        };
        let conditional = matches!(function, Function::Any | Function::All);
        if conditional && typed.ty != Type::Bool {
            self.not_a_condition(body, typed.ty);
            return None;
        }
        if !conditional {
            self.ordered(body, typed.ty, function.as_str())?;
        }
        let aggregate = Aggregate {
            function,
            counted_by,
            body: typed.node,
        };
        Some(Typed {
            node: Node::Slot(self.slots.aggregate(&expr.to_string(), aggregate)),
            ty: typed.ty,
            bare: false,
            constant: false,
        })
    }
}

fn truth(node: Node, constant: bool) -> Typed {
    Typed {
        node,
        ty: Type::Bool,
        bare: false,
        constant,
    }
}

fn whole_constant(node: &Node) -> Option<i64> {
    match node {
        Node::Constant(Value::Count(count)) => Some(*count),
        Node::Negate(inner) => whole_constant(inner)?.checked_neg(),
        _ => None,
    }
}

/// Takes the numbers of the trace off comparisons inside of a value.
fn forget_sites(node: &mut Node) {
    match node {
        Node::Not(inner) | Node::Negate(inner) => forget_sites(inner),
        Node::Truth(inner, site) => {
            *site = None;
            forget_sites(inner);
        }
        Node::And(list) | Node::Or(list) => list.iter_mut().for_each(forget_sites),
        Node::Compare(_, _, _, site)
        | Node::Between(_, _, _, site)
        | Node::In { site, .. }
        | Node::IsMissing { site, .. } => *site = None,
        Node::Constant(_)
        | Node::Slot(_)
        | Node::Subject(_)
        | Node::Arithmetic(..)
        | Node::Call(..) => {}
    }
}
