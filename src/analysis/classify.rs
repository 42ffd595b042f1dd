//! The kind of one transaction, from what its description says and its direction.

use super::entry::{Exclusion, Kind, Lending};
use crate::lexicon::{Term, Terms};

/// What [`kind`] reads.
#[derive(Debug, Clone, Copy)]
pub(super) struct Words {
    /// What the description says.
    pub(super) terms: Terms,
    /// Whether the amount is of the size of a bank's fee.
    pub(super) fee_sized: bool,
    /// Whether the description names a company in a field: a bank's own fees do not.
    pub(super) named_company: bool,
}

/// The kind of a transaction.
pub(super) fn kind(words: Words, money_in: bool) -> Kind {
    let found = if money_in {
        bank_credit(words.terms).or_else(|| credit(words.terms))
    } else {
        bank_debit(words).or_else(|| debit(words.terms))
    };
    found.unwrap_or(Kind::Other)
}

/// Why a credit of that kind is no income; `None` where it may be.
pub(super) fn not_income(kind: Kind) -> Option<Exclusion> {
    match kind {
        Kind::Wages
        | Kind::Benefit
        | Kind::Unemployment
        | Kind::Disability
        | Kind::Retirement
        | Kind::Support
        | Kind::Gig
        | Kind::SelfEmployment
        | Kind::Rental
        | Kind::Other
        // A steady pattern may show that cheques are pay; income decides.
        | Kind::CheckDeposit => None,
        Kind::PersonToPerson => Some(Exclusion::PersonToPerson),
        Kind::CashDeposit => Some(Exclusion::CashOrCheck),
        Kind::OwnTransfer | Kind::OverdraftProtection => Some(Exclusion::TransferWords),
        Kind::Loan(_) => Some(Exclusion::LoanProceeds),
        Kind::Refund | Kind::Rent | Kind::CardPayment | Kind::CashWithdrawal => {
            Some(Exclusion::Refund)
        }
        Kind::Reversal | Kind::ReturnedDebit => Some(Exclusion::Reversed),
        Kind::TaxRefund => Some(Exclusion::TaxRefund),
        Kind::Interest => Some(Exclusion::Interest),
        Kind::Reward | Kind::Gambling | Kind::OneOff | Kind::Collections => Some(Exclusion::OneOff),
        Kind::AccountVerification => Some(Exclusion::Micro),
        Kind::NsfFee
        | Kind::OverdraftFee
        | Kind::ReturnFee
        | Kind::FeeRefund
        | Kind::DepositedItemReturned
        | Kind::AccountFee => Some(Exclusion::BankFee),
    }
}

const UNDONE: Terms = Terms::any_of(&[Term::Refund, Term::Reversal]);
const NSF: Terms = Terms::any_of(&[Term::NsfWord, Term::InsufficientFunds]);

fn overdraft(terms: Terms) -> bool {
    terms.has(Term::Overdraft)
        || (terms.has(Term::Fee) && terms.meets(Terms::any_of(&[Term::OdWord, Term::Sustained])))
}

fn bank_debit(words: Words) -> Option<Kind> {
    let terms = words.terms;
    if terms.has(Term::DepositedItem) {
        return Some(Kind::DepositedItemReturned);
    }
    if terms.has(Term::Protection) && !terms.meets(NSF) {
        return Some(Kind::OverdraftProtection);
    }
    if terms.meets(NSF) {
        let fee = terms.has(Term::Fee);
        return Some(match (fee || terms.has(Term::NsfWord), words.fee_sized) {
            (true, _) if words.named_company && !terms.has(Term::NsfWord) => Kind::ReturnFee,
            (true, _) | (false, true) => Kind::NsfFee,
            // Without a word for a fee and too large for one: a deposit taken back.
            (false, false) => Kind::DepositedItemReturned,
        });
    }
    if overdraft(terms) {
        let fee = terms.meets(Terms::any_of(&[Term::Fee, Term::Sustained, Term::Item]));
        return (fee || words.fee_sized).then_some(Kind::OverdraftFee);
    }
    terms.has(Term::AccountFee).then_some(Kind::AccountFee)
}

fn bank_credit(terms: Terms) -> Option<Kind> {
    if terms.has(Term::DepositedItem) && !terms.has(Term::CheckDeposit) {
        return Some(Kind::Refund);
    }
    let funds = terms.meets(NSF) || overdraft(terms);
    if funds && (terms.meets(UNDONE) || terms.has(Term::Fee)) {
        return Some(Kind::FeeRefund);
    }
    if terms.has(Term::Protection) || (overdraft(terms) && !terms.meets(NSF)) {
        return Some(Kind::OverdraftProtection);
    }
    let item = Terms::any_of(&[Term::Item, Term::Unpaid, Term::Payment, Term::Retry]);
    let returned = terms.has(Term::Return) && terms.meets(item);
    let bounced = terms.meets(NSF) || terms.has(Term::Unpaid) || returned;
    if bounced && !terms.has(Term::Refund) && !terms.has(Term::TaxRefund) {
        return Some(Kind::ReturnedDebit);
    }
    terms.has(Term::AccountFee).then_some(Kind::Refund)
}

fn credit(terms: Terms) -> Option<Kind> {
    let lender = lending(terms);
    if terms.has(Term::TaxRefund) && !terms.has(Term::SocialSecurity) {
        return Some(Kind::TaxRefund);
    }
    if terms.has(Term::ShortTermLender) {
        return Some(Kind::Loan(Lending::ShortTerm));
    }
    if terms.has(Term::AccountVerification) {
        return Some(Kind::AccountVerification);
    }
    if terms.has(Term::Reversal) || terms.has(Term::Return) {
        return Some(
            if terms.has(Term::CardPurchase) || terms.has(Term::Refund) {
                Kind::Refund
            } else {
                Kind::Reversal
            },
        );
    }
    if terms.has(Term::Refund) {
        return Some(Kind::Refund);
    }
    if terms.has(Term::Interest) {
        return Some(Kind::Interest);
    }
    first(
        terms,
        &[
            (Term::ChildSupport, Kind::Support),
            (Term::SocialSecurity, Kind::Benefit),
            (Term::SupplementalSecurity, Kind::Benefit),
            (Term::Veterans, Kind::Benefit),
            (Term::Unemployment, Kind::Unemployment),
            (Term::PublicBenefit, Kind::Benefit),
            (Term::Disability, Kind::Disability),
            (Term::Retirement, Kind::Retirement),
            (Term::Payroll, Kind::Wages),
            (Term::Processor, Kind::Wages),
        ],
    )
    .or_else(|| lender.map(Kind::Loan))
    .or_else(|| other_credit(terms))
}

fn other_credit(terms: Terms) -> Option<Kind> {
    if terms.has(Term::LoanProceeds) {
        return Some(Kind::Loan(Lending::Personal));
    }
    first(
        terms,
        &[
            (Term::OneOff, Kind::OneOff),
            (Term::Gambling, Kind::Gambling),
            (Term::Gig, Kind::Gig),
            (Term::PersonToPerson, Kind::PersonToPerson),
            (Term::OwnTransfer, Kind::OwnTransfer),
            (Term::RentalPlatform, Kind::Rental),
            (Term::MerchantPayout, Kind::SelfEmployment),
            (Term::Reward, Kind::Reward),
            (Term::CashDeposit, Kind::CashDeposit),
            (Term::CheckDeposit, Kind::CheckDeposit),
            (Term::CardIssuer, Kind::CardPayment),
            (Term::CardPurchase, Kind::Refund),
            (Term::Transfer, Kind::OwnTransfer),
        ],
    )
}

fn debit(terms: Terms) -> Option<Kind> {
    if terms.has(Term::Collections) {
        return Some(Kind::Collections);
    }
    if terms.has(Term::Gambling) {
        return Some(Kind::Gambling);
    }
    let specific = lending(terms).filter(|lending| *lending != Lending::Personal);
    if let Some(lending) = specific {
        return Some(Kind::Loan(lending));
    }
    if terms.has(Term::CardIssuer) {
        return Some(Kind::CardPayment);
    }
    if terms.has(Term::Rent) && !terms.has(Term::CardPurchase) {
        return Some(Kind::Rent);
    }
    if terms.has(Term::PersonalLender) {
        return Some(Kind::Loan(Lending::Personal));
    }
    first(
        terms,
        &[
            (Term::ChildSupport, Kind::Support),
            (Term::OwnTransfer, Kind::OwnTransfer),
            (Term::PersonToPerson, Kind::PersonToPerson),
            (Term::CashWithdrawal, Kind::CashWithdrawal),
            (Term::AccountVerification, Kind::AccountVerification),
            (Term::Reversal, Kind::Reversal),
        ],
    )
}

fn lending(terms: Terms) -> Option<Lending> {
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

fn first<T: Copy>(terms: Terms, choices: &[(Term, T)]) -> Option<T> {
    choices
        .iter()
        .find(|(term, _)| terms.has(*term))
        .map(|(_, choice)| *choice)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::descriptor::Descriptor;

    fn of(text: &str, money_in: bool, fee_sized: bool) -> Kind {
        let descriptor = Descriptor::parse(text);
        let words = Words {
            terms: descriptor.reading.terms,
            fee_sized,
            named_company: descriptor.has_company(),
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
            assert_eq!(of(text, false, true), Kind::NsfFee, "{text}");
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
            assert_eq!(of(text, false, true), Kind::OverdraftFee, "{text}");
        }
    }

    #[test]
    fn what_sounds_like_an_nsf_fee_and_is_none() {
        let debits = [
            ("DEPOSITED ITEM RETURNED FEE", Kind::DepositedItemReturned),
            ("CASHED CHECK RETURNED", Kind::DepositedItemReturned),
            (
                "OVERDRAFT PROTECTION TRANSFER TO CHECKING",
                Kind::OverdraftProtection,
            ),
            ("OVERDRAFT TRANSFER FEE", Kind::OverdraftProtection),
            ("MONTHLY MAINTENANCE FEE", Kind::AccountFee),
            ("ATM FEE NON NETWORK", Kind::AccountFee),
            ("DR J VELA OD EYE CARE", Kind::Other),
            ("STOP PAYMENT FEE", Kind::AccountFee),
            ("COFFEE RETURNS", Kind::Other),
            (
                "GYM CO DES:RETURN FEE ID: INDN:A B CO ID:XXXXX PPD",
                Kind::ReturnFee,
            ),
        ];
        for (text, kind) in debits {
            assert_eq!(of(text, false, true), kind, "{text}");
        }
        assert_eq!(of("OVERDRAFT FEE REFUND", true, true), Kind::FeeRefund);
        assert_eq!(of("NSF FEE WAIVED", true, true), Kind::FeeRefund);
        assert_eq!(of("REVERSAL OF OD CHARGE", true, true), Kind::FeeRefund);
        assert_eq!(
            of("ACH RETURN UTILITY CO", true, false),
            Kind::ReturnedDebit
        );
        assert_eq!(
            of("POS PURCHASE RETURN HARDWARE", true, false),
            Kind::Refund
        );
    }

    #[test]
    fn money_in_that_is_income_and_money_in_that_is_not() {
        let credits = [
            ("ACME CORP PAYROLL", Kind::Wages),
            ("GUSTO PAY 123456", Kind::Wages),
            ("SSA TREAS 310 XXSOC SEC PPD ID: 9031736042", Kind::Benefit),
            ("VACP TREAS 310 XXVA BENEF", Kind::Benefit),
            ("STATE OF MA DES:UI BENEFIT", Kind::Unemployment),
            ("STATE SDU CHILD SUPPORT", Kind::Support),
            ("CALPERS RETIREMENT", Kind::Retirement),
            ("UBER USA 6787 EDI PAYMNT", Kind::Gig),
            ("STRIPE TRANSFER ST-A1B2", Kind::SelfEmployment),
            ("IRS TREAS 310 TAX REF", Kind::TaxRefund),
            ("EARNIN ACTIVEHOURS", Kind::Loan(Lending::ShortTerm)),
            ("DAILYPAY PAYROLL", Kind::Loan(Lending::ShortTerm)),
            ("UPSTART NETWORK LOAN", Kind::Loan(Lending::Personal)),
            ("ONLINE TRANSFER FROM SAV ...1234", Kind::OwnTransfer),
            ("ZELLE FROM A FRIEND", Kind::PersonToPerson),
            ("INTEREST PAID", Kind::Interest),
            ("ATM CASH DEPOSIT", Kind::CashDeposit),
            ("MOBILE DEPOSIT", Kind::CheckDeposit),
            ("PAYROLL REVERSAL", Kind::Reversal),
            ("NORTHWIND TRADERS", Kind::Other),
        ];
        for (text, kind) in credits {
            assert_eq!(of(text, true, false), kind, "{text}");
        }
    }

    #[test]
    fn obligations_and_habits() {
        let debits = [
            ("NAVIENT STUDENT LN", Kind::Loan(Lending::Student)),
            ("TOYOTA FINANCIAL SERV", Kind::Loan(Lending::Auto)),
            ("ROCKET MORTGAGE LOAN", Kind::Loan(Lending::Mortgage)),
            ("AFFIRM INC PAYMENTS", Kind::Loan(Lending::BuyNowPayLater)),
            ("CHASE CREDIT CRD AUTOPAY", Kind::CardPayment),
            ("OAKWOOD APARTMENTS RENT", Kind::Rent),
            ("POS ENTERPRISE RENT-A-CAR", Kind::Other),
            ("ATM WITHDRAWAL 5TH AVE", Kind::CashWithdrawal),
            ("DRAFTKINGS", Kind::Gambling),
            ("MIDLAND CREDIT MGMT", Kind::Collections),
            ("LOAN PAYMENT", Kind::Loan(Lending::Personal)),
        ];
        for (text, kind) in debits {
            assert_eq!(of(text, false, false), kind, "{text}");
        }
    }
}
