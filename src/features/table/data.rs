//! How much the data is worth.

use super::super::{Feature, Missing, Type, Value, Words};
use super::{Answerable, Context, Control, Need, count, household, plain};
use crate::analysis::{Entry, Exclusion};
use crate::snapshot::{QualityFlag, Rows, Snapshot, Status};

fn accounts(context: &Context<'_>, test: impl Fn(&Snapshot) -> bool) -> Value {
    count(
        context
            .accounts
            .iter()
            .filter(|input| test(input.snapshot))
            .count(),
    )
}

fn flagged(context: &Context<'_>, flags: &[QualityFlag]) -> Value {
    accounts(context, |snapshot| {
        flags.iter().any(|flag| snapshot.flags.contains(flag))
    })
}

/// Of an account that was not fetched nothing is known, also not that its link is broken.
fn was_fetched(snapshot: &Snapshot) -> bool {
    !snapshot.flags.contains(&QualityFlag::NotFetched)
}

pub(super) const FEATURES: &[Feature] = &[
    household(
        "data.history_days",
        Type::Days,
        &[Need::History],
        "Days from the first transaction of the cash account with the longest history to the \
         fetch.",
        |_, given| plain(Value::Days(given.coverage()?.days())),
    )
    .controlled(Control::Up),
    household(
        "data.cash_accounts",
        Type::Count,
        &[],
        "How many checking and savings accounts are linked; an account linked twice counts once.",
        |context, _| {
            let cash = context
                .analysis
                .accounts
                .iter()
                .filter(|one| one.facts.cash && one.facts.duplicate_of.is_none());
            plain(count(cash.count()))
        },
    )
    .at_most(super::ACCOUNTS_MAX)
    .controlled(Control::Up),
    household(
        "data.ach_accounts",
        Type::Count,
        &[],
        "How many of them a debit by ACH can be made from: the link works and the bank supports \
         it.",
        |context, _| {
            let accounts = context.accounts();
            let cash =
                accounts.filter(|(one, _)| one.facts.cash && one.facts.duplicate_of.is_none());
            plain(count(
                cash.filter(|(_, snapshot)| snapshot.account.can_be_debited())
                    .count(),
            ))
        },
    )
    .at_most(super::ACCOUNTS_MAX)
    .controlled(Control::Up),
    household(
        "data.inactive_accounts",
        Type::Count,
        &[],
        "How many links no longer work.",
        |context, _| {
            plain(accounts(context, |snapshot| {
                was_fetched(snapshot) && snapshot.account.status != Status::Active
            }))
        },
    )
    .at_most(super::ACCOUNTS_MAX)
    .controlled(Control::Down)
    .answered(Answerable::Always),
    household(
        "data.transactions_90d",
        Type::Count,
        &[Need::Window(90)],
        "Posted transactions of the last 90 days on cash accounts.",
        |context, given| {
            let rows = context.analysis.recent_rows(given.window.into());
            Ok((count(rows.len()), rows))
        },
    )
    .controlled(Control::Up),
    household(
        "data.days_since_last_transaction",
        Type::Days,
        &[Need::History],
        "Days since the last posted transaction on a cash account.",
        |context, _| {
            let counted = context
                .analysis
                .entries
                .iter()
                .filter(|entry| entry.counts());
            let last = counted
                .map(|entry| entry.made)
                .max()
                .ok_or(Missing::NoBasis)?;
            let today = context.analysis.today;
            plain(Value::Days(today.signed_duration_since(last).num_days()))
        },
    )
    .controlled(Control::Down),
    household(
        "data.pending_transactions",
        Type::Count,
        &[Need::History],
        "Transactions that the banks have not yet posted.",
        |context, _| {
            let entries = context.analysis.entries.iter();
            let pending = entries.filter(|entry| entry.excluded == Some(Exclusion::Pending));
            let pending = Rows::from_pairs(pending.map(Entry::at));
            Ok((count(pending.len()), pending))
        },
    ),
    household(
        "data.amount_sign",
        Type::Text,
        &[Need::History],
        "How well the data of the cash accounts supports the sign that is taken for money in: \
         `proven` by balances, or only `supported` by descriptions. `conflict` where that of one \
         account speaks against it: what depends on the sign is then missing.",
        |context, _| plain(Value::Text(context.analysis.sign.as_str().to_owned())),
    )
    .with_words(Words::Only(super::SIGNS))
    .answered(Answerable::Always),
    household(
        "data.stale_balances",
        Type::Count,
        &[],
        "Accounts whose balance is more than a day older than the fetch.",
        |context, _| plain(flagged(context, &[QualityFlag::StaleBalance])),
    )
    .at_most(super::ACCOUNTS_MAX)
    .answered(Answerable::Always),
    household(
        "data.failed_refreshes",
        Type::Count,
        &[],
        "Accounts of which the last refresh of balance, owners or transactions failed, or is older \
         than was wanted and could not be renewed.",
        |context, _| {
            plain(flagged(
                context,
                &[
                    QualityFlag::BalanceRefreshFailed,
                    QualityFlag::OwnershipRefreshFailed,
                    QualityFlag::TransactionsRefreshFailed,
                ],
            ))
        },
    )
    .at_most(super::ACCOUNTS_MAX)
    .answered(Answerable::Always),
    household(
        "data.unsettled_accounts",
        Type::Count,
        &[],
        "Accounts whose bank had not delivered when the time was up: a refresh was still under \
         way, or nothing could be fetched.",
        |context, _| {
            plain(flagged(
                context,
                &[QualityFlag::RefreshPending, QualityFlag::NotFetched],
            ))
        },
    )
    .at_most(super::ACCOUNTS_MAX)
    .whatever_accounts_show()
    .answered(Answerable::Never),
    household(
        "data.doubtful_accounts",
        Type::Count,
        &[],
        "Accounts whose data contradicts itself or is not wholly understood: one transaction with \
         two contents, rows that were sent twice, dates that cannot be, values that are not known, \
         more transactions than are read.",
        |context, _| {
            plain(flagged(
                context,
                &[
                    QualityFlag::DuplicateConflict,
                    QualityFlag::ImplausibleDate,
                    QualityFlag::UnknownValue,
                    QualityFlag::UnknownBalance,
                    QualityFlag::HistoryCut,
                    QualityFlag::RowsTwice,
                ],
            ))
        },
    )
    .at_most(super::ACCOUNTS_MAX)
    .answered(Answerable::Always),
];
