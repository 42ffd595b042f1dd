//! The answers of `underwrite.v1.DecisionService`.

use std::sync::Arc;

use prost::Message;
use tokio_stream::StreamExt;
use tonic::codegen::BoxStream;
use tonic::{Code, Request, Response, Status};

use super::audited::audited;
use super::authenticate::permit;
use super::call_log::CallName;
use super::callers::Callers;
use super::followed::Followed;
use super::from_wire::{self, DecisionName, ListQuery, View};
use super::listed::{Listed, Room, in_order};
use super::narrowing::Narrowing;
use super::pace::Pace;
use super::page_token::Listing;
use super::{admit, status, to_wire};
use crate::access::Scope;
use crate::access::audit::{Action, Origin};
use crate::id::TenantId;
use crate::ledger::{Cursor, DamagedRecord, DecisionRecord, NewestOverrides, Page};
use crate::limits;
use crate::proto;
use crate::proto::decision_service_server::DecisionService;
use crate::snapshot::Snapshot;
use crate::underwriter::{Answer, Call, CallDecision, Decided, UnderwriteError, Underwriter};

/// Answers each call for the tenant of whoever makes it.
#[derive(Clone)]
pub struct DecisionApi {
    underwriter: Underwriter,
    callers: Callers,
}

/// How a decision stands, on the wire.
enum DecisionState {
    Decided(Box<proto::Decision>),
    Pending(proto::Pending),
}

impl DecisionApi {
    /// Answers from `underwriter` those who are known.
    pub fn new(underwriter: Underwriter) -> Self {
        Self {
            underwriter,
            callers: Callers::default(),
        }
    }

    /// Answers this process itself, for a tenant.
    pub fn local(underwriter: Underwriter, tenant: TenantId) -> Self {
        Self {
            underwriter,
            callers: Callers::local(tenant),
        }
    }

    async fn decide(
        &self,
        request: proto::DecideRequest,
        call: Call,
    ) -> Result<proto::DecideResponse, Status> {
        use proto::decide_response::Result as Shown;
        let caller = call.origin.clone();
        let (request, view) = from_wire::decide_request(caller.identity.tenant.clone(), request)
            .map_err(|problems| status::invalid(&problems))?;
        permit_view(&caller, view)?;
        let answer = self.underwriter.decide(request, call).await;
        let answer = answer.map_err(|error| status::failed(&error, ""))?;
        // Whoever asked for it first is in the audit log with it: only a repeat reads.
        let is_repeat = matches!(&answer, Answer::Decided(it) if it.snapshots.is_none());
        let reader = is_repeat.then_some(&caller);
        let result = match self.decision_state(answer, view, reader).await? {
            DecisionState::Decided(decision) => Shown::Decision(*decision),
            DecisionState::Pending(pending) => Shown::Pending(pending),
        };
        Ok(proto::DecideResponse {
            result: Some(result),
        })
    }

    async fn resolve_decision(
        &self,
        request: proto::ResolveDecisionRequest,
        call: Call,
    ) -> Result<proto::ResolveDecisionResponse, Status> {
        let caller = call.origin.clone();
        let (request, view) = from_wire::resolve_request(caller.identity.tenant.clone(), request)
            .map_err(|problems| status::invalid(&problems))?;
        permit_view(&caller, view)?;
        let of = request.of.clone();
        let decided = self.underwriter.resolve(request, call).await;
        let decided = decided.map_err(|error| status::failed(&error, of.as_str()))?;
        // As for `Decide`: only a repeat reads.
        let reader = decided.snapshots.is_none().then_some(&caller);
        let decision = self.decided(decided, view, reader).await?;
        Ok(proto::ResolveDecisionResponse {
            decision: Some(decision),
        })
    }

    async fn get_decision(
        &self,
        caller: &Origin,
        request: proto::GetDecisionRequest,
        about: &CallDecision,
    ) -> Result<proto::GetDecisionResponse, Status> {
        let (name, view) = from_wire::get_decision_request(&request)
            .map_err(|problems| status::invalid(&problems))?;
        permit_view(caller, view)?;
        use proto::get_decision_response::Result as Shown;
        let found = match &name {
            DecisionName::Id(id) => self.underwriter.decision(&caller.identity.tenant, id).await,
            DecisionName::Key(key) => {
                self.underwriter
                    .decision_by_key(&caller.identity.tenant, key)
                    .await
            }
        };
        let answer = found.map_err(|error| status::failed(&error, name.as_str()))?;
        about.set(answer.decision());
        let result = match self.decision_state(answer, view, Some(caller)).await? {
            DecisionState::Decided(decision) => Shown::Decision(*decision),
            DecisionState::Pending(pending) => Shown::Pending(pending),
        };
        Ok(proto::GetDecisionResponse {
            result: Some(result),
        })
    }

    async fn watch_decision(
        &self,
        caller: Origin,
        request: proto::WatchDecisionRequest,
        about: &CallDecision,
    ) -> Result<BoxStream<proto::WatchDecisionResponse>, Status> {
        let (id, view) = from_wire::watch_decision_request(&request)
            .map_err(|problems| status::invalid(&problems))?;
        permit_view(&caller, view)?;
        let watched = self.underwriter.watch(&caller.identity.tenant, &id).await;
        let answers = watched.map_err(|error| status::failed(&error, id.as_str()))?;
        about.set(&id);
        let api = self.clone();
        let shown = answers.then(move |answer| {
            let (api, id, caller) = (api.clone(), id.clone(), caller.clone());
            async move {
                use proto::watch_decision_response::Result as Shown;
                let answer = answer.map_err(|error| status::failed(&error, id.as_str()))?;
                let result = match api.decision_state(answer, view, Some(&caller)).await? {
                    DecisionState::Decided(decision) => Shown::Decision(*decision),
                    DecisionState::Pending(pending) => Shown::Pending(pending),
                };
                Ok(proto::WatchDecisionResponse {
                    result: Some(result),
                })
            }
        });
        Ok(Box::pin(shown))
    }

    /// A page ends with the last asked for, or with those that make it too large.
    async fn list_pending_decisions(
        &self,
        caller: &Origin,
        request: proto::ListPendingDecisionsRequest,
    ) -> Result<proto::ListPendingDecisionsResponse, Status> {
        let tenant = &caller.identity.tenant;
        let (mut after, page_size) = from_wire::list_pending_request(tenant, &request)
            .map_err(|problems| status::invalid(&problems))?;
        let mut shown = proto::ListPendingDecisionsResponse::default();
        let mut pace = Pace::new(&self.underwriter.gates().decide);
        loop {
            let base = shown.pending.len().saturating_add(shown.damaged.len());
            let wanted = page_size.saturating_sub(base).min(pace.chunk());
            let found = self.underwriter.list_pending(tenant, after, wanted);
            let page = found.await.map_err(|error| status::failed(&error, ""))?;
            let taken = page.pending.len().saturating_add(page.damaged.len());
            let pending = page.pending.into_iter();
            let pending = pending.map(|one| to_wire::pending(&self.underwriter.stands(one)));
            shown.pending.extend(pending);
            let damaged = page.damaged.into_iter().map(|damaged| {
                to_wire::damaged(&DamagedRecord {
                    place: base.saturating_add(damaged.place),
                    ..damaged
                })
            });
            shown.damaged.extend(damaged);
            after = page.next;
            let is_full =
                base.saturating_add(taken) >= page_size || shown.encoded_len() >= pace.bytes();
            if is_full || after.is_none() {
                break;
            }
            pace.keep().await;
        }
        let next = after.map(|cursor| Listing::pending(tenant).token(cursor.0));
        shown.next_page_token = next.unwrap_or_default();
        Ok(shown)
    }

    /// A page ends with the decision that makes it too large, or is the last asked for.
    async fn list_decisions(
        &self,
        caller: &Origin,
        request: proto::ListDecisionsRequest,
    ) -> Result<proto::ListDecisionsResponse, Status> {
        let tenant = &caller.identity.tenant;
        let query = from_wire::list_request(tenant, &request)
            .map_err(|problems| status::invalid(&problems))?;
        permit_view(caller, query.view)?;
        let mut listed = Listed {
            end: query.after,
            ..Listed::default()
        };
        let mut pace = Pace::new(&self.underwriter.gates().decide);
        let next = loop {
            let unread = limits::LIST_LOOKED_AT_MAX.saturating_sub(listed.looked_at);
            let wanted = match query.narrowing == Narrowing::default() {
                true => query.page_size.saturating_sub(listed.len()),
                false => unread,
            };
            let found = self
                .underwriter
                .list(tenant, &query.filter, listed.end, wanted.min(pace.chunk()))
                .await;
            let page = found.map_err(|error| status::failed(&error, ""))?;
            let after = page.next;
            if self.show_all(page, &query, &mut listed, &mut pace).await? == Room::None {
                break listed.end;
            }
            let is_over = listed.looked_at >= limits::LIST_LOOKED_AT_MAX;
            if after.is_none() || is_over || listed.len() >= query.page_size {
                break after;
            }
            listed.end = after;
        };
        let Listed {
            decisions,
            damaged,
            looked_at,
            ..
        } = listed;
        if query.view == View::Full && !decisions.is_empty() {
            let ids: Vec<&str> = decisions.iter().map(|one| one.id.as_str()).collect();
            audited(
                &self.underwriter,
                caller,
                Action::DecisionList,
                ids.join(","),
            )
            .await?;
        }
        let listing = Listing::decisions(tenant, &query.filter, &query.narrowing);
        let next = next.map(|cursor| listing.token(cursor.0));
        Ok(proto::ListDecisionsResponse {
            decisions,
            next_page_token: next.unwrap_or_default(),
            damaged,
            looked_at: i64::try_from(looked_at).unwrap_or(i64::MAX),
        })
    }

    /// Shows what is found and meant, until the page is too large.
    async fn show_all(
        &self,
        page: Page,
        query: &ListQuery,
        listed: &mut Listed,
        pace: &mut Pace<'_>,
    ) -> Result<Room, Status> {
        let newest = self.newest_overrides(&page, query).await?;
        for found in in_order(page) {
            let place = listed.len();
            if place >= query.page_size {
                return Ok(Room::None);
            }
            let seq = match found {
                Ok(record) => {
                    let (narrowing, among) = (&query.narrowing, Among::Others(&newest));
                    let leaves = narrowing.leaves(&self.underwriter, &record, &newest);
                    let shown = match leaves.await {
                        Ok(true) => self.shown(&record, None, query.view, among).await,
                        Ok(false) => {
                            listed.looked_at = listed.looked_at.saturating_add(1);
                            listed.end = Some(record.cursor());
                            pace.keep().await;
                            continue;
                        }
                        Err(error) => Err(status::failed(&error, record.id.as_str())),
                    };
                    match shown {
                        Ok(decision) => {
                            listed.bytes = listed.bytes.saturating_add(decision.encoded_len());
                            if listed.bytes > pace.bytes() && !listed.decisions.is_empty() {
                                return Ok(Room::None);
                            }
                            listed.decisions.push(decision);
                        }
                        Err(status) => listed.damaged.push(not_shown(place, &record, status)?),
                    }
                    record.envelope.seq
                }
                Err(damaged) => {
                    let seq = damaged.seq;
                    let damaged = DamagedRecord { place, ..damaged };
                    listed.damaged.push(to_wire::damaged(&damaged));
                    seq
                }
            };
            listed.looked_at = listed.looked_at.saturating_add(1);
            listed.end = Some(Cursor(seq));
            pace.keep().await;
        }
        Ok(Room::Some)
    }

    async fn get_snapshot(
        &self,
        caller: &Origin,
        request: proto::GetSnapshotRequest,
    ) -> Result<proto::GetSnapshotResponse, Status> {
        let hash = from_wire::get_snapshot_request(&request)
            .map_err(|problems| status::invalid(&problems))?;
        let found = self
            .underwriter
            .snapshot(&caller.identity.tenant, hash)
            .await;
        let snapshot = found.map_err(|error| status::failed(&error, &request.hash))?;
        audited(
            &self.underwriter,
            caller,
            Action::SnapshotRead,
            hash.to_string(),
        )
        .await?;
        Ok(proto::GetSnapshotResponse {
            snapshot: Some(to_wire::snapshot(hash, &snapshot)),
        })
    }

    /// How a decision stands. Where it is shown in full, `reader` is in the audit log for that.
    async fn decision_state(
        &self,
        answer: Answer,
        view: View,
        reader: Option<&Origin>,
    ) -> Result<DecisionState, Status> {
        Ok(match answer {
            Answer::Decided(decided) => {
                DecisionState::Decided(Box::new(self.decided(*decided, view, reader).await?))
            }
            Answer::Pending(pending) => DecisionState::Pending(to_wire::pending(&pending)),
        })
    }

    /// A decision. Where it is shown in full, `reader` is in the audit log for that.
    async fn decided(
        &self,
        decided: Decided,
        view: View,
        reader: Option<&Origin>,
    ) -> Result<proto::Decision, Status> {
        let Decided { record, snapshots } = decided;
        let shown = self.shown(&record, snapshots, view, Among::None).await?;
        if let (View::Full, Some(reader)) = (view, reader) {
            let id = record.id.to_string();
            audited(&self.underwriter, reader, Action::DecisionRead, id).await?;
        }
        Ok(shown)
    }

    async fn shown(
        &self,
        record: &DecisionRecord,
        snapshots: Option<Vec<Arc<Snapshot>>>,
        view: View,
        among: Among<'_>,
    ) -> Result<proto::Decision, Status> {
        let shown = show(&self.underwriter, record, snapshots, view, among).await;
        shown.map_err(|error| status::failed(&error, record.id.as_str()))
    }

    /// What people decided last beside the decisions of a page, read at once, where it is asked for: the view
    /// FULL reads all that they did.
    async fn newest_overrides(
        &self,
        page: &Page,
        query: &ListQuery,
    ) -> Result<NewestOverrides, Status> {
        let is_read = query.view == View::Summary || query.narrowing.overridden.is_some();
        let Some(first) = page.decisions.first().filter(|_| is_read) else {
            return Ok(NewestOverrides::new());
        };
        let ids: Vec<_> = page.decisions.iter().map(|one| one.id.clone()).collect();
        let newest = self.underwriter.newest_overrides(&first.tenant, &ids).await;
        newest.map_err(|error| status::failed(&error, ""))
    }
}

/// Whether somebody may be shown that much: what is personal is in the view FULL alone.
fn permit_view(caller: &Origin, view: View) -> Result<(), Status> {
    match view {
        View::Summary => Ok(()),
        View::Full => permit(&caller.identity, Scope::ReadPersonal),
    }
}

/// A decision of a list that rests on something that is damaged; any other failure fails the list.
pub(super) fn not_shown(
    place: usize,
    record: &DecisionRecord,
    status: Status,
) -> Result<proto::DamagedRecord, Status> {
    if status.code() != Code::DataLoss {
        return Err(status);
    }
    Ok(to_wire::damaged(&DamagedRecord {
        place,
        seq: record.envelope.seq,
        id: Some(record.id.clone()),
        problem: status.message().to_owned(),
    }))
}

/// What a decision is shown with.
#[derive(Debug, Clone, Copy)]
pub(super) enum Among<'a> {
    /// Nothing: the view FULL tells all that follows it, and what would settle it, for which it decides
    /// many times over.
    None,
    /// Others, of which these are the newest overrides.
    Others(&'a NewestOverrides),
}

/// A view of a decision, rendered from its record. Snapshots that are not given are read back where
/// the view needs them.
pub(super) async fn show(
    underwriter: &Underwriter,
    record: &DecisionRecord,
    snapshots: Option<Vec<Arc<Snapshot>>>,
    view: View,
    among: Among<'_>,
) -> Result<proto::Decision, UnderwriteError> {
    let bundle = underwriter.bundle_of(record).await?;
    // What was made just now is followed by nothing: then nothing is read for its answer.
    let is_new = snapshots.is_some();
    let resolved_by = match is_new {
        true => None,
        false => underwriter.resolution_of(record).await?,
    };
    let followed = match (is_new, among) {
        (true, _) => Followed::default(),
        (false, Among::None) => Followed::read(underwriter, record, view).await?,
        (false, Among::Others(newest)) => {
            Followed::read_in_list(underwriter, record, (view, newest)).await?
        }
    };
    let mut shown = match view {
        View::Summary => {
            let summary = record.body.summary(&bundle, &record.application)?;
            to_wire::summary(record, &summary)
        }
        View::Full => {
            let full = record.body.full(&bundle, &record.application)?;
            let snapshots = match snapshots {
                Some(snapshots) => snapshots,
                None => underwriter.evidence(record).await?,
            };
            let settled = match among {
                // What is settled, or decided by a person, has nothing left to ask.
                Among::None if resolved_by.is_none() && !followed.is_overridden() => {
                    underwriter.settlement(record, &bundle, &snapshots).await?
                }
                Among::None | Among::Others(_) => None,
            };
            let mut shown = to_wire::full(record, &full, settled.as_ref(), &snapshots);
            if let Among::None = among {
                let open = settled.as_ref();
                let owed = followed.owed(&record.body, resolved_by.is_some(), open);
                let today = underwriter.today_of(record);
                shown.due = owed.map(|owed| to_wire::due_notice(record, owed, today));
            }
            shown
        }
    };
    shown.resolved_by = resolved_by.map_or_else(String::new, |id| id.to_string());
    followed.add_to(&mut shown);
    Ok(shown)
}

#[tonic::async_trait]
impl DecisionService for DecisionApi {
    async fn decide(
        &self,
        request: Request<proto::DecideRequest>,
    ) -> Result<Response<proto::DecideResponse>, Status> {
        let name = CallName::of("Decide", &request);
        let call = admit::call_of(&request, self.callers.origin(&request)?);
        name.observed(self.decide(request.into_inner(), call)).await
    }

    async fn resolve_decision(
        &self,
        request: Request<proto::ResolveDecisionRequest>,
    ) -> Result<Response<proto::ResolveDecisionResponse>, Status> {
        let name = CallName::of("ResolveDecision", &request);
        let call = admit::call_of(&request, self.callers.origin(&request)?);
        name.observed(self.resolve_decision(request.into_inner(), call))
            .await
    }

    async fn get_decision(
        &self,
        request: Request<proto::GetDecisionRequest>,
    ) -> Result<Response<proto::GetDecisionResponse>, Status> {
        let name = CallName::of("GetDecision", &request);
        let caller = self.callers.origin(&request)?;
        let answer = self.get_decision(&caller, request.into_inner(), &name.decision);
        name.observed(answer).await
    }

    type WatchDecisionStream = BoxStream<proto::WatchDecisionResponse>;

    async fn watch_decision(
        &self,
        request: Request<proto::WatchDecisionRequest>,
    ) -> Result<Response<Self::WatchDecisionStream>, Status> {
        let name = CallName::of("WatchDecision", &request);
        let caller = self.callers.origin(&request)?;
        let answer = self.watch_decision(caller, request.into_inner(), &name.decision);
        name.observed(answer).await
    }

    async fn list_pending_decisions(
        &self,
        request: Request<proto::ListPendingDecisionsRequest>,
    ) -> Result<Response<proto::ListPendingDecisionsResponse>, Status> {
        let name = CallName::of("ListPendingDecisions", &request);
        let caller = self.callers.origin(&request)?;
        name.observed(self.list_pending_decisions(&caller, request.into_inner()))
            .await
    }

    async fn list_decisions(
        &self,
        request: Request<proto::ListDecisionsRequest>,
    ) -> Result<Response<proto::ListDecisionsResponse>, Status> {
        let name = CallName::of("ListDecisions", &request);
        let caller = self.callers.origin(&request)?;
        name.observed(self.list_decisions(&caller, request.into_inner()))
            .await
    }

    async fn get_snapshot(
        &self,
        request: Request<proto::GetSnapshotRequest>,
    ) -> Result<Response<proto::GetSnapshotResponse>, Status> {
        let name = CallName::of("GetSnapshot", &request);
        let caller = self.callers.origin(&request)?;
        name.observed(self.get_snapshot(&caller, request.into_inner()))
            .await
    }
}
