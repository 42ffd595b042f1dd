//! Reads the tests that stand in tables: `*`, `>= 720`, `680..719`, `CA | TX`.

use crate::features::{Type, Value};
use crate::money::Currency;
use crate::rules::advice::Advice;
use crate::rules::ast::{Expr, ExprKind};
use crate::rules::check::Checker;
use crate::rules::compile;
use crate::rules::diagnostic::Code;
use crate::rules::node::Node;
use crate::rules::resolve::{NameScope, Typed};
use crate::rules::scalar::{self, Scalar, whole_of};
use crate::rules::table::{Passes, TableInput, Test};
use crate::rules::toml_reader::Text;
use crate::rules::types;

use super::ANY;

/// What stands between two tests of which either may pass.
const OR: char = '|';
/// What stands between the ends of a range.
const TO: &str = "..";

impl Checker<'_> {
    /// A test of an input.
    pub(super) fn test(&mut self, text: &Text, input: &TableInput) -> Option<Test> {
        let passes = if text.value.trim() == ANY {
            Passes::Any
        } else if input.ty == Type::Text {
            Passes::Texts(self.texts(text, input)?)
        } else {
            let parts: Vec<Option<(i64, i64)>> = alternatives(text)
                .iter()
                .map(|part| self.range(part, input.ty))
                .collect();
            Passes::Ranges(parts.into_iter().collect::<Option<_>>()?)
        };
        Some(Test {
            text: text.value.trim().to_owned(),
            text_at: text.span.start,
            passes,
        })
    }

    fn texts(&mut self, text: &Text, input: &TableInput) -> Option<Vec<String>> {
        let mut texts = Vec::new();
        for part in alternatives(text) {
            let Value::Text(word) = self.item(&part, Type::Text)? else {
                return None;
            };
            self.word_of_input(&part, input, &word);
            texts.push(word);
        }
        Some(texts)
    }

    /// Reports a word that the input never is.
    fn word_of_input(&mut self, text: &Text, input: &TableInput, word: &str) {
        let typed = |node: Node| Typed {
            node,
            ty: Type::Text,
            bare: false,
            constant: false,
        };
        let value = typed(input.formula.node.clone());
        let known = typed(Node::Constant(Value::Text(word.to_owned())));
        let written = Expr::new(0..text.value.len(), ExprKind::Name(String::new()));
        let mut resolver = self.resolver(text, NameScope::Constant);
        resolver.known_word(&value, &written, &known);
    }

    /// The integers that a test of an ordered value, or of yes or no, lets pass.
    fn range(&mut self, text: &Text, ty: Type) -> Option<(i64, i64)> {
        let value = text.value.as_str();
        if value.is_empty() {
            let message = "a test is empty";
            let help = format!("write `{ANY}` where any value passes");
            self.report
                .error_with(Code::BadValue, &text.span, message, help);
            return None;
        }
        // The longer ones first.
        let operators = [
            ("<=", false, true),
            (">=", true, true),
            ("<", false, false),
            (">", true, false),
        ];
        for (operator, upwards, included) in operators {
            let Some(rest) = value.strip_prefix(operator) else {
                continue;
            };
            let rest = text.part(value.len() - rest.len()..value.len());
            let bound = self.end_of(&rest, ty)?;
            self.is_ordered(text, ty)?;
            let bound = match (included, upwards) {
                (true, _) => Some(bound),
                (false, true) => bound.checked_add(1),
                (false, false) => bound.checked_sub(1),
            };
            return Some(match (bound, upwards) {
                (Some(bound), true) => (bound, i64::MAX),
                (Some(bound), false) => (i64::MIN, bound),
                (None, _) => return self.nothing_between(text),
            });
        }
        let Some(between) = value.find(TO) else {
            let bound = self.end_of(text, ty)?;
            return Some((bound, bound));
        };
        let low = self.end_of(&text.part(0..between), ty);
        let high = self.end_of(&text.part(between + TO.len()..value.len()), ty);
        self.is_ordered(text, ty)?;
        let (low, high) = (low?, high?);
        if low > high {
            return self.nothing_between(text);
        }
        Some((low, high))
    }

    fn nothing_between(&mut self, text: &Text) -> Option<(i64, i64)> {
        let value = text.value.trim();
        let message = format!("no value passes `{value}`");
        let advice = match value.split_once(TO) {
            Some((high, low)) => {
                let exchanged = format!("{}{TO}{}", low.trim(), high.trim());
                let words = Advice::words(format!("write `{exchanged}`"));
                words.in_place(&text.value, exchanged).surely()
            }
            None => Advice::words("look at its end"),
        };
        self.report
            .error_with(Code::OutOfRange, &text.span, message, advice);
        None
    }

    fn is_ordered(&mut self, text: &Text, ty: Type) -> Option<()> {
        if types::is_ordered(ty) {
            return Some(());
        }
        let message = format!("{ty} has no order: name the values");
        self.report.error(Code::TypeMismatch, &text.span, message);
        None
    }

    /// A constant as an integer in the unit of a type.
    fn end_of(&mut self, text: &Text, ty: Type) -> Option<i64> {
        let text = trimmed(text);
        let (formula, typed) = self.formula(&text, NameScope::Constant, false)?;
        let percent = typed.bare && ty == Type::Percent;
        if types::common(typed.ty, ty).is_none() || percent {
            self.expect_type(&text, &typed, ty)?;
        }
        let currency = self.currency.unwrap_or(Currency::USD);
        let value = compile::constant(&formula.node, currency).ok();
        let scalar = value.as_ref();
        let scalar = scalar.and_then(|value| Scalar::read(value, currency).ok());
        let whole = scalar.and_then(|scalar| match scalar.ty() == ty {
            true => whole_of(scalar),
            false => scalar::in_unit(scalar, ty),
        });
        if whole.is_none() {
            let message = format!("`{}` is no {ty} that a value can be", text.value);
            self.report.error(Code::OutOfRange, &text.span, message);
        }
        whole
    }
}

/// The tests of which either may pass.
fn alternatives(text: &Text) -> Vec<Text> {
    let mut start = 0;
    let parts = text.value.split(OR).map(|part| {
        let at = start..start + part.len();
        start = at.end + OR.len_utf8();
        trimmed(&text.part(at))
    });
    parts.collect()
}

fn trimmed(text: &Text) -> Text {
    let value = text.value.as_str();
    let start = value.len() - value.trim_start().len();
    text.part(start..start + value.trim().len())
}
