//! Against a second computation that shares nothing with the first: floating point, one term for each
//! payment, halving.

#![expect(
    clippy::float_arithmetic,
    reason = "a second computation in another kind of numbers"
)]

use chrono::{Days, Months, NaiveDate};
use proptest::prelude::*;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::{charge, on};
use crate::loan::timing::{Timing, UnitPeriod};
use crate::loan::{Basis, Charge, Paid, Price, Repayment, actuarial};

/// A loan at random.
#[derive(Debug, Clone)]
struct Case {
    amount: i64,
    /// In hundredths of a percent.
    rate: i64,
    unit: UnitPeriod,
    payments: u32,
    advanced: NaiveDate,
    /// Days from the advance to the first payment.
    first_after: u64,
    charges: Vec<Fee>,
}

/// What it comes to, how it is paid, and whether it counts in the finance charge and in the MAPR.
type Fee = (i64, Paid, bool, bool);

fn case() -> impl Strategy<Value = Case> {
    let unit = proptest::sample::select(vec![
        UnitPeriod::Months(1),
        UnitPeriod::SemiMonth,
        UnitPeriod::Weeks(1),
        UnitPeriod::Weeks(2),
        UnitPeriod::Months(3),
    ]);
    let paid = proptest::sample::select(vec![Paid::Financed, Paid::Withheld, Paid::Apart]);
    // In thousandths of the amount.
    let fee = (0_i64..150, paid, any::<bool>(), any::<bool>());
    (
        10_000_i64..5_000_000,
        0_i64..20_000,
        unit,
        2_u32..120,
        0_u64..2_000,
        1_u64..90,
        prop::collection::vec(fee, 0..3),
    )
        .prop_map(
            |(amount, rate, unit, payments, day, first_after, fees)| Case {
                amount,
                rate,
                unit,
                payments,
                advanced: on(2024, 1, 1) + Days::new(day),
                first_after,
                charges: fees
                    .into_iter()
                    .map(|(share, paid, finance, mapr)| {
                        (amount * share / 1_000, paid, finance, mapr)
                    })
                    .collect(),
            },
        )
}

/// How long the first period is in unit-periods, by another way to count months: day by day.
fn periods(unit: UnitPeriod, advanced: NaiveDate, first: NaiveDate) -> (u32, f64) {
    let days = (first - advanced).num_days() as f64;
    let mut months = 0;
    while first - Months::new(months + 1) >= advanced {
        months += 1;
    }
    let left = (first - Months::new(months) - advanced).num_days() as f64;
    let in_units = match unit {
        UnitPeriod::Weeks(weeks) => days / (7.0 * f64::from(weeks)),
        UnitPeriod::SemiMonth => (30.0 * f64::from(months) + left) / 15.0,
        UnitPeriod::Months(1) => return (months, left / 30.0),
        UnitPeriod::Months(each) => (30.0 * f64::from(months) + left) / (30.0 * f64::from(each)),
    };
    (in_units.floor() as u32, in_units.fract())
}

/// The yearly rate in percent at which payments in cents repay an amount, by halving.
pub(crate) fn by_halving(
    amount: f64,
    payments: &[i64],
    whole: u32,
    fraction: f64,
    per_year: f64,
) -> f64 {
    let worth = |rate: f64| -> f64 {
        payments
            .iter()
            .enumerate()
            .map(|(at, payment)| {
                let time = f64::from(whole) + at as f64;
                *payment as f64 / ((1.0 + fraction * rate) * (1.0 + rate).powf(time))
            })
            .sum()
    };
    let (mut low, mut high) = (0.0, 16.0);
    for _ in 0..200 {
        let middle = (low + high) / 2.0;
        if worth(middle) > amount {
            low = middle;
        } else {
            high = middle;
        }
    }
    low * per_year * 100.0
}

impl Timing {
    /// Unit-periods in a year, the whole ones before the first payment, and the fraction of one.
    pub(crate) fn measured(&self) -> (f64, u32, f64) {
        let (per_year, over) = self.per_year;
        let fraction = self.fraction.to_f64().unwrap();
        (f64::from(per_year) / f64::from(over), self.whole, fraction)
    }
}

/// The payments by an account of the loan kept in long decimals: each period bears interest, and
/// the last payment is what is then owed, without fractions of a cent.
fn by_account(principal: i64, rate: f64, payment: i64, asked: u32) -> Vec<i64> {
    let mut owed = principal as f64;
    let mut payments = Vec::new();
    for number in 1..=asked {
        owed *= 1.0 + rate;
        if number == asked || owed <= payment as f64 + 1e-6 {
            let last = (owed + 1e-6).floor() as i64;
            payments.extend((last > 0).then_some(last));
            break;
        }
        owed -= payment as f64;
        payments.push(payment);
    }
    payments
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn prices_agree_with_a_second_computation(case in case()) {
        let first = case.advanced + Days::new(case.first_after);
        let timing = Timing::between(case.unit, case.advanced, first).unwrap();
        let (per_year, over) = timing.per_year;
        let charges: Vec<Charge> = case
            .charges
            .iter()
            .map(|(amount, paid, finance, mapr)| charge(*amount, *paid, *finance, *mapr))
            .collect();
        let nominal = Decimal::new(case.rate, 2);
        // Interest accrues for periods of which there are a whole number in a year or a month.
        let repayment = Repayment::Instalments { per_year: per_year.div_ceil(over), payments: case.payments };
        let price = Price::new(case.amount, &charges, nominal, repayment, timing).unwrap();
        let sum = |counts: &dyn Fn(&Fee) -> bool| -> i64 {
            case.charges.iter().filter(|one| counts(one)).map(|one| one.0).sum()
        };
        let principal = case.amount + sum(&|one| one.1 == Paid::Financed);
        prop_assert_eq!(price.principal, principal);
        let rate = case.rate as f64 / 10_000.0 / f64::from(per_year.div_ceil(over));
        let exact = if rate == 0.0 {
            principal as f64 / f64::from(case.payments)
        } else {
            principal as f64 * rate / (1.0 - (1.0 + rate).powi(-(case.payments as i32)))
        };
        let schedule = price.schedule;
        prop_assert!((schedule.payment as f64 - exact) < 1.0 + 1e-4, "{exact}");
        prop_assert!((schedule.payment as f64 - exact) > -1e-4, "{exact}");
        let mut payments = by_account(principal, rate, schedule.payment, case.payments);
        prop_assert_eq!(payments.len(), schedule.payments as usize);
        // What is left at the end of many periods is uncertain by what floating point loses.
        let last = payments.pop().unwrap();
        prop_assert!((last - schedule.last_payment).abs() <= 1, "{last}");
        payments.push(schedule.last_payment);
        let total: i64 = payments.iter().sum();
        prop_assert_eq!(price.total_of_payments, total);
        let financed = principal - sum(&|one| one.2);
        prop_assert_eq!(price.amount_financed, financed);
        prop_assert_eq!(price.finance_charge, total - financed);
        let (whole, fraction) = periods(case.unit, case.advanced, first);
        for (basis, base) in [
            (Basis::Apr, financed),
            (Basis::Mapr, principal - sum(&|one| one.3)),
            (Basis::SimpleInterest, principal),
        ] {
            let found = price.percent(basis).unwrap();
            let units = f64::from(per_year) / f64::from(over);
            let expected = by_halving(base as f64, &payments, whole, fraction, units);
            let owed = Decimal::from(base);
            let guess = nominal / Decimal::from(1_200);
            let bounded = actuarial::between_bounds(owed, &schedule, &timing, guess).unwrap();
            if let Some(newton) = actuarial::by_newton(owed, &schedule, &timing, guess)
                && expected > 1e-6
            {
                let apart = (bounded - newton).abs();
                prop_assert!(apart < Decimal::new(1, 14), "{bounded} and {newton}");
            }
            let difference = (found.to_f64().unwrap() - expected).abs();
            prop_assert!(difference < 1e-6, "{basis:?}: {found} and {expected}");
            let tiny = Decimal::new(1, 7);
            prop_assert_eq!(price.is_within(basis, found + tiny), Some(true));
            prop_assert_eq!(price.is_within(basis, found - tiny), Some(false));
        }
        // By the interest that accrues, payments are never worth more than the principal.
        let regular = Timing { per_year: (per_year.div_ceil(over), 1), whole: 1, fraction: Decimal::ZERO };
        let price = Price::new(case.amount, &charges, nominal, repayment, regular).unwrap();
        prop_assert!(price.percent(Basis::SimpleInterest).unwrap() <= nominal);
    }

    #[test]
    fn one_payment_agrees_with_a_second_computation(
        amount in 5_000_i64..2_000_000,
        rate in 0_i64..90_000,
        day in 0_u64..2_000,
        days in 1_u32..1_400,
    ) {
        let advanced = on(2024, 1, 1) + Days::new(day);
        let due = advanced + Days::new(u64::from(days));
        let timing = Timing::once(advanced, due).unwrap();
        let nominal = Decimal::new(rate, 2);
        let price = Price::new(amount, &[], nominal, Repayment::Once { days }, timing).unwrap();
        let exact = amount as f64 * (1.0 + rate as f64 / 10_000.0 * f64::from(days) / 365.0);
        prop_assert!((exact - price.total_of_payments as f64) < 1.0 + 1e-6);
        prop_assert!(exact - price.total_of_payments as f64 >= -1e-6);
        let found = price.percent(Basis::Apr).unwrap().to_f64().unwrap();
        let paid = price.total_of_payments;
        let expected = if due < advanced + Months::new(12) {
            (paid - amount) as f64 / amount as f64 * 36_500.0 / f64::from(days)
        } else {
            let mut years = 1;
            while due - Months::new(12 * (years + 1)) >= advanced {
                years += 1;
            }
            let begins = due - Months::new(12 * years);
            // From the payment on, not from where its years begin: that may be a shorter month.
            let back = |months: &u32| due - Months::new(12 * years + *months) == advanced;
            let months = (0..12).find(back);
            let left = (begins - advanced).num_days() as f64;
            let fraction = months.map_or(left / 365.0, |months| f64::from(months) / 12.0);
            by_halving(amount as f64, &[paid], years, fraction, 1.0)
        };
        prop_assert!((found - expected).abs() < 1e-6, "{found} and {expected}");
    }
}
