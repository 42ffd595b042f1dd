//! What is told of a reason: its statement, the features it rests on, and what would have kept it
//! from applying. The same code tells principal reasons when they are given, and all others when
//! somebody reads.

use std::collections::BTreeSet;

use super::basis::Basis;
use super::compiled_approve::{CompiledApprove, CompiledRetry};
use super::counterfactual::{self, Again};
use super::evaluation::{BoundBy, Evaluation, GivenReason, Outcome, ReasonSource, Told};
use super::missing_search::missing_inputs;
use super::program::CompiledEnd;
use super::statement::Filling;
use super::values::Values;

/// Statement, and counterfactuals where there is who evaluates `again`. The values are changed on
/// the way and left as they were.
pub(super) fn told(
    values: &mut Values<'_>,
    evaluation: &Evaluation,
    given: &GivenReason,
    again: Option<Again>,
) -> Told {
    let statement = statement(values, evaluation, given);
    let counterfactuals = match again {
        Some(again) => counterfactual::find(values, evaluation, given, again),
        None => Vec::new(),
    };
    Told {
        statement,
        counterfactuals,
    }
}

fn statement(values: &Values<'_>, evaluation: &Evaluation, given: &GivenReason) -> String {
    let rule_set = values.program.rule_set();
    let Some(reason) = rule_set.reasons.get(given.reason) else {
        return String::new();
    };
    // A rule knows of what the rules before it lacked, and of no offer.
    let (before, offer) = match given.source {
        ReasonSource::Rule(rule) => (Some(rule), None),
        ReasonSource::Characteristic(_) | ReasonSource::Offer => (None, evaluation.offer.as_ref()),
        ReasonSource::Approve
        | ReasonSource::Retry(_)
        | ReasonSource::Missing
        | ReasonSource::BankData => (None, None),
    };
    let offer = offer.filter(|_| evaluation.outcome == Outcome::Counter);
    let filling = Filling {
        value: &|slot| values.get(slot),
        currency: rule_set.currency,
        missing: &|| missing_inputs(values, evaluation, before),
        offer: offer.map(|offer| offer.amount),
        plan: &evaluation.plan,
    };
    match &reason.statement_missing {
        Some(other) if !reason.statement.is_whole(&filling) => other.fill(&filling),
        Some(_) | None => reason.statement.fill(&filling),
    }
}

/// The features that a reason rests on, by name.
pub(super) fn features(
    values: &Values<'_>,
    evaluation: &Evaluation,
    given: &GivenReason,
) -> Vec<String> {
    let program = values.program;
    let of = |basis: &Basis| basis.features.clone();
    match (given.source, &program.end) {
        (ReasonSource::Rule(rule), _) => {
            let rule = program.rules.get(rule);
            rule.map(|rule| of(&rule.basis)).unwrap_or_default()
        }
        (ReasonSource::Characteristic(index), _) => {
            let characteristic = program.characteristics.get(index);
            characteristic.map(|one| of(&one.basis)).unwrap_or_default()
        }
        (ReasonSource::Approve, CompiledEnd::Approve(approve)) => of(&approve.when.1),
        (ReasonSource::Retry(index), CompiledEnd::Approve(approve)) => of_retry(approve, index),
        (ReasonSource::Offer, CompiledEnd::Offer(compiled)) => {
            let bound_by = evaluation
                .sought
                .as_ref()
                .and_then(|sought| sought.bound_by);
            match bound_by {
                Some(BoundBy::Affordability) => of(&compiled.affordable_payment.1),
                Some(BoundBy::Requested | BoundBy::Tier | BoundBy::Cap | BoundBy::Rule) | None => {
                    Vec::new()
                }
            }
        }
        (ReasonSource::Missing, _) => {
            let missing = missing_inputs(values, evaluation, None);
            missing.names().into_iter().collect()
        }
        (
            ReasonSource::Offer
            | ReasonSource::Approve
            | ReasonSource::Retry(_)
            | ReasonSource::BankData,
            _,
        ) => Vec::new(),
    }
}

/// Why the debit asked for is not made, and what those in its place rest on.
fn of_retry(approve: &CompiledApprove, index: usize) -> Vec<String> {
    let retry = approve.retries.get(index);
    let own = retry.into_iter().flat_map(CompiledRetry::bases);
    let bases = std::iter::once(&approve.when.1).chain(own);
    let names: BTreeSet<&String> = bases.flat_map(|basis| &basis.features).collect();
    names.into_iter().cloned().collect()
}
