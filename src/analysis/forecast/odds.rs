//! Probabilities as log-odds, in whole numbers: the same on every machine.

/// One, in the fixed point in which logarithms are worked out.
pub(crate) const ONE: i64 = 1_000_000_000;
/// The natural logarithm of two.
const LN2: i64 = 693_147_181;

/// So many of so many, as log-odds; as if half a case more had been seen of either.
pub(super) fn log_odds(of: usize, all: usize) -> i64 {
    let twice = |count: usize| u64::try_from(count).unwrap_or(u64::MAX / 4) * 2 + 1;
    ln(twice(of)).saturating_sub(ln(twice(all.saturating_sub(of))))
}

/// The probability of log-odds, in millionths.
pub(super) fn probability(log_odds: i64) -> u64 {
    const MILLIONTH: i64 = ONE / 1_000_000;
    let small = exp_of_minus(log_odds.saturating_abs());
    let smaller = small * (ONE / MILLIONTH) / (ONE + small);
    let found = if log_odds < 0 {
        smaller
    } else {
        ONE / MILLIONTH - smaller
    };
    found.unsigned_abs()
}

/// The natural logarithm of a whole number from 1 on.
fn ln(number: u64) -> i64 {
    let number = number.max(1);
    let doublings = number.ilog2();
    // Between one and two.
    let rest = (i128::from(number) * i128::from(ONE)) >> doublings;
    let rest = i64::try_from(rest).unwrap_or(ONE);
    // ln m = 2 artanh((m - 1) / (m + 1)), whose argument is a third at most.
    let y = i128::from(rest - ONE) * i128::from(ONE) / i128::from(rest + ONE);
    let y = i64::try_from(y).unwrap_or(0);
    let square = times(y, y);
    let (mut power, mut sum) = (y, y);
    for odd in [3, 5, 7, 9, 11, 13, 15, 17] {
        power = times(power, square);
        sum += power / odd;
    }
    i64::from(doublings) * LN2 + 2 * sum
}

/// A product of two numbers of which neither is much above one.
fn times(a: i64, b: i64) -> i64 {
    a * b / ONE
}

/// `exp(-x)` of a number that is not negative: halvings, and a series for the rest.
pub(crate) fn exp_of_minus(x: i64) -> i64 {
    let x = x.max(0);
    let halvings = u32::try_from(x / LN2).unwrap_or(u32::MAX);
    let rest = x % LN2;
    let (mut term, mut sum) = (ONE, ONE);
    for power in 1..=12 {
        term = -times(term, rest) / power;
        sum += term;
    }
    sum.checked_shr(halvings).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logarithms_and_exponentials_are_right_to_six_digits() {
        assert_eq!(ln(1), 0);
        for (number, expected) in [(2, 693_147_181), (3, 1_098_612_289), (2_001, 7_601_402_335)] {
            assert!((ln(number) - expected).abs() < 3_000, "{number}");
        }
        assert_eq!(exp_of_minus(0), ONE);
        assert!((exp_of_minus(ONE) - 367_879_441).abs() <= 20);
        assert!((exp_of_minus(5 * ONE) - 6_737_947).abs() <= 20);
        assert_eq!(exp_of_minus(i64::MAX), 0);
        assert!(ln(u64::MAX) > 44 * ONE);
    }

    #[test]
    fn odds_and_probabilities_are_one_another() {
        for of in 0..=100_usize {
            let expected = (2 * of as u64 + 1) * 1_000_000 / 202;
            let found = probability(log_odds(of, 100));
            assert!(found.abs_diff(expected) <= 5, "{of}: {found}");
        }
        assert_eq!(probability(i64::MIN), 0);
        assert_eq!(probability(i64::MAX), 1_000_000);
    }
}
