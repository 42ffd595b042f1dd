//! What a bank description says, field by field.
//!
//! ACH credits and debits arrive in several notations: named fields (`ORIG CO NAME:`, `DES:`) at
//! some banks, free text at others. The recipient's name is a field of its own and is kept out of
//! the text that is searched: it would find the customer on every row.

use std::ops::{Range, RangeInclusive};
use std::sync::LazyLock;

use regex::Regex;

use super::counterparty::{self, Holders, is_reference};
use crate::lexicon::{self, Reading, Term};

/// A description, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Descriptor {
    /// The words to search, without the recipient and the trace numbers; normalised.
    text: String,
    /// Where in `text` the counterparty is named; empty where that cannot be told from the rest.
    payer: Range<usize>,
    /// What the words say.
    pub(super) reading: Reading,
    /// Whether a field of its own names a company.
    pub(super) named_company: bool,
    /// The company's own identification, where it is not masked.
    company_id: Option<String>,
    /// Whom the payment names as recipient.
    pub(super) recipient: Option<String>,
    /// What the sender calls the payment: the same number for the same words, 0 for none.
    pub(super) purpose: u32,
    /// Whom the sender pays, in the sender's own number: the same number for the same one, 0 for
    /// none. It tells two jobs behind one payroll processor apart.
    pub(super) reference: u32,
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

/// An identification of a company in the ACH format has ten characters, and nine where a bank drops
/// the first.
const COMPANY_ID_BYTES: RangeInclusive<usize> = 9..=10;
/// It is `1` and the nine digits of a tax number, as a rule; some begin with one or two letters. What
/// has fewer digits is masked.
const COMPANY_ID_DIGITS_MIN: usize = 8;

impl Descriptor {
    /// Takes a description apart. `money_in`: whether it is of money that came in.
    pub(super) fn parse(raw: &str, money_in: bool) -> Self {
        let fields = if raw.contains(':') { fields(raw) } else { None };
        match fields {
            Some(fields) => fields.assemble(),
            None => free(raw, money_in),
        }
    }

    /// Whether a payment between persons names the holder: it is from another account of theirs.
    pub(super) fn is_from_holder(&self, holders: &Holders) -> bool {
        self.reading.terms.has(Term::PersonToPerson) && holders.are_named_in(&self.text)
    }

    /// What tells this counterparty from others, and whether it is a name for certain.
    pub(super) fn counterparty(&self, holders: &Holders) -> (String, bool) {
        if let Some(name) = self.reading.name {
            return (name.to_owned(), true);
        }
        let named = self
            .text
            .get(self.payer.clone())
            .filter(|name| !name.trim().is_empty());
        let from = named.unwrap_or(&self.text);
        let processor = self.reading.terms.has(Term::Processor) && self.named_company;
        let id = self.company_id.as_deref();
        counterparty::key(from, holders, id.map(|id| (id, processor)))
    }
}

/// The same number for the same bytes: FNV-1a. Zero stands for nothing.
fn number(bytes: impl Iterator<Item = u8>) -> u32 {
    const BASIS: u32 = 0x811c_9dc5;
    const PRIME: u32 = 0x0100_0193;
    let mut any = false;
    let hash = bytes.fold(BASIS, |hash, byte| {
        any = true;
        (hash ^ u32::from(byte)).wrapping_mul(PRIME)
    });
    if any { hash.max(1) } else { 0 }
}

/// The words of an entry description as a number: digits are dates and numbers of invoices.
fn purpose(words: &str) -> u32 {
    let letters = words.bytes().filter(u8::is_ascii_alphabetic);
    number(letters.map(|byte| byte.to_ascii_uppercase()))
}

/// What banks write before the name of a company.
const LEADS: &[&str] = &[
    "ACH",
    "CREDIT",
    "DEBIT",
    "DEPOSIT",
    "ELECTRONIC",
    "PREAUTHORIZED",
    "PREAUTH",
    "WITHDRAWAL",
];

/// Text without named fields: `ACME PAYROLL 260115 12345 DOE JOHN`, `ACH DEPOSIT ACME - PAYROLL`,
/// `ACMEPAYROLL1234567890`, or the bank's own words.
fn free(raw: &str, money_in: bool) -> Descriptor {
    let text = lexicon::normalise(raw);
    let words: Vec<&str> = text.split_ascii_whitespace().collect();
    let lead = words.iter().take_while(|word| LEADS.contains(word)).count();
    let head = words.iter().take_while(|word| !is_reference(word)).count();
    let after = words.get(head..).unwrap_or_default();
    let dated = after.first().is_some_and(|word| is_entry_date(word));
    let numbered = after.get(1).filter(|word| is_reference(word));
    let spoken = raw
        .rsplit_once(" - ")
        .map(|(left, _)| lexicon::normalise(left).split_ascii_whitespace().count())
        .filter(|left| lead > 0 && *left > lead && *left < words.len());
    let entry = dated && numbered.is_some();
    let names = words.get(..head).unwrap_or_default();
    let described = match spoken {
        Some(left) => Some(head.saturating_sub(left)),
        None => lexicon::entry_words(names, !entry),
    };
    let end = head - described.unwrap_or(0).min(head);
    // What came in is told from a name only where words of pay follow it. Money out that says so is
    // pay taken back, and what is done stands before the name.
    let known = end > lead && (entry || spoken.is_some() || (money_in && described.is_some()));
    // The first word of a bank's own text may be what it did: `REVERSAL ACME PAYROLL`.
    let from = if entry || spoken.is_some() { lead } else { 1 };
    let offset =
        |count: usize| -> usize { words.iter().take(count).map(|word| word.len() + 1).sum() };
    let payer = if known {
        offset(lead)..offset(end) + 1
    } else {
        0..0
    };
    let quiet = if known {
        offset(from.max(lead))..payer.end
    } else {
        0..0
    };
    let reading = lexicon::read(&text, &quiet);
    let said: String = words.get(end..head).unwrap_or_default().concat();
    let reference = numbered.or_else(|| after.iter().rev().find(|word| is_reference(word)));
    Descriptor {
        purpose: if known { purpose(&said) } else { 0 },
        reference: reference.map_or(0, |word| number(word.bytes())),
        reading,
        payer,
        text,
        named_company: false,
        company_id: None,
        recipient: None,
    }
}

/// Whether a word is a date as an ACH entry has it: `YYMMDD`.
fn is_entry_date(word: &str) -> bool {
    let two = |at: usize| word.get(at..at + 2).and_then(|two| two.parse::<u32>().ok());
    word.len() == 6
        && two(0).is_some()
        && two(2).is_some_and(|month| (1..=12).contains(&month))
        && two(4).is_some_and(|day| (1..=31).contains(&day))
}

#[derive(Default)]
struct Fields<'a> {
    lead: &'a str,
    company: Option<&'a str>,
    description: Option<&'a str>,
    company_id: Option<&'a str>,
    /// The sender's number of the recipient.
    individual: Option<&'a str>,
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
            "IND ID" | "ID" => self.individual = Some(value),
            "CO ID" => {
                self.company_id = value.split_ascii_whitespace().next();
                self.tail = Some(value);
            }
            label if label.ends_with(" ID") => self.company_id = Some(value),
            _ => {}
        }
    }

    fn assemble(self) -> Descriptor {
        let mut text = lexicon::normalise(self.company.map_or("", |_| self.lead));
        let start = text.len().saturating_sub(1);
        lexicon::append_normalised(&mut text, self.company.unwrap_or(self.lead));
        let mut payer = start..text.len();
        let mut described = self.description.map_or(0, purpose);
        if self.description.is_none()
            && let Some(name) = text.get(payer.clone())
        {
            let words: Vec<&str> = name.split_ascii_whitespace().collect();
            if let Some(count) = lexicon::entry_words(&words, false).filter(|n| *n < words.len()) {
                let said = words.get(words.len() - count..).unwrap_or_default();
                let bytes: usize = said.iter().map(|word| word.len() + 1).sum();
                payer.end -= bytes;
                described = purpose(&said.concat());
            }
        }
        for part in [self.description, self.tail].into_iter().flatten() {
            lexicon::append_normalised(&mut text, part);
        }
        let mut reading = lexicon::read(&text, &payer);
        if self.description.is_some_and(is_pay) {
            reading.terms.insert(Term::Payroll);
        }
        let individual = self.individual.filter(|id| !id.is_empty());
        let id = individual.or(self.company_id).unwrap_or("");
        Descriptor {
            named_company: payer.len() > 1,
            payer,
            purpose: described,
            reference: number(id.bytes()),
            text,
            reading,
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

#[cfg(test)]
mod tests {
    use super::*;

    fn key(raw: &str) -> String {
        Descriptor::parse(raw, true)
            .counterparty(&Holders::new(["Jane Doe"].into_iter()))
            .0
    }

    #[test]
    fn the_recipient_is_no_payer() {
        let chase = Descriptor::parse(
            "ORIG CO NAME:Northwind Traders ORIG ID:1943000021 DESC DATE:260723 CO ENTRY \
             DESCR:PAYROLL SEC:PPD TRACE#:021000028611043 EED:260723 IND ID:77 \
             IND NAME:PAYDAY LOAN JOE",
            true,
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
            assert_eq!(key(raw), "NORTHWIND TRADERS", "{raw}");
        }
        assert_eq!(
            counterparty::label("NORTHWIND TRADERS"),
            "Northwind Traders"
        );
    }

    #[test]
    fn a_text_of_nothing_but_filler_still_has_a_key() {
        assert_eq!(key("DIRECT DEPOSIT"), "DIRECT DEPOSIT");
        assert_eq!(key("12345"), "12345");
        assert_eq!(key(""), "");
        assert!(!key("Ünïcode Bäckerei").is_empty());
    }

    #[test]
    fn a_name_is_no_deed_in_any_layout() {
        for raw in [
            "ORIG CO NAME:RETURN PATH MEDIA ORIG ID:1943000021 CO ENTRY DESCR:DIR DEP SEC:PPD",
            "RETURN PATH MEDI DES:DIR DEP ID:XX1234 INDN:DOE JANE CO ID:XXXXX56789 PPD",
            "RETURN PATH MEDI DIR DEP PPD ID: 1100448744",
            "RETURN PATH MEDI PAYMENTS PPD ID: 1100448744",
            "RETURN PATH MEDI EDI PYMNTS 260115 12345 DOE JANE",
            "ACH Deposit RETURN PATH MEDI - DIR DEP",
            "THE RETURN PATH DIRECT DEP",
        ] {
            let terms = Descriptor::parse(raw, true).reading.terms;
            assert!(!terms.has(Term::Return), "{raw}");
        }
        for raw in [
            "ACME CORP PAYROLL REVERSAL",
            "ORIG CO NAME:ACME ORIG ID:1943000021 CO ENTRY DESCR:REVERSAL SEC:PPD",
            "ACME DES:REVERSAL ID:XX1234 INDN:DOE JANE CO ID:XXXXX56789 PPD",
            "ACME REVERSAL PPD ID: 1100448744",
            "ACH Deposit ACME - REVERSAL",
        ] {
            let terms = Descriptor::parse(raw, true).reading.terms;
            assert!(terms.has(Term::Reversal), "{raw}");
        }
    }

    #[test]
    fn two_jobs_behind_one_processor_have_two_numbers() {
        let of = |raw| Descriptor::parse(raw, true).reference;
        assert_eq!(
            of("ADP PAYROLL 240607 XX0250 DOE JANE"),
            of("ADP PAYROLL 240614 XX0250 DOE JANE")
        );
        assert_ne!(
            of("ADP PAYROLL 240607 XX0250 DOE JANE"),
            of("ADP PAYROLL 240607 XX9594 DOE JANE")
        );
        assert_eq!(of("ADP PAYROLL"), 0);
    }
}
