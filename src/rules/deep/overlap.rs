//! Rules that other rules make needless.

use std::collections::{BTreeMap, BTreeSet};

use super::found::shown;
use super::logic::{Alternative, alternatives, implies};
use super::read::Reader;
use crate::limits;
use crate::rules::advice::Advice;
use crate::rules::ast::Expr;
use crate::rules::diagnostic::{Code, Report};
use crate::rules::file::RuleEntry;

/// A rule with the sets of values in which it fires.
struct Firing<'f> {
    rule: &'f RuleEntry,
    when: Vec<Alternative>,
}

impl Firing<'_> {
    fn id(&self) -> String {
        shown(self.rule.id.as_ref().map_or("", |id| &id.value))
    }

    fn does(&self, action: &str) -> bool {
        self.rule
            .then
            .as_ref()
            .is_some_and(|then| then.value == action)
    }

    fn tells_the_same(&self, other: &Self) -> bool {
        let told = |one: &Self| {
            let (then, reason) = (one.rule.then.as_ref()?, one.rule.reason.as_ref()?);
            Some((then.value.clone(), reason.value.clone()))
        };
        told(self).is_some_and(|own| told(other) == Some(own))
    }
}

/// Looks at rules whose conditions have no finding of their own.
pub(super) fn look(reader: &Reader<'_>, report: &mut Report<'_>, rules: &[(&RuleEntry, &Expr)]) {
    let mut ids = BTreeSet::new();
    let firing: Vec<Firing<'_>> = rules
        .iter()
        .filter_map(|(rule, expr)| {
            let when = alternatives(reader, expr, true)?;
            // Of two rules of one id the second was reported.
            if !ids.insert(rule.id.as_ref().map(|id| &id.value)) {
                return None;
            }
            let varies = !when.is_empty() && !when.iter().any(Alternative::is_empty);
            varies.then_some(Firing { rule, when })
        })
        .collect();
    // A rule can only be implied by what names the values that it names.
    let mut by_value: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (index, one) in firing.iter().enumerate() {
        let first = one.when.first().into_iter().flat_map(BTreeMap::keys);
        for key in first {
            by_value.entry(key).or_default().push(index);
        }
    }
    let mut room = limits::RULE_PAIRS_MAX;
    let mut said = vec![false; firing.len()];
    for (at, wide) in firing.iter().enumerate() {
        for key in wide.when.iter().filter_map(|when| when.keys().next()) {
            for &other in by_value.get(key.as_str()).into_iter().flatten() {
                let Some(left) = room.checked_sub(1) else {
                    return;
                };
                room = left;
                let Some(narrow) = firing.get(other) else {
                    continue;
                };
                if let Some(place) = said.get_mut(other)
                    && !*place
                    && at != other
                {
                    *place = needless(report, narrow, wide, other > at);
                }
            }
        }
    }
}

/// Reports a rule that another makes needless.
fn needless(report: &mut Report<'_>, narrow: &Firing<'_>, wide: &Firing<'_>, later: bool) -> bool {
    let passes = |one: &Firing<'_>| one.rule.ignore_missing.is_some();
    if (passes(wide) && !passes(narrow)) || !implies(&narrow.when, &wide.when) {
        return false;
    }
    let Some(when) = narrow.rule.when.as_ref() else {
        return false;
    };
    let (id, other) = (narrow.id(), wide.id());
    let equal = passes(wide) == passes(narrow) && implies(&wide.when, &narrow.when);
    let (code, message, help) = if narrow.tells_the_same(wide) {
        if equal && !later {
            // Said of the later one.
            return false;
        }
        if equal {
            let message = format!("the rule `{id}` says the same as the rule `{other}`");
            (Code::DuplicateRule, message, "leave one of them out")
        } else {
            let message = format!(
                "the rule `{id}` adds nothing: wherever it holds, `{other}` holds and does the same"
            );
            (
                Code::SubsumedRule,
                message,
                "leave it out, or look at its threshold",
            )
        }
    } else if narrow.does("refer") && wide.does("decline") {
        let message =
            format!("the rule `{id}` never refers: wherever it holds, `{other}` declines");
        (
            Code::NoEffect,
            message,
            "look at the thresholds of both: a decline asks for more than a refer",
        )
    } else {
        return false;
    };
    let advice = Advice::words(help);
    let id = narrow.rule.id.as_ref();
    let own = id.and_then(|id| report.table_around(&id.span));
    // What never refers may have the wrong threshold, and be needed.
    let own = own.filter(|_| code != Code::NoEffect);
    let advice = advice.without(own, "the rule");
    report.warning(code, &when.span, message, advice);
    true
}
