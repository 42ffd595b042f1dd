//! How a rule set words its reasons, for a person who gives one of them in its place.

use super::advice::did_you_mean;
use super::bundle::Bundle;
use super::deep;
use super::statement::{Part, Statement};

/// The statement of a reason, as far as it stands without an application.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wording {
    /// It is the same for everybody.
    Whole(String),
    /// Values of the application are filled in.
    WithValues,
}

impl Wording {
    fn of(statement: &Statement) -> Self {
        let text = |part: &Part| match part {
            Part::Text(text) => Some(text.clone()),
            Part::Slot(..)
            | Part::Constant(..)
            | Part::Missing
            | Part::MissingBecause
            | Part::OfferAmount
            | Part::RetryDate
            | Part::RetryPlan => None,
        };
        let texts: Option<String> = statement.parts.iter().map(text).collect();
        texts.map_or(Self::WithValues, Self::Whole)
    }
}

impl Bundle {
    /// How it words the reason of a code; `None` where it has no such reason.
    pub fn wording(&self, code: &str) -> Option<Wording> {
        let mut reasons = self.rule_set().reasons.iter();
        let reason = reasons.find(|reason| reason.code == code)?;
        Some(Wording::of(&reason.statement))
    }

    /// The code of the reason at a position of [`super::Layout::reasons`].
    pub fn reason_code(&self, position: usize) -> Option<&str> {
        let reason = self.rule_set().reasons.get(position)?;
        Some(&reason.code)
    }

    /// What to do where it has no reason of a code: the nearest of its codes, if one is near.
    pub fn nearest_reason(&self, code: &str) -> Option<String> {
        let codes = self.rule_set().reasons.iter();
        let codes = codes.map(|reason| reason.code.as_str());
        did_you_mean(code, codes).and_then(|near| near.help)
    }
}

/// The words of a statement that say nothing of why, if it has such: Regulation B names them as
/// insufficient (12 CFR 1002.9(b)(2)).
pub fn vague_wording(statement: &str) -> Option<&'static str> {
    deep::vague_wording(statement).map(|(_, words)| words)
}
