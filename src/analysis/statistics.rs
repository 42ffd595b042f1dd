//! Exact order statistics on integers.

/// The median, of an even number of values the lower mean of the middle two; `None` for none.
pub(super) fn median(values: &mut [i128]) -> Option<i128> {
    values.sort_unstable();
    let middle = values.len() / 2;
    let upper = *values.get(middle)?;
    if values.len() % 2 == 1 {
        return Some(upper);
    }
    let lower = *values.get(middle.checked_sub(1)?)?;
    lower.checked_add(upper)?.checked_div_euclid(2)
}

/// The median distance from `middle`.
pub(super) fn mad(values: &[i128], middle: i128) -> i128 {
    let mut distances: Vec<i128> = values.iter().map(|value| (value - middle).abs()).collect();
    median(&mut distances).unwrap_or(0)
}

/// The least of `values` that at least so many percent of them do not exceed; `None` for none. It is
/// always one of them.
pub(crate) fn percentile(values: &[i128], percent: usize) -> Option<i128> {
    let rank = values.len().checked_mul(percent)?.div_ceil(100).max(1);
    let mut values = values.to_vec();
    let place = rank.checked_sub(1).filter(|place| *place < values.len())?;
    let (_, found, _) = values.select_nth_unstable(place);
    Some(*found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_one_of_the_values() {
        assert_eq!(percentile(&[], 50), None);
        assert_eq!(percentile(&[7], 10), Some(7));
        assert_eq!(percentile(&[4, 1, 3, 2], 50), Some(2));
        let twenty: Vec<i128> = (1..=20).rev().collect();
        assert_eq!(percentile(&twenty, 10), Some(2));
        assert_eq!(percentile(&twenty, 11), Some(3));
        assert_eq!(percentile(&twenty, 90), Some(18));
        assert_eq!(percentile(&twenty, 100), Some(20));
    }

    #[test]
    fn medians_are_exact() {
        assert_eq!(median(&mut []), None);
        assert_eq!(median(&mut [3, 1, 2]), Some(2));
        assert_eq!(median(&mut [4, 1, 2, 3]), Some(2));
        assert_eq!(median(&mut [-4, -1]), Some(-3));
        assert_eq!(mad(&[1, 2, 9], 2), 1);
    }
}
