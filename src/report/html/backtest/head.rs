//! The top of the page: all of it in a sentence for each candidate, and what was compared.

use super::tables::sorted_table;
use super::{list, sentence};
use crate::money::grouped;
use crate::replay::backtest::{Comparison, Offers};
use crate::replay::statistics::Share;
use crate::report::backtest::{CommitteeReport, instant, left_out};
use crate::report::figures::{number, percent, points};
use crate::report::html::parts::{Column, figure};
use crate::report::markup::Markup;
use crate::rules::Outcome;

/// `Backtest of personal-loan 1.2.0`.
pub(super) fn title(report: &CommitteeReport<'_>) -> String {
    match (report.found.candidates.as_slice(), report.sweep) {
        ([one, ..], Some(sweep)) => format!(
            "Backtest of {} {} along the values of {}",
            one.candidate.name, one.candidate.version, sweep.param
        ),
        ([one], None) => format!(
            "Backtest of {} {}",
            one.candidate.name, one.candidate.version
        ),
        (several, _) => format!("Backtest of {} candidates", several.len()),
    }
}

pub(super) fn head(main: &mut Markup, report: &CommitteeReport<'_>) {
    let found = report.found;
    main.element("h1", &[], &title(report));
    if let Some(stopped) = &found.population.stopped_early {
        let line = format!(
            "Stopped early: {} of {} decisions were looked at, up to position {} of the chain. All that follows is \
             of those alone.",
            number(stopped.looked_at),
            number(stopped.of),
            number(stopped.through)
        );
        main.element("p", &[("class", "stopped")], &line);
    }
    for one in &found.candidates {
        main.within("p", &[("class", "lede headline")], |line| {
            sentence(line, &one.headline);
            line.text(".");
        });
    }
    match found.candidates.as_slice() {
        [one] if one.decided > 0 => main.within("dl", &[("class", "figures")], |list| {
            figures(list, one);
        }),
        [_] => {}
        several => side_by_side(main, several),
    }
}

fn figures(list: &mut Markup, one: &Comparison) {
    let flips = Share::new(one.flips.total, one.decided);
    let of = format!("of {}, {}", number(one.decided), percent(flips.share));
    figure(
        list,
        "outcomes that change",
        &number(one.flips.total),
        &of,
        "",
    );
    for rates in &one.outcomes {
        if rates.live.count == 0 && rates.candidate.count == 0 {
            continue;
        }
        let before = format!("live {}", percent(rates.live.share));
        let name = format!("come to {}", rates.outcome);
        figure(list, &name, &percent(rates.candidate.share), &before, "");
    }
    if let Some(offers) = &one.offers {
        let live = grouped(&offers.live.total.to_string());
        let before = format!("{}, live {live}", offers.currency);
        let total = grouped(&offers.candidate.total.to_string());
        figure(list, "offered", &total, &before, "");
    }
    if one.not_decidable.total > 0 {
        let count = number(one.not_decidable.total);
        figure(list, "not decidable", &count, "in no rate", "warn");
    }
}

fn side_by_side(main: &mut Markup, candidates: &[Comparison]) {
    let columns = [
        ("Candidate", Column::Text),
        ("Decided", Column::Number),
        ("Flips", Column::Number),
        ("Approve as asked", Column::Number),
        ("Against live", Column::Number),
        ("Decline", Column::Number),
        ("Offered, against live", Column::Number),
        ("Not decidable", Column::Number),
    ];
    let rows = candidates.iter().map(|one| {
        let rates = |outcome: Outcome| {
            let mut rates = one.outcomes.iter();
            rates.find(|rates| rates.outcome == outcome)
        };
        let rate = |outcome| percent(rates(outcome).and_then(|rates| rates.candidate.share));
        let paired = rates(Outcome::Approve).map(|rates| &rates.paired);
        let paired = paired.map_or_else(String::new, |paired| {
            points(paired.difference, paired.interval)
        });
        vec![
            one.candidate.given_as.clone(),
            number(one.decided),
            number(one.flips.total),
            rate(Outcome::Approve),
            paired,
            rate(Outcome::Decline),
            one.offers.as_ref().map_or_else(|| "-".to_owned(), offered),
            number(one.not_decidable.total),
        ]
    });
    sorted_table(
        main,
        "The candidates side by side",
        &columns,
        rows.collect(),
    );
}

/// `-41,200.00 USD`.
pub(super) fn offered(offers: &Offers) -> String {
    let difference = grouped(&offers.difference.to_string());
    format!("{difference} {}", offers.currency)
}

pub(super) fn compared(main: &mut Markup, report: &CommitteeReport<'_>) {
    let found = &report.found.population;
    let period = found.period.map_or_else(String::new, |(first, last)| {
        format!(", recorded from {} to {}", instant(first), instant(last))
    });
    let line = format!(
        "{} decisions were compared of {} that were asked for{period}.",
        number(found.compared),
        number(found.selected)
    );
    main.element("p", &[], &line);
    if found.on_test_data > 0 {
        let line = format!(
            "{} of them were made on test data: what they say of applicants is made up.",
            number(found.on_test_data)
        );
        main.element("p", &[("class", "warn")], &line);
    }
    let columns = [
        ("Version that decided", Column::Text),
        ("Decisions", Column::Number),
        ("APPROVE", Column::Number),
        ("COUNTER", Column::Number),
        ("REFER", Column::Number),
        ("DECLINE", Column::Number),
    ];
    let rows = found.live.iter().map(|live| {
        let outcomes = Outcome::ALL.iter();
        let outcomes = outcomes.map(|one| live.outcomes.get(one).copied().unwrap_or(0));
        let name = format!("{} {}", live.name, live.version);
        let counts = std::iter::once(live.decisions).chain(outcomes);
        let cells = std::iter::once(name).chain(counts.map(number));
        cells.collect()
    });
    if !found.live.is_empty() {
        sorted_table(main, "What was live", &columns, rows.collect());
    }
    if found.left_out.damaged > 0 {
        let count = number(found.left_out.damaged);
        let line = format!("Damaged records: {count}, see data quality.");
        main.element("p", &[("class", "bad")], &line);
    }
    let left_out = left_out(&found.left_out);
    match left_out.is_empty() {
        true => main.element("p", &[], "Nothing was left out."),
        false => {
            main.element("p", &[], "Left out, and in no figure:");
            list(main, left_out);
        }
    }
}
