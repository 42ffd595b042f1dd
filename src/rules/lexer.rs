//! Cuts an expression into tokens, each with its place.

use std::ops::Range;

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::advice::Advice;
use super::diagnostic::Code;

/// What is wrong inside of one expression; the span is in bytes of the expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SyntaxError {
    pub(super) code: Code,
    pub(super) span: Range<usize>,
    pub(super) message: String,
    /// In a box: an error is returned through every level of an expression.
    pub(super) advice: Box<Advice>,
}

impl SyntaxError {
    pub(super) fn new(span: Range<usize>, message: impl Into<String>) -> Self {
        Self {
            code: Code::ExpressionSyntax,
            span,
            message: message.into(),
            advice: Box::default(),
        }
    }

    pub(super) fn help(self, help: impl Into<String>) -> Self {
        self.advice(Advice::words(help))
    }

    pub(super) fn advice(mut self, advice: Advice) -> Self {
        *self.advice = advice;
        self
    }
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Token {
    /// A number as written, and whether it has a decimal point.
    Number(Decimal, bool),
    Date(NaiveDate),
    Text(String),
    /// A name, perhaps dotted, or a keyword.
    Word(String),
    Symbol(Symbol),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Symbol {
    And,
    Or,
    Not,
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    Plus,
    Minus,
    Times,
    Divide,
    Percent,
    Dollar,
    Open,
    Close,
    OpenList,
    CloseList,
    Comma,
    /// `=>` between a condition of `case` and its value.
    Arrow,
}

/// Longest first, so that `<=` is not read as `<`.
const SYMBOLS: &[(&str, Symbol)] = &[
    ("&&", Symbol::And),
    ("||", Symbol::Or),
    ("==", Symbol::Equal),
    ("!=", Symbol::NotEqual),
    ("<=", Symbol::LessEqual),
    (">=", Symbol::GreaterEqual),
    (ARROW, Symbol::Arrow),
    ("<", Symbol::Less),
    (">", Symbol::Greater),
    ("!", Symbol::Not),
    ("+", Symbol::Plus),
    ("-", Symbol::Minus),
    ("*", Symbol::Times),
    ("/", Symbol::Divide),
    ("%", Symbol::Percent),
    ("$", Symbol::Dollar),
    ("(", Symbol::Open),
    (")", Symbol::Close),
    ("[", Symbol::OpenList),
    ("]", Symbol::CloseList),
    (",", Symbol::Comma),
];

/// What stands between a condition of `case` and its value. Elsewhere it is a slip for `>=`.
pub(super) const ARROW: &str = "=>";

/// What people write from habit, and what this language has instead.
const HABITS: &[(&str, Habit)] = &[
    ("<>", Habit::Is("!=")),
    ("=<", Habit::Is("<=")),
    ("=", Habit::Is("==")),
    ("≥", Habit::Is(">=")),
    ("≤", Habit::Is("<=")),
    ("≠", Habit::Is("!=")),
    ("×", Habit::Is("*")),
    ("÷", Habit::Is("/")),
    ("−", Habit::Is("-")),
    ("“", Habit::Quote),
    ("”", Habit::Quote),
    ("'", Habit::Quote),
    (
        "€",
        Habit::Sign("the currency after the amount, as in `1500 eur`"),
    ),
    (
        "£",
        Habit::Sign("the currency after the amount, as in `1500 gbp`"),
    ),
];

/// What a habit stands for.
#[derive(Debug, Clone, Copy)]
enum Habit {
    /// A symbol of the language.
    Is(&'static str),
    /// The quotes of a text: of both ends at once.
    Quote,
    /// Something that is said in another way.
    Sign(&'static str),
}

/// What to write in place of a habit with which `rest` begins.
fn instead(habit: &str, meant: Habit, rest: &str) -> (Range<usize>, Advice) {
    let own = 0..habit.len();
    match meant {
        Habit::Is(symbol) => {
            let advice = Advice::words(format!("write `{symbol}`"));
            (own, advice.in_place(habit, symbol).surely())
        }
        Habit::Sign(words) => (own, Advice::words(format!("write {words}"))),
        Habit::Quote => {
            let advice = Advice::words("write plain double quotes");
            let quote = |c: char| matches!(c, '\'' | '“' | '”' | '"');
            let inner = rest
                .get(habit.len()..)
                .and_then(|rest| rest.split(quote).next());
            let Some(inner) = inner else {
                return (own, advice);
            };
            let from = habit.len() + inner.len();
            let close = rest.get(from..).and_then(|rest| rest.chars().next());
            let whole = 0..from + close.map_or(0, char::len_utf8);
            let written = rest.get(whole.clone()).unwrap_or("");
            let plain = !inner.contains('\\') && close.is_some();
            let advice = if plain {
                advice.in_place(written, format!("\"{inner}\"")).surely()
            } else {
                advice
            };
            (if plain { whole } else { own }, advice)
        }
    }
}

/// A token and its place.
pub(super) type Spanned = (Token, Range<usize>);

/// The tokens of `text`.
pub(super) fn lex(text: &str) -> Result<Vec<Spanned>, SyntaxError> {
    let (tokens, error) = lex_in_part(text);
    match error {
        Some(error) => Err(error),
        None => Ok(tokens),
    }
}

/// The tokens up to the first mistake, and that.
fn lex_in_part(text: &str) -> (Vec<Spanned>, Option<SyntaxError>) {
    let mut tokens: Vec<Spanned> = Vec::new();
    let mut at = 0;
    while let Some(rest) = text.get(at..) {
        let trimmed = rest.trim_start();
        at += rest.len() - trimmed.len();
        if trimmed.is_empty() {
            break;
        }
        let after_dollar = matches!(tokens.last(), Some((Token::Symbol(Symbol::Dollar), _)));
        match one(trimmed, at, after_dollar) {
            Ok((token, length)) => {
                tokens.push((token, at..at + length));
                at += length;
            }
            Err(error) => return (tokens, Some(error)),
        }
    }
    (tokens, None)
}

/// The tokens of an expression that is still being written, and where they end.
pub(crate) fn tokens_so_far(text: &str) -> (Vec<Token>, usize) {
    let (tokens, _) = lex_in_part(text);
    let end = tokens.last().map_or(0, |(_, place)| place.end);
    (tokens.into_iter().map(|(token, _)| token).collect(), end)
}

/// The expressions that a list of them holds, without the blanks around each: it is cut at its commas, but for
/// those inside of texts, brackets and amounts.
pub(super) fn parted(text: &str) -> Vec<&str> {
    let (tokens, error) = lex_in_part(text);
    let (mut parts, mut from, mut depth) = (Vec::new(), 0, 0_usize);
    for (token, place) in tokens {
        match token {
            Token::Symbol(Symbol::Open | Symbol::OpenList) => depth = depth.saturating_add(1),
            Token::Symbol(Symbol::Close | Symbol::CloseList) => depth = depth.saturating_sub(1),
            Token::Symbol(Symbol::Comma) if depth == 0 => {
                parts.push(text.get(from..place.start).unwrap_or(""));
                from = place.end;
            }
            Token::Symbol(_)
            | Token::Number(..)
            | Token::Date(_)
            | Token::Text(_)
            | Token::Word(_) => {}
        }
    }
    let rest = text.get(from..).unwrap_or("");
    match error {
        // Behind a mistake every comma may be meant to part.
        Some(_) => parts.extend(rest.split(',')),
        None => parts.push(rest),
    }
    parts.into_iter().map(str::trim).collect()
}

/// The token that `rest` begins with, and its length. `rest` is not empty.
fn one(rest: &str, at: usize, grouped: bool) -> Result<(Token, usize), SyntaxError> {
    let first = rest.chars().next().unwrap_or(' ');
    if first.is_ascii_digit() {
        return date(rest, at).unwrap_or_else(|| number(rest, at, grouped));
    }
    if first.is_ascii_alphabetic() || first == '_' {
        let length = word_length(rest);
        let word = rest.get(..length).unwrap_or("").to_owned();
        return Ok((Token::Word(word), length));
    }
    if first == '"' {
        return quoted(rest, at);
    }
    let habit = HABITS.iter().find(|(habit, _)| {
        rest.starts_with(habit) && !["==", ARROW].iter().any(|one| rest.starts_with(one))
    });
    if let Some((habit, meant)) = habit {
        let message = format!("`{habit}` is not part of the language");
        let (place, advice) = instead(habit, *meant, rest);
        let span = at + place.start..at + place.end;
        return Err(SyntaxError::new(span, message).advice(advice));
    }
    let symbol = SYMBOLS.iter().find(|(text, _)| rest.starts_with(text));
    match symbol {
        Some((text, symbol)) => Ok((Token::Symbol(*symbol), text.len())),
        None => Err(SyntaxError::new(
            at..at + first.len_utf8(),
            format!("`{}` is not part of the language", first.escape_debug()),
        )),
    }
}

/// Letters, digits and underscores, with single dots between parts.
fn word_length(rest: &str) -> usize {
    let mut length = 0;
    let mut chars = rest.char_indices().peekable();
    while let Some((index, c)) = chars.next() {
        let starts_part =
            matches!(chars.peek(), Some((_, next)) if next.is_ascii_alphabetic() || *next == '_');
        if c.is_ascii_alphanumeric() || c == '_' || (c == '.' && starts_part) {
            length = index + 1;
        } else {
            break;
        }
    }
    length
}

/// A date, `2026-03-31`, if that is what comes.
fn date(rest: &str, at: usize) -> Option<Result<(Token, usize), SyntaxError>> {
    let text = rest.get(..10)?;
    let shaped = text.bytes().enumerate().all(|(index, byte)| match index {
        4 | 7 => byte == b'-',
        _ => byte.is_ascii_digit(),
    });
    let ends = !rest.get(10..)?.starts_with(|c: char| c.is_ascii_digit());
    if !(shaped && ends) {
        return None;
    }
    Some(match NaiveDate::parse_from_str(text, "%Y-%m-%d") {
        Ok(date) => Ok((Token::Date(date), 10)),
        Err(_) => Err(SyntaxError::new(
            at..at + 10,
            format!("`{text}` is not a day of the calendar"),
        )
        .help("put spaces around `-` if a difference is meant")),
    })
}

/// A number; with commas between thousands where `grouped`.
fn number(rest: &str, at: usize, grouped: bool) -> Result<(Token, usize), SyntaxError> {
    let mut length = 0;
    let mut pointed = false;
    let bytes = rest.as_bytes();
    let digit = |index: usize| bytes.get(index).is_some_and(u8::is_ascii_digit);
    while let Some(byte) = bytes.get(length) {
        let thousands = (1..=3).all(|step| digit(length + step)) && !digit(length + 4);
        match byte {
            b'0'..=b'9' => {}
            b'.' if !pointed && digit(length + 1) => pointed = true,
            b',' if grouped && !pointed && thousands => {}
            b'_' if !pointed && digit(length + 1) => {}
            _ => break,
        }
        length += 1;
    }
    let text: String = rest
        .chars()
        .take(length)
        .filter(|c| !matches!(c, ',' | '_'))
        .collect();
    let span = at..at + length;
    if rest.get(length..).is_some_and(|rest| rest.starts_with('.')) {
        let message = "a number does not end in a decimal point";
        let span = span.start..span.end + 1;
        let advice = Advice::words(format!("write `{text}` or `{text}.0`"));
        let written = rest.get(..=length).unwrap_or("");
        return Err(SyntaxError::new(span, message).advice(advice.in_place(written, text).surely()));
    }
    match Decimal::from_str_exact(&text) {
        Ok(value) => Ok((Token::Number(value, pointed), length)),
        Err(_) => Err(SyntaxError::new(
            span,
            "this number has more digits than can be computed with",
        )),
    }
}

/// A text in double quotes, with `\"` and `\\` inside.
fn quoted(rest: &str, at: usize) -> Result<(Token, usize), SyntaxError> {
    let mut text = String::new();
    let mut chars = rest.char_indices().skip(1);
    while let Some((index, c)) = chars.next() {
        match c {
            '"' => return Ok((Token::Text(text), index + 1)),
            '\\' => match chars.next() {
                Some((_, escaped @ ('"' | '\\'))) => text.push(escaped),
                _ => {
                    let span = at + index..at + index + 1;
                    let message = "only `\\\"` and `\\\\` may follow a backslash in a text";
                    return Err(SyntaxError::new(span, message));
                }
            },
            _ => text.push(c),
        }
    }
    Err(SyntaxError::new(at..at + 1, "this text does not end").help("close it with `\"`"))
}

/// A token as messages name it.
pub(super) fn describe(token: &Token) -> String {
    match token {
        Token::Number(number, _) => format!("`{number}`"),
        Token::Date(date) => format!("`{date}`"),
        Token::Text(_) => "a text".to_owned(),
        Token::Word(word) => format!("`{word}`"),
        Token::Symbol(symbol) => match symbol {
            Symbol::And => "`&&`",
            Symbol::Or => "`||`",
            Symbol::Not => "`!`",
            Symbol::Equal => "`==`",
            Symbol::NotEqual => "`!=`",
            Symbol::Less => "`<`",
            Symbol::LessEqual => "`<=`",
            Symbol::Greater => "`>`",
            Symbol::GreaterEqual => "`>=`",
            Symbol::Plus => "`+`",
            Symbol::Minus => "`-`",
            Symbol::Times => "`*`",
            Symbol::Divide => "`/`",
            Symbol::Percent => "`%`",
            Symbol::Dollar => "`$`",
            Symbol::Open => "`(`",
            Symbol::Close => "`)`",
            Symbol::OpenList => "`[`",
            Symbol::CloseList => "`]`",
            Symbol::Comma => "`,`",
            Symbol::Arrow => "`=>`",
        }
        .to_owned(),
    }
}
