//! One object of a file, with what it leaves out filled in.

use serde_json::Value;

use super::fields::{Field, Fields};
use crate::id::{AccountId, OwnershipId, TransactionId};
use crate::sandbox::wire::{
    self, Account, AccountOwner, Balance, CashBalance, CreditBalance, Refresh, RefreshStatus,
    StatusTransitions, Transaction,
};
use crate::sandbox::world::RefreshFeature;

const PERMISSIONS: [&str; 4] = ["balances", "ownership", "payment_method", "transactions"];

/// An account; `ownership` inside `account` is an id.
#[derive(Debug)]
pub(super) struct LoadedAccount {
    pub(super) account: Account,
    /// The ownership, where it was written inside the account.
    pub(super) ownership: Option<LoadedOwnership>,
    pub(super) unrefreshed: Vec<RefreshFeature>,
}

/// An ownership.
#[derive(Debug)]
pub(super) struct LoadedOwnership {
    pub(super) id: String,
    pub(super) created: i64,
    pub(super) owners: Vec<AccountOwner>,
}

/// A transaction; what its account or status decides is still open.
#[derive(Debug)]
pub(super) struct LoadedTransaction {
    pub(super) row: Transaction,
    /// Whether `transaction_refresh` is to be the account's.
    pub(super) refresh_open: bool,
}

pub(super) fn account(mut fields: Fields<'_>, now: i64) -> Option<LoadedAccount> {
    let id = fields.required_text("id")?;
    if let Err(error) = AccountId::parse(&id) {
        fields.problem("id", &error.to_string());
    }
    fields.not_live();
    let or = |text: Option<String>, default: &str| text.unwrap_or_else(|| default.to_owned());
    let category = or(fields.text("category"), "cash");
    let subcategory = match category.as_str() {
        "cash" => "checking",
        "credit" => "credit_card",
        _ => "other",
    };
    let all = || PERMISSIONS.map(str::to_owned).to_vec();
    let permissions = fields.texts("permissions").unwrap_or_else(all);
    let pays = if category == "cash" {
        vec!["us_bank_account".to_owned()]
    } else {
        Vec::new()
    };
    let (ownership_id, ownership) = account_ownership(&mut fields, now);
    let balance = balance(&mut fields, &category, now);
    let mut unrefreshed = Vec::new();
    let mut refresh = |fields: &mut Fields<'_>, name, feature: RefreshFeature| {
        let permitted = permissions.iter().any(|word| word == feature.permission());
        let refresh = refresh(fields, name, feature, &id, now);
        if refresh.is_none() {
            unrefreshed.push(feature);
        }
        refresh.filter(|_| permitted)
    };
    let account = Account {
        balance_refresh: refresh(&mut fields, "balance_refresh", RefreshFeature::Balance),
        ownership_refresh: refresh(&mut fields, "ownership_refresh", RefreshFeature::Ownership),
        transaction_refresh: refresh(
            &mut fields,
            "transaction_refresh",
            RefreshFeature::Transactions,
        ),
        object: wire::ACCOUNT,
        account_holder: value(&mut fields, "account_holder", Value::is_object, "an object"),
        account_numbers: value(&mut fields, "account_numbers", Value::is_array, "an array"),
        balance,
        created: fields.time("created").unwrap_or(now),
        display_name: fields.text("display_name"),
        institution_name: or(fields.text("institution_name"), "Sandbox Bank"),
        last4: fields.text("last4"),
        livemode: false,
        ownership: ownership_id,
        status: or(fields.text("status"), "active"),
        subcategory: or(fields.text("subcategory"), subcategory),
        subscriptions: fields.texts("subscriptions").unwrap_or_default(),
        supported_payment_method_types: fields
            .texts("supported_payment_method_types")
            .unwrap_or(pays),
        extra: fields.rest(),
        permissions,
        category,
        id,
    };
    Some(LoadedAccount {
        account,
        ownership,
        unrefreshed,
    })
}

/// The ownership of an account: an id, or the object itself.
fn account_ownership(
    fields: &mut Fields<'_>,
    now: i64,
) -> (Option<String>, Option<LoadedOwnership>) {
    match fields.take("ownership") {
        Field::Absent | Field::Null => (None, None),
        Field::Is(Value::String(id)) => (Some(id), None),
        Field::Is(value) => {
            let Some(mut inner) = fields.inner("ownership", value) else {
                return (None, None);
            };
            inner.skip("object");
            let ownership = ownership(inner, now);
            (ownership.as_ref().map(|found| found.id.clone()), ownership)
        }
    }
}

/// A field that is served as it was written.
fn value(fields: &mut Fields<'_>, name: &str, is: fn(&Value) -> bool, what: &str) -> Option<Value> {
    let Field::Is(value) = fields.take(name) else {
        return None;
    };
    if !is(&value) {
        fields.problem(name, &format!("must be {what} or null"));
    }
    Some(value)
}

fn balance(fields: &mut Fields<'_>, category: &str, now: i64) -> Option<Balance> {
    let Field::Is(value) = fields.take("balance") else {
        return None;
    };
    let mut balance = fields.inner("balance", value)?;
    let current = balance.amounts("current");
    if current.is_none() {
        balance.problem("current", "is required");
    }
    let kind = if category == "credit" {
        "credit"
    } else {
        "cash"
    };
    let inner = |balance: &mut Fields<'_>, name: &str, amount: &str| match balance.take(name) {
        Field::Absent | Field::Null => None,
        Field::Is(value) => Some(balance.inner(name, value)?.amounts(amount)),
    };
    Some(Balance {
        as_of: balance.time("as_of").unwrap_or(now),
        cash: inner(&mut balance, "cash", "available").map(|available| CashBalance { available }),
        credit: inner(&mut balance, "credit", "used").map(|used| CreditBalance { used }),
        current: current?,
        kind: balance.text("type").unwrap_or_else(|| kind.to_owned()),
    })
}

/// A refresh that is not stated has succeeded; one that is `null` has never been.
fn refresh(
    fields: &mut Fields<'_>,
    name: &str,
    feature: RefreshFeature,
    account: &str,
    now: i64,
) -> Option<Refresh> {
    let first_id = || {
        let account = account.strip_prefix("fca_").unwrap_or(account);
        format!("fctxnref_{account}_1")
    };
    let has_id = feature == RefreshFeature::Transactions;
    let value = match fields.take(name) {
        Field::Null => return None,
        Field::Absent => {
            return Some(Refresh {
                id: has_id.then(first_id),
                last_attempted_at: now,
                next_refresh_available_at: Some(now),
                status: RefreshStatus::Succeeded,
            });
        }
        Field::Is(value) => value,
    };
    let mut inner = fields.inner(name, value)?;
    let status = match inner.text("status").as_deref() {
        None | Some("succeeded") => RefreshStatus::Succeeded,
        Some("failed") => RefreshStatus::Failed,
        Some("pending") => RefreshStatus::Pending,
        Some(_) => {
            inner.problem("status", "must be `pending`, `succeeded` or `failed`");
            RefreshStatus::Failed
        }
    };
    let next = inner.time("next_refresh_available_at").unwrap_or(now);
    Some(Refresh {
        id: has_id.then(|| inner.text("id").unwrap_or_else(first_id)),
        last_attempted_at: inner.time("last_attempted_at").unwrap_or(now),
        next_refresh_available_at: (status != RefreshStatus::Pending).then_some(next),
        status,
    })
}

pub(super) fn ownership(mut fields: Fields<'_>, now: i64) -> Option<LoadedOwnership> {
    let id = fields.required_text("id")?;
    if let Err(error) = OwnershipId::parse(&id) {
        fields.problem("id", &error.to_string());
    }
    let created = fields.time("created").unwrap_or(now);
    let mut owners = Vec::new();
    match fields.take("owners") {
        Field::Absent | Field::Null => {}
        Field::Is(value) => {
            let mut list = fields.inner("owners", value)?;
            let Field::Is(Value::Array(items)) = list.take("data") else {
                list.problem("data", "must be an array of owners");
                return None;
            };
            let place = list.place.at("data");
            for (index, item) in items.into_iter().enumerate() {
                let place = place.at(&index.to_string());
                let Value::Object(object) = item else {
                    list.problems.add(&place, "must be an object");
                    continue;
                };
                let mut item = Fields::new(object, place, list.problems);
                item.skip("object");
                owners.extend(owner(item, Some((&id, index))));
            }
        }
    }
    Some(LoadedOwnership {
        id,
        created,
        owners,
    })
}

/// An owner; one inside an ownership may leave out its id and the ownership's.
pub(super) fn owner(mut fields: Fields<'_>, within: Option<(&str, usize)>) -> Option<AccountOwner> {
    let name = fields.required_text("name");
    let (id, ownership) = match within {
        Some((ownership, index)) => {
            let made = || {
                let ownership = ownership.strip_prefix("fcaowns_").unwrap_or(ownership);
                format!("fcaown_{ownership}_{}", index.saturating_add(1))
            };
            let id = fields.text("id").unwrap_or_else(made);
            fields.skip("ownership");
            (Some(id), Some(ownership.to_owned()))
        }
        None => (
            fields.required_text("id"),
            fields.required_text("ownership"),
        ),
    };
    let owner = AccountOwner {
        email: fields.text("email"),
        object: wire::OWNER,
        phone: fields.text("phone"),
        raw_address: fields.text("raw_address"),
        refreshed_at: fields.time("refreshed_at"),
        extra: fields.rest(),
        id: id?,
        name: name?,
        ownership: ownership?,
    };
    Some(owner)
}

pub(super) fn transaction(mut fields: Fields<'_>) -> Option<LoadedTransaction> {
    let id = fields.required_text("id");
    if let Some(Err(error)) = id.as_deref().map(TransactionId::parse) {
        fields.problem("id", &error.to_string());
    }
    let account = fields.required_text("account");
    let amount = fields.required_integer("amount");
    let at = fields.required_time("transacted_at");
    fields.not_live();
    let status = fields.text("status").unwrap_or_else(|| "posted".to_owned());
    let mut transitions = StatusTransitions {
        posted_at: None,
        void_at: None,
    };
    match fields.take("status_transitions") {
        Field::Absent | Field::Null => match status.as_str() {
            "posted" => transitions.posted_at = at,
            "void" => transitions.void_at = at,
            _ => {}
        },
        Field::Is(value) => {
            if let Some(mut inner) = fields.inner("status_transitions", value) {
                transitions.posted_at = inner.time("posted_at");
                transitions.void_at = inner.time("void_at");
            }
        }
    }
    let changed = transitions.void_at.or(transitions.posted_at).or(at);
    let refresh = fields.text("transaction_refresh");
    let refresh_open = refresh.is_none();
    let row = Transaction {
        currency: fields.text("currency").unwrap_or_else(|| "usd".to_owned()),
        description: fields.text("description").unwrap_or_default(),
        updated: fields.time("updated").or(changed)?,
        livemode: false,
        object: wire::TRANSACTION,
        status_transitions: transitions,
        transaction_refresh: refresh.unwrap_or_default(),
        transacted_at: at?,
        extra: fields.rest(),
        account: account?,
        amount: amount?,
        id: id?,
        status,
    };
    Some(LoadedTransaction { row, refresh_open })
}
