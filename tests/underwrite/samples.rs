//! What each sample applicant should get under the rule set that ships, on a fixed day: stated
//! from the story and the rules, not from what the engine said.

use std::str::FromStr;

use rust_decimal::Decimal;
use underwrite::proto::{self, Outcome};
use underwrite::sandbox::{SampleApplicant, applicants};
use underwrite::service::to_wire;

use super::harness::{RULE_SET, TestSystem, feature, principal, system, today};

/// The income to be seen in the accounts.
#[derive(Debug, Clone, Copy)]
enum Income {
    /// A month's net in dollars, give or take.
    Monthly(&'static str, &'static str),
    /// It cannot be seen.
    Missing,
}
use Income::{Missing, Monthly};

/// What is expected of one sample.
struct Expected {
    key: &'static str,
    outcome: Outcome,
    /// The codes with which the reasons told to the applicant begin; none where the loan is
    /// approved.
    reasons: &'static [&'static str],
    income: Income,
}

const fn approve(key: &'static str, income: Income) -> Expected {
    expected(key, Outcome::Approve, &[], income)
}

const fn expected(
    key: &'static str,
    outcome: Outcome,
    reasons: &'static [&'static str],
    income: Income,
) -> Expected {
    Expected {
        key,
        outcome,
        reasons,
        income,
    }
}

/// In the order of the samples. A pay of P give or take w, n times a year, is P n / 12 a month.
const EXPECTED: &[Expected] = &[
    // 2,318.44 x 26 / 12; rent and debts take two fifths of it.
    approve("salaried", Monthly("5023.29", "20.10")),
    // 1,985.40 x 24 / 12.
    approve("semi_monthly", Monthly("3970.80", "0")),
    // 624 x 52 / 12; a paycheck is up to 18% off, the middle of six of them much less.
    approve("weekly_hourly", Monthly("2704.00", "300.00")),
    // 1,412.66 x 26 / 12 and 214.50 x 52 / 12.
    // Over 18 months 12,000 is some 750 a month, more than 15% of income.
    expected(
        "two_jobs",
        Outcome::Counter,
        &["INCOME_INSUFFICIENT_FOR_AMOUNT"],
        Monthly("3990.26", "99.00"),
    ),
    // 1,847 once a month, a third of it for the rent. What kind of income it is does not matter.
    approve("social_security", Monthly("1847.00", "0")),
    // By the middle of the ranges of three platforms.
    approve("gig", Monthly("2370.00", "600.00")),
    // Square 290 every 3 days and Stripe 440 every 7.5 are 4,720; Zelle and checks another 2,050.
    approve("self_employed", Monthly("5700.00", "1700.00")),
    // The last pay was seven weeks ago. That it stopped says more than that nothing is too little.
    expected(
        "job_lost",
        Outcome::Decline,
        &["INCOME_STOPPED", "INCOME_INSUFFICIENT"],
        Monthly("0", "0"),
    ),
    // 1,388.27 x 26 / 12; debits were sent back in each of the last months.
    expected(
        "frequent_nsf",
        Outcome::Decline,
        &["NSF_RECENT"],
        Monthly("3007.92", "90.24"),
    ),
    // 1,294.75 x 26 / 12; below zero on more than half of the days, and never a fee.
    expected(
        "overdrafts",
        Outcome::Decline,
        &["ACCOUNT_OVERDRAWN"],
        Monthly("2805.29", "22.45"),
    ),
    // 1,523.10 x 26 / 12; the loans are no income. Three lenders are as many as are declined.
    expected(
        "payday_loans",
        Outcome::Decline,
        &["SHORT_TERM_LENDERS"],
        Monthly("3300.05", "49.50"),
    ),
    // 2,470.55 x 26 / 12 and 1,842.30 x 24 / 12.
    approve("joint", Monthly("9037.46", "16.06")),
    // 2,051.90 x 26 / 12, on the account of somebody with another name.
    expected(
        "ownership_mismatch",
        Outcome::Refer,
        &["OWNERSHIP_NOT_MATCHED"],
        Monthly("4445.78", "0.01"),
    ),
    // 2,143.80 x 26 / 12; what comes back from the other bank is no income.
    approve("own_transfers", Monthly("4644.90", "13.94")),
    // Five weeks, where sixty days are required.
    expected("short_history", Outcome::Refer, &["HISTORY_SHORT"], Missing),
    // Nothing is known but the balance and the owner.
    expected(
        "no_transactions",
        Outcome::Refer,
        &["NO_TRANSACTIONS", "INFORMATION_MISSING"],
        Missing,
    ),
    // What was read before may not be used any more, the owners neither.
    expected(
        "disconnected",
        Outcome::Refer,
        &["ACCOUNT_DISCONNECTED", "OWNERSHIP_NOT_VERIFIED"],
        Missing,
    ),
    // No account that money comes into.
    expected(
        "credit_card",
        Outcome::Refer,
        &["NO_TRANSACTIONS", "INFORMATION_MISSING"],
        Missing,
    ),
    // 2,264.80 x 26 / 12, once the bank has answered.
    approve("slow_refresh", Monthly("4907.07", "14.72")),
];

fn asked(sample: &SampleApplicant) -> proto::DecideRequest {
    proto::DecideRequest {
        idempotency_key: format!("expected-{}", sample.key),
        application: Some(to_wire::application(&sample.application)),
        rule_set: RULE_SET.to_owned(),
        view: proto::DecisionView::Full.into(),
    }
}

fn dollars(text: &str) -> Decimal {
    Decimal::from_str(text.strip_suffix(" USD").unwrap_or(text)).unwrap()
}

/// Where the decision is not as expected.
fn differences(expected: &Expected, decision: &proto::Decision) -> Vec<String> {
    let reasons = principal(decision);
    let mut found = Vec::new();
    if decision.outcome() != expected.outcome {
        found.push(format!(
            "{:?} for {reasons:?}, not {:?}",
            decision.outcome(),
            expected.outcome
        ));
    } else if !reasons.starts_with(expected.reasons)
        || reasons.is_empty() != expected.reasons.is_empty()
    {
        found.push(format!(
            "{reasons:?} do not begin with {:?}",
            expected.reasons
        ));
    }
    let income = feature(decision, "income.monthly_net");
    let as_told = match expected.income {
        Missing => income.starts_with("missing"),
        Monthly(stated, off) => {
            !income.starts_with("missing")
                && (dollars(&income) - dollars(stated)).abs() <= dollars(off)
        }
    };
    if !as_told {
        found.push(format!("an income of {income}, not {:?}", expected.income));
    }
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn every_sample_gets_what_its_story_says() {
    let system: TestSystem = system().await;
    let samples = applicants(today());
    let keys: Vec<&str> = samples.iter().map(|sample| sample.key).collect();
    let expected: Vec<&str> = EXPECTED.iter().map(|expected| expected.key).collect();
    assert_eq!(keys, expected);
    let mut wrong = Vec::new();
    for (sample, expected) in samples.iter().zip(EXPECTED) {
        let decision = system.decide(asked(sample)).await;
        let found = differences(expected, &decision);
        wrong.extend(found.iter().map(|text| format!("{}: {text}", sample.key)));
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}
