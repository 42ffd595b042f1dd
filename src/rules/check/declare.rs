//! Checks what a rule file declares: its header, inputs, params, derived values and reasons, and
//! that each is used.

use super::{Checker, Head};
use crate::features::Type;
use crate::id::RuleSetName;
use crate::limits;
use crate::rules::currencies;
use crate::rules::diagnostic::{Code, did_you_mean};
use crate::rules::file::{Header, ReasonEntry, RuleFile};
use crate::rules::names::Named;
use crate::rules::node::Source;
use crate::rules::rule_set::{BUILT_IN_REASONS, RANK_DEFAULT, ReasonText};
use crate::rules::statement::{self, Form, Part, Piece, Statement};
use crate::rules::toml_reader::Text;
use crate::rules::vocabulary::{Naming, kinds};

/// From this length on a name that is near to another may be meant for it.
const NAME_BYTES_NEAR: usize = 4;

impl Checker<'_> {
    pub(super) fn header(&mut self, header: &Header) -> Option<Head> {
        let name = header.name.as_ref().map(|name| self.rule_set_name(name));
        let version = header.version.as_ref().map(|version| self.version(version));
        let kind = header.kind.as_ref();
        let kind = kind.map(|kind| self.word(kind, &kinds(), "a kind of rule set"));
        if let Some(currency) = &header.currency {
            self.currency(currency);
        }
        Some(Head {
            name: name??,
            version: version??,
            kind: kind??,
        })
    }

    fn rule_set_name(&mut self, text: &Text) -> Option<RuleSetName> {
        self.well_named(text, Naming::Id)?;
        RuleSetName::parse(&text.value).ok()
    }

    fn version(&mut self, text: &Text) -> Option<String> {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '+' | '_');
        let value = text.value.as_str();
        if value.is_empty() || value.len() > limits::ID_BYTES_MAX || !value.chars().all(plain) {
            let message = "a version has letters, digits, `.`, `-`, `+` and `_`";
            let help = "write it as in `1.0.0`".to_owned();
            self.report
                .error_with(Code::BadName, &text.span, message, help);
            return None;
        }
        Some(value.to_owned())
    }

    fn currency(&mut self, text: &Text) {
        let upper = text.value.to_ascii_uppercase();
        if !currencies::is_known(&upper) {
            let message = format!("`{}` is not a currency", text.value.escape_debug());
            let help = did_you_mean(&upper, currencies::all())
                .unwrap_or_else(|| "write its ISO 4217 code, as in `USD`".to_owned());
            self.report
                .error_with(Code::BadValue, &text.span, message, help);
            return;
        }
        self.currency = upper.parse().ok();
    }

    /// The declared reasons and the built-in ones that are not worded anew.
    pub(super) fn reasons(&mut self, entries: &[ReasonEntry]) {
        for entry in entries {
            self.well_named(&entry.code, Naming::Code);
            let statement = match &entry.statement {
                Some(text) => self.statement(text, &entry.code.value),
                None => Statement::default(),
            };
            let missing = entry.statement_missing.as_ref();
            let missing = missing.map(|text| self.statement(text, &entry.code.value));
            self.add_reason(&entry.code.value, statement, missing, entry.rank);
        }
        for (code, statement, rank) in BUILT_IN_REASONS {
            match self.reason_codes.get(*code) {
                Some(&index) => {
                    self.reasons_used.insert(index);
                    let reworded = entries.iter().find(|entry| entry.code.value == *code);
                    let ranked = reworded.is_some_and(|entry| entry.rank.is_some());
                    if let (false, Some(reason)) = (ranked, self.reasons.get_mut(index)) {
                        reason.rank = *rank;
                    }
                }
                None => {
                    let statement = built_in(statement);
                    let index = self.add_reason(code, statement, None, Some(*rank));
                    self.reasons_used.insert(index);
                }
            }
        }
    }

    fn add_reason(
        &mut self,
        code: &str,
        statement: Statement,
        statement_missing: Option<Statement>,
        rank: Option<i64>,
    ) -> usize {
        let index = self.reasons.len();
        self.reasons.push(ReasonText {
            code: code.to_owned(),
            statement,
            statement_missing,
            rank: rank.unwrap_or(RANK_DEFAULT),
        });
        self.reason_codes.insert(code.to_owned(), index);
        index
    }

    fn statement(&mut self, text: &Text, code: &str) -> Statement {
        self.not_empty(text, "`statement` is what the applicant is told");
        let pieces = match statement::cut(&text.value) {
            Ok(pieces) => pieces,
            Err((span, message)) => {
                let span = text.at(&span);
                self.report.error(Code::UnknownPlaceholder, &span, message);
                return Statement::default();
            }
        };
        let built_in = BUILT_IN_REASONS.iter().any(|(known, ..)| *known == code);
        let parts = pieces
            .into_iter()
            .filter_map(|piece| match piece {
                Piece::Text(text) => Some(Part::Text(text)),
                Piece::Name(name, span) => match name.as_str() {
                    "missing" if built_in => Some(Part::Missing),
                    "missing_because" if built_in => Some(Part::MissingBecause),
                    "offer.amount" => Some(Part::OfferAmount),
                    "retry.date" => Some(Part::RetryDate),
                    "retry.plan" => Some(Part::RetryPlan),
                    _ => self.placeholder(&name, &text.at(&span)),
                },
            })
            .collect();
        Statement { parts }
    }

    fn placeholder(&mut self, written: &str, span: &std::ops::Range<usize>) -> Option<Part> {
        use crate::features::Scope;
        let (name, form) = match written.split_once(':') {
            Some((name, form)) => (name.trim(), self.form(form.trim(), span)?),
            None => (written, Form::Plain),
        };
        let (source, ty) = match self.names.find(name) {
            Some(Named::Feature(id, ty, Scope::Household)) => (Source::Feature(id), ty),
            Some(Named::Param(value)) => {
                let value = value?;
                self.fits(name, form, value.ty(), span)?;
                return Some(Part::Constant(value, form));
            }
            Some(Named::Derive(index, ty)) => (Source::Derive(index), ty?),
            Some(Named::Input(index, ty)) => (Source::Input(index), ty?),
            found @ (Some(
                Named::Feature(..)
                | Named::List(..)
                | Named::Table { .. }
                | Named::Outputs(_)
                | Named::Score
                | Named::BinValue
                | Named::Offer(_),
            )
            | None) => {
                let name = name.escape_debug().to_string();
                let suggests = self.report.suggests();
                let (message, help) = if found.is_some() {
                    let help = "name a household feature, param, derived value or input";
                    (
                        format!("`{name}` has no one value to tell"),
                        Some(help.to_owned()),
                    )
                } else {
                    (
                        format!("there is no value `{name}`"),
                        suggests.then(|| self.names.suggest(&name)).flatten(),
                    )
                };
                self.report
                    .error_with(Code::UnknownPlaceholder, span, message, help);
                return None;
            }
        };
        self.fits(name, form, ty, span)?;
        Some(Part::Slot(self.slots.named(name, source, ty), form))
    }

    fn form(&mut self, word: &str, span: &std::ops::Range<usize>) -> Option<Form> {
        let words = || Form::ALL.into_iter().map(Form::as_str).skip(1);
        let found = Form::ALL
            .into_iter()
            .skip(1)
            .find(|form| form.as_str() == word);
        if found.is_none() {
            let all: Vec<&str> = words().collect();
            let help = did_you_mean(word, words())
                .unwrap_or_else(|| format!("write one of `{}`", all.join("`, `")));
            let message = format!("`{}` is not a form of a value", word.escape_debug());
            self.report.error_with(Code::BadForm, span, message, help);
        }
        found
    }

    /// Reports a value that cannot be written in this form.
    fn fits(
        &mut self,
        name: &str,
        form: Form,
        ty: Type,
        span: &std::ops::Range<usize>,
    ) -> Option<()> {
        if form.is_of(ty) {
            return Some(());
        }
        let forms = Form::ALL.into_iter().skip(1).filter(|form| form.is_of(ty));
        let forms: Vec<String> = forms
            .map(|form| format!("`{{{name}:{}}}`", form.as_str()))
            .collect();
        let message = match (form, ty) {
            (_, Type::Bool) => format!("`{name}` is a yes or no, which says nothing in a sentence"),
            (Form::Plain, _) => format!("a {ty} has no usual form in a sentence"),
            (form, _) => format!("a {ty} is not written as `{}`", form.as_str()),
        };
        let help = if ty == Type::Bool {
            "let a rule ask for it, and say in words of its reason what it means".to_owned()
        } else if forms.is_empty() {
            format!("write `{{{name}}}`")
        } else {
            format!("write {}", forms.join(" or "))
        };
        self.report.error_with(Code::BadForm, span, message, help);
        None
    }

    /// Whether something that was reported may have meant the name: it is not told again that it is
    /// unused.
    fn was_meant(&self, name: &str) -> bool {
        self.failed.iter().any(|text| {
            let part = |c: char| !c.is_alphanumeric() && c != '_';
            let mut words = text.split(part).filter(|word| !word.is_empty());
            words.any(|word| {
                // Of short names every other one is near.
                let long = word.len() >= NAME_BYTES_NEAR;
                word == name || (long && did_you_mean(word, [name]).is_some())
            })
        })
    }

    /// Warns about what is declared and never used.
    pub(super) fn unused(&mut self, file: &RuleFile) {
        let params = file.params.iter().map(|param| ("params", &param.name));
        let derive = file.derive.iter().map(|(name, _)| ("derive", name));
        let inputs = file.inputs.iter().map(|input| ("inputs", &input.name));
        let lists = file.lists.iter().map(|list| ("lists", &list.name));
        let tables = file.tables.iter().map(|table| ("tables", &table.name));
        let all = params
            .chain(derive)
            .chain(inputs)
            .chain(lists)
            .chain(tables);
        for (group, name) in all {
            let full = format!("{group}.{}", name.value);
            if !self.names.is_used_in_part(&full) && !self.was_meant(&name.value) {
                let message = format!("`{}` is never used", full.escape_debug());
                self.report.warning(Code::Unused, &name.span, message, None);
            }
        }
        for entry in &file.reasons {
            let index = self.reason_codes.get(&entry.code.value);
            let used = index.is_none_or(|index| self.reasons_used.contains(index));
            if !used && !self.was_meant(&entry.code.value) {
                let message = format!("the reason `{}` is never given", entry.code.value);
                self.report
                    .warning(Code::Unused, &entry.code.span, message, None);
            }
        }
        if let Some(scorecard) = &file.scorecard
            && self.slots.find("score").is_none()
        {
            let help = "use `score` in a rule, [derive], [[offer.tier]] or [approve]".to_owned();
            let message = "the scorecard decides nothing";
            self.report
                .warning(Code::Unused, &scorecard.span, message, help);
        }
    }
}

/// A built-in statement; its only placeholders are the engine's own.
fn built_in(text: &str) -> Statement {
    let pieces = statement::cut(text).unwrap_or_default();
    let parts = pieces.into_iter().map(|piece| match piece {
        Piece::Text(text) => Part::Text(text),
        Piece::Name(name, _) if name == "missing_because" => Part::MissingBecause,
        Piece::Name(..) => Part::OfferAmount,
    });
    Statement {
        parts: parts.collect(),
    }
}
