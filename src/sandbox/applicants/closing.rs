//! Runs an account's rows through its balance, day by day: what the bank does when there is no
//! money, and what the holder does when there is more than is needed.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::banks::OwnTransfer;
use super::life::{DebitKind, Entry, Life, Posting};
use super::schedule::Schedule;
use crate::calendar::{add_business_days, business_day_on_or_after};

/// How an account is run.
#[derive(Debug, Clone, Copy)]
pub(super) struct Closing {
    /// The balance before the first row, in cents.
    pub(super) opening: i64,
    /// What is done with money that is not needed.
    pub(super) surplus: Option<Surplus>,
    /// What the bank does when there is no money; nothing where that never happens.
    pub(super) overdraft: Option<Overdraft>,
}

/// What is done with money that is not needed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Surplus {
    /// When the holder looks.
    pub(super) on: Schedule,
    /// What is to stay, in cents.
    pub(super) keep: i64,
    /// The rest goes in multiples of this, in cents.
    pub(super) step: i64,
    /// Where to.
    pub(super) to: Destination,
}

/// Where money goes that is not needed.
#[derive(Debug, Clone, Copy)]
pub(super) enum Destination {
    /// To an account of the holder.
    Own(OwnTransfer),
    /// To somebody, by Zelle.
    Person(&'static str),
}

/// What a bank does when there is no money.
#[derive(Debug, Clone, Copy)]
pub(super) struct Overdraft {
    /// For an ACH debit that is sent back, in cents; nothing where there is no fee.
    pub(super) nsf_fee: i64,
    /// For a card purchase that is paid all the same, in cents; once a day, nothing where there
    /// is no fee.
    pub(super) overdraft_fee: i64,
    /// How far below zero a card purchase may go, in cents, as a positive number.
    pub(super) card_limit: i64,
    /// How far below zero an ACH debit may go before it is sent back, in the same way.
    pub(super) ach_limit: i64,
}

/// An account when all is done.
#[derive(Debug, Clone)]
pub(super) struct Book {
    /// Every row, sorted by the time it was made.
    pub(super) entries: Vec<Entry>,
    /// The balance of today, in cents.
    pub(super) current: i64,
    /// What went to another account of the holder: the day, and cents above zero.
    pub(super) saved: Vec<(NaiveDate, i64)>,
}

struct Run {
    life: Life,
    closing: Closing,
    /// Rows not yet posted, by the day on which they are to be.
    days: BTreeMap<NaiveDate, Vec<Entry>>,
    done: Vec<Entry>,
    balance: i64,
    saved: Vec<(NaiveDate, i64)>,
}

impl Life {
    /// Runs the account to the end of today.
    pub(super) fn close(mut self, closing: Closing) -> Book {
        let mut days: BTreeMap<NaiveDate, Vec<Entry>> = BTreeMap::new();
        let mut done = Vec::new();
        for entry in std::mem::take(&mut self.entries) {
            match entry.posting {
                Posting::Posted(at) => days.entry(at.date_naive()).or_default().push(entry),
                Posting::Pending | Posting::Void(_) => done.push(entry),
            }
        }
        let (first, today) = (self.first, self.today);
        let mut run = Run {
            life: self,
            closing,
            days,
            done,
            balance: closing.opening,
            saved: Vec::new(),
        };
        let looks = |surplus: &Surplus| surplus.on.dates(first, today);
        let looks = closing.surplus.iter().flat_map(looks);
        let looks: Vec<NaiveDate> = looks.map(business_day_on_or_after).collect();
        for day in first.iter_days().take_while(|day| *day <= today) {
            run.post_day(day);
            if let Some(surplus) = closing.surplus
                && looks.contains(&day)
            {
                run.spend_surplus(day, surplus);
            }
        }
        let mut entries = run.done;
        entries.sort_by(|a, b| {
            (a.made, a.posting, a.amount, &a.text).cmp(&(b.made, b.posting, b.amount, &b.text))
        });
        Book {
            entries,
            current: run.balance,
            saved: run.saved,
        }
    }
}

impl Run {
    /// Banks post credits before debits.
    fn post_day(&mut self, day: NaiveDate) {
        let mut rows = self.days.remove(&day).unwrap_or_default();
        rows.sort_by_key(|row| (row.amount < 0, row.made));
        let mut charged = false;
        for row in rows {
            let after = self.balance + row.amount;
            let short = row.amount < 0 && after < 0;
            match (self.closing.overdraft, row.kind) {
                (Some(overdraft), DebitKind::Ach(_) | DebitKind::AchRetry(_))
                    if short && after < -overdraft.ach_limit =>
                {
                    self.send_back(day, &row, overdraft);
                }
                // Declined at the till: there never was a purchase.
                (Some(overdraft), DebitKind::Card) if short && after < -overdraft.card_limit => {
                    continue;
                }
                (Some(overdraft), DebitKind::Card) if short && !charged => {
                    charged = true;
                    let text = self.life.bank.overdraft_fee(day);
                    self.fee(day, overdraft.overdraft_fee, text);
                }
                _ => {}
            }
            self.balance += row.amount;
            self.done.push(row);
        }
    }

    /// The item comes back on the next business day with a fee, and is tried once more.
    fn send_back(&mut self, day: NaiveDate, row: &Entry, overdraft: Overdraft) {
        let (company, last) = match row.kind {
            DebitKind::Ach(company) => (company, false),
            DebitKind::AchRetry(company) => (company, true),
            DebitKind::Card | DebitKind::Other => return,
        };
        let text = self.life.bank.returned(company.name, day);
        self.add(day, 1, -row.amount, text, DebitKind::Other);
        let text = self.life.bank.nsf_fee(day);
        self.fee(day, overdraft.nsf_fee, text);
        if !last {
            let retry = super::people::Company {
                entry: "RETRY PYMT",
                ..company
            };
            let date = add_business_days(day, 3);
            let life = &mut self.life;
            let text = life.bank.ach(&retry, life.holder, date, &mut life.random);
            self.add(day, 3, row.amount, text, DebitKind::AchRetry(company));
        }
    }

    /// A fee on the next business day, where there is one.
    fn fee(&mut self, day: NaiveDate, cents: i64, text: String) {
        if cents != 0 {
            self.add(day, 1, -cents, text, DebitKind::Other);
        }
    }

    /// Adds a row `business_days` after `day`, where that is not in the future.
    fn add(
        &mut self,
        day: NaiveDate,
        business_days: u32,
        amount: i64,
        text: String,
        kind: DebitKind,
    ) {
        let date = add_business_days(day, business_days);
        if date <= self.life.today {
            let mut entry = Entry::dated(date, amount, text);
            entry.kind = kind;
            self.days.entry(date).or_default().push(entry);
        }
    }

    fn spend_surplus(&mut self, day: NaiveDate, surplus: Surplus) {
        let steps = (self.balance - surplus.keep).div_euclid(surplus.step.max(1));
        let amount = steps * surplus.step;
        if amount <= 0 {
            return;
        }
        let life = &mut self.life;
        let text = match surplus.to {
            Destination::Own(transfer) => {
                self.saved.push((day, amount));
                life.bank
                    .transfer(transfer, life.holder, day, &mut life.random)
            }
            Destination::Person(name) => life.bank.zelle_to(name, day, &mut life.random),
        };
        self.balance -= amount;
        self.done.push(Entry::dated(day, -amount, text));
    }
}
