//! The arguments of `backtest`.

use std::path::PathBuf;

use chrono::NaiveDate;
use clap::Args;

use super::{Recorded, SelectionArgs};

#[derive(Debug, Args)]
pub(in crate::cli) struct Backtest {
    /// The candidates: rule files, and published versions as NAME@VERSION.
    #[arg(required = true, value_name = "CANDIDATE")]
    pub(in crate::cli) candidates: Vec<String>,
    /// Decide with each of these values of a param of the one candidate, written as in a rule file, and show what
    /// each comes to in one table: approval against the bad rate. With `--json` and `--report` each value is a
    /// candidate, too.
    #[arg(long, value_name = "PARAM=VALUE,...")]
    pub(in crate::cli) sweep: Option<String>,
    /// Write what each decision came to, live and by each candidate, to a new file: a JSON object on each
    /// line.
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) decisions: Option<PathBuf>,
    /// Write all of it as one page for a credit committee to a new file, HTML that needs nothing else; `-` prints
    /// it.
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) report: Option<PathBuf>,
    /// Show so many flips of each candidate one by one; none with `--sweep`.
    #[arg(long, value_name = "COUNT", default_value_t = 5)]
    pub(in crate::cli) flips: usize,
    /// Read the columns, brought up to date first, in the place of the ledger: many times faster, and no
    /// record is proven again. With `--sample`, and where a record is damaged, the ledger is read.
    #[arg(long)]
    pub(in crate::cli) columns: bool,
    #[command(flatten)]
    pub(in crate::cli) recorded: Recorded,
    #[command(flatten)]
    pub(in crate::cli) selection: SelectionArgs,
    #[command(flatten)]
    pub(in crate::cli) loans: Loans,
    /// The segment of each application, for adverse impact ratios: CSV with the columns application and
    /// segment. Rules never see it.
    #[arg(long, value_name = "FILE", help_heading = "Fair lending")]
    pub(in crate::cli) segments: Option<PathBuf>,
}

/// What is known of loans.
#[derive(Debug, Args)]
#[command(next_help_heading = "What became of loans")]
pub(in crate::cli) struct Loans {
    /// What became of loans, beside what the ledger holds: a file as `decisions performance --import` takes
    /// it.
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) performance: Option<PathBuf>,
    /// A loan is bad once a payment is so many days past due. One that is charged off, or lost anything,
    /// is bad in any case.
    #[arg(long, value_name = "DAYS", default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..=3660))]
    pub(in crate::cli) bad_days_late: u32,
    /// Every loan is looked at for so many days from when it was paid out: a younger one is left out, and
    /// what came later does not make one bad.
    #[arg(long, value_name = "DAYS", default_value_t = 180, value_parser = clap::value_parser!(u32).range(1..=3660))]
    pub(in crate::cli) loan_age_days: u32,
    /// The last day of which it is known what became of loans; that of the newest entry when left out.
    #[arg(long, value_name = "DATE")]
    pub(in crate::cli) seen_until: Option<NaiveDate>,
}
