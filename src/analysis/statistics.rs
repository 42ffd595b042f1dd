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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians_are_exact() {
        assert_eq!(median(&mut []), None);
        assert_eq!(median(&mut [3, 1, 2]), Some(2));
        assert_eq!(median(&mut [4, 1, 2, 3]), Some(2));
        assert_eq!(median(&mut [-4, -1]), Some(-3));
        assert_eq!(mad(&[1, 2, 9], 2), 1);
    }
}
