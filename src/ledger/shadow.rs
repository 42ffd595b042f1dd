//! What decides beside a rule set on live traffic, and what it would have decided. It is never answered.

use chrono::{DateTime, Utc};

use crate::id::{DecisionId, IdentityName, RuleSetName, TenantId};
use crate::rules::{BundleHash, Outcome};

/// What precedes the code of a failure in a record.
const FAILED: &str = "failed:";

/// It was said which bundle decides beside a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shadowing {
    /// The name.
    pub name: RuleSetName,
    /// The bundle, published under that name; `None` where none does.
    pub bundle: Option<BundleHash>,
    /// Who said so.
    pub by: IdentityName,
    /// When they said so.
    pub at: DateTime<Utc>,
}

/// What a shadow would have decided in the place of a decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShadowDecision {
    /// Whose it is.
    pub tenant: TenantId,
    /// The decision that was made.
    pub decision: DecisionId,
    /// The name under which it was.
    pub name: RuleSetName,
    /// The bundle that decided.
    pub live: BundleHash,
    /// What it decided.
    pub live_outcome: Outcome,
    /// The bundle beside it.
    pub bundle: BundleHash,
    /// What that came to.
    pub result: ShadowResult,
}

/// What a shadow came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ShadowResult {
    /// It would have decided so.
    Decided {
        /// The outcome.
        outcome: Outcome,
        /// The ids of its rules that fired, each once, those that made the outcome first.
        fired: Vec<String>,
    },
    /// It could not decide.
    Failed {
        /// The stable code of why.
        code: &'static str,
    },
}

impl ShadowResult {
    /// As it is recorded and counted: the word of the outcome, or that and why it failed.
    pub fn word(&self) -> String {
        match self {
            Self::Decided { outcome, .. } => outcome.as_str().to_owned(),
            Self::Failed { code } => format!("{FAILED}{code}"),
        }
    }
}

/// What a shadow would have decided, as it is read back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedShadow {
    /// When that was recorded.
    pub recorded_at: DateTime<Utc>,
    /// What the bundle that decided came to.
    pub live_outcome: Outcome,
    /// What the shadow came to: see [`ShadowResult::word`].
    pub result: String,
    /// The ids of its rules that fired, each once; none where it failed.
    pub fired: Vec<String>,
}

impl RecordedShadow {
    /// The outcome; `None` where it failed.
    pub fn outcome(&self) -> Option<Outcome> {
        Outcome::from_word(&self.result)
    }
}

/// A page of what a shadow would have decided, newest first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ShadowPage {
    /// Those that could be read.
    pub shadows: Vec<RecordedShadow>,
    /// How many could not, because they are not what was written.
    pub damaged: usize,
    /// Before which position in the chain the next page begins; `None` at the end.
    pub next: Option<u64>,
}
