//! A rule set with another value of a param is what its file would be if an author had written that there.

use proptest::prelude::*;

use super::*;
use crate::rules::{Attachments, Layout, ParamError, values_listed};

const PERSONAL: &str = include_str!("../../../rules/personal-loan.toml");
const NEAR_PRIME: &str = include_str!("../../../rules/examples/near-prime.toml");

fn beside_near_prime() -> Attachments {
    let mut files = Attachments::none();
    for (name, text) in [
        (
            "near-prime/income.toml",
            include_str!("../../../rules/examples/near-prime/income.toml"),
        ),
        (
            "near-prime/watch-list.txt",
            include_str!("../../../rules/examples/near-prime/watch-list.txt"),
        ),
        (
            "near-prime/states.csv",
            include_str!("../../../rules/examples/near-prime/states.csv"),
        ),
        (
            "near-prime/price.csv",
            include_str!("../../../rules/examples/near-prime/price.csv"),
        ),
    ] {
        files.insert(name, text);
    }
    files
}

/// A rule file with the files beside it, as an author edits them.
#[derive(Debug, Clone)]
struct Files {
    source: String,
    beside: Attachments,
}

impl Files {
    fn shipped() -> [Self; 2] {
        let files = [
            (PERSONAL, Attachments::none()),
            (NEAR_PRIME, beside_near_prime()),
        ];
        files.map(|(source, beside)| Self {
            source: source.to_owned(),
            beside,
        })
    }

    fn publish(&self) -> Result<Bundle, ()> {
        Bundle::publish_with(self.source.as_bytes(), &self.beside).map_err(drop)
    }

    /// Writes another value into the one line that declares a param.
    fn edited(&self, param: &str, value: &str) -> Self {
        let mut edited = self.clone();
        edited.source = with_line(&self.source, param, value);
        for (name, bytes) in self.beside.iter() {
            let text = std::str::from_utf8(bytes).unwrap();
            edited.beside.insert(name, with_line(text, param, value));
        }
        edited
    }
}

fn with_line(text: &str, param: &str, value: &str) -> String {
    let Some((before, rest)) = text.split_once("[params]\n") else {
        return text.to_owned();
    };
    // Up to the next table, which may declare something of the same name.
    let end = rest.find("\n[").unwrap_or(rest.len());
    let (own, after) = rest.split_at(end);
    let lines = own.split_inclusive('\n').map(|line| {
        let declared = line.strip_prefix(&format!("{param} = '"));
        match declared.and_then(|rest| rest.split_once('\'')) {
            Some((_, after)) => format!("{param} = '{value}'{after}"),
            None => line.to_owned(),
        }
    });
    let own: String = lines.collect();
    format!("{before}[params]\n{own}{after}")
}

/// Another value of the same type, as it is written.
fn another(value: &Value, step: i64) -> String {
    match value {
        Value::Money(_) => format!("{}.50 usd", 100 + step * 37),
        Value::Count(_) => step.to_string(),
        Value::Days(_) => format!("{step} days"),
        Value::Ratio(_) => format!("0.{step:02}"),
        Value::Percent(_) => format!("{step}.5%"),
        Value::Date(_) => format!("2026-01-{:02}", step % 28 + 1),
        Value::Text(_) => format!("\"it is {step}\""),
        Value::Bool(was) => (!was).to_string(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn it_is_what_is_published_of_the_file_edited_by_hand(
        own in 0_usize..2,
        at in 0_usize..100,
        step in 1_i64..99,
    ) {
        let files = Files::shipped()[own].clone();
        let bundle = files.publish().unwrap();
        let params = bundle.rule_set().params();
        let (name, value) = &params[at % params.len()];
        let value = another(value, step);
        match (bundle.with_param(name, &value), files.edited(name, &value).publish()) {
            (Ok(made), Ok(by_hand)) => {
                prop_assert_eq!(made.hash(), by_hand.hash());
                prop_assert_eq!(made.bytes(), by_hand.bytes());
                let layouts = [&made, &by_hand].map(|one| Layout::of(one.program()));
                prop_assert_eq!(&layouts[0], &layouts[1]);
                prop_assert_eq!(made.param(name), by_hand.param(name));
                // And back.
                let first = bundle.param(name).unwrap();
                let first = if let Value::Text(text) = first {
                    format!("\"{text}\"")
                } else {
                    first.to_string()
                };
                let back = made.with_param(name, &first).unwrap();
                prop_assert_eq!(back.param(name), bundle.param(name));
            }
            (Err(ParamError::Invalid { .. } | ParamError::BadValue { .. }), Err(())) => {}
            (made, by_hand) => prop_assert!(false, "{name} = {value}: {made:?}, {by_hand:?}"),
        }
    }
}

/// A rule that reads every param, each declared in another form.
const FORMS: &str = "[params]\nshort = '3'\nbare = 4\nquoted = \"5\"\nlong = { value = '6', min = '1', max = '9' }\n\
    text = '\"a\"'\nunread = '1'\n[params.table]\nvalue = '7'  # why\ndoc = \"seven\"\n";

fn forms() -> String {
    let conditions = [
        "nsf.event_days_90d > params.short",
        "nsf.event_days_30d > params.bare",
        "nsf.event_days_60d > params.quoted",
        "data.inactive_accounts > params.long",
        "application.product == params.text",
        "cash_flow.short_term_lenders_90d > params.table",
    ];
    let when = conditions.join(" or ");
    let rule = format!(
        "[[rule]]\nid = \"it\"\nwhen = '''{when}'''\nthen = \"refer\"\nreason = \"WHY\"\n[reasons.WHY]\n\
         statement = \"it is so\"\n"
    );
    payment(&format!("{FORMS}{rule}"))
}

#[test]
fn a_value_stands_where_the_old_one_did_and_nothing_else_changes() {
    let source = forms();
    let bundle = Bundle::publish(source.as_bytes()).unwrap();
    for (param, value, from, to) in [
        ("short", "8", "short = '3'", "short = '8'"),
        ("short", "4 + 4", "short = '3'", "short = '4 + 4'"),
        ("bare", "8", "bare = 4", "bare = 8"),
        ("bare", "2 + 3", "bare = 4", "bare = '2 + 3'"),
        ("quoted", "8", "quoted = \"5\"", "quoted = \"8\""),
        ("long", "9", "value = '6'", "value = '9'"),
        (
            "text",
            "\"it's\"",
            "text = '\"a\"'",
            "text = \"\"\"\"it's\"\"\"\"",
        ),
        ("table", "8", "value = '7'  # why", "value = '8'  # why"),
    ] {
        let made = bundle.with_param(param, value).unwrap();
        let written = source.replacen(from, to, 1);
        assert_ne!(written, source, "{param}");
        let by_hand = Bundle::publish(written.as_bytes()).unwrap();
        let texts = [&made, &by_hand].map(|one| String::from_utf8_lossy(one.bytes()));
        assert_eq!(texts[0], texts[1]);
        assert_eq!(made.param(param), by_hand.param(param));
    }
}

#[test]
fn what_a_param_cannot_be_is_told_with_what_to_do() {
    let bundle = Bundle::publish(forms().as_bytes()).unwrap();
    for (param, value, told) in [
        (
            "shrt",
            "1",
            "`test` has no param `shrt`: did you mean `short`?",
        ),
        (
            "x",
            "1",
            "`test` has no param `x`: its params are `short`, `bare`, `quoted`, `long`, `text`, `unread`, `table`",
        ),
        (
            "unread",
            "2",
            "`unread` is never used: no value of it changes a decision",
        ),
        (
            "long",
            "10",
            "`10` is no value of `long`: `10` is above 9, the most that it can be",
        ),
        (
            "text",
            "1",
            "`1` is no value of `text`: text is wanted here, not count",
        ),
        (
            "text",
            "web",
            "`web` is no value of `text`: a param is a constant and reads no other name: write a \
             text in double quotes",
        ),
        (
            "short",
            "40 usd",
            "`40 usd` is no value of `short`: count is wanted here, not money",
        ),
        (
            "short",
            "params.bare",
            "`params.bare` is no value of `short`: a param is a constant and reads no other name",
        ),
        (
            "short",
            "1 /",
            "`1 /` is no value of `short`: the expression ends where a value is expected; write a value here, or \
             leave out what asks for it",
        ),
        (
            "short",
            "1'",
            "`1'` is no value of `short`: `'` is not part of the language; write plain double quotes",
        ),
    ] {
        let error = bundle.with_param(param, value).unwrap_err();
        assert_eq!(error.to_string(), told);
    }
}

#[test]
fn a_list_of_values_is_cut_where_the_language_does() {
    for (listed, values) in [
        ("30%, 35% ,40%", vec!["30%", "35%", "40%"]),
        ("\"a, b\",\"c\"", vec!["\"a, b\"", "\"c\""]),
        ("$1,500 , 2,000 usd", vec!["$1,500", "2", "000 usd"]),
        ("min(1, 2), [3, 4]", vec!["min(1, 2)", "[3, 4]"]),
        ("2026-01-31,2026-02-28", vec!["2026-01-31", "2026-02-28"]),
        ("1,,2,", vec!["1", "", "2", ""]),
        ("1, 'a', \"b", vec!["1", "'a'", "\"b"]),
    ] {
        assert_eq!(values_listed(listed), values, "{listed}");
    }
}
