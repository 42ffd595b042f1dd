//! From frozen snapshots to a decision that is to be recorded.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::{Inner, Request, UnderwriteError};
use crate::analysis::Settings;
use crate::application::ApplicationWithAccounts;
use crate::calendar::AsOf;
use crate::decision::{AccountInput, DecisionBody, DecisionInput, Layout, Pins, SEMANTICS};
use crate::engine::{self, EngineError};
use crate::id::{AccountId, DecisionId, TenantId};
use crate::ledger::{LedgerError, NewDecision, StoredLayout};
use crate::rules::Bundle;
use crate::snapshot::{Frozen, Snapshot};

/// Transactions up to which a decision is made on the thread that waits for it: that is done in a
/// fraction of a millisecond, and changing threads costs as much as a few hundred of them. More
/// would keep other calls of the thread waiting.
const ROWS_AT_ONCE_MAX: usize = 1_000;

/// A request whose key is reserved.
pub(super) struct Case {
    pub(super) request: Arc<Request>,
    pub(super) id: DecisionId,
    /// When the request came.
    pub(super) received_at: DateTime<Utc>,
    pub(super) bundle: Bundle,
}

/// What a decision is a function of, beside what is asked, the rules and the data.
#[derive(Debug, Clone, Copy)]
pub(super) struct Drawn {
    as_of: AsOf,
    seed: u64,
    settings: Settings,
}

impl From<&Pins> for Drawn {
    /// As it was for a recorded decision.
    fn from(pins: &Pins) -> Self {
        Self {
            as_of: pins.as_of,
            seed: pins.seed,
            settings: pins.settings(),
        }
    }
}

impl Inner {
    /// This moment, a seed that was never drawn before, and the settings of this process.
    pub(super) fn draw(&self) -> Result<Drawn, UnderwriteError> {
        self.draw_as_of(self.as_of())
    }

    /// The same of another moment.
    pub(super) fn draw_as_of(&self, as_of: AsOf) -> Result<Drawn, UnderwriteError> {
        Ok(Drawn {
            as_of,
            seed: self.parts.entropy.seed()?,
            settings: self.parts.settings,
        })
    }

    /// Decides on what is frozen; what is given is to be recorded.
    pub(super) async fn conclude(
        &self,
        case: &Case,
        accounts: Vec<(usize, AccountId)>,
        frozen: &[Arc<Frozen>],
        drawn: Drawn,
    ) -> Result<NewDecision, UnderwriteError> {
        let parts = &self.parts;
        let snapshots = frozen.iter().map(|one| one.sealed().clone()).collect();
        let bundle = case.bundle.clone();
        let application = case.request.application.with_accounts(accounts);
        let rows = |frozen: &Arc<Frozen>| frozen.snapshot().row_count();
        let body = if frozen.iter().map(rows).sum::<usize>() <= ROWS_AT_ONCE_MAX {
            decide_frozen(&application, frozen, &bundle, drawn)?
        } else {
            let frozen = frozen.to_vec();
            let work = move || decide_frozen(&application, &frozen, &bundle, drawn);
            let decided = tokio::task::spawn_blocking(work).await;
            decided.map_err(|_| UnderwriteError::Interrupted)??
        };
        Ok(NewDecision {
            tenant: case.request.tenant.clone(),
            id: case.id.clone(),
            key: case.request.key.clone(),
            rule_set: case.request.rule_set.clone(),
            application: Arc::clone(&case.request.application),
            received_at: case.received_at,
            body: Arc::new(body),
            salt: parts.entropy.salt()?,
            snapshots,
            recorded_at: parts.clock.now(),
            audit: None,
        })
    }

    /// Records how the decisions by a bundle are laid out, unless the first engine of these
    /// semantics has.
    pub(super) async fn keep_layout(
        &self,
        tenant: &TenantId,
        bundle: &Bundle,
    ) -> Result<(), UnderwriteError> {
        let (parts, hash) = (&self.parts, bundle.hash());
        if parts
            .ledger
            .layout(tenant, hash, SEMANTICS)
            .await?
            .is_some()
        {
            return Ok(());
        }
        let bytes = Layout::of(bundle).to_bytes();
        let layout = StoredLayout {
            bundle: hash,
            semantics: SEMANTICS,
            bytes: bytes.map_err(|_| LedgerError::Rejected {
                record: format!("layout {hash}/{SEMANTICS}"),
                problem: "it cannot be written as JSON".to_owned(),
            })?,
        };
        let now = parts.clock.now();
        Ok(parts.ledger.put_layout(tenant, layout, now).await?)
    }

    /// Now, where days are read.
    pub(super) fn as_of(&self) -> AsOf {
        AsOf {
            instant: self.parts.clock.now(),
            zone: self.parts.zone,
        }
    }
}

/// Decides on what is frozen.
pub(super) fn decide_frozen(
    application: &ApplicationWithAccounts,
    frozen: &[Arc<Frozen>],
    bundle: &Bundle,
    drawn: Drawn,
) -> Result<DecisionBody, UnderwriteError> {
    let snapshots = frozen.iter().map(|one| (one.snapshot(), one.sealed().hash));
    let accounts = AccountInput::of(application, snapshots).ok_or(EngineError::OtherAccounts)?;
    let input = DecisionInput {
        application,
        accounts: &accounts,
        bundle,
        as_of: drawn.as_of,
        seed: drawn.seed,
        settings: drawn.settings,
    };
    Ok(engine::decide(&input)?)
}

/// The snapshots alone.
pub(super) fn shared(frozen: &[Arc<Frozen>]) -> Vec<Arc<Snapshot>> {
    frozen.iter().map(|one| one.shared()).collect()
}
