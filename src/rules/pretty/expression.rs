//! Writes an expression: the text of the same tokens, with the blanks that belong between them, and
//! over several lines where it is long.

use std::ops::Range;

use super::WIDTH;
use crate::limits;
use crate::rules::lexer::{self, Spanned, Symbol, Token};
use crate::rules::parser::{self, is_keyword};

const INDENT: usize = 2;

/// An expression as it should be written.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Printed {
    Line(String),
    /// Over several lines.
    Block(String),
}

/// Prints an expression that has this much room in its line; it is not broken where that is `None`.
/// Nothing where it is not well formed, or where literal quotes could not hold it.
pub(super) fn print(text: &str, room: Option<usize>) -> Option<Printed> {
    parser::parse(text).ok()?;
    let tokens = lexer::lex(text).ok()?;
    let printer = Printer {
        text,
        tokens: &tokens,
    };
    let all = 0..tokens.len();
    let flat = printer.flat(&all);
    let is_long = room.is_some_and(|room| flat.chars().count() > room);
    let printed = if room.is_some() && (is_long || printer.is_choice(&all)) {
        let mut lines = printer.broken(&all, 0, "");
        if lines.len() > 1 {
            Printed::Block(lines.join("\n"))
        } else {
            Printed::Line(lines.pop()?)
        }
    } else {
        Printed::Line(flat)
    };
    let (Printed::Line(written) | Printed::Block(written)) = &printed;
    let quoted = |c: char| c == '\'' || (c.is_control() && c != '\n');
    let same = lexer::lex(written).is_ok_and(|again| {
        again
            .iter()
            .map(|one| &one.0)
            .eq(tokens.iter().map(|one| &one.0))
    });
    let fits = written.len() <= limits::EXPRESSION_BYTES_MAX;
    (same && fits && !written.contains(quoted)).then_some(printed)
}

struct Printer<'t> {
    text: &'t str,
    tokens: &'t [Spanned],
}

impl Printer<'_> {
    fn token(&self, at: usize) -> Option<&Token> {
        self.tokens.get(at).map(|(token, _)| token)
    }

    fn symbol(&self, at: usize) -> Option<Symbol> {
        match self.token(at)? {
            Token::Symbol(symbol) => Some(*symbol),
            Token::Number(..) | Token::Date(_) | Token::Text(_) | Token::Word(_) => None,
        }
    }

    fn word(&self, at: usize) -> Option<&str> {
        match self.token(at)? {
            Token::Word(word) => Some(word),
            Token::Number(..) | Token::Date(_) | Token::Text(_) | Token::Symbol(_) => None,
        }
    }

    fn is_keyword(&self, at: usize) -> bool {
        self.word(at).is_some_and(is_keyword)
    }

    /// Tokens in one line.
    fn flat(&self, range: &Range<usize>) -> String {
        let mut out = String::new();
        for at in range.clone() {
            if at > range.start && self.is_apart(at) {
                out.push(' ');
            }
            let span = self.tokens.get(at).map(|(_, span)| span.clone());
            out.push_str(span.and_then(|span| self.text.get(span)).unwrap_or(""));
        }
        out
    }

    /// Whether a blank stands before a token that is not the first.
    fn is_apart(&self, at: usize) -> bool {
        let before = at.saturating_sub(1);
        match (self.symbol(before), self.symbol(at)) {
            (_, Some(Symbol::Close | Symbol::CloseList | Symbol::Comma | Symbol::Percent))
            | (Some(Symbol::Open | Symbol::OpenList | Symbol::Dollar | Symbol::Not), _) => false,
            (Some(Symbol::Minus), _) if self.is_sign(before) => false,
            // The arguments of a function.
            (_, Some(Symbol::Open)) => self.word(before).is_none() || self.is_keyword(before),
            _ => true,
        }
    }

    /// Whether a minus is that of a number, with nothing before it to subtract from.
    fn is_sign(&self, at: usize) -> bool {
        let Some(before) = at.checked_sub(1) else {
            return true;
        };
        match self.symbol(before) {
            Some(symbol) => !matches!(symbol, Symbol::Close | Symbol::CloseList | Symbol::Percent),
            None => self.is_keyword(before) && self.word(before) != Some("missing"),
        }
    }

    /// The lines of tokens that begin with `lead`.
    fn lines(&self, range: &Range<usize>, indent: usize, lead: &str) -> Vec<String> {
        let flat = self.flat(range);
        let width = indent + lead.chars().count() + flat.chars().count();
        if width <= WIDTH && !self.is_choice(range) {
            return vec![format!("{}{lead}{flat}", " ".repeat(indent))];
        }
        self.broken(range, indent, lead)
    }

    /// The same, over several lines if there is a place to break.
    fn broken(&self, range: &Range<usize>, indent: usize, lead: &str) -> Vec<String> {
        for (word, symbol) in [("or", Symbol::Or), ("and", Symbol::And)] {
            let joints = self.joints(range, word, symbol);
            if !joints.is_empty() {
                return self.joined(range, &joints, indent, lead);
            }
        }
        let group = self.last_group(range);
        let Some(open) = group.filter(|open| self.may_break(range, *open, lead)) else {
            return vec![format!("{}{lead}{}", " ".repeat(indent), self.flat(range))];
        };
        let blanks = " ".repeat(indent);
        let mut out = vec![format!(
            "{blanks}{lead}{}",
            self.flat(&(range.start..open + 1))
        )];
        let last = range.end.saturating_sub(1);
        let arguments = self.arguments(&(open + 1..last));
        let arrows = self.arrows(&arguments);
        for (index, argument) in arguments.iter().enumerate() {
            let mut lines = match arrows.get(index) {
                Some((condition, blanks, value)) => {
                    let inside = " ".repeat(indent + INDENT);
                    vec![format!("{inside}{condition}{blanks} => {value}")]
                }
                None => self.lines(argument, indent + INDENT, ""),
            };
            if let (Some(line), true) = (lines.last_mut(), index + 1 < arguments.len()) {
                line.push(',');
            }
            out.append(&mut lines);
        }
        out.push(format!("{blanks}{}", self.flat(&(last..range.end))));
        out
    }

    /// Operands below each other, each but the first after its operator.
    fn joined(
        &self,
        range: &Range<usize>,
        joints: &[usize],
        indent: usize,
        lead: &str,
    ) -> Vec<String> {
        let ends = joints.iter().copied().chain([range.end]);
        let mut start = range.start;
        let mut out = Vec::new();
        for (index, end) in ends.enumerate() {
            if index == 0 {
                out = self.lines(&(start..end), indent, lead);
            } else {
                let operator = self.flat(&(start..start + 1));
                let lead = format!("{operator} ");
                out.extend(self.lines(&(start + 1..end), indent + INDENT, &lead));
            }
            start = end;
        }
        out
    }

    /// Where an operator stands that no brackets surround. The `and` of `between a and b` is none.
    fn joints(&self, range: &Range<usize>, word: &str, symbol: Symbol) -> Vec<usize> {
        let mut ranges_open = 0_usize;
        let mut joints = Vec::new();
        for at in self.outside(range) {
            if self.word(at) == Some("between") {
                ranges_open += 1;
            }
            let is_and = self.word(at) == Some("and") || self.symbol(at) == Some(Symbol::And);
            if is_and && ranges_open > 0 {
                ranges_open -= 1;
            } else if self.word(at) == Some(word) || self.symbol(at) == Some(symbol) {
                joints.push(at);
            }
        }
        joints
    }

    /// The tokens that no brackets surround, the brackets themselves included.
    fn outside(&self, range: &Range<usize>) -> Vec<usize> {
        let mut depth = 0_usize;
        let mut found = Vec::new();
        for at in range.clone() {
            let symbol = self.symbol(at);
            if matches!(symbol, Some(Symbol::Close | Symbol::CloseList)) {
                depth = depth.saturating_sub(1);
            }
            if depth == 0 {
                found.push(at);
            }
            if matches!(symbol, Some(Symbol::Open | Symbol::OpenList)) {
                depth += 1;
            }
        }
        found
    }

    /// Where the brackets open that close with the last token.
    fn last_group(&self, range: &Range<usize>) -> Option<usize> {
        let outside = self.outside(range);
        let mut from_the_end = outside.iter().rev();
        let last = *from_the_end.next()?;
        let closes = matches!(self.symbol(last), Some(Symbol::Close | Symbol::CloseList));
        let open = *from_the_end.next()?;
        (closes && open + 1 < last).then_some(open)
    }

    /// Whether the brackets of a range may stand on lines of their own: those around a condition, and
    /// of a function that is the whole expression and gives a value. A comparison stays in one line,
    /// as it is shown in a trace; `any(…)` and `all(…)` are such.
    fn may_break(&self, range: &Range<usize>, open: usize, lead: &str) -> bool {
        let is_not =
            self.word(range.start) == Some("not") || self.symbol(range.start) == Some(Symbol::Not);
        let is_function = self.word(range.start).is_some() && !self.is_keyword(range.start);
        let is_condition = matches!(self.word(range.start), Some("any" | "all"));
        open == range.start
            || (open == range.start + 1
                && (is_not || (is_function && !is_condition && lead.is_empty())))
    }

    /// What stands between commas.
    fn arguments(&self, range: &Range<usize>) -> Vec<Range<usize>> {
        let mut start = range.start;
        let mut found = Vec::new();
        for at in self.outside(range) {
            if self.symbol(at) == Some(Symbol::Comma) {
                found.push(start..at);
                start = at + 1;
            }
        }
        found.push(start..range.end);
        found
    }

    /// Whether it is a `case` of several conditions, which is read line by line.
    fn is_choice(&self, range: &Range<usize>) -> bool {
        /// `case(a => 1, otherwise => 2)` is one condition still.
        const CONDITIONS: usize = 2;
        self.word(range.start) == Some("case")
            && self.last_group(range) == Some(range.start + 1)
            && self
                .arguments(&(range.start + 2..range.end.saturating_sub(1)))
                .len()
                > CONDITIONS
    }

    /// Conditions with the blanks that bring their arrows in one column, and their values. None
    /// where there are no arrows, or the lines would be too wide.
    fn arrows(&self, arguments: &[Range<usize>]) -> Vec<(String, String, String)> {
        let cut = arguments.iter().map(|argument| {
            let outside = self.outside(argument);
            let mut outside = outside.into_iter();
            let arrow = outside.find(|at| self.symbol(*at) == Some(Symbol::Arrow))?;
            let condition = self.flat(&(argument.start..arrow));
            Some((condition, self.flat(&(arrow + 1..argument.end))))
        });
        let Some(cut) = cut.collect::<Option<Vec<_>>>() else {
            return Vec::new();
        };
        let length = |text: &str| text.chars().count();
        let widest = cut.iter().map(|(condition, _)| length(condition)).max();
        let values = cut.iter().map(|(_, value)| length(value)).max();
        if widest.unwrap_or(0) + values.unwrap_or(0) + " => ".len() > WIDTH - INDENT {
            return Vec::new();
        }
        let padded = cut.into_iter().map(|(condition, value)| {
            let blanks = widest.unwrap_or(0).saturating_sub(length(&condition));
            (condition, " ".repeat(blanks), value)
        });
        padded.collect()
    }
}
