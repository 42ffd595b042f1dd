//! Small rule sets to start from, one of each kind.

use super::RuleSetKind;
use crate::id::RuleSetName;

/// A rule set to start from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Starter {
    /// What it is called where nobody says otherwise.
    pub name: &'static str,
    source: &'static str,
}

/// The one of a kind.
pub fn starter(kind: RuleSetKind) -> Starter {
    match kind {
        RuleSetKind::Credit => Starter {
            name: "my-loan",
            source: include_str!("starter/credit.toml"),
        },
        RuleSetKind::Payment => Starter {
            name: "my-debit",
            source: include_str!("starter/payment.toml"),
        },
        RuleSetKind::Verification => Starter {
            name: "my-verification",
            source: include_str!("starter/verification.toml"),
        },
    }
}

impl Starter {
    /// Its text, under its own name.
    pub fn text(self) -> String {
        self.source.to_owned()
    }

    /// Its text, under another name.
    pub fn named(self, name: &RuleSetName) -> String {
        let own = format!("name = \"{}\"", self.name);
        let other = format!("name = \"{name}\"");
        self.source.replacen(&own, &other, 1)
    }
}
