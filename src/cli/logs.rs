//! Logs: to standard error, without colours where it is no terminal.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt;

use crate::config::{Config, LogFormat};

/// Starts logging as `config` says. Later calls in the same process change nothing.
pub(super) fn start(config: &Config) {
    // INVARIANT: `Config` holds only a filter that parses.
    let filter = EnvFilter::try_new(&config.log).unwrap_or_default();
    // A line that cannot be written is lost. Telling of that on the same way would panic.
    let builder = fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .log_internal_errors(false);
    let started = match config.log_format {
        LogFormat::Json => builder.json().try_init(),
        LogFormat::Text => {
            let ansi = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
            builder.with_ansi(ansi).try_init()
        }
    };
    if started.is_err() {
        tracing::debug!("logging had been started already");
    }
}
