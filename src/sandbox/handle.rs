//! What a test can see and do while a sandbox serves.

use std::sync::Arc;

use super::counts::Counts;
use super::error::SandboxError;
use super::faults::Faults;
use super::server::Server;
use super::world::{AccountStatus, LinkedAccount, NewTransaction, Posting};

/// A way into a sandbox while it serves, and after. Cheap to clone.
#[derive(Debug, Clone)]
pub struct SandboxHandle(Arc<Server>);

impl SandboxHandle {
    pub(super) fn new(server: Arc<Server>) -> Self {
        Self(server)
    }

    /// What the sandbox has seen since it was made.
    pub fn counts(&self) -> Counts {
        let mut counts = self.0.controls.counts();
        self.0.realms().count(&mut counts);
        counts
    }

    /// Puts other faults in place of those that there were; each counts from the beginning.
    ///
    /// # Errors
    ///
    /// [`SandboxError::Faults`] where one names nobody or cannot happen; the old ones then stay.
    pub fn set_faults(&self, faults: &Faults) -> Result<(), SandboxError> {
        self.0.controls.arm(faults, &self.0.realms())
    }

    /// Lets a transaction appear at the bank, and gives its id (`fctxn_…`). The balance moves with
    /// it. Both are shown once they are refreshed, the row under a new `transaction_refresh`.
    ///
    /// # Errors
    ///
    /// [`SandboxError::Missing`] where there is no such account.
    pub fn add_transaction(
        &self,
        account: &str,
        transaction: NewTransaction,
    ) -> Result<String, SandboxError> {
        let mut realms = self.0.realms();
        realms.of_account(account).appear(account, transaction)
    }

    /// Lets a transaction become posted or void at the bank; shown as with
    /// [`add_transaction`](Self::add_transaction).
    ///
    /// # Errors
    ///
    /// [`SandboxError::Missing`] where there is no such transaction.
    pub fn change_transaction(&self, id: &str, to: Posting) -> Result<(), SandboxError> {
        let mut realms = self.0.realms();
        realms.of_transaction(id).change_transaction(id, to)
    }

    /// Makes an account active, inactive or disconnected, and tells of it.
    ///
    /// # Errors
    ///
    /// [`SandboxError::Missing`] where there is no such account.
    pub fn set_status(&self, account: &str, status: AccountStatus) -> Result<(), SandboxError> {
        let mut realms = self.0.realms();
        realms.of_account(account).become_status(account, status)
    }

    /// Links one more account on the platform, and tells of it. One of the same id is replaced
    /// where it is.
    pub fn link(&self, account: LinkedAccount) {
        let mut realms = self.0.realms();
        realms.of_account(&account.account.id).link(account);
    }

    /// Tells of an account as it is now, under any `type`: an event that comes late or twice, or
    /// one that nobody has heard of.
    ///
    /// # Errors
    ///
    /// [`SandboxError::Missing`] where there is no such account.
    pub fn announce(&self, account: &str, kind: &str) -> Result<(), SandboxError> {
        let mut realms = self.0.realms();
        realms.of_account(account).announce(account, kind)
    }
}
