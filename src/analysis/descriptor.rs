//! What a bank description says, field by field.
//!
//! ACH credits and debits arrive in several notations: named fields (`ORIG CO NAME:`, `DES:`) at
//! some banks, free text at others. The recipient's name is a field of its own and is kept out of
//! the text that is searched: it would find the customer on every row.

use std::ops::{Range, RangeInclusive};
use std::sync::LazyLock;

use regex::Regex;

use super::counterparty::{self, Counterparty, Holders, is_reference};
use crate::lexicon::{self, Lexicon, Reading, Term};

/// A description, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Descriptor<'l> {
    /// The words to search, without the recipient and the trace numbers; normalised.
    text: String,
    /// Where in `text` the counterparty is named; empty where that cannot be told from the rest.
    payer: Range<usize>,
    /// What the words say.
    pub(super) reading: Reading<'l>,
    /// Whether a field of its own names a company.
    pub(super) named_company: bool,
    /// The company's own identification, where it is not masked.
    company_id: Option<String>,
    /// What the sender calls the payment: the same number for the same words, 0 for none.
    pub(super) purpose: u32,
    /// Whom the sender pays, in the sender's own number. It tells two jobs behind one payroll processor
    /// apart.
    pub(super) reference: Reference,
}

/// Where in a description a number stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reference {
    /// Nowhere.
    None,
    /// It is the word of this position.
    Word(usize),
    /// It is a part of the text.
    Part {
        /// Where that begins.
        start: usize,
        /// Where it ends.
        end: usize,
    },
}

impl Reference {
    /// The number as one that is the same for the same text, 0 for none.
    pub(super) fn number(self, raw: &str) -> u32 {
        match self {
            Self::None => 0,
            Self::Word(position) if raw.is_ascii() => {
                let words = raw.as_bytes().split(|byte| !lexicon::is_of_word(*byte));
                let mut words = words.filter(|word| word.iter().any(u8::is_ascii_alphanumeric));
                let word = words.nth(position).unwrap_or_default().iter();
                let bytes = word.filter(|byte| **byte != b'\'');
                number(bytes.map(u8::to_ascii_uppercase))
            }
            Self::Word(position) => {
                let text = lexicon::normalise(raw);
                let word = text.split_ascii_whitespace().nth(position);
                number(word.unwrap_or_default().bytes())
            }
            Self::Part { start, end } => number(raw.get(start..end).unwrap_or_default().bytes()),
        }
    }
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

impl<'l> Descriptor<'l> {
    /// Takes a description apart. `money_in`: whether it is of money that came in.
    pub(super) fn parse(raw: &str, money_in: bool, lexicon: &'l Lexicon) -> Self {
        let fields = if raw.contains(':') { fields(raw) } else { None };
        match fields {
            Some(fields) => fields.assemble(lexicon),
            None => free(raw, money_in, lexicon),
        }
    }

    /// Whether a payment between persons names the holder: it is from another account of theirs.
    pub(super) fn is_from_holder(&self, holders: &Holders) -> bool {
        self.reading.terms.has(Term::PersonToPerson) && holders.are_named_in(&self.text)
    }

    /// The words that were searched, in normal form.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// The counterparty.
    pub(super) fn counterparty(&self, holders: &Holders) -> Counterparty {
        if let Some(name) = self.reading.name {
            return Counterparty::of_usual_name(name);
        }
        let named = self
            .text
            .get(self.payer.clone())
            .filter(|name| !name.trim().is_empty());
        let from = named.unwrap_or(&self.text);
        let processor = self.reading.terms.has(Term::Processor) && self.named_company;
        let id = self.company_id.as_deref();
        Counterparty::of_text(from, holders, id.map(|id| (id, processor)))
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
fn free<'l>(raw: &str, money_in: bool, lexicon: &'l Lexicon) -> Descriptor<'l> {
    let text = lexicon::normalise(raw);
    if let Some(glued) = glued(&text, lexicon) {
        return glued;
    }
    let form = Form::of(&text);
    let spoken = (form.lead > 1)
        .then(|| raw.rsplit_once(" - "))
        .flatten()
        .map(|(left, _)| lexicon::normalise(left).len())
        .filter(|end| *end > form.lead && *end < form.head);
    let names = text.get(form.lead..form.head).unwrap_or_default();
    let end = match spoken {
        Some(end) => Some(end),
        None if money_in || form.is_entry => {
            lexicon::entry_words(names, !form.is_entry).map(|words| before(&text, form.head, words))
        }
        None => None,
    };
    // What came in is told from a name only where words of pay follow it. Money out that says so is
    // pay taken back, and what is done stands before the name.
    let end = end.or_else(|| form.is_entry.then_some(form.head));
    let named = end.filter(|end| *end > form.lead);
    // The first word of a bank's own text may be what it did: `REVERSAL ACME PAYROLL`,
    // `DEBIT REJECT ACME PAY`.
    let from = if form.is_entry || spoken.is_some() {
        form.lead
    } else {
        let second = text.get(form.lead..).and_then(|rest| rest.find(' '));
        second.map_or(form.lead, |at| form.lead + at + 1)
    };
    let payer = named.map_or(0..0, |end| form.lead - 1..end);
    let quiet = named.map_or(0..0, |end| from - 1..end.max(from));
    let said = named.and_then(|end| text.get(end..form.head));
    let mut reading = lexicon.read(&text, &quiet);
    if form.is_entry && said.is_some_and(is_pay) {
        reading.terms.insert(Term::Payroll);
    }
    Descriptor {
        purpose: purpose(said.unwrap_or_default()),
        reference: form.reference,
        reading,
        payer,
        text,
        named_company: false,
        company_id: None,
    }
}

/// A text without spaces: the name ends where a word of pay begins.
fn glued<'l>(text: &str, lexicon: &'l Lexicon) -> Option<Descriptor<'l>> {
    let word = text.trim_ascii();
    let name = (!word.contains(' '))
        .then(|| counterparty::glued(word))
        .flatten()?;
    let payer = 0..name.len() + 1;
    Some(Descriptor {
        reading: lexicon.read(text, &payer),
        purpose: purpose(word.get(name.len()..).unwrap_or_default()),
        payer,
        text: text.to_owned(),
        named_company: false,
        company_id: None,
        reference: Reference::None,
    })
}

/// The form of a normalised text: where in it what stands.
struct Form {
    /// Where the first word begins that is none of [`LEADS`].
    lead: usize,
    /// Where the first number begins.
    head: usize,
    /// Whether that is the date of an ACH entry, and the number of the recipient follows.
    is_entry: bool,
    /// That number, or the last one that there is.
    reference: Reference,
}

impl Form {
    fn of(text: &str) -> Self {
        let mut form = Self {
            lead: 1,
            head: text.len(),
            is_entry: false,
            reference: Reference::None,
        };
        let (mut at, mut leads, mut numbers) = (1, true, 0_usize);
        let mut dated = false;
        // Where a date stands right after words of pay: a number before those is of a name.
        let mut paid_on = None;
        for (position, word) in text.split_ascii_whitespace().enumerate() {
            leads = leads && LEADS.contains(&word);
            let next = at + word.len() + 1;
            if leads {
                form.lead = next;
            }
            let reference = is_reference(word);
            if reference && numbers == 0 {
                form.head = at;
            }
            if form.head < text.len() {
                dated |= numbers == 0 && is_entry_date(word.as_bytes());
                if reference && numbers == 1 && dated {
                    form.is_entry = true;
                }
                if let Some(date) = paid_on.take().filter(|_| reference && !form.is_entry) {
                    (form.head, form.is_entry, numbers) = (date, true, 1);
                }
                if numbers > 0 && !form.is_entry && is_entry_date(word.as_bytes()) {
                    let name = text.get(form.lead..at).unwrap_or_default();
                    paid_on = lexicon::entry_words(name, true).map(|_| at);
                }
                if reference && !(form.is_entry && numbers > 1) {
                    form.reference = Reference::Word(position);
                }
                numbers += 1;
            }
            at = next;
        }
        form
    }
}

/// Where the last `words` words before `end` begin.
fn before(text: &str, end: usize, words: usize) -> usize {
    let mut spaces = text
        .get(..end.saturating_sub(1))
        .unwrap_or_default()
        .rmatch_indices(' ');
    spaces
        .nth(words.saturating_sub(1))
        .map_or(end, |(at, _)| at + 1)
}

/// Whether a word is a date as an ACH entry has it: `YYMMDD`.
pub(super) fn is_entry_date(word: &[u8]) -> bool {
    let two = |tens: u8, ones: u8| {
        let digits = tens.is_ascii_digit() && ones.is_ascii_digit();
        digits.then(|| (tens - b'0') * 10 + (ones - b'0'))
    };
    let [year @ .., m1, m2, d1, d2] = word else {
        return false;
    };
    matches!(year, [tens, ones] if two(*tens, *ones).is_some())
        && two(*m1, *m2).is_some_and(|month| (1..=12).contains(&month))
        && two(*d1, *d2).is_some_and(|day| (1..=31).contains(&day))
}

#[derive(Default)]
struct Fields<'a> {
    lead: &'a str,
    company: Option<&'a str>,
    description: Option<&'a str>,
    company_id: Option<(&'a str, usize)>,
    /// The sender's number of the recipient, and where it begins.
    individual: Option<(&'a str, usize)>,
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
            Some((name, from)) => fields.set(name, raw.get(from..found.start())?, from),
            None => fields.lead = raw.get(..found.start())?,
        }
        open = Some((found.as_str(), found.end()));
    }
    let (name, from) = open?;
    fields.set(name, raw.get(from..)?, from);
    Some(fields)
}

impl<'a> Fields<'a> {
    /// Takes up the value of a label, which begins at `from` in the text.
    fn set(&mut self, label: &str, value: &'a str, from: usize) {
        let at = from + (value.len() - value.trim_start().len());
        let value = value.trim();
        let label = label.trim_end_matches(':').to_ascii_uppercase();
        match label.as_str() {
            "ORIG CO NAME" => self.company = Some(value),
            "CO ENTRY DESCR" | "CO ENTRY DESC" | "DES" => self.description = Some(value),
            "CO" => self.company = self.company.or(Some(value)),
            "ORIG ID" => self.company_id = Some((value, at)),
            "IND ID" | "ID" => self.individual = Some((value, at)),
            "CO ID" => {
                self.company_id = value.split_ascii_whitespace().next().map(|id| (id, at));
                self.tail = Some(value);
            }
            label if label.ends_with(" ID") => self.company_id = Some((value, at)),
            _ => {}
        }
    }

    fn assemble<'l>(self, lexicon: &'l Lexicon) -> Descriptor<'l> {
        let mut text = lexicon::normalise(self.company.map_or("", |_| self.lead));
        let start = text.len().saturating_sub(1);
        lexicon::append_normalised(&mut text, self.company.unwrap_or(self.lead));
        let mut payer = start..text.len();
        let mut described = self.description.map_or(0, purpose);
        let mut said_pay = false;
        if self.description.is_none()
            && let Some(name) = text.get(payer.clone())
        {
            let count = name.split_ascii_whitespace().count();
            if let Some(words) = lexicon::entry_words(name, false).filter(|words| *words < count) {
                let end = before(&text, payer.end, words);
                let said = text.get(end..payer.end).unwrap_or_default();
                described = purpose(said);
                said_pay = is_pay(said);
                payer.end = end;
            }
        }
        for part in [self.description, self.tail].into_iter().flatten() {
            lexicon::append_normalised(&mut text, part);
        }
        let mut reading = lexicon.read(&text, &payer);
        if self.description.is_some_and(is_pay) || said_pay {
            reading.terms.insert(Term::Payroll);
        }
        let individual = self.individual.filter(|(id, _)| !id.is_empty());
        let number = individual.or(self.company_id);
        Descriptor {
            named_company: payer.len() > 1,
            payer,
            purpose: described,
            reference: number.map_or(Reference::None, |(id, start)| Reference::Part {
                start,
                end: start + id.len(),
            }),
            text,
            reading,
            company_id: self
                .company_id
                .map(|(id, _)| id)
                .filter(|id| is_company_id(id))
                .map(str::to_owned),
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

    fn parse(raw: &str, money_in: bool) -> Descriptor<'static> {
        Descriptor::parse(raw, money_in, Lexicon::built_in())
    }

    fn key(raw: &str) -> String {
        parse(raw, true)
            .counterparty(&Holders::new(["Jane Doe"].into_iter()))
            .key
    }

    #[test]
    fn the_recipient_is_no_payer() {
        let chase = parse(
            "ORIG CO NAME:Northwind Traders ORIG ID:1943000021 DESC DATE:260723 CO ENTRY \
             DESCR:PAYROLL SEC:PPD TRACE#:021000028611043 EED:260723 IND ID:77 \
             IND NAME:PAYDAY LOAN JOE",
            true,
        );
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
            let terms = parse(raw, true).reading.terms;
            assert!(!terms.has(Term::Return), "{raw}");
        }
        for raw in [
            "ACME CORP PAYROLL REVERSAL",
            "ORIG CO NAME:ACME ORIG ID:1943000021 CO ENTRY DESCR:REVERSAL SEC:PPD",
            "ACME DES:REVERSAL ID:XX1234 INDN:DOE JANE CO ID:XXXXX56789 PPD",
            "ACME REVERSAL PPD ID: 1100448744",
            "ACH Deposit ACME - REVERSAL",
        ] {
            let terms = parse(raw, true).reading.terms;
            assert!(terms.has(Term::Reversal), "{raw}");
        }
    }

    #[test]
    fn two_jobs_behind_one_processor_have_two_numbers() {
        let of = |raw| parse(raw, true).reference.number(raw);
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
