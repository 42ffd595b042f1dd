//! Features of single accounts.

use super::super::{Feature, Missing, Type, Value, Words};
use super::income::primary;
use super::{BankData, Computed, Context, Control, Given, Need, per_account, plain};
use crate::analysis::{BalanceQuality, SignEvidence};
use crate::money::Money;
use crate::snapshot::{Account, Category, QualityFlag, Snapshot, Status, Subcategory};

fn of(
    context: &Context<'_>,
    given: &Given<'_>,
    read: fn(&Context<'_>, &Snapshot) -> Computed,
) -> Computed {
    let snapshot = context
        .snapshot(given.subject)
        .ok_or(Missing::NoSuchAccount)?;
    read(context, snapshot)
}

/// What is known of the account itself: nothing, where it was not fetched.
fn account(snapshot: &Snapshot) -> Result<&Account, Missing> {
    if snapshot.flags.contains(&QualityFlag::NotFetched) {
        return Err(Missing::NotReady);
    }
    Ok(&snapshot.account)
}

fn of_sign(context: &Context<'_>, given: &Given<'_>) -> Result<SignEvidence, Missing> {
    let snapshot = context
        .snapshot(given.subject)
        .ok_or(Missing::NoSuchAccount)?;
    snapshot.transactions.known()?;
    let account = context.analysis.accounts.get(given.subject);
    account
        .and_then(|account| account.sign)
        .ok_or(Missing::NoBasis)
}

pub(super) const FEATURES: &[Feature] = &[
    per_account(
        "account.current",
        Type::Money,
        "What the account holds before pending transactions; below zero where the holder owes.",
        |context, given| {
            of(context, given, |context, snapshot| {
                let currency = context.application.currency();
                let balance = snapshot.balance.known()?;
                let minor = balance
                    .current
                    .get(&currency)
                    .ok_or(Missing::OtherCurrency)?;
                plain(Value::Money(Money::new(*minor, currency)))
            })
        },
    )
    .controlled(Control::Up)
    .made_of(BankData::Balances),
    per_account(
        "account.history_days",
        Type::Days,
        "How many days the account's transactions cover; 0 where it has none.",
        |context, given| {
            of(context, given, |_, snapshot| {
                snapshot.transactions.known()?;
                let days = snapshot.coverage.map_or(0, |coverage| coverage.days());
                plain(Value::Days(days))
            })
        },
    )
    .controlled(Control::Up),
    per_account(
        "account.active",
        Type::Bool,
        "Whether the link to the account still works.",
        |context, given| {
            of(context, given, |_, snapshot| {
                plain(Value::Bool(account(snapshot)?.status == Status::Active))
            })
        },
    )
    .controlled(Control::Up),
    per_account(
        "account.ach_debit",
        Type::Bool,
        "Whether a debit by ACH can be made from the account: its link works and its bank supports \
         it.",
        |context, given| {
            of(context, given, |_, snapshot| {
                plain(Value::Bool(account(snapshot)?.can_be_debited()))
            })
        },
    )
    .controlled(Control::Up),
    Feature {
        needs: &[Need::Income],
        ..per_account(
            "account.primary_income",
            Type::Bool,
            "Whether the largest running stream of income arrives in the account; false for each \
             without a stream.",
            |context, given| {
                let stream = primary(context);
                let account = stream.map(|stream| usize::from(stream.account));
                plain(Value::Bool(account == Some(given.subject)))
            },
        )
    },
    per_account(
        "account.amount_sign",
        Type::Text,
        "How well the account's own data supports the sign that is taken for money in; missing \
         where it has no transactions. On a credit account money in pays off what is owed.",
        |context, given| {
            of_sign(context, given).and_then(|sign| plain(Value::Text(sign.as_str().to_owned())))
        },
    )
    .with_words(Words::Only(super::SIGNS)),
    per_account(
        "account.balance_quality",
        Type::Text,
        "How far the account's end-of-day balances, worked backwards from the current one, can be \
         relied on: `good` where nothing speaks against any of them, `partly` where they are good \
         from a later day on, `doubtful` where none is: rows sent twice or missing, a gap in them, \
         a level that no bank lets be, a balance seen earlier or a pending row that does not fit.",
        |context, given| {
            let account = context.analysis.accounts.get(given.subject);
            let account = account.ok_or(Missing::NoSuchAccount)?;
            let quality = account.quality.as_ref().ok_or(Missing::NoBasis)?;
            plain(Value::Text(quality.as_str().to_owned()))
        },
    )
    .with_words(Words::Only(BalanceQuality::WORDS)),
    per_account(
        "account.category",
        Type::Text,
        "The kind of account.",
        |context, given| {
            of(context, given, |_, snapshot| {
                plain(Value::Text(
                    account(snapshot)?.category.as_word().to_owned(),
                ))
            })
        },
    )
    .with_words(Words::Known(Category::WORDS)),
    per_account(
        "account.subcategory",
        Type::Text,
        "The finer kind of account.",
        |context, given| {
            of(context, given, |_, snapshot| {
                plain(Value::Text(
                    account(snapshot)?.subcategory.as_word().to_owned(),
                ))
            })
        },
    )
    .with_words(Words::Known(Subcategory::WORDS)),
    per_account(
        "account.institution",
        Type::Text,
        "The bank's name.",
        |context, given| {
            of(context, given, |_, snapshot| {
                plain(Value::Text(account(snapshot)?.institution.clone()))
            })
        },
    ),
];
