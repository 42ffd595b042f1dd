//! What does not go together, and how it was likely meant: a unit that was lost or put where none is,
//! a date or a truth that was written as something else.

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::{Resolver, Typed};
use crate::features::{Type, Value};
use crate::money::Currency;
use crate::rules::advice::Advice;
use crate::rules::ast::{CompareOp, Expr, ExprKind};
use crate::rules::compile;
use crate::rules::diagnostic::{Code, Report};
use crate::rules::names::Names;
use crate::rules::node::Node;
use crate::rules::toml_reader::Text;

impl Resolver<'_, '_> {
    pub(super) fn mismatch(
        &mut self,
        whole: &Expr,
        (left, a): (&Expr, &Typed),
        (right, b): (&Expr, &Typed),
        op: &str,
    ) {
        for (one, written, other) in [(a, left, b), (b, right, a)] {
            if self.unit_lost(written, one, other.ty, op) {
                return;
            }
        }
        for (one, written, other, by) in [(a, left, b, right), (b, right, a, left)] {
            if self.written_otherwise((written, one), other) {
                return;
            }
            if let Some(advice) = self.as_truth(whole, written, (by, other.ty), op) {
                let message = format!("`{}` is true or false, not a text", self.written(by));
                self.error(Code::TypeMismatch, whole, message, advice);
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
        let advice = Advice::words("bring both to one unit, or name another value");
        self.error(Code::TypeMismatch, whole, message, advice);
    }

    /// Whether a plain number stands, here or as a param, where one with a unit is meant: reported.
    fn unit_lost(&mut self, written: &Expr, one: &Typed, other: Type, op: &str) -> bool {
        if let ExprKind::Name(name) = &written.kind
            && lost_in_param(self.names, self.report, name, (one, other), self.currency)
        {
            return true;
        }
        if !one.bare {
            return false;
        }
        // What is added to a date are days.
        let shifts = other == Type::Date && matches!(op, "+" | "-");
        let ty = if shifts { Type::Days } else { other };
        let Some(advice) = self.unit(written, one, ty) else {
            return false;
        };
        let advice = if shifts { advice.perhaps() } else { advice };
        let shown = self.written(written);
        let message = format!("`{shown}` is a plain number where {ty} is meant");
        self.error(Code::UnitMissing, written, message, advice);
        true
    }

    /// Whether a literal has a unit beside what has none, or is a date with a digit too few: reported.
    fn written_otherwise(&mut self, (written, one): (&Expr, &Typed), other: &Typed) -> bool {
        let shown = self.written(written);
        if other.ty == Type::Date
            && let Some(date) = loose_date(&shown)
        {
            let message = format!("`{shown}` is a difference of numbers where a date is meant");
            let advice = Advice::words(format!("write `{date}`")).in_place(&shown, date);
            self.error(Code::TypeMismatch, written, message, advice.surely());
            return true;
        }
        let ExprKind::Literal(Value::Days(_) | Value::Money(_) | Value::Percent(_)) = &written.kind
        else {
            return false;
        };
        if other.ty != Type::Count || other.constant {
            return false;
        }
        let number: String = shown
            .chars()
            .filter(|c| c.is_ascii_digit() || *c == '.')
            .collect();
        let message = format!("`{shown}` is {} where {} is meant", one.ty, other.ty);
        let advice = Advice::words(format!("write `{number}`")).in_place(&shown, number);
        self.error(Code::TypeMismatch, written, message, advice);
        true
    }

    /// How to ask for a truth that is compared with a text as `"yes"`.
    fn as_truth(
        &self,
        whole: &Expr,
        text: &Expr,
        (truth, ty): (&Expr, Type),
        op: &str,
    ) -> Option<Advice> {
        let (ExprKind::Literal(Value::Text(text)), Type::Bool) = (&text.kind, ty) else {
            return None;
        };
        let says = match text.to_ascii_lowercase().as_str() {
            "yes" | "true" | "y" => true,
            "no" | "false" | "n" => false,
            _ => return None,
        };
        let equal = match op {
            _ if op == CompareOp::Equal.as_str() => true,
            _ if op == CompareOp::NotEqual.as_str() => false,
            _ => return None,
        };
        let name = self.written(truth);
        let instead = if says == equal {
            name
        } else {
            format!("not {name}")
        };
        let advice = Advice::words(format!("write `{instead}`"));
        Some(advice.in_place(&self.written(whole), instead))
    }

    /// How to write a number literal with the unit of another type.
    pub(super) fn unit(&self, literal: &Expr, number: &Typed, ty: Type) -> Option<Advice> {
        let written = self.written(literal);
        let forms = with_units(&written, &number.node, ty, self.currency)?;
        let words = Advice::words(format!("write {}", either(&forms)));
        let first = forms.first().cloned().unwrap_or_default();
        Some(words.in_place(&written, first).surely_if(forms.len() == 1))
    }
}

/// `2026-10-1` with all its digits.
fn loose_date(written: &str) -> Option<String> {
    let parts: Vec<&str> = written.split('-').collect();
    let digits = |part: &&str| part.chars().all(|c| c.is_ascii_digit());
    let [year, month, day] = parts.as_slice() else {
        return None;
    };
    let lengths = year.len() == 4 && (1..=2).contains(&month.len()) && day.len() <= 2;
    if !lengths || !parts.iter().all(digits) {
        return None;
    }
    let date = NaiveDate::from_ymd_opt(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?);
    date.map(|date| date.to_string())
}

/// How to write the plain number that is the whole of a text of the file with the unit of a type, in
/// quotes where the text has none.
pub(in crate::rules) fn with_unit(
    text: &Text,
    number: &Node,
    ty: Type,
    currency: Option<Currency>,
) -> Option<Advice> {
    unit_in_file(text, number, (ty, currency), "")
}

/// The same, with the key under which it stands.
fn unit_in_file(
    text: &Text,
    number: &Node,
    (ty, currency): (Type, Option<Currency>),
    key: &str,
) -> Option<Advice> {
    let forms = with_units(&text.value, number, ty, currency)?;
    let first = forms.first()?.clone();
    let sure = forms.len() == 1;
    let quoted = |form: &String| format!("'{form}'");
    let quotes = text.is_bare || !key.is_empty();
    let shown: Vec<String> = if quotes {
        forms.iter().map(quoted).collect()
    } else {
        forms
    };
    let shown: Vec<String> = shown.iter().map(|form| format!("{key}{form}")).collect();
    let instead = if text.is_bare { quoted(&first) } else { first };
    let words = Advice::words(format!("write {}", either(&shown)));
    Some(words.in_place(&text.value, instead).surely_if(sure))
}

/// Whether a name is of a param that is a plain number where one with a unit is meant: reported there,
/// once.
pub(in crate::rules) fn lost_in_param(
    names: &mut Names,
    report: &mut Report<'_>,
    name: &str,
    (number, ty): (&Typed, Type),
    currency: Option<Currency>,
) -> bool {
    let Some(plain) = names.plain_param(name) else {
        return false;
    };
    let key = key_before(report.source(), plain.text.span.start);
    let key = format!("{} = ", key.unwrap_or(name));
    let Some(advice) = unit_in_file(&plain.text, &number.node, (ty, currency), &key) else {
        return false;
    };
    if std::mem::replace(&mut plain.is_told, true) {
        return true;
    }
    // Where it is read more than once, it may be right elsewhere.
    let once = report.source().matches(name).count() == 1;
    let advice = if once && !plain.has_ends {
        advice
    } else {
        advice.perhaps()
    };
    let message = format!("`{name}` is a plain number where {ty} is meant");
    let span = plain.text.span.clone();
    report.error_with(Code::UnitMissing, &span, message, advice);
    true
}

/// The key of the value that stands there: `value`, where a param is a table.
fn key_before(source: &str, at: usize) -> Option<&str> {
    let before = source.get(..at)?.trim_end().strip_suffix('=')?.trim_end();
    let of_key = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    let key = before.rsplit(|c| !of_key(c)).next();
    key.filter(|key| !key.is_empty())
}

/// Forms to choose from, in words.
fn either(forms: &[String]) -> String {
    let quoted: Vec<String> = forms.iter().map(|form| format!("`{form}`")).collect();
    match quoted.as_slice() {
        [first, second] => format!("{first}, or {second} if that is meant"),
        all => all.join(" or "),
    }
}

/// A plain number with the unit of a type: the likely form first.
fn with_units(
    written: &str,
    number: &Node,
    ty: Type,
    currency: Option<Currency>,
) -> Option<Vec<String>> {
    Some(match ty {
        Type::Money => {
            let currency = currency.unwrap_or(Currency::USD);
            vec![format!("{written} {}", currency.as_str().to_lowercase())]
        }
        Type::Days => vec![format!("{written} days")],
        Type::Percent => match as_share(number) {
            Some(percent) => vec![format!("{percent}%"), format!("{written}%")],
            None => vec![format!("{written}%")],
        },
        Type::Count | Type::Ratio | Type::Date | Type::Text | Type::Bool => return None,
    })
}

/// In percent, a number that is likely a share of one: 50 for 0.5.
fn as_share(node: &Node) -> Option<Decimal> {
    let share = match compile::constant(node, Currency::USD).ok()? {
        Value::Ratio(ratio) => ratio,
        Value::Count(count) => Decimal::from(count),
        Value::Money(_)
        | Value::Days(_)
        | Value::Percent(_)
        | Value::Date(_)
        | Value::Text(_)
        | Value::Bool(_) => return None,
    };
    let likely = !share.is_zero() && share.abs() <= Decimal::ONE;
    let percent = share.checked_mul(Decimal::ONE_HUNDRED)?;
    likely.then(|| percent.normalize())
}
