//! The words of bank descriptions: which phrases name a payroll, a lender, a fee.
//!
//! The files in `lexicon/` are data: each line has phrases that say the same (see [`read_lines`]). A
//! rule set may add to them. They are matched all at once by one automaton over a normalised text (see
//! [`normalise`]), on word boundaries.

mod entries;
mod error;
mod numbers;
mod phrase;
mod reader;
mod source;
mod terms;
#[cfg(test)]
mod tests;

use std::fmt;
use std::ops::Range;
use std::sync::{Arc, LazyLock};

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};

use numbers::Numbers;
use source::Source;
use terms::DEEDS;

pub use entries::entry_words;
pub use error::{LexiconError, NameError, PhraseError, Problem};
pub use numbers::is_of_number;
pub use phrase::{Phrase, usual_name};
pub use reader::{Line, read_lines};
pub use terms::{Open, Term, TermSet};

/// Raised when a file of `lexicon/` changes what is read; every decision records it.
pub const LEXICON_VERSION: u32 = 2;

/// What a text says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Reading<'a> {
    /// The terms found.
    pub terms: TermSet,
    /// The usual name of the first payer found.
    pub name: Option<&'a str>,
}

/// What a match of one pattern says.
#[derive(Debug)]
struct Meaning {
    term: Term,
    name: Option<Arc<str>>,
}

/// All phrases, ready to be found in a text at once.
#[derive(Default)]
pub struct Lexicon {
    /// `None` where there are no phrases.
    automaton: Option<AhoCorasick>,
    numbers: Numbers,
    /// Of each pattern.
    meanings: Vec<Meaning>,
}

impl fmt::Debug for Lexicon {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lexicon")
            .field("patterns", &self.meanings.len())
            .finish_non_exhaustive()
    }
}

const FILES: [&str; 7] = [
    include_str!("lexicon/bills.txt"),
    include_str!("lexicon/household.txt"),
    include_str!("lexicon/income.txt"),
    include_str!("lexicon/lending.txt"),
    include_str!("lexicon/movements.txt"),
    include_str!("lexicon/organisations.txt"),
    include_str!("lexicon/risk.txt"),
];

/// Every phrase of the files, without the marks of open ends.
#[cfg(test)]
pub(crate) fn phrases() -> impl Iterator<Item = String> {
    let lines = FILES.into_iter().flat_map(|file| read_lines(file).unwrap());
    let phrases = lines.flat_map(|line| line.phrases);
    phrases.map(|phrase| phrase.as_str().trim_matches('*').to_owned())
}

/// The files are constant and a test builds them, so this is not the empty one.
static BUILT_IN: LazyLock<Lexicon> =
    LazyLock::new(|| Lexicon::with(Vec::new()).unwrap_or_default());

impl Lexicon {
    /// The phrases that come with this release.
    pub fn built_in() -> &'static Self {
        &BUILT_IN
    }

    /// The numbers that phrases hold.
    pub fn numbers(&self) -> &Numbers {
        &self.numbers
    }

    /// The phrases that come with this release and others, which go first. It takes about 5 MB of memory
    /// as the built-in one does, and the more the more is added: see [`crate::limits::PHRASES_MAX`].
    ///
    /// # Errors
    ///
    /// Where there are too many phrases to be found at once: far more than a rule set may add.
    pub fn with(added: Vec<Line>) -> Result<Self, LexiconError> {
        let mut lines: Vec<(Source, Line)> = Vec::new();
        lines.extend(added.into_iter().map(|line| (Source::RuleSet, line)));
        for file in FILES {
            let own = read_lines(file)?.into_iter();
            lines.extend(own.map(|line| (Source::Release, line)));
        }
        let (mut patterns, mut meanings) = (Vec::new(), Vec::new());
        for (source, line) in &lines {
            let all = line.phrases.iter();
            for pattern in all.flat_map(|phrase| phrase.patterns(*source)) {
                patterns.push(pattern);
                meanings.push(Meaning {
                    term: line.term,
                    name: line.name.clone(),
                });
            }
        }
        let numbers = Numbers::of(patterns.iter().map(String::as_str));
        let automaton = AhoCorasick::builder()
            .kind(Some(AhoCorasickKind::DFA))
            .match_kind(MatchKind::Standard)
            .build(patterns)
            .map_err(|_| LexiconError {
                line: 0,
                problem: Problem::TooMany,
            })?;
        Ok(Self {
            automaton: Some(automaton),
            numbers,
            meanings,
        })
    }

    /// Whether a phrase of a rule set would change nothing: each of its matches says the term already,
    /// with that name where there is one.
    pub fn says(&self, phrase: &Phrase, term: Term, name: Option<&str>) -> bool {
        self.covers(phrase, Source::RuleSet, term, |meaning, _| {
            meaning.term == term && (name.is_none() || meaning.name.as_deref() == name)
        })
    }

    /// Whether each match of a phrase is also one of a pattern that `fits`, by its meaning and number.
    fn covers(
        &self,
        phrase: &Phrase,
        of: Source,
        term: Term,
        fits: impl Fn(&Meaning, usize) -> bool,
    ) -> bool {
        let Some(automaton) = &self.automaton else {
            return false;
        };
        phrase.patterns(of).all(|pattern| {
            automaton.find_overlapping_iter(&pattern).any(|found| {
                let number = found.pattern().as_usize();
                let meaning = self.meanings.get(number);
                // A name may end within the phrase, and what is done is not told by what is in the name.
                let as_far = !DEEDS.has(term) || phrase::spans_words(&pattern, found.range());
                as_far && meaning.is_some_and(|meaning| fits(meaning, number))
            })
        })
    }

    /// Reads a text that [`normalise`] made. `payer` is where in it a payer is named, boundaries
    /// included: what is done with money is not told there.
    pub fn read(&self, normalised: &str, payer: &Range<usize>) -> Reading<'_> {
        let mut reading = Reading::default();
        let Some(automaton) = &self.automaton else {
            return reading;
        };
        for found in automaton.find_overlapping_iter(normalised) {
            if let Some(line) = self.meanings.get(found.pattern().as_usize()) {
                if DEEDS.has(line.term) && payer.start <= found.start() && found.end() <= payer.end
                {
                    continue;
                }
                reading.terms.insert(line.term);
                reading.name = reading.name.or(line.name.as_deref());
            }
        }
        reading
    }
}

/// Upper case, words of letters and digits separated by single spaces, a space at either end.
/// An apostrophe joins (`McDonald's` is one word), everything else separates.
pub fn normalise(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push(' ');
    append_normalised(&mut out, text);
    out
}

/// Whether a byte of ASCII is of a word, for [`normalise`].
pub fn is_of_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'\''
}

/// Appends the words of `text` to a text that [`normalise`] made.
pub fn append_normalised(out: &mut String, text: &str) {
    let mut open = false;
    if text.is_ascii() {
        for byte in text.bytes() {
            if byte.is_ascii_alphanumeric() {
                out.push(char::from(byte.to_ascii_uppercase()));
                open = true;
            } else if open && !is_of_word(byte) {
                out.push(' ');
                open = false;
            }
        }
    } else {
        open = append_unicode(out, text);
    }
    if open {
        out.push(' ');
    }
}

/// Appends all but the last boundary; returns whether that is still to come.
fn append_unicode(out: &mut String, text: &str) -> bool {
    let mut open = false;
    for c in text.chars() {
        if c.is_ascii_alphanumeric() {
            out.push(c.to_ascii_uppercase());
            open = true;
        } else if !c.is_ascii() && c.is_alphanumeric() {
            out.extend(c.to_uppercase());
            open = true;
        } else if open && !matches!(c, '\'' | '\u{2019}') {
            out.push(' ');
            open = false;
        }
    }
    open
}
