//! What came back: debits that were not paid, deposits that were taken back.
//!
//! A debit that came back shows as an equal credit on its account within some business days, which
//! names the same payee or nobody. What banks write of it differs from bank to bank, so the words are
//! evidence and no condition: where they say little, something else has to show that it was no
//! refund.

use chrono::{Days, NaiveDate};

use super::super::account::AccountAnalysis;
use super::super::bank_words;
use super::super::classify;
use super::super::counterparty::Counterparty;
use super::super::entry::{Entry, EntryKind, Exclusion, Pair};
use super::{CANDIDATES_MAX, Key};
use crate::calendar::add_business_days;
use crate::lexicon::{Term, TermSet};

/// A return posts within so many business days of what it returns: the two that the ACH rules give a
/// bank, one to post each, and one for a bank that is late.
const RETURN_BUSINESS_DAYS_MAX: u32 = 5;
/// So many days hold that many business days, whatever weekends and holidays are among them.
const RETURN_DAYS_MAX: i64 = 10;
/// A fee for a return comes within so many business days of it.
pub(in crate::analysis) const FEE_BUSINESS_DAYS_MAX: u32 = 3;
/// A returned debit is tried again within so many days. A judgement: more of them would take the
/// next of weekly payments for it.
const RETRY_DAYS_MAX: i64 = 6;
/// Credits of one counterparty that undo nothing: from so many on its words are its name.
const RECURRING_MIN: u32 = 3;
/// Who pays draws seldom: at least so many credits for each debit. A judgement.
const CREDITS_FOR_EACH: u32 = 2;
/// A bank that says of so many percent of all debits that they are purchases by card says it of
/// every such purchase: most of what people pay, they pay by card. Others say it of those with a
/// number only.
const CARDS_PERCENT_MIN: usize = 60;
/// Fewer show no habit.
const CARDS_MIN: usize = 10;
/// Shorter words, in bytes, that two counterparties share do not make them related: initials, states,
/// `LA`.
const SHARED_WORD_BYTES_MIN: usize = 3;
/// Cents of an amount that people choose: two such are easily equal by chance.
const ROUND_CENTS: u64 = 100;

/// Finds what came back, marks both halves, and returns the debits that came back unpaid.
pub(super) fn find(
    entries: &mut [Entry],
    counterparties: &[Counterparty],
    accounts: &[AccountAnalysis],
) -> Vec<Pair> {
    let mut pairs = Vec::new();
    let mut search = Search::new(entries, counterparties, accounts);
    let credits = search.positions(entries, |entry| entry.amount > 0 && may_return(entry));
    // What says that it is a return has the first choice.
    for worded in [true, false] {
        for &position in &credits {
            let Some(entry) = entries.get(position).copied() else {
                continue;
            };
            if (wording(&entry) != Wording::None) != worded || search.is_taken(position) {
                continue;
            }
            if let Some((debit, bounced)) = search.returned(entries, &entry) {
                search.take(position);
                search.take(debit);
                settle(entries, position, debit, bounced);
                if bounced {
                    pairs.push(Pair {
                        debit: Some(debit),
                        credit: position,
                    });
                }
            }
        }
    }
    let debits = search.positions(entries, |entry| {
        entry.amount < 0 && (takes_back(entry) || search.is_by_payer(entry))
    });
    for position in debits {
        if !search.is_taken(position)
            && let Some(credit) = search.taken_back(entries, position)
        {
            search.take(position);
            search.take(credit);
            settle(entries, position, credit, false);
        }
    }
    alone(entries, &search, &mut pairs);
    pairs.sort_unstable_by_key(|pair| pair.credit);
    pairs
}

/// How much the words of a credit say of a return.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wording {
    /// That an item or a payment came back.
    Strong,
    /// That something was returned or reversed, which shops say as well.
    Weak,
    /// Nothing.
    None,
}

const FUNDS: TermSet = TermSet::any_of(&[Term::InsufficientFunds, Term::Unpaid, Term::NsfWord]);
const BACK: TermSet = TermSet::any_of(&[Term::Return, Term::Reversal]);
/// Words of pay and benefits: who is named by them is a payer, whatever else its name says.
const PAY: TermSet = TermSet::any_of(&[
    Term::Payroll,
    Term::Processor,
    Term::SocialSecurity,
    Term::SupplementalSecurity,
    Term::Veterans,
    Term::Unemployment,
    Term::PublicBenefit,
    Term::Disability,
    Term::Retirement,
    Term::Gig,
]);

fn wording(entry: &Entry) -> Wording {
    let terms = entry.terms;
    let item = terms.meets(BACK) && terms.has(Term::Item);
    let certain = TermSet::any_of(&[Term::InsufficientFunds, Term::Unpaid]);
    if terms.meets(certain) || item || (terms.has(Term::NsfWord) && !entry.company) {
        Wording::Strong
    } else if terms.meets(BACK) {
        Wording::Weak
    } else {
        Wording::None
    }
}

/// Whether a credit may give back a debit: refunds, deposits and pay do not.
fn may_return(entry: &Entry) -> bool {
    const OTHERWISE: TermSet = TermSet::any_of(&[
        Term::Refund,
        Term::TaxRefund,
        Term::CardPurchase,
        Term::DepositedItem,
        Term::CashDeposit,
        Term::CheckDeposit,
        Term::Interest,
        Term::Protection,
    ]);
    let fee = entry.kind == EntryKind::FeeRefund && entry.terms.has(Term::Fee);
    let micro = entry.excluded == Some(Exclusion::Micro);
    let pay = entry.terms.meets(PAY) && wording(entry) != Wording::Strong;
    !fee && !micro && !pay && !entry.terms.meets(OTHERWISE)
}

/// Whether a debit takes a deposit back.
fn takes_back(entry: &Entry) -> bool {
    let plain = matches!(
        entry.kind,
        EntryKind::Other | EntryKind::DepositedItemReturned
    );
    // What is called as a fee may be, and does not say that it is one, is so by its amount alone.
    let unnamed = entry.kind == EntryKind::NsfFee && !entry.terms.has(Term::Fee);
    (plain && entry.terms.meets(BACK))
        || unnamed
        || matches!(entry.kind, EntryKind::ReturnedDebit | EntryKind::Reversal)
}

/// Whether a debit can come back unpaid: what was bought with a card, cash and fees cannot.
fn is_returnable(entry: &Entry) -> bool {
    !entry.terms.has(Term::CardPurchase)
        && !matches!(
            entry.kind,
            EntryKind::CashWithdrawal
                | EntryKind::NsfFee
                | EntryKind::OverdraftFee
                | EntryKind::ReturnFee
                | EntryKind::AccountFee
                | EntryKind::OverdraftProtection
                | EntryKind::DepositedItemReturned
        )
}

/// Whether money often goes both ways between the holder and such a counterparty.
fn goes_both_ways(entry: &Entry) -> bool {
    matches!(
        entry.kind,
        EntryKind::PersonToPerson
            | EntryKind::OwnTransfer
            | EntryKind::Gambling
            | EntryKind::Loan(_)
            | EntryKind::OneOff
    )
}

/// Whom a return names, as far as that is whom the other row names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Relation {
    Same,
    Nobody,
    Other,
}

struct Search<'a> {
    counterparties: &'a [Counterparty],
    accounts: &'a [AccountAnalysis],
    /// Those of the amount of a credit, by posting day.
    debits: Vec<Key>,
    credits: Vec<Key>,
    /// Fees for missing funds, by account and posting day.
    fees: Vec<(u16, NaiveDate)>,
    /// Debits of each account that are said to be purchases by card, and all of them.
    cards: Vec<(usize, usize)>,
    /// Credits and debits of each counterparty.
    flows: Vec<(u32, u32)>,
    taken: Vec<bool>,
}

impl<'a> Search<'a> {
    fn new(
        entries: &[Entry],
        counterparties: &'a [Counterparty],
        accounts: &'a [AccountAnalysis],
    ) -> Self {
        let (mut debits, mut credits, mut fees) = (Vec::new(), Vec::new(), Vec::new());
        let mut cards = vec![(0, 0); accounts.len()];
        let mut flows = vec![(0_u32, 0_u32); counterparties.len()];
        for (position, entry) in entries.iter().enumerate() {
            if !entry.counts() || entry.amount == 0 {
                continue;
            }
            let key = (entry.amount.unsigned_abs(), entry.posted, position);
            let flow = usize::try_from(entry.counterparty)
                .ok()
                .and_then(|index| flows.get_mut(index));
            let (from, to) = flow.map_or((None, None), |(from, to)| (Some(from), Some(to)));
            let count = if entry.amount > 0 {
                credits.push(key);
                from
            } else {
                debits.push(key);
                to
            };
            if let Some(count) = count {
                *count = count.saturating_add(1);
            }
            if entry.amount < 0
                && let Some((marked, all)) = cards.get_mut(usize::from(entry.snapshot))
            {
                *marked += usize::from(entry.terms.has(Term::CardPurchase));
                *all += 1;
            }
            if entry.amount < 0 && entry.kind == EntryKind::NsfFee {
                fees.push((entry.snapshot, entry.posted));
            }
        }
        credits.sort_unstable();
        fees.sort_unstable();
        // Most debits have the amount of no credit.
        debits.retain(|(amount, _, _)| {
            credits
                .binary_search_by_key(amount, |credit| credit.0)
                .is_ok()
        });
        debits.sort_unstable();
        Self {
            counterparties,
            accounts,
            debits,
            credits,
            fees,
            cards,
            flows,
            taken: vec![false; entries.len()],
        }
    }

    /// Counted rows, in order of their posting.
    fn positions(&self, entries: &[Entry], test: impl Fn(&Entry) -> bool) -> Vec<usize> {
        let mut found: Vec<usize> = entries
            .iter()
            .enumerate()
            .filter(|(_, entry)| entry.counts() && test(entry))
            .map(|(position, _)| position)
            .collect();
        found.sort_by_key(|position| entries.get(*position).map(|entry| entry.posted));
        found
    }

    fn is_taken(&self, position: usize) -> bool {
        self.taken.get(position).copied().unwrap_or(true)
    }

    fn take(&mut self, position: usize) {
        if let Some(taken) = self.taken.get_mut(position) {
            *taken = true;
        }
    }

    /// Rows of that account and amount that posted up to a return's time before `entry`, the nearest
    /// first.
    fn before<'s>(
        &'s self,
        index: &'s [Key],
        entries: &'s [Entry],
        entry: &'s Entry,
    ) -> impl Iterator<Item = (usize, &'s Entry)> {
        let amount = entry.amount.unsigned_abs();
        let end = index.partition_point(|(a, day, _)| (*a, *day) <= (amount, entry.posted));
        let days = |day: NaiveDate| entry.posted.signed_duration_since(day).num_days();
        index
            .get(..end)
            .unwrap_or_default()
            .iter()
            .rev()
            .take_while(move |(a, day, _)| *a == amount && days(*day) <= RETURN_DAYS_MAX)
            .take(CANDIDATES_MAX)
            .filter_map(|(_, _, position)| Some((*position, entries.get(*position)?)))
            .filter(|(position, other)| {
                other.snapshot == entry.snapshot
                    && !self.is_taken(*position)
                    && entry.posted <= add_business_days(other.posted, RETURN_BUSINESS_DAYS_MAX)
            })
    }

    /// The debit that a credit gives back, and whether that came back unpaid.
    fn returned(&self, entries: &[Entry], credit: &Entry) -> Option<(usize, bool)> {
        let candidates = self.before(&self.debits, entries, credit);
        let judged = candidates.filter_map(|(debit, entry)| {
            let relation = self.relation(credit, entry);
            let verdict = self.verdict(entries, credit, entry, relation)?;
            Some((debit, verdict, relation))
        });
        judged
            .min_by_key(|(_, bounced, relation)| (!*bounced, *relation))
            .map(|(debit, bounced, _)| (debit, bounced))
    }

    /// Whether the credit shows that the debit came back unpaid, or only undoes it; `None` where it
    /// has nothing to do with it.
    fn verdict(
        &self,
        entries: &[Entry],
        credit: &Entry,
        debit: &Entry,
        relation: Relation,
    ) -> Option<bool> {
        let worded = wording(credit);
        if !is_returnable(debit) {
            return (worded != Wording::None && relation != Relation::Other).then_some(false);
        }
        let by_ach = |entry: &Entry| entry.company || entry.terms.has(Term::Item);
        let by_choice = credit.amount.unsigned_abs().is_multiple_of(ROUND_CENTS);
        let missing = || self.is_missed(entries, credit, debit);
        match (worded, relation) {
            (Wording::Strong, Relation::Same | Relation::Nobody) => Some(true),
            (Wording::Strong, Relation::Other) => (!by_choice || missing()).then_some(true),
            (Wording::Weak, Relation::Nobody) if credit.terms.has(Term::Return) => Some(true),
            (Wording::Weak, Relation::Same | Relation::Nobody) => {
                // Shops take goods back in the words of a return, and reverse nothing later.
                let no_card = credit.terms.has(Term::Reversal) && self.marks_cards(debit.snapshot);
                let unpaid = (by_ach(debit) || no_card) && !goes_both_ways(debit);
                Some(unpaid || missing())
            }
            (Wording::Weak | Wording::None, Relation::Other) => None,
            (Wording::None, _) if goes_both_ways(credit) => None,
            (Wording::None, Relation::Nobody) => {
                // What people move to accounts of their own and back again is a round amount.
                let own = debit.kind == EntryKind::OwnTransfer && by_choice;
                ((by_ach(credit) && !own) || missing()).then_some(true)
            }
            (Wording::None, Relation::Same) if goes_both_ways(debit) => None,
            (Wording::None, Relation::Same) => {
                let pays = self.pays(credit.counterparty) || self.pays(debit.counterparty);
                (!pays && (by_ach(debit) || missing())).then_some(true)
            }
        }
    }

    /// Whether the bank says which debits are purchases by card: what it does not say it of is none.
    fn marks_cards(&self, snapshot: u16) -> bool {
        let counts = self.cards.get(usize::from(snapshot));
        counts.is_some_and(|(cards, all)| {
            cards.saturating_mul(100) >= all.saturating_mul(CARDS_PERCENT_MIN)
                && *cards >= CARDS_MIN
        })
    }

    /// Whether money comes from a counterparty more often than it goes there.
    fn pays(&self, counterparty: u32) -> bool {
        let (from, to) = self.flow(counterparty);
        from > to && from >= RECURRING_MIN
    }

    /// Credits and debits of a counterparty.
    fn flow(&self, counterparty: u32) -> (u32, u32) {
        let index = usize::try_from(counterparty).unwrap_or(usize::MAX);
        self.flows.get(index).copied().unwrap_or_default()
    }

    /// Whether a debit that says nothing is by somebody who pays: an employer that draws a wrong pay
    /// again.
    fn is_by_payer(&self, debit: &Entry) -> bool {
        let (from, to) = self.flow(debit.counterparty);
        debit.kind == EntryKind::Other
            && !debit.terms.has(Term::CardPurchase)
            && from >= to.saturating_mul(CREDITS_FOR_EACH)
    }

    /// Whether money was missing, by more than the two rows: the account was short, the bank took a
    /// fee, or the payee tried again.
    fn is_missed(&self, entries: &[Entry], credit: &Entry, debit: &Entry) -> bool {
        self.was_short(credit, debit)
            || self.has_fee(credit, debit)
            || self.is_retried(entries, credit, debit)
    }

    /// Whether the day of the debit ended below zero, had it not come back.
    fn was_short(&self, credit: &Entry, debit: &Entry) -> bool {
        let account = self.accounts.get(usize::from(debit.snapshot));
        let fit_from = account
            .and_then(|account| account.quality.as_ref())
            .and_then(|quality| quality.fit_from);
        let daily = account.and_then(|account| account.daily.as_ref());
        let end = daily
            .filter(|_| fit_from.is_some_and(|from| from <= debit.posted))
            .and_then(|daily| daily.on(debit.posted));
        let at_once = if credit.posted == debit.posted {
            i128::from(credit.amount)
        } else {
            0
        };
        end.is_some_and(|end| end < at_once)
    }

    fn has_fee(&self, credit: &Entry, debit: &Entry) -> bool {
        let from = (debit.snapshot, debit.posted);
        let last = add_business_days(credit.posted, FEE_BUSINESS_DAYS_MAX);
        let at = self.fees.partition_point(|fee| *fee < from);
        self.fees
            .get(at)
            .is_some_and(|(snapshot, day)| *snapshot == debit.snapshot && *day <= last)
    }

    fn is_retried(&self, entries: &[Entry], credit: &Entry, debit: &Entry) -> bool {
        let amount = debit.amount.unsigned_abs();
        let last = Days::new(RETRY_DAYS_MAX.unsigned_abs());
        let last = credit.posted.checked_add_days(last);
        let at = self
            .debits
            .partition_point(|(a, day, _)| (*a, *day) <= (amount, credit.posted));
        let later = self.debits.get(at..).unwrap_or_default().iter();
        later
            .take_while(|(a, day, _)| *a == amount && last.is_some_and(|last| *day <= last))
            .take(CANDIDATES_MAX)
            .filter_map(|(_, _, other)| entries.get(*other))
            .any(|other| {
                other.snapshot == debit.snapshot && self.relation(other, debit) == Relation::Same
            })
    }

    /// The deposit that a debit takes back.
    fn taken_back(&self, entries: &[Entry], position: usize) -> Option<usize> {
        let debit = entries.get(position)?;
        let worded = takes_back(debit);
        self.before(&self.credits, entries, debit)
            .find(|(_, credit)| {
                // A cheque is put in without the name of who wrote it.
                let by_words = credit.kind == EntryKind::CheckDeposit
                    || self.relation(debit, credit) != Relation::Other;
                let same = credit.counterparty == debit.counterparty;
                (worded && by_words) || (same && credit.excluded.is_none())
            })
            .map(|(credit, _)| credit)
    }

    fn key(&self, entry: &Entry) -> &'a str {
        usize::try_from(entry.counterparty)
            .ok()
            .and_then(|index| self.counterparties.get(index))
            .map_or("", |counterparty| counterparty.key.as_str())
    }

    fn relation(&self, undoing: &Entry, undone: &Entry) -> Relation {
        if undoing.counterparty == undone.counterparty {
            return Relation::Same;
        }
        let (left, right) = (self.key(undoing), self.key(undone));
        let shared = left.split(' ').any(|word| {
            word.len() >= SHARED_WORD_BYTES_MIN
                && !bank_words::is_of_banks(word)
                && right.split(' ').any(|other| other == word)
        });
        if shared {
            Relation::Same
        } else if bank_words::names_nobody(left) {
            Relation::Nobody
        } else {
            Relation::Other
        }
    }
}

/// Marks both halves of what was undone. `bounced`: a debit that came back unpaid.
fn settle(entries: &mut [Entry], undoing: usize, undone: usize, bounced: bool) {
    if let Some(entry) = entries.get_mut(undoing) {
        entry.kind = if bounced {
            EntryKind::ReturnedDebit
        } else if entry.amount < 0 && entry.kind == EntryKind::DepositedItemReturned {
            EntryKind::DepositedItemReturned
        } else {
            EntryKind::Reversal
        };
        entry.excluded = Some(Exclusion::Reversed);
    }
    if let Some(entry) = entries.get_mut(undone) {
        entry.excluded = Some(Exclusion::Reversed);
    }
}

/// Credits that say to give something back which is not seen: a return where the words leave no
/// doubt, and whatever they are without those words where they are somebody's name.
fn alone(entries: &mut [Entry], search: &Search<'_>, pairs: &mut Vec<Pair>) {
    let says_so = |entry: &Entry| {
        matches!(entry.kind, EntryKind::ReturnedDebit | EntryKind::Reversal)
            && entry.excluded == Some(Exclusion::Reversed)
    };
    let open: Vec<usize> = search.positions(entries, |entry| entry.amount > 0 && says_so(entry));
    let open = || open.iter().filter(|position| !search.is_taken(**position));
    let mut times = vec![0_u32; search.counterparties.len()];
    for position in open() {
        let at = entries.get(*position).map(|entry| entry.counterparty);
        let index = at.and_then(|index| usize::try_from(index).ok());
        if let Some(times) = index.and_then(|index| times.get_mut(index)) {
            *times = times.saturating_add(1);
        }
    }
    for &position in open() {
        let Some(entry) = entries.get_mut(position) else {
            continue;
        };
        let index = usize::try_from(entry.counterparty).unwrap_or(usize::MAX);
        let recurs = times.get(index).copied().unwrap_or(0) >= RECURRING_MIN;
        let item = entry.terms.meets(BACK) && entry.terms.meets(FUNDS);
        let unpaid = entry.terms.has(Term::Unpaid);
        let funds = entry.terms.has(Term::InsufficientFunds) && !recurs;
        let certain = !entry.company && !entry.terms.meets(PAY) && (item || unpaid || funds);
        if certain && may_return(entry) {
            entry.kind = EntryKind::ReturnedDebit;
            pairs.push(Pair {
                debit: None,
                credit: position,
            });
        } else if recurs || entry.terms.meets(PAY) {
            entry.kind = classify::by_payer(entry.terms);
            entry.excluded = classify::not_income(entry.kind);
        } else {
            entry.kind = EntryKind::Reversal;
        }
    }
}
