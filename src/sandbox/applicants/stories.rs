//! The samples: who they are, what they earn and spend, and what goes wrong.

mod access;
mod livelihoods;
mod ownership;
mod paychecks;
mod trouble;

use std::time::Duration;

use chrono::{NaiveDate, Weekday};

use super::SampleApplicant;
use super::banks::{Bank, OwnTransfer};
use super::closing::Destination;
use super::linked::{Description, Request};
use super::people::{Company, Person, company};
use super::schedule::Schedule;
use crate::application::RepaymentFrequency;

/// Every sample, in the order shown.
pub(super) const ALL: &[fn(NaiveDate) -> SampleApplicant] = &[
    paychecks::salaried,
    paychecks::semi_monthly,
    paychecks::weekly_hourly,
    paychecks::two_jobs,
    livelihoods::social_security,
    livelihoods::gig,
    livelihoods::self_employed,
    trouble::job_lost,
    trouble::frequent_nsf,
    trouble::overdrafts,
    trouble::payday_loans,
    ownership::joint,
    ownership::ownership_mismatch,
    ownership::own_transfers,
    access::short_history,
    access::no_transactions,
    access::disconnected,
    access::credit_card,
    access::slow_refresh,
];

pub(super) use livelihoods::gig_checking;
pub(super) use paychecks::semi_monthly_checking;

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
const COMCAST: Company = company("COMCAST CABLE", "CABLE SVCS", "0000213249", "PPD");
const COX: Company = company("COX COMM", "BANKDRAFT", "1581853560", "PPD");
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
        permissions: &["balances", "ownership", "payment_method", "transactions"],
        status: "active",
        extra_delay: Duration::ZERO,
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
