//! Bank customers that are kept as Stripe's JSON: read by the same code as an answer of Stripe's,
//! without asking anybody.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::convert;
use super::error::{BadAnswer, StripeError};
use super::json;
use super::refresh::refreshed;
use super::wire::{WireAccount, WireOwnership, WireTransaction};
use crate::id::AccountId;
use crate::snapshot::{Absence, Fetched, Part, Permission};

/// One object of Stripe's, told by its `object`.
#[derive(Deserialize)]
#[serde(tag = "object")]
enum Stored {
    #[serde(rename = "financial_connections.account")]
    Account(Box<WireAccount>),
    #[serde(rename = "financial_connections.transaction")]
    Transaction(WireTransaction),
}

/// Reads a JSON array of accounts, their owners inside, and transactions: each account as if it had
/// been fetched at `now`, with every refresh settled. In the order in which the accounts stand; one that
/// stands there several times, as it was told of at several times, has the same rows each time.
///
/// # Errors
///
/// What would be [`StripeError::BadAnswer`] of an answer of Stripe's is so here.
pub fn read_stored(bytes: &[u8], now: DateTime<Utc>) -> Result<Vec<Fetched>, StripeError> {
    let objects: Vec<Stored> = json::read(bytes).map_err(StripeError::bad)?;
    let (mut accounts, mut rows) = (Vec::new(), BTreeMap::<String, Vec<_>>::new());
    for object in objects {
        match object {
            Stored::Account(account) => accounts.push(account),
            Stored::Transaction(row) => rows.entry(row.account.clone()).or_default().push(row),
        }
    }
    let known: BTreeSet<&str> = accounts.iter().map(|wire| wire.id.as_str()).collect();
    if rows.keys().any(|account| !known.contains(account.as_str())) {
        return Err(StripeError::bad(BadAnswer::WrongAccount));
    }
    let mut all = Vec::with_capacity(accounts.len());
    for wire in accounts {
        let own = rows.get(&wire.id).cloned().unwrap_or_default();
        all.push(account(&wire, own, now)?);
    }
    Ok(all)
}

fn account(
    wire: &WireAccount,
    rows: Vec<WireTransaction>,
    now: DateTime<Utc>,
) -> Result<Fetched, StripeError> {
    let id = AccountId::parse(&wire.id).map_err(|_| StripeError::bad(BadAnswer::WrongObject))?;
    let account = convert::account(wire, &id, None);
    let mut flags = BTreeSet::new();
    let withheld = |permission| account.withholds(&permission);
    let balance = match (withheld(Permission::Balances), &wire.balance) {
        (Some(why), _) => Part::Absent(why),
        (None, None) => Part::Absent(Absence::NotOffered),
        (None, Some(balance)) => match convert::balance(balance, &mut flags)? {
            Some(balance) => Part::Known(balance),
            None => Part::Absent(Absence::NotOffered),
        },
    };
    let owners = match (withheld(Permission::Ownership), &wire.ownership) {
        (Some(why), _) => Part::Absent(why),
        (None, Some(WireOwnership::Expanded { owners, .. })) => {
            Part::Known(convert::owners(owners.data.clone(), &mut flags))
        }
        (None, Some(WireOwnership::Id(_)) | None) => Part::Absent(Absence::NotOffered),
    };
    let transactions = match withheld(Permission::Transactions) {
        Some(why) => Part::Absent(why),
        None => Part::Known(convert::transactions(rows, &account, &mut flags)?),
    };
    Ok(Fetched {
        balance,
        owners,
        transactions,
        flags,
        fetched_at: now,
        refreshed: refreshed(wire),
        transaction_refresh: None,
        earlier_balance: None,
        account,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::Zone;
    use crate::snapshot::freeze;

    const CUSTOMER: &str = r#"[
        {"object": "financial_connections.account", "id": "fca_a", "livemode": false,
         "category": "cash", "subcategory": "checking", "status": "active",
         "permissions": ["balances", "ownership", "transactions"],
         "balance": {"as_of": 1760540400, "current": {"usd": 1000}},
         "ownership": {"id": "fcaowns_a", "owners": {"data": [{"name": "Ada Example"}]}}},
        {"object": "financial_connections.transaction", "id": "fctxn_1", "account": "fca_a",
         "amount": -5, "currency": "usd", "livemode": false, "status": "posted",
         "transacted_at": 1760000000}
    ]"#;

    fn read(text: &str) -> Result<Vec<Fetched>, StripeError> {
        read_stored(
            text.as_bytes(),
            DateTime::from_timestamp(1_760_540_400, 0).unwrap(),
        )
    }

    #[test]
    fn a_stored_customer_is_read_as_an_answer_is() {
        let mut all = read(CUSTOMER).unwrap();
        assert_eq!(all.len(), 1);
        let snapshot = freeze(all.remove(0), Zone::default());
        assert_eq!(snapshot.row_count(), 1);
        assert_eq!(snapshot.owners.known().unwrap().len(), 1);
        assert!(snapshot.balance.known().is_ok() && snapshot.is_settled());
    }

    #[test]
    fn an_account_may_be_told_of_at_several_times() {
        let later = CUSTOMER
            .replace('[', "")
            .replace("1760540400", "1760640400");
        let (later, _) = later
            .split_once("},\n        {\"object\": \"financial_connections.transaction")
            .unwrap();
        let later = later.replacen("\"permissions\": ", "\"permissions\": [", 1);
        let later = later.replacen("\"data\": ", "\"data\": [", 1);
        let twice = CUSTOMER.replacen('[', &format!("[{later}}}, "), 1);
        let all = read(&twice).unwrap();
        let told: Vec<_> = all
            .iter()
            .map(|one| one.balance.known().unwrap().as_of)
            .collect();
        assert_eq!(
            told.iter().map(DateTime::timestamp).collect::<Vec<_>>(),
            [1_760_640_400, 1_760_540_400]
        );
        assert!(
            all.iter()
                .all(|one| one.transactions.known().unwrap().len() == 1)
        );
    }

    #[test]
    fn what_is_none_of_it_is_a_bad_answer() {
        let stranger = CUSTOMER.replace(r#""account": "fca_a""#, r#""account": "fca_b""#);
        for text in ["{}", "[1]", r#"[{"object": "charge"}]"#, &stranger] {
            let error = read(text).unwrap_err();
            assert!(matches!(error, StripeError::BadAnswer { .. }), "{text}");
        }
    }
}
