//! Features of the one account that is to be debited: the one that the request names, or the only one
//! that can be. A debit is drawn from one account, so none of them is a sum over several.

use super::super::{Feature, Missing, Type, Value};
use super::income::primary;
use super::{BankData, Computed, Context, Control, Given, Need, household, plain};
use crate::analysis::{Entry, Exclusion, NsfKind, Obligation, Stream};
use crate::calendar::business_day_on_or_after;
use crate::money::Money;
use crate::snapshot::{Balance, Rows, Snapshot, Status};

/// So many days after today are soon: a debit that is sent today settles by then. The feature's
/// description says it too.
const SOON_DAYS: u64 = 2;

fn snapshot<'a>(context: &Context<'a>, given: &Given<'_>) -> Result<&'a Snapshot, Missing> {
    context
        .snapshot(given.subject)
        .ok_or(Missing::NoSuchAccount)
}

fn amount(
    context: &Context<'_>,
    given: &Given<'_>,
    of: impl Fn(&Balance) -> Option<i64>,
) -> Computed {
    let balance = snapshot(context, given)?.balance.known()?;
    let minor = of(balance).ok_or(Missing::OtherCurrency)?;
    let currency = context.application.currency();
    plain(Value::Money(Money::new(minor, currency)))
}

/// How long ago the bank computed its balance.
fn age(context: &Context<'_>, given: &Given<'_>) -> Result<chrono::TimeDelta, Missing> {
    let balance = snapshot(context, given)?.balance.known()?;
    let age = context.as_of.instant;
    Ok(age.signed_duration_since(balance.as_of))
}

fn event_days(context: &Context<'_>, given: &Given<'_>) -> Computed {
    let window = (given.last()?, given.window);
    let nsf = &context.analysis.nsf;
    let (days, rows) = nsf.account_days(given.subject, window, &NsfKind::EVENTS);
    Ok((Value::Count(days), rows))
}

fn rows<'a>(context: &Context<'a>, given: &Given<'_>) -> &'a [Entry] {
    let analysis = context.analysis;
    let account = analysis.accounts.get(given.subject);
    let rows = account.and_then(|account| analysis.entries.get(account.entries.clone()));
    rows.unwrap_or_default()
}

fn pending_debits(context: &Context<'_>, given: &Given<'_>) -> Computed {
    let rows = rows(context, given).iter();
    let pending = rows.filter(|row| row.excluded == Some(Exclusion::Pending) && row.amount < 0);
    let sum = pending
        .clone()
        .map(|row| i128::from(row.amount))
        .sum::<i128>();
    let rows = Rows::from_pairs(pending.map(Entry::at));
    Ok((context.money(-sum)?, rows))
}

/// The recurring payments from the account that are due today or soon.
fn due_soon(context: &Context<'_>, given: &Given<'_>) -> Computed {
    let today = context.analysis.today;
    let soon = today.checked_add_days(chrono::Days::new(SOON_DAYS));
    let soon = soon.ok_or(Missing::Overflow)?;
    let last_paid_here = |one: &&Obligation| {
        let mut own = rows(context, given).iter();
        own.any(|row| row.made == one.last && one.rows.pairs().any(|at| at == row.at()))
    };
    let all = context.analysis.cash_flow.obligations.iter();
    let due = all.filter(|one| {
        let next = one.next_due(today).map(business_day_on_or_after);
        next.is_some_and(|day| day <= soon)
    });
    let due: Vec<&Obligation> = due.filter(last_paid_here).collect();
    let sum = due.iter().map(|one| one.level).sum();
    let rows = Rows::union(due.iter().map(|one| &one.rows));
    Ok((context.money(sum)?, rows))
}

fn next_payday(context: &Context<'_>, given: &Given<'_>) -> Computed {
    let account = context.first_link(given.subject);
    let streams = context.analysis.income.streams.iter();
    let into = streams.filter(|one| one.counts() && usize::from(one.account) == account);
    let days = |one: &Stream| one.paydays.first().map(|payday| payday.expected);
    let next = into.filter_map(|one| Some((days(one)?, one)));
    let (day, stream) = next.min_by_key(|(day, _)| *day).ok_or(Missing::NoBasis)?;
    Ok((Value::Date(day), stream.rows.clone()))
}

pub(super) const FEATURES: &[Feature] = &[
    household(
        "debit.available",
        Type::Money,
        &[Need::DebitAccount],
        "What the account to be debited holds after pending transactions; the current balance where \
         its bank does not state that. The account is the one that the request names, or the only \
         cash account that a debit by ACH can be made from; where it is a question which one, all \
         these features are missing.",
        |context, given| {
            let currency = context.application.currency();
            amount(context, given, |balance| {
                let available = balance.available.as_ref();
                let stated = available.and_then(|all| all.get(&currency));
                stated.or(balance.current.get(&currency)).copied()
            })
        },
    )
    .controlled(Control::Up)
    .made_of(BankData::Balances),
    household(
        "debit.current",
        Type::Money,
        &[Need::DebitAccount],
        "What the account holds before pending transactions.",
        |context, given| {
            let currency = context.application.currency();
            amount(context, given, |balance| {
                balance.current.get(&currency).copied()
            })
        },
    )
    .controlled(Control::Up)
    .made_of(BankData::Balances),
    household(
        "debit.balance_age_days",
        Type::Days,
        &[Need::DebitAccount],
        "Whole days since the bank computed the balance of the account.",
        |context, given| plain(Value::Days(age(context, given)?.num_days().max(0))),
    )
    .made_of(BankData::Balances),
    household(
        "debit.balance_age_hours",
        Type::Count,
        &[Need::DebitAccount],
        "Whole hours since the bank computed the balance of the account.",
        |context, given| plain(Value::Count(age(context, given)?.num_hours().max(0))),
    )
    .made_of(BankData::Balances),
    household(
        "debit.pending_debits",
        Type::Money,
        &[Need::DebitHistory],
        "What goes out of the account by transactions that its bank has not yet posted. The available \
         balance has mostly left it out already.",
        pending_debits,
    )
    .at_least(0),
    household(
        "debit.due_soon",
        Type::Money,
        &[Need::DebitWindow(60)],
        "What recurring payments are due from the account today and in the two days after, by their \
         usual amounts and the days on which they were last paid.",
        due_soon,
    )
    .at_least(0),
    household(
        "debit.next_payday",
        Type::Date,
        &[Need::DebitAccount, Need::Streams],
        "The next payday of the income that is paid into the account; missing without a schedule.",
        next_payday,
    ),
    household(
        "debit.primary_income",
        Type::Bool,
        &[Need::DebitAccount, Need::Income],
        "Whether the largest running stream of income arrives in the account; false without a stream.",
        |context, given| {
            let account = context.first_link(given.subject);
            let stream = primary(context);
            let own = stream.filter(|stream| usize::from(stream.account) == account);
            let rows = stream.map_or_else(Rows::none, |stream| stream.rows.clone());
            Ok((Value::Bool(own.is_some()), rows))
        },
    ),
    household(
        "debit.nsf_event_days_30d",
        Type::Count,
        &[Need::DebitWindow(30)],
        "Days of the last 30 on which an NSF fee, an overdraft fee or a returned debit posted on the \
         account.",
        event_days,
    )
    .at_most(30)
    .controlled(Control::Down),
    household(
        "debit.nsf_event_days_60d",
        Type::Count,
        &[Need::DebitWindow(60)],
        "The same of the last 60 days.",
        event_days,
    )
    .at_most(60)
    .controlled(Control::Down),
    household(
        "debit.nsf_event_days_90d",
        Type::Count,
        &[Need::DebitWindow(90)],
        "The same of the last 90 days.",
        event_days,
    )
    .at_most(90)
    .controlled(Control::Down),
    household(
        "debit.ach_debit",
        Type::Bool,
        &[Need::DebitAccount],
        "Whether a debit by ACH can be made from the account: its link works and its bank supports \
         it.",
        |context, given| {
            let account = &snapshot(context, given)?.account;
            plain(Value::Bool(account.can_be_debited()))
        },
    )
    .controlled(Control::Up),
    household(
        "debit.active",
        Type::Bool,
        &[Need::DebitAccount],
        "Whether the link to the account still works.",
        |context, given| {
            let account = &snapshot(context, given)?.account;
            plain(Value::Bool(account.status == Status::Active))
        },
    )
    .controlled(Control::Up),
];
