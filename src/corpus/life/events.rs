//! Days without money: debits that came back, fees, and what only looks like them.

use chrono::NaiveDate;

use super::{Life, MAIN, Mark};
use crate::calendar::add_business_days;
use crate::corpus::names::fill;

/// How banks word a debit that came back. Half of them name no payee; `{N}` stands for one.
const RETURNS: &[&str] = &[
    "RETURN OF POSTED CHECK / ITEM (RECEIVED ON {D}) ELECTRONIC TRANSACTION",
    "RETURNED ITEM",
    "ACH RETURN ITEM",
    "NSF RETURNED ITEM {N}",
    "RTN ITEM INSUFFICIENT FUNDS",
    "REVERSAL OF ACH DEBIT {N}",
    "ACH DEBIT RETURNED - {N}",
    "INSUFFICIENT FUNDS RETURN {N}",
    "ITEM RETURNED UNPAID",
    "RETURN REASON R01 {N}",
    "CREDIT RETURNED ACH WITHDRAWAL",
    "DEBIT REJECT {N}",
    "ELECTRONIC PMT RETURNED UNPAID",
    "REV {N}",
    "WITHDRAWAL REVERSED NSF",
    "PAYMENT RETURN {D}",
    "ADJ-RETURNED EFT",
    "UNPAID ITEM CREDIT",
    "RETURNED DEBIT {N} R09",
    "ACH CORRECTION - UNABLE TO PAY",
];
/// Who collects what then comes back.
const COLLECTORS: &[&str] = &[
    "PROGRESSIVE INS PREM",
    "ROBINHOOD FUNDS",
    "T-MOBILE PCS SVC",
    "PLANET FITNESS DUES",
    "LA FITNESS",
    "DIRECTV SERVICE",
    "CITY OF AURORA UTIL",
    "BRIGHTWAY FURNITURE",
    "XFINITY",
    "STATE FARM RO 27",
    "VENMO PAYMENT",
    "COMENITY PAY",
];
const NSF_FEES: &[&str] = &[
    "NSF FEE",
    "RETURNED ITEM FEE",
    "NSF RETURNED ITEM CHARGE",
    "INSUFFICIENT FUNDS CHARGE",
    "NSF: RETURNED ITEM FEE FOR ACTIVITY OF {D}",
    "FEE - UNPAID ITEM",
];
const OVERDRAFT_FEES: &[&str] = &[
    "OVERDRAFT FEE",
    "OVERDRAFT ITEM FEE FOR ACTIVITY OF {D}",
    "OD FEE PAID ITEM",
    "COURTESY PAY FEE",
    "PRIVILEGE PAY ACH FEE",
    "EXTENDED OVERDRAFT CHARGE",
    "OVERDRAFT PAID ITEM CHARGE",
];

impl Life {
    /// A debit that comes back within some banking days, with a fee or without.
    pub(in crate::corpus) fn returned_debit(&mut self, day: NaiveDate, fee: bool) {
        let collector = self.random.pick(COLLECTORS);
        let amount = self.random.between(1_800, 42_000);
        let wording = self.wording(MAIN);
        let debit = fill(&format!("{collector} {{10}}"), &mut self.random);
        let days = u32::try_from(self.random.pick(&[0_i64, 1, 1, 1, 2, 2, 3])).unwrap_or(1);
        let back = add_business_days(day, days);
        if back > self.as_of {
            return;
        }
        self.row(
            MAIN,
            day,
            amount.saturating_neg(),
            wording.write(&debit),
            (Mark::No, "returned"),
        );
        let returned = self.random.pick(RETURNS);
        let text = told(returned, day, collector);
        self.row(
            MAIN,
            back,
            amount,
            wording.write(&text),
            (Mark::No, "return"),
        );
        self.event(back, day);
        if self.random.chance(25) {
            // Tried once more, and paid.
            let again = add_business_days(back, 3);
            let text = wording.write(&format!("{collector} RETRY PYMT"));
            if again <= self.as_of {
                let mark = (Mark::No, "purchase");
                self.row(MAIN, again, amount.saturating_neg(), text, mark);
            }
        }
        if fee {
            let after = u32::try_from(self.random.pick(&[0_i64, 0, 1, 2])).unwrap_or(0);
            let template = self.random.pick(NSF_FEES);
            self.fee(template, add_business_days(back, after), 3_500);
        }
    }

    /// Items paid although there was too little, each for a fee.
    pub(in crate::corpus) fn overdraft(&mut self, day: NaiveDate) {
        let template = self.random.pick(OVERDRAFT_FEES);
        for _ in 0..self.random.between(1, 3) {
            self.fee(template, day, 3_400);
        }
        self.event(day, day);
    }

    fn fee(&mut self, template: &'static str, day: NaiveDate, amount: i64) {
        let text = self.wording(MAIN).write(&told(template, day, ""));
        if day <= self.as_of {
            self.row(MAIN, day, amount.saturating_neg(), text, (Mark::No, "fee"));
        }
    }

    /// Marks an event-day, and the day on which too little was there for it.
    fn event(&mut self, day: NaiveDate, lean: NaiveDate) {
        self.account_mut(MAIN, |account| {
            account.event_days.insert(day);
            account.lean_days.insert(lean);
        });
    }

    /// A day that may be one.
    pub(in crate::corpus) fn either_event(&mut self, day: NaiveDate) {
        self.account_mut(MAIN, |account| {
            account.either_days.insert(day);
        });
    }
}

fn told(template: &str, day: NaiveDate, payee: &str) -> String {
    let date = day.format("%m-%d").to_string();
    template
        .replace("{D}", &date)
        .replace("{N}", payee)
        .trim()
        .to_owned()
}
