//! How the loans of the compared decisions did, and approval by segments.

use super::tables::sorted_table;
use super::{each, list, nothing};
use crate::money::grouped;
use crate::replay::backtest::{AdverseImpact, Performance, ScorePower, SwapSet, TierLoans};
use crate::report::backtest::{CommitteeReport, expected_profit, loans_left_out};
use crate::report::figures::{number, share, thousandths};
use crate::report::html::parts::{Column, card, twice};
use crate::report::markup::Markup;
use crate::report::svg::{self, Bar};

/// What no figure of loans can say.
const DECLINED_HAVE_NO_LOAN: &str = "Who was declined has no loan. How those whom the candidate would approve in \
     their place would have done is not known, and they are no sample of those who were approved.";

pub(super) fn loans(main: &mut Markup, report: &CommitteeReport<'_>) {
    let candidates = &report.found.candidates;
    if candidates.iter().all(|one| one.performance.is_none()) {
        let line = "Nothing is known of loans: `--performance FILE` takes what became of them.";
        nothing(main, line);
        return;
    }
    main.element("p", &[("class", "warn")], DECLINED_HAVE_NO_LOAN);
    each(main, report, |main, one| {
        if let Some(found) = &one.performance {
            card(main, |card| performance(card, found));
        }
    });
}

fn performance(card: &mut Markup, found: &Performance) {
    let bad = &found.definition;
    let line = format!(
        "{} of {} loans went bad: {}. Bad is charged off, a loss, or {} days late, within {} days of being paid \
         out; seen until {}.",
        number(found.bad.count),
        number(found.bad.of),
        share(&found.bad),
        bad.days_late,
        bad.age_days,
        bad.seen_until
    );
    card.element("p", &[], &line);
    let left_out = loans_left_out(&found.left_out).into_iter();
    let left_out: Vec<String> = left_out.map(|line| format!("left out: {line}")).collect();
    if !left_out.is_empty() {
        list(card, left_out);
    }
    if found.bad.of == 0 {
        return;
    }
    swap_sets(card, &found.swap_sets);
    tiers(
        card,
        "Bad rate by the tier that was live",
        &found.by_live_tier,
    );
    let caption = "Bad rate by the candidate's tier, of known loans that it approves too";
    tiers(card, caption, &found.by_candidate_tier);
    if let Some([what, sides @ ..]) = expected_profit(found) {
        card.element("p", &[], &what);
        list(card, sides);
    }
    for (what, power) in [
        ("The score that was live", &found.live_score),
        ("The candidate's score", &found.candidate_score),
    ] {
        if let Some(power) = power {
            score(card, what, power);
        }
    }
}

fn swap_sets(card: &mut Markup, sets: &[SwapSet]) {
    let columns = [
        ("Who approves", Column::Text),
        ("Decisions", Column::Number),
        ("Loans", Column::Number),
        ("Bad", Column::Number),
        ("Paid out", Column::Number),
        ("Earned", Column::Number),
        ("Lost", Column::Number),
        ("Profit", Column::Number),
    ];
    let rows = sets.iter().map(|set| {
        let who = match (set.live_approves, set.candidate_approves) {
            (true, true) => "both",
            (true, false) => "only live: swapped out",
            (false, true) => "only the candidate: swapped in",
            (false, false) => "neither",
        };
        let bad = match set.bad.of {
            0 => "not known".to_owned(),
            _ => share(&set.bad),
        };
        let amounts = [set.funded.total, set.interest, set.loss, set.profit];
        let first = [
            who.to_owned(),
            number(set.decisions),
            number(set.bad.of),
            bad,
        ];
        let amounts = amounts.map(|amount| grouped(&amount.to_string()));
        first.into_iter().chain(amounts).collect()
    });
    let caption = "Loans by who approves; APPROVE and COUNTER approve";
    sorted_table(card, caption, &columns, rows.collect());
}

fn tiers(card: &mut Markup, caption: &str, tiers: &[TierLoans]) {
    if tiers.is_empty() {
        return;
    }
    let bars: Vec<Bar> = tiers
        .iter()
        .filter(|one| one.bad.of > 0)
        .map(|one| Bar {
            name: one.tier.clone(),
            share: one.bad,
        })
        .collect();
    drawn(card, caption, &bars);
    let columns = [
        ("Tier", Column::Text),
        ("Known loans", Column::Number),
        ("Bad", Column::Number),
        ("Bad rate", Column::Number),
        ("Paid out", Column::Number),
        ("Profit", Column::Number),
        ("Offered", Column::Number),
        ("Expected profit", Column::Number),
    ];
    let rows = tiers.iter().map(|one| {
        let not_known = || "not known".to_owned();
        let rate = match one.bad.of {
            0 => not_known(),
            _ => share(&one.bad),
        };
        let amounts = [one.funded.total, one.profit, one.offered.total];
        let first = [
            one.tier.clone(),
            number(one.bad.of),
            number(one.bad.count),
            rate,
        ];
        let amounts = amounts.map(|amount| grouped(&amount.to_string()));
        let expected = one
            .expected
            .map_or_else(not_known, |profit| grouped(&profit.to_string()));
        first.into_iter().chain(amounts).chain([expected]).collect()
    });
    sorted_table(card, "The tiers in figures", &columns, rows.collect());
}

fn score(card: &mut Markup, what: &str, power: &ScorePower) {
    let told = &power.discrimination;
    let line = format!(
        "{what}: AUC {}, Gini {:.3}, KS {:.3} at {}, of {} good and {} bad loans.",
        thousandths(told.auc, told.auc_interval),
        told.gini,
        told.ks,
        told.ks_at,
        number(told.good),
        number(told.bad)
    );
    card.element("p", &[], &line);
    let bars = power.bands.iter().map(|band| Bar {
        name: format!("{} to {}", band.scores.first, band.scores.last),
        share: band.bad,
    });
    let bars: Vec<Bar> = bars.collect();
    let caption = format!("{what}: calibration, the bad rate by bands");
    bad_rates(card, &caption, "Scores", &bars);
}

fn drawn(card: &mut Markup, caption: &str, bars: &[Bar]) {
    card.element("h4", &[], caption);
    twice(card, |markup, width| {
        svg::bars(markup, caption, bars, width)
    });
}

/// Bad rates, drawn and as figures.
fn bad_rates(card: &mut Markup, caption: &str, of: &str, bars: &[Bar]) {
    drawn(card, caption, bars);
    let columns = [
        (of, Column::Text),
        ("Loans", Column::Number),
        ("Bad", Column::Number),
        ("Bad rate", Column::Number),
    ];
    let rows = bars.iter().map(|bar| {
        vec![
            bar.name.clone(),
            number(bar.share.of),
            number(bar.share.count),
            share(&bar.share),
        ]
    });
    sorted_table(card, "The same in figures", &columns, rows.collect());
}

pub(super) fn adverse_impact(main: &mut Markup, report: &CommitteeReport<'_>) {
    let candidates = &report.found.candidates;
    if candidates.iter().all(|one| one.adverse_impact.is_none()) {
        let line = "No segments were given: `--segments FILE` takes them, for a fair-lending review. Rules never \
                    see them.";
        nothing(main, line);
        return;
    }
    each(main, report, |main, one| {
        if let Some(found) = &one.adverse_impact {
            segments(main, found);
        }
    });
}

fn segments(main: &mut Markup, found: &AdverseImpact) {
    let columns = [
        ("Segment", Column::Text),
        ("By", Column::Word),
        ("Decisions", Column::Number),
        ("Approved", Column::Number),
        ("Approval rate", Column::Number),
        ("Adverse impact ratio", Column::Number),
        ("Four fifths", Column::Text),
    ];
    let sides = [("live", &found.live), ("candidate", &found.candidate)];
    let rows = sides.into_iter().flat_map(|(side, segments)| {
        segments.iter().map(move |one| {
            let ratio = one.ratio.as_ref().map_or_else(String::new, |ratio| {
                thousandths(ratio.ratio, ratio.interval)
            });
            let line = match (one.below_four_fifths, &one.ratio) {
                (true, _) => "below",
                (false, Some(_)) => "not below",
                (false, None) if one.approved.count > 0 => "compared with",
                (false, None) => "not known",
            };
            vec![
                one.segment.clone(),
                side.to_owned(),
                number(one.approved.of),
                number(one.approved.count),
                share(&one.approved),
                ratio,
                line.to_owned(),
            ]
        })
    });
    let caption = "Approval by segment: each rate over that of the segment with the highest one";
    sorted_table(main, caption, &columns, rows.collect());
    if found.without_segment > 0 {
        let count = number(found.without_segment);
        nothing(
            main,
            &format!("{count} decisions are of applications without a segment."),
        );
    }
}
