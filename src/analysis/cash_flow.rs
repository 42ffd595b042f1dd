//! What flows in and out besides income: obligations, lenders, habits.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use super::amounts::{MONTH_DAYS, WINDOW_DAYS, scale};
use super::cadence;
use super::entry::{Entry, EntryKind, Exclusion, Lending};
use super::income::stream::{Income, Span};
use super::statistics::median;
use crate::snapshot::Rows;

/// An amount in minor units and the rows it rests on.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Total {
    /// Minor units.
    pub amount: i128,
    /// The rows.
    pub rows: Rows,
}

/// Sums of the last 90 days and monthly obligations. Amounts are not negative.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CashFlow {
    /// Money in, without own transfers and what was undone.
    pub inflow_90d: Total,
    /// Money out, likewise.
    pub outflow_90d: Total,
    /// Own transfers into the accounts.
    pub own_transfers_90d: Total,
    /// Loans and cards, a month.
    pub debt_monthly: Total,
    /// Rent and mortgage, a month.
    pub housing_monthly: Total,
    /// Distinct short-term lenders that paid out or collected.
    pub short_term_lenders_90d: usize,
    /// What short-term lenders paid out.
    pub short_term_in_90d: Total,
    /// What short-term lenders collected.
    pub short_term_out_90d: Total,
    /// Stakes, without winnings.
    pub gambling_90d: Total,
    /// Cash taken out.
    pub cash_90d: Total,
    /// Payments to collectors, garnishments, levies.
    pub collections_90d: Rows,
    /// The largest deposit of the last seven days that is no income.
    pub largest_recent_deposit: Total,
}

/// A deposit of the last so many days is shortly before the application. A judgement: money that is
/// put there to be seen comes in the week before; more days would catch ordinary one-off deposits.
const RECENT_DEPOSIT_DAYS: i64 = 7;

/// Adds everything up.
pub(super) fn find(entries: &[Entry], income: &Income, span: Option<Span>) -> CashFlow {
    let Some(span) = span else {
        return CashFlow::default();
    };
    let recent: Vec<&Entry> = entries
        .iter()
        .filter(|entry| entry.counts() && within(entry.made, span.last, WINDOW_DAYS))
        .collect();
    let total =
        |test: &dyn Fn(&Entry) -> bool| sum(recent.iter().copied().filter(|entry| test(entry)));
    let flows = |entry: &Entry| {
        !matches!(
            entry.excluded,
            Some(Exclusion::MirroredTransfer | Exclusion::TransferWords | Exclusion::Reversed)
        )
    };
    let own = |entry: &Entry| {
        matches!(
            entry.excluded,
            Some(Exclusion::MirroredTransfer | Exclusion::TransferWords)
        )
    };
    let short = EntryKind::Loan(Lending::ShortTerm);
    let lenders: BTreeSet<u32> = recent
        .iter()
        .filter(|entry| entry.kind == short)
        .map(|entry| entry.counterparty)
        .collect();
    let (debt_monthly, housing_monthly) = obligations(entries, span);
    CashFlow {
        inflow_90d: total(&|entry| entry.amount > 0 && flows(entry)),
        outflow_90d: total(&|entry| entry.amount < 0 && flows(entry)),
        own_transfers_90d: total(&|entry| entry.amount > 0 && own(entry)),
        debt_monthly,
        housing_monthly,
        short_term_lenders_90d: lenders.len(),
        short_term_in_90d: total(&|entry| entry.amount > 0 && entry.kind == short),
        short_term_out_90d: total(&|entry| entry.amount < 0 && entry.kind == short && flows(entry)),
        gambling_90d: total(&|entry| entry.amount < 0 && entry.kind == EntryKind::Gambling),
        cash_90d: total(&|entry| entry.amount < 0 && entry.kind == EntryKind::CashWithdrawal),
        collections_90d: total(&|entry| entry.amount < 0 && entry.kind == EntryKind::Collections)
            .rows,
        largest_recent_deposit: largest_deposit(&recent, income, span),
    }
}

fn within(day: NaiveDate, today: NaiveDate, days: i64) -> bool {
    (0..days).contains(&today.signed_duration_since(day).num_days())
}

fn sum<'a>(entries: impl Iterator<Item = &'a Entry>) -> Total {
    let (mut amount, mut rows) = (0_i128, Vec::new());
    for entry in entries {
        amount += i128::from(entry.amount).abs();
        rows.push(entry.at());
    }
    Total {
        amount,
        rows: Rows::from_pairs(rows),
    }
}

/// A deposit shortly before the application that no stream explains may be there to be seen.
fn largest_deposit(recent: &[&Entry], income: &Income, span: Span) -> Total {
    let known: BTreeSet<(u16, u32)> = income
        .streams
        .iter()
        .flat_map(|stream| stream.rows.pairs())
        .collect();
    let largest = recent
        .iter()
        .filter(|entry| {
            entry.amount > 0
                && within(entry.made, span.last, RECENT_DEPOSIT_DAYS)
                && !matches!(
                    entry.excluded,
                    Some(Exclusion::MirroredTransfer | Exclusion::Reversed)
                )
                && !known.contains(&entry.at())
        })
        .max_by_key(|entry| (entry.amount, std::cmp::Reverse(entry.at())));
    sum(largest.into_iter().copied())
}

/// What an obligation is for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Purpose {
    Debt,
    Card,
    Housing,
}

fn purpose(entry: &Entry) -> Option<Purpose> {
    let housing = [EntryKind::Rent, EntryKind::Loan(Lending::Mortgage)];
    if housing.contains(&entry.kind) {
        Some(Purpose::Housing)
    } else if entry.kind == EntryKind::CardPayment {
        Some(Purpose::Card)
    } else {
        matches!(entry.kind, EntryKind::Loan(_)).then_some(Purpose::Debt)
    }
}

/// Debt and housing payments a month: what keeps to a schedule by its schedule, the rest by the
/// sum of the window.
fn obligations(entries: &[Entry], span: Span) -> (Total, Total) {
    let mut groups: BTreeMap<(Purpose, u32), Vec<&Entry>> = BTreeMap::new();
    for entry in entries.iter().filter(|entry| {
        entry.counts() && entry.amount < 0 && entry.excluded != Some(Exclusion::Reversed)
    }) {
        if let Some(purpose) = purpose(entry) {
            groups
                .entry((purpose, entry.counterparty))
                .or_default()
                .push(entry);
        }
    }
    let mut totals = [(0_i128, Vec::new()), (0_i128, Vec::new())];
    let [debt, housing] = &mut totals;
    for ((purpose, _), group) in groups {
        let part = monthly(purpose, &group, span);
        let into = match purpose {
            Purpose::Debt | Purpose::Card => &mut *debt,
            Purpose::Housing => &mut *housing,
        };
        into.0 += part.amount;
        into.1.extend(part.rows.pairs());
    }
    let [debt, housing] = totals.map(|(amount, rows)| Total {
        amount,
        rows: Rows::from_pairs(rows),
    });
    (debt, housing)
}

fn monthly(purpose: Purpose, group: &[&Entry], span: Span) -> Total {
    let recent: Vec<&Entry> = group
        .iter()
        .copied()
        .filter(|entry| within(entry.made, span.last, WINDOW_DAYS))
        .collect();
    let total = sum(recent.iter().copied());
    if recent.is_empty() {
        return total;
    }
    let mut days: Vec<NaiveDate> = group.iter().map(|entry| entry.made).collect();
    days.sort_unstable();
    days.dedup();
    let skip = days.len().saturating_sub(cadence::EVENTS_MAX);
    let fit = cadence::fit(days.get(skip..).unwrap_or_default());
    let mut amounts: Vec<i128> = recent
        .iter()
        .map(|entry| i128::from(entry.amount).abs())
        .collect();
    // A card that is paid in full is no debt of that size: its smallest payment is the nearest
    // thing to what is due that bank data shows.
    let typical = match purpose {
        Purpose::Card => amounts.iter().min().copied(),
        Purpose::Debt | Purpose::Housing => median(&mut amounts),
    };
    let scheduled = fit
        .and_then(|fit| fit.cadence.per_month())
        .zip(typical)
        .and_then(|((times, of), typical)| scale(typical, times.into(), of.into()));
    let days = (span.last.signed_duration_since(span.first).num_days() + 1).clamp(1, WINDOW_DAYS);
    let spread = scale(total.amount, MONTH_DAYS, days.into());
    Total {
        amount: scheduled.or(spread).unwrap_or(0),
        rows: total.rows,
    }
}
