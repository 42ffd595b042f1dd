//! Past decisions without their bank data: what another rule set needs to decide each anew, and what
//! it came to.

mod decided;
pub mod export;
mod past_decision;
mod reading;
mod selection;
#[cfg(test)]
mod tests;

pub use decided::Decided;
pub use past_decision::{PastDecision, Undecidable};
pub use reading::{LiveBundles, Looked, Pages, Source, drawn, read_taken};
pub use selection::{DECISION_NAMES, Sample, Sampler, Selection, TestData};
