//! What stated features are decided as.

use super::*;
use crate::features::{Missing, Value, find};
use crate::rules::{Attachments, TestData};

const RULES: &str = r#"
[rule_set]
name = "test"
version = "1"
kind = "payment"
currency = "USD"

[inputs.branch]
type = "text"
required = true

[[rule]]
id = "far"
when = 'application.days_to_first_payment > 30 days and application.term_days > 1 day'
then = "flag"
reason = "FAR"

[[rule]]
id = "low"
when = 'any(account.current < 10 usd)'
then = "decline"
reason = "LOW"

[[rule]]
id = "risky"
when = 'p_return(application.amount, application.decision_date) > 5%'
then = "refer"
reason = "RISKY"

[approve]
when = 'application.local_hour < 20'

[reasons.FAR]
statement = "far"

[reasons.LOW]
statement = "low"

[reasons.RISKY]
statement = "risky"
"#;

/// How a test ends.
fn ending(test: &str) -> Ending {
    let source = format!("{RULES}\n[[test]]\nname = 'it'\n{test}\n");
    let none = Attachments::none();
    let (bundle, tests, found) = Bundle::publish_and_test(source.as_bytes(), &none, &[]);
    let bundle = bundle.unwrap_or_else(|| panic!("{found:?}"));
    let coverage = Coverage::none(bundle.program(), &source, &none);
    let test = &tests[0];
    let TestData::Features(given) = &test.data else {
        panic!("{test:?}");
    };
    Trial::new(&bundle, coverage).end(test, stated(&bundle, test, given))
}

fn mismatches(test: &str) -> Vec<String> {
    match ending(test) {
        Ending::Passed => Vec::new(),
        Ending::Failed(failure) => {
            let all = failure.mismatches.iter();
            all.map(|one| format!("{}: {} / {}", one.what, one.expected, one.got))
                .collect()
        }
        Ending::Broken(error) => vec![error.to_string()],
    }
}

const SOUND: &str = "inputs = { branch = 'web' }\n\
    features = { 'account.current' = ['10 usd', '20 usd'], p_return = '5%' }\n";

#[test]
fn what_follows_from_the_application_follows_from_it() {
    let passes = |application: &str, expect: &str| {
        let test = format!("{SOUND}application = {{ {application} }}\nexpect = {{ {expect} }}");
        assert_eq!(mismatches(&test), [""; 0], "{application}");
    };
    let (far, near) = ("noted = ['FAR']", "outcome = 'APPROVE', noted = []");
    passes("first_payment_date = '2026-05-01', at = '2026-03-31'", far);
    passes("first_payment_date = '2026-04-30', at = '2026-03-31'", near);
    // The day of a test that does not say is always the same.
    passes("first_payment_date = '2026-05-01'", far);
    passes("first_payment_date = '2026-05-01', term = '1 day'", near);
    passes("at = '2026-03-31 19:59'", "outcome = 'APPROVE'");
    passes(
        "at = '2026-03-31 20:00'",
        "outcome = 'REFER', reasons = ['NOT_APPROVED']",
    );
}

#[test]
fn what_is_not_given_is_missing_and_what_is_has_its_subjects() {
    let with = |features: &str, expect: &str| {
        mismatches(&format!(
            "inputs = {{ branch = 'web' }}\nfeatures = {{ {features} }}\nexpect = {{ {expect} }}"
        ))
    };
    assert_eq!(
        with(
            "p_return = '5.1%'",
            "outcome = 'REFER', reasons = ['RISKY', 'INFORMATION_MISSING'], missing = ['account.current']"
        ),
        [""; 0]
    );
    assert_eq!(
        with(
            "'account.current' = ['20 usd', '9.99 usd']",
            "outcome = 'REFER', reasons = ['LOW']"
        ),
        ["outcome: REFER / DECLINE"]
    );
    assert_eq!(
        with(
            "'account.current' = []",
            "missing = ['account.current', 'p_return']"
        ),
        [""; 0]
    );
}

#[test]
fn a_request_that_would_be_refused_breaks_its_test() {
    assert_eq!(
        mismatches("expect = { outcome = 'REFER' }"),
        ["such a request is refused: application.inputs[\"branch\"]: is required: a text"]
    );
    assert_eq!(
        mismatches(&format!(
            "{SOUND}application = {{ amount = '0 usd' }}\nexpect = {{ outcome = 'REFER' }}"
        )),
        ["such a request is refused: application.requested_amount: must be above zero"]
    );
    // A day on which clocks go forward has no half past two in the morning.
    assert_eq!(
        mismatches(&format!(
            "{SOUND}application = {{ at = '2026-03-08 02:30' }}\nexpect = {{ outcome = 'REFER' }}"
        )),
        ["there is no such moment"]
    );
}

#[test]
fn the_rules_in_question_are_shown() {
    let shown = |expect: &str| {
        let test = format!("{SOUND}expect = {{ {expect} }}");
        let Ending::Failed(failure) = ending(&test) else {
            panic!("{expect}");
        };
        failure
            .rules
            .into_iter()
            .map(|one| one.rule)
            .collect::<Vec<_>>()
    };
    assert_eq!(shown("reasons = ['LOW']"), ["low"]);
    assert_eq!(shown("noted = ['FAR']"), ["far"]);
    assert_eq!(shown("outcome = 'DECLINE'"), [""; 0]);
}

#[test]
fn features_are_given_in_their_place() {
    let source =
        format!("{RULES}\n[[test]]\nname = 'it'\n{SOUND}expect = {{ outcome = 'APPROVE' }}\n");
    let (bundle, tests, _) = Bundle::publish_and_test(source.as_bytes(), &Attachments::none(), &[]);
    let TestData::Features(given) = &tests[0].data else {
        panic!("no features");
    };
    let tried = stated(&bundle.unwrap(), &tests[0], given).unwrap();
    let slots = |name: &str| tried.features.slots(find(name).unwrap().0).to_vec();
    assert_eq!(slots("account.current").len(), 2);
    assert_eq!(slots("account.active").len(), 2);
    assert_eq!(
        slots("income.monthly_net")[0].value,
        Err(Missing::NotProvided)
    );
    assert_eq!(slots("application.payments")[0].value, Ok(Value::Count(12)));
}
