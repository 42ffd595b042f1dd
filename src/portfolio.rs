//! Past decisions without their bank data: what another rule set needs to decide each anew, and what
//! it came to; and what many came to, counted.

pub mod columns;
pub mod export;
mod past_decision;
mod reading;
mod selection;
pub mod tally;
#[cfg(test)]
pub(crate) mod tests;

pub use past_decision::{AskedFor, PastDecision, Undecidable};
pub use reading::{LiveBundles, Looked, Pages, Source, drawn, read_taken};
pub use selection::{DECISION_NAMES, Sample, Sampler, Selection, TestData};
pub use tally::{RuleHits, Tally};
