//! The record of what was asked and what was decided: append-only, chained, durable.
//!
//! [`Ledger`] is the one interface. Three layers are below it: `record`, what a record is, what its
//! envelope commits to and how that is proven, which knows of no store; `append`, `read` and
//! `verify`, the rules of a ledger over the tables of any store; and the stores themselves,
//! [`SqliteLedger`] in one file and [`MemoryLedger`] for tests. A record is synced to the device
//! before anybody is told of it. Every key begins with the tenant.

/// A step of the ledger's work, at which a test may have it die or fail; nothing in a release.
macro_rules! step {
    ($step:ident) => {
        #[cfg(debug_assertions)]
        $crate::ledger::failpoint::reach($crate::ledger::failpoint::Step::$step)?;
    };
}

mod append;
mod chained;
mod error;
#[cfg(debug_assertions)]
pub mod failpoint;
mod follow_up;
mod head;
mod interface;
mod memory;
mod metrics;
mod read;
mod record;
mod shadow;
mod sqlite;
mod store;
mod tail;
#[cfg(test)]
pub(crate) mod tests;
mod timeline;
mod types;
mod verify;

pub use error::LedgerError;
pub use follow_up::{
    FollowUpFilter, FollowUpPage, FollowUpRecord, Followed, NewFollowUp, NewestOverrides,
};
pub use head::{Head, KnownHead};
pub use interface::{Ledger, Progress};
pub use memory::MemoryLedger;
pub use metrics::Metrics;
pub use record::envelope::{Envelope, RecordHash, RecordKind};
pub use record::history::{DecisionInBrief, OpenedDecision, SealedDecision};
pub use shadow::{RecordedShadow, ShadowDecision, ShadowPage, ShadowResult, Shadowing};
pub use sqlite::SqliteLedger;
pub use sqlite::error::SqliteOpenError;
pub use sqlite::restore::Restore;
pub use timeline::{Activation, Switch, Timeline};
pub use types::{
    AuditCursor, AuditFilter, AuditPage, AuditRecord, Cursor, DamagedRecord, DecisionRecord,
    Filter, Intake, ListOrder, NewDecision, Page, PendingCursor, PendingIntake, PendingPage,
    Publication, Reservation, Scope, Snapshots, StoredBundle, StoredLayout,
};
pub use verify::report::{ChainReport, Damage, Problem};
