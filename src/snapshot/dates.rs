//! Dates that cannot be, and what is made of them.

use chrono::{DateTime, Duration, NaiveDate, Utc};

use super::{TransactionRef, TransactionStatus};
use crate::calendar::{Zone, civil_date};

/// Rows post within days, cheques and disputes within weeks. One that says it was made longer
/// before is dated wrongly.
const POSTING_DAYS_MAX: i64 = 90;

impl TransactionRef<'_> {
    /// When it was made, as far as that can be: where it posted more than ninety days later, that
    /// is when it posted.
    pub fn made_at(&self) -> DateTime<Utc> {
        self.posted_at
            .filter(|posted| self.is_long_before(*posted))
            .unwrap_or(self.transacted_at)
    }

    fn is_long_before(&self, posted: DateTime<Utc>) -> bool {
        posted.signed_duration_since(self.transacted_at) > Duration::days(POSTING_DAYS_MAX)
    }

    /// Whether it is dated as it cannot be: after the day of fetching, or long before it posted.
    /// The day after is no wonder, since banks post for the next day in the evening.
    pub(super) fn is_dated_wrongly(&self, fetched: NaiveDate, zone: Zone) -> bool {
        if *self.status == TransactionStatus::Void {
            return false;
        }
        let tomorrow = fetched.succ_opt().unwrap_or(fetched);
        let times = [Some(self.transacted_at), self.posted_at];
        let to_come = |at: DateTime<Utc>| civil_date(at, zone) > tomorrow;
        times.into_iter().flatten().any(to_come)
            || self
                .posted_at
                .is_some_and(|posted| self.is_long_before(posted))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::money::Currency;
    use crate::snapshot::Transaction;

    const DAY: i64 = 86_400;
    /// 14 November 2023, 17:13:20 in New York.
    const NOW: i64 = 1_700_000_000;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).unwrap()
    }

    fn row(transacted_at: i64, posted_at: Option<i64>, status: &str) -> Transaction {
        Transaction {
            id: "fctxn_1".parse().unwrap(),
            amount: -1,
            currency: Currency::USD,
            description: String::new(),
            status: TransactionStatus::from_word(status),
            transacted_at: at(transacted_at),
            posted_at: posted_at.map(at),
            void_at: None,
        }
    }

    fn wrong(row: &Transaction) -> bool {
        let today = NaiveDate::from_ymd_opt(2023, 11, 14).unwrap();
        row.view().is_dated_wrongly(today, Zone::default())
    }

    #[test]
    fn a_row_is_made_when_it_says_unless_it_posted_long_after() {
        for (days, long) in [
            (0, false),
            (89, false),
            (90, false),
            (91, true),
            (365, true),
        ] {
            let late = row(NOW - days * DAY, Some(NOW), "posted");
            let made = if long { NOW } else { NOW - days * DAY };
            assert_eq!(late.view().made_at(), at(made), "{days}");
            assert_eq!(wrong(&late), long, "{days}");
        }
        let unsaid = row(NOW - 365 * DAY, None, "posted");
        assert_eq!(unsaid.view().made_at(), at(NOW - 365 * DAY));
        assert!(!wrong(&unsaid));
        let first = row(NOW, Some(NOW - 365 * DAY), "posted");
        assert_eq!(first.view().made_at(), at(NOW), "posted before it was made");
    }

    #[test]
    fn what_is_dated_after_tomorrow_is_dated_wrongly() {
        let midnight = NOW / DAY * DAY;
        for (days, expected) in [(0, false), (1, false), (2, true), (400, true)] {
            for status in ["posted", "pending"] {
                let made = row(midnight + days * DAY, None, status);
                assert_eq!(wrong(&made), expected, "{days} {status}");
                let posted = row(NOW - DAY, Some(midnight + days * DAY), status);
                assert_eq!(wrong(&posted), expected || days > 90, "{days} {status}");
            }
        }
        assert!(!wrong(&row(NOW + 9 * DAY, None, "void")));
    }
}
