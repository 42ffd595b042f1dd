//! Figures of decisions as people read them.
#![expect(
    clippy::float_arithmetic,
    reason = "shares are shown in percent; no money"
)]

use rust_decimal::Decimal;

use crate::money::grouped;
pub(crate) use crate::money::thousands as number;
use crate::replay::statistics::{Interval, Share};

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
}
