//! What came of tests, for a person: a line for each, and why those failed that did.

use super::ran::Run;
use crate::cli::text::{BOLD, DIM, GREEN, RED, counted, paint};
use crate::rules::{TestCase, WorkedOut};
use crate::trial::{Ending, Failure};

/// The tests of one rule file.
pub(super) fn of(run: &Run) -> String {
    let mut text = String::new();
    for (test, ending) in &run.ended {
        text.push_str(&one(run, test, ending));
    }
    let (all, passed) = (run.ended.len(), run.passed());
    let failed = all - passed;
    let said = if failed == 0 {
        paint(GREEN, &format!("{} passed", counted(all, "test", "tests")))
    } else {
        let of = counted(all, "test", "tests");
        format!(
            "{}, {passed} of {of} passed",
            paint(RED, &format!("{failed} failed"))
        )
    };
    text.push_str(&format!("{}: {}: {said}\n", run.file, run.rule_set));
    text
}

fn one(run: &Run, test: &TestCase, ending: &Ending) -> String {
    let name = &test.name;
    match ending {
        Ending::Passed => format!("{}  {name}\n", paint(GREEN, "ok    ")),
        Ending::Failed(failure) => {
            let place = paint(DIM, &run.place(test));
            let head = format!("{}  {}  {place}\n", paint(RED, "FAILED"), paint(BOLD, name));
            format!("{head}{}", why(failure))
        }
        Ending::Broken(error) => {
            let place = paint(DIM, &run.place(test));
            let head = format!("{}  {}  {place}\n", paint(RED, "BROKEN"), paint(BOLD, name));
            format!("{head}    {error}\n")
        }
    }
}

/// What was expected and what came, and the rules in question.
pub(super) fn why(failure: &Failure) -> String {
    let mut text = String::new();
    for one in &failure.mismatches {
        let (what, expected, got) = (one.what, &one.expected, &one.got);
        text.push_str(&format!("    {what}: expected {expected}, got {got}\n"));
    }
    if !failure.lacked.is_empty() {
        let names = failure.lacked.join(", ");
        text.push_str(&format!("    not known for want of {names}\n"));
    }
    for rule in &failure.rules {
        text.push_str(&rule_text(rule));
    }
    text
}

fn rule_text(rule: &WorkedOut) -> String {
    let mut text = format!("    rule {}\n", rule.rule);
    for line in rule.comparisons.iter().chain(&rule.derived) {
        text.push_str(&format!("      {line}\n"));
    }
    text
}
