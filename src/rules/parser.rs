//! Reads an expression: a Pratt parser, stronger operators binding first.
//!
//! From weak to strong: `or`, `and`, `not`, comparisons (`==` `!=` `<` `<=` `>` `>=` `in`
//! `between` `is missing`, which do not chain), `+` `-`, `*` `/`, unary `-`.

mod literals;
mod slips;

use std::ops::Range;

use rust_decimal::Decimal;

use super::advice::{Advice, did_you_mean};
use super::ast::{ArithmeticOp, CompareOp, Expr, ExprKind, Function, LISTS};
use super::diagnostic::Code;
use super::lexer::{self, Spanned, Symbol, SyntaxError, Token};
use crate::features::Value;
use crate::limits;
use crate::money::Currency;
pub(super) use literals::{KEYWORDS, is_keyword};
use literals::{decimal, keyword_help, literal, money, whole_number, with_unit};

const OR: u8 = 1;
const AND: u8 = 2;
const NOT: u8 = 3;
const COMPARISON: u8 = 4;
const SUM: u8 = 5;
const PRODUCT: u8 = 6;
const NEGATION: u8 = 7;

/// Reads a whole expression.
pub(super) fn parse(text: &str) -> Result<Expr, SyntaxError> {
    if text.len() > limits::EXPRESSION_BYTES_MAX {
        return Err(SyntaxError {
            code: Code::TooLarge,
            span: 0..text.len(),
            message: format!(
                "an expression has at most {} bytes",
                limits::EXPRESSION_BYTES_MAX
            ),
            advice: Box::new(Advice::words("name parts of it in [derive]")),
        });
    }
    let mut parser = Parser {
        tokens: lexer::lex(text)?,
        next: 0,
        depth: 0,
        text,
    };
    let expr = parser.expression(OR)?;
    match parser.peek() {
        None => Ok(expr),
        Some((Token::Symbol(Symbol::Arrow), span)) => Err(stray_arrow(span.clone())),
        Some((Token::Word(word), span)) if word == WHERE => Err(stray_where(span.clone())),
        Some((token, span)) => Err(parser.slip().unwrap_or_else(|| {
            let message = format!("{} does not belong here", lexer::describe(token));
            let keyword = match token {
                Token::Word(word) => keyword_help(word),
                Token::Number(..) | Token::Date(_) | Token::Text(_) | Token::Symbol(_) => None,
            };
            let advice = keyword.unwrap_or_else(|| Advice::words(JOIN_HELP));
            SyntaxError::new(span.clone(), message).advice(advice)
        })),
    }
}

/// What begins the condition under which a function over subjects looks at a value.
const WHERE: &str = "where";
/// What begins the last value of `case`.
const OTHERWISE: &str = "otherwise";
const CASE_HELP: &str = "write `case(condition => value, otherwise => value)`";

fn stray_arrow(span: Range<usize>) -> SyntaxError {
    SyntaxError::new(
        span,
        "`=>` stands between a condition of `case` and its value only",
    )
    .advice(Advice::words("write `>=` if a comparison is meant").in_place("=>", ">="))
}

fn stray_where(span: Range<usize>) -> SyntaxError {
    SyntaxError::new(
        span,
        "`where` stands in a function over accounts, applicants or income streams only",
    )
    .help("as in `sum(account.current where account.active)`")
}

const JOIN_HELP: &str = "join conditions with `and` or `or`";

struct Parser<'t> {
    tokens: Vec<Spanned>,
    next: usize,
    depth: usize,
    text: &'t str,
}

impl Parser<'_> {
    fn peek(&self) -> Option<&Spanned> {
        self.tokens.get(self.next)
    }

    fn peek_at(&self, ahead: usize) -> Option<&Token> {
        self.tokens.get(self.next + ahead).map(|(token, _)| token)
    }

    fn take(&mut self) -> Option<Spanned> {
        let token = self.tokens.get(self.next).cloned();
        self.next += usize::from(token.is_some());
        token
    }

    fn is_symbol(&self, symbol: Symbol) -> bool {
        self.peek_at(0) == Some(&Token::Symbol(symbol))
    }

    fn is_word(&self, ahead: usize, word: &str) -> bool {
        matches!(self.peek_at(ahead), Some(Token::Word(found)) if found == word)
    }

    fn expect(&mut self, symbol: Symbol, text: &str) -> Result<Range<usize>, SyntaxError> {
        match self.take() {
            Some((Token::Symbol(found), span)) if found == symbol => Ok(span),
            found => Err(self.unexpected(found, &format!("`{text}`"))),
        }
    }

    /// What was found, and taken, in place of what is wanted.
    fn unexpected(&mut self, found: Option<Spanned>, wanted: &str) -> SyntaxError {
        if found.is_some() {
            self.next = self.next.saturating_sub(1);
            if let Some(slip) = self.slip() {
                return slip;
            }
        }
        match found {
            Some((Token::Symbol(Symbol::Arrow), span)) => stray_arrow(span),
            Some((Token::Word(word), span)) if word == WHERE => stray_where(span),
            Some((token, span)) => SyntaxError::new(
                span,
                format!("expected {wanted}, found {}", lexer::describe(&token)),
            )
            .help(format!(
                "write {wanted} here, or look at what stands before it"
            )),
            None => SyntaxError::new(
                self.text.len()..self.text.len(),
                format!("the expression ends where {wanted} is expected"),
            )
            .help(format!(
                "write {wanted} here, or leave out what asks for it"
            )),
        }
    }

    /// An expression of operators that bind at least as strongly as `weakest`.
    fn expression(&mut self, weakest: u8) -> Result<Expr, SyntaxError> {
        self.depth += 1;
        if self.depth > limits::EXPRESSION_DEPTH_MAX {
            let at = self
                .peek()
                .map_or(self.text.len()..self.text.len(), |(_, span)| span.clone());
            return Err(too_deep(at));
        }
        let mut left = self.prefix(weakest)?;
        while let Some(power) = self.infix_power() {
            if power < weakest {
                break;
            }
            left = self.infix(left, power)?;
            if left.height > limits::EXPRESSION_DEPTH_MAX {
                return Err(too_deep(left.span));
            }
        }
        self.depth -= 1;
        Ok(left)
    }

    /// How strongly the next token binds as an operator between two parts.
    fn infix_power(&self) -> Option<u8> {
        match self.peek_at(0)? {
            Token::Symbol(Symbol::Or) => Some(OR),
            Token::Symbol(Symbol::And) => Some(AND),
            Token::Symbol(Symbol::Plus | Symbol::Minus) => Some(SUM),
            Token::Symbol(Symbol::Times | Symbol::Divide) => Some(PRODUCT),
            Token::Symbol(other) => compare_op(*other).map(|_| COMPARISON),
            Token::Word(word) => match word.as_str() {
                "or" => Some(OR),
                "and" => Some(AND),
                "in" | "between" | "is" => Some(COMPARISON),
                "not" if self.is_word(1, "in") => Some(COMPARISON),
                _ => None,
            },
            Token::Number(..) | Token::Date(_) | Token::Text(_) => None,
        }
    }

    fn infix(&mut self, left: Expr, power: u8) -> Result<Expr, SyntaxError> {
        match power {
            OR | AND => self.junction(left, power),
            COMPARISON => {
                let whole = self.comparison(left)?;
                match self.peek() {
                    Some((_, span)) if self.infix_power() == Some(COMPARISON) => {
                        Err(SyntaxError::new(span.clone(), "comparisons do not chain")
                            .help("write `x between a and b`, or join two with `and`"))
                    }
                    _ => Ok(whole),
                }
            }
            _ => {
                let op = match self.take() {
                    Some((Token::Symbol(Symbol::Plus), _)) => ArithmeticOp::Add,
                    Some((Token::Symbol(Symbol::Minus), _)) => ArithmeticOp::Subtract,
                    Some((Token::Symbol(Symbol::Times), _)) => ArithmeticOp::Multiply,
                    _ => ArithmeticOp::Divide,
                };
                let right = self.expression(power + 1)?;
                let span = left.span.start..right.span.end;
                let kind = ExprKind::Arithmetic(op, Box::new(left), Box::new(right));
                Ok(Expr::new(span, kind))
            }
        }
    }

    /// `a and b and c`, in one node.
    fn junction(&mut self, left: Expr, power: u8) -> Result<Expr, SyntaxError> {
        let start = left.span.start;
        let mut list = vec![left];
        while self.infix_power() == Some(power) {
            self.take();
            list.push(self.expression(power + 1)?);
        }
        let end = list.last().map_or(start, |last| last.span.end);
        let kind = if power == OR {
            ExprKind::Or(list)
        } else {
            ExprKind::And(list)
        };
        Ok(Expr::new(start..end, kind))
    }

    fn comparison(&mut self, left: Expr) -> Result<Expr, SyntaxError> {
        let start = left.span.start;
        let left = Box::new(left);
        let Some((token, span)) = self.take() else {
            return Ok(*left);
        };
        let (kind, end) = match token {
            Token::Symbol(symbol) => {
                if self.is_word(0, "missing") {
                    return Err(self.compared_with_missing(symbol, span));
                }
                let right = self.expression(SUM)?;
                let end = right.span.end;
                // INVARIANT: `infix_power` let only comparisons through.
                let op = compare_op(symbol).unwrap_or(CompareOp::Equal);
                (ExprKind::Compare(op, left, Box::new(right)), end)
            }
            Token::Word(word) if word == "between" => {
                let low = self.expression(SUM)?;
                if !(self.is_word(0, "and") || self.is_symbol(Symbol::And)) {
                    let found = self.take();
                    return Err(self
                        .unexpected(found, "`and`")
                        .help("write `x between a and b`"));
                }
                self.take();
                let high = self.expression(SUM)?;
                let end = high.span.end;
                (ExprKind::Between(left, Box::new(low), Box::new(high)), end)
            }
            Token::Word(word) if word == "is" => {
                let negated = self.is_word(0, "not");
                self.next += usize::from(negated);
                match self.take() {
                    Some((Token::Word(word), span)) if word == "missing" => (
                        ExprKind::IsMissing {
                            value: left,
                            negated,
                        },
                        span.end,
                    ),
                    found => {
                        return Err(self
                            .unexpected(found, "`missing`")
                            .help("write `is missing` or `is not missing`; equality is `==`"));
                    }
                }
            }
            Token::Word(word) => {
                let negated = word == "not";
                self.next += usize::from(negated);
                let (list, end) = self.list(span)?;
                (
                    ExprKind::In {
                        value: left,
                        list,
                        negated,
                    },
                    end,
                )
            }
            Token::Number(..) | Token::Date(_) | Token::Text(_) => return Ok(*left),
        };
        Ok(Expr::new(start..end, kind))
    }

    /// `[a, b]` or `lists.x` after `in`.
    fn list(&mut self, after: Range<usize>) -> Result<(Vec<Expr>, usize), SyntaxError> {
        if let Some((Token::Word(name), span)) = self.peek().cloned()
            && name.starts_with(LISTS)
        {
            self.take();
            let end = span.end;
            return Ok((vec![Expr::new(span, ExprKind::Name(name))], end));
        }
        self.expect(Symbol::OpenList, "[")
            .map_err(|error| error.help("write `x in [a, b]` or `x in lists.NAME`"))?;
        if self.is_symbol(Symbol::CloseList) {
            return Err(SyntaxError::new(after, "nothing is in an empty list"));
        }
        let list = self.arguments()?;
        let end = self.expect(Symbol::CloseList, "]")?.end;
        Ok((list, end))
    }

    /// What a function over subjects looks at, with the condition that follows.
    fn looked_at(&mut self, value: Expr) -> Result<Expr, SyntaxError> {
        self.take();
        let condition = self.expression(OR)?;
        let span = value.span.start..condition.span.end;
        let kind = ExprKind::Where(Box::new(value), Box::new(condition));
        Ok(Expr::new(span, kind))
    }

    /// The conditions of `case`, each with its value, and the value of `otherwise`.
    fn arms(&mut self) -> Result<Vec<Expr>, SyntaxError> {
        let mut list = Vec::new();
        loop {
            let arrow = Some(&Token::Symbol(Symbol::Arrow));
            if self.is_word(0, OTHERWISE) && self.peek_at(1) == arrow {
                self.next += 2;
                list.push(self.expression(OR)?);
                return Ok(list);
            }
            list.push(self.expression(OR)?);
            match self.take() {
                Some((Token::Symbol(Symbol::Arrow), _)) => {}
                found => return Err(self.unexpected(found, "`=>`").help(CASE_HELP)),
            }
            list.push(self.expression(OR)?);
            match self.take() {
                Some((Token::Symbol(Symbol::Comma), _)) => {}
                found => {
                    let wanted = "`, otherwise => …`";
                    return Err(self.unexpected(found, wanted).help(CASE_HELP));
                }
            }
        }
    }

    /// Expressions separated by commas.
    fn arguments(&mut self) -> Result<Vec<Expr>, SyntaxError> {
        let first = self.expression(OR)?;
        self.more(first)
    }

    /// The expressions after the first one, each behind a comma.
    fn more(&mut self, first: Expr) -> Result<Vec<Expr>, SyntaxError> {
        let mut list = vec![first];
        while self.is_symbol(Symbol::Comma) {
            self.take();
            list.push(self.expression(OR)?);
        }
        Ok(list)
    }

    /// A value, or what an operator before it makes of one.
    fn prefix(&mut self, weakest: u8) -> Result<Expr, SyntaxError> {
        let found = self.take();
        let Some((token, span)) = found else {
            return Err(self.unexpected(None, "a value"));
        };
        match token {
            Token::Number(number, pointed) => self.number(number, pointed, span),
            Token::Date(date) => Ok(literal(span, Value::Date(date))),
            Token::Text(text) => Ok(literal(span, Value::Text(text))),
            Token::Word(word) if word == "not" => self.not(&span, weakest),
            Token::Word(word) => self.word(word, span),
            Token::Symbol(Symbol::Not) => self.not(&span, weakest),
            Token::Symbol(Symbol::Minus) => {
                let inner = self.expression(NEGATION)?;
                let whole = span.start..inner.span.end;
                Ok(Expr::new(whole, ExprKind::Negate(Box::new(inner))))
            }
            Token::Symbol(Symbol::Dollar) => match self.take() {
                Some((Token::Number(number, _), end)) => {
                    money(number, Currency::USD, span.start..end.end)
                }
                found => Err(self.unexpected(found, "an amount after `$`")),
            },
            Token::Symbol(Symbol::Open) => {
                let mut inner = self.expression(OR)?;
                let end = self.expect(Symbol::Close, ")")?.end;
                inner.span = span.start..end;
                Ok(inner)
            }
            Token::Symbol(_) => Err(self.unexpected(Some((token, span)), "a value")),
        }
    }

    /// `not` takes the whole comparison behind it, so it stands in no part of one without parentheses.
    fn not(&mut self, span: &Range<usize>, weakest: u8) -> Result<Expr, SyntaxError> {
        if weakest > NOT {
            let message = "`not` binds less than the operator before it";
            return Err(SyntaxError::new(span.clone(), message)
                .help("put it in parentheses, as in `a == (not b)`"));
        }
        let inner = self.expression(NOT)?;
        let whole = span.start..inner.span.end;
        Ok(Expr::new(whole, ExprKind::Not(Box::new(inner))))
    }

    fn word(&mut self, word: String, span: Range<usize>) -> Result<Expr, SyntaxError> {
        match word.as_str() {
            "true" => return Ok(literal(span, Value::Bool(true))),
            "false" => return Ok(literal(span, Value::Bool(false))),
            keyword if is_keyword(keyword) => {
                return Err(self.unexpected(Some((Token::Word(word), span)), "a value"));
            }
            _ => {}
        }
        if !self.is_symbol(Symbol::Open) {
            return Ok(Expr::new(span, ExprKind::Name(word)));
        }
        let Some(function) = Function::ALL.into_iter().find(|f| f.as_str() == word) else {
            let names = Function::ALL.map(Function::as_str);
            let help = did_you_mean(&word, names)
                .or_else(|| slips::habitual(&word))
                .unwrap_or_else(|| format!("the functions are `{}`", names.join("`, `")).into());
            return Err(SyntaxError {
                code: Code::UnknownFunction,
                span,
                message: format!("there is no function `{word}`"),
                advice: Box::new(help),
            });
        };
        self.take();
        if self.is_symbol(Symbol::Close) {
            return Err(SyntaxError::new(
                span,
                format!("`{word}` needs an argument"),
            ));
        }
        let arguments = if function == Function::Case {
            self.arms()?
        } else {
            let first = self.expression(OR)?;
            if function.is_over_subjects() && self.is_word(0, WHERE) {
                let one = self.looked_at(first)?;
                if self.is_symbol(Symbol::Comma) {
                    let at = self.peek().map_or(span, |(_, span)| span.clone());
                    return Err(
                        SyntaxError::new(at, "`where` stands behind one value alone")
                            .help("as in `sum(account.current where account.active)`"),
                    );
                }
                vec![one]
            } else {
                self.more(first)?
            }
        };
        let end = self.expect(Symbol::Close, ")")?.end;
        Ok(Expr::new(
            span.start..end,
            ExprKind::Call(function, arguments),
        ))
    }

    /// A number with the unit that may follow it.
    fn number(
        &mut self,
        number: Decimal,
        pointed: bool,
        span: Range<usize>,
    ) -> Result<Expr, SyntaxError> {
        if self.is_symbol(Symbol::Percent) {
            let end = self.take().map_or(span.end, |(_, span)| span.end);
            return decimal(number, span.start..end)
                .map(|(number, span)| literal(span, Value::Percent(number.normalize())));
        }
        if let Some((Token::Word(unit), end)) = self.peek().cloned()
            && !is_keyword(&unit)
        {
            self.take();
            let whole = span.start..end.end;
            return with_unit(number, &unit, whole, end);
        }
        if pointed {
            return decimal(number, span)
                .map(|(number, span)| literal(span, Value::Ratio(number.normalize())));
        }
        whole_number(number, &span).map(|number| literal(span, Value::Count(number)))
    }
}

fn compare_op(symbol: Symbol) -> Option<CompareOp> {
    match symbol {
        Symbol::Equal => Some(CompareOp::Equal),
        Symbol::NotEqual => Some(CompareOp::NotEqual),
        Symbol::Less => Some(CompareOp::Less),
        Symbol::LessEqual => Some(CompareOp::LessEqual),
        Symbol::Greater => Some(CompareOp::Greater),
        Symbol::GreaterEqual => Some(CompareOp::GreaterEqual),
        Symbol::And
        | Symbol::Or
        | Symbol::Not
        | Symbol::Plus
        | Symbol::Minus
        | Symbol::Times
        | Symbol::Divide
        | Symbol::Percent
        | Symbol::Dollar
        | Symbol::Open
        | Symbol::Close
        | Symbol::OpenList
        | Symbol::CloseList
        | Symbol::Comma
        | Symbol::Arrow => None,
    }
}

fn too_deep(span: Range<usize>) -> SyntaxError {
    SyntaxError {
        code: Code::TooLarge,
        span,
        message: format!(
            "an expression is nested at most {} deep",
            limits::EXPRESSION_DEPTH_MAX
        ),
        advice: Box::new(Advice::words("name parts of it in [derive]")),
    }
}
