//! Deciding again what was decided.
//!
//! [`reproduce`] shows that every decision follows from what was known and the rules that were live.

mod reproduce;

pub use reproduce::{
    ChangedField, Drift, DriftExample, Finding, FindingClass, Replay, ReplayReport, Step, StepKind,
    reproduce,
};
