//! The arguments of the command that imports past applications.

use std::path::PathBuf;

use clap::{ArgGroup, Args};

use super::settings::given;
use crate::config::GivenSettings;
use crate::id::{RuleSetName, TenantId};

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("decides").required(true).args(["rule_set", "rules"]))]
pub(in crate::cli) struct Import {
    /// A file of past applications, a JSON object on each line: `application`, `decided_at`, `bank` (a
    /// file of Stripe's JSON in the folder of this one, or its content) and, where known, `outcome`.
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) past: PathBuf,
    /// The tenant to record them for: one of their own, apart from decisions that applicants are told.
    #[arg(long, value_name = "TENANT")]
    pub(in crate::cli) tenant: TenantId,
    /// The rule set of the tenant whose active version decides.
    #[arg(long, value_name = "NAME")]
    pub(in crate::cli) rule_set: Option<RuleSetName>,
    /// A rule file that decides; it is published for the tenant, and not made active.
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) rules: Option<PathBuf>,
    /// Take rows and balances for known when they happened, also where the data says that it told them
    /// later: of accounts that were linked after the decision. What was late or corrected leaks in.
    #[arg(long)]
    pub(in crate::cli) assume_known: bool,
    /// A TOML file of settings.
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) config: Option<PathBuf>,
    /// The folder of the ledger.
    #[arg(long, value_name = "DIR")]
    data_dir: Option<String>,
    /// The IANA time zone in which days are read.
    #[arg(long)]
    zone: Option<String>,
    /// Which sign means money in: positive_is_credit or negative_is_credit.
    #[arg(long, value_name = "SIGN", allow_hyphen_values = true)]
    amount_sign: Option<String>,
}

impl Import {
    /// The settings that were given as flags.
    pub(in crate::cli) fn given(&self) -> GivenSettings {
        given([
            ("data_dir", "--data-dir", self.data_dir.clone()),
            ("zone", "--zone", self.zone.clone()),
            ("amount_sign", "--amount-sign", self.amount_sign.clone()),
        ])
        .into_iter()
        .collect()
    }
}
