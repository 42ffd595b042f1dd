//! Bundles, and what they ask of an application.

use super::*;
use crate::application::Input;

fn with_inputs(inputs: &[(&str, Input)]) -> Application {
    let inputs = inputs
        .iter()
        .map(|(name, input)| ((*name).to_owned(), Some(input.clone())));
    revised(application(), |draft| draft.inputs = inputs.collect())
}

fn asks() -> Bundle {
    publish(&payment(
        "[inputs.attempts]\ntype = 'count'\nrequired = true\n\
         [inputs.rent]\ntype = 'money'\n\
         [inputs.share]\ntype = 'percent'\n\
         [derive]\nshare = 'coalesce(inputs.rent, 0 usd) * coalesce(inputs.share, 1%)'\n\
         used = 'coalesce(inputs.attempts, 0) * derive.share'\n\
         [reasons.INFORMATION_MISSING]\nstatement = 'no {missing}, {derive.used}'\n",
    ))
}

fn problems(inputs: &[(&str, Input)]) -> Vec<String> {
    let errors = asks().check_application(&with_inputs(inputs)).err();
    errors.iter().flatten().map(ToString::to_string).collect()
}

#[test]
fn declared_inputs_are_checked_by_name_and_type() {
    let three = Input::Number(Decimal::from(3));
    assert_eq!(problems(&[("attempts", three.clone())]), [""; 0]);
    assert_eq!(
        problems(&[]),
        ["application.inputs[\"attempts\"]: is required: a count"]
    );
    assert_eq!(
        problems(&[("attempts", three.clone()), ("rnt", three.clone())]),
        [
            "application.inputs[\"rnt\"]: is not an input of the rule set `test`; did you mean `rent`?"
        ]
    );
    assert_eq!(
        problems(&[("attempts", Input::Number(Decimal::new(35, 1)))]),
        ["application.inputs[\"attempts\"]: has decimals or is too large: send a whole number"]
    );
    assert_eq!(
        problems(&[("attempts", three.clone()), ("rent", three.clone())]),
        [
            "application.inputs[\"rent\"]: is of another kind: an amount of money with its currency is expected"
        ]
    );
    let euro = Input::Money(Money::new(1, "eur".parse().unwrap()));
    assert_eq!(
        problems(&[("attempts", three), ("rent", euro)]),
        ["application.inputs[\"rent\"]: is not an amount in USD"]
    );
}

#[test]
fn the_loan_is_in_the_currency_of_the_rule_set() {
    let application = with_inputs(&[("attempts", Input::Number(Decimal::ONE))]);
    let application = revised(application, |draft| {
        draft.requested_amount = Some(Money::new(1, "eur".parse().unwrap()));
    });
    let errors = asks().check_application(&application).unwrap_err();
    assert_eq!(
        errors[0].to_string(),
        "application.requested_amount: is in EUR, but the rule set `test` is in USD"
    );
}

#[test]
fn inputs_are_read_as_their_declared_type() {
    let application = with_inputs(&[
        ("attempts", Input::Number(Decimal::new(30, 1))),
        ("rent", Input::Money(Money::new(50_000, Currency::USD))),
        ("share", Input::Number(Decimal::from(10))),
    ]);
    let evaluation = decide(&asks(), &[], &application);
    assert_eq!(evaluation.derived[1], ("used".to_owned(), Ok(usd(150))));
}

#[test]
fn a_bundle_is_named_by_its_bytes() {
    let source = payment("");
    let bundle = publish(&source);
    assert_eq!(bundle.bytes(), source.as_bytes());
    let again = Bundle::from_bytes(bundle.bytes()).unwrap();
    assert_eq!(again.hash(), bundle.hash());
    assert_eq!(bundle.clone().hash(), bundle.hash());
    // A comment is part of what was published.
    assert_ne!(publish(&format!("{source}# x")).hash(), bundle.hash());
    assert_ne!(
        bundle.hash().to_string(),
        blake3::hash(bundle.bytes()).to_hex().as_str()
    );
    assert_eq!(bundle.name().as_str(), "test");
    assert_eq!(format!("{bundle:?}").matches("test").count(), 1);
}
