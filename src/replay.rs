//! Deciding again what was decided.
//!
//! [`reproduce`] shows that every decision follows from what was known and the rules that were live;
//! [`backtest`] what other rules would have decided.

pub mod backtest;
mod reproduce;
pub mod statistics;
mod stopped;

pub use reproduce::{
    ChangedField, Drift, DriftExample, Finding, FindingClass, Replay, ReplayReport, Step, StepKind,
    reproduce,
};
pub use stopped::StoppedEarly;
