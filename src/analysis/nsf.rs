//! Signs that money was missing: NSF and overdraft fees, debits that came back.
//!
//! Days are counted, not fees: one empty account makes several fees on one day. Most large banks
//! no longer charge for a returned debit, so those are found from the return itself.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::entry::{Entry, EntryKind, Pair};
use super::exclusion::FEE_BUSINESS_DAYS_MAX;
use crate::calendar::add_business_days;
use crate::lexicon::{Term, TermSet};
use crate::snapshot::Rows;

/// One event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NsfEvent {
    /// What happened.
    pub kind: NsfKind,
    /// The posting day; of a fee for something that came back, that of the return.
    pub day: NaiveDate,
    /// The account, by position in the order of the application's accounts.
    pub account: u16,
    /// The fee, or the amount that came back, in minor units.
    pub amount: i128,
    /// The rows that show it.
    pub rows: Rows,
}

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NsfKind {
    /// A fee for an item that was returned.
    NsfFee,
    /// A fee for an item that was paid into overdraft, or for staying there.
    OverdraftFee,
    /// A debit that came back unpaid.
    ReturnedDebit,
    /// A merchant's fee for a payment that came back.
    ReturnFee,
    /// A transfer that averted an overdraft: a lighter sign, no event.
    ProtectionTransfer,
    /// A fee given back.
    FeeRefund,
}

impl NsfKind {
    /// The kinds whose days are event-days.
    pub const EVENTS: [Self; 4] = [
        Self::NsfFee,
        Self::OverdraftFee,
        Self::ReturnedDebit,
        Self::ReturnFee,
    ];

    /// The word for it: `returned_debit`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NsfFee => EntryKind::NsfFee.as_str(),
            Self::OverdraftFee => EntryKind::OverdraftFee.as_str(),
            Self::ReturnedDebit => EntryKind::ReturnedDebit.as_str(),
            Self::ReturnFee => EntryKind::ReturnFee.as_str(),
            Self::ProtectionTransfer => "protection_transfer",
            Self::FeeRefund => EntryKind::FeeRefund.as_str(),
        }
    }

    /// Whether a day with it is an event-day.
    pub fn is_event(self) -> bool {
        Self::EVENTS.contains(&self)
    }
}

/// Everything found, by day.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Nsf {
    /// Events, fee refunds and protection transfers, in order of day, kind and row.
    pub events: Vec<NsfEvent>,
}

/// The kinds of row that show something by themselves, and the direction they need.
const SHOWN: &[(EntryKind, NsfKind, Option<bool>)] = &[
    (EntryKind::NsfFee, NsfKind::NsfFee, Some(false)),
    (EntryKind::OverdraftFee, NsfKind::OverdraftFee, Some(false)),
    (EntryKind::ReturnFee, NsfKind::ReturnFee, Some(false)),
    (
        EntryKind::OverdraftProtection,
        NsfKind::ProtectionTransfer,
        None,
    ),
    (EntryKind::FeeRefund, NsfKind::FeeRefund, Some(true)),
];

/// Finds the events. `returned` are the debits that came back.
pub(super) fn find(entries: &[Entry], returned: &[Pair]) -> Nsf {
    let back = Back::of(entries, returned);
    let shown = entries.iter().filter(|entry| entry.counts());
    let mut events: Vec<NsfEvent> = shown
        .filter_map(|entry| {
            let kind = SHOWN.iter().find(|(kind, _, _)| *kind == entry.kind);
            let (_, kind, money_in) = kind?;
            let agrees = money_in.is_none_or(|money_in| money_in == (entry.amount > 0));
            if !agrees {
                return None;
            }
            let mut event = event(*kind, entry, None);
            if let NsfKind::NsfFee | NsfKind::ReturnFee = kind {
                match day_of_return(&back.returns, entry.snapshot, event.day) {
                    Some(day) => event.day = day,
                    None if back.is_for_a_deposit(entry) => return None,
                    None => {}
                }
            }
            Some(event)
        })
        .collect();
    for pair in returned {
        let debit = pair.debit.and_then(|debit| entries.get(debit));
        if let Some(credit) = entries.get(pair.credit) {
            events.push(event(NsfKind::ReturnedDebit, credit, debit));
        }
    }
    events.sort_by(|a, b| (a.day, a.kind, a.rows.runs()).cmp(&(b.day, b.kind, b.rows.runs())));
    Nsf { events }
}

/// A debit that came back: where, when it was tried, and when it was there again.
struct Return {
    snapshot: u16,
    tried: NaiveDate,
    day: NaiveDate,
}

/// What came back, in the order of account and day.
struct Back {
    returns: Vec<Return>,
    /// Deposits that were taken back.
    deposits: Vec<(u16, NaiveDate)>,
}

impl Back {
    fn of(entries: &[Entry], returned: &[Pair]) -> Self {
        let mut returns: Vec<Return> = returned
            .iter()
            .filter_map(|pair| {
                let credit = entries.get(pair.credit)?;
                let debit = pair.debit.and_then(|debit| entries.get(debit));
                Some(Return {
                    snapshot: credit.snapshot,
                    tried: debit.map_or(credit.posted, |debit| debit.posted),
                    day: credit.posted,
                })
            })
            .collect();
        returns.sort_unstable_by_key(|one| (one.snapshot, one.day));
        let mut deposits: Vec<(u16, NaiveDate)> = entries
            .iter()
            .filter(|entry| entry.kind == EntryKind::DepositedItemReturned && entry.counts())
            .filter(|entry| entry.amount < 0)
            .map(|entry| (entry.snapshot, entry.posted))
            .collect();
        deposits.sort_unstable();
        Self { returns, deposits }
    }

    /// Whether a fee for something returned is for a deposit: one was taken back that day or the
    /// business day before, and the fee does not say that funds were missing.
    fn is_for_a_deposit(&self, fee: &Entry) -> bool {
        let says_more = TermSet::any_of(&[Term::NsfWord, Term::Overdraft]);
        let at = self
            .deposits
            .partition_point(|deposit| *deposit <= (fee.snapshot, fee.posted));
        let last = at.checked_sub(1).and_then(|last| self.deposits.get(last));
        fee.terms.has(Term::Return)
            && !fee.terms.meets(says_more)
            && last.is_some_and(|(snapshot, day)| {
                *snapshot == fee.snapshot && fee.posted <= add_business_days(*day, 1)
            })
    }
}

/// The day of the return that a fee of `day` is for: the last one before it, or one that was under
/// way. `returns` are in the order of account and day.
fn day_of_return(returns: &[Return], snapshot: u16, day: NaiveDate) -> Option<NaiveDate> {
    let at = returns.partition_point(|one| (one.snapshot, one.day) <= (snapshot, day));
    let own = |one: &&Return| one.snapshot == snapshot;
    let last = at.checked_sub(1).and_then(|last| returns.get(last));
    let before = last
        .filter(own)
        .filter(|one| day <= add_business_days(one.day, FEE_BUSINESS_DAYS_MAX));
    let under_way = returns.get(at).filter(own).filter(|one| one.tried <= day);
    before.or(under_way).map(|one| one.day)
}

fn event(kind: NsfKind, entry: &Entry, other: Option<&Entry>) -> NsfEvent {
    NsfEvent {
        kind,
        day: entry.posted,
        account: entry.snapshot,
        amount: i128::from(entry.amount).abs(),
        rows: Rows::from_pairs(std::iter::once(entry.at()).chain(other.map(Entry::at))),
    }
}

impl Nsf {
    /// The events of the last `days` days up to `today`.
    pub fn within(&self, today: NaiveDate, days: u32) -> impl Iterator<Item = &NsfEvent> {
        self.events.iter().filter(move |event| {
            let ago = today.signed_duration_since(event.day).num_days();
            (0..i64::from(days)).contains(&ago)
        })
    }

    /// The days with an event of one of `kinds`, and the rows that show them.
    pub fn days(&self, today: NaiveDate, days: u32, kinds: &[NsfKind]) -> (i64, Rows) {
        distinct_days(self.within(today, days), kinds)
    }

    /// The same of one account, by position in the order of the application's accounts.
    pub fn account_days(
        &self,
        account: usize,
        (today, days): (NaiveDate, u32),
        kinds: &[NsfKind],
    ) -> (i64, Rows) {
        let own = |event: &&NsfEvent| usize::from(event.account) == account;
        distinct_days(self.within(today, days).filter(own), kinds)
    }

    /// Fees less what was given back, never below zero, in minor units.
    pub fn fees_net(&self, today: NaiveDate, days: u32) -> (i128, Rows) {
        let mut net = 0_i128;
        let mut rows = Vec::new();
        for event in self.within(today, days) {
            match event.kind {
                NsfKind::NsfFee | NsfKind::OverdraftFee | NsfKind::ReturnFee => net += event.amount,
                NsfKind::FeeRefund => net -= event.amount,
                NsfKind::ReturnedDebit | NsfKind::ProtectionTransfer => continue,
            }
            rows.extend(event.rows.pairs());
        }
        (net.max(0), Rows::from_pairs(rows))
    }

    /// The last event.
    pub fn last(&self) -> Option<&NsfEvent> {
        self.events.iter().rfind(|event| event.kind.is_event())
    }

    /// The last event of one account, by position in the order of the application's accounts.
    pub fn last_of_account(&self, account: usize) -> Option<&NsfEvent> {
        let own = |event: &&NsfEvent| usize::from(event.account) == account;
        let mut events = self.events.iter().rev().filter(own);
        events.find(|event| event.kind.is_event())
    }
}

/// The days of events of some kinds, which are in the order of days, and the rows that show them.
fn distinct_days<'a>(events: impl Iterator<Item = &'a NsfEvent>, kinds: &[NsfKind]) -> (i64, Rows) {
    let found: Vec<&NsfEvent> = events.filter(|event| kinds.contains(&event.kind)).collect();
    let distinct = found.chunk_by(|a, b| a.day == b.day).count();
    let rows = Rows::union(found.iter().map(|event| &event.rows));
    (i64::try_from(distinct).unwrap_or(i64::MAX), rows)
}
