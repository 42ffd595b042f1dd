//! Features: typed values computed from snapshots, each with its evidence, or missing with the
//! reason why.
//!
//! [`table`] is the one list of them. The rule checker, its suggestions, the documents and the
//! answers on the wire all read it; there is no second list of feature names anywhere.

mod docs;
mod row;
mod table;
mod value;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::id::{AccountId, ApplicantId};
use crate::snapshot::Rows;

pub use docs::docs_markdown;
pub use row::{BankData, Control, Feature, Need, Range, Scope, Words};
pub use table::{
    APPLICATION_AMOUNT, Context, DETAILS, HISTORY, INCOME_MONTHLY_NET, NSF_EVENT_DAYS, extract,
    find, table,
};
pub(crate) use value::quantise;
pub use value::{DECIMAL_PLACES, Missing, Type, Value};

/// The position of a feature in [`table`]; what a compiled rule holds in place of a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FeatureId(pub(crate) u16);

impl FeatureId {
    /// The position in [`table`].
    pub fn index(self) -> usize {
        usize::from(self.0)
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
    /// One income stream, by its position among those that the analysis found.
    IncomeStream(u32),
}

/// A computed value or why there is none, and the rows it rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
            let subjects = match feature.scope {
                Scope::Household => 1,
                Scope::Applicant => applicants.len(),
                Scope::Account => accounts.len(),
                // There are as many as were recorded: a stream has no id to be counted by.
                Scope::IncomeStream => given.get(feature.name).map_or(0, Vec::len),
            };
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
            Scope::IncomeStream => u32::try_from(index).ok().map(Subject::IncomeStream),
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
