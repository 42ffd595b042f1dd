//! What stands at the positions of a rule set.

use crate::rules::{Bundle, GivenReason, Layout, NamedSource, ReasonSource, Row};

/// A rule set with the names of what its decisions hold by position.
#[derive(Debug)]
pub(super) struct Named {
    pub(super) bundle: Bundle,
    layout: Layout,
}

impl Named {
    pub(super) fn new(bundle: Bundle) -> Self {
        let layout = Layout::of(bundle.program());
        Self { bundle, layout }
    }

    /// What gave a reason.
    pub(super) fn source(&self, source: ReasonSource) -> NamedSource {
        let layout = &self.layout;
        let rule = |at: usize| layout.rules.get(at).map(|rule| rule.id.clone());
        let characteristic = |at: usize| {
            let all = layout.scorecard.iter();
            let mut all = all.flat_map(|scorecard| &scorecard.characteristics);
            all.nth(at).map(|one| one.name.clone())
        };
        let retry = |at: usize| layout.retries.get(at).map(|retry| retry.id.clone());
        match source {
            ReasonSource::Rule(at) => NamedSource::Rule(rule(at).unwrap_or_default()),
            ReasonSource::Characteristic(at) => {
                NamedSource::Characteristic(characteristic(at).unwrap_or_default())
            }
            ReasonSource::Retry(at) => NamedSource::Retry(retry(at).unwrap_or_default()),
            ReasonSource::Offer => NamedSource::Offer,
            ReasonSource::Approve => NamedSource::Approve,
            ReasonSource::Missing => NamedSource::Missing,
            ReasonSource::BankData => NamedSource::BankData,
        }
    }

    /// The code of a reason.
    pub(super) fn code(&self, reason: usize) -> &str {
        self.layout.reasons.get(reason).map_or("", String::as_str)
    }

    /// What gave a reason, and its code.
    pub(super) fn reason(&self, given: &GivenReason) -> (String, String) {
        let source = self.source(given.source).to_string();
        (source, self.code(given.reason).to_owned())
    }

    /// The tier that applied.
    pub(super) fn tier(&self, row: Option<Row>) -> Option<&str> {
        let Some(Row::At(at)) = row else { return None };
        self.layout.tiers.get(at).map(|tier| tier.id.as_str())
    }

    /// The condition of a rule, as written.
    pub(super) fn condition(&self, source: &NamedSource) -> Option<&str> {
        let NamedSource::Rule(id) = source else {
            return None;
        };
        let mut rules = self.layout.rules.iter();
        let rule = rules.find(|rule| rule.id == *id)?;
        Some(&rule.when.text)
    }
}
