//! Words of names and addresses.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::lexicon;

/// The words of a text without marks on letters.
pub(in crate::analysis) fn words(text: &str) -> Vec<String> {
    let plain: String = text.nfkd().filter(|c| !is_combining_mark(*c)).collect();
    lexicon::normalise(&plain)
        .split_ascii_whitespace()
        .map(str::to_owned)
        .collect()
}
