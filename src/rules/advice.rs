//! What a finding says to write instead: in words, and where that is known, as a change of the file.

use std::ops::Range;

use super::fix::{Certainty, Edit, Fix};
use crate::limits;

/// What to write instead.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Advice {
    /// In words.
    pub(super) help: Option<String>,
    /// As changes of the text that is checked.
    pub(super) draft: Option<Draft>,
}

/// A fix that is not placed in its files yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Draft {
    pub(super) title: String,
    pub(super) certainty: Certainty,
    pub(super) changes: Vec<Change>,
}

/// One text and what takes its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Change {
    /// The text that the finding points at, without its quotes, as long as it is this one: where escapes
    /// stand in it, it is another in the file.
    InPlace { written: String, instead: String },
    /// A text of the file.
    At(Range<usize>, String),
}

impl Draft {
    /// A draft as edits of the text of all files; `None` where the text is not what was thought to stand
    /// there.
    pub(super) fn placed(self, source: &str, found: &Range<usize>) -> Option<Fix> {
        let mut edits = Vec::with_capacity(self.changes.len());
        for change in self.changes {
            let (span, replacement) = match change {
                Change::InPlace { written, instead } => {
                    let quoted = unquoted(source, found);
                    let mut places = [found.clone(), quoted].into_iter();
                    let place =
                        places.find(|place| source.get(place.clone()) == Some(&*written))?;
                    (place, instead)
                }
                Change::At(span, replacement) => (span, replacement),
            };
            source.get(span.clone())?;
            edits.push(Edit {
                file: None,
                span,
                replacement,
            });
        }
        Some(Fix {
            title: self.title,
            certainty: self.certainty,
            edits,
        })
    }
}

/// The text inside of quotes.
fn unquoted(source: &str, found: &Range<usize>) -> Range<usize> {
    let written = source.get(found.clone()).unwrap_or("");
    let quotes = ["'''", "\"\"\"", "'", "\""].into_iter();
    let mut quotes = quotes.filter(|quotes| {
        written.len() >= 2 * quotes.len()
            && written.starts_with(quotes)
            && written.ends_with(quotes)
    });
    let length = quotes.next().map_or(0, str::len);
    found.start + length..found.end - length
}

impl Advice {
    /// Nothing is known to say.
    pub(super) fn none() -> Self {
        Self::default()
    }

    /// In words only.
    pub(super) fn words(help: impl Into<String>) -> Self {
        Self {
            help: Some(help.into()),
            draft: None,
        }
    }

    /// With what takes the place of the text that the finding points at.
    pub(super) fn in_place(mut self, written: &str, instead: impl Into<String>) -> Self {
        let instead = instead.into();
        let title = write(&instead);
        let written = written.to_owned();
        self.draft = Some(Draft {
            title,
            certainty: Certainty::Suggested,
            changes: vec![Change::InPlace { written, instead }],
        });
        self
    }

    /// With what takes the place of a text of the file.
    pub(super) fn at(self, span: Range<usize>, instead: impl Into<String>) -> Self {
        let instead = instead.into();
        let title = write(&instead);
        self.changing(title, vec![(span, instead)])
    }

    /// With a text of the file that is left out, where it is known how far it goes.
    pub(super) fn without(self, span: Option<Range<usize>>, what: &str) -> Self {
        match span {
            Some(span) => self.changing(format!("leave {what} out"), vec![(span, String::new())]),
            None => self,
        }
    }

    /// With what is put into the file, where it is known where.
    pub(super) fn putting(self, place: Option<(usize, String)>, what: &str) -> Self {
        match place {
            Some((at, text)) => self.changing(format!("add {what}"), vec![(at..at, text)]),
            None => self,
        }
    }

    /// With several changes; with none, in words only.
    pub(super) fn changing(mut self, title: String, changes: Vec<(Range<usize>, String)>) -> Self {
        if changes.is_empty() {
            return self;
        }
        let changes = changes.into_iter();
        self.draft = Some(Draft {
            title,
            certainty: Certainty::Suggested,
            changes: changes.map(|(span, text)| Change::At(span, text)).collect(),
        });
        self
    }

    /// Nothing else can have been meant.
    pub(super) fn surely(self) -> Self {
        self.surely_if(true)
    }

    pub(super) fn surely_if(mut self, sure: bool) -> Self {
        if let (true, Some(draft)) = (sure, &mut self.draft) {
            draft.certainty = Certainty::Sure;
        }
        self
    }

    /// It may be meant as it is.
    pub(super) fn perhaps(mut self) -> Self {
        if let Some(draft) = &mut self.draft {
            draft.certainty = Certainty::Suggested;
        }
        self
    }

    /// Of a name that stands inside of what the finding points at.
    pub(super) fn inside_of(mut self, whole: &str) -> Self {
        for change in self.draft.iter_mut().flat_map(|draft| &mut draft.changes) {
            if let Change::InPlace { written, instead } = change {
                *instead = whole.replacen(written.as_str(), instead, 1);
                whole.clone_into(written);
            }
        }
        self
    }

    /// Of what the file holds in place of what was looked up: a name in capitals, with a prefix.
    pub(super) fn written_as(mut self, in_file: &str) -> Self {
        for change in self.draft.iter_mut().flat_map(|draft| &mut draft.changes) {
            if let Change::InPlace { written, .. } = change {
                in_file.clone_into(written);
            }
        }
        self
    }
}

impl From<String> for Advice {
    fn from(help: String) -> Self {
        Self::words(help)
    }
}

impl From<Option<String>> for Advice {
    fn from(help: Option<String>) -> Self {
        Self { help, draft: None }
    }
}

impl From<Option<Advice>> for Advice {
    fn from(advice: Option<Advice>) -> Self {
        advice.unwrap_or_default()
    }
}

/// The title of what writes a text.
fn write(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<&str>>().join(" ");
    if line.is_empty() {
        "leave it out".to_owned()
    } else {
        format!("write `{line}`")
    }
}

/// How far apart a name and what was written may be.
fn distance_max(wanted: &str) -> usize {
    /// One wrong character of so many is a slip. A judgement: with fewer, short names suggest words
    /// that have nothing to do with them.
    const CHARS_A_SLIP: usize = 3;
    (wanted.chars().count() / CHARS_A_SLIP).max(1)
}

/// A name that is one slip away from what was written is surely meant where every other is at least so
/// many away.
const OTHERS_APART: usize = 3;

/// The names that are near, or nearly, the nearest first, with how far away each is.
fn near<'n>(wanted: &str, names: impl IntoIterator<Item = &'n str>) -> Vec<(usize, &'n str)> {
    let distances = names
        .into_iter()
        .map(|name| (strsim::damerau_levenshtein(wanted, name), name));
    let mut near: Vec<(usize, &str)> = distances
        .filter(|(distance, _)| *distance <= distance_max(wanted).max(OTHERS_APART - 1))
        .collect();
    near.sort_unstable();
    near.dedup();
    near
}

/// The nearest of `names`, if any is near enough to be what was meant.
pub(crate) fn nearest<'n>(
    wanted: &str,
    names: impl IntoIterator<Item = &'n str>,
) -> Option<&'n str> {
    let near = near(wanted, names).into_iter();
    let mut near = near.filter(|(distance, _)| *distance <= distance_max(wanted));
    near.next().map(|(_, name)| name)
}

/// "did you mean `x`?", where a name is near. It is surely meant where nothing else is.
pub(super) fn did_you_mean<'n>(
    wanted: &str,
    names: impl IntoIterator<Item = &'n str>,
) -> Option<Advice> {
    // A name of hostile length is not worth comparing.
    if wanted.len() > limits::ID_BYTES_MAX {
        return None;
    }
    let near = near(wanted, names);
    let (distance, name) = *near.first()?;
    if distance > distance_max(wanted) {
        return None;
    }
    let others = near.get(1).is_some_and(|(other, _)| *other < OTHERS_APART);
    let long = wanted.chars().count() > OTHERS_APART;
    // A digit is no slip of the pen: it names another window or another limit.
    let digits = |text: &str| -> String { text.chars().filter(char::is_ascii_digit).collect() };
    let sure = distance <= 1 && long && !others && digits(wanted) == digits(name);
    let advice = Advice::words(format!("did you mean `{name}`?"));
    Some(advice.in_place(wanted, name).surely_if(sure))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn certainty(wanted: &str, names: &[&str]) -> Option<Certainty> {
        let advice = did_you_mean(wanted, names.iter().copied())?;
        Some(advice.draft?.certainty)
    }

    #[test]
    fn a_slip_is_sure_where_nothing_else_is_near() {
        let names = ["income.monthly_net", "income.stability"];
        assert_eq!(
            certainty("income.montly_net", &names),
            Some(Certainty::Sure)
        );
        assert_eq!(
            certainty("income.mothly_nett", &names),
            Some(Certainty::Suggested)
        );
        let windows = ["nsf.event_days_90d", "nsf.event_days_30d"];
        assert_eq!(
            certainty("nsf.event_days_9d", &windows),
            Some(Certainty::Suggested)
        );
        let one = ["nsf.event_days_90d"];
        assert_eq!(
            certainty("nsf.event_days_60d", &one),
            Some(Certainty::Suggested)
        );
        assert_eq!(certainty("dog", &["day"]), None);
        assert_eq!(certainty("age", &["are"]), Some(Certainty::Suggested));
    }
}
