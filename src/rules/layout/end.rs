//! How a rule set comes to an approval, as it stands in a layout.

use super::{LayoutCap, LayoutFee, LayoutRetry, LayoutTier, code, condition};
use crate::rules::compiled_offer::CompiledOffer;
use crate::rules::program::{CompiledEnd, Program};
use crate::rules::rule_set::{End, Formula, Offer, Retry, RuleSet};

/// `[offer]` as written and as it runs, where there is one.
fn offer(program: &Program) -> Option<(&Offer, &CompiledOffer)> {
    match (&program.rule_set().end, &program.end) {
        (End::Offer(offer), CompiledEnd::Offer(compiled)) => Some((offer, compiled)),
        (End::Offer(_), CompiledEnd::Approve(_)) | (End::Approve(_), _) => None,
    }
}

fn text(formula: &Formula) -> String {
    formula.text.clone()
}

pub(super) fn tiers(program: &Program) -> Vec<LayoutTier> {
    let tiers = offer(program).into_iter();
    let tiers = tiers.flat_map(|(offer, compiled)| offer.tiers.iter().zip(&compiled.tiers));
    let tiers = tiers.map(|(tier, compiled)| LayoutTier {
        id: tier.id.clone(),
        when: condition(&tier.when, &compiled.when.0),
        rate: text(&tier.rate),
        max_amount: text(&tier.max_amount),
        min_amount: tier.min_amount.as_ref().map(text),
    });
    tiers.collect()
}

pub(super) fn fees(program: &Program) -> Vec<LayoutFee> {
    let fees = offer(program)
        .into_iter()
        .flat_map(|(offer, _)| &offer.fees);
    let fees = fees.map(|fee| LayoutFee {
        id: fee.id.clone(),
        share: fee.share.as_ref().map(text),
        flat: fee.flat.as_ref().map(text),
        minimum: fee.minimum.as_ref().map(text),
        maximum: fee.maximum.as_ref().map(text),
    });
    fees.collect()
}

pub(super) fn caps(program: &Program) -> Vec<LayoutCap> {
    let caps = offer(program).into_iter();
    let caps = caps.flat_map(|(offer, compiled)| offer.caps.iter().zip(&compiled.caps));
    let caps = caps.map(|(cap, compiled)| {
        let when = cap.when.as_ref().zip(compiled.when.as_ref());
        LayoutCap {
            id: cap.id.clone(),
            basis: cap.basis,
            max: text(&cap.max),
            when: when.map(|(when, compiled)| condition(when, &compiled.0)),
        }
    });
    caps.collect()
}

/// A retry, by its position.
pub(super) fn retry(rule_set: &RuleSet, index: usize) -> Option<&Retry> {
    match &rule_set.end {
        End::Approve(approve) => approve.retries.get(index),
        End::Offer(_) => None,
    }
}

pub(super) fn retries(program: &Program) -> Vec<LayoutRetry> {
    let (End::Approve(approve), CompiledEnd::Approve(compiled)) =
        (&program.rule_set().end, &program.end)
    else {
        return Vec::new();
    };
    let retries = approve.retries.iter().zip(&compiled.retries);
    let retries = retries.map(|(retry, compiled)| LayoutRetry {
        id: retry.id.clone(),
        when: condition(&retry.when, &compiled.when.0),
        on: text(&retry.on),
        parts: retry.parts,
        every: retry.every.as_ref().map(text),
        reason: code(program, retry.reason),
    });
    retries.collect()
}
