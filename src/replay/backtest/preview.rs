//! What an edit of a rule set would change, in a few lines: a view of a backtest, which counts nothing.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::report::{Backtest, Cause, Comparison, FlipGroup, Live, Population, Side};
use crate::money::thousands as number;

/// Versions that are named, where several had decided.
const VERSIONS_NAMED: usize = 3;

/// What an edit would change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Preview {
    /// All of it in one sentence.
    pub summary: String,
    /// Decisions that are compared.
    pub compared: u64,
    /// Those that the edited rule set can decide.
    pub decided: u64,
    /// Those with another outcome.
    pub flips: u64,
    /// When the first of those that are compared was recorded, and the last.
    pub period: Option<(DateTime<Utc>, DateTime<Utc>)>,
    /// What is responsible for flips, the most frequent first; then rules that fire no more.
    pub lines: Vec<PreviewLine>,
}

/// What an edit would change by one rule, or by something else that gives a reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PreviewLine {
    /// As [`Cause::source`].
    pub source: String,
    /// The reason's code; `None` of a rule that fires no more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// For how many flips it is responsible.
    pub flips: u64,
    /// For how many of them nothing else is.
    pub alone: u64,
    /// All of it in words.
    pub text: String,
}

impl Backtest {
    /// What the only candidate, or the first one, would change.
    pub fn preview(&self) -> Option<Preview> {
        let candidate = self.candidates.first()?;
        let silent = silent(&self.population.live, candidate);
        let names: Vec<String> = silent.keys().map(|rule| format!("`{rule}`")).collect();
        let mut summary = candidate.headline.clone();
        match names.as_slice() {
            [] => {}
            [one] => summary.push_str(&format!("; {one} no longer fires")),
            many => summary.push_str(&format!("; {} no longer fire", many.join(", "))),
        }
        summary.push_str(&against(&self.population));
        let mut lines = responsible(&candidate.flips.groups);
        lines.extend(silent.into_iter().map(|(rule, live)| PreviewLine {
            source: rule.to_owned(),
            reason: None,
            flips: 0,
            alone: 0,
            text: format!("no longer fires: live it did in {}", number(live)),
        }));
        Some(Preview {
            summary,
            compared: self.population.compared,
            decided: candidate.decided,
            flips: candidate.flips.total,
            period: self.population.period,
            lines,
        })
    }
}

/// ` (decided by 1.2.0 from 2026-09-01 to 2026-09-30)`; nothing where nothing is compared.
fn against(population: &Population) -> String {
    let Some(days) = population.days() else {
        return String::new();
    };
    let versions: BTreeSet<&str> = population.live.iter().map(|one| &*one.version).collect();
    let by = match versions.len() {
        0..=VERSIONS_NAMED => versions.into_iter().collect::<Vec<_>>().join(" and "),
        many => format!("{many} versions"),
    };
    format!(" (decided by {by} {days})")
}

/// The rules of the candidate that fire in none of the decisions and did live, each with in how many. Nothing
/// is said where it could not decide all of them: it might have fired in those.
fn silent<'a>(live: &[Live], candidate: &'a Comparison) -> BTreeMap<&'a str, u64> {
    let rules = candidate.rules.iter();
    let rules = rules.filter(|rule| rule.hits.count == 0 && candidate.not_decidable.total == 0);
    let counted = rules.map(|rule| {
        let all = live.iter().flat_map(|one| &one.rules);
        let same = all.filter(|other| other.rule == rule.rule);
        (&*rule.rule, same.map(|other| other.hits.count).sum())
    });
    counted.filter(|(_, live)| *live > 0).collect()
}

/// What is responsible for flips, each with the ways that they went.
fn responsible(groups: &[FlipGroup]) -> Vec<PreviewLine> {
    let mut causes: BTreeMap<&Cause, (u64, u64, Vec<String>)> = BTreeMap::new();
    for group in groups {
        for one in &group.responsible {
            let (flips, alone, ways) = causes.entry(&one.cause).or_default();
            // A flip is in one group.
            *flips = flips.saturating_add(one.decisions);
            *alone = alone.saturating_add(one.alone);
            ways.push(format!(
                "{} {} to {}",
                number(one.decisions),
                group.from,
                group.to
            ));
        }
    }
    let lines = causes.into_iter().map(|(cause, (flips, alone, ways))| {
        let only = match alone {
            all if all == flips => "by it alone".to_owned(),
            some => format!("{} of them by it alone", number(some)),
        };
        let gone = match cause.side {
            Side::Candidate => "",
            Side::Live => "no longer: ",
        };
        PreviewLine {
            source: cause.source.clone(),
            reason: Some(cause.reason.clone()),
            flips,
            alone,
            text: format!("{gone}{}; {only}", ways.join(", ")),
        }
    });
    let mut lines: Vec<PreviewLine> = lines.collect();
    // Stable: by their names where as many.
    lines.sort_by_key(|line| std::cmp::Reverse(line.flips));
    lines
}
