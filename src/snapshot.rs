//! One account's data as known at one moment: sorted, de-duplicated, immutable.
//!
//! A [`Snapshot`] is made by [`freeze`] from what a source delivered, and from then on only read.
//! It keeps what the bank said (signs, void rows, zero balances) and marks what is doubtful;
//! judging it is the work of `analysis`.

mod codec;
mod dates;
mod error;
mod freeze;
mod freshness;
mod rows;
mod sign;
#[cfg(test)]
mod tests;
mod transactions;
mod twins;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use crate::id::{AccountId, ConnectedAccountId, TransactionId};
use crate::money::Currency;

pub use codec::{Frozen, Sealed, SnapshotHash, decode, seal, unseal};
pub use error::SnapshotError;
pub use freeze::{Delivered, Fetched, freeze};
pub use freshness::{Refreshed, Synced};
pub use rows::{RowRange, Rows};
pub use transactions::{TransactionRef, Transactions};
pub use twins::twins;

/// One account as known at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    /// What kind of account it is, and whether it still answers.
    pub account: Account,
    /// What it holds.
    pub balance: Part<Balance>,
    /// Whose it is.
    pub owners: Part<Vec<Owner>>,
    /// Sorted by `(transacted_at, id)`, each id once. Pending and void rows are kept and marked.
    pub transactions: Part<Transactions>,
    /// The civil dates that the transactions cover; `None` where there are none.
    pub coverage: Option<Coverage>,
    /// What is doubtful about it.
    pub flags: BTreeSet<QualityFlag>,
    /// When it was fetched.
    #[serde(with = "chrono::serde::ts_seconds")]
    pub fetched_at: DateTime<Utc>,
    /// When the bank last delivered each part.
    pub refreshed: Refreshed,
    /// Up to where the transactions are whole: a later fetch asks only for what changed since.
    pub transaction_refresh: Option<Synced>,
    /// The balance as it was before, where it was seen: two balances and the rows between them
    /// prove the sign of amounts.
    pub earlier_balance: Option<Balance>,
}

impl Snapshot {
    /// How many transactions are known.
    pub fn row_count(&self) -> usize {
        self.transactions.known().map_or(0, Transactions::len)
    }

    /// Whether rows may be missing of those that the bank has: the list was cut, or something in it
    /// could not be read.
    pub fn lacks_rows(&self) -> bool {
        let missing = [QualityFlag::HistoryCut, QualityFlag::UnknownValue];
        missing.iter().any(|flag| self.flags.contains(flag))
    }
}

/// A part of a snapshot: there, or not there for a reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Part<T> {
    /// It is there.
    Known(T),
    /// It is not.
    Absent(Absence),
}

impl<T> Part<T> {
    /// The data, or why there is none.
    pub fn known(&self) -> Result<&T, Absence> {
        match self {
            Self::Known(data) => Ok(data),
            Self::Absent(why) => Err(*why),
        }
    }
}

/// Why a part of a snapshot is not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Absence {
    /// The applicant did not permit it.
    NoPermission,
    /// It was never fetched from the bank, and could not be in time.
    NotReady,
    /// The bank was asked and failed, and there is nothing from before.
    RefreshFailed,
    /// The account no longer gives data.
    Disconnected,
    /// The account has no such data.
    NotOffered,
}

impl Absence {
    /// The stable word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NoPermission => "no_permission",
            Self::NotReady => "not_ready",
            Self::RefreshFailed => "refresh_failed",
            Self::Disconnected => "disconnected",
            Self::NotOffered => "not_offered",
        }
    }
}

/// The account itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// Stripe's id.
    pub id: AccountId,
    /// Cash, credit, investment or other.
    pub category: Category,
    /// Checking, savings, and so on.
    pub subcategory: Subcategory,
    /// The bank's name.
    pub institution: String,
    /// The last four digits of the account number.
    pub last4: Option<String>,
    /// The bank's or the holder's name for it.
    pub display_name: Option<String>,
    /// Whether it still gives data.
    pub status: Status,
    /// What the applicant permitted.
    pub permissions: BTreeSet<Permission>,
    /// Whether it is real money.
    pub livemode: bool,
    /// How money can be moved to and from it.
    pub payment_methods: BTreeSet<PaymentMethodType>,
    /// The connected account in whose name it was read; the platform itself otherwise.
    pub connected_account: Option<ConnectedAccountId>,
}

impl Account {
    /// Whether money can be drawn from it by ACH: its link works and its bank supports it.
    pub fn can_be_debited(&self) -> bool {
        self.status == Status::Active
            && self
                .payment_methods
                .contains(&PaymentMethodType::UsBankAccount)
    }
}

/// The most characters of a word of the source that are kept: over twice its longest known one, so
/// that a new word is seen whole and a hostile one takes no room.
const UNKNOWN_WORD_CHARS_MAX: usize = 64;

macro_rules! open_enum {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum $name {
            $($(#[$vdoc])* $variant,)+
            /// A value that was added after this was written; kept as it came.
            Unknown(String),
        }

        impl $name {
            /// The source's words that are known.
            pub const WORDS: &'static [&'static str] = &[$($text),+];

            /// Reads the source's word; an unknown one is kept.
            pub fn from_word(word: &str) -> Self {
                match word {
                    $($text => Self::$variant,)+
                    other => Self::Unknown(other.chars().take(UNKNOWN_WORD_CHARS_MAX).collect()),
                }
            }

            /// The source's word.
            pub fn as_word(&self) -> &str {
                match self {
                    $(Self::$variant => $text,)+
                    Self::Unknown(word) => word,
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_word())
            }
        }
    };
}

open_enum!(
    /// The kind of account.
    Category { /// Checking, savings.
        Cash = "cash", /// Cards and loans.
        Credit = "credit", /// Brokerage.
        Investment = "investment", /// Anything else.
        Other = "other" }
);
open_enum!(
    /// The finer kind of account.
    Subcategory { /// A checking account.
        Checking = "checking", /// A savings account.
        Savings = "savings", /// A credit card.
        CreditCard = "credit_card", /// A line of credit.
        LineOfCredit = "line_of_credit", /// A mortgage.
        Mortgage = "mortgage", /// Anything else.
        Other = "other" }
);
open_enum!(
    /// Whether the account still gives data.
    Status { /// It does.
        Active = "active", /// It needs to be linked again.
        Inactive = "inactive", /// Its link was cut.
        Disconnected = "disconnected" }
);
open_enum!(
    /// What an applicant can permit.
    Permission { /// Balances.
        Balances = "balances", /// Names and addresses of the owners.
        Ownership = "ownership", /// Payments to and from the account.
        PaymentMethod = "payment_method", /// The history of transactions.
        Transactions = "transactions" }
);
open_enum!(
    /// A way to move money to and from an account.
    PaymentMethodType { /// Stripe's wallet.
        Link = "link", /// A debit or credit by ACH.
        UsBankAccount = "us_bank_account" }
);
open_enum!(
    /// The state of a transaction.
    TransactionStatus { /// Not yet part of the balance.
        Pending = "pending", /// Part of the balance.
        Posted = "posted", /// Vanished; part of nothing.
        Void = "void" }
);

/// What the account holds, per currency, as the bank computed it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Balance {
    /// When the bank computed it.
    #[serde(with = "chrono::serde::ts_seconds")]
    pub as_of: DateTime<Utc>,
    /// Before pending transactions. Positive: owed to the holder; negative: owed by the holder.
    pub current: BTreeMap<Currency, i64>,
    /// After pending transactions; only for cash accounts, and not at every bank.
    pub available: Option<BTreeMap<Currency, i64>>,
    /// Credit in use; only for credit accounts.
    pub used: Option<BTreeMap<Currency, i64>>,
}

/// Somebody the bank knows as owner.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Owner {
    /// Full name in the bank's notation.
    pub name: String,
    /// E-mail address.
    pub email: Option<String>,
    /// Telephone number in the bank's notation.
    pub phone: Option<String>,
    /// Address as one line of free text.
    pub raw_address: Option<String>,
}

impl fmt::Debug for Owner {
    /// Personal data never reaches a log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Owner(..)")
    }
}

/// One movement on the account, as the source states it.
#[derive(Clone, PartialEq, Eq)]
pub struct Transaction {
    /// Stripe's id; it stays the same from pending to posted or void.
    pub id: TransactionId,
    /// In minor units and with the sign of the source.
    pub amount: i64,
    /// The currency.
    pub currency: Currency,
    /// The bank's text.
    pub description: String,
    /// Pending, posted or void.
    pub status: TransactionStatus,
    /// When it was made.
    pub transacted_at: DateTime<Utc>,
    /// When it became part of the balance.
    pub posted_at: Option<DateTime<Utc>>,
    /// When it vanished.
    pub void_at: Option<DateTime<Utc>>,
}

impl fmt::Debug for Transaction {
    /// Descriptions are personal data and never reach a log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Transaction({} {})", self.id, self.status)
    }
}

/// The civil dates that transactions cover: from the first one seen to the day of fetching.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coverage {
    /// The day of the earliest transaction.
    pub first: NaiveDate,
    /// The last day that the history speaks of.
    pub last: NaiveDate,
}

impl Coverage {
    /// The number of days covered, both ends included.
    pub fn days(&self) -> i64 {
        self.last.signed_duration_since(self.first).num_days() + 1
    }
}

/// What is doubtful about a snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QualityFlag {
    /// The balance is more than a day older than the fetch.
    StaleBalance,
    /// The last refresh of the balance failed, or is old and could not be renewed; what is here is
    /// from before.
    BalanceRefreshFailed,
    /// The last refresh of the owners failed, or is old and could not be renewed; what is here is
    /// from before.
    OwnershipRefreshFailed,
    /// The last refresh of the transactions failed, or is old and could not be renewed; what is here is
    /// from before.
    TransactionsRefreshFailed,
    /// A refresh had not settled when the time was up.
    RefreshPending,
    /// Balances were not permitted.
    NoBalancePermission,
    /// Owners were not permitted.
    NoOwnershipPermission,
    /// Transactions were not permitted.
    NoTransactionsPermission,
    /// The account needs to be linked again.
    AccountInactive,
    /// The link to the account was cut.
    AccountDisconnected,
    /// Fewer than 60 days of history.
    ShortHistory,
    /// Nothing in this data proves which sign means money in.
    SignUnproven,
    /// Balances and the rows between them contradict the assumed sign.
    SignConflict,
    /// An id came twice with different content; the newer was kept.
    DuplicateConflict,
    /// The history was longer than the limit; the oldest part is missing.
    HistoryCut,
    /// A transaction, or what kind of account it is, came with a value that this version does not
    /// know.
    UnknownValue,
    /// Nothing could be fetched before the time was up.
    NotFetched,
    /// A transaction is dated after the fetch, or long before it posted.
    ImplausibleDate,
    /// A balance came in something that is no currency, or without an amount.
    UnknownBalance,
    /// An owner came without a name, or there are more than are read: who owns the account is not
    /// wholly known.
    UnknownOwner,
    /// The description of a transaction lost characters on its way: U+FFFD stands for them.
    DamagedTransactionText,
    /// So did a name or an address of an owner.
    DamagedOwnerText,
    /// So did the name of the bank or of the account.
    DamagedAccountText,
    /// The bank sent the same rows twice under two ids: one of each pair counts.
    RowsTwice,
}

impl QualityFlag {
    /// The flag's word in answers, rules and documents: `stale_balance`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::StaleBalance => "stale_balance",
            Self::BalanceRefreshFailed => "balance_refresh_failed",
            Self::OwnershipRefreshFailed => "ownership_refresh_failed",
            Self::TransactionsRefreshFailed => "transactions_refresh_failed",
            Self::RefreshPending => "refresh_pending",
            Self::NoBalancePermission => "no_balance_permission",
            Self::NoOwnershipPermission => "no_ownership_permission",
            Self::NoTransactionsPermission => "no_transactions_permission",
            Self::AccountInactive => "account_inactive",
            Self::AccountDisconnected => "account_disconnected",
            Self::ShortHistory => "short_history",
            Self::SignUnproven => "sign_unproven",
            Self::SignConflict => "sign_conflict",
            Self::DuplicateConflict => "duplicate_conflict",
            Self::HistoryCut => "history_cut",
            Self::UnknownValue => "unknown_value",
            Self::NotFetched => "not_fetched",
            Self::ImplausibleDate => "implausible_date",
            Self::UnknownBalance => "unknown_balance",
            Self::UnknownOwner => "unknown_owner",
            Self::DamagedTransactionText => "damaged_transaction_text",
            Self::DamagedOwnerText => "damaged_owner_text",
            Self::DamagedAccountText => "damaged_account_text",
            Self::RowsTwice => "rows_twice",
        }
    }
}
