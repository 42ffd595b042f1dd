//! What another version of a rule set would have decided: on the same snapshots, at the same moment, by the
//! same seed. It is done behind what decides, when that is recorded and answered, and can neither change
//! nor fail it. Where it cannot keep up, decisions are left out.

use std::sync::{Arc, Weak};

use tokio::sync::mpsc;

use super::conclude::{Drawn, decide_frozen};
use super::gather::{FoundAccount, accounts};
use super::rule_sets::object;
use super::shadows::{Job, OfTenant, gather};
use super::{Inner, Request, UnderwriteError, Underwriter};
use crate::access::audit::{Action, Origin};
use crate::id::{RuleSetName, TenantId};
use crate::ledger::{DecisionRecord, ShadowDecision, ShadowResult, Shadowing};
use crate::portfolio::tally::fired_ids;
use crate::rules::Bundle;
use crate::snapshot::Frozen;

/// Decides beside what was decided, until the underwriter is gone.
async fn work(inner: Weak<Inner>, mut jobs: mpsc::Receiver<Job>) {
    let mut batch = Vec::new();
    while gather(&mut jobs, &mut batch).await {
        // Not held while nothing is to do: whoever holds it holds the ledger.
        let Some(inner) = inner.upgrade() else {
            return;
        };
        inner.decide_all_beside(&mut batch).await;
    }
}

impl Inner {
    /// Has shadows decide, in the background, from now on.
    pub(super) fn begin_shadows(self: &Arc<Self>, jobs: mpsc::Receiver<Job>) {
        if let Some(home) = &self.home {
            home.spawn(work(Arc::downgrade(self), jobs));
        }
    }

    /// A decision was recorded: it is counted, and the shadow of its rule set, if there is one, is to
    /// decide beside it. That waits for nothing.
    pub(super) fn decided(
        &self,
        request: &Request,
        found: &[FoundAccount],
        frozen: &[Arc<Frozen>],
        record: &DecisionRecord,
    ) {
        self.metrics.decided(record);
        let name = &request.rule_set;
        if self.shadows.is_none_beside(&record.tenant, name) {
            return;
        }
        self.shadows.offer(Job {
            tenant: record.tenant.clone(),
            decision: record.id.clone(),
            name: name.clone(),
            body: Arc::clone(&record.body),
            application: request.application.with_accounts(accounts(found)),
            frozen: frozen.to_vec(),
        });
    }

    async fn decide_all_beside(&self, batch: &mut Vec<Job>) {
        let mut decided = Vec::new();
        for job in batch.drain(..) {
            let (id, beside) = (job.decision.clone(), self.beside(job).await);
            match beside {
                Ok(beside) => decided.extend(beside),
                Err(error) => {
                    let decision_id = id.as_str();
                    tracing::warn!(code = error.code(), decision_id, "its shadow is not told");
                }
            }
        }
        if decided.is_empty() {
            return;
        }
        let now = self.parts.clock.now();
        if let Err(error) = self.parts.ledger.record_shadows(decided, now).await {
            tracing::warn!(code = error.code(), "what shadows decided is not recorded");
        }
    }

    /// What a shadow would have decided; `None` where there is none, or it is what decided.
    async fn beside(&self, job: Job) -> Result<Option<ShadowDecision>, UnderwriteError> {
        let all = self.shadowings(&job.tenant).await?;
        let shadow = all.get(&job.name).and_then(|shadowing| shadowing.bundle);
        let Some(hash) = shadow.filter(|hash| *hash != job.body.pins.rule_set.bundle) else {
            return Ok(None);
        };
        // Whoever asks for a decision goes before.
        let _turn = self.gates.decide.enter_behind().await;
        let bundle = self.bundle(&job.tenant, hash).await?;
        let (tenant, decision, name) = (job.tenant.clone(), job.decision.clone(), job.name.clone());
        let live = job.body.pins.rule_set.bundle;
        let live_outcome = job.body.outcome();
        let result = apart(move || shadow_result(&job, &bundle)).await;
        Ok(Some(ShadowDecision {
            tenant,
            decision,
            name,
            live,
            live_outcome,
            bundle: hash,
            result,
        }))
    }

    /// What decides beside the names of a tenant.
    async fn shadowings(&self, tenant: &TenantId) -> Result<OfTenant, UnderwriteError> {
        if let Some(known) = self.shadows.find(tenant) {
            return Ok(known);
        }
        // INVARIANT: read and kept in one turn of whoever changes it.
        let _turn = self.switching.lock().await;
        let all = Arc::new(self.parts.ledger.shadowings(tenant).await?);
        self.shadows.remember(tenant, Arc::clone(&all));
        Ok(all)
    }
}

/// What a shadow comes to where its work holds up nothing and ends nothing: a panic is a defect of this
/// engine, and none of the decision.
async fn apart(work: impl FnOnce() -> ShadowResult + Send + 'static) -> ShadowResult {
    let result = tokio::task::spawn_blocking(work).await;
    result.unwrap_or(ShadowResult::Failed {
        code: UnderwriteError::Interrupted.code(),
    })
}

/// What a bundle decides of what is frozen: only what is compared.
fn shadow_result(job: &Job, bundle: &Bundle) -> ShadowResult {
    let failed = |code| ShadowResult::Failed { code };
    if bundle.check_application(&job.application).is_err() {
        return failed("invalid_application");
    }
    let drawn = Drawn::from(&job.body.pins);
    let body = match decide_frozen(&job.application, &job.frozen, bundle, drawn) {
        Ok(body) => body,
        Err(error) => return failed(error.code()),
    };
    ShadowResult::Decided {
        outcome: body.outcome(),
        fired: fired_ids(&body.evaluation.reasons, bundle),
    }
}

impl Underwriter {
    /// Has a published version decide beside a name, or none: its decisions are recorded and never
    /// answered.
    ///
    /// # Errors
    ///
    /// [`UnderwriteError::UnknownVersion`]; where nothing was ever said to decide under the name.
    pub async fn set_shadow(
        &self,
        by: &Origin,
        name: &RuleSetName,
        version: Option<&str>,
    ) -> Result<(), UnderwriteError> {
        let inner = &self.0;
        let _turn = inner.switching.lock().await;
        let tenant = &by.identity.tenant;
        inner.known_timeline(tenant, name).await?;
        let (action, object, bundle) = match version {
            Some(version) => {
                let published = inner.find_version(tenant, name, version).await?;
                let bundle = inner.bundle(tenant, published.hash).await?;
                let object = object(name, version);
                (Action::RuleSetShadow, object, Some(bundle.hash()))
            }
            None => (Action::RuleSetClearShadow, name.to_string(), None),
        };
        let now = self.now();
        let shadowing = Shadowing {
            name: name.clone(),
            bundle,
            by: by.identity.name.clone(),
            at: now,
        };
        let event = by.event(action, object, now);
        let ledger = &inner.parts.ledger;
        let said = ledger.set_shadow(tenant, shadowing, Some(event)).await;
        inner.shadows.forget(tenant);
        Ok(said?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_shadow_that_panics_is_one_that_failed() {
        let failed = ShadowResult::Failed {
            code: "interrupted",
        };
        assert_eq!(apart(|| panic!("a defect")).await, failed);
    }
}
