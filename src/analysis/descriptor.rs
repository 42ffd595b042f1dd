//! What a bank description says, field by field.
//!
//! ACH credits and debits arrive in several notations: named fields (`ORIG CO NAME:`, `DES:`) at
//! some banks, free text at others. The recipient's name is a field of its own and is kept out of
//! the text that is searched: it would find the customer on every row.

use std::ops::RangeInclusive;
use std::sync::LazyLock;

use regex::Regex;

use crate::lexicon::{self, Reading, Term};

/// A description, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Descriptor {
    /// The words to search, without the recipient and the trace numbers; normalised.
    pub(super) text: String,
    /// What the words say.
    pub(super) reading: Reading,
    /// The counterparty of a named field, normalised.
    company: Option<String>,
    /// The company's own identification, where it is not masked.
    company_id: Option<String>,
    /// Whom the payment names as recipient.
    pub(super) recipient: Option<String>,
}

/// Labels of named fields; the longer ones come first.
static LABEL: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?ix) \b ( ORIG\ CO\ NAME | CO\ ENTRY\ DESCR? | DESC\ DATE
            | ORIG\ ID | IND\ NAME | IND\ ID | TRACE\ ?\# | INDN | CO\ ID
            | (?: PPD | WEB | CCD | TEL | ARC | CTX )\ ID | SEC | EED | TRN | DES | CO | ID ) :",
    )
    .ok()
});

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
    "R01",
    "R09",
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
/// An identification of a company in the ACH format has ten characters, and nine where a bank drops
/// the first.
const COMPANY_ID_BYTES: RangeInclusive<usize> = 9..=10;
/// It is `1` and the nine digits of a tax number, as a rule; some begin with one or two letters. What
/// has fewer digits is masked.
const COMPANY_ID_DIGITS_MIN: usize = 8;

impl Descriptor {
    /// Takes a description apart.
    pub(super) fn parse(raw: &str) -> Self {
        let fields = if raw.contains(':') { fields(raw) } else { None };
        match fields {
            Some(fields) => fields.assemble(),
            None => {
                let text = lexicon::normalise(raw);
                let reading = lexicon::read(&text);
                Self {
                    text,
                    reading,
                    company: None,
                    company_id: None,
                    recipient: None,
                }
            }
        }
    }

    /// Whether a field names a company.
    pub(super) fn has_company(&self) -> bool {
        self.company.is_some()
    }

    /// What tells this counterparty from others, and how to show it to people. `holders` are the words
    /// of the holders' names, which free text often carries.
    pub(super) fn counterparty(&self, holders: &Holders) -> String {
        if let Some(name) = self.reading.name {
            return name.to_owned();
        }
        let from = self.company.as_deref().unwrap_or(&self.text);
        let mut key = key_words(from, holders, true);
        let processor = self.reading.terms.has(Term::Processor) && self.company.is_some();
        if (key.is_empty() || processor)
            && let Some(id) = &self.company_id
        {
            push_word(&mut key, id);
        }
        if key.is_empty() {
            key = key_words(from, holders, false);
        }
        if key.is_empty() {
            from.trim().to_owned()
        } else {
            key
        }
    }
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
                || holders.0.binary_search(&packed).is_ok());
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
pub(super) struct Holders(Vec<u128>);

impl Holders {
    /// The words of these names.
    pub(super) fn new<'a>(names: impl Iterator<Item = &'a str>) -> Self {
        let words: Vec<String> = names.map(lexicon::normalise).collect();
        Self(packed(
            words.iter().flat_map(|name| name.split_ascii_whitespace()),
        ))
    }
}

/// Numbers, dates, masked digits, trace codes: a word with two digits, or of `X` for the most
/// part.
fn is_reference(word: &str) -> bool {
    let (mut digits, mut masks) = (0_usize, 0_usize);
    for byte in word.bytes() {
        digits += usize::from(byte.is_ascii_digit());
        masks += usize::from(byte == b'X');
    }
    digits >= REFERENCE_DIGITS_MIN
        || masks == word.len()
        || (word.len() >= MASKED_BYTES_MIN && masks * 2 > word.len())
}

#[derive(Default)]
struct Fields<'a> {
    lead: &'a str,
    company: Option<&'a str>,
    description: Option<&'a str>,
    company_id: Option<&'a str>,
    recipient: Option<&'a str>,
    /// Words after the last field: `PPD`.
    tail: Option<&'a str>,
}

/// The named fields of a description; `None` where there is none.
fn fields(raw: &str) -> Option<Fields<'_>> {
    let label = LABEL.as_ref()?;
    let mut fields = Fields::default();
    let mut open: Option<(&str, usize)> = None;
    for found in label.find_iter(raw) {
        match open {
            Some((name, from)) => fields.set(name, raw.get(from..found.start())?),
            None => fields.lead = raw.get(..found.start())?,
        }
        open = Some((found.as_str(), found.end()));
    }
    let (name, from) = open?;
    fields.set(name, raw.get(from..)?);
    Some(fields)
}

impl<'a> Fields<'a> {
    fn set(&mut self, label: &str, value: &'a str) {
        let value = value.trim();
        let label = label.trim_end_matches(':').to_ascii_uppercase();
        match label.as_str() {
            "ORIG CO NAME" => self.company = Some(value),
            "CO ENTRY DESCR" | "CO ENTRY DESC" | "DES" => self.description = Some(value),
            "IND NAME" | "INDN" => self.recipient = Some(value),
            "CO" => self.company = self.company.or(Some(value)),
            "ORIG ID" => self.company_id = Some(value),
            "CO ID" => {
                self.company_id = value.split_ascii_whitespace().next();
                self.tail = Some(value);
            }
            label if label.ends_with(" ID") && label != "IND ID" => self.company_id = Some(value),
            _ => {}
        }
    }

    fn assemble(self) -> Descriptor {
        let company = self
            .company
            .or(Some(self.lead).filter(|lead| !lead.trim().is_empty()))
            .map(lexicon::normalise);
        let mut text = lexicon::normalise(self.lead);
        for part in [self.company, self.description, self.tail]
            .into_iter()
            .flatten()
        {
            lexicon::append_normalised(&mut text, part);
        }
        let mut reading = lexicon::read(&text);
        if self.description.is_some_and(is_pay) {
            reading.terms.insert(Term::Payroll);
        }
        Descriptor {
            text,
            reading,
            company,
            company_id: self
                .company_id
                .filter(|id| is_company_id(id))
                .map(str::to_owned),
            recipient: self
                .recipient
                .filter(|name| !name.is_empty())
                .map(|name| lexicon::normalise(name).trim().to_owned()),
        }
    }
}

/// As a whole entry description these words mean wages; within other text they do not.
fn is_pay(description: &str) -> bool {
    let description = lexicon::normalise(description);
    matches!(
        description.trim(),
        "PAY" | "DD" | "PR" | "SAL" | "COMP" | "PAYMENT DD"
    )
}

fn is_company_id(id: &str) -> bool {
    let digits = id.bytes().filter(u8::is_ascii_digit).count();
    COMPANY_ID_BYTES.contains(&id.len()) && digits >= COMPANY_ID_DIGITS_MIN
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

    fn counterparty(raw: &str) -> String {
        Descriptor::parse(raw).counterparty(&Holders::new(["Jane Doe"].into_iter()))
    }

    #[test]
    fn filler_words_are_short_enough_to_pack() {
        assert!(GENERIC.iter().all(|word| word.len() <= 15));
        assert!(pack("PAYMENT") != pack("PAYMENTS") && pack("A") != pack("B"));
    }

    #[test]
    fn the_recipient_is_no_payer() {
        let chase = Descriptor::parse(
            "ORIG CO NAME:Northwind Traders ORIG ID:1943000021 DESC DATE:260723 CO ENTRY \
             DESCR:PAYROLL SEC:PPD TRACE#:021000028611043 EED:260723 IND ID:77 \
             IND NAME:PAYDAY LOAN JOE",
        );
        assert_eq!(chase.recipient.as_deref(), Some("PAYDAY LOAN JOE"));
        assert!(chase.reading.terms.has(Term::Payroll));
        assert!(!chase.reading.terms.has(Term::ShortTermLender));
    }

    #[test]
    fn one_payer_has_one_key_at_every_bank() {
        for raw in [
            "ORIG CO NAME:NORTHWIND TRADERS INC ORIG ID:1943000021 \
             CO ENTRY DESCR:DIR DEP SEC:PPD IND NAME:DOE JANE",
            "NORTHWIND TRADERS DES:PAYROLL ID:XXXXX1234 INDN:DOE JANE CO ID:XXXXX56789 PPD",
            "NORTHWIND TRADERS PAYROLL PPD ID: 1943000021",
            "Northwind Traders, Inc. PAYROLL 240115 12345 JANE DOE",
            "northwind traders direct dep",
        ] {
            assert_eq!(counterparty(raw), "NORTHWIND TRADERS", "{raw}");
        }
        assert_eq!(label("NORTHWIND TRADERS"), "Northwind Traders");
    }

    #[test]
    fn a_text_of_nothing_but_filler_still_has_a_key() {
        assert_eq!(counterparty("DIRECT DEPOSIT"), "DIRECT DEPOSIT");
        assert_eq!(counterparty("12345"), "12345");
        assert_eq!(counterparty(""), "");
        assert!(!counterparty("Ünïcode Bäckerei").is_empty());
    }
}
