//! `rules fmt`: what it changes, and what it may not.

use std::collections::BTreeMap;

use proptest::prelude::*;
use toml_parser::Source;
use toml_parser::lexer::TokenKind;

use super::differential::generate::{condition, expression};
use super::starters;
use crate::features::Type;
use crate::rules::{Attachments, Bundle, check, formatted, parser};

/// What a rule set that ships imports.
pub(super) const FRAGMENT: &str = include_str!("../../../rules/examples/near-prime/income.toml");

fn format(source: &str) -> String {
    formatted(source.as_bytes()).unwrap()
}

/// The rule sets that ship and those to start from, by their names.
pub(super) fn shipped() -> BTreeMap<String, String> {
    let files = ["rules", "rules/examples"].map(|folder| std::fs::read_dir(folder).unwrap());
    let paths = files.into_iter().flatten().map(|file| file.unwrap().path());
    let rules = paths.filter(|path| path.extension().is_some_and(|end| end == "toml"));
    let rules = rules.map(|path| {
        let text = std::fs::read_to_string(&path).unwrap();
        (path.display().to_string(), text)
    });
    rules.chain(starters::all()).collect()
}

/// The bundle of a rule file with the files that it names, where they ship; `None` where it is none.
pub(super) fn published(source: &str) -> Option<Bundle> {
    let mut attachments = Attachments::none();
    loop {
        let names = attachments.still_to_read(source);
        if names.is_empty() {
            return Bundle::publish_with(source.as_bytes(), &attachments).ok();
        }
        for name in names {
            let bytes = std::fs::read(format!("rules/examples/{name}")).ok()?;
            attachments.insert(name, bytes);
        }
    }
}

#[test]
fn what_ships_is_formatted() {
    for (name, source) in shipped() {
        assert!(
            format(&source) == source,
            "run `underwrite rules fmt {name}`"
        );
    }
    assert_eq!(format(FRAGMENT), FRAGMENT);
}

/// Pairs of a file and what is made of it.
#[test]
fn blanks_quotes_and_breaks_are_the_same_everywhere() {
    let cases = include_str!("formatted/cases.toml");
    for case in cases.split("# ===\n").skip(1) {
        let (before, after) = case.split_once("# ---\n").unwrap();
        assert_eq!(format(before), after, "{before}");
        assert_eq!(format(after), after);
    }
}

#[test]
fn what_is_no_toml_is_refused_with_what_a_check_finds() {
    for source in ["[rule_set\n", "a = 1\na = 2\n", "when = 'x"] {
        let found = formatted(source.as_bytes()).unwrap_err();
        assert_eq!(found, check(source).1, "{source}");
    }
    assert_eq!(formatted(b"a\xff").unwrap_err()[0].code, "not_utf8");
}

#[test]
fn what_is_no_expression_is_left_alone() {
    for line in [
        "x = 'a >>'",
        "x = '''\n a   +\n'''",
        "x = \"a == \\\"it's\\\"  \"",
        "x = ''",
        "x = 3",
        "x = \"a\\tb\"",
    ] {
        let source = format!("[derive]\n{line}\n");
        assert_eq!(format(&source), source);
    }
}

/// The one expression of a file, as it is understood.
fn understood(source: &str) -> String {
    let file: toml::Table = toml::from_str(source).unwrap();
    let text = file["derive"]["it"].as_str().unwrap();
    parser::parse(text).unwrap().to_string()
}

fn comments(source: &str) -> Vec<&str> {
    let tokens = Source::new(source).lex();
    let comments = tokens.filter(|token| token.kind() == TokenKind::Comment);
    comments
        .map(|token| {
            let span = token.span();
            source.get(span.start()..span.end()).unwrap().trim_end()
        })
        .collect()
}

/// Codes and severities of what a check finds.
fn findings(source: &str) -> Vec<String> {
    let found = check(source).1.into_iter();
    let mut found: Vec<String> = found
        .map(|one| format!("{:?} {}", one.severity, one.code))
        .collect();
    found.sort();
    found
}

/// What is checked, without the blanks and places of its texts.
fn checked(source: &str) -> Option<String> {
    let text = format!("{:?}", check(source).0?);
    let blanks_and_places =
        regex::Regex::new(r"\\n|\s|\d+\.\.\d+|text_at: \d+|at: \(\d+, \d+\)").unwrap();
    Some(blanks_and_places.replace_all(&text, "").into_owned())
}

#[test]
fn what_ships_is_the_same_rule_set_however_it_is_written() {
    for (name, source) in shipped() {
        let crushed = source
            .replace(" = ", "=")
            .replace(", ", ",")
            .replace(" and ", "   and ");
        assert_ne!(crushed, source);
        let again = format(&crushed);
        assert_eq!(comments(&again), comments(&crushed), "{name}");
        assert_eq!(findings(&again), findings(&crushed), "{name}");
        assert_eq!(checked(&again), checked(&crushed), "{name}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn an_expression_stays_the_same(
        expr in prop_oneof![
            condition(4, false),
            proptest::sample::select(Type::ALL.to_vec())
                .prop_flat_map(|ty| expression(ty, 3, false)),
        ],
        blanks in "[ \n\t]{1,3}",
    ) {
        let text = expr.to_string();
        prop_assume!(text.len() < crate::limits::EXPRESSION_BYTES_MAX / 2);
        // No text of an expression that is generated has a blank in it.
        let source = format!("[derive]\nit = '''{}'''\n", text.replace(' ', &blanks));
        let once = format(&source);
        prop_assert_eq!(understood(&once), understood(&source), "{}", once);
        prop_assert_eq!(format(&once), once);
    }

    #[test]
    fn a_damaged_file_keeps_its_meaning(
        name in any::<proptest::sample::Index>(),
        at in any::<proptest::sample::Index>(),
        put in proptest::sample::select(vec![
            "", "", "", "\n", "  ", "#", "# c\n", "[", "]", "\"", "'", "x", ",", "}", "{", ".", "\r\n", "[[rule]]\n",
        ]),
    ) {
        let shipped = shipped();
        let source = shipped.values().nth(name.index(shipped.len())).unwrap();
        let at = at.index(source.len());
        let (Some(before), Some(after)) = (source.get(..at), source.get(at + 1..)) else {
            return Ok(());
        };
        let damaged = format!("{before}{put}{after}");
        if let Ok(once) = formatted(damaged.as_bytes()) {
            prop_assert_eq!(&format(&once), &once);
            prop_assert_eq!(comments(&once), comments(&damaged));
            prop_assert_eq!(findings(&once), findings(&damaged), "{}", once);
        } else {
            prop_assert!(check(&damaged).0.is_none());
        }
    }
}
