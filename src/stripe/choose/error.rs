//! Why accounts behind a handle cannot be chosen from.

use std::collections::BTreeMap;
use std::fmt;

use thiserror::Error;

use super::LeftOut;
use crate::application::AccountFilter;

/// Why accounts behind a handle cannot be chosen from.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ChoiceError {
    /// None of them is to be taken.
    #[error(transparent)]
    None(Box<NoneChosen>),
    /// More would be taken than an application can have.
    #[error(
        "{found} of the accounts behind it would be taken, and an application has at most {max}: \
         narrow them down in `bank_data.account_filter`, or name those that count in `account_ids`"
    )]
    TooMany {
        /// How many would be taken.
        found: usize,
        /// The limit.
        max: usize,
    },
    /// More than are looked through.
    #[error("it has more than {max} accounts: name those that count in `account_ids`")]
    Countless {
        /// The limit.
        max: usize,
    },
}

impl ChoiceError {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::None(_) => "no_account_chosen",
            Self::TooMany { .. } | Self::Countless { .. } => "too_many_accounts",
        }
    }
}

impl From<NoneChosen> for ChoiceError {
    fn from(none: NoneChosen) -> Self {
        Self::None(Box::new(none))
    }
}

/// What is behind a handle where none of it is taken: counts only.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub struct NoneChosen {
    /// How many accounts there are.
    pub found: usize,
    /// How many of them are left out for each reason.
    pub left_out: BTreeMap<LeftOut, usize>,
    /// How many of them are of each kind: `credit/credit_card`.
    pub kinds: BTreeMap<String, usize>,
    /// A filter that would take some of them; `None` where no filter would.
    pub would_take: Option<AccountFilter>,
}

impl fmt::Display for NoneChosen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |parts: Vec<String>| parts.join(", ");
        let kinds = self
            .kinds
            .iter()
            .map(|(kind, count)| format!("{count} {kind}"));
        let reasons = self.left_out.iter();
        let reasons = reasons.map(|(why, count)| format!("{count} {}", why.as_words()));
        write!(
            f,
            "of the accounts behind it ({}) none is taken: {}; ",
            list(kinds.collect()),
            list(reasons.collect()),
        )?;
        let Some(filter) = &self.would_take else {
            return f.write_str("have the applicant link an account again");
        };
        f.write_str(
            "have the applicant link another account, or send `bank_data.account_filter` ",
        )?;
        let mut parts = Vec::new();
        for (name, words) in [
            ("categories", &filter.categories),
            ("subcategories", &filter.subcategories),
        ] {
            if !words.is_empty() {
                let words: Vec<&str> = words.iter().map(String::as_str).collect();
                parts.push(format!("`{name}` {}", words.join(", ")));
            }
        }
        if filter.without_transactions {
            parts.push("`without_transactions` true".to_owned());
        }
        write!(f, "with {}", parts.join(" and "))
    }
}
