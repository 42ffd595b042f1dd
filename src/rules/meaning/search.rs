//! Looks for applicants whom two rule sets decide otherwise.
//!
//! It starts from one whom both approve, where one is found, and changes little: what is found differs
//! from a usual applicant in few values. The same rule sets are searched the same way every time.

use std::collections::{BTreeMap, BTreeSet};

use super::applicant::{Applicant, Chosen, Seen};
use super::axis;
use super::claim::{Finding, Way};
use super::effect::Effect;
use super::settings::Setting;
use super::side::Side;
use crate::features::{Missing, Type, Value, Whole};
use crate::rules::evaluation::{OfferTerms, Outcome};

/// How often all values are gone through to find an applicant whom both rule sets approve.
const ROUNDS_MAX: usize = 4;
/// Turns that are looked for along the values of one setting.
const TURNS_MAX: usize = 8;
/// So many times the largest value that is usual, or that a rule names, are looked at too.
const BEYOND: [i64; 3] = [4, 16, 64];
/// Of so many applicants that are drawn, one is looked at along one of its values.
const LINE_EVERY: usize = 32;
/// So many values of an applicant that is drawn are changed at most.
const CHANGES_MAX: usize = 5;
/// Of so many kinds of offers one applicant each is gone on from.
const KINDS_MAX: usize = 64;

/// How long applicants are made up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::rules) enum Until {
    /// Until all is known.
    Known,
    /// Until so many were decided as may be: those near where rules differ may contradict what is known, and
    /// nobody may.
    Spent,
}

/// What is looked at of two decisions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Target {
    /// A rule, by its positions in both.
    Rule(Option<usize>, Option<usize>),
    Outcome,
    /// The offer, where the outcome is the same.
    Offer,
}

/// The outcome and the tier by each of two rule sets.
type Kind = [(Outcome, String); 2];

/// What two rule sets decide of one applicant.
#[derive(Debug, Clone)]
pub(super) struct Pair {
    pub(super) before: Seen,
    pub(super) after: Seen,
}

impl Pair {
    /// What kind of an offer both make: applicants of one kind are much alike to what is looked for.
    fn kind(&self) -> Option<Kind> {
        let of = |seen: &Seen| {
            let offer = seen.offer.as_ref()?;
            Some((seen.outcome, offer.tier.clone()))
        };
        Some([of(&self.before)?, of(&self.after)?])
    }

    /// Which way the second decides otherwise.
    pub(super) fn way(&self, target: Target) -> Option<Way> {
        let effect = |seen: &Seen, at: Option<usize>| {
            let effect = at.and_then(|at| seen.effects.get(at));
            effect.copied().unwrap_or(Effect::Nothing)
        };
        match target {
            Target::Rule(before, after) => {
                way(&effect(&self.before, before), &effect(&self.after, after))
            }
            Target::Outcome => way(&self.before.outcome, &self.after.outcome),
            Target::Offer => {
                let offers = self.before.offer.as_ref().zip(self.after.offer.as_ref());
                let same = self.before.outcome == self.after.outcome;
                offers
                    .filter(|_| same)
                    .and_then(|(before, after)| way(&hardness(before), &hardness(after)))
            }
        }
    }

    /// How far it is from two approvals: the less, the nearer.
    fn hindrance(&self) -> (usize, usize, usize, usize, i64) {
        let both = [&self.before, &self.after];
        let rank = |seen: &Seen| match seen.outcome {
            Outcome::Approve => 0,
            Outcome::Counter => 1,
            Outcome::Refer => 2,
            Outcome::Decline => 3,
        };
        let count = |wanted: Effect| {
            let effects = both.iter().flat_map(|seen| &seen.effects);
            effects.filter(|effect| **effect == wanted).count()
        };
        let score = both.iter().filter_map(|seen| seen.score);
        let score = score.fold(0_i64, i64::saturating_sub);
        let rank = both.iter().map(|seen| rank(seen)).sum();
        let against = both.iter().map(|seen| seen.against).sum();
        let (declines, refers) = (count(Effect::Declines), count(Effect::Refers));
        (declines, rank, refers, against, score)
    }

    fn are_approved(&self) -> bool {
        let approves = |seen: &Seen| seen.outcome == Outcome::Approve;
        approves(&self.before) && approves(&self.after)
    }
}

fn way<T: Ord>(before: &T, after: &T) -> Option<Way> {
    match before.cmp(after) {
        std::cmp::Ordering::Less => Some(Way::Stricter),
        std::cmp::Ordering::Equal => None,
        std::cmp::Ordering::Greater => Some(Way::Looser),
    }
}

/// How hard an offer is on who takes it: less of an amount is harder; of one amount a higher APR, and of
/// one APR what comes to more in all.
fn hardness(offer: &OfferTerms) -> (i64, rust_decimal::Decimal, i64) {
    let amount = offer.amount.minor().saturating_neg();
    (amount, offer.apr_percent, offer.total_of_payments.minor())
}

/// What is looked for.
#[derive(Debug)]
pub(super) struct Sought {
    pub(super) target: Target,
    pub(super) stricter: Finding<Chosen>,
    pub(super) looser: Finding<Chosen>,
    /// The settings that it rests on.
    pub(super) rests_on: BTreeSet<usize>,
}

impl Sought {
    fn place(&mut self, way: Way) -> &mut Finding<Chosen> {
        match way {
            Way::Stricter => &mut self.stricter,
            Way::Looser => &mut self.looser,
        }
    }

    fn is_open(&self) -> bool {
        self.stricter.is_open() || self.looser.is_open()
    }
}

/// A search under way.
#[derive(Debug)]
pub(super) struct Search<'s, 'p> {
    pub(super) sides: [&'s Side<'p>; 2],
    pub(super) settings: &'s [Setting],
    pub(super) sought: Vec<Sought>,
    /// An applicant whom both approve, or one that is near.
    pub(super) usual: Chosen,
    /// The first applicant that was met of each kind of offer: from there, others are drawn too.
    of_kinds: BTreeMap<Kind, Chosen>,
    /// How many more may be decided.
    pub(super) left: usize,
    pub(super) tried: usize,
    until: Until,
    chance: Chance,
}

impl<'s, 'p> Search<'s, 'p> {
    pub(super) fn new(
        sides: [&'s Side<'p>; 2],
        settings: &'s [Setting],
        sought: Vec<Sought>,
        (most, until): (usize, Until),
    ) -> Self {
        let usual = settings
            .iter()
            .filter_map(|one| one.values.first().cloned());
        Self {
            sides,
            settings,
            sought,
            usual: usual.collect(),
            of_kinds: BTreeMap::new(),
            left: most,
            tried: 0,
            until,
            chance: Chance::new(),
        }
    }

    /// Decides an applicant by both, and notes what is found.
    pub(super) fn attempt(&mut self, chosen: &Chosen) -> Option<Pair> {
        self.left = self.left.checked_sub(1)?;
        let pair = self.decide(chosen)?;
        self.tried += 1;
        for sought in &mut self.sought {
            if let Some(way) = pair.way(sought.target) {
                let place = sought.place(way);
                debug_assert!(
                    !matches!(place, Finding::Never),
                    "{:?} is said to be never so",
                    (sought.target, way)
                );
                if place.is_open() {
                    *place = Finding::Found(chosen.clone());
                }
            }
        }
        if let Some(kind) = pair.kind().filter(|_| self.of_kinds.len() < KINDS_MAX) {
            self.of_kinds.entry(kind).or_insert_with(|| chosen.clone());
        }
        Some(pair)
    }

    /// Decides an applicant by both.
    pub(super) fn decide(&self, chosen: &Chosen) -> Option<Pair> {
        let applicant = self.applicant(chosen)?;
        let [before, after] = self.sides;
        Some(Pair {
            before: applicant.decided_by(before)?,
            after: applicant.decided_by(after)?,
        })
    }

    pub(super) fn applicant(&self, chosen: &Chosen) -> Option<Applicant> {
        let currency = self.sides[0].program.rule_set().currency();
        Applicant::of(self.settings, chosen, currency)
    }

    /// Whether no more is to be looked at.
    fn is_done(&self) -> bool {
        self.left == 0 || (self.until == Until::Known && !self.is_open())
    }

    fn is_open(&self) -> bool {
        self.sought.iter().any(Sought::is_open)
    }

    /// Finds an applicant whom both approve: of each value the one with which the least stands
    /// against it, over and over.
    fn find_usual(&mut self) {
        let Some(mut best) = self.attempt(&self.usual.clone()) else {
            return;
        };
        for _ in 0..ROUNDS_MAX {
            let before = best.hindrance();
            for at in 0..self.settings.len() {
                if best.are_approved() {
                    return;
                }
                self.improve(at, &mut best);
            }
            if best.hindrance() >= before {
                return;
            }
        }
    }

    fn improve(&mut self, at: usize, best: &mut Pair) {
        let values = self.settings.get(at).map(|one| one.values.as_slice());
        for value in values.unwrap_or_default() {
            let mut other = self.usual.clone();
            let Some(place) = other.get_mut(at) else {
                return;
            };
            if value.is_err() || place == value {
                continue;
            }
            place.clone_from(value);
            if let Some(pair) = self.attempt(&other)
                && pair.hindrance() < best.hindrance()
            {
                *best = pair;
                self.usual = other;
            }
        }
    }

    /// Those of the settings on which something rests that is still looked for.
    fn open_settings(&self) -> Vec<usize> {
        let open = self.sought.iter();
        let open = open.filter(|one| self.until == Until::Spent || one.is_open());
        let all: BTreeSet<usize> = open.flat_map(|one| one.rests_on.iter().copied()).collect();
        all.into_iter().collect()
    }

    /// Goes along the values of a setting, and to where something turns between two of them.
    fn line(&mut self, from: &Chosen, at: usize) {
        let Some(setting) = self.settings.get(at) else {
            return;
        };
        let wholes = setting
            .values
            .iter()
            .filter_map(|value| match Whole::of(value) {
                Whole::Is(whole) => Some(whole),
                Whole::No | Whole::Missing => None,
            });
        let mut wholes: BTreeSet<i64> = wholes.collect();
        let is_number = !matches!(setting.ty, Type::Bool | Type::Text);
        if let (true, Some(last)) = (is_number, wholes.last().copied()) {
            let beyond = BEYOND.map(|times| last.saturating_mul(times));
            let most = setting.most.unwrap_or(i64::MAX);
            wholes.extend(beyond.into_iter().filter(|at| *at <= most));
        }
        let mut turns = 0;
        let mut last: Option<(i64, Pair)> = None;
        for whole in wholes {
            let Some(pair) = self.attempt_at(from, at, whole) else {
                continue;
            };
            if let Some((low, before)) = last.take()
                && is_number
                && turns < TURNS_MAX
                && !self.are_alike(&before, &pair)
            {
                turns += 1;
                self.turn(from, at, (low, before), whole);
            }
            last = Some((whole, pair));
        }
    }

    /// Looks at both sides of where something turns.
    fn turn(&mut self, from: &Chosen, at: usize, (mut low, before): (i64, Pair), mut high: i64) {
        while high.saturating_sub(low) > 1 && !self.is_done() {
            let middle = low + (high - low) / 2;
            match self.attempt_at(from, at, middle) {
                Some(pair) if self.are_alike(&before, &pair) => low = middle,
                Some(_) => high = middle,
                None => return,
            }
        }
    }

    fn attempt_at(&mut self, from: &Chosen, at: usize, whole: i64) -> Option<Pair> {
        let setting = self.settings.get(at)?;
        let currency = self.sides[0].program.rule_set().currency();
        let mut chosen = from.clone();
        *chosen.get_mut(at)? = Ok(axis::value(whole, setting.ty, currency)?);
        self.attempt(&chosen)
    }

    /// Whether what is looked for came out the same, by each rule set for itself.
    fn are_alike(&self, one: &Pair, other: &Pair) -> bool {
        let same = |one: &Seen, other: &Seen, rule: &dyn Fn(Target) -> Option<usize>| {
            self.sought.iter().all(|sought| match sought.target {
                Target::Rule(..) => {
                    let effect = |seen: &Seen| {
                        let at = rule(sought.target)?;
                        seen.effects.get(at).copied()
                    };
                    effect(one) == effect(other)
                }
                Target::Outcome => one.outcome == other.outcome,
                Target::Offer => {
                    let terms = |seen: &Seen| seen.offer.as_ref().map(hardness);
                    terms(one) == terms(other)
                }
            })
        };
        let before = |target| match target {
            Target::Rule(before, _) => before,
            Target::Outcome | Target::Offer => None,
        };
        let after = |target| match target {
            Target::Rule(_, after) => after,
            Target::Outcome | Target::Offer => None,
        };
        same(&one.before, &other.before, &before) && same(&one.after, &other.after, &after)
    }

    /// Searches until all is found or as many were decided as may be. `points` are values for which
    /// rules differ, by the settings' positions.
    pub(super) fn search(&mut self, points: &[Vec<(usize, Result<Value, Missing>)>]) {
        if self.is_done() {
            return;
        }
        self.find_usual();
        for point in points {
            if self.is_done() {
                return;
            }
            let mut chosen = self.usual.clone();
            for (at, value) in point {
                if let Some(place) = chosen.get_mut(*at) {
                    place.clone_from(value);
                }
            }
            self.attempt(&chosen);
        }
        for at in self.open_settings() {
            if self.is_done() {
                return;
            }
            self.line(&self.usual.clone(), at);
        }
        self.at_random();
    }

    fn at_random(&mut self) {
        let mut round = 0_usize;
        while self.left > 0 && self.is_open() {
            let own = self.open_settings();
            let mut chosen = self.start();
            let changes = 1 + self.chance.below(CHANGES_MAX);
            for _ in 0..changes {
                let any = own.is_empty() || self.chance.below(4) == 0;
                let at = if any {
                    self.chance.below(self.settings.len())
                } else {
                    own.get(self.chance.below(own.len())).copied().unwrap_or(0)
                };
                let values = self.settings.get(at).map(|one| one.values.as_slice());
                let values = values.unwrap_or_default();
                let value = values.get(self.chance.below(values.len()));
                if let (Some(place), Some(value)) = (chosen.get_mut(at), value) {
                    place.clone_from(value);
                }
            }
            round += 1;
            if round.is_multiple_of(LINE_EVERY)
                && let Some(at) = own.get(self.chance.below(own.len()))
            {
                self.line(&chosen, *at);
            } else {
                self.attempt(&chosen);
            }
        }
    }

    /// The usual applicant, or one that gets another kind of offer.
    fn start(&mut self) -> Chosen {
        let at = self.chance.below(self.of_kinds.len().saturating_mul(2));
        let other = self.of_kinds.values().nth(at);
        other.unwrap_or(&self.usual).clone()
    }

    /// The same applicant with as many usual values as still prove it.
    pub(super) fn plainer(&self, mut chosen: Chosen, target: Target, wanted: Way) -> Chosen {
        for at in 0..chosen.len() {
            let mut other = chosen.clone();
            let (Some(place), Some(usual)) = (other.get_mut(at), self.usual.get(at)) else {
                continue;
            };
            if place == usual {
                continue;
            }
            place.clone_from(usual);
            let pair = self.decide(&other);
            if pair.is_some_and(|pair| pair.way(target) == Some(wanted)) {
                chosen = other;
            }
        }
        chosen
    }
}

/// Chance that is the same every time.
#[derive(Debug)]
struct Chance(Box<blake3::OutputReader>);

impl Chance {
    fn new() -> Self {
        Self(Box::new(blake3::Hasher::new().finalize_xof()))
    }

    /// A position of `0..count`; 0 where there is none.
    fn below(&mut self, count: usize) -> usize {
        let mut drawn = [0; 8];
        self.0.fill(&mut drawn);
        let count = u64::try_from(count).unwrap_or(u64::MAX).max(1);
        usize::try_from(u64::from_le_bytes(drawn) % count).unwrap_or(0)
    }
}
