//! The arguments of `audit`.

use std::path::PathBuf;

use chrono::{DateTime, Utc};
use clap::{Args, Subcommand};

use super::{Settings, values};
use crate::access::audit::Action;
use crate::id::{IdentityName, TenantId};
use crate::ledger::{AuditCursor, AuditFilter};

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum Audit {
    /// List what was read and changed, newest first.
    List(AuditList),
    /// Write it to a new file, oldest first: one JSON value a line, each with its place in the chain.
    Export(AuditExport),
}

/// Which events; every flag narrows.
#[derive(Debug, Clone, Args)]
pub(in crate::cli) struct AuditFilters {
    /// About this tenant's things, in place of those of all.
    #[arg(long)]
    tenant: Option<TenantId>,
    /// By somebody of this name.
    #[arg(long, value_name = "NAME")]
    who: Option<IdentityName>,
    /// Where this was done: decision.decide, decision.read, snapshot.read, ...
    #[arg(long, value_parser = parse_action)]
    action: Option<Action>,
    /// To this thing: a decision's id, the hash of a snapshot, a token's id.
    #[arg(long, value_name = "ID")]
    object: Option<String>,
    /// Recorded at or after this day or instant (2026-03-31, 2026-03-31T15:00:00Z).
    #[arg(long, value_parser = values::parse_instant)]
    since: Option<DateTime<Utc>>,
    /// Recorded before this day or instant.
    #[arg(long, value_parser = values::parse_instant)]
    until: Option<DateTime<Utc>>,
}

impl AuditFilters {
    pub(in crate::cli) fn filter(&self) -> AuditFilter {
        AuditFilter {
            tenant: self.tenant.clone(),
            who: self.who.clone(),
            action: self.action,
            object: self.object.clone(),
            since: self.since,
            until: self.until,
        }
    }
}

#[derive(Debug, Args)]
pub(in crate::cli) struct AuditList {
    #[command(flatten)]
    pub(in crate::cli) filters: AuditFilters,
    /// How many at most.
    #[arg(long, default_value_t = 50)]
    pub(in crate::cli) page_size: u32,
    /// Read on where the list before ended.
    #[arg(long, value_name = "TOKEN")]
    pub(in crate::cli) page_token: Option<AuditCursor>,
    #[command(flatten)]
    pub(in crate::cli) settings: Settings,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct AuditExport {
    /// The new file. One that is there is not overwritten.
    #[arg(value_name = "FILE")]
    pub(in crate::cli) file: PathBuf,
    #[command(flatten)]
    pub(in crate::cli) filters: AuditFilters,
    #[command(flatten)]
    pub(in crate::cli) settings: Settings,
}

fn parse_action(text: &str) -> Result<Action, String> {
    Action::parse(text).ok_or_else(|| {
        let names = Action::ALL.iter().map(|action| format!("`{action}`"));
        format!("is not one of {}", names.collect::<Vec<_>>().join(", "))
    })
}
