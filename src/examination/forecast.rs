//! The forecast, examined: the last 30 days of an applicant are hidden, pulls of sampled amounts are
//! tried on sampled days of them, and what was forecast is compared with what came.

mod logistic;
mod measure;

use std::collections::BTreeMap;

use chrono::{DateTime, Days, NaiveDate, NaiveTime, TimeDelta, Utc};

pub use measure::{ForecastReport, GroupBrier, Likely, Rival, RivalBrier};
pub(super) use measure::{Tried, measure};

use super::answer::{Pull, Question, Student};
use super::tally::{Millionths, share};
use crate::calendar::{Zone, civil_date};
use crate::corpus::{AccountLabel, BalanceLabel, Case, Labels, Random};
use crate::snapshot::{Fetched, Part, Snapshot, Transaction, TransactionStatus, freeze};
use crate::stripe::read_stored;

/// Days that are hidden, those of which the balance at the end is known.
const HIDDEN_DAYS: u64 = 30;
/// With fewer days before them nothing is forecast.
const KNOWN_DAYS_MIN: usize = 30;
/// Pulls that are tried on each applicant.
const PULLS: usize = 4;
/// The amounts that are tried, in cents, each as often: payments of small loans and large ones.
pub(super) const AMOUNTS: [i64; 7] = [2_500, 5_000, 10_000, 20_000, 40_000, 80_000, 160_000];
/// What all pulls are drawn from, together with the applicant's name.
const PULL_SEED: u64 = 0x9011;

/// What the rows of an account brought on each day: debits and credits, in cents.
type Moved = BTreeMap<NaiveDate, (i64, i64)>;

/// The pulls that are tried on an applicant; or why none is.
pub(super) fn try_pulls(case: &Case, student: Student) -> Result<Vec<Tried>, &'static str> {
    let labels = &case.labels;
    let cut = labels
        .as_of
        .checked_sub_days(Days::new(HIDDEN_DAYS + 1))
        .ok_or("forecast: no such day")?;
    let at = end_of(cut);
    let mut fetched = read_stored(&case.bank, at).map_err(|_| "forecast: unreadable")?;
    let (account, balances) = checking(labels, &fetched).ok_or("forecast: no known balance")?;
    let moved = moved(&fetched, &account.id);
    let known = balances.days().take_while(|(day, _)| *day <= cut).count();
    if known < KNOWN_DAYS_MIN || balances.on(cut).is_none() {
        return Err("forecast: short history");
    }
    let truth = Truth {
        balances,
        moved: &moved,
    };
    let pulls = pulls(labels, &account.id, cut);
    for one in &mut fetched {
        hide(one, labels, cut, at);
    }
    let frozen = fetched.into_iter().map(|one| freeze(one, Zone::default()));
    let snapshots: Vec<Snapshot> = frozen.collect();
    let answer = student(&Question {
        as_of: cut,
        at,
        pulls: &pulls,
        ..Question::of(labels, &snapshots)
    });
    let told = answer.forecast.iter().copied().map(Some);
    let told = told.chain(std::iter::repeat(None));
    let tried = pulls.iter().zip(told).map(|(pull, told)| Tried {
        ahead: pull.day.signed_duration_since(cut).num_days(),
        rung: AMOUNTS.iter().position(|amount| *amount == pull.amount),
        told: told.flatten(),
        returned: truth
            .before_credits(pull.day)
            .map(|cents| cents < pull.amount),
        negative: truth.share_below(0, cut),
        below: truth.share_below(pull.amount, cut),
    });
    Ok(tried.collect())
}

/// The last moment of a day of the default zone.
fn end_of(day: NaiveDate) -> DateTime<Utc> {
    // New York is five hours behind in winter and four in summer.
    let next = day
        .succ_opt()
        .unwrap_or(day)
        .and_time(NaiveTime::MIN)
        .and_utc();
    let late = next + TimeDelta::seconds(5 * 3_600 - 1);
    if civil_date(late, Zone::default()) == day {
        late
    } else {
        next + TimeDelta::seconds(4 * 3_600 - 1)
    }
}

/// The first account of which the balances are known.
fn checking<'a>(
    labels: &'a Labels,
    fetched: &[Fetched],
) -> Option<(&'a AccountLabel, &'a BalanceLabel)> {
    labels.accounts.iter().find_map(|account| {
        let there = fetched
            .iter()
            .any(|one| one.account.id.as_str() == account.id);
        Some(account)
            .filter(|_| there)
            .zip(account.balances.as_ref())
    })
}

fn posted(row: &Transaction) -> NaiveDate {
    civil_date(row.posted_at.unwrap_or(row.transacted_at), Zone::default())
}

/// What posted on each day.
fn moved(fetched: &[Fetched], account: &str) -> Moved {
    let mut moved = Moved::new();
    let own = fetched
        .iter()
        .filter(|one| one.account.id.as_str() == account);
    let rows = own
        .filter_map(|one| one.transactions.known().ok())
        .flatten();
    for (row, _) in rows.filter(|(row, _)| row.status == TransactionStatus::Posted) {
        let (debits, credits) = moved.entry(posted(row)).or_default();
        if row.amount < 0 {
            *debits = debits.saturating_add(row.amount);
        } else {
            *credits = credits.saturating_add(row.amount);
        }
    }
    moved
}

/// What is true of an account's days.
struct Truth<'a> {
    balances: &'a BalanceLabel,
    moved: &'a Moved,
}

impl Truth<'_> {
    /// What a day's debits left before its credits came; `None` where the rows of the day do not
    /// come to what the labels say.
    fn before_credits(&self, day: NaiveDate) -> Option<i64> {
        let before = self.balances.on(day.pred_opt()?)?;
        let (debits, credits) = self.moved.get(&day).copied().unwrap_or_default();
        let left = before.checked_add(debits)?;
        (left.checked_add(credits)? == self.balances.on(day)?).then_some(left)
    }

    /// The share of the days up to `last` on which less than that was left.
    fn share_below(&self, amount: i64, last: NaiveDate) -> Millionths {
        let days = self.balances.days().map(|(day, _)| day);
        let days = days.take_while(|day| *day <= last);
        let (mut below, mut of) = (0_u64, 0_u64);
        for left in days.filter_map(|day| self.before_credits(day)) {
            of = of.saturating_add(1);
            below = below.saturating_add(u64::from(left < amount));
        }
        share(below, of).unwrap_or(0)
    }
}

fn pulls(labels: &Labels, account: &str, cut: NaiveDate) -> Vec<Pull> {
    let name = labels.applicant.bytes();
    // The numbers of FNV-1a, a hash that is the same everywhere.
    let hash = name.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    let mut random = Random::new(PULL_SEED, hash);
    let last = i64::try_from(HIDDEN_DAYS).unwrap_or(1);
    (0..PULLS)
        .filter_map(|_| {
            let ahead = random.between(1, last).unsigned_abs();
            Some(Pull {
                account: account.to_owned(),
                day: cut.checked_add_days(Days::new(ahead))?,
                amount: random.pick(&AMOUNTS),
            })
        })
        .collect()
}

/// Makes an account what it was at the end of a day: later rows are not there, and the balance is
/// that of then.
fn hide(one: &mut Fetched, labels: &Labels, cut: NaiveDate, at: DateTime<Utc>) {
    let mut later: BTreeMap<_, i64> = BTreeMap::new();
    if let Part::Known(rows) = &mut one.transactions {
        rows.retain(|(row, _)| {
            let stays = civil_date(row.transacted_at, Zone::default()) <= cut && posted(row) <= cut;
            if !stays && row.status == TransactionStatus::Posted {
                let sum = later.entry(row.currency).or_default();
                *sum = sum.saturating_add(row.amount);
            }
            stays
        });
    }
    let label = labels.accounts.iter();
    let mut label = label.filter(|account| account.id == one.account.id.as_str());
    let told = label
        .next()
        .and_then(|account| account.balances.as_ref()?.on(cut));
    if let Part::Known(balance) = &mut one.balance {
        balance.as_of = at;
        (balance.available, balance.used) = (None, None);
        for (currency, current) in &mut balance.current {
            let rolled = current.saturating_sub(later.get(currency).copied().unwrap_or(0));
            *current = told.unwrap_or(rolled);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_scored_where_rows_and_balances_agree() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let balances = BalanceLabel {
            first: day("2026-06-01"),
            cents: vec![1_000, 1_500, 1_400],
        };
        let moved = Moved::from([
            (day("2026-06-02"), (-900, 1_400)),
            (day("2026-06-03"), (-50, 0)),
        ]);
        let truth = Truth {
            balances: &balances,
            moved: &moved,
        };
        assert_eq!(truth.before_credits(day("2026-06-02")), Some(100));
        assert_eq!(
            truth.before_credits(day("2026-06-03")),
            None,
            "fifty are missing"
        );
        assert_eq!(
            truth.before_credits(day("2026-06-01")),
            None,
            "nothing before it"
        );
        assert_eq!(truth.share_below(101, day("2026-06-03")), 1_000_000);
        assert_eq!(truth.share_below(100, day("2026-06-03")), 0);
    }

    #[test]
    fn a_day_ends_at_midnight_in_new_york() {
        for text in ["2026-01-31", "2026-06-30"] {
            let day: NaiveDate = text.parse().unwrap();
            let end = end_of(day);
            assert_eq!(civil_date(end, Zone::default()), day);
            assert!(civil_date(end + TimeDelta::seconds(1), Zone::default()) > day);
        }
    }
}
