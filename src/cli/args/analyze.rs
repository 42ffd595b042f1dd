//! The arguments of `underwrite analyze`.

use std::path::PathBuf;

use clap::Args;

use super::settings::given;
use super::values::{Moment, parse_account, parse_moment};
use super::{AtStripe, Today};
use crate::config::GivenSettings;
use crate::id::AccountId;
use crate::money::Currency;

#[derive(Debug, Args)]
pub(in crate::cli) struct Analyze {
    /// The linked accounts of one applicant: fca_...
    #[arg(
        value_name = "ACCOUNT",
        conflicts_with = "file",
        value_parser = parse_account,
    )]
    pub(in crate::cli) accounts: Vec<AccountId>,
    /// Look at a file in place of asking Stripe: a JSON array of its objects, accounts with their
    /// owners expanded, and transactions.
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) file: Option<PathBuf>,
    /// Look at many applicants: a file of JSON lines, each with the `accounts` or the `file` of one, and
    /// as wanted with `id` and `name`; a JSON line for each comes out. See `docs/analyze.md`.
    #[arg(
        long,
        value_name = "FILE",
        conflicts_with_all = ["accounts", "file", "html", "name"],
    )]
    pub(in crate::cli) batch: Option<PathBuf>,
    /// Write one page with charts to a new file, in place of text; `-` writes it to standard output.
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) html: Option<PathBuf>,
    /// Look at the data as it stood at the end of this day, or at this instant (2026-03-31,
    /// 2026-03-31T15:00:00Z); a file is looked at as it stood at its latest moment when left out.
    #[arg(long, value_name = "MOMENT", value_parser = parse_moment)]
    pub(in crate::cli) as_of: Option<Moment>,
    /// Whose accounts they are said to be: the names of their owners are compared with it.
    #[arg(long)]
    pub(in crate::cli) name: Option<String>,
    /// The currency to look at.
    #[arg(long, default_value = "USD")]
    pub(in crate::cli) currency: Currency,
    #[command(flatten)]
    pub(in crate::cli) at: AtStripe,
    /// The IANA time zone in which days are read.
    #[arg(long)]
    zone: Option<String>,
    /// Which sign means money in: positive_is_credit or negative_is_credit.
    #[arg(long, value_name = "SIGN", allow_hyphen_values = true)]
    amount_sign: Option<String>,
    #[command(flatten)]
    pub(in crate::cli) today: Today,
}

impl Analyze {
    /// The settings that were given as flags.
    pub(in crate::cli) fn given(&self) -> GivenSettings {
        let mut all = self.at.given();
        all.extend(given([
            ("zone", "--zone", self.zone.clone()),
            ("amount_sign", "--amount-sign", self.amount_sign.clone()),
        ]));
        all
    }
}
