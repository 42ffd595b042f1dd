//! What rules read of an application.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::{Application, Input, RepaymentFrequency, Term, TermUnit};
use crate::id::ApplicantId;
use crate::money::{Currency, Money};

/// What is asked for, and what the caller says beside it. Nothing else of an application reaches a
/// rule but as a feature.
#[derive(Debug, Clone, Copy)]
pub struct Requested<'a> {
    /// The caller's name for the main applicant.
    pub person: Option<&'a ApplicantId>,
    /// The amount; always above zero.
    pub amount: Money,
    /// How long the loan is to run.
    pub term: Term,
    /// How often it is to be repaid.
    pub frequency: RepaymentFrequency,
    /// When the first payment would be due.
    pub first_payment_date: Option<NaiveDate>,
    /// Extra inputs, by the names that the rule set declares.
    pub inputs: &'a BTreeMap<String, Input>,
}

impl<'a> From<&'a Application> for Requested<'a> {
    fn from(application: &'a Application) -> Self {
        Self {
            person: application.primary().map(|person| &person.id),
            amount: application.requested_amount,
            term: application.term,
            frequency: application.repayment_frequency,
            first_payment_date: application.first_payment_date,
            inputs: &application.inputs,
        }
    }
}

impl Requested<'_> {
    /// The currency of the loan.
    pub fn currency(self) -> Currency {
        self.amount.currency()
    }

    /// How many payments are asked for: see [`Application::payments`].
    pub fn payments(self) -> u32 {
        self.frequency.payments_in(self.term)
    }

    /// The same, asking for another amount.
    pub(crate) fn asking(self, amount: Money) -> Self {
        Self { amount, ..self }
    }

    /// The same, over so many days.
    pub(crate) fn lasting(self, days: u32) -> Self {
        let unit = TermUnit::Days;
        Self {
            term: Term { count: days, unit },
            ..self
        }
    }
}
