//! Shows that every decision follows from what was known and the rules that were live.
//!
//! [`reproduce`] reads each decision's application, snapshots, rule set and pins back from the ledger,
//! makes the same call of [`crate::engine::decide`] again and compares the bodies byte for byte. It has
//! no way of deciding of its own. What was decided under other semantics than this engine's follows from
//! its recorded features: the rules run over those.

mod again;
mod bundles;
mod difference;
mod drift;
mod finding;
mod json;
pub(super) mod recorded;
mod report;
mod step;
mod task;
#[cfg(test)]
mod tests;

use std::ops::ControlFlow;
use std::sync::Arc;

use rayon::prelude::*;

use self::again::Again;
use self::bundles::Bundles;
use crate::id::TenantId;
use crate::ledger::{Ledger, LedgerError, SealedDecision, Snapshots};
use crate::portfolio::{Pages, Source, drawn};
use crate::replay::StoppedEarly;

pub use difference::ChangedField;
pub use drift::{Drift, DriftExample};
pub use finding::{Finding, FindingClass, Step, StepKind};
pub use report::ReplayReport;
pub use task::Replay;

/// Decides every decision of `tenant` that is meant again and compares.
///
/// `progress` is called with the decisions looked at and their total, while a sample is drawn with none looked
/// at; where it breaks, the report is of those alone, and says so. Uses all processors between its reads, which go
/// on meanwhile: it is for a thread of its own. Decisions recorded after the start are left out. A record that cannot be read is told whatever is meant: nobody can say that it is not.
///
/// # Errors
///
/// A ledger that cannot be read at all.
pub async fn reproduce(
    ledger: &Arc<dyn Ledger>,
    tenant: &TenantId,
    replay: &Replay,
    mut progress: impl FnMut(u64, u64) -> ControlFlow<()>,
) -> Result<ReplayReport, LedgerError> {
    let source = Source { ledger, tenant };
    let end = ledger.head().await?.seq;
    let total = ledger.count(tenant).await?;
    let mut bundles = Bundles::new(source);
    let mut report = ReplayReport {
        drift: replay.drift.then(Default::default),
        ..ReplayReport::default()
    };
    let drawn = drawn(source, &replay.selection, end, || progress(0, total));
    let ControlFlow::Continue(drawn) = drawn.await? else {
        report.stopped_early = Some(StoppedEarly::before_the_first(total));
        return Ok(report);
    };
    let mut pages = Pages::new(source, Snapshots::Along, end);
    let (mut through, mut flow) = (0, ControlFlow::Continue(()));
    while let Some(page) = pages.next().await? {
        if flow.is_break() {
            report.stopped_early = Some(StoppedEarly {
                looked_at: report.total,
                of: total.max(report.total),
                through,
            });
            break;
        }
        through = page.last().map_or(through, SealedDecision::seq);
        let opened: Vec<Again> = page
            .into_par_iter()
            .map(|sealed| Again::open(sealed, drawn.as_ref()))
            .collect();
        for bundle in opened.iter().filter_map(Again::bundle) {
            bundles.open(bundle).await?;
        }
        let compared: Vec<_> = opened
            .into_par_iter()
            .map(|again| again.compared(&bundles, replay))
            .collect();
        for (result, drift) in compared {
            report.add(result, drift);
        }
        flow = progress(report.total, total.max(report.total));
    }
    Ok(report)
}
