//! Where published rule sets are: on a running server, or in the ledger of this machine.

use std::collections::BTreeMap;
use std::path::PathBuf;

use tonic::{Request, Status};

use crate::cli::args::AccessPlace;
use crate::cli::caller::{self, Remote};
use crate::cli::{CliError, Terminal, assembly};
use crate::limits;
use crate::proto;
use crate::proto::rule_set_service_client::RuleSetServiceClient;
use crate::proto::rule_set_service_server::RuleSetService;
use crate::service::RuleSetApi;

/// What the ledger of this machine is opened for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Opened {
    ForReading,
    ToWrite,
}

/// Where they are.
pub(in crate::cli) enum Place {
    /// On the other end of a connection.
    Server(Box<RuleSetServiceClient<Remote>>),
    /// In the ledger at that path.
    Here(Box<RuleSetApi>, PathBuf),
}

/// Calls a method wherever the rule sets are.
macro_rules! call {
    ($place:expr, $method:ident, $request:expr) => {{
        let request = Request::new($request);
        let answer = match $place {
            Place::Server(client) => client.$method(request).await,
            Place::Here(api, _) => RuleSetService::$method(&**api, request).await,
        };
        answer?.into_inner()
    }};
}

impl Place {
    pub(super) async fn open(
        place: &AccessPlace,
        opened: Opened,
        environment: &BTreeMap<String, String>,
    ) -> Result<Self, CliError> {
        if let Some(url) = &place.server {
            let token = caller::token(place.token_file.as_deref(), environment)?;
            let remote = caller::remote(url, &place.trust, token).await?;
            return Ok(Self::over(remote));
        }
        let config = place.settings.load(environment)?;
        let house = match opened {
            Opened::ForReading => assembly::open_records(&config)?,
            Opened::ToWrite => assembly::open_to_record(&config)?,
        };
        let tenant = place.tenant.clone().unwrap_or(house.tenant);
        let api = RuleSetApi::local(house.underwriter, tenant);
        Ok(Self::Here(Box::new(api), config.ledger_path()))
    }

    /// The server on the other end of a connection.
    pub(in crate::cli) fn over(remote: Remote) -> Self {
        let client = RuleSetServiceClient::new(remote)
            .max_decoding_message_size(limits::RULE_SET_REQUEST_BYTES_MAX);
        Self::Server(Box::new(client))
    }

    /// Says in which ledger something was recorded: a forgotten `--config` records it in one that no
    /// server has.
    pub(super) fn tell_where(&self, terminal: &mut Terminal) -> Result<(), CliError> {
        if let Self::Here(_, ledger) = self {
            terminal.print(&format!("Recorded in the ledger `{}`\n", ledger.display()))?;
        }
        Ok(())
    }

    pub(super) async fn publish(
        &mut self,
        request: proto::PublishRuleSetRequest,
    ) -> Result<proto::PublishRuleSetResponse, CliError> {
        Ok(call!(self, publish_rule_set, request))
    }

    pub(super) async fn list(
        &mut self,
        request: proto::ListRuleSetsRequest,
    ) -> Result<proto::ListRuleSetsResponse, CliError> {
        Ok(call!(self, list_rule_sets, request))
    }

    pub(in crate::cli) async fn get(
        &mut self,
        request: proto::GetRuleSetRequest,
    ) -> Result<proto::GetRuleSetResponse, CliError> {
        Ok(call!(self, get_rule_set, request))
    }

    pub(super) async fn activate(
        &mut self,
        request: proto::ActivateRuleSetRequest,
    ) -> Result<proto::Activation, CliError> {
        said(call!(self, activate_rule_set, request).activation)
    }

    pub(super) async fn roll_back(&mut self, name: String) -> Result<proto::Activation, CliError> {
        let request = proto::RollBackRuleSetRequest { name };
        said(call!(self, roll_back_rule_set, request).activation)
    }

    pub(super) async fn retire(&mut self, name: String) -> Result<proto::Activation, CliError> {
        let request = proto::RetireRuleSetRequest { name };
        said(call!(self, retire_rule_set, request).activation)
    }

    /// Has a version decide beside a name; none where there is no version.
    pub(super) async fn shadow(
        &mut self,
        name: String,
        version: Option<String>,
    ) -> Result<(), CliError> {
        match version {
            Some(version) => {
                let request = proto::SetShadowRequest { name, version };
                call!(self, set_shadow, request);
            }
            None => {
                call!(self, clear_shadow, proto::ClearShadowRequest { name });
            }
        }
        Ok(())
    }

    pub(super) async fn status(
        &mut self,
        request: proto::GetRuleSetStatusRequest,
    ) -> Result<proto::GetRuleSetStatusResponse, CliError> {
        Ok(call!(self, get_rule_set_status, request))
    }

    pub(in crate::cli) async fn history(
        &mut self,
        request: proto::ListActivationsRequest,
    ) -> Result<proto::ListActivationsResponse, CliError> {
        Ok(call!(self, list_activations, request))
    }
}

fn said(said: Option<proto::Activation>) -> Result<proto::Activation, CliError> {
    Ok(said.ok_or_else(|| Status::internal("the server's answer is empty"))?)
}
