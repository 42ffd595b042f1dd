//! A line of balances in characters.

use crate::cli::text::{DIM, RED, paint};
use crate::report::{Balances, Event};

/// From the lowest to the highest.
const LEVELS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// The balances as a line of so many columns at most, the lowest of the days of each; under it the
/// columns with a day below zero (`▼`) and those with an event (`!`).
pub(super) fn sparkline(balances: &Balances, events: &[Event], columns: usize) -> String {
    let each = balances.days.len().div_ceil(columns.max(1)).max(1);
    let all = || balances.days.iter().map(|day| day.balance.minor());
    let (low, high) = (
        all().min().unwrap_or(0).min(0),
        all().max().unwrap_or(0).max(0),
    );
    let steps = i128::try_from(LEVELS.len()).unwrap_or(1).saturating_sub(1);
    let (mut line, mut below) = (String::new(), String::new());
    for days in balances.days.chunks(each) {
        let lowest = days
            .iter()
            .map(|day| day.balance.minor())
            .min()
            .unwrap_or(0);
        let height = (lowest - low).saturating_mul(steps) / (high - low).max(1);
        let level = usize::try_from(height)
            .ok()
            .and_then(|height| LEVELS.get(height));
        let level = level.copied().unwrap_or(' ').to_string();
        let is_event = |event: &Event| event.counts && days.iter().any(|day| day.day == event.day);
        if lowest < 0 {
            line.push_str(&paint(RED, &level));
        } else {
            line.push_str(&level);
        }
        let mark = match (events.iter().any(is_event), lowest < 0) {
            (true, _) => paint(RED, "!"),
            (false, true) => paint(RED, "▼"),
            (false, false) => " ".to_owned(),
        };
        below.push_str(&mark);
    }
    let shown = balances.days.len().div_ceil(each);
    let (first, last) = (balances.first.to_string(), balances.last.to_string());
    let gap = shown
        .saturating_sub(first.len().saturating_add(last.len()))
        .max(1);
    let days = paint(DIM, &format!("{first}{}{last}", " ".repeat(gap)));
    format!("  {line}\n  {below}\n  {days}\n")
}
