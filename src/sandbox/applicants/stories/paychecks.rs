//! Paychecks of every rhythm.

use chrono::{NaiveDate, Weekday};

use super::super::banks::{Bank, OwnTransfer};
use super::super::closing::{Closing, Surplus};
use super::super::life::Life;
use super::super::linked::{Description, applicant, link};
use super::super::people::{Company, Person, company};
use super::super::schedule::Schedule;
use super::super::shops::{
    COFFEE, DINING, FUEL_MIDWEST, FUEL_SOUTH, FUEL_WEST, GROCERIES_MIDWEST, GROCERIES_SOUTHWEST,
    GROCERIES_TEXAS, GYM, HULU, NETFLIX, SHOPPING, SPOTIFY, shop,
};
use super::SampleApplicant;
use super::{
    CAR_INSURANCE, CAR_LOAN, COX, CREDIT_CARD, FRIDAYS, HISTORY_DAYS, INTERNET, PHONE, RENT,
    STUDENT_LOAN, description, monthly, to_savings,
};
use crate::sandbox::world::LinkedAccount;

const MARIA: Person = Person {
    first: "Maria",
    last: "Lopez",
    street: "1420 Maple Street",
    city: "Columbus",
    state: "OH",
    zip: "43215",
    phone: "+1 614-555-0131",
    email: "maria.lopez@example.com",
};

pub(super) fn salaried(today: NaiveDate) -> SampleApplicant {
    const KEY: &str = "salaried";
    const POWER: Company = company("AEP OHIO", "ELECT BILL", "1310413220", "PPD");
    const EMPLOYER: Company = company("MERIDIAN HEALTH SYS", "PAYROLL", "1814420976", "PPD");
    let mut life = Life::new(KEY, today, HISTORY_DAYS, Bank::Chase, &MARIA);
    life.paid(EMPLOYER, FRIDAYS, 231_844, 4, today);
    life.bill(RENT, 1, 125_000, 0);
    life.bill(POWER, 12, 11_200, 250);
    life.bill(PHONE, 22, 8_500, 0);
    life.bill(CAR_LOAN, 15, 34_217, 0);
    life.bill(CREDIT_CARD, 25, 26_000, 300);
    life.bill(STUDENT_LOAN, 20, 21_850, 0);
    life.subscription(NETFLIX, 5, 1_549);
    life.subscription(SPOTIFY, 9, 1_199);
    life.subscription(GYM, 2, 3_900);
    life.shops(GROCERIES_MIDWEST, (3, 6), (3_800, 12_800));
    life.shops(FUEL_MIDWEST, (7, 10), (3_400, 5_800));
    life.shops(DINING, (2, 5), (900, 4_800));
    life.shops(SHOPPING, (10, 18), (1_500, 9_000));
    life.cash((12, 20), (3, 6));
    life.hold(11, 17_500, shop("HAMPTON INN"));
    life.pending(612, COFFEE);
    let book = life.close(Closing {
        opening: 310_000,
        surplus: Some(Surplus {
            on: Schedule::Monthly(6),
            keep: 260_000,
            step: 5_000,
            to: to_savings("4417"),
        }),
        overdraft: None,
    });

    let mut savings = Life::new("salaried_savings", today, HISTORY_DAYS, Bank::Chase, &MARIA);
    let from_checking = OwnTransfer {
        other: "1042",
        kind: "CHK",
        inward: true,
    };
    for (date, cents) in &book.saved {
        savings.transfer(*date, *cents, from_checking);
    }
    savings.interest((290, 940));
    let savings = savings.close(Closing {
        opening: 420_000,
        surplus: None,
        overdraft: None,
    });
    let checking = description(KEY, Bank::Chase, &[&MARIA]);
    let accounts = vec![
        link(checking, today, &book),
        link(
            Description {
                subcategory: "savings",
                display_name: "Chase Savings",
                last4: "4417",
                ..checking
            },
            today,
            &savings,
        ),
    ];
    applicant(
        KEY,
        "steady biweekly salary, rent and loans paid on time, something saved every month",
        today,
        &MARIA,
        monthly(5_000, 24, "home_improvement"),
        accounts,
    )
}

const PRIYA: Person = Person {
    first: "Priya",
    last: "Raman",
    street: "2418 Saguaro Bloom Way",
    city: "Phoenix",
    state: "AZ",
    zip: "85016",
    phone: "+1 602-555-0117",
    email: "priya.raman@example.com",
};

pub(super) fn semi_monthly(today: NaiveDate) -> SampleApplicant {
    const KEY: &str = "semi_monthly";
    applicant(
        KEY,
        "a salary on the 15th and the last business day of each month, bills paid on time",
        today,
        &PRIYA,
        monthly(4_000, 24, "home_improvement"),
        vec![semi_monthly_checking(KEY, today)],
    )
}

/// The account of `semi_monthly`, linked under another key: the same bank account with other ids.
pub(in super::super) fn semi_monthly_checking(
    key: &'static str,
    today: NaiveDate,
) -> LinkedAccount {
    const EMPLOYER: Company = company("SONORAN DENTAL GRP", "PAYROLL", "1860441297", "PPD");
    const POWER: Company = company("ARIZONA PUBLIC SVC", "APS BILL", "9869600720", "WEB");
    let mut life = Life::new("semi_monthly", today, HISTORY_DAYS, Bank::Bofa, &PRIYA);
    life.paid(EMPLOYER, Schedule::SemiMonthly(15, 31), 198_540, 0, today);
    life.bill(RENT, 2, 105_000, 0);
    life.bill(POWER, 11, 12_600, 300);
    life.bill(COX, 19, 6_900, 0);
    life.bill(PHONE, 24, 5_500, 0);
    life.bill(CAR_LOAN, 8, 31_260, 0);
    life.bill(CREDIT_CARD, 20, 24_000, 300);
    life.subscription(NETFLIX, 14, 1_549);
    life.subscription(GYM, 5, 3_900);
    life.shops(GROCERIES_SOUTHWEST, (4, 6), (3_200, 11_000));
    life.shops(FUEL_WEST, (7, 11), (3_000, 5_400));
    life.shops(DINING, (4, 7), (900, 4_200));
    life.shops(SHOPPING, (12, 20), (1_500, 8_000));
    life.hold(12, 15_000, shop("HYATT PLACE"));
    life.pending(734, COFFEE);
    let book = life.close(Closing {
        opening: 270_000,
        surplus: Some(Surplus {
            on: Schedule::Monthly(18),
            keep: 240_000,
            step: 5_000,
            to: to_savings("2870"),
        }),
        overdraft: None,
    });
    let checking = description(key, Bank::Bofa, &[&PRIYA]);
    link(checking, today, &book)
}

const JAMAL: Person = Person {
    first: "Jamal",
    last: "Carter",
    street: "3345 Fall Creek Court",
    city: "Indianapolis",
    state: "IN",
    zip: "46205",
    phone: "+1 317-555-0138",
    email: "jamal.carter@example.com",
};

pub(super) fn weekly_hourly(today: NaiveDate) -> SampleApplicant {
    const KEY: &str = "weekly_hourly";
    const EMPLOYER: Company = company("CROSSROADS FULFILL", "PAYROLL", "1352207846", "PPD");
    const POWER: Company = company("AES INDIANA", "AES PAYMT", "1350413620", "WEB");
    let mut life = Life::new(KEY, today, HISTORY_DAYS, Bank::Chase, &JAMAL);
    life.paid(EMPLOYER, Schedule::Weekly(Weekday::Fri), 62_400, 180, today);
    life.bill(RENT, 4, 92_000, 0);
    life.bill(POWER, 15, 9_400, 250);
    life.bill(PHONE, 9, 4_500, 0);
    life.bill(CAR_INSURANCE, 21, 11_830, 0);
    life.subscription(HULU, 6, 1_799);
    life.shops(GROCERIES_MIDWEST, (4, 7), (2_800, 8_800));
    life.shops(FUEL_MIDWEST, (6, 9), (2_800, 4_600));
    life.shops(DINING, (3, 6), (800, 2_900));
    life.cash((13, 21), (2, 4));
    life.hold(7, 10_000, shop("SPEEDWAY 09133"));
    life.pending(1_186, shop("MCDONALD'S F11029"));
    let book = life.close(Closing {
        opening: 175_000,
        surplus: Some(Surplus {
            on: Schedule::Monthly(12),
            keep: 165_000,
            step: 2_500,
            to: to_savings("5129"),
        }),
        overdraft: None,
    });
    let checking = description(KEY, Bank::Chase, &[&JAMAL]);
    applicant(
        KEY,
        "paid every Friday by the hour: each paycheck differs, the sum of a month hardly",
        today,
        &JAMAL,
        monthly(1_500, 12, "car_repair"),
        vec![link(checking, today, &book)],
    )
}

const ELENA: Person = Person {
    first: "Elena",
    last: "Vasquez",
    street: "718 Mission Grande",
    city: "San Antonio",
    state: "TX",
    zip: "78210",
    phone: "+1 210-555-0151",
    email: "elena.vasquez@example.com",
};

pub(super) fn two_jobs(today: NaiveDate) -> SampleApplicant {
    const KEY: &str = "two_jobs";
    const SCHOOL: Company = company("ALAMO CHARTER SCHLS", "REG SALARY", "1742883015", "PPD");
    const CATERING: Company = company("RIVERWALK CATERING", "DIR DEP", "1741960527", "PPD");
    const POWER: Company = company("CPS ENERGY", "UTIL PYMT", "1746002071", "PPD");
    let mut life = Life::new(KEY, today, HISTORY_DAYS, Bank::WellsFargo, &ELENA);
    life.paid(SCHOOL, FRIDAYS, 141_266, 2, today);
    life.paid(CATERING, Schedule::Weekly(Weekday::Wed), 21_450, 100, today);
    life.bill(RENT, 3, 115_000, 0);
    life.bill(POWER, 13, 13_900, 250);
    life.bill(INTERNET, 18, 5_999, 0);
    life.bill(CAR_LOAN, 22, 29_480, 0);
    life.bill(STUDENT_LOAN, 27, 16_200, 0);
    life.subscription(NETFLIX, 10, 1_549);
    life.shops(GROCERIES_TEXAS, (4, 6), (3_200, 10_400));
    life.shops(FUEL_SOUTH, (6, 9), (2_900, 4_700));
    life.shops(DINING, (5, 8), (900, 3_300));
    life.hold(9, 12_500, shop("ENTERPRISE RENT A CAR"));
    life.pending(2_318, shop("H-E-B #375"));
    let book = life.close(Closing {
        opening: 255_000,
        surplus: Some(Surplus {
            on: Schedule::Monthly(7),
            keep: 230_000,
            step: 5_000,
            to: to_savings("8834"),
        }),
        overdraft: None,
    });
    let checking = description(KEY, Bank::WellsFargo, &[&ELENA]);
    applicant(
        KEY,
        "a teacher who also caters, two steady pays: asks for more than they can carry",
        today,
        &ELENA,
        monthly(12_000, 18, "medical"),
        vec![link(checking, today, &book)],
    )
}
