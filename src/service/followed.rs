//! What follows a decision, in a view of it.

use super::from_wire::View;
use super::to_wire;
use crate::follow_up::FollowUpKind;
use crate::ledger::DecisionRecord;
use crate::proto;
use crate::underwriter::{UnderwriteError, Underwriter};

/// Adds what follows a decision to a view of it.
pub(super) async fn add(
    underwriter: &Underwriter,
    record: &DecisionRecord,
    (view, in_a_list): (View, bool),
    shown: &mut proto::Decision,
) -> Result<(), UnderwriteError> {
    let newest = match view {
        View::Summary => underwriter
            .overridden_to(record)
            .await?
            .map(to_wire::outcome),
        View::Full => {
            let found = underwriter.follow_ups_of(record, FollowUpKind::Override);
            let found = found.await?;
            shown.overrides = found.iter().filter_map(to_wire::override_of).collect();
            shown.overrides.first().map(proto::Override::outcome)
        }
    };
    shown.overridden_to = newest.map_or(0, Into::into);
    if view == View::Full && !in_a_list {
        let found = underwriter.follow_ups_of(record, FollowUpKind::LoanPerformance);
        let found = found.await?;
        let sent = underwriter
            .follow_ups_of(record, FollowUpKind::Notice)
            .await?;
        shown.notices = sent.iter().filter_map(to_wire::sent_notice).collect();
        shown.loan_performance = found.iter().filter_map(to_wire::loan_performance).collect();
    }
    Ok(())
}
