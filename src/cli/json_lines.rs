//! A file with a JSON value on each line, of which one is in memory at a time.

use std::io::{self, BufRead, Read};

/// The lines of a file.
pub(super) struct JsonLines<R> {
    from: R,
    bytes_max: usize,
    number: u64,
}

impl<R: BufRead> JsonLines<R> {
    /// The lines that are at most `bytes_max` long.
    pub(super) fn new(from: R, bytes_max: usize) -> Self {
        Self {
            from,
            bytes_max,
            number: 0,
        }
    }

    /// The next line that is not blank, with its number from 1; no text where it is too long.
    pub(super) fn next_line(&mut self) -> io::Result<Option<(u64, Option<Vec<u8>>)>> {
        let max = self.bytes_max;
        let most = u64::try_from(max).unwrap_or(u64::MAX).saturating_add(1);
        loop {
            let mut text = Vec::new();
            let mut limited = (&mut self.from).take(most);
            if limited.read_until(b'\n', &mut text)? == 0 {
                return Ok(None);
            }
            self.number = self.number.saturating_add(1);
            if text.len() > max && text.last() != Some(&b'\n') {
                self.from.skip_until(b'\n')?;
                return Ok(Some((self.number, None)));
            }
            if !text.trim_ascii().is_empty() {
                return Ok(Some((self.number, Some(text))));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_limited_below_at_and_above() {
        let text = b"1234\n\n12345\n123456\n1".as_slice();
        let mut lines = JsonLines::new(text, 5);
        let mut found = Vec::new();
        while let Some((number, line)) = lines.next_line().unwrap() {
            found.push((number, line.map(|line| line.trim_ascii().len())));
        }
        assert_eq!(found, [(1, Some(4)), (3, Some(5)), (4, None), (5, Some(1))]);
    }
}
