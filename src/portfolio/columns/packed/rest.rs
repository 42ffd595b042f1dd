//! All of a past decision but the values of its features.

use std::collections::BTreeMap;

use chrono::DateTime;

use super::bytes::{Reader, Writer};
use super::offer;
use crate::application::Input;
use crate::calendar::{AsOf, Zone};
use crate::decision::RuleSetPin;
use crate::features::{Features, Missing};
use crate::id::{ApplicantId, ApplicationId, DecisionId};
use crate::money::{Currency, Money};
use crate::portfolio::{AskedFor, Decided, PastDecision};
use crate::rules::{
    Action, Foreseen, GivenReason, Outcome, PlannedDebit, Readiness, ReasonSource, Row,
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

/// Reads what [`pack`] wrote, in the place of `before` where there is one.
pub(super) fn unpack(
    reader: &mut Reader<'_>,
    (seq, currency, rule_set): (u64, Currency, &RuleSetPin),
    features: Features,
    before: Option<PastDecision>,
) -> Option<PastDecision> {
    let id = DecisionId::parse(reader.text()?).ok()?;
    let application = ApplicationId::parse(reader.text()?).ok()?;
    let product = reader.text()?;
    let recorded_at = DateTime::from_timestamp(reader.whole()?, 0)?;
    let instant = DateTime::from_timestamp(reader.whole()?, 0)?;
    let zone = reader.text()?;
    let zone = match before.as_ref().map(|before| before.as_of.zone) {
        Some(known) if known.name() == zone => known,
        Some(_) | None => Zone::parse(zone).ok()?,
    };
    let semantics = u32::try_from(reader.number()?).ok()?;
    let test_data = reader.flag()?;
    let resolves = reader.option(|from| DecisionId::parse(from.text()?).ok())?;
    let readiness = match reader.flag()? {
        true => Readiness::Ready,
        false => Readiness::NotReady,
    };
    let (reused, mut reasons, inputs, mut pin) = match before {
        Some(before) => (
            before.product,
            before.decided.reasons,
            before.asked.inputs,
            before.rule_set,
        ),
        None => (String::new(), Vec::new(), BTreeMap::new(), rule_set.clone()),
    };
    let asked = unpack_asked(reader, currency, inputs)?;
    let forecasts = reader.option(|from| {
        let forecasts: Vec<Foreseen> = serde_json::from_str(from.text()?).ok()?;
        Some(forecasts)
    })?;
    reasons.clear();
    let decided = unpack_decided(reader, currency, reasons)?;
    if pin != *rule_set {
        pin.clone_from(rule_set);
    }
    let mut past = PastDecision {
        seq,
        id,
        application,
        product: reused,
        recorded_at,
        as_of: AsOf { instant, zone },
        semantics,
        test_data,
        resolves,
        rule_set: pin,
        asked,
        readiness,
        features,
        forecasts: forecasts.unwrap_or_default(),
        decided,
    };
    past.product.clear();
    past.product.push_str(product);
    Some(past)
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

fn unpack_asked(
    reader: &mut Reader<'_>,
    currency: Currency,
    mut inputs: BTreeMap<String, Input>,
) -> Option<AskedFor> {
    let person = reader.option(|from| ApplicantId::parse(from.text()?).ok())?;
    let amount = Money::new(reader.whole()?, currency);
    let term = offer::unpack_term(reader)?;
    let frequency = offer::unpack_frequency(reader)?;
    let first_payment_date = reader.option(Reader::date)?;
    let count = reader.count()?;
    // Most applications of a lender have the same inputs.
    let mut same = *reader;
    if inputs.len() == count && unpack_same_inputs(&mut same, &mut inputs).is_some() {
        *reader = same;
    } else {
        inputs.clear();
        for _ in 0..count {
            let name = reader.text()?.to_owned();
            inputs.insert(name, unpack_input(reader)?);
        }
    }
    Some(AskedFor {
        person,
        amount,
        term,
        frequency,
        first_payment_date,
        inputs,
    })
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

fn pack_decided(decided: &Decided, writer: &mut Writer, currency: Currency) {
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
    mut reasons: Vec<GivenReason>,
) -> Option<Decided> {
    let outcome = match reader.byte()? {
        0 => Outcome::Approve,
        1 => Outcome::Counter,
        2 => Outcome::Refer,
        3 => Outcome::Decline,
        _ => return None,
    };
    let score = reader.option(|from| {
        let total = from.option(Reader::whole)?;
        let why = from.option(|from| Missing::ALL.get(from.count()?).copied())?;
        total.map(Ok).or(why.map(Err))
    })?;
    let tier = reader.option(|from| {
        let (kind, at) = (from.byte()?, from.count()?);
        match kind {
            0 => Some(Row::At(at)),
            1 => Some(Row::None),
            2 => Some(Row::Unknown(at)),
            _ => None,
        }
    })?;
    let offer = reader.option(|from| offer::unpack(from, currency))?;
    let debits = 0..reader.count()?;
    let debits = debits.map(|_| {
        Some(PlannedDebit {
            date: reader.date()?,
            amount: offer::unpack_money(reader)?,
        })
    });
    let plan = debits.collect::<Option<Vec<_>>>()?;
    for _ in 0..reader.count()? {
        reasons.push(unpack_reason(reader)?);
    }
    Some(Decided {
        outcome,
        score,
        tier,
        offer,
        plan,
        reasons,
    })
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
