//! The tables of `docs/rules.md` that are made of what the code says.

use std::fmt::Write as _;
use std::fs;

use super::findings;
use crate::limits;

const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/rules.md");

/// A number with commas between its thousands.
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn limits_table() -> String {
    let rows: [(&str, usize, &str); 32] = [
        ("a rule file", limits::RULE_FILE_BYTES_MAX, "bytes"),
        ("", limits::RULES_MAX, "rules"),
        ("", limits::INPUTS_MAX, "inputs"),
        (
            "",
            limits::RULE_ITEMS_MAX,
            "params, derived values, lists, tables, reasons, characteristics, tiers, lines of a lexicon: of each",
        ),
        ("files beside it", limits::ATTACHMENTS_MAX, "of them"),
        ("", limits::ATTACHMENT_BYTES_MAX, "bytes together"),
        ("", limits::ATTACHMENT_NAME_BYTES_MAX, "bytes of a name"),
        ("a name or an id", limits::ID_BYTES_MAX, "bytes"),
        ("an expression", limits::EXPRESSION_BYTES_MAX, "bytes"),
        ("", limits::EXPRESSION_DEPTH_MAX, "levels"),
        ("", limits::FORECAST_CALLS_MAX, "forecasts in a file"),
        (
            "a rule",
            limits::RULE_NOTE_BYTES_MAX,
            "bytes of `why`, `owner` (and of `share_salt`)",
        ),
        ("", limits::RULE_TAGS_MAX, "tags"),
        ("a list", limits::LIST_ITEMS_MAX, "items"),
        ("", limits::ITEM_BYTES_MAX, "bytes of an item, or of a cell"),
        ("a table", limits::TABLE_ROWS_MAX, "rows"),
        ("", limits::TABLE_CELLS_MAX, "cells"),
        ("", limits::TABLE_INPUTS_MAX, "inputs"),
        (
            "an offer",
            limits::OFFER_CHOICES_MAX,
            "terms, and so many frequencies",
        ),
        ("", limits::OFFER_FEES_MAX, "fees"),
        ("", limits::OFFER_CAPS_MAX, "caps"),
        ("", limits::OFFER_POINTS_MAX, "offers looked at"),
        ("a payment set", limits::RETRIES_MAX, "retries"),
        (
            "",
            usize::try_from(limits::RETRY_PARTS_MAX).unwrap(),
            "parts of one",
        ),
        ("a lexicon", limits::PHRASES_MAX, "phrases"),
        ("", limits::PHRASE_BYTES_MAX, "characters of a phrase"),
        ("", limits::PAYER_NAME_BYTES_MAX, "bytes of a usual name"),
        ("a statement", limits::STATEMENT_CHARS_MAX, "characters"),
        ("tests", limits::TESTS_MAX, "of one rule set, in all files"),
        ("", limits::CASE_FILES_MAX, "files beside the rule file"),
        ("", limits::CASE_FILE_BYTES_MAX, "bytes of one"),
        (
            "findings",
            limits::DIAGNOSTICS_MAX,
            "shown; the rest are counted",
        ),
    ];
    let mut text = "| of | at most | |\n|---|---|---|\n".to_owned();
    for (of, most, what) in rows {
        let _ = writeln!(text, "| {of} | {} | {what} |", grouped(most));
    }
    text
}

/// Run with `UPDATE_EXPECT=1` to write the tables anew.
#[test]
fn the_documented_limits_and_findings_are_those_of_the_code() {
    let tables = [("limits", limits_table()), ("findings", findings::tables())];
    for (what, expected) in tables {
        let text = fs::read_to_string(PATH).unwrap();
        let (begin, end) = (format!("<!-- {what} -->\n"), format!("<!-- /{what} -->\n"));
        let (head, rest) = text.split_once(&begin).unwrap();
        let (found, tail) = rest.split_once(&end).unwrap();
        if std::env::var_os("UPDATE_EXPECT").is_some() {
            fs::write(PATH, format!("{head}{begin}{expected}{end}{tail}")).unwrap();
        } else {
            assert_eq!(found, expected, "run with UPDATE_EXPECT=1");
        }
    }
}
