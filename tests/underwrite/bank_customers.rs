//! Synthetic customers of another provider's sandbox, converted and decided on 2026-08-22.
//!
//! Which income each has is stated here by hand, read off their transactions. The rules applied:
//! a stream counts while the day is not past its next expected payment and a few business days;
//! it is inactive once two of its cycles have gone by without one. Interest, refunds and transfers
//! between own accounts are no income. A stream's monthly net is its level times the payments of
//! an average month: 52/12, 26/12, 2 or 1; its level is the median of the latest six.

use std::path::PathBuf;
use std::str::FromStr;

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde_json::Value;
use underwrite::proto;
use underwrite::proto::Outcome;

use super::harness::{TestSystem, feature, principal, request, system_with};
use super::linked::{Linked, Row, plausible_balance};

/// The lowest balance that a customer without a stated one is given at any time, in cents.
const BALANCE_FLOOR: i64 = 50_000;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/data/plaid-sandbox-users")
}

/// The accounts of one customer, or nothing where the data is not there.
fn customer(file: &str) -> Option<Vec<Linked>> {
    let path = folder().join(file);
    if !path.exists() {
        println!("skipped: the bank customers are not stored beside this project");
        return None;
    }
    let data: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let stem = file.trim_end_matches(".json").replace('+', "_");
    let accounts = data["override_accounts"].as_array().unwrap().iter();
    let with_rows = accounts.filter(|account| account["transactions"].is_array());
    Some(
        with_rows
            .enumerate()
            .map(|(index, account)| convert(&stem, index, account))
            .collect(),
    )
}

/// An account in Stripe's terms: minor units, and the sign turned so that positive is money in.
fn convert(stem: &str, index: usize, account: &Value) -> Linked {
    let identity = &account["identity"];
    let mut linked = Linked::checking(&format!("{stem}_{index}"), text(&identity["names"][0]));
    linked.subcategory = text(&account["subtype"]).to_owned();
    let address = &identity["addresses"][0]["data"];
    let parts = ["street", "city", "region", "postal_code", "country"];
    linked.raw_address = Some(parts.map(|part| text(&address[part])).join(", "));
    linked.rows = account["transactions"]
        .as_array()
        .unwrap()
        .iter()
        .map(row)
        .collect();
    let stated = &account["starting_balance"];
    linked.balance = if stated.is_null() {
        plausible_balance(&linked.rows, BALANCE_FLOOR)
    } else {
        minor(stated)
    };
    linked
}

fn row(transaction: &Value) -> Row {
    assert_eq!(text(&transaction["currency"]), "USD");
    Row {
        transacted: day(&transaction["date_transacted"]),
        posted: day(&transaction["date_posted"]),
        minor: -minor(&transaction["amount"]),
        description: text(&transaction["description"]).to_owned(),
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

fn day(value: &Value) -> NaiveDate {
    NaiveDate::from_str(text(value)).unwrap()
}

/// Exact cents of a JSON number.
fn minor(value: &Value) -> i64 {
    let major = Decimal::from_str(&value.as_number().unwrap().to_string()).unwrap();
    i64::try_from(major * Decimal::ONE_HUNDRED).unwrap()
}

async fn decide(name: &str, accounts: &[Linked]) -> (TestSystem, proto::Decision) {
    let system = system_with(accounts).await;
    let ids: Vec<String> = accounts.iter().map(Linked::id).collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let decision = system.decide(request("k", name, &ids)).await;
    (system, decision)
}

/// One active stream as a person reads it off the statement.
struct Stream {
    /// Cents of one payment.
    level: i64,
    /// Payments of an average year.
    per_year: i64,
}

/// A payer's stream; the name is for the reader.
fn stream(_payer: &str, level: i64, per_year: i64) -> Stream {
    Stream { level, per_year }
}

/// What the streams come to in a month, as the decision shows it.
fn monthly(streams: &[Stream]) -> String {
    let cents: Decimal = streams
        .iter()
        .map(|stream| Decimal::from(stream.level * stream.per_year) / Decimal::from(12))
        .sum();
    format!("{:.2} USD", cents / Decimal::ONE_HUNDRED)
}

/// Nobody who has no income that can be seen is lent to without a person looking.
fn assert_no_loan(decision: &proto::Decision) {
    let no = [Outcome::Refer, Outcome::Decline];
    assert!(no.contains(&decision.outcome()), "{:?}", decision.outcome());
    assert!(!principal(decision).is_empty(), "no reason");
}

/// One salary. `Plaid Direct Dep` comes about the 21st of each month: 5,000 from 2025-08 to
/// 2026-04, then 5,500 on 05-22, 06-22 and 07-21: a raise that three paydays have confirmed, so
/// 5,500 is what the salary is now. The next is due about 08-21, a Friday; on 08-22 it is a day
/// late, within the grace, so the stream is active. Interest of 4.22 and an airline's refund of
/// 500 are no income.
#[tokio::test(flavor = "multi_thread")]
async fn basic_has_one_monthly_salary() {
    let Some(accounts) = customer("bank_income_basic.json") else {
        return;
    };
    let (_house, decision) = decide("George Smith", &accounts).await;
    let streams = [stream("Plaid Direct Dep", 550_000, 12)];
    assert_eq!(monthly(&streams), "5500.00 USD");
    assert_eq!(feature(&decision, "income.monthly_net"), "5500.00 USD");
    assert_eq!(feature(&decision, "income.streams"), "1");
    assert_eq!(feature(&decision, "income.primary_cadence"), "monthly");
    assert_eq!(feature(&decision, "income.stopped"), "false");
}

/// Five payers, four incomes.
/// - `Plaid Direct Dep`, 2,000 about the 8th of each month since 03-10, last 08-08: monthly.
/// - `Social Security Administration`, 2,500 on 05-28, 06-27, 07-28: monthly, next 08-28.
/// - `Uber Payment` into the savings account, 1,000 every 15 or 16 days since 05-24, last 08-08,
///   next 08-23: twice a month.
/// - `Lyft Payment`, 1,200 every Wednesday since 07-08, last 08-12: weekly. That of 08-19 did not
///   come; three business days of grace end on 08-24, so on 08-22 it is still active.
/// - `bank interest payment`, 25 a month: interest, no income.
#[tokio::test(flavor = "multi_thread")]
async fn five_sources_have_four_incomes() {
    let file = "bank_income_custom_user_5_income_sources.json";
    let Some(accounts) = customer(file) else {
        return;
    };
    let (_house, decision) = decide("John Smith", &accounts).await;
    let streams = [
        stream("Plaid Direct Dep", 200_000, 12),
        stream("Social Security Administration", 250_000, 12),
        stream("Uber Payment", 100_000, 24),
        stream("Lyft Payment", 120_000, 52),
    ];
    assert_eq!(monthly(&streams), "11700.00 USD");
    assert_eq!(feature(&decision, "income.monthly_net"), "11700.00 USD");
    assert_eq!(feature(&decision, "income.streams"), "4");
    assert_eq!(feature(&decision, "income.primary_cadence"), "weekly");
    assert_eq!(feature(&decision, "income.stopped"), "false");
}

/// Benefits that all ended.
/// - `Social Security Administration`, 2,500 on the 2nd, last 06-02: two cycles end on 08-02.
/// - `Unemployment Benefits`, 750 every second Wednesday, last 06-17: two cycles end on 07-15.
/// - `child support`, 75 on 04-26, 05-16 and 05-29, nothing for twelve weeks.
///
/// Interest of 4.22 and an airline's refund of 500 are no income. So on 08-22 there is none, and
/// what was the largest part of it has stopped.
#[tokio::test(flavor = "multi_thread")]
async fn benefits_that_ended_are_no_income() {
    let Some(accounts) = customer("SSAuser.json") else {
        return;
    };
    let (_house, decision) = decide("John Smith", &accounts).await;
    assert_eq!(monthly(&[]), "0.00 USD");
    assert_eq!(feature(&decision, "income.monthly_net"), "0.00 USD");
    assert_eq!(feature(&decision, "income.streams"), "0");
    assert_eq!(feature(&decision, "income.primary_cadence"), "none");
    assert_eq!(feature(&decision, "income.stopped"), "true");
    assert_no_loan(&decision);
}

/// A business of which three days are known: it pays wages and rent, and the one deposit is a
/// transfer from its own savings. What it earns cannot be known from three days: not zero, but
/// missing, and never a loan without a person looking.
#[tokio::test(flavor = "multi_thread")]
async fn three_days_of_a_business_show_no_income() {
    let Some(accounts) = customer("SMBCustomUser.json") else {
        return;
    };
    let (_house, decision) = decide("John Smith", &accounts).await;
    assert_eq!(
        feature(&decision, "income.monthly_net"),
        "missing: HISTORY_TOO_SHORT"
    );
    assert_eq!(decision.outcome(), Outcome::Refer);
    assert_no_loan(&decision);
}

/// Two accounts, each with two card payments going out and nothing coming in. Sixty days are known
/// (06-24 to 08-22), which is under nine tenths of the ninety that income is looked for in: that
/// there is none is not known, it is missing.
#[tokio::test(flavor = "multi_thread")]
async fn payments_that_only_go_out_show_no_income() {
    let file = "transactions_checking+savings_custom_user.json";
    let Some(accounts) = customer(file) else {
        return;
    };
    assert_eq!(accounts.len(), 2);
    assert!(
        accounts
            .iter()
            .flat_map(|account| &account.rows)
            .all(|row| row.minor < 0)
    );
    let (_house, decision) = decide("John Smith", &accounts).await;
    assert_eq!(
        feature(&decision, "income.monthly_net"),
        "missing: HISTORY_TOO_SHORT"
    );
    assert_no_loan(&decision);
}

/// The sixth stored customer has payslips and no account: there is nothing to decide on.
#[test]
fn payslips_are_no_bank_account() {
    let Some(accounts) = customer("payroll_income_custom_user.json") else {
        return;
    };
    assert!(accounts.is_empty());
}

#[test]
fn the_sign_is_turned_and_cents_are_exact() {
    let plaid = serde_json::json!({
        "date_transacted": "2026-08-21",
        "date_posted": "2026-08-22",
        "amount": -398.34,
        "description": "SALARY",
        "currency": "USD",
    });
    let row = row(&plaid);
    assert_eq!(row.minor, 39_834);
    assert_eq!(row.posted.to_string(), "2026-08-22");
}
