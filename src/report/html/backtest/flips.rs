//! Decisions with another outcome: what is responsible for them, and each with its reasons.

use std::collections::BTreeMap;

use super::tables::{captioned, filtered, sorted_table};
use super::{each, nothing};
use crate::limits;
use crate::replay::backtest::{Comparison, Explained, Flip, Side};
use crate::report::backtest::{CommitteeReport, instant};
use crate::report::figures::number;
use crate::report::html::parts::{Column, folded};
use crate::report::markup::Markup;
use crate::rules::Outcome;

/// Flips from one outcome to another for which the same sources are responsible.
type Groups<'a> = BTreeMap<(Outcome, Outcome, Vec<&'a str>), Vec<&'a Flip>>;

pub(super) fn flips(main: &mut Markup, report: &CommitteeReport<'_>) {
    each(main, report, |main, one| {
        if one.flips.total == 0 {
            nothing(main, "No outcome changes.");
            return;
        }
        responsible(main, one);
        listed(main, one);
    });
}

fn responsible(main: &mut Markup, one: &Comparison) {
    let columns = [
        ("From", Column::Word),
        ("To", Column::Word),
        ("Flips in all", Column::Number),
        ("Responsible", Column::Text),
        ("Reason", Column::Text),
        ("Whose", Column::Text),
        ("For", Column::Number),
        ("Alone for", Column::Number),
    ];
    let rows = one.flips.groups.iter().flat_map(|group| {
        group.responsible.iter().map(|by| {
            let whose = match by.cause.side {
                Side::Live => "live, no longer given",
                Side::Candidate => "candidate",
            };
            vec![
                group.from.to_string(),
                group.to.to_string(),
                number(group.decisions),
                by.cause.source.clone(),
                by.cause.reason.clone(),
                whose.to_owned(),
                number(by.decisions),
                number(by.alone),
            ]
        })
    });
    let caption = format!(
        "What is responsible for the {} flips; several can be for one",
        number(one.flips.total)
    );
    sorted_table(main, &caption, &columns, rows.collect());
}

fn listed(main: &mut Markup, one: &Comparison) {
    let most = limits::BACKTEST_PAGE_FLIPS_MAX;
    let shown = one.flips.listed.len().min(most);
    let mut groups = Groups::new();
    for flip in one.flips.listed.iter().take(most) {
        let mut sources: Vec<&str> = flip
            .responsible
            .iter()
            .map(|cause| cause.source.as_str())
            .collect();
        sources.dedup();
        let group = groups.entry((flip.from, flip.to, sources)).or_default();
        group.push(flip);
    }
    main.element("h4", &[], "One by one");
    let shown_count = u64::try_from(shown).unwrap_or(u64::MAX);
    let line = match one.flips.total.saturating_sub(shown_count) {
        0 => format!(
            "All {} flips. Unfold what is to be on paper.",
            number(shown_count)
        ),
        more => format!(
            "The first {} flips in the order of the chain; {} more are not on this page: `--json` explains up to \
             {}, `--decisions FILE` writes a line for every decision. Unfold what is to be on paper.",
            number(shown_count),
            number(more),
            number(u64::try_from(limits::BACKTEST_FLIPS_MAX).unwrap_or(u64::MAX))
        ),
    };
    nothing(main, &line);
    let mut groups: Vec<_> = groups.into_iter().collect();
    groups.sort_by_key(|(_, flips)| std::cmp::Reverse(flips.len()));
    filtered(main, "Filter these flips", |main| {
        for ((from, to, sources), flips) in &groups {
            let title = title(one, (*from, *to, sources), flips.len());
            folded(main, &title, |inside| {
                group(inside, (*from, *to), flips);
            });
        }
    });
}

/// What flips are of which so many are listed; of how many, where that is not all.
fn title(
    one: &Comparison,
    (from, to, sources): (Outcome, Outcome, &[&str]),
    listed: usize,
) -> String {
    let (sources, listed) = (
        sources.join(" and "),
        number(u64::try_from(listed).unwrap_or(u64::MAX)),
    );
    let shown = one.flips.listed.len().min(limits::BACKTEST_PAGE_FLIPS_MAX);
    if u64::try_from(shown).is_ok_and(|shown| shown == one.flips.total) {
        return format!("{listed} {from} to {to}, by {sources}");
    }
    let mut groups = one.flips.groups.iter();
    let all = groups.find(|group| (group.from, group.to) == (from, to));
    let all = number(all.map_or(0, |group| group.decisions));
    format!("listed {listed} of {all} {from} to {to}: those by {sources}")
}

fn group(inside: &mut Markup, (from, to): (Outcome, Outcome), flips: &[&Flip]) {
    let (live, candidate) = (format!("Live: {from}"), format!("Candidate: {to}"));
    let columns = [
        ("Application", Column::Text),
        (live.as_str(), Column::Text),
        (candidate.as_str(), Column::Text),
    ];
    let caption = format!("{from} to {to}: each with its reasons and the values compared");
    captioned(inside, &caption, &columns, |table| {
        table.within("tbody", &[], |body| {
            for flip in flips {
                body.within("tr", &[], |row| row_of(row, &live, &candidate, flip));
            }
        });
    });
}

fn row_of(row: &mut Markup, live: &str, candidate: &str, flip: &Flip) {
    let rich = |label| [("class", "rich"), ("data-label", label)];
    row.within("td", &rich("Application"), |cell| {
        cell.element("b", &[], flip.application.as_str());
        cell.element("span", &[("class", "id")], flip.decision.as_str());
        let recorded = format!("recorded {}", instant(flip.recorded_at));
        cell.element("span", &[("class", "id")], &recorded);
    });
    for (label, side) in [(live, &flip.live), (candidate, &flip.candidate)] {
        row.within("td", &rich(label), |cell| {
            for reason in side {
                explained(cell, reason);
            }
        });
    }
}

/// A reason: what gave it, what is told, what was compared, and what would have kept it away.
fn explained(cell: &mut Markup, reason: &Explained) {
    cell.within("div", &[("class", "reason")], |told| {
        told.within("p", &[], |line| {
            line.element("code", &[], &reason.source);
            line.text(" ");
            line.text(&reason.statement);
        });
        // A condition of one comparison is told by that.
        let says_all = matches!(reason.compared.as_slice(), [only] if reason.condition.as_ref() == Some(&only.text));
        if let Some(condition) = reason.condition.as_ref().filter(|_| !says_all) {
            told.within("pre", &[], |pre| pre.lines(condition.trim()));
        }
        if reason.compared.is_empty() && reason.otherwise.is_empty() {
            return;
        }
        told.within("ul", &[], |list| {
            for compared in &reason.compared {
                list.within("li", &[], |item| {
                    item.element("code", &[], &compared.text);
                    item.text(": ");
                    item.element("b", &[], &compared.values.join(" and "));
                });
            }
            for otherwise in &reason.otherwise {
                let line = format!("not with {otherwise}");
                list.element("li", &[("class", "kept")], &line);
            }
        });
    });
}
