//! What the application itself says.

use super::super::{Feature, Missing, Type, Value};
use super::{count, household, plain, slot};

pub(super) const FEATURES: &[Feature] = &[
    household(
        "application.amount",
        Type::Money,
        None,
        "The amount asked for.",
        |context, _| slot(plain(Value::Money(context.application.requested_amount()))),
    )
    .whatever_accounts_show(),
    household(
        "application.term_days",
        Type::Days,
        None,
        "The term asked for, in days; a month is a twelfth of 365 days, rounded down.",
        |context, _| {
            let days = context.application.term().days();
            slot(plain(Value::Days(i64::from(days))))
        },
    )
    .whatever_accounts_show(),
    household(
        "application.payments",
        Type::Count,
        None,
        "How many payments the term asked for makes: payments in a year times the term over 365 \
         days, rounded to the nearest, at least 1; 1 where all is paid at the end.",
        |context, _| {
            let payments = i64::from(context.application.payments());
            slot(plain(Value::Count(payments)))
        },
    )
    .whatever_accounts_show(),
    household(
        "application.applicants",
        Type::Count,
        None,
        "How many people apply, guarantors included.",
        |context, _| slot(plain(count(context.application.applicants().len()))),
    )
    .whatever_accounts_show(),
    household(
        "application.accounts",
        Type::Count,
        None,
        "How many accounts are linked, over all applicants.",
        |context, _| slot(plain(count(context.application.accounts().count()))),
    )
    .whatever_accounts_show(),
    household(
        "application.product",
        Type::Text,
        None,
        "The lender's product, as the caller names it.",
        |context, _| slot(plain(Value::Text(context.application.product().to_owned()))),
    )
    .whatever_accounts_show(),
    household(
        "application.purpose",
        Type::Text,
        None,
        "What the money is for; missing where the caller did not say.",
        |context, _| {
            let purpose = context.application.purpose().map(str::to_owned);
            slot(
                purpose
                    .ok_or(Missing::NotProvided)
                    .and_then(|text| plain(Value::Text(text))),
            )
        },
    )
    .whatever_accounts_show(),
    household(
        "application.days_to_first_payment",
        Type::Days,
        None,
        "Days from the decision to the first payment; missing where the caller did not say when.",
        |context, _| {
            let date = context.application.first_payment_date();
            slot(date.ok_or(Missing::NotProvided).and_then(|date| {
                let today = context.as_of.date();
                plain(Value::Days(date.signed_duration_since(today).num_days()))
            }))
        },
    )
    .whatever_accounts_show(),
];
