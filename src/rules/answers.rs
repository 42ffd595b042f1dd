//! What reviewers answer, in the place of what was found.
//!
//! An answer takes the place of one value that the rules read. What the analysis computed from the
//! same rows is not computed anew: each fact is answered by itself.

use std::collections::BTreeMap;

use thiserror::Error;

use super::advice::did_you_mean;
use super::inputs::read_value;
use super::program::Program;
use super::slot_value::SlotValue;
use crate::application::{Answer, Application};
use crate::features::{self, Answerable, Feature, FeatureId, Features, Missing, Value, Words};
use crate::limits;
use crate::money::Currency;

/// An answer that is not taken.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("an answer is not taken: the {part} {problem}")]
pub struct AnswerError {
    /// Which of the answers, by its position.
    pub index: usize,
    /// What is wrong of it.
    pub part: AnswerPart,
    /// What is wrong and what to do instead; never quotes what was sent.
    pub problem: String,
}

/// A part of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AnswerPart {
    /// What is answered.
    Fact,
    /// What it is said to be.
    Value,
}

impl std::fmt::Display for AnswerPart {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Fact => "fact",
            Self::Value => "value",
        })
    }
}

/// The features that were found, with what reviewers answer in the place of those that were missing or
/// in doubt. Answers to inputs stand among the inputs of the application, and are none of these.
/// Their values are checked with those of the application.
///
/// # Errors
///
/// Every answer that cannot be taken: to what is no feature of the household that the rules read, to
/// what is known and not in doubt, or of a value that the feature cannot have.
pub fn answered(
    program: &Program,
    features: Features,
    application: &Application,
) -> Result<Features, Vec<AnswerError>> {
    let Some(resolution) = application.resolution() else {
        return Ok(features);
    };
    let found = Found {
        program,
        features: &features,
        application,
    };
    let (mut values, mut errors) = (BTreeMap::new(), Vec::new());
    for (index, answer) in resolution.answers.iter().enumerate() {
        if answer.input().is_some_and(|name| found.declares(name)) {
            continue;
        }
        match found.read(answer) {
            Ok((id, value)) => drop(values.insert(id, value)),
            Err((part, mut problem)) => {
                // One list of what may be answered is enough.
                let told = errors.iter().any(|error: &AnswerError| error.part == part);
                if part == AnswerPart::Fact && !told {
                    problem.push_str("; ");
                    problem.push_str(&found.answerable_in_words());
                }
                errors.push(AnswerError {
                    index,
                    part,
                    problem,
                });
            }
        }
    }
    if errors.is_empty() {
        Ok(features.stating(values))
    } else {
        Err(errors)
    }
}

/// What an answer is held against.
struct Found<'a> {
    program: &'a Program,
    features: &'a Features,
    application: &'a Application,
}

impl Found<'_> {
    fn read(&self, answer: &Answer) -> Result<(FeatureId, Value), (AnswerPart, String)> {
        let of_fact = |problem: &str| (AnswerPart::Fact, problem.to_owned());
        let Some((id, feature)) = features::find(&answer.fact) else {
            let names = self.open_names();
            let near = did_you_mean(&answer.fact, names.iter().map(String::as_str));
            let near = near.and_then(|near| near.help);
            let problem = "is no feature, and no input (`inputs.NAME`)".to_owned();
            let problem = near.map_or(problem.clone(), |near| format!("{problem}: {near}"));
            return Err((AnswerPart::Fact, problem));
        };
        if feature.answerable == Answerable::Never {
            return Err(of_fact(
                "is not for a reviewer to say: it is of the application itself, or of one account, \
                 applicant or stream of income (which a review of the stream settles)",
            ));
        }
        let found = self.found(id);
        if *found == Err(Missing::ReviewUnclear) {
            return Err(of_fact(
                "is missing for a review of a stream of income that could not be followed, which no \
                 answer mends: send a review that can be, or ask for a decision anew where it came with \
                 the application",
            ));
        }
        if !feature.answerable.takes_the_place_of(found) {
            return Err(of_fact("is known from the bank and not in doubt"));
        }
        if !self.is_read(id) {
            return Err(of_fact(
                "is not read by the rule set: an answer would change nothing",
            ));
        }
        let currency = self.application.currency();
        let value = read(feature, answer, currency);
        let value = value.map_err(|problem| (AnswerPart::Value, problem))?;
        if found.as_ref() == Ok(&value) {
            let problem = "is what was found: an answer would change nothing".to_owned();
            return Err((AnswerPart::Value, problem));
        }
        Ok((id, value))
    }

    /// Whether the rule set declares an input of that name.
    fn declares(&self, input: &str) -> bool {
        let mut declared = self.program.rule_set().inputs().iter();
        declared.any(|one| one.name == input)
    }

    /// What was found of a feature of the household.
    fn found(&self, id: FeatureId) -> &Result<Value, Missing> {
        let slot = self.features.slots(id).first();
        slot.map_or(&Err(Missing::NoBasis), |slot| &slot.value)
    }

    fn is_read(&self, id: FeatureId) -> bool {
        let mut slots = self.program.slots.iter();
        slots.any(|slot| matches!(slot, SlotValue::Feature(read) if *read == id))
    }

    /// The names of what may be answered: what the rules read and is missing or in doubt.
    fn answerable(&self) -> impl Iterator<Item = &'static str> {
        let may_be = |(id, feature): &(FeatureId, &'static Feature)| {
            feature.answerable.takes_the_place_of(self.found(*id)) && self.is_read(*id)
        };
        let all = (0_u16..).map(FeatureId).zip(features::table());
        all.filter(may_be).map(|(_, feature)| feature.name)
    }

    /// The same, and the inputs that were not sent.
    fn open_names(&self) -> Vec<String> {
        let sent = self.application.inputs();
        let inputs = self.program.rule_set().inputs().iter();
        let inputs = inputs.filter(|input| !sent.contains_key(&input.name));
        let inputs = inputs.map(|input| format!("inputs.{}", input.name));
        self.answerable().map(str::to_owned).chain(inputs).collect()
    }

    /// The same for people.
    fn answerable_in_words(&self) -> String {
        let names = self.open_names().into_iter();
        let mut names: Vec<String> = names.map(|name| format!("`{name}`")).collect();
        let more = names.len().saturating_sub(limits::ANSWERABLE_NAMED_MAX);
        names.truncate(limits::ANSWERABLE_NAMED_MAX);
        match (names.is_empty(), more) {
            (true, _) => "nothing of this decision may be answered".to_owned(),
            (false, 0) => format!("what may be answered: {}", names.join(", ")),
            (false, more) => format!("what may be answered: {} and {more} more", names.join(", ")),
        }
    }
}

/// What an answer says that a feature is.
fn read(feature: &Feature, answer: &Answer, currency: Currency) -> Result<Value, String> {
    let value = read_value(feature.ty, &answer.value, currency)?;
    if let (Value::Text(text), Words::Only(words)) = (&value, feature.words)
        && !words.contains(&text.as_str())
    {
        return Err(format!("is none of `{}`", words.join("`, `")));
    }
    if feature.can_be(&value) {
        Ok(value)
    } else {
        let range = feature.range_in_words();
        Err(format!("is outside of what it can be: {range}"))
    }
}
