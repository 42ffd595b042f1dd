//! Faults on demand: whom they hit, when, and what then happens.
//!
//! A fault is data. `effect` is what can happen and `table` how it is called; `file` reads a TOML
//! file of faults; `armed` keeps count of the calls and says which of them are hit.

pub(super) mod armed;
pub(super) mod effect;
pub(super) mod error;
mod file;
mod problems;
mod rate_limit;
pub(super) mod table;

use std::fs;
use std::path::Path;

use super::error::SandboxError;
pub use effect::{Content, Effect, ErrorAnswer, ErrorKind, Transport, UnknownField};
pub use error::FaultProblem;
pub use rate_limit::RateLimitReason;

use crate::limits;

/// Everything that is to go wrong, in the order in which it is looked at.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Faults(Vec<Fault>);

/// One thing that is to go wrong.
///
/// A call is *matched* by whom and by endpoint. Of the matched calls the first [`skip`](Self::skip)
/// pass and the next [`times`](Self::times) are hit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Whose calls.
    pub target: Target,
    /// Which endpoint: `accounts/{account}/refresh`; all of them where it is not said.
    pub endpoint: Option<String>,
    /// How many calls pass first.
    pub skip: u64,
    /// How many calls are hit then; all where it is not said.
    pub times: Option<u64>,
    /// What happens.
    pub effect: Effect,
    /// The line of the file it was read from.
    line: Option<usize>,
}

/// Whose calls a fault hits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// Everybody's.
    Everybody,
    /// Those about one account: `fca_…`.
    Account(String),
    /// Those about a sample applicant: the accounts, and whatever leads to them.
    Applicant(String),
}

impl Fault {
    /// Hits every call of everybody from now on.
    pub fn new(effect: impl Into<Effect>) -> Self {
        Self {
            target: Target::Everybody,
            endpoint: None,
            skip: 0,
            times: None,
            effect: effect.into(),
            line: None,
        }
    }

    /// Only calls about this account: `fca_…`.
    #[must_use]
    pub fn account(mut self, id: impl Into<String>) -> Self {
        self.target = Target::Account(id.into());
        self
    }

    /// Only calls about this sample applicant: `salaried`.
    #[must_use]
    pub fn applicant(mut self, key: impl Into<String>) -> Self {
        self.target = Target::Applicant(key.into());
        self
    }

    /// Only calls of this endpoint: `accounts/{account}/refresh`.
    #[must_use]
    pub fn endpoint(mut self, name: impl Into<String>) -> Self {
        self.endpoint = Some(name.into());
        self
    }

    /// So many calls pass first.
    #[must_use]
    pub fn skip(mut self, calls: u64) -> Self {
        self.skip = calls;
        self
    }

    /// So many calls are hit.
    #[must_use]
    pub fn times(mut self, calls: u64) -> Self {
        self.times = Some(calls);
        self
    }
}

impl Faults {
    /// Nothing goes wrong.
    pub fn none() -> Self {
        Self::default()
    }

    /// Reads the text of a TOML file of `[[fault]]` tables.
    ///
    /// # Errors
    ///
    /// [`SandboxError::Faults`] names everything that is wrong with it, with its line.
    pub fn parse(text: &str) -> Result<Self, SandboxError> {
        file::parse(text)
    }

    /// Reads a TOML file of `[[fault]]` tables.
    ///
    /// # Errors
    ///
    /// As [`Faults::parse`], and where the file cannot be read or is too large.
    pub fn read(path: &Path) -> Result<Self, SandboxError> {
        let refuse = |problem: String| SandboxError::Faults {
            problems: vec![FaultProblem {
                line: None,
                problem,
            }],
            more: 0,
        };
        let size = fs::metadata(path).map(|it| it.len());
        let size = size.map_err(|error| refuse(format!("the file cannot be read: {error}")))?;
        let max = limits::SANDBOX_FAULT_FILE_BYTES_MAX;
        if size > max {
            return Err(refuse(format!("the file is larger than {max} bytes")));
        }
        let text = fs::read_to_string(path);
        Self::parse(&text.map_err(|error| refuse(format!("the file cannot be read: {error}")))?)
    }

    /// Each of them, in order.
    pub fn iter(&self) -> impl Iterator<Item = &Fault> {
        self.0.iter()
    }
}

impl From<Vec<Fault>> for Faults {
    fn from(faults: Vec<Fault>) -> Self {
        Self(faults)
    }
}

impl<const N: usize> From<[Fault; N]> for Faults {
    fn from(faults: [Fault; N]) -> Self {
        Self(Vec::from(faults))
    }
}

/// The table of effects in Markdown: what `docs/sandbox.md` shows.
pub fn effects_table() -> String {
    table::markdown()
}
