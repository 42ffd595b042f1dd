//! Debits that came back, and what only looks like them, in the words of many banks.

use super::fixtures::{Bank, analysis, date};
use crate::analysis::{Exclusion, NsfKind};

const TODAY: &str = "2026-06-30";
const DEBIT: &str = "GEICO DES:AUTO PREM ID:XXXXX4411 INDN:ROBIN EXAMPLE CO ID:1530075853 WEB";

/// Somebody with pay, some card purchases and enough money.
fn account() -> Bank {
    let bank = Bank {
        current: 3_000_000,
        ..Bank::checking()
    };
    bank.every(14, "2026-01-02", "2026-06-19", 190_000, "ACME CORP PAYROLL")
        .every(
            5,
            "2026-01-04",
            "2026-06-28",
            -4_313,
            "POS PURCHASE CORNER MARKET",
        )
}

fn event_days(bank: Bank) -> (i64, i64) {
    let found = analysis(&[bank], TODAY);
    let all = [
        NsfKind::NsfFee,
        NsfKind::OverdraftFee,
        NsfKind::ReturnedDebit,
        NsfKind::ReturnFee,
    ];
    let today = date(TODAY);
    (
        found.nsf.days(today, 90, &all).0,
        found.nsf.days(today, 90, &[NsfKind::ReturnedDebit]).0,
    )
}

#[test]
fn a_debit_comes_back_in_many_words() {
    for text in [
        "RETURN OF POSTED CHECK / ITEM (RECEIVED ON 05-12) ELECTRONIC TRANSACTION",
        "RETURNED ITEM CREDIT",
        "ACH RETURN CREDIT",
        "ACH REJECT CREDIT",
        "NSF RTN ITEM CR",
        "CREDIT MEMO RETURNED ITEM",
        "Electronic Withdrawal Returned",
        "REJECTED EFT",
        "Return Unpaid Item",
        "PYMT DISHONORED",
        "RETD DEBIT GEICO",
        "GEICO DES:RETURN ID:XXXXX4411 INDN:ROBIN EXAMPLE CO ID:1530075853 WEB",
        "Reversal: GEICO AUTO PREM",
        "REVERSED PREAUTHORIZED DEBIT",
        "RETURN SETTLE GEICO RETURN R01",
        "WITHDRAWAL REVERSED NSF",
        "ACH CORRECTION - UNABLE TO PAY",
        "RETURN REASON R01 GEICO",
        "ACH DEBIT RETURNED - GEICO",
        "DEBIT REJECT GEICO PAY",
        "DEPOSIT ACH GEICO TYPE: RETURN CO: GEICO",
        // The same words as of the debit itself.
        DEBIT,
    ] {
        let bank = account()
            .row("2026-05-12", -18_642, DEBIT)
            .row("2026-05-14", 18_642, text);
        assert_eq!(event_days(bank), (1, 1), "{text}");
    }
}

#[test]
fn a_return_is_known_by_the_short_account_where_nothing_says_so() {
    let paid = "ACME FITNESS 5550123";
    for text in [
        paid,
        "ACME FITNESS",
        "REV ACME FITNESS",
        "CREDIT ADJ 0514 ACH",
    ] {
        let short = |current| {
            let mut bank = Bank::checking()
                .row("2026-01-05", 50_000, "ACME CORP PAYROLL")
                .row("2026-05-12", -18_642, paid)
                .row("2026-05-14", 18_642, text);
            bank.current = current;
            event_days(bank)
        };
        let expected = if text.contains("ADJ") { 0 } else { 1 };
        assert_eq!(short(2_000).0, expected, "{text}");
        // With money enough it is a refund.
        assert_eq!(short(90_000).0, 0, "{text}");
    }
}

#[test]
fn what_comes_back_otherwise_is_no_event() {
    for (out, back) in [
        ("POS PURCHASE HARDWARE BARN", "POS RETURN HARDWARE BARN"),
        ("POS PURCHASE HARDWARE BARN", "HARDWARE BARN"),
        ("HARDWARE BARN #1204", "HARDWARE BARN #1204 RETURN"),
        ("HARDWARE BARN #1204", "HARDWARE BARN #1204"),
        (
            "POS PURCHASE HARDWARE BARN",
            "PURCHASE RETURN HARDWARE BARN",
        ),
        (
            "Zelle payment to Pat Friend",
            "Zelle payment from Pat Friend",
        ),
        ("VENMO PAYMENT 1029", "VENMO CASHOUT 2231"),
        (
            "ONLINE TRANSFER TO SAV 1234",
            "ONLINE TRANSFER FROM SAV 1234",
        ),
        (
            "CHECKCARD 0512 GRAND HOTEL",
            "ACME CORP DES:EXP REIMB ID:1 INDN:ROBIN EXAMPLE CO ID:1234567890 PPD",
        ),
        ("ATM WITHDRAWAL 5TH AVE", "ATM DISPUTE CREDIT"),
        ("ATM WITHDRAWAL 5TH AVE", "REVERSAL ATM WITHDRAWAL"),
        ("CHECKCARD 0512 AIRLINE", "PROVISIONAL CREDIT 0512 DISPUTE"),
        ("DRAFTKINGS 4412", "DRAFTKINGS WITHDRAWAL"),
        ("EARNIN ACTIVEHOURS", "EARNIN ACTIVEHOURS"),
        (
            "ROBINHOOD DES:FUNDS ID:1 INDN:ROBIN EXAMPLE CO ID:1464364776 WEB",
            "ROBINHOOD DES:FUNDS ID:1 INDN:ROBIN EXAMPLE CO ID:1464364776 PPD",
        ),
        (DEBIT, "MOBILE DEPOSIT 4411"),
        (DEBIT, "DEPOSIT 4411"),
        (DEBIT, "Zelle payment from Pat Friend"),
        (
            DEBIT,
            "NORTHWIND DES:PAYROLL ID:1 INDN:ROBIN EXAMPLE CO ID:1234500000 PPD",
        ),
    ] {
        let bank = account()
            .row("2026-05-12", -18_640, out)
            .row("2026-05-14", 18_640, back);
        assert_eq!(event_days(bank), (0, 0), "{out} / {back}");
    }
    // Another amount, another order, or too long ago.
    let late = account()
        .row("2026-05-12", -18_642, DEBIT)
        .row("2026-05-20", 18_642, DEBIT);
    assert_eq!(event_days(late), (0, 0));
    let before =
        account()
            .row("2026-05-11", 18_642, "ACH CREDIT GEICO")
            .row("2026-05-12", -18_642, DEBIT);
    assert_eq!(event_days(before), (0, 0));
}

#[test]
fn somebody_elses_item_that_comes_back_is_no_event() {
    for text in [
        "DEPOSITED ITEM RETURNED 5512",
        "RETURN OF DEPOSITED ITEM - NSF",
        "CHARGEBACK DEPOSITED CHECK",
        "RETURNED CHECK J SMITH",
    ] {
        let bank = account()
            .row("2026-05-12", 42_000, "MOBILE DEPOSIT 5512")
            .row("2026-05-15", -42_000, text);
        let found = analysis(std::slice::from_ref(&bank), TODAY);
        assert_eq!(event_days(bank), (0, 0), "{text}");
        let deposit = found.entries.iter().find(|entry| entry.amount == 42_000);
        assert_eq!(
            deposit.unwrap().excluded,
            Some(Exclusion::Reversed),
            "{text}"
        );
    }
}

#[test]
fn a_fee_for_somebody_elses_item_is_no_event() {
    let deposit = || {
        account()
            .row("2026-05-12", 4_500, "MOBILE DEPOSIT 5512")
            .row("2026-05-15", -4_500, "DEPOSITED ITEM RETURNED")
    };
    assert_eq!(
        event_days(deposit().row("2026-05-15", -1_200, "RETURNED ITEM FEE")).0,
        0
    );
    assert_eq!(
        event_days(deposit().row("2026-05-15", -3_500, "NSF FEE")).0,
        1
    );
    // As large as a fee, and no fee: the deposit is there.
    let small = account()
        .row("2026-05-12", 4_500, "MOBILE DEPOSIT 5512")
        .row("2026-05-15", -4_500, "RETURNED ITEM NSF");
    assert_eq!(event_days(small).0, 0);
    let alone = account().row("2026-05-15", -4_500, "RETURNED ITEM NSF");
    assert_eq!(event_days(alone).0, 1);
}

#[test]
fn a_fee_belongs_to_the_day_of_its_return() {
    for fee_day in ["2026-05-12", "2026-05-14", "2026-05-15", "2026-05-19"] {
        let bank = account()
            .row("2026-05-12", -18_642, DEBIT)
            .row("2026-05-14", 18_642, "RETURNED ITEM")
            .row(fee_day, -3_500, "NSF FEE");
        assert_eq!(event_days(bank), (1, 1), "{fee_day}");
    }
    let another = account()
        .row("2026-05-12", -18_642, DEBIT)
        .row("2026-05-14", 18_642, "RETURNED ITEM")
        .row("2026-05-20", -3_500, "NSF FEE");
    assert_eq!(event_days(another), (2, 1));
}

#[test]
fn a_name_with_words_of_trouble_is_no_trouble() {
    for text in [
        "NSF SAFE FOODS #1204",
        "OVERDRAFT BREWING CO",
        "POS PURCHASE OVERDRAFT BREWING CO",
        "CHECKCARD 0512 NSF SAFE FOODS 5512",
        "RETURN TO SENDER CAFE",
        "BOUNCE TRAMPOLINE PARK",
        "COURTESY PAY N SAVE",
        "PAID ITEM THRIFT SHOP",
        "NSF DES:DUES ID:1 INDN:ROBIN EXAMPLE CO ID:1234567890 WEB",
    ] {
        let bank = account().rows(&["2026-05-12", "2026-05-26"], -3_450, text);
        assert_eq!(event_days(bank).0, 0, "{text}");
    }
    for text in [
        "NSF",
        "RETURN LOGISTICS",
        "THE REVERSAL FILMS LLC",
        "NSF DES:PAYROLL ID:8842 INDN:EXAMPLE ROBIN CO ID:5300 PPD",
        "NSF PAYROLL 260512 8842 EXAMPLE ROBIN",
        "OVERDRAFT BREWING CO PAYROLL",
    ] {
        let bank = Bank::checking().every(14, "2026-01-02", "2026-06-19", 190_000, text);
        let found = analysis(std::slice::from_ref(&bank), TODAY);
        assert_eq!(event_days(bank).0, 0, "{text}");
        assert_eq!(found.income.streams.len(), 1, "{text}");
    }
}
