//! Which sign means money in: what the balances of one account prove. The source documents none.
//!
//! Two things prove it. The available balance is the current one with the pending rows applied;
//! and of two current balances the later is the earlier with the rows applied that posted in
//! between. Where the difference is the sum, positive is money in; where it is the sum turned
//! around, negative is; anything else says nothing.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Duration, NaiveTime, Utc};

use super::{Balance, Part, QualityFlag, TransactionRef, TransactionStatus, Transactions};
use crate::money::Currency;

/// A bank's date names a day somewhere in the United States: it ends by so many hours after the
/// day began in UTC, in Hawaii.
const DAY_ENDS_HOURS: i64 = 34;
/// A row of which the bank does not say when it posted did so within so many days: cards of hotels
/// and filling stations take a week and a weekend. A judgement; with more, fewer rows prove a sign.
const POSTS_WITHIN_DAYS: i64 = 10;

/// Flags what the balances say of the sign that live data shows, positive for money in.
pub(super) fn flag(
    rows: &Transactions,
    balance: &Part<Balance>,
    earlier: Option<&Balance>,
    flags: &mut BTreeSet<QualityFlag>,
) {
    let Ok(balance) = balance.known() else {
        flags.insert(QualityFlag::SignUnproven);
        return;
    };
    let mut found: BTreeSet<bool> = by_pending(rows, balance);
    let whole = ![
        QualityFlag::RefreshPending,
        QualityFlag::TransactionsRefreshFailed,
        QualityFlag::HistoryCut,
    ]
    .iter()
    .any(|flag| flags.contains(flag));
    if let Some(earlier) = earlier.filter(|_| whole) {
        found.extend(by_time(rows, earlier, balance));
    }
    if found.contains(&false) {
        flags.insert(QualityFlag::SignConflict);
    } else if found.is_empty() {
        flags.insert(QualityFlag::SignUnproven);
    }
}

/// Whether `change` is the sum itself, or turned around; `None` where it is neither, or nothing.
fn agrees(change: i128, sum: i128) -> Option<bool> {
    if sum == 0 {
        None
    } else if change == sum {
        Some(true)
    } else if change == -sum {
        Some(false)
    } else {
        None
    }
}

fn by_pending(rows: &Transactions, balance: &Balance) -> BTreeSet<bool> {
    let mut pending: BTreeMap<Currency, i128> = BTreeMap::new();
    for row in rows
        .iter()
        .filter(|row| *row.status == TransactionStatus::Pending)
    {
        *pending.entry(row.currency).or_default() += i128::from(row.amount);
    }
    let change = |currency| {
        let available = balance.available.as_ref()?.get(currency)?;
        let current = balance.current.get(currency)?;
        Some(i128::from(*available) - i128::from(*current))
    };
    pending
        .iter()
        .filter_map(|(currency, sum)| agrees(change(currency)?, *sum))
        .collect()
}

/// By what posted between two balances, in each currency that both have and in which no row may
/// be on either side of one of them.
fn by_time(rows: &Transactions, earlier: &Balance, later: &Balance) -> BTreeSet<bool> {
    let span = (Moment::of(earlier.as_of), Moment::of(later.as_of));
    let mut sums: BTreeMap<Currency, Option<i128>> = BTreeMap::new();
    for row in rows.iter() {
        let sum = sums.entry(row.currency).or_insert(Some(0));
        *sum = match (posting_position(row, span), *sum) {
            (PostingPosition::Outside, sum) => sum,
            (PostingPosition::Between, Some(sum)) => Some(sum + i128::from(row.amount)),
            (PostingPosition::Between, None) | (PostingPosition::Unclear, _) => None,
        };
    }
    let change = |currency| {
        let (after, before) = (later.current.get(currency)?, earlier.current.get(currency)?);
        Some(i128::from(*after) - i128::from(*before))
    };
    sums.iter()
        .filter_map(|(currency, sum)| agrees(change(currency)?, (*sum)?))
        .collect()
}

/// When something happened: at a moment, or at any from the first to the last.
#[derive(Debug, Clone, Copy)]
struct Moment {
    first: DateTime<Utc>,
    last: DateTime<Utc>,
}

impl Moment {
    /// Midnight UTC is how a bank's date is sent.
    fn of(at: DateTime<Utc>) -> Self {
        let long = if at.time() == NaiveTime::MIN {
            Duration::hours(DAY_ENDS_HOURS)
        } else {
            Duration::zero()
        };
        Self {
            first: at,
            last: at.checked_add_signed(long).unwrap_or(at),
        }
    }

    fn posting(row: TransactionRef<'_>) -> Self {
        row.posted_at.map_or_else(
            || {
                let made = Self::of(row.transacted_at);
                let long = Duration::days(POSTS_WITHIN_DAYS);
                Self {
                    last: made.last.checked_add_signed(long).unwrap_or(made.last),
                    ..made
                }
            },
            Self::of,
        )
    }
}

/// Where the posting of a row lies to two balances.
enum PostingPosition {
    Between,
    Outside,
    Unclear,
}

fn posting_position(
    row: TransactionRef<'_>,
    (earlier, later): (Moment, Moment),
) -> PostingPosition {
    let posting = Moment::posting(row);
    let before = posting.last <= earlier.first;
    match row.status {
        TransactionStatus::Pending => PostingPosition::Outside,
        TransactionStatus::Posted if before || posting.first > later.last => {
            PostingPosition::Outside
        }
        TransactionStatus::Posted
            if posting.first > earlier.last && posting.last <= later.first =>
        {
            PostingPosition::Between
        }
        TransactionStatus::Posted => PostingPosition::Unclear,
        // What posted and vanished again was in one balance, in both or in none.
        TransactionStatus::Void => {
            let gone = row.void_at.map(Moment::of);
            let gone_before = gone.is_some_and(|gone| gone.last <= earlier.first);
            if row.posted_at.is_none() || gone_before {
                PostingPosition::Outside
            } else {
                PostingPosition::Unclear
            }
        }
        TransactionStatus::Unknown(_) => PostingPosition::Unclear,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::Transaction;

    const T1: i64 = 1_700_000_000;
    const T2: i64 = T1 + 3 * 86_400;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).unwrap()
    }

    fn balance(as_of: i64, current: i64, available: Option<i64>) -> Balance {
        let map = |amount| BTreeMap::from([(Currency::USD, amount)]);
        Balance {
            as_of: at(as_of),
            current: map(current),
            available: available.map(map),
            used: None,
        }
    }

    fn row(posted_at: Option<i64>, amount: i64, status: &str) -> Transaction {
        Transaction {
            id: "fctxn_1".parse().unwrap(),
            amount,
            currency: Currency::USD,
            description: String::new(),
            status: TransactionStatus::from_word(status),
            transacted_at: at(posted_at.unwrap_or(T1 + 3_600)),
            posted_at: posted_at.map(at),
            void_at: None,
        }
    }

    fn between(rows: &[Transaction], change: i64) -> &'static str {
        let (earlier, later) = (balance(T1, 1_000, None), balance(T2, 1_000 + change, None));
        verdict(rows, later, Some(&earlier), &[])
    }

    fn verdict(
        rows: &[Transaction],
        balance: Balance,
        earlier: Option<&Balance>,
        flags: &[QualityFlag],
    ) -> &'static str {
        let mut flags: BTreeSet<QualityFlag> = flags.iter().copied().collect();
        let rows = rows.iter().cloned().collect();
        flag(&rows, &Part::Known(balance), earlier, &mut flags);
        if flags.contains(&QualityFlag::SignConflict) {
            "conflict"
        } else if flags.contains(&QualityFlag::SignUnproven) {
            "unproven"
        } else {
            "proven"
        }
    }

    #[test]
    fn two_balances_prove_the_sign_of_what_posted_between_them() {
        let rows = [
            row(Some(T1 - 60), -9_999, "posted"),
            row(Some(T1 + 60), -300, "posted"),
            row(Some(T2), 100, "posted"),
            row(Some(T2 + 60), 7_777, "posted"),
            row(None, -5, "pending"),
            row(None, -5, "void"),
        ];
        assert_eq!(between(&rows, -200), "proven");
        assert_eq!(between(&rows, 200), "conflict");
        assert_eq!(between(&rows, -199), "unproven", "a row is missing");
        assert_eq!(between(&rows, 0), "unproven");
        assert_eq!(between(&[], 0), "unproven", "nothing happened");
        let undone = [
            row(Some(T1 + 60), -300, "posted"),
            row(Some(T1 + 90), 300, "posted"),
        ];
        assert_eq!(between(&undone, 0), "unproven", "the sum is none");
    }

    #[test]
    fn a_row_that_may_be_on_either_side_silences_it() {
        let clear = row(Some(T1 + 60), -300, "posted");
        let with = |other: Transaction| between(&[clear.clone(), other], -300);
        assert_eq!(with(row(Some(T2 + 1), -5, "posted")), "proven");
        // The bank's dates: 14 November 2023 is the day of the first balance, the 17th of the
        // second. What is dated so may have posted before it or after.
        let midnight = |day: i64| (T1 / 86_400 + day) * 86_400;
        assert_eq!(with(row(Some(midnight(0)), -5, "posted")), "unproven");
        assert_eq!(with(row(Some(midnight(3)), -5, "posted")), "unproven");
        assert_eq!(with(row(Some(midnight(-1)), -5, "posted")), "proven");
        assert_eq!(with(row(Some(midnight(4)), -5, "posted")), "proven");
        // At two in the morning in New York it is the day before in Hawaii.
        let night = balance(midnight(0) + 7 * 3_600, 1_000, None);
        let later = balance(T2, 700, None);
        let rows = [clear.clone(), row(Some(midnight(-1)), -5, "posted")];
        assert_eq!(verdict(&rows, later, Some(&night), &[]), "unproven");
        let dated = [row(Some(midnight(1)), -300, "posted")];
        assert_eq!(between(&dated, -300), "proven", "wholly between");
        // Nobody says when these posted, or whether they were in a balance.
        assert_eq!(with(row(None, -5, "posted")), "unproven");
        assert_eq!(with(row(Some(T1 + 90), -5, "void")), "unproven");
        assert_eq!(with(row(Some(T1 + 90), -5, "settling")), "unproven");
        let mut gone = row(Some(T1 - 600), -5, "void");
        gone.void_at = Some(at(T1 - 60));
        assert_eq!(with(gone), "proven");
    }

    #[test]
    fn what_may_lack_rows_proves_nothing_over_time() {
        let rows = [row(Some(T1 + 60), -300, "posted")];
        let earlier = balance(T1, 1_000, None);
        for flag in [
            QualityFlag::RefreshPending,
            QualityFlag::TransactionsRefreshFailed,
            QualityFlag::HistoryCut,
        ] {
            let later = balance(T2, 700, None);
            assert_eq!(verdict(&rows, later, Some(&earlier), &[flag]), "unproven");
        }
        let euros = Balance {
            current: BTreeMap::from([("EUR".parse().unwrap(), 1_000)]),
            ..balance(T1, 0, None)
        };
        let later = balance(T2, 700, None);
        assert_eq!(verdict(&rows, later, Some(&euros), &[]), "unproven");
    }

    #[test]
    fn one_contradiction_outweighs_a_proof() {
        let rows = [
            row(Some(T1 + 60), -300, "posted"),
            row(None, -50, "pending"),
        ];
        let earlier = balance(T1, 1_000, None);
        let of = |current, available| {
            verdict(&rows, balance(T2, current, available), Some(&earlier), &[])
        };
        assert_eq!(of(700, Some(650)), "proven");
        assert_eq!(of(700, Some(750)), "conflict");
        assert_eq!(of(1_300, Some(1_250)), "conflict");
        assert_eq!(of(999, Some(949)), "proven", "by the pending row alone");
    }
}
