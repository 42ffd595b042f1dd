//! Settling a decision that was referred: it is decided again on all that it rests on, with what a
//! reviewer says of facts that were missing or in doubt. No bank is asked.

use std::sync::Arc;

use super::case::check_first_payment;
use super::conclude::{Case, Drawn, shared};
use super::request::{Referral, ResolveRequest};
use super::work::WorkSlot;
use super::{Answer, Call, Decided, Inner, Request, UnderwriteError, Underwriter};
use crate::access::audit::{Action, Origin};
use crate::analysis::ReviewEffect;
use crate::application::{Application, ApplicationError, input_field};
use crate::calendar::AsOf;
use crate::decision::DecisionBody;
use crate::engine::EngineError;
use crate::id::{DecisionId, RuleSetName};
use crate::ledger::DecisionRecord;
use crate::limits;
use crate::rules::{AnswerError, AnswerPart, Outcome};
use crate::snapshot::{Frozen, SnapshotError};

impl Underwriter {
    /// Decides a referred decision again with what a reviewer says, records that, and only then
    /// answers. Repeats are answered as those of [`Underwriter::decide`].
    ///
    /// # Errors
    ///
    /// [`UnderwriteError::NotReferred`] and [`UnderwriteError::BankDataNotReady`] where the decision
    /// cannot be settled so, [`UnderwriteError::ReferralExpired`] where it is too old,
    /// [`UnderwriteError::NotAnswerable`] where what is answered may not be,
    /// [`UnderwriteError::Application`] also where a review of a stream cannot be followed; the ledger
    /// refuses where it is settled already, or overridden.
    pub async fn resolve(
        &self,
        asked: ResolveRequest,
        call: Call,
    ) -> Result<Decided, UnderwriteError> {
        let facts: Vec<String> = asked.word.facts().map(str::to_owned).collect();
        let first = match self.decision(&asked.tenant, &asked.of).await? {
            Answer::Decided(first) => first.record,
            Answer::Pending(_) => {
                return Err(UnderwriteError::NotReferred { stands: "pending" });
            }
        };
        check_open(&first)?;
        let timely = asked.word.check_times(self.0.parts.clock.now());
        timely.map_err(UnderwriteError::Application)?;
        let reviews = asked.word.review_count();
        let resolved = first.application.resolved(asked.of, asked.word);
        let application = Arc::new(resolved.map_err(UnderwriteError::NotAnswerable)?);
        let answers = application.resolution().map_or(0, |one| one.answers.len());
        let sent = SentAnswers {
            before: answers.saturating_sub(facts.len()),
            facts,
        };
        let pinned = &first.body.pins.rule_set;
        let rule_set = RuleSetName::parse(&pinned.name).map_err(|_| {
            let hash = pinned.bundle;
            UnderwriteError::DamagedBundle { hash }
        })?;
        let request = Arc::new(Request {
            tenant: asked.tenant,
            key: asked.key,
            rule_set,
            application,
        });
        let referral = Referral {
            record: first,
            reviews,
        };
        let decided = self.decide_once(request, Some(referral), call);
        match decided.await.map_err(|error| sent.named(error))? {
            Answer::Decided(decided) => Ok(*decided),
            // INVARIANT: what asks no bank waits for none.
            Answer::Pending(_) => Err(UnderwriteError::InFlight),
        }
    }

    /// The decision that settled another one, if one did: only what was referred is settled.
    pub async fn resolution_of(
        &self,
        record: &DecisionRecord,
    ) -> Result<Option<DecisionId>, UnderwriteError> {
        if record.body.outcome() != Outcome::Refer {
            return Ok(None);
        }
        let ledger = &self.0.parts.ledger;
        Ok(ledger.resolution_of(&record.tenant, &record.id).await?)
    }
}

impl Inner {
    /// Decides on what the referral rests on, and records it.
    pub(super) async fn settle(
        &self,
        case: &Case,
        referral: &Referral,
        (place, origin): (&WorkSlot, &Origin),
    ) -> Result<Answer, UnderwriteError> {
        let first = &referral.record;
        let (application, pins) = (&case.request.application, &first.body.pins);
        check_age(first, self.as_of())?;
        let checked = case.bundle.check_application(application);
        checked.map_err(UnderwriteError::Application)?;
        let mut frozen = Vec::with_capacity(pins.snapshots.len());
        for pin in &pins.snapshots {
            let stored = self.parts.ledger.snapshot(&first.tenant, pin.hash).await?;
            let stored = stored.ok_or(UnderwriteError::NotFound { kind: "snapshot" })?;
            let read = Frozen::read(&stored.bytes)?;
            if read.sealed().hash != pin.hash {
                return Err(SnapshotError::HashMismatch.into());
            }
            frozen.push(Arc::new(read));
        }
        let accounts = pins.accounts(application);
        let accounts = accounts.ok_or(EngineError::OtherAccounts)?;
        let concluded = self.conclude(case, accounts, &frozen, Drawn::from(pins));
        let mut decision = concluded.await?;
        check_followed(referral, application, &decision.body)?;
        let object = format!("{},{}", decision.id, first.id);
        decision.audit = Some(origin.event(Action::DecisionResolve, object, decision.recorded_at));
        let record = self.parts.ledger.record(decision).await?;
        place.decided(record.id.clone());
        self.metrics.decided(&record);
        Ok(Answer::Decided(Box::new(Decided {
            record,
            snapshots: Some(shared(&frozen)),
        })))
    }
}

/// The answers of a request, for telling which of them are wrong. They stand last in its application.
struct SentAnswers {
    facts: Vec<String>,
    /// How many stand before them, from when it was referred before.
    before: usize,
}

impl SentAnswers {
    /// Says which of the answers an error is of.
    fn named(&self, error: UnderwriteError) -> UnderwriteError {
        if let UnderwriteError::Engine(EngineError::Answers(errors)) = error {
            let of_fact = errors.iter().any(|error| error.part == AnswerPart::Fact);
            let errors = errors.into_iter().map(|error| self.of_feature(error));
            return if of_fact {
                UnderwriteError::NotAnswerable(errors.collect())
            } else {
                UnderwriteError::Application(errors.collect())
            };
        }
        if let UnderwriteError::Application(errors) = error {
            let errors = errors.into_iter().map(|error| self.of_input(error));
            return UnderwriteError::Application(errors.collect());
        }
        error
    }

    fn of_feature(&self, error: AnswerError) -> ApplicationError {
        let AnswerError {
            index,
            part,
            problem,
        } = error;
        match index.checked_sub(self.before) {
            Some(index) => ApplicationError {
                field: format!("answers[{index}].{part}"),
                problem,
            },
            None => ApplicationError {
                field: "answers".to_owned(),
                problem: format!(
                    "cannot stand with answer {index} of the decision before: that {problem}"
                ),
            },
        }
    }

    fn of_input(&self, error: ApplicationError) -> ApplicationError {
        let is_it = |fact: &String| {
            let name = fact.strip_prefix("inputs.");
            name.is_some_and(|name| input_field(name) == error.field)
        };
        match self.facts.iter().position(is_it) {
            Some(index) => ApplicationError {
                field: format!("answers[{index}].value"),
                problem: error.problem,
            },
            None => error,
        }
    }
}

/// Fails unless answers may settle a decision.
fn check_open(first: &DecisionRecord) -> Result<(), UnderwriteError> {
    let outcome = first.body.outcome();
    if outcome != Outcome::Refer {
        let stands = outcome.as_str();
        return Err(UnderwriteError::NotReferred { stands });
    }
    let mut pins = first.body.pins.snapshots.iter();
    if pins.any(|pin| !pin.is_settled()) {
        return Err(UnderwriteError::BankDataNotReady);
    }
    Ok(())
}

/// Fails where what was referred is too old: the data of its banks, or the loan that was asked for. What
/// is a repeat is answered all the same. Referred again, the data is as old as it was.
fn check_age(first: &DecisionRecord, now: AsOf) -> Result<(), UnderwriteError> {
    let age = now
        .instant
        .signed_duration_since(first.body.pins.as_of.instant);
    if age
        .to_std()
        .is_ok_and(|age| age > limits::RESOLUTION_AGE_MAX)
    {
        let why = "it was referred more than 30 days ago";
        return Err(UnderwriteError::ReferralExpired { why });
    }
    check_first_payment(&first.application, now).map_err(|_| UnderwriteError::ReferralExpired {
        why: "the first payment was to be due on a day that is past",
    })
}

/// Fails unless every review that settles a referral was followed: a slip of the pen does not use it up.
fn check_followed(
    referral: &Referral,
    application: &Application,
    body: &DecisionBody,
) -> Result<(), UnderwriteError> {
    let reviews = application.stream_reviews();
    let before = reviews.len().saturating_sub(referral.reviews);
    let sent = reviews.iter().zip(&body.reviews).skip(before).enumerate();
    let refused = sent.filter_map(|(index, (review, reviewed))| {
        let mut accounts = body.pins.snapshots.iter();
        let is_known = accounts.any(|pin| pin.account == review.account);
        let (part, problem) = match reviewed.effect {
            ReviewEffect::Confirmed | ReviewEffect::ConfirmedButStopped | ReviewEffect::Refused => {
                return None;
            }
            ReviewEffect::UnknownTransaction if !is_known => {
                ("account_id", "is no account of the decision")
            }
            ReviewEffect::UnknownTransaction => (
                "transaction_id",
                "is no transaction of that account on which the decision rests",
            ),
            ReviewEffect::CannotBeIncome => (
                "transaction_id",
                "cannot be income: it is money out, a loan, a transfer, a refund or the like",
            ),
            ReviewEffect::Contradicted => (
                "transaction_id",
                "is of a stream of which another review says the opposite: send one word on it",
            ),
        };
        Some(ApplicationError {
            field: format!("stream_reviews[{index}].{part}"),
            problem: problem.to_owned(),
        })
    });
    let refused: Vec<ApplicationError> = refused.collect();
    if refused.is_empty() {
        Ok(())
    } else {
        Err(UnderwriteError::Application(refused))
    }
}
