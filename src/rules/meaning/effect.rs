//! What a rule does to an application.

use serde::Serialize;

use crate::rules::evaluation::Action;
use crate::rules::program::CompiledRule;
use crate::rules::verdict::Verdict;

/// What a rule does to an application, the strictest last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// Nothing.
    Nothing,
    /// It is noted.
    Flags,
    /// It is not approved as asked for; something else may be done.
    Withholds,
    /// It goes to a person: the rule fires, or cannot be known.
    Refers,
    /// It is declined.
    Declines,
}

impl Effect {
    /// What a rule does where its condition comes to this; `passes` says whether all that an unknown
    /// one lacks may be missing.
    pub(super) fn of(
        rule: &CompiledRule,
        lets_pass: bool,
        verdict: Verdict,
        passes: impl FnOnce() -> bool,
    ) -> Self {
        match (verdict, rule.action) {
            (Verdict::True, Action::Flag) => Self::Flags,
            (Verdict::True, Action::Refer) => Self::Refers,
            (Verdict::True, Action::Decline) => Self::Declines,
            (Verdict::False, _) | (Verdict::Unknown, Action::Flag) => Self::Nothing,
            (Verdict::Unknown, Action::Refer | Action::Decline) => {
                if rule.may_lack || (lets_pass && !passes()) {
                    Self::Refers
                } else {
                    Self::Nothing
                }
            }
        }
    }

    /// The same, as far as the outcome goes.
    pub(super) fn on_the_outcome(self) -> Self {
        match self {
            Self::Nothing | Self::Flags => Self::Nothing,
            other @ (Self::Withholds | Self::Refers | Self::Declines) => other,
        }
    }

    /// In words: `declines`.
    pub fn in_words(self) -> &'static str {
        match self {
            Self::Nothing => "does nothing",
            Self::Flags => "flags",
            Self::Withholds => "does not approve",
            Self::Refers => "refers",
            Self::Declines => "declines",
        }
    }
}
