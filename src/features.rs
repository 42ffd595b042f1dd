//! Features: typed values computed from snapshots, each with its evidence, or missing with the
//! reason why.
//!
//! Each is one row of [`table`], which the rule checker, its suggestions, the documents and the
//! answers on the wire read. What a row says of its feature holds wherever the feature is used.

mod context;
mod docs;
mod lists;
mod range;
mod row;
mod table;
mod value;
mod whole;
mod written;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::id::{AccountId, ApplicantId};
use crate::money::Currency;
use crate::snapshot::Rows;

pub use context::Context;
pub use docs::docs_markdown;
pub use lists::{SlotLists, bare_slots};
pub use range::Range;
pub use row::{Answerable, BankData, Control, Feature, Need, Scope, Words};
pub(crate) use table::first_of;
pub use table::{
    APPLICATION_AMOUNT, APPLICATION_DAYS_TO_FIRST_PAYMENT, APPLICATION_DECISION_DATE,
    APPLICATION_FIRST_PAYMENT_DATE, APPLICATION_PAYMENTS, APPLICATION_TERM_DAYS, DEBIT_ACCOUNT,
    DETAILS, HISTORY, INCOME_MONTHLY_NET, INCOME_STREAMS, INCOME_UNPROVEN_MONTHLY, NSF_EVENT_DAYS,
    extract, find, table,
};
pub(crate) use value::quantise;
pub use value::{DECIMAL_PLACES, Missing, Type, Value};
pub use whole::Whole;
pub(crate) use whole::millionths;
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
/// INVARIANT: the slots of each feature of the table follow each other, in its order; each feature
/// has one for each subject of its scope (exactly one for [`Scope::Household`]).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Features {
    /// A list for each feature of the table.
    slots: SlotLists,
    /// The first value of each feature as an integer: what rules read of most.
    wholes: Vec<Whole>,
    /// Those of all amounts.
    currencies: Currencies,
    /// Whether each value has the type of its feature.
    typed: bool,
    applicants: Vec<ApplicantId>,
    accounts: Vec<AccountId>,
}

/// The currencies of some amounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Currencies {
    None,
    One(Currency),
    Several,
}

impl Currencies {
    fn with(self, value: &Value) -> Self {
        let Value::Money(money) = value else {
            return self;
        };
        match self {
            Self::None => Self::One(money.currency()),
            Self::One(one) if one == money.currency() => self,
            Self::One(_) | Self::Several => Self::Several,
        }
    }
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
        let mut by_feature = Vec::with_capacity(table().len());
        // There are as many streams as are given: one has no id to be counted by.
        let of_streams = table()
            .iter()
            .filter(|one| one.scope == Scope::IncomeStream);
        let streams = of_streams
            .filter_map(|one| given.get(one.name))
            .map(Vec::len);
        let streams = streams.max().unwrap_or(0);
        for feature in table() {
            let scope = feature.scope;
            let subjects = scope.subjects(applicants.len(), accounts.len(), streams);
            let own = given
                .remove(feature.name)
                .unwrap_or_else(|| vec![Slot::missing(Missing::NotProvided); subjects]);
            if own.len() != subjects {
                return None;
            }
            by_feature.push(own);
        }
        let features = Self::new(by_feature.into_iter().collect(), applicants, accounts);
        (given.is_empty() && features.typed).then_some(features)
    }

    /// Features of nobody: every one of the household is missing, and there is no account.
    pub(crate) fn unknown() -> Self {
        let slots = table().iter().map(|feature| {
            let subjects = feature.scope.subjects(0, 0, 0);
            vec![Slot::missing(Missing::NotProvided); subjects]
        });
        Self::new(slots.collect(), Vec::new(), Vec::new())
    }

    /// Features from the slots of each of the table.
    fn new(slots: SlotLists, applicants: Vec<ApplicantId>, accounts: Vec<AccountId>) -> Self {
        let mut wholes = Vec::with_capacity(table().len());
        let mut currencies = Currencies::None;
        let mut typed = true;
        for (feature, own) in table().iter().zip(slots.iter()) {
            let values = own.iter().filter_map(|slot| slot.value.as_ref().ok());
            typed &= values.clone().all(|value| value.ty() == feature.ty);
            currencies = values.fold(currencies, Currencies::with);
            let first = own.first();
            wholes.push(first.map_or(Whole::Missing, |slot| Whole::of(&slot.value)));
        }
        Self {
            slots,
            wholes,
            currencies,
            typed,
            applicants,
            accounts,
        }
    }

    /// Whether each value has the type of its feature: the engine's defect where not.
    pub fn is_typed(&self) -> bool {
        self.typed
    }

    /// The first value of each feature as an integer, by the features' positions; `None` where an
    /// amount is in another currency, which no integer says.
    pub fn wholes(&self, currency: Currency) -> Option<&[Whole]> {
        match self.currencies {
            Currencies::None => Some(&self.wholes),
            Currencies::One(one) => (one == currency).then_some(self.wholes.as_slice()),
            Currencies::Several => None,
        }
    }

    /// Features as they were recorded: one list for each feature of the table, in its order. `None`
    /// where a value has another type than its feature, or a feature does not have one slot for each
    /// of its subjects.
    pub fn from_slots(
        applicants: Vec<ApplicantId>,
        accounts: Vec<AccountId>,
        slots: SlotLists,
    ) -> Option<Self> {
        // There are as many streams as any feature of theirs has values.
        let mut scopes = table().iter().map(|feature| feature.scope);
        let of_streams = scopes.position(|scope| scope == Scope::IncomeStream);
        let streams = of_streams.map_or(0, |index| slots.list(index).len());
        let fits = |(feature, own): (&Feature, &[Slot])| {
            let scope = feature.scope;
            own.len() == scope.subjects(applicants.len(), accounts.len(), streams)
        };
        if slots.count() != table().len() || !table().iter().zip(slots.iter()).all(fits) {
            return None;
        }
        let features = Self::new(slots, applicants, accounts);
        features.typed.then_some(features)
    }

    /// The same with other values of some features of the household, which rest on no rows: what
    /// somebody says.
    pub(crate) fn stating(self, values: BTreeMap<FeatureId, Value>) -> Self {
        let (applicants, accounts) = (self.applicants.clone(), self.accounts.clone());
        let mut slots = self.into_slots();
        for (id, value) in values {
            if let Some(own) = slots.get_mut(id.index()) {
                *own = vec![Slot::known(value)];
            }
        }
        Self::new(slots.into_iter().collect(), applicants, accounts)
    }

    /// Features of these subjects of which nothing is known: to be stated one by one, again and again.
    pub(crate) fn blank(
        applicants: Vec<ApplicantId>,
        accounts: Vec<AccountId>,
        streams: usize,
    ) -> Self {
        let (people, links) = (applicants.len(), accounts.len());
        let by_feature = table().iter().map(|feature| {
            let subjects = feature.scope.subjects(people, links, streams);
            std::iter::repeat_n(Slot::missing(Missing::NotProvided), subjects)
        });
        Self::new(by_feature.collect(), applicants, accounts)
    }

    /// Takes note that all amounts are stated anew.
    pub(crate) fn forget_currencies(&mut self) {
        self.currencies = Currencies::None;
    }

    /// States a value in place, without rows. INVARIANT: it is of the type of its feature.
    pub(crate) fn state(
        &mut self,
        feature: FeatureId,
        subject: usize,
        value: Result<Value, Missing>,
    ) {
        let index = feature.index();
        if let Ok(value) = &value {
            self.currencies = self.currencies.with(value);
        }
        if subject == 0
            && let Some(whole) = self.wholes.get_mut(index)
        {
            *whole = Whole::of(&value);
        }
        if let Some(slot) = self.slots.slot_mut(index, subject) {
            slot.value = value;
        }
    }

    /// The applicants, in the order of the application.
    pub fn applicants(&self) -> &[ApplicantId] {
        &self.applicants
    }

    /// The accounts, in the order of the application.
    pub fn accounts(&self) -> &[AccountId] {
        &self.accounts
    }

    /// Both, to be put in the place of others.
    pub(crate) fn subjects_mut(&mut self) -> (&mut [ApplicantId], &mut [AccountId]) {
        (&mut self.applicants, &mut self.accounts)
    }

    /// The slots of every feature, in the order of the table.
    pub fn into_slots(self) -> Vec<Vec<Slot>> {
        self.slots.into_lists()
    }

    /// The slots of a feature, one for each subject of its scope.
    pub fn slots(&self, feature: FeatureId) -> &[Slot] {
        self.slots.list(feature.index())
    }

    /// Why there may be others of the scope of a feature than those that are known; `None` where it
    /// was looked for all. Streams are all where it is known how many run.
    pub(crate) fn unseen(&self, of: FeatureId) -> Option<Missing> {
        let scope = table().get(of.index()).map(|feature| feature.scope);
        if scope != Some(Scope::IncomeStream) {
            return self.slots(of).is_empty().then_some(Missing::NoSuchAccount);
        }
        let (running, _) = find(INCOME_STREAMS)?;
        let running = self.slots(running).first();
        running.and_then(|slot| slot.value.as_ref().err().copied())
    }

    /// Every slot with its feature and subject, in the order of the table.
    pub fn iter(&self) -> impl Iterator<Item = (&'static Feature, Subject, &Slot)> {
        table().iter().enumerate().flat_map(move |(row, feature)| {
            let slots = u16::try_from(row).map_or(&[][..], |row| self.slots(FeatureId(row)));
            slots.iter().enumerate().filter_map(move |(index, slot)| {
                Some((feature, self.subject(feature, index)?, slot))
            })
        })
    }

    /// Who a subject of the scope of a feature is, by its position.
    pub fn subject_of(&self, feature: FeatureId, index: usize) -> Option<Subject> {
        let feature = table().get(feature.index())?;
        self.subject(feature, index)
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
            values.into_iter().map(|value| Slot {
                value,
                evidence: Rows::none(),
            })
        });
        Self::new(slots.collect(), Vec::new(), Vec::new())
    }
}

#[cfg(test)]
mod tests;
