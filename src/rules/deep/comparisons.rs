//! Single comparisons that no value can decide, and calculations that never come to anything.

use std::ops::Range;

use rust_decimal::Decimal;

use super::found::{Finding, Found, Instead, param, shown};
use super::logic::{alternatives, vocabulary};
use super::quotient;
use super::read::{Known, Reader, is_constant};
use super::span::Span;
use super::windows;
use crate::features::Type;
use crate::rules::advice::{Advice, did_you_mean};
use crate::rules::ast::{ArithmeticOp, CompareOp, Expr, ExprKind};
use crate::rules::diagnostic::{Code, Report};
use crate::rules::toml_reader::Text;

/// What looks at the comparisons of one expression.
pub(super) struct Look<'l, 'f, 's> {
    pub(super) reader: &'l Reader<'f>,
    pub(super) report: &'l mut Report<'s>,
    pub(super) found: &'l mut Found,
    pub(super) text: &'l Text,
    /// Whether it may hold always, as the last of several that are tried may.
    pub(super) may_hold_always: bool,
}

impl Look<'_, '_, '_> {
    /// Looks at an expression and all in it.
    pub(super) fn at(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Compare(op, left, right) => self.compare(expr, *op, left, right),
            ExprKind::Between(value, low, high) => self.between(expr, value, low, high),
            ExprKind::In { value, list, .. } => {
                for item in list {
                    self.item(value, item);
                }
            }
            ExprKind::Arithmetic(op, left, right) => self.arithmetic(expr, *op, left, right),
            ExprKind::Literal(_)
            | ExprKind::Name(_)
            | ExprKind::Not(_)
            | ExprKind::Negate(_)
            | ExprKind::And(_)
            | ExprKind::Or(_)
            | ExprKind::IsMissing { .. }
            | ExprKind::Where(..)
            | ExprKind::Call(..) => {}
        }
        for child in expr.kind.children() {
            self.at(child);
        }
    }

    fn written(&self, expr: &Expr) -> String {
        let written = self.text.value.get(expr.span.clone());
        shown(written.unwrap_or(""))
    }

    fn add(&mut self, code: Code, at: &Expr, number: &Expr, message: String, advice: Told) {
        let (advice, instead) = advice;
        let place = self.text.written_at(&number.span);
        self.found.add(Finding {
            code,
            span: self.text.at(&at.span),
            message,
            advice,
            instead: place.zip(instead).map(|(span, (number, sure))| Instead {
                span,
                number,
                sure,
            }),
            param: param(number).map(str::to_owned),
        });
    }

    fn compare(&mut self, expr: &Expr, op: CompareOp, left: &Expr, right: &Expr) {
        let (Some(a), Some(b)) = (self.reader.known(left), self.reader.known(right)) else {
            return;
        };
        if is_constant(left) && is_constant(right) {
            return;
        }
        let written = self.written(expr);
        if left.to_string() == right.to_string() {
            let message = format!("`{written}` compares a value with itself");
            let help = "name the value that is meant on one of the sides".to_owned();
            let span = self.text.at(&expr.span);
            self.report
                .error_with(Code::SameOperands, &span, message, help);
            return;
        }
        for (value, known, number) in [(left, a, right), (right, b, left)] {
            self.found.used(number);
            if self.threshold(expr, (value, known), number) {
                return;
            }
        }
        if a.ty == Type::Text {
            self.word(left, right);
            self.word(right, left);
            return;
        }
        if let Some(message) = windows::mismatch(self.reader, op.as_str(), left, right) {
            self.window(expr, message);
        }
        let number = if is_constant(left) { left } else { right };
        let never = |wanted| {
            let found = alternatives(self.reader, expr, wanted);
            found.is_some_and(|list| list.is_empty())
        };
        let verdict = match (never(true), never(false)) {
            (true, _) => "false",
            (false, true) if !self.may_hold_always => "true",
            (false, _) => return,
        };
        let sides = [(left, a), (right, b)].into_iter();
        let told: Vec<String> = sides
            .filter(|(side, _)| !is_constant(side))
            .map(|(side, known)| {
                format!(
                    "`{}` is {}",
                    self.written(side),
                    self.reader.in_words(known)
                )
            })
            .collect();
        let message = format!("`{written}` is always {verdict}: {}", told.join(", "));
        let value = if is_constant(left) { b } else { a };
        let help = self.instead(value, number);
        self.add(Code::OutOfNaturalRange, expr, number, message, help);
    }

    fn window(&mut self, expr: &Expr, message: String) {
        let span = self.text.at(&expr.span);
        let help = "compare with a value of the same window, or say how many months it is of, as in \
                    `* 3`";
        self.report
            .warning(Code::WindowMismatch, &span, message, help.to_owned());
    }

    /// A number that is no likely threshold of a value; whether it is none.
    fn threshold(&mut self, at: &Expr, (value, known): (&Expr, Known), number: &Expr) -> bool {
        let Some(threshold) = self.reader.constant(number) else {
            return false;
        };
        let plain = self
            .reader
            .known(number)
            .is_some_and(|number| matches!(number.ty, Type::Count | Type::Ratio));
        if plain && quotient::is_above(self.reader, value, threshold) {
            let message = format!(
                "`{}` is a quotient of amounts, and `{}` a plain number: {} times as much",
                self.written(value),
                self.written(number),
                threshold.normalize()
            );
            let (_, instead) = self.percent(number, threshold);
            let help = format!(
                "{} {} times as much is `{}%`",
                self.percent_in_words(number, threshold),
                threshold.normalize(),
                hundredfold(threshold)
            );
            let told = (Advice::words(help), instead);
            self.add(Code::OutOfNaturalRange, at, number, message, told);
            return true;
        }
        if known.ty == Type::Count && !threshold.fract().is_zero() {
            let message = format!(
                "`{}` is a whole number, and never {}",
                self.written(value),
                threshold.normalize()
            );
            let help = format!(
                "compare it with {} or with {}",
                threshold.floor().normalize(),
                threshold.ceil().normalize()
            );
            let told = (Advice::words(help), self.whole(at, number, threshold));
            self.add(Code::NotWhole, at, number, message, told);
            return true;
        }
        false
    }

    /// "did you mean `45%`?", in the param where the number stands in one.
    fn percent(&self, number: &Expr, threshold: Decimal) -> Told {
        let share = format!("{}%", threshold.normalize());
        let help = self.percent_in_words(number, threshold);
        (Advice::words(help), Some((share, false)))
    }

    fn percent_in_words(&self, number: &Expr, threshold: Decimal) -> String {
        let share = threshold.normalize();
        match param(number) {
            Some(name) => format!("did you mean `{name} = '{share}%'`?"),
            None => format!("did you mean `{share}%`?"),
        }
    }

    /// The whole number to compare a count with: surely the one that decides the same.
    fn whole(&self, at: &Expr, number: &Expr, threshold: Decimal) -> Option<(String, bool)> {
        let (op, is_right) = match &at.kind {
            ExprKind::Compare(op, _, right) => (*op, right.span == number.span),
            ExprKind::Literal(_)
            | ExprKind::Name(_)
            | ExprKind::Not(_)
            | ExprKind::Negate(_)
            | ExprKind::And(_)
            | ExprKind::Or(_)
            | ExprKind::Arithmetic(..)
            | ExprKind::In { .. }
            | ExprKind::Between(..)
            | ExprKind::IsMissing { .. }
            | ExprKind::Call(..)
            | ExprKind::Where(..) => {
                return Some((threshold.floor().normalize().to_string(), false));
            }
        };
        let op = if is_right { op } else { op.mirrored() };
        let (whole, sure) = match op {
            CompareOp::Greater | CompareOp::LessEqual => (threshold.floor(), true),
            CompareOp::GreaterEqual | CompareOp::Less => (threshold.ceil(), true),
            CompareOp::Equal | CompareOp::NotEqual => (threshold.floor(), false),
        };
        let plain = matches!(number.kind, ExprKind::Literal(_));
        Some((whole.normalize().to_string(), sure && plain))
    }

    /// What to write in place of a number that decides nothing.
    fn instead(&self, value: Known, number: &Expr) -> Told {
        if let (Some(threshold), Type::Ratio) = (self.reader.constant(number), value.ty)
            && let Some(share) = threshold.checked_div(Decimal::ONE_HUNDRED)
            && threshold > Decimal::ONE
            && value.span.high.is_some_and(|high| share <= high)
        {
            return self.percent(number, threshold);
        }
        let help = match (value.span.low, value.span.high) {
            (Some(low), Some(high)) => format!(
                "compare it with something between {} and {}",
                self.reader.written(low, value.ty),
                self.reader.written(high, value.ty)
            ),
            (None, _) | (_, None) => {
                "look at the threshold, or leave the comparison out".to_owned()
            }
        };
        (Advice::words(help), None)
    }

    /// A text that an input of declared values never is.
    fn word(&mut self, value: &Expr, text: &Expr) {
        let ExprKind::Name(name) = &value.kind else {
            return;
        };
        let Some(word) = self.reader.constant_text(text).map(str::to_owned) else {
            return;
        };
        if self.reader.input(name).is_none() {
            // The words of features were looked at where names were.
            return;
        }
        let Some(words) = vocabulary(self.reader, value).filter(|words| !words.contains(&word))
        else {
            return;
        };
        let all = || words.iter().map(String::as_str);
        let help = did_you_mean(&word, all()).unwrap_or_else(|| {
            format!("it is one of `{}`", all().collect::<Vec<_>>().join("`, `")).into()
        });
        let message = format!("`{name}` is never `\"{}\"`", word.escape_debug());
        self.add(Code::UnknownWord, text, text, message, (help, None));
    }

    /// Two parts of the text in each other's place.
    fn exchanged(&self, first: &Expr, second: &Expr) -> Vec<(Range<usize>, String)> {
        let text = |expr: &Expr| {
            self.text
                .value
                .get(expr.span.clone())
                .unwrap_or("")
                .to_owned()
        };
        let place = |expr: &Expr| self.text.written_at(&expr.span);
        let pairs = [(first, second), (second, first)].into_iter();
        let placed = pairs.map(|(one, other)| Some((place(one)?, text(other))));
        placed.collect::<Option<_>>().unwrap_or_default()
    }

    fn between(&mut self, expr: &Expr, value: &Expr, low: &Expr, high: &Expr) {
        let Some(known) = self.reader.known(value) else {
            return;
        };
        let ends = self.reader.constant(low).zip(self.reader.constant(high));
        if ends.is_some_and(|(low, high)| low > high) {
            let changes = self.exchanged(low, high);
            let (low, high) = (self.written(low), self.written(high));
            let message = format!("nothing is between `{low}` and `{high}`: the first is above");
            let help = Advice::words(format!("write `between {high} and {low}`"));
            let span = self.text.at(&expr.span);
            let help = help
                .changing(format!("write `between {high} and {low}`"), changes)
                .surely();
            self.report
                .error_with(Code::ReversedBetween, &span, message, help);
            return;
        }
        let natural = known.span;
        for (number, is_outside) in [(low, below as Outside), (high, above)] {
            self.found.used(number);
            if self.threshold(expr, (value, known), number) {
                return;
            }
            let end = self.reader.constant(number);
            let empty = alternatives(self.reader, expr, true).is_some_and(|all| all.is_empty());
            if end.is_some_and(|end| is_outside(end, natural)) || empty {
                let message = format!(
                    "`{}` reaches out of what there is: `{}` is {}",
                    self.written(expr),
                    self.written(value),
                    self.reader.in_words(known)
                );
                let help = self.instead(known, number);
                self.add(Code::OutOfNaturalRange, expr, number, message, help);
                return;
            }
        }
    }

    /// One thing of a list.
    fn item(&mut self, value: &Expr, item: &Expr) {
        let Some(known) = self.reader.known(value) else {
            return;
        };
        if known.ty == Type::Text {
            self.word(value, item);
            return;
        }
        self.found.used(item);
        if self.threshold(item, (value, known), item) {
            return;
        }
        let Some(number) = self.reader.constant(item) else {
            return;
        };
        if below(number, known.span) || above(number, known.span) {
            let message = format!(
                "`{}` is never `{}`: it is {}",
                self.written(value),
                self.written(item),
                self.reader.in_words(known)
            );
            let help = self.instead(known, item);
            self.add(Code::OutOfNaturalRange, item, item, message, help);
        }
    }

    fn arithmetic(&mut self, expr: &Expr, op: ArithmeticOp, left: &Expr, right: &Expr) {
        let divisor = self.reader.known(right);
        if op == ArithmeticOp::Divide
            && divisor.is_some_and(|divisor| divisor.span.only() == Some(Decimal::ZERO))
        {
            let message = format!(
                "`{}` divides by zero, so it is always missing",
                self.written(expr)
            );
            let help = (
                Advice::words("divide by something else, or leave it out"),
                None,
            );
            self.add(Code::DivisionByZero, expr, right, message, help);
            return;
        }
        if op != ArithmeticOp::Multiply
            && let Some(message) = windows::mismatch(self.reader, op.as_str(), left, right)
        {
            self.window(expr, message);
        }
    }
}

/// What to say of a number, and what to write in its place, with whether that is sure.
type Told = (Advice, Option<(String, bool)>);

/// Whether an end of a range lies outside of what is between a least and a most.
type Outside = fn(Decimal, Span) -> bool;

fn below(end: Decimal, natural: Span) -> bool {
    natural.low.is_some_and(|low| end < low)
}

fn above(end: Decimal, natural: Span) -> bool {
    natural.high.is_some_and(|high| end > high)
}

fn hundredfold(number: Decimal) -> Decimal {
    let percent = number.checked_mul(Decimal::ONE_HUNDRED);
    percent.unwrap_or(number).normalize()
}
