//! Jobs: who pays, when, how much, and how the bank words it.

use chrono::{Datelike, NaiveDate, Weekday};

use super::{Life, MAIN, Mark, Stream};
use crate::calendar::business_day_on_or_before;
use crate::corpus::dates::{Schedule, Shift, minus, plus};
use crate::corpus::names;
use crate::corpus::texts::Ach;

/// Work, or whatever else pays by a schedule.
#[derive(Debug, Clone)]
pub(in crate::corpus) struct Job {
    pub(in crate::corpus) payer: String,
    pub(in crate::corpus) category: &'static str,
    pub(in crate::corpus) ach: Ach,
    pub(in crate::corpus) schedule: Schedule,
    /// Where the money goes that falls on a day without settlement; the bank's own earliness apart.
    pub(in crate::corpus) shift: Shift,
    /// What a payday brings, in cents.
    pub(in crate::corpus) pay: i64,
    /// By how much it varies at most, in thousandths.
    pub(in crate::corpus) varies: i64,
    pub(in crate::corpus) from: NaiveDate,
    pub(in crate::corpus) until: NaiveDate,
}

/// The words that senders choose for wages, of at most ten characters.
const WAGE_ENTRIES: &[&str] = &[
    "PAYROLL",
    "PAYROLL",
    "PAYROLL",
    "DIRECT DEP",
    "DIR DEP",
    "REG SALARY",
    "SALARY",
    "PAY",
    "DIRDEP",
    "EDI PYMNTS",
    "PAYCHECK",
    "WAGES",
    "NET PAY",
    "PPD",
    "DD",
];

/// How many of a hundred senders do not keep to the rule that wages are `PAYROLL`.
const DISOBEY: i64 = 12;

impl Life {
    /// A job at an employer of this name, by a schedule drawn at random.
    pub(in crate::corpus) fn job(&mut self, payer: String) -> Job {
        let anchor = minus(self.start, self.random.between(0, 27).unsigned_abs());
        // Nobody's payday is a weekend.
        let weekend = [Weekday::Sat, Weekday::Sun].contains(&anchor.weekday());
        let anchor = if weekend { minus(anchor, 2) } else { anchor };
        let schedule = match self.random.between(1, 100) {
            1..=20 => Schedule::Every(7, anchor),
            21..=58 => Schedule::Every(14, anchor),
            59..=66 => Schedule::TwiceMonthly(1, 15),
            67..=74 => Schedule::TwiceMonthly(15, 31),
            75..=79 => Schedule::TwiceMonthly(5, 20),
            80..=83 => Schedule::TwiceMonthly(7, 22),
            84..=86 => Schedule::TwiceMonthly(10, 25),
            87..=92 => Schedule::Monthly(self.random.pick(&[1, 15, 25, 28, 31])),
            93..=97 => Schedule::LastBusinessDay,
            _ => Schedule::Every(28, anchor),
        };
        self.job_by(payer, schedule)
    }

    /// A job by this schedule.
    pub(in crate::corpus) fn job_by(&mut self, payer: String, schedule: Schedule) -> Job {
        let monthly = self.random.between(170_000, 620_000);
        let per_month = schedule.cadence().monthly(100).unwrap_or(100);
        Job {
            category: "wages",
            ach: Ach {
                company: payer.to_uppercase(),
                company_id: format!("1{}", self.random.digits(9)),
                entry: self.random.pick(WAGE_ENTRIES).to_owned(),
                individual_id: self.random.digits(6),
                name: self.person.last_first(),
                class: "PPD",
            },
            payer,
            schedule,
            shift: Shift {
                after: self.random.chance(12),
                early: 0,
            },
            pay: monthly.saturating_mul(100) / per_month.max(1),
            varies: 3,
            from: self.start,
            until: self.as_of,
        }
    }

    /// An employer and its job, paid the same each time.
    pub(in crate::corpus) fn salaried(&mut self) -> Job {
        let payer = names::employer(&mut self.random);
        self.job(payer)
    }

    /// The days on which a job pays into an account, as far as it goes.
    pub(in crate::corpus) fn paydays(&self, job: &Job, account: usize) -> Vec<NaiveDate> {
        job.schedule
            .paid(job.from, job.until, self.shift(job, account))
    }

    /// The shift with what the account's bank adds to it.
    pub(in crate::corpus) fn shift(&self, job: &Job, account: usize) -> Shift {
        let early = self
            .accounts
            .get(account)
            .map_or(0, |account| account.early);
        Shift {
            after: job.shift.after,
            early: job.shift.early.saturating_add(early),
        }
    }

    /// The stream of a job: running where it lasts until the day of the decision.
    pub(in crate::corpus) fn stream_of(&mut self, job: &Job, account: usize) -> usize {
        let running = job.until >= self.as_of;
        let cadence = job.schedule.cadence();
        let shift = self.shift(job, account);
        self.stream(Stream {
            payer: job.payer.clone(),
            category: job.category,
            cadence: Some(cadence),
            monthly: cadence.monthly(job.pay),
            running,
            next: if running {
                job.schedule.next(self.as_of, shift)
            } else {
                Vec::new()
            },
        })
    }

    /// Adds a stream.
    pub(in crate::corpus) fn stream(&mut self, stream: Stream) -> usize {
        self.streams.push(stream);
        self.streams.len().saturating_sub(1)
    }

    /// One pay of a job, worded by the bank and by the rule of the day.
    pub(in crate::corpus) fn pay(
        &mut self,
        stream: usize,
        job: &Job,
        account: usize,
        day: NaiveDate,
        amount: i64,
    ) {
        let mut ach = job.ach.clone();
        if job.category == "wages" && day >= rule() && !self.disobeys(job) {
            "PAYROLL".clone_into(&mut ach.entry);
        }
        let text = self.ach(account, &ach, day);
        self.row(
            account,
            day,
            amount,
            text,
            (Mark::Income(stream), job.category),
        );
    }

    /// Whether a sender keeps its own word after the rule: always the same of one sender.
    fn disobeys(&self, job: &Job) -> bool {
        let digits = job.ach.company_id.bytes().map(i64::from).sum::<i64>();
        digits.rem_euclid(100) < DISOBEY
    }

    /// Pays a job on all of its days into the main account.
    pub(in crate::corpus) fn work(&mut self, job: &Job) -> usize {
        let stream = self.stream_of(job, MAIN);
        for day in self.paydays(job, MAIN) {
            let amount = self.random.around(job.pay, job.varies);
            self.pay(stream, job, MAIN, day, amount);
        }
        stream
    }

    /// A day on which payments settle, near a share of the history in percent.
    pub(in crate::corpus) fn business_day_at(&mut self, percent: i64) -> NaiveDate {
        let days = self.as_of.signed_duration_since(self.start).num_days();
        let offset = days.saturating_mul(percent) / 100;
        let day = plus(self.start, self.random.around(offset, 60).unsigned_abs());
        business_day_on_or_before(day.min(minus(self.as_of, 1)))
    }
}

/// The day from which on wages to consumers are `PAYROLL`.
fn rule() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 3, 20).unwrap_or_default()
}
