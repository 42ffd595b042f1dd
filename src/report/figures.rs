//! Figures of decisions as people read them.
#![expect(
    clippy::float_arithmetic,
    reason = "shares are shown in percent, and drawn; no money"
)]

use rust_decimal::Decimal;

use crate::money::grouped;
use crate::replay::statistics::{Interval, Share, float};

/// `1,203`.
pub(crate) fn number(count: u64) -> String {
    grouped(&count.to_string())
}

/// A value as a rule writes it, its thousands apart: `1,500.00 usd`, `2026-03-31`.
pub(super) fn value(written: &str) -> String {
    let (number, unit) = written.split_once(' ').unwrap_or((written, ""));
    match number.parse::<Decimal>() {
        Ok(_) => format!("{} {unit}", grouped(number)).trim_end().to_owned(),
        Err(_) => written.to_owned(),
    }
}

/// `14.8 %`.
pub(crate) fn percent(share: Option<f64>) -> String {
    share.map_or_else(|| "-".to_owned(), |share| format!("{:.1} %", share * 100.0))
}

/// `12.9-16.8`, in percent.
pub(crate) fn interval(interval: Option<Interval>) -> String {
    interval.map_or_else(String::new, |interval| {
        format!("{:.1}-{:.1}", interval.low * 100.0, interval.high * 100.0)
    })
}

/// `14.8 % (12.9-16.8)`.
pub(crate) fn share(share: &Share) -> String {
    match share.of {
        0 => "-".to_owned(),
        _ => format!("{} ({})", percent(share.share), interval(share.interval)),
    }
}

/// `+1.2 points (0.4 to 2.0)`.
pub(crate) fn points(difference: Option<f64>, interval: Option<Interval>) -> String {
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
pub(crate) fn chance(chance: f64) -> String {
    match chance {
        small if small < 0.001 => "<0.001".to_owned(),
        other => format!("{other:.3}"),
    }
}

/// `0.812 (0.760-0.864)`.
pub(crate) fn thousandths(figure: f64, interval: Option<Interval>) -> String {
    let interval = interval.map_or_else(String::new, |interval| {
        format!(" ({:.3}-{:.3})", interval.low, interval.high)
    });
    format!("{figure:.3}{interval}")
}

/// A share of a length on a scale that ends at `greatest`, as SVG writes it.
pub(super) fn along(share: f64, greatest: f64, pixels: u64) -> String {
    let part = match greatest > 0.0 {
        true => (share / greatest).clamp(0.0, 1.0),
        false => 0.0,
    };
    format!("{:.1}", part * float(pixels))
}

/// How far to the right a share is of the least of a range, as SVG writes it; in the middle where the range has
/// no width.
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

/// How far below the top a share is on a scale that begins at the bottom with nothing, as SVG writes it.
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
    fn a_value_is_a_number_with_its_unit_or_stays_as_it_is() {
        for (written, shown) in [
            ("1500.00 usd", "1,500.00 usd"),
            ("1200 days", "1,200 days"),
            ("-43210", "-43,210"),
            ("2026-03-31", "2026-03-31"),
            ("false", "false"),
            ("36%", "36%"),
        ] {
            assert_eq!(value(written), shown);
        }
    }

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
