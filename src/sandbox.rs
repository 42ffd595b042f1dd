//! A Stripe-compatible Financial Connections server with made-up people, for development, demos
//! and tests. The production path never uses it.
//!
//! It remembers what it is told: a refresh goes from pending to succeeded, a repeated POST with
//! the same idempotency key gets its first answer again. It serves either the sample applicants,
//! made from `today` alone (the same day gives the same bytes), or a folder of Stripe-shaped
//! JSON.
//!
//! The server's time stands still at [`now`]; only each refresh of an account is a second later
//! than the one before. Real time matters for how long a refresh takes, and for the signatures of
//! webhooks.
//!
//! It misbehaves where it is told to ([`Faults`]), counts what it is asked ([`Counts`]) and tells
//! what happens ([`Webhooks`]); [`SandboxHandle`] reaches it while it serves.

mod answer;
mod applicants;
mod auth;
mod change;
mod connection;
mod controls;
mod counts;
mod endpoint;
mod error;
mod expand;
mod faults;
mod front;
mod handle;
mod load;
mod page;
mod payments;
mod problem;
mod query;
mod reads;
mod realms;
mod request;
mod server;
mod sessions;
mod state;
mod stock;
#[cfg(test)]
mod tests;
mod webhooks;
pub mod wire;
mod world;

use std::future::Future;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{ConnectInfo, Request};
use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use tokio::net::TcpListener;

use crate::clock::SystemClock;
use crate::limits;

pub use applicants::{SampleApplicant, SampleHandle, applicants, handles};
pub use counts::Counts;
pub use error::{LoadProblem, SandboxError};
pub use faults::{
    Content, Effect, ErrorAnswer, ErrorKind, Fault, FaultProblem, Faults, RateLimitReason, Target,
    Transport, UnknownField, effects_table,
};
pub use handle::SandboxHandle;
pub use webhooks::{EventKind, Webhooks};
pub use world::{AccountStatus, Fate, LinkedAccount, NewTransaction, Posting, RefreshFeature};

/// How long a refresh takes unless the settings say otherwise.
pub const REFRESH_DELAY: Duration = Duration::from_millis(150);

/// How often the server looks for refreshes that have settled while nobody asked.
const TICK: Duration = Duration::from_millis(20);

/// What a sandbox serves, and how.
#[derive(Debug, Clone)]
pub struct SandboxConfig {
    /// The day of its samples.
    pub today: NaiveDate,
    /// The instant at which it starts to live; without one, [`now`] of that day.
    pub now: Option<DateTime<Utc>>,
    /// A folder of Stripe-shaped JSON to serve instead of the sample applicants.
    pub load: Option<PathBuf>,
    /// How long a refresh takes.
    pub refresh_delay: Duration,
    /// What is to go wrong.
    pub faults: Faults,
    /// Calls that are let pass in any one second, and 25 for each endpoint; without it, all are.
    pub rate_limit: Option<u64>,
    /// Where to tell what happens.
    pub webhooks: Option<Webhooks>,
}

impl SandboxConfig {
    /// The sample applicants of the last day whose 15:00 UTC is over at `now`, living on from `now`:
    /// whoever decides by the clock of the machine finds nothing in their data that is yet to come.
    pub fn at(now: DateTime<Utc>) -> Self {
        Self {
            now: Some(now),
            ..Self::new(sample_day(now))
        }
    }

    /// The sample applicants on `today`.
    pub fn new(today: NaiveDate) -> Self {
        Self {
            today,
            now: None,
            load: None,
            refresh_delay: REFRESH_DELAY,
            faults: Faults::none(),
            rate_limit: None,
            webhooks: None,
        }
    }
}

/// The instant at which the sandbox lives: 15:00 UTC of `today`, late morning in New York.
/// Whoever decides on its data should take this as the present.
pub fn now(today: NaiveDate) -> DateTime<Utc> {
    let time = NaiveTime::from_hms_opt(15, 0, 0).unwrap_or(NaiveTime::MIN);
    today.and_time(time).and_utc()
}

/// The last day whose [`now`] is over at an instant.
pub fn sample_day(instant: DateTime<Utc>) -> NaiveDate {
    let day = instant.date_naive();
    if now(day) <= instant {
        return day;
    }
    day.pred_opt().unwrap_or(day)
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
        let now = config.now.unwrap_or_else(|| now(config.today)).timestamp();
        let (stocks, names) = match &config.load {
            Some(folder) => (load::load(folder, now)?, faults::armed::Names::default()),
            None => {
                let (stocks, parties) = applicants::stocks(config.today);
                (stocks, parties.into_iter().collect())
            }
        };
        let linked = || stocks.values().flat_map(|stock| &stock.linked);
        let transactions = linked().map(|linked| linked.transactions.len()).sum();
        let accounts = linked().count();
        let mut realms = realms::Realms::new(stocks, now, config.refresh_delay);
        let outbox = config.webhooks.as_ref().map(webhooks::Outbox::new);
        let outbox = outbox.transpose()?;
        if outbox.is_some() {
            realms.watch();
        }
        let controls = controls::Controls::new(names, config.rate_limit, outbox);
        controls.arm(&config.faults, &realms)?;
        Ok(Self {
            server: Arc::new(server::Server::new(realms, controls)),
            accounts,
            transactions,
        })
    }

    /// A way into it while it serves.
    pub fn handle(&self) -> SandboxHandle {
        SandboxHandle::new(Arc::clone(&self.server))
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
        let stop = server.controls.stop.clone();
        let _stop_at_the_end = stop.clone().drop_guard();
        tokio::spawn(tick(Arc::clone(&server)));
        if let Some(outbox) = &server.controls.outbox {
            let delivering = Arc::clone(outbox).deliver(Arc::new(SystemClock), stop.clone());
            tokio::spawn(delivering);
        }
        let router = axum::Router::new().fallback(
            move |ConnectInfo(cut): ConnectInfo<connection::Cut>, request: Request| {
                let server = Arc::clone(&server);
                async move {
                    let (parts, body) = request.into_parts();
                    server.respond(parts, body, &cut).await
                }
            },
        );
        let service = router.into_make_service_with_connect_info::<connection::Cut>();
        axum::serve(connection::Cuttable::new(listener), service)
            .with_graceful_shutdown(async move {
                shutdown.await;
                stop.cancel();
            })
            .await
            .map_err(SandboxError::Serve)
    }
}

/// Settles refreshes, and so tells of them, also when nobody asks.
async fn tick(server: Arc<server::Server>) {
    let mut ticks = tokio::time::interval(TICK);
    loop {
        tokio::select! {
            () = server.controls.stop.cancelled() => return,
            _ = ticks.tick() => drop(server.realms()),
        }
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
