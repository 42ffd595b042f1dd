//! What is wrong with an application.

use thiserror::Error;

/// What is wrong with an application, and in which field.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{field}: {problem}")]
pub struct ApplicationError {
    /// The field as the caller wrote it: `application.applicants[0].account_ids[2]`.
    pub field: String,
    /// What is wrong and what to do instead; never quotes personal data.
    pub problem: String,
}
