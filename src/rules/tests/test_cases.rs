//! `[[test]]`: what is found wrong with one, and that none is a part of what is published.

use crate::limits;
use crate::rules::{Attachments, Bundle, CaseFile, Diagnostic, TestCase, TestData};

const RULES: &str = include_str!("../starter/credit.toml");

fn checked(cases: &[(&str, &str)]) -> (Option<Bundle>, Vec<TestCase>, Vec<Diagnostic>) {
    let cases: Vec<CaseFile> = cases
        .iter()
        .map(|(name, text)| CaseFile {
            name: (*name).to_owned(),
            bytes: text.as_bytes().to_vec(),
        })
        .collect();
    Bundle::publish_and_test(RULES.as_bytes(), &Attachments::none(), &cases)
}

/// The findings of one test in a file of its own: `code: message; help`.
fn found(test: &str) -> Vec<String> {
    let text = format!("[[test]]\nname = 'it'\n{test}");
    let (_, _, found) = checked(&[("cases.toml", &text)]);
    let found = found.iter().inspect(|one| {
        assert_eq!(one.file.as_deref(), Some("cases.toml"));
    });
    found
        .map(|one| {
            let help = one.help.as_ref().map(|help| format!("; {help}"));
            format!("{}: {}{}", one.code, one.message, help.unwrap_or_default())
        })
        .collect()
}

const EXPECT: &str = "expect = { outcome = 'REFER' }";

#[test]
fn names_get_the_nearest() {
    let given = |given: &str| found(&format!("{given}\n{EXPECT}"));
    assert_eq!(
        given("features = { 'income.montly_net' = '1 usd' }"),
        [
            "unknown_name: no feature is called `income.montly_net`; did you mean `income.monthly_net`?"
        ]
    );
    assert_eq!(
        given("features = { income.monthly_net = '1 usd' }"),
        ["bad_name: `income.monthly_net` is not in quotes; write `\"income.monthly_net\" = …`"]
    );
    assert_eq!(
        given("features = { 'application.amount' = '1 usd' }"),
        [
            "bad_value: `application.amount` follows from what is asked for; say it under `application`"
        ]
    );
    assert_eq!(
        given("inputs = { x = 1 }"),
        ["unknown_name: no input is called `x`; inputs are declared in `[inputs]`"]
    );
    assert_eq!(
        given("like = 'a sound aplicant gets what is asked for'"),
        [
            "unknown_name: there is no earlier test `a sound aplicant gets what is asked for`; did you \
             mean `a sound applicant gets what is asked for`?"
        ]
    );
    assert_eq!(
        found("expect = { reasons = ['NSF_FREQUNT'], offer = { tier = 'C' } }"),
        [
            "unknown_reason: no reason `NSF_FREQUNT` is declared; did you mean `NSF_FREQUENT`?",
            "unknown_name: there is no tier `C`; did you mean `A`?"
        ]
    );
    assert_eq!(
        found("expect = { missing = ['income.monthly_nett'] }"),
        [
            "unknown_name: no value is called `income.monthly_nett`; did you mean `income.monthly_net`?"
        ]
    );
    assert_eq!(
        found("expect = { outcom = 'REFER' }"),
        [
            "missing_key: the test expects nothing; say what is to come of it, as in `expect = { outcome \
             = \"APPROVE\" }`",
            "unknown_key: `expect` has no key `outcom`; did you mean `outcome`?"
        ]
    );
}

#[test]
fn values_have_the_type_the_words_and_the_range_of_their_feature() {
    let given = |given: &str| found(&format!("features = {{ {given} }}\n{EXPECT}"));
    assert_eq!(
        given("'income.monthly_net' = 900"),
        ["unit_missing: money is wanted here, not count; write `'900 usd'`"]
    );
    assert_eq!(
        given("'nsf.event_days_90d' = '3 days'"),
        ["type_mismatch: count is wanted here, not days"]
    );
    assert_eq!(
        given("'nsf.event_days_90d' = 91"),
        ["out_of_natural_range: `nsf.event_days_90d` is never 91; its range is 0 to 90"]
    );
    assert_eq!(given("'nsf.event_days_90d' = 90"), [""; 0]);
    assert_eq!(
        given("'data.amount_sign' = 'provn'"),
        ["unknown_word: `data.amount_sign` is never `provn`; did you mean `proven`?"]
    );
    assert_eq!(
        given("'income.stopped' = { missing = 'no_permision' }"),
        [
            "bad_value: `no_permision` is not a cause for which a value is missing; did you mean \
             `no_permission`?"
        ]
    );
    assert_eq!(
        given("'income.monthly_net' = ['1 usd', '2 usd']"),
        ["bad_value: `income.monthly_net` has one value"]
    );
    assert_eq!(
        given("'account.current' = []"),
        ["bad_value: `account.current` has no value: there is at least one account"]
    );
    // There may be no income.
    assert_eq!(given("'stream.monthly_net' = []"), [""; 0]);
    assert_eq!(
        given("'account.current' = ['1 usd', '2 usd'], 'account.active' = true"),
        [
            "bad_value: `account.active` has 1 values and `account.current` has 2: every account has \
             one of each"
        ]
    );
}

#[test]
fn a_test_is_decided_on_one_thing_and_expects_something() {
    assert_eq!(
        found(&format!(
            "applicant = 'salaried'\nbank_data = 'a.json'\n{EXPECT}"
        )),
        [
            "bad_value: a test is decided on one of `features`, `applicant`, `bank_data` and \
             `decision`"
        ]
    );
    assert_eq!(
        found("expect = { }"),
        [
            "missing_key: the test expects nothing; say what is to come of it, as in `expect = { outcome \
             = \"APPROVE\" }`"
        ]
    );
    assert_eq!(
        found("expect = { score = 700 }"),
        ["wrong_for_kind: the rule set has no scorecard, so there is no score"]
    );
    assert_eq!(
        found(&format!(
            "application = {{ at = 'noon', term = '1 moon' }}\n{EXPECT}"
        )),
        [
            "bad_value: `noon` is no moment; write a day, or a day and a time: `2026-03-31 15:00`",
            "bad_value: `1 moon` is not a term; a term is a number of days, weeks or months, as in `12 \
             months`"
        ]
    );
    let id = "dec_01HZX3Y4N8C6R2T7V9W1B5K0QS";
    assert_eq!(
        found(&format!(
            "decision = '{id}'\napplication = {{ at = '2026-03-31' }}\n{EXPECT}"
        )),
        ["bad_value: a recorded decision is decided again at its own moment; leave `at` out"]
    );
    assert_eq!(
        found(&format!("decision = 'it'\n{EXPECT}")),
        ["bad_value: `it` is no id of a decision"]
    );
}

#[test]
fn a_moment_is_one_that_the_data_can_be_looked_at() {
    let at = |data: &str, at: &str| {
        found(&format!(
            "{data}\napplication = {{ at = '{at}' }}\n{EXPECT}"
        ))
    };
    for (data, told) in [
        (
            "applicant = 'salaried'",
            "a sample applicant is decided at 15:00 UTC of a day",
        ),
        (
            "bank_data = 'a.json'",
            "bank data is decided on at the end of a day",
        ),
    ] {
        let told = format!("bad_value: {told}; write the day alone, as in `2026-03-31`");
        assert_eq!(at(data, "2026-03-31 15:00"), [told]);
        assert_eq!(at(data, "2026-03-31"), [""; 0]);
    }
    assert_eq!(at("features = {}", "2026-03-31 15:00"), [""; 0]);
}

#[test]
fn payments_are_as_many_as_an_offer_can_have() {
    let payments = |count: i64| found(&format!("expect = {{ offer = {{ payments = {count} }} }}"));
    let most = i64::from(u32::MAX);
    assert_eq!(payments(most), [""; 0]);
    for count in [-1, most + 1] {
        let told = format!("out_of_range: no offer has {count} payments");
        assert_eq!(payments(count), [told]);
    }
}

#[test]
fn a_test_that_is_like_another_may_be_decided_on_something_else() {
    let data = |first: &str, second: &str| {
        let test =
            |name: &str, more: &str| format!("[[test]]\nname = '{name}'\n{more}\n{EXPECT}\n");
        let like = format!("like = 'a'\n{second}");
        let text = format!("{}{}", test("a", first), test("b", &like));
        let (_, mut tests, findings) = checked(&[("t.toml", &text)]);
        assert_eq!(findings, []);
        tests.pop().unwrap().data
    };
    let (one, other) = (
        "features = { 'nsf.event_days_90d' = 1 }",
        "features = { 'income.stopped' = true }",
    );
    let names = |data: TestData| {
        let TestData::Features(given) = data else {
            panic!("{data:?}");
        };
        given.values.into_keys().collect::<Vec<_>>()
    };
    assert_eq!(
        names(data(one, other)),
        ["income.stopped", "nsf.event_days_90d"]
    );
    assert_eq!(
        names(data("applicant = 'salaried'", one)),
        ["nsf.event_days_90d"]
    );
    assert_eq!(
        data("applicant = 'salaried'", ""),
        TestData::Applicant("salaried".to_owned())
    );
    assert_eq!(
        data(one, "bank_data = 'a.json'"),
        TestData::BankData("a.json".to_owned())
    );
}

#[test]
fn what_a_test_gives_wrong_is_told_once_for_all_that_are_like_it() {
    let wrong = "[[test]]\nname = 'a'\nfeatures = { 'income.montly_net' = '1 usd' }\n";
    let like = |name: &str| format!("[[test]]\nname = '{name}'\nlike = 'a'\n{EXPECT}\n");
    let text = format!("{wrong}{EXPECT}\n{}{}", like("b"), like("c"));
    let (_, tests, findings) = checked(&[("t.toml", &text)]);
    assert_eq!((findings.len(), findings[0].line), (1, 3));
    assert!(tests.iter().all(|test| test.file.is_none()));
    let table = "name, inputs.x, expect.outcome\na, 1, REFER\nb, 1, REFER\n";
    let (_, _, findings) = checked(&[("t.csv", table)]);
    assert_eq!((findings.len(), findings[0].line), (1, 1));
}

#[test]
fn names_of_tests_are_lines_and_their_own() {
    let twice = "[[test]]\nname = 'it'\nexpect = { outcome = 'REFER' }\n".repeat(2);
    let (_, tests, findings) = checked(&[("a.toml", &twice)]);
    assert_eq!(findings[0].message, "there is another test `it`");
    assert_eq!(findings[0].line, 5);
    assert_eq!(tests.last().unwrap().name, "it");
    for name in ["", " ", "a\\nb", &"a".repeat(limits::ID_BYTES_MAX + 1)] {
        let text = format!("[[test]]\nname = \"{name}\"\n{EXPECT}\n");
        let (_, _, findings) = checked(&[("a.toml", &text)]);
        assert_eq!(findings[0].code, "bad_name", "{name}");
    }
    let longest = "a".repeat(limits::ID_BYTES_MAX);
    let text = format!("[[test]]\nname = \"{longest}\"\n{EXPECT}\n");
    assert_eq!(checked(&[("a.toml", &text)]).2, []);
}

#[test]
fn a_table_of_tests_reads_as_the_same_in_toml() {
    let table = "name, like, income.monthly_net, ownership.name_score, application.amount, \
                 application.at, expect.outcome, expect.reasons, expect.missing, expect.offer.rate\n\
                 a, a sound applicant gets what is asked for, \"1,000.00 usd\", 1;missing(no_basis), 500 usd, 2026-03-31, DECLINE, INCOME_INSUFFICIENT; NSF_FREQUENT, -, 17.9%\n\
                 b, a,,,,, REFER,,,\n";
    let table = table.replace("\"1,000.00 usd\"", "\"$1,000.00\"");
    let toml = "[[test]]\nname = 'a'\nlike = 'a sound applicant gets what is asked for'\n\
                features = { 'income.monthly_net' = '1000 usd', 'ownership.name_score' = [1, { missing = 'no_basis' }] }\n\
                application = { amount = '500 usd', at = '2026-03-31' }\n\
                expect = { outcome = 'DECLINE', reasons = ['INCOME_INSUFFICIENT', 'NSF_FREQUENT'], missing = [], offer = { rate = '17.9%' } }\n\
                [[test]]\nname = 'b'\nlike = 'a'\nexpect = { outcome = 'REFER' }\n";
    let read = |name: &str, text: &str| {
        let (bundle, tests, findings) = checked(&[(name, text)]);
        assert_eq!(findings, []);
        assert!(bundle.is_some());
        let own = tests.into_iter().filter(|test| test.file.is_some());
        own.map(|test| TestCase {
            file: None,
            line: 0,
            ..test
        })
        .collect::<Vec<_>>()
    };
    let of_table = read("cases.CSV", &table);
    assert_eq!(of_table, read("cases.toml", toml));
    let TestData::Features(given) = &of_table[1].data else {
        panic!("{of_table:?}");
    };
    assert_eq!(given.values["ownership.name_score"].len(), 2);
    assert_eq!(given.values["nsf.event_days_90d"].len(), 1);
}

#[test]
fn what_is_wrong_with_a_table_is_told_by_its_cell() {
    let told = |table: &str| {
        let (_, _, findings) = checked(&[("t.csv", table)]);
        let one = findings.into_iter().next().unwrap();
        format!("{}:{} {}", one.line, one.column, one.message)
    };
    assert_eq!(
        told("nme, expect.outcome\n"),
        "1:1 the first line of a table of tests names its columns, `name` among them"
    );
    assert_eq!(
        told("name, expect.outcom\na, REFER\n"),
        "1:7 `expect.outcom` is no column of a table of tests"
    );
    assert_eq!(told("name, name\n"), "1:7 there is another column `name`");
    assert_eq!(
        told("name, expect.outcome\na, REFER, x\n"),
        "2:11 this line has 3 cells, the first 2"
    );
    assert_eq!(
        told("name, expect.outcome\n, REFER\n"),
        "2:1 the test has no `name`"
    );
    assert_eq!(
        told("name, expect.outcome\n\"a, REFER\n"),
        "2:1 this cell in quotes does not end as it should"
    );
    assert_eq!(
        told("name, expect.outcome, income.monthly_net\na, REFER, 5\n"),
        "2:11 money is wanted here, not count"
    );
}

#[test]
fn a_bundle_is_the_same_whatever_it_is_tested_with() {
    let (head, _) = RULES.split_once("\n# -----").unwrap();
    let (before, _) = RULES.split_once("\n[[test]]").unwrap();
    let (kept, _) = before.rsplit_once("\n# -----").unwrap();
    assert_ne!(head, kept);
    let with = Bundle::publish(RULES.as_bytes()).unwrap();
    let without = Bundle::publish(kept.as_bytes()).unwrap();
    assert_eq!(with.hash(), without.hash());
    assert_eq!(with.bytes(), kept.as_bytes());
    // What is stored is what was checked.
    let stored = Bundle::from_bytes(with.bytes()).unwrap();
    assert_eq!(stored.hash(), with.hash());
    let layout = |bundle: &Bundle| crate::rules::Layout::of(bundle.program());
    assert_eq!(layout(&stored), layout(&with));
    // A text that ends like a comment is no comment.
    let plain = "\"Small loans, repaid in instalments.\"\n";
    let described = kept.replace(plain, "\"\"\"Loans.\n# note\"\"\"\n");
    let test = format!("\n[[test]]\nname = 'a'\n{EXPECT}\n\n# What");
    let tested = described.replacen("\n# What", &test, 1);
    assert!(described != kept && tested != described);
    let published = Bundle::publish(tested.as_bytes()).unwrap();
    assert_eq!(published.bytes(), described.as_bytes());
    // A test in a line could not be told from the rules, and a wrong one is not published with them.
    let inline = format!("test = [{{ name = 'a', {EXPECT} }}]\n{kept}");
    let found = Bundle::publish(inline.as_bytes()).unwrap_err();
    assert_eq!(found[0].message, "a test in a line");
    let wrong = RULES.replace("\"INCOME_INSUFFICIENT\"]", "\"INCOME_INSUFFICENT\"]");
    assert!(Bundle::publish(wrong.as_bytes()).is_err());
}

#[test]
fn so_many_tests_are_run_at_once() {
    let table = |count: usize| {
        let lines: String = (0..count).map(|at| format!("{at},REFER\n")).collect();
        format!("name,expect.outcome\n{lines}")
    };
    // The starter has some of its own.
    let own = checked(&[]).1.len();
    let (_, tests, findings) = checked(&[("t.csv", &table(limits::TESTS_MAX - own))]);
    assert_eq!((tests.len(), findings.len()), (limits::TESTS_MAX, 0));
    let (bundle, _, findings) = checked(&[("t.csv", &table(limits::TESTS_MAX - own + 1))]);
    assert!(bundle.is_none());
    assert_eq!(findings[0].code, "too_large");
}

#[test]
fn a_file_of_tests_is_text_and_holds_nothing_else() {
    let cases = [CaseFile {
        name: "t.toml".to_owned(),
        bytes: vec![0xff],
    }];
    let (bundle, _, findings) =
        Bundle::publish_and_test(RULES.as_bytes(), &Attachments::none(), &cases);
    assert!(bundle.is_none());
    assert_eq!(findings[0].message, "`t.toml` is not UTF-8 text");
    let (_, _, findings) = checked(&[("t.toml", "[params]\na = '1'\n")]);
    assert_eq!(findings[0].message, "`t.toml` has no key `params`");
    let (_, _, findings) = checked(&[("t.toml", "[[test]\n")]);
    assert_eq!((findings[0].code, findings[0].line), ("toml_syntax", 1));
}
