//! Makes `[approve]` and `[[retry]]` ready to run.

use super::{Finder, Parts};
use crate::rules::compiled_approve::{CompiledApprove, CompiledRetry};
use crate::rules::rule_set::Approve;

impl Parts {
    /// INVARIANT: in the order of [`numbering::formulas`].
    pub(super) fn approve(&mut self, approve: &Approve, finder: &Finder<'_>) -> CompiledApprove {
        let when = self.based_condition(&approve.when, finder);
        let retries = approve.retries.iter().map(|retry| CompiledRetry {
            when: self.based_condition(&retry.when, finder),
            on: self.based(&retry.on, finder),
            every: retry.every.as_ref().map(|every| self.based(every, finder)),
        });
        CompiledApprove {
            retries: retries.collect(),
            when,
        }
    }
}
