//! Sessions, in which a person links accounts. Linking is done by hand in a browser, so a session
//! that is made here never has any; those of the samples are of people who linked theirs.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::problem::ApiError;
use super::query::Params;
use super::wire::{self, Account, List};

/// A session as the server keeps it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Session {
    pub(super) id: String,
    /// Who links.
    pub(super) account_holder: Option<Value>,
    /// The ids of what was linked.
    pub(super) accounts: BTreeSet<String>,
    /// What is asked of the holder.
    pub(super) permissions: Vec<String>,
    /// What is refreshed on linking.
    pub(super) prefetch: Vec<String>,
    /// Fields that are there only where they were given: `filters`, `return_url` and so on.
    pub(super) extra: Map<String, Value>,
}

impl Session {
    /// The session as it is shown, with the first page of its accounts.
    pub(super) fn view(&self, accounts: List<Account>) -> wire::Session {
        wire::Session {
            account_holder: self.account_holder.clone(),
            accounts,
            client_secret: Some(format!("{}_secret_sandbox", self.id)),
            id: self.id.clone(),
            livemode: false,
            object: wire::SESSION,
            permissions: self.permissions.clone(),
            prefetch: self.prefetch.clone(),
            extra: self.extra.clone(),
        }
    }
}

/// A session that is to be made; its id is given later.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct NewSession {
    pub(super) holder: Holder,
    permissions: Vec<String>,
    prefetch: Vec<String>,
    extra: Map<String, Value>,
}

/// Who is to link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Holder {
    Account(String),
    Customer(String),
    CustomerAccount(String),
}

const PERMISSIONS: [&str; 4] = ["balances", "ownership", "payment_method", "transactions"];
const PREFETCH: [&str; 3] = ["balances", "ownership", "transactions"];
const SUBCATEGORIES: [&str; 5] = [
    "checking",
    "credit_card",
    "line_of_credit",
    "mortgage",
    "savings",
];

impl NewSession {
    /// Takes all parameters of `POST /v1/financial_connections/sessions` but `expand`.
    pub(super) fn take(params: &mut Params) -> Result<Self, ApiError> {
        let holder = Holder::take(params)?;
        let permissions = words(params, &["permissions"], &PERMISSIONS)?;
        if permissions.is_empty() {
            return Err(ApiError::required("permissions"));
        }
        let prefetch = words(params, &["prefetch"], &PREFETCH)?;
        let mut extra = Map::new();
        let filters = filters(params)?;
        if !filters.is_empty() {
            extra.insert("filters".to_owned(), filters.into());
        }
        if let Some(most) = params.integer(&["limits", "accounts"])? {
            if most < 1 {
                let message = "Invalid limits[accounts]: must be at least 1";
                return Err(ApiError::invalid(message).param("limits[accounts]"));
            }
            extra.insert("limits".to_owned(), json!({ "accounts": most }));
        }
        if let Some(mode) = word(
            params,
            &["manual_entry", "mode"],
            &["automatic", "disabled"],
        )? {
            extra.insert("manual_entry".to_owned(), json!({ "mode": mode }));
        }
        if let Some(url) = params.text("return_url")? {
            extra.insert("return_url".to_owned(), url.into());
        }
        Ok(Self {
            holder,
            permissions,
            prefetch,
            extra,
        })
    }

    /// The session of this holder.
    pub(super) fn make(self, id: String, holder: Value) -> Session {
        Session {
            id,
            account_holder: Some(holder),
            accounts: BTreeSet::new(),
            permissions: self.permissions,
            prefetch: self.prefetch,
            extra: self.extra,
        }
    }
}

impl Holder {
    fn take(params: &mut Params) -> Result<Self, ApiError> {
        let kind = word(
            params,
            &["account_holder", "type"],
            &["account", "customer"],
        )?;
        let mut given = Vec::new();
        for name in ["account", "customer", "customer_account"] {
            if let Some(id) = params.nested(&["account_holder", name])? {
                given.push((name, id));
            }
        }
        let Some(kind) = kind else {
            let param = if given.is_empty() {
                "account_holder"
            } else {
                "account_holder[type]"
            };
            return Err(ApiError::required(param));
        };
        let wrong = |name: &str| {
            let message =
                format!("The `{name}` of an account holder does not go with the type `{kind}`.");
            ApiError::invalid(message).param(format!("account_holder[{name}]"))
        };
        match (kind.as_str(), given.as_slice()) {
            (_, []) => Err(ApiError::required(&format!("account_holder[{kind}]"))),
            ("account", [("account", id)]) => Ok(Self::Account(id.clone())),
            ("customer", [("customer", id)]) => Ok(Self::Customer(id.clone())),
            ("customer", [("customer_account", id)]) => Ok(Self::CustomerAccount(id.clone())),
            (_, [(name, _)] | [_, (name, _), ..]) => Err(wrong(name)),
        }
    }
}

/// `countries` is what it was called before `country`.
fn filters(params: &mut Params) -> Result<Map<String, Value>, ApiError> {
    let mut filters = Map::new();
    let kinds = words(
        params,
        &["filters", "account_subcategories"],
        &SUBCATEGORIES,
    )?;
    if !kinds.is_empty() {
        filters.insert("account_subcategories".to_owned(), kinds.into());
    }
    let countries = params.nested_list(&["filters", "countries"])?;
    if !countries.is_empty() {
        filters.insert("countries".to_owned(), countries.into());
    }
    if let Some(country) = params.nested(&["filters", "country"])? {
        filters.insert("country".to_owned(), country.into());
    }
    let support = ["filters", "require_payment_method_support"];
    if let Some(word) = word(params, &support, &["all", "at_least_one", "none"])? {
        filters.insert("require_payment_method_support".to_owned(), word.into());
    }
    Ok(filters)
}

fn one_of(name: &str, words: &[&str]) -> ApiError {
    let words = words.join(", ");
    ApiError::invalid(format!("Invalid {name}: must be one of {words}")).param(name)
}

fn word(params: &mut Params, path: &[&str], known: &[&str]) -> Result<Option<String>, ApiError> {
    match params.nested(path)? {
        Some(word) if !known.contains(&word.as_str()) => {
            Err(one_of(&super::query::bracketed(path), known))
        }
        word => Ok(word),
    }
}

fn words(params: &mut Params, path: &[&str], known: &[&str]) -> Result<Vec<String>, ApiError> {
    let words = params.nested_list(path)?;
    let wrong = |word: &String| !known.contains(&word.as_str());
    match words.iter().position(wrong) {
        Some(index) => {
            let name = format!("{}[{index}]", super::query::bracketed(path));
            Err(one_of(&name, known))
        }
        None => Ok(words),
    }
}
