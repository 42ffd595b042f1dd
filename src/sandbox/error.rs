//! Why a sandbox could not be made or served.

use std::fmt;

use thiserror::Error;

use super::faults::FaultProblem;

/// Why a sandbox could not be made or served.
#[derive(Debug, Error)]
pub enum SandboxError {
    /// The day is too far away.
    #[error("the day of the sandbox must be in the years 1990 to 2200")]
    Today,
    /// The folder has something wrong in it.
    #[error("the folder cannot be served:{}", list(problems, *more))]
    Load {
        /// What is wrong, in the order of files.
        problems: Vec<LoadProblem>,
        /// How many more there are.
        more: usize,
    },
    /// The faults cannot be armed.
    #[error("the faults cannot be used:{}", list(problems, *more))]
    Faults {
        /// What is wrong, in the order of lines.
        problems: Vec<FaultProblem>,
        /// How many more there are.
        more: usize,
    },
    /// The webhooks cannot be sent.
    #[error("{0}")]
    Webhooks(String),
    /// There is no such object.
    #[error("there is no {kind} `{id}` in the sandbox")]
    Missing {
        /// What was looked for.
        kind: &'static str,
        /// Its id.
        id: String,
    },
    /// The server could not go on.
    #[error("the sandbox stopped: {0}")]
    Serve(std::io::Error),
}

impl SandboxError {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Today => "sandbox_today",
            Self::Load { .. } => "sandbox_load",
            Self::Faults { .. } => "sandbox_faults",
            Self::Webhooks(_) => "sandbox_webhooks",
            Self::Missing { .. } => "sandbox_missing",
            Self::Serve(_) => "sandbox_serve",
        }
    }
}

/// One thing that is wrong with a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoadProblem {
    /// The file, relative to the folder; empty for the folder itself.
    pub file: String,
    /// Where in the file, as a JSON pointer (RFC 6901).
    pub pointer: String,
    /// What is wrong and what to do; never quotes personal data.
    pub problem: String,
}

impl fmt::Display for LoadProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.file.as_str(), self.pointer.as_str()) {
            ("", _) => f.write_str(&self.problem),
            (file, "") => write!(f, "{file}: {}", self.problem),
            (file, pointer) => write!(f, "{file}#{pointer}: {}", self.problem),
        }
    }
}

fn list(problems: &[impl fmt::Display], more: usize) -> String {
    let lines: String = problems
        .iter()
        .map(|problem| format!("\n  {problem}"))
        .collect();
    match more {
        0 => lines,
        more => format!("{lines}\n  and {more} more"),
    }
}
