//! A point of the grid: how much, for how long, repaid how often.

use chrono::NaiveDate;
use rust_decimal::Decimal;

use crate::application::{RepaymentFrequency, Term};
use crate::features::{self, Missing, Value};
use crate::loan;
use crate::rules::asked::{AskedFor, OfferValue};
use crate::rules::node::SlotId;
use crate::rules::scalar::{Known, Scalar};
use crate::rules::values::Values;

/// Days of an average year, as those of terms are counted.
const YEAR_DAYS: i64 = 365;
const YEAR_MONTHS: i64 = 12;

/// A loan that could be offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::rules) struct Point {
    /// In minor units.
    pub(in crate::rules) amount: i64,
    pub(in crate::rules) term: Term,
    pub(in crate::rules) frequency: RepaymentFrequency,
}

impl Point {
    /// How many payments it asks for.
    pub(super) fn payments(&self) -> u32 {
        self.frequency.payments_in(self.term)
    }

    /// How many payments there are in an average month.
    fn payments_per_month(&self) -> Option<Decimal> {
        let months = Decimal::from(YEAR_MONTHS);
        match self.frequency.per_year() {
            Some(per_year) => Decimal::from(per_year).checked_div(months),
            None => {
                let days = Decimal::from(self.term.days()).checked_mul(months)?;
                Decimal::from(YEAR_DAYS).checked_div(days)
            }
        }
    }
}

/// When the first payment falls due: on the day asked for, where the payments are those asked for;
/// otherwise a period after the decision.
pub(in crate::rules) fn first_payment(values: &Values<'_>, point: &Point) -> Option<NaiveDate> {
    let requested = values.requested;
    let as_asked = point.frequency == requested.frequency
        && (point.frequency.per_year().is_some() || point.term.days() == requested.term.days());
    let asked = requested.first_payment_date.filter(|_| as_asked);
    asked.or_else(|| loan::due_after(point.frequency, point.term, values.decision_date()?))
}

/// What was asked for.
pub(in crate::rules) fn request(values: &Values<'_>) -> Point {
    let requested = values.requested;
    Point {
        amount: requested_amount(values),
        term: requested.term,
        frequency: requested.frequency,
    }
}

/// The amount asked for: another one, where somebody looks at what would then be.
fn requested_amount(values: &Values<'_>) -> i64 {
    let said = values.requested.amount.minor();
    let mut asked = values.program.asked.slots.iter();
    let slot = asked.find(|(_, asked)| *asked == AskedFor::Amount);
    let Some((slot, _)) = slot else {
        return said;
    };
    let seen = features::find(features::APPLICATION_AMOUNT)
        .and_then(|(id, _)| values.features.slots(id).first())
        .and_then(|slot| slot.value.as_ref().ok());
    match (values.get(*slot), seen) {
        (Ok(Scalar::Money(minor)), Some(Value::Money(seen))) if minor != seen.minor() => minor,
        (Ok(Scalar::Money(minor)), None) => minor,
        _ => said,
    }
}

/// Lets `[offer]` read the values of a point.
pub(in crate::rules) fn at(values: &mut Values<'_>, point: &Point) {
    let program = values.program;
    let first = first_payment(values, point);
    let known = |value: OfferValue| match value {
        OfferValue::Amount => Ok(Scalar::Money(point.amount)),
        OfferValue::TermDays => Ok(Scalar::Days(i64::from(point.term.days()))),
        OfferValue::Payments => Ok(Scalar::Count(i64::from(point.payments()))),
        OfferValue::PaymentsPerMonth => point
            .payments_per_month()
            .map(|per_month| Scalar::Ratio(per_month).quantised())
            .ok_or(Missing::Overflow),
        OfferValue::FirstPaymentDate => first.map(Scalar::Date).ok_or(Missing::NotProvided),
    };
    let slots = program.offered.slots.iter();
    let slots: Vec<(SlotId, Known<'_>)> =
        slots.map(|(slot, value)| (*slot, known(*value))).collect();
    values.set_all(&slots, &program.offered.dependents);
}

/// The features that say what was asked for, as they would be had the point been asked for. What the
/// application does not say stays unsaid.
pub(in crate::rules) fn as_if_asked<'a>(
    values: &Values<'a>,
    point: &Point,
) -> Vec<(SlotId, Known<'a>)> {
    let said = values.requested.first_payment_date.is_some();
    let first = first_payment(values, point).filter(|_| said);
    let known = |slot: SlotId, asked: AskedFor| match asked {
        AskedFor::Amount => Ok(Scalar::Money(point.amount)),
        AskedFor::TermDays => Ok(Scalar::Days(i64::from(point.term.days()))),
        AskedFor::Payments => Ok(Scalar::Count(i64::from(point.payments()))),
        AskedFor::FirstPaymentDate => {
            first.map_or_else(|| values.get(slot), |first| Ok(Scalar::Date(first)))
        }
        AskedFor::DaysToFirstPayment => match first.zip(values.decision_date()) {
            Some((first, advanced)) => Ok(Scalar::Days((first - advanced).num_days())),
            None => values.get(slot),
        },
    };
    let slots = values.program.asked.slots.iter();
    slots
        .map(|(slot, asked)| (*slot, known(*slot, *asked)))
        .collect()
}
