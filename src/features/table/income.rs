//! Income features.

use rust_decimal::Decimal;

use super::super::{Feature, Missing, Type, Value, Words};
use super::{Computed, Context, count, household, permille, plain, slot};
use crate::analysis::{Cadence, Income, Stream, StreamStatus, scale};
use crate::snapshot::Rows;

/// Three monthly payments fit into so many days; with less, no income found proves nothing.
const ESTABLISHED_DAYS: i64 = 90;

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

/// The income, where the history is long enough to have shown it or has shown it already.
fn known<'a>(context: &Context<'a>) -> Result<&'a Income, Missing> {
    let income = &context.analysis.income;
    context.directed_history()?;
    if income.streams.iter().any(Stream::counts) {
        return Ok(income);
    }
    context.directed_window(ESTABLISHED_DAYS).map(|_| income)
}

fn running(income: &Income) -> impl Iterator<Item = &Stream> {
    income.streams.iter().filter(|stream| stream.counts())
}

fn rows<'a>(streams: impl Iterator<Item = &'a Stream>) -> Rows {
    Rows::from_pairs(streams.flat_map(|stream| stream.rows.pairs()))
}

/// The rows, and where the main stream stopped its last deposits: that income is so low rests on
/// their having been the last.
fn with_stopped(income: &Income, rows: Rows) -> Rows {
    Rows::union([&rows, &income.stopped_rows])
}

fn monthly(context: &Context<'_>, test: fn(&Stream) -> bool) -> Computed {
    let income = known(context)?;
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
    let income = known(context)?;
    let found = || running(income).filter(|stream| test(stream));
    let weight: i128 = found().map(|stream| stream.monthly).sum();
    let sum: i128 = found()
        .map(|stream| stream.monthly.saturating_mul(measure(stream).into()))
        .sum();
    let mean = scale(sum, 1, weight).ok_or(Missing::NoBasis)?;
    let mean = i64::try_from(mean).map_err(|_| Missing::Overflow)?;
    Ok((permille(mean), rows(found())))
}

fn primary<'a>(context: &Context<'a>) -> Result<Option<&'a Stream>, Missing> {
    Ok(running(known(context)?).max_by_key(|stream| stream.monthly))
}

pub(super) const FEATURES: &[Feature] = &[
    household(
        "income.monthly_net",
        Type::Money,
        None,
        "Monthly income as it reaches the accounts: the usual payment of each running stream \
         times its payments a month (52/12 weekly, 26/12 biweekly, 2 semi-monthly, 13/12 \
         four-weekly), and for irregular streams the median of four weeks on end. Loans, \
         transfers, refunds, interest, and stopped streams do not count. 0 needs 90 days of \
         history.",
        |context, _| slot(monthly(context, |_| true)),
    ),
    household(
        "income.monthly_net_recurring",
        Type::Money,
        None,
        "The part of `income.monthly_net` that keeps to a schedule.",
        |context, _| slot(monthly(context, Stream::recurring)),
    ),
    household(
        "income.monthly_net_irregular",
        Type::Money,
        None,
        "The part of `income.monthly_net` that keeps to no schedule, as gig work does.",
        |context, _| slot(monthly(context, |stream| !stream.recurring())),
    ),
    household(
        "income.monthly_deposits_90d",
        Type::Money,
        Some(90),
        "What income streams really paid in the last 90 days, per 30 days; streams that stopped \
         since are in it.",
        |context, _| {
            slot(context.directed_window(90).and_then(|coverage| {
                let income = &context.analysis.income;
                let days = coverage.days().min(90);
                let amount =
                    scale(income.deposits_90d, 30, days.into()).ok_or(Missing::Overflow)?;
                Ok((context.money(amount)?, income.deposits_90d_rows.clone()))
            }))
        },
    ),
    household(
        "income.streams",
        Type::Count,
        None,
        "How many income streams run: at least three payments, the last within two cycles.",
        |context, _| {
            slot(known(context).map(|income| {
                let evidence = with_stopped(income, rows(running(income)));
                (count(running(income).count()), evidence)
            }))
        },
    ),
    household(
        "income.streams_inactive",
        Type::Count,
        None,
        "How many income streams stopped: nothing for two cycles.",
        |context, _| {
            slot(known(context).map(|income| {
                let stopped = || {
                    income
                        .streams
                        .iter()
                        .filter(|stream| stream.status == StreamStatus::Inactive)
                };
                (count(stopped().count()), rows(stopped()))
            }))
        },
    ),
    household(
        "income.primary_cadence",
        Type::Text,
        None,
        "How often the largest running stream pays; `none` without a stream.",
        |context, _| {
            slot(primary(context).map(|stream| {
                let word = stream.map_or(NO_CADENCE, |stream| Cadence::as_str(stream.cadence));
                (Value::Text(word.to_owned()), rows(stream.into_iter()))
            }))
        },
    )
    .with_words(Words::Only(CADENCES)),
    household(
        "income.primary_share",
        Type::Ratio,
        None,
        "The share of the largest running stream in `income.monthly_net`: 1 is all of it. \
         Missing without income.",
        |context, _| {
            slot(primary(context).and_then(|stream| {
                let stream = stream.ok_or(Missing::NoBasis)?;
                let total = running(known(context)?).map(|stream| stream.monthly).sum();
                let share = scale(stream.monthly, 1_000_000, total).ok_or(Missing::NoBasis)?;
                let share = i64::try_from(share).map_err(|_| Missing::Overflow)?;
                Ok((Value::ratio(Decimal::new(share, 6)), stream.rows.clone()))
            }))
        },
    ),
    household(
        "income.confidence",
        Type::Ratio,
        None,
        "How sure it is that the income is income and goes on, 0 to 1: words of a payroll or a \
         benefit, how clearly a schedule fits, how many payments, how steady and how recent; \
         weighted by amount. 0.8 is high, 0.55 moderate. Missing without income.",
        |context, _| {
            slot(weighted(
                context,
                |_| true,
                |stream| stream.confidence.total(),
            ))
        },
    ),
    household(
        "income.stability",
        Type::Ratio,
        None,
        "How steady the amounts of the last six payments are, 0 to 1: one less their spread \
         around the median; weighted by amount. Missing without income.",
        |context, _| slot(weighted(context, |_| true, |stream| stream.stability)),
    ),
    household(
        "income.regularity",
        Type::Ratio,
        None,
        "How well payments keep to their dates, 0 to 1, of streams with a schedule, weighted by \
         amount. Missing without such a stream.",
        |context, _| {
            slot(weighted(context, Stream::recurring, |stream| {
                stream.regularity
            }))
        },
    ),
    household(
        "income.days_since_last",
        Type::Days,
        None,
        "Days since the last deposit of any income stream, stopped ones included. Missing \
         without a stream.",
        |context, _| {
            slot(known(context).and_then(|income| {
                let last = income.last.ok_or(Missing::NoBasis)?;
                let today = context.analysis.today;
                let days = today.signed_duration_since(last).num_days();
                let latest = income.streams.iter().filter(|stream| stream.last == last);
                let evidence = Rows::union(latest.map(|stream| &stream.last_rows));
                Ok((Value::Days(days), evidence))
            }))
        },
    ),
    household(
        "income.next_payday",
        Type::Date,
        None,
        "The earliest day on which a running stream is due, moved to a business day where its \
         payments are. Missing without a schedule.",
        |context, _| {
            slot(known(context).and_then(|income| {
                let next = income.next_payday.ok_or(Missing::NoBasis)?;
                plain(Value::Date(next))
            }))
        },
    ),
    household(
        "income.months_observed",
        Type::Count,
        None,
        "In how many calendar months any income stream paid.",
        |context, _| {
            slot(
                known(context)
                    .map(|income| (count(income.months_observed), rows(income.streams.iter()))),
            )
        },
    ),
    household(
        "income.stopped",
        Type::Bool,
        None,
        "Whether the stream that made up at least half of income stopped and nothing of seven \
         tenths its size came after it: a lost job or benefit.",
        |context, _| {
            slot(
                known(context)
                    .map(|income| (Value::Bool(income.stopped), income.stopped_rows.clone())),
            )
        },
    ),
];
