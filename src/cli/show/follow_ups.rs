//! What followed a decision: what a person decided beside it, and how its loan did.

use super::{Page, widest};
use crate::cli::follow_ups::due::{left, owed};
use crate::cli::follow_ups::entry;
use crate::cli::follow_ups::notice::{day, sent};
use crate::cli::text::{self, BOLD, DIM, YELLOW, paint};
use crate::proto;

/// Says, near the top, that somebody decided otherwise.
pub(super) fn named(page: &mut Page, decision: &proto::Decision) {
    let overridden = decision.overridden_to();
    if overridden != proto::Outcome::Unspecified {
        let (word, style) = text::outcome(overridden);
        page.line(format!(
            "{} {}",
            paint(BOLD, "overridden by a person:"),
            paint(style, word)
        ));
    }
}

/// Writes every override and what became of the loan, newest first.
pub(super) fn show(page: &mut Page, decision: &proto::Decision) {
    if !decision.overrides.is_empty() {
        page.heading("Overrides");
    }
    for one in &decision.overrides {
        let (word, style) = text::outcome(one.outcome());
        let at = text::instant(one.decide_time.as_ref());
        page.line(format!(
            "  {} by {} at {at}",
            paint(style, word),
            one.reviewer
        ));
        for (number, reason) in (1..).zip(&one.reasons) {
            page.line(format!("    {number}. {}", reason.statement));
        }
        let signed = signed(&one.note, &one.recorded_by, &one.idempotency_key);
        page.line(format!("    {}", paint(DIM, &signed)));
    }
    if !decision.notices.is_empty() || decision.due.is_some() {
        page.heading("Notices");
    }
    if let Some(due) = &decision.due {
        let (style, so) = match decision.test_data {
            true => (DIM, "on test data nobody is owed anything; otherwise"),
            false => (YELLOW, "owed"),
        };
        page.line(format!(
            "  {}",
            paint(style, &format!("{so}: {}", due_in_words(due)))
        ));
    }
    for one in &decision.notices {
        page.line(format!("  {}", sent(one)));
        let until = day(one.retain_until_date.as_ref());
        page.line(format!(
            "    keep all that was used until {until} (12 CFR 1002.12(b))"
        ));
        let signed = signed(&one.note, &one.recorded_by, &one.idempotency_key);
        page.line(format!("    {}", paint(DIM, &signed)));
    }
    if !decision.loan_performance.is_empty() {
        page.heading("Loan performance");
    }
    let entries: Vec<(String, &proto::LoanPerformance)> = decision
        .loan_performance
        .iter()
        .map(|one| (entry(one), one))
        .collect();
    let width = widest(entries.iter().map(|(words, _)| words.as_str()));
    for (words, one) in &entries {
        let mut corrected = decision.loan_performance.iter();
        let by = corrected.find(|other| other.corrects == one.idempotency_key);
        let mut said = signed(&one.note, &one.recorded_by, &one.idempotency_key);
        if let Some(by) = by {
            said = format!("corrected by {}; {said}", by.idempotency_key);
        }
        page.entry(width, words, &paint(DIM, &said));
    }
}

/// `notice of adverse action, due by 2026-04-30 (12 CFR 1002.9(a)(1)(i)), 30 days left`.
fn due_in_words(due: &proto::DueNotice) -> String {
    format!(
        "{}, due by {} ({}), {}",
        owed(due),
        day(due.due_date.as_ref()),
        due.due_by_law,
        left(due.days_left),
    )
}

fn signed(note: &str, by: &str, key: &str) -> String {
    let note = match note {
        "" => String::new(),
        note => format!("{note}; "),
    };
    format!("{note}recorded by {by}, key {key}")
}
