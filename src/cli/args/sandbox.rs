//! The arguments of `underwrite sandbox` and `underwrite demo`.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;

use super::Today;

#[derive(Debug, Args)]
pub(in crate::cli) struct Demo {
    #[command(flatten)]
    pub(in crate::cli) today: Today,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct Sandbox {
    /// The address to answer on; loopback only.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:12111")]
    pub(in crate::cli) addr: SocketAddr,
    #[command(flatten)]
    pub(in crate::cli) today: Today,
    /// A folder of accounts in Stripe's JSON to serve in place of the sample applicants: see
    /// `docs/sandbox.md`.
    #[arg(long, value_name = "DIR")]
    pub(in crate::cli) load: Option<PathBuf>,
    /// How long a refresh takes.
    #[arg(long, value_name = "MILLISECONDS", default_value_t = 150)]
    pub(in crate::cli) refresh_delay: u32,
    /// A TOML file of what is to go wrong: see `docs/sandbox.md`.
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) fault: Option<PathBuf>,
    /// Turn away more than so many calls in any one second, and more than 25 of one endpoint.
    #[arg(long, value_name = "CALLS", value_parser = clap::value_parser!(u64).range(1..))]
    pub(in crate::cli) rate_limit: Option<u64>,
    /// Where to send webhooks; loopback only. May be repeated. They are signed with
    /// `STRIPE_WEBHOOK_SECRET`.
    #[arg(long, value_name = "URL")]
    pub(in crate::cli) webhook: Vec<String>,
    /// A file that holds the secret of the webhooks, in place of the variable.
    #[arg(long, value_name = "FILE", requires = "webhook")]
    pub(in crate::cli) webhook_secret_file: Option<PathBuf>,
    /// Send each event so many times, in a mixed order.
    #[arg(long, value_name = "TIMES", default_value_t = 1, requires = "webhook")]
    pub(in crate::cli) webhook_repeat: usize,
    /// Print the sample applicants and end.
    #[arg(long)]
    pub(in crate::cli) list: bool,
}
