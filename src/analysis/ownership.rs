//! Whether the accounts are the applicant's: names and addresses compared, however banks write
//! them.
//!
//! Words are aligned in any order (`SMITH JOHN`), with initials, common short forms and small
//! differences of spelling. Missing data is no mismatch: it has no score.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::account::{AccountInput, OwnerMatch};
use super::names::similarity;
use crate::application::{Address, ApplicationWithAccounts, Identity};
use crate::lexicon;
use crate::snapshot::{Absence, Owner, QualityFlag};

/// How the owners of an account compare with its applicant, or why they do not.
pub(super) fn compare_owners(
    application: &ApplicationWithAccounts,
    input: &AccountInput<'_>,
) -> Result<OwnerMatch, Absence> {
    let owners = input.snapshot.owners.known()?;
    // Whoever is not known by name may be the applicant, or somebody else.
    if input.snapshot.flags.contains(&QualityFlag::UnknownOwner) {
        return Err(Absence::NotOffered);
    }
    let applicant = application.applicants().get(input.applicant);
    applicant
        .and_then(|applicant| compare(input.applicant, &applicant.identity, owners))
        .ok_or(Absence::NotOffered)
}

fn compare(applicant: usize, identity: &Identity, owners: &[Owner]) -> Option<OwnerMatch> {
    let mut people = 0;
    let mut best: Option<(i64, Option<i64>)> = None;
    for owner in owners {
        let address = identity
            .address
            .as_ref()
            .zip(owner.raw_address.as_deref())
            .and_then(|(address, raw)| address_score(address, raw));
        for person in persons(&owner.name) {
            people += 1;
            let score = name_score(&words(&identity.name), &person);
            best = best.max(Some((score, address)));
        }
    }
    let (name_score, address_score) = best?;
    Some(OwnerMatch {
        applicant,
        owners: people,
        name_score,
        address_score,
    })
}

/// Titles and suffixes: they tell no people apart that a lender would.
const DECORATION: &[&str] = &[
    "DR", "ESQ", "II", "III", "IV", "JR", "MD", "MISS", "MR", "MRS", "MS", "PHD", "SR", "TTEE",
    "TRUSTEE",
];

pub(super) fn words(name: &str) -> Vec<String> {
    let plain: String = name.nfkd().filter(|c| !is_combining_mark(*c)).collect();
    lexicon::normalise(&plain)
        .split_ascii_whitespace()
        .filter(|word| !DECORATION.contains(word))
        .map(str::to_owned)
        .collect()
}

/// The people that one name line names: `PAT & LEE BUYER` are Pat Buyer and Lee Buyer.
pub(super) fn persons(line: &str) -> Vec<Vec<String>> {
    let upper = line.to_uppercase();
    let joined = upper
        .replace(['&', '/', '+', ';'], " \u{1f} ")
        .replace(" AND ", " \u{1f} ")
        .replace(" OR ", " \u{1f} ");
    let mut people: Vec<Vec<String>> = joined
        .split('\u{1f}')
        .map(words)
        .filter(|person| !person.is_empty())
        .collect();
    let family = people
        .last()
        .filter(|last| last.len() > 1)
        .and_then(|last| last.last())
        .cloned();
    if let Some(family) = family {
        for person in people.iter_mut().filter(|person| person.len() == 1) {
            person.push(family.clone());
        }
    }
    people
}

// Scores of names, in thousandths. They are set by what comes of them in the usual bands: from 800
// on a strong match (a short form, a spelling), from 650 a possible one, from 500 a relative, below
// that nobody. The tests hold names of many customs to those bands.

/// The same.
const SAME: i64 = 1_000;
/// A name that only one side has, taken off: one middle name leaves a strong match, as do several.
const EXTRA_NAME: i64 = 40;
/// All such names together take off no more: Spanish and Portuguese names have four words and more,
/// and banks shorten them. A judgement.
const EXTRA_NAMES_MAX: i64 = 160;
/// One word alone, a family name perhaps, never is even a possible match.
const ONE_WORD_MAX: i64 = 600;
/// A common short form, `BILL` for `WILLIAM`: a strong match alone.
const SHORT_FORM: i64 = 930;
/// An initial for a name that begins with it: still strong where the family name is the same, but
/// other names begin so too.
const INITIAL: i64 = 850;
/// From here on a match is strong.
pub(super) const STRONG_NAME_SCORE: i64 = 800;
/// Words less alike than this are different ones. A judgement: misspellings and transliterations
/// rarely fall lower. Near names (`MARIA`, `MARTA`) pass too, so it is not to be lowered.
const ALIKE: i64 = 850;
/// Words that are merely alike are never quite the same.
const ALIKE_MAX: i64 = 990;

/// How alike two names are, in thousandths: 1000 is the same.
pub(super) fn name_score(a: &[String], b: &[String]) -> i64 {
    if a.is_empty() || b.is_empty() {
        return 0;
    }
    // `MAC DONALD` and `MACDONALD`.
    if a.concat() == b.concat() {
        return SAME;
    }
    let (short, long) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    let mut pairs: Vec<(i64, usize, usize)> = Vec::new();
    for (i, left) in short.iter().enumerate() {
        for (j, right) in long.iter().enumerate() {
            pairs.push((word_score(left, right), i, j));
        }
    }
    pairs.sort_by(|x, y| y.0.cmp(&x.0).then((x.1, x.2).cmp(&(y.1, y.2))));
    let (mut used_short, mut used_long) = (Vec::new(), Vec::new());
    let mut total = 0;
    for (score, i, j) in pairs {
        if score > 0 && !used_short.contains(&i) && !used_long.contains(&j) {
            used_short.push(i);
            used_long.push(j);
            total += score;
        }
    }
    let count = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
    let mean = total / count(short.len());
    let extra = (count(long.len() - short.len()) * EXTRA_NAME).min(EXTRA_NAMES_MAX);
    let score = (mean - extra).max(0);
    if short.len() == 1 {
        score.min(ONE_WORD_MAX)
    } else {
        score
    }
}

fn word_score(a: &str, b: &str) -> i64 {
    if a == b {
        return SAME;
    }
    let initial = |short: &str, long: &str| short.chars().count() == 1 && long.starts_with(short);
    if initial(a, b) || initial(b, a) {
        return INITIAL;
    }
    if SHORT_FORMS
        .iter()
        .any(|group| group.contains(&a) && group.contains(&b))
    {
        return SHORT_FORM;
    }
    let score = similarity(a, b);
    if score >= ALIKE {
        score.min(ALIKE_MAX)
    } else {
        0
    }
}

/// Common short forms of given names in the United States.
const SHORT_FORMS: &[&[&str]] = &[
    &["ALEXANDER", "ALEX", "ALEJANDRO"],
    &["ALEXANDRA", "ALEX", "SANDRA"],
    &["ANDREW", "ANDY", "DREW"],
    &["ANTHONY", "TONY"],
    &["BENJAMIN", "BEN"],
    &[
        "CATHERINE",
        "KATHERINE",
        "KATHRYN",
        "CATHY",
        "KATHY",
        "KATE",
        "KATIE",
    ],
    &["CHARLES", "CHARLIE", "CHUCK"],
    &["CHRISTOPHER", "CHRIS"],
    &["CHRISTINE", "CHRISTINA", "CHRIS", "TINA"],
    &["DANIEL", "DAN", "DANNY"],
    &["DAVID", "DAVE"],
    &["DEBORAH", "DEBRA", "DEB", "DEBBIE"],
    &["DONALD", "DON"],
    &["EDWARD", "ED", "EDDIE", "TED"],
    &["ELIZABETH", "LIZ", "BETH", "BETTY", "LISA", "ELIZA"],
    &["FRANCISCO", "PACO", "FRANK"],
    &["FREDERICK", "FRED"],
    &["GREGORY", "GREG"],
    &["GUADALUPE", "LUPE"],
    &["JACOB", "JAKE"],
    &["JAMES", "JIM", "JIMMY"],
    &["JEFFREY", "JEFF"],
    &["JENNIFER", "JEN", "JENNY"],
    &["JESUS", "CHUY"],
    &["JOHN", "JACK", "JOHNNY", "JON"],
    &["JONATHAN", "JON"],
    &["JOSE", "PEPE"],
    &["JOSEPH", "JOE", "JOEY"],
    &["JOSHUA", "JOSH"],
    &["KENNETH", "KEN", "KENNY"],
    &["KIMBERLY", "KIM"],
    &["LAWRENCE", "LARRY"],
    &["MARGARET", "MAGGIE", "MEG", "PEGGY"],
    &["MATTHEW", "MATT"],
    &["MICHAEL", "MIKE", "MICK"],
    &["NICHOLAS", "NICK"],
    &["PAMELA", "PAM"],
    &["PATRICIA", "PAT", "PATTY", "TRISH"],
    &["PATRICK", "PAT"],
    &["PETER", "PETE"],
    &["PHILIP", "PHILLIP", "PHIL"],
    &["REBECCA", "BECKY"],
    &["RICHARD", "RICK", "DICK", "RICH"],
    &["ROBERT", "BOB", "ROB", "BOBBY"],
    &["RONALD", "RON"],
    &["SAMANTHA", "SAM"],
    &["SAMUEL", "SAM"],
    &["STEPHEN", "STEVEN", "STEVE"],
    &["SUSAN", "SUE", "SUZANNE"],
    &["TERESA", "THERESA", "TERRY"],
    &["THOMAS", "TOM", "TOMMY"],
    &["TIMOTHY", "TIM"],
    &["VICTORIA", "VICKY"],
    &["VINCENT", "VINCE"],
    &["WILLIAM", "BILL", "WILL", "BILLY", "LIAM"],
    &["ZACHARY", "ZACH"],
];

// Parts of the score of an address, in thousandths; they make 1,000. A judgement: the ZIP code is
// written the same everywhere and says the most, the other two tell a neighbour.

/// The ZIP code is there.
const ZIP: i64 = 400;
/// The house number is there.
const HOUSE_NUMBER: i64 = 300;
/// The street's name is there.
const STREET_NAME: i64 = 300;
/// The digits of a ZIP code that every bank writes; four more may follow.
const ZIP_DIGITS: usize = 5;
/// Shorter words of a street, in bytes, are `ST`, `N` and the like, and name none.
const STREET_WORD_BYTES_MIN: usize = 3;
/// A street is the same from this likeness on, in thousandths. Stricter than for names: streets have
/// no short forms, and many are alike. A judgement.
const STREET_ALIKE: i64 = 900;

/// How much of the address is in the bank's text, in thousandths; `None` where there is nothing to
/// compare.
fn address_score(address: &Address, raw: &str) -> Option<i64> {
    let theirs = words(raw);
    let street = words(&address.street);
    let zip: String = address
        .postal_code
        .chars()
        .filter(char::is_ascii_digit)
        .take(ZIP_DIGITS)
        .collect();
    if theirs.is_empty() || street.is_empty() {
        return None;
    }
    let has = |word: &str| theirs.iter().any(|other| other == word);
    let number = street
        .iter()
        .find(|word| word.chars().all(|c| c.is_ascii_digit()));
    let name = street
        .iter()
        .filter(|word| {
            word.len() >= STREET_WORD_BYTES_MIN && !word.chars().all(|c| c.is_ascii_digit())
        })
        .max_by_key(|word| (word.len(), std::cmp::Reverse(*word)));
    let alike = |name: &String| {
        theirs
            .iter()
            .any(|other| similarity(name, other) >= STREET_ALIKE)
    };
    let parts = [
        (ZIP, zip.len() == ZIP_DIGITS && has(&zip)),
        (HOUSE_NUMBER, number.is_some_and(|number| has(number))),
        (STREET_NAME, name.is_some_and(alike)),
    ];
    let found = parts.into_iter().filter(|(_, there)| *there);
    Some(found.map(|(worth, _)| worth).sum())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn score(applicant: &str, owner: &str) -> i64 {
        persons(owner)
            .iter()
            .map(|person| name_score(&words(applicant), person))
            .max()
            .unwrap_or(0)
    }

    #[test]
    fn one_person_in_many_notations() {
        for (ours, theirs) in [
            ("Ana Souza", "SOUZA ANA"),
            ("Ana Souza", "SOUZA, ANA M"),
            ("José Núñez", "JOSE NUNEZ"),
            ("William O'Neil Jr.", "BILL ONEIL"),
            ("Thuy Nguyen", "NGUYEN THI THUY"),
            ("Maria Garcia-Lopez", "MARIA GARCIA LOPEZ"),
            ("Ian MacDonald", "IAN MAC DONALD"),
            ("Lorraine Purchaser", "PATRICK & LORRAINE PURCHASER"),
            ("R Patel", "RAVI PATEL"),
            ("Катя Иванова", "ИВАНОВА КАТЯ"),
        ] {
            assert!(
                score(ours, theirs) >= 800,
                "{ours} / {theirs}: {}",
                score(ours, theirs)
            );
        }
        assert_eq!(score("Ana Souza", "Ana Souza"), 1_000);
    }

    #[test]
    fn other_people_stay_other_people() {
        for (ours, theirs) in [
            ("Ana Souza", "Pedro Souza"),
            ("John Smith", "Mary Smith"),
            ("John Smith", "Northwind Holdings LLC"),
            ("John Smith", "SMITH"),
            ("John Smith", ""),
        ] {
            assert!(
                score(ours, theirs) < 650,
                "{ours} / {theirs}: {}",
                score(ours, theirs)
            );
        }
    }

    #[test]
    fn an_address_matches_by_number_zip_and_street() {
        let ours = Address {
            street: "12 Hazelwood Ave Apt 3".to_owned(),
            postal_code: "10003-1234".to_owned(),
            ..Address::default()
        };
        assert_eq!(
            address_score(&ours, "12 HAZELWOOD AVENUE #3, NEW YORK NY 10003"),
            Some(1_000)
        );
        assert_eq!(
            address_score(&ours, "99 OAK ST, NEW YORK NY 10003"),
            Some(400)
        );
        assert_eq!(address_score(&ours, ""), None);
    }
}
