//! The answers of `underwrite.v1.FollowUpService`.

use std::collections::BTreeSet;

use tonic::{Request, Response, Status};

use super::callers::Callers;
use super::from_wire::FollowUpQuery;
use super::page_token::Listing;
use super::{from_wire, status, to_wire};
use crate::access::audit::{Action, Origin};
use crate::application::ApplicationError;
use crate::follow_up::FollowUpKind;
use crate::id::{DecisionId, TenantId};
use crate::ledger::{FollowUpRecord, LedgerError};
use crate::proto;
use crate::proto::follow_up_service_server::FollowUpService;
use crate::underwriter::{CallDecision, UnderwriteError, Underwriter};

/// Keeps and shows what follows decisions, each within the tenant of its caller.
#[derive(Clone)]
pub struct FollowUpApi {
    underwriter: Underwriter,
    callers: Callers,
}

impl FollowUpApi {
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

    /// A page of one kind, and the token of the next. That it is shown is in the audit log before it is.
    async fn page(
        &self,
        by: &Origin,
        action: Action,
        query: &FollowUpQuery,
    ) -> Result<(Vec<FollowUpRecord>, String), Status> {
        let tenant = &by.identity.tenant;
        let limit = query.page_size.saturating_add(1);
        let found = self
            .underwriter
            .follow_ups(tenant, &query.filter, query.before, limit);
        let mut found = found.await.map_err(|error| status::failed(&error, ""))?;
        let more = found.len() > query.page_size;
        found.truncate(query.page_size);
        let last = found.last().filter(|_| more);
        let listing = Listing::follow_ups(tenant, &query.filter);
        let next = last.map_or_else(String::new, |last| listing.token(last.envelope.seq));
        if !found.is_empty() {
            let of: BTreeSet<&str> = found.iter().map(|one| one.decision.as_str()).collect();
            let of: Vec<&str> = of.into_iter().collect();
            match self.underwriter.audit(by, action, of.join(",")).await {
                // Only a command that reads the file itself has a ledger that takes nothing; whoever
                // may do that needs no leave of this program.
                Ok(()) | Err(UnderwriteError::Ledger(LedgerError::ReadOnly)) => {}
                Err(error) => return Err(status::failed(&error, "")),
            }
        }
        Ok((found, next))
    }
}

fn invalid(problems: Vec<ApplicationError>) -> Status {
    status::invalid(&problems)
}

/// Says which decision a call is about, for its log lines and whoever made it.
fn tell_decision<T>(request: &Request<T>, id: &str) {
    let about = request.extensions().get::<CallDecision>();
    if let Some((about, id)) = about.zip(DecisionId::parse(id).ok()) {
        about.set(&id);
    }
}

#[tonic::async_trait]
impl FollowUpService for FollowUpApi {
    async fn record_override(
        &self,
        request: Request<proto::RecordOverrideRequest>,
    ) -> Result<Response<proto::RecordOverrideResponse>, Status> {
        let by = self.callers.origin(&request)?;
        tell_decision(&request, &request.get_ref().decision_id);
        let parsed = from_wire::record_override_request(request.into_inner());
        let asked = parsed.map_err(invalid)?;
        let of = asked.decision.clone();
        let recorded = self.underwriter.record_override(&by, asked).await;
        let recorded = recorded.map_err(|error| status::failed(&error, of.as_str()))?;
        tracing::info!(by = %by.identity, decision = %of, "an override is recorded");
        Ok(Response::new(proto::RecordOverrideResponse {
            recorded: to_wire::override_of(&recorded),
        }))
    }

    async fn list_overrides(
        &self,
        request: Request<proto::ListOverridesRequest>,
    ) -> Result<Response<proto::ListOverridesResponse>, Status> {
        let by = self.callers.origin(&request)?;
        let asked = request.get_ref();
        let page = (asked.page_size, &*asked.page_token, &*asked.decision_id);
        let (tenant, kind) = (&by.identity.tenant, FollowUpKind::Override);
        let query = from_wire::list_follow_ups_request(tenant, kind, page).map_err(invalid)?;
        let (found, next_page_token) = self.page(&by, Action::OverrideList, &query).await?;
        Ok(Response::new(proto::ListOverridesResponse {
            overrides: found.iter().filter_map(to_wire::override_of).collect(),
            next_page_token,
        }))
    }

    async fn record_loan_performance(
        &self,
        request: Request<proto::RecordLoanPerformanceRequest>,
    ) -> Result<Response<proto::RecordLoanPerformanceResponse>, Status> {
        let by = self.callers.origin(&request)?;
        tell_decision(&request, &request.get_ref().decision_id);
        let parsed = from_wire::record_loan_performance_request(request.into_inner());
        let asked = parsed.map_err(invalid)?;
        let of = asked.decision.clone();
        let recorded = self.underwriter.record_loan_performance(&by, asked).await;
        let recorded = recorded.map_err(|error| status::failed(&error, of.as_str()))?;
        tracing::info!(by = %by.identity, decision = %of, "loan performance is recorded");
        Ok(Response::new(proto::RecordLoanPerformanceResponse {
            recorded: to_wire::loan_performance(&recorded),
        }))
    }

    async fn list_loan_performance(
        &self,
        request: Request<proto::ListLoanPerformanceRequest>,
    ) -> Result<Response<proto::ListLoanPerformanceResponse>, Status> {
        let by = self.callers.origin(&request)?;
        let asked = request.get_ref();
        let page = (asked.page_size, &*asked.page_token, &*asked.decision_id);
        let (tenant, kind) = (&by.identity.tenant, FollowUpKind::LoanPerformance);
        let query = from_wire::list_follow_ups_request(tenant, kind, page).map_err(invalid)?;
        let (found, next_page_token) = self.page(&by, Action::LoanPerformanceList, &query).await?;
        Ok(Response::new(proto::ListLoanPerformanceResponse {
            entries: found.iter().filter_map(to_wire::loan_performance).collect(),
            next_page_token,
        }))
    }
}
