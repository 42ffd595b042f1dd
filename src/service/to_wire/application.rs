//! What was asked for, as a caller would send it.

use std::time::Duration;

use super::{date, decimal, money, streams, words};
use crate::application::{
    Applicant, Application, BankData, Identity, Input, RepaymentFrequency, Role, Term, TermUnit,
};
use crate::proto;

/// An application, as a caller would send it.
pub fn application(application: &Application) -> proto::Application {
    proto::Application {
        id: application.id().to_string(),
        product: application.product().to_owned(),
        requested_amount: Some(money(application.requested_amount())),
        term: Some(term(application.term())),
        repayment_frequency: frequency(application.repayment_frequency()).into(),
        first_payment_date: application.first_payment_date().map(date),
        debit_account: application
            .debit_account()
            .map(ToString::to_string)
            .unwrap_or_default(),
        purpose: application.purpose().unwrap_or_default().to_owned(),
        applicants: application.applicants().iter().map(applicant).collect(),
        inputs: application
            .inputs()
            .iter()
            .map(|(name, value)| (name.clone(), input(value)))
            .collect(),
        bank_data: (!application.bank_data().is_unspecified())
            .then(|| bank_data(application.bank_data())),
        stream_reviews: application
            .stream_reviews()
            .iter()
            .map(streams::review)
            .collect(),
    }
}

fn bank_data(said: &BankData) -> proto::BankData {
    let age = |age: Option<Duration>| {
        age.map(|age| prost_types::Duration {
            seconds: i64::try_from(age.as_secs()).unwrap_or(i64::MAX),
            nanos: 0,
        })
    };
    let filter = &said.accounts;
    proto::BankData {
        stripe_account: said
            .stripe_account
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default(),
        max_age: (!said.max_age.is_unspecified()).then(|| proto::MaxAge {
            balances: age(said.max_age.balances),
            ownership: age(said.max_age.ownership),
            transactions: age(said.max_age.transactions),
        }),
        account_filter: (!filter.is_default()).then(|| {
            let kinds = (filter.categories.iter(), filter.subcategories.iter());
            words::account_filter(kinds.0, kinds.1, filter.without_transactions)
        }),
    }
}

/// A term.
pub fn term(term: Term) -> proto::Term {
    let unit = match term.unit {
        TermUnit::Days => proto::TermUnit::Days,
        TermUnit::Weeks => proto::TermUnit::Weeks,
        TermUnit::Months => proto::TermUnit::Months,
    };
    proto::Term {
        count: term.count,
        unit: unit.into(),
    }
}

/// A frequency of repayment.
pub fn frequency(frequency: RepaymentFrequency) -> proto::RepaymentFrequency {
    match frequency {
        RepaymentFrequency::Weekly => proto::RepaymentFrequency::Weekly,
        RepaymentFrequency::Biweekly => proto::RepaymentFrequency::Biweekly,
        RepaymentFrequency::SemiMonthly => proto::RepaymentFrequency::SemiMonthly,
        RepaymentFrequency::Monthly => proto::RepaymentFrequency::Monthly,
        RepaymentFrequency::Single => proto::RepaymentFrequency::Single,
    }
}

fn applicant(applicant: &Applicant) -> proto::Applicant {
    let role = match applicant.role {
        Role::Primary => proto::ApplicantRole::Primary,
        Role::CoApplicant => proto::ApplicantRole::CoApplicant,
        Role::Guarantor => proto::ApplicantRole::Guarantor,
    };
    proto::Applicant {
        id: applicant.id.to_string(),
        role: role.into(),
        identity: Some(identity(&applicant.identity)),
        handles: applicant.handles.iter().map(ToString::to_string).collect(),
        account_ids: applicant
            .account_ids
            .iter()
            .map(ToString::to_string)
            .collect(),
    }
}

fn identity(identity: &Identity) -> proto::Identity {
    proto::Identity {
        name: identity.name.clone(),
        email: identity.email.clone().unwrap_or_default(),
        phone: identity.phone.clone().unwrap_or_default(),
        address: identity.address.as_ref().map(|address| proto::Address {
            street: address.street.clone(),
            city: address.city.clone(),
            region: address.region.clone(),
            postal_code: address.postal_code.clone(),
            country: address.country.clone(),
        }),
    }
}

/// An extra input.
pub fn input(input: &Input) -> proto::InputValue {
    use proto::input_value::Kind as Wire;
    proto::InputValue {
        kind: Some(match input {
            Input::Money(amount) => Wire::Money(money(*amount)),
            Input::Number(number) => Wire::Number(decimal(*number)),
            Input::Date(day) => Wire::Date(date(*day)),
            Input::Text(text) => Wire::Text(text.clone()),
            Input::Bool(truth) => Wire::Boolean(*truth),
        }),
    }
}
