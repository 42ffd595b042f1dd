//! Values chosen and counted, by example: `case`, functions over subjects, dates, texts, shares.

use super::*;
use crate::limits;
use crate::rules::{Code, Layout, Severity, Verdict, check};

/// What an expression comes to over these features.
fn value_for(text: &str, given: &[Given], application: &Application) -> Result<Value, Missing> {
    let source = payment(&format!("[derive]\nit = '''{text}'''\n"));
    decide(&publish(&source), given, application).derived[0]
        .1
        .clone()
}

fn value(text: &str) -> Result<Value, Missing> {
    value_for(text, &household(), &application())
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

/// Two accounts, one of them without a balance, and three streams.
fn household() -> Vec<Given> {
    let money = |minor: i64| Ok(Value::Money(Money::new(minor, Currency::USD)));
    let of = |words: [&str; 3]| words.map(|word| Ok(text(word))).to_vec();
    vec![
        is("income.streams", Value::Count(3)),
        is("income.monthly_net", usd(3_000)),
        is("income.next_payday", Value::Date(date())),
        is("application.product", text("np_instalment")),
        none("nsf.event_days_90d", Missing::HistoryTooShort),
        (
            "account.current",
            vec![money(5_000), Err(Missing::NoPermission)],
        ),
        (
            "account.active",
            vec![Ok(Value::Bool(true)), Ok(Value::Bool(false))],
        ),
        (
            "account.history_days",
            vec![Ok(Value::Days(100)), Ok(Value::Days(31))],
        ),
        (
            "stream.monthly_net",
            vec![money(200_000), money(90_000), money(10_001)],
        ),
        ("stream.category", of(["wages", "gig", "gig"])),
        (
            "stream.payments",
            vec![
                Ok(Value::Count(9)),
                Ok(Value::Count(2)),
                Ok(Value::Count(4)),
            ],
        ),
        (
            "stream.regularity",
            vec![Ok(ratio("0.9")), Ok(ratio("0.6")), Err(Missing::NoBasis)],
        ),
    ]
}

#[test]
fn a_case_is_the_value_of_the_first_condition_that_holds() {
    let cases = "income.streams > 5 => 1 usd, income.streams > 2 => 2 usd, \
                 income.streams > 1 => 3 usd";
    assert_eq!(
        value(&format!("case({cases}, otherwise => 4 usd)")),
        Ok(usd(2))
    );
    assert_eq!(
        value("case(income.streams > 5 => 1, otherwise => 0.5)"),
        Ok(ratio("0.5"))
    );
    assert_eq!(
        value("case(income.streams > 2 => 1, otherwise => 0.5)"),
        Ok(ratio("1"))
    );
    assert_eq!(
        value("case(starts_with(application.product, \"np_\") => \"a\", otherwise => \"b\")"),
        Ok(text("a"))
    );
}

#[test]
fn a_case_is_missing_where_a_condition_before_the_one_chosen_is_unknown() {
    let unknown = "nsf.event_days_90d > 3 => 1 usd";
    let holds = "income.streams == 3 => 2 usd";
    assert_eq!(
        value(&format!("case({unknown}, {holds}, otherwise => 3 usd)")),
        Err(Missing::HistoryTooShort)
    );
    // What stands behind the one that holds does not matter, nor do values that are not chosen.
    assert_eq!(
        value(&format!("case({holds}, {unknown}, otherwise => 3 usd)")),
        Ok(usd(2))
    );
    assert_eq!(
        value("case(income.streams == 3 => 2, otherwise => nsf.event_days_90d)"),
        Ok(Value::Count(2))
    );
    assert_eq!(
        value("case(income.streams == 4 => 2, otherwise => nsf.event_days_90d)"),
        Err(Missing::HistoryTooShort)
    );
}

#[test]
fn only_what_decided_a_case_is_told_as_missing() {
    let source = one_rule(
        "case(income.streams == 3 => nsf.event_days_90d > 3, \
              income.stopped => true, otherwise => balance.current > 1 usd)",
        "decline",
    );
    let decided = decide(&publish(&source), &household(), &application());
    assert_eq!(decided.fired[0].features, ["nsf.event_days_90d"]);
}

#[test]
fn subjects_are_counted_added_and_averaged() {
    assert_eq!(
        value("count(stream.category == \"gig\" and stream.payments >= 3)"),
        Ok(Value::Count(1))
    );
    assert_eq!(value("count(stream.payments >= 2)"), Ok(Value::Count(3)));
    let money = |minor| Ok(Value::Money(Money::new(minor, Currency::USD)));
    assert_eq!(value("sum(stream.monthly_net)"), money(300_001));
    // To the minor unit, half away from zero.
    assert_eq!(value("avg(stream.monthly_net)"), money(100_000));
    assert_eq!(
        value("avg(stream.payments)"),
        Ok(Value::Ratio(Decimal::from(5)))
    );
    assert_eq!(value("avg(account.history_days)"), Ok(Value::Days(66)));
    assert_eq!(value("sum(account.history_days)"), Ok(Value::Days(131)));
    assert_eq!(value("sum(account.current)"), Err(Missing::NoPermission));
    assert_eq!(
        value("count(account.current > 1 usd)"),
        Err(Missing::NoPermission)
    );
}

#[test]
fn a_function_over_subjects_looks_where_it_is_told() {
    let gig = "where stream.category == \"gig\"";
    assert_eq!(
        value(&format!("max(stream.monthly_net {gig})")),
        Ok(usd(900))
    );
    assert_eq!(
        value(&format!(
            "sum(stream.monthly_net {gig}) / income.monthly_net"
        )),
        Ok(ratio("0.333337"))
    );
    assert_eq!(
        value("sum(account.current where account.active)"),
        Ok(usd(50))
    );
    assert_eq!(
        value("count(stream.payments > 3 where stream.category == \"gig\")"),
        Ok(Value::Count(1))
    );
    assert_eq!(
        value("all(stream.regularity >= 0.5 where stream.payments > 8)"),
        Ok(Value::Bool(true))
    );
    assert_eq!(
        value(&format!("all(stream.regularity >= 0.5 {gig})")),
        Err(Missing::NoBasis)
    );
    assert_eq!(
        value(&format!("all(stream.regularity >= 0.7 {gig})")),
        Ok(Value::Bool(false))
    );
    // Whether to look is unknown.
    assert_eq!(
        value("max(account.history_days where account.current > 1 usd)"),
        Err(Missing::NoPermission)
    );
}

#[test]
fn of_nobody_there_are_none_and_nothing_in_sum() {
    let none_of = "where stream.category == \"pension\"";
    let none_of = none_of.replace("pension", "retirement");
    assert_eq!(
        value(&format!("count(stream.payments > 1 {none_of})")),
        Ok(Value::Count(0))
    );
    assert_eq!(
        value(&format!("sum(stream.monthly_net {none_of})")),
        Ok(usd(0))
    );
    assert_eq!(
        value(&format!("any(stream.payments > 1 {none_of})")),
        Ok(Value::Bool(false))
    );
    for function in ["min", "max", "avg"] {
        let text = format!("{function}(stream.monthly_net {none_of})");
        assert_eq!(value(&text), Err(Missing::NoBasis), "{text}");
    }
    assert_eq!(
        value(&format!("all(stream.payments > 1 {none_of})")),
        Err(Missing::NoBasis)
    );
    let given = |looked: Given| [looked, ("stream.monthly_net", Vec::new())];
    let looked = given(is("income.streams", Value::Count(0)));
    let unseen = given(none("income.streams", Missing::NoPermission));
    for (text, found) in [
        ("sum(stream.monthly_net)", Ok(usd(0))),
        ("count(stream.monthly_net > 1 usd)", Ok(Value::Count(0))),
        ("avg(stream.monthly_net)", Err(Missing::NoBasis)),
    ] {
        assert_eq!(value_for(text, &looked, &application()), found, "{text}");
        let found = value_for(text, &unseen, &application());
        assert_eq!(found, Err(Missing::NoPermission), "{text}");
    }
    let nobody = [("account.current", Vec::new())];
    assert_eq!(
        value_for("sum(account.current)", &nobody, &application()),
        Err(Missing::NoSuchAccount)
    );
}

#[test]
fn the_record_names_the_subject_that_decided() {
    let decided_by = |text: &str| {
        let source = payment(&format!("[derive]\nit = '''{text}'''\n"));
        let bundle = publish(&source);
        let decided = decide(&bundle, &household(), &application());
        let layout = Layout::of(bundle.program());
        assert_eq!(layout.aggregates.len(), 1);
        decided.evaluation.decided_by.first().copied().flatten()
    };
    assert_eq!(decided_by("min(stream.monthly_net)"), Some(2));
    assert_eq!(
        decided_by("max(stream.monthly_net where stream.payments < 9)"),
        Some(1)
    );
    assert_eq!(decided_by("any(stream.category == \"gig\")"), Some(1));
    assert_eq!(decided_by("any(stream.category == \"retirement\")"), None);
    assert_eq!(decided_by("all(stream.payments > 3)"), Some(1));
    assert_eq!(decided_by("all(stream.payments > 1)"), None);
    assert_eq!(decided_by("sum(stream.monthly_net)"), None);
    assert_eq!(decided_by("min(account.current)"), None);
}

#[test]
fn months_go_by_the_calendar() {
    let day = |year, month, day| {
        Ok(Value::Date(
            NaiveDate::from_ymd_opt(year, month, day).unwrap(),
        ))
    };
    assert_eq!(value("income.next_payday + 1 month"), day(2026, 4, 30));
    assert_eq!(value("income.next_payday - 1 month"), day(2026, 2, 28));
    assert_eq!(value("23 months + income.next_payday"), day(2028, 2, 29));
    assert_eq!(
        value("income.next_payday + months(income.streams)"),
        day(2026, 6, 30)
    );
    assert_eq!(value("income.next_payday + months(-3)"), day(2025, 12, 31));
    assert_eq!(
        value("income.next_payday + months(9223372036854775807)"),
        Err(Missing::Overflow)
    );
    assert_eq!(value("weekday(income.next_payday)"), Ok(text("tuesday")));
    assert_eq!(value("weekday(2026-11-29)"), Ok(text("sunday")));
    assert_eq!(value("day(income.next_payday)"), Ok(Value::Count(31)));
}

#[test]
fn a_share_is_drawn_by_the_main_applicant_or_by_what_it_is_told() {
    let source = |salt: &str, share: &str| {
        let rules = one_rule(share, "flag");
        rules.replace(
            "kind = \"payment\"",
            &format!("kind = \"payment\"\nshare_salt = \"{salt}\""),
        )
    };
    let verdict = |source: &str, person: &str| {
        let application = revised(application(), |draft| {
            draft.applicants[0].id = Some(person.parse().unwrap());
        });
        decide(&publish(source), &household(), &application).trace[0].verdict
    };
    let half = source("2026", "share(\"cell\", 50%)");
    let drawn: Vec<Verdict> = (0..64)
        .map(|one| verdict(&half, &format!("p{one}")))
        .collect();
    assert_eq!(
        drawn,
        (0..64)
            .map(|one| verdict(&half, &format!("p{one}")))
            .collect::<Vec<_>>()
    );
    let inside = drawn.iter().filter(|one| **one == Verdict::True).count();
    assert!((16..=48).contains(&inside), "{inside}");
    assert!(!drawn.contains(&Verdict::Unknown));
    let other = source("2027", "share(\"cell\", 50%)");
    assert_ne!(
        drawn,
        (0..64)
            .map(|one| verdict(&other, &format!("p{one}")))
            .collect::<Vec<_>>()
    );
    // By a text, whoever the main applicant is.
    let by_text = source("2026", "share(\"cell\", 50%, application.product)");
    assert_eq!(verdict(&by_text, "p1"), verdict(&by_text, "p2"));
    let missing = source("2026", "share(\"cell\", 50%, application.purpose)");
    assert_eq!(verdict(&missing, "p1"), Verdict::Unknown);
    // It needs its salt.
    let found = check(&one_rule("share(\"cell\", 5%)", "flag")).1;
    assert!(
        found
            .iter()
            .any(|one| one.code == Code::MissingKey.as_str())
    );
}

#[test]
fn notes_of_rules_have_limits() {
    let rule = |notes: &str| {
        let source = one_rule("income.streams == 1", "flag");
        let source = source.replace("reason = \"WHY\"", &format!("reason = \"WHY\"\n{notes}"));
        let found = check(&source).1.into_iter();
        let errors = found.filter(|one| one.severity == Severity::Error);
        errors.map(|one| one.code).collect::<Vec<_>>()
    };
    let max = limits::RULE_NOTE_BYTES_MAX;
    for key in ["why", "owner"] {
        assert!(rule(&format!("{key} = \"{}\"", "x".repeat(max - 1))).is_empty());
        assert!(rule(&format!("{key} = \"{}\"", "x".repeat(max))).is_empty());
        assert_eq!(
            rule(&format!("{key} = \"{}\"", "x".repeat(max + 1))),
            ["too_large"]
        );
    }
    let tags = |count: usize| {
        let tags: Vec<String> = (0..count).map(|tag| format!("\"t{tag}\"")).collect();
        rule(&format!("tags = [{}]", tags.join(", ")))
    };
    assert!(tags(limits::RULE_TAGS_MAX - 1).is_empty());
    assert!(tags(limits::RULE_TAGS_MAX).is_empty());
    assert_eq!(tags(limits::RULE_TAGS_MAX + 1), ["too_large"]);
}

#[test]
fn an_exception_keeps_a_rule_from_firing() {
    let source = |rest: &str| {
        format!(
            "{}\n{}",
            one_rule("income.monthly_net < 5000 usd", "decline").replace(
                "reason = \"WHY\"",
                &format!("reason = \"WHY\"\n{rest}\nwhy = \"7 Income\"\nowner = \"Credit Risk\"\ntags = [\"income\", \"core\"]")
            ),
            "[inputs.returning]\ntype = \"bool\"\n"
        )
    };
    let verdict = |rest: &str, returning: Option<bool>| {
        let application = revised(application(), |draft| {
            let input = returning.map(crate::application::Input::Bool);
            draft
                .inputs
                .extend(input.map(|input| ("returning".to_owned(), Some(input))));
        });
        let decided = decide(&publish(&source(rest)), &household(), &application);
        assert_eq!(decided.trace[0].comparisons.len(), 2);
        assert_eq!(decided.trace[0].notes.why.as_deref(), Some("7 Income"));
        assert_eq!(decided.trace[0].notes.owner.as_deref(), Some("Credit Risk"));
        assert_eq!(decided.trace[0].notes.tags, ["income", "core"]);
        (decided.trace[0].verdict, decided.outcome)
    };
    let except = "except = 'inputs.returning'";
    assert_eq!(
        verdict(except, Some(true)),
        (Verdict::False, Outcome::Approve)
    );
    assert_eq!(
        verdict(except, Some(false)),
        (Verdict::True, Outcome::Decline)
    );
    // An exception that cannot be known leaves it unknown whether the rule holds.
    assert_eq!(verdict(except, None), (Verdict::Unknown, Outcome::Refer));
    let layout = Layout::of(publish(&source(except)).program());
    assert_eq!(layout.rules[0].except.as_deref(), Some("inputs.returning"));
    assert_eq!(layout.rules[0].when.logic, "#0 and not #1");
    assert_eq!(layout.rules[0].notes.tags, ["income", "core"]);
}
