//! The rows of a generated account.

use super::random::Random;

/// One row: money in is above zero.
pub(super) struct Row {
    /// Days before the decision.
    pub(super) back: i64,
    pub(super) hour: i64,
    pub(super) amount: i64,
    pub(super) description: String,
    /// Posted, `p`ending or `v`oid.
    pub(super) state: char,
}

fn row(back: i64, amount: i64, description: &str) -> Row {
    Row {
        back,
        hour: 12,
        amount,
        description: description.to_owned(),
        state: ' ',
    }
}

const PAYERS: [&str; 5] = [
    "ORIG CO NAME:ACME INC DESC DATE:260723 CO ENTRY DESCR:PAYROLL SEC:PPD",
    "DIRECT DEPOSIT NORTHWIND PAYROLL",
    "ADP TOTALSOURCE SALARY",
    "HOSPITAL GROUP DIR DEP",
    "CITY OF ALBANY EMP PAY",
];
const BENEFITS: [&str; 3] = [
    "SSA TREAS 310 XXSOC SEC",
    "VA BENEFIT VACP TREAS 310",
    "STATE OF NY UI DD",
];
const GIGS: [&str; 3] = [
    "UBER USA EDI PAYMNT",
    "DOORDASH, INC. PAY",
    "LYFT DRIVER PAYOUT",
];
const SHOPS: [&str; 6] = [
    "CORNER GROCERY 0042 NEW YORK NY",
    "STARBUCKS STORE 11287",
    "SHELL OIL 574425",
    "AMZN MKTP US*2K4TR",
    "NETFLIX.COM",
    "CVS/PHARMACY #02419",
];
const EVENTS: [(i64, &str); 7] = [
    (-3_500, "INSUFFICIENT FUNDS FEE FOR A $85.00 ITEM"),
    (-3_400, "OVERDRAFT FEE"),
    (-3_600, "NSF FEE RETURNED ITEM"),
    (-3_500, "OVERDRAFT PAID ITEM CHARGE"),
    (3_500, "REFUND OVERDRAFT FEE"),
    (8_500, "RETURNED ACH ITEM ALLY AUTO"),
    (-1_200, "OVERDRAFT PROTECTION TRANSFER FEE"),
];
const LENDERS: [&str; 6] = [
    "EARNIN ACTIVEHOURS",
    "DAVE INC ADVANCE",
    "MONEYLION INSTACASH",
    "BRIGIT",
    "KLOVER APP",
    "CASHNETUSA LOAN",
];
const OTHERS: [(i64, &str); 7] = [
    (-38_900, "ALLY AUTO PAYMENT PPD"),
    (-25_000, "CHASE CREDIT CRD AUTOPAY"),
    (-12_000, "MIDLAND CREDIT COLLECTION"),
    (-6_000, "DRAFTKINGS SPORTSBOOK"),
    (-10_000, "ATM WITHDRAWAL 0042"),
    (90_000, "MOBILE DEPOSIT"),
    (20_000, "ZELLE FROM PAT MORGAN"),
];

/// A history; only the main account has much of an income.
pub(super) fn rows(random: &mut Random, main: bool) -> Vec<Row> {
    let days = match random.between(1, 20) {
        1 => return Vec::new(),
        2 | 3 => random.between(3, 29),
        4 => random.between(200, 400),
        _ => random.between(60, 150),
    };
    let mut rows = Vec::new();
    let streams = if main {
        random.pick(&[0, 1, 1, 1, 1, 2, 2, 3])
    } else {
        i64::from(random.percent(15))
    };
    for _ in 0..streams {
        income(random, days, &mut rows);
    }
    if main && random.percent(60) {
        let rent = -random.between(50_000, 180_000);
        rows.extend(
            (0..days)
                .filter(|back| back % 30 == 11)
                .map(|back| row(back, rent, "MAPLE STREET APARTMENTS DES:RENT WEB")),
        );
    }
    let gap = random.pick(&[2, 3, 5, 8]);
    for back in (0..days).filter(|back| back % gap == 0) {
        let spent = row(back, -random.between(300, 9_000), random.pick(&SHOPS));
        rows.push(spent);
    }
    events(random, days, &mut rows);
    odd(random, &mut rows);
    rows
}

fn income(random: &mut Random, days: i64, rows: &mut Vec<Row>) {
    let stopped = if random.percent(12) {
        random.between(20, 90)
    } else {
        0
    };
    let offset = random.between(0, 13);
    let usual = random.between(30_000, 280_000);
    let spread = random.pick(&[0, 0, 2, 10, 40]);
    let kind = random.between(0, 6);
    let name = match kind {
        4 => random.pick(&BENEFITS),
        5 => random.pick(&GIGS),
        _ => random.pick(&PAYERS),
    };
    for back in stopped..days {
        let (due, part) = match kind {
            0 => (back % 7 == offset % 7, 4),
            1 | 6 => (back % 14 == offset, 2),
            2 => (back % 15 == offset, 2),
            3 | 4 => (back % 30 == offset, 1),
            _ => (random.percent(30), 8),
        };
        if due {
            let usual = usual / part;
            let amount = usual + usual * random.between(-spread, spread) / 100;
            rows.push(row(back, amount, name));
        }
    }
}

fn events(random: &mut Random, days: i64, rows: &mut Vec<Row>) {
    if random.percent(30) {
        for _ in 0..random.pick(&[1, 1, 2, 4, 9]) {
            let (amount, name) = random.pick(&EVENTS);
            rows.push(row(random.between(0, days - 1), amount, name));
        }
    }
    if random.percent(25) {
        for _ in 0..random.pick(&[1, 2, 3, 5]) {
            let (lender, back) = (random.pick(&LENDERS), random.between(0, days - 1));
            let lent = random.between(5_000, 30_000);
            rows.push(row(back, lent, lender));
            rows.push(row((back - 14).max(0), -lent - 900, lender));
        }
    }
    if random.percent(50) {
        for _ in 0..random.between(1, 6) {
            let (amount, name) = random.pick(&OTHERS);
            let monthly = random.percent(40);
            let back = random.between(0, days - 1);
            rows.push(row(back, amount, name));
            if monthly {
                rows.extend(
                    (1..4)
                        .map(|month| back + month * 30)
                        .filter(|back| *back < days)
                        .map(|back| row(back, amount, name)),
                );
            }
        }
    }
}

/// Refunds, pending and void rows, hours around midnight, a date that cannot be.
fn odd(random: &mut Random, rows: &mut Vec<Row>) {
    let mut refunds = Vec::new();
    for row in rows.iter_mut() {
        match random.between(1, 150) {
            1 => row.state = 'v',
            2 if row.back < 6 => row.state = 'p',
            3 | 4 => row.hour = random.pick(&[0, 3, 5, 23]),
            5 if row.amount < 0 => refunds.push(self::row(
                (row.back - 2).max(0),
                -row.amount,
                &row.description,
            )),
            6 => refunds.push(self::row(row.back, row.amount, &row.description)),
            _ => {}
        }
        if row.back <= 1 && random.percent(25) {
            row.state = 'p';
        }
    }
    rows.append(&mut refunds);
    if random.percent(2) {
        rows.push(row(-40, -1_000, "POST DATED"));
    }
}

/// Transfers out of these rows; what comes in on the other account is given back.
pub(super) fn transfers(random: &mut Random, rows: &mut Vec<Row>) -> Vec<Row> {
    let mut arrived = Vec::new();
    for _ in 0..random.pick(&[0, 1, 3, 5]) {
        let (back, amount) = (random.between(2, 80), random.between(1_000, 60_000));
        rows.push(row(back, -amount, "ONLINE TRANSFER TO SAV XXXXX1234"));
        let late = random.between(0, 2);
        arrived.push(row(back - late, amount, "TRANSFER FROM CHK XXXXX9876"));
    }
    arrived
}
