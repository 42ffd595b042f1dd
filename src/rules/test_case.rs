//! A test of a rule set: what is given, and what is expected of it.

use std::collections::BTreeMap;

use chrono::{NaiveDate, NaiveDateTime};
use rust_decimal::Decimal;

use super::evaluation::{BoundBy, Outcome, ReasonCode};
use super::foresight::{Asked, ForecastQuestion, Forecasts, Foreseen};
use crate::application::{Input, RepaymentFrequency, Term};
use crate::features::{Missing, Value};
use crate::id::DecisionId;
use crate::money::Money;

/// A file of tests beside a rule file, by the name under which findings tell of it. It is no part of
/// the rule set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseFile {
    /// Its name: of `.csv` a table, of anything else TOML.
    pub name: String,
    /// What is in it.
    pub bytes: Vec<u8>,
}

/// A test, checked against its rule set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestCase {
    /// What it is called; no two of one run are called the same.
    pub name: String,
    /// The case file that it stands in; `None` of the rule file.
    pub file: Option<String>,
    /// The line of that file, from 1.
    pub line: usize,
    /// What is decided on.
    pub data: TestData,
    /// What is asked for.
    pub asked: TestApplication,
    /// The inputs that are sent.
    pub inputs: BTreeMap<String, Input>,
    /// What is to come of it. Something is.
    pub expected: Expected,
}

/// What a test is decided on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TestData {
    /// These values.
    Features(GivenFeatures),
    /// The accounts of a sample applicant, by the applicant's key.
    Applicant(String),
    /// The accounts in a file of Stripe's JSON, named from where the test stands.
    BankData(String),
    /// The snapshots of a recorded decision, at its moment.
    Decision(DecisionId),
}

/// Values of features, by their names. What is not given is missing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GivenFeatures {
    /// One value for each subject of the feature's scope.
    pub values: BTreeMap<String, Vec<Result<Value, Missing>>>,
    /// What forecasts answer, whatever is asked.
    pub forecasts: GivenForecasts,
}

/// What forecasts answer in a test. Missing where the test does not say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GivenForecasts {
    /// The answer of `p_return`.
    pub p_return: Result<Value, Missing>,
    /// The answer of `best_pull_date`.
    pub best_pull_date: Result<Value, Missing>,
}

impl Default for GivenForecasts {
    fn default() -> Self {
        Self {
            p_return: Err(Missing::NoBasis),
            best_pull_date: Err(Missing::NoBasis),
        }
    }
}

impl Forecasts for GivenForecasts {
    fn foresee(&self, question: ForecastQuestion) -> Foreseen {
        let answer = match question.asked {
            Asked::PReturn { .. } => &self.p_return,
            Asked::BestPullDate { .. } => &self.best_pull_date,
        };
        Foreseen {
            question,
            account: question.of_account,
            answer: answer.clone(),
            balance: None,
        }
    }
}

/// What a test asks for. What it leaves open is as in the application that its data comes with, or
/// as in an ordinary one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TestApplication {
    /// The amount.
    pub amount: Option<Money>,
    /// How long it is to run.
    pub term: Option<Term>,
    /// How often it is repaid.
    pub frequency: Option<RepaymentFrequency>,
    /// When the first payment is due.
    pub first_payment_date: Option<NaiveDate>,
    /// What the money is for.
    pub purpose: Option<String>,
    /// The lender's product.
    pub product: Option<String>,
    /// The applicant's name, with which the owners of accounts are compared.
    pub name: Option<String>,
    /// When it is decided, in the zone of decisions.
    pub at: Option<NaiveDateTime>,
}

/// What is expected. What is `None` is not asserted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Expected {
    /// The outcome.
    pub outcome: Option<Outcome>,
    /// The codes of the principal reasons, in their order.
    pub reasons: Option<Vec<ReasonCode>>,
    /// The codes that rules of the action `flag` gave, in their order.
    pub noted: Option<Vec<ReasonCode>>,
    /// The score.
    pub score: Option<i64>,
    /// The names of the values for want of which something was unknown, in alphabetical order.
    pub missing: Option<Vec<String>>,
    /// What bound the offer, or stood against any.
    pub bound_by: Option<BoundBy>,
    /// The offer.
    pub offer: ExpectedOffer,
}

/// What is expected of an offer. What is `None` is not asserted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ExpectedOffer {
    /// The id of its tier.
    pub tier: Option<String>,
    /// The principal.
    pub amount: Option<Money>,
    /// The nominal yearly rate, in percent.
    pub rate: Option<Decimal>,
    /// The annual percentage rate as disclosed, in percent.
    pub apr: Option<Decimal>,
    /// How long it runs.
    pub term: Option<Term>,
    /// How often it is repaid.
    pub frequency: Option<RepaymentFrequency>,
    /// One payment.
    pub payment: Option<Money>,
    /// How many there are.
    pub payments: Option<u32>,
}
