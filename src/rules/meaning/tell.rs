//! From what was found to what is told.

use std::collections::{BTreeMap, BTreeSet};

use super::applicant::{Chosen, Seen};
use super::changes::{ChangedRule, Changes};
use super::claim::{Claim, Decided, Finding, Named, Offered, Way, Witness};
use super::effect::Effect;
use super::exact::NamedPoint;
use super::search::{Pair, Search, Sought, Target};
use super::settings::{Knob, Setting};
use super::side::Side;
use crate::features::{self, Scope, Value};
use crate::rules::asked::AskedFor;
use crate::rules::basis::Basis;
use crate::rules::node::{SlotId, Source};
use crate::rules::program::Program;
use crate::rules::rule_set::RuleSet;

/// Points by the positions of settings.
pub(super) fn points(
    points: &[NamedPoint],
    settings: &[Setting],
) -> Vec<Vec<(usize, Result<Value, features::Missing>)>> {
    let place = |name: &str| settings.iter().position(|setting| setting.name == name);
    let placed = points.iter().map(|point| {
        let values = point.iter();
        let values = values.filter_map(|(name, value)| Some((place(name)?, value.clone())));
        values.collect()
    });
    placed.collect()
}

/// The settings on which a target rests.
pub(super) fn rests_on(
    sides: [&Side<'_>; 2],
    target: Target,
    changes: &Changes,
    settings: &[Setting],
) -> BTreeSet<usize> {
    let mut names = BTreeSet::new();
    for (of, side) in sides.into_iter().enumerate() {
        let program = side.program;
        let places: Vec<usize> = match target {
            Target::Rule(before, after) => {
                let at = if of == 0 { before } else { after };
                at.into_iter().collect()
            }
            Target::Outcome | Target::Offer => {
                let rules = changes.rules.iter();
                let own = rules.filter_map(|one| if of == 0 { one.before } else { one.after });
                own.collect()
            }
        };
        let rules = places.into_iter().filter_map(|at| program.rules.get(at));
        for rule in rules {
            add_names(program, &rule.basis, &mut names);
        }
        if !matches!(target, Target::Rule(..)) && !changes.same_end {
            let bases = program.bases();
            bases.for_each(|basis| add_names(program, basis, &mut names));
        }
    }
    let own = settings.iter().enumerate();
    let own = own.filter(|(_, setting)| is_of(setting, &names));
    own.map(|(at, _)| at).collect()
}

/// The names of the features and inputs that a part rests on.
fn add_names(program: &Program, basis: &Basis, names: &mut BTreeSet<String>) {
    names.extend(basis.features.iter().cloned());
    for slot in &basis.slots {
        let slot = program.rule_set().slots.get(*slot);
        names.extend(slot.map(|slot| slot.name.clone()));
    }
}

/// Whether one of the names is set by a setting.
fn is_of(setting: &Setting, names: &BTreeSet<String>) -> bool {
    let of_scope = |wanted: Scope| {
        let mut features = names.iter().filter_map(|name| features::find(name));
        features.any(|(_, feature)| feature.scope == wanted)
    };
    let asked = |asked: &[AskedFor]| asked.iter().any(|one| names.contains(one.name()));
    match &setting.knob {
        Knob::Feature(id, _) => {
            let feature = features::table().get(id.index());
            feature.is_some_and(|feature| names.contains(feature.name))
        }
        Knob::Subjects(scope) => of_scope(*scope),
        Knob::Input(_) => names.contains(&setting.name),
        Knob::Amount => asked(&[AskedFor::Amount]),
        Knob::TermDays => asked(&[AskedFor::TermDays, AskedFor::Payments]),
        Knob::Frequency => asked(&[AskedFor::Payments]),
        Knob::FirstPayment => asked(&[AskedFor::FirstPaymentDate, AskedFor::DaysToFirstPayment]),
        Knob::Forecast => names.iter().any(|name| name.contains('(')),
    }
}

/// What is said of what was looked for.
pub(super) fn claim(search: &Search<'_, '_>, changes: &Changes, sought: &Sought) -> Claim {
    Claim {
        stricter: witness(search, changes, sought, Way::Stricter),
        looser: witness(search, changes, sought, Way::Looser),
    }
}

fn witness(
    search: &Search<'_, '_>,
    changes: &Changes,
    sought: &Sought,
    way: Way,
) -> Finding<Box<Witness>> {
    let target = sought.target;
    let found = match way {
        Way::Stricter => &sought.stricter,
        Way::Looser => &sought.looser,
    };
    let chosen = match found {
        Finding::Never => return Finding::Never,
        Finding::NotFound => return Finding::NotFound,
        Finding::Found(chosen) => search.plainer(chosen.clone(), target, way),
    };
    let pair = search.decide(&chosen);
    // INVARIANT: it was decided so when it was found.
    let pair = pair.filter(|pair| pair.way(target) == Some(way));
    let (Some(pair), Some(made_up)) = (pair, search.applicant(&chosen)) else {
        return Finding::NotFound;
    };
    let effect = |seen: &Seen, at: Option<usize>| {
        let effect = at.and_then(|at| seen.effects.get(at));
        Some(effect.copied().unwrap_or(Effect::Nothing))
    };
    let (before, after) = match target {
        Target::Rule(before, after) => (effect(&pair.before, before), effect(&pair.after, after)),
        Target::Outcome | Target::Offer => (None, None),
    };
    Finding::Found(Box::new(Witness {
        applicant: applicant(search, changes, sought, (&chosen, &pair)),
        derived: derived(search, target, &pair),
        before: decided(&pair.before, before),
        after: decided(&pair.after, after),
        made_up,
    }))
}

fn decided(seen: &Seen, rule: Option<Effect>) -> Decided {
    Decided {
        outcome: seen.outcome,
        reasons: seen.reasons.clone(),
        rule,
        score: seen.score,
        offer: seen.offer.as_ref().map(|offer| Offered {
            amount: offer.amount,
            rate_percent: offer.rate_percent,
            apr_percent: offer.apr_percent,
        }),
    }
}

/// The values of an applicant.
fn applicant(
    search: &Search<'_, '_>,
    changes: &Changes,
    sought: &Sought,
    (chosen, pair): (&Chosen, &Pair),
) -> Vec<Named> {
    let own = match sought.target {
        Target::Rule(..) => sought.rests_on.clone(),
        Target::Outcome | Target::Offer => differing(search, changes, pair),
    };
    let settings = search.settings.iter().zip(chosen).zip(&search.usual);
    let settings = settings.enumerate();
    let named = settings.filter(|(_, ((setting, _), _))| is_there(search, setting, chosen));
    let named = named.map(|(at, ((setting, value), usual))| Named {
        name: setting.name.clone(),
        value: value.clone(),
        matters: own.contains(&at) || value != usual,
    });
    named.collect()
}

/// The settings that the rules rest on which do otherwise.
fn differing(search: &Search<'_, '_>, changes: &Changes, pair: &Pair) -> BTreeSet<usize> {
    let rules = changes.rules.iter().map(ChangedRule::target);
    let targets: Vec<Target> = rules.filter(|target| pair.way(*target).is_some()).collect();
    let own = search.sought.iter();
    let own = own.filter(|sought| targets.contains(&sought.target));
    own.flat_map(|sought| &sought.rests_on).copied().collect()
}

/// Whether a setting is of somebody who is looked at.
fn is_there(search: &Search<'_, '_>, setting: &Setting, chosen: &Chosen) -> bool {
    let Knob::Feature(id, at) = setting.knob else {
        return true;
    };
    let scope = features::table()
        .get(id.index())
        .map(|feature| feature.scope);
    let settings = search.settings.iter().zip(chosen);
    let mut counts = settings
        .filter(|(one, _)| matches!(&one.knob, Knob::Subjects(counted) if Some(*counted) == scope));
    match counts.next() {
        Some((_, Ok(Value::Count(count)))) => usize::try_from(*count).is_ok_and(|count| at < count),
        Some(_) | None => true,
    }
}

/// What a rule computes of an applicant.
fn derived(search: &Search<'_, '_>, target: Target, pair: &Pair) -> Vec<Named> {
    let Target::Rule(before, after) = target else {
        return Vec::new();
    };
    let (side, at, seen) = match (before, after) {
        (_, Some(after)) => (search.sides[1], after, &pair.after),
        (Some(before), None) => (search.sides[0], before, &pair.before),
        (None, None) => return Vec::new(),
    };
    let rule_set = side.program.rule_set();
    let Some(rule) = rule_set.rules.get(at) else {
        return Vec::new();
    };
    let mut direct: BTreeSet<SlotId> = BTreeSet::new();
    rule.nodes().for_each(|node| node.slots(&mut direct));
    let derived = direct.iter().filter_map(|slot| {
        let Source::Derive(index) = rule_set.slots.get(*slot)?.source else {
            return None;
        };
        Some(Named {
            name: format!("derive.{}", rule_set.derive.get(index)?.name),
            value: seen.derived.get(index)?.clone(),
            matters: true,
        })
    });
    derived.collect()
}

/// What is not looked at.
pub(super) fn notes(sides: [&Side<'_>; 2], settings: &[Setting]) -> Vec<String> {
    let [before, after] = sides.map(|side| side.program.rule_set());
    let takes = |rule_set: &RuleSet| {
        let inputs = rule_set.inputs().iter();
        let inputs = inputs.map(|input| (input.name.clone(), input.as_taken()));
        inputs.collect::<BTreeMap<_, _>>()
    };
    let asks = settings.iter().any(|one| one.knob == Knob::Forecast);
    let notes = [
        (
            before.lexicon() != after.lexicon(),
            "the `lexicon` is not the same: what it finds in bank data is not compared",
        ),
        (
            before.freshness() != after.freshness(),
            "`freshness` is not the same: that bank data is asked for anew, and what is missing where it \
             is too old, is not compared",
        ),
        (
            takes(before) != takes(after),
            "`inputs` are not the same: a request that one rule set refuses is not compared",
        ),
        (
            asks,
            "made-up applicants have one forecast for every question",
        ),
    ];
    let notes = notes.into_iter().filter(|(is_so, _)| *is_so);
    notes.map(|(_, note)| note.to_owned()).collect()
}
