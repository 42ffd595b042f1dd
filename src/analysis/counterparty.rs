//! Who pays and who is paid: what tells one from another.

use std::sync::LazyLock;

use crate::lexicon;

/// Somebody who pays or is paid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counterparty {
    /// The name as people read it.
    pub label: String,
    /// What tells the counterparty from others.
    pub(super) key: String,
    /// Whether it has a name for certain: not only filler, initials or numbers.
    pub(super) named: bool,
}

impl Counterparty {
    /// By the usual name of somebody whom the lexicon knows: it is shown as it is written there.
    pub(super) fn of_usual_name(name: &str) -> Self {
        Self {
            label: name.to_owned(),
            key: name.to_owned(),
            named: true,
        }
    }

    /// By the words of a text, see [`key`].
    pub(super) fn of_text(text: &str, holders: &Holders, id: Option<(&str, bool)>) -> Self {
        let (key, named) = key(text, holders, id);
        Self {
            label: label(&key),
            key,
            named,
        }
    }
}

/// Words that name nobody: kinds of payment, legal forms, filler.
const GENERIC: &[&str] = &[
    "A",
    "ACCOUNT",
    "ACCT",
    "ACH",
    "ADMINISTRATION",
    "AN",
    "AND",
    "ARC",
    "AUTOMATIC",
    "AUTOPAY",
    "BILL",
    "BY",
    "CARD",
    "CCD",
    "CHECK",
    "CO",
    "COM",
    "COMPANY",
    "CORP",
    "CORPORATION",
    "CR",
    "CREDIT",
    "CTX",
    "DATE",
    "DD",
    "DEBIT",
    "DEP",
    "DEPOSIT",
    "DEPOSITS",
    "DES",
    "DIR",
    "DIRDEP",
    "DIRECT",
    "EDI",
    "EFFECTIVE",
    "ELECTRONIC",
    "FOR",
    "FROM",
    "FUNDS",
    "ID",
    "INC",
    "INCORPORATED",
    "INDN",
    "INSUFFICIENT",
    "ITEM",
    "LLC",
    "LLP",
    "LTD",
    "MISC",
    "NET",
    "NO",
    "NSF",
    "OF",
    "ON",
    "ONLINE",
    "PAY",
    "PAYMENT",
    "PAYMENTS",
    "PAYMNT",
    "PAYROLL",
    "PMT",
    "PMTS",
    "POS",
    "POSTED",
    "PPD",
    "PREAUTHORIZED",
    "PURCHASE",
    "PYMT",
    "RECURRING",
    "REF",
    "REFUND",
    "REG",
    "RETRY",
    "RETURN",
    "RETURNED",
    "REVERSAL",
    "RTN",
    "SALARY",
    "SEC",
    "SEQ",
    "TEL",
    "THE",
    "TO",
    "TRACE",
    "TRANSACTION",
    "TRN",
    "UNPAID",
    "US",
    "USA",
    "WAGES",
    "WEB",
];

/// The most words of a counterparty key: enough to tell counterparties apart, few enough to skip
/// references. A judgement: with three, branches of one agency are one; with five, cities and
/// reference words come in.
const KEY_WORDS_MAX: usize = 4;
/// Shorter words, in bytes, are initials and what is left of `O'NEIL`, and name nobody.
const KEY_WORD_BYTES_MIN: usize = 2;
/// A word with so many digits is a number, a date or a code. One digit may be of a name: `7ELEVEN`,
/// `3M`.
const REFERENCE_DIGITS_MIN: usize = 2;
/// Masked digits are `X`. From so many bytes on, a word that is `X` for more than half is one;
/// shorter ones may be names: `EXXON` has two of five, `XX7` cannot be told.
const MASKED_BYTES_MIN: usize = 5;
/// A key of fewer bytes names nobody for certain: it is initials, or what filler left over. A
/// judgement: names such as `UBER` have four.
const NAME_BYTES_MIN: usize = 4;

/// The key of the counterparty whom `text` names, and whether that is a name for certain. `holders` are the words of the holders' names,
/// which free text often carries. `id` is the company's identification, and whether its name is
/// that of a payroll processor, of which the name alone is not enough.
pub(super) fn key(text: &str, holders: &Holders, id: Option<(&str, bool)>) -> (String, bool) {
    let mut key = key_words(text, holders, true);
    let mut named = key.len() >= NAME_BYTES_MIN;
    if let Some((id, processor)) = id
        && (key.is_empty() || processor)
    {
        push_word(&mut key, id);
    }
    if key.is_empty()
        && let Some(name) = glued(text)
    {
        key.push_str(name);
        named = true;
    }
    if key.is_empty() {
        key = key_words(text, holders, false);
    }
    if key.is_empty() {
        key = text.trim().to_owned();
    }
    (key, named)
}

/// The name at the start of a text without spaces: `ACMEPAYROLL1234567890`.
pub(super) fn glued(text: &str) -> Option<&str> {
    /// Fewer letters are initials or a code.
    const LETTERS_MIN: usize = 6;
    /// Words of pay that end a name.
    const ENDS: &[&str] = &[
        "PAYROLL",
        "SALARY",
        "DIRECTDEP",
        "DIRDEP",
        "PAYCHECK",
        "PENSION",
        "EDIPMT",
        "EDIPYMNTS",
    ];
    let word = text.split_ascii_whitespace().next()?;
    if !is_reference(word) {
        return None;
    }
    let letters = word.bytes().take_while(u8::is_ascii_alphabetic).count();
    let name = word.get(..letters)?;
    let end = ENDS.iter().filter_map(|end| name.find(end)).min();
    let name = name.get(..end.unwrap_or(letters))?;
    (name.len() >= LETTERS_MIN).then_some(name)
}

fn push_word(key: &mut String, word: &str) {
    if !key.is_empty() {
        key.push(' ');
    }
    key.push_str(word);
}

fn key_words(text: &str, holders: &Holders, strict: bool) -> String {
    let mut key = String::with_capacity(32);
    let mut count = 0;
    for word in text.split_ascii_whitespace() {
        let packed = pack(word);
        let filler = strict
            && (word.len() < KEY_WORD_BYTES_MIN
                || GENERIC_PACKED.binary_search(&packed).is_ok()
                || holders.words.binary_search(&packed).is_ok());
        if filler || is_reference(word) {
            continue;
        }
        push_word(&mut key, word);
        count += 1;
        if count == KEY_WORDS_MAX {
            break;
        }
    }
    key
}

/// A word as one number, which compares faster than text: its first 15 bytes and its length.
/// Words of one length that differ later only are taken for the same; no filler is that long.
fn pack(word: &str) -> u128 {
    let mut packed = [0; 16];
    let [head @ .., length] = &mut packed;
    for (to, from) in head.iter_mut().zip(word.bytes()) {
        *to = from;
    }
    *length = u8::try_from(word.len()).unwrap_or(u8::MAX);
    u128::from_be_bytes(packed)
}

static GENERIC_PACKED: LazyLock<Vec<u128>> = LazyLock::new(|| packed(GENERIC.iter().copied()));

fn packed<'a>(words: impl Iterator<Item = &'a str>) -> Vec<u128> {
    let mut packed: Vec<u128> = words.map(pack).collect();
    packed.sort_unstable();
    packed
}

/// The words of the holders' names: free text often carries them, and they name no counterparty.
#[derive(Debug, Default)]
pub(super) struct Holders {
    words: Vec<u128>,
    /// Whether one of them has a digit: the holder is a firm, and numbers of texts may be of its name.
    has_number: bool,
}

impl Holders {
    /// The words of these names.
    pub(super) fn new<'a>(names: impl Iterator<Item = &'a str>) -> Self {
        let words: Vec<String> = names.map(lexicon::normalise).collect();
        let words = || words.iter().flat_map(|name| name.split_ascii_whitespace());
        Self {
            has_number: words().any(|word| word.bytes().any(|byte| byte.is_ascii_digit())),
            words: packed(words()),
        }
    }

    /// Whether a holder's name has a number in it.
    pub(super) fn has_number(&self) -> bool {
        self.has_number
    }

    /// Whether a text has at least two words of the holders' names: it names one of them.
    pub(super) fn are_named_in(&self, text: &str) -> bool {
        let words = text.split_ascii_whitespace();
        let named = words.filter(|word| self.words.binary_search(&pack(word)).is_ok());
        named.take(2).count() == 2
    }
}

/// Numbers, dates, masked digits, trace codes: a word with two digits, or of `X` for the most
/// part.
pub(super) fn is_reference(word: &str) -> bool {
    let (mut digits, mut masks) = (0_usize, 0_usize);
    for byte in word.bytes() {
        digits += usize::from(byte.is_ascii_digit());
        masks += usize::from(byte == b'X');
    }
    digits >= REFERENCE_DIGITS_MIN
        || masks == word.len()
        || (word.len() >= MASKED_BYTES_MIN && masks * 2 > word.len())
}

/// A counterparty key as people read it: `ACME WIDGETS` becomes `Acme Widgets`.
pub(super) fn label(key: &str) -> String {
    if key.bytes().any(|b| b.is_ascii_lowercase()) {
        return key.to_owned();
    }
    let mut out = String::with_capacity(key.len());
    for word in key.split(' ') {
        let mut chars = word.chars();
        if !out.is_empty() {
            out.push(' ');
        }
        out.extend(chars.next());
        out.extend(chars.flat_map(char::to_lowercase));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filler_words_are_short_enough_to_pack() {
        assert!(GENERIC.iter().all(|word| word.len() <= 15));
        assert!(pack("PAYMENT") != pack("PAYMENTS") && pack("A") != pack("B"));
    }
}
