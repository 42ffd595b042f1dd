//! Runs a program over the features of one application.

mod end;

use std::collections::BTreeSet;

use rust_decimal::prelude::ToPrimitive;

use super::counterfactual;
use super::evaluation::{
    Action, Counterfactual, Evaluation, Fired, Outcome, Readiness, Score, Verdict,
};
use super::interpret::{self, Env};
use super::missing_inputs::{MissingInputs, Search};
use super::node::{Node, SlotId, Source};
use super::program::{Basis, Program};
use super::rule_set::{DeclaredInput, RuleSet};
use super::scalar::{Known, Scalar};
use super::score;
use super::statement::{Filling, recorded};
use super::trace::{NoTrace, Sink};
use crate::application::{Application, Input};
use crate::features::{Features, Missing, Type};
use crate::money::Money;

/// Evaluates a rule set.
///
/// A decline rule that holds decides, whatever is missing elsewhere. Otherwise a refer rule that
/// holds, or a rule, score or offer that cannot be known, sends the application to a person.
/// Otherwise the offer (for credit) or the condition of approval decides.
///
/// Where the bank data is not ready, the application goes to a person whatever else holds: on half
/// of the data neither an approval nor a decline is safe. The rules and the score are computed and
/// recorded all the same.
pub fn evaluate<'a, S: Sink<'a>>(
    program: &'a Program,
    features: &'a Features,
    application: &'a Application,
    readiness: Readiness,
    sink: &mut S,
) -> Evaluation {
    let mut run = Run::new(program, features, application);
    run.rules(sink);
    run.score();
    let (outcome, offer) = match readiness {
        Readiness::Ready => run.end(),
        Readiness::NotReady => (run.not_ready(), None),
    };
    let currency = run.rule_set.currency;
    let derived = run.rule_set.derive.iter().map(|derived| {
        let known = run.known(derived.slot);
        (derived.name.clone(), recorded(&known, currency))
    });
    Evaluation {
        outcome,
        derived: derived.collect(),
        fired: in_order(run.given, outcome, readiness),
        score: run.score,
        offer,
        trace: sink.finish(program),
    }
}

/// Reasons, those that made the outcome first, then by rank, then in the order given.
fn in_order(mut given: Vec<Given>, outcome: Outcome, readiness: Readiness) -> Vec<Fired> {
    let own = |given: &Given| match (readiness, outcome) {
        (Readiness::NotReady, _) => given.role == GivenFor::NotReady,
        (Readiness::Ready, Outcome::Decline) => given.fired.action == Action::Decline,
        (Readiness::Ready, Outcome::Refer) => given.fired.action == Action::Refer,
        (Readiness::Ready, Outcome::Counter) => given.role == GivenFor::Counter,
        (Readiness::Ready, Outcome::Approve) => false,
    };
    given.sort_by_key(|given| (!own(given), given.rank));
    let mut told = BTreeSet::new();
    given
        .into_iter()
        .map(|mut given| {
            // The same reason from two rules is told once.
            given.fired.decisive = own(&given) && told.insert(given.fired.reason.clone());
            given.fired
        })
        .collect()
}

/// A reason with what orders it.
struct Given {
    fired: Fired,
    role: GivenFor,
    rank: i64,
}

/// What a reason is given for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum GivenFor {
    /// Whatever its action does.
    Action,
    /// Why less is offered than was asked for.
    Counter,
    /// Why nothing is decided: the bank data is not ready.
    NotReady,
}

/// One evaluation under way.
struct Run<'a> {
    program: &'a Program,
    rule_set: &'a RuleSet,
    features: &'a Features,
    application: &'a Application,
    slots: Vec<Known<'a>>,
    given: Vec<Given>,
    /// What is missing and mattered.
    missing: MissingInputs,
    score: Option<Score>,
}

impl<'a> Run<'a> {
    fn new(program: &'a Program, features: &'a Features, application: &'a Application) -> Self {
        let rule_set = program.rule_set();
        let mut run = Self {
            program,
            rule_set,
            features,
            application,
            slots: Vec::with_capacity(rule_set.slots.list.len()),
            given: Vec::new(),
            missing: MissingInputs::default(),
            score: None,
        };
        for slot in &rule_set.slots.list {
            let known = match slot.source {
                Source::Feature(id) => match features.slots(id).first() {
                    Some(slot) => match &slot.value {
                        Ok(value) => Scalar::read(value, rule_set.currency),
                        Err(missing) => Err(*missing),
                    },
                    None => Err(Missing::NoSuchAccount),
                },
                Source::Input(index) => input(rule_set, index, application),
                Source::Aggregate(_) | Source::Derive(_) | Source::Score | Source::BinValue => {
                    Err(Missing::NotProvided)
                }
            };
            run.slots.push(known);
        }
        let slots = std::mem::take(&mut run.slots);
        run.slots = settle(program, features, slots, None);
        run
    }

    fn known(&self, slot: SlotId) -> Known<'a> {
        self.slots
            .get(slot.0)
            .copied()
            .unwrap_or(Err(Missing::NotProvided))
    }

    fn env(&self, rule: usize) -> Env<'a, '_> {
        environment(self.program, self.features, &self.slots, rule)
    }

    fn rules<S: Sink<'a>>(&mut self, sink: &mut S) {
        for (index, rule) in self.rule_set.rules.iter().enumerate() {
            let known = interpret::run(&rule.when.node, self.env(index), sink);
            let verdict = interpret::verdict(known);
            let ignored = verdict == Verdict::Unknown && rule.ignore_missing.is_some();
            sink.rule(index, verdict, ignored);
            match (verdict, rule.action) {
                (Verdict::True, action) => {
                    let changes = counterfactual::find(
                        self.program,
                        self.features,
                        &self.slots,
                        &rule.when.node,
                    );
                    self.give(
                        rule.reason,
                        &rule.id,
                        action,
                        self.rule_features(index),
                        changes,
                    );
                }
                (Verdict::Unknown, Action::Decline | Action::Refer) if !ignored => {
                    let basis = self.program.rules.get(index);
                    self.lacks(&rule.when.node, basis, known.err());
                }
                (Verdict::Unknown | Verdict::False, _) => {}
            }
        }
    }

    fn rule_features(&self, rule: usize) -> Vec<String> {
        let basis = self.program.rules.get(rule);
        basis
            .map(|basis| basis.features.clone())
            .unwrap_or_default()
    }

    fn score(&mut self) {
        let Some(scorecard) = &self.rule_set.scorecard else {
            return;
        };
        let (program, features) = (self.program, self.features);
        let result = score::run(scorecard, &mut self.slots, |slots| {
            environment(program, features, slots, 0)
        });
        if let Some(place) = scorecard.score.and_then(|slot| self.slots.get_mut(slot.0)) {
            *place = result.total.map(Scalar::Count);
        }
        self.score = Some(result);
    }

    /// Notes what an expression that cannot be known lacks; all that it rests on, where nothing
    /// of that is missing.
    fn lacks(&mut self, node: &'a Node, basis: Option<&Basis>, why: Option<Missing>) {
        let mut found = MissingInputs::default();
        let mut search = Search::new(self.program, self.features, &self.slots, &mut found);
        search.expression(node);
        if found.is_empty()
            && let Some(basis) = basis
        {
            let mut search = Search::new(self.program, self.features, &self.slots, &mut found);
            search.everything(&basis.slots, why.unwrap_or(Missing::Overflow));
        }
        self.missing.extend(found);
    }

    /// Gives a reason.
    fn give(
        &mut self,
        reason: usize,
        source: &str,
        action: Action,
        features: Vec<String>,
        counterfactuals: Vec<Counterfactual>,
    ) {
        self.give_with_offer(reason, source, action, features, counterfactuals, None);
    }

    fn give_with_offer(
        &mut self,
        reason: usize,
        source: &str,
        action: Action,
        features: Vec<String>,
        counterfactuals: Vec<Counterfactual>,
        offer: Option<Money>,
    ) {
        let Some(reason) = self.rule_set.reasons.get(reason) else {
            return;
        };
        let statement = reason.statement.fill(&Filling {
            slots: &self.slots,
            currency: self.rule_set.currency,
            missing: &self.missing,
            offer,
        });
        self.given.push(Given {
            fired: Fired {
                reason: reason.code.clone(),
                statement,
                source: source.to_owned(),
                action,
                decisive: false,
                features,
                counterfactuals,
            },
            role: match offer {
                Some(_) => GivenFor::Counter,
                None => GivenFor::Action,
            },
            rank: reason.rank,
        });
    }

    /// Whether a reason of this action has been given.
    fn has(&self, action: Action) -> bool {
        self.given.iter().any(|given| given.fired.action == action)
    }
}

/// What expressions run over.
pub(super) fn environment<'a, 'e>(
    program: &'a Program,
    features: &'a Features,
    slots: &'e [Known<'a>],
    rule: usize,
) -> Env<'a, 'e> {
    Env {
        slots,
        features: Some(features),
        currency: program.rule_set().currency,
        rule,
        subject: 0,
    }
}

/// Computes every slot that is computed from others, leaving the one that is `held` alone.
pub(super) fn settle<'a>(
    program: &'a Program,
    features: &'a Features,
    mut slots: Vec<Known<'a>>,
    held: Option<SlotId>,
) -> Vec<Known<'a>> {
    let rule_set = program.rule_set();
    for (index, slot) in rule_set.slots.list.iter().enumerate() {
        if let (Source::Aggregate(aggregate), true) = (slot.source, held != Some(SlotId(index))) {
            let aggregate = rule_set.slots.aggregates.get(aggregate);
            let env = environment(program, features, &slots, 0);
            let known = aggregate.map(|aggregate| interpret::aggregate(aggregate, env));
            if let (Some(place), Some(known)) = (slots.get_mut(index), known) {
                *place = known;
            }
        }
    }
    for &index in &rule_set.derive_order {
        let Some(derived) = rule_set.derive.get(index) else {
            continue;
        };
        if held == Some(derived.slot) {
            continue;
        }
        let env = environment(program, features, &slots, 0);
        let known = interpret::run(&derived.formula.node, env, &mut NoTrace);
        if let Some(place) = slots.get_mut(derived.slot.0) {
            *place = known.map(Scalar::quantised);
        }
    }
    slots
}

/// A declared input as its declared type.
fn input<'a>(rule_set: &RuleSet, index: usize, application: &'a Application) -> Known<'a> {
    let declared = rule_set.inputs.get(index).ok_or(Missing::NotProvided)?;
    let sent = application.inputs().get(&declared.name);
    let sent = sent.ok_or(Missing::NotProvided)?;
    read_input(declared, sent, rule_set.currency)
}

/// Reads an input; [`Missing::NotProvided`] where it is not of the declared type.
pub(super) fn read_input<'a>(
    declared: &DeclaredInput,
    sent: &'a Input,
    currency: crate::money::Currency,
) -> Known<'a> {
    let whole = |number: &rust_decimal::Decimal| {
        let number = number.normalize();
        number
            .to_i64()
            .filter(|_| number.scale() == 0)
            .ok_or(Missing::NotProvided)
    };
    match (declared.ty, sent) {
        (Type::Money, Input::Money(money)) if money.currency() != currency => {
            Err(Missing::OtherCurrency)
        }
        (Type::Money, Input::Money(money)) => Ok(Scalar::Money(money.minor())),
        (Type::Count, Input::Number(number)) => whole(number).map(Scalar::Count),
        (Type::Days, Input::Number(number)) => whole(number).map(Scalar::Days),
        (Type::Ratio, Input::Number(number)) => Ok(Scalar::Ratio(*number).quantised()),
        (Type::Percent, Input::Number(number)) => Ok(Scalar::Percent(*number).quantised()),
        (Type::Date, Input::Date(date)) => Ok(Scalar::Date(*date)),
        (Type::Text, Input::Text(text)) => Ok(Scalar::Text(text)),
        (Type::Bool, Input::Bool(truth)) => Ok(Scalar::Bool(*truth)),
        (
            _,
            Input::Money(_) | Input::Number(_) | Input::Date(_) | Input::Text(_) | Input::Bool(_),
        ) => Err(Missing::NotProvided),
    }
}
