//! What would settle a decision that goes to a person.

use super::{count, decimal, money, observation, offer, outcome, value, words};
use crate::application::ReviewVerdict;
use crate::proto;
use crate::rules::{
    Given, OpenFact, Question, SettledAnswer, SettledResult, Settlement, StreamInDoubt,
};

pub(super) fn settlement(found: &Settlement) -> proto::Settlement {
    proto::Settlement {
        questions: found.questions.iter().map(question).collect(),
        answers: found.answers.iter().map(answer).collect(),
        answers_left_off: count(found.answers_left_off),
        person_must_judge: found.person_must_judge(),
        standing_reasons: found.standing.clone(),
        can_only_decline: found.can_only_decline,
        open_facts: found.open.clone(),
        searched_in_part: found.searched_in_part,
    }
}

fn question(question: &Question) -> proto::SettlementQuestion {
    use proto::settlement_question::About;
    let (about, known) = match &question.about {
        OpenFact::Value { name, known } => {
            let known = observation(known);
            (About::Fact(name.clone()), Some(known))
        }
        OpenFact::Stream(stream) => (About::Stream(in_doubt(stream)), None),
    };
    proto::SettlementQuestion {
        text: question.text.clone(),
        about: Some(about),
        known,
    }
}

fn in_doubt(stream: &StreamInDoubt) -> proto::StreamInDoubt {
    proto::StreamInDoubt {
        account_id: stream.account.to_string(),
        transaction_id: stream.transaction.to_string(),
        payer: stream.payer.clone(),
        monthly_net: stream.monthly.map(money),
        deposits: count(stream.deposits),
    }
}

fn answer(answer: &SettledAnswer) -> proto::SettlementAnswer {
    proto::SettlementAnswer {
        given: answer.given.iter().map(given).collect(),
        results: answer.results.iter().map(result).collect(),
    }
}

fn given(given: &Given) -> proto::SettlementGiven {
    let (from, to) = match given {
        Given::Range { from, to } => (from.as_ref(), to.as_ref()),
        Given::OtherText | Given::Confirmed | Given::Refused | Given::Any => (None, None),
    };
    let verdict = match given {
        Given::Confirmed => words::review_verdict(ReviewVerdict::Confirmed),
        Given::Refused => words::review_verdict(ReviewVerdict::Refused),
        Given::Range { .. } | Given::OtherText | Given::Any => proto::ReviewVerdict::Unspecified,
    };
    proto::SettlementGiven {
        text: given.to_string(),
        from: from.map(value),
        to: to.map(value),
        verdict: verdict.into(),
        any: *given == Given::Any,
        any_other: *given == Given::OtherText,
    }
}

fn result(result: &SettledResult) -> proto::SettlementResult {
    let range = result.offer.as_ref();
    proto::SettlementResult {
        outcome: outcome(result.outcome).into(),
        amount_min: range.map(|range| money(range.least)),
        amount_max: range.map(|range| money(range.most)),
        rate_percent_min: range.map(|range| decimal(range.lowest_rate_percent)),
        rate_percent_max: range.map(|range| decimal(range.highest_rate_percent)),
        reasons: result.reasons.clone(),
        plan: result.plan.iter().map(offer::debit).collect(),
    }
}
