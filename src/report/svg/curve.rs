//! A course through points: one share against another.

use super::lengths::{across, down, is_far};
use super::{Width, chart, label, line};
use crate::replay::statistics::Share;
use crate::report::figures::{percent, share as told};
use crate::report::markup::Markup;

const HEIGHT: i64 = 280;
/// The room of what is written at the left, and below.
const LEFT: i64 = 62;
const BELOW: i64 = 40;
/// The room at the right, and above.
const RIGHT: i64 = 30;
const ABOVE: i64 = 20;

/// A point: both shares of one thing.
pub(in crate::report) struct Spot {
    /// What it is of.
    pub(in crate::report) name: String,
    /// How far to the right it is.
    pub(in crate::report) right: Share,
    /// How far up, with its interval.
    pub(in crate::report) up: Share,
    /// Whether the course goes through it; otherwise it stands beside.
    pub(in crate::report) on_course: bool,
}

/// Where a point is drawn, in pixels.
struct Placed<'a> {
    spot: &'a Spot,
    x: String,
    y: String,
    /// Whether that is in the right half.
    is_far: bool,
    /// The ends of its interval.
    ends: [String; 2],
}

/// Points, those of a course joined in their order. `axes` name what is to the right and what is up.
pub(in crate::report) fn curve(
    markup: &mut Markup,
    says: &str,
    axes: (&str, &str),
    spots: &[Spot],
    width: Width,
) {
    let rights = || spots.iter().filter_map(|spot| spot.right.share);
    let ends = spots.iter().filter_map(|spot| spot.up.interval);
    let highest = ends.map(|interval| interval.high).fold(0.0, f64::max);
    let range = (rights().fold(1.0, f64::min), rights().fold(0.0, f64::max));
    let (wide, tall) = (width.pixels() - LEFT - RIGHT, HEIGHT - ABOVE - BELOW);
    let y = |share: f64| down(share, highest, tall.unsigned_abs());
    let placed = spots.iter().filter_map(|spot| {
        let interval = spot.up.interval?;
        let right = spot.right.share?;
        Some(Placed {
            spot,
            x: across(right, range, wide.unsigned_abs()),
            is_far: is_far(right, range),
            y: y(spot.up.share?),
            ends: [y(interval.low), y(interval.high)],
        })
    });
    let placed: Vec<Placed<'_>> = placed.collect();
    chart(markup, width, HEIGHT, says, |svg| {
        svg.element("title", &[], says);
        let (floor, edge) = ((ABOVE + tall) * 10, LEFT * 10);
        line(svg, "zero", (edge, floor), ((LEFT + wide) * 10, floor));
        line(svg, "grid", (edge, ABOVE * 10), (edge, floor));
        label(svg, "tick", 0, 100, axes.1);
        label(svg, "tick", 0, ABOVE * 10 + 100, &percent(Some(highest)));
        label(svg, "tick", 0, floor, &percent(Some(0.0)));
        label(svg, "tick", edge, floor + 150, &percent(Some(range.0)));
        let right = (LEFT + wide - 30) * 10;
        if range.0 < range.1 {
            label(svg, "tick", right, floor + 150, &percent(Some(range.1)));
        }
        label(svg, "tick", edge, floor + 330, axes.0);
        let shift = format!("translate({LEFT} {ABOVE})");
        svg.within("g", &[("transform", &shift)], |plot| {
            course(plot, &placed);
            placed.iter().for_each(|one| spot(plot, one));
            names(plot, &placed, width);
        });
    });
}

fn course(plot: &mut Markup, placed: &[Placed<'_>]) {
    let on_course = placed.iter().filter(|one| one.spot.on_course);
    let points: Vec<String> = on_course
        .map(|one| format!("{},{}", one.x, one.y))
        .collect();
    let attributes = [("class", "course"), ("points", &*points.join(" "))];
    plot.empty("polyline", &attributes);
}

fn spot(plot: &mut Markup, one: &Placed<'_>) {
    let [low, high] = &one.ends;
    let whisker = format!("M{} {low}V{high}", one.x);
    plot.empty("path", &[("class", "whisker"), ("d", &whisker)]);
    let class = match one.spot.on_course {
        true => "spot",
        false => "beside",
    };
    let attributes = [
        ("class", class),
        ("cx", &*one.x),
        ("cy", &*one.y),
        ("r", "5"),
    ];
    plot.within("circle", &attributes, |mark| {
        let spot = one.spot;
        let says = format!("{}: {}, {}", spot.name, told(&spot.right), told(&spot.up));
        mark.element("title", &[], &says);
    });
}

/// The names of points, once where several are at one place, by turns above and below: on the side where there is
/// more room. A phone has room for those at the ends.
fn names(plot: &mut Markup, placed: &[Placed<'_>], width: Width) {
    let mut places: Vec<(&Placed<'_>, usize)> = Vec::new();
    for one in placed {
        let known = places.iter_mut().find(|(other, _)| {
            let (here, there) = ((&one.x, &one.y), (&other.x, &other.y));
            here == there
        });
        match known {
            Some((_, more)) => *more = more.saturating_add(1),
            None => places.push((one, 0)),
        }
    }
    let last = places.len().saturating_sub(1);
    for (at, (one, more)) in places.iter().enumerate() {
        if width == Width::Narrow && at != 0 && at != last {
            continue;
        }
        let name = match more {
            0 => one.spot.name.clone(),
            more => format!("{} and {more} more", one.spot.name),
        };
        let (anchor, dx) = match one.is_far {
            true => ("end", "-8"),
            false => ("start", "8"),
        };
        let dy = match at % 2 {
            0 => "-7",
            _ => "17",
        };
        let attributes = [
            ("class", "value"),
            ("text-anchor", anchor),
            ("x", &*one.x),
            ("y", &*one.y),
            ("dx", dx),
            ("dy", dy),
        ];
        plot.element("text", &attributes, &name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spot(name: &str, right: u64, up: u64) -> Spot {
        Spot {
            name: name.to_owned(),
            right: Share::new(right, 100),
            up: Share::new(up, right),
            on_course: name != "live",
        }
    }

    #[test]
    fn a_course_goes_from_point_to_point_and_what_has_no_loans_has_no_place() {
        let none = Spot {
            up: Share::new(0, 0),
            ..spot("none", 10, 1)
        };
        let spots = [
            spot("30%", 20, 2),
            spot("35%", 40, 8),
            none,
            spot("40%", 40, 8),
            spot("live", 30, 3),
        ];
        let mut markup = Markup::default();
        let axes = ("approved", "bad rate");
        curve(&mut markup, "a course", axes, &spots, Width::Wide);
        let svg = markup.finish();
        let (_, points) = svg.split_once("points=\"").unwrap();
        let points: Vec<&str> = points.split_once('"').unwrap().0.split(' ').collect();
        let [first, second, third] = points.as_slice() else {
            panic!("{points:?}");
        };
        assert_ne!(first, second);
        assert_eq!(second, third);
        assert_eq!(svg.matches("class=\"spot\"").count(), 3);
        assert_eq!(svg.matches("class=\"beside\"").count(), 1);
        assert!(svg.contains(">35% and 1 more<"), "{svg}");
        assert!(svg.contains("<title>30%: 20.0 % (13.3-28.9), 10.0 % (2.8-30.1)</title>"));
        // The interval that reaches furthest up ends at the top.
        assert!(svg.contains("V0.0\""), "{svg}");
    }

    #[test]
    fn one_point_and_none_are_drawn() {
        for spots in [vec![], vec![spot("30%", 0, 0)], vec![spot("30%", 20, 0)]] {
            let mut markup = Markup::default();
            curve(&mut markup, "few", ("x", "y"), &spots, Width::Narrow);
            let svg = markup.finish();
            assert!(!svg.contains("NaN") && !svg.contains("inf"), "{svg}");
        }
    }
}
