//! Arithmetic over amounts in whole minor units.

/// The days of a month to which sums of a window are scaled: the month that the lengths of windows
/// (30, 90, 180) are multiples of, so that what is scaled is a plain third or sixth.
pub(crate) const MONTH_DAYS: i128 = 30;

/// The window of the sums of income and cash flow, in days. A judgement, and what reports on bank
/// data commonly use: three monthly payments fit in, most banks give that much, and it is still
/// about now. A longer one is steadier; a shorter one sees changes sooner.
pub(super) const WINDOW_DAYS: i64 = 90;

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
