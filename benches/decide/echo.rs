//! A server that knows one answer: what the messages alone cost.

use tonic::codegen::BoxStream;
use tonic::{Request, Response, Status};
use underwrite::proto;
use underwrite::proto::decision_service_server::DecisionService;

/// Answers every `Decide` the same.
pub(crate) struct Echo(pub(crate) proto::DecideResponse);

fn unknown<T>() -> Result<Response<T>, Status> {
    Err(Status::unimplemented("it only decides"))
}

#[tonic::async_trait]
impl DecisionService for Echo {
    async fn decide(
        &self,
        _: Request<proto::DecideRequest>,
    ) -> Result<Response<proto::DecideResponse>, Status> {
        Ok(Response::new(self.0.clone()))
    }

    async fn resolve_decision(
        &self,
        _: Request<proto::ResolveDecisionRequest>,
    ) -> Result<Response<proto::ResolveDecisionResponse>, Status> {
        unknown()
    }

    async fn get_decision(
        &self,
        _: Request<proto::GetDecisionRequest>,
    ) -> Result<Response<proto::GetDecisionResponse>, Status> {
        unknown()
    }

    type WatchDecisionStream = BoxStream<proto::WatchDecisionResponse>;

    async fn watch_decision(
        &self,
        _: Request<proto::WatchDecisionRequest>,
    ) -> Result<Response<Self::WatchDecisionStream>, Status> {
        unknown()
    }

    async fn list_pending_decisions(
        &self,
        _: Request<proto::ListPendingDecisionsRequest>,
    ) -> Result<Response<proto::ListPendingDecisionsResponse>, Status> {
        unknown()
    }

    async fn list_decisions(
        &self,
        _: Request<proto::ListDecisionsRequest>,
    ) -> Result<Response<proto::ListDecisionsResponse>, Status> {
        unknown()
    }

    async fn get_snapshot(
        &self,
        _: Request<proto::GetSnapshotRequest>,
    ) -> Result<Response<proto::GetSnapshotResponse>, Status> {
        unknown()
    }
}
