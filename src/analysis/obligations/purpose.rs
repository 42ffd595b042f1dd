//! What a stream of payments is for.

use chrono::NaiveDate;

use super::obligation::{Obligation, ObligationStatus, Purpose};
use super::payment::{By, Facts, Found, Measure, Told};
use crate::analysis::cadence::Cadence;
use crate::analysis::entry::{Entry, EntryKind, Lending};
use crate::lexicon::Term;

/// What the words say.
pub(super) fn told(entry: &Entry) -> Told {
    if entry.kind == EntryKind::Other {
        return told_by_terms(entry);
    }
    let purposes = [
        (EntryKind::Rent, Purpose::Housing),
        (EntryKind::Loan(Lending::Mortgage), Purpose::Housing),
        (EntryKind::Loan(Lending::Auto), Purpose::Auto),
        (EntryKind::Loan(Lending::Student), Purpose::Student),
        (EntryKind::Loan(Lending::Personal), Purpose::Loan),
        (EntryKind::Loan(Lending::ShortTerm), Purpose::ShortTerm),
        (
            EntryKind::Loan(Lending::BuyNowPayLater),
            Purpose::BuyNowPayLater,
        ),
        (EntryKind::CardPayment, Purpose::Card),
    ];
    let found = purposes.iter().find(|(kind, _)| *kind == entry.kind);
    found.map_or(Told::Nothing, |(_, purpose)| Told::For(*purpose))
}

fn told_by_terms(entry: &Entry) -> Told {
    let terms = [
        (Term::Landlord, Purpose::Housing),
        (Term::Insurance, Purpose::Insurance),
        (Term::Utility, Purpose::Utility),
        (Term::Subscription, Purpose::Subscription),
        (Term::Upkeep, Purpose::Upkeep),
    ];
    if entry.terms.has(Term::Saving) {
        return Told::No;
    }
    let found = terms.iter().find(|(term, _)| entry.terms.has(*term));
    found.map_or(Told::Nothing, |(_, purpose)| Told::For(*purpose))
}

// Shares of a month's money, in thousandths, by which an amount without words is judged. Judgements,
// from what homes and loans cost: most renters pay a quarter to a half of what they earn.

/// Less is of no obligation that could be told without words.
const SHARE_MIN: i128 = 25;
/// A loan takes at least this.
const LOAN_SHARE_MIN: i128 = 45;
/// A home takes at least this ...
const HOME_SHARE_MIN: i128 = 60;
/// ... more often this ...
const HOME_SHARE_SMALL: i128 = 100;
/// ... mostly this ...
const HOME_SHARE_USUAL: i128 = 170;
/// ... and little else takes this.
const HOME_SHARE_LARGE: i128 = 230;
/// More than everything is no home.
const HOME_SHARE_MAX: i128 = 900;
/// A single payment of fewer thousandths to a landlord is a fee and no rent.
const FIRST_RENT_SHARE_MIN: i128 = 80;

/// Whether an amount is large enough to be told without words.
pub(super) fn may_tell(amount: i64, measure: Measure) -> bool {
    share(amount.into(), measure) >= SHARE_MIN
}

/// The share of a month's money, in thousandths.
fn share(amount: i128, measure: Measure) -> i128 {
    amount
        .saturating_mul(1_000)
        .checked_div(measure.month)
        .unwrap_or(0)
}

/// Points from which on a stream that no word tells is a home.
const HOME_POINTS_MIN: u8 = 3;
/// Of one that is not paid monthly.
const HOME_POINTS_NOT_MONTHLY: u8 = 4;
/// Against words that say it is another bill.
const HOME_POINTS_AGAINST_WORDS: u8 = 5;

/// What a stream is for, and whether words say so; `None` where it is no obligation.
pub(super) fn judge(facts: &Facts, measure: Measure) -> Option<(Purpose, bool)> {
    if let Told::For(purpose) = facts.told {
        let bill = matches!(
            purpose,
            Purpose::Insurance | Purpose::Utility | Purpose::Subscription
        );
        let overruled = bill && home_points(facts, measure) >= HOME_POINTS_AGAINST_WORDS;
        if overruled {
            return Some((Purpose::Housing, false));
        }
        return is_agreement(facts, purpose, measure).then_some((purpose, true));
    }
    if !facts.regular || facts.payments < 2 {
        return None;
    }
    let needed = if facts.cadence != Cadence::Monthly {
        HOME_POINTS_NOT_MONTHLY
    } else {
        HOME_POINTS_MIN
    };
    if facts.bank {
        return of_a_bank(facts).map(|purpose| (purpose, false));
    }
    if !facts.lent && home_points(facts, measure) >= needed {
        return Some((Purpose::Housing, false));
    }
    (facts.lent || is_loan(facts, measure)).then_some((Purpose::Loan, false))
}

/// Whether payments that words call so behave so: shops carry such names too.
fn is_agreement(facts: &Facts, purpose: Purpose, measure: Measure) -> bool {
    match purpose {
        Purpose::BuyNowPayLater | Purpose::ShortTerm => true,
        // A fixed amount counts from its first month on; with a card it must have recurred.
        _ if facts.by == By::Card => facts.payments > 1 && facts.regular,
        Purpose::Housing => {
            facts.rare
                && (facts.payments > 1 || share(facts.level, measure) >= FIRST_RENT_SHARE_MIN)
        }
        Purpose::Card => true,
        // A schedule or one amount; visits to a shop of such a name have neither.
        Purpose::Auto | Purpose::Student | Purpose::Loan => {
            let kept = facts.regular || facts.steady || facts.cadence == Cadence::Monthly;
            facts.rare && (facts.lent || facts.payments < 3 || kept)
        }
        Purpose::Insurance | Purpose::Utility | Purpose::Subscription | Purpose::Upkeep => {
            facts.payments > 1 && facts.rare
        }
    }
}

/// What goes to a bank each month is a loan where it is always the same, and a card where it varies.
fn of_a_bank(facts: &Facts) -> Option<Purpose> {
    if facts.by != By::Account {
        return None;
    }
    if facts.steady {
        return Some(Purpose::Loan);
    }
    let monthly = facts.cadence == Cadence::Monthly && facts.payments > 2;
    monthly.then_some(Purpose::Card)
}

/// How much a stream without words is like a home: its size, a round amount, the first days of the
/// month, that it lasts, and that it goes to an account and not to a shop.
fn home_points(facts: &Facts, measure: Measure) -> u8 {
    /// Rents are whole multiples of this, in minor units; what is computed from interest is not.
    const ROUND: i128 = 500;
    /// So many payments show that it goes on.
    const LASTING_PAYMENTS: usize = 5;
    let share = share(facts.monthly, measure);
    if !facts.steady || !facts.regular || !(HOME_SHARE_MIN..=HOME_SHARE_MAX).contains(&share) {
        return 0;
    }
    let sizes = [HOME_SHARE_SMALL, HOME_SHARE_USUAL, HOME_SHARE_LARGE];
    let size = sizes
        .into_iter()
        .map(|size| u8::from(share >= size))
        .sum::<u8>();
    size + u8::from(facts.payments >= LASTING_PAYMENTS)
        + u8::from(facts.level % ROUND == 0)
        + u8::from(facts.first_days)
        + u8::from(facts.by == By::Account)
}

/// Whether a stream without words is a loan: the same odd amount each time, from account to account.
/// What people set as a price is round or ends just below.
pub(super) fn is_loan(facts: &Facts, measure: Measure) -> bool {
    const ROUND: i128 = 50;
    const PRICE_ENDS: [i128; 3] = [49, 95, 99];
    /// From this amount on, in minor units, prices do not end just below.
    const PRICE_MAX: i128 = 20_000;
    let end = facts.level % 100;
    let price = end % ROUND == 0 || (facts.level < PRICE_MAX && PRICE_ENDS.contains(&end));
    facts.by == By::Account
        && facts.steady
        && facts.payments > 2
        && !price
        && share(facts.monthly, measure) >= LOAN_SHARE_MIN
}

/// Keeps one home among those that no word tells: with a told one beside them, none. The others are
/// loans, or anything that is paid each month.
pub(super) fn one_home(found: Vec<Found>) -> Vec<Obligation> {
    let homes = |told: bool| {
        let homes = found.iter().map(|one| &one.obligation);
        homes.filter(move |one| one.purpose == Purpose::Housing && one.told == told && one.runs())
    };
    let key = |one: &Obligation| (one.monthly, one.since, one.payee);
    let told = homes(true).map(|one| one.monthly).max().unwrap_or(0);
    // Housing dues are told, and small beside the rent.
    let kept = homes(false).map(key).max();
    let kept = kept.filter(|(monthly, ..)| told < monthly / 2);
    let rest = found.into_iter().filter_map(|found| {
        let mut one = found.obligation;
        let home = one.purpose == Purpose::Housing && !one.told && one.runs();
        if home && kept != Some(key(&one)) {
            one.purpose = Purpose::Loan;
            return found.or_loan.then_some(one);
        }
        Some(one)
    });
    rest.collect()
}

/// Ends what another replaced: the old home where a new one began, the old servicer of a loan.
pub(super) fn replaced(found: &mut [Obligation], today: NaiveDate) {
    /// Bounds the work, which grows with the square: nobody has so many.
    const OBLIGATIONS_MAX: usize = 256;
    if found.len() > OBLIGATIONS_MAX {
        return;
    }
    for at in 0..found.len() {
        let Some(old) = found.get(at) else {
            return;
        };
        let replaced = old.runs()
            && old.is_overdue_on(today)
            && found.iter().any(|new| {
                new.runs()
                    && new.purpose == old.purpose
                    && new.since > old.last
                    && is_like(old, new)
            });
        if replaced && let Some(old) = found.get_mut(at) {
            old.status = ObligationStatus::Ended;
        }
    }
}

fn is_like(old: &Obligation, new: &Obligation) -> bool {
    let loans = [Purpose::Auto, Purpose::Student, Purpose::Loan];
    if old.purpose == Purpose::Housing {
        new.monthly * 2 >= old.monthly && new.monthly <= old.monthly * 2
    } else {
        loans.contains(&old.purpose) && (new.monthly - old.monthly).abs() * 50 <= old.monthly
    }
}
