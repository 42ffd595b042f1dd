//! Runs a program over the features of one application.

mod end;
mod offer;
mod retry;
mod score_reasons;

use super::code::{Calculation, Condition};
use super::conclusion::Conclusion;
use super::counterfactual::{Again, Seen};
use super::debits::PlannedDebit;
use super::defect::Defect;
use super::evaluation::{
    Action, CharacteristicRecord, Evaluation, GivenReason, OfferTerms, Outcome, Readiness,
    ReasonSource, Row, ScoreRecord, Sought, Telling,
};
use super::foresight::{Forecasts, Foresight};
use super::inputs;
use super::missing_search;
use super::node::Source;
use super::program::{Program, RankedRule, ShortLogic};
use super::rule_set::{Bin, Characteristic, RuleSet};
use super::scalar::{Known, Scalar};
use super::tell;
use super::values::Values;
use super::verdict::{Verdict, Verdicts};
use crate::application::Requested;
use crate::features::{Features, Missing, Value};
use crate::limits;

/// Evaluates a rule set.
///
/// A decline rule that holds decides, whatever is missing elsewhere. Otherwise a refer rule that
/// holds, or a rule, score or offer that cannot be known, sends the application to a person.
/// Otherwise the offer (for credit) or the condition of approval decides, and of a payment the retries
/// after it.
///
/// Where the bank data is not ready, the application goes to a person whatever else holds: on half
/// of the data neither an approval nor a decline is safe. The rules and the score are computed and
/// recorded all the same.
///
/// `forecasts` is asked where the rule set asks for one, and nowhere else.
///
/// Fails only on a defect of the engine.
pub fn evaluate<'a>(
    program: &'a Program,
    features: &'a Features,
    requested: impl Into<Requested<'a>>,
    forecasts: &'a dyn Forecasts,
    readiness: Readiness,
    telling: Telling,
) -> Result<Evaluation, Defect> {
    let requested = requested.into();
    let foresight = Foresight::asking(forecasts);
    let mut values = Values::load(program, features, requested, foresight);
    let mut run = Run::new(&mut values);
    let (outcome, offer) = run.concluded(readiness)?;
    let recorded = |known: Known<'_>| recorded(known, run.rule_set);
    let as_written = program.aggregates_as_written.iter();
    let derived = run.rule_set.derive.iter();
    let tables = run.rule_set.tables.iter();
    let mut evaluation = Evaluation {
        outcome,
        inputs: (0..run.rule_set.inputs.len())
            .map(|index| recorded(inputs::read(run.rule_set, index, requested)))
            .collect(),
        aggregates: as_written
            .map(|slot| recorded(run.values.get(*slot)))
            .collect(),
        decided_by: decided_by(run.values),
        derived: derived
            .map(|derived| recorded(run.values.get(derived.slot)))
            .collect(),
        tables: tables
            .map(|table| recorded(run.values.get(table.slot)))
            .collect(),
        forecasts: run.values.foresight.told(),
        verdicts: run.verdicts,
        score: run.score,
        tier: run.tier,
        affordable_payment: run.affordable_payment,
        sought: run.sought,
        offer,
        retry: run.retry,
        plan: run.plan,
        reasons: run.given,
    };
    if telling > Telling::Nothing {
        tell_principal(&mut values, &mut evaluation, telling);
    }
    Ok(evaluation)
}

/// What a rule set comes to: the same as [`evaluate`], without the record of what was seen.
///
/// `priced` are offers whose rates are known: one that is repaid like one of them has the same.
///
/// Fails only on a defect of the engine.
pub fn conclude<'a>(
    program: &'a Program,
    features: &'a Features,
    requested: impl Into<Requested<'a>>,
    forecasts: &'a dyn Forecasts,
    readiness: Readiness,
    priced: &[OfferTerms],
) -> Result<Conclusion, Defect> {
    let foresight = Foresight::asking(forecasts);
    let mut values = Values::load(program, features, requested, foresight);
    let mut run = Run::new(&mut values);
    run.priced = priced;
    let (outcome, offer) = run.concluded(readiness)?;
    Ok(Conclusion {
        outcome,
        offer,
        score: run.score.map(|score| score.total),
        tier: run.tier,
        plan: run.plan,
        reasons: run.given,
    })
}

/// For each function over subjects the one that decided, where one did; empty where none did.
fn decided_by(values: &Values<'_>) -> Vec<Option<usize>> {
    let program = values.program;
    let all = program.aggregates_as_written.iter().map(|slot| {
        let source = program.rule_set().slots.get(*slot)?.source;
        let Source::Aggregate(index) = source else {
            return None;
        };
        values.decided_by.get(index).copied().flatten()
    });
    let all: Vec<Option<usize>> = all.collect();
    if all.iter().all(Option::is_none) {
        return Vec::new();
    }
    all
}

/// Evaluates values that were changed, all the way to the outcome. What it computes anew is left as
/// it was.
pub(super) fn again(values: &mut Values<'_>, readiness: Readiness, priced: &[OfferTerms]) -> Seen {
    leaving_the_score(values, |values| {
        let mut run = Run::new(values);
        run.priced = priced;
        let (outcome, offer) = run.whole(readiness);
        let given = run.given.iter().map(|given| given.reason);
        let reasons = run.holding.iter().map(|rule| rule.reason).chain(given);
        Seen {
            outcome,
            offer,
            reasons: reasons.collect(),
        }
    })
}

/// What values that were changed come to where the bank data is ready, with what made it.
#[derive(Debug)]
pub(super) struct Judged {
    pub(super) outcome: Outcome,
    pub(super) offer: Option<OfferTerms>,
    pub(super) verdicts: Verdicts,
    pub(super) sought: Option<Sought>,
    pub(super) retry: Option<Row>,
    pub(super) plan: Vec<PlannedDebit>,
    /// What each characteristic gave.
    pub(super) points: Vec<Result<i64, Missing>>,
    /// The reasons in order, those that made the outcome marked.
    pub(super) reasons: Vec<GivenReason>,
}

/// The same as [`again`], looked at by `read` while the score is still that of the changed values.
pub(super) fn judge<'a, T>(
    values: &mut Values<'a>,
    read: impl FnOnce(&Values<'a>, Judged) -> T,
) -> T {
    leaving_the_score(values, |values| {
        let mut run = Run::new(values);
        let (outcome, offer) = run.whole(Readiness::Ready);
        run.order_reasons(outcome, Readiness::Ready);
        let characteristics = run.score.iter().flat_map(|score| &score.characteristics);
        let judged = Judged {
            outcome,
            offer,
            points: characteristics.map(|one| one.points).collect(),
            verdicts: run.verdicts,
            sought: run.sought,
            retry: run.retry,
            plan: run.plan,
            reasons: run.given,
        };
        read(values, judged)
    })
}

/// Runs `look`, and sets the score back to what it was.
fn leaving_the_score<'a, T>(values: &mut Values<'a>, look: impl FnOnce(&mut Values<'a>) -> T) -> T {
    let scorecard = values.program.rule_set().scorecard.as_ref();
    let score = scorecard.and_then(|scorecard| scorecard.score);
    let scored = score.map(|slot| (slot, values.get(slot)));
    let seen = look(values);
    if let Some((slot, known)) = scored {
        values.set_score(slot, known);
    }
    seen
}

/// A value as recorded: decimals quantised.
fn recorded(known: Known<'_>, rule_set: &RuleSet) -> Result<Value, Missing> {
    known.map(|value| value.to_value(rule_set.currency))
}

/// Tells the principal reasons.
fn tell_principal(values: &mut Values<'_>, evaluation: &mut Evaluation, telling: Telling) {
    let whole = telling == Telling::Everything;
    let reasons = evaluation.reasons.iter();
    let again = whole.then_some(again as Again);
    let tell = |given: &GivenReason| {
        let told = given
            .principal
            .then(|| tell::told(values, evaluation, given, again));
        told.map(Box::new)
    };
    let told: Vec<_> = reasons.map(tell).collect();
    for (given, told) in evaluation.reasons.iter_mut().zip(told) {
        given.told = told;
    }
}

/// One evaluation under way.
struct Run<'a, 'v> {
    program: &'a Program,
    rule_set: &'a RuleSet,
    values: &'v mut Values<'a>,
    verdicts: Verdicts,
    /// The rules that hold, by the ranks of their reasons.
    holding: Vec<&'a RankedRule>,
    /// The reasons that other things than rules gave.
    given: Vec<GivenReason>,
    /// Whether a rule that matters cannot be known.
    lacks: bool,
    score: Option<ScoreRecord>,
    tier: Option<Row>,
    affordable_payment: Option<Result<Value, Missing>>,
    sought: Option<Sought>,
    retry: Option<Row>,
    plan: Vec<PlannedDebit>,
    /// Offers whose rates were computed before.
    priced: &'v [OfferTerms],
    defect: Option<Defect>,
}

impl<'a, 'v> Run<'a, 'v> {
    fn new(values: &'v mut Values<'a>) -> Self {
        let program = values.program;
        Self {
            program,
            rule_set: program.rule_set(),
            values,
            verdicts: Verdicts::unseen(program.comparisons),
            holding: Vec::new(),
            given: Vec::new(),
            lacks: false,
            score: None,
            tier: None,
            affordable_payment: None,
            sought: None,
            retry: None,
            plan: Vec::new(),
            priced: &[],
            defect: None,
        }
    }

    /// Runs score, rules and end. What rules read may rest on the score; the score rests on no rule.
    fn whole(&mut self, readiness: Readiness) -> (Outcome, Option<OfferTerms>) {
        self.score();
        self.rules();
        match readiness {
            Readiness::Ready => self.end(),
            Readiness::NotReady => (self.not_ready(), None),
        }
    }

    /// The same, with the reasons in order.
    fn concluded(&mut self, readiness: Readiness) -> Result<(Outcome, Option<OfferTerms>), Defect> {
        let concluded = self.whole(readiness);
        self.order_reasons(concluded.0, readiness);
        if self.values.is_defective() {
            return Err(Defect::MixedTypes);
        }
        self.defect.map_or(Ok(concluded), Err)
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
        for range in &program.always {
            self.values.look_at_range(range.clone(), &mut self.verdicts);
        }
        // Which rules hold cannot be foretold, so they are collected without a branch.
        let mut holding: Vec<&RankedRule> = program.by_rank.iter().collect();
        let mut count = 0;
        for rule in &program.by_rank {
            let seen = |number| self.verdicts.seen(number);
            let verdict = match rule.logic {
                ShortLogic::Both(left, right) => seen(left).min(seen(right)),
                ShortLogic::Either(left, right) => seen(left).max(seen(right)),
                ShortLogic::Longer => {
                    let rule = program.rules.get(rule.rule);
                    rule.map_or(Verdict::Unknown, |rule| rule.when.logic.of(&seen))
                }
            };
            self.lacks |= (verdict == Verdict::Unknown) & rule.may_lack;
            if let Some(place) = holding.get_mut(count) {
                *place = rule;
            }
            count += usize::from(verdict == Verdict::True);
        }
        holding.truncate(count);
        self.holding = holding;
        let mut forgiving = program.forgiving.iter();
        self.lacks |= forgiving.any(|rule| self.lacks_too_much(*rule));
    }

    /// Whether a rule that lets some missing values pass cannot be known for want of another.
    fn lacks_too_much(&self, index: usize) -> bool {
        let rules = self.program.rules.get(index);
        let Some((rule, written)) = rules.zip(self.rule_set.rules.get(index)) else {
            return false;
        };
        let seen = |number| self.verdicts.seen(number);
        rule.when.logic.of(&seen) == Verdict::Unknown && {
            let lacks = missing_search::of_rule(self.values, rule);
            missing_search::passed(written, &lacks).is_none()
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
            self.values.set_score(slot, total.map(Scalar::Count));
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

    /// Whether a rule of this action holds.
    fn has(&self, action: Action) -> bool {
        self.holding.iter().any(|rule| rule.action == action)
    }

    /// Orders the reasons, those that made the outcome first, and marks the decisive ones and the
    /// principal ones among them. Of each, the reasons of rules, and for want of information, come
    /// first, by rank and then in the order given; then those of the score, the most costly first;
    /// then what the offer, the condition of approval or a retry says of itself.
    fn order_reasons(&mut self, outcome: Outcome, readiness: Readiness) {
        let decisive = Decisive::of(outcome, readiness);
        let (rules, own) = parted(&self.holding, &decisive);
        let (own, others) = rules.split_at_checked(own).unwrap_or_default();
        let mut extra = std::mem::take(&mut self.given);
        let mut given = Vec::with_capacity(rules.len() + extra.len());
        given.extend(own.iter().map(|rule| given_by(rule)));
        let own_extra = extra.extract_if(.., |given| decisive.has(given));
        self.append(&mut given, 0, own_extra);
        self.mark(&mut given);
        let decisive = given.len();
        given.extend(others.iter().map(|rule| given_by(rule)));
        self.append(&mut given, decisive, extra.into_iter());
        self.given = given;
    }

    /// Appends the reasons that other things than rules gave to those that rules gave, which
    /// stand in order from `start` on.
    fn append(
        &self,
        given: &mut Vec<GivenReason>,
        start: usize,
        extra: impl Iterator<Item = GivenReason>,
    ) {
        let ordered = given.len();
        given.extend(extra);
        if given.len() > ordered
            && let Some(given) = given.get_mut(start..)
        {
            given.sort_by_key(|given| place(given, &self.program.ranks));
        }
    }

    /// Marks those that made the outcome, and the principal ones. The same reason from two rules
    /// is told once.
    fn mark(&self, own: &mut [GivenReason]) {
        let mut told = vec![false; self.rule_set.reasons.len()];
        let mut principal_left = limits::PRINCIPAL_REASONS_MAX;
        for given in own {
            if let Some(told) = told.get_mut(given.reason) {
                given.decisive = !std::mem::replace(told, true);
                given.principal = given.decisive & (principal_left > 0);
                principal_left -= usize::from(given.principal);
            }
        }
    }
}

/// Where a reason stands among others of its kind: those of the score keep their order.
fn place(given: &GivenReason, ranks: &[i64]) -> (u8, Option<i64>) {
    let rank = ranks.get(given.reason).copied();
    match given.source {
        ReasonSource::Rule(_) | ReasonSource::Missing | ReasonSource::BankData => (0, rank),
        ReasonSource::Characteristic(_) => (1, None),
        ReasonSource::Offer | ReasonSource::Approve | ReasonSource::Retry(_) => (2, rank),
    }
}

/// Which reasons made an outcome.
enum Decisive {
    /// Those of an action.
    Action(Action),
    /// That the bank data is not ready.
    BankData,
    /// Those of what is done in place of what was asked for.
    Instead,
    /// None.
    None,
}

impl Decisive {
    fn of(outcome: Outcome, readiness: Readiness) -> Self {
        match (readiness, outcome) {
            (Readiness::NotReady, _) => Self::BankData,
            (Readiness::Ready, Outcome::Decline) => Self::Action(Action::Decline),
            (Readiness::Ready, Outcome::Refer) => Self::Action(Action::Refer),
            (Readiness::Ready, Outcome::Counter) => Self::Instead,
            (Readiness::Ready, Outcome::Approve) => Self::None,
        }
    }

    fn has(&self, given: &GivenReason) -> bool {
        match (self, given.source) {
            (Self::Action(action), _) => given.action == *action,
            (Self::BankData, source) => source == ReasonSource::BankData,
            (Self::Instead, source) => matches!(
                source,
                ReasonSource::Offer | ReasonSource::Retry(_) | ReasonSource::Characteristic(_)
            ),
            (Self::None, _) => false,
        }
    }

    /// The action by which rules make the outcome.
    fn action(&self) -> Option<Action> {
        match self {
            Self::Action(action) => Some(*action),
            Self::BankData | Self::Instead | Self::None => None,
        }
    }
}

/// The rules that make the outcome before the others, each in order, and how many they are.
/// Without a branch: which rules hold cannot be foretold.
fn parted<'a>(holding: &[&'a RankedRule], decisive: &Decisive) -> (Vec<&'a RankedRule>, usize) {
    let Some(action) = decisive.action() else {
        return (holding.to_vec(), 0);
    };
    let is_own = |rule: &&RankedRule| usize::from(rule.action == action);
    let own = holding.iter().map(is_own).sum();
    let mut parted = holding.to_vec();
    let (mut next_own, mut next_other) = (0, own);
    for rule in holding {
        let is_own = is_own(rule);
        let next = if is_own == 1 { next_own } else { next_other };
        if let Some(place) = parted.get_mut(next) {
            *place = rule;
        }
        next_own += is_own;
        next_other += 1 - is_own;
    }
    (parted, own)
}

fn given_by(rule: &RankedRule) -> GivenReason {
    GivenReason {
        reason: rule.reason,
        source: ReasonSource::Rule(rule.rule),
        action: rule.action,
        decisive: false,
        principal: false,
        told: None,
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
