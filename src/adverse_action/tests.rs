//! Which notice is sent, from a file of examples, and what a creditor has to say.

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::*;
use crate::application::{RepaymentFrequency, Term, TermUnit};
use crate::ledger::tests::application;
use crate::money::{Currency, Money};
use crate::rules::BoundBy;

/// Every row of the file: the facts, and what comes of them.
#[test]
fn the_notice_of_each_case_is_that_of_the_examples() {
    let rows = include_str!("../../tests/data/notices/kinds.csv").lines();
    let mut seen = 0;
    for row in rows
        .filter(|row| !row.starts_with('#') && !row.is_empty())
        .skip(1)
    {
        let cells: Vec<&str> = row.split(',').map(str::trim).collect();
        let [kind, outcome, overridden, resolved, waits_for, expected] = cells[..] else {
            panic!("{row}");
        };
        let facts = Facts {
            kind: RuleSetKind::from_word(kind).unwrap(),
            outcome: Outcome::from_word(outcome).unwrap(),
            overridden_to: (!overridden.is_empty())
                .then(|| Outcome::from_word(overridden).unwrap()),
            is_resolved: resolved == "yes",
            waits_for: match waits_for {
                "person" | "" => WaitsFor::Person,
                "applicant" => WaitsFor::Applicant,
                "bank" => WaitsFor::Bank,
                other => panic!("{other}"),
            },
        };
        let found = match notice_kind(facts) {
            Ok(kind) => kind.as_str(),
            Err(none) => none.as_str(),
        };
        assert_eq!(found, expected, "{row}");
        seen += 1;
    }
    assert!(seen > 15, "{seen}");
}

fn agency(name: &str) -> Agency {
    Agency {
        name: name.to_owned(),
        address: "1 Main Street, Washington, DC 20001".to_owned(),
        phone: "1-800-555-0100".to_owned(),
    }
}

fn creditor() -> DraftCreditor {
    DraftCreditor {
        name: "Example Lending, Inc.".to_owned(),
        address: "2 High Street, Springfield, IL 62701".to_owned(),
        ecoa_agency: agency("Federal Trade Commission"),
        consumer_reporting_agencies: vec![agency("Acme Credit")],
    }
}

#[test]
fn a_creditor_says_what_the_law_asks_for_and_nothing_that_was_to_be_filled_in() {
    let acme = ["Acme Credit".to_owned()];
    creditor().check(&acme).unwrap();
    let fields = |draft: DraftCreditor, agencies: &[String]| {
        let errors = draft.check(agencies).unwrap_err().into_iter();
        errors.map(|error| error.field).collect::<Vec<_>>()
    };
    type Change = fn(&mut DraftCreditor);
    let cases: [(&str, Change); 7] = [
        ("creditor.name", |one| one.name.clear()),
        ("creditor.name", |one| {
            one.name = "[Creditor's name]".to_owned()
        }),
        ("creditor.name", |one| one.name = "Your company".to_owned()),
        ("creditor.address", |one| {
            one.address = "to be filled in: XXX".to_owned()
        }),
        ("creditor.ecoa_agency.name", |one| {
            one.ecoa_agency.name = "{agency}".to_owned()
        }),
        ("creditor.ecoa_agency.address", |one| {
            one.ecoa_agency.address.clear()
        }),
        ("creditor.consumer_reporting_agencies[0].phone", |one| {
            one.consumer_reporting_agencies[0].phone.clear();
        }),
    ];
    for (field, change) in cases {
        let mut draft = creditor();
        change(&mut draft);
        assert_eq!(fields(draft, &acme), [field]);
    }
    let other = ["Other Bureau".to_owned()];
    assert_eq!(
        fields(creditor(), &other),
        ["creditor.consumer_reporting_agencies"]
    );
}

/// A loan that is repaid at once has one payment, and the letter says so.
#[test]
fn an_offer_with_a_single_payment_reads_as_one() {
    let usd = |minor| Money::new(minor, Currency::USD);
    let application = application(1);
    let notice = Notice {
        kind: NoticeKind::Counteroffer,
        reasons: vec![NoticeReason {
            code: "INCOME_INSUFFICIENT".to_owned(),
            statement: "Income is insufficient for the amount requested".to_owned(),
        }],
        by_person: false,
        needed: Vec::new(),
        offer: Some(OfferTerms {
            tier: "payday".to_owned(),
            amount: usd(50_000),
            term: Term {
                count: 1,
                unit: TermUnit::Months,
            },
            frequency: RepaymentFrequency::Single,
            rate_percent: Decimal::new(120, 1),
            apr_percent: Decimal::new(12_000, 3),
            mapr_percent: None,
            payment: usd(50_500),
            last_payment: usd(50_500),
            payments: 1,
            first_payment_date: None,
            principal: usd(50_000),
            amount_financed: usd(50_000),
            finance_charge: usd(500),
            total_of_payments: usd(50_500),
            fees: Vec::new(),
            bound_by: BoundBy::Requested,
        }),
        outside_source: false,
        agencies: Vec::new(),
    };
    let creditor = creditor().check(&[]).unwrap();
    let day = |day| NaiveDate::from_ymd_opt(2026, 3, day).unwrap();
    let letter = |reply_by| {
        let decided = (&*application, day(1));
        Letter::new(&notice, &creditor, decided, (day(2), reply_by))
    };
    for (reply_by, good) in [(None, false), (Some(2), false), (Some(3), true)] {
        let made = letter(reply_by.map(day));
        assert_eq!(made.is_ok(), good, "{reply_by:?}");
    }
    let text = letter(Some(day(31))).unwrap().text();
    let expected = include_str!("../../tests/data/notices/counteroffer-single-payment.txt");
    assert_eq!(text, expected);
}
