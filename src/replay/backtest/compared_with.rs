//! With which decisions candidates are compared.

use thiserror::Error;

use crate::id::RuleSetName;
use crate::rules::Bundle;

/// Candidates have not one name under which decisions were made that they are compared with.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NoOneName {
    /// There is none.
    #[error("there is no candidate")]
    NoCandidate,
    /// There are two.
    #[error("the candidates are named `{first}` and `{other}`")]
    Two {
        /// One of them.
        first: RuleSetName,
        /// Another.
        other: RuleSetName,
    },
}

/// The name under which the decisions were made that are compared: the one that was asked for, or that of
/// the candidates.
///
/// # Errors
///
/// Where none was asked for, and the candidates have not one.
pub fn compared_with(
    candidates: &[(Bundle, String)],
    asked: Option<&RuleSetName>,
) -> Result<RuleSetName, NoOneName> {
    if let Some(name) = asked {
        return Ok(name.clone());
    }
    let mut names = candidates.iter().map(|(bundle, _)| bundle.name());
    let first = names.next().ok_or(NoOneName::NoCandidate)?.clone();
    match names.find(|name| **name != first) {
        None => Ok(first),
        Some(other) => Err(NoOneName::Two {
            first,
            other: other.clone(),
        }),
    }
}
