//! The pure core: [`decide`] is a function of its [`DecisionInput`] and of nothing else.
//!
//! Replay is the same call with the same input read back from the ledger.

mod error;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use crate::analysis;
use crate::calendar;
use crate::decision::{DecisionBody, DecisionInput, Pins, RuleSetPin, SEMANTICS, SnapshotPin};
use crate::features::{self, Context};
use crate::lexicon;
use crate::rules::{self, Readiness, Telling};
use crate::snapshot::Snapshot;

pub use error::EngineError;

/// The release that decides, as recorded with every decision.
pub const ENGINE_VERSION: &str = env!("CARGO_PKG_VERSION");

/// Decides.
///
/// Fails only where the input is inconsistent (snapshots of other accounts than the
/// application's); whatever the bank data lacks becomes a missing feature, never an error. Where
/// the bank still owed something when a snapshot was made, the outcome is REFER.
pub fn decide(input: &DecisionInput<'_>) -> Result<DecisionBody, EngineError> {
    check_accounts(input)?;
    let analysis = analysis::analyze(
        input.application,
        input.snapshots,
        input.as_of,
        input.settings,
    );
    let features = features::extract(&Context {
        application: input.application,
        snapshots: input.snapshots,
        analysis: &analysis,
        as_of: input.as_of,
    });
    let evaluation = rules::evaluate(
        input.bundle.program(),
        &features,
        input.application,
        readiness(input.snapshots),
        Telling::Everything,
    )?;
    Ok(DecisionBody {
        pins: pins(input),
        features: features.into_slots(),
        evaluation,
    })
}

/// Whether every bank had delivered.
fn readiness(snapshots: &[Snapshot]) -> Readiness {
    if snapshots.iter().all(Snapshot::is_settled) {
        Readiness::Ready
    } else {
        Readiness::NotReady
    }
}

/// INVARIANT: from here on, snapshot `i` is the one of the application's account `i`.
fn check_accounts(input: &DecisionInput<'_>) -> Result<(), EngineError> {
    let wanted = input.application.accounts().map(|(_, account)| account);
    let got = input.snapshots.iter().map(|snapshot| &snapshot.account.id);
    if !wanted.eq(got) || input.hashes.len() != input.snapshots.len() {
        return Err(EngineError::OtherAccounts);
    }
    Ok(())
}

fn pins(input: &DecisionInput<'_>) -> Pins {
    let snapshots = input
        .application
        .accounts()
        .zip(input.snapshots.iter().zip(input.hashes))
        .filter_map(|((index, account), (snapshot, hash))| {
            Some(SnapshotPin {
                account: account.clone(),
                applicant: input.application.applicants().get(index)?.id.clone(),
                hash: *hash,
                fetched_at: snapshot.fetched_at,
                flags: snapshot.flags.iter().copied().collect(),
            })
        })
        .collect();
    let tables = [
        ("calendar", calendar::CALENDAR_VERSION.to_string()),
        ("lexicon", lexicon::LEXICON_VERSION.to_string()),
        ("time_zone_data", calendar::TIME_ZONE_DATA.to_owned()),
    ];
    Pins {
        semantics: SEMANTICS,
        engine_version: ENGINE_VERSION.to_owned(),
        as_of: input.as_of,
        seed: input.seed,
        amount_sign: input.settings.amount_sign,
        snapshots,
        rule_set: RuleSetPin {
            name: input.bundle.name().to_string(),
            version: input.bundle.version().to_owned(),
            kind: input.bundle.kind(),
            bundle: input.bundle.hash(),
        },
        tables: BTreeMap::from(tables.map(|(name, version)| (name.to_owned(), version))),
    }
}
