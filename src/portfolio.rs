//! Past decisions without their bank data: what another rule set needs to decide each anew, and what
//! it came to; and what many came to, counted.

mod decided;
mod past_decision;
mod selection;
pub mod tally;
#[cfg(test)]
pub(crate) mod tests;

pub use decided::Decided;
pub use past_decision::{AskedFor, PastDecision, Undecidable};
pub use selection::{DECISION_NAMES, Sample, Sampler, Selection, TestData};
pub use tally::{RuleHits, Tally};
