//! Sample applicants, read from a sandbox as from Stripe.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use tokio::net::TcpListener;
use tokio_util::sync::{CancellationToken, DropGuard};

use super::frozen;
use crate::calendar::{AsOf, Zone};
use crate::cli::analyze::Bank;
use crate::cli::{CliError, assembly};
use crate::config::{Config, GivenSettings, Value};
use crate::sandbox::{Sandbox, SandboxConfig, SandboxError, applicants, now};
use crate::trial::Known;

/// The samples of a day, on a sandbox that goes with this.
pub(super) struct Samples {
    day: NaiveDate,
    config: Config,
    _stop: DropGuard,
}

impl Samples {
    pub(super) async fn open(day: NaiveDate) -> Result<Self, CliError> {
        let failed = |error: SandboxError| CliError::other("sandbox", error.to_string());
        let sandbox = Sandbox::new(SandboxConfig::new(day)).map_err(failed)?;
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}", listener.local_addr()?);
        let stop = CancellationToken::new();
        let stopped = stop.clone().cancelled_owned();
        // The samples are gone with the process; how serving them ended changes nothing.
        drop(tokio::spawn(async move {
            sandbox.serve(listener, stopped).await
        }));
        let value = |text: &str| Value {
            text: text.to_owned(),
            origin: "the samples".to_owned(),
        };
        let given = GivenSettings::from([
            ("stripe_api_base", value(&url)),
            ("stripe_api_key", value("sk_test_samples")),
        ]);
        Ok(Self {
            day,
            config: Config::load(given, &BTreeMap::new(), None)?,
            _stop: stop.drop_guard(),
        })
    }

    /// A sample by its key.
    pub(super) async fn known(&self, key: &str) -> Result<Known, CliError> {
        let samples = applicants(self.day);
        let Some(sample) = samples.iter().find(|one| one.key == key) else {
            let keys: Vec<&str> = samples.iter().map(|one| one.key).collect();
            let message = format!(
                "there is no sample applicant `{}`: they are `{}`",
                key.escape_debug(),
                keys.join("`, `")
            );
            return Err(CliError::other("applicant", message));
        };
        let accounts = sample.application.named_accounts().into_iter();
        let ids = accounts.map(|(_, id)| id).collect();
        let bank = Bank::new(
            &self.config,
            assembly::clock(&self.config, Some(self.day))?,
            None,
        )?;
        let instant = now(self.day);
        let fetched = bank.fetch(ids, instant).await?;
        let zone = Zone::default();
        Ok(frozen(
            sample.application.clone(),
            fetched,
            AsOf { instant, zone },
        ))
    }
}
