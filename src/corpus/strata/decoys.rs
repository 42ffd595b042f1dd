//! What looks like income and is none.

use crate::calendar::{business_day_on_or_after, business_day_on_or_before};
use crate::corpus::dates::{minus, plus};
use crate::corpus::life::{Life, MAIN, Mark};
use crate::corpus::names;
use crate::corpus::texts::Ach;

use super::irregular::{somebody, unproven, weekly_cash};

/// The kinds of decoy, each of which adds its rows.
const DECOYS: &[fn(&mut Life)] = &[
    friend,
    tax_refund,
    instalments,
    gambling,
    broker,
    refunds,
    interest,
    cash_advance,
    cash,
    unpaired_reversal,
];

pub(super) fn only(life: &mut Life) {
    let first = life.random.below(DECOYS.len());
    let mut cash_is_there = false;
    for offset in 0..4 {
        let at = (first + offset * 3) % DECOYS.len();
        if let Some(decoy) = DECOYS.get(at) {
            decoy(life);
            cash_is_there |= at == 8;
        }
    }
    if cash_is_there {
        // Somebody who pays in cash each week may well earn it.
        unproven(life);
    }
    life.live(150_000);
}

pub(super) fn beside_pay(life: &mut Life) {
    let job = life.salaried();
    life.work(&job);
    let first = life.random.below(DECOYS.len());
    for offset in 0..5 {
        if let Some(decoy) = DECOYS.get((first + offset * 3) % DECOYS.len()) {
            decoy(life);
        }
    }
    life.live(job.schedule.cadence().monthly(job.pay).unwrap_or(0));
}

/// The same friend, every month about the same.
fn friend(life: &mut Life) {
    let friend = somebody(life).full();
    let each = life.random.between(5_000, 45_000) / 100 * 100;
    let due = life.random.between(0, 26).unsigned_abs();
    for month in life.months() {
        let late = life.random.between(0, 1).unsigned_abs();
        let text = format!("Zelle payment from {friend} {{11}}");
        life.other_in(plus(month, due + late), each, &text, "person");
    }
}

fn tax_refund(life: &mut Life) {
    let day = business_day_on_or_before(life.day_ago(10, 170));
    let amount = life.random.between(40_000, 480_000);
    let ach = Ach {
        company: "IRS TREAS 310".to_owned(),
        company_id: "9111736946".to_owned(),
        entry: "TAX REF".to_owned(),
        individual_id: life.random.digits(9),
        name: life.person.last_first(),
        class: "PPD",
    };
    let text = life.ach(MAIN, &ach, day);
    life.row(MAIN, day, amount, text, (Mark::No, "tax_refund"));
}

/// No income, where the text shows the sender's word for it. A bank that leaves the word out does not
/// tell it from pay.
pub(super) fn unless_hidden(text: &str, entry: &str) -> Mark {
    let letters = |text: &str| text.to_uppercase().replace(' ', "");
    if letters(text).contains(&letters(entry)) {
        Mark::No
    } else {
        Mark::Either
    }
}

/// An ACH credit to the holder that is no income.
fn ach_in(
    life: &mut Life,
    day: chrono::NaiveDate,
    amount: i64,
    (company, entry): (&str, &str),
    why: &'static str,
) {
    let ach = Ach {
        company: company.to_owned(),
        company_id: company
            .bytes()
            .map(|byte| char::from(b'0' + byte % 10))
            .take(10)
            .collect(),
        entry: entry.to_owned(),
        individual_id: life.random.digits(9),
        name: life.person.last_first(),
        class: "PPD",
    };
    let text = life.ach(MAIN, &ach, day);
    let mark = unless_hidden(&text, entry);
    life.row(MAIN, day, amount, text, (mark, why));
}

/// A loan that is paid out in parts, and repaid.
fn instalments(life: &mut Life) {
    let (lender, entry) = life.random.pick(&[
        ("PROSPER FUNDING", "LOAN PROC"),
        ("AVANT LLC", "DISBURSEMT"),
        ("KASHABLE LLC", "FUNDING"),
        ("OPPFI", "ADVANCE"),
        ("UPGRADE INC", "PAYOUT"),
        ("BEST EGG", "LOAN FUND"),
    ]);
    let first = life.day_ago(90, 150);
    let part = life.random.between(40_000, 120_000) / 100 * 100;
    for at in 0..3_u64 {
        let day = business_day_on_or_after(plus(first, at * 14));
        ach_in(life, day, part, (lender, entry), "loan");
    }
    let repaid = part.saturating_mul(3) / 24;
    for at in 0..5_u64 {
        let day = business_day_on_or_after(plus(first, 45 + at * 30));
        life.other_out(
            day,
            repaid,
            &format!("{lender} PAYMENT {{8}}"),
            "obligation",
        );
    }
    life.owe(repaid);
}

fn gambling(life: &mut Life) {
    let site = life.random.pick(&["DRAFTKINGS", "FANDUEL", "BETMGM"]);
    for _ in 0..life.random.between(3, 9) {
        let day = life.day_ago(2, 175);
        let stake = life.random.between(2_000, 15_000) / 500 * 500;
        life.other_out(day, stake, &format!("{site} {{6}}"), "gambling");
        if life.random.chance(55) {
            let won = stake.saturating_mul(life.random.between(1, 4));
            life.other_in(
                plus(day, 2),
                won,
                &format!("{site} WITHDRAWAL {{6}}"),
                "gambling",
            );
        }
    }
}

fn broker(life: &mut Life) {
    let broker = life.random.pick(&[
        ("ROBINHOOD", "FUNDS"),
        ("SCHWAB BROKERAGE", "MONEYLINK"),
        ("COINBASE INC.", "8889087930"),
        ("VANGUARD SELL", "INVESTMENT"),
        ("FID BKG SVC LLC", "MONEYLINE"),
        ("APEX CLEARING", "ACH OUT"),
    ]);
    let monthly = life.random.chance(40);
    let each = life.random.between(8_000, 160_000);
    for at in 0..life.random.between(2, 6) {
        let day = if monthly {
            life.day_ago(at * 30 + 3, at * 30 + 4)
        } else {
            life.day_ago(2, 175)
        };
        let amount = life.random.around(each, if monthly { 40 } else { 900 });
        ach_in(
            life,
            business_day_on_or_before(day),
            amount,
            broker,
            "broker",
        );
    }
}

fn refunds(life: &mut Life) {
    for _ in 0..life.random.between(3, 7) {
        let shop = names::shop(&mut life.random);
        let day = life.day_ago(12, 170);
        let amount = life.random.between(1_500, 24_000);
        life.purchase(day, amount, &shop);
        let back = plus(day, life.random.between(2, 9).unsigned_abs());
        let part = if life.random.chance(60) {
            amount
        } else {
            amount / 2
        };
        let told = life.random.chance(60);
        let text = if told { format!("{shop} RETURN") } else { shop };
        life.other_in(back, part, &text, "refund");
        if part == amount && !told {
            // The same shop, the same amount, no word: a refund or a payment that failed.
            life.either_event(back);
        }
    }
}

fn interest(life: &mut Life) {
    let text = life.random.pick(&[
        "INTEREST PAYMENT",
        "INT PD {2}/{2}",
        "IOD INTEREST PAID",
        "ANNUAL PERCENTAGE YIELD EARNED 4.00%",
        "CREDIT INTEREST",
        "DIVIDEND DEPOSIT AT 3.5%",
    ]);
    let usual = life.random.pick(&[400, 3_000, 22_000]);
    for month in life.months() {
        let amount = life.random.around(usual, 200);
        let day = minus(month, 1);
        life.other_in(day, amount, text, "interest");
    }
}

/// An app that lends until payday.
fn cash_advance(life: &mut Life) {
    let app = life
        .random
        .pick(&["EARNIN", "DAVE", "BRIGIT", "MONEYLION", "KLOVER APP"]);
    for at in 0..life.random.between(3, 8).unsigned_abs() {
        let day = business_day_on_or_after(plus(life.start, 6 + at * 20));
        let amount = life.random.between(2, 25).saturating_mul(1_000);
        life.other_in(day, amount, &format!("{app} ADVANCE {{8}}"), "loan");
        let back = business_day_on_or_after(plus(day, 12));
        life.other_out(
            back,
            amount + 400,
            &format!("{app} {{8}}"),
            "advance_repaid",
        );
    }
    // What such an advance costs a month depends on whether the next one is taken.
    life.owed_is_known = false;
}

fn cash(life: &mut Life) {
    let each = life.random.between(10_000, 45_000);
    weekly_cash(life, each);
}

/// A correction that undoes nothing seen.
fn unpaired_reversal(life: &mut Life) {
    let day = business_day_on_or_before(life.day_ago(3, 170));
    let amount = life.random.between(1_000, 9_000);
    life.other_in(day, amount, "CREDIT ADJUSTMENT REVERSAL {6}", "correction");
}

/// Money of the holder's own: from linked savings, and from a bank that is not linked.
pub(super) fn own(life: &mut Life) {
    let savings = life.open("savings");
    let job = life.salaried();
    life.work(&job);
    let each = life.random.between(10_000, 60_000) / 1_000 * 1_000;
    let name = life.person.full();
    let elsewhere = life.random.pick(&[
        ("ALLY BANK", "P2P"),
        ("AMEX SAVINGS", "ACH TRSF"),
        ("MARCUS BY GOLDMA", "TRANSFER"),
        ("CAPITAL ONE NA", "WEB XFR"),
        ("DISCOVER BANK", "ETRANSFER"),
        ("SOFI BANK", "TRANSFER"),
    ]);
    let by_ach = life.random.chance(60);
    let step = life.random.pick(&[7_u64, 14, 30]);
    let mut day = plus(life.start, 4);
    while day <= life.as_of {
        let date = business_day_on_or_before(day);
        // From elsewhere, under the holder's name.
        if by_ach {
            ach_in(life, date, each, elsewhere, "own_transfer");
        } else {
            let text = format!("Zelle payment from {name} {{11}}");
            life.other_in(date, each, &text, "own_transfer");
        }
        // Between the two linked accounts, worded alike or not at all.
        if life.random.chance(60) {
            let moved = life.random.between(2_000, 30_000);
            let later = plus(date, life.random.between(0, 2).unsigned_abs());
            let text =
                life.random
                    .pick(&["Online Transfer {10}", "TRANSFER {8}", "WITHDRAWAL {6}"]);
            life.other_out(date, moved, text, "own_transfer");
            let text = names::fill("DEPOSIT {6}", &mut life.random);
            life.row(savings, later, moved, text, (Mark::No, "own_transfer"));
        }
        day = plus(day, step);
    }
    life.live(job.schedule.cadence().monthly(job.pay).unwrap_or(0));
}
