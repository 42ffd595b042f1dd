//! What the files hold, before it is joined.

use serde_json::Value;

use super::objects::{LoadedAccount, LoadedOwnership, LoadedTransaction};
use super::problems::Placed;
use crate::sandbox::sessions::Session;
use crate::sandbox::wire::AccountOwner;

/// What the files hold, before it is joined.
#[derive(Debug, Default)]
pub(super) struct Heap {
    pub(super) accounts: Vec<Placed<LoadedAccount>>,
    pub(super) ownerships: Vec<Placed<LoadedOwnership>>,
    pub(super) owners: Vec<Placed<AccountOwner>>,
    pub(super) transactions: Vec<Placed<LoadedTransaction>>,
    pub(super) sessions: Vec<Placed<Session>>,
    /// Objects of payments and of Connect, as they were written.
    pub(super) objects: Vec<Placed<Value>>,
}
