//! Names of people: who is named by the line of an owner, and whether that is the applicant.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::words::words;
use crate::analysis::names::similarity;

/// Raised when the table of short forms changes; every decision records it.
pub const NICKNAMES_VERSION: u32 = 1;

/// A person as a line names one.
#[derive(Debug, Default)]
pub(in crate::analysis) struct Person {
    words: Vec<String>,
    /// All words of the text, sorted.
    all: Vec<String>,
    /// First for the father, second for the son.
    generation: Option<u8>,
    /// Whether the end of the line may have been cut off.
    cut: bool,
    /// The most that a name in such a line says.
    most: i64,
}

/// Titles, and how people own together: they tell no people apart.
const TITLES: &[&str] = &[
    "AKA", "CPA", "DDS", "DR", "ESQ", "JT", "JTTEN", "JTWROS", "MISS", "MR", "MRS", "MS", "PHD",
    "REV", "RN", "SRA", "TEN", "THE", "TRUSTEE", "TRUSTEES", "TTEE", "WROS",
];
/// Of which name a person is; the son of a senior is a junior.
const GENERATIONS: &[(&str, u8)] = &[
    ("SR", 1),
    ("SENIOR", 1),
    ("JR", 2),
    ("JUNIOR", 2),
    ("II", 2),
    ("2ND", 2),
    ("III", 3),
    ("3RD", 3),
    ("IV", 4),
];
/// Parts of family names that banks leave out, and write in many ways (`DE LA`, `DEL`).
const PARTICLES: &[&str] = &[
    "DA", "DAS", "DE", "DEL", "DEN", "DER", "DOS", "EL", "IBN", "LAS", "LOS", "MC", "VON", "ZU",
];
/// Such parts that are names as well, or tell people apart (`BIN`, `BINT`).
const PARTICLES_OR_NAMES: &[&str] = &[
    "ABU", "AL", "BIN", "BINT", "DI", "DO", "DU", "LA", "LE", "MAC", "SAN", "TER", "THI", "VAN",
    "Y",
];
/// A firm: whoever is named in its name may own it.
const FIRMS: &[&str] = &[
    "CO",
    "COMPANY",
    "CORP",
    "CORPORATION",
    "INC",
    "INCORPORATED",
    "LLC",
    "LLP",
    "LTD",
    "PC",
    "PLLC",
];
/// A trust: whoever is named in its name may have made it.
const TRUSTS: &[&str] = &[
    "DATED",
    "DTD",
    "FAMILY",
    "IRREVOCABLE",
    "LIVING",
    "REVOCABLE",
    "TRUST",
    "UA",
    "UTD",
];
/// From such a word on a line names another: a trade, a child, an heir.
const OTHERS: &[&str] = &[
    "BENEFICIARY",
    "CUSTODIAN",
    "CUST",
    "DBA",
    "FBO",
    "ITF",
    "POD",
    "TOD",
];
/// Banks cut names at twenty characters and more.
const CUT_FROM: usize = 20;
/// A name has so many words at least: what would leave fewer, dropped, is a name as well (`TEN WU`,
/// `ROBIN CO`, `MARIA SENIOR`).
const NAMES_MIN: usize = 2;
/// Words that are compared: no name has as many.
const WORDS_MAX: usize = 16;

impl Person {
    /// The person of a text that names one.
    pub(in crate::analysis) fn of(text: &str) -> Self {
        // `DOE, JANE` is Jane Doe; `DOE, JR` is not called Junior.
        let turned = text
            .split_once(',')
            .map(|(last, first)| format!("{first} {last}"));
        let mut all = words(turned.as_deref().unwrap_or(text));
        let kinds: Vec<Kind> = all
            .iter()
            .enumerate()
            .map(|(at, word)| Kind::of(word, at))
            .collect();
        let names = kinds.iter().filter(|kind| **kind == Kind::Name).count();
        // A line of none but such words names nobody.
        let wanted = if names > 0 { NAMES_MIN } else { 0 };
        let mut missing = wanted.saturating_sub(names);
        let mut person = Self {
            most: SAME,
            ..Self::default()
        };
        for (word, kind) in all.iter().zip(kinds) {
            match kind {
                Kind::Name => person.add(word),
                _ if missing > 0 => {
                    missing -= 1;
                    person.add(word);
                }
                Kind::Generation(generation) => person.generation = Some(generation),
                Kind::Firm => person.most = person.most.min(POSSIBLE_MAX),
                Kind::Estate => person.most = OTHER_PERSON,
                Kind::Title => {}
            }
        }
        all.sort_unstable();
        Self { all, ..person }
    }

    fn add(&mut self, name: &str) {
        if self.words.len() < WORDS_MAX {
            self.words.push(name.to_owned());
        }
    }

    /// Whether both are written with the same words.
    pub(super) fn is_written_as(&self, other: &Self) -> bool {
        !self.all.is_empty() && self.all == other.all
    }

    /// Its names.
    pub(in crate::analysis) fn words(&self) -> &[String] {
        &self.words
    }
}

/// What a word in a name says.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Name,
    Title,
    Generation(u8),
    /// Of a firm or a trust.
    Firm,
    Estate,
}

impl Kind {
    fn of(word: &str, at: usize) -> Self {
        if let Some((_, generation)) = GENERATIONS.iter().find(|(known, _)| *known == word) {
            Self::Generation(*generation)
        } else if FIRMS.contains(&word) || TRUSTS.contains(&word) {
            Self::Firm
        } else if word == "ESTATE" {
            Self::Estate
        } else if TITLES.contains(&word) || (word == "MD" && at > 0) {
            // In front it is short for Mohammed.
            Self::Title
        } else {
            Self::Name
        }
    }
}

/// The people that one name line names: `PAT & LEE BUYER` are Pat Buyer and Lee Buyer.
pub(in crate::analysis) fn persons(line: &str) -> Vec<Person> {
    let upper = line.to_uppercase();
    let own = format!(" {} ", upper.replace("D/B/A", "DBA"));
    // With nothing before or after it it is a name: `TOD BROWNING`, `SUE OR`.
    let end = OTHERS
        .iter()
        .filter_map(|word| {
            let word = format!(" {word} ");
            let mut found = own.match_indices(&word);
            found.find(|(at, _)| *at > 0 && at + word.len() < own.len())
        })
        .map(|(at, _)| at)
        .min();
    let own = own.get(..end.unwrap_or(own.len())).unwrap_or_default();
    let joined = own
        .trim()
        .replace(['&', '/', '+', ';'], " \u{1f} ")
        .replace(" AND ", " \u{1f} ")
        .replace(" OR ", " \u{1f} ");
    let mut people: Vec<Person> = joined
        .split('\u{1f}')
        .map(Person::of)
        .filter(|person| !person.words.is_empty())
        .collect();
    share_family(&mut people);
    let cut = end.is_none() && line.trim().chars().count() >= CUT_FROM;
    if let Some(last) = people.last_mut() {
        last.cut = cut;
    }
    people
}

/// Whoever is named by one word has the family name of the others: the last word of `PAT & LEE BUYER`,
/// and one of `BUYER PAT & LEE`.
fn share_family(people: &mut [Person]) {
    let full = |person: &&Person| person.words.len() > 1;
    let family: Vec<String> = match (people.last().filter(full), people.first().filter(full)) {
        (Some(last), _) => last.words.last().cloned().into_iter().collect(),
        (None, Some(first)) => first.words.first().cloned().into_iter().collect(),
        (None, None) => return,
    };
    for person in people.iter_mut().filter(|person| person.words.len() == 1) {
        person.words.extend(family.iter().cloned());
        person.all.extend(family.iter().cloned());
        person.all.sort_unstable();
    }
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
/// Another person of the same family: each side has a name that the other has not, or they are of two
/// generations.
const OTHER_PERSON: i64 = 640;
/// Less than a strong match: a firm or a trust that is called after somebody, a like family name with an
/// initial.
const POSSIBLE_MAX: i64 = 790;
/// So many names that both have outweigh one on each side that the other has not.
const SHARED_NAMES_MIN: usize = 3;
/// A common short form, `BILL` for `WILLIAM`: a strong match alone.
const SHORT_FORM: i64 = 930;
/// What a bank has cut off begins the same.
const CUT: i64 = 950;
/// A shorter rest of a name is an initial and says as much.
const CUT_LETTERS_MIN: usize = 3;
/// An initial for a name that begins with it: still strong where the family name is the same, but
/// other names begin so too.
const INITIAL: i64 = 850;
/// Words less alike than this are different ones. A judgement: misspellings and transliterations
/// rarely fall lower. Near names (`MARIA`, `MARTA`) pass too, so it is not to be lowered.
const ALIKE: i64 = 850;
/// Words that are merely alike are never quite the same.
const ALIKE_MAX: i64 = 990;

/// How alike two names are, in thousandths: 1000 is the same.
pub(in crate::analysis) fn name_score(ours: &Person, theirs: &Person) -> i64 {
    if ours.is_written_as(theirs) {
        return SAME;
    }
    let most = ours.most.min(theirs.most);
    let of_two = ours
        .generation
        .zip(theirs.generation)
        .is_some_and(|(a, b)| a != b);
    let most = if of_two { most.min(OTHER_PERSON) } else { most };
    let (a, b) = (
        joined(&ours.words, &theirs.words),
        joined(&theirs.words, &ours.words),
    );
    let ((names_a, parts_a), (names_b, parts_b)) = (names(&a, &b), names(&b, &a));
    let unshared = |parts: &[String], other: &[String]| {
        let mut parts = parts.iter();
        parts.any(|part| PARTICLES_OR_NAMES.contains(&part.as_str()) && !other.contains(part))
    };
    let differing = unshared(&parts_a, &b) && unshared(&parts_b, &a);
    words_score(&names_a, &names_b, usize::from(differing), theirs.cut).min(most)
}

/// The words that name, and the particles before them: that both families are `van der` something says
/// nothing. The last word is a name, and so is the first, a family name perhaps (`LE THI LINH`), unless
/// the other side has a family name that begins with it, or leaves it out.
fn names(words: &[String], other: &[String]) -> (Vec<String>, Vec<String>) {
    // The last word has none after it.
    let mut particle = vec![false; words.len()];
    for (at, (pair, particle)) in words.windows(2).zip(&mut particle).enumerate() {
        if let [word, next] = pair {
            *particle = may_be_particle(word)
                && (at > 0
                    || may_be_particle(next)
                    || other.last() == Some(next)
                    || other.windows(2).any(|other| other == pair));
        }
    }
    // What is left is too little for a name.
    if particle.iter().filter(|particle| !**particle).count() < NAMES_MIN
        && let Some(first) = particle.first_mut()
    {
        *first = false;
    }
    let (mut named, mut parts) = (Vec::new(), Vec::new());
    for (word, particle) in words.iter().zip(particle) {
        if particle { &mut parts } else { &mut named }.push(word.clone());
    }
    (named, parts)
}

fn may_be_particle(word: &str) -> bool {
    PARTICLES.contains(&word) || PARTICLES_OR_NAMES.contains(&word)
}

/// The words, of which neighbours that the other side writes as one are one: `VAN DER BERG`,
/// `VANDERBERG`.
fn joined(words: &[String], other: &[String]) -> Vec<String> {
    let mut all = Vec::with_capacity(words.len());
    let mut rest = words;
    while let Some((first, tail)) = rest.split_first() {
        let whole = [3, 2].into_iter().find_map(|count| {
            let whole = rest.get(..count)?.concat();
            other.contains(&whole).then_some((whole, count))
        });
        match whole {
            Some((whole, count)) => {
                all.push(whole);
                rest = rest.get(count..).unwrap_or_default();
            }
            None => {
                all.push(first.clone());
                rest = tail;
            }
        }
    }
    all
}

/// `differing`: so many other parts differ. `cut`: the last word of `b` may be cut off.
fn words_score(a: &[String], b: &[String], differing: usize, cut: bool) -> i64 {
    let mut pairs: Vec<(i64, usize, usize)> = Vec::new();
    for (i, left) in a.iter().enumerate() {
        for (j, right) in b.iter().enumerate() {
            let cut = cut && j + 1 == b.len();
            let score = word_score(left, right).max(if cut { cut_score(left, right) } else { 0 });
            if score > 0 {
                pairs.push((score, i, j));
            }
        }
    }
    pairs.sort_by(|x, y| y.0.cmp(&x.0).then((x.1, x.2).cmp(&(y.1, y.2))));
    let (mut used_a, mut used_b) = (vec![false; a.len()], vec![false; b.len()]);
    let (mut total, mut shared) = (0, 0_usize);
    // Names of more than a letter that both have, and whether one is the same.
    let (mut whole, mut same) = (0_usize, false);
    for (score, i, j) in pairs {
        if let (Some(one), Some(other)) = (used_a.get_mut(i), used_b.get_mut(j))
            && !*one
            && !*other
        {
            (*one, *other) = (true, true);
            total += score;
            shared += 1;
            let is_whole = |words: &[String], at: usize| {
                words
                    .get(at)
                    .is_some_and(|word| word.chars().nth(1).is_some())
            };
            if is_whole(a, i) && is_whole(b, j) {
                whole += 1;
                same |= score == SAME;
            }
        }
    }
    let left = |used: &[bool]| used.iter().filter(|used| !**used).count() + differing;
    let (left_a, left_b) = (left(&used_a), left(&used_b));
    let count = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
    let (few, many) = (left_a.min(left_b), left_a.max(left_b));
    let Some(mean) = total.checked_div(count(shared + few)) else {
        return 0;
    };
    let extra = (count(many - few) * EXTRA_NAME).min(EXTRA_NAMES_MAX);
    let mut score = (mean - extra).max(0);
    if few > 0 && shared < SHARED_NAMES_MIN {
        score = score.min(OTHER_PERSON);
    }
    // Given names stand first, and theirs differ.
    let first = |used: &[bool]| used.first() == Some(&false);
    if few > 0 && first(&used_a) && first(&used_b) {
        score = score.min(OTHER_PERSON);
    }
    // Initials alone name nobody, and are no second evidence beside a name that is not the same.
    match whole {
        0 => score.min(ONE_WORD_MAX),
        1 if shared + few == 1 => score.min(ONE_WORD_MAX),
        1 if !same => score.min(POSSIBLE_MAX),
        _ => score,
    }
}

fn cut_score(ours: &str, theirs: &str) -> i64 {
    if theirs.chars().count() >= CUT_LETTERS_MIN && ours.starts_with(theirs) {
        CUT
    } else {
        0
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
    if is_short_form(a, b) {
        return SHORT_FORM;
    }
    let score = similarity(a, b);
    if score >= ALIKE {
        score.min(ALIKE_MAX)
    } else {
        0
    }
}

/// Names and their short forms, a group a line.
static NICKNAMES: LazyLock<BTreeMap<&'static str, Vec<usize>>> = LazyLock::new(|| {
    let mut groups: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (group, line) in include_str!("nicknames.txt").lines().enumerate() {
        for name in line.split_ascii_whitespace() {
            groups.entry(name).or_default().push(group);
        }
    }
    groups
});

fn is_short_form(a: &str, b: &str) -> bool {
    match (NICKNAMES.get(a), NICKNAMES.get(b)) {
        (Some(a), Some(b)) => a.iter().any(|group| b.contains(group)),
        _ => false,
    }
}
