//! A naive search: it looks at every point of the grid, its expressions evaluated by the naive
//! evaluator.

use std::collections::BTreeMap;

use rust_decimal::RoundingStrategy::MidpointAwayFromZero;
use rust_decimal::prelude::ToPrimitive;

use super::config::{Asked, Config, FREQUENCIES};
use crate::loan::{Basis, Charge, CountsIn, Price, Repayment, Timing, UnitPeriod, due_after};
use crate::rules::parser;
use crate::rules::tests::differential::generate::Facts;
use crate::rules::tests::differential::naive::{Naive, walk};
use crate::rules::tests::offers::*;

/// What is known of somebody who asks for this.
pub(super) fn known(asked: &Asked, application: &Application) -> Facts {
    let known = |value: Option<Value>| vec![value.ok_or(Missing::NotReady)];
    let days = application.first_payment_date();
    let days = days.map(|first| Value::Days((first - date()).num_days()));
    let payments = i64::from(application.payments());
    BTreeMap::from([
        ("income.monthly_net", known(asked.income.map(usd))),
        (
            "income.stability",
            known(Some(Value::ratio(Decimal::new(asked.stability, 2)))),
        ),
        ("income.stopped", known(asked.stopped.map(Value::Bool))),
        (
            "application.decision_date",
            known(Some(Value::Date(date()))),
        ),
        (
            "application.amount",
            known(Some(Value::Money(application.requested_amount()))),
        ),
        (
            "application.term_days",
            known(Some(Value::Days(i64::from(application.term().days())))),
        ),
        ("application.payments", known(Some(Value::Count(payments)))),
        (
            "application.days_to_first_payment",
            vec![days.ok_or(Missing::NotProvided)],
        ),
    ])
}

pub(super) fn decided_for(bundle: &Bundle, asked: &Asked, application: &Application) -> Decided {
    let given: Vec<Given> = known(asked, application).into_iter().collect();
    decide(bundle, &given, application)
}

/// The value of an expression; `None` where it cannot be known.
fn value(text: &str, facts: &Facts) -> Option<Naive> {
    walk(&parser::parse(text).unwrap(), facts, None)
}

pub(super) fn number(text: &str, facts: &Facts) -> Option<Decimal> {
    match value(text, facts)? {
        Naive::Number(_, number) => Some(number.round_dp(6)),
        other @ (Naive::Date(_) | Naive::Text(_) | Naive::Bool(_)) => {
            panic!("{other:?} is no number")
        }
    }
}

pub(super) fn truth(text: &str, facts: &Facts) -> Option<bool> {
    match value(text, facts)? {
        Naive::Bool(truth) => Some(truth),
        other @ (Naive::Number(..) | Naive::Date(_) | Naive::Text(_)) => {
            panic!("{other:?} is no truth")
        }
    }
}

/// A point: amount, term, frequency, when the first payment is due.
pub(super) type At = (i64, Term, RepaymentFrequency, NaiveDate);

/// `None` where it cannot be known; the tier and price of what may be offered, where it may be.
type Looked = Option<Option<(usize, Price)>>;

/// What a point comes to: `None` where it cannot be known, or what is offered, if anything is.
fn looked(config: &Config, asked: &Asked, application: &Application, at: At) -> Looked {
    let facts = facts_at(asked, application, at);
    let mut tier = None;
    for (index, one) in config.tiers.iter().enumerate() {
        if truth(&one.0, &facts)? {
            tier = Some((index, one));
            break;
        }
    }
    let Some((index, (_, rate, most, least))) = tier else {
        return Some(None);
    };
    let whole = Decimal::from(at.0);
    if whole > number(most, &facts)? {
        return Some(None);
    }
    if let Some(least) = least
        && whole < number(least, &facts)?
    {
        return Some(None);
    }
    let rate = number(rate, &facts)?;
    let charges = charges(config, &facts, whole)?;
    let (repayment, timing) = repayment(at);
    let Ok(price) = Price::new(at.0, &charges, rate, repayment, timing) else {
        return Some(None);
    };
    let affordable = number(config.affordable, &facts)?;
    if Decimal::from(price.schedule.payment) > affordable || !is_within(config, &facts, &price)? {
        return Some(None);
    }
    let stands = no_rule_stands_against(config, asked, application, at)?;
    Some(stands.then_some((index, price)))
}

/// What is known where a point is looked at.
fn facts_at(asked: &Asked, application: &Application, at: At) -> Facts {
    let (amount, term, frequency, _) = at;
    let per_month = match frequency.per_year() {
        Some(per_year) => Decimal::from(per_year) / Decimal::from(12),
        None => Decimal::from(365) / Decimal::from(term.days() * 12),
    };
    let payments = i64::from(frequency.payments_in(term));
    let days = i64::from(term.days());
    let mut facts = known(asked, application);
    facts.extend([
        ("offer.amount", vec![Ok(dollars(amount))]),
        ("offer.term_days", vec![Ok(Value::Days(days))]),
        ("offer.payments", vec![Ok(Value::Count(payments))]),
        (
            "offer.payments_per_month",
            vec![Ok(Value::ratio(per_month))],
        ),
    ]);
    facts
}

fn dollars(minor: i64) -> Value {
    Value::Money(Money::new(minor, Currency::USD))
}

fn charges(config: &Config, facts: &Facts, amount: Decimal) -> Option<Vec<Charge>> {
    let part = |text: &Option<&str>| match text {
        Some(text) => number(text, facts).map(Some),
        None => Some(None),
    };
    let charge = |(parts, paid, finance_charge, mapr): &_| {
        let [share, flat, minimum, maximum]: &[Option<&str>; 4] = parts;
        let share = part(share)?.unwrap_or_default() / Decimal::ONE_HUNDRED * amount;
        let mut fee = share.round_dp_with_strategy(0, MidpointAwayFromZero);
        fee += part(flat)?.unwrap_or_default();
        fee = part(minimum)?.map_or(fee, |minimum| fee.max(minimum));
        fee = part(maximum)?.map_or(fee, |maximum| fee.min(maximum));
        Some(Charge {
            amount: fee.to_i64().unwrap(),
            paid: *paid,
            counts_in: CountsIn {
                finance_charge: *finance_charge,
                mapr: *mapr,
            },
        })
    };
    config.fees.iter().map(charge).collect()
}

fn repayment((_, term, frequency, first): At) -> (Repayment, Timing) {
    let payments = frequency.payments_in(term);
    let (repayment, timing) = match (UnitPeriod::of(frequency), frequency.per_year()) {
        (Some(unit), Some(per_year)) => {
            let timing = if payments == 1 {
                Timing::once_of(unit, date(), first)
            } else {
                Timing::disregarding_minor(unit, date(), first, payments)
            };
            (Repayment::Instalments { per_year, payments }, timing)
        }
        _ => {
            let days = (first - date()).num_days().try_into().unwrap();
            (Repayment::Once { days }, Timing::once(date(), first))
        }
    };
    (repayment, timing.unwrap())
}

/// Whether no cap that applies is exceeded.
fn is_within(config: &Config, facts: &Facts, price: &Price) -> Option<bool> {
    for (basis, max, when) in &config.caps {
        if let Some(when) = when
            && !truth(when, facts)?
        {
            continue;
        }
        let basis = match *basis {
            "apr" => Basis::Apr,
            "mapr" => Basis::Mapr,
            _ => Basis::SimpleInterest,
        };
        if price.percent(basis).unwrap() > number(max, facts)? + Decimal::new(1, 9) {
            return Some(false);
        }
    }
    Some(true)
}

/// Whether the rules would let the point pass, had it been asked for.
fn no_rule_stands_against(
    config: &Config,
    asked: &Asked,
    application: &Application,
    at: At,
) -> Option<bool> {
    let (amount, term, frequency, first) = at;
    let is_asked = (amount, term, frequency)
        == (
            asked.amount,
            application.term(),
            application.repayment_frequency(),
        );
    if is_asked {
        return Some(true);
    }
    let payments = i64::from(frequency.payments_in(term));
    let days = i64::from(term.days());
    let mut facts = known(asked, application);
    facts.extend([
        ("application.amount", vec![Ok(dollars(amount))]),
        ("application.term_days", vec![Ok(Value::Days(days))]),
        ("application.payments", vec![Ok(Value::Count(payments))]),
    ]);
    if asked.first_after.is_some() {
        let days = Value::Days((first - date()).num_days());
        facts.insert("application.days_to_first_payment", vec![Ok(days)]);
    }
    let rules = config.rules.iter().filter(|rule| rule.1 != "flag");
    let verdicts: Vec<_> = rules.map(|rule| truth(rule.0, &facts)).collect();
    if verdicts.contains(&Some(true)) {
        return Some(false);
    }
    (!verdicts.contains(&None)).then_some(true)
}

/// The terms and frequencies that may be offered.
fn choices(config: &Config, application: &Application) -> (Vec<Term>, Vec<RepaymentFrequency>) {
    let months = |count| Term {
        count,
        unit: TermUnit::Months,
    };
    let mut terms: Vec<Term> = config.terms.iter().map(|count| months(*count)).collect();
    if terms.is_empty() {
        terms.push(application.term());
    }
    let of = |word: &&str| FREQUENCIES.iter().find(|one| one.0 == *word).unwrap().1;
    let mut frequencies: Vec<RepaymentFrequency> = config.frequencies.iter().map(of).collect();
    if frequencies.is_empty() {
        frequencies.push(application.repayment_frequency());
    }
    (terms, frequencies)
}

/// What is offered, if anything is, by looking at every point; `None` where it cannot be known.
pub(super) fn naive(
    config: &Config,
    asked: &Asked,
    application: &Application,
) -> Option<Option<(At, usize)>> {
    let (terms, frequencies) = choices(config, application);
    let step = config.step * 100;
    let multiples = (0..=asked.amount / step).rev().map(|count| count * step);
    let amounts = std::iter::once(asked.amount).chain(multiples.filter(|one| *one < asked.amount));
    for amount in amounts.filter(|amount| *amount >= config.minimum * 100) {
        // Of one amount, in the order of preference.
        let mut best: Option<((bool, bool, i64), At, usize)> = None;
        let mut unknown: Vec<(bool, bool)> = Vec::new();
        for term in &terms {
            for frequency in &frequencies {
                let other = (*term != application.term(), *frequency != asked.frequency);
                let as_asked = !other.1 && (*frequency != RepaymentFrequency::Single || !other.0);
                let first = application.first_payment_date().filter(|_| as_asked);
                let first = first.or(due_after(*frequency, *term, date())).unwrap();
                let at = (amount, *term, *frequency, first);
                match looked(config, asked, application, at) {
                    None => unknown.push(other),
                    Some(None) => {}
                    Some(Some((tier, price))) => {
                        let key = (other.0, other.1, price.total_of_payments);
                        if best.as_ref().is_none_or(|best| key < best.0) {
                            best = Some((key, at, tier));
                        }
                    }
                }
            }
        }
        let unknown = unknown.into_iter().min();
        match (best, unknown) {
            (Some((key, ..)), Some(unknown)) if unknown <= (key.0, key.1) => return None,
            (Some((_, at, tier)), _) => return Some(Some((at, tier))),
            (None, Some(_)) => return None,
            (None, None) => {}
        }
    }
    Some(None)
}
