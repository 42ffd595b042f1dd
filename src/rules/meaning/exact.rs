//! What can be said of a change for every applicant, without looking at one.

use std::collections::BTreeSet;

use super::cells::{self, Part, Point, Relation, Scale, What};
use super::changes::{ChangedRule, Changes};
use super::claim::Finding;
use super::effect::Effect;
use super::search::{Sought, Target};
use super::shared::Shared;
use super::side::Side;
use crate::features::{Missing, Value};
use crate::limits;
use crate::rules::evaluation::Action;
use crate::rules::program::CompiledEnd;
use crate::rules::rule_set::End;

/// The values of a point, by name.
pub(super) type NamedPoint = Vec<(String, Result<Value, Missing>)>;

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
