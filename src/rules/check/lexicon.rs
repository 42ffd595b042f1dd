//! Checks what a rule set adds to the lexicon.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::Checker;
use crate::lexicon::{Lexicon, Line, NameError, Open, Phrase, PhraseError, Term, usual_name};
use crate::limits;
use crate::rules::diagnostic::{Code, SHOWN_CHARS_MAX, did_you_mean};
use crate::rules::file::LexiconEntry;
use crate::rules::toml_reader::Text;
use crate::rules::vocabulary::{only, terms};

impl Checker<'_> {
    pub(super) fn lexicon(&mut self, entries: &[LexiconEntry]) -> Vec<Line> {
        let mut seen = Seen::default();
        let mut lines = Vec::with_capacity(entries.len());
        for entry in entries {
            let term = entry.term.as_ref().map(|term| self.term(term));
            let name = entry.name.as_ref().map(|name| self.usual_name(name));
            let names = term.flatten().map(Term::open) == Some(Open::Names);
            if let (Some(name), Some(Some(term)), false) = (&entry.name, term, names) {
                let message = format!("phrases of `{}` name nobody", term.word());
                let help = "leave out `name`".to_owned();
                self.report
                    .error_with(Code::BadValue, &name.span, message, help);
            }
            let phrases = entry.phrases.iter();
            let phrases: Vec<_> = phrases
                .filter_map(|text| Some((self.phrase(text)?, text)))
                .collect();
            let Some(Some(term)) = term else { continue };
            let name = name.flatten();
            for (phrase, text) in &phrases {
                let again = seen.again(term, phrase, name.as_ref());
                self.known(phrase, text, (term, name.as_deref()), again);
            }
            lines.push(Line {
                term,
                name,
                phrases: phrases.into_iter().map(|(phrase, _)| phrase).collect(),
            });
        }
        lines
    }

    fn term(&mut self, text: &Text) -> Option<Term> {
        let term = Term::of_word(&text.value);
        if term.is_some_and(|term| term.open() != Open::Closed) {
            return term;
        }
        let shown: String = text.value.chars().take(SHOWN_CHARS_MAX).collect();
        let (message, help) = match term {
            Some(term) => (
                format!("nothing can be added to `{}`", term.word()),
                "its words mean something only beside others; see the terms in `docs/rules.md`"
                    .to_owned(),
            ),
            None => {
                let words = only(&terms());
                let suggests = self.report.suggests();
                let near = suggests.then(|| did_you_mean(&text.value, words.iter().copied()));
                let help = near
                    .flatten()
                    .unwrap_or_else(|| format!("write one of `{}`", words.join("`, `")));
                (
                    format!("`{}` is not a term of the lexicon", shown.escape_debug()),
                    help,
                )
            }
        };
        self.report
            .error_with(Code::BadValue, &text.span, message, help);
        None
    }

    fn usual_name(&mut self, text: &Text) -> Option<Arc<str>> {
        let error = match usual_name(&text.value) {
            Ok(name) => return Some(name),
            Err(error) => error,
        };
        let help = match error {
            NameError::Empty | NameError::Characters => {
                "write it as people read it: `Acme Cash`".to_owned()
            }
            NameError::TooLong => "write the name only".to_owned(),
        };
        let message = format!("the usual name {error}");
        self.report
            .error_with(Code::BadName, &text.span, message, help);
        None
    }

    fn phrase(&mut self, text: &Text) -> Option<Phrase> {
        let shown: String = text.value.chars().take(SHOWN_CHARS_MAX).collect();
        let (error, help) = match Phrase::parse(&text.value) {
            Ok(phrase) => match too_short(&phrase) {
                None => return Some(phrase),
                Some((error, help)) => (error, Some(help)),
            },
            Err(error) => {
                let help = match &error {
                    PhraseError::NotNormal { normal } => Some(format!("write `{normal}`")),
                    PhraseError::Characters | PhraseError::Empty => {
                        Some("write it as in `ACME CASH*`".to_owned())
                    }
                    PhraseError::TooLong => {
                        Some("its first words are enough, with a `*`".to_owned())
                    }
                };
                (error.to_string(), help)
            }
        };
        let message = format!("the phrase `{}` {error}", shown.escape_debug());
        self.report
            .error_with(Code::BadPhrase, &text.span, message, help);
        None
    }

    /// Only a warning: a later release may know the phrase as well, and what was published stays valid.
    fn known(&mut self, phrase: &Phrase, text: &Text, as_what: (Term, Option<&str>), again: Again) {
        let (term, name) = as_what;
        let nothing = "leave it out: it changes nothing";
        let (by, help) = match again {
            Again::Named(first) => (
                format!("is named `{first}` already, and the first name is used"),
                "give it one name",
            ),
            Again::Same => ("is there already".to_owned(), nothing),
            Again::No if Lexicon::built_in().says(phrase, term, name) => {
                ("is known without this rule set".to_owned(), nothing)
            }
            Again::No => return,
        };
        let message = format!("`{}` of `{}` {by}", phrase.as_str(), term.word());
        let help = help.to_owned();
        self.report
            .warning(Code::KnownPhrase, &text.span, message, help);
    }
}

/// The phrases of the lines before, and the usual names that they are given.
#[derive(Default)]
struct Seen {
    phrases: BTreeSet<(Term, Phrase)>,
    /// Of a phrase by any term: what is found is named once.
    names: BTreeMap<Phrase, Arc<str>>,
}

/// What an earlier line says of a phrase.
enum Again {
    /// Not all that this one does.
    No,
    /// The same.
    Same,
    /// Another usual name.
    Named(Arc<str>),
}

impl Seen {
    /// Takes up a phrase, and tells what is known of it.
    fn again(&mut self, term: Term, phrase: &Phrase, name: Option<&Arc<str>>) -> Again {
        let is_new = self.phrases.insert((term, phrase.clone()));
        let Some(name) = name else {
            return if is_new { Again::No } else { Again::Same };
        };
        match self.names.get(phrase) {
            Some(first) if first != name => Again::Named(Arc::clone(first)),
            Some(_) if !is_new => Again::Same,
            Some(_) => Again::No,
            None => {
                self.names.insert(phrase.clone(), Arc::clone(name));
                Again::No
            }
        }
    }
}

fn too_short(phrase: &Phrase) -> Option<(String, String)> {
    let (min, place) = if phrase.begins_anywhere() {
        (
            limits::INNER_PHRASE_LETTERS_MIN,
            " where it begins with `*`",
        )
    } else {
        (limits::PHRASE_LETTERS_MIN, "")
    };
    (phrase.letters() < min).then(|| {
        let error = format!("has fewer than {min} letters: it would be found in many texts");
        (error, format!("write at least {min} letters{place}"))
    })
}
