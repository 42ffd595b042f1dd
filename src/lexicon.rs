//! The words of bank descriptions: which phrases name a payroll, a lender, a fee.
//!
//! The tables in `lexicon/` are data: one line of phrases for each term. They are matched all at
//! once by one automaton over a normalised text (see [`normalise`]), on word boundaries.

mod bills;
mod entries;
mod household;
mod income;
mod lending;
mod movements;
mod organisations;
mod risk;

use std::ops::Range;
use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};

/// Raised when a table changes; every decision records it.
pub const LEXICON_VERSION: u32 = 2;

pub use entries::entry_words;

/// One line of a table: phrases that mean the same.
///
/// Phrases are upper case, words separated by single spaces. They match on word boundaries; a
/// trailing `*` lets the last word go on (`OVERDRAF*`), a leading `*` lets the first begin earlier.
#[derive(Debug)]
struct Line {
    term: Term,
    /// The payer's usual name, where the phrases name one.
    name: Option<&'static str>,
    phrases: &'static [&'static str],
}

const fn line(term: Term, phrases: &'static [&'static str]) -> Line {
    Line {
        term,
        name: None,
        phrases,
    }
}

const fn named(term: Term, name: &'static str, phrases: &'static [&'static str]) -> Line {
    Line {
        term,
        name: Some(name),
        phrases,
    }
}

macro_rules! terms {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {
        /// What a phrase says. One description may say several.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        #[repr(u8)]
        pub enum Term { $($(#[$doc])* $name,)+ }

        impl Term {
            /// All of them.
            pub const ALL: &'static [Term] = &[$(Term::$name,)+];
        }
    };
}

terms!(
    /// Wages: `PAYROLL`, `DIRECT DEP`, `SALARY`.
    Payroll,
    /// A payroll processor: what it sends is wages, but it is not the employer.
    Processor,
    /// Social Security old age, survivors or disability benefits.
    SocialSecurity,
    /// Supplemental Security Income.
    SupplementalSecurity,
    /// Veterans' benefits.
    Veterans,
    /// Unemployment benefits.
    Unemployment,
    /// Any other public benefit.
    PublicBenefit,
    /// Private disability insurance and workers' compensation.
    Disability,
    /// Pensions, annuities, retirement plans.
    Retirement,
    /// Child or spousal support.
    ChildSupport,
    /// Gig platforms.
    Gig,
    /// Settlements of card processors and marketplaces: self-employment.
    MerchantPayout,
    /// Rent through a platform.
    RentalPlatform,
    /// Payday loans, cash advances, earned-wage access.
    ShortTermLender,
    /// Personal and instalment loans.
    PersonalLender,
    /// Auto loans.
    AutoLender,
    /// Student loans.
    StudentLender,
    /// Mortgages.
    MortgageLender,
    /// Buy now, pay later.
    BuyNowPayLater,
    /// Payments to card issuers.
    CardIssuer,
    /// Words of a disbursed loan.
    LoanProceeds,
    /// Words of rent and housing dues.
    Rent,
    /// Landlords, property managers and their portals.
    Landlord,
    /// Insurers and their premiums.
    Insurance,
    /// Energy, water, telephones, internet.
    Utility,
    /// Subscriptions, memberships, storage.
    Subscription,
    /// Other bills on a schedule that are no credit: childcare, tuition, taxes, gifts to a church.
    Upkeep,
    /// Money put into an investment.
    Saving,
    /// Banks, card issuers and finance companies, which may be paid for a card or a loan.
    Bank,
    /// `FEE`, `CHARGE`.
    Fee,
    /// Insufficient funds, an item returned unpaid.
    InsufficientFunds,
    /// `NSF` and its spellings alone: enough without a word for a fee.
    NsfWord,
    /// Overdrafts by any of their names.
    Overdraft,
    /// `OD` alone: an optometrist's title as well, so it needs a word for a fee.
    OdWord,
    /// An overdraft that goes on: `EXTENDED`, `CONTINUOUS`.
    Sustained,
    /// Protection against overdrafts by a transfer or a line of credit.
    Protection,
    /// `TRANSFER`, `XFER`.
    Transfer,
    /// Somebody else's cheque that the applicant deposited came back.
    DepositedItem,
    /// `RETURN`, `RTN`, an R-code.
    Return,
    /// `UNPAID`, `DISHONORED`.
    Unpaid,
    /// A word for an item or a payment: `ITEM`, `CHECK`, `ACH`.
    Item,
    /// `REFUND`, `WAIVED`, `REBATE`.
    Refund,
    /// `REVERSAL`, `REVERSED`.
    Reversal,
    /// A merchant presents a returned debit again.
    Retry,
    /// Between the holder's own accounts.
    OwnTransfer,
    /// Payments between persons.
    PersonToPerson,
    /// Cash put in.
    CashDeposit,
    /// Cheques put in, over the counter or by photo.
    CheckDeposit,
    /// Cash taken out.
    CashWithdrawal,
    /// Casinos, sports betting, lotteries.
    Gambling,
    /// Collection agencies, garnishments, levies.
    Collections,
    /// Tax refunds.
    TaxRefund,
    /// Interest and dividends on deposits.
    Interest,
    /// Rewards and cash back.
    Reward,
    /// Insurance claims, sales of securities or crypto, settlements.
    OneOff,
    /// A purchase with a card.
    CardPurchase,
    /// `PAYMENT`, `AUTOPAY`.
    Payment,
    /// Fees of a bank that say nothing of the funds.
    AccountFee,
    /// Small amounts that prove an account.
    AccountVerification,
    /// Pay drawn early through the employer: `DAILYPAY`, `EARNED WAGES`.
    WageAccess,
    /// Expenses given back by an employer.
    Reimbursement,
    /// How a business pays a bill: `VENDOR PMT`, `ACCTS PAYABLE`.
    BusinessPayment,
    /// A firm and not a person: legal forms, trades.
    Organisation,
    /// A bank where the holder may have another account: what it sends regularly is the holder's own.
    OwnBank,
);

/// What is done with money. In a payer's name these words say nothing of a payment: an employer may
/// be called `Return Path` or `NSF`. Who pays is told by the other terms wherever they stand.
const DEEDS: TermSet = TermSet::any_of(&[
    Term::LoanProceeds,
    Term::Fee,
    Term::InsufficientFunds,
    Term::NsfWord,
    Term::Overdraft,
    Term::OdWord,
    Term::Sustained,
    Term::Protection,
    Term::Transfer,
    Term::DepositedItem,
    Term::Return,
    Term::Unpaid,
    Term::Item,
    Term::Refund,
    Term::Reversal,
    Term::Retry,
    Term::CashDeposit,
    Term::CheckDeposit,
    Term::CashWithdrawal,
    Term::Interest,
    Term::Reward,
    Term::CardPurchase,
    Term::Payment,
    Term::AccountFee,
    Term::AccountVerification,
    Term::Rent,
    Term::Reimbursement,
]);

/// A set of [`Term`]s.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TermSet(u64);

impl TermSet {
    /// The set with only this term.
    pub const fn of(term: Term) -> Self {
        Self(1 << (term as u8))
    }

    /// The set of these terms.
    pub const fn any_of(terms: &[Term]) -> Self {
        let mut bits = 0;
        let mut rest = terms;
        while let [first, tail @ ..] = rest {
            bits |= 1 << (*first as u8);
            rest = tail;
        }
        Self(bits)
    }

    /// Whether the term is in the set.
    pub const fn has(self, term: Term) -> bool {
        self.0 & Self::of(term).0 != 0
    }

    /// Whether any of the terms is in the set.
    pub const fn meets(self, other: TermSet) -> bool {
        self.0 & other.0 != 0
    }

    /// Adds a term.
    pub const fn insert(&mut self, term: Term) {
        self.0 |= Self::of(term).0;
    }

    /// What is left without the words for what is done with money, and without those for how: who
    /// pays.
    pub const fn of_payer(self) -> Self {
        const OTHER: TermSet = TermSet::of(Term::PersonToPerson);
        Self(self.0 & !(DEEDS.0 | OTHER.0))
    }

    /// Whether there is none.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }
}

/// What a text says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Reading {
    /// The terms found.
    pub terms: TermSet,
    /// The usual name of the first payer found.
    pub name: Option<&'static str>,
}

struct Automaton {
    automaton: AhoCorasick,
    /// The line of each pattern.
    lines: Vec<&'static Line>,
}

static AUTOMATON: LazyLock<Option<Automaton>> = LazyLock::new(|| {
    let (mut patterns, mut lines) = (Vec::new(), Vec::new());
    for line in tables() {
        for phrase in line.phrases {
            patterns.push(pattern(phrase));
            lines.push(line);
            if let Some(glued) = glued(phrase) {
                patterns.push(glued);
                lines.push(line);
            }
        }
    }
    // The tables are constant and a test builds them, so this never is `None`.
    let automaton = AhoCorasick::builder()
        .kind(Some(AhoCorasickKind::DFA))
        .match_kind(MatchKind::Standard)
        .build(patterns)
        .ok()?;
    Some(Automaton { automaton, lines })
});

fn tables() -> impl Iterator<Item = &'static Line> {
    [
        bills::LINES,
        household::LINES,
        income::LINES,
        lending::LINES,
        movements::LINES,
        organisations::LINES,
        risk::LINES,
    ]
    .into_iter()
    .flatten()
}

/// Every phrase of the tables, without the marks of open ends.
#[cfg(test)]
pub(crate) fn phrases() -> impl Iterator<Item = String> {
    let phrases = tables().flat_map(|line| line.phrases);
    phrases.map(|phrase| phrase.trim_matches('*').trim().to_owned())
}

/// A boundary is a space: [`normalise`] puts one on either side of every word.
fn pattern(phrase: &str) -> String {
    let open_start = phrase.starts_with('*');
    let open_end = phrase.ends_with('*');
    let core = phrase.trim_matches('*');
    let edge = |open: bool| if open { "" } else { " " };
    format!("{}{core}{}", edge(open_start), edge(open_end))
}

/// A phrase of several words as banks print it that leave the spaces out. Shorter ones would be found
/// inside of other words.
fn glued(phrase: &str) -> Option<String> {
    const LETTERS_MIN: usize = 8;
    let core: String = phrase.split(['*', ' ']).collect();
    (phrase.contains(' ') && core.len() >= LETTERS_MIN).then_some(core)
}

/// Reads a text that [`normalise`] made. `payer` is where in it a payer is named, boundaries
/// included: what is done with money is not told there.
pub fn read(normalised: &str, payer: &Range<usize>) -> Reading {
    let mut reading = Reading::default();
    let Some(Automaton { automaton, lines }) = &*AUTOMATON else {
        return reading;
    };
    for found in automaton.find_overlapping_iter(normalised) {
        if let Some(line) = lines.get(found.pattern().as_usize()) {
            if DEEDS.has(line.term) && payer.start <= found.start() && found.end() <= payer.end {
                continue;
            }
            reading.terms.insert(line.term);
            reading.name = reading.name.or(line.name);
        }
    }
    reading
}

/// Upper case, words of letters and digits separated by single spaces, a space at either end.
/// An apostrophe joins (`McDonald's` is one word), everything else separates.
pub fn normalise(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push(' ');
    append_normalised(&mut out, text);
    out
}

/// Appends the words of `text` to a text that [`normalise`] made.
pub fn append_normalised(out: &mut String, text: &str) {
    let mut open = false;
    if text.is_ascii() {
        for byte in text.bytes() {
            if byte.is_ascii_alphanumeric() {
                out.push(char::from(byte.to_ascii_uppercase()));
                open = true;
            } else if open && byte != b'\'' {
                out.push(' ');
                open = false;
            }
        }
    } else {
        open = append_unicode(out, text);
    }
    if open {
        out.push(' ');
    }
}

/// Appends all but the last boundary; returns whether that is still to come.
fn append_unicode(out: &mut String, text: &str) -> bool {
    let mut open = false;
    for c in text.chars() {
        if c.is_ascii_alphanumeric() {
            out.push(c.to_ascii_uppercase());
            open = true;
        } else if !c.is_ascii() && c.is_alphanumeric() {
            out.extend(c.to_uppercase());
            open = true;
        } else if open && !matches!(c, '\'' | '\u{2019}') {
            out.push(' ');
            open = false;
        }
    }
    open
}

#[cfg(test)]
mod tests {
    use super::*;

    fn terms(text: &str) -> Vec<Term> {
        let found = read(&normalise(text), &(0..0)).terms;
        Term::ALL
            .iter()
            .copied()
            .filter(|term| found.has(*term))
            .collect()
    }

    #[test]
    fn the_tables_build_and_are_written_in_normal_form() {
        assert!(AUTOMATON.is_some());
        assert!(Term::ALL.len() <= 64);
        for line in tables() {
            for phrase in line.phrases {
                let core = phrase.trim_matches('*');
                assert_eq!(normalise(core).trim(), core, "{phrase}");
            }
        }
    }

    #[test]
    fn every_term_has_a_line() {
        for term in Term::ALL {
            assert!(tables().any(|line| line.term == *term), "{term:?}");
        }
    }

    #[test]
    fn words_match_on_their_boundaries() {
        assert!(terms("ACME PAYROLL PPD").contains(&Term::Payroll));
        assert!(terms("acme-payroll").contains(&Term::Payroll));
        assert!(!terms("FRENCHRENTALS").contains(&Term::Rent));
        assert!(!terms("COFFEE").contains(&Term::Fee));
        assert!(terms("OVERDRAFTS").contains(&Term::Overdraft));
        assert_eq!(normalise("  O'Neil's, Ltd. "), " ONEILS LTD ");
        assert_eq!(normalise("*** "), " ");
    }

    #[test]
    fn what_is_done_is_not_told_by_a_name() {
        let text = normalise("RETURN PATH MEDIA REVERSAL");
        let named = 0..text.find(" REVERSAL").unwrap() + 1;
        let found = read(&text, &named).terms;
        assert!(found.has(Term::Reversal) && !found.has(Term::Return));
    }

    #[test]
    fn a_payee_is_known_in_a_glued_text() {
        assert!(terms("CHASECREDITCRDAUTOPAY00418").contains(&Term::CardIssuer));
        assert!(terms("CAPITALONEAUTOCARPAY553").contains(&Term::AutoLender));
    }

    #[test]
    fn a_payer_gets_its_usual_name() {
        assert_eq!(
            read(&normalise("RAISER 6795 EDI PAYMNT"), &(0..0)).name,
            Some("Uber")
        );
        assert_eq!(read(&normalise("SOME SHOP"), &(0..0)).name, None);
    }
}
