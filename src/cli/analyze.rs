//! `underwrite analyze`: the whole picture of an applicant's bank data.

mod batch;
mod text;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, SubsecRound, Utc};
use serde_json::Value;
use tokio::sync::{Notify, Semaphore};
use tokio::task::JoinSet;

use super::args::{Analyze, Moment};
use super::page_file::PageFile;
use super::{CliError, Exit, Terminal, assembly, limited_file, rule_files};
use crate::analysis::{AmountSign, Settings};
use crate::application::Freshness;
use crate::calendar::{AsOf, Zone, end_of_day};
use crate::clock::Clock;
use crate::config::Config;
use crate::id::{AccountId, ConnectedAccountId};
use crate::lexicon::Lexicon;
use crate::limits;
use crate::report::{self, Look, Report, ReportError};
use crate::rewind::{Knowledge, latest_moment, rewind};
use crate::rules::Bundle;
use crate::snapshot::{Fetched, Snapshot, freeze};
use crate::stripe::{self, FetchRequest, StripeClient, StripeError};

/// Runs the command.
pub(super) async fn run(
    command: Analyze,
    environment: &BTreeMap<String, String>,
    terminal: &mut Terminal,
) -> Result<Exit, CliError> {
    if command.accounts.is_empty() && command.file.is_none() && command.batch.is_none() {
        let message = "nothing to look at: name linked accounts (`fca_...`), a file with `--file`, \
                       or a file of many applicants with `--batch`";
        return Err(CliError::Usage(message.to_owned()));
    }
    let max = limits::ACCOUNTS_MAX;
    if command.accounts.len() > max {
        let message = format!("one applicant has at most {max} accounts: name fewer");
        return Err(CliError::Usage(message));
    }
    let page_file = PageFile::of(command.html.as_deref(), "--html", terminal)?;
    let config = Config::load(command.given(), environment, command.at.config.as_deref())?;
    let rules = command.rules.as_deref().map(rule_files::read);
    let bundle = rules
        .map(|file| assembly::publish_one(&file?))
        .transpose()?;
    let manner = Manner {
        command: &command,
        config: &config,
        lexicon: bundle
            .as_ref()
            .map_or_else(|| Lexicon::built_in(), Bundle::lexicon),
    };
    if let Some(path) = &command.batch {
        return batch::run(path, manner, terminal).await;
    }
    let name = command.name.as_deref();
    let report = match &command.file {
        Some(path) => {
            if command.today.date.is_some() {
                let message = "`--today` stops the clock, and a file needs none: use `--as-of`";
                return Err(CliError::Usage(message.to_owned()));
            }
            of_file(manner, path, name)?
        }
        None => {
            let bank = Bank::open(&command, &config)?;
            let now = bank.clock.now();
            let fetched = bank.fetch(command.accounts.clone(), now).await?;
            of_accounts(manner, fetched, now, name)?
        }
    };
    page_file.write(|| report::page(&report), terminal)?;
    show(&command, &report, terminal)?;
    Ok(Exit::Success)
}

/// How applicants are looked at: all of one command in the same way.
#[derive(Clone, Copy)]
struct Manner<'a> {
    command: &'a Analyze,
    config: &'a Config,
    lexicon: &'a Lexicon,
}

/// The report of a file, as it stood at the moment that was asked for, or at its latest.
fn of_file(manner: Manner<'_>, path: &Path, name: Option<&str>) -> Result<Report, CliError> {
    let zone = manner.config.zone;
    let (stored, latest) = stored(path, zone)?;
    let instant = match manner.command.as_of {
        None => latest,
        Some(Moment::At(instant)) => instant,
        Some(Moment::EndOf(day)) => end_of_day(day, zone),
    };
    look(manner, stored, instant, name)
        .map_err(|error| CliError::other("analyze", format!("`{}`: {error}", path.display())))
}

/// The report of accounts that were fetched now, as they stood at the moment that was asked for.
fn of_accounts(
    manner: Manner<'_>,
    fetched: Vec<Fetched>,
    now: DateTime<Utc>,
    name: Option<&str>,
) -> Result<Report, CliError> {
    let zone = manner.config.zone;
    let instant = match manner.command.as_of {
        None => now,
        Some(Moment::At(instant)) => instant,
        Some(Moment::EndOf(day)) => {
            let end = end_of_day(day, zone);
            let today = AsOf { instant: now, zone };
            // The end of a day that is not over is now.
            if day == today.date() {
                now.min(end)
            } else {
                end
            }
        }
    };
    if instant > now {
        let message = "`--as-of` is later than now: nothing is known of that moment";
        return Err(CliError::Usage(message.to_owned()));
    }
    look(manner, fetched, instant, name)
        .map_err(|error| CliError::other("analyze", error.to_string()))
}

/// The report of what was read, as it stood at `instant`.
fn look(
    manner: Manner<'_>,
    fetched: Vec<Fetched>,
    instant: DateTime<Utc>,
    name: Option<&str>,
) -> Result<Report, ReportError> {
    let Manner {
        command,
        config,
        lexicon,
    } = manner;
    let as_of = AsOf {
        instant: instant.trunc_subsecs(0),
        zone: config.zone,
    };
    let settings = Settings {
        amount_sign: config.amount_sign,
    };
    let look = Look {
        as_of,
        currency: command.currency,
        name,
        settings,
        lexicon,
    };
    let stood = match command.as_of {
        None => fetched,
        Some(_) => rewound(fetched, as_of, settings.amount_sign),
    };
    let snapshots = stood.into_iter();
    let snapshots: Vec<Snapshot> = snapshots.map(|one| freeze(one, config.zone)).collect();
    report::report(&snapshots, &look)
}

/// Accounts as they stood, whatever of that is only assumed: they are looked at, and nothing is decided.
pub(super) fn rewound(accounts: Vec<Fetched>, at: AsOf, sign: AmountSign) -> Vec<Fetched> {
    let rewound = rewind(accounts, at, sign, Knowledge::Assumed).into_iter();
    rewound.map(|one| one.fetched).collect()
}

fn show(command: &Analyze, report: &Report, terminal: &mut Terminal) -> Result<(), CliError> {
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
pub(super) fn stored(path: &Path, zone: Zone) -> Result<(Vec<Fetched>, DateTime<Utc>), CliError> {
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
    let bytes = limited_file::read(path, max).map_err(|error| CliError::file(path, &error))?;
    let bytes = bytes.ok_or_else(|| unusable(format!("is larger than {max} bytes")))?;
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
    let moment = latest_moment(&accounts, zone).unwrap_or(DateTime::UNIX_EPOCH);
    for account in &mut accounts {
        account.fetched_at = moment;
    }
    Ok((accounts, moment))
}

/// Where accounts are fetched from, for all that are looked at.
#[derive(Clone)]
pub(super) struct Bank {
    client: Arc<StripeClient>,
    clock: Arc<dyn Clock>,
    permits: Arc<Semaphore>,
    connected: Option<ConnectedAccountId>,
    settle_within: Duration,
}

impl Bank {
    fn open(command: &Analyze, config: &Config) -> Result<Self, CliError> {
        let clock = assembly::clock(config, command.today.date)?;
        Self::new(config, clock, command.at.stripe_account.clone())
    }

    /// The one that the settings name.
    pub(super) fn new(
        config: &Config,
        clock: Arc<dyn Clock>,
        connected: Option<ConnectedAccountId>,
    ) -> Result<Self, CliError> {
        Ok(Self {
            clock,
            client: Arc::new(assembly::stripe_client(config)?),
            permits: Arc::new(Semaphore::new(limits::FETCHES_IN_FLIGHT_MAX)),
            connected,
            settle_within: config.wait_limits.answer_within,
        })
    }

    /// The accounts as a decision would fetch them.
    pub(super) async fn fetch(
        &self,
        accounts: Vec<AccountId>,
        now: DateTime<Utc>,
    ) -> Result<Vec<Fetched>, CliError> {
        let history = chrono::Duration::days(i64::from(limits::HISTORY_DAYS));
        let mut fetches = JoinSet::new();
        for (place, account) in accounts.iter().enumerate() {
            let wanted = FetchRequest {
                account: account.clone(),
                connected: self.connected.clone(),
                since: now.checked_sub_signed(history).unwrap_or(now),
                now,
                freshness: Freshness::default(),
                settle_within: self.settle_within,
                known: None,
                woken: Arc::new(Notify::new()),
            };
            let (client, permits) = (Arc::clone(&self.client), Arc::clone(&self.permits));
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
        let accounts = accounts.iter().zip(found.into_values());
        let accounts = accounts.map(|(account, fetched)| {
            fetched.map_err(|error| CliError::other(error.code(), format!("{account}: {error}")))
        });
        accounts.collect()
    }
}

#[cfg(test)]
mod tests;
