//! Conditions that can never hold, or always do.

use super::found::shown;
use super::logic::alternatives;
use super::read::Reader;
use crate::rules::ast::{Expr, ExprKind};
use crate::rules::diagnostic::{Code, Report};
use crate::rules::toml_reader::Text;

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
        let help = "look at its thresholds, and at which of `<` and `>`, `and` and `or` is meant";
        report.error_with(Code::NeverHolds, &span, message, help.to_owned());
        return true;
    }
    if !may_hold_always && never(false) {
        let message = format!("`{written}` always holds: every value meets it");
        let help = "look at its thresholds, and at which of `<` and `>`, `and` and `or` is meant";
        report.error_with(Code::AlwaysHolds, &span, message, help.to_owned());
        return true;
    }
    let mut found = false;
    for part in parts {
        found |= look(reader, report, text, part, false);
    }
    found
}
