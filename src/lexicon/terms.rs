//! What the phrases of the lexicon say, and which of it a rule set may add to.

macro_rules! terms {
    ($($(#[doc = $doc:literal])+ $name:ident = $word:literal, $open:ident;)+) => {
        /// What a phrase says. One description may say several.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        #[repr(u8)]
        pub enum Term { $($(#[doc = $doc])+ $name,)+ }

        impl Term {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// The word by which files name it: `short_term_lender`.
            pub const fn word(self) -> &'static str {
                match self { $(Self::$name => $word,)+ }
            }

            /// What a rule set may add to it.
            pub const fn open(self) -> Open {
                match self { $(Self::$name => Open::$open,)+ }
            }

            /// What it means, in the lines of its documentation.
            pub const fn meaning(self) -> &'static [&'static str] {
                match self { $(Self::$name => &[$($doc),+],)+ }
            }
        }
    };
}

/// What a rule set may add to a [`Term`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Open {
    /// Phrases that name somebody, and the usual name.
    Names,
    /// Phrases.
    Words,
    /// Nothing: its words mean something only beside others, so that one more changes what many
    /// descriptions say.
    Closed,
}

terms!(
    /// Wages: `PAYROLL`, `DIRECT DEP`, `SALARY`.
    Payroll = "payroll", Words;
    /// An employer by its name: what it sends is wages, unless it says that it is something else. The
    /// release knows none.
    Employer = "employer", Names;
    /// A payroll processor: what it sends is wages, but it is not the employer.
    Processor = "processor", Names;
    /// Social Security old age, survivors or disability benefits.
    SocialSecurity = "social_security", Names;
    /// Supplemental Security Income.
    SupplementalSecurity = "supplemental_security", Names;
    /// Veterans' benefits.
    Veterans = "veterans", Names;
    /// Unemployment benefits.
    Unemployment = "unemployment", Names;
    /// Any other public benefit.
    PublicBenefit = "public_benefit", Names;
    /// Private disability insurance and workers' compensation.
    Disability = "disability", Names;
    /// Pensions, annuities, retirement plans.
    Retirement = "retirement", Names;
    /// Child or spousal support.
    ChildSupport = "child_support", Names;
    /// Gig platforms.
    Gig = "gig", Names;
    /// Settlements of card processors and marketplaces: self-employment.
    MerchantPayout = "merchant_payout", Names;
    /// Rent through a platform.
    RentalPlatform = "rental_platform", Names;
    /// Payday loans, cash advances, earned-wage access.
    ShortTermLender = "short_term_lender", Names;
    /// Personal and instalment loans.
    PersonalLender = "personal_lender", Names;
    /// Auto loans.
    AutoLender = "auto_lender", Names;
    /// Student loans.
    StudentLender = "student_lender", Names;
    /// Mortgages.
    MortgageLender = "mortgage_lender", Names;
    /// Buy now, pay later.
    BuyNowPayLater = "buy_now_pay_later", Names;
    /// Payments to card issuers.
    CardIssuer = "card_issuer", Names;
    /// Words of a disbursed loan.
    LoanProceeds = "loan_proceeds", Words;
    /// Words of rent and housing dues.
    Rent = "rent", Words;
    /// Landlords, property managers and their portals.
    Landlord = "landlord", Names;
    /// Insurers and their premiums.
    Insurance = "insurance", Names;
    /// Energy, water, telephones, internet.
    Utility = "utility", Names;
    /// Subscriptions, memberships, storage.
    Subscription = "subscription", Names;
    /// Other bills on a schedule that are no credit: childcare, tuition, taxes, gifts to a church.
    Upkeep = "upkeep", Names;
    /// Money put into an investment.
    Saving = "saving", Names;
    /// Banks, card issuers and finance companies: what is paid to one each month is a card or a loan.
    /// What one sends may be pay, so that this list has employers in it and [`Term::OwnBank`] has not.
    Bank = "bank", Names;
    /// `FEE`, `CHARGE`.
    Fee = "fee", Closed;
    /// Insufficient funds, an item returned unpaid.
    InsufficientFunds = "insufficient_funds", Words;
    /// `NSF` and its spellings alone: enough without a word for a fee.
    NsfWord = "nsf_word", Closed;
    /// Overdrafts by any of their names.
    Overdraft = "overdraft", Words;
    /// `OD` alone: an optometrist's title as well, so it needs a word for a fee.
    OdWord = "od_word", Closed;
    /// An overdraft that goes on: `EXTENDED`, `CONTINUOUS`.
    Sustained = "sustained", Closed;
    /// Protection against overdrafts by a transfer or a line of credit.
    Protection = "protection", Words;
    /// `TRANSFER`, `XFER`.
    Transfer = "transfer", Closed;
    /// Somebody else's cheque that the applicant deposited came back.
    DepositedItem = "deposited_item", Words;
    /// `RETURN`, `RTN`, an R-code.
    Return = "return", Closed;
    /// `UNPAID`, `DISHONORED`.
    Unpaid = "unpaid", Closed;
    /// A word for an item or a payment: `ITEM`, `CHECK`, `ACH`.
    Item = "item", Closed;
    /// `REFUND`, `WAIVED`, `REBATE`.
    Refund = "refund", Words;
    /// `REVERSAL`, `REVERSED`.
    Reversal = "reversal", Words;
    /// A merchant presents a returned debit again.
    Retry = "retry", Closed;
    /// Between the holder's own accounts.
    OwnTransfer = "own_transfer", Words;
    /// Payments between persons.
    PersonToPerson = "person_to_person", Names;
    /// Cash put in.
    CashDeposit = "cash_deposit", Words;
    /// Cheques put in, over the counter or by photo.
    CheckDeposit = "check_deposit", Words;
    /// Cash taken out.
    CashWithdrawal = "cash_withdrawal", Words;
    /// Casinos, sports betting, lotteries.
    Gambling = "gambling", Names;
    /// Collection agencies, garnishments, levies.
    Collections = "collections", Names;
    /// Tax refunds.
    TaxRefund = "tax_refund", Words;
    /// Interest and dividends on deposits.
    Interest = "interest", Words;
    /// Rewards and cash back.
    Reward = "reward", Words;
    /// Insurance claims, sales of securities or crypto, settlements.
    OneOff = "one_off", Names;
    /// A purchase with a card.
    CardPurchase = "card_purchase", Words;
    /// `PAYMENT`, `AUTOPAY`.
    Payment = "payment", Closed;
    /// Fees of a bank that say nothing of the funds.
    AccountFee = "account_fee", Words;
    /// Small amounts that prove an account.
    AccountVerification = "account_verification", Words;
    /// Pay drawn early through the employer: `DAILYPAY`, `EARNED WAGES`.
    WageAccess = "wage_access", Names;
    /// Expenses given back by an employer.
    Reimbursement = "reimbursement", Words;
    /// How a business pays a bill: `VENDOR PMT`, `ACCTS PAYABLE`.
    BusinessPayment = "business_payment", Words;
    /// A firm and not a person: legal forms, trades.
    Organisation = "organisation", Words;
    /// Banks where the holder may have another account: what one sends is the holder's own money, unless
    /// it says that it is pay. So this list has no finance companies in it, as [`Term::Bank`] has.
    OwnBank = "own_bank", Names;
);

impl Term {
    /// The term of that word.
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|term| term.word() == word)
    }
}

/// What is done with money. In a payer's name these words say nothing of a payment: an employer may
/// be called `Return Path` or `NSF`. Who pays is told by the other terms wherever they stand.
pub(super) const DEEDS: TermSet = TermSet::any_of(&[
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
pub struct TermSet(u128);

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
