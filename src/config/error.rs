//! What is wrong with the settings.

use std::fmt;

use thiserror::Error;

/// One problem, and where the setting was given.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{setting} {problem}")]
pub struct Problem {
    /// Where it was given: `--listen`, `UNDERWRITE_LISTEN`, `` `listen` in uw.toml ``.
    pub setting: String,
    /// What is wrong and what to do instead; never quotes a key.
    pub problem: String,
}

impl Problem {
    pub(super) fn new(setting: String, problem: impl Into<String>) -> Self {
        Self {
            setting,
            problem: problem.into(),
        }
    }
}

/// Everything that is wrong with the settings; never empty.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub struct ConfigError(pub Vec<Problem>);

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the settings are not valid:")?;
        self.0
            .iter()
            .try_for_each(|problem| write!(f, "\n  {problem}"))
    }
}
