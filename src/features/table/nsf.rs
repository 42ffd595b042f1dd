//! NSF and overdraft features. A window counts back from the last day the history covers.

use super::super::{Feature, Missing, Type, Value};
use super::{Computed, Context, household, plain, slot};
use crate::analysis::NsfKind;

const EVENTS: &[NsfKind] = &[
    NsfKind::NsfFee,
    NsfKind::OverdraftFee,
    NsfKind::ReturnedDebit,
    NsfKind::ReturnFee,
];

fn days(context: &Context<'_>, window: u32, kinds: &[NsfKind]) -> Computed {
    let coverage = context.directed_window(i64::from(window))?;
    let (days, rows) = context.analysis.nsf.days(coverage.last, window, kinds);
    Ok((Value::Count(days), rows))
}

fn events(context: &Context<'_>, window: u32, kind: NsfKind) -> Computed {
    let coverage = context.directed_window(i64::from(window))?;
    let nsf = &context.analysis.nsf;
    let (_, rows) = nsf.days(coverage.last, window, &[kind]);
    let events = nsf
        .within(coverage.last, window)
        .filter(|event| event.kind == kind)
        .count();
    Ok((super::count(events), rows))
}

pub(super) const FEATURES: &[Feature] = &[
    household(
        "nsf.event_days_30d",
        Type::Count,
        Some(30),
        "Days of the last 30 on which an NSF fee, an overdraft fee or a returned debit posted. \
         Several on one day count once.",
        |context, _| slot(days(context, 30, EVENTS)),
    ),
    household(
        "nsf.event_days_90d",
        Type::Count,
        Some(90),
        "Days of the last 90 on which an NSF fee, an overdraft fee or a returned debit posted. \
         Several on one day count once; a cheque of somebody else that came back does not count.",
        |context, _| slot(days(context, 90, EVENTS)),
    ),
    household(
        "nsf.event_days_180d",
        Type::Count,
        Some(180),
        "Days of the last 180 on which an NSF fee, an overdraft fee or a returned debit posted.",
        |context, _| slot(days(context, 180, EVENTS)),
    ),
    household(
        "nsf.nsf_days_90d",
        Type::Count,
        Some(90),
        "Days of the last 90 with a fee for an item that was returned.",
        |context, _| slot(days(context, 90, &[NsfKind::NsfFee, NsfKind::ReturnFee])),
    ),
    household(
        "nsf.overdraft_days_90d",
        Type::Count,
        Some(90),
        "Days of the last 90 with a fee for an item paid into overdraft or for staying there.",
        |context, _| slot(days(context, 90, &[NsfKind::OverdraftFee])),
    ),
    household(
        "nsf.returned_debits_90d",
        Type::Count,
        Some(90),
        "Debits of the last 90 days that came back unpaid, whether or not the bank charged for \
         it.",
        |context, _| slot(events(context, 90, NsfKind::ReturnedDebit)),
    ),
    household(
        "nsf.fees_net_90d",
        Type::Money,
        Some(90),
        "NSF, overdraft and return fees of the last 90 days, less those given back.",
        |context, _| {
            slot(context.directed_window(90).and_then(|coverage| {
                let (fees, rows) = context.analysis.nsf.fees_net(coverage.last, 90);
                Ok((context.money(fees)?, rows))
            }))
        },
    ),
    household(
        "nsf.days_since_last",
        Type::Days,
        None,
        "Days since the last event of any of these kinds; missing where the history shows none.",
        |context, _| {
            slot(context.directed_history().and_then(|_| {
                let last = context.analysis.nsf.last().ok_or(Missing::NoBasis)?;
                let today = context.analysis.today;
                plain(Value::Days(today.signed_duration_since(last).num_days()))
            }))
        },
    ),
    household(
        "nsf.protection_transfers_90d",
        Type::Count,
        Some(90),
        "Transfers of the last 90 days that averted an overdraft, and their fees: a lighter \
         sign, no event.",
        |context, _| slot(events(context, 90, NsfKind::ProtectionTransfer)),
    ),
];
