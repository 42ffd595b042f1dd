//! Checks `[inputs]` and `[params]`: types, what values there may be, and what is said of them.

use std::cmp::Ordering;

use rust_decimal::Decimal;

use super::{Checker, Depth, Naming};
use crate::features::{Control, Type, Value};
use crate::limits;
use crate::money::Currency;
use crate::rules::advice::Advice;
use crate::rules::attachments::{Attachments, Sources};
use crate::rules::declared;
use crate::rules::diagnostic::{Code, Diagnostic, Report};
use crate::rules::file::{InputEntry, ParamEntry};
use crate::rules::names::{Named, PlainParam};
use crate::rules::resolve::NameScope;
use crate::rules::rule_set::{DeclaredInput, Justified};
use crate::rules::toml_reader::Text;
use crate::rules::types;
use crate::rules::vocabulary::{controls, types};

impl Checker<'_> {
    pub(super) fn inputs(&mut self, entries: &[InputEntry]) -> Vec<DeclaredInput> {
        let types = types();
        let mut inputs = Vec::new();
        for entry in entries {
            let named = self.well_named(&entry.name, Naming::Word);
            let ty = entry.ty.as_ref();
            let ty = ty.and_then(|ty| self.word(ty, &types, "a type"));
            let name = entry.name.value.clone();
            let index = inputs.len();
            self.names
                .declare(format!("inputs.{name}"), Named::Input(index, ty));
            self.justified("inputs", &entry.name, entry.justification.as_ref());
            let Some((ty, ())) = ty.zip(named) else {
                continue;
            };
            inputs.push(self.input(entry, name, ty));
        }
        inputs
    }

    fn input(&mut self, entry: &InputEntry, name: String, ty: Type) -> DeclaredInput {
        let controls = controls();
        let control = entry.control.as_ref();
        let control = control.and_then(|word| self.word(word, &controls, "a direction"));
        let values = self.values(entry, ty);
        let (min, max) = self.ends(entry.min.as_ref(), entry.max.as_ref(), ty);
        let default = entry.default.as_ref();
        let default_value = default.and_then(|text| self.bound(text, ty));
        let declared = DeclaredInput {
            name,
            ty,
            required: entry.required,
            control: control.unwrap_or(Control::Either),
            doc: entry.doc.as_ref().map(|doc| doc.value.clone()),
            values,
            min,
            max,
            default: default_value,
            source: entry.source.as_ref().and_then(|source| self.source(source)),
        };
        if let (Some(text), Some(value)) = (default, &declared.default) {
            if let Some(problem) = declared::outside(&declared, value) {
                let message = format!("the default {problem}");
                let help = "a default is a value that could be sent".to_owned();
                self.report
                    .error_with(Code::OutOfRange, &text.span, message, help);
            }
            if entry.required {
                let message = "an input that must be sent has no use for a default";
                let help = "leave out `default`, or `required = true`".to_owned();
                self.report
                    .error_with(Code::BadValue, &text.span, message, help);
            }
        }
        declared
    }

    /// The texts that an input can be.
    fn values(&mut self, entry: &InputEntry, ty: Type) -> Vec<String> {
        let Some(values) = &entry.values else {
            return Vec::new();
        };
        let Some(first) = values.first() else {
            let message = "`values` is empty: nothing could be sent";
            self.report
                .error(Code::MissingKey, &entry.name.span, message);
            return Vec::new();
        };
        if ty != Type::Text {
            let message = format!("`values` goes with text, not with {ty}");
            let help = "say from where to where with `min` and `max`".to_owned();
            self.report
                .error_with(Code::TypeMismatch, &first.span, message, help);
            return Vec::new();
        }
        let mut known: Vec<String> = Vec::with_capacity(values.len());
        for value in values {
            if known.contains(&value.value) {
                let message = format!("`{}` stands there twice", value.value.escape_debug());
                self.report.error(Code::DuplicateId, &value.span, message);
            } else if value.value.is_empty() || value.value.len() > limits::TEXT_BYTES_MAX {
                let max = limits::TEXT_BYTES_MAX;
                let message = format!("a text that can be sent has 1 to {max} bytes");
                self.report.error(Code::OutOfRange, &value.span, message);
            } else if value.value.contains(char::is_control) {
                let message = "a text that can be sent has no control characters";
                self.report.error(Code::BadValue, &value.span, message);
            } else {
                known.push(value.value.clone());
            }
        }
        known
    }

    /// From where to where a value may be.
    fn ends(
        &mut self,
        min: Option<&Text>,
        max: Option<&Text>,
        ty: Type,
    ) -> (Option<Value>, Option<Value>) {
        if let Some(first) = min.or(max)
            && !types::is_ordered(ty)
        {
            let message = format!("`min` and `max` do not go with {ty}");
            self.report.error(Code::TypeMismatch, &first.span, message);
            return (None, None);
        }
        let low = min.and_then(|text| self.bound(text, ty));
        let high = max.and_then(|text| self.bound(text, ty));
        if let (Some(a), Some(b), Some(text)) = (&low, &high, max)
            && declared::order(a, b) == Some(Ordering::Greater)
        {
            let message = format!("`max` is {b}, below `min`, which is {a}");
            let changes = min.map_or(Vec::new(), |min| {
                let (low, high) = (
                    self.report.written(&min.span),
                    self.report.written(&text.span),
                );
                vec![(min.span.clone(), high), (text.span.clone(), low)]
            });
            let help = Advice::words("exchange them").changing("exchange them".to_owned(), changes);
            self.report
                .error_with(Code::OutOfRange, &text.span, message, help);
            return (None, None);
        }
        (low, high)
    }

    /// A constant of a type; a text stands as it is, a whole number may stand for a ratio.
    pub(super) fn bound(&mut self, text: &Text, ty: Type) -> Option<Value> {
        if ty == Type::Text {
            return Some(Value::Text(text.value.clone()));
        }
        if ty != Type::Ratio {
            return self.constant(text, NameScope::Param, Some(ty));
        }
        match self.constant(text, NameScope::Param, None)? {
            Value::Count(count) => Some(Value::ratio(Decimal::from(count))),
            ratio @ Value::Ratio(_) => Some(ratio),
            other @ (Value::Money(_)
            | Value::Days(_)
            | Value::Percent(_)
            | Value::Date(_)
            | Value::Text(_)
            | Value::Bool(_)) => {
                let message = format!("{ty} is wanted here, not {}", other.ty());
                self.report.error(Code::TypeMismatch, &text.span, message);
                None
            }
        }
    }

    /// `consumer_report:NAME`
    fn source(&mut self, text: &Text) -> Option<String> {
        let name = text.value.strip_prefix("consumer_report:").map(str::trim);
        if let Some(name) = name
            && (1..=limits::ID_BYTES_MAX).contains(&name.len())
            && !name.contains(char::is_control)
        {
            return Some(name.to_owned());
        }
        let message = format!("`{}` is not a source", text.value.escape_debug());
        let help = "write `consumer_report:` and the name of the agency that made the report";
        self.report
            .error_with(Code::BadValue, &text.span, message, help.to_owned());
        None
    }

    pub(super) fn justified(&mut self, group: &str, name: &Text, justification: Option<&Text>) {
        let Some(text) = justification else {
            return;
        };
        self.not_empty(text, "`justification` says why the law permits this use");
        self.justified.push(Justified {
            name: format!("{group}.{}", name.value),
            justification: text.value.clone(),
        });
    }

    pub(super) fn params(&mut self, entries: &[ParamEntry]) -> Vec<(String, Value)> {
        let mut params = Vec::new();
        for entry in entries {
            let named = self.well_named(&entry.name, Naming::Word);
            let text = entry.value.as_ref();
            let value = text.and_then(|text| self.constant(text, NameScope::Param, None));
            let full = format!("params.{}", entry.name.value);
            if let (Some(text), Some(Value::Count(_) | Value::Ratio(_))) = (text, &value)
                && text.value.parse::<Decimal>().is_ok()
            {
                let param = PlainParam {
                    text: text.clone(),
                    has_ends: entry.min.is_some() || entry.max.is_some(),
                    is_told: false,
                };
                self.names.note_plain(full.clone(), param);
            }
            self.names.declare(full, Named::Param(value.clone()));
            self.justified("params", &entry.name, entry.justification.as_ref());
            if let (Some(value), Some(text)) = (&value, text) {
                self.param_range(entry, text, value);
            }
            params.extend(
                value
                    .zip(named)
                    .map(|(value, ())| (entry.name.value.clone(), value)),
            );
        }
        params
    }

    /// A param lies between what it says of itself.
    fn param_range(&mut self, entry: &ParamEntry, text: &Text, value: &Value) {
        let ends = self.ends(entry.min.as_ref(), entry.max.as_ref(), value.ty());
        if let Some(problem) = declared::out_of(value, ends.0.as_ref(), ends.1.as_ref()) {
            let message = format!("`{}` {problem}", text.value.escape_debug());
            let help = "look at the value, or at the `min` and `max` beside it".to_owned();
            self.report
                .error_with(Code::OutOfRange, &text.span, message, help);
        }
    }
}

/// Checks a value for a param whose value is of this type: an expression of literals. A whole number and a ratio may
/// stand for each other; whether that does is for the rules to say that read it.
///
/// # Errors
///
/// What is wrong with it, with places in `text`.
pub(in crate::rules) fn check_param_value(
    text: &str,
    ty: Type,
    currency: Currency,
) -> Result<(), Vec<Diagnostic>> {
    let sources = Sources::new(text, &Attachments::none());
    let mut checker = Checker::new(Report::of(&sources), &sources, false, Depth::Types);
    checker.currency = Some(currency);
    let whole = Text::plain(text, 0..text.len());
    let wanted = Some(ty).filter(|ty| !is_plain_number(*ty));
    let value = checker.constant(&whole, NameScope::Param, wanted);
    match value {
        Some(value) if value.ty() == ty || is_plain_number(value.ty()) => Ok(()),
        Some(_) => {
            checker.constant(&whole, NameScope::Param, Some(ty));
            Err(checker.report.finish())
        }
        None => Err(checker.report.finish()),
    }
}

fn is_plain_number(ty: Type) -> bool {
    matches!(ty, Type::Count | Type::Ratio)
}
