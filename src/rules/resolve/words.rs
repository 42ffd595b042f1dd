//! Checks texts against the words that a feature can have.

use super::{Resolver, Typed};
use crate::features::Value;
use crate::features::{self, Words};
use crate::rules::advice::{Advice, did_you_mean};
use crate::rules::ast::{Expr, Function};
use crate::rules::diagnostic::{Code, SHOWN_CHARS_MAX};
use crate::rules::node::{Applied, Choice, Node, Source};
use crate::rules::scalar::WEEKDAYS;

/// The words that a value can have.
struct Vocabulary {
    /// What has them.
    feature: &'static str,
    words: Vec<String>,
    /// No other word can ever come.
    closed: bool,
}

impl Resolver<'_, '_> {
    /// Reports a constant text that the value on the other side never is.
    pub(in crate::rules) fn known_word(&mut self, value: &Typed, written: &Expr, word: &Typed) {
        let Node::Constant(Value::Text(word)) = &word.node else {
            return;
        };
        let Some(vocabulary) = self.vocabulary(&value.node) else {
            return;
        };
        if vocabulary.words.contains(word) {
            return;
        }
        let shown: String = word.chars().take(SHOWN_CHARS_MAX).collect();
        let shown = shown.escape_debug();
        let help = self.report.suggests().then(|| vocabulary.help(word));
        let span = self.text.at(&written.span);
        let feature = vocabulary.feature;
        if vocabulary.closed {
            let message = format!("`{feature}` is never `\"{shown}\"`");
            self.report
                .error_with(Code::UnknownWord, &span, message, help);
        } else {
            let message = format!("`\"{shown}\"` is not a word that `{feature}` is known to have");
            let help = help.map(Advice::perhaps);
            self.report.warning(Code::UnknownWord, &span, message, help);
        }
    }

    /// Reports the first text of a list that the value never is.
    pub(super) fn known_words(&mut self, value: &Typed, written: &Expr, list: usize) {
        let Some(list) = self.slots.lists.get(list) else {
            return;
        };
        let words = list.values().iter();
        let words: Vec<Value> = words.cloned().collect();
        let before = self.report.count();
        for word in words {
            let word = Typed {
                node: Node::Constant(word),
                ty: value.ty,
                bare: false,
                constant: true,
            };
            self.known_word(value, written, &word);
            if self.report.count() > before {
                return;
            }
        }
    }

    /// `None` where the value may be any text.
    fn vocabulary(&self, node: &Node) -> Option<Vocabulary> {
        let id = match node {
            Node::Slot(slot) => match self.slots.get(*slot)?.source {
                Source::Feature(id) => id,
                Source::Input(_) => {
                    let (feature, words) = self.names.words_of(&self.slots.get(*slot)?.name)?;
                    return Some(Vocabulary {
                        feature,
                        words: words.iter().map(|word| (*word).to_owned()).collect(),
                        closed: true,
                    });
                }
                Source::Aggregate(_)
                | Source::Forecast(_)
                | Source::Derive(_)
                | Source::Row(_)
                | Source::Cell(..)
                | Source::Score
                | Source::BinValue
                | Source::Offer(_) => return None,
            },
            Node::Subject(id) => *id,
            Node::Choose(Choice::Coalesce, list, _) => return self.any_of(list),
            Node::Apply(Applied::Weekday, _) => {
                return Some(Vocabulary {
                    feature: Function::Weekday.as_str(),
                    words: WEEKDAYS.map(str::to_owned).to_vec(),
                    closed: true,
                });
            }
            Node::Constant(_)
            | Node::Not(_)
            | Node::And(_)
            | Node::Or(_)
            | Node::Negate(_)
            | Node::Arithmetic(..)
            | Node::Compare(..)
            | Node::In { .. }
            | Node::Between(..)
            | Node::IsMissing { .. }
            | Node::Truth(..)
            | Node::Choose(..)
            | Node::Round(_)
            | Node::Abs(_)
            | Node::Apply(..)
            | Node::Forecast { .. } => return None,
        };
        let feature = features::table().get(id.index())?;
        let (words, closed) = match feature.words {
            Words::Any => return None,
            Words::Only(words) => (words, true),
            Words::Known(words) => (words, false),
        };
        Some(Vocabulary {
            feature: feature.name,
            words: words.iter().map(|word| (*word).to_owned()).collect(),
            closed,
        })
    }

    fn any_of(&self, list: &[Node]) -> Option<Vocabulary> {
        let mut texts = Vec::new();
        let mut found: Option<Vocabulary> = None;
        for node in list {
            if let Node::Constant(Value::Text(text)) = node {
                texts.push(text.clone());
                continue;
            }
            let own = self.vocabulary(node)?;
            match &mut found {
                Some(all) => {
                    all.words.extend(own.words);
                    all.closed &= own.closed;
                }
                None => found = Some(own),
            }
        }
        let mut found = found?;
        found.words.extend(texts);
        Some(found)
    }
}

impl Vocabulary {
    /// What to write instead of a word that is none.
    fn help(&self, word: &str) -> Advice {
        let plain = word.to_lowercase().replace([' ', '-'], "_");
        let words = || self.words.iter().map(String::as_str);
        let near = did_you_mean(&plain, words());
        let near = near.or_else(|| did_you_mean(&word.to_uppercase(), words()));
        near.map(|near| near.written_as(word))
            .or_else(|| elsewhere(&plain, self.feature).map(Advice::words))
            .unwrap_or_else(|| {
                let all: Vec<&str> = words().collect();
                format!("it is one of `{}`", all.join("`, `")).into()
            })
    }
}

/// Another feature that has the word, or one that begins with it: `checking` for `check`. One of the
/// area of the feature that was written comes first.
fn elsewhere(word: &str, written: &str) -> Option<String> {
    const LETTERS_MIN: usize = 3;
    if word.len() < LETTERS_MIN {
        return None;
    }
    let area = |name: &str| name.split('.').next().map(str::to_owned);
    let own = |feature: &&features::Feature| area(feature.name) == area(written);
    let table = features::table().iter();
    let (near, far) = (table.clone().filter(own), table.filter(|one| !own(one)));
    near.chain(far).find_map(|feature| {
        let known = feature.words.list().iter();
        let found = known.copied().find(|known| known.starts_with(word))?;
        Some(format!(
            "did you mean `{}`, which can be `{found}`?",
            feature.name
        ))
    })
}
