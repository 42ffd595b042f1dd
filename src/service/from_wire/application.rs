//! The application with its applicants and inputs, read into a [`Draft`].

use std::collections::BTreeMap;

use super::bank_data::bank_data;
use super::{Problems, date, decimal, known, money, optional_id, optional_instant};
use crate::application::{
    Address, Application, ApplicationError, Draft, DraftApplicant, DraftStreamReview, DraftTerm,
    Identity, Input, RepaymentFrequency, ReviewVerdict, Role, TermUnit, input_field,
};
use crate::id::{AccountId, ApplicantId, ApplicationId, Handle, TransactionId};
use crate::proto;

/// Parses an application, checks between its fields included.
pub fn application(wire: proto::Application) -> Result<Application, Vec<ApplicationError>> {
    draft(wire).check()
}

fn draft(wire: proto::Application) -> Draft {
    let mut problems = Problems::default();
    let problems_of = &mut problems;
    let amount = wire
        .requested_amount
        .and_then(|amount| money(problems_of, "application.requested_amount", &amount));
    let first_payment_date = wire
        .first_payment_date
        .and_then(|wire| problems_of.keep("application.first_payment_date", date(&wire.value)));
    let field = "application.debit_account";
    let debit_account = optional_id(problems_of, field, &wire.debit_account, AccountId::parse);
    Draft {
        id: optional_id(
            problems_of,
            "application.id",
            &wire.id,
            ApplicationId::parse,
        ),
        product: wire.product,
        requested_amount: amount,
        term: wire.term.map(|wire| term(problems_of, wire)),
        repayment_frequency: repayment_frequency(problems_of, wire.repayment_frequency),
        first_payment_date,
        debit_account,
        purpose: (!wire.purpose.is_empty()).then_some(wire.purpose),
        applicants: wire
            .applicants
            .into_iter()
            .enumerate()
            .map(|(index, wire)| applicant(problems_of, index, wire))
            .collect(),
        inputs: inputs(problems_of, wire.inputs),
        stream_reviews: wire
            .stream_reviews
            .into_iter()
            .enumerate()
            .map(|(index, wire)| {
                let field = format!("application.stream_reviews[{index}]");
                stream_review(problems_of, &field, wire)
            })
            .collect(),
        bank_data: bank_data(problems_of, wire.bank_data),
        resolution: None,
        unreadable: problems.0,
    }
}

fn term(problems: &mut Problems, wire: proto::Term) -> DraftTerm {
    let unit = match proto::TermUnit::try_from(wire.unit) {
        Ok(proto::TermUnit::Days) => Some(TermUnit::Days),
        Ok(proto::TermUnit::Weeks) => Some(TermUnit::Weeks),
        Ok(proto::TermUnit::Months) => Some(TermUnit::Months),
        Ok(proto::TermUnit::Unspecified) | Err(_) => None,
    };
    let field = "application.term.unit";
    DraftTerm {
        count: wire.count,
        unit: known(problems, field, wire.unit, unit, TermUnit::CHOICES),
    }
}

fn repayment_frequency(problems: &mut Problems, wire: i32) -> Option<RepaymentFrequency> {
    use proto::RepaymentFrequency as Wire;
    let frequency = match Wire::try_from(wire) {
        Ok(Wire::Weekly) => Some(RepaymentFrequency::Weekly),
        Ok(Wire::Biweekly) => Some(RepaymentFrequency::Biweekly),
        Ok(Wire::SemiMonthly) => Some(RepaymentFrequency::SemiMonthly),
        Ok(Wire::Monthly) => Some(RepaymentFrequency::Monthly),
        Ok(Wire::Single) => Some(RepaymentFrequency::Single),
        Ok(Wire::Unspecified) | Err(_) => None,
    };
    let field = "application.repayment_frequency";
    known(
        problems,
        field,
        wire,
        frequency,
        RepaymentFrequency::CHOICES,
    )
}

fn applicant(problems: &mut Problems, index: usize, wire: proto::Applicant) -> DraftApplicant {
    let field = |name: &str| format!("application.applicants[{index}].{name}");
    let role = role(wire.role);
    DraftApplicant {
        role: known(problems, &field("role"), wire.role, role, Role::CHOICES),
        id: optional_id(problems, &field("id"), &wire.id, ApplicantId::parse),
        account_ids: rows(&field("account_ids"), &wire.account_ids, |field, text| {
            optional_id(problems, field, text, AccountId::parse)
        }),
        handles: rows(&field("handles"), &wire.handles, |field, text| {
            let parsed = Handle::parse(text).map_err(|error| error.to_string());
            problems.keep(field, parsed)
        }),
        identity: wire.identity.map(identity),
    }
}

pub(super) fn stream_review(
    problems: &mut Problems,
    of: &str,
    wire: proto::StreamReview,
) -> DraftStreamReview {
    use proto::ReviewVerdict as Wire;
    let field = |name: &str| format!("{of}.{name}");
    let verdict = match Wire::try_from(wire.verdict) {
        Ok(Wire::Confirmed) => Some(ReviewVerdict::Confirmed),
        Ok(Wire::Refused) => Some(ReviewVerdict::Refused),
        Ok(Wire::Unspecified) | Err(_) => None,
    };
    DraftStreamReview {
        account: optional_id(
            problems,
            &field("account_id"),
            &wire.account_id,
            AccountId::parse,
        ),
        transaction: optional_id(
            problems,
            &field("transaction_id"),
            &wire.transaction_id,
            TransactionId::parse,
        ),
        verdict: known(
            problems,
            &field("verdict"),
            wire.verdict,
            verdict,
            ReviewVerdict::CHOICES,
        ),
        reviewer: wire.reviewer,
        reason: wire.reason,
        reviewed_at: optional_instant(problems, &field("review_time"), wire.review_time.as_ref()),
    }
}

/// Reads a list, each row under its own field.
fn rows<T>(
    list: &str,
    wire: &[String],
    mut read: impl FnMut(&str, &str) -> Option<T>,
) -> Vec<Option<T>> {
    let rows = wire.iter().enumerate();
    rows.map(|(row, text)| read(&format!("{list}[{row}]"), text))
        .collect()
}

fn role(wire: i32) -> Option<Role> {
    match proto::ApplicantRole::try_from(wire) {
        Ok(proto::ApplicantRole::Primary) => Some(Role::Primary),
        Ok(proto::ApplicantRole::CoApplicant) => Some(Role::CoApplicant),
        Ok(proto::ApplicantRole::Guarantor) => Some(Role::Guarantor),
        Ok(proto::ApplicantRole::Unspecified) | Err(_) => None,
    }
}

fn identity(wire: proto::Identity) -> Identity {
    let given = |text: String| (!text.is_empty()).then_some(text);
    Identity {
        name: wire.name,
        email: given(wire.email),
        phone: given(wire.phone),
        address: wire.address.map(|wire| Address {
            street: wire.street,
            city: wire.city,
            region: wire.region,
            postal_code: wire.postal_code,
            country: wire.country,
        }),
    }
}

fn inputs(
    problems: &mut Problems,
    wire: BTreeMap<String, proto::InputValue>,
) -> BTreeMap<String, Option<Input>> {
    wire.into_iter()
        .map(|(name, value)| {
            let input = input(problems, &input_field(&name), value);
            (name, input)
        })
        .collect()
}

pub(super) fn input(
    problems: &mut Problems,
    field: &str,
    wire: proto::InputValue,
) -> Option<Input> {
    use proto::input_value::Kind;
    match wire.kind? {
        Kind::Money(wire) => money(problems, field, &wire).map(Input::Money),
        Kind::Number(wire) => problems
            .keep(field, decimal(&wire.value))
            .map(Input::Number),
        Kind::Date(wire) => problems.keep(field, date(&wire.value)).map(Input::Date),
        Kind::Text(text) => Some(Input::Text(text)),
        Kind::Boolean(truth) => Some(Input::Bool(truth)),
    }
}
