//! The arguments of the commands that show one decision.

use std::path::PathBuf;

use clap::Args;

use super::RecordsArgs;
use crate::id::{DecisionId, IdempotencyKey};

/// One decision, by one of its names.
#[derive(Debug, Args)]
pub(in crate::cli) struct NamedDecision {
    /// The decision: dec_...
    #[arg(required_unless_present = "key")]
    pub(in crate::cli) id: Option<DecisionId>,
    /// The decision for the request under this idempotency key, where its id is not known.
    #[arg(long, conflicts_with = "id")]
    pub(in crate::cli) key: Option<IdempotencyKey>,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct Show {
    #[command(flatten)]
    pub(in crate::cli) decision: NamedDecision,
    /// Show the transactions that the reasons rest on. They are personal data.
    #[arg(long)]
    pub(in crate::cli) transactions: bool,
    #[command(flatten)]
    pub(in crate::cli) records: RecordsArgs,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct Packet {
    #[command(flatten)]
    pub(in crate::cli) decision: NamedDecision,
    /// The new file, `ID.html` when left out; `-` writes the page to standard output.
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) output: Option<PathBuf>,
    #[command(flatten)]
    pub(in crate::cli) records: RecordsArgs,
}
