//! What is wrong with faults.

use std::fmt;

/// One thing that is wrong with a file of faults, or with faults made in code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FaultProblem {
    /// The line of the file, from 1, where there is one.
    pub line: Option<usize>,
    /// What is wrong and what to do.
    pub problem: String,
}

impl fmt::Display for FaultProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "line {line}: {}", self.problem),
            None => f.write_str(&self.problem),
        }
    }
}
