//! The answers of `underwrite.v1.RuleSetService`.

use tonic::{Request, Response, Status};

use super::call_log::CallName;
use super::callers::Callers;
use super::page_token::Listing;
use super::rule_texts::Checked;
use super::{from_wire, status, to_wire};
use crate::access::audit::Origin;
use crate::application::ApplicationError;
use crate::id::{RuleSetVersion, TenantId};
use crate::proto;
use crate::proto::rule_set_service_server::RuleSetService;
use crate::rules::Bundle;
use crate::underwriter::{Said, UnderwriteError, Underwriter};

/// Publishes rule sets and says which decides, each within the tenant of its caller.
#[derive(Clone)]
pub struct RuleSetApi {
    underwriter: Underwriter,
    callers: Callers,
}

impl RuleSetApi {
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
}

fn invalid(problems: Vec<ApplicationError>) -> Status {
    status::invalid(&problems)
}

fn failed(error: UnderwriteError) -> Status {
    status::failed(&error, "")
}

/// Notes in the log who said what decides.
fn tell(by: &Origin, what: &str, said: &Said) {
    let (by, name) = (by.identity.to_string(), said.activation.name.as_str());
    let (version, at) = (said.version.as_deref(), said.activation.at);
    tracing::info!(by, name, version, from = %at, "{what}");
}

#[tonic::async_trait]
impl RuleSetService for RuleSetApi {
    async fn check_rule_set(
        &self,
        request: Request<proto::CheckRuleSetRequest>,
    ) -> Result<Response<proto::CheckRuleSetResponse>, Status> {
        let call = CallName::of("CheckRuleSet", &request);
        call.observed(async move {
            let sent = from_wire::check_rule_set_request(request.into_inner()).map_err(invalid)?;
            let checked = Checked::of(sent).await?;
            let bundle = checked.bundle.as_ref();
            let text = |of: fn(&Bundle) -> String| bundle.map(of).unwrap_or_default();
            Ok(proto::CheckRuleSetResponse {
                name: text(|bundle| bundle.name().to_string()),
                version: text(|bundle| bundle.version().to_owned()),
                bundle_hash: text(|bundle| bundle.hash().to_string()),
                findings: to_wire::findings(checked.found),
            })
        })
        .await
    }

    async fn publish_rule_set(
        &self,
        request: Request<proto::PublishRuleSetRequest>,
    ) -> Result<Response<proto::PublishRuleSetResponse>, Status> {
        let call = CallName::of("PublishRuleSet", &request);
        call.observed(async move {
            let by = self.callers.origin(&request)?;
            let parsed = from_wire::publish_rule_set_request(request.into_inner());
            let (sent, note) = parsed.map_err(invalid)?;
            let (bundle, found) = Checked::of(sent).await?.publishable("text")?;
            let published = self.underwriter.publish(&by, &bundle, &note);
            let published = published.await.map_err(failed)?;
            let (name, version) = (bundle.name(), bundle.version());
            tracing::info!(by = %by.identity, %name, version, "published");
            let tenant = &by.identity.tenant;
            let standing = self.underwriter.standing(tenant, name, bundle.hash());
            let standing = standing.await.map_err(failed)?;
            Ok(proto::PublishRuleSetResponse {
                version: Some(to_wire::rule_set_version(published, standing)),
                findings: to_wire::findings(found),
            })
        })
        .await
    }

    async fn list_rule_sets(
        &self,
        request: Request<proto::ListRuleSetsRequest>,
    ) -> Result<Response<proto::ListRuleSetsResponse>, Status> {
        let call = CallName::of("ListRuleSets", &request);
        call.observed(async move {
            let tenant = self.callers.origin(&request)?.identity.tenant.clone();
            let query = from_wire::list_rule_sets_request(&tenant, request.get_ref());
            let query = query.map_err(invalid)?;
            let name = query.name.as_ref();
            let page = self
                .underwriter
                .rule_sets(&tenant, name, query.before, query.page_size);
            let page = page.await.map_err(failed)?;
            let listing = Listing::rule_sets(&tenant, name);
            let versions = page.versions.into_iter();
            Ok(proto::ListRuleSetsResponse {
                versions: versions
                    .map(|(published, standing)| to_wire::rule_set_version(published, standing))
                    .collect(),
                next_page_token: page.next.map(|seq| listing.token(seq)).unwrap_or_default(),
            })
        })
        .await
    }

    async fn get_rule_set(
        &self,
        request: Request<proto::GetRuleSetRequest>,
    ) -> Result<Response<proto::GetRuleSetResponse>, Status> {
        let call = CallName::of("GetRuleSet", &request);
        call.observed(async move {
            let tenant = self.callers.origin(&request)?.identity.tenant.clone();
            let parsed = from_wire::get_rule_set_request(request.get_ref());
            let (name, version) = parsed.map_err(invalid)?;
            let version = version.as_ref().map(RuleSetVersion::as_str);
            let found = self.underwriter.rule_set(&tenant, &name, version);
            let (published, standing, stored) = found.await.map_err(failed)?;
            let damaged = UnderwriteError::DamagedBundle { hash: stored.hash };
            let written = Bundle::as_written(&stored.bytes).ok_or_else(|| failed(damaged))?;
            let (source, attachments) = written;
            Ok(proto::GetRuleSetResponse {
                version: Some(to_wire::rule_set_version(published, standing)),
                text: Some(to_wire::rule_set_text(source, &attachments)),
            })
        })
        .await
    }

    async fn activate_rule_set(
        &self,
        request: Request<proto::ActivateRuleSetRequest>,
    ) -> Result<Response<proto::ActivateRuleSetResponse>, Status> {
        let call = CallName::of("ActivateRuleSet", &request);
        call.observed(async move {
            let by = self.callers.origin(&request)?;
            let now = self.underwriter.now();
            let parsed = from_wire::activate_rule_set_request(request.get_ref(), now);
            let (name, version, from) = parsed.map_err(invalid)?;
            let wanted = (&name, version.as_str());
            let said = self.underwriter.activate_version(&by, wanted, from).await;
            let said = said.map_err(failed)?;
            tell(&by, "activated", &said);
            Ok(proto::ActivateRuleSetResponse {
                activation: Some(to_wire::activation(said)),
            })
        })
        .await
    }

    async fn roll_back_rule_set(
        &self,
        request: Request<proto::RollBackRuleSetRequest>,
    ) -> Result<Response<proto::RollBackRuleSetResponse>, Status> {
        let call = CallName::of("RollBackRuleSet", &request);
        call.observed(async move {
            let by = self.callers.origin(&request)?;
            let name = from_wire::rule_set_name(&request.get_ref().name).map_err(invalid)?;
            let said = self.underwriter.roll_back(&by, &name).await;
            let said = said.map_err(failed)?;
            tell(&by, "rolled back", &said);
            Ok(proto::RollBackRuleSetResponse {
                activation: Some(to_wire::activation(said)),
            })
        })
        .await
    }

    async fn retire_rule_set(
        &self,
        request: Request<proto::RetireRuleSetRequest>,
    ) -> Result<Response<proto::RetireRuleSetResponse>, Status> {
        let call = CallName::of("RetireRuleSet", &request);
        call.observed(async move {
            let by = self.callers.origin(&request)?;
            let name = from_wire::rule_set_name(&request.get_ref().name).map_err(invalid)?;
            let said = self.underwriter.retire(&by, &name).await.map_err(failed)?;
            tell(&by, "retired", &said);
            Ok(proto::RetireRuleSetResponse {
                activation: Some(to_wire::activation(said)),
            })
        })
        .await
    }

    async fn list_activations(
        &self,
        request: Request<proto::ListActivationsRequest>,
    ) -> Result<Response<proto::ListActivationsResponse>, Status> {
        let call = CallName::of("ListActivations", &request);
        call.observed(async move {
            let tenant = self.callers.origin(&request)?.identity.tenant.clone();
            let query = from_wire::list_activations_request(&tenant, request.get_ref());
            let query = query.map_err(invalid)?;
            let (name, page_size) = (&query.name, query.page_size);
            let page = self
                .underwriter
                .activations(&tenant, name, query.before, page_size);
            let page = page.await.map_err(failed)?;
            let listing = Listing::activations(&tenant, name);
            Ok(proto::ListActivationsResponse {
                activations: page.said.into_iter().map(to_wire::activation).collect(),
                next_page_token: page.next.map(|seq| listing.token(seq)).unwrap_or_default(),
            })
        })
        .await
    }

    async fn set_shadow(
        &self,
        request: Request<proto::SetShadowRequest>,
    ) -> Result<Response<proto::SetShadowResponse>, Status> {
        let call = CallName::of("SetShadow", &request);
        call.observed(async move {
            let by = self.callers.origin(&request)?;
            let asked = request.get_ref();
            let parsed = from_wire::rule_set_version(&asked.name, &asked.version);
            let (name, version) = parsed.map_err(invalid)?;
            let said = self
                .underwriter
                .set_shadow(&by, &name, Some(version.as_str()));
            said.await.map_err(failed)?;
            tracing::info!(by = %by.identity, %name, %version, "decides beside");
            Ok(proto::SetShadowResponse {})
        })
        .await
    }

    async fn clear_shadow(
        &self,
        request: Request<proto::ClearShadowRequest>,
    ) -> Result<Response<proto::ClearShadowResponse>, Status> {
        let call = CallName::of("ClearShadow", &request);
        call.observed(async move {
            let by = self.callers.origin(&request)?;
            let name = from_wire::rule_set_name(&request.get_ref().name).map_err(invalid)?;
            let said = self.underwriter.set_shadow(&by, &name, None).await;
            said.map_err(failed)?;
            tracing::info!(by = %by.identity, %name, "nothing decides beside");
            Ok(proto::ClearShadowResponse {})
        })
        .await
    }

    async fn get_rule_set_status(
        &self,
        request: Request<proto::GetRuleSetStatusRequest>,
    ) -> Result<Response<proto::GetRuleSetStatusResponse>, Status> {
        let call = CallName::of("GetRuleSetStatus", &request);
        call.observed(async move {
            let tenant = self.callers.origin(&request)?.identity.tenant.clone();
            let name = from_wire::optional_rule_set_name(&request.get_ref().name);
            let name = name.map_err(invalid)?;
            let found = self.underwriter.status(&tenant, name.as_ref()).await;
            let found = found.map_err(failed)?.into_iter();
            Ok(proto::GetRuleSetStatusResponse {
                rule_sets: found.map(to_wire::rule_set_status).collect(),
            })
        })
        .await
    }
}
