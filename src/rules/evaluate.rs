//! Runs a program over the features of one application.

mod end;

use super::code::{Calculation, Condition};
use super::defect::Defect;
use super::evaluation::{
    Action, CharacteristicRecord, Evaluation, GivenReason, Outcome, Readiness, ReasonSource, Row,
    ScoreRecord, Telling,
};
use super::inputs;
use super::program::Program;
use super::rule_set::{Bin, Characteristic, RuleSet};
use super::scalar::{Known, Scalar};
use super::tell;
use super::values::Values;
use super::verdict::{Verdict, Verdicts};
use crate::application::Application;
use crate::features::{Features, Missing, Value};
use crate::limits;

/// Evaluates a rule set.
///
/// A decline rule that holds decides, whatever is missing elsewhere. Otherwise a refer rule that
/// holds, or a rule, score or offer that cannot be known, sends the application to a person.
/// Otherwise the offer (for credit) or the condition of approval decides.
///
/// Where the bank data is not ready, the application goes to a person whatever else holds: on half
/// of the data neither an approval nor a decline is safe. The rules and the score are computed and
/// recorded all the same.
///
/// Fails only on a defect of the engine.
pub fn evaluate(
    program: &Program,
    features: &Features,
    application: &Application,
    readiness: Readiness,
    telling: Telling,
) -> Result<Evaluation, Defect> {
    let mut run = Run::new(Values::load(program, features, application));
    run.rules();
    run.score();
    let (outcome, offer) = match readiness {
        Readiness::Ready => run.end(),
        Readiness::NotReady => (run.not_ready(), None),
    };
    run.order_reasons(outcome, readiness);
    if run.values.is_defective() {
        return Err(Defect::MixedTypes);
    }
    if let Some(defect) = run.defect {
        return Err(defect);
    }
    let recorded = |known: Known<'_>| recorded(known, run.rule_set);
    let as_written = program.aggregates_as_written.iter();
    let derived = run.rule_set.derive.iter();
    let mut evaluation = Evaluation {
        outcome,
        inputs: (0..run.rule_set.inputs.len())
            .map(|index| recorded(inputs::read(run.rule_set, index, application)))
            .collect(),
        aggregates: as_written
            .map(|slot| recorded(run.values.get(*slot)))
            .collect(),
        derived: derived
            .map(|derived| recorded(run.values.get(derived.slot)))
            .collect(),
        verdicts: run.verdicts,
        score: run.score,
        tier: run.tier,
        affordable_payment: run.affordable_payment,
        offer,
        reasons: run.given,
    };
    if telling > Telling::Nothing {
        tell_principal(&mut run.values, &mut evaluation, telling);
    }
    Ok(evaluation)
}

/// A value as recorded: decimals quantised.
fn recorded(known: Known<'_>, rule_set: &RuleSet) -> Result<Value, Missing> {
    known.map(|value| value.to_value(rule_set.currency))
}

/// Tells the principal reasons.
fn tell_principal(values: &mut Values<'_>, evaluation: &mut Evaluation, telling: Telling) {
    let whole = telling == Telling::Everything;
    let reasons = evaluation.reasons.iter();
    let principal = reasons.map(|given| given.principal);
    let told: Vec<_> = principal
        .zip(&evaluation.reasons)
        .map(|(principal, given)| {
            principal.then(|| Box::new(tell::told(values, evaluation, given, whole)))
        })
        .collect();
    for (given, told) in evaluation.reasons.iter_mut().zip(told) {
        given.told = told;
    }
}

/// One evaluation under way.
struct Run<'a> {
    program: &'a Program,
    rule_set: &'a RuleSet,
    values: Values<'a>,
    verdicts: Verdicts,
    given: Vec<GivenReason>,
    /// Whether a rule that matters cannot be known.
    lacks: bool,
    score: Option<ScoreRecord>,
    tier: Option<Row>,
    affordable_payment: Option<Result<Value, Missing>>,
    defect: Option<Defect>,
}

impl<'a> Run<'a> {
    fn new(values: Values<'a>) -> Self {
        let program = values.program;
        Self {
            program,
            rule_set: program.rule_set(),
            values,
            verdicts: Verdicts::unseen(program.comparisons),
            given: Vec::new(),
            lacks: false,
            score: None,
            tier: None,
            affordable_payment: None,
            defect: None,
        }
    }

    /// Looks at comparisons.
    fn look(&mut self, comparisons: &[usize]) {
        self.values.look(comparisons, &mut self.verdicts);
    }

    /// Looks at a condition.
    fn condition(&mut self, condition: &Condition) -> Verdict {
        self.look(&condition.comparisons);
        condition.logic.of(&|number| self.verdicts.seen(number))
    }

    /// Looks at a calculation.
    fn calculation(&mut self, calculation: &'a Calculation) -> Known<'a> {
        self.look(&calculation.comparisons);
        self.values.calculate(calculation)
    }

    fn rules(&mut self) {
        let program = self.program;
        self.look(&program.always);
        // Which rules hold cannot be foretold, so they are collected without a branch.
        let mut holding = vec![0; program.rules.len()];
        let mut count = 0;
        for &index in &program.by_rank {
            let Some(rule) = program.rules.get(index) else {
                continue;
            };
            let verdict = rule.when.logic.of(&|number| self.verdicts.seen(number));
            self.lacks |= (verdict == Verdict::Unknown) & rule.may_lack;
            if let Some(place) = holding.get_mut(count) {
                *place = index;
            }
            count += usize::from(verdict == Verdict::True);
        }
        self.given.reserve(count);
        for &index in holding.iter().take(count) {
            if let Some(rule) = program.rules.get(index) {
                self.give(rule.reason, ReasonSource::Rule(index), rule.action);
            }
        }
    }

    fn score(&mut self) {
        let Some(scorecard) = &self.rule_set.scorecard else {
            return;
        };
        let mut total = Ok(scorecard.base);
        let mut characteristics = Vec::with_capacity(scorecard.characteristics.len());
        let all = scorecard.characteristics.iter();
        for (written, compiled) in all.zip(&self.program.characteristics) {
            let value = self.calculation(&compiled.value);
            self.values.set(written.value_slot, value);
            let bin = value.and_then(|_| self.bin(&compiled.bins));
            let points = points(written, bin);
            total = add(total, points);
            characteristics.push(CharacteristicRecord {
                observed: recorded(value, self.rule_set),
                bin: bin.ok(),
                points,
            });
        }
        if let Some(slot) = scorecard.score {
            self.values.set(slot, total.map(Scalar::Count));
        }
        self.score = Some(ScoreRecord {
            total,
            characteristics,
        });
    }

    /// The first bin that applies. One that cannot be known leaves it unknown.
    fn bin(&mut self, bins: &'a [Option<Condition>]) -> Result<usize, Missing> {
        for (index, bin) in bins.iter().enumerate() {
            let Some(when) = bin else {
                return Ok(index);
            };
            match self.condition(when) {
                Verdict::True => return Ok(index),
                Verdict::False => {}
                Verdict::Unknown => {
                    let known = self.values.env().truth(&when.logic);
                    return known.map(|_| index);
                }
            }
        }
        self.defect = Some(Defect::NoBin);
        Err(Missing::Ambiguous)
    }

    /// Gives a reason.
    fn give(&mut self, reason: usize, source: ReasonSource, action: Action) {
        self.given.push(GivenReason {
            reason,
            source,
            action,
            decisive: false,
            principal: false,
            told: None,
        });
    }

    /// Whether a reason of this action has been given.
    fn has(&self, action: Action) -> bool {
        self.given.iter().any(|given| given.action == action)
    }

    /// Orders the reasons, those that made the outcome first, then by rank, then in the order
    /// given, and marks the decisive ones and the principal ones among them.
    fn order_reasons(&mut self, outcome: Outcome, readiness: Readiness) {
        let own = |given: &GivenReason| match (readiness, outcome) {
            (Readiness::NotReady, _) => given.source == ReasonSource::BankData,
            (Readiness::Ready, Outcome::Decline) => given.action == Action::Decline,
            (Readiness::Ready, Outcome::Refer) => given.action == Action::Refer,
            (Readiness::Ready, Outcome::Counter) => matches!(
                given.source,
                ReasonSource::Offer | ReasonSource::Characteristic(_)
            ),
            (Readiness::Ready, Outcome::Approve) => false,
        };
        let given = std::mem::take(&mut self.given);
        let mut first = Vec::with_capacity(given.len());
        let mut others = Vec::with_capacity(given.len());
        for given in given {
            let part = if own(&given) { &mut first } else { &mut others };
            part.push(given);
        }
        // Rules gave theirs in order, and after them came few: next to nothing is left to sort.
        let rank = |given: &GivenReason| self.program.ranks.get(given.reason);
        first.sort_by_key(rank);
        others.sort_by_key(rank);
        first.append(&mut others);
        self.given = first;
        let mut told = vec![false; self.rule_set.reasons.len()];
        let mut principal_left = limits::PRINCIPAL_REASONS_MAX;
        for given in self.given.iter_mut().take_while(|given| own(given)) {
            // The same reason from two rules is told once.
            if let Some(told) = told.get_mut(given.reason).filter(|told| !**told) {
                *told = true;
                given.decisive = true;
                given.principal = principal_left > 0;
                principal_left = principal_left.saturating_sub(1);
            }
        }
    }
}

/// The points of a bin, or those of a value that is missing.
fn points(written: &Characteristic, bin: Result<usize, Missing>) -> Result<i64, Missing> {
    match (bin, &written.missing) {
        (Ok(bin), _) => {
            let bin: Option<&Bin> = written.bins.get(bin);
            Ok(bin.map_or(0, |bin| bin.points))
        }
        (Err(_), Some((points, _))) => Ok(*points),
        (Err(why), None) => Err(why),
    }
}

fn add(total: Result<i64, Missing>, points: Result<i64, Missing>) -> Result<i64, Missing> {
    total?.checked_add(points?).ok_or(Missing::Overflow)
}
