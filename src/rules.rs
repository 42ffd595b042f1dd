//! The rule language: what analysts write in TOML, checked, compiled and evaluated.
//!
//! Each stage can only be made from the one before it:
//! `RuleFile` (as written) -> `RuleSet` (checked) -> [`Program`] (names resolved to slots) ->
//! [`Evaluation`]. A [`Bundle`] is a published rule set: its bytes, named by their hash.
//! Pure: no I/O, no clock.

mod bundle;
mod diagnostic;
mod evaluation;

pub use bundle::{Bundle, BundleHash};
pub use diagnostic::{Diagnostic, Severity};
pub use evaluation::{
    Action, Comparison, Counterfactual, Evaluation, Fired, Kind, OfferTerms, Outcome, ReasonCode,
    RuleTrace, Score, ScoreTrace, Verdict,
};
