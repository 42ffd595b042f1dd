//! What is often written from habit where the language says it otherwise.

use std::ops::Range;

use super::{CASE_HELP, Parser, Symbol, SyntaxError, Token};
use crate::rules::advice::{Advice, nearest};
use crate::rules::ast::Function;
use crate::rules::currencies;

/// Names of functions elsewhere, and what does the same here.
const ELSEWHERE: [(&str, Function); 6] = [
    ("average", Function::Avg),
    ("mean", Function::Avg),
    ("minimum", Function::Min),
    ("maximum", Function::Max),
    ("total", Function::Sum),
    ("ifnull", Function::Coalesce),
];

/// The function that has another name elsewhere.
pub(super) fn habitual(word: &str) -> Option<Advice> {
    if matches!(word, "if" | "iff" | "iif") {
        return Some(Advice::words(CASE_HELP));
    }
    let name = nearest(word, ELSEWHERE.map(|(name, _)| name))?;
    let (_, function) = ELSEWHERE.into_iter().find(|(known, _)| *known == name)?;
    let function = function.as_str();
    Some(Advice::words(format!("did you mean `{function}`?")).in_place(word, function))
}

impl Parser<'_> {
    /// A slip that is known by the next token, which does not belong there.
    pub(super) fn slip(&self) -> Option<SyntaxError> {
        let (token, span) = self.peek()?;
        match token {
            Token::Symbol(Symbol::Comma) => self.grouped_number(span),
            Token::Word(word) if word == "not" && self.is_word(1, "between") => Some(
                SyntaxError::new(span.clone(), "`not` does not stand before `between`")
                    .help("write `not (x between a and b)`"),
            ),
            Token::Word(word) if matches!(word.as_str(), "then" | "else" | "elseif") => {
                let message = format!("`{word}` does not belong here: there is no `if`");
                Some(SyntaxError::new(span.clone(), message).help(CASE_HELP))
            }
            Token::Word(_)
            | Token::Number(..)
            | Token::Date(_)
            | Token::Text(_)
            | Token::Symbol(_) => self.stray_if(),
        }
    }

    /// `if` before a condition, which was read as a name.
    fn stray_if(&self) -> Option<SyntaxError> {
        let (_, span) = self.peek()?;
        let before = self.tokens.get(self.next.checked_sub(1)?)?;
        let (Token::Word(word), at) = before else {
            return None;
        };
        let adjoins = !matches!(self.peek_at(0), Some(Token::Symbol(_))) && at.end < span.start;
        (word == "if" && adjoins).then(|| {
            SyntaxError::new(at.clone(), "`if` is not part of the language").help(CASE_HELP)
        })
    }

    /// `1,500 usd` and `1.500,00 usd`: separators that a number does not have.
    fn grouped_number(&self, comma: &Range<usize>) -> Option<SyntaxError> {
        let of_number = |c: char| c.is_ascii_digit() || matches!(c, '.' | ',');
        let before = self.text.get(..comma.start)?;
        let start = before.trim_end_matches(of_number).len();
        let after = self.text.get(comma.end..)?;
        let end = self.text.len() - after.trim_start_matches(of_number).len();
        let written = self.text.get(start..end)?;
        let plain = ungrouped(written)?;
        let rest = self.text.get(end..)?.trim_start();
        let unit = rest.split(|c: char| !c.is_ascii_alphabetic()).next();
        let unit = unit.filter(|unit| is_unit(unit)).unwrap_or("");
        let whole = if unit.is_empty() {
            start..end
        } else {
            start..self.text.len() - rest.len() + unit.len()
        };
        let plain = format!("{plain} {unit}").trim_end().to_owned();
        let dollar = if unit == "usd" && !written.contains('.') {
            format!(", or `${written}`")
        } else {
            String::new()
        };
        let all = self.text.get(whole.clone())?;
        let advice = Advice::words(format!("write `{plain}`{dollar}"));
        let message = "a number has no comma between its digits";
        Some(SyntaxError::new(whole, message).advice(advice.in_place(all, plain)))
    }

    /// `x != missing`; the operator was taken.
    pub(super) fn compared_with_missing(
        &self,
        operator: Symbol,
        span: Range<usize>,
    ) -> SyntaxError {
        let end = self.peek().map_or(span.end, |(_, missing)| missing.end);
        let whole = span.start..end;
        let written = self.text.get(whole.clone()).unwrap_or("");
        let error = SyntaxError::new(whole, "`missing` is no value to compare with");
        if operator == Symbol::NotEqual {
            error.advice(is_missing(written, "is not missing"))
        } else if operator == Symbol::Equal {
            error.advice(is_missing(written, "is missing"))
        } else {
            error.help("write `x is missing` or `x is not missing`")
        }
    }
}

fn is_unit(word: &str) -> bool {
    matches!(word, "day" | "days") || currencies::is_known(word)
}

fn is_missing(written: &str, instead: &str) -> Advice {
    let advice = Advice::words(format!("write `x {instead}`"));
    advice.in_place(written, instead).surely()
}

/// A number with commas between thousands, or with a comma before its decimals, as this language has it.
fn ungrouped(written: &str) -> Option<String> {
    let (whole, decimals) = match (written.rfind('.'), written.rfind(',')) {
        (Some(point), Some(comma)) => written.split_at(point.max(comma)),
        // Without decimals every separator stands between thousands.
        _ => (written, ""),
    };
    let decimals = decimals.get(1..).unwrap_or("");
    let groups: Vec<&str> = whole.split(['.', ',']).collect();
    let (first, rest) = groups.split_first()?;
    let grouped = (1..=3).contains(&first.len()) && rest.iter().all(|group| group.len() == 3);
    let plain = groups.concat();
    if !grouped || !decimals.chars().all(|c| c.is_ascii_digit()) {
        return None;
    }
    Some(match decimals.trim_end_matches('0') {
        "" => plain,
        _ => format!("{plain}.{decimals}"),
    })
}
