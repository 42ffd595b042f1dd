//! Words of names and addresses.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::lexicon;

/// The words of a text without marks on letters.
pub(in crate::analysis) fn words(text: &str) -> Vec<String> {
    let mut plain = String::with_capacity(text.len());
    for c in text.nfkd().filter(|c| !is_combining_mark(*c)) {
        match c {
            // A stroke is no mark that comes off.
            'Đ' | 'đ' | 'Ð' | 'ð' => plain.push('D'),
            'Ł' | 'ł' => plain.push('L'),
            'Ø' | 'ø' => plain.push('O'),
            'Æ' | 'æ' => plain.push_str("AE"),
            'Œ' | 'œ' => plain.push_str("OE"),
            other => plain.push(other),
        }
    }
    lexicon::normalise(&plain)
        .split_ascii_whitespace()
        .map(str::to_owned)
        .collect()
}
