//! A loan underwriting decision engine.
//!
//! Given linked bank accounts and an application, it freezes what the bank knows as snapshots,
//! computes what a credit analyst would look for, runs the rule set that the analysts wrote, and
//! answers with an outcome, its principal reasons and an offer. Years later the same decision can
//! be replayed.
//!
//! # The life of one decision
//!
//! ```text
//! caller --gRPC--> service --> underwriter: intake --> stripe: fetch, refresh     all I/O
//!                                                          |
//!                                              snapshots, frozen; as_of fixed here
//!                                                          v
//!                  engine::decide(DecisionInput) -> DecisionBody                  pure
//!                     analysis (income || nsf, ...) -> features -> rules
//!                                                          |
//!                  ledger: snapshots + body in one transaction, synced; then the answer
//! ```
//!
//! A module may use the ones above it in this file, never those below.

// The ground floor.
pub mod calendar;
pub mod clock;
pub mod id;
pub mod limits;
pub mod money;
pub mod private;
pub mod seal;
pub mod sockets;

// Who calls, and what they may do.
pub mod access;

// What is asked, and what the bank knows.
pub mod application;
pub mod loan;
pub mod snapshot;

// What it means.
pub mod lexicon;

pub mod analysis;

pub mod rewind;

pub mod features;

// What the analysts make of it.
pub mod rules;

pub mod editor;

pub mod decision;

pub mod engine;

// What comes after a decision.
pub mod follow_up;

pub mod adverse_action;

// Where data comes from and where it is kept.
pub mod stripe;

pub mod cache;

pub mod ledger;

// Who is let in, the conductor, and deciding again.
pub mod admission;

pub mod portfolio;

pub mod underwriter;

pub mod replay;

pub mod trial;

// The wire.
pub mod proto;

pub mod service;

pub mod http;

#[cfg(feature = "sandbox")]
pub mod sandbox;

// What the analysis is examined with.
pub mod corpus;

pub mod examination;

// What is shown of bank data.
pub mod report;

// The program.
pub mod config;

pub mod cli;
