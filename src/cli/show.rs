//! A decision as an officer wants to read it: the answer, why, on what evidence, what would have
//! changed it, and what it rests on. What a view leaves out is left out here too.

mod answers;
mod features;
mod follow_ups;
mod offer;
mod reasons;
mod rests_on;
mod settlement;
mod streams;

use unicode_width::UnicodeWidthStr;

use super::text::{self, BOLD, DIM, YELLOW, paint};
use crate::proto;

/// A page of text, line by line.
#[derive(Default)]
struct Page(String);

impl Page {
    fn line(&mut self, text: impl AsRef<str>) {
        self.0.push_str(text.as_ref());
        self.0.push('\n');
    }

    fn heading(&mut self, title: &str) {
        self.line("");
        self.line(paint(BOLD, title));
    }

    /// A label and what it says, the labels of a section being as wide as `width`.
    fn entry(&mut self, width: usize, label: &str, text: &str) {
        let padding = " ".repeat(width.saturating_sub(label.width()));
        self.line(format!("  {label}{padding}  {text}"));
    }
}

/// The whole decision. `snapshots` turn evidence into readable transactions; without them it is
/// shown as ids.
pub(super) fn decision(decision: &proto::Decision, snapshots: &[proto::Snapshot]) -> String {
    whole(decision, snapshots, false)
}

/// What is decided on features that somebody states, without any account.
pub(super) fn on_stated_features(decision: &proto::Decision) -> String {
    whole(decision, &[], true)
}

fn whole(decision: &proto::Decision, snapshots: &[proto::Snapshot], stated: bool) -> String {
    let mut page = Page::default();
    headline(&mut page, decision, stated);
    offer::show(&mut page, decision);
    reasons::show(&mut page, decision, snapshots);
    settlement::show(&mut page, decision);
    follow_ups::show(&mut page, decision);
    score(&mut page, decision);
    answers::show(&mut page, decision);
    streams::show(&mut page, decision);
    features::show(&mut page, decision);
    features::below_zero(&mut page, decision);
    features::tables(&mut page, decision);
    features::rules(&mut page, decision);
    features::retries(&mut page, decision);
    rests_on::show(&mut page, decision, snapshots);
    page.0
}

fn headline(page: &mut Page, decision: &proto::Decision, stated: bool) {
    let (word, style) = text::outcome(decision.outcome());
    let word = paint(style, word);
    // One that is not recorded has no id.
    page.line(match decision.id.as_str() {
        "" => word,
        id => format!("{word}  {}", paint(BOLD, id)),
    });
    let mut asked = format!("application {}", decision.application_id);
    if let Some(application) = &decision.application {
        // Those that were decided on: the application may have named something else, behind which they are.
        let pins = decision.pins.as_ref();
        let accounts = pins.map_or(0, |pins| pins.snapshots.len());
        let accounts = text::counted(accounts, "account", "accounts");
        let on = match stated {
            true => "on stated features",
            false => accounts.as_str(),
        };
        asked.push_str(&format!(": {}, {on}", asked_for(application)));
    }
    page.line(asked);
    if decision.test_data {
        page.line(paint(YELLOW, text::ON_TEST_DATA));
    }
    if let Some(application) = &decision.application {
        named(page, application);
    }
    let rule_set = decision
        .pins
        .as_ref()
        .and_then(|pins| pins.rule_set.as_ref());
    let rule_set = rule_set.map_or_else(
        || "?".to_owned(),
        |pin| format!("{} {}", pin.name, pin.version),
    );
    let recorded = match &decision.record_time {
        Some(time) => format!("recorded {}", text::instant(Some(time))),
        None => "not recorded".to_owned(),
    };
    page.line(format!("decided by {rule_set}, {recorded}"));
    answers::named(page, decision);
    follow_ups::named(page, decision);
}

/// What the accounts were found behind, and how old their data was allowed to be, where that was
/// said.
fn named(page: &mut Page, application: &proto::Application) {
    let people = application.applicants.iter();
    let handles: Vec<&str> = people
        .flat_map(|person| person.handles.iter().map(String::as_str))
        .collect();
    if !handles.is_empty() {
        page.line(format!("accounts found behind {}", handles.join(", ")));
    }
    let said = application.bank_data.as_ref();
    if let Some(ages) = said.and_then(|said| said.max_age.as_ref()) {
        let age = |name: &str, age: &Option<prost_types::Duration>| {
            let seconds = age.as_ref()?.seconds;
            Some(format!("{name} {seconds} s"))
        };
        let ages = [
            age("balances", &ages.balances),
            age("ownership", &ages.ownership),
            age("transactions", &ages.transactions),
        ];
        let ages: Vec<String> = ages.into_iter().flatten().collect();
        page.line(format!("wanted no older than: {}", ages.join(", ")));
    }
}

/// `5,000.00 USD over 36 months, repaid monthly; 2 applicants`
fn asked_for(application: &proto::Application) -> String {
    let amount = application
        .requested_amount
        .as_ref()
        .map_or_else(String::new, text::money);
    let repaid = offer::repaid(application.term.as_ref(), application.repayment_frequency());
    let people = text::counted(application.applicants.len(), "applicant", "applicants");
    format!("{amount}{repaid}; {people}")
}

fn score(page: &mut Page, decision: &proto::Decision) {
    use proto::score::Total;
    use proto::score_characteristic::Result as Points;
    let Some(score) = &decision.score else {
        return;
    };
    let total = match &score.total {
        Some(Total::Points(points)) => points.to_string(),
        Some(Total::Missing(why)) => format!("none: {}", text::missing(*why)),
        None => "?".to_owned(),
    };
    page.heading(&format!("Score {total}"));
    let width = widest(score.characteristics.iter().map(|one| one.name.as_str()));
    for one in &score.characteristics {
        let of = one.points_max;
        let said = match &one.result {
            // Its bin says no more than that the value is missing.
            Some(Points::Missing(why)) => {
                let why = format!("missing: {}", text::missing(*why));
                format!("none of {of} points: {}", paint(YELLOW, &why))
            }
            Some(Points::Points(points)) => {
                let observed = text::observed(one.observed.as_ref());
                let bin = paint(DIM, &one.bin);
                format!("{points} of {of} points: {observed}  {bin}")
            }
            None => "?".to_owned(),
        };
        page.entry(width, &one.name, &said);
    }
}

fn widest<'a>(texts: impl Iterator<Item = &'a str>) -> usize {
    texts.map(UnicodeWidthStr::width).max().unwrap_or(0)
}

/// The amount offered, or the debits in place of the one asked for, if any.
pub(super) fn offered(decision: &proto::Decision) -> Option<String> {
    if let Some(offer) = &decision.offer {
        return offer.amount.as_ref().map(text::money);
    }
    debits(&decision.plan)
}

/// Debits in place of one, if any: `2 x 900.00 USD from 2026-08-24`.
fn debits(plan: &[proto::PlannedDebit]) -> Option<String> {
    let first = plan.first()?;
    let amount = first.amount.as_ref().map(text::money)?;
    let day = &first.date.as_ref()?.value;
    Some(match plan.len() {
        1 => format!("{amount} on {day}"),
        several => format!("{several} x {amount} from {day}"),
    })
}

/// The first principal reason's statement; empty where there is none.
pub(super) fn main_reason(decision: &proto::Decision) -> String {
    decision
        .reasons
        .iter()
        .find(|reason| reason.principal)
        .map(|reason| reason.statement.clone())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests;
