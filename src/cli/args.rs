//! The arguments of every command.

mod accounts;
mod analyze;
mod audit;
mod backtest;
mod follow_ups;
mod import;
#[cfg(not(feature = "sandbox"))]
mod left_out;
mod one_decision;
mod resolve;
mod rule_sets;
mod rules;
#[cfg(feature = "sandbox")]
mod sandbox;
mod selection;
mod settings;
mod tokens;
mod values;

use std::path::PathBuf;

use anstream::ColorChoice;
use chrono::NaiveDate;
use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::application::RepaymentFrequency;
use crate::config::GivenSettings;
use crate::id::TenantId;
use crate::rules::Outcome;

pub(super) use accounts::{
    Accounts, AccountsDisconnect, AccountsList, AccountsRefresh, AccountsShow, AtStripe, BankData,
    Filter, OneAccount, Sessions, SessionsCreate, SessionsShow,
};
pub(super) use analyze::Analyze;
pub(super) use audit::{Audit, AuditExport, AuditList};
pub(super) use backtest::{Backtest, Loans};
pub(super) use follow_ups::{Due, Notice, Override, Performance, Sent};
pub(super) use import::Import;
#[cfg(not(feature = "sandbox"))]
pub(super) use left_out::{LEFT_OUT, LeftOut};
pub(super) use one_decision::{NamedDecision, Packet, Show};
pub(super) use resolve::Resolve;
pub(super) use rule_sets::{
    RuleSets, RulesActivate, RulesCommand, RulesGet, RulesHistory, RulesList, RulesName,
    RulesPublish, RulesShadow, RulesStatus,
};
pub(super) use rules::{
    Check, Diff, Explain, Features, FormatFiles, Lsp, New, Recorded, Rules, Schema, Test, Watch,
};
#[cfg(feature = "sandbox")]
pub(super) use sandbox::{Demo, Sandbox};
pub(super) use selection::SelectionArgs;
pub(super) use settings::Settings;
pub(super) use tokens::{AccessPlace, Tokens, TokensCreate};
pub(super) use values::{Moment, Named, parse_moment, parse_outcome, parse_value};

use settings::given;

/// Says what a build can do, too.
const VERSION: &str = if cfg!(feature = "sandbox") {
    concat!(env!("CARGO_PKG_VERSION"), " (with sandbox and demo)")
} else {
    concat!(env!("CARGO_PKG_VERSION"), " (without sandbox and demo)")
};

/// Decides loan applications from linked bank accounts, by rules written in TOML, and can decide
/// every one of them again.
#[derive(Debug, Parser)]
#[command(name = "underwrite", version = VERSION, max_term_width = 100)]
pub struct Arguments {
    /// Print one JSON value in place of text; errors too, on standard error.
    #[arg(long, global = true)]
    pub json: bool,
    /// When to colour.
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto)]
    pub color: Color,
    #[command(subcommand)]
    pub(super) command: Command,
}

/// When to colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal, unless `NO_COLOR` is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

impl From<Color> for ColorChoice {
    fn from(color: Color) -> Self {
        match color {
            Color::Auto => Self::Auto,
            Color::Always => Self::Always,
            Color::Never => Self::Never,
        }
    }
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Answer gRPC calls, and Stripe's webhooks.
    Serve(Serve),
    /// Decide every sample applicant, then decide them all again: needs nothing else.
    #[cfg(feature = "sandbox")]
    Demo(Demo),
    /// Play Stripe: a server with sample applicants, for development.
    #[cfg(feature = "sandbox")]
    Sandbox(Box<Sandbox>),
    #[cfg(not(feature = "sandbox"))]
    #[command(name = "sandbox", alias = "demo", hide = true)]
    LeftOut(LeftOut),
    /// Decide one application.
    Decide(Box<Decide>),
    /// Look at recorded decisions.
    #[command(subcommand)]
    Decisions(Decisions),
    /// Prove the ledger, or export the end of its chain.
    #[command(subcommand)]
    Ledger(Ledger),
    /// Look at who read and changed what.
    #[command(subcommand)]
    Audit(Audit),
    /// Prove the ledger, decide every recorded application again and compare.
    Replay(Box<Replay>),
    /// Compare rule sets with what was live: what they would have decided on past applications.
    Backtest(Box<Backtest>),
    /// Decide applications that were decided elsewhere as of then, to backtest rule sets on them.
    Import(Box<Import>),
    /// Work on rule files, publish them, and say which decides.
    #[command(subcommand)]
    Rules(RulesCommand),
    /// Write labelled, made-up applicants, to examine an analysis with.
    Corpus(Corpus),
    /// Examine the analysis on labelled applicants: how often it is right, of each kind.
    Evaluate(Evaluate),
    /// Look at the settings.
    #[command(subcommand)]
    Config(Config),
    /// Examine a deployment, and say what to mend.
    Doctor(Doctor),
    /// Say who may call: create, list and revoke API tokens.
    #[command(subcommand)]
    Tokens(Tokens),
    /// Show the whole picture of an applicant's accounts: income, balances, events, obligations.
    Analyze(Box<Analyze>),
    /// Look at linked accounts at Stripe, refresh them, give them up.
    #[command(subcommand)]
    Accounts(Accounts),
    /// Make sessions in which people link accounts, and look at them.
    #[command(subcommand)]
    Sessions(Sessions),
}

/// Looks at the settings, as `serve` would take them.
#[derive(Debug, Subcommand)]
pub(super) enum Config {
    /// Say what is wrong with the settings, if anything is.
    Check(Serve),
    /// Print every setting, and where it was given.
    Show(Serve),
}

#[derive(Debug, Args)]
pub(super) struct Doctor {
    #[command(flatten)]
    pub(super) serve: Serve,
    /// The folder in which backups are kept.
    #[arg(long, value_name = "DIR")]
    pub(super) backups: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(super) struct Serve {
    #[command(flatten)]
    pub(super) settings: Settings,
    /// The address to answer on; port 0 takes any free one.
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<String>,
    /// A PEM file of the server's certificate and those that signed it: calls are then encrypted.
    #[arg(long, value_name = "FILE")]
    tls_certificate: Option<String>,
    /// A PEM file of its key, which nobody but its owner may read.
    #[arg(long, value_name = "FILE")]
    tls_key: Option<String>,
    /// A PEM file of those who sign certificates of clients: a client may then show one.
    #[arg(long, value_name = "FILE")]
    tls_client_ca: Option<String>,
    /// Allow an address that is not loopback, although calls are not encrypted or not
    /// authenticated.
    #[arg(long)]
    insecure_listen_on_a_network: bool,
    /// The address to answer webhooks, health and metrics on; without it there is no such port.
    #[arg(long, value_name = "ADDRESS")]
    http_listen: Option<String>,
    /// Allow an HTTP address that is not loopback, although what is sent there is not encrypted.
    #[arg(long)]
    insecure_http_listen_on_a_network: bool,
    /// Give up the ledger that was there and is lost, and begin a new chain.
    #[arg(long)]
    begin_new_chain: bool,
    /// Do not start unless the ledger holds the record of this head, from `ledger head`.
    #[arg(long, value_name = "FILE")]
    expect_head: Option<String>,
    /// Seconds that open calls are given at the end.
    #[arg(long, value_name = "SECONDS")]
    drain_timeout: Option<String>,
    #[command(flatten)]
    pub(super) today: Today,
}

impl Serve {
    pub(super) fn given(&self) -> GivenSettings {
        let said = |flag: bool| flag.then(|| "true".to_owned());
        let mut all = self.settings.given();
        all.extend(given([
            ("listen", "--listen", self.listen.clone()),
            (
                "tls_certificate",
                "--tls-certificate",
                self.tls_certificate.clone(),
            ),
            ("tls_key", "--tls-key", self.tls_key.clone()),
            (
                "tls_client_ca",
                "--tls-client-ca",
                self.tls_client_ca.clone(),
            ),
            (
                "insecure_listen_on_a_network",
                "--insecure-listen-on-a-network",
                said(self.insecure_listen_on_a_network),
            ),
            (
                "begin_new_chain",
                "--begin-new-chain",
                said(self.begin_new_chain),
            ),
            ("expect_head", "--expect-head", self.expect_head.clone()),
            ("http_listen", "--http-listen", self.http_listen.clone()),
            (
                "insecure_http_listen_on_a_network",
                "--insecure-http-listen-on-a-network",
                said(self.insecure_http_listen_on_a_network),
            ),
            (
                "drain_timeout",
                "--drain-timeout",
                self.drain_timeout.clone(),
            ),
        ]));
        all
    }
}

/// The day on which to play.
#[derive(Debug, Clone, Copy, Default, Args)]
pub(super) struct Today {
    /// Stop the clock at 15:00 UTC of this day. Only with a Stripe that is played on this machine.
    #[arg(long = "today", value_name = "DATE")]
    pub(super) date: Option<NaiveDate>,
}

#[derive(Debug, Args)]
pub(super) struct Decide {
    #[command(flatten)]
    pub(super) bank: BankData,
    /// The amount asked for, in major units: 5000 or 1250.50.
    #[arg(long, value_parser = values::parse_amount, allow_negative_numbers = true)]
    pub(super) amount: String,
    /// Its currency.
    #[arg(long, default_value = "USD")]
    pub(super) currency: crate::money::Currency,
    /// How long the loan is to run: "36 months", "26 weeks", "14 days".
    #[arg(long, value_parser = values::parse_term)]
    pub(super) term: crate::application::Term,
    /// How often it is repaid.
    #[arg(long, default_value = "monthly", value_parser = values::parse_frequency)]
    pub(super) frequency: RepaymentFrequency,
    /// When the first payment would be due.
    #[arg(long, value_name = "DATE")]
    pub(super) first_payment_date: Option<NaiveDate>,
    /// The account that payments are to be drawn from, where there are several.
    #[arg(long, value_name = "ACCOUNT", value_parser = values::parse_account)]
    pub(super) debit_account: Option<crate::id::AccountId>,
    /// The applicant's full name, compared with the accounts' owners.
    #[arg(long)]
    pub(super) name: String,
    /// The lender's product.
    #[arg(long, default_value = "personal_loan")]
    pub(super) product: String,
    /// What the money is for.
    #[arg(long)]
    pub(super) purpose: Option<String>,
    /// The rule set that decides.
    #[arg(long, default_value = "personal-loan")]
    pub(super) rule_set: String,
    /// An extra input that the rule set declares; values that look like a number, a date, a
    /// yes/no or an amount (`"12.50 usd"`) are sent as such. May be repeated.
    #[arg(long = "input", value_name = "NAME=VALUE", value_parser = values::parse_input)]
    pub(super) inputs: Vec<(String, crate::application::Input)>,
    /// A JSON file of what reviewers say of streams of income: a list of objects with account_id,
    /// transaction_id, verdict (CONFIRMED or REFUSED), reviewer, reason and review_time.
    #[arg(long, value_name = "FILE")]
    pub(super) stream_reviews: Option<PathBuf>,
    /// The caller's name for the application; the key, or drawn at random, when left out.
    #[arg(long, value_name = "ID")]
    pub(super) application_id: Option<String>,
    /// The idempotency key; drawn at random when left out.
    #[arg(long)]
    pub(super) key: Option<String>,
    /// Show everything: features, rules, pins.
    #[arg(long)]
    pub(super) full: bool,
    #[command(flatten)]
    pub(super) place: ServerArgs,
    #[command(flatten)]
    pub(super) today: Today,
}

/// Where the work is done: by a running server, or in this process.
#[derive(Debug, Clone, Default, Args)]
pub(super) struct ServerArgs {
    /// Ask a running server, such as http://127.0.0.1:50051 or https://decide.example.com:50051, in
    /// place of working in this process.
    #[arg(long, value_name = "URL")]
    pub(super) server: Option<String>,
    /// A file that holds the API token to ask the server with, in place of UNDERWRITE_TOKEN.
    #[arg(long, value_name = "FILE", requires = "server")]
    pub(super) token_file: Option<PathBuf>,
    #[command(flatten)]
    pub(super) trust: Trust,
    #[command(flatten)]
    pub(super) settings: Settings,
}

/// Where records are read, and whose.
#[derive(Debug, Clone, Default, Args)]
pub(super) struct RecordsArgs {
    /// The tenant, `default` when left out; with --server it is that of the token.
    #[arg(long, value_name = "TENANT", conflicts_with = "server")]
    pub(super) tenant: Option<TenantId>,
    #[command(flatten)]
    pub(super) place: ServerArgs,
}

/// What a server that speaks TLS is known by, and what it is shown.
#[derive(Debug, Clone, Default, Args)]
pub(super) struct Trust {
    /// A PEM file of who signed the server's certificate, in place of those whom the system trusts.
    #[arg(long, value_name = "FILE", requires = "server")]
    pub(super) ca: Option<PathBuf>,
    /// A PEM file of the certificate to show to the server.
    #[arg(
        long,
        value_name = "FILE",
        requires = "server",
        requires = "client_key"
    )]
    pub(super) client_certificate: Option<PathBuf>,
    /// A PEM file of its key.
    #[arg(long, value_name = "FILE", requires = "client_certificate")]
    pub(super) client_key: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(super) enum Decisions {
    /// List decisions, newest first.
    List(Box<List>),
    /// Show one decision: why, on what evidence, and what it rests on.
    Show(Box<Show>),
    /// Write all that is known of one decision to one page, for an examiner.
    Packet(Box<Packet>),
    /// Write all that rules read of decisions, and what they came to, to a new file. It holds personal
    /// data.
    Export(Box<DecisionsExport>),
    /// Settle a decision that was referred: decide it again with what a reviewer answers.
    Resolve(Box<Resolve>),
    /// Record that a person decided beside the engine.
    Override(Box<Override>),
    /// Print the notice that the law asks for of a decision. It sends nothing.
    Notice(Box<Notice>),
    /// List what is owed to applicants: notices that were not sent, and decisions that nobody made.
    Due(Box<Due>),
    /// Record that the notice of a decision was sent.
    Sent(Box<Sent>),
    /// Record what happened to the loan of a decision, or to those of a file.
    Performance(Box<Performance>),
}

/// Which decisions; every flag narrows.
#[derive(Debug, Clone, Default, Args)]
pub(super) struct Filters {
    /// Recorded at or after this day or instant (2026-03-31, 2026-03-31T15:00:00Z).
    #[arg(long, value_parser = values::parse_instant)]
    pub(super) from: Option<chrono::DateTime<chrono::Utc>>,
    /// Recorded before this day or instant.
    #[arg(long, value_parser = values::parse_instant)]
    pub(super) until: Option<chrono::DateTime<chrono::Utc>>,
    /// With this outcome: approve, counter, refer, decline.
    #[arg(long, value_parser = values::parse_outcome)]
    pub(super) outcome: Option<Outcome>,
    /// By this rule set.
    #[arg(long)]
    pub(super) rule_set: Option<crate::id::RuleSetName>,
    /// For this application.
    #[arg(long, value_name = "ID")]
    pub(super) application_id: Option<crate::id::ApplicationId>,
    /// With this reason, whether or not it made the outcome.
    #[arg(long, value_name = "CODE")]
    pub(super) reason: Option<String>,
    /// Where this rule fired, whether or not it made the outcome.
    #[arg(long, value_name = "ID")]
    pub(super) rule: Option<String>,
    /// By this version of the rule set.
    #[arg(long, value_name = "VERSION")]
    pub(super) rule_set_version: Option<String>,
    /// Those that a person decided otherwise (true), or those that nobody did (false).
    #[arg(long, value_name = "TRUE|FALSE")]
    pub(super) overridden: Option<bool>,
}

#[derive(Debug, Args)]
pub(super) struct List {
    #[command(flatten)]
    pub(super) filters: Filters,
    /// List what is pending in place of what is decided, oldest first.
    #[arg(long, conflicts_with_all = ["from", "until", "outcome", "rule_set", "application_id", "reason", "rule", "rule_set_version", "overridden"])]
    pub(super) pending: bool,
    /// How many at most.
    #[arg(long, default_value_t = 50)]
    pub(super) page_size: u32,
    /// Read on where the list before ended.
    #[arg(long, default_value = "", hide_default_value = true)]
    pub(super) page_token: String,
    #[command(flatten)]
    pub(super) records: RecordsArgs,
}

#[derive(Debug, Args)]
pub(super) struct DecisionsExport {
    /// The new file. One that is there is not overwritten.
    #[arg(value_name = "FILE")]
    pub(super) file: PathBuf,
    /// What to write; as the name of the file ends, `.csv` or `.jsonl`, where it is left out.
    #[arg(long, value_enum)]
    pub(super) format: Option<ExportFormat>,
    #[command(flatten)]
    pub(super) selection: SelectionArgs,
    #[command(flatten)]
    pub(super) recorded: Recorded,
}

/// What is written of decisions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum ExportFormat {
    /// A line with columns, the same for every rule set.
    Csv,
    /// A line with a JSON object.
    Jsonl,
}

#[derive(Debug, Args)]
pub(super) struct Replay {
    #[command(flatten)]
    pub(super) selection: SelectionArgs,
    /// Tell what computing features anew would change, with an example of each.
    #[arg(long)]
    pub(super) drift: bool,
    /// A head that was kept, from `ledger head`: shows whether newer records were cut off since.
    #[arg(long, value_name = "FILE")]
    pub(super) head: Option<PathBuf>,
    #[command(flatten)]
    pub(super) recorded: Recorded,
    /// Other rules: refused, for a replay decides by those that decided.
    #[arg(long, hide = true)]
    pub(super) rules: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(super) enum Ledger {
    /// Prove every record, every link and all that the records rest on, without deciding again.
    Verify(LedgerVerify),
    /// Export the end of the chain, to be kept elsewhere.
    Head(LedgerHead),
    /// Copy the ledger to a new file, also beside a running server, and prove the copy.
    Backup(LedgerBackup),
    /// Put a backup where the ledger was, proven first. It records nothing until it is resumed.
    Restore(LedgerRestore),
    /// Let a restored ledger go on, which a record of the chain then says.
    Resume(LedgerResume),
    /// Bring the columns, what was decided as SQL tables, up to the end of the ledger.
    Columns(LedgerColumns),
}

#[derive(Debug, Args)]
pub(super) struct LedgerColumns {
    /// Give up what is there, and build them anew.
    #[arg(long)]
    pub(super) rebuild: bool,
    #[command(flatten)]
    pub(super) settings: Settings,
}

#[derive(Debug, Args)]
pub(super) struct LedgerRestore {
    /// The backup. It is compared with the head in FILE.head, where that is there.
    #[arg(value_name = "FILE")]
    pub(super) file: PathBuf,
    #[command(flatten)]
    pub(super) settings: Settings,
}

#[derive(Debug, Args)]
pub(super) struct LedgerResume {
    /// The end of the restored chain, so that no other is meant: its hash, or the file of its head.
    #[arg(long, value_name = "HEAD")]
    pub(super) from: String,
    /// Say that what was recorded after the backup is given up.
    #[arg(long)]
    pub(super) accept_loss: bool,
    #[command(flatten)]
    pub(super) settings: Settings,
}

#[derive(Debug, Args)]
pub(super) struct LedgerBackup {
    /// The new file; its head is written beside it, to FILE.head.
    #[arg(value_name = "FILE")]
    pub(super) file: PathBuf,
    #[command(flatten)]
    pub(super) settings: Settings,
}

#[derive(Debug, Args)]
pub(super) struct LedgerVerify {
    /// Prove only what came after this record, and that the chain holds it: its hash, or the file of a
    /// head. The file as a whole is not looked at.
    #[arg(long, value_name = "HEAD")]
    pub(super) since: Option<String>,
    /// A head that was kept, from `ledger head`: shows whether newer records were cut off since.
    #[arg(long, value_name = "FILE")]
    pub(super) head: Option<PathBuf>,
    #[command(flatten)]
    pub(super) settings: Settings,
}

#[derive(Debug, Args)]
pub(super) struct LedgerHead {
    /// A new file to write it to, in place of standard output.
    #[arg(long, value_name = "FILE")]
    pub(super) out: Option<PathBuf>,
    #[command(flatten)]
    pub(super) settings: Settings,
}

#[derive(Debug, Args)]
pub(super) struct Corpus {
    /// What the corpus is drawn from: the same seed gives the same files.
    #[arg(long)]
    pub(super) seed: u64,
    /// How many applicants; kinds take turns.
    #[arg(long)]
    pub(super) applicants: u32,
    /// A new folder to write to: see `docs/corpus.md`.
    #[arg(long, value_name = "DIR")]
    pub(super) out: PathBuf,
}

#[derive(Debug, Args)]
pub(super) struct Evaluate {
    /// The folder of a corpus, made by `corpus` or your own: see `docs/corpus.md`.
    #[arg(value_name = "CORPUS")]
    pub(super) corpus: PathBuf,
    /// Examine keywords and mean gaps in place of the analysis: what it is worth more than.
    #[arg(long)]
    pub(super) baseline: bool,
    /// Write one page with charts to a new file, in place of text; `-` writes it to standard output.
    #[arg(long, value_name = "FILE")]
    pub(super) html: Option<PathBuf>,
    /// Show so many of the applicants about whom most was wrong, with the bank's rows.
    #[arg(long, value_name = "COUNT", default_value_t = 5)]
    pub(super) worst: usize,
}
