//! The arguments of those commands of `underwrite rules` that work on published rule sets.

use std::path::PathBuf;

use chrono::{DateTime, Utc};
use clap::{Args, Subcommand};

use super::tokens::AccessPlace;
use super::{Rules, values};
use crate::id::{RuleSetName, RuleSetVersion};

/// Works on rule files, and on what was published of them.
#[derive(Debug, Subcommand)]
pub(in crate::cli) enum RulesCommand {
    #[command(flatten)]
    Files(Rules),
    #[command(flatten)]
    Published(Box<RuleSets>),
}

/// Works on published rule sets.
#[derive(Debug, Subcommand)]
pub(in crate::cli) enum RuleSets {
    /// Publish a rule file. It does not decide before it is activated.
    Publish(RulesPublish),
    /// List what was published, newest first, and how it stands.
    List(RulesList),
    /// Print a published version as it was written.
    Get(RulesGet),
    /// Make a published version decide under its name, at once or from a time on.
    Activate(RulesActivate),
    /// Make the version that decided before the present one decide again, at once.
    RollBack(RulesName),
    /// Retire a name at once: nothing decides under it any more.
    Retire(RulesName),
    /// Have a published version decide beside the one that decides: it is compared, and never answered.
    Shadow(RulesShadow),
    /// Show what decides, what is to, and how what decides and its shadow compare.
    Status(RulesStatus),
    /// List what decided under a name when, and who said so, newest first.
    History(RulesHistory),
}

#[derive(Debug, Args)]
pub(in crate::cli) struct RulesPublish {
    /// The rule file; what it names is read from beside it.
    #[arg(value_name = "FILE")]
    pub(in crate::cli) file: PathBuf,
    /// What changed, and why.
    #[arg(
        long,
        value_name = "TEXT",
        default_value = "",
        hide_default_value = true
    )]
    pub(in crate::cli) note: String,
    #[command(flatten)]
    pub(in crate::cli) place: AccessPlace,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct RulesList {
    /// Of one name only.
    #[arg(value_name = "NAME")]
    pub(in crate::cli) name: Option<RuleSetName>,
    #[command(flatten)]
    pub(in crate::cli) page: Page,
    #[command(flatten)]
    pub(in crate::cli) place: AccessPlace,
}

/// Which page of a list.
#[derive(Debug, Args)]
pub(in crate::cli) struct Page {
    /// How many at most.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(i32).range(1..))]
    pub(in crate::cli) page_size: i32,
    /// Read on where the list before ended.
    #[arg(
        long,
        value_name = "TOKEN",
        default_value = "",
        hide_default_value = true
    )]
    pub(in crate::cli) page_token: String,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct RulesGet {
    /// The name.
    #[arg(value_name = "NAME")]
    pub(in crate::cli) name: RuleSetName,
    /// The version; the one that decides when left out.
    #[arg(long)]
    pub(in crate::cli) version: Option<RuleSetVersion>,
    /// Write the rule file and the files that it names to this new folder, in place of printing the
    /// rule file.
    #[arg(long, value_name = "DIR")]
    pub(in crate::cli) to: Option<PathBuf>,
    #[command(flatten)]
    pub(in crate::cli) place: AccessPlace,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct RulesActivate {
    /// The name.
    #[arg(value_name = "NAME")]
    pub(in crate::cli) name: RuleSetName,
    /// The version.
    #[arg(value_name = "VERSION")]
    pub(in crate::cli) version: RuleSetVersion,
    /// From when on: a day (2027-01-01, its start in UTC) or an instant (2027-01-01T05:00:00Z).
    #[arg(long, value_name = "TIME", value_parser = values::parse_instant)]
    pub(in crate::cli) at: Option<DateTime<Utc>>,
    #[command(flatten)]
    pub(in crate::cli) place: AccessPlace,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct RulesName {
    /// The name.
    #[arg(value_name = "NAME")]
    pub(in crate::cli) name: RuleSetName,
    #[command(flatten)]
    pub(in crate::cli) place: AccessPlace,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct RulesShadow {
    /// The name.
    #[arg(value_name = "NAME")]
    pub(in crate::cli) name: RuleSetName,
    /// The version.
    #[arg(value_name = "VERSION", required_unless_present = "clear")]
    pub(in crate::cli) version: Option<RuleSetVersion>,
    /// End it: nothing decides beside.
    #[arg(long, conflicts_with = "version")]
    pub(in crate::cli) clear: bool,
    #[command(flatten)]
    pub(in crate::cli) place: AccessPlace,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct RulesStatus {
    /// Of one name only.
    #[arg(value_name = "NAME")]
    pub(in crate::cli) name: Option<RuleSetName>,
    #[command(flatten)]
    pub(in crate::cli) place: AccessPlace,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct RulesHistory {
    /// The name.
    #[arg(value_name = "NAME")]
    pub(in crate::cli) name: RuleSetName,
    #[command(flatten)]
    pub(in crate::cli) page: Page,
    #[command(flatten)]
    pub(in crate::cli) place: AccessPlace,
}
