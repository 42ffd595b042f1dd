//! Postal addresses in the notation of banks: one line, shortened in many ways.

use super::words::words;
use crate::analysis::names::similarity;
use crate::application::Address;

/// A street is the same from this likeness on, in thousandths. Stricter than for names: streets have
/// no short forms, and many are alike. A judgement.
const ALIKE_STREETS: i64 = 900;

// Parts of the score of an address, in thousandths; they make 1,000. A judgement: the ZIP code is
// written the same everywhere and says the most, the other two tell a neighbour.

/// The ZIP code is there.
const ZIP: i64 = 400;
/// The house number is there.
const HOUSE_NUMBER: i64 = 300;
/// The street's name is there.
const STREET_NAME: i64 = 300;
/// Both name an apartment, and not the same: somebody else in the house.
const OTHER_UNIT: i64 = 150;
/// The digits of a ZIP code that every bank writes; four more may follow.
const ZIP_DIGITS: usize = 5;
/// With those four.
const ZIP_DIGITS_LONG: usize = 9;
/// Short for the state, and for a floor: that has a number after it that is no ZIP code. No other word
/// of the tables is both a unit and a state.
const FLORIDA: &str = "FL";

/// Words of a street that name none, and short forms.
const TYPES: &[&str] = &[
    "ALLEY",
    "ALY",
    "AV",
    "AVE",
    "AVENUE",
    "BLVD",
    "BOULEVARD",
    "CIR",
    "CIRCLE",
    "COURT",
    "CT",
    "DR",
    "DRIVE",
    "E",
    "EAST",
    "EXPRESSWAY",
    "EXPY",
    "HIGHWAY",
    "HWY",
    "LANE",
    "LN",
    "LOOP",
    "N",
    "NE",
    "NORTH",
    "NORTHEAST",
    "NORTHWEST",
    "NW",
    "PARKWAY",
    "PIKE",
    "PKWY",
    "PL",
    "PLACE",
    "PLAZA",
    "PLZ",
    "RD",
    "ROAD",
    "ROUTE",
    "RTE",
    "S",
    "SE",
    "SOUTH",
    "SOUTHEAST",
    "SOUTHWEST",
    "SQ",
    "SQUARE",
    "ST",
    "STREET",
    "SW",
    "TER",
    "TERRACE",
    "TPKE",
    "TRAIL",
    "TRL",
    "TURNPIKE",
    "W",
    "WAY",
    "WEST",
];
/// Before the number of an apartment.
const UNITS: &[&str] = &[
    "APARTMENT",
    "APT",
    "BLDG",
    "BUILDING",
    "FL",
    "FLOOR",
    "LOT",
    "RM",
    "ROOM",
    "STE",
    "SUITE",
    "UNIT",
];
/// Streets that are numbered by words.
const ORDINALS: &[(&str, &str)] = &[
    ("FIRST", "1ST"),
    ("SECOND", "2ND"),
    ("THIRD", "3RD"),
    ("FOURTH", "4TH"),
    ("FIFTH", "5TH"),
    ("SIXTH", "6TH"),
    ("SEVENTH", "7TH"),
    ("EIGHTH", "8TH"),
    ("NINTH", "9TH"),
    ("TENTH", "10TH"),
];

/// The words of an address, with its apartment apart.
struct Parts {
    words: Vec<String>,
    unit: Option<String>,
}

impl Parts {
    fn of(text: &str) -> Self {
        let text = text.replace('#', " UNIT ");
        let (mut kept, mut unit) = (Vec::new(), None);
        let mut rest = words(&text).into_iter().peekable();
        while let Some(word) = rest.next() {
            let numbered = rest.peek().is_some_and(|next| {
                !UNITS.contains(&next.as_str())
                    && !is_zip(next)
                    && (word != FLORIDA || next.bytes().any(|byte| byte.is_ascii_digit()))
            });
            if !UNITS.contains(&word.as_str()) {
                let ordinal = ORDINALS.iter().find(|(long, _)| *long == word);
                kept.push(ordinal.map_or(word, |(_, short)| (*short).to_owned()));
            } else if numbered {
                unit = rest.next();
            }
        }
        Self { words: kept, unit }
    }

    fn has(&self, word: &str) -> bool {
        self.words.iter().any(|other| other == word)
    }
}

/// `10003`, and `100031234`. No apartment has such a number.
fn is_zip(word: &str) -> bool {
    is_number(word) && matches!(word.len(), ZIP_DIGITS | ZIP_DIGITS_LONG)
}

fn is_number(word: &str) -> bool {
    word.chars().all(|c| c.is_ascii_digit())
}

/// How much of the address is in the bank's text, in thousandths; `None` where there is nothing to
/// compare.
pub(super) fn address_score(address: &Address, raw: &str) -> Option<i64> {
    let theirs = Parts::of(raw);
    let street = Parts::of(&address.street);
    let zip: String = address
        .postal_code
        .chars()
        .filter(char::is_ascii_digit)
        .take(ZIP_DIGITS)
        .collect();
    if theirs.words.is_empty() || street.words.is_empty() {
        return None;
    }
    let has_zip = theirs
        .words
        .iter()
        .any(|word| is_zip(word) && word.starts_with(&zip));
    let number = street.words.iter().find(|word| is_number(word));
    let named = || street.words.iter().filter(|word| !is_number(word));
    // `Court Street` is called after such a word.
    let name = named()
        .filter(|word| !TYPES.contains(&word.as_str()))
        .max_by_key(|word| (word.len(), std::cmp::Reverse(*word)))
        .or_else(|| named().next());
    let alike = |name: &String| {
        let numbered = name.bytes().any(|byte| byte.is_ascii_digit());
        theirs
            .words
            .iter()
            .any(|other| other == name || (!numbered && similarity(name, other) >= ALIKE_STREETS))
    };
    let parts = [
        (ZIP, zip.len() == ZIP_DIGITS && has_zip),
        (
            HOUSE_NUMBER,
            number.is_some_and(|number| theirs.has(number)),
        ),
        (STREET_NAME, name.is_some_and(alike)),
    ];
    let found = parts.into_iter().filter(|(_, there)| *there);
    let score: i64 = found.map(|(worth, _)| worth).sum();
    let other_unit = street.unit.is_some() && theirs.unit.is_some() && street.unit != theirs.unit;
    Some(if other_unit && score > ZIP {
        score - OTHER_UNIT
    } else {
        score
    })
}
