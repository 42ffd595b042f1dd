//! Outcomes: how often each comes, and which becomes which.

use super::tables::{self, sorted_table};
use super::{each, nothing};
use crate::replay::backtest::Comparison;
use crate::report::backtest::CommitteeReport;
use crate::report::figures::{chance, number, points, share};
use crate::report::html::parts::{Column, card, legend, twice};
use crate::report::markup::Markup;
use crate::report::svg;
use crate::rules::Outcome;

pub(super) fn flows(main: &mut Markup, report: &CommitteeReport<'_>) {
    each(main, report, |main, one| match one.decided {
        0 => nothing(main, "It decides none of them."),
        _ => card(main, |card| {
            twice(card, |markup, width| svg::flows(markup, &one.flows, width));
            let keys = [
                ("stays", "stays"),
                ("better", "better for the applicant"),
                ("worse", "worse for the applicant"),
            ];
            legend(card, &keys);
            matrix(card, one);
            rates(card, one);
        }),
    });
}

fn matrix(card: &mut Markup, one: &Comparison) {
    let names = Outcome::ALL.map(|outcome| (outcome.as_str(), Column::Number));
    let first = ("live", Column::Word);
    let columns: Vec<_> = std::iter::once(first).chain(names).collect();
    let rows = Outcome::ALL.iter().map(|from| {
        let own = one.flows.iter().filter(|flow| flow.from == *from);
        let counts = own.map(|flow| number(flow.decisions));
        std::iter::once(from.to_string()).chain(counts).collect()
    });
    let caption = "Decisions by their outcome live (rows) and the candidate's (columns)";
    tables::matrix(card, caption, &columns, rows);
}

fn rates(card: &mut Markup, one: &Comparison) {
    let columns = [
        ("Outcome", Column::Word),
        ("Live", Column::Number),
        ("Rate live", Column::Number),
        ("Candidate", Column::Number),
        ("Rate of the candidate", Column::Number),
        ("Difference", Column::Number),
        ("p (McNemar)", Column::Number),
    ];
    let rows = one.outcomes.iter().map(|rates| {
        let method = rates.paired.method.in_words();
        vec![
            rates.outcome.to_string(),
            number(rates.live.count),
            share(&rates.live),
            number(rates.candidate.count),
            share(&rates.candidate),
            points(rates.paired.difference, rates.paired.interval),
            format!("{} ({method})", chance(rates.paired.p_value)),
        ]
    });
    let caption = format!(
        "Rates of the {} decisions that it can decide, with 95 % intervals in brackets",
        number(one.decided)
    );
    sorted_table(card, &caption, &columns, rows.collect());
}
