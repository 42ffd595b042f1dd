//! Three-valued truth, and what each comparison of a rule set came to.

use std::fmt;
use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::features::Missing;

/// Three-valued truth: whether a condition holds, does not hold, or cannot be known.
///
/// In Kleene's order: the lower of two is what `and` makes of them, the higher what `or` does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It does not hold.
    False,
    /// A value that it needs is missing.
    Unknown,
    /// It holds.
    True,
}

impl From<Result<bool, Missing>> for Verdict {
    fn from(known: Result<bool, Missing>) -> Self {
        match known {
            Ok(true) => Self::True,
            Ok(false) => Self::False,
            Err(_) => Self::Unknown,
        }
    }
}

/// Truth that knows of what is missing: as a [`Verdict`], or with the cause.
pub(super) trait Kleene: Copy {
    /// What holds.
    fn holds(known: Result<bool, Missing>) -> Self;
    /// False where one is, whatever is missing.
    fn both(self, other: Self) -> Self;
    /// The opposite.
    fn opposite(self) -> Self;
}

impl Kleene for Verdict {
    fn holds(known: Result<bool, Missing>) -> Self {
        known.into()
    }

    fn both(self, other: Self) -> Self {
        self.min(other)
    }

    fn opposite(self) -> Self {
        match self {
            Self::False => Self::True,
            Self::Unknown => Self::Unknown,
            Self::True => Self::False,
        }
    }
}

impl Kleene for Result<bool, Missing> {
    fn holds(known: Self) -> Self {
        known
    }

    /// Of two causes, the first.
    fn both(self, other: Self) -> Self {
        match (self, other) {
            (Ok(false), _) | (_, Ok(false)) => Ok(false),
            (Err(missing), _) | (_, Err(missing)) => Err(missing),
            (Ok(true), Ok(true)) => Ok(true),
        }
    }

    fn opposite(self) -> Self {
        self.map(|truth| !truth)
    }
}

/// All of them.
pub(super) fn all<T: Kleene>(parts: impl Iterator<Item = T>) -> T {
    parts.fold(T::holds(Ok(true)), T::both)
}

/// Any of them.
pub(super) fn any<T: Kleene>(parts: impl Iterator<Item = T>) -> T {
    all(parts.map(T::opposite)).opposite()
}

/// The verdict of each comparison of a rule set by its number, `None` for those that were not
/// looked at: of bins and tiers, nothing behind the one that applied is.
///
/// Comparisons are numbered by their place in the bytes of the rule file, from 0. Written as one
/// symbol for each: `t`rue, `f`alse, `u`nknown, `-` for not looked at.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Verdicts(Vec<Option<Verdict>>);

impl Verdicts {
    /// Of so many comparisons, none looked at.
    pub(super) fn unseen(comparisons: usize) -> Self {
        Self(vec![None; comparisons])
    }

    /// The verdict of a comparison; `None` also where there is no such comparison.
    pub fn get(&self, comparison: usize) -> Option<Verdict> {
        self.0.get(comparison).copied().flatten()
    }

    /// The verdict of a comparison that was looked at.
    pub(super) fn seen(&self, comparison: usize) -> Verdict {
        self.get(comparison).unwrap_or(Verdict::Unknown)
    }

    pub(super) fn set(&mut self, comparison: usize, verdict: Verdict) {
        if let Some(place) = self.0.get_mut(comparison) {
            *place = Some(verdict);
        }
    }

    /// Those of some comparisons, to be set; none where they are not among these.
    pub(super) fn range_mut(&mut self, comparisons: Range<usize>) -> &mut [Option<Verdict>] {
        self.0.get_mut(comparisons).unwrap_or_default()
    }

    /// All of them, in the order of their numbers.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Option<Verdict>> {
        self.0.iter().copied()
    }
}

fn symbol(verdict: Option<Verdict>) -> char {
    match verdict {
        Some(Verdict::True) => 't',
        Some(Verdict::False) => 'f',
        Some(Verdict::Unknown) => 'u',
        None => '-',
    }
}

impl fmt::Display for Verdicts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let symbols: String = self.iter().map(symbol).collect();
        f.write_str(&symbols)
    }
}

impl From<Verdicts> for String {
    fn from(verdicts: Verdicts) -> Self {
        verdicts.to_string()
    }
}

impl TryFrom<String> for Verdicts {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let read = |c| match c {
            't' => Ok(Some(Verdict::True)),
            'f' => Ok(Some(Verdict::False)),
            'u' => Ok(Some(Verdict::Unknown)),
            '-' => Ok(None),
            _ => Err("verdicts are written with `t`, `f`, `u` and `-`"),
        };
        text.chars().map(read).collect::<Result<_, _>>().map(Self)
    }
}
