//! A text of the file as written, and what can stand at a place of an expression.

use std::ops::Range;

use crate::rules::{Symbol, Token, functions, is_keyword, tokens_so_far};

/// A value of the file as written. Escapes are not read: a place in it is one of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Written {
    /// Between its quotes, or the whole where it has none.
    pub(super) text: String,
    /// Where that stands.
    pub(super) start: usize,
    /// Where the value stands, quotes included.
    pub(super) place: Range<usize>,
    pub(super) is_quoted: bool,
    /// Whether its quotes are closed.
    pub(super) is_closed: bool,
}

impl Written {
    pub(super) fn new(source: &str, place: Range<usize>) -> Self {
        let whole = source.get(place.clone()).unwrap_or("");
        let quotes = ["'''", "\"\"\"", "'", "\""];
        let quote = quotes.into_iter().find(|quote| whole.starts_with(quote));
        let Some(quote) = quote else {
            return Self {
                text: whole.to_owned(),
                start: place.start,
                place,
                is_quoted: false,
                is_closed: false,
            };
        };
        let inner = whole.get(quote.len()..).unwrap_or("");
        let closed = inner.strip_suffix(quote);
        Self {
            text: closed.unwrap_or(inner).to_owned(),
            start: place.start + quote.len(),
            place,
            is_quoted: true,
            is_closed: closed.is_some(),
        }
    }

    /// A place of the file as one of the text.
    pub(super) fn inside(&self, offset: usize) -> usize {
        offset.saturating_sub(self.start).min(self.text.len())
    }

    /// Where the text stands, without its quotes.
    pub(super) fn content(&self) -> Range<usize> {
        self.start..self.start + self.text.len()
    }
}

/// The name or keyword at a place of an expression, with its points: empty where there is none.
pub(super) fn word_at(text: &str, at: usize) -> Range<usize> {
    let of_word = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.');
    let before = text.get(..at).unwrap_or("");
    let after = text.get(at..).unwrap_or("");
    // Of ASCII, so that characters are bytes.
    let left = before.chars().rev().take_while(of_word).count();
    let right = after.chars().take_while(of_word).count();
    at.min(text.len()) - left..at.min(text.len()) + right
}

/// What stands before a place of an expression.
#[derive(Debug)]
pub(super) struct Before {
    tokens: Vec<Token>,
    /// Whether the place is in a text in quotes, and where that begins.
    pub(super) quoted: Option<usize>,
}

/// What can come next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Expects {
    /// A value or a condition.
    Value,
    /// What joins values.
    Operator,
    /// A unit of a number, or what joins values.
    Unit,
    /// A list by its name.
    List,
    /// `missing`, `not missing`
    Missing,
}

impl Before {
    /// Of the part of an expression before a place.
    pub(super) fn new(text: &str) -> Self {
        let (tokens, end) = tokens_so_far(text);
        let rest = text.get(end..).unwrap_or("");
        let quoted = rest.trim_start().strip_prefix('"');
        Self {
            tokens,
            quoted: quoted.map(|inner| text.len() - inner.len()),
        }
    }

    pub(super) fn expects(&self) -> Expects {
        let word = |token: Option<&Token>, wanted: &str| matches!(token, Some(Token::Word(word)) if word == wanted);
        let mut back = self.tokens.iter().rev();
        let (last, before) = (back.next(), back.next());
        match last {
            Some(Token::Word(name)) => match name.as_str() {
                "in" => Expects::List,
                "is" => Expects::Missing,
                "not" if word(before, "is") => Expects::Missing,
                "true" | "false" | "missing" => Expects::Operator,
                keyword if is_keyword(keyword) => Expects::Value,
                _ => Expects::Operator,
            },
            Some(Token::Number(..)) => Expects::Unit,
            Some(
                Token::Date(_)
                | Token::Text(_)
                | Token::Symbol(Symbol::Close | Symbol::CloseList | Symbol::Percent),
            ) => Expects::Operator,
            Some(Token::Symbol(_)) | None => Expects::Value,
        }
    }

    /// Whether the place is inside of a function that looks at each account, applicant or stream.
    pub(super) fn is_over_subjects(&self) -> bool {
        let over = |word: &str| {
            let mut all = functions();
            all.any(|function| function.name == word && function.is_over_subjects)
        };
        let mut open: Vec<bool> = Vec::new();
        let mut last: Option<&Token> = None;
        for token in &self.tokens {
            match token {
                Token::Symbol(Symbol::Open) => {
                    open.push(matches!(last, Some(Token::Word(word)) if over(word)));
                }
                Token::Symbol(Symbol::Close) => {
                    open.pop();
                }
                Token::Symbol(_)
                | Token::Word(_)
                | Token::Number(..)
                | Token::Date(_)
                | Token::Text(_) => {}
            }
            last = Some(token);
        }
        open.contains(&true)
    }

    /// The name that a text in quotes is compared with, or looked for.
    pub(super) fn compared(&self) -> Option<&str> {
        let mut back = self.tokens.iter().rev().peekable();
        // The items of a list before it.
        while back
            .next_if(|token| {
                matches!(
                    token,
                    Token::Text(_) | Token::Symbol(Symbol::Comma | Symbol::OpenList)
                )
            })
            .is_some()
        {}
        let joint = |token: &&Token| match token {
            Token::Symbol(Symbol::Equal | Symbol::NotEqual) => true,
            Token::Word(word) => matches!(word.as_str(), "in" | "not"),
            Token::Symbol(_) | Token::Number(..) | Token::Date(_) | Token::Text(_) => false,
        };
        back.next_if(joint)?;
        while back.next_if(joint).is_some() {}
        match back.next()? {
            Token::Word(name) => Some(name),
            Token::Symbol(_) | Token::Number(..) | Token::Date(_) | Token::Text(_) => None,
        }
    }
}
