//! What an expression can come to: its type, and the numbers from its least to its greatest.

use std::collections::{BTreeMap, BTreeSet};

use chrono::Datelike;
use rust_decimal::Decimal;

use super::span::Span;
use crate::features::{self, Type, Value};
use crate::money::{Currency, Money};
use crate::rules::asked::OfferValue;
use crate::rules::ast::{ArithmeticOp, Expr, ExprKind, ForecastFunction, Function};
use crate::rules::names::{Named, Names};
use crate::rules::rule_set::{DeclaredInput, Justified};
use crate::rules::toml_reader::Text;
use crate::rules::types;

/// The days of the longest month.
const MONTH_DAYS_MAX: u32 = 31;

/// The places to which shares and quotients are kept, as fractions.
const SHARE_PLACES: u32 = 8;

/// What an expression can come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Known {
    pub(super) ty: Type,
    pub(super) span: Span,
}

/// What is known of a derived value. It is noted once, in an order in which each comes after those
/// that it reads, so that nothing follows a chain of them to its end.
pub(super) struct Derived<'f> {
    pub(super) text: &'f Text,
    pub(super) expr: &'f Expr,
    pub(super) known: Known,
    /// Whether it is a quotient of two amounts.
    pub(super) of_amounts: bool,
    /// What it adds up, if it is an amount.
    pub(super) flow: Option<Flow>,
    /// The windows of the values that it reads, in days.
    pub(super) windows: BTreeSet<u32>,
    /// Whether it reads what the law lets be used.
    pub(super) justified: bool,
}

/// What the rows of a table are chosen by.
#[derive(Debug, Default)]
pub(super) struct Chosen {
    /// The windows of the values that it reads, in days.
    pub(super) windows: BTreeSet<u32>,
    /// Whether it reads what the law lets be used.
    pub(super) justified: bool,
}

/// What an amount adds up: so many days, by the name of a value.
#[derive(Debug, Clone)]
pub(super) struct Flow {
    pub(super) days: u32,
    pub(super) name: String,
}

/// An expression of the file whose types are right.
pub(in crate::rules) type Formulas = BTreeMap<usize, Expr>;

/// Reads expressions: what the names in them can be.
pub(super) struct Reader<'f> {
    pub(super) names: &'f Names,
    pub(super) inputs: &'f [DeclaredInput],
    pub(super) justified: &'f [Justified],
    pub(super) currency: Currency,
    /// Derived values by name, each once it is known.
    pub(super) derived: BTreeMap<&'f str, Derived<'f>>,
    /// Tables by name, each once it is known.
    pub(super) tables: BTreeMap<&'f str, Chosen>,
    /// The least and the most points of the scorecard.
    pub(super) score: Span,
    /// What `value` is in the bins that are looked at.
    pub(super) value: Option<Known>,
    pub(super) value_expr: Option<&'f Expr>,
}

impl Reader<'_> {
    /// What it can come to; `None` where its parts do not go together, which was reported.
    pub(super) fn known(&self, expr: &Expr) -> Option<Known> {
        match &expr.kind {
            ExprKind::Literal(value) => Some(known_value(value)),
            ExprKind::Name(name) => self.name(name),
            ExprKind::Not(_)
            | ExprKind::And(_)
            | ExprKind::Or(_)
            | ExprKind::Compare(..)
            | ExprKind::In { .. }
            | ExprKind::Between(..)
            | ExprKind::IsMissing { .. } => Some(truth()),
            ExprKind::Negate(inner) => {
                let inner = self.known(inner)?;
                Some(Known {
                    span: inner.span.negate(),
                    ..inner
                })
            }
            // A date, so many months before or after.
            ExprKind::Arithmetic(_, _, right)
                if matches!(right.kind, ExprKind::Call(Function::Months, _)) =>
            {
                Some(anything(Type::Date))
            }
            ExprKind::Where(value, _) => self.known(value),
            ExprKind::Arithmetic(op, left, right) => {
                let (a, b) = (self.known(left)?, self.known(right)?);
                let ty = types::arithmetic(*op, a.ty, b.ty)?;
                let span = match op {
                    ArithmeticOp::Add => a.span.add(b.span),
                    ArithmeticOp::Subtract => a.span.subtract(b.span),
                    ArithmeticOp::Multiply => a.span.multiply(b.span),
                    ArithmeticOp::Divide => a.span.divide(b.span),
                };
                Some(Known {
                    ty,
                    span: span.outwards(places(ty)),
                })
            }
            ExprKind::Call(function, arguments) => self.call(*function, arguments),
        }
    }

    fn name(&self, name: &str) -> Option<Known> {
        if let Some(derived) = name.strip_prefix("derive.") {
            return self.derived.get(derived).map(|derived| derived.known);
        }
        match self.names.declared(name) {
            Some(Named::Param(value)) => return value.as_ref().map(known_value),
            Some(Named::Input(..)) => {
                return self.input(name).map(|input| Known {
                    ty: input.ty,
                    span: declared_span(input),
                });
            }
            Some(Named::Table { ty, .. }) => return ty.map(anything),
            Some(Named::List(..) | Named::Outputs(_)) => return None,
            Some(
                Named::Derive(..)
                | Named::Feature(..)
                | Named::Offer(_)
                | Named::Score
                | Named::BinValue,
            )
            | None => {}
        }
        if let Some(value) = OfferValue::named(name) {
            return Some(Known {
                ty: value.ty(),
                span: offer_span(value),
            });
        }
        match name {
            "score" => Some(Known {
                ty: Type::Count,
                span: self.score,
            }),
            "value" => self.value,
            _ => features::find(name).map(|(_, feature)| Known {
                ty: feature.ty,
                span: feature_span(feature),
            }),
        }
    }

    /// The derived value of that name, `derive.` before it.
    pub(super) fn derived(&self, name: &str) -> Option<&Derived<'_>> {
        self.derived.get(name.strip_prefix("derive.")?)
    }

    /// The table that a name, `tables.` before it, gives a value of.
    pub(super) fn table(&self, name: &str) -> Option<&Chosen> {
        let name = name.strip_prefix("tables.")?;
        self.tables.get(name.split('.').next()?)
    }

    /// Whether it reads the score, itself or through what is computed from it.
    pub(super) fn rests_on_the_score(&self, expr: &Expr) -> bool {
        if let ExprKind::Name(name) = &expr.kind {
            return name == "score" || self.names.is_late(name);
        }
        let mut children = expr.kind.children();
        children.any(|child| self.rests_on_the_score(child))
    }

    /// The declared input of that name.
    pub(super) fn input(&self, name: &str) -> Option<&DeclaredInput> {
        let name = name.strip_prefix("inputs.")?;
        self.inputs.iter().find(|input| input.name == name)
    }

    fn call(&self, function: Function, arguments: &[Expr]) -> Option<Known> {
        let all = || {
            let known: Option<Vec<Known>> = arguments.iter().map(|one| self.known(one)).collect();
            known.filter(|known| !known.is_empty())
        };
        let folded = |join: fn(Span, Span) -> Span| {
            let known = all()?;
            let (first, rest) = known.split_first()?;
            rest.iter().try_fold(*first, |so_far, next| {
                Some(Known {
                    ty: types::common(so_far.ty, next.ty)?,
                    span: join(so_far.span, next.span),
                })
            })
        };
        match function {
            Function::Min => folded(Span::least),
            Function::Max => folded(Span::greatest),
            Function::Coalesce => folded(Span::hull),
            Function::Round => {
                let inner = all()?.first().copied()?;
                let ty = types::rounded(inner.ty)?;
                let major = Decimal::from(10_u64.checked_pow(self.currency.exponent())?);
                let span = match ty {
                    Type::Money => inner.span.add(Span::between(-major, major)),
                    // Whole percent.
                    Type::Percent => inner.span.outwards(2),
                    Type::Count
                    | Type::Days
                    | Type::Ratio
                    | Type::Date
                    | Type::Text
                    | Type::Bool => inner.span.outwards(0),
                };
                Some(Known { ty, span })
            }
            Function::Abs => {
                let inner = all()?.first().copied()?;
                Some(Known {
                    span: inner.span.abs(),
                    ..inner
                })
            }
            Function::Any | Function::All | Function::StartsWith | Function::Share => Some(truth()),
            Function::Case => self.case(arguments),
            Function::Count => Some(Known {
                ty: Type::Count,
                span: Span::from(Decimal::ZERO),
            }),
            Function::Sum => Some(anything(all()?.first()?.ty)),
            Function::Avg => {
                let ty = all()?.first()?.ty;
                let of_counts = ty == Type::Count;
                Some(anything(if of_counts { Type::Ratio } else { ty }))
            }
            // It stands in a calculation with a date only.
            Function::Months => None,
            Function::Weekday => Some(anything(Type::Text)),
            Function::Day => Some(Known {
                ty: Type::Count,
                span: Span::between(Decimal::ONE, Decimal::from(MONTH_DAYS_MAX)),
            }),
            Function::Forecast(ForecastFunction::PReturn) => Some(Known {
                ty: Type::Percent,
                span: Span::truth(),
            }),
            Function::BusinessDay | Function::Forecast(ForecastFunction::BestPullDate) => {
                Some(anything(Type::Date))
            }
        }
    }

    /// What a `case` can come to: any value of the type that its values have in common.
    fn case(&self, arguments: &[Expr]) -> Option<Known> {
        let values = arguments.iter().skip(1).step_by(2);
        let mut values = values.chain(arguments.last());
        let first = self.known(values.next()?)?.ty;
        let ty = values.try_fold(first, |ty, next| types::common(ty, self.known(next)?.ty));
        ty.map(anything)
    }

    /// The number, where the expression is made of literals and params alone.
    pub(super) fn constant(&self, expr: &Expr) -> Option<Decimal> {
        if !is_constant(expr) {
            return None;
        }
        self.known(expr)?.span.only()
    }

    /// The text, where it is a literal or a param.
    pub(super) fn constant_text<'e>(&'e self, expr: &'e Expr) -> Option<&'e str> {
        if let ExprKind::Literal(Value::Text(text)) = &expr.kind {
            return Some(text);
        }
        let ExprKind::Name(name) = &expr.kind else {
            return None;
        };
        let Some(Named::Param(Some(Value::Text(text)))) = self.names.declared(name) else {
            return None;
        };
        Some(text)
    }

    /// A number as a rule would write it.
    pub(super) fn written(&self, number: Decimal, ty: Type) -> String {
        let whole = || i64::try_from(number).unwrap_or(i64::MAX);
        let value = match ty {
            Type::Money => Value::Money(Money::new(whole(), self.currency)),
            Type::Days => Value::Days(whole()),
            Type::Percent => match number.checked_mul(Decimal::ONE_HUNDRED) {
                Some(percent) => Value::percent(percent),
                None => return number.to_string(),
            },
            Type::Date => {
                let day = i32::try_from(whole()).ok();
                match day.and_then(chrono::NaiveDate::from_num_days_from_ce_opt) {
                    Some(date) => Value::Date(date),
                    None => return number.to_string(),
                }
            }
            Type::Count | Type::Ratio | Type::Text | Type::Bool => Value::ratio(number),
        };
        value.to_string()
    }

    /// What it can be, in words: `0 to 90`.
    pub(super) fn in_words(&self, known: Known) -> String {
        let written = |number| self.written(number, known.ty);
        match (known.span.low, known.span.high) {
            (Some(low), Some(high)) if low == high => format!("always {}", written(low)),
            (Some(low), Some(high)) => format!("{} to {}", written(low), written(high)),
            (Some(low), None) => format!("{} or more", written(low)),
            (None, Some(high)) => format!("{} or less", written(high)),
            (None, None) => "anything".to_owned(),
        }
    }
}

/// Whether it is made of literals and params alone.
pub(super) fn is_constant(expr: &Expr) -> bool {
    if let ExprKind::Name(name) = &expr.kind {
        return name.starts_with("params.");
    }
    let varies = matches!(
        &expr.kind,
        ExprKind::Call(Function::Forecast(_) | Function::Share, _)
    );
    !varies && expr.kind.children().all(is_constant)
}

/// The least that two values of the type differ by.
pub(super) fn step(ty: Type) -> Decimal {
    Decimal::new(1, places(ty))
}

fn places(ty: Type) -> u32 {
    match ty {
        Type::Ratio | Type::Percent => SHARE_PLACES,
        Type::Money | Type::Count | Type::Days | Type::Date | Type::Text | Type::Bool => 0,
    }
}

/// Any value of a type.
fn anything(ty: Type) -> Known {
    if ty == Type::Bool {
        return truth();
    }
    Known {
        ty,
        span: Span::ANY,
    }
}

fn truth() -> Known {
    Known {
        ty: Type::Bool,
        span: Span::truth(),
    }
}

fn known_value(value: &Value) -> Known {
    Known {
        ty: value.ty(),
        span: number(value).map_or(Span::ANY, Span::point),
    }
}

/// A value on the scale of its type; none of a text.
pub(super) fn number(value: &Value) -> Option<Decimal> {
    Some(match value {
        Value::Money(money) => Decimal::from(money.minor()),
        Value::Count(whole) | Value::Days(whole) => Decimal::from(*whole),
        Value::Ratio(ratio) => *ratio,
        Value::Percent(percent) => percent.checked_div(Decimal::ONE_HUNDRED)?,
        Value::Date(date) => Decimal::from(date.num_days_from_ce()),
        Value::Bool(truth) => Decimal::from(u8::from(*truth)),
        Value::Text(_) => return None,
    })
}

/// What a feature can be, by its row.
fn feature_span(feature: &features::Feature) -> Span {
    let scaled = |number: i64| {
        if feature.ty == Type::Percent {
            Decimal::new(number, 2)
        } else {
            Decimal::from(number)
        }
    };
    match feature.ty {
        Type::Bool => Span::truth(),
        Type::Text | Type::Date => Span::ANY,
        Type::Money | Type::Count | Type::Days | Type::Ratio | Type::Percent => Span {
            low: feature.range.least.map(scaled),
            high: feature.range.most.map(scaled),
        },
    }
}

/// What the point of an offer that is looked at can be: there is no offer of nothing.
fn offer_span(value: OfferValue) -> Span {
    match value {
        OfferValue::Amount | OfferValue::TermDays | OfferValue::Payments => Span {
            low: Some(Decimal::ONE),
            high: None,
        },
        OfferValue::PaymentsPerMonth => Span {
            low: Some(Decimal::ZERO),
            high: None,
        },
        OfferValue::FirstPaymentDate => Span::ANY,
    }
}

/// What an input can be, as declared: nothing else is let in.
fn declared_span(input: &DeclaredInput) -> Span {
    if input.ty == Type::Bool {
        return Span::truth();
    }
    Span {
        low: input.least().as_ref().and_then(number),
        high: input.max.as_ref().and_then(number),
    }
}
