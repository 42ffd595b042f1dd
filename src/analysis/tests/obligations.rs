//! What an analyst would say of what households owe.

use super::fixtures::*;
use crate::analysis::{Analysis, Cadence, Obligation, Purpose};
use crate::calendar::Zone;
use crate::snapshot::freeze;
use crate::stripe::read_stored;

const TODAY: &str = "2026-06-20";
const FIRSTS: [&str; 6] = [
    "2026-01-02",
    "2026-02-02",
    "2026-03-02",
    "2026-04-01",
    "2026-05-01",
    "2026-06-01",
];
const TWELFTHS: [&str; 6] = [
    "2026-01-12",
    "2026-02-12",
    "2026-03-12",
    "2026-04-13",
    "2026-05-12",
    "2026-06-12",
];

/// Somebody with 3,900.00 a month who shops.
fn household() -> Bank {
    Bank::checking()
        .every(
            14,
            "2026-01-02",
            "2026-06-19",
            180_000,
            "HARBOR FOODS PAYROLL",
        )
        .every(
            3,
            "2026-01-03",
            "2026-06-19",
            -11_350,
            "POS PURCHASE GREENLEAF MARKET",
        )
}

/// A payment on each day, of the amount and with the text that its position gives.
fn each(bank: Bank, days: &[&str], of: impl Fn(usize) -> (i64, String)) -> Bank {
    days.iter().enumerate().fold(bank, |bank, (at, day)| {
        let (amount, text) = of(at);
        bank.row(day, -amount, &text)
    })
}

fn owed(found: &Analysis) -> i128 {
    found.cash_flow.debt_monthly().amount + found.cash_flow.housing_monthly().amount
}

fn running(found: &Analysis, purpose: Purpose) -> Vec<&Obligation> {
    let all = found.cash_flow.obligations.iter();
    all.filter(|one| one.purpose == purpose && one.runs())
        .collect()
}

/// What is owed each month for housing and debts.
fn told(bank: Bank) -> (i128, i128) {
    let found = analysis(&[bank], TODAY);
    let flow = &found.cash_flow;
    (flow.housing_monthly().amount, flow.debt_monthly().amount)
}

#[test]
fn rent_is_seen_whoever_gets_it_and_whatever_the_words() {
    for text in [
        "ZELLE PAYMENT TO MARIA LOPEZ JPM99A1B2C3",
        "BLUE HERON HOLDINGS LLC WEB PMTS",
        "ORIG CO NAME:KST GROUP ORIG ID:9000112233 CO ENTRY DESCR:SIGONFILE SEC:WEB",
        "KSTGROUPSIGONFILE00231188",
        "RE DATA SYSTEMS RENT CHGS PA00103069",
        "BILL PAY J SMITH",
    ] {
        let bank = household().rows(&FIRSTS, -115_000, text);
        assert_eq!(told(bank), (115_000, 0), "{text}");
    }
    // An odd amount later in the month, as a large manager charges it.
    let bank = household().rows(&TWELFTHS, -134_716, "BLUE HERON HOLDINGS LLC WEB PMTS");
    assert_eq!(told(bank), (134_716, 0));
}

#[test]
fn rent_by_numbered_cheques_stands_out_among_others() {
    for word in ["CHECK ", "CHECK # ", "CHK", "Check Paid #", "DRAFT "] {
        let bank = each(household(), &FIRSTS, |at| {
            (98_500, format!("{word}{}", 1_042 + at * 3))
        });
        let bank = each(bank, &["2026-01-09", "2026-02-20", "2026-05-07"], |at| {
            let cents = i64::try_from(at).unwrap() * 3_117;
            (4_250 + cents, format!("{word}{}", 1_043 + at * 3))
        });
        assert_eq!(told(bank), (98_500, 0), "{word}");
    }
}

#[test]
fn payments_with_a_new_code_each_month_are_one_stream() {
    let codes = ["HQXWPT", "BBNRTZ", "KLMWQE", "ZZXTRV", "PPLMNB", "QWRTYP"];
    let bank = each(household(), &FIRSTS, |at| {
        (
            115_000,
            format!("MOBILE PMT CONF{} {}", codes[at], codes[5 - at]),
        )
    });
    assert_eq!(told(bank), (115_000, 0));
}

#[test]
fn rent_that_an_app_sends_in_parts_is_one() {
    let text = "ZELLE TO SAM";
    let bank = household()
        .rows(&FIRSTS, -60_000, text)
        .rows(&FIRSTS, -60_000, text);
    assert_eq!(told(bank), (120_000, 0));
}

#[test]
fn what_is_paid_each_month_and_not_owed() {
    for (cents, text) in [
        (10_000, "ZELLE PAYMENT TO PAT SINGH JPM1122"),
        (12_640, "GEICO PREM COLL 5521"),
        (14_210, "ERIE INSURANCE GROUP WEB ID: 9877"),
        (98_000, "KINDERCARE LEARNING CENTER ACH"),
        (9_999, "VERIZON WIRELESS PAYMENTS"),
        (50_000, "VANGUARD BUY INVESTMENT"),
        (40_000, "ONLINE TRANSFER TO SAV ...1188"),
        (35_000, "STATE SDU CHILD SUPPORT"),
        (1_549, "NETFLIX.COM"),
        (12_900, "POS PURCHASE TACTICAL FIT STUDIO"),
        (20_000, "ATM WITHDRAWAL 5TH AVE"),
    ] {
        let bank = household().rows(&TWELFTHS, -cents, text);
        assert_eq!(told(bank), (0, 0), "{text}");
    }
}

#[test]
fn bills_are_streams_of_their_own() {
    let bank = household()
        .rows(&TWELFTHS, -12_640, "GEICO PREM COLL 5521")
        .rows(&FIRSTS, -1_549, "NETFLIX.COM");
    let bank = each(bank, &TWELFTHS, |at| {
        (
            9_000 + i64::try_from(at).unwrap() * 300,
            "COMED UTIL BILL".to_owned(),
        )
    });
    let found = analysis(&[bank], TODAY);
    let monthly =
        |purpose| -> i128 { running(&found, purpose).iter().map(|one| one.monthly).sum() };
    assert_eq!(
        [Purpose::Insurance, Purpose::Subscription, Purpose::Utility].map(monthly),
        [12_640, 1_549, 10_200]
    );
}

#[test]
fn a_card_is_the_mean_of_its_last_three_payments() {
    let amounts = [80_000, 12_000, 45_000, 30_000, 60_300, 33_000];
    for text in [
        "CHASE CREDIT CRD AUTOPAY",
        "AMEX EPAYMENT ACH PMT",
        "CHASECREDITCRDAUTOPAY11882233",
        // No word of a card, but a bank, and never the same.
        "DISCOVER",
        "CAPITAL ONE",
    ] {
        let bank = each(household(), &TWELFTHS, |at| (amounts[at], text.to_owned()));
        assert_eq!(told(bank), (0, 41_100), "{text}");
    }
}

#[test]
fn two_cards_of_one_issuer_are_two() {
    let text = "SYNCHRONY BANK CC PYMT";
    let vary = |at: usize| i64::try_from(at).unwrap() * 1_100;
    let bank = each(household(), &FIRSTS, |at| {
        (20_000 + vary(at), text.to_owned())
    });
    let bank = each(bank, &TWELFTHS, |at| {
        (9_000 + vary(5 - at), text.to_owned())
    });
    let found = analysis(&[bank], TODAY);
    assert_eq!(running(&found, Purpose::Card).len(), 2);
    assert_eq!(owed(&found), 24_400 + 10_100);
}

#[test]
fn a_card_paid_as_money_comes_counts_what_leaves_in_a_month() {
    let bank = household().every(
        7,
        "2026-01-05",
        "2026-06-15",
        -5_000,
        "CAPITAL ONE MOBILE PMT",
    );
    assert_eq!(told(bank), (0, 21_667));
    let days = [
        "2026-03-24",
        "2026-04-02",
        "2026-04-19",
        "2026-05-01",
        "2026-05-04",
        "2026-05-30",
        "2026-06-02",
        "2026-06-11",
        "2026-06-13",
    ];
    let bank = household().rows(&days, -10_000, "CAPITAL ONE MOBILE PMT");
    let (_, debt) = told(bank);
    assert!((28_000..=33_000).contains(&debt), "{debt}");
}

#[test]
fn two_loans_at_one_lender_are_two() {
    let text = "MARINER FINANCE LOAN PMT";
    let bank = household()
        .rows(&TWELFTHS, -21_011, text)
        .rows(&TWELFTHS, -9_840, text);
    let found = analysis(&[bank], TODAY);
    let mut levels: Vec<_> = running(&found, Purpose::Loan)
        .iter()
        .map(|one| one.level)
        .collect();
    levels.sort_unstable();
    assert_eq!(levels, [9_840, 21_011]);
    // On days of their own.
    let bank = household()
        .rows(&TWELFTHS, -21_011, text)
        .rows(&FIRSTS, -9_840, text);
    assert_eq!(told(bank), (0, 30_851));
}

#[test]
fn an_extra_payment_is_no_second_loan() {
    let bank = household()
        .rows(&TWELFTHS, -21_011, "MARINER FINANCE LOAN PMT")
        .row("2026-04-24", -50_000, "MARINER FINANCE LOAN PMT");
    assert_eq!(told(bank), (0, 21_011));
}

#[test]
fn a_fixed_amount_counts_in_full_from_its_first_month_on() {
    for first in 3..6 {
        let bank = household()
            .rows(&FIRSTS[first..], -120_000, "OAKWOOD APARTMENTS WEB PMTS")
            .rows(&TWELFTHS[first..], -21_011, "UPSTART NETWORK UPSTART");
        assert_eq!(told(bank), (120_000, 21_011), "{first}");
    }
    // Two months of what no word tells are enough for a home, and one is not.
    let text = "BLUE HERON HOLDINGS LLC WEB PMTS";
    assert_eq!(
        told(household().rows(&FIRSTS[4..], -120_000, text)).0,
        120_000
    );
    assert_eq!(told(household().rows(&FIRSTS[5..], -120_000, text)).0, 0);
}

#[test]
fn what_has_ended_does_not_count() {
    // Paid off.
    let bank = household().rows(&TWELFTHS[..4], -21_011, "UPSTART NETWORK UPSTART");
    assert_eq!(told(bank), (0, 0));
    // Late by some days.
    let bank = household().rows(&FIRSTS[..5], -21_011, "UPSTART NETWORK UPSTART");
    assert_eq!(told(bank), (0, 21_011));
    // Moved, with the last rent of the old home in May.
    let bank = household()
        .rows(&FIRSTS[..5], -110_000, "OAKWOOD APARTMENTS WEB PMTS")
        .rows(&FIRSTS[5..], -130_000, "RIVERBEND PROPERTIES WEB PMTS");
    assert_eq!(told(bank).0, 130_000);
}

#[test]
fn a_rent_that_rose_counts_at_its_new_level() {
    let bank = household()
        .rows(&FIRSTS[..5], -110_000, "BLUE HERON HOLDINGS LLC WEB PMTS")
        .rows(&FIRSTS[5..], -118_000, "BLUE HERON HOLDINGS LLC WEB PMTS");
    assert_eq!(told(bank), (118_000, 0));
}

#[test]
fn a_payment_that_came_back_is_owed_and_not_counted_twice() {
    let bank = household()
        .rows(&FIRSTS, -110_000, "OAKWOOD APARTMENTS WEB PMTS")
        .row("2026-06-03", 110_000, "ACH RETURN OAKWOOD APARTMENTS")
        .row(
            "2026-06-08",
            -110_000,
            "OAKWOOD APARTMENTS WEB PMTS RETRY PYMT",
        );
    assert_eq!(told(bank), (110_000, 0));
    let bank = household()
        .rows(&FIRSTS, -110_000, "OAKWOOD APARTMENTS WEB PMTS")
        .row("2026-06-03", 110_000, "ACH RETURN OAKWOOD APARTMENTS");
    let found = analysis(&[bank], TODAY);
    assert_eq!(found.cash_flow.housing_monthly().amount, 110_000);
    let home = running(&found, Purpose::Housing)[0];
    assert_eq!((home.payments, home.last), (5, date("2026-05-01")));
}

#[test]
fn loans_are_told_by_their_odd_amount() {
    for text in ["FNB OF OMAHA 4471", "QZR CAPITAL WEB ID: 9911", "ALLY"] {
        let bank = household().rows(&TWELFTHS, -28_743, text);
        assert_eq!(told(bank), (0, 28_743), "{text}");
    }
    let text = "WESTLAKE FIN 9912";
    let bank = household().every(14, "2026-02-06", "2026-06-12", -18_722, text);
    let found = analysis(&[bank], TODAY);
    let auto = running(&found, Purpose::Auto)[0];
    assert_eq!((auto.cadence, auto.monthly), (Cadence::Biweekly, 40_564));
}

#[test]
fn who_paid_out_a_loan_is_repaid() {
    let bank = household()
        .row("2026-03-20", 250_000, "KASHABLE LLC FUNDING")
        .rows(&TWELFTHS[3..], -9_950, "KASHABLE LLC PAYMENT 22118844");
    assert_eq!(told(bank), (0, 9_950));
}

#[test]
fn a_shop_named_like_a_lender_is_none() {
    let days = [
        "2026-02-03",
        "2026-02-28",
        "2026-03-09",
        "2026-04-30",
        "2026-05-22",
        "2026-06-02",
        "2026-06-05",
    ];
    let bank = each(household(), &days, |at| {
        (
            1_800 + i64::try_from(at).unwrap() * 411,
            "LOAN STAR GRILL".to_owned(),
        )
    });
    assert_eq!(told(bank), (0, 0));
}

#[test]
fn one_home_and_the_rest_is_something_else() {
    let bank = household()
        .rows(&FIRSTS, -135_000, "BLUE HERON HOLDINGS LLC WEB PMTS")
        .rows(&TWELFTHS, -70_000, "LITTLE SPROUTS ACH");
    assert_eq!(told(bank), (135_000, 0));
    let bank = household()
        .rows(&FIRSTS, -135_716, "ROCKET MORTGAGE LOAN")
        .rows(&TWELFTHS, -70_000, "LITTLE SPROUTS ACH")
        .rows(&TWELFTHS, -25_000, "PINE RIDGE HOA DUES");
    assert_eq!(told(bank), (160_716, 0));
}

#[test]
fn rows_sent_twice_and_names_cut_once_change_nothing() {
    let bank = household()
        .rows(&FIRSTS, -115_000, "BLUE HERON HOLDINGS LLC WEB PMTS")
        .rows(&FIRSTS, -115_000, "BLUE HERON HOLDINGS LLC WEB PMTS");
    assert_eq!(told(bank), (115_000, 0));
    let bank = household()
        .rows(&FIRSTS[..3], -115_000, "BLUE HERON HOLDINGS LLC WEB PMTS")
        .row(FIRSTS[3], -115_000, "BLUE HER\u{fffd}N HOLDI")
        .rows(&FIRSTS[4..], -115_000, "BLUE HERON HOLDINGS LLC WEB PMTS");
    assert_eq!(told(bank), (115_000, 0));
}

#[test]
fn rent_twice_a_month_or_each_week_is_a_month_of_it() {
    let bank = household()
        .rows(&FIRSTS, -55_000, "ZELLE TO SAM RENT")
        .rows(
            &[
                "2026-01-15",
                "2026-02-17",
                "2026-03-16",
                "2026-04-15",
                "2026-05-15",
                "2026-06-15",
            ],
            -55_000,
            "ZELLE TO SAM RENT",
        );
    assert_eq!(told(bank), (110_000, 0));
    let bank = household().every(7, "2026-02-06", "2026-06-19", -30_000, "VENMO SAM RENT");
    assert_eq!(told(bank), (130_000, 0));
}

/// Two accounts of one bank: rent since one month, and since two.
#[test]
fn rent_that_began_lately_counts_as_it_is_paid() {
    let stored =
        include_bytes!("../../../tests/data/bank-cases/11-rent-that-began-lately/objects.json");
    let mut objects: Vec<serde_json::Value> = serde_json::from_slice(stored).unwrap();
    objects.retain(|object| object["object"] != "financial_connections.account_owner");
    for object in &mut objects {
        object["livemode"] = false.into();
        if object["object"] == "financial_connections.account" {
            object["status"] = "active".into();
            object["permissions"] = serde_json::json!(["balances", "transactions"]);
        }
    }
    let as_of = as_of("2026-10-15");
    let fetched = read_stored(&serde_json::to_vec(&objects).unwrap(), as_of.instant).unwrap();
    assert_eq!(fetched.len(), 2);
    for account in fetched {
        let mut snapshots = [freeze(account, Zone::default())];
        // The fixture's application asks for this one.
        snapshots[0].account.id = "fca_0".parse().unwrap();
        let application = application(1);
        let inputs = inputs(&application, &snapshots);
        let found = analyze(&application, &inputs, as_of, POSITIVE);
        assert_eq!(found.cash_flow.housing_monthly().amount, 120_000);
        assert_eq!(found.cash_flow.debt_monthly().amount, 0);
    }
}

#[test]
fn rent_by_cheque_or_app_since_two_months() {
    let bank = household()
        .row("2026-02-27", -24_830, "CHECK 3860")
        .row("2026-03-28", -21_830, "CHECK 3861")
        .row("2026-05-02", -143_500, "CHECK 3862")
        .row("2026-06-04", -143_500, "CHECK 3864");
    assert_eq!(told(bank), (143_500, 0));
    let bank = household()
        .row(
            "2026-05-04",
            -143_500,
            "ZELLE TO PETROV LOGAN ON 05/02 REF # WFCTTXDQCBDL",
        )
        .row(
            "2026-06-04",
            -143_500,
            "ZELLE TO PETROV LOGAN ON 06/02 REF # WFCTSZJRNQBK",
        );
    assert_eq!(told(bank), (143_500, 0));
}
