//! Against the examples of appendix J, and what each figure counts.

pub(crate) mod random;

use chrono::{Days, NaiveDate};
use rust_decimal::Decimal;

use super::timing::{Timing, UnitPeriod, due_after};
use super::*;
use crate::application::{RepaymentFrequency, Term, TermUnit};

fn on(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).unwrap()
}

fn percent(text: &str) -> Decimal {
    text.parse().unwrap()
}

/// The rate in percent at which payments in cents repay an amount, to two decimals.
fn apr(amount: i64, payments: (u32, i64), last: i64, timing: Timing) -> String {
    let schedule = Schedule {
        payment: payments.1,
        last_payment: last,
        payments: payments.0,
    };
    let rate = actuarial::rate(amount, &schedule, &timing, Decimal::new(1, 2)).unwrap();
    let (per_year, over) = timing.per_year;
    let yearly = rate * Decimal::from(per_year) / Decimal::from(over) * Decimal::ONE_HUNDRED;
    yearly.round_dp(2).to_string()
}

/// Appendix J (c)(1) and (c)(3): one advance, equal payments, in (c)(3) another last one.
#[test]
fn the_examples_of_appendix_j_come_out() {
    use UnitPeriod::{Months, SemiMonth, Weeks};
    let between = |unit, advanced, first| Timing::between(unit, advanced, first).unwrap();
    let january = on(1978, 1, 10);
    let cases = [
        // (c)(1)(i) to (v).
        (
            500_000,
            (24, 23_000),
            23_000,
            between(Months(1), january, on(1978, 2, 10)),
            "9.69",
        ),
        (
            600_000,
            (36, 20_000),
            20_000,
            between(Months(1), on(1978, 2, 10), on(1978, 4, 1)),
            "11.82",
        ),
        (
            500_000,
            (24, 21_917),
            21_917,
            between(SemiMonth, on(1978, 2, 23), on(1978, 3, 1)),
            "10.34",
        ),
        (
            1_000_000,
            (40, 38_500),
            38_500,
            between(Months(3), on(1978, 5, 23), on(1978, 10, 1)),
            "8.97",
        ),
        (
            50_000,
            (30, 1_760),
            1_760,
            between(Weeks(1), on(1978, 3, 20), on(1978, 4, 21)),
            "14.96",
        ),
        // (c)(3)(i) and (ii).
        (
            500_000,
            (24, 23_000),
            28_000,
            between(Months(1), january, on(1978, 2, 10)),
            "10.50",
        ),
        (
            20_000,
            (20, 950),
            3_000,
            between(Weeks(2), on(1978, 4, 3), on(1978, 4, 11)),
            "12.22",
        ),
        // (c)(5)(i): 255 days.
        (
            100_000,
            (1, 0),
            108_000,
            Timing::once(on(1978, 1, 3), on(1978, 9, 15)).unwrap(),
            "11.45",
        ),
    ];
    for (amount, payments, last, timing, expected) in cases {
        assert_eq!(
            apr(amount, payments, last, timing),
            expected,
            "{amount} {payments:?}"
        );
    }
}

#[test]
fn a_first_period_is_measured_back_from_the_payment() {
    let of = |unit, advanced, first| {
        let timing = Timing::between(unit, advanced, first).unwrap();
        (timing.whole, timing.fraction.round_dp(4).to_string())
    };
    let pair = |whole: u32, fraction: &str| (whole, fraction.to_owned());
    // 19 of 30 days; the last day of February stands for the 30th.
    assert_eq!(
        of(UnitPeriod::Months(1), on(2026, 2, 10), on(2026, 4, 1)),
        pair(1, "0.6333")
    );
    assert_eq!(
        of(UnitPeriod::Months(1), on(2026, 2, 28), on(2026, 3, 30)),
        pair(1, "0")
    );
    assert_eq!(
        of(UnitPeriod::Months(1), on(2026, 3, 1), on(2026, 3, 11)),
        pair(0, "0.3333")
    );
    // A month and 9 days are 39 of 90.
    assert_eq!(
        of(UnitPeriod::Months(3), on(2026, 5, 23), on(2026, 7, 1)),
        pair(0, "0.4333")
    );
    assert_eq!(
        of(UnitPeriod::SemiMonth, on(2026, 1, 1), on(2026, 2, 20)),
        pair(3, "0.2667")
    );
    assert_eq!(
        of(UnitPeriod::Weeks(2), on(2026, 1, 1), on(2026, 1, 20)),
        pair(1, "0.3571")
    );
    assert_eq!(
        Timing::between(UnitPeriod::Weeks(1), on(2026, 1, 2), on(2026, 1, 2)),
        None
    );
}

#[test]
fn one_payment_is_measured_by_its_term_or_in_years() {
    let of = |due| {
        let timing = Timing::once(on(2026, 1, 17), due).unwrap();
        (timing.per_year, timing.whole, timing.fraction)
    };
    assert_eq!(of(on(2026, 1, 27)), ((365, 10), 1, Decimal::ZERO));
    assert_eq!(of(on(2027, 1, 16)), ((365, 364), 1, Decimal::ZERO));
    assert_eq!(of(on(2027, 1, 17)), ((1, 1), 1, Decimal::ZERO));
    // A year and six months; two years and ten days.
    assert_eq!(of(on(2027, 7, 17)), ((1, 1), 1, Decimal::new(5, 1)));
    assert_eq!(of(on(2028, 1, 27)).1, 2);
    assert_eq!(of(on(2028, 1, 27)).2.round_dp(6), percent("0.027397"));
    assert_eq!(Timing::once(on(2026, 1, 17), on(2026, 1, 17)), None);
    assert_eq!(Timing::once_in(0), None);
    // Of instalments, a month is a twelfth of a year; five weeks are 35 days of 365.
    let month = Timing::once_of(UnitPeriod::Months(1), on(2026, 2, 1), on(2026, 3, 1));
    assert_eq!(month.unwrap().per_year, (12, 1));
    let weeks = Timing::once_of(UnitPeriod::Weeks(1), on(2026, 2, 1), on(2026, 2, 8));
    assert_eq!(weeks.unwrap().per_year, (365, 7));
}

/// 12 CFR 1026.17(c)(4): below, at and above each limit.
#[test]
fn a_minor_irregularity_of_the_first_period_is_disregarded() {
    let monthly = UnitPeriod::Months(1);
    let regular = Timing::regular(monthly);
    let advanced = on(2026, 4, 15);
    // A regular first payment is on May 15.
    let minor = |payments: u32, days: i64| {
        let first = on(2026, 5, 15)
            .checked_add_signed(chrono::Duration::days(days))
            .unwrap();
        Timing::disregarding_minor(monthly, advanced, first, payments) == Some(regular)
    };
    let limits = |payments: u32| {
        let days: Vec<i64> = (-29..=45).filter(|days| minor(payments, *days)).collect();
        (*days.first().unwrap(), *days.last().unwrap(), days.len())
    };
    // Measured back from a payment in June, a regular first period has 31 days.
    assert_eq!(limits(6), (-6, 13, 20));
    assert_eq!(limits(24), (-11, 21 + 1, 34));
    assert_eq!(limits(122).0, -29);
    assert_eq!(limits(122).1, 32 + 1);
    let weekly = |days: u64| {
        let first = advanced + Days::new(days);
        let timing = Timing::disregarding_minor(UnitPeriod::Weeks(1), advanced, first, 20);
        timing == Some(Timing::regular(UnitPeriod::Weeks(1)))
    };
    assert!(weekly(1) && weekly(20) && !weekly(21));
}

#[test]
fn a_payment_falls_due_one_period_later() {
    let after = |frequency, count, unit| {
        let due = due_after(frequency, Term { count, unit }, on(2026, 1, 31));
        due.unwrap().to_string()
    };
    let months = TermUnit::Months;
    assert_eq!(after(RepaymentFrequency::Monthly, 6, months), "2026-02-28");
    assert_eq!(after(RepaymentFrequency::Weekly, 6, months), "2026-02-07");
    assert_eq!(after(RepaymentFrequency::Biweekly, 6, months), "2026-02-14");
    assert_eq!(
        after(RepaymentFrequency::SemiMonthly, 6, months),
        "2026-02-15"
    );
    assert_eq!(after(RepaymentFrequency::Single, 6, months), "2026-07-31");
    assert_eq!(
        after(RepaymentFrequency::Single, 14, TermUnit::Days),
        "2026-02-14"
    );
    assert_eq!(
        after(RepaymentFrequency::Single, 3, TermUnit::Weeks),
        "2026-02-21"
    );
}

fn monthly(payments: u32) -> Repayment {
    Repayment::Instalments {
        per_year: 12,
        payments,
    }
}

fn charge(amount: i64, paid: Paid, finance_charge: bool, mapr: bool) -> Charge {
    let counts_in = CountsIn {
        finance_charge,
        mapr,
    };
    Charge {
        amount,
        paid,
        counts_in,
    }
}

fn priced(amount: i64, charges: &[Charge], rate: &str) -> Price {
    let timing = Timing::regular(UnitPeriod::Months(1));
    Price::new(amount, charges, percent(rate), monthly(12), timing).unwrap()
}

#[test]
fn without_charges_the_annual_percentage_rate_is_the_rate() {
    let price = priced(100_000, &[], "12");
    let schedule = price.schedule;
    // 88.8488 a month, rounded up; the last one settles the rest.
    assert_eq!(
        (schedule.payment, schedule.last_payment, schedule.payments),
        (8_885, 8_883, 12)
    );
    assert_eq!(price.total_of_payments, 106_618);
    assert_eq!(
        (price.amount_financed, price.finance_charge),
        (100_000, 6_618)
    );
    let apr = price.percent(Basis::Apr).unwrap();
    assert!(apr <= percent("12") && apr > percent("11.995"), "{apr}");
    assert_eq!(price.is_within(Basis::Apr, percent("12")), Some(true));
    assert_eq!(price.is_within(Basis::Apr, percent("11.99")), Some(false));
}

#[test]
fn each_charge_counts_where_it_says() {
    let fee = |paid, finance, mapr| priced(100_000, &[charge(5_000, paid, finance, mapr)], "12");
    let financed = fee(Paid::Financed, true, true);
    assert_eq!(
        (financed.principal, financed.amount_financed),
        (105_000, 100_000)
    );
    let withheld = fee(Paid::Withheld, true, true);
    assert_eq!(
        (withheld.principal, withheld.amount_financed),
        (100_000, 95_000)
    );
    let apart = fee(Paid::Apart, true, true);
    assert_eq!(apart.finance_charge, withheld.finance_charge);
    // An application fee charged to all counts in the MAPR alone.
    let mapr_only = fee(Paid::Apart, false, true);
    assert_eq!(
        mapr_only.finance_charge,
        priced(100_000, &[], "12").finance_charge
    );
    let rates = |price: &Price| {
        [Basis::Apr, Basis::Mapr, Basis::SimpleInterest].map(|basis| price.percent(basis).unwrap())
    };
    let [apr, mapr, simple] = rates(&mapr_only);
    assert!(mapr > percent("21") && apr == simple && simple <= percent("12"));
    let [apr, mapr, simple] = rates(&financed);
    assert!(apr == mapr && apr > percent("21") && simple <= percent("12"));
    let nowhere = fee(Paid::Financed, false, false);
    assert_eq!(nowhere.amount_financed, 105_000);
    assert!(rates(&nowhere).iter().all(|rate| *rate <= percent("12")));
    let timing = Timing::regular(UnitPeriod::Months(1));
    let none = |paid| {
        let charges = [charge(100_000, paid, true, true)];
        Price::new(100_000, &charges, percent("12"), monthly(12), timing)
    };
    assert_eq!(none(Paid::Withheld), Err(PriceError::NothingLeft));
    assert!(none(Paid::Financed).is_ok());
}

/// 545 dollars in weekly payments at 36 %: payments rounded up had an annual percentage rate of
/// 36.065.
#[test]
fn rounding_raises_no_rate_above_what_was_agreed() {
    let weekly = Repayment::Instalments {
        per_year: 52,
        payments: 13,
    };
    let timing = Timing::regular(UnitPeriod::Weeks(1));
    let price = Price::new(54_500, &[], percent("36"), weekly, timing).unwrap();
    assert!(price.percent(Basis::Apr).unwrap() <= percent("36"));
    assert_eq!(price.is_within(Basis::Apr, percent("36")), Some(true));
    assert!(price.schedule.last_payment <= price.schedule.payment);
}

/// 14 days at 15 % of the amount are 391 % a year; due in 10 days, the same charge would be 547.
#[test]
fn one_payment_bears_interest_for_the_days_to_it() {
    let nominal = percent("391.071428");
    let once = |days| {
        let repayment = Repayment::Once { days };
        let timing = Timing::once_in(days).unwrap();
        Price::new(30_000, &[], nominal, repayment, timing).unwrap()
    };
    assert_eq!(once(14).total_of_payments, 34_499);
    assert_eq!(once(10).total_of_payments, 33_214);
    for days in [10, 14, 200] {
        let apr = once(days).percent(Basis::Apr).unwrap();
        assert!(apr <= nominal && apr > percent("390.8"), "{days}: {apr}");
        assert_eq!(once(days).percent(Basis::SimpleInterest), Some(apr));
    }
    // Of more than a year, simple interest is no compound interest.
    let long = once(730);
    assert!(long.percent(Basis::Apr).unwrap() < percent("250"));
    assert!(long.percent(Basis::SimpleInterest).unwrap() > percent("391.0"));
}

#[test]
fn a_principal_that_rounding_repays_sooner_has_fewer_payments() {
    let schedule = Schedule::instalments(500, Decimal::ZERO, 480).unwrap();
    assert_eq!(
        (schedule.payment, schedule.last_payment, schedule.payments),
        (2, 2, 250)
    );
    assert_eq!(schedule.total(), Some(500));
    let one = Schedule::instalments(1, Decimal::ZERO, 3).unwrap();
    assert_eq!((one.payment, one.payments, one.total()), (1, 1, Some(1)));
    assert_eq!(Schedule::instalments(0, Decimal::ZERO, 3), None);
}

/// One payment of 1,200 for 1,000, five times a year: the rate is far from any guess.
#[test]
fn both_ways_to_the_rate_come_to_the_same() {
    let schedule = Schedule {
        payment: 120_000,
        last_payment: 120_000,
        payments: 1,
    };
    let timing = Timing::regular(UnitPeriod::Months(1));
    let owed = Decimal::from(100_000);
    for guess in [Decimal::ZERO, Decimal::new(2, 1), Decimal::from(3)] {
        let bounded = actuarial::between_bounds(owed, &schedule, &timing, guess).unwrap();
        assert_eq!(bounded.round_dp(15), Decimal::new(2, 1), "{guess}");
        let newton = actuarial::by_newton(owed, &schedule, &timing, guess);
        assert!(
            newton.is_none_or(|rate| rate.round_dp(15) == Decimal::new(2, 1)),
            "{guess}"
        );
    }
}
