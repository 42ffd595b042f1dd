//! What a test asks for.

use std::sync::Arc;

use super::TrialError;
use crate::application::{Application, Draft, Identity};
use crate::rules::{Bundle, TestCase};

/// The application of a draft, with what the test says otherwise; one that the rule set would refuse
/// is an error.
pub(super) fn asked(
    mut draft: Draft,
    bundle: &Bundle,
    test: &TestCase,
) -> Result<Arc<Application>, TrialError> {
    let asked = &test.asked;
    draft.requested_amount = asked.amount.or(draft.requested_amount);
    draft.term = asked.term.map(Into::into).or(draft.term);
    draft.repayment_frequency = asked.frequency.or(draft.repayment_frequency);
    draft.first_payment_date = asked.first_payment_date.or(draft.first_payment_date);
    draft.purpose = asked.purpose.clone().or(draft.purpose);
    if let Some(product) = &asked.product {
        draft.product.clone_from(product);
    }
    if let (Some(name), Some(first)) = (&asked.name, draft.applicants.first_mut()) {
        let identity = first.identity.get_or_insert_with(Identity::default);
        identity.name.clone_from(name);
    }
    let inputs = test.inputs.iter();
    let inputs = inputs.map(|(name, input)| (name.clone(), Some(input.clone())));
    draft.inputs.extend(inputs);
    let application = draft
        .check()
        .map_err(|errors| TrialError::refused(&errors))?;
    let checked = bundle.check_application(&application);
    checked.map_err(|errors| TrialError::refused(&errors))?;
    Ok(Arc::new(application))
}
