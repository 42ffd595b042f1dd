//! The answers of `underwrite.v1.AccessService`.

use tonic::{Request, Response, Status};

use super::authenticate::identity_of;
use super::{Authority, NewGrant, admit, from_wire, status, to_wire};
use crate::access::GrantUse;
use crate::access::audit::Origin;
use crate::proto;
use crate::proto::access_service_server::AccessService;

/// Grants and revokes, each within the tenant of its caller.
#[derive(Clone)]
pub(super) struct AccessApi(pub(super) Authority);

/// Who makes a call, from where, and under which name.
fn caller<T>(request: &Request<T>) -> Result<Origin, Status> {
    Ok(admit::origin_of(request, identity_of(request)?))
}

#[tonic::async_trait]
impl AccessService for AccessApi {
    async fn create_token(
        &self,
        request: Request<proto::CreateTokenRequest>,
    ) -> Result<Response<proto::CreateTokenResponse>, Status> {
        let by = caller(&request)?;
        let new = from_wire::create_token_request(request.get_ref(), self.0.now());
        let new: NewGrant = new.map_err(|problems| status::invalid(&problems))?;
        let created = self.0.create(&by, new).await;
        let (grant, token) = created.map_err(|error| status::not_granted(&error))?;
        let by = by.identity.to_string();
        tracing::info!(token = %grant.id, tenant = %grant.tenant, by, "granted");
        Ok(Response::new(proto::CreateTokenResponse {
            secret: token.map_or_else(String::new, |token| token.expose().to_owned()),
            token: Some(to_wire::token(&unused(grant))),
        }))
    }

    async fn list_tokens(
        &self,
        request: Request<proto::ListTokensRequest>,
    ) -> Result<Response<proto::ListTokensResponse>, Status> {
        let by = caller(&request)?;
        let tokens = self.0.list(&by.identity.tenant);
        Ok(Response::new(proto::ListTokensResponse {
            tokens: tokens.iter().map(to_wire::token).collect(),
        }))
    }

    async fn revoke_token(
        &self,
        request: Request<proto::RevokeTokenRequest>,
    ) -> Result<Response<proto::RevokeTokenResponse>, Status> {
        let by = caller(&request)?;
        let id = from_wire::revoke_token_request(request.get_ref())
            .map_err(|problems| status::invalid(&problems))?;
        let revoked = self.0.revoke(&by, &id).await;
        let revoked = revoked.map_err(|error| status::not_granted(&error))?;
        let grant = revoked.ok_or_else(|| status::no_such_token(&id))?;
        let by = by.identity.to_string();
        tracing::info!(token = %grant.id, tenant = %grant.tenant, by, "revoked");
        Ok(Response::new(proto::RevokeTokenResponse {
            token: Some(to_wire::token(&unused(grant))),
        }))
    }
}

fn unused(grant: crate::access::Grant) -> GrantUse {
    GrantUse {
        grant,
        last_used_at: None,
    }
}
