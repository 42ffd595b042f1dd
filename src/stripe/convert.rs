//! From Stripe's JSON to the words of the house. What cannot be expressed is left out and
//! flagged; nothing is guessed.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use super::error::{BadAnswer, StripeError};
use super::wire::{WireAccount, WireAmounts, WireBalance, WireOwner, WireTransaction};
use crate::id::{AccountId, ConnectedAccountId, TransactionId};
use crate::money::Currency;
use crate::snapshot::{
    Account, Balance, Category, Delivered, Owner, PaymentMethodType, Permission, QualityFlag,
    Status, Subcategory, Transaction, TransactionStatus,
};

type Flags = BTreeSet<QualityFlag>;

/// A time of Stripe's: whole seconds since 1970.
pub(super) fn time(seconds: i64) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp(seconds, 0)
}

pub(super) fn account(
    wire: &WireAccount,
    id: &AccountId,
    connected: Option<&ConnectedAccountId>,
) -> Account {
    Account {
        id: id.clone(),
        category: Category::from_word(&wire.category),
        subcategory: Subcategory::from_word(&wire.subcategory),
        institution: wire.institution_name.clone().unwrap_or_default(),
        last4: wire.last4.clone(),
        display_name: wire.display_name.clone(),
        status: Status::from_word(&wire.status),
        permissions: wire
            .permissions
            .iter()
            .map(|word| Permission::from_word(word))
            .collect(),
        livemode: wire.livemode,
        payment_methods: wire
            .supported_payment_method_types
            .iter()
            .map(|word| PaymentMethodType::from_word(word))
            .collect(),
        connected_account: connected.cloned(),
    }
}

/// The balance; `None` where no current amount can be read.
pub(super) fn balance(
    wire: &WireBalance,
    flags: &mut Flags,
) -> Result<Option<Balance>, StripeError> {
    let as_of = time(wire.as_of).ok_or(StripeError::bad(BadAnswer::Time))?;
    let current = amounts(&wire.current, flags);
    if current.is_empty() {
        return Ok(None);
    }
    let available = wire.cash.as_ref().and_then(|cash| cash.available.as_ref());
    let used = wire.credit.as_ref().and_then(|credit| credit.used.as_ref());
    Ok(Some(Balance {
        as_of,
        current,
        available: available.map(|map| amounts(map, flags)),
        used: used.map(|map| amounts(map, flags)),
    }))
}

fn amounts(wire: &WireAmounts, flags: &mut Flags) -> BTreeMap<Currency, i64> {
    let mut amounts = BTreeMap::new();
    for (word, amount) in wire {
        match (word.parse::<Currency>(), amount) {
            (Ok(currency), Some(amount)) if amounts.insert(currency, *amount).is_none() => {}
            // No currency, no amount, or one currency written in two ways.
            (Ok(_) | Err(_), Some(_) | None) => {
                flags.insert(QualityFlag::UnknownBalance);
            }
        }
    }
    amounts
}

pub(super) fn owners(wire: Vec<WireOwner>, flags: &mut Flags) -> Vec<Owner> {
    let mut owners = Vec::with_capacity(wire.len());
    for owner in wire {
        match owner.name {
            Some(name) => owners.push(Owner {
                name,
                email: owner.email,
                phone: owner.phone,
                raw_address: owner.raw_address,
            }),
            None => {
                flags.insert(QualityFlag::UnknownOwner);
            }
        }
    }
    owners
}

/// The rows with the time of their last change. A row of another account or mode means that the
/// whole answer is not the one asked for.
pub(super) fn transactions(
    wire: Vec<WireTransaction>,
    account: &Account,
    flags: &mut Flags,
) -> Result<Vec<Delivered>, StripeError> {
    let mut rows = Vec::with_capacity(wire.len());
    for row in wire {
        if row.account != account.id.as_str() {
            return Err(StripeError::bad(BadAnswer::WrongAccount));
        }
        if row.livemode != account.livemode {
            return Err(StripeError::bad(BadAnswer::WrongMode {
                livemode: row.livemode,
            }));
        }
        match transaction(row) {
            Some(row) => rows.push(row),
            None => {
                flags.insert(QualityFlag::UnknownValue);
            }
        }
    }
    Ok(rows)
}

fn transaction(wire: WireTransaction) -> Option<Delivered> {
    let optional = |seconds: Option<i64>| match seconds {
        Some(seconds) => time(seconds).map(Some),
        None => Some(None),
    };
    let transacted_at = time(wire.transacted_at)?;
    let posted_at = optional(wire.status_transitions.posted_at)?;
    let void_at = optional(wire.status_transitions.void_at)?;
    let updated = optional(wire.updated)?;
    let row = Transaction {
        id: TransactionId::parse(&wire.id).ok()?,
        amount: wire.amount,
        currency: wire.currency.parse().ok()?,
        description: wire.description.unwrap_or_default(),
        status: TransactionStatus::from_word(&wire.status),
        transacted_at,
        posted_at,
        void_at,
    };
    Some((row, updated))
}
