//! Lists in pages: the rows, the cursor, and the guards against a list that never ends.

use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use serde::de::DeserializeOwned;

use super::client::StripeClient;
use super::deadline::Deadline;
use super::error::{BadAnswer, StripeError};
use super::wire::{WireAccount, WireList, WireOwner, WireTransaction};
use crate::id::ConnectedAccountId;
use crate::limits;

/// A row that a cursor can point to.
pub(super) trait Row {
    /// Stripe's id of the row.
    fn id(&self) -> Option<&str>;

    /// Lets go of what is more than is kept of a row, before the next page comes.
    fn cut(&mut self) {}
}

impl Row for WireAccount {
    fn id(&self) -> Option<&str> {
        Some(&self.id)
    }
}

impl Row for WireTransaction {
    fn id(&self) -> Option<&str> {
        Some(&self.id)
    }

    fn cut(&mut self) {
        if let Some(text) = &mut self.description
            && text.len() > limits::DESCRIPTION_BYTES_MAX
        {
            text.truncate(text.floor_char_boundary(limits::DESCRIPTION_BYTES_MAX));
            text.shrink_to_fit();
        }
    }
}

impl Row for WireOwner {
    fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }
}

/// The rows of a list so far.
pub(super) struct Rows<T> {
    /// In the order of delivery, repeats included.
    pub(super) rows: Vec<T>,
    /// Whether there would have been more than the limit.
    pub(super) cut: bool,
    rows_max: usize,
    pages_max: usize,
    pages: usize,
    /// Hashes of the ids so far. Should a new id share one with an old id, the page is still new by
    /// its other rows; and no row is ever left out for it.
    seen: BTreeSet<u64>,
}

impl<T: Row> Rows<T> {
    /// No rows yet, and at most so many.
    pub(super) fn new(rows_max: usize, pages_max: usize) -> Self {
        Self {
            rows: Vec::new(),
            cut: false,
            rows_max,
            pages_max,
            pages: 0,
            seen: BTreeSet::new(),
        }
    }

    /// Takes a page; gives the cursor to the next one, or `None` at the end.
    pub(super) fn take(&mut self, page: WireList<T>) -> Result<Option<String>, BadAnswer> {
        self.pages += 1;
        let cursor = page.data.last().and_then(Row::id).map(str::to_owned);
        let mut new = false;
        for mut row in page.data {
            row.cut();
            if let Some(id) = row.id() {
                new |= self.seen.insert(hash(id));
            }
            self.rows.push(row);
        }
        if !page.has_more {
            return Ok(None);
        }
        if self.rows.len() >= self.rows_max {
            self.cut = true;
            return Ok(None);
        }
        if !new {
            return Err(BadAnswer::NoNewRows);
        }
        if self.pages >= self.pages_max {
            return Err(BadAnswer::TooManyPages {
                max: self.pages_max,
            });
        }
        cursor.map(Some).ok_or(BadAnswer::NoNewRows)
    }
}

fn hash(id: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    id.hash(&mut hasher);
    hasher.finish()
}

impl StripeClient {
    /// Reads a whole list below `/v1/financial_connections`, up to `rows_max` rows and one page
    /// more.
    pub(super) async fn list<T: Row + DeserializeOwned>(
        &self,
        route: &'static str,
        segments: &[&str],
        query: &[(&str, &str)],
        connected: Option<&ConnectedAccountId>,
        rows_max: usize,
        deadline: Deadline,
    ) -> Result<Rows<T>, StripeError> {
        let segments = &[&["financial_connections"], segments].concat();
        self.list_v1(route, segments, query, connected, rows_max, deadline)
            .await
    }

    /// Reads a whole list below `/v1`, up to `rows_max` rows and one page more.
    pub(super) async fn list_v1<T: Row + DeserializeOwned>(
        &self,
        route: &'static str,
        segments: &[&str],
        query: &[(&str, &str)],
        connected: Option<&ConnectedAccountId>,
        rows_max: usize,
        deadline: Deadline,
    ) -> Result<Rows<T>, StripeError> {
        let limit = limits::STRIPE_PAGE_ROWS.to_string();
        let mut rows = Rows::new(rows_max, limits::STRIPE_PAGES_MAX);
        let mut cursor: Option<String> = None;
        loop {
            let mut query = query.to_vec();
            query.push(("limit", &limit));
            if let Some(cursor) = &cursor {
                query.push(("starting_after", cursor));
            }
            let call = self.get_v1(route, segments, &query).on_behalf_of(connected);
            let page = self.send(&call, deadline).await?;
            cursor = rows.take(page).map_err(StripeError::bad)?;
            if cursor.is_none() {
                return Ok(rows);
            }
        }
    }
}

/// What Stripe says when it has nothing to list: no error of ours or of Stripe's.
const NOTHING_TO_LIST: [&str; 2] = [
    "financial_connections_no_successful_transaction_refresh",
    "financial_connections_account_inactive",
];

/// `None` where Stripe refused because there is nothing to list.
pub(super) fn nothing_to_list<T>(result: Result<T, StripeError>) -> Result<Option<T>, StripeError> {
    match result {
        Ok(rows) => Ok(Some(rows)),
        Err(error) => {
            let code = error.refusal().and_then(|refusal| refusal.code.as_deref());
            if code.is_some_and(|code| NOTHING_TO_LIST.contains(&code)) {
                Ok(None)
            } else {
                Err(error)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Id(u32, String);
    impl Row for Id {
        fn id(&self) -> Option<&str> {
            Some(&self.1)
        }
    }

    fn page(ids: impl IntoIterator<Item = u32>, has_more: bool) -> WireList<Id> {
        WireList {
            data: ids.into_iter().map(|id| Id(id, id.to_string())).collect(),
            has_more,
        }
    }

    #[test]
    fn pages_follow_each_other_to_the_end() {
        let mut rows = Rows::new(100, 100);
        assert_eq!(rows.take(page(0..3, true)), Ok(Some("2".to_owned())));
        assert_eq!(rows.take(page(3..5, false)), Ok(None));
        assert_eq!(
            rows.rows.iter().map(|row| row.0).collect::<Vec<_>>(),
            [0, 1, 2, 3, 4]
        );
        assert!(!rows.cut);
    }

    #[test]
    fn a_page_that_brings_nothing_new_ends_in_an_error() {
        let mut rows = Rows::new(100, 100);
        assert_eq!(
            rows.take(page([], true)),
            Err(BadAnswer::NoNewRows),
            "more, but empty"
        );
        let mut rows = Rows::new(100, 100);
        rows.take(page(0..3, true)).unwrap();
        rows.take(page(3..6, true)).unwrap();
        assert_eq!(rows.take(page(0..3, true)), Err(BadAnswer::NoNewRows));
        // Rows that moved by one while paging are no loop.
        let mut rows = Rows::new(100, 100);
        rows.take(page(0..3, true)).unwrap();
        assert_eq!(rows.take(page(2..5, true)), Ok(Some("4".to_owned())));
    }

    #[test]
    fn rows_are_limited_below_at_and_above() {
        let filled = |count: u32, has_more| {
            let mut rows = Rows::new(4, 100);
            let next = rows.take(page(0..count, has_more)).unwrap();
            (next.is_some(), rows.cut, rows.rows.len())
        };
        assert_eq!(filled(3, true), (true, false, 3));
        assert_eq!(filled(4, false), (false, false, 4));
        assert_eq!(filled(4, true), (false, true, 4));
        assert_eq!(filled(5, true), (false, true, 5));
    }

    #[test]
    fn pages_are_limited_below_at_and_above() {
        let after = |pages: u32| {
            let mut rows = Rows::new(1_000, 3);
            (1..=pages)
                .map(|number| rows.take(page([number], number < pages)))
                .collect::<Result<Vec<_>, _>>()
        };
        assert!(after(2).is_ok());
        assert!(after(3).is_ok());
        assert_eq!(after(4), Err(BadAnswer::TooManyPages { max: 3 }));
    }
}
