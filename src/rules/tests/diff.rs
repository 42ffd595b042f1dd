//! What `rules diff` tells.

use super::formatted::shipped;
use crate::rules::{Attachments, Written};

/// The differences, one a line.
fn differences(before: (&str, &Attachments), after: (&str, &Attachments)) -> Vec<String> {
    let [before, after] = [before, after]
        .map(|(source, attachments)| Written::read(source.as_bytes(), attachments).unwrap());
    let found = before.differences(&after).into_iter();
    found
        .map(|one| match (one.before, one.after) {
            (Some(before), Some(after)) => format!("~ {} {before} -> {after}", one.path),
            (Some(before), None) => format!("- {} {before}", one.path),
            (None, Some(after)) => format!("+ {} {after}", one.path),
            (None, None) => panic!("{} is nowhere", one.path),
        })
        .collect()
}

fn alone(before: &str, after: &str) -> Vec<String> {
    let none = Attachments::none();
    differences((before, &none), (after, &none))
}

const BEFORE: &str = r#"
[params]
share_max = '45%'
gone = '1'

[[rule]]
id = "one"
when = 'derive.share > params.share_max and income.stopped'
then = "refer"

[[rule]]
id = "two"
when = 'income.stopped'
then = "decline"

[scorecard]
base = 500
[[scorecard.characteristic]]
name = "nsf"
bins = [
  { when = 'value == 0', points = 60 },
  { otherwise = true, points = 0 },
]

[reasons.A]
statement = "a  b"
"#;

#[test]
fn names_say_what_was_added_removed_and_changed() {
    let after = r#"
[reasons.A]
statement = "a b c"

[reasons.B]
statement = "b"

[scorecard]
base = 480
[[scorecard.characteristic]]
name = "nsf"
bins = [
  { when = 'value == 0', points = 55 },
  { when = 'value == 1', points = 10 },
  { otherwise = true, points = 0 },
]

[[rule]]
id = "two"
when = "income.stopped" # as before
then = "refer"

[[rule]]
id = "one"
when = '''
derive.share>params.share_max
  and   income.stopped
'''
then = "refer"

[params]
share_max = '40%'
"#;
    assert_eq!(
        alone(BEFORE, after),
        [
            "~ scorecard.base 500 -> 480",
            "~ scorecard.characteristic.nsf.bins.1.points 60 -> 55",
            "+ scorecard.characteristic.nsf.bins.2.when value == 1",
            "- scorecard.characteristic.nsf.bins.2.otherwise true",
            "~ scorecard.characteristic.nsf.bins.2.points 0 -> 10",
            "+ scorecard.characteristic.nsf.bins.3 { otherwise = true, points = 0 }",
            "- params.gone 1",
            "~ params.share_max 45% -> 40%",
            "~ rule.two.then decline -> refer",
            "~ rule.order one, two -> two, one",
            "~ reasons.A.statement a b -> a b c",
            "+ reasons.B { statement = b }",
        ]
    );
}

#[test]
fn blanks_of_expressions_are_no_difference_and_those_of_texts_are() {
    let rule = |when: &str| format!("[[rule]]\nid = 'a'\nwhen = '{when}'\n");
    assert_eq!(alone(&rule("a>1"), &rule("a  >  1")), [""; 0]);
    assert_eq!(
        alone(&rule("x == \"a b\""), &rule("x == \"a  b\"")).len(),
        1
    );
    assert_eq!(alone("[params]\na = 3", "[params]\na = '3'"), [""; 0]);
}

#[test]
fn what_moves_to_a_fragment_is_no_difference_but_for_the_import() {
    let mut fragment = Attachments::none();
    fragment.insert("common.toml", "[params]\na = '1'\n");
    fragment.insert("list.txt", "x\ny\n");
    let before = ("[params]\na = '1'\nb = '2'\n", &Attachments::none());
    let after = ("import = ['common.toml']\n[params]\nb = '2'\n", &fragment);
    assert_eq!(
        differences(before, after),
        ["+ import [common.toml]", "+ list.txt 2 lines"]
    );
}

#[test]
fn formatting_is_no_difference() {
    for (name, source) in shipped() {
        let crushed = source.replace(" = ", "=").replace('\n', "\n\n");
        let found = alone(
            &crushed,
            &crate::rules::formatted(crushed.as_bytes()).unwrap(),
        );
        assert_eq!(found, [""; 0], "{name}");
    }
}
