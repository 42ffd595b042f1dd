//! Reads past decisions from the columns, of their features only those that are wanted.

use std::collections::BTreeSet;
use std::num::NonZeroU32;
use std::ops::ControlFlow;
use std::path::Path;

use chrono::{DateTime, Utc};

use super::error::ColumnsError;
use super::packed::{Unpacker, Wanted};
use super::sqlite::{Found, Reader, Selected};
use crate::features::FeatureId;
use crate::id::{RuleSetName, TenantId};
use crate::portfolio::PastDecision;
use crate::rules::BundleHash;

/// The decisions to load: every field but the tenant narrows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stretch {
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

impl Stretch {
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
        let seconds = |at: DateTime<Utc>| at.timestamp();
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

    /// The rule sets that made the decisions.
    ///
    /// # Errors
    ///
    /// A file that cannot be read.
    pub fn bundles(&self) -> Result<BTreeSet<BundleHash>, ColumnsError> {
        let pins = self.0.rule_sets()?;
        Ok(pins.into_values().map(|pin| pin.bundle).collect())
    }

    /// The stretch in so many parts, one for each thread, of about as many decisions each: together, and in
    /// their order, they are the whole of what is there now.
    ///
    /// # Errors
    ///
    /// A file that cannot be read.
    pub fn parts(
        &self,
        selection: &Stretch,
        parts: NonZeroU32,
    ) -> Result<Vec<Stretch>, ColumnsError> {
        let (first, last) = self.0.ends()?;
        let start = selection.after.max(first.saturating_sub(1));
        let end = selection.through.map_or(last, |through| through.min(last));
        let length = end.saturating_sub(start).div_ceil(parts.get().into());
        let mut after = start;
        let parts = (0..parts.get()).map(|_| {
            let through = after.saturating_add(length).min(end.max(after));
            let part = Stretch {
                after,
                through: Some(through),
                ..selection.clone()
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
        selection: &Stretch,
        is_wanted: impl Fn(FeatureId) -> bool,
        mut each: impl FnMut(&PastDecision) -> ControlFlow<()>,
    ) -> Result<(), ColumnsError> {
        let mut unpacker = Unpacker::new(Wanted::new(is_wanted));
        let mut rule_sets = self.0.rule_sets()?;
        let name = selection.rule_set.as_ref().map(RuleSetName::as_str);
        let mut failed = None;
        self.0
            .packed(selection.selected(), |seq, number, content| {
                if !rule_sets.contains_key(&number) {
                    // One that decided since.
                    match self.0.rule_sets() {
                        Ok(read) => rule_sets = read,
                        Err(error) => {
                            failed = Some(error);
                            return ControlFlow::Break(());
                        }
                    }
                }
                let Some(rule_set) = rule_sets.get(&number) else {
                    failed = Some(self.0.damaged(seq));
                    return ControlFlow::Break(());
                };
                if name.is_some_and(|name| name != rule_set.name) {
                    return ControlFlow::Continue(());
                }
                match unpacker.unpack(seq, content, rule_set) {
                    Some(past) => each(past),
                    None => {
                        failed = Some(self.0.damaged(seq));
                        ControlFlow::Break(())
                    }
                }
            })?;
        failed.map_or(Ok(()), Err)
    }
}
