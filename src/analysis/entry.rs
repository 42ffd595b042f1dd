//! Transactions as the analysis sees them: money in is positive, dates are civil, each row is of
//! one kind, and what is not counted says why.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use crate::lexicon::TermSet;

/// One transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// The snapshot it is in, by position in the order of the application's accounts.
    pub snapshot: u16,
    /// Its row there.
    pub row: u32,
    /// Minor units of the loan's currency; money in is positive.
    pub amount: i64,
    /// The civil date on which it was made.
    pub made: NaiveDate,
    /// The civil date on which it became part of the balance; the day it was made where the bank
    /// does not say.
    pub posted: NaiveDate,
    /// The instant at which it posted, or was made where the bank does not say.
    pub(super) posted_at: DateTime<Utc>,
    /// What it is.
    pub kind: EntryKind,
    /// Why it is no income, or counts for nothing; `None` for what may be income and for money
    /// out that counts.
    pub excluded: Option<Exclusion>,
    /// The counterparty, by position in [`super::Analysis::counterparties`].
    pub counterparty: u32,
    /// What its description says.
    pub(super) terms: TermSet,
    /// What the sender calls the payment, as a number; 0 for nothing.
    pub(super) purpose: u32,
    /// Whom the sender pays, in the sender's number for it, as a number; 0 for nothing.
    pub(super) reference: u32,
    /// Whether a field of its description names a company.
    pub(super) company: bool,
}

impl Entry {
    /// Where it is: the evidence for a finding that rests on it.
    pub fn at(&self) -> (u16, u32) {
        (self.snapshot, self.row)
    }

    /// Whether it posted and still stands, on whatever account.
    pub(super) fn is_settled(&self) -> bool {
        !matches!(
            self.excluded,
            Some(Exclusion::Void | Exclusion::Pending | Exclusion::AfterAsOf)
        )
    }

    /// Whether it is, or will be, part of the balance in the loan's currency, of a cash account:
    /// also where it is dated later than the decision, or where its account is linked twice.
    pub fn is_in_balance(&self) -> bool {
        !matches!(
            self.excluded,
            Some(
                Exclusion::Void
                    | Exclusion::Pending
                    | Exclusion::NotCash
                    | Exclusion::OtherCurrency
                    | Exclusion::SentTwice
            )
        )
    }

    /// Whether it is money that came or went, and neither moved between own accounts nor was undone.
    pub fn flows(&self) -> bool {
        let moved = matches!(
            self.excluded,
            Some(Exclusion::MirroredTransfer | Exclusion::TransferWords | Exclusion::Reversed)
        );
        self.counts() && !moved
    }

    /// Whether it counts for anything: posted, a cash account's, in the loan's currency, not
    /// after the moment of the decision, and no copy.
    pub fn counts(&self) -> bool {
        !matches!(
            self.excluded,
            Some(
                Exclusion::Void
                    | Exclusion::Pending
                    | Exclusion::NotCash
                    | Exclusion::OtherCurrency
                    | Exclusion::AfterAsOf
                    | Exclusion::DuplicateAccount
                    | Exclusion::SentTwice
            )
        )
    }
}

/// What a transaction is. A row has exactly one kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EntryKind {
    /// Wages.
    Wages,
    /// Social Security, SSI, veterans' and other public benefits.
    Benefit,
    /// Unemployment benefits.
    Unemployment,
    /// Disability insurance and workers' compensation.
    Disability,
    /// Pensions and annuities.
    Retirement,
    /// Child or spousal support received.
    Support,
    /// Gig platforms.
    Gig,
    /// Settlements of card processors and marketplaces.
    SelfEmployment,
    /// Rent received through a platform.
    Rental,
    /// Money in or out that nothing is known of.
    Other,
    /// Between persons.
    PersonToPerson,
    /// Cash put in.
    CashDeposit,
    /// Cheques put in.
    CheckDeposit,
    /// Between the household's own accounts.
    OwnTransfer,
    /// A loan paid out, or a payment on it.
    Loan(Lending),
    /// Rent and housing dues.
    Rent,
    /// A payment to a card issuer.
    CardPayment,
    /// Money back from a merchant.
    Refund,
    /// A deposit or a payment undone.
    Reversal,
    /// A tax refund.
    TaxRefund,
    /// Interest and dividends.
    Interest,
    /// Rewards.
    Reward,
    /// Gambling, in or out.
    Gambling,
    /// Cash taken out.
    CashWithdrawal,
    /// Collection agencies, garnishments, levies.
    Collections,
    /// Claims, sales of securities and the like.
    OneOff,
    /// Small amounts that prove an account.
    AccountVerification,
    /// A fee for an item returned for lack of funds.
    NsfFee,
    /// A fee for an item paid into overdraft, or for staying there.
    OverdraftFee,
    /// A merchant's fee for a payment that came back.
    ReturnFee,
    /// A transfer that averted an overdraft, or its fee.
    OverdraftProtection,
    /// An NSF or overdraft fee given back.
    FeeRefund,
    /// A debit that came back unpaid.
    ReturnedDebit,
    /// Somebody else's cheque that came back.
    DepositedItemReturned,
    /// Any other fee of the bank.
    AccountFee,
}

impl EntryKind {
    /// The kinds that a stream of income can have: those of income, and those that are income only
    /// where a reviewer says so.
    pub const OF_STREAMS: [Self; 15] = [
        Self::Wages,
        Self::Benefit,
        Self::Unemployment,
        Self::Disability,
        Self::Retirement,
        Self::Support,
        Self::Gig,
        Self::SelfEmployment,
        Self::Rental,
        Self::Other,
        Self::CheckDeposit,
        Self::PersonToPerson,
        Self::CashDeposit,
        Self::OwnTransfer,
        Self::OneOff,
    ];

    /// The word for it: `self_employment`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Wages => "wages",
            Self::Benefit => "benefit",
            Self::Unemployment => "unemployment",
            Self::Disability => "disability",
            Self::Retirement => "retirement",
            Self::Support => "support",
            Self::Gig => "gig",
            Self::SelfEmployment => "self_employment",
            Self::Rental => "rental",
            Self::Other => "other",
            Self::PersonToPerson => "person_to_person",
            Self::CashDeposit => "cash_deposit",
            Self::CheckDeposit => "check_deposit",
            Self::OwnTransfer => "own_transfer",
            Self::Loan(lending) => lending.as_str(),
            Self::Rent => "rent",
            Self::CardPayment => "card_payment",
            Self::Refund => "refund",
            Self::Reversal => "reversal",
            Self::TaxRefund => "tax_refund",
            Self::Interest => "interest",
            Self::Reward => "reward",
            Self::Gambling => "gambling",
            Self::CashWithdrawal => "cash_withdrawal",
            Self::Collections => "collections",
            Self::OneOff => "one_off",
            Self::AccountVerification => "account_verification",
            Self::NsfFee => "nsf_fee",
            Self::OverdraftFee => "overdraft_fee",
            Self::ReturnFee => "return_fee",
            Self::OverdraftProtection => "overdraft_protection",
            Self::FeeRefund => "fee_refund",
            Self::ReturnedDebit => "returned_debit",
            Self::DepositedItemReturned => "deposited_item_returned",
            Self::AccountFee => "account_fee",
        }
    }
}

/// The kind of a loan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lending {
    /// Payday loans, cash advances, earned-wage access.
    ShortTerm,
    /// Personal and instalment loans.
    Personal,
    /// Auto loans.
    Auto,
    /// Student loans.
    Student,
    /// Mortgages.
    Mortgage,
    /// Buy now, pay later.
    BuyNowPayLater,
}

impl Lending {
    /// The word for it: `auto_loan`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ShortTerm => "short_term_loan",
            Self::Personal => "personal_loan",
            Self::Auto => "auto_loan",
            Self::Student => "student_loan",
            Self::Mortgage => "mortgage",
            Self::BuyNowPayLater => "buy_now_pay_later",
        }
    }
}

/// Why a transaction is not counted as income, or not at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Exclusion {
    /// It vanished.
    Void,
    /// It is not yet part of the balance.
    Pending,
    /// It is on a credit, investment or other account.
    NotCash,
    /// It is in another currency than the loan.
    OtherCurrency,
    /// It is dated after the moment of the decision.
    AfterAsOf,
    /// Its account is linked twice.
    DuplicateAccount,
    /// Its bank sent it twice: the other one counts.
    SentTwice,
    /// It undoes, or was undone by, another row.
    Reversed,
    /// An equal amount moved the other way on another account of the household.
    MirroredTransfer,
    /// Its words say that it is between the holder's own accounts.
    TransferWords,
    /// A lender paid it out.
    LoanProceeds,
    /// A merchant gave it back.
    Refund,
    /// It came from a person.
    PersonToPerson,
    /// It is cash or a cheque without a steady pattern.
    CashOrCheck,
    /// A tax refund.
    TaxRefund,
    /// Interest or dividends.
    Interest,
    /// Rewards, winnings, claims, sales: not to be expected again.
    OneOff,
    /// A bank's refund or a row about fees and returns.
    BankFee,
    /// Too small to be pay: it proves an account.
    Micro,
    /// A reviewer said that the stream it was part of is no income.
    RefusedByReviewer,
}

/// A debit that came back, by position in the entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Pair {
    /// The debit; `None` where only the return is seen.
    pub(super) debit: Option<usize>,
    /// The credit that returns it.
    pub(super) credit: usize,
}
