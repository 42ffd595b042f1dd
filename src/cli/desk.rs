//! Where a command asks: a running server, or the same service in this process.

use tonic::transport::{Channel, Endpoint};
use tonic::{Request, Status};

use super::CliError;
use crate::limits;
use crate::proto;
use crate::proto::decision_service_client::DecisionServiceClient;
use crate::proto::decision_service_server::DecisionService;
use crate::service::DecisionApi;

/// The service, wherever it is.
pub(super) enum Desk {
    /// On the other end of a connection.
    Remote(DecisionServiceClient<Channel>),
    /// Here.
    Local(DecisionApi),
}

impl Desk {
    /// Connects to a server.
    pub(super) async fn connect(url: &str) -> Result<Self, CliError> {
        let endpoint = Endpoint::from_shared(url.to_owned())
            .ok()
            .filter(|endpoint| endpoint.uri().scheme_str() == Some("http"))
            .ok_or_else(|| {
                let message =
                    format!("`{url}` is not a server's URL such as `http://127.0.0.1:50051`");
                CliError::Usage(message)
            })?;
        let channel = endpoint
            .connect_timeout(std::time::Duration::from_secs(5))
            .connect()
            .await
            .map_err(|_| {
                let message = format!("no server answers at {url}: is `underwrite serve` running?");
                CliError::other("no_server", message)
            })?;
        let client = DecisionServiceClient::new(channel)
            .max_decoding_message_size(limits::SNAPSHOT_BYTES_MAX);
        Ok(Self::Remote(client))
    }

    pub(super) async fn decide(
        &mut self,
        request: proto::DecideRequest,
    ) -> Result<proto::Decision, CliError> {
        let request = Request::new(request);
        let response = match self {
            Self::Remote(client) => client.decide(request).await,
            Self::Local(api) => DecisionService::decide(api, request).await,
        };
        match response?.into_inner().result {
            Some(proto::decide_response::Result::Decision(decision)) => Ok(decision),
            Some(proto::decide_response::Result::Pending(pending)) => Err(not_final(&pending)),
            None => Err(empty()),
        }
    }

    pub(super) async fn decision(
        &mut self,
        id: &str,
        view: proto::DecisionView,
    ) -> Result<proto::Decision, CliError> {
        let request = Request::new(proto::GetDecisionRequest {
            id: id.to_owned(),
            view: view.into(),
        });
        let response = match self {
            Self::Remote(client) => client.get_decision(request).await,
            Self::Local(api) => DecisionService::get_decision(api, request).await,
        };
        match response?.into_inner().result {
            Some(proto::get_decision_response::Result::Decision(decision)) => Ok(decision),
            Some(proto::get_decision_response::Result::Pending(pending)) => {
                Err(not_final(&pending))
            }
            None => Err(empty()),
        }
    }

    pub(super) async fn list(
        &mut self,
        request: proto::ListDecisionsRequest,
    ) -> Result<proto::ListDecisionsResponse, CliError> {
        let request = Request::new(request);
        let response = match self {
            Self::Remote(client) => client.list_decisions(request).await,
            Self::Local(api) => DecisionService::list_decisions(api, request).await,
        };
        Ok(response?.into_inner())
    }

    pub(super) async fn snapshot(&mut self, hash: &str) -> Result<proto::Snapshot, CliError> {
        let request = Request::new(proto::GetSnapshotRequest {
            hash: hash.to_owned(),
        });
        let response = match self {
            Self::Remote(client) => client.get_snapshot(request).await,
            Self::Local(api) => DecisionService::get_snapshot(api, request).await,
        };
        response?.into_inner().snapshot.ok_or_else(empty)
    }
}

fn not_final(pending: &proto::Pending) -> CliError {
    let message = format!(
        "decision {} is not final yet: show it later",
        pending.decision_id
    );
    CliError::other("pending", message)
}

fn empty() -> CliError {
    CliError::from(Status::internal("the server's answer is empty"))
}
