//! The kind of one transaction, from what its description says and its direction.

use super::bank_words;
use super::descriptor::Descriptor;
use super::entry::{EntryKind, Exclusion, Lending};
use crate::lexicon::{Term, TermSet};

/// What [`kind`] reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Words {
    /// What the description says.
    pub(super) terms: TermSet,
    /// Whether the amount is of the size of a bank's fee.
    pub(super) fee_sized: bool,
    /// Whether the description names a company in a field: a bank's own fees do not.
    pub(super) named_company: bool,
    /// Whether what it says of missing funds, fees and returns is all that it says.
    pub(super) names_nobody: bool,
}

impl Words {
    /// The words of a description, of an amount that is no fee.
    pub(super) fn of(descriptor: &Descriptor<'_>) -> Self {
        let terms = descriptor.reading.terms;
        let named_company = descriptor.named_company;
        let names_nobody =
            terms.meets(TROUBLE) && !named_company && bank_words::names_nobody(descriptor.text());
        Self {
            terms,
            fee_sized: false,
            named_company,
            names_nobody,
        }
    }
}

/// The kind of a transaction.
pub(super) fn kind(words: Words, money_in: bool) -> EntryKind {
    let found = if money_in {
        bank_credit(words).or_else(|| credit(words.terms))
    } else {
        bank_debit(words).or_else(|| debit(words.terms))
    };
    found.unwrap_or(EntryKind::Other)
}

/// The kind of a credit by who pays alone. Where words of pay stand beside it, a word of taxes is of a
/// name.
pub(super) fn by_payer(terms: TermSet) -> EntryKind {
    let payer = terms.of_payer();
    if payer.has(Term::Payroll) && payer.has(Term::TaxRefund) {
        return EntryKind::Wages;
    }
    credit(payer).unwrap_or(EntryKind::Other)
}

/// Why a credit of that kind is no income; `None` where it may be.
pub(super) fn not_income(kind: EntryKind) -> Option<Exclusion> {
    match kind {
        EntryKind::Wages
        | EntryKind::Benefit
        | EntryKind::Unemployment
        | EntryKind::Disability
        | EntryKind::Retirement
        | EntryKind::Support
        | EntryKind::Gig
        | EntryKind::SelfEmployment
        | EntryKind::Rental
        | EntryKind::Other
        // A steady pattern may show that cheques are pay; income decides.
        | EntryKind::CheckDeposit => None,
        EntryKind::PersonToPerson => Some(Exclusion::PersonToPerson),
        EntryKind::CashDeposit => Some(Exclusion::CashOrCheck),
        EntryKind::OwnTransfer | EntryKind::OverdraftProtection => Some(Exclusion::TransferWords),
        EntryKind::Loan(_) => Some(Exclusion::LoanProceeds),
        EntryKind::Refund | EntryKind::Rent | EntryKind::CardPayment | EntryKind::CashWithdrawal => {
            Some(Exclusion::Refund)
        }
        EntryKind::Reversal | EntryKind::ReturnedDebit => Some(Exclusion::Reversed),
        EntryKind::TaxRefund => Some(Exclusion::TaxRefund),
        EntryKind::Interest => Some(Exclusion::Interest),
        EntryKind::Reward | EntryKind::Gambling | EntryKind::OneOff | EntryKind::Collections => Some(Exclusion::OneOff),
        EntryKind::AccountVerification => Some(Exclusion::Micro),
        EntryKind::NsfFee
        | EntryKind::OverdraftFee
        | EntryKind::ReturnFee
        | EntryKind::FeeRefund
        | EntryKind::DepositedItemReturned
        | EntryKind::AccountFee => Some(Exclusion::BankFee),
    }
}

/// Words of fees, of missing funds and of what came back.
const TROUBLE: TermSet = TermSet::any_of(&[
    Term::NsfWord,
    Term::InsufficientFunds,
    Term::Overdraft,
    Term::OdWord,
    Term::Sustained,
    Term::Protection,
    Term::Return,
    Term::Reversal,
    Term::Retry,
    Term::Unpaid,
]);

const UNDONE: TermSet = TermSet::any_of(&[Term::Refund, Term::Reversal]);
const NSF: TermSet = TermSet::any_of(&[Term::NsfWord, Term::InsufficientFunds]);

fn overdraft(terms: TermSet) -> bool {
    terms.has(Term::Overdraft)
        || (terms.has(Term::Fee) && terms.meets(TermSet::any_of(&[Term::OdWord, Term::Sustained])))
}

/// A bank's own debit. Its fees say that they are fees and have the size of one, or say nothing but
/// what they are for; a shop or a company of that name does neither.
fn bank_debit(words: Words) -> Option<EntryKind> {
    let terms = words.terms;
    if terms.has(Term::DepositedItem) {
        return Some(EntryKind::DepositedItemReturned);
    }
    if terms.has(Term::Protection) && !terms.meets(NSF) {
        return Some(EntryKind::OverdraftProtection);
    }
    let fee = terms.has(Term::Fee) && (words.fee_sized || words.names_nobody);
    if terms.meets(NSF) {
        let alone = words.names_nobody && words.fee_sized;
        return match (fee || alone, words.named_company) {
            (true, true) => Some(EntryKind::ReturnFee),
            (true, false) => Some(EntryKind::NsfFee),
            // Without a word for a fee and too large for one: a deposit taken back.
            (false, _) => ((terms.has(Term::InsufficientFunds) || words.names_nobody)
                && !words.fee_sized)
                .then_some(EntryKind::DepositedItemReturned),
        };
    }
    if overdraft(terms) && !words.named_company {
        let lasting = terms.meets(TermSet::any_of(&[Term::Sustained, Term::Item]));
        let alone = words.names_nobody && (lasting || words.fee_sized);
        return (fee || alone).then_some(EntryKind::OverdraftFee);
    }
    terms.has(Term::AccountFee).then_some(EntryKind::AccountFee)
}

/// A bank's own credit. Whether something came back is for the rows to show: here only what may not
/// be taken for pay is told from what may.
fn bank_credit(words: Words) -> Option<EntryKind> {
    let terms = words.terms;
    if terms.has(Term::DepositedItem) && !terms.has(Term::CheckDeposit) {
        return Some(EntryKind::Refund);
    }
    let funds = terms.meets(NSF) || overdraft(terms);
    let given_back = terms.has(Term::Fee) || (terms.meets(UNDONE) && words.fee_sized);
    if funds && given_back && !words.named_company {
        return Some(EntryKind::FeeRefund);
    }
    let own = words.names_nobody && overdraft(terms) && !terms.meets(NSF);
    if own || (terms.has(Term::Protection) && !words.named_company) {
        return Some(EntryKind::OverdraftProtection);
    }
    let item = TermSet::any_of(&[Term::Item, Term::Unpaid, Term::Payment, Term::Retry]);
    let returned = terms.has(Term::Return) && terms.meets(item);
    let bounced = terms.meets(NSF) || terms.has(Term::Unpaid) || returned;
    if bounced && !words.named_company && !terms.has(Term::Refund) && !terms.has(Term::TaxRefund) {
        return Some(EntryKind::ReturnedDebit);
    }
    terms.has(Term::AccountFee).then_some(EntryKind::Refund)
}

fn credit(terms: TermSet) -> Option<EntryKind> {
    if terms.has(Term::TaxRefund) && !terms.has(Term::SocialSecurity) {
        return Some(EntryKind::TaxRefund);
    }
    if terms.has(Term::AccountVerification) {
        return Some(EntryKind::AccountVerification);
    }
    if terms.has(Term::Reversal) || terms.has(Term::Return) {
        return Some(
            if terms.has(Term::CardPurchase) || terms.has(Term::Refund) {
                EntryKind::Refund
            } else {
                EntryKind::Reversal
            },
        );
    }
    // What an employer gives back of expenses is no pay, in whatever words of pay it comes.
    if terms.has(Term::Refund) || terms.has(Term::Reimbursement) {
        return Some(EntryKind::Refund);
    }
    if terms.has(Term::Interest) {
        return Some(EntryKind::Interest);
    }
    if terms.has(Term::WageAccess) {
        return Some(EntryKind::Wages);
    }
    // A person may be called as a lender or an agency is, and an employer as what persons pay by.
    if terms.has(Term::PersonToPerson) && !terms.has(Term::Payroll) {
        return Some(EntryKind::PersonToPerson);
    }
    if terms.has(Term::LoanProceeds) && lending(terms).is_some() {
        return lending(terms).map(EntryKind::Loan);
    }
    first(
        terms,
        &[
            (Term::ChildSupport, EntryKind::Support),
            (Term::SocialSecurity, EntryKind::Benefit),
            (Term::SupplementalSecurity, EntryKind::Benefit),
            (Term::Veterans, EntryKind::Benefit),
            (Term::Unemployment, EntryKind::Unemployment),
            (Term::PublicBenefit, EntryKind::Benefit),
            (Term::Disability, EntryKind::Disability),
            (Term::Retirement, EntryKind::Retirement),
            (Term::Payroll, EntryKind::Wages),
            (Term::Processor, EntryKind::Wages),
        ],
    )
    .or_else(|| employer(terms))
    .or_else(|| lending(terms).map(EntryKind::Loan))
    .or_else(|| other_credit(terms))
}

/// What an employer by name sends, but for what is given back of a purchase there.
fn employer(terms: TermSet) -> Option<EntryKind> {
    (terms.has(Term::Employer) && !terms.has(Term::CardPurchase)).then_some(EntryKind::Wages)
}

fn other_credit(terms: TermSet) -> Option<EntryKind> {
    if terms.has(Term::LoanProceeds) {
        return Some(EntryKind::Loan(Lending::Personal));
    }
    first(
        terms,
        &[
            (Term::Gig, EntryKind::Gig),
            (Term::RentalPlatform, EntryKind::Rental),
            (Term::MerchantPayout, EntryKind::SelfEmployment),
            (Term::OneOff, EntryKind::OneOff),
            (Term::Gambling, EntryKind::Gambling),
            (Term::OwnTransfer, EntryKind::OwnTransfer),
            (Term::BusinessPayment, EntryKind::SelfEmployment),
            (Term::OwnBank, EntryKind::OwnTransfer),
            (Term::Reward, EntryKind::Reward),
            (Term::CashDeposit, EntryKind::CashDeposit),
            (Term::CheckDeposit, EntryKind::CheckDeposit),
            (Term::CardIssuer, EntryKind::CardPayment),
            (Term::CardPurchase, EntryKind::Refund),
            (Term::Transfer, EntryKind::OwnTransfer),
        ],
    )
}

fn debit(terms: TermSet) -> Option<EntryKind> {
    if terms.has(Term::Collections) {
        return Some(EntryKind::Collections);
    }
    if terms.has(Term::Gambling) {
        return Some(EntryKind::Gambling);
    }
    let apps = TermSet::any_of(&[Term::ShortTermLender, Term::BuyNowPayLater]);
    if terms.has(Term::PersonToPerson) && !terms.meets(apps) {
        // A person may be called as a lender is; what the payment is for is said beside the name.
        return Some(if terms.has(Term::Rent) {
            EntryKind::Rent
        } else {
            EntryKind::PersonToPerson
        });
    }
    let specific = lending(terms).filter(|lending| *lending != Lending::Personal);
    if let Some(lending) = specific {
        return Some(EntryKind::Loan(lending));
    }
    if terms.has(Term::CardIssuer) {
        return Some(EntryKind::CardPayment);
    }
    if terms.meets(TermSet::any_of(&[Term::Rent, Term::Landlord])) && !terms.has(Term::CardPurchase)
    {
        return Some(EntryKind::Rent);
    }
    if terms.has(Term::PersonalLender) {
        return Some(EntryKind::Loan(Lending::Personal));
    }
    first(
        terms,
        &[
            (Term::ChildSupport, EntryKind::Support),
            (Term::OwnTransfer, EntryKind::OwnTransfer),
            (Term::CashWithdrawal, EntryKind::CashWithdrawal),
            (Term::AccountVerification, EntryKind::AccountVerification),
            (Term::Reversal, EntryKind::Reversal),
        ],
    )
}

fn lending(terms: TermSet) -> Option<Lending> {
    first(
        terms,
        &[
            (Term::ShortTermLender, Lending::ShortTerm),
            (Term::BuyNowPayLater, Lending::BuyNowPayLater),
            (Term::StudentLender, Lending::Student),
            (Term::MortgageLender, Lending::Mortgage),
            (Term::AutoLender, Lending::Auto),
            (Term::PersonalLender, Lending::Personal),
        ],
    )
}

fn first<T: Copy>(terms: TermSet, choices: &[(Term, T)]) -> Option<T> {
    choices
        .iter()
        .find(|(term, _)| terms.has(*term))
        .map(|(_, choice)| *choice)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::descriptor::Descriptor;
    use crate::lexicon::Lexicon;

    fn of(text: &str, money_in: bool, fee_sized: bool) -> EntryKind {
        let descriptor = Descriptor::parse(text, money_in, Lexicon::built_in());
        let words = Words {
            fee_sized,
            ..Words::of(&descriptor)
        };
        kind(words, money_in)
    }

    #[test]
    fn fees_for_missing_funds_in_the_words_of_many_banks() {
        for text in [
            "NSF FEE",
            "Insufficient Funds Fee",
            "NSF RETURNED ITEM CHARGE",
            "RETURN ITEM CHG CHECK 1042",
            "NON-SUFFICIENT FUNDS CHARGE",
            "UNCOLLECTED FUNDS FEE",
            "RETURNED ITEM FEE FOR AN UNPAID $52.10 ITEM",
            "FEE-NSF RETURN ACH",
            "Returned Check Fee",
        ] {
            assert_eq!(of(text, false, true), EntryKind::NsfFee, "{text}");
        }
        for text in [
            "OVERDRAFT FEE",
            "OD FEE 07/12",
            "O/D ITEM FEE",
            "PAID ITEM FEE",
            "COURTESY PAY FEE",
            "Privilege Pay Charge",
            "EXTENDED OVERDRAFT CHARGE",
            "SUSTAINED OVERDRAFT FEE",
            "NEGATIVE ACCOUNT BALANCE FEE",
            "OVERDRAFT CHARGE FOR PURCHASE AT CORNER STORE",
            "DAILY OVERDRAFT FEE",
        ] {
            assert_eq!(of(text, false, true), EntryKind::OverdraftFee, "{text}");
        }
    }

    #[test]
    fn what_sounds_like_an_nsf_fee_and_is_none() {
        let debits = [
            (
                "DEPOSITED ITEM RETURNED FEE",
                EntryKind::DepositedItemReturned,
            ),
            ("CASHED CHECK RETURNED", EntryKind::DepositedItemReturned),
            (
                "OVERDRAFT PROTECTION TRANSFER TO CHECKING",
                EntryKind::OverdraftProtection,
            ),
            ("OVERDRAFT TRANSFER FEE", EntryKind::OverdraftProtection),
            ("MONTHLY MAINTENANCE FEE", EntryKind::AccountFee),
            ("ATM FEE NON NETWORK", EntryKind::AccountFee),
            ("DR J VELA OD EYE CARE", EntryKind::Other),
            ("STOP PAYMENT FEE", EntryKind::AccountFee),
            ("COFFEE RETURNS", EntryKind::Other),
            (
                "GYM CO DES:RETURN FEE ID: INDN:A B CO ID:XXXXX PPD",
                EntryKind::ReturnFee,
            ),
        ];
        for (text, kind) in debits {
            assert_eq!(of(text, false, true), kind, "{text}");
        }
        assert_eq!(of("OVERDRAFT FEE REFUND", true, true), EntryKind::FeeRefund);
        assert_eq!(of("NSF FEE WAIVED", true, true), EntryKind::FeeRefund);
        assert_eq!(
            of("REVERSAL OF OD CHARGE", true, true),
            EntryKind::FeeRefund
        );
        assert_eq!(
            of("ACH RETURN UTILITY CO", true, false),
            EntryKind::ReturnedDebit
        );
        assert_eq!(
            of("POS PURCHASE RETURN HARDWARE", true, false),
            EntryKind::Refund
        );
    }

    #[test]
    fn money_in_that_is_income_and_money_in_that_is_not() {
        let credits = [
            ("ACME CORP PAYROLL", EntryKind::Wages),
            ("GUSTO PAY 123456", EntryKind::Wages),
            (
                "SSA TREAS 310 XXSOC SEC PPD ID: 9031736042",
                EntryKind::Benefit,
            ),
            ("VACP TREAS 310 XXVA BENEF", EntryKind::Benefit),
            ("STATE OF MA DES:UI BENEFIT", EntryKind::Unemployment),
            ("STATE SDU CHILD SUPPORT", EntryKind::Support),
            ("CALPERS RETIREMENT", EntryKind::Retirement),
            ("UBER USA 6787 EDI PAYMNT", EntryKind::Gig),
            ("STRIPE TRANSFER ST-A1B2", EntryKind::SelfEmployment),
            ("IRS TREAS 310 TAX REF", EntryKind::TaxRefund),
            ("EARNIN ACTIVEHOURS", EntryKind::Loan(Lending::ShortTerm)),
            ("DAILYPAY PAYROLL", EntryKind::Wages),
            ("UPSTART NETWORK LOAN", EntryKind::Loan(Lending::Personal)),
            ("ONLINE TRANSFER FROM SAV ...1234", EntryKind::OwnTransfer),
            ("ZELLE FROM A FRIEND", EntryKind::PersonToPerson),
            ("INTEREST PAID", EntryKind::Interest),
            ("ATM CASH DEPOSIT", EntryKind::CashDeposit),
            ("MOBILE DEPOSIT", EntryKind::CheckDeposit),
            ("PAYROLL REVERSAL", EntryKind::Reversal),
            ("NORTHWIND TRADERS", EntryKind::Other),
        ];
        for (text, kind) in credits {
            assert_eq!(of(text, true, false), kind, "{text}");
        }
    }

    #[test]
    fn obligations_and_habits() {
        let debits = [
            ("NAVIENT STUDENT LN", EntryKind::Loan(Lending::Student)),
            ("TOYOTA FINANCIAL SERV", EntryKind::Loan(Lending::Auto)),
            ("ROCKET MORTGAGE LOAN", EntryKind::Loan(Lending::Mortgage)),
            (
                "AFFIRM INC PAYMENTS",
                EntryKind::Loan(Lending::BuyNowPayLater),
            ),
            ("CHASE CREDIT CRD AUTOPAY", EntryKind::CardPayment),
            ("OAKWOOD APARTMENTS RENT", EntryKind::Rent),
            ("POS ENTERPRISE RENT-A-CAR", EntryKind::Other),
            ("ATM WITHDRAWAL 5TH AVE", EntryKind::CashWithdrawal),
            ("DRAFTKINGS", EntryKind::Gambling),
            ("MIDLAND CREDIT MGMT", EntryKind::Collections),
            ("LOAN PAYMENT", EntryKind::Loan(Lending::Personal)),
        ];
        for (text, kind) in debits {
            assert_eq!(of(text, false, false), kind, "{text}");
        }
    }
}
