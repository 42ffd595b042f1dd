//! Cuts a file that is TOML into lines, with its comments.

use std::borrow::Cow;

use toml_parser::Source;
use toml_parser::lexer::TokenKind;
use toml_parser::parser::{Event, EventKind, parse_document};

/// A line of the file, or several that one value takes.
#[derive(Debug)]
pub(super) enum Line {
    Blank,
    Comment(String),
    /// `[offer]`, `[[rule]]`
    Header {
        is_array: bool,
        path: Path,
        comment: Option<String>,
    },
    Entry {
        item: Item,
        comment: Option<String>,
    },
}

/// A key of one or more parts.
#[derive(Debug, Default)]
pub(super) struct Path {
    /// As written, without the blanks.
    pub(super) text: String,
    pub(super) names: Vec<String>,
}

/// A value, with its key where it is one of a table.
#[derive(Debug)]
pub(super) struct Item {
    pub(super) key: Option<Path>,
    pub(super) value: Node,
}

#[derive(Debug)]
pub(super) enum Node {
    Scalar {
        /// As written.
        text: String,
        /// What a text says.
        content: Option<String>,
    },
    Group(Group),
}

/// An array, or a table within a line.
#[derive(Debug)]
pub(super) struct Group {
    pub(super) is_table: bool,
    pub(super) lines: Vec<GroupLine>,
    /// Whether it stands over several lines.
    pub(super) is_broken: bool,
}

/// What stands in one line of a group; nothing in a blank one.
#[derive(Debug, Default)]
pub(super) struct GroupLine {
    pub(super) items: Vec<Item>,
    pub(super) comment: Option<String>,
}

impl GroupLine {
    pub(super) fn is_blank(&self) -> bool {
        self.items.is_empty() && self.comment.is_none()
    }
}

/// The lines of a text that is TOML.
pub(super) fn lines(text: &str) -> Vec<Line> {
    let source = Source::new(text);
    let tokens = source.lex().into_vec();
    let mut events: Vec<Event> = Vec::new();
    parse_document(&tokens, &mut events, &mut ());
    let reader = Reader {
        source,
        events: events.into_iter(),
    };
    reader.lines()
}

/// The comments of a text that is TOML, in their order.
pub(super) fn comments(text: &str) -> Vec<String> {
    let source = Source::new(text);
    let comments = source.lex().filter(|one| one.kind() == TokenKind::Comment);
    let written = comments.filter_map(|one| source.get(one));
    written
        .map(|comment| comment.as_str().trim_end().to_owned())
        .collect()
}

/// Whether nothing is written there. A table within a line may be broken between a key and its value.
fn is_blank(event: &Event) -> bool {
    matches!(event.kind(), EventKind::Whitespace | EventKind::Newline)
}

struct Reader<'s> {
    source: Source<'s>,
    events: std::vec::IntoIter<Event>,
}

impl Reader<'_> {
    fn lines(mut self) -> Vec<Line> {
        let mut lines = Vec::new();
        let mut is_begun = false;
        while let Some(event) = self.events.next() {
            match event.kind() {
                EventKind::Newline => {
                    if !std::mem::take(&mut is_begun) {
                        lines.push(Line::Blank);
                    }
                    continue;
                }
                EventKind::Comment => {
                    let text = self.written(event);
                    match lines.last_mut() {
                        Some(Line::Header { comment, .. } | Line::Entry { comment, .. })
                            if is_begun =>
                        {
                            *comment = Some(text);
                        }
                        Some(_) | None => lines.push(Line::Comment(text)),
                    }
                }
                EventKind::StdTableOpen | EventKind::ArrayTableOpen => lines.push(Line::Header {
                    is_array: event.kind() == EventKind::ArrayTableOpen,
                    path: self.path(None),
                    comment: None,
                }),
                EventKind::SimpleKey => lines.push(Line::Entry {
                    item: self.item(event),
                    comment: None,
                }),
                EventKind::StdTableClose
                | EventKind::ArrayTableClose
                | EventKind::InlineTableOpen
                | EventKind::InlineTableClose
                | EventKind::ArrayOpen
                | EventKind::ArrayClose
                | EventKind::KeySep
                | EventKind::KeyValSep
                | EventKind::Scalar
                | EventKind::ValueSep
                | EventKind::Whitespace
                | EventKind::Error => continue,
            }
            is_begun = true;
        }
        lines
    }

    /// A key up to what ends it.
    fn path(&mut self, first: Option<Event>) -> Path {
        let mut path = Path::default();
        let rest = std::iter::from_fn(|| self.events.next());
        let events: Vec<Event> = first
            .into_iter()
            .chain(rest)
            .take_while(|event| {
                matches!(event.kind(), EventKind::SimpleKey | EventKind::KeySep) || is_blank(event)
            })
            .filter(|event| !is_blank(event))
            .collect();
        for event in events {
            path.text.push_str(&self.written(event));
            if event.kind() == EventKind::SimpleKey {
                let mut name = String::new();
                if let Some(raw) = self.source.get(event) {
                    raw.decode_key(&mut name, &mut ());
                }
                path.names.push(name);
            }
        }
        path
    }

    /// An entry from its key on, or a value of an array.
    fn item(&mut self, first: Event) -> Item {
        let (key, first) = if first.kind() == EventKind::SimpleKey {
            (Some(self.path(Some(first))), None)
        } else {
            (None, Some(first))
        };
        let value = first.or_else(|| {
            let events = self.events.by_ref();
            events.find(|event| !is_blank(event))
        });
        Item {
            key,
            value: value.map_or_else(
                || Node::Scalar {
                    text: String::new(),
                    content: None,
                },
                |event| self.value(event),
            ),
        }
    }

    fn value(&mut self, event: Event) -> Node {
        match event.kind() {
            EventKind::ArrayOpen => Node::Group(self.group(false)),
            EventKind::InlineTableOpen => Node::Group(self.group(true)),
            EventKind::Scalar
            | EventKind::StdTableOpen
            | EventKind::StdTableClose
            | EventKind::ArrayTableOpen
            | EventKind::ArrayTableClose
            | EventKind::InlineTableClose
            | EventKind::ArrayClose
            | EventKind::SimpleKey
            | EventKind::KeySep
            | EventKind::KeyValSep
            | EventKind::ValueSep
            | EventKind::Whitespace
            | EventKind::Comment
            | EventKind::Newline
            | EventKind::Error => Node::Scalar {
                text: self.written(event),
                content: self.content(event),
            },
        }
    }

    /// A group behind its opening bracket.
    fn group(&mut self, is_table: bool) -> Group {
        let mut group = Group {
            is_table,
            lines: Vec::new(),
            is_broken: false,
        };
        let mut line = GroupLine::default();
        while let Some(event) = self.events.next() {
            match event.kind() {
                EventKind::Newline => {
                    let is_first = !std::mem::replace(&mut group.is_broken, true);
                    let line = std::mem::take(&mut line);
                    if !(is_first && line.is_blank()) {
                        group.lines.push(line);
                    }
                }
                EventKind::Comment => line.comment = Some(self.written(event)),
                EventKind::ArrayClose | EventKind::InlineTableClose => break,
                EventKind::SimpleKey
                | EventKind::Scalar
                | EventKind::ArrayOpen
                | EventKind::InlineTableOpen => {
                    let item = self.item(event);
                    line.items.push(item);
                }
                EventKind::Whitespace
                | EventKind::ValueSep
                | EventKind::KeySep
                | EventKind::KeyValSep
                | EventKind::StdTableOpen
                | EventKind::StdTableClose
                | EventKind::ArrayTableOpen
                | EventKind::ArrayTableClose
                | EventKind::Error => {}
            }
        }
        if !line.is_blank() {
            group.lines.push(line);
        }
        group
    }

    fn written(&self, event: Event) -> String {
        let raw = self.source.get(event);
        let text = raw.map_or("", |raw| raw.as_str());
        let is_comment = event.kind() == EventKind::Comment;
        if is_comment { text.trim_end() } else { text }.to_owned()
    }

    /// What a text says; `None` of what is no text.
    fn content(&self, event: Event) -> Option<String> {
        event.encoding()?;
        let mut content = Cow::Borrowed("");
        let _ = self.source.get(event)?.decode_scalar(&mut content, &mut ());
        Some(content.into_owned())
    }
}
