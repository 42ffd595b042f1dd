//! What can be seen of an account.

use std::time::Duration;

use chrono::NaiveDate;

use super::super::banks::Bank;
use super::super::closing::{Closing, Surplus};
use super::super::life::Life;
use super::super::linked::{Description, applicant, link};
use super::super::people::{Company, Person, company};
use super::super::schedule::Schedule;
use super::super::shops::{
    COFFEE, DINING, FUEL_MIDWEST, FUEL_NORTHEAST, FUEL_SOUTH, FUEL_WEST, GROCERIES_MIDWEST,
    GROCERIES_NORTHEAST, GROCERIES_SOUTHEAST, GROCERIES_SOUTHWEST, NETFLIX, SHOPPING, SPOTIFY,
    online, shop,
};
use super::SampleApplicant;
use super::{
    CAR_LOAN, CREDIT_CARD, FRIDAYS, HISTORY_DAYS, OTHER_FRIDAYS, PHONE, RENT, THURSDAYS,
    description, monthly, to_savings,
};
use crate::sandbox::world::RefreshFeature;

/// An ordinary life: a salary, rent, a phone, a car, a credit card, something streamed.
fn salary_and_bills(life: &mut Life, employer: Company, schedule: Schedule, cents: i64) {
    let today = life.today;
    life.paid(employer, schedule, cents, 3, today);
    life.bill(RENT, 2, 132_000, 0);
    life.bill(PHONE, 9, 6_500, 0);
    life.bill(CAR_LOAN, 14, 30_550, 0);
    life.bill(CREDIT_CARD, 24, 32_000, 300);
    life.subscription(NETFLIX, 6, 1_549);
    life.shops(DINING, (4, 7), (900, 3_900));
}

/// What is not needed is saved once a month.
fn thrifty(savings: &'static str) -> Closing {
    Closing {
        opening: 290_000,
        surplus: Some(Surplus {
            on: Schedule::Monthly(19),
            keep: 260_000,
            step: 5_000,
            to: to_savings(savings),
        }),
        overdraft: None,
    }
}

const SOFIA: Person = Person {
    first: "Sofia",
    last: "Petrova",
    street: "31 Beacon Hill Terrace",
    city: "Worcester",
    state: "MA",
    zip: "01608",
    phone: "+1 508-555-0123",
    email: "sofia.petrova@example.com",
};

pub(super) fn short_history(today: NaiveDate) -> SampleApplicant {
    const KEY: &str = "short_history";
    const EMPLOYER: Company = company("BAYSTATE CLINIC", "PAYROLL", "1046778120", "PPD");
    let mut life = Life::new(KEY, today, 35, Bank::CapitalOne, &SOFIA);
    life.deposit(life.first, 180_000);
    life.paid(EMPLOYER, OTHER_FRIDAYS, 164_020, 6, today);
    life.bill(RENT, 5, 110_000, 0);
    life.bill(PHONE, 20, 4_500, 0);
    life.subscription(SPOTIFY, 14, 1_199);
    life.shops(GROCERIES_NORTHEAST, (4, 7), (2_500, 8_000));
    life.shops(DINING, (4, 7), (800, 2_800));
    life.hold(5, 5_000, shop("ZIPCAR RESERVATION"));
    life.pending(1_320, shop("PANERA BREAD #601442"));
    let book = life.close(Closing {
        opening: 0,
        surplus: None,
        overdraft: None,
    });
    let checking = Description {
        unrefreshed: &[RefreshFeature::Transactions, RefreshFeature::Ownership],
        ..description(KEY, Bank::CapitalOne, &[&SOFIA])
    };
    applicant(
        KEY,
        "a new account: five weeks of history, two or three paychecks",
        today,
        &SOFIA,
        monthly(1_500, 12, "furniture"),
        vec![link(checking, today, &book)],
    )
}

const GRACE: Person = Person {
    first: "Grace",
    last: "Kim",
    street: "2290 Peachtree Walk",
    city: "Atlanta",
    state: "GA",
    zip: "30309",
    phone: "+1 404-555-0128",
    email: "grace.kim@example.com",
};

pub(super) fn no_transactions(today: NaiveDate) -> SampleApplicant {
    const KEY: &str = "no_transactions";
    const EMPLOYER: Company = company("PEACHTREE ANALYTICS", "PAYROLL", "1583316470", "PPD");
    let mut life = Life::new(KEY, today, HISTORY_DAYS, Bank::Bofa, &GRACE);
    salary_and_bills(&mut life, EMPLOYER, OTHER_FRIDAYS, 221_730);
    life.shops(GROCERIES_SOUTHEAST, (4, 6), (3_000, 9_800));
    life.shops(FUEL_SOUTH, (8, 12), (3_000, 5_000));
    life.hold(10, 9_000, shop("MARTA PARKING"));
    life.pending(1_220, COFFEE);
    let book = life.close(thrifty("4471"));
    let checking = Description {
        permissions: &["balances", "ownership", "payment_method"],
        ..description(KEY, Bank::Bofa, &[&GRACE])
    };
    applicant(
        KEY,
        "permitted the balance and the owners, not the transactions: nothing is known of income",
        today,
        &GRACE,
        monthly(2_500, 12, "moving"),
        vec![link(checking, today, &book)],
    )
}

const VICTOR: Person = Person {
    first: "Victor",
    last: "Alvarez",
    street: "6605 Desert Marigold Drive",
    city: "Tucson",
    state: "AZ",
    zip: "85716",
    phone: "+1 520-555-0184",
    email: "victor.alvarez@example.com",
};

pub(super) fn disconnected(today: NaiveDate) -> SampleApplicant {
    const KEY: &str = "disconnected";
    const EMPLOYER: Company = company("OLD PUEBLO HVAC", "PAYROLL", "1880452961", "PPD");
    let mut life = Life::new(KEY, today, HISTORY_DAYS, Bank::WellsFargo, &VICTOR);
    salary_and_bills(&mut life, EMPLOYER, FRIDAYS, 208_915);
    life.shops(GROCERIES_SOUTHWEST, (4, 6), (3_000, 9_800));
    life.shops(FUEL_WEST, (6, 9), (3_200, 5_600));
    life.hold(12, 11_000, shop("NAPA AUTO 0417"));
    life.pending(2_045, shop("IN-N-OUT BURGER 061"));
    let book = life.close(thrifty("3308"));
    let checking = Description {
        status: "disconnected",
        ..description(KEY, Bank::WellsFargo, &[&VICTOR])
    };
    applicant(
        KEY,
        "a good account that its holder has disconnected since: old rows, no balance",
        today,
        &VICTOR,
        monthly(3_000, 18, "car_repair"),
        vec![link(checking, today, &book)],
    )
}

const NAOMI: Person = Person {
    first: "Naomi",
    last: "Fischer",
    street: "84 Larchmont Avenue",
    city: "Springfield",
    state: "MA",
    zip: "01108",
    phone: "+1 413-555-0112",
    email: "naomi.fischer@example.com",
};

pub(super) fn credit_card(today: NaiveDate) -> SampleApplicant {
    const KEY: &str = "credit_card";
    let mut life = Life::new(KEY, today, HISTORY_DAYS, Bank::Chase, &NAOMI);
    life.credit = true;
    life.card_payments(20, (70_000, 110_000));
    life.subscription(NETFLIX, 4, 1_549);
    life.subscription(SPOTIFY, 9, 1_199);
    life.shops(GROCERIES_NORTHEAST, (4, 6), (3_000, 9_500));
    life.shops(FUEL_NORTHEAST, (8, 12), (3_000, 5_000));
    life.shops(DINING, (3, 6), (900, 4_200));
    life.shops(SHOPPING, (9, 15), (1_500, 9_000));
    life.hold(13, 18_000, online("MARRIOTT", "TORONTO ON"));
    life.pending(655, COFFEE);
    let book = life.close(Closing {
        opening: -142_000,
        surplus: None,
        overdraft: None,
    });
    let card = Description {
        subcategory: "credit_card",
        display_name: "Freedom Unlimited",
        last4: "7716",
        permissions: &["balances", "ownership", "transactions"],
        ..description(KEY, Bank::Chase, &[&NAOMI])
    };
    applicant(
        KEY,
        "linked a credit card and no account that money comes into",
        today,
        &NAOMI,
        monthly(2_000, 12, "furniture"),
        vec![link(card, today, &book)],
    )
}

const IBRAHIM: Person = Person {
    first: "Ibrahim",
    last: "Yusuf",
    street: "1188 Short North Lane",
    city: "Columbus",
    state: "OH",
    zip: "43201",
    phone: "+1 614-555-0166",
    email: "ibrahim.yusuf@example.com",
};

/// How much longer than usual the bank of `slow_refresh` takes.
const SLOW: Duration = Duration::from_millis(2_500);

pub(super) fn slow_refresh(today: NaiveDate) -> SampleApplicant {
    const KEY: &str = "slow_refresh";
    const EMPLOYER: Company = company("BUCKEYE INSTRUMENTS", "PAYROLL", "1311774023", "PPD");
    let mut life = Life::new(KEY, today, HISTORY_DAYS, Bank::CapitalOne, &IBRAHIM);
    salary_and_bills(&mut life, EMPLOYER, THURSDAYS, 226_480);
    life.shops(GROCERIES_MIDWEST, (4, 6), (3_000, 9_800));
    life.shops(FUEL_MIDWEST, (7, 10), (3_000, 5_200));
    life.hold(11, 8_000, shop("LOWES #00627"));
    life.pending(1_410, COFFEE);
    let book = life.close(thrifty("7250"));
    let checking = Description {
        unrefreshed: &[
            RefreshFeature::Balance,
            RefreshFeature::Ownership,
            RefreshFeature::Transactions,
        ],
        extra_delay: SLOW,
        ..description(KEY, Bank::CapitalOne, &[&IBRAHIM])
    };
    applicant(
        KEY,
        "a steady salary at a bank that takes seconds to answer a refresh",
        today,
        &IBRAHIM,
        monthly(4_000, 24, "home_improvement"),
        vec![link(checking, today, &book)],
    )
}
