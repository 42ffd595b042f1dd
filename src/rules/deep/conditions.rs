//! Conditions that can never hold, or always do.

use std::ops::Range;

use super::found::shown;
use super::logic::alternatives;
use super::read::Reader;
use crate::rules::advice::Advice;
use crate::rules::ast::{Expr, ExprKind};
use crate::rules::diagnostic::{Code, Report};
use crate::rules::toml_reader::Text;

const HELP: &str = "look at its thresholds, and at which of `<` and `>`, `and` and `or` is meant";
const TITLE: &str = "exchange `and` and `or`";

/// The other of `and` and `or` between two parts, where that comes out both ways.
fn other_word(reader: &Reader<'_>, text: &Text, expr: &Expr) -> Vec<(Range<usize>, String)> {
    let (list, written, other, exchanged) = if let ExprKind::And(list) = &expr.kind {
        (list, "and", "or", ExprKind::Or(list.clone()))
    } else if let ExprKind::Or(list) = &expr.kind {
        (list, "or", "and", ExprKind::And(list.clone()))
    } else {
        return Vec::new();
    };
    let [first, second] = list.as_slice() else {
        return Vec::new();
    };
    let exchanged = Expr::new(expr.span.clone(), exchanged);
    let varies =
        |wanted| alternatives(reader, &exchanged, wanted).is_some_and(|all| !all.is_empty());
    let between = first.span.end..second.span.start;
    let between_text = text.value.get(between.clone()).unwrap_or("");
    let at = between_text
        .find(written)
        .filter(|_| varies(true) && varies(false));
    let Some(at) = at else { return Vec::new() };
    let own = between.start + at..between.start + at + written.len();
    let place = text.written_at(&own).into_iter();
    place.map(|place| (place, other.to_owned())).collect()
}

/// Reports the largest parts of a condition that cannot come out both ways, and says whether there
/// are any. `may_hold_always` is of a condition that stands last, for all others.
pub(super) fn look(
    reader: &Reader<'_>,
    report: &mut Report<'_>,
    text: &Text,
    expr: &Expr,
    may_hold_always: bool,
) -> bool {
    let parts: Vec<&Expr> = if let ExprKind::And(list) | ExprKind::Or(list) = &expr.kind {
        list.iter().collect()
    } else if let ExprKind::Not(inner) = &expr.kind {
        vec![inner]
    } else {
        // What a comparison alone can be is looked at where it stands.
        return false;
    };
    let never = |wanted| alternatives(reader, expr, wanted).is_some_and(|list| list.is_empty());
    let written = shown(text.value.get(expr.span.clone()).unwrap_or(""));
    let span = text.at(&expr.span);
    if never(true) {
        let message = format!("`{written}` can never hold: no value meets all of it");
        let advice = Advice::words(HELP).changing(TITLE.to_owned(), other_word(reader, text, expr));
        report.error_with(Code::NeverHolds, &span, message, advice);
        return true;
    }
    if !may_hold_always && never(false) {
        let message = format!("`{written}` always holds: every value meets it");
        let advice = Advice::words(HELP).changing(TITLE.to_owned(), other_word(reader, text, expr));
        report.error_with(Code::AlwaysHolds, &span, message, advice);
        return true;
    }
    let mut found = false;
    for part in parts {
        found |= look(reader, report, text, part, false);
    }
    found
}
