//! Snapshots: bank data as they were frozen.

use super::{date, money, timestamp, words};
use crate::money::{Currency, Money};
use crate::proto;
use crate::snapshot::{Balance, Snapshot, SnapshotHash, TransactionRef, Transactions};

/// A snapshot under its name.
pub fn snapshot(hash: SnapshotHash, snapshot: &Snapshot) -> proto::Snapshot {
    let account = &snapshot.account;
    proto::Snapshot {
        hash: hash.to_string(),
        account_id: account.id.to_string(),
        category: words::category(&account.category).into(),
        category_text: account.category.to_string(),
        subcategory: words::subcategory(&account.subcategory).into(),
        subcategory_text: account.subcategory.to_string(),
        institution: account.institution.clone(),
        last4: account.last4.clone().unwrap_or_default(),
        status: words::status(&account.status).into(),
        status_text: account.status.to_string(),
        permissions: account
            .permissions
            .iter()
            .map(|word| words::permission(word).into())
            .collect(),
        balance: snapshot.balance.known().ok().map(balance),
        balance_absence: words::absence(&snapshot.balance).into(),
        owners: snapshot
            .owners
            .known()
            .map_or(&[][..], Vec::as_slice)
            .iter()
            .map(|owner| proto::AccountOwner {
                name: owner.name.clone(),
                email: owner.email.clone().unwrap_or_default(),
                phone: owner.phone.clone().unwrap_or_default(),
                raw_address: owner.raw_address.clone().unwrap_or_default(),
            })
            .collect(),
        owners_absence: words::absence(&snapshot.owners).into(),
        transactions: snapshot
            .transactions
            .known()
            .into_iter()
            .flat_map(Transactions::iter)
            .map(transaction)
            .collect(),
        transactions_absence: words::absence(&snapshot.transactions).into(),
        first_covered_date: snapshot.coverage.map(|coverage| date(coverage.first)),
        last_covered_date: snapshot.coverage.map(|coverage| date(coverage.last)),
        flags: words::quality_flags(&snapshot.flags),
        fetch_time: Some(timestamp(snapshot.fetched_at)),
        balances_refresh_time: snapshot.refreshed.balances.map(timestamp),
        ownership_refresh_time: snapshot.refreshed.ownership.map(timestamp),
        transactions_refresh_time: snapshot.refreshed.transactions.map(timestamp),
        payment_method_types: account
            .payment_methods
            .iter()
            .map(|word| words::payment_method(word).into())
            .collect(),
        stripe_account: account
            .connected_account
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default(),
    }
}

fn balance(balance: &Balance) -> proto::AccountBalance {
    let amounts = |amounts: &std::collections::BTreeMap<Currency, i64>| {
        amounts
            .iter()
            .map(|(currency, minor)| money(Money::new(*minor, *currency)))
            .collect()
    };
    proto::AccountBalance {
        as_of_time: Some(timestamp(balance.as_of)),
        current: amounts(&balance.current),
        available: balance.available.as_ref().map(amounts).unwrap_or_default(),
        used: balance.used.as_ref().map(amounts).unwrap_or_default(),
    }
}

fn transaction(row: TransactionRef<'_>) -> proto::Transaction {
    proto::Transaction {
        id: row.id.to_string(),
        amount: Some(money(Money::new(row.amount, row.currency))),
        description: row.description.to_owned(),
        status: words::transaction_status(row.status).into(),
        status_text: row.status.to_string(),
        transact_time: Some(timestamp(row.transacted_at)),
        post_time: row.posted_at.map(timestamp),
        void_time: row.void_at.map(timestamp),
    }
}
