//! How far the things of a rule file go, as text: what has to be left out with them, and where
//! something can be put beside them.

use std::ops::Range;

use toml_parser::Source;
use toml_parser::parser::{Event, EventKind, parse_document};

/// A declaration whole: the table under its header, or its line. `name` is the place of its name,
/// `value` that of its value where it is one line of a table. `None` where that is not how it is
/// written. `headers` are those of the file.
pub(super) fn declaration(
    source: &str,
    headers: &[usize],
    name: &Range<usize>,
    value: Option<&Range<usize>>,
) -> Option<Range<usize>> {
    let start = line_start(source, name.start);
    let before = source.get(start..name.start)?.trim();
    if before.starts_with('[') {
        return table(source, headers, start);
    }
    let value = value.filter(|_| before.is_empty())?;
    lines(source, name.start..value.end)
}

/// The table that a place is in. `None` where it has no header of its own, as in an array.
pub(super) fn table_around(source: &str, headers: &[usize], at: usize) -> Option<Range<usize>> {
    let start = headers.iter().rfind(|header| **header < at)?;
    let own = table(source, headers, *start)?;
    let inside = source.get(*start..at)?;
    let depth = |c| inside.matches(c).count();
    (own.end > at && depth('[') == depth(']') && depth('{') == depth('}')).then_some(own)
}

/// The table whose header stands in the line that begins at `start`, with the tables inside of it.
fn table(source: &str, headers: &[usize], start: usize) -> Option<Range<usize>> {
    let at = headers.iter().position(|header| *header == start)?;
    let named = |header: usize| {
        let line = source.get(header..)?.lines().next()?;
        Some(line.trim_start().trim_start_matches('['))
    };
    let name = named(start)?.split(']').next()?;
    let inside = format!("{name}.");
    let rest = headers.get(at + 1..)?.iter();
    let mut rest =
        rest.filter(|header| !named(**header).is_some_and(|one| one.starts_with(&inside)));
    let next = rest.next().copied().unwrap_or(source.len());
    // What stands above the next header belongs to that.
    let body = source.get(start..next)?;
    let mut end = start;
    let mut at = start;
    for line in body.split_inclusive('\n') {
        at += line.len();
        let line = line.trim();
        if !(line.is_empty() || line.starts_with('#')) {
            end = at;
        }
    }
    // One empty line goes with it, so that none is left twice.
    let empty = source.get(end..)?.split_inclusive('\n').next();
    let empty = empty.filter(|line| line.trim().is_empty());
    Some(start..end + empty.map_or(0, str::len))
}

/// The lines that a place takes up, where nothing but a comment stands beside it.
pub(super) fn lines(source: &str, place: Range<usize>) -> Option<Range<usize>> {
    let start = line_start(source, place.start);
    if !source.get(start..place.start)?.trim().is_empty() {
        return None;
    }
    let rest = source.get(place.end..)?.split_inclusive('\n').next();
    let rest = rest.unwrap_or("");
    let beside = rest.trim().trim_start_matches(',').trim();
    if !(beside.is_empty() || beside.starts_with('#')) {
        return None;
    }
    Some(start..place.end + rest.len())
}

/// An item of an array with its comma, or with its lines where it has them for itself.
pub(super) fn item(source: &str, place: &Range<usize>) -> Option<Range<usize>> {
    let before = source.get(..place.start)?;
    let after = source.get(place.end..)?;
    let next = after.trim_start();
    let gap = after.len() - next.len();
    let led = before.trim_end().ends_with([',', '[']);
    if let (true, Some(own)) = (led, lines(source, place.clone())) {
        return Some(own);
    }
    if let Some(rest) = next.strip_prefix(',') {
        let spaces = rest.len() - rest.trim_start_matches([' ', '\t']).len();
        return Some(place.start..place.end + gap + 1 + spaces);
    }
    let kept = before.trim_end().strip_suffix(',')?;
    next.starts_with(']').then_some(kept.len()..place.end)
}

/// Where a key is added to a table that is known by its place: after its header, or inside of its
/// braces.
pub(super) fn new_key(
    source: &str,
    table: &Range<usize>,
    key: &str,
    value: &str,
) -> Option<(usize, String)> {
    let written = source.get(table.clone())?;
    if let Some(inner) = written.strip_suffix('}') {
        let kept = inner.trim_end();
        let comma = if kept.ends_with(['{', ',']) { "" } else { "," };
        return Some((table.start + kept.len(), format!("{comma} {key} = {value}")));
    }
    if !written.starts_with('[') {
        return None;
    }
    let header = source.get(table.start..)?.split_inclusive('\n').next()?;
    let end = table.start + header.len();
    let newline = if header.ends_with('\n') { "" } else { "\n" };
    Some((end, format!("{newline}{key} = {value}\n")))
}

/// A text at the end of the first file of `end` bytes.
pub(super) fn at_end(source: &str, end: usize, text: &str) -> Option<(usize, String)> {
    let own = source.get(..end)?;
    let newline = if own.ends_with('\n') { "\n" } else { "\n\n" };
    Some((end, format!("{newline}{text}")))
}

fn line_start(source: &str, at: usize) -> usize {
    let before = source.get(..at).unwrap_or("");
    before.rfind('\n').map_or(0, |newline| newline + 1)
}

/// The starts of the lines with the header of a table, in a file that is TOML.
pub(super) fn headers(text: &str) -> Vec<usize> {
    let tokens = Source::new(text).lex().into_vec();
    let mut events: Vec<Event> = Vec::new();
    parse_document(&tokens, &mut events, &mut ());
    let opens = |event: &&Event| {
        matches!(
            event.kind(),
            EventKind::StdTableOpen | EventKind::ArrayTableOpen
        )
    };
    let starts = events.iter().filter(opens);
    starts
        .map(|event| line_start(text, event.span().start()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = "# a\n[a]\nx = '1' # one\ny = [\n  [1],\n]\n\n# of b\n[[b]]\nid = '''\n[c]\n'''\n[b.c]\nz = { k = \"]\" }\n\n[d]\n";

    fn of(text: &str, place: Range<usize>) -> &str {
        text.get(place).unwrap()
    }

    fn place(part: &str) -> Range<usize> {
        let start = SOURCE.find(part).unwrap();
        start..start + part.len()
    }

    #[test]
    fn headers_are_told_from_arrays_and_texts() {
        let lines: Vec<&str> = headers(SOURCE)
            .iter()
            .map(|at| of(SOURCE, *at..SOURCE.len()).lines().next().unwrap())
            .collect();
        assert_eq!(lines, ["[a]", "[[b]]", "[b.c]", "[d]"]);
    }

    #[test]
    fn a_table_goes_with_what_is_inside_of_it_and_not_with_what_follows() {
        let cut = |name: &str| {
            let at = declaration(SOURCE, &headers(SOURCE), &place(name), None).unwrap();
            of(SOURCE, at).to_owned()
        };
        assert!(cut("a]").ends_with("  [1],\n]\n\n"));
        let b = table(SOURCE, &headers(SOURCE), SOURCE.find("[[b]]").unwrap()).unwrap();
        assert!(of(SOURCE, b).ends_with("\"]\" }\n\n"));
    }

    #[test]
    fn a_line_goes_with_its_comment() {
        let at = declaration(SOURCE, &headers(SOURCE), &place("x"), Some(&place("'1'"))).unwrap();
        assert_eq!(of(SOURCE, at), "x = '1' # one\n");
        assert_eq!(
            declaration(SOURCE, &headers(SOURCE), &place("k"), Some(&place("\"]\""))),
            None
        );
    }

    #[test]
    fn an_item_goes_with_its_comma() {
        let without = |source: &str, part: &str| {
            let start = source.find(part).unwrap();
            let cut = item(source, &(start..start + part.len())).unwrap();
            format!(
                "{}{}",
                of(source, 0..cut.start),
                of(source, cut.end..source.len())
            )
        };
        assert_eq!(without("[1, 2, 3]", "1"), "[2, 3]");
        assert_eq!(without("[1, 2, 3]", "2"), "[1, 3]");
        assert_eq!(without("[1, 2, 3]", "3"), "[1, 2]");
        assert_eq!(without("[\n  1,\n  2,\n]", "2"), "[\n  1,\n]");
    }

    #[test]
    fn a_key_is_put_where_its_table_begins() {
        let put = |source: &str, table: Range<usize>| {
            let (at, text) = new_key(source, &table, "k", "1").unwrap();
            format!(
                "{}{text}{}",
                of(source, 0..at),
                of(source, at..source.len())
            )
        };
        assert_eq!(put("[a] # x\nb = 2\n", 0..3), "[a] # x\nk = 1\nb = 2\n");
        assert_eq!(put("[a]", 0..3), "[a]\nk = 1\n");
        assert_eq!(put("x = { b = 2 }", 4..13), "x = { b = 2, k = 1 }");
        assert_eq!(put("x = {}", 4..6), "x = { k = 1}");
    }
}
