//! What holds of every offer, on rule sets, facts and requests at random; and a naive search that
//! looks at every point of the grid, its expressions evaluated by the naive evaluator.

use std::collections::BTreeMap;

use proptest::prelude::*;
use rust_decimal::prelude::ToPrimitive;

use super::*;
use crate::loan::tests::by_halving;
use crate::loan::{Basis, Charge, CountsIn, Price, Repayment, Timing, UnitPeriod, due_after};
use crate::rules::parser;
use crate::rules::tests::differential::generate::Facts;
use crate::rules::tests::differential::naive::{Naive, walk};

/// An offer as it is written; every text is an expression.
#[derive(Debug, Clone)]
struct Config {
    step: i64,
    minimum: i64,
    terms: Vec<u32>,
    frequencies: Vec<&'static str>,
    affordable: &'static str,
    /// When, rate, most, least.
    tiers: Vec<(String, String, String, Option<String>)>,
    /// Share, flat, minimum, maximum, how it is paid, whether it counts in the finance charge, and in
    /// the MAPR.
    fees: Vec<([Option<&'static str>; 4], Paid, bool, bool)>,
    /// Basis, max, when.
    caps: Vec<(&'static str, String, Option<&'static str>)>,
    /// Conditions, and what they do.
    rules: Vec<(&'static str, &'static str)>,
}

const FREQUENCIES: [(&str, RepaymentFrequency); 5] = [
    ("weekly", RepaymentFrequency::Weekly),
    ("biweekly", RepaymentFrequency::Biweekly),
    ("semi_monthly", RepaymentFrequency::SemiMonthly),
    ("monthly", RepaymentFrequency::Monthly),
    ("single", RepaymentFrequency::Single),
];

impl Config {
    fn source(&self) -> String {
        let list = |all: Vec<String>| all.join(", ");
        let terms = self.terms.iter().map(|months| format!("'{months} months'"));
        let frequencies = self.frequencies.iter().map(|word| format!("'{word}'"));
        let mut text = format!(
            "[rule_set]\nname = 'test'\nversion = '1'\nkind = 'credit'\ncurrency = 'USD'\n\
             [reasons.WHY]\nstatement = 'x'\n\
             [offer]\nstep = '{} usd'\nminimum = '{} usd'\nterms = [{}]\nfrequencies = [{}]\n\
             affordable_payment = '{}'\n",
            self.step,
            self.minimum,
            list(terms.collect()),
            list(frequencies.collect()),
            self.affordable,
        );
        for (at, (when, rate, most, least)) in self.tiers.iter().enumerate() {
            text += &format!(
                "[[offer.tier]]\nid = 't{at}'\nwhen = '{when}'\nrate = '{rate}'\nmax_amount = '{most}'\n"
            );
            text += &least
                .iter()
                .map(|least| format!("min_amount = '{least}'\n"))
                .collect::<String>();
        }
        for (at, (parts, paid, finance, mapr)) in self.fees.iter().enumerate() {
            let paid = serde_json::to_value(paid).unwrap();
            text += &format!("[[offer.fee]]\nid = 'f{at}'\npaid = {paid}\n");
            for (key, part) in ["share", "flat", "minimum", "maximum"].iter().zip(parts) {
                text += &part
                    .iter()
                    .map(|part| format!("{key} = '{part}'\n"))
                    .collect::<String>();
            }
            let counts = [(*finance, "'finance_charge'"), (*mapr, "'mapr'")];
            let counts: Vec<&str> = counts.iter().filter(|one| one.0).map(|one| one.1).collect();
            text += &format!("counts_in = [{}]\n", counts.join(", "));
        }
        for (at, (basis, max, when)) in self.caps.iter().enumerate() {
            text += &format!("[[offer.cap]]\nid = 'c{at}'\nbasis = '{basis}'\nmax = '{max}'\n");
            text += &when
                .iter()
                .map(|when| format!("when = '{when}'\n"))
                .collect::<String>();
        }
        for (at, (when, then)) in self.rules.iter().enumerate() {
            text += &format!(
                "[[rule]]\nid = 'r{at}'\nwhen = '{when}'\nthen = '{then}'\nreason = 'WHY'\n"
            );
        }
        text
    }
}

fn pick<T: Clone + std::fmt::Debug + 'static>(all: Vec<T>) -> impl Strategy<Value = T> + Clone {
    proptest::sample::select(all)
}

fn tier() -> impl Strategy<Value = (String, String, String, Option<String>)> {
    let when = pick(vec![
        "income.monthly_net >= 2500 usd",
        "income.stability >= 0.6",
        "offer.amount >= 1500 usd",
        "offer.term_days <= 400 days and income.monthly_net > 500 usd",
        "true",
        "income.stopped",
    ]);
    let rate = pick(vec![
        "0%",
        "9.9%",
        "35.9%",
        "36%",
        "120%",
        "max(40% - offer.amount / 1000 usd * 3%, 6%)",
        "20% + offer.term_days / 365 days * 2%",
    ]);
    let most = pick(vec![
        "1234.56 usd",
        "3000 usd",
        "max(income.monthly_net * 2, 600 usd)",
        "min(5000 usd, offer.term_days / 1 day * 10 usd)",
    ]);
    let least = pick(vec![
        None,
        None,
        Some("800 usd"),
        Some("income.monthly_net / 3"),
    ]);
    (when, rate, most, least).prop_map(|(when, rate, most, least)| {
        (
            when.to_owned(),
            rate.to_owned(),
            most.to_owned(),
            least.map(str::to_owned),
        )
    })
}

fn config() -> impl Strategy<Value = Config> {
    let affordable = pick(vec![
        "income.monthly_net / 10 / offer.payments_per_month",
        "income.monthly_net / 5",
        "1000000 usd",
        "income.monthly_net / 10 - offer.amount / 500",
    ]);
    let part = |all: Vec<Option<&'static str>>| pick(all);
    let parts = (
        part(vec![
            Some("5%"),
            Some("1.25%"),
            Some("offer.term_days / 365 days * 1%"),
        ]),
        part(vec![None, Some("15 usd"), Some("income.monthly_net / 100")]),
        part(vec![None, Some("25 usd")]),
        part(vec![None, Some("75 usd")]),
    );
    let paid = pick(vec![Paid::Financed, Paid::Withheld, Paid::Apart]);
    let counts = pick(vec![(true, true), (false, true), (false, false)]);
    let fee =
        (parts, paid, counts).prop_map(|((share, flat, least, most), paid, (finance, mapr))| {
            ([share, flat, least, most], paid, finance, mapr)
        });
    let cap = (
        pick(vec!["apr", "mapr", "simple_interest"]),
        pick(vec!["36%", "24.5%", "60% - offer.amount / 100 usd * 1%"]),
        pick(vec![
            None,
            Some("income.monthly_net < 3000 usd"),
            Some("income.stopped"),
        ]),
    )
        .prop_map(|(basis, max, when)| (basis, max.to_owned(), when));
    let rule = pick(vec![
        ("application.amount > income.monthly_net * 3", "refer"),
        ("application.amount < 700 usd", "decline"),
        ("application.payments > 24", "refer"),
        (
            "application.amount / application.payments > 200 usd and income.stopped",
            "decline",
        ),
        (
            "application.days_to_first_payment > 20 days and income.stability < 0.3",
            "refer",
        ),
        ("application.amount > 100 usd", "flag"),
    ]);
    let choices = (
        pick(vec![vec![], vec![6], vec![3, 12, 24]]),
        pick(vec![
            vec![],
            vec!["monthly"],
            vec!["biweekly", "monthly", "single"],
        ]),
    );
    (
        (
            pick(vec![50, 100, 130]),
            pick(vec![300, 500]),
            choices,
            affordable,
        ),
        prop::collection::vec(tier(), 1..3),
        prop::collection::vec(fee, 0..3),
        prop::collection::vec(cap, 0..3),
        prop::collection::vec(rule, 0..2),
    )
        .prop_map(
            |((step, minimum, (terms, frequencies), affordable), tiers, fees, caps, rules)| {
                Config {
                    step,
                    minimum,
                    terms,
                    frequencies,
                    affordable,
                    tiers,
                    fees,
                    caps,
                    rules,
                }
            },
        )
}

/// Income, stability and whether it stopped; the request.
#[derive(Debug, Clone)]
struct Asked {
    income: Option<i64>,
    stability: i64,
    stopped: Option<bool>,
    /// In minor units.
    amount: i64,
    months: u32,
    frequency: RepaymentFrequency,
    first_after: Option<u64>,
}

fn asked() -> impl Strategy<Value = Asked> {
    let amount = prop_oneof![4 => (2_i64..60).prop_map(|hundreds| hundreds * 10_000), 1 => 20_000_i64..600_000];
    (
        prop::option::weighted(0.95, 200_i64..6_000),
        0_i64..100,
        prop::option::weighted(0.95, any::<bool>()),
        amount,
        pick(vec![3, 6, 12, 18]),
        pick(FREQUENCIES.iter().map(|one| one.1).collect()),
        prop::option::of(5_u64..60),
    )
        .prop_map(
            |(income, stability, stopped, amount, months, frequency, first_after)| Asked {
                income,
                stability,
                stopped,
                amount,
                months,
                frequency,
                first_after,
            },
        )
}

impl Asked {
    fn application(&self) -> Application {
        revised(asking_for(1, self.months, self.frequency), |draft| {
            draft.requested_amount = Some(Money::new(self.amount, Currency::USD));
            let after = self.first_after.map(chrono::Days::new);
            draft.first_payment_date = after.map(|after| date() + after);
        })
    }
}

/// What is known of somebody who asks for this.
fn known(asked: &Asked, application: &Application) -> Facts {
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

fn decided_for(bundle: &Bundle, asked: &Asked, application: &Application) -> Decided {
    let given: Vec<Given> = known(asked, application).into_iter().collect();
    decide(bundle, &given, application)
}

/// The value of an expression; `None` where it cannot be known.
fn value(text: &str, facts: &Facts) -> Option<Naive> {
    walk(&parser::parse(text).unwrap(), facts, None)
}

fn number(text: &str, facts: &Facts) -> Option<Decimal> {
    match value(text, facts)? {
        Naive::Number(_, number) => Some(number.round_dp(6)),
        other => panic!("{other:?} is no number"),
    }
}

fn truth(text: &str, facts: &Facts) -> Option<bool> {
    match value(text, facts)? {
        Naive::Bool(truth) => Some(truth),
        other => panic!("{other:?} is no truth"),
    }
}

/// A point: amount, term, frequency, when the first payment is due.
type At = (i64, Term, RepaymentFrequency, NaiveDate);

/// What a point comes to: `None` where it cannot be known, or what is offered, if anything is.
fn looked(
    config: &Config,
    asked: &Asked,
    application: &Application,
    at: At,
) -> Option<Option<(usize, Price)>> {
    let (amount, term, frequency, first) = at;
    let mut facts = known(asked, application);
    let payments = frequency.payments_in(term);
    let per_month = match frequency.per_year() {
        Some(per_year) => Decimal::from(per_year) / Decimal::from(12),
        None => Decimal::from(365) / Decimal::from(term.days() * 12),
    };
    facts.extend([
        (
            "offer.amount",
            vec![Ok(Value::Money(Money::new(amount, Currency::USD)))],
        ),
        (
            "offer.term_days",
            vec![Ok(Value::Days(i64::from(term.days())))],
        ),
        (
            "offer.payments",
            vec![Ok(Value::Count(i64::from(payments)))],
        ),
        (
            "offer.payments_per_month",
            vec![Ok(Value::ratio(per_month))],
        ),
    ]);
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
    let whole = Decimal::from(amount);
    if whole > number(most, &facts)? {
        return Some(None);
    }
    if let Some(least) = least
        && whole < number(least, &facts)?
    {
        return Some(None);
    }
    let rate = number(rate, &facts)?;
    let mut charges = Vec::new();
    for ([share, flat, minimum, maximum], paid, finance_charge, mapr) in &config.fees {
        let part = |text: &Option<&str>| match text {
            Some(text) => number(text, &facts).map(Some),
            None => Some(None),
        };
        let share = part(share)?.unwrap_or(Decimal::ZERO) / Decimal::ONE_HUNDRED * whole;
        let share =
            share.round_dp_with_strategy(0, rust_decimal::RoundingStrategy::MidpointAwayFromZero);
        let mut fee = share + part(flat)?.unwrap_or(Decimal::ZERO);
        fee = part(minimum)?.map_or(fee, |minimum| fee.max(minimum));
        fee = part(maximum)?.map_or(fee, |maximum| fee.min(maximum));
        charges.push(Charge {
            amount: fee.to_i64().unwrap(),
            paid: *paid,
            counts_in: CountsIn {
                finance_charge: *finance_charge,
                mapr: *mapr,
            },
        });
    }
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
    let Ok(price) = Price::new(amount, &charges, rate, repayment, timing.unwrap()) else {
        return Some(None);
    };
    if Decimal::from(price.schedule.payment) > number(config.affordable, &facts)? {
        return Some(None);
    }
    for (basis, max, when) in &config.caps {
        if let Some(when) = when
            && !truth(when, &facts)?
        {
            continue;
        }
        let basis = match *basis {
            "apr" => Basis::Apr,
            "mapr" => Basis::Mapr,
            _ => Basis::SimpleInterest,
        };
        if price.percent(basis).unwrap() > number(max, &facts)? + Decimal::new(1, 9) {
            return Some(None);
        }
    }
    let is_asked = (amount, term, frequency)
        == (
            asked.amount,
            application.term(),
            application.repayment_frequency(),
        );
    if !is_asked {
        facts.extend([
            (
                "application.amount",
                vec![Ok(Value::Money(Money::new(amount, Currency::USD)))],
            ),
            (
                "application.term_days",
                vec![Ok(Value::Days(i64::from(term.days())))],
            ),
            (
                "application.payments",
                vec![Ok(Value::Count(i64::from(payments)))],
            ),
        ]);
        if asked.first_after.is_some() {
            let days = Value::Days((first - date()).num_days());
            facts.insert("application.days_to_first_payment", vec![Ok(days)]);
        }
        let rules = config.rules.iter().filter(|rule| rule.1 != "flag");
        let verdicts: Vec<_> = rules.map(|rule| truth(rule.0, &facts)).collect();
        if verdicts.contains(&Some(true)) {
            return Some(None);
        }
        if verdicts.contains(&None) {
            return None;
        }
    }
    Some(Some((index, price)))
}

/// What is offered, if anything is, by looking at every point; `None` where it cannot be known.
fn naive(config: &Config, asked: &Asked, application: &Application) -> Option<Option<(At, usize)>> {
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
        frequencies.push(asked.frequency);
    }
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

/// Whether the rules let the request through to the offer.
fn reaches_the_offer(decided: &Decided) -> bool {
    decided.evaluation.sought.is_some()
}

proptest! {
    #![proptest_config(ProptestConfig {
        max_global_rejects: 20_000,
        ..ProptestConfig::with_cases(1_000)
    })]

    #[test]
    fn the_search_finds_what_looking_at_every_offer_finds(config in config(), asked in asked()) {
        let application = asked.application();
        let decided = decided_for(&publish(&config.source()), &asked, &application);
        prop_assume!(reaches_the_offer(&decided));
        let found = decided.offer.as_ref().map(|offer| {
            let first = offer.first_payment_date.unwrap();
            let at = (offer.amount.minor(), offer.term, offer.frequency, first);
            (at, offer.tier.clone())
        });
        let expected = naive(&config, &asked, &application);
        let lacks = decided.fired.iter().any(|fired| fired.reason == "INFORMATION_MISSING");
        prop_assert_eq!(lacks, expected.is_none());
        let expected = expected.flatten().map(|(at, tier)| (at, format!("t{tier}")));
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn a_counteroffer_asked_for_is_approved_on_the_same_terms(config in config(), asked in asked()) {
        let bundle = publish(&config.source());
        let application = asked.application();
        let counter = decided_for(&bundle, &asked, &application);
        prop_assume!(counter.outcome == Outcome::Counter);
        let offer = counter.offer.unwrap();
        let again = revised(application, |draft| {
            draft.requested_amount = Some(offer.amount);
            draft.term = Some(offer.term.into());
            draft.repayment_frequency = Some(offer.frequency);
            // The day of the first payment is part of the offer where the application named one.
            if draft.first_payment_date.is_some() {
                draft.first_payment_date = offer.first_payment_date;
            }
        });
        let approved = decided_for(&bundle, &asked, &again);
        prop_assert_eq!(approved.outcome, Outcome::Approve, "{:?}", approved.fired);
        let mut terms = approved.offer.unwrap();
        prop_assert_eq!(terms.bound_by, BoundBy::Requested);
        terms.bound_by = offer.bound_by;
        prop_assert_eq!(terms, offer);
    }

    #[test]
    fn asking_for_more_buys_no_better_terms(
        config in config(),
        asked in asked(),
        more in 0_i64..50,
    ) {
        let bundle = publish(&config.source());
        let larger = Asked { amount: asked.amount + more * config.step * 100, ..asked.clone() };
        let offer = |asked: &Asked| decided_for(&bundle, asked, &asked.application()).offer;
        let (Some(less), Some(more)) = (offer(&asked), offer(&larger)) else {
            return Ok(());
        };
        prop_assert!(more.amount.minor() >= less.amount.minor() || less.amount.minor() % (config.step * 100) != 0);
        if (more.amount, more.term, more.frequency) == (less.amount, less.term, less.frequency) {
            let bound_by = less.bound_by;
            prop_assert_eq!(OfferTerms { bound_by, ..more }, less);
        }
    }

    #[test]
    fn no_offer_exceeds_a_cap(config in config(), asked in asked()) {
        let application = asked.application();
        let decided = decided_for(&publish(&config.source()), &asked, &application);
        prop_assume!(decided.offer.is_some());
        let offer = decided.offer.unwrap();
        let mut facts = known(&asked, &application);
        facts.insert("offer.amount", vec![Ok(Value::Money(offer.amount))]);
        let first = offer.first_payment_date.unwrap();
        let timing = match UnitPeriod::of(offer.frequency) {
            Some(unit) if offer.frequency.payments_in(offer.term) > 1 => {
                let payments = offer.frequency.payments_in(offer.term);
                Timing::disregarding_minor(unit, date(), first, payments)
            }
            Some(unit) => Timing::once_of(unit, date(), first),
            None => Timing::once(date(), first),
        };
        let (per_year, whole, fraction) = timing.unwrap().measured();
        let mut payments = vec![offer.payment.minor(); offer.payments as usize];
        *payments.last_mut().unwrap() = offer.last_payment.minor();
        prop_assert_eq!(payments.iter().sum::<i64>(), offer.total_of_payments.minor());
        let fees = |counts: &dyn Fn(&crate::rules::OfferFee) -> bool| -> i64 {
            offer.fees.iter().filter(|fee| counts(fee)).map(|fee| fee.amount.minor()).sum()
        };
        let principal = offer.amount.minor() + fees(&|fee| fee.paid == Paid::Financed);
        prop_assert_eq!(offer.principal.minor(), principal);
        let financed = principal - fees(&|fee| fee.in_finance_charge);
        prop_assert_eq!(offer.amount_financed.minor(), financed);
        prop_assert_eq!(offer.finance_charge.minor(), offer.total_of_payments.minor() - financed);
        let rate = |base: i64| by_halving(base as f64, &payments, whole, fraction, per_year);
        let disclosed = offer.apr_percent.to_f64().unwrap();
        prop_assert!((disclosed - rate(financed)).abs() < 0.001);
        for (basis, max, when) in &config.caps {
            if when.is_some_and(|when| truth(when, &facts) == Some(false)) {
                continue;
            }
            let base = match *basis {
                "apr" => financed,
                "mapr" => principal - fees(&|fee| fee.in_mapr),
                _ => principal,
            };
            let max = number(max, &facts).unwrap().to_f64().unwrap();
            prop_assert!(rate(base) <= max + 1e-6, "{} above {max}", rate(base));
        }
    }
}
