//! The lines of a rule file, each by what it is: so that a part of the file can be had as it was written.

use toml_parser::Source;
use toml_parser::parser::{Event, EventKind, parse_document};

/// A line of a rule file with its end.
pub(super) struct Line<'t> {
    pub(super) written: &'t str,
    /// Where it begins.
    pub(super) start: usize,
    pub(super) kind: Kind,
}

/// What a line is.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Kind {
    Empty,
    /// Nothing but a comment.
    Comment,
    /// The header of a table, by its keys.
    Header(Vec<String>),
    /// A key or a part of a value, whatever that looks like.
    Within,
}

impl Kind {
    /// The keys of a header; none of anything else.
    pub(super) fn header(&self) -> Option<&[String]> {
        match self {
            Self::Header(keys) => Some(keys),
            Self::Empty | Self::Comment | Self::Within => None,
        }
    }
}

/// All lines of a file.
pub(super) fn lines(text: &str) -> Vec<Line<'_>> {
    let mut lines = unread(text);
    let source = Source::new(text);
    let tokens = source.lex().into_vec();
    let mut events: Vec<Event> = Vec::new();
    parse_document(&tokens, &mut events, &mut ());
    for (at, event) in events.iter().enumerate() {
        let span = event.span();
        let kind = match event.kind() {
            EventKind::Whitespace | EventKind::Newline => continue,
            EventKind::Comment => Kind::Comment,
            EventKind::StdTableOpen | EventKind::ArrayTableOpen => {
                header(&source, events.get(at..).unwrap_or(&[]))
            }
            EventKind::StdTableClose
            | EventKind::ArrayTableClose
            | EventKind::InlineTableOpen
            | EventKind::InlineTableClose
            | EventKind::ArrayOpen
            | EventKind::ArrayClose
            | EventKind::SimpleKey
            | EventKind::KeySep
            | EventKind::KeyValSep
            | EventKind::Scalar
            | EventKind::ValueSep
            | EventKind::Error => Kind::Within,
        };
        let first = lines.partition_point(|line| line.start + line.written.len() <= span.start());
        let touched = lines.iter_mut().skip(first);
        for line in touched.take_while(|line| line.start < span.end()) {
            // A comment says what a line is where nothing else does; a header always.
            if line.kind == Kind::Empty || (line.kind == Kind::Comment && kind != Kind::Comment) {
                line.kind = kind.clone();
            }
        }
    }
    lines
}

/// The lines, each as if it were empty.
fn unread(text: &str) -> Vec<Line<'_>> {
    let mut start = 0;
    let lines = text.split_inclusive('\n').map(|written| {
        let line = Line {
            written,
            start,
            kind: Kind::Empty,
        };
        start += written.len();
        line
    });
    lines.collect()
}

/// The header of a table, by the events from its opening on.
fn header(source: &Source<'_>, events: &[Event]) -> Kind {
    let is_end = |kind| matches!(kind, EventKind::StdTableClose | EventKind::ArrayTableClose);
    let own = events.iter().take_while(|event| !is_end(event.kind()));
    let keys = own.filter(|event| event.kind() == EventKind::SimpleKey);
    let keys = keys.map(|key| {
        let mut name = String::new();
        if let Some(raw) = source.get(key) {
            raw.decode_key(&mut name, &mut ());
        }
        name
    });
    Kind::Header(keys.collect())
}
