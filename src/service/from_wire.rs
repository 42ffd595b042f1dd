//! From wire types to parsed ones, reporting every field that is wrong.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;

use super::page_token;
use crate::application::{
    AccountFilter, Address, Applicant, Application, ApplicationError, BankData, Identity, Input,
    MaxAge, RepaymentFrequency, Role, Term, TermUnit, input_field,
};
use crate::id::{
    AccountId, ApplicantId, ApplicationId, ConnectedAccountId, DecisionId, Handle, IdError,
    IdempotencyKey, RuleSetName, TenantId,
};
use crate::ledger::{Cursor, Filter};
use crate::limits;
use crate::money::{Currency, Money};
use crate::proto;
use crate::rules::Outcome;
use crate::snapshot::{Category, SnapshotHash, Subcategory};
use crate::underwriter;

/// How much of a decision to show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum View {
    /// Outcome, offer, principal reasons, score, data quality, pins.
    Summary,
    /// Everything that was recorded.
    Full,
}

/// A parsed request for a page of decisions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListQuery {
    /// Which decisions.
    pub filter: Filter,
    /// Where to read on.
    pub after: Option<Cursor>,
    /// How many at most.
    pub page_size: usize,
    /// How much of each to show.
    pub view: View,
}

/// Collects what is wrong while parsing goes on.
///
/// INVARIANT: a parser that records a problem returns a placeholder; [`Problems::settle`] lets
/// no value out where a problem was recorded, so a placeholder never leaves this file.
#[derive(Default)]
struct Problems(Vec<ApplicationError>);

impl Problems {
    fn add(&mut self, field: &str, problem: impl Into<String>) {
        self.0.push(ApplicationError {
            field: field.to_owned(),
            problem: problem.into(),
        });
    }

    /// Records the problem of a failed parse.
    fn keep<T>(&mut self, field: &str, parsed: Result<T, String>) -> Option<T> {
        parsed.map_err(|problem| self.add(field, problem)).ok()
    }

    fn settle<T>(self, value: Option<T>) -> Result<T, Vec<ApplicationError>> {
        match value {
            Some(value) if self.0.is_empty() => Ok(value),
            _ => Err(self.0),
        }
    }
}

/// Parses a request for a decision.
pub fn decide_request(
    tenant: TenantId,
    request: proto::DecideRequest,
) -> Result<(underwriter::Request, View), Vec<ApplicationError>> {
    let mut problems = Problems::default();
    let key = id(
        &mut problems,
        "idempotency_key",
        &request.idempotency_key,
        IdempotencyKey::parse,
    );
    let rule_set = id(
        &mut problems,
        "rule_set",
        &request.rule_set,
        RuleSetName::parse,
    );
    let view = view(&mut problems, request.view);
    let application = match request.application {
        Some(wire) => match application(wire) {
            Ok(application) => Some(application),
            Err(mut found) => {
                problems.0.append(&mut found);
                None
            }
        },
        None => {
            problems.add("application", "is required");
            None
        }
    };
    let parts = key
        .zip(rule_set)
        .zip(application)
        .map(|((key, rule_set), application)| {
            let request = underwriter::Request {
                tenant,
                key,
                rule_set,
                application,
            };
            (request, view)
        });
    problems.settle(parts)
}

/// Parses a request for one decision.
pub fn get_decision_request(
    request: &proto::GetDecisionRequest,
) -> Result<(DecisionId, View), Vec<ApplicationError>> {
    let mut problems = Problems::default();
    let id = id(&mut problems, "id", &request.id, DecisionId::parse);
    let view = view(&mut problems, request.view);
    problems.settle(id.map(|id| (id, view)))
}

/// Parses a request to watch one decision.
pub fn watch_decision_request(
    request: &proto::WatchDecisionRequest,
) -> Result<(DecisionId, View), Vec<ApplicationError>> {
    get_decision_request(&proto::GetDecisionRequest {
        id: request.id.clone(),
        view: request.view,
    })
}

/// Parses a request for one snapshot.
pub fn get_snapshot_request(
    request: &proto::GetSnapshotRequest,
) -> Result<SnapshotHash, Vec<ApplicationError>> {
    let mut problems = Problems::default();
    let hash = SnapshotHash::parse(&request.hash);
    if hash.is_none() {
        problems.add(
            "hash",
            "is not 64 hexadecimal digits: take it from the pins of a decision",
        );
    }
    problems.settle(hash)
}

/// Parses a request for a page of decisions of `tenant`.
pub fn list_request(
    tenant: &TenantId,
    request: &proto::ListDecisionsRequest,
) -> Result<ListQuery, Vec<ApplicationError>> {
    let mut problems = Problems::default();
    let filter = Filter {
        from: optional_instant(&mut problems, "from", request.from.as_ref()),
        until: optional_instant(&mut problems, "until", request.until.as_ref()),
        outcome: outcome(&mut problems, request.outcome),
        rule_set: optional_id(
            &mut problems,
            "rule_set",
            &request.rule_set,
            RuleSetName::parse,
        ),
        application: optional_id(
            &mut problems,
            "application_id",
            &request.application_id,
            ApplicationId::parse,
        ),
    };
    if let (Some(from), Some(until)) = (filter.from, filter.until)
        && until < from
    {
        problems.add("until", "is before `from`");
    }
    let view = view(&mut problems, request.view);
    let after = match request.page_token.as_str() {
        "" => None,
        // A token is bound to its filter, so it says nothing while the filter is wrong.
        _ if !problems.0.is_empty() => None,
        token => {
            let cursor = page_token::decode(token, tenant, &filter);
            problems.keep("page_token", cursor.map_err(str::to_owned))
        }
    };
    problems.settle(Some(ListQuery {
        filter,
        after,
        page_size: page_size(request.page_size, view),
        view,
    }))
}

/// How many decisions to answer with: more than the limit of the view is cut, as the wire says.
fn page_size(wire: u32, view: View) -> usize {
    let max = match view {
        View::Summary => limits::PAGE_SIZE_MAX,
        View::Full => limits::PAGE_SIZE_FULL_MAX,
    };
    match usize::try_from(wire) {
        Ok(0) => limits::PAGE_SIZE_DEFAULT,
        Ok(size) => size.min(max),
        Err(_) => max,
    }
}

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
        Ok(application) => problems.settle(Some(application)),
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
                handles: handles(problems, &field("handles"), &wire.handles),
            })
        })
        .collect()
}

fn handles(problems: &mut Problems, field: &str, wire: &[String]) -> Vec<Handle> {
    let rows = wire.iter().enumerate();
    rows.filter_map(|(row, text)| {
        let parsed = Handle::parse(text).map_err(|error| error.to_string());
        problems.keep(&format!("{field}[{row}]"), parsed)
    })
    .collect()
}

fn bank_data(problems: &mut Problems, wire: Option<proto::BankData>) -> BankData {
    let Some(wire) = wire else {
        return BankData::default();
    };
    let field = |name: &str| format!("application.bank_data.{name}");
    let stripe_account = optional_id(
        problems,
        &field("stripe_account"),
        &wire.stripe_account,
        ConnectedAccountId::parse,
    );
    let ages = wire.max_age.unwrap_or_default();
    let mut age = |name: &str, wire: Option<prost_types::Duration>| {
        problems.keep(&field(&format!("max_age.{name}")), max_age(wire?))
    };
    let max_age = MaxAge {
        balances: age("balances", ages.balances),
        ownership: age("ownership", ages.ownership),
        transactions: age("transactions", ages.transactions),
    };
    let filter = wire.account_filter.unwrap_or_default();
    let mut words = |name: &str, words: &[String], known: &[&str]| {
        let field = field(&format!("account_filter.{name}"));
        known_words(problems, &field, words, known)
    };
    BankData {
        stripe_account,
        max_age,
        accounts: AccountFilter {
            categories: words("categories", &filter.categories, Category::WORDS),
            subcategories: words("subcategories", &filter.subcategories, Subcategory::WORDS),
            without_transactions: filter.without_transactions,
        },
    }
}

/// An age in whole seconds, up to the limit.
fn max_age(wire: prost_types::Duration) -> Result<Duration, String> {
    let seconds = u64::try_from(wire.seconds).ok().filter(|_| wire.nanos == 0);
    seconds
        .map(Duration::from_secs)
        .filter(|age| *age <= limits::MAX_AGE_MAX)
        .ok_or_else(|| "is not a whole number of seconds from 0 to 365 days".to_owned())
}

fn known_words(
    problems: &mut Problems,
    field: &str,
    words: &[String],
    known: &[&str],
) -> BTreeSet<String> {
    for (row, word) in words.iter().enumerate() {
        if !known.contains(&word.as_str()) {
            let known = known.join("`, `");
            problems.add(&format!("{field}[{row}]"), format!("is none of `{known}`"));
        }
    }
    words.iter().cloned().collect()
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

fn required<'a, T>(problems: &mut Problems, field: &str, wire: &'a Option<T>) -> Option<&'a T> {
    if wire.is_none() {
        problems.add(field, "is required");
    }
    wire.as_ref()
}

/// Records an enum that is unspecified, or that holds a number that stands for nothing.
fn choose<T>(
    problems: &mut Problems,
    field: &str,
    wire: i32,
    value: Option<T>,
    words: &str,
) -> Option<T> {
    if value.is_none() {
        let problem = if wire == 0 {
            "is required"
        } else {
            "is not known"
        };
        problems.add(field, format!("{problem}: {words}"));
    }
    value
}

fn id<T>(
    problems: &mut Problems,
    field: &str,
    text: &str,
    parse: impl Fn(&str) -> Result<T, IdError>,
) -> Option<T> {
    let parsed = match parse(text) {
        Err(IdError::Empty { .. }) if text.is_empty() => Err("is required".to_owned()),
        Err(error) => Err(format!("is not valid: {error}")),
        Ok(id) => Ok(id),
    };
    problems.keep(field, parsed)
}

fn optional_id<T>(
    problems: &mut Problems,
    field: &str,
    text: &str,
    parse: impl Fn(&str) -> Result<T, IdError>,
) -> Option<T> {
    if text.is_empty() {
        None
    } else {
        id(problems, field, text, parse)
    }
}

fn view(problems: &mut Problems, wire: i32) -> View {
    use proto::DecisionView as Wire;
    match Wire::try_from(wire) {
        Ok(Wire::Unspecified | Wire::Summary) => View::Summary,
        Ok(Wire::Full) => View::Full,
        Err(_) => {
            problems.add("view", "is not a view: SUMMARY or FULL");
            View::Summary
        }
    }
}

fn outcome(problems: &mut Problems, wire: i32) -> Option<Outcome> {
    use proto::Outcome as Wire;
    match Wire::try_from(wire) {
        Ok(Wire::Unspecified) => None,
        Ok(Wire::Approve) => Some(Outcome::Approve),
        Ok(Wire::Counter) => Some(Outcome::Counter),
        Ok(Wire::Refer) => Some(Outcome::Refer),
        Ok(Wire::Decline) => Some(Outcome::Decline),
        Err(_) => {
            let words = "is not an outcome: APPROVE, COUNTER, REFER or DECLINE";
            problems.add("outcome", words);
            None
        }
    }
}

fn money(problems: &mut Problems, field: &str, wire: &proto::Money) -> Option<Money> {
    let currency = wire.currency.parse::<Currency>();
    let currency = currency.map_err(|error| format!("is not valid: {error}"));
    let currency = problems.keep(&format!("{field}.currency"), currency);
    let field = format!("{field}.amount");
    let amount = problems.keep(&field, decimal(&wire.amount));
    let (currency, amount) = currency.zip(amount)?;
    let money = Money::from_decimal(amount, currency);
    problems.keep(
        &field,
        money.map_err(|error| format!("is not valid: {error}")),
    )
}

/// Reads a plain decimal: digits, at most one point between digits, perhaps a leading minus.
pub fn decimal(text: &str) -> Result<Decimal, String> {
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = match unsigned.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (unsigned, None),
    };
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !fraction.is_none_or(digits) {
        return Err("is not a plain decimal such as `1250.00`: no exponent, no separators".into());
    }
    Decimal::from_str_exact(text).map_err(|_| "has more digits than can be held exactly".into())
}

/// Reads a civil date of exactly the form `2026-03-31`.
pub fn date(text: &str) -> Result<NaiveDate, String> {
    let problem = "is not a date such as `2026-03-31`";
    match NaiveDate::parse_from_str(text, "%Y-%m-%d") {
        // The parser also takes `2026-3-31` and signed years.
        Ok(date) if text.len() == 10 && date.to_string() == text => Ok(date),
        Ok(_) | Err(_) => Err(problem.to_owned()),
    }
}

fn optional_instant(
    problems: &mut Problems,
    field: &str,
    wire: Option<&prost_types::Timestamp>,
) -> Option<DateTime<Utc>> {
    wire.and_then(|wire| problems.keep(field, instant(wire)))
}

/// Reads an instant, rounded up to the second: records have whole seconds, so "at or after" and
/// "before" mean the same for the rounded one.
fn instant(wire: &prost_types::Timestamp) -> Result<DateTime<Utc>, String> {
    /// 0001-01-01T00:00:00Z to 9999-12-31T23:59:59Z, as `google.protobuf.Timestamp` defines.
    const SECONDS: std::ops::RangeInclusive<i64> = -62_135_596_800..=253_402_300_799;
    if !SECONDS.contains(&wire.seconds) || !(0..1_000_000_000).contains(&wire.nanos) {
        return Err("is not a timestamp between the years 1 and 9999".to_owned());
    }
    let seconds = wire.seconds.saturating_add(i64::from(wire.nanos > 0));
    DateTime::from_timestamp(seconds, 0).ok_or_else(|| "is not a timestamp".to_owned())
}

#[cfg(test)]
mod tests;
