//! `underwrite evaluate`: examines the analysis on labelled applicants.

use serde_json::Value;

use super::args::Evaluate;
use super::page_file::PageFile;
use super::table::{self, Cell};
use super::text::{BOLD, DIM, YELLOW, counted, paint};
use super::{CliError, Exit, Terminal};
use crate::examination::{
    Evidence, ExaminationError, Figure, Folder, ForecastReport, Group, GroupBrier, INCOME_FIGURES,
    METRICS, Millionths, OTHER_FIGURES, Report, WorstCase, baseline, brier, engine, examine, named,
    percent, signed_score,
};
use crate::report::examination_page;

/// Applicants that could not be read, of whom it is told why; `--json` names all.
const UNREAD_SHOWN: usize = 5;

/// Runs the command.
pub(super) fn run(command: &Evaluate, terminal: &mut Terminal) -> Result<Exit, CliError> {
    let page_file = PageFile::of(command.html.as_deref(), "--html", terminal)?;
    let failed = |error: ExaminationError| {
        let place = command.corpus.display();
        CliError::other("corpus", format!("the corpus in `{place}`: {error}"))
    };
    let folder = Folder::open(&command.corpus).map_err(failed)?;
    let student = if command.baseline { baseline } else { engine };
    let bar = terminal.bar("examining");
    let report = examine(folder, student, command.worst, |done| {
        bar.set_position(done)
    });
    bar.finish_and_clear();
    let report = report.map_err(failed)?;
    page_file.write(|| examination_page(&report), terminal)?;
    if terminal.wants_json() {
        let value = serde_json::to_value(&report);
        let value: Value = value.map_err(|error| CliError::other("json", error.to_string()))?;
        terminal.print_json(&value)?;
    } else if command.html.is_none() {
        let width = terminal.width();
        terminal.print(&text(&report, width))?;
    }
    Ok(Exit::Success)
}

fn text(report: &Report, width: Option<usize>) -> String {
    let mut text = format!(
        "{}\n\n",
        counted(report.applicants, "applicant", "applicants")
    );
    if let Some(all) = report.groups.first() {
        text.push_str(&overall(all, &report.not_produced));
    }
    let strata = || report.groups.iter().filter(|group| group.era.is_none());
    for metrics in [INCOME_FIGURES, OTHER_FIGURES] {
        text.push('\n');
        text.push_str(&by_group(strata(), metrics));
    }
    let mut eras = report
        .groups
        .iter()
        .filter(|group| group.era.is_some())
        .peekable();
    if eras.peek().is_some() {
        text.push_str(&title(
            "Wages before, across and after the rule of 20 March 2026",
        ));
        text.push_str(&by_group(eras, INCOME_FIGURES));
    }
    text.push_str(&cadences(report));
    text.push_str(&confidences(report));
    text.push_str(&report.forecast.as_ref().map_or_else(String::new, forecast));
    text.push_str(&title("Not scored"));
    for (why, count) in &report.excluded {
        text.push_str(&format!("  {count:>8}  {why}\n"));
    }
    text.push_str(&unread(report));
    text.push_str(&worst(&report.worst, width));
    text
}

/// Who could not be read: the first of them, and how many more.
fn unread(report: &Report) -> String {
    let said = report.unread.iter().take(UNREAD_SHOWN);
    let mut lines: Vec<String> = said
        .map(|(applicant, why)| format!("  {applicant} could not be read: {why}\n"))
        .collect();
    let more = report.unread.len().saturating_sub(UNREAD_SHOWN);
    if more > 0 {
        let more = counted(more, "other applicant", "other applicants");
        lines.push(format!("  {more} could not be read\n"));
    }
    lines.iter().map(|line| paint(YELLOW, line)).collect()
}

fn title(text: &str) -> String {
    format!("\n{}\n", paint(BOLD, text))
}

/// All figures of all applicants, with their intervals and what they are.
fn overall(all: &Group, not_produced: &[&str]) -> String {
    let rows = METRICS.iter().map(|metric| {
        let figure = all.figures.get(metric.name).copied().flatten();
        let (value, interval) = match figure {
            Some(found) => (
                percent(found.value),
                format!("{} to {}", percent(found.low), percent(found.high)),
            ),
            None if not_produced.contains(&metric.name) => ("not produced".into(), String::new()),
            None => ("-".into(), String::new()),
        };
        let aim = if metric.less_is_better {
            "less is better"
        } else {
            ""
        };
        vec![
            Cell::new(metric.what),
            Cell::right(value),
            Cell::right(interval),
            Cell::styled(aim, DIM),
        ]
    });
    table::render(
        &["figure", "value", "95 % interval", ""],
        rows.collect(),
        None,
    )
}

fn by_group<'a>(groups: impl Iterator<Item = &'a Group>, names: &[&str]) -> String {
    let metrics = named(names);
    let mut head = vec!["stratum", "n"];
    head.extend(metrics.iter().map(|metric| metric.head));
    let rows = groups.map(|group| {
        let mut row = vec![
            Cell::new(group.title()),
            Cell::right(group.applicants.to_string()),
        ];
        row.extend(metrics.iter().map(|metric| {
            let figure = group.figures.get(metric.name).copied().flatten();
            Cell::right(figure.map_or_else(|| "-".to_owned(), shown))
        }));
        row
    });
    table::render(&head, rows.collect(), None)
}

/// A figure, and how far the interval goes at its wider side.
fn shown(figure: Figure) -> String {
    let wider = figure
        .high
        .abs_diff(figure.value)
        .max(figure.value.abs_diff(figure.low));
    format!("{} ±{}", percent(figure.value), percent(wider))
}

fn cadences(report: &Report) -> String {
    let mut answers: Vec<&str> = Vec::new();
    for name in report.cadences.values().flat_map(|row| row.keys()) {
        if !answers.contains(name) {
            answers.push(name);
        }
    }
    answers.sort_unstable();
    let mut head = vec!["cadence is"];
    head.extend(&answers);
    let rows = report.cadences.iter().map(|(truth, row)| {
        let mut cells = vec![Cell::new(*truth)];
        cells.extend(answers.iter().map(|answer| {
            let count = row.get(answer).copied().unwrap_or(0);
            Cell::right(count.to_string())
        }));
        cells
    });
    let table = table::render(&head, rows.collect(), None);
    format!("{}{table}", title("Cadences, as they are and as answered"))
}

fn confidences(report: &Report) -> String {
    let share = |share: Option<Millionths>| Cell::right(share.map_or_else(|| "-".into(), percent));
    let rows = report.confidences.iter().map(|band| {
        vec![
            Cell::right(format!("{}.{:03}", band.from / 1_000, band.from % 1_000)),
            Cell::right(band.streams.to_string()),
            share(band.income),
            share(band.cadence),
        ]
    });
    let head = ["from", "streams", "income", "cadence right"];
    let table = table::render(&head, rows.collect(), None);
    format!(
        "{}{table}",
        title("Confidence of streams, and how often it was right")
    )
}

/// How good the forecasts were.
fn forecast(found: &ForecastReport) -> String {
    let mut text = title("Forecast: pulls tried on the last 30 days, which were hidden");
    text.push_str(&format!(
        "{} on {}; too little was there for {} %\n",
        counted(found.pulls, "pull", "pulls"),
        counted(found.applicants, "applicant", "applicants"),
        percent(found.returned),
    ));
    let mut rows = vec![vec![
        Cell::new("forecast"),
        Cell::right(brier(found.brier)),
        Cell::new(""),
        Cell::new(""),
    ]];
    rows.extend(found.rivals.iter().map(|rival| {
        vec![
            Cell::new(rival.name),
            Cell::right(brier(rival.brier)),
            Cell::right(signed_score(rival.better_by)),
            Cell::right(format!(
                "{} to {}",
                signed_score(rival.low),
                signed_score(rival.high)
            )),
        ]
    }));
    let head = ["", "Brier", "forecast is better by", "95 % interval"];
    text.push_str(&table::render(&head, rows, None));
    let rows = found.reliability.iter().map(|band| {
        let share = |share: Option<Millionths>| share.map_or_else(|| "-".to_owned(), percent);
        vec![
            Cell::right(percent(band.from)),
            Cell::right(band.pulls.to_string()),
            Cell::right(share(band.told)),
            Cell::right(share(band.returned)),
        ]
    });
    let head = ["from %", "pulls", "told on average", "came back"];
    text.push_str(&table::render(&head, rows.collect(), None));
    text.push_str(&brier_by("days ahead", &found.ahead));
    text.push_str(&brier_by("stratum", &found.strata));
    text
}

fn brier_by(name: &str, groups: &[GroupBrier]) -> String {
    let mut head = vec![name, "pulls", "came back", "told", "Brier"];
    let rivals = groups.first().map(|group| &group.rivals);
    head.extend(rivals.into_iter().flatten().map(|rival| rival.name));
    let rows = groups.iter().map(|group| {
        let mut row = vec![
            Cell::new(group.group.clone()),
            Cell::right(group.pulls.to_string()),
            Cell::right(percent(group.returned)),
            Cell::right(percent(group.told)),
            Cell::right(brier(group.brier)),
        ];
        let rivals = group.rivals.iter();
        row.extend(rivals.map(|rival| Cell::right(brier(rival.brier))));
        row
    });
    table::render(&head, rows.collect(), None)
}

fn worst(cases: &[WorstCase], width: Option<usize>) -> String {
    if cases.is_empty() {
        return String::new();
    }
    let mut text = title("The worst cases");
    for case in cases {
        let misses = counted(case.misses, "miss", "misses");
        text.push_str(&format!(
            "\n{} ({}), {misses}\n",
            case.applicant, case.stratum
        ));
        let rows = case.evidence.iter().map(evidence).collect();
        let head = ["figure", "is", "answered", "day", "amount", "text"];
        text.push_str(&table::render(&head, rows, width));
    }
    text
}

fn evidence(one: &Evidence) -> Vec<Cell> {
    let [metric, truth, answer, day, amount, text] = one.cells();
    let left = [metric, truth, answer, day].map(Cell::new);
    let right = [Cell::right(amount), Cell::new(text)];
    left.into_iter().chain(right).collect()
}
