//! What goes out: what is owed each month, and what is spent besides.

use chrono::{Datelike, NaiveDate};

use super::{Life, MAIN, Mark};
use crate::corpus::dates::{Schedule, Shift, plus};
use crate::corpus::names;
use crate::corpus::texts::Ach;

/// Payees of ACH debits: company and entry description.
type Payee = (&'static str, &'static str);

const RENT_TOLD: &[Payee] = &[
    ("APPFOLIO", "RENT PMT"),
    ("RENTCAFE", "RENT"),
    ("{P} APARTMENTS", "RENT"),
    ("AVAIL", "RENT"),
    ("RE DATA SYSTEMS", "RENT CHGS"),
];
const RENT_UNTOLD: &[Payee] = &[
    ("{P} PROPERTIES", "WEB PMTS"),
    ("{P} MGMT LLC", "ACH"),
    ("CLICKPAY", "PROPRTYPAY"),
    ("PAYLEASE COM", "WEB PMTS"),
    ("{P} RESIDENCES", "SIGONFILE"),
    ("BILT", "HOUSING"),
];
const MORTGAGE: &[Payee] = &[
    ("ROCKET MORTGAGE", "LOAN"),
    ("PENNYMAC", "CASH"),
    ("MR COOPER", "NSM DBAMRC"),
    ("FREEDOM MTG", "PYMTS"),
    ("LAKEVIEW LN SRV", "MTG PYMT"),
];
const CARDS: &[Payee] = &[
    ("CHASE CREDIT CRD", "AUTOPAY"),
    ("CAPITAL ONE", "CRCARDPMT"),
    ("AMERICAN EXPRESS", "ACH PMT"),
    ("DISCOVER", "E-PAYMENT"),
    ("CITI CARD ONLINE", "PAYMENT"),
    ("BARCLAYCARD US", "CREDITCARD"),
    ("APPLECARD GSBANK", "PAYMENT"),
    ("SYNCHRONY BANK", "CC PYMT"),
    ("BK OF AMER VISA", "ONLINE PMT"),
];
const AUTO: &[Payee] = &[
    ("TOYOTA FINANCIAL", "RETAIL PMT"),
    ("ALLY", "ALLY PAYMT"),
    ("CAPITAL ONE AUTO", "CARPAY"),
    ("FORD MOTOR CR", "FORDCREDIT"),
    ("SANTANDER CONSUM", "AUTO LOAN"),
];
const STUDENT: &[Payee] = &[
    ("DEPT EDUCATION", "STUDENT LN"),
    ("NELNET", "STDNT LOAN"),
    ("MOHELA", "STUDNTLOAN"),
    ("AIDVANTAGE", "STUDENTLN"),
];
const PERSONAL: &[Payee] = &[
    ("UPSTART NETWORK", "UPSTART"),
    ("ONEMAIN", "PAYMENT"),
    ("LENDINGCLUB", "LOAN PMT"),
    ("SOFI PERSONAL LN", "PAYMENT"),
];
/// Paid each month, and no obligation by the definition of the labels.
const BILLS: &[(&str, &str, i64)] = &[
    ("COMED", "UTIL BILL", 9_500),
    ("VERIZON WIRELESS", "PAYMENTS", 8_500),
    ("GEICO", "PREM COLL", 12_600),
    ("COMCAST", "CABLE", 7_900),
    ("CITY WATER DEPT", "WATER BILL", 4_600),
];
const SUBSCRIPTIONS: &[(&str, i64)] = &[
    ("NETFLIX.COM", 1_549),
    ("SPOTIFY USA", 1_099),
    ("PLANET FIT CLUB FEES", 2_499),
];

/// How many of the latest payments of a card its monthly amount is the mean of.
const CARD_PAYMENTS: usize = 3;

impl Life {
    /// The usual life on so much a month: a home, some debts, bills, and shops for the rest.
    pub(in crate::corpus) fn live(&mut self, monthly: i64) {
        let monthly = monthly.max(120_000);
        let rent = monthly.saturating_mul(self.random.between(22, 30)) / 100 / 500 * 500;
        self.home(rent, self.start);
        if self.random.chance(65) {
            self.card_payments(monthly.saturating_mul(8) / 100);
        }
        for (percent, share, payees) in [(40, 8, AUTO), (25, 4, STUDENT), (15, 5, PERSONAL)] {
            if self.random.chance(percent) {
                let amount = self.random.around(monthly.saturating_mul(share) / 100, 250);
                let payee = self.random.pick(payees);
                self.debt(payee, amount, self.start);
            }
        }
        self.bills();
        let left = monthly.saturating_sub(self.owed).saturating_sub(40_000);
        self.shop(left.max(30_000));
    }

    /// A home since `from`: rented with or without a telling word, or bought.
    pub(in crate::corpus) fn home(&mut self, amount: i64, from: NaiveDate) {
        let payees = match self.random.below(4) {
            0 => MORTGAGE,
            1 => RENT_TOLD,
            _ => RENT_UNTOLD,
        };
        let payee = self.random.pick(payees);
        self.debt(payee, amount, from);
    }

    /// A rent that no word tells.
    pub(in crate::corpus) fn untold_rent(&mut self, amount: i64, from: NaiveDate) {
        let payee = self.random.pick(RENT_UNTOLD);
        self.debt(payee, amount, from);
    }

    /// Something owed each month since `from`, the same amount each time.
    pub(in crate::corpus) fn debt(&mut self, payee: Payee, amount: i64, from: NaiveDate) {
        for day in self.monthly_days(from) {
            self.pay_out(payee, day, amount, "obligation");
        }
        self.owe(amount);
    }

    /// A card that is paid off each month, whatever was bought.
    pub(in crate::corpus) fn card_payments(&mut self, usual: i64) {
        let payee = self.random.pick(CARDS);
        let mut paid = Vec::new();
        for day in self.monthly_days(self.start) {
            let amount = self.random.around(usual, 450);
            self.pay_out(payee, day, amount, "obligation");
            paid.push(amount);
        }
        let last = paid.split_off(paid.len().saturating_sub(CARD_PAYMENTS));
        let count = i64::try_from(last.len()).unwrap_or(1).max(1);
        self.owe(last.iter().sum::<i64>() / count);
    }

    /// The days of a payment that is due on one day of each month, from `from` on.
    fn monthly_days(&mut self, from: NaiveDate) -> Vec<NaiveDate> {
        let due = u32::try_from(self.random.between(1, 28)).unwrap_or(1);
        let due = if from > self.start {
            from.day().min(28)
        } else {
            due
        };
        let shift = Shift {
            after: true,
            early: 0,
        };
        Schedule::Monthly(due).paid(from, self.as_of, shift)
    }

    /// An ACH debit.
    fn pay_out(&mut self, (company, entry): Payee, day: NaiveDate, amount: i64, why: &'static str) {
        // One payee keeps one name, so the place follows from the applicant's own name.
        let place = names::place(&mut crate::corpus::Random::new(
            u64::try_from(self.name.len()).unwrap_or(0),
            self.name.bytes().map(u64::from).sum(),
        ));
        let ach = Ach {
            company: company.replace("{P}", &place).to_uppercase(),
            company_id: company
                .bytes()
                .map(|byte| char::from(b'0' + byte % 10))
                .take(10)
                .collect(),
            entry: entry.to_owned(),
            individual_id: self.random.digits(8),
            name: self.person.last_first(),
            class: "WEB",
        };
        let text = self.ach(MAIN, &ach, day);
        self.row(MAIN, day, amount.saturating_neg(), text, (Mark::No, why));
    }

    fn bills(&mut self) {
        for (company, entry, usual) in BILLS {
            if self.random.chance(75) {
                for day in self.monthly_days(self.start) {
                    let amount = self.random.around(*usual, 200);
                    self.pay_out((company, entry), day, amount, "bill");
                }
            }
        }
        for (shop, amount) in SUBSCRIPTIONS {
            if self.random.chance(60) {
                for day in self.monthly_days(self.start) {
                    self.purchase(day, *amount, shop);
                }
            }
        }
    }

    /// Shops and cash for about so much a month.
    pub(in crate::corpus) fn shop(&mut self, monthly: i64) {
        // Five purchases in ten days, of a fifteenth of the money each.
        let each = (monthly / 16).max(500);
        let mut day = self.start;
        while day <= self.as_of {
            if self.random.chance(46) {
                let shop = names::shop(&mut self.random);
                let amount = self.random.around(each, 800);
                self.purchase(day, amount, &shop);
            }
            if self.random.chance(4) {
                let cash = self.random.between(1, 6).saturating_mul(2_000);
                self.other_out(day, cash, "ATM WITHDRAWAL {6} MAIN ST", "cash");
            }
            day = plus(day, 1);
        }
    }
}
