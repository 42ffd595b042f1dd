//! What is counted of decisions, one at a time. What is counted apart can be put together: it does not
//! matter how decisions were divided, nor in which order they came.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::flips::FlipCounts;
use super::loans::{LoanCounts, SideOf};
use super::names::Named;
use super::offers::OfferCounts;
use super::report::{DamagedRecord, LeftOut};
use super::segments::SegmentCounts;
use super::setup::Setup;
use crate::decision::{RuleSetPin, SEMANTICS};
use crate::features::{self, FeatureId, Features, Missing, Value, Whole};
use crate::portfolio::tally::{Counting, fired};
use crate::portfolio::{PastDecision, Undecidable};
use crate::replay::StoppedEarly;
use crate::replay::statistics::Observed;
use crate::rules::{BundleHash, Conclusion, Defect, Outcome, Verdict};

/// All that is counted.
#[derive(Debug)]
pub(super) struct Counts {
    pub(super) population: PopulationCounts,
    /// By the positions of the candidates.
    pub(super) candidates: Vec<CandidateCounts>,
}

/// What is counted of the decisions themselves.
#[derive(Debug, Default)]
pub(super) struct PopulationCounts {
    pub(super) selected: u64,
    pub(super) compared: u64,
    pub(super) on_test_data: u64,
    pub(super) from_columns: bool,
    pub(super) stopped_early: Option<StoppedEarly>,
    pub(super) period: Option<(DateTime<Utc>, DateTime<Utc>)>,
    pub(super) left_out: LeftOut,
    /// What each version that decided came to, by its bundle.
    pub(super) live: BTreeMap<BundleHash, LiveCounts>,
    /// By the positions of the features that are looked at.
    pub(super) drift: Vec<Halves>,
}

/// What is counted of a version that decided.
#[derive(Debug)]
pub(super) struct LiveCounts {
    /// The position of the first of its decisions in the chain.
    pub(super) first: u64,
    pub(super) rule_set: RuleSetPin,
    pub(super) tally: Counting,
}

/// What was seen of a feature in the two halves of the period.
#[derive(Debug, Default)]
pub(super) struct Halves {
    pub(super) first: Observed,
    pub(super) second: Observed,
}

/// What is counted of a candidate.
#[derive(Debug)]
pub(super) struct CandidateCounts {
    pub(super) flows: BTreeMap<(Outcome, Outcome), u64>,
    pub(super) from_snapshots: u64,
    pub(super) undecidable: BTreeMap<Undecidable, u64>,
    pub(super) flips: FlipCounts,
    pub(super) offers: OfferCounts,
    pub(super) live_scores: Observed,
    pub(super) candidate_scores: Observed,
    pub(super) rules: Counting,
    pub(super) loans: LoanCounts,
    pub(super) segments: SegmentCounts,
}

/// What a candidate came to, and from what.
#[derive(Debug)]
pub(super) struct Judged {
    pub(super) decided: Result<Conclusion, Undecidable>,
    /// Whether it was decided from the recorded bank data.
    pub(super) from_snapshots: bool,
}

impl Counts {
    /// Nothing yet.
    pub(super) fn new(setup: &Setup) -> Self {
        let candidates = setup.candidates.iter();
        let candidates = candidates.map(|candidate| CandidateCounts {
            flows: BTreeMap::new(),
            from_snapshots: 0,
            undecidable: BTreeMap::new(),
            flips: FlipCounts::default(),
            offers: OfferCounts::default(),
            live_scores: Observed::default(),
            candidate_scores: Observed::default(),
            rules: Counting::of_bundle(&candidate.named.bundle),
            loans: LoanCounts::default(),
            segments: SegmentCounts::default(),
        });
        let drift = setup.features.iter().map(|_| Halves::default());
        Self {
            candidates: candidates.collect(),
            population: PopulationCounts {
                drift: drift.collect(),
                ..PopulationCounts::default()
            },
        }
    }

    /// Counts a decision that is compared.
    pub(super) fn add(&mut self, setup: &Setup, past: &PastDecision, live: &Named) {
        let population = &mut self.population;
        one_more(&mut population.compared);
        if past.test_data {
            one_more(&mut population.on_test_data);
        }
        let at = past.recorded_at;
        population.period = Some(widened(population.period, (at, at)));
        let known = population.live.entry(past.rule_set.bundle);
        let known = known.or_insert_with(|| LiveCounts {
            first: past.seq,
            rule_set: past.rule_set.clone(),
            tally: Counting::of_bundle(&live.bundle),
        });
        known.first = known.first.min(past.seq);
        let fired = fired(&past.decided.reasons);
        known.tally.add_at(at, past.decided.outcome, &fired);
        let is_second = setup.second_half_from.is_some_and(|from| at >= from);
        for (feature, halves) in setup.features.iter().zip(&mut population.drift) {
            let half = match is_second {
                true => &mut halves.second,
                false => &mut halves.first,
            };
            observe(half, &past.features, *feature);
        }
    }

    /// Counts what a candidate, by its position, came to.
    pub(super) fn judge(
        &mut self,
        setup: &Setup,
        (past, live): (&PastDecision, &Named),
        (at, judged): (usize, &Judged),
    ) {
        let counts = self.candidates.get_mut(at);
        if let (Some(counts), Some(candidate)) = (counts, setup.candidates.get(at)) {
            counts.add(setup, (past, live), (&candidate.named, judged));
        }
    }

    /// Counts all that another one did.
    pub(super) fn merge(&mut self, other: Self) {
        self.population.merge(other.population);
        for (mine, more) in self.candidates.iter_mut().zip(other.candidates) {
            mine.merge(more);
        }
    }
}

impl PopulationCounts {
    /// Whether a decision is compared, by what a selection says of it, whether it settles a referral, and
    /// its semantics. What is meant and left out is counted.
    pub(super) fn takes(
        &mut self,
        taken: Result<Verdict, Defect>,
        (resolves, semantics): (bool, u32),
        name: impl FnOnce() -> String,
    ) -> bool {
        if taken == Ok(Verdict::True) {
            one_more(&mut self.selected);
        }
        let left_out = &mut self.left_out;
        let count = match taken {
            Ok(Verdict::False) => return false,
            Ok(Verdict::Unknown) => &mut left_out.selection_unknown,
            Ok(Verdict::True) if resolves => &mut left_out.resolutions,
            Ok(Verdict::True) if semantics != SEMANTICS => {
                left_out.other_semantics.entry(semantics).or_default()
            }
            Ok(Verdict::True) => return true,
            Err(_) => {
                let problem = "the condition could not be evaluated: a defect of the engine";
                self.damaged(name(), problem.to_owned());
                return false;
            }
        };
        one_more(count);
        false
    }

    /// Leaves out a record that is not what was written.
    pub(super) fn damaged(&mut self, record: String, problem: String) {
        self.left_out.damaged(DamagedRecord { record, problem });
    }

    fn merge(&mut self, other: Self) {
        self.selected = self.selected.saturating_add(other.selected);
        self.compared = self.compared.saturating_add(other.compared);
        self.on_test_data = self.on_test_data.saturating_add(other.on_test_data);
        if let Some(period) = other.period {
            self.period = Some(widened(self.period, period));
        }
        for (bundle, more) in other.live {
            match self.live.get_mut(&bundle) {
                Some(known) => {
                    known.first = known.first.min(more.first);
                    known.tally.merge(more.tally);
                }
                None => {
                    self.live.insert(bundle, more);
                }
            }
        }
        for (mine, more) in self.drift.iter_mut().zip(other.drift) {
            mine.first.merge(more.first);
            mine.second.merge(more.second);
        }
        self.left_out.merge(other.left_out);
    }
}

impl CandidateCounts {
    fn add(
        &mut self,
        setup: &Setup,
        (past, live): (&PastDecision, &Named),
        (candidate, judged): (&Named, &Judged),
    ) {
        let decided = match &judged.decided {
            Ok(decided) => decided,
            Err(why) => {
                one_more(self.undecidable.entry(why.clone()).or_default());
                return;
            }
        };
        let (from, to) = (past.decided.outcome, decided.outcome);
        one_more(self.flows.entry((from, to)).or_default());
        if judged.from_snapshots {
            one_more(&mut self.from_snapshots);
        }
        if from != to {
            let to = (candidate, decided);
            self.flips.add(past, live, to, judged.from_snapshots);
        }
        let offers = (past.decided.offer.as_ref(), decided.offer.as_ref());
        self.offers.add(offers.0, offers.1, from == to);
        if let (Some(before), Some(after)) = (past.decided.score, decided.score) {
            observe_score(&mut self.live_scores, before.ok());
            observe_score(&mut self.candidate_scores, after.ok());
        }
        self.rules
            .add_at(past.recorded_at, to, &fired(&decided.reasons));
        if let Some(book) = &setup.book {
            let (live, candidate) = (side(live, &past.decided), side(candidate, decided));
            self.loans.add(book.loan(&past.id), live, candidate);
        }
        if let Some(segments) = &setup.segments {
            let segment = segments.of(&past.application);
            self.segments.add(segment, approves(from), approves(to));
        }
    }

    fn merge(&mut self, other: Self) {
        for (flow, count) in other.flows {
            let known = self.flows.entry(flow).or_default();
            *known = known.saturating_add(count);
        }
        self.from_snapshots = self.from_snapshots.saturating_add(other.from_snapshots);
        for (why, count) in other.undecidable {
            let known = self.undecidable.entry(why).or_default();
            *known = known.saturating_add(count);
        }
        self.flips.merge(other.flips);
        self.offers.merge(other.offers);
        self.live_scores.merge(other.live_scores);
        self.candidate_scores.merge(other.candidate_scores);
        self.rules.merge(other.rules);
        self.loans.merge(other.loans);
        self.segments.merge(other.segments);
    }
}

/// What loans are counted by.
fn side<'a>(named: &'a Named, decided: &Conclusion) -> SideOf<'a> {
    SideOf {
        approves: approves(decided.outcome),
        tier: named.tier(decided.tier),
        amount: decided.offer.as_ref().map(|offer| offer.amount),
        score: decided.score.and_then(Result::ok),
    }
}

/// Whether an outcome lends: as asked for, or another offer.
pub(super) fn approves(outcome: Outcome) -> bool {
    match outcome {
        Outcome::Approve | Outcome::Counter => true,
        Outcome::Refer | Outcome::Decline => false,
    }
}

fn observe(observed: &mut Observed, features: &Features, feature: FeatureId) {
    for slot in features.slots(feature) {
        match Whole::of(&slot.value) {
            Whole::Is(whole) => observed.values.add(whole),
            Whole::No => word(feature, &slot.value)
                .into_iter()
                .for_each(|word| observed.values.add(word)),
            Whole::Missing => one_more(&mut observed.missing),
        }
    }
}

/// The place of a text among the words of its feature, the one after the last for all others; `None` of a
/// value that is not counted by.
fn word(feature: FeatureId, value: &Result<Value, Missing>) -> Option<i64> {
    let words = features::table().get(feature.index())?.words.list();
    let Ok(Value::Text(text)) = value else {
        return None;
    };
    let known = words.iter().position(|word| word == text);
    i64::try_from(known.unwrap_or(words.len())).ok()
}

fn observe_score(observed: &mut Observed, score: Option<i64>) {
    match score {
        Some(score) => observed.values.add(score),
        None => one_more(&mut observed.missing),
    }
}

fn widened(
    known: Option<(DateTime<Utc>, DateTime<Utc>)>,
    (first, last): (DateTime<Utc>, DateTime<Utc>),
) -> (DateTime<Utc>, DateTime<Utc>) {
    let (known_first, known_last) = known.unwrap_or((first, last));
    (first.min(known_first), last.max(known_last))
}

fn one_more(count: &mut u64) {
    *count = count.saturating_add(1);
}
