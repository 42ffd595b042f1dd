//! What was computed and what the rules made of it.

use chrono::NaiveDate;

use super::{Page, widest};
use crate::cli::text::{self, DIM, GREEN, RED, YELLOW, paint};
use crate::proto;
use crate::proto::subject::Subject;

/// Writes every feature by its family, with its value or why it is missing.
pub(super) fn show(page: &mut Page, decision: &proto::Decision) {
    let labels: Vec<String> = decision.features.iter().map(label).collect();
    let width = widest(labels.iter().map(String::as_str));
    let mut family = "";
    for (feature, label) in decision.features.iter().zip(&labels) {
        let of = feature.name.split('.').next().unwrap_or_default();
        if of != family {
            page.heading(&format!("Features: {of}"));
            family = of;
        }
        page.entry(width, label, &observation(feature.observation.as_ref()));
    }
    if decision.derived_values.is_empty() {
        return;
    }
    page.heading("Derived by the rule set");
    let width = widest(
        decision
            .derived_values
            .iter()
            .map(|value| value.name.as_str()),
    );
    for derived in &decision.derived_values {
        page.entry(
            width,
            &derived.name,
            &observation(derived.observation.as_ref()),
        );
    }
}

/// Writes what was chosen of each table of the rule set.
pub(super) fn tables(page: &mut Page, decision: &proto::Decision) {
    if decision.tables.is_empty() {
        return;
    }
    page.heading("Tables of the rule set");
    for table in &decision.tables {
        let values = |values: &[proto::DerivedValue]| -> String {
            let shown = values.iter().map(|one| {
                let value = text::observed(one.observation.as_ref());
                format!("{}: {value}", one.name)
            });
            shown.collect::<Vec<_>>().join(", ")
        };
        let row = table.row.as_deref().unwrap_or("not known");
        page.line(format!("  {}  {row}", table.name));
        page.line(paint(DIM, &format!("    by {}", values(&table.inputs))));
        page.line(format!("    gives {}", values(&table.outputs)));
    }
}

/// Writes the days that ended below zero, of those that features look at, and which they do not.
pub(super) fn below_zero(page: &mut Page, decision: &proto::Decision) {
    let Some(daily) = &decision.daily_balances else {
        return;
    };
    let Some(first) = date(daily.first_date.as_ref()) else {
        return;
    };
    let fit_from = date(daily.fit_from_date.as_ref());
    let is_fit = |day: NaiveDate| fit_from.is_some_and(|from| day >= from);
    let mut below = first
        .iter_days()
        .zip(&daily.balances)
        .filter(|(day, balance)| is_fit(*day) && balance.amount.starts_with('-'))
        .peekable();
    if below.peek().is_some() || !is_fit(first) {
        page.heading("Days that ended below zero");
    }
    for (day, balance) in below {
        let day = day.to_string();
        page.entry(day.len(), &day, &text::money(balance));
    }
    match fit_from {
        None => page.line("  none is listed: no balance is fit for features"),
        Some(from) if from > first => {
            page.line(format!(
                "  from {from} on: no balance before is fit for features"
            ));
        }
        Some(_) => {}
    }
}

fn date(wire: Option<&proto::Date>) -> Option<NaiveDate> {
    wire?.value.parse().ok()
}

/// The name, and whose it is where it is not the household's.
fn label(feature: &proto::Feature) -> String {
    let subject = feature
        .subject
        .as_ref()
        .and_then(|subject| subject.subject.as_ref());
    match subject {
        Some(Subject::ApplicantId(id) | Subject::AccountId(id)) => format!("{} {id}", feature.name),
        Some(Subject::IncomeStream(position)) => {
            format!("{} stream {}", feature.name, position.saturating_add(1))
        }
        Some(Subject::Household(_)) | None => feature.name.clone(),
    }
}

fn observation(observed: Option<&proto::Observation>) -> String {
    match text::observation(observed) {
        Ok(value) => value,
        Err(why) => paint(YELLOW, &format!("missing: {why}")),
    }
}

/// Writes every rule with the values that it compared, those that fired first.
pub(super) fn rules(page: &mut Page, decision: &proto::Decision) {
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
            show_rule(page, rule);
        }
    }
}

fn show_rule(page: &mut Page, rule: &proto::RuleTrace) {
    let does = paint(
        DIM,
        &format!("{} when it fires", text::action(rule.action())),
    );
    page.line(format!("  {}  {does}", rule.rule_id));
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
