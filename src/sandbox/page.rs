//! Pages of a list, forward and backward.

use super::problem::ApiError;
use super::query::Params;
use crate::limits;

/// Where a page begins and how long it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Cursor {
    limit: usize,
    from: From,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum From {
    Start,
    After(String),
    Before(String),
}

impl Default for Cursor {
    /// The first page of the length that is usual.
    fn default() -> Self {
        Self {
            limit: usize::try_from(limits::SANDBOX_PAGE_SIZE_DEFAULT).unwrap_or(usize::MAX),
            from: From::Start,
        }
    }
}

impl Cursor {
    /// Takes `limit`, `starting_after` and `ending_before`.
    pub(super) fn take(params: &mut Params) -> Result<Self, ApiError> {
        let limit = params.integer(&["limit"])?;
        let limit = limit.unwrap_or(limits::SANDBOX_PAGE_SIZE_DEFAULT);
        let wrong = |bound: &str, than: i64| {
            Err(ApiError::invalid(format!(
                "This value must be {bound} than or equal to {than} (it currently is '{limit}')."
            ))
            .code("parameter_invalid_integer")
            .param("limit"))
        };
        if limit < 1 {
            return wrong("greater", 1);
        }
        if limit > limits::SANDBOX_PAGE_SIZE_MAX {
            return wrong("less", limits::SANDBOX_PAGE_SIZE_MAX);
        }
        let after = params.text("starting_after")?;
        let from = match (after, params.text("ending_before")?) {
            (None, None) => From::Start,
            (Some(id), None) => From::After(id),
            (None, Some(id)) => From::Before(id),
            (Some(_), Some(_)) => {
                return Err(ApiError::invalid(
                    "Received both ending_before and starting_after parameters. Please pass in \
                     only one.",
                )
                .code("parameters_exclusive")
                .param("ending_before"));
            }
        };
        Ok(Self {
            limit: usize::try_from(limit).unwrap_or(usize::MAX),
            from,
        })
    }
}

/// One page of the `wanted` rows, and whether there are more in the same direction. The row that
/// a cursor names need not itself be wanted: it is a place in the whole list.
pub(super) fn page<'a, T>(
    rows: impl Iterator<Item = &'a T>,
    id: impl Fn(&T) -> &str,
    wanted: impl Fn(&T) -> bool,
    cursor: &Cursor,
    object: &str,
) -> Result<(Vec<&'a T>, bool), ApiError> {
    let rows: Vec<&T> = rows.collect();
    let find = |wanted: &str, param| {
        let place = rows.iter().position(|row| id(row) == wanted);
        place.ok_or_else(|| ApiError::missing(object, wanted, param))
    };
    let take = |side: &mut dyn Iterator<Item = &'a T>| {
        let mut side = side.filter(|row| wanted(row));
        let taken: Vec<&T> = side.by_ref().take(cursor.limit).collect();
        (taken, side.next().is_some())
    };
    Ok(match &cursor.from {
        From::Start => take(&mut rows.iter().copied()),
        From::After(id) => {
            let place = find(id, "starting_after")?;
            take(&mut rows.iter().copied().skip(place.saturating_add(1)))
        }
        From::Before(id) => {
            let place = find(id, "ending_before")?;
            let (mut taken, more) = take(&mut rows.iter().take(place).rev().copied());
            taken.reverse();
            (taken, more)
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn cursor(query: &str) -> Result<Cursor, ApiError> {
        Cursor::take(&mut Params::parse(query, "").unwrap())
    }

    fn ids(rows: &[String], query: &str) -> (Vec<String>, bool) {
        // Every third row is filtered out.
        let wanted = |row: &String| row.parse::<usize>().unwrap() % 3 != 0;
        let cursor = cursor(query).unwrap();
        let (rows, more) = page(rows.iter(), |row| row, wanted, &cursor, "row").unwrap();
        (rows.into_iter().cloned().collect(), more)
    }

    #[test]
    fn the_page_size_is_limited_below_at_and_above() {
        let max = limits::SANDBOX_PAGE_SIZE_MAX;
        for (limit, good) in [(0, false), (1, true), (max, true), (max + 1, false)] {
            assert_eq!(cursor(&format!("limit={limit}")).is_ok(), good, "{limit}");
        }
        let unsaid = usize::try_from(limits::SANDBOX_PAGE_SIZE_DEFAULT).unwrap();
        assert_eq!(cursor("").unwrap().limit, unsaid);
        assert!(cursor("limit=9999999999999999999999").is_err());
        assert!(cursor("limit=-1").is_err());
        assert!(cursor("starting_after=a&ending_before=b").is_err());
    }

    proptest! {
        #[test]
        fn pages_neither_overlap_nor_leave_a_gap(count in 0_usize..60, limit in 1_usize..25) {
            let rows: Vec<String> = (0..count).map(|row| row.to_string()).collect();
            let all: Vec<String> = rows
                .iter()
                .filter(|row| row.parse::<usize>().unwrap() % 3 != 0)
                .cloned()
                .collect();
            let (mut seen, mut more) = ids(&rows, &format!("limit={limit}"));
            while more {
                let last = seen.last().unwrap();
                let next = ids(&rows, &format!("limit={limit}&starting_after={last}"));
                seen.extend(next.0);
                more = next.1;
            }
            prop_assert_eq!(&seen, &all);
            let Some(mut first) = rows.last().cloned() else { return Ok(()) };
            let mut back: Vec<String> = Vec::new();
            loop {
                let (page, more) = ids(&rows, &format!("limit={limit}&ending_before={first}"));
                back.splice(0..0, page);
                if !more { break }
                first = back.first().unwrap().clone();
            }
            let before_last: Vec<String> =
                all.into_iter().filter(|row| Some(row) != rows.last()).collect();
            prop_assert_eq!(back, before_last);
        }
    }
}
