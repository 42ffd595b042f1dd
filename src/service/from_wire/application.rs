//! The application with its applicants and inputs.

use std::collections::BTreeMap;

use super::bank_data::bank_data;
use super::{Problems, choose, date, decimal, id, money, required};
use crate::application::{
    Address, Applicant, Application, ApplicationError, Identity, Input, RepaymentFrequency, Role,
    Term, TermUnit, input_field,
};
use crate::id::{AccountId, ApplicantId, ApplicationId, Handle};
use crate::limits;
use crate::money::{Currency, Money};
use crate::proto;

/// Parses an application, checks between its fields included.
pub fn application(wire: proto::Application) -> Result<Application, Vec<ApplicationError>> {
    let mut problems = Problems::default();
    let problems_of = &mut problems;
    let placeholder = Money::new(1, Currency::USD);
    let amount = required(
        problems_of,
        "application.requested_amount",
        &wire.requested_amount,
    )
    .and_then(|amount| money(problems_of, "application.requested_amount", amount));
    let first_payment_date = wire
        .first_payment_date
        .as_ref()
        .and_then(|wire| problems_of.keep("application.first_payment_date", date(&wire.value)));
    let id = id(
        problems_of,
        "application.id",
        &wire.id,
        ApplicationId::parse,
    );
    let application = Application {
        // A text that is always an id; see the invariant of `Problems`.
        id: id
            .or_else(|| ApplicationId::parse("placeholder").ok())
            .ok_or_else(Vec::new)?,
        product: wire.product,
        requested_amount: amount.unwrap_or(placeholder),
        term: term(problems_of, wire.term),
        repayment_frequency: repayment_frequency(problems_of, wire.repayment_frequency),
        first_payment_date,
        purpose: (!wire.purpose.is_empty()).then_some(wire.purpose),
        applicants: applicants(problems_of, wire.applicants),
        inputs: inputs(problems_of, wire.inputs),
        bank_data: bank_data(problems_of, wire.bank_data),
    };
    match application.check() {
        Ok(application) => problems.into_result(Some(application)),
        Err(mut found) => {
            problems.0.append(&mut found);
            Err(problems.0)
        }
    }
}

fn term(problems: &mut Problems, wire: Option<proto::Term>) -> Term {
    const PLACEHOLDER: Term = Term {
        count: 1,
        unit: TermUnit::Days,
    };
    let Some(wire) = required(problems, "application.term", &wire) else {
        return PLACEHOLDER;
    };
    let unit = match proto::TermUnit::try_from(wire.unit) {
        Ok(proto::TermUnit::Days) => Some(TermUnit::Days),
        Ok(proto::TermUnit::Weeks) => Some(TermUnit::Weeks),
        Ok(proto::TermUnit::Months) => Some(TermUnit::Months),
        Ok(proto::TermUnit::Unspecified) | Err(_) => None,
    };
    let field = "application.term.unit";
    let unit = choose(problems, field, wire.unit, unit, "DAYS, WEEKS or MONTHS");
    Term {
        count: wire.count,
        unit: unit.unwrap_or(PLACEHOLDER.unit),
    }
}

fn repayment_frequency(problems: &mut Problems, wire: i32) -> RepaymentFrequency {
    use proto::RepaymentFrequency as Wire;
    let frequency = match Wire::try_from(wire) {
        Ok(Wire::Weekly) => Some(RepaymentFrequency::Weekly),
        Ok(Wire::Biweekly) => Some(RepaymentFrequency::Biweekly),
        Ok(Wire::SemiMonthly) => Some(RepaymentFrequency::SemiMonthly),
        Ok(Wire::Monthly) => Some(RepaymentFrequency::Monthly),
        Ok(Wire::Single) => Some(RepaymentFrequency::Single),
        Ok(Wire::Unspecified) | Err(_) => None,
    };
    let words = "WEEKLY, BIWEEKLY, SEMI_MONTHLY, MONTHLY or SINGLE";
    let field = "application.repayment_frequency";
    choose(problems, field, wire, frequency, words).unwrap_or(RepaymentFrequency::Single)
}

fn applicants(problems: &mut Problems, wire: Vec<proto::Applicant>) -> Vec<Applicant> {
    let roles = roles(problems, &wire);
    wire.into_iter()
        .zip(roles)
        .enumerate()
        .filter_map(|(index, (wire, role))| {
            let field = |name: &str| format!("application.applicants[{index}].{name}");
            let id = id(problems, &field("id"), &wire.id, ApplicantId::parse);
            let rows = wire.account_ids.iter().enumerate();
            let account_ids = rows
                .filter_map(|(row, text)| {
                    let field = field(&format!("account_ids[{row}]"));
                    self::id(problems, &field, text, AccountId::parse).or_else(|| {
                        AccountId::parse(&format!("fca_placeholder_{index}_{row}")).ok()
                    })
                })
                .collect();
            Some(Applicant {
                id: match id {
                    Some(id) => id,
                    None => ApplicantId::parse(&format!("placeholder:{index}")).ok()?,
                },
                role: role.unwrap_or(Role::CoApplicant),
                identity: identity(problems, &field("identity"), wire.identity),
                account_ids,
                handles: handles(problems, index, &wire.handles),
            })
        })
        .collect()
}

fn handles(problems: &mut Problems, applicant: usize, wire: &[String]) -> Vec<Handle> {
    let rows = wire.iter().enumerate();
    rows.filter_map(|(row, text)| {
        let field = format!("application.applicants[{applicant}].handles[{row}]");
        let parsed = Handle::parse(text).map_err(|error| error.to_string());
        // A text that is always a handle, and of nobody else; see the invariant of `Problems`.
        problems
            .keep(&field, parsed)
            .or_else(|| Handle::parse(&format!("pi_placeholder_{applicant}_{row}")).ok())
    })
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

/// The role of each; an unknown one is recorded. Where nobody is primary, the first unknown one is
/// taken for it, so that one mistake is not reported twice.
fn roles(problems: &mut Problems, wire: &[proto::Applicant]) -> Vec<Option<Role>> {
    let words = "PRIMARY, CO_APPLICANT or GUARANTOR";
    let known: Vec<Option<Role>> = wire.iter().map(|who| role(who.role)).collect();
    let has_primary = known.contains(&Some(Role::Primary));
    let mut stand_in = (!has_primary).then_some(Role::Primary);
    wire.iter()
        .zip(known)
        .enumerate()
        .map(|(index, (who, role))| {
            let field = format!("application.applicants[{index}].role");
            choose(problems, &field, who.role, role, words).or_else(|| stand_in.take())
        })
        .collect()
}

fn identity(problems: &mut Problems, field: &str, wire: Option<proto::Identity>) -> Identity {
    let Some(wire) = wire else {
        problems.add(field, "is required");
        return Identity {
            name: "placeholder".to_owned(),
            ..Identity::default()
        };
    };
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
) -> BTreeMap<String, Input> {
    use proto::input_value::Kind;
    wire.into_iter()
        .map(|(name, value)| {
            // A name that is too long is reported by `Application::check`, unquoted.
            let field = match name.len() {
                1..=limits::ID_BYTES_MAX => input_field(&name),
                _ => "application.inputs".to_owned(),
            };
            let input = match value.kind {
                Some(Kind::Money(wire)) => money(problems, &field, &wire).map(Input::Money),
                Some(Kind::Number(wire)) => {
                    let number = decimal(&wire.value);
                    problems.keep(&field, number).map(Input::Number)
                }
                Some(Kind::Date(wire)) => problems.keep(&field, date(&wire.value)).map(Input::Date),
                Some(Kind::Text(text)) => Some(Input::Text(text)),
                Some(Kind::Boolean(truth)) => Some(Input::Bool(truth)),
                None => {
                    problems.add(
                        &field,
                        "has no value: send `money`, `number`, `date`, `text` or `boolean`, \
                         or leave the input out",
                    );
                    None
                }
            };
            (name, input.unwrap_or(Input::Bool(false)))
        })
        .collect()
}
