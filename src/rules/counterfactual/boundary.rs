//! The value nearest to a bound for which a comparison holds, in the type of the value compared.

use rust_decimal::prelude::ToPrimitive;
use rust_decimal::{Decimal, RoundingStrategy};

use crate::features::DECIMAL_PLACES;
use crate::rules::ast::CompareOp;
use crate::rules::scalar::{self, Scalar};

/// The value nearest to a bound for which `value op bound` holds, in the type of `like`, with
/// the words for it and the bound that they name.
pub(super) fn boundary<'a>(
    op: CompareOp,
    like: Scalar<'a>,
    bound: Scalar<'a>,
) -> Option<(Scalar<'a>, &'static str, Scalar<'a>)> {
    match op {
        CompareOp::Equal => {
            let value = in_type_of(like, bound, RoundingStrategy::ToZero)?;
            let exact = matches!(scalar::order(value, bound), Some(Ok(order)) if order.is_eq());
            exact.then_some((value, "equal to", value))
        }
        CompareOp::NotEqual => match bound {
            Scalar::Text(_) => Some((Scalar::Text(""), "other than", bound)),
            Scalar::Bool(truth) => Some((Scalar::Bool(!truth), "other than", bound)),
            Scalar::Money(_)
            | Scalar::Count(_)
            | Scalar::Days(_)
            | Scalar::Ratio(_)
            | Scalar::Percent(_)
            | Scalar::Date(_) => Some((next(like_bound(like, bound)?, 1)?, "other than", bound)),
        },
        CompareOp::GreaterEqual => {
            let value = in_type_of(like, bound, RoundingStrategy::ToPositiveInfinity)?;
            Some((value, "at least", value))
        }
        CompareOp::LessEqual => {
            let value = in_type_of(like, bound, RoundingStrategy::ToNegativeInfinity)?;
            Some((value, "at most", value))
        }
        CompareOp::Greater => {
            let floor = in_type_of(like, bound, RoundingStrategy::ToNegativeInfinity)?;
            Some((next(floor, 1)?, "above", floor))
        }
        CompareOp::Less => {
            let ceiling = in_type_of(like, bound, RoundingStrategy::ToPositiveInfinity)?;
            Some((next(ceiling, -1)?, "below", ceiling))
        }
    }
}

fn like_bound<'a>(like: Scalar<'a>, bound: Scalar<'a>) -> Option<Scalar<'a>> {
    in_type_of(like, bound, RoundingStrategy::ToZero)
}

/// A bound in the type of the value that is compared with it, rounded to what that type holds.
fn in_type_of<'a>(
    like: Scalar<'a>,
    bound: Scalar<'a>,
    rounding: RoundingStrategy,
) -> Option<Scalar<'a>> {
    let kept = |value: Decimal| value.round_dp_with_strategy(DECIMAL_PLACES, rounding);
    match (like, bound) {
        (Scalar::Count(_), Scalar::Ratio(ratio)) => ratio
            .round_dp_with_strategy(0, rounding)
            .to_i64()
            .map(Scalar::Count),
        (Scalar::Ratio(_), Scalar::Count(count)) => Some(Scalar::Ratio(Decimal::from(count))),
        (Scalar::Ratio(_), Scalar::Percent(percent)) => Some(Scalar::Ratio(kept(
            percent.checked_mul(Decimal::new(1, 2))?,
        ))),
        (Scalar::Percent(_), Scalar::Ratio(ratio)) => Some(Scalar::Percent(kept(
            ratio.checked_mul(Decimal::ONE_HUNDRED)?,
        ))),
        (Scalar::Ratio(_), Scalar::Ratio(ratio)) => Some(Scalar::Ratio(kept(ratio))),
        (Scalar::Percent(_), Scalar::Percent(percent)) => Some(Scalar::Percent(kept(percent))),
        (_, same) => Some(same),
    }
}

/// The next value of the type, upwards or downwards.
fn next(value: Scalar<'_>, step: i64) -> Option<Scalar<'_>> {
    let smallest = Decimal::new(step, DECIMAL_PLACES);
    match value {
        Scalar::Money(minor) => minor.checked_add(step).map(Scalar::Money),
        Scalar::Count(count) => count.checked_add(step).map(Scalar::Count),
        Scalar::Days(days) => days.checked_add(step).map(Scalar::Days),
        Scalar::Ratio(ratio) => ratio.checked_add(smallest).map(Scalar::Ratio),
        Scalar::Percent(percent) => percent.checked_add(smallest).map(Scalar::Percent),
        Scalar::Date(date) => if step > 0 {
            date.succ_opt()
        } else {
            date.pred_opt()
        }
        .map(Scalar::Date),
        Scalar::Text(_) | Scalar::Bool(_) => None,
    }
}
