//! What came of the tests of a rule file.

use crate::rules::{Coverage, TestCase};
use crate::trial::Ending;

/// What came of the tests of one rule file.
pub(super) struct Run {
    /// The rule file, as it was named.
    pub(super) file: String,
    /// Its name and version.
    pub(super) rule_set: String,
    /// Each test, and how it ended.
    pub(super) ended: Vec<(TestCase, Ending)>,
    /// What they reached.
    pub(super) coverage: Coverage,
}

impl Run {
    /// How many ended so.
    pub(super) fn count(&self, is: impl Fn(&Ending) -> bool) -> usize {
        self.ended.iter().filter(|(_, ending)| is(ending)).count()
    }

    /// How many passed.
    pub(super) fn passed(&self) -> usize {
        self.count(|ending| *ending == Ending::Passed)
    }

    /// Where a test stands: its file and line.
    pub(super) fn place(&self, test: &TestCase) -> String {
        let file = test.file.as_ref().unwrap_or(&self.file);
        format!("{file}:{}", test.line)
    }
}
