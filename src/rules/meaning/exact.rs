//! What can be said of a change for every applicant, without looking at one.

use std::collections::{BTreeMap, BTreeSet};

use super::canon::Canon;
use super::cells::{self, Part, Point, Relation, Scale, What};
use super::claim::{Change, Finding};
use super::effect::Effect;
use super::search::{Sought, Target};
use super::shared::{Shared, Side};
use crate::features::{Missing, Value};
use crate::limits;
use crate::rules::evaluation::Action;
use crate::rules::program::{CompiledEnd, Program};
use crate::rules::rule_set::{End, Rule};

/// The values of a point, by name.
pub(super) type NamedPoint = Vec<(String, Result<Value, Missing>)>;

/// A rule that is not the same in both.
#[derive(Debug, Clone)]
pub(super) struct ChangedRule {
    pub(super) id: String,
    /// Its positions.
    pub(super) before: Option<usize>,
    pub(super) after: Option<usize>,
    /// Whether it means the same, though it is written otherwise.
    is_same: bool,
}

impl ChangedRule {
    pub(super) fn change(&self) -> Change {
        match (self.before, self.after) {
            (Some(_), Some(_)) => Change::Changed,
            (Some(_), None) => Change::Removed,
            (None, _) => Change::Added,
        }
    }

    /// Whether it is a flag wherever it is.
    pub(super) fn flags(&self, sides: [&Side<'_>; 2]) -> bool {
        let places = sides.into_iter().zip([self.before, self.after]);
        let rules = places.filter_map(|(side, at)| side.program.rules.get(at?));
        rules.into_iter().all(|rule| rule.action == Action::Flag)
    }
}

/// The rules that are not the same in two programs.
#[derive(Debug, Clone)]
pub(super) struct Changes {
    pub(super) rules: Vec<ChangedRule>,
    /// Whether what is done where no rule stops it means the same.
    pub(super) same_end: bool,
    /// The positions of rules of which the other program has none that means the same, under any id.
    own: [Vec<usize>; 2],
    /// Those that are the same in both, by their positions in both.
    common: Vec<(usize, usize)>,
}

impl Changes {
    pub(super) fn between(sides: [&Side<'_>; 2]) -> Self {
        let texts = sides.map(|side| rules(side.program, &side.canon));
        let [before, after] = sides.map(|side| side.program.rule_set().rules.as_slice());
        let mut changed = Vec::new();
        for (at, rule) in before.iter().enumerate() {
            let other = after.iter().position(|other| other.id == rule.id);
            let is_same = other.is_some_and(|other| texts[0].get(at) == texts[1].get(other));
            let other_rule = other.and_then(|other| after.get(other));
            if !is_same || other_rule.is_some_and(|other| !reads_alike(rule, other)) {
                changed.push(ChangedRule {
                    id: rule.id.clone(),
                    before: Some(at),
                    after: other,
                    is_same,
                });
            }
        }
        for (at, rule) in after.iter().enumerate() {
            if !before.iter().any(|other| other.id == rule.id) {
                changed.push(ChangedRule {
                    id: rule.id.clone(),
                    before: None,
                    after: Some(at),
                    is_same: false,
                });
            }
        }
        let mut left: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (at, text) in texts[0].iter().enumerate() {
            left.entry(text).or_default().push(at);
        }
        let (mut own, mut common) = (Vec::new(), Vec::new());
        for (at, text) in texts[1].iter().enumerate() {
            match left.get_mut(text.as_str()).and_then(Vec::pop) {
                Some(before) => common.push((before, at)),
                None => own.push(at),
            }
        }
        let mut gone: Vec<usize> = left.into_values().flatten().collect();
        gone.sort_unstable();
        let ends = sides.map(|side| side.canon.end());
        Self {
            rules: changed,
            same_end: ends[0] == ends[1],
            own: [gone, own],
            common,
        }
    }
}

fn rules(program: &Program, canon: &Canon<'_>) -> Vec<String> {
    let rules = program.rule_set().rules.iter().zip(&program.rules);
    rules
        .map(|(written, compiled)| canon.rule(written, compiled))
        .collect()
}

/// Whether two rules read alike, blanks aside. What they give as a reason is no part of that.
fn reads_alike(one: &Rule, other: &Rule) -> bool {
    let written = |rule: &Rule| {
        let formulas = std::iter::once(&rule.when).chain(&rule.except);
        let texts = formulas.map(|formula| formula.text.split_whitespace().collect::<String>());
        texts.collect::<Vec<_>>()
    };
    let causes = |rule: &Rule| {
        let ignored = rule.ignored.iter();
        let causes = ignored.map(|one| (one.name.clone(), one.cause));
        causes.collect::<BTreeSet<_>>()
    };
    (written(one), one.action, causes(one)) == (written(other), other.action, causes(other))
}

/// What is known of one thing: which ways it never goes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Known {
    never_stricter: bool,
    never_looser: bool,
}

impl Known {
    const EQUAL: Self = Self {
        never_stricter: true,
        never_looser: true,
    };
    const NOTHING: Self = Self {
        never_stricter: false,
        never_looser: false,
    };

    fn of(relation: &Relation) -> Self {
        Self {
            never_stricter: !relation.may_be_stricter,
            never_looser: !relation.may_be_looser,
        }
    }

    pub(super) fn sought(self, target: Target, rests_on: BTreeSet<usize>) -> Sought {
        let finding = |never| {
            if never {
                Finding::Never
            } else {
                Finding::NotFound
            }
        };
        Sought {
            target,
            stricter: finding(self.never_stricter),
            looser: finding(self.never_looser),
            rests_on,
        }
    }
}

/// What is known of everything.
#[derive(Debug)]
pub(super) struct Exactly {
    /// Of each changed rule.
    pub(super) rules: Vec<Known>,
    pub(super) outcome: Known,
    /// Of a rule set for credit.
    pub(super) offer: Option<Known>,
    /// Values for which rules differ.
    pub(super) points: Vec<NamedPoint>,
}

impl Exactly {
    pub(super) fn of(sides: [&Side<'_>; 2], changes: &Changes) -> Self {
        let mut points = Vec::new();
        let rules = changes.rules.iter();
        let rules: Vec<Known> = rules
            .map(|changed| of_rule(sides, changed, &mut points))
            .collect();
        let outcome = of_outcome(sides, changes, &rules, &mut points);
        let is_credit = matches!(sides[0].program.rule_set().end, End::Offer(_));
        let same_offer = changes.same_end && !changes_what_is_asked(sides, changes);
        let offer = if same_offer {
            Known::EQUAL
        } else {
            Known::NOTHING
        };
        Self {
            rules,
            outcome,
            offer: is_credit.then_some(offer),
            points,
        }
    }
}

fn of_rule(sides: [&Side<'_>; 2], changed: &ChangedRule, points: &mut Vec<NamedPoint>) -> Known {
    if changed.is_same {
        return Known::EQUAL;
    }
    let mut shared = Shared::default();
    let places = [changed.before, changed.after];
    let groups = places.map(|at| at.into_iter().collect::<Vec<usize>>());
    let [before, after] = [0, 1].map(|of| {
        let (side, own) = (sides.get(of), groups.get(of));
        let pair = side.zip(own);
        pair.map_or_else(Vec::new, |(side, own)| parts(&mut shared, side, own))
    });
    let relation = cells::compare(&shared, sides, [&before, &after], Scale::Effects);
    match relation {
        Some(relation) => {
            points.extend(named(&shared, &relation.points));
            Known::of(&relation)
        }
        None => Known {
            never_stricter: changed.after.is_none(),
            never_looser: changed.before.is_none(),
        },
    }
}

/// Rules over the axes that are shared.
fn parts(shared: &mut Shared, side: &Side<'_>, rules: &[usize]) -> Vec<Part> {
    let program = side.program;
    let mut parts = Vec::new();
    for at in rules {
        let rule = program.rules.get(*at);
        let Some((rule, written)) = rule.zip(program.rule_set().rules.get(*at)) else {
            continue;
        };
        let logic = shared.condition(side, &rule.when.logic);
        let read = shared.read_by(&logic);
        for ignored in &written.ignored {
            shared.tell_apart(&read, &ignored.name, ignored.cause);
        }
        let what = What::Rule(*at);
        parts.push(Part { what, logic });
    }
    parts
}

/// The condition of approval, where there is one.
fn approval(shared: &mut Shared, side: &Side<'_>) -> Option<Part> {
    let CompiledEnd::Approve(approve) = &side.program.end else {
        return None;
    };
    let otherwise = if approve.retries.is_empty() {
        Effect::Refers
    } else {
        Effect::Withholds
    };
    Some(Part {
        what: What::Approval(otherwise),
        logic: shared.condition(side, &approve.when.0.logic),
    })
}

/// Whether a changed rule rests on what is asked for: offers are looked at with such rules, and which
/// one is made may turn either way.
fn changes_what_is_asked(sides: [&Side<'_>; 2], changes: &Changes) -> bool {
    let mut own = sides.into_iter().zip(&changes.own);
    own.any(|(side, own)| {
        let on_asked = &side.program.rules_on_asked;
        own.iter().any(|at| on_asked.contains(at))
    })
}

/// Whether what stands behind the condition of approval, or the offer, means the same in both.
fn same_behind(sides: [&Side<'_>; 2], changes: &Changes) -> bool {
    match [&sides[0].program.end, &sides[1].program.end] {
        [CompiledEnd::Approve(before), CompiledEnd::Approve(after)] => {
            sides[0].canon.retries(before) == sides[1].canon.retries(after)
        }
        [CompiledEnd::Offer(_), CompiledEnd::Offer(_)] => {
            changes.same_end && !changes_what_is_asked(sides, changes)
        }
        [CompiledEnd::Approve(_), CompiledEnd::Offer(_)]
        | [CompiledEnd::Offer(_), CompiledEnd::Approve(_)] => false,
    }
}

/// Whether an application that no rule stops may be declined.
fn end_declines(side: &Side<'_>) -> bool {
    match &side.program.rule_set().end {
        End::Offer(offer) => offer.otherwise == Action::Decline,
        End::Approve(_) => false,
    }
}

fn of_outcome(
    sides: [&Side<'_>; 2],
    changes: &Changes,
    rules: &[Known],
    points: &mut Vec<NamedPoint>,
) -> Known {
    if !same_behind(sides, changes) {
        return Known::NOTHING;
    }
    let end_declines = sides.into_iter().any(end_declines);
    let mut shared = Shared::default();
    let [mut before, mut after] = [0, 1].map(|of| {
        let pair = sides.get(of).zip(changes.own.get(of));
        pair.map_or_else(Vec::new, |(side, own)| {
            let mut parts = parts(&mut shared, side, &stopping(side, own));
            if !changes.same_end {
                parts.extend(approval(&mut shared, side));
            }
            parts
        })
    });
    if before.is_empty() && after.is_empty() {
        return Known::EQUAL;
    }
    let alone = (shared.clone(), before.clone(), after.clone());
    add_common(&mut shared, sides, changes, (&mut before, &mut after));
    let scale = Scale::Outcome { end_declines };
    let compared = [(shared, before, after), alone].into_iter();
    let found = compared
        .filter_map(|(shared, before, after)| {
            let relation = cells::compare(&shared, sides, [&before, &after], scale)?;
            Some((named(&shared, &relation.points), relation))
        })
        .next();
    if let Some((named, relation)) = found {
        points.extend(named);
        return Known::of(&relation);
    }
    // Where each rule goes one way only, so do all of them.
    let each = changes.rules.iter().zip(rules);
    if end_declines || !changes.same_end {
        return Known::NOTHING;
    }
    let each: Vec<&Known> = each.map(|(_, known)| known).collect();
    Known {
        never_stricter: each.iter().all(|known| known.never_stricter),
        never_looser: each.iter().all(|known| known.never_looser),
    }
}

/// Those of some rules that do more than to flag.
fn stopping(side: &Side<'_>, rules: &[usize]) -> Vec<usize> {
    let stops = |at: &usize| {
        let rule = side.program.rules.get(*at);
        rule.is_some_and(|rule| rule.action != Action::Flag)
    };
    rules.iter().copied().filter(stops).collect()
}

/// Adds rules of both programs that look at nothing else: they may hide what differs.
fn add_common(
    shared: &mut Shared,
    sides: [&Side<'_>; 2],
    changes: &Changes,
    (before, after): (&mut Vec<Part>, &mut Vec<Part>),
) {
    let stops = |(_, at): &&(usize, usize)| {
        let rule_set = sides[1].program.rule_set();
        let rule = rule_set.rules.get(*at);
        rule.is_some_and(|rule| rule.action != Action::Flag && rule.ignored.is_empty())
    };
    let common = changes.common.iter().filter(stops);
    for (first, second) in common.take(limits::MEANING_COMMON_MAX) {
        let mut wider = shared.clone();
        let own = parts(&mut wider, sides[0], &[*first]);
        let other = parts(&mut wider, sides[1], &[*second]);
        if wider.axes.len() == shared.axes.len() {
            *shared = wider;
            before.extend(own);
            after.extend(other);
        }
    }
}

/// Points by the names of their values.
fn named(shared: &Shared, points: &[Point]) -> Vec<NamedPoint> {
    let named = points.iter().map(|point| {
        let values = point.iter().filter_map(|(axis, value)| {
            let axis = shared.axes.get(*axis)?;
            Some((axis.name.clone(), value.clone()))
        });
        values.collect()
    });
    named.collect()
}
