//! Answers what rules ask of balances to come, by forecasts that are made where one is asked for.

use std::cell::RefCell;
use std::collections::BTreeMap;

use chrono::NaiveDate;
use rust_decimal::Decimal;

use crate::analysis::{FORECAST_DAYS_MAX, Forecast, ForecastSeed, Of, SignEvidence};
use crate::calendar::business_day_on_or_after;
use crate::features::{Context, Missing, Value};
use crate::money::{Currency, Money};
use crate::rules::{Asked, ForecastQuestion, Forecasts, Foreseen, ForeseenBalance};

/// Days of balances without which nothing is forecast: each monthly bill was seen once. A judgement.
const HISTORY_DAYS_MIN: i64 = 30;

/// The forecasts of one decision: each account's is made once, when it is first asked about.
#[derive(Debug)]
pub(super) struct Foresight<'a> {
    context: &'a Context<'a>,
    seed: ForecastSeed,
    made: RefCell<BTreeMap<usize, Result<Forecast, Missing>>>,
}

impl<'a> Foresight<'a> {
    /// The forecasts of what a decision rests on; `seed` is the one that it records.
    pub(super) fn new(context: &'a Context<'a>, seed: u64) -> Self {
        let hashes = context.accounts.iter().map(|input| input.hash);
        Self {
            context,
            seed: ForecastSeed::new(seed, hashes),
            made: RefCell::default(),
        }
    }

    /// An account's forecast, or why there is none.
    fn make(&self, at: usize) -> Result<Forecast, Missing> {
        let analysis = self.context.analysis;
        // Pay to come is forecast from streams, and what was meant of them is not known.
        if !analysis.reviews.iter().all(|one| one.effect.is_clear()) {
            return Err(Missing::ReviewUnclear);
        }
        let (account, snapshot) = self.context.cash_account(at)?;
        snapshot.balance.known()?;
        snapshot.transactions.known()?;
        if account.sign == Some(SignEvidence::Conflict) || snapshot.lacks_rows() {
            return Err(Missing::Ambiguous);
        }
        let daily = account.daily.as_ref().ok_or(Missing::HistoryTooShort)?;
        let days_from = |day: NaiveDate| daily.last().signed_duration_since(day).num_days() + 1;
        if days_from(daily.first) < HISTORY_DAYS_MIN {
            return Err(Missing::HistoryTooShort);
        }
        // Balances of days before a gap, or that no bank lets be, are none.
        let fit_from = account
            .quality
            .as_ref()
            .and_then(|quality| quality.fit_from);
        if fit_from.is_none_or(|day| days_from(day) < HISTORY_DAYS_MIN) {
            return Err(Missing::Ambiguous);
        }
        Forecast::new(analysis, Of::Account(at), FORECAST_DAYS_MAX, self.seed)
            .ok_or(Missing::HistoryTooShort)
    }

    /// What `read` makes of an account's forecast.
    fn with<T>(
        &self,
        account: usize,
        read: impl FnOnce(&Forecast) -> Result<T, Missing>,
    ) -> Result<T, Missing> {
        let mut made = self.made.borrow_mut();
        let forecast = made.entry(account).or_insert_with(|| self.make(account));
        read(forecast.as_ref().map_err(|why| *why)?)
    }

    fn answer(&self, account: usize, asked: Asked) -> Result<Answer, Missing> {
        let (today, currency) = (self.context.analysis.today, self.context.analysis.currency);
        let ahead = |day: NaiveDate| {
            if day < today {
                Err(Missing::OutsideForecast)
            } else {
                Ok(day)
            }
        };
        let minor = |amount: Money| {
            if amount.currency() == currency {
                Ok(amount.minor())
            } else {
                Err(Missing::OtherCurrency)
            }
        };
        self.with(account, |forecast| match asked {
            Asked::PReturn { amount, date } => {
                let day = business_day_on_or_after(ahead(date)?);
                let found = forecast.p_return(minor(amount)?, day);
                let millionths = found.ok_or(Missing::OutsideForecast)?;
                let millionths = i64::try_from(millionths).map_err(|_| Missing::Overflow)?;
                Ok(Answer {
                    // Of a hundred.
                    value: Value::percent(Decimal::new(millionths, 4)),
                    balance: spread(forecast, day, currency),
                })
            }
            Asked::BestPullDate { amount, from, to } => {
                if to > forecast.last() {
                    return Err(Missing::OutsideForecast);
                }
                let best = forecast.best_pull_date(minor(amount)?, ahead(from)?, ahead(to)?);
                // No day of them is one on which banks settle, and yet to come.
                let day = best.ok_or(Missing::NoBasis)?;
                Ok(Answer {
                    value: Value::Date(day),
                    balance: spread(forecast, day, currency),
                })
            }
        })
    }
}

struct Answer {
    value: Value,
    balance: Option<ForeseenBalance>,
}

fn spread(forecast: &Forecast, date: NaiveDate, currency: Currency) -> Option<ForeseenBalance> {
    let [p5, p25, p50, p75, p95] = forecast
        .before_credits(date, [50, 250, 500, 750, 950])?
        .map(|minor| Money::new(minor, currency));
    Some(ForeseenBalance {
        date,
        p5,
        p25,
        p50,
        p75,
        p95,
    })
}

impl Forecasts for Foresight<'_> {
    fn foresee(&self, question: ForecastQuestion) -> Foreseen {
        let asked = question.of_account;
        let account = asked.map_or_else(|| self.context.debited(), Ok);
        let account = account.map(|at| self.context.first_link(at));
        let answer = account.and_then(|account| self.answer(account, question.asked));
        Foreseen {
            question,
            account: account.ok(),
            balance: answer.as_ref().ok().and_then(|answer| answer.balance),
            answer: answer.map(|answer| answer.value),
        }
    }
}
