//! The rule sets that verify: whose account it is, and what income comes in.

use super::*;
use crate::application::Input;
use crate::rules::check;

pub(super) const PAYOUT: &str = include_str!("../../../rules/payout-verification.toml");
pub(super) const INCOME: &str = include_str!("../../../rules/income-verification.toml");

/// The outcome of these facts with one of them changed, and the reasons that decided.
fn decided(source: &str, facts: &[Given], change: &[Given], asked: &Application) -> String {
    let mut facts = facts.to_vec();
    for change in change {
        facts.retain(|given| given.0 != change.0);
        facts.push(change.clone());
    }
    let decided = decide(&publish(source), &facts, asked);
    let reasons = decided.fired.iter().filter(|fired| fired.decisive);
    let reasons: Vec<&str> = reasons.map(|fired| fired.reason.as_str()).collect();
    format!("{} {}", decided.outcome, reasons.join(" "))
}

#[test]
fn they_have_no_findings() {
    for source in [PAYOUT, INCOME] {
        assert_eq!(check(source).1, []);
    }
}

pub(super) fn payees_account() -> Vec<Given> {
    vec![
        is("application.amount", usd(1_000)),
        is("ownership.name_score", ratio("1")),
        none("ownership.phone_score", Missing::NotProvided),
        none("ownership.email_score", Missing::NotProvided),
        none("ownership.address_score", Missing::NotProvided),
        is("account.subcategory", Value::Text("checking".to_owned())),
        is("account.institution", Value::Text("Corner Bank".to_owned())),
        is("account.active", Value::Bool(true)),
        is("account.ach_debit", Value::Bool(true)),
        is("account.history_days", Value::Days(90)),
        is("data.inactive_accounts", Value::Count(0)),
    ]
}

#[test]
fn a_payout_goes_to_the_payees_own_account() {
    let payout = |change: &[Given]| decided(PAYOUT, &payees_account(), change, &application());
    let name = |score| is("ownership.name_score", ratio(score));
    assert_eq!(payout(&[]), "APPROVE ");
    assert_eq!(payout(&[name("0.8")]), "APPROVE ");
    assert_eq!(payout(&[name("0.79")]), "REFER OWNER_UNCERTAIN");
    assert_eq!(payout(&[name("0.65")]), "REFER OWNER_UNCERTAIN");
    assert_eq!(payout(&[name("0.64")]), "DECLINE NOT_THE_PAYEES_ACCOUNT");
    // Where the bank names nobody, nothing is held against the payee.
    let unknown = none("ownership.name_score", Missing::NoPermission);
    assert_eq!(payout(&[unknown]), "REFER INFORMATION_MISSING");
    // Of two accounts the worse one counts: either may be the one that is paid.
    let two = vec![Ok(ratio("1")), Ok(ratio("0.3"))];
    assert_eq!(
        payout(&[("ownership.name_score", two)]),
        "DECLINE NOT_THE_PAYEES_ACCOUNT"
    );
}

#[test]
fn a_large_payout_needs_a_second_sign() {
    let payout = |change: &[Given]| decided(PAYOUT, &payees_account(), change, &application());
    let large = is("application.amount", usd(2_501));
    let exactly = is("application.amount", usd(2_500));
    assert_eq!(payout(&[exactly]), "APPROVE ");
    assert_eq!(
        payout(std::slice::from_ref(&large)),
        "REFER CONTACT_NOT_CONFIRMED"
    );
    let phone = is("ownership.phone_score", ratio("0.7"));
    assert_eq!(payout(&[large.clone(), phone]), "APPROVE ");
    let email = is("ownership.email_score", ratio("1"));
    assert_eq!(payout(&[large.clone(), email]), "APPROVE ");
    let other = is("ownership.phone_score", ratio("0"));
    assert_eq!(payout(&[large, other]), "REFER CONTACT_NOT_CONFIRMED");
}

#[test]
fn an_account_that_cannot_be_paid_is_told_so() {
    let payout = |change: Given| decided(PAYOUT, &payees_account(), &[change], &application());
    let text = |name, word: &str| is(name, Value::Text(word.to_owned()));
    let credit = text("account.subcategory", "credit_card");
    assert_eq!(payout(credit), "REFER ACCOUNT_CANNOT_BE_PAID");
    let savings = text("account.subcategory", "savings");
    assert_eq!(payout(savings), "APPROVE ");
    let prepaid = text("account.institution", "Example Prepaid Bank");
    assert_eq!(payout(prepaid), "REFER PREPAID_CARD");
    // Another address is noted, and stops nothing.
    let moved = is("ownership.address_score", ratio("0"));
    assert_eq!(payout(moved), "APPROVE ");
    let no_ach = is("account.ach_debit", Value::Bool(false));
    assert_eq!(payout(no_ach), "REFER ACCOUNT_CANNOT_BE_PAID");
    let young = is("account.history_days", Value::Days(29));
    assert_eq!(payout(young), "REFER ACCOUNT_NEW");
    let broken = is("data.inactive_accounts", Value::Count(1));
    assert_eq!(payout(broken), "REFER ACCOUNT_DISCONNECTED");
}

pub(super) fn paid_as_stated() -> Vec<Given> {
    vec![
        is("data.history_days", Value::Days(180)),
        is("data.doubtful_accounts", Value::Count(0)),
        is("data.failed_refreshes", Value::Count(0)),
        is("ownership.unmatched_accounts", Value::Count(0)),
        is("ownership.unverified_accounts", Value::Count(0)),
        is("income.monthly_net", usd(3_000)),
        is("income.months_observed", Value::Count(6)),
        is("income.stopped", Value::Bool(false)),
        is("income.confidence", ratio("0.9")),
    ]
}

#[test]
fn income_is_held_against_what_was_stated() {
    let stated = revised(application(), |draft| {
        let stated = Input::Money(Money::new(300_000, Currency::USD));
        draft
            .inputs
            .insert("stated_monthly_income".to_owned(), Some(stated));
    });
    publish(INCOME).check_application(&stated).unwrap();
    let found = |change: Given| decided(INCOME, &paid_as_stated(), &[change], &stated);
    let income = |major| found(is("income.monthly_net", usd(major)));
    assert_eq!(income(3_000), "APPROVE ");
    assert_eq!(income(2_700), "APPROVE ");
    assert_eq!(income(2_699), "REFER INCOME_BELOW_STATED");
    assert_eq!(income(1_800), "REFER INCOME_BELOW_STATED");
    assert_eq!(income(1_799), "DECLINE INCOME_BELOW_STATED");
    assert_eq!(
        found(none("income.monthly_net", Missing::Unproven)),
        "REFER INCOME_NOT_VERIFIED INFORMATION_MISSING"
    );
    assert_eq!(
        found(is("income.months_observed", Value::Count(1))),
        "REFER INCOME_NOT_VERIFIED"
    );
    assert_eq!(
        found(is("ownership.unmatched_accounts", Value::Count(1))),
        "REFER OWNERSHIP_NOT_MATCHED"
    );
    // What was not stated cannot be held against anything.
    assert!(publish(INCOME).check_application(&application()).is_err());
}
