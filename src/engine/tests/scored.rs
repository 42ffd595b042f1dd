//! Whoever has a history has a score by the shipped rule set, however they are paid.

use std::sync::Arc;

use rayon::prelude::*;

use super::super::*;
use super::decided_on;
use crate::analysis::tests::fixtures::{POSITIVE, application};
use crate::application::Application;
use crate::application::tests::revised;
use crate::calendar::{AsOf, Zone};
use crate::corpus::{self, STRATA};
use crate::features::Value;
use crate::rules::Bundle;
use crate::snapshot::{Snapshot, freeze, seal};
use crate::stripe::read_stored;

const PERSONAL_LOAN: &[u8] = include_bytes!("../../../rules/personal-loan.toml");
const SEED: u64 = 20_261_201;
const OF_EACH_STRATUM: u32 = 4;
/// The scorecard looks back over so many days.
const HISTORY_DAYS: i64 = 90;

#[test]
fn everybody_with_a_history_is_scored_on_what_is_known() {
    let bundle = Bundle::publish(PERSONAL_LOAN).unwrap();
    let applicants = u32::try_from(STRATA.len()).unwrap() * OF_EACH_STRATUM;
    let (scored, others): (Vec<u32>, Vec<u32>) = (0..applicants)
        .into_par_iter()
        .filter_map(|position| Some((position, score(&bundle, position)?)))
        .partition_map(|(position, scored)| {
            if scored {
                rayon::iter::Either::Left(position)
            } else {
                rayon::iter::Either::Right(position)
            }
        });
    assert!(others.is_empty(), "without a score: {others:?}");
    assert!(scored.len() * 10 > usize::try_from(applicants).unwrap() * 9);
}

/// Whether an applicant of a corpus has a score; `None` where the history is too short.
fn score(bundle: &Bundle, position: u32) -> Option<bool> {
    let case = corpus::applicant(SEED, position);
    let as_of = AsOf {
        instant: case.labels.decided_at(),
        zone: Zone::default(),
    };
    let fetched = read_stored(&case.bank, as_of.instant).unwrap();
    let snapshots: Vec<Snapshot> = fetched
        .into_iter()
        .map(|one| freeze(one, as_of.zone))
        .collect();
    let ids: Vec<_> = snapshots.iter().map(|one| one.account.id.clone()).collect();
    let named = revised(Application::clone(&application(0)), |draft| {
        draft.applicants[0].identity.as_mut().unwrap().name = case.labels.name.clone();
        draft.applicants[0].account_ids = ids.iter().cloned().map(Some).collect();
    });
    let application = Arc::new(named).with_accounts(ids.into_iter().map(|id| (0, id)).collect());
    let hashed = snapshots
        .iter()
        .map(|one| (one, seal(one, [7; 32]).unwrap().hash));
    let decided = decided_on(&DecisionInput {
        application: &application,
        accounts: &AccountInput::of(&application, hashed).unwrap(),
        bundle,
        as_of,
        seed: 1,
        settings: POSITIVE,
    });
    let history = decided.view.features.iter();
    let days = history.filter(|one| one.name == "data.history_days");
    let days = days.filter_map(|one| match one.value {
        Ok(Value::Days(days)) => Some(days),
        Ok(_) | Err(_) => None,
    });
    let known = days.max().is_some_and(|days| days >= HISTORY_DAYS);
    known.then(|| decided.view.score.is_some_and(|score| score.total.is_ok()))
}
