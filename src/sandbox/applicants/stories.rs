//! The samples: who they are, what they earn and spend, and what goes wrong.

use chrono::{NaiveDate, Weekday};

use super::SampleApplicant;
use super::banks::{Bank, OwnTransfer};
use super::closing::{Closing, Destination, Overdraft, Surplus};
use super::life::Life;
use super::linked::{Description, Request, applicant, link};
use super::people::{
    COFFEE, Company, DINING, DISCOUNT_GROCERIES, FUEL, GROCERIES, GYM, HULU, NETFLIX, PHARMACY,
    Person, SHOPPING, SPOTIFY, company, online, shop,
};
use super::schedule::{Schedule, days_before};
use crate::application::RepaymentFrequency;
use crate::sandbox::world::Feature;

/// Every sample, in the order shown.
pub(super) const ALL: &[fn(NaiveDate) -> SampleApplicant] = &[
    salaried,
    social_security,
    gig,
    job_lost,
    frequent_nsf,
    joint,
    ownership_mismatch,
    short_history,
];

/// How far back a bank usually tells.
const HISTORY_DAYS: u64 = 180;

const FRIDAYS: Schedule = Schedule::Biweekly {
    weekday: Weekday::Fri,
    odd: false,
};
const OTHER_FRIDAYS: Schedule = Schedule::Biweekly {
    weekday: Weekday::Fri,
    odd: true,
};
const THURSDAYS: Schedule = Schedule::Biweekly {
    weekday: Weekday::Thu,
    odd: false,
};

const PHONE: Company = company("VERIZON WIRELESS", "PAYMENTS", "4223344794", "WEB");
const INTERNET: Company = company("SPECTRUM", "SPECTRUM", "0000358635", "PPD");
const CAR_LOAN: Company = company("TOYOTA FINANCIAL", "AUTO PMT", "1953775816", "PPD");
const CAR_INSURANCE: Company = company("PROGRESSIVE", "INS PREM", "9409348088", "PPD");
const STUDENT_LOAN: Company = company("DEPT EDUCATION", "STUDENT LN", "9102001001", "WEB");
const CREDIT_CARD: Company = company("DISCOVER", "E-PAYMENT", "2510020270", "WEB");
const RENT: Company = company("PINE STREET PROPERTIES", "WEB PMTS", "1471829304", "WEB");
const MORTGAGE: Company = company("ROCKET MORTGAGE", "LOAN", "9000258601", "PPD");
const DAYCARE: Company = company("BRIGHT HORIZONS", "TUITION", "2042949680", "PPD");

const fn to_savings(last4: &'static str) -> Destination {
    Destination::Own(OwnTransfer {
        other: last4,
        kind: "SAV",
        inward: false,
    })
}

fn description(key: &'static str, bank: Bank, owners: &'static [&'static Person]) -> Description {
    Description {
        key,
        subcategory: "checking",
        bank,
        display_name: "Everyday Checking",
        last4: "1042",
        owners,
        unrefreshed: &[],
    }
}

fn monthly(dollars: i64, months: u32, purpose: &'static str) -> Request {
    Request {
        dollars,
        months,
        frequency: RepaymentFrequency::Monthly,
        purpose,
    }
}

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

fn salaried(today: NaiveDate) -> SampleApplicant {
    const KEY: &str = "salaried";
    const POWER: Company = company("AEP OHIO", "ELECT BILL", "1310413220", "PPD");
    const EMPLOYER: Company = company("MERIDIAN HEALTH SYS", "PAYROLL", "1814420976", "PPD");
    let mut life = Life::new(KEY, today, HISTORY_DAYS, Bank::Chase, &MARIA);
    life.paid(EMPLOYER, FRIDAYS, 231_844, 4, today);
    life.bill(RENT, 1, 145_000, 0);
    life.bill(POWER, 12, 11_200, 250);
    life.bill(PHONE, 22, 8_500, 0);
    life.bill(CAR_LOAN, 15, 34_217, 0);
    life.bill(CREDIT_CARD, 25, 41_000, 300);
    life.bill(STUDENT_LOAN, 20, 21_850, 0);
    life.subscription(NETFLIX, 5, 1_549);
    life.subscription(SPOTIFY, 9, 1_199);
    life.subscription(GYM, 2, 3_900);
    life.shops(GROCERIES, (3, 6), (3_800, 12_800));
    life.shops(FUEL, (7, 10), (3_400, 5_800));
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

fn social_security(today: NaiveDate) -> SampleApplicant {
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
    life.bill(INTERNET, 19, 6_400, 0);
    life.bill(CAR_INSURANCE, 8, 5_800, 0);
    life.zelle("Emily Hughes", 22, 5_000);
    life.shops(DISCOUNT_GROCERIES, (5, 8), (2_200, 7_100));
    life.shops(PHARMACY, (12, 20), (800, 4_100));
    life.shops(FUEL, (10, 16), (2_200, 3_400));
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

fn gig(today: NaiveDate) -> SampleApplicant {
    const KEY: &str = "gig";
    const UBER: Company = company("UBER USA 6787", "EDI PAYMNT", "6453456789", "PPD");
    const DOORDASH: Company = company("DOORDASH, INC.", "DOORDASH", "4270465600", "PPD");
    const LYFT: Company = company("LYFT INC", "DRIVER PAY", "1208099130", "PPD");
    let mut life = Life::new(KEY, today, HISTORY_DAYS, Bank::Bofa, &DANTE);
    life.paid_irregularly(UBER, (3, 5), (9_500, 31_000));
    life.paid_irregularly(DOORDASH, (6, 9), (6_000, 23_000));
    life.paid_irregularly(LYFT, (9, 16), (4_000, 16_000));
    life.zelle("Marcus Reed", 1, 85_000);
    life.bill(PHONE, 14, 7_000, 0);
    life.bill(CAR_INSURANCE, 9, 12_840, 0);
    life.bill(CAR_LOAN, 17, 26_890, 0);
    life.subscription(SPOTIFY, 12, 1_199);
    life.shops(FUEL, (3, 4), (2_600, 4_200));
    life.shops(DISCOUNT_GROCERIES, (5, 8), (2_500, 7_500));
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
        unrefreshed: &[Feature::Balance],
        ..description(KEY, Bank::Bofa, &[&DANTE])
    };
    applicant(
        KEY,
        "drives for Uber, Lyft and DoorDash: enough money, at irregular times and amounts",
        today,
        &DANTE,
        monthly(2_000, 12, "car_repair"),
        vec![link(checking, today, &book)],
    )
}

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

fn job_lost(today: NaiveDate) -> SampleApplicant {
    const KEY: &str = "job_lost";
    const POWER: Company = company("PUGET SOUND ENERGY", "BILLPAY", "1910374630", "WEB");
    const EMPLOYER: Company = company("CASCADE FREIGHT LLC", "DIRECT DEP", "9111111103", "PPD");
    let mut life = Life::new(KEY, today, HISTORY_DAYS, Bank::Chase, &KEVIN);
    life.paid(EMPLOYER, OTHER_FRIDAYS, 192_410, 25, days_before(today, 49));
    life.bill(RENT, 3, 119_500, 0);
    life.bill(POWER, 16, 9_300, 200);
    life.bill(PHONE, 21, 6_500, 0);
    life.bill(INTERNET, 8, 5_999, 0);
    life.bill(CREDIT_CARD, 27, 15_000, 200);
    life.subscription(HULU, 4, 1_799);
    life.shops(GROCERIES, (4, 7), (3_000, 9_500));
    life.shops(FUEL, (7, 11), (3_000, 5_200));
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

fn frequent_nsf(today: NaiveDate) -> SampleApplicant {
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
    life.shops(DISCOUNT_GROCERIES, (3, 5), (2_500, 8_000));
    life.shops(FUEL, (6, 9), (2_500, 4_500));
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

fn joint(today: NaiveDate) -> SampleApplicant {
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
    life.shops(GROCERIES, (3, 5), (4_500, 16_500));
    life.shops(FUEL, (5, 8), (3_500, 6_200));
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

fn ownership_mismatch(today: NaiveDate) -> SampleApplicant {
    const KEY: &str = "ownership_mismatch";
    const POWER: Company = company("XCEL ENERGY-PSCO", "XCELENERGY", "4840296600", "PPD");
    const EMPLOYER: Company = company("FRONT RANGE SOFTWARE", "PAYROLL", "1841130957", "PPD");
    let mut life = Life::new(KEY, today, HISTORY_DAYS, Bank::Chase, &GREGORY);
    life.paid(EMPLOYER, FRIDAYS, 205_190, 0, today);
    life.bill(RENT, 1, 138_000, 0);
    life.bill(POWER, 10, 8_800, 200);
    life.bill(INTERNET, 17, 7_000, 0);
    life.bill(CREDIT_CARD, 22, 38_000, 300);
    life.subscription(SPOTIFY, 3, 1_199);
    life.subscription(GYM, 8, 4_500);
    life.shops(GROCERIES, (4, 6), (3_500, 10_500));
    life.shops(FUEL, (8, 12), (3_200, 5_500));
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

fn short_history(today: NaiveDate) -> SampleApplicant {
    const KEY: &str = "short_history";
    const EMPLOYER: Company = company("BAYSTATE CLINIC", "PAYROLL", "1046778120", "PPD");
    let mut life = Life::new(KEY, today, 35, Bank::CapitalOne, &SOFIA);
    life.deposit(life.first, 180_000);
    life.paid(EMPLOYER, OTHER_FRIDAYS, 164_020, 6, today);
    life.bill(RENT, 5, 110_000, 0);
    life.bill(PHONE, 20, 4_500, 0);
    life.subscription(SPOTIFY, 14, 1_199);
    life.shops(DISCOUNT_GROCERIES, (4, 7), (2_500, 8_000));
    life.shops(DINING, (4, 7), (800, 2_800));
    life.hold(5, 5_000, shop("ZIPCAR RESERVATION"));
    life.pending(1_320, shop("PANERA BREAD #601442"));
    let book = life.close(Closing {
        opening: 0,
        surplus: None,
        overdraft: None,
    });
    let checking = Description {
        unrefreshed: &[Feature::Transactions, Feature::Ownership],
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
