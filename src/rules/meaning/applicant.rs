//! Made-up applicants, and what a rule set decides of them.
//!
//! An applicant is what rules read of one: values of features, inputs, what is asked for. Whether
//! there is bank data that shows just that is not looked at.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::effect::Effect;
use super::settings::{FREQUENCIES, Knob, Setting};
use super::side::Side;
use crate::application::{Application, Draft, DraftApplicant, DraftTerm, Input, TermUnit};
use crate::features::{self, Features, Missing, Scope, Slot, Value};
use crate::id::{AccountId, ApplicantId};
use crate::money::{Currency, Money};
use crate::rules::asked::AskedFor;
use crate::rules::evaluation::{Evaluation, OfferTerms, Outcome, Readiness, Telling};
use crate::rules::foresight::{Asked, ForecastQuestion, Forecasts, Foreseen};
use crate::rules::inputs;
use crate::rules::missing_search;
use crate::rules::render::loaded;
use crate::rules::verdict::Verdict;

/// What each of the settings is set to.
pub(super) type Chosen = Vec<Result<Value, Missing>>;

/// The day of every decision that no rule asks another for.
const DATE: Option<NaiveDate> = NaiveDate::from_ymd_opt(2026, 3, 31);
/// What is asked for where no rule says more: a thousand over a year.
const AMOUNT_MINOR: i64 = 100_000;
const TERM_DAYS: i64 = 365;

/// The day from which dates are counted.
pub(super) fn usual_date() -> NaiveDate {
    DATE.unwrap_or_default()
}

/// An application of whom nothing is known.
pub(super) fn nobody(currency: Currency) -> Option<Application> {
    Parts::new(currency).application(1, 1)
}

/// Whoever applies, as an evaluation takes it.
#[derive(Debug, Clone)]
pub(super) struct Applicant {
    pub(super) features: Features,
    pub(super) application: Application,
    pub(super) forecast: SameForecast,
}

/// Foresees the same whatever is asked: so likely each debit comes back, and the first day is as good
/// as any.
#[derive(Debug, Clone)]
pub(super) struct SameForecast(Result<Value, Missing>);

impl Forecasts for SameForecast {
    fn foresee(&self, question: ForecastQuestion) -> Foreseen {
        let answer = match question.asked {
            Asked::PReturn { .. } => self.0.clone(),
            Asked::BestPullDate { from, .. } => {
                let known = self.0.as_ref().map_err(|why| *why);
                known.map(|_| Value::Date(from))
            }
        };
        Foreseen {
            question,
            account: question.of_account,
            answer,
            balance: None,
        }
    }
}

/// What a rule set made of an applicant.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Seen {
    pub(super) outcome: Outcome,
    pub(super) offer: Option<OfferTerms>,
    /// What each rule does.
    pub(super) effects: Vec<Effect>,
    /// The codes of the reasons that made the outcome.
    pub(super) reasons: Vec<String>,
    /// Values that are derived.
    pub(super) derived: Vec<Result<Value, Missing>>,
    pub(super) score: Option<i64>,
    /// How many comparisons of the rules that stop it hold, or cannot be known.
    pub(super) against: usize,
}

impl Applicant {
    /// Sets everything; `None` where no application is so.
    pub(super) fn of(settings: &[Setting], chosen: &Chosen, currency: Currency) -> Option<Self> {
        let mut parts = Parts::new(currency);
        for (setting, value) in settings.iter().zip(chosen) {
            parts.set(setting, value);
        }
        parts.applicant()
    }

    /// Decides it; `None` where the rule set refuses what is sent.
    pub(super) fn decided_by(&self, side: &Side<'_>) -> Option<Seen> {
        let program = side.program;
        let mut refused = inputs::refused(program.rule_set(), self.application.inputs());
        if refused.next().is_some() {
            return None;
        }
        let evaluation = crate::rules::evaluate::evaluate(
            program,
            &self.features,
            &self.application,
            &self.forecast,
            Readiness::Ready,
            Telling::Nothing,
        );
        let evaluation = evaluation.ok()?;
        let reasons = evaluation.reasons.iter().filter(|given| given.decisive);
        let texts = &program.rule_set().reasons;
        let reasons = reasons.filter_map(|given| Some(texts.get(given.reason)?.code.clone()));
        let score = evaluation.score.as_ref();
        let effects = self.effects(side, &evaluation);
        let mut against = 0;
        let rules = program.rules.iter().zip(&effects);
        for (rule, _) in rules.filter(|(_, effect)| **effect >= Effect::Refers) {
            rule.when.logic.comparisons(&mut |number| {
                against += usize::from(evaluation.verdicts.seen(number) != Verdict::False);
            });
        }
        Some(Seen {
            outcome: evaluation.outcome,
            effects,
            against,
            reasons: reasons.collect(),
            score: score.and_then(|score| score.total.ok()),
            derived: evaluation.derived,
            offer: evaluation.offer,
        })
    }

    fn effects(&self, side: &Side<'_>, evaluation: &Evaluation) -> Vec<Effect> {
        let program = side.program;
        let rules = program.rules.iter().zip(&program.rule_set().rules);
        let seen = |number| evaluation.verdicts.seen(number);
        let effects = rules.map(|(rule, written)| {
            let verdict: Verdict = rule.when.logic.of(&seen);
            Effect::of(rule, !written.ignored.is_empty(), verdict, || {
                let values = loaded(program, evaluation, &self.features, &self.application);
                let lacks = missing_search::of_rule(&values, rule);
                missing_search::passed(written, &lacks).is_some()
            })
        });
        effects.collect()
    }
}

/// An applicant that is put together.
struct Parts {
    currency: Currency,
    slots: Vec<Vec<Slot>>,
    /// How many there are of each scope.
    subjects: BTreeMap<Scope, usize>,
    inputs: BTreeMap<String, Option<Input>>,
    amount: i64,
    term_days: i64,
    frequency: usize,
    first_payment: Option<i64>,
    date: NaiveDate,
    forecast: Result<Value, Missing>,
}

impl Parts {
    fn new(currency: Currency) -> Self {
        let missing = |_| vec![Slot::missing(Missing::NotProvided)];
        Self {
            currency,
            slots: features::table().iter().map(missing).collect(),
            subjects: BTreeMap::from([(Scope::Account, 1), (Scope::Applicant, 1)]),
            inputs: BTreeMap::new(),
            amount: AMOUNT_MINOR,
            term_days: TERM_DAYS,
            frequency: 0,
            first_payment: None,
            date: usual_date(),
            forecast: Err(Missing::NoBasis),
        }
    }

    fn set(&mut self, setting: &Setting, value: &Result<Value, Missing>) {
        let whole = match value {
            Ok(Value::Money(money)) => Some(money.minor()),
            Ok(Value::Count(whole) | Value::Days(whole)) => Some(*whole),
            Ok(_) | Err(_) => None,
        };
        let count = whole.and_then(|whole| usize::try_from(whole).ok());
        match &setting.knob {
            Knob::Feature(id, at) => {
                if let Ok(Value::Date(date)) = value
                    && setting.name == features::APPLICATION_DECISION_DATE
                {
                    self.date = *date;
                }
                if let Some(own) = self.slots.get_mut(id.index()) {
                    let empty = Slot::missing(Missing::NotProvided);
                    own.resize(own.len().max(at.saturating_add(1)), empty);
                    if let Some(slot) = own.get_mut(*at) {
                        slot.value.clone_from(value);
                    }
                }
            }
            Knob::Subjects(scope) => {
                self.subjects.insert(*scope, count.unwrap_or(1));
            }
            Knob::Input(name) => {
                if let Ok(value) = value {
                    self.inputs.insert(name.clone(), Some(value.clone().into()));
                }
            }
            Knob::Amount => self.amount = whole.unwrap_or(self.amount),
            Knob::TermDays => self.term_days = whole.unwrap_or(self.term_days),
            Knob::Frequency => self.frequency = count.unwrap_or(0),
            Knob::FirstPayment => self.first_payment = whole,
            Knob::Forecast => self.forecast.clone_from(value),
        }
    }

    fn applicant(mut self) -> Option<Applicant> {
        let many = |scope: Scope| self.subjects.get(&scope).copied().unwrap_or(0);
        let (people, accounts) = (many(Scope::Applicant), many(Scope::Account));
        let streams = many(Scope::IncomeStream);
        let application = self.application(people, accounts)?;
        for (feature, own) in features::table().iter().zip(&mut self.slots) {
            let subjects = match feature.scope {
                Scope::Household => 1,
                Scope::Applicant => people,
                Scope::Account => accounts,
                Scope::IncomeStream => streams,
            };
            own.resize(subjects, Slot::missing(Missing::NotProvided));
        }
        for asked in AskedFor::ALL {
            let (id, _) = features::find(asked.name())?;
            if let Some(own) = self.slots.get_mut(id.index()) {
                *own = vec![Slot {
                    value: asked_for(asked, &application, self.date),
                    ..Slot::missing(Missing::NotProvided)
                }];
            }
        }
        let people = application.applicants().iter();
        let people: Vec<ApplicantId> = people.map(|person| person.id.clone()).collect();
        let accounts = application.named_accounts().into_iter();
        let accounts: Vec<AccountId> = accounts.map(|(_, account)| account).collect();
        let slots = self.slots.iter().map(|own| own.iter().cloned());
        Some(Applicant {
            features: Features::from_slots(people, accounts, slots.collect())?,
            application,
            forecast: SameForecast(self.forecast),
        })
    }

    fn application(&self, people: usize, accounts: usize) -> Option<Application> {
        let applicant = |at: usize| {
            let own = if at == 0 { 0..accounts } else { 0..0 };
            let own = own.filter_map(|at| AccountId::parse(&format!("fca_{at}")).ok());
            let id = ApplicantId::parse(&format!("applicant-{at}")).ok();
            DraftApplicant::ordinary(at, id, "Applicant", own)
        };
        let ahead = self.first_payment.and_then(chrono::TimeDelta::try_days);
        let draft = Draft {
            id: "made-up".parse().ok(),
            product: "loan".to_owned(),
            requested_amount: Some(Money::new(self.amount, self.currency)),
            term: Some(DraftTerm {
                count: u32::try_from(self.term_days).ok()?,
                unit: Some(TermUnit::Days),
            }),
            repayment_frequency: FREQUENCIES.get(self.frequency).copied(),
            first_payment_date: ahead.and_then(|ahead| self.date.checked_add_signed(ahead)),
            applicants: (0..people).map(applicant).collect(),
            inputs: self.inputs.clone(),
            ..Draft::default()
        };
        draft.check().ok()
    }
}

/// What an application says of what is asked for.
fn asked_for(
    asked: AskedFor,
    application: &Application,
    today: NaiveDate,
) -> Result<Value, Missing> {
    let first = application.first_payment_date();
    let first = first.ok_or(Missing::NotProvided);
    match asked {
        AskedFor::Amount => Ok(Value::Money(application.requested_amount())),
        AskedFor::TermDays => Ok(Value::Days(i64::from(application.term().days()))),
        AskedFor::Payments => Ok(Value::Count(i64::from(application.payments()))),
        AskedFor::FirstPaymentDate => first.map(Value::Date),
        AskedFor::DaysToFirstPayment => {
            first.map(|first| Value::Days(first.signed_duration_since(today).num_days()))
        }
    }
}
