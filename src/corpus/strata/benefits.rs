//! Benefits, pensions, support.

use chrono::Weekday;

use crate::corpus::dates::{Schedule, minus, plus};
use crate::corpus::life::{Job, Life, MAIN, Mark, Stream};
use crate::corpus::texts::Ach;

/// Payer, company and entry description of a payment by schedule.
type Sender = (&'static str, &'static str, &'static str);

fn benefit(life: &mut Life, (payer, company, entry): Sender, schedule: Schedule) -> Job {
    let mut job = life.job_by(payer.to_owned(), schedule);
    job.category = "benefit";
    job.shift.after = false;
    job.varies = 0;
    job.pay = life.random.between(80_000, 240_000) / 100 * 100;
    job.ach = Ach {
        company: company.to_owned(),
        company_id: "9031736013".to_owned(),
        entry: entry.to_owned(),
        ..job.ach
    };
    job
}

pub(super) fn social(life: &mut Life) {
    let early = life.random.pick(&[0, 0, 1, 2]);
    life.account_mut(MAIN, |account| account.early = early);
    let week = u32::try_from(life.random.between(2, 4)).unwrap_or(2);
    let old = life.random.chance(25);
    let schedule = if old {
        Schedule::Monthly(3)
    } else {
        Schedule::Nth(week, Weekday::Wed)
    };
    let mut retirement = benefit(
        life,
        ("Social Security", "SSA TREAS 310", "XXSOC SEC"),
        schedule,
    );
    let mut total = retirement.pay;
    match life.random.below(4) {
        0 => {
            let ssi = (
                "Supplemental Security Income",
                "SSI TREAS 310",
                "XXSUPP SEC",
            );
            let ssi = benefit(life, ssi, Schedule::Monthly(1));
            life.work(&ssi);
            total += ssi.pay;
        }
        1 => {
            let va = ("Veterans' benefits", "VACP TREAS 310", "XXVA BENEF");
            let va = benefit(life, va, Schedule::Monthly(1));
            life.work(&va);
            total += va.pay;
        }
        2 => {
            // A survivor's benefit of another person under the very same words.
            let mut other = benefit(
                life,
                ("Social Security", "SSA TREAS 310", "XXSOC SEC"),
                Schedule::Nth(if week == 2 { 4 } else { 2 }, Weekday::Wed),
            );
            other.pay = retirement.pay.saturating_mul(45) / 100 / 100 * 100;
            life.work(&other);
            total += other.pay;
        }
        _ => retirement.pay += 20_000,
    }
    if life.streams.is_empty() {
        total = retirement.pay;
    }
    life.work(&retirement);
    life.live(total);
}

const PENSIONS: &[Sender] = &[
    ("Navy retired pay", "DFAS-CLEVELAND", "RET NAVY"),
    ("Army retired pay", "DFAS-CLEVELAND", "RET ARMY"),
    ("Railroad Retirement", "RRB TREAS 310", "XXRR RET"),
    ("Ohio STRS", "OHIO STRS", "RET BENEFI"),
    ("Civil service annuity", "OPM1 TREAS 310", "XXCIV SERV"),
    ("CalPERS", "CALPERS", "RETIREMENT"),
    ("Teamsters pension", "CENTRAL STATES", "PENSION"),
    ("Fidelity", "FID BKG SVC LLC", "ANNUITY"),
    ("City of Mesa", "CITY OF MESA", "RET PAY"),
    ("Texas teachers", "TRS OF TEXAS", "RTMT"),
];

pub(super) fn pension(life: &mut Life) {
    let sender = life.random.pick(PENSIONS);
    let schedule = match life.random.below(3) {
        0 => Schedule::LastBusinessDay,
        1 => Schedule::Monthly(15),
        _ => Schedule::Monthly(1),
    };
    let mut job = benefit(life, sender, schedule);
    job.category = "retirement";
    life.work(&job);
    life.live(job.pay);
}

const UNEMPLOYMENT: &[Sender] = &[
    ("Ohio unemployment", "ODJFS", "UI BENEFIT"),
    ("Texas Workforce", "TWC-BENEFITS/TWC", "BENEFITS"),
    ("New York unemployment", "NYS DOL UI", "DD"),
    ("Florida reemployment", "STATE OF FLORIDA", "UI BEN"),
];
const SUPPORT: &[Sender] = &[
    ("Child support", "STATE OF OHIO CS", "CHILD SUPP"),
    ("Child support", "TX CHILD SUPPORT", "SDU"),
    ("Child support", "FLORIDA SDU", "CHILDSUP"),
];

pub(super) fn support(life: &mut Life) {
    let mut total = 0;
    if life.random.chance(60) {
        let sender = life.random.pick(UNEMPLOYMENT);
        let anchor = crate::calendar::business_day_on_or_before(minus(life.start, 4));
        let step = life.random.pick(&[7, 14]);
        let mut job = benefit(life, sender, Schedule::Every(step, anchor));
        job.pay = life.random.between(22_000, 56_000) * i64::try_from(step / 7).unwrap_or(1);
        job.from = minus(life.as_of, life.random.between(60, 120).unsigned_abs());
        life.work(&job);
        total += job.schedule.cadence().monthly(job.pay).unwrap_or(0);
    }
    if total == 0 || life.random.chance(50) {
        total += irregular_support(life);
    }
    life.live(total);
}

/// What the other parent pays when the other parent is paid: every week or two, now and then not.
fn irregular_support(life: &mut Life) -> i64 {
    let sender = life.random.pick(SUPPORT);
    let job = benefit(life, sender, Schedule::Monthly(1));
    let each = life.random.between(12_000, 36_000);
    // On average every eleven days.
    let monthly = each.saturating_mul(365) / 12 / 11;
    let stream = life.stream(Stream {
        payer: job.payer.clone(),
        category: "support",
        cadence: Some(crate::corpus::Cadence::Irregular),
        monthly: Some(monthly),
        running: true,
        next: Vec::new(),
    });
    let mut day = plus(life.start, 3);
    while day <= life.as_of {
        let paid = crate::calendar::business_day_on_or_before(day);
        let amount = life.random.around(each, 250);
        let text = life.ach(MAIN, &job.ach, paid);
        life.row(MAIN, paid, amount, text, (Mark::Income(stream), "support"));
        day = plus(day, life.random.between(4, 18).unsigned_abs());
    }
    monthly
}
