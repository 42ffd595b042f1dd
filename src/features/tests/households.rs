//! Households of a corpus.

use std::sync::Arc;

use super::*;
use crate::application::Application;
use crate::application::tests::revised;
use crate::calendar::Zone;
use crate::corpus::Case;
use crate::snapshot::{Fetched, freeze};
use crate::stripe::read_stored;

/// What the banks say of an applicant of a corpus.
pub(super) fn fetched(case: &Case) -> Vec<Fetched> {
    read_stored(&case.bank, case.labels.decided_at()).unwrap()
}

/// The household of an applicant of a corpus.
pub(super) fn of_case(case: &Case) -> Household {
    of_fetched(case, fetched(case))
}

/// The household of an applicant of a corpus, whose banks say this.
pub(super) fn of_fetched(case: &Case, fetched: Vec<Fetched>) -> Household {
    let as_of = AsOf {
        instant: case.labels.decided_at(),
        zone: Zone::default(),
    };
    let snapshots: Vec<Snapshot> = fetched
        .into_iter()
        .map(|one| freeze(one, as_of.zone))
        .collect();
    let ids: Vec<_> = snapshots.iter().map(|one| one.account.id.clone()).collect();
    let named = revised(Application::clone(&application(0)), |draft| {
        draft.applicants[0].identity.as_mut().unwrap().name = case.labels.name.clone();
        draft.applicants[0].account_ids = ids.iter().cloned().map(Some).collect();
    });
    let accounts = ids.into_iter().map(|id| (0, id)).collect();
    let application = Arc::new(named).with_accounts(accounts);
    Household::of(application, snapshots, as_of)
}
