//! The exit codes.

use std::process::ExitCode;

use crate::replay::StoppedEarly;

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
    /// It was stopped from the keyboard: what it told is of the decisions that it had looked at.
    StoppedEarly = 5,
}

impl Exit {
    /// How a command ends that looked at decisions: that something is not as it was recorded comes before
    /// that it did not look at all.
    pub(super) fn of_decisions(differs: bool, stopped: Option<StoppedEarly>) -> Self {
        match (differs, stopped) {
            (true, _) => Self::Differences,
            (false, Some(_)) => Self::StoppedEarly,
            (false, None) => Self::Success,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}
