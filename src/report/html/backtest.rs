//! A backtest as a page for a credit committee, in the order in which one asks.
//!
//! Sections are in the order of the questions, and each tells of all candidates, so that those can be held
//! against each other. Every figure is one of [`Backtest`](crate::replay::backtest::Backtest).

mod changes;
mod distributions;
mod flips;
mod flows;
mod foot;
mod head;
mod loans;
mod quality;
mod rules;
mod sweep;
mod tables;
#[cfg(test)]
mod tests;

use super::{STYLE, document_with};
use crate::replay::backtest::Comparison;
use crate::report::backtest::CommitteeReport;
use crate::report::markup::Markup;

/// What this page has beside the common style.
const OWN_STYLE: &str = include_str!("backtest/page.css");
/// Sorts and filters tables.
const SCRIPT: &str = include_str!("backtest/page.js");

/// The page about a backtest. It holds ids of applications and what was computed of them.
pub fn backtest_page(report: &CommitteeReport<'_>) -> String {
    let title = head::title(report);
    document_with(&title, &[STYLE, OWN_STYLE], &[SCRIPT], |main| {
        head::head(main, report);
        contents(main, report);
        for section in sections(report) {
            let attributes = [("id", section.id), ("class", "part")];
            main.within("section", &attributes, |part| {
                part.element("h2", &[], section.title);
                (section.write)(part, report);
            });
        }
        let line = format!(
            "Made by underwrite {}. It holds ids of applications and what was computed of them: keep it as \
             you keep decisions.",
            env!("CARGO_PKG_VERSION")
        );
        main.element("footer", &[], &line);
    })
}

/// A section of the page.
struct Section {
    id: &'static str,
    title: &'static str,
    write: fn(&mut Markup, &CommitteeReport<'_>),
}

const fn section(
    id: &'static str,
    title: &'static str,
    write: fn(&mut Markup, &CommitteeReport<'_>),
) -> Section {
    Section { id, title, write }
}

/// All sections, in their order.
const SECTIONS: &[Section] = &[
    section("compared", "What was compared", head::compared),
    section("changes", "What changed in the rules", changes::changes),
    section("flows", "From the old outcome to the new", flows::flows),
    section("offers", "Offers and scores", distributions::offers),
    section(
        "moved",
        "Has the population moved?",
        distributions::features,
    ),
    section("flips", "Who flips, and why", flips::flips),
    section("rules", "How often each rule fires", rules::rules),
    section("loans", "How loans did", loans::loans),
    section("impact", "Adverse impact", loans::adverse_impact),
    section("quality", "Data quality", quality::quality),
    section("method", "Method and limits", foot::method),
    section("again", "To make it again", foot::again),
];

/// What a sweep found, before all else.
const SWEEP: Section = section("sweep", "Along the values of a param", sweep::sweep);

/// Those that the page has.
fn sections(report: &CommitteeReport<'_>) -> impl Iterator<Item = &'static Section> {
    let sweep = report.sweep.map(|_| &SWEEP);
    sweep.into_iter().chain(SECTIONS)
}

/// Where to go on the page.
fn contents(main: &mut Markup, report: &CommitteeReport<'_>) {
    let attributes = [("class", "contents"), ("aria-label", "On this page")];
    main.within("nav", &attributes, |nav| {
        for section in sections(report) {
            let target = format!("#{}", section.id);
            nav.element("a", &[("href", &target)], section.title);
        }
    });
}

/// Tells of each candidate; by its name where there are several.
fn each(
    main: &mut Markup,
    report: &CommitteeReport<'_>,
    mut tell: impl FnMut(&mut Markup, &Comparison),
) {
    let candidates = &report.found.candidates;
    for one in candidates {
        if candidates.len() > 1 {
            main.element("h3", &[("class", "candidate")], &one.candidate.given_as);
        }
        tell(main, one);
    }
}

/// A sentence where there is nothing to show.
fn nothing(main: &mut Markup, told: &str) {
    main.within("p", &[("class", "dim")], |line| sentence(line, told));
}

/// A sentence whose names and commands stand between backticks.
fn sentence(line: &mut Markup, told: &str) {
    for (at, part) in told.split('`').enumerate() {
        match at % 2 {
            0 => line.text(part),
            _ => line.element("code", &[], part),
        }
    }
}

/// A list of sentences.
fn list(main: &mut Markup, items: impl IntoIterator<Item = impl AsRef<str>>) {
    main.within("ul", &[("class", "plain")], |list| {
        for item in items {
            list.within("li", &[], |line| sentence(line, item.as_ref()));
        }
    });
}
