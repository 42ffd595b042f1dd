//! The nearest value of a slot with which something holds, where no comparison names it: of a value
//! that goes through calculations, or through the bins of a scorecard.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::proposal::{Way, can_be};
use crate::features::DECIMAL_PLACES;
use crate::rules::node::SlotId;
use crate::rules::scalar::{self, Scalar};
use crate::rules::values::Values;

/// How often a distance that was not enough is made greater: by then it is beyond every amount.
const STEPS_MAX: usize = 24;
/// How many times greater.
const GROWTH: i64 = 4;

/// The nearest value above or below the one observed with which `holds` is true, as far as one more
/// step in that direction does not make it false again: whoever tells it proves it. `None` where
/// there is none, or the value is no number.
pub(super) fn nearest<'a>(
    values: &mut Values<'a>,
    slot: SlotId,
    way: Way,
    holds: &mut dyn FnMut(&mut Values<'a>) -> bool,
) -> Option<Scalar<'a>> {
    let observed = values.get(slot).ok()?;
    let (at, first_step) = whole(observed)?;
    let sign = match way {
        Way::Up => 1,
        Way::Down => -1,
        Way::Other => return None,
    };
    let program = values.program;
    let at_distance = |distance: i64| {
        let moved = at.checked_add(distance.checked_mul(sign)?)?;
        let value = scalar::of_whole(moved, observed.ty())?;
        can_be(program, slot, value).then_some(value)
    };
    let mut try_out = |distance: i64| -> Option<bool> {
        let value = at_distance(distance)?;
        Some(values.with(slot, Ok(value), |values| holds(values)))
    };
    let (mut too_near, mut enough) = (0, first_step);
    let mut found = false;
    for _ in 0..STEPS_MAX {
        match try_out(enough) {
            Some(true) => {
                found = true;
                break;
            }
            Some(false) => too_near = enough,
            // Beyond the range: the end of the range itself is looked for between.
            None => {
                enough = end_of_range(too_near, enough, &at_distance)?;
                found = try_out(enough)?;
                break;
            }
        }
        enough = enough.checked_mul(GROWTH)?;
    }
    if !found {
        return None;
    }
    while enough.checked_sub(too_near)? > 1 {
        let middle = too_near + (enough - too_near) / 2;
        if try_out(middle)? {
            enough = middle;
        } else {
            too_near = middle;
        }
    }
    at_distance(enough)
}

/// The greatest distance that is still in the range, where `within` is and `beyond` is not; `None`
/// where that is `within` itself.
fn end_of_range<'a>(
    within: i64,
    beyond: i64,
    at_distance: &impl Fn(i64) -> Option<Scalar<'a>>,
) -> Option<i64> {
    let (mut last, mut beyond) = (within, beyond);
    while beyond.checked_sub(last)? > 1 {
        let middle = last + (beyond - last) / 2;
        if at_distance(middle).is_some() {
            last = middle;
        } else {
            beyond = middle;
        }
    }
    (last > within).then_some(last)
}

/// A number as a whole one in the unit in which it is changed, and by how many of them at first.
fn whole(value: Scalar<'_>) -> Option<(i64, i64)> {
    match value {
        Scalar::Money(minor) => Some((minor, 100)),
        Scalar::Count(count) => Some((count, 1)),
        Scalar::Days(days) => Some((days, 1)),
        Scalar::Ratio(share) | Scalar::Percent(share) => {
            let unit = Decimal::new(1, DECIMAL_PLACES);
            Some((share.checked_div(unit)?.round().to_i64()?, 1_000))
        }
        Scalar::Date(_) | Scalar::Text(_) | Scalar::Bool(_) => None,
    }
}
