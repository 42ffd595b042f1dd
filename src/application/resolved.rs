//! An application that is asked again, with what a reviewer says.

use super::resolution::{Answer, DraftAnswer, DraftResolution, ReviewersWord};
use super::stream_review::{DraftStreamReview, StreamReview};
use super::{Application, ApplicationError};
use crate::id::DecisionId;

impl Application {
    /// The same, asked again with what a reviewer says after the decision `of` referred it. What was
    /// said before stays; where the same is answered or reviewed again, the newer word takes the place
    /// of the older, which remains with the decision that it led to.
    ///
    /// # Errors
    ///
    /// Where an input is answered that was sent, or it would hold more than an application may.
    pub fn resolved(
        &self,
        of: DecisionId,
        word: ReviewersWord,
    ) -> Result<Self, Vec<ApplicationError>> {
        let sent = self.answers_to_what_was_sent(&word);
        if !sent.is_empty() {
            return Err(sent);
        }
        let mut draft = self.clone().into_draft();
        let mut answers = draft
            .resolution
            .take()
            .map_or(Vec::new(), |one| one.answers);
        answers.retain(|old| word.answers.iter().all(|new| new.fact != old.fact));
        for answer in &word.answers {
            if let Some(name) = answer.input() {
                draft
                    .inputs
                    .insert(name.to_owned(), Some(answer.value.clone()));
            }
        }
        answers.extend(word.answers.into_iter().map(DraftAnswer::from));
        let is_of = |old: &DraftStreamReview, new: &StreamReview| {
            old.account.as_ref() == Some(&new.account)
                && old.transaction.as_ref() == Some(&new.transaction)
        };
        let reviews = &mut draft.stream_reviews;
        reviews.retain(|old| word.stream_reviews.iter().all(|new| !is_of(old, new)));
        reviews.extend(word.stream_reviews.into_iter().map(Into::into));
        draft.resolution = Some(DraftResolution { of, answers });
        draft.check().map_err(|errors| {
            let errors = errors.into_iter();
            errors.map(of_the_request).collect()
        })
    }

    /// An input that the caller sent is known: no reviewer changes it.
    fn answers_to_what_was_sent(&self, word: &ReviewersWord) -> Vec<ApplicationError> {
        let was_answered = |fact: &str| {
            let before = self.resolution.iter().flat_map(|one| &one.answers);
            before.into_iter().any(|answer| answer.fact == fact)
        };
        let was_sent = |answer: &Answer| {
            let input = answer.input().and_then(|name| self.inputs.get(name));
            input.is_some() && !was_answered(&answer.fact)
        };
        let answers = word.answers.iter().enumerate();
        let refused = answers.filter(|(_, answer)| was_sent(answer));
        refused
            .map(|(index, _)| ApplicationError {
                field: format!("answers[{index}].fact"),
                problem:
                    "was sent with the application: where it is wrong, ask for a decision anew, \
                          under a new key"
                        .to_owned(),
            })
            .collect()
    }
}

/// The same, of a field as it is called in the request to resolve.
fn of_the_request(error: ApplicationError) -> ApplicationError {
    let field = match error.field.strip_prefix("application.") {
        Some(rest) if rest.starts_with("stream_reviews") => rest.to_owned(),
        Some(_) | None => error.field,
    };
    ApplicationError { field, ..error }
}
