//! The balances at the end of each day that features look at.

use super::{Page, widest};
use crate::cli::daily_balances::DailyBalances;
use crate::cli::sparkline::sparkline;
use crate::proto;

/// How many columns a line of balances has at most.
const COLUMNS: usize = 78;

/// Writes them as a line, and the days that ended below zero.
pub(super) fn show(page: &mut Page, decision: &proto::Decision) {
    let Some(balances) = DailyBalances::of(decision) else {
        return;
    };
    page.heading("Balance at the end of each day");
    let days = balances.days.iter();
    let days: Vec<_> = days.map(|one| (one.day, one.balance.minor())).collect();
    for line in sparkline(&days, |_| false, COLUMNS).lines() {
        page.line(line.trim_end());
    }
    for line in balances.summary() {
        page.line(format!("  {line}"));
    }
    if let Some(unfit) = balances.unfit() {
        page.line(format!("  {unfit}"));
    }
    let below: Vec<_> = balances.below_zero().collect();
    if below.is_empty() {
        return;
    }
    page.heading("Days that ended below zero");
    let days: Vec<String> = below.iter().map(|day| day.day.to_string()).collect();
    let width = widest(days.iter().map(String::as_str));
    for (day, one) in days.iter().zip(below) {
        page.entry(width, day, &balances.amount(one));
    }
}
