//! Figures as people read them.
#![expect(
    clippy::float_arithmetic,
    reason = "shares are shown in percent; no money"
)]

use crate::money::grouped;
use crate::replay::statistics::{Interval, Share};

/// From the lowest to the highest.
const LEVELS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// `1,203`.
pub(super) fn number(count: u64) -> String {
    grouped(&count.to_string())
}

/// `14.8 %`.
pub(super) fn percent(share: Option<f64>) -> String {
    share.map_or_else(|| "-".to_owned(), |share| format!("{:.1} %", share * 100.0))
}

/// `12.9-16.8`, in percent.
pub(super) fn interval(interval: Option<Interval>) -> String {
    interval.map_or_else(String::new, |interval| {
        format!("{:.1}-{:.1}", interval.low * 100.0, interval.high * 100.0)
    })
}

/// `14.8 % (12.9-16.8)`.
pub(super) fn share(share: &Share) -> String {
    match share.of {
        0 => "-".to_owned(),
        _ => format!("{} ({})", percent(share.share), interval(share.interval)),
    }
}

/// `+1.2 points (0.4 to 2.0)`.
pub(super) fn points(difference: Option<f64>, interval: Option<Interval>) -> String {
    let (Some(difference), Some(interval)) = (difference, interval) else {
        return "-".to_owned();
    };
    let (low, high) = (interval.low * 100.0, interval.high * 100.0);
    // No minus before what is shown as nothing.
    let shown = |points: f64| {
        let text = format!("{points:+.1}");
        match text.as_str() {
            "-0.0" | "+0.0" => "0.0".to_owned(),
            _ => text,
        }
    };
    format!(
        "{} points ({} to {})",
        shown(difference * 100.0),
        shown(low),
        shown(high)
    )
}

/// `0.003`, `<0.001`.
pub(super) fn chance(chance: f64) -> String {
    match chance {
        small if small < 0.001 => "<0.001".to_owned(),
        other => format!("{other:.3}"),
    }
}

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
    fn figures_are_short() {
        let some = Share::new(3, 20);
        assert_eq!(share(&some), "15.0 % (5.2-36.0)");
        assert_eq!(share(&Share::new(0, 0)), "-");
        let apart = Interval {
            low: -0.0001,
            high: 0.02,
        };
        assert_eq!(points(Some(0.01), Some(apart)), "+1.0 points (0.0 to +2.0)");
        assert_eq!(
            (chance(0.000_1), chance(0.25)),
            ("<0.001".to_owned(), "0.250".to_owned())
        );
    }

    #[test]
    fn a_line_of_counts_shows_where_the_most_are() {
        assert_eq!(sparkline(&[0, 1, 50, 100]), " ▁▄█");
        assert_eq!(sparkline(&[]), "");
        assert_eq!(sparkline(&[0, 0]), "  ");
    }
}
