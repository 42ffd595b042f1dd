//! How each feature is found once more.

mod balance;
mod cash_flow;
mod stream;

use super::*;
use crate::snapshot::{PaymentMethodType, Status};

/// The formulas, area by area.
pub(super) fn formulas() -> impl Iterator<Item = &'static (&'static str, How)> {
    let areas = [
        FORMULAS,
        balance::FORMULAS,
        cash_flow::FORMULAS,
        stream::FORMULAS,
    ];
    areas.into_iter().flatten()
}

/// Those of all other areas.
const FORMULAS: &[(&str, How)] = &[
    ("application.amount", Not("the application says it")),
    ("application.term_days", Not("the application says it")),
    (
        "application.payments",
        Not("a quotient of what the application says"),
    ),
    (
        "application.applicants",
        By(|seen| count_of(seen.household.application.applicants().len())),
    ),
    (
        "application.accounts",
        By(|seen| count_of(seen.household.snapshots.len())),
    ),
    ("application.product", Not("the application says it")),
    ("application.purpose", Not("the application says it")),
    (
        "application.decision_date",
        By(|seen| {
            Value::Date(civil_date(
                seen.household.as_of.instant,
                seen.household.as_of.zone,
            ))
        }),
    ),
    ("application.local_hour", Not("the clock says it")),
    (
        "application.first_payment_date",
        Not("the application says it"),
    ),
    (
        "application.days_to_first_payment",
        Not("the application says it"),
    ),
    ("income.monthly_net", By(|seen| seen.of_streams(|_| true))),
    (
        "income.monthly_net_recurring",
        By(|seen| seen.of_streams(Stream::recurring)),
    ),
    (
        "income.monthly_net_irregular",
        By(|seen| seen.of_streams(|stream| !stream.recurring())),
    ),
    (
        "income.unproven_monthly",
        By(|seen| {
            let rows = seen.rows();
            let first = rows.iter().map(|row| row.made).min();
            let since = |first: chrono::NaiveDate| (seen.span().1 - first).num_days() + 1;
            let days = first.map_or(30, since).clamp(30, 90);
            let sum: i128 = rows.iter().map(|row| row.amount).sum();
            seen.money(rounded(sum * 30, days.into()))
        }),
    ),
    (
        "income.monthly_deposits_90d",
        By(|seen| seen.monthly(seen.sum())),
    ),
    (
        "income.streams",
        By(|seen| count_of(seen.streams(runs).len())),
    ),
    (
        "income.streams_inactive",
        By(|seen| count_of(seen.streams(Stream::has_ended).len())),
    ),
    ("income.primary_cadence", Not("a schedule that is fitted")),
    (
        "income.primary_share",
        By(|seen| {
            let amounts = || seen.streams(runs).into_iter().map(|one| one.monthly);
            let share = rounded(amounts().max().unwrap() * 1_000_000, amounts().sum());
            Value::ratio(rust_decimal::Decimal::new(share.try_into().unwrap(), 6))
        }),
    ),
    ("income.confidence", Not("a mean of scores")),
    ("income.stability", Not("a mean of scores")),
    ("income.regularity", Not("a mean of scores")),
    (
        "income.days_since_last",
        By(|seen| seen.days_since(latest(&seen.rows()))),
    ),
    (
        "income.primary_next_payday",
        By(|seen| {
            let largest = seen.streams(runs).into_iter().max_by_key(|one| one.monthly);
            Value::Date(largest.unwrap().next_payday.unwrap())
        }),
    ),
    (
        "income.next_payday",
        By(|seen| {
            let running = seen.streams(runs).into_iter();
            Value::Date(running.filter_map(|one| one.next_payday).min().unwrap())
        }),
    ),
    (
        "income.months_observed",
        By(|seen| count_of(months_of(seen.rows().iter().map(|row| row.made)))),
    ),
    ("income.stopped", Not("a judgement over streams")),
    ("nsf.event_days_30d", By(|seen| seen.event_days(EVENTS))),
    ("nsf.event_days_60d", By(|seen| seen.event_days(EVENTS))),
    ("nsf.event_days_90d", By(|seen| seen.event_days(EVENTS))),
    ("nsf.event_days_180d", By(|seen| seen.event_days(EVENTS))),
    (
        "nsf.nsf_days_90d",
        By(|seen| seen.event_days(&[NsfKind::NsfFee, NsfKind::ReturnFee])),
    ),
    (
        "nsf.overdraft_days_90d",
        By(|seen| seen.event_days(&[NsfKind::OverdraftFee])),
    ),
    (
        "nsf.returned_debits_90d",
        By(|seen| count_of(seen.events(&[NsfKind::ReturnedDebit]).len())),
    ),
    (
        "nsf.fees_net_90d",
        By(|seen| {
            let charged: i128 = seen.rows().iter().map(|row| -row.amount).sum();
            seen.money(charged.max(0))
        }),
    ),
    (
        "nsf.days_since_last",
        By(|seen| seen.days_since(seen.last_event())),
    ),
    (
        "nsf.protection_transfers_90d",
        By(|seen| count_of(seen.events(&[NsfKind::ProtectionTransfer]).len())),
    ),
    (
        "nsf.account_event_days_30d",
        By(|seen| seen.event_days(EVENTS)),
    ),
    (
        "nsf.account_event_days_60d",
        By(|seen| seen.event_days(EVENTS)),
    ),
    (
        "nsf.account_event_days_90d",
        By(|seen| seen.event_days(EVENTS)),
    ),
    (
        "nsf.account_event_days_180d",
        By(|seen| seen.event_days(EVENTS)),
    ),
    (
        "nsf.account_days_since_last",
        By(|seen| seen.days_since(seen.last_event())),
    ),
    ("ownership.name_score", Not("a score")),
    ("ownership.owners", Not("a count of people in texts")),
    (
        "ownership.joint",
        By(|seen| {
            let owners = seen.other("ownership.owners")[seen.subject].clone();
            Value::Bool(!matches!(owners, Ok(Value::Count(..=1))))
        }),
    ),
    ("ownership.phone_score", Not("a score")),
    ("ownership.email_score", Not("a score")),
    ("ownership.band", Not("a judgement over scores")),
    ("ownership.matched_owner", Not("a choice by scores")),
    ("ownership.address_score", Not("a score")),
    (
        "ownership.best_name_score",
        By(|seen| {
            let scores = seen.other("ownership.name_score").into_iter().flatten();
            scores
                .max_by_key(|score| {
                    let Value::Ratio(ratio) = score else {
                        panic!("{score:?}")
                    };
                    *ratio
                })
                .unwrap()
        }),
    ),
    (
        "ownership.unmatched_accounts",
        By(|seen| {
            let least = Value::ratio(rust_decimal::Decimal::new(65, 2));
            let (Value::Ratio(least), scores) = (least, seen.other("ownership.name_score")) else {
                panic!("no ratio")
            };
            let below = |score: &Value| matches!(score, Value::Ratio(ratio) if *ratio < least);
            count_of(scores.iter().flatten().filter(|score| below(score)).count())
        }),
    ),
    (
        "ownership.unverified_accounts",
        By(|seen| {
            let scores = seen.other("ownership.name_score");
            count_of(scores.iter().filter(|score| score.is_err()).count())
        }),
    ),
    (
        "account.current",
        By(|seen| {
            let balance = seen.account().balance.known().unwrap();
            seen.money(balance.current[&Currency::USD].into())
        }),
    ),
    (
        "account.history_days",
        By(|seen| {
            let coverage = seen.account().coverage;
            let days = coverage.map_or(0, |one| (one.last - one.first).num_days() + 1);
            Value::Days(days)
        }),
    ),
    ("account.active", Not("a state of the link")),
    ("account.ach_debit", Not("a state of the link")),
    ("account.primary_income", Not("a question of which account")),
    ("account.amount_sign", Not("a judgement over rows")),
    ("account.balance_quality", Not("a judgement over balances")),
    ("account.category", Not("the bank says it")),
    ("account.subcategory", Not("the bank says it")),
    ("account.institution", Not("the bank says it")),
    ("debit.available", Not("the bank says it")),
    ("debit.current", Not("the bank says it")),
    ("debit.balance_age_days", Not("the bank says it")),
    ("debit.balance_age_hours", Not("the bank says it")),
    (
        "debit.pending_debits",
        Not("no applicant of a corpus has an account that can be debited"),
    ),
    ("debit.due_soon", Not("schedules that are fitted")),
    ("debit.next_payday", Not("a schedule that is fitted")),
    ("debit.primary_income", Not("a question of which account")),
    (
        "debit.nsf_event_days_30d",
        Not("what the account's own say"),
    ),
    (
        "debit.nsf_event_days_60d",
        Not("what the account's own say"),
    ),
    (
        "debit.nsf_event_days_90d",
        Not("what the account's own say"),
    ),
    ("debit.ach_debit", Not("a state of the link")),
    ("debit.active", Not("a state of the link")),
    (
        "data.history_days",
        By(|seen| {
            let days = seen
                .household
                .snapshots
                .iter()
                .filter_map(|one| one.coverage);
            let longest = days.map(|one| (one.last - one.first).num_days() + 1).max();
            Value::Days(longest.unwrap())
        }),
    ),
    ("data.cash_accounts", By(|seen| seen.cash(|_| true))),
    (
        "data.ach_accounts",
        By(|seen| {
            seen.cash(|snapshot| {
                let methods = &snapshot.account.payment_methods;
                snapshot.account.status == Status::Active
                    && methods.contains(&PaymentMethodType::UsBankAccount)
            })
        }),
    ),
    (
        "data.inactive_accounts",
        By(|seen| seen.snapshots(|one| one.account.status != Status::Active)),
    ),
    (
        "data.transactions_90d",
        By(|seen| count_of(seen.recent().len())),
    ),
    (
        "data.days_since_last_transaction",
        By(|seen| {
            let entries = seen.household.analysis.entries.iter();
            let counted = entries.filter(|entry| entry.counts());
            seen.days_since(counted.map(|entry| seen.raw(entry).made).max())
        }),
    ),
    (
        "data.pending_transactions",
        By(|seen| {
            let all = seen.household.snapshots.iter();
            let rows = all.filter_map(|one| one.transactions.known().ok());
            let pending = rows.flat_map(|rows| rows.iter());
            let pending = pending.filter(|row| *row.status == TransactionStatus::Pending);
            assert_eq!(pending.count(), seen.rows().len());
            count_of(seen.rows().len())
        }),
    ),
    ("data.amount_sign", Not("a judgement over rows")),
    (
        "data.stale_balances",
        By(|seen| seen.flagged(&[QualityFlag::StaleBalance])),
    ),
    (
        "data.failed_refreshes",
        By(|seen| {
            seen.flagged(&[
                QualityFlag::BalanceRefreshFailed,
                QualityFlag::OwnershipRefreshFailed,
                QualityFlag::TransactionsRefreshFailed,
            ])
        }),
    ),
    (
        "data.unsettled_accounts",
        By(|seen| seen.flagged(&[QualityFlag::RefreshPending, QualityFlag::NotFetched])),
    ),
    (
        "data.doubtful_accounts",
        By(|seen| {
            seen.flagged(&[
                QualityFlag::DuplicateConflict,
                QualityFlag::ImplausibleDate,
                QualityFlag::UnknownValue,
                QualityFlag::UnknownBalance,
                QualityFlag::HistoryCut,
                QualityFlag::RowsTwice,
            ])
        }),
    ),
];
