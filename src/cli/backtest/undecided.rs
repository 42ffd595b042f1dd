//! What a candidate cannot decide, as people read it, and what it had to read bank data for.

use super::numbers::number;
use crate::cli::text::{DIM, YELLOW, paint};
use crate::replay::backtest::Comparison;
use crate::report::backtest;

/// A line for each reason.
pub(super) fn not_decidable(found: &Comparison) -> String {
    let mut text = String::new();
    for line in backtest::not_decidable(&found.not_decidable) {
        text.push_str(&paint(YELLOW, &format!("  not decidable: {line}\n")));
    }
    if found.from_snapshots > 0 {
        let count = number(found.from_snapshots);
        let line = format!("  {count} were decided from their bank data\n");
        text.push_str(&paint(DIM, &line));
    }
    text
}
