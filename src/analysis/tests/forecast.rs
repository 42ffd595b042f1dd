//! What a balance will be.

use chrono::{Days, NaiveDate};
use proptest::collection::vec;
use proptest::prelude::*;

use super::fixtures::*;
use crate::analysis::{FORECAST_DAYS_MAX, Forecast, ForecastSeed, Of};
use crate::snapshot::TransactionStatus;

const TODAY: &str = "2026-06-20";

fn seed(number: u64) -> ForecastSeed {
    ForecastSeed::new(number, [])
}

fn forecast(banks: &[Bank], of: Of) -> Option<Forecast> {
    Forecast::new(&analysis(banks, TODAY), of, FORECAST_DAYS_MAX, seed(1))
}

/// Paid on the first of each month, rent on the third, and nothing else.
fn without_noise() -> Bank {
    let month = |day: u32| (1..=6).map(move |month| format!("2026-{month:02}-{day:02}"));
    let (pay, rent): (Vec<_>, Vec<_>) = (month(1).collect(), month(3).collect());
    let days = |days: &[String]| days.iter().map(|day| date(day)).collect::<Vec<_>>();
    let mut bank = Bank::checking();
    let mut add = |days: Vec<NaiveDate>, cents, text: &str| {
        let rows = days
            .into_iter()
            .map(|day| (day, cents, text.to_owned(), TransactionStatus::Posted));
        bank.rows.extend(rows);
    };
    add(days(&pay), 200_000, "ACME PAYROLL");
    add(days(&rent), -150_000, "OAKWOOD RENT");
    bank
}

/// Paid every second Friday, and groceries that differ from day to day.
fn with_noise() -> Bank {
    let mut bank = Bank::checking().every(14, "2026-01-02", "2026-06-19", 90_000, "ACME PAYROLL");
    for day in 0..170_u64 {
        let cents = i64::try_from(day * 7_919 % 97).unwrap() * 130;
        let on = date("2026-01-01").checked_add_days(Days::new(day)).unwrap();
        let text = format!("CORNER SHOP {day}");
        bank.rows
            .push((on, -cents - 1, text, TransactionStatus::Posted));
    }
    bank
}

#[test]
fn without_noise_the_balance_is_known() {
    let found = forecast(&[without_noise()], Of::Account(0)).unwrap();
    assert_eq!(found.first(), date("2026-06-21"));
    assert_eq!(found.next_payday(), Some(date("2026-07-01")));
    // The pay of a day comes after its debits; the third of July is a Friday.
    for (day, cents) in [
        ("2026-06-21", 100_000),
        ("2026-07-01", 100_000),
        ("2026-07-02", 300_000),
        ("2026-07-03", 150_000),
        ("2026-08-02", 350_000),
        ("2026-08-04", 200_000),
    ] {
        let day = date(day);
        assert_eq!(found.before_credits(day, [500]), Some([cents]), "{day}");
        // What was usual before has its say as well.
        assert!(found.p_return(cents, day).unwrap() < 500_000, "{day}");
        assert!(found.p_return(cents + 1, day).unwrap() > 500_000, "{day}");
    }
    let before_pay = found.before_credits(date("2026-06-30"), [0, 1_000]);
    assert_eq!(before_pay, Some([100_000, 100_000]));
    assert_eq!(found.p_return(1, date(TODAY)), None, "it is not ahead");
    assert_eq!(found.p_return(1, date("2026-08-20")), None, "it is too far");
}

#[test]
fn the_best_day_for_a_pull_is_after_pay_and_before_rent() {
    let found = forecast(&[without_noise()], Of::Account(0)).unwrap();
    let best = |amount, from, to| found.best_pull_date(amount, date(from), date(to));
    let (from, to) = ("2026-06-20", "2026-07-10");
    assert_eq!(best(250_000, from, to), Some(date("2026-07-02")));
    assert_eq!(best(50_000, from, to), Some(date("2026-06-22")), "a Monday");
    assert_eq!(best(1, "2026-07-04", "2026-07-05"), None, "a weekend");
    assert_eq!(best(1, "2026-06-01", "2026-06-20"), None, "it is past");
}

#[test]
fn the_same_seed_gives_the_same_forecast_and_another_nearly() {
    let analysis = analysis(&[with_noise()], TODAY);
    let of = |number| Forecast::new(&analysis, Of::Account(0), 40, seed(number)).unwrap();
    assert_eq!(of(1), of(1));
    let (one, other) = (of(1), of(2));
    assert_ne!(one, other);
    let day = date("2026-07-15");
    let [middle] = one.before_credits(day, [500]).unwrap();
    let apart = |amount| {
        let p = |forecast: &Forecast| forecast.p_return(amount, day).unwrap();
        p(&one).abs_diff(p(&other))
    };
    assert!(apart(middle) < 70_000, "{}", apart(middle));
    assert_ne!(seed(1), seed(2));
}

#[test]
fn a_pull_of_more_is_likelier_to_come_back() {
    let found = forecast(&[with_noise()], Of::Account(0)).unwrap();
    for day in found.first().iter_days().take(FORECAST_DAYS_MAX) {
        let likely = (-20..100).map(|step| found.p_return(step * 5_000, day).unwrap());
        assert!(likely.is_sorted(), "{day}");
        let tenths = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map(|tenth| tenth * 100);
        let levels = found.before_credits(day, tenths).unwrap();
        assert!(levels.is_sorted(), "{day}");
    }
}

#[test]
fn nothing_known_is_no_forecast() {
    assert_eq!(forecast(&[Bank::checking()], Of::Account(0)), None);
    assert_eq!(forecast(&[Bank::checking()], Of::Household), None);
    assert_eq!(forecast(&[], Of::Household), None);
    assert_eq!(forecast(&[with_noise()], Of::Account(1)), None);
    let analysis = analysis(&[with_noise()], TODAY);
    assert_eq!(Forecast::new(&analysis, Of::Household, 0, seed(1)), None);
}

#[test]
fn what_moves_between_the_accounts_moves_nothing_of_the_household() {
    let days = ["2026-03-12", "2026-04-08", "2026-05-21", "2026-06-11"];
    let mut other = Bank::checking().rows(&days, 30_000, "TRANSFER FROM CHK");
    other.last4 = "0003";
    let one = without_noise().rows(&days, -30_000, "TRANSFER TO CHK");
    let both = forecast(&[one, other], Of::Household).unwrap();
    for day in ["2026-06-25", "2026-06-30"] {
        let [lowest, highest] = both.before_credits(date(day), [0, 1_000]).unwrap();
        assert_eq!(lowest, highest, "{day}");
    }
}

#[test]
fn what_is_pending_is_known_to_come() {
    let mut bank = without_noise();
    let pending = |cents| {
        let text = "ELECTRONICS".to_owned();
        (date("2026-06-19"), cents, text, TransactionStatus::Pending)
    };
    bank.rows.push(pending(-90_000));
    let found = forecast(&[bank], Of::Account(0)).unwrap();
    let left = found.before_credits(date("2026-06-22"), [0, 1_000]);
    assert_eq!(left, Some([10_000, 10_000]));
}

#[test]
fn pay_that_went_elsewhere_does_not_come_here() {
    let old = Bank::checking()
        .every(14, "2026-01-02", "2026-04-10", 90_000, "ACME PAYROLL")
        .every(1, "2026-01-02", "2026-06-19", -1_000, "CORNER SHOP");
    let mut new = Bank::checking().every(14, "2026-04-24", "2026-06-19", 90_000, "ACME PAYROLL");
    new.last4 = "0003";
    let banks = [old, new];
    let left = forecast(&banks, Of::Account(0)).unwrap();
    assert_eq!(left.next_payday(), None);
    let payday = date("2026-07-03");
    let here = forecast(&banks, Of::Account(1)).unwrap();
    assert_eq!(here.next_payday(), Some(payday));
    assert_eq!(
        forecast(&banks, Of::Household).unwrap().next_payday(),
        Some(payday)
    );
}

#[test]
fn a_new_job_pays_on() {
    let bank = Bank::checking()
        .every(1, "2026-02-02", "2026-06-19", -1_000, "CORNER SHOP")
        .every(7, "2026-06-10", "2026-06-17", 60_000, "ACME PAYROLL");
    let found = forecast(&[bank], Of::Account(0)).unwrap();
    assert_eq!(found.next_payday(), Some(date("2026-06-24")));
    let [after_a_month] = found.before_credits(date("2026-07-20"), [500]).unwrap();
    assert!(after_a_month > 200_000, "{after_a_month}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn any_rows_are_forecast_without_panic(
        rows in vec((0_u64..200, any::<i64>(), 0..4_usize, 0..8_u8), 0..60),
        current in any::<i64>(),
        days in 0..100_usize,
        number in any::<u64>(),
    ) {
        let texts = ["ACME PAYROLL", "RENT", "TRANSFER TO SAV", "ÜBER %%% 1"];
        let mut bank = Bank { current, ..Bank::checking() };
        for (day, amount, text, status) in rows {
            let status = match status {
                0 => TransactionStatus::Pending,
                1 => TransactionStatus::Void,
                _ => TransactionStatus::Posted,
            };
            let day = date("2026-01-01").checked_add_days(Days::new(day)).unwrap();
            bank.rows.push((day, amount, texts[text].to_owned(), status));
        }
        let analysis = analysis(&[bank.clone(), Bank { last4: "0009", ..bank }], TODAY);
        for of in [Of::Household, Of::Account(0), Of::Account(1), Of::Account(2)] {
            let found = Forecast::new(&analysis, of, days, seed(number));
            if let Some(found) = found {
                let p = found.p_return(i64::MAX, found.last());
                prop_assert!(p.is_some_and(|p| p <= 1_000_000));
                found.best_pull_date(1, NaiveDate::MIN, NaiveDate::MAX);
                prop_assert_eq!(found.before_credits(NaiveDate::MAX, [u32::MAX]), None);
                prop_assert!(found.before_credits(found.last(), [u32::MAX]).is_some());
            }
        }
    }
}
