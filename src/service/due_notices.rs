//! A page of what is due to applicants.

use tonic::Status;

use super::decision_service::not_shown;
use super::from_wire::DueQuery;
use super::pace::Pace;
use super::page_token::Listing;
use super::{status, to_wire};
use crate::id::TenantId;
use crate::ledger::{DamagedRecord, Page};
use crate::proto;
use crate::underwriter::Underwriter;

/// What is due of so many decisions, in the order in which they were recorded.
pub(super) async fn page(
    underwriter: &Underwriter,
    tenant: &TenantId,
    query: &DueQuery,
) -> Result<proto::ListDueNoticesResponse, Status> {
    let since = query.since.unwrap_or_else(|| underwriter.due_window());
    let mut shown = proto::ListDueNoticesResponse {
        since_date: Some(to_wire::date(since)),
        ..Default::default()
    };
    let (mut examined, mut after) = (0_usize, query.after);
    loop {
        // What reads keeps to the pace; what would settle a referral waits for a turn of its own.
        let mut pace = Pace::new(&underwriter.gates().decide);
        let wanted = query.page_size.saturating_sub(examined);
        let found = underwriter.list_since(tenant, since, after, wanted.min(pace.chunk()));
        let found = found.await.map_err(|error| status::failed(&error, ""))?;
        pace.keep().await;
        after = found.next;
        examined = examine(underwriter, query, (found, examined), &mut shown).await?;
        if after.is_none() || examined >= query.page_size {
            break;
        }
    }
    let next = after.map(|cursor| Listing::due(tenant, query.by, query.since).token(cursor.0));
    shown.next_page_token = next.unwrap_or_default();
    shown.examined = u32::try_from(examined).unwrap_or(u32::MAX);
    Ok(shown)
}

/// Adds what is due of some decisions, before which so many were looked at. Gives how many were then.
async fn examine(
    underwriter: &Underwriter,
    query: &DueQuery,
    (found, before): (Page, usize),
    shown: &mut proto::ListDueNoticesResponse,
) -> Result<usize, Status> {
    for (place, record) in found.places().zip(&found.decisions) {
        match underwriter.owed(record, query.by).await {
            Ok(None) => {}
            Ok(Some(owed)) => {
                let today = underwriter.today_of(record);
                shown.due.push(to_wire::due_notice(record, owed, today));
            }
            Err(error) => {
                let failed = status::failed(&error, record.id.as_str());
                let place = before.saturating_add(place);
                shown.damaged.push(not_shown(place, record, failed)?);
            }
        }
    }
    let taken = found.decisions.len().saturating_add(found.damaged.len());
    let damaged = found.damaged.into_iter().map(|damaged| {
        to_wire::damaged(&DamagedRecord {
            place: before.saturating_add(damaged.place),
            ..damaged
        })
    });
    shown.damaged.extend(damaged);
    Ok(before.saturating_add(taken))
}
