//! The answers of `underwrite.v1.FollowUpService`.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use tonic::{Request, Response, Status};

use super::audited::audited;
use super::call_log::CallName;
use super::callers::Callers;
use super::from_wire::{FollowUpQuery, NoticeRequest};
use super::page_token::Listing;
use super::{due_notices, from_wire, status, to_wire};
use crate::access::audit::{Action, Origin};
use crate::adverse_action::{Letter, Notice};
use crate::application::ApplicationError;
use crate::follow_up::FollowUpKind;
use crate::id::{DecisionId, TenantId};
use crate::ledger::{DecisionRecord, FollowUpRecord, RecordKind};
use crate::proto;
use crate::proto::follow_up_service_server::FollowUpService;
use crate::underwriter::{FollowUpRequest, Underwriter};

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
    ) -> Result<Listed, Status> {
        let tenant = &by.identity.tenant;
        let found =
            self.underwriter
                .follow_ups(tenant, &query.filter, query.before, query.page_size);
        let page = found.await.map_err(|error| status::failed(&error, ""))?;
        let listing = Listing::follow_ups(tenant, &query.filter);
        let found = page.follow_ups;
        if !found.is_empty() {
            let of: BTreeSet<&str> = found.iter().map(|one| one.decision.as_str()).collect();
            let of: Vec<&str> = of.into_iter().collect();
            audited(&self.underwriter, by, action, of.join(",")).await?;
        }
        Ok(Listed {
            found,
            next_page_token: page.next.map_or_else(String::new, |seq| listing.token(seq)),
            damaged: page.damaged.iter().map(to_wire::damaged).collect(),
        })
    }

    /// Records what follows a decision.
    async fn record(&self, by: &Origin, asked: FollowUpRequest) -> Result<FollowUpRecord, Status> {
        let of = asked.decision.clone();
        let recorded = self.underwriter.record_follow_up(by, asked).await;
        let recorded = recorded.map_err(|error| status::failed(&error, of.as_str()))?;
        let kind = RecordKind::from(recorded.body.kind()).as_str();
        tracing::info!(by = %by.identity, decision = %of, kind, "what follows a decision is recorded");
        Ok(recorded)
    }
}

/// A page of one kind.
struct Listed {
    found: Vec<FollowUpRecord>,
    next_page_token: String,
    damaged: Vec<proto::DamagedRecord>,
}

fn invalid(problems: Vec<ApplicationError>) -> Status {
    status::invalid(&problems)
}

/// A notice as a letter of today; empty where nobody sends it.
fn letter(
    record: &DecisionRecord,
    notice: &Notice,
    asked: NoticeRequest,
    today: NaiveDate,
) -> Result<String, Vec<ApplicationError>> {
    let Some(creditor) = asked.creditor else {
        return Ok(String::new());
    };
    let creditor = creditor.check(&notice.agencies)?;
    let decided = (&*record.application, record.body.pins.as_of.date());
    let letter = Letter::new(notice, &creditor, decided, (today, asked.reply_by));
    Ok(letter.map_err(|problem| vec![problem])?.text())
}

/// Says which decision a call is about, for its log lines and whoever made it.
fn about(call: &CallName, id: &str) {
    if let Ok(id) = DecisionId::parse(id) {
        call.decision.set(&id);
    }
}

#[tonic::async_trait]
impl FollowUpService for FollowUpApi {
    async fn record_override(
        &self,
        request: Request<proto::RecordOverrideRequest>,
    ) -> Result<Response<proto::RecordOverrideResponse>, Status> {
        let call = &CallName::of("RecordOverride", &request);
        call.observed(async move {
            let by = self.callers.origin(&request)?;
            about(call, &request.get_ref().decision_id);
            let parsed = from_wire::record_override_request(request.into_inner());
            let asked = parsed.map_err(invalid)?;
            let recorded = self.record(&by, asked).await?;
            Ok(proto::RecordOverrideResponse {
                recorded: to_wire::override_of(&recorded),
            })
        })
        .await
    }

    async fn list_overrides(
        &self,
        request: Request<proto::ListOverridesRequest>,
    ) -> Result<Response<proto::ListOverridesResponse>, Status> {
        let call = &CallName::of("ListOverrides", &request);
        call.observed(async move {
            let by = self.callers.origin(&request)?;
            let asked = request.get_ref();
            let page = (asked.page_size, &*asked.page_token, &*asked.decision_id);
            let (tenant, kind) = (&by.identity.tenant, FollowUpKind::Override);
            let query = from_wire::list_follow_ups_request(tenant, kind, page).map_err(invalid)?;
            let page = self.page(&by, Action::OverrideList, &query).await?;
            Ok(proto::ListOverridesResponse {
                overrides: page.found.iter().filter_map(to_wire::override_of).collect(),
                next_page_token: page.next_page_token,
                damaged: page.damaged,
            })
        })
        .await
    }

    async fn get_adverse_action_notice(
        &self,
        request: Request<proto::GetAdverseActionNoticeRequest>,
    ) -> Result<Response<proto::GetAdverseActionNoticeResponse>, Status> {
        let call = &CallName::of("GetAdverseActionNotice", &request);
        call.observed(async move {
            use proto::get_adverse_action_notice_response::Result as Shown;
            let by = self.callers.origin(&request)?;
            about(call, &request.get_ref().decision_id);
            let asked = from_wire::get_notice_request(request.into_inner()).map_err(invalid)?;
            let of = asked.decision.clone();
            let found = self.underwriter.notice(&by.identity.tenant, &of).await;
            let (record, notice) = found.map_err(|error| status::failed(&error, of.as_str()))?;
            let result = match notice {
                Ok(notice) => {
                    let today = self.underwriter.today_of(&record);
                    let text = letter(&record, &notice, asked, today).map_err(invalid)?;
                    let sent = self
                        .underwriter
                        .follow_ups_of(&record, FollowUpKind::Notice);
                    let sent = sent
                        .await
                        .map_err(|error| status::failed(&error, of.as_str()))?;
                    Shown::Notice(to_wire::notice(&record, notice, (text, &sent)))
                }
                Err(none) => Shown::None(to_wire::no_notice(none)),
            };
            audited(&self.underwriter, &by, Action::NoticeRead, of.to_string()).await?;
            Ok(proto::GetAdverseActionNoticeResponse {
                result: Some(result),
            })
        })
        .await
    }

    async fn record_notice(
        &self,
        request: Request<proto::RecordNoticeRequest>,
    ) -> Result<Response<proto::RecordNoticeResponse>, Status> {
        let call = &CallName::of("RecordNotice", &request);
        call.observed(async move {
            let by = self.callers.origin(&request)?;
            about(call, &request.get_ref().decision_id);
            let parsed = from_wire::record_notice_request(request.into_inner());
            let asked = parsed.map_err(invalid)?;
            let recorded = self.record(&by, asked).await?;
            Ok(proto::RecordNoticeResponse {
                recorded: to_wire::sent_notice(&recorded),
            })
        })
        .await
    }

    async fn list_notices(
        &self,
        request: Request<proto::ListNoticesRequest>,
    ) -> Result<Response<proto::ListNoticesResponse>, Status> {
        let call = &CallName::of("ListNotices", &request);
        call.observed(async move {
            let by = self.callers.origin(&request)?;
            let asked = request.get_ref();
            let page = (asked.page_size, &*asked.page_token, &*asked.decision_id);
            let (tenant, kind) = (&by.identity.tenant, FollowUpKind::Notice);
            let query = from_wire::list_follow_ups_request(tenant, kind, page).map_err(invalid)?;
            let page = self.page(&by, Action::NoticeList, &query).await?;
            Ok(proto::ListNoticesResponse {
                notices: page.found.iter().filter_map(to_wire::sent_notice).collect(),
                next_page_token: page.next_page_token,
                damaged: page.damaged,
            })
        })
        .await
    }

    async fn list_due_notices(
        &self,
        request: Request<proto::ListDueNoticesRequest>,
    ) -> Result<Response<proto::ListDueNoticesResponse>, Status> {
        let call = &CallName::of("ListDueNotices", &request);
        call.observed(async move {
            let by = self.callers.origin(&request)?;
            let tenant = &by.identity.tenant;
            let query = from_wire::list_due_notices_request(tenant, request.get_ref());
            let query = query.map_err(invalid)?;
            let page = due_notices::page(&self.underwriter, tenant, &query).await?;
            if !page.due.is_empty() {
                let of: Vec<&str> = page.due.iter().map(|one| &*one.decision_id).collect();
                audited(&self.underwriter, &by, Action::NoticeDue, of.join(",")).await?;
            }
            Ok(page)
        })
        .await
    }

    async fn record_loan_performance(
        &self,
        request: Request<proto::RecordLoanPerformanceRequest>,
    ) -> Result<Response<proto::RecordLoanPerformanceResponse>, Status> {
        let call = &CallName::of("RecordLoanPerformance", &request);
        call.observed(async move {
            let by = self.callers.origin(&request)?;
            about(call, &request.get_ref().decision_id);
            let parsed = from_wire::record_loan_performance_request(request.into_inner());
            let asked = parsed.map_err(invalid)?;
            let recorded = self.record(&by, asked).await?;
            Ok(proto::RecordLoanPerformanceResponse {
                recorded: to_wire::loan_performance(&recorded),
            })
        })
        .await
    }

    async fn list_loan_performance(
        &self,
        request: Request<proto::ListLoanPerformanceRequest>,
    ) -> Result<Response<proto::ListLoanPerformanceResponse>, Status> {
        let call = &CallName::of("ListLoanPerformance", &request);
        call.observed(async move {
            let by = self.callers.origin(&request)?;
            let asked = request.get_ref();
            let page = (asked.page_size, &*asked.page_token, &*asked.decision_id);
            let (tenant, kind) = (&by.identity.tenant, FollowUpKind::LoanPerformance);
            let query = from_wire::list_follow_ups_request(tenant, kind, page).map_err(invalid)?;
            let page = self.page(&by, Action::LoanPerformanceList, &query).await?;
            Ok(proto::ListLoanPerformanceResponse {
                entries: page
                    .found
                    .iter()
                    .filter_map(to_wire::loan_performance)
                    .collect(),
                next_page_token: page.next_page_token,
                damaged: page.damaged,
            })
        })
        .await
    }
}
