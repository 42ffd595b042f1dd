//! What a name of an expression stands for, and what is said of it.

use std::fmt::Write;

use crate::features::{self, Feature, Type, Words};
use crate::rules::{
    Declaration, DeclarationKind, Declarations, Word, functions, keywords, offer_values,
};

/// What a name stands for.
#[derive(Debug, Clone, Copy)]
pub(super) enum Known<'d> {
    Feature(&'static Feature),
    Declared(&'d Declaration),
    Function(Word),
    Keyword(Word),
    /// A value that is there in some tables of the file only.
    Local(&'static str, Option<Type>, &'static str),
}

/// The score of a rule set with a scorecard.
pub(super) const SCORE: Known<'_> = Known::Local(
    "score",
    Some(Type::Count),
    "The points of the scorecard together.",
);
/// What the bins of a characteristic look at.
pub(super) const BIN_VALUE: Known<'_> =
    Known::Local("value", None, "The value of this characteristic.");

/// The values of an offer.
pub(super) fn of_offers() -> impl Iterator<Item = Known<'static>> {
    let doc = "Of the offer that is looked at.";
    offer_values().map(move |(name, ty)| Known::Local(name, Some(ty), doc))
}

/// What a name stands for; `None` of one that is not known.
pub(super) fn find<'d>(name: &str, declared: &'d Declarations) -> Option<Known<'d>> {
    if let Some(found) = declared.find(name) {
        // A code of a reason is no value.
        return (found.kind != DeclarationKind::Reason).then_some(Known::Declared(found));
    }
    let of_language = functions().map(Known::Function);
    let of_language = of_language.chain(keywords().map(Known::Keyword));
    let local = of_offers().chain([SCORE, BIN_VALUE]);
    let feature = features::find(name).map(|(_, feature)| Known::Feature(feature));
    let mut others = of_language.chain(local);
    feature.or_else(|| others.find(|known| known.name() == name))
}

impl Known<'_> {
    pub(super) fn name(&self) -> &str {
        match self {
            Self::Feature(feature) => feature.name,
            Self::Declared(declared) => &declared.name,
            Self::Function(word) | Self::Keyword(word) => word.name,
            Self::Local(name, ..) => name,
        }
    }

    /// Its type, or what it is, in a few words.
    pub(super) fn summary(&self) -> String {
        match self {
            Self::Feature(feature) => format!("{}, {}", feature.ty, feature.scope.as_str()),
            Self::Declared(declared) => summary(declared),
            Self::Function(word) => word.form.to_owned(),
            Self::Keyword(_) => "keyword".to_owned(),
            Self::Local(_, ty, _) => ty.map_or_else(String::new, |ty| ty.as_str().to_owned()),
        }
    }

    /// What is known of it, in Markdown.
    pub(super) fn doc(&self) -> String {
        match self {
            Self::Feature(feature) => of_feature(feature),
            Self::Declared(declared) => of_declaration(declared),
            Self::Function(word) | Self::Keyword(word) => word.doc.to_owned(),
            Self::Local(_, ty, doc) => with_facts(doc, &[("unit", unit(*ty))]),
        }
    }

    /// The texts that it can be; none where they are not listed.
    pub(super) fn words(&self) -> Vec<&str> {
        match self {
            Self::Feature(feature) => feature.words.list().to_vec(),
            Self::Declared(declared) => declared.values.iter().map(String::as_str).collect(),
            Self::Function(_) | Self::Keyword(_) | Self::Local(..) => Vec::new(),
        }
    }
}

/// The type and kind of a declaration.
pub(super) fn summary(declared: &Declaration) -> String {
    let kind = match declared.kind {
        DeclarationKind::Input => "input",
        DeclarationKind::Param => "param",
        DeclarationKind::Derived => "derived value",
        DeclarationKind::List => "list",
        DeclarationKind::Table => "table",
        DeclarationKind::Reason => "reason",
    };
    match declared.ty {
        Some(ty) => format!("{ty}, {kind}"),
        None => kind.to_owned(),
    }
}

fn unit(ty: Option<Type>) -> String {
    ty.map_or_else(String::new, |ty| ty.unit_in_words().to_owned())
}

fn of_feature(feature: &Feature) -> String {
    let window = feature.window_days();
    let words = feature.words.list().join(", ");
    let words = match feature.words {
        Words::Known(_) if !words.is_empty() => format!("{words}, or others of the source"),
        Words::Any | Words::Only(_) | Words::Known(_) => words,
    };
    let range = Some(feature.range_in_words()).filter(|range| range != "-");
    let missing = match feature.missing_where().as_slice() {
        [] => "never".to_owned(),
        causes => format!("where {}", causes.join("; where ")),
    };
    let facts = [
        ("unit", unit(Some(feature.ty))),
        (
            "window",
            window.map_or_else(String::new, |days| format!("{days} days")),
        ),
        ("range", range.unwrap_or_default()),
        ("words", words),
        ("applicant", feature.control.in_words().to_owned()),
        ("reviewer", feature.answerable.in_words().to_owned()),
        ("missing", missing),
    ];
    with_facts(feature.doc, &facts)
}

/// What is known of a declaration, in Markdown.
pub(super) fn of_declaration(declared: &Declaration) -> String {
    let code = |text: &Option<String>| text.as_deref().map_or_else(String::new, quoted);
    let is = match declared.kind {
        DeclarationKind::Input => "default",
        DeclarationKind::Param | DeclarationKind::Derived => "value",
        DeclarationKind::List | DeclarationKind::Table => "file",
        DeclarationKind::Reason => "statement",
    };
    let written = match declared.kind {
        DeclarationKind::Reason => declared.written.clone().unwrap_or_default(),
        DeclarationKind::Input
        | DeclarationKind::Param
        | DeclarationKind::Derived
        | DeclarationKind::List
        | DeclarationKind::Table => code(&declared.written),
    };
    let values: Vec<&str> = declared.values.iter().map(String::as_str).collect();
    let (shown, more) = values.split_at(values.len().min(VALUES_SHOWN));
    let more = if more.is_empty() { "" } else { ", …" };
    let file = declared.place.as_ref().and_then(|place| place.file.clone());
    let facts = [
        ("unit", unit(declared.ty)),
        (is, written),
        ("at least", code(&declared.min)),
        ("at most", code(&declared.max)),
        ("values", format!("{}{more}", shown.join(", "))),
        ("declared in", code(&file)),
    ];
    with_facts(declared.doc.as_deref().unwrap_or(""), &facts)
}

/// Values of a list that are shown; it may have thousands.
const VALUES_SHOWN: usize = 10;

/// A text of the file, as one of code.
fn quoted(text: &str) -> String {
    if text.contains(['\n', '`']) {
        format!("\n```\n{text}\n```")
    } else {
        format!("`{text}`")
    }
}

/// A sentence with a list of facts below it, without those that are empty.
fn with_facts(doc: &str, facts: &[(&str, String)]) -> String {
    let mut text = doc.to_owned();
    for (label, fact) in facts.iter().filter(|(_, fact)| !fact.is_empty()) {
        let gap = if text.is_empty() || text.contains("\n- ") || text.starts_with("- ") {
            "\n"
        } else {
            "\n\n"
        };
        // Writing to a string cannot fail.
        let _ = write!(text, "{gap}- {label}: {fact}");
    }
    text.trim_start().to_owned()
}
