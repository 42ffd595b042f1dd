//! What applicants are told: specific, of the window that the rule looks at, plain and short.

use std::collections::{BTreeMap, BTreeSet};

use super::read::Reader;
use super::windows;
use crate::limits;
use crate::rules::advice::Advice;
use crate::rules::ast::Expr;
use crate::rules::characters;
use crate::rules::diagnostic::{Code, Report};
use crate::rules::file::ReasonEntry;
use crate::rules::toml_reader::Text;

/// Wordings that say nothing of why: the first are named by Regulation B as insufficient (12 CFR
/// 1002.9(b)(2)), the others say no more.
const VAGUE: &[&str] = &[
    "internal standard",
    "internal polic",
    "internal criteria",
    "our standards",
    "our policies",
    "our criteria",
    "lending standards",
    "lending policy",
    "lending criteria",
    "credit policy",
    "underwriting criteria",
    "underwriting standards",
    "qualifying score",
    "insufficient score",
    "score too low",
    "score is too low",
    "score was too low",
    "low score",
    "credit score",
    "minimum requirements",
    "does not qualify",
    "did not qualify",
    "not eligible",
    "not creditworthy",
    "risk profile",
    "risk score",
    "too risky",
    "high risk",
    "unable to approve",
    "other reasons",
    "various reasons",
    "for business reasons",
];

/// Looks at every statement. `read_by` holds, for each reason, the expressions that give it.
pub(super) fn look(
    reader: &Reader<'_>,
    report: &mut Report<'_>,
    reasons: &[ReasonEntry],
    read_by: &BTreeMap<&str, Vec<&Expr>>,
) {
    for entry in reasons {
        let Some(statement) = &entry.statement else {
            continue;
        };
        let chars = statement.value.chars().count();
        if chars > limits::STATEMENT_CHARS_MAX {
            let message = format!(
                "the statement has {chars} characters; one has at most {}",
                limits::STATEMENT_CHARS_MAX
            );
            let help = "say the one thing that decided, in a sentence".to_owned();
            report.error_with(Code::TooLarge, &statement.span, message, help);
            continue;
        }
        if let Some((unseen, name)) = characters::unseen(&statement.value) {
            let point = u32::from(unseen);
            let message = format!("the statement holds U+{point:04X} {name}, which cannot be seen");
            let help = "leave it out".to_owned();
            report.error_with(Code::HiddenCharacter, &statement.span, message, help);
            continue;
        }
        vague(report, statement);
        markup(report, statement);
        let read = read_by.get(entry.code.value.as_str());
        window(reader, report, statement, read.map_or(&[], Vec::as_slice));
    }
}

/// A wording that says nothing of why, and where it stands, if a statement has one.
pub(in crate::rules) fn vague_wording(statement: &str) -> Option<(usize, &'static str)> {
    let lower = statement.to_ascii_lowercase();
    VAGUE
        .iter()
        .find_map(|vague| Some((lower.find(vague)?, *vague)))
}

fn vague(report: &mut Report<'_>, statement: &Text) {
    if let Some((at, vague)) = vague_wording(&statement.value) {
        let span = statement.at(&(at..at + vague.len()));
        let message =
            format!("`{vague}` does not say why: 12 CFR 1002.9(b)(2) asks for the specific reason");
        let help = "name what was found, with the applicant's own value in `{…}`".to_owned();
        report.error_with(Code::VagueStatement, &span, message, help);
    }
}

fn markup(report: &mut Report<'_>, statement: &Text) {
    let text = statement.value.as_str();
    let Some(place) = mark(text) else { return };
    let written = text.get(place.clone()).unwrap_or("").trim();
    let message = format!(
        "`{}` is markup: applicants read the text as it stands",
        written.escape_debug()
    );
    let advice = Advice::words("leave it out: how it looks is for those who print it");
    let whole = statement.written_at(&(0..text.len()));
    let advice = match whole.zip(without_marks(text)) {
        Some((whole, plain)) => advice.at(whole, plain),
        None => advice,
    };
    report.error_with(Code::Markup, &statement.at(&place), message, advice);
}

/// A statement without its marks. `None` of one that leads somewhere else, which takes other words.
fn without_marks(text: &str) -> Option<String> {
    let mut plain = text.to_owned();
    while let Some(place) = mark(&plain) {
        let written = plain.get(place.clone())?;
        let instead = match written {
            "&nbsp;" => " ",
            "&amp;" | "&#38;" => "&",
            _ if written.starts_with(['<', '*', '_', '`']) => "",
            _ => return None,
        };
        plain.replace_range(place, instead);
    }
    Some(plain)
}

/// The first mark of a text: a tag, a character by its name, what stands for bold or for an address.
fn mark(text: &str) -> Option<std::ops::Range<usize>> {
    let tag = text.char_indices().find_map(|(at, c)| {
        let rest = text.get(at + 1..)?;
        let next = rest.chars().next();
        let letter = next.is_some_and(|next| next.is_ascii_alphabetic() || next == '/');
        match c {
            '<' if letter => Some(at..at + 1 + rest.find('>')? + 1),
            '&' if letter => {
                let end = rest.find(';')?;
                let name = rest.get(..end)?;
                let entity = name.chars().all(|c| c.is_ascii_alphanumeric());
                entity.then_some(at..at + end + 2)
            }
            '&' if next == Some('#') => Some(at..at + 1 + rest.find(';')? + 1),
            '[' => {
                let close = rest.find("](")?;
                Some(at..at + 1 + close + 1)
            }
            _ => None,
        }
    });
    let marks = ["**", "__", "`", "http://", "https://", "\n#"];
    let mark = || {
        let found = marks
            .iter()
            .find_map(|mark| Some((text.find(mark)?, mark.len())));
        found.map(|(at, len)| at..at + len)
    };
    tag.or_else(mark)
}

/// Reports a window that nothing that gives the reason looks at.
fn window(reader: &Reader<'_>, report: &mut Report<'_>, statement: &Text, read: &[&Expr]) {
    let mut windows = BTreeSet::new();
    for expr in read {
        windows::of(reader, expr, &mut windows);
    }
    if windows.is_empty() {
        return;
    }
    for (place, days) in named(&statement.value) {
        if windows.contains(&days) {
            continue;
        }
        let looked: Vec<String> = windows.iter().map(u32::to_string).collect();
        let looked = looked.join(" or ");
        let message =
            format!("the statement says {days} days, and what gives it looks back {looked}");
        let help = format!("write `{looked} days`, or let the rule read a value of {days} days");
        let written = statement.value.get(place.clone()).unwrap_or("");
        let help = match (windows.len(), windows.first()) {
            (1, Some(only)) => Advice::words(help).in_place(written, only.to_string()),
            _ => Advice::words(help),
        };
        report.error_with(Code::StatementWindow, &statement.at(&place), message, help);
        return;
    }
}

/// The windows that a text names, `last 90 days`, each with the place of its number.
fn named(text: &str) -> Vec<(std::ops::Range<usize>, u32)> {
    let lower = text.to_ascii_lowercase();
    let mut found = Vec::new();
    for lead in ["last ", "past ", "previous ", "within ", "recent "] {
        for (at, _) in lower.match_indices(lead) {
            let start = at + lead.len();
            let rest = lower.get(start..).unwrap_or("");
            let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
            let unit = rest.get(digits..).unwrap_or("");
            let days = unit.starts_with(" day") || unit.starts_with("-day");
            if let (true, Some(Ok(number))) = (days, rest.get(..digits).map(str::parse)) {
                found.push((start..start + digits, number));
            }
        }
    }
    found
}
