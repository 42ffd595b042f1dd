//! Shares as lengths and places of a chart, as SVG writes them.
#![expect(clippy::float_arithmetic, reason = "shares are drawn; no money")]

use crate::replay::statistics::float;

/// A share of a length on a scale that ends at `greatest`.
pub(super) fn along(share: f64, greatest: f64, pixels: u64) -> String {
    let part = match greatest > 0.0 {
        true => (share / greatest).clamp(0.0, 1.0),
        false => 0.0,
    };
    format!("{:.1}", part * float(pixels))
}

/// How far to the right a share is of the least of a range; in the middle where the range has no width.
pub(super) fn across(share: f64, (least, greatest): (f64, f64), pixels: u64) -> String {
    match least < greatest {
        true => along(share - least, greatest - least, pixels),
        false => along(0.5, 1.0, pixels),
    }
}

/// Whether a share is nearer to the greatest of a range than to the least.
pub(super) fn is_far(share: f64, (least, greatest): (f64, f64)) -> bool {
    greatest - share < share - least
}

/// How far below the top a share is on a scale that begins at the bottom with nothing.
pub(super) fn down(share: f64, greatest: f64, pixels: u64) -> String {
    match greatest > 0.0 {
        true => along(greatest - share, greatest, pixels),
        false => along(1.0, 1.0, pixels),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_ends_where_the_scale_does() {
        assert_eq!(along(0.1, 0.4, 200), "50.0");
        assert_eq!(along(0.5, 0.4, 200), "200.0");
        assert_eq!(along(0.0, 0.0, 200), "0.0");
        assert_eq!(across(0.5, (0.4, 0.8), 200), "50.0");
        assert_eq!(across(0.4, (0.4, 0.4), 200), "100.0");
        assert!(is_far(0.7, (0.4, 0.8)) && !is_far(0.6, (0.4, 0.9)));
        assert_eq!(down(0.1, 0.4, 200), "150.0");
        assert_eq!(down(0.0, 0.0, 200), "200.0");
    }
}
