//! What stands at a place, and what is known of it.

use std::ops::Range;

use super::View;
use super::cursor::{Cursor, Spot, Step, Word};
use super::expression::{Before, Written, word_at};
use super::names::{self, Known};
use super::recorded::Recorded;
use crate::rules::{Declaration, Declarations, Holds, Naming};

/// What is known of something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hover {
    /// What it is about, in bytes of the text.
    pub span: Range<usize>,
    /// What is known of it, in Markdown.
    pub markdown: String,
}

/// What is known of what stands at a place; of a feature also what was recorded of it.
pub fn hover(view: &View<'_>, offset: usize, recorded: &Recorded) -> Option<Hover> {
    let offset = view.within(offset);
    let cursor = Cursor::at(view.text(), offset)?;
    match &cursor.spot {
        Spot::Header(word) | Spot::Key { word, .. } => of_key(view, &cursor, word, recorded),
        Spot::Value(written) => {
            let written = written.as_ref()?;
            of_value(view, &cursor, (written, offset), recorded)
        }
    }
}

/// A name in an expression or a statement, the code of a reason, or a word that a key can hold.
fn of_value(
    view: &View<'_>,
    cursor: &Cursor,
    (written, offset): (&Written, usize),
    recorded: &Recorded,
) -> Option<Hover> {
    let root = view.shape()?;
    let declared = view.declarations();
    let holds = cursor.holds(root)?;
    if let Some((name, span)) = name_at(holds, written, offset) {
        let known = names::find(&name, &declared)?;
        return Some(of_known(known, span, recorded));
    }
    if let Holds::Name(Naming::Code) = holds {
        let found = declared.find(&written.text)?;
        return Some(of_declaration(found, written.content()));
    }
    if let Holds::Word(_) = holds {
        // A word says little without its key.
        let key = cursor.key(root)?;
        return Some(card(key.name, "", key.doc, written.content()));
    }
    None
}

/// A key of the format, or a name that is declared or read there.
fn of_key(view: &View<'_>, cursor: &Cursor, word: &Word, recorded: &Recorded) -> Option<Hover> {
    let shape = cursor.shape(view.shape()?)?;
    if let Some(key) = shape.key(&word.name) {
        let needed = if key.is_required { "required" } else { "" };
        return Some(card(key.name, needed, key.doc, word.span.clone()));
    }
    let declared = view.declarations();
    if let Some(found) = named_by(cursor, word, &declared) {
        return Some(of_declaration(found, word.span.clone()));
    }
    let known = names::find(&word.name, &declared)?;
    Some(of_known(known, word.span.clone(), recorded))
}

/// What is known of a name, and what was recorded of it where it is a feature's.
fn of_known(known: Known<'_>, span: Range<usize>, recorded: &Recorded) -> Hover {
    let told = match known {
        Known::Feature(feature) => recorded.told(feature.name),
        Known::Declared(_) | Known::Function(_) | Known::Keyword(_) | Known::Local(..) => {
            String::new()
        }
    };
    let doc = format!("{}\n\n{told}", known.doc());
    card(known.name(), &known.summary(), &doc, span)
}

/// What a name of the author's own declares, where that is its place: `[inputs.NAME]`.
pub(super) fn named_by<'d>(
    cursor: &Cursor,
    word: &Word,
    declared: &'d Declarations,
) -> Option<&'d Declaration> {
    let name = match cursor.path.as_slice() {
        [Step::Key(group)] if group == "reasons" => word.name.clone(),
        [Step::Key(group)] => format!("{group}.{}", word.name),
        [Step::Key(group), Step::Key(table), Step::Key(of)] if of == "outputs" => {
            format!("{group}.{table}.{}", word.name)
        }
        _ => return None,
    };
    declared.find(&name)
}

/// The name of a value at a place, in an expression or between the braces of a statement.
pub(super) fn name_at(
    holds: Holds,
    written: &Written,
    offset: usize,
) -> Option<(String, Range<usize>)> {
    let at = written.inside(offset);
    let before = written.text.get(..at)?;
    let is_name = if let Holds::Statement = holds {
        let opened = before.rfind('{');
        opened.is_some() && opened > before.rfind('}')
    } else {
        holds.is_expression() && Before::new(before).quoted.is_none()
    };
    let span = word_at(&written.text, at);
    let name = written.text.get(span.clone())?;
    let span = written.start + span.start..written.start + span.end;
    (is_name && !name.is_empty()).then(|| (name.to_owned(), span))
}

fn of_declaration(declared: &Declaration, span: Range<usize>) -> Hover {
    let (summary, doc) = (names::summary(declared), names::of_declaration(declared));
    card(&declared.name, &summary, &doc, span)
}

fn card(name: &str, summary: &str, doc: &str, span: Range<usize>) -> Hover {
    let summary = match summary {
        "" => String::new(),
        summary => format!(": {summary}"),
    };
    let markdown = format!("**`{name}`**{summary}\n\n{doc}")
        .trim_end()
        .to_owned();
    Hover { span, markdown }
}
