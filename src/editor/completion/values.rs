//! What can be written as a value, and inside of one.

use super::super::View;
use super::super::cursor::Cursor;
use super::super::expression::{Before, Expects, Written, word_at};
use super::super::names::{self, BIN_VALUE, Known, SCORE};
use super::{Completion, CompletionKind, Completions};
use crate::features::{self, Scope};
use crate::rules::{
    Declaration, DeclarationKind, Declarations, Holds, Naming, Shape, Values, forecasts, functions,
    keywords,
};

/// What can be written where a value stands, or where none stands yet.
pub(super) fn of(
    view: &View<'_>,
    cursor: &Cursor,
    holds: Holds,
    written: Option<&Written>,
    offset: usize,
) -> Completions {
    if holds.is_expression() || matches!(holds, Holds::Statement) {
        // Without quotes it is no text of the language yet.
        return match written.filter(|one| one.is_quoted) {
            Some(written) => inside(view, cursor, holds, written, offset),
            None => whole(written, offset, Vec::new()),
        };
    }
    let bare = matches!(holds, Holds::Boolean);
    let items = if let Holds::Word(words) = holds {
        // A word says little without its key.
        let key = view.shape().and_then(|root| cursor.key(root));
        let doc = key.map_or("", |key| key.doc);
        let of_key = |word| Completion {
            doc: doc.to_owned(),
            ..word
        };
        let words = all(CompletionKind::Word, words());
        words.into_iter().map(of_key).collect()
    } else if let Holds::Name(Naming::Code) = holds {
        codes(&view.declarations())
    } else if let Holds::File = holds {
        let names = view.attachments.iter().map(|(name, _)| name);
        all(CompletionKind::Word, names.collect())
    } else if bare {
        all(CompletionKind::Word, vec!["true", "false"])
    } else {
        Vec::new()
    };
    let mut found = whole(written, offset, items);
    if !bare && !written.is_some_and(|one| one.is_quoted) {
        for item in &mut found.items {
            item.insert = format!("\"{}\"", item.insert);
        }
    }
    found
}

/// Names that are keys of a table: of values, or words.
pub(super) fn names_as_keys(
    view: &View<'_>,
    cursor: &Cursor,
    root: &'static Shape,
    others: &[String],
) -> Vec<Completion> {
    let items = match cursor.holds(root) {
        Some(Holds::Values(which, _)) => values_as_keys(which, &view.declarations()),
        Some(Holds::ByWord(words, _)) => all(CompletionKind::Word, words()),
        _ => Vec::new(),
    };
    let new = |item: &Completion| !others.contains(&item.label);
    items.into_iter().filter(new).collect()
}

fn values_as_keys(which: Values, declared: &Declarations) -> Vec<Completion> {
    let known: Vec<Known<'_>> = match which {
        Values::Read => household().chain(values(declared)).collect(),
        Values::OfBankData => {
            let all = features::table().iter();
            let of_bank_data = all.filter(|feature| !feature.is_of_application());
            let forecasts = forecasts().map(Known::Function);
            of_bank_data.map(Known::Feature).chain(forecasts).collect()
        }
        Values::Inputs => values(declared)
            .filter(|one| is_of(one, DeclarationKind::Input))
            .collect(),
    };
    let keys = known.into_iter().map(|known| {
        let name = known.name();
        let label = match which {
            Values::Inputs => name.strip_prefix("inputs.").unwrap_or(name),
            Values::Read | Values::OfBankData => name,
        };
        // A point parts keys.
        let insert = match label.contains('.') {
            true => format!("\"{label}\""),
            false => label.to_owned(),
        };
        Completion {
            label: label.to_owned(),
            insert,
            goes_on: None,
            ..of_known(known)
        }
    });
    keys.collect()
}

/// In place of a whole value.
fn whole(written: Option<&Written>, offset: usize, items: Vec<Completion>) -> Completions {
    let span = written.map_or(offset..offset, Written::content);
    Completions { span, items }
}

fn all(kind: CompletionKind, words: Vec<&str>) -> Vec<Completion> {
    let words = words.into_iter();
    words.map(|word| Completion::new(kind, word)).collect()
}

/// Inside of an expression, or between the braces of a statement.
fn inside(
    view: &View<'_>,
    cursor: &Cursor,
    holds: Holds,
    written: &Written,
    offset: usize,
) -> Completions {
    let at = written.inside(offset);
    let word = word_at(&written.text, at);
    let before = written.text.get(..word.start).unwrap_or("");
    let declared = view.declarations();
    if matches!(holds, Holds::Statement) {
        let opened = before.rfind('{');
        let items = if opened.is_some() && opened > before.rfind('}') {
            let told = values(&declared).filter(|one| !is_of(one, DeclarationKind::Table));
            household()
                .map(of_known)
                .chain(told.map(of_known))
                .collect()
        } else {
            Vec::new()
        };
        return placed(written, word, items);
    }
    let before = Before::new(before);
    if let Some(start) = before.quoted {
        let rest = written.text.get(start..).unwrap_or("");
        let end = start + rest.find('"').unwrap_or_else(|| at.saturating_sub(start));
        let known = before
            .compared()
            .and_then(|name| names::find(name, &declared));
        let items = known.map_or_else(Vec::new, |known| all(CompletionKind::Word, known.words()));
        return placed(written, start..end.max(at), items);
    }
    let items = match before.expects() {
        Expects::Value => {
            let over = before.is_over_subjects();
            let mut items = operands(cursor, &declared, over);
            items.extend(words_of_operands());
            items
        }
        Expects::Operator => words_of_operators(before.is_over_subjects()),
        Expects::Unit => {
            let mut items = units(&declared);
            items.extend(words_of_operators(before.is_over_subjects()));
            items
        }
        Expects::List => {
            let lists = declared.all.iter();
            let lists = lists.filter(|one| one.kind == DeclarationKind::List);
            lists.map(Known::Declared).map(of_known).collect()
        }
        Expects::Missing => chosen(|word| matches!(word, "missing" | "not")),
    };
    placed(written, word, items)
}

fn placed(written: &Written, word: std::ops::Range<usize>, items: Vec<Completion>) -> Completions {
    Completions {
        span: written.start + word.start..written.start + word.end,
        items,
    }
}

/// What can be read where the cursor is.
fn operands(cursor: &Cursor, declared: &Declarations, over_subjects: bool) -> Vec<Completion> {
    // A constant is made of constants.
    if cursor.table() == Some("params") {
        let params = values(declared).filter(|one| is_of(one, DeclarationKind::Param));
        return params.map(of_known).collect();
    }
    let mut items: Vec<Completion> = Vec::new();
    let mut add = |known: Known<'_>| items.push(of_known(known));
    if over_subjects {
        let all = features::table().iter();
        all.filter(|feature| feature.scope != Scope::Household)
            .for_each(|feature| add(Known::Feature(feature)));
    }
    household().for_each(&mut add);
    values(declared).for_each(&mut add);
    if cursor.table() == Some("offer") {
        names::of_offers().for_each(&mut add);
    }
    if cursor.is_in("bins") {
        add(BIN_VALUE);
    }
    if declared.has_score && cursor.table() != Some("scorecard") {
        add(SCORE);
    }
    items
}

fn household<'d>() -> impl Iterator<Item = Known<'d>> {
    let all = features::table().iter();
    let own = all.filter(|feature| feature.scope == Scope::Household);
    own.map(Known::Feature)
}

/// What the rule set declares and has one value.
fn values(declared: &Declarations) -> impl Iterator<Item = Known<'_>> {
    let all = declared.all.iter();
    let values = all.filter(|one| match one.kind {
        DeclarationKind::Input | DeclarationKind::Param | DeclarationKind::Derived => true,
        // One that gives several has a name for each.
        DeclarationKind::Table => one.ty.is_some(),
        DeclarationKind::List | DeclarationKind::Reason => false,
    });
    values.map(Known::Declared)
}

fn is_of(known: &Known<'_>, kind: DeclarationKind) -> bool {
    matches!(known, Known::Declared(declared) if declared.kind == kind)
}

/// Functions, and the keywords that begin a value.
fn words_of_operands() -> Vec<Completion> {
    let mut items: Vec<Completion> = functions().map(Known::Function).map(of_known).collect();
    items.extend(chosen(begins_value));
    items
}

fn begins_value(word: &str) -> bool {
    matches!(word, "not" | "true" | "false")
}

/// The keywords that join values.
fn words_of_operators(over_subjects: bool) -> Vec<Completion> {
    let joins = |word: &str| match word {
        "where" => over_subjects,
        "missing" => false,
        "not" => true,
        _ => !begins_value(word),
    };
    chosen(joins)
}

fn chosen(wanted: impl Fn(&str) -> bool) -> Vec<Completion> {
    let words = keywords().filter(|word| wanted(word.name));
    words.map(Known::Keyword).map(of_known).collect()
}

/// The units of a number: the currency of the rule set, and those of time.
fn units(declared: &Declarations) -> Vec<Completion> {
    let currency = declared
        .currency
        .map(|one| one.as_str().to_ascii_lowercase());
    let time = ["days", "months"].map(str::to_owned);
    let all = currency.into_iter().chain(time);
    all.map(|unit| Completion::new(CompletionKind::Unit, unit))
        .collect()
}

/// The codes of reasons.
fn codes(declared: &Declarations) -> Vec<Completion> {
    let all = declared.all.iter();
    let reasons = all.filter(|one| one.kind == DeclarationKind::Reason);
    reasons.map(of_reason).collect()
}

fn of_reason(declared: &Declaration) -> Completion {
    Completion {
        detail: declared.written.clone().unwrap_or_default(),
        ..Completion::new(CompletionKind::Reason, &declared.name)
    }
}

fn of_known(known: Known<'_>) -> Completion {
    let name = known.name();
    let kind = match known {
        Known::Feature(_) | Known::Local(..) => CompletionKind::Feature,
        Known::Declared(_) => CompletionKind::Declared,
        Known::Function(_) => CompletionKind::Function,
        Known::Keyword(_) => CompletionKind::Keyword,
    };
    let (insert, goes_on) = match known {
        Known::Function(_) => (format!("{name}()"), Some(name.len() + 1)),
        Known::Feature(_) | Known::Declared(_) | Known::Keyword(_) | Known::Local(..) => {
            (name.to_owned(), None)
        }
    };
    Completion {
        detail: known.summary(),
        doc: known.doc(),
        insert,
        goes_on,
        ..Completion::new(kind, name)
    }
}
