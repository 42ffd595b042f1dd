//! What an examination found.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use serde::Serialize;

use super::forecast::{ForecastReport, Tried, measure};
use super::score::{Confidence, Score};
use super::tally::{Figure, METRICS, Millionths, Tally, figures, share};
use crate::corpus::Era;

/// What an examination found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// How many applicants were examined.
    pub applicants: usize,
    /// Figures: first of all, then of each era, then of each stratum, then of each stratum in each
    /// era.
    pub groups: Vec<Group>,
    /// The figures for which the student told nothing at all.
    pub not_produced: Vec<&'static str>,
    /// How often a cadence was answered so, by what it is; `not_found` where no stream was.
    pub cadences: BTreeMap<&'static str, BTreeMap<&'static str, u64>>,
    /// How well confidences hold what they promise.
    pub confidences: Vec<Band>,
    /// What was not scored, by why.
    pub excluded: BTreeMap<String, usize>,
    /// Applicants whose bank data could not be read, with why; they score as not answered.
    pub unread: BTreeMap<String, String>,
    /// How good forecasts were; null where the student forecasts nothing.
    pub forecast: Option<ForecastReport>,
    /// Those with most that was wrong.
    pub worst: Vec<WorstCase>,
}

/// Figures of some applicants.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Group {
    /// The stratum; `all` for all of them.
    pub stratum: String,
    /// The era, where only one is meant.
    pub era: Option<Era>,
    /// How many applicants.
    pub applicants: usize,
    /// By the names of [`METRICS`]; null where there was no case.
    pub figures: BTreeMap<&'static str, Option<Figure>>,
}

/// Streams of alike confidence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Band {
    /// From this confidence on, in thousandths.
    pub from: i64,
    /// How many streams.
    pub streams: usize,
    /// The share that is income.
    pub income: Option<Millionths>,
    /// The share whose cadence is right, of those where it is scored.
    pub cadence: Option<Millionths>,
}

/// An applicant about whom much was wrong.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct WorstCase {
    /// Who.
    pub applicant: String,
    /// The kind of case.
    pub stratum: String,
    /// How many figures are spoiled.
    pub figures: usize,
    /// How much was wrong.
    pub misses: usize,
    /// The first of it, with the rows.
    pub evidence: Vec<Evidence>,
}

impl std::fmt::Debug for WorstCase {
    /// Personal data never reaches a log.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "WorstCase({})", self.applicant)
    }
}

/// Something that was wrong, and the row where it is one.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Evidence {
    /// The figure that it spoils.
    pub metric: &'static str,
    /// The transaction.
    pub transaction: Option<String>,
    /// Its day.
    pub day: Option<NaiveDate>,
    /// Its amount in cents.
    pub amount: Option<i64>,
    /// The bank's text.
    pub description: Option<String>,
    /// What is true.
    pub truth: String,
    /// What was answered.
    pub answer: String,
}

/// One applicant, examined.
pub(super) struct Examined {
    pub(super) applicant: String,
    pub(super) stratum: String,
    pub(super) era: Option<Era>,
    pub(super) score: Score,
    /// The pulls that were tried.
    pub(super) forecast: Vec<Tried>,
    /// Why the bank data could not be read.
    pub(super) unread: Option<String>,
    pub(super) evidence: Vec<Evidence>,
}

/// The bands of confidence begin here, in thousandths: as the analysis calls them low, medium and
/// high, the last of them in two.
const BANDS: &[i64] = &[0, 550, 800, 900];
/// The seed of intervals: fixed, so that a report is the same each time.
const INTERVAL_SEED: u64 = 0x5EED;

/// A report in the making.
pub(super) struct Reporter {
    worst_kept: usize,
    tallies: Vec<(String, Option<Era>, Tally)>,
    forecasts: Vec<(String, Vec<Tried>)>,
    cadences: BTreeMap<&'static str, BTreeMap<&'static str, u64>>,
    confidences: Vec<Confidence>,
    excluded: BTreeMap<String, usize>,
    unread: BTreeMap<String, String>,
    worst: Vec<WorstCase>,
}

impl Reporter {
    pub(super) fn new(worst_kept: usize) -> Self {
        Self {
            worst_kept,
            tallies: Vec::new(),
            forecasts: Vec::new(),
            cadences: BTreeMap::new(),
            confidences: Vec::new(),
            excluded: BTreeMap::new(),
            unread: BTreeMap::new(),
            worst: Vec::new(),
        }
    }

    /// Takes up one applicant.
    pub(super) fn take(&mut self, one: Examined) {
        let score = one.score;
        for (truth, answer) in score.cadences {
            let answer = answer.map_or("not_found", crate::corpus::Cadence::as_str);
            let row = self.cadences.entry(truth.as_str()).or_default();
            *row.entry(answer).or_default() += 1;
        }
        self.confidences.extend(score.confidences);
        for (why, count) in score.excluded {
            *self.excluded.entry(why).or_default() += count;
        }
        if let Some(why) = one.unread {
            self.unread.insert(one.applicant.clone(), why);
        }
        let spoiled: BTreeSet<&str> = score.misses.iter().map(|miss| miss.metric).collect();
        if !spoiled.is_empty() {
            self.worst.push(WorstCase {
                applicant: one.applicant,
                stratum: one.stratum.clone(),
                figures: spoiled.len(),
                misses: score.misses.len(),
                evidence: one.evidence,
            });
            self.cut_worst(self.worst_kept.saturating_mul(2));
        }
        self.forecasts.push((one.stratum.clone(), one.forecast));
        self.tallies.push((one.stratum, one.era, score.tally));
    }

    /// Lets go of all but the worst, once there are more than so many.
    fn cut_worst(&mut self, most: usize) {
        if self.worst.len() > most {
            let badness = |one: &WorstCase| std::cmp::Reverse((one.figures, one.misses));
            let order = |one: &WorstCase| (badness(one), one.applicant.clone());
            self.worst.sort_by_key(order);
            self.worst.truncate(self.worst_kept);
        }
    }

    pub(super) fn finish(mut self) -> Report {
        self.cut_worst(0);
        let groups = self.groups();
        let not_produced = METRICS
            .iter()
            .map(|metric| metric.name)
            .filter(|name| {
                let all = groups.first().and_then(|all| all.figures.get(name));
                all.is_some_and(Option::is_none)
            })
            .collect();
        Report {
            applicants: self.tallies.len(),
            groups,
            not_produced,
            cadences: self.cadences,
            confidences: bands(&self.confidences),
            excluded: self.excluded,
            unread: self.unread,
            forecast: measure(&self.forecasts),
            worst: self.worst,
        }
    }

    fn groups(&self) -> Vec<Group> {
        let mut strata: Vec<&str> = Vec::new();
        for (stratum, _, _) in &self.tallies {
            if !strata.contains(&stratum.as_str()) {
                strata.push(stratum);
            }
        }
        let eras = [Era::Before, Era::Across, Era::After].map(Some);
        let mut groups: Vec<Group> = Vec::new();
        groups.extend(self.group(None, None));
        groups.extend(eras.iter().filter_map(|era| self.group(None, *era)));
        groups.extend(
            strata
                .iter()
                .filter_map(|name| self.group(Some(name), None)),
        );
        for name in &strata {
            groups.extend(eras.iter().filter_map(|era| self.group(Some(name), *era)));
        }
        groups
    }

    fn group(&self, stratum: Option<&str>, era: Option<Era>) -> Option<Group> {
        let of = self.tallies.iter().filter(|(name, own, _)| {
            stratum.is_none_or(|stratum| stratum == name) && (era.is_none() || era == *own)
        });
        let tallies: Vec<&Tally> = of.map(|(_, _, tally)| tally).collect();
        let found = figures(&tallies, INTERVAL_SEED);
        let names = METRICS.iter().map(|metric| metric.name);
        (!tallies.is_empty()).then(|| Group {
            stratum: stratum.unwrap_or("all").to_owned(),
            era,
            applicants: tallies.len(),
            figures: names.zip(found).collect(),
        })
    }
}

fn bands(confidences: &[Confidence]) -> Vec<Band> {
    let ends = BANDS.iter().skip(1).copied().chain([i64::MAX]);
    let bands = BANDS.iter().copied().zip(ends);
    bands
        .map(|(from, end)| {
            let within = |one: &&Confidence| (from..end).contains(&one.permille);
            let own: Vec<&Confidence> = confidences.iter().filter(within).collect();
            let count = |test: &dyn Fn(&Confidence) -> bool| {
                u64::try_from(own.iter().filter(|one| test(one)).count()).unwrap_or(u64::MAX)
            };
            let scored = count(&|one| one.cadence.is_some());
            Band {
                from,
                streams: own.len(),
                income: share(count(&|one| one.is_income), count(&|_| true)),
                cadence: share(count(&|one| one.cadence == Some(true)), scored),
            }
        })
        .collect()
}
