//! The answers of `underwrite.v1.ReplayService`.

use std::sync::Arc;

use tokio::sync::{mpsc, watch};
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::sync::DropGuard;
use tonic::codegen::BoxStream;
use tonic::{Request, Response, Status};

use super::admit;
use super::audited::audited;
use super::authenticate::permit;
use super::call_log::CallName;
use super::callers::Callers;
use super::from_wire::{self, SentCandidate, SentWork};
use super::rule_texts::Checked;
use super::{status, to_wire};
use crate::access::Scope;
use crate::access::audit::{Action, Origin};
use crate::application::ApplicationError;
use crate::id::{ReplayId, TenantId};
use crate::limits;
use crate::portfolio::Selection;
use crate::proto;
use crate::proto::replay_service_server::ReplayService;
use crate::replay::Replay;
use crate::replay::backtest::{LookedAt, Plan, compared_with};
use crate::replay::runs::{Run, RunError, RunState, Runs, Work};
use crate::rules::Bundle;
use crate::underwriter::Underwriter;

/// Decides again what is recorded, each run within the tenant of its caller.
#[derive(Clone)]
pub struct ReplayApi {
    underwriter: Underwriter,
    runs: Runs,
    callers: Callers,
}

fn invalid(problems: Vec<ApplicationError>) -> Status {
    status::invalid(&problems)
}

impl ReplayApi {
    /// Answers those who are known.
    pub fn new(underwriter: Underwriter, runs: Runs) -> Self {
        Self {
            underwriter,
            runs,
            callers: Callers::default(),
        }
    }

    async fn run(
        &self,
        by: Origin,
        request: proto::RunReplayRequest,
    ) -> Result<BoxStream<proto::RunReplayResponse>, Status> {
        let asked = from_wire::run_replay_request(request).map_err(invalid)?;
        if reads_values(&asked.work, &asked.selection) {
            permit(&by.identity, Scope::ReadPersonal)?;
        }
        let tenant = &by.identity.tenant;
        // Rule files are read only for whoever may begin.
        self.runs
            .room(tenant)
            .map_err(|error| refused(&error, ""))?;
        let (work, what) = self.work(tenant, asked.work, asked.selection).await?;
        let who = by.identity.name.clone();
        let place = self.runs.place(tenant, who);
        let place = place.map_err(|error| refused(&error, ""))?;
        let id = place.id().clone();
        // What nobody can be told of later does not begin.
        let object = format!("{id} {what} of {}", work.selection().words());
        audited(&self.underwriter, &by, Action::ReplayRun, object).await?;
        tracing::info!(by = %by.identity, replay = %id, what, "decides again");
        let guard = asked.cancel_on_disconnect;
        let guard = guard.then(|| place.cancel_when_dropped());
        Ok(told(place.begin(work), guard))
    }

    /// What is to be done, and what it is called in the audit log.
    async fn work(
        &self,
        tenant: &TenantId,
        work: SentWork,
        selection: Selection,
    ) -> Result<(Work, String), Status> {
        let candidates = match work {
            SentWork::Reproduction { drift } => {
                let replay = Replay { selection, drift };
                let what = "reproduction".to_owned();
                return Ok((Work::Reproduce(Box::new(replay)), what));
            }
            SentWork::Backtest(candidates) => self.candidates(tenant, candidates).await?,
        };
        let rule_set = compared_with(&candidates, selection.rule_set.as_ref());
        let rule_set = rule_set.map_err(|error| {
            let problem = format!("is required: {error}");
            status::invalid(&[ApplicationError {
                field: "selection.rule_set".to_owned(),
                problem,
            }])
        })?;
        // Also what was never published is named for ever by its hash.
        let hashes = candidates.iter().map(|(bundle, _)| bundle.hash());
        let hashes: Vec<_> = hashes.map(|hash| hash.to_string()).collect();
        let what = format!("backtest {rule_set} {}", hashes.join(","));
        let plan = Plan {
            candidates,
            selection: Selection {
                rule_set: Some(rule_set),
                ..selection
            },
            loans: None,
            segments: None,
            columns: None,
            looked_at: LookedAt::Read,
            flips_listed: limits::BACKTEST_FLIPS_MAX,
        };
        Ok((Work::Backtest(Box::new(plan)), what))
    }

    /// The candidates as rule sets, each with how it was given.
    async fn candidates(
        &self,
        tenant: &TenantId,
        sent: Vec<SentCandidate>,
    ) -> Result<Vec<(Bundle, String)>, Status> {
        let mut candidates = Vec::with_capacity(sent.len());
        for (at, one) in sent.into_iter().enumerate() {
            candidates.push(match one {
                SentCandidate::Text(text) => {
                    let field = format!("backtest.candidates[{at}].text");
                    let (bundle, _) = Checked::of(text).await?.publishable(&field)?;
                    (bundle, format!("candidate {}", at.saturating_add(1)))
                }
                SentCandidate::Published(name, version) => {
                    let found = self
                        .underwriter
                        .rule_set(tenant, &name, Some(version.as_str()));
                    let found = found.await.map_err(|error| status::failed(&error, ""))?;
                    let (_, _, stored) = found;
                    let bundle = Bundle::from_bytes(&stored.bytes).map_err(|_| {
                        let field = format!("backtest.candidates[{at}].published");
                        let problem = "is a version that this engine does not accept any more";
                        invalid(vec![ApplicationError {
                            field,
                            problem: problem.to_owned(),
                        }])
                    })?;
                    (bundle, format!("{name}@{version}"))
                }
            });
        }
        Ok(candidates)
    }

    async fn report(
        &self,
        by: &Origin,
        id: &ReplayId,
    ) -> Result<BoxStream<proto::GetReplayReportResponse>, Status> {
        let seen = self.runs.watch(&by.identity.tenant, id);
        let run = seen.map(|seen| seen.borrow().clone());
        let found = run.and_then(|run| match run.state {
            RunState::Running => Err(RunError::NotOver),
            RunState::Failed(failure) => Err(RunError::Failed(failure)),
            RunState::Over(report) => Ok(report),
        });
        let report = found.map_err(|error| refused(&error, id.as_str()))?;
        audited(&self.underwriter, by, Action::ReplayRead, id.to_string()).await?;
        let pieces = pieces(Arc::clone(&report.json));
        let pieces = pieces.map(|json| Ok(proto::GetReplayReportResponse { json }));
        Ok(Box::pin(tokio_stream::iter(pieces)))
    }
}

/// A report in pieces that clients take, each copied when it is sent.
fn pieces(json: Arc<[u8]>) -> impl Iterator<Item = Vec<u8>> + Send {
    let size = limits::REPLAY_REPORT_PIECE_BYTES;
    (0..json.len().div_ceil(size)).map(move |at| {
        let piece = json.chunks(size).nth(at);
        piece.unwrap_or_default().to_vec()
    })
}

/// Whether what is counted can be made to tell a value of an applicant: by a condition or rules of whoever asks,
/// on few decisions.
fn reads_values(work: &SentWork, selection: &Selection) -> bool {
    let is_text = |one: &SentCandidate| matches!(one, SentCandidate::Text(_));
    selection.holds.is_some()
        || match work {
            SentWork::Reproduction { .. } => false,
            SentWork::Backtest(candidates) => candidates.iter().any(is_text),
        }
}

fn refused(error: &RunError, id: &str) -> Status {
    status::replay_refused(error, id)
}

/// Tells how a run stands, at once, then now and again, and last how it ended. Once nobody listens any more,
/// `guard` is dropped.
fn told(
    mut seen: watch::Receiver<Run>,
    guard: Option<DropGuard>,
) -> BoxStream<proto::RunReplayResponse> {
    let (told, stream) = mpsc::channel(1);
    tokio::spawn(async move {
        let _guard = guard;
        loop {
            let run = seen.borrow_and_update().clone();
            let message = match &run.state {
                RunState::Failed(failure) => Err(status::replay_failed(failure)),
                RunState::Running | RunState::Over(_) => Ok(proto::RunReplayResponse {
                    replay: Some(to_wire::replay(&run)),
                }),
            };
            if told.send(message).await.is_err() || run.is_over() {
                return;
            }
            let paused = tokio::time::sleep(limits::REPLAY_PROGRESS_INTERVAL);
            tokio::select! {
                () = told.closed() => return,
                // The end is told at once.
                ended = seen.wait_for(Run::is_over) => if ended.is_err() {
                    return;
                },
                () = paused => {}
            }
        }
    });
    Box::pin(ReceiverStream::new(stream))
}

#[tonic::async_trait]
impl ReplayService for ReplayApi {
    type RunReplayStream = BoxStream<proto::RunReplayResponse>;

    async fn run_replay(
        &self,
        request: Request<proto::RunReplayRequest>,
    ) -> Result<Response<Self::RunReplayStream>, Status> {
        let name = CallName::of("RunReplay", &request);
        let by = self.callers.origin(&request)?;
        name.observed(self.run(by, request.into_inner())).await
    }

    async fn get_replay(
        &self,
        request: Request<proto::GetReplayRequest>,
    ) -> Result<Response<proto::GetReplayResponse>, Status> {
        let name = CallName::of("GetReplay", &request);
        name.observed(async move {
            let by = self.callers.origin(&request)?;
            let id = from_wire::replay_id(&request.get_ref().id).map_err(invalid)?;
            let seen = self.runs.watch(&by.identity.tenant, &id);
            let seen = seen.map_err(|error| refused(&error, id.as_str()))?;
            let run = seen.borrow();
            Ok(proto::GetReplayResponse {
                replay: Some(to_wire::replay(&run)),
            })
        })
        .await
    }

    type GetReplayReportStream = BoxStream<proto::GetReplayReportResponse>;

    async fn get_replay_report(
        &self,
        request: Request<proto::GetReplayReportRequest>,
    ) -> Result<Response<Self::GetReplayReportStream>, Status> {
        let name = CallName::of("GetReplayReport", &request);
        name.observed(async move {
            let by = self.callers.origin(&request)?;
            let id = from_wire::replay_id(&request.get_ref().id).map_err(invalid)?;
            self.report(&by, &id).await
        })
        .await
    }

    async fn cancel_replay(
        &self,
        request: Request<proto::CancelReplayRequest>,
    ) -> Result<Response<proto::CancelReplayResponse>, Status> {
        let name = CallName::of("CancelReplay", &request);
        name.observed(async move {
            let by = self.callers.origin(&request)?;
            let id = from_wire::replay_id(&request.get_ref().id).map_err(invalid)?;
            let tenant = &by.identity.tenant;
            let is_known = self.runs.watch(tenant, &id);
            is_known.map_err(|error| refused(&error, id.as_str()))?;
            audited(&self.underwriter, &by, Action::ReplayCancel, id.to_string()).await?;
            // A batch can take a while.
            admit::give_turn_back(&request);
            let run = self.runs.cancel(tenant, &id).await;
            let run = run.map_err(|error| refused(&error, id.as_str()))?;
            Ok(proto::CancelReplayResponse {
                replay: Some(to_wire::replay(&run)),
            })
        })
        .await
    }

    async fn list_replays(
        &self,
        request: Request<proto::ListReplaysRequest>,
    ) -> Result<Response<proto::ListReplaysResponse>, Status> {
        let name = CallName::of("ListReplays", &request);
        name.observed(async move {
            let by = self.callers.origin(&request)?;
            let runs = self.runs.list(&by.identity.tenant);
            Ok(proto::ListReplaysResponse {
                replays: runs.iter().map(to_wire::replay).collect(),
            })
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_comes_in_pieces_below_at_and_above_the_limit() {
        let max = limits::REPLAY_REPORT_PIECE_BYTES;
        for (length, sizes) in [
            (max - 1, vec![max - 1]),
            (max, vec![max]),
            (max + 1, vec![max, 1]),
        ] {
            let json: Vec<u8> = (0..length).map(|at| (at % 251) as u8).collect();
            let sent: Vec<_> = pieces(json.clone().into()).collect();
            assert_eq!(sent.iter().map(Vec::len).collect::<Vec<_>>(), sizes);
            assert_eq!(sent.concat(), json);
        }
    }
}
