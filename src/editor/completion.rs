//! What can be written at a place.

mod values;

use std::ops::Range;

use super::View;
use super::cursor::{Cursor, Spot, Word};
use crate::rules::{Holds, Key, Shape};

/// What can be written at a place.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Completions {
    /// The text that it takes the place of, in bytes.
    pub span: Range<usize>,
    /// All that can stand there, whatever is written of it already.
    pub items: Vec<Completion>,
}

/// Something that can be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Completion {
    /// Its name.
    pub label: String,
    /// What it is.
    pub kind: CompletionKind,
    /// Its type, or how it is written.
    pub detail: String,
    /// What it means, in Markdown.
    pub doc: String,
    /// What is written.
    pub insert: String,
    /// Where in that one goes on writing, where that is not its end.
    pub goes_on: Option<usize>,
}

/// What something is that can be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CompletionKind {
    /// A key or a table of the format.
    Key,
    /// A word that a key can hold, or a text that a value can be.
    Word,
    /// A value that is computed of bank data and the application.
    Feature,
    /// Something that the rule set declares.
    Declared,
    /// The code of a reason.
    Reason,
    /// A function.
    Function,
    /// A keyword.
    Keyword,
    /// A unit of a number.
    Unit,
}

impl Completion {
    fn new(kind: CompletionKind, label: impl Into<String>) -> Self {
        let label = label.into();
        Self {
            insert: label.clone(),
            label,
            kind,
            detail: String::new(),
            doc: String::new(),
            goes_on: None,
        }
    }
}

/// What can be written at a place.
pub fn completions(view: &View<'_>, offset: usize) -> Completions {
    let offset = view.within(offset);
    let cursor = Cursor::at(view.text(), offset);
    let (Some(cursor), Some(root)) = (cursor, view.shape()) else {
        return Completions::default();
    };
    match &cursor.spot {
        Spot::Header(word) => Completions {
            span: word.span.clone(),
            items: tables(&cursor, root),
        },
        Spot::Key {
            word,
            is_inline,
            has_value,
            others,
        } => {
            let mut items = keys(&cursor, root, others);
            let is_top = cursor.path.is_empty() && !is_inline;
            if is_top {
                items.extend(headers(root, word));
            }
            items.extend(values::names_as_keys(view, &cursor, root, others));
            for item in &mut items {
                if *has_value && item.kind == CompletionKind::Key {
                    (item.insert, item.goes_on) = (item.label.clone(), None);
                }
            }
            Completions {
                span: word.span.clone(),
                items,
            }
        }
        Spot::Value(written) => match cursor.holds(root) {
            Some(holds) => values::of(view, &cursor, holds, written.as_ref(), offset),
            None => Completions::default(),
        },
    }
}

/// Whether a key can stand in the header of a table.
fn is_table(holds: Holds) -> bool {
    match holds {
        Holds::Table(_) | Holds::Named(..) | Holds::Values(..) | Holds::ByWord(..) => true,
        Holds::Many(inner) => is_table(*inner),
        Holds::Either(one, other) => is_table(*one) || is_table(*other),
        Holds::Text
        | Holds::File
        | Holds::Statement
        | Holds::Name(_)
        | Holds::Word(_)
        | Holds::Expression
        | Holds::Plain
        | Holds::Integer
        | Holds::Boolean => false,
    }
}

/// The tables that can be named in a header, behind what is named already.
fn tables(cursor: &Cursor, root: &'static Shape) -> Vec<Completion> {
    let shape = cursor.shape(root);
    let keys = shape.map_or(&[][..], |shape| shape.keys).iter();
    let keys = keys.filter(|key| is_table(key.holds));
    keys.map(|key| Completion {
        insert: key.name.to_owned(),
        goes_on: None,
        ..of_key(key)
    })
    .collect()
}

/// The keys that the table does not have yet.
fn keys(cursor: &Cursor, root: &'static Shape, others: &[String]) -> Vec<Completion> {
    let shape = cursor.shape(root);
    let keys = shape.map_or(&[][..], |shape| shape.keys).iter();
    // Whole tables of the file have headers.
    let keys = keys.filter(|key| !(cursor.path.is_empty() && is_table(key.holds)));
    let new = keys.filter(|key| !others.iter().any(|other| other == key.name));
    new.map(of_key).collect()
}

/// The tables of the file with their headers, above the first of them.
fn headers(root: &'static Shape, word: &Word) -> Vec<Completion> {
    // An opening bracket makes a header of it.
    if word.name.starts_with('[') {
        return Vec::new();
    }
    let keys = root.keys.iter().filter(|key| is_table(key.holds));
    let written = keys.map(|key| {
        let is_named = matches!(key.holds, Holds::Named(..));
        let label = if matches!(key.holds, Holds::Many(_)) {
            format!("[[{}]]", key.name)
        } else if is_named {
            format!("[{}.]", key.name)
        } else {
            format!("[{}]", key.name)
        };
        let end = label.len().saturating_sub(1);
        Completion {
            goes_on: is_named.then_some(end),
            insert: label.clone(),
            label,
            ..of_key(key)
        }
    });
    written.collect()
}

/// A key with the form of its value.
fn of_key(key: &Key) -> Completion {
    let (form, back) = form(key.holds);
    let insert = format!("{} = {form}", key.name);
    let end = insert.len();
    Completion {
        detail: if key.is_required { "required" } else { "" }.to_owned(),
        doc: key.doc.to_owned(),
        goes_on: (back > 0).then(|| end.saturating_sub(back)),
        insert,
        ..Completion::new(CompletionKind::Key, key.name)
    }
}

/// How a value begins and ends, and how many bytes before its end one goes on writing.
fn form(holds: Holds) -> (&'static str, usize) {
    match holds {
        Holds::Text | Holds::File | Holds::Statement | Holds::Name(_) | Holds::Word(_) => {
            ("\"\"", 1)
        }
        Holds::Expression | Holds::Plain => ("''", 1),
        Holds::Integer | Holds::Boolean => ("", 0),
        Holds::Many(_) => ("[]", 1),
        Holds::Table(_) | Holds::Named(..) | Holds::Values(..) | Holds::ByWord(..) => ("{  }", 2),
        Holds::Either(one, _) => form(*one),
    }
}
