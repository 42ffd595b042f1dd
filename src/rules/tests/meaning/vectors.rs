//! Applicants at random, half of their values where either of two rule sets turns, or beside that.

use std::collections::{BTreeMap, BTreeSet};

use super::super::*;
use super::edits::Draw;
use crate::features::{self, Feature, Scope, Type, Words};
use crate::rules::code::Operand;
use crate::rules::evaluation::Action;
use crate::rules::node::{Applied, SlotId};
use crate::rules::program::Program;
use crate::rules::{DeclaredInput, Verdict};

/// What a rule does: nothing, flags, refers, declines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Does(pub(super) u8);

/// What each rule does, by id.
pub(super) fn does(
    bundle: &Bundle,
    evaluation: &Evaluation,
    features: &Features,
    application: &Application,
) -> BTreeMap<String, Does> {
    let program = bundle.program();
    let rules = program.rules.iter().zip(&program.rule_set().rules);
    let seen = |number| evaluation.verdicts.seen(number);
    let each = rules.enumerate().map(|(at, (rule, written))| {
        let does = match (rule.when.logic.of(&seen), rule.action) {
            (Verdict::True, Action::Flag) => 1,
            (Verdict::True | Verdict::Unknown, Action::Refer) => 3,
            (Verdict::Unknown, Action::Decline) => 3,
            (Verdict::True, Action::Decline) => 4,
            (Verdict::False, _) | (Verdict::Unknown, Action::Flag) => 0,
        };
        let unknown = rule.when.logic.of(&seen) == Verdict::Unknown && does > 0;
        let passes = unknown && !written.ignored.is_empty() && {
            let rendered = render(program, evaluation, features, application).unwrap();
            rendered.trace[at].missing_ignored.is_some()
        };
        // What rests on nothing lacks nothing.
        let idle = unknown && written.ignored.is_empty() && rule.basis.slots.is_empty();
        let does = if passes || idle { 0 } else { does };
        (written.id.clone(), Does(does))
    });
    each.collect()
}

/// Draws applicants for two rule sets.
pub(super) struct Vectors {
    names: BTreeSet<&'static str>,
    /// Constants of both, by type.
    constants: BTreeMap<Type, Vec<Value>>,
    causes: Vec<Missing>,
    inputs: Vec<DeclaredInput>,
    bundles: [Bundle; 2],
}

/// An applicant.
#[derive(Debug)]
pub(super) struct Vector {
    features: Features,
    application: Application,
}

impl Vector {
    pub(super) fn decided_by(&self, bundle: &Bundle) -> (BTreeMap<String, Does>, Evaluation) {
        let evaluation = evaluate(
            bundle.program(),
            &self.features,
            &self.application,
            &RuleOfThumb,
            Readiness::Ready,
            Telling::Nothing,
        )
        .unwrap();
        let does = does(bundle, &evaluation, &self.features, &self.application);
        (does, evaluation)
    }
}

/// The constants in an operand, the items of lists among them.
fn constants(program: &Program, operand: &Operand, into: &mut Vec<Value>) {
    if let Operand::Constant(value) = operand {
        into.push(value.clone());
    }
    if let Operand::Apply(Applied::Listed { list, .. }, _) = operand {
        into.extend_from_slice(program.rule_set().slots.lists[*list].values());
    }
    for part in operand.parts() {
        constants(program, part, into);
    }
}

impl Vectors {
    pub(super) fn of(bundles: [&Bundle; 2]) -> Self {
        let mut names = BTreeSet::from([features::APPLICATION_DECISION_DATE]);
        let mut found = Vec::new();
        let mut causes = vec![
            Missing::HistoryTooShort,
            Missing::NoBasis,
            Missing::NotProvided,
        ];
        let mut inputs: BTreeMap<String, DeclaredInput> = BTreeMap::new();
        for bundle in bundles {
            let program = bundle.program();
            for at in 0..program.types.len() {
                program.rule_set().slots.features(SlotId(at), &mut names);
            }
            for test in &program.tests.tests {
                test.operands()
                    .iter()
                    .for_each(|one| constants(program, one, &mut found));
            }
            let ignored = program
                .rule_set()
                .rules
                .iter()
                .flat_map(|rule| &rule.ignored);
            causes.extend(ignored.map(|one| one.cause));
            for input in program.rule_set().inputs() {
                inputs.insert(input.name.clone(), input.clone());
            }
        }
        let mut by_type: BTreeMap<Type, Vec<Value>> = BTreeMap::new();
        for value in found {
            by_type.entry(value.ty()).or_default().push(value);
        }
        Self {
            names,
            constants: by_type,
            causes,
            inputs: inputs.into_values().collect(),
            bundles: bundles.map(Bundle::clone),
        }
    }

    /// A value of a type, half of the time where something may turn.
    fn value(&self, draw: &mut Draw, ty: Type) -> Value {
        let own = self.constants.get(&ty).filter(|_| draw.below(2) == 0);
        let turn = own.map(|own| own[draw.below(own.len())].clone());
        let beside = i64::try_from(draw.below(3)).unwrap() - 1;
        let small = |draw: &mut Draw| i64::try_from(draw.below(60)).unwrap();
        match (ty, turn) {
            (Type::Money, Some(Value::Money(money))) => {
                Value::Money(Money::new(money.minor() + beside, Currency::USD))
            }
            (Type::Money, _) => {
                let minor = i64::try_from(draw.below(1_000_000)).unwrap() - 100_000;
                Value::Money(Money::new(minor, Currency::USD))
            }
            (Type::Count, Some(Value::Count(whole))) => Value::Count(whole + beside),
            (Type::Count, _) => Value::Count(small(draw)),
            (Type::Days, Some(Value::Days(whole))) => Value::Days(whole + beside),
            (Type::Days, _) => Value::Days(small(draw) * 4),
            (Type::Ratio, Some(Value::Ratio(ratio))) => {
                Value::ratio(ratio + Decimal::new(beside, 6))
            }
            (Type::Ratio, _) => Value::ratio(Decimal::new(small(draw) * 2, 2)),
            (Type::Percent, Some(Value::Percent(percent))) => {
                Value::percent(percent + Decimal::new(beside, 6))
            }
            (Type::Percent, _) => Value::percent(Decimal::new(small(draw) * 2, 0)),
            (Type::Date, Some(Value::Date(date))) => Value::Date(date),
            (Type::Date, _) => {
                let ahead = u64::try_from(small(draw)).unwrap();
                Value::Date(date() + chrono::Days::new(ahead))
            }
            (Type::Text, Some(Value::Text(text))) => Value::Text(text),
            (Type::Text, _) => Value::Text(["a", "something"][draw.below(2)].to_owned()),
            (Type::Bool, _) => Value::Bool(draw.below(2) == 0),
        }
    }

    fn of_feature(&self, draw: &mut Draw, feature: &Feature) -> Result<Value, Missing> {
        if !feature.is_always_known && draw.below(8) == 0 {
            return Err(self.causes[draw.below(self.causes.len())]);
        }
        if let Words::Only(words) = feature.words {
            return Ok(Value::Text(words[draw.below(words.len())].to_owned()));
        }
        loop {
            let value = self.value(draw, feature.ty);
            let fits = match &value {
                Value::Money(money) => feature.range.holds(money.minor()),
                Value::Count(whole) | Value::Days(whole) => feature.range.holds(*whole),
                Value::Ratio(number) | Value::Percent(number) => {
                    feature.range.holds_decimal(*number)
                }
                Value::Date(_) | Value::Text(_) | Value::Bool(_) => true,
            };
            if fits {
                return Ok(value);
            }
        }
    }

    /// An applicant; none where the draw is none that may apply.
    pub(super) fn draw(&self, draw: &mut Draw) -> Option<Vector> {
        let Value::Money(amount) = self.value(draw, Type::Money) else {
            return None;
        };
        let mut draft = application().into_draft();
        draft.requested_amount = Some(amount);
        draft.first_payment_date = (draw.below(2) == 0).then(|| date() + chrono::Days::new(20));
        draft.term = Some(DraftTerm {
            count: 1 + u32::try_from(draw.below(24)).unwrap(),
            unit: Some(TermUnit::Months),
        });
        for input in &self.inputs {
            if input.required || draw.below(4) > 0 {
                let value = if input.values.is_empty() {
                    self.value(draw, input.ty)
                } else {
                    Value::Text(input.values[draw.below(input.values.len())].clone())
                };
                draft.inputs.insert(input.name.clone(), Some(value.into()));
            }
        }
        let application = draft.check().ok()?;
        if !self
            .bundles
            .iter()
            .all(|bundle| takes(bundle, &application))
        {
            return None;
        }
        let counts = [draw.below(3), draw.below(3)];
        let mut given: Vec<Given> = Vec::new();
        for name in &self.names {
            let (_, feature) = features::find(name).unwrap();
            let count = match feature.scope {
                Scope::Household => 1,
                Scope::IncomeStream => counts[0],
                Scope::Account | Scope::Applicant => counts[1],
            };
            let values = (0..count).map(|_| self.of_feature(draw, feature)).collect();
            given.push((name, values));
        }
        asked(&mut given, &application);
        Some(Vector {
            features: Features::of(&given),
            application,
        })
    }
}

/// Whether a rule set takes an application, with those of the inputs that it asks for.
fn takes(bundle: &Bundle, application: &Application) -> bool {
    let own = revised(application.clone(), |draft| {
        let asked = |name: &str| bundle.inputs().iter().any(|input| input.name == name);
        draft.inputs.retain(|name, _| asked(name));
    });
    bundle.check_application(&own).is_ok()
}

/// What is asked for is what the application says.
fn asked(given: &mut [Given], application: &Application) {
    let first = application.first_payment_date().ok_or(Missing::NotProvided);
    for (name, values) in given {
        let value = match *name {
            features::APPLICATION_AMOUNT => Ok(Value::Money(application.requested_amount())),
            features::APPLICATION_TERM_DAYS => {
                Ok(Value::Days(i64::from(application.term().days())))
            }
            features::APPLICATION_PAYMENTS => Ok(Value::Count(i64::from(application.payments()))),
            features::APPLICATION_FIRST_PAYMENT_DATE => first.map(Value::Date),
            features::APPLICATION_DECISION_DATE => Ok(Value::Date(date())),
            features::APPLICATION_DAYS_TO_FIRST_PAYMENT => {
                first.map(|first| Value::Days(first.signed_duration_since(date()).num_days()))
            }
            _ => continue,
        };
        *values = vec![value];
    }
}
