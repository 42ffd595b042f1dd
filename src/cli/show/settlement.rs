//! What would settle a decision that goes to a person.

use super::{DIM, Page, paint, text, widest};
use crate::proto;

pub(super) fn show(page: &mut Page, decision: &proto::Decision) {
    let Some(settlement) = &decision.settlement else {
        return;
    };
    page.heading("What would settle it");
    if settlement.person_must_judge {
        // Of what was searched in part it is not known what remains.
        let is_known = settlement.can_only_decline || !settlement.searched_in_part;
        page.line(match (settlement.can_only_decline, is_known) {
            (true, _) => "  a person must judge: whatever is found out, it is not approved, but it may be declined",
            (false, true) => "  a person must judge: no answers to at most three questions settle it",
            (false, false) => "  could not be worked out: nothing was found that settles it by at most three questions",
        });
        if is_known && !settlement.standing_reasons.is_empty() {
            let codes = settlement.standing_reasons.join(", ");
            page.line(if settlement.can_only_decline {
                format!("  while it is not declined, there remains {codes}")
            } else {
                format!("  whatever is found out, there remains {codes}")
            });
        }
    }
    for (index, question) in settlement.questions.iter().enumerate() {
        page.line(format!("  {}. {}", index + 1, question.text));
        if let Some(proto::settlement_question::About::Stream(stream)) = &question.about {
            let named = format!(
                "     a review names it by {} of {}",
                stream.transaction_id, stream.account_id
            );
            page.line(paint(DIM, &named));
        }
    }
    if !settlement.questions.is_empty() {
        page.line(paint(
            DIM,
            "  nothing else matters. Answered so, it would be:",
        ));
    }
    let given = |answer: &proto::SettlementAnswer| -> String {
        let given: Vec<&str> = answer.given.iter().map(|one| one.text.as_str()).collect();
        given.join(" / ")
    };
    let labels: Vec<String> = settlement.answers.iter().map(given).collect();
    let width = widest(labels.iter().map(String::as_str));
    for (label, answer) in labels.iter().zip(&settlement.answers) {
        let results: Vec<String> = answer.results.iter().map(result).collect();
        let mut said = results.join(", or ");
        if results.len() > 1 {
            said.push_str(", by the exact values");
        }
        page.entry(width, label, &said);
    }
    if settlement.answers_left_off > 0 {
        let more = settlement.answers_left_off;
        page.line(paint(DIM, &format!("  and {more} more answers")));
    }
    if settlement.searched_in_part {
        let said = if settlement.person_must_judge {
            let open = settlement.open_facts.len();
            let open = text::counted(open, "fact is open", "facts are open");
            format!("  not everything was looked at: {open}")
        } else {
            "  not everything was looked at: fewer questions may do, and ranges may have exceptions"
                .to_owned()
        };
        page.line(paint(DIM, &said));
    }
}

/// `APPROVE  1,000.00 USD at 12 %`
fn result(result: &proto::SettlementResult) -> String {
    let (word, style) = text::outcome(result.outcome());
    let mut said = paint(style, word);
    let between = |least: String, most: String| {
        if least == most {
            least
        } else {
            format!("{least} to {most}")
        }
    };
    if let (Some(least), Some(most)) = (&result.amount_min, &result.amount_max) {
        let amounts = between(text::money(least), text::money(most));
        let rate = |rate: &Option<proto::Decimal>| {
            let rate = rate.as_ref();
            rate.map_or_else(String::new, |rate| rate.value.clone())
        };
        let rates = between(
            rate(&result.rate_percent_min),
            rate(&result.rate_percent_max),
        );
        said.push_str(&format!("  {amounts} at {rates} %"));
    }
    if let Some(debits) = super::debits(&result.plan) {
        said.push_str(&format!("  {debits}"));
    }
    if !result.reasons.is_empty() {
        said.push_str(&format!("  {}", result.reasons.join(", ")));
    }
    said
}
