//! Reads the cells of a CSV file with their places: commas between cells, a line for each row, cells
//! in double quotes where they hold commas or quotes (RFC 4180). Empty lines say nothing.

use std::ops::Range;

const BYTE_ORDER_MARK: char = '\u{feff}';

/// A cell: its content without what surrounds it, and its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    /// What is in it.
    pub text: String,
    /// Where it stands, in bytes of the text.
    pub span: Range<usize>,
}

/// The rows of a text, or where a cell in quotes does not end as it should.
pub fn rows(text: &str) -> Result<Vec<Vec<Cell>>, Range<usize>> {
    let mut rows = Vec::new();
    let mut row = Vec::new();
    // Spreadsheets begin a file with a mark of its encoding.
    let mark = if text.starts_with(BYTE_ORDER_MARK) {
        BYTE_ORDER_MARK.len_utf8()
    } else {
        0
    };
    let mut rest = mark..text.len();
    while rest.start < text.len() || !row.is_empty() {
        let (cell, end) = cell(text, rest.start)?;
        row.push(cell);
        let follows = text.get(end..).and_then(|rest| rest.chars().next());
        rest.start = end + follows.map_or(0, char::len_utf8);
        if follows != Some(',') {
            let whole = std::mem::take(&mut row);
            if whole.iter().any(|cell| !cell.text.is_empty()) {
                rows.push(whole);
            }
        }
    }
    Ok(rows)
}

/// The cell that begins at a place, and where it ends: at a comma, a line break, or the end.
fn cell(text: &str, start: usize) -> Result<(Cell, usize), Range<usize>> {
    let rest = text.get(start..).unwrap_or("");
    let blank = |c: char| c.is_whitespace() && c != '\n';
    let inside = rest.trim_start_matches(blank);
    let from = start + (rest.len() - inside.len());
    if !inside.starts_with('"') {
        let length = inside.find([',', '\n']).unwrap_or(inside.len());
        let content = inside.get(..length).unwrap_or("").trim_end();
        let cell = Cell {
            text: content.to_owned(),
            span: from..from + content.len(),
        };
        return Ok((cell, from + length));
    }
    let mut content = String::new();
    let mut chars = inside.char_indices().skip(1).peekable();
    while let Some((at, c)) = chars.next() {
        let doubled = matches!(chars.peek(), Some((_, '"')));
        match c {
            '"' if doubled => {
                chars.next();
                content.push('"');
            }
            '"' => {
                let after = inside.get(at + 1..).unwrap_or("");
                let ends = after.trim_start_matches(blank);
                let end = from + at + 1 + (after.len() - ends.len());
                if !(ends.is_empty() || ends.starts_with([',', '\n'])) {
                    return Err(end..end + 1);
                }
                let span = from..from + at + 1;
                let text = content.trim().to_owned();
                return Ok((Cell { text, span }, end));
            }
            _ => content.push(c),
        }
    }
    Err(from..from + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str) -> Vec<Vec<String>> {
        let rows = rows(text).unwrap().into_iter();
        rows.map(|row| row.into_iter().map(|cell| cell.text).collect())
            .collect()
    }

    #[test]
    fn cells_are_read_with_their_places() {
        let text = "state, max\r\nCA,\"$1,000\"\n\n\"a \"\"b\"\"\", \n";
        assert_eq!(
            texts(text),
            [
                vec!["state", "max"],
                vec!["CA", "$1,000"],
                vec!["a \"b\"", ""]
            ]
        );
        let cells: Vec<Cell> = rows(text).unwrap().concat();
        assert_eq!(text.get(cells[1].span.clone()), Some("max"));
        assert_eq!(text.get(cells[3].span.clone()), Some("\"$1,000\""));
        assert_eq!(texts("a,b"), [["a", "b"]]);
        assert_eq!(texts("a,"), [["a", ""]]);
        assert!(texts(" \n\n").is_empty() && texts("").is_empty());
        assert_eq!(rows("\u{feff}a,b").unwrap()[0][0].span, 3..4);
        assert_eq!(texts("\u{feff}a,b"), [["a", "b"]]);
        assert!(texts("\u{feff}").is_empty());
    }

    #[test]
    fn a_quote_that_does_not_end_is_found() {
        assert_eq!(rows("a,\"b\n"), Err(2..3));
        assert_eq!(rows("\"a\"b"), Err(3..4));
    }
}
