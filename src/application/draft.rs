//! An application as it was sent, and the checks that make an [`Application`] of it.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::report::Report;
use super::resolution::{DraftResolution, check_resolution};
use super::stream_review::{DraftStreamReview, check_stream_reviews};
use super::{
    Applicant, Application, ApplicationError, BankData, Identity, Input, RepaymentFrequency, Role,
    Term, TermUnit, input_field,
};
use crate::id::{AccountId, ApplicantId, ApplicationId, Handle};
use crate::limits;
use crate::money::Money;

/// An application as it was sent. What was not sent, or could not be read, is `None`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Draft {
    /// The caller's name for it.
    pub id: Option<ApplicationId>,
    /// The lender's product, free text: `personal_loan`.
    pub product: String,
    /// The amount asked for.
    pub requested_amount: Option<Money>,
    /// How long it is to run.
    pub term: Option<DraftTerm>,
    /// How often it is to be repaid.
    pub repayment_frequency: Option<RepaymentFrequency>,
    /// When the first payment would be due; may be left out.
    pub first_payment_date: Option<NaiveDate>,
    /// The account that payments are to be drawn from; may be left out.
    pub debit_account: Option<AccountId>,
    /// What the money is for; may be left out.
    pub purpose: Option<String>,
    /// Who asks.
    pub applicants: Vec<DraftApplicant>,
    /// Extra inputs by name.
    pub inputs: BTreeMap<String, Option<Input>>,
    /// How the bank data is to be had.
    pub bank_data: BankData,
    /// What reviewers say of streams of income.
    pub stream_reviews: Vec<DraftStreamReview>,
    /// What it settles; nobody sends one, see [`Application::resolved`].
    pub resolution: Option<DraftResolution>,
    /// What could not be read of what was sent, found by whoever read it. A field named here is
    /// not reported as missing as well.
    pub unreadable: Vec<ApplicationError>,
}

/// How long a loan is to run, as it was sent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DraftTerm {
    /// How many units.
    pub count: u32,
    /// The unit.
    pub unit: Option<TermUnit>,
}

/// A person who applies, as it was sent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DraftApplicant {
    /// The caller's name for the person.
    pub id: Option<ApplicantId>,
    /// In what capacity.
    pub role: Option<Role>,
    /// Who the person says to be.
    pub identity: Option<Identity>,
    /// The linked accounts that are this person's, each in its place.
    pub account_ids: Vec<Option<AccountId>>,
    /// Other objects of Stripe's behind which linked accounts are found, each in its place.
    pub handles: Vec<Option<Handle>>,
}

impl From<Term> for DraftTerm {
    fn from(term: Term) -> Self {
        Self {
            count: term.count,
            unit: Some(term.unit),
        }
    }
}

impl From<Applicant> for DraftApplicant {
    fn from(applicant: Applicant) -> Self {
        Self {
            id: Some(applicant.id),
            role: Some(applicant.role),
            identity: Some(applicant.identity),
            account_ids: applicant.account_ids.into_iter().map(Some).collect(),
            handles: applicant.handles.into_iter().map(Some).collect(),
        }
    }
}

impl Application {
    /// The draft that gives this application when it is checked.
    pub fn into_draft(self) -> Draft {
        let inputs = self.inputs.into_iter();
        Draft {
            id: Some(self.id),
            product: self.product,
            requested_amount: Some(self.requested_amount),
            term: Some(self.term.into()),
            repayment_frequency: Some(self.repayment_frequency),
            first_payment_date: self.first_payment_date,
            debit_account: self.debit_account,
            purpose: self.purpose,
            applicants: self.applicants.into_iter().map(Into::into).collect(),
            inputs: inputs.map(|(name, input)| (name, Some(input))).collect(),
            bank_data: self.bank_data,
            stream_reviews: self.stream_reviews.into_iter().map(Into::into).collect(),
            resolution: self.resolution.map(Into::into),
            unreadable: Vec::new(),
        }
    }
}

impl Draft {
    /// Checks everything that can be checked without the bank's data and the rule set, reporting
    /// every violation, and writes numbers in one way, so that equal applications have equal
    /// bytes.
    ///
    /// # Errors
    ///
    /// All that is wrong, each with its field: first what could not be read, then the rest.
    pub fn check(self) -> Result<Application, Vec<ApplicationError>> {
        let mut report = Report(self.unreadable);
        let (product, purpose) = (self.product, self.purpose);
        let id = report.required("application.id", self.id);
        let requested_amount = check_amount(&mut report, self.requested_amount);
        let term = check_term(&mut report, self.term);
        let repayment_frequency = report.chosen(
            "application.repayment_frequency",
            self.repayment_frequency,
            RepaymentFrequency::CHOICES,
        );
        report.text("application.product", &product, true);
        if let Some(purpose) = &purpose {
            report.text("application.purpose", purpose, true);
        }
        let applicants = check_applicants(&mut report, self.applicants);
        check_debit_account(
            &mut report,
            self.debit_account.as_ref(),
            applicants.as_deref(),
        );
        let inputs = check_inputs(&mut report, self.inputs);
        let list = "application.stream_reviews";
        let stream_reviews = check_stream_reviews(&mut report, list, self.stream_reviews);
        let resolution = self
            .resolution
            .map(|sent| check_resolution(&mut report, sent, &inputs));
        let checked = move || {
            Some(Application {
                id: id?,
                product,
                requested_amount: requested_amount?,
                term: term?,
                repayment_frequency: repayment_frequency?,
                first_payment_date: self.first_payment_date,
                debit_account: self.debit_account,
                purpose,
                applicants: applicants?,
                inputs,
                bank_data: self.bank_data,
                stream_reviews: stream_reviews?,
                resolution: resolution.map_or(Some(None), |checked| checked.map(Some))?,
            })
        };
        match checked() {
            Some(application) if report.0.is_empty() => Ok(application),
            _ => Err(report.0),
        }
    }
}

fn check_amount(report: &mut Report, amount: Option<Money>) -> Option<Money> {
    let field = "application.requested_amount";
    let amount = report.required(field, amount)?;
    if amount.minor() <= 0 {
        report.fail(field, "must be above zero");
    } else if amount.to_decimal() > Decimal::from(limits::AMOUNT_MAJOR_MAX) {
        report.fail(field, "is above 1,000,000,000");
    }
    Some(amount)
}

fn check_term(report: &mut Report, term: Option<DraftTerm>) -> Option<Term> {
    let sent = report.required("application.term", term)?;
    let unit = report.chosen("application.term.unit", sent.unit, TermUnit::CHOICES);
    let term = Term {
        count: sent.count,
        // What is too long in the shortest unit is so in any.
        unit: unit.unwrap_or(TermUnit::Days),
    };
    if term.count == 0 {
        report.fail("application.term.count", "must be at least 1");
    } else if unit == Some(TermUnit::Months) && term.count > limits::TERM_MONTHS_MAX {
        report.fail("application.term.count", "is longer than 480 months");
    } else if term.days() > limits::TERM_DAYS_MAX {
        report.fail("application.term.count", "is longer than 40 years");
    }
    unit.map(|_| term)
}

fn check_applicants(report: &mut Report, sent: Vec<DraftApplicant>) -> Option<Vec<Applicant>> {
    let list = "application.applicants";
    if sent.is_empty() {
        report.fail(
            list,
            "has nobody in it: send at least the primary applicant",
        );
        return None;
    }
    if sent.len() > limits::APPLICANTS_MAX {
        report.fail(list, "has more than 10 applicants");
    }
    let roles = check_roles(report, &sent);
    let total: usize = sent
        .iter()
        .map(|applicant| applicant.account_ids.len() + applicant.handles.len())
        .sum();
    if total > limits::ACCOUNTS_MAX {
        report.fail(list, "has more than 50 accounts and handles in all");
    }
    let mut seen = Seen::default();
    let applicants: Vec<Option<Applicant>> = sent
        .into_iter()
        .zip(roles)
        .enumerate()
        .map(|(index, (sent, role))| check_applicant(report, &mut seen, index, sent, role))
        .collect();
    applicants.into_iter().collect()
}

/// One of the accounts that are named; behind handles there may be any.
fn check_debit_account(
    report: &mut Report,
    debited: Option<&AccountId>,
    applicants: Option<&[Applicant]>,
) {
    let (Some(debited), Some(applicants)) = (debited, applicants) else {
        return;
    };
    let known = |applicant: &Applicant| {
        applicant.account_ids.contains(debited) || !applicant.handles.is_empty()
    };
    if !applicants.iter().any(known) {
        report.fail(
            "application.debit_account",
            "is not one of the accounts of the applicants: name it under the applicant whose it is",
        );
    }
}

/// The role of each. Where nobody is primary, the first whose role is missing is taken for it, so
/// that one mistake is not reported twice.
fn check_roles(report: &mut Report, sent: &[DraftApplicant]) -> Vec<Option<Role>> {
    let mut roles = Vec::with_capacity(sent.len());
    for (index, applicant) in sent.iter().enumerate() {
        let field = format!("application.applicants[{index}].role");
        roles.push(report.chosen(&field, applicant.role, Role::CHOICES));
    }
    let primary = |role: &&Option<Role>| **role == Some(Role::Primary);
    if !roles.iter().any(|role| primary(&role))
        && let Some(missing) = roles.iter_mut().find(|role| role.is_none())
    {
        *missing = Some(Role::Primary);
    }
    if roles.iter().filter(primary).count() != 1 {
        report.fail(
            "application.applicants",
            "needs exactly one applicant of role PRIMARY",
        );
    }
    roles
}

/// What stood under applicants before.
#[derive(Default)]
struct Seen {
    people: BTreeSet<ApplicantId>,
    accounts: BTreeSet<AccountId>,
    handles: BTreeSet<Handle>,
}

fn check_applicant(
    report: &mut Report,
    seen: &mut Seen,
    index: usize,
    sent: DraftApplicant,
    role: Option<Role>,
) -> Option<Applicant> {
    let field = |name: &str| format!("application.applicants[{index}].{name}");
    let id = report.required(&field("id"), sent.id);
    if let Some(id) = &id
        && !seen.people.insert(id.clone())
    {
        report.fail(field("id"), "is the id of another applicant too");
    }
    if role == Some(Role::Primary) && sent.account_ids.is_empty() && sent.handles.is_empty() {
        report.fail(
            field("account_ids"),
            "is empty: the primary applicant needs a linked account, or a handle that leads to one",
        );
    }
    let account_ids = check_rows(
        report,
        &field("account_ids"),
        sent.account_ids,
        &mut seen.accounts,
        "is listed twice: name each account once, a joint account under one applicant",
    );
    let handles = check_rows(
        report,
        &field("handles"),
        sent.handles,
        &mut seen.handles,
        "is listed twice: name each handle once, one of joint accounts under one applicant",
    );
    let identity = report.required(&field("identity"), sent.identity);
    if let Some(identity) = &identity {
        check_identity(report, identity, &field);
    }
    Some(Applicant {
        id: id?,
        role: role?,
        identity: identity?,
        account_ids: account_ids?,
        handles: handles?,
    })
}

/// The ids of a list, each of which is to stand once in the whole application.
fn check_rows<T: Ord + Clone>(
    report: &mut Report,
    list: &str,
    sent: Vec<Option<T>>,
    seen: &mut BTreeSet<T>,
    twice: &str,
) -> Option<Vec<T>> {
    let mut rows = Vec::with_capacity(sent.len());
    for (row, id) in sent.into_iter().enumerate() {
        let field = format!("{list}[{row}]");
        let id = report.required(&field, id);
        if let Some(id) = &id
            && !seen.insert(id.clone())
        {
            report.fail(field, twice);
        }
        rows.push(id);
    }
    rows.into_iter().collect()
}

fn check_identity(report: &mut Report, identity: &Identity, field: &impl Fn(&str) -> String) {
    report.text(field("identity.name"), &identity.name, true);
    let (email, phone) = (identity.email.as_deref(), identity.phone.as_deref());
    report.text(field("identity.email"), email.unwrap_or(""), false);
    report.text(field("identity.phone"), phone.unwrap_or(""), false);
    if let Some(address) = &identity.address {
        let parts = [
            (&address.street, "identity.address.street"),
            (&address.city, "identity.address.city"),
            (&address.region, "identity.address.region"),
            (&address.postal_code, "identity.address.postal_code"),
            (&address.country, "identity.address.country"),
        ];
        for (text, name) in parts {
            // An address may be written in lines.
            report.text(field(name), &text.replace('\n', " "), false);
        }
    }
}

fn check_inputs(
    report: &mut Report,
    sent: BTreeMap<String, Option<Input>>,
) -> BTreeMap<String, Input> {
    if sent.len() > limits::INPUTS_MAX {
        report.fail("application.inputs", "has more than 100 entries");
    }
    let mut inputs = BTreeMap::new();
    for (name, input) in sent {
        let field = input_field(&name);
        if input.is_none() {
            report.missing(
                &field,
                "has no value: send `money`, `number`, `date`, `text` or `boolean`, \
                 or leave the input out",
            );
        }
        if name.is_empty() || name.len() > limits::ID_BYTES_MAX {
            report.fail(field, "has a name that is empty or too long");
        } else if let Some(Input::Text(text)) = &input {
            report.text(field, text, false);
        }
        inputs.extend(input.map(|input| (name, input.normalized())));
    }
    inputs
}
