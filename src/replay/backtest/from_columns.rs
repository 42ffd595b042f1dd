//! Judging decisions as the columns hold them.

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::sync::{Mutex, PoisonError};

use super::judge::{LiveRuleSets, Part};
use super::setup::Setup;
use crate::features::FeatureId;
use crate::portfolio::columns::{Columns, ColumnsError, Excerpt, UpToDate};
use crate::portfolio::{PastDecision, Selection};

/// What decisions are judged by.
pub(super) struct Judging<'a> {
    pub(super) setup: &'a Setup,
    pub(super) selection: &'a Selection,
    pub(super) live: &'a LiveRuleSets,
    pub(super) wants_lines: bool,
}

/// Readers of columns that were brought up to date, as many as read at once.
pub(super) struct Readers<'a> {
    columns: &'a UpToDate,
    /// To open one costs more than to read a thousand decisions.
    idle: Mutex<Vec<Columns>>,
}

impl<'a> Readers<'a> {
    pub(super) fn new(columns: &'a UpToDate) -> Self {
        Self {
            columns,
            idle: Mutex::default(),
        }
    }

    fn read<T>(
        &self,
        read: impl FnOnce(&Columns) -> Result<T, ColumnsError>,
    ) -> Result<T, ColumnsError> {
        let idle = || self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let columns = idle().pop();
        let columns = columns.map_or_else(|| self.columns.open(), Ok)?;
        let read = read(&columns);
        // What cannot be read of others says nothing.
        self.columns.check(&columns)?;
        let read = read?;
        idle().push(columns);
        Ok(read)
    }
}

impl Judging<'_> {
    /// Judges a stretch of the columns.
    pub(super) fn stretch(
        &self,
        readers: &Readers<'_>,
        stretch: &Excerpt,
    ) -> Result<Part, ColumnsError> {
        // A condition may be about any feature.
        let all = self.selection.holds.is_some();
        let candidates = self.setup.candidates.iter();
        let read = candidates.flat_map(|one| one.named.bundle.program().features_read());
        let read: BTreeSet<FeatureId> = read.chain(self.setup.features.iter().copied()).collect();
        let mut part = Part::new(self.setup);
        let is_wanted = |feature: FeatureId| all || read.contains(&feature);
        readers.read(|columns| {
            columns.load(stretch, is_wanted, |past| {
                self.one(past, &mut part);
                ControlFlow::Continue(())
            })
        })?;
        Ok(part)
    }

    fn one(&self, past: &PastDecision, part: &mut Part) {
        let name = || format!("{} ({})", past.seq, past.id);
        let live = self.live.get(&past.rule_set.bundle);
        let bundle = live.and_then(|live| live.as_ref().ok());
        let taken = self.selection.takes(past, bundle.map(|live| &live.bundle));
        let made = (past.resolves.is_some(), past.semantics);
        let population = &mut part.counts.population;
        if !population.takes(taken, made, name) {
            return;
        }
        match live {
            Some(Ok(live)) => part.judge(self.setup, (past, live), self.wants_lines),
            Some(Err(problem)) => population.damaged(name(), problem.clone()),
            None => {
                let hash = past.rule_set.bundle;
                population.damaged(name(), format!("its bundle {hash} is missing"));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::id::TenantId;
    use crate::ledger::{Ledger, SqliteLedger};
    use crate::portfolio::columns::{Effort, Follower, bring_up_to_date, remove};
    use crate::replay::backtest::{LookedAt, Plan, backtest};
    use crate::rules::Bundle;

    #[tokio::test]
    async fn columns_that_are_built_anew_meanwhile_are_not_read_on() {
        let folder = tempfile::tempdir().unwrap();
        let copy = folder.path().join("ledger.sqlite");
        std::fs::copy("tests/golden/semantics-1/ledger.sqlite", &copy).unwrap();
        let ledger: Arc<dyn Ledger> = Arc::new(SqliteLedger::open_read_only(&copy).unwrap());
        let path = folder.path().join("columns.sqlite");
        let built = |anew| {
            bring_up_to_date(&path, Arc::clone(&ledger), anew, |_| {
                ControlFlow::Continue(())
            })
        };
        for is_deleted in [false, true] {
            built(false).await.unwrap();
            let columns = built(false).await.unwrap().columns.unwrap();
            let readers = Readers::new(&columns);
            assert_eq!(readers.read(|_| Ok(7)), Ok(7));
            if is_deleted {
                remove(&path).unwrap();
            }
            built(true).await.unwrap();
            // By the one that was open all the time, and by one that is opened now.
            for _ in 0..2 {
                let read = readers.read(|_| Ok(7));
                assert!(
                    matches!(read, Err(ColumnsError::Rebuilt { .. })),
                    "{read:?}, deleted: {is_deleted}"
                );
            }
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn columns_that_are_short_once_they_are_opened_give_no_numbers() {
        let folder = tempfile::tempdir().unwrap();
        let copy = folder.path().join("ledger.sqlite");
        std::fs::copy("tests/golden/semantics-1/ledger.sqlite", &copy).unwrap();
        let ledger: Arc<dyn Ledger> = Arc::new(SqliteLedger::open_read_only(&copy).unwrap());
        let path = folder.path().join("columns.sqlite");
        let go_on = |_| ControlFlow::Continue(());
        let reach = bring_up_to_date(&path, Arc::clone(&ledger), false, go_on);
        let columns = reach.await.unwrap().columns;
        let mut other = Follower::open(&path, Arc::clone(&ledger)).await.unwrap();
        other.start_anew().await.unwrap();
        other.step(3, Effort::OneProcessor).await.unwrap();
        let shipped = include_bytes!("../../../rules/personal-loan.toml");
        let candidate = Bundle::publish(shipped).unwrap();
        let plan = Plan {
            candidates: vec![(candidate, "candidate".to_owned())],
            selection: Selection::default(),
            loans: None,
            segments: None,
            columns,
            looked_at: LookedAt::Read,
            flips_listed: 0,
        };
        let go_on = |_, _| ControlFlow::Continue(());
        let tenant = TenantId::default_tenant();
        let found = backtest::<ColumnsError>(&ledger, &tenant, plan, go_on, None);
        let refused = found.await.unwrap_err();
        assert!(matches!(refused, ColumnsError::Rebuilt { .. }), "{refused}");
        assert!(refused.to_string().ends_with("run it again"), "{refused}");
    }
}
