//! Figures as people read them, and counts as a line.

pub(super) use crate::report::figures::{
    chance, interval, number, percent, points, share, thousandths,
};

/// From the lowest to the highest.
const LEVELS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// Counts as a line of characters, the highest for the most.
pub(in crate::cli) fn sparkline(counts: &[u64]) -> String {
    let most = u128::from(counts.iter().copied().max().unwrap_or(0));
    let steps = u128::try_from(LEVELS.len()).unwrap_or(1).saturating_sub(1);
    let level = |count: &u64| {
        let height = u128::from(*count).saturating_mul(steps);
        let height = height.checked_div(most).unwrap_or(0);
        let level = usize::try_from(height).ok();
        match count {
            0 => ' ',
            _ => level.and_then(|at| LEVELS.get(at)).copied().unwrap_or(' '),
        }
    };
    counts.iter().map(level).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_counts_shows_where_the_most_are() {
        assert_eq!(sparkline(&[0, 1, 50, 100]), " ▁▄█");
        assert_eq!(sparkline(&[]), "");
        assert_eq!(sparkline(&[0, 0]), "  ");
    }
}
