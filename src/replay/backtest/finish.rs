//! From what was counted to what is told.

use std::collections::BTreeMap;

use super::counts::{CandidateCounts, Counts, Halves, PopulationCounts};
use super::flips::Flipped;
use super::headline::headline;
use super::report::{
    Backtest, Comparison, Drift, Flips, Flow, Live, NotDecidable, OutcomeRates, Population,
    RuleHits, Scores, WordCount,
};
use super::setup::{Candidate, Setup};
use super::spread::{Spread, Unit, moved, spread};
use super::total::Total;
use crate::features::{Feature, FeatureId, Type, table};
use crate::money::Currency;
use crate::portfolio::Undecidable;
use crate::portfolio::tally::{Counting, Tally};
use crate::replay::statistics::{Observed, Share, paired, stability};
use crate::rules::{Outcome, RuleSetKind};

/// What is told of all that was counted; flips are still to be explained: for each candidate those that
/// are.
pub(super) fn finish(setup: &Setup, counts: Counts) -> (Backtest, Vec<Vec<Flipped>>) {
    let mut flips = Vec::new();
    let candidates = setup.candidates.iter().zip(counts.candidates);
    let candidates = candidates.map(|(candidate, counts)| {
        let (comparison, flipped) = comparison(setup, candidate, counts);
        flips.push(flipped);
        comparison
    });
    let candidates = candidates.collect();
    let currency = setup.candidates.first();
    let currency = currency.map_or(Currency::USD, |one| one.named.bundle.currency());
    let mut population = counts.population;
    let drift = std::mem::take(&mut population.drift);
    let drift = setup.features.iter().zip(drift);
    let drift = drift.filter_map(|(feature, halves)| feature_drift(*feature, halves, currency));
    let report = Backtest {
        candidates,
        drift: drift.collect(),
        second_half_from: setup.second_half_from,
        population: population_of(population),
    };
    (report, flips)
}

fn population_of(counts: PopulationCounts) -> Population {
    let mut live: Vec<_> = counts.live.into_iter().collect();
    live.sort_by_key(|(_, counts)| counts.first);
    let live = live.into_iter().map(|(bundle, counts)| {
        let (tally, rule_set) = (counts.tally.finish(), counts.rule_set);
        Live {
            name: rule_set.name,
            version: rule_set.version,
            bundle,
            decisions: tally.decisions,
            outcomes: tally.outcomes.clone(),
            rules: hits(tally),
        }
    });
    Population {
        stopped_early: counts.stopped_early,
        selected: counts.selected,
        compared: counts.compared,
        period: counts.period,
        on_test_data: counts.on_test_data,
        from_columns: counts.from_columns,
        live: live.collect(),
        left_out: counts.left_out,
    }
}

fn hits(tally: Tally) -> Vec<RuleHits> {
    let of = tally.decisions;
    let rules = tally.rules.into_iter().map(|rule| {
        let (most_with, most_with_hits) = rule.most_with.unzip();
        RuleHits {
            rule: rule.rule,
            hits: Share::new(rule.hits, of),
            alone: rule.alone,
            most_with,
            most_with_hits: most_with_hits.unwrap_or(0),
        }
    });
    rules.collect()
}

fn comparison(
    setup: &Setup,
    candidate: &Candidate,
    counts: CandidateCounts,
) -> (Comparison, Vec<Flipped>) {
    let bundle = &candidate.named.bundle;
    let currency = bundle.currency();
    let decided: u64 = counts.flows.values().sum();
    let (groups, flipped) = counts.flips.finish();
    let flips: u64 = groups.iter().map(|group| group.decisions).sum();
    let offers = counts.offers.finish(currency);
    let is_any = |total: &Total| total.count > 0;
    let offers = (bundle.kind() == RuleSetKind::Credit || is_any(&offers.live)).then_some(offers);
    let not_decidable = not_decidable(counts.undecidable);
    let headline = headline(decided, (flips, &groups), offers.as_ref(), &not_decidable);
    let book = setup.book.as_ref();
    let comparison = Comparison {
        candidate: candidate.name.clone(),
        headline: format!("{} {headline}", candidate.name.given_as),
        decided,
        from_snapshots: counts.from_snapshots,
        not_decidable,
        outcomes: outcomes(&counts.flows, decided),
        flows: flows(&counts.flows),
        flips: Flips {
            total: flips,
            groups,
            listed: Vec::new(),
            not_listed: flips,
        },
        offers,
        scores: scores(counts.live_scores, counts.candidate_scores),
        rules: hits(Counting::finish(counts.rules)),
        adverse_impact: setup
            .segments
            .as_ref()
            .map(|segments| counts.segments.finish(segments)),
        performance: book.map(|book| counts.loans.finish(book, currency)),
    };
    (comparison, flipped)
}

fn not_decidable(counts: BTreeMap<Undecidable, u64>) -> NotDecidable {
    let mut told = NotDecidable::default();
    for (why, count) in counts {
        told.total = told.total.saturating_add(count);
        match why {
            Undecidable::Input(name) => {
                told.by_input.insert(name, count);
            }
            Undecidable::Currency => told.by_currency = count,
            Undecidable::Forecast => told.by_snapshots = count,
            Undecidable::Defect => told.by_defect = count,
        }
    }
    told
}

fn outcomes(flows: &BTreeMap<(Outcome, Outcome), u64>, decided: u64) -> Vec<OutcomeRates> {
    let rates = Outcome::ALL.map(|outcome| {
        let count = |holds: &dyn Fn(bool, bool) -> bool| -> u64 {
            let of = flows.iter();
            let of = of.filter(|((from, to), _)| holds(*from == outcome, *to == outcome));
            of.map(|(_, count)| count).sum()
        };
        OutcomeRates {
            outcome,
            live: Share::new(count(&|live, _| live), decided),
            candidate: Share::new(count(&|_, candidate| candidate), decided),
            paired: paired(
                count(&|live, candidate| live && !candidate),
                count(&|live, candidate| candidate && !live),
                decided,
            ),
        }
    });
    rates.into()
}

fn flows(flows: &BTreeMap<(Outcome, Outcome), u64>) -> Vec<Flow> {
    let all = Outcome::ALL.iter();
    let all = all.flat_map(|from| Outcome::ALL.iter().map(move |to| (*from, *to)));
    let told = all.map(|(from, to)| Flow {
        from,
        to,
        decisions: flows.get(&(from, to)).copied().unwrap_or(0),
    });
    told.collect()
}

fn scores(mut live: Observed, mut candidate: Observed) -> Option<Scores> {
    live.values.settle();
    candidate.values.settle();
    (live.count() > 0).then(|| Scores {
        live: spread(&live, Unit::Points),
        candidate: spread(&candidate, Unit::Points),
        psi: stability(&live, &candidate).map(|found| moved(found, Unit::Points)),
    })
}

fn feature_drift(feature: FeatureId, halves: Halves, currency: Currency) -> Option<Drift> {
    let row = table().get(feature.index())?;
    let unit = Unit::Of(row.ty, currency);
    let Halves {
        mut first,
        mut second,
    } = halves;
    first.values.settle();
    second.values.settle();
    let mut all = first.clone();
    all.merge(second.clone());
    let is_text = row.ty == Type::Text;
    let spread = match is_text {
        false => spread(&all, unit),
        true => Spread {
            count: all.values.count(),
            missing: all.missing,
            bin_width: 1,
            ..Spread::default()
        },
    };
    Some(Drift {
        feature: row.name.to_owned(),
        ty: row.ty,
        spread,
        words: words(row, &all),
        missing_first: Share::new(first.missing, first.count()),
        missing_second: Share::new(second.missing, second.count()),
        psi: stability(&first, &second)
            .filter(|_| !is_text)
            .map(|found| moved(found, unit)),
    })
}

/// How often a truth value or a text was what, in the order of the table.
fn words(row: &Feature, observed: &Observed) -> Vec<WordCount> {
    let known = match row.ty {
        Type::Bool => &["false", "true"],
        Type::Text => row.words.list(),
        Type::Money | Type::Count | Type::Days | Type::Ratio | Type::Percent | Type::Date => {
            return Vec::new();
        }
    };
    let bins = observed.values.bins();
    let words = bins.map(|(span, count)| {
        let word = usize::try_from(span.first).ok();
        let word = word.and_then(|at| known.get(at)).copied();
        WordCount {
            word: word.unwrap_or("other").to_owned(),
            count,
        }
    });
    words.collect()
}
