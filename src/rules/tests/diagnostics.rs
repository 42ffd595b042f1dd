//! Each finding of the checker, from a file of cases.

use std::collections::BTreeSet;

use serde::Deserialize;

use super::*;
use crate::rules::{Code, Diagnostic, Severity, check};

#[derive(Deserialize)]
struct Cases {
    case: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    /// Added to a payment rule set without rules.
    #[serde(default)]
    parts: String,
    /// A whole file, in place of `parts`.
    file: Option<String>,
    #[serde(default)]
    expect: Vec<Expected>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    code: String,
    #[serde(default)]
    warning: bool,
    /// The text of the file that the finding points at.
    at: Option<String>,
    /// Part of the message.
    says: Option<String>,
    /// Part of the help.
    help: Option<String>,
}

fn cases() -> Vec<Case> {
    let text = include_str!("../../../tests/data/rules/diagnostics.toml");
    toml::from_str::<Cases>(text).unwrap().case
}

/// A payment rule set that is sound and has no findings of its own.
fn sound(parts: &str) -> String {
    payment(parts).replace("when = 'true'", "when = 'balance.current > 0 usd'")
}

impl Case {
    fn source(&self) -> String {
        self.file.clone().unwrap_or_else(|| sound(&self.parts))
    }
}

/// The files of all cases.
pub(super) fn sources() -> Vec<String> {
    cases().iter().map(Case::source).collect()
}

/// What is not as a case expects.
fn problem(case: &Case) -> Option<String> {
    let source = case.source();
    let (rule_set, found) = check(&source);
    let shown: Vec<String> = found
        .iter()
        .map(|one| one.render("case.toml", &source, false))
        .collect();
    let context = format!("case `{}`:\n{}", case.name, shown.join("\n\n"));
    let error = found.iter().any(|one| one.severity == Severity::Error);
    let fits = |(finding, expected): (&Diagnostic, &Expected)| {
        let given = finding.help.clone().unwrap_or_default();
        let at = source.get(finding.span.clone()).unwrap_or_default();
        let part = |whole: &str, part: &Option<String>| {
            part.as_ref()
                .is_none_or(|part| whole.contains(part.as_str()))
        };
        finding.code == expected.code
            && (finding.severity == Severity::Warning) == expected.warning
            && expected.at.as_ref().is_none_or(|text| text == at)
            && part(&finding.message, &expected.says)
            && part(&given, &expected.help)
    };
    let pairs = found.iter().zip(&case.expect);
    let wrong = pairs.enumerate().find(|(_, pair)| !fits(*pair));
    let wrong = wrong.map(|(index, _)| format!("finding {} is another", index + 1));
    let count = (found.len() != case.expect.len())
        .then(|| format!("{} findings, not {}", found.len(), case.expect.len()));
    let usable = (rule_set.is_none() != error).then(|| "errors, and a rule set".to_owned());
    let what = wrong.or(count).or(usable)?;
    Some(format!("{context}\n{what}"))
}

#[test]
fn every_case_has_exactly_the_findings_it_expects() {
    let problems: Vec<String> = cases().iter().filter_map(problem).collect();
    assert!(problems.is_empty(), "{}", problems.join("\n\n"));
}

#[test]
fn every_code_has_a_case_or_a_test() {
    let mut seen: BTreeSet<String> = cases()
        .iter()
        .flat_map(|case| case.expect.iter().map(|expected| expected.code.clone()))
        .collect();
    seen.extend(faults::codes());
    // Those that a case in a text file cannot show; tested in `language` and below.
    seen.extend(["too_large", "more", "not_utf8"].map(str::to_owned));
    for code in Code::ALL {
        assert!(
            seen.contains(code.as_str()),
            "no case shows `{}`",
            code.as_str()
        );
    }
}

#[test]
fn a_file_that_is_not_text_is_refused_with_the_place() {
    let found = Bundle::publish(b"[rule_set]\nname = \"\xff\"").unwrap_err();
    assert_eq!(found[0].code, "not_utf8");
    assert_eq!((found[0].line, found[0].column), (2, 9));
}

/// The first error of a file.
fn error(source: &str) -> Diagnostic {
    let found = check(source).1.into_iter();
    let mut errors = found.filter(|one| one.severity == Severity::Error);
    errors.next().unwrap()
}

#[test]
fn a_finding_knows_its_line_and_column() {
    let source = sound("# é\n[params]\nlow = '3 dayz'\n");
    let found = error(&source);
    let line = source
        .lines()
        .position(|line| line.starts_with("low"))
        .unwrap()
        + 1;
    assert_eq!((found.line, found.column), (line, 10));
}

#[test]
fn escapes_do_not_move_the_place_out_of_the_text() {
    // The place of a part cannot be known behind an escape: the whole text is pointed at.
    let source = sound("[params]\nlow = \"3\\u0020dayz\"\n");
    assert_eq!(source.get(error(&source).span), Some("\"3\\u0020dayz\""));
}

#[test]
fn a_finding_is_shown_with_its_line() {
    let source = sound("[params]\nlow = '3 dayz'\n");
    let found = error(&source);
    let shown = found.render("rules/test.toml", &source, false);
    assert!(
        shown.starts_with("error[expression_syntax]: `dayz` is not a unit"),
        "{shown}"
    );
    assert!(shown.contains("rules/test.toml"), "{shown}");
    assert!(shown.contains("low = '3 dayz'"), "{shown}");
    assert!(found.render("x", &source, true).contains('\u{1b}'));
    let json = serde_json::to_value(&found).unwrap();
    assert_eq!(json["code"], "expression_syntax");
    assert_eq!(json["severity"], "error");
}
