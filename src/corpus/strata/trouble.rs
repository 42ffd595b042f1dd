//! Days without money, what looks like them, and what is owed.

use crate::calendar::{add_business_days, business_day_on_or_after, business_day_on_or_before};
use crate::corpus::dates::{minus, plus};
use crate::corpus::life::Life;
use crate::corpus::names;

/// On so many percent of the pay an account is soon out of the red again.
const RECOVERS: i64 = 70;

/// A salary, and a life on so many percent of it.
fn paid(life: &mut Life, percent: i64) {
    let job = life.salaried();
    life.work(&job);
    let monthly = job.schedule.cadence().monthly(job.pay).unwrap_or(0);
    life.live(monthly.saturating_mul(percent) / 100);
}

/// Some business days, each in a part of the history of its own.
fn days(life: &mut Life, most: i64) -> Vec<chrono::NaiveDate> {
    let count = life.random.between(1, most);
    (0..count)
        .map(|at| {
            let part = 165 / count;
            let ago = life.random.between(at * part + 6, (at + 1) * part - 4);
            business_day_on_or_after(minus(life.as_of, ago.unsigned_abs()))
        })
        .collect()
}

pub(super) fn returned(life: &mut Life) {
    paid(life, RECOVERS);
    let fees = life.random.chance(40);
    for day in days(life, 9) {
        life.returned_debit(day, fees);
    }
}

pub(super) fn overdrafts(life: &mut Life) {
    paid(life, RECOVERS);
    let refunds = life.random.chance(40);
    for day in days(life, 8) {
        life.overdraft(day);
        if refunds && life.random.chance(40) {
            let back = add_business_days(day, 3);
            life.other_in(back, 3_400, "OVERDRAFT FEE REFUND", "fee_refund");
        }
    }
    if life.random.chance(50) {
        for day in days(life, 4) {
            let moved = life.random.between(2_000, 20_000);
            life.other_in(
                day,
                moved,
                "OVERDRAFT PROTECTION TRANSFER FROM {4}",
                "protection",
            );
        }
    }
}

/// A deposit that somebody else's bank did not pay: no event of the applicant's.
pub(super) fn deposits(life: &mut Life) {
    paid(life, 100);
    for day in days(life, 4) {
        let amount = life.random.between(9_000, 150_000);
        let text = life.random.pick(&[
            "MOBILE CHECK DEPOSIT {6}",
            "DEPOSIT {8}",
            "REMOTE DEPOSIT {4}",
        ]);
        life.other_in(day, amount, text, "deposit_returned");
        let back = add_business_days(day, u32::try_from(life.random.between(2, 5)).unwrap_or(3));
        let text = life.random.pick(&[
            "DEPOSITED ITEM RETURNED {6}",
            "RETURNED DEPOSITED ITEM",
            "CASHED/DEPOSITED ITEM RETURNED {4}",
            "CHARGEBACK DEPOSITED CHECK {6}",
            "RETURN OF DEPOSITED ITEM - NSF",
        ]);
        life.other_out(back, amount, text, "deposit_returned");
        if life.random.chance(50) {
            life.other_out(back, 1_200, "DEPOSITED ITEM RETURNED FEE", "fee");
        }
    }
}

/// Fees and words that are no event.
pub(super) fn near(life: &mut Life) {
    paid(life, 100);
    for day in days(life, 9) {
        match life.random.below(9) {
            0 => life.other_out(day, 300, "NON-BANK ATM FEE", "other_fee"),
            1 => life.other_out(day, 1_200, "MONTHLY SERVICE FEE", "other_fee"),
            2 => life.other_out(day, 3_000, "WIRE TRANSFER FEE", "other_fee"),
            3 => {
                let amount = life.random.between(900, 5_500);
                let shop = life.random.pick(&[
                    "OVERDRAFT BREWING CO",
                    "RETURN TO SENDER CAFE",
                    "NSF SAFE FOODS #{4}",
                    "BOUNCE TRAMPOLINE PARK",
                ]);
                let shop = names::fill(shop, &mut life.random);
                life.purchase(day, amount, &shop);
            }
            4 => life.other_out(day, 2_900, "CHASE CARD LATE FEE", "other_fee"),
            5 => life.other_in(day, 3_500, "REVERSAL OF ACCOUNT FEE {6}", "correction"),
            6 => {
                // The machine gave no money, and the bank gives it back.
                let amount = life.random.between(20, 200).saturating_mul(100);
                life.other_out(day, amount, "ATM WITHDRAWAL {6} MAIN ST", "cash");
                let back = add_business_days(day, 1);
                life.other_in(back, amount, "ATM DISPUTE CREDIT {6}", "correction");
            }
            7 => {
                // Bought and brought back: the shop says so.
                let amount = life.random.between(2_000, 20_000);
                let shop = names::shop(&mut life.random);
                life.purchase(day, amount, &shop);
                let text = format!("{shop} REFUND");
                life.other_in(add_business_days(day, 2), amount, &text, "refund");
            }
            _ => {
                // Sent to a friend and sent back by her some days later.
                let friend = names::Person::random(&mut life.random).full();
                let amount = life.random.between(2_000, 9_000) / 100 * 100;
                life.other_out(
                    day,
                    amount,
                    &format!("Zelle payment to {friend} {{11}}"),
                    "person",
                );
                let back = add_business_days(day, 2);
                let text = format!("Zelle payment from {friend} {{11}}");
                life.other_in(back, amount, &text, "person");
            }
        }
    }
}

pub(super) fn duties(life: &mut Life) {
    let job = life.salaried();
    life.work(&job);
    let monthly = job.schedule.cadence().monthly(job.pay).unwrap_or(0);
    let rent = monthly.saturating_mul(27) / 100 / 500 * 500;
    let lately = life.random.chance(40);
    let ago = life.random.between(33, 75).unsigned_abs();
    let from = if lately {
        minus(life.as_of, ago)
    } else {
        life.start
    };
    match life.random.below(4) {
        0 => {
            // To a person, who says what for.
            let landlord = names::Person::random(&mut life.random).full();
            for month in life.months() {
                let day = business_day_on_or_before(plus(month, 2));
                let text = format!("Zelle payment to {landlord} rent {{11}}");
                if day >= life.start && day <= life.as_of {
                    life.other_out(day, rent, &text, "obligation");
                }
            }
            life.owe(rent);
        }
        _ => life.untold_rent(rent, from),
    }
    for _ in 0..life.random.between(1, 3) {
        life.card_payments(monthly.saturating_mul(7) / 100);
    }
    life.shop(monthly / 3);
}
