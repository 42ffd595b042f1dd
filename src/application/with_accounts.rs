//! An application with the accounts that were found for it: the stage that is decided on.

use std::ops::Deref;
use std::sync::Arc;

use super::Application;
use crate::id::AccountId;

/// An application with its accounts: those that it names and those that were found behind its
/// handles. It reads as the application that it was made from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApplicationWithAccounts {
    application: Arc<Application>,
    /// Each with the position of the applicant whose it is, in the order of the applicants.
    accounts: Vec<(usize, AccountId)>,
}

impl Application {
    /// The application with the accounts that were found for it, each with the position of the
    /// applicant whose it is. They are put in the order of the applicants; an account of nobody
    /// among them is left out.
    pub fn with_accounts(
        self: &Arc<Self>,
        mut accounts: Vec<(usize, AccountId)>,
    ) -> ApplicationWithAccounts {
        accounts.retain(|(owner, _)| *owner < self.applicants.len());
        accounts.sort_by_key(|(owner, _)| *owner);
        ApplicationWithAccounts {
            application: Arc::clone(self),
            accounts,
        }
    }
}

impl ApplicationWithAccounts {
    /// Every account with the position of the applicant whose it is, in the order of the
    /// applicants.
    pub fn accounts(&self) -> impl Iterator<Item = (usize, &AccountId)> {
        self.accounts
            .iter()
            .map(|(applicant, account)| (*applicant, account))
    }
}

impl Deref for ApplicationWithAccounts {
    type Target = Application;

    fn deref(&self) -> &Application {
        &self.application
    }
}
