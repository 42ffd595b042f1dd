//! The answers of `underwrite.v1.AccessService`.

use tonic::{Request, Response, Status};

use super::call_log::CallName;
use super::callers::Callers;
use super::from_wire::AuditQuery;
use super::{Authority, NewGrant, from_wire, status, to_wire};
use crate::access::GrantUse;
use crate::id::TenantId;
use crate::proto;
use crate::proto::access_service_server::AccessService;
use crate::underwriter::Underwriter;

/// Grants, revokes, and tells who did what, each within the tenant of its caller.
#[derive(Clone)]
pub(super) struct AccessApi {
    pub(super) authority: Authority,
    pub(super) underwriter: Underwriter,
    pub(super) callers: Callers,
}

/// A page of the audit log of a tenant, as it is asked for.
///
/// # Errors
///
/// Where the request is not valid, or the ledger cannot be read.
pub async fn audit_log(
    underwriter: &Underwriter,
    tenant: TenantId,
    request: &proto::ListAuditEventsRequest,
) -> Result<proto::ListAuditEventsResponse, Status> {
    let AuditQuery {
        filter,
        order,
        after,
        page_size,
    } = from_wire::list_audit_request(tenant, request)
        .map_err(|problems| status::invalid(&problems))?;
    let page = underwriter.audit_log(&filter, order, after, page_size);
    let page = page.await.map_err(|error| status::failed(&error, ""))?;
    Ok(to_wire::audit_page(page))
}

#[tonic::async_trait]
impl AccessService for AccessApi {
    async fn create_token(
        &self,
        request: Request<proto::CreateTokenRequest>,
    ) -> Result<Response<proto::CreateTokenResponse>, Status> {
        let call = CallName::of("CreateToken", &request);
        call.observed(async move {
            let by = self.callers.origin(&request)?;
            let new = from_wire::create_token_request(request.get_ref(), self.authority.now());
            let new: NewGrant = new.map_err(|problems| status::invalid(&problems))?;
            let created = self.authority.create(&by, new).await;
            let (grant, token) = created.map_err(|error| status::not_granted(&error))?;
            let by = by.identity.to_string();
            tracing::info!(token = %grant.id, tenant = %grant.tenant, by, "granted");
            Ok(proto::CreateTokenResponse {
                secret: token.map_or_else(String::new, |token| token.expose().to_owned()),
                token: Some(to_wire::token(&unused(grant))),
            })
        })
        .await
    }

    async fn list_tokens(
        &self,
        request: Request<proto::ListTokensRequest>,
    ) -> Result<Response<proto::ListTokensResponse>, Status> {
        let call = CallName::of("ListTokens", &request);
        call.observed(async move {
            let by = self.callers.origin(&request)?;
            let tokens = self.authority.list(&by.identity.tenant);
            Ok(proto::ListTokensResponse {
                tokens: tokens.iter().map(to_wire::token).collect(),
            })
        })
        .await
    }

    async fn revoke_token(
        &self,
        request: Request<proto::RevokeTokenRequest>,
    ) -> Result<Response<proto::RevokeTokenResponse>, Status> {
        let call = CallName::of("RevokeToken", &request);
        call.observed(async move {
            let by = self.callers.origin(&request)?;
            let id = from_wire::revoke_token_request(request.get_ref())
                .map_err(|problems| status::invalid(&problems))?;
            let revoked = self.authority.revoke(&by, &id).await;
            let revoked = revoked.map_err(|error| status::not_granted(&error))?;
            let grant = revoked.ok_or_else(|| status::no_such_token(&id))?;
            let by = by.identity.to_string();
            tracing::info!(token = %grant.id, tenant = %grant.tenant, by, "revoked");
            Ok(proto::RevokeTokenResponse {
                token: Some(to_wire::token(&unused(grant))),
            })
        })
        .await
    }

    async fn list_audit_events(
        &self,
        request: Request<proto::ListAuditEventsRequest>,
    ) -> Result<Response<proto::ListAuditEventsResponse>, Status> {
        let call = CallName::of("ListAuditEvents", &request);
        call.observed(async move {
            let tenant = self.callers.origin(&request)?.identity.tenant.clone();
            let page = audit_log(&self.underwriter, tenant, request.get_ref()).await?;
            Ok(page)
        })
        .await
    }
}

fn unused(grant: crate::access::Grant) -> GrantUse {
    GrantUse {
        grant,
        last_used_at: None,
    }
}
