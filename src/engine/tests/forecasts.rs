//! What rules are told of balances to come, on frozen accounts.

use proptest::prelude::*;

use super::super::*;
use crate::analysis::Settings;
use crate::analysis::tests::fixtures::{Bank, POSITIVE, application, as_of};
use crate::features::{Missing, Value};
use crate::money::Money;
use crate::rules::{Bundle, Foreseen};
use crate::snapshot::{PaymentMethodType, QualityFlag, Snapshot, TransactionStatus, seal};

const DAY: &str = "2026-06-20";

/// Paid every second Friday, and shops every day; of an account that can be debited.
fn account(index: usize) -> Snapshot {
    account_on(DAY, index)
}

fn account_on(day: &str, index: usize) -> Snapshot {
    let mut bank = Bank {
        current: 60_000,
        last4: if index == 0 { "0001" } else { "0002" },
        ..Bank::checking()
            .every(14, "2026-01-02", "2026-06-19", 90_000, "ACME PAYROLL")
            .every(30, "2026-01-05", "2026-06-05", -40_000, "OAKWOOD RENT")
    };
    let days = as_of("2026-01-03").date().iter_days();
    for (step, day) in (0_i64..).zip(days.take(169)) {
        let text = format!("POS GROCER {step}");
        let cents = -1 - step * 7_919 % 97 * 110;
        bank.rows
            .push((day, cents, text, TransactionStatus::Posted));
    }
    let mut snapshot = bank.freeze(index, as_of(day));
    snapshot.account.payment_methods = [PaymentMethodType::UsBankAccount].into();
    snapshot
}

fn asking(derive: &str) -> Bundle {
    let source = format!(
        "[rule_set]\nname = \"t\"\nversion = \"1\"\nkind = \"payment\"\ncurrency = \"USD\"\n\
         [derive]\n{derive}\n[approve]\nwhen = 'true'\n"
    );
    Bundle::publish(source.as_bytes()).unwrap()
}

fn decided(bundle: &Bundle, snapshots: &[Snapshot], seed: u64) -> DecisionBody {
    decided_on(DAY, bundle, snapshots, seed)
}

fn decided_on(day: &str, bundle: &Bundle, snapshots: &[Snapshot], seed: u64) -> DecisionBody {
    let application = application(snapshots.len());
    let hashed = snapshots
        .iter()
        .map(|one| (one, seal(one, [7; 32]).unwrap().hash));
    let settings: Settings = POSITIVE;
    decide(&DecisionInput {
        application: &application,
        accounts: &AccountInput::of(&application, hashed).unwrap(),
        bundle,
        as_of: as_of(day),
        seed,
        settings,
    })
    .unwrap()
}

/// The answers to these calls.
fn told(calls: &[String], snapshots: &[Snapshot]) -> Vec<Foreseen> {
    let derive = calls.iter().enumerate();
    let derive: Vec<String> = derive
        .map(|(at, call)| format!("d{at} = '{call}'"))
        .collect();
    let body = decided(&asking(&derive.join("\n")), snapshots, 1);
    body.evaluation.forecasts
}

fn one(call: &str, snapshots: &[Snapshot]) -> Foreseen {
    told(&[call.to_owned()], snapshots).remove(0)
}

fn percent(told: &Foreseen) -> rust_decimal::Decimal {
    match &told.answer {
        Ok(Value::Percent(percent)) => *percent,
        other @ (Ok(_) | Err(_)) => panic!("{other:?} is no chance"),
    }
}

#[test]
fn a_forecast_is_of_the_account_that_can_be_debited_and_is_recorded_with_where_it_lies() {
    let told = one("p_return(300 usd, 2026-06-26)", &[account(0)]);
    assert_eq!(told.account, Some(0));
    assert!(told.answer.is_ok(), "{told:?}");
    let lies = told.balance.unwrap();
    let levels = [lies.p5, lies.p25, lies.p50, lies.p75, lies.p95];
    assert!(levels.map(Money::minor).is_sorted(), "{lies:?}");
    // Banks do not settle on a Saturday.
    let [saturday, monday] = ["2026-06-27", "2026-06-29"]
        .map(|day| one(&format!("p_return(300 usd, {day})"), &[account(0)]));
    assert_eq!(saturday.answer, monday.answer);
    assert_eq!(saturday.balance, monday.balance);
}

#[test]
fn the_same_seed_gives_the_same_bytes_and_another_seed_others() {
    let bundle = asking("d = 'p_return(450 usd, 2026-07-01)'");
    let bytes = |seed| decided(&bundle, &[account(0)], seed).to_bytes().unwrap();
    assert_eq!(bytes(1), bytes(1));
    let of = |seed| decided(&bundle, &[account(0)], seed).evaluation.forecasts;
    assert_ne!(of(1), of(2));
    let body = decided(&bundle, &[account(0)], 1);
    assert_eq!(
        DecisionBody::from_bytes(&body.to_bytes().unwrap()).unwrap(),
        body
    );
}

/// It is neither past nor far ahead, and its balance is known.
#[test]
fn a_weekday_that_is_today_is_not_forecast_and_the_next_one_is() {
    let of = |day: &str| {
        let bundle = asking(&format!("d = 'p_return(300 usd, {day})'"));
        let monday = "2026-06-22";
        let body = decided_on(monday, &bundle, &[account_on(monday, 0)], 1);
        body.evaluation.forecasts[0].answer.clone()
    };
    assert_eq!(of("2026-06-22"), Err(Missing::OutsideForecast));
    assert!(of("2026-06-23").is_ok());
}

#[test]
fn what_cannot_be_foretold_says_why() {
    let call = "p_return(300 usd, 2026-06-26)";
    let why = |call: &str, snapshots: &[Snapshot]| one(call, snapshots).answer.unwrap_err();
    let both = [account(0), account(1)];
    assert_eq!(why(call, &both), Missing::NotProvided, "which of the two");
    let mut other = account(1);
    other.account.payment_methods.clear();
    assert_eq!(one(call, &[account(0), other]).account, Some(0));
    let mut only = account(0);
    only.account.payment_methods.clear();
    assert_eq!(why(call, &[only]), Missing::NoSuchAccount);
    for day in ["2026-06-19", "2026-08-25", "2027-01-04"] {
        let call = format!("p_return(300 usd, {day})");
        assert_eq!(why(&call, &[account(0)]), Missing::OutsideForecast, "{day}");
    }
    let range = |from, to| format!("best_pull_date(300 usd, {from}, {to})");
    let of = |from, to| why(&range(from, to), &[account(0)]);
    assert_eq!(of("2026-06-01", "2026-06-26"), Missing::OutsideForecast);
    assert_eq!(of("2026-06-22", "2026-09-26"), Missing::OutsideForecast);
    assert_eq!(
        of("2026-06-27", "2026-06-28"),
        Missing::NoBasis,
        "a weekend"
    );
    let mut doubtful = account(0);
    doubtful.flags.insert(QualityFlag::HistoryCut);
    assert_eq!(why(call, &[doubtful]), Missing::Ambiguous);
    let mut young = Bank::checking()
        .every(1, "2026-06-01", DAY, -3_000, "POS GROCER")
        .freeze(0, as_of(DAY));
    young.account.payment_methods = [PaymentMethodType::UsBankAccount].into();
    assert_eq!(why(call, &[young]), Missing::HistoryTooShort);
}

#[test]
fn thirty_days_of_balances_that_are_fit_are_enough() {
    let told = |days: u64, rows_twice: bool| {
        let last = as_of(DAY).date();
        let first = last.checked_sub_days(chrono::Days::new(days - 1)).unwrap();
        let mut young = Bank::checking()
            .every(1, &first.to_string(), DAY, -3_000, "POS GROCER")
            .freeze(0, as_of(DAY));
        young.account.payment_methods = [PaymentMethodType::UsBankAccount].into();
        if rows_twice {
            young.flags.insert(QualityFlag::RowsTwice);
        }
        one("p_return(300 usd, 2026-06-26)", &[young]).answer
    };
    assert_eq!(told(29, false), Err(Missing::HistoryTooShort));
    for days in [30, 31, 90] {
        assert!(told(days, false).is_ok(), "{days}");
        assert_eq!(told(days, true), Err(Missing::Ambiguous), "{days}");
    }
}

#[test]
fn a_debit_may_be_asked_about_for_the_day_of_the_decision() {
    let told = one(&format!("p_return(300 usd, {DAY})"), &[account(0)]);
    assert!(told.answer.is_ok(), "{told:?}");
}

#[test]
fn a_second_link_of_an_account_says_what_the_first_says() {
    let mut second = account(0);
    second.account.id = "fca_1".parse().unwrap();
    let found = told(
        &["min(p_return(300 usd, 2026-06-26))".to_owned()],
        &[account(0), second],
    );
    let of: Vec<_> = found.iter().map(|one| one.account).collect();
    assert_eq!(of, [Some(0), Some(0)]);
    assert_eq!(found[0].answer, found[1].answer);
}

#[test]
fn a_function_over_accounts_asks_for_each() {
    let found = told(
        &["min(p_return(300 usd, 2026-06-26))".to_owned()],
        &[account(0), account(1)],
    );
    let of: Vec<_> = found.iter().map(|one| one.account).collect();
    assert_eq!(of, [Some(0), Some(1)]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn more_is_likelier_to_come_back_and_the_best_day_is_the_least_likely(
        cents in 0_i64..150_000,
        start in 0_u64..40,
        length in 1_u64..19,
    ) {
        let snapshots = [account(0)];
        let first = as_of(DAY).date().succ_opt().unwrap();
        let day = |after| first.checked_add_days(chrono::Days::new(after)).unwrap();
        let usd = |cents: i64| format!("{}.{:02} usd", cents / 100, cents % 100);
        let (from, to) = (day(start), day(start + length));
        let mut calls = vec![format!("best_pull_date({}, {from}, {to})", usd(cents))];
        let days = from.iter_days().take_while(|day| *day <= to);
        calls.extend(days.map(|day| format!("p_return({}, {day})", usd(cents))));
        calls.push(format!("p_return({}, {from})", usd(cents + 1_000)));
        let found = told(&calls, &snapshots);
        let (best, rest) = found.split_first().unwrap();
        let (more, chances) = rest.split_last().unwrap();
        prop_assert!(percent(more) >= percent(&chances[0]));
        let Ok(Value::Date(best)) = best.answer else {
            // There is a range of two days that is a weekend.
            prop_assert!(length == 1);
            return Ok(());
        };
        prop_assert!((from..=to).contains(&best));
        let own = (0_u64..).zip(chances).find(|(after, _)| day(start + after) == best).unwrap().1;
        let settled = chances.iter().filter(|one| one.balance.unwrap().date <= to);
        for other in settled {
            prop_assert!(percent(own) <= percent(other));
        }
    }
}
