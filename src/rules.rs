//! The rule language: what analysts write in TOML, checked, compiled and evaluated.
//!
//! Each stage can only be made from the one before it:
//! `RuleFile` (as written) -> [`RuleSet`] (checked) -> [`Program`] (names resolved to slots) ->
//! [`Evaluation`]. A [`Bundle`] is a published rule set: its bytes, named by their hash.
//! Pure: no I/O, no clock.

mod ast;
mod bundle;
mod check;
mod counterfactual;
mod currencies;
mod diagnostic;
mod evaluate;
mod evaluation;
mod file;
mod interpret;
mod lexer;
mod missing_inputs;
mod names;
mod node;
mod offer;
mod parser;
mod program;
mod resolve;
mod rule_set;
mod scalar;
mod score;
mod statement;
mod toml_reader;
mod trace;
mod types;

#[cfg(test)]
mod tests;

pub use bundle::{Bundle, BundleHash};
pub use check::check;
pub use diagnostic::{Code, Diagnostic, Severity};
pub use evaluate::evaluate;
pub use evaluation::{
    Action, Comparison, Counterfactual, Evaluation, Fired, OfferTerms, Outcome, Readiness,
    ReasonCode, RuleSetKind, RuleTrace, Score, ScoreTrace, Verdict,
};
pub use program::Program;
pub use rule_set::{DeclaredInput, RuleSet};
pub use scalar::{Known, Scalar};
pub use trace::{FullTrace, NoTrace, Sink};
