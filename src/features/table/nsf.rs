//! NSF and overdraft features. A window counts back from the last day the history covers.

use super::super::{Feature, Missing, Type, Value};
use super::{Computed, Context, Control, Given, Need, household, per_account};
use crate::analysis::{NsfEvent, NsfKind};

fn days(context: &Context<'_>, given: &Given<'_>, kinds: &[NsfKind]) -> Computed {
    let (days, rows) = context
        .analysis
        .nsf
        .days(given.last()?, given.window, kinds);
    Ok((Value::Count(days), rows))
}

fn events(context: &Context<'_>, given: &Given<'_>, kind: NsfKind) -> Computed {
    let last = given.last()?;
    let nsf = &context.analysis.nsf;
    let (_, rows) = nsf.days(last, given.window, &[kind]);
    let events = nsf
        .within(last, given.window)
        .filter(|event| event.kind == kind)
        .count();
    Ok((super::count(events), rows))
}

fn account_days(context: &Context<'_>, given: &Given<'_>) -> Computed {
    let window = (given.last()?, given.window);
    let nsf = &context.analysis.nsf;
    let (days, rows) = nsf.account_days(given.subject, window, &NsfKind::EVENTS);
    Ok((Value::Count(days), rows))
}

/// The days since an event.
fn since(context: &Context<'_>, event: Option<&NsfEvent>) -> Computed {
    let event = event.ok_or(Missing::NoBasis)?;
    let days = context.analysis.today.signed_duration_since(event.day);
    Ok((Value::Days(days.num_days()), event.rows.clone()))
}

/// The days with an event on one account.
const fn on_account(
    name: &'static str,
    needs: &'static [Need],
    doc: &'static str,
    extractor: fn(&Context<'_>, &Given<'_>) -> Computed,
) -> Feature {
    Feature {
        needs,
        ..per_account(name, Type::Count, doc, extractor)
    }
}

/// The name of the days with an event in the last 90, for reports that show them.
pub const EVENT_DAYS: &str = "nsf.event_days_90d";

pub(super) const FEATURES: &[Feature] = &[
    household(
        "nsf.event_days_30d",
        Type::Count,
        &[Need::DirectedWindow(30)],
        "Days of the last 30 on which an NSF fee, an overdraft fee or a returned debit posted. \
         Several on one day count once.",
        |context, given| days(context, given, &NsfKind::EVENTS),
    )
    .at_most(30)
    .controlled(Control::Down),
    household(
        "nsf.event_days_60d",
        Type::Count,
        &[Need::DirectedWindow(60)],
        "Days of the last 60 on which an NSF fee, an overdraft fee or a returned debit posted.",
        |context, given| days(context, given, &NsfKind::EVENTS),
    )
    .at_most(60)
    .controlled(Control::Down),
    household(
        EVENT_DAYS,
        Type::Count,
        &[Need::DirectedWindow(90)],
        "Days of the last 90 on which an NSF fee, an overdraft fee or a returned debit posted. \
         Several on one day count once, and so does a debit that came back with its fee some days \
         later; a cheque of somebody else that came back does not count.",
        |context, given| days(context, given, &NsfKind::EVENTS),
    )
    .at_most(90)
    .controlled(Control::Down),
    household(
        "nsf.event_days_180d",
        Type::Count,
        &[Need::DirectedWindow(180)],
        "Days of the last 180 on which an NSF fee, an overdraft fee or a returned debit posted.",
        |context, given| days(context, given, &NsfKind::EVENTS),
    )
    .at_most(180)
    .controlled(Control::Down),
    household(
        "nsf.nsf_days_90d",
        Type::Count,
        &[Need::DirectedWindow(90)],
        "Days of the last 90 with a fee for an item that was returned.",
        |context, given| days(context, given, &[NsfKind::NsfFee, NsfKind::ReturnFee]),
    )
    .at_most(90)
    .controlled(Control::Down),
    household(
        "nsf.overdraft_days_90d",
        Type::Count,
        &[Need::DirectedWindow(90)],
        "Days of the last 90 with a fee for an item paid into overdraft or for staying there.",
        |context, given| days(context, given, &[NsfKind::OverdraftFee]),
    )
    .at_most(90)
    .controlled(Control::Down),
    household(
        "nsf.returned_debits_90d",
        Type::Count,
        &[Need::DirectedWindow(90)],
        "Debits of the last 90 days that came back unpaid, whether or not the bank charged for \
         it.",
        |context, given| events(context, given, NsfKind::ReturnedDebit),
    )
    .controlled(Control::Down),
    household(
        "nsf.fees_net_90d",
        Type::Money,
        &[Need::DirectedWindow(90)],
        "NSF, overdraft and return fees of the last 90 days, less those given back.",
        |context, given| {
            let nsf = &context.analysis.nsf;
            let (fees, rows) = nsf.fees_net(given.last()?, given.window);
            Ok((context.money(fees)?, rows))
        },
    )
    .at_least(0)
    .controlled(Control::Down),
    household(
        "nsf.days_since_last",
        Type::Days,
        &[Need::DirectedHistory],
        "Days since the last event of any of these kinds; missing where the history shows none.",
        |context, _| {
            since(context, context.analysis.nsf.last())
        },
    )
    .controlled(Control::Up),
    household(
        "nsf.protection_transfers_90d",
        Type::Count,
        &[Need::DirectedWindow(90)],
        "Transfers of the last 90 days that averted an overdraft, and their fees: a lighter \
         sign, no event.",
        |context, given| events(context, given, NsfKind::ProtectionTransfer),
    )
    .controlled(Control::Down),
    on_account(
        "nsf.account_event_days_30d",
        &[Need::AccountWindow(30)],
        "Days of the last 30 on which one of these events posted on the account.",
        account_days,
    )
    .at_most(30)
    .controlled(Control::Down),
    on_account(
        "nsf.account_event_days_60d",
        &[Need::AccountWindow(60)],
        "Days of the last 60 on which one of these events posted on the account.",
        account_days,
    )
    .at_most(60)
    .controlled(Control::Down),
    on_account(
        "nsf.account_event_days_90d",
        &[Need::AccountWindow(90)],
        "Days of the last 90 that the account covers on which one of these events posted on it: an NSF fee, an overdraft fee or a returned debit.",
        account_days,
    )
    .at_most(90)
    .controlled(Control::Down),
    on_account(
        "nsf.account_event_days_180d",
        &[Need::AccountWindow(180)],
        "Days of the last 180 on which one of these events posted on the account.",
        account_days,
    )
    .at_most(180)
    .controlled(Control::Down),
    Feature {
        needs: &[Need::AccountHistory],
        ..per_account(
            "nsf.account_days_since_last",
            Type::Days,
            "Days since the last of these events on the account; missing where its history shows \
             none.",
            |context, given| {
                let nsf = &context.analysis.nsf;
                since(context, nsf.last_of_account(given.subject))
            },
        )
    }
    .controlled(Control::Up),
];
