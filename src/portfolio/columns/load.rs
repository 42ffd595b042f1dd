//! Reads past decisions from the columns, of their features only those that are wanted.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU32;
use std::ops::ControlFlow;
use std::path::Path;

use chrono::{DateTime, Utc};

use super::build::Build;
use super::error::ColumnsError;
use super::packed::{Unpacker, Wanted};
use super::sqlite::{Followed, Found, Reader, Selected};
use crate::decision::RuleSetPin;
use crate::features::FeatureId;
use crate::id::{RuleSetName, TenantId};
use crate::portfolio::PastDecision;
use crate::rules::BundleHash;

/// Which decisions to load: every field but the tenant narrows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excerpt {
    /// Whose they are.
    pub tenant: TenantId,
    /// By this rule set.
    pub rule_set: Option<RuleSetName>,
    /// After this position in the chain.
    pub after: u64,
    /// Up to this position in the chain.
    pub through: Option<u64>,
    /// Recorded at or after.
    pub from: Option<DateTime<Utc>>,
    /// Recorded before.
    pub until: Option<DateTime<Utc>>,
}

impl Excerpt {
    /// All decisions of a tenant.
    pub fn of(tenant: TenantId) -> Self {
        Self {
            tenant,
            rule_set: None,
            after: 0,
            through: None,
            from: None,
            until: None,
        }
    }

    fn selected(&self) -> Selected<'_> {
        let row = |seq: u64| i64::try_from(seq).unwrap_or(i64::MAX);
        // Decisions are recorded at whole seconds: those from the middle of one on are those from the next.
        let seconds = |at: DateTime<Utc>| {
            let begun = i64::from(at.timestamp_subsec_nanos() > 0);
            at.timestamp().saturating_add(begun)
        };
        Selected {
            tenant: self.tenant.as_str(),
            positions: (row(self.after), self.through.map_or(i64::MAX, row)),
            times: (
                self.from.map_or(i64::MIN, seconds),
                self.until.map_or(i64::MAX, seconds),
            ),
        }
    }
}

/// Columns to be read. Each thread has its own.
#[derive(Debug)]
pub struct Columns(Reader);

impl Columns {
    /// Opens the columns in the file `path`; `None` where there are none of this form:
    /// [`super::bring_up_to_date`] makes them.
    ///
    /// # Errors
    ///
    /// A file that cannot be read.
    pub fn open(path: &Path) -> Result<Option<Self>, ColumnsError> {
        Ok(match Reader::open(path)? {
            Found::Columns(reader) => Some(Self(reader)),
            Found::Nothing | Found::OtherForm | Found::Broken => None,
        })
    }

    /// Which building of the columns this is.
    pub(super) fn build(&self) -> Result<Build, ColumnsError> {
        self.0.build()
    }

    /// How far each tenant was followed.
    pub(super) fn followed(&self) -> Result<Vec<Followed>, ColumnsError> {
        self.0.followed()
    }

    /// The rule sets that made the decisions.
    ///
    /// # Errors
    ///
    /// A file that cannot be read.
    pub fn bundles(&self) -> Result<BTreeSet<BundleHash>, ColumnsError> {
        let pins = self.0.rule_sets()?;
        Ok(pins.into_values().map(|pin| pin.bundle).collect())
    }

    /// How many decisions of a tenant there are up to a position in the chain.
    ///
    /// # Errors
    ///
    /// A file that cannot be read.
    pub fn decisions_through(&self, tenant: &TenantId, seq: u64) -> Result<u64, ColumnsError> {
        self.0.decisions_through(tenant.as_str(), seq)
    }

    /// The excerpt in so many parts, one for each thread, of as many positions each: together, and in
    /// their order, they are the whole of what is there now.
    ///
    /// # Errors
    ///
    /// A file that cannot be read.
    pub fn parts(
        &self,
        excerpt: &Excerpt,
        parts: NonZeroU32,
    ) -> Result<Vec<Excerpt>, ColumnsError> {
        let (first, last) = self.0.ends()?;
        let start = excerpt.after.max(first.saturating_sub(1));
        let end = excerpt.through.map_or(last, |through| through.min(last));
        let length = end.saturating_sub(start).div_ceil(parts.get().into());
        let mut after = start;
        let parts = (0..parts.get()).map(|_| {
            let through = after.saturating_add(length).min(end.max(after));
            let part = Excerpt {
                after,
                through: Some(through),
                ..excerpt.clone()
            };
            after = through;
            part
        });
        Ok(parts.collect())
    }

    /// Loads decisions in the order of the chain, for as long as `each` wants more. Of features those are
    /// loaded for which `is_wanted` holds; all others are [`crate::features::Missing::NotProvided`], so
    /// that only rule sets that read none of them may decide ([`crate::rules::Program::features_read`]).
    ///
    /// Each decision takes the place of the one before.
    ///
    /// # Errors
    ///
    /// A file that cannot be read, or holds what was not written.
    pub fn load(
        &self,
        excerpt: &Excerpt,
        is_wanted: impl Fn(FeatureId) -> bool,
        mut each: impl FnMut(&PastDecision) -> ControlFlow<()>,
    ) -> Result<(), ColumnsError> {
        let mut unpacker = Unpacker::new(Wanted::new(is_wanted));
        let mut rule_sets = self.0.rule_sets()?;
        let name = excerpt.rule_set.as_ref().map(RuleSetName::as_str);
        // The rule set of the decision before, by its number, and whether it is asked for.
        let mut last: Option<(i64, RuleSetPin, bool)> = None;
        let mut read = |seq: u64, number: i64, content: &[u8]| {
            let same = last.take().filter(|(last, ..)| *last == number);
            let current = match same {
                Some(same) => same,
                None => {
                    let rule_set = self.rule_set(&mut rule_sets, number)?;
                    let rule_set = rule_set.ok_or_else(|| self.0.damaged(seq))?;
                    let is_asked_for = name.is_none_or(|name| name == rule_set.name);
                    (number, rule_set, is_asked_for)
                }
            };
            let (_, rule_set, is_asked_for) = last.insert(current);
            if !*is_asked_for {
                return Ok(ControlFlow::Continue(()));
            }
            let past = unpacker.unpack(seq, content, rule_set);
            let past = past.ok_or_else(|| self.0.damaged(seq))?;
            Ok(each(past))
        };
        let mut failed = None;
        self.0.packed(excerpt.selected(), |seq, number, content| {
            read(seq, number, content).unwrap_or_else(|error| {
                failed = Some(error);
                ControlFlow::Break(())
            })
        })?;
        failed.map_or(Ok(()), Err)
    }

    /// A rule set by its number; `None` where there is none.
    fn rule_set(
        &self,
        rule_sets: &mut BTreeMap<i64, RuleSetPin>,
        number: i64,
    ) -> Result<Option<RuleSetPin>, ColumnsError> {
        if !rule_sets.contains_key(&number) {
            // One that decided since.
            *rule_sets = self.0.rule_sets()?;
        }
        Ok(rule_sets.get(&number).cloned())
    }
}
