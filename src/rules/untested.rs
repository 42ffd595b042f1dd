//! A rule file without its tests: what is published of it.

use toml_parser::Source;
use toml_parser::parser::{Event, EventKind, parse_document};

/// The key under which tests stand.
const TEST: &str = "test";

/// The rule file without its tests, otherwise as it was written, and with one line break at its end. With
/// every `[[test]]` go the comments that touch its header and the empty lines above those; all else is
/// kept. So a test that is written after an empty line changes nothing, wherever that is between tables.
pub(super) fn without_tests(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut between: Vec<Line<'_>> = Vec::new();
    let mut in_test = false;
    for line in lines(text) {
        match line.kind {
            Kind::Empty | Kind::Comment => {
                between.push(line);
                continue;
            }
            // What stands between the lines of a test is of it.
            Kind::Within | Kind::TestPart if in_test => {}
            Kind::Within => keep(&between, &mut kept),
            Kind::Table => {
                keep(&between, &mut kept);
                in_test = false;
            }
            Kind::Test | Kind::TestPart => {
                keep(above_a_test(&between), &mut kept);
                in_test = true;
            }
        }
        between.clear();
        if !in_test {
            kept.push_str(line.written);
        }
    }
    keep(&between, &mut kept);
    kept.truncate(kept.trim_end_matches([' ', '\t', '\r', '\n']).len());
    kept.push('\n');
    kept
}

fn keep(lines: &[Line<'_>], kept: &mut String) {
    lines.iter().for_each(|line| kept.push_str(line.written));
}

/// Of the comments and empty lines above the header of a test, those that are not of it.
fn above_a_test<'l, 't>(lines: &'l [Line<'t>]) -> &'l [Line<'t>] {
    let others = |lines: &'l [Line<'t>], kind: Kind| {
        let last = lines.iter().rposition(|line| line.kind != kind);
        lines.get(..last.map_or(0, |at| at + 1)).unwrap_or(lines)
    };
    others(others(lines, Kind::Comment), Kind::Empty)
}

/// A line of a rule file with its end.
struct Line<'t> {
    written: &'t str,
    /// Where it begins.
    start: usize,
    kind: Kind,
}

/// What a line is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Empty,
    /// Nothing but a comment.
    Comment,
    /// The header of a test.
    Test,
    /// The header of a part of a test.
    TestPart,
    /// The header of another table.
    Table,
    /// A key or a part of a value, whatever that looks like.
    Within,
}

fn lines(text: &str) -> Vec<Line<'_>> {
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
                line.kind = kind;
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

/// What the header of a table is, by the events from its opening on.
fn header(source: &Source<'_>, events: &[Event]) -> Kind {
    let is_end = |kind| matches!(kind, EventKind::StdTableClose | EventKind::ArrayTableClose);
    let own = events.iter().take_while(|event| !is_end(event.kind()));
    let mut keys = own.filter(|event| event.kind() == EventKind::SimpleKey);
    let mut name = String::new();
    if let Some(raw) = keys.next().and_then(|key| source.get(key)) {
        raw.decode_key(&mut name, &mut ());
    }
    match (name == TEST, keys.next()) {
        (false, _) => Kind::Table,
        (true, None) => Kind::Test,
        (true, Some(_)) => Kind::TestPart,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::sample::Index;

    use super::*;

    const WITH: &str = "# top\n[a]\nx = 1\n\n# about b\n[[b]]\ny = '''\n[[test]]\n'''\n# kept\n\n\
        [[test]] # one\nname = \"a\"\n\n# inside\n\n[test.expect]\noutcome = \"REFER\"\n\n\
        # two\n[[ \"test\" ]]\nname = \"b\"\n\n# about c\n[c]\nz = 1\n\n[[test]]\nname = \"c\"\n";
    const WITHOUT: &str = "# top\n[a]\nx = 1\n\n# about b\n[[b]]\ny = '''\n[[test]]\n'''\n# kept\n\n\
        # about c\n[c]\nz = 1\n";

    #[test]
    fn tests_go_and_all_else_stays() {
        assert_eq!(without_tests(WITH), WITHOUT);
        assert_eq!(without_tests(WITHOUT), WITHOUT);
    }

    #[test]
    fn what_looks_like_a_comment_may_be_a_text() {
        let text = "[a]\nx = \"\"\"one\n\n# note\"\"\"\n";
        let with = format!("{text}\n[[test]]\nname = \"t\"\n\n[b]\ny = [\n  1,\n\n  # last\n]\n");
        let without = format!("{text}\n[b]\ny = [\n  1,\n\n  # last\n]\n");
        assert_eq!(without_tests(&with), without);
    }

    /// A table of a rule file, with what may stand in one that reads like something else.
    fn table() -> impl Strategy<Value = String> {
        let key = prop::sample::select(vec![
            "k = 1",
            "k = \"a\" # [[test]]",
            "k = \"\"\"\n[[test]]\n\n# note\"\"\"",
            "k = '''\n\n# note\n'''",
            "k = [\n  1,\n\n  # [[test]]\n]",
            "k = { test = 1 }",
        ]);
        let above = prop::sample::select(vec![
            "",
            "\n",
            "\n\n",
            "# c\n",
            "\n# c\n",
            "# c\n\n",
            "\n# c\n\n# d\n",
        ]);
        (above, key).prop_map(|(above, key)| format!("{above}[[t]]\n{key}\n"))
    }

    fn case() -> impl Strategy<Value = String> {
        let above =
            prop::sample::select(vec!["\n", "\n\n", "\n# about it\n", "\n\n# about\n# it\n"]);
        let body = prop::sample::select(vec![
            "[[test]]\nname = \"t\"\n",
            "[[test]] # first\n\n# of it\nname = \"t\"\n\n# of it\n\n[test.expect]\nx = [\n]\n",
            "[[ \"test\" ]]\nname = \"\"\"\n# note\"\"\"\n[test.a.b]\n",
        ]);
        (above, body).prop_map(|(above, body)| format!("{above}{body}"))
    }

    /// Where a test can be written: at the end, and after a line that is not empty and inside of nothing.
    fn gaps(text: &str) -> Vec<usize> {
        let all = lines(text);
        let is_header = |line: &Line<'_>| line.kind == Kind::Table;
        let within = |line: &Line<'_>| line.kind == Kind::Within;
        let mut gaps = vec![text.len()];
        for (at, pair) in all.windows(2).enumerate() {
            let rest = all.iter().skip(at + 1);
            let next = rest.clone().find(|line| is_header(line) || within(line));
            let between = next.is_none_or(is_header) && !is_header(&pair[0]);
            if between && pair[0].kind != Kind::Empty {
                gaps.push(pair[1].start);
            }
        }
        gaps
    }

    proptest! {
        #[test]
        fn a_file_is_the_same_whether_or_not_tests_were_written(
            tables in prop::collection::vec(table(), 1..5),
            end in prop::sample::select(vec!["", "\n", "\n\n", "# end", "# end\n", "\n# end\n", "\n# end\n\n", "\n# end \n "]),
            cases in prop::collection::vec((case(), any::<Index>()), 0..4),
            cut in any::<bool>(),
            crlf in any::<bool>(),
        ) {
            let mut plain = tables.concat();
            plain.push_str(end);
            if cut && plain.ends_with('\n') {
                plain.pop();
            }
            let places = gaps(&plain);
            let mut cases: Vec<(usize, String)> = cases
                .into_iter()
                .map(|(case, place)| (*place.get(&places), case))
                .collect();
            cases.sort();
            let mut with = plain.clone();
            for (at, case) in cases.into_iter().rev() {
                let rest = with.split_off(at);
                if !with.is_empty() && !with.ends_with('\n') {
                    with.push('\n');
                }
                with.push_str(&case);
                with.push_str(&rest);
            }
            let written = |text: &str| match crlf {
                true => text.replace('\n', "\r\n"),
                false => text.to_owned(),
            };
            let kept = without_tests(&written(&plain));
            prop_assert_eq!(&without_tests(&written(&with)), &kept);
            prop_assert_eq!(without_tests(&kept), kept);
        }
    }
}
