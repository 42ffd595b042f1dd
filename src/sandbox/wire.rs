//! The objects of the wire, in Stripe's shapes.
//!
//! Words that Stripe may add to (categories, statuses, permissions) stay texts, and fields that
//! are not known here travel in `extra`, so that a loaded folder is served as it was written.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Map, Value};

/// Amounts in minor units by lower-case currency code.
pub type Amounts = BTreeMap<String, i64>;

/// A `financial_connections.account`.
#[derive(Clone, PartialEq, Serialize)]
pub struct Account {
    /// `fca_…`.
    pub id: String,
    /// Always `financial_connections.account`.
    pub object: &'static str,
    /// Who linked it: an object with `type` and `customer` or `account`.
    pub account_holder: Option<Value>,
    /// Details of the account numbers.
    pub account_numbers: Option<Value>,
    /// What it holds.
    pub balance: Option<Balance>,
    /// The last refresh of the balance.
    pub balance_refresh: Option<Refresh>,
    /// `cash`, `credit`, `investment` or `other`.
    pub category: String,
    /// When it was linked, in Unix seconds.
    pub created: i64,
    /// The bank's or the holder's name for it.
    pub display_name: Option<String>,
    /// The bank's name.
    pub institution_name: String,
    /// The last digits of the account number.
    pub last4: Option<String>,
    /// Always false: a sandbox holds no real money.
    pub livemode: bool,
    /// Whose it is: the `fcaowns_…`, in whose place the object is put where it is asked for.
    pub ownership: Option<String>,
    /// The last refresh of the owners.
    pub ownership_refresh: Option<Refresh>,
    /// What the holder permitted.
    pub permissions: Vec<String>,
    /// `active`, `inactive` or `disconnected`.
    pub status: String,
    /// `checking`, `savings` and so on.
    pub subcategory: String,
    /// What is refreshed daily.
    pub subscriptions: Vec<String>,
    /// How it can pay.
    pub supported_payment_method_types: Vec<String>,
    /// The last refresh of the transactions.
    pub transaction_refresh: Option<Refresh>,
    /// Fields that are not known here.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// What an account holds.
#[derive(Clone, PartialEq, Serialize)]
pub struct Balance {
    /// When the bank computed it, in Unix seconds.
    pub as_of: i64,
    /// What a cash account has to give.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cash: Option<CashBalance>,
    /// What a credit account owes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub credit: Option<CreditBalance>,
    /// Before pending transactions; positive is owed to the holder.
    pub current: Amounts,
    /// `cash` or `credit`.
    #[serde(rename = "type")]
    pub kind: String,
}

/// What a cash account has to give.
#[derive(Clone, PartialEq, Serialize)]
pub struct CashBalance {
    /// After pending transactions.
    pub available: Option<Amounts>,
}

/// What a credit account owes.
#[derive(Clone, PartialEq, Serialize)]
pub struct CreditBalance {
    /// Credit in use.
    pub used: Option<Amounts>,
}

/// The last refresh of one feature of an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Refresh {
    /// `fctxnref_…`; only refreshes of transactions have one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// When it was started, in Unix seconds.
    pub last_attempted_at: i64,
    /// When the next one may be started; nothing while this one is under way.
    pub next_refresh_available_at: Option<i64>,
    /// How it stands.
    pub status: RefreshStatus,
}

/// How a refresh stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RefreshStatus {
    /// The bank gave nothing; what there was before stays.
    Failed,
    /// Under way.
    Pending,
    /// Done.
    Succeeded,
}

/// A `financial_connections.account_ownership`: the owners known at one refresh.
#[derive(Clone, PartialEq, Serialize)]
pub struct AccountOwnership {
    /// When it was made, in Unix seconds.
    pub created: i64,
    /// `fcaowns_…`.
    pub id: String,
    /// Always `financial_connections.account_ownership`.
    pub object: &'static str,
    /// The first page of the owners.
    pub owners: List<AccountOwner>,
}

/// A `financial_connections.account_owner`.
#[derive(Clone, PartialEq, Serialize)]
pub struct AccountOwner {
    /// E-mail address.
    pub email: Option<String>,
    /// `fcaown_…`.
    pub id: String,
    /// Full name in the bank's notation.
    pub name: String,
    /// Always `financial_connections.account_owner`.
    pub object: &'static str,
    /// The `fcaowns_…` it belongs to.
    pub ownership: String,
    /// Telephone number in the bank's notation.
    pub phone: Option<String>,
    /// Address as one line of free text.
    pub raw_address: Option<String>,
    /// When the bank last said so, in Unix seconds.
    pub refreshed_at: Option<i64>,
    /// Fields that are not known here.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// A `financial_connections.transaction`.
#[derive(Clone, PartialEq, Serialize)]
pub struct Transaction {
    /// The `fca_…` it moved money on.
    pub account: String,
    /// In minor units; positive is money in.
    pub amount: i64,
    /// Lower-case currency code.
    pub currency: String,
    /// The bank's text.
    pub description: String,
    /// `fctxn_…`.
    pub id: String,
    /// Always false.
    pub livemode: bool,
    /// Always `financial_connections.transaction`.
    pub object: &'static str,
    /// `pending`, `posted` or `void`.
    pub status: String,
    /// When it became what it is.
    pub status_transitions: StatusTransitions,
    /// When it was made, in Unix seconds.
    pub transacted_at: i64,
    /// The `fctxnref_…` that last changed it.
    pub transaction_refresh: String,
    /// When it was last changed, in Unix seconds.
    pub updated: i64,
    /// Fields that are not known here.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// When a transaction became what it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct StatusTransitions {
    /// When it became part of the balance, in Unix seconds.
    pub posted_at: Option<i64>,
    /// When it vanished, in Unix seconds.
    pub void_at: Option<i64>,
}

/// One page of a list.
#[derive(Clone, PartialEq, Serialize)]
pub struct List<T> {
    /// The objects of the page.
    pub data: Vec<T>,
    /// Whether there are more in the direction asked for.
    pub has_more: bool,
    /// Always `list`.
    pub object: &'static str,
    /// Where the list can be had.
    pub url: String,
}

impl<T> List<T> {
    pub(super) fn new(data: Vec<T>, has_more: bool, url: String) -> Self {
        Self {
            data,
            has_more,
            object: "list",
            url,
        }
    }
}

/// The name of an account object.
pub(super) const ACCOUNT: &str = "financial_connections.account";
/// A `financial_connections.session`.
#[derive(Clone, PartialEq, Serialize)]
pub struct Session {
    /// `fcsess_…`.
    pub id: String,
    /// Always `financial_connections.session`.
    pub object: &'static str,
    /// Who links: an object with `type` and `customer` or `account`.
    pub account_holder: Option<Value>,
    /// The first page of what was linked.
    pub accounts: List<Account>,
    /// What the browser needs to begin.
    pub client_secret: Option<String>,
    /// Always false.
    pub livemode: bool,
    /// What is asked of the holder.
    pub permissions: Vec<String>,
    /// What is refreshed on linking.
    pub prefetch: Vec<String>,
    /// Fields that are there only where they were given.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// The name of a session object.
pub(super) const SESSION: &str = "financial_connections.session";
/// The name of an ownership object.
pub(super) const OWNERSHIP: &str = "financial_connections.account_ownership";
/// The name of an owner object.
pub(super) const OWNER: &str = "financial_connections.account_owner";
/// The name of a transaction object.
pub(super) const TRANSACTION: &str = "financial_connections.transaction";

macro_rules! silent_debug {
    ($($name:ident),+) => {
        $(impl std::fmt::Debug for $name {
            /// Personal data never reaches a log.
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, "{}({})", stringify!($name), self.id)
            }
        })+
    };
}

silent_debug!(Account, AccountOwner, Transaction);
