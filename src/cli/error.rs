//! How a command fails.

use std::collections::BTreeMap;
use std::io::ErrorKind;

use thiserror::Error;
use tonic::Status;

use super::Exit;
use crate::config::ConfigError;
use crate::http::HttpError;
use crate::ledger::{LedgerError, SqliteOpenError};
use crate::portfolio::columns::ColumnsError;
use crate::private::Exposed;
use crate::service::status::{self, ErrorSummary};
use crate::service::{AuthorityError, ServerError};
use crate::sockets::TlsError;
use crate::stripe::StripeError;
use crate::underwriter::UnderwriteError;

/// A command failed.
#[derive(Debug, Error)]
pub enum CliError {
    /// The arguments do not fit each other.
    #[error("{0}")]
    Usage(String),
    /// The settings are not valid.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A file, a socket or a pipe failed.
    #[error("{0}")]
    Io(#[from] std::io::Error),
    /// The service refused.
    #[error("{}", .0.message)]
    Refused(ErrorSummary),
    /// A rule file has errors.
    #[error("{0}")]
    Rules(String),
    /// The ledger failed.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The ledger could not be opened.
    #[error("{}", with_hint(.0))]
    OpenLedger(#[from] SqliteOpenError),
    /// The columns failed.
    #[error(transparent)]
    Columns(#[from] ColumnsError),
    /// Others than the owner can look into a file or a folder of the data.
    #[error(transparent)]
    Exposed(#[from] Exposed),
    /// The server could not listen or did not end in order.
    #[error(transparent)]
    Server(#[from] ServerError),
    /// The HTTP port could not be opened.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// TLS cannot be spoken with the files of the settings.
    #[error("TLS: {0}")]
    Tls(#[from] TlsError),
    /// Nobody could be granted anything, or it could not be read who was.
    #[error(transparent)]
    Authority(#[from] AuthorityError),
    /// Stripe could not be asked, or refused.
    #[error(transparent)]
    Stripe(#[from] StripeError),
    /// Anything else, with a stable code.
    #[error("{message}")]
    Other {
        /// The stable code.
        code: &'static str,
        /// What is wrong and what to do.
        message: String,
    },
}

impl CliError {
    /// Any other failure.
    pub(super) fn other(code: &'static str, message: impl Into<String>) -> Self {
        Self::Other {
            code,
            message: message.into(),
        }
    }

    /// A file that cannot be used.
    pub(super) fn file(path: &std::path::Path, error: &std::io::Error) -> Self {
        let shown = path.display();
        let message = if error.kind() == ErrorKind::AlreadyExists {
            format!("`{shown}` is there, and is not overwritten: name another")
        } else if error.kind() == ErrorKind::IsADirectory {
            format!("`{shown}` is a folder: name the files in it")
        } else {
            format!("`{shown}`: {error}")
        };
        Self::other("file", message)
    }

    /// The same of a command that can ask a server in the place of the ledger: it says so, where that helps.
    #[must_use]
    pub(super) fn or_ask_a_server(self) -> Self {
        let helps = ["no_ledger", "ledger_in_use"];
        match helps.into_iter().find(|code| *code == self.code()) {
            Some(code) => Self::other(
                code,
                format!("{self}, or ask a running server (`--server`)"),
            ),
            None => self,
        }
    }

    /// What is wrong with each field of a request, or with each setting.
    pub fn fields(&self) -> BTreeMap<String, String> {
        match self {
            Self::Refused(error_summary) => error_summary.fields.clone(),
            Self::Config(ConfigError(problems)) => problems
                .iter()
                .map(|problem| (problem.setting.clone(), problem.problem.clone()))
                .collect(),
            Self::Usage(_)
            | Self::Io(_)
            | Self::Rules(_)
            | Self::Ledger(_)
            | Self::Columns(_)
            | Self::OpenLedger(_)
            | Self::Exposed(_)
            | Self::Server(_)
            | Self::Http(_)
            | Self::Tls(_)
            | Self::Authority(_)
            | Self::Stripe(_)
            | Self::Other { .. } => BTreeMap::new(),
        }
    }

    /// The exit code.
    pub fn exit(&self) -> Exit {
        match self {
            Self::Usage(_) | Self::Config(_) => Exit::Usage,
            Self::Rules(_) => Exit::RulesInvalid,
            Self::Io(_)
            | Self::Refused(_)
            | Self::Ledger(_)
            | Self::Columns(_)
            | Self::OpenLedger(_)
            | Self::Exposed(_)
            | Self::Server(_)
            | Self::Http(_)
            | Self::Tls(_)
            | Self::Authority(_)
            | Self::Stripe(_)
            | Self::Other { .. } => Exit::Failure,
        }
    }

    /// The stable code: that of the service where it refused.
    pub fn code(&self) -> String {
        match self {
            Self::Usage(_) => "usage".to_owned(),
            Self::Config(_) => "settings".to_owned(),
            Self::Io(_) => "io".to_owned(),
            Self::Refused(error_summary) if error_summary.reason.is_empty() => {
                error_summary.status.to_ascii_lowercase()
            }
            Self::Refused(error_summary) => error_summary.reason.to_ascii_lowercase(),
            Self::Rules(_) => "rules_invalid".to_owned(),
            Self::Ledger(error) => error.code().to_owned(),
            Self::Columns(error) => error.code().to_owned(),
            Self::OpenLedger(error) => error.code().to_owned(),
            Self::Exposed(_) => "exposed".to_owned(),
            Self::Server(_) => "server".to_owned(),
            Self::Http(_) => "http".to_owned(),
            Self::Tls(_) => "tls".to_owned(),
            Self::Authority(AuthorityError::Ledger(error)) => error.code().to_owned(),
            Self::Authority(AuthorityError::Key(_)) => "token_key".to_owned(),
            Self::Authority(_) => "not_granted".to_owned(),
            Self::Stripe(error) => error.code().to_owned(),
            Self::Other { code, .. } => (*code).to_owned(),
        }
    }
}

/// Why the ledger cannot be opened, and what to do about it on a command line.
fn with_hint(error: &SqliteOpenError) -> String {
    match error {
        SqliteOpenError::InUse { .. } => format!(
            "{error}: end that one first, or name a folder of its own for this one (`--data-dir`)"
        ),
        SqliteOpenError::Lost { .. } => format!(
            "{error}: put that ledger back, or a backup of it (`ledger restore`); `serve --begin-new-chain` gives up \
             all that was recorded in it"
        ),
        SqliteOpenError::Occupied { .. } => {
            format!("{error}; move it away, and keep it, if it is given up")
        }
        SqliteOpenError::NotLost { .. } => {
            format!("{error}: leave out `begin_new_chain`, or move the ledger away first")
        }
        SqliteOpenError::Damaged { .. } => format!(
            "{error}: see `underwrite ledger verify` for all that is damaged, move it away, and put a \
             backup in its place (`underwrite ledger restore`)"
        ),
        SqliteOpenError::Failed(_)
        | SqliteOpenError::Exposed(_)
        | SqliteOpenError::NotALedger { .. }
        | SqliteOpenError::NewerSchema { .. } => error.to_string(),
    }
}

/// How a command is given another credential.
const OTHER_CREDENTIAL: &str = "name the file of one with `--token-file`, or give it in \
                                `UNDERWRITE_TOKEN`";

impl From<Status> for CliError {
    fn from(refusal: Status) -> Self {
        let mut error_summary = status::error_summary(&refusal);
        // What a caller of gRPC is to send, a command sends: it is said how to give it.
        match error_summary.reason.as_str() {
            "UNAUTHENTICATED" => {
                error_summary.message = format!(
                    "the server knows nobody by what this command shows: it takes an API token \
                     that has neither ended nor been revoked; {OTHER_CREDENTIAL}"
                );
            }
            "SCOPE_NEEDED" => {
                error_summary.message = format!("{}: {OTHER_CREDENTIAL}", error_summary.message);
            }
            _ => {}
        }
        // Every refusal of the service has a reason; without one it is not the service's.
        if error_summary.reason.is_empty() {
            error_summary.message = format!(
                "the call broke, or what answers is no `underwrite serve`, or one that speaks TLS \
                 and is called with `https://`: {}",
                error_summary.message
            );
        }
        Self::Refused(error_summary)
    }
}

impl From<UnderwriteError> for CliError {
    fn from(error: UnderwriteError) -> Self {
        Self::from(status::failed(&error, ""))
    }
}
