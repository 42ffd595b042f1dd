//! Which numbers phrases hold: every other number in a text may be any other and means the same.

/// The numbers with which a word may begin so that a phrase reads it: `360` of `FROM 360 SAV*`.
#[derive(Debug, Default)]
pub struct Numbers {
    /// Those, and their first two digits, from `00` on: most numbers are told by these alone.
    words: Vec<String>,
    begins: u128,
    /// Whether a phrase may be found anywhere within a number.
    anywhere: bool,
}

impl Numbers {
    /// The numbers of patterns, in which a space is the boundary of a word.
    pub(super) fn of<'a>(patterns: impl Iterator<Item = &'a str>) -> Self {
        let mut numbers = Self::default();
        for pattern in patterns {
            let opens = !pattern.starts_with(' ');
            let ends = pattern.ends_with(' ');
            let mut words = pattern.split_ascii_whitespace().enumerate().peekable();
            while let Some((position, word)) = words.next() {
                let goes_on = words.peek().is_none() && !ends;
                numbers.add(word, opens && position == 0, goes_on);
            }
        }
        numbers
    }

    fn add(&mut self, word: &str, open: bool, goes_on: bool) {
        let digits = word.bytes().filter(u8::is_ascii_digit).count();
        if digits == 0 || !word.bytes().all(is_of_number) {
            return;
        }
        let first = Self::first(word.as_bytes());
        match first {
            _ if open || digits < word.len() => self.anywhere = true,
            Some(pair) => {
                self.begins |= 1 << pair;
                self.words.push(word.to_owned());
            }
            // One digit alone is no number but a word.
            None if goes_on => self.anywhere = true,
            None => {}
        }
    }

    /// The first two digits.
    fn first(word: &[u8]) -> Option<u32> {
        let mut digits = word.iter().filter(|byte| byte.is_ascii_digit());
        let mut next = || digits.next().map(|digit| u32::from(digit - b'0'));
        Some(next()? * 10 + next()?)
    }

    /// Whether a phrase may read a word that is a number, of two digits or more.
    pub fn may_be_read(&self, word: &[u8]) -> bool {
        if self.anywhere {
            return true;
        }
        let begins = |pair: u32| self.begins >> pair & 1 == 1;
        let starts = |known: &String| word.starts_with(known.as_bytes());
        Self::first(word).is_none_or(|pair| begins(pair) && self.words.iter().any(starts))
    }
}

/// Whether a word of such bytes alone is a number: digits, and the `X` that masks them.
pub fn is_of_number(byte: u8) -> bool {
    byte.is_ascii_digit() || matches!(byte, b'X' | b'x')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_of_a_phrase_is_read() {
        let numbers = Numbers::of([" FROM 360 SAV", " BET365", " PAY IN 4 "].into_iter());
        assert!(numbers.may_be_read(b"360"));
        assert!(!numbers.may_be_read(b"3699"));
        assert!(numbers.may_be_read(b"3609"));
        assert!(!numbers.may_be_read(b"1360"));
        assert!(!numbers.may_be_read(b"44"));
        let anywhere = Numbers::of(["529 ", " A "].into_iter());
        assert!(anywhere.may_be_read(b"44"));
        let goes_on = Numbers::of([" CHAPTER 7"].into_iter());
        assert!(goes_on.may_be_read(b"71"));
    }
}
