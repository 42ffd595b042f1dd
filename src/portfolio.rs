//! Past decisions without their bank data: what another rule set needs to decide each anew, and what
//! it came to.

pub mod columns;
mod decided;
mod past_decision;
#[cfg(test)]
mod tests;

pub use decided::Decided;
pub use past_decision::{AskedFor, PastDecision, Undecidable};
