//! Income features.

use rust_decimal::Decimal;

use super::super::{Feature, Missing, Type, Value, Words};
use super::{Answerable, Computed, Context, Control, Need, count, household, permille, plain};
use crate::analysis::{Cadence, Income, MONTH_DAYS, Standing, Stream, StreamStatus, scale};
use crate::snapshot::Rows;

/// The name of the number of streams that run.
pub const STREAMS: &str = "income.streams";

const CADENCES: &[&str] = &[
    Cadence::Weekly.as_str(),
    Cadence::Biweekly.as_str(),
    Cadence::SemiMonthly.as_str(),
    Cadence::Monthly.as_str(),
    Cadence::FourWeekly.as_str(),
    Cadence::Irregular.as_str(),
    NO_CADENCE,
];
const NO_CADENCE: &str = "none";

fn running(income: &Income) -> impl Iterator<Item = &Stream> {
    income.streams.iter().filter(|stream| stream.counts())
}

fn rows<'a>(streams: impl Iterator<Item = &'a Stream>) -> Rows {
    Rows::union(streams.map(|stream| &stream.rows))
}

/// The rows, and where the main stream stopped its last deposits: that income is so low rests on
/// their having been the last.
fn with_stopped(income: &Income, rows: Rows) -> Rows {
    if income.stopped_rows.is_empty() {
        return rows;
    }
    Rows::union([&rows, &income.stopped_rows])
}

fn monthly(context: &Context<'_>, test: fn(&Stream) -> bool) -> Computed {
    let income = &context.analysis.income;
    if income.standing == Standing::Unproven {
        return Err(Missing::Unproven);
    }
    let found = || running(income).filter(|stream| test(stream));
    let total = found().map(|stream| stream.monthly).sum();
    Ok((context.money(total)?, with_stopped(income, rows(found()))))
}

/// The mean of a measure in thousandths over running streams, weighted by what each brings.
fn weighted(
    context: &Context<'_>,
    test: fn(&Stream) -> bool,
    measure: fn(&Stream) -> i64,
) -> Computed {
    let income = &context.analysis.income;
    let found = || running(income).filter(|stream| test(stream));
    let weight: i128 = found().map(|stream| stream.monthly).sum();
    let sum: i128 = found()
        .map(|stream| stream.monthly.saturating_mul(measure(stream).into()))
        .sum();
    let mean = scale(sum, 1, weight).ok_or(Missing::NoBasis)?;
    let mean = i64::try_from(mean).map_err(|_| Missing::Overflow)?;
    Ok((permille(mean), rows(found())))
}

pub(super) fn primary<'a>(context: &Context<'a>) -> Option<&'a Stream> {
    running(&context.analysis.income).max_by_key(|stream| stream.monthly)
}

/// The name of the monthly income, for reports that show it.
pub const MONTHLY_NET: &str = "income.monthly_net";

/// The name of what may be income and nothing proves.
pub const UNPROVEN_MONTHLY: &str = "income.unproven_monthly";

pub(super) const FEATURES: &[Feature] = &[
    household(
        MONTHLY_NET,
        Type::Money,
        &[Need::Income],
        "Monthly income as it reaches the accounts: the usual payment of each running stream \
         times its payments a month (52/12 weekly, 26/12 biweekly, 2 semi-monthly, 13/12 \
         four-weekly), and for irregular streams the mean of half a year. Loans, transfers, \
         refunds, interest, and stopped streams do not count. Missing where something comes in \
         that may be income and nothing proves it, as new work does. 0 needs 90 days of history.",
        |context, _| monthly(context, |_| true),
    )
    .at_least(0)
    .controlled(Control::Up),
    household(
        "income.monthly_net_recurring",
        Type::Money,
        &[Need::Income],
        "The part of `income.monthly_net` that keeps to a schedule.",
        |context, _| monthly(context, Stream::recurring),
    )
    .at_least(0)
    .controlled(Control::Up),
    household(
        "income.monthly_net_irregular",
        Type::Money,
        &[Need::Income],
        "The part of `income.monthly_net` that keeps to no schedule, as gig work does.",
        |context, _| monthly(context, |stream| !stream.recurring()),
    )
    .at_least(0)
    .controlled(Control::Up),
    household(
        UNPROVEN_MONTHLY,
        Type::Money,
        &[Need::Streams],
        "What else came in per 30 days that may be income and nothing proves: pay of new work, deposits of \
         unknown kind, cash and cheques where they are a habit, a person who pays by the week. Of the \
         last 90 days, or of those since the first of it. No part of `income.monthly_net`.",
        |context, _| {
            let unproven = &context.analysis.income.unproven;
            Ok((context.money(unproven.monthly)?, unproven.rows.clone()))
        },
    )
    .controlled(Control::Up)
    .answered(Answerable::Always),
    household(
        "income.monthly_deposits_90d",
        Type::Money,
        &[Need::DirectedWindow(90), Need::Streams],
        "What income streams really paid in the last 90 days, per 30 days; streams that stopped \
         since are in it.",
        |context, given| {
            let income = &context.analysis.income;
            let days = given.covered_days()?;
            let amount = scale(income.deposits_90d, MONTH_DAYS, days.into());
            let amount = context.money(amount.ok_or(Missing::Overflow)?)?;
            Ok((amount, income.deposits_90d_rows.clone()))
        },
    )
    .at_least(0)
    .controlled(Control::Up),
    household(
        STREAMS,
        Type::Count,
        &[Need::Income],
        "How many income streams run: at least three payments, or a reviewer's word for it, the last \
         within two cycles.",
        |context, _| {
            let income = &context.analysis.income;
            let evidence = with_stopped(income, rows(running(income)));
            Ok((count(running(income).count()), evidence))
        },
    )
    .controlled(Control::Up)
    // Whether all streams were seen is known by it: reviews of streams are what answers it.
    .answered(Answerable::Never),
    household(
        "income.streams_inactive",
        Type::Count,
        &[Need::Income],
        "How many income streams stopped: nothing for two cycles.",
        |context, _| {
            let income = &context.analysis.income;
            let stopped = || {
                let streams = income.streams.iter();
                streams.filter(|stream| stream.status == StreamStatus::Inactive)
            };
            Ok((count(stopped().count()), rows(stopped())))
        },
    ),
    household(
        "income.primary_cadence",
        Type::Text,
        &[Need::Income],
        "How often the largest running stream pays; `none` without a stream.",
        |context, _| {
            let stream = primary(context);
            let word = stream.map_or(NO_CADENCE, |stream| Cadence::as_str(stream.cadence));
            Ok((Value::Text(word.to_owned()), rows(stream.into_iter())))
        },
    )
    .with_words(Words::Only(CADENCES)),
    household(
        "income.primary_share",
        Type::Ratio,
        &[Need::Income],
        "The share of the largest running stream in `income.monthly_net`: 1 is all of it. \
         Missing without income.",
        |context, _| {
            let stream = primary(context).ok_or(Missing::NoBasis)?;
            let total = running(&context.analysis.income)
                .map(|stream| stream.monthly)
                .sum();
            let share = scale(stream.monthly, 1_000_000, total).ok_or(Missing::NoBasis)?;
            let share = i64::try_from(share).map_err(|_| Missing::Overflow)?;
            Ok((Value::ratio(Decimal::new(share, 6)), stream.rows.clone()))
        },
    )
    .at_most(1),
    household(
        "income.confidence",
        Type::Ratio,
        &[Need::Income],
        "How sure it is that the income is income and goes on, 0 to 1: words of a payroll or a \
         benefit, how clearly a schedule fits, how many payments, how steady and how recent; \
         weighted by amount. 0.8 is high, 0.55 moderate. Missing without income.",
        |context, _| weighted(context, |_| true, |stream| stream.confidence.total()),
    )
    .at_most(1),
    household(
        "income.stability",
        Type::Ratio,
        &[Need::Income],
        "How steady the amounts of the last six payments are, 0 to 1: one less their spread \
         around the median; weighted by amount. Missing without income.",
        |context, _| weighted(context, |_| true, |stream| stream.stability),
    )
    .at_most(1)
    .controlled(Control::Up),
    household(
        "income.regularity",
        Type::Ratio,
        &[Need::Income],
        "How well payments keep to their dates, 0 to 1, of streams with a schedule, weighted by \
         amount. Missing without such a stream.",
        |context, _| weighted(context, Stream::recurring, |stream| stream.regularity),
    )
    .at_most(1)
    .controlled(Control::Up),
    household(
        "income.days_since_last",
        Type::Days,
        &[Need::Income],
        "Days since the last deposit of any income stream, stopped ones included. Missing \
         without a stream.",
        |context, _| {
            let income = &context.analysis.income;
            let last = income.last.ok_or(Missing::NoBasis)?;
            let days = context
                .analysis
                .today
                .signed_duration_since(last)
                .num_days();
            let latest = income.streams.iter().filter(|stream| stream.last == last);
            let evidence = Rows::union(latest.map(|stream| &stream.last_rows));
            Ok((Value::Days(days), evidence))
        },
    )
    .controlled(Control::Down),
    household(
        "income.primary_next_payday",
        Type::Date,
        &[Need::Income],
        "The day on which the largest running stream is due, as in `income.next_payday`. Missing \
         without a stream, and where it keeps to no schedule.",
        |context, _| {
            let stream = primary(context).ok_or(Missing::NoBasis)?;
            plain(Value::Date(stream.next_payday.ok_or(Missing::NoBasis)?))
        },
    ),
    household(
        "income.next_payday",
        Type::Date,
        &[Need::Income],
        "The earliest day on which a running stream is due, moved to a business day where its \
         payments are. Missing without a schedule.",
        |context, _| {
            let next = context.analysis.income.next_payday;
            plain(Value::Date(next.ok_or(Missing::NoBasis)?))
        },
    ),
    household(
        "income.months_observed",
        Type::Count,
        &[Need::Income],
        "In how many calendar months any income stream paid.",
        |context, _| {
            let income = &context.analysis.income;
            Ok((count(income.months_observed), rows(income.streams.iter())))
        },
    )
    .controlled(Control::Up),
    household(
        "income.stopped",
        Type::Bool,
        &[Need::Income],
        "Whether the stream that made up at least half of income stopped and nothing of seven \
         tenths its size came after it: a lost job or benefit.",
        |context, _| {
            let income = &context.analysis.income;
            Ok((Value::Bool(income.stopped), income.stopped_rows.clone()))
        },
    )
    .controlled(Control::Down)
    .answered(Answerable::Always),
];
