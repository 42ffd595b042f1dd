//! Settings as flags.

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::Args;

use crate::config::{Config, ConfigError, GivenSettings, Value};

/// Settings that more than one command takes; see `docs/operations.md`.
#[derive(Debug, Clone, Default, Args)]
pub(in crate::cli) struct Settings {
    /// A TOML file of settings.
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) config: Option<PathBuf>,
    /// The folder of the ledger and the cache.
    #[arg(long, value_name = "DIR")]
    data_dir: Option<String>,
    /// A folder of rule files to make active, in place of those that ship.
    #[arg(long, value_name = "DIR")]
    rules: Option<String>,
    /// Where Stripe answers.
    #[arg(long, value_name = "URL")]
    stripe_api_base: Option<String>,
    /// The IANA time zone in which days are read.
    #[arg(long)]
    zone: Option<String>,
    /// Which sign means money in: positive_is_credit or negative_is_credit.
    #[arg(long, value_name = "SIGN", allow_hyphen_values = true)]
    amount_sign: Option<String>,
    /// Fetch account data anew for every decision.
    #[arg(long)]
    no_cache: bool,
}

impl Settings {
    /// Those that say where a ledger is.
    pub(in crate::cli) fn of_ledger(config: Option<PathBuf>, data_dir: Option<String>) -> Self {
        Self {
            config,
            data_dir,
            ..Self::default()
        }
    }

    /// All settings, those that were not given as flags from the file and the environment.
    pub(in crate::cli) fn load(
        &self,
        environment: &BTreeMap<String, String>,
    ) -> Result<Config, ConfigError> {
        Config::load(self.given(), environment, self.config.as_deref())
    }

    /// The settings that were given as flags.
    pub(in crate::cli) fn given(&self) -> GivenSettings {
        let flags = [
            ("data_dir", "--data-dir", self.data_dir.clone()),
            ("rules", "--rules", self.rules.clone()),
            (
                "stripe_api_base",
                "--stripe-api-base",
                self.stripe_api_base.clone(),
            ),
            ("zone", "--zone", self.zone.clone()),
            ("amount_sign", "--amount-sign", self.amount_sign.clone()),
            (
                "cache",
                "--no-cache",
                self.no_cache.then(|| "false".to_owned()),
            ),
        ];
        given(flags)
    }
}

/// The settings whose flags were given: the setting, its flag, and what it says.
pub(super) fn given<const N: usize>(
    flags: [(&'static str, &str, Option<String>); N],
) -> GivenSettings {
    flags
        .into_iter()
        .filter_map(|(name, flag, text)| {
            let origin = flag.to_owned();
            Some((
                name,
                Value {
                    text: text?,
                    origin,
                },
            ))
        })
        .collect()
}
