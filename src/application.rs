//! What the loan origination system asks: the application and its applicants, parsed.
//!
//! A value of these types has passed every check that does not need the bank's data or the rule
//! set; [`Application::check`] is the one place that makes them.

mod bank_data;

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Months, NaiveDate};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::id::{AccountId, ApplicantId, ApplicationId, Handle};
use crate::limits;
use crate::money::{Currency, Money};

pub use bank_data::{AccountFilter, BankData, Freshness, MaxAge, is_fresh};

/// A loan application.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Application {
    /// The caller's name for it.
    pub id: ApplicationId,
    /// The lender's product, free text: `personal_loan`.
    pub product: String,
    /// The amount asked for; always above zero.
    pub requested_amount: Money,
    /// How long it is to run.
    pub term: Term,
    /// How often it is to be repaid.
    pub repayment_frequency: RepaymentFrequency,
    /// When the first payment would be due.
    pub first_payment_date: Option<NaiveDate>,
    /// What the money is for.
    pub purpose: Option<String>,
    /// Who asks; at least one, the first of role [`Role::Primary`] being the main one.
    pub applicants: Vec<Applicant>,
    /// Extra inputs, by the names that the rule set declares.
    pub inputs: BTreeMap<String, Input>,
    /// How the bank data is to be had.
    #[serde(default, skip_serializing_if = "BankData::is_unspecified")]
    pub bank_data: BankData,
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

impl Term {
    /// The length in days, a month being a twelfth of 365 days, rounded down.
    pub fn days(self) -> u32 {
        match self.unit {
            TermUnit::Days => self.count,
            TermUnit::Weeks => self.count.saturating_mul(7),
            TermUnit::Months => self.count.saturating_mul(365) / 12,
        }
    }

    /// The date on which the term ends when it starts on `start`.
    pub fn end(self, start: NaiveDate) -> Option<NaiveDate> {
        match self.unit {
            TermUnit::Months => start.checked_add_months(Months::new(self.count)),
            TermUnit::Days | TermUnit::Weeks => {
                start.checked_add_days(chrono::Days::new(u64::from(self.days())))
            }
        }
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

/// An extra input, typed by the caller; the rule set says which type it wants.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Input {
    /// An amount.
    Money(Money),
    /// A plain number, ratio or percentage, or a count: what it means is the rule set's to say.
    Number(#[serde(with = "rust_decimal::serde::str")] Decimal),
    /// A date.
    Date(NaiveDate),
    /// A text.
    Text(String),
    /// Yes or no.
    Bool(bool),
}

/// What is wrong with an application, and in which field.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{field}: {problem}")]
pub struct ApplicationError {
    /// The field as the caller wrote it: `application.applicants[0].account_ids[2]`.
    pub field: String,
    /// What is wrong and what to do instead; never quotes personal data.
    pub problem: String,
}

impl Application {
    /// Checks everything that holds between the fields, reporting every violation, and writes
    /// numbers in one way, so that equal applications have equal bytes.
    pub fn check(mut self) -> Result<Self, Vec<ApplicationError>> {
        for input in self.inputs.values_mut() {
            if let Input::Number(number) = input {
                *number = number.normalize();
            }
        }
        let mut errors = Vec::new();
        let mut fail = |field: String, problem: &str| {
            errors.push(ApplicationError {
                field,
                problem: problem.to_owned(),
            });
        };
        check_loan(&self, &mut fail);
        check_applicants(&self.applicants, &mut fail);
        check_inputs(&self.inputs, &mut fail);
        if errors.is_empty() {
            Ok(self)
        } else {
            Err(errors)
        }
    }

    /// The main applicant.
    pub fn primary(&self) -> Option<&Applicant> {
        self.applicants
            .iter()
            .find(|applicant| applicant.role == Role::Primary)
    }

    /// Every account with the index of the applicant whose it is, in the order given.
    pub fn accounts(&self) -> impl Iterator<Item = (usize, &AccountId)> {
        self.applicants
            .iter()
            .enumerate()
            .flat_map(|(index, applicant)| {
                applicant
                    .account_ids
                    .iter()
                    .map(move |account| (index, account))
            })
    }

    /// The currency of the loan.
    pub fn currency(&self) -> Currency {
        self.requested_amount.currency()
    }
}

fn check_loan(application: &Application, fail: &mut impl FnMut(String, &str)) {
    let field = |name: &str| format!("application.{name}");
    let amount = application.requested_amount;
    if amount.minor() <= 0 {
        fail(field("requested_amount"), "must be above zero");
    } else if amount.to_decimal() > Decimal::from(limits::AMOUNT_MAJOR_MAX) {
        fail(field("requested_amount"), "is above 1,000,000,000");
    }
    if application.term.count == 0 {
        fail(field("term.count"), "must be at least 1");
    } else if application.term.days() > limits::TERM_DAYS_MAX {
        fail(field("term.count"), "is longer than 40 years");
    }
    check_text(&application.product, true, field("product"), fail);
    if let Some(purpose) = &application.purpose {
        check_text(purpose, true, field("purpose"), fail);
    }
}

fn check_text(text: &str, required: bool, field: String, fail: &mut impl FnMut(String, &str)) {
    if required && text.trim().is_empty() {
        fail(field, "is required");
    } else if text.len() > limits::TEXT_BYTES_MAX {
        fail(field, "is longer than 500 bytes");
    } else if text.chars().any(|c| c.is_control() && c != '\n') {
        // Nobody's name has one, and a terminal obeys it when the decision is shown.
        fail(field, "has a control character: send plain text");
    }
}

fn check_applicants(applicants: &[Applicant], fail: &mut impl FnMut(String, &str)) {
    let list = || "application.applicants".to_owned();
    if applicants.is_empty() {
        fail(
            list(),
            "has nobody in it: send at least the primary applicant",
        );
        return;
    }
    if applicants.len() > limits::APPLICANTS_MAX {
        fail(list(), "has more than 10 applicants");
    }
    if applicants
        .iter()
        .filter(|applicant| applicant.role == Role::Primary)
        .count()
        != 1
    {
        fail(list(), "needs exactly one applicant of role PRIMARY");
    }
    let total: usize = applicants
        .iter()
        .map(|applicant| applicant.account_ids.len() + applicant.handles.len())
        .sum();
    if total > limits::ACCOUNTS_MAX {
        fail(list(), "has more than 50 accounts and handles in all");
    }
    let mut people = BTreeSet::new();
    let (mut accounts, mut handles) = (BTreeSet::new(), BTreeSet::new());
    for (index, applicant) in applicants.iter().enumerate() {
        let field = |name: &str| format!("application.applicants[{index}].{name}");
        if !people.insert(&applicant.id) {
            fail(field("id"), "is the id of another applicant too");
        }
        if applicant.role == Role::Primary
            && applicant.account_ids.is_empty()
            && applicant.handles.is_empty()
        {
            fail(
                field("account_ids"),
                "is empty: the primary applicant needs a linked account, or a handle that leads to \
                 one",
            );
        }
        for (row, account) in applicant.account_ids.iter().enumerate() {
            if !accounts.insert(account) {
                fail(
                    field(&format!("account_ids[{row}]")),
                    "is listed twice: name each account once, a joint account under one applicant",
                );
            }
        }
        for (row, handle) in applicant.handles.iter().enumerate() {
            if !handles.insert(handle) {
                fail(
                    field(&format!("handles[{row}]")),
                    "is listed twice: name each handle once, one of joint accounts under one \
                     applicant",
                );
            }
        }
        check_identity(&applicant.identity, &field, fail);
    }
}

fn check_identity(
    identity: &Identity,
    field: &impl Fn(&str) -> String,
    fail: &mut impl FnMut(String, &str),
) {
    check_text(&identity.name, true, field("identity.name"), fail);
    check_text(
        identity.email.as_deref().unwrap_or(""),
        false,
        field("identity.email"),
        fail,
    );
    check_text(
        identity.phone.as_deref().unwrap_or(""),
        false,
        field("identity.phone"),
        fail,
    );
    if let Some(address) = &identity.address {
        let parts = [
            (&address.street, "identity.address.street"),
            (&address.city, "identity.address.city"),
            (&address.region, "identity.address.region"),
            (&address.postal_code, "identity.address.postal_code"),
            (&address.country, "identity.address.country"),
        ];
        for (text, name) in parts {
            check_text(text, false, field(name), fail);
        }
    }
}

/// The path of an input in a request: `application.inputs["NAME"]`. A name that is not plain is escaped.
pub fn input_field(name: &str) -> String {
    format!("application.inputs[\"{}\"]", name.escape_debug())
}

fn check_inputs(inputs: &BTreeMap<String, Input>, fail: &mut impl FnMut(String, &str)) {
    if inputs.len() > limits::INPUTS_MAX {
        fail("application.inputs".to_owned(), "has more than 100 entries");
    }
    for (name, input) in inputs {
        if name.is_empty() || name.len() > limits::ID_BYTES_MAX {
            fail(
                "application.inputs".to_owned(),
                "has a name that is empty or too long",
            );
        } else if let Input::Text(text) = input {
            check_text(text, false, input_field(name), fail);
        }
    }
}
