//! What is known of loans: from the ledger, and from a file of whoever asks.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Days, NaiveDate};

use super::performance::BadLoan;
use super::total::Sum;
use crate::follow_up::{LoanEvent, LoanPerformance};
use crate::id::{DecisionId, IdempotencyKey};

/// An entry of what became of a loan.
#[derive(Debug, Clone)]
pub struct LoanEntry {
    /// What it is known by among those of its decision.
    pub key: IdempotencyKey,
    /// The decision.
    pub decision: DecisionId,
    /// What happened.
    pub body: LoanPerformance,
}

/// What is known of loans, by their decisions.
#[derive(Debug, Clone)]
pub struct LoanBook {
    loans: BTreeMap<DecisionId, Loan>,
    bad: BadLoan,
}

/// What is known of a loan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Loan {
    pub(super) standing: Standing,
    pub(super) funded: Sum,
    pub(super) interest: Sum,
    pub(super) loss: Sum,
}

/// How a loan stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// Known for long enough, and not bad in that time.
    Good,
    /// Bad in that time.
    Bad,
    /// Not known for long enough, whatever happened.
    TooYoung,
    /// Nothing says that it was paid out.
    NotFunded,
}

impl LoanBook {
    /// Of all entries. One that another one corrects does not count, nor one that voids; of two with the
    /// same key and decision the first does.
    ///
    /// `seen_until` is the day of the newest entry where it is left out; `None` without any entry.
    pub fn new(
        entries: Vec<LoanEntry>,
        (days_late, age_days): (u32, u32),
        seen_until: Option<NaiveDate>,
    ) -> Option<Self> {
        let newest = entries.iter().map(|entry| entry.body.date).max();
        let bad = BadLoan {
            days_late,
            age_days,
            seen_until: seen_until.or(newest)?,
        };
        let mut known: BTreeMap<(DecisionId, IdempotencyKey), LoanPerformance> = BTreeMap::new();
        for entry in entries {
            let name = (entry.decision, entry.key);
            known.entry(name).or_insert(entry.body);
        }
        let corrected = known.iter().filter_map(|((decision, _), body)| {
            let corrected = body.corrects.clone()?;
            Some((decision.clone(), corrected))
        });
        let corrected: BTreeSet<_> = corrected.collect();
        let mut by_decision: BTreeMap<DecisionId, Vec<LoanPerformance>> = BTreeMap::new();
        for (name, body) in known {
            let stands = body.event != LoanEvent::Void && !corrected.contains(&name);
            // What came later than is looked at does not count either.
            if stands && body.date <= bad.seen_until {
                by_decision.entry(name.0).or_default().push(body);
            }
        }
        let loans = by_decision.into_iter();
        Some(Self {
            loans: loans.map(|(of, events)| (of, loan(&events, bad))).collect(),
            bad,
        })
    }

    /// What is bad.
    pub fn definition(&self) -> BadLoan {
        self.bad
    }

    /// What is known of the loan of a decision.
    pub(super) fn loan(&self, decision: &DecisionId) -> Option<Loan> {
        self.loans.get(decision).copied()
    }
}

fn loan(events: &[LoanPerformance], bad: BadLoan) -> Loan {
    let sum = |event: LoanEvent| {
        let mut sum = Sum::default();
        let of = events.iter().filter(|one| one.event == event);
        for amount in of.filter_map(|one| one.amount) {
            sum.add(amount);
        }
        sum
    };
    Loan {
        standing: standing(events, bad),
        funded: sum(LoanEvent::Funded),
        interest: sum(LoanEvent::Interest),
        loss: sum(LoanEvent::Loss),
    }
}

fn standing(events: &[LoanPerformance], bad: BadLoan) -> Standing {
    let funded = events.iter().filter(|one| one.event == LoanEvent::Funded);
    let Some(funded) = funded.map(|one| one.date).min() else {
        return Standing::NotFunded;
    };
    let end = funded.checked_add_days(Days::new(u64::from(bad.age_days)));
    let Some(end) = end.filter(|end| *end <= bad.seen_until) else {
        return Standing::TooYoung;
    };
    let went_bad = |one: &LoanPerformance| match one.event {
        LoanEvent::Defaulted => true,
        LoanEvent::Loss => one.amount.is_some_and(|amount| amount.minor() > 0),
        LoanEvent::Late => one.days_past_due.is_some_and(|days| days >= bad.days_late),
        LoanEvent::Funded
        | LoanEvent::Paid
        | LoanEvent::Interest
        | LoanEvent::PaidOff
        | LoanEvent::Void => false,
    };
    let mut seen = events.iter().filter(|one| one.date <= end);
    match seen.any(went_bad) {
        true => Standing::Bad,
        false => Standing::Good,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::money::{Currency, Money};

    fn day(days: u64) -> NaiveDate {
        let first = NaiveDate::from_ymd_opt(2026, 1, 1).unwrap();
        first.checked_add_days(Days::new(days)).unwrap()
    }

    fn event(key: &str, event: LoanEvent, days: u64) -> LoanEntry {
        let amounts = [LoanEvent::Funded, LoanEvent::Loss, LoanEvent::Interest];
        let amount = amounts.contains(&event);
        LoanEntry {
            key: key.parse().unwrap(),
            decision: "dec_1".parse().unwrap(),
            body: LoanPerformance {
                event,
                date: day(days),
                amount: amount.then(|| Money::new(5_000, Currency::USD)),
                days_past_due: (event == LoanEvent::Late).then_some(60),
                corrects: None,
                note: String::new(),
            },
        }
    }

    fn standing_of(entries: Vec<LoanEntry>, until: u64) -> Standing {
        let book = LoanBook::new(entries, (60, 180), Some(day(until))).unwrap();
        let loan = book.loan(&"dec_1".parse().unwrap());
        loan.unwrap().standing
    }

    #[test]
    fn a_loan_is_bad_by_what_happened_in_its_first_days() {
        use LoanEvent as Is;
        let funded = || event("a", Is::Funded, 0);
        let with = |one: LoanEntry| vec![funded(), one];
        assert_eq!(standing_of(vec![funded()], 180), Standing::Good);
        assert_eq!(standing_of(vec![funded()], 179), Standing::TooYoung);
        for bad in [Is::Defaulted, Is::Loss, Is::Late] {
            assert_eq!(standing_of(with(event("b", bad, 180)), 400), Standing::Bad);
            // Later than every loan is looked at.
            assert_eq!(standing_of(with(event("b", bad, 181)), 400), Standing::Good);
            // It may be bad already: of those as young as it nobody knows who will be.
            assert_eq!(
                standing_of(with(event("b", bad, 90)), 179),
                Standing::TooYoung
            );
        }
        let mut late = event("b", Is::Late, 90);
        late.body.days_past_due = Some(59);
        assert_eq!(standing_of(with(late), 400), Standing::Good);
        assert_eq!(
            standing_of(with(event("b", Is::PaidOff, 90)), 400),
            Standing::Good
        );
        let unfunded = vec![event("b", Is::Defaulted, 3)];
        assert_eq!(standing_of(unfunded, 400), Standing::NotFunded);
    }

    #[test]
    fn what_was_corrected_does_not_count_nor_what_is_there_twice() {
        let correcting = |key: &str, of: &str, what: LoanEvent| {
            let mut entry = event(key, what, 90);
            entry.body.corrects = Some(of.parse().unwrap());
            entry
        };
        let entries = vec![
            event("a", LoanEvent::Funded, 0),
            event("a", LoanEvent::Funded, 300),
            event("b", LoanEvent::Defaulted, 90),
            correcting("c", "b", LoanEvent::Void),
        ];
        assert_eq!(standing_of(entries.clone(), 400), Standing::Good);
        let again = [entries, vec![correcting("d", "c", LoanEvent::Late)]].concat();
        assert_eq!(standing_of(again.clone(), 400), Standing::Bad);
        let book = LoanBook::new(again, (60, 180), None).unwrap();
        assert_eq!(book.definition().seen_until, day(300));
        assert!(LoanBook::new(Vec::new(), (60, 180), None).is_none());
    }
}
