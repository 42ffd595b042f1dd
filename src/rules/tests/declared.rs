//! What inputs and params say of themselves: values, a least and a most, a default.

use super::*;
use crate::application::Input;
use crate::rules::check;

const HEAD: &str = "[rule_set]\nname = \"t\"\nversion = \"1\"\nkind = \"verification\"\ncurrency = \"USD\"\n\
    [approve]\nwhen = 'balance.current > 0 usd'\n";

fn with(inputs: &str, when: &str) -> String {
    format!(
        "{HEAD}{inputs}\n[[rule]]\nid = \"a\"\nwhen = '{when}'\nthen = \"decline\"\n\
         reason = \"INFORMATION_MISSING\"\n"
    )
}

fn sending(name: &str, input: Option<Input>) -> Application {
    revised(application(), |draft| {
        draft.inputs = input
            .into_iter()
            .map(|input| (name.to_owned(), Some(input)))
            .collect();
    })
}

fn number(number: i64) -> Input {
    Input::Number(Decimal::from(number))
}

/// What is said of a request, or nothing where it is let in.
fn said(source: &str, application: &Application) -> Option<String> {
    let errors = publish(source).check_application(application).err()?;
    let said: Vec<String> = errors.iter().map(|one| one.problem.clone()).collect();
    Some(said.join("; "))
}

#[test]
fn a_value_outside_of_what_is_declared_is_refused() {
    let grade = with(
        "[inputs.grade]\ntype = \"count\"\nmin = 1\nmax = 10\n",
        "inputs.grade > 5",
    );
    for (sent, wanted) in [
        (0, Some("is below 1, the least that it can be")),
        (1, None),
        (10, None),
        (11, Some("is above 10, the most that it can be")),
    ] {
        let said = said(&grade, &sending("grade", Some(number(sent))));
        assert_eq!(said.as_deref(), wanted, "{sent}");
    }
    let channel = with(
        "[inputs.channel]\ntype = \"text\"\nvalues = [\"web\", \"branch\"]\n",
        "inputs.channel == \"web\"",
    );
    let sent = |text: &str| sending("channel", Some(Input::Text(text.to_owned())));
    assert_eq!(said(&channel, &sent("web")), None);
    assert_eq!(
        said(&channel, &sent("Web")).as_deref(),
        Some("is none of `web`, `branch`")
    );
    let share = with(
        "[inputs.share]\ntype = \"ratio\"\nmin = 0\nmax = '1'\n",
        "inputs.share > 0.5",
    );
    assert!(said(&share, &sending("share", Some(number(2)))).is_some());
    assert_eq!(said(&share, &sending("share", Some(number(1)))), None);
    let rent = with(
        "[inputs.rent]\ntype = \"money\"\nmin = '0 usd'\n",
        "inputs.rent > 900 usd",
    );
    let money = |minor| Some(Input::Money(Money::new(minor, Currency::USD)));
    assert!(said(&rent, &sending("rent", money(-1))).is_some());
    assert_eq!(said(&rent, &sending("rent", money(0))), None);
}

#[test]
fn what_is_counted_is_not_below_zero_unless_it_is_declared_so() {
    for (ty, min, sent, wanted) in [
        (
            "count",
            "",
            -1,
            Some("is below 0, the least that it can be"),
        ),
        ("count", "", 0, None),
        (
            "days",
            "",
            -5,
            Some("is below 0 days, the least that it can be"),
        ),
        ("count", "min = -5", -5, None),
        (
            "days",
            "min = '-5 days'",
            -6,
            Some("is below -5 days, the least that it can be"),
        ),
        ("ratio", "", -1, None),
    ] {
        let unit = if ty == "days" { " days" } else { "" };
        let source = with(
            &format!("[inputs.it]\ntype = \"{ty}\"\n{min}\n"),
            &format!("inputs.it > 5{unit}"),
        );
        let said = said(&source, &sending("it", Some(number(sent))));
        assert_eq!(said.as_deref(), wanted, "{ty} {min} {sent}");
    }
    let negative = with(
        "[inputs.it]\ntype = \"count\"\ndefault = -1\n",
        "inputs.it > 5",
    );
    let found = check(&negative).1;
    assert_eq!(
        found[0].message,
        "the default is below 0, the least that it can be"
    );
}

#[test]
fn a_default_stands_for_what_was_not_sent() {
    let source = with(
        "[inputs.attempts]\ntype = \"count\"\nmin = 0\ndefault = 3\n",
        "inputs.attempts >= 2",
    );
    let bundle = publish(&source);
    let outcome = |application: &Application| {
        decide(&bundle, &[is("balance.current", usd(5))], application).outcome
    };
    assert_eq!(outcome(&sending("attempts", None)), Outcome::Decline);
    assert_eq!(
        outcome(&sending("attempts", Some(number(0)))),
        Outcome::Approve
    );
}

/// What is said of an input, the code of what is wrong with it, and a part of the message.
const WRONG: &[(&str, &str, &str)] = &[
    (
        "type = \"count\"\nmin = 5\nmax = 3",
        "out_of_range",
        "below `min`",
    ),
    (
        "type = \"count\"\nmax = 3\ndefault = 4",
        "out_of_range",
        "the default is above 3",
    ),
    (
        "type = \"count\"\nvalues = [\"a\"]",
        "type_mismatch",
        "goes with text",
    ),
    (
        "type = \"text\"\nvalues = []",
        "missing_key",
        "nothing could be sent",
    ),
    (
        "type = \"text\"\nvalues = [\"a\", \"a\"]",
        "duplicate_id",
        "twice",
    ),
    ("type = \"text\"\nvalues = [\"\"]", "out_of_range", "1 to"),
    (
        "type = \"text\"\nvalues = [\"a\"]\ndefault = \"b\"",
        "out_of_range",
        "none of `a`",
    ),
    (
        "type = \"bool\"\nmin = true",
        "type_mismatch",
        "do not go with bool",
    ),
    (
        "type = \"count\"\nrequired = true\ndefault = 1",
        "bad_value",
        "no use for a default",
    ),
    (
        "type = \"count\"\nsource = \"bureau\"",
        "bad_value",
        "is not a source",
    ),
    (
        "type = \"money\"\nmin = 5",
        "unit_missing",
        "money is wanted",
    ),
    (
        "type = \"ratio\"\nmin = '5%'",
        "type_mismatch",
        "ratio is wanted",
    ),
    (
        "type = \"count\"\njustification = \" \"",
        "bad_value",
        "it is empty",
    ),
];

#[test]
fn what_is_declared_is_checked() {
    for (declared, code, says) in WRONG {
        let source = with(&format!("[inputs.x]\n{declared}\n"), "inputs.x is missing");
        let (_, found) = check(&source);
        let [finding] = found.as_slice() else {
            panic!("{declared}: {found:#?}");
        };
        assert_eq!(finding.code, *code, "{declared}");
        assert!(
            finding.message.contains(says),
            "{declared}: {}",
            finding.message
        );
    }
}
