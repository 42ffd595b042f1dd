//! What a rule set comes to along the values of one of its params: each value makes a candidate, which is judged
//! and counted as any other. What is told of them is a view of the backtest, which counts nothing.

use rust_decimal::Decimal;
use serde::Serialize;
use thiserror::Error;

use super::counts::approves;
use super::performance::{ExpectedProfit, Performance, SwapSet};
use super::report::{Backtest, Comparison, OutcomeRates};
use super::total::Total;
use crate::features::Value;
use crate::limits;
use crate::money::Currency;
use crate::replay::statistics::Share;
use crate::rules::{Bundle, ParamError, on_one_line, values_listed};

/// Why a rule set cannot be swept.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SweepError {
    /// It does not say which param, or which values.
    #[error("write a param and its values, as in `dti_max=35%,40%,45%`")]
    NotWritten,
    /// Between two commas, or at an end, there is nothing.
    #[error("value {position} of `{param}` is empty: leave one comma out, or write it")]
    Empty {
        /// The param.
        param: String,
        /// Which, from 1.
        position: usize,
    },
    /// There are more than candidates of one backtest.
    #[error(
        "there are {count} values of `{param}`; a backtest has at most {max}: sweep them in turns"
    )]
    TooMany {
        /// The param.
        param: String,
        /// How many there are.
        count: usize,
        /// How many there may be.
        max: usize,
    },
    /// One stands there twice.
    #[error("`{first}` and `{again}` are one value of `{param}`: leave one out")]
    Twice {
        /// The param.
        param: String,
        /// One of them.
        first: String,
        /// The other.
        again: String,
    },
    /// One is none that the param can have.
    #[error(transparent)]
    Param(#[from] ParamError),
}

/// A rule set at some values of one of its params.
#[derive(Debug, Clone)]
pub struct Swept {
    /// What the rule set was given as.
    given_as: String,
    param: String,
    values: Vec<SweptValue>,
}

/// A rule set at one of the values.
#[derive(Debug, Clone)]
struct SweptValue {
    /// As it was given.
    written: String,
    /// Whether the rule set has it.
    is_own: bool,
    bundle: Bundle,
}

impl Swept {
    /// Makes the candidates of a sweep, as it is written: `dti_max=35%,40%,45%`. Values are written as in a rule
    /// file; `given_as` is what the rule set was given as.
    ///
    /// # Errors
    ///
    /// What is wrong with it, or with the rule set at one of the values.
    pub fn new(rule_set: &Bundle, given_as: &str, sweep: &str) -> Result<Self, SweepError> {
        let (param, listed) = sweep.split_once('=').ok_or(SweepError::NotWritten)?;
        let param = param.trim();
        let param = param.strip_prefix("params.").unwrap_or(param).to_owned();
        if param.is_empty() || listed.trim().is_empty() {
            return Err(SweepError::NotWritten);
        }
        let listed = values_listed(listed);
        let (count, max) = (listed.len(), limits::BACKTEST_CANDIDATES_MAX);
        if count > max {
            return Err(SweepError::TooMany { param, count, max });
        }
        let mut values: Vec<SweptValue> = Vec::with_capacity(count);
        for (position, written) in (1..).zip(listed) {
            if written.is_empty() {
                return Err(SweepError::Empty { param, position });
            }
            let bundle = rule_set.with_param(&param, written)?;
            let value = bundle.param(&param);
            let mut known = values.iter();
            let again = known.find(|known| is_same(known.bundle.param(&param), value));
            if let Some(first) = again {
                let (first, again) = (first.written.clone(), on_one_line(written));
                return Err(SweepError::Twice {
                    param,
                    first,
                    again,
                });
            }
            values.push(SweptValue {
                written: on_one_line(written),
                is_own: is_same(rule_set.param(&param), value),
                bundle,
            });
        }
        let given_as = given_as.to_owned();
        Ok(Self {
            given_as,
            param,
            values,
        })
    }

    /// The candidates, each with how it was given: `rules.toml with dti_max = 40%`.
    pub fn candidates(&self) -> Vec<(Bundle, String)> {
        let named = self.values.iter().map(|value| {
            let name = format!("{} with {} = {}", self.given_as, self.param, value.written);
            (value.bundle.clone(), name)
        });
        named.collect()
    }
}

/// Whether two values are one; a whole number may be written as a ratio.
fn is_same(one: Option<&Value>, other: Option<&Value>) -> bool {
    match (one, other) {
        (Some(Value::Count(whole)), Some(Value::Ratio(ratio)))
        | (Some(Value::Ratio(ratio)), Some(Value::Count(whole))) => *ratio == Decimal::from(*whole),
        _ => one == other,
    }
}

/// What a rule set comes to along the values of a param.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Sweep {
    /// The param.
    pub param: String,
    /// What was live; `None` where not every value can decide the same decisions, as far as those are counted.
    pub live: Option<Reached>,
    /// Each value, in the order given: that of the candidates.
    pub values: Vec<SweepValue>,
    /// Whether all values come to the same outcomes, offers and scores, as far as those are counted.
    pub all_same: bool,
}

/// What a rule set comes to at one of the values.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SweepValue {
    /// The value, as it was given.
    pub value: String,
    /// Whether the rule set has it as it is written.
    pub is_own: bool,
    /// Decisions that it can decide: what it comes to is of these.
    pub decided: u64,
    /// Those of them with another outcome than was live.
    pub flips: u64,
    /// What it comes to.
    #[serde(flatten)]
    pub reached: Reached,
}

/// What one side comes to.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Reached {
    /// How many it approves, as asked for or with another offer: APPROVE and COUNTER.
    pub approved: Share,
    /// What it offers, where any offers are made.
    pub offered: Option<Total>,
    /// In which currency.
    pub currency: Option<Currency>,
    /// How many went bad of the loans that were made and that it approves. Who was declined has none: of those
    /// whom only it approves nobody knows. `None` where nothing is known of loans.
    pub bad: Option<Share>,
    /// What its offers may be expected to earn, where offers come from tiers and loans are known.
    pub expected: Option<ExpectedProfit>,
}

impl SweepValue {
    /// The value, and that it is the one that stands in the rule set, where it is.
    pub fn named(&self) -> String {
        let mark = if self.is_own { " (as written)" } else { "" };
        format!("{}{mark}", self.value)
    }
}

impl Reached {
    /// Whether something is offered in tiers of which no loan is known.
    pub fn has_offers_not_known(&self) -> bool {
        let expected = self.expected.as_ref();
        expected.is_some_and(|expected| expected.not_known.count > 0)
    }
}

/// One side of a comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Of {
    Live,
    Candidate,
}

impl Backtest {
    /// What it found along the values of a param, its candidates being those of the sweep.
    pub fn sweep(&self, swept: &Swept) -> Sweep {
        let values = swept.values.iter().zip(&self.candidates);
        let values = values.map(|(value, found)| SweepValue {
            value: value.written.clone(),
            is_own: value.is_own,
            decided: found.decided,
            flips: found.flips.total,
            reached: reached(found, Of::Candidate),
        });
        let (first, others) = match self.candidates.split_first() {
            Some((first, others)) => (Some(first), others),
            None => (None, &[][..]),
        };
        let all_as_first = |is: fn(&Comparison, &Comparison) -> bool| {
            first.is_some_and(|first| others.iter().all(|other| is(first, other)))
        };
        let one_population = all_as_first(is_of_as_many);
        Sweep {
            param: swept.param.clone(),
            live: first
                .filter(|_| one_population)
                .map(|first| reached(first, Of::Live)),
            values: values.collect(),
            all_same: first.is_some_and(|first| first.decided > 0)
                && !others.is_empty()
                && all_as_first(is_as),
        }
    }
}

/// Whether two candidates can decide the same decisions, as far as those are counted.
fn is_of_as_many(one: &Comparison, other: &Comparison) -> bool {
    let live = |of: &Comparison| -> Vec<u64> {
        let outcomes = of.outcomes.iter();
        outcomes.map(|rates| rates.live.count).collect()
    };
    one.not_decidable == other.not_decidable && live(one) == live(other)
}

/// Whether two candidates come to the same outcomes, offers and scores, as far as those are counted.
fn is_as(one: &Comparison, other: &Comparison) -> bool {
    (&one.flows, &one.offers, &one.scores) == (&other.flows, &other.offers, &other.scores)
}

fn reached(found: &Comparison, of: Of) -> Reached {
    let share = |rates: &OutcomeRates| match of {
        Of::Live => rates.live.count,
        Of::Candidate => rates.candidate.count,
    };
    let approving = found
        .outcomes
        .iter()
        .filter(|rates| approves(rates.outcome));
    let approved = approving.map(share).fold(0, u64::saturating_add);
    let offers = found.offers.as_ref();
    let performance = found.performance.as_ref().filter(|known| known.bad.of > 0);
    Reached {
        approved: Share::new(approved, found.decided),
        offered: offers.map(|offers| match of {
            Of::Live => offers.live,
            Of::Candidate => offers.candidate,
        }),
        currency: offers.map(|offers| offers.currency),
        bad: performance.map(|known| bad(&known.swap_sets, of)),
        expected: performance.and_then(|known| expected(known, of)),
    }
}

/// How many went bad of the loans that a side approves.
pub(super) fn bad(sets: &[SwapSet], of: Of) -> Share {
    let approves = |set: &&SwapSet| match of {
        Of::Live => set.live_approves,
        Of::Candidate => set.candidate_approves,
    };
    let sets = sets.iter().filter(approves);
    let (bad, loans) = sets.fold((0_u64, 0_u64), |(bad, loans), set| {
        let (more_bad, more) = (set.bad.count, set.bad.of);
        (bad.saturating_add(more_bad), loans.saturating_add(more))
    });
    Share::new(bad, loans)
}

fn expected(known: &Performance, of: Of) -> Option<ExpectedProfit> {
    known.has_tiers().then_some(match of {
        Of::Live => known.live_expected,
        Of::Candidate => known.candidate_expected,
    })
}
