//! The arguments of `audit`.

use std::path::PathBuf;

use chrono::{DateTime, Utc};
use clap::{Args, Subcommand};

use super::tokens::AccessPlace;
use super::values;
use crate::access::audit::Action;
use crate::id::IdentityName;
use crate::proto;
use crate::service::to_wire;

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum Audit {
    /// List what was read and changed, newest first.
    List(AuditList),
    /// Write it to a new file, oldest first: one JSON value a line, each with its place in the chain.
    Export(AuditExport),
}

/// Which events of the tenant; every flag narrows.
#[derive(Debug, Clone, Args)]
pub(in crate::cli) struct AuditFilters {
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
    /// As a server is asked.
    pub(in crate::cli) fn request(&self) -> proto::ListAuditEventsRequest {
        let text = |text: Option<String>| text.unwrap_or_default();
        proto::ListAuditEventsRequest {
            who: text(self.who.as_ref().map(ToString::to_string)),
            action: text(self.action.map(|action| action.to_string())),
            object: text(self.object.clone()),
            start_time: self.since.map(to_wire::timestamp),
            end_time: self.until.map(to_wire::timestamp),
            ..Default::default()
        }
    }
}

#[derive(Debug, Args)]
pub(in crate::cli) struct AuditList {
    #[command(flatten)]
    pub(in crate::cli) filters: AuditFilters,
    /// How many at most.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(i32).range(1..))]
    pub(in crate::cli) page_size: i32,
    /// Read on where the list before ended.
    #[arg(long, value_name = "TOKEN")]
    pub(in crate::cli) page_token: Option<String>,
    #[command(flatten)]
    pub(in crate::cli) place: AccessPlace,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct AuditExport {
    /// The new file. One that is there is not overwritten.
    #[arg(value_name = "FILE")]
    pub(in crate::cli) file: PathBuf,
    #[command(flatten)]
    pub(in crate::cli) filters: AuditFilters,
    #[command(flatten)]
    pub(in crate::cli) place: AccessPlace,
}

fn parse_action(text: &str) -> Result<Action, String> {
    Action::parse(text).ok_or_else(|| {
        let names = Action::ALL.iter().map(|action| format!("`{action}`"));
        format!("is not one of {}", names.collect::<Vec<_>>().join(", "))
    })
}
