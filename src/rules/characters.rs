//! Characters that are not what they look like: invisible ones, ones that turn the order of a line
//! around, and letters of another script in a word of Latin ones.

use std::ops::Range;

/// A character that is not what it looks like.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::rules) struct Hidden {
    /// Its place in the file.
    pub(in crate::rules) place: Range<usize>,
    pub(in crate::rules) character: char,
    /// What it is: `ZERO WIDTH SPACE`.
    pub(in crate::rules) name: &'static str,
    /// What it looks like; nothing of one that cannot be seen.
    pub(in crate::rules) looks_like: Option<char>,
}

/// Characters that cannot be seen, or that turn the order around.
const UNSEEN: &[(char, &str)] = &[
    ('\u{00AD}', "SOFT HYPHEN"),
    ('\u{034F}', "COMBINING GRAPHEME JOINER"),
    ('\u{061C}', "ARABIC LETTER MARK"),
    ('\u{115F}', "HANGUL CHOSEONG FILLER"),
    ('\u{180E}', "MONGOLIAN VOWEL SEPARATOR"),
    ('\u{200B}', "ZERO WIDTH SPACE"),
    ('\u{200C}', "ZERO WIDTH NON-JOINER"),
    ('\u{200D}', "ZERO WIDTH JOINER"),
    ('\u{200E}', "LEFT-TO-RIGHT MARK"),
    ('\u{200F}', "RIGHT-TO-LEFT MARK"),
    ('\u{202A}', "LEFT-TO-RIGHT EMBEDDING"),
    ('\u{202B}', "RIGHT-TO-LEFT EMBEDDING"),
    ('\u{202C}', "POP DIRECTIONAL FORMATTING"),
    ('\u{202D}', "LEFT-TO-RIGHT OVERRIDE"),
    ('\u{202E}', "RIGHT-TO-LEFT OVERRIDE"),
    ('\u{2060}', "WORD JOINER"),
    ('\u{2061}', "FUNCTION APPLICATION"),
    ('\u{2062}', "INVISIBLE TIMES"),
    ('\u{2063}', "INVISIBLE SEPARATOR"),
    ('\u{2064}', "INVISIBLE PLUS"),
    ('\u{2066}', "LEFT-TO-RIGHT ISOLATE"),
    ('\u{2067}', "RIGHT-TO-LEFT ISOLATE"),
    ('\u{2068}', "FIRST STRONG ISOLATE"),
    ('\u{2069}', "POP DIRECTIONAL ISOLATE"),
    ('\u{3164}', "HANGUL FILLER"),
    ('\u{FE0F}', "VARIATION SELECTOR-16"),
    ('\u{FEFF}', "ZERO WIDTH NO-BREAK SPACE"),
    ('\u{FFA0}', "HALFWIDTH HANGUL FILLER"),
];

/// Letters of other scripts that look like Latin ones.
const ALIKE: &[(char, char)] = &[
    ('а', 'a'),
    ('с', 'c'),
    ('ԁ', 'd'),
    ('е', 'e'),
    ('һ', 'h'),
    ('і', 'i'),
    ('ј', 'j'),
    ('ӏ', 'l'),
    ('о', 'o'),
    ('р', 'p'),
    ('ԛ', 'q'),
    ('ѕ', 's'),
    ('ѵ', 'v'),
    ('ԝ', 'w'),
    ('х', 'x'),
    ('у', 'y'),
    ('А', 'A'),
    ('В', 'B'),
    ('С', 'C'),
    ('Е', 'E'),
    ('Н', 'H'),
    ('І', 'I'),
    ('Ј', 'J'),
    ('К', 'K'),
    ('М', 'M'),
    ('О', 'O'),
    ('Р', 'P'),
    ('Ѕ', 'S'),
    ('Т', 'T'),
    ('Х', 'X'),
    ('У', 'Y'),
    ('α', 'a'),
    ('ε', 'e'),
    ('ι', 'i'),
    ('κ', 'k'),
    ('ν', 'v'),
    ('ο', 'o'),
    ('ρ', 'p'),
    ('τ', 't'),
    ('υ', 'u'),
    ('χ', 'x'),
    ('Α', 'A'),
    ('Β', 'B'),
    ('Ε', 'E'),
    ('Ζ', 'Z'),
    ('Η', 'H'),
    ('Ι', 'I'),
    ('Κ', 'K'),
    ('Μ', 'M'),
    ('Ν', 'N'),
    ('Ο', 'O'),
    ('Ρ', 'P'),
    ('Τ', 'T'),
    ('Υ', 'Y'),
    ('Χ', 'X'),
];

/// Letters and digits of full width, each as far from its usual form as the others.
const WIDE: Range<char> = '\u{FF10}'..'\u{FF5B}';
const WIDE_FROM: u32 = 0xFEE0;

fn looks_like(character: char) -> Option<char> {
    if WIDE.contains(&character) {
        let usual = char::from_u32(u32::from(character).checked_sub(WIDE_FROM)?)?;
        return usual.is_ascii_alphanumeric().then_some(usual);
    }
    let found = ALIKE.iter().find(|(other, _)| *other == character);
    found.map(|(_, latin)| *latin)
}

/// Every one of them, in the order of the file.
pub(in crate::rules) fn hidden(source: &str) -> Vec<Hidden> {
    if source.is_ascii() {
        return Vec::new();
    }
    let mut found = Vec::new();
    for (start, word) in runs(source) {
        if word.is_ascii() {
            continue;
        }
        // A word all of another script is what it looks like.
        let latin = word.chars().any(|c| c.is_ascii_alphanumeric());
        for (at, character) in word.char_indices() {
            let place = start + at..start + at + character.len_utf8();
            let unseen = UNSEEN.iter().find(|(unseen, _)| *unseen == character);
            if let Some((_, name)) = unseen {
                found.push(Hidden {
                    place,
                    character,
                    name,
                    looks_like: None,
                });
            } else if let (true, Some(like)) = (latin, looks_like(character)) {
                found.push(Hidden {
                    place,
                    character,
                    name: "a letter of another script",
                    looks_like: Some(like),
                });
            }
        }
    }
    found
}

/// The first character of a text that cannot be seen, or turns the order around, and what it is.
pub(in crate::rules) fn unseen(text: &str) -> Option<(char, &'static str)> {
    let mut chars = text.chars().filter(|c| !c.is_ascii());
    chars.find_map(|c| UNSEEN.iter().find(|(unseen, _)| *unseen == c).copied())
}

/// Runs of letters, digits and what names are written with, each with its place; what cannot be seen
/// belongs to the run that it stands in.
fn runs(source: &str) -> impl Iterator<Item = (usize, &str)> {
    let ends = |c: char| {
        c.is_whitespace()
            || matches!(
                c,
                '\'' | '"' | '(' | ')' | '[' | ']' | '{' | '}' | ',' | '='
            )
    };
    let mut at = 0;
    source.split_inclusive(ends).map(move |run| {
        let start = at;
        at += run.len();
        (start, run)
    })
}

/// The file as it looks, and from each place on how much further the same place of the file is.
pub(in crate::rules) fn as_it_looks(
    source: &str,
    hidden: &[Hidden],
) -> (String, Vec<(usize, usize)>) {
    let mut text = String::with_capacity(source.len());
    let (mut from, mut shift) = (0, 0);
    let mut shifts = Vec::with_capacity(hidden.len());
    for one in hidden {
        text.push_str(source.get(from..one.place.start).unwrap_or(""));
        text.extend(one.looks_like);
        from = one.place.end;
        let kept = one.looks_like.map_or(0, char::len_utf8);
        shift += one.place.len().saturating_sub(kept);
        shifts.push((text.len(), shift));
    }
    text.push_str(source.get(from..).unwrap_or(""));
    (text, shifts)
}

/// The place in the file of a place in what it looks like.
pub(in crate::rules) fn place(at: usize, shifts: &[(usize, usize)]) -> usize {
    let passed = shifts.partition_point(|(from, _)| *from <= at);
    let shift = passed.checked_sub(1).and_then(|last| shifts.get(last));
    at + shift.map_or(0, |(_, shift)| *shift)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_one_script_are_let_be() {
        assert_eq!(hidden("# Süß, naïve, Привет мир, 10 µs, ≥ „x“"), []);
        let found = hidden("ab 'incоme'");
        assert_eq!(found[0].place, 7..9);
        assert_eq!(found[0].looks_like, Some('o'));
        assert_eq!(hidden("a\u{200B}b c\u{202E}d").len(), 2);
        assert_eq!(hidden("ｆoo")[0].looks_like, Some('f'));
    }

    #[test]
    fn a_place_is_found_again() {
        let source = "ab\u{200B}c incоme x";
        let (text, shifts) = as_it_looks(source, &hidden(source));
        assert_eq!(text, "abc income x");
        let back = |at| place(at, &shifts);
        assert_eq!(source.get(back(11)..), Some("x"));
        assert_eq!(source.get(back(2)..back(3)), Some("c"));
        assert_eq!(source.get(back(4)..back(10)), Some("incоme"));
    }
}
