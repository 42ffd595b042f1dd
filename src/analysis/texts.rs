//! Reads the descriptions of all rows. Most of them say what one before them said, but for a date or
//! a number, so that what was read is kept, and read once.

use std::collections::BTreeMap;

use super::classify::Words;
use super::counterparty::{Counterparty, Holders};
use super::descriptor::{Descriptor, Reference, is_entry_date};
use crate::lexicon::{Lexicon, is_of_number, is_of_word};

/// What a description says, whatever its numbers are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Said {
    /// Its words.
    pub(super) words: Words,
    /// What the sender calls the payment, as a number; 0 for nothing.
    pub(super) purpose: u32,
    /// The counterparty, by position.
    pub(super) counterparty: u32,
    /// Whether a payment between persons names the holder.
    pub(super) is_from_holder: bool,
    reference: Reference,
}

/// Reads descriptions, one after the other.
pub(super) struct Texts<'a> {
    lexicon: &'a Lexicon,
    holders: Holders,
    counterparties: Vec<Counterparty>,
    by_key: BTreeMap<String, u32>,
    memory: Memory,
}

impl<'a> Texts<'a> {
    /// For as many rows.
    pub(super) fn new(lexicon: &'a Lexicon, holders: Holders, rows: usize) -> Self {
        Self {
            lexicon,
            holders,
            counterparties: Vec::new(),
            by_key: BTreeMap::new(),
            memory: Memory::new(rows),
        }
    }

    /// What a description of money in, or out, says, and the number of the recipient in it; 0 for
    /// none, and for money out.
    pub(super) fn read(&mut self, raw: &str, money_in: bool) -> (Said, u32) {
        let place = (raw.is_ascii() && !self.holders.has_number())
            .then(|| self.memory.place(raw, money_in, self.lexicon));
        let known = place.and_then(|place| self.memory.get(place));
        let said = match known {
            Some(said) => said,
            None => self.read_anew(raw, money_in, place),
        };
        let reference = if money_in {
            said.reference.number(raw)
        } else {
            0
        };
        (said, reference)
    }

    /// The counterparties that were named.
    pub(super) fn into_counterparties(self) -> Vec<Counterparty> {
        self.counterparties
    }

    fn read_anew(&mut self, raw: &str, money_in: bool, place: Option<Place>) -> Said {
        let descriptor = Descriptor::parse(raw, money_in, self.lexicon);
        let counterparty = descriptor.counterparty(&self.holders);
        // INVARIANT: a key with a number in it is another for another number. It is parted as texts are.
        let lasting = !counterparty
            .key
            .as_bytes()
            .split(|byte| !is_of_word(*byte))
            .any(is_number);
        let said = Said {
            words: Words::of(&descriptor),
            purpose: descriptor.purpose,
            is_from_holder: descriptor.is_from_holder(&self.holders),
            reference: descriptor.reference,
            counterparty: self.counterparty(counterparty),
        };
        if let Some(place) = place.filter(|_| lasting) {
            self.memory.keep(place, said);
        }
        said
    }

    fn counterparty(&mut self, found: Counterparty) -> u32 {
        if let Some(index) = self.by_key.get(&found.key) {
            let known = usize::try_from(*index).ok();
            let known = known.and_then(|index| self.counterparties.get_mut(index));
            // A usual name is shown as written, whichever of the texts came first.
            if let Some(known) = known.filter(|_| found.label == found.key) {
                known.label = found.label;
            }
            return *index;
        }
        let index = u32::try_from(self.counterparties.len()).unwrap_or(u32::MAX);
        self.by_key.insert(found.key.clone(), index);
        self.counterparties.push(found);
        index
    }
}

fn is_number(word: &[u8]) -> bool {
    word.iter().all(|byte| is_of_number(*byte)) && word.iter().any(u8::is_ascii_digit)
}

/// A digit of a number; no byte of a text that is kept.
const DIGIT: u8 = 0x80;
/// A digit of a date as an ACH entry has it.
const DIGIT_OF_DATE: u8 = 0x81;
/// Fewer digits are no number but a word.
const DIGITS_MIN: usize = 2;

/// Texts kept at most, a power of two. A text of the same place as another takes it over, and when so many
/// were kept all are forgotten, which costs time and nothing else. A household pays some hundred payees.
const TEXTS_MAX: usize = 2_048;

/// What was read of the texts before, each at the place that its bytes say.
struct Memory {
    /// Of each place which of `slots` is there, counted from one; 0 for none.
    places: Vec<u32>,
    slots: Vec<Slot>,
    /// The bytes of the texts that are kept, one after the other.
    kept: Vec<u8>,
    /// The text at hand: its direction, and its bytes without what numbers are.
    current: Vec<u8>,
}

struct Slot {
    start: usize,
    end: usize,
    said: Said,
}

/// Where a text is kept.
#[derive(Clone, Copy)]
struct Place(usize);

impl Memory {
    fn new(rows: usize) -> Self {
        let size = rows.next_power_of_two().min(TEXTS_MAX);
        Self {
            places: vec![0; size],
            slots: Vec::new(),
            kept: Vec::new(),
            current: Vec::new(),
        }
    }

    /// Takes up a text, which is ASCII, and tells its place.
    fn place(&mut self, raw: &str, money_in: bool, lexicon: &Lexicon) -> Place {
        self.current.clear();
        self.current.push(u8::from(money_in));
        self.current.extend_from_slice(raw.as_bytes());
        let mut at = 1;
        while let Some(rest) = self.current.get_mut(at..)
            && let Some(digit) = rest.iter().position(u8::is_ascii_digit)
        {
            let (before, after) = rest.split_at(digit);
            let start = digit
                - before
                    .iter()
                    .rev()
                    .take_while(|byte| is_of_word(**byte))
                    .count();
            let end = digit + after.iter().take_while(|byte| is_of_word(**byte)).count();
            if let Some(word) = rest.get_mut(start..end) {
                mask(word, lexicon);
            }
            at += end;
        }
        let hash = hash(&self.current);
        let size = u64::try_from(self.places.len().max(1)).unwrap_or(1);
        Place(usize::try_from(hash % size).unwrap_or(0))
    }

    /// What was read of the text at hand.
    fn get(&self, place: Place) -> Option<Said> {
        let number = usize::try_from(*self.places.get(place.0)?).ok()?;
        let slot = self.slots.get(number.checked_sub(1)?)?;
        let kept = self.kept.get(slot.start..slot.end)?;
        (kept == self.current).then_some(slot.said)
    }

    fn keep(&mut self, place: Place, said: Said) {
        if self.slots.len() >= TEXTS_MAX {
            self.places.fill(0);
            self.slots.clear();
            self.kept.clear();
        }
        let start = self.kept.len();
        self.kept.extend_from_slice(&self.current);
        let end = self.kept.len();
        self.slots.push(Slot { start, end, said });
        let number = u32::try_from(self.slots.len()).unwrap_or(0);
        if let Some(at) = self.places.get_mut(place.0) {
            *at = number;
        }
    }
}

/// Masks a word where it is a number that no phrase reads.
fn mask(word: &mut [u8], lexicon: &Lexicon) {
    let digits = word.iter().filter(|byte| byte.is_ascii_digit()).count();
    let is_number = word.iter().all(|byte| is_of_number(*byte));
    if !is_number || digits < DIGITS_MIN || lexicon.numbers().may_be_read(word) {
        return;
    }
    let digit = if is_entry_date(word) {
        DIGIT_OF_DATE
    } else {
        DIGIT
    };
    for byte in word.iter_mut().filter(|byte| byte.is_ascii_digit()) {
        *byte = digit;
    }
}

/// Eight bytes at a time, each multiplied in: enough to spread texts over places, where no one gains by
/// two texts of one place.
fn hash(bytes: &[u8]) -> u64 {
    const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;
    let (chunks, rest) = bytes.as_chunks::<8>();
    let mut last = [0; 8];
    for (to, from) in last.iter_mut().zip(rest) {
        *to = *from;
    }
    let mixed = chunks.iter().chain([&last]).fold(0_u64, |hash, chunk| {
        (hash.rotate_left(23) ^ u64::from_le_bytes(*chunk)).wrapping_mul(FACTOR)
    });
    mixed ^ mixed >> 32
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Texts in which a phrase, a date, a name or a reference hangs on a number. `9` is any digit.
    const SHAPES: &[&str] = &[
        "ORIG CO NAME:ACME INC ORIG ID:9999999999 DESC DATE:999999 CO ENTRY DESCR:PAYROLL SEC:PPD TRACE#:999999999 IND ID:XX99 IND NAME:DOE JANE",
        "ADP PAYROLL 269799 XX9999 DOE JANE",
        "ADP 99 PAY 261231 9999",
        "NORTHWIND DES:PAYROLL ID:XXXXX9999 INDN:DOE JANE CO ID:9999999999 PPD",
        "CO ID:9999999999",
        "ORIG CO NAME:ADP ORIG ID:99-9999999 CO ENTRY DESCR:PAYROLL SEC:PPD",
        "ORIG CO NAME: ORIG ID:99-9999999 CO ENTRY DESCR:PAYROLL SEC:PPD",
        "TRANSFER FROM 999 SAVINGS",
        "FROM 369 SAV 99",
        "BET369 LAS VEGAS",
        "CHAPTER 99 TRUSTEE 99",
        "1999 PAYMENT 99",
        "401K DIST 99",
        "99 999",
        "CHECK 9999",
        "RETURN R09 99",
        "O'NEIL'S 9'9 SHOP 99-99",
        "ZELLE FROM JANE DOE 99999",
        "ACMEPAYROLL999999",
        "7 ELEVEN 99999",
        "XX99 X9X9 9X",
        "CAFÉ99 Ñ99 SHOP",
        "ZELLE FROM STUDIO CONF# 11",
        "ZELLE FROM STUDIO CONF# 22",
    ];

    fn told<'a>(texts: &'a mut Texts<'_>, raw: &str, money_in: bool) -> (Said, u32, &'a str) {
        let (said, reference) = texts.read(raw, money_in);
        let index = usize::try_from(said.counterparty).unwrap();
        let key = texts.counterparties.get(index).unwrap().key.as_str();
        let said = Said {
            counterparty: 0,
            ..said
        };
        (said, reference, key)
    }

    fn texts(holder: &str) -> Texts<'static> {
        Texts::new(Lexicon::built_in(), Holders::new([holder].into_iter()), 64)
    }

    #[test]
    fn a_usual_name_is_shown_as_it_is_written() {
        let added = "employer (IBM): INTL BUSINESS MACHINES, IBM PAYABLES";
        let lexicon = Lexicon::with(crate::lexicon::read_lines(added).unwrap()).unwrap();
        let rows = ["INTL BUSINESS MACHINES PAYROLL", "IBM SHOP"];
        for order in [[0, 1], [1, 0]] {
            let mut texts = Texts::new(&lexicon, Holders::default(), 64);
            let read = order.map(|row| texts.read(rows[row], row == 0).0.counterparty);
            let all = texts.into_counterparties();
            let label = |index: u32| all[usize::try_from(index).unwrap()].label.as_str();
            let named = order.iter().position(|row| *row == 0).unwrap();
            assert_eq!(label(read[named]), "IBM", "{order:?}");
        }
        let mut texts = texts("Jane Doe");
        texts.read("NORTHWIND TRADERS PAYROLL", true);
        assert_eq!(texts.into_counterparties()[0].label, "Northwind Traders");
        // The words of a text may be the usual name: whichever comes first, it is one payer.
        for order in [[0, 1], [1, 0]] {
            let mut texts = Texts::new(&lexicon, Holders::default(), 64);
            let rows = ["IBM PAYABLES", "IBM 77"];
            for row in order {
                texts.read(rows[row], true);
            }
            let labels = texts.into_counterparties();
            let labels: Vec<_> = labels.iter().map(|one| one.label.as_str()).collect();
            assert_eq!(labels, ["IBM"]);
        }
    }

    proptest! {
        /// What is remembered is what would be read.
        #[test]
        fn a_text_says_the_same_whatever_was_read_before(
            rows in prop::collection::vec((0..SHAPES.len(), any::<u64>(), any::<bool>()), 1..60),
            holder in prop::sample::select(vec!["Jane Doe", "Studio 11"]),
        ) {
            let mut all = texts(holder);
            for (shape, mut digits, money_in) in rows {
                let raw: String = SHAPES[shape].chars().map(|c| match c {
                    '9' => {
                        let digit = char::from_digit(u32::try_from(digits % 10).unwrap(), 10).unwrap();
                        digits = (digits / 10).rotate_left(7);
                        digit
                    }
                    other => other,
                }).collect();
                let mut one = texts(holder);
                prop_assert_eq!(
                    told(&mut all, &raw, money_in),
                    told(&mut one, &raw, money_in),
                    "{}", raw
                );
            }
        }
    }
}
