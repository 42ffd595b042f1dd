//! What the loan origination system asks, in stages.
//!
//! [`Draft`] is what was sent: anything in it may be missing or wrong. [`Draft::check`] is the one
//! way from there to an [`Application`], which has passed every check that needs neither the
//! bank's data nor the rule set, and which is what the ledger stores; one that is read back is
//! checked again. [`Application::with_accounts`] adds the accounts that were found for it: an
//! [`ApplicationWithAccounts`] is what is decided on. No stage can be changed in place.

mod bank_data;
mod draft;
mod error;
mod input;
mod ordinary;
mod report;
mod requested;
mod resolution;
mod resolved;
mod stream_review;
mod with_accounts;

use std::collections::BTreeMap;
use std::fmt;

use chrono::NaiveDate;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::id::{AccountId, ApplicantId, ApplicationId, Handle};
use crate::money::{Currency, Money};

pub use bank_data::{AccountFilter, BankData, Freshness, MaxAge, is_fresh};
pub use draft::{Draft, DraftApplicant, DraftTerm};
pub use error::ApplicationError;
pub use input::{Input, input_field};
pub(crate) use report::Report;
pub use report::text_problem;
pub use requested::Requested;
pub use resolution::{Answer, DraftAnswer, DraftResolution, Resolution, ReviewersWord};
pub use stream_review::{DraftStreamReview, ReviewVerdict, StreamReview};
pub use with_accounts::ApplicationWithAccounts;

/// A loan application that was checked.
///
/// INVARIANT: only [`Draft::check`] makes one, and nothing changes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(remote = "Self")]
pub struct Application {
    id: ApplicationId,
    product: String,
    requested_amount: Money,
    term: Term,
    repayment_frequency: RepaymentFrequency,
    first_payment_date: Option<NaiveDate>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    debit_account: Option<AccountId>,
    purpose: Option<String>,
    applicants: Vec<Applicant>,
    inputs: BTreeMap<String, Input>,
    #[serde(default, skip_serializing_if = "BankData::is_unspecified")]
    bank_data: BankData,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    stream_reviews: Vec<StreamReview>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    resolution: Option<Resolution>,
}

impl Application {
    /// The caller's name for it.
    pub fn id(&self) -> &ApplicationId {
        &self.id
    }

    /// The lender's product, free text: `personal_loan`.
    pub fn product(&self) -> &str {
        &self.product
    }

    /// The amount asked for; always above zero.
    pub fn requested_amount(&self) -> Money {
        self.requested_amount
    }

    /// The same, with one more review.
    pub(crate) fn reviewed(&self, review: StreamReview) -> Self {
        let mut reviewed = self.clone();
        reviewed.stream_reviews.push(review);
        reviewed
    }

    /// The currency of the loan.
    pub fn currency(&self) -> Currency {
        self.requested_amount.currency()
    }

    /// How long it is to run.
    pub fn term(&self) -> Term {
        self.term
    }

    /// How often it is to be repaid.
    pub fn repayment_frequency(&self) -> RepaymentFrequency {
        self.repayment_frequency
    }

    /// How many payments it asks for: the payments of a year times the term's share of it, to the
    /// nearest, at least one; one for a loan repaid at its end.
    pub fn payments(&self) -> u32 {
        self.repayment_frequency.payments_in(self.term)
    }

    /// When the first payment would be due.
    pub fn first_payment_date(&self) -> Option<NaiveDate> {
        self.first_payment_date
    }

    /// The account that payments are to be drawn from, where the caller says.
    pub fn debit_account(&self) -> Option<&AccountId> {
        self.debit_account.as_ref()
    }

    /// What the money is for.
    pub fn purpose(&self) -> Option<&str> {
        self.purpose.as_deref()
    }

    /// Who asks; at least one, and exactly one of role [`Role::Primary`].
    pub fn applicants(&self) -> &[Applicant] {
        &self.applicants
    }

    /// The accounts that the applicants name by their ids, each with the position of the applicant
    /// whose it is.
    pub fn named_accounts(&self) -> Vec<(usize, AccountId)> {
        let people = self.applicants.iter().enumerate();
        people
            .flat_map(|(index, applicant)| {
                let ids = applicant.account_ids.iter();
                ids.map(move |account| (index, account.clone()))
            })
            .collect()
    }

    /// Extra inputs, by the names that the rule set declares.
    pub fn inputs(&self) -> &BTreeMap<String, Input> {
        &self.inputs
    }

    /// How the bank data is to be had.
    pub fn bank_data(&self) -> &BankData {
        &self.bank_data
    }

    /// What reviewers say of streams of income.
    pub fn stream_reviews(&self) -> &[StreamReview] {
        &self.stream_reviews
    }

    /// What it settles, and with which answers, where it is asked again after it was referred.
    pub fn resolution(&self) -> Option<&Resolution> {
        self.resolution.as_ref()
    }

    /// The main applicant.
    pub fn primary(&self) -> Option<&Applicant> {
        self.applicants
            .iter()
            .find(|applicant| applicant.role == Role::Primary)
    }
}

impl Serialize for Application {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Self::serialize(self, serializer)
    }
}

impl<'de> Deserialize<'de> for Application {
    /// What is loaded is checked like what is sent.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let loaded = Self::deserialize(deserializer)?;
        loaded.into_draft().check().map_err(|errors| {
            let errors: Vec<String> = errors.iter().map(ToString::to_string).collect();
            serde::de::Error::custom(errors.join("; "))
        })
    }
}

/// How long a loan runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Term {
    /// How many units; at least one.
    pub count: u32,
    /// The unit.
    pub unit: TermUnit,
}

/// The unit of a term.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TermUnit {
    /// Calendar days.
    Days,
    /// Seven days.
    Weeks,
    /// Calendar months.
    Months,
}

impl TermUnit {
    /// The units as they are told to a caller who named none.
    pub const CHOICES: &str = "DAYS, WEEKS or MONTHS";
}

impl Term {
    /// The length in days, a month being a twelfth of 365 days, rounded down.
    pub fn days(self) -> u32 {
        match self.unit {
            TermUnit::Days => self.count,
            TermUnit::Weeks => self.count.saturating_mul(7),
            TermUnit::Months => self.count.saturating_mul(365) / 12,
        }
    }
}

impl fmt::Display for Term {
    /// `12 months`, `1 day`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = match (self.unit, self.count) {
            (TermUnit::Days, 1) => "day",
            (TermUnit::Days, _) => "days",
            (TermUnit::Weeks, 1) => "week",
            (TermUnit::Weeks, _) => "weeks",
            (TermUnit::Months, 1) => "month",
            (TermUnit::Months, _) => "months",
        };
        write!(f, "{} {unit}", self.count)
    }
}

/// How often a loan is repaid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RepaymentFrequency {
    /// Every week: 52 a year.
    Weekly,
    /// Every two weeks: 26 a year.
    Biweekly,
    /// Twice a month: 24 a year.
    SemiMonthly,
    /// Every month: 12 a year.
    Monthly,
    /// Once, at the end.
    Single,
}

impl RepaymentFrequency {
    /// The frequencies as they are told to a caller who named none.
    pub const CHOICES: &str = "WEEKLY, BIWEEKLY, SEMI_MONTHLY, MONTHLY or SINGLE";

    /// Payments in a year; `None` where there is one payment at the end.
    pub fn per_year(self) -> Option<u32> {
        match self {
            Self::Weekly => Some(52),
            Self::Biweekly => Some(26),
            Self::SemiMonthly => Some(24),
            Self::Monthly => Some(12),
            Self::Single => None,
        }
    }

    /// How many payments a term makes, see [`Application::payments`].
    pub fn payments_in(self, term: Term) -> u32 {
        match self.per_year() {
            None => 1,
            Some(per_year) => {
                let twice = u64::from(per_year) * u64::from(term.days()) * 2;
                let nearest = (twice + 365) / 730;
                u32::try_from(nearest).unwrap_or(u32::MAX).max(1)
            }
        }
    }
}

/// A person who applies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Applicant {
    /// The caller's name for the person.
    pub id: ApplicantId,
    /// In what capacity.
    pub role: Role,
    /// Who the person says to be.
    pub identity: Identity,
    /// The linked accounts that are this person's.
    pub account_ids: Vec<AccountId>,
    /// Other objects of Stripe's behind which linked accounts of this person are found.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub handles: Vec<Handle>,
}

/// In what capacity somebody applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// The main applicant; exactly one.
    Primary,
    /// Owes the loan together with the main applicant.
    CoApplicant,
    /// Answers for the loan.
    Guarantor,
}

impl Role {
    /// The roles as they are told to a caller who named none.
    pub const CHOICES: &str = "PRIMARY, CO_APPLICANT or GUARANTOR";
}

/// Who an applicant says to be; compared with the owners of the accounts, never scored.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct Identity {
    /// Full name.
    pub name: String,
    /// E-mail address.
    pub email: Option<String>,
    /// Telephone number, in any notation.
    pub phone: Option<String>,
    /// Postal address.
    pub address: Option<Address>,
}

/// A postal address.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct Address {
    /// Street and number; further lines separated by line breaks.
    pub street: String,
    /// City.
    pub city: String,
    /// State or region: `NY`.
    pub region: String,
    /// Postal code: `10003`.
    pub postal_code: String,
    /// ISO 3166 country code: `US`.
    pub country: String,
}

impl std::fmt::Debug for Identity {
    /// Personal data never reaches a log.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Identity(..)")
    }
}

impl std::fmt::Debug for Address {
    /// Personal data never reaches a log.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Address(..)")
    }
}

#[cfg(test)]
pub(crate) mod tests;
