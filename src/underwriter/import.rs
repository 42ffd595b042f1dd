//! Applications that were decided elsewhere: decided as of then, on bank data as it stood then, and
//! recorded as any other. No bank is asked.

use std::sync::Arc;

use super::case::check_first_payment;
use super::conclude::Case;
use super::{Inner, Request, UnderwriteError, Underwriter};
use crate::access::audit::{Action, Origin};
use crate::calendar::AsOf;
use crate::ledger::{DecisionRecord, Reservation};
use crate::rules::BundleHash;
use crate::snapshot::{Frozen, Snapshot};

/// An application that was decided elsewhere.
#[derive(Debug, Clone)]
pub struct PastRequest {
    /// What was asked. It names its accounts by their ids.
    pub request: Arc<Request>,
    /// The published rule set that decides; the active one of the request's name where none is given.
    pub bundle: Option<BundleHash>,
    /// The accounts as they stood, in the order in which the application names them.
    pub snapshots: Vec<Snapshot>,
    /// When it was decided.
    pub as_of: AsOf,
}

/// What became of it.
#[derive(Debug, Clone)]
pub enum Imported {
    /// It was decided now, and recorded.
    Recorded(Box<DecisionRecord>),
    /// It was before, under the same key.
    Known(Box<DecisionRecord>),
}

impl Imported {
    /// The record of it.
    pub fn record(&self) -> &DecisionRecord {
        match self {
            Self::Recorded(record) | Self::Known(record) => record,
        }
    }
}

impl Underwriter {
    /// Decides a past application as of its moment, unless it was, and records that: now, as everything
    /// is recorded when that is done.
    ///
    /// # Errors
    ///
    /// [`UnderwriteError::KeyReused`] where another application was decided under its key, and those of
    /// [`Underwriter::decide`] beside those of banks. The key may be used again.
    pub async fn import(
        &self,
        past: PastRequest,
        by: &Origin,
    ) -> Result<Imported, UnderwriteError> {
        let (inner, request) = (&self.0, Arc::clone(&past.request));
        let now = inner.parts.clock.now();
        let (bundle, live) = match past.bundle {
            Some(hash) => (hash, Some(hash)),
            None => inner.deciding(&request, now).await?,
        };
        let intake = inner.intake(&request, bundle, now)?;
        match inner.parts.ledger.reserve(intake).await? {
            Reservation::Decided(record) => Ok(Imported::Known(record)),
            Reservation::Conflict => Err(UnderwriteError::KeyReused),
            Reservation::Reserved {
                decision,
                bundle,
                received_at,
            } => {
                let decided = async {
                    let case = Case {
                        request: Arc::clone(&request),
                        id: decision,
                        received_at,
                        bundle: inner.pinned(&request.tenant, bundle, live).await?,
                    };
                    inner.decide_past(&case, past, by).await
                };
                let decided = decided.await;
                if decided.is_err() {
                    inner.release(&request).await;
                }
                Ok(Imported::Recorded(Box::new(decided?)))
            }
        }
    }
}

impl Inner {
    async fn decide_past(
        &self,
        case: &Case,
        past: PastRequest,
        by: &Origin,
    ) -> Result<DecisionRecord, UnderwriteError> {
        let application = &case.request.application;
        let checked = case.bundle.check_application(application);
        checked.map_err(UnderwriteError::Application)?;
        check_first_payment(application, past.as_of)?;
        let mut frozen = Vec::with_capacity(past.snapshots.len());
        for snapshot in past.snapshots {
            frozen.push(Arc::new(Frozen::new(snapshot, self.parts.entropy.salt()?)?));
        }
        let accounts = application.named_accounts();
        let drawn = self.draw_as_of(past.as_of)?;
        let mut decision = self.conclude(case, accounts, &frozen, drawn).await?;
        let (id, at) = (decision.id.as_str(), decision.recorded_at);
        decision.audit = Some(by.event(Action::DecisionImport, id, at));
        Ok(self.parts.ledger.record(decision).await?)
    }
}
