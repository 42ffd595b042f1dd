//! Streams of income, and what reviewers said of them.

use anstyle::Style;

use super::{Page, widest};
use crate::cli::text::{self, BOLD, DIM, GREEN, YELLOW, paint};
use crate::proto;

/// Writes what came of each review, and every stream.
pub(super) fn show(page: &mut Page, decision: &proto::Decision) {
    if !decision.stream_reviews.is_empty() {
        page.heading("Reviews of income");
    }
    for reviewed in &decision.stream_reviews {
        show_review(page, reviewed);
    }
    if !decision.income_streams.is_empty() {
        page.heading("Streams of income");
    }
    for (index, stream) in decision.income_streams.iter().enumerate() {
        show_stream(page, index + 1, stream);
    }
}

/// What came of a review, and its colour.
pub(in crate::cli) fn effect(effect: proto::ReviewEffect) -> (&'static str, Style) {
    use proto::ReviewEffect as Effect;
    match effect {
        Effect::Confirmed => ("counts as proven", GREEN),
        Effect::ConfirmedButStopped => ("does not count: nothing came of it lately", YELLOW),
        Effect::Refused => ("is left out of income", GREEN),
        Effect::UnknownTransaction => ("not followed: no account has this transaction", YELLOW),
        Effect::CannotBeIncome => (
            "not followed: it is in no stream and cannot be income",
            YELLOW,
        ),
        Effect::Contradicted => ("not followed: another review says the opposite", YELLOW),
        Effect::Unspecified => ("not said", YELLOW),
    }
}

fn show_review(page: &mut Page, reviewed: &proto::ReviewedStream) {
    let (said, style) = effect(reviewed.effect());
    let Some(review) = &reviewed.review else {
        return;
    };
    let count = reviewed
        .evidence
        .as_ref()
        .map_or(0, |rows| rows.transaction_count);
    let count = usize::try_from(count).unwrap_or(0);
    page.line(format!(
        "  {} of {}  {}  {}",
        review.transaction_id,
        review.account_id,
        paint(style, said),
        paint(DIM, &text::counted(count, "deposit", "deposits")),
    ));
    page.line(format!("    {}", signed(review)));
}

/// `CONFIRMED by Q. Officer at 2026-03-31 15:00 UTC: reason`.
fn signed(review: &proto::StreamReview) -> String {
    let verdict = review.verdict().as_str_name();
    format!(
        "{} by {} at {}: {}",
        verdict.trim_start_matches("REVIEW_VERDICT_"),
        review.reviewer,
        text::instant(review.review_time.as_ref()),
        review.reason
    )
}

fn show_stream(page: &mut Page, number: usize, stream: &proto::IncomeStream) {
    let counts = if stream.counted {
        "counts"
    } else {
        "does not count"
    };
    let status = text::word(stream.status().as_str_name(), "STREAM_STATUS_");
    page.line(format!(
        "  {}  {}",
        paint(BOLD, &format!("{number}. {}", stream.payer)),
        paint(DIM, &format!("{status}, {counts}")),
    ));
    let lines = lines(stream);
    let width = widest(lines.iter().map(|(label, _)| *label));
    for (label, said) in lines {
        page.entry(width + 2, &format!("  {label}"), &said);
    }
}

/// What is known of a stream, by what it is of it.
pub(in crate::cli) fn lines(stream: &proto::IncomeStream) -> Vec<(&'static str, String)> {
    let money = |amount: &Option<proto::Money>| amount.as_ref().map_or("?".to_owned(), text::money);
    let mut lines = vec![
        (
            "a month",
            format!(
                "{}, with 80 % from {} to {}",
                money(&stream.net_per_month),
                money(&stream.net_per_month_low),
                money(&stream.net_per_month_high)
            ),
        ),
        (
            "a pay",
            format!("{}, {}", money(&stream.net_per_pay), rhythm(stream)),
        ),
        ("seen", seen(stream)),
        ("whose", whose(stream)),
    ];
    let next: Vec<String> = stream.next_paydays.iter().map(payday).collect();
    if !next.is_empty() {
        lines.push(("next", next.join("; ")));
    }
    if let Some(confidence) = &stream.confidence {
        lines.push(("sure", sure(confidence)));
    }
    if let Some(review) = &stream.confirmed_by {
        lines.push(("review", signed(review)));
    }
    lines
}

/// `wages, biweekly, else semi_monthly (ambiguous)`.
fn rhythm(stream: &proto::IncomeStream) -> String {
    let category = text::word(stream.category().as_str_name(), "INCOME_CATEGORY_");
    let cadence = |cadence: proto::Cadence| text::word(cadence.as_str_name(), "CADENCE_");
    let mut said = format!("{category}, {}", cadence(stream.cadence()));
    if stream.runner_up_cadence() != proto::Cadence::Unspecified {
        let ambiguous = if stream.ambiguous { " (ambiguous)" } else { "" };
        let next = cadence(stream.runner_up_cadence());
        said.push_str(&format!(", else {next}{ambiguous}"));
    }
    said
}

fn seen(stream: &proto::IncomeStream) -> String {
    let count = |count: i32| usize::try_from(count).unwrap_or(0);
    format!(
        "{} in {}, {} to {}; stability {}, regularity {}, trend {}",
        text::counted(count(stream.payment_count), "payday", "paydays"),
        text::counted(count(stream.months_seen), "month", "months"),
        day(&stream.first_date),
        day(&stream.last_date),
        number(&stream.stability),
        number(&stream.regularity),
        number(&stream.trend),
    )
}

fn whose(stream: &proto::IncomeStream) -> String {
    let owner = match stream.owner() {
        proto::StreamOwner::Applicant => stream.applicant_id.as_str(),
        proto::StreamOwner::OtherOwner => "another owner of the account",
        proto::StreamOwner::Unclear => "one of the owners of a joint account",
        proto::StreamOwner::Unspecified => "not said",
    };
    format!("{owner}, to {}", stream.account_id)
}

fn payday(payday: &proto::ExpectedPayday) -> String {
    format!(
        "{} (from {} to {})",
        day(&payday.expected_date),
        day(&payday.from_date),
        day(&payday.to_date)
    )
}

fn day(day: &Option<proto::Date>) -> &str {
    day.as_ref().map_or("-", |day| &day.value)
}

fn number(number: &Option<proto::Decimal>) -> &str {
    number.as_ref().map_or("-", |number| &number.value)
}

fn sure(confidence: &proto::StreamConfidence) -> String {
    let parts = confidence.parts.iter();
    let given = parts.filter(|part| part.share.as_ref().is_some_and(|share| share.value != "0"));
    let parts: Vec<String> = given
        .map(|part| format!("{} {}", part.name, number(&part.share)))
        .collect();
    format!(
        "{}: {}; no more than {}",
        number(&confidence.total),
        parts.join(", "),
        number(&confidence.cap)
    )
}
