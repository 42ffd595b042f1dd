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
    use super::*;

    #[test]
    fn texts_are_escaped() {
        assert_eq!(
            escaped("a < \"b\" & \u{1b}[1m\nc > d"),
            "a &lt; &quot;b&quot; &amp; \u{fffd}[1m\nc &gt; d"
        );
        let case = inside("failure", "    outcome: expected A, got B\n    rule x\n");
        assert!(
            case.contains("message=\"outcome: expected A, got B\""),
            "{case}"
        );
    }
}
