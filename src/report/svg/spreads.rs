//! How values are spread, several populations on one scale.

use rust_decimal::Decimal;

use super::{Width, chart, label, line, rectangle, share};
use crate::features::millionths;
use crate::replay::backtest::{SPREAD_PARTS, Spread};
use crate::report::figures::{number, value};
use crate::report::markup::Markup;

const ROW: i64 = 92;
const PLOT: i64 = 52;

/// A population with the numbers of its least value, its median and its greatest.
struct Placed<'a> {
    name: &'a str,
    spread: &'a Spread,
    least: i64,
    median: i64,
    greatest: i64,
}

/// The number of a value as it is written: `1500.00 usd` is 1500.
fn placed(value: &str) -> Option<i64> {
    let number = value.split(' ').next()?;
    millionths(number.parse::<Decimal>().ok()?)
}

/// Populations as bars below each other, by the one scale of all; those of no values are left out. The
/// highest bar of each has the same height.
pub(in crate::report) fn spreads(
    markup: &mut Markup,
    what: &str,
    populations: &[(&str, &Spread)],
    width: Width,
) {
    let placed: Vec<Placed<'_>> = populations
        .iter()
        .filter_map(|(name, spread)| {
            let [least, _, _, median, _, _, greatest] = spread.quantiles.as_slice() else {
                return None;
            };
            Some(Placed {
                name,
                spread,
                least: placed(least)?,
                median: placed(median)?,
                greatest: placed(greatest)?,
            })
        })
        .collect();
    let (Some(low), Some(high)) = (
        placed.iter().map(|one| one.least).min(),
        placed.iter().map(|one| one.greatest).max(),
    ) else {
        return;
    };
    let count = i64::try_from(placed.len()).unwrap_or(1);
    let says = format!("{what}, by how often each comes");
    chart(markup, width, ROW * count + 4, &says, |svg| {
        svg.element("title", &[], &says);
        for (at, one) in (0_i64..).zip(&placed) {
            row(svg, one, (low, high), at * ROW * 10, width);
        }
    });
}

fn row(svg: &mut Markup, one: &Placed<'_>, (low, high): (i64, i64), top: i64, width: Width) {
    let pixels = width.pixels();
    let scale = i128::from(high.saturating_sub(low)).max(1);
    let x = |value: i64| share(i128::from(value) - i128::from(low), scale, pixels);
    let floor = top + (18 + PLOT) * 10;
    let most = one.spread.parts.iter().copied().max().unwrap_or(0).max(1);
    let parts = i128::try_from(SPREAD_PARTS).unwrap_or(1);
    let own = i128::from(one.greatest.saturating_sub(one.least));
    for (at, decisions) in (0_i128..).zip(&one.spread.parts) {
        let edge = |at: i128| {
            let ahead = own.saturating_mul(at) / parts;
            x(one.least.saturating_add(i64::try_from(ahead).unwrap_or(0)))
        };
        let (left, right) = (edge(at), edge(at + 1));
        // A population of one value has a width too, and does not leave the chart.
        let wide = (right - left - 10).max(30);
        let left = left.min(pixels * 10 - wide);
        let tall = share((*decisions).into(), most.into(), PLOT);
        let tall = if *decisions > 0 { tall.max(10) } else { 0 };
        rectangle(svg, "bar", (left, floor - tall), (wide, tall));
    }
    line(svg, "zero", (0, floor), (pixels * 10, floor));
    let median = x(one.median);
    line(svg, "median", (median, top + 170), (median, floor + 30));
    let [least, _, _, half, _, _, greatest] = one.spread.quantiles.as_slice() else {
        return;
    };
    let name = format!(
        "{}: {} of {}, median {}",
        one.name,
        number(one.spread.count),
        number(one.spread.count.saturating_add(one.spread.missing)),
        value(half)
    );
    label(svg, "value", 0, top + 120, &name);
    let ends = format!("{} to {}", value(least), value(greatest));
    label(svg, "tick", 0, floor + 140, &ends);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spread(quantiles: [&str; 7], parts: &[u64]) -> Spread {
        Spread {
            count: parts.iter().sum(),
            missing: 0,
            quantiles: quantiles.map(str::to_owned).into(),
            parts: parts.to_vec(),
            bin_width: 1,
        }
    }

    #[test]
    fn populations_of_one_value_and_of_none_are_drawn_within_the_chart() {
        let same = spread(["7 usd"; 7], &[3]);
        let wide = spread(["1", "1", "2", "3", "4", "5", "7"], &[1; SPREAD_PARTS]);
        let none = Spread::default();
        let mut markup = Markup::default();
        let all = [("same", &same), ("wide", &wide), ("none", &none)];
        spreads(&mut markup, "values", &all, Width::Narrow);
        let svg = markup.finish();
        assert!(svg.contains("same: 3 of 3, median 7 usd"));
        assert!(!svg.contains("none"));
        for x in svg.split("<rect class=\"bar\" x=\"").skip(1) {
            let (x, rest) = x.split_once('"').unwrap();
            let (_, rest) = rest.split_once("width=\"").unwrap();
            let (width, _) = rest.split_once('"').unwrap();
            let right: f64 = x.parse::<f64>().unwrap() + width.parse::<f64>().unwrap();
            assert!(right <= 350.5, "{right}");
        }
    }
}
