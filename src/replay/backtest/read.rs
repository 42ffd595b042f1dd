//! Records as a backtest reads them.

use chrono::{DateTime, Utc};

use crate::decision::{RuleSetPin, SEMANTICS};
use crate::ledger::SealedDecision;
use crate::portfolio::{PastDecision, Selection};

/// A record that was proven.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) recorded_at: DateTime<Utc>,
    pub(super) rule_set: RuleSetPin,
    pub(super) semantics: u32,
    /// Whether it settles a referral.
    pub(super) resolves: bool,
    /// What rules read of it; nothing of older semantics whose features are none of this engine's.
    pub(super) past: Option<PastDecision>,
}

impl Found {
    /// Whether it may be one of those that are meant, as far as can be said of one whose features cannot be
    /// read.
    pub(super) fn may_be_of(&self, selection: &Selection) -> bool {
        let (at, rule_set) = (self.recorded_at, &self.rule_set);
        let name = selection.rule_set.as_ref();
        let version = selection.version.as_ref();
        selection.from.is_none_or(|from| at >= from)
            && selection.until.is_none_or(|until| at < until)
            && name.is_none_or(|name| name.as_str() == rule_set.name)
            && version.is_none_or(|version| *version == rule_set.version)
    }
}

/// Proves a record and takes what rules read of it, with its name for reports.
pub(super) fn read(sealed: SealedDecision) -> (String, Result<Found, String>) {
    let name = sealed.name();
    let found = sealed.read_in_brief().and_then(|record| {
        let (at, pins) = (record.envelope.recorded_at, &record.body.pins);
        let (rule_set, semantics) = (pins.rule_set.clone(), pins.semantics);
        let resolves = record.application.resolution().is_some();
        let past = PastDecision::of(record);
        if past.is_none() && semantics == SEMANTICS {
            return Err("its features are not those of this engine".to_owned());
        }
        Ok(Found {
            recorded_at: at,
            rule_set,
            semantics,
            resolves,
            past,
        })
    });
    (name, found)
}
