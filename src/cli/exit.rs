//! The exit codes.

use std::process::ExitCode;

/// How a command ended; the numbers are documented and do not change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// It did what was asked. A decision of any outcome is that.
    Success = 0,
    /// It failed.
    Failure = 1,
    /// The arguments or the settings are not valid.
    Usage = 2,
    /// A rule file has errors.
    RulesInvalid = 3,
    /// A replay gave another decision than the one recorded, or the ledger is damaged.
    Differences = 4,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}
