//! Explaining flips, one by one: by the texts of the rules and the values that they compared.

use super::flips::{Flipped, made};
use super::names::Named;
use super::report::{ComparedValue, Explained, Flip};
use super::setup::Candidate;
use crate::application::Application;
use crate::decision::DecisionBody;
use crate::features::{Features, Missing, Value};
use crate::ledger::{DecisionInBrief, DecisionRecord};
use crate::portfolio::PastDecision;
use crate::rules::{
    Comparison, Conclusion, Counterfactual, Evaluation, Fired, NamedSource, Rendered, Telling,
    render,
};

/// A decision that was read again, to be explained.
#[derive(Debug)]
pub(super) struct Read {
    pub(super) record: DecisionRecord,
    /// What the candidate comes to from the bank data, where it took that.
    pub(super) from_snapshots: Option<DecisionBody>,
}

/// A flip in words; nothing is explained of what could not be rendered.
pub(super) fn explain(
    read: &Read,
    flipped: Flipped,
    live: &Named,
    candidate: &Candidate,
) -> Option<Flip> {
    let record = &read.record;
    let past = PastDecision::of(DecisionInBrief::from(record))?;
    let before = side(
        live,
        &record.body.evaluation,
        &past.features,
        &record.application,
    );
    Some(Flip {
        seq: flipped.seq,
        decision: flipped.decision,
        application: past.application.clone(),
        recorded_at: past.recorded_at,
        from: past.decided.outcome,
        to: flipped.to,
        responsible: flipped.responsible,
        live: before,
        candidate: after(read, &past, live, candidate).unwrap_or_default(),
    })
}

/// What makes the outcome of the candidate.
fn after(
    read: &Read,
    past: &PastDecision,
    live: &Named,
    candidate: &Candidate,
) -> Option<Vec<Explained>> {
    let (named, application) = (&candidate.named, &*read.record.application);
    if let Some(body) = &read.from_snapshots {
        let of_bank_data = DecisionRecord {
            body: std::sync::Arc::new(body.clone()),
            ..read.record.clone()
        };
        let features = PastDecision::of(DecisionInBrief::from(&of_bank_data))?.features;
        return Some(side(named, &body.evaluation, &features, application));
    }
    let telling = Telling::Everything;
    let evaluation = past.evaluate_by(&named.bundle, &live.bundle, telling);
    let evaluation = evaluation.ok()?;
    Some(side(named, &evaluation, &past.features, application))
}

/// The reasons that made an outcome.
fn side(
    named: &Named,
    evaluation: &Evaluation,
    features: &Features,
    application: &Application,
) -> Vec<Explained> {
    let program = named.bundle.program();
    let Ok(rendered) = render(program, evaluation, features, application) else {
        return Vec::new();
    };
    let decided = Conclusion::from(evaluation.clone());
    let made: Vec<_> = made(&decided).map(|given| given.source).collect();
    // What is rendered follows the reasons that were given.
    let all = evaluation.reasons.iter().zip(&rendered.fired);
    let all = all.filter(|(given, _)| made.contains(&given.source));
    all.map(|(_, fired)| explained(named, fired, &rendered))
        .collect()
}

fn explained(named: &Named, fired: &Fired, rendered: &Rendered) -> Explained {
    let condition = named.condition(&fired.source);
    let compared = match &fired.source {
        NamedSource::Rule(id) => {
            let mut trace = rendered.trace.iter();
            let rule = trace.find(|one| one.rule == *id);
            rule.map_or(&[][..], |rule| &rule.comparisons)
        }
        NamedSource::Retry(id) => {
            let mut retries = rendered.retries.iter();
            let retry = retries.find(|one| one.retry == *id);
            retry.map_or(&[][..], |retry| &retry.comparisons)
        }
        NamedSource::Characteristic(_)
        | NamedSource::Offer
        | NamedSource::Approve
        | NamedSource::Missing
        | NamedSource::BankData => &[],
    };
    Explained {
        source: fired.source.to_string(),
        reason: fired.reason.clone(),
        statement: fired.statement.clone(),
        condition: condition.map(str::to_owned),
        compared: compared.iter().map(compared_value).collect(),
        otherwise: fired.counterfactuals.iter().map(otherwise).collect(),
    }
}

fn compared_value(comparison: &Comparison) -> ComparedValue {
    let value = |operand: &Result<Value, Missing>| match operand {
        Ok(value) => value.to_string(),
        Err(why) => format!("missing: {}", why.in_words()),
    };
    let text = comparison.in_words.as_ref().unwrap_or(&comparison.text);
    ComparedValue {
        text: text.clone(),
        values: comparison.operands.iter().map(value).collect(),
    }
}

/// `nsf.event_days_90d below 3 (was 5)`.
fn otherwise(change: &Counterfactual) -> String {
    let one =
        |name: &str, needed: &str, observed: &Value| format!("{name} {needed} (was {observed})");
    let first = one(&change.name, &change.needed, &change.observed);
    let also = change.also.iter();
    let also = also.map(|change| one(&change.name, &change.needed, &change.observed));
    let all: Vec<String> = std::iter::once(first).chain(also).collect();
    all.join(" and ")
}
