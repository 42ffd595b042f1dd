//! Which decisions of a list are meant, by what stands in no index.

use crate::ledger::{DecisionRecord, NewestOverrides};
use crate::rules::{ReasonCode, ReasonSource};
use crate::underwriter::{UnderwriteError, Underwriter};

/// Which decisions of a list are meant, by what stands in no index; every field narrows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Narrowing {
    /// With this reason.
    pub reason: Option<ReasonCode>,
    /// Where the rule of this id fired.
    pub rule: Option<String>,
    /// By this version of the rule set.
    pub version: Option<String>,
    /// Whether a person decided otherwise.
    pub overridden: Option<bool>,
}

impl Narrowing {
    /// Whether it leaves a decision in the list, among others of which these are the newest overrides.
    pub(super) async fn leaves(
        &self,
        underwriter: &Underwriter,
        record: &DecisionRecord,
        newest: &NewestOverrides,
    ) -> Result<bool, UnderwriteError> {
        let pinned = &record.body.pins.rule_set;
        if self
            .version
            .as_ref()
            .is_some_and(|version| *version != pinned.version)
        {
            return Ok(false);
        }
        if (self.reason.is_some() || self.rule.is_some()) && !self.gave(underwriter, record).await?
        {
            return Ok(false);
        }
        match self.overridden {
            None => Ok(true),
            Some(wanted) => {
                let newest = newest.get(&record.id).cloned().transpose()?;
                Ok(newest.is_some() == wanted)
            }
        }
    }

    /// Whether the reason was given, and the rule fired.
    async fn gave(
        &self,
        underwriter: &Underwriter,
        record: &DecisionRecord,
    ) -> Result<bool, UnderwriteError> {
        let bundle = underwriter.bundle_of(record).await?;
        let rule_set = bundle.rule_set();
        let given = &record.body.evaluation.reasons;
        let gave = self.reason.as_ref().is_none_or(|code| {
            let mut codes = given.iter().map(|one| rule_set.reason_code(one.reason));
            codes.any(|own| own == Some(code))
        });
        let fired = self.rule.as_ref().is_none_or(|id| {
            given.iter().any(|one| match one.source {
                ReasonSource::Rule(rule) => rule_set.rule_id(rule) == Some(id),
                ReasonSource::Characteristic(_)
                | ReasonSource::Offer
                | ReasonSource::Approve
                | ReasonSource::Retry(_)
                | ReasonSource::Missing
                | ReasonSource::BankData => false,
            })
        });
        Ok(gave && fired)
    }
}
