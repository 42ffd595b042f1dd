//! The place of a run that has not begun.

use tokio::sync::watch;
use tokio_util::sync::{CancellationToken, DropGuard};

use super::{Run, Runs, Work};
use crate::id::{ReplayId, TenantId};

/// The place of a run: it counts among those that are under way, and is free again where this is dropped
/// before it begins.
pub struct Place {
    held: Held,
    tenant: TenantId,
    told: watch::Sender<Run>,
    cancel: CancellationToken,
}

/// A row of the table, which goes with this unless the run began.
struct Held {
    runs: Runs,
    id: ReplayId,
    has_begun: bool,
}

impl Drop for Held {
    fn drop(&mut self) {
        if !self.has_begun {
            self.runs.0.table().give_up(&self.id);
        }
    }
}

impl Place {
    pub(super) fn new(
        runs: Runs,
        (tenant, id): (TenantId, ReplayId),
        told: watch::Sender<Run>,
        cancel: CancellationToken,
    ) -> Self {
        let held = Held {
            runs,
            id,
            has_begun: false,
        };
        Self {
            held,
            tenant,
            told,
            cancel,
        }
    }

    /// The id of the run.
    pub fn id(&self) -> &ReplayId {
        &self.held.id
    }

    /// Ends the run, once it began, when what is returned is dropped, unless it is over by then.
    pub fn cancel_when_dropped(&self) -> DropGuard {
        self.cancel.clone().drop_guard()
    }

    /// Begins the run, and tells how it stands from then on.
    pub fn begin(mut self, work: Work) -> watch::Receiver<Run> {
        let seen = self.told.subscribe();
        self.held.has_begun = true;
        let runs = self.held.runs.clone();
        runs.begin(self.tenant, self.told, self.cancel, work);
        seen
    }
}
