//! Values of small accounts, worked out by hand.

use super::*;

const DAY: &str = "2026-06-20";

fn cents(amount: i64) -> Result<Value, Missing> {
    Ok(Value::Money(Money::new(amount, Currency::USD)))
}

fn count(number: i64) -> Result<Value, Missing> {
    Ok(Value::Count(number))
}

fn percent(text: &str) -> Result<Value, Missing> {
    Ok(Value::percent(text.parse().unwrap()))
}

/// Paid every other Friday. Until 20 May the account goes from 1,300 to 2,800 on a payday, to 1,900
/// the day after, and back to 1,300 on the fifth; since then all that is 300 less.
fn paid_and_spent() -> Bank {
    let small = ["2026-03-30", "2026-04-27", "2026-05-11", "2026-06-08"];
    Bank {
        current: 160_000,
        ..Bank::checking()
    }
    .every(
        14,
        "2026-01-02",
        "2026-06-19",
        150_000,
        "BRIGHT MILLS PAYROLL",
    )
    .every(14, "2026-01-03", DAY, -90_000, "OAKWOOD APARTMENTS")
    .every(14, "2026-01-07", DAY, -60_000, "FURNITURE DEPOT")
    .row("2026-05-20", -30_000, "CITY GARAGE")
    // On the third day after four of the paydays; what comes in makes up for it.
    .rows(&small, -15_000, "GROCER")
    .rows(&small, 8_000, "ONLINE TRANSFER FROM SAV XXXX0009")
    .rows(&small, 7_000, "ONLINE TRANSFER FROM SAV XXXX0009")
    .row("2026-06-16", -120_000, "ONLINE TRANSFER TO SAV XXXX0009")
    .row("2026-06-16", 70_000, "ONLINE TRANSFER FROM SAV XXXX0009")
    .row("2026-06-16", 50_000, "ONLINE TRANSFER FROM SAV XXXX0009")
}

fn check(household: &Household, expected: &[(&str, Result<Value, Missing>)]) {
    for (name, value) in expected {
        assert_eq!(household.get(name), *value, "{name}");
    }
}

#[test]
fn balances_over_windows_and_around_paydays() {
    let household = Household::new(&[paid_and_spent()], DAY, |_| {});
    check(
        &household,
        &[
            // Of 60 days 20 end at 1,000, 18 at 1,300, 9 at 1,600, 8 at 1,900, 3 at 2,500, 2 at 2,800.
            ("balance.average_60d", cents(143_500)),
            ("balance.p10_30d", cents(100_000)),
            ("balance.p50_30d", cents(100_000)),
            ("balance.p10_60d", cents(100_000)),
            ("balance.p50_60d", cents(130_000)),
            ("balance.p10_90d", cents(100_000)),
            ("balance.p50_90d", cents(130_000)),
            ("balance.minimum_90d", cents(100_000)),
            ("balance.days_negative_90d", count(0)),
            // On 16 June 1,200 go out of 1,000 before as much comes in.
            ("balance.minimum_debits_first_90d", cents(-20_000)),
            ("balance.days_negative_debits_first_90d", count(1)),
            // Before four paydays 1,300, before three 1,000.
            ("balance.before_payday_minimum_90d", cents(100_000)),
            ("balance.before_payday_median_90d", cents(130_000)),
            ("balance.before_payday_negative_of_4", count(0)),
            // Of the 83 days before, 6 end above 1,900 and 16 at it.
            ("balance.recent_rise", cents(100_000 - 190_000)),
        ],
    );
    // Less by 1,150, it is below zero before the last three.
    let poorer = Bank {
        current: 45_000,
        ..paid_and_spent()
    };
    let household = Household::new(&[poorer], DAY, |_| {});
    check(
        &household,
        &[("balance.before_payday_negative_of_4", count(3))],
    );
    let put_there = Bank {
        current: 460_000,
        ..paid_and_spent().row("2026-06-13", 300_000, "DEPOSIT")
    };
    let household = Household::new(&[put_there], DAY, |_| {});
    assert_eq!(
        household.get("balance.recent_rise"),
        cents(400_000 - 190_000)
    );
}

#[test]
fn what_comes_in_and_goes_out_with_and_without_transfers() {
    let household = Household::new(&[paid_and_spent()], DAY, |_| {});
    check(
        &household,
        &[
            ("cash_flow.credits_30d", count(3 + 4)),
            ("cash_flow.credits_60d", count(5 + 8)),
            ("cash_flow.credits_90d", count(7 + 10)),
            ("cash_flow.credits_total_30d", cents(450_000 + 135_000)),
            ("cash_flow.credits_total_60d", cents(750_000 + 165_000)),
            ("cash_flow.credits_total_90d", cents(1_050_000 + 180_000)),
            ("cash_flow.inflow_monthly_90d", cents(1_050_000 / 3)),
            ("cash_flow.own_transfers_90d", cents(180_000)),
            // Seven rents, six times furniture, the garage, four times the grocer, the transfer.
            (
                "cash_flow.debits_total_90d",
                cents(630_000 + 360_000 + 30_000 + 60_000 + 120_000),
            ),
            ("cash_flow.outflow_monthly_90d", cents(1_080_000 / 3)),
            ("cash_flow.own_transfers_out_90d", cents(120_000)),
            // After four of six paydays 900 and 150 of 1,500, after two of them 900.
            ("cash_flow.spent_after_payday_90d", percent("70")),
        ],
    );
}

#[test]
fn without_paydays_there_is_nothing_before_or_after_them() {
    let bank = Bank::checking().every(1, "2026-01-03", DAY, -2_000, "GROCER");
    let household = Household::new(&[bank], DAY, |_| {});
    for name in [
        "balance.before_payday_minimum_90d",
        "balance.before_payday_median_90d",
        "balance.before_payday_negative_of_4",
        "cash_flow.spent_after_payday_90d",
        "cash_flow.gambling_share_90d",
    ] {
        assert_eq!(household.get(name), Err(Missing::NoBasis), "{name}");
    }
}

#[test]
fn lenders_and_stakes() {
    let bank = salaried()
        .row("2026-04-10", 30_000, "SPEEDY CASH LOAN")
        .row("2026-04-24", -34_500, "SPEEDY CASH PAYMENT")
        .row("2026-05-28", 20_000, "ACE CASH EXPRESS LOAN")
        .row("2026-06-12", -23_000, "ACE CASH EXPRESS PMT")
        .rows(
            &["2026-04-02", "2026-05-02", "2026-06-02"],
            -32_500,
            "DRAFTKINGS",
        );
    let household = Household::new(&[bank], DAY, |_| {});
    check(
        &household,
        &[
            ("cash_flow.short_term_lenders_30d", count(1)),
            ("cash_flow.short_term_lenders_90d", count(2)),
            ("cash_flow.short_term_loans_90d", count(2)),
            ("cash_flow.short_term_loans_in_90d", cents(50_000)),
            ("cash_flow.gambling_90d", cents(97_500)),
            // 325 in 30 days, of an income of 3,250.
            ("cash_flow.gambling_share_90d", percent("10")),
        ],
    );
}

#[test]
fn what_came_back_was_neither_staked_drawn_collected_nor_lent() {
    let amount = (cents(18_640), cents(0));
    let number = (count(1), count(0));
    for (text, name, (one, none)) in [
        ("DRAFTKINGS 4412", "gambling_90d", amount.clone()),
        ("ATM WITHDRAWAL 5TH AVE", "atm_cash_90d", amount),
        ("PORTFOLIO RECOVERY", "collections_90d", number.clone()),
        ("SPEEDY CASH PAYMENT", "short_term_lenders_90d", number),
    ] {
        let value = |bank: Bank| {
            let household = Household::new(&[bank], DAY, |_| {});
            let reversed = Some(crate::analysis::Exclusion::Reversed);
            let entries = household.analysis.entries.iter();
            let undone = entries.filter(|entry| entry.excluded == reversed).count();
            (household.get(&format!("cash_flow.{name}")), undone)
        };
        let paid = salaried().row("2026-06-02", -18_640, text);
        assert_eq!(value(paid.clone()), (one, 0), "{text}");
        let back = paid.row("2026-06-04", 18_640, &format!("REVERSAL {text}"));
        assert_eq!(value(back), (none, 2), "{text}");
    }
}

#[test]
fn loans_by_what_they_are_for() {
    let firsts = ["2026-03-02", "2026-04-01", "2026-05-01", "2026-06-01"];
    let bank = salaried()
        .rows(&firsts, -21_013, "ONEMAIN FINANCIAL LOAN PMT")
        .rows(
            &["2026-05-08", "2026-05-22", "2026-06-05", "2026-06-19"],
            -2_500,
            "KLARNA PAYMENT",
        );
    let household = Household::new(&[bank], DAY, |_| {});
    let get = |name: &str| match household.get(name) {
        Ok(Value::Money(money)) => money.minor(),
        other => panic!("{name}: {other:?}"),
    };
    assert_eq!(get("cash_flow.other_loans_monthly"), 21_013);
    let later = get("cash_flow.pay_later_monthly");
    assert!((5_000..=5_500).contains(&later), "{later}");
    assert_eq!(get("cash_flow.debt_payments_monthly"), 21_013 + later);
}

#[test]
fn events_of_each_account() {
    let first = salaried().row("2026-01-20", -3_400, "OVERDRAFT FEE").row(
        "2026-06-10",
        -3_400,
        "OVERDRAFT FEE",
    );
    let second = Bank {
        last4: "0777",
        ..Bank::checking()
            .every(7, "2026-03-03", DAY, -1_500, "HARDWARE STORE")
            .row("2026-06-10", -3_500, "NSF FEE")
            .row("2026-06-15", -3_500, "NSF FEE")
    };
    let mut card = Bank::checking().every(9, "2026-03-03", DAY, -1_500, "BOOK SHOP");
    card.last4 = "0888";
    let household = Household::new(&[first, second, card], DAY, |snapshot| {
        if snapshot.account.last4.as_deref() == Some("0888") {
            snapshot.account.category = crate::snapshot::Category::Credit;
        }
    });
    let features = household.features();
    let each = |name: &str| -> Vec<Result<Value, Missing>> {
        let slots = features.slots(find(name).unwrap().0).iter();
        slots.map(|slot| slot.value.clone()).collect()
    };
    let none = || Err(Missing::NoSuchAccount);
    for days in ["30d", "60d", "90d"] {
        let found = each(&format!("nsf.account_event_days_{days}"));
        assert_eq!(found, [count(1), count(2), none()], "{days}");
    }
    // 170 days are nine tenths of 180.
    let half_a_year = each("nsf.account_event_days_180d");
    let short = Err(Missing::HistoryTooShort);
    assert_eq!(half_a_year, [count(2), short, none()]);
    assert_eq!(
        each("nsf.account_days_since_last"),
        [Ok(Value::Days(10)), Ok(Value::Days(5)), none()]
    );
    // The household had events on both of them on one day.
    assert_eq!(household.get("nsf.event_days_30d"), count(2));
    assert_eq!(household.get("nsf.days_since_last"), Ok(Value::Days(5)));
    let (id, _) = find("nsf.account_event_days_90d").unwrap();
    let evidence = &features.slots(id)[1].evidence;
    assert_eq!(evidence.len(), 2);
    assert!(evidence.pairs().all(|(snapshot, _)| snapshot == 1));
}
