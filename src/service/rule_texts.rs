//! Rule files that were sent.

use tonic::Status;

use super::from_wire::SentRuleSet;
use super::status;
use crate::application::ApplicationError;
use crate::rules::{Bundle, Diagnostic, Severity};
use crate::underwriter::UnderwriteError;

/// What a check of a rule file came to.
pub(super) struct Checked {
    /// The rule set, if it can be published.
    pub(super) bundle: Option<Bundle>,
    /// What is told of it.
    pub(super) found: Vec<Diagnostic>,
}

impl Checked {
    /// Checks a rule file, where that keeps nobody waiting: a large one takes a second.
    pub(super) async fn of(sent: SentRuleSet) -> Result<Self, Status> {
        let check = move || {
            let (bundle, found) = Bundle::publish_and_tell(&sent.source, &sent.attachments);
            Self { bundle, found }
        };
        let checked = tokio::task::spawn_blocking(check).await;
        checked.map_err(|_| status::failed(&UnderwriteError::Interrupted, ""))
    }

    /// The rule set, with what is told of it.
    ///
    /// # Errors
    ///
    /// What keeps it from being published, by the field `at` that holds it.
    pub(super) fn publishable(self, at: &str) -> Result<(Bundle, Vec<Diagnostic>), Status> {
        match self.bundle {
            Some(bundle) => Ok((bundle, self.found)),
            None => Err(not_publishable(&self.found, at)),
        }
    }
}

fn not_publishable(found: &[Diagnostic], at: &str) -> Status {
    let errors = found.iter().filter(|one| one.severity == Severity::Error);
    let problems: Vec<_> = errors
        .map(|one| ApplicationError {
            field: match &one.file {
                Some(file) => format!("{at}.attachments[{file}]"),
                None => format!("{at}.source"),
            },
            problem: format!("line {}: {}", one.line, one.message),
        })
        .collect();
    status::invalid(&problems)
}
