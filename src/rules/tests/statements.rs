//! What a statement may name, and how it is written.

use super::*;
use crate::rules::check;

/// The codes found in a file with one rule and these tables.
fn found(when: &str, statement: &str, parts: &str) -> Vec<&'static str> {
    let source = one_rule(when, "refer") + parts;
    let source = source.replace("statement = \"it is so\"", statement);
    // That it approves whatever no rule stops is not what is asked about.
    let source = source.replace("when = 'true'", "when = 'application.amount > 1 usd'");
    let found = check(&source).1;
    found.iter().map(|one| one.code).collect()
}

const NET: &str = "statement = \"{income.monthly_net}\"";

/// Whether the income may be missing where a rule of this condition holds.
fn may_be_missing(when: &str) -> bool {
    match found(when, NET, "").as_slice() {
        [] => false,
        ["may_be_missing"] => true,
        other => panic!("{when}: {other:?}"),
    }
}

#[test]
fn a_value_is_known_where_the_rule_cannot_hold_without_it() {
    for when in [
        "income.monthly_net < 5 usd",
        "income.monthly_net < 5 usd and income.stopped",
        "not (income.monthly_net < 5 usd or income.stopped)",
        "(income.monthly_net < 5 usd and income.stopped) or income.monthly_net > 9 usd",
        "income.monthly_net between 1 usd and 5 usd",
        "not (income.monthly_net between 1 usd and 5 usd)",
        "income.monthly_net is not missing",
        "not (income.monthly_net is missing)",
        "income.monthly_net in [1 usd, 2 usd]",
        "income.monthly_net * 2 < balance.current",
        "min(income.monthly_net, balance.current) < 5 usd",
        // Nothing stands in for it with which the rule would hold.
        "coalesce(income.monthly_net, 9 usd) < 5 usd",
        "coalesce(income.monthly_net < 5 usd, false)",
    ] {
        assert!(!may_be_missing(when), "{when}");
    }
    for when in [
        "income.stopped",
        "income.monthly_net < 5 usd or income.stopped",
        "not (income.monthly_net < 5 usd and income.stopped)",
        "income.monthly_net is missing",
        "income.monthly_net is missing or income.monthly_net < 5 usd",
        "coalesce(income.monthly_net, 1 usd) < 5 usd",
        "coalesce(income.monthly_net, balance.current) < 5 usd",
        "coalesce(income.monthly_net < 5 usd, true)",
    ] {
        assert!(may_be_missing(when), "{when}");
    }
}

#[test]
fn what_is_derived_is_known_with_what_it_is_made_of() {
    let codes = |when: &str, statement: &str| {
        let derive = "[derive]\nshare = 'cash_flow.obligations_monthly / income.monthly_net'\n\
                      short = '-cash_flow.net_monthly_90d'\n";
        // Each is used, so that nothing is said of that.
        let used = "[[rule]]\nid = \"used\"\nwhen = 'derive.share > 90% and derive.short > 9 usd'\n\
                    then = \"flag\"\nreason = \"NOT_APPROVED\"\n";
        found(when, statement, &format!("{derive}{used}"))
    };
    let clean: [&str; 0] = [];
    assert_eq!(codes("derive.share > 50%", NET), clean);
    let of = |name: &str| format!("statement = \"{{{name}}}\"");
    assert_eq!(
        codes("derive.share > 50%", &of("derive.share:percent")),
        clean
    );
    assert_eq!(
        codes("cash_flow.net_monthly_90d < 5 usd", &of("derive.short")),
        clean
    );
    // By zero nothing is divided.
    assert_eq!(
        codes(
            "income.monthly_net < 5 usd and cash_flow.obligations_monthly > 5 usd",
            &of("derive.share:percent")
        ),
        ["may_be_missing"]
    );
    assert_eq!(codes("income.stopped", &of("application.amount")), clean);
}

#[test]
fn another_wording_is_told_where_a_value_is_missing() {
    let source = one_rule("income.monthly_net < 5 usd or income.stopped", "refer").replace(
        "statement = \"it is so\"",
        "statement = \"Income of {income.monthly_net}\"\nstatement_missing = \"No income\"",
    );
    let told = |net: Result<Value, Missing>| {
        let given = [
            ("income.monthly_net", vec![net]),
            is("income.stopped", Value::Bool(true)),
        ];
        decide(&publish(&source), &given, &application()).fired[0]
            .statement
            .clone()
    };
    assert_eq!(told(Ok(usd(3))), "Income of $3.00");
    assert_eq!(told(Err(Missing::NoBasis)), "No income");
    let with = |when: &str, missing: &str| {
        found(
            when,
            &format!("{NET}\nstatement_missing = \"{missing}\""),
            "",
        )
    };
    // It is never told, or may itself lack a value.
    assert_eq!(with("income.monthly_net < 5 usd", "none"), ["unused"]);
    assert_eq!(
        with("income.stopped", "{income.monthly_net}"),
        ["may_be_missing"]
    );
    assert_eq!(
        with("income.stopped", "{balance.current}"),
        ["may_be_missing"]
    );
    assert_eq!(with("income.stopped", "of {application.amount}"), [""; 0]);
}

#[test]
fn values_are_written_by_their_type() {
    let codes = |placeholder: &str| {
        let when = "income.stability < 1 and income.stopped and data.history_days > 1 day \
                    and cash_flow.recent_deposit_share > 1% and income.monthly_net > 1 usd \
                    and income.streams > 1";
        found(when, &format!("statement = \"{{{placeholder}}}\""), "")
    };
    for (name, forms) in [
        ("income.stability", &["percent", "whole", "decimal"][..]),
        ("cash_flow.recent_deposit_share", &["", "percent", "whole"]),
        ("income.monthly_net", &["", "whole", "money"]),
        ("income.streams", &["", "whole"]),
        ("data.history_days", &["", "whole"]),
        ("income.stopped", &[]),
    ] {
        for form in ["", "percent", "whole", "money", "decimal"] {
            let placeholder = if form.is_empty() {
                name.to_owned()
            } else {
                format!("{name}:{form}")
            };
            let expected: &[&str] = if forms.contains(&form) {
                &[]
            } else {
                &["bad_form"]
            };
            assert_eq!(codes(&placeholder), expected, "{placeholder}");
        }
    }
    assert_eq!(codes("income.stability:percnt"), ["bad_form"]);
}

proptest::proptest! {
    /// Whatever is missing, a statement that was let through never lacks a value.
    #[test]
    fn no_statement_tells_an_unknown_value(
        when in super::differential::generate::condition(1, false),
        facts in super::differential::generate::facts(),
    ) {
        const NAMED: [&str; 6] = [
            "income.monthly_net",
            "balance.current",
            "income.streams",
            "nsf.event_days_90d",
            "income.days_since_last",
            "income.next_payday",
        ];
        let rules = super::laws::rule_set(&[(when, "refer")]);
        for name in NAMED {
            let source = rules.replace("statement = 'x'", &format!("statement = '{{{name}}}'"));
            let Ok(bundle) = Bundle::publish(source.as_bytes()) else {
                continue;
            };
            let given = super::differential::generate::given(&facts);
            let fired = decide(&bundle, &given, &application()).fired;
            for one in fired {
                proptest::prop_assert!(!one.statement.contains("unknown value"), "{source}");
            }
        }
    }
}
