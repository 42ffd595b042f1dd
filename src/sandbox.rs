//! A Stripe-compatible Financial Connections server with made-up people, for development, demos
//! and tests. The production path never uses it.
//!
//! It remembers what it is told: a refresh goes from pending to succeeded, a repeated POST with
//! the same idempotency key gets its first answer again. It serves either the sample applicants,
//! made from `today` alone (the same day gives the same bytes), or a folder of Stripe-shaped
//! JSON.
//!
//! The server's time stands still at [`now`]; only each refresh of an account is a second later
//! than the one before. Real time matters for one thing: how long a refresh takes.

mod applicants;
mod auth;
mod change;
mod error;
mod expand;
mod load;
mod page;
mod payments;
mod problem;
mod query;
mod realms;
mod server;
mod sessions;
mod state;
#[cfg(test)]
mod tests;
pub mod wire;
mod world;

use std::future::Future;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::Request;
use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use tokio::net::TcpListener;

use crate::limits;

pub use applicants::{SampleApplicant, SampleHandle, applicants, handles};
pub use error::{LoadProblem, SandboxError};
pub use world::{Feature, LinkedAccount};

/// How long a refresh takes unless the settings say otherwise.
pub const REFRESH_DELAY: Duration = Duration::from_millis(150);

/// What a sandbox serves, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SandboxConfig {
    /// The day on which it lives.
    pub today: NaiveDate,
    /// A folder of Stripe-shaped JSON to serve instead of the sample applicants.
    pub load: Option<PathBuf>,
    /// How long a refresh takes.
    pub refresh_delay: Duration,
}

impl SandboxConfig {
    /// The sample applicants on `today`.
    pub fn new(today: NaiveDate) -> Self {
        Self {
            today,
            load: None,
            refresh_delay: REFRESH_DELAY,
        }
    }
}

/// The instant at which the sandbox lives: 15:00 UTC of `today`, late morning in New York.
/// Whoever decides on its data should take this as the present.
pub fn now(today: NaiveDate) -> DateTime<Utc> {
    let time = NaiveTime::from_hms_opt(15, 0, 0).unwrap_or(NaiveTime::MIN);
    today.and_time(time).and_utc()
}

/// A server that is ready to be started.
#[derive(Debug)]
pub struct Sandbox {
    server: Arc<server::Server>,
    accounts: usize,
    transactions: usize,
}

impl Sandbox {
    /// Makes the sample applicants, or reads the folder; it is refused as a whole where anything
    /// in it is wrong.
    pub fn new(config: SandboxConfig) -> Result<Self, SandboxError> {
        check_today(config.today)?;
        let now = now(config.today).timestamp();
        let stocks = match &config.load {
            Some(folder) => load::load(folder, now)?,
            None => applicants::stocks(config.today),
        };
        let linked = || stocks.values().flat_map(|stock| &stock.linked);
        let transactions = linked().map(|linked| linked.transactions.len()).sum();
        let accounts = linked().count();
        let realms = realms::Realms::new(stocks, now, config.refresh_delay);
        Ok(Self {
            server: Arc::new(server::Server::new(realms)),
            accounts,
            transactions,
        })
    }

    /// How many accounts it serves.
    pub fn accounts(&self) -> usize {
        self.accounts
    }

    /// How many transactions it serves.
    pub fn transactions(&self) -> usize {
        self.transactions
    }

    /// Serves until `shutdown` ends; requests under way are finished.
    pub async fn serve(
        self,
        listener: TcpListener,
        shutdown: impl Future<Output = ()> + Send + 'static,
    ) -> Result<(), SandboxError> {
        let server = self.server;
        let router = axum::Router::new().fallback(move |request: Request| {
            let server = Arc::clone(&server);
            async move {
                let (parts, body) = request.into_parts();
                server.respond(parts, body).await
            }
        });
        axum::serve(listener, router)
            .with_graceful_shutdown(shutdown)
            .await
            .map_err(SandboxError::Serve)
    }
}

/// Days on which every date of a life of half a year, and of a loan, can be computed.
fn check_today(today: NaiveDate) -> Result<(), SandboxError> {
    let year = chrono::Datelike::year(&today);
    if (limits::SANDBOX_YEAR_MIN..=limits::SANDBOX_YEAR_MAX).contains(&year) {
        Ok(())
    } else {
        Err(SandboxError::Today)
    }
}
