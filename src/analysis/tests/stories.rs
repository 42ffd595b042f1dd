//! What an analyst would say of some households.

use super::fixtures::*;
use crate::analysis::{Analysis, Cadence, EntryKind, Exclusion, Lending, NsfKind, StreamStatus};

fn stream<'a>(analysis: &'a Analysis, counterparty: &str) -> &'a crate::analysis::Stream {
    analysis
        .income
        .streams
        .iter()
        .find(|stream| stream.counterparty == counterparty)
        .unwrap_or_else(|| panic!("{counterparty} in {:?}", analysis.income.streams))
}

#[test]
fn a_salary_that_was_raised_is_taken_at_its_new_level() {
    let months = ["01-30", "02-27", "03-31", "04-30", "05-29"];
    let mut bank = Bank::checking();
    for month in months {
        bank = bank.row(
            &format!("2026-{month}"),
            400_000,
            "HARBOR FREIGHTERS DES:DIR DEP ID:XXXXX12 INDN:EXAMPLE ROBIN CO ID:XXXXX88 PPD",
        );
    }
    for month in ["06-30", "07-31", "08-31"] {
        bank = bank.row(
            &format!("2026-{month}"),
            440_000,
            "HARBOR FREIGHTERS DES:DIR DEP ID:XXXXX12 INDN:EXAMPLE ROBIN CO ID:XXXXX88 PPD",
        );
    }
    let found = analysis(&[bank], "2026-09-10");
    let salary = stream(&found, "Harbor Freighters");
    assert_eq!(
        (salary.cadence, salary.kind),
        (Cadence::Monthly, EntryKind::Wages)
    );
    assert_eq!((salary.level, salary.monthly), (440_000, 440_000));
    assert_eq!(salary.status, StreamStatus::Active);
    assert_eq!(salary.next_payday, Some(date("2026-09-30")));
    assert!(salary.confidence.total() >= 800, "{:?}", salary.confidence);
    assert!(!found.income.stopped);
}

#[test]
fn one_employer_paying_two_accounts_is_one_stream() {
    let text = "ORIG CO NAME:LUMEN CLINIC LLC ORIG ID:1234567890 \
        CO ENTRY DESCR:PAYROLL SEC:PPD IND NAME:ROBIN EXAMPLE";
    let checking = Bank::checking().every(14, "2026-01-02", "2026-06-19", 150_000, text);
    let savings = Bank::savings().every(14, "2026-01-02", "2026-06-19", 50_000, text);
    let found = analysis(&[checking, savings], "2026-06-25");
    let pay = stream(&found, "Lumen Clinic");
    assert_eq!(pay.cadence, Cadence::Biweekly);
    assert_eq!(pay.monthly, 433_333);
    assert_eq!(found.income.streams.len(), 1);
}

#[test]
fn gig_work_is_averaged_over_empty_weeks_too() {
    let bank = Bank::checking().row("2026-01-05", -5_000, "GROCER").rows(
        &[
            "2026-03-30",
            "2026-04-02",
            "2026-04-14",
            "2026-04-16",
            "2026-05-04",
            "2026-05-07",
            "2026-05-21",
            "2026-05-22",
            "2026-06-03",
            "2026-06-12",
            "2026-06-17",
        ],
        10_000,
        "DOORDASH, INC. DES:PICARRO SA ID:ST-X1 INDN:ROBIN CO ID:4270465600 CCD",
    );
    let found = analysis(&[bank], "2026-06-22");
    let gig = stream(&found, "DoorDash");
    assert_eq!(
        (gig.cadence, gig.kind),
        (Cadence::Irregular, EntryKind::Gig)
    );
    assert!((20_000..=60_000).contains(&gig.monthly), "{}", gig.monthly);
    assert_eq!(found.income.monthly_recurring, 0);
}

#[test]
fn a_driver_may_take_three_weeks_off() {
    let text =
        "ORIG CO NAME:LYFT ORIG ID:1320456349 CO ENTRY DESCR:RIDES SEC:CCD IND NAME:ROBIN CO";
    let wages = "LUMEN CLINIC DES:PAYROLL ID:1 INDN:ROBIN CO ID:9999999999 PPD";
    let weekly = |text| {
        let bank = Bank::checking().row("2026-01-05", -5_000, "GROCER");
        let bank = bank.every(7, "2026-01-06", "2026-05-26", 33_000, text);
        analysis(&[bank], "2026-06-19").income.streams
    };
    // Weekly, and 24 days without: of wages the end, of work that one chooses not yet.
    let statuses = |text| {
        weekly(text)
            .iter()
            .map(|one| one.status)
            .collect::<Vec<_>>()
    };
    assert_eq!(statuses(text), [StreamStatus::Late]);
    assert_eq!(statuses(wages), [StreamStatus::Inactive]);
}

#[test]
fn benefits_count_in_full_and_stop_when_they_stop() {
    let bank = Bank::checking()
        .rows(
            &[
                "2026-01-14",
                "2026-02-11",
                "2026-03-11",
                "2026-04-08",
                "2026-05-13",
                "2026-06-10",
            ],
            180_000,
            "SSA TREAS 310 XXSOC SEC PPD ID: 9031736042",
        )
        .every(
            7,
            "2026-01-05",
            "2026-03-09",
            40_000,
            "STATE OF OHIO UI BENEFIT",
        );
    let found = analysis(&[bank], "2026-06-20");
    let ssa = stream(&found, "Social Security");
    assert_eq!((ssa.cadence, ssa.monthly), (Cadence::Monthly, 180_000));
    assert_eq!(ssa.next_payday, Some(date("2026-07-08")));
    assert_eq!(found.income.monthly, 180_000);
    let stopped = found
        .income
        .streams
        .iter()
        .find(|stream| stream.kind == EntryKind::Unemployment)
        .unwrap();
    assert_eq!(
        (stopped.status, stopped.cadence),
        (StreamStatus::Inactive, Cadence::Weekly)
    );
}

#[test]
fn a_lost_job_is_seen() {
    let bank = Bank::checking()
        .every(
            14,
            "2026-01-02",
            "2026-04-10",
            200_000,
            "BRIGHT MILLS PAYROLL",
        )
        .every(3, "2026-04-12", "2026-06-20", -2_000, "GROCER");
    let found = analysis(&[bank], "2026-06-20");
    assert_eq!(found.income.monthly, 0);
    assert!(found.income.stopped);
    assert_eq!(found.income.next_payday, None);
}

#[test]
fn an_employer_with_another_payroll_provider_is_one_stream() {
    let bank = Bank::checking()
        .every(
            14,
            "2026-01-02",
            "2026-03-27",
            200_000,
            "PAYLOCITY BRIGHT MILLS PAYROLL",
        )
        .every(
            14,
            "2026-04-10",
            "2026-06-19",
            204_000,
            "GUSTO PAY BMILLS 991122",
        );
    let found = analysis(&[bank], "2026-06-22");
    assert_eq!(found.income.streams.len(), 1);
    assert_eq!(found.income.streams[0].events, 13);
}

#[test]
fn money_that_only_looks_like_income() {
    let checking = Bank::checking()
        .rows(
            &["2026-04-01", "2026-05-01", "2026-06-01"],
            2_500,
            "INTEREST PAYMENT",
        )
        .row("2026-04-20", 310_000, "IRS TREAS 310 DES:TAX REF")
        .row("2026-05-04", 50_000, "MONEYLION INSTACASH")
        .row("2026-05-10", -12_345, "POS PURCHASE CAMERA HUT")
        .row("2026-05-14", 12_345, "CAMERA HUT REFUND")
        .row("2026-05-20", 90_000, "MISC CREDIT 7781")
        .row("2026-05-25", 20_000, "ZELLE FROM SAM")
        .row("2026-06-02", 1_500_000, "ONLINE TRANSFER FROM SAV ...9911");
    let savings = Bank::savings()
        .row("2026-05-19", -90_000, "MISC DEBIT 7782")
        .row("2026-04-01", 100, "INTEREST");
    let found = analysis(&[checking, savings], "2026-06-20");
    assert_eq!(found.income.streams, vec![]);
    let why = |cents: i64| {
        found
            .entries
            .iter()
            .find(|entry| entry.amount == cents)
            .and_then(|entry| entry.excluded)
    };
    assert_eq!(why(2_500), Some(Exclusion::Interest));
    assert_eq!(why(310_000), Some(Exclusion::TaxRefund));
    assert_eq!(why(50_000), Some(Exclusion::LoanProceeds));
    assert_eq!(why(12_345), Some(Exclusion::Refund));
    assert_eq!(why(90_000), Some(Exclusion::MirroredTransfer));
    assert_eq!(why(20_000), Some(Exclusion::PersonToPerson));
    assert_eq!(why(1_500_000), Some(Exclusion::TransferWords));
    assert_eq!(found.cash_flow.own_transfers_90d.amount, 1_590_000);
}

#[test]
fn a_payroll_taken_back_is_no_income() {
    let bank = Bank::checking()
        .every(
            14,
            "2026-01-02",
            "2026-06-19",
            200_000,
            "BRIGHT MILLS PAYROLL",
        )
        .row("2026-06-22", -200_000, "BRIGHT MILLS PAYROLL REVERSAL");
    let found = analysis(&[bank], "2026-06-23");
    assert_eq!(found.income.streams[0].last, date("2026-06-05"));
}

#[test]
fn an_account_linked_twice_counts_once() {
    let bank = Bank::checking().every(
        14,
        "2026-01-02",
        "2026-06-19",
        200_000,
        "BRIGHT MILLS PAYROLL",
    );
    let found = analysis(&[bank.clone(), bank], "2026-06-22");
    assert_eq!(found.accounts[1].facts.duplicate_of, Some(0));
    assert_eq!(found.income.monthly, 433_333);
}

#[test]
fn days_without_funds_are_counted_once() {
    let bank = Bank::checking()
        .row("2026-05-04", -3_400, "NSF FEE")
        .row("2026-05-04", -3_400, "OVERDRAFT ITEM FEE")
        .row("2026-05-06", 3_400, "NSF FEE REFUND")
        .row("2026-05-11", -8_000, "CITY POWER BILL PAYMENT")
        .row("2026-05-13", 8_000, "ACH RETURN CITY POWER")
        .row("2026-05-20", -1_200, "DEPOSITED ITEM RETURNED FEE")
        .row(
            "2026-05-22",
            5_000,
            "OVERDRAFT PROTECTION TRANSFER FROM SAVINGS",
        )
        .row("2026-05-25", -6_000, "POS SHOE BARN")
        .row("2026-05-26", 6_000, "POS RETURN SHOE BARN");
    let found = analysis(&[bank], "2026-06-20");
    let today = date("2026-06-20");
    let all = [
        NsfKind::NsfFee,
        NsfKind::OverdraftFee,
        NsfKind::ReturnedDebit,
        NsfKind::ReturnFee,
    ];
    assert_eq!(found.nsf.days(today, 90, &all).0, 2);
    assert_eq!(found.nsf.days(today, 90, &[NsfKind::ReturnedDebit]).0, 1);
    assert_eq!(found.nsf.fees_net(today, 90).0, 3_400);
    assert_eq!(
        found.nsf.days(today, 90, &[NsfKind::ProtectionTransfer]).0,
        1
    );
    assert_eq!(
        found.nsf.last().map(|event| event.day),
        Some(date("2026-05-13"))
    );
}

#[test]
fn obligations_are_monthly_whatever_their_rhythm() {
    let bank = Bank::checking()
        .every(
            14,
            "2026-03-06",
            "2026-06-12",
            -12_000,
            "MARINER FINANCE LOAN PMT",
        )
        .rows(
            &["2026-04-01", "2026-05-01", "2026-06-01"],
            -140_000,
            "OAKWOOD APARTMENTS WEB PMTS",
        )
        .rows(
            &["2026-04-12", "2026-05-12", "2026-06-12"],
            -31_000,
            "NAVIENT STUDENT LN",
        );
    let found = analysis(&[bank], "2026-06-20");
    assert_eq!(found.cash_flow.housing_monthly().amount, 140_000);
    assert_eq!(found.cash_flow.debt_monthly().amount, 26_000 + 31_000);
}

#[test]
fn a_loan_is_known_by_its_repayments() {
    let bank = Bank::checking()
        .row("2026-04-03", 300_000, "GRAND RIVER CREDIT")
        .rows(&["2026-05-03", "2026-06-03"], -28_000, "GRAND RIVER CREDIT");
    let found = analysis(&[bank], "2026-06-20");
    let loan = found.entries.iter().find(|entry| entry.amount > 0).unwrap();
    assert_eq!(loan.excluded, Some(Exclusion::LoanProceeds));
    assert_eq!(loan.kind, EntryKind::Loan(Lending::Personal));
}
