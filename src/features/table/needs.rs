//! What a feature's row needs, looked up before its extractor runs: one place says when a value is
//! missing for want of data, and why.

use chrono::NaiveDate;

use super::super::context::{Context, Given};
use super::super::row::{Feature, Need};
use super::super::value::Missing;
use crate::analysis::{AccountAnalysis, SignEvidence, Stream};
use crate::snapshot::{Absence, Balance, Coverage, Snapshot};

/// Of this many days of a window ...
const WINDOW_OF: i64 = 10;
/// ... so many must be covered. A judgement: banks that give "90 days" often give a few less, and
/// a sum over nine tenths of a window, scaled to a month, is still that of the window.
const WINDOW_COVERED: i64 = 9;

/// Three monthly payments fit into so many days; with less, no income found proves nothing.
const ESTABLISHED_DAYS: u32 = 90;

/// Looks up everything that a row needs; fails with the cause of the first that is not there.
pub(super) fn meet<'a>(
    context: &Context<'a>,
    feature: &Feature,
    subject: usize,
) -> Result<Given<'a>, Missing> {
    let mut given = Given {
        subject,
        window: feature.window_days().unwrap_or(0),
        daily: &[],
        lows: &[],
        history: None,
    };
    for need in feature.needs {
        match *need {
            Need::History => given.history = Some(history(context)?),
            Need::DirectedHistory => given.history = Some(directed_history(context)?),
            Need::Window(days) => given.history = Some(window(context, days)?),
            Need::DirectedWindow(days) => {
                directed_history(context)?;
                given.history = Some(window(context, days)?);
            }
            Need::Income => {
                let coverage = directed_history(context)?;
                followed(context)?;
                let mut streams = context.analysis.income.streams.iter();
                if !streams.any(Stream::counts) {
                    window(context, ESTABLISHED_DAYS)?;
                }
                given.history = Some(coverage);
            }
            Need::Streams => {
                given.history = Some(directed_history(context)?);
                followed(context)?;
            }
            Need::AccountHistory => given.history = Some(account_history(context, subject)?),
            Need::AccountWindow(days) => {
                let coverage = account_history(context, subject)?;
                given.history = Some(covering(coverage, days)?);
            }
            Need::DebitAccount => given.subject = debited(context)?,
            Need::DebitHistory => {
                given.subject = context.first_link(debited(context)?);
                given.history = Some(account_history(context, given.subject)?);
            }
            Need::DebitWindow(days) => {
                given.subject = context.first_link(debited(context)?);
                let coverage = account_history(context, given.subject)?;
                given.history = Some(covering(coverage, days)?);
            }
            Need::DailyBalances(days) => (given.daily, given.lows) = daily(context, days)?,
        }
    }
    Ok(given)
}

/// The account that is to be debited, by position.
fn debited(context: &Context<'_>) -> Result<usize, Missing> {
    let debited = context.debited()?;
    context.cash_account(debited)?;
    Ok(debited)
}

/// Whether `covered` days are enough of a window.
fn covers(covered: i64, window: i64) -> bool {
    covered.saturating_mul(WINDOW_OF) >= window.saturating_mul(WINDOW_COVERED)
}

/// The days that the household's history covers, or why there is none. Where the bank has yet to
/// deliver the rows of an account that counts, or failed to, the others do not speak for it.
fn history(context: &Context<'_>) -> Result<Coverage, Missing> {
    let absences = || usable(context).filter_map(|(_, one)| one.transactions.known().err());
    let undelivered = |why: &Absence| matches!(why, Absence::NotReady | Absence::RefreshFailed);
    if let Some(why) = absences().find(undelivered) {
        return Err(why.into());
    }
    if let Some(coverage) = context.analysis.history {
        return Ok(coverage);
    }
    if usable(context).next().is_some() {
        let absent = absences().next();
        return Err(absent.map_or(Missing::HistoryTooShort, Missing::from));
    }
    Err(no_account(context))
}

fn usable<'a>(
    context: &Context<'a>,
) -> impl Iterator<Item = (&'a AccountAnalysis, &'a Snapshot)> + use<'a> {
    context.accounts().filter(|(one, _)| one.facts.usable())
}

/// Why no account counts.
fn no_account(context: &Context<'_>) -> Missing {
    let mut accounts = context.accounts();
    if accounts.any(|(one, _)| one.facts.cash && one.facts.other_currency_only) {
        Missing::OtherCurrency
    } else {
        Missing::NoSuchAccount
    }
}

/// The history, where it is no question which way money went and nothing of it is missing.
fn directed_history(context: &Context<'_>) -> Result<Coverage, Missing> {
    let coverage = history(context)?;
    unambiguous(context)?;
    Ok(coverage)
}

/// Fails where it is a question which way money went, or where rows may be missing: of a list
/// that was cut, or has something that could not be read, nobody knows what else is in it.
fn unambiguous(context: &Context<'_>) -> Result<(), Missing> {
    let incomplete = usable(context).any(|(_, snapshot)| snapshot.lacks_rows());
    if incomplete || context.analysis.sign == SignEvidence::Conflict {
        Err(Missing::Ambiguous)
    } else {
        Ok(())
    }
}

/// The directed history of one account.
fn account_history(context: &Context<'_>, subject: usize) -> Result<Coverage, Missing> {
    let (account, snapshot) = context
        .accounts()
        .nth(subject)
        .ok_or(Missing::NoSuchAccount)?;
    if !account.facts.usable() {
        let other_currency = account.facts.cash && account.facts.other_currency_only;
        return Err(if other_currency {
            Missing::OtherCurrency
        } else {
            Missing::NoSuchAccount
        });
    }
    snapshot.transactions.known()?;
    let coverage = account.facts.coverage.ok_or(Missing::HistoryTooShort)?;
    if snapshot.lacks_rows() || account.sign == Some(SignEvidence::Conflict) {
        return Err(Missing::Ambiguous);
    }
    Ok(coverage)
}

/// Fails where a reviewer's word on a stream could not be followed: what else they meant to say is
/// not known.
fn followed(context: &Context<'_>) -> Result<(), Missing> {
    let mut reviews = context.analysis.reviews.iter();
    if reviews.all(|review| review.effect.is_clear()) {
        Ok(())
    } else {
        Err(Missing::ReviewUnclear)
    }
}

/// The history, where it covers enough of `days`.
fn window(context: &Context<'_>, days: u32) -> Result<Coverage, Missing> {
    covering(history(context)?, days)
}

fn covering(coverage: Coverage, days: u32) -> Result<Coverage, Missing> {
    if covers(coverage.days(), days.into()) {
        Ok(coverage)
    } else {
        Err(Missing::HistoryTooShort)
    }
}

/// The accounts whose balances count, each with its balance.
pub(super) fn balances<'a>(context: &Context<'a>) -> Result<Vec<&'a Balance>, Missing> {
    let any_checking = usable(context).any(|(one, _)| one.facts.checking);
    let chosen: Vec<&Snapshot> = usable(context)
        .filter(|(one, _)| one.facts.checking || !any_checking)
        .map(|(_, snapshot)| snapshot)
        .collect();
    if chosen.is_empty() {
        return Err(no_account(context));
    }
    chosen
        .into_iter()
        .map(|snapshot| snapshot.balance.known().map_err(Missing::from))
        .collect()
}

/// The end-of-day balances of the last `days` days, or of enough of them, and how low each goes.
fn daily<'a>(context: &Context<'a>, days: u32) -> Result<(&'a [i128], &'a [i128]), Missing> {
    balances(context)?;
    unambiguous(context)?;
    let found = &context.analysis.balances;
    let Some(combined) = &found.combined else {
        let without_history = found.without_history;
        let snapshot = without_history.and_then(|index| context.snapshot(index));
        let absent = snapshot.and_then(|snapshot| snapshot.transactions.known().err());
        return Err(absent.map_or(Missing::HistoryTooShort, Missing::from));
    };
    let wanted = usize::try_from(days).unwrap_or(usize::MAX);
    let have = combined.values.len().min(wanted);
    if !covers(i64::try_from(have).unwrap_or(0), days.into()) {
        return Err(Missing::HistoryTooShort);
    }
    let values = combined.tail(have).ok_or(Missing::HistoryTooShort)?;
    // Days before a gap, or on which an account is where no bank lets one be, are no balances.
    let fit = |from: NaiveDate| combined.last().signed_duration_since(from).num_days() + 1;
    if found.fit_from.map_or(0, fit) < i64::try_from(have).unwrap_or(i64::MAX) {
        return Err(Missing::Ambiguous);
    }
    Ok(values)
}
