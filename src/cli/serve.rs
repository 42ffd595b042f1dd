//! `underwrite serve`: answers gRPC calls.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::net::SocketAddr;

use serde_json::json;
use tokio::net::TcpListener;

use super::args::Serve;
use super::{CliError, Exit, Terminal, assembly, logs};
use crate::config::Config;
use crate::service::{self, ServerConfig};

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
    logs::start(&config);
    let house = assembly::open(&config, command.today.date).await?;
    let listener = bind(config.listen, "--listen").await?;
    let address = listener.local_addr()?;
    if terminal.wants_json() {
        terminal.print_json(&json!({ "listening": address.to_string() }))?;
    } else {
        terminal.print(&format!("Listening on http://{address}\n"))?;
    }
    let server = ServerConfig {
        tenant: house.tenant.clone(),
        drain_timeout: config.drain_timeout,
        insecure_listen_on_a_network: config.insecure_listen_on_a_network,
    };
    service::run(listener, server, house.underwriter, stop_signal()).await?;
    Ok(Exit::Success)
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

/// Ready when the process is asked to stop, by SIGTERM or from the keyboard.
pub(super) async fn stop_signal() {
    let interrupted = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminated) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = terminated.recv() => {}
                _ = interrupted => {}
            }
            return;
        }
    }
    // Where signals cannot be listened for, the process is stopped from outside.
    if interrupted.await.is_err() {
        std::future::pending::<()>().await;
    }
}
