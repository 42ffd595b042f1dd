//! What flows in and out besides income: obligations, lenders, habits.

use std::collections::BTreeSet;

use chrono::NaiveDate;

use super::amounts::{MONTH_DAYS, WINDOW_DAYS, scale};
use super::counterparty::Counterparty;
use super::entry::{Entry, EntryKind, Exclusion, Lending};
use super::income::stream::{Income, Span};
use super::obligations::{self, Obligation, Purpose};
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
    /// Whom the household pays again and again, what runs and is largest first.
    pub obligations: Vec<Obligation>,
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
pub(super) fn find(
    entries: &[Entry],
    counterparties: &[Counterparty],
    income: &Income,
    span: Option<Span>,
) -> CashFlow {
    let Some(span) = span else {
        return CashFlow::default();
    };
    let recent: Vec<&Entry> = entries
        .iter()
        .filter(|entry| entry.counts() && within(entry.made, span.last, WINDOW_DAYS))
        .collect();
    let total =
        |test: &dyn Fn(&Entry) -> bool| sum(recent.iter().copied().filter(|entry| test(entry)));
    let own = |entry: &Entry| {
        matches!(
            entry.excluded,
            Some(Exclusion::MirroredTransfer | Exclusion::TransferWords)
        )
    };
    let short = EntryKind::Loan(Lending::ShortTerm);
    // What came back was not spent.
    let spent = |kind| total(&|entry| entry.amount < 0 && entry.kind == kind && entry.flows());
    let lenders: BTreeSet<u32> = recent
        .iter()
        .filter(|entry| entry.kind == short && entry.flows())
        .map(|entry| entry.counterparty)
        .collect();
    let inflow_90d = total(&|entry| entry.amount > 0 && entry.flows());
    let outflow_90d = total(&|entry| entry.amount < 0 && entry.flows());
    let month = month(income, inflow_90d.amount, outflow_90d.amount, span);
    let obligations = obligations::find(entries, counterparties, month, span.last);
    CashFlow {
        inflow_90d,
        outflow_90d,
        own_transfers_90d: total(&|entry| entry.amount > 0 && own(entry)),
        debt_monthly: owed(&obligations, Purpose::is_debt),
        housing_monthly: owed(&obligations, |purpose| purpose == Purpose::Housing),
        obligations,
        short_term_lenders_90d: lenders.len(),
        short_term_in_90d: total(&|entry| entry.amount > 0 && entry.kind == short && entry.flows()),
        short_term_out_90d: spent(short),
        gambling_90d: spent(EntryKind::Gambling),
        cash_90d: spent(EntryKind::CashWithdrawal),
        collections_90d: spent(EntryKind::Collections).rows,
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

/// What comes in or goes out in a month: the middle one of income, money in and money out, since each
/// of them alone may be far off. Without income what goes out.
fn month(income: &Income, inflow: i128, outflow: i128, span: Span) -> i128 {
    let days = (span.last.signed_duration_since(span.first).num_days() + 1).clamp(1, WINDOW_DAYS);
    let monthly = |sum: i128| scale(sum, MONTH_DAYS, days.into()).unwrap_or(0);
    let (inflow, outflow) = (monthly(inflow), monthly(outflow));
    if income.monthly > 0 {
        let (low, high) = (inflow.min(outflow), inflow.max(outflow));
        income.monthly.clamp(low, high)
    } else {
        outflow
    }
}

/// The monthly sum of the obligations that are owed and pass a test, with all their payments.
fn owed(obligations: &[Obligation], test: fn(Purpose) -> bool) -> Total {
    let found = || {
        obligations
            .iter()
            .filter(|one| one.runs() && test(one.purpose))
    };
    Total {
        amount: found().map(|one| one.monthly).sum(),
        rows: Rows::union(found().map(|one| &one.rows)),
    }
}
