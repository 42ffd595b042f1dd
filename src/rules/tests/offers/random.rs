//! What holds of every offer, on rule sets, facts and requests at random.

#![expect(
    clippy::float_arithmetic,
    reason = "rates are compared with a second computation"
)]

mod config;
mod naive;

use proptest::prelude::*;
use rust_decimal::prelude::ToPrimitive;

use self::config::{Asked, asked, config};
use self::naive::{decided_for, known, naive, number, truth};
use super::*;
use crate::loan::tests::random::by_halving;
use crate::loan::{Timing, UnitPeriod};

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
