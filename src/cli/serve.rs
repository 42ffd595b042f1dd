//! `underwrite serve`: answers gRPC calls, and on a port of their own webhooks, health and metrics.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::future::Future;
use std::io::ErrorKind;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use async_trait::async_trait;
use prometheus_client::registry::Registry;
use serde_json::json;
use tokio::net::TcpListener;
#[cfg(unix)]
use tokio::signal::unix::SignalKind;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::args::Serve;
use super::assembly::Assembly;
use super::{CliError, Exit, Terminal, assembly, logs};
use crate::access::Scope;
use crate::clock::SystemClock;
use crate::config::Config;
use crate::http::webhooks::{Listener, Webhooks};
use crate::http::{self, HeaderMap, HttpError, HttpPort, NotAdmitted, Operators};
use crate::id::{AccountId, TenantId};
use crate::ledger::{Ledger, LedgerError};
use crate::portfolio::columns;
use crate::replay::runs::RunLimits;
use crate::service::{self, Authority, ServerConfig};
use crate::sockets::{self, Inherited, Tls};
use crate::underwriter::{AccountEvent, Underwriter};

/// Runs the command until the process is asked to stop.
pub(super) async fn run(
    command: Serve,
    environment: &BTreeMap<String, String>,
    terminal: &mut Terminal,
) -> Result<Exit, CliError> {
    let config = Config::load(
        command.given(),
        environment,
        command.settings.config.as_deref(),
    )?;
    let logs = logs::start(&config);
    let mut inherited = Inherited::take(environment);
    let (grpc, http) = (inherited.listener("grpc")?, inherited.listener("http")?);
    let tls = open_tls(&config)?;
    let house = assembly::open(&config, command.today.date).await?;
    let listener = match grpc {
        Some(listener) => listener,
        None => bind(config.listen, "--listen").await?,
    };
    let address = listener.local_addr()?;
    let draining = CancellationToken::new();
    let mut registry = Registry::with_prefix("underwrite");
    logs.register(&mut registry);
    let metrics = service::Metrics::default();
    metrics.register(&mut registry, house.underwriter.gates());
    house.authority.register_metrics(&mut registry);
    house.underwriter.register_metrics(&mut registry);
    house.ledger_metrics.register(&mut registry);
    if let Some(tls) = &tls {
        tls.register(&mut registry);
    }
    let http_tls = tls.clone().filter(|_| config.http.tls);
    let http = open_http(&config, http, http_tls.clone(), &house, registry, &draining).await?;
    tokio::spawn(told_to_reload(tls.clone()));
    let asked = stop_signal();
    let stop = async {
        asked.await;
        draining.cancel();
    };
    let http_address = http.as_ref().map(|(_, address)| *address);
    let grpc_told = (address, tls.is_some());
    tell(
        terminal,
        grpc_told,
        http_address.map(|address| (address, http_tls.is_some())),
        &house,
    )?;
    let server = ServerConfig {
        authority: house.authority.clone(),
        drain_timeout: config.drain_timeout,
        tls: tls.clone(),
        insecure_listen_on_a_network: config.insecure_listen_on_a_network,
        connections_max: sockets::shares().grpc,
        metrics,
        replays: RunLimits {
            threads: config.replay_threads,
            ..RunLimits::default()
        },
        ..ServerConfig::default()
    };
    let ledger = Arc::clone(&house.ledger);
    let served = tokio::select! {
        served = service::run(listener, server, house.underwriter, stop) => served,
        never = logs.watch() => match never {},
        never = watch(tls) => match never {},
        never = write_columns(&config, ledger) => match never {},
    };
    // Only now: what ends its work may wait for a webhook.
    let ended = match http {
        Some((http, _)) => http.end().await,
        None => Ok(()),
    };
    // Whom that port knew or refused meanwhile.
    house.authority.write_down().await;
    served?;
    ended?;
    Ok(Exit::Success)
}

/// The TLS of the settings, if there is to be any. Its time is that of the machine, as it is for
/// those who connect.
fn open_tls(config: &Config) -> Result<Option<Tls>, CliError> {
    let Some(files) = config.tls.clone() else {
        return Ok(None);
    };
    let tls = Tls::load(files, Arc::new(SystemClock))?;
    tracing::info!(expires = %tls.expires(), "speaks TLS");
    Ok(Some(tls))
}

/// Looks after the files of TLS. Never ends.
async fn watch(tls: Option<Tls>) -> Infallible {
    match tls {
        Some(tls) => tls.watch().await,
        None => std::future::pending().await,
    }
}

/// Writes columns behind the ledger, where they are to be written. Never ends.
async fn write_columns(config: &Config, ledger: Arc<dyn Ledger>) -> Infallible {
    if config.columns {
        columns::keep_following(config.columns_path(), ledger).await
    } else {
        std::future::pending().await
    }
}

/// Says where to call, whether by TLS, and what is not to be had there.
fn tell(
    terminal: &mut Terminal,
    grpc: (SocketAddr, bool),
    http: Option<(SocketAddr, bool)>,
    house: &Assembly,
) -> Result<(), CliError> {
    let (address, grpc_tls) = grpc;
    let (restored, local) = (house.restored, house.authority.allows_local());
    if local {
        tracing::warn!(
            tenant = %house.tenant,
            "whoever calls from this machine needs no token, and may do everything"
        );
    }
    if terminal.wants_json() {
        let mut told = json!({
            "listening": address.to_string(),
            "restored": restored,
            "tls": grpc_tls,
            "local_without_token": local,
        });
        if let (Some((http, http_tls)), Some(told)) = (http, told.as_object_mut()) {
            told.insert("http".to_owned(), json!(http.to_string()));
            told.insert("http_tls".to_owned(), json!(http_tls));
        }
        terminal.print_json(&told)?;
        return Ok(());
    }
    let scheme = |tls| if tls { "https" } else { "http" };
    let mut lines = vec![format!("Listening on {}://{address}", scheme(grpc_tls))];
    if let Some((address, tls)) = http {
        let http = scheme(tls);
        lines.push(format!(
            "Webhooks, health and metrics on {http}://{address}"
        ));
    }
    if local {
        lines.push(format!(
            "Calls from this machine need no token: they act as `{}/local`, with every scope",
            house.tenant
        ));
    } else if !house.authority.has_grants() {
        lines.push("Nobody can call: `underwrite tokens create` makes a first token".to_owned());
    }
    if restored {
        lines.push(format!("No decision is made: {}", LedgerError::Restored));
    }
    // At once: whoever started it may read a line and no more.
    terminal.print(&format!("{}\n", lines.join("\n")))?;
    Ok(())
}

/// The HTTP port while it serves.
struct Open {
    stop: CancellationToken,
    serving: JoinHandle<Result<(), HttpError>>,
}

impl Open {
    async fn end(self) -> Result<(), CliError> {
        self.stop.cancel();
        let ended = self.serving.await.map_err(|_| {
            CliError::other("http", "the HTTP port did not end in order: see the log")
        })?;
        Ok(ended?)
    }
}

/// Opens the HTTP port, if there is to be one.
async fn open_http(
    config: &Config,
    inherited: Option<TcpListener>,
    tls: Option<Tls>,
    house: &Assembly,
    mut registry: Registry,
    draining: &CancellationToken,
) -> Result<Option<(Open, SocketAddr)>, CliError> {
    let listener = match (inherited, config.http.listen) {
        (Some(listener), _) => Some(listener),
        (None, Some(address)) => Some(bind(address, "--http-listen").await?),
        (None, None) => None,
    };
    let Some(listener) = listener else {
        if config.http.webhook_secrets.is_some() {
            tracing::warn!("there is a signing secret and no `http_listen`: no webhook is taken");
        }
        return Ok(None);
    };
    let secrets = config.http.webhook_secrets.clone();
    if secrets.is_none() {
        tracing::warn!(
            "there is no signing secret, so webhooks are answered with 503: set \
             `STRIPE_WEBHOOK_SECRET`; until then refreshes are only polled for"
        );
    }
    if let Some(stripe) = &house.stripe {
        stripe.register(&mut registry);
    }
    let port = HttpPort::new(http::Parts {
        webhooks: secrets.map(|secrets| Webhooks {
            secrets,
            livemode: house.livemode,
            clock: Arc::new(SystemClock),
            listener: Arc::new(WebhookListener {
                underwriter: house.underwriter.clone(),
                authority: house.authority.clone(),
            }),
        }),
        registry,
        draining: draining.clone(),
        readiness: Arc::new(assembly::LedgerReadiness(Arc::clone(&house.ledger))),
        operators: Arc::new(HttpOperators(house.authority.clone())),
        tls,
        insecure_listen_on_a_network: config.http.insecure_listen_on_a_network,
    });
    let address = listener.local_addr()?;
    let stop = CancellationToken::new();
    let stopped = stop.clone().cancelled_owned();
    let serving = tokio::spawn(port.serve(listener, stopped));
    Ok(Some((Open { stop, serving }, address)))
}

/// Whoever may read the metrics, which are of all tenants: the operator is of the one that callers on
/// this machine act for.
struct HttpOperators(Authority);

impl Operators for HttpOperators {
    fn admit(
        &self,
        headers: &HeaderMap,
        certificate: Option<&str>,
        address: IpAddr,
    ) -> Result<(), NotAdmitted> {
        let token = service::token_shown(headers);
        let found = self.0.identify(token, certificate, Some(address));
        let identity = found.map_err(|_| NotAdmitted::Unknown)?;
        let is_operator = identity.tenant == TenantId::default_tenant();
        if is_operator && identity.scopes.has(Scope::Metrics) {
            Ok(())
        } else {
            self.0.denied(&identity, Some(address));
            Err(NotAdmitted::NotPermitted)
        }
    }
}

/// Passes what webhooks tell on to the underwriter.
struct WebhookListener {
    underwriter: Underwriter,
    authority: Authority,
}

#[async_trait]
impl Listener for WebhookListener {
    async fn heard(&self, account: &AccountId, event: AccountEvent) {
        // An event names no tenant: whoever waits for the account is told.
        for tenant in self.authority.tenants() {
            self.underwriter.notify(&tenant, account, event).await;
        }
    }
}

/// Listens on an address that `flag` gave, or says what to do.
pub(super) async fn bind(address: SocketAddr, flag: &str) -> Result<TcpListener, CliError> {
    TcpListener::bind(address).await.map_err(|error| {
        let help = if error.kind() == ErrorKind::AddrInUse {
            format!(": stop the process that listens there, or name another port with `{flag}`")
        } else {
            String::new()
        };
        CliError::other(
            "listen",
            format!("cannot listen on {address}: {error}{help}"),
        )
    })
}

/// Reads the files of TLS again each time that SIGHUP asks for it; nothing else is. Without this the
/// signal, which also says that a terminal was closed, would end the process at once: it is taken
/// from this call on, not only once the future runs.
fn told_to_reload(tls: Option<Tls>) -> impl Future<Output = ()> {
    #[cfg(unix)]
    let hung_up = tokio::signal::unix::signal(SignalKind::hangup()).ok();
    async move {
        #[cfg(unix)]
        if let Some(mut hung_up) = hung_up {
            while hung_up.recv().await.is_some() {
                tracing::warn!(
                    "SIGHUP has the files of TLS read again, if there are any: settings and rules \
                     are read at the start"
                );
                if let Some(tls) = &tls {
                    tls.reload_now().await;
                }
            }
        }
        drop(tls);
    }
}

/// Ready when the process is asked to stop, by SIGTERM or from the keyboard: from this call on, not
/// only once somebody waits.
pub(super) fn stop_signal() -> impl Future<Output = ()> {
    #[cfg(unix)]
    let mut terminated = tokio::signal::unix::signal(SignalKind::terminate()).ok();
    #[cfg(unix)]
    let mut interrupted = tokio::signal::unix::signal(SignalKind::interrupt()).ok();
    async move {
        #[cfg(unix)]
        if let (Some(terminated), Some(interrupted)) = (&mut terminated, &mut interrupted) {
            tokio::select! {
                _ = terminated.recv() => {}
                _ = interrupted.recv() => {}
            }
            return;
        }
        // Where signals cannot be listened for, the process is stopped from outside.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
