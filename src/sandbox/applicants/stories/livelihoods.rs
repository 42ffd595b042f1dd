//! What people live on besides a paycheck.

use chrono::{NaiveDate, Weekday};

use super::super::banks::Bank;
use super::super::closing::{Closing, Surplus};
use super::super::life::Life;
use super::super::linked::{Description, applicant, link};
use super::super::people::{Company, Person, company};
use super::super::schedule::Schedule;
use super::super::shops::{
    DINING, FUEL_SOUTH, FUEL_WEST, GROCERIES_NORTHWEST, GROCERIES_SOUTHEAST, PHARMACY, SPOTIFY,
    SUPPLIES, shop,
};
use super::SampleApplicant;
use super::{
    CAR_INSURANCE, CAR_LOAN, COMCAST, COX, CREDIT_CARD, HISTORY_DAYS, PHONE, RENT, description,
    monthly, to_savings,
};
use crate::sandbox::world::{LinkedAccount, RefreshFeature};

const WALTER: Person = Person {
    first: "Walter",
    last: "Hughes",
    street: "88 Orchard Lane Apt 4",
    city: "Roanoke",
    state: "VA",
    zip: "24011",
    phone: "+1 540-555-0187",
    email: "walter.hughes@example.com",
};

pub(super) fn social_security(today: NaiveDate) -> SampleApplicant {
    const KEY: &str = "social_security";
    const POWER: Company = company("APPALACHIAN POWER", "ELECT BILL", "1540124790", "PPD");
    const TREASURY: Company = company("SSA TREAS 310", "XXSOC SEC", "9031736042", "PPD");
    const SENIOR_HOUSING: Company = company("ORCHARD SENIOR LIV", "RENT", "1540987123", "PPD");
    const WATER: Company = company("WESTERN VA WATER", "WATER BILL", "1541203377", "PPD");
    let mut life = Life::new(KEY, today, HISTORY_DAYS, Bank::CapitalOne, &WALTER);
    life.paid(
        TREASURY,
        Schedule::NthWeekday(3, Weekday::Wed),
        184_700,
        0,
        today,
    );
    life.bill(SENIOR_HOUSING, 3, 64_000, 0);
    life.bill(POWER, 11, 7_400, 200);
    life.bill(WATER, 24, 3_150, 80);
    life.bill(COX, 19, 6_400, 0);
    life.bill(CAR_INSURANCE, 8, 5_800, 0);
    life.zelle("Emily Hughes", 22, 5_000);
    life.shops(GROCERIES_SOUTHEAST, (5, 8), (2_200, 7_100));
    life.shops(PHARMACY, (12, 20), (800, 4_100));
    life.shops(FUEL_SOUTH, (10, 16), (2_200, 3_400));
    life.hold(9, 12_500, shop("SHEETZ 0412"));
    life.pending(1_874, shop("KROGER #0317"));
    let book = life.close(Closing {
        opening: 165_000,
        surplus: Some(Surplus {
            on: Schedule::Monthly(26),
            keep: 160_000,
            step: 2_500,
            to: to_savings("9120"),
        }),
        overdraft: None,
    });
    let checking = description(KEY, Bank::CapitalOne, &[&WALTER]);
    applicant(
        KEY,
        "Social Security once a month, small and regular expenses, never overdrawn",
        today,
        &WALTER,
        monthly(1_500, 12, "medical"),
        vec![link(checking, today, &book)],
    )
}

const DANTE: Person = Person {
    first: "Dante",
    last: "Brooks",
    street: "2207 Alder Avenue",
    city: "Charlotte",
    state: "NC",
    zip: "28205",
    phone: "+1 704-555-0119",
    email: "dante.brooks@example.com",
};

pub(super) fn gig(today: NaiveDate) -> SampleApplicant {
    const KEY: &str = "gig";
    applicant(
        KEY,
        "drives for Uber, Lyft and DoorDash: enough money, at irregular times and amounts",
        today,
        &DANTE,
        monthly(2_000, 12, "car_repair"),
        vec![gig_checking(KEY, today)],
    )
}

/// The account of `gig`, linked under another key: the same bank account with other ids.
pub(in super::super) fn gig_checking(key: &'static str, today: NaiveDate) -> LinkedAccount {
    const UBER: Company = company("UBER USA 6787", "EDI PAYMNT", "6453456789", "PPD");
    const DOORDASH: Company = company("DOORDASH, INC.", "DOORDASH", "4270465600", "PPD");
    const LYFT: Company = company("LYFT INC", "DRIVER PAY", "1208099130", "PPD");
    let mut life = Life::new("gig", today, HISTORY_DAYS, Bank::Bofa, &DANTE);
    life.paid_irregularly(UBER, (3, 5), (9_500, 31_000));
    life.paid_irregularly(DOORDASH, (6, 9), (6_000, 23_000));
    life.paid_irregularly(LYFT, (9, 16), (4_000, 16_000));
    life.zelle("Marcus Reed", 1, 70_000);
    life.bill(PHONE, 14, 7_000, 0);
    life.bill(CAR_INSURANCE, 9, 12_840, 0);
    life.bill(CAR_LOAN, 17, 26_890, 0);
    life.subscription(SPOTIFY, 12, 1_199);
    life.shops(FUEL_SOUTH, (3, 4), (2_600, 4_200));
    life.shops(GROCERIES_SOUTHEAST, (5, 8), (2_500, 7_500));
    life.shops(DINING, (4, 7), (800, 2_200));
    life.hold(6, 10_000, shop("SHELL OIL 57444138209"));
    life.pending(3_411, shop("EXXON 4791"));
    let book = life.close(Closing {
        opening: 185_000,
        surplus: Some(Surplus {
            on: Schedule::Monthly(20),
            keep: 175_000,
            step: 2_000,
            to: to_savings("3308"),
        }),
        overdraft: None,
    });
    let checking = Description {
        unrefreshed: &[RefreshFeature::Balance],
        ..description(key, Bank::Bofa, &[&DANTE])
    };
    link(checking, today, &book)
}

const OWEN: Person = Person {
    first: "Owen",
    last: "Fletcher",
    street: "1611 Hawthorne Terrace",
    city: "Portland",
    state: "OR",
    zip: "97214",
    phone: "+1 503-555-0146",
    email: "owen.fletcher@example.com",
};

pub(super) fn self_employed(today: NaiveDate) -> SampleApplicant {
    const KEY: &str = "self_employed";
    const SQUARE: Company = company("SQUARE INC", "SQ PAYOUT", "9424300002", "PPD");
    const STRIPE: Company = company("STRIPE", "TRANSFER", "1800948598", "CCD");
    const POWER: Company = company("PORTLAND GENERAL", "PGE BILL", "9930256820", "PPD");
    const CUSTOMERS: &[&str] = &["Laura Whitfield", "Ben Castillo", "June Park", "Tom Hadley"];
    let mut life = Life::new(KEY, today, HISTORY_DAYS, Bank::Chase, &OWEN);
    life.paid_irregularly(SQUARE, (2, 4), (11_000, 47_000));
    life.paid_irregularly(STRIPE, (6, 9), (18_000, 70_000));
    life.zelle_income(CUSTOMERS, (9, 14), (15_000, 60_000));
    life.deposits((18, 28), (40_000, 120_000));
    life.bill(RENT, 1, 128_000, 0);
    life.bill(POWER, 12, 9_800, 250);
    life.bill(COMCAST, 16, 8_000, 0);
    life.bill(CAR_INSURANCE, 23, 13_400, 0);
    life.bill(CREDIT_CARD, 25, 30_000, 300);
    life.shops(SUPPLIES, (4, 8), (3_500, 28_000));
    life.shops(GROCERIES_NORTHWEST, (4, 6), (3_000, 10_500));
    life.shops(FUEL_WEST, (5, 8), (3_600, 6_400));
    life.shops(DINING, (4, 7), (900, 3_800));
    life.hold(14, 20_000, shop("SUNBELT RENTALS"));
    life.pending(4_127, shop("FRED MEYER 0215"));
    let book = life.close(Closing {
        opening: 420_000,
        surplus: Some(Surplus {
            on: Schedule::Monthly(21),
            keep: 400_000,
            step: 10_000,
            to: to_savings("6093"),
        }),
        overdraft: None,
    });
    let checking = description(KEY, Bank::Chase, &[&OWEN]);
    applicant(
        KEY,
        "a carpenter paid through Square and Stripe, by Zelle and by check, never twice alike",
        today,
        &OWEN,
        monthly(4_000, 24, "tools"),
        vec![link(checking, today, &book)],
    )
}
