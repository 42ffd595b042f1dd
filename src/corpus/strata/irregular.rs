//! Income without a schedule, or without payroll's words.

use chrono::{Datelike, NaiveDate, Weekday};

use crate::calendar::{business_day_on_or_after, business_day_on_or_before, is_business_day};
use crate::corpus::Cadence;
use crate::corpus::dates::{Schedule, minus, plus};
use crate::corpus::labels::Standing;
use crate::corpus::life::{Life, MAIN, Mark, Stream};
use crate::corpus::names::{self, Person};
use crate::corpus::texts::Ach;

fn irregular(payer: &str, category: &'static str, monthly: i64) -> Stream {
    Stream {
        payer: payer.to_owned(),
        category,
        cadence: Some(Cadence::Irregular),
        monthly: Some(monthly),
        running: true,
        next: Vec::new(),
    }
}

/// Platforms: company and entry description of a payout, and how an instant one is worded.
const PLATFORMS: &[(&str, &str, &str)] = &[
    (
        "UBER USA 6787",
        "EDI PAYMNT",
        "UBER INSTANT PAY VISA DIRECT {6}",
    ),
    ("DOORDASH, INC.", "EARNINGS", "DOORDASH FAST PAY {8}"),
    ("LYFT", "RIDES", "LYFT EXPRESS DRIVE PAY {6}"),
    (
        "MAPLEBEAR INC",
        "INSTACART",
        "INSTACART INSTANT CASHOUT {4}",
    ),
    ("GRUBHUB INC", "GH DRIVER", "GRUBHUB INSTANT CASHOUT {4}"),
    ("AMAZON.COM SVCS", "FLEX", "AMAZON FLEX EARNINGS {6}"),
];

fn payout(life: &mut Life, (company, entry): (&str, &str), day: NaiveDate) -> String {
    let ach = Ach {
        company: company.to_owned(),
        company_id: "1320456349".to_owned(),
        entry: entry.to_owned(),
        individual_id: life.random.digits(9),
        name: life.person.last_first(),
        class: "CCD",
    };
    life.ach(MAIN, &ach, day)
}

pub(super) fn gig(life: &mut Life) {
    let (company, entry, instant) = life.random.pick(PLATFORMS);
    let weekly = life.random.between(32_000, 105_000);
    let idle = life.random.between(0, 15);
    let monthly = weekly.saturating_mul(365) / 84 * (100 - idle) / 100;
    // Everybody who drives is paid out each week, on top of what was drawn at once.
    let stream = life.stream(Stream {
        cadence: None,
        ..irregular(company, "gig", monthly)
    });
    let instants = life.random.chance(60);
    let weekday = life.random.pick(&[0_u64, 1, 2]);
    let monday = minus(
        life.start,
        u64::from(life.start.weekday().num_days_from_monday()),
    );
    let mut week = plus(monday, 7);
    while week <= life.as_of {
        if !life.random.chance(idle) {
            let earned = life.random.around(weekly, 600);
            let mut left = earned;
            let draws = if instants {
                life.random.between(0, 3)
            } else {
                0
            };
            for _ in 0..draws {
                let drawn = earned.saturating_mul(life.random.between(10, 25)) / 100;
                let ago = life.random.between(1, 6).unsigned_abs();
                let text = names::fill(instant, &mut life.random);
                let text = life.wording(MAIN).write(&text);
                life.row(
                    MAIN,
                    minus(week, ago),
                    drawn,
                    text,
                    (Mark::Income(stream), "gig"),
                );
                left -= drawn;
            }
            let day = business_day_on_or_after(plus(week, weekday));
            let text = payout(life, (company, entry), day);
            life.row(MAIN, day, left, text, (Mark::Income(stream), "gig"));
        }
        week = plus(week, 7);
    }
    life.live(monthly);
}

const MARKETS: &[(&str, &str)] = &[
    ("STRIPE", "TRANSFER"),
    ("ETSY INC", "PAYOUT"),
    ("SQUARE INC", "SQ"),
    ("UPWORK ESCROW IN", "EDI PYMNTS"),
    ("SHOPIFY", "TRANSFER"),
    ("TURO INC.", "PAYMENTS"),
];

pub(super) fn payouts(life: &mut Life) {
    let (company, entry) = life.random.pick(MARKETS);
    let gap = life.random.between(5, 13);
    let each = life.random.between(12_000, 90_000);
    let monthly = each.saturating_mul(365) / 12 / (gap + 1);
    let stream = life.stream(irregular(company, "self_employment", monthly));
    let mut day = plus(life.start, 2);
    while day <= life.as_of {
        let paid = business_day_on_or_after(day);
        if paid <= life.as_of {
            let amount = life.random.around(each, 850).max(1_500);
            let text = payout(life, (company, entry), paid);
            life.row(
                MAIN,
                paid,
                amount,
                text,
                (Mark::Income(stream), "self_employment"),
            );
        }
        // Anything from the next day to twice the usual gap.
        day = plus(day, life.random.between(1, gap * 2 + 1).unsigned_abs());
    }
    life.live(monthly);
}

pub(super) fn contractor(life: &mut Life) {
    let clients: Vec<String> = (0..life.random.between(1, 3))
        .map(|_| names::employer(&mut life.random))
        .collect();
    let mut total = 0;
    for client in clients {
        let each = life.random.between(60_000, 260_000);
        let gap = life.random.between(16, 34);
        let monthly = each.saturating_mul(365) / 12 / gap;
        let stream = life.stream(irregular(&client, "self_employment", monthly));
        let entry =
            life.random
                .pick(&["ACCTS PAY", "BILL.COM", "VENDOR PMT", "INVOICE", "EDI PMT"]);
        let mut day = plus(life.start, life.random.between(1, gap).unsigned_abs());
        while day <= life.as_of {
            let paid = business_day_on_or_before(day);
            let amount = life.random.around(each, 500);
            let text = payout(life, (&client, entry), paid);
            life.row(
                MAIN,
                paid,
                amount,
                text,
                (Mark::Income(stream), "self_employment"),
            );
            day = plus(
                day,
                life.random.between(gap / 2, gap * 3 / 2).unsigned_abs(),
            );
        }
        total += monthly;
    }
    life.live(total);
}

pub(super) fn tips(life: &mut Life) {
    let payer = format!("{} Diner", names::place(&mut life.random));
    let anchor = business_day_on_or_before(minus(life.start, 6));
    let mut job = life.job_by(payer.clone(), Schedule::Every(14, anchor));
    job.pay = life.random.between(40_000, 90_000);
    job.varies = 150;
    life.work(&job);
    let each = life.random.between(4_500, 12_000);
    // Five shifts in eight of the days on which banks settle, some 250 a year.
    let monthly = each.saturating_mul(250) / 12 * 62 / 100;
    let stream = life.stream(irregular(&payer, "wages", monthly));
    let mut ach = job.ach.clone();
    let entry = life.random.pick(&["TIPS", "DAILY TIPS", "TIPHAUS"]);
    entry.clone_into(&mut ach.entry);
    let mut day = life.start;
    while day <= life.as_of {
        if is_business_day(day) && life.random.chance(62) {
            let amount = life.random.around(each, 700);
            let text = life.ach(MAIN, &ach, day);
            life.row(MAIN, day, amount, text, (Mark::Income(stream), "tips"));
        }
        day = plus(day, 1);
    }
    let paycheck = job.schedule.cadence().monthly(job.pay).unwrap_or(0);
    life.live(monthly + paycheck);
}

pub(super) fn zelle(life: &mut Life) {
    let place = names::place(&mut life.random);
    let firm = life
        .random
        .pick(&["Painting", "Cleaning", "Child Care", "Lawn Service", "Tile"]);
    let payer = format!("{place} {firm} LLC");
    let anchor = business_day_on_or_before(minus(life.start, 2));
    let step = life.random.pick(&[7, 7, 14]);
    let mut job = life.job_by(payer.clone(), Schedule::Every(step, anchor));
    job.category = "wages";
    job.shift.after = false;
    job.varies = life.random.pick(&[3, 120]);
    let stream = life.stream_of(&job, MAIN);
    for day in life.paydays(&job, MAIN) {
        let amount = life.random.around(job.pay, job.varies) / 100 * 100;
        let text = format!("Zelle payment from {payer} {}", life.random.digits(11));
        let text = life.wording(MAIN).write(&text);
        life.row(MAIN, day, amount, text, (Mark::Income(stream), "wages"));
    }
    life.live(job.schedule.cadence().monthly(job.pay).unwrap_or(0));
}

pub(super) fn wage_access(life: &mut Life) {
    let payer = names::employer(&mut life.random);
    let anchor = business_day_on_or_before(minus(life.start, 8));
    let job = life.job_by(payer, Schedule::Every(14, anchor));
    let stream = life.stream_of(&job, MAIN);
    let service = life.random.pick(&["DAILYPAY", "PAYACTIVE", "TAPCHECK"]);
    for day in life.paydays(&job, MAIN) {
        let earned = life.random.around(job.pay, 60);
        let mut left = earned;
        for _ in 0..life.random.between(0, 3) {
            let drawn = life.random.between(3_000, 14_000).min(left / 3) / 100 * 100;
            let ago = life.random.between(1, 12).unsigned_abs();
            let text = format!("{service} EARNED WAGES {}", life.random.digits(8));
            let text = life.wording(MAIN).write(&text);
            life.row(
                MAIN,
                minus(day, ago),
                drawn,
                text,
                (Mark::Income(stream), "wage_access"),
            );
            left -= drawn;
        }
        life.pay(stream, &job, MAIN, day, left);
    }
    life.live(job.schedule.cadence().monthly(job.pay).unwrap_or(0));
}

/// Weekly cash: what a person would ask about before counting it.
pub(super) fn weekly_cash(life: &mut Life, each: i64) {
    let text = life.random.pick(&[
        "ATM CASH DEPOSIT {6} MAIN ST",
        "CASH DEPOSIT BRANCH {4}",
        "DEPOSIT AT TELLER {6}",
        "ATM DEPOSIT {6}",
    ]);
    let mut day = life.start;
    while day <= life.as_of {
        if day.weekday() == Weekday::Sat && life.random.chance(85) {
            let amount = life.random.around(each, 300) / 2_000 * 2_000;
            life.other_in(day, amount.max(2_000), text, "cash");
        }
        day = plus(day, 1);
    }
}

/// Says that something may be income that nothing proves.
pub(super) fn unproven(life: &mut Life) {
    life.income = Some((Standing::Unproven, None));
}

/// A person who is not the applicant.
pub(super) fn somebody(life: &mut Life) -> Person {
    Person::random(&mut life.random)
}
