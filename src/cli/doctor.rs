//! `underwrite doctor`: examines a deployment and says what to mend.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use super::chain::prove;
use super::head_file::read_kept;
use super::text::{GREEN, RED, YELLOW, counted, paint};
use super::{CliError, Exit, Terminal, args, assembly};
use crate::clock::{Clock, Stopwatch, SystemClock};
use crate::config::Config;
use crate::id::AccountId;
use crate::ledger::{Ledger, LedgerError, Scope, SqliteLedger};
use crate::limits;
use crate::private;
use crate::sockets::Tls;
use crate::stripe::StripeError;

/// How often a write is synced to see how long that takes.
const SYNCS: usize = 20;
/// A sync takes longer than every decision should wait for it.
const SYNC_SLOW: Duration = Duration::from_millis(20);

/// How something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum State {
    Well,
    /// It works, and should not stay so.
    Doubtful,
    /// It does not work, or will not.
    Wrong,
}

impl State {
    fn word(self) -> &'static str {
        match self {
            Self::Well => "well",
            Self::Doubtful => "doubtful",
            Self::Wrong => "wrong",
        }
    }
}

/// What was found.
struct Finding {
    /// What was looked at.
    what: &'static str,
    state: State,
    /// What was seen, and what to do where that is not well.
    seen: String,
}

impl Finding {
    fn well(what: &'static str, seen: impl Into<String>) -> Self {
        Self {
            what,
            state: State::Well,
            seen: seen.into(),
        }
    }

    fn doubtful(what: &'static str, seen: impl Into<String>) -> Self {
        Self {
            state: State::Doubtful,
            ..Self::well(what, seen)
        }
    }

    fn wrong(what: &'static str, seen: impl ToString) -> Self {
        Self {
            state: State::Wrong,
            ..Self::well(what, seen.to_string())
        }
    }
}

/// Runs the command: it fails where anything is wrong.
pub(super) async fn run(
    command: args::Doctor,
    environment: &BTreeMap<String, String>,
    terminal: &mut Terminal,
) -> Result<Exit, CliError> {
    let serve = &command.serve;
    let file = serve.settings.config.as_deref();
    let found = match Config::load(serve.given(), environment, file) {
        Err(error) => vec![Finding::wrong("settings", error)],
        Ok(config) => examine(&config, command.backups.as_deref()).await,
    };
    let worst = found.iter().map(|one| one.state).max();
    if terminal.wants_json() {
        let found: Vec<Value> = found
            .iter()
            .map(|one| json!({ "what": one.what, "state": one.state.word(), "seen": one.seen }))
            .collect();
        terminal.print_json(&json!({ "found": found }))?;
    } else {
        for one in &found {
            let style = match one.state {
                State::Well => GREEN,
                State::Doubtful => YELLOW,
                State::Wrong => RED,
            };
            let state = paint(style, &format!("{:8}", one.state.word()));
            terminal.print(&format!("{state} {}: {}\n", one.what, one.seen))?;
        }
    }
    Ok(match worst {
        Some(State::Wrong) => Exit::Differences,
        Some(State::Well | State::Doubtful) | None => Exit::Success,
    })
}

async fn examine(config: &Config, backups: Option<&Path>) -> Vec<Finding> {
    vec![
        Finding::well("settings", "valid"),
        rule_sets(config),
        modes(config),
        sync_speed(config),
        ledger(config).await,
        tokens(config).await,
        backup(backups),
        tls(config),
        stripe(config).await,
        webhooks(config),
    ]
}

fn rule_sets(config: &Config) -> Finding {
    let what = "rule sets";
    match assembly::check_rules(config.rules.as_deref()) {
        Ok((of_all, of_tenants)) => {
            let mut seen = counted(of_all, "rule set loads", "rule sets load");
            for (tenant, count) in of_tenants {
                seen.push_str(&format!(", and {count} of `{tenant}`"));
            }
            Finding::well(what, seen)
        }
        Err(error) => Finding::wrong(what, error),
    }
}

/// Whether anybody else can look into the data, or at a secret.
fn modes(config: &Config) -> Finding {
    let what = "file modes";
    let (ledger, cache) = (config.ledger_path(), config.cache_path());
    let columns = config.columns_path();
    if let Err(exposed) = private::check([config.data_dir.as_path(), &ledger, &cache, &columns]) {
        return Finding::wrong(what, exposed);
    }
    let mut secrets = config.secret_files.iter();
    match secrets.try_for_each(|file| private::check_secret(file)) {
        Ok(()) => Finding::well(
            what,
            "nobody but the owner can look into the data and at the secrets",
        ),
        Err(exposed) => Finding::wrong(what, exposed),
    }
}

/// How long it takes until what was written is on the disk: every decision waits for that.
fn sync_speed(config: &Config) -> Finding {
    let what = "disk";
    if !config.data_dir.exists() {
        let folder = config.data_dir.display();
        return Finding::doubtful(what, format!("there is no `{folder}` yet"));
    }
    match median_sync(&config.data_dir) {
        Err(error) => Finding::wrong(
            what,
            format!("`{}` cannot be written: {error}", config.data_dir.display()),
        ),
        Ok(median) if median > SYNC_SLOW => Finding::doubtful(
            what,
            format!(
                "a sync takes {median:.1?}, and every decision waits for one: a disk with a \
                 write cache that outlasts a loss of power is faster"
            ),
        ),
        Ok(median) => Finding::well(what, format!("a sync takes {median:.1?}")),
    }
}

fn median_sync(folder: &Path) -> std::io::Result<Duration> {
    let mut file = tempfile::tempfile_in(folder)?;
    let mut times = Vec::with_capacity(SYNCS);
    for _ in 0..SYNCS {
        let watch = Stopwatch::start();
        file.write_all(&[0; 4096])?;
        file.sync_data()?;
        times.push(watch.elapsed());
    }
    times.sort();
    Ok(times.get(SYNCS / 2).copied().unwrap_or_default())
}

/// Whether the chain is sound, and the clock not behind it.
async fn ledger(config: &Config) -> Finding {
    let what = "ledger";
    let path = config.ledger_path();
    if !path.exists() {
        let shown = path.display();
        return Finding::doubtful(what, format!("there is no `{shown}` yet"));
    }
    let ledger = match SqliteLedger::open_read_only(&path) {
        Ok(ledger) => ledger,
        Err(error) => return Finding::wrong(what, error),
    };
    let report = match prove(&ledger, Scope::default(), None, Arc::new(|_, _| {})).await {
        Ok(report) => report,
        Err(error) => return Finding::wrong(what, error),
    };
    if !report.is_sound() {
        let problems = report.problems_total;
        return Finding::wrong(
            what,
            format!("the chain is not sound, {problems} problems: see `underwrite ledger verify`"),
        );
    }
    if let Err(restored @ LedgerError::Restored) = ledger.ready().await {
        return Finding::wrong(what, restored);
    }
    let now = SystemClock.now();
    if report.newest_at.is_some_and(|newest| newest > now) {
        return Finding::wrong(
            what,
            "its newest record is of a time that this machine's clock has not reached: set the \
             clock",
        );
    }
    let held_back = report.held_back;
    if held_back > 0 {
        return Finding::doubtful(
            what,
            format!(
                "the chain is sound, but the clock ran backwards before {held_back} of its \
                 records: keep it by NTP"
            ),
        );
    }
    let records = report.records;
    Finding::well(what, format!("the chain of {records} records is sound"))
}

/// Whether the key of the tokens is there and theirs.
async fn tokens(config: &Config) -> Finding {
    let what = "tokens";
    let none = "nobody was granted anything: callers on this machine need no token";
    if !config.ledger_path().exists() {
        return Finding::well(what, none);
    }
    let ledger: Arc<dyn Ledger> = match SqliteLedger::open_read_only(&config.ledger_path()) {
        Ok(ledger) => Arc::new(ledger),
        Err(error) => return Finding::wrong(what, error),
    };
    match assembly::authority(config, ledger, Arc::new(SystemClock)).await {
        Ok(authority) if authority.has_grants() => {
            Finding::well(what, "those in use are known by their key")
        }
        Ok(_) => Finding::well(what, none),
        Err(error) => Finding::wrong(what, error),
    }
}

/// How old the newest backup is, where it is told where they are.
fn backup(folder: Option<&Path>) -> Finding {
    let what = "backup";
    let Some(folder) = folder else {
        return Finding::doubtful(
            what,
            "not looked for: name their folder with `--backups`, where `ledger backup` writes",
        );
    };
    let shown = folder.display();
    let files = match fs::read_dir(folder) {
        Ok(files) => files,
        Err(error) => return Finding::wrong(what, format!("`{shown}`: {error}")),
    };
    let heads = files.flatten().map(|file| file.path()).filter(|path| {
        // A head alone is no backup.
        path.extension().is_some_and(|ending| ending == "head") && path.with_extension("").exists()
    });
    let newest = heads
        .filter_map(|path| read_kept(&path).ok())
        .map(|kept| kept.at)
        .max();
    let Some(newest) = newest else {
        return Finding::wrong(
            what,
            format!(
                "there is none in `{shown}`: make one with `underwrite ledger backup \
                 {shown}/NAME.sqlite`"
            ),
        );
    };
    let age = SystemClock.now().signed_duration_since(newest);
    let hours = age.num_hours();
    if age > limits::BACKUP_AGE_MAX {
        Finding::wrong(
            what,
            format!(
                "the newest in `{shown}` is {hours} hours old: see what keeps `underwrite ledger \
                 backup` from being run"
            ),
        )
    } else {
        Finding::well(
            what,
            format!("the newest in `{shown}` is {hours} hours old"),
        )
    }
}

/// Whether the files of TLS can be used, and for how long.
fn tls(config: &Config) -> Finding {
    let what = "tls";
    let Some(files) = config.tls.clone() else {
        return if config.listen.ip().is_loopback() {
            Finding::well(what, "none, and gRPC calls come from this machine alone")
        } else {
            Finding::doubtful(
                what,
                "none: whoever is between can read along, unless a proxy encrypts: set \
                 `tls_certificate` and `tls_key`",
            )
        };
    };
    match Tls::load(files, Arc::new(SystemClock)) {
        Err(error) => Finding::wrong(what, error),
        Ok(tls) => {
            let left = tls.expires().signed_duration_since(SystemClock.now());
            let until = format!("the certificate expires at {}", tls.expires());
            if left.to_std().unwrap_or_default() <= limits::TLS_EXPIRY_WARNING {
                Finding::doubtful(what, format!("{until}: renew it"))
            } else {
                Finding::well(what, until)
            }
        }
    }
}

/// Whether the key works, and may see linked accounts.
async fn stripe(config: &Config) -> Finding {
    let what = "stripe";
    let client = match assembly::stripe_client(config) {
        Ok(client) => client,
        Err(error) => return Finding::wrong(what, error),
    };
    // No account has this name: whoever may ask is told so.
    let nobody = match AccountId::parse("fca_underwritedoctor") {
        Ok(nobody) => nobody,
        Err(error) => return Finding::wrong(what, error),
    };
    let mode = if client.livemode() { "live" } else { "test" };
    let works = || {
        let base = &config.stripe_api_base;
        Finding::well(
            what,
            format!("the key works at `{base}` in {mode} mode, and may see linked accounts"),
        )
    };
    match client.retrieve_account(&nobody, None).await {
        Ok(_) | Err(StripeError::NotFound(_)) => works(),
        Err(error @ StripeError::KeyRefused(_)) => Finding::wrong(
            what,
            format!("{error}: make another key in the dashboard, and set it"),
        ),
        Err(error @ StripeError::Forbidden(_)) => Finding::wrong(
            what,
            format!(
                "{error}: let the key read Financial Connections, and see in the dashboard that \
                 the product is there"
            ),
        ),
        Err(error @ StripeError::Unreachable(_)) => Finding::wrong(
            what,
            format!(
                "{error} at `{}`: see that this machine may open connections to there",
                config.stripe_api_base
            ),
        ),
        Err(error) => Finding::wrong(what, error),
    }
}

fn webhooks(config: &Config) -> Finding {
    let what = "webhooks";
    match (config.http.listen, &config.http.webhook_secrets) {
        (Some(address), Some(_)) => Finding::well(what, format!("taken on {address}, signed")),
        (Some(_), None) => Finding::doubtful(
            what,
            "none is taken without a signing secret, so refreshes are only polled for: set \
             `STRIPE_WEBHOOK_SECRET`",
        ),
        (None, _) => Finding::doubtful(
            what,
            "there is no HTTP port, so refreshes are only polled for, and nobody can ask for \
             health and metrics: set `http_listen`",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_backup_is_too_old_above_the_limit_and_its_head_alone_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let state = |age: chrono::TimeDelta| {
            let at = SystemClock.now() - age;
            let head = json!({"chain_id": "c", "seq": 1, "hash": "ab".repeat(32), "at": at});
            fs::write(folder.path().join("nightly.head"), head.to_string()).unwrap();
            backup(Some(folder.path())).state
        };
        let minute = chrono::TimeDelta::minutes(1);
        assert_eq!(state(minute), State::Wrong, "without the backup itself");
        fs::write(folder.path().join("nightly"), "").unwrap();
        assert_eq!(state(limits::BACKUP_AGE_MAX - minute), State::Well);
        assert_eq!(state(limits::BACKUP_AGE_MAX + minute), State::Wrong);
    }
}
