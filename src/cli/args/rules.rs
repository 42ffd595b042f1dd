//! The arguments of `rules`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{SelectionArgs, Settings, values};
use crate::application::Input;
use crate::id::{DecisionId, RuleSetName, TenantId};
use crate::rules::{Expected, GivenFeatures, RuleSetKind, TestApplication, TestCase, TestData};

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
    /// Run the tests of rule files: each is decided as an application is, and compared with what it
    /// expects.
    Test(Test),
    /// Show why a rule file decides as it does: each rule with the values that it compared, what was
    /// missing, what would turn it and what would settle it.
    Explain(Box<Explain>),
    /// Show what differs between two rule files: rules, params, tiers by their names.
    Diff(Diff),
    /// Show what an edit of a rule file changes on recorded decisions, at each save.
    Watch(Box<Watch>),
    /// Serve an editor while rule files are written: a language server over standard input and output.
    /// Where recorded decisions are found, it shows what an edit changes on them.
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
    /// The format of a file of tests.
    #[arg(long, conflicts_with = "fragment")]
    pub(in crate::cli) cases: bool,
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
    /// Say also whether rules and outcome are equal, stricter or looser, and for whom.
    #[arg(long)]
    pub(in crate::cli) meaning: bool,
    /// Fail where they differ.
    #[arg(long)]
    pub(in crate::cli) exit_code: bool,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct Lsp {
    /// What most editors add, and the only way there is.
    #[arg(long, hide = true)]
    stdio: bool,
    #[command(flatten)]
    pub(in crate::cli) recorded: Recorded,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct Watch {
    /// The rule file; what it names is watched with it.
    #[arg(value_name = "FILE")]
    pub(in crate::cli) file: PathBuf,
    /// Show it once, and end.
    #[arg(long)]
    pub(in crate::cli) once: bool,
    #[command(flatten)]
    pub(in crate::cli) recorded: Recorded,
    #[command(flatten)]
    pub(in crate::cli) selection: SelectionArgs,
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

#[derive(Debug, Args)]
pub(in crate::cli) struct Test {
    /// The rule files.
    #[arg(required = true, value_name = "FILE")]
    pub(in crate::cli) files: Vec<PathBuf>,
    /// A file of further tests: TOML with `[[test]]`, or a CSV file with a line for each.
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) cases: Vec<PathBuf>,
    /// Write what came of each test into a file in the form of JUnit.
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) junit: Option<PathBuf>,
    /// Say what the tests reach of the rules, and what they never do.
    #[arg(long)]
    pub(in crate::cli) coverage: bool,
    /// Fail where they reach less than so many percent of it.
    #[arg(long, value_name = "PERCENT", value_parser = clap::value_parser!(u8).range(0..=100))]
    pub(in crate::cli) fail_under: Option<u8>,
    #[command(flatten)]
    pub(in crate::cli) recorded: Recorded,
}

/// Where recorded decisions are looked for.
#[derive(Debug, Clone, Default, Args)]
pub(in crate::cli) struct Recorded {
    /// Whose recorded decisions are meant: `default` when left out.
    #[arg(long, value_name = "TENANT")]
    pub(in crate::cli) tenant: Option<TenantId>,
    /// A TOML file of settings.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The folder of the ledger of recorded decisions.
    #[arg(long, value_name = "DIR")]
    data_dir: Option<String>,
}

impl Recorded {
    /// The settings by which the ledger is found.
    pub(in crate::cli) fn settings(&self) -> Settings {
        Settings::of_ledger(self.config.clone(), self.data_dir.clone())
    }

    /// Whether a flag says where it is.
    pub(in crate::cli) fn is_given(&self) -> bool {
        self.config.is_some() || self.data_dir.is_some()
    }
}

#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("of").required(true))]
pub(in crate::cli) struct Explain {
    /// The rule file.
    #[arg(value_name = "FILE")]
    pub(in crate::cli) file: PathBuf,
    /// What a test of the rule file, or of a file of tests, gives.
    #[arg(long, value_name = "NAME", group = "of")]
    pub(in crate::cli) test: Option<String>,
    /// A sample applicant of the sandbox.
    #[arg(long, value_name = "KEY", group = "of")]
    applicant: Option<String>,
    /// A file of Stripe's JSON.
    #[arg(long, value_name = "FILE", group = "of")]
    bank_data: Option<PathBuf>,
    /// A recorded decision: on its snapshots, at its moment.
    #[arg(long, value_name = "ID", group = "of")]
    decision: Option<DecisionId>,
    /// A file of further tests.
    #[arg(long, value_name = "FILE", requires = "test")]
    pub(in crate::cli) cases: Vec<PathBuf>,
    /// An input of the rule set.
    #[arg(long = "input", value_name = "NAME=VALUE", value_parser = values::parse_input, conflicts_with = "test")]
    inputs: Vec<(String, Input)>,
    #[command(flatten)]
    pub(in crate::cli) recorded: Recorded,
}

impl Explain {
    /// What is asked where no test is named, as a test that expects nothing.
    pub(in crate::cli) fn asked(&self) -> TestCase {
        let data = match (&self.applicant, &self.bank_data, &self.decision) {
            (Some(key), ..) => TestData::Applicant(key.clone()),
            (_, Some(path), _) => {
                // Named from where the command runs.
                let whole = std::path::absolute(path).unwrap_or_else(|_| path.clone());
                TestData::BankData(whole.display().to_string())
            }
            (.., Some(id)) => TestData::Decision(id.clone()),
            (None, None, None) => TestData::Features(GivenFeatures::default()),
        };
        TestCase {
            name: String::new(),
            file: None,
            line: 0,
            data,
            asked: TestApplication::default(),
            inputs: self.inputs.iter().cloned().collect(),
            expected: Expected::default(),
        }
    }
}
