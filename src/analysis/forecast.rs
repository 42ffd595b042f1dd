//! What a balance will be: simulated paths over the next weeks.
//!
//! Pay and bills come by their schedules, each as late, as large and as surely as it did so far;
//! what else is spent and comes in is drawn from the history in blocks of days, at the like time of
//! a pay cycle. All debits of a day go out before its credits come in, as banks post them: that is
//! the balance that a pull meets. Whole numbers and a seed alone: the same bits on every machine.

mod book;
mod flows;
mod odds;
mod paths;
mod random;
mod residual;

use chrono::{Days, NaiveDate};

use super::Analysis;
use super::balances;
use super::entry::Entry;
use crate::calendar::is_business_day;
use crate::snapshot::SnapshotHash;

pub(crate) use odds::exp_of_minus;

use book::Book;
use odds::{log_odds, probability};
use paths::PATHS;
use residual::Residual;

/// The most days that are looked ahead: two months, in which most loans are pulled first. Further
/// on the history says little.
pub const FORECAST_DAYS_MAX: usize = 60;

/// So much of what is told of a day far ahead is how often so little was left before, in thousandths
/// of the log-odds, and the rest is what the paths say. A judgement: who kept a reserve mostly goes
/// on so, since people spend less where little is left, and paths know nothing of that.
const USUAL: i64 = 400;
/// So many days ahead it is half of that: tomorrow's balance is known from today's.
const USUAL_HALF_DAYS: i64 = 3;

/// Whose balance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Of {
    /// All checking accounts together; all cash accounts where there is none.
    Household,
    /// The account at this position of [`Analysis::accounts`].
    Account(usize),
}

/// What a forecast draws from. The same seed and the same analysis give the same forecast.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ForecastSeed(u64);

impl ForecastSeed {
    /// The seed of a decision: from what it recorded as its seed and the hashes of its snapshots.
    pub fn new(recorded: u64, snapshots: impl IntoIterator<Item = SnapshotHash>) -> Self {
        let mut hasher = blake3::Hasher::new();
        hasher.update(b"underwrite forecast 1\0");
        hasher.update(&recorded.to_le_bytes());
        for hash in snapshots {
            hasher.update(hash.as_bytes());
        }
        let mut seed = [0; 8];
        hasher.finalize_xof().fill(&mut seed);
        Self(u64::from_le_bytes(seed))
    }
}

/// Paths of a balance over the next days.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Forecast {
    /// The first day.
    first: NaiveDate,
    /// How many days.
    days: usize,
    /// The next payday by the schedules of income that goes to these accounts.
    next_payday: Option<NaiveDate>,
    /// Before credits: all paths of the first day, then all of the second.
    before_credits: Vec<i64>,
    /// What was left on each day of the history after its debits.
    usual: Vec<i64>,
}

impl Forecast {
    /// Simulates so many days, at most [`FORECAST_DAYS_MAX`], after the last day whose balance is
    /// known. `None` where no balance or no history is known.
    pub fn new(analysis: &Analysis, of: Of, days: usize, seed: ForecastSeed) -> Option<Self> {
        let days = days.min(FORECAST_DAYS_MAX);
        let accounts = &analysis.accounts;
        let (daily, positions): (_, Vec<usize>) = match of {
            Of::Household => {
                let chosen = balances::chosen(accounts).map(|(at, _)| at);
                (analysis.balances.combined.as_ref()?, chosen.collect())
            }
            Of::Account(at) => {
                let account = accounts.get(at).filter(|account| account.facts.usable())?;
                (account.daily.as_ref()?, vec![at])
            }
        };
        let parts: Vec<&[Entry]> = positions
            .iter()
            .filter_map(|at| analysis.entries.get(accounts.get(*at)?.entries.clone()))
            .collect();
        let book = Book::new(&parts, daily, analysis.today)?;
        if days == 0 || book.entries.is_empty() {
            return None;
        }
        let first = book.last.succ_opt()?;
        let ahead = i64::try_from(days).ok()?;
        let flows = flows::find(&book, &analysis.income, ahead);
        let residual = Residual::new(&book, &flows.taken, &flows.paydays);
        let paths = paths::simulate(&book, &flows, &residual, days, seed.0);
        Some(Self {
            first,
            days,
            next_payday: flows.next_payday,
            before_credits: paths,
            usual: book.before_credits(daily),
        })
    }

    /// The first day.
    pub fn first(&self) -> NaiveDate {
        self.first
    }

    /// The last day.
    pub fn last(&self) -> NaiveDate {
        let after = u64::try_from(self.days).unwrap_or(0).saturating_sub(1);
        self.first
            .checked_add_days(Days::new(after))
            .unwrap_or(self.first)
    }

    /// The next payday by the schedules of income that goes to these accounts.
    pub fn next_payday(&self) -> Option<NaiveDate> {
        self.next_payday
    }

    /// How likely a pull of `amount` minor units on `date` comes back, in millionths: that the
    /// balance after the other debits of the day, and before its credits, is below the amount.
    /// `None` for a day that is not forecast.
    pub fn p_return(&self, amount: i64, date: NaiveDate) -> Option<u64> {
        let day = self.paths(date)?;
        let odds = |balances: &[i64]| {
            let below = balances.iter().filter(|balance| **balance < amount);
            log_odds(below.count(), balances.len())
        };
        let ahead = date.signed_duration_since(self.first).num_days() + 1;
        let usual = USUAL * ahead / (ahead + USUAL_HALF_DAYS);
        // Log-odds are at most 45 billionths-of-one, weights a thousand.
        let told = (odds(day) / 1_000) * (1_000 - usual) + (odds(&self.usual) / 1_000) * usual;
        Some(probability(told))
    }

    /// The balances before the credits of `date` that so many thousandths of the paths are below.
    /// `None` for a day that is not forecast.
    pub fn before_credits<const N: usize>(
        &self,
        date: NaiveDate,
        permille: [u32; N],
    ) -> Option<[i64; N]> {
        let mut sorted = self.paths(date)?.to_vec();
        sorted.sort_unstable();
        let last = sorted.len().checked_sub(1)?;
        let at = |permille| {
            let part = usize::try_from(permille).unwrap_or(usize::MAX);
            let at = sorted.len().saturating_mul(part) / 1_000;
            // INVARIANT: the place is below the length, of at least one.
            sorted.get(at.min(last)).copied().unwrap_or(0)
        };
        Some(permille.map(at))
    }

    /// The business day from `from` to `to`, both included, on which a pull of `amount` minor units
    /// is the least likely to come back; the first of several. `None` where none is forecast.
    pub fn best_pull_date(&self, amount: i64, from: NaiveDate, to: NaiveDate) -> Option<NaiveDate> {
        let from = from.max(self.first);
        let days = from
            .iter_days()
            .take(self.days)
            .take_while(|day| *day <= to);
        let likely = days.filter(|day| is_business_day(*day)).filter_map(|day| {
            let p = self.p_return(amount, day)?;
            Some((p, day))
        });
        likely.min().map(|(_, day)| day)
    }

    /// How many days a forecast day is after the first.
    fn ahead(&self, date: NaiveDate) -> Option<usize> {
        let ahead = date.signed_duration_since(self.first).num_days();
        usize::try_from(ahead)
            .ok()
            .filter(|ahead| *ahead < self.days)
    }

    /// All paths of a day.
    fn paths(&self, date: NaiveDate) -> Option<&[i64]> {
        self.before_credits.chunks(PATHS).nth(self.ahead(date)?)
    }
}
