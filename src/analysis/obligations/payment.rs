//! What the payments of an obligation are looked at by, before it is told what they are for.

use chrono::NaiveDate;

use super::obligation::{Obligation, Purpose};
use crate::analysis::cadence::Cadence;

/// What the words of one debit say it is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Told {
    /// Nothing.
    Nothing,
    /// It is for that.
    For(Purpose),
    /// It is of no obligation of any kind.
    No,
}

/// One debit that may be of an obligation.
#[derive(Debug, Clone, Copy)]
pub(super) struct Payment {
    pub(super) payee: u32,
    /// Which stream of the payee it is of.
    pub(super) part: u32,
    pub(super) made: NaiveDate,
    /// Minor units, above zero.
    pub(super) amount: i64,
    pub(super) told: Told,
    pub(super) by: By,
    pub(super) bank: bool,
    pub(super) at: (u16, u32),
}

/// How a debit was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum By {
    /// With a card, at a shop.
    Card,
    /// From person to person.
    Person,
    /// From account to account, or by cheque.
    Account,
}

/// A stream, and whether it may be a loan where it turns out to be no home.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) obligation: Obligation,
    pub(super) or_loan: bool,
}

/// What the streams are judged by.
#[derive(Debug, Clone, Copy)]
pub(super) struct Measure {
    /// What comes in, or goes out, in a month. It says what is large.
    pub(super) month: i128,
    /// The last day of the history.
    pub(super) today: NaiveDate,
}

/// What else is known of payees, in order.
#[derive(Debug, Default)]
pub(super) struct Known {
    /// What was tried and came back, by payee and day: it shows that an agreement still runs.
    pub(super) attempts: Vec<(u32, NaiveDate)>,
    /// What somebody paid that may be a loan: by whom, when, and how much.
    pub(super) paid_out: Vec<(u32, NaiveDate, i64)>,
}

/// What is seen of a stream before it is said what it is for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Facts {
    /// What most of the words say.
    pub(super) told: Told,
    pub(super) payments: usize,
    pub(super) cadence: Cadence,
    /// Whether the days keep to the cadence.
    pub(super) regular: bool,
    /// Whether the amounts are the same, but for lasting changes.
    pub(super) steady: bool,
    /// The usual payment now.
    pub(super) level: i128,
    /// What that is a month, by the cadence.
    pub(super) monthly: i128,
    /// Whether there are no more payments than an agreement has.
    pub(super) rare: bool,
    /// Whether most are to a bank.
    pub(super) bank: bool,
    /// Whether the payee paid out a loan.
    pub(super) lent: bool,
    /// How most are made.
    pub(super) by: By,
    /// Whether most are made when rent is due: in the first days of the month, or the last.
    pub(super) first_days: bool,
}
