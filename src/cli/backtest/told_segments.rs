//! Approval by segments, as people read it.

use super::numbers::{number, share};
use crate::cli::table::{self, Cell};
use crate::cli::text::{DIM, RED, counted, paint};
use crate::replay::backtest::{AdverseImpact, Approvals};

/// Each segment, live and by the candidate.
pub(super) fn adverse_impact(found: &AdverseImpact, width: Option<usize>) -> String {
    let sides = [("live", &found.live), ("candidate", &found.candidate)];
    let rows = sides.iter().flat_map(|(side, segments)| {
        let segments = segments.iter();
        segments.map(|one| row(side, one))
    });
    let head = [
        "  segment",
        "",
        "decisions",
        "approved",
        "adverse impact ratio",
    ];
    let mut text = table::render(&head, rows.collect(), width);
    if found.without_segment > 0 {
        let count = usize::try_from(found.without_segment).unwrap_or(usize::MAX);
        let count = counted(count, "application has", "applications have");
        let line = format!("  {count} no segment\n");
        text.push_str(&paint(DIM, &line));
    }
    text
}

fn row(side: &str, one: &Approvals) -> Vec<Cell> {
    let ratio = one.ratio.map_or_else(
        || match one.approved.count {
            0 => "not known".to_owned(),
            _ => "compared with".to_owned(),
        },
        |ratio| {
            let interval = ratio.interval.map_or_else(String::new, |interval| {
                format!(" ({:.2}-{:.2})", interval.low, interval.high)
            });
            format!("{:.2}{interval}", ratio.ratio)
        },
    );
    vec![
        Cell::new(format!("  {}", one.segment)),
        Cell::new(side),
        Cell::right(number(one.approved.of)),
        Cell::new(share(&one.approved)),
        match one.below_four_fifths {
            true => Cell::styled(format!("{ratio}, below four fifths"), RED),
            false => Cell::new(ratio),
        },
    ]
}
