//! The answers of `underwrite.v1.FollowUpService`.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use tonic::{Request, Response, Status};

use super::call_log::CallName;
use super::callers::Callers;
use super::from_wire::{FollowUpQuery, NoticeRequest};
use super::page_token::Listing;
use super::{due_notices, from_wire, status, to_wire};
use crate::access::audit::{Action, Origin};
use crate::adverse_action::{Letter, Notice, NoticeKind};
use crate::application::ApplicationError;
use crate::follow_up::FollowUpKind;
use crate::id::{DecisionId, TenantId};
use crate::ledger::{DecisionRecord, FollowUpRecord, LedgerError};
use crate::proto;
use crate::proto::follow_up_service_server::FollowUpService;
use crate::underwriter::{UnderwriteError, Underwriter};

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
            self.audited(by, action, of.join(",")).await?;
        }
        Ok((found, next))
    }

    /// Has it in the audit log that `by` is shown what is personal, before that is shown.
    async fn audited(&self, by: &Origin, action: Action, object: String) -> Result<(), Status> {
        match self.underwriter.audit(by, action, object).await {
            // Only a command that reads the file itself has a ledger that takes nothing; whoever may do
            // that needs no leave of this program.
            Ok(()) | Err(UnderwriteError::Ledger(LedgerError::ReadOnly)) => Ok(()),
            Err(error) => Err(status::failed(&error, "")),
        }
    }
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
    let reply_by = match (notice.kind, asked.reply_by) {
        (NoticeKind::AdverseAction, _) => today,
        (_, Some(day)) if day > today => day,
        (NoticeKind::Counteroffer | NoticeKind::Incompleteness, given) => {
            let problem = match given {
                Some(_) => "is over: give the applicant time to answer",
                None => "is required: until when the applicant may answer",
            };
            return Err(vec![ApplicationError {
                field: "reply_by_date".to_owned(),
                problem: problem.to_owned(),
            }]);
        }
    };
    Ok(notice.text(&Letter {
        creditor: &creditor,
        application: &record.application,
        decided_on: record.body.pins.as_of.date(),
        date: today,
        reply_by,
    }))
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
            let of = asked.decision.clone();
            let recorded = self.underwriter.record_override(&by, asked).await;
            let recorded = recorded.map_err(|error| status::failed(&error, of.as_str()))?;
            tracing::info!(by = %by.identity, decision = %of, "an override is recorded");
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
            let (found, next_page_token) = self.page(&by, Action::OverrideList, &query).await?;
            Ok(proto::ListOverridesResponse {
                overrides: found.iter().filter_map(to_wire::override_of).collect(),
                next_page_token,
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
            self.audited(&by, Action::NoticeRead, of.to_string())
                .await?;
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
            let of = asked.decision.clone();
            let recorded = self.underwriter.record_notice(&by, asked).await;
            let recorded = recorded.map_err(|error| status::failed(&error, of.as_str()))?;
            tracing::info!(by = %by.identity, decision = %of, "a notice is recorded as sent");
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
            let (found, next_page_token) = self.page(&by, Action::NoticeList, &query).await?;
            Ok(proto::ListNoticesResponse {
                notices: found.iter().filter_map(to_wire::sent_notice).collect(),
                next_page_token,
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
                self.audited(&by, Action::NoticeDue, of.join(",")).await?;
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
            let of = asked.decision.clone();
            let recorded = self.underwriter.record_loan_performance(&by, asked).await;
            let recorded = recorded.map_err(|error| status::failed(&error, of.as_str()))?;
            tracing::info!(by = %by.identity, decision = %of, "loan performance is recorded");
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
            let (found, next_page_token) =
                self.page(&by, Action::LoanPerformanceList, &query).await?;
            Ok(proto::ListLoanPerformanceResponse {
                entries: found.iter().filter_map(to_wire::loan_performance).collect(),
                next_page_token,
            })
        })
        .await
    }
}
