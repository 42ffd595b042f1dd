//! Which of several accounts behind one handle a decision rests on: the stated rule.
//!
//! Taken are the accounts of the wanted kinds whose transactions may be read and whose link still
//! stands, in the order of their ids. An account that has to be linked again (`inactive`) is taken
//! as well, for what it showed before may be what matters, and the rules send old data to a person;
//! but not where the same account was linked again and that link is taken. A link that was cut
//! (`disconnected`) gives no data, so that alone it leads to nothing; beside others it is taken
//! like one that has run out: it may have been the one with the income.

mod error;

use std::collections::{BTreeMap, BTreeSet};

pub use error::{ChoiceError, NoneChosen};

use crate::application::AccountFilter;
use crate::id::AccountId;
use crate::limits;
use crate::snapshot::{Account, Category, Permission, Status, Subcategory};

/// The accounts that are taken, and why the others are not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// In the order of their ids, each once, at most [`limits::ACCOUNTS_MAX`].
    pub taken: Vec<AccountId>,
    /// The others.
    pub left_out: BTreeMap<AccountId, LeftOut>,
}

/// Why an account is not taken. Where more than one is true, the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LeftOut {
    /// Its link was cut, and there is no other that could be taken with it.
    Disconnected,
    /// Its link has run out or was cut, and the same account was linked again.
    LinkedAgain,
    /// It is of another kind than those wanted.
    OtherKind,
    /// The applicant did not permit its transactions to be read.
    NoTransactions,
}

impl LeftOut {
    /// In words, behind a number of accounts: `2 of another kind`.
    pub fn as_words(self) -> &'static str {
        match self {
            Self::Disconnected => "disconnected",
            Self::LinkedAgain => "linked again since",
            Self::OtherKind => "of another kind",
            Self::NoTransactions => "without permission to read transactions",
        }
    }
}

/// Chooses among the accounts behind one handle. What is chosen depends on what the accounts are,
/// and not on their order.
///
/// # Errors
///
/// Where none is to be taken, or more than an application can have.
pub fn choose(accounts: &[Account], filter: &AccountFilter) -> Result<Choice, ChoiceError> {
    let accounts: BTreeMap<&AccountId, &Account> = accounts
        .iter()
        .map(|account| (&account.id, account))
        .collect();
    let mut choice = Choice {
        taken: Vec::new(),
        left_out: BTreeMap::new(),
    };
    for account in accounts.values() {
        match left_out(account, &accounts, filter) {
            None => choice.taken.push(account.id.clone()),
            Some(why) => {
                choice.left_out.insert(account.id.clone(), why);
            }
        }
    }
    if !choice.taken.is_empty() {
        let cut = choice.left_out.extract_if(.., |id, why| {
            let account = accounts.get(id);
            *why == LeftOut::Disconnected
                && account.is_some_and(|account| is_wanted(account, filter).is_none())
        });
        choice.taken.extend(cut.map(|(id, _)| id));
        choice.taken.sort();
    }
    let max = limits::ACCOUNTS_MAX;
    match choice.taken.len() {
        0 => Err(none_chosen(&accounts, filter, &choice).into()),
        found if found > max => Err(ChoiceError::TooMany { found, max }),
        _ => Ok(choice),
    }
}

fn left_out(
    account: &Account,
    all: &BTreeMap<&AccountId, &Account>,
    filter: &AccountFilter,
) -> Option<LeftOut> {
    let linked_again = || {
        all.values().any(|other| {
            other.status == Status::Active
                && is_wanted(other, filter).is_none()
                && is_same_account(account, other)
        })
    };
    let is_broken = matches!(account.status, Status::Disconnected | Status::Inactive);
    if is_broken && linked_again() {
        Some(LeftOut::LinkedAgain)
    } else if account.status == Status::Disconnected {
        Some(LeftOut::Disconnected)
    } else {
        is_wanted(account, filter)
    }
}

/// Why the filter does not want an account, if it does not.
fn is_wanted(account: &Account, filter: &AccountFilter) -> Option<LeftOut> {
    let category = account.category.as_word();
    let of_category = if filter.categories.is_empty() {
        account.category == Category::Cash
    } else {
        filter.categories.contains(category)
    };
    let of_subcategory = filter.subcategories.is_empty()
        || filter.subcategories.contains(account.subcategory.as_word());
    if !of_category || !of_subcategory {
        return Some(LeftOut::OtherKind);
    }
    let readable = account.permissions.contains(&Permission::Transactions);
    (!readable && !filter.without_transactions).then_some(LeftOut::NoTransactions)
}

/// Whether two links are to the same account, as far as Stripe lets one tell: the same kind of
/// account at the same bank with the same last digits.
fn is_same_account(one: &Account, other: &Account) -> bool {
    one.last4.is_some()
        && one.last4 == other.last4
        && one.institution == other.institution
        && one.category == other.category
        && one.subcategory == other.subcategory
}

fn none_chosen(
    accounts: &BTreeMap<&AccountId, &Account>,
    filter: &AccountFilter,
    choice: &Choice,
) -> NoneChosen {
    let mut left_out = BTreeMap::new();
    for why in choice.left_out.values() {
        let count: &mut usize = left_out.entry(*why).or_default();
        *count += 1;
    }
    let mut kinds = BTreeMap::new();
    for account in accounts.values() {
        let count: &mut usize = kinds.entry(kind(account)).or_default();
        *count += 1;
    }
    NoneChosen {
        found: accounts.len(),
        left_out,
        kinds,
        would_take: would_take(accounts, filter),
    }
}

/// `cash/checking`; a word that is not known is not repeated.
fn kind(account: &Account) -> String {
    match (&account.category, &account.subcategory) {
        (Category::Unknown(_), _) | (_, Subcategory::Unknown(_)) => "unknown".to_owned(),
        (category, subcategory) => format!("{category}/{subcategory}"),
    }
}

/// The filter nearest to this one that would take an account: of the same kinds if it can be, and
/// with its transactions if it can be.
fn would_take(
    accounts: &BTreeMap<&AccountId, &Account>,
    filter: &AccountFilter,
) -> Option<AccountFilter> {
    let any_kind = AccountFilter {
        categories: accounts
            .values()
            .filter(|account| account.status != Status::Disconnected)
            .filter(|account| Category::WORDS.contains(&account.category.as_word()))
            .map(|account| account.category.as_word().to_owned())
            .collect(),
        subcategories: BTreeSet::new(),
        without_transactions: filter.without_transactions,
    };
    let without = |filter: &AccountFilter| AccountFilter {
        without_transactions: true,
        ..filter.clone()
    };
    let nearest = [without(filter), any_kind.clone(), without(&any_kind)];
    nearest.into_iter().find(|wider| {
        let mut linked = accounts
            .values()
            .filter(|account| account.status != Status::Disconnected);
        linked.any(|account| is_wanted(account, wider).is_none())
    })
}

#[cfg(test)]
mod tests;
