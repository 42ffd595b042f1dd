//! What a rule set comes to along the values of a param, as people read it.

use super::numbers::{number, share, sparkline};
use super::{told_loans, undecided};
use crate::cli::table::{self, Cell};
use crate::cli::text::{BOLD, DIM, YELLOW, paint};
use crate::money::{Currency, grouped};
use crate::replay::backtest::{Comparison, Reached, Sweep};
use crate::replay::statistics::Share;
use crate::report::backtest::{
    DECLINED_ARE_NOT_KNOWN, EXPECTED_PROFIT, NO_BAD_RATE, OFFERS_NOT_KNOWN, same_throughout,
};

/// Values from which on their course is drawn.
const DRAWN_FROM: usize = 3;
/// In how many parts a rate is drawn.
const PARTS: u64 = 1_000;

/// The table of a sweep, with what it rests on. `candidates` are those of its values.
pub(super) fn sweep(found: &Sweep, candidates: &[Comparison], width: Option<usize>) -> String {
    let title = format!("Along the values of {}", found.param);
    let mut text = format!("{}\n", paint(BOLD, &title));
    for line in not_decidable(found, candidates) {
        text.push_str(&line);
    }
    if candidates.iter().all(|one| one.decided == 0) {
        return text;
    }
    text.push_str(&values(found, width));
    text.push_str(&courses(found));
    if found.all_same {
        let line = format!("  {}\n", same_throughout(&found.param));
        text.push_str(&paint(YELLOW, &line));
    }
    let known = candidates.first().and_then(|one| one.performance.as_ref());
    match known {
        Some(known) => {
            text.push_str(&told_loans::known(known));
            text.push_str(&format!("  {DECLINED_ARE_NOT_KNOWN}\n"));
        }
        None => text.push_str(&paint(DIM, &format!("  {NO_BAD_RATE}\n"))),
    }
    let mut reached = found.values.iter().map(|one| &one.reached);
    if reached.clone().any(|one| one.expected.is_some()) {
        text.push_str(&paint(DIM, &format!("  {EXPECTED_PROFIT}\n")));
    }
    if reached.any(Reached::has_offers_not_known) {
        text.push_str(&paint(DIM, &format!("  {OFFERS_NOT_KNOWN}\n")));
    }
    let line = "  approved: APPROVE and COUNTER; bad: of the loans that were made, those that the value approves\n";
    text.push_str(&paint(DIM, line));
    let line = "  `--json` and `--report` tell each value as a candidate: who flips and why, scores, segments\n";
    text.push_str(&paint(DIM, line));
    text
}

/// What cannot be decided: once, where it is the same at all values.
fn not_decidable(found: &Sweep, candidates: &[Comparison]) -> Vec<String> {
    if found.live.is_some() {
        let first = candidates.first();
        return first.map(undecided::not_decidable).into_iter().collect();
    }
    let each = found.values.iter().zip(candidates);
    let each = each.filter(|(_, one)| one.not_decidable.total > 0);
    let told = each.map(|(value, one)| {
        let told = undecided::not_decidable(one);
        format!("  {} = {}:\n{told}", found.param, value.value)
    });
    told.collect()
}

/// What is known at any of the values: all else has no column.
#[derive(Debug, Clone, Copy)]
struct Columns {
    offered: Option<Currency>,
    loans: bool,
    expected: bool,
}

fn values(found: &Sweep, width: Option<usize>) -> String {
    let mut reached = found.values.iter().map(|one| &one.reached);
    let columns = Columns {
        offered: reached.clone().find_map(|one| one.currency),
        loans: reached.clone().any(|one| one.bad.is_some()),
        expected: reached.any(|one| one.expected.is_some()),
    };
    let live = found.live.as_ref().map(|live| {
        let first = [Cell::styled("  live", DIM), Cell::right("")];
        first.into_iter().chain(columns.cells(live)).collect()
    });
    let values = found.values.iter().map(|one| {
        let first = [
            Cell::new(format!("  {}", one.named())),
            Cell::right(number(one.flips)),
        ];
        first
            .into_iter()
            .chain(columns.cells(&one.reached))
            .collect()
    });
    let rows = live.into_iter().chain(values).collect();
    let head = [format!("  {}", found.param), "flips".to_owned()];
    let head: Vec<String> = head.into_iter().chain(columns.heads()).collect();
    let head: Vec<&str> = head.iter().map(String::as_str).collect();
    table::render(&head, rows, width)
}

impl Columns {
    fn heads(self) -> Vec<String> {
        let mut heads = vec!["approved".to_owned(), String::new()];
        heads.extend(self.offered.map(|currency| format!("offered {currency}")));
        if self.loans {
            heads.extend(["loans", "bad", ""].map(str::to_owned));
        }
        if self.expected {
            heads.push("expected profit".to_owned());
        }
        heads
    }

    fn cells(self, reached: &Reached) -> Vec<Cell> {
        let mut cells = vec![
            Cell::right(number(reached.approved.count)),
            Cell::new(share(&reached.approved)),
        ];
        if self.offered.is_some() {
            let offered = reached.offered.map(|offered| offered.total.to_string());
            cells.push(Cell::right(amount(offered.as_deref())));
        }
        if self.loans {
            let bad = reached.bad.unwrap_or(Share::new(0, 0));
            cells.push(Cell::right(number(bad.of)));
            cells.push(Cell::right(number(bad.count)));
            cells.push(Cell::new(share(&bad)));
        }
        if self.expected {
            let profit = reached.expected.map(|expected| expected.profit.to_string());
            let mark = if reached.has_offers_not_known() {
                "*"
            } else {
                ""
            };
            cells.push(Cell::right(format!("{}{mark}", amount(profit.as_deref()))));
        }
        cells
    }
}

fn amount(amount: Option<&str>) -> String {
    amount.map_or_else(|| "-".to_owned(), grouped)
}

/// The rates from the first value to the last, where each has one.
fn courses(found: &Sweep) -> String {
    let values = &found.values;
    let (Some(first), Some(last)) = (values.first(), values.last()) else {
        return String::new();
    };
    if values.len() < DRAWN_FROM {
        return String::new();
    }
    let part = |share: Share| {
        let parts = share.count.saturating_mul(PARTS);
        parts.checked_div(share.of)
    };
    let approved: Option<Vec<u64>> = values
        .iter()
        .map(|one| part(one.reached.approved))
        .collect();
    let bad = values.iter().map(|one| one.reached.bad.and_then(part));
    let bad: Option<Vec<u64>> = bad.collect();
    let rates = [("approved", approved), ("bad", bad)];
    let drawn = rates.into_iter().filter_map(|(what, rates)| {
        let line = sparkline(&rates?);
        let (first, last) = (&first.value, &last.value);
        Some(format!("  {what:<8} {first} |{line}| {last}\n"))
    });
    drawn.collect()
}
