//! `underwrite analyze`: the whole picture of an applicant's bank data.

mod sparkline;
mod text;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use chrono::{DateTime, SubsecRound, Utc};
use serde_json::Value;
use tokio::sync::{Notify, Semaphore};
use tokio::task::JoinSet;

use super::args::{Analyze, Moment};
use super::{CliError, Exit, Terminal, assembly};
use crate::analysis::Settings;
use crate::application::Freshness;
use crate::calendar::{AsOf, Zone, end_of_day};
use crate::config::Config;
use crate::lexicon::Lexicon;
use crate::limits;
use crate::private;
use crate::report::{self, Look, Report, ReportError};
use crate::rules::Bundle;
use crate::snapshot::{Fetched, Snapshot, freeze};
use crate::stripe::{self, FetchRequest, StripeError};

/// Runs the command.
pub(super) async fn run(
    command: Analyze,
    environment: &BTreeMap<String, String>,
    terminal: &mut Terminal,
) -> Result<Exit, CliError> {
    if command.accounts.is_empty() && command.file.is_none() {
        let message =
            "nothing to look at: name linked accounts (`fca_...`), or a file with `--file`";
        return Err(CliError::Usage(message.to_owned()));
    }
    let to_stdout = command.html.as_deref() == Some(Path::new("-"));
    if to_stdout && terminal.wants_json() {
        let message =
            "a page and JSON do not both fit on standard output: name a file with `--html`";
        return Err(CliError::Usage(message.to_owned()));
    }
    let config = Config::load(command.given(), environment, command.at.config.as_deref())?;
    let (fetched, known_until) = match &command.file {
        Some(path) => {
            if command.today.date.is_some() {
                let message = "`--today` stops the clock, and a file needs none: use `--as-of`";
                return Err(CliError::Usage(message.to_owned()));
            }
            stored(path, config.zone)?
        }
        None => fetched(&command, &config).await?,
    };
    let report = look(&command, &config, fetched, known_until)?;
    show(&command, &report, terminal)?;
    Ok(Exit::Success)
}

/// The report of what was read, as it stood at the moment that was asked for.
fn look(
    command: &Analyze,
    config: &Config,
    fetched: Vec<Fetched>,
    known_until: DateTime<Utc>,
) -> Result<Report, CliError> {
    let instant = match command.as_of {
        None => known_until,
        Some(Moment::At(instant)) => instant,
        // The end of a day that is not over is now.
        Some(Moment::EndOf(day)) if command.file.is_none() => {
            let end = end_of_day(day, config.zone);
            let now = AsOf {
                instant: known_until,
                zone: config.zone,
            };
            if day == now.date() {
                known_until.min(end)
            } else {
                end
            }
        }
        Some(Moment::EndOf(day)) => end_of_day(day, config.zone),
    };
    if command.file.is_none() && instant > known_until {
        let message = "`--as-of` is later than now: nothing is known of that moment";
        return Err(CliError::Usage(message.to_owned()));
    }
    let as_of = AsOf {
        instant: instant.trunc_subsecs(0),
        zone: config.zone,
    };
    let settings = Settings {
        amount_sign: config.amount_sign,
    };
    let rules = command.rules.as_deref().map(assembly::read_rule_file);
    let bundle = rules
        .map(|file| assembly::publish_one(&file?))
        .transpose()?;
    let look = Look {
        as_of,
        currency: command.currency,
        name: command.name.as_deref(),
        settings,
        lexicon: bundle
            .as_ref()
            .map_or_else(|| Lexicon::built_in(), Bundle::lexicon),
    };
    let stood = fetched.into_iter().map(|account| match command.as_of {
        None => account,
        Some(_) => report::rewind(account, as_of, settings.amount_sign),
    });
    let snapshots: Vec<Snapshot> = stood.map(|account| freeze(account, config.zone)).collect();
    report::report(&snapshots, &look).map_err(|error| failed(command, &error))
}

fn failed(command: &Analyze, error: &ReportError) -> CliError {
    let message = match &command.file {
        Some(path) => format!("`{}`: {error}", path.display()),
        None => error.to_string(),
    };
    CliError::other("analyze", message)
}

fn show(command: &Analyze, report: &Report, terminal: &mut Terminal) -> Result<(), CliError> {
    if let Some(path) = &command.html {
        let page = report::page(report);
        if path == Path::new("-") {
            return Ok(terminal.print(&page)?);
        }
        let written = private::write_new(path, page.as_bytes());
        written.map_err(|error| CliError::file(path, &error))?;
        terminal.note(&format!("the page is in `{}`", path.display()))?;
    }
    if terminal.wants_json() {
        let value = serde_json::to_value(report);
        let value: Value = value.map_err(|error| CliError::other("json", error.to_string()))?;
        terminal.print_json(&value)?;
    } else if command.html.is_none() {
        let width = terminal.width();
        terminal.print(&text::text(report, width))?;
    }
    Ok(())
}

/// The accounts of a file, as if they had been fetched at its latest moment, which is given too.
fn stored(path: &Path, zone: Zone) -> Result<(Vec<Fetched>, DateTime<Utc>), CliError> {
    let unusable = |problem: String| {
        let message = format!(
            "`{}` {problem}: it must be a JSON array of Stripe's `financial_connections.account` \
             and `financial_connections.transaction`, each transaction of an account in it; see \
             `docs/analyze.md`",
            path.display()
        );
        CliError::other("file", message)
    };
    let max = limits::CORPUS_BANK_BYTES_MAX;
    let file = File::open(path).map_err(|error| CliError::file(path, &error))?;
    let mut bytes = Vec::new();
    let read = file.take(max.saturating_add(1)).read_to_end(&mut bytes);
    read.map_err(|error| CliError::file(path, &error))?;
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > max {
        return Err(unusable(format!("is larger than {max} bytes")));
    }
    let read = stripe::read_stored(&bytes, DateTime::UNIX_EPOCH);
    let mut accounts = read.map_err(|error| {
        if let StripeError::BadAnswer { problem, .. } = error {
            unusable(format!("cannot be used ({problem})"))
        } else {
            error.into()
        }
    })?;
    if accounts.is_empty() {
        return Err(unusable("has no account in it".to_owned()));
    }
    let moment = report::latest_moment(&accounts, zone).unwrap_or(DateTime::UNIX_EPOCH);
    for account in &mut accounts {
        account.fetched_at = moment;
    }
    Ok((accounts, moment))
}

/// The accounts as a decision would fetch them, and the moment of now.
async fn fetched(
    command: &Analyze,
    config: &Config,
) -> Result<(Vec<Fetched>, DateTime<Utc>), CliError> {
    let now = assembly::clock(config, command.today.date)?.now();
    let client = Arc::new(assembly::stripe_client(config)?);
    let history = chrono::Duration::days(i64::from(limits::HISTORY_DAYS));
    let permits = Arc::new(Semaphore::new(limits::FETCHES_IN_FLIGHT_MAX));
    let mut fetches = JoinSet::new();
    for (place, account) in command.accounts.iter().enumerate() {
        let wanted = FetchRequest {
            account: account.clone(),
            connected: command.at.stripe_account.clone(),
            since: now.checked_sub_signed(history).unwrap_or(now),
            now,
            freshness: Freshness::default(),
            settle_within: config.wait_limits.answer_within,
            known: None,
            woken: Arc::new(Notify::new()),
        };
        let (client, permits) = (Arc::clone(&client), Arc::clone(&permits));
        fetches.spawn(async move {
            let _permit = permits.acquire_owned().await;
            (place, client.fetch(&wanted).await)
        });
    }
    let mut found: BTreeMap<usize, Result<Fetched, StripeError>> = BTreeMap::new();
    while let Some(ended) = fetches.join_next().await {
        let ended = ended.map_err(|error| CliError::other("fetch", error.to_string()))?;
        found.insert(ended.0, ended.1);
    }
    // The first failure in the order of the accounts.
    let accounts = command.accounts.iter().zip(found.into_values());
    let accounts = accounts.map(|(account, fetched)| {
        fetched.map_err(|error| CliError::other(error.code(), format!("{account}: {error}")))
    });
    Ok((accounts.collect::<Result<_, _>>()?, now))
}

#[cfg(test)]
mod tests;
