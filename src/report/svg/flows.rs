//! Decisions as bands from the outcome that was live to that of a candidate.

use super::{Width, chart, label, rectangle, share, tenths};
use crate::replay::backtest::Flow;
use crate::report::figures::number;
use crate::report::markup::Markup;
use crate::rules::Outcome;

/// How high all decisions together are, in pixels.
const PLOT: i64 = 240;
/// An outcome takes at least so much, for its name and count: tenths of a pixel.
const SLOT: i64 = 320;
const GAP: i64 = 80;
const TOP: i64 = 240;

/// Where the bands of one side begin, for each outcome that has any.
struct Side {
    nodes: Vec<Node>,
    end: i64,
}

struct Node {
    outcome: Outcome,
    decisions: u64,
    top: i64,
    /// How high its bands are.
    height: i64,
    /// Up to where they are drawn.
    filled: i64,
}

impl Side {
    fn of(flows: &[Flow], total: u64, own: impl Fn(&Flow) -> Outcome) -> Self {
        let mut side = Self {
            nodes: Vec::new(),
            end: TOP,
        };
        for outcome in Outcome::ALL {
            let bands = || flows.iter().filter(|flow| own(flow) == outcome);
            let decisions: u64 = bands().map(|flow| flow.decisions).sum();
            if decisions == 0 {
                continue;
            }
            let height: i64 = bands().map(|flow| thickness(flow, total)).sum();
            let top = side.end;
            side.end = top + height.max(SLOT) + GAP;
            side.nodes.push(Node {
                outcome,
                decisions,
                top,
                height,
                filled: 0,
            });
        }
        side
    }

    /// Takes the place of a band: where it begins.
    fn take(&mut self, outcome: Outcome, thickness: i64) -> i64 {
        let node = self.nodes.iter_mut().find(|node| node.outcome == outcome);
        node.map_or(0, |node| {
            let begins = node.top + node.filled;
            node.filled += thickness;
            begins
        })
    }
}

/// How thick a band is: one of a change is never too thin to be seen.
fn thickness(flow: &Flow, total: u64) -> i64 {
    let least = match flow.from == flow.to {
        true => 10,
        false => 30,
    };
    match flow.decisions {
        0 => 0,
        some => share(some.into(), total.max(1).into(), PLOT).max(least),
    }
}

/// From which outcome to which: bands that stay, that get better and that get worse for the applicant.
pub(in crate::report) fn flows(markup: &mut Markup, flows: &[Flow], width: Width) {
    let total: u64 = flows.iter().map(|flow| flow.decisions).sum();
    let mut left = Side::of(flows, total, |flow| flow.from);
    let mut right = Side::of(flows, total, |flow| flow.to);
    let (room, bar) = match width {
        Width::Wide => (950, 100),
        Width::Narrow => (820, 70),
    };
    let (from, to) = (room + bar, width.pixels() * 10 - room - bar);
    let height = left.end.max(right.end) / 10;
    let changed: u64 = flows
        .iter()
        .filter(|flow| flow.from != flow.to)
        .map(|flow| flow.decisions)
        .sum();
    let says = format!(
        "from the outcome that was live to the candidate's: {} of {} decisions change",
        number(changed),
        number(total)
    );
    chart(markup, width, height, &says, |svg| {
        svg.element("title", &[], &says);
        label(svg, "tick", 0, 120, "live");
        label(svg, "tick", to + bar + 60, 120, "candidate");
        let mut bands = Vec::new();
        for flow in flows.iter().filter(|flow| flow.decisions > 0) {
            let thick = thickness(flow, total);
            let begins = left.take(flow.from, thick);
            bands.push((flow, thick, begins, right.take(flow.to, thick)));
        }
        // What changes lies above what stays.
        bands.sort_by_key(|(flow, ..)| flow.from != flow.to);
        for (flow, thick, begins, ends) in bands {
            band(svg, flow, (from, begins), (to, ends), thick);
        }
        for (side, x, text) in [(&left, room, 0), (&right, to, to + bar + 60)] {
            for node in &side.nodes {
                rectangle(svg, "node", (x, node.top), (bar, node.height));
                label(svg, "value", text, node.top + 110, node.outcome.as_str());
                label(svg, "tick", text, node.top + 250, &number(node.decisions));
            }
        }
    });
}

fn band(svg: &mut Markup, flow: &Flow, (x0, y0): (i64, i64), (x1, y1): (i64, i64), thick: i64) {
    let class = match flow.from.cmp(&flow.to) {
        std::cmp::Ordering::Equal => "flow stays",
        std::cmp::Ordering::Less => "flow worse",
        std::cmp::Ordering::Greater => "flow better",
    };
    let middle = tenths((x0 + x1) / 2);
    let (upper, lower) = ([y0, y1].map(tenths), [y0 + thick, y1 + thick].map(tenths));
    let ([y0, y1], [below0, below1]) = (upper, lower);
    let [x0, x1] = [x0, x1].map(tenths);
    let path = format!(
        "M{x0} {y0}C{middle} {y0} {middle} {y1} {x1} {y1}V{below1}C{middle} {below1} {middle} {below0} {x0} {below0}Z"
    );
    svg.within("path", &[("class", class), ("d", &path)], |path| {
        let says = match flow.from == flow.to {
            true => format!("{} stay {}", number(flow.decisions), flow.to),
            false => format!("{} {} to {}", number(flow.decisions), flow.from, flow.to),
        };
        path.element("title", &[], &says);
    });
}
