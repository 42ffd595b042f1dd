//! What rules ask of balances to come, and what they are told.
//!
//! The answers are given while the values of an evaluation are loaded, each once, and are part of
//! the record. Whoever reads it asks nothing anew.

use std::cell::{Cell, RefCell};
use std::fmt;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::ast::ForecastFunction;
use super::scalar::{Known, Scalar};
use crate::features::{Missing, Value, observed};
use crate::limits;
use crate::money::{Currency, Money};

/// What rules ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Asked {
    /// How likely a debit of this amount on this day comes back.
    PReturn {
        /// The amount.
        #[serde(with = "as_value")]
        amount: Money,
        /// The day.
        date: NaiveDate,
    },
    /// On which day from the first to the last a debit of this amount is the least likely to.
    BestPullDate {
        /// The amount.
        #[serde(with = "as_value")]
        amount: Money,
        /// The first day.
        from: NaiveDate,
        /// The last day.
        to: NaiveDate,
    },
}

/// A question about the balance of one account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ForecastQuestion {
    /// The account by its position, where a rule looks at each; otherwise it is about the one that
    /// is to be debited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of_account: Option<usize>,
    /// What is asked.
    pub asked: Asked,
}

/// A question with its answer, as recorded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Foreseen {
    /// The question.
    pub question: ForecastQuestion,
    /// The account whose balance was forecast, by its position among the application's; `None`
    /// where there is no one account to be debited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<usize>,
    /// The answer: a percentage or a date.
    #[serde(with = "observed")]
    pub answer: Result<Value, Missing>,
    /// Where the balance lies on the day that the answer is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub balance: Option<ForeseenBalance>,
}

/// Where a balance lies on a day, after the debits of that day and before its credits: so many of
/// the paths that were tried end below each amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ForeseenBalance {
    /// The day: where banks do not settle on the one asked about, the next on which they do.
    pub date: NaiveDate,
    /// 5 of 100 paths.
    #[serde(with = "as_value")]
    pub p5: Money,
    /// 25 of 100.
    #[serde(with = "as_value")]
    pub p25: Money,
    /// Half of them.
    #[serde(with = "as_value")]
    pub p50: Money,
    /// 75 of 100.
    #[serde(with = "as_value")]
    pub p75: Money,
    /// 95 of 100.
    #[serde(with = "as_value")]
    pub p95: Money,
}

/// An amount as values are written in records: `"300.00 usd"`.
pub(super) mod as_value {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::{Money, Value};

    pub(in crate::rules) fn serialize<S: Serializer>(
        amount: &Money,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        Value::Money(*amount).serialize(to)
    }

    pub(in crate::rules) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Money, D::Error> {
        match Value::deserialize(from)? {
            Value::Money(amount) => Ok(amount),
            other @ (Value::Count(_)
            | Value::Days(_)
            | Value::Ratio(_)
            | Value::Percent(_)
            | Value::Date(_)
            | Value::Text(_)
            | Value::Bool(_)) => {
                let message = format!("{} where an amount is meant", other.ty());
                Err(serde::de::Error::custom(message))
            }
        }
    }
}

/// Who forecasts.
pub trait Forecasts: fmt::Debug {
    /// Answers a question. The same question has the same answer.
    fn foresee(&self, question: ForecastQuestion) -> Foreseen;
}

/// Forecasts nothing: every answer is missing.
#[derive(Debug, Clone, Copy)]
pub struct NoForecasts;

impl Forecasts for NoForecasts {
    fn foresee(&self, question: ForecastQuestion) -> Foreseen {
        Foreseen {
            question,
            account: None,
            answer: Err(Missing::NoBasis),
            balance: None,
        }
    }
}

/// Who may ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Whatever is evaluated.
    Open,
    /// The search for an offer.
    Search,
    /// Whatever is tried out, as often as is let: no record holds it.
    Trial,
    /// Nobody.
    Closed,
}

/// What is known of balances to come.
#[derive(Debug, Clone)]
pub(super) struct Foresight<'a> {
    /// Who is asked, until everything is.
    ask: Option<&'a dyn Forecasts>,
    /// Every question that was asked, in order.
    told: RefCell<Vec<Foreseen>>,
    /// Those that the search for an offer asked beside them: no record holds them.
    aside: RefCell<Vec<Foreseen>>,
    stage: Cell<Stage>,
    /// Whether one came up that had no answer any more.
    unanswered: Cell<bool>,
}

impl<'a> Foresight<'a> {
    /// Nothing, and nobody to ask.
    pub(super) fn none() -> Self {
        Self::recorded(&[])
    }

    /// Nothing yet.
    pub(super) fn asking(forecasts: &'a dyn Forecasts) -> Self {
        Self {
            ask: Some(forecasts),
            told: RefCell::default(),
            aside: RefCell::default(),
            stage: Cell::new(Stage::Open),
            unanswered: Cell::default(),
        }
    }

    /// What a record holds.
    pub(super) fn recorded(told: &[Foreseen]) -> Self {
        Self {
            ask: None,
            told: RefCell::new(told.to_vec()),
            aside: RefCell::default(),
            stage: Cell::new(Stage::Closed),
            unanswered: Cell::default(),
        }
    }

    /// What a record holds, and who is asked beside it while answers are tried out: at most
    /// [`limits::SETTLE_FORECASTS_MAX`] questions.
    pub(super) fn trying(told: &[Foreseen], ask: Option<&'a dyn Forecasts>) -> Self {
        let known = Self::recorded(told);
        if ask.is_some() {
            known.stage.set(Stage::Trial);
        }
        Self { ask, ..known }
    }

    /// The same, and nobody to ask any more: what would be otherwise is judged by what is known.
    pub(super) fn asked(self) -> Self {
        self.enter(Stage::Closed);
        self
    }

    fn enter(&self, stage: Stage) {
        if self.stage.get() != Stage::Trial {
            self.stage.set(stage);
        }
    }

    /// Lets the search for an offer ask, or no more.
    pub(super) fn searching(&self, searching: bool) {
        self.enter(if searching {
            Stage::Search
        } else {
            Stage::Closed
        });
    }

    /// Whether a question came up since this was last asked that nobody was there to answer: what
    /// was seen then proves nothing.
    pub(super) fn went_beyond(&self) -> bool {
        self.unanswered.take()
    }

    /// Every question that was asked, with its answer.
    pub(super) fn told(&self) -> Vec<Foreseen> {
        self.told.borrow().clone()
    }

    /// The answer to a question. One that was never asked has none.
    pub(super) fn answer(&self, question: ForecastQuestion) -> Known<'static> {
        self.foreseen(question, |known| match &known.answer {
            Ok(Value::Percent(percent)) => Ok(Scalar::Percent(*percent)),
            Ok(Value::Date(date)) => Ok(Scalar::Date(*date)),
            Ok(
                Value::Money(_)
                | Value::Count(_)
                | Value::Days(_)
                | Value::Ratio(_)
                | Value::Text(_)
                | Value::Bool(_),
            ) => Err(Missing::NoBasis),
            Err(why) => Err(*why),
        })
        .unwrap_or_else(|| {
            self.unanswered.set(true);
            Err(Missing::NoBasis)
        })
    }

    fn foreseen<T>(
        &self,
        question: ForecastQuestion,
        read: impl FnOnce(&Foreseen) -> T,
    ) -> Option<T> {
        let asks = |one: &&Foreseen| one.question == question;
        if let Some(known) = self.told.borrow().iter().find(asks) {
            return Some(read(known));
        }
        let mut told = match self.stage.get() {
            Stage::Open => self.told.borrow_mut(),
            Stage::Search | Stage::Trial => self.aside.borrow_mut(),
            Stage::Closed => return None,
        };
        if let Some(known) = told.iter().find(asks) {
            return Some(read(known));
        }
        if self.stage.get() == Stage::Trial && told.len() >= limits::SETTLE_FORECASTS_MAX {
            return None;
        }
        let new = self.ask?.foresee(question);
        let read = read(&new);
        told.push(new);
        Some(read)
    }
}

/// The question that a call asks. `None` where its arguments are of other types.
pub(super) fn question(
    function: ForecastFunction,
    of_account: Option<usize>,
    arguments: &[Scalar<'_>],
    currency: Currency,
) -> Option<ForecastQuestion> {
    let asked = match (function, arguments) {
        (ForecastFunction::PReturn, &[Scalar::Money(minor), Scalar::Date(date)]) => {
            let amount = Money::new(minor, currency);
            Asked::PReturn { amount, date }
        }
        (
            ForecastFunction::BestPullDate,
            &[Scalar::Money(minor), Scalar::Date(from), Scalar::Date(to)],
        ) => {
            let amount = Money::new(minor, currency);
            Asked::BestPullDate { amount, from, to }
        }
        (ForecastFunction::PReturn | ForecastFunction::BestPullDate, _) => return None,
    };
    Some(ForecastQuestion { of_account, asked })
}
