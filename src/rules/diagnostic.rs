//! What is wrong with a rule file: collected, placed, and with a way out.

use serde::Serialize;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// The rule set cannot be used.
    Error,
    /// It can, but something in it has no effect or not the likely one.
    Warning,
}

/// One finding in a rule file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Diagnostic {
    /// The stable code: `unknown_name`.
    pub code: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong: lower case, no period, quoted text in backticks.
    pub message: String,
    /// Where, in bytes of the file.
    pub span: std::ops::Range<usize>,
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// What to write instead.
    pub help: Option<String>,
}
