//! Where what follows decisions is kept: on a running server, or in the ledger of this machine.

use std::collections::BTreeMap;

use tonic::{Request, Status};

use crate::cli::args::RecordsArgs;
use crate::cli::caller::{self, Remote};
use crate::cli::{CliError, assembly, logs};
use crate::config::Config;
use crate::proto;
use crate::proto::follow_up_service_client::FollowUpServiceClient;
use crate::proto::follow_up_service_server::FollowUpService;
use crate::service::FollowUpApi;

/// Where it is kept.
pub(in crate::cli) enum Place {
    /// On the other end of a connection.
    Server(Box<FollowUpServiceClient<Remote>>),
    /// In the ledger of this machine.
    Here(Box<FollowUpApi>),
}

/// Calls a method wherever it is kept.
macro_rules! call {
    ($place:expr, $method:ident, $request:expr) => {{
        let request = Request::new($request);
        let answer = match $place {
            Place::Server(client) => client.$method(request).await,
            Place::Here(api) => FollowUpService::$method(&**api, request).await,
        };
        answer?.into_inner()
    }};
}

fn there<T>(answer: Option<T>) -> Result<T, CliError> {
    Ok(answer.ok_or_else(|| Status::internal("the server's answer is empty"))?)
}

impl Place {
    async fn server(
        records: &RecordsArgs,
        environment: &BTreeMap<String, String>,
    ) -> Result<Option<Self>, CliError> {
        let place = &records.place;
        let Some(url) = &place.server else {
            return Ok(None);
        };
        let token = caller::token(place.token_file.as_deref(), environment)?;
        let remote = caller::remote(url, &place.trust, token).await?;
        Ok(Some(Self::Server(Box::new(FollowUpServiceClient::new(
            remote,
        )))))
    }

    /// The server that was named, or this machine's ledger, also beside a running server.
    pub(super) async fn open_to_read(
        records: &RecordsArgs,
        environment: &BTreeMap<String, String>,
    ) -> Result<Self, CliError> {
        if let Some(server) = Self::server(records, environment).await? {
            return Ok(server);
        }
        let settings = &records.place.settings;
        let config = Config::load(settings.given(), environment, settings.config.as_deref())?;
        let house = assembly::open_records(&config)?;
        let tenant = records.tenant.clone().unwrap_or(house.tenant);
        let api = FollowUpApi::local(house.underwriter, tenant);
        Ok(Self::Here(Box::new(api)))
    }

    pub(super) async fn due_notices(
        &mut self,
        request: proto::ListDueNoticesRequest,
    ) -> Result<proto::ListDueNoticesResponse, CliError> {
        Ok(call!(self, list_due_notices, request))
    }

    pub(super) async fn notice(
        &mut self,
        request: proto::GetAdverseActionNoticeRequest,
    ) -> Result<proto::GetAdverseActionNoticeResponse, CliError> {
        Ok(call!(self, get_adverse_action_notice, request))
    }

    /// The server that was named, or this machine's ledger, to be written. No bank is asked.
    pub(in crate::cli) async fn open_to_record(
        records: &RecordsArgs,
        environment: &BTreeMap<String, String>,
    ) -> Result<Self, CliError> {
        if let Some(server) = Self::server(records, environment).await? {
            return Ok(server);
        }
        let settings = &records.place.settings;
        let config = Config::load(settings.given(), environment, settings.config.as_deref())?;
        let _logs = logs::start(&Config {
            log: "warn".to_owned(),
            ..config.clone()
        });
        let house = assembly::open_to_resolve(&config).await?;
        let tenant = records.tenant.clone().unwrap_or(house.tenant);
        let api = FollowUpApi::local(house.underwriter, tenant);
        Ok(Self::Here(Box::new(api)))
    }

    pub(super) async fn record_override(
        &mut self,
        request: proto::RecordOverrideRequest,
    ) -> Result<proto::Override, CliError> {
        there(call!(self, record_override, request).recorded)
    }

    pub(super) async fn record_notice(
        &mut self,
        request: proto::RecordNoticeRequest,
    ) -> Result<proto::SentNotice, CliError> {
        there(call!(self, record_notice, request).recorded)
    }

    pub(super) async fn record_performance(
        &mut self,
        request: proto::RecordLoanPerformanceRequest,
    ) -> Result<proto::LoanPerformance, CliError> {
        there(call!(self, record_loan_performance, request).recorded)
    }
}
