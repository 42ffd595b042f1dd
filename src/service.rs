//! The gRPC service: wire types in, wire types out, every error in one place.
//!
//! [`server`] listens, `connections` takes connections, `calls` sees a call through, `call_log` writes its line, `authenticate`
//! finds out who makes it, `admit` lets it in, `decision_service` answers, `from_wire` parses, `to_wire` shows,
//! [`status`] is the one file that says which error becomes which gRPC status.

mod access_service;
mod admit;
mod audited;
mod authenticate;
mod authority;
mod call_log;
mod callers;
mod calls;
mod connections;
mod deadline;
mod decision_service;
mod due_notices;
mod follow_up_service;
mod followed;
pub mod from_wire;
mod listed;
mod metrics;
mod narrowing;
mod pace;
mod page_token;
mod replay_service;
mod request_id;
mod rule_set_service;
mod rule_texts;
mod runtime;
pub mod server;
pub mod status;
pub mod to_wire;

pub use access_service::audit_log;
pub use authenticate::token as token_shown;
pub use authority::{Authority, AuthorityError, NewGrant};
pub use connections::Patience;
pub use decision_service::DecisionApi;
pub use follow_up_service::FollowUpApi;
pub use metrics::Metrics;
pub use replay_service::ReplayApi;
pub use rule_set_service::RuleSetApi;
pub use server::{ServerConfig, ServerError, run};

#[cfg(test)]
pub(crate) mod tests;
