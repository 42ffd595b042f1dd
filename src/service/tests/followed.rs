//! How often the ledger is asked for what follows decisions.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use tonic::Request;

use super::fake;
use crate::id::TenantId;
use crate::proto::ListDecisionsRequest;
use crate::proto::decision_service_server::DecisionService;
use crate::service::DecisionApi;
use crate::service::decision_service::{Among, show};
use crate::service::from_wire::View;

#[tokio::test]
async fn the_answer_of_a_new_decision_reads_nothing_of_what_follows_it() {
    for (view, of_a_repeat) in [(View::Summary, 1), (View::Full, 3)] {
        let (underwriter, reads) = fake::counted(1);
        let record = fake::record(0);
        let snapshots = Some(vec![Arc::new(fake::snapshot())]);
        let new = show(&underwriter, &record, snapshots, view, Among::None).await;
        new.unwrap();
        assert_eq!(reads.load(Ordering::SeqCst), 0);
        let again = show(&underwriter, &record, None, view, Among::None).await;
        again.unwrap();
        assert_eq!(reads.load(Ordering::SeqCst), of_a_repeat);
    }
}

#[tokio::test]
async fn a_list_reads_the_newest_overrides_of_its_decisions_at_once() {
    let (underwriter, reads) = fake::counted(5);
    let api = DecisionApi::local(underwriter, TenantId::default_tenant());
    for (overridden, listed) in [(None, 5), (Some(false), 5), (Some(true), 0)] {
        reads.store(0, Ordering::SeqCst);
        let request = ListDecisionsRequest {
            overridden,
            ..ListDecisionsRequest::default()
        };
        let page = api.list_decisions(Request::new(request)).await.unwrap();
        assert_eq!(page.into_inner().decisions.len(), listed);
        assert_eq!(reads.load(Ordering::SeqCst), 1, "{overridden:?}");
    }
}
