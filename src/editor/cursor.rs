//! Where a place is in a text of TOML, which may be half written.

use std::ops::Range;

use toml_parser::Source;
use toml_parser::parser::{Event, EventKind, parse_document};

use super::expression::Written;
use crate::rules::{Holds, Key, Shape};

/// A step from the file to what is inside of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    Key(String),
    /// Any of the items of an array.
    Item,
}

/// Where a place is.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Cursor {
    /// Of a key, the table that it is in; of a value, its key.
    pub(super) path: Vec<Step>,
    pub(super) spot: Spot,
}

/// What stands at a place, or can.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Spot {
    /// A part of the name of a table: `[offer.tier]`.
    Header(Word),
    /// A part of a key.
    Key {
        word: Word,
        /// Whether it stands in braces.
        is_inline: bool,
        /// Whether a value follows it already.
        has_value: bool,
        /// The keys that the table has.
        others: Vec<String>,
    },
    /// A value; `None` where none is written yet.
    Value(Option<Written>),
}

/// A name and where it stands, its quotes included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Word {
    pub(super) name: String,
    pub(super) span: Range<usize>,
}

impl Cursor {
    /// Where a place is; `None` in a comment, and where nothing more can stand.
    pub(super) fn at(text: &str, offset: usize) -> Option<Self> {
        let source = Source::new(text);
        let tokens = source.lex().into_vec();
        let mut events: Vec<Event> = Vec::new();
        parse_document(&tokens, &mut events, &mut ());
        let mut walk = Walk::new(text, offset);
        for (index, event) in events.iter().enumerate() {
            match walk.step(event) {
                Next::Goes => {}
                Next::Nowhere => return None,
                Next::Is(mut cursor) => {
                    let rest = events.get(index..).unwrap_or_default();
                    walk.look_ahead(rest, &mut cursor);
                    return Some(cursor);
                }
            }
        }
        let mut cursor = walk.between()?;
        walk.look_ahead(&[], &mut cursor);
        Some(cursor)
    }

    /// What the format has where the path leads.
    pub(super) fn holds(&self, root: &'static Shape) -> Option<Holds> {
        holds(root, &self.path)
    }

    /// The key of the format to which the path leads.
    pub(super) fn key(&self, root: &'static Shape) -> Option<&'static Key> {
        match self.path.split_last()? {
            (Step::Key(name), []) => root.key(name),
            (Step::Key(name), table) => holds(root, table)?.shape().key(name),
            (Step::Item, _) => None,
        }
    }

    /// The keys of the table that the path leads to.
    pub(super) fn shape(&self, root: &'static Shape) -> Option<&'static Shape> {
        if self.path.is_empty() {
            return Some(root);
        }
        self.holds(root).map(Holds::shape)
    }

    /// Whether the path leads through a key of that name.
    pub(super) fn is_in(&self, name: &str) -> bool {
        let is = |step: &Step| matches!(step, Step::Key(key) if key == name);
        self.path.iter().any(is)
    }

    /// The table of the file that it is in.
    pub(super) fn table(&self) -> Option<&str> {
        match self.path.first() {
            Some(Step::Key(name)) => Some(name),
            Some(Step::Item) | None => None,
        }
    }
}

/// What the format has where a path leads, which is not the file itself.
fn holds(root: &'static Shape, path: &[Step]) -> Option<Holds> {
    let (first, rest) = path.split_first()?;
    let first = match first {
        Step::Key(name) => root.key(name)?.holds,
        Step::Item => return None,
    };
    rest.iter().try_fold(first, |holds, step| match step {
        Step::Key(name) => holds.under(name),
        Step::Item => holds.item(),
    })
}

/// What came of an event.
enum Next {
    Goes,
    Is(Cursor),
    Nowhere,
}

/// An array, or a table in braces, that is open.
struct Open {
    is_table: bool,
    path: Vec<Step>,
    keys: Vec<String>,
}

/// Goes through the text up to a place.
struct Walk<'t> {
    text: &'t str,
    offset: usize,
    /// The table whose header came last, and its keys.
    table: Vec<Step>,
    keys: Vec<String>,
    in_header: bool,
    open: Vec<Open>,
    /// The parts of the key that came last.
    key: Vec<String>,
    /// Whether a point was the last thing of a key.
    after_point: bool,
    after_equals: bool,
    /// Whether a value is whole, so that a comma or a new line must come first.
    is_full: bool,
}

impl<'t> Walk<'t> {
    fn new(text: &'t str, offset: usize) -> Self {
        Self {
            text,
            offset,
            table: Vec::new(),
            keys: Vec::new(),
            in_header: false,
            open: Vec::new(),
            key: Vec::new(),
            after_point: false,
            after_equals: false,
            is_full: false,
        }
    }

    fn step(&mut self, event: &Event) -> Next {
        let span = event.span().start()..event.span().end();
        let touches = span.start <= self.offset && self.offset <= span.end;
        let kind = event.kind();
        if kind == EventKind::SimpleKey && touches {
            self.begin_key();
            let word = self.word(span);
            return Next::Is(self.at_key(word));
        }
        if kind == EventKind::Scalar && touches && !self.is_behind(&span) {
            let written = Written::new(self.text, span);
            let written = Some(written).filter(|one| !one.place.is_empty());
            return Next::Is(self.at_value(written));
        }
        if span.start >= self.offset {
            return self.between().map_or(Next::Nowhere, Next::Is);
        }
        if kind == EventKind::Comment && touches {
            return Next::Nowhere;
        }
        self.pass(event, span);
        Next::Goes
    }

    /// Takes in what lies before the place.
    fn pass(&mut self, event: &Event, span: Range<usize>) {
        match event.kind() {
            EventKind::StdTableOpen | EventKind::ArrayTableOpen => {
                self.in_header = true;
                (self.table, self.keys, self.open) = (Vec::new(), Vec::new(), Vec::new());
                self.fresh();
            }
            EventKind::StdTableClose | EventKind::ArrayTableClose => {
                self.end_header();
                self.is_full = true;
            }
            EventKind::SimpleKey => {
                self.begin_key();
                let name = self.word(span).name;
                if self.key.is_empty() && !self.in_header {
                    let keys = self.open.last_mut().map(|open| &mut open.keys);
                    keys.unwrap_or(&mut self.keys).push(name.clone());
                }
                self.key.push(name);
            }
            EventKind::KeySep => self.after_point = true,
            EventKind::KeyValSep => self.after_equals = true,
            EventKind::ArrayOpen | EventKind::InlineTableOpen => {
                let is_table = event.kind() == EventKind::InlineTableOpen;
                let path = self.value_path();
                self.open.push(Open {
                    is_table,
                    path,
                    keys: Vec::new(),
                });
                self.fresh();
            }
            EventKind::ArrayClose | EventKind::InlineTableClose => {
                self.open.pop();
                self.fresh();
                self.is_full = true;
            }
            EventKind::Scalar => {
                self.fresh();
                self.is_full = true;
            }
            EventKind::ValueSep => self.fresh(),
            EventKind::Newline => {
                if self.in_header {
                    self.end_header();
                }
                if self.open.is_empty() {
                    self.fresh();
                }
            }
            EventKind::Whitespace | EventKind::Comment | EventKind::Error => {}
        }
    }

    fn fresh(&mut self) {
        self.key.clear();
        (self.after_point, self.after_equals, self.is_full) = (false, false, false);
    }

    fn end_header(&mut self) {
        self.in_header = false;
        self.table = std::mem::take(&mut self.key)
            .into_iter()
            .map(Step::Key)
            .collect();
        self.fresh();
    }

    /// A key goes on behind a point; otherwise another begins.
    fn begin_key(&mut self) {
        if !std::mem::take(&mut self.after_point) {
            self.key.clear();
        }
    }

    /// Whether the place is behind a text that is closed.
    fn is_behind(&self, span: &Range<usize>) -> bool {
        let written = Written::new(self.text, span.clone());
        self.offset == span.end && written.is_closed
    }

    fn word(&self, span: Range<usize>) -> Word {
        let written = Written::new(self.text, span.clone());
        Word {
            name: written.text.to_owned(),
            span,
        }
    }

    /// The path to the table that keys are of here.
    fn table_path(&self) -> Vec<Step> {
        let own = self.open.last().map_or(&self.table, |open| &open.path);
        let parts = self.key.iter().cloned().map(Step::Key);
        own.iter().cloned().chain(parts).collect()
    }

    /// The path to the value that can stand here.
    fn value_path(&self) -> Vec<Step> {
        let in_array = self.open.last().is_some_and(|open| !open.is_table);
        let item = in_array.then_some(Step::Item);
        self.table_path().into_iter().chain(item).collect()
    }

    fn at_key(&self, word: Word) -> Cursor {
        if self.in_header {
            return Cursor {
                path: self.key.iter().cloned().map(Step::Key).collect(),
                spot: Spot::Header(word),
            };
        }
        let others = self.open.last().map_or(&self.keys, |open| &open.keys);
        Cursor {
            path: self.table_path(),
            spot: Spot::Key {
                word,
                is_inline: !self.open.is_empty(),
                has_value: false,
                others: others.clone(),
            },
        }
    }

    fn at_value(&self, written: Option<Written>) -> Cursor {
        Cursor {
            path: self.value_path(),
            spot: Spot::Value(written),
        }
    }

    /// Where the place is when nothing stands there.
    fn between(&self) -> Option<Cursor> {
        let nothing = || Word {
            name: String::new(),
            span: self.offset..self.offset,
        };
        let in_array = self.open.last().is_some_and(|open| !open.is_table);
        if self.in_header {
            return (self.key.is_empty() || self.after_point).then(|| self.at_key(nothing()));
        }
        if self.is_full {
            return None;
        }
        if self.after_equals || in_array {
            return Some(self.at_value(None));
        }
        (self.key.is_empty() || self.after_point).then(|| self.at_key(nothing()))
    }

    /// Adds to a key what comes behind it: whether it has a value, and the other keys of its table.
    fn look_ahead(&self, rest: &[Event], cursor: &mut Cursor) {
        let Spot::Key {
            word,
            has_value,
            others,
            is_inline,
        } = &mut cursor.spot
        else {
            return;
        };
        let (mut depth, mut begins, mut own) = (0_usize, true, !word.span.is_empty());
        for event in rest {
            let span = event.span().start()..event.span().end();
            match event.kind() {
                EventKind::StdTableOpen | EventKind::ArrayTableOpen => break,
                EventKind::ArrayOpen | EventKind::InlineTableOpen => depth += 1,
                EventKind::ArrayClose | EventKind::InlineTableClose => {
                    if *is_inline && depth == 0 {
                        break;
                    }
                    depth = depth.saturating_sub(1);
                }
                EventKind::KeyValSep => {
                    *has_value |= own && span.start >= word.span.end;
                    own = false;
                }
                EventKind::Newline if depth == 0 && !*is_inline => (begins, own) = (true, false),
                EventKind::ValueSep if depth == 0 => (begins, own) = (true, false),
                EventKind::SimpleKey if depth == 0 => {
                    if std::mem::take(&mut begins) && span.start > word.span.end {
                        others.push(self.word(span).name);
                    }
                }
                EventKind::StdTableClose
                | EventKind::ArrayTableClose
                | EventKind::SimpleKey
                | EventKind::KeySep
                | EventKind::Scalar
                | EventKind::Newline
                | EventKind::ValueSep
                | EventKind::Whitespace
                | EventKind::Comment
                | EventKind::Error => {}
            }
        }
    }
}
