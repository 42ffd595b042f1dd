//! Checks what applicants are told: that every value of a statement is there wherever its reason is
//! given.

use std::collections::BTreeSet;
use std::ops::Range;

use super::Checker;
use crate::rules::certain::{Reader, Sure};
use crate::rules::diagnostic::Code;
use crate::rules::evaluation::Action;
use crate::rules::file::{ReasonEntry, RuleFile};
use crate::rules::node::{SlotId, Source};
use crate::rules::rule_set::{
    Approve, BANK_DATA_NOT_READY, Computed, End, INFORMATION_MISSING, ReasonText, Rule, RuleSet,
};
use crate::rules::statement::{self, Part, Piece, Statement};
use crate::rules::toml_reader::Text;

/// One place that gives a reason: what is known there, and what to call it.
struct Given {
    known: Sure,
    /// What there is to tell beside values.
    instead: Instead,
    by: String,
}

/// What is done in place of what was asked for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Instead {
    Nothing,
    /// An offer of another amount or other terms.
    Offer,
    /// Debits on other days.
    Debits,
}

impl Checker<'_> {
    /// Reports the placeholders whose values may be missing.
    pub(super) fn told(&mut self, file: &RuleFile, rule_set: &RuleSet) {
        let of_interest = of_interest(rule_set);
        let reader = Reader::new(rule_set, &of_interest);
        for entry in &file.reasons {
            let index = self.reason_codes.get(&entry.code.value).copied();
            let reason = index.and_then(|index| Some((index, rule_set.reasons.get(index)?)));
            if let Some((index, reason)) = reason
                && (reason.statement.has_values() || reason.statement_missing.is_some())
            {
                let given = self.given(rule_set, &reader, index, reason);
                self.statement_of(entry, reason, &reader, &given);
            }
        }
    }

    /// Everything that gives a reason.
    fn given(
        &self,
        rule_set: &RuleSet,
        reader: &Reader<'_>,
        index: usize,
        reason: &ReasonText,
    ) -> Vec<Given> {
        // A rule that fires for the score gives the reasons of the score as well.
        let of_the_score = rule_set.rules.iter().filter(|rule| {
            let mut slots = BTreeSet::new();
            rule.nodes().for_each(|node| node.slots(&mut slots));
            let mut slots = slots.iter().filter_map(|slot| rule_set.slots.get(*slot));
            rule.action != Action::Flag
                && slots.any(|slot| slot.source == Source::Score || self.names.is_late(&slot.name))
        });
        let fires = of_the_score.map(|rule| fires(reader, rule));
        let scored = fires.fold(Sure::Never, Sure::or);
        given(rule_set, reader, (index, reason), scored)
    }

    fn statement_of(
        &mut self,
        entry: &ReasonEntry,
        reason: &ReasonText,
        reader: &Reader<'_>,
        given: &[Given],
    ) {
        let uncertain = |part: &Part| -> Option<String> {
            let lacks = |given: &&Given| match part {
                Part::Slot(slot, _) => !reader.certain(&given.known).contains(slot),
                Part::OfferAmount => given.instead != Instead::Offer,
                Part::RetryDate | Part::RetryPlan => given.instead != Instead::Debits,
                Part::Text(_) | Part::Constant(..) | Part::Missing | Part::MissingBecause => false,
            };
            given.iter().find(lacks).map(|given| given.by.clone())
        };
        let uncertain_in = |statement: &Statement, text: &Text| -> Vec<(Range<usize>, String)> {
            let parts = placeholders(text).into_iter().zip(statement.values());
            parts
                .filter_map(|(span, part)| Some((span, uncertain(part)?)))
                .collect()
        };
        let Some(text) = &entry.statement else {
            return;
        };
        let found = uncertain_in(&reason.statement, text);
        let Some((other, statement)) = entry
            .statement_missing
            .as_ref()
            .zip(reason.statement_missing.as_ref())
        else {
            for (span, by) in found {
                let name = self.report.source().get(span.clone()).unwrap_or_default();
                let message = format!("`{name}` may be missing where {by} gives this reason");
                let help = "add `statement_missing = \"…\"`: what is told where a value of \
                            `statement` is missing";
                self.report
                    .error_with(Code::MayBeMissing, &span, message, help.to_owned());
            }
            return;
        };
        // Of a rule that is wrong it is not known what it leaves open.
        if found.is_empty() && self.report.errors() == 0 {
            let message = "no value of `statement` can be missing where this reason is given";
            self.report.warning(
                Code::Unused,
                &other.span,
                message,
                "leave `statement_missing` out".to_owned(),
            );
        }
        for (span, by) in uncertain_in(statement, other) {
            let name = self.report.source().get(span.clone()).unwrap_or_default();
            let message = format!("`{name}` may be missing as well where {by} gives this reason");
            let help = "`statement_missing` has to do without it";
            self.report
                .error_with(Code::MayBeMissing, &span, message, help.to_owned());
        }
    }
}

/// The places of the placeholders in a text.
fn placeholders(text: &Text) -> Vec<Range<usize>> {
    let pieces = statement::cut(&text.value).unwrap_or_default();
    let spans = pieces.into_iter().filter_map(|piece| match piece {
        Piece::Name(_, span) => Some(text.at(&span)),
        Piece::Text(_) => None,
    });
    spans.collect()
}

/// The slots that statements read.
fn of_interest(rule_set: &RuleSet) -> BTreeSet<SlotId> {
    let statements = rule_set
        .reasons
        .iter()
        .flat_map(|reason| std::iter::once(&reason.statement).chain(&reason.statement_missing));
    let mut slots: BTreeSet<SlotId> = statements
        .flat_map(Statement::values)
        .filter_map(|part| match part {
            Part::Slot(slot, _) => Some(*slot),
            Part::Text(_)
            | Part::Constant(..)
            | Part::Missing
            | Part::MissingBecause
            | Part::OfferAmount
            | Part::RetryDate
            | Part::RetryPlan => None,
        })
        .collect();
    // What those that are derived are made of.
    for computed in rule_set.order.iter().rev() {
        if let Computed::Derive(index) = computed
            && let Some(derived) = rule_set.derive.get(*index)
            && slots.contains(&derived.slot)
        {
            derived.formula.node.slots(&mut slots);
        }
    }
    slots
}

/// Everything that gives a reason; `scored` where something does for the score.
fn given(
    rule_set: &RuleSet,
    reader: &Reader<'_>,
    (reason, text): (usize, &ReasonText),
    scored: Sure,
) -> Vec<Given> {
    let mut all = Vec::new();
    let mut add = |known: Sure, instead: Instead, by: String| {
        all.push(Given { known, instead, by });
    };
    for rule in rule_set.rules.iter().filter(|rule| rule.reason == reason) {
        add(
            fires(reader, rule),
            Instead::Nothing,
            format!("rule `{}`", rule.id),
        );
    }
    let end = at_the_end(rule_set, reader);
    let scored = end.clone().or(scored);
    let scorecard = rule_set.scorecard.iter();
    let characteristics = scorecard.flat_map(|scorecard| &scorecard.characteristics);
    for one in characteristics.filter(|one| one.reason == reason) {
        let loses = |(points, _): &(i64, String)| *points < one.most();
        let value = if one.missing.as_ref().is_some_and(loses) {
            Sure::nothing()
        } else {
            reader.with(&one.value.node)
        };
        let known = scored.clone().and(value);
        add(
            known,
            Instead::Nothing,
            format!("characteristic `{}`", one.name),
        );
    }
    match &rule_set.end {
        End::Offer(offer) => {
            let counters = offer.counter_reason == reason || offer.terms_reason == reason;
            let refers = offer.none_reason == reason;
            let affordability = offer.affordability_reason == Some(reason);
            if refers || affordability {
                let by = "the offer, where there is none,".to_owned();
                add(end.clone(), Instead::Nothing, by);
            }
            if counters || affordability {
                let payment = reader.with(&offer.affordable_payment.node);
                add(end.and(payment), Instead::Offer, "the offer".to_owned());
            }
        }
        End::Approve(approve) => all.extend(given_by_approval(approve, reader, reason, end)),
    }
    if matches!(
        text.code.as_str(),
        INFORMATION_MISSING | BANK_DATA_NOT_READY
    ) {
        all.push(Given {
            known: Sure::nothing(),
            instead: Instead::Nothing,
            by: "missing information".to_owned(),
        });
    }
    all
}

/// What gives a reason where the condition of approval does not hold: a retry, or that itself. At the
/// `end`, so much is known.
fn given_by_approval(
    approve: &Approve,
    reader: &Reader<'_>,
    reason: usize,
    end: Sure,
) -> Vec<Given> {
    let mut all = Vec::new();
    let mut known = end.and(reader.when(&approve.when.node, false));
    for retry in &approve.retries {
        if retry.reason == reason {
            let applies = reader.when(&retry.when.node, true);
            let days = std::iter::once(&retry.on).chain(&retry.every);
            let days = days.map(|formula| reader.with(&formula.node));
            all.push(Given {
                known: days.fold(known.clone().and(applies), Sure::and),
                instead: Instead::Debits,
                by: format!("retry `{}`", retry.id),
            });
        }
        known = known.and(reader.when(&retry.when.node, false));
    }
    if approve.refer_reason == reason {
        all.push(Given {
            known,
            instead: Instead::Nothing,
            by: "the condition of approval".to_owned(),
        });
    }
    all
}

/// What is known where no rule has decided: of every rule whose being unknown would have, that it
/// does not hold.
fn at_the_end(rule_set: &RuleSet, reader: &Reader<'_>) -> Sure {
    let decides = |rule: &&Rule| {
        matches!(rule.action, Action::Decline | Action::Refer) && rule.ignored.is_empty()
    };
    let rules = rule_set.rules.iter().filter(decides);
    let known = rules.map(|rule| {
        let excepted = rule.except.iter();
        let excepted = excepted.map(|except| reader.when(&except.node, true));
        excepted.fold(reader.when(&rule.when.node, false), Sure::or)
    });
    known.fold(Sure::nothing(), Sure::and)
}

/// What is known where a rule fires.
fn fires(reader: &Reader<'_>, rule: &Rule) -> Sure {
    let excepted = rule.except.iter();
    let excepted = excepted.map(|except| reader.when(&except.node, false));
    excepted.fold(reader.when(&rule.when.node, true), Sure::and)
}
