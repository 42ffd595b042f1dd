//! How fresh a rule set wants the bank data to be.

use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::application::{Freshness, MaxAge};
use crate::rules::{Severity, check_types};

const HOUR: u64 = 60 * 60;

fn hours(hours: u64) -> Option<Duration> {
    Some(Duration::from_secs(hours * HOUR))
}

#[test]
fn a_rule_set_says_it_for_each_kind_of_data() {
    let bundle = publish(&payment(
        "[freshness]\nbalances = '90 minutes'\nownership = '30 days'\ntransactions = '0 minutes'\n",
    ));
    let said = MaxAge {
        balances: Some(Duration::from_secs(90 * 60)),
        ownership: hours(30 * 24),
        transactions: hours(0),
    };
    assert_eq!(bundle.freshness(), said);
    assert_eq!(bundle.rule_set().freshness(), said);
    let again = Bundle::from_bytes(bundle.bytes()).unwrap();
    assert_eq!(again.freshness(), said);
}

#[test]
fn what_it_does_not_say_is_left_to_the_default() {
    assert!(publish(&payment("")).freshness().is_unspecified());
    assert!(
        publish(&payment("[freshness]\n"))
            .freshness()
            .is_unspecified()
    );
    let bundle = publish(&payment("[freshness]\nownership = '30 days'\n"));
    let freshness = bundle.freshness().or(Freshness::default());
    assert_eq!(Some(freshness.ownership), hours(30 * 24));
    assert_eq!(freshness.balances, Freshness::default().balances);
}

#[test]
fn what_it_says_is_part_of_what_is_published() {
    let of = |age| publish(&payment(&format!("[freshness]\nbalances = '{age}'\n"))).hash();
    assert_ne!(of("1 hour"), of("2 hours"));
}

#[test]
fn the_one_that_ships_asks_for_what_is_the_default() {
    let shipped = publish(include_str!("../../../rules/personal-loan.toml"));
    let day = hours(24);
    let said = MaxAge {
        balances: day,
        ownership: day,
        transactions: day,
    };
    assert_eq!(shipped.freshness(), said);
    assert_eq!(said.or(Freshness::default()), Freshness::default());
}

proptest! {
    #[test]
    fn any_text_is_an_age_or_a_finding(
        text in prop_oneof!["\\PC{0,60}", "[0-9]{1,30} ?(minutes|hours?|dayz|weeks)"],
    ) {
        let quoted = toml::Value::String(text).to_string();
        let source = payment(&format!("[freshness]\nbalances = {quoted}\n"));
        let (rule_set, found) = check_types(&source);
        match rule_set {
            Some(rule_set) => prop_assert!(rule_set.freshness().balances.is_some()),
            None => {
                let errors = found.iter().filter(|one| one.severity == Severity::Error);
                let errors: Vec<_> = errors.collect();
                prop_assert_eq!(errors.len(), 1, "{:?}", errors);
                let value = source.find("balances = ").unwrap() + "balances = ".len();
                let span = &errors[0].span;
                prop_assert!(span.start >= value && span.end <= value + quoted.len());
                prop_assert!(!errors[0].message.contains(char::is_control));
            }
        }
    }
}
