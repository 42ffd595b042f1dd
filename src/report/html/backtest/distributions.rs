//! How offers, scores and features are spread, and how far they moved.

use super::tables::sorted_table;
use super::{each, nothing};
use crate::money::grouped;
use crate::replay::backtest::{Drift, Moved, MovedVerdict, Offers, Scores, Spread, Total};
use crate::report::backtest::{CommitteeReport, instant};
use crate::report::figures::{number, percent, value};
use crate::report::html::parts::{Column, card, legend, twice};
use crate::report::markup::Markup;
use crate::report::svg::{self, Pair};

/// Features whose bins are drawn; all are in the table.
const DRAWN: usize = 12;

pub(super) fn offers(main: &mut Markup, report: &CommitteeReport<'_>) {
    each(main, report, |main, one| {
        if one.decided == 0 || (one.offers.is_none() && one.scores.is_none()) {
            nothing(main, "There are no offers and no scores to compare.");
            return;
        }
        if let Some(offers) = &one.offers {
            card(main, |card| told_offers(card, offers));
        }
        if let Some(scores) = &one.scores {
            card(main, |card| told_scores(card, scores));
        }
    });
}

fn told_offers(card: &mut Markup, offers: &Offers) {
    card.element("h4", &[], "Offers");
    let total = format!("Total, {}", offers.currency);
    let columns = [
        ("Offers", Column::Text),
        ("Count", Column::Number),
        (total.as_str(), Column::Number),
        ("Mean", Column::Number),
    ];
    let row = |what: &str, total: &Total| {
        let mean = total
            .mean
            .map_or_else(|| "-".to_owned(), |one| one.to_string());
        vec![
            what.to_owned(),
            number(total.count),
            grouped(&total.total.to_string()),
            grouped(&mean),
        ]
    };
    let rows = vec![
        row("live", &offers.live),
        row("candidate", &offers.candidate),
        row("gained: where live made none", &offers.gained),
        row("lost: where the candidate makes none", &offers.lost),
    ];
    sorted_table(card, "What is offered", &columns, rows);
    let same = &offers.same_outcome;
    if same.both > 0 {
        let line = format!(
            "Of {} offers with the same outcome {} changed: {} larger, {} smaller; {} dearer, {} cheaper.",
            number(same.both),
            number(same.changed),
            number(same.larger),
            number(same.smaller),
            number(same.dearer),
            number(same.cheaper)
        );
        card.element("p", &[], &line);
    }
    two(
        card,
        "Amounts",
        (&offers.live_amount, &offers.candidate_amount),
    );
    let rates = (&offers.live_apr, &offers.candidate_apr);
    two(card, "APR in percent", rates);
    if !offers.tiers.is_empty() {
        let columns = [
            ("Tier", Column::Text),
            ("Live", Column::Number),
            ("Candidate", Column::Number),
        ];
        let rows = offers.tiers.iter();
        let rows = rows.map(|one| vec![one.tier.clone(), number(one.live), number(one.candidate)]);
        sorted_table(card, "Offers by tier", &columns, rows.collect());
    }
}

fn told_scores(card: &mut Markup, scores: &Scores) {
    two(card, "Scores", (&scores.live, &scores.candidate));
    if let Some(moved) = &scores.psi {
        let line = format!("PSI of the score {}", index(moved));
        card.element("h4", &[], &line);
        bins(card, &line, moved, ("live", "candidate"));
    }
}

/// What was live above what is the candidate's, on one scale.
fn two(card: &mut Markup, what: &str, (live, candidate): (&Spread, &Spread)) {
    if live.count == 0 && candidate.count == 0 {
        return;
    }
    card.element("h4", &[], what);
    let populations = [("live", live), ("candidate", candidate)];
    twice(card, |markup, width| {
        svg::spreads(markup, what, &populations, width);
    });
}

/// `0.031 (stable)`.
fn index(moved: &Moved) -> String {
    format!("{:.3} ({})", moved.index, moved.verdict.in_words())
}

fn bins(card: &mut Markup, says: &str, moved: &Moved, (baseline, compared): (&str, &str)) {
    let pairs = moved.bins.iter().map(|bin| Pair {
        name: &bin.bin,
        counts: (bin.baseline, bin.compared),
    });
    let pairs: Vec<_> = pairs.collect();
    twice(card, |markup, width| {
        svg::pairs(markup, says, &pairs, width)
    });
    let (baseline, compared) = (
        format!("{baseline} (first count)"),
        format!("{compared} (second)"),
    );
    legend(card, &[("other", &baseline), ("income", &compared)]);
}

pub(super) fn features(main: &mut Markup, report: &CommitteeReport<'_>) {
    let found = report.found;
    let Some(half) = found.second_half_from else {
        nothing(main, "It takes decisions of two moments to tell.");
        return;
    };
    let line = format!(
        "Each feature that a candidate reads and that is no text: the half of the period since {} against the \
         one before. That is drift of applicants or of data, and no effect of a candidate.",
        instant(half)
    );
    main.element("p", &[], &line);
    let columns = [
        ("Feature", Column::Text),
        ("Type", Column::Word),
        ("PSI", Column::Number),
        ("Verdict", Column::Word),
        ("Missing first", Column::Number),
        ("Missing second", Column::Number),
        ("Least", Column::Number),
        ("Median", Column::Number),
        ("Greatest", Column::Number),
    ];
    let rows: Vec<_> = found.drift.iter().map(row).collect();
    match rows.is_empty() {
        true => nothing(main, "No candidate reads such a feature."),
        false => sorted_table(main, "Features and how far they moved", &columns, rows),
    }
    let mut moved: Vec<(&Drift, &Moved)> = found
        .drift
        .iter()
        .filter_map(|one| Some((one, one.psi.as_ref()?)))
        .filter(|(_, moved)| moved.verdict != MovedVerdict::Stable)
        .collect();
    moved.sort_by(|(_, one), (_, other)| other.index.total_cmp(&one.index));
    for (drift, moved) in moved.iter().take(DRAWN) {
        card(main, |card| {
            let line = format!("{}: PSI {}", drift.feature, index(moved));
            card.element("h4", &[], &line);
            bins(card, &line, moved, ("first half", "second half"));
        });
    }
    let more = moved.len().saturating_sub(DRAWN);
    if more > 0 {
        let line =
            format!("{more} more that moved are in the table alone; `--json` has their bins.");
        nothing(main, &line);
    }
}

fn row(one: &Drift) -> Vec<String> {
    let (psi, verdict) = one.psi.as_ref().map_or(("-".to_owned(), ""), |moved| {
        (format!("{:.3}", moved.index), moved.verdict.in_words())
    });
    let quantile = |at: usize| {
        let found = one.spread.quantiles.get(at);
        found.map_or_else(|| "-".to_owned(), |found| value(found))
    };
    vec![
        one.feature.clone(),
        one.ty.to_string(),
        psi,
        verdict.to_owned(),
        percent(one.missing_first.share),
        percent(one.missing_second.share),
        quantile(0),
        quantile(3),
        quantile(6),
    ]
}
