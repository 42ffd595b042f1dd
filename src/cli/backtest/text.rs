//! What a backtest found, as people read it.

use chrono::{DateTime, Utc};

use super::numbers::{chance, interval, number, percent, points, share, sparkline};
use super::undecided::not_decidable;
use super::{told_loans, told_segments, told_sweep};
use crate::cli::interrupt;
use crate::cli::table::{self, Cell};
use crate::cli::text::{BOLD, CYAN, DIM, GREEN, RED, YELLOW, paint};
use crate::money::grouped;
use crate::replay::backtest::{
    Backtest, Comparison, Drift, Explained, Flip, FlipGroup, Moved, MovedVerdict, Offers,
    Population, RuleHits, Scores, Spread, Sweep, Total,
};
use crate::report::backtest::{self, instant};
use crate::rules::Outcome;

/// What is responsible for flips that is told of one group; the rest are counted.
const RESPONSIBLE_SHOWN: usize = 8;
/// Features that are told of those that moved.
const DRIFT_SHOWN: usize = 8;

/// What is told of the candidates.
#[derive(Debug, Clone, Copy)]
pub(super) enum Told<'a> {
    /// All of each, with so many flips.
    Candidates { flips: usize },
    /// What they come to along the values of a param.
    Sweep(&'a Sweep),
}

/// All of it.
pub(super) fn report(found: &Backtest, told: Told<'_>, width: Option<usize>) -> String {
    let mut text = population(&found.population);
    match told {
        Told::Candidates { flips } => {
            for candidate in &found.candidates {
                text.push('\n');
                text.push_str(&comparison(candidate, flips, width));
            }
        }
        Told::Sweep(sweep) => {
            text.push('\n');
            text.push_str(&told_sweep::sweep(sweep, &found.candidates, width));
        }
    }
    text.push_str(&drift(&found.drift, found.second_half_from));
    text
}

fn population(found: &Population) -> String {
    let live = found.live.iter().map(|one| {
        let (name, version) = (&one.name, &one.version);
        format!("{} by {name} {version}", number(one.decisions))
    });
    let live: Vec<String> = live.collect();
    let period = found.period.map_or_else(String::new, |(first, last)| {
        format!(", recorded {} to {}", instant(first), instant(last))
    });
    let compared = number(found.compared);
    let by = if found.from_columns {
        ", as the columns hold them"
    } else {
        ""
    };
    let stopped = found.stopped_early.map(interrupt::partial);
    let mut text = stopped.map_or_else(String::new, |line| format!("{line}\n"));
    text.push_str(&format!("{compared} decisions compared{period}{by}\n"));
    if live.len() > 1 {
        text.push_str(&format!("  {}\n", live.join(", ")));
    }
    let left_out = &found.left_out;
    for line in backtest::left_out(left_out) {
        text.push_str(&paint(YELLOW, &format!("  left out: {line}\n")));
    }
    if left_out.damaged > 0 {
        let count = number(left_out.damaged);
        let line = format!("  left out: {count} damaged; see `underwrite ledger verify`\n");
        text.push_str(&paint(RED, &line));
        for damaged in left_out.problems.iter().take(RESPONSIBLE_SHOWN) {
            text.push_str(&format!("    {}: {}\n", damaged.record, damaged.problem));
        }
    }
    if found.on_test_data > 0 {
        let count = number(found.on_test_data);
        text.push_str(&paint(DIM, &format!("  {count} were made on test data\n")));
    }
    text
}

fn comparison(found: &Comparison, flips: usize, width: Option<usize>) -> String {
    let name = &found.candidate;
    let mut text = format!("{}\n", paint(BOLD, &found.headline));
    let what = format!(
        "  {} {}, bundle {:.12}\n",
        name.name,
        name.version,
        name.bundle.to_string()
    );
    text.push_str(&paint(DIM, &what));
    text.push_str(&not_decidable(found));
    if found.decided == 0 {
        return text;
    }
    text.push_str(&outcomes(found, width));
    text.push_str(&flows(found, width));
    for group in &found.flips.groups {
        text.push_str(&flip_group(group));
    }
    text.extend(
        found
            .offers
            .as_ref()
            .map(|offers| told_offers(offers, width)),
    );
    text.extend(found.scores.as_ref().map(scores));
    text.push_str(&rules(&found.rules, width));
    text.extend(
        found
            .performance
            .as_ref()
            .map(|one| told_loans::performance(one, width)),
    );
    let impact = found.adverse_impact.as_ref();
    text.extend(impact.map(|one| told_segments::adverse_impact(one, width)));
    for flip in found.flips.listed.iter().take(flips) {
        text.push_str(&told_flip(flip));
    }
    let shown = u64::try_from(flips.min(found.flips.listed.len())).unwrap_or(u64::MAX);
    let more = found.flips.total.saturating_sub(shown);
    if more > 0 {
        let more = number(more);
        let line =
            format!("  {more} flips are not shown: `--json` lists them, `--decisions FILE` all\n");
        text.push_str(&paint(DIM, &line));
    }
    text
}

fn outcomes(found: &Comparison, width: Option<usize>) -> String {
    let rows = found.outcomes.iter().map(|rates| {
        let paired = &rates.paired;
        let method = paired.method.in_words();
        vec![
            Cell::styled(format!("  {}", rates.outcome), style(rates.outcome)),
            Cell::right(number(rates.live.count)),
            Cell::new(share(&rates.live)),
            Cell::right(number(rates.candidate.count)),
            Cell::new(share(&rates.candidate)),
            Cell::new(points(paired.difference, paired.interval)),
            Cell::new(format!("{} ({method})", chance(paired.p_value))),
        ]
    });
    let head = [
        "  outcome",
        "live",
        "",
        "candidate",
        "",
        "difference",
        "p (McNemar)",
    ];
    table::render(&head, rows.collect(), width)
}

fn flows(found: &Comparison, width: Option<usize>) -> String {
    let mut outcomes: Vec<Outcome> = found.flows.iter().map(|flow| flow.from).collect();
    outcomes.dedup();
    let row = |from: &Outcome| {
        let own = found.flows.iter().filter(|flow| flow.from == *from);
        let counts = own.map(|flow| match flow.decisions {
            0 => Cell::right("."),
            count if flow.from == flow.to => Cell::right(number(count)),
            count => Cell::right(format!("*{}", number(count))),
        });
        let name = Cell::styled(format!("  {from}"), style(*from));
        std::iter::once(name).chain(counts).collect()
    };
    let head: Vec<&str> = std::iter::once("  live \\ candidate")
        .chain(outcomes.iter().map(|one| one.as_str()))
        .collect();
    table::render(&head, outcomes.iter().map(row).collect(), width)
}

fn flip_group(group: &FlipGroup) -> String {
    let mut text = format!(
        "  {} {} to {}\n",
        number(group.decisions),
        paint(style(group.from), group.from.as_str()),
        paint(style(group.to), group.to.as_str()),
    );
    for one in group.responsible.iter().take(RESPONSIBLE_SHOWN) {
        let alone = match one.alone {
            0 => String::new(),
            all if all == one.decisions => ", alone".to_owned(),
            some => format!(", {} of them alone", number(some)),
        };
        let (count, cause) = (number(one.decisions), &one.cause);
        text.push_str(&format!(
            "    {count} by `{}` ({}){alone}\n",
            cause.source, cause.reason
        ));
    }
    let more = group.responsible.len().saturating_sub(RESPONSIBLE_SHOWN);
    if more > 0 {
        text.push_str(&format!(
            "    and {more} more that are responsible for some\n"
        ));
    }
    text
}

fn told_offers(offers: &Offers, width: Option<usize>) -> String {
    let amount =
        |amount: Option<String>| amount.map_or_else(|| "-".to_owned(), |one| grouped(&one));
    let row = |what: &str, total: &Total| {
        vec![
            Cell::new(format!("  {what}")),
            Cell::right(number(total.count)),
            Cell::right(amount(Some(total.total.to_string()))),
            Cell::right(amount(total.mean.map(|mean| mean.to_string()))),
        ]
    };
    let total = format!("total {}", offers.currency);
    let head = ["  offers", "count", &total, "mean"];
    let rows = vec![
        row("live", &offers.live),
        row("candidate", &offers.candidate),
        row("gained", &offers.gained),
        row("lost", &offers.lost),
    ];
    let mut text = table::render(&head, rows, width);
    let same = &offers.same_outcome;
    if same.changed > 0 {
        text.push_str(&format!(
            "  of {} offers with the same outcome {} changed: {} larger, {} smaller; {} dearer, {} cheaper\n",
            number(same.both),
            number(same.changed),
            number(same.larger),
            number(same.smaller),
            number(same.dearer),
            number(same.cheaper),
        ));
    }
    text.push_str(&spread_line("amount live", &offers.live_amount, ""));
    text.push_str(&spread_line(
        "amount candidate",
        &offers.candidate_amount,
        "",
    ));
    text.push_str(&spread_line("APR live", &offers.live_apr, " %"));
    text.push_str(&spread_line("APR candidate", &offers.candidate_apr, " %"));
    text
}

fn scores(scores: &Scores) -> String {
    let mut text = spread_line("score live", &scores.live, "");
    text.push_str(&spread_line("score candidate", &scores.candidate, ""));
    if let Some(moved) = &scores.psi {
        text.push_str(&format!("  PSI of the score {}\n", index(moved)));
    }
    text
}

/// The least, the median and the greatest, with a line of how many lie where.
fn spread_line(what: &str, spread: &Spread, unit: &str) -> String {
    let [least, _, _, half, _, _, greatest] = spread.quantiles.as_slice() else {
        return String::new();
    };
    let line = sparkline(&spread.parts);
    format!("  {what:<16} {least}{unit} |{line}| {greatest}{unit}, median {half}{unit}\n")
}

fn index(moved: &Moved) -> String {
    let style = match moved.verdict {
        MovedVerdict::Stable => GREEN,
        MovedVerdict::Moved => YELLOW,
        MovedVerdict::MovedFar => RED,
    };
    let verdict = paint(style, moved.verdict.in_words());
    format!("{:.3} ({verdict})", moved.index)
}

fn rules(rules: &[RuleHits], width: Option<usize>) -> String {
    let (fired, never): (Vec<_>, Vec<_>) = rules.iter().partition(|rule| rule.hits.count > 0);
    let mut text = String::new();
    if !fired.is_empty() {
        let rows = fired.iter().map(|rule| {
            let with = rule.most_with.as_ref();
            let with = with.map_or_else(String::new, |other| {
                format!("{other} ({})", number(rule.most_with_hits))
            });
            vec![
                Cell::new(format!("  {}", rule.rule)),
                Cell::right(number(rule.hits.count)),
                Cell::right(percent(rule.hits.share)),
                Cell::new(interval(rule.hits.interval)),
                Cell::right(number(rule.alone)),
                Cell::new(with),
            ]
        });
        let head = ["  rule", "fired", "rate", "", "alone", "most with"];
        text.push_str(&table::render(&head, rows.collect(), width));
    }
    if !never.is_empty() {
        let never: Vec<&str> = never.iter().map(|rule| rule.rule.as_str()).collect();
        let line = format!("  never fired: {}\n", never.join(", "));
        text.push_str(&paint(DIM, &line));
    }
    text
}

fn told_flip(flip: &Flip) -> String {
    let mut text = format!(
        "  {} {} to {}, application {}, recorded {}\n",
        paint(BOLD, flip.decision.as_str()),
        paint(style(flip.from), flip.from.as_str()),
        paint(style(flip.to), flip.to.as_str()),
        flip.application,
        instant(flip.recorded_at),
    );
    for (side, reasons) in [("live", &flip.live), ("candidate", &flip.candidate)] {
        for reason in reasons {
            text.push_str(&told_reason(side, reason));
        }
    }
    text
}

fn told_reason(side: &str, reason: &Explained) -> String {
    let mut text = format!("    {side}: `{}`: {}\n", reason.source, reason.statement);
    // A condition of one comparison is told by that.
    let says_all = matches!(reason.compared.as_slice(), [only] if reason.condition.as_ref() == Some(&only.text));
    if let Some(condition) = reason.condition.as_ref().filter(|_| !says_all) {
        text.push_str(&paint(DIM, &format!("      {}\n", condition.trim())));
    }
    for compared in &reason.compared {
        let values = compared.values.join(" and ");
        text.push_str(&format!("      {}: {values}\n", compared.text));
    }
    for otherwise in &reason.otherwise {
        text.push_str(&format!("      not with {otherwise}\n"));
    }
    text
}

fn drift(drift: &[Drift], from: Option<DateTime<Utc>>) -> String {
    let Some(from) = from else {
        return String::new();
    };
    let mut moved: Vec<_> = drift
        .iter()
        .filter_map(|one| Some((one, one.psi.as_ref()?)))
        .filter(|(_, moved)| moved.verdict != MovedVerdict::Stable)
        .collect();
    let looked_at = drift.len();
    let half = format!("the half since {} against the one before", instant(from));
    if moved.is_empty() {
        return format!("\n{looked_at} features are stable: {half}\n");
    }
    moved.sort_by(|(_, one), (_, other)| other.index.total_cmp(&one.index));
    let mut text = format!("\n{} of {looked_at} features moved: {half}\n", moved.len());
    for (one, moved) in moved.iter().take(DRIFT_SHOWN) {
        text.push_str(&format!("  {}: PSI {}", one.feature, index(moved)));
        if one.missing_first.count > 0 || one.missing_second.count > 0 {
            let (before, after) = (one.missing_first.share, one.missing_second.share);
            let (before, after) = (percent(before), percent(after));
            text.push_str(&format!(", missing in {before}, then {after}"));
        }
        text.push('\n');
    }
    text
}

fn style(outcome: Outcome) -> anstyle::Style {
    match outcome {
        Outcome::Approve => GREEN,
        Outcome::Counter => CYAN,
        Outcome::Refer => YELLOW,
        Outcome::Decline => RED,
    }
}
