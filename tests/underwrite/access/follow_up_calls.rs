//! A good call of each method about what follows a decision.

use tonic::Status;
use underwrite::proto;
use underwrite::proto::follow_up_service_client::FollowUpServiceClient;

use super::audited::{Calls, shown};
use crate::follow_ups::{declined, funded};
use crate::notices::sent;

pub(super) async fn call(
    calls: &Calls,
    method: &str,
    id: &str,
    decision: &proto::Decision,
) -> Result<String, Status> {
    let mut client = FollowUpServiceClient::new(calls.channel.clone());
    match method {
        "RecordOverride" => {
            let request = calls.request(id, declined(id, &decision.id));
            client.record_override(request).await.map(shown)
        }
        "ListOverrides" => {
            let request = calls.request(id, proto::ListOverridesRequest::default());
            client.list_overrides(request).await.map(shown)
        }
        "GetAdverseActionNotice" => {
            let request = proto::GetAdverseActionNoticeRequest {
                decision_id: decision.id.clone(),
                ..Default::default()
            };
            let request = calls.request(id, request);
            client.get_adverse_action_notice(request).await.map(shown)
        }
        "RecordNotice" => {
            let request = calls.request(id, sent(id, &decision.id));
            client.record_notice(request).await.map(shown)
        }
        "ListNotices" => {
            let request = calls.request(id, proto::ListNoticesRequest::default());
            client.list_notices(request).await.map(shown)
        }
        "ListDueNotices" => {
            let request = calls.request(id, proto::ListDueNoticesRequest::default());
            client.list_due_notices(request).await.map(shown)
        }
        "RecordLoanPerformance" => {
            let request = calls.request(id, funded(id, decision));
            client.record_loan_performance(request).await.map(shown)
        }
        "ListLoanPerformance" => {
            let request = calls.request(id, proto::ListLoanPerformanceRequest::default());
            client.list_loan_performance(request).await.map(shown)
        }
        other => panic!("nobody calls `{other}`"),
    }
}
