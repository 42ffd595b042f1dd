//! Who pays, how it recurs and what it goes along with: income that words do not tell, and words that
//! tell of no income.

use super::fixtures::*;
use crate::analysis::{Analysis, Cadence, Standing, Stream, Unproven};

fn running(analysis: &Analysis) -> Vec<&Stream> {
    let streams = analysis.income.streams.iter();
    streams.filter(|stream| stream.counts()).collect()
}

fn cadences(analysis: &Analysis) -> Vec<Cadence> {
    running(analysis)
        .iter()
        .map(|stream| stream.cadence)
        .collect()
}

/// An employer whose name holds the word, in the notations of several banks.
fn pay_by(name: &str) -> [String; 5] {
    [
        format!("{name} DES:PAYROLL ID:XX1234 INDN:EXAMPLE ROBIN CO ID:XXXXX56789 PPD"),
        format!(
            "ORIG CO NAME:{name} ORIG ID:1943000021 DESC DATE:260723 CO ENTRY DESCR:DIR DEP \
             SEC:PPD TRACE#:021000028611043 EED:260723 IND ID:77 IND NAME:ROBIN EXAMPLE"
        ),
        format!("{name} DIRECT DEP PPD ID: 1100448744"),
        format!("ACH Deposit {name} - PAYROLL"),
        name.to_owned(),
    ]
}

#[test]
fn an_employer_may_be_called_anything() {
    for word in [
        "NSF",
        "REVERSAL",
        "REFUND",
        "RETURN PATH",
        "OVERDRAFT",
        "INTEREST",
        "PAYDAY",
        "DIVIDEND",
        "CHARGEBACK",
        "ADVANCE",
        "LOAN",
        "UNPAID",
        "TRANSFER",
        "COLLECTIONS",
        "CASH",
        "CASINO",
        "FEE",
    ] {
        for text in pay_by(&format!("{word} BREWING")) {
            let bank = Bank::checking().every(14, "2026-01-02", "2026-06-19", 150_000, &text);
            let found = analysis(&[bank], "2026-06-25");
            assert_eq!(found.income.monthly, 325_000, "{text}");
            assert!(found.nsf.events.is_empty(), "{text}");
        }
    }
}

#[test]
fn tips_beside_wages_are_income_of_their_own() {
    for (wages, tips) in [
        ("JUNIPER DINER", "JUNIPER DINER"),
        (
            "JUNIPER DINER DES:PAYROLL ID:XX2987 INDN:EXAMPLE ROBIN CO ID:XXXXXX3201 PPD",
            "JUNIPER DINER DES:TIPHAUS ID:XX2987 INDN:EXAMPLE ROBIN CO ID:XXXXXX3201 PPD",
        ),
    ] {
        let mut bank = Bank::checking().every(14, "2026-01-23", "2026-07-10", 50_000, wages);
        for (index, day) in date("2026-01-20").iter_days().take(170).enumerate() {
            // As a person works: some days of a week, and never the same.
            let cents = i64::try_from(index * 7_919 % 5_000).unwrap() + 2_500;
            if (index * 31 + index / 7) % 9 < 5 {
                bank = bank.row(&day.to_string(), cents, tips);
            }
        }
        let found = analysis(&[bank], "2026-07-15");
        assert_eq!(
            cadences(&found),
            [Cadence::Biweekly, Cadence::Irregular],
            "{wages}: {:?}",
            found.income.streams
        );
    }
}

#[test]
fn two_jobs_behind_one_processor_are_two_streams() {
    // By the employee's number, by the word for pay, by the amount, by the day of the week.
    for (first, second, amounts) in [
        (
            "ADP TOTALSOURCE PAYROLL 240607 XX0250 EXAMPLE ROBIN",
            "ADP TOTALSOURCE PAYROLL 240612 XX9594 EXAMPLE ROBIN",
            (90_000, 90_100),
        ),
        ("ACH GUSTO - PPD", "ACH GUSTO - PAYROLL", (90_000, 90_100)),
        (
            "ACH GUSTO - PAYROLL",
            "ACH GUSTO - PAYROLL",
            (90_000, 61_000),
        ),
        (
            "ACH GUSTO - PAYROLL",
            "ACH GUSTO - PAYROLL",
            (90_000, 90_000),
        ),
    ] {
        let bank = Bank::checking()
            .every(7, "2026-01-02", "2026-06-19", amounts.0, first)
            .every(14, "2026-01-07", "2026-06-17", amounts.1, second);
        let found = analysis(&[bank], "2026-06-23");
        assert_eq!(
            cadences(&found),
            [Cadence::Weekly, Cadence::Biweekly],
            "{first} and {second}"
        );
    }
}

#[test]
fn a_salary_and_its_commission_are_apart() {
    let text = "QUARRY MACHINING DES:PAYROLL ID:XX12 INDN:EXAMPLE ROBIN CO ID:XXXXX88 PPD";
    let mut bank = Bank::checking().every(14, "2026-01-02", "2026-06-19", 150_000, text);
    for (day, cents) in [
        ("2026-01-09", 43_626),
        ("2026-02-10", 51_929),
        ("2026-03-10", 49_277),
        ("2026-04-10", 45_224),
        ("2026-05-08", 51_715),
        ("2026-06-10", 51_797),
    ] {
        bank = bank.row(day, cents, text);
    }
    let found = analysis(&[bank], "2026-06-23");
    assert_eq!(cadences(&found), [Cadence::Biweekly, Cadence::Monthly]);
}

#[test]
fn expenses_that_an_employer_gives_back_are_no_income() {
    let pay = "CEDAR GROVE FOOD PAYCHECK PPD ID: 1370953466";
    for expenses in [
        "CEDAR GROVE FOOD EXPENSES CCD ID: 1370953466",
        "CEDAR GROVE FOOD ACCTS PAY CCD ID: 1370953466",
    ] {
        let mut bank = Bank::checking().every(7, "2026-01-01", "2026-06-18", 88_200, pay);
        for (day, cents) in [
            ("2026-01-13", 4_437),
            ("2026-02-17", 4_932),
            ("2026-02-26", 17_888),
            ("2026-04-23", 18_138),
            ("2026-05-11", 12_251),
        ] {
            bank = bank.row(day, cents, expenses);
        }
        let found = analysis(&[bank], "2026-06-23");
        assert_eq!(cadences(&found), [Cadence::Weekly], "{expenses}");
        assert_eq!(found.income.deposits_90d, 13 * 88_200, "{expenses}");
    }
}

#[test]
fn pay_by_phone_from_a_firm_is_income_and_a_friend_is_none() {
    let firm = |text: &str, cents| {
        let bank = Bank::checking().every(7, "2026-01-02", "2026-06-19", cents, text);
        analysis(&[bank], "2026-06-23").income
    };
    for text in [
        "ZELLE PAYMENT FROM SANDHILL TILE LLC 39375574890",
        "Zelle payment from Ironbridge Clean",
    ] {
        assert_eq!(firm(text, 45_100).monthly, 195_433, "{text}");
    }
    // Little, or by the month, or from another account of one's own.
    assert_eq!(
        firm("ZELLE PAYMENT FROM THUY CASTELLANOS", 4_500).monthly,
        0
    );
    assert_eq!(
        firm("ZELLE PAYMENT FROM ROBIN EXAMPLE 393", 45_100).monthly,
        0
    );
    let monthly = (1..=6).fold(Bank::checking(), |bank, month| {
        let day = format!("2026-0{month}-05");
        bank.row(&day, 45_000, "ZELLE PAYMENT FROM THUY CASTELLANOS")
    });
    assert_eq!(analysis(&[monthly], "2026-06-23").income.monthly, 0);
}

#[test]
fn invoices_that_a_firm_pays_are_income_without_a_schedule() {
    let bank = [
        ("2026-02-04", 177_936),
        ("2026-02-26", 208_223),
        ("2026-03-09", 202_653),
        ("2026-03-24", 160_121),
        ("2026-04-24", 125_547),
        ("2026-05-18", 157_113),
        ("2026-06-05", 177_769),
        ("2026-07-17", 92_977),
    ]
    .into_iter()
    .fold(Bank::checking(), |bank, (day, cents)| {
        bank.row(day, cents, "SANDHILL PACKAGI")
    });
    let bank = bank.row("2026-02-01", -1_000, "CITY WATER DEPT");
    let found = analysis(&[bank], "2026-07-30").income;
    let [stream] = found.streams.as_slice() else {
        panic!("{:?}", found.streams);
    };
    assert_eq!(stream.cadence, Cadence::Irregular);
    // 13,023.39 in 180 days and one mean gap's beginning.
    let (low, high) = stream.interval;
    assert!(
        (200_000..=230_000).contains(&stream.monthly),
        "{}",
        stream.monthly
    );
    assert!(low < stream.monthly && stream.monthly < high);
}

#[test]
fn pay_drawn_early_belongs_to_the_pay_it_is_drawn_from() {
    let pay = "TWO RIVERS BUILD PAYCHECK 250801 782619 EXAMPLE ROBIN";
    let mut bank = Bank::checking();
    let mut day = date("2026-01-09");
    for drawn in [
        0, 10_000, 0, 25_000, 5_000, 0, 12_000, 0, 0, 30_000, 0, 8_000,
    ] {
        bank = bank.row(&day.to_string(), 150_000 - drawn, pay);
        if drawn > 0 {
            let early = day - chrono::Days::new(5);
            bank = bank.row(&early.to_string(), drawn, "PAYACTIVE EARNED WAGES 59328052");
        }
        day = day + chrono::Days::new(14);
    }
    let found = analysis(&[bank], "2026-06-23");
    assert_eq!(cadences(&found), [Cadence::Biweekly]);
    assert_eq!(found.income.monthly, 325_000);
    assert_eq!(found.cash_flow.short_term_lenders_90d, 0);
}

#[test]
fn pay_that_was_taken_back_leaves_the_right_one() {
    let text = "STONEHOUSE BUILD";
    let bank = Bank::checking()
        .rows(
            &[
                "2025-11-28",
                "2025-12-31",
                "2026-02-03",
                "2026-02-27",
                "2026-03-31",
                "2026-04-30",
            ],
            386_000,
            text,
        )
        .row("2026-01-30", 439_910, text)
        .row("2026-02-03", -439_910, text);
    let found = analysis(&[bank], "2026-05-04").income;
    assert_eq!(found.monthly, 386_000);
}

#[test]
fn a_benefit_that_a_bank_pays_early_keeps_its_weekday() {
    // The second Wednesday, two business days before.
    let days = [
        "2026-04-06",
        "2026-05-11",
        "2026-06-08",
        "2026-07-06",
        "2026-08-10",
        "2026-09-04",
    ];
    let bank = Bank::checking().rows(&days, 188_600, "SSA TREAS 310 XXSOC SEC PPD ID: 9031736042");
    let found = analysis(&[bank], "2026-09-20");
    assert_eq!(found.income.next_payday, Some(date("2026-10-09")));
}

#[test]
fn what_is_not_proven_is_told_by_the_month() {
    let old = || Bank::checking().every(7, "2026-01-05", "2026-06-15", -2_000, "POS GROCERY");
    let unproven = |bank: Bank| analysis(&[bank], "2026-06-23").income.unproven;
    assert_eq!(unproven(old()), Unproven::default());
    let wages = "NORTHWIND PAYROLL PPD ID: 1943000021";
    // Two pays in the first month of new work are what came in it.
    let new_job = unproven(old().rows(&["2026-06-05", "2026-06-19"], 150_000, wages));
    assert_eq!((new_job.monthly, new_job.rows.len()), (300_000, 2));
    // Thirteen weeks of cash, of which 12 lie within 90 days, the first 85 days before the end.
    let text = "ATM CASH DEPOSIT 378132 MAIN ST";
    let cash = || old().every(7, "2026-03-23", "2026-06-15", 40_000, text);
    let told = unproven(cash());
    assert_eq!(
        (told.monthly, told.rows.len()),
        ((12 * 40_000 * 30 + 43) / 86, 12)
    );
    // Beside proven income as well, and no part of it.
    let both = analysis(
        &[cash().every(14, "2026-01-09", "2026-06-12", 150_000, wages)],
        "2026-06-23",
    );
    assert_eq!(both.income.standing, Standing::Known);
    assert_eq!(both.income.unproven.monthly, told.monthly);
}

#[test]
fn what_is_not_proven_is_not_nothing() {
    let standing = |bank: Bank| analysis(&[bank], "2026-06-23").income.standing;
    let old = || Bank::checking().every(7, "2026-01-05", "2026-06-15", -2_000, "POS GROCERY");
    assert_eq!(standing(old()), Standing::None);
    let new_job = old().row(
        "2026-06-12",
        150_000,
        "NORTHWIND PAYROLL PPD ID: 1943000021",
    );
    assert_eq!(standing(new_job), Standing::Unproven);
    let cash = old().every(
        7,
        "2026-01-10",
        "2026-06-20",
        40_000,
        "ATM CASH DEPOSIT 378132 MAIN ST",
    );
    assert_eq!(standing(cash), Standing::Unproven);
    let salary = old().every(14, "2026-01-09", "2026-06-12", 150_000, "NORTHWIND PAYROLL");
    assert_eq!(standing(salary), Standing::Known);
    let lost = old().every(14, "2026-01-09", "2026-03-06", 150_000, "NORTHWIND PAYROLL");
    assert_eq!(standing(lost), Standing::None);
}

#[test]
fn interest_and_what_comes_from_brokers_is_no_income() {
    let days = [
        "2026-01-30",
        "2026-02-27",
        "2026-03-31",
        "2026-04-30",
        "2026-05-29",
    ];
    for text in [
        "ANNUAL PERCENTAGE YIELD EARNED 4.00%",
        "INTEREST PAID",
        "DIVIDEND DEPOSIT AT 3.5%",
        "ACH SCHWAB BROKERAGE - MONEYLINK",
        "VANGUARD SELL INVESTMENT PPD ID: 1231231230",
        "ACH ALLY BANK - PP",
        "ALLYBANKP2P785205020",
    ] {
        let bank = Bank::checking().rows(&days, 23_000, text);
        assert_eq!(analysis(&[bank], "2026-06-10").income.monthly, 0, "{text}");
    }
}
