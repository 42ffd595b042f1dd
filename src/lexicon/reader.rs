//! Reads a file of the lexicon.

use std::sync::Arc;

use super::error::{LexiconError, Problem};
use super::phrase::{Phrase, usual_name};
use super::terms::Term;

/// Phrases that say the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// What they say.
    pub term: Term,
    /// The payer's usual name, where the phrases name one.
    pub name: Option<Arc<str>>,
    /// The phrases.
    pub phrases: Vec<Phrase>,
}

/// Reads the lines of a file. A line is `term: PHRASE, PHRASE`, or `term (Usual Name): PHRASE` where
/// the phrases name somebody; a term may have several. Empty lines and those that begin with `#` say
/// nothing. The order of lines and phrases does not matter.
///
/// # Errors
///
/// The first line that is not so, and what is wrong with it.
pub fn read_lines(file: &str) -> Result<Vec<Line>, LexiconError> {
    let lines = (1..).zip(file.lines());
    let written = lines.filter(|(_, text)| !text.trim().is_empty() && !text.starts_with('#'));
    written
        .map(|(line, text)| read_line(text).map_err(|problem| LexiconError { line, problem }))
        .collect()
}

fn read_line(text: &str) -> Result<Line, Problem> {
    let (head, phrases) = text.split_once(": ").ok_or(Problem::Form)?;
    let (word, name) = match head.split_once(" (") {
        Some((word, rest)) => (word, Some(rest.strip_suffix(')').ok_or(Problem::Form)?)),
        None => (head, None),
    };
    let term = Term::of_word(word).ok_or_else(|| unknown(word))?;
    let phrases = phrases.split(", ").map(|phrase| {
        Phrase::parse(phrase).map_err(|error| Problem::Phrase {
            phrase: phrase.to_owned(),
            error,
        })
    });
    Ok(Line {
        term,
        name: name.map(usual_name).transpose()?,
        phrases: phrases.collect::<Result<_, _>>()?,
    })
}

fn unknown(word: &str) -> Problem {
    let words = Term::ALL.iter().map(|term| term.word());
    let nearest = words.min_by_key(|known| strsim::damerau_levenshtein(word, known));
    Problem::UnknownTerm {
        word: word.to_owned(),
        nearest: nearest.unwrap_or_default(),
    }
}
