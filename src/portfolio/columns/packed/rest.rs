//! All of a past decision but the values of its features.

use std::collections::BTreeMap;

use chrono::DateTime;

use super::bytes::{Reader, Writer};
use super::features::NOBODY;
use super::offer;
use crate::application::{Input, RepaymentFrequency, Term, TermUnit};
use crate::calendar::{AsOf, Zone};
use crate::decision::RuleSetPin;
use crate::features::{Features, Missing};
use crate::id::{ApplicantId, ApplicationId, DecisionId};
use crate::money::{Currency, Money};
use crate::portfolio::{AskedFor, PastDecision};
use crate::rules::{
    Action, Conclusion, Foreseen, GivenReason, Outcome, PlannedDebit, Readiness, ReasonSource, Row,
};

pub(super) fn pack(past: &PastDecision, writer: &mut Writer) {
    writer.text(past.id.as_str());
    writer.text(past.application.as_str());
    writer.text(&past.product);
    writer.whole(past.recorded_at.timestamp());
    writer.whole(past.as_of.instant.timestamp());
    writer.text(past.as_of.zone.name());
    writer.number(u64::from(past.semantics));
    writer.flag(past.test_data);
    writer.option(past.resolves.as_ref(), |to, id| to.text(id.as_str()));
    writer.flag(past.readiness == Readiness::Ready);
    pack_asked(&past.asked, writer);
    // Few rule sets ask for forecasts.
    let forecasts = Some(&past.forecasts).filter(|all| !all.is_empty());
    writer.option(forecasts, |to, forecasts| {
        // INVARIANT: a forecast has a text, and writing that does not fail.
        to.text(&serde_json::to_string(forecasts).unwrap_or_default());
    });
    pack_decided(&past.decided, writer, past.asked.amount.currency());
}

/// What the first decision takes the place of.
pub(super) fn nobody(features: Features, rule_set: &RuleSetPin) -> Option<PastDecision> {
    let money = Money::zero(Currency::USD);
    Some(PastDecision {
        seq: 0,
        id: DecisionId::parse("dec_0").ok()?,
        application: ApplicationId::parse(NOBODY).ok()?,
        product: String::new(),
        recorded_at: DateTime::UNIX_EPOCH,
        as_of: AsOf {
            instant: DateTime::UNIX_EPOCH,
            zone: Zone::default(),
        },
        semantics: 0,
        test_data: false,
        resolves: None,
        rule_set: rule_set.clone(),
        asked: AskedFor {
            person: None,
            amount: money,
            term: Term {
                count: 1,
                unit: TermUnit::Days,
            },
            frequency: RepaymentFrequency::Single,
            first_payment_date: None,
            inputs: BTreeMap::new(),
        },
        readiness: Readiness::NotReady,
        features,
        forecasts: Vec::new(),
        decided: Conclusion {
            outcome: Outcome::Refer,
            score: None,
            tier: None,
            offer: None,
            plan: Vec::new(),
            reasons: Vec::new(),
        },
    })
}

/// Reads what [`pack`] wrote, each in the place of what is there.
pub(super) fn unpack(
    reader: &mut Reader<'_>,
    currency: Currency,
    rule_set: &RuleSetPin,
    past: &mut PastDecision,
) -> Option<()> {
    past.id.replace(reader.text()?).ok()?;
    past.application.replace(reader.text()?).ok()?;
    past.product.clear();
    past.product.push_str(reader.text()?);
    past.recorded_at = DateTime::from_timestamp(reader.whole()?, 0)?;
    past.as_of.instant = DateTime::from_timestamp(reader.whole()?, 0)?;
    let zone = reader.text()?;
    if past.as_of.zone.name() != zone {
        past.as_of.zone = Zone::parse(zone).ok()?;
    }
    past.semantics = u32::try_from(reader.number()?).ok()?;
    past.test_data = reader.flag()?;
    past.resolves = reader.option(|from| DecisionId::parse(from.text()?).ok())?;
    past.readiness = match reader.flag()? {
        true => Readiness::Ready,
        false => Readiness::NotReady,
    };
    if past.rule_set != *rule_set {
        past.rule_set.clone_from(rule_set);
    }
    unpack_asked(reader, currency, &mut past.asked)?;
    let forecasts = reader.option(|from| {
        let forecasts: Vec<Foreseen> = serde_json::from_str(from.text()?).ok()?;
        Some(forecasts)
    })?;
    past.forecasts = forecasts.unwrap_or_default();
    unpack_decided(reader, currency, &mut past.decided)
}

fn pack_asked(asked: &AskedFor, writer: &mut Writer) {
    writer.option(asked.person.as_ref(), |to, id| to.text(id.as_str()));
    writer.whole(asked.amount.minor());
    offer::pack_term(asked.term, writer);
    offer::pack_frequency(asked.frequency, writer);
    writer.option(asked.first_payment_date, Writer::date);
    writer.count(asked.inputs.len());
    for (name, input) in &asked.inputs {
        writer.text(name);
        pack_input(input, writer);
    }
}

fn unpack_asked(reader: &mut Reader<'_>, currency: Currency, asked: &mut AskedFor) -> Option<()> {
    match (reader.flag()?, &mut asked.person) {
        (true, Some(person)) => person.replace(reader.text()?).ok()?,
        (true, person) => *person = Some(ApplicantId::parse(reader.text()?).ok()?),
        (false, person) => *person = None,
    }
    asked.amount = Money::new(reader.whole()?, currency);
    asked.term = offer::unpack_term(reader)?;
    asked.frequency = offer::unpack_frequency(reader)?;
    asked.first_payment_date = reader.option(Reader::date)?;
    let count = reader.count()?;
    // Most applications of a lender have the same inputs.
    let mut same = *reader;
    if asked.inputs.len() == count && unpack_same_inputs(&mut same, &mut asked.inputs).is_some() {
        *reader = same;
        return Some(());
    }
    asked.inputs.clear();
    for _ in 0..count {
        let name = reader.text()?.to_owned();
        asked.inputs.insert(name, unpack_input(reader)?);
    }
    Some(())
}

/// Reads inputs in the place of those of the same names; `None` where the names are others.
fn unpack_same_inputs(reader: &mut Reader<'_>, inputs: &mut BTreeMap<String, Input>) -> Option<()> {
    for (name, input) in inputs {
        if reader.text()? != name {
            return None;
        }
        *input = unpack_input(reader)?;
    }
    Some(())
}

fn pack_input(input: &Input, writer: &mut Writer) {
    match input {
        Input::Money(amount) => {
            writer.byte(0);
            offer::pack_money(*amount, writer);
        }
        Input::Number(number) => {
            writer.byte(1);
            writer.decimal(*number);
        }
        Input::Date(date) => {
            writer.byte(2);
            writer.date(*date);
        }
        Input::Text(text) => {
            writer.byte(3);
            writer.text(text);
        }
        Input::Bool(truth) => {
            writer.byte(4);
            writer.flag(*truth);
        }
    }
}

fn unpack_input(reader: &mut Reader<'_>) -> Option<Input> {
    Some(match reader.byte()? {
        0 => Input::Money(offer::unpack_money(reader)?),
        1 => Input::Number(reader.decimal()?),
        2 => Input::Date(reader.date()?),
        3 => Input::Text(reader.text()?.to_owned()),
        4 => Input::Bool(reader.flag()?),
        _ => return None,
    })
}

fn pack_decided(decided: &Conclusion, writer: &mut Writer, currency: Currency) {
    writer.byte(match decided.outcome {
        Outcome::Approve => 0,
        Outcome::Counter => 1,
        Outcome::Refer => 2,
        Outcome::Decline => 3,
    });
    writer.option(decided.score, |to, score| {
        to.option(score.ok(), Writer::whole);
        let why = score.err();
        let position = why.and_then(|why| Missing::ALL.iter().position(|one| *one == why));
        to.option(position, Writer::count);
    });
    writer.option(decided.tier, |to, tier| {
        let (kind, at) = match tier {
            Row::At(at) => (0, at),
            Row::None => (1, 0),
            Row::Unknown(at) => (2, at),
        };
        to.byte(kind);
        to.count(at);
    });
    writer.option(decided.offer.as_ref(), |to, terms| {
        offer::pack(terms, currency, to);
    });
    writer.count(decided.plan.len());
    for debit in &decided.plan {
        writer.date(debit.date);
        offer::pack_money(debit.amount, writer);
    }
    writer.count(decided.reasons.len());
    for given in &decided.reasons {
        pack_reason(given, writer);
    }
}

fn unpack_decided(
    reader: &mut Reader<'_>,
    currency: Currency,
    decided: &mut Conclusion,
) -> Option<()> {
    decided.outcome = match reader.byte()? {
        0 => Outcome::Approve,
        1 => Outcome::Counter,
        2 => Outcome::Refer,
        3 => Outcome::Decline,
        _ => return None,
    };
    decided.score = reader.option(|from| {
        let total = from.option(Reader::whole)?;
        let why = from.option(|from| Missing::ALL.get(from.count()?).copied())?;
        total.map(Ok).or(why.map(Err))
    })?;
    decided.tier = reader.option(|from| {
        let (kind, at) = (from.byte()?, from.count()?);
        match kind {
            0 => Some(Row::At(at)),
            1 => Some(Row::None),
            2 => Some(Row::Unknown(at)),
            _ => None,
        }
    })?;
    decided.offer = reader.option(|from| offer::unpack(from, currency))?;
    decided.plan.clear();
    for _ in 0..reader.count()? {
        decided.plan.push(PlannedDebit {
            date: reader.date()?,
            amount: offer::unpack_money(reader)?,
        });
    }
    decided.reasons.clear();
    for _ in 0..reader.count()? {
        decided.reasons.push(unpack_reason(reader)?);
    }
    Some(())
}

fn pack_reason(given: &GivenReason, writer: &mut Writer) {
    writer.count(given.reason);
    let (kind, at) = match given.source {
        ReasonSource::Rule(at) => (0, at),
        ReasonSource::Characteristic(at) => (1, at),
        ReasonSource::Offer => (2, 0),
        ReasonSource::Approve => (3, 0),
        ReasonSource::Retry(at) => (4, at),
        ReasonSource::Missing => (5, 0),
        ReasonSource::BankData => (6, 0),
    };
    writer.byte(kind);
    writer.count(at);
    writer.byte(match given.action {
        Action::Decline => 0,
        Action::Refer => 1,
        Action::Flag => 2,
    });
    writer.flag(given.decisive);
    writer.flag(given.principal);
}

fn unpack_reason(reader: &mut Reader<'_>) -> Option<GivenReason> {
    let reason = reader.count()?;
    let (kind, at) = (reader.byte()?, reader.count()?);
    let source = match kind {
        0 => ReasonSource::Rule(at),
        1 => ReasonSource::Characteristic(at),
        2 => ReasonSource::Offer,
        3 => ReasonSource::Approve,
        4 => ReasonSource::Retry(at),
        5 => ReasonSource::Missing,
        6 => ReasonSource::BankData,
        _ => return None,
    };
    let action = match reader.byte()? {
        0 => Action::Decline,
        1 => Action::Refer,
        2 => Action::Flag,
        _ => return None,
    };
    Some(GivenReason {
        reason,
        source,
        action,
        decisive: reader.flag()?,
        principal: reader.flag()?,
        told: None,
    })
}
