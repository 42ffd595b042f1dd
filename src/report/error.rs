//! Why there is no report.

use thiserror::Error;

/// Why there is no report.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ReportError {
    /// There is no account.
    #[error("there is no account in it: it must hold at least one `financial_connections.account`")]
    NoAccount,
    /// More accounts than one application may have.
    #[error("there are more than {max} accounts: name fewer")]
    TooManyAccounts {
        /// The limit.
        max: usize,
    },
    /// No account holds the currency.
    #[error("no account holds {wanted}; what they hold is {held}: name that with `--currency`")]
    Currency {
        /// What was asked for.
        wanted: String,
        /// The currencies that the accounts hold.
        held: String,
    },
    /// Neither transactions nor balances.
    #[error(
        "there is nothing to analyse: no account has transactions or a balance by then; was their \
         sharing permitted, and were they refreshed? `underwrite accounts show` tells"
    )]
    Nothing,
    /// The name cannot be one, or the accounts are named twice.
    #[error("the {field} {problem}")]
    Field {
        /// Which: `name`.
        field: String,
        /// What is wrong with it.
        problem: String,
    },
}
