//! A rule worked out: its comparisons as written, with the value of each name, and how what it reads
//! was computed.

use rust_decimal::Decimal;

use super::ast::{Expr, ExprKind};
use super::evaluation::Evaluation;
use super::parser;
use super::program::Program;
use super::render::loaded;
use super::rule_set::Rule;
use super::values::Values;
use crate::application::Application;
use crate::features::{Features, Missing, Type, Value};

/// How the names of derived values begin.
const DERIVE: &str = "derive.";

/// A rule of an evaluation, worked out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkedOut {
    /// Its id.
    pub rule: String,
    /// Its comparisons and what each came to: `derive.share (45.3%) > params.max (40%) -> true`.
    pub comparisons: Vec<String>,
    /// How each derived value that it reads was computed, each after what reads it:
    /// `derive.share = obligations (1450.00 usd) / income (3200.00 usd) = 45.3%`.
    pub derived: Vec<String>,
}

/// The rules that give a reason, by its code, worked out.
pub fn worked_out(
    program: &Program,
    evaluation: &Evaluation,
    features: &Features,
    application: &Application,
    code: &str,
) -> Vec<WorkedOut> {
    let rule_set = program.rule_set();
    let values = loaded(program, evaluation, features, application);
    let gives = |rule: &Rule| {
        let reason = rule_set.reasons.get(rule.reason);
        reason.is_some_and(|reason| reason.code == code)
    };
    let rules = rule_set.rules.iter().zip(&program.rules);
    let rules = rules.filter(|(rule, _)| gives(rule));
    let all = rules.map(|(rule, compiled)| {
        let mut work = Work {
            values: &values,
            read: Vec::new(),
        };
        let formulas = std::iter::once(&rule.when).chain(&rule.except);
        let sites = formulas.flat_map(|formula| &formula.sites);
        let numbered = sites.zip(&compiled.when.comparisons);
        let comparisons = numbered
            .filter(|(site, _)| site.shown)
            .map(|(site, number)| {
                let verdict = match evaluation.verdicts.seen(*number) {
                    super::Verdict::True => "true",
                    super::Verdict::False => "false",
                    super::Verdict::Unknown => "unknown",
                };
                format!("{} -> {verdict}", work.filled_in(&site.text, false))
            });
        WorkedOut {
            rule: rule.id.clone(),
            comparisons: comparisons.collect(),
            derived: work.derived(),
        }
    });
    all.collect()
}

struct Work<'v, 'a> {
    values: &'v Values<'a>,
    /// The derived values that were named, in the order in which they were.
    read: Vec<Read>,
}

/// A derived value that was named.
#[derive(Clone, PartialEq, Eq)]
struct Read {
    name: String,
    /// Whether it is compared with a percentage, and so told as one.
    as_percent: bool,
}

impl Work<'_, '_> {
    /// An expression in one line, with the value of each name behind it.
    fn filled_in(&mut self, text: &str, as_percent: bool) -> String {
        let mut notes = Vec::new();
        if let Ok(expr) = parser::parse(text) {
            let as_percent = as_percent || self.has_percent(&expr);
            self.note(&expr, as_percent, &mut notes);
        }
        notes.sort_by_key(|(at, _)| *at);
        let mut filled = String::new();
        let mut from = 0;
        for (at, value) in notes {
            filled.push_str(text.get(from..at).unwrap_or(""));
            filled.push_str(&format!(" ({value})"));
            from = at;
        }
        filled.push_str(text.get(from..).unwrap_or(""));
        let words: Vec<&str> = filled.split_whitespace().collect();
        words.join(" ")
    }

    /// Whether a percentage stands in a comparison: the ratios beside it are told as such too.
    fn has_percent(&self, expr: &Expr) -> bool {
        match &expr.kind {
            ExprKind::Literal(value) => value.ty() == Type::Percent,
            ExprKind::Name(name) => {
                let value = self.value(name).and_then(Result::ok);
                value.is_some_and(|value| value.ty() == Type::Percent)
            }
            kind @ (ExprKind::Compare(..) | ExprKind::Between(..)) => {
                kind.children().any(|part| self.has_percent(part))
            }
            ExprKind::Not(_)
            | ExprKind::Negate(_)
            | ExprKind::And(_)
            | ExprKind::Or(_)
            | ExprKind::Arithmetic(..)
            | ExprKind::In { .. }
            | ExprKind::IsMissing { .. }
            | ExprKind::Call(..)
            | ExprKind::Where(..) => false,
        }
    }

    fn note(&mut self, expr: &Expr, as_percent: bool, notes: &mut Vec<(usize, String)>) {
        let name = match &expr.kind {
            ExprKind::Literal(_) => return,
            ExprKind::Name(name) => Some(name.clone()),
            // Of a function over subjects its own value is told: what it looks at has many.
            ExprKind::Call(..) => Some(expr.to_string()),
            ExprKind::Not(_)
            | ExprKind::Negate(_)
            | ExprKind::And(_)
            | ExprKind::Or(_)
            | ExprKind::Compare(..)
            | ExprKind::Arithmetic(..)
            | ExprKind::In { .. }
            | ExprKind::Between(..)
            | ExprKind::IsMissing { .. }
            | ExprKind::Where(..) => None,
        };
        let value = name.as_deref().and_then(|name| self.value(name));
        if let Some((name, value)) = name.zip(value) {
            notes.push((expr.span.end, told(value, as_percent)));
            let is_known = self.read.iter().any(|read| read.name == name);
            if name.starts_with(DERIVE) && !is_known {
                self.read.push(Read { name, as_percent });
            }
            return;
        }
        for part in expr.kind.children() {
            self.note(part, as_percent, notes);
        }
    }

    /// The value of what has a name.
    fn value(&self, name: &str) -> Option<Result<Value, Missing>> {
        let rule_set = self.values.program.rule_set();
        if let Some(param) = name.strip_prefix("params.") {
            let mut params = rule_set.params.iter();
            return params
                .find(|(known, _)| known == param)
                .map(|(_, value)| Ok(value.clone()));
        }
        let slot = rule_set.slots.find(name)?;
        let known = self.values.get(slot);
        Some(known.map(|value| value.to_value(rule_set.currency)))
    }

    /// How each derived value that was named was computed, those that they name among them.
    fn derived(mut self) -> Vec<String> {
        let rule_set = self.values.program.rule_set();
        let mut lines = Vec::new();
        let mut next = 0;
        while let Some(Read { name, as_percent }) = self.read.get(next).cloned() {
            next += 1;
            let short = name.strip_prefix(DERIVE).unwrap_or(&name);
            let written = rule_set.derive.iter().find(|one| one.name == short);
            if let (Some(written), Some(value)) = (written, self.value(&name)) {
                let formula = self.filled_in(&written.formula.text, false);
                lines.push(format!("{name} = {formula} = {}", told(value, as_percent)));
            }
        }
        lines
    }
}

/// A value; a ratio as the percentage that it is, where that is wanted.
fn told(value: Result<Value, Missing>, as_percent: bool) -> String {
    match value {
        Ok(Value::Ratio(ratio)) if as_percent => {
            let percent = ratio.checked_mul(Decimal::ONE_HUNDRED);
            percent.map_or_else(
                || ratio.to_string(),
                |percent| format!("{}%", percent.normalize()),
            )
        }
        Ok(value) => value.to_string(),
        Err(why) => format!("missing: {}", why.in_words()),
    }
}
