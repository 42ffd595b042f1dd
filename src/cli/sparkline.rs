//! A line of balances in characters.

use chrono::NaiveDate;

use super::text::{DIM, RED, paint};

/// From the lowest to the highest.
const LEVELS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// The balances of some days in minor units as a line of so many columns at most, the lowest of the days
/// of each; under it the columns with a day below zero (`▼`) and those with an event (`!`).
pub(super) fn sparkline(
    days: &[(NaiveDate, i128)],
    is_event: impl Fn(NaiveDate) -> bool,
    columns: usize,
) -> String {
    let (Some((first, _)), Some((last, _))) = (days.first(), days.last()) else {
        return String::new();
    };
    let each = days.len().div_ceil(columns.max(1)).max(1);
    let all = || days.iter().map(|(_, balance)| *balance);
    let (low, high) = (
        all().min().unwrap_or(0).min(0),
        all().max().unwrap_or(0).max(0),
    );
    let steps = i128::try_from(LEVELS.len()).unwrap_or(1).saturating_sub(1);
    let (mut line, mut below) = (String::new(), String::new());
    for days in days.chunks(each) {
        let balances = days.iter().map(|(_, balance)| *balance);
        let lowest = balances.min().unwrap_or(0);
        let height = (lowest - low).saturating_mul(steps) / (high - low).max(1);
        let level = usize::try_from(height)
            .ok()
            .and_then(|height| LEVELS.get(height));
        let level = level.copied().unwrap_or(' ').to_string();
        if lowest < 0 {
            line.push_str(&paint(RED, &level));
        } else {
            line.push_str(&level);
        }
        let has_event = days.iter().any(|(day, _)| is_event(*day));
        let mark = match (has_event, lowest < 0) {
            (true, _) => paint(RED, "!"),
            (false, true) => paint(RED, "▼"),
            (false, false) => " ".to_owned(),
        };
        below.push_str(&mark);
    }
    let shown = days.len().div_ceil(each);
    let (first, last) = (first.to_string(), last.to_string());
    let gap = shown
        .saturating_sub(first.len().saturating_add(last.len()))
        .max(1);
    let ends = paint(DIM, &format!("{first}{}{last}", " ".repeat(gap)));
    format!("  {line}\n  {below}\n  {ends}\n")
}
