//! A rule worked out: its comparisons as written, with the value of each name, and how what it reads
//! was computed.

use std::collections::BTreeSet;

use super::ast::{Expr, ExprKind};
use super::evaluation::Evaluation;
use super::parser;
use super::program::Program;
use super::render::loaded;
use super::rule_set::Rule;
use super::values::Values;
use crate::application::Application;
use crate::features::{Features, Missing, Value};

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
                format!("{} -> {verdict}", work.filled_in(&site.text))
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
    read: Vec<String>,
}

impl Work<'_, '_> {
    /// An expression in one line, with the value of each name behind it.
    fn filled_in(&mut self, text: &str) -> String {
        let mut notes = Vec::new();
        if let Ok(expr) = parser::parse(text) {
            self.note(&expr, &mut notes);
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

    fn note(&mut self, expr: &Expr, notes: &mut Vec<(usize, String)>) {
        let text = match &expr.kind {
            ExprKind::Literal(_) => return,
            ExprKind::Name(name) => name.clone(),
            // Of a function over subjects its own value is told: what it looks at has many.
            ExprKind::Call(..) => expr.to_string(),
            ExprKind::Not(_)
            | ExprKind::Negate(_)
            | ExprKind::And(_)
            | ExprKind::Or(_)
            | ExprKind::Compare(..)
            | ExprKind::Arithmetic(..)
            | ExprKind::In { .. }
            | ExprKind::Between(..)
            | ExprKind::IsMissing { .. }
            | ExprKind::Where(..) => String::new(),
        };
        if let Some(value) = self.value(&text) {
            notes.push((expr.span.end, told(value)));
            if text.starts_with("derive.") && !self.read.contains(&text) {
                self.read.push(text);
            }
            return;
        }
        for part in expr.kind.children() {
            self.note(part, notes);
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
        let mut done: BTreeSet<String> = BTreeSet::new();
        let mut lines = Vec::new();
        while let Some(name) = self.read.iter().find(|name| !done.contains(*name)).cloned() {
            let short = name.strip_prefix("derive.").unwrap_or(&name);
            let written = rule_set.derive.iter().find(|one| one.name == short);
            if let (Some(written), Some(value)) = (written, self.value(&name)) {
                let formula = self.filled_in(&written.formula.text);
                lines.push(format!("{name} = {formula} = {}", told(value)));
            }
            done.insert(name);
        }
        lines
    }
}

fn told(value: Result<Value, Missing>) -> String {
    match value {
        Ok(value) => value.to_string(),
        Err(why) => format!("missing: {}", why.in_words()),
    }
}
