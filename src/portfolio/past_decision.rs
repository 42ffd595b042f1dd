//! A decision as it was recorded, without its bank data.

use std::cell::Cell;
use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use thiserror::Error;

use crate::application::{Application, Input, RepaymentFrequency, Requested, Term};
use crate::calendar::AsOf;
use crate::decision::{Pins, RuleSetPin};
use crate::features::Features;
use crate::id::{ApplicantId, ApplicationId, DecisionId};
use crate::ledger::DecisionInBrief;
use crate::money::Money;
use crate::rules::{
    self, Bundle, Conclusion, Defect, Evaluation, ForecastQuestion, Forecasts, Foreseen,
    NoForecasts, Readiness, Telling,
};

/// A past decision: all that rules read of it, and what it came to.
///
/// What only bank data has is not there: a rule set with phrases of its own, or that asks for a
/// forecast that was not asked for then, needs the snapshots.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastDecision {
    /// Its position in the chain.
    pub seq: u64,
    /// Its id.
    pub id: DecisionId,
    /// The application that it is of.
    pub application: ApplicationId,
    /// The lender's product.
    pub product: String,
    /// When it was recorded.
    pub recorded_at: DateTime<Utc>,
    /// The moment decided for.
    pub as_of: AsOf,
    /// The meaning of the features.
    pub semantics: u32,
    /// Whether it was made on test data.
    pub test_data: bool,
    /// The referral that it settles by a reviewer's answers, where it does.
    pub resolves: Option<DecisionId>,
    /// The rule set that decided.
    pub rule_set: RuleSetPin,
    /// What was asked for.
    pub asked: AskedFor,
    /// Whether the banks had delivered.
    pub readiness: Readiness,
    /// What was computed of the bank data, without evidence.
    pub features: Features,
    /// The forecasts that were asked for.
    pub forecasts: Vec<Foreseen>,
    /// What it came to.
    pub decided: Conclusion,
}

/// What was asked for, as [`Requested`] but of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AskedFor {
    /// The caller's name for the main applicant.
    pub person: Option<ApplicantId>,
    /// The amount.
    pub amount: Money,
    /// How long the loan was to run.
    pub term: Term,
    /// How often it was to be repaid.
    pub frequency: RepaymentFrequency,
    /// When the first payment would have been due.
    pub first_payment_date: Option<NaiveDate>,
    /// Extra inputs.
    pub inputs: BTreeMap<String, Input>,
}

impl AskedFor {
    /// As rules read it.
    pub fn requested(&self) -> Requested<'_> {
        Requested {
            person: self.person.as_ref(),
            amount: self.amount,
            term: self.term,
            frequency: self.frequency,
            first_payment_date: self.first_payment_date,
            inputs: &self.inputs,
        }
    }
}

impl From<&Application> for AskedFor {
    fn from(application: &Application) -> Self {
        let requested = Requested::from(application);
        Self {
            person: requested.person.cloned(),
            amount: requested.amount,
            term: requested.term,
            frequency: requested.frequency,
            first_payment_date: requested.first_payment_date,
            inputs: requested.inputs.clone(),
        }
    }
}

/// Why a rule set cannot decide on what was recorded.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Error)]
pub enum Undecidable {
    /// It needs an input that nobody asked for then, or that was sent as another kind of value: by its
    /// name.
    #[error("the input `{0}` was not asked for then, or not sent as the rule set needs it")]
    Input(String),
    /// It decides in another currency.
    #[error("the application is in another currency")]
    Currency,
    /// It asks for a forecast that was not asked for then: the snapshots can tell.
    #[error("a forecast is needed that was not recorded")]
    Forecast,
    /// A defect of the engine.
    #[error("the engine could not evaluate it")]
    Defect,
}

impl PastDecision {
    /// Of a record that was proven. `None` where its features are not those of this engine's table.
    pub fn of(record: DecisionInBrief) -> Option<Self> {
        let (application, body) = (record.application, record.body);
        let pins = body.pins;
        let applicants = application.applicants().iter();
        let accounts = pins.snapshots.iter();
        let features = Features::from_slots(
            applicants.map(|applicant| applicant.id.clone()).collect(),
            accounts.map(|pin| pin.account.clone()).collect(),
            body.features,
        )?;
        Some(Self {
            seq: record.envelope.seq,
            id: record.id,
            application: application.id().clone(),
            product: application.product().to_owned(),
            recorded_at: record.envelope.recorded_at,
            as_of: pins.as_of,
            semantics: pins.semantics,
            test_data: pins.test_data,
            resolves: application.resolution().map(|one| one.of.clone()),
            asked: AskedFor::from(&application),
            readiness: readiness(&pins),
            rule_set: pins.rule_set,
            features,
            forecasts: body.evaluation.forecasts,
            decided: body.evaluation.conclusion,
        })
    }

    /// What a rule set comes to on what was recorded, `live` being the one that decided.
    ///
    /// # Errors
    ///
    /// An application that the rule set would not take, or one that it cannot decide without the bank
    /// data.
    pub fn decide_by(&self, bundle: &Bundle, live: &Bundle) -> Result<Conclusion, Undecidable> {
        self.check(bundle, live)?;
        let recorded = RecordedForecasts::of(self);
        recorded.enough_for(rules::conclude(
            bundle.program(),
            &self.features,
            self.asked.requested(),
            &recorded,
            self.readiness,
            self.decided.offer.as_slice(),
        ))
    }

    /// The same, with all that was seen, and told of its reasons what is wanted.
    ///
    /// # Errors
    ///
    /// As of [`Self::decide_by`].
    pub fn evaluate_by(
        &self,
        bundle: &Bundle,
        live: &Bundle,
        telling: Telling,
    ) -> Result<Evaluation, Undecidable> {
        self.check(bundle, live)?;
        self.evaluate(bundle, telling)
    }

    /// What the rule set that decided sees and tells on what was recorded: all that a record holds of
    /// its evaluation.
    ///
    /// # Errors
    ///
    /// A forecast that was not recorded, or a defect.
    pub fn evaluate_again(&self, live: &Bundle) -> Result<Evaluation, Undecidable> {
        self.evaluate(live, Telling::Everything)
    }

    fn evaluate(&self, bundle: &Bundle, telling: Telling) -> Result<Evaluation, Undecidable> {
        let recorded = RecordedForecasts::of(self);
        recorded.enough_for(rules::evaluate(
            bundle.program(),
            &self.features,
            self.asked.requested(),
            &recorded,
            self.readiness,
            telling,
        ))
    }

    /// Whether a rule set would have taken the application, `live` being the one that decided.
    ///
    /// # Errors
    ///
    /// Why it would not.
    pub fn check(&self, bundle: &Bundle, live: &Bundle) -> Result<(), Undecidable> {
        if self.asked.amount.currency() != bundle.currency() {
            return Err(Undecidable::Currency);
        }
        let unfit = bundle.unfit_input(&self.asked.inputs, live);
        unfit.map_or(Ok(()), |name| Err(Undecidable::Input(name.to_owned())))
    }
}

fn readiness(pins: &Pins) -> Readiness {
    match pins.snapshots.iter().all(|pin| pin.is_settled()) {
        true => Readiness::Ready,
        false => Readiness::NotReady,
    }
}

/// The forecasts that were recorded.
#[derive(Debug)]
pub(super) struct RecordedForecasts<'a> {
    forecasts: &'a [Foreseen],
    /// Whether another one was asked for.
    lacks: Cell<bool>,
}

impl<'a> RecordedForecasts<'a> {
    pub(super) fn of(past: &'a PastDecision) -> Self {
        Self {
            forecasts: &past.forecasts,
            lacks: Cell::new(false),
        }
    }

    /// What was evaluated with them, where no other was asked for.
    fn enough_for<T>(&self, evaluated: Result<T, Defect>) -> Result<T, Undecidable> {
        let evaluated = evaluated.map_err(|_| Undecidable::Defect)?;
        match self.lacks.get() {
            true => Err(Undecidable::Forecast),
            false => Ok(evaluated),
        }
    }
}

impl Forecasts for RecordedForecasts<'_> {
    fn foresee(&self, question: ForecastQuestion) -> Foreseen {
        let mut all = self.forecasts.iter();
        let found = all.find(|one| one.question == question);
        found.cloned().unwrap_or_else(|| {
            self.lacks.set(true);
            NoForecasts.foresee(question)
        })
    }
}
