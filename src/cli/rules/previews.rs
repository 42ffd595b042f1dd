//! Previews: what a rule set that is being written changes on recorded decisions.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use chrono::{DateTime, Days, NaiveTime, Utc};
use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;

use crate::cli::args::Recorded;
use crate::cli::backtest::numbers::sparkline;
use crate::cli::{CliError, assembly, interrupt};
use crate::editor::{self, Distribution};
use crate::id::{RuleSetName, TenantId};
use crate::ledger::{Filter, Ledger, LedgerError, ListOrder};
use crate::limits;
use crate::portfolio::{Selection, columns};
use crate::replay::backtest::{Backtest, Drift, LookedAt, Plan, backtest};
use crate::rules::Bundle;

/// How a candidate is called that is being written.
const THIS_EDIT: &str = "this edit";

/// So many of the newest decisions are looked at for when it was: one of them will not be damaged.
const NEWEST: usize = 8;

/// The decisions that rule sets are compared with.
#[derive(Clone)]
pub(super) struct Decisions {
    ledger: Arc<dyn Ledger>,
    pub(super) tenant: TenantId,
    columns: PathBuf,
    selection: Selection,
}

impl Decisions {
    /// Those of a ledger that a selection takes.
    pub(super) fn open(
        place: &Recorded,
        environment: &BTreeMap<String, String>,
        selection: Selection,
    ) -> Result<Self, CliError> {
        let config = place.settings().load(environment)?;
        let house = assembly::open_records(&config)?;
        Ok(Self {
            ledger: house.ledger,
            tenant: place.tenant.clone().unwrap_or(house.tenant),
            columns: config.columns_path(),
            selection,
        })
    }

    /// Compares a rule set with what was live under its name; `None` where that was stopped.
    ///
    /// It decides on the thread that it runs on, one of those that may block.
    pub(super) fn compare(
        &self,
        bundle: Bundle,
        looked_at: LookedAt,
        stop: &CancellationToken,
    ) -> Result<Option<Backtest>, CliError> {
        let compared = Handle::current().block_on(async {
            let selection = self.selection_for(bundle.name()).await?;
            let ledger = Arc::clone(&self.ledger);
            let go_on = |_| interrupt::flow(stop);
            let reach = columns::bring_up_to_date(&self.columns, ledger, false, go_on).await?;
            if stop.is_cancelled() {
                return Ok(None);
            }
            let plan = Plan {
                candidates: vec![(bundle, THIS_EDIT.to_owned())],
                selection,
                loans: None,
                segments: None,
                columns: reach.in_place_of_ledger(),
                looked_at,
                flips_listed: 0,
            };
            let progress = |_, _| interrupt::flow(stop);
            let found = backtest::<CliError>(&self.ledger, &self.tenant, plan, progress, None);
            found.await.map(Some)
        })?;
        Ok(compared.filter(|found| found.population.stopped_early.is_none()))
    }

    /// The selection, of a rule set: where it says nothing of time and names no decisions, the last days that
    /// hold some.
    async fn selection_for(&self, name: &RuleSetName) -> Result<Selection, LedgerError> {
        let mut selection = self.selection.clone();
        let rule_set = selection.rule_set.get_or_insert_with(|| name.clone());
        let is_narrow = !selection.ids.is_empty();
        if selection.from.is_none() && selection.until.is_none() && !is_narrow {
            let filter = Filter {
                rule_set: Some(rule_set.clone()),
                ..Filter::default()
            };
            let order = ListOrder::NewestFirst;
            let page = self.ledger.list(&self.tenant, &filter, order, None, NEWEST);
            let page = page.await?;
            let newest = page.decisions.first();
            selection.from = newest.and_then(|newest| begin(newest.envelope.recorded_at));
        }
        Ok(selection)
    }

    /// The name under which those were made that a rule set is compared with.
    pub(super) fn made_under<'a>(&'a self, bundle: &'a Bundle) -> &'a RuleSetName {
        let asked = self.selection.rule_set.as_ref();
        asked.unwrap_or_else(|| bundle.name())
    }

    /// All tenants that the ledger has records of.
    pub(super) async fn tenants(&self) -> Result<Vec<TenantId>, LedgerError> {
        self.ledger.tenants().await
    }
}

/// When the days begin that a preview is of: a whole day, so that `--from` can say the same.
fn begin(newest: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let before = Days::new(limits::PREVIEW_DAYS.saturating_sub(1));
    let day = newest.date_naive().checked_sub_days(before)?;
    Some(day.and_time(NaiveTime::MIN).and_utc())
}

/// Of which decisions something is told: `in 1203 decisions from 2026-09-01 to 2026-09-30`.
pub(super) fn of_decisions(found: &Backtest) -> String {
    let population = &found.population;
    let days = population.days();
    let days = days.map_or_else(String::new, |days| format!(" {days}"));
    format!("in {} decisions{days}", population.compared)
}

/// What features were in the decisions of a backtest that looked at all.
pub(super) fn recorded_features(found: &Backtest) -> editor::Recorded {
    let features = found.drift.iter();
    let features = features.map(|drift| (drift.feature.clone(), distribution(drift)));
    editor::Recorded {
        of: of_decisions(found),
        features: features.collect(),
    }
}

fn distribution(drift: &Drift) -> Distribution {
    let words = drift.words.iter();
    let words: Vec<_> = words.map(|one| (one.word.clone(), one.count)).collect();
    let spread = &drift.spread;
    let (quantiles, picture) = match words.is_empty() {
        true => (spread.quantiles.clone(), sparkline(&spread.parts)),
        false => (Vec::new(), String::new()),
    };
    Distribution {
        known: spread.count,
        missing: spread.missing,
        quantiles,
        picture,
        words,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_preview_is_of_so_many_days_up_to_the_newest_decision() {
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        let from = begin(at("2026-09-30T23:59:59Z")).unwrap();
        assert_eq!(from, at("2026-09-01T00:00:00Z"));
        let days = at("2026-10-01T00:00:00Z") - from;
        assert_eq!(u64::try_from(days.num_days()), Ok(limits::PREVIEW_DAYS));
    }
}
