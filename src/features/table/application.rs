//! What the application itself says.

use super::super::{Feature, Missing, Type, Value};
use super::{Control, count, household, plain};

/// What an application calls the account that is to be debited. It is no feature: which one it is
/// tells nothing of it.
pub const DEBIT_ACCOUNT: &str = "application.debit_account";

/// The name of the amount asked for: what is told where an offer, or no more than it, would do.
pub const AMOUNT: &str = "application.amount";
/// The names of what else an offer may change, and of the day from which its days are counted.
pub const TERM_DAYS: &str = "application.term_days";
/// See [`TERM_DAYS`].
pub const PAYMENTS: &str = "application.payments";
/// See [`TERM_DAYS`].
pub const DECISION_DATE: &str = "application.decision_date";
/// See [`TERM_DAYS`].
pub const FIRST_PAYMENT_DATE: &str = "application.first_payment_date";
/// See [`TERM_DAYS`].
pub const DAYS_TO_FIRST_PAYMENT: &str = "application.days_to_first_payment";

pub(super) const FEATURES: &[Feature] = &[
    household(
        AMOUNT,
        Type::Money,
        &[],
        "The amount asked for.",
        |context, _| plain(Value::Money(context.application.requested_amount())),
    )
    .controlled(Control::Either)
    .at_least(1)
    .always_known()
    .of_application(),
    household(
        TERM_DAYS,
        Type::Days,
        &[],
        "The term asked for, in days; a month is a twelfth of 365 days, rounded down.",
        |context, _| {
            let days = context.application.term().days();
            plain(Value::Days(i64::from(days)))
        },
    )
    .at_most(super::TERM_DAYS_MAX)
    .controlled(Control::Either)
    .at_least(1)
    .always_known()
    .of_application(),
    household(
        PAYMENTS,
        Type::Count,
        &[],
        "How many payments the term asked for makes: payments in a year times the term over 365 \
         days, rounded to the nearest, at least 1; 1 where all is paid at the end.",
        |context, _| {
            let payments = i64::from(context.application.payments());
            plain(Value::Count(payments))
        },
    )
    .at_least(1)
    .always_known()
    .of_application(),
    household(
        "application.applicants",
        Type::Count,
        &[],
        "How many people apply, guarantors included.",
        |context, _| plain(count(context.application.applicants().len())),
    )
    .at_most(super::APPLICANTS_MAX)
    .at_least(1)
    .always_known()
    .of_application(),
    household(
        "application.accounts",
        Type::Count,
        &[],
        "How many accounts are linked, over all applicants.",
        |context, _| plain(count(context.application.accounts().count())),
    )
    .at_most(super::ACCOUNTS_MAX)
    .at_least(1)
    .always_known()
    .of_application(),
    household(
        "application.product",
        Type::Text,
        &[],
        "The lender's product, as the caller names it.",
        |context, _| plain(Value::Text(context.application.product().to_owned())),
    )
    .controlled(Control::Either)
    .always_known()
    .of_application(),
    household(
        "application.purpose",
        Type::Text,
        &[],
        "What the money is for; missing where the caller did not say.",
        |context, _| {
            let purpose = context.application.purpose().map(str::to_owned);
            purpose
                .ok_or(Missing::NotProvided)
                .and_then(|text| plain(Value::Text(text)))
        },
    )
    .of_application(),
    household(
        DECISION_DATE,
        Type::Date,
        &[],
        "The day of the decision.",
        |context, _| plain(Value::Date(context.as_of.date())),
    )
    .always_known()
    .of_application(),
    household(
        "application.local_hour",
        Type::Count,
        &[],
        "The hour of the decision where its day is read, from 0 to 23.",
        |context, _| plain(Value::Count(i64::from(context.as_of.hour()))),
    )
    .at_most(23)
    .always_known()
    .of_application(),
    household(
        FIRST_PAYMENT_DATE,
        Type::Date,
        &[],
        "The day of the first payment; missing where the caller did not say.",
        |context, _| {
            let date = context.application.first_payment_date();
            date.ok_or(Missing::NotProvided)
                .and_then(|date| plain(Value::Date(date)))
        },
    )
    .controlled(Control::Either)
    .of_application(),
    household(
        DAYS_TO_FIRST_PAYMENT,
        Type::Days,
        &[],
        "Days from the decision to the first payment; missing where the caller did not say when.",
        |context, _| {
            let date = context.application.first_payment_date();
            date.ok_or(Missing::NotProvided).and_then(|date| {
                let today = context.as_of.date();
                plain(Value::Days(date.signed_duration_since(today).num_days()))
            })
        },
    )
    .controlled(Control::Either)
    .of_application(),
];
