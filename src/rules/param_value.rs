//! A rule set with another value of one of its params: what its file would be if an author had written it there.

use thiserror::Error;

use super::advice::nearest;
use super::attachments::Attachments;
use super::bundle::{Bundle, text_of};
use super::check;
use super::check::declarations::{Declaration, DeclarationKind, Declarations, declarations};
use super::diagnostic::{Code, Diagnostic, Severity};
use super::fix::{Edit, edited};
use super::lexer;
use crate::features::{Type, Value};

/// Why a rule set cannot have another value of a param.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ParamError {
    /// Neither the file nor what it imports has one of that name.
    #[error("`{rule_set}` has no param `{param}`: {help}")]
    Unknown {
        /// The rule set.
        rule_set: String,
        /// What was asked for.
        param: String,
        /// Those that it has.
        help: String,
    },
    /// Nothing reads it.
    #[error("`{param}` is never used: no value of it changes a decision")]
    NeverUsed {
        /// The param.
        param: String,
    },
    /// It cannot have that value.
    #[error("`{value}` is no value of `{param}`: {problem}")]
    BadValue {
        /// The param.
        param: String,
        /// What it was to be.
        value: String,
        /// What is wrong with it, and what to write instead.
        problem: String,
    },
    /// With that value the rule set is none that can be published.
    #[error(
        "with `{param} = {value}` the rule set is not valid: {problem}; `rules check` shows where, once the \
         file has that value"
    )]
    Invalid {
        /// The param.
        param: String,
        /// What it was to be.
        value: String,
        /// The first thing that is wrong.
        problem: String,
    },
}

/// The values of a list, as rules write them: `30%, 35%`.
pub fn values_listed(text: &str) -> Vec<&str> {
    lexer::parted(text)
}

impl Bundle {
    /// The value of a param.
    pub fn param(&self, name: &str) -> Option<&Value> {
        let mut params = self.rule_set().params().iter();
        params.find(|(own, _)| own == name).map(|(_, value)| value)
    }

    /// What is published where the file, or what it imports, has `value` in the place of the value that a param
    /// has. All else is as it was written.
    ///
    /// # Errors
    ///
    /// Where there is no such param, nothing reads it, or it cannot have that value.
    pub fn with_param(&self, name: &str, value: &str) -> Result<Self, ParamError> {
        let (source, attachments) = Self::as_written(self.bytes()).unwrap_or_default();
        // INVARIANT: a bundle was read from text.
        let source = text_of(&source).unwrap_or_default();
        let declared = declarations(source, &attachments);
        let param = declared.find(&format!("params.{name}"));
        let Some(param) = param.filter(|one| one.kind == DeclarationKind::Param) else {
            return Err(ParamError::Unknown {
                rule_set: self.name().to_string(),
                param: on_one_line(name),
                help: params_of(&declared, name),
            });
        };
        self.fits(param, name, value)?;
        let (source, attachments) = replaced(source, attachments, param, value);
        let (bundle, found) = Self::publish_and_tell(source.as_bytes(), &attachments);
        if found.iter().any(|one| is_unused(one, param)) {
            let param = name.to_owned();
            return Err(ParamError::NeverUsed { param });
        }
        bundle.ok_or_else(|| invalid(&found, param, name, value))
    }

    /// Whether a value is of the type that the param has.
    fn fits(&self, param: &Declaration, name: &str, value: &str) -> Result<(), ParamError> {
        // INVARIANT: the params of a rule set have types.
        let Some(ty) = param.ty else {
            return Ok(());
        };
        let checked = check::inputs::check_param_value(value, ty, self.currency());
        checked.map_err(|found| ParamError::BadValue {
            param: name.to_owned(),
            value: on_one_line(value),
            problem: match found.first() {
                Some(one) if one.code == Code::UnknownName.as_str() => names_nothing(ty),
                first => first.map(told).unwrap_or_default(),
            },
        })
    }
}

/// What is said of a value that reads a name.
fn names_nothing(ty: Type) -> String {
    let help = match ty {
        Type::Text => ": write a text in double quotes",
        Type::Money
        | Type::Count
        | Type::Days
        | Type::Ratio
        | Type::Percent
        | Type::Date
        | Type::Bool => "",
    };
    format!("a param is a constant and reads no other name{help}")
}

/// What somebody wrote, as it is told: line breaks and other control characters are blanks.
pub(crate) fn on_one_line(value: &str) -> String {
    value.replace(char::is_control, " ")
}

/// The name that is near, or all of them.
fn params_of(declared: &Declarations, name: &str) -> String {
    let params = declared.all.iter();
    let params = params.filter(|one| one.kind == DeclarationKind::Param);
    let names: Vec<&str> = params
        .filter_map(|one| one.name.strip_prefix("params."))
        .collect();
    match (nearest(name, names.iter().copied()), names.is_empty()) {
        (Some(near), _) => format!("did you mean `{near}`?"),
        (None, true) => "it has none".to_owned(),
        (None, false) => format!("its params are `{}`", names.join("`, `")),
    }
}

/// The files with another value of a param.
fn replaced(
    source: &str,
    mut attachments: Attachments,
    param: &Declaration,
    value: &str,
) -> (String, Attachments) {
    let file = param.place.as_ref().and_then(|place| place.file.clone());
    let text = match &file {
        None => source,
        Some(name) => {
            let bytes = attachments.get(name).unwrap_or_default();
            std::str::from_utf8(bytes).unwrap_or_default()
        }
    };
    // INVARIANT: a param of a rule set has a value.
    let span = param.value_at.clone().unwrap_or_default();
    let written = text.get(span.clone()).unwrap_or("");
    let edit = Edit {
        file: file.clone(),
        span,
        replacement: in_toml(value, written),
    };
    let changed = edited(text, file.as_deref(), [&edit]);
    match file {
        None => (changed, attachments),
        Some(name) => {
            attachments.insert(name, changed);
            (source.to_owned(), attachments)
        }
    }
}

/// A value as TOML, in the quotes of what it takes the place of, or without, where it can stand so.
fn in_toml(value: &str, written: &str) -> String {
    let is_plain = |quote: char| {
        let escaped = |c: char| c == quote || c == '\\' || c.is_control();
        !value.contains(escaped)
    };
    let is_whole = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_digit());
    let is_bare = is_whole(value) && (value == "0" || !value.starts_with('0'));
    if is_bare && !written.starts_with(['\'', '"']) {
        value.to_owned()
    } else if written.starts_with('"') && is_plain('"') {
        format!("\"{value}\"")
    } else if is_plain('\'') {
        format!("'{value}'")
    } else {
        toml::Value::String(value.to_owned()).to_string()
    }
}

/// Whether a finding says that nothing reads the param.
fn is_unused(found: &Diagnostic, param: &Declaration) -> bool {
    let place = param.place.as_ref();
    found.code == Code::Unused.as_str()
        && place.is_some_and(|place| (&place.file, &place.span) == (&found.file, &found.span))
}

/// What is wrong with a rule set that has another value of a param: with the value, where a finding stands there.
fn invalid(found: &[Diagnostic], param: &Declaration, name: &str, value: &str) -> ParamError {
    let (param_name, value) = (name.to_owned(), on_one_line(value));
    let at = param.value_at.as_ref().map(|span| span.start);
    let file = param.place.as_ref().and_then(|place| place.file.as_ref());
    let mut errors = found.iter().filter(|one| one.severity == Severity::Error);
    let first = errors.clone().next();
    let of_value = errors.find(|one| one.file.as_ref() == file && at == Some(one.span.start));
    match of_value {
        Some(one) => ParamError::BadValue {
            param: param_name,
            value,
            problem: one.message.clone(),
        },
        None => ParamError::Invalid {
            param: param_name,
            value,
            problem: first.map(told).unwrap_or_default(),
        },
    }
}

/// A finding in one sentence.
fn told(found: &Diagnostic) -> String {
    match &found.help {
        Some(help) => format!("{}; {help}", found.message),
        None => found.message.clone(),
    }
}
