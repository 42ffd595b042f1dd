//! The arguments of `decisions resolve`.

use std::path::PathBuf;

use chrono::{DateTime, Utc};
use clap::Args;

use super::{RecordsArgs, values};
use crate::application::Input;
use crate::id::{DecisionId, IdempotencyKey};

#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("word").required(true).multiple(true))]
pub(in crate::cli) struct Resolve {
    /// The decision: dec_...
    pub(in crate::cli) id: DecisionId,
    /// What is answered, and what it is: income.monthly_net="4200.00 usd",
    /// inputs.existing_customer=yes. May be repeated.
    #[arg(
        long = "answer",
        value_name = "FACT=VALUE",
        value_parser = values::parse_input,
        group = "word",
        requires = "reviewer",
        requires = "evidence"
    )]
    pub(in crate::cli) answers: Vec<(String, Input)>,
    /// Who answers.
    #[arg(long, value_name = "NAME", requires = "answers")]
    pub(in crate::cli) reviewer: Option<String>,
    /// What the reviewer saw.
    #[arg(long, value_name = "TEXT", requires = "answers")]
    pub(in crate::cli) evidence: Option<String>,
    /// When it was answered; now, when left out, which it is not beside --key.
    #[arg(long, value_name = "TIME", requires = "answers", value_parser = values::parse_instant)]
    pub(in crate::cli) answer_time: Option<DateTime<Utc>>,
    /// A JSON file of answers: a list of objects with fact, value (as for --answer), reviewer, evidence
    /// and answer_time.
    #[arg(long = "answers", value_name = "FILE", group = "word")]
    pub(in crate::cli) answer_file: Option<PathBuf>,
    /// A JSON file of what reviewers say of streams of income, as for `decide`.
    #[arg(long, value_name = "FILE", group = "word")]
    pub(in crate::cli) stream_reviews: Option<PathBuf>,
    /// The idempotency key; drawn at random when left out.
    #[arg(long)]
    pub(in crate::cli) key: Option<IdempotencyKey>,
    /// Show everything: features, rules, pins.
    #[arg(long)]
    pub(in crate::cli) full: bool,
    #[command(flatten)]
    pub(in crate::cli) records: RecordsArgs,
}
