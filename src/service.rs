//! The gRPC service: wire types in, wire types out, every error in one place.
//!
//! [`server`] listens, `connections` takes connections and `calls` sees a call through,
//! `decision_service` answers, `from_wire` parses, `to_wire` shows,
//! [`status`] is the one file that says which error becomes which gRPC status.

mod calls;
mod connections;
mod deadline;
mod decision_service;
pub mod from_wire;
mod page_token;
pub mod server;
pub mod status;
pub mod to_wire;

pub use connections::Pace;
pub use decision_service::DecisionApi;
pub use server::{ServerConfig, ServerError, run};

#[cfg(test)]
pub(crate) mod tests;
