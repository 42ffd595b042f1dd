//! Runs the tests of a rule set: each is decided as an application is, and what came of it is compared
//! with what the test expects.
//!
//! A test that states its features is evaluated on those; one that rests on bank data goes through
//! [`engine::decide`](crate::engine::decide). Pure: who reads the data, and from where, is the
//! caller's to say.

mod asked;
mod compare;
mod error;
mod known;
mod stated;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use crate::application::Application;
use crate::decision::DecisionBody;
use crate::features::Features;
use crate::rules::{self, Bundle, Coverage, Evaluation, Layout, Settlement, TestCase, WorkedOut};

pub use compare::Mismatch;
pub use error::TrialError;
pub use known::Known;
pub use stated::{NOBODY, moment, stated, stated_and_explained};

/// What a test came to be decided as.
#[derive(Debug)]
pub struct Tried {
    /// What was asked.
    pub application: Arc<Application>,
    /// The features that were given or found.
    pub features: Features,
    /// What the rules made of them.
    pub evaluation: Evaluation,
}

/// A decision that is not recorded, with all that is told of it.
#[derive(Debug)]
pub struct Explained {
    /// What was asked.
    pub application: Arc<Application>,
    /// What was seen and decided.
    pub body: DecisionBody,
    /// What would settle it, where it is a referral.
    pub settlement: Option<Settlement>,
}

/// How a test ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    /// Everything came as expected.
    Passed,
    /// Something did not.
    Failed(Failure),
    /// It could not be decided.
    Broken(TrialError),
}

/// Why a test failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// What came otherwise than expected.
    pub mismatches: Vec<Mismatch>,
    /// The rules that gave the reasons that were given, and those that would have given the ones that
    /// were expected, worked out.
    pub rules: Vec<WorkedOut>,
    /// The values for want of which something was unknown.
    pub lacked: Vec<String>,
}

/// The tests of one rule set under way.
#[derive(Debug)]
pub struct Trial<'a> {
    bundle: &'a Bundle,
    layout: Layout,
    coverage: Coverage,
}

impl<'a> Trial<'a> {
    /// A run of the tests of a rule set; `coverage` is what is counted in.
    pub fn new(bundle: &'a Bundle, coverage: Coverage) -> Self {
        Self {
            bundle,
            layout: Layout::of(bundle.program()),
            coverage,
        }
    }

    /// Notes how a test ended, of which this came.
    pub fn end(&mut self, test: &TestCase, tried: Result<Tried, TrialError>) -> Ending {
        let tried = match tried {
            Ok(tried) => tried,
            Err(error) => return Ending::Broken(error),
        };
        let program = self.bundle.program();
        self.coverage.add(program, &tried.evaluation);
        let lacked = rules::lacked(
            program,
            &tried.evaluation,
            &tried.features,
            &tried.application,
        );
        let seen = compare::Seen {
            evaluation: &tried.evaluation,
            layout: &self.layout,
            lacked: &lacked,
        };
        let mismatches = seen.mismatches(&test.expected);
        if mismatches.is_empty() {
            return Ending::Passed;
        }
        let codes = seen.in_question(&test.expected, &mismatches);
        let worked = codes.iter().flat_map(|code| {
            rules::worked_out(
                program,
                &tried.evaluation,
                &tried.features,
                &tried.application,
                code,
            )
        });
        Ending::Failed(Failure {
            rules: worked.collect(),
            mismatches,
            lacked,
        })
    }

    /// What the tests reached.
    pub fn into_coverage(self) -> Coverage {
        self.coverage
    }
}
