//! One request from intake to record.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Days, Utc};
use tracing::Instrument;

use super::conclude::{Case, shared};
use super::find;
use super::gather::{FetchTerms, FoundAccount, Gathering, accounts, named};
use super::request::About;
use super::work::WorkSlot;
use super::{Answer, Decided, Inner, Pending, Request, UnderwriteError};
use crate::access::audit::{Action, AuditResult, Origin};
use crate::admission::Permit;
use crate::application::{Application, ApplicationError, Freshness};
use crate::calendar::AsOf;
use crate::clock::{Pauses, Stopwatch};
use crate::id::{DecisionId, TenantId};
use crate::ledger::{DecisionRecord, Intake, NewDecision, PendingIntake, Reservation};
use crate::limits;
use crate::rules::{Bundle, BundleHash};
use crate::snapshot::Frozen;

/// What is needed for a decision that no caller waits for: there may be thousands.
pub(super) struct LeftAlone {
    case: Case,
    found: Vec<FoundAccount>,
    gathering: Gathering,
    /// How long to wait for the banks.
    limit: Duration,
}

impl Inner {
    /// Decides a request while its caller waits: how it stands then, and what is left to be seen
    /// through where it is pending.
    pub(super) async fn decide(
        &self,
        request: &Arc<Request>,
        (place, about): (&WorkSlot, &About),
        within: Duration,
        turn: Permit,
    ) -> Result<(Answer, Option<LeftAlone>), UnderwriteError> {
        let now = self.parts.clock.now();
        let (bundle, live) = match &about.settles {
            Some(referral) => (referral.record.body.pins.rule_set.bundle, None),
            None => self.deciding(request, now).await?,
        };
        let intake = self.intake(request, bundle, now)?;
        match self.parts.ledger.reserve(intake).await? {
            Reservation::Decided(record) => {
                place.decided(record.id.clone());
                about.decision.set(&record.id);
                Ok((Answer::Decided(Box::new((*record).into())), None))
            }
            Reservation::Conflict => Err(UnderwriteError::KeyReused),
            Reservation::Reserved {
                decision,
                bundle,
                received_at,
            } => {
                about.decision.set(&decision);
                let decided = async {
                    let reserved = Case {
                        request: Arc::clone(request),
                        id: decision,
                        received_at,
                        bundle: self.pinned(&request.tenant, bundle, live).await?,
                    };
                    let of = (place, &about.origin);
                    match &about.settles {
                        Some(referral) => Ok((self.settle(&reserved, referral, of).await?, None)),
                        None => self.decide_reserved(reserved, of, within, turn).await,
                    }
                };
                let decided = decided.await;
                if decided.is_err() {
                    self.release(request).await;
                    about.decision.clear();
                }
                decided
            }
        }
    }

    pub(super) async fn release(&self, request: &Request) {
        let released = self.parts.ledger.release(&request.tenant, &request.key);
        if let Err(error) = released.await {
            // The same request may still be repeated under this key.
            let code = error.code();
            tracing::warn!(code, "could not give an idempotency key back");
        }
    }

    async fn decide_reserved(
        &self,
        case: Case,
        (place, origin): (&WorkSlot, &Origin),
        within: Duration,
        turn: Permit,
    ) -> Result<(Answer, Option<LeftAlone>), UnderwriteError> {
        let mut turn = Some(turn);
        let watch = Stopwatch::start();
        let application = &case.request.application;
        case.bundle
            .check_application(application)
            .map_err(UnderwriteError::Application)?;
        check_first_payment(application, self.as_of())?;
        let found = find::find(&self.parts.source, &case.request);
        let found = self
            .outside_the_gate(&mut turn, tokio::time::timeout(within, found))
            .await
            .map_err(|_| UnderwriteError::NotFoundInTime)??;
        let pending_for = self.parts.wait_limits.pending_for;
        let mut gathering = self.gather(&case, found.clone(), within.saturating_add(pending_for));
        let left = within.saturating_sub(watch.elapsed());
        let settled = async {
            tokio::select! {
                biased;
                settled = gathering.wait_for_all() => Some(settled),
                () = tokio::time::sleep(left) => None,
                () = self.draining.cancelled() => None,
            }
        };
        let settled = self.outside_the_gate(&mut turn, settled).await;
        match settled {
            Some(settled) => settled?,
            None => {
                if let Some(failure) = gathering.failure() {
                    return Err(failure);
                }
                let pending = self.pend(&case, &found, (place, origin)).await?;
                tracing::info!(until = %pending.until, "pending");
                let pending = Pending {
                    waiting_for: gathering.waiting_for(),
                    ..Pending::from(pending)
                };
                place.tell(pending.clone());
                let left_alone = LeftAlone {
                    case,
                    found,
                    gathering,
                    limit: pending_for,
                };
                return Ok((Answer::Pending(pending), Some(left_alone)));
            }
        }
        let snapshots = gathering.finish(self.parts.clock.now())?;
        let mut decision = self
            .conclude(&case, accounts(&found), &snapshots, self.draw()?)
            .await?;
        let (id, at) = (decision.id.as_str(), decision.recorded_at);
        decision.audit = Some(origin.event(Action::DecisionDecide, id, at));
        let record = self.parts.ledger.record(decision).await?;
        place.decided(record.id.clone());
        self.decided(&case.request, &found, &snapshots, &record);
        let decided = Decided {
            record,
            snapshots: Some(shared(&snapshots)),
        };
        Ok((Answer::Decided(Box::new(decided)), None))
    }

    /// Does what may have to wait for others, giving the turn back meanwhile.
    async fn outside_the_gate<T>(
        &self,
        turn: &mut Option<Permit>,
        work: impl Future<Output = T>,
    ) -> T {
        tokio::pin!(work);
        tokio::select! {
            biased;
            done = &mut work => return done,
            () = std::future::ready(()) => {}
        }
        drop(turn.take());
        let done = work.await;
        *turn = Some(self.gates.decide.enter_again().await);
        done
    }

    fn gather(&self, case: &Case, found: Vec<FoundAccount>, limit: Duration) -> Gathering {
        let said = case.request.application.bank_data();
        let terms = FetchTerms {
            tenant: case.request.tenant.clone(),
            connected: said.stripe_account.clone(),
            freshness: said
                .max_age
                .or_else(case.bundle.freshness())
                .or(Freshness::default()),
            // The rest is for listing what came at the last moment.
            settle_within: limit.saturating_mul(9) / 10,
        };
        Gathering::start(&self.accounts, found, terms, &self.parts.entropy)
    }

    /// Marks the request as pending, durably; only then may its caller be told.
    async fn pend(
        &self,
        case: &Case,
        found: &[FoundAccount],
        (place, origin): (&WorkSlot, &Origin),
    ) -> Result<PendingIntake, UnderwriteError> {
        place.wait()?;
        let now = self.parts.clock.now();
        let pending_for = chrono::Duration::from_std(self.parts.wait_limits.pending_for);
        let until = pending_for
            .ok()
            .and_then(|limit| now.checked_add_signed(limit));
        let pending = PendingIntake {
            intake: Intake {
                tenant: case.request.tenant.clone(),
                key: case.request.key.clone(),
                rule_set: case.request.rule_set.clone(),
                decision: case.id.clone(),
                bundle: case.bundle.hash(),
                application: Arc::clone(&case.request.application),
                received_at: case.received_at,
            },
            since: now,
            until: until.unwrap_or(now),
            accounts: accounts(found),
            test_data: !self.parts.source.livemode(),
        };
        let ledger = &self.parts.ledger;
        let asked = origin.event(Action::DecisionDecide, case.id.as_str(), now);
        let asked = asked.ended(AuditResult::Pending);
        let Err(error) = ledger.pend(pending.clone(), Some(asked)).await else {
            return Ok(pending);
        };
        // What fails after the commit fails here too. A mark that is there is not left alone: it is
        // told, and seen through.
        let marked = ledger
            .pending_decision(&case.request.tenant, &case.id)
            .await;
        match marked {
            Ok(Some(marked)) => Ok(marked),
            Ok(None) | Err(_) => Err(error.into()),
        }
    }

    /// Goes on with a decision that was pending before a restart. Tells whether it has to.
    pub(super) fn resume(self: &Arc<Self>, pending: PendingIntake) -> bool {
        let intake = pending.intake.clone();
        let request = Arc::new(Request {
            tenant: intake.tenant,
            key: intake.key,
            rule_set: intake.rule_set,
            application: intake.application,
        });
        let Some(place) = self.work.resume(&request, Pending::from(pending.clone())) else {
            return false;
        };
        // By which call it was begun is not kept.
        let span = tracing::info_span!("resumed", decision_id = intake.decision.as_str());
        let inner = Arc::clone(self);
        let work = async move {
            let bundle = inner.bundle_at_last(&request.tenant, intake.bundle).await;
            let case = Case {
                request,
                id: intake.decision,
                received_at: intake.received_at,
                bundle,
            };
            let left = pending.until.signed_duration_since(inner.parts.clock.now());
            let left = left
                .to_std()
                .unwrap_or_default()
                .min(inner.parts.wait_limits.pending_for);
            let found = named(&case.request.application, pending.accounts);
            let left_alone = LeftAlone {
                gathering: inner.gather(&case, found.clone(), left),
                case,
                found,
                limit: left,
            };
            inner.see_through(left_alone, place).await;
        };
        tokio::spawn(work.instrument(span));
        true
    }

    /// The rule set of a pending decision, sooner or later.
    async fn bundle_at_last(&self, tenant: &TenantId, hash: BundleHash) -> Bundle {
        let mut pauses = self.pauses();
        loop {
            match self.pinned(tenant, hash, None).await {
                Ok(bundle) => return bundle,
                Err(error) => hindered(&error, &mut pauses).await,
            }
        }
    }

    fn pauses(&self) -> Pauses {
        Pauses::doubling(
            self.parts.wait_limits.retry_pause,
            limits::PENDING_RETRY_PAUSE_MAX,
        )
    }

    /// Waits for the banks up to the limit, and then decides on what there is: from the moment that
    /// its caller was told that it is pending, nothing but the end of the process keeps a request
    /// from being decided.
    pub(super) async fn see_through(&self, left_alone: LeftAlone, place: WorkSlot) {
        let LeftAlone {
            case,
            found,
            mut gathering,
            limit,
        } = left_alone;
        gathering.leave_alone();
        let told = place.pending();
        let pause = self.parts.wait_limits.retry_pause;
        let tell = |gathering: &Gathering| {
            if let Some(told) = told.clone() {
                let waiting_for = gathering.waiting_for();
                // Nothing is waited for any more: the decision is next.
                if !waiting_for.is_empty() {
                    place.tell(Pending {
                        waiting_for,
                        ..told
                    });
                }
            }
        };
        let persisted = async {
            gathering.fetch_until_done(pause, tell).await;
            gathering.refetch_cut_links();
            gathering.fetch_until_done(pause, tell).await;
        };
        // What did not come by then is not waited for: the snapshots say so.
        let _ = tokio::time::timeout(limit, persisted).await;
        let mut pauses = self.pauses();
        let mut concluded = None;
        let (snapshots, record) = loop {
            // Thousands may have waited for one bank: they are decided a few at a time.
            let turn = self.gates.decide.enter_behind().await;
            let attempt = self
                .attempt(&case, &found, &gathering, &mut concluded)
                .await;
            drop(turn);
            match attempt {
                Ok(done) => break done,
                Err(error) => hindered(&error, &mut pauses).await,
            }
        };
        let settled = snapshots
            .iter()
            .all(|frozen| frozen.snapshot().is_settled());
        place.decided(record.id.clone());
        self.decided(&case.request, &found, &snapshots, &record);
        tracing::info!(settled, "no longer pending");
    }

    /// Decides on what was gathered, unless that is `concluded`, and records it.
    async fn attempt(
        &self,
        case: &Case,
        found: &[FoundAccount],
        gathering: &Gathering,
        concluded: &mut Option<(Vec<Arc<Frozen>>, NewDecision)>,
    ) -> Result<(Vec<Arc<Frozen>>, DecisionRecord), UnderwriteError> {
        let (snapshots, decision) = match concluded.take() {
            Some(before) => before,
            None => {
                let snapshots = gathering.finish(self.parts.clock.now())?;
                let decision = self
                    .conclude(case, accounts(found), &snapshots, self.draw()?)
                    .await?;
                (snapshots, decision)
            }
        };
        let again = NewDecision {
            recorded_at: self.parts.clock.now(),
            ..decision.clone()
        };
        match self.parts.ledger.record(again).await {
            Ok(record) => Ok((snapshots, record)),
            Err(error) => {
                *concluded = Some((snapshots, decision));
                Err(error.into())
            }
        }
    }

    pub(super) fn intake(
        &self,
        request: &Request,
        bundle: BundleHash,
        now: DateTime<Utc>,
    ) -> Result<Intake, UnderwriteError> {
        Ok(Intake {
            tenant: request.tenant.clone(),
            key: request.key.clone(),
            rule_set: request.rule_set.clone(),
            decision: DecisionId::generate(now, self.parts.entropy.as_ref())?,
            bundle,
            application: Arc::clone(&request.application),
            received_at: now,
        })
    }

    /// The bundle that decides a request which comes now, and the one that is live.
    pub(super) async fn deciding(
        &self,
        request: &Request,
        now: DateTime<Utc>,
    ) -> Result<(BundleHash, Option<BundleHash>), UnderwriteError> {
        let (ledger, tenant) = (&self.parts.ledger, &request.tenant);
        let name = &request.rule_set;
        let timeline = self.timelines.find(ledger, tenant, name).await?;
        if let Some(hash) = timeline.now(now).and_then(|said| said.bundle) {
            return Ok((hash, Some(hash)));
        }
        // A repeat of what came before the name was retired is answered all the same: what its intake
        // pinned decides, and not what is given here.
        if let Some(last) = timeline.before(now)
            && ledger.decision_id(tenant, &request.key).await?.is_some()
        {
            return Ok((last, None));
        }
        Err(self.not_active(tenant, name, &timeline).await?)
    }

    /// The bundle that a request pinned, whose decisions are laid out: what is `live` has its layout.
    /// Any other may have been pinned while an engine of other semantics ran.
    pub(super) async fn pinned(
        &self,
        tenant: &TenantId,
        hash: BundleHash,
        live: Option<BundleHash>,
    ) -> Result<Bundle, UnderwriteError> {
        let bundle = self.bundle(tenant, hash).await?;
        if live != Some(hash) {
            self.keep_layout(tenant, &bundle).await?;
        }
        Ok(bundle)
    }

    pub(super) async fn bundle(
        &self,
        tenant: &TenantId,
        hash: BundleHash,
    ) -> Result<Bundle, UnderwriteError> {
        if let Some(bundle) = self.bundles.find(hash) {
            return Ok(bundle);
        }
        let stored = self.parts.ledger.bundle(tenant, hash).await?;
        let stored = stored.ok_or(UnderwriteError::DamagedBundle { hash })?;
        let bundle = Bundle::from_bytes(&stored.bytes)
            .ok()
            .filter(|bundle| bundle.hash() == hash)
            .ok_or(UnderwriteError::DamagedBundle { hash })?;
        self.bundles.keep(bundle.clone());
        Ok(bundle)
    }
}

/// A loan cannot begin to be repaid before the day on which it is decided.
pub(super) fn check_first_payment(
    application: &Application,
    now: AsOf,
) -> Result<(), UnderwriteError> {
    let today = now.date();
    let last = today.checked_add_days(Days::new(limits::FIRST_PAYMENT_DAYS_MAX));
    let problem = match (application.first_payment_date(), last) {
        (Some(first), _) if first < today => format!("is in the past: it is {today}"),
        (Some(first), Some(last)) if first > last => {
            format!("is more than two years away: the last day is {last}")
        }
        _ => return Ok(()),
    };
    Err(UnderwriteError::Application(vec![ApplicationError {
        field: "application.first_payment_date".to_owned(),
        problem,
    }]))
}

/// What keeps a pending decision from being gone on with may pass, and nothing else can be done
/// than to wait for that.
async fn hindered(error: &UnderwriteError, pauses: &mut Pauses) {
    tracing::error!(code = error.code(), %error, "cannot go on yet");
    pauses.wait().await;
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Utc};

    use super::*;
    use crate::application::tests::revised;
    use crate::calendar::Zone;
    use crate::ledger::tests::application;

    #[test]
    fn a_first_payment_may_be_due_from_today_at_every_second_of_the_day_for_two_years() {
        let taken = |instant: &str, first: &str| {
            let application = revised(Application::clone(&application(1)), |draft| {
                draft.first_payment_date = Some(first.parse().unwrap());
            });
            let now = AsOf {
                instant: instant.parse::<DateTime<Utc>>().unwrap(),
                zone: Zone::default(),
            };
            check_first_payment(&application, now).is_ok()
        };
        // 20:00 on the 22nd in New York. Rows of a bank with this instant are of the 23rd.
        for instant in [
            "2026-08-22T23:59:59Z",
            "2026-08-23T00:00:00Z",
            "2026-08-23T00:00:01Z",
            "2026-08-23T03:59:59Z",
        ] {
            assert!(!taken(instant, "2026-08-21"), "{instant}");
            assert!(taken(instant, "2026-08-22"), "{instant}");
        }
        // Two years of 731 days, of which 2028 is a leap year.
        let noon = "2026-08-22T16:00:00Z";
        assert!(taken(noon, "2028-08-21"));
        assert!(taken(noon, "2028-08-22"));
        assert!(!taken(noon, "2028-08-23"));
        assert!(!taken(noon, "9999-12-31"));
        assert!(!taken("2026-08-23T04:00:00Z", "2026-08-22"));
        assert!(taken("2026-08-23T04:00:00Z", "2026-08-23"));
    }
}
