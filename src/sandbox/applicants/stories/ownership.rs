//! Whose account it is, and where else there is one.

use chrono::NaiveDate;

use super::super::banks::Bank;
use super::super::closing::{Closing, Surplus};
use super::super::life::Life;
use super::super::linked::{Description, applicant, link};
use super::super::people::{Company, Person, company};
use super::super::schedule::Schedule;
use super::super::shops::{
    COFFEE, DINING, FUEL_MIDWEST, FUEL_WEST, GROCERIES_LAKES, GROCERIES_MOUNTAIN, GYM, NETFLIX,
    SHOPPING, SPOTIFY, online, shop,
};
use super::SampleApplicant;
use super::{
    CAR_LOAN, COMCAST, CREDIT_CARD, DAYCARE, FRIDAYS, HISTORY_DAYS, MORTGAGE, PHONE, RENT,
    THURSDAYS, description, monthly, to_savings,
};

const ANITA: Person = Person {
    first: "Anita",
    last: "Sharma",
    street: "74 Willow Creek Road",
    city: "Naperville",
    state: "IL",
    zip: "60540",
    phone: "+1 630-555-0108",
    email: "anita.sharma@example.com",
};

const BRIAN: Person = Person {
    first: "Brian",
    last: "Keller",
    phone: "+1 630-555-0109",
    email: "brian.keller@example.com",
    ..ANITA
};

pub(super) fn joint(today: NaiveDate) -> SampleApplicant {
    const KEY: &str = "joint";
    const POWER: Company = company("COMED", "UTIL_BIL", "2360938600", "PPD");
    const GAS: Company = company("NICOR GAS", "NICOR PYMT", "1362863847", "WEB");
    const HERS: Company = company("LAKESHORE ENGINEERING", "PAYROLL", "1364417825", "PPD");
    const HIS: Company = company("DUPAGE SCHOOL DIST", "REG SALARY", "1362200983", "PPD");
    let mut life = Life::new(KEY, today, HISTORY_DAYS, Bank::WellsFargo, &ANITA);
    life.paid(HERS, THURSDAYS, 247_055, 3, today);
    life.holder = &BRIAN;
    life.paid(HIS, Schedule::SemiMonthly(15, 31), 184_230, 0, today);
    life.holder = &ANITA;
    life.bill(MORTGAGE, 1, 210_500, 0);
    life.bill(DAYCARE, 5, 96_000, 0);
    life.bill(POWER, 14, 15_800, 220);
    life.bill(GAS, 18, 8_800, 300);
    life.bill(PHONE, 23, 13_200, 0);
    life.bill(CAR_LOAN, 10, 38_900, 0);
    life.bill(CREDIT_CARD, 26, 90_000, 250);
    life.subscription(NETFLIX, 11, 2_299);
    life.shops(GROCERIES_LAKES, (3, 5), (4_500, 16_500));
    life.shops(FUEL_MIDWEST, (5, 8), (3_500, 6_200));
    life.shops(DINING, (3, 6), (1_800, 7_500));
    life.shops(SHOPPING, (6, 12), (2_000, 12_000));
    life.cash((15, 25), (3, 8));
    life.hold(13, 22_000, online("MARRIOTT", "CHICAGO IL"));
    life.pending(5_460, shop("COSTCO WHSE #0388"));
    let book = life.close(Closing {
        opening: 520_000,
        surplus: Some(Surplus {
            on: Schedule::Monthly(16),
            keep: 480_000,
            step: 10_000,
            to: to_savings("5583"),
        }),
        overdraft: None,
    });
    let checking = description(KEY, Bank::WellsFargo, &[&ANITA, &BRIAN]);
    applicant(
        KEY,
        "a couple's account with two salaries; one of the two owners applies",
        today,
        &ANITA,
        monthly(8_000, 36, "home_improvement"),
        vec![link(checking, today, &book)],
    )
}

const MELISSA: Person = Person {
    first: "Melissa",
    last: "Tran",
    street: "905 Juniper Street",
    city: "Aurora",
    state: "CO",
    zip: "80012",
    phone: "+1 303-555-0176",
    email: "melissa.tran@example.com",
};

const GREGORY: Person = Person {
    first: "Gregory",
    last: "Okafor",
    street: "6120 Summit Ridge Way",
    city: "Boulder",
    state: "CO",
    zip: "80301",
    phone: "+1 720-555-0155",
    email: "gregory.okafor@example.com",
};

pub(super) fn ownership_mismatch(today: NaiveDate) -> SampleApplicant {
    const KEY: &str = "ownership_mismatch";
    const POWER: Company = company("XCEL ENERGY-PSCO", "XCELENERGY", "4840296600", "PPD");
    const EMPLOYER: Company = company("FRONT RANGE SOFTWARE", "PAYROLL", "1841130957", "PPD");
    let mut life = Life::new(KEY, today, HISTORY_DAYS, Bank::Chase, &GREGORY);
    life.paid(EMPLOYER, FRIDAYS, 205_190, 0, today);
    life.bill(RENT, 1, 138_000, 0);
    life.bill(POWER, 10, 8_800, 200);
    life.bill(COMCAST, 17, 7_000, 0);
    life.bill(CREDIT_CARD, 22, 38_000, 300);
    life.subscription(SPOTIFY, 3, 1_199);
    life.subscription(GYM, 8, 4_500);
    life.shops(GROCERIES_MOUNTAIN, (4, 6), (3_500, 10_500));
    life.shops(FUEL_WEST, (8, 12), (3_200, 5_500));
    life.shops(DINING, (3, 5), (1_000, 4_500));
    life.cash((14, 22), (2, 5));
    life.hold(10, 8_500, online("AIRBNB HMQ4X2", "SAN FRANCISCO CA"));
    life.pending(945, COFFEE);
    let book = life.close(Closing {
        opening: 290_000,
        surplus: Some(Surplus {
            on: Schedule::Monthly(6),
            keep: 250_000,
            step: 5_000,
            to: to_savings("6646"),
        }),
        overdraft: None,
    });
    let checking = description(KEY, Bank::Chase, &[&GREGORY]);
    applicant(
        KEY,
        "a healthy account, but the bank says that it is another person's",
        today,
        &MELISSA,
        monthly(3_000, 18, "moving"),
        vec![link(checking, today, &book)],
    )
}

const HANNAH: Person = Person {
    first: "Hannah",
    last: "Lindqvist",
    street: "5130 Lyndale Court",
    city: "Minneapolis",
    state: "MN",
    zip: "55419",
    phone: "+1 612-555-0172",
    email: "hannah.lindqvist@example.com",
};

pub(super) fn own_transfers(today: NaiveDate) -> SampleApplicant {
    const KEY: &str = "own_transfers";
    const EMPLOYER: Company = company("NORTH LOOP DESIGN", "PAYROLL", "1411872093", "PPD");
    const POWER: Company = company("XCEL ENERGY-MN", "XCELENERGY", "9004680190", "PPD");
    const PULL: Company = company("CAPITAL ONE N.A.", "TRANSFER", "9541719318", "WEB");
    const PUSH: Company = company("JPMORGAN CHASE", "EXT TRNSFR", "9200502231", "WEB");
    let mut life = Life::new(KEY, today, HISTORY_DAYS, Bank::Chase, &HANNAH);
    let mut savings = Life::new(
        "own_savings",
        today,
        HISTORY_DAYS,
        Bank::CapitalOne,
        &HANNAH,
    );
    life.paid(EMPLOYER, THURSDAYS, 214_380, 3, today);
    // Half a paycheck goes to the other bank, and some of it comes back before the rent.
    life.move_to(&mut savings, THURSDAYS, (90_000, 110_000), (PULL, PUSH));
    savings.move_to(
        &mut life,
        Schedule::Monthly(27),
        (60_000, 80_000),
        (PUSH, PULL),
    );
    life.bill(RENT, 1, 119_000, 0);
    life.bill(POWER, 13, 9_100, 250);
    life.bill(COMCAST, 20, 7_500, 0);
    life.bill(CREDIT_CARD, 22, 20_000, 300);
    life.subscription(SPOTIFY, 7, 1_199);
    life.shops(GROCERIES_LAKES, (5, 8), (3_000, 8_800));
    life.shops(FUEL_MIDWEST, (10, 14), (2_900, 4_600));
    life.shops(DINING, (5, 8), (900, 3_600));
    life.hold(10, 9_000, shop("DELTA HOTELS"));
    life.pending(866, COFFEE);
    savings.interest((1_100, 2_600));
    savings.hold(9, 2_500, shop("ALDI 72041"));
    let book = life.close(Closing {
        opening: 330_000,
        surplus: None,
        overdraft: None,
    });
    let saved = savings.close(Closing {
        opening: 610_000,
        surplus: None,
        overdraft: None,
    });
    let checking = description(KEY, Bank::Chase, &[&HANNAH]);
    let savings = Description {
        subcategory: "savings",
        bank: Bank::CapitalOne,
        display_name: "360 Performance Savings",
        last4: "9921",
        ..checking
    };
    applicant(
        KEY,
        "accounts at two banks with money going to and fro: only the salary is income",
        today,
        &HANNAH,
        monthly(5_000, 24, "home_improvement"),
        vec![link(checking, today, &book), link(savings, today, &saved)],
    )
}
