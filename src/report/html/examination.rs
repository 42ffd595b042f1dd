//! The page about an examination of the analysis: figures by kind of case with their intervals, how
//! well likelihoods hold what they promise, and where most was wrong.

use super::document;
use super::parts::{Column, card, folded, table, twice};
use crate::examination::{
    Figure, ForecastReport, Group, GroupBrier, INCOME_FIGURES, METRICS, Millionths, OTHER_FIGURES,
    Report, brier, named, percent, signed_score,
};
use crate::report::markup::Markup;
use crate::report::svg;
use crate::report::words::{or_dash, spaced};

/// The figures at the top of the page.
const SHOWN_FIRST: &[&str] = &[
    "income_f1",
    "cadence",
    "net_error_median",
    "next_payday",
    "event_precision",
    "event_recall",
    "balances_exact",
    "obligations",
];

/// The page about an examination. What is in it of applicants are the rows of the worst cases.
pub fn examination_page(report: &Report) -> String {
    document("Examination of the analysis", |main| {
        main.element("h1", &[], "Examination of the analysis");
        let count = report.applicants;
        let plural = if count == 1 { "" } else { "s" };
        let line = format!("{count} labelled applicant{plural} · shares in percent");
        main.element("p", &[("class", "dim")], &line);
        overall(main, report);
        by_kind(main, report);
        cadences(main, report);
        confidences(main, report);
        if let Some(found) = &report.forecast {
            forecast(main, found);
        }
        left_out(main, report);
        worst(main, report);
    })
}

/// A figure with its interval: `98.5 (97.9–99.1)`.
fn with_interval(figure: Option<Figure>) -> String {
    or_dash(figure.map(|found| {
        let (low, high) = (percent(found.low), percent(found.high));
        // The two ends stay on one line.
        format!("{} ({low}–\u{2060}{high})", percent(found.value))
    }))
}

fn figure(group: &Group, name: &str) -> Option<Figure> {
    group.figures.get(name).copied().flatten()
}

fn overall(main: &mut Markup, report: &Report) {
    let Some(all) = report.groups.first() else {
        return;
    };
    main.within("dl", &[("class", "figures")], |list| {
        for metric in named(SHOWN_FIRST) {
            let Some(found) = figure(all, metric.name) else {
                continue;
            };
            list.within("div", &[], |one| {
                one.element("dt", &[], metric.what);
                one.within("dd", &[], |value| {
                    value.text(&percent(found.value));
                    let interval = format!("{} to {}", percent(found.low), percent(found.high));
                    value.element("small", &[], &interval);
                });
            });
        }
    });
    main.element("h2", &[], "All figures");
    card(main, |card| {
        let columns = [
            ("Figure", Column::Text),
            ("Value", Column::Number),
            ("95 % interval", Column::Number),
            ("", Column::Text),
        ];
        let rows = METRICS.iter().map(|metric| {
            let found = figure(all, metric.name);
            let missing = if report.not_produced.contains(&metric.name) {
                "not produced".to_owned()
            } else {
                or_dash(None::<&str>)
            };
            let interval =
                found.map(|found| format!("{} to {}", percent(found.low), percent(found.high)));
            let aim = if metric.less_is_better {
                "less is better"
            } else {
                ""
            };
            vec![
                metric.what.to_owned(),
                found.map_or(missing, |found| percent(found.value)),
                interval.unwrap_or_default(),
                aim.to_owned(),
            ]
        });
        table(card, &columns, rows);
    });
}

fn by_kind(main: &mut Markup, report: &Report) {
    let strata = || report.groups.iter().filter(|group| group.era.is_none());
    main.element("h2", &[], "By kind of case: income");
    card(main, |card| groups(card, strata(), INCOME_FIGURES));
    main.element("h2", &[], "By kind of case: the rest");
    card(main, |card| groups(card, strata(), OTHER_FIGURES));
    let eras: Vec<&Group> = report
        .groups
        .iter()
        .filter(|group| group.era.is_some())
        .collect();
    if !eras.is_empty() {
        let title = "Wages before, across and after the rule of 20 March 2026";
        folded(main, title, |folded| {
            card(folded, |card| {
                groups(card, eras.into_iter(), INCOME_FIGURES);
            });
        });
    }
}

fn groups<'a>(card: &mut Markup, groups: impl Iterator<Item = &'a Group>, names: &[&str]) {
    let metrics = named(names);
    let mut columns = vec![("Kind", Column::Text), ("Applicants", Column::Number)];
    columns.extend(metrics.iter().map(|metric| (metric.head, Column::Text)));
    let rows = groups.map(|group| {
        let mut row = vec![spaced(&group.title()), group.applicants.to_string()];
        let figures = metrics.iter().map(|metric| figure(group, metric.name));
        row.extend(figures.map(with_interval));
        row
    });
    table(card, &columns, rows);
    for metric in metrics {
        let line = format!("{}: {}", metric.head, metric.what);
        card.element("p", &[("class", "legend")], &line);
    }
}

fn cadences(main: &mut Markup, report: &Report) {
    let rows = report.cadences.values();
    let mut answers: Vec<&str> = rows.flat_map(|row| row.keys().copied()).collect();
    answers.sort_unstable();
    answers.dedup();
    main.element("h2", &[], "Cadences, as they are and as answered");
    card(main, |card| {
        let names: Vec<String> = answers.iter().map(|answer| spaced(answer)).collect();
        let mut columns = vec![("It is", Column::Text)];
        columns.extend(names.iter().map(|name| (name.as_str(), Column::Number)));
        let rows = report.cadences.iter().map(|(truth, row)| {
            let counts = answers.iter().map(|answer| row.get(answer).unwrap_or(&0));
            let counts = counts.map(ToString::to_string);
            std::iter::once(spaced(truth)).chain(counts).collect()
        });
        table(card, &columns, rows);
    });
}

fn confidences(main: &mut Markup, report: &Report) {
    main.element(
        "h2",
        &[],
        "Confidence of streams, and how often it was right",
    );
    card(main, |card| {
        let columns = [
            ("From", Column::Number),
            ("Streams", Column::Number),
            ("Are income", Column::Number),
            ("Cadence right", Column::Number),
        ];
        let rows = report.confidences.iter().map(|band| {
            vec![
                format!("{}.{:03}", band.from / 1_000, band.from % 1_000),
                band.streams.to_string(),
                or_dash(band.income.map(percent)),
                or_dash(band.cadence.map(percent)),
            ]
        });
        table(card, &columns, rows);
    });
}

fn forecast(main: &mut Markup, found: &ForecastReport) {
    main.element("h2", &[], "Forecast");
    let line = format!(
        "{} pulls were tried on {} applicants on the last 30 days, which were hidden; too little was \
         there for {} % of them. Brier scores: 0 is perfect.",
        found.pulls,
        found.applicants,
        percent(found.returned)
    );
    main.element("p", &[], &line);
    card(main, |card| {
        let columns = [
            ("Forecast", Column::Text),
            ("Brier", Column::Number),
            ("Ours is better by", Column::Number),
            ("95 % interval", Column::Number),
        ];
        let ours = vec![
            "ours".to_owned(),
            brier(found.brier),
            String::new(),
            String::new(),
        ];
        let rivals = found.rivals.iter().map(|rival| {
            let (low, high) = (signed_score(rival.low), signed_score(rival.high));
            vec![
                spaced(rival.name),
                brier(rival.brier),
                signed_score(rival.better_by),
                format!("{low} to {high}"),
            ]
        });
        table(card, &columns, std::iter::once(ours).chain(rivals));
    });
    main.element(
        "h3",
        &[],
        "How likely a pull was told to come back, and how many did",
    );
    card(main, |card| reliability(card, found));
    main.element("h3", &[], "By days ahead");
    card(main, |card| brier_by(card, "Days ahead", &found.ahead));
    folded(main, "Forecast by kind of case", |folded| {
        card(folded, |card| brier_by(card, "Kind", &found.strata));
    });
}

fn reliability(card: &mut Markup, found: &ForecastReport) {
    let points: Vec<(Millionths, Millionths, usize)> = found
        .reliability
        .iter()
        .filter_map(|band| Some((band.told?, band.returned?, band.pulls)))
        .collect();
    twice(card, |markup, width| {
        svg::reliability(markup, &points, width);
    });
    let says = "From left to right what was told, from below what came back, in percent. On the slanted \
                line both agree; a larger point stands for more pulls.";
    card.element("p", &[("class", "legend")], says);
    let columns = [
        ("Told from", Column::Number),
        ("Pulls", Column::Number),
        ("Told on average", Column::Number),
        ("Came back", Column::Number),
    ];
    let rows = found.reliability.iter().map(|band| {
        vec![
            percent(band.from),
            band.pulls.to_string(),
            or_dash(band.told.map(percent)),
            or_dash(band.returned.map(percent)),
        ]
    });
    table(card, &columns, rows);
}

fn brier_by(card: &mut Markup, name: &str, groups: &[GroupBrier]) {
    let rivals = groups.first().map(|group| group.rivals.as_slice());
    let rivals: Vec<String> = rivals
        .unwrap_or_default()
        .iter()
        .map(|rival| spaced(rival.name))
        .collect();
    let mut columns = vec![
        (name, Column::Text),
        ("Pulls", Column::Number),
        ("Came back", Column::Number),
        ("Told", Column::Number),
        ("Brier", Column::Number),
    ];
    columns.extend(rivals.iter().map(|rival| (rival.as_str(), Column::Number)));
    let rows = groups.iter().map(|group| {
        let mut row = vec![
            spaced(&group.group),
            group.pulls.to_string(),
            percent(group.returned),
            percent(group.told),
            brier(group.brier),
        ];
        row.extend(group.rivals.iter().map(|rival| brier(rival.brier)));
        row
    });
    table(card, &columns, rows);
}

fn left_out(main: &mut Markup, report: &Report) {
    if !report.excluded.is_empty() {
        main.element("h2", &[], "Not scored");
        card(main, |card| {
            let columns = [("Why", Column::Text), ("Cases", Column::Number)];
            let rows = report.excluded.iter();
            let rows = rows.map(|(why, count)| vec![why.clone(), count.to_string()]);
            table(card, &columns, rows);
        });
    }
    if !report.unread.is_empty() {
        main.element("h2", &[], "Could not be read");
        card(main, |card| {
            let columns = [("Applicant", Column::Text), ("Why", Column::Text)];
            let rows = report.unread.iter();
            let rows = rows.map(|(applicant, why)| vec![applicant.clone(), why.clone()]);
            table(card, &columns, rows);
        });
    }
}

fn worst(main: &mut Markup, report: &Report) {
    if report.worst.is_empty() {
        return;
    }
    main.element("h2", &[], "The worst cases");
    for case in &report.worst {
        card(main, |card| {
            let plural = if case.misses == 1 { "miss" } else { "misses" };
            let title = format!(
                "{} ({}), {} {plural}",
                case.applicant, case.stratum, case.misses
            );
            card.element("h3", &[], &title);
            let columns = [
                ("Figure", Column::Text),
                ("Is", Column::Text),
                ("Answered", Column::Text),
                ("Day", Column::Day),
                ("Amount", Column::Number),
                ("Text", Column::Text),
            ];
            let rows = case.evidence.iter().map(|one| one.cells().to_vec());
            table(card, &columns, rows);
        });
    }
}
