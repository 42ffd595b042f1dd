//! Findings about numbers: each is said where the number is written, which may be a param that
//! several expressions read.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use crate::rules::advice::Advice;
use crate::rules::ast::{Expr, ExprKind};
use crate::rules::diagnostic::{Code, Report};
use crate::rules::toml_reader::Text;

/// One finding about a number.
#[derive(Debug)]
pub(super) struct Finding {
    pub(super) code: Code,
    /// The place of the expression.
    pub(super) span: Range<usize>,
    pub(super) message: String,
    pub(super) advice: Advice,
    /// What to write in place of the number, where that is known.
    pub(super) instead: Option<Instead>,
    /// The param that the number is written as, without `params.`.
    pub(super) param: Option<String>,
}

/// What to write in place of a number.
#[derive(Debug)]
pub(super) struct Instead {
    /// The place of the number, unless it is written in a param.
    pub(super) span: Range<usize>,
    pub(super) number: String,
    /// Whether nothing else can be meant; what stands in a param may be meant elsewhere.
    pub(super) sure: bool,
}

/// Findings about numbers, and how often each param is compared with something.
#[derive(Debug, Default)]
pub(super) struct Found {
    list: Vec<Finding>,
    uses: BTreeMap<String, usize>,
}

impl Found {
    pub(super) fn len(&self) -> usize {
        self.list.len()
    }

    pub(super) fn add(&mut self, finding: Finding) {
        self.list.push(finding);
    }

    /// Notes that a number is compared with something.
    pub(super) fn used(&mut self, number: &Expr) {
        if let Some(param) = param(number) {
            *self.uses.entry(param.to_owned()).or_default() += 1;
        }
    }

    /// Reports them. A param that is wrong wherever it is compared is reported once, where it is
    /// written; `params` are the places of their values.
    pub(super) fn report(self, report: &mut Report<'_>, params: &BTreeMap<&str, &Text>) {
        let mut wrong: BTreeMap<&str, usize> = BTreeMap::new();
        for param in self.list.iter().filter_map(|one| one.param.as_deref()) {
            *wrong.entry(param).or_default() += 1;
        }
        let mut said = BTreeSet::new();
        for one in &self.list {
            let param = one.param.as_deref().filter(|param| {
                let uses = self.uses.get(*param).copied().unwrap_or(0);
                wrong.get(param).is_some_and(|wrong| *wrong >= uses)
            });
            let place = param.and_then(|param| Some((param, params.get(param)?)));
            match place {
                Some((param, _)) if !said.insert(param) => {}
                Some((_, text)) => {
                    let advice = one.advice.clone();
                    let advice = match &one.instead {
                        Some(instead) => advice.in_place(&text.value, &*instead.number),
                        None => advice,
                    };
                    report.error_with(one.code, &text.span, &*one.message, advice);
                }
                None => {
                    let advice = one.advice.clone();
                    let advice = match &one.instead {
                        Some(instead) => advice
                            .at(instead.span.clone(), &*instead.number)
                            .surely_if(instead.sure),
                        None => advice,
                    };
                    report.error_with(one.code, &one.span, &*one.message, advice);
                }
            }
        }
    }
}

/// A text of the file as a message shows it: on one line, and not too long.
pub(super) fn shown(text: &str) -> String {
    const CHARS_MAX: usize = 80;
    let words: Vec<&str> = text.split_whitespace().collect();
    let line: String = words.join(" ").replace(char::is_control, "");
    match line.char_indices().nth(CHARS_MAX) {
        Some((cut, _)) => format!("{}…", line.get(..cut).unwrap_or("")),
        None => line,
    }
}

/// The param that an expression is, without `params.`.
pub(super) fn param(expr: &Expr) -> Option<&str> {
    if let ExprKind::Negate(inner) = &expr.kind {
        // The sign stands beside it.
        return param(inner);
    }
    let ExprKind::Name(name) = &expr.kind else {
        return None;
    };
    name.strip_prefix("params.")
}
