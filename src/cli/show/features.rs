//! What was computed, and what was worked out of it.

use super::{Page, widest};
use crate::cli::text::{self, DIM, YELLOW, paint};
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

/// The name, and whose it is where it is not the household's.
pub(in crate::cli) fn label(feature: &proto::Feature) -> String {
    match feature.subject.as_ref().and_then(whose) {
        Some(whose) => format!("{} {whose}", feature.name),
        None => feature.name.clone(),
    }
}

/// Whose something is, where it is not the household's.
pub(in crate::cli) fn whose(subject: &proto::Subject) -> Option<String> {
    match subject.subject.as_ref()? {
        Subject::ApplicantId(id) | Subject::AccountId(id) => Some(id.clone()),
        Subject::IncomeStream(position) => Some(format!("stream {}", position.saturating_add(1))),
        Subject::Household(_) => None,
    }
}

fn observation(observed: Option<&proto::Observation>) -> String {
    match text::observation(observed) {
        Ok(value) => value,
        Err(why) => paint(YELLOW, &format!("missing: {why}")),
    }
}
