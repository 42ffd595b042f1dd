//! What flows in and out besides income: obligations, lenders, habits.

use std::collections::BTreeSet;

use chrono::{Duration, NaiveDate};

use super::amounts::{MONTH_DAYS, WINDOW_DAYS, scale};
use super::counterparty::Counterparty;
use super::entry::{Entry, EntryKind, Exclusion, Lending};
use super::income::stream::{Income, Span};
use super::obligations::{self, Obligation, Purpose};
use super::pay_cycles::{self, PayCycle};
use super::total::{Sum, Total};
use crate::snapshot::Rows;

/// Sums of the last 90 days and monthly obligations. Amounts are not negative.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CashFlow {
    /// Money in, without own transfers and what was undone.
    pub inflow_90d: Total,
    /// Money out, likewise.
    pub outflow_90d: Total,
    /// Money in of the last 30 days, whatever it is: also own transfers and what was undone.
    pub credits_30d: Total,
    /// The same of the last 60 days.
    pub credits_60d: Total,
    /// The same of the last 90 days.
    pub credits_90d: Total,
    /// Money out, whatever it is.
    pub debits_90d: Total,
    /// Own transfers into the accounts.
    pub own_transfers_90d: Total,
    /// Own transfers out of the accounts.
    pub own_transfers_out_90d: Total,
    /// Whom the household pays again and again, what runs and is largest first.
    pub obligations: Vec<Obligation>,
    /// Distinct short-term lenders that paid out or collected in the last 30 days.
    pub short_term_lenders_30d: usize,
    /// The same in the last 90 days.
    pub short_term_lenders_90d: usize,
    /// What short-term lenders paid out.
    pub short_term_in_90d: Total,
    /// What short-term lenders collected.
    pub short_term_out_90d: Total,
    /// Their payments either way in the last 30 days.
    pub short_term_30d: Total,
    /// Stakes, without winnings.
    pub gambling_90d: Total,
    /// Cash taken out.
    pub cash_90d: Total,
    /// Payments to collectors, garnishments, levies.
    pub collections_90d: Rows,
    /// The largest deposit of the last seven days that is no income.
    pub largest_recent_deposit: Total,
    /// The paydays of the main income, and how fast the pay goes.
    pub pay_cycles: Vec<PayCycle>,
}

impl CashFlow {
    /// Loans and cards, a month.
    pub fn debt_monthly(&self) -> Total {
        self.monthly(Purpose::is_debt)
    }

    /// Rent and mortgage, a month.
    pub fn housing_monthly(&self) -> Total {
        self.monthly(|purpose| purpose == Purpose::Housing)
    }

    /// What the running obligations for some purposes take a month, with all their payments.
    pub fn monthly(&self, test: fn(Purpose) -> bool) -> Total {
        let running = self.running(test);
        Total {
            amount: running.clone().map(|one| one.monthly).sum(),
            rows: Rows::union(running.map(|one| &one.rows)),
        }
    }

    /// The running obligations for some purposes.
    pub fn running(&self, test: fn(Purpose) -> bool) -> impl Iterator<Item = &Obligation> + Clone {
        let all = self.obligations.iter();
        all.filter(move |one| one.runs() && test(one.purpose))
    }
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
    let window = Duration::days(WINDOW_DAYS);
    let before = span.last.checked_sub_signed(window);
    let in_window = |day: NaiveDate| day <= span.last && before.is_none_or(|before| day > before);
    let recent: Vec<&Entry> = entries
        .iter()
        .filter(|entry| in_window(entry.made) && entry.counts())
        .collect();
    let mut sums = Sums::default();
    for entry in &recent {
        sums.take(entry, span.last);
    }
    let month = month(income, sums.inflow.amount, sums.outflow.amount, span);
    CashFlow {
        inflow_90d: sums.inflow.total(),
        outflow_90d: sums.outflow.total(),
        credits_30d: sums.credits_30d.total(),
        credits_60d: sums.credits_60d.total(),
        credits_90d: sums.credits_90d.total(),
        debits_90d: sums.debits.total(),
        own_transfers_90d: sums.own_transfers_in.total(),
        own_transfers_out_90d: sums.own_transfers_out.total(),
        obligations: obligations::find(entries, counterparties, month, span.last),
        short_term_lenders_30d: sums.lenders_30d.len(),
        short_term_lenders_90d: sums.lenders.len(),
        short_term_in_90d: sums.short_term_in.total(),
        short_term_out_90d: sums.short_term_out.total(),
        short_term_30d: sums.short_term_30d.total(),
        gambling_90d: sums.gambling.total(),
        cash_90d: sums.cash.total(),
        collections_90d: sums.collections.total().rows,
        largest_recent_deposit: largest_deposit(&recent, income, span),
        pay_cycles: pay_cycles::find(entries, &recent, income, span),
    }
}

fn within(day: NaiveDate, today: NaiveDate, days: i64) -> bool {
    (0..days).contains(&today.signed_duration_since(day).num_days())
}

/// What is added up in one pass over the rows of the last 90 days.
#[derive(Default)]
struct Sums {
    inflow: Sum,
    outflow: Sum,
    credits_30d: Sum,
    credits_60d: Sum,
    credits_90d: Sum,
    debits: Sum,
    own_transfers_in: Sum,
    own_transfers_out: Sum,
    short_term_in: Sum,
    short_term_out: Sum,
    short_term_30d: Sum,
    lenders_30d: BTreeSet<u32>,
    lenders: BTreeSet<u32>,
    gambling: Sum,
    cash: Sum,
    collections: Sum,
}

impl Sums {
    fn take(&mut self, entry: &Entry, last: NaiveDate) {
        let own = matches!(
            entry.excluded,
            Some(Exclusion::MirroredTransfer | Exclusion::TransferWords)
        );
        let (flows, money_in) = (entry.flows(), entry.amount > 0);
        if money_in {
            for (sum, days) in [
                (&mut self.credits_30d, 30),
                (&mut self.credits_60d, 60),
                (&mut self.credits_90d, WINDOW_DAYS),
            ] {
                if within(entry.made, last, days) {
                    sum.add(entry);
                }
            }
            if flows {
                self.inflow.add(entry);
            } else if own {
                self.own_transfers_in.add(entry);
            }
        } else if entry.amount < 0 {
            self.debits.add(entry);
            if flows {
                self.outflow.add(entry);
            } else if own {
                self.own_transfers_out.add(entry);
            }
        }
        // What came back was neither staked, drawn, collected nor lent.
        if !flows {
            return;
        }
        match (entry.kind, entry.amount < 0) {
            (EntryKind::Loan(Lending::ShortTerm), _) => self.short_term(entry, last),
            (EntryKind::Gambling, true) => self.gambling.add(entry),
            (EntryKind::CashWithdrawal, true) => self.cash.add(entry),
            (EntryKind::Collections, true) => self.collections.add(entry),
            _ => {}
        }
    }

    fn short_term(&mut self, entry: &Entry, last: NaiveDate) {
        self.lenders.insert(entry.counterparty);
        if within(entry.made, last, 30) {
            self.lenders_30d.insert(entry.counterparty);
            self.short_term_30d.add(entry);
        }
        if entry.amount > 0 {
            self.short_term_in.add(entry);
        } else if entry.amount < 0 {
            self.short_term_out.add(entry);
        }
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
    let mut sum = Sum::default();
    largest.into_iter().for_each(|entry| sum.add(entry));
    sum.total()
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
