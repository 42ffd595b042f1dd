//! Which missing values a rule lets pass.

use super::*;
use crate::rules::check;

/// A rule that lets one cause of one value pass.
fn source(then: &str) -> String {
    one_rule(
        "nsf.event_days_60d > 2 or income.streams_inactive > 3",
        then,
    )
    .replace(
        "reason = \"WHY\"\n",
        "reason = \"WHY\"\nignore_missing = { \"nsf.event_days_60d\" = { \
         no_basis = \"none found\", history_too_short = \"a new account\" } }\n",
    )
}

fn seen(then: &str, nsf: Result<Value, Missing>, inactive: Result<Value, Missing>) -> Decided {
    let given = [
        ("nsf.event_days_60d", vec![nsf]),
        ("income.streams_inactive", vec![inactive]),
    ];
    decide(&publish(&source(then)), &given, &application())
}

#[test]
fn only_the_causes_that_are_named_pass() {
    for then in ["decline", "refer"] {
        let none = Ok(Value::Count(0));
        for cause in Missing::ALL {
            let found = seen(then, Err(cause), none.clone());
            let named = [
                (Missing::NoBasis, "none found"),
                (Missing::HistoryTooShort, "a new account"),
            ];
            let words = named.iter().find(|(one, _)| *one == cause);
            let words = words.map(|(_, words)| *words);
            let expected = if words.is_some() {
                Outcome::Approve
            } else {
                Outcome::Refer
            };
            assert_eq!(found.outcome, expected, "{cause}");
            assert_eq!(found.trace[0].missing_ignored.as_deref(), words);
            // The cause of another value is not the one that was named.
            let other = seen(then, none.clone(), Err(cause));
            assert_eq!(other.outcome, Outcome::Refer, "{cause}");
            assert_eq!(other.trace[0].missing_ignored, None);
            assert_eq!(other.fired[0].features, ["income.streams_inactive"]);
        }
        // Both are missing, and one of them may be.
        let both = seen(then, Err(Missing::NoBasis), Err(Missing::NoBasis));
        assert_eq!(both.outcome, Outcome::Refer);
        // What is known decides, whatever may be missing.
        let known = seen(then, Err(Missing::NoBasis), Ok(Value::Count(9)));
        assert_ne!(known.outcome, Outcome::Approve);
    }
}

#[test]
fn one_text_for_everything_is_an_error_that_shows_what_to_write() {
    let parts = "[inputs.rent]\ntype = \"money\"\n\
                 [derive]\nshare = 'inputs.rent / income.monthly_net'\n";
    let written = one_rule("derive.share > 0.5 or nsf.event_days_90d > 2", "refer") + parts;
    let old = written.replace(
        "reason = \"WHY\"\n",
        "reason = \"WHY\"\nignore_missing = \"not all tell it\"\n",
    );
    let old = old.replace("when = 'true'", "when = 'application.amount > 1 usd'");
    let found = check(&old).1;
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].code, "bad_value");
    let help = found[0].help.clone().unwrap();
    let form = help
        .strip_prefix("write `")
        .unwrap()
        .strip_suffix('`')
        .unwrap();
    assert_eq!(
        form,
        "ignore_missing = { \"income.monthly_net\" = { no_basis = \"not all tell it\" }, \
         \"inputs.rent\" = { not_provided = \"not all tell it\" }, \
         \"nsf.event_days_90d\" = { history_too_short = \"not all tell it\" } }"
    );
    // What it says to write works.
    let new = old.replace("ignore_missing = \"not all tell it\"", form);
    assert_eq!(check(&new).1, []);
}
