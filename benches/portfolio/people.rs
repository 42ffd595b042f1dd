//! Made-up applicants of many kinds, and the bank that knows their accounts.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use underwrite::application::Application;
use underwrite::corpus;
use underwrite::id::AccountId;
use underwrite::snapshot::Fetched;
use underwrite::stripe::{FetchRequest, Source, read_stored};

use crate::household;
use crate::source::Bank;

const SEED: u64 = 14;

/// A made-up applicant.
pub(crate) struct Person {
    /// When they apply.
    pub(crate) at: DateTime<Utc>,
    name: String,
    accounts: Vec<Fetched>,
}

impl Person {
    pub(crate) fn new(position: u32) -> Self {
        let case = corpus::applicant(SEED, position);
        let at = case.labels.decided_at();
        Self {
            at,
            name: case.labels.name.clone(),
            accounts: read_stored(&case.bank, at).unwrap(),
        }
    }

    /// An application for so many dollars.
    pub(crate) fn asking(&self, dollars: i64) -> Arc<Application> {
        let accounts = self.accounts.iter().map(|one| one.account.id.clone());
        household::asked_by(&self.name, accounts, dollars * 100)
    }
}

/// The bank that knows the accounts of these people.
pub(crate) fn bank(people: &[Person]) -> Arc<dyn Source> {
    let accounts = people.iter().flat_map(|person| &person.accounts);
    let accounts = accounts.map(|one| (one.account.id.clone(), one.clone()));
    let accounts: BTreeMap<AccountId, Fetched> = accounts.collect();
    Arc::new(Bank(move |wanted: &FetchRequest| {
        accounts.get(&wanted.account).unwrap().clone()
    }))
}
