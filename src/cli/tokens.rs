//! `underwrite tokens`: says who may call.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use tonic::Status;

use super::args::{AccessPlace, Tokens, TokensCreate};
use super::caller::{self, Remote};
use super::table::{self, Cell};
use super::{CliError, Exit, Terminal, assembly, json, text};
use crate::access::GrantUse;
use crate::access::audit::Origin;
use crate::clock::{Clock, SystemClock};
use crate::id::{OsEntropy, TenantId, TokenId};
use crate::ledger::{Ledger, SqliteLedger};
use crate::proto;
use crate::proto::access_service_client::AccessServiceClient;
use crate::service::{Authority, from_wire, to_wire};

/// Runs the command.
pub(super) async fn run(
    command: Tokens,
    environment: &BTreeMap<String, String>,
    terminal: &mut Terminal,
) -> Result<Exit, CliError> {
    match command {
        Tokens::Create(command) => create(&command, environment, terminal).await,
        Tokens::List(command) => {
            let place = Place::open(&command.place, Opened::ForReading, environment).await?;
            list(place, terminal).await
        }
        Tokens::Revoke(command) => {
            let place = Place::open(&command.place, Opened::ToRevoke, environment).await?;
            revoke(place, &command.id, terminal).await
        }
    }
}

/// Where grants are kept.
enum Place {
    Server(AccessServiceClient<Remote>),
    Here(Authority, Origin),
}

/// What the ledger of this machine is opened for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Opened {
    ForReading,
    ToCreate,
    ToRevoke,
}

impl Place {
    async fn open(
        place: &AccessPlace,
        opened: Opened,
        environment: &BTreeMap<String, String>,
    ) -> Result<Self, CliError> {
        if let Some(url) = &place.server {
            let token = caller::token(place.token_file.as_deref(), environment)?;
            let remote = caller::remote(url, &place.trust, token).await?;
            return Ok(Self::Server(AccessServiceClient::new(remote)));
        }
        let config = place.settings.load(environment)?;
        let path = config.ledger_path();
        let ledger = match opened {
            Opened::ForReading => {
                assembly::check_ledger_is_there(&path)?;
                SqliteLedger::open_read_only(&path)?
            }
            Opened::ToRevoke => {
                assembly::check_ledger_is_there(&path)?;
                SqliteLedger::open(&path, &OsEntropy)?
            }
            Opened::ToCreate => {
                assembly::make_data_folder(&config)?;
                SqliteLedger::open(&path, &OsEntropy)?
            }
        };
        let ledger: Arc<dyn Ledger> = Arc::new(ledger);
        let authority = match opened {
            // Whoever only looks needs no key.
            Opened::ForReading => {
                Authority::open_to_list(&*ledger, &config.token_key_path()).await?
            }
            Opened::ToRevoke => Authority::open_to_revoke(ledger, &config.token_key_path()).await?,
            Opened::ToCreate => assembly::authority(&config, ledger, Arc::new(SystemClock)).await?,
        };
        let tenant = place.tenant.clone();
        let tenant = tenant.unwrap_or_else(TenantId::default_tenant);
        Ok(Self::Here(authority, Origin::local(tenant)))
    }
}

async fn create(
    command: &TokensCreate,
    environment: &BTreeMap<String, String>,
    terminal: &mut Terminal,
) -> Result<Exit, CliError> {
    let now = SystemClock.now();
    let request = proto::CreateTokenRequest {
        name: command.name.to_string(),
        scopes: command.scopes.iter().map(|one| one.to_string()).collect(),
        expire_time: command.expires.after(now).map(to_wire::timestamp),
        certificate_subject: command.certificate.clone().unwrap_or_default(),
    };
    // What is wrong is told before a ledger is made.
    let new = from_wire::create_token_request(&request, now)
        .map_err(|problems| CliError::from(crate::service::status::invalid(&problems)))?;
    let place = Place::open(&command.place, Opened::ToCreate, environment).await?;
    let created = match place {
        Place::Server(mut client) => client.create_token(request).await?.into_inner(),
        Place::Here(authority, by) => {
            let (grant, token) = authority.create(&by, new).await?;
            proto::CreateTokenResponse {
                token: Some(shown(grant)),
                secret: token.map_or_else(String::new, |token| token.expose().to_owned()),
            }
        }
    };
    if terminal.wants_json() {
        terminal.print_json(&json::of("CreateTokenResponse", &created)?)?;
        return Ok(Exit::Success);
    }
    let token = created.token.unwrap_or_default();
    let until = ends(&token);
    let told = format!(
        "{} may {} for `{}`, {until}\n",
        token.name,
        token.scopes.join(","),
        token.tenant
    );
    terminal.print(&format!("{}: {told}", token.id))?;
    if created.secret.is_empty() {
        let subject = &token.certificate_subject;
        terminal.print(&format!("Shown by the client certificate `{subject}`\n"))?;
    } else {
        terminal.print(&format!("{}\n", created.secret))?;
        terminal.print("Keep it now: it is shown this once.\n")?;
    }
    // A forgotten `--config` grants in a ledger that no server has.
    if command.place.server.is_none() {
        let ledger = command.place.settings.load(environment)?.ledger_path();
        terminal.print(&format!("Granted in the ledger `{}`\n", ledger.display()))?;
    }
    Ok(Exit::Success)
}

fn shown(grant: crate::access::Grant) -> proto::Token {
    to_wire::token(&GrantUse {
        grant,
        last_used_at: None,
    })
}

fn ends(token: &proto::Token) -> String {
    match &token.expire_time {
        Some(end) => format!("until {}", text::instant(Some(end))),
        None => "without an end".to_owned(),
    }
}

async fn list(place: Place, terminal: &mut Terminal) -> Result<Exit, CliError> {
    let (listed, tenant) = match place {
        Place::Server(mut client) => {
            let request = proto::ListTokensRequest {};
            (client.list_tokens(request).await?.into_inner(), None)
        }
        Place::Here(authority, by) => {
            let tokens = authority.list(&by.identity.tenant);
            let tokens = tokens.iter().map(to_wire::token).collect();
            (
                proto::ListTokensResponse { tokens },
                Some(by.identity.tenant.clone()),
            )
        }
    };
    if terminal.wants_json() {
        terminal.print_json(&json::of("ListTokensResponse", &listed)?)?;
        return Ok(Exit::Success);
    }
    if listed.tokens.is_empty() {
        let none = match tenant {
            Some(tenant) => format!("No tokens of `{tenant}`: `--tenant` names another\n"),
            None => "No tokens\n".to_owned(),
        };
        terminal.print(&none)?;
        return Ok(Exit::Success);
    }
    let now = SystemClock.now();
    let rows = listed.tokens.iter().map(|token| row(token, now)).collect();
    let head = [
        "id",
        "name",
        "scopes",
        "shown by",
        "created",
        "state",
        "last used",
    ];
    terminal.print(&table::render(&head, rows, terminal.width()))?;
    Ok(Exit::Success)
}

fn row(token: &proto::Token, now: DateTime<Utc>) -> Vec<Cell> {
    let shown_by = match token.certificate_subject.as_str() {
        "" => "a token",
        subject => subject,
    };
    let is_over = |end: &prost_types::Timestamp| end.seconds <= now.timestamp();
    let state = match (&token.revoke_time, &token.expire_time) {
        (Some(at), _) => format!("revoked {}", text::instant(Some(at))),
        (None, Some(end)) if is_over(end) => format!("ended {}", text::instant(Some(end))),
        (None, _) => ends(token),
    };
    let last_used = token.last_use_time.as_ref();
    vec![
        Cell::new(&token.id),
        Cell::new(&token.name),
        Cell::new(token.scopes.join(",")),
        Cell::new(shown_by),
        Cell::new(text::instant(token.create_time.as_ref())),
        Cell::new(state),
        Cell::new(last_used.map_or_else(String::new, |at| text::instant(Some(at)))),
    ]
}

async fn revoke(place: Place, id: &TokenId, terminal: &mut Terminal) -> Result<Exit, CliError> {
    let token = match place {
        Place::Server(mut client) => {
            let request = proto::RevokeTokenRequest { id: id.to_string() };
            client.revoke_token(request).await?.into_inner().token
        }
        Place::Here(authority, by) => {
            let revoked = authority.revoke(&by, id).await?;
            let grant = revoked.ok_or_else(|| {
                let message = format!("tenant `{}` has no token `{id}`", by.identity.tenant);
                CliError::other("not_found", message)
            })?;
            Some(shown(grant))
        }
    };
    let token = token.ok_or_else(|| Status::internal("the server's answer is empty"))?;
    if terminal.wants_json() {
        terminal.print_json(&json::of("Token", &token)?)?;
    } else {
        let at = text::instant(token.revoke_time.as_ref());
        terminal.print(&format!("{id} ({}) is revoked since {at}\n", token.name))?;
    }
    Ok(Exit::Success)
}
