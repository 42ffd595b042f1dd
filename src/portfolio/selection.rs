//! Which past decisions are meant.

mod names;
mod sample;
#[cfg(test)]
mod tests;
mod words;

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use super::PastDecision;
use super::past_decision::RecordedForecasts;
use crate::application::Requested;
use crate::id::{DecisionId, RuleSetName};
use crate::rules::{Bundle, Defect, Outcome, Query, ReasonCode, ReasonSource, Verdict};

pub use names::DECISION_NAMES;
pub use sample::{Sample, Sampler};

/// Which past decisions are meant: every field narrows. The one way in which commands that look at past
/// decisions say it.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    /// Recorded at or after.
    pub from: Option<DateTime<Utc>>,
    /// Recorded before.
    pub until: Option<DateTime<Utc>>,
    /// Decided under this name.
    pub rule_set: Option<RuleSetName>,
    /// Decided by this version.
    pub version: Option<String>,
    /// For this product of the lender's.
    pub product: Option<String>,
    /// With this outcome.
    pub outcome: Option<Outcome>,
    /// With this reason, whether or not it made the outcome.
    pub reason: Option<ReasonCode>,
    /// Where the rule of this id fired, whether or not it made the outcome.
    pub rule: Option<String>,
    /// One of these; any where there are none.
    pub ids: BTreeSet<DecisionId>,
    /// Whether decisions on test data are meant.
    pub test_data: TestData,
    /// Of which this holds: a condition over features and [`DECISION_NAMES`].
    pub holds: Option<Query>,
    /// So many of those, drawn at random by a [`Sampler`]; all of them where there is none.
    pub sample: Option<Sample>,
}

/// Whether decisions on test data are meant.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum TestData {
    /// They are, beside the others.
    #[default]
    With,
    /// They are not.
    Without,
    /// They alone.
    Only,
}

impl Selection {
    /// Whether it takes every decision.
    pub fn is_everything(&self) -> bool {
        let Self {
            from: None,
            until: None,
            rule_set: None,
            version: None,
            product: None,
            outcome: None,
            reason: None,
            rule: None,
            ids,
            test_data: TestData::With,
            holds: None,
            sample: None,
        } = self
        else {
            return false;
        };
        ids.is_empty()
    }

    /// Whether a decision is meant, before a sample is drawn; `live` is the rule set that decided, where
    /// there still is one. Unknown where the condition is, or where it takes a rule set to say and there
    /// is none: such a decision is not taken, and whoever counts says so.
    ///
    /// # Errors
    ///
    /// A defect of the engine.
    pub fn takes(&self, past: &PastDecision, live: Option<&Bundle>) -> Result<Verdict, Defect> {
        if !self.is_of(past) {
            return Ok(Verdict::False);
        }
        let named = match (live, &self.reason, &self.rule) {
            (_, None, None) => Verdict::True,
            (None, _, _) => Verdict::Unknown,
            (Some(live), reason, rule) => {
                let gave = reason.as_ref().is_none_or(|code| gave(past, live, code));
                let fired = rule.as_ref().is_none_or(|id| fired(past, live, id));
                Verdict::from(Ok(gave && fired))
            }
        };
        match (&self.holds, named) {
            (None, _) | (_, Verdict::False) => Ok(named),
            (Some(query), _) => Ok(named.min(holds(query, past)?)),
        }
    }

    /// What the record says by itself.
    fn is_of(&self, past: &PastDecision) -> bool {
        let at = past.recorded_at;
        self.from.is_none_or(|from| at >= from)
            && self.until.is_none_or(|until| at < until)
            && is(
                self.rule_set.as_ref().map(RuleSetName::as_str),
                past.rule_set.name.as_str(),
            )
            && is(self.version.as_ref(), &past.rule_set.version)
            && is(self.product.as_ref(), &past.product)
            && is(self.outcome.as_ref(), &past.decided.outcome)
            && (self.ids.is_empty() || self.ids.contains(&past.id))
            && match self.test_data {
                TestData::With => true,
                TestData::Without => !past.test_data,
                TestData::Only => past.test_data,
            }
    }
}

fn is<T: PartialEq>(wanted: Option<T>, found: T) -> bool {
    wanted.is_none_or(|wanted| wanted == found)
}

/// Whether a reason of that code was given.
fn gave(past: &PastDecision, live: &Bundle, code: &str) -> bool {
    let mut given = past.decided.reasons.iter();
    given.any(|one| live.rule_set().reason_code(one.reason) == Some(code))
}

/// Whether a rule of that id fired.
fn fired(past: &PastDecision, live: &Bundle, id: &str) -> bool {
    let mut given = past.decided.reasons.iter();
    given.any(|one| match one.source {
        ReasonSource::Rule(rule) => live.rule_set().rule_id(rule) == Some(id),
        ReasonSource::Characteristic(_)
        | ReasonSource::Offer
        | ReasonSource::Approve
        | ReasonSource::Retry(_)
        | ReasonSource::Missing
        | ReasonSource::BankData => false,
    })
}

fn holds(query: &Query, past: &PastDecision) -> Result<Verdict, Defect> {
    let inputs = names::values(query, past);
    let requested = Requested {
        inputs: &inputs,
        ..past.asked.requested()
    };
    query.holds(&past.features, requested, &RecordedForecasts::of(past))
}
