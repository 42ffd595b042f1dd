//! The values of a program's slots for one application: loaded, computed, and changed to see what
//! a change would do.

use std::cell::Cell;
use std::ops::Range;

use chrono::NaiveDate;

use super::apply::Outside;
use super::code::{Calculation, Condition, Quick, Tests};
use super::foresight::Foresight;
use super::inputs;
use super::node::SlotId;
use super::program::{Dependent, Program};
use super::reduce::reduce;
use super::run::Env;
use super::scalar::{self, Known, Scalar, of_whole, whole_of};
use super::slot_value::SlotValue;
use super::verdict::{Verdict, Verdicts};
use crate::application::Requested;
use crate::features::{self, Features, Missing, Value, Whole};
use crate::id::ApplicantId;

/// The values of all slots.
///
/// INVARIANT: `whole` holds the integer of each of `slots`.
#[derive(Debug, Clone)]
pub(super) struct Values<'a> {
    pub(super) program: &'a Program,
    pub(super) features: &'a Features,
    pub(super) requested: Requested<'a>,
    pub(super) foresight: Foresight<'a>,
    slots: Vec<SlotValue<'a>>,
    whole: Vec<Whole>,
    mixed_types: Cell<bool>,
    outside: Outside<'a>,
    /// For each function over subjects, by its position, the subject that decided, where one did.
    pub(super) decided_by: Vec<Option<usize>>,
}

impl<'a> Values<'a> {
    /// Reads features and inputs, and computes whatever is computed from them.
    pub(super) fn load(
        program: &'a Program,
        features: &'a Features,
        requested: impl Into<Requested<'a>>,
        foresight: Foresight<'a>,
    ) -> Self {
        let (rule_set, requested) = (program.rule_set(), requested.into());
        let mut values = Self {
            program,
            features,
            requested,
            foresight,
            slots: program.slots.clone(),
            whole: vec![Whole::Missing; program.slots.len()],
            mixed_types: Cell::new(!features.is_typed()),
            outside: Outside {
                lists: &rule_set.slots.lists,
                salt: rule_set.share_salt.as_deref(),
                person: requested.person.map(ApplicantId::as_str),
            },
            decided_by: vec![None; program.aggregates.len()],
        };
        let wholes = features.wholes(rule_set.currency);
        for (slot, value) in program.slots.iter().enumerate() {
            let SlotValue::Feature(id) = value else {
                continue;
            };
            let whole = wholes.and_then(|wholes| wholes.get(id.index()).copied());
            let whole = whole.unwrap_or_else(|| {
                scalar::known_whole(&value.known(Some(features), rule_set.currency))
            });
            if let Some(place) = values.whole.get_mut(slot) {
                *place = whole;
            }
        }
        for (slot, input) in &program.inputs {
            values.set(*slot, inputs::read(rule_set, *input, requested));
        }
        for dependent in &program.computed {
            values.compute(*dependent);
        }
        Self {
            foresight: values.foresight.asked(),
            ..values
        }
    }

    /// The day of the decision; unknown only where features are given without it.
    pub(super) fn decision_date(&self) -> Option<NaiveDate> {
        let (id, _) = features::find(features::APPLICATION_DECISION_DATE)?;
        let slot = self.features.slots(id).first()?;
        let Value::Date(date) = slot.value.as_ref().ok()? else {
            return None;
        };
        Some(*date)
    }

    /// Whether a defect of the checker or of a feature came to light: a value of another type
    /// than the expression was checked for. Nothing that was computed then counts.
    pub(super) fn is_defective(&self) -> bool {
        self.mixed_types.get()
    }

    /// Notes such a defect, and what then stands for the value.
    pub(super) fn defective(&self) -> Missing {
        self.mixed_types.set(true);
        Missing::Ambiguous
    }

    /// The value of a slot.
    pub(super) fn get(&self, slot: SlotId) -> Known<'a> {
        let currency = self.program.rule_set().currency;
        let value = self.slots.get(slot.0);
        value.map_or(Err(Missing::NotProvided), |value| {
            value.known(Some(self.features), currency)
        })
    }

    /// Sets the value of a slot, and nothing that depends on it.
    pub(super) fn set(&mut self, slot: SlotId, known: Known<'a>) {
        let typed = |value: &Scalar<'_>| self.program.types.get(slot.0) == Some(&value.ty());
        if !known.as_ref().map_or(true, typed) {
            self.mixed_types.set(true);
        }
        if let (Some(place), Some(whole)) = (self.slots.get_mut(slot.0), self.whole.get_mut(slot.0))
        {
            *place = SlotValue::Known(known);
            *whole = scalar::known_whole(&known);
        }
    }

    /// Sets the score, and computes what rests on it.
    pub(super) fn set_score(&mut self, slot: SlotId, score: Known<'a>) {
        self.set(slot, score);
        let program = self.program;
        for dependent in &program.late {
            self.compute(*dependent);
        }
    }

    /// What expressions run over.
    pub(super) fn env(&self) -> Env<'a, '_> {
        Env {
            tests: &self.program.tests.tests,
            slots: &self.slots,
            features: Some(self.features),
            foresight: &self.foresight,
            currency: self.program.rule_set().currency,
            outside: self.outside,
            subject: 0,
            mixed_types: &self.mixed_types,
        }
    }

    /// Looks at comparisons and notes what each comes to.
    pub(super) fn look(&self, comparisons: &[usize], verdicts: &mut Verdicts) {
        for &comparison in comparisons {
            verdicts.set(comparison, self.verdict(comparison));
        }
    }

    /// Looks at comparisons that are numbered one after the other.
    pub(super) fn look_at_range(&self, comparisons: Range<usize>, verdicts: &mut Verdicts) {
        let (tests, whole) = (&self.program.tests, self.whole.as_slice());
        let forms = tests.quick.get(comparisons.clone()).unwrap_or_default();
        let places = verdicts.range_mut(comparisons.clone());
        for ((comparison, form), place) in comparisons.zip(forms).zip(places) {
            let found = quick(tests, whole, form);
            *place = Some(found.unwrap_or_else(|| self.slow(comparison)));
        }
    }

    /// What a comparison comes to, by its number.
    pub(super) fn verdict(&self, comparison: usize) -> Verdict {
        let tests = &self.program.tests;
        let form = tests.quick.get(comparison);
        let found = form.and_then(|form| quick(tests, &self.whole, form));
        found.unwrap_or_else(|| self.slow(comparison))
    }

    /// What a comparison comes to where integers do not say.
    #[cold]
    fn slow(&self, comparison: usize) -> Verdict {
        self.env().test(comparison).into()
    }

    /// Whether a condition holds as the slots are now.
    pub(super) fn holds(&self, condition: &Condition) -> Verdict {
        condition.logic.of(&|comparison| self.verdict(comparison))
    }

    /// Computes one slot from others.
    fn compute(&mut self, dependent: Dependent) {
        let program = self.program;
        let (slot, known) = match dependent {
            Dependent::Aggregate(slot, index) => {
                let aggregate = program.aggregates.get(index);
                let ty = program.types.get(slot.0).copied();
                let reduced = aggregate.zip(ty);
                let reduced = reduced.map(|(over, ty)| reduce(self.env(), over, ty));
                let decided_by = reduced.and_then(|reduced| reduced.decided_by);
                if let Some(place) = self.decided_by.get_mut(index) {
                    *place = decided_by;
                }
                (slot, reduced.map(|reduced| reduced.known))
            }
            Dependent::Forecast(slot, index) => {
                let forecast = program.forecasts.get(index);
                (slot, forecast.map(|forecast| self.env().value(forecast)))
            }
            Dependent::Derived(slot, index) => {
                let derived = program.derived.get(index);
                (slot, derived.map(|derived| self.calculate(derived)))
            }
            Dependent::Row(slot, table) => (slot, self.row(table)),
            Dependent::Cell(slot, table, output) => (slot, self.cell(table, output)),
        };
        if let Some(known) = known {
            self.set(slot, known);
        }
    }

    /// What the rows of a table are chosen by.
    pub(super) fn inputs_of_table(&self, table: usize) -> Vec<Known<'a>> {
        let inputs = self.program.tables.get(table).map(Vec::as_slice);
        let inputs = inputs.unwrap_or_default().iter();
        inputs.map(|input| self.calculate(input)).collect()
    }

    /// The number of the row of a table that is chosen.
    fn row(&self, table: usize) -> Option<Known<'a>> {
        let inputs = self.inputs_of_table(table);
        let table = self.program.rule_set().tables.get(table)?;
        let row = table.choose(&inputs);
        Some(row.and_then(|row| {
            let row = i64::try_from(row).map_err(|_| Missing::Overflow)?;
            Ok(Scalar::Count(row))
        }))
    }

    /// What a table gives in the row that was chosen.
    fn cell(&self, table: usize, output: usize) -> Option<Known<'a>> {
        let rule_set = self.program.rule_set();
        let table = rule_set.tables.get(table)?;
        Some(self.get(table.slot).and_then(|row| {
            // INVARIANT: which row it is is a count.
            let row = whole_of(row).and_then(|row| usize::try_from(row).ok());
            let value = row.and_then(|row| table.output(output, row));
            // INVARIANT: only values that no application has are of no row where there is no
            // `otherwise`.
            Scalar::read(value.ok_or(Missing::NoBasis)?, rule_set.currency)
        }))
    }

    /// The value of a calculation, rounded to six places.
    pub(super) fn calculate(&self, calculation: &'a Calculation) -> Known<'a> {
        let whole = calculation.whole.as_ref();
        let whole = whole.and_then(|(op, ty)| of_whole(op.run(&self.whole)?, *ty));
        match whole {
            Some(value) => Ok(value),
            None => self
                .env()
                .value(&calculation.operand)
                .map(Scalar::quantised),
        }
    }

    /// Sets the values of slots, and computes what depends on them.
    pub(super) fn set_all(&mut self, values: &[(SlotId, Known<'a>)], dependents: &[Dependent]) {
        for (slot, known) in values {
            self.set(*slot, *known);
        }
        for dependent in dependents {
            self.compute(*dependent);
        }
    }

    /// Runs `look` with other values in slots and in all that depends on them.
    pub(super) fn with_all<T>(
        &mut self,
        values: &[(SlotId, Known<'a>)],
        dependents: &[Dependent],
        look: impl FnOnce(&mut Self) -> T,
    ) -> T {
        let slots = values.iter().map(|(slot, _)| *slot);
        let changed = slots.chain(dependents.iter().map(|one| one.slot()));
        let before: Vec<(SlotId, Known<'a>)> = changed.map(|slot| (slot, self.get(slot))).collect();
        let decided_by = self.decided_by.clone();
        self.set_all(values, dependents);
        let seen = look(self);
        for (slot, known) in before {
            self.set(slot, known);
        }
        self.decided_by = decided_by;
        seen
    }

    /// Runs `look` with another value in a slot and in all that depends on it.
    pub(super) fn with<T>(
        &mut self,
        slot: SlotId,
        value: Known<'a>,
        look: impl FnOnce(&mut Self) -> T,
    ) -> T {
        let dependents = self.program.dependents.get(slot.0);
        let dependents = dependents.map_or(&[][..], Vec::as_slice);
        self.with_all(&[(slot, value)], dependents, look)
    }
}

/// What a comparison comes to by integers; `None` where they do not decide, or a value is missing.
#[inline]
fn quick(tests: &Tests, whole: &[Whole], form: &Quick) -> Option<Verdict> {
    // Most are of this form.
    let holds = if let Quick::Bound {
        slot,
        ordered,
        bound,
    } = form
    {
        ordered.of_integers(integer(whole, *slot)?, *bound)
    } else {
        quick_other(tests, whole, form)?
    };
    Some(if holds { Verdict::True } else { Verdict::False })
}

#[inline(never)]
fn quick_other(tests: &Tests, whole: &[Whole], quick: &Quick) -> Option<bool> {
    match *quick {
        Quick::Bound {
            slot,
            ordered,
            bound,
        } => Some(ordered.of_integers(integer(whole, slot)?, bound)),
        Quick::Pair {
            left,
            ordered,
            right,
        } => Some(ordered.of_integers(integer(whole, left)?, integer(whole, right)?)),
        Quick::Range { slot, low, high } => Some((low..=high).contains(&integer(whole, slot)?)),
        Quick::Missing { slot, negated } => {
            Some(matches!(whole.get(slot.0)?, Whole::Missing) != negated)
        }
        Quick::Calculated(index) => {
            let (left, ordered, right) = tests.calculated.get(index)?;
            Some(ordered.of_integers(left.run(whole)?, right.run(whole)?))
        }
        Quick::None => None,
    }
}

#[inline]
fn integer(whole: &[Whole], slot: SlotId) -> Option<i64> {
    match whole.get(slot.0) {
        Some(Whole::Is(whole)) => Some(*whole),
        Some(Whole::No | Whole::Missing) | None => None,
    }
}
