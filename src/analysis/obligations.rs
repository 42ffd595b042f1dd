//! What the household pays again and again: whom, what for, how much a month, and whether it still
//! runs.
//!
//! Debits of one payee are parted into streams by equal amounts and by the days on which they go
//! out, before a schedule is looked for. What a stream is for is told by recurring amounts and their
//! size first, and by words second.

mod level;
mod parts;
mod purpose;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::cadence::Cadence;
use super::counterparty::Counterparty;
use super::entry::{Entry, EntryKind, Exclusion};
use crate::lexicon::{Term, TermSet};
use crate::snapshot::Rows;

use purpose::Told;

/// One agreement under which the household pays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Obligation {
    /// Who is paid, by position in [`super::Analysis::counterparties`]. Where texts name nobody, the
    /// one that the last of them was read as.
    pub payee: u32,
    /// What for.
    pub purpose: Purpose,
    /// Whether words say what for; otherwise amounts and dates do.
    pub told: bool,
    /// How often it is paid. Of a single payment it is what is usual for the purpose.
    pub cadence: Cadence,
    /// The usual payment now, in minor units.
    pub level: i128,
    /// What it takes a month, in minor units; of what has ended what it took.
    pub monthly: i128,
    /// How many payments there are.
    pub payments: usize,
    /// The first payment seen.
    pub since: NaiveDate,
    /// The last.
    pub last: NaiveDate,
    /// Whether it still runs.
    pub status: ObligationStatus,
    /// The payments.
    pub rows: Rows,
}

impl Obligation {
    /// Whether it is part of what is owed each month: it runs, and is a home, a loan or a card.
    pub fn is_owed(&self) -> bool {
        self.runs() && self.purpose.is_credit_or_home()
    }

    /// Whether it still runs.
    pub fn runs(&self) -> bool {
        self.status == ObligationStatus::Running
    }
}

/// What an obligation is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// Rent, mortgages, housing dues.
    Housing,
    /// Auto loans and leases.
    Auto,
    /// Student loans.
    Student,
    /// Cards, payoffs included.
    Card,
    /// Buy now, pay later.
    BuyNowPayLater,
    /// Payday loans and cash advances.
    ShortTerm,
    /// Any other loan.
    Loan,
    /// Insurance.
    Insurance,
    /// Energy, water, telephones, internet.
    Utility,
    /// Subscriptions, memberships, storage.
    Subscription,
    /// Other bills on a schedule that are no credit: childcare, tuition, taxes.
    Upkeep,
}

impl Purpose {
    /// All of them, in the order of their numbers.
    pub const ALL: [Self; 11] = [
        Self::Housing,
        Self::Auto,
        Self::Student,
        Self::Card,
        Self::BuyNowPayLater,
        Self::ShortTerm,
        Self::Loan,
        Self::Insurance,
        Self::Utility,
        Self::Subscription,
        Self::Upkeep,
    ];

    /// The word for it: `buy_now_pay_later`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Housing => "housing",
            Self::Auto => "auto",
            Self::Student => "student",
            Self::Card => "card",
            Self::BuyNowPayLater => "buy_now_pay_later",
            Self::ShortTerm => "short_term",
            Self::Loan => "loan",
            Self::Insurance => "insurance",
            Self::Utility => "utility",
            Self::Subscription => "subscription",
            Self::Upkeep => "upkeep",
        }
    }

    /// Whether it is a home, a loan or a card. The others can be given up, or are no credit.
    pub const fn is_credit_or_home(self) -> bool {
        matches!(self, Self::Housing) || self.is_debt()
    }

    /// Whether it is a loan or a card.
    pub const fn is_debt(self) -> bool {
        matches!(
            self,
            Self::Auto
                | Self::Student
                | Self::Card
                | Self::BuyNowPayLater
                | Self::ShortTerm
                | Self::Loan
        )
    }
}

/// Whether an obligation still runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ObligationStatus {
    /// The last payment, or an attempt that came back, is recent enough.
    Running,
    /// Nothing for a cycle and a half, or another took its place.
    Ended,
}

/// One debit that may be of an obligation.
#[derive(Debug, Clone, Copy)]
struct Payment {
    payee: u32,
    /// Which stream of the payee it is of.
    part: u32,
    made: NaiveDate,
    /// Minor units, above zero.
    amount: i64,
    told: Told,
    by: By,
    bank: bool,
    at: (u16, u32),
}

/// How a debit was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum By {
    /// With a card, at a shop.
    Card,
    /// From person to person.
    Person,
    /// From account to account, or by cheque.
    Account,
}

/// A stream, and whether it may be a loan where it turns out to be no home.
#[derive(Debug)]
struct Found {
    obligation: Obligation,
    or_loan: bool,
}

/// What the streams are judged by.
#[derive(Debug, Clone, Copy)]
struct Measure {
    /// What comes in, or goes out, in a month. It says what is large.
    month: i128,
    /// The last day of the history.
    today: NaiveDate,
}

/// Finds the obligations, the largest monthly amount first. `month` is what comes in, or goes out,
/// in a month.
pub(super) fn find(
    entries: &[Entry],
    counterparties: &[Counterparty],
    month: i128,
    today: NaiveDate,
) -> Vec<Obligation> {
    let measure = Measure { month, today };
    let (mut payments, known) = payments(entries, measure);
    parts::adopt(&mut payments);
    payments.sort_unstable_by_key(|one| (one.payee, one.made, one.amount, one.at));
    // The same amount twice on one day is mostly one payment that the bank sent twice. A person is
    // sent a large sum in parts, since apps have limits.
    payments.dedup_by(|b, a| {
        (a.payee, a.made, a.amount) == (b.payee, b.made, b.amount) && a.by != By::Person
    });
    let mut found = Vec::new();
    let mut loose = Vec::new();
    for group in payments.chunk_by_mut(|a, b| a.payee == b.payee) {
        // Texts that carry a reference name another payee each time.
        if let [one] = group
            && one.told == Told::Nothing
        {
            loose.push(*one);
            continue;
        }
        parts::split(group);
        let parts = group.chunk_by(|a, b| a.part == b.part);
        let mut fixed = false;
        for part in parts {
            let beside = fixed && part.first().is_some_and(|one| one.part == parts::LEFT_OVER);
            let stream = level::stream(part, &known, counterparties, measure, beside);
            fixed |= stream.is_some();
            found.extend(stream);
        }
    }
    loose.sort_unstable_by_key(|one| (one.amount, one.made, one.at));
    for part in loose.chunk_by(|a, b| a.amount == b.amount) {
        let persons = part.iter().all(|one| one.by == By::Person);
        if part.len() >= LOOSE_MIN || (persons && part.len() + 1 == LOOSE_MIN) {
            found.extend(level::stream(part, &known, counterparties, measure, false));
        }
    }
    let mut found = purpose::one_home(found);
    purpose::replaced(&mut found, today);
    found.sort_by_key(|one| {
        let large = std::cmp::Reverse((one.runs(), one.monthly));
        (large, one.since, one.rows.pairs().next())
    });
    found
}

/// Payments to nobody in particular that are of one amount are one stream from so many on: two equal
/// amounts happen by chance, but seldom from person to person.
const LOOSE_MIN: usize = 3;

/// Payments in that may be loans, of those that are looked at: bounds the work.
const PAID_OUT_MAX: usize = 512;

/// What else is known of payees, in order.
#[derive(Debug, Default)]
struct Known {
    /// What was tried and came back, by payee and day: it shows that an agreement still runs.
    attempts: Vec<(u32, NaiveDate)>,
    /// What somebody paid that may be a loan: by whom, when, and how much.
    paid_out: Vec<(u32, NaiveDate, i64)>,
}

/// The debits that may be of an obligation.
fn payments(entries: &[Entry], measure: Measure) -> (Vec<Payment>, Known) {
    let mut payments = Vec::with_capacity(entries.len() / 4);
    let mut known = Known::default();
    for entry in entries {
        if entry.amount >= 0 || entry.made > measure.today {
            if known.paid_out.len() < PAID_OUT_MAX && may_be_loan(entry, measure) {
                let paid_out = (entry.counterparty, entry.made, entry.amount);
                known.paid_out.push(paid_out);
            }
            continue;
        }
        match entry.excluded {
            None => {}
            Some(Exclusion::Reversed) => {
                known.attempts.push((entry.counterparty, entry.made));
                continue;
            }
            Some(_) => continue,
        }
        let told = purpose::told(entry);
        let by = by(entry);
        let bank = entry.terms.has(Term::Bank) && by == By::Account;
        let amount = entry.amount.saturating_neg();
        let silent = told == Told::Nothing;
        // Many billers call an ordinary debit a collection.
        let untellable = !matches!(
            entry.kind,
            EntryKind::Other | EntryKind::PersonToPerson | EntryKind::Collections
        );
        if told == Told::No
            || (silent && (untellable || (!bank && !purpose::may_tell(amount, measure))))
        {
            continue;
        }
        payments.push(Payment {
            payee: entry.counterparty,
            part: 0,
            made: entry.made,
            amount,
            told,
            by,
            bank,
            at: entry.at(),
        });
    }
    known.attempts.sort_unstable();
    (payments, known)
}

/// Whether money in may be a loan that is paid out: nothing says that it is anything else.
fn may_be_loan(entry: &Entry, measure: Measure) -> bool {
    purpose::may_tell(entry.amount, measure)
        && matches!(entry.kind, EntryKind::Other | EntryKind::Loan(_))
        && matches!(entry.excluded, None | Some(Exclusion::LoanProceeds))
}

fn by(entry: &Entry) -> By {
    let person = TermSet::of(Term::PersonToPerson);
    if entry.terms.has(Term::CardPurchase) {
        By::Card
    } else if entry.terms.meets(person) {
        By::Person
    } else {
        By::Account
    }
}
