//! Turns what somebody does into what a bank posts: pay on business days, bills, cards that post
//! later than they are used, cash, transfers, holds that vanish.

use chrono::{DateTime, Duration, NaiveDate, NaiveTime, Utc};

use super::banks::{Bank, OwnTransfer};
use super::people::{Company, Person};
use super::random::Random;
use super::schedule::{Schedule, days_after, days_before};
use super::shops::Merchant;
use crate::calendar::{add_business_days, business_day_on_or_after, business_day_on_or_before};

/// A range of days, cents or anything else; both ends are part of it.
pub(super) type Range = (i64, i64);

/// The life of one account up to today.
#[derive(Debug, Clone)]
pub(super) struct Life {
    pub(super) today: NaiveDate,
    /// The first day that the bank tells of.
    pub(super) first: NaiveDate,
    pub(super) bank: Bank,
    /// Whose name the bank puts on ACH entries.
    pub(super) holder: &'static Person,
    card: &'static str,
    /// Whether it is the account of a credit card, whose statement needs no word for that.
    pub(super) credit: bool,
    pub(super) random: Random,
    pub(super) entries: Vec<Entry>,
}

/// One row of the statement to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    /// When it was made.
    pub(super) made: DateTime<Utc>,
    pub(super) posting: Posting,
    /// In cents; positive is money in.
    pub(super) amount: i64,
    pub(super) text: String,
    pub(super) kind: DebitKind,
}

/// What becomes of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Posting {
    /// It is part of the balance from this instant.
    Posted(DateTime<Utc>),
    /// Not yet.
    Pending,
    /// It vanished.
    Void(DateTime<Utc>),
}

/// What a bank may do with a row when there is no money.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum DebitKind {
    /// Sent back.
    Ach(Company),
    /// The second try of one that was sent back.
    AchRetry(Company),
    /// Paid all the same, or declined at the till.
    Card,
    /// Whatever needs no decision: money in, cash, transfers, fees.
    Other,
}

/// Midnight UTC, which names a date without a time.
pub(super) fn midnight(date: NaiveDate) -> DateTime<Utc> {
    date.and_time(NaiveTime::MIN).and_utc()
}

/// The hour of the night in which card purchases are posted: 10:00 UTC.
fn posting_time(date: NaiveDate) -> DateTime<Utc> {
    midnight(date) + Duration::hours(10)
}

impl Life {
    /// An account that the bank tells of for `days` days; `seed` varies the details.
    pub(super) fn new(
        seed: &str,
        today: NaiveDate,
        days: u64,
        bank: Bank,
        holder: &'static Person,
    ) -> Self {
        let mut random = Random::seeded(seed);
        let card = random.pick(&["4821", "7710", "0394", "6158"]).copied();
        Self {
            today,
            first: days_before(today, days),
            bank,
            holder,
            card: card.unwrap_or("4821"),
            credit: false,
            random,
            entries: Vec::new(),
        }
    }

    /// Pay of `cents`, give or take `wobble` thousandths, on the business day on or before each
    /// due date up to `until`.
    pub(super) fn paid(
        &mut self,
        payer: Company,
        schedule: Schedule,
        cents: i64,
        wobble: i64,
        until: NaiveDate,
    ) {
        // A due date just after today may be paid today.
        for due in schedule.dates(self.first, days_after(until, 4)) {
            let date = business_day_on_or_before(due);
            if date >= self.first && date <= until.min(self.today) {
                let amount = self.wobbled(cents, wobble);
                self.ach(date, amount, payer);
            }
        }
    }

    /// Irregular pay, every so many days.
    pub(super) fn paid_irregularly(&mut self, payer: Company, every: Range, cents: Range) {
        for date in self.every(every) {
            let date = business_day_on_or_after(date);
            if date <= self.today {
                let amount = self.random.between(cents);
                self.ach(date, amount, payer);
            }
        }
    }

    /// A bill of `cents`, give or take `wobble` thousandths, taken by ACH on the business day on
    /// or after its day of the month.
    pub(super) fn bill(&mut self, biller: Company, day: u32, cents: i64, wobble: i64) {
        for due in Schedule::Monthly(day).dates(self.first, self.today) {
            let date = business_day_on_or_after(due);
            if date <= self.today {
                let amount = self.wobbled(cents, wobble);
                self.ach(date, -amount, biller);
            }
        }
    }

    /// The same price on the card on the same day of each month.
    pub(super) fn subscription(&mut self, merchant: Merchant, day: u32, cents: i64) {
        self.card_on(Schedule::Monthly(day), cents, merchant);
    }

    /// Purchases at one of `merchants`, every so many days.
    pub(super) fn shops(&mut self, merchants: &[Merchant], every: Range, cents: Range) {
        for date in self.every(every) {
            if let Some(merchant) = self.random.pick(merchants).copied() {
                let cents = self.random.between(cents);
                self.purchase(date, cents, merchant);
            }
        }
    }

    /// Cash from a machine in multiples of 20, every so many days.
    pub(super) fn cash(&mut self, every: Range, notes: Range) {
        for date in self.every(every) {
            let amount = self.random.between(notes) * 2_000;
            let text = self.bank.cash(self.holder, date, &mut self.random);
            self.dated(business_day_on_or_after(date), -amount, text);
        }
    }

    /// Money to a person by Zelle on a day of each month.
    pub(super) fn zelle(&mut self, person: &str, day: u32, cents: i64) {
        for date in Schedule::Monthly(day).dates(self.first, self.today) {
            let text = self.bank.zelle_to(person, date, &mut self.random);
            self.dated(business_day_on_or_after(date), -cents, text);
        }
    }

    /// Money from one of `people` by Zelle, every so many days.
    pub(super) fn zelle_income(&mut self, people: &[&str], every: Range, cents: Range) {
        for date in self.every(every) {
            if let Some(person) = self.random.pick(people).copied() {
                let amount = self.random.between(cents);
                let text = self.bank.zelle_from(person, date, &mut self.random);
                self.dated(business_day_on_or_after(date), amount, text);
            }
        }
    }

    /// Checks photographed every so many days.
    pub(super) fn deposits(&mut self, every: Range, cents: Range) {
        for date in self.every(every) {
            let amount = self.random.between(cents);
            self.deposit(date, amount);
        }
    }

    /// A payment by ACH of `cents` on the business day on or after each due date, money in being
    /// positive.
    pub(super) fn ach_on(&mut self, schedule: Schedule, cents: i64, company: Company) {
        for due in schedule.dates(self.first, self.today) {
            let date = business_day_on_or_after(due);
            if date <= self.today {
                self.ach(date, cents, company);
            }
        }
    }

    /// Money pushed to the debit card on each due date.
    pub(super) fn pushed_to_card(&mut self, schedule: Schedule, cents: i64, sender: Merchant) {
        for due in schedule.dates(self.first, self.today) {
            let date = business_day_on_or_after(due);
            let text = self
                .bank
                .push_to_card(&sender, self.card, date, &mut self.random);
            self.dated(date, cents, text);
        }
    }

    /// The same amount on the card on each due date.
    pub(super) fn card_on(&mut self, schedule: Schedule, cents: i64, merchant: Merchant) {
        for date in schedule.dates(self.first, self.today) {
            self.purchase(date, cents, merchant);
        }
    }

    /// A payment of the credit card's balance, on a day of each month.
    pub(super) fn card_payments(&mut self, day: u32, cents: Range) {
        for due in Schedule::Monthly(day).dates(self.first, self.today) {
            let amount = self.random.between(cents);
            let text = "Payment Thank You-Mobile".to_owned();
            self.dated(business_day_on_or_after(due), amount, text);
        }
    }

    /// A check deposited on `date`.
    pub(super) fn deposit(&mut self, date: NaiveDate, cents: i64) {
        let text = self.bank.mobile_deposit(&mut self.random);
        self.dated(business_day_on_or_after(date), cents, text);
    }

    /// A transfer within the bank on `date`, money in being positive.
    pub(super) fn transfer(&mut self, date: NaiveDate, cents: i64, transfer: OwnTransfer) {
        let text = self
            .bank
            .transfer(transfer, self.holder, date, &mut self.random);
        self.dated(date, cents, text);
    }

    /// Moves money to an account of the holder at another bank on the business day on or after
    /// each due date; it arrives up to two business days later, or is still on its way today.
    /// Each bank names the other one by the companies given: this bank's row, the other's row.
    pub(super) fn move_to(
        &mut self,
        other: &mut Self,
        schedule: Schedule,
        cents: Range,
        (here, there): (Company, Company),
    ) {
        for due in schedule.dates(self.first, self.today) {
            let date = business_day_on_or_after(due);
            let days = self.random.between((0, 2));
            let amount = self.random.between(cents);
            if date <= self.today {
                let arrives = add_business_days(date, u32::try_from(days).unwrap_or(1));
                self.ach(date, -amount, here);
                other.ach(arrives, amount, there);
            }
        }
    }

    /// Interest on the last day of each month.
    pub(super) fn interest(&mut self, cents: Range) {
        for date in Schedule::Monthly(31).dates(self.first, self.today) {
            let amount = self.random.between(cents);
            self.dated(date, amount, "INTEREST PAYMENT".to_owned());
        }
    }

    /// A purchase of this morning, which cannot have been posted yet.
    pub(super) fn pending(&mut self, cents: i64, merchant: Merchant) {
        self.purchase(self.today, cents, merchant);
    }

    /// A hold that was never charged, as a fuel pump or a hotel places it, and which vanished
    /// three days later.
    pub(super) fn hold(&mut self, days_ago: u64, cents: i64, merchant: Merchant) {
        let date = days_before(self.today, days_ago.max(4));
        let made = self.time_on(date);
        let entry = Entry {
            made,
            posting: Posting::Void(made + Duration::days(3)),
            amount: -cents,
            text: self.purchase_text(date, merchant),
            kind: DebitKind::Other,
        };
        self.entries.push(entry);
    }

    /// A card purchase: posted on the next business day or the one after.
    fn purchase(&mut self, date: NaiveDate, cents: i64, merchant: Merchant) {
        let days = if self.random.between((1, 5)) == 1 {
            2
        } else {
            1
        };
        let posts = add_business_days(date, days);
        let posting = if posts > self.today {
            Posting::Pending
        } else if self.bank.knows_time() {
            Posting::Posted(posting_time(posts))
        } else {
            Posting::Posted(midnight(posts))
        };
        let entry = Entry {
            made: self.time_on(date),
            posting,
            amount: -cents,
            text: self.purchase_text(date, merchant),
            kind: DebitKind::Card,
        };
        self.entries.push(entry);
    }

    fn purchase_text(&mut self, date: NaiveDate, merchant: Merchant) -> String {
        if self.credit {
            let local = self.holder.town();
            return format!("{} {}", merchant.name, merchant.town.unwrap_or(&local));
        }
        self.bank
            .purchase(&merchant, self.holder, self.card, date, &mut self.random)
    }

    fn ach(&mut self, date: NaiveDate, amount: i64, company: Company) {
        let text = self.bank.ach(&company, self.holder, date, &mut self.random);
        self.dated(date, amount, text);
        if let Some(entry) = self.entries.last_mut()
            && amount < 0
        {
            entry.kind = DebitKind::Ach(company);
        }
    }

    /// A row of which the bank knows only the date; one that would be posted later than today
    /// is not known yet.
    fn dated(&mut self, date: NaiveDate, amount: i64, text: String) {
        if date <= self.today {
            self.entries.push(Entry::dated(date, amount, text));
        }
    }

    /// A time between breakfast and late evening of `date` in New York; late evening is the next
    /// day in UTC. Today it is early morning.
    fn time_on(&mut self, date: NaiveDate) -> DateTime<Utc> {
        if !self.bank.knows_time() {
            return midnight(date);
        }
        let minutes = if date == self.today {
            self.random.between((13 * 60, 14 * 60 + 30))
        } else {
            self.random.between((13 * 60, 27 * 60))
        };
        // Never on the hour: exactly midnight UTC would name another day.
        midnight(date) + Duration::minutes(minutes) + Duration::seconds(17)
    }

    fn wobbled(&mut self, cents: i64, thousandths: i64) -> i64 {
        cents + cents * self.random.between((-thousandths, thousandths)) / 1_000
    }

    /// Days from a little after the first one to today, `gap` apart.
    fn every(&mut self, gap: Range) -> Vec<NaiveDate> {
        let mut dates = Vec::new();
        let mut date = days_after(self.first, self.step((0, gap.0)));
        while date <= self.today {
            dates.push(date);
            date = days_after(date, self.step(gap).max(1));
        }
        dates
    }

    fn step(&mut self, gap: Range) -> u64 {
        u64::try_from(self.random.between(gap)).unwrap_or(1)
    }
}

impl Entry {
    /// A row of which the bank knows only the date.
    pub(super) fn dated(date: NaiveDate, amount: i64, text: String) -> Self {
        Self {
            made: midnight(date),
            posting: Posting::Posted(midnight(date)),
            amount,
            text,
            kind: DebitKind::Other,
        }
    }
}
