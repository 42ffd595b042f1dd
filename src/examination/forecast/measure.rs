//! How good forecasts are: Brier scores against rivals that were fitted on other applicants, and
//! how often what was told likely happened.

use std::collections::BTreeMap;

use serde::Serialize;

use super::AMOUNTS;
use super::logistic::Logistic;
use crate::corpus::Random;
use crate::examination::tally::{Millionths, WHOLE, share};

/// Times that applicants are drawn anew for an interval.
const RESAMPLES: usize = 1_000;
/// Of so many figures in order, the ends of the middle 95 % are these.
const MIDDLE: (usize, usize) = (25, 974);
/// What intervals are drawn from: fixed, so that a report is the same each time.
const INTERVAL_SEED: u64 = 0x5EED;
/// The bands of likelihood begin here, in millionths.
const BANDS: [Millionths; 12] = [
    0, 10_000, 50_000, 100_000, 200_000, 300_000, 400_000, 500_000, 600_000, 700_000, 800_000,
    900_000,
];

/// The days ahead that are told apart.
const AHEAD: [(i64, i64); 4] = [(1, 3), (4, 7), (8, 14), (15, 30)];

/// A pull that was tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::examination) struct Tried {
    /// How many days after the last that was known.
    pub(super) ahead: i64,
    /// Which of the amounts.
    pub(super) rung: Option<usize>,
    /// How likely it was told to come back.
    pub(super) told: Option<Millionths>,
    /// Whether too little was there; `None` where nobody knows.
    pub(super) returned: Option<bool>,
    /// The share of the days before on which nothing was left.
    pub(super) negative: Millionths,
    /// The share of the days before on which less than the amount was left.
    pub(super) below: Millionths,
}

/// How good forecasts were.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ForecastReport {
    /// Applicants on whom pulls were tried.
    pub applicants: usize,
    /// The pulls.
    pub pulls: usize,
    /// The share of them for which too little was there.
    pub returned: Millionths,
    /// The mean square of what was told, less 1 for what came back: 0 is perfect.
    pub brier: Millionths,
    /// What else could be told.
    pub rivals: Vec<Rival>,
    /// Of what was told alike likely, how much came back.
    pub reliability: Vec<Likely>,
    /// By how many days ahead the pull was.
    pub ahead: Vec<GroupBrier>,
    /// By kind of case.
    pub strata: Vec<GroupBrier>,
}

/// Another forecast. All of them know the amount, and are fitted on other applicants than those
/// about whom they tell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Rival {
    /// What it goes by: `base_rate`, `days_negative`, `days_below`.
    pub name: &'static str,
    /// Its score.
    pub brier: Millionths,
    /// How much the forecast's score is lower than this, in millionths.
    pub better_by: i64,
    /// The lower end of the 95 % interval of that, by bootstrap over applicants.
    pub low: i64,
    /// The upper end.
    pub high: i64,
}

/// Pulls that were told alike likely to come back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Likely {
    /// From this likelihood on.
    pub from: Millionths,
    /// How many pulls.
    pub pulls: usize,
    /// What was told of them, on average.
    pub told: Option<Millionths>,
    /// The share that came back.
    pub returned: Option<Millionths>,
}

/// The scores of some pulls.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GroupBrier {
    /// The kind of case, or the days ahead: `8 to 14`.
    pub group: String,
    /// How many pulls.
    pub pulls: usize,
    /// The share of them that came back.
    pub returned: Millionths,
    /// What was told on average.
    pub told: Millionths,
    /// The score.
    pub brier: Millionths,
    /// Those of the rivals, by their names.
    pub rivals: Vec<RivalBrier>,
}

/// A rival's score.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RivalBrier {
    /// The rival.
    pub name: &'static str,
    /// Its score.
    pub brier: Millionths,
}

const RIVALS: [&str; 3] = ["base_rate", "days_negative", "days_below"];

/// A pull that is scored.
struct Scored<'a> {
    applicant: usize,
    stratum: &'a str,
    ahead: i64,
    rung: usize,
    returned: bool,
    told: Millionths,
    /// What the rivals go by.
    known: [Millionths; 3],
    rivals: [Millionths; 3],
}

impl Scored<'_> {
    fn error(&self, told: Millionths) -> u64 {
        let off = told.abs_diff(if self.returned { WHOLE } else { 0 });
        off.saturating_mul(off) / WHOLE
    }
}

/// Measures the pulls of applicants, each with its stratum; `None` where none can be scored.
pub(in crate::examination) fn measure(of: &[(String, Vec<Tried>)]) -> Option<ForecastReport> {
    let applicants = of.iter().filter(|(_, tried)| !tried.is_empty());
    let mut scored: Vec<Scored<'_>> = applicants
        .enumerate()
        .flat_map(|(applicant, (stratum, tried))| {
            tried.iter().filter_map(move |one| {
                Some(Scored {
                    applicant,
                    stratum,
                    ahead: one.ahead,
                    rung: one.rung?,
                    returned: one.returned?,
                    told: one.told?,
                    known: [0, one.negative, one.below],
                    rivals: [0; 3],
                })
            })
        })
        .collect();
    if scored.is_empty() {
        return None;
    }
    fit_rivals(&mut scored);
    let all: Vec<&Scored<'_>> = scored.iter().collect();
    let mut strata: BTreeMap<&str, Vec<&Scored<'_>>> = BTreeMap::new();
    for one in &scored {
        strata.entry(one.stratum).or_default().push(one);
    }
    Some(ForecastReport {
        applicants: scored.chunk_by(|a, b| a.applicant == b.applicant).count(),
        pulls: scored.len(),
        returned: returned(&all),
        brier: brier(&all, |one| one.told),
        rivals: rivals(&scored),
        reliability: reliability(&scored),
        ahead: by_days_ahead(&scored),
        strata: strata
            .into_iter()
            .map(|(name, own)| group(name.to_owned(), &own))
            .collect(),
    })
}

/// What each rival tells, fitted on the other half of the applicants, for each amount.
fn fit_rivals(scored: &mut [Scored<'_>]) {
    for half in 0..2 {
        for rung in 0..AMOUNTS.len() {
            for rival in 0..RIVALS.len() {
                let known = |one: &Scored<'_>| one.known.get(rival).copied().unwrap_or(0);
                let others: Vec<(Millionths, bool)> = scored
                    .iter()
                    .filter(|one| one.applicant % 2 != half && one.rung == rung)
                    .map(|one| (known(one), one.returned))
                    .collect();
                let fit = Logistic::fit(&others);
                for one in scored.iter_mut() {
                    let told = fit.told(known(one));
                    if one.applicant % 2 == half
                        && one.rung == rung
                        && let Some(cell) = one.rivals.get_mut(rival)
                    {
                        *cell = told;
                    }
                }
            }
        }
    }
}

fn count(of: usize) -> u64 {
    u64::try_from(of).unwrap_or(u64::MAX)
}

fn returned(of: &[&Scored<'_>]) -> Millionths {
    let back = of.iter().filter(|one| one.returned).count();
    share(count(back), count(of.len())).unwrap_or(0)
}

fn mean(of: impl Iterator<Item = u64>) -> Option<u64> {
    let (mut sum, mut number) = (0_u64, 0_u64);
    for one in of {
        sum = sum.saturating_add(one);
        number = number.saturating_add(1);
    }
    sum.checked_div(number)
}

fn brier(of: &[&Scored<'_>], told: impl Fn(&Scored<'_>) -> Millionths) -> Millionths {
    mean(of.iter().map(|one| one.error(told(one)))).unwrap_or(0)
}

fn of_rival(rival: usize) -> impl Fn(&Scored<'_>) -> Millionths {
    move |one| one.rivals.get(rival).copied().unwrap_or(0)
}

fn rivals(scored: &[Scored<'_>]) -> Vec<Rival> {
    let all: Vec<&Scored<'_>> = scored.iter().collect();
    let told = RIVALS.iter().enumerate().map(|(at, name)| {
        let rival = of_rival(at);
        // Pulls of one applicant hang together: applicants are drawn, not pulls.
        let sums: Vec<(i64, i64)> = scored
            .chunk_by(|a, b| a.applicant == b.applicant)
            .map(|own| {
                let better = own.iter().map(|one| {
                    one.error(rival(one)).cast_signed() - one.error(one.told).cast_signed()
                });
                (better.sum(), count(own.len()).cast_signed())
            })
            .collect();
        let (better_by, low, high) = interval(&sums);
        Rival {
            name,
            brier: brier(&all, &rival),
            better_by,
            low,
            high,
        }
    });
    told.collect()
}

/// The mean of sums over numbers, and its 95 % interval.
fn interval(sums: &[(i64, i64)]) -> (i64, i64, i64) {
    let mean = |drawn: &mut dyn Iterator<Item = &(i64, i64)>| {
        let (sum, of) = drawn.fold((0_i64, 0_i64), |(sum, of), (more, n)| (sum + more, of + n));
        sum.checked_div(of).unwrap_or(0)
    };
    let mut random = Random::new(INTERVAL_SEED, 2);
    let mut means: Vec<i64> = (0..RESAMPLES)
        .map(|_| mean(&mut (0..sums.len()).filter_map(|_| sums.get(random.below(sums.len())))))
        .collect();
    means.sort_unstable();
    let at = |place: usize| means.get(place).copied().unwrap_or(0);
    (mean(&mut sums.iter()), at(MIDDLE.0), at(MIDDLE.1))
}

fn reliability(scored: &[Scored<'_>]) -> Vec<Likely> {
    let ends = BANDS.iter().skip(1).copied().chain([Millionths::MAX]);
    let bands = BANDS.iter().copied().zip(ends).map(|(from, end)| {
        let own = scored.iter().filter(|one| (from..end).contains(&one.told));
        let own: Vec<&Scored<'_>> = own.collect();
        let back = own.iter().filter(|one| one.returned).count();
        Likely {
            from,
            pulls: own.len(),
            told: mean(own.iter().map(|one| one.told)),
            returned: share(count(back), count(own.len())),
        }
    });
    bands.collect()
}

fn by_days_ahead(scored: &[Scored<'_>]) -> Vec<GroupBrier> {
    let groups = AHEAD.iter().map(|(from, to)| {
        let own = scored
            .iter()
            .filter(|one| (*from..=*to).contains(&one.ahead));
        group(format!("{from} to {to}"), &own.collect::<Vec<_>>())
    });
    groups.collect()
}

fn group(name: String, own: &[&Scored<'_>]) -> GroupBrier {
    let rivals = RIVALS.iter().enumerate().map(|(at, name)| RivalBrier {
        name,
        brier: brier(own, of_rival(at)),
    });
    GroupBrier {
        group: name,
        pulls: own.len(),
        returned: returned(own),
        told: mean(own.iter().map(|one| one.told)).unwrap_or(0),
        brier: brier(own, |one| one.told),
        rivals: rivals.collect(),
    }
}
