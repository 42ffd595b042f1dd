//! The pure core: [`decide`] is a function of its [`DecisionInput`] and of nothing else.
//!
//! Replay is the same call with the same input read back from the ledger.

mod error;
mod foresight;
mod settle;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use crate::analysis::{self, AmountSign};
use crate::calendar::{self, AsOf};
use crate::decision::{
    AccountInput, BalanceRecord, DecisionBody, DecisionInput, Pins, RuleSetPin, SEMANTICS,
    SnapshotPin, StreamRecord,
};
use crate::features::{self, Context};
use crate::lexicon;
use crate::rules::{self, Bundle, Readiness, Telling};

pub use error::EngineError;
use foresight::Foresight;
pub use settle::settle;

/// The release that decides, as recorded with every decision.
pub const ENGINE_VERSION: &str = env!("CARGO_PKG_VERSION");

/// Decides.
///
/// Fails only where the input is inconsistent (snapshots of other accounts than the
/// application's, answers of a reviewer to what is known and not in doubt); whatever the bank data
/// lacks becomes a missing feature, never an error. Where the bank still owed something when a snapshot
/// was made, the outcome is REFER.
pub fn decide(input: &DecisionInput<'_>) -> Result<DecisionBody, EngineError> {
    check_accounts(input)?;
    let analysis = analysis::analyze(
        input.application,
        input.accounts,
        input.as_of,
        input.settings,
        input.bundle.lexicon(),
    );
    let context = Context {
        application: input.application,
        accounts: input.accounts,
        analysis: &analysis,
        as_of: input.as_of,
    };
    let program = input.bundle.program();
    let features = features::extract(&context);
    let features = rules::answered(program, features, input.application)?;
    let evaluation = rules::evaluate(
        program,
        &features,
        &**input.application,
        &Foresight::new(&context, input.seed),
        readiness(input.accounts),
        Telling::Everything,
    )?;
    Ok(DecisionBody {
        pins: pins(input),
        balances: BalanceRecord::of(&analysis.balances),
        features: features.into_slots(),
        streams: StreamRecord::of(&analysis),
        reviews: analysis.reviews,
        evaluation,
    })
}

/// Whether every bank had delivered.
fn readiness(accounts: &[AccountInput<'_>]) -> Readiness {
    if accounts.iter().all(|input| input.snapshot.is_settled()) {
        Readiness::Ready
    } else {
        Readiness::NotReady
    }
}

/// INVARIANT: from here on, the inputs are the application's accounts, each with its own snapshot.
fn check_accounts(input: &DecisionInput<'_>) -> Result<(), EngineError> {
    let given = input.accounts.iter();
    let wanted = input.application.accounts();
    let own = |input: &AccountInput<'_>| *input.account == input.snapshot.account.id;
    if !wanted.eq(given.clone().map(|one| (one.applicant, one.account))) || !given.clone().all(own)
    {
        return Err(EngineError::OtherAccounts);
    }
    Ok(())
}

/// Whether any account is none of real money.
fn is_test_data(accounts: &[AccountInput<'_>]) -> bool {
    accounts.iter().any(|one| !one.snapshot.account.livemode)
}

fn pins(input: &DecisionInput<'_>) -> Pins {
    let applicants = input.application.applicants();
    let accounts = input.accounts.iter();
    let snapshots = accounts
        .filter_map(|one| {
            Some(SnapshotPin {
                account: one.account.clone(),
                applicant: applicants.get(one.applicant)?.id.clone(),
                hash: one.hash,
                fetched_at: one.snapshot.fetched_at,
                flags: one.snapshot.flags.iter().copied().collect(),
            })
        })
        .collect();
    Pins {
        seed: input.seed,
        amount_sign: input.settings.amount_sign,
        test_data: is_test_data(input.accounts),
        ..pins_of(input.bundle, input.as_of, snapshots)
    }
}

/// What pins a decision by a rule set at a moment on these snapshots, without chance.
pub(crate) fn pins_of(bundle: &Bundle, as_of: AsOf, snapshots: Vec<SnapshotPin>) -> Pins {
    let tables = [
        ("calendar", calendar::CALENDAR_VERSION.to_string()),
        ("lexicon", lexicon::LEXICON_VERSION.to_string()),
        ("nicknames", analysis::NICKNAMES_VERSION.to_string()),
        ("time_zone_data", calendar::TIME_ZONE_DATA.to_owned()),
    ];
    Pins {
        semantics: SEMANTICS,
        engine_version: ENGINE_VERSION.to_owned(),
        as_of,
        seed: 0,
        amount_sign: AmountSign::default(),
        test_data: false,
        snapshots,
        rule_set: RuleSetPin {
            name: bundle.name().to_string(),
            version: bundle.version().to_owned(),
            kind: bundle.kind(),
            bundle: bundle.hash(),
        },
        tables: BTreeMap::from(tables.map(|(name, version)| (name.to_owned(), version))),
    }
}
