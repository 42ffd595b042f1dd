//! What came of tests in the form of JUnit, which most build servers read: a suite for each rule file,
//! a case for each test.

use super::ran::Run;
use super::text;
use crate::trial::Ending;

/// The whole file.
pub(super) fn of(runs: &[Run]) -> String {
    let mut xml = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n".to_owned();
    for run in runs {
        let failed = run.count(|ending| matches!(ending, Ending::Failed(_)));
        let broken = run.count(|ending| matches!(ending, Ending::Broken(_)));
        xml.push_str(&format!(
            "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{failed}\" errors=\"{broken}\">\n",
            escaped(&run.rule_set),
            run.ended.len(),
        ));
        for (test, ending) in &run.ended {
            let file = test.file.as_ref().unwrap_or(&run.file);
            let case = format!(
                "    <testcase name=\"{}\" classname=\"{}\" file=\"{}\" line=\"{}\"",
                escaped(&test.name),
                escaped(&run.rule_set),
                escaped(file),
                test.line,
            );
            xml.push_str(&case);
            xml.push_str(&match ending {
                Ending::Passed => "/>\n".to_owned(),
                Ending::Failed(failure) => inside("failure", &text::why(failure)),
                Ending::Broken(error) => inside("error", &error.to_string()),
            });
        }
        xml.push_str("  </testsuite>\n");
    }
    xml.push_str("</testsuites>\n");
    xml
}

/// The end of a case with what is wrong with it.
fn inside(tag: &str, said: &str) -> String {
    let first = escaped(said.lines().next().unwrap_or("").trim());
    let said = escaped(said);
    format!(">\n      <{tag} message=\"{first}\">{said}</{tag}>\n    </testcase>\n")
}

/// A text in markup. What XML cannot hold is replaced.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\n' => escaped.push(c),
            c if c.is_control() => escaped.push(char::REPLACEMENT_CHARACTER),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::rules::{
        Attachments, Bundle, Coverage, Expected, TestApplication, TestCase, TestData, WorkedOut,
    };
    use crate::trial::{Failure, Mismatch, TrialError};

    /// A test that expects nothing, in a file.
    fn test(name: &str, file: Option<&str>, line: usize) -> TestCase {
        TestCase {
            name: name.to_owned(),
            file: file.map(str::to_owned),
            line,
            data: TestData::Applicant("salaried".to_owned()),
            asked: TestApplication::default(),
            inputs: BTreeMap::new(),
            expected: Expected::default(),
        }
    }

    #[test]
    fn every_test_is_a_case_of_its_rule_set() {
        let source = include_bytes!("../../../rules/starter/payment.toml");
        let bundle = Bundle::publish(source).unwrap();
        let failure = Failure {
            mismatches: vec![Mismatch {
                what: "outcome",
                expected: "APPROVE".to_owned(),
                got: "DECLINE".to_owned(),
            }],
            rules: vec![WorkedOut {
                rule: "low".to_owned(),
                comparisons: vec!["balance.current (1.00 usd) < 2 usd -> true".to_owned()],
                derived: Vec::new(),
            }],
            lacked: vec!["income.monthly_net".to_owned()],
        };
        let run = Run {
            file: "small.toml".to_owned(),
            rule_set: "small 1".to_owned(),
            ended: vec![
                (test("a & b", None, 3), Ending::Passed),
                (test("c", Some("cases.csv"), 2), Ending::Failed(failure)),
                (
                    test("d", None, 9),
                    Ending::Broken(TrialError::Data("no \"such\" file".to_owned())),
                ),
            ],
            coverage: Coverage::none(bundle.program(), "", &Attachments::none()),
        };
        let expected = r#"<?xml version="1.0" encoding="UTF-8"?>
<testsuites>
  <testsuite name="small 1" tests="3" failures="1" errors="1">
    <testcase name="a &amp; b" classname="small 1" file="small.toml" line="3"/>
    <testcase name="c" classname="small 1" file="cases.csv" line="2">
      <failure message="outcome: expected APPROVE, got DECLINE">    outcome: expected APPROVE, got DECLINE
    not known for want of income.monthly_net
    rule low
      balance.current (1.00 usd) &lt; 2 usd -&gt; true
</failure>
    </testcase>
    <testcase name="d" classname="small 1" file="small.toml" line="9">
      <error message="no &quot;such&quot; file">no &quot;such&quot; file</error>
    </testcase>
  </testsuite>
</testsuites>
"#;
        assert_eq!(of(&[run]), expected);
    }

    #[test]
    fn texts_are_escaped() {
        assert_eq!(
            escaped("a < \"b\" & \u{1b}[1m\nc > d"),
            "a &lt; &quot;b&quot; &amp; \u{fffd}[1m\nc &gt; d"
        );
    }
}
