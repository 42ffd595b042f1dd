//! Wages.

use crate::calendar::{add_business_days, business_day_on_or_before};
use crate::corpus::dates::{Schedule, minus, plus};
use crate::corpus::labels::Cadence;
use crate::corpus::life::{Job, Life, MAIN, Mark};
use crate::corpus::names;
use crate::corpus::texts::Wording;

use super::decoys::unless_hidden;

/// What a month of a job brings.
fn monthly(job: &Job) -> i64 {
    job.schedule.cadence().monthly(job.pay).unwrap_or(job.pay)
}

pub(super) fn salaried(life: &mut Life) {
    let job = life.salaried();
    life.work(&job);
    life.live(monthly(&job));
}

pub(super) fn hourly(life: &mut Life) {
    let payer = names::employer(&mut life.random);
    let days = life.random.pick(&[7, 14]);
    let anchor = business_day_on_or_before(minus(life.start, 3));
    let mut job = life.job_by(payer, Schedule::Every(days, anchor));
    job.varies = life.random.between(120, 320);
    life.work(&job);
    life.live(monthly(&job));
}

pub(super) fn early(life: &mut Life) {
    let early = life.random.pick(&[1, 2, 2]);
    life.account_mut(MAIN, |account| account.early = early);
    salaried(life);
}

pub(super) fn missed(life: &mut Life) {
    let job = life.salaried();
    let stream = life.stream_of(&job, MAIN);
    let days = life.paydays(&job, MAIN);
    let count = days.len();
    for (at, day) in days.into_iter().enumerate() {
        // The last ones are as they should be: otherwise nobody knows whether it still runs.
        let settled = at == 0 || at.saturating_add(2) >= count;
        let amount = life.random.around(job.pay, job.varies);
        match life.random.between(1, 100) {
            1..=10 if !settled && count > 5 => {}
            11..=22 if !settled => {
                let late = u32::try_from(life.random.between(1, 2)).unwrap_or(1);
                let day = add_business_days(day, late);
                life.pay(stream, &job, MAIN, day, amount);
            }
            23..=30 => {
                let part = amount.saturating_mul(life.random.between(30, 60)) / 100;
                life.pay(stream, &job, MAIN, day, part);
                life.pay(stream, &job, MAIN, day, amount.saturating_sub(part));
            }
            _ => life.pay(stream, &job, MAIN, day, amount),
        }
    }
    life.live(monthly(&job));
}

pub(super) fn job_change(life: &mut Life) {
    let mut old = life.salaried();
    let mut new = life.salaried();
    old.until = life.business_day_at(45);
    let gap = life.random.between(3, 40).unsigned_abs();
    new.from = plus(old.until, gap);
    if matches!(
        new.schedule.cadence(),
        Cadence::Monthly | Cadence::FourWeekly
    ) {
        // Enough pays to prove it.
        new.schedule = Schedule::Every(14, business_day_on_or_before(new.from));
        new.pay /= 2;
    }
    life.work(&old);
    life.work(&new);
    life.live(monthly(&new).min(monthly(&old)));
}

pub(super) fn job_lost(life: &mut Life) {
    let mut job = life.salaried();
    let cycle = match job.schedule.cadence() {
        Cadence::Weekly => 7,
        Cadence::Biweekly | Cadence::SemiMonthly => 15,
        Cadence::Monthly | Cadence::FourWeekly | Cadence::Irregular => 31,
    };
    let ago = life.random.between(cycle * 2 + 8, cycle * 2 + 40);
    job.until = minus(life.as_of, ago.unsigned_abs());
    life.work(&job);
    life.live(monthly(&job) / 2);
}

pub(super) fn new_job(life: &mut Life) {
    let payer = names::employer(&mut life.random);
    let pays = life.random.between(1, 2).unsigned_abs();
    let anchor = business_day_on_or_before(life.day_ago(1, 9));
    let mut job = life.job_by(payer, Schedule::Every(14, anchor));
    job.from = minus(anchor, 14 * (pays - 1));
    let stream = life.stream_of(&job, MAIN);
    // The first pay is for a part of the time; no schedule can be known yet.
    if let Some(stream) = life.streams.get_mut(stream) {
        (stream.cadence, stream.monthly) = (None, None);
    }
    for day in life.paydays(&job, MAIN) {
        let amount = life.random.around(job.pay, job.varies);
        life.pay(stream, &job, MAIN, day, amount);
    }
    life.live(180_000);
}

pub(super) fn raise(life: &mut Life) {
    let payer = names::employer(&mut life.random);
    let anchor = business_day_on_or_before(minus(life.start, 5));
    let days = life.random.pick(&[7, 14]);
    let mut job = life.job_by(payer, Schedule::Every(days, anchor));
    let change = life.random.pick(&[-25, -15, 4, 8, 12, 20, 35]);
    let since = life.business_day_at(60);
    job.varies = life.random.pick(&[3, 3, 60]);
    let before = job.pay;
    job.pay = before.saturating_add(before.saturating_mul(change) / 100);
    let stream = life.stream_of(&job, MAIN);
    for day in life.paydays(&job, MAIN) {
        let level = if day < since { before } else { job.pay };
        let amount = life.random.around(level, job.varies);
        life.pay(stream, &job, MAIN, day, amount);
    }
    life.live(monthly(&job));
}

pub(super) fn bonus(life: &mut Life) {
    let job = life.salaried();
    let stream = life.work(&job);
    let mut total = monthly(&job);
    if life.random.chance(50) {
        // Commissions come every month and are a stream of their own.
        let mut commission = job.clone();
        commission.schedule = Schedule::Monthly(10);
        commission.pay = total / 5;
        commission.varies = 500;
        "COMMISSION".clone_into(&mut commission.ach.entry);
        commission.category = "commission";
        life.work(&commission);
        total += commission.pay;
    } else {
        let days = life.paydays(&job, MAIN);
        let paid = days.get(days.len() / 3).copied().unwrap_or(life.start);
        let on = life.random.chance(50);
        let day = if on { paid } else { add_business_days(paid, 2) };
        let amount = life.random.between(job.pay / 2, job.pay * 2);
        let mut ach = job.ach.clone();
        if life.random.chance(50) {
            "BONUS".clone_into(&mut ach.entry);
        }
        let text = life.ach(MAIN, &ach, day);
        life.row(MAIN, day, amount, text, (Mark::Income(stream), "bonus"));
    }
    life.live(total);
}

pub(super) fn split(life: &mut Life) {
    let savings = life.open("savings");
    let job = life.salaried();
    let stream = life.stream_of(&job, MAIN);
    let part = job.pay.saturating_mul(life.random.between(10, 40)) / 100 / 1_000 * 1_000;
    for day in life.paydays(&job, MAIN) {
        let amount = life.random.around(job.pay, job.varies);
        life.pay(stream, &job, savings, day, part);
        life.pay(stream, &job, MAIN, day, amount.saturating_sub(part));
    }
    life.live(monthly(&job));
}

const PROCESSORS: &[&str] = &[
    "ADP TOTALSOURCE",
    "PAYCHEX TPS",
    "GUSTO",
    "PAYCOM",
    "INTUIT",
];

pub(super) fn two_jobs(life: &mut Life) {
    let processor = life.random.pick(PROCESSORS);
    let mut total = 0;
    let days = [7_u64, 14];
    for (offset, step) in [(1_u64, life.random.pick(&days)), (3, 14)] {
        let payer = names::employer(&mut life.random);
        let anchor = business_day_on_or_before(minus(life.start, offset * 2 + 1));
        let mut job = life.job_by(payer, Schedule::Every(step, anchor));
        // The second one pays about half of the first.
        job.pay /= i64::try_from(offset / 2 + 1).unwrap_or(1);
        processor.clone_into(&mut job.ach.company);
        "9111111101".clone_into(&mut job.ach.company_id);
        life.work(&job);
        total += monthly(&job);
    }
    life.live(total);
}

pub(super) fn expenses(life: &mut Life) {
    let job = life.salaried();
    life.work(&job);
    let told = life.random.chance(60);
    for month in life.months() {
        for _ in 0..life.random.between(0, 2) {
            let day =
                business_day_on_or_before(plus(month, life.random.between(1, 27).unsigned_abs()));
            let amount = life.random.between(2_000, job.pay / 4);
            let mut ach = job.ach.clone();
            let entry = if told { "EXPENSES" } else { "ACCTS PAY" };
            entry.clone_into(&mut ach.entry);
            ach.class = "CCD";
            let text = life.ach(MAIN, &ach, day);
            let mark = unless_hidden(&text, entry);
            life.row(MAIN, day, amount, text, (mark, "reimbursement"));
        }
    }
    life.live(monthly(&job));
}

pub(super) fn processor(life: &mut Life) {
    let job = life.salaried();
    let stream = life.stream_of(&job, MAIN);
    let since = life.business_day_at(55);
    let mut other = job.clone();
    let name = life.random.pick(PROCESSORS);
    name.clone_into(&mut other.ach.company);
    other.ach.company_id = format!("9{}", life.random.digits(9));
    other.ach.individual_id = life.random.digits(6);
    for day in life.paydays(&job, MAIN) {
        let amount = life.random.around(job.pay, job.varies);
        let sender = if day < since { &job } else { &other };
        life.pay(stream, sender, MAIN, day, amount);
    }
    life.live(monthly(&job));
}

/// From some month on the pay goes to another account of the applicant's.
pub(super) fn moved(life: &mut Life) {
    let other = life.open("checking");
    let job = life.salaried();
    let since = life.business_day_at(55);
    let stream = life.stream_of(&job, MAIN);
    for day in life.paydays(&job, MAIN) {
        let amount = life.random.around(job.pay, job.varies);
        let account = if day < since { MAIN } else { other };
        life.pay(stream, &job, account, day, amount);
        if account == other {
            // It is needed where the bills are.
            let moved = amount.saturating_mul(9) / 10;
            let later = add_business_days(day, 1);
            let text = life.wording(other).write("ONLINE TRANSFER TO CHECKING");
            life.row(other, later, -moved, text, (Mark::No, "own_transfer"));
            life.other_in(
                later,
                moved,
                "ONLINE TRANSFER FROM CHECKING",
                "own_transfer",
            );
        }
    }
    life.live(monthly(&job));
}

/// A pay that the employer takes back and pays again with the right amount.
pub(super) fn taken_back(life: &mut Life) {
    let job = life.salaried();
    let stream = life.stream_of(&job, MAIN);
    let days = life.paydays(&job, MAIN);
    let wrong = life.random.below(days.len().saturating_sub(2));
    for (at, day) in days.into_iter().enumerate() {
        let amount = life.random.around(job.pay, job.varies);
        if at != wrong {
            life.pay(stream, &job, MAIN, day, amount);
            continue;
        }
        let mistaken = amount.saturating_mul(life.random.between(105, 190)) / 100;
        let mut ach = job.ach.clone();
        let text = life.ach(MAIN, &ach, day);
        life.row(MAIN, day, mistaken, text, (Mark::No, "taken_back"));
        let back = add_business_days(day, 2);
        "REVERSAL".clone_into(&mut ach.entry);
        let text = life.ach(MAIN, &ach, back);
        life.row(MAIN, back, -mistaken, text, (Mark::No, "taken_back"));
        life.pay(stream, &job, MAIN, back, amount);
    }
    life.live(monthly(&job));
}

pub(super) fn coded(life: &mut Life) {
    let mut job = life.salaried();
    let digits = life.random.digits(5);
    job.ach.company = match life.random.below(4) {
        0 => format!("{digits} {}", life.random.digits(4)),
        1 => format!("TPG{digits}"),
        2 => format!("XFR{}QZ", life.random.digits(6)),
        _ => job.payer.to_uppercase().replace(' ', ""),
    };
    job.ach.entry = life.random.pick(&["", "PMT", "EDI", "CREDIT"]).to_owned();
    life.work(&job);
    life.live(monthly(&job));
}

/// Names with a word that means something else in a bank's own texts.
const TELLING: &[&str] = &[
    "Return Path Media",
    "Reversal Records",
    "Interest Design Studio",
    "Refund Advisors LLC",
    "Advance Auto Parts",
    "Loan Oak Dairy",
    "NSF International",
    "Overdraft Brewing",
    "Cash Register Repair",
    "Transfer Station Ops",
    "Rebate Freight",
    "Dave's Hot Chicken",
    "Albert Einstein Med",
    "Credit Valley Farms",
    "Deposit Photos",
    "Payday Candy Works",
    "Casino Supply Co",
    "Dividend Solar",
    "Void Games",
    "Chargeback Gurus",
    "Savings Oil",
    "Check Into Fitness",
    "Empower Church",
    "Lottery Post",
    "Zelle Valve Works",
    "Fee Brothers",
];

pub(super) fn telling_name(life: &mut Life) {
    let payer = life.random.pick(TELLING).to_owned();
    let job = life.job(payer);
    life.work(&job);
    life.live(monthly(&job));
}

pub(super) fn lossy(life: &mut Life) {
    let wording = Wording::lossy(&mut life.random);
    life.account_mut(MAIN, |account| account.wording = wording);
    salaried(life);
}
