//! The words of a rule file, and how its names are written: one list each, for the checks, for what
//! they suggest and for the schema that editors read.

use super::evaluation::{Action, BoundBy, Outcome, RuleSetKind};
use super::table::Hit;
use crate::application::RepaymentFrequency;
use crate::features::{Control, Missing, Type};
use crate::lexicon::{Open, Term};
use crate::limits;
use crate::loan::{Basis, Paid};

/// Words with what each stands for.
pub(super) type Words<T, const N: usize> = [(&'static str, T); N];

pub(super) fn kinds() -> Words<RuleSetKind, 3> {
    RuleSetKind::ALL.map(|kind| (kind.as_str(), kind))
}

pub(super) const ACTIONS: Words<Action, 3> = [
    ("decline", Action::Decline),
    ("refer", Action::Refer),
    ("flag", Action::Flag),
];

/// What is done where nothing can be offered.
pub(super) const WITHOUT_OFFER: Words<Action, 2> =
    [("refer", Action::Refer), ("decline", Action::Decline)];

pub(super) const FREQUENCIES: Words<RepaymentFrequency, 5> = [
    ("weekly", RepaymentFrequency::Weekly),
    ("biweekly", RepaymentFrequency::Biweekly),
    ("semi_monthly", RepaymentFrequency::SemiMonthly),
    ("monthly", RepaymentFrequency::Monthly),
    ("single", RepaymentFrequency::Single),
];

/// How often a loan is repaid, as in a rule file.
pub(crate) fn frequency_word(frequency: RepaymentFrequency) -> &'static str {
    let mut all = FREQUENCIES.iter();
    let found = all.find(|(_, known)| *known == frequency);
    found.map_or("", |(word, _)| word)
}

/// How a fee is paid.
pub(super) const PAID: Words<Paid, 3> = [
    ("financed", Paid::Financed),
    ("withheld", Paid::Withheld),
    ("apart", Paid::Apart),
];

/// A figure that a fee counts in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Figure {
    FinanceCharge,
    Mapr,
}

pub(super) const FIGURES: Words<Figure, 2> = [
    ("finance_charge", Figure::FinanceCharge),
    ("mapr", Figure::Mapr),
];

/// The rates that can be capped.
pub(super) const BASES: Words<Basis, 3> = [
    ("apr", Basis::Apr),
    ("mapr", Basis::Mapr),
    ("simple_interest", Basis::SimpleInterest),
];

/// What points lost are counted against.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Baseline {
    /// The most there are.
    Max,
    /// What the authors say that approvals had.
    Average,
}

pub(super) const BASELINES: Words<Baseline, 2> =
    [("max", Baseline::Max), ("average", Baseline::Average)];

/// How a table chooses among its rows.
pub(super) const HITS: Words<Hit, 2> = [("unique", Hit::Unique), ("first", Hit::First)];

pub(super) fn outcomes() -> Words<Outcome, 4> {
    Outcome::ALL.map(|outcome| (outcome.as_str(), outcome))
}

/// What bounds an offer.
pub(super) fn bounds() -> Words<BoundBy, 5> {
    BoundBy::ALL.map(|bound| (bound.as_str(), bound))
}

pub(super) fn types() -> Words<Type, 8> {
    Type::ALL.map(|ty| (ty.as_str(), ty))
}

pub(super) fn controls() -> Words<Control, 4> {
    Control::ALL.map(|control| (control.as_str(), control))
}

/// The causes for which a value is missing.
pub(super) fn causes() -> Vec<(&'static str, Missing)> {
    let causes = Missing::ALL.into_iter();
    causes.map(|cause| (cause.as_str(), cause)).collect()
}

/// The terms of the lexicon to which a rule set may add.
pub(super) fn terms() -> Vec<(&'static str, Term)> {
    let terms = Term::ALL.iter().copied();
    let open = terms.filter(|term| term.open() != Open::Closed);
    open.map(|term| (term.word(), term)).collect()
}

/// The words alone.
pub(super) fn only<T>(words: &[(&'static str, T)]) -> Vec<&'static str> {
    words.iter().map(|(word, _)| *word).collect()
}

/// How something is named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Naming {
    /// `frequent-nsf`
    Id,
    /// `nsf_days_max`
    Word,
    /// `NSF_FREQUENT`
    Code,
}

impl Naming {
    /// Whether a text is such a name.
    pub(super) fn holds(self, text: &str) -> bool {
        let letter = |c: char| match self {
            Self::Id | Self::Word => c.is_ascii_lowercase(),
            Self::Code => c.is_ascii_uppercase(),
        };
        let dash = self == Self::Id;
        let mut chars = text.chars();
        chars.next().is_some_and(letter)
            && chars.all(|c| letter(c) || c.is_ascii_digit() || c == '_' || (dash && c == '-'))
            && text.len() <= limits::ID_BYTES_MAX
    }

    /// A text as such a name, where that is easily said: `my-rules` of `My Rules`.
    pub(super) fn likely(self, text: &str) -> Option<String> {
        let (joint, name) = match self {
            Self::Id => ("-", text.trim().to_ascii_lowercase()),
            Self::Word => ("_", text.trim().to_ascii_lowercase().replace('-', "_")),
            Self::Code => ("_", text.trim().to_ascii_uppercase().replace('-', "_")),
        };
        let parts: Vec<&str> = name.split([' ', '.', '/']).collect();
        Some(parts.join(joint)).filter(|name| self.holds(name))
    }

    /// The same as a regular expression.
    pub(super) fn pattern(self) -> String {
        let (first, rest) = match self {
            Self::Id => ("a-z", "a-z0-9_-"),
            Self::Word => ("a-z", "a-z0-9_"),
            Self::Code => ("A-Z", "A-Z0-9_"),
        };
        let rest_max = limits::ID_BYTES_MAX.saturating_sub(1);
        format!("^[{first}][{rest}]{{0,{rest_max}}}$")
    }

    /// The same in words.
    pub(super) fn in_words(self) -> &'static str {
        match self {
            Self::Id => "lower-case letters, digits, `-` and `_`, a letter first",
            Self::Word => "lower-case letters, digits and `_`, a letter first",
            Self::Code => "upper-case letters, digits and `_`, a letter first",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_name_is_what_its_pattern_says(text in "[aZ0_. é-]{0,4}", long in 0_usize..3) {
            let text = text + &"a".repeat(long * (limits::ID_BYTES_MAX - 1) / 2);
            for naming in [Naming::Id, Naming::Word, Naming::Code] {
                let pattern = regex::Regex::new(&naming.pattern()).unwrap();
                prop_assert_eq!(naming.holds(&text), pattern.is_match(&text), "{}", text);
            }
        }
    }
}
