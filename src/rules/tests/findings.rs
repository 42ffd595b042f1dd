//! Every code, from the file of which the tables of `docs/rules.md` are made: its example gives it at
//! its place, and its fix clears it.

use std::fmt::Write as _;

use serde::Deserialize;

use super::faults::{PERSONAL_LOAN, rule, unmarked};
use super::fixes::fixed;
use crate::rules::{Code, Severity, check};

#[derive(Deserialize)]
struct Findings {
    finding: Vec<Finding>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Finding {
    code: String,
    /// The table that it is documented in.
    of: String,
    #[serde(default)]
    warning: bool,
    means: String,
    /// The condition of one more rule.
    condition: Option<String>,
    /// A text of the sound set, in whose place `mistake` stands; where it is left out, it is added.
    sound: Option<String>,
    mistake: Option<String>,
    fixed: Option<String>,
    /// What the finding points at, where that is not marked.
    at: Option<String>,
    /// The condition of a rule that reads what the mistake declares.
    read: Option<String>,
    /// The same of what the fix declares, where that has another name.
    read_fixed: Option<String>,
    /// The words of what no text of a few words can show.
    example: Option<String>,
    fix: Option<String>,
}

/// The tables of the documents, and what stands above each.
const TABLES: [(&str, &str); 4] = [
    ("file", "The file and its parts:"),
    (
        "names",
        "Names, types and units of expressions and statements:",
    ),
    ("values", "What conditions come to:"),
    ("words", "Words and characters:"),
];

fn findings() -> Vec<Finding> {
    let text = include_str!("../../../tests/data/rules/findings.toml");
    toml::from_str::<Findings>(text).unwrap().finding
}

impl Finding {
    /// The sound set with a text in the place of the mistake.
    fn planted(&self, text: &str, read: Option<&String>) -> String {
        let flag = |when: &str| rule(&format!("'{when}'"), "flag", "INFORMATION_MISSING");
        let read = read.map_or_else(String::new, |when| flag(when));
        if self.condition.is_some() {
            return format!("{PERSONAL_LOAN}{}", flag(text));
        }
        match &self.sound {
            Some(sound) => {
                assert_eq!(PERSONAL_LOAN.matches(sound).count(), 1, "{sound}");
                PERSONAL_LOAN.replacen(sound, text, 1)
            }
            None => format!("{PERSONAL_LOAN}\n{text}\n{read}"),
        }
    }

    fn mistake(&self) -> Option<&String> {
        self.condition.as_ref().or(self.mistake.as_ref())
    }

    /// What is not as it is documented.
    fn problem(&self) -> Option<String> {
        let (source, place) = unmarked(&self.planted(self.mistake()?, self.read.as_ref()));
        let (_, found) = check(&source);
        let shown: Vec<String> = found
            .iter()
            .map(|one| one.render("example.toml", &source, false))
            .collect();
        let told = |what: &str| Some(format!("{}: {what}\n{}", self.code, shown.join("\n")));
        let [finding] = found.as_slice() else {
            return told("not one finding");
        };
        let warning = finding.severity == Severity::Warning;
        if finding.code != self.code || warning != self.warning {
            return told("another finding");
        }
        let at = source.get(finding.span.clone());
        let elsewhere = match &self.at {
            Some(text) => at != Some(text),
            None => place != Some(finding.span.clone()),
        };
        if elsewhere {
            return told("another place");
        }
        let read = self.read_fixed.as_ref().or(self.read.as_ref());
        let mended = self.planted(self.fixed.as_ref().unwrap(), read);
        let mut ways = vec![("the documented fix", mended)];
        if let Some(fix) = &finding.fix {
            ways.push((&fix.title, fixed(&source, fix)));
        }
        ways.into_iter().find_map(|(way, mended)| {
            let (_, left) = check(&mended);
            let first = left.first()?;
            told(&format!(
                "{way} leaves {}",
                first.render("fixed", &mended, false)
            ))
        })
    }

    /// Its row of the table.
    fn row(&self) -> String {
        let warning = if self.warning { " (warning)" } else { "" };
        let example = match (self.mistake(), &self.example) {
            (Some(mistake), _) => code(&unmarked(mistake).0),
            (None, example) => example.clone().unwrap(),
        };
        let fix = match (self.fixed.as_deref(), &self.fix) {
            (Some(""), _) => "leave it out".to_owned(),
            (Some(fixed), _) => code(fixed),
            (None, fix) => fix.clone().unwrap(),
        };
        format!(
            "| `{}` | {}{warning} | {example} | {fix} |\n",
            self.code, self.means
        )
    }
}

/// A text of a rule file in a cell of a table, each line by itself.
fn code(text: &str) -> String {
    let visible = |c: char| match c {
        'о' => "\\u043E".to_owned(),
        '|' => "\\|".to_owned(),
        other => other.to_string(),
    };
    let lines = text.lines().map(|line| {
        let line: String = line.chars().map(visible).collect();
        format!("`{line}`")
    });
    lines.collect::<Vec<String>>().join("<br>")
}

/// The tables of all codes.
pub(super) fn tables() -> String {
    let findings = findings();
    let mut text = String::new();
    for (table, heading) in TABLES {
        let _ = write!(
            text,
            "\n{heading}\n\n| code | means | example | fix |\n|---|---|---|---|\n"
        );
        for finding in findings.iter().filter(|finding| finding.of == table) {
            text.push_str(&finding.row());
        }
    }
    format!("{text}\n")
}

#[test]
fn every_code_is_documented_once_in_the_order_of_the_codes() {
    let findings = findings();
    let listed: Vec<&str> = findings.iter().map(|one| one.code.as_str()).collect();
    let all: Vec<&str> = Code::ALL.iter().map(|code| code.as_str()).collect();
    assert_eq!(listed, all);
    let words = findings.iter().filter(|one| one.mistake().is_none());
    let words: Vec<&str> = words.map(|one| one.code.as_str()).collect();
    // What takes a file of bytes, or a large one; `diagnostics` and `language` show it.
    assert_eq!(words, ["not_utf8", "too_large", "more"]);
    assert!(
        findings
            .iter()
            .all(|one| TABLES.iter().any(|(of, _)| one.of == *of))
    );
}

#[test]
fn every_example_gives_its_code_at_its_place_and_its_fix_clears_it() {
    let problems: Vec<String> = findings().iter().filter_map(Finding::problem).collect();
    assert!(problems.is_empty(), "{}", problems.join("\n----\n"));
}
