//! The one table of features, area by area.

mod account;
mod application;
mod balance;
mod cash_flow;
mod data;
mod debit;
mod income;
mod needs;
mod nsf;
mod ownership;
mod stream;

use std::sync::LazyLock;

use super::context::{Computed, Context, Given};
use super::row::{Answerable, BankData, Control, Feature, Need, Scope};
use super::{FeatureId, Features, Missing, Slot, Type, Value};
use crate::analysis::{AccountInput, SignEvidence};
use crate::snapshot::{QualityFlag, Rows};

pub use application::{
    AMOUNT as APPLICATION_AMOUNT, DAYS_TO_FIRST_PAYMENT as APPLICATION_DAYS_TO_FIRST_PAYMENT,
    DEBIT_ACCOUNT, DECISION_DATE as APPLICATION_DECISION_DATE,
    FIRST_PAYMENT_DATE as APPLICATION_FIRST_PAYMENT_DATE, PAYMENTS as APPLICATION_PAYMENTS,
    TERM_DAYS as APPLICATION_TERM_DAYS,
};
pub use income::{
    MONTHLY_NET as INCOME_MONTHLY_NET, STREAMS as INCOME_STREAMS,
    UNPROVEN_MONTHLY as INCOME_UNPROVEN_MONTHLY,
};
pub use nsf::EVENT_DAYS as NSF_EVENT_DAYS;

const SIGNS: &[&str] = &[
    SignEvidence::Proven.as_str(),
    SignEvidence::Supported.as_str(),
    SignEvidence::Unproven.as_str(),
    SignEvidence::Conflict.as_str(),
];

/// The most accounts and applicants that an application has: the limits of the same names.
const ACCOUNTS_MAX: i64 = 50;
const APPLICANTS_MAX: i64 = 10;
/// The longest term that can be asked for, in days: the limit of the same name.
const TERM_DAYS_MAX: i64 = 14_640;

fn count(number: usize) -> Value {
    Value::Count(i64::try_from(number).unwrap_or(i64::MAX))
}

/// A ratio from thousandths.
fn permille(thousandths: i64) -> Value {
    Value::ratio(rust_decimal::Decimal::new(thousandths, 3))
}

fn plain(value: Value) -> Computed {
    Ok((value, Rows::none()))
}

fn slot(found: Computed) -> Slot {
    match found {
        Ok((value, evidence)) => Slot {
            value: Ok(value),
            evidence,
        },
        Err(why) => Slot::missing(why),
    }
}

/// A feature of the household.
const fn household(
    name: &'static str,
    ty: Type,
    needs: &'static [Need],
    doc: &'static str,
    extractor: fn(&Context<'_>, &Given<'_>) -> Computed,
) -> Feature {
    Feature {
        needs,
        ..Feature::new(Scope::Household, name, ty, doc, extractor)
    }
}

/// A feature of each applicant.
const fn per_applicant(
    name: &'static str,
    ty: Type,
    doc: &'static str,
    extractor: fn(&Context<'_>, &Given<'_>) -> Computed,
) -> Feature {
    Feature::new(Scope::Applicant, name, ty, doc, extractor)
}

/// A feature of each account.
const fn per_account(
    name: &'static str,
    ty: Type,
    doc: &'static str,
    extractor: fn(&Context<'_>, &Given<'_>) -> Computed,
) -> Feature {
    Feature::new(Scope::Account, name, ty, doc, extractor)
}

/// A feature of each stream of income.
const fn per_stream(
    name: &'static str,
    ty: Type,
    doc: &'static str,
    extractor: fn(&Context<'_>, &Given<'_>) -> Computed,
) -> Feature {
    Feature {
        needs: &[Need::Streams],
        ..Feature::new(Scope::IncomeStream, name, ty, doc, extractor)
    }
}

/// The areas of the table, each as it is told to applicants.
const AREAS: &[(&str, &[Feature])] = &[
    (DETAILS, application::FEATURES),
    ("income deposits", income::FEATURES),
    ("income deposits", stream::FEATURES),
    ("returned payments and overdrafts", nsf::FEATURES),
    ("account balances", balance::FEATURES),
    ("money coming in and going out", cash_flow::FEATURES),
    ("account ownership", ownership::FEATURES),
    ("account details", account::FEATURES),
    ("the state of the account to be debited", debit::FEATURES),
    (HISTORY, data::FEATURES),
];

/// What applicants are told where something that they, or the caller, send is missing.
pub const DETAILS: &str = "details of the application";

/// What applicants are told where the history itself is missing.
pub const HISTORY: &str = "account history";

/// The table, in the order in which answers and documents show it.
pub fn table() -> &'static [Feature] {
    static TABLE: LazyLock<Vec<Feature>> = LazyLock::new(|| {
        let rows = AREAS.iter().flat_map(|(told_as, features)| {
            features.iter().map(|feature| Feature {
                told_as: if feature.told_as.is_empty() {
                    told_as
                } else {
                    feature.told_as
                },
                ..*feature
            })
        });
        rows.collect()
    });
    &TABLE
}

/// The feature of that name.
pub fn find(name: &str) -> Option<(FeatureId, &'static Feature)> {
    let index = table().iter().position(|feature| feature.name == name)?;
    Some((FeatureId(u16::try_from(index).ok()?), table().get(index)?))
}

/// The first feature of a scope.
pub(crate) fn first_of(scope: Scope) -> Option<FeatureId> {
    let index = table().iter().position(|feature| feature.scope == scope)?;
    Some(FeatureId(u16::try_from(index).ok()?))
}

/// Whether the value would rest on an account of which nothing was fetched: the others must not
/// speak for it.
fn rests_on_unseen(context: &Context<'_>, feature: &Feature, subject: usize) -> bool {
    let unseen = |input: &AccountInput<'_>| input.snapshot.flags.contains(&QualityFlag::NotFetched);
    let mut accounts = context.accounts.iter();
    // What is of the account to be debited says itself whether that was fetched.
    feature.rests_on_accounts
        && !feature.is_of_debit_account()
        && match feature.scope {
            Scope::Household | Scope::IncomeStream => accounts.any(unseen),
            Scope::Applicant => accounts.any(|input| input.applicant == subject && unseen(input)),
            Scope::Account => context.accounts.get(subject).is_some_and(unseen),
        }
}

fn compute(context: &Context<'_>, feature: &Feature, subject: usize) -> Computed {
    if rests_on_unseen(context, feature, subject) {
        return Err(Missing::NotReady);
    }
    let given = needs::meet(context, feature, subject)?;
    (feature.extractor)(context, &given)
}

/// Computes every feature of the table.
pub fn extract(context: &Context<'_>) -> Features {
    let applicants: Vec<_> = context
        .application
        .applicants()
        .iter()
        .map(|applicant| applicant.id.clone())
        .collect();
    let accounts: Vec<_> = context
        .accounts
        .iter()
        .map(|input| input.account.clone())
        .collect();
    let streams = context.analysis.income.streams.len();
    let (people, links) = (applicants.len(), accounts.len());
    let slots = table().iter().map(|feature| {
        let subjects = feature.scope.subjects(people, links, streams);
        (0..subjects).map(move |subject| slot(compute(context, feature, subject)))
    });
    Features::new(slots.collect(), applicants, accounts)
}
