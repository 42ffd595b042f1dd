//! `underwrite sandbox`: plays Stripe, for development.

use std::time::Duration;

use serde_json::json;

use super::args::{self, Today};
use super::table::{self, Cell};
use super::text::{self, BOLD, counted};
use super::{CliError, Exit, Terminal, json, serve};
use crate::clock::{Clock, SystemClock};
use crate::sandbox::{SampleApplicant, SampleHandle, Sandbox, SandboxConfig, applicants, handles};
use crate::service::to_wire;

/// Runs the command until the process is asked to stop.
pub(super) async fn run(command: args::Sandbox, terminal: &mut Terminal) -> Result<Exit, CliError> {
    let today = today(command.today);
    if command.list {
        return list(&applicants(today), &handles(today), terminal);
    }
    if !command.addr.ip().is_loopback() {
        let message = "a sandbox answers on a loopback address only";
        return Err(CliError::Usage(message.to_owned()));
    }
    let sandbox = Sandbox::new(SandboxConfig {
        today,
        load: command.load,
        refresh_delay: Duration::from_millis(u64::from(command.refresh_delay)),
    })
    .map_err(|error| CliError::other("sandbox", error.to_string()))?;
    let listener = serve::bind(command.addr, "--addr").await?;
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
            "use it with STRIPE_API_BASE=http://{address} STRIPE_API_KEY=sk_test_sandbox \
             and --today {today}"
        ))?;
    }
    sandbox
        .serve(listener, serve::stop_signal())
        .await
        .map_err(|error| CliError::other("sandbox", error.to_string()))?;
    Ok(Exit::Success)
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
    let accounts: Vec<&str> = sample
        .application
        .accounts()
        .map(|(_, account)| account.as_str())
        .collect();
    let amount = to_wire::money(sample.application.requested_amount);
    vec![
        Cell::styled(sample.key, BOLD),
        Cell::new(accounts.join(" ")),
        Cell::right(text::money(&amount)),
        Cell::new(sample.story),
    ]
}
