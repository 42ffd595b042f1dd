//! `underwrite sessions`: sessions in which people link accounts.

use std::collections::BTreeMap;

use secrecy::ExposeSecret;
use serde_json::{Map, Value, json};

use super::args::{Sessions, SessionsCreate, SessionsShow};
use super::text::{BOLD, DIM, paint};
use super::{CliError, Exit, Terminal, accounts, decide};
use crate::stripe::{NewSession, Session};

/// Runs the command.
pub(super) async fn run(
    command: Sessions,
    environment: &BTreeMap<String, String>,
    terminal: &mut Terminal,
) -> Result<Exit, CliError> {
    match command {
        Sessions::Create(command) => create(*command, environment, terminal).await?,
        Sessions::Show(command) => show(command, environment, terminal).await?,
    }
    Ok(Exit::Success)
}

async fn create(
    command: SessionsCreate,
    environment: &BTreeMap<String, String>,
    terminal: &mut Terminal,
) -> Result<(), CliError> {
    let client = accounts::client(&command.at, environment)?;
    let wanted = NewSession {
        holder: command.holder,
        permissions: command.permissions.into_iter().collect(),
        prefetch: command.prefetch.into_iter().collect(),
        country: command.country,
        subcategories: command.subcategories.into_iter().collect(),
        return_url: command.return_url,
    };
    let connected = command.at.stripe_account.as_ref();
    let key = decide::random_name()?;
    let session = client.create_session(&wanted, connected, &key).await?;
    // The one place where it is shown: it is what the command is for.
    let secret = session.client_secret.as_ref().map(|it| it.expose_secret());
    if terminal.wants_json() {
        let mut value = to_json(&session);
        value.insert("client_secret".to_owned(), secret.into());
        terminal.print_json(&value.into())?;
        return Ok(());
    }
    let mut text = described(&session);
    text.push_str(&line("client secret", secret.unwrap_or("none")));
    terminal.print(&text)?;
    terminal.note(
        "give the client secret to the frontend that opens the session, and to nobody else: \
         whoever has it can link accounts",
    )?;
    Ok(())
}

async fn show(
    command: SessionsShow,
    environment: &BTreeMap<String, String>,
    terminal: &mut Terminal,
) -> Result<(), CliError> {
    let client = accounts::client(&command.at, environment)?;
    let connected = command.at.stripe_account.as_ref();
    let (session, linked) = client.retrieve_session(&command.id, connected).await?;
    if terminal.wants_json() {
        let mut value = to_json(&session);
        let linked = linked.iter().map(accounts::to_json).collect();
        value.insert("accounts".to_owned(), linked);
        terminal.print_json(&value.into())?;
        return Ok(());
    }
    let mut text = described(&session);
    if linked.is_empty() {
        text.push_str(&line("accounts", "none: nobody has completed it"));
    } else {
        text.push('\n');
        text.push_str(&accounts::table(&linked, terminal.width()));
    }
    terminal.print(&text)?;
    Ok(())
}

fn described(session: &Session) -> String {
    let mut text = format!("{}\n", paint(BOLD, session.id.as_str()));
    text.push_str(&line(
        "holder",
        session.holder.as_deref().unwrap_or("nobody"),
    ));
    text.push_str(&line("permissions", &session.permissions.join(", ")));
    if !session.prefetch.is_empty() {
        text.push_str(&line("prefetch", &session.prefetch.join(", ")));
    }
    if let Some(url) = &session.return_url {
        text.push_str(&line("return URL", url));
    }
    text
}

fn line(name: &str, value: &str) -> String {
    let name = paint(DIM, &format!("{name:<22}"));
    format!("  {name}{value}\n")
}

/// A session as JSON, without its secret.
fn to_json(session: &Session) -> Map<String, Value> {
    accounts::object(json!({
        "id": session.id.as_str(),
        "holder": session.holder,
        "permissions": session.permissions,
        "prefetch": session.prefetch,
        "return_url": session.return_url,
    }))
}
