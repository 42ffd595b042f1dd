//! How often each rule fires.

use super::tables::sorted_table;
use super::{each, nothing};
use crate::replay::backtest::RuleHits;
use crate::report::backtest::CommitteeReport;
use crate::report::figures::{number, share};
use crate::report::html::parts::{Column, folded};
use crate::report::markup::Markup;

pub(super) fn rules(main: &mut Markup, report: &CommitteeReport<'_>) {
    each(main, report, |main, one| match one.rules.is_empty() {
        true => nothing(main, "It has no rules."),
        false => hits(main, "Rules of the candidate", &one.rules),
    });
    for live in &report.found.population.live {
        let title = format!("{} {}, which was live", live.name, live.version);
        folded(main, &title, |inside| {
            let caption = format!("Rules of {} {}", live.name, live.version);
            hits(inside, &caption, &live.rules);
        });
    }
}

fn hits(main: &mut Markup, caption: &str, rules: &[RuleHits]) {
    let columns = [
        ("Rule", Column::Text),
        ("Fired", Column::Number),
        ("Rate", Column::Number),
        ("Alone", Column::Number),
        ("Most with", Column::Text),
    ];
    let rows = rules.iter().map(|rule| {
        let with = rule.most_with.as_ref().map_or_else(String::new, |other| {
            format!("{other} ({})", number(rule.most_with_hits))
        });
        vec![
            rule.rule.clone(),
            number(rule.hits.count),
            share(&rule.hits),
            number(rule.alone),
            with,
        ]
    });
    sorted_table(main, caption, &columns, rows.collect());
}
