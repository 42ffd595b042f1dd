//! What a reviewer says of facts that were missing or doubtful when a decision was referred: part of
//! the request that decides again, and so of what that decision is a function of.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::error::ApplicationError;
use super::input::Input;
use super::report::Report;
use super::stream_review::{DraftStreamReview, StreamReview, check_stream_reviews};
use crate::id::DecisionId;
use crate::limits;

/// What the name of an answered input begins with.
const INPUTS: &str = "inputs.";

/// How a decision that was referred is settled: the application is decided again, on what was recorded
/// with that decision and these answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resolution {
    /// The decision that was referred.
    pub of: DecisionId,
    /// All answers so far. Each fact is answered once. The answer to an input is also among the
    /// inputs of the application, where the rules find it as if it had been sent.
    pub answers: Vec<Answer>,
}

/// A reviewer's word on one fact.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// What is answered: a feature of the household by its name, `income.monthly_net`, or an input that
    /// the rule set declares, `inputs.NAME`.
    pub fact: String,
    /// What it is. The feature's row, or the rule set, says of which type it has to be.
    pub value: Input,
    /// Who answers: the lender's name or number for the person.
    pub reviewer: String,
    /// What the reviewer saw.
    pub evidence: String,
    /// When it was answered.
    #[serde(with = "chrono::serde::ts_seconds")]
    pub answered_at: DateTime<Utc>,
}

impl Answer {
    /// The name of the input that it answers, where it answers one.
    pub fn input(&self) -> Option<&str> {
        self.fact.strip_prefix(INPUTS)
    }
}

impl fmt::Debug for Answer {
    /// Personal data never reaches a log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answer")
            .field("fact", &self.fact)
            .finish_non_exhaustive()
    }
}

/// A reviewer's word on a decision, checked as far as it can be without that decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReviewersWord {
    pub(super) answers: Vec<Answer>,
    pub(super) stream_reviews: Vec<StreamReview>,
}

/// A reviewer's word on one fact, as it was sent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DraftAnswer {
    /// What is answered.
    pub fact: String,
    /// What it is.
    pub value: Option<Input>,
    /// Who answers.
    pub reviewer: String,
    /// What the reviewer saw.
    pub evidence: String,
    /// When it was answered.
    pub answered_at: Option<DateTime<Utc>>,
}

impl From<Answer> for DraftAnswer {
    fn from(answer: Answer) -> Self {
        Self {
            fact: answer.fact,
            value: Some(answer.value),
            reviewer: answer.reviewer,
            evidence: answer.evidence,
            answered_at: Some(answer.answered_at),
        }
    }
}

/// A resolution that is not checked yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DraftResolution {
    /// The decision that was referred.
    pub of: DecisionId,
    /// All answers so far.
    pub answers: Vec<DraftAnswer>,
}

impl From<Resolution> for DraftResolution {
    fn from(resolution: Resolution) -> Self {
        Self {
            of: resolution.of,
            answers: resolution.answers.into_iter().map(Into::into).collect(),
        }
    }
}

impl ReviewersWord {
    /// What is answered, in the order in which it was sent.
    pub fn facts(&self) -> impl Iterator<Item = &str> {
        self.answers.iter().map(|answer| answer.fact.as_str())
    }

    /// How many streams are reviewed.
    pub fn review_count(&self) -> usize {
        self.stream_reviews.len()
    }

    /// Checks that nothing was answered or reviewed after `now`, but for what clocks differ.
    ///
    /// # Errors
    ///
    /// Every time that is later, with its field.
    pub fn check_times(&self, now: DateTime<Utc>) -> Result<(), Vec<ApplicationError>> {
        let ahead = TimeDelta::from_std(limits::ANSWER_CLOCK_AHEAD_MAX).unwrap_or_default();
        let last = now.checked_add_signed(ahead).unwrap_or(now);
        let answers = self.answers.iter().enumerate();
        let answers =
            answers.map(|(index, one)| (format!("answers[{index}].answer_time"), one.answered_at));
        let reviews = self.stream_reviews.iter().enumerate();
        let reviews = reviews.map(|(index, one)| {
            (
                format!("stream_reviews[{index}].review_time"),
                one.reviewed_at,
            )
        });
        let late = answers.chain(reviews).filter(|(_, at)| *at > last);
        let errors: Vec<ApplicationError> = late
            .map(|(field, _)| ApplicationError {
                field,
                problem: "is in the future: send when it was said".to_owned(),
            })
            .collect();
        if errors.is_empty() {
            Ok(())
        } else {
            Err(errors)
        }
    }

    /// Checks what was sent, reporting every violation; `unreadable` is what could not be read of it.
    ///
    /// # Errors
    ///
    /// All that is wrong, each with its field: `answers[0].fact`. Saying nothing is wrong, too.
    pub fn check(
        answers: Vec<DraftAnswer>,
        stream_reviews: Vec<DraftStreamReview>,
        unreadable: Vec<ApplicationError>,
    ) -> Result<Self, Vec<ApplicationError>> {
        let mut report = Report(unreadable);
        if answers.is_empty() && stream_reviews.is_empty() {
            let problem = "is empty: send at least one answer, or a review of a stream of income";
            report.fail("answers", problem);
        }
        let answers = check_answers(&mut report, "answers", answers);
        let reviews = check_stream_reviews(&mut report, "stream_reviews", stream_reviews);
        let checked = answers.zip(reviews).map(|(answers, stream_reviews)| Self {
            answers,
            stream_reviews,
        });
        report.into_result(checked)
    }
}

/// Checks a resolution that is part of an application with these inputs.
pub(super) fn check_resolution(
    report: &mut Report,
    sent: DraftResolution,
    inputs: &BTreeMap<String, Input>,
) -> Option<Resolution> {
    let list = "answers";
    let answers = check_answers(report, list, sent.answers)?;
    let is_other = |answer: &Answer| {
        let input = answer.input().map(|name| inputs.get(name));
        input.is_some_and(|input| input != Some(&answer.value))
    };
    if answers.iter().any(is_other) {
        report.fail(list, "answers an input otherwise than `inputs` says");
    }
    Some(Resolution {
        of: sent.of,
        answers,
    })
}

/// Checks answers as they were sent, each named by its place in `list`. Numbers are written in one
/// way, as those of inputs are.
fn check_answers(report: &mut Report, list: &str, sent: Vec<DraftAnswer>) -> Option<Vec<Answer>> {
    if sent.len() > limits::ANSWERS_MAX {
        report.fail(list, "has more than 50 entries");
        return None;
    }
    let mut seen = BTreeSet::new();
    let answers: Vec<Option<Answer>> = sent
        .into_iter()
        .enumerate()
        .map(|(index, sent)| {
            let field = |name: &str| format!("{list}[{index}].{name}");
            if sent.fact.len() > limits::FACT_BYTES_MAX {
                report.fail(field("fact"), "is longer than the name of any fact");
            } else if sent.fact == INPUTS {
                report.fail(field("fact"), "names no input: write `inputs.NAME`");
            } else {
                report.text(field("fact"), &sent.fact, true);
            }
            let value = report.chosen(&field("value"), sent.value, Input::CHOICES);
            if let Some(Input::Text(text)) = &value {
                report.text(field("value"), text, false);
            }
            report.text(field("reviewer"), &sent.reviewer, true);
            report.text(field("evidence"), &sent.evidence, true);
            let answered_at = report.required(&field("answer_time"), sent.answered_at);
            if !seen.insert(sent.fact.clone()) {
                report.fail(field("fact"), "is answered twice: send one answer to each");
            }
            Some(Answer {
                fact: sent.fact,
                value: value?.normalized(),
                reviewer: sent.reviewer,
                evidence: sent.evidence,
                answered_at: answered_at?,
            })
        })
        .collect();
    answers.into_iter().collect()
}
