//! Renders what was recorded: every text that a reader may ask for.

mod tables;

use super::code::Condition;
use super::defect::Defect;
use super::evaluate;
use super::evaluation::{Evaluation, GivenReason, ReasonSource, Row};
use super::foresight::Foresight;
use super::in_words;
use super::missing_search;
use super::node::Source;
use super::program::{CompiledEnd, CompiledRule, Program};
use super::rendered::{
    Comparison, Decider, Fired, NamedSource, Rendered, RetryTrace, RuleTrace, Score, ScoreTrace,
};
use super::rule_set::{End, Formula, Rule, RuleSet, Scorecard};
use super::scalar::Scalar;
use super::tell;
use super::values::Values;
use super::verdict::Verdict;
use crate::application::Application;
use crate::features::Features;

/// Renders an evaluation of these features of this application: values compared, statements,
/// counterfactuals and the names of everything.
///
/// A pure function of what was recorded; of `features`, it reads values and not the evidence.
/// Fails only on a defect of the engine.
pub fn render(
    program: &Program,
    evaluation: &Evaluation,
    features: &Features,
    application: &Application,
) -> Result<Rendered, Defect> {
    let mut values = loaded(program, evaluation, features, application);
    let rule_set = program.rule_set();
    let scorecard = rule_set.scorecard.as_ref();
    let trace = rule_set.rules.iter().zip(&program.rules);
    let trace = trace.map(|(rule, compiled)| rule_trace(&values, evaluation, rule, compiled));
    let trace = trace.collect();
    let reasons = evaluation.reasons.iter();
    let fired = reasons.map(|given| fired(&mut values, evaluation, given));
    let fired = fired.collect();
    let names = rule_set.derive.iter().map(|derived| derived.name.clone());
    let rendered = Rendered {
        fired,
        score: scorecard.and_then(|scorecard| score(scorecard, evaluation)),
        derived: names.zip(evaluation.derived.iter().cloned()).collect(),
        trace,
        tables: tables::tables(&values, evaluation),
        retries: retries(&values, evaluation),
        decided_by: decided_by(program, evaluation),
    };
    if values.is_defective() {
        return Err(Defect::MixedTypes);
    }
    Ok(rendered)
}

/// The functions over subjects that one of them decided.
fn decided_by(program: &Program, evaluation: &Evaluation) -> Vec<Decider> {
    let slots = &program.rule_set().slots;
    let names = program.aggregates_as_written.iter();
    let decided = names.zip(&evaluation.decided_by);
    decided
        .filter_map(|(slot, subject)| {
            let slot = slots.get(*slot)?;
            let Source::Aggregate(index) = slot.source else {
                return None;
            };
            Some(Decider {
                function: slot.name.clone(),
                of: slots.aggregates.get(index)?.counted_by,
                subject: (*subject)?,
            })
        })
        .collect()
}

/// Renders the principal reasons and the score alone: what most readers ask for.
///
/// Fails only on a defect of the engine.
pub fn render_principal(
    program: &Program,
    evaluation: &Evaluation,
    features: &Features,
    application: &Application,
) -> Result<(Vec<Fired>, Option<Score>), Defect> {
    let mut values = loaded(program, evaluation, features, application);
    let scorecard = program.rule_set().scorecard.as_ref();
    let principal = evaluation.reasons.iter().filter(|given| given.principal);
    let told = principal.map(|given| fired(&mut values, evaluation, given));
    let told = told.collect();
    let score = scorecard.and_then(|scorecard| score(scorecard, evaluation));
    if values.is_defective() {
        return Err(Defect::MixedTypes);
    }
    Ok((told, score))
}

/// The names of the values for want of which something was unknown, in alphabetical order; none where
/// no information was missing.
pub fn lacked(
    program: &Program,
    evaluation: &Evaluation,
    features: &Features,
    application: &Application,
) -> Vec<String> {
    let mut reasons = evaluation.reasons.iter();
    let missing = reasons.find(|given| given.source == ReasonSource::Missing);
    missing.map_or_else(Vec::new, |given| {
        let values = loaded(program, evaluation, features, application);
        tell::features(&values, evaluation, given)
    })
}

/// The values that were seen, the score among them.
pub(super) fn loaded<'a>(
    program: &'a Program,
    evaluation: &Evaluation,
    features: &'a Features,
    application: &'a Application,
) -> Values<'a> {
    let foresight = Foresight::recorded(&evaluation.forecasts);
    let mut values = Values::load(program, features, application, foresight);
    let scorecard = program.rule_set().scorecard.as_ref();
    let slot = scorecard.and_then(|scorecard| scorecard.score);
    if let (Some(slot), Some(score)) = (slot, &evaluation.score) {
        values.set_score(slot, score.total.map(Scalar::Count));
    }
    values
}

fn rule_trace(
    values: &Values<'_>,
    evaluation: &Evaluation,
    rule: &Rule,
    compiled: &CompiledRule,
) -> RuleTrace {
    let verdict = compiled
        .when
        .logic
        .of(&|number| evaluation.verdicts.seen(number));
    let formulas = std::iter::once(&rule.when).chain(&rule.except);
    RuleTrace {
        rule: rule.id.clone(),
        action: rule.action,
        verdict,
        comparisons: comparisons(values, evaluation, formulas, &compiled.when),
        missing_ignored: missing_ignored(values, rule, compiled, verdict),
        notes: rule.notes.clone(),
    }
}

/// The comparisons of a condition, which is made of these formulas.
fn comparisons<'f>(
    values: &Values<'_>,
    evaluation: &Evaluation,
    formulas: impl Iterator<Item = &'f Formula>,
    compiled: &Condition,
) -> Vec<Comparison> {
    let sites = formulas.flat_map(|formula| &formula.sites);
    let numbers = sites.zip(&compiled.comparisons);
    let shown = numbers.filter(|(site, _)| site.shown);
    let comparisons = shown.map(|(site, number)| Comparison {
        text: site.text.clone(),
        in_words: (values.program.tests.tests.get(*number))
            .and_then(|test| in_words::in_words(values, test, evaluation.verdicts.seen(*number))),
        operands: operands(values, *number),
        verdict: evaluation.verdicts.seen(*number),
    });
    comparisons.collect()
}

/// The retries that were looked at, up to the one that applied or could not be known.
fn retries(values: &Values<'_>, evaluation: &Evaluation) -> Vec<RetryTrace> {
    let program = values.program;
    let (End::Approve(approve), CompiledEnd::Approve(compiled)) =
        (&program.rule_set().end, &program.end)
    else {
        return Vec::new();
    };
    let looked_at = match evaluation.retry {
        Some(Row::At(index) | Row::Unknown(index)) => index.saturating_add(1),
        Some(Row::None) => approve.retries.len(),
        None => 0,
    };
    let retries = approve.retries.iter().zip(&compiled.retries);
    let retries = retries.take(looked_at).map(|(retry, compiled)| {
        let when = &compiled.when.0;
        let seen = |number| evaluation.verdicts.seen(number);
        RetryTrace {
            retry: retry.id.clone(),
            verdict: when.logic.of(&seen),
            comparisons: comparisons(values, evaluation, std::iter::once(&retry.when), when),
        }
    });
    retries.collect()
}

/// The words for what was missing and let pass.
fn missing_ignored(
    values: &Values<'_>,
    rule: &Rule,
    compiled: &CompiledRule,
    verdict: Verdict,
) -> Option<String> {
    if verdict != Verdict::Unknown || rule.ignored.is_empty() {
        return None;
    }
    let lacks = missing_search::of_rule(values, compiled);
    let said = missing_search::passed(rule, &lacks)?;
    let mut words: Vec<&str> = Vec::new();
    for one in said {
        if !words.contains(&one.because.as_str()) {
            words.push(&one.because);
        }
    }
    Some(words.join("; "))
}

/// The values that a comparison compares.
fn operands(
    values: &Values<'_>,
    number: usize,
) -> Vec<Result<crate::features::Value, crate::features::Missing>> {
    let program = values.program;
    let currency = program.rule_set().currency;
    let test = program.tests.tests.get(number);
    let shown = test.map(|test| test.shown()).unwrap_or_default();
    let known = shown.into_iter().map(|part| values.env().value(part));
    known
        .map(|known| known.map(|value| value.to_value(currency)))
        .collect()
}

fn fired(values: &mut Values<'_>, evaluation: &Evaluation, given: &GivenReason) -> Fired {
    let rule_set = values.program.rule_set();
    let told = match &given.told {
        Some(told) => told.as_ref().clone(),
        None => tell::told(values, evaluation, given, Some(evaluate::again)),
    };
    let reason = rule_set.reasons.get(given.reason);
    let source = match given.source {
        ReasonSource::Rule(rule) => {
            let rule = rule_set.rules.get(rule);
            NamedSource::Rule(rule.map(|rule| rule.id.clone()).unwrap_or_default())
        }
        ReasonSource::Characteristic(index) => {
            let scorecard = rule_set.scorecard.as_ref();
            let one = scorecard.and_then(|scorecard| scorecard.characteristics.get(index));
            let name = one.map(|one| one.name.as_str()).unwrap_or_default();
            NamedSource::Characteristic(name.to_owned())
        }
        ReasonSource::Offer => NamedSource::Offer,
        ReasonSource::Approve => NamedSource::Approve,
        ReasonSource::Retry(index) => NamedSource::Retry(retry_id(rule_set, index)),
        ReasonSource::Missing => NamedSource::Missing,
        ReasonSource::BankData => NamedSource::BankData,
    };
    Fired {
        reason: reason.map(|reason| reason.code.clone()).unwrap_or_default(),
        statement: told.statement,
        source,
        action: given.action,
        decisive: given.decisive,
        features: tell::features(values, evaluation, given),
        counterfactuals: told.counterfactuals,
    }
}

fn retry_id(rule_set: &RuleSet, index: usize) -> String {
    let retry = match &rule_set.end {
        End::Approve(approve) => approve.retries.get(index),
        End::Offer(_) => None,
    };
    retry.map(|retry| retry.id.clone()).unwrap_or_default()
}

fn score(scorecard: &Scorecard, evaluation: &Evaluation) -> Option<Score> {
    let record = evaluation.score.as_ref()?;
    let characteristics = scorecard
        .characteristics
        .iter()
        .zip(&record.characteristics);
    let characteristics = characteristics.map(|(written, seen)| {
        let bin = seen.bin.and_then(|bin| written.bins.get(bin));
        let bin = match (bin, &written.missing) {
            (Some(bin), _) => match &bin.when {
                Some(when) => when.text.clone(),
                None => "otherwise".to_owned(),
            },
            (None, Some((_, because))) => format!("missing: {because}"),
            (None, None) => "missing".to_owned(),
        };
        ScoreTrace {
            name: written.name.clone(),
            observed: seen.observed.clone(),
            bin,
            points: seen.points,
            points_max: written.most(),
            points_baseline: written.baseline(),
        }
    });
    Some(Score {
        total: record.total,
        characteristics: characteristics.collect(),
    })
}
