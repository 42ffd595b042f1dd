//! Rows of bars with what they are of at their left and their figures at their right.

use super::lengths::along;
use super::{Width, chart, label, line, rectangle, share, tenths};
use crate::replay::statistics::Share;
use crate::report::figures::number;
use crate::report::markup::Markup;

const ROW: i64 = 34;

/// The room of names at the left and of figures at the right, in pixels.
fn room(width: Width) -> (i64, i64) {
    match width {
        Width::Wide => (220, 120),
        Width::Narrow => (112, 76),
    }
}

/// A bin of two populations.
pub(in crate::report) struct Pair<'a> {
    /// What is in it.
    pub(in crate::report) name: &'a str,
    /// How many of the one, and of the other.
    pub(in crate::report) counts: (u64, u64),
}

/// Two populations bin by bin, each bar by its share of its own population.
pub(in crate::report) fn pairs(markup: &mut Markup, says: &str, pairs: &[Pair<'_>], width: Width) {
    let (left, right) = room(width);
    let plot = width.pixels() - left - right;
    let first: u64 = pairs.iter().map(|pair| pair.counts.0).sum();
    let second: u64 = pairs.iter().map(|pair| pair.counts.1).sum();
    // By the share that is the largest of both populations.
    let of = |count: u64, total: u64| share(count.into(), total.max(1).into(), plot);
    let longest = pairs
        .iter()
        .flat_map(|pair| [of(pair.counts.0, first), of(pair.counts.1, second)]);
    let longest = longest.max().unwrap_or(0).max(1);
    let long = |count: u64, total: u64| share(of(count, total).into(), longest.into(), plot);
    let rows = i64::try_from(pairs.len()).unwrap_or(0);
    chart(markup, width, ROW * rows, says, |svg| {
        svg.element("title", &[], says);
        for (at, pair) in (0_i64..).zip(pairs) {
            let top = at * ROW * 10;
            let (one, other) = pair.counts;
            label(svg, "tick", 0, top + 190, &short(pair.name, width));
            rectangle(svg, "other", (left * 10, top + 40), (long(one, first), 110));
            rectangle(
                svg,
                "income",
                (left * 10, top + 160),
                (long(other, second), 110),
            );
            let x = (left + plot + 8) * 10;
            let says = format!("{} · {}", number(one), number(other));
            label(svg, "tick", x, top + 190, &says);
        }
    });
}

/// Something with a share.
pub(in crate::report) struct Bar {
    /// What it is of.
    pub(in crate::report) name: String,
    /// The share.
    pub(in crate::report) share: Share,
}

/// Shares with their intervals, each as a bar with a line over it.
pub(in crate::report) fn bars(markup: &mut Markup, says: &str, bars: &[Bar], width: Width) {
    let (left, right) = room(width);
    let plot = width.pixels() - left - right;
    let ends = bars.iter().filter_map(|bar| bar.share.interval);
    let greatest = ends.map(|interval| interval.high).fold(0.0, f64::max);
    let place = |part: f64| along(part, greatest, plot.unsigned_abs());
    let rows = i64::try_from(bars.len()).unwrap_or(0);
    chart(markup, width, ROW * rows, says, |svg| {
        svg.element("title", &[], says);
        for (at, bar) in (0_i64..).zip(bars) {
            let top = at * ROW * 10;
            label(svg, "tick", 0, top + 190, &short(&bar.name, width));
            let shift = format!("translate({left} {})", tenths(top));
            svg.within("g", &[("transform", &shift)], |row| {
                let (Some(part), Some(interval)) = (bar.share.share, bar.share.interval) else {
                    return;
                };
                let bar = [
                    ("class", "below"),
                    ("y", "6"),
                    ("height", "20"),
                    ("width", &place(part)),
                ];
                row.empty("rect", &bar);
                let (low, high) = (place(interval.low), place(interval.high));
                let whisker = format!("M{low} 11v10m0-5H{high}m0-5v10");
                row.empty("path", &[("class", "whisker"), ("d", &whisker)]);
            });
            let x = (left + plot + 8) * 10;
            let says = format!("{} of {}", number(bar.share.count), number(bar.share.of));
            label(svg, "tick", x, top + 190, &says);
        }
        line(svg, "zero", (left * 10, 0), (left * 10, ROW * rows * 10));
    });
}

/// A name as far as there is room for it.
fn short(name: &str, width: Width) -> String {
    let most = match width {
        Width::Wide => 36,
        Width::Narrow => 18,
    };
    match name.char_indices().nth(most) {
        None => name.to_owned(),
        Some((end, _)) => format!("{}…", name.get(..end).unwrap_or_default()),
    }
}
