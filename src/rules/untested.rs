//! A rule file without its tests: what is published of it.

use std::borrow::Cow;

use toml_parser::Source;
use toml_parser::parser::{Event, EventKind, parse_document};

/// The key under which tests stand.
const TEST: &str = "test";

/// The rule file without its tests, otherwise as it was written. With every `[[test]]` goes what stands
/// above its header, comments and empty lines, as what stands above the next header stays with that: so
/// the text is the same whether or not tests were ever written.
pub(super) fn without_tests(text: &str) -> Cow<'_, str> {
    let headers = headers(text);
    if !headers.iter().any(|header| header.is_test) {
        return Cow::Borrowed(text);
    }
    let mut kept = String::with_capacity(text.len());
    let first = headers.first().map_or(text.len(), |header| header.at);
    kept.push_str(text.get(..first).unwrap_or(""));
    let ends = headers.iter().skip(1).map(|header| header.at);
    for (header, end) in headers.iter().zip(ends.chain([text.len()])) {
        let table = text.get(header.at..end).unwrap_or("");
        if header.is_test {
            kept.truncate(above_the_next(&kept));
            kept.push_str(table.get(above_the_next(table)..).unwrap_or(""));
        } else {
            kept.push_str(table);
        }
    }
    Cow::Owned(kept)
}

/// Where the comments and empty lines begin that stand above the header of the next table.
fn above_the_next(text: &str) -> usize {
    let lines = text.split_inclusive('\n').rev();
    let above = lines.take_while(|line| {
        let said = line.trim();
        said.is_empty() || said.starts_with('#')
    });
    text.len() - above.map(str::len).sum::<usize>()
}

/// The header of a table.
struct Header {
    /// Where its line begins.
    at: usize,
    /// Whether the table is a test, or a part of one.
    is_test: bool,
}

fn headers(text: &str) -> Vec<Header> {
    let source = Source::new(text);
    let tokens = source.lex().into_vec();
    let mut events: Vec<Event> = Vec::new();
    parse_document(&tokens, &mut events, &mut ());
    let mut headers = Vec::new();
    let mut events = events.into_iter();
    while let Some(event) = events.next() {
        let opens = matches!(
            event.kind(),
            EventKind::StdTableOpen | EventKind::ArrayTableOpen
        );
        if !opens {
            continue;
        }
        let start = event.span().start();
        let line = text.get(..start).and_then(|before| before.rfind('\n'));
        let mut name = String::new();
        let key = events.find(|event| event.kind() == EventKind::SimpleKey);
        if let Some(raw) = key.and_then(|key| source.get(key)) {
            raw.decode_key(&mut name, &mut ());
        }
        headers.push(Header {
            at: line.map_or(0, |newline| newline + 1),
            is_test: name == TEST,
        });
    }
    headers
}

#[cfg(test)]
mod tests {
    use super::*;

    const WITH: &str = "# top\n[a]\nx = 1\n\n# about b\n[[b]]\ny = '''\n[[test]]\n'''\n\n\
        [[test]] # one\nname = \"a\"\n[test.expect]\noutcome = \"REFER\"\n\n# two\n[[ \"test\" ]]\nname = \"b\"\n\n\
        # about c\n[c]\nz = 1\n\n[[test]]\nname = \"c\"\n";
    const WITHOUT: &str = "# top\n[a]\nx = 1\n\n# about b\n[[b]]\ny = '''\n[[test]]\n'''\n\n\
        # about c\n[c]\nz = 1\n";

    #[test]
    fn tests_go_and_all_else_stays() {
        assert_eq!(without_tests(WITH), WITHOUT);
        assert!(matches!(without_tests(WITHOUT), Cow::Borrowed(WITHOUT)));
    }

    #[test]
    fn a_file_is_the_same_whether_or_not_tests_were_written() {
        let plain = "[a]\nx = 1\n\n[b]\ny = 2\n";
        let test = "\n[[test]]\nname = \"t\"\n";
        let end = format!("{plain}{test}{test}");
        assert_eq!(without_tests(&end), plain);
        let between = plain.replace("\n[b]", &format!("{test}{test}\n[b]"));
        assert_eq!(without_tests(&between), plain);
    }
}
