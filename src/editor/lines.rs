//! Places as lines and columns, as editors count them.

/// What a column counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// Bytes.
    Utf8,
    /// Units of UTF-16: two of a character beyond the first 65,536.
    Utf16,
}

impl Encoding {
    fn width(self, c: char) -> usize {
        match self {
            Self::Utf8 => c.len_utf8(),
            Self::Utf16 => c.len_utf16(),
        }
    }
}

/// The lines of a text. A line ends with `\n`, `\r\n` or `\r`.
#[derive(Debug)]
pub struct Lines<'t> {
    text: &'t str,
    /// Where each begins.
    starts: Vec<usize>,
}

impl<'t> Lines<'t> {
    /// Those of a text.
    pub fn new(text: &'t str) -> Self {
        let bytes = text.as_bytes();
        let ends = bytes.iter().enumerate().filter(|(at, byte)| match byte {
            b'\n' => true,
            b'\r' => bytes.get(at + 1) != Some(&b'\n'),
            _ => false,
        });
        let starts = [0].into_iter().chain(ends.map(|(at, _)| at + 1)).collect();
        Self { text, starts }
    }

    /// The byte at a line and column, both from 0. A column beyond the line is its end, one amid a
    /// character where that begins, and a line beyond the text the end of the text.
    pub fn offset(&self, line: u32, column: u32, encoding: Encoding) -> usize {
        let line = usize::try_from(line).unwrap_or(usize::MAX);
        let Some(start) = self.starts.get(line).copied() else {
            return self.text.len();
        };
        let rest = self.text.get(start..).unwrap_or("");
        let mut left = usize::try_from(column).unwrap_or(usize::MAX);
        let mut at = start;
        for c in rest.chars() {
            let width = encoding.width(c);
            if width > left || matches!(c, '\n' | '\r') {
                break;
            }
            left -= width;
            at += c.len_utf8();
        }
        at
    }

    /// The line and column of a byte, both from 0.
    pub fn place(&self, offset: usize, encoding: Encoding) -> (u32, u32) {
        let offset = offset.min(self.text.len());
        let line = self.starts.partition_point(|start| *start <= offset);
        let line = line.saturating_sub(1);
        let start = self.starts.get(line).copied().unwrap_or(0);
        let rest = self.text.get(start..).unwrap_or("");
        // What ends a line is none of its columns.
        let own = rest.split(['\n', '\r']).next().unwrap_or("");
        let before = own
            .char_indices()
            .take_while(|(at, c)| start + at + c.len_utf8() <= offset);
        let column: usize = before.map(|(_, c)| encoding.width(c)).sum();
        let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        (number(line), number(column))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_column_counts_what_the_editor_counts() {
        let text = "é𝄞x\r\ny\rz\n";
        let lines = Lines::new(text);
        let at_x = text.find('x').unwrap();
        assert_eq!(lines.place(at_x, Encoding::Utf8), (0, 6));
        assert_eq!(lines.place(at_x, Encoding::Utf16), (0, 3));
        assert_eq!(lines.offset(0, 3, Encoding::Utf16), at_x);
        // Amid the clef, beyond the line, beyond the text.
        assert_eq!(lines.offset(0, 2, Encoding::Utf16), "é".len());
        assert_eq!(lines.offset(0, 99, Encoding::Utf16), at_x + 1);
        assert_eq!(lines.offset(99, 0, Encoding::Utf8), text.len());
        let at = |part: &str| text.find(part).unwrap();
        assert_eq!(lines.place(at("y"), Encoding::Utf16), (1, 0));
        assert_eq!(lines.place(at("z"), Encoding::Utf16), (2, 0));
        assert_eq!(lines.place(text.len(), Encoding::Utf8), (3, 0));
    }

    proptest! {
        #[test]
        fn a_place_leads_back(text in "[a\u{e9}\u{1d11e}\r\n]{0,12}", at in 0_usize..40) {
            let lines = Lines::new(&text);
            for encoding in [Encoding::Utf8, Encoding::Utf16] {
                let (line, column) = lines.place(at, encoding);
                let offset = lines.offset(line, column, encoding);
                prop_assert!(text.is_char_boundary(offset) && offset <= at);
                prop_assert_eq!(lines.place(offset, encoding), (line, column));
            }
        }
    }
}
