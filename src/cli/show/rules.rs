//! Every rule with the values that it saw.

use super::Page;
use crate::cli::decided_by::DecidedBy;
use crate::cli::text::{self, DIM, GREEN, RED, YELLOW, paint};
use crate::proto;

/// Writes every rule with the values that it compared, those that fired first. Those that fired, or could
/// not be decided, are told as they were written, where their text is at hand.
pub(super) fn show(page: &mut Page, decision: &proto::Decision, decided_by: Option<&DecidedBy>) {
    let verdicts = [
        (proto::Verdict::True, "Rules that fired"),
        (proto::Verdict::Unknown, "Rules that could not be decided"),
        (proto::Verdict::False, "Rules that did not fire"),
    ];
    for (verdict, title) in verdicts {
        let rules: Vec<_> = decision
            .trace
            .iter()
            .filter(|rule| rule.verdict() == verdict)
            .collect();
        if rules.is_empty() {
            continue;
        }
        page.heading(title);
        for rule in rules {
            let text = match verdict {
                proto::Verdict::False => None,
                proto::Verdict::True | proto::Verdict::Unknown | proto::Verdict::Unspecified => {
                    decided_by.and_then(|known| known.rule(&rule.rule_id))
                }
            };
            show_rule(page, rule, text);
        }
    }
}

fn show_rule(page: &mut Page, rule: &proto::RuleTrace, text: Option<&str>) {
    let does = paint(
        DIM,
        &format!("{} when it fires", text::action(rule.action())),
    );
    page.line(format!("  {}  {does}", rule.rule_id));
    for line in text.into_iter().flat_map(str::lines) {
        page.line(paint(DIM, &format!("    | {line}")));
    }
    show_comparisons(page, &rule.comparisons);
    if !rule.why.is_empty() {
        page.line(paint(DIM, &format!("    by {}", rule.why)));
    }
    if !rule.missing_ignored.is_empty() {
        page.line(format!(
            "    a missing value was let pass: {}",
            rule.missing_ignored
        ));
    }
}

/// The retries of a payment that were looked at.
pub(super) fn retries(page: &mut Page, decision: &proto::Decision) {
    if decision.retries.is_empty() {
        return;
    }
    page.heading("Retries that were looked at");
    for retry in &decision.retries {
        let applies = match retry.verdict() {
            proto::Verdict::True => "it applies",
            proto::Verdict::False => "it does not apply",
            proto::Verdict::Unknown | proto::Verdict::Unspecified => "it cannot be known",
        };
        page.line(format!("  {}  {}", retry.retry_id, paint(DIM, applies)));
        show_comparisons(page, &retry.comparisons);
    }
}

fn show_comparisons(page: &mut Page, comparisons: &[proto::Comparison]) {
    for comparison in comparisons {
        let (mark, style) = match comparison.verdict() {
            proto::Verdict::True => ("true", RED),
            proto::Verdict::False => ("false", GREEN),
            proto::Verdict::Unknown | proto::Verdict::Unspecified => ("unknown", YELLOW),
        };
        let values: Vec<String> = comparison
            .operands
            .iter()
            .map(|operand| text::observed(Some(operand)))
            .collect();
        let mark = paint(style, &format!("{mark:<7}"));
        let values = paint(DIM, &format!("[{}]", values.join(", ")));
        page.line(format!("    {mark}  {}  {values}", comparison.text));
        if !comparison.in_words.is_empty() {
            page.line(format!("             {}", comparison.in_words));
        }
    }
}
