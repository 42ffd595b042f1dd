//! What applicants are told apart by: the values that two rule sets read, each with some that it can
//! have: where rules turn, beside that, and usual ones.

use std::collections::{BTreeMap, BTreeSet};

use super::axis::{self, Axis, around};
use super::side::Side;
use crate::application::RepaymentFrequency;
use crate::features::{self, Feature, FeatureId, Missing, Scope, Type, Value};
use crate::limits;
use crate::money::Currency;
use crate::rules::asked::AskedFor;
use crate::rules::code::Operand;
use crate::rules::node::{Applied, Node, SlotId, Source};
use crate::rules::program::Program;
use crate::rules::rule_set::DeclaredInput;
use crate::rules::table::Passes;

/// What a value is of.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Knob {
    /// A feature of the household, or of an account, applicant or stream by its position.
    Feature(FeatureId, usize),
    /// How many accounts, applicants or streams are looked at.
    Subjects(Scope),
    /// What the caller sends, by its name.
    Input(String),
    /// The amount asked for.
    Amount,
    /// Over so many days.
    TermDays,
    /// Paid back so often, as [`FREQUENCIES`] has it.
    Frequency,
    /// The first payment, in days after the decision.
    FirstPayment,
    /// How likely every debit comes back.
    Forecast,
}

/// How often loans are paid back, by number.
pub(super) const FREQUENCIES: [RepaymentFrequency; 5] = [
    RepaymentFrequency::Monthly,
    RepaymentFrequency::SemiMonthly,
    RepaymentFrequency::Biweekly,
    RepaymentFrequency::Weekly,
    RepaymentFrequency::Single,
];

/// A knob with what it can be set to; the first is usual.
#[derive(Debug, Clone)]
pub(super) struct Setting {
    pub(super) knob: Knob,
    /// What rules call it.
    pub(super) name: String,
    pub(super) ty: Type,
    pub(super) values: Vec<Result<Value, Missing>>,
    /// The most that it can be, as `scalar::of_whole` has it.
    pub(super) most: Option<i64>,
}

/// So many values of one setting are tried.
const VALUES_MAX: usize = 64;

/// So many of a scope are looked at, at most.
pub(super) const SUBJECTS_MAX: usize = 2;

/// All that two programs read.
pub(super) fn settings(sides: [&Side<'_>; 2], date: chrono::NaiveDate) -> Vec<Setting> {
    let currency = sides[0].program.rule_set().currency();
    let mut axes: BTreeMap<Knob, Axis> = BTreeMap::new();
    let mut asked = false;
    for side in sides {
        let program = side.program;
        asked |= !program.rule_set().slots.forecasts.is_empty() || asks_each(program);
        add_read(program, &mut axes);
        add_constants(program, &mut axes);
    }
    if asked {
        let axis = Axis::calculated("p_return".to_owned(), Type::Percent);
        axes.entry(Knob::Forecast).or_insert(axis);
    }
    let mut settings: Vec<Setting> = Vec::new();
    for (knob, axis) in axes {
        let values = values(&axis, currency, date);
        if !values.is_empty() {
            settings.push(Setting {
                knob,
                name: axis.name.clone(),
                ty: axis.ty,
                most: axis.most,
                values,
            });
        }
    }
    settings
}

/// Whether a function over accounts asks forecasts.
fn asks_each(program: &Program) -> bool {
    let aggregates = program.rule_set().slots.aggregates.iter();
    let mut nodes = aggregates.flat_map(|one| one.nodes());
    nodes.any(|node| {
        let mut asks = false;
        node.each(&mut |node| asks |= matches!(node, Node::Forecast { .. }));
        asks
    })
}

/// Adds whatever a program reads.
fn add_read(program: &Program, axes: &mut BTreeMap<Knob, Axis>) {
    let rule_set = program.rule_set();
    let mut names = BTreeSet::from([
        features::APPLICATION_DECISION_DATE,
        features::APPLICATION_AMOUNT,
    ]);
    names.extend(rule_set.features_read());
    for name in names {
        if let Some((id, feature)) = features::find(name) {
            add_feature(id, feature, axes);
        }
    }
    for declared in rule_set.inputs() {
        let name = format!("inputs.{}", declared.name);
        let knob = Knob::Input(declared.name.clone());
        let axis = axes.entry(knob);
        let axis = axis.or_insert_with(|| Axis::input(name, declared.ty));
        axis.declare(declared);
        if let Some(default) = &declared.default {
            axis.split(default);
        }
    }
}

fn add_feature(id: FeatureId, feature: &Feature, axes: &mut BTreeMap<Knob, Axis>) {
    let mut add = |knob: Knob, axis: Axis| {
        axes.entry(knob).or_insert(axis);
    };
    let own = Axis::feature(id, feature);
    match (AskedFor::of(id), feature.scope) {
        (Some(AskedFor::Amount), _) => add(Knob::Amount, own.known()),
        (Some(AskedFor::TermDays), _) => add(Knob::TermDays, own),
        (Some(AskedFor::Payments), _) => {
            add_term(axes);
            let name = own.name.clone();
            let axis = Axis::few(format!("frequency of {name}"), FREQUENCIES.len());
            axes.entry(Knob::Frequency).or_insert(axis);
        }
        (Some(AskedFor::FirstPaymentDate | AskedFor::DaysToFirstPayment), _) => {
            if let Some((id, days)) = features::find(AskedFor::DaysToFirstPayment.name()) {
                add(Knob::FirstPayment, Axis::feature(id, days));
            }
        }
        (None, Scope::Household) => add(Knob::Feature(id, 0), own),
        (None, scope) => {
            let at_least = usize::from(scope != Scope::IncomeStream);
            let name = format!("number of {}s", scope.as_str());
            add(
                Knob::Subjects(scope),
                Axis::few(name, SUBJECTS_MAX + 1).at_least(at_least),
            );
            for at in 0..SUBJECTS_MAX {
                let mut axis = own.clone();
                axis.name = format!("{} of {} {}", own.name, scope.as_str(), at + 1);
                add(Knob::Feature(id, at), axis);
            }
            // Whether all streams are known is told by how many run.
            if scope == Scope::IncomeStream
                && let Some((id, streams)) = features::find(features::INCOME_STREAMS)
            {
                add(Knob::Feature(id, 0), Axis::feature(id, streams));
            }
        }
    }
}

fn add_term(axes: &mut BTreeMap<Knob, Axis>) {
    if let Some((id, term)) = features::find(features::APPLICATION_TERM_DAYS) {
        let axis = axes.entry(Knob::TermDays);
        axis.or_insert_with(|| Axis::feature(id, term));
    }
}

/// Splits what a program compares with constants.
fn add_constants(program: &Program, axes: &mut BTreeMap<Knob, Axis>) {
    for test in &program.tests.tests {
        let mut read = Read::default();
        let operands = test.operands();
        operands.iter().for_each(|part| read.add(program, part));
        read.split(program, axes);
    }
    for table in &program.rule_set().tables {
        for (at, input) in table.inputs.iter().enumerate() {
            let mut read = Read::default();
            input.formula.node.slots(&mut read.slots);
            for test in table.tests_of_input(at) {
                read.add_test(&test.passes, input.ty, program.rule_set().currency());
            }
            read.split(program, axes);
        }
    }
    for rule in &program.rule_set().rules {
        for ignored in &rule.ignored {
            let named = axes.values_mut().filter(|axis| axis.name == ignored.name);
            named.for_each(|axis| axis.may_miss_for(ignored.cause));
        }
    }
}

/// What stands together in one comparison.
#[derive(Debug, Default)]
struct Read {
    slots: BTreeSet<SlotId>,
    subjects: BTreeSet<FeatureId>,
    forecasts: bool,
    constants: Vec<Value>,
}

impl Read {
    fn add(&mut self, program: &Program, operand: &Operand) {
        match operand {
            Operand::Slot(slot) => {
                self.slots.insert(*slot);
            }
            Operand::Subject(id) => {
                self.subjects.insert(*id);
            }
            Operand::Constant(value) => self.constants.push(value.clone()),
            Operand::Forecast { .. } => self.forecasts = true,
            Operand::Apply(Applied::Listed { list, .. }, _) => {
                let list = program.rule_set().slots.lists.get(*list);
                let values = list.map(|list| list.values()).unwrap_or_default();
                let values = values.iter().take(limits::MEANING_WORDS_MAX);
                self.constants.extend(values.cloned());
            }
            Operand::Negate(_)
            | Operand::Round(_)
            | Operand::Abs(_)
            | Operand::Arithmetic(..)
            | Operand::Choose(..)
            | Operand::Condition(_)
            | Operand::Apply(..) => {}
        }
        let parts = operand.parts();
        parts.iter().for_each(|part| self.add(program, part));
    }

    fn add_test(&mut self, passes: &Passes, ty: Type, currency: Currency) {
        match passes {
            Passes::Any => {}
            Passes::Ranges(ranges) => {
                let ends = ranges.iter().flat_map(|(low, high)| [*low, *high]);
                let values = ends.filter_map(|at| axis::value(at, ty, currency));
                self.constants.extend(values);
            }
            Passes::Texts(texts) => {
                let texts = texts.iter().cloned().map(Value::Text);
                self.constants.extend(texts);
            }
        }
    }

    /// Splits what is read at the constants that stand beside it.
    fn split(&self, program: &Program, axes: &mut BTreeMap<Knob, Axis>) {
        let mut knobs: BTreeSet<Knob> = BTreeSet::new();
        for slot in &self.slots {
            let source = program.rule_set().slots.get(*slot).map(|slot| slot.source);
            match source {
                Some(Source::Feature(id)) => knobs.extend(of_feature(id)),
                Some(Source::Input(index)) => {
                    let input: Option<&DeclaredInput> = program.rule_set().inputs.get(index);
                    knobs.extend(input.map(|input| Knob::Input(input.name.clone())));
                }
                Some(Source::Forecast(_)) => {
                    knobs.insert(Knob::Forecast);
                }
                Some(
                    Source::Aggregate(_)
                    | Source::Derive(_)
                    | Source::Row(_)
                    | Source::Cell(..)
                    | Source::Score
                    | Source::BinValue
                    | Source::Offer(_),
                )
                | None => knobs.extend(self.behind(program, *slot)),
            }
        }
        for id in &self.subjects {
            knobs.extend((0..SUBJECTS_MAX).map(|at| Knob::Feature(*id, at)));
        }
        if self.forecasts {
            knobs.insert(Knob::Forecast);
        }
        for knob in knobs {
            if let Some(axis) = axes.get_mut(&knob) {
                self.constants.iter().for_each(|one| axis.split(one));
            }
        }
    }

    /// What the value of a bin, a derived value or a function over subjects is of, where it is that
    /// very value.
    fn behind(&self, program: &Program, slot: SlotId) -> Vec<Knob> {
        let rule_set = program.rule_set();
        let mut found = BTreeSet::new();
        let mut add = |slot: SlotId| match rule_set.slots.get(slot).map(|slot| slot.source) {
            Some(Source::Feature(id)) => found.extend(of_feature(id)),
            Some(Source::Aggregate(index)) => {
                let body = rule_set.slots.aggregates.get(index).map(|one| &one.body);
                if let Some(Node::Subject(id)) = body {
                    found.extend((0..SUBJECTS_MAX).map(|at| Knob::Feature(*id, at)));
                }
            }
            _ => {}
        };
        add(slot);
        let scorecard = rule_set.scorecard.iter();
        for one in scorecard.flat_map(|scorecard| &scorecard.characteristics) {
            if let (true, Node::Slot(own)) = (one.value_slot == slot, &one.value.node) {
                add(*own);
            }
        }
        found.into_iter().collect()
    }
}

/// The knob by which a feature of the household is set.
pub(super) fn of_feature(id: FeatureId) -> Option<Knob> {
    Some(match AskedFor::of(id) {
        Some(AskedFor::Amount) => Knob::Amount,
        Some(AskedFor::TermDays) => Knob::TermDays,
        Some(AskedFor::Payments) => Knob::Frequency,
        Some(AskedFor::DaysToFirstPayment | AskedFor::FirstPaymentDate) => Knob::FirstPayment,
        None => Knob::Feature(id, 0),
    })
}

/// Some values, those at which nothing turns among them.
fn values(axis: &Axis, currency: Currency, date: chrono::NaiveDate) -> Vec<Result<Value, Missing>> {
    let days = |ahead: &i64| {
        let days = u64::try_from(*ahead).ok()?;
        date.checked_add_days(chrono::Days::new(days))
    };
    const CENTS: [i64; 8] = [
        100_000, 0, 10_000, 50_000, 250_000, 500_000, 1_000_000, -10_000,
    ];
    const THINGS: [i64; 7] = [0, 1, 2, 3, 5, 10, 30];
    const DAYS: [i64; 10] = [30, 0, 1, 7, 14, 60, 90, 180, 365, 730];
    const MILLIONTHS: [i64; 7] = [500_000, 0, 100_000, 250_000, 750_000, 900_000, 1_000_000];
    let usual: Vec<Value> = match axis.ty {
        Type::Money => axis::all(&CENTS, axis.ty, currency),
        Type::Count => axis::all(&THINGS, axis.ty, currency),
        Type::Days => axis::all(&DAYS, axis.ty, currency),
        Type::Ratio => axis::all(&MILLIONTHS, axis.ty, currency),
        Type::Percent => {
            let percents = MILLIONTHS.map(|one| one.saturating_mul(100));
            axis::all(&percents, axis.ty, currency)
        }
        Type::Date => DAYS.iter().filter_map(days).map(Value::Date).collect(),
        Type::Text | Type::Bool => Vec::new(),
    };
    let inside = usual.into_iter().filter(|value| {
        let at = around(value, axis.ty);
        at.is_none_or(|at| at.iter().all(|at| axis.holds(*at)))
    });
    let mut all: Vec<Result<Value, Missing>> = inside.map(Ok).collect();
    for value in axis.values(currency) {
        if !all.contains(&value) {
            all.push(value);
        }
    }
    // A date about which nothing is said is one near the decision.
    if axis.ty == Type::Date && axis.is_unsplit() {
        all.truncate(DAYS.len());
    }
    all.truncate(VALUES_MAX);
    all
}
