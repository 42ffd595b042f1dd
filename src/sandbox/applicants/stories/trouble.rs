//! What goes wrong with money.

use chrono::{NaiveDate, Weekday};

use super::super::banks::Bank;
use super::super::closing::{Closing, Destination, Overdraft, Surplus};
use super::super::life::Life;
use super::super::linked::{Request, applicant, link};
use super::super::people::{Company, Person, company};
use super::super::schedule::{Schedule, days_before};
use super::super::shops::{
    COFFEE, DINING, FUEL_SOUTH, FUEL_WEST, GROCERIES_NORTHWEST, GROCERIES_SOUTHEAST,
    GROCERIES_TEXAS, HULU, Merchant, NETFLIX, shop,
};
use super::SampleApplicant;
use super::{
    CAR_INSURANCE, CAR_LOAN, COMCAST, COX, CREDIT_CARD, FRIDAYS, HISTORY_DAYS, OTHER_FRIDAYS,
    PHONE, RENT, description, monthly, to_savings,
};
use crate::application::RepaymentFrequency;

const KEVIN: Person = Person {
    first: "Kevin",
    last: "Nguyen",
    street: "519 Harbor View Drive",
    city: "Tacoma",
    state: "WA",
    zip: "98402",
    phone: "+1 253-555-0164",
    email: "kevin.nguyen@example.com",
};

pub(super) fn job_lost(today: NaiveDate) -> SampleApplicant {
    const KEY: &str = "job_lost";
    const POWER: Company = company("PUGET SOUND ENERGY", "BILLPAY", "1910374630", "WEB");
    const EMPLOYER: Company = company("CASCADE FREIGHT LLC", "DIRECT DEP", "9111111103", "PPD");
    let mut life = Life::new(KEY, today, HISTORY_DAYS, Bank::Chase, &KEVIN);
    life.paid(EMPLOYER, OTHER_FRIDAYS, 192_410, 25, days_before(today, 49));
    life.bill(RENT, 3, 119_500, 0);
    life.bill(POWER, 16, 9_300, 200);
    life.bill(PHONE, 21, 6_500, 0);
    life.bill(COMCAST, 8, 5_999, 0);
    life.bill(CREDIT_CARD, 27, 15_000, 200);
    life.subscription(HULU, 4, 1_799);
    life.shops(GROCERIES_NORTHWEST, (4, 7), (3_000, 9_500));
    life.shops(FUEL_WEST, (7, 11), (3_000, 5_200));
    life.shops(DINING, (4, 8), (900, 3_600));
    life.hold(15, 9_900, shop("U-HAUL MOVING"));
    life.pending(2_249, shop("SAFEWAY #1594"));
    let book = life.close(Closing {
        opening: 640_000,
        surplus: Some(Surplus {
            on: Schedule::Monthly(13),
            keep: 640_000,
            step: 10_000,
            to: to_savings("7702"),
        }),
        overdraft: None,
    });
    let checking = description(KEY, Bank::Chase, &[&KEVIN]);
    applicant(
        KEY,
        "a good salary that stopped seven weeks ago; living on what is left",
        today,
        &KEVIN,
        monthly(4_000, 24, "debt_consolidation"),
        vec![link(checking, today, &book)],
    )
}

const TANYA: Person = Person {
    first: "Tanya",
    last: "Miller",
    street: "3016 Cedar Court",
    city: "Macon",
    state: "GA",
    zip: "31201",
    phone: "+1 478-555-0142",
    email: "tanya.miller@example.com",
};

pub(super) fn frequent_nsf(today: NaiveDate) -> SampleApplicant {
    const KEY: &str = "frequent_nsf";
    const GAS: Company = company("GAS SOUTH LLC", "UTIL PAYMT", "1205566213", "WEB");
    const EMPLOYER: Company = company("PEACH STATE LOGISTICS", "PAYROLL", "1582204417", "PPD");
    const GEORGIA_POWER: Company = company("GEORGIA POWER", "BILLPAY", "1580257110", "WEB");
    let mut life = Life::new(KEY, today, HISTORY_DAYS, Bank::Bofa, &TANYA);
    life.paid(EMPLOYER, OTHER_FRIDAYS, 138_827, 30, today);
    life.bill(PHONE, 4, 9_200, 0);
    life.bill(GEORGIA_POWER, 9, 13_100, 200);
    life.bill(CAR_INSURANCE, 13, 14_150, 0);
    life.bill(CAR_LOAN, 18, 28_740, 0);
    life.bill(GAS, 23, 7_600, 150);
    life.bill(CREDIT_CARD, 28, 6_500, 0);
    life.subscription(NETFLIX, 7, 1_549);
    life.subscription(HULU, 20, 1_799);
    life.shops(GROCERIES_SOUTHEAST, (3, 5), (2_500, 8_000));
    life.shops(FUEL_SOUTH, (6, 9), (2_500, 4_500));
    life.shops(DINING, (3, 6), (700, 2_400));
    life.hold(8, 10_000, shop("CIRCLE K 04417"));
    life.pending(487, COFFEE);
    let book = life.close(Closing {
        opening: 22_000,
        surplus: Some(Surplus {
            on: Schedule::Biweekly {
                weekday: Weekday::Sat,
                odd: true,
            },
            keep: 34_000,
            step: 1_000,
            to: Destination::Person("Rosa Molina"),
        }),
        overdraft: Some(Overdraft {
            nsf_fee: 3_500,
            overdraft_fee: 1_000,
            card_limit: 9_000,
            ach_limit: 0,
        }),
    });
    let checking = description(KEY, Bank::Bofa, &[&TANYA]);
    applicant(
        KEY,
        "regular pay that never lasts: debits sent back and fees month after month",
        today,
        &TANYA,
        Request {
            frequency: RepaymentFrequency::Biweekly,
            ..monthly(1_000, 6, "bills")
        },
        vec![link(checking, today, &book)],
    )
}

const LATOYA: Person = Person {
    first: "Latoya",
    last: "Simmons",
    street: "426 Magnolia Bend",
    city: "Baton Rouge",
    state: "LA",
    zip: "70806",
    phone: "+1 225-555-0133",
    email: "latoya.simmons@example.com",
};

pub(super) fn overdrafts(today: NaiveDate) -> SampleApplicant {
    const KEY: &str = "overdrafts";
    const EMPLOYER: Company = company("BAYOU MEDICAL BILLNG", "PAYROLL", "1720915548", "PPD");
    const POWER: Company = company("ENTERGY", "BANK DRAFT", "1720245590", "PPD");
    let mut life = Life::new(KEY, today, HISTORY_DAYS, Bank::CapitalOne, &LATOYA);
    life.paid(EMPLOYER, FRIDAYS, 129_475, 8, today);
    life.bill(RENT, 1, 79_000, 0);
    life.bill(POWER, 10, 14_200, 200);
    life.bill(COX, 16, 6_500, 0);
    life.bill(PHONE, 23, 8_000, 0);
    life.bill(CAR_LOAN, 26, 27_900, 0);
    life.subscription(NETFLIX, 8, 1_549);
    life.shops(GROCERIES_SOUTHEAST, (4, 6), (2_500, 8_000));
    life.shops(FUEL_SOUTH, (6, 9), (2_500, 4_200));
    life.shops(DINING, (4, 7), (700, 2_400));
    life.hold(9, 7_500, shop("CIRCLE K 04417"));
    life.pending(512, COFFEE);
    let book = life.close(Closing {
        opening: 12_000,
        surplus: Some(Surplus {
            on: Schedule::Biweekly {
                weekday: Weekday::Sat,
                odd: false,
            },
            keep: 10_000,
            step: 1_000,
            to: Destination::Person("Denise Simmons"),
        }),
        overdraft: Some(Overdraft {
            nsf_fee: 0,
            overdraft_fee: 0,
            card_limit: 160_000,
            ach_limit: 160_000,
        }),
    });
    let checking = description(KEY, Bank::CapitalOne, &[&LATOYA]);
    applicant(
        KEY,
        "a bank that charges no fees: every month the account is below zero for days",
        today,
        &LATOYA,
        monthly(1_500, 12, "bills"),
        vec![link(checking, today, &book)],
    )
}

const DEREK: Person = Person {
    first: "Derek",
    last: "Holloway",
    street: "9014 Bissonnet Oaks",
    city: "Houston",
    state: "TX",
    zip: "77074",
    phone: "+1 713-555-0159",
    email: "derek.holloway@example.com",
};

pub(super) fn payday_loans(today: NaiveDate) -> SampleApplicant {
    const KEY: &str = "payday_loans";
    const EMPLOYER: Company = company("GULF COAST STAFFING", "PAYROLL", "1760338214", "PPD");
    const POWER: Company = company("RELIANT ENERGY", "BILL PAYMT", "1760655950", "WEB");
    // The first lender pays out and collects by ACH under one name, the second by ACH under its
    // legal name with another entry each way, the third pushes to the card and charges it.
    const CASHNET: Company = company("CASHNETUSA", "LOAN DEP", "1364361540", "PPD");
    const CASHNET_PAYMENT: Company = company("CASHNETUSA", "PAYMENT", "1364361540", "WEB");
    const SPEEDY: Company = company("SPEEDYCASH.COM", "PAYDAY LN", "1481198425", "PPD");
    const SPEEDY_PAYMENT: Company = company("SPEEDY CASH 218", "CHECKPYMT", "1481198425", "TEL");
    const ADVANCE: Merchant = shop("ADVANCE AMERICA #4410");
    let mut life = Life::new(KEY, today, HISTORY_DAYS, Bank::WellsFargo, &DEREK);
    life.paid(EMPLOYER, OTHER_FRIDAYS, 152_310, 15, today);
    life.ach_on(Schedule::Monthly(6), 50_000, CASHNET);
    life.ach_on(OTHER_FRIDAYS, -29_500, CASHNET_PAYMENT);
    life.ach_on(Schedule::Monthly(15), 40_000, SPEEDY);
    life.ach_on(OTHER_FRIDAYS, -23_600, SPEEDY_PAYMENT);
    life.pushed_to_card(Schedule::Monthly(24), 30_000, ADVANCE);
    life.card_on(OTHER_FRIDAYS, 17_700, ADVANCE);
    life.bill(RENT, 3, 118_000, 0);
    life.bill(POWER, 12, 11_800, 250);
    life.bill(PHONE, 20, 7_500, 0);
    life.bill(CAR_INSURANCE, 25, 16_200, 0);
    life.shops(GROCERIES_TEXAS, (4, 6), (2_400, 7_600));
    life.shops(FUEL_SOUTH, (6, 9), (2_600, 4_300));
    life.shops(DINING, (5, 8), (700, 2_200));
    life.hold(8, 10_000, shop("EXXON 4791"));
    life.pending(1_064, shop("WHATABURGER 612"));
    let book = life.close(Closing {
        opening: 200_000,
        surplus: Some(Surplus {
            on: Schedule::Monthly(17),
            keep: 190_000,
            step: 1_000,
            to: Destination::Person("Carla Holloway"),
        }),
        overdraft: None,
    });
    let checking = description(KEY, Bank::WellsFargo, &[&DEREK]);
    applicant(
        KEY,
        "regular pay, and three payday lenders at once, each loan repaid by the next",
        today,
        &DEREK,
        monthly(2_000, 12, "debt_consolidation"),
        vec![link(checking, today, &book)],
    )
}
