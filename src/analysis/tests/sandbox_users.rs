//! The public sandbox customers of a bank-data aggregator, where they are at hand.

use serde_json::Value;

use super::fixtures::*;
use crate::analysis::{Analysis, Cadence, EntryKind, StreamStatus};
use crate::money::{Currency, Money};
use crate::snapshot::{Subcategory, TransactionStatus};

/// The customer's accounts; in these files negative amounts are money in.
fn customer(file: &str) -> Option<Analysis> {
    let root = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../shared/data/plaid-sandbox-users/"
    );
    let Ok(text) = std::fs::read_to_string(format!("{root}{file}")) else {
        println!("skipped: no sandbox customers beside the project");
        return None;
    };
    let file: Value = serde_json::from_str(&text).unwrap();
    let digits = ["0001", "0002", "0003", "0004"];
    let banks: Vec<Bank> = file["override_accounts"]
        .as_array()
        .unwrap()
        .iter()
        .zip(digits)
        .map(|(account, last4)| Bank {
            subcategory: Subcategory::from_word(account["subtype"].as_str().unwrap()),
            last4,
            owner: "John Smith",
            current: 5_000_000,
            rows: account["transactions"]
                .as_array()
                .unwrap()
                .iter()
                .map(row)
                .collect(),
        })
        .collect();
    Some(analysis(&banks, "2026-08-22"))
}

fn row(row: &Value) -> (chrono::NaiveDate, i64, String, TransactionStatus) {
    let amount: rust_decimal::Decimal = row["amount"].to_string().parse().unwrap();
    let cents = -Money::from_decimal(amount, Currency::USD).unwrap().minor();
    let text = row["description"].as_str().unwrap().to_owned();
    (
        date(row["date_transacted"].as_str().unwrap()),
        cents,
        text,
        TransactionStatus::Posted,
    )
}

fn told(analysis: &Analysis) -> Vec<(EntryKind, Cadence, StreamStatus, i128)> {
    let mut streams: Vec<_> = analysis
        .income
        .streams
        .iter()
        .map(|stream| {
            (
                stream.kind,
                stream.cadence,
                stream.status,
                stream.monthly / 100,
            )
        })
        .collect();
    streams.sort_unstable();
    streams
}

#[test]
fn a_salary_and_its_bills() {
    if let Some(found) = customer("bank_income_basic.json") {
        let salary = (
            EntryKind::Wages,
            Cadence::Monthly,
            StreamStatus::Active,
            5_500,
        );
        assert_eq!(told(&found), vec![salary]);
        assert_eq!(found.cash_flow.housing_monthly().amount, 274_500);
    }
}

#[test]
fn five_sources_of_which_four_are_income() {
    if let Some(found) = customer("bank_income_custom_user_5_income_sources.json") {
        assert_eq!(
            told(&found),
            vec![
                (
                    EntryKind::Wages,
                    Cadence::Monthly,
                    StreamStatus::Active,
                    2_000
                ),
                (
                    EntryKind::Benefit,
                    Cadence::Monthly,
                    StreamStatus::Active,
                    2_500
                ),
                (EntryKind::Gig, Cadence::Weekly, StreamStatus::Active, 5_200),
                (
                    EntryKind::Gig,
                    Cadence::SemiMonthly,
                    StreamStatus::Active,
                    2_000
                ),
            ]
        );
    }
}

#[test]
fn benefits_that_all_stopped() {
    if let Some(found) = customer("SSAuser.json") {
        assert_eq!(found.income.monthly, 0);
        let kinds: Vec<_> = told(&found)
            .iter()
            .map(|(kind, cadence, status, _)| (*kind, *cadence, *status))
            .collect();
        assert_eq!(
            kinds,
            vec![
                (EntryKind::Benefit, Cadence::Monthly, StreamStatus::Inactive),
                (
                    EntryKind::Unemployment,
                    Cadence::Biweekly,
                    StreamStatus::Inactive
                ),
                (
                    EntryKind::Support,
                    Cadence::Irregular,
                    StreamStatus::Inactive
                ),
            ]
        );
    }
}

#[test]
fn a_transfer_to_a_business_is_no_income() {
    if let Some(found) = customer("SMBCustomUser.json") {
        assert_eq!(told(&found), vec![]);
    }
}
