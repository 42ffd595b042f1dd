//! Where a command asks: a running server, or the same service in this process.

use std::collections::BTreeMap;
use std::error::Error;
use std::io::ErrorKind;
use std::path::Path;
use std::time::Duration;

use secrecy::zeroize::Zeroizing;
use tokio_stream::StreamExt;
use tonic::codegen::BoxStream;
use tonic::metadata::MetadataValue;
use tonic::service::Interceptor;
use tonic::service::interceptor::InterceptedService;
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint, Identity};
use tonic::{Request, Status};

use super::args::Trust;
use super::{CliError, text};
use crate::access::ApiToken;
use crate::config::TOKEN_VARIABLE;
use crate::limits;
use crate::private;
use crate::proto;
use crate::proto::decision_service_client::DecisionServiceClient;
use crate::proto::decision_service_server::DecisionService;
use crate::service::DecisionApi;
use crate::sockets::TlsError;

/// Time for a connection to stand, and again for TLS on it.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// A connection on which a token is shown with each call.
pub(super) type Remote = InterceptedService<Channel, ShowToken>;

/// Shows a token with each call, if there is one.
#[derive(Clone)]
pub(super) struct ShowToken(Option<ApiToken>);

impl Interceptor for ShowToken {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        if let Some(token) = &self.0 {
            let shown = Zeroizing::new(format!("Bearer {}", token.expose()));
            let mut shown = MetadataValue::try_from(shown.as_str())
                .map_err(|_| Status::internal("a token is no header"))?;
            shown.set_sensitive(true);
            request.metadata_mut().insert("authorization", shown);
        }
        Ok(request)
    }
}

/// The token with which a server is asked: that of a file, else that of the environment.
pub(super) fn token(
    file: Option<&Path>,
    environment: &BTreeMap<String, String>,
) -> Result<Option<ApiToken>, CliError> {
    let (text, origin) = match (file, environment.get(TOKEN_VARIABLE)) {
        (Some(file), _) => {
            let text = std::fs::read_to_string(file);
            let text = text.map_err(|error| CliError::file(file, &error))?;
            (Zeroizing::new(text), format!("`{}`", file.display()))
        }
        (None, Some(text)) if !text.is_empty() => {
            (Zeroizing::new(text.clone()), format!("`{TOKEN_VARIABLE}`"))
        }
        (None, _) => return Ok(None),
    };
    let token = ApiToken::parse(text.trim());
    let token = token.map_err(|error| CliError::Usage(format!("{origin}: {error}")))?;
    Ok(Some(token))
}

/// Connects to a server: by TLS where its URL says so.
pub(super) async fn remote(
    url: &str,
    trust: &Trust,
    token: Option<ApiToken>,
) -> Result<Remote, CliError> {
    let mut endpoint = Endpoint::from_shared(url.to_owned())
        .ok()
        .filter(|endpoint| matches!(endpoint.uri().scheme_str(), Some("http" | "https")))
        .ok_or_else(|| {
            let message = format!(
                "`{url}` is not a server's URL such as `http://127.0.0.1:50051` or \
                 `https://decide.example.com:50051`"
            );
            CliError::Usage(message)
        })?
        .connect_timeout(CONNECT_TIMEOUT);
    if endpoint.uri().scheme_str() == Some("https") {
        let unusable = |error| CliError::other("tls", format!("TLS: {}", innermost(&error)));
        endpoint = endpoint.tls_config(tls(trust)?).map_err(unusable)?;
    } else if trust.ca.is_some() || trust.client_certificate.is_some() {
        let message = format!("`{url}` is not encrypted: certificates are for `https://`");
        return Err(CliError::Usage(message));
    }
    let channel = endpoint
        .connect()
        .await
        .map_err(|error| no_connection(url, &error))?;
    Ok(InterceptedService::new(channel, ShowToken(token)))
}

/// The service, wherever it is.
pub(super) enum Caller {
    /// On the other end of a connection.
    Remote(DecisionServiceClient<Remote>),
    /// Here.
    Local(DecisionApi),
}

impl Caller {
    /// Connects to a server, and shows a token there, if there is one.
    pub(super) async fn connect(
        url: &str,
        trust: &Trust,
        token: Option<ApiToken>,
    ) -> Result<Self, CliError> {
        Ok(Self::over(remote(url, trust, token).await?))
    }

    /// The server on the other end of a connection.
    pub(super) fn over(remote: Remote) -> Self {
        let client = DecisionServiceClient::new(remote)
            .max_decoding_message_size(limits::SNAPSHOT_BYTES_MAX);
        Self::Remote(client)
    }

    /// Asks for a decision and waits until it is final, also where the banks take their time:
    /// `waiting` is told of each change until then.
    pub(super) async fn decide(
        &mut self,
        request: proto::DecideRequest,
        waiting: impl FnMut(&proto::Pending),
    ) -> Result<proto::Decision, CliError> {
        let view = request.view;
        let request = Request::new(request);
        let response = match self {
            Self::Remote(client) => client.decide(request).await,
            Self::Local(api) => DecisionService::decide(api, request).await,
        };
        match response?.into_inner().result {
            Some(proto::decide_response::Result::Decision(decision)) => Ok(decision),
            Some(proto::decide_response::Result::Pending(pending)) => {
                self.watch(pending, view, waiting).await
            }
            None => Err(empty()),
        }
    }

    async fn watch(
        &mut self,
        pending: proto::Pending,
        view: i32,
        mut waiting: impl FnMut(&proto::Pending),
    ) -> Result<proto::Decision, CliError> {
        waiting(&pending);
        let request = Request::new(proto::WatchDecisionRequest {
            id: pending.decision_id.clone(),
            view,
        });
        let mut answers: BoxStream<_> = match self {
            Self::Remote(client) => Box::pin(client.watch_decision(request).await?.into_inner()),
            Self::Local(api) => DecisionService::watch_decision(api, request)
                .await?
                .into_inner(),
        };
        while let Some(answer) = answers.next().await {
            match answer?.result {
                Some(proto::watch_decision_response::Result::Decision(decision)) => {
                    return Ok(decision);
                }
                Some(proto::watch_decision_response::Result::Pending(pending)) => {
                    waiting(&pending);
                }
                None => {}
            }
        }
        Err(not_final(&pending))
    }

    /// Has a referred decision settled.
    pub(super) async fn resolve(
        &mut self,
        request: proto::ResolveDecisionRequest,
    ) -> Result<proto::Decision, CliError> {
        let request = Request::new(request);
        let response = match self {
            Self::Remote(client) => client.resolve_decision(request).await,
            Self::Local(api) => DecisionService::resolve_decision(api, request).await,
        };
        response?.into_inner().decision.ok_or_else(empty)
    }

    pub(super) async fn decision(
        &mut self,
        request: proto::GetDecisionRequest,
    ) -> Result<proto::Decision, CliError> {
        let request = Request::new(request);
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

    pub(super) async fn list_pending(
        &mut self,
        request: proto::ListPendingDecisionsRequest,
    ) -> Result<proto::ListPendingDecisionsResponse, CliError> {
        let request = Request::new(request);
        let response = match self {
            Self::Remote(client) => client.list_pending_decisions(request).await,
            Self::Local(api) => DecisionService::list_pending_decisions(api, request).await,
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

/// What a server is known by, and what it is shown.
fn tls(trust: &Trust) -> Result<ClientTlsConfig, CliError> {
    let read = |path: &Path| std::fs::read(path).map_err(|error| CliError::file(path, &error));
    let mut tls = ClientTlsConfig::new().timeout(CONNECT_TIMEOUT);
    tls = match &trust.ca {
        Some(ca) => tls.ca_certificate(Certificate::from_pem(read(ca)?)),
        None => tls.with_native_roots(),
    };
    if let (Some(certificate), Some(key)) = (&trust.client_certificate, &trust.client_key) {
        private::check_secret(key).map_err(TlsError::from)?;
        tls = tls.identity(Identity::from_pem(read(certificate)?, read(key)?));
    }
    Ok(tls)
}

/// Why there is no connection. What is wrong with TLS is told; whatever else it is, nobody answers.
fn no_connection(url: &str, error: &tonic::transport::Error) -> CliError {
    let mut cause: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(one) = cause {
        if let Some(io) = one.downcast_ref::<std::io::Error>()
            && io.kind() == ErrorKind::InvalidData
        {
            let message = format!(
                "no TLS with {url}: {io}: see that the server speaks TLS, that its certificate is \
                 for this name, and that `--ca` names who signed it"
            );
            return CliError::other("tls", message);
        }
        cause = one.source();
    }
    let message = format!("no server answers at {url}: is `underwrite serve` running?");
    CliError::other("no_server", message)
}

/// The first cause of an error, in words.
fn innermost(error: &(dyn Error + 'static)) -> String {
    match error.source() {
        Some(source) => innermost(source),
        None => error.to_string(),
    }
}

/// That a decision waits for the banks, and how long at most.
pub(super) fn waits(pending: &proto::Pending) -> String {
    let until = text::instant(pending.expire_time.as_ref());
    let accounts = match pending.waiting_account_ids.as_slice() {
        [] => "its accounts".to_owned(),
        some => some.join(", "),
    };
    let mark = match pending.test_data {
        true => format!(" ({})", text::ON_TEST_DATA),
        false => String::new(),
    };
    format!(
        "decision {}{mark} waits for the bank data of {accounts}, until {until} at the latest",
        pending.decision_id,
    )
}

fn not_final(pending: &proto::Pending) -> CliError {
    CliError::other("pending", format!("{}: show it later", waits(pending)))
}

fn empty() -> CliError {
    CliError::from(Status::internal("the server's answer is empty"))
}
