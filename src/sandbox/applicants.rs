//! Sample applicants: made-up people with half a year of plausible banking each.
//!
//! Everything is computed from `today` and the applicant's key, so the same day gives the same
//! bytes. A story in `stories` says what makes an applicant special; `life` turns it into rows as
//! a bank would post them.

mod banks;
mod closing;
mod handles;
mod life;
mod linked;
mod people;
mod random;
mod schedule;
mod shapes;
mod shops;
mod stories;
#[cfg(test)]
mod tests;

use chrono::NaiveDate;

use super::world::LinkedAccount;
use crate::application::Application;

pub(super) use handles::stocks;
pub use handles::{SampleHandle, handles};

/// A made-up person who asks for a loan.
#[derive(Debug, Clone, PartialEq)]
pub struct SampleApplicant {
    /// A short name: `salaried`.
    pub key: &'static str,
    /// What is to be seen in this person's accounts, in one line.
    pub story: &'static str,
    /// What is asked for; its accounts are those below.
    pub application: Application,
    /// The linked accounts with all that the bank knows.
    pub accounts: Vec<LinkedAccount>,
}

/// The sample applicants as they stand on `today`, in a fixed order.
pub fn applicants(today: NaiveDate) -> Vec<SampleApplicant> {
    stories::ALL.iter().map(|tell| tell(today)).collect()
}
