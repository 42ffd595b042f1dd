//! Checks the names, types and units of an expression, and resolves its names to slots.

mod applied;
mod call;
mod comparison;
mod forecast;
mod mismatch;
mod words;

use super::advice::Advice;
use super::asked::{AskedFor, OfferValue, Varied};
use super::ast::{ArithmeticOp, Expr, ExprKind, LISTS};
use super::diagnostic::{Code, Report};
use super::names::{Named, Names};
use super::node::{self, Node, Site, Slots, Source};
use super::rule_set::WrittenComparison;
use super::toml_reader::Text;
use super::types;
use crate::features::{FeatureId, Scope, Type, Value};
use crate::money::Currency;
pub(super) use mismatch::{lost_in_param, with_unit};

/// What an expression may name, beyond params.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NameScope {
    /// Literals only.
    Param,
    /// Literals and params.
    Constant,
    /// Features, inputs, derived values and tables that the score does not decide, which this is a
    /// part of.
    Characteristic,
    /// Those and `value`, of this type.
    Bin(Type),
    /// All of them, and `score`, where there is a scorecard.
    Tier {
        /// Whether there is.
        scorecard: bool,
    },
    /// Those and the values of an offer, but nothing that an offer may change.
    Offer {
        /// Whether there is a scorecard.
        scorecard: bool,
        /// What an offer may change beside the amount.
        varied: Varied,
    },
}

impl NameScope {
    /// Whether `score` is known.
    fn has_score(self) -> bool {
        match self {
            Self::Tier { scorecard } | Self::Offer { scorecard, .. } => scorecard,
            Self::Param | Self::Constant | Self::Characteristic | Self::Bin(_) => false,
        }
    }
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
    pub(super) place: NameScope,
    /// The rule set's; `None` where it is unknown, which was reported.
    pub(super) currency: Option<Currency>,
    /// The comparisons outside of functions over subjects, each outer one before those in it.
    pub(super) sites: Vec<WrittenComparison>,
    /// Whether it is inside of a value, where a trace shows no comparisons.
    pub(super) in_value: bool,
    /// Whether it is inside of a forecast, which has no numbered comparisons.
    pub(super) in_forecast: bool,
    /// Inside of an aggregate: the scope of its subjects and a feature that has it, once named.
    pub(super) subject: Option<Option<(Scope, FeatureId)>>,
}

/// The most characters that a message shows of an expression: a comparison of two names is whole.
const WRITTEN_CHARS_MAX: usize = 60;

impl Resolver<'_, '_> {
    fn error(&mut self, code: Code, expr: &Expr, message: String, advice: impl Into<Advice>) {
        let span = self.text.at(&expr.span);
        self.report.error_with(code, &span, message, advice);
    }

    /// The expression as written.
    fn written(&self, expr: &Expr) -> String {
        let written = self.text.value.get(expr.span.clone()).unwrap_or("");
        match written.char_indices().nth(WRITTEN_CHARS_MAX) {
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
            | ExprKind::Where(..)
            | ExprKind::Call(..) => {
                let before = self.sites.len();
                let site = self.site(expr);
                let typed = self.value(expr)?;
                if typed.ty != Type::Bool {
                    self.not_a_condition(expr, typed.ty);
                    return None;
                }
                if typed.constant {
                    self.sites.truncate(before);
                    return Some(typed);
                }
                Some(truth(Node::Truth(Box::new(typed.node), site), false))
            }
            ExprKind::Compare(..)
            | ExprKind::In { .. }
            | ExprKind::Between(..)
            | ExprKind::IsMissing { .. } => {
                let site = self.site(expr);
                self.comparison(expr, site)
            }
        }
    }

    /// Notes a comparison.
    fn site(&mut self, expr: &Expr) -> Site {
        if self.subject.is_some() || self.in_forecast {
            return None;
        }
        let text = self.text.value.get(expr.span.clone()).unwrap_or("");
        self.sites.push(WrittenComparison {
            text: text.to_owned(),
            text_at: self.text.at(&(0..0)).start,
            within: expr.span.clone(),
            shown: !self.in_value,
        });
        Some(self.sites.len() - 1)
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
        let in_value = std::mem::replace(&mut self.in_value, true);
        let typed = self.value_of(expr);
        self.in_value = in_value;
        typed
    }

    fn value_of(&mut self, expr: &Expr) -> Option<Typed> {
        match &expr.kind {
            ExprKind::Literal(value) => self.literal(expr, value),
            ExprKind::Name(name) => self.name(expr, name),
            ExprKind::Negate(inner) => self.negate(expr, inner),
            ExprKind::Arithmetic(op, left, right) => self.arithmetic(expr, *op, left, right),
            ExprKind::Call(function, arguments) => self.call(expr, *function, arguments),
            ExprKind::Where(..) => {
                let message = "`where` stands in a function over subjects only".to_owned();
                let help = "as in `sum(account.current where account.active)`".to_owned();
                self.error(Code::ScopedFeature, expr, message, Some(help));
                None
            }
            ExprKind::Compare(..)
            | ExprKind::In { .. }
            | ExprKind::Between(..)
            | ExprKind::IsMissing { .. }
            | ExprKind::And(_)
            | ExprKind::Or(_)
            | ExprKind::Not(_) => self.condition(expr),
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
            let written = self.written(expr);
            let unit = currency.as_str().to_lowercase();
            let number: String = written
                .chars()
                .filter(|c| !c.is_alphabetic() && *c != '$')
                .collect();
            let help = Advice::words(format!("write amounts in `{unit}`"));
            let help = help.in_place(
                &written,
                format!("{} {unit}", number.trim().replace(',', "")),
            );
            self.error(Code::WrongCurrency, expr, message, help);
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
            let suggests = self.report.suggests();
            let help = suggests.then(|| self.names.suggest(name)).flatten();
            let message = if name.starts_with("tables.") {
                format!("there is no table `{name}`, or it gives no such value")
            } else {
                format!("there is no feature, param, derived value or input `{name}`")
            };
            let elsewhere =
                || Advice::words("the features are in `docs/features.md`; all else is declared");
            let help = help.unwrap_or_else(elsewhere);
            self.error(Code::UnknownName, expr, message, help);
            return None;
        };
        if let Named::Param(value) = named {
            let value = value?;
            if self.place == NameScope::Param {
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
        if matches!(self.place, NameScope::Param | NameScope::Constant) {
            self.not_constant(expr, name);
            return None;
        }
        self.stands_in_an_offer(expr, name)?;
        if let Named::Feature(id, ty, scope) = named
            && scope != Scope::Household
        {
            return self.subject(expr, id, ty, scope);
        }
        let (source, ty) = self.source(expr, name, named)?;
        let slot = if source == Source::BinValue {
            self.slots.named(&node::bin_value(ty), source, ty)
        } else {
            self.slots.named(name, source, ty)
        };
        Some(Typed {
            node: Node::Slot(slot),
            ty,
            bare: false,
            constant: false,
        })
    }

    /// Where the one value of a name comes from, and its type.
    fn source(&mut self, expr: &Expr, name: &str, named: Named) -> Option<(Source, Type)> {
        Some(match named {
            Named::Feature(id, ty, _) => (Source::Feature(id), ty),
            Named::Derive(index, ty) if self.subject.is_none() => {
                self.not_of_the_score(expr, name)?;
                (Source::Derive(index), ty?)
            }
            Named::Input(index, ty) => (Source::Input(index), ty?),
            Named::Table { table, output, ty } if self.subject.is_none() => {
                self.not_of_the_score(expr, name)?;
                (Source::Cell(table, output), ty?)
            }
            Named::Outputs(outputs) => {
                let message = format!("`{name}` gives several values");
                let help = format!("say which: `{}`", outputs.join("` or `"));
                self.error(Code::UnknownName, expr, message, Some(help));
                return None;
            }
            Named::Score if self.place.has_score() && self.subject.is_none() => {
                (Source::Score, Type::Count)
            }
            Named::Offer(value) if matches!(self.place, NameScope::Offer { .. }) => {
                (Source::Offer(value), value.ty())
            }
            Named::BinValue
                if matches!(self.place, NameScope::Bin(_)) && self.subject.is_none() =>
            {
                let NameScope::Bin(ty) = self.place else {
                    return None;
                };
                (Source::BinValue, ty)
            }
            Named::Param(_)
            | Named::Derive(..)
            | Named::List(..)
            | Named::Table { .. }
            | Named::Score
            | Named::BinValue
            | Named::Offer(_) => {
                self.not_here(expr, name);
                return None;
            }
        })
    }

    fn not_constant(&mut self, expr: &Expr, name: &str) {
        let message = format!("`{name}` is not constant");
        let help = "only literals stand here; name a computed value in [derive]";
        self.error(Code::NotConstant, expr, message, Some(help.to_owned()));
    }

    /// An offer whose terms depended on what was asked for would be another for who asks for more.
    fn stands_in_an_offer(&mut self, expr: &Expr, name: &str) -> Option<()> {
        if let NameScope::Offer { varied, .. } = self.place
            && let Some(asked) = varied.first(&self.names.asked_for(name))
        {
            self.depends_on_request(expr, name, asked);
            return None;
        }
        Some(())
    }

    fn depends_on_request(&mut self, expr: &Expr, name: &str, asked: AskedFor) {
        let (of, instead) = (asked.name(), asked.in_an_offer());
        let (message, help) = if of == name {
            let message = format!("an offer may change `{of}`, so it must not depend on it");
            let words = Advice::words(format!("write `{instead}`"));
            (message, words.in_place(name, instead))
        } else {
            let message = format!("`{name}` rests on `{of}`, which an offer may change");
            let help = if name == "score" {
                // It was meant to decide: that it does not is not reported as well.
                self.slots.named(name, Source::Score, Type::Count);
                format!("score something else, and say in [offer] what `{instead}` changes")
            } else {
                format!("say it here with `{instead}` in place of `{of}`")
            };
            (message, Advice::words(help))
        };
        self.error(Code::DependsOnRequest, expr, message, help);
    }

    fn not_here(&mut self, expr: &Expr, name: &str) {
        let help = match name {
            _ if OfferValue::named(name).is_some() => {
                "an offer is known in [offer] only; elsewhere `application.` says what was asked for"
            }
            "score" => {
                "`score` is known in a rule set with a [scorecard], but not in the scorecard itself, \
                 and not in a function over subjects"
            }
            _ if name.starts_with(LISTS) => "write `x in lists.NAME` or `x not in lists.NAME`",
            "value" => "`value` is known in the bins of a characteristic",
            _ => "a function over subjects reads features, inputs and params only",
        };
        let message = format!("`{name}` is not known here");
        self.error(Code::UnknownName, expr, message, Some(help.to_owned()));
    }

    /// The scorecard reads nothing that rests on the score.
    fn not_of_the_score(&mut self, expr: &Expr, name: &str) -> Option<()> {
        let scored = matches!(self.place, NameScope::Characteristic | NameScope::Bin(_));
        if !(scored && self.names.is_late(name)) {
            return Some(());
        }
        let message = format!("`{name}` rests on `score`, and this is a part of the score");
        let advice = Advice::words("score something that does not rest on the score");
        self.error(Code::Cycle, expr, message, advice);
        None
    }

    /// A feature of the subject that an aggregate looks at.
    fn subject(&mut self, expr: &Expr, id: FeatureId, ty: Type, scope: Scope) -> Option<Typed> {
        let of = scope.as_str();
        let written = self.written(expr);
        match self.subject {
            None => {
                let wrap = if ty == Type::Bool { "any" } else { "min" };
                let message = format!("`{written}` has a value for each {of}");
                let help = if ty == Type::Text {
                    Advice::words(format!("say for which, as in `any({written} == \"…\")`"))
                } else {
                    let wrapped = format!("{wrap}({written})");
                    let words = Advice::words(format!("say for which, as in `{wrapped}`"));
                    words.in_place(&written, wrapped)
                };
                self.error(Code::ScopedFeature, expr, message, Some(help));
                None
            }
            Some(Some((other, _))) if other != scope => {
                let message = format!(
                    "`{written}` has a value for each {of}, but other features here do not"
                );
                let help = "one function looks at applicants, at accounts or at income streams, not at two of them";
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
            self.error(Code::TypeMismatch, expr, message, Advice::none());
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
        if let Some(shifted) = self.months(expr, op, left, right) {
            return shifted;
        }
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
}

fn truth(node: Node, constant: bool) -> Typed {
    Typed {
        node,
        ty: Type::Bool,
        bare: false,
        constant,
    }
}
