//! Arithmetic over amounts in whole minor units.

/// The days of a month to which sums of a window are scaled.
pub(crate) const MONTH_DAYS: i128 = 30;

/// `amount * times / of`, rounded half away from zero; `None` where it does not fit.
pub(crate) fn scale(amount: i128, times: i128, of: i128) -> Option<i128> {
    let product = amount.checked_mul(times)?;
    let quotient = product.checked_div(of)?;
    let rest = product.checked_rem(of)?;
    let away = rest.checked_abs()?.checked_mul(2)? >= of.checked_abs()?;
    let step = if (product < 0) == (of < 0) { 1 } else { -1 };
    if away {
        quotient.checked_add(step)
    } else {
        Some(quotient)
    }
}
