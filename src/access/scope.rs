//! What a credential is good for.

use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Longest text that is told to be no scope.
const WORD_CHARS_MAX: usize = 20;

/// One thing that a caller may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// Ask for decisions.
    Decide,
    /// Read decisions, without what is personal.
    Read,
    /// Read personal data: applications, evidence, snapshots.
    ReadPersonal,
    /// Read rule sets, what decides when, and check rule files.
    RulesRead,
    /// Publish rule sets.
    RulesWrite,
    /// Make rule sets active, or end that.
    RulesActivate,
    /// Decide again what is recorded.
    Replay,
    /// Decide otherwise than the rules did.
    Override,
    /// Answer, as a reviewer, what was missing or in doubt of a decision that was referred.
    Review,
    /// Record what became of loans, and which notices were sent.
    Servicing,
    /// Issue and revoke tokens, read the audit log.
    Admin,
    /// Read the metrics, which are of all tenants together.
    Metrics,
}

impl Scope {
    /// Every scope, in the order in which they are told.
    pub const ALL: [Self; 12] = [
        Self::Decide,
        Self::Read,
        Self::ReadPersonal,
        Self::RulesRead,
        Self::RulesWrite,
        Self::RulesActivate,
        Self::Replay,
        Self::Override,
        Self::Review,
        Self::Servicing,
        Self::Admin,
        Self::Metrics,
    ];

    /// As it is written.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Decide => "decide",
            Self::Read => "read",
            Self::ReadPersonal => "read:personal",
            Self::RulesRead => "rules:read",
            Self::RulesWrite => "rules:write",
            Self::RulesActivate => "rules:activate",
            Self::Replay => "replay",
            Self::Override => "override",
            Self::Review => "review",
            Self::Servicing => "servicing",
            Self::Admin => "admin",
            Self::Metrics => "metrics",
        }
    }

    const fn bit(self) -> u16 {
        match self {
            Self::Decide => 1,
            Self::Read => 1 << 1,
            Self::ReadPersonal => 1 << 2,
            Self::RulesWrite => 1 << 3,
            Self::RulesActivate => 1 << 4,
            Self::Replay => 1 << 5,
            Self::Override => 1 << 6,
            Self::Review => 1 << 9,
            Self::Admin => 1 << 7,
            Self::Metrics => 1 << 8,
            Self::RulesRead => 1 << 10,
            Self::Servicing => 1 << 11,
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What is written is no scope.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{}is no scope: one of {}", quoted(.text), names())]
pub struct UnknownScope {
    /// What was written; nothing where it has not the form of a scope, for it may be anything.
    pub text: Option<String>,
}

fn quoted(text: &Option<String>) -> String {
    let text = text.as_ref();
    text.map_or_else(String::new, |text| format!("`{text}` "))
}

/// Whether a text has the form of a scope.
fn is_a_word(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_lowercase() || c == ':';
    (1..=WORD_CHARS_MAX).contains(&text.len()) && text.chars().all(plain)
}

fn names() -> String {
    let names = Scope::ALL.map(|scope| format!("`{scope}`"));
    names.join(", ")
}

/// Several scopes. Written as their names with commas between them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Scopes(u16);

impl Scopes {
    /// None.
    pub const NONE: Self = Self(0);
    /// All that there are.
    pub const ALL: Self = Self((1 << Scope::ALL.len()) - 1);

    /// These and one more.
    #[must_use]
    pub const fn with(self, scope: Scope) -> Self {
        Self(self.0 | scope.bit())
    }

    /// Whether one is among them.
    pub const fn has(self, scope: Scope) -> bool {
        self.0 & scope.bit() != 0
    }

    /// Each of them.
    pub fn iter(self) -> impl Iterator<Item = Scope> {
        Scope::ALL.into_iter().filter(move |scope| self.has(*scope))
    }

    /// Reads names with commas between them.
    ///
    /// # Errors
    ///
    /// On what is no scope; an empty text is none, too.
    pub fn parse(text: &str) -> Result<Self, UnknownScope> {
        text.split(',')
            .map(str::trim)
            .try_fold(Self::NONE, |all, name| {
                let scope = Scope::ALL.into_iter().find(|scope| scope.name() == name);
                scope
                    .map(|scope| all.with(scope))
                    .ok_or_else(|| UnknownScope {
                        text: is_a_word(name).then(|| name.to_owned()),
                    })
            })
    }
}

impl FromIterator<Scope> for Scopes {
    fn from_iter<I: IntoIterator<Item = Scope>>(scopes: I) -> Self {
        scopes.into_iter().fold(Self::NONE, Self::with)
    }
}

impl fmt::Display for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.iter().map(Scope::name).collect();
        f.write_str(&names.join(","))
    }
}

impl TryFrom<String> for Scopes {
    type Error = UnknownScope;

    fn try_from(text: String) -> Result<Self, UnknownScope> {
        Self::parse(&text)
    }
}

impl From<Scopes> for String {
    fn from(scopes: Scopes) -> Self {
        scopes.to_string()
    }
}
