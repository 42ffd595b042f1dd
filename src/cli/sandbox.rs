//! `underwrite sandbox`: plays Stripe, for development.

use std::collections::BTreeMap;
use std::fs;
use std::time::Duration;

use secrecy::SecretString;
use serde_json::{Map, Value, json};

use super::args::{self, Today};
use super::table::{self, Cell};
use super::text::{self, BOLD, counted};
use super::{CliError, Exit, Terminal, json, serve};
use crate::clock::{Clock, SystemClock};
use crate::id::AccountId;
use crate::sandbox::{
    Counts, Faults, SampleApplicant, SampleHandle, Sandbox, SandboxConfig, SandboxError, Webhooks,
    applicants, handles,
};
use crate::service::to_wire;

/// Runs the command until the process is asked to stop.
pub(super) async fn run(
    command: args::Sandbox,
    environment: &BTreeMap<String, String>,
    terminal: &mut Terminal,
) -> Result<Exit, CliError> {
    let (base, advice) = match command.today.date {
        Some(today) => (SandboxConfig::new(today), format!(" and --today {today}")),
        None => (SandboxConfig::at(SystemClock.now()), String::new()),
    };
    let today = base.today;
    if command.list {
        return list(&applicants(today), &handles(today), terminal);
    }
    if !command.addr.ip().is_loopback() {
        let message = "a sandbox answers on a loopback address only";
        return Err(CliError::Usage(message.to_owned()));
    }
    let address = command.addr;
    let sandbox = Sandbox::new(config(command, base, environment)?).map_err(failed)?;
    let handle = sandbox.handle();
    let listener = serve::bind(address, "--addr").await?;
    let address = listener.local_addr()?;
    let (accounts, transactions) = (sandbox.accounts(), sandbox.transactions());
    if terminal.wants_json() {
        terminal.print_json(&json!({
            "listening": address.to_string(),
            "today": today.to_string(),
            "accounts": accounts,
            "transactions": transactions,
        }))?;
    } else {
        terminal.print(&format!(
            "Playing Stripe on http://{address} with {} and {}, on {today}\n",
            counted(accounts, "account", "accounts"),
            counted(transactions, "transaction", "transactions"),
        ))?;
        terminal.note(&format!(
            "use it with STRIPE_API_BASE=http://{address} STRIPE_API_KEY=sk_test_sandbox{advice}"
        ))?;
    }
    sandbox
        .serve(listener, serve::stop_signal())
        .await
        .map_err(failed)?;
    let counts = handle.counts();
    if terminal.wants_json() {
        terminal.print_json(&json!({ "counts": counts_json(&counts) }))?;
    } else {
        terminal.print(&counts_text(&counts))?;
    }
    Ok(Exit::Success)
}

fn failed(error: SandboxError) -> CliError {
    CliError::other("sandbox", error.to_string())
}

fn config(
    command: args::Sandbox,
    base: SandboxConfig,
    environment: &BTreeMap<String, String>,
) -> Result<SandboxConfig, CliError> {
    let faults = match &command.fault {
        Some(path) => Faults::read(path).map_err(|error| {
            CliError::other("sandbox", format!("`{}`: {error}", path.display()))
        })?,
        None => Faults::none(),
    };
    Ok(SandboxConfig {
        faults,
        rate_limit: command.rate_limit,
        webhooks: webhooks(&command, environment)?,
        load: command.load,
        refresh_delay: Duration::from_millis(u64::from(command.refresh_delay)),
        ..base
    })
}

/// The variable that holds the secret of webhooks.
const WEBHOOK_SECRET: &str = "STRIPE_WEBHOOK_SECRET";

fn webhooks(
    command: &args::Sandbox,
    environment: &BTreeMap<String, String>,
) -> Result<Option<Webhooks>, CliError> {
    if command.webhook.is_empty() {
        return Ok(None);
    }
    let secret = match &command.webhook_secret_file {
        Some(path) => fs::read_to_string(path).map_err(|error| CliError::file(path, &error))?,
        None => environment.get(WEBHOOK_SECRET).cloned().unwrap_or_default(),
    };
    let secret = secret.trim();
    if secret.is_empty() {
        return Err(CliError::Usage(format!(
            "webhooks are signed: set `{WEBHOOK_SECRET}` to the secret, such as `whsec_test`, or \
             name a file that holds it with `--webhook-secret-file`"
        )));
    }
    Ok(Some(Webhooks {
        urls: command.webhook.clone(),
        secrets: vec![SecretString::from(secret.to_owned())],
        repeat: command.webhook_repeat,
    }))
}

fn counts_json(counts: &Counts) -> Value {
    let refreshes: Map<String, Value> = counts
        .refreshes
        .iter()
        .map(|(account, features)| {
            let features = features
                .iter()
                .map(|(it, count)| (it.word().to_owned(), json!(count)));
            (account.clone(), Value::Object(features.collect()))
        })
        .collect();
    json!({
        "calls": counts.calls,
        "by_endpoint": counts.by_endpoint,
        "peak_per_second": counts.peak,
        "peak_per_second_by_endpoint": counts.peak_by_endpoint,
        "peak_per_second_by_account": counts.peak_by_account,
        "rate_limited": counts.rate_limited,
        "faulted": counts.faulted,
        "refreshes": refreshes,
        "idempotency_keys": counts.idempotency_keys,
        "webhooks_delivered": counts.webhooks_delivered,
        "webhooks_lost": counts.webhooks_lost,
    })
}

fn counts_text(counts: &Counts) -> String {
    let started = counts.refreshes.values().flat_map(BTreeMap::values);
    let started: u64 = started.sum();
    let (keys, limited) = (counts.idempotency_keys, counts.rate_limited);
    let mut text = format!(
        "Calls: {}, at most {} in one second, {} hit by faults, {limited} over the rate limit\n\
         Refreshes started: {started}, with {keys} idempotency keys\n\
         Webhooks: {} delivered, {} lost\n",
        counts.calls, counts.peak, counts.faulted, counts.webhooks_delivered, counts.webhooks_lost,
    );
    if counts.calls > 0 {
        let head = ["endpoint", "calls", "most in one second"];
        let peak = |name| counts.peak_by_endpoint.get(name).copied().unwrap_or(0);
        let rows = counts.by_endpoint.iter().map(|(name, calls)| {
            vec![
                Cell::new(*name),
                Cell::right(calls.to_string()),
                Cell::right(peak(name).to_string()),
            ]
        });
        text.push_str(&table::render(&head, rows.collect(), None));
    }
    text
}

/// The day that was given, or the one of the machine's clock in UTC.
pub(super) fn today(given: Today) -> chrono::NaiveDate {
    given.date.unwrap_or_else(|| SystemClock.now().date_naive())
}

fn list(
    samples: &[SampleApplicant],
    handles: &[SampleHandle],
    terminal: &mut Terminal,
) -> Result<Exit, CliError> {
    if terminal.wants_json() {
        let mut all = Vec::new();
        for sample in samples {
            let application = to_wire::application(&sample.application);
            all.push(json!({
                "key": sample.key,
                "story": sample.story,
                "application": json::of("Application", &application)?,
            }));
        }
        let handle = |handle: &SampleHandle| {
            json!({
                "id": handle.id,
                "object": handle.object,
                "stripe_account": handle.stripe_account,
                "accounts": handle.accounts,
                "note": handle.note,
            })
        };
        let handles: Vec<_> = handles.iter().map(handle).collect();
        terminal.print_json(&json!({ "applicants": all, "handles": handles }))?;
        return Ok(Exit::Success);
    }
    let rows = samples.iter().map(row).collect();
    let head = ["applicant", "accounts", "asks for", "story"];
    terminal.print(&table::render(&head, rows, None))?;
    let everyones = |handle: &&SampleHandle| {
        let mut names = samples.iter().flat_map(|sample| {
            ["cus", "fcsess"].map(|prefix| format!("{prefix}_sample_{}", sample.key))
        });
        names.any(|name| name == handle.id)
    };
    let special = handles.iter().filter(|handle| !everyones(handle));
    let head = ["handle", "Stripe-Account", "accounts behind it", "note"];
    terminal.print("\n")?;
    terminal.print(&table::render(
        &head,
        special.map(handle_row).collect(),
        None,
    ))?;
    terminal.note(
        "every applicant is also the customer cus_sample_NAME, who linked the accounts in the \
         session fcsess_sample_NAME",
    )?;
    Ok(Exit::Success)
}

fn handle_row(handle: &SampleHandle) -> Vec<Cell> {
    vec![
        Cell::styled(handle.id.as_str(), BOLD),
        Cell::new(handle.stripe_account.as_deref().unwrap_or("")),
        Cell::new(handle.accounts.join(" ")),
        Cell::new(handle.note),
    ]
}

fn row(sample: &SampleApplicant) -> Vec<Cell> {
    let people = sample.application.applicants().iter();
    let accounts: Vec<&str> = people
        .flat_map(|applicant| applicant.account_ids.iter().map(AccountId::as_str))
        .collect();
    let amount = to_wire::money(sample.application.requested_amount());
    vec![
        Cell::styled(sample.key, BOLD),
        Cell::new(accounts.join(" ")),
        Cell::right(text::money(&amount)),
        Cell::new(sample.story),
    ]
}

#[cfg(test)]
mod tests;
