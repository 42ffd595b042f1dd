//! `[approve]` and `[[retry]]` as a program runs them.

use super::basis::Basis;
use super::code::{Calculation, Condition};
use super::compiled_offer::Based;

/// `[approve]`
#[derive(Debug, Clone)]
pub(super) struct CompiledApprove {
    pub(super) when: Based<Condition>,
    pub(super) retries: Vec<CompiledRetry>,
}

/// `[[retry]]`
#[derive(Debug, Clone)]
pub(super) struct CompiledRetry {
    pub(super) when: Based<Condition>,
    pub(super) on: Based<Calculation>,
    pub(super) every: Option<Based<Calculation>>,
}

impl CompiledApprove {
    /// What each part of it rests on.
    pub(super) fn bases(&self) -> Vec<&Basis> {
        let mut bases = vec![&self.when.1];
        bases.extend(self.retries.iter().flat_map(CompiledRetry::bases));
        bases
    }
}

impl CompiledRetry {
    /// What each part of it rests on.
    pub(super) fn bases(&self) -> impl Iterator<Item = &Basis> {
        let every = self.every.iter().map(|(_, basis)| basis);
        [&self.when.1, &self.on.1].into_iter().chain(every)
    }
}
