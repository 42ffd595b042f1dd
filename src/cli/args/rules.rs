//! The arguments of `rules`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::values;
use crate::id::RuleSetName;
use crate::rules::RuleSetKind;

/// Works on rule files.
#[derive(Debug, Subcommand)]
pub(in crate::cli) enum Rules {
    /// Check rule files and say what is wrong with them.
    Check(Check),
    /// Write rule files the one way: blanks, line breaks, quotes of expressions. Comments, order and
    /// meaning stay.
    Fmt(FormatFiles),
    /// Print the format of a rule file as a JSON Schema, for editors.
    Schema(Schema),
    /// Show the values that rules can read, or one of them with all that is known of it.
    Features(Features),
    /// Write a small rule set to start from.
    New(New),
    /// Show what differs between two rule files: rules, params, tiers by their names.
    Diff(Diff),
    /// Serve an editor while rule files are written: a language server over standard input and output.
    Lsp(Lsp),
}

#[derive(Debug, Args)]
pub(in crate::cli) struct Check {
    /// The rule files.
    #[arg(required = true, value_name = "FILE")]
    pub(in crate::cli) files: Vec<PathBuf>,
    /// Write what is surely meant into the files, and say what was changed.
    #[arg(long)]
    pub(in crate::cli) fix: bool,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct FormatFiles {
    /// The rule files; `-` reads standard input and writes to standard output.
    #[arg(required = true, value_name = "FILE")]
    pub(in crate::cli) files: Vec<PathBuf>,
    /// Change nothing, and fail where a file is not formatted.
    #[arg(long)]
    pub(in crate::cli) check: bool,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct Schema {
    /// The format of what a rule set imports.
    #[arg(long)]
    pub(in crate::cli) fragment: bool,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct Features {
    /// A feature, or a part of the names of several: `nsf`, `income.*`. All where it is left out.
    #[arg(value_name = "NAME|PATTERN")]
    pub(in crate::cli) pattern: Option<String>,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct Diff {
    /// The rule file as it was.
    #[arg(value_name = "BEFORE")]
    pub(in crate::cli) before: PathBuf,
    /// The rule file as it is.
    #[arg(value_name = "AFTER")]
    pub(in crate::cli) after: PathBuf,
    /// Fail where they differ.
    #[arg(long)]
    pub(in crate::cli) exit_code: bool,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct Lsp {
    /// What most editors add, and the only way there is.
    #[arg(long, hide = true)]
    pub(in crate::cli) stdio: bool,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct New {
    /// What it decides: credit, payment or verification.
    #[arg(value_parser = values::parse_kind)]
    pub(in crate::cli) kind: RuleSetKind,
    /// What it is called.
    #[arg(long)]
    pub(in crate::cli) name: Option<RuleSetName>,
    /// The file to write; standard output where it is left out.
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) out: Option<PathBuf>,
    /// Overwrite the file, if it is there.
    #[arg(long, requires = "out")]
    pub(in crate::cli) force: bool,
}
