//! The format of a rule file: its tables, the keys of each, and what stands under them.
//!
//! [`shapes`] is the only list of them. The reader knows no other key, the schema for editors is
//! made from it, and so is what `rules fmt` knows of a text.

mod schema;
pub(super) mod shapes;

use serde_json::Value;
use toml::de::DeTable;

use super::vocabulary::Naming;

/// A table of the file.
#[derive(Debug)]
pub(crate) struct Shape {
    /// Its keys, in the order in which they are told.
    pub(crate) keys: &'static [Key],
}

impl Shape {
    /// The key of that name.
    pub(crate) fn key(&self, name: &str) -> Option<&'static Key> {
        self.keys.iter().find(|key| key.name == name)
    }
}

/// A key of a table.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Key {
    pub(crate) name: &'static str,
    /// Whether the table is wrong without it.
    pub(crate) is_required: bool,
    pub(crate) holds: Holds,
    /// What it is for, in Markdown.
    pub(crate) doc: &'static str,
}

impl Key {
    pub(super) const fn new(name: &'static str, holds: Holds, doc: &'static str) -> Self {
        Self {
            name,
            is_required: false,
            holds,
            doc,
        }
    }

    pub(super) const fn required(self) -> Self {
        Self {
            is_required: true,
            ..self
        }
    }
}

/// Which values of the language the keys of a table name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Values {
    /// Those that a rule reads.
    Read,
    /// Features that bank data gives, and forecasts.
    OfBankData,
    /// Inputs, without `inputs.` before the name.
    Inputs,
}

/// What stands under a key.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Holds {
    /// A text as it is.
    Text,
    /// The name of a file beside the rule file.
    File,
    /// A text for an applicant, in which `{NAME}` is filled in.
    Statement,
    /// A name of this kind.
    Name(Naming),
    /// One of a few words.
    Word(fn() -> Vec<&'static str>),
    /// An expression: a text in the language, or a plain number or truth.
    Expression,
    /// A value, or a test of one, that is written like an expression and may be none: an item of a
    /// list, a cell of a table, an end of a range.
    Plain,
    Integer,
    Boolean,
    /// An array.
    Many(&'static Holds),
    /// A table with keys of the format.
    Table(&'static Shape),
    /// A table with names of the author's own, each with such a value.
    Named(Naming, &'static Holds),
    /// A table with names of values of the language.
    Values(Values, &'static Holds),
    /// A table with some of a few words as its keys.
    ByWord(fn() -> Vec<&'static str>, &'static Holds),
    /// Either, the plainer form first.
    Either(&'static Holds, &'static Holds),
}

impl Holds {
    /// The keys of the table that stands there, or of each of several; none where its keys are no
    /// words of the format.
    pub(crate) fn shape(self) -> &'static Shape {
        match self {
            Self::Table(shape) => shape,
            Self::Many(inner) => inner.shape(),
            Self::Either(one, other) => match one.shape().keys {
                [] => other.shape(),
                _ => one.shape(),
            },
            Self::Text
            | Self::File
            | Self::Statement
            | Self::Name(_)
            | Self::Word(_)
            | Self::Expression
            | Self::Plain
            | Self::Integer
            | Self::Boolean
            | Self::Named(..)
            | Self::Values(..)
            | Self::ByWord(..) => &OWN_NAMES,
        }
    }

    /// The same, also under names of the author's own.
    #[cfg(test)]
    pub(super) fn inner_shape(self) -> &'static Shape {
        if let Self::Named(_, inner) | Self::Many(inner) | Self::Either(_, inner) = self {
            inner.inner_shape()
        } else {
            self.shape()
        }
    }

    /// What stands under a key of the table that stands there.
    pub(crate) fn under(self, key: &str) -> Option<Self> {
        match self {
            Self::Table(shape) => shape.key(key).map(|key| key.holds),
            Self::Named(_, inner) | Self::Values(_, inner) | Self::ByWord(_, inner) => Some(*inner),
            // Tables of an array are written one after another: `[[offer.tier]]`.
            Self::Many(inner) => inner.under(key),
            Self::Either(one, other) => one.under(key).or_else(|| other.under(key)),
            Self::Text
            | Self::File
            | Self::Statement
            | Self::Name(_)
            | Self::Word(_)
            | Self::Expression
            | Self::Plain
            | Self::Integer
            | Self::Boolean => None,
        }
    }

    /// What stands in the array that stands there.
    pub(crate) fn item(self) -> Option<Self> {
        match self {
            Self::Many(inner) => Some(*inner),
            Self::Either(one, other) => one.item().or_else(|| other.item()),
            Self::Text
            | Self::File
            | Self::Statement
            | Self::Name(_)
            | Self::Word(_)
            | Self::Expression
            | Self::Plain
            | Self::Integer
            | Self::Boolean
            | Self::Table(_)
            | Self::Named(..)
            | Self::Values(..)
            | Self::ByWord(..) => None,
        }
    }

    /// Whether a text that stands there is an expression.
    pub(crate) fn is_expression(self) -> bool {
        match self {
            Self::Expression => true,
            Self::Either(one, other) => one.is_expression() || other.is_expression(),
            Self::Text
            | Self::File
            | Self::Statement
            | Self::Name(_)
            | Self::Word(_)
            | Self::Plain
            | Self::Integer
            | Self::Boolean
            | Self::Many(_)
            | Self::Table(_)
            | Self::Named(..)
            | Self::Values(..)
            | Self::ByWord(..) => false,
        }
    }
}

/// A table whose keys are the author's own names.
pub(super) const OWN_NAMES: Shape = Shape { keys: &[] };

/// What kind of file a schema is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileKind {
    /// A rule set.
    RuleSet,
    /// What a rule set imports.
    Fragment,
    /// Tests beside a rule set.
    Cases,
}

impl FileKind {
    /// What a file is by the keys that it has: one of tests where it has nothing else, a fragment where
    /// all are keys of fragments too, and a rule set otherwise. One with no table yet can become a rule
    /// set. `None` where it has tables, and no key of the format: another kind of file.
    pub fn of(source: &str) -> Option<Self> {
        let (root, _) = DeTable::parse_recoverable(source);
        let names = || root.get_ref().iter().map(|(key, _)| key.get_ref().as_ref());
        if !names().any(|name| shapes::RULE_FILE.key(name).is_some()) {
            let mut values = root.get_ref().values().map(|value| value.get_ref());
            let plain = values.all(|value| !(value.is_table() || value.is_array()));
            return plain.then_some(Self::RuleSet);
        }
        let known = || names().filter(|name| shapes::RULE_FILE.key(name).is_some());
        let holds_all = |kind: &Self| known().all(|name| kind.shape().key(name).is_some());
        let others = [Self::Cases, Self::Fragment];
        Some(others.into_iter().find(holds_all).unwrap_or(Self::RuleSet))
    }

    /// Its tables and keys.
    pub(crate) fn shape(self) -> &'static Shape {
        match self {
            Self::RuleSet => &shapes::RULE_FILE,
            Self::Fragment => &shapes::FRAGMENT,
            Self::Cases => &shapes::CASE_FILE,
        }
    }
}

/// The format as a JSON Schema (draft 7), for editors.
pub fn schema(kind: FileKind) -> Value {
    let doc = match kind {
        FileKind::RuleSet => "A rule set of Underwrite.",
        FileKind::Fragment => "What a rule set of Underwrite imports.",
        FileKind::Cases => "Tests of rule sets of Underwrite.",
    };
    schema::of(kind.shape(), doc)
}
