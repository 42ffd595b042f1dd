//! Features: typed values computed from snapshots, each with its evidence, or missing with the
//! reason why.
//!
//! Each is one row of [`table`], which the rule checker, its suggestions, the documents and the
//! answers on the wire read. What a row says of its feature holds wherever the feature is used.

mod docs;
mod table;
mod value;
mod written;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::id::{AccountId, ApplicantId};
use crate::snapshot::Rows;

pub use docs::docs_markdown;
pub use table::{Context, extract, find, table};
pub(crate) use value::quantise;
pub use value::{DECIMAL_PLACES, Missing, Type, Value};
pub use written::{observed, observed_list, observed_option, observed_points};

/// The position of a feature in [`table`]; what a compiled rule holds in place of a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FeatureId(pub(crate) u16);

impl FeatureId {
    /// The position in [`table`].
    pub fn index(self) -> usize {
        usize::from(self.0)
    }
}

/// One row of the table.
#[derive(Debug, Clone, Copy)]
pub struct Feature {
    /// The name that rules use: `income.monthly_net`.
    pub name: &'static str,
    /// Its type, which carries the unit.
    pub ty: Type,
    /// Whose it is.
    pub scope: Scope,
    /// The days it looks back; it is missing where coverage is under nine tenths of them.
    pub window_days: Option<u32>,
    /// What it means, in one or two sentences for an analyst.
    pub doc: &'static str,
    /// The words that it can have, where it is a text.
    pub words: Words,
    /// Whether it rests on what accounts show. It then is missing where nothing could be fetched of
    /// one of them.
    pub rests_on_accounts: bool,
    /// Computes it, for the `index`th subject of its scope.
    pub(crate) extractor: fn(&Context<'_>, usize) -> Slot,
}

impl Feature {
    /// The same with these words.
    const fn with_words(self, words: Words) -> Self {
        Self { words, ..self }
    }

    /// The same, where it is known whatever the accounts show.
    const fn whatever_accounts_show(self) -> Self {
        Self {
            rests_on_accounts: false,
            ..self
        }
    }
}

/// The words that a text feature can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Words {
    /// Any: names, or what the caller sends. Also for what is no text.
    Any,
    /// These and no other.
    Only(&'static [&'static str]),
    /// These, and others that the source may add.
    Known(&'static [&'static str]),
}

impl Words {
    /// The words that are known; none where any may come.
    pub fn list(self) -> &'static [&'static str] {
        match self {
            Self::Any => &[],
            Self::Only(words) | Self::Known(words) => words,
        }
    }
}

/// Whose a feature is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// One value for the application: all its applicants and accounts together.
    Household,
    /// One value for each applicant.
    Applicant,
    /// One value for each account.
    Account,
}

impl Scope {
    /// The word for it in documents.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Household => "household",
            Self::Applicant => "applicant",
            Self::Account => "account",
        }
    }

    /// How many subjects there are of it.
    pub(crate) fn subjects(self, applicants: usize, accounts: usize) -> usize {
        match self {
            Self::Household => 1,
            Self::Applicant => applicants,
            Self::Account => accounts,
        }
    }
}

/// Whose one value is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// The application as a whole.
    Household,
    /// One applicant.
    Applicant(ApplicantId),
    /// One account.
    Account(AccountId),
}

/// A computed value or why there is none, and the rows it rests on. Written as the value alone, or
/// as value and rows where there are any.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slot {
    /// The value.
    pub value: Result<Value, Missing>,
    /// The transactions it rests on; empty where it does not rest on single transactions.
    pub evidence: Rows,
}

impl Slot {
    /// A value that does not rest on single transactions.
    pub fn known(value: Value) -> Self {
        Self {
            value: Ok(value),
            evidence: Rows::none(),
        }
    }

    /// No value.
    pub fn missing(why: Missing) -> Self {
        Self {
            value: Err(why),
            evidence: Rows::none(),
        }
    }
}

/// All features of one application.
///
/// INVARIANT: one entry for each feature of the table, in its order; each entry has one slot for
/// each subject of the feature's scope (exactly one for [`Scope::Household`]).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Features {
    slots: Vec<Vec<Slot>>,
    applicants: Vec<ApplicantId>,
    accounts: Vec<AccountId>,
}

impl Features {
    /// Features from given slots, by name; those not given are [`Missing::NotProvided`]. `None`
    /// where a name is unknown, a value has another type than its feature, or a feature does not
    /// have one slot for each of its subjects.
    ///
    /// For tests of rules and for features that were recorded.
    pub fn from_parts(
        applicants: Vec<ApplicantId>,
        accounts: Vec<AccountId>,
        mut given: BTreeMap<String, Vec<Slot>>,
    ) -> Option<Self> {
        let mut slots = Vec::with_capacity(table().len());
        for feature in table() {
            let subjects = feature.scope.subjects(applicants.len(), accounts.len());
            let own = given
                .remove(feature.name)
                .unwrap_or_else(|| vec![Slot::missing(Missing::NotProvided); subjects]);
            let typed = own.iter().all(|slot| {
                slot.value
                    .as_ref()
                    .map_or(true, |value| value.ty() == feature.ty)
            });
            if own.len() != subjects || !typed {
                return None;
            }
            slots.push(own);
        }
        given.is_empty().then_some(Self {
            slots,
            applicants,
            accounts,
        })
    }

    /// Features as they were recorded: one list for each feature of the table, in its order. `None`
    /// where a value has another type than its feature, or a feature does not have one slot for each
    /// of its subjects.
    pub fn from_slots(
        applicants: Vec<ApplicantId>,
        accounts: Vec<AccountId>,
        slots: Vec<Vec<Slot>>,
    ) -> Option<Self> {
        let fits = |(feature, own): (&Feature, &Vec<Slot>)| {
            own.len() == feature.scope.subjects(applicants.len(), accounts.len())
                && own.iter().all(|slot| {
                    let value = slot.value.as_ref();
                    value.map_or(true, |value| value.ty() == feature.ty)
                })
        };
        let whole = slots.len() == table().len() && table().iter().zip(&slots).all(fits);
        whole.then_some(Self {
            slots,
            applicants,
            accounts,
        })
    }

    /// The slots of every feature, in the order of the table.
    pub fn into_slots(self) -> Vec<Vec<Slot>> {
        self.slots
    }

    /// The slots of a feature, one for each subject of its scope.
    pub fn slots(&self, feature: FeatureId) -> &[Slot] {
        self.slots.get(feature.index()).map_or(&[], Vec::as_slice)
    }

    /// Every slot with its feature and subject, in the order of the table.
    pub fn iter(&self) -> impl Iterator<Item = (&'static Feature, Subject, &Slot)> {
        table()
            .iter()
            .zip(&self.slots)
            .flat_map(move |(feature, slots)| {
                slots.iter().enumerate().filter_map(move |(index, slot)| {
                    Some((feature, self.subject(feature, index)?, slot))
                })
            })
    }

    fn subject(&self, feature: &Feature, index: usize) -> Option<Subject> {
        match feature.scope {
            Scope::Household => Some(Subject::Household),
            Scope::Applicant => self.applicants.get(index).cloned().map(Subject::Applicant),
            Scope::Account => self.accounts.get(index).cloned().map(Subject::Account),
        }
    }
}

#[cfg(test)]
impl Features {
    /// Features of chosen values, one for each subject; those not named are missing.
    pub(crate) fn of(values: &[(&str, Vec<Result<Value, Missing>>)]) -> Self {
        let slots = table().iter().map(|feature| {
            let given = values.iter().find(|(name, _)| *name == feature.name);
            let missing = || vec![Err(Missing::NotReady)];
            let values = given.map_or_else(missing, |(_, values)| values.clone());
            let slots = values.into_iter().map(|value| Slot {
                value,
                evidence: Rows::none(),
            });
            slots.collect()
        });
        Self {
            slots: slots.collect(),
            applicants: Vec::new(),
            accounts: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests;
