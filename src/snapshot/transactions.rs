//! The transactions of one account, as they are kept: the numbers of each in a row, the texts of all
//! in one. A year of them is read back with a handful of allocations.

mod columns;

use std::collections::BTreeMap;
use std::fmt;

use chrono::{DateTime, Utc};

use super::{Transaction, TransactionStatus};
use crate::id::TransactionId;
use crate::money::Currency;

/// Transactions in the order in which they were given.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Transactions {
    // INVARIANT: the spans of every row lie within the texts, on the bounds of characters, and its
    // state is among `statuses`.
    rows: Vec<Row>,
    ids: String,
    descriptions: String,
    /// Each state that a row has, once.
    statuses: Vec<TransactionStatus>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
struct Row {
    id: Span,
    description: Span,
    amount: i64,
    currency: Currency,
    status: u16,
    transacted_at: DateTime<Utc>,
    posted_at: Option<DateTime<Utc>>,
    void_at: Option<DateTime<Utc>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
struct Span {
    start: u32,
    end: u32,
}

/// One transaction among [`Transactions`]: a [`Transaction`] whose texts lie elsewhere.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct TransactionRef<'a> {
    /// Stripe's id.
    pub id: &'a str,
    /// In minor units and with the sign of the source.
    pub amount: i64,
    /// The currency.
    pub currency: Currency,
    /// The bank's text.
    pub description: &'a str,
    /// Pending, posted or void.
    pub status: &'a TransactionStatus,
    /// When it was made.
    pub transacted_at: DateTime<Utc>,
    /// When it became part of the balance.
    pub posted_at: Option<DateTime<Utc>>,
    /// When it vanished.
    pub void_at: Option<DateTime<Utc>>,
}

impl TransactionRef<'_> {
    /// The same, by itself.
    pub fn to_owned(&self) -> Transaction {
        Transaction {
            id: TransactionId::of_checked(self.id),
            amount: self.amount,
            currency: self.currency,
            description: self.description.to_owned(),
            status: self.status.clone(),
            transacted_at: self.transacted_at,
            posted_at: self.posted_at,
            void_at: self.void_at,
        }
    }
}

impl fmt::Debug for TransactionRef<'_> {
    /// Descriptions are personal data and never reach a log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Transaction({} {})", self.id, self.status)
    }
}

impl Transaction {
    /// The same, as one among many is seen.
    pub fn view(&self) -> TransactionRef<'_> {
        TransactionRef {
            id: self.id.as_str(),
            amount: self.amount,
            currency: self.currency,
            description: &self.description,
            status: &self.status,
            transacted_at: self.transacted_at,
            posted_at: self.posted_at,
            void_at: self.void_at,
        }
    }
}

impl Transactions {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The one at a position.
    pub fn get(&self, position: usize) -> Option<TransactionRef<'_>> {
        self.rows.get(position).map(|row| self.view(row))
    }

    /// All, in order.
    pub fn iter(
        &self,
    ) -> impl DoubleEndedIterator<Item = TransactionRef<'_>> + ExactSizeIterator + Clone {
        self.rows.iter().map(|row| self.view(row))
    }

    /// All, each by itself.
    pub fn to_vec(&self) -> Vec<Transaction> {
        self.iter().map(|row| row.to_owned()).collect()
    }

    fn view(&self, row: &Row) -> TransactionRef<'_> {
        TransactionRef {
            id: row.id.of(&self.ids),
            amount: row.amount,
            currency: row.currency,
            description: row.description.of(&self.descriptions),
            status: self
                .statuses
                .get(usize::from(row.status))
                .unwrap_or(&TransactionStatus::Void),
            transacted_at: row.transacted_at,
            posted_at: row.posted_at,
            void_at: row.void_at,
        }
    }
}

impl fmt::Debug for Transactions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl From<Vec<Transaction>> for Transactions {
    fn from(rows: Vec<Transaction>) -> Self {
        rows.into_iter().collect()
    }
}

impl FromIterator<Transaction> for Transactions {
    fn from_iter<I: IntoIterator<Item = Transaction>>(rows: I) -> Self {
        let mut kept = Self::default();
        let mut statuses = Distinct::default();
        for row in rows {
            let id = Span::append(&mut kept.ids, row.id.as_str());
            let description = Span::append(&mut kept.descriptions, &row.description);
            let status = statuses.position(row.status);
            kept.rows.push(Row {
                id,
                description,
                amount: row.amount,
                currency: row.currency,
                status: u16::try_from(status).unwrap_or(u16::MAX),
                transacted_at: row.transacted_at,
                posted_at: row.posted_at,
                void_at: row.void_at,
            });
        }
        kept.statuses = statuses.values;
        kept
    }
}

impl Span {
    fn append(texts: &mut String, text: &str) -> Self {
        let start = texts.len();
        texts.push_str(text);
        // At most 50,000 rows of 1,000 bytes each.
        let position = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        Self {
            start: position(start),
            end: position(texts.len()),
        }
    }

    fn of(self, texts: &str) -> &str {
        let range = usize::try_from(self.start)
            .ok()
            .zip(usize::try_from(self.end).ok());
        range
            .and_then(|(start, end)| texts.get(start..end))
            .unwrap_or_default()
    }

    fn len(self) -> u64 {
        u64::from(self.end.saturating_sub(self.start))
    }
}

/// Values, each once, in the order in which they were first seen.
struct Distinct<T> {
    values: Vec<T>,
    positions: BTreeMap<T, usize>,
}

impl<T> Default for Distinct<T> {
    fn default() -> Self {
        Self {
            values: Vec::new(),
            positions: BTreeMap::new(),
        }
    }
}

impl<T: Ord + Clone> Distinct<T> {
    /// Where a value stands; a new one is put at the end. Found by a map: a hostile source can send
    /// as many states as rows.
    fn position(&mut self, value: T) -> usize {
        if let Some(position) = self.positions.get(&value) {
            return *position;
        }
        let position = self.values.len();
        self.values.push(value.clone());
        self.positions.insert(value, position);
        position
    }
}
