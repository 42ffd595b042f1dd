//! What reviewers answered, and which decision settles which.

use super::{Page, widest};
use crate::cli::text::{self, DIM, paint};
use crate::proto;

/// Writes who answered what, and on what evidence.
pub(super) fn show(page: &mut Page, decision: &proto::Decision) {
    if !decision.answers.is_empty() {
        page.heading("Answered by reviewers");
    }
    let width = widest(decision.answers.iter().map(|one| one.fact.as_str()));
    for answer in &decision.answers {
        page.entry(width, &answer.fact, &said(answer));
        let signed = format!(
            "by {} at {}: {}",
            answer.reviewer,
            text::instant(answer.answer_time.as_ref()),
            answer.evidence
        );
        page.entry(width, "", &paint(DIM, &signed));
    }
}

/// What it settles, and what settles it.
pub(super) fn named(page: &mut Page, decision: &proto::Decision) {
    if !decision.resolves.is_empty() {
        page.line(format!("resolves {}", decision.resolves));
    }
    if !decision.resolved_by.is_empty() {
        page.line(format!("resolved by {}", decision.resolved_by));
    }
}

pub(in crate::cli) fn said(answer: &proto::Answer) -> String {
    input(answer.value.as_ref())
}

/// A value that somebody sent.
pub(in crate::cli) fn input(value: Option<&proto::InputValue>) -> String {
    use proto::input_value::Kind;
    match value.and_then(|value| value.kind.as_ref()) {
        Some(Kind::Money(amount)) => text::money(amount),
        Some(Kind::Number(number)) => number.value.clone(),
        Some(Kind::Date(date)) => date.value.clone(),
        Some(Kind::Text(text)) => text.clone(),
        Some(Kind::Boolean(truth)) => if *truth { "yes" } else { "no" }.to_owned(),
        None => "?".to_owned(),
    }
}
