//! Tables in columns.

use anstyle::Style;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::text::{DIM, ON_TEST_DATA, YELLOW, paint};

/// One cell: a text without escapes, and how to show it.
#[derive(Debug, Clone, Default)]
pub(super) struct Cell {
    text: String,
    style: Style,
    right: bool,
}

impl Cell {
    pub(super) fn new(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            ..Self::default()
        }
    }

    pub(super) fn styled(text: impl Into<String>, style: Style) -> Self {
        Self {
            text: text.into(),
            style,
            right: false,
        }
    }

    /// The mark of what is made on test data; real data has none.
    pub(super) fn mark(test_data: bool) -> Self {
        match test_data {
            true => Self::styled(ON_TEST_DATA, YELLOW),
            false => Self::default(),
        }
    }

    /// A number or an amount: to the right edge of its column.
    pub(super) fn right(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            style: Style::new(),
            right: true,
        }
    }

    fn width(&self) -> usize {
        self.text.width()
    }

    fn shown(&self, width: usize, last: bool) -> String {
        let padding = " ".repeat(width.saturating_sub(self.width()));
        let text = paint(self.style, &self.text);
        match (self.right, last) {
            (true, _) => format!("{padding}{text}"),
            (false, true) => text,
            (false, false) => format!("{text}{padding}"),
        }
    }
}

/// Rows under a head, each column as wide as its widest cell. The last column is cut where the
/// terminal ends.
pub(super) fn render(head: &[&str], rows: Vec<Vec<Cell>>, width: Option<usize>) -> String {
    let mut widths: Vec<usize> = head.iter().map(|title| title.width()).collect();
    for row in &rows {
        for (widest, cell) in widths.iter_mut().zip(row) {
            *widest = (*widest).max(cell.width());
        }
    }
    let titles = head.iter().zip(
        rows.first()
            .into_iter()
            .flatten()
            .map(Some)
            .chain(std::iter::repeat(None)),
    );
    let titles = titles.map(|(title, below)| Cell {
        text: (*title).to_owned(),
        style: DIM,
        right: below.is_some_and(|cell| cell.right),
    });
    let mut text = line(titles.collect(), &widths, width);
    for row in rows {
        text.push_str(&line(row, &widths, width));
    }
    text
}

fn line(mut row: Vec<Cell>, widths: &[usize], terminal: Option<usize>) -> String {
    let before: usize = widths
        .iter()
        .take(row.len().saturating_sub(1))
        .map(|width| width.saturating_add(2))
        .sum();
    if let (Some(terminal), Some(last)) = (terminal, row.last_mut()) {
        cut(&mut last.text, terminal.saturating_sub(before).max(12));
    }
    let count = row.len();
    let cells: Vec<String> = row
        .iter()
        .zip(widths)
        .enumerate()
        .map(|(index, (cell, width))| cell.shown(*width, index + 1 == count))
        .collect();
    format!("{}\n", cells.join("  ").trim_end())
}

fn cut(text: &mut String, width: usize) {
    if text.width() <= width {
        return;
    }
    let mut left = width.saturating_sub(1);
    let fits = |c: &char| {
        let rest = left.checked_sub(c.width().unwrap_or(0));
        left = rest.unwrap_or(0);
        rest.is_some()
    };
    *text = text.chars().take_while(fits).collect();
    text.push('…');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up_and_the_last_is_cut() {
        let rows = vec![
            vec![
                Cell::new("maria"),
                Cell::right("5.00"),
                Cell::new("a very long last column"),
            ],
            vec![Cell::new("jo"), Cell::right("1,250.00"), Cell::new("short")],
        ];
        let text = anstream::adapter::strip_str(&render(&["who", "offer", "why"], rows, Some(30)))
            .to_string();
        assert_eq!(
            text,
            "who       offer  why\n\
             maria      5.00  a very long …\n\
             jo     1,250.00  short\n"
        );
    }

    #[test]
    fn a_letter_takes_the_columns_that_a_terminal_gives_it() {
        let rows = vec![
            vec![Cell::new("山田"), Cell::new("株式会社山田商店")],
            vec![Cell::new("Zoe\u{301}"), Cell::new("b")],
        ];
        let text =
            anstream::adapter::strip_str(&render(&["who", "why"], rows, Some(10))).to_string();
        assert_eq!(text, "who   why\n山田  株式会社山…\nZoe\u{301}   b\n");
    }
}
